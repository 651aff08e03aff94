//! Where a server keeps its events: `events/<sid>/` with the manifest, the two keys of the event and its journal; keys
//! of an event that is still being prepared stand in `new/<origin>/`. It refuses to know what is in a journal.

use crate::error::ServerError;
use keyfile::KeyFileError;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tally::{Sid, Statement, signed::SignedStatement, statement::Manifest};
use tlog::{KeyKind, SigningKey, VerifierKey};

/// The folder of a server.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
}

/// The files of one event.
#[derive(Clone, Debug)]
pub struct EventHome {
    /// The event.
    pub event: Sid,
    /// Its folder.
    pub folder: PathBuf,
}

impl Home {
    /// A server's folder, there or not yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Makes the log and tally keys of an event that is being prepared; their public halves go into its manifest.
    ///
    /// # Errors
    /// There are keys for that origin already, or the disk fails.
    pub fn make_keys(&self, origin: &str) -> Result<[VerifierKey; 2], KeyFileError> {
        let folder = self.new_keys(origin);
        let log = keyfile::create(&folder.join("log.key"), origin, KeyKind::Ed25519)?;
        let tally = keyfile::create(&folder.join("tally.key"), &format!("{origin}/tally"), KeyKind::Ed25519)?;
        Ok([log.verifier().clone(), tally.verifier().clone()])
    }

    fn new_keys(&self, origin: &str) -> PathBuf {
        self.root.join("new").join(origin.replace('/', "_"))
    }

    /// Takes an event in: its manifest is checked, its keys move beside it, its log begins with entry 0.
    ///
    /// # Errors
    /// The manifest is not one, its keys were not made here, or the event is here already.
    pub fn found(&self, manifest: &[u8]) -> Result<EventHome, ServerError> {
        let s = SignedStatement::open_manifest(manifest).map_err(|r| ServerError::Manifest(r.say().to_string()))?;
        let ruling = tally::Count::new().rule(&s);
        let Statement::Manifest(m) = &s.statement else {
            return Err(ServerError::Manifest(ruling.say().to_string()));
        };
        if ruling != tally::Ruling::Recorded {
            return Err(ServerError::Manifest(ruling.say().to_string()));
        }
        // Asked first: the keys of an event that is here have moved beside it.
        let home = self.event(s.sid);
        if home.folder.exists() {
            return Err(ServerError::EventExists(s.sid));
        }
        let new = self.new_keys(&m.origin);
        let log = own_key(&new.join("log.key"), &m.log)?;
        own_key(&new.join("tally.key"), &m.tally)?;
        // Everything is made beside the final name and renamed at the end: a founded event is whole or not there.
        let making = self.root.join("events").join(format!("{}.making", s.sid));
        fs::create_dir_all(&making).map_err(disk(&making))?;
        for name in ["log.key", "log.key.vkey", "tally.key", "tally.key.vkey"] {
            fs::copy(new.join(name), making.join(name)).map_err(disk(&making))?;
            sync(&making.join(name))?;
        }
        fs::write(making.join("manifest.note"), manifest).map_err(disk(&making))?;
        sync(&making.join("manifest.note"))?;
        sync_folder(&making)?;
        let at_making = EventHome { event: s.sid, folder: making.clone() };
        crate::store::Store::found(&at_making, &s, &log)?;
        fs::rename(&making, &home.folder).map_err(disk(&making))?;
        sync_folder(&self.root.join("events"))?;
        // Power goes now: the event is whole, and its keys stand in two places.
        fs::remove_dir_all(&new).map_err(disk(&new))?;
        Ok(home)
    }

    fn event(&self, event: Sid) -> EventHome {
        EventHome { event, folder: self.root.join("events").join(event.to_string()) }
    }

    /// Every event here, by sid.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn events(&self) -> Result<Vec<EventHome>, ServerError> {
        let folder = self.root.join("events");
        let mut events = Vec::new();
        let entries = match fs::read_dir(&folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(events),
            other => other.map_err(disk(&folder))?,
        };
        for entry in entries {
            let name = entry.map_err(disk(&folder))?.file_name();
            if let Some(event) = name.to_str().and_then(|name| name.parse::<Sid>().ok()) {
                events.push(self.event(event));
            }
        }
        events.sort_unstable_by_key(|e| e.event);
        Ok(events)
    }
}

impl EventHome {
    /// The manifest and the two keys of the event, which must fit each other.
    ///
    /// # Errors
    /// A file is missing, damaged, or of another event.
    pub fn open(&self) -> Result<(Manifest, SigningKey, SigningKey), ServerError> {
        let path = self.folder.join("manifest.note");
        let bytes = fs::read(&path).map_err(disk(&path))?;
        let s = SignedStatement::open_manifest(&bytes).map_err(|r| ServerError::Manifest(r.say().to_string()))?;
        let Statement::Manifest(manifest) = s.statement else { return Err(ServerError::EventExists(s.sid)) };
        if s.sid != self.event {
            return Err(ServerError::Manifest(format!("{} is the manifest of {}", path.display(), s.sid)));
        }
        let log = own_key(&self.folder.join("log.key"), &manifest.log)?;
        let tally = own_key(&self.folder.join("tally.key"), &manifest.tally)?;
        Ok((*manifest, log, tally))
    }

    /// Its journal.
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal")
    }

    /// Its index, which may be deleted at any time.
    pub fn index(&self) -> PathBuf {
        self.folder.join("index")
    }

    /// The newest checkpoint with its quorum of witnesses.
    pub fn witnessed(&self) -> PathBuf {
        self.folder.join("witnessed")
    }
}

fn own_key(path: &Path, needed: &VerifierKey) -> Result<SigningKey, KeyFileError> {
    let key = keyfile::open_named(path, needed.name())?;
    if key.verifier() == needed {
        return Ok(key);
    }
    let (found, needed) = (key.verifier().to_string(), needed.to_string());
    Err(KeyFileError::Other { path: path.to_owned(), found, needed })
}

fn sync(path: &Path) -> Result<(), ServerError> {
    fs::File::options().append(true).open(path).and_then(|f| f.sync_all()).map_err(disk(path))
}

/// Makes names durable; Windows does that by itself and offers no such call.
fn sync_folder(path: &Path) -> Result<(), ServerError> {
    if cfg!(unix) { fs::File::open(path).and_then(|f| f.sync_all()).map_err(disk(path)) } else { Ok(()) }
}

pub(crate) fn disk(path: &Path) -> impl FnOnce(io::Error) -> ServerError + use<> {
    let path = path.to_owned();
    move |source| ServerError::Disk { path, source }
}
