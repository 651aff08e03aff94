//! Evidence of every kind, as the audit of a false log finds it. It refuses to know who judges it.

use super::{
    Forge,
    hall::{BOARD, FIGURES, MEMBERS, ORGANISERS, TOTALS, announced, board, counted, ready, shut},
    sign,
};
use observer::{Evidence, evidence::Kind, folder};
use tlog::{Note, Receipt};

/// What a folder made by a forger convicts of, found by nobody but the audit of a copied log.
fn found_by_audit(f: &Forge, remembered: Option<&Note>) -> Evidence {
    let place = tempfile::tempdir().unwrap();
    let report = folder::verify(&f.write(place.path()), f.event, remembered);
    *report.convicts.unwrap_or_else(|| panic!("nobody is convicted: {:?}", report.finding))
}

/// The same history up to four entries, another one after it.
#[must_use]
pub fn forked() -> Forge {
    let mut f = ready();
    f.batch("s02", "b002", FIGURES);
    f.batch("s01", "b001", FIGURES);
    f.desk("close", "c01", "", BOARD);
    f
}

/// Two checkpoints of one size.
#[must_use]
pub fn two_checkpoints() -> Evidence {
    let mut other = ready();
    other.batch("s02", "b002", FIGURES);
    other.batch("s01", "b001", FIGURES);
    found_by_audit(&other, Some(&counted().checkpoint()))
}

fn no_consistency() -> Evidence {
    found_by_audit(&forked(), Some(&counted().checkpoint()))
}

fn receipt_dishonoured() -> Evidence {
    let (mut f, honest) = (forked(), counted());
    let receipt = Receipt {
        index: 4,
        proof: honest.tree.inclusion_proof(4, honest.size()).unwrap(),
        checkpoint: honest.checkpoint(),
    };
    f.files.push(("receipts/000001.tlog-proof".into(), receipt.to_string().into_bytes()));
    f.files.push(("receipts/000001.note".into(), honest.entries[4].clone()));
    found_by_audit(&f, None)
}

/// A closed bulletin of size 7 that takes a vote from the first and gives it to the last.
#[must_use]
pub fn false_bulletin(f: &Forge) -> Note {
    sign(&f.bulletin_text("c01", 7, &TOTALS.replace("01 100", "01 99").replace("04 40", "04 41")), &["tally"])
}

fn two_bulletins() -> Evidence {
    let mut f = announced();
    let wrong = false_bulletin(&f);
    f.publish("c01", 7, &wrong);
    found_by_audit(&f, None)
}

fn wrong_bulletin() -> Evidence {
    let mut f = shut();
    let wrong = false_bulletin(&f);
    f.publish("c01", 7, &wrong);
    found_by_audit(&f, None)
}

fn refused_entry() -> Evidence {
    let mut f = counted();
    f.desk("close", "c01", "", &["k1"]);
    f.desk("board", "", &board("b2", MEMBERS), ORGANISERS);
    found_by_audit(&f, None)
}

/// One of each kind.
#[must_use]
pub fn every_kind() -> [(Kind, Evidence); 6] {
    [
        (Kind::TwoCheckpoints, two_checkpoints()),
        (Kind::NoConsistency, no_consistency()),
        (Kind::ReceiptDishonoured, receipt_dishonoured()),
        (Kind::TwoBulletins, two_bulletins()),
        (Kind::WrongBulletin, wrong_bulletin()),
        (Kind::RefusedEntry, refused_entry()),
    ]
}
