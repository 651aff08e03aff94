//! What the board signed before the vote: enough for ballots, guide, covers and tally sheets. It refuses to know any
//! figure of the count.

use crate::rules;
use std::sync::Arc;
use tally::{
    BundleId, Code, ContestId, Count, Sid, Statement, StationId,
    profile::Profile,
    statement::{Board, Bundle, Contest, Manifest},
};

/// A contest before its vote.
#[derive(Clone, Debug)]
pub struct Vote {
    /// The event, its organisation and place.
    pub manifest: Manifest,
    /// The counting board, where the log has it.
    pub board: Option<Board>,
    /// What is voted on.
    pub contest: Contest,
    /// The statement that says so.
    pub sid: Sid,
    /// The ballot code: on every ballot, cover and sheet of this contest, said at the tables and at the desk.
    pub code: Code,
    /// The bundles of `papers`, where they are stated already.
    pub bundles: Vec<Bundle>,
    /// The rules it is counted by.
    pub profile: Arc<Profile>,
    /// D and the fewest votes that elect, where they are known before the vote.
    pub base: Option<(u64, Option<u64>)>,
}

impl Vote {
    /// The contest of that id, as stated last; `None` when the log has none.
    #[must_use]
    pub fn of(count: &Count, id: ContestId) -> Option<Self> {
        let state = count.contest(id)?;
        let contest = state.statement().clone();
        let sid = Statement::Contest(Box::new(contest.clone())).sid();
        Some(Self {
            manifest: count.manifest()?.clone(),
            board: count.board(contest.board).cloned(),
            sid,
            code: Code::of(sid),
            bundles: state.papers().map_or_else(Vec::new, |papers| papers.bundles.clone()),
            base: state.base().filter(|_| rules::is_of_people(state.profile())).map(|d| (d, state.threshold())),
            profile: Arc::clone(state.profile()),
            contest,
        })
    }

    /// What a table is called; its id where it has no name.
    #[must_use]
    pub fn table(&self, id: StationId) -> String {
        let named = self.manifest.tables.iter().find(|(table, _)| *table == id);
        named.map_or_else(|| id.to_string(), |(_, title)| title.to_string())
    }

    /// The bundle of that id.
    #[must_use]
    pub fn bundle(&self, id: BundleId) -> Option<&Bundle> {
        self.bundles.iter().find(|b| b.bundle == id)
    }

    /// Names on the list.
    #[must_use]
    pub fn names(&self) -> u64 {
        self.contest.candidates.len() as u64
    }

    /// Names beyond the seats (số dư).
    #[must_use]
    pub fn surplus(&self) -> u64 {
        self.names().saturating_sub(self.contest.seats.into())
    }

    /// How many names one paper may carry.
    #[must_use]
    pub fn most(&self) -> usize {
        self.contest.choices.most(self.contest.candidates.len())
    }
}
