//! How each contest stands and what its board does next, from the log alone: what `status` shows. It refuses to know
//! the server's word for it.

mod reserve;
mod step;

pub use reserve::Reserve;
pub use step::{Next, Step};

use serde::Serialize;
use std::collections::BTreeMap;
use tally::{
    Count, Replay, Sid,
    count::{Case, ContestCount},
    outcome::{self, Outcome},
    reconcile,
};

/// The event at a size of its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Standing {
    /// The sid of the manifest.
    pub event: String,
    /// What the event is called.
    pub title: String,
    /// Entries verified.
    pub size: u64,
    /// The root over them.
    pub root: String,
    /// Counting boards recorded.
    pub boards: Vec<String>,
    /// Who signs together, and how many keys they can lose: the organisers, then every board.
    pub reserves: Vec<Reserve>,
    /// Every contest, by id.
    pub contests: Vec<ContestStanding>,
    /// Equal counts beyond those asked for, and the like: what people should look at.
    pub flags: BTreeMap<&'static str, u64>,
}

/// One contest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ContestStanding {
    /// Its id.
    pub id: String,
    /// What is elected.
    pub title: String,
    /// Where it is on its way.
    pub phase: String,
    /// The papers, once they are stated.
    pub papers: Option<Balance>,
    /// Checks of the papers that fail.
    pub checks: Vec<FailedCheck>,
    /// How many bundles are in each state.
    pub bundles: BTreeMap<String, usize>,
    /// Bundles that need the board.
    pub cases: Vec<CaseStanding>,
    /// The outcome by the rules; none while counting goes on and figures are not to be seen.
    pub outcome: Option<OutcomeStanding>,
    /// The latest closed bulletin.
    pub bulletin: Option<String>,
    /// The certificate in force.
    pub certify: Option<String>,
    /// The latest minutes.
    pub minutes: Option<String>,
    /// What to do now.
    pub next: Next,
}

/// The papers of a contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the words of the statement `papers`")]
pub struct Balance {
    pub received: u64,
    pub issued: u64,
    pub unused: u64,
    pub spoiled: u64,
    pub collected: u64,
    /// Papers in bundles that are counted.
    pub counted: u32,
}

/// A check that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedCheck {
    /// Its code, `E-…` or `W-…`.
    pub code: &'static str,
    /// The figures that do not fit.
    pub why: String,
    /// Whether the board accepted it.
    pub accepted: bool,
}

/// A bundle that needs the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseStanding {
    /// The bundle.
    pub bundle: String,
    /// How it stands.
    pub state: &'static str,
    /// Papers it should hold.
    pub papers: Option<u32>,
    /// Its live counts, in the order they came.
    pub batches: Vec<BatchStanding>,
}

/// One live count of a bundle that needs the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BatchStanding {
    /// Its sid, which a settle names.
    pub sid: String,
    /// The table.
    pub station: String,
    /// Its entry.
    pub index: u64,
    /// Papers in it.
    pub ballots: u32,
    /// Valid ones.
    pub valid: u32,
    /// Votes of each candidate, in ballot order.
    pub votes: Vec<u32>,
}

/// The outcome by the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutcomeStanding {
    /// Whether nothing can change it but a reopen.
    pub closed: bool,
    /// The denominator D.
    pub base: Option<u64>,
    /// The fewest votes that are more than half of D.
    pub threshold: Option<u64>,
    /// Votes by candidate number.
    pub votes: BTreeMap<String, u32>,
    /// The elected, by votes.
    pub elected: Vec<String>,
    /// What is still to be voted on, as a certificate says it.
    pub next: String,
    /// Why nothing can be said.
    pub blocked: Option<&'static str>,
}

impl Standing {
    /// The event as far as it is verified.
    pub fn of(replay: &Replay) -> Self {
        let count = &replay.count;
        let flags = count.flags();
        Self {
            event: count.event().map_or_else(String::new, |sid| sid.to_string()),
            title: count.manifest().map_or_else(String::new, |m| m.title.to_string()),
            size: count.size(),
            root: replay.tree.root().to_string(),
            boards: count.boards().map(|b| b.board.to_string()).collect(),
            reserves: Reserve::all(count),
            contests: count.contests().map(|c| contest(c, count)).collect(),
            flags: BTreeMap::from([
                ("duplicate", flags.duplicate),
                ("conflict", flags.conflict),
                ("lookalike", flags.lookalike),
                ("set-aside", flags.set_aside),
            ]),
        }
    }
}

fn contest(c: &ContestCount, count: &Count) -> ContestStanding {
    let text = |sid: Sid| sid.to_string();
    let mut bundles = BTreeMap::new();
    for (_, state) in c.bundle_states() {
        *bundles.entry(state.to_string()).or_default() += 1;
    }
    ContestStanding {
        id: c.statement().contest.to_string(),
        title: c.statement().title.to_string(),
        phase: c.phase().to_string(),
        papers: balance(c),
        checks: checks(c),
        bundles,
        cases: c.cases().map(|case| case_standing(&case, c, count)).collect(),
        outcome: outcome_standing(c, count),
        bulletin: c.bulletin().map(text),
        certify: c.certify().map(|(sid, _)| text(sid)),
        minutes: c.minutes().map(|(sid, _)| text(sid)),
        next: Next::of(c),
    }
}

fn balance(c: &ContestCount) -> Option<Balance> {
    let p = c.papers()?;
    Some(Balance {
        received: p.received,
        issued: p.issued,
        unused: p.unused,
        spoiled: p.spoiled,
        collected: p.collected,
        counted: c.totals().ballots.0,
    })
}

pub(crate) fn checks(c: &ContestCount) -> Vec<FailedCheck> {
    let accepted = c.accepted().copied().collect();
    let failed = c.papers().map(|p| reconcile::checks(c.statement(), p)).unwrap_or_default();
    let failed = failed.into_iter();
    failed.map(|f| FailedCheck { code: f.code, accepted: f.accepted_by(&accepted), why: f.why.to_string() }).collect()
}

fn case_standing(case: &Case<'_>, c: &ContestCount, count: &Count) -> CaseStanding {
    let batch = |b: &tally::count::LiveBatch| BatchStanding {
        sid: count.station_entry(b.station, b.seq).map_or_else(String::new, |(sid, _)| sid.to_string()),
        station: b.station.to_string(),
        index: b.index,
        ballots: b.figures.ballots.0,
        valid: b.figures.valid.0,
        votes: b.figures.votes().iter().map(|v| v.0).collect(),
    };
    CaseStanding {
        bundle: case.bundle.to_string(),
        state: case.state.word(),
        papers: c.papers().and_then(|p| p.bundle(case.bundle)).map(|b| b.papers.0),
        batches: case.batches.iter().map(batch).collect(),
    }
}

/// While counting goes on the rules speak only where live totals are allowed: who leads is nobody's business before.
fn outcome_standing(c: &ContestCount, count: &Count) -> Option<OutcomeStanding> {
    let live = count.manifest().is_some_and(|m| m.live_totals);
    let rules: Outcome = match c.phase() {
        tally::ruling::Phase::Annulled => return None,
        phase if !phase.is_open() => c.outcome(),
        _ if live => outcome::elect(c.statement(), c.profile(), &c.totals()),
        _ => return None,
    };
    let totals = c.totals();
    let votes = totals.votes().iter().enumerate();
    Some(OutcomeStanding {
        closed: !c.phase().is_open(),
        base: c.base(),
        threshold: c.threshold(),
        votes: votes.map(|(place, v)| (c.statement().number(place).to_string(), v.0)).collect(),
        elected: rules.elected.iter().map(ToString::to_string).collect(),
        next: rules.next().to_string(),
        blocked: rules.blocked.map(outcome::Blocked::word),
    })
}
