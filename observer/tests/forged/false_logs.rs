//! Logs that are signed as they must be and say what no honest log would: each is refused at the right entry and field.

use observer::{Verdict, folder};
use promises::forge::{
    false_logs::{CASES, Case},
    hall::announced,
    vkey,
};

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
fn false_bulletins_results_statements_and_keys_are_named_by_entry_and_field() {
    for (_, cases) in CASES {
        check(cases);
    }
}
