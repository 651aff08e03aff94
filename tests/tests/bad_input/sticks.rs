//! Notes and answers carried by hand, spoilt on the way: named file by file, refused, and the good ones still arrive.

use crate::{
    hall::{OF_S01, OF_S02, ballots, count_well, counting_hall, ends_well, size},
    said::{copy, files, same, told},
};
use promises::{
    hall::{Hall, words},
    program::{self, Ended},
};
use std::{fs, path::Path};

const NOTE: &str = "s01-000002.note";

fn importing(hall: &Hall, stick: &Path) -> Ended {
    let mut all = words(&["station", "import"], &[]);
    all.push(stick.into());
    // A table whose own notes have gone out carries those of another.
    let to = [("--home", hall.at("bureau")), ("--key", hall.at("s02/station.key"))];
    all.extend(words(&["--give-up-after", "2"], &to));
    all.extend(hall.way());
    program::run(all)
}

fn collecting(hall: &Hall, stick: &Path) -> Ended {
    let mut all = words(&["station", "collect"], &[]);
    all.push(stick.into());
    all.extend(words(&[], &[("--home", hall.at("s01"))]));
    program::run(all)
}

/// A file of a copy of the stick with other words in it.
fn spoilt(hall: &Hall, stick: &Path, name: &str, change: impl Fn(String) -> String) -> std::path::PathBuf {
    let bad = hall.at("bad-stick");
    let _ = fs::remove_dir_all(&bad);
    copy(stick, &bad);
    let text = fs::read_to_string(bad.join(name)).expect("a file");
    let changed = change(text.clone());
    assert_ne!(text, changed, "{name} is as it was");
    fs::write(bad.join(name), changed).expect("a file");
    bad
}

#[test]
fn what_was_spoilt_on_a_stick_is_named_and_the_good_copy_still_arrives() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    let file = ballots(&hall, "b2.csv", &OF_S01[1..]);
    let offline = ["station", "count", "--offline", "--contest", "c01"];
    program::run_well(words(&offline, &[("--home", hall.at("s01")), ("--ballots", file)]));
    let (stick, before) = (hall.at("stick"), size(&hall));
    program::run_well(words(&["station", "export"], &[("--home", hall.at("s01")), ("--out", stick.clone())]));

    let altered = spoilt(&hall, &stick, NOTE, |note| note.replace("votes 04 1", "votes 04 7"));
    told("an altered note", &importing(&hall, &altered), 1, &["number 2", "R-BAD-SIGNATURE", "altered on its way"]);
    let garbage = spoilt(&hall, &stick, NOTE, |_| "garbage".into());
    told("a note that is none", &importing(&hall, &garbage), 10, &[NOTE, "no statement"]);
    let misnamed = spoilt(&hall, &stick, NOTE, |note| note + "\n");
    fs::copy(stick.join(NOTE), misnamed.join("s01-000007.note")).expect("copied");
    fs::remove_file(misnamed.join(NOTE)).expect("removed");
    told("a note under another number", &importing(&hall, &misnamed), 10, &["s01-000007.note", "number 2 of s01"]);
    let elsewhere = spoilt(&hall, &stick, NOTE, |note| note.replace(&hall.event, &"11".repeat(32)));
    told("a note of another event", &importing(&hall, &elsewhere), 10, &[NOTE, "another event"]);
    told("a stick that is not there", &importing(&hall, &hall.at("no-stick")), 13, &["no-stick"]);
    assert_eq!(size(&hall), before, "nothing of it was taken");

    let imported = importing(&hall, &stick);
    assert_eq!((imported.code, size(&hall)), (0, before + 1), "{}", imported.stderr);
    let kept = files(&hall.at("s01"));
    let proof = "s01-000002.tlog-proof";
    let forged = spoilt(&hall, &stick, proof, |proof| proof.replacen("index ", "index 1", 1));
    told("an altered receipt", &collecting(&hall, &forged), 1, &["does not prove what it says", "no receipt was kept"]);
    let torn = spoilt(&hall, &stick, proof, |_| String::new());
    told("a receipt that is none", &collecting(&hall, &torn), 10, &[proof, "no receipt"]);
    same("the table's folder", &kept, &files(&hall.at("s01")));
    assert_eq!(collecting(&hall, &stick).code, 0);
    count_well(&hall, "s01", "c01", &OF_S01);
    assert_eq!(size(&hall), before + 1, "what was carried is not sent again");
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
}
