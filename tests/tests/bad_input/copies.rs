//! An observer given the wrong folder, the wrong event or a folder somebody touched: a verdict with its exit code, the
//! file named, and nothing written.

use crate::{
    hall::{OF_S01, OF_S02, count_well, counting_hall, ends_well},
    said::{Case, copy},
};
use promises::{hall::words, program};
use std::{fs, path::Path};

fn verifying(folder: &Path, event: &str) -> Vec<std::ffi::OsString> {
    let mut all = words(&["observer", "verify"], &[]);
    all.push(folder.into());
    all.extend(words(&["--event", event], &[]));
    all
}

#[test]
fn a_copy_is_verified_against_its_event_or_not_at_all() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
    let log = hall.at("copy/log");
    let is = |what: &str, folder: &Path, event: &str, code: i32, says: &[&str]| {
        let case = Case { what, arguments: verifying(folder, event), code, says };
        case.changes_nothing_in(&hall.at("copy"));
    };
    is("another event", &log, &"11".repeat(32), 1, &["MISMATCH", "entry 0", "V-EVENT", &hall.event]);
    is("no such folder", &hall.at("nowhere"), &hall.event, 2, &["nowhere", "checkpoint"]);
    assert!(!hall.at("nowhere").exists());
    fs::create_dir(hall.at("empty")).expect("a folder");
    is("an empty folder", &hall.at("empty"), &hall.event, 2, &["there is no file `checkpoint`", "empty"]);
    is("a file for a folder", &hall.at("s01-c01.csv"), &hall.event, 2, &["s01-c01.csv"]);

    let touched = hall.at("touched");
    copy(&log, &touched);
    fs::write(touched.join("totals.txt"), "01 wins").expect("a file");
    let ended = program::run(verifying(&touched, &hall.event));
    println!("{:>3}  a foreign file\n       {}", ended.code, ended.stdout.trim_end());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("foreign totals.txt"), "{}", ended.stdout);

    let spoilt = |what: &str, code: i32, says: &[&str], spoil: &dyn Fn(&Path)| {
        let folder = hall.at("spoilt");
        let _ = fs::remove_dir_all(&folder);
        copy(&log, &folder);
        spoil(&folder);
        is(what, &folder, &hall.event, code, says);
    };
    let entries = first_entries(&log);
    spoilt("no checkpoint", 2, &["checkpoint"], &|f| fs::remove_file(f.join("checkpoint")).expect("removed"));
    spoilt("a checkpoint that is none", 1, &["MISMATCH", "checkpoint"], &|f| {
        fs::write(f.join("checkpoint"), "x").expect("written");
    });
    spoilt("a byte of an entry", 1, &["MISMATCH", &entries], &|f| flip(&f.join(&entries)));
    spoilt("a byte of the checkpoint", 1, &["MISMATCH", "checkpoint"], &|f| flip(&f.join("checkpoint")));
    spoilt("no entries", 2, &[&entries], &|f| fs::remove_file(f.join(&entries)).expect("removed"));
    spoilt("an empty bundle of entries", 1, &["MISMATCH", &entries], &|f| {
        fs::write(f.join(&entries), "").expect("written");
    });

    let receipts = words(&["station", "receipts"], &[("--home", hall.at("s01")), ("--out", hall.at("receipts"))]);
    program::run_well(receipts);
    let ticket = fs::read_to_string(hall.ticket()).expect("a file").replace(&hall.event, &"11".repeat(32));
    let other =
        words(&["station", "receipts", "--ticket", &ticket], &[("--home", hall.at("s01")), ("--out", hall.at("none"))]);
    Case { what: "receipts of another event", arguments: other, code: 2, says: &[&hall.event, "folder of its own"] }
        .changes_nothing_in(&hall.at("s01"));
    assert!(!hall.at("none").exists());
}

/// The only bundle of entries of a small log.
fn first_entries(log: &Path) -> String {
    let found = crate::said::files(log).into_keys().find(|name| name.starts_with("tile/entries/"));
    found.expect("a log has entries")
}

/// Changes one byte in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("a file");
    let at = bytes.len() / 2;
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    fs::write(path, bytes).expect("written");
}
