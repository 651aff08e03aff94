//! Checkpoints as they are carried on a stick or in a message: C2SP notes one after another. Receipts, exported logs and
//! evidence folders hold some too. It refuses to believe any of them.

use crate::{error::ObserverError, folder::list};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};
use tlog::{Checkpoint, Note, Receipt, tile::decode_bundle};

/// A file of checkpoints: more than [`super::HEARD_MAX`] of them with a hundred witnesses each.
const FILE_BYTES_MAX: usize = 16 << 20;
/// Files of a folder that are read: receipts of every table of a province.
const FILES_MAX: usize = 100_000;

/// What was found in a file or folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Every checkpoint, whoever signed it.
    pub checkpoints: Vec<Note>,
    /// What looks like entry 0 of an event: it says whose key signs its checkpoints.
    pub manifests: Vec<Vec<u8>>,
}

/// Reads a file of notes, one receipt, or every file of a folder that can hold a checkpoint: `checkpoint`, `*.note`,
/// `*.tlog-proof`, `*.txt`, and of an exported log or evidence folder the manifest.
///
/// # Errors
/// It cannot be read.
pub fn gather(path: &Path) -> Result<Brought, ObserverError> {
    let mut brought = Brought::default();
    if !path.is_dir() {
        take(&mut brought, &read(path)?);
        return Ok(brought);
    }
    let found = list(path).map_err(|f| ObserverError::input(f.why.vi, f.why.en))?;
    let wanted = found.into_iter().filter(|(name, is_file)| *is_file && may_hold_one(name));
    for (name, _) in wanted.take(FILES_MAX) {
        let bytes = read(&path.join(&name))?;
        if name.contains("tile/entries/") {
            brought.manifests.extend(first_of_bundle(&bytes));
        } else {
            take(&mut brought, &bytes);
        }
    }
    Ok(brought)
}

/// The checkpoints in a text of notes, one after another; what is none is passed over.
#[must_use]
pub fn notes_in(text: &str) -> Vec<Note> {
    Note::all_in(text).into_iter().filter(is_checkpoint).collect()
}

fn is_checkpoint(note: &Note) -> bool {
    Checkpoint::parse(note.text()).is_ok()
}

fn may_hold_one(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let ends = |ending: &str| file.ends_with(ending);
    let is_first_bundle = ["tile/entries/000", "tile/entries/000.p"].iter().any(|p| {
        name.rfind(p)
            .is_some_and(|at| name[at..].strip_prefix(p).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    });
    file == "checkpoint" || file == "heard" || ends(".note") || ends(".tlog-proof") || ends(".txt") || is_first_bundle
}

fn take(brought: &mut Brought, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(receipt) = Receipt::parse(text) {
        brought.checkpoints.extend(Some(receipt.checkpoint).filter(is_checkpoint));
        return;
    }
    if text.starts_with("kiemphieu/v1/manifest\n") {
        brought.manifests.push(bytes.to_vec());
        return;
    }
    brought.checkpoints.extend(notes_in(text));
}

fn first_of_bundle(bytes: &[u8]) -> Option<Vec<u8>> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    let first = bytes.get(..usize::from(u16::from_be_bytes(*len)).checked_add(2)?)?;
    let entry = decode_bundle(first, 1).ok()?.first()?.to_vec();
    (entry.starts_with(b"kiemphieu/v1/manifest\n") && !rest.is_empty()).then_some(entry)
}

fn read(path: &Path) -> Result<Vec<u8>, ObserverError> {
    let mut bytes = Vec::new();
    let limit = (FILE_BYTES_MAX as u64).saturating_add(1);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(ObserverError::disk(path))?;
    if bytes.len() <= FILE_BYTES_MAX {
        return Ok(bytes);
    }
    let large = io::Error::new(io::ErrorKind::InvalidData, "larger than any file of checkpoints");
    Err(ObserverError::disk(path)(large))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::{Hash, KeyKind, SigningKey};

    fn checkpoint(size: u64) -> Note {
        let key = SigningKey::from_seed("hall.example/log", KeyKind::Ed25519, &[7; 32]).unwrap();
        Checkpoint { origin: "hall.example/log".into(), size, root: Hash([3; 32]) }.sign(&key)
    }

    #[test]
    fn notes_one_after_another_are_read_with_and_without_lines_between_and_junk_is_passed_over() {
        let (one, two) = (checkpoint(5), checkpoint(9));
        for between in ["", "\n", "\n\n"] {
            let text = format!("{one}{between}{two}");
            assert_eq!(notes_in(&text), [one.clone(), two.clone()], "{between:?}");
        }
        assert_eq!(notes_in(""), []);
        assert_eq!(notes_in("không phải điểm kiểm\n"), []);
        assert_eq!(notes_in(&format!("junk\n\n— a b\n{two}")), std::slice::from_ref(&two));
        assert_eq!(notes_in(&one.to_string()[..40]), [], "a note cut short is none");
    }

    #[test]
    fn a_receipt_and_an_exported_log_hold_checkpoints_too() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1");
        let brought = gather(&golden).unwrap();
        assert_eq!(brought.manifests.len(), 2, "the first entry, and the statement beside the log");
        let sizes: Vec<u64> = brought.checkpoints.iter().map(|n| Checkpoint::parse(n.text()).unwrap().size).collect();
        assert!(sizes.contains(&37) && sizes.len() == 2, "{sizes:?}: the log's, and the receipt's");
    }
}
