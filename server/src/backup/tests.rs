//! A backup is a whole past, and a restored server signs nothing before somebody has said that nothing is missing.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use super::*;
use crate::{mirror::SecondJournal, sequencer::Halted, trial::Trial};

fn back_up(trial: &Trial, out: &str, with_keys: bool) -> Result<Copied, ServerError> {
    backup(&trial.at("server"), &trial.at(out), None, with_keys, &mut |_| ()).map(|mut all| all.remove(0))
}

fn restore_to(trial: &Trial, out: &str, home: &str, seen: &[PathBuf]) -> Result<Copied, ServerError> {
    let keys = trial.home("server").folder;
    restore(&trial.at(out), &trial.at(home), Some(&keys), seen, &mut |_| ()).map(|mut all| all.remove(0))
}

fn release_at(trial: &Trial, home: &str, size: u64, seen: &[PathBuf]) -> Result<(), ServerError> {
    release(&trial.at(home), trial.event, size, seen, &mut |_| ())
}

#[test]
fn a_backup_of_a_running_server_is_a_past_that_it_answered_for() {
    let mut trial = Trial::new();
    let server = trial.with_stick("stick");
    for n in 0..5_u64 {
        for _ in 0..7 {
            server.take(&trial.table.next()).unwrap();
        }
        let copied = back_up(&trial, &format!("backup-{n}"), false).unwrap();
        assert_eq!(copied.entries, 7 * (n + 1) + 1);
        let (head, _) = server.head();
        assert_eq!((copied.entries, copied.root), (head.size, head.root));
        for private in ["log.key", "tally.key", "index", "second-journal"] {
            assert!(!copied.folder.join(private).exists(), "{private} is in the backup");
        }
    }
    assert!(matches!(back_up(&trial, "backup-0", false), Err(ServerError::Taken(_))));
    server.end().unwrap();
}

#[test]
fn a_group_that_only_the_first_journal_has_is_in_no_backup() {
    let mut trial = Trial::new();
    trial.count("stick", 5);
    let path = trial.stick("stick").join("journal");
    let before = fs::read(&path).unwrap();
    trial.count("stick", 1);
    fs::write(&path, before).unwrap();
    assert_eq!(back_up(&trial, "backup", false).unwrap().entries, 6);
    // Where the stick is not to be had, the first journal is all there is.
    fs::rename(trial.at("stick"), trial.at("away")).unwrap();
    assert_eq!(back_up(&trial, "other", false).unwrap().entries, 7);
}

#[test]
fn a_restored_server_signs_nothing_until_the_right_number_is_typed() {
    let mut trial = Trial::new();
    trial.count("stick", 10);
    back_up(&trial, "backup", true).unwrap();
    let out = trial.at("backup");
    let restored = restore(&out, &trial.at("new"), None, &[], &mut |_| ()).unwrap();
    assert_eq!(restored[0].entries, 11);
    assert!(matches!(restore(&out, &trial.at("new"), None, &[], &mut |_| ()), Err(ServerError::EventExists(_))));
    let server = trial.open("new", SecondJournal::NotGiven).unwrap();
    let before = server.head();
    server.show(before.clone()).unwrap();
    let note = trial.table.next();
    match server.hand_in(&note) {
        Some(Err(Halted::NotReleased(why))) => assert!(why.contains("server release"), "{why}"),
        other => panic!("{:?}", other.map(|o| o.err())),
    }
    assert_eq!(server.head(), before, "it signed something");
    for wrong in [0, 10, 12] {
        let refused = release_at(&trial, "new", wrong, &[]).unwrap_err();
        assert!(matches!(refused, ServerError::SizeDiffers { own: 11, .. }), "{refused}");
    }
    assert!(matches!(server.hand_in(&note), Some(Err(Halted::NotReleased(_)))));
    // The server runs on, and takes notes from the release on.
    release_at(&trial, "new", 11, &[]).unwrap();
    assert_eq!(server.take(&note), Some(11));
    assert!(matches!(release_at(&trial, "new", 11, &[]), Err(ServerError::NotRestored(_))));
    server.end().unwrap();
}

#[test]
fn whoever_shows_what_is_missing_stops_a_restored_server_for_good() {
    let mut trial = Trial::new();
    trial.count("stick", 10);
    back_up(&trial, "backup", true).unwrap();
    trial.count("stick", 6);
    let ahead = trial.with_stick("stick").head();
    let memory = trial.at("memory");
    fs::write(&memory, ahead.1.as_bytes()).unwrap();
    // A file at the restore: nothing is made.
    let refused = restore_to(&trial, "backup", "none", std::slice::from_ref(&memory)).unwrap_err();
    assert!(refused.to_string().contains("this log has 11 entries, 17 were seen: 6 are missing here"), "{refused}");
    assert!(!trial.home("none").folder.exists());
    // A client at the door.
    restore_to(&trial, "backup", "door", &[]).unwrap();
    let server = trial.open("door", SecondJournal::NotGiven).unwrap();
    assert_eq!(server.show(ahead).unwrap_err().missing(), 6);
    assert!(matches!(server.hand_in(&trial.table.next()), Some(Err(Halted::ForGood(_)))));
    server.end().unwrap();
    assert!(matches!(release_at(&trial, "door", 11, &[]), Err(ServerError::Halted(_))));
    // The stick at the start.
    restore_to(&trial, "backup", "stick-shows", &[]).unwrap();
    let Err(ServerError::Halted(halt)) = trial.open("stick-shows", SecondJournal::At(trial.at("stick"))) else {
        panic!("it serves")
    };
    assert_eq!((halt.own, halt.seen, halt.cause), (11, 17, Cause::SecondJournal));
    // A file at the release: written down.
    restore_to(&trial, "backup", "released", &[]).unwrap();
    assert!(matches!(release_at(&trial, "released", 11, &[memory]), Err(ServerError::Halted(_))));
    let server = trial.open("released", SecondJournal::NotGiven).unwrap();
    assert!(
        matches!(server.hand_in(&trial.table.next()), Some(Err(Halted::ForGood(_)))),
        "it is served for reading alone"
    );
    server.end().unwrap();
}

#[test]
fn a_backup_that_is_cut_short_or_changed_restores_nothing() {
    let mut trial = Trial::new();
    trial.count("stick", 10);
    let folder = back_up(&trial, "backup", true).unwrap().folder;
    let path = folder.join("journal");
    let whole = fs::read(&path).unwrap();
    let mut last = 0;
    let home = trial.home("server");
    let read = journal::read(&path, &home.purpose(), Limits::default(), |group| {
        last = usize::try_from(group.offset).unwrap();
        Ok(())
    });
    read.unwrap();
    let mut spoiled = whole.clone();
    spoiled[600] ^= 1;
    for bytes in [&whole[..last], &whole[..whole.len() - 3], &whole[..0], &spoiled] {
        fs::write(&path, bytes).unwrap();
        restore(&trial.at("backup"), &trial.at("new"), None, &[], &mut |_| ()).unwrap_err();
        assert!(!trial.home("new").folder.exists());
        assert!(!trial.home("new").folder.with_extension("making").exists());
    }
    fs::write(&path, &whole).unwrap();
    fs::remove_file(folder.join("log.key")).unwrap();
    let refused = restore(&trial.at("backup"), &trial.at("new"), None, &[], &mut |_| ()).unwrap_err();
    assert!(matches!(refused, ServerError::Key(_)), "{refused}");
    restore_to(&trial, "backup", "new", &[]).unwrap();
}

#[test]
fn a_restored_server_with_the_stick_fences_the_one_it_was_copied_from() {
    let mut trial = Trial::new();
    trial.count("stick", 10);
    back_up(&trial, "backup", true).unwrap();
    restore_to(&trial, "backup", "new", &[]).unwrap();
    release_at(&trial, "new", 11, &[]).unwrap();
    trial.open("new", SecondJournal::At(trial.at("stick"))).unwrap().end().unwrap();
    let Err(ServerError::Halted(halt)) = trial.open("server", SecondJournal::At(trial.at("stick"))) else {
        panic!("it serves")
    };
    assert_eq!(halt.cause, Cause::Epoch(2));
}

#[test]
fn own_rules_go_with_the_journal_to_the_stick_the_backup_and_the_spare() {
    let mut trial = Trial::new();
    let embedded = include_str!("../../../tally/profiles/plurality.toml");
    let own = embedded.replace("name = \"plurality\"", "name = \"hoi-nong-dan\"");
    fs::create_dir_all(trial.at("server").join(rules::FOLDER)).unwrap();
    fs::write(trial.at("server").join(rules::FOLDER).join("hoi.toml"), &own).unwrap();
    trial.count("stick", 3);
    let laid = |folder: PathBuf| -> Vec<String> {
        let files = fs::read_dir(folder.join(rules::FOLDER)).unwrap();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    };
    assert_eq!(laid(trial.stick("stick")), std::slice::from_ref(&own));
    assert_eq!(laid(back_up(&trial, "backup", true).unwrap().folder), std::slice::from_ref(&own));
    restore_to(&trial, "backup", "restored", &[]).unwrap();
    assert_eq!(laid(trial.at("restored")), std::slice::from_ref(&own));
    let keys = trial.home("server").folder;
    crate::takeover::takeover(&trial.at("spare"), &trial.at("stick"), &keys, None, &mut |_| ()).unwrap();
    assert_eq!(laid(trial.at("spare")), [own]);
}
