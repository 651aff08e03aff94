//! Key files that are missing, cut off, open to others or somebody else's: exit code 11, the file named, nothing signed.

use crate::{
    hall::{OF_S01, ballots, counting, counting_hall, goes_on, hall, papers, size},
    said::{Case, copy, files, same, told},
};
use promises::{
    hall::{Hall, words},
    program,
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// A key file spoilt in one way, and the words for it.
type Spoilt = (&'static str, fn(&Hall, &Path), &'static [&'static str]);

const SPOILT: [Spoilt; 5] = [
    ("missing", |_, key| fs::remove_file(key).expect("removed"), &["cannot be opened", "No such file"]),
    ("cut off", |_, key| cut(key), &["no key file, or damaged", "restore it from its copy"]),
    ("empty", |_, key| fs::write(key, "").expect("written"), &["no key file, or damaged"]),
    ("open to others", |_, key| open_to_others(key), &["others can read", "chmod 600"]),
    (
        "the public half",
        |_, key| fs::write(key, fs::read(keyfile::public_path(key)).expect("read")).expect("written"),
        &["no key file"],
    ),
];

fn cut(key: &Path) {
    let bytes = fs::read(key).expect("a key");
    fs::write(key, &bytes[..bytes.len() / 2]).expect("written");
}

fn open_to_others(key: &Path) {
    fs::set_permissions(key, fs::Permissions::from_mode(0o644)).expect("changed");
}

/// Another's key in the place of this one.
fn replace(key: &Path, other: &Path) {
    fs::copy(other, key).expect("copied");
}

#[test]
fn a_table_without_its_own_key_signs_nothing() {
    let hall = counting_hall();
    let (good, bad) = (hall.at("s01"), hall.at("bad"));
    let file = ballots(&hall, "s01.csv", &OF_S01);
    let before = size(&hall);
    let is_refused = |what: &str, code: i32, says: &[&str]| {
        let what = format!("a table's key {what}");
        let arguments = counting(&hall, &bad, "c01", &file);
        Case { what: &what, arguments, code, says }.changes_nothing_in(&bad);
    };
    for (what, spoil, says) in SPOILT {
        let _ = fs::remove_dir_all(&bad);
        copy(&good, &bad);
        spoil(&hall, &bad.join("station.key"));
        is_refused(what, 11, &[says, &["station.key"]].concat());
    }
    for (what, other, says) in [
        ("is a member's", "committee/keys/k1.key", "board/k1"),
        ("is the observer's", "observer/observer.key", "observer/province"),
        ("is a witness's", "observer/witness.key", "witness.example/w1"),
    ] {
        replace(&bad.join("station.key"), &hall.at(other));
        fs::set_permissions(bad.join("station.key"), fs::Permissions::from_mode(0o600)).expect("changed");
        is_refused(what, 11, &[says, "not that of a counting table"]);
    }
    assert_eq!(size(&hall), before);
    goes_on(&hall);
}

#[test]
fn a_table_with_another_tables_key_does_not_go_on_with_the_journal() {
    let hall = counting_hall();
    crate::hall::count_well(&hall, "s01", "c01", &OF_S01);
    let (bad, before) = (hall.at("bad"), size(&hall));
    copy(&hall.at("s01"), &bad);
    replace(&bad.join("station.key"), &hall.at("s02/station.key"));
    let arguments = counting(&hall, &bad, "c01", &hall.at("s01-c01.csv"));
    Case { what: "another table's key", arguments, code: 11, says: &["s01", "s02"] }.changes_nothing_in(&bad);
    assert_eq!(size(&hall), before);
    goes_on(&hall);
}

#[test]
fn a_key_of_another_event_and_a_key_nobody_registered_are_told_so() {
    let hall = counting_hall();
    let (file, before) = (ballots(&hall, "s01.csv", &OF_S01), size(&hall));
    let key = |home: &Path, origin: &str, id: &str| {
        program::run_well(words(&["station", "key", "--origin", origin, "--id", id], &[("--home", home.to_owned())]));
    };
    key(&hall.at("other"), "kiemphieu.example/elsewhere", "s01");
    let ended = program::run(counting(&hall, &hall.at("other"), "c01", &file));
    told("a key of another origin", &ended, 11, &["kiemphieu.example/elsewhere", "make a key for this event"]);
    key(&hall.at("s09"), "kiemphieu.example/hall", "s09");
    let ended = program::run(counting(&hall, &hall.at("s09"), "c01", &file));
    told("a table nobody registered", &ended, 11, &["not enrolled", "was revoked", "ask an organiser"]);
    key(&hall.at("s01b"), "kiemphieu.example/hall", "s01");
    let ended = program::run(counting(&hall, &hall.at("s01b"), "c01", &file));
    told("a registered name with a new key", &ended, 11, &["not enrolled", "ask an organiser"]);
    assert_eq!(size(&hall), before);
    let kept = files(&hall.at("s01"));
    let again = program::run(words(
        &["station", "key", "--origin", "kiemphieu.example/hall", "--id", "s01"],
        &[("--home", hall.at("s01"))],
    ));
    told("a second key in the same place", &again, 11, &["station.key", "never overwritten"]);
    same("a second key", &kept, &files(&hall.at("s01")));
    goes_on(&hall);
}

#[test]
fn a_member_without_their_own_key_signs_nothing() {
    let hall = hall(&["c01"]);
    hall.prepare("c01", &papers());
    let key = hall.at("committee/keys/k1.key");
    let kept = fs::read(&key).expect("a key");
    let before = size(&hall);
    let is_refused = |what: &str, says: &[&str]| {
        let ended = hall.desk(&["annul", "c01", "--reason", "thử"], &["k1", "k2"]);
        told(&format!("a member's key {what}"), &ended, 11, says);
        assert_eq!(size(&hall), before);
    };
    for (what, spoil, says) in SPOILT {
        spoil(&hall, &key);
        is_refused(what, &[says, &["k1.key"]].concat());
        fs::write(&key, &kept).expect("written");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    replace(&key, &hall.at("committee/keys/k3.key"));
    is_refused("is another member's", &["k1.key", "board/k3", "needed here"]);
    replace(&key, &hall.at("observer/witness.key"));
    is_refused("is a witness's", &["witness.example/w1"]);
    fs::write(&key, &kept).expect("written");
    goes_on(&hall);
}

#[test]
fn a_server_or_witness_without_its_own_key_does_not_start() {
    let mut hall = Hall::found(&promises::hall::event_toml(2, &promises::hall::strike_list("c01", 40)), 2);
    let (log, kept) =
        (hall.event_folder().join("log.key"), fs::read(hall.event_folder().join("log.key")).expect("a key"));
    for (what, spoil, says) in SPOILT {
        spoil(&hall, &log);
        let before = files(&hall.at("server"));
        let ended = hall.try_start_server().expect_err("the server does not start");
        told(&format!("the log's key {what}"), &ended, 11, &[says, &["log.key"]].concat());
        same(what, &before, &files(&hall.at("server")));
        let _ = fs::remove_file(hall.at("server.log"));
        fs::write(&log, &kept).expect("written");
        fs::set_permissions(&log, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    replace(&log, &hall.event_folder().join("tally.key"));
    let ended = hall.try_start_server().expect_err("the server does not start");
    told("the log's key is the tally key", &ended, 11, &["log.key", "hall/tally", "needed here"]);
    fs::write(&log, &kept).expect("written");
    hall.start_server();
    let witness = |home: &Path| {
        let following = words(&["observer", "witness", "--once"], &[("--home", home.to_owned())]);
        program::run([following, hall.way()].concat())
    };
    told("a witness without a key", &witness(&hall.at("nobody")), 11, &["witness.key", "cannot be opened"]);
    let bad = hall.at("bad");
    copy(&hall.at("observer"), &bad);
    replace(&bad.join("witness.key"), &bad.join("observer.key"));
    told("a witness with an observer's key", &witness(&bad), 11, &["witness.key"]);
    hall.prepare("c01", &papers());
    goes_on(&hall);
}
