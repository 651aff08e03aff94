//! What somebody has seen is not forgotten: a server behind its witnesses signs nothing, and a slip of the finger binds
//! nobody.

use promises::hall::{self, Hall};
use std::fs;

#[test]
fn a_journal_behind_what_witnesses_have_cosigned_signs_nothing_more() {
    let mut hall = Hall::open(&hall::event_toml(1, &hall::strike_list("c01", 20)), 1);
    hall.prepare("c01", &[("b001".to_owned(), 20, String::new())]);
    let observer = hall.follow();
    hall.export("out");
    drop(observer);
    hall.kill_server();
    // The last group is spoiled: on its own it could be a torn one, but a witness has seen it whole.
    let journal = hall.event_folder().join("journal");
    let mut bytes = fs::read(&journal).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 0xff;
    fs::write(&journal, bytes).unwrap();
    let ended = hall.try_start_server().unwrap_err();
    assert_eq!(ended.code, 14, "{}", ended.stderr);
    assert!(ended.stderr.contains("witnesses have cosigned"), "{}", ended.stderr);
}

#[test]
fn a_mistyped_event_binds_no_table() {
    let hall = Hall::open(&hall::event_toml(1, &hall::strike_list("c01", 20)), 1);
    hall.prepare("c01", &[("s01-b001".to_owned(), 10, "s01".to_owned())]);
    let ballots: String = (0..10).map(|_| ",01 02 03,\n").collect();
    fs::write(hall.at("s01.csv"), format!("bundle,marks,ground\n{ballots}")).unwrap();
    let count = |event: &str| {
        let ticket = fs::read_to_string(hall.ticket()).unwrap().replace(&hall.event, event);
        let mut all = hall::words(
            &["station", "count", "--server", hall.address(), "--ticket", &ticket, "--contest", "c01"],
            &[("--home", hall.at("s01")), ("--ballots", hall.at("s01.csv"))],
        );
        all.extend(hall::words(&["--bundle-size", "10", "--min-bundle", "5", "--give-up-after", "5"], &[]));
        promises::program::run(all)
    };
    let mistyped = count(&"0".repeat(64));
    assert_eq!(mistyped.code, 12, "{}", mistyped.stderr);
    let right = count(&hall.event);
    assert_eq!(right.code, 0, "{}", right.stderr);
}
