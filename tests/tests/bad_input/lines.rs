//! Lines that lead nowhere or to somebody else: exit code 12 within the time given, and what was signed is kept.

use crate::{
    hall::{OF_S01, OF_S02, ballots, count_well, counting, counting_hall, ends_well, size},
    said::{Case, told},
};
use promises::{hall::words, program};
use std::{
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
        words(&["station", "send", "--server", &hall.grpc, "--give-up-after", "1"], &[("--home", hall.at("s01"))]);
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
        &["server cannot be reached", &hall.grpc],
    );
    for what in [["observer", "verify"], ["observer", "export"], ["observer", "follow"]] {
        let mut all = words(&what, &[("--home", hall.at("observer"))]);
        all.extend(words(&["--server", &hall.grpc, "--event", &hall.event], &[]));
        if what[1] == "export" {
            all.extend(words(&[], &[("--out", hall.at("none"))]));
        }
        if what[1] == "follow" {
            all.extend(words(&["--once"], &[]));
        }
        let ended = program::run(all);
        told(&what.join(" "), &ended, 12, &["cannot be reached", &hall.grpc]);
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
    let address = format!("http://{}", deaf.local_addr().expect("an address"));
    let began = Instant::now();
    let send =
        words(&["station", "heads", "--server", &address, "--give-up-after", "2"], &[("--home", hall.at("s01"))]);
    told("a server that says nothing", &program::run(send), 12, &["cannot reach the server"]);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let file = ballots(&hall, "s01.csv", &OF_S01);
    let page = format!("http://{}", hall.http.trim_start_matches("http://"));
    let mut wrong = counting(&hall, &hall.at("s01"), "c01", &file);
    let at = wrong.iter().position(|w| *w == *hall.grpc).expect("the address is there");
    wrong[at] = page.into();
    told("the port of the pages", &program::run(wrong), 12, &["server"]);
}

#[test]
fn a_server_of_another_event_is_told_apart() {
    let (hall, other) = (counting_hall(), counting_hall());
    count_well(&hall, "s01", "c01", &OF_S01[..1]);
    let (before, file) = (size(&other), ballots(&hall, "s01.csv", &OF_S01));
    let at = |hall_of: &promises::hall::Hall, home: &str| {
        let mut all = counting(&hall, &hall.at(home), "c01", &file);
        let place = all.iter().position(|w| *w == *hall.grpc).expect("the address is there");
        all[place] = hall_of.grpc.clone().into();
        all
    };
    for home in ["s01", "s02"] {
        let what = format!("{home} at the server of another event");
        let ended = program::run(at(&other, home));
        told(&what, &ended, 12, &[&hall.event, "is not on this server"]);
    }
    let verify = words(&["observer", "verify", "--server", &other.grpc, "--event", &hall.event], &[]);
    told("an observer at another event's server", &program::run(verify), 12, &[&hall.event, "is not on this server"]);
    let mut desk =
        words(&["committee", "close", "c01", "--as", "k1", "--as", "k2"], &[("--home", hall.at("committee"))]);
    desk.extend(words(&["--server", &other.grpc], &[]));
    told("the desk at another event's server", &program::run(desk), 12, &[&hall.event, "is not on this server"]);
    assert_eq!(size(&other), before);
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
}

#[test]
fn addresses_beyond_this_machine_are_refused_before_anybody_is_called() {
    let mut hall = counting_hall();
    hall.kill_server();
    for (listen, http) in
        [("0.0.0.0:0", "127.0.0.1:0"), ("127.0.0.1:0", "0.0.0.0:0"), ("192.0.2.7:7440", "127.0.0.1:0")]
    {
        let run = words(&["server", "run", "--listen", listen, "--http", http], &[("--home", hall.at("server"))]);
        let case =
            Case { what: "server run", arguments: run, code: 12, says: &["not a loopback address", "127.0.0.1 only"] };
        case.changes_nothing_in(&hall.at("server"));
    }
    let file = ballots(&hall, "s01.csv", &OF_S01);
    for address in ["http://192.0.2.7:7440", "https://127.0.0.1:7440", "127.0.0.1:7440", "nonsense"] {
        let mut count = counting(&hall, &hall.at("s01"), "c01", &file);
        let at = count.iter().position(|w| *w == *hall.grpc).expect("the address is there");
        count[at] = address.into();
        let case = Case { what: "station count", arguments: count, code: 2, says: &[address, "http://127.0.0.1:PORT"] };
        case.changes_nothing_in(&hall.at("s01"));
        let verify = words(&["observer", "verify", "--server", address, "--event", &hall.event], &[]);
        told("observer verify", &program::run(verify), 2, &[address, "http://127.0.0.1:PORT"]);
        let status = words(&["committee", "status", "--server", address], &[("--home", hall.at("committee"))]);
        let ended = program::run(status);
        told("committee status", &ended, 2, &[address, "http://127.0.0.1:PORT"]);
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
