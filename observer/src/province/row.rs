//! One event as a line of a province's table. What becomes of it is a pure function of what was told and when; it refuses
//! to know clocks, networks and screens.

use super::halls::Hall;
use crate::{
    error::ObserverError,
    follow::{News, Now},
    verdict::{Finding, Report, Verdict},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use tally::{
    Count,
    ruling::{Phase, Sentence},
};

/// Something new about an event.
pub enum Change<'a> {
    /// Its follower tells something.
    News(News<'a>),
    /// It is followed no more: told to end, or something was found.
    Ended(&'a Report),
    /// It cannot be followed: the ticket, a key, this disk, another server at its address.
    Failed(&'a ObserverError),
}

/// Whether the hall is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// It has not been reached yet.
    Sought,
    /// It is connected, however quiet.
    Here,
    /// The connection is gone; it is tried again.
    Lost,
    /// Nobody listens any more: there was a finding, or a trouble of our own.
    Stopped,
}

/// How many contests are in which phase, in the order of their way; only phases that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phases(pub Vec<(Phase, u64)>);

impl Serialize for Phases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (phase, contests) in &self.0 {
            map.serialize_entry(phase.word(), contests)?;
        }
        map.end()
    }
}

/// Bundles of all contests that are not void.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bundles {
    /// In the totals.
    pub counted: u64,
    /// Handed to the tables, as the board has signed.
    pub expected: u64,
}

/// Why something is so, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// One event. All of it but the first three is verified, or is about this observer itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The name of its ticket's file.
    pub place: String,
    /// How the hall is called, by whoever wrote `halls.toml`.
    pub name: Option<String>,
    /// The telephone of the hall, by the same.
    pub telephone: Option<String>,
    /// Sid of the manifest.
    pub event: Option<String>,
    /// What the manifest calls it.
    pub title: Option<String>,
    /// Contests by phase.
    pub contests: Phases,
    /// Bundles of them.
    pub bundles: Bundles,
    /// Entries verified.
    pub entries: u64,
    /// Whether the hall is heard of.
    pub life: Life,
    /// When the server said anything last, in seconds since 1970.
    pub heard_at: Option<u64>,
    /// Why there is no connection.
    pub lost: Option<Why>,
    /// What is to be said of the log; nothing before any of it was verified.
    pub verdict: Option<Verdict>,
    /// The stable code of a verdict that is not OK.
    pub code: Option<String>,
    /// The first wrong entry.
    pub entry: Option<u64>,
    /// The field that is wrong.
    pub field: Option<String>,
    /// Why the verdict is not OK.
    pub why: Option<Why>,
    /// The folder that convicts a key of the server.
    pub evidence: Option<String>,
}

impl Row {
    /// An event of which nothing is known but its ticket.
    #[must_use]
    pub fn new(place: &str, hall: Option<&Hall>, event: Option<tally::Sid>) -> Self {
        let Hall { name, telephone } = hall.cloned().unwrap_or_default();
        Self {
            place: place.to_owned(),
            name,
            telephone,
            event: event.map(|event| event.to_string()),
            title: None,
            contests: Phases::default(),
            bundles: Bundles::default(),
            entries: 0,
            life: Life::Sought,
            heard_at: None,
            lost: None,
            verdict: None,
            code: None,
            entry: None,
            field: None,
            why: None,
            evidence: None,
        }
    }

    /// What people call the hall: its name, else the title of the event, else the name of the ticket's file.
    #[must_use]
    pub fn called(&self) -> &str {
        self.name.as_deref().or(self.title.as_deref()).unwrap_or(&self.place)
    }

    /// Takes in what is new; whether anything but the time of the last sign of life has changed.
    pub fn apply(&mut self, change: &Change<'_>, now: u64) -> bool {
        let before = self.clone();
        match change {
            Change::News(News::Alive) => self.is_here(now),
            Change::News(News::Seen(_)) => {}
            Change::News(News::Stands(stands)) => self.stand(stands),
            Change::News(News::Lost(error)) => {
                self.life = Life::Lost;
                self.lost = Some(why_of(error));
            }
            Change::Ended(report) => self.end(report),
            Change::Failed(error) => self.fail(error),
        }
        *self != Self { heard_at: self.heard_at, ..before }
    }

    fn is_here(&mut self, now: u64) {
        self.heard_at = Some(now);
        self.life = Life::Here;
        self.lost = None;
    }

    fn stand(&mut self, now: &Now<'_>) {
        self.entries = now.size;
        if let Some(count) = now.count {
            self.title = count.manifest().map(|manifest| manifest.title.to_string());
            (self.contests, self.bundles) = (Phases::of(count), Bundles::of(count));
        }
        self.judge(now.reason.as_ref(), (now.size > 0).then_some(Verdict::Ok));
    }

    fn end(&mut self, report: &Report) {
        self.entries = self.entries.max(report.size);
        self.judge(report.finding.as_ref(), Some(Verdict::Ok));
        self.evidence = report.evidence.as_ref().map(|folder| folder.display().to_string());
        // Told to end, it leaves the row as the hall was; a finding ends the following itself.
        if matches!(report.verdict(), Verdict::Mismatch | Verdict::Equivocation) {
            self.life = Life::Stopped;
        }
    }

    fn fail(&mut self, error: &ObserverError) {
        self.life = Life::Stopped;
        self.judge(None, Some(Verdict::Trouble));
        self.why = Some(why_of(error));
    }

    fn judge(&mut self, finding: Option<&Finding>, without: Option<Verdict>) {
        self.verdict = finding.map(|finding| finding.verdict).or(without);
        self.code = finding.map(|finding| finding.code.to_owned());
        self.entry = finding.and_then(|finding| finding.entry);
        self.field = finding.map(|finding| finding.field.clone()).filter(|field| !field.is_empty());
        self.why = finding.map(|finding| Why::from(&finding.why));
        self.evidence = None;
    }
}

impl Phases {
    fn of(count: &Count) -> Self {
        let mut phases: Vec<(Phase, u64)> = Vec::new();
        for phase in WAY {
            let contests = count.contests().filter(|contest| contest.phase() == phase).count() as u64;
            if contests > 0 {
                phases.push((phase, contests));
            }
        }
        Self(phases)
    }
}

/// The way of a contest.
const WAY: [Phase; 6] =
    [Phase::Counting, Phase::Reopened, Phase::Closed, Phase::Certified, Phase::Announced, Phase::Annulled];

impl Bundles {
    fn of(count: &Count) -> Self {
        let mut bundles = Self::default();
        for contest in count.contests().filter(|contest| contest.phase() != Phase::Annulled) {
            bundles.counted = bundles.counted.saturating_add(contest.bundles_counted() as u64);
            bundles.expected = bundles.expected.saturating_add(contest.bundles_expected() as u64);
        }
        bundles
    }
}

impl From<&Sentence> for Why {
    fn from(sentence: &Sentence) -> Self {
        Self { vi: sentence.vi.clone(), en: sentence.en.clone() }
    }
}

/// The sentences of this program are Vietnamese, a dash, English.
fn why_of(error: &ObserverError) -> Why {
    let said = error.to_string();
    let (vi, en) = said.split_once(" — ").unwrap_or((&said, &said));
    Why { vi: vi.to_owned(), en: en.to_owned() }
}

/// The worst of all: two things said by one key, then a wrong log, then what could not be checked, then what is still open.
/// Of a row without a verdict nothing could be checked.
#[must_use]
pub fn worst<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Verdict {
    let weight = |verdict: &Verdict| match verdict {
        Verdict::Ok => 0,
        Verdict::Provisional => 1,
        Verdict::Trouble => 2,
        Verdict::Mismatch => 3,
        Verdict::Equivocation => 4,
    };
    rows.into_iter().map(|row| row.verdict.unwrap_or(Verdict::Trouble)).max_by_key(weight).unwrap_or(Verdict::Ok)
}

#[cfg(test)]
mod tests;
