//! What this witness has promised about a log: the newest checkpoint it cosigned, one for each log key, whichever way the
//! checkpoint came. One process holds it at a time, so that the check and what is kept are one step: without that two
//! requests that cross would let a log go back (C2SP tlog-witness). It refuses to know keys and proofs.
//!
//! `H/logs/<hex of SHA-256 of the verifier key>/` has `vkey` (a log served over HTTP), `checkpoint` (cosigned last, with
//! the cosignature) and what was signed and cannot be true together with it. What this home verified live in
//! `H/events/<sid>/checkpoint` counts as promised too: a log is one log, by its key, however it was met.

use crate::{
    error::ObserverError,
    home::{Home, log_key, sync_folder, write_synced},
};
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::PathBuf,
};
use tally::Sid;
use tlog::{Checkpoint, Note, SignatureLine, SigningKey, VerifierKey, cosignature, sha256};

/// Contradictions kept of one log: the first convicts, more of them teach nothing.
const FORKS_MAX: usize = 16;

/// The memory of one log, held by this process alone until it is dropped.
#[derive(Debug)]
pub struct Promise {
    folder: PathBuf,
    /// The lock goes with the file.
    _held: File,
    latest: Option<(Checkpoint, Note)>,
}

impl Home {
    fn log_folder(&self, log: &VerifierKey) -> PathBuf {
        self.folder().join("logs").join(sha256(log.to_string().as_bytes()).to_string())
    }

    /// From now on checkpoints of this log are cosigned here.
    ///
    /// # Errors
    /// Another key is kept for this origin, or the disk fails.
    pub fn keep_log(&self, log: &VerifierKey) -> Result<(), ObserverError> {
        let folder = self.log_folder(log);
        match self.log(log.name())? {
            Some(kept) if kept == *log => return Ok(()),
            Some(kept) => {
                let (name, vi) = (log.name(), format!("nhật ký {} đã có khóa khác: {kept}", log.name()));
                return Err(ObserverError::input(vi, format!("the log {name} is kept with another key: {kept}")));
            }
            None => {}
        }
        fs::create_dir_all(&folder).map_err(ObserverError::disk(&folder))?;
        write_synced(&folder.join("vkey.new"), format!("{log}\n").as_bytes())?;
        fs::rename(folder.join("vkey.new"), folder.join("vkey")).map_err(ObserverError::disk(&folder))?;
        sync_folder(&folder)
    }

    /// The key of the log of this origin, where checkpoints of it are cosigned here.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn log(&self, origin: &str) -> Result<Option<VerifierKey>, ObserverError> {
        Ok(self.logs()?.into_iter().find(|log| log.name() == origin))
    }

    /// Every log whose checkpoints are cosigned here.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn logs(&self) -> Result<Vec<VerifierKey>, ObserverError> {
        let folder = self.folder().join("logs");
        let mut logs = Vec::new();
        for place in folders_in(folder)? {
            let path = place.join("vkey");
            match fs::read_to_string(&path) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(ObserverError::disk(path)(e)),
                Ok(line) => logs.push(VerifierKey::parse(line.trim_end()).map_err(|e| unreadable(path, e))?),
            }
        }
        logs.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(logs)
    }

    /// The event whose manifest names this log, and that manifest, if this observer has met it.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn event_of(&self, log: &VerifierKey) -> Result<Option<(Sid, Vec<u8>)>, ObserverError> {
        for place in folders_in(self.folder().join("events"))? {
            let name = place.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<Sid>().ok());
            let Some(event) = name else { continue };
            let manifest = self.manifest(event)?.filter(|bytes| log_key(event, bytes).as_ref() == Some(log));
            if let Some(manifest) = manifest {
                return Ok(Some((event, manifest)));
            }
        }
        Ok(None)
    }

    /// Takes the memory of a log; whoever else wants it waits until it is let go of.
    ///
    /// # Errors
    /// It cannot be read: without its memory a witness must not go on.
    pub fn promise(&self, log: &VerifierKey) -> Result<Promise, ObserverError> {
        let folder = self.log_folder(log);
        fs::create_dir_all(&folder).map_err(ObserverError::disk(&folder))?;
        let path = folder.join("lock");
        let held = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let held = held.and_then(|file| file.lock().map(|()| file)).map_err(ObserverError::disk(&path))?;
        let mut latest = checkpoint_in(folder.join("checkpoint"), log)?;
        for event in folders_in(self.folder().join("events"))? {
            let verified = checkpoint_in(event.join("checkpoint"), log)?;
            let is_newer = |v: &(Checkpoint, Note)| latest.as_ref().is_none_or(|(c, _)| c.size < v.0.size);
            latest = verified.filter(is_newer).or(latest);
        }
        Ok(Promise { folder, _held: held, latest })
    }
}

impl Promise {
    /// The newest checkpoint promised, and its note.
    #[must_use]
    pub fn latest(&self) -> Option<&(Checkpoint, Note)> {
        self.latest.as_ref()
    }

    /// Cosigns a checkpoint that continues the latest one. When this returns it is on the disk: after a power cut
    /// between keeping and answering the memory is at most ahead of what anybody holds.
    ///
    /// # Errors
    /// The disk fails: then the line must go nowhere, and it does not leave this function.
    pub fn cosign(&mut self, note: &Note, witness: &SigningKey, time: u64) -> Result<SignatureLine, ObserverError> {
        let checkpoint = Checkpoint::parse(note.text()).map_err(|e| unreadable(self.folder.clone(), e))?;
        let line = cosignature::cosign(note.text(), witness, time);
        let is_new = self.latest.as_ref().is_none_or(|(c, _)| c.size < checkpoint.size);
        if !is_new {
            return Ok(line);
        }
        // The lines of strangers are not kept: there may be up to a hundred of them.
        let log = note.signatures().iter().find(|l| l.name() == checkpoint.origin).cloned();
        let kept = Note::signed_by(note.text(), log.into_iter().chain([line.clone()])).unwrap_or_else(|_| note.clone());
        let (path, new) = (self.folder.join("checkpoint"), self.folder.join("checkpoint.new"));
        write_synced(&new, kept.as_bytes())?;
        // Power goes now: the former promise stands, and nothing was cosigned for the new one.
        fs::rename(&new, &path).map_err(ObserverError::disk(&path))?;
        sync_folder(&self.folder)?;
        self.latest = Some((checkpoint, kept));
        Ok(line)
    }

    /// Keeps a contradiction of what was promised, both notes one after another. Anybody can show the same one again and again:
    /// each is kept once, and so many of a log. `false` when it was there, or there is no room.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn keep_fork(&self, found: &Checkpoint, notes: [&Note; 2]) -> Result<bool, ObserverError> {
        let root: String = found.root.to_string().chars().take(16).collect();
        let path = self.folder.join(format!("fork-{}-{root}", found.size));
        let is_fork = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("fork-");
        let entries = fs::read_dir(&self.folder).map_err(ObserverError::disk(&self.folder))?;
        if path.exists() || entries.filter_map(Result::ok).filter(is_fork).count() >= FORKS_MAX {
            return Ok(false);
        }
        write_synced(&path, notes.map(Note::as_str).concat().as_bytes())?;
        Ok(true)
    }

    /// Keeps the newest request whose proof was not good: no proof of anything, and all there is of what was signed.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn keep_suspect(&self, request: &str) -> Result<(), ObserverError> {
        write_synced(&self.folder.join("suspect"), request.as_bytes())
    }
}

/// The checkpoint in that file, if it is of this log.
fn checkpoint_in(path: PathBuf, log: &VerifierKey) -> Result<Option<(Checkpoint, Note)>, ObserverError> {
    let bytes = match fs::read(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(ObserverError::disk(&path))?,
    };
    let note = Note::parse(&bytes).map_err(|e| unreadable(path.clone(), e))?;
    if !note.signatures().iter().any(|line| line.names(log)) {
        return Ok(None);
    }
    let checkpoint = Checkpoint::open(&note, log).map_err(|e| unreadable(path, e))?;
    Ok(Some((checkpoint, note)))
}

fn folders_in(folder: PathBuf) -> Result<Vec<PathBuf>, ObserverError> {
    match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(ObserverError::disk(folder)(e)),
        Ok(entries) => {
            let paths = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>();
            paths.map_err(ObserverError::disk(folder))
        }
    }
}

fn unreadable(path: PathBuf, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ObserverError {
    ObserverError::disk(path)(io::Error::new(io::ErrorKind::InvalidData, why))
}
