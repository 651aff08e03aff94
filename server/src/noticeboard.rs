//! What is posted: checkpoints with the cosignatures gathered for them, and the bulletins the server has made.
//! It refuses to know who reads it.

use bytes::Bytes;
use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::Write,
    path::{Path, PathBuf},
};
use tally::{ContestId, Sid};
use tlog::{Checkpoint, Note, SignatureLine, VerifierKey, cosignature};

/// Checkpoints that witnesses may still cosign: several seconds of a busy night.
const CHECKPOINTS_MAX: usize = 4_096;
/// Counting bulletins kept for whoever asks for the same position again.
const BULLETINS_MAX: usize = 4_096;

/// What an event has posted.
pub(crate) struct Noticeboard {
    recent: VecDeque<(u64, Note)>,
    witnessed: Option<Note>,
    witnessed_path: PathBuf,
    /// How many witnesses make a quorum.
    quorum: u64,
    /// Bulletins that are entries, by contest and the size they speak of.
    closed: BTreeMap<(ContestId, u64), Bytes>,
    counting: BTreeMap<(ContestId, u64), Bytes>,
    order: VecDeque<(ContestId, u64)>,
}

/// Why a cosignature is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CosignatureRefused {
    /// There is no checkpoint of that size, or it is long past.
    #[error("there is no recent checkpoint of {0} entries; cosign the newest")]
    NoCheckpoint(u64),
    /// The line is no cosignature of a witness of this event on that checkpoint.
    #[error("the line is no valid cosignature of a witness of this event")]
    NotAWitness,
}

impl Noticeboard {
    /// An empty board, with the witnessed checkpoint of the last run if there is one that fits.
    pub(crate) fn new(witnessed_path: PathBuf, quorum: u64, fits: impl Fn(&Note) -> bool) -> Self {
        let witnessed = read(&witnessed_path).filter(|n| fits(n));
        Self {
            recent: VecDeque::new(),
            witnessed,
            witnessed_path,
            quorum,
            closed: BTreeMap::new(),
            counting: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Posts a checkpoint that has become durable.
    pub(crate) fn post(&mut self, head: &Checkpoint, note: Note) {
        if self.quorum == 0 {
            self.witnessed = Some(note.clone());
        }
        self.recent.push_back((head.size, note));
        if self.recent.len() > CHECKPOINTS_MAX {
            self.recent.pop_front();
        }
    }

    /// The newest checkpoint with whatever cosignatures it has.
    pub(crate) fn newest(&self) -> Option<&Note> {
        self.recent.back().map(|(_, note)| note)
    }

    /// Entries that have been acknowledged.
    pub(crate) fn size(&self) -> u64 {
        self.recent.back().map_or(0, |(size, _)| *size)
    }

    /// The newest checkpoint with its quorum.
    pub(crate) fn witnessed(&self) -> Option<&Note> {
        self.witnessed.as_ref()
    }

    /// Adds the line of a witness to a recent checkpoint; the answer is that checkpoint and how many witnesses it has.
    ///
    /// # Errors
    /// The checkpoint or the line is none of this event.
    pub(crate) fn cosign(
        &mut self,
        size: u64,
        line: SignatureLine,
        witnesses: &[VerifierKey],
    ) -> Result<(Note, u64), CosignatureRefused> {
        let at = self.recent.binary_search_by_key(&size, |(s, _)| *s);
        let at = at.map_err(|_| CosignatureRefused::NoCheckpoint(size))?;
        let note = &mut self.recent[at].1;
        let witness = witnesses.iter().find(|w| line.names(w)).ok_or(CosignatureRefused::NotAWitness)?;
        cosignature::verify_cosignature(note.text(), &line, witness).map_err(|_| CosignatureRefused::NotAWitness)?;
        *note = note.with_line(line);
        let (note, have) = (note.clone(), cosignature::quorum(note, witnesses).map_or(0, |q| q.len() as u64));
        let newer = self.witnessed.as_ref().and_then(size_of).is_none_or(|s| s <= size);
        if have >= self.quorum && newer {
            if let Err(error) = replace_file(&self.witnessed_path, note.as_bytes()) {
                tracing::warn!(%error, "the witnessed checkpoint is not on the disk; it will be gathered again");
            }
            self.witnessed = Some(note.clone());
        }
        Ok((note, have))
    }

    /// A bulletin made before for this position.
    pub(crate) fn bulletin(&self, contest: ContestId, size: u64) -> Option<Bytes> {
        self.closed.get(&(contest, size)).or_else(|| self.counting.get(&(contest, size))).cloned()
    }

    /// Posts a bulletin that is an entry; it stays.
    pub(crate) fn post_bulletin(&mut self, contest: ContestId, size: u64, note: Bytes) {
        self.closed.insert((contest, size), note);
    }

    /// Keeps a counting bulletin, so that whoever asks again gets the same bytes.
    pub(crate) fn keep_bulletin(&mut self, contest: ContestId, size: u64, note: Bytes) {
        if self.counting.insert((contest, size), note).is_none() {
            self.order.push_back((contest, size));
        }
        if self.order.len() > BULLETINS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.counting.remove(&oldest);
        }
    }
}

/// The note in that file, if there is one.
pub(crate) fn read(path: &Path) -> Option<Note> {
    fs::read(path).ok().and_then(|bytes| Note::parse(&bytes).ok())
}

/// The size a checkpoint note speaks of.
pub(crate) fn size_of(note: &Note) -> Option<u64> {
    Checkpoint::parse(note.text()).ok().map(|c| c.size)
}

fn replace_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(temporary, path)
}

/// The sid of a bulletin note, for answers.
pub(crate) fn sid_of(note: &[u8]) -> Option<Sid> {
    Note::parse(note).ok().map(|n| n.sid())
}
