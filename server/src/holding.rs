//! What a journal file holds, read without changing or locking it, and what two of them are to each other. It refuses to
//! verify signatures; see [`crate::scrutiny`].

use crate::home::EventHome;
use journal::{JournalError, Limits};
use std::{
    fs,
    io::{self, Read},
    path::Path,
};
use tlog::Note;

/// Bytes of each journal in memory while they are compared.
const CHUNK_BYTES: usize = 256 << 10;

/// What two journals are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// The same groups.
    Equal,
    /// The second is a beginning of the first.
    Behind,
    /// The first is a beginning of the second.
    Ahead,
    /// They part at this byte.
    Differ(u64),
}

/// What a journal holds, read without a lock.
pub(crate) struct Holding {
    /// Bytes up to the end of its last whole group.
    pub(crate) bytes: u64,
    /// Entries in those groups.
    pub(crate) entries: u64,
    /// The checkpoint at their end.
    pub(crate) head: Option<Note>,
}

impl Holding {
    /// Reads the journal of an event from end to end; no signature is verified.
    pub(crate) fn of(home: &EventHome, path: &Path) -> Result<Self, JournalError> {
        let (mut entries, mut head) = (0, None);
        let summary = journal::read(path, &home.purpose(), Limits::default(), |group| {
            entries += (group.records.len() as u64).saturating_sub(1);
            head = group.records.last().and_then(|note| Note::parse(note).ok());
            Ok(())
        })?;
        Ok(Self { bytes: summary.bytes, entries, head })
    }
}

/// Compares the whole groups of two journals byte for byte.
pub(crate) fn compare(
    mut first: impl Read,
    first_bytes: u64,
    second: &Path,
    second_bytes: u64,
) -> io::Result<Compared> {
    let mut other = fs::File::open(second)?;
    let (mut ours, mut theirs) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    let (mut at, both) = (0, first_bytes.min(second_bytes));
    while at < both {
        let some = usize::try_from(both - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        first.read_exact(&mut ours[..some])?;
        other.read_exact(&mut theirs[..some])?;
        if let Some(place) = ours[..some].iter().zip(&theirs[..some]).position(|(a, b)| a != b) {
            return Ok(Compared::Differ(at + place as u64));
        }
        at += some as u64;
    }
    Ok(match second_bytes.cmp(&first_bytes) {
        std::cmp::Ordering::Less => Compared::Behind,
        std::cmp::Ordering::Equal => Compared::Equal,
        std::cmp::Ordering::Greater => Compared::Ahead,
    })
}
