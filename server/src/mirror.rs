//! The second journal of an event, on another disk or a stick (protocol §5): the same record groups in the same bytes.
//! Acknowledged means durable in both. Once it was used it is required: a server that went on without it would promise
//! less than its tables were told. It refuses to know what a group says.
//!
//! `DIR/<sid>/` holds `journal`, `epoch` (see [`crate::epoch`]) and `id`, a number by which the event's own folder
//! (`second-journal`) knows the stick again wherever it is mounted.
//!
//! The first is written first, so the second can only be behind. What a start finds:
//! | the second is | then |
//! |---|---|
//! | equal | served |
//! | behind, empty or new | caught up and synced before anything is served |
//! | ahead | this disk lost entries: nothing is served, a spare laptop takes over |
//! | of other bytes | nothing is served |
//! | of a higher epoch | another server took over: nothing is served |
//! | of a lower epoch, but a beginning of the first | caught up and raised |

use crate::{
    epoch,
    error::ServerError,
    guard::{self, Cause, Halt},
    holding::{Compared, Holding, compare},
    home::{EventHome, disk, remove_durably, replace_durably, sync_folder},
    transfer::put_rules,
};
use journal::{Journal, JournalError, Limits};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tally::Sid;
use tlog::{Checkpoint, VerifierKey};

/// What a server is told about its second journal when it is started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SecondJournal {
    /// Nothing: right for an event that never had one.
    #[default]
    NotGiven,
    /// It lies in a folder of that folder.
    At(PathBuf),
    /// The one in that folder takes the place of the former one, which is lost.
    InPlaceOf(PathBuf),
    /// The event goes on without one.
    GivenUp,
}

/// Why a second journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecondTrouble {
    /// One is required and was not given.
    #[error(
        "sự kiện này phải ghi cả nhật ký thứ hai (lần trước ở {last}): cắm lại và thêm --second-journal; nếu máy dự phòng đã tiếp quản thì tắt hẳn máy này — this event is kept in two journals, and the second \
         was not given (last time it was {last}): plug it in and add --second-journal. If a spare laptop took over with it, \
         this one must stay off. Only if it is lost: put another in its place with --replace-second-journal, or give it up \
         with --without-second-journal; then nothing is signed before `kiemphieu server release`"
    )]
    NotGiven {
        /// Where it was last.
        last: PathBuf,
    },
    /// The folder holds none, or another than the one required.
    #[error(
        "{folder} không phải nhật ký thứ hai của sự kiện này — {folder} is not the second journal of this event: {why}; \
         plug in the right one, or put this one in its place with --replace-second-journal"
    )]
    Other {
        /// Where it was looked for.
        folder: PathBuf,
        /// What is there instead, as a clause.
        why: String,
    },
    /// The two hold different bytes.
    #[error(
        "hai nhật ký khác nhau từ byte {offset} — the second journal {path} and the first differ from byte {offset} on; \
         keep both as they are and call a technician"
    )]
    Differs {
        /// The second journal.
        path: PathBuf,
        /// The first byte that differs.
        offset: u64,
    },
    /// It cannot be read or written.
    #[error(
        "nhật ký thứ hai {path} — the second journal {path}: {source}. Nothing is acknowledged without it: plug it in \
         again and start the server, or put another in its place with --replace-second-journal"
    )]
    Journal {
        /// The second journal.
        path: PathBuf,
        /// What is wrong.
        source: JournalError,
    },
    /// Another server writes to it.
    #[error(
        "máy chủ cũ còn đang ghi {0} — another server still writes to {0}: stop it, or pull the stick out of that laptop, \
         and type the same again"
    )]
    Held(PathBuf),
    /// Somebody put another file in its place while the server ran.
    #[error("tệp {0} đã bị thay — somebody put another file in the place of {0} while the server ran; start it again")]
    Replaced(PathBuf),
}

/// The second journal while a server runs: the one that writes it.
pub(crate) struct Mirror {
    journal: Journal,
    folder: PathBuf,
    epoch: u64,
}

/// What the event's own folder remembers.
struct Remembered {
    id: String,
    last: PathBuf,
}

/// The first journal of an event, open, as its second is compared with it.
pub(crate) struct First<'a> {
    pub(crate) home: &'a EventHome,
    pub(crate) journal: &'a Journal,
    /// Where its last group begins.
    pub(crate) last_group: Option<u64>,
    /// Entries in it.
    pub(crate) size: u64,
    /// The key of the event's log.
    pub(crate) log: &'a VerifierKey,
}

/// The folder of an event on a stick.
pub(crate) fn folder_of(stick: &Path, event: Sid) -> PathBuf {
    stick.join(event.to_string())
}

/// Opens the second journal as the operator asked and the event's folder demands, and catches it up.
///
/// # Errors
/// One is required and is not the one given; it is ahead, of other bytes or of a higher epoch ([`ServerError::Halted`],
/// to be written down by the caller); the disk fails.
pub(crate) fn attach(first: &First<'_>, choice: &SecondJournal) -> Result<Option<Mirror>, ServerError> {
    let remembered = remembered(first.home)?;
    let (stick, required) = match (choice, remembered) {
        (SecondJournal::NotGiven, None) => return Ok(None),
        (SecondJournal::NotGiven, Some(required)) => {
            return Err(SecondTrouble::NotGiven { last: required.last }.into());
        }
        (SecondJournal::GivenUp, required) => {
            return give_up(first, required.as_ref()).map(|()| None);
        }
        (SecondJournal::At(stick), required) => (stick, required),
        (SecondJournal::InPlaceOf(stick), None) => (stick, None),
        (SecondJournal::InPlaceOf(stick), Some(required)) => {
            lost(first, &required)?;
            (stick, None)
        }
    };
    let folder = folder_of(stick, first.home.event);
    let own_epoch = epoch::read(&first.home.folder)?;
    let id = identified(&folder, required.as_ref())?;
    let path = folder.join("journal");
    let theirs = epoch::read(&folder)?;
    check_fence(first, &path, own_epoch, theirs)?;
    let journal = caught_up(first, &path)?;
    put_rules(first.home, &folder)?;
    if theirs < own_epoch {
        epoch::raise(&folder, own_epoch)?;
    }
    // Power goes now: the stick is whole and nobody requires it yet.
    if required.is_none_or(|r| r.last != *stick) {
        remember(first.home, &id, stick)?;
    }
    warn_of_one_disk(first.journal.path(), &path);
    Ok(Some(Mirror { journal, folder, epoch: own_epoch }))
}

fn give_up(first: &First<'_>, required: Option<&Remembered>) -> Result<(), ServerError> {
    let Some(required) = required else { return Ok(()) };
    lost(first, required)?;
    let (home, last) = (first.home, required.last.display());
    tracing::warn!(event = %home.event, %last, "the second journal is given up: from now on this disk alone keeps the event");
    remove_durably(&home.second_journal())
}

/// Whoever says that the stick is lost may hold the old laptop whose stick is in the spare: nothing is signed until a
/// person has compared the number of entries with what tables and witnesses saw.
fn lost(first: &First<'_>, required: &Remembered) -> Result<(), ServerError> {
    tracing::warn!(event = %first.home.event, last = %required.last.display(), size = first.size,
        "the second journal is said to be lost: no note is taken until the number of entries is compared and released");
    guard::mark_restored(first.home, first.size)
}

/// Its id: the one required, or a new one for a folder that has none.
fn identified(folder: &Path, required: Option<&Remembered>) -> Result<String, ServerError> {
    let found = id_of(folder)?;
    match (required, found) {
        (Some(required), Some(found)) if required.id == found => Ok(found),
        (Some(required), found) => {
            let why = found.map_or("it holds none of this event (is the stick mounted?)".to_owned(), |found| {
                format!("it is the one numbered {found}, and {} is required", required.id)
            });
            Err(SecondTrouble::Other { folder: folder.to_owned(), why }.into())
        }
        (None, Some(found)) => Ok(found),
        (None, None) => new_id(folder),
    }
}

/// Makes the folder of an event on a stick, with a number of its own.
pub(crate) fn new_id(folder: &Path) -> Result<String, ServerError> {
    fs::create_dir_all(folder).map_err(disk(folder))?;
    sync_folder(folder.parent().unwrap_or(folder))?;
    let mut random = [0; 8];
    let failed = |e: getrandom::Error| disk(folder)(io::Error::other(e.to_string()));
    getrandom::fill(&mut random).map_err(failed)?;
    let id = format!("{:016x}", u64::from_be_bytes(random));
    replace_durably(&folder.join("id"), format!("{id}\n").as_bytes())?;
    Ok(id)
}

/// The number of the second journal in that folder, if there is one.
pub(crate) fn id_of(folder: &Path) -> Result<Option<String>, ServerError> {
    let path = folder.join("id");
    match fs::read_to_string(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        other => Ok(Some(other.map_err(disk(&path))?.trim_end().to_owned())),
    }
}

fn remembered(home: &EventHome) -> Result<Option<Remembered>, ServerError> {
    let path = home.second_journal();
    let text = match fs::read_to_string(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(disk(&path))?,
    };
    // An unreadable memory still requires a second journal: that of no stick.
    let (id, last) = text.trim_end().split_once('\n').unwrap_or((text.trim_end(), ""));
    Ok(Some(Remembered { id: id.to_owned(), last: PathBuf::from(last) }))
}

/// Where the second journal of an event was last, if one is required.
pub(crate) fn last_place(home: &EventHome) -> Result<Option<PathBuf>, ServerError> {
    Ok(remembered(home)?.map(|r| r.last))
}

/// From here on the event requires this second journal.
pub(crate) fn remember(home: &EventHome, id: &str, stick: &Path) -> Result<(), ServerError> {
    let stick = stick.canonicalize().unwrap_or_else(|_| stick.to_owned());
    replace_durably(&home.second_journal(), format!("{id}\n{}\n", stick.display()).as_bytes())
}

/// A stick that another server took over is not this server's any more.
fn check_fence(first: &First<'_>, path: &Path, own: u64, theirs: u64) -> Result<(), ServerError> {
    if theirs <= own {
        return Ok(());
    }
    let (seen, checkpoint) = match Holding::of(first.home, path) {
        Ok(holding) => (holding.entries, holding.head),
        Err(_) => (first.size, None),
    };
    let halt = Halt { own: first.size, seen, cause: Cause::Epoch(theirs), checkpoint };
    Err(ServerError::Halted(halt))
}

/// Compares the second journal with the first, group for group, and brings it to the same end.
fn caught_up(first: &First<'_>, path: &Path) -> Result<Journal, ServerError> {
    let failed = |source| SecondTrouble::Journal { path: path.to_owned(), source };
    let purpose = first.home.purpose();
    let missing = match Holding::of(first.home, path) {
        Err(JournalError::NotFound) => {
            tracing::warn!(path = %path.display(), entries = first.size, "a second journal is begun with what is here");
            put_in_place(&written_anew(first, path)?, path)?;
            0
        }
        Err(error) => return Err(failed(error).into()),
        Ok(holding) => match compare(first.journal.bytes(), first.journal.len_bytes(), path, holding.bytes) {
            Err(source) => return Err(disk(path)(source)),
            Ok(Compared::Equal) => 0,
            Ok(Compared::Behind) => first.size.saturating_sub(holding.entries),
            Ok(Compared::Differ(offset)) => {
                return Err(SecondTrouble::Differs { path: path.to_owned(), offset }.into());
            }
            Ok(Compared::Ahead) => return Err(ahead(first, holding, path)),
        },
    };
    let (mut second, _) = Journal::open(path, &purpose, Limits::default(), |_| Ok(())).map_err(failed)?;
    if missing > 0 {
        tracing::warn!(path = %path.display(), missing, "the second journal is behind and is caught up");
    }
    if first.last_group == Some(second.len_bytes())
        && let Some(last) = first.last_group
    {
        // The usual case, after a crash between the two: one group is missing, and appending it is safe at every point.
        let group = first.journal.read(last).map_err(failed)?;
        let records: Vec<&[u8]> = group.records.iter().map(Vec::as_slice).collect();
        second.append(&records).map_err(failed)?;
    }
    if second.len_bytes() < first.journal.len_bytes() {
        // Many groups written with one sync would look like damage after a power cut: a new file takes its place.
        let new = written_anew(first, path)?;
        drop(second);
        put_in_place(&new, path)?;
        (second, _) = Journal::open(path, &purpose, Limits::default(), |_| Ok(())).map_err(failed)?;
    }
    if second.len_bytes() == first.journal.len_bytes() {
        return Ok(second);
    }
    // Another program wrote to it between two looks.
    Err(failed(JournalError::Locked).into())
}

/// The whole first journal beside the second, durable.
fn written_anew(first: &First<'_>, path: &Path) -> Result<PathBuf, ServerError> {
    let failed = |source| SecondTrouble::Journal { path: path.to_owned(), source };
    let new = path.with_extension("new");
    remove_durably(&new)?;
    journal::copy(first.journal.bytes(), first.journal.len_bytes(), &new).map_err(failed)?;
    Ok(new)
}

/// Puts a file that is durable under the name of the second journal; the former one stands until then.
fn put_in_place(new: &Path, path: &Path) -> Result<(), ServerError> {
    fs::rename(new, path).map_err(disk(path))?;
    sync_folder(path.parent().unwrap_or(path))
}

/// The second journal has more than the first. If the log key signed it, this server must never sign again.
fn ahead(first: &First<'_>, holding: Holding, path: &Path) -> ServerError {
    let signed = holding.head.as_ref().is_some_and(|note| Checkpoint::open(note, first.log).is_ok());
    if !signed {
        return SecondTrouble::Differs { path: path.to_owned(), offset: first.journal.len_bytes() }.into();
    }
    let (own, seen) = (first.size, holding.entries);
    ServerError::Halted(Halt { own, seen, cause: Cause::SecondJournal, checkpoint: holding.head })
}

/// A second journal on the same disk survives a deleted folder, not a broken disk.
fn warn_of_one_disk(first: &Path, second: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let device = |path: &Path| fs::metadata(path).map(|m| m.dev()).ok();
        if device(first) == device(second) {
            let (first, second) = (first.display(), second.display());
            tracing::warn!(%first, %second, "both journals are on one disk: if it breaks, both are gone");
        }
    }
    #[cfg(not(unix))]
    let _ = (first, second);
}

impl Mirror {
    /// Whether it would take these records now, asked before the first journal has them.
    pub(crate) fn would_take(&self, records: &[&[u8]]) -> Result<(), JournalError> {
        self.journal.would_take(records)
    }

    /// Whether a group of so many bytes would fit now.
    pub(crate) fn has_room(&self, bytes: u64) -> bool {
        self.journal.has_room(bytes)
    }

    /// Keeps a group that the first journal has.
    pub(crate) fn append(&mut self, records: &[&[u8]]) -> Result<(), JournalError> {
        self.journal.append(records).map(|_| ())
    }

    /// Whether this server is still the one that writes here. Asked before every group, so that nothing is written behind
    /// a takeover, and after it, before anybody is told: a takeover raises the epoch first and reads the journal then, so
    /// it has read every group that was answered for.
    pub(crate) fn check_writer(&self) -> Result<(), Unseated> {
        let epoch = epoch::read(&self.folder).map_err(|error| match error {
            ServerError::Disk { path, source } => self.failed(JournalError::Io { doing: "read", path, source }),
            other => other,
        });
        let epoch = epoch.map_err(|error| Unseated::Trouble(Box::new(error)))?;
        if epoch > self.epoch {
            return Err(Unseated::TakenOver(epoch));
        }
        match self.journal.is_in_place() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Unseated::Trouble(Box::new(SecondTrouble::Replaced(self.path().to_owned()).into()))),
            Err(source) => Err(Unseated::Trouble(Box::new(self.failed(source)))),
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        self.journal.path()
    }

    /// As an error of the server.
    pub(crate) fn failed(&self, source: JournalError) -> ServerError {
        SecondTrouble::Journal { path: self.path().to_owned(), source }.into()
    }
}

/// Why a server must not write to its second journal.
#[derive(Debug)]
pub(crate) enum Unseated {
    /// Another one of that epoch does.
    TakenOver(u64),
    /// It is not there, or not the file it was.
    Trouble(Box<ServerError>),
}

#[cfg(test)]
mod tests;
