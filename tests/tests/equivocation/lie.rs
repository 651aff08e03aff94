//! The lies: what a server that holds both keys shows to whom, and when. It refuses to know what becomes of it.

use crate::oracle::{Bulletin, Sighting};
use bytes::Bytes;
use promises::{
    chance::Chance,
    history::{History, PREPARED, STATIONS, key},
    liar::{Branch, FALSEHOODS, View},
};
use std::sync::Arc;
use tlog::Note;

/// Rounds of looks before anybody tells anybody anything.
pub(crate) const ALONE: usize = 3;
/// All rounds: two exchanges follow, each with a look of everybody after it.
pub(crate) const ROUNDS: usize = ALONE + 2;

/// The kinds of lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lie {
    /// Some are shown another log from an entry on.
    Fork,
    /// Some are shown another log and then never come back; to the others the true one is shown.
    Heal,
    /// Some are shown a log with a false entry.
    FalseForSome,
    /// Everybody is.
    FalseForAll,
    /// An entry is left out of a log that is honest otherwise: a table has its receipt, or others see it.
    Omission,
    /// The entries stand in another order for some, or than a table's receipt says.
    Reordering,
    /// Some are shown a beginning for ever.
    Freeze,
    /// Less is shown than before.
    Rollback,
    /// An old backup that goes on differently.
    Restored,
    /// Another bulletin than the log gives.
    FalseBulletin,
    /// A second bulletin of the size of the first.
    TwoBulletins,
    /// A table has a receipt for an entry that nobody is shown.
    Dishonoured,
    /// A checkpoint without all of its entries.
    Withheld,
    /// Two checkpoints in one answer that do not continue each other.
    Unproved,
}

/// Each in its turn; those that a server would try first come twice.
pub(crate) const LIES: &[Lie] = &[
    Lie::Fork,
    Lie::Rollback,
    Lie::Omission,
    Lie::Reordering,
    Lie::Restored,
    Lie::Heal,
    Lie::FalseForSome,
    Lie::FalseForAll,
    Lie::Freeze,
    Lie::Fork,
    Lie::Rollback,
    Lie::Omission,
    Lie::Reordering,
    Lie::Restored,
    Lie::FalseBulletin,
    Lie::TwoBulletins,
    Lie::Dishonoured,
    Lie::Withheld,
    Lie::Unproved,
];

/// What one observer is shown in one round.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) view: View,
    pub(crate) bulletin: Bulletin,
}

/// A whole run.
pub(crate) struct Plan {
    pub(crate) lie: Lie,
    /// By round and observer; `None`: it does not look.
    pub(crate) rounds: Vec<Vec<Option<Shown>>>,
    /// What a table hands in beside all that, and has a receipt for.
    pub(crate) book: Option<Book>,
    pub(crate) observers: usize,
}

/// A log as a table is told that it is, and the note that it hands in there.
pub(crate) struct Book {
    pub(crate) history: History,
    pub(crate) station: &'static str,
    pub(crate) note: Note,
}

impl Book {
    /// The table of that note; nothing if it is no table's.
    fn of(history: History, note: &[u8]) -> Option<Self> {
        let note = Note::parse(note).ok()?;
        let tally::Statement::Batch(batch) = tally::Statement::parse(note.text()).ok()? else { return None };
        let station = STATIONS.iter().find(|id| **id == batch.station.as_str())?;
        Some(Self { history, station, note })
    }

    /// A table hands in a bundle that nobody else counts; now and then it is none of the contest.
    fn beside(history: History, station: &'static str, chance: &mut Chance) -> Self {
        let next = history.next(chance).filter(|note| note.text().contains("/batch\n"));
        let note = history.batch(station, if next.is_some() { 5_000 } else { 5_001 });
        Self { history, station, note }
    }

    /// What its receipt says.
    pub(crate) fn sighting(&self) -> Sighting {
        let mut taken = self.history.clone();
        taken.hand_in(self.note.as_bytes());
        let (branch, size) = (Arc::new(Branch::of(&taken)), taken.size());
        Sighting { branch, size }
    }
}

struct Split {
    some: Vec<bool>,
    sizes: [u64; ROUNDS],
}

impl Plan {
    /// The run of that chance; nothing when what was drawn is no lie at all.
    pub(crate) fn draw(lie: Lie, ready: &[History], chance: &mut Chance) -> Option<Self> {
        let observers = chance.between(2, 5) as usize;
        let mut history = chance.one(ready).clone();
        let size = chance.between(PREPARED + 4, 40);
        history.grow(chance, size);
        let size = history.size();
        let truth = Arc::new(Branch::of(&history));
        let mut sizes = [(); ROUNDS].map(|()| chance.between(PREPARED, size));
        sizes.sort_unstable();
        // What nobody has seen before the last exchange cannot be found out after it: nothing new is shown then.
        sizes[ROUNDS - 1] = sizes[ROUNDS - 2];
        let mut some: Vec<bool> = (0..observers).map(|_| chance.percent(50)).collect();
        let one = chance.below(observers);
        some[one] = true;
        some[(one + 1) % observers] = false;
        let split = Split { some, sizes };
        let mut book = None;
        let from = chance.between(PREPARED, size - 2);
        let turn = chance.between(1, ROUNDS as u64 - 2) as usize;
        let mut rounds: Vec<Vec<Option<Shown>>> = match lie {
            Lie::Fork | Lie::Heal => {
                let other = Arc::new(Branch::rearranged(&history, from, chance)?);
                // Now and then everybody is shown the other one, and only a table holds a receipt of the first.
                let for_all = lie == Lie::Fork && chance.percent(15);
                book = for_all.then(|| Book::beside(history.at(from), "s01", chance));
                split.show(|some, _| if some || for_all { &other } else { &truth })
            }
            Lie::Omission | Lie::Reordering => {
                let other = match lie {
                    Lie::Omission => Arc::new(Branch::omitting(&history, from)?),
                    _ => Arc::new(Branch::reordered(&history, from, chance)?),
                };
                let of_table = Book::of(history.at(from), &history.entries[usize::try_from(from).ok()?]);
                // Half the time nobody sees the true one, and only the table whose entry it is holds a receipt of it.
                let for_all = chance.percent(50);
                book = of_table.filter(|_| for_all);
                if for_all && book.is_none() {
                    return None;
                }
                split.show(|some, _| if some || for_all { &other } else { &truth })
            }
            Lie::FalseForSome | Lie::FalseForAll => {
                let how = *chance.one(FALSEHOODS);
                let other = Arc::new(Branch::falsified(&history, from, how, chance)?);
                split.show(|some, _| if some || lie == Lie::FalseForAll { &other } else { &truth })
            }
            Lie::Restored => {
                let other = Arc::new(Branch::rearranged(&history, from, chance)?);
                let for_all = chance.percent(60);
                split.show(|some, round| if round >= turn && (some || for_all) { &other } else { &truth })
            }
            Lie::Freeze | Lie::Rollback => {
                let (held, for_all) = (chance.between(PREPARED, size - 1), chance.percent(40) && lie == Lie::Rollback);
                split.each(|some, round, size| {
                    let is_held = (some || for_all) && (lie == Lie::Freeze || round >= turn);
                    let size = if is_held { size.min(held) } else { size };
                    Shown { view: View::of(&truth, size), bulletin: Bulletin::True }
                })
            }
            Lie::FalseBulletin => {
                let more = chance.percent(50);
                split.each(|some, round, size| {
                    let view = View::of(&truth, size);
                    // After the close the true one stands in the log, and the false one is a second.
                    let mut logged = (0..size).zip(&truth.entries);
                    let is_logged = logged.any(|(_, entry)| view.bulletin.as_ref() == Some(entry));
                    let bulletin = if is_logged { Bulletin::Second } else { Bulletin::False };
                    let false_one =
                        view.bulletin.as_ref().filter(|_| some && round >= turn).and_then(|b| misstated(b, more));
                    match false_one {
                        Some(note) => Shown { view: View { bulletin: Some(note), ..view }, bulletin },
                        None => Shown { view, bulletin: Bulletin::True },
                    }
                })
            }
            Lie::TwoBulletins => {
                let mut closed = history.clone();
                closed.grow(chance, 60);
                let closed = Arc::new(Branch::of(&closed));
                let entry = closed.history.bulletin().filter(|_| closed.size() > size)?;
                let second = shifted(&entry)?;
                split.each(|some, round, size| {
                    let is_late = round >= turn;
                    let view = if is_late { View::of(&closed, closed.size()) } else { View::of(&truth, size) };
                    match is_late && some {
                        true => {
                            Shown { view: View { bulletin: Some(second.clone()), ..view }, bulletin: Bulletin::Second }
                        }
                        false => Shown { view, bulletin: Bulletin::True },
                    }
                })
            }
            Lie::Dishonoured => {
                book = Some(Book::beside(history.at(from), chance.one::<&str>(STATIONS), chance));
                split.show(|_, _| &truth)
            }
            Lie::Withheld => {
                let held = chance.between(1, size - 1);
                split.each(|some, round, size| {
                    let view = View::of(&truth, size);
                    let readable = if some && round >= turn { size.min(held) } else { size };
                    let bulletin = view.bulletin.clone().filter(|_| readable == size);
                    Shown { view: View { readable, bulletin, ..view }, bulletin: Bulletin::True }
                })
            }
            Lie::Unproved => {
                let other = Branch::rearranged(&history, from, chance)?;
                let stated = chance.between(from + 1, other.size());
                split.each(|some, round, size| {
                    let view = View::of(&truth, size);
                    let is_other = !other.agrees(stated, &truth, size) || stated > size;
                    let contradicts =
                        other.tree.root_at(stated.min(truth.size())) != truth.tree.root_at(stated.min(truth.size()));
                    let newest = (some && round >= turn && is_other && contradicts).then(|| other.checkpoint(stated));
                    Shown { view: View { newest, ..view }, bulletin: Bulletin::True }
                })
            }
        };
        for (round, shown) in rounds.iter_mut().enumerate() {
            for (who, shown) in shown.iter_mut().enumerate() {
                let has_left = lie == Lie::Heal && split.some[who] && round >= turn;
                let is_away = round < ALONE && chance.percent(30);
                if has_left || is_away {
                    *shown = None;
                }
            }
        }
        Some(Self { lie, rounds, book, observers })
    }
}

impl Split {
    fn each(&self, mut show: impl FnMut(bool, usize, u64) -> Shown) -> Vec<Vec<Option<Shown>>> {
        let round =
            |(round, size): (usize, &u64)| self.some.iter().map(|some| Some(show(*some, round, *size))).collect();
        self.sizes.iter().enumerate().map(round).collect()
    }

    fn show<'b>(&self, which: impl Fn(bool, usize) -> &'b Arc<Branch>) -> Vec<Vec<Option<Shown>>> {
        self.each(|some, round, size| {
            let branch = which(some, round);
            let view = View::of(branch, size.min(branch.size()));
            Shown { view, bulletin: Bulletin::True }
        })
    }
}

/// The bulletin with a bundle more or less, signed by the tally key.
fn misstated(note: &Bytes, more: bool) -> Option<Bytes> {
    let text = text_of(note)?;
    let line = text.lines().find(|line| line.starts_with("bundles "))?;
    let bundles: u64 = line.strip_prefix("bundles ")?.parse().ok()?;
    let expected: u64 = text.lines().find_map(|l| l.strip_prefix("bundles-expected "))?.parse().ok()?;
    let other = if (more && bundles < expected) || bundles == 0 { bundles + 1 } else { bundles - 1 };
    signed(&text.replacen(line, &format!("bundles {other}"), 1))
}

/// The bulletin with a vote taken from the first and given to the last, signed by the tally key.
fn shifted(note: &Bytes) -> Option<Bytes> {
    let mut text = text_of(note)?;
    for (number, by) in [("01", -1), ("04", 1)] {
        let line = text.lines().find(|line| line.starts_with(&format!("votes {number} ")))?.to_owned();
        let votes: i64 = line.rsplit(' ').next()?.parse().ok()?;
        text = text.replacen(&line, &format!("votes {number} {}", votes + by), 1);
    }
    signed(&text)
}

fn text_of(note: &Bytes) -> Option<String> {
    tlog::Note::parse(note).ok().map(|note| note.text().to_owned())
}

fn signed(text: &str) -> Option<Bytes> {
    tally::Statement::parse(text).ok()?;
    Some(Bytes::copy_from_slice(key("tally").sign_text(text).as_bytes()))
}
