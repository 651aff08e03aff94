//! How drafts ended: the last of them are remembered, so that a member who comes too late is told what happened. It
//! refuses to know who asks.

use super::{Drafts, NoToADraft};
use std::{sync::Arc, time::Instant};
use tally::{ContestId, Kind, Sid};

/// Drafts that ended and are remembered: more than a session has.
const ENDED_MAX: usize = 64;

/// How a draft ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Enough members signed: it is an entry.
    Recorded,
    /// Another statement on its subject was recorded.
    Overtaken {
        /// That statement.
        by: Sid,
    },
    /// Nobody completed it in time.
    Expired,
    /// Too few members were left who had not refused.
    Refused,
    /// Nobody who had signed it has a say in it any more.
    Unsigned,
}

/// A draft that waits no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its identity.
    pub(crate) sid: Sid,
    /// Its kind.
    pub(crate) kind: Kind,
    /// The contest it was about.
    pub(crate) contest: Option<ContestId>,
    /// How it ended.
    pub(crate) end: End,
    /// Who had signed it.
    pub(crate) signers: Vec<Box<str>>,
    /// Who had said no.
    pub(crate) refusals: Vec<NoToADraft>,
    /// When.
    pub(crate) at: Instant,
}

impl End {
    /// In one word, for the log of the server.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Overtaken { .. } => "overtaken",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Unsigned => "unsigned",
        }
    }
}

impl Drafts {
    /// Lets go of a draft and remembers how it ended.
    pub(super) fn end(&mut self, sid: Sid, end: End, now: Instant) {
        let Some(draft) = self.waiting.remove(&sid) else { return };
        let statement = &draft.signed.statement;
        let (kind, contest) = (statement.kind(), statement.contest());
        tracing::info!(event = %self.event, %kind, how = end.word(), "draft ended");
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        let (signers, refusals) = (draft.signed.signers.clone(), draft.refusals.clone());
        self.ended.push_back(Arc::new(Ended { sid, kind, contest, end, signers, refusals, at: now }));
    }
}
