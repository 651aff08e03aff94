//! Desk statements that wait for their k-th signature, in bounded memory (protocol §4). A draft dies when another
//! statement overtakes it. It refuses to know the rules.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tally::{Sid, Statement, signed::SignedStatement, statement::Link};

/// A hall has a handful of drafts at a time; more is somebody's mistake.
const DRAFTS_MAX: usize = 256;
/// Nobody waits longer for a signature than a session of the congress.
const AGE_MAX: Duration = Duration::from_secs(4 * 3600);

/// The drafts of one event.
#[derive(Clone, Default)]
pub(crate) struct Drafts {
    waiting: BTreeMap<Sid, Draft>,
}

/// One statement that waits.
#[derive(Clone)]
pub(crate) struct Draft {
    /// What was signed so far.
    pub(crate) signed: SignedStatement,
    /// Members needed.
    pub(crate) threshold: usize,
    /// When the first of them signed.
    pub(crate) since: Instant,
}

impl Drafts {
    /// The statement with the signatures of everybody who signed it so far, this note's included.
    pub(crate) fn complete(&self, s: SignedStatement) -> SignedStatement {
        let Some(draft) = self.waiting.get(&s.sid) else { return s };
        let Ok(note) = draft.signed.note.merge(&s.note) else { return s };
        let signers = note.signatures().iter().map(|line| line.name().into()).collect();
        SignedStatement { leaf: note.leaf(), sid: s.sid, statement: s.statement, signers, note }
    }

    /// Keeps a statement that waits; false when there is no room for one more.
    pub(crate) fn keep(&mut self, signed: SignedStatement, threshold: usize, now: Instant) -> bool {
        self.waiting.retain(|_, d| now.duration_since(d.since) < AGE_MAX);
        if let Some(draft) = self.waiting.get_mut(&signed.sid) {
            draft.signed = signed;
            return true;
        }
        let room = self.waiting.len() < DRAFTS_MAX;
        if room {
            self.waiting.insert(signed.sid, Draft { signed, threshold, since: now });
        }
        room
    }

    /// A statement was recorded: it waits no more, and what followed the same head is overtaken.
    pub(crate) fn overtaken_by(&mut self, recorded: &Statement) {
        if let Link::Desk { contest, .. } = recorded.link() {
            let same_chain =
                |d: &Draft| matches!(d.signed.statement.link(), Link::Desk { contest: c, .. } if c == contest);
            self.waiting.retain(|_, d| !same_chain(d));
        }
    }

    /// Everything that waits, by sid.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Draft> {
        self.waiting.values()
    }
}
