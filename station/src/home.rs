//! The folder of one counting table: its key, the event it counts for, and copies of what it was told of that event.
//!
//! ```text
//! station.key  station.key.vkey    made here, never leaves
//! event                            sid of the manifest, one line
//! journal                          the table's own statements and receipts, the only truth here
//! manifest.note  contests/<id>.note   copies from the log, to count without a line; may be deleted
//! ```
//!
//! It refuses to know what is in the journal.

use crate::error::StationError;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tally::{Sid, StationId};
use tlog::{KeyKind, SigningKey, VerifierKey};

/// The folder of a table, and the key in it.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    key: SigningKey,
    station: StationId,
}

impl Home {
    /// Makes the table's key in its folder; the public half is for the organisers.
    ///
    /// # Errors
    /// There is a key already, the origin is none, or the disk fails.
    pub fn make(folder: &Path, origin: &str, station: StationId) -> Result<VerifierKey, StationError> {
        let name = format!("{origin}/station/{station}");
        let key = keyfile::create(&folder.join("station.key"), &name, KeyKind::Ed25519)?;
        Ok(key.verifier().clone())
    }

    /// Opens the folder with its key.
    ///
    /// # Errors
    /// The key cannot be read or is not that of a station.
    pub fn open(folder: &Path) -> Result<Self, StationError> {
        let key = keyfile::open(&folder.join("station.key"))?;
        let name = key.verifier().name();
        let station = name.rsplit_once("/station/").and_then(|(_, id)| id.parse().ok());
        let station = station.filter(|_| key.verifier().kind() == KeyKind::Ed25519);
        let station = station.ok_or_else(|| StationError::NotAStation(name.to_owned()))?;
        Ok(Self { folder: folder.to_owned(), key, station })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The table.
    pub fn station(&self) -> StationId {
        self.station
    }

    /// The table's key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Whether the key belongs to an event of this origin.
    ///
    /// # Errors
    /// [`StationError::OtherOrigin`].
    pub fn check_origin(&self, origin: &str) -> Result<(), StationError> {
        let name = self.key.verifier().name();
        if name == format!("{origin}/station/{}", self.station) {
            return Ok(());
        }
        Err(StationError::OtherOrigin { key: name.to_owned(), event: origin.to_owned() })
    }
}

/// The event this folder is for: what was said at its first use, or what is said now.
///
/// # Errors
/// [`StationError::NoEvent`], [`StationError::OtherEvent`], or the disk fails.
pub fn event_of(folder: &Path, asked: Option<Sid>) -> Result<Sid, StationError> {
    let path = folder.join("event");
    let home = match read_if_any(&path)? {
        None => {
            let event = asked.ok_or(StationError::NoEvent)?;
            write_whole(&path, format!("{event}\n").as_bytes())?;
            event
        }
        Some(bytes) => {
            let text = String::from_utf8(bytes).ok();
            text.and_then(|t| t.strip_suffix('\n')?.parse().ok()).ok_or_else(|| StationError::File {
                path,
                vi: "không phải mã sự kiện".into(),
                en: "this is no event; restore the file from its copy".into(),
            })?
        }
    };
    match asked.filter(|asked| *asked != home) {
        Some(asked) => Err(StationError::OtherEvent { home, asked }),
        None => Ok(home),
    }
}

/// The bytes of a file, if it is there.
pub(crate) fn read_if_any(path: &Path) -> Result<Option<Vec<u8>>, StationError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StationError::Disk { path: path.to_owned(), source }),
    }
}

/// Writes a file so that after a power cut there is the old one or the new one, whole: these files also go on sticks.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StationError> {
    if read_if_any(path)?.is_some_and(|old| old == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(StationError::disk(folder))?;
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    let written = File::create(&new).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(StationError::disk(&new))?;
    // Power goes now: the old file stands, or none, and a `.new` that the next write takes over.
    fs::rename(&new, path).map_err(StationError::disk(path))?;
    sync_folder(folder).map_err(StationError::disk(folder))
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(here)?.sync_all()
}

/// Windows cannot sync a folder.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
