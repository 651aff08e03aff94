//! Entries that this log lost are put back: from the receipts of tables and the copies of observers, each at its own index,
//! until the root is the one that was signed. So a restored server goes on without a second history: what it signs then is
//! of the log that it had signed before. It refuses to guess: an entry that nobody brings leaves the log as it is.

use crate::{
    error::ServerError,
    guard::{self, Cause, Standing, mark_restored, standing},
    home::{EventHome, Home, disk, remove_durably},
    restart::{Restarted, checkpoint_of, restart},
    store::{CommitError, Group},
};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tally::{Replay, Sid, signed::SignedStatement};
use tlog::{
    Checkpoint, Hash, Note, Receipt, SigningKey, VerifierKey,
    tile::{TilePath, decode_bundle, parse_path},
};

/// Entries of one group, as the sequencer keeps them.
const GROUP_ENTRIES_MAX: usize = 512;
/// A stick holds the receipts of a hall and a copy of its log; more than this is the wrong folder.
const FILES_MAX: usize = 200_000;
/// Tiles of a log of a thousand million entries lie no deeper.
const DEPTH_MAX: usize = 12;

/// What was brought: entries by index, and what the log's key has signed.
#[derive(Default)]
struct Brought {
    entries: BTreeMap<u64, Bytes>,
    checkpoints: Vec<Checkpoint>,
}

/// Puts back what is missing up to `size` entries, and leaves the event waiting for its release. Nothing runs meanwhile.
/// Returns how many entries were put back.
///
/// # Errors
/// A server runs on the folder, an entry is in none of the folders, what was brought is not the log that was signed, or the
/// disk fails; the log is then as it was, or a longer beginning of the same history.
pub fn mend(home: &Path, event: Sid, size: u64, from: &[PathBuf], seen: &[PathBuf]) -> Result<u64, ServerError> {
    let home = Home::new(home).event(event);
    if !home.folder.exists() {
        return Err(ServerError::NoEvent(home.folder));
    }
    let halted = match standing(&home)? {
        Standing::Halted(halt) if halt.cause != Cause::Shown => return Err(ServerError::Halted(halt.as_ref().clone())),
        Standing::Halted(halt) => halt.checkpoint.clone(),
        Standing::Signing | Standing::Restored(_) | Standing::Doubted(_) => None,
    };
    let (_, log, _) = home.open()?;
    let Restarted { replay, mut store, .. } = restart(&home, &log)?;
    let mut brought = gather(from, log.verifier())?;
    for note in halted.into_iter().chain(seen.iter().filter_map(|path| note_in(path))) {
        brought.checkpoints.extend(Checkpoint::open(&note, log.verifier()).ok());
    }
    let own = replay.tree.size();
    let signed = brought.checkpoints.iter().map(|c| c.size).max().unwrap_or(own).max(own);
    if signed != size {
        return Err(ServerError::SizeDiffers { own: signed, typed: size });
    }
    let mended = rebuilt(&home, replay, &brought, size)?;
    let first = usize::try_from(own).unwrap_or(usize::MAX);
    for notes in mended.notes.get(first..).unwrap_or_default().chunks(GROUP_ENTRIES_MAX) {
        keep(&home, &mut store, &mended.replay, &log, notes)?;
        // Power goes now: the log is longer and still halted; the same command goes on from here.
    }
    // It goes on as a restored one does: its operator says that nothing is missing now.
    mark_restored(&home, size)?;
    remove_durably(&home.halted())?;
    tracing::warn!(%event, own, size, "entries were put back");
    Ok(size.saturating_sub(own))
}

/// The log as it was signed: every entry, and the state after the last.
struct Mended {
    replay: Replay,
    /// Empty where the log on the disk already has the entry.
    notes: Vec<Bytes>,
}

/// Puts the entries one behind the other in memory. All that was ever signed must be a beginning of it.
fn rebuilt(home: &EventHome, mut replay: Replay, brought: &Brought, size: u64) -> Result<Mended, ServerError> {
    let inconsistent = |why: String| ServerError::Inconsistent { path: home.journal(), why };
    let own = replay.tree.size();
    let missing: Vec<u64> = (own..size).filter(|index| !brought.entries.contains_key(index)).collect();
    if let Some(first) = missing.first().copied() {
        return Err(ServerError::StillMissing { first, count: missing.len() as u64, own, size });
    }
    let mut notes: Vec<Bytes> = (0..own).map(|_| Bytes::new()).collect();
    for (index, note) in brought.entries.range(own..size) {
        let opened = SignedStatement::open(note, replay.count.keys());
        let s = opened.map_err(|refusal| inconsistent(format!("entry {index}: {}", refusal.say().en)))?;
        let ruling = replay.rule(&s);
        if !ruling.is_logged() {
            return Err(inconsistent(format!("entry {index} would not be recorded: {}", ruling.say().en)));
        }
        replay.take_ruled(&s, &ruling);
        notes.push(note.clone());
    }
    match brought.checkpoints.iter().find(|c| replay.tree.root_at(c.size) != Some(c.root)) {
        None => Ok(Mended { replay, notes }),
        Some(other) => Err(inconsistent(format!("its key has signed {} other entries as well", other.size))),
    }
}

fn keep(
    home: &EventHome,
    store: &mut crate::store::Store,
    replay: &Replay,
    log: &SigningKey,
    notes: &[Bytes],
) -> Result<(), ServerError> {
    let prev_size = store.size();
    let size = prev_size.saturating_add(notes.len() as u64);
    let root = |size: u64| replay.tree.root_at(size).unwrap_or(Hash::ZERO);
    let head = Checkpoint { size, root: root(size), ..checkpoint_of(log, replay) };
    let (note, notes) = (head.sign(log), notes.iter().map(AsRef::as_ref).collect::<Vec<&[u8]>>());
    let prev_root = root(prev_size);
    let group = Group { prev_size, prev_root, notes: &notes, checkpoint: note.as_bytes(), head: &head };
    store.commit(&group).map_err(|error| match error {
        CommitError::NoSpace(source) | CommitError::Unknown(source) | CommitError::Owed(source) => {
            ServerError::Journal { path: home.journal(), source }
        }
        CommitError::Second(error) => *error,
        CommitError::Overtaken | CommitError::Fenced(_) => {
            ServerError::Inconsistent { path: home.journal(), why: "somebody else has written".to_owned() }
        }
    })
}

/// Everything in these folders that the log's key vouches for. A file that is something else is passed over.
fn gather(from: &[PathBuf], log: &VerifierKey) -> Result<Brought, ServerError> {
    let mut brought = Brought::default();
    for root in from {
        let mut files = Vec::new();
        list(root, &mut files, 0)?;
        for path in &files {
            if path.extension().is_some_and(|e| e == "tlog-proof") {
                take_receipt(path, log, &mut brought);
            } else if path.file_name().is_some_and(|name| name == "checkpoint") {
                brought.checkpoints.extend(note_in(path).and_then(|note| Checkpoint::open(&note, log).ok()));
            } else {
                take_bundle(path, &mut brought);
            }
        }
    }
    Ok(brought)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> Result<(), ServerError> {
    for entry in fs::read_dir(folder).map_err(disk(folder))? {
        let path = entry.map_err(disk(folder))?.path();
        if path.is_dir() && depth < DEPTH_MAX {
            list(&path, files, depth.saturating_add(1))?;
        } else if path.is_file() && files.len() < FILES_MAX {
            files.push(path);
        }
    }
    Ok(())
}

/// A table's note with the receipt beside it: proved, index and all.
fn take_receipt(path: &Path, log: &VerifierKey, brought: &mut Brought) {
    let receipt = fs::read_to_string(path).ok().and_then(|text| Receipt::parse(&text).ok());
    let note = fs::read(path.with_extension("note")).ok().and_then(|bytes| Note::parse(&bytes).ok());
    let Some((receipt, note)) = receipt.zip(note) else { return };
    if let Ok(checkpoint) = receipt.verify(&note.leaf(), log, &[], 0) {
        brought.entries.insert(receipt.index, Bytes::copy_from_slice(note.as_bytes()));
        brought.checkpoints.push(checkpoint);
    }
}

/// A bundle of entries of an observer's copy: proved when the root is. What a receipt proves is not overwritten.
fn take_bundle(path: &Path, brought: &mut Brought) {
    let text = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let Some(at) = text.rfind("tile/entries/") else { return };
    let Some(Ok(TilePath::Entries { index, width })) = text.get(at..).map(parse_path) else { return };
    let Ok(bytes) = fs::read(path) else { return };
    for (entry, nth) in decode_bundle(&bytes, width).unwrap_or_default().into_iter().zip(0_u64..) {
        let at = index.saturating_mul(256).saturating_add(nth);
        brought.entries.entry(at).or_insert_with(|| Bytes::copy_from_slice(entry));
    }
}

fn note_in(path: &Path) -> Option<Note> {
    guard::from_file(path).ok().and_then(|bytes| Note::parse(&bytes).ok())
}
