//! An event folder with faults: everything is read before anything is started.

use crate::said::{Case, copy, told};
use promises::program;
use std::{fs, path::PathBuf};

/// A copy of a good event folder, mended wrongly.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        copy(&program::repository().join("tests/fixtures/events/worked-e1"), &folder.event());
        folder
    }

    fn event(&self) -> PathBuf {
        self.0.path().join("event")
    }

    /// Puts other words in a file; they must be there.
    fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.event().join(file);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "`{from}` is not in {file}");
        fs::write(path, text.replacen(from, to, 1)).expect("a file");
    }

    fn line_of(&self, what: &str) -> usize {
        let text = fs::read_to_string(self.event().join("event.toml")).expect("a file");
        1 + text.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("no line has {what}"))
    }

    fn rehearsal(&self) -> Vec<std::ffi::OsString> {
        let paths = [("--event", self.event()), ("--out", self.0.path().join("out"))];
        promises::hall::words(&["rehearse"], &paths)
    }

    /// The rehearsal ends so, and nothing was made.
    fn is_refused(&self, what: &str, code: i32, says: &[&str]) {
        let case = Case { what, arguments: self.rehearsal(), code, says };
        case.changes_nothing_in(self.0.path());
        assert!(!self.0.path().join("out").exists(), "{what}: a folder for results was made");
    }
}

#[test]
fn every_fault_of_an_event_file_is_named_at_once_with_its_line() {
    let folder = Folder::new();
    folder.replace("event.toml", "min-bundle = 5", "min-bundle = \"five\"\nmin-bundel = 5");
    folder.replace("event.toml", "id = \"s02\"", "id = \"s01\"");
    folder.replace("event.toml", "form = \"strike-list\"", "form = \"strike-lisst\"");
    folder.replace("event.toml", "profile = ", "profile = \"party-999\" # ");
    folder.replace("event.toml", "\nseats = ", "\nseats = -");
    let places = ["\"five\"", "min-bundel", "strike-lisst", "party-999", "seats = -"].map(|w| folder.line_of(w));
    let lines: Vec<String> = places.iter().map(|line| format!("event.toml:{line}:")).collect();
    let mut says: Vec<&str> = lines.iter().map(String::as_str).collect();
    says.extend(["min-bundle", "min-bundel", "s01", "contest[1].form", "party-999", "seats", "nothing has started"]);
    folder.is_refused("event.toml with six faults", 10, &says);

    let home = folder.0.path().join("committee");
    let vkey = program::repository().join("Cargo.toml");
    let mut arguments = promises::hall::words(&["committee", "init"], &[]);
    arguments.push(folder.event().into());
    arguments.extend(promises::hall::words(&[], &[("--home", home.clone()), ("--vkey", vkey)]));
    Case { what: "committee init with six faults", arguments, code: 10, says: &says }
        .changes_nothing_in(folder.0.path());
    assert!(!home.exists());
}

#[test]
fn a_candidate_on_the_counting_board_and_a_profile_nobody_knows_are_named() {
    let folder = Folder::new();
    folder.replace("event.toml", "Nguyễn Văn An", "Member One");
    let line = format!("event.toml:{}:", folder.line_of("    { name = \"Member One\""));
    folder.is_refused("a candidate who counts", 10, &[&line, "candidates[1].name", "member of the counting board"]);
    let folder = Folder::new();
    folder.replace("event.toml", "profile = ", "profile = \"party-2044\" # ");
    let line = format!("event.toml:{}:", folder.line_of("party-2044"));
    folder.is_refused("a profile nobody knows", 10, &["party-2044", &line, "profile"]);
}

#[test]
fn what_is_missing_or_broken_beside_the_event_file_is_named_before_anything_starts() {
    type Breaks = fn(&Folder);
    let cases: [(&str, Breaks, &[&str]); 15] = [
        (
            "event.toml missing",
            |f| fs::remove_file(f.event().join("event.toml")).expect("removed"),
            &["event.toml", "cannot read"],
        ),
        (
            "event.toml empty",
            |f| fs::write(f.event().join("event.toml"), "").expect("written"),
            &["event.toml:1:", "origin", "title"],
        ),
        ("event.toml no TOML", |f| f.replace("event.toml", "title = ", "title \""), &["event.toml:2:", "not TOML"]),
        (
            "event.toml not UTF-8",
            |f| fs::write(f.event().join("event.toml"), b"title = \"\xff\"").expect("written"),
            &["event.toml:1:10:", "UTF-8"],
        ),
        (
            "no ballots",
            |f| fs::remove_dir_all(f.event().join("ballots")).expect("removed"),
            &["there are no ballots in", "ballots/c01"],
        ),
        (
            "ballots of a table that is not there",
            |f| stranger(f, "ballots/c01/s09.csv"),
            &["ballots/c01/s09.csv", "no such table"],
        ),
        (
            "ballots of a contest that is not there",
            |f| stranger(f, "ballots/c09/s01.csv"),
            &["ballots/c09", "no such table or contest"],
        ),
        (
            "no paper in a file",
            |f| fs::write(f.event().join("ballots/c01/s01.csv"), "").expect("written"),
            &["s01.csv:1:1:", "first line"],
        ),
        ("a candidate off the list", |f| first_paper(f, "01 99"), &["s01.csv:2:5:", "99"]),
        ("numbers not ascending", |f| first_paper(f, "02 01"), &["s01.csv:2:5:", "ascending"]),
        ("a number twice", |f| first_paper(f, "01 01"), &["s01.csv:2:5:", "twice"]),
        ("too many fields", |f| first_paper(f, "01,,,,"), &["s01.csv:2:1:", "fields"]),
        ("a ground nobody knows", |f| first_paper(f, "01,torn\n,01"), &["s01.csv:2:5:", "torn", "not-issued"]),
        (
            "another header",
            |f| f.replace("ballots/c01/s01.csv", "bundle,marks,ground", "bundle;marks;ground"),
            &["s01.csv:1:7:", "bundle,marks,ground"],
        ),
        ("expected.json broken", |f| f.replace("expected.json", "{", "{,"), &["expected.json", "line 1 column 2"]),
    ];
    for (what, breaks, says) in cases {
        let folder = Folder::new();
        breaks(&folder);
        folder.is_refused(what, 10, says);
    }
}

/// The ballots of a table under another name.
fn stranger(folder: &Folder, name: &str) {
    let to = folder.event().join(name);
    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    fs::copy(folder.event().join("ballots/c01/s01.csv"), to).expect("copied");
}

/// Other marks on the first paper of the first table.
fn first_paper(folder: &Folder, marks: &str) {
    let path = folder.event().join("ballots/c01/s01.csv");
    let text = fs::read_to_string(&path).expect("a file");
    let mut lines: Vec<&str> = text.lines().collect();
    let paper = format!(",{marks},");
    lines[1] = &paper;
    fs::write(path, lines.join("\n") + "\n").expect("a file");
}

#[test]
fn a_bundle_too_small_for_secrecy_stops_a_rehearsal_before_it_starts() {
    let folder = Folder::new();
    let path = folder.event().join("ballots/c01/s01.csv");
    let text = fs::read_to_string(&path).expect("a file");
    let named = text.lines().enumerate().map(|(n, line)| match n {
        0 => format!("{line}\n"),
        1..=3 => format!("small{line}\n"),
        _ => format!("rest{line}\n"),
    });
    fs::write(&path, named.collect::<String>()).expect("a file");
    folder.is_refused("a bundle of three papers", 10, &["small", "3 papers", "asks for 5"]);
}

#[test]
fn results_of_another_run_are_never_overwritten() {
    let folder = Folder::new();
    let out = folder.0.path().join("out");
    fs::create_dir(&out).expect("a folder");
    fs::write(out.join("results.json"), "kept").expect("a file");
    let before = crate::said::files(folder.0.path());
    let ended = program::run(folder.rehearsal());
    told("--out with results in it", &ended, 2, &["results.json", "another folder"]);
    crate::said::same("--out", &before, &crate::said::files(folder.0.path()));
}
