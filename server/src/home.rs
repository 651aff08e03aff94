//! Where a server keeps its events: `events/<sid>/` with the manifest, the two keys of the event and its journal; keys
//! of an event that is still being prepared stand in `new/<origin>/`. It refuses to know what is in a journal.

use crate::error::ServerError;
use keyfile::KeyFileError;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::{Sid, Statement, profile::Rulebook, signed::SignedStatement, statement::Manifest};
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

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.root
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
        if let tally::Ruling::Draft { signatures, threshold } = ruling {
            let missing = threshold.saturating_sub(signatures);
            return Err(ServerError::Manifest(format!(
                "mới có {signatures}/{threshold} chữ ký, thiếu {missing}: người tổ chức khác ký bằng `committee cosign` \
                 rồi lập lại — {signatures} of {threshold} organisers have signed, {missing} missing: another signs it \
                 with `committee cosign`, then found it again"
            )));
        }
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
        let at_making = self.making(s.sid)?;
        let making = at_making.folder.clone();
        for name in ["log.key", "log.key.vkey", "tally.key", "tally.key.vkey"] {
            fs::copy(new.join(name), making.join(name)).map_err(disk(&making))?;
            sync(&making.join(name))?;
        }
        fs::write(making.join("manifest.note"), manifest).map_err(disk(&making))?;
        sync(&making.join("manifest.note"))?;
        sync_folder(&making)?;
        crate::store::Store::found(&at_making, &s, &log)?;
        self.put_in_place(&at_making)?;
        // Power goes now: the event is whole, and its keys stand in two places.
        fs::remove_dir_all(&new).map_err(disk(&new))?;
        Ok(home)
    }

    /// An empty place beside the final one, where an event is made ready: it is whole or not there. What a former try
    /// left is thrown away.
    pub(crate) fn making(&self, event: Sid) -> Result<EventHome, ServerError> {
        let folder = self.root.join("events").join(format!("{event}.making"));
        match fs::remove_dir_all(&folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            other => other.map_err(disk(&folder))?,
        }
        fs::create_dir_all(&folder).map_err(disk(&folder))?;
        Ok(EventHome { event, folder })
    }

    /// Gives an event that was made ready its final name; there must be none of it yet.
    pub(crate) fn put_in_place(&self, made: &EventHome) -> Result<EventHome, ServerError> {
        let home = self.event(made.event);
        if home.folder.exists() {
            return Err(ServerError::EventExists(made.event));
        }
        sync_folder(&made.folder)?;
        fs::rename(&made.folder, &home.folder).map_err(disk(&home.folder))?;
        sync_folder(&self.root.join("events"))?;
        Ok(home)
    }

    /// The place of an event here, taken in or not.
    pub(crate) fn event(&self, event: Sid) -> EventHome {
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
        let path = self.manifest();
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

    /// The rules its contests may name: the embedded ones, and the files of the nearest folder `profiles`, of the event
    /// or of the server or stick that it lies on.
    ///
    /// # Errors
    /// A rule file is broken, or the disk fails.
    pub fn rules(&self) -> Result<Arc<Rulebook>, ServerError> {
        let near = self.folder.ancestors().take(3).find(|folder| folder.join(rules::FOLDER).is_dir());
        Ok(rules::of(near.unwrap_or(&self.folder))?)
    }

    /// What its journals say that they are for.
    pub(crate) fn purpose(&self) -> Vec<u8> {
        format!("kiemphieu server {}", self.event).into_bytes()
    }

    /// Its ticket, with these addresses.
    ///
    /// # Errors
    /// The manifest is missing, damaged, or of another event; or there are too many addresses.
    pub fn ticket(&self, addresses: Vec<door::Address>) -> Result<door::Ticket, ServerError> {
        let path = self.manifest();
        let bytes = fs::read(&path).map_err(disk(&path))?;
        let s = SignedStatement::open_manifest(&bytes).map_err(|r| ServerError::Manifest(r.say().to_string()))?;
        let Statement::Manifest(manifest) = s.statement else { return Err(ServerError::EventExists(s.sid)) };
        door::Ticket::new(self.event, manifest.tally, addresses).map_err(|e| ServerError::Manifest(e.to_string()))
    }

    /// Its journal.
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal")
    }

    /// Its index, which may be deleted at any time.
    pub fn index(&self) -> PathBuf {
        self.folder.join("index")
    }

    /// Its manifest.
    pub fn manifest(&self) -> PathBuf {
        self.folder.join("manifest.note")
    }

    /// Which second journal is required, if one is; see [`crate::SecondJournal`].
    pub fn second_journal(&self) -> PathBuf {
        self.folder.join("second-journal")
    }

    /// Says that the event was restored from a backup and nobody has said yet that nothing is missing.
    pub fn restored(&self) -> PathBuf {
        self.folder.join("restored")
    }

    /// Says that this server has stopped signing for good.
    pub fn halted(&self) -> PathBuf {
        self.folder.join("halted")
    }

    /// Both texts of every table's key that was found in use on two machines.
    pub(crate) fn twice(&self) -> PathBuf {
        self.folder.join("twice")
    }

    /// The newest checkpoint with its quorum of witnesses.
    pub fn witnessed(&self) -> PathBuf {
        self.folder.join("witnessed")
    }
}

/// A server starts again alone: there is nobody to ask for a PIN.
pub(crate) fn unattended(path: &Path) -> Result<(), KeyFileError> {
    // What cannot be read at all is told by whoever opens it.
    if matches!(keyfile::is_protected(path), Ok(true)) {
        Err(KeyFileError::Unattended(path.to_owned()))
    } else {
        Ok(())
    }
}

/// The key in that file, if it is the one needed.
pub(crate) fn own_key(path: &Path, needed: &VerifierKey) -> Result<SigningKey, KeyFileError> {
    unattended(path)?;
    let key = keyfile::open_named(path, needed.name())?;
    if key.verifier() == needed {
        return Ok(key);
    }
    let (found, needed) = (key.verifier().to_string(), needed.to_string());
    Err(KeyFileError::Other { path: path.to_owned(), found, needed })
}

/// Puts these bytes under that name; they are on the disk when this returns, whole or not at all.
///
/// # Errors
/// The disk fails.
pub(crate) fn replace_durably(path: &Path, bytes: &[u8]) -> Result<(), ServerError> {
    let new = path.with_extension("new");
    let written = fs::File::create(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(disk(path))?;
    // Power goes now: the former bytes stand, and another file that nobody reads.
    fs::rename(&new, path).map_err(disk(path))?;
    sync_folder(path.parent().unwrap_or(path))
}

/// Takes a file away for good, if it is there.
///
/// # Errors
/// The disk fails.
pub(crate) fn remove_durably(path: &Path) -> Result<(), ServerError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(disk(path))?,
    }
    sync_folder(path.parent().unwrap_or(path))
}

/// Makes a file durable that was written before.
pub(crate) fn sync(path: &Path) -> Result<(), ServerError> {
    fs::File::options().append(true).open(path).and_then(|f| f.sync_all()).map_err(disk(path))
}

/// Makes names durable; Windows does that by itself and offers no such call.
pub(crate) fn sync_folder(path: &Path) -> Result<(), ServerError> {
    if cfg!(unix) { fs::File::open(path).and_then(|f| f.sync_all()).map_err(disk(path)) } else { Ok(()) }
}

pub(crate) fn disk(path: &Path) -> impl FnOnce(io::Error) -> ServerError + use<> {
    let path = path.to_owned();
    move |source| ServerError::Disk { path, source }
}
