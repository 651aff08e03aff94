//! What others have seen of the log, held against what this table's server shows. A table has no entries to check by: the
//! server must prove that it continues what it once signed. It refuses to judge who is guilty; observers do.

use crate::{
    error::StationError,
    home::write_whole,
    link::{Link, Way},
};
use proto::v1::get_head_request::Subject;
use std::path::{Path, PathBuf};
use tally::Code;
use tlog::{Checkpoint, Note, Receipt};

/// The largest file of checkpoints that is read: a thousand of them.
pub const FILE_BYTES_MAX: u64 = 4 << 20;

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Compared {
    /// Checkpoints of this log that the server proved to continue.
    pub agreed: usize,
    /// Notes that the log key of this event has not signed.
    pub foreign: usize,
}

/// Eight digits of a checkpoint, to compare it by over the telephone.
#[must_use]
pub fn code(checkpoint: &Note) -> Code {
    Code::of(checkpoint.sid())
}

/// The checkpoints in a file: notes one after another, or one receipt.
///
/// # Errors
/// It cannot be read, or is larger than [`FILE_BYTES_MAX`].
pub fn read(path: &Path) -> Result<Vec<Note>, StationError> {
    use std::io::Read;
    let mut text = String::new();
    let disk = |source| StationError::Disk { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(disk)?;
    let read = file.take(FILE_BYTES_MAX.saturating_add(1)).read_to_string(&mut text).map_err(disk)?;
    if read as u64 > FILE_BYTES_MAX {
        return Err(disk(std::io::Error::new(std::io::ErrorKind::InvalidData, "too large")));
    }
    Ok(match Receipt::parse(&text) {
        Ok(receipt) => vec![receipt.checkpoint],
        Err(_) => Note::all_in(&text),
    })
}

/// Where a checkpoint stays that the server has not proved to continue.
fn owed(way: &Way) -> PathBuf {
    way.folder.join("evidence").join("heard.checkpoint")
}

/// Asks the server once more for the proof that it did not give when this table heard of a checkpoint. Until it gives it,
/// nothing is sent; a server that was only behind gives it later, and then all is well.
///
/// # Errors
/// As [`hear`].
pub async fn settle(way: &Way, seen: Option<&Note>) -> Result<(), StationError> {
    let path = owed(way);
    let disk = |source| StationError::Disk { path: path.clone(), source };
    let note = match std::fs::read(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(disk)?,
    };
    if let Ok(note) = Note::parse(&note) {
        hear(way, seen, &[note]).await?;
    }
    std::fs::remove_file(&path).map_err(disk)
}

/// Holds what others have seen against the server's log. `seen` is what this table itself has seen.
///
/// # Errors
/// [`StationError::Forked`] when the server cannot or will not prove that it continues one of them, and
/// [`StationError::ServerBehind`] when it shows less; what was heard is then left in the folder `evidence`, for an observer.
pub async fn hear(way: &Way, seen: Option<&Note>, heard: &[Note]) -> Result<Compared, StationError> {
    let mut link = Link::open(way, seen).await?;
    let _ = link.head(Subject::Election(true)).await?;
    let mut compared = Compared::default();
    for note in heard {
        let Ok(checkpoint) = Checkpoint::open(note, link.event().log()) else {
            compared.foreign = compared.foreign.saturating_add(1);
            continue;
        };
        let (shown, shown_note) = match link.seen().and_then(|n| Some((Checkpoint::parse(n.text()).ok()?, n.clone()))) {
            Some(shown) => shown,
            None => continue,
        };
        let keep = || write_whole(&owed(way), note.as_bytes());
        if checkpoint.size > shown.size {
            keep()?;
            return Err(StationError::ServerBehind { server: shown.size, seen: checkpoint.size });
        }
        match link.agree(note.as_bytes()).await {
            Ok(_) => compared.agreed = compared.agreed.saturating_add(1),
            Err(error @ (StationError::Forked { .. } | StationError::Unreachable(_))) => {
                keep()?;
                return Err(error);
            }
            Err(refused) => {
                keep()?;
                let notes = Box::new([note.to_string(), shown_note.to_string()]);
                let (seen, why) = (checkpoint.size, refused.to_string());
                return Err(StationError::Forked { seen, shown: shown.size, why, notes });
            }
        }
    }
    Ok(compared)
}
