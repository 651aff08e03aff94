//! The folder of one counting table: its key, the event it counts for, and copies of what it was told of that event.
//!
//! ```text
//! station.key  station.key.vkey    made here, never leaves
//! ticket                           the event ticket, one line
//! journal                          the table's own statements and receipts, the only truth here
//! manifest.note  contests/<id>.note   copies from the log, to count without a line; may be deleted
//! ```
//!
//! The key may be under a PIN; whoever knows it is asked. It refuses to know what is in the journal.

use crate::error::StationError;
use door::Ticket;
use keyfile::{Holder, KeyFileError, Nobody};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::StationId;
use tlog::{KeyKind, SigningKey, VerifierKey};

/// The folder of a table, and the key in it.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    key: Arc<SigningKey>,
    station: StationId,
}

impl Home {
    /// Makes the table's key in its folder, without a PIN; the public half is for the organisers.
    ///
    /// # Errors
    /// There is a key already, the origin is none, or the disk fails.
    pub fn make(folder: &Path, origin: &str, station: StationId) -> Result<VerifierKey, StationError> {
        Self::make_with(folder, origin, station, &mut Nobody)
    }

    /// Makes the table's key in its folder, under a PIN if its holder gives one.
    ///
    /// # Errors
    /// As [`Home::make`], or as the holder says.
    pub fn make_with(
        folder: &Path,
        origin: &str,
        station: StationId,
        holder: &mut dyn Holder,
    ) -> Result<VerifierKey, StationError> {
        let (file, name) = (folder.join("station.key"), format!("{origin}/station/{station}"));
        if file.exists() {
            return Err(KeyFileError::Exists(file).into());
        }
        let pin = holder.new_pin(&file, &name)?;
        let key = keyfile::create_with(&file, &name, KeyKind::Ed25519, pin.as_ref())?;
        Ok(key.verifier().clone())
    }

    /// Opens the folder with its key, which has no PIN.
    ///
    /// # Errors
    /// The key cannot be read or is not that of a station.
    pub fn open(folder: &Path) -> Result<Self, StationError> {
        Self::open_with(folder, &mut Nobody)
    }

    /// Opens the folder with its key, asking its holder.
    ///
    /// # Errors
    /// As [`Home::open`], or as the holder says.
    pub fn open_with(folder: &Path, holder: &mut dyn Holder) -> Result<Self, StationError> {
        let key = holder.open(&folder.join("station.key"))?;
        let name = key.verifier().name();
        let station = name.rsplit_once("/station/").and_then(|(_, id)| id.parse().ok());
        let station = station.filter(|_| key.verifier().kind() == KeyKind::Ed25519);
        let station = station.ok_or_else(|| StationError::NotAStation(name.to_owned()))?;
        Ok(Self { folder: folder.to_owned(), key: Arc::new(key), station })
    }

    /// Opens the folder of a table that is to be enrolled in an event of this origin; its key is made now if there is none.
    ///
    /// # Errors
    /// There is the key of another table or event, or as [`Home::make_with`] and [`Home::open_with`].
    pub fn enrolling(
        folder: &Path,
        origin: &str,
        station: StationId,
        holder: &mut dyn Holder,
    ) -> Result<Self, StationError> {
        let (file, name) = (folder.join("station.key"), format!("{origin}/station/{station}"));
        let key = keyfile::open_or_create(&file, &name, KeyKind::Ed25519, holder)?;
        Ok(Self { folder: folder.to_owned(), key: Arc::new(key), station })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The table.
    pub fn station(&self) -> StationId {
        self.station
    }

    /// The table's key, with which it signs and shows who it is.
    pub fn key(&self) -> &Arc<SigningKey> {
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

/// The ticket of the event this folder is for: the one of its first use, or the one given now, which may have other
/// addresses and is then kept in its place.
///
/// # Errors
/// [`StationError::NoTicket`], [`StationError::OtherEvent`], [`StationError::FalseTicket`], or the disk fails.
pub fn ticket_of(folder: &Path, given: Option<Ticket>) -> Result<Ticket, StationError> {
    let Some(given) = given else { return kept_ticket(folder)?.ok_or(StationError::NoTicket) };
    check_ticket(folder, &given)?;
    write_whole(&folder.join("ticket"), format!("{given}\n").as_bytes())?;
    Ok(given)
}

/// Whether this folder is for the event and the server of a ticket, or for none yet. Nothing is kept.
///
/// # Errors
/// As [`ticket_of`].
pub fn check_ticket(folder: &Path, given: &Ticket) -> Result<(), StationError> {
    match kept_ticket(folder)? {
        Some(kept) if kept.event != given.event => {
            Err(StationError::OtherEvent { home: kept.event, asked: given.event })
        }
        Some(kept) if kept.tally != given.tally => {
            let (ticket, event) = (given.tally.to_string(), kept.tally.to_string());
            Err(StationError::FalseTicket { ticket, event })
        }
        _ => Ok(()),
    }
}

fn kept_ticket(folder: &Path) -> Result<Option<Ticket>, StationError> {
    let path = folder.join("ticket");
    let Some(bytes) = read_if_any(&path)? else { return Ok(None) };
    let ticket = String::from_utf8(bytes).ok().and_then(|text| text.parse::<Ticket>().ok());
    ticket.map(Some).ok_or_else(|| StationError::File {
        path,
        vi: "không phải phiếu sự kiện; khôi phục tệp từ bản sao, hoặc xóa nó và thêm --ticket".into(),
        en: "this is no event ticket; restore the file from its copy, or delete it and add --ticket".into(),
    })
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
