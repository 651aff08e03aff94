//! Logs that are signed as they must be and say what no honest log would: each is refused at the right entry and field.

mod bulletins;
mod desk;
mod keys;
mod results;
mod tables;

use crate::forge::{Forge, hall::*, vkey};
use observer::{Verdict, folder};

/// What is false about the log, the log, its first wrong entry, the field, the code of the rule.
type Case = (&'static str, fn() -> Forge, u64, &'static str, &'static str);

/// Takes a log one desk statement on c01 further.
fn and(mut f: Forge, kind: &str, body: &str, signers: &[&str]) -> Forge {
    f.desk(kind, "c01", body, signers);
    f
}

/// Takes a log one statement of the organisers further.
fn organised(mut f: Forge, kind: &str, body: &str) -> Forge {
    f.desk(kind, "", body, ORGANISERS);
    f
}

fn raw(mut f: Forge, bytes: &[u8]) -> Forge {
    f.append(bytes);
    f
}

fn revoke(name: &str, last_seq: &str) -> String {
    format!("key {}/{name}\nlast-seq {last_seq}\nreason máy mất\n", crate::forge::ORIGIN)
}

fn any_hash(text: &str) -> String {
    tlog::sha256(text.as_bytes()).to_string()
}

fn check(cases: &[Case]) {
    for (name, forge, entry, field, code) in cases {
        let forge = forge();
        let place = tempfile::tempdir().unwrap();
        let folder = forge.write(place.path());
        let report = folder::verify(&folder, forge.event, None);
        let finding = report.finding.unwrap_or_else(|| panic!("{name}: taken for good"));
        assert_eq!(
            (finding.verdict, finding.entry, &*finding.field, finding.code),
            (Verdict::Mismatch, Some(*entry), *field, *code),
            "{name}: {finding}"
        );
        assert!(!finding.why.vi.is_empty() && !finding.why.en.is_empty(), "{name}");
        assert_eq!(report.results, None, "{name}: no figures of a false log");
    }
}

#[test]
fn the_true_log_of_the_workshop_is_right() {
    assert!(vkey("w1").contains("witness"));
    let forge = announced();
    let place = tempfile::tempdir().unwrap();
    let report = folder::verify(&forge.write(place.path()), forge.event, None);
    assert_eq!(report.finding, None, "{report}");
    assert_eq!(report.results.unwrap().contests[0].outcome.elected, ["01", "02", "03"]);
}

#[test]
fn false_bulletins_are_named() {
    check(bulletins::CASES);
}

#[test]
fn false_results_are_named() {
    check(results::CASES);
}

#[test]
fn false_statements_of_the_desk_are_named() {
    check(desk::CASES);
}

#[test]
fn false_statements_of_tables_are_named() {
    check(tables::CASES);
}

#[test]
fn false_keys_and_texts_are_named() {
    check(keys::CASES);
}
