//! Why the journal could not do what it was asked. It knows the file and the disk; it refuses to know whose fault
//! the contents are.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of the journal: a sentence for the operator, with the facts beside it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// [`Journal::create`](crate::Journal::create) found a file of that name. Nothing was changed.
    #[error("a journal is already there; open it instead of making a new one")]
    Exists,
    /// [`Journal::open`](crate::Journal::open) or [`verify`](crate::verify) found no file of that name.
    #[error("there is no journal of that name")]
    NotFound,
    /// Another process, or another part of this one, has the journal open for writing.
    #[error("another program has this journal open; two writers are never allowed")]
    Locked,
    /// The file is no journal, is of another version, or was made for another purpose.
    #[error("this is not the journal asked for; it says: {found}")]
    Foreign {
        /// The purpose the file names, or its first bytes if it is no journal of this version.
        found: String,
    },
    /// Bytes that had been acknowledged are not what was written. Nothing was changed; restore from another copy.
    #[error("the journal is damaged at byte {offset}: {why}; restore it from another copy")]
    Damaged {
        /// Start of the first group that cannot be believed, in bytes from the start of the file.
        offset: u64,
        /// What does not fit, as a clause.
        why: String,
    },
    /// More bytes than a limit allows. Nothing was written; the journal goes on.
    #[error("the {what} has {bytes} bytes, at most {bytes_max} are allowed")]
    TooLarge {
        /// `record`, `group` or `purpose`.
        what: &'static str,
        /// Bytes offered.
        bytes: u64,
        /// Bytes allowed.
        bytes_max: u32,
    },
    /// The disk is full, would fall below the floor, or takes no longer file (`free` is then large). Nothing
    /// of the group is kept; the journal goes on and takes groups again once there is room.
    #[error("the disk has {free} bytes free and {floor} must stay free; make room")]
    NoSpace {
        /// Bytes free for this user, as the file system reports them.
        free: u64,
        /// [`Limits::free_space_floor`](crate::Limits::free_space_floor).
        floor: u64,
    },
    /// The operating system refused. From `append` it means that the journal is poisoned from now on.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// The act, as a verb phrase in front of the path.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// An earlier write or sync failed, so what is on the disk is unknown. Stop the program; the next open decides.
    #[error("an earlier write to this journal failed; stop, and open it again to see what the disk kept")]
    Poisoned,
    /// The reader of the groups refused one; its own words.
    #[error("{0}")]
    Consumer(String),
}

impl JournalError {
    /// A clause for `map_err`: the act and the path around what the operating system said.
    pub(crate) fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> JournalError + 'a {
        move |source| JournalError::Io { doing, path: path.to_owned(), source }
    }
}
