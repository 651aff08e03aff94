//! How each contest stands and what its board does next, from the log alone: what `status` shows. It refuses to know
//! the server's word for it.

mod case;
mod check;
mod reserve;
mod step;
mod twice;
mod watch;

pub use case::{BatchStanding, CaseStanding};
pub use check::{Balance, FailedCheck};
pub use reserve::Reserve;
pub use step::{Next, Step};
pub use twice::KeyTwice;
pub use watch::{DecidedStanding, NameStanding, NamesLeft, Rate, Unlike, Watch};

use serde::Serialize;
use std::collections::BTreeMap;
use tally::{
    Count, Replay, Sid,
    count::ContestCount,
    outcome::{self, Outcome},
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
    /// Tables whose key was used on two machines; none unless the server was asked and may show it to this reader: the log
    /// does not tell.
    pub keys_in_use_twice: Option<Vec<KeyTwice>>,
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
    /// Checks of papers, list and figures that fail, and what is only worth a look.
    pub checks: Vec<FailedCheck>,
    /// How many bundles are in each state.
    pub bundles: BTreeMap<String, usize>,
    /// Bundles that need the board.
    pub cases: Vec<CaseStanding>,
    /// Bundles to look at that block nothing: duplicates and lookalikes.
    pub to_look_at: Vec<String>,
    /// What the board watches while it counts.
    pub watch: Watch,
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
            keys_in_use_twice: None,
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
        papers: Balance::of(c),
        checks: FailedCheck::all(c, count),
        bundles,
        cases: c.cases().map(|case| CaseStanding::of(&case, c, count)).collect(),
        to_look_at: to_look_at(c),
        watch: Watch::of(c, may_show(c, count)),
        outcome: outcome_standing(c, count),
        bulletin: c.bulletin().map(text),
        certify: c.certify().map(|(sid, _)| text(sid)),
        minutes: c.minutes().map(|(sid, _)| text(sid)),
        next: Next::of(c, count),
    }
}

fn to_look_at(c: &ContestCount) -> Vec<String> {
    c.every_case().filter(|case| case.is_open() && !case.needs_board()).map(|case| case.bundle.to_string()).collect()
}

/// Who leads is nobody's business before the close, unless the event shows live totals.
fn may_show(c: &ContestCount, count: &Count) -> bool {
    !c.phase().is_open() || count.manifest().is_some_and(|m| m.live_totals)
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
