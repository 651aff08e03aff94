//! The committee's folder: keys, the manifest, the event file it was made from, and the last checkpoint of every log it
//! has seen. It refuses to know what any of it says.

use crate::{
    error::{CommitteeError, say},
    event::Event,
};
use door::Ticket;
use keyfile::{Holder, KeyFileError, Nobody, public_path};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::{Sid, SignedStatement, Statement, id::Id, profile::Rulebook};
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

    /// The rules that contests may name: the embedded ones and the files of `profiles/`.
    ///
    /// # Errors
    /// A rule file is broken, or the disk fails.
    pub fn rules(&self) -> Result<Arc<Rulebook>, CommitteeError> {
        Ok(rules::of(&self.root)?)
    }

    /// Keeps the own rules that the contests of an event name, each under its word.
    ///
    /// # Errors
    /// The disk fails.
    pub fn lay_rules(&self, book: &Rulebook, event: &Event) -> Result<(), CommitteeError> {
        Ok(rules::lay(book, event.contests.iter().map(|c| &c.profile), &self.root)?)
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

    fn ticket_file(&self) -> PathBuf {
        self.root.join("ticket")
    }

    /// The ticket of the event: the one given, the one of an earlier use, or what the home's manifest says, which names
    /// no address. They must be of one event and one server.
    ///
    /// # Errors
    /// There is none, they differ, or a file cannot be read.
    pub fn ticket(&self, given: Option<Ticket>) -> Result<Ticket, CommitteeError> {
        let path = self.ticket_file();
        let kept = match path.exists() {
            true => Some(Ticket::read_file(&path).map_err(|e| CommitteeError::Choice(say_ticket(&e)))?),
            false => None,
        };
        let stated = self.stated_ticket()?;
        let Some(ticket) = given.or_else(|| kept.clone()).or_else(|| stated.clone()) else {
            return Err(CommitteeError::input(
                format!("chưa có {} và chưa có phiếu sự kiện; hãy thêm --ticket", self.manifest().display()),
                format!("there is no {} and no event ticket; add --ticket", self.manifest().display()),
            ));
        };
        for other in [kept, stated].into_iter().flatten() {
            if other.event != ticket.event {
                return Err(CommitteeError::Choice(say(
                    format!("thư mục này thuộc sự kiện {}, phiếu là của {}", other.event, ticket.event),
                    format!("this folder belongs to the event {}, the ticket to {}", other.event, ticket.event),
                )));
            }
            if other.tally != ticket.tally {
                return Err(CommitteeError::Choice(say(
                    format!("phiếu ghi khóa máy chủ {}, sự kiện ghi {}: phiếu sai hoặc giả", ticket.tally, other.tally),
                    format!(
                        "the ticket names the server's key {}, the event {}: the ticket is wrong or forged",
                        ticket.tally, other.tally
                    ),
                )));
            }
        }
        Ok(ticket)
    }

    fn stated_ticket(&self) -> Result<Option<Ticket>, CommitteeError> {
        let path = self.manifest();
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            other => other.map_err(CommitteeError::disk(&path))?,
        };
        let signed = SignedStatement::open_manifest(&bytes)?;
        let Statement::Manifest(manifest) = signed.statement else { return Ok(None) };
        let ticket = Ticket::new(signed.sid, manifest.tally.clone(), Vec::new());
        ticket.map(Some).map_err(|e| CommitteeError::Choice(say_ticket(&e)))
    }

    /// Keeps a ticket with which the log was verified, so that later commands need none.
    ///
    /// # Errors
    /// The disk fails.
    pub fn keep_ticket(&self, ticket: &Ticket) -> Result<(), CommitteeError> {
        let (path, line) = (self.ticket_file(), format!("{ticket}\n"));
        if fs::read(&path).is_ok_and(|kept| kept == line.as_bytes()) {
            return Ok(());
        }
        write_whole(&path, line.as_bytes())
    }

    /// The key with which this home reads where nobody is named: the first that opens without a PIN, organisers' first,
    /// because the log knows them from the beginning.
    ///
    /// # Errors
    /// A key file is open to others or damaged.
    pub fn reader(&self) -> Result<Option<Arc<SigningKey>>, CommitteeError> {
        let Ok(files) = fs::read_dir(self.keys()) else { return Ok(None) };
        let keys = files.filter_map(Result::ok).map(|file| file.path());
        let keys = keys.filter(|path| path.extension().is_some_and(|ending| ending == "key"));
        let is_organiser =
            |path: &Path| keyfile::read_public(&public_path(path)).is_ok_and(|key| key.name().contains("/organiser/"));
        let mut keys: Vec<_> = keys.map(|path| (!is_organiser(&path), path)).collect();
        keys.sort();
        for (_, path) in keys {
            if !keyfile::is_protected(&path)? {
                return Ok(Some(Arc::new(keyfile::open(&path)?)));
            }
        }
        Ok(None)
    }

    /// Opens the keys of people named by id, and key files named by path, all without PINs. Each key signs once.
    ///
    /// # Errors
    /// A file is missing, open to others or damaged, holds the key of another person than its name says, or it is the
    /// key of a witness.
    pub fn signers(&self, ids: &[Id], files: &[PathBuf]) -> Result<Vec<Arc<SigningKey>>, CommitteeError> {
        self.signers_with(ids, files, &mut Nobody)
    }

    /// Opens the keys of people named by id, then key files named by path, asking each holder in turn: several members
    /// sign on one machine, each from their own file or stick. Each key signs once.
    ///
    /// # Errors
    /// As [`Home::signers`], or as a holder says.
    pub fn signers_with(
        &self,
        ids: &[Id],
        files: &[PathBuf],
        holder: &mut dyn Holder,
    ) -> Result<Vec<Arc<SigningKey>>, CommitteeError> {
        let named = ids.iter().map(|id| (self.key(*id), Some(*id)));
        let mut signers: Vec<Arc<SigningKey>> = Vec::new();
        for (path, person) in named.chain(files.iter().map(|file| (file.clone(), None))) {
            let key = holder.open(&path)?;
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
                signers.push(Arc::new(key));
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

fn say_ticket(error: &door::TicketError) -> tally::ruling::Sentence {
    let words = error.to_string();
    let (vi, en) = words.split_once(" — ").unwrap_or((&words, &words));
    say(vi, en)
}

/// The rules an event file or folder may name: the embedded ones and the files of the folder `profiles` beside it.
///
/// # Errors
/// Every fault of every rule file.
pub fn rules_beside(path: &Path) -> Result<Arc<Rulebook>, CommitteeError> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
    Ok(rules::of(folder)?)
}

/// Reads an event file, or the `event.toml` of an event folder, with the profiles of this version
/// and the rule files beside it.
///
/// # Errors
/// Every fault of the file.
pub fn read_event(path: &Path) -> Result<Event, CommitteeError> {
    let file = if path.is_dir() { path.join("event.toml") } else { path.to_owned() };
    Ok(Event::read(&file, &*rules_beside(&file)?)?)
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
