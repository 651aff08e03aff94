//! Whether this server may sign. A checkpoint of the event's own log key that is ahead of this log, or of other entries,
//! proves that entries are missing here: the server was restored from an old copy, or another one took the event over.
//! Then it stops for good, durably, and says how many are missing; what is there can still be read. It refuses to know
//! who showed the checkpoint: it believes the signature of the log key and nobody's word.

use crate::{
    error::ServerError,
    event::Event,
    home::{EventHome, disk, replace_durably},
};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    fmt, fs,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};
use tlog::{Checkpoint, Note, Receipt, Tree, VerifierKey};
use tonic::Status;

/// Why a server has stopped signing for good, and how many entries are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// Entries here.
    pub own: u64,
    /// Entries that were signed elsewhere, as far as is known.
    pub seen: u64,
    /// How it was learnt.
    pub cause: Cause,
    /// The checkpoint that proves it, where there is one.
    pub checkpoint: Option<Note>,
}

/// How a server learnt that it is not the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody showed a checkpoint.
    Shown,
    /// The second journal has more than this disk.
    SecondJournal,
    /// The second journal is of a later epoch.
    Epoch(u64),
}

impl Halt {
    /// Entries that are missing here; none is known to be when the two logs differ otherwise.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.seen.saturating_sub(self.own)
    }

    fn text(&self) -> String {
        let cause = match self.cause {
            Cause::Shown => "shown".to_owned(),
            Cause::SecondJournal => "second-journal".to_owned(),
            Cause::Epoch(epoch) => format!("epoch {epoch}"),
        };
        let note = self.checkpoint.as_ref().map_or("", Note::as_str);
        format!("cause {cause}\nown {}\nseen {}\n\n{note}", self.own, self.seen)
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let cause = match lines.next()?.strip_prefix("cause ")? {
            "shown" => Cause::Shown,
            "second-journal" => Cause::SecondJournal,
            other => Cause::Epoch(other.strip_prefix("epoch ")?.parse().ok()?),
        };
        let own = lines.next()?.strip_prefix("own ")?.parse().ok()?;
        let seen = lines.next()?.strip_prefix("seen ")?.parse().ok()?;
        Some(Self { own, seen, cause, checkpoint: Note::parse(note.as_bytes()).ok() })
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (own, seen, missing) = (self.own, self.seen, self.missing());
        match self.cause {
            Cause::Shown if missing > 0 => write!(
                f,
                "ROLLBACK: máy chủ này có {own} mục, đã có người thấy {seen}: thiếu {missing}; máy này không ký gì nữa — this log has \
                 {own} entries, {seen} were seen: {missing} are missing here. It was restored from an old copy, or \
                 another server took the event over; it signs nothing more. Use `kiemphieu server takeover` if there is a \
                 second journal. {RE_OFFER}"
            ),
            Cause::Shown => write!(
                f,
                "ROLLBACK: {seen} mục đầu ở đây khác với những gì đã ký; máy này không ký gì nữa — this log has {own} entries, and \
                 the first {seen} are others than those that were signed elsewhere; it signs nothing more. Call a \
                 technician and keep this folder as it is"
            ),
            Cause::SecondJournal => write!(
                f,
                "đĩa này có {own} mục, nhật ký thứ hai có {seen}: thiếu {missing} — this disk has {own} entries, the \
                 second journal has {seen}: {missing} are missing here; use `kiemphieu server takeover`"
            ),
            Cause::Epoch(epoch) => write!(
                f,
                "máy chủ khác đã tiếp quản sự kiện này (kỳ {epoch}) — another server took this event over (epoch \
                 {epoch}); this one signs nothing more. Go on with the other one, or use `kiemphieu server takeover`"
            ),
        }
    }
}

impl std::error::Error for Halt {}

/// Whether an event may be signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It may.
    Signing,
    /// Not yet: it was restored, or its second journal is said to be lost, with so many entries, and nobody has said that
    /// none is missing.
    Restored(u64),
    /// Not in this run: a witness says that it has seen more, or other entries, and shows nothing signed. Nobody's word is
    /// believed for good.
    Doubted(Arc<Doubt>),
    /// Never again.
    Halted(Arc<Halt>),
}

/// What a witness says against a log without a signature of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Entries here.
    pub(crate) own: u64,
    /// Entries that it says it has cosigned.
    pub(crate) seen: u64,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (own, seen) = (self.own, self.seen);
        if seen > own {
            write!(
                f,
                "ROLLBACK: ở đây có {own} mục, nhân chứng nói đã ký {seen}; lần chạy này không ký gì — this log has {own} entries, \
                 and a witness says that it has cosigned {seen}; nothing is signed in this run. {RE_OFFER}"
            )
        } else {
            write!(
                f,
                "ROLLBACK: nhân chứng nói đã ký những mục khác trong {seen} mục đầu; lần chạy này không ký gì — a witness says that \
                 the first {seen} entries it has cosigned are others than those here ({own}); nothing is signed in this run. \
                 {RE_OFFER}"
            )
        }
    }
}

/// What to do with a log that lacks entries.
const RE_OFFER: &str = "Go on with the server that has them. If it is lost, have every table write its receipts \
     (`kiemphieu station receipts --home TABLE --out DIR`) and an observer its copy (`kiemphieu observer export --home W \
     --out DIR`), end this server, and put back what is missing with `kiemphieu server release --event SID --size N --from \
     DIR` (nếu máy kia đã mất: gom biên nhận của các bàn và bản sao của quan sát viên, rồi gõ lệnh ấy); then start it again \
     and the tables go on";

/// The guard of one event.
pub(crate) struct Guard {
    home: EventHome,
    log: VerifierKey,
    standing: Mutex<Standing>,
    /// What callers have shown, the last of it.
    shown: Mutex<VecDeque<Note>>,
}

/// Checkpoints that are handed on to others: one of every observer of a province.
const SHOWN_MAX: usize = 16;

impl Guard {
    /// Reads the markers of an event.
    ///
    /// # Errors
    /// Another server has taken over, or the second journal has more: [`ServerError::Halted`]; or the disk fails. A log
    /// that somebody has seen longer, or otherwise, is served for reading, so that everybody can compare.
    pub(crate) fn open(home: EventHome, log: VerifierKey) -> Result<Self, ServerError> {
        match standing(&home)? {
            Standing::Halted(halt) if halt.cause != Cause::Shown => Err(ServerError::Halted(halt.as_ref().clone())),
            standing => Ok(Self { home, log, standing: Mutex::new(standing), shown: Mutex::default() }),
        }
    }

    /// Whether the event may be signed for at this moment. A release or a halt by another command is seen at once.
    pub(crate) fn standing(&self) -> Standing {
        let mut held = self.lock();
        if let Standing::Restored(_) = *held
            && let Ok(now) = standing(&self.home)
        {
            *held = now;
        }
        held.clone()
    }

    /// The key of the event's log.
    pub(crate) fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// Looks at the markers again, once the second journal is in place or said to be lost.
    ///
    /// # Errors
    /// The disk fails, or a marker cannot be read.
    pub(crate) fn reread(&self) -> Result<(), ServerError> {
        *self.lock() = standing(&self.home)?;
        Ok(())
    }

    /// Reads a checkpoint that somebody shows.
    ///
    /// # Errors
    /// The log key of this event has not signed it: then it says nothing.
    pub(crate) fn read(&self, checkpoint: &[u8]) -> Result<(Checkpoint, Note), String> {
        let note = Note::parse(checkpoint).map_err(|e| e.to_string())?;
        let seen = Checkpoint::open(&note, &self.log).map_err(|e| e.to_string())?;
        Ok((seen, note))
    }

    /// What callers have shown, for others to compare.
    pub(crate) fn shown(&self) -> Vec<Note> {
        self.shown.lock().expect("no holder of this lock panics").iter().cloned().collect()
    }

    fn hand_on(&self, note: &Note) {
        let mut shown = self.shown.lock().expect("no holder of this lock panics");
        if shown.iter().any(|other| other.text() == note.text()) {
            return;
        }
        if shown.len() == SHOWN_MAX {
            shown.pop_front();
        }
        shown.push_back(note.clone());
    }

    /// Compares what was shown with the log; a log that does not hold it stops here and now.
    ///
    /// # Errors
    /// The server signs nothing from now on.
    pub(crate) fn judge(&self, tree: &Tree, seen: &Checkpoint, note: Note) -> Result<(), Halt> {
        if tree.root_at(seen.size) == Some(seen.root) {
            return Ok(());
        }
        let halt = Halt { own: tree.size(), seen: seen.size, cause: Cause::Shown, checkpoint: Some(note) };
        self.halt(halt.clone());
        Err(halt)
    }

    /// Signs nothing in this run. What is durable is worth more: a halt stays one.
    pub(crate) fn doubt(&self, doubt: Doubt) {
        let mut standing = self.lock();
        if !matches!(&*standing, Standing::Halted(_)) {
            tracing::error!(event = %self.home.event, own = doubt.own, seen = doubt.seen, %doubt, "this server signs nothing");
            *standing = Standing::Doubted(Arc::new(doubt));
        }
    }

    /// Stops signing for good. Nothing is signed from here on even if the disk does not take the marker.
    pub(crate) fn halt(&self, halt: Halt) {
        let mut standing = self.lock();
        if matches!(&*standing, Standing::Halted(before) if before.seen >= halt.seen) {
            return;
        }
        tracing::error!(event = %self.home.event, own = halt.own, seen = halt.seen, missing = halt.missing(), %halt,
            "this server has stopped signing for good");
        if let Err(error) = mark_halted(&self.home, &halt) {
            tracing::error!(%error, "the marker of the halt is not on the disk; do not start this server again");
        }
        *standing = Standing::Halted(Arc::new(halt));
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().expect("no holder of this lock panics")
    }
}

/// What the markers of an event say.
///
/// # Errors
/// The disk fails, or a marker cannot be read: then nothing may be signed.
pub(crate) fn standing(home: &EventHome) -> Result<Standing, ServerError> {
    let garbled =
        |path: &Path| disk(path)(std::io::Error::new(std::io::ErrorKind::InvalidData, "the marker cannot be read"));
    if let Some(text) = marker(&home.halted())? {
        let halt = Halt::parse(&text).ok_or_else(|| garbled(&home.halted()))?;
        return Ok(Standing::Halted(Arc::new(halt)));
    }
    if let Some(text) = marker(&home.restored())? {
        let size = text.strip_prefix("size ").and_then(|t| t.trim_end().parse().ok());
        return size.map(Standing::Restored).ok_or_else(|| garbled(&home.restored()));
    }
    Ok(Standing::Signing)
}

fn marker(path: &Path) -> Result<Option<String>, ServerError> {
    match fs::read_to_string(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).map_err(disk(path)),
    }
}

/// Writes down that an event must never be signed for from this folder again.
///
/// # Errors
/// The disk fails.
pub(crate) fn mark_halted(home: &EventHome, halt: &Halt) -> Result<(), ServerError> {
    replace_durably(&home.halted(), halt.text().as_bytes())
}

/// Writes down that an event goes on with so many entries and that nobody has said yet that none is missing.
///
/// # Errors
/// The disk fails.
pub(crate) fn mark_restored(home: &EventHome, size: u64) -> Result<(), ServerError> {
    replace_durably(&home.restored(), format!("size {size}\n").as_bytes())
}

/// The one check of every door: whoever calls shows the newest checkpoint it remembers, and a server that does not hold
/// it stops.
///
/// # Errors
/// The checkpoint is none of this log, or the server has stopped because of it.
pub(crate) async fn show(event: &Event, checkpoint: &Bytes) -> Result<(), Status> {
    if checkpoint.is_empty() || *checkpoint == event.published().checkpoint {
        return Ok(());
    }
    let read = event.hands().guard.read(checkpoint);
    let (seen, note) = read.map_err(|why| {
        Status::invalid_argument(format!("last_seen_checkpoint is no checkpoint of this event's log: {why}"))
    })?;
    event.hands().guard.hand_on(&note);
    let judged = event.look(move |desk| desk.guard.judge(&desk.replay.tree, &seen, note)).await?;
    judged.map_err(|halt| Status::failed_precondition(halt.to_string()))
}

/// As [`show`], at a door where nothing is handed in: the server stops, and what it has is shown all the same, so that
/// whoever holds the other checkpoint can prove what happened.
///
/// # Errors
/// The checkpoint is none of this log.
pub(crate) async fn hear(event: &Event, checkpoint: &Bytes) -> Result<(), Status> {
    match show(event, checkpoint).await {
        Err(status) if status.code() == tonic::Code::FailedPrecondition => Ok(()),
        other => other,
    }
}

/// A checkpoint from a file: the note itself as observers remember it, or the one inside a table's receipt.
///
/// # Errors
/// The file cannot be read, or holds neither.
pub(crate) fn from_file(path: &Path) -> Result<Vec<u8>, ServerError> {
    let bytes = fs::read(path).map_err(disk(path))?;
    if Note::parse(&bytes).is_ok_and(|note| Checkpoint::parse(note.text()).is_ok()) {
        return Ok(bytes);
    }
    let receipt = std::str::from_utf8(&bytes).ok().and_then(|text| Receipt::parse(text).ok());
    receipt.map(|r| r.checkpoint.as_bytes().to_vec()).ok_or_else(|| ServerError::NoCheckpoint(path.to_owned()))
}

#[cfg(test)]
mod tests;
