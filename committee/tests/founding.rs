//! Founding an event: the right folder makes a whole home, a wrong one makes nothing at all.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{CommitteeError, desk::Desk};
use hall::{EVENT, Folder, Hall, ORIGIN};
use std::fs;
use tally::{Replay, Ruling};
use tlog::KeyKind;

/// Founding fails, says all of this, and leaves no trace.
fn refuses(folder: &Folder, signers: &[&str], said: &[&str]) -> CommitteeError {
    let error = folder.found(signers).unwrap_err();
    let text = error.to_string();
    for words in said {
        assert!(text.contains(words), "`{words}` is not said in: {text}");
    }
    assert!(!folder.home_path().exists(), "something was made in spite of: {text}");
    error
}

#[test]
fn a_founded_home_is_whole_and_its_manifest_verifies() {
    let folder = Folder::with(EVENT);
    let founded = folder.found(&[]).unwrap();
    let note = fs::read(folder.home().manifest()).unwrap();
    assert_eq!(Replay::new().verify(&note).unwrap().sid, founded.sid);
    assert_eq!(folder.home().ticket(None).unwrap().event, founded.sid);
    assert_eq!(fs::read_to_string(folder.home().event_toml()).unwrap(), EVENT);
    let mut names: Vec<String> = founded.keys_made.iter().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(names, ["k1", "k2", "o1", "o2", "o3"], "a technician has no key");
    let keys = folder.home().signers(&founded.keys_made, &[]).unwrap();
    assert_eq!(keys.len(), 5);
    assert_eq!(
        fs::read_dir(folder.home_path()).unwrap().count(),
        3,
        "keys, event.toml, manifest.note and nothing else"
    );
}

#[test]
fn founding_again_with_the_same_folder_changes_nothing() {
    let folder = Folder::with(EVENT);
    let first = folder.found(&[]).unwrap();
    let again = folder.found(&[]).unwrap();
    assert_eq!((again.sid, again.manifest.as_bytes()), (first.sid, first.manifest.as_bytes()));
    assert!(again.keys_made.is_empty());
}

#[test]
fn only_the_organisers_named_sign() {
    let folder = Folder::with(EVENT);
    let founded = folder.found(&["o3", "o1", "o3"]).unwrap();
    let names: Vec<_> = founded.manifest.signatures().iter().map(|l| l.name().to_owned()).collect();
    assert_eq!(names, [format!("{ORIGIN}/organiser/o1"), format!("{ORIGIN}/organiser/o3")]);
}

#[test]
fn every_board_and_contest_of_the_folder_would_be_recorded() {
    let mut hall = Hall::founded();
    let board = hall.board();
    hall.say(&board, &["o1", "o3"]).unwrap();
    let event = committee::home::read_event(&hall.folder.event()).unwrap();
    for contest in &event.contests {
        let statement = Desk::at(&hall.replay.count).unwrap().contest(contest);
        assert_eq!(hall.rule(&statement, &["k1", "k2"]), Ruling::Recorded, "{statement}");
        hall.say(&statement, &["k1", "k2"]).unwrap();
    }
    let first = hall.replay.count.contest("c01".parse().unwrap()).unwrap().statement();
    assert_eq!(first.born.len(), 1);
    let traits: Vec<String> = first.traits.iter().map(|(n, t)| format!("{n} {t}")).collect();
    assert_eq!(traits, ["02 female", "02 young"]);
    let base: Vec<String> = first.base.iter().map(|b| format!("{} {}", b.part, b.people)).collect();
    assert_eq!(base, ["summoned 20", "absent-throughout 0", "convener-absent 0"]);
}

#[test]
fn every_missing_and_unknown_key_is_named_at_once() {
    let mut folder = Folder::with(EVENT);
    folder.device(6, &format!("{ORIGIN}/station/s09"), KeyKind::Ed25519);
    folder.device(7, "somebody.example/else", KeyKind::Ed25519);
    fs::remove_file(&folder.vkeys()[2]).unwrap();
    fs::write(&folder.vkeys()[5], "no key at all\n").unwrap();
    let said = [
        "device-2",
        "device-5",
        "station/s01 is missing",
        "no table for",
        "s09",
        "somebody.example/else",
        "quorum is 1",
    ];
    let error = refuses(&folder, &["o9", "k1"], &said);
    assert!(matches!(error, CommitteeError::Input(faults) if faults.0.len() >= 8));
}

#[test]
fn two_keys_under_one_name_found_nothing() {
    let mut folder = Folder::with(EVENT);
    folder.device(6, &format!("{ORIGIN}/station/s01"), KeyKind::Ed25519);
    refuses(&folder, &[], &["two keys have the name"]);
}

#[test]
fn an_organiser_who_sits_on_a_counting_board_needs_two_ids() {
    let folder = Folder::with(&EVENT.replace("id = \"k2\"", "id = \"o2\""));
    refuses(&folder, &[], &["`o2` is an organiser and a member of a counting board"]);
}

#[test]
fn a_broken_event_file_founds_nothing() {
    let twice = EVENT.replace("min-bundle = 5", "min-bundle = \"five\"").replace("seats = 2", "seats = 0");
    assert!(matches!(refuses(&Folder::with(&twice), &[], &["min-bundle", "seats"]), CommitteeError::Event(_)));
    refuses(
        &Folder::with(&EVENT.replace("\"An\", born", "\"Ngô Văn Sơn\", born")),
        &[],
        &["contest[1].candidates[1].name"],
    );
    let folder = Folder::with(EVENT);
    fs::remove_file(folder.event().join("event.toml")).unwrap();
    refuses(&folder, &[], &["event.toml"]);
}

#[test]
fn keys_that_are_not_complete_or_not_these_are_not_used() {
    let folder = Folder::with(EVENT);
    folder.found(&[]).unwrap();
    let manifest = fs::read(folder.home().manifest()).unwrap();
    let key = folder.home().key("k1".parse().unwrap());
    let other = folder.home().key("k2".parse().unwrap());
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    folder.found(&[]).expect("k1 has taken their key away and left its public half");
    let public = fs::read(keyfile::public_path(&key)).unwrap();
    fs::remove_file(keyfile::public_path(&key)).unwrap();
    assert!(matches!(folder.found(&[]), Err(CommitteeError::Keys(_))));
    fs::write(keyfile::public_path(&key), public).unwrap();
    fs::copy(&other, &key).unwrap();
    assert!(matches!(folder.found(&[]), Err(CommitteeError::Key(_))));
    fs::write(&key, kept).unwrap();
    fs::copy(keyfile::public_path(&other), keyfile::public_path(&key)).unwrap();
    assert!(matches!(folder.found(&[]), Err(CommitteeError::Key(_))));
    assert_eq!(fs::read(folder.home().manifest()).unwrap(), manifest);
}

#[test]
fn a_home_has_one_event() {
    let folder = Folder::with(EVENT);
    let founded = folder.found(&[]).unwrap();
    fs::write(folder.event().join("event.toml"), EVENT.replace("Đại hội thử", "Đại hội khác")).unwrap();
    assert!(matches!(folder.found(&[]), Err(CommitteeError::Keys(_))));
    assert_eq!(folder.home().ticket(None).unwrap().event, founded.sid);
    assert_eq!(fs::read_to_string(folder.home().event_toml()).unwrap(), EVENT);
}

#[test]
fn a_home_that_lost_its_keys_gets_no_new_ones() {
    let folder = Folder::with(EVENT);
    folder.found(&[]).unwrap();
    fs::remove_dir_all(folder.home().keys()).unwrap();
    assert!(matches!(folder.found(&[]), Err(CommitteeError::Keys(_))));
    assert!(!folder.home().keys().exists());
}

#[test]
fn keys_left_behind_by_a_power_cut_are_thrown_away() {
    let folder = Folder::with(EVENT);
    let fresh = folder.home_path().join("keys.new");
    fs::create_dir_all(&fresh).unwrap();
    fs::write(fresh.join("o1.key"), "half a key").unwrap();
    folder.found(&[]).unwrap();
    assert!(!fresh.exists());
}
