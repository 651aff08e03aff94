//! Who signs a desk statement together: the people whose keys are in force, and how many of them it takes (protocol §3,
//! `signed by`). It refuses to know who has signed.

use super::{Count, Role};
use crate::{
    id::{BoardId, ContestId},
    statement::{Link, Statement},
};
use tlog::VerifierKey;

/// Organisers or a counting board as they can sign now: a revoked key has no say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority<'c> {
    /// Keys in force, ascending by name.
    pub keys: Vec<&'c VerifierKey>,
    /// How many of them sign together.
    pub threshold: u64,
}

impl Authority<'_> {
    /// Whether the key of that name is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name() == name)
    }

    /// How many keys may be lost before nothing can be signed any more; `None` when that is so already.
    pub fn spare(&self) -> Option<u64> {
        (self.keys.len() as u64).checked_sub(self.threshold)
    }
}

impl Count {
    /// The organisers; none before the manifest.
    pub fn organisers(&self) -> Option<Authority<'_>> {
        let threshold = self.manifest()?.threshold;
        Some(Authority { keys: self.keys().in_force(Role::Organiser).collect(), threshold })
    }

    /// The members of a counting board.
    pub fn members(&self, board: BoardId) -> Option<Authority<'_>> {
        let board = self.board(board)?;
        let in_force = |key: &&VerifierKey| self.keys().holder(key.name()).is_some_and(|h| h.revoked.is_none());
        Some(Authority { keys: board.keys.iter().filter(in_force).collect(), threshold: board.threshold })
    }

    /// Whoever signs this desk statement; `None` for what nobody signs together, and for an unknown contest or board.
    pub fn authority(&self, statement: &Statement) -> Option<Authority<'_>> {
        match statement.link() {
            Link::Desk { contest: None, .. } => self.organisers(),
            Link::Desk { contest: Some(id), .. } => self.members(self.board_of(id, statement)?),
            Link::Station { .. } | Link::None => None,
        }
    }

    /// The board of the contest as it stands, or as a statement opens it.
    fn board_of(&self, id: ContestId, statement: &Statement) -> Option<BoardId> {
        match (self.contest(id), statement) {
            (Some(contest), _) => Some(contest.statement().board),
            (None, Statement::Contest(new)) => Some(new.board),
            (None, _) => None,
        }
    }
}
