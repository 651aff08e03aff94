//! Tables' keys in use on two machines, as the server came upon them: both texts of the first number of each key, durable
//! before whoever handed the second in is answered, beside the log and never in it. It refuses to know which of two texts is
//! right, and keeps no third: what a key can make it write is bounded by the numbers of its own chain.
//!
//! The folder `twice/` of an event has two notes for each such table, `s03-logged.note` and `s03-other.note`. Whoever copies
//! them beside a log folder has `observer verify` say the same of them.

use crate::{
    error::ServerError,
    home::{EventHome, disk, replace_durably, sync_folder},
    metrics::Metrics,
};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};
use tally::{Count, Sid, SignedStatement, StationId, Twice, statement::NOTE_BYTES_MAX};

/// How the name of a file ends that holds the text which is no entry.
const OTHER: &str = "-other.note";
/// And of one that holds the entry.
const LOGGED: &str = "-logged.note";

/// Every key of an event that was found in use on two machines.
pub(crate) struct KeysTwice {
    event: Sid,
    folder: PathBuf,
    /// What is on the disk: of every table the lowest number, with the text that is no entry.
    found: BTreeMap<StationId, (Twice, Bytes)>,
    /// What the group under way came upon, until it is durable: the entry that such a text contradicts may be in it.
    met: BTreeMap<StationId, (Twice, Bytes)>,
}

impl KeysTwice {
    /// What former runs found, as far as it still holds beside this log.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn open(home: &EventHome, count: &Count, metrics: &Metrics) -> Result<Self, ServerError> {
        let (event, folder) = (home.event, home.twice());
        let mut known = Self { event, folder, found: BTreeMap::new(), met: BTreeMap::new() };
        let entries = match fs::read_dir(&known.folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(known),
            other => other.map_err(disk(&known.folder))?,
        };
        for entry in entries {
            let path = entry.map_err(disk(&known.folder))?.path();
            if path.to_str().is_some_and(|path| path.ends_with(OTHER)) {
                known.take_up(&path, count);
            }
        }
        for (twice, _) in known.found.values() {
            metrics.keys_twice().inc();
            known.tell(twice);
        }
        Ok(known)
    }

    /// A file is evidence only while it verifies; one that does not is left where it is, for people to look at.
    fn take_up(&mut self, path: &Path, count: &Count) {
        let bytes = match fs::metadata(path).map(|file| file.len() <= NOTE_BYTES_MAX as u64) {
            Ok(true) => fs::read(path),
            Ok(false) => Err(io::Error::other("it is no note")),
            Err(error) => Err(error),
        };
        let read = bytes.map_err(|e| e.to_string()).and_then(|bytes| {
            let s = SignedStatement::open(&bytes, count.keys()).map_err(|refusal| refusal.say().en)?;
            let twice = Twice::of(count, &s).ok_or("no entry contradicts it")?;
            Ok((twice, Bytes::from(bytes)))
        });
        match read {
            Ok((twice, bytes)) => drop(self.found.insert(twice.station, (twice, bytes))),
            Err(why) => tracing::warn!(path = %path.display(), why, "this file shows no key in use twice"),
        }
    }

    /// Looks at a text that was refused: whether its number has another entry, perhaps one of the group under way.
    pub(crate) fn look_at(&mut self, count: &Count, s: &SignedStatement) {
        let Some(twice) = Twice::of(count, s) else { return };
        let is_lower = |(known, _): &(Twice, Bytes)| twice.seq < known.seq;
        let first = self.found.get(&twice.station).is_none_or(is_lower);
        if first && self.met.get(&twice.station).is_none_or(is_lower) {
            self.met.insert(twice.station, (twice, Bytes::copy_from_slice(s.note.as_bytes())));
        }
    }

    /// The group came to nothing: its entries are none, and their tables will say it all again.
    pub(crate) fn forget_met(&mut self) {
        self.met.clear();
    }

    /// Keeps what the group came upon, now that its entries are durable; `entry` reads one. A disk that fails here costs the
    /// finding and not the count: it is said, and the next such text is looked at anew.
    pub(crate) fn keep_met(&mut self, metrics: &Metrics, entry: impl Fn(u64) -> Option<Bytes>) {
        for (station, (twice, other)) in std::mem::take(&mut self.met) {
            let logged = entry(twice.entry);
            if let Err(error) = self.write(&twice, logged.as_deref().unwrap_or_default(), &other) {
                tracing::error!(%error, %station, "the two texts of one number could not be kept");
                continue;
            }
            self.tell(&twice);
            if self.found.insert(station, (twice, other)).is_none() {
                metrics.keys_twice().inc();
            }
        }
    }

    fn write(&self, twice: &Twice, logged: &[u8], other: &[u8]) -> Result<(), ServerError> {
        fs::create_dir_all(&self.folder).map_err(disk(&self.folder))?;
        sync_folder(self.folder.parent().unwrap_or(&self.folder))?;
        let file = |end: &str| self.folder.join(format!("{}{end}", twice.station));
        replace_durably(&file(LOGGED), logged)?;
        // Power goes now: there is no finding, or that of a higher number still; the log itself has the entry of either.
        replace_durably(&file(OTHER), other)
    }

    fn tell(&self, twice: &Twice) {
        let (event, key, said) = (self.event, &twice.key, twice.say());
        tracing::warn!(%event, %key, seq = twice.seq, entry = twice.entry, other = %twice.other, "{said}");
    }

    /// What was found, by table, each with the text that is no entry.
    pub(crate) fn found(&self) -> impl Iterator<Item = &(Twice, Bytes)> {
        self.found.values()
    }
}

/// Takes what was found along to another folder of the event; whoever opens that verifies it anew.
///
/// # Errors
/// A disk fails.
pub(crate) fn take_along(from: &EventHome, to: &EventHome) -> Result<(), ServerError> {
    let (from, to) = (from.twice(), to.twice());
    let entries = match fs::read_dir(&from) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(disk(&from))?,
    };
    fs::create_dir_all(&to).map_err(disk(&to))?;
    for entry in entries {
        let path = entry.map_err(disk(&from))?.path();
        let file = fs::symlink_metadata(&path).map_err(disk(&path))?;
        let is_note = path.to_str().is_some_and(|path| path.ends_with(OTHER) || path.ends_with(LOGGED));
        if let (true, true, Some(name)) = (is_note, file.is_file(), path.file_name())
            && file.len() <= NOTE_BYTES_MAX as u64
        {
            replace_durably(&to.join(name), &fs::read(&path).map_err(disk(&path))?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
