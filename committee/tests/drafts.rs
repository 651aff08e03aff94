//! Drafts: who signs what, ruled here before anything is sent.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{
    CommitteeError,
    draft::{self, Draft, Drafts, End, Ended, Found, Refusal},
    papers::{PaperSheet, TypedBundle},
};
use hall::{Hall, ORIGIN};
use tally::{ContestId, Sid, Statement};
use tlog::SigningKey;

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
        sid: statement.sid(),
        signers: signers.iter().map(|id| format!("{ORIGIN}/board/{id}")).collect(),
        refusals: Vec::new(),
        age_seconds: 1,
        left_seconds: 14_399,
        text: statement.text(),
    }
}

fn ended(sid: Sid, end: End) -> Ended {
    let refusals = vec![Refusal { name: format!("{ORIGIN}/board/k2"), reason: "thiếu một tập".to_owned() }];
    let (kind, contest) = ("papers".to_owned(), Some("c01".to_owned()));
    Ended { sid, kind, contest, end, signers: Vec::new(), refusals, ago_seconds: 60 }
}

#[test]
fn one_signature_of_two_is_sent_only_as_a_draft() {
    let hall = Hall::open();
    let statement = papers(&hall, 20);
    let alone = hall.keys(&["k1"]);
    let refused = draft::propose(&hall.replay, &statement, &alone, false).unwrap_err();
    assert!(matches!(&refused, CommitteeError::TooFewSigners { have: 1, needed: 2, others } if *others == ["k2"]));
    let said = refused.to_string();
    assert!(said.contains("--propose") && said.contains("k2 could sign"), "{said}");
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
    assert!(matches!(draft::propose::<SigningKey>(&hall.replay, &statement, &[], false), Err(CommitteeError::Keys(_))));
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
    let waiting = vec![waiting(&papers(&hall, 20), &[]), waiting(&papers(&hall, 21), &[])];
    let sids: Vec<String> = waiting.iter().map(|d| d.sid.to_string()).collect();
    let gone = papers(&hall, 22).sid();
    let drafts = Drafts { waiting, ended: vec![ended(gone, End::Overtaken)] };
    let found = |typed: &str| match drafts.find(typed) {
        Ok(Found::Waiting(draft)) => draft.sid.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(found(&sids[1][..8]), sids[1]);
    assert_eq!(found(&sids[0].to_uppercase()), sids[0]);
    assert!(matches!(drafts.find(&gone.to_string()[..8]), Ok(Found::Ended(e)) if e.end == End::Overtaken));
    for wrong in [&sids[0][..7], "ffffffffffffffff", "", "đ2345678", &format!("{}0", sids[0])] {
        assert!(matches!(drafts.find(wrong), Err(CommitteeError::Choice(_))), "{wrong}");
    }
    let unknown = drafts.find("ffffffffffffffff").unwrap_err().to_string();
    assert!(unknown.contains("restarted") && unknown.contains("--propose"), "{unknown}");
}

#[test]
fn a_member_is_shown_what_a_draft_means_and_who_can_still_sign() {
    let hall = Hall::open();
    let mut draft = waiting(&papers(&hall, 20), &["k1"]);
    draft.refusals.push(Refusal { name: format!("{ORIGIN}/board/k2"), reason: "thiếu một tập".to_owned() });
    let view = draft.view(&hall.replay.count);
    assert_eq!((view.kind.as_str(), view.contest.as_deref()), ("papers", Some("c01")));
    assert!(view.meaning[0].vi.contains("c01") && view.meaning[0].en.contains("c01"), "{:?}", view.meaning);
    assert!(view.meaning.len() > 1 && view.meaning[0].vi != view.meaning[0].en);
    assert_eq!((view.threshold, view.needed), (2, 1));
    assert_eq!(view.can_sign, [format!("{ORIGIN}/board/k2")], "whoever refused may think again");
    assert_eq!(view.refusals[0].reason, "thiếu một tập");
}

#[test]
fn whoever_has_no_say_has_not_signed_whatever_the_server_lists() {
    let hall = Hall::open();
    let mut draft = waiting(&papers(&hall, 20), &["k1", "k1"]);
    draft.signers.extend([format!("{ORIGIN}/organiser/o1"), "nobody".to_owned()]);
    let view = draft.view(&hall.replay.count);
    assert_eq!((view.signers, view.needed), (vec![format!("{ORIGIN}/board/k1")], 1));
    draft.text = "no statement\n".to_owned();
    let view = draft.view(&hall.replay.count);
    assert_eq!((view.kind.as_str(), view.can_sign.len()), ("?", 0));
    assert!(view.meaning[0].en.contains("do not sign"));
}

#[test]
fn whoever_comes_too_late_is_told_how_it_ended() {
    let said = |end| {
        let said = ended(Sid::ZERO, end).say();
        assert!(said.vi != said.en && said.en.contains("papers c01") && said.en.contains("00000000"), "{said}");
        said.en
    };
    assert!(said(End::Recorded).contains("recorded"));
    assert!(said(End::Overtaken).contains("overtaken"));
    assert!(said(End::Expired).contains("expired") && said(End::Expired).contains("--propose"));
    assert!(said(End::Refused).contains("k2: thiếu một tập"));
    assert!(said(End::Unsigned).contains("revoked"));
}
