//! What an observer may say of an honest server, worked out from what it is shown and what it knew, without any of the
//! observer's own code: nothing, or exactly these reasons why the last word is not spoken yet.
//!
//! | reason | when, and only then |
//! |---|---|
//! | `V-PUBLIC-VIEW` | a reader without a key, and the contest is not announced: fewer entries are shown than signed |
//! | `V-QUORUM` | the whole log is asked for, and no checkpoint has its witnesses yet |
//! | `V-OLDER` | the checkpoint that is looked at is smaller than one this observer verified |
//! | `V-SHOWS-LESS` | the newest checkpoint is smaller than one this observer was told of, by others or through the server |

use crate::party::Way;
use observer::{Report, Verdict};
use std::collections::BTreeSet;

/// The reasons, in the order in which they are said, each with the words by which its sentence is known.
const REASONS: [(&str, &str); 4] = [
    ("V-PUBLIC-VIEW", "until the announcement"),
    ("V-QUORUM", "witnesses have cosigned the checkpoint"),
    ("V-OLDER", "were verified before"),
    ("V-SHOWS-LESS", "others have seen"),
];

/// What one observer knows of the one log there is; sizes are enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Verified and remembered.
    pub(crate) remembered: u64,
    /// Heard of and not covered yet.
    pub(crate) heard: BTreeSet<u64>,
    /// Whether it has met the event: before, it cannot tell whose checkpoints it hears of.
    pub(crate) has_met: bool,
}

impl Known {
    pub(crate) fn hear(&mut self, size: u64) {
        if size != self.remembered {
            self.heard.insert(size);
        }
    }

    /// A log of so many entries was verified: what was heard of more of it waits, whatever was remembered before.
    fn verify(&mut self, size: u64) {
        self.remembered = self.remembered.max(size);
        self.heard.retain(|heard| *heard > size);
    }
}

/// What a server shows to everybody at one moment, or what lies in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The newest checkpoint.
    pub(crate) newest: u64,
    /// The newest one with its witnesses.
    pub(crate) witnessed: Option<u64>,
    /// Witnesses of the newest, and those needed.
    pub(crate) witnesses: (u64, u64),
    /// What callers have shown it.
    pub(crate) told: BTreeSet<u64>,
    /// Entries that the public may read.
    pub(crate) public: u64,
}

/// Who looks, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) is_public: bool,
    pub(crate) way: Way,
}

/// The reasons that must be given, in order, and what is known afterwards.
pub(crate) fn must_say(reader: Reader, shown: &Shown, known: &Known) -> (Vec<&'static str>, Known) {
    match reader.way {
        Way::Verify => of_all(reader.is_public, shown, known),
        Way::Follow => of_a_follower(reader.is_public, shown, known),
    }
}

fn of_all(is_public: bool, shown: &Shown, known: &Known) -> (Vec<&'static str>, Known) {
    let size = shown.witnessed.unwrap_or(shown.newest);
    let mut told: BTreeSet<u64> = known.heard.clone();
    if !is_public {
        // Whoever looks shows the server what it remembers, and is shown it again.
        told.extend(shown.told.iter().copied().chain([known.remembered]));
    }
    let reasons = [
        is_public && shown.public < size,
        shown.witnessed.is_none() && shown.witnesses.0 < shown.witnesses.1,
        known.remembered > size && !(is_public && shown.public < size),
        told.last().is_some_and(|most| *most > shown.newest),
    ];
    let reasons = said(reasons);
    let mut after = Known { has_met: true, ..known.clone() };
    if reasons.is_empty() {
        after.verify(size);
    } else {
        after.hear(size);
    }
    (reasons, after)
}

fn of_a_follower(is_public: bool, shown: &Shown, known: &Known) -> (Vec<&'static str>, Known) {
    let size = shown.newest;
    if is_public && shown.public < size {
        // No checkpoint comes with the entries: nothing is verified of it.
        return (said([true, false, known.remembered > size, false]), known.clone());
    }
    let mut after = known.clone();
    if !is_public && known.has_met {
        shown.told.iter().chain([&known.remembered]).filter(|size| **size > 0).for_each(|size| after.hear(*size));
    }
    let reasons = [false, false, known.remembered > size, after.heard.last().is_some_and(|most| *most > size)];
    after.verify(size);
    (said(reasons), Known { has_met: true, ..after })
}

/// What must be said of a folder with a whole log, which changes nothing but that the event is met.
pub(crate) fn of_folder(shown: &Shown, known: &Known) -> (Vec<&'static str>, Known) {
    // There is nobody in it who tells what others have seen.
    let whole = Shown { public: shown.newest, ..shown.clone() };
    let (reasons, _) = of_all(true, &whole, known);
    (reasons, Known { has_met: true, ..known.clone() })
}

fn said(which: [bool; 4]) -> Vec<&'static str> {
    REASONS.iter().zip(which).filter(|(_, is)| *is).map(|((code, _), _)| *code).collect()
}

/// Holds a report against these reasons; the answer is what is wrong with it. Nobody is ever accused.
pub(crate) fn judge(must: &[&str], report: &Report) -> Result<(), String> {
    let verdict = if must.is_empty() { Verdict::Ok } else { Verdict::Provisional };
    let finding = report.finding.as_ref();
    let en = finding.map_or("", |finding| finding.why.en.as_str());
    let reasons: Vec<&str> = REASONS.iter().filter(|(_, words)| en.contains(words)).map(|(code, _)| *code).collect();
    let accuses = report.evidence.is_some() || report.convicts.is_some() || finding.is_some_and(|f| f.charge.is_some());
    let is_right = report.verdict() == verdict
        && finding.map(|finding| finding.code) == must.first().copied()
        && reasons == must
        && !accuses;
    if is_right { Ok(()) } else { Err(format!("must give the reasons {must:?}, and it says {report}")) }
}
