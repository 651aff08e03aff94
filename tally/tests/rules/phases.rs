//! Which kind of statement may be made in which phase of a contest: every pair.

use crate::forge::{BOARD, Hall, ORGANISERS, STRIKE, board, manifest, names, papers, refusal, vkey};
use tally::{
    Ruling,
    ruling::{Phase, Refusal},
};

/// The columns: no contest yet, counting, closed without and with its bulletin, certified, announced, reopened, annulled.
const COLUMNS: [&str; 8] = ["none", "counting", "shut", "closed", "certified", "announced", "reopened", "annulled"];

/// A hall whose contest is in that column; one bundle, counted by table 1.
fn hall(column: &str) -> Hall {
    if column == "none" {
        return Hall::new();
    }
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &count());
    if matches!(column, "counting" | "annulled") {
        if column == "annulled" {
            assert_eq!(hall.desk("annul", "c01", "reason phiếu in sai\n"), Ruling::Recorded);
        }
        return hall;
    }
    assert_eq!(hall.desk("close", "c01", ""), Ruling::Recorded);
    let later: &[fn(&mut Hall) -> Ruling] =
        &[|h| h.bulletin("c01"), |h| h.certify("c01"), |h| h.announce("c01"), |h| h.reopen("c01")];
    let steps = COLUMNS.iter().position(|c| *c == column).unwrap() - 2;
    later[..steps].iter().for_each(|step| assert_eq!(step(&mut hall), Ruling::Recorded));
    hall
}

fn count() -> String {
    names(0, 30, [30, 16, 4])
}

/// What becomes of a statement of that kind, well made in every other respect.
fn said(hall: &mut Hall, kind: &str) -> Ruling {
    let first = hall.last("s01");
    let desk = |hall: &mut Hall, body: &str| hall.desk(kind, "c01", body);
    match kind {
        "manifest" => hall.say(&manifest().replace("Đại hội thử", "Đại hội khác"), ORGANISERS),
        "board" => hall.organisers("board", &board("b2", 1, &["k9"])),
        "key" => hall.organisers("key", &format!("key {}\ntitle Bàn dự phòng\n", vkey("station/s09"))),
        "revoke" => hall.revoke("station/s02", "0"),
        "contest" => desk(hall, &STRIKE.replace("summoned 100", "summoned 101")),
        "papers" => desk(hall, &papers(&["b001 30 s01"])),
        "batch" => hall.batch("s01", "c01", "b001", &count()),
        "withdraw" => hall.withdraw("s01", "c01", first),
        "decide" => desk(hall, "about papers b001 1\nruling invalid blank\nreason gạch hết\n"),
        "settle" => hall.settle("c01", "b001", &first.to_string()),
        "close" => desk(hall, ""),
        "bulletin" if hall.replay.count.contests().next().is_none() => {
            let text = self::hall("shut").bulletin_text("c01");
            hall.say(&text, &["tally"])
        }
        "bulletin" => hall.bulletin("c01"),
        "certify" if hall.replay.count.contests().next().is_none() => {
            desk(hall, &self::hall("closed").certificate("c01"))
        }
        "certify" => hall.certify("c01"),
        "minutes" | "announce" => {
            let certify = match hall.replay.count.contests().next() {
                Some(_) => hall.certified("c01"),
                None => first,
            };
            let more = "present 30\nabsent 0\ncopies 3\ncomplaint -\nreplaces -\n";
            desk(hall, &format!("certify {certify}\n{}", if kind == "minutes" { more } else { "" }))
        }
        _ => desk(hall, "reason vì\n"),
    }
}

const NO: &str = "R-PHASE";
const LATE: &str = "S-NOT-OPEN";
const WHO: &str = "R-UNKNOWN-CONTEST";
const WHERE: &str = "S-UNKNOWN-CONTEST";
const ENTRY0: &str = "R-MANIFEST-PLACE";
const LIVE: &str = "B-COUNTED";

/// The table of protocol §4 with the code of every answer.
const TABLE: [(&str, [&str; 8]); 17] = [
    // kind        none    counting shut    closed  certified announced reopened annulled
    ("manifest", [ENTRY0, ENTRY0, ENTRY0, ENTRY0, ENTRY0, ENTRY0, ENTRY0, ENTRY0]),
    ("board", ["OK", "OK", "OK", "OK", "OK", "OK", "OK", "OK"]),
    ("key", ["OK", "OK", "OK", "OK", "OK", "OK", "OK", "OK"]),
    ("revoke", ["OK", "OK", "OK", "OK", "OK", "OK", "OK", "OK"]),
    ("contest", ["OK", "OK", NO, NO, NO, NO, "OK", NO]),
    ("papers", [WHO, "OK", NO, NO, NO, NO, "OK", NO]),
    ("batch", [WHERE, LIVE, LATE, LATE, LATE, LATE, LIVE, LATE]),
    ("withdraw", [WHERE, "OK", LATE, LATE, LATE, LATE, "OK", LATE]),
    ("decide", [WHO, "OK", NO, NO, NO, NO, "OK", NO]),
    ("settle", [WHO, "OK", NO, NO, NO, NO, "OK", NO]),
    ("close", [WHO, "OK", NO, NO, NO, NO, "OK", NO]),
    ("bulletin", [WHO, NO, "OK", STANDS, STANDS, STANDS, NO, NO]),
    ("certify", [WHO, NO, "R-NOT-THE-BULLETIN", "OK", "OK", NO, NO, NO]),
    ("minutes", [WHO, NO, NO, NO, "OK", "OK", NO, NO]),
    ("announce", [WHO, NO, NO, NO, "OK", NO, NO, NO]),
    ("reopen", [WHO, NO, "OK", "OK", "OK", "OK", NO, NO]),
    ("annul", [WHO, "OK", "OK", "OK", "OK", "OK", "OK", NO]),
];
const STANDS: &str = "R-BULLETIN-STANDS";

#[test]
fn exactly_the_pairs_of_the_table_are_recorded_and_every_other_is_answered_by_its_code() {
    for (kind, answers) in TABLE {
        for (column, expected) in COLUMNS.into_iter().zip(answers) {
            let mut hall = hall(column);
            let before = hall.replay.count.size();
            let ruling = said(&mut hall, kind);
            assert_eq!(ruling.code(), expected, "{kind} while {column}: {}", ruling.say());
            let logged = expected.starts_with("S-") || matches!(expected, "OK" | LIVE);
            assert_eq!(hall.replay.count.size() - before, u64::from(logged), "{kind} while {column}");
        }
    }
}

#[test]
fn a_contest_goes_on_by_close_certify_announce_reopen_and_annul_alone() {
    let word = |hall: &Hall| hall.replay.count.contests().next().map(|c| c.phase());
    for (kind, answers) in TABLE {
        for (column, answer) in COLUMNS.into_iter().zip(answers) {
            let mut hall = hall(column);
            let before = word(&hall);
            said(&mut hall, kind);
            let expected = match (answer, kind) {
                ("OK", "contest") if column == "none" => Some(Phase::Counting),
                ("OK", "close") => Some(Phase::Closed),
                ("OK", "certify") => Some(Phase::Certified),
                ("OK", "announce") => Some(Phase::Announced),
                ("OK", "reopen") => Some(Phase::Reopened),
                ("OK", "annul") => Some(Phase::Annulled),
                _ => before,
            };
            assert_eq!(word(&hall), expected, "after {kind} while {column}");
        }
    }
}

#[test]
fn a_refused_statement_leaves_the_log_as_it_was() {
    let mut hall = hall("closed");
    let root = hall.replay.tree.root();
    let (event, contest) = (hall.replay.count.election_head(), hall.replay.count.contest_head("c01".parse().unwrap()));
    assert_eq!(hall.desk("papers", "c01", &papers(&["b001 30 -"])).code(), "R-PHASE");
    assert_eq!(hall.say(&hall.desk_text("reopen", "c01", "reason vì\n"), &BOARD[..1]).code(), "R-SIGNATURES");
    assert_eq!(hall.replay.tree.root(), root);
    assert_eq!(hall.replay.count.election_head(), event);
    assert_eq!(hall.replay.count.contest_head("c01".parse().unwrap()), contest);
}

#[test]
fn a_certificate_falls_with_the_reopen_and_the_next_close_has_its_own_bulletin() {
    let mut hall = hall("reopened");
    let c01 = "c01".parse().unwrap();
    let former = self::hall("announced").certificate("c01");
    assert_eq!(hall.replay.count.contest(c01).unwrap().certify(), None);
    assert_eq!(hall.replay.count.contest(c01).unwrap().bulletin(), None);
    assert_eq!(hall.desk("close", "c01", ""), Ruling::Recorded);
    assert_eq!(hall.replay.count.awaiting_bulletin(), vec![c01]);
    assert_eq!(hall.desk("certify", "c01", &former).code(), "R-NOT-THE-BULLETIN");
    assert_eq!(hall.bulletin("c01"), Ruling::Recorded);
    assert!(hall.replay.count.awaiting_bulletin().is_empty());
    assert_eq!(hall.desk("certify", "c01", &former).code(), "R-NOT-THE-BULLETIN");
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
}

#[test]
fn minutes_are_corrected_by_minutes_that_name_them() {
    let mut hall = hall("certified");
    let minutes = |hall: &Hall, replaces: &str| {
        let certify = hall.certified("c01");
        format!("certify {certify}\npresent 30\nabsent 0\ncopies 3\ncomplaint -\nreplaces {replaces}\n")
    };
    let text = minutes(&hall, "-");
    assert_eq!(hall.desk("minutes", "c01", &text), Ruling::Recorded);
    let first = hall.replay.count.contest_head("c01".parse().unwrap()).to_string();
    assert_eq!(hall.desk("minutes", "c01", &text).code(), "R-NOT-THE-MINUTES");
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
    let text = minutes(&hall, &first);
    assert_eq!(hall.desk("minutes", "c01", &text), Ruling::Recorded);
}

#[test]
fn a_new_certificate_takes_the_place_of_the_former_one_before_the_announcement() {
    let mut hall = hall("certified");
    let former = hall.certified("c01");
    let other = hall.certificate("c01").replace("deviation -", "deviation theo ý kiến Đoàn chủ tịch");
    assert_eq!(hall.desk("certify", "c01", &other), Ruling::Recorded);
    assert_ne!(hall.certified("c01"), former);
    assert_eq!(hall.desk("announce", "c01", &format!("certify {former}\n")).code(), "R-NOT-THE-CERTIFICATE");
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
}

#[test]
fn the_public_reads_up_to_the_first_batch_until_the_result_is_announced() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let public = |hall: &Hall| hall.replay.count.public_size();
    assert_eq!(public(&hall), hall.replay.count.size(), "nothing is counted yet");
    let first = hall.replay.count.size();
    hall.batch("s02", "c01", "b009", &count());
    assert_eq!(public(&hall), first, "a batch that was set aside shows figures as well");
    hall.batch("s01", "c01", "b001", &count());
    hall.close("c01");
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
    assert_eq!(public(&hall), first);
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
    assert_eq!(public(&hall), hall.replay.count.size());
    hall.batch("s02", "c01", "b001", &count());
    assert_eq!(public(&hall), hall.replay.count.size(), "a batch too late changes nothing for the public");
    assert_eq!(hall.reopen("c01"), Ruling::Recorded);
    assert_eq!(public(&hall), hall.replay.count.size(), "reopened, and nothing new yet");
    let again = hall.replay.count.size();
    hall.batch("s03", "c01", "b001", &count());
    assert_eq!(public(&hall), again);
    assert_eq!(hall.desk("annul", "c01", "reason vì\n"), Ruling::Recorded);
    assert_eq!(public(&hall), hall.replay.count.size());
}

#[test]
fn a_contest_still_counted_holds_the_entries_of_an_announced_one_back() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    assert_eq!(hall.desk("contest", "c02", STRIKE), Ruling::Recorded);
    assert_eq!(hall.desk("papers", "c02", &papers(&["b001 30 -"])), Ruling::Recorded);
    let first = hall.replay.count.size();
    hall.batch("s02", "c02", "b001", &count());
    hall.batch("s01", "c01", "b001", &count());
    hall.close("c01");
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
    assert_eq!(hall.replay.count.public_size(), first);
}

#[test]
fn a_batch_under_a_mistyped_contest_is_held_back_as_if_it_were_of_a_real_one() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let first = hall.replay.count.size();
    hall.batch("s02", "c10", "b001", &count());
    assert_eq!(hall.replay.count.public_size(), first);
    hall.batch("s01", "c01", "b001", &count());
    hall.close("c01");
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
    assert_eq!(hall.replay.count.public_size(), hall.replay.count.size(), "everything is announced");
}

#[test]
fn live_totals_open_every_entry_and_accredited_disclosure_none() {
    for (from, to, all) in
        [("live-totals no", "live-totals yes", true), ("disclosure public", "disclosure accredited", false)]
    {
        let mut hall = Hall::of(&manifest().replace(from, to));
        hall.organisers("board", &board("b1", 2, &["k1", "k2", "k3"]));
        hall.desk("contest", "c01", STRIKE);
        hall.desk("papers", "c01", &papers(&["b001 30 -"]));
        hall.batch("s01", "c01", "b001", &count());
        assert_eq!(hall.replay.count.public_size(), if all { hall.replay.count.size() } else { 0 });
        assert_eq!(hall.bulletin_text("c01").contains("\nvotes "), all, "a counting bulletin of {to}");
    }
}

#[test]
fn a_bulletin_that_is_long_owed_is_held_against_the_roots_of_its_day_by_a_tree_that_forgets() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.desk("contest", "c02", STRIKE);
    hall.desk("papers", "c02", &papers(&["b001 30 -"]));
    hall.batch("s01", "c01", "b001", &names(0, 30, [30, 16, 4]));
    let mut lean = tlog::Tree::lean([]);
    (0..hall.replay.tree.size()).for_each(|at| lean.push(hall.replay.tree.leaf(at).unwrap()));
    hall.replay.tree = lean;
    assert_eq!(hall.desk("close", "c01", ""), Ruling::Recorded);
    let owed = hall.bulletin_text("c01");
    // Some three hundred entries of another contest fill the tile that held the close, and the next one.
    for _ in 0..150 {
        hall.batch("s02", "c02", "b001", &names(0, 30, [30, 16, 4]));
        let batch = hall.last("s02");
        assert_eq!(hall.withdraw("s02", "c02", batch), Ruling::Recorded);
    }
    let root = owed.lines().find(|line| line.starts_with("root ")).unwrap();
    let false_root = owed.replace(root, &format!("root {}", tlog::sha256(b"x")));
    assert_eq!(refusal(hall.say(&false_root, &["tally"])), Refusal::BulletinDiffers { field: "root" });
    assert_eq!(hall.say(&owed, &["tally"]), Ruling::Recorded);
    assert_eq!(hall.replay.tree.root_at(9), None, "nobody owes a bulletin any more");
}
