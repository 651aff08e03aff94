//! What an honest observer must say of each look, worked out from what it was shown and what it knew, without any of the
//! observer's own code.

use crate::party::Way;
use observer::{Report, Verdict};
use promises::liar::{Branch, View};
use std::sync::Arc;

/// A checkpoint that somebody verified or heard of: of which log, and its size.
#[derive(Clone)]
pub(crate) struct Sighting {
    pub(crate) branch: Arc<Branch>,
    pub(crate) size: u64,
}

impl Sighting {
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        self.branch.agrees(self.size, &other.branch, other.size)
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.size == other.size && self.agrees(other)
    }
}

/// What one observer knows.
#[derive(Clone, Default)]
pub(crate) struct Knowledge {
    /// The largest that it verified.
    pub(crate) newest: Option<Sighting>,
    /// What it was told.
    pub(crate) heard: Vec<Sighting>,
}

impl Knowledge {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Sighting> {
        self.newest.iter().chain(&self.heard)
    }

    pub(crate) fn hear(&mut self, told: &Sighting) {
        if !self.all().any(|known| known.same(told)) {
            self.heard.push(told.clone());
        }
    }
}

/// What must be said of one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expected {
    /// Nothing is wrong with it.
    Fine,
    /// Somebody has seen more.
    Behind,
    /// The checkpoint covers entries that are not shown.
    Withheld,
    /// The two checkpoints of one answer do not continue each other.
    Unproved,
    /// The bulletin is not what the log says.
    FalseBulletin,
    /// The tally key has signed two bulletins of one size.
    TwoBulletins,
    /// This entry is none that an honest log would have.
    FalseEntry(u64),
    /// The log key has signed two histories.
    TwoHistories,
}

/// What is false about the bulletin of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bulletin {
    True,
    False,
    Second,
}

pub(crate) fn expected(view: &View, bulletin: Bulletin, knows: &Knowledge) -> Expected {
    let shown = Sighting { branch: Arc::clone(&view.branch), size: view.size };
    match view.branch.false_from {
        Some(entry) if entry < view.readable => return Expected::FalseEntry(entry),
        _ if view.readable < view.size => return Expected::Withheld,
        _ => {}
    }
    if knows.all().any(|known| known.size <= shown.size && !known.agrees(&shown)) {
        return Expected::TwoHistories;
    }
    let is_split = |one: &Sighting| knows.heard.iter().any(|other| one.size == other.size && !one.agrees(other));
    if knows.heard.iter().any(is_split) {
        return Expected::TwoHistories;
    }
    match bulletin {
        _ if view.newest.is_some() => Expected::Unproved,
        Bulletin::Second => Expected::TwoBulletins,
        Bulletin::False => Expected::FalseBulletin,
        Bulletin::True if knows.all().any(|known| known.size > shown.size) => Expected::Behind,
        Bulletin::True => Expected::Fine,
    }
}

/// Holds a report against what must be said; the answer is what is wrong with it.
pub(crate) fn judge(expected: Expected, way: Way, report: &Report) -> Result<(), String> {
    let finding = report.finding.as_ref();
    let (verdict, code) = (report.verdict(), finding.map_or("", |f| f.code));
    let is_right = match expected {
        Expected::Fine => verdict == Verdict::Ok,
        Expected::Behind => verdict == Verdict::Provisional && code != "V-QUORUM",
        Expected::Withheld => verdict == Verdict::Trouble && code == "V-MISSING",
        Expected::Unproved => matches!(verdict, Verdict::Mismatch | Verdict::Equivocation),
        // Whoever looks once may have gone before the bulletin came; the next look is a whole one.
        Expected::FalseBulletin if way == Way::Follow => {
            matches!(verdict, Verdict::Ok | Verdict::Mismatch | Verdict::Provisional)
        }
        Expected::FalseBulletin => verdict == Verdict::Mismatch && matches!(code, "V-BULLETIN"),
        Expected::TwoBulletins if way == Way::Follow => matches!(verdict, Verdict::Ok | Verdict::Equivocation),
        Expected::TwoBulletins => verdict == Verdict::Equivocation && code == "V-TWO-BULLETINS",
        Expected::FalseEntry(entry) => verdict == Verdict::Mismatch && finding.and_then(|f| f.entry) == Some(entry),
        Expected::TwoHistories => verdict == Verdict::Equivocation,
    };
    if is_right { Ok(()) } else { Err(format!("{way:?}: must be {expected:?}, and it says {report}")) }
}
