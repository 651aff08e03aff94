//! Drafts: who signs what, ruled here before anything is sent.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{
    CommitteeError,
    draft::{self, Draft},
    papers::{PaperSheet, TypedBundle},
};
use hall::Hall;
use tally::{ContestId, Statement};

fn c01() -> ContestId {
    "c01".parse().unwrap()
}

fn papers(hall: &Hall, received: u64) -> Statement {
    let bundles = ["b001=10:s01", "b002=10"].map(|b| b.parse::<TypedBundle>().unwrap().0);
    let sheet = PaperSheet::new([received, 20, 0, 0], None, bundles.to_vec()).unwrap();
    hall.desk().papers(c01(), &sheet)
}

fn waiting(statement: &Statement, signers: &[&str]) -> Draft {
    Draft {
        sid: statement.sid().to_string(),
        kind: statement.kind().to_string(),
        contest: statement.contest().map(|c| c.to_string()),
        signers: signers.iter().map(ToString::to_string).collect(),
        threshold: 2,
        age_seconds: 1,
        text: statement.text(),
    }
}

#[test]
fn one_signature_of_two_is_sent_only_as_a_draft() {
    let hall = Hall::open();
    let statement = papers(&hall, 20);
    let alone = hall.keys(&["k1"]);
    let refused = draft::propose(&hall.replay, &statement, &alone, false).unwrap_err();
    assert!(matches!(refused, CommitteeError::TooFewSigners { have: 1, needed: 2 }));
    let ready = draft::propose(&hall.replay, &statement, &alone, true).unwrap();
    assert_eq!(ready.sid, statement.sid());
    assert_eq!(ready.note.signatures().len(), 1);
}

#[test]
fn two_members_complete_what_one_proposed() {
    let mut hall = Hall::open();
    let statement = papers(&hall, 20);
    let first = draft::propose(&hall.replay, &statement, &hall.keys(&["k1"]), true).unwrap();
    let (read, second) = draft::complete(&hall.replay, &waiting(&statement, &["k1"]), &hall.keys(&["k2"])).unwrap();
    assert_eq!(read, statement);
    let note = first.note.merge(&second.note).unwrap();
    hall.record(note.as_bytes());
    assert_eq!(hall.replay.count.contest_head(c01()), statement.sid());
}

#[test]
fn a_draft_that_was_overtaken_is_not_signed() {
    let mut hall = Hall::open();
    let stale = waiting(&papers(&hall, 20), &["k1"]);
    let other = papers(&hall, 21);
    hall.say(&other, &["k1", "k2"]).unwrap();
    let refused = draft::complete(&hall.replay, &stale, &hall.keys(&["k2"])).unwrap_err();
    assert!(matches!(refused, CommitteeError::Refused { code, .. } if code == "R-WRONG-HEAD"));
}

#[test]
fn a_draft_with_another_text_than_its_sid_is_not_signed() {
    let hall = Hall::open();
    let mut draft = waiting(&papers(&hall, 20), &["k1"]);
    draft.text = papers(&hall, 21).text();
    assert!(matches!(draft::complete(&hall.replay, &draft, &hall.keys(&["k2"])), Err(CommitteeError::Differs { .. })));
    draft.text = draft.text.replace("received 21", "received 021");
    assert!(matches!(draft::read(&draft), Err(CommitteeError::Differs { .. })));
}

#[test]
fn nobody_signs_what_is_not_theirs_to_sign() {
    let hall = Hall::open();
    let statement = papers(&hall, 20);
    let refused = draft::propose(&hall.replay, &statement, &hall.keys(&["o1", "o2"]), false).unwrap_err();
    assert!(matches!(refused, CommitteeError::Refused { code, .. } if code == "R-NOT-ENTITLED"));
    assert!(matches!(draft::propose(&hall.replay, &statement, &[], false), Err(CommitteeError::Keys(_))));
    let twice = hall.keys(&["k1", "k1"]);
    assert_eq!(twice.len(), 1, "a person signs once");
}

#[test]
fn a_witness_key_signs_no_statement() {
    let hall = Hall::open();
    let witness = hall.folder.temp.path().join("device-5");
    assert!(matches!(hall.folder.home().signers(&[], &[witness]), Err(CommitteeError::Keys(_))));
}

#[test]
fn a_draft_is_found_by_the_first_digits_of_its_sid() {
    let hall = Hall::open();
    let drafts = [waiting(&papers(&hall, 20), &[]), waiting(&papers(&hall, 21), &[])];
    assert_eq!(draft::find(&drafts, &drafts[1].sid[..8]).unwrap(), &drafts[1]);
    assert_eq!(draft::find(&drafts, &drafts[0].sid.to_uppercase()).unwrap(), &drafts[0]);
    for wrong in [&drafts[0].sid[..7], "ffffffffffffffff", "", "đ2345678", &format!("{}0", drafts[0].sid)] {
        assert!(matches!(draft::find(&drafts, wrong), Err(CommitteeError::Choice(_))), "{wrong}");
    }
}
