//! The committee's folder: keys, the manifest, the event file it was made from, and the last checkpoint of every log it
//! has seen. It refuses to know what any of it says.

use crate::{
    error::{CommitteeError, say},
    event::Event,
};
use keyfile::{KeyFileError, public_path};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};
use tally::{Sid, SignedStatement, id::Id, profile::PROFILES};
use tlog::{KeyKind, Note, SigningKey, VerifierKey};

/// The folder of one committee.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// The folder at that place; nothing is made yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of the key files.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The key file of a person.
    pub fn key(&self, id: Id) -> PathBuf {
        self.keys().join(format!("{id}.key"))
    }

    /// The signed manifest.
    pub fn manifest(&self) -> PathBuf {
        self.root.join("manifest.note")
    }

    /// The event file as it was when the manifest was signed.
    pub fn event_toml(&self) -> PathBuf {
        self.root.join("event.toml")
    }

    /// The event of this home, which its manifest names.
    ///
    /// # Errors
    /// There is no manifest, or it does not verify.
    pub fn event(&self) -> Result<Sid, CommitteeError> {
        let path = self.manifest();
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(CommitteeError::input(
                    format!("chưa có {}; ghi --event SID", path.display()),
                    format!("there is no {}; name the event with --event SID", path.display()),
                ));
            }
            other => other.map_err(CommitteeError::disk(&path))?,
        };
        Ok(SignedStatement::open_manifest(&bytes)?.sid)
    }

    /// Opens the keys of people named by id, and key files named by path. Each key signs once.
    ///
    /// # Errors
    /// A file is missing, open to others or damaged, holds the key of another person than its name says, or it is the
    /// key of a witness.
    pub fn signers(&self, ids: &[Id], files: &[PathBuf]) -> Result<Vec<SigningKey>, CommitteeError> {
        let named = ids.iter().map(|id| (self.key(*id), Some(*id)));
        let mut signers: Vec<SigningKey> = Vec::new();
        for (path, person) in named.chain(files.iter().map(|file| (file.clone(), None))) {
            let key = keyfile::open(&path)?;
            // Whoever signs as k1 must not find k3's name under the statement.
            let found = key.verifier().name();
            if let Some(id) = person.filter(|id| !found.ends_with(&format!("/{id}"))) {
                return Err(KeyFileError::Other { path, found: found.to_owned(), needed: id.to_string() }.into());
            }
            if key.verifier().kind() != KeyKind::Ed25519 {
                let name = key.verifier().name();
                return Err(CommitteeError::Keys(say(
                    format!("{name} là khóa nhân chứng, không ký văn bản"),
                    format!("{name} is a witness key and signs no statements"),
                )));
            }
            if signers.iter().all(|k| k.verifier() != key.verifier()) {
                signers.push(key);
            }
        }
        Ok(signers)
    }

    /// The public keys of these people, ascending by name.
    ///
    /// # Errors
    /// A file is missing or holds the key of another name.
    pub fn public_keys<'a>(
        &self,
        names: impl Iterator<Item = (Id, &'a str)>,
    ) -> Result<Vec<VerifierKey>, CommitteeError> {
        let mut keys = Vec::new();
        for (id, needed) in names {
            let path = public_path(&self.key(id));
            let key = keyfile::read_public(&path)?;
            if key.name() != needed {
                let (found, needed) = (key.name().to_owned(), needed.to_owned());
                return Err(KeyFileError::Other { path, found, needed }.into());
            }
            keys.push(key);
        }
        keys.sort_by(|a: &VerifierKey, b| a.name().cmp(b.name()));
        Ok(keys)
    }

    /// The last checkpoint seen of an event.
    ///
    /// # Errors
    /// The disk fails, or the file is damaged.
    pub fn remembered(&self, event: Sid) -> Result<Option<Note>, CommitteeError> {
        let path = self.remembered_path(event);
        match fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            other => {
                let bytes = other.map_err(CommitteeError::disk(&path))?;
                let damaged = |e| CommitteeError::disk(&path)(std::io::Error::new(ErrorKind::InvalidData, e));
                Ok(Some(Note::parse(&bytes).map_err(damaged)?))
            }
        }
    }

    /// Remembers a checkpoint that was verified.
    ///
    /// # Errors
    /// The disk fails; then the former one is still there.
    pub fn remember(&self, event: Sid, checkpoint: &Note) -> Result<(), CommitteeError> {
        write_whole(&self.remembered_path(event), checkpoint.as_bytes())
    }

    fn remembered_path(&self, event: Sid) -> PathBuf {
        self.root.join("remembered").join(event.to_string())
    }

    /// Puts two checkpoints that cannot both be true where they can be handed around.
    ///
    /// # Errors
    /// The disk fails.
    pub fn keep_evidence(&self, event: Sid, seen: &Note, shown: &Note) -> Result<PathBuf, CommitteeError> {
        let folder = self.root.join("evidence").join(event.to_string()).join(shown.sid().to_string());
        write_whole(&folder.join("checkpoint-seen"), seen.as_bytes())?;
        write_whole(&folder.join("checkpoint-shown"), shown.as_bytes())?;
        Ok(folder)
    }
}

/// Reads an event file, or the `event.toml` of an event folder, with the profiles of this version.
///
/// # Errors
/// Every fault of the file.
pub fn read_event(path: &Path) -> Result<Event, CommitteeError> {
    let file = if path.is_dir() { path.join("event.toml") } else { path.to_owned() };
    let profiles: Vec<_> = PROFILES.iter().map(|p| (p.name, p.base)).collect();
    Ok(Event::read(&file, &profiles)?)
}

/// Writes a file as a whole: if power goes at any point, the former file or the new one is there, never half of one.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CommitteeError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(CommitteeError::disk(folder))?;
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}.new", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let written = File::create(&fresh).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&fresh, path)).map_err(CommitteeError::disk(path))?;
    sync_folder(folder)
}

/// A renamed file is on the disk once its folder is.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), CommitteeError> {
    #[cfg(unix)]
    File::open(folder).and_then(|f| f.sync_all()).map_err(CommitteeError::disk(folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
