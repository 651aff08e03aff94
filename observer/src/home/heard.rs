//! What others have seen of an event, kept until a log was held against it: `H/events/<sid>/heard`, C2SP notes one after
//! another, and `H/events/<sid>/manifest.note`, which says whose key must have signed them. It refuses to judge them.

use super::{Home, sync_folder, write_synced};
use crate::{
    error::ObserverError,
    evidence::bare,
    gossip::{HEARD_MAX, Hearing, notes_in},
};
use std::{
    fs::{self, File},
    io,
    path::PathBuf,
};
use tally::{Replay, Sid, Statement};
use tlog::{Checkpoint, Note, VerifierKey};

impl Home {
    fn event_folder(&self, event: Sid) -> PathBuf {
        self.folder.join("events").join(event.to_string())
    }

    /// Entry 0 of the event, if this observer has met it.
    ///
    /// # Errors
    /// The disk fails.
    pub fn manifest(&self, event: Sid) -> Result<Option<Vec<u8>>, ObserverError> {
        let path = self.event_folder(event).join("manifest.note");
        match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some).map_err(ObserverError::disk(path)),
        }
    }

    /// Keeps entry 0 of an event: from then on it is known whose checkpoints are its own. `false` when these bytes are
    /// no manifest of that event.
    ///
    /// # Errors
    /// The disk fails.
    pub fn meet(&self, event: Sid, manifest: &[u8]) -> Result<bool, ObserverError> {
        if log_key(event, manifest).is_none() {
            return Ok(false);
        }
        if self.manifest(event)?.is_none() {
            self.put(event, "manifest.note", manifest)?;
        }
        Ok(true)
    }

    /// What others have seen of an event and was not compared yet. All of it was signed by the log key.
    ///
    /// # Errors
    /// The disk fails.
    pub fn heard(&self, event: Sid) -> Result<Vec<Note>, ObserverError> {
        let path = self.event_folder(event).join("heard");
        match fs::read_to_string(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map(|text| notes_in(&text)).map_err(ObserverError::disk(path)),
        }
    }

    /// Keeps a checkpoint that somebody has seen, durably and once, if the event's log key has signed it. Bystanders'
    /// lines are left out.
    ///
    /// # Errors
    /// This observer has never met the event, so that it cannot know whose checkpoint it is; or the disk fails.
    pub fn hear(&self, event: Sid, note: &Note) -> Result<Hearing, ObserverError> {
        let manifest = self.manifest(event)?;
        let Some(log) = manifest.and_then(|bytes| log_key(event, &bytes)) else { return Err(never_met(event)) };
        let checkpoint = match Checkpoint::open(note, &log) {
            Ok(checkpoint) => checkpoint,
            Err(why) => return Ok(Hearing::Foreign(why.to_string())),
        };
        let Some(note) = bare(note, log.name()) else { return Ok(Hearing::Foreign("no line of the log".into())) };
        let _lock = self.lock(event)?;
        let mut heard = self.heard(event)?;
        let same = |text: &str| Checkpoint::parse(text).is_ok_and(|other| other == checkpoint);
        if heard.iter().any(|other| same(other.text())) || self.remembered(event)?.is_some_and(|n| same(n.text())) {
            return Ok(Hearing::Known);
        }
        if heard.len() >= HEARD_MAX {
            return Ok(Hearing::Full);
        }
        heard.push(note);
        self.put_heard(event, &heard)?;
        Ok(Hearing::New)
    }

    /// Lets go of what was compared with a log that is remembered: that checkpoint says all that these said.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn settle_heard(&self, event: Sid, compared: &[Note]) -> Result<(), ObserverError> {
        let Some(remembered) = self.remembered(event)?.and_then(|note| Checkpoint::parse(note.text()).ok()) else {
            return Ok(());
        };
        let is_covered = |note: &Note| Checkpoint::parse(note.text()).is_ok_and(|seen| seen.size <= remembered.size);
        if !compared.iter().any(is_covered) {
            return Ok(());
        }
        let _lock = self.lock(event)?;
        let mut heard = self.heard(event)?;
        heard.retain(|note| !(compared.contains(note) && is_covered(note)));
        self.put_heard(event, &heard)
    }

    fn put_heard(&self, event: Sid, heard: &[Note]) -> Result<(), ObserverError> {
        let text: String = heard.iter().map(Note::as_str).collect();
        self.put(event, "heard", text.as_bytes())
    }

    fn put(&self, event: Sid, name: &str, bytes: &[u8]) -> Result<(), ObserverError> {
        let folder = self.event_folder(event);
        fs::create_dir_all(&folder).map_err(ObserverError::disk(&folder))?;
        let (path, temp) = (folder.join(name), folder.join(format!("{name}.new-{}", std::process::id())));
        write_synced(&temp, bytes)?;
        // Power gone now: what was there before stands.
        fs::rename(&temp, &path).map_err(ObserverError::disk(&path))?;
        sync_folder(&folder)
    }

    /// One at a time changes what is remembered and heard of an event: a command beside a follower loses nothing of it.
    pub(super) fn lock(&self, event: Sid) -> Result<File, ObserverError> {
        let folder = self.event_folder(event);
        let path = folder.join("lock");
        fs::create_dir_all(&folder).map_err(ObserverError::disk(&folder))?;
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.map_err(ObserverError::disk(path))
    }
}

/// The log key that the manifest of this event names; `None` if these bytes are not it.
#[must_use]
pub fn log_key(event: Sid, manifest: &[u8]) -> Option<VerifierKey> {
    let signed = Replay::new().verify(manifest).ok().filter(|signed| signed.sid == event)?;
    match signed.statement {
        Statement::Manifest(manifest) => Some(manifest.log),
        _ => None,
    }
}

/// This observer does not know the event yet, and so not whose checkpoints are its own.
#[must_use]
pub fn never_met(event: Sid) -> ObserverError {
    ObserverError::input(
        format!(
            "chưa biết sự kiện {event}: hãy chạy `kiemphieu observer verify --home …` một lần, hoặc thêm thư mục nhật ký của nó"
        ),
        format!(
            "the event {event} is not known here: run `kiemphieu observer verify --home …` once, or add a folder of its log"
        ),
    )
}
