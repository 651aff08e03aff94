//! Where the entries are kept: an enum, not a trait, owned by the sequencer (layout: the store). It signs nothing and
//! rules on nothing. Acknowledged means that [`Store::commit`] answered `Ok`.

use crate::{
    error::ServerError,
    home::EventHome,
    mirror::{First, Mirror, SecondJournal, Unseated, attach},
};
use bytes::Bytes;
use journal::{Journal, JournalError, Limits};
use std::{
    ops::Range,
    path::PathBuf,
    sync::{Arc, RwLock},
};
use tally::signed::SignedStatement;
use tlog::{Checkpoint, Hash, Note, SigningKey, Tree, VerifierKey};

/// A group of 512 station notes, or of as many desk notes as fit the messages of one group.
pub(crate) const GROUP_BYTES_MAX: u64 = 16 << 20;

/// The place of every entry of an event.
pub(crate) enum Store {
    /// A journal file on this machine, and a second one where that is required. The exclusive lock on each is the fence
    /// against a second writer on this machine, the epoch that against one elsewhere.
    Journal(JournalStore),
}

/// A journal and where its groups begin.
pub(crate) struct JournalStore {
    journal: Journal,
    path: PathBuf,
    shared: Arc<Shared>,
    size: u64,
    root: Hash,
    /// Acknowledged means durable here as well.
    second: Option<Mirror>,
    /// A group that the first journal has and the second not yet.
    owed: Option<OwedGroup>,
}

/// The same signed bytes go to the second journal when it takes them; nothing else is kept before.
struct OwedGroup {
    offset: u64,
    records: Vec<Vec<u8>>,
    head: (u64, Hash),
}

struct Shared {
    reader: journal::Reader,
    /// (first entry, offset) of every group, ascending.
    groups: RwLock<Vec<(u64, u64)>>,
}

/// Entries that become durable together, with the checkpoint over them.
pub(crate) struct Group<'a> {
    /// Entries before it, which the store compares with its own head.
    pub(crate) prev_size: u64,
    /// The root before it.
    pub(crate) prev_root: Hash,
    /// The notes, in order.
    pub(crate) notes: &'a [&'a [u8]],
    /// The signed checkpoint behind them, and what it says.
    pub(crate) checkpoint: &'a [u8],
    /// What that checkpoint says.
    pub(crate) head: &'a Checkpoint,
}

/// Why nobody may be told that a group was kept.
#[derive(Debug)]
pub(crate) enum CommitError {
    /// Somebody else has written: this server is not the writer any more.
    Overtaken,
    /// Another server of that epoch has taken the event over.
    Fenced(u64),
    /// Nothing was kept; the disk is full.
    NoSpace(JournalError),
    /// The first journal has it and the second has no room for it; see [`Store::settle`].
    Owed(JournalError),
    /// Whether it was kept is unknown; only a restart can tell.
    Unknown(JournalError),
    /// The second journal is broken or gone.
    Second(Box<ServerError>),
}

/// What a store holds when it is opened.
pub(crate) struct Head {
    /// The newest signed checkpoint.
    pub(crate) checkpoint: Note,
    /// Bytes cut off as an incomplete last group.
    pub(crate) trimmed: u64,
}

impl Store {
    /// Begins the log of an event with its manifest and the first checkpoint.
    ///
    /// # Errors
    /// The journal cannot be made.
    pub(crate) fn found(home: &EventHome, manifest: &SignedStatement, log: &SigningKey) -> Result<(), ServerError> {
        let path = home.journal();
        let failed = |source| ServerError::Journal { path: path.clone(), source };
        let mut tree = Tree::new();
        tree.push(manifest.leaf);
        let head = Checkpoint { origin: log.verifier().name().to_owned(), size: 1, root: tree.root() };
        let mut journal = Journal::create(&path, &home.purpose(), Limits::default()).map_err(failed)?;
        journal.append(&[manifest.note.as_bytes(), head.sign(log).as_bytes()]).map_err(failed)?;
        Ok(())
    }

    /// Opens the log of an event and shows every entry, in order, to `each`.
    ///
    /// # Errors
    /// The journal is damaged, locked or of another event, or `each` does not accept an entry.
    pub(crate) fn open(
        home: &EventHome,
        mut each: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(Self, Head), ServerError> {
        let path = home.journal();
        let mut groups = Vec::new();
        let (mut size, mut checkpoint) = (0, None);
        let opened = Journal::open(&path, &home.purpose(), Limits::default(), |group| {
            let (last, notes) = group.records.split_last().ok_or("an empty group")?;
            groups.push((size, group.offset));
            for note in notes {
                each(note)?;
                size += 1;
            }
            checkpoint = Some(Note::parse(last).map_err(|e| e.to_string())?);
            Ok(())
        });
        let (journal, trim) = opened.map_err(|source| ServerError::Journal { path: path.clone(), source })?;
        let inconsistent = |why: &str| ServerError::Inconsistent { path: path.clone(), why: why.to_owned() };
        let checkpoint = checkpoint.ok_or_else(|| inconsistent("it has no entry"))?;
        let root = Checkpoint::parse(checkpoint.text()).map_err(|e| inconsistent(&e.to_string()))?.root;
        let trimmed = match trim {
            journal::Trim::Nothing => 0,
            journal::Trim::IncompleteTail { bytes, .. } => bytes,
        };
        let reader = journal.reader().map_err(|source| ServerError::Journal { path: path.clone(), source })?;
        let shared = Arc::new(Shared { reader, groups: RwLock::new(groups) });
        let store = JournalStore { journal, path, shared, size, root, second: None, owed: None };
        Ok((Self::Journal(store), Head { checkpoint, trimmed }))
    }

    /// From here on every group is kept in a second journal as well, if there is one: it is found, judged and caught up.
    ///
    /// # Errors
    /// As [`attach`]; nothing may be served then.
    pub(crate) fn keep_twice(
        &mut self,
        home: &EventHome,
        choice: &SecondJournal,
        log: &VerifierKey,
    ) -> Result<(), ServerError> {
        let Self::Journal(store) = self;
        let groups = store.shared.groups.read().expect("no holder of this lock panics");
        let last_group = groups.last().map(|(_, offset)| *offset);
        let first = First { home, journal: &store.journal, last_group, size: store.size, log };
        store.second = attach(&first, choice)?;
        Ok(())
    }

    /// Entries that are kept.
    pub(crate) fn size(&self) -> u64 {
        let Self::Journal(store) = self;
        store.size
    }

    /// Keeps a group; `Ok` means that it survives a power cut, in both journals if there are two.
    ///
    /// # Errors
    /// Nobody may be told that it was kept.
    pub(crate) fn commit(&mut self, group: &Group<'_>) -> Result<(), CommitError> {
        let Self::Journal(store) = self;
        if (group.prev_size, group.prev_root) != (store.size, store.root) || store.owed.is_some() {
            return Err(CommitError::Overtaken);
        }
        let mut records: Vec<&[u8]> = Vec::with_capacity(group.notes.len() + 1);
        records.extend_from_slice(group.notes);
        records.push(group.checkpoint);
        store.ask_second(&records)?;
        let offset = store.journal.append(&records).map_err(|error| match error {
            error if is_no_room(&error) => CommitError::NoSpace(error),
            error => CommitError::Unknown(error),
        })?;
        // Power goes now: the first has the group, nobody was told, and the next start brings it to the second.
        let head = (group.head.size, group.head.root);
        if let Some(second) = &mut store.second
            && let Err(error) = second.append(&records)
        {
            if !is_no_room(&error) {
                return Err(CommitError::Second(Box::new(second.failed(error))));
            }
            let records = records.iter().map(|record| record.to_vec()).collect();
            store.owed = Some(OwedGroup { offset, records, head });
            return Err(CommitError::Owed(error));
        }
        // Power goes now: both have it, and whoever asks again is told "repeated".
        store.kept(offset, head)
    }

    /// Brings a group that only the first journal has to the second, byte for byte; without one there is nothing to do.
    ///
    /// # Errors
    /// [`CommitError::Owed`]: there is no room yet. Anything else is the end.
    pub(crate) fn settle(&mut self) -> Result<(), CommitError> {
        let Self::Journal(store) = self;
        let Some(owed) = store.owed.take() else { return Ok(()) };
        let records: Vec<&[u8]> = owed.records.iter().map(Vec::as_slice).collect();
        let asked = store.ask_second(&records);
        if let Err(error) = asked {
            store.owed = Some(owed);
            return Err(match error {
                CommitError::NoSpace(error) => CommitError::Owed(error),
                other => other,
            });
        }
        if let Some(second) = &mut store.second
            && let Err(error) = second.append(&records)
        {
            if !is_no_room(&error) {
                return Err(CommitError::Second(Box::new(second.failed(error))));
            }
            store.owed = Some(owed);
            return Err(CommitError::Owed(error));
        }
        store.kept(owed.offset, owed.head)
    }

    /// Whether a full group would fit now.
    pub(crate) fn has_room(&self) -> bool {
        let Self::Journal(store) = self;
        store.journal.has_room(GROUP_BYTES_MAX) && store.second.as_ref().is_none_or(|s| s.has_room(GROUP_BYTES_MAX))
    }

    /// A hand for the doors, which read while the sequencer writes.
    pub(crate) fn entries(&self) -> Entries {
        let Self::Journal(store) = self;
        Entries { shared: Arc::clone(&store.shared) }
    }

    /// The file, for messages.
    pub(crate) fn path(&self) -> &std::path::Path {
        let Self::Journal(store) = self;
        &store.path
    }
}

impl JournalStore {
    /// Asked before a byte is written anywhere: is this server the writer still, and is there room on the second disk?
    fn ask_second(&self, records: &[&[u8]]) -> Result<(), CommitError> {
        // A folder that was taken away while its journal is open keeps nothing, whatever the system says.
        if !self.journal.is_in_place().map_err(CommitError::Unknown)? {
            return Err(CommitError::Overtaken);
        }
        let Some(second) = &self.second else { return Ok(()) };
        second.check_writer().map_err(unseated)?;
        second.would_take(records).map_err(|error| match error {
            error if is_no_room(&error) => CommitError::NoSpace(error),
            error => CommitError::Second(Box::new(second.failed(error))),
        })
    }

    /// The group is wherever it must be; is it still this server that may say so?
    fn kept(&mut self, offset: u64, head: (u64, Hash)) -> Result<(), CommitError> {
        if let Some(second) = &self.second {
            second.check_writer().map_err(unseated)?;
        }
        self.shared.groups.write().expect("no holder of this lock panics").push((self.size, offset));
        (self.size, self.root) = head;
        Ok(())
    }
}

fn unseated(why: Unseated) -> CommitError {
    match why {
        Unseated::TakenOver(epoch) => CommitError::Fenced(epoch),
        Unseated::Trouble(error) => CommitError::Second(error),
    }
}

fn is_no_room(error: &JournalError) -> bool {
    matches!(error, JournalError::NoSpace { .. } | JournalError::TooLarge { .. })
}

/// Reads entries that are durable.
#[derive(Clone)]
pub(crate) struct Entries {
    shared: Arc<Shared>,
}

impl Entries {
    /// The notes of a range of entries; fewer when `bytes_max` is reached, never none of a range that is there.
    ///
    /// Reads the disk: call it where that is allowed.
    ///
    /// # Errors
    /// The journal cannot be read back.
    pub(crate) fn read(&self, range: Range<u64>, bytes_max: usize) -> Result<Vec<Bytes>, JournalError> {
        let mut notes = Vec::new();
        let mut bytes = 0;
        let mut at = range.start;
        while at < range.end {
            let Some((first, offset)) = self.group_of(at) else { break };
            let mut records = self.shared.reader.read(offset)?.records;
            records.pop();
            let skip = usize::try_from(at - first).unwrap_or(usize::MAX);
            if skip >= records.len() {
                break; // beyond the last entry
            }
            for note in records.into_iter().skip(skip) {
                if at == range.end || (bytes + note.len() > bytes_max && !notes.is_empty()) {
                    return Ok(notes);
                }
                bytes += note.len();
                at += 1;
                notes.push(Bytes::from(note));
            }
        }
        Ok(notes)
    }

    fn group_of(&self, entry: u64) -> Option<(u64, u64)> {
        let groups = self.shared.groups.read().expect("no holder of this lock panics");
        let at = groups.partition_point(|(first, _)| *first <= entry);
        groups.get(at.checked_sub(1)?).copied()
    }
}
