//! The desk does things in the wrong order, with the wrong people or with sums that are none: refused before anything is
//! sent, with what to do; the log is as long as before and the contest ends well.

use crate::{
    hall::{OF_S01, OF_S02, count_well, counting_hall, ends_well, goes_on, hall, papers, refused, size},
    said::told,
};
use promises::hall::{Hall, event_toml, strike_list};
use std::fs;

const BOARD: [&str; 2] = ["k1", "k2"];

#[test]
fn a_contest_with_open_bundles_is_not_closed_and_each_is_named() {
    let hall = counting_hall();
    refused(
        &hall,
        &["close", "c01"],
        &BOARD,
        1,
        &["R-OPEN-BUNDLES", "4 bundles are open", "b1", "b2", "b3", "b4", "missing"],
    );
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02[..1]);
    refused(&hall, &["close", "c01"], &BOARD, 1, &["R-OPEN-BUNDLES", "1 bundle", "b4", "missing"]);
    count_well(&hall, "s02", "c01", &OF_S02);
    ends_well(&hall);
}

#[test]
fn what_comes_too_early_is_refused_and_the_right_order_goes_on() {
    let hall = counting_hall();
    refused(&hall, &["certify", "c01"], &BOARD, 1, &["R-PHASE", "is counting", "must be closed"]);
    refused(&hall, &["announce", "c01"], &BOARD, 1, &["R-PHASE", "is counting", "must be certified"]);
    refused(&hall, &["reopen", "c01", "--reason", "khiếu nại"], &BOARD, 1, &["R-PHASE", "is counting"]);
    let minutes = ["minutes", "c01", "--present", "40", "--absent", "0", "--copies", "3"];
    refused(&hall, &minutes, &BOARD, 1, &["R-PHASE", "is counting"]);
    let settle = ["settle", "c01", "b1", "--stands", "0123456789", "--reason", "đếm lại"];
    refused(&hall, &settle, &BOARD, 2, &["0123456789"]);
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    hall.desk_well(&["close", "c01"], &BOARD);
    refused(&hall, &["close", "c01"], &BOARD, 1, &["R-PHASE", "is closed", "must be open"]);
    refused(&hall, &["announce", "c01"], &BOARD, 1, &["R-PHASE", "is closed", "must be certified"]);
    let papers = hall.at("papers-c01.toml").to_string_lossy().into_owned();
    refused(&hall, &["papers", "c01", "--file", &papers], &BOARD, 1, &["R-PHASE", "is closed"]);
    hall.desk_well(&["reopen", "c01", "--reason", "khiếu nại về tập b1"], &BOARD);
    ends_well(&hall);
    refused(&hall, &["announce", "c01"], &BOARD, 1, &["R-PHASE", "is announced"]);
}

#[test]
fn too_few_members_one_member_twice_and_strangers_sign_nothing() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    let k1 = hall.at("committee/keys/k1.key").to_string_lossy().into_owned();
    refused(&hall, &["close", "c01"], &["k1"], 1, &["2 must sign together, here are 1", "--propose"]);
    refused(&hall, &["close", "c01"], &["k1", "k1"], 1, &["2 must sign together, here are 1"]);
    refused(&hall, &["close", "c01", "--key", &k1], &["k1"], 1, &["2 must sign together, here are 1"]);
    refused(&hall, &["close", "c01"], &["k1", "o1"], 1, &["R-NOT-ENTITLED", "organiser/o1", "no say in a close"]);
    refused(&hall, &["close", "c01"], &["o1", "o2"], 1, &["R-NOT-ENTITLED", "no say in a close"]);
    let toml = hall.at("event/event.toml").to_string_lossy().into_owned();
    refused(&hall, &["board", "b1", "--event-toml", &toml], &BOARD, 1, &["R-NOT-ENTITLED", "no say in a board"]);
    let nobody = hall.desk(&["close", "c01"], &["k9"]);
    told("a member without a key", &nobody, 11, &["k9.key"]);
    // A draft is no entry; the same member cannot complete it, another one can.
    let before = size(&hall);
    let draft = hall.desk_well(&["close", "c01", "--propose"], &["k1"]);
    let again = hall.desk(&["sign", draft.trim(), "--propose"], &["k1"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(again.stderr.contains("1 of 2 signatures"), "{}", again.stderr);
    assert_eq!(size(&hall), before);
    hall.desk_well(&["sign", draft.trim()], &["k2"]);
    assert!(size(&hall) > before);
    let reopen = ["reopen", "c01", "--reason", "bản nháp đã đủ chữ ký"];
    hall.desk_well(&reopen, &BOARD);
    refused(&hall, &["sign", draft.trim()], &["k3"], 0, &["it stood there before"]);
    refused(&hall, &["sign", &"0".repeat(64)], &["k3"], 2, &["no draft begins with"]);
    ends_well(&hall);
}

#[test]
fn papers_that_do_not_add_up_or_betray_the_vote_are_refused() {
    let hall = hall(&["c01"]);
    let toml = hall.at("event/event.toml").to_string_lossy().into_owned();
    refused(&hall, &["contest", "c01", "--event-toml", &toml], &BOARD, 1, &["R-UNKNOWN-KEY", "board/k1"]);
    hall.desk_well(&["board", "b1", "--event-toml", &toml], &["o1", "o2"]);
    fs::write(hall.at("board-elected"), "").expect("a file");
    let sheet = |collected: &str, bundles: [&str; 4]| {
        let figures = ["papers", "c01", "--received", "40", "--issued", "40", "--unused", "0", "--spoiled", "0"];
        let more = ["--collected", collected, "--bundle", bundles[0], bundles[1], bundles[2], bundles[3]];
        [figures.as_slice(), more.as_slice()].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let is_refused = |sheet: Vec<String>, code: i32, says: &[&str]| {
        let words: Vec<&str> = sheet.iter().map(String::as_str).collect();
        refused(&hall, &words, &BOARD, code, says);
    };
    is_refused(sheet("40", ["b1=10", "b2=10", "b3=10", "b4=10"]), 1, &["R-UNKNOWN-CONTEST", "c01"]);
    hall.desk_well(&["contest", "c01", "--event-toml", &toml], &BOARD);
    is_refused(
        sheet("39", ["b1=10", "b2=10", "b3=10", "b4=10"]),
        1,
        &["R-BUNDLES-COLLECTED", "add up to 40", "39 papers"],
    );
    is_refused(
        sheet("40", ["b1=10", "b2=10", "b3=16", "b4=4"]),
        1,
        &["R-BUNDLE-TOO-SMALL", "b4 has 4 papers", "asks for 5"],
    );
    is_refused(sheet("40", ["b1=10", "b1=10", "b3=10", "b4=10"]), 10, &["bundle b1 stands twice"]);
    is_refused(sheet("40", ["b1=10:s07", "b2=10", "b3=10", "b4=10"]), 1, &["s07"]);
    is_refused(sheet("40", ["b1=ten", "b2=10", "b3=10", "b4=10"]), 2, &["b1=ten"]);
    let broken = hall.at("broken.toml");
    fs::write(&broken, "received = 40\nissued = \n").expect("a file");
    refused(&hall, &["papers", "c01", "--file", &broken.to_string_lossy()], &BOARD, 10, &["broken.toml", "line 2"]);
    refused(
        &hall,
        &["papers", "c01", "--file", "/nowhere/papers.toml"],
        &BOARD,
        10,
        &["/nowhere/papers.toml", "cannot read"],
    );
    hall.papers("c01", &papers());
    goes_on(&hall);
}

#[test]
fn a_contest_that_the_rules_do_not_know_is_named_and_not_opened() {
    let hall = hall(&["c01"]);
    let toml = hall.at("event/event.toml");
    hall.desk_well(&["board", "b1", "--event-toml", &toml.to_string_lossy()], &["o1", "o2"]);
    let good = fs::read_to_string(&toml).expect("a file");
    let cases: [(&str, &str, &[&str]); 4] = [
        ("profile = \"party-244\"", "profile = \"party-2044\"", &["party-2044", "profile"]),
        (
            "name = \"Lê Hoàng Cường\"",
            "name = \"Ngô Văn Sơn\"",
            &["candidates[3].name", "member of the counting board"],
        ),
        ("form = \"strike-list\"", "form = \"agree-single\"", &["contest[1].form"]),
        ("board = \"b1\"", "board = \"b7\"", &["b7"]),
    ];
    let other = hall.at("other.toml");
    for (from, to, says) in cases {
        fs::write(&other, good.replace(from, to)).expect("a file");
        let line = 1 + good.lines().position(|l| l.contains(from)).expect("the line is there");
        let place = format!("other.toml:{line}:");
        let says = [says, &[place.as_str()]].concat();
        refused(&hall, &["contest", "c01", "--event-toml", &other.to_string_lossy()], &BOARD, 10, &says);
    }
    refused(
        &hall,
        &["contest", "c77", "--event-toml", &toml.to_string_lossy()],
        &BOARD,
        1,
        &["R-UNKNOWN-CONTEST", "c77"],
    );
    hall.prepare("c01", &papers());
    goes_on(&hall);
}

#[test]
fn more_papers_than_were_issued_are_never_certified_only_annulled() {
    let hall = Hall::open(&event_toml(2, &strike_list("c01", 40)), 2);
    let toml = hall.at("event/event.toml").to_string_lossy().into_owned();
    hall.desk_well(&["board", "b1", "--event-toml", &toml], &["o1", "o2"]);
    hall.desk_well(&["contest", "c01", "--event-toml", &toml], &BOARD);
    let sheet = ["papers", "c01", "--received", "40", "--issued", "38", "--unused", "2", "--spoiled", "0"];
    let bundles = ["--bundle", "b1=10:s01", "b2=10:s01", "b3=10:s02", "b4=10:s02"];
    hall.desk_well(&[sheet.as_slice(), bundles.as_slice()].concat(), &BOARD);
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    hall.desk_well(&["close", "c01"], &BOARD);
    refused(&hall, &["certify", "c01"], &BOARD, 1, &["R-BLOCKED", "annul and vote again"]);
    let anyway = ["certify", "c01", "--deviation", "đại hội đồng ý", "--elected", "01", "--next", "short 2"];
    refused(&hall, &anyway, &BOARD, 1, &["R-BLOCKED"]);
    refused(&hall, &["announce", "c01"], &BOARD, 1, &["R-PHASE", "is closed"]);
    hall.desk_well(&["annul", "c01", "--reason", "thu về nhiều hơn phát ra"], &BOARD);
    refused(&hall, &["reopen", "c01", "--reason", "thử lại"], &BOARD, 1, &["R-PHASE", "annulled"]);
}

#[test]
fn keys_that_cannot_go_or_come_are_named() {
    let hall = counting_hall();
    let organisers = ["o1", "o2"];
    let revoke = |name: &'static str| ["revoke", name, "--reason", "thử"];
    refused(&hall, &revoke("station/s77"), &organisers, 1, &["R-NO-SUCH-KEY", "station/s77"]);
    refused(&hall, &revoke("tally"), &organisers, 1, &["R-KEY-FIXED", "/tally"]);
    refused(&hall, &revoke("station/s01"), &organisers, 1, &["last-seq"]);
    refused(&hall, &revoke("station/s01"), &BOARD, 1, &["R-NOT-ENTITLED"]);
    let vkey = hall.at("s01/station.key.vkey").to_string_lossy().into_owned();
    refused(&hall, &["key", &vkey, "--title", "Bàn số 1"], &organisers, 1, &["R-KEY-TAKEN", "station/s01"]);
    let none = hall.at("event/event.toml").to_string_lossy().into_owned();
    refused(&hall, &["key", &none, "--title", "Bàn"], &organisers, 11, &["event.toml", "no key file"]);
    hall.desk_well(&revoke("organiser/o3"), &organisers);
    refused(
        &hall,
        &revoke("organiser/o2"),
        &organisers,
        1,
        &["R-TOO-FEW-ORGANISERS", "Only 1 organisers would be left"],
    );
    goes_on(&hall);
}
