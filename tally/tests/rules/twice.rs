//! A table's key in use on two machines: two texts of one number are a finding; whatever else comes late is none.

use crate::forge::{Hall, STRIKE, names, sign};
use tally::{SignedStatement, Twice};

/// A hall in which table 1 has said one thing, and what it signed.
fn counted() -> (Hall, String) {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -", "b002 30 -"]);
    let text = hall.batch_text("s01", "c01", "b001", &names(0, 30, [30, 16, 4]));
    assert!(hall.say(&text, &["station/s01"]).is_logged());
    (hall, text)
}

fn twice(hall: &Hall, text: &str, signer: &str) -> Option<Twice> {
    let note = sign(text, &[signer]);
    let keys = hall.replay.count.keys();
    Twice::of(&hall.replay.count, &SignedStatement::open(note.as_bytes(), keys).unwrap())
}

#[test]
fn another_text_of_a_number_that_has_an_entry_is_a_finding_that_names_both() {
    let (hall, text) = counted();
    let other = text.replace("bundle b001", "bundle b002");
    let found = twice(&hall, &other, "station/s01").unwrap();
    assert_eq!((found.station.to_string().as_str(), found.seq), ("s01", 1));
    assert_eq!(found.entry, hall.replay.count.size() - 1);
    assert_eq!(found.logged, hall.last("s01"));
    assert_eq!(found.other, sign(&other, &["station/s01"]).sid());
    assert!(found.say().en.contains("number 1:") && found.say().en.contains("--last-seq 0"), "{}", found.say().en);
}

#[test]
fn whoever_says_the_same_again_or_something_new_or_speaks_for_another_is_in_no_finding() {
    let (hall, text) = counted();
    assert_eq!(twice(&hall, &text, "station/s01"), None, "the same text, however late");
    let next = hall.batch_text("s01", "c01", "b002", &names(0, 30, [30, 16, 4]));
    assert_eq!(twice(&hall, &next, "station/s01"), None, "a number that the log has not met");
    let other = text.replace("bundle b001", "bundle b002");
    assert_eq!(twice(&hall, &other, "station/s02"), None, "another table's key");
    assert_eq!(twice(&hall, &other, "board/k1"), None, "the key of somebody who is no table");
    let elsewhere = other.replace(&hall.event().to_string(), &"1".repeat(64));
    assert_eq!(twice(&hall, &elsewhere, "station/s01"), None, "another event");
    let desk = hall.desk_text("close", "c01", "");
    assert_eq!(twice(&hall, &desk, "station/s01"), None, "no table's statement");
}

#[test]
fn a_finding_says_whether_the_key_is_out_by_now() {
    let (mut hall, text) = counted();
    let found = twice(&hall, &text.replace("bundle b001", "bundle b002"), "station/s01").unwrap();
    assert!(!found.is_revoked(&hall.replay.count));
    hall.revoke("station/s01", "0");
    assert!(found.is_revoked(&hall.replay.count));
}
