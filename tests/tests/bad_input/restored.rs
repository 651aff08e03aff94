//! Old copies put back: a table's disk, a cloned laptop, the server's disk. Each stops and says so; nobody guesses.

use crate::{
    hall::{OF_S01, OF_S02, count, count_well, counting_hall, ends_well, size},
    said::{copy, files, same, told},
};
use promises::{hall::words, program};
use std::fs;

#[test]
fn a_table_restored_from_an_old_disk_stops_and_sends_nothing() {
    let hall = counting_hall();
    count_well(&hall, "s02", "c01", &OF_S02);
    copy(&hall.at("s01"), &hall.at("old"));
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    fs::rename(hall.at("s01"), hall.at("newest")).expect("moved");
    copy(&hall.at("old"), &hall.at("s01"));
    let before = size(&hall);
    told(
        "a table ahead of its own chain",
        &count(&hall, "s01", "c01", &["b2"]),
        1,
        &["the server has 1 statements of this table", "a clone or its disk was restored", "tell the organisers"],
    );
    assert_eq!(size(&hall), before, "nothing was sent");
    nothing_signed(&hall, "s01", 0);
    let heads = words(&["station", "heads", "--server", hall.address()], &[("--home", hall.at("s01"))]);
    told("its heads", &program::run(heads), 1, &["the server has 1 statements"]);
    fs::remove_dir_all(hall.at("s01")).expect("removed");
    fs::rename(hall.at("newest"), hall.at("s01")).expect("moved");
    count_well(&hall, "s01", "c01", &OF_S01);
    ends_well(&hall);
}

#[test]
fn a_cloned_laptop_stops_at_the_first_thing_it_would_say() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    copy(&hall.at("s01"), &hall.at("clone"));
    count_well(&hall, "s01", "c01", &OF_S01);
    let file = crate::hall::ballots(&hall, "clone.csv", &["b3"]);
    let before = size(&hall);
    let ended = program::run(crate::hall::counting(&hall, &hall.at("clone"), "c01", &file));
    nothing_signed(&hall, "clone", 1);
    told("a clone", &ended, 1, &["the server has 2 statements of this table", "clone"]);
    assert_eq!(size(&hall), before);
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
}

#[test]
fn a_server_restored_from_an_old_copy_is_found_out_by_everybody_who_saw_more() {
    let mut hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    hall.kill_server();
    copy(&hall.at("server"), &hall.at("old"));
    hall.start_server();
    count_well(&hall, "s02", "c01", &OF_S02);
    count_well(&hall, "s01", "c01", &OF_S01);
    let follow = words(&["observer", "witness", "--once"], &[("--home", hall.at("observer"))]);
    program::run([follow, hall.way()].concat());
    hall.desk_well(&["status"], &[]);
    let seen = size(&hall);

    hall.kill_server();
    fs::rename(hall.at("server"), hall.at("newest")).expect("moved");
    copy(&hall.at("old"), &hall.at("server"));
    hall.start_server();
    let (short, kept) = (size(&hall), files(&hall.at("s01")));
    assert!(short < seen);
    told(
        "a table at a restored server",
        &count(&hall, "s01", "c01", &OF_S01),
        1,
        &["restored from an old copy", "tell the organisers"],
    );
    same("the table", &kept, &files(&hall.at("s01")));
    let desk = hall.desk(&["close", "c01"], &["k1", "k2"]);
    told("the desk at a restored server", &desk, 1, &[&format!("shows {short} entries"), "a restored server?"]);
    let verify = ["observer", "verify", "--server", hall.address()];
    let observed = program::run(words(&verify, &[("--home", hall.at("observer"))]));
    told("an observer at a restored server", &observed, 3, &["PROVISIONAL", "8 were verified before"]);
    assert_eq!(size(&hall), short, "nothing was written");

    hall.kill_server();
    fs::remove_dir_all(hall.at("server")).expect("removed");
    fs::rename(hall.at("newest"), hall.at("server")).expect("moved");
    hall.start_server();
    assert_eq!(size(&hall), seen);
    ends_well(&hall);
}

/// The table has as many statements as before: no second text under a number that the server has.
fn nothing_signed(hall: &promises::hall::Hall, home: &str, seq: u64) {
    let status = program::run_well(words(&["station", "status", "--json"], &[("--home", hall.at(home))]));
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["seq"], seq, "{status}");
}
