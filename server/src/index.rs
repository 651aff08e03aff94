//! Which entry a sid is: a sled folder that can be deleted at any time (protocol §5). The journal is the truth; this is
//! written behind the acknowledgement, recognised as stale or foreign by (event, size, root), and made again.
//!
//! What was measured of sled 0.34 and what follows: `flush` is no fsync, so nothing here is ever believed without its
//! mark; large values are never synced, so one value holds 256 sids (8 KiB); a kill while opening can leave
//! `snap.*.generating` behind, which is deleted before opening; every error sets the folder aside and starts anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
};
use tally::Sid;
use tlog::Hash;

/// Sids in one value: the width of a tile of entries.
const CHUNK: usize = 256;
const MARK: &[u8] = b"mark";

/// The index of one event.
pub(crate) struct Index {
    state: Mutex<State>,
    folder: PathBuf,
    event: Sid,
}

struct State {
    /// `None` after an error: until the next start everything is found by walking the journal's sids in `tail`.
    tree: Option<sled::Db>,
    /// Entries in full chunks of the tree.
    chunked: u64,
    /// Sids behind the last full chunk, in order.
    tail: Vec<Sid>,
}

/// What the index found when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It fits the log up to so many entries.
    Fits(u64),
    /// It was not there.
    Nothing,
    /// It was of another event or another past, or could not be opened; it was set aside.
    Foreign,
}

impl Index {
    /// Opens the index of an event, believing only what its mark and the log's roots agree on.
    ///
    /// Never fails: without a usable folder the index lives in memory.
    pub(crate) fn open(folder: &Path, event: Sid, root_at: impl Fn(u64) -> Option<Hash>) -> (Self, Found) {
        let (tree, chunked, found) = match open_tree(folder) {
            Ok(tree) => match marked(&tree, event, root_at) {
                Some(size) => (Some(tree), size, Found::Fits(size)),
                // A log of fewer entries than a chunk has no mark yet.
                None if tree.is_empty() => (Some(tree), 0, Found::Nothing),
                None => (Some(tree), 0, Found::Foreign),
            },
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "index cannot be opened");
                (None, 0, Found::Foreign)
            }
        };
        let tree = if found == Found::Foreign { start_anew(folder, tree) } else { tree };
        let state = State { tree, chunked, tail: Vec::new() };
        (Self { state: Mutex::new(state), folder: folder.to_owned(), event }, found)
    }

    /// What a start would find in that folder, which is not touched: a copy is opened. `None` when that cannot be told.
    pub(crate) fn look(folder: &Path, event: Sid, root_at: impl Fn(u64) -> Option<Hash>) -> Option<Found> {
        if !folder.exists() {
            return Some(Found::Nothing);
        }
        let copy = std::env::temp_dir().join(format!("kiemphieu-check-{}-{event}", std::process::id()));
        let found = copy_folder(folder, &copy).ok().map(|()| match open_tree(&copy) {
            Ok(tree) => match marked(&tree, event, root_at) {
                Some(size) => Found::Fits(size),
                None if tree.is_empty() => Found::Nothing,
                None => Found::Foreign,
            },
            Err(_) => Found::Foreign,
        });
        let _ = fs::remove_dir_all(&copy);
        found
    }

    /// Entries it knows so far.
    pub(crate) fn size(&self) -> u64 {
        let state = self.lock();
        state.chunked + state.tail.len() as u64
    }

    /// Takes in the sids of the next entries; `root_at` gives the root at a size, for the mark of a full chunk.
    pub(crate) fn push(&self, sids: impl IntoIterator<Item = Sid>, root_at: impl Fn(u64) -> Option<Hash>) {
        let mut state = self.lock();
        state.tail.extend(sids);
        while state.tree.is_some() && state.tail.len() >= CHUNK {
            let size = state.chunked + CHUNK as u64;
            let Some(root) = root_at(size) else { return };
            let value: Vec<u8> = state.tail[..CHUNK].iter().flat_map(|sid| sid.0).collect();
            let key = (state.chunked / CHUNK as u64).to_be_bytes();
            let written = state.tree.as_ref().map(|tree| {
                tree.insert(key, value)?;
                tree.insert(MARK, mark(self.event, size, root))
            });
            match written {
                Some(Ok(_)) => {
                    state.chunked = size;
                    state.tail.drain(..CHUNK);
                }
                _ => self.give_up(&mut state),
            }
        }
    }

    /// The entry that says this, newest first. Reads the disk.
    ///
    /// `None` also when the index broke: the sequencer still knows every sid by its chain.
    pub(crate) fn find(&self, sid: Sid) -> Option<u64> {
        let (tree, chunked) = {
            let state = self.lock();
            if let Some(at) = state.tail.iter().rposition(|s| *s == sid) {
                return Some(state.chunked + at as u64);
            }
            (state.tree.clone()?, state.chunked)
        };
        (0..chunked / CHUNK as u64).rev().find_map(|chunk| {
            let value = tree.get(chunk.to_be_bytes()).ok()??;
            let at = value.chunks_exact(32).position(|s| s == sid.0)?;
            Some(chunk * CHUNK as u64 + at as u64)
        })
    }

    fn give_up(&self, state: &mut State) {
        tracing::warn!(folder = %self.folder.display(), "index broke; it is made again at the next start");
        state.tree = None;
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

fn open_tree(folder: &Path) -> Result<sled::Db, sled::Error> {
    remove_half_made_snapshots(folder)?;
    sled::Config::new().path(folder).flush_every_ms(None).cache_capacity(16 << 20).open()
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn remove_half_made_snapshots(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn mark(event: Sid, size: u64, root: Hash) -> Vec<u8> {
    [&event.0[..], &size.to_be_bytes(), &root.0].concat()
}

/// Entries the tree holds of this very log, if it does.
fn marked(tree: &sled::Db, event: Sid, root_at: impl Fn(u64) -> Option<Hash>) -> Option<u64> {
    let value = tree.get(MARK).ok()??;
    let size = u64::from_be_bytes(value.get(32..40)?.try_into().ok()?);
    (*value == mark(event, size, root_at(size)?)).then_some(size)
}

fn start_anew(folder: &Path, tree: Option<sled::Db>) -> Option<sled::Db> {
    drop(tree);
    tracing::warn!(folder = %folder.display(), "index is stale, foreign or broken; made again");
    // Whatever stands there: a folder, a file, a link to elsewhere.
    let is_folder = fs::symlink_metadata(folder).ok()?.is_dir();
    if is_folder { fs::remove_dir_all(folder) } else { fs::remove_file(folder) }.ok()?;
    open_tree(folder).ok()
}
