//! What a table promises about its own journal: cut it off anywhere, and counting goes on in one chain.
#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use hall::{Hall, count, open, papers_of, quiet, sitting};
use station::{Class, Home, Ledger, StationError, event::Event, outbox, receipt::Received, table};
use std::{fs, path::Path};
use tally::{Sid, ruling::Verdict, statement::Link};
use tlog::{Note, Receipt};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden-v1");

fn golden(file: &str) -> Vec<u8> {
    fs::read(Path::new(GOLDEN).join(file)).unwrap()
}

/// Every statement follows the one before, and each bundle stands in it once.
fn is_one_chain(ledger: &Ledger, bundles: usize) {
    let mut prev = Sid::ZERO;
    for (seq, line) in (1..).zip(ledger.lines()) {
        assert_eq!(line.statement.link(), Link::Station { station: "s01".parse().unwrap(), seq, prev });
        assert_eq!(line.sid, line.note.sid());
        prev = line.sid;
    }
    assert_eq!(ledger.head(), (bundles as u64, prev));
}

#[test]
fn the_chain_goes_on_after_a_restart() {
    let hall = Hall::new(3);
    assert_eq!(count(&mut hall.ledger(), &papers_of([1, 2], 15)), 2);
    let mut ledger = open(&hall.home(), None);
    assert_eq!(ledger.head().0, 2);
    assert_eq!(count(&mut ledger, &papers_of([1, 2, 3], 15)), 1);
    is_one_chain(&ledger, 3);
}

#[test]
fn a_journal_cut_off_at_any_byte_is_counted_on_to_the_same_chain() {
    let hall = Hall::new(3);
    let sheets = papers_of([1, 2, 3], 15);
    let mut ledger = hall.ledger();
    count(&mut ledger, &sheets);
    let whole: Vec<Sid> = ledger.lines().iter().map(|line| line.sid).collect();
    drop(ledger);
    let path = hall.home().join("journal");
    let bytes = fs::read(&path).unwrap();
    for cut in 0..bytes.len() {
        fs::write(&path, &bytes[..cut]).unwrap();
        let mut ledger = hall.ledger();
        let kept = ledger.lines().len();
        assert_eq!(count(&mut ledger, &sheets), 3 - kept, "cut at {cut}");
        // The time is the same here, and signatures are deterministic: the very same statements come back.
        assert!(ledger.lines().iter().map(|line| line.sid).eq(whole.iter().copied()), "cut at {cut}");
    }
}

#[test]
fn a_flipped_bit_in_the_journal_is_named_or_cut_off_but_never_signed_over() {
    let hall = Hall::new(3);
    count(&mut hall.ledger(), &papers_of([1, 2, 3], 15));
    let path = hall.home().join("journal");
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let mut rotten = bytes.clone();
        rotten[at] ^= 1;
        fs::write(&path, &rotten).unwrap();
        match Ledger::open(Home::open(&hall.home()).unwrap(), Some(hall.ticket())) {
            Ok(ledger) => is_one_chain(&ledger, ledger.lines().len()),
            Err(error) => assert_eq!(error.class(), Class::Journal, "byte {at}: {error}"),
        }
    }
}

#[test]
fn a_bundle_counted_before_with_other_figures_is_refused_unless_asked_for() {
    let hall = Hall::new(3);
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1], 15));
    let sheets = papers_of([1, 2], 14);
    let refused = table::sign_all(&mut ledger, &sitting(), &sheets, &quiet).unwrap_err();
    assert!(matches!(refused, StationError::CountedBefore { seq: 1, .. }), "{refused}");
    assert_eq!(refused.class(), Class::Differs);
    // Not even the good bundle of that file was signed.
    assert_eq!(ledger.head().0, 1);
    let again = station::sheet::Sitting { again: true, ..sitting() };
    assert_eq!(table::sign_all(&mut ledger, &again, &sheets, &quiet).unwrap().signed, 2);
    assert_eq!(table::sign_all(&mut ledger, &again, &sheets, &quiet).unwrap().signed, 0);
    is_one_chain(&ledger, 3);
}

#[test]
fn two_programs_never_sign_for_one_table() {
    let hall = Hall::new(1);
    let _ledger = hall.ledger();
    let second = Ledger::open(Home::open(&hall.home()).unwrap(), None);
    assert!(matches!(second, Err(e) if e.class() == Class::Use));
}

#[test]
fn a_table_belongs_to_one_event_and_one_key() {
    let hall = Hall::new(1);
    assert!(matches!(Ledger::open(Home::open(&hall.home()).unwrap(), None), Err(StationError::NoTicket)));
    count(&mut hall.ledger(), &papers_of([1], 15));
    let other = door::Ticket::new(Sid::ZERO, hall.ticket().tally, Vec::new()).unwrap();
    let other = Ledger::open(Home::open(&hall.home()).unwrap(), Some(other));
    assert!(matches!(other, Err(StationError::OtherEvent { .. })));
    // A new key of the same name is another device: the journal is not its own.
    fs::remove_file(hall.home().join("station.key")).unwrap();
    fs::remove_file(hall.home().join("station.key.vkey")).unwrap();
    Home::make(&hall.home(), hall::ORIGIN, "s01".parse().unwrap()).unwrap();
    let stranger = Ledger::open(Home::open(&hall.home()).unwrap(), None);
    assert!(matches!(stranger, Err(e) if e.class() == Class::Journal));
    let home = Home::open(&hall.home()).unwrap();
    assert!(home.check_origin(hall::ORIGIN).is_ok());
    assert!(matches!(home.check_origin("kiemphieu.example/other"), Err(StationError::OtherOrigin { .. })));
}

#[test]
fn a_key_of_somebody_else_counts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.key");
    keyfile::create(&path, "kiemphieu.example/hall/board/k1", tlog::KeyKind::Ed25519).unwrap();
    assert!(matches!(Home::open(folder.path()), Err(StationError::NotAStation(_))));
    assert!(matches!(Home::open(&folder.path().join("none")), Err(e) if e.class() == Class::Key));
}

#[test]
fn exported_notes_are_the_signed_bytes_and_nothing_else_is_taken_for_one() {
    let hall = Hall::new(2);
    let stick = hall.folder("stick");
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1, 2], 15));
    assert_eq!(outbox::export(&ledger, &stick).unwrap(), 2);
    assert_eq!(fs::read(stick.join("s01-000002.note")).unwrap(), ledger.lines()[1].note.as_bytes());
    let carried = outbox::carried(&stick, hall.event).unwrap();
    let seqs: Vec<u64> = carried[&"s01".parse().unwrap()].iter().map(|parcel| parcel.seq).collect();
    assert_eq!(seqs, [1, 2]);

    let refused = |why: &str| {
        let error = outbox::carried(&stick, hall.event).unwrap_err();
        assert!(error.class() == Class::Input && error.to_string().contains(why), "{error}");
    };
    fs::write(stick.join("s01-000003.note"), "hello").unwrap();
    refused("s01-000003.note");
    fs::copy(stick.join("s01-000002.note"), stick.join("s01-000003.note")).unwrap();
    refused("number 2 of s01");
    fs::write(stick.join("s01-000003.note"), golden("statements/005-batch.note")).unwrap();
    refused("another event");
    fs::write(stick.join("s01-000003.note"), golden("statements/004-papers.note")).unwrap();
    refused("no statement of a counting table");
    assert!(matches!(outbox::carried(&hall.folder("none"), hall.event), Err(e) if e.class() == Class::Disk));
}

#[test]
fn the_golden_receipt_proves_the_golden_batch_and_no_other() {
    let manifest = golden("statements/000-manifest.note");
    let sid = Note::parse(&manifest).unwrap().sid();
    let event = Event::open(&manifest, sid).unwrap();
    assert!(matches!(Event::open(&manifest, Sid::ZERO), Err(StationError::NotTheEvent { .. })));
    assert!(matches!(Event::open(b"x", sid), Err(StationError::NotTheEvent { .. })));
    assert!(matches!(Event::open(&golden("statements/001-board.note"), sid), Err(StationError::NotTheEvent { .. })));

    let text = String::from_utf8(golden("receipt-first-batch.tlog-proof")).unwrap();
    let received = Received {
        seq: 1,
        verdict: Verdict::Live,
        code: "B-COUNTED".into(),
        vi: "đã đếm\nhai dòng".into(),
        en: "counted".into(),
        receipt: Receipt::parse(&text).unwrap(),
    };
    let leaf = |file: &str| Note::parse(&golden(file)).unwrap().leaf();
    received.verify(&leaf("statements/005-batch.note"), event.log()).unwrap();
    assert!(received.verify(&leaf("statements/006-batch.note"), event.log()).is_err());
    assert!(received.verify(&leaf("statements/005-batch.note"), &event.manifest.tally).is_err());

    // What is kept is what was received; a sentence stays on its line.
    let kept = Received::parse(&received.ruling_text(), &received.receipt.to_string()).unwrap();
    assert_eq!(kept, Received { vi: "đã đếm hai dòng".into(), ..received.clone() });
    let ruling = received.ruling_text();
    for bad in
        ["", "seq 1\n", &ruling.replace("live", "alive"), &ruling.replace("seq 1", "seq x"), &(ruling.clone() + "x\n")]
    {
        assert!(Received::parse(bad, &text).is_none(), "{bad:?}");
    }
    assert!(Received::parse(&ruling, "no proof").is_none());
}
