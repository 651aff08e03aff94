//! An observer's own folder: its two keys, the newest checkpoint it verified of each event, and evidence.
//!
//! `H/observer.key` opens the accredited doors, `H/witness.key` cosigns, `H/events/<sid>/checkpoint` is the memory that a
//! rolled-back server cannot outlive, `H/events/<sid>/heard` what others have seen, `H/logs/` what was cosigned
//! ([`crate::promise`]), `H/evidence/` what to hand around. The keys may be under PINs. `H/ticket` is the ticket of the event
//! last seen. It refuses to know the network.

mod heard;
mod kept;

pub use heard::{log_key, never_met};

use crate::error::ObserverError;
use door::Ticket;
use keyfile::{Holder, KeyFileError, Nobody};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::{Sid, id::Id, profile::Rulebook};
use tlog::{Checkpoint, KeyKind, Note, SigningKey};

/// An observer's folder.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// The folder; it need not exist yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the observer's and the witness's key, without PINs, and returns their files. Keys there already are never
    /// overwritten.
    ///
    /// # Errors
    /// A name is none, or the disk fails.
    pub fn make_keys(&self, origin: &str, id: &str, witness: &str) -> Result<[PathBuf; 2], ObserverError> {
        self.make_keys_with(origin, id, witness, &mut Nobody)
    }

    /// Makes both keys, each under the PIN that its holder gives, if any.
    ///
    /// # Errors
    /// As [`Home::make_keys`], or as the holder says; then there are no keys.
    pub fn make_keys_with(
        &self,
        origin: &str,
        id: &str,
        witness: &str,
        holder: &mut dyn Holder,
    ) -> Result<[PathBuf; 2], ObserverError> {
        id.parse::<Id>()
            .map_err(|e| ObserverError::input(format!("mã quan sát viên `{id}` sai"), format!("--id {id}: {e}")))?;
        let files = [self.folder.join("observer.key"), self.folder.join("witness.key")];
        if let Some(there) = files.iter().find(|file| file.exists()) {
            return Err(KeyFileError::Exists(there.clone()).into());
        }
        let observer = format!("{origin}/observer/{id}");
        // Both PINs before the first key: whoever gives up in between can simply begin again.
        let pins = [holder.new_pin(&files[0], &observer)?, holder.new_pin(&files[1], witness)?];
        keyfile::create_with(&files[0], &observer, KeyKind::Ed25519, pins[0].as_ref())?;
        keyfile::create_with(&files[1], witness, KeyKind::CosignatureV1, pins[1].as_ref())?;
        Ok(files)
    }

    /// The key of an observer who is to be enrolled in an event of this origin; it is made now if there is none.
    ///
    /// # Errors
    /// There is the key of another observer or event, or as the holder says.
    pub fn enrolling(&self, origin: &str, id: Id, holder: &mut dyn Holder) -> Result<SigningKey, ObserverError> {
        let name = format!("{origin}/observer/{id}");
        Ok(keyfile::open_or_create(&self.folder.join("observer.key"), &name, KeyKind::Ed25519, holder)?)
    }

    /// The key of a witness who is to be enrolled; it is made now if there is none.
    ///
    /// # Errors
    /// The name is none, there is the key of another witness, or as the holder says.
    pub fn enrolling_witness(&self, name: &str, holder: &mut dyn Holder) -> Result<SigningKey, ObserverError> {
        Ok(keyfile::open_or_create(&self.folder.join("witness.key"), name, KeyKind::CosignatureV1, holder)?)
    }

    /// The key that opens the accredited doors, where this observer has one.
    ///
    /// # Errors
    /// There is a key file, but no key to be had from it.
    pub fn observer_key_if_any(&self, holder: &mut dyn Holder) -> Result<Option<SigningKey>, ObserverError> {
        let path = self.folder.join("observer.key");
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        self.key(path, KeyKind::Ed25519, holder).map(Some)
    }

    /// The key that cosigns.
    ///
    /// # Errors
    /// There is none, or it is no witness key, or as the holder says.
    pub fn witness_key(&self, holder: &mut dyn Holder) -> Result<SigningKey, ObserverError> {
        self.key(self.folder.join("witness.key"), KeyKind::CosignatureV1, holder)
    }

    fn key(&self, path: PathBuf, kind: KeyKind, holder: &mut dyn Holder) -> Result<SigningKey, ObserverError> {
        let key = holder.open(&path)?;
        if key.verifier().kind() == kind { Ok(key) } else { Err(KeyFileError::NotAKey(path).into()) }
    }

    /// The key that cosigns, where this observer is a witness at all.
    ///
    /// # Errors
    /// There is a key file, but no key to be had from it.
    pub fn witness_key_if_any(&self, holder: &mut dyn Holder) -> Result<Option<SigningKey>, ObserverError> {
        let is_witness = self.folder.join("witness.key").symlink_metadata().is_ok();
        if is_witness { self.witness_key(holder).map(Some) } else { Ok(None) }
    }

    /// The rules that contests may name: the embedded ones and the files of `H/profiles/`.
    ///
    /// # Errors
    /// A rule file is broken, or the disk fails.
    pub fn rules(&self) -> Result<Arc<Rulebook>, ObserverError> {
        Ok(rules::of(&self.folder)?)
    }

    /// The newest checkpoint verified of this event.
    ///
    /// # Errors
    /// It cannot be read: without its memory an observer must not go on.
    pub fn remembered(&self, event: Sid) -> Result<Option<Note>, ObserverError> {
        let path = self.memory(event);
        match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(ObserverError::disk(path)(e)),
            Ok(bytes) => Note::parse(&bytes)
                .map(Some)
                .map_err(|e| ObserverError::disk(path)(io::Error::new(io::ErrorKind::InvalidData, e))),
        }
    }

    /// Keeps a verified checkpoint; it is on the disk when this returns, whole or not at all. The memory never goes back:
    /// an audit that ends while the same home follows on leaves the larger checkpoint standing.
    ///
    /// # Errors
    /// The disk fails: then nothing may be cosigned.
    pub fn remember(&self, event: Sid, checkpoint: &Note) -> Result<(), ObserverError> {
        let size = |note: &Note| Checkpoint::parse(note.text()).map_or(0, |c| c.size);
        let _lock = self.lock(event)?;
        if self.remembered(event)?.is_some_and(|before| size(&before) >= size(checkpoint)) {
            return Ok(());
        }
        let path = self.memory(event);
        let folder = path.parent().unwrap_or(&self.folder).to_owned();
        let temp = folder.join(format!("checkpoint.new-{}", std::process::id()));
        write_synced(&temp, checkpoint.as_bytes())?;
        // Power gone now: the old memory stands, and nothing was cosigned for the new one.
        fs::rename(&temp, &path).map_err(ObserverError::disk(&path))?;
        sync_folder(&folder)
    }

    fn ticket_file(&self) -> PathBuf {
        self.folder.join("ticket")
    }

    /// The ticket given, or else the one with which this observer last saw a log.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn ticket(&self, given: Option<Ticket>) -> Result<Ticket, ObserverError> {
        match given {
            Some(ticket) => Ok(ticket),
            None if self.ticket_file().symlink_metadata().is_ok() => Ok(Ticket::read_file(&self.ticket_file())?),
            None => Err(no_ticket()),
        }
    }

    /// Keeps a ticket with which a log was seen, so that later commands need none.
    ///
    /// # Errors
    /// The disk fails.
    pub fn keep_ticket(&self, ticket: &Ticket) -> Result<(), ObserverError> {
        let (path, line) = (self.ticket_file(), format!("{ticket}\n"));
        if fs::read(&path).is_ok_and(|kept| kept == line.as_bytes()) {
            return Ok(());
        }
        let temp = self.folder.join(format!("ticket.new-{}", std::process::id()));
        fs::create_dir_all(&self.folder).map_err(ObserverError::disk(&self.folder))?;
        write_synced(&temp, line.as_bytes())?;
        fs::rename(&temp, &path).map_err(ObserverError::disk(&path))?;
        sync_folder(&self.folder)
    }

    fn memory(&self, event: Sid) -> PathBuf {
        self.folder.join("events").join(event.to_string()).join("checkpoint")
    }
}

/// Neither a ticket nor a home that remembers one.
#[must_use]
pub fn no_ticket() -> ObserverError {
    ObserverError::input("chưa có phiếu sự kiện; hãy thêm --ticket", "there is no event ticket yet; add --ticket")
}

pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), ObserverError> {
    let written = OpenOptions::new().write(true).create(true).truncate(true).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(ObserverError::disk(path))
}

/// A renamed file is there after a power cut only when its folder is synced.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), ObserverError> {
    if cfg!(windows) {
        return Ok(()); // a folder cannot be opened there; NTFS journals the rename
    }
    File::open(folder).and_then(|f| f.sync_all()).map_err(ObserverError::disk(folder))
}
