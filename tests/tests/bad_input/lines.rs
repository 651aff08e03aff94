//! Lines that lead nowhere or to somebody else: exit code 12 within the time given, and what was signed is kept.

use crate::{
    hall::{OF_S01, OF_S02, ballots, count_well, counting, counting_hall, ends_well, size},
    said::{Case, told},
};
use promises::{hall::words, program};
use std::{
    ffi::OsString,
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

#[test]
fn an_unreachable_server_ends_every_role_in_time_and_loses_nothing() {
    let mut hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    let before = size(&hall);
    hall.kill_server();
    let file = ballots(&hall, "s01.csv", &OF_S01);
    let began = Instant::now();
    let counted = program::run(counting(&hall, &hall.at("s01"), "c01", &file));
    told(
        "count without a server",
        &counted,
        12,
        &["cannot reach the server", "trying again in", "nothing was signed or sent"],
    );
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    // In a hall without a line a table counts all the same, with the contest as it last saw it.
    let mut offline = words(&["station", "count", "--offline", "--contest", "c01"], &[("--home", hall.at("s01"))]);
    offline.extend(words(&[], &[("--ballots", file)]));
    program::run_well(offline);
    let send =
        words(&["station", "send", "--server", hall.address(), "--give-up-after", "1"], &[("--home", hall.at("s01"))]);
    let case = Case {
        what: "send without a server",
        arguments: send,
        code: 12,
        says: &["1 notes unsent", "they stay in the table's journal"],
    };
    case.changes_nothing_in(&hall.at("s01"));
    told(
        "the desk without a server",
        &hall.desk(&["close", "c01"], &["k1", "k2"]),
        12,
        &["server cannot be reached", hall.address()],
    );
    for what in [["observer", "verify"], ["observer", "export"], ["observer", "follow"]] {
        let mut all = words(&what, &[("--home", hall.at("observer"))]);
        all.extend(hall.way());
        if what[1] == "export" {
            all.extend(words(&[], &[("--out", hall.at("none"))]));
        }
        if what[1] == "follow" {
            all.extend(words(&["--once"], &[]));
        }
        let ended = program::run(all);
        told(&what.join(" "), &ended, 12, &["cannot be reached", hall.address()]);
    }
    assert!(!hall.at("none").exists(), "no half of a copy");
    hall.start_server();
    assert_eq!(size(&hall), before);
    count_well(&hall, "s01", "c01", &OF_S01);
    assert_eq!(size(&hall), before + 1, "the note in the journal went out once");
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
}

#[test]
fn somebody_who_answers_nothing_is_not_waited_for_longer_than_said() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = deaf.local_addr().expect("an address").to_string();
    let began = Instant::now();
    let send =
        words(&["station", "heads", "--server", &address, "--give-up-after", "2"], &[("--home", hall.at("s01"))]);
    told("a server that says nothing", &program::run(send), 12, &["cannot reach the server"]);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let file = ballots(&hall, "s01.csv", &OF_S01);
    let mut wrong = counting(&hall, &hall.at("s01"), "c01", &file);
    let at = wrong.iter().position(|w| *w == *hall.address()).expect("the address is there");
    wrong[at] = promises::hall::bare(&hall.http).into();
    told("the port of the pages", &program::run(wrong), 12, &["server"]);
}

#[test]
fn a_server_with_another_key_than_the_tickets_is_told_of_and_gets_nothing() {
    let (hall, other) = (counting_hall(), counting_hall());
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    let (before, file) = (size(&other), ballots(&hall, "s01.csv", &OF_S01));
    let says = &[other.address(), "is NOT the server of this event ticket", "tell the organisers"];
    let elsewhere = |mut all: Vec<OsString>| {
        let place = all.iter().position(|w| *w == *hall.address()).expect("the address is there");
        all[place] = other.address().into();
        program::run(all)
    };
    let began = Instant::now();
    for home in ["s01", "s02"] {
        let ended = elsewhere(counting(&hall, &hall.at(home), "c01", &file));
        told(&format!("{home} at another server"), &ended, 12, says);
        assert!(!ended.stderr.contains("trying again"), "an impostor is not waited for: {}", ended.stderr);
    }
    assert!(!hall.at("s02/ticket").exists(), "a table is bound to nothing it has not met");
    let verify = [words(&["observer", "verify"], &[]), hall.way()].concat();
    told("an observer at another server", &elsewhere(verify), 12, says);
    let follow = [words(&["observer", "follow"], &[("--home", hall.at("observer"))]), hall.way()].concat();
    told("a follower at another server", &elsewhere(follow), 12, says);
    let desk = words(&["committee", "close", "c01", "--as", "k1", "--as", "k2"], &[("--home", hall.at("committee"))]);
    told("the desk at another server", &elsewhere([desk, hall.way()].concat()), 12, says);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(size(&other), before);
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
}

#[test]
fn the_ticket_of_another_event_binds_nobody() {
    let (hall, other) = (counting_hall(), counting_hall());
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    let (before, file) = (size(&hall), ballots(&hall, "s01.csv", &OF_S01));
    let mut count =
        words(&["station", "count", "--contest", "c01"], &[("--home", hall.at("s01")), ("--ballots", file)]);
    count.extend(other.way());
    let says = &[hall.event.as_str(), &other.event, "folder of its own"];
    Case { what: "a table", arguments: count, code: 2, says }.changes_nothing_in(&hall.at("s01"));
    for what in [&["committee", "status"][..], &["committee", "close", "c01", "--as", "k1", "--as", "k2"]] {
        let desk = [words(what, &[("--home", hall.at("committee"))]), other.way()].concat();
        let says = &[hall.event.as_str(), &other.event, "this folder belongs to the event"];
        Case { what: "the desk", arguments: desk, code: 2, says }.changes_nothing_in(&hall.at("committee"));
    }
    // The true event with the key of another server: printed by mistake, or by somebody who stands in between.
    let key = fs::read_to_string(other.event_folder().join("tally.key.vkey")).expect("a key");
    let own = fs::read_to_string(hall.event_folder().join("tally.key.vkey")).expect("a key");
    let forged = fs::read_to_string(hall.ticket()).expect("a ticket").replace(own.trim(), key.trim());
    let send = words(&["station", "send", "--ticket", &forged], &[("--home", hall.at("s01"))]);
    let says = &["wrong or forged", "ask the organisers"];
    Case { what: "a forged ticket", arguments: send, code: 10, says }.changes_nothing_in(&hall.at("s01"));
    let status = words(&["committee", "status", "--ticket", &forged], &[("--home", hall.at("committee"))]);
    told("a forged ticket at the desk", &program::run(status), 2, &["wrong or forged"]);
    assert_eq!(size(&hall), before);
    crate::hall::goes_on(&hall);
}

#[test]
fn a_ticket_that_is_damaged_is_named_and_asked_for_again() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    let good = fs::read_to_string(hall.ticket()).expect("a ticket");
    let cut = hall.at("cut");
    fs::write(&cut, &good[..good.len() / 2]).expect("a file");
    let missing = hall.at("missing").to_string_lossy().into_owned();
    let flipped = good.replacen(&hall.event[..8], "", 1);
    let cases: [(&str, &str, &str); 4] = [
        ("cut off", &cut.to_string_lossy(), "an event ticket reads kiemphieu://HOST:PORT"),
        ("not there", &missing, "cannot be read"),
        ("mistyped", flipped.trim(), "an event ticket reads"),
        ("an address alone", "http://127.0.0.1:7440", "does not begin with kiemphieu://"),
    ];
    for (what, ticket, says) in cases {
        let arguments = words(&["station", "send", "--ticket", ticket], &[("--home", hall.at("s01"))]);
        let case = Case { what: &format!("a ticket {what}"), arguments, code: 2, says: &[says, "--help"] };
        case.changes_nothing_in(&hall.at("s01"));
        for what in [&["observer", "verify"][..], &["committee", "status"]] {
            told(&what.join(" "), &program::run(words(&[what, &["--ticket", ticket]].concat(), &[])), 2, &[says]);
        }
    }
    for home in ["s01", "committee", "observer"] {
        let (file, kept) = (hall.at(home).join("ticket"), fs::read(hall.at(home).join("ticket")).ok());
        fs::write(&file, "kiemphieu://").expect("a file");
        let (what, code): (&[&str], _) = match home {
            "s01" => (&["station", "status"], 10),
            "committee" => (&["committee", "status"], 2),
            _ => (&["observer", "verify"], 2),
        };
        told(
            &format!("{home}'s own ticket"),
            &program::run(words(what, &[("--home", hall.at(home))])),
            code,
            &["ticket"],
        );
        match kept {
            Some(bytes) => fs::write(&file, bytes).expect("a file"),
            None => fs::remove_file(&file).expect("removed"),
        }
    }
    let nowhere = words(&["observer", "follow"], &[("--home", hall.at("new-observer"))]);
    told("an observer without a ticket", &program::run(nowhere), 2, &["no event ticket yet", "--ticket"]);
    crate::hall::goes_on(&hall);
}

#[test]
fn addresses_that_are_none_are_refused_before_anybody_is_called() {
    let mut hall = counting_hall();
    hall.kill_server();
    let run =
        words(&["server", "run", "--listen", "127.0.0.1:0", "--http", "0.0.0.0:0"], &[("--home", hall.at("server"))]);
    let case = Case { what: "server run", arguments: run, code: 12, says: &["not a loopback address"] };
    case.changes_nothing_in(&hall.at("server"));
    let file = ballots(&hall, "s01.csv", &OF_S01);
    for address in ["http://127.0.0.1:7440", "127.0.0.1", "127.0.0.1:0", "non sense:1"] {
        let mut count = counting(&hall, &hall.at("s01"), "c01", &file);
        let at = count.iter().position(|w| *w == *hall.address()).expect("the address is there");
        count[at] = address.into();
        let case = Case { what: "station count", arguments: count, code: 2, says: &[address, "is no HOST:PORT"] };
        case.changes_nothing_in(&hall.at("s01"));
        for what in [&["observer", "verify"][..], &["committee", "status"]] {
            let ended = program::run(words(&[what, &["--server", address]].concat(), &[]));
            told(&what.join(" "), &ended, 2, &[address, "is no HOST:PORT"]);
        }
        let ticket = words(&["server", "ticket", "--address", address], &[("--home", hall.at("server"))]);
        told("server ticket", &program::run(ticket), 2, &[address, "is no HOST:PORT"]);
    }
    let empty = words(
        &["server", "run", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
        &[("--home", hall.at("nothing"))],
    );
    told("a server without an event", &program::run(empty), 2, &["there is no event in", "server found"]);
    assert!(!hall.at("nothing").exists());
    for (what, bytes, says) in [("no manifest", b"x".to_vec(), "manifest"), ("no file", Vec::new(), "manifest")] {
        let path = hall.at("bad.note");
        fs::write(&path, bytes).expect("a file");
        let mut found = words(&["server", "found"], &[("--home", hall.at("server"))]);
        found.push(path.into());
        Case { what, arguments: found, code: 10, says: &[says] }.changes_nothing_in(&hall.at("server"));
    }
    let mut again = words(&["server", "found"], &[("--home", hall.at("server"))]);
    again.push(hall.at("committee/manifest.note").into());
    let ended = program::run(again);
    told("an event founded twice", &ended, 2, &[&hall.event, "is here already"]);
    hall.start_server();
    crate::hall::goes_on(&hall);
}
