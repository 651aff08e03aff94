//! A bundle that needs the board, with both its sides. It refuses to know what was said of it before; `cases` does.

use serde::Serialize;
use tally::{
    Count,
    count::{Case, ContestCount, LiveBatch},
};

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
    /// Every entry about it, ascending.
    pub history: Vec<u64>,
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

impl CaseStanding {
    pub(super) fn of(case: &Case<'_>, c: &ContestCount, count: &Count) -> Self {
        let batch = |b: &LiveBatch| BatchStanding {
            sid: count.station_entry(b.station, b.seq).map_or_else(String::new, |(sid, _)| sid.to_string()),
            station: b.station.to_string(),
            index: b.index,
            ballots: b.figures.ballots.0,
            valid: b.figures.valid.0,
            votes: b.figures.votes().iter().map(|v| v.0).collect(),
        };
        Self {
            bundle: case.bundle.to_string(),
            state: case.state.map_or("-", tally::ruling::BundleState::word),
            papers: c.papers().and_then(|p| p.bundle(case.bundle)).map(|b| b.papers.0),
            batches: case.batches.iter().map(batch).collect(),
            history: case.history.clone(),
        }
    }
}
