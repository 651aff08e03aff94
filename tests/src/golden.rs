//! The golden vectors: a whole honest log, what it adds up to and what was refused on its way; receipts, proofs and
//! checkpoints, good and bad; false logs; evidence; worked elections. All of it follows from names and fixed numbers, so
//! that every run writes the same bytes. It refuses to know who checks them.

mod congress;
mod elections;
mod hall;
mod records;
mod refused;
mod story;
mod untrue;

use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};
use tlog::{
    Note, Tree,
    tile::{TilePath, encode_bundle, tile, tile_paths},
};

/// Files by their path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The command that writes them.
pub const COMMAND: &str = "cargo run --release -p promises --bin golden -- tests/fixtures/golden";

/// Every file of the golden vectors.
#[must_use]
pub fn files() -> Files {
    let story = congress::held();
    let mut files = Files::new();
    records::log(&story, &mut files);
    records::checkpoints(&story, &mut files);
    records::receipts(&story, &mut files);
    records::consistency(&story, &mut files);
    untrue::logs(&mut files);
    untrue::evidence(&mut files);
    files.insert("outcomes.json".into(), lines(&elections::cases()));
    let about = include_str!("golden/README.md").replace("{event}", &story.event().to_string());
    let root = story.replay.tree.root().to_string();
    let about = about.replace("{size}", &story.size().to_string()).replace("{root}", &root);
    files.insert("README.md".into(), about.into_bytes());
    files
}

/// Writes them into a folder, in place of whatever is there.
///
/// # Errors
/// The disk fails.
pub fn write(folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for (path, bytes) in files() {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// A log folder: its checkpoint, its tiles of hashes, its bundles of entries.
///
/// # Panics
/// The tree is not that of the entries.
fn lay_log(at: &str, entries: &[Vec<u8>], tree: &Tree, checkpoint: &Note, files: &mut Files) {
    files.insert(format!("{at}/checkpoint"), checkpoint.as_bytes().to_vec());
    for path in tile_paths(tree.size()) {
        let bytes = match path {
            TilePath::Tile { level, index, width } => tile(level, index, width, tree).expect("a tile of this tree"),
            TilePath::Entries { index, width } => {
                let first = usize::try_from(index).expect("an index") * 256;
                encode_bundle(&entries[first..first + usize::from(width)]).expect("entries fit their bundle")
            }
        };
        files.insert(format!("{at}/{path}"), bytes);
    }
}

/// A list, an item a line, so that a difference is read as one.
fn lines(items: &[Value]) -> Vec<u8> {
    let lines: Vec<String> = items.iter().map(ToString::to_string).collect();
    format!("[\n{}\n]\n", lines.join(",\n")).into_bytes()
}

/// A value, indented.
fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
