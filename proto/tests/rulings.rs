//! Promise: a table learns from the wire what the rules said: code, who must act, the facts, in both languages.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use prost::Message;
use proto::{Answer, WireError, ruling::ruling_to_wire, v1};
use tally::{
    Ruling, Statement,
    figures::Identity,
    ruling::{Actor, BundleState, Fault, Flag, Phase, Refusal, Verdict},
};
use tlog::Hash;
use v1::ruling::Facts;

const SID: Hash = Hash([5; 32]);

/// Over the wire and back.
fn answered(ruling: &v1::Ruling) -> Answer {
    Answer::try_from(v1::Ruling::decode(&ruling.encode_to_vec()[..]).unwrap()).unwrap()
}

#[test]
fn a_counted_batch_is_told_with_its_place_and_proof() {
    let ruling = Ruling::Live { state: BundleState::Counted, flags: vec![Flag::Lookalike, Flag::Serials] };
    let proof = [Hash([1; 32]), Hash([2; 32])];
    let answer = answered(&ruling_to_wire(&ruling, Some(SID)).logged(41, &proof));
    assert_eq!((answer.sid, answer.verdict, answer.code.as_str()), (Some(SID), Verdict::Live, "B-COUNTED"));
    assert_eq!((answer.index, &answer.proof[..]), (Some(41), &proof[..]));
    assert_eq!(
        (answer.state, answer.flags.as_slice()),
        (Some(BundleState::Counted), &[Flag::Lookalike, Flag::Serials][..])
    );
    assert_eq!((answer.actor, answer.retry_helps), (Actor::Nobody, false));
    assert!(answer.is_logged());
    let sentence = ruling.say();
    assert_eq!((answer.vi, answer.en), (sentence.vi, sentence.en));
}

#[test]
fn a_table_that_lost_its_place_learns_where_its_chain_stands() {
    let head = Hash([9; 32]);
    let answer = answered(&ruling_to_wire(&Ruling::Refused(Refusal::WrongHead { head, seq: 7 }), Some(SID)));
    assert_eq!((answer.head, answer.field.as_str()), (Some((7, head)), "prev"));
    assert_eq!((answer.code.as_str(), answer.index), ("R-WRONG-HEAD", None));
}

#[test]
fn a_repeated_note_is_told_its_entry() {
    let answer = answered(&ruling_to_wire(&Ruling::Repeated { index: 12, set_aside: Vec::new() }, Some(SID)));
    assert_eq!((answer.verdict, answer.index), (Verdict::Repeated, Some(12)));
}

#[test]
fn a_draft_is_told_how_many_must_still_sign() {
    let answer = answered(&ruling_to_wire(&Ruling::Draft { signatures: 1, threshold: 2 }, Some(SID)));
    assert_eq!((answer.signatures, answer.actor), (Some((1, 2)), Actor::Board));
}

#[test]
fn every_fault_of_a_batch_that_is_set_aside_is_told() {
    let faults = vec![Fault::Broken(Identity::NamesLeftValid), Fault::Broken(Identity::VotesNamesLeft)];
    let wire = ruling_to_wire(&Ruling::SetAside(faults), Some(SID));
    let Some(Facts::SetAside(told)) = &wire.facts else { panic!("no faults told") };
    assert!(told.faults.iter().all(|f| !f.sentence_vi.is_empty() && !f.sentence_en.is_empty()));
    let answer = answered(&wire);
    assert_eq!(answer.faults, ["S-IDENTITY-2", "S-IDENTITY-3"]);
    assert_eq!((answer.code.as_str(), answer.actor), ("S-IDENTITY-2", Actor::Table));
}

#[test]
fn bytes_that_are_no_note_are_answered_without_an_identity() {
    let answer = answered(&ruling_to_wire(&Ruling::Refused(Refusal::Malformed("line 1".into())), None));
    assert_eq!((answer.sid, answer.code.as_str(), answer.field.as_str()), (None, "R-MALFORMED", "text"));
}

#[test]
fn the_facts_of_a_refusal_are_typed() {
    let told = |refusal| ruling_to_wire(&Ruling::Refused(refusal), Some(SID)).facts;
    let revoked = Refusal::Revoked { name: "e/station/s01".into(), last_seq: Some(3) };
    assert!(matches!(told(revoked), Some(Facts::Key(k)) if k.name == "e/station/s01" && k.last_seq == Some(3)));
    let phase = Refusal::Phase { phase: Phase::Closed, must_be: "open" };
    assert!(matches!(told(phase), Some(Facts::Phase(p)) if p.phase() == v1::Phase::Closed));
    let first = "b003".parse().unwrap();
    let open = Refusal::OpenBundles { count: 2, first, state: BundleState::Conflict };
    assert!(matches!(told(open), Some(Facts::OpenBundles(o)) if o.count == 2 && o.first == "b003"));
    let oversized = Refusal::Oversized { bytes: 70_000, max: 65_535 };
    assert!(matches!(told(oversized), Some(Facts::Oversized(o)) if o.bytes == 70_000));
    assert!(matches!(told(Refusal::NotTheBulletin { latest: None }), Some(Facts::Latest(v1::Latest { sid: None }))));
    assert!(told(Refusal::Blocked).is_none());
}

#[test]
fn an_echo_is_the_statement_itself() {
    let text = format!("kiemphieu/v1/close\nelection {0}\nprev {0}\ncontest c01\n", SID);
    let statement = Statement::parse(&text).unwrap();
    let answer = answered(&ruling_to_wire(&Ruling::Recorded, Some(statement.sid())).echoing(&statement));
    assert_eq!(answer.echo, Some(statement));
}

#[test]
fn an_answer_that_makes_no_sense_is_an_error_with_its_field() {
    let good = || ruling_to_wire(&Ruling::Recorded, Some(SID)).logged(0, &[]);
    let fault = |wire: v1::Ruling| Answer::try_from(wire).unwrap_err();
    let short = bytes::Bytes::from_static(&[1, 2]);
    assert_eq!(fault(v1::Ruling { verdict: 0, ..good() }), WireError::Unknown { field: "verdict", number: 0 });
    assert_eq!(fault(v1::Ruling { actor: 99, ..good() }), WireError::Unknown { field: "actor", number: 99 });
    assert_eq!(fault(v1::Ruling { sid: short.clone(), ..good() }), WireError::Length { field: "sid", bytes: 2 });
    assert_eq!(fault(v1::Ruling { proof: vec![short], ..good() }), WireError::Length { field: "proof", bytes: 2 });
}

#[test]
fn an_event_is_named_in_64_lower_case_hex_digits() {
    assert_eq!(proto::entry::event_from_wire(&SID.to_string()).unwrap(), SID);
    for wrong in ["", "05", &SID.to_string().replace('5', "A")] {
        assert_eq!(proto::entry::event_from_wire(wrong).unwrap_err().field(), "event");
    }
}
