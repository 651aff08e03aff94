//! What a spare laptop has after a takeover, and what a takeover refuses.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use super::*;
use crate::{
    guard::{Cause, Halt},
    mirror::SecondJournal,
    trial::Trial,
};

fn take(trial: &Trial, home: &str, stick: &str, keys: &Path) -> Result<Vec<TakenOver>, ServerError> {
    takeover(&trial.at(home), &trial.at(stick), keys, None, &mut |_| ())
}

/// The keys as they lie in an envelope: beside each other.
fn envelope(trial: &Trial) -> PathBuf {
    let folder = trial.at("envelope");
    fs::create_dir_all(&folder).unwrap();
    for name in ["log.key", "tally.key"] {
        fs::copy(trial.home("server").folder.join(name), folder.join(name)).unwrap();
    }
    folder
}

#[test]
fn a_spare_laptop_goes_on_where_the_old_server_ended_and_the_old_one_cannot_come_back() {
    let mut trial = Trial::new();
    let keys = envelope(&trial);
    trial.count("stick", 20);
    // An old copy without the stick, an old copy with it.
    trial.copy("server", "without");
    let taken = take(&trial, "spare", "stick", &keys).unwrap();
    assert_eq!((taken[0].event, taken[0].entries, taken[0].epoch), (trial.event, 21, 2));
    let last = trial.table.next();
    let spare = trial.open("spare", SecondJournal::At(trial.at("stick"))).unwrap();
    assert_eq!(spare.take(&last), Some(21));
    let ahead = spare.head();
    // While the new one runs, the old one finds the stick fenced before it finds it locked.
    let Err(ServerError::Halted(halt)) = trial.open("server", SecondJournal::At(trial.at("stick"))) else {
        panic!("the old server serves")
    };
    assert_eq!(halt.cause, Cause::Epoch(2));
    spare.end().unwrap();
    assert!(trial.open("without", SecondJournal::NotGiven).is_err(), "the stick is required");
    let old = trial.open("without", SecondJournal::GivenUp).unwrap();
    assert!(matches!(old.show(ahead), Err(Halt { own: 21, seen: 22, .. })));
    old.end().unwrap();
    // It can be read again, and signs nothing.
    let old = trial.open("without", SecondJournal::GivenUp).unwrap();
    assert!(matches!(old.hand_in(&trial.table.next()), Some(Err(crate::sequencer::Halted::ForGood(_)))));
    old.end().unwrap();
    // And once more, from the stick of the spare.
    let taken = take(&trial, "third", "stick", &trial.home("spare").folder).unwrap();
    assert_eq!((taken[0].entries, taken[0].epoch), (22, 3));
    assert!(matches!(
        trial.open("spare", SecondJournal::At(trial.at("stick"))),
        Err(ServerError::Halted(Halt { cause: Cause::Epoch(3), .. }))
    ));
    let third = trial.open("third", SecondJournal::At(trial.at("stick"))).unwrap();
    assert_eq!(third.take(&last), Some(21), "repeated");
    third.end().unwrap();
}

#[test]
fn a_takeover_while_the_old_server_holds_the_stick_is_refused_and_changes_nothing() {
    let mut trial = Trial::new();
    let keys = envelope(&trial);
    let server = trial.with_stick("stick");
    let refused = take(&trial, "spare", "stick", &keys).unwrap_err();
    assert!(refused.to_string().contains("another server still writes"), "{refused}");
    assert_eq!(epoch::read(&trial.stick("stick")).unwrap(), epoch::FIRST);
    assert!(server.take(&trial.table.next()).is_some());
    server.end().unwrap();
    take(&trial, "spare", "stick", &keys).unwrap();
}

#[test]
fn wrong_keys_no_keys_and_damage_leave_no_home_and_no_epoch_behind() {
    let mut trial = Trial::new();
    let keys = envelope(&trial);
    trial.count("stick", 10);
    let mut other = Trial::new();
    other.count("stick", 1);
    let refused = take(&trial, "spare", "stick", &envelope(&other)).unwrap_err();
    assert!(matches!(refused, ServerError::Key(keyfile::KeyFileError::Other { .. })), "{refused}");
    let refused = take(&trial, "spare", "stick", &trial.at("no-keys")).unwrap_err();
    assert!(matches!(refused, ServerError::Key(_)), "{refused}");
    assert!(matches!(take(&trial, "spare", "nowhere", &keys), Err(ServerError::NoSecondJournal(_))));
    // One letter of one statement, with every checksum of the file made good again: a signature tells it.
    let path = trial.stick("stick").join("journal");
    let whole = fs::read(&path).unwrap();
    rewrite(&trial, &path, |record| {
        if let Some(at) = record.windows(7).position(|w| w == b"valid 5") {
            record[at + 6] = b'4';
        }
    });
    let refused = take(&trial, "spare", "stick", &keys).unwrap_err();
    assert!(refused.to_string().contains("entry 1"), "{refused}");
    // One bit of the file.
    let mut spoiled = whole.clone();
    spoiled[whole.len() / 2] ^= 1;
    fs::write(&path, &spoiled).unwrap();
    let refused = take(&trial, "spare", "stick", &keys).unwrap_err();
    assert!(refused.to_string().contains("damaged"), "{refused}");
    assert!(fs::read(&path).unwrap() == spoiled, "the stick was changed");
    assert_eq!(epoch::read(&trial.stick("stick")).unwrap(), epoch::FIRST);
    let left: Vec<_> = fs::read_dir(trial.at("spare/events")).into_iter().flatten().collect();
    assert!(left.is_empty(), "something was left behind: {left:?}");
    fs::write(&path, &whole).unwrap();
    assert_eq!(take(&trial, "spare", "stick", &keys).unwrap()[0].entries, 11);
    assert!(matches!(take(&trial, "spare", "stick", &keys), Err(ServerError::EventExists(_))));
}

/// Writes the journal again with its records changed.
fn rewrite(trial: &Trial, path: &Path, mut change: impl FnMut(&mut Vec<u8>)) {
    let home = trial.home("server");
    let mut groups = Vec::new();
    let read = journal::read(path, &home.purpose(), Limits::default(), |group| {
        groups.push(group.records.clone());
        Ok(())
    });
    read.unwrap();
    fs::remove_file(path).unwrap();
    let mut journal = Journal::create(path, &home.purpose(), Limits::default()).unwrap();
    for mut group in groups {
        group.iter_mut().for_each(&mut change);
        let records: Vec<&[u8]> = group.iter().map(Vec::as_slice).collect();
        journal.append(&records).unwrap();
    }
}

#[test]
fn keys_from_a_stick_without_owners_become_private() {
    let mut trial = Trial::new();
    let keys = envelope(&trial);
    trial.count("stick", 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for name in ["log.key", "tally.key"] {
            fs::set_permissions(keys.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    take(&trial, "spare", "stick", &keys).unwrap();
    trial.home("spare").open().unwrap();
    trial.open("spare", SecondJournal::At(trial.at("stick"))).unwrap().end().unwrap();
}
