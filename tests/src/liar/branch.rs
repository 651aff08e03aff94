//! Logs that a lying server can make of a true one. It has the log key and the tally key and no other: what people have
//! signed it can leave out, put elsewhere or spoil, and what it invents is signed by itself. It refuses to know who sees it.

use crate::{
    chance::Chance,
    history::{History, key},
};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};
use tlog::{Checkpoint, Note, Tree, leaf_hash};

/// A log with whatever entries, and its tree.
#[derive(Clone)]
pub struct Branch {
    /// The notes.
    pub entries: Vec<Bytes>,
    /// The tree over them.
    pub tree: Tree,
    /// The first entry that no honest log would have.
    pub false_from: Option<u64>,
    /// As far as the rules allow it.
    pub history: History,
    /// Bulletins that were asked for, by size: many are shown the same.
    bulletins: Arc<Mutex<BTreeMap<u64, Option<Bytes>>>>,
}

/// How an entry is made false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Falsehood {
    /// Another figure in a text that keeps its signature.
    Altered,
    /// A statement of a table, signed by a key that nobody enrolled.
    Invented,
    /// The same text, signed by the server's own tally key.
    Resigned,
    /// An entry that stands in the log already.
    Repeated,
    /// A statement whose table signed another one before it.
    OutOfChain,
    /// A bulletin that nobody asked for.
    Uncalled,
}

/// All of them.
pub const FALSEHOODS: &[Falsehood] = &[
    Falsehood::Altered,
    Falsehood::Invented,
    Falsehood::Resigned,
    Falsehood::Repeated,
    Falsehood::OutOfChain,
    Falsehood::Uncalled,
];

fn bytes(note: &Note) -> Bytes {
    Bytes::copy_from_slice(note.as_bytes())
}

impl Branch {
    /// A log that the rules allow.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let (entries, tree) = (history.entries.clone(), history.replay.tree.clone());
        Self { entries, tree, false_from: None, history: history.clone(), bulletins: Arc::default() }
    }

    /// Entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The bulletin that an honest server shows with the first `size` entries, as far as the rules allow them.
    ///
    /// # Panics
    /// Never: no holder of its lock panics.
    #[must_use]
    pub fn bulletin(&self, size: u64) -> Option<Bytes> {
        let size = size.min(self.history.size());
        let mut bulletins = self.bulletins.lock().expect("no holder of this lock panics");
        bulletins.entry(size).or_insert_with(|| self.history.at(size).bulletin()).clone()
    }

    /// What the log key states of the first `size` entries.
    ///
    /// # Panics
    /// There are not so many.
    #[must_use]
    pub fn checkpoint(&self, size: u64) -> Note {
        let root = self.tree.root_at(size).expect("so many entries");
        Checkpoint { origin: crate::history::ORIGIN.to_owned(), size, root }.sign(&key(""))
    }

    /// Whether one of two logs of these sizes is the beginning of the other.
    #[must_use]
    pub fn agrees(&self, size: u64, other: &Self, other_size: u64) -> bool {
        let least = size.min(other_size);
        self.tree.root_at(least) == other.tree.root_at(least)
    }

    /// Another log that the rules allow, out of the same signed notes: from entry `from` on some are left out, or stand
    /// elsewhere. Nothing when there is none that differs.
    #[must_use]
    pub fn rearranged(truth: &History, from: u64, chance: &mut Chance) -> Option<Self> {
        let (missed, mut rest) = parted(truth, from)?;
        if chance.percent(60) {
            let place = chance.below(rest.len()) + 1;
            rest.insert(place, missed);
        }
        Self::again(truth, from, &rest)
    }

    /// The log without its entry `at`, and without what its table signed after it: that would follow nothing.
    #[must_use]
    pub fn omitting(truth: &History, at: u64) -> Option<Self> {
        let (_, rest) = parted(truth, at)?;
        Self::again(truth, at, &rest)
    }

    /// The same counts of all tables, none left out, but entry `at` stands later. Nothing when its table speaks again
    /// before others do.
    #[must_use]
    pub fn reordered(truth: &History, at: u64, chance: &mut Chance) -> Option<Self> {
        let (moved, rest) = parted(truth, at)?;
        let places = [chance.below(rest.len()) + 1, 1];
        places.into_iter().find_map(|place| {
            let mut rest = rest.clone();
            rest.insert(place, moved.clone());
            let branch = Self::again(truth, at, &rest)?;
            (batches(&branch.entries) == batches(&truth.entries)).then_some(branch)
        })
    }

    /// What an honest server would have made of these notes after the first `from` entries, if it is another log.
    fn again(truth: &History, from: u64, rest: &[Bytes]) -> Option<Self> {
        let mut other = truth.at(from);
        for note in rest {
            other.hand_in(note);
        }
        let (branch, whole) = (Self::of(&other), Self::of(truth));
        (!branch.agrees(branch.size(), &whole, whole.size())).then_some(branch)
    }

    /// A log with a false entry at `at`; the true ones follow it, signed by the log key like everything else.
    #[must_use]
    pub fn falsified(truth: &History, at: u64, how: Falsehood, chance: &mut Chance) -> Option<Self> {
        let place = usize::try_from(at).expect("a size");
        let before = truth.at(at);
        let text = before.batch_text("s01", 7);
        let entry = match how {
            Falsehood::Altered => {
                let note = String::from_utf8(truth.entries.get(place)?.to_vec()).expect("notes are text");
                let altered = note.replacen("votes 01 5", "votes 01 4", 1).replacen("votes 01 4", "votes 01 3", 1);
                (altered != note).then(|| Bytes::from(altered))?
            }
            Falsehood::Invented => {
                let name = key("station/s01").verifier().name().to_owned();
                let seed = tlog::sha256(&at.to_le_bytes()).0;
                let own = tlog::SigningKey::from_seed(&name, tlog::KeyKind::Ed25519, &seed).ok()?;
                bytes(&own.sign_text(&text))
            }
            Falsehood::Resigned => bytes(&key("tally").sign_text(&text)),
            Falsehood::Repeated => before.entries.get(chance.below(before.entries.len()))?.clone(),
            Falsehood::OutOfChain => {
                // A later statement of a table comes before the one that it follows.
                let mut later = before.clone();
                let station = *chance.one(crate::history::STATIONS);
                later.hand_in(before.batch(station, 8_000).as_bytes());
                bytes(&later.batch(station, 8_001))
            }
            Falsehood::Uncalled => {
                let count = &before.replay.count;
                let bulletin = count.bulletin(crate::history::contest(), before.replay.tree.root())?;
                let text = tally::Statement::Bulletin(Box::new(bulletin)).text();
                let owed = count.contest(crate::history::contest())?.bulletin().is_none();
                owed.then(|| bytes(&key("tally").sign_text(&text)))?
            }
        };
        let mut entries = before.entries.clone();
        entries.push(entry);
        entries.extend(truth.entries.iter().skip(place).cloned());
        let mut tree = Tree::new();
        entries.iter().for_each(|entry| tree.push(leaf_hash(entry)));
        Some(Self { entries, tree, false_from: Some(at), history: before, bulletins: Arc::default() })
    }
}

/// The entry at `at`, the first that the two logs do not share, and what stands after it.
fn parted(truth: &History, at: u64) -> Option<(Bytes, Vec<Bytes>)> {
    let mut rest = truth.entries.get(usize::try_from(at).expect("a size")..)?.to_vec();
    (rest.len() >= 2).then(|| (rest.remove(0), rest))
}

/// The counts of tables among these entries.
fn batches(entries: &[Bytes]) -> BTreeSet<&Bytes> {
    entries.iter().filter(|entry| entry.starts_with(b"kiemphieu/v1/batch\n")).collect()
}
