//! The journal as a file on a disk: made, opened, appended to, read back. It knows locks, syncs and free space; it
//! refuses to know what a record means.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::format::{self, GROUP_HEADER_BYTES, HEADER_BYTES, PURPOSE_BYTES_MAX};
use crate::scan::{Group, Scan, Summary, Trim};
use crate::{JournalError, disk};

/// Bytes asked of the disk at once while a journal is read from end to end: groups are small, calls are not free.
const READ_AHEAD_BYTES: usize = 1 << 20;

/// Whoever asks [`is_locked`](crate::is_locked) holds a lock for a moment: a writer waits that long before it believes in
/// another one.
const LOCK_TRIES: u32 = 10;
const LOCK_WAIT: Duration = Duration::from_millis(10);

/// What one append may take. Limits bind the writer; a longer group written under wider limits is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest record, in bytes.
    pub record_bytes_max: u32,
    /// Longest group in the file, in bytes, with its header and those of its records. It is also the longest tail
    /// that can be taken for one incomplete group, so a smaller limit recognises more damage.
    pub group_bytes_max: u32,
    /// Bytes that must stay free on the disk after an append.
    pub free_space_floor: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            // A note or checkpoint has a few KiB; the largest contest with every name in it stays far below 1 MiB.
            record_bytes_max: 1 << 20,
            // One group commit is at most 512 entries; 64 MiB leaves 128 KiB for each and bounds the buffer.
            group_bytes_max: 64 << 20,
            // Room for logs, the last exports and an orderly end on a laptop that is filling up.
            free_space_floor: 16 << 20,
        }
    }
}

/// An open journal: the one writer of its file, by an exclusive advisory lock held until it is dropped.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    limits: Limits,
    /// Bytes of the file up to the end of the last durable group.
    len: u64,
    /// Checksum of those bytes.
    chain: u32,
    /// A write or sync failed, and what the disk holds behind `len` is unknown.
    poisoned: bool,
    /// The group being written; kept, so that a busy hall allocates nothing.
    buffer: Vec<u8>,
}

impl Journal {
    /// Makes a new, empty journal and makes it durable: the file, then its name in the folder (whoever made the
    /// folder syncs the one above). `purpose` says whose journal it is and is compared at every open.
    ///
    /// # Errors
    /// [`JournalError::Exists`]; [`JournalError::TooLarge`] for a purpose of more than [`PURPOSE_BYTES_MAX`] bytes;
    /// [`JournalError::NoSpace`]; [`JournalError::Locked`]; [`JournalError::Io`].
    pub fn create(path: &Path, purpose: &[u8], limits: Limits) -> Result<Journal, JournalError> {
        check_purpose(purpose)?;
        let folder = disk::folder_of(path);
        if cfg!(unix) {
            let place = File::open(folder).map_err(JournalError::io("open the folder", folder))?;
            check_room(&place, folder, limits.free_space_floor, HEADER_BYTES as u64)?;
        }
        let made = OpenOptions::new().read(true).write(true).create_new(true).open(path);
        let file = made.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => JournalError::Exists,
            _ => JournalError::Io { doing: "make", path: path.to_owned(), source },
        })?;
        lock(&file, path)?;
        // Power goes now: no file, or an empty one, which open takes for a journal being made.
        let chain = write_header(&file, path, purpose)?;
        Ok(Journal::at(file, path, limits, HEADER_BYTES as u64, chain))
    }

    /// Opens a journal, verifies it from end to end and shows every group to `each` in order; cuts off an
    /// incomplete last group. Whatever is shown is durable once open has answered `Ok`; act on nothing before that,
    /// for damage may lie behind groups already shown.
    ///
    /// # Errors
    /// [`JournalError::NotFound`], [`JournalError::Locked`], [`JournalError::Foreign`]; [`JournalError::Damaged`]
    /// for anything but an incomplete last group, which leaves the file as it was; [`JournalError::Consumer`] with
    /// the words of `each`, also leaving it as it was; [`JournalError::Io`].
    pub fn open(
        path: &Path,
        purpose: &[u8],
        limits: Limits,
        each: impl FnMut(&Group) -> Result<(), String>,
    ) -> Result<(Journal, Trim), JournalError> {
        check_purpose(purpose)?;
        let file = open_file(path, OpenOptions::new().read(true).write(true))?;
        lock(&file, path)?;
        // A killed predecessor may have written a group that is in the system's memory only. It is going to be
        // believed, so it must be on the disk first; and what the disk refused must not be believed from memory.
        // Only the last group can be either. The predecessor may also have died before its file's name was durable.
        file.sync_data().map_err(JournalError::io("sync", path))?;
        disk::sync_folder_of(path).map_err(JournalError::io("sync the folder of", path))?;
        let bytes = file.metadata().map_err(JournalError::io("measure", path))?.len();
        disk::forget_from(&file, bytes.saturating_sub(limits.group_bytes_max.into()))
            .map_err(JournalError::io("re-read", path))?;

        let mut scan = Scan::new(BufReader::with_capacity(READ_AHEAD_BYTES, &file), path, bytes, limits);
        let trim = scan.run(purpose, each)?.trim;
        let (mut len, mut chain) = (scan.end, scan.chain);
        if let Trim::IncompleteTail { offset, bytes } = trim {
            tracing::warn!(path = %path.display(), offset, bytes, "incomplete last group cut off");
            // Power goes now: the tail is there, shorter or gone; the next open cuts off what is left of it.
            file.set_len(offset).map_err(JournalError::io("trim", path))?;
            // The cut is made durable before anything is written in its place: old and new bytes never mix.
            file.sync_all().map_err(JournalError::io("sync", path))?;
            if offset == 0 {
                chain = write_header(&file, path, purpose)?;
                len = HEADER_BYTES as u64;
            }
        }
        Ok((Journal::at(file, path, limits, len, chain), trim))
    }

    fn at(file: File, path: &Path, limits: Limits, len: u64, chain: u32) -> Journal {
        Journal { file, path: path.to_owned(), limits, len, chain, poisoned: false, buffer: Vec::new() }
    }

    /// Appends one group and makes it durable; answers where it begins. `Ok` means that the group survives a power
    /// cut. Any other answer is "not acknowledged"; see the crate's front page for what the next open may find.
    ///
    /// # Errors
    /// Nothing was kept and the journal goes on: [`JournalError::TooLarge`], [`JournalError::NoSpace`]. What the
    /// disk holds is unknown and the journal takes nothing more: [`JournalError::Io`], then
    /// [`JournalError::Poisoned`]. A failed sync is never tried again: the system may have dropped the bytes and
    /// would answer `Ok` to the second try.
    pub fn append(&mut self, records: &[&[u8]]) -> Result<u64, JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        if let Err(error) = self.would_take(records) {
            // A disk that cannot even be asked is not trusted with a ballot.
            self.poisoned = matches!(error, JournalError::Io { .. });
            return Err(error);
        }
        let bytes = format::group_bytes(records);
        format::encode_group(&mut self.buffer, self.len, self.chain, records);
        // Power goes now: the file ends in the last acknowledged group.
        if let Err(error) = disk::write_all_at(&self.file, &self.buffer, self.len) {
            return Err(self.write_failed(error));
        }
        // Power goes now: behind the last acknowledged group stands all, some or none of the new one, or zeros. All
        // of it is delivered by the next open, anything less is cut off; nobody has been told either way.
        if let Err(error) = self.file.sync_data() {
            return Err(self.poison("sync", error));
        }
        // Power goes now: the group is there. Only from here on may anybody be told.
        let offset = self.len;
        self.chain = format::chain_on(self.chain, &self.buffer);
        self.len += bytes;
        Ok(offset)
    }

    /// Whether [`Journal::append`] would begin to write these records now; changes nothing.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`], [`JournalError::NoSpace`]; [`JournalError::Io`] when the disk cannot be asked.
    pub fn would_take(&self, records: &[&[u8]]) -> Result<(), JournalError> {
        for record in records {
            check_size("record", record.len() as u64, self.limits.record_bytes_max)?;
        }
        let bytes = format::group_bytes(records);
        check_size("group", bytes, self.limits.group_bytes_max)?;
        check_room(&self.file, &self.path, self.limits.free_space_floor, bytes)
    }

    /// A full disk is no riddle: what was written of the group is taken back, durably, and the journal goes on.
    fn write_failed(&mut self, error: io::Error) -> JournalError {
        if !disk::found_no_room(&error) {
            return self.poison("write to", error);
        }
        // Power goes now, or between the two: a part of a group at the end, or nothing.
        if let Err(error) = self.file.set_len(self.len).and_then(|()| self.file.sync_all()) {
            return self.poison("take back a part of a group from", error);
        }
        let free = disk::free_space(&self.file).ok().flatten().unwrap_or(0);
        JournalError::NoSpace { free, floor: self.limits.free_space_floor }
    }

    fn poison(&mut self, doing: &'static str, source: io::Error) -> JournalError {
        self.poisoned = true;
        tracing::error!(path = %self.path.display(), doing, %source, "journal poisoned");
        JournalError::Io { doing, path: self.path.clone(), source }
    }

    /// Whether a group of so many bytes would fit above the floor of free space now; changes nothing.
    #[must_use]
    pub fn has_room(&self, bytes: u64) -> bool {
        check_room(&self.file, &self.path, self.limits.free_space_floor, bytes).is_ok()
    }

    /// Whether the file under this journal's name is still this file, and not one that somebody put in its place.
    ///
    /// # Errors
    /// [`JournalError::Io`]: there is no file of that name any more, or the disk has gone.
    pub fn is_in_place(&self) -> Result<bool, JournalError> {
        disk::is_same_file(&self.file, &self.path).map_err(JournalError::io("look at", &self.path))
    }

    /// Reads one group back by the offset that `append` or `open` gave, and verifies it again. Its place in the
    /// chain is verified by `open` and [`verify`] only.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] if no whole group begins there; [`JournalError::Io`].
    pub fn read(&self, offset: u64) -> Result<Group, JournalError> {
        read_group(&self.file, &self.path, offset)
    }

    /// Every byte of the file up to the end of its last durable group, for a copy or a comparison.
    pub fn bytes(&self) -> impl Read + '_ {
        Bytes { file: &self.file, at: 0, end: self.len }
    }

    /// A second hand on the same file that can only read: groups whose offset `append` or `open` has given.
    ///
    /// # Errors
    /// [`JournalError::Io`] when the system has no handle left.
    pub fn reader(&self) -> Result<Reader, JournalError> {
        let file = self.file.try_clone().map_err(JournalError::io("open again", &self.path))?;
        Ok(Reader { file, path: self.path.clone() })
    }

    /// Bytes of the file up to the end of the last durable group.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        self.len
    }

    /// The file, as it was named at create or open.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A walk over the bytes of an open journal; on Windows nobody else may read them.
struct Bytes<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Bytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let some = left.min(buffer.len());
        disk::read_exact_at(self.file, &mut buffer[..some], self.at)?;
        self.at += some as u64;
        Ok(some)
    }
}

/// Reads groups while the journal goes on elsewhere; several threads may share one.
#[derive(Debug)]
pub struct Reader {
    file: File,
    path: PathBuf,
}

impl Reader {
    /// As [`Journal::read`].
    ///
    /// # Errors
    /// As [`Journal::read`].
    pub fn read(&self, offset: u64) -> Result<Group, JournalError> {
        read_group(&self.file, &self.path, offset)
    }
}

fn read_group(file: &File, path: &Path, offset: u64) -> Result<Group, JournalError> {
    let damaged = |why: &str| JournalError::Damaged { offset, why: why.to_owned() };
    let len = file.metadata().map_err(JournalError::io("measure", path))?.len();
    let left = len.saturating_sub(offset);
    if left < GROUP_HEADER_BYTES as u64 {
        return Err(damaged("the journal ends before a group could begin here"));
    }
    let mut header = [0; GROUP_HEADER_BYTES];
    disk::read_exact_at(file, &mut header, offset).map_err(JournalError::io("read", path))?;
    let header = format::decode_group_header(&header).filter(|header| header.offset == offset);
    let header = header.ok_or_else(|| damaged("no group begins here"))?;
    if u64::from(header.body_bytes) > left - GROUP_HEADER_BYTES as u64 {
        return Err(damaged("the group is longer than the journal"));
    }
    let mut body = vec![0; header.body_bytes as usize];
    disk::read_exact_at(file, &mut body, offset + GROUP_HEADER_BYTES as u64).map_err(JournalError::io("read", path))?;
    let records = format::decode_records(&body, header.records);
    let records = records.ok_or_else(|| damaged("a record's checksum does not hold"))?;
    Ok(Group { offset, records })
}

/// Reads a journal from end to end without changing or locking it, and shows every whole group to `each` in order. Of a
/// journal that is being written, the group on its way may show as an incomplete tail, and the last whole group may not
/// be durable yet. (On Windows the writer's lock also keeps readers out.)
///
/// # Errors
/// As [`Journal::open`], but never `Locked`.
pub fn read(
    path: &Path,
    purpose: &[u8],
    limits: Limits,
    each: impl FnMut(&Group) -> Result<(), String>,
) -> Result<Summary, JournalError> {
    check_purpose(purpose)?;
    let file = open_file(path, OpenOptions::new().read(true))?;
    let bytes = file.metadata().map_err(JournalError::io("measure", path))?.len();
    Scan::new(BufReader::with_capacity(READ_AHEAD_BYTES, &file), path, bytes, limits).run(purpose, each)
}

/// Verifies a journal from end to end, as [`read`] does.
///
/// # Errors
/// As [`read`], but never `Consumer`.
pub fn verify(path: &Path, purpose: &[u8], limits: Limits) -> Result<Summary, JournalError> {
    read(path, purpose, limits, |_| Ok(()))
}

pub(crate) fn open_file(path: &Path, options: &OpenOptions) -> Result<File, JournalError> {
    options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => JournalError::NotFound,
        _ => JournalError::Io { doing: "open", path: path.to_owned(), source },
    })
}

fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
            Err(TryLockError::Error(source)) => {
                return Err(JournalError::Io { doing: "lock", path: path.to_owned(), source });
            }
        }
    }
    Err(JournalError::Locked)
}

/// Writes the header of an empty file and makes file and name durable; answers the chain value behind it.
fn write_header(file: &File, path: &Path, purpose: &[u8]) -> Result<u32, JournalError> {
    let header = format::encode_header(purpose);
    disk::write_all_at(file, &header, 0).map_err(JournalError::io("write to", path))?;
    // Power goes now: some of the header or none, and perhaps no name; open finishes it, or create starts again.
    file.sync_all().map_err(JournalError::io("sync", path))?;
    // Power goes now: a whole journal that may have no name yet. Nobody was told of it.
    disk::sync_folder_of(path).map_err(JournalError::io("sync the folder of", path))?;
    Ok(format::chain_on(0, &header))
}

fn check_purpose(purpose: &[u8]) -> Result<(), JournalError> {
    check_size("purpose", purpose.len() as u64, PURPOSE_BYTES_MAX)
}

fn check_size(what: &'static str, bytes: u64, bytes_max: u32) -> Result<(), JournalError> {
    if bytes > bytes_max.into() { Err(JournalError::TooLarge { what, bytes, bytes_max }) } else { Ok(()) }
}

/// Refuses before a byte is written, so that a filling disk stops the intake and nothing else.
fn check_room(place: &File, path: &Path, floor: u64, bytes: u64) -> Result<(), JournalError> {
    match disk::free_space(place).map_err(JournalError::io("ask for the free space around", path))? {
        Some(free) if free < floor.saturating_add(bytes) => Err(JournalError::NoSpace { free, floor }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
