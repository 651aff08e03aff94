//! A journal carried elsewhere while its writer goes on: how far it is durable, whether it has a writer, and its first
//! bytes in another place. It refuses to know groups; whoever takes a copy reads it from end to end before believing it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::Path;

use crate::{JournalError, disk, file::open_file};

/// Bytes of the file that are on the disk now. A writer at work may have a whole group in the system's memory that it
/// has acknowledged to nobody: a copy that ran ahead of the disk could show a past that never was.
///
/// # Errors
/// [`JournalError::NotFound`]; [`JournalError::Io`].
pub fn durable_len(path: &Path) -> Result<u64, JournalError> {
    let file = open_file(path, OpenOptions::new().read(true))?;
    let bytes = file.metadata().map_err(JournalError::io("measure", path))?.len();
    // Windows syncs only what is open for writing; there a journal with a writer cannot be read at all.
    if cfg!(unix) {
        file.sync_data().map_err(JournalError::io("sync", path))?;
    }
    Ok(bytes)
}

/// Whether somebody has this journal open for writing now.
///
/// # Errors
/// [`JournalError::NotFound`]; [`JournalError::Io`].
pub fn is_locked(path: &Path) -> Result<bool, JournalError> {
    let file = open_file(path, OpenOptions::new().read(true))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(source)) => Err(JournalError::Io { doing: "lock", path: path.to_owned(), source }),
    }
}

/// Bytes free for this user on the disk of that file or folder; `None` where the system does not tell.
///
/// # Errors
/// [`JournalError::Io`].
pub fn free_space(place: &Path) -> Result<Option<u64>, JournalError> {
    let free = File::open(place).and_then(|file| disk::free_space(&file));
    free.map_err(JournalError::io("ask for the free space around", place))
}

/// Copies the first `bytes` bytes of a journal, from [`Journal::bytes`](crate::Journal::bytes) or a file, into a new file
/// and makes file and name durable. If this does not answer `Ok`, what stands under the new name is to be thrown away.
///
/// # Errors
/// [`JournalError::Exists`] when there is a file at `to`; [`JournalError::NoSpace`]; [`JournalError::Io`], also when the
/// journal is shorter.
pub fn copy(journal: impl Read, bytes: u64, to: &Path) -> Result<(), JournalError> {
    let made = OpenOptions::new().write(true).create_new(true).open(to);
    let mut copy = made.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => JournalError::Exists,
        _ => JournalError::Io { doing: "make", path: to.to_owned(), source },
    })?;
    let copied = io::copy(&mut journal.take(bytes), &mut copy).map_err(|error| no_room_or(&copy, to, error))?;
    if copied != bytes {
        let source = io::Error::new(io::ErrorKind::UnexpectedEof, format!("it has {copied} bytes of {bytes}"));
        return Err(JournalError::Io { doing: "copy a whole journal to", path: to.to_owned(), source });
    }
    // Power goes now: a new file of any length, which nobody was told of.
    copy.sync_all().map_err(|error| no_room_or(&copy, to, error))?;
    disk::sync_folder_of(to).map_err(JournalError::io("sync the folder of", to))
}

fn no_room_or(copy: &File, to: &Path, error: io::Error) -> JournalError {
    if disk::found_no_room(&error) {
        return JournalError::NoSpace { free: disk::free_space(copy).ok().flatten().unwrap_or(0), floor: 0 };
    }
    JournalError::Io { doing: "write to", path: to.to_owned(), source: error }
}
