//! The desk writes exactly what an independent program wrote for the golden log, and walks a contest to its end.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{
    CommitteeError,
    desk::{Desk, Deviation, MinutesSheet},
    event::{EventBoard, EventCandidate, EventContest},
    papers::{PaperSheet, TypedBundle},
    standing::{Standing, Step},
};
use hall::Hall;
use std::{fs, path::Path};
use tally::{ContestId, Replay, Sid, Statement, statement::Next};

/// The notes of the golden log, in order.
fn golden() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1/statements");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

/// What the desk writes when people say what this statement says.
fn rewritten(desk: &Desk<'_>, statement: &Statement) -> Option<Statement> {
    Some(match statement.clone() {
        Statement::Board(s) => {
            let board = EventBoard { id: s.board, title: s.title, threshold: s.threshold, members: s.members };
            desk.board(&board, s.keys)
        }
        Statement::Key(s) => desk.key(s.key, s.title),
        Statement::Revoke(s) => desk.revoke(s.key.rsplit_once("v1/").unwrap().1, s.last_seq, s.reason),
        Statement::Contest(s) => desk.contest(&event_contest(&s)),
        Statement::Papers(s) => {
            let sheet = PaperSheet::new([s.received, s.issued, s.unused, s.spoiled], None, s.bundles).unwrap();
            desk.papers(s.contest, &sheet)
        }
        Statement::Decide(s) => desk.decide(s.contest, s.about, s.reason),
        Statement::Settle(s) => {
            let stands = s.stands.map(|sid| desk.live_batch(s.contest, &sid.to_string()[..10]).unwrap());
            desk.settle(s.contest, s.bundle, stands, s.reason)
        }
        Statement::Close(s) => desk.close(s.contest),
        Statement::Reopen(s) => desk.reopen(s.contest, s.reason),
        Statement::Certify(s) => desk.certify(s.contest, None).unwrap(),
        Statement::Minutes(s) => {
            let (seals, complaints) = (s.seals, s.complaints);
            let sheet = MinutesSheet { present: s.present, absent: s.absent, copies: s.copies, seals, complaints };
            desk.minutes(s.contest, sheet).unwrap()
        }
        Statement::Announce(s) => desk.announce(s.contest).unwrap(),
        Statement::Annul(s) => desk.annul(s.contest, s.reason),
        Statement::Manifest(_) | Statement::Batch(_) | Statement::Withdraw(_) | Statement::Bulletin(_) => return None,
    })
}

fn event_contest(s: &tally::statement::Contest) -> EventContest {
    let candidate = |place: usize| {
        let number = s.number(place);
        let traits = s.traits.iter().filter(|(n, _)| *n == number).map(|(_, t)| t.clone()).collect();
        let born = s.born.iter().find(|(n, _)| *n == number).map(|(_, day)| *day);
        EventCandidate { name: s.candidates[place].clone(), born, traits }
    };
    EventContest {
        id: s.contest,
        board: s.board,
        title: s.title.clone(),
        form: s.form,
        profile: s.profile.clone(),
        seats: s.seats,
        choices: s.choices,
        kind: s.kind,
        follows: s.follows,
        counts: s.counts,
        bundle_size: 50,
        base: s.base.clone(),
        papers: None,
        candidates: (0..s.candidates.len()).map(candidate).collect(),
    }
}

#[test]
fn the_desk_writes_every_statement_of_the_golden_log_byte_for_byte() {
    let mut replay = Replay::new();
    let mut rewrote = 0;
    for note in golden() {
        if replay.count.event().is_some() {
            let before = replay.clone();
            let signed = replay.verify(&note).unwrap();
            let desk = Desk::at(&before.count).unwrap();
            if let Some(ours) = rewritten(&desk, &signed.statement) {
                assert_eq!(ours.text(), signed.statement.text());
                rewrote += 1;
            }
        } else {
            replay.verify(&note).unwrap();
        }
    }
    assert!(rewrote >= 20, "{rewrote}");
}

fn c01() -> ContestId {
    "c01".parse().unwrap()
}

fn step(hall: &Hall) -> Step {
    Standing::of(&hall.replay).contests[0].next.step
}

fn sheet(issued: u64) -> PaperSheet {
    let bundles = ["b001=10:s01", "b002=10"].map(|b| b.parse::<TypedBundle>().unwrap().0);
    PaperSheet::new([20, issued, 20 - issued, 0], None, bundles.to_vec()).unwrap()
}

#[test]
fn a_board_is_led_from_the_papers_to_the_announcement() {
    let mut hall = Hall::open();
    assert_eq!(step(&hall), Step::Papers);
    let papers = hall.desk().papers(c01(), &sheet(20));
    hall.say(&papers, &["k1", "k2"]).unwrap();
    assert_eq!(step(&hall), Step::Count);
    hall.count("s01", "b001", 10);
    hall.count("s02", "b002", 9);
    assert_eq!(step(&hall), Step::Settle, "9 papers are not the 10 stated");
    hall.count("s01", "b002", 10);
    let standing = Standing::of(&hall.replay);
    let case = &standing.contests[0].cases[0];
    assert_eq!((case.bundle.as_str(), case.state, case.batches.len()), ("b002", "conflict", 2));
    assert!(standing.contests[0].outcome.is_none(), "who leads is nobody's business before the close");
    let stands = hall.desk().live_batch(c01(), &case.batches[1].sid[..12]).unwrap();
    let settle = hall.desk().settle(c01(), "b002".parse().unwrap(), Some(stands), "recounted".parse().unwrap());
    hall.say(&settle, &["k1", "k2"]).unwrap();
    assert_eq!(step(&hall), Step::Close);
    let close = hall.desk().close(c01());
    hall.say(&close, &["k1", "k2"]).unwrap();
    assert_eq!(step(&hall), Step::Wait);
    assert!(hall.desk().certify(c01(), None).is_err(), "there is no bulletin to bind the elected to");
    hall.bulletin();
    assert_eq!(step(&hall), Step::Certify);
    let certify = hall.desk().certify(c01(), None).unwrap();
    hall.say(&certify, &["k1", "k2"]).unwrap();
    let outcome = Standing::of(&hall.replay).contests[0].outcome.clone().unwrap();
    assert_eq!(
        (outcome.elected, outcome.next.as_str(), outcome.threshold),
        (vec!["01".into(), "02".into()], "none", Some(11))
    );
    finish(&mut hall, certify.sid());
}

fn finish(hall: &mut Hall, certify: Sid) {
    let minutes = MinutesSheet { present: 20, absent: 0, copies: 3, seals: Vec::new(), complaints: Vec::new() };
    for replaces in [None, Some(())] {
        let statement = hall.desk().minutes(c01(), minutes.clone()).unwrap();
        let Statement::Minutes(said) = &statement else { panic!("{statement}") };
        assert_eq!((said.certify, said.replaces.map(|_| ())), (certify, replaces));
        hall.say(&statement, &["k1", "k2"]).unwrap();
    }
    assert_eq!(step(hall), Step::Announce);
    let announce = hall.desk().announce(c01()).unwrap();
    hall.say(&announce, &["k1", "k2"]).unwrap();
    assert_eq!(step(hall), Step::None);
}

/// A contest that is closed, with its bulletin.
fn closed(issued: u64) -> Hall {
    let mut hall = Hall::open();
    let papers = hall.desk().papers(c01(), &sheet(issued));
    hall.say(&papers, &["k1", "k2"]).unwrap();
    hall.count("s01", "b001", 10);
    hall.count("s02", "b002", 10);
    let close = hall.desk().close(c01());
    hall.say(&close, &["k1", "k2"]).unwrap();
    hall.bulletin();
    hall
}

#[test]
fn a_deviation_is_the_boards_own_word() {
    let mut hall = closed(20);
    let reason = "the congress decided so".parse().unwrap();
    let deviation = Deviation { reason, elected: vec!["02".parse().unwrap()], next: Next::Short(1) };
    let certify = hall.desk().certify(c01(), Some(deviation)).unwrap();
    hall.say(&certify, &["k1", "k2"]).unwrap();
    let text = certify.text();
    assert!(text.ends_with("elected 02\nnext short 1\ndeviation the congress decided so\n"), "{text}");
}

#[test]
fn more_collected_than_issued_is_never_certified() {
    let hall = closed(19);
    assert_eq!(hall.desk().certify(c01(), None).unwrap_err().code(), "R-BLOCKED");
    assert_eq!(step(&hall), Step::Annul);
    let standing = Standing::of(&hall.replay);
    assert_eq!(standing.contests[0].outcome.as_ref().unwrap().blocked, Some("collected-more-than-issued"));
}

#[test]
fn what_comes_too_early_is_refused_with_its_code() {
    let hall = Hall::open();
    let unknown = "c99".parse().unwrap();
    assert_eq!(hall.desk().certify(c01(), None).unwrap_err().code(), "R-PHASE");
    assert_eq!(hall.desk().announce(c01()).unwrap_err().code(), "R-PHASE");
    assert_eq!(hall.desk().announce(unknown).unwrap_err().code(), "R-UNKNOWN-CONTEST");
    let mut hall = hall;
    let close = hall.desk().close(c01());
    let refused = hall.say(&close, &["k1", "k2"]).unwrap_err();
    assert!(matches!(refused, CommitteeError::Refused { code, .. } if code == "R-NO-PAPERS"));
    assert_eq!(Desk::at(&tally::Count::new()).err().unwrap().code(), "R-MANIFEST-PLACE");
}
