//! What a member reads before signing: every kind of statement, in both languages, as it was reviewed.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use committee::meaning::Meaning;
use std::{collections::BTreeSet, fmt::Write, fs, path::Path};
use tally::{Replay, SignedStatement, statement::Kind};

#[test]
fn every_kind_of_statement_is_said_in_words_as_reviewed() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = fs::read_dir(here.join("../tests/fixtures/golden-v1/statements"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    let (mut replay, mut kinds, mut words) = (Replay::new(), BTreeSet::new(), String::new());
    for path in paths {
        let before = replay.clone();
        let SignedStatement { statement, .. } = replay.verify(&fs::read(&path).unwrap()).unwrap();
        kinds.insert(statement.kind());
        let meaning = Meaning::of(&statement, &before.count);
        assert!(!meaning.title.vi.is_empty() && meaning.title.vi != meaning.title.en, "{meaning}");
        writeln!(words, "{}\n{meaning}\n", path.file_name().unwrap().to_str().unwrap()).unwrap();
    }
    assert_eq!(kinds.len(), Kind::ALL.len());
    let reviewed = here.join("tests/meaning.txt");
    // Review a change of words with: REVIEW=1 cargo test -p committee --test meaning, then read the difference.
    if std::env::var_os("REVIEW").is_some() {
        fs::write(&reviewed, &words).unwrap();
    }
    let reviewed = fs::read_to_string(&reviewed).unwrap();
    for (ours, theirs) in words.lines().zip(reviewed.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(words.lines().count(), reviewed.lines().count());
}
