//! Promise: what is wrong with a typed statement is named, field and fault; nothing that the grammar would refuse
//! gets through.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use bytes::Bytes;
use proto::{WireError, v1};
use tally::Statement;
use v1::statement::Kind;

fn batch() -> v1::Batch {
    v1::Batch {
        election: Bytes::from(vec![1; 32]),
        station: "s01".into(),
        seq: 1,
        prev: Bytes::from(vec![0; 32]),
        contest: "c01".into(),
        bundle: "b001".into(),
        counters: vec!["p01".into()],
        passes: 1,
        figures: Some(v1::Figures {
            ballots: 3,
            valid: 2,
            invalid: vec![v1::Invalid { reason: v1::Reason::Blank.into(), papers: 1 }],
            marks: Some(v1::figures::Marks::Names(v1::NameMarks {
                left: vec![v1::NamesLeft { names: 1, papers: 2 }],
                votes: vec![2, 0],
            })),
        }),
        serials: None,
        time: 1,
    }
}

fn decide() -> v1::Decide {
    v1::Decide {
        election: Bytes::from(vec![1; 32]),
        prev: Bytes::from(vec![2; 32]),
        contest: "c01".into(),
        about: Some(v1::decide::About::Papers(v1::DoubtfulPapers {
            bundle: "b001".into(),
            papers: 1,
            ruling: v1::Validity::Invalid.into(),
            ground: Some(v1::Reason::Blank.into()),
        })),
        reason: "gạch hết".into(),
    }
}

fn certify() -> v1::Certify {
    v1::Certify {
        election: Bytes::from(vec![1; 32]),
        prev: Bytes::from(vec![2; 32]),
        contest: "c01".into(),
        bulletin: Bytes::from(vec![3; 32]),
        elected: vec!["01".into()],
        next: Some(v1::Next { next: Some(v1::next::Next::None(true)) }),
        deviation: None,
    }
}

fn revoke() -> v1::Revoke {
    v1::Revoke {
        election: Bytes::from(vec![1; 32]),
        prev: Bytes::from(vec![2; 32]),
        key: "example.vn/station/s01".into(),
        last_seq: None,
        reason: "mượn".into(),
    }
}

fn read(kind: Kind) -> Result<Statement, WireError> {
    Statement::try_from(v1::Statement { kind: Some(kind) })
}

/// Changes one thing of a good batch and says the fault it becomes.
fn fault_of_batch(change: impl FnOnce(&mut v1::Batch)) -> WireError {
    let mut batch = batch();
    change(&mut batch);
    read(Kind::Batch(batch)).unwrap_err()
}

fn figures(batch: &mut v1::Batch) -> &mut v1::Figures {
    batch.figures.as_mut().unwrap()
}

fn name_marks(batch: &mut v1::Batch) -> &mut v1::NameMarks {
    match figures(batch).marks.as_mut().unwrap() {
        v1::figures::Marks::Names(marks) => marks,
        v1::figures::Marks::Agree(_) => panic!("the batch is of a strike-list"),
    }
}

#[test]
fn the_good_ones_are_good() {
    for kind in [Kind::Batch(batch()), Kind::Decide(decide()), Kind::Certify(certify()), Kind::Revoke(revoke())] {
        read(kind).unwrap();
    }
}

#[test]
fn a_statement_without_a_kind_says_nothing() {
    assert_eq!(Statement::try_from(v1::Statement { kind: None }).unwrap_err(), WireError::Missing { field: "kind" });
}

#[test]
fn a_bad_id_is_named() {
    for id in ["", "bàn-1", "s 01", "seventeen-letters"] {
        let fault = fault_of_batch(|b| b.station = id.into());
        assert!(matches!(fault, WireError::Value { field: "station", .. }), "{id}: {fault}");
    }
    // A hyphen alone means absent, and is nobody's id.
    let fault = fault_of_batch(|b| b.counters = vec!["-".into()]);
    assert!(matches!(fault, WireError::Value { field: "counters", .. }), "{fault}");
}

#[test]
fn a_hash_of_another_length_is_named() {
    assert_eq!(fault_of_batch(|b| b.election = Bytes::new()), WireError::Length { field: "election", bytes: 0 });
    let long = Bytes::from(vec![0; 33]);
    assert_eq!(fault_of_batch(|b| b.prev = long), WireError::Length { field: "prev", bytes: 33 });
}

#[test]
fn an_enum_that_was_never_said_or_is_unknown_is_named() {
    for number in [0, 8, -1, i32::MAX] {
        let fault = fault_of_batch(|b| figures(b).invalid[0].reason = number);
        assert_eq!(fault, WireError::Unknown { field: "figures.invalid.reason", number });
    }
}

#[test]
fn a_missing_oneof_or_part_is_named() {
    assert_eq!(fault_of_batch(|b| b.figures = None).field(), "figures");
    assert_eq!(fault_of_batch(|b| figures(b).marks = None), WireError::Missing { field: "figures.marks" });
    let decide = v1::Decide { about: None, ..decide() };
    assert_eq!(read(Kind::Decide(decide)).unwrap_err(), WireError::Missing { field: "about" });
    for next in [None, Some(v1::Next { next: None }), Some(v1::Next { next: Some(v1::next::Next::None(false)) })] {
        let certify = v1::Certify { next, ..certify() };
        assert_eq!(read(Kind::Certify(certify)).unwrap_err(), WireError::Missing { field: "next" });
    }
}

#[test]
fn a_ground_goes_with_invalid_papers_and_only_with_them() {
    let fault = |ruling: i32, ground| {
        let about = v1::DoubtfulPapers { bundle: "b001".into(), papers: 1, ruling, ground };
        let about = Some(v1::decide::About::Papers(about));
        read(Kind::Decide(v1::Decide { about, ..decide() })).unwrap_err()
    };
    let (valid, invalid) = (v1::Validity::Valid.into(), v1::Validity::Invalid.into());
    assert_eq!(fault(valid, Some(1)).field(), "about.papers.ground");
    assert_eq!(fault(invalid, None), WireError::Missing { field: "about.papers.ground" });
    assert_eq!(fault(invalid, Some(0)), WireError::Unknown { field: "about.papers.ground", number: 0 });
    assert_eq!(fault(0, None), WireError::Unknown { field: "about.papers.ruling", number: 0 });
}

#[test]
fn a_number_too_large_for_its_line_is_refused() {
    let fault = fault_of_batch(|b| name_marks(b).left[0].names = 70_000);
    assert_eq!(fault, WireError::TooLarge { field: "figures.left.names", number: 70_000, max: 999 });
    assert!(matches!(fault_of_batch(|b| figures(b).ballots = 1_000_001), WireError::Grammar(_)));
    assert!(matches!(fault_of_batch(|b| b.seq = 1 << 53), WireError::Grammar(_)));
}

#[test]
fn a_list_longer_than_any_ballot_is_refused() {
    let fault = fault_of_batch(|b| name_marks(b).votes = vec![0; 1000]);
    assert_eq!(fault, WireError::TooLarge { field: "figures.votes", number: 1000, max: 999 });
    assert!(matches!(fault_of_batch(|b| name_marks(b).votes.clear()), WireError::Grammar(_)));
}

#[test]
fn lists_out_of_order_are_refused() {
    let twice = |b: &mut v1::Batch| {
        let again = figures(b).invalid[0];
        figures(b).invalid.push(again);
    };
    assert!(matches!(fault_of_batch(twice), WireError::Grammar(_)));
}

#[test]
fn a_line_smuggled_into_a_free_string_is_refused() {
    let key = "example.vn/station/s01\nlast-seq 7\nreason khác";
    let smuggled = v1::Revoke { key: key.into(), ..revoke() };
    assert!(matches!(read(Kind::Revoke(smuggled)).unwrap_err(), WireError::Grammar(_)));
    let absent = v1::Settle {
        election: Bytes::from(vec![1; 32]),
        prev: Bytes::from(vec![2; 32]),
        contest: "c01".into(),
        bundle: "b001".into(),
        stands: Some(Bytes::new()),
        reason: "đếm lại".into(),
    };
    assert_eq!(read(Kind::Settle(absent)).unwrap_err(), WireError::Length { field: "stands", bytes: 0 });
}

#[test]
fn a_text_that_nobody_could_read_aloud_is_refused() {
    for reason in ["", "-", "hai  dấu cách", "dòng\nkhác", "hoa\u{0300}", "\u{200b}"] {
        let fault = read(Kind::Revoke(v1::Revoke { reason: reason.into(), ..revoke() })).unwrap_err();
        assert!(matches!(fault, WireError::Value { field: "reason", .. }), "{reason:?}: {fault}");
    }
}
