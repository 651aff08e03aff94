//! A table counts what it should not, from files and folders that are wrong: told so, and its own chain goes on.

use crate::{
    hall::{OF_S01, OF_S02, ballots, count, count_well, counting, counting_hall, ends_well, goes_on, size},
    said::{Case, files, same, told},
};
use promises::{hall::words, program};
use std::fs;

#[test]
fn a_bundle_unknown_or_another_tables_is_logged_and_set_aside_and_told_again_by_status() {
    let hall = counting_hall();
    let before = size(&hall);
    told(
        "an unknown bundle",
        &count(&hall, "s01", "c01", &["b77"]),
        1,
        &["S-UNKNOWN-BUNDLE", "check its number", "number 1"],
    );
    told("another table's bundle", &count(&hall, "s01", "c01", &["b3"]), 1, &["S-OTHER-TABLE", "belongs to table s02"]);
    assert_eq!(size(&hall), before + 2, "each is logged once");
    told("the same again", &count(&hall, "s01", "c01", &["b77"]), 1, &["S-UNKNOWN-BUNDLE", "--again"]);
    assert_eq!(size(&hall), before + 2, "nothing is said twice");
    let status = program::run(words(&["station", "status"], &[("--home", hall.at("s01"))]));
    assert!(status.stdout.contains("S-UNKNOWN-BUNDLE") && status.stdout.contains("S-OTHER-TABLE"), "{}", status.stdout);
    goes_on(&hall);
    told("a closed contest", &count(&hall, "s01", "c01", &["b2", "b5"]), 1, &["S-NOT-OPEN", "announced, not open"]);
}

#[test]
fn other_figures_for_a_bundle_counted_before_are_not_signed_unasked() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01);
    let file = ballots(&hall, "other.csv", &OF_S01);
    let text = fs::read_to_string(&file).expect("a file").replacen("b2,04,", "b2,03,", 1);
    fs::write(&file, text).expect("a file");
    let before = size(&hall);
    let arguments = counting(&hall, &hall.at("s01"), "c01", &file);
    let says = &["bundle b2", "number 2", "withdraw", "--again"];
    Case { what: "other figures", arguments, code: 1, says }.changes_nothing_in(&hall.at("s01"));
    assert_eq!(size(&hall), before);
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
}

#[test]
fn a_bundle_with_papers_missing_is_counted_but_keeps_the_contest_open_until_recounted() {
    let hall = counting_hall();
    let file = ballots(&hall, "short.csv", &OF_S01);
    let text = fs::read_to_string(&file).expect("a file").replacen("b2,04,\n", "", 1);
    fs::write(&file, text).expect("a file");
    let ended = program::run(counting(&hall, &hall.at("s01"), "c01", &file));
    told("nine papers for ten", &ended, 1, &["B-MISMATCH", "bundle b2", "9 papers counted, 10 handed out"]);
    count_well(&hall, "s02", "c01", &OF_S02);
    crate::hall::refused(&hall, &["close", "c01"], &["k1", "k2"], 1, &["R-OPEN-BUNDLES", "b2", "mismatch"]);
    let withdraw = ["station", "withdraw", "--contest", "c01", "--bundle", "b2", "--reason", "đếm thiếu"];
    let withdraw = words(&withdraw, &[("--home", hall.at("s01"))]);
    program::run_well([withdraw, hall.way()].concat());
    goes_on(&hall);
}

#[test]
fn ballots_and_folders_that_are_wrong_are_named_and_nothing_is_signed() {
    let hall = counting_hall();
    let (home, before) = (hall.at("s01"), size(&hall));
    let first = words(&["station", "status"], &[("--home", home.clone()), ("--ticket", hall.ticket())]);
    program::run_well(first);
    let is_refused = |what: &str, contest: &str, file: &str, code: i32, says: &[&str]| {
        let arguments = counting(&hall, &home, contest, &hall.at(file));
        let kept = chain(&home);
        told(what, &program::run(arguments), code, says);
        same(what, &kept, &chain(&home));
    };
    is_refused("no ballots file", "c01", "nowhere.csv", 10, &["nowhere.csv", "cannot read the ballots file"]);
    let good = fs::read_to_string(ballots(&hall, "good.csv", &OF_S01)).expect("a file");
    let cases: [(&str, String, &[&str]); 5] = [
        (
            "a candidate off the list",
            good.replacen("b1,04,", "b1,05,", 1),
            &["broken.csv:11:4:", "the list has 4 names"],
        ),
        ("letters for numbers", good.replacen("b1,04,", "b1,A D A A,", 1), &["broken.csv:11:4:"]),
        ("a bundle's id that is none", good.replacen("b1,04,", "b_1,04,", 1), &["broken.csv:11:1:", "no bundle id"]),
        (
            "some papers without a bundle",
            good.replacen("b1,04,", ",04,", 1),
            &["broken.csv:11:1:", "name it on every line or on none"],
        ),
        (
            "three faults",
            good.replacen("01 02,", "02 01,", 1).replacen("b1,04,", "b1,4,", 1).replacen("b2,04,", "b2,04,x", 1),
            &["broken.csv:8:7:", "broken.csv:11:4:", "broken.csv:21:7:"],
        ),
    ];
    for (what, text, says) in cases {
        fs::write(hall.at("broken.csv"), text).expect("a file");
        is_refused(what, "c01", "broken.csv", 10, says);
    }
    is_refused("no such contest", "c77", "good.csv", 2, &["there is no contest c77"]);
    let other = "11".repeat(32);
    let ticket = fs::read_to_string(hall.ticket()).expect("a file").replace(&hall.event, &other);
    let status = words(&["station", "status", "--ticket", &ticket], &[("--home", home.clone())]);
    Case {
        what: "the folder of another event",
        arguments: status,
        code: 2,
        says: &[&other, &hall.event, "folder of its own"],
    }
    .changes_nothing_in(&home);
    let status = words(&["station", "status"], &[("--home", hall.at("s02"))]);
    Case { what: "no event yet", arguments: status, code: 2, says: &["no event ticket yet", "--ticket"] }
        .changes_nothing_in(&hall.at("s02"));
    let nothing = words(
        &["station", "withdraw", "--contest", "c01", "--bundle", "b1", "--reason", "thử"],
        &[("--home", home.clone())],
    );
    Case { what: "nothing to withdraw", arguments: nothing, code: 2, says: &["no batch in force", "b1"] }
        .changes_nothing_in(&home);
    assert_eq!(size(&hall), before);
    goes_on(&hall);
}

/// What a table has said: its journal, and which event it is for.
fn chain(home: &std::path::Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut kept = files(home);
    kept.retain(|name, _| ["journal", "station.key"].contains(&name.as_str()));
    kept
}

#[test]
fn a_damaged_journal_stops_the_table_and_is_left_as_it_is() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01);
    let (journal, before) = (hall.at("s01/journal"), size(&hall));
    let kept = fs::read(&journal).expect("a journal");
    let flipped = |at: usize| {
        let mut bytes = kept.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    for (what, bytes) in [
        ("at its beginning", flipped(3)),
        ("in the middle", flipped(kept.len() / 2)),
        ("is another file", b"x".repeat(5_000)),
    ] {
        fs::write(&journal, bytes).expect("written");
        let arguments = counting(&hall, &hall.at("s01"), "c01", &hall.at("s01-c01.csv"));
        let what = format!("a journal damaged {what}");
        Case { what: &what, arguments, code: 14, says: &["the table's journal", "restore"] }
            .changes_nothing_in(&hall.at("s01"));
    }
    // A shorter journal can be an unfinished one; then the server knows more of the table than the table itself.
    for length in [kept.len() / 2, 0] {
        fs::write(&journal, &kept[..length]).expect("written");
        if length == 0 {
            fs::remove_file(&journal).expect("removed");
        }
        let ended = program::run(counting(&hall, &hall.at("s01"), "c01", &hall.at("s01-c01.csv")));
        told(
            &format!("a journal cut off at byte {length}"),
            &ended,
            1,
            &["the server has 2 statements", "its disk was restored"],
        );
    }
    assert_eq!(size(&hall), before);
    fs::write(&journal, &kept).expect("written");
    count_well(&hall, "s01", "c01", &OF_S01);
    assert_eq!(size(&hall), before, "restored from its copy, it has nothing left to send");
    goes_on(&hall);
}
