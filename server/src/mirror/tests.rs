//! What a start finds on a stick, in every combination, and what a running server does when its stick is not the same
//! any more.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use super::*;
use crate::{
    guard::{Standing, standing},
    sequencer::Halted,
    trial::{Server, Trial},
};
use std::fs::OpenOptions;

fn refused(opened: Result<Server, ServerError>) -> ServerError {
    match opened {
        Ok(_) => panic!("the server serves"),
        Err(error) => error,
    }
}

fn at(trial: &Trial, stick: &str) -> SecondJournal {
    SecondJournal::At(trial.at(stick))
}

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

/// The two journals, which must be equal.
fn both(trial: &Trial, stick: &str) -> Vec<u8> {
    let (first, second) = (bytes(&trial.home("server").journal()), bytes(&trial.stick(stick).join("journal")));
    assert!(first == second, "{} and {} bytes, or others", first.len(), second.len());
    first
}

/// Ends of the groups of a journal.
fn ends(home: &EventHome, path: &Path) -> Vec<u64> {
    let mut starts = Vec::new();
    let read = journal::read(path, &home.purpose(), Limits::default(), |group| {
        starts.push(group.offset);
        Ok(())
    });
    starts.push(read.unwrap().bytes);
    starts.split_off(1)
}

#[test]
fn what_is_acknowledged_is_in_both_journals_before_anybody_is_told() {
    let mut trial = Trial::new();
    let server = trial.with_stick("stick");
    for n in 0..40 {
        let note = trial.table.next();
        assert_eq!(server.take(&note), Some(n + 1));
        let journal = both(&trial, "stick");
        assert!(journal.windows(note.as_bytes().len()).any(|w| w == note.as_bytes()));
    }
    server.end().unwrap();
}

#[test]
fn a_stick_that_is_behind_empty_or_new_is_caught_up_before_anything_is_served() {
    let mut trial = Trial::new();
    trial.count("stick", 30);
    let (home, path) = (trial.home("server"), trial.stick("stick").join("journal"));
    let whole = both(&trial, "stick");
    let ends = ends(&home, &path);
    let mut cuts: Vec<usize> = ends.iter().rev().take(3).map(|end| usize::try_from(*end).unwrap()).collect();
    cuts.extend([whole.len() - 1, whole.len() - 700, 1_000, 128, 127, 5, 0]);
    for cut in cuts {
        fs::write(&path, &whole[..cut]).unwrap();
        trial.with_stick("stick").end().unwrap();
        assert!(both(&trial, "stick") == whole, "cut at {cut}");
    }
    #[cfg(unix)]
    {
        // One group, as after a crash between the two journals, is appended: a long journal is not copied for that.
        use std::os::unix::fs::MetadataExt;
        let file = || fs::metadata(&path).unwrap().ino();
        let (before, last) = (file(), usize::try_from(ends[ends.len() - 2]).unwrap());
        OpenOptions::new().write(true).open(&path).unwrap().set_len(last as u64).unwrap();
        trial.with_stick("stick").end().unwrap();
        assert!(both(&trial, "stick") == whole);
        assert_eq!(file(), before, "the whole journal was copied");
    }
    // The file is gone, but the stick is the right one; a catching up that was cut short left its file behind.
    fs::remove_file(&path).unwrap();
    fs::write(path.with_extension("new"), b"half").unwrap();
    trial.with_stick("stick").end().unwrap();
    assert!(both(&trial, "stick") == whole);
    assert!(!path.with_extension("new").exists());
}

#[test]
fn a_stick_that_is_ahead_stops_the_server_for_good_and_says_how_many_are_missing() {
    let mut trial = Trial::new();
    trial.count("stick", 10);
    trial.copy("server", "old");
    trial.count("stick", 7);
    let stick = bytes(&trial.stick("stick").join("journal"));
    let error = refused(trial.open("old", at(&trial, "stick")));
    let ServerError::Halted(halt) = &error else { panic!("{error}") };
    assert_eq!((halt.own, halt.seen, halt.missing(), halt.cause), (11, 18, 7, Cause::SecondJournal));
    let said = error.to_string();
    assert!(said.contains("this disk has 11 entries, the second journal has 18: 7 are missing here"), "{said}");
    assert!(said.contains("server takeover"), "{said}");
    assert!(bytes(&trial.stick("stick").join("journal")) == stick, "the stick was changed");
    // It was written down: without the stick it does not start either, nor does giving it up help.
    for choice in [SecondJournal::NotGiven, SecondJournal::GivenUp, SecondJournal::InPlaceOf(trial.at("new"))] {
        let error = refused(trial.open("old", choice));
        assert!(matches!(error, ServerError::Halted(_)), "{error}");
    }
}

#[test]
fn a_stick_whose_last_groups_nobody_signed_halts_nobody() {
    let mut trial = Trial::new();
    trial.count("stick", 3);
    let home = trial.home("server");
    let path = trial.stick("stick").join("journal");
    let (mut forged, _) = Journal::open(&path, &home.purpose(), Limits::default(), |_| Ok(())).unwrap();
    let log = tlog::SigningKey::from_seed("kiemphieu.example/trial", tlog::KeyKind::Ed25519, &[7; 32]).unwrap();
    let head = Checkpoint { origin: "kiemphieu.example/trial".into(), size: 99, root: tlog::sha256(b"no") };
    forged.append(&[b"no note", head.sign(&log).as_bytes()]).unwrap();
    drop(forged);
    let error = refused(trial.open("server", at(&trial, "stick")));
    assert!(matches!(error, ServerError::Second(SecondTrouble::Differs { .. })), "{error}");
    assert_eq!(standing(&home).unwrap(), crate::guard::Standing::Signing);
}

#[test]
fn a_stick_of_other_bytes_or_of_another_event_is_named_and_nothing_is_changed() {
    let mut trial = Trial::new();
    trial.count("stick", 10);
    let path = trial.stick("stick").join("journal");
    let whole = bytes(&path);
    // Another past of the same event: its checkpoints are signed, its groups are whole.
    let mut other = Trial::new();
    other.count("stick", 10);
    fs::write(&path, bytes(&other.stick("stick").join("journal"))).unwrap();
    let error = refused(trial.open("server", at(&trial, "stick")));
    assert!(error.to_string().contains(&other.event.to_string()), "{error}");
    // One bit, at several places: damage, or another byte.
    for at_byte in [20, 300, whole.len() / 2, whole.len() - 10] {
        let mut spoiled = whole.clone();
        spoiled[at_byte] ^= 4;
        fs::write(&path, &spoiled).unwrap();
        let opened = trial.open("server", at(&trial, "stick"));
        if at_byte == whole.len() - 10 {
            // Looks like a group cut short by the power; it is brought back from the first.
            opened.unwrap().end().unwrap();
            assert!(bytes(&path) == whole);
        } else {
            let error = refused(opened);
            assert!(error.to_string().contains("the second journal"), "{error}");
            assert!(bytes(&path) == spoiled, "the stick was changed");
        }
    }
    fs::write(&path, &whole).unwrap();
    trial.with_stick("stick").end().unwrap();
}

#[test]
fn two_pasts_of_one_event_are_told_apart_by_the_first_byte_that_differs() {
    let mut trial = Trial::new();
    trial.count("stick", 5);
    trial.copy("server", "fork");
    trial.copy("stick", "fork-stick");
    let mut table = trial.table.clone();
    trial.count("stick", 2);
    // The copy knows its stick by its number, and its number came with it.
    let fork = trial.open("fork", at(&trial, "fork-stick")).unwrap();
    table.clock = 1_000;
    for _ in 0..4 {
        fork.take(&table.next()).unwrap();
    }
    fork.end().unwrap();
    let home = trial.home("server");
    let ends = ends(&home, &home.journal());
    let before = (standing(&home).unwrap(), bytes(&trial.stick("fork-stick").join("journal")));
    let error = refused(trial.open("server", at(&trial, "fork-stick")));
    let ServerError::Second(SecondTrouble::Differs { offset, .. }) = error else { panic!("{error}") };
    assert!((ends[5]..ends[6]).contains(&offset), "byte {offset} of groups ending at {ends:?}");
    assert_eq!((standing(&home).unwrap(), bytes(&trial.stick("fork-stick").join("journal"))), before);
}

#[test]
fn once_used_a_second_journal_is_required_until_it_is_given_up() {
    let mut trial = Trial::new();
    trial.count("stick", 5);
    let error = refused(trial.open("server", SecondJournal::NotGiven));
    assert!(matches!(error, ServerError::Second(SecondTrouble::NotGiven { .. })), "{error}");
    assert!(error.to_string().contains("--without-second-journal"), "{error}");
    trial.open("server", SecondJournal::GivenUp).unwrap().end().unwrap();
    trial.open("server", SecondJournal::NotGiven).unwrap().end().unwrap();
}

#[test]
fn whoever_says_that_the_stick_is_lost_signs_nothing_before_the_entries_were_compared() {
    for choice in [SecondJournal::GivenUp, SecondJournal::InPlaceOf(PathBuf::from("new"))] {
        let mut trial = Trial::new();
        trial.count("stick", 5);
        let choice = match choice {
            SecondJournal::InPlaceOf(folder) => SecondJournal::InPlaceOf(trial.at(&folder.to_string_lossy())),
            other => other,
        };
        let open = trial.open("server", choice.clone()).unwrap();
        let answer = open.hand_in(&trial.table.next());
        assert!(matches!(answer, Some(Err(Halted::NotReleased(_)))), "{choice:?}: the stick may be in a spare");
        open.end().unwrap();
        assert_eq!(standing(&trial.home("server")).unwrap(), Standing::Restored(6));
    }
}

#[test]
fn another_stick_and_an_empty_mount_point_are_refused_by_name() {
    let mut trial = Trial::new();
    trial.count("stick", 5);
    // A mount point where nothing is mounted: no second journal may be begun on the first disk.
    fs::create_dir(trial.at("empty")).unwrap();
    for place in ["empty", "nowhere"] {
        let error = refused(trial.open("server", at(&trial, place)));
        assert!(matches!(error, ServerError::Second(SecondTrouble::Other { .. })), "{error}");
        assert!(!trial.stick(place).exists(), "a second journal was begun at {place}");
    }
    // Another stick of the same event, equal in every byte.
    trial.copy("stick", "other");
    replace_durably(&trial.stick("other").join("id"), b"0123456789abcdef\n").unwrap();
    let error = refused(trial.open("server", at(&trial, "other")));
    assert!(error.to_string().contains("0123456789abcdef"), "{error}");
    // The same stick at another mount point is the same stick.
    fs::rename(trial.at("stick"), trial.at("mounted-elsewhere")).unwrap();
    trial.with_stick("mounted-elsewhere").end().unwrap();
    // A new one takes its place when that is said, is made whole, and is required from then on.
    trial.open("server", SecondJournal::InPlaceOf(trial.at("new"))).unwrap().end().unwrap();
    both(&trial, "new");
    let error = refused(trial.open("server", at(&trial, "mounted-elsewhere")));
    assert!(matches!(error, ServerError::Second(SecondTrouble::Other { .. })), "{error}");
    trial.with_stick("new").end().unwrap();
}

#[test]
fn a_stick_of_a_higher_epoch_fences_the_server_for_good() {
    let mut trial = Trial::new();
    trial.count("stick", 5);
    epoch::raise(&trial.stick("stick"), 2).unwrap();
    let error = refused(trial.open("server", at(&trial, "stick")));
    assert!(error.to_string().contains("another server took this event over (epoch 2)"), "{error}");
    for choice in [at(&trial, "stick"), SecondJournal::NotGiven, SecondJournal::GivenUp] {
        let error = refused(trial.open("server", choice));
        assert!(matches!(error, ServerError::Halted(Halt { cause: Cause::Epoch(2), .. })), "{error}");
    }
}

#[test]
fn a_spare_stick_that_missed_a_takeover_is_raised_only_if_it_is_a_beginning() {
    let mut trial = Trial::new();
    trial.count("stick", 5);
    trial.copy("stick", "spare");
    trial.count("stick", 5);
    epoch::raise(&trial.home("server").folder, 3).unwrap();
    trial.with_stick("spare").end().unwrap();
    assert_eq!(epoch::read(&trial.stick("spare")).unwrap(), 3);
    both(&trial, "spare");
    // One that went its own way since is not raised, and not changed.
    epoch::raise(&trial.home("server").folder, 4).unwrap();
    let path = trial.stick("stick").join("journal");
    let mut other = bytes(&path);
    let at_byte = other.len() / 2;
    other[at_byte] ^= 1;
    fs::write(&path, &other).unwrap();
    refused(trial.open("server", at(&trial, "stick")));
    assert_eq!(epoch::read(&trial.stick("stick")).unwrap(), epoch::FIRST);
}

#[test]
fn a_server_whose_stick_is_taken_over_while_it_runs_tells_nobody_and_never_starts_again() {
    let mut trial = Trial::new();
    let server = trial.with_stick("stick");
    server.take(&trial.table.next()).unwrap();
    let before = server.head().0.size;
    epoch::raise(&trial.stick("stick"), 2).unwrap();
    assert!(server.hand_in(&trial.table.next()).is_none(), "it was answered");
    assert_eq!(server.hands.published.borrow().size, before);
    let error = server.ended().unwrap_err();
    assert!(matches!(error, ServerError::Halted(Halt { cause: Cause::Epoch(2), .. })), "{error}");
    let error = refused(trial.open("server", SecondJournal::GivenUp));
    assert!(matches!(error, ServerError::Halted(_)), "{error}");
}

#[test]
fn whoever_takes_over_has_read_every_group_that_the_old_server_answered_for() {
    let mut unanswered = 0;
    for _ in 0..40 {
        let trial = Trial::new();
        let server = trial.with_stick("stick");
        let (folder, mut table) = (trial.stick("stick"), trial.table.clone());
        let told = std::thread::spawn(move || {
            let mut told = Vec::new();
            while told.len() < 500 {
                let note = table.next();
                match server.hand_in(&note) {
                    Some(Ok(_)) => told.push(note),
                    _ => break,
                }
            }
            (told, server)
        });
        // As a takeover does where locks do not reach, on another laptop: first the epoch, then the journal; and at the
        // worst moment, when the first journal has a group and the second has not.
        fs::write(folder.join("epoch.next"), "2\n").unwrap();
        let len = || fs::metadata(trial.home("server").journal()).unwrap().len();
        let at_first = len();
        while len() == at_first {}
        fs::rename(folder.join("epoch.next"), folder.join("epoch")).unwrap();
        let read = bytes(&folder.join("journal"));
        let (told, server) = told.join().unwrap();
        assert!(matches!(server.end(), Err(ServerError::Halted(_))), "it went on");
        for note in &told {
            let there = read.windows(note.as_bytes().len()).any(|w| w == note.as_bytes());
            assert!(there, "one of {} answered for is not in what the spare has read", told.len());
        }
        unanswered += usize::from(bytes(&folder.join("journal")).len() > read.len());
    }
    assert!(unanswered > 0, "the worst moment was never met");
}

#[test]
fn a_stick_that_is_pulled_out_or_swapped_while_the_server_runs_stops_it_before_anybody_is_told() {
    for swap in [false, true] {
        let mut trial = Trial::new();
        let server = trial.with_stick("stick");
        server.take(&trial.table.next()).unwrap();
        fs::rename(trial.at("stick"), trial.at("pulled-out")).unwrap();
        if swap {
            trial.copy("pulled-out", "stick");
        }
        let note = trial.table.next();
        assert!(server.hand_in(&note).is_none(), "it was answered");
        let error = server.ended().unwrap_err();
        assert!(!matches!(error, ServerError::Halted(_)), "{error}");
        let _ = fs::remove_dir_all(trial.at("stick"));
        fs::rename(trial.at("pulled-out"), trial.at("stick")).unwrap();
        // Plugged in again it goes on, and whoever asks again gets one entry.
        let server = trial.with_stick("stick");
        assert_eq!(server.take(&note), Some(2));
        assert_eq!(server.take(&note), Some(2), "repeated");
        server.end().unwrap();
        both(&trial, "stick");
    }
}

#[test]
fn a_home_that_is_deleted_while_the_server_runs_acknowledges_nothing_more() {
    let mut trial = Trial::new();
    let server = trial.with_stick("stick");
    server.take(&trial.table.next()).unwrap();
    fs::remove_dir_all(trial.at("server")).unwrap();
    assert!(server.hand_in(&trial.table.next()).is_none(), "it was answered");
    assert!(server.ended().is_err());
}

#[test]
fn two_servers_never_write_to_one_stick() {
    let mut trial = Trial::new();
    trial.count("stick", 3);
    trial.copy("server", "twin");
    let server = trial.with_stick("stick");
    let error = refused(trial.open("twin", at(&trial, "stick")));
    assert!(error.to_string().contains("another program has this journal open"), "{error}");
    server.take(&trial.table.next()).unwrap();
    server.end().unwrap();
}

#[test]
fn an_old_file_that_says_no_epoch_or_no_id_serves_nothing() {
    let mut trial = Trial::new();
    trial.count("stick", 3);
    let epoch = trial.stick("stick").join("epoch");
    fs::write(&epoch, "two\n").unwrap();
    refused(trial.open("server", at(&trial, "stick")));
    fs::remove_file(&epoch).unwrap();
    fs::remove_file(trial.stick("stick").join("id")).unwrap();
    let error = refused(trial.open("server", at(&trial, "stick")));
    assert!(matches!(error, ServerError::Second(SecondTrouble::Other { .. })), "{error}");
    OpenOptions::new().write(true).truncate(true).open(trial.home("server").second_journal()).unwrap();
    refused(trial.open("server", SecondJournal::NotGiven));
}

#[test]
fn what_was_halted_says_so_in_words_for_the_tables() {
    let mut trial = Trial::new();
    trial.count("stick", 3);
    trial.copy("server", "old");
    trial.count("stick", 4);
    let ahead = trial.with_stick("stick").head();
    let old = trial.open("old", SecondJournal::GivenUp).unwrap();
    let halt = old.show(ahead).unwrap_err();
    assert_eq!((halt.own, halt.seen), (4, 8));
    let said = match old.hand_in(&trial.table.next()) {
        Some(Err(Halted::ForGood(said))) => said,
        other => panic!("it took a note, or said nothing: {:?}", other.map(|o| o.err())),
    };
    assert!(said.contains("8 were seen: 4 are missing here"), "{said}");
    old.end().unwrap();
}
