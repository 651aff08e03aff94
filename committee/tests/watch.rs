//! What a board sees before it signs and while it counts: checks that fail, cases with their histories, what is open.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{
    cases::{self, Effect, Wanted},
    event::EventCandidate,
    meaning::Meaning,
    papers::{PaperSheet, TypedBundle},
    standing::{ContestStanding, Standing, Step},
};
use hall::Hall;
use std::collections::BTreeMap;
use tally::{
    ContestId, SignedStatement, Statement,
    statement::{About, Link},
};

const BOARD: &[&str] = &["k1", "k2"];

fn c01() -> ContestId {
    "c01".parse().unwrap()
}

fn sheet(received: u64, issued: u64, bundles: &[&str]) -> PaperSheet {
    let bundles = bundles.iter().map(|b| b.parse::<TypedBundle>().unwrap().0).collect();
    PaperSheet::new([received, issued, 20_u64.saturating_sub(issued), 0], None, bundles).unwrap()
}

/// A contest whose papers are stated so.
fn with_papers(sheet: &PaperSheet) -> Hall {
    let mut hall = Hall::open();
    let papers = hall.desk().papers(c01(), sheet);
    hall.say(&papers, BOARD).unwrap();
    hall
}

fn standing(hall: &Hall) -> ContestStanding {
    Standing::of(&hall.replay).contests.remove(0)
}

fn codes(hall: &Hall) -> Vec<(&'static str, &'static str)> {
    standing(hall).checks.iter().map(|check| (check.code, check.blocks)).collect()
}

#[test]
fn papers_that_do_not_add_up_say_so_before_they_are_signed() {
    let hall = Hall::open();
    let bad = hall.desk().papers(c01(), &sheet(22, 21, &["b001=12", "b002=12"]));
    let words = Meaning::of(&bad, &hall.replay.count).to_string();
    for told in [
        "E-RECEIVED DOES NOT ADD UP, the contest cannot be closed: received 22 is not issued 21 + unused 0 + spoiled 0 = 21",
        "E-ISSUED DOES NOT ADD UP, the contest cannot be closed: issued 21 is more than summoned 20",
        "E-COLLECTED DOES NOT ADD UP, nothing can be certified: collected 24 is more than issued 21",
        "E-RECEIVED KHÔNG KHỚP, không kết thúc kiểm được: nhận 22 khác",
    ] {
        assert!(words.contains(told), "{told}\n{words}");
    }
    let good = hall.desk().papers(c01(), &sheet(20, 20, &["b001=20"]));
    assert!(!Meaning::of(&good, &hall.replay.count).to_string().contains("E-"));
}

#[test]
fn every_check_is_named_at_once_and_the_next_step_says_what_to_mend() {
    let hall = with_papers(&sheet(22, 21, &["b001=12", "b002=12"]));
    assert_eq!(codes(&hall), [("E-RECEIVED", "close"), ("E-ISSUED", "close"), ("E-COLLECTED", "certificate")]);
    let next = standing(&hall).next;
    assert_eq!(next.step, Step::Papers);
    assert!(next.en.contains("received 22") && next.en.contains("issued 21 is more"), "{}", next.en);
    assert!(!next.en.contains("collected"), "that one blocks no close: {}", next.en);
}

#[test]
fn a_list_too_long_for_the_rules_is_told_before_it_is_signed_and_accepted_with_a_reason_before_the_close() {
    let mut hall = Hall::open();
    let event = committee::home::read_event(&hall.folder.event()).unwrap();
    let mut longer = event.contests[0].clone();
    let more = EventCandidate { name: "Bỉnh".parse().unwrap(), born: None, traits: Vec::new() };
    longer.candidates.push(more);
    let contest = hall.desk().contest(&longer);
    let words = Meaning::of(&contest, &hall.replay.count).to_string();
    assert!(words.contains("W-SURPLUS MIND, a reason is asked before the close: 4 names for 2 seats"), "{words}");
    hall.say(&contest, BOARD).unwrap();
    let papers = hall.desk().papers(c01(), &sheet(20, 20, &["b001=20"]));
    hall.say(&papers, BOARD).unwrap();
    hall.count_votes("s01", "b001", 20, &[20, 20, 0, 0]);
    assert_eq!(codes(&hall), [("W-SURPLUS", "close-until-accepted")]);
    assert_eq!(standing(&hall).next.step, Step::Decide);
    let close = hall.desk().close(c01());
    assert!(hall.say(&close, BOARD).is_err());
    let about = About::Warning("W-SURPLUS".parse().unwrap());
    let accept = hall.desk().decide(c01(), about, "đại hội đã biểu quyết".parse().unwrap());
    hall.say(&accept, BOARD).unwrap();
    assert_eq!(standing(&hall).next.step, Step::Close);
    let close = hall.desk().close(c01());
    hall.say(&close, BOARD).unwrap();
}

#[test]
fn a_case_shows_both_sides_and_everything_that_was_said_of_it() {
    let mut hall = with_papers(&sheet(20, 20, &["b001=10", "b002=10"]));
    hall.count("s01", "b001", 10);
    hall.count("s02", "b001", 9);
    let sid = hall.last("s01");
    let settle = hall.desk().settle(c01(), "b001".parse().unwrap(), Some(sid), "đếm lại".parse().unwrap());
    hall.say(&settle, BOARD).unwrap();
    let files = files(&hall, Wanted::default());
    let [file] = &files[..] else { panic!("{files:#?}") };
    assert_eq!(
        (file.bundle.as_str(), file.state, file.open),
        ("b001", Some("counted"), false),
        "settled, and here still"
    );
    let told: Vec<_> = file.history.iter().map(|e| (e.kind, e.effect)).collect();
    assert_eq!(
        told,
        [
            ("papers", Effect::Recorded),
            ("batch", Effect::Counted),
            ("batch", Effect::Live),
            ("settle", Effect::Recorded)
        ]
    );
    let figures: Vec<_> = file.history.iter().filter_map(|e| Some(e.figures.as_ref()?.ballots)).collect();
    assert_eq!(figures, [10, 9], "both sides");
    assert_eq!(file.history[3].signers, ["board/k1", "board/k2"]);
    assert!(file.history[3].said.iter().any(|said| said.vi.contains("đếm lại")));
    let quiet = Wanted { contest: Some(c01()), bundle: Some("b002".parse().unwrap()) };
    assert_eq!(self::files(&hall, quiet)[0].history.len(), 1, "a bundle nobody spoke of has its papers");
}

fn files(hall: &Hall, wanted: Wanted) -> Vec<cases::CaseFile> {
    let entries: BTreeMap<u64, SignedStatement> =
        (0..).zip(hall.notes.iter().map(|note| SignedStatement::reread(note.as_bytes()).unwrap())).collect();
    assert!(entries.values().any(|s| matches!(s.statement.link(), Link::Station { .. })));
    cases::files(&hall.replay.count, wanted, &entries)
}

#[test]
fn what_is_open_is_told_without_a_name_while_counting_and_with_all_after_the_close() {
    let mut hall = with_papers(&sheet(20, 20, &["b001=12", "b002=8"]));
    hall.count("s01", "b001", 12);
    let watch = standing(&hall).watch;
    let decided = watch.decided.clone().unwrap();
    assert_eq!((decided.decided, decided.open_papers, decided.fewest_papers), (true, 8, Some(12)));
    assert!(decided.tightest.is_none() && decided.names.is_none(), "who leads is nobody's business before the close");
    assert!(watch.outliers.is_none() && watch.swapped.is_none());
    assert_eq!(watch.names_left.unwrap().papers, BTreeMap::from([(2, 12)]));
    assert_eq!(watch.rate.map(|rate| (rate.over, rate.empty)), Some((2, 0)));
    hall.count("s02", "b002", 8);
    let close = hall.desk().close(c01());
    hall.say(&close, BOARD).unwrap();
    let watch = standing(&hall).watch;
    let names: Vec<_> = watch.decided.unwrap().names.unwrap().into_iter().map(|n| (n.candidate, n.fate)).collect();
    assert_eq!(names, [("01".into(), "safe"), ("02".into(), "safe"), ("03".into(), "out")]);
    assert!(watch.rate.is_none(), "nothing is to come");
}

#[test]
fn too_many_struck_names_are_told_early_and_block_nothing() {
    let mut hall = with_papers(&sheet(20, 20, &["b001=10", "b002=10"]));
    hall.count_votes("s01", "b001", 10, &[8, 5, 3]);
    let checks = standing(&hall).checks;
    assert_eq!(checks.iter().map(|c| (c.code, c.blocks)).collect::<Vec<_>>(), [("W-OVERSTRIKE", "nothing")]);
    assert!(checks[0].committee.en.contains("10 of 20 papers counted: at this rate 1 of 2 seats stay empty"));
    assert_eq!(standing(&hall).next.step, Step::Count);
    let note = hall.notes.last().unwrap();
    assert!(matches!(SignedStatement::reread(note.as_bytes()).unwrap().statement, Statement::Batch(_)));
}
