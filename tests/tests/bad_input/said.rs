//! What a person was told, and what was on the disk before and after. It refuses to know why.

use promises::program::{self, Ended};
use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};

/// One thing done wrong, the exit code it must end with and what the message must name.
pub struct Case<'a> {
    pub what: &'a str,
    pub arguments: Vec<OsString>,
    pub code: i32,
    pub says: &'a [&'a str],
}

impl Case<'_> {
    /// Runs the program and looks at its end; the folder is as it was.
    pub fn changes_nothing_in(&self, folder: &Path) -> Ended {
        let before = files(folder);
        let ended = program::run(&self.arguments);
        told(self.what, &ended, self.code, self.says);
        same(self.what, &before, &files(folder));
        ended
    }
}

/// The exit code; every fragment in what was said; and said in both languages, without a panic.
pub fn told(what: &str, ended: &Ended, code: i32, says: &[&str]) {
    let Ended { code: found, stderr, .. } = ended;
    println!("{found:>3}  {what}\n       {}", stderr.trim_end().replace('\n', "\n       "));
    assert_eq!(*found, code, "{what}: {stderr}");
    for fragment in says {
        assert!(stderr.contains(fragment), "{what}: `{fragment}` is not in:\n{stderr}");
    }
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
    let both =
        |line: &str| line.split_once(" — ").is_some_and(|(vi, en)| vi.chars().any(is_vietnamese) && !en.is_empty());
    assert!(stderr.lines().any(both), "{what}: not in both languages:\n{stderr}");
}

fn is_vietnamese(c: char) -> bool {
    matches!(c, 'à'..='ỹ')
}

/// Every file of a folder with its bytes, but for what may be thrown away at any time: the index, logs of the operator,
/// and the checkpoint that a reader remembers.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(folder).expect("below the folder").to_string_lossy().into_owned();
            let passing = ["index", "remembered", "witnessed"].iter().any(|part| path.ends_with(part));
            if passing || name.ends_with(".log") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(name, fs::read(&path).unwrap_or_default());
            }
        }
    }
    found
}

/// The same files with the same bytes; else their names.
pub fn same(what: &str, before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) {
    let names = before.keys().chain(after.keys());
    let differing: Vec<_> = names.filter(|name| before.get(*name) != after.get(*name)).collect();
    assert!(differing.is_empty(), "{what}: these files are not as they were: {differing:?}");
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file is copied");
        }
    }
}
