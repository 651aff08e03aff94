//! The golden log, as an independent program made it: verified whole, and never taken for good when damaged.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use observer::{Report, Results, Verdict, compare, folder};
use std::{
    fs,
    path::{Path, PathBuf},
};

const EVENT: &str = "c90081261e4b0a18c6f90bfa39d88e5dbffc09d3270a99b507792d9e7046ffda";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1")
}

fn check(folder: &Path) -> Report {
    folder::verify(folder, EVENT.parse().unwrap(), None)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn log_copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture().join("log"), folder.path());
    folder
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() { files(&entry.path(), into) } else { into.push(entry.path()) }
    }
}

#[test]
fn the_golden_log_is_right_and_adds_up_to_its_results() {
    let report = check(&fixture().join("log"));
    assert_eq!(report.finding, None, "{report}");
    assert_eq!(report.size, 37);
    assert!(report.files_foreign.is_empty(), "{:?}", report.files_foreign);
    let expected: serde_json::Value =
        serde_json::from_slice(&fs::read(fixture().join("results.json")).unwrap()).unwrap();
    let results = report.results.unwrap();
    assert_eq!(compare(&results, &expected), []);
    assert_eq!(results.batches, 8);
    assert_eq!(results.contests[0].votes["01"], 145);
    let text = serde_json::to_string(&results).unwrap();
    assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), results);
}

#[test]
fn a_folder_around_the_log_is_checked_too_and_strangers_are_named() {
    let report = check(&fixture());
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
    assert!(report.files_foreign.contains(&"../results.json".to_owned()));
    assert!(!report.files_foreign.iter().any(|f| f.ends_with(".tlog-proof")), "the receipt was verified");
    let json = report.to_json();
    assert_eq!(
        (json["verdict"].as_str(), json["exit"].as_u64(), json["size"].as_u64()),
        (Some("OK"), Some(0), Some(37))
    );
    assert_eq!(json["contests"][0]["state"], "announced");
}

#[test]
fn a_figure_that_is_not_as_expected_is_named() {
    let results = check(&fixture().join("log")).results.unwrap();
    let expected = serde_json::json!({ "contests": [
        { "id": "c01", "votes": { "02": 136 }, "invalid": { "no-mark": 0 }, "outcome": { "short": 1 } }, { "id": "c09" } ] });
    let paths: Vec<String> = compare(&results, &expected).into_iter().map(|d| d.path).collect();
    assert_eq!(paths, ["contests[c01].outcome.short", "contests[c01].votes.02", "contests[c09]"]);
}

/// Every byte of every file whose name the closure takes, with its lowest and with its highest bit turned.
fn damage(takes: impl Fn(&str) -> bool, count: usize) {
    let folder = log_copy();
    let mut all = Vec::new();
    files(folder.path(), &mut all);
    all.retain(|path| takes(path.strip_prefix(folder.path()).unwrap().to_str().unwrap()));
    assert_eq!(all.len(), count);
    for path in all {
        let good = fs::read(&path).unwrap();
        for (at, turned) in (0..good.len()).flat_map(|at| [(at, 1), (at, 0x80)]) {
            let mut bad = good.clone();
            bad[at] ^= turned;
            fs::write(&path, &bad).unwrap();
            let report = check(folder.path());
            assert_ne!(report.verdict(), Verdict::Ok, "byte {at} of {} turned by {turned}", path.display());
            let finding = report.finding.unwrap();
            let name = path.strip_prefix(folder.path()).unwrap().to_str();
            assert_eq!(finding.file.as_deref(), name, "byte {at} turned by {turned}: {finding}");
        }
        fs::write(&path, &good).unwrap();
    }
    assert_eq!(check(folder.path()).verdict(), Verdict::Ok);
}

#[test]
fn no_changed_byte_of_the_checkpoint_or_a_tile_goes_unnoticed() {
    damage(|name| !name.starts_with("bulletin/"), 3);
}

#[test]
fn no_changed_byte_of_a_bulletin_goes_unnoticed() {
    damage(|name| name.starts_with("bulletin/"), 4);
}

#[test]
fn a_file_cut_short_lengthened_or_missing_is_named() {
    let folder = log_copy();
    let mut all = Vec::new();
    files(folder.path(), &mut all);
    for path in all {
        let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        let good = fs::read(&path).unwrap();
        for cut in [0, 1, good.len() / 2, good.len() - 1] {
            fs::write(&path, &good[..cut]).unwrap();
            assert_ne!(check(folder.path()).verdict(), Verdict::Ok, "{name} cut to {cut}");
        }
        fs::write(&path, [&good[..], b"\n"].concat()).unwrap();
        assert_ne!(check(folder.path()).verdict(), Verdict::Ok, "{name} lengthened");
        fs::remove_file(&path).unwrap();
        let report = check(folder.path());
        if name.starts_with("bulletin/") {
            assert_eq!(report.verdict(), Verdict::Ok, "nobody owes a copy every bulletin: {report}");
        } else {
            assert_eq!(report.verdict(), Verdict::Trouble, "{name}: {report}");
            assert_eq!(report.finding.unwrap().file.as_deref(), Some(name.as_str()));
        }
        fs::write(&path, &good).unwrap();
    }
}

#[test]
fn foreign_files_are_listed_and_harm_nothing() {
    let folder = log_copy();
    fs::write(folder.path().join("tile/0/000.p/200"), b"x").unwrap();
    fs::write(folder.path().join("notes.txt"), b"x").unwrap();
    fs::write(folder.path().join("bulletin/c01/013"), b"x").unwrap();
    let report = check(folder.path());
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
    assert_eq!(report.files_foreign, ["bulletin/c01/013", "notes.txt", "tile/0/000.p/200"]);
}

#[test]
fn an_older_partial_tile_must_still_agree() {
    let folder = log_copy();
    let tile = fs::read(folder.path().join("tile/0/000.p/37")).unwrap();
    let path = folder.path().join("tile/0/000.p/20");
    fs::write(&path, &tile[..640]).unwrap();
    assert_eq!(check(folder.path()).verdict(), Verdict::Ok);
    fs::write(&path, &tile[1..641]).unwrap();
    let report = check(folder.path());
    assert_eq!(report.finding.unwrap().file.as_deref(), Some("tile/0/000.p/20"));
}

#[test]
fn a_bulletin_under_another_name_is_named() {
    for (name, field) in [("bulletin/c01/19", "size"), ("bulletin/c02/18", "contest"), ("bulletin/c01/38", "size")] {
        let folder = log_copy();
        fs::copy(folder.path().join("bulletin/c01/18"), folder.path().join(name)).unwrap();
        let finding = check(folder.path()).finding.unwrap();
        assert_eq!((finding.verdict, finding.file.as_deref(), &*finding.field), (Verdict::Mismatch, Some(name), field));
    }
}

#[test]
fn a_wrong_ticket_is_told_at_entry_0() {
    let report = folder::verify(&fixture().join("log"), tlog::sha256(b"another event"), None);
    let finding = report.finding.unwrap();
    assert_eq!((finding.verdict, finding.entry, &*finding.field), (Verdict::Mismatch, Some(0), "sid"));
}

#[test]
fn a_hundred_lines_of_strangers_under_a_checkpoint_harm_nothing_and_one_more_is_refused() {
    let folder = log_copy();
    let path = folder.path().join("checkpoint");
    let good = fs::read_to_string(&path).unwrap();
    let line = good.lines().last().unwrap();
    let strangers = |n: usize| {
        (0..n).map(|i| format!("{}\n", line.replace("witness.example/w1", &format!("w{i}")))).collect::<String>()
    };
    fs::write(&path, good.clone() + &strangers(98)).unwrap();
    assert_eq!(check(folder.path()).verdict(), Verdict::Ok);
    fs::write(&path, good.clone() + &strangers(99)).unwrap();
    assert_eq!(check(folder.path()).verdict(), Verdict::Mismatch);
    let unsigned = good.lines().filter(|l| !l.contains("witness.example")).fold(String::new(), |t, l| t + l + "\n");
    fs::write(&path, unsigned).unwrap();
    let report = check(folder.path());
    assert_eq!((report.verdict(), report.finding.as_ref().unwrap().code), (Verdict::Provisional, "V-QUORUM"));
    assert!(report.results.is_some());
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let folder = log_copy();
    let path = folder.path().join("tile/0/000.p/37");
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(&path, elsewhere.path().join("tile")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("tile"), &path).unwrap();
    assert_eq!(check(folder.path()).verdict(), Verdict::Trouble);
}

#[test]
fn an_empty_folder_is_trouble() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check(folder.path()).verdict(), Verdict::Trouble);
    assert_eq!(check(&folder.path().join("nowhere")).verdict(), Verdict::Trouble);
}
