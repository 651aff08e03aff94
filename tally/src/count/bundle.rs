//! One bundle: its live counts and how it stands (protocol §4). It refuses to know other bundles.

use crate::{
    figures::Figures,
    id::StationId,
    ruling::BundleState,
    statement::{Bundle, Serials},
};

/// A count of a bundle that is logged and neither withdrawn nor set aside.
#[derive(Clone, Debug)]
pub struct LiveBatch {
    /// The table.
    pub station: StationId,
    /// Its place in the table's chain.
    pub seq: u64,
    /// Its entry.
    pub index: u64,
    /// What it adds up to.
    pub figures: Figures,
    /// Printed numbers of its papers.
    pub serials: Option<Serials>,
}

impl LiveBatch {
    pub(super) fn is(&self, station: StationId, seq: u64) -> bool {
        self.station == station && self.seq == seq
    }
}

/// What the board settled on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Settlement {
    /// The bundle is given up.
    GivenUp,
    /// This batch stands.
    Stands(StationId, u64),
}

/// The live counts of one bundle.
#[derive(Clone, Default)]
pub(super) struct BundleCount {
    pub(super) live: Vec<LiveBatch>,
    pub(super) settled: Option<Settlement>,
}

impl BundleCount {
    /// How the bundle stands, given what `papers` says of it and how many counts the contest asks for.
    pub(super) fn state(&self, expected: &Bundle, counts: u8) -> BundleState {
        let agrees = |batch: &LiveBatch| batch.figures.ballots == expected.papers;
        match self.settled {
            Some(Settlement::GivenUp) => return BundleState::GivenUp,
            Some(Settlement::Stands(..)) => {
                return match self.standing() {
                    None => BundleState::Unsettled,
                    Some(batch) if agrees(batch) => BundleState::Counted,
                    Some(_) => BundleState::Mismatch,
                };
            }
            None => {}
        }
        let Some(first) = self.live.first() else { return BundleState::Missing };
        if self.live.iter().skip(1).any(|b| b.figures != first.figures) {
            BundleState::Conflict
        } else if self.tables() < usize::from(counts) {
            BundleState::Waiting
        } else if agrees(first) {
            BundleState::Counted
        } else {
            BundleState::Mismatch
        }
    }

    /// The batch whose figures stand for the bundle when it is counted.
    pub(super) fn standing(&self) -> Option<&LiveBatch> {
        match self.settled {
            Some(Settlement::Stands(station, seq)) => self.live.iter().find(|b| b.is(station, seq)),
            Some(Settlement::GivenUp) => None,
            None => self.live.first(),
        }
    }

    /// Different tables that counted it.
    pub(super) fn tables(&self) -> usize {
        if self.live.len() < 2 {
            return self.live.len();
        }
        let mut tables: Vec<_> = self.live.iter().map(|b| b.station).collect();
        tables.sort_unstable();
        tables.dedup();
        tables.len()
    }
}
