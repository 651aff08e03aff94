//! The one text of every statement: what is accepted is written again to the letter, what is not names its line, and no
//! two texts say the same.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may read fixtures, and a panic is its verdict"
)]

mod forge;

#[path = "grammar/bad.rs"]
mod bad;
#[path = "grammar/spoiled.rs"]
mod spoiled;
#[path = "grammar/values.rs"]
mod values;

use std::{fs, path::PathBuf};

/// The texts of the golden log, in order; the names begin with their index.
fn golden() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1/statements");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let text = |path: &PathBuf| tlog::Note::parse(&fs::read(path).unwrap()).unwrap().text().to_owned();
    paths.iter().map(text).collect()
}
