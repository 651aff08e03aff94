//! The answer to a statement: a value with a stable code, the facts, who must act and whether trying again helps
//! (protocol §4). It refuses to know gRPC; a ruling is never an error of the machine.

mod fault;
mod refusal;
mod sentence;

pub use fault::Fault;
pub use refusal::Refusal;
pub use sentence::Sentence;
pub(crate) use sentence::say;

use crate::form::words;

/// What becomes of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Nothing is logged.
    Refused(Refusal),
    /// It stands in the log already, as the entry of that index; nothing is logged again.
    Repeated {
        /// The entry.
        index: u64,
        /// Why it does not count, if it was set aside then: the first answer may have been lost.
        set_aside: Vec<Fault>,
    },
    /// The rules allow it, but more members must sign before it is logged.
    Draft {
        /// Distinct members who have signed.
        signatures: usize,
        /// Members needed.
        threshold: usize,
    },
    /// Logged, and never counts: a batch or withdrawal of a table with every fault named.
    SetAside(Vec<Fault>),
    /// A batch that is logged and live.
    Live {
        /// How its bundle stands with it.
        state: BundleState,
        /// What people should look at; never blocks.
        flags: Vec<Flag>,
    },
    /// Logged, and takes effect.
    Recorded,
}

/// The outcome in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants of `Ruling` say it")]
pub enum Verdict {
    Refused,
    Repeated,
    Draft,
    SetAside,
    Live,
    Recorded,
}
words!(Verdict: "a verdict"; Refused = "refused", Repeated = "repeated", Draft = "draft", SetAside = "set-aside",
    Live = "live", Recorded = "recorded");

/// Who must do something now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody: all is well.
    Nobody,
    /// The counting table that sent it.
    Table,
    /// The counting board.
    Board,
    /// The organisers.
    Organisers,
}
words!(Actor: "who must act"; Nobody = "nobody", Table = "table", Board = "board", Organisers = "organisers");

/// How a bundle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BundleState {
    /// No live batch.
    Missing,
    /// Fewer equal counts by different tables than the contest asks for.
    Waiting,
    /// In the totals.
    Counted,
    /// Two live batches differ.
    Conflict,
    /// The counts agree with each other but not with `papers`.
    Mismatch,
    /// The board settled it with `-`: expected, not counted.
    GivenUp,
    /// The batch the board had settled on died with a revoked key; only a new `settle` closes it.
    Unsettled,
}
words!(BundleState: "how a bundle stands"; Missing = "missing", Waiting = "waiting", Counted = "counted",
    Conflict = "conflict", Mismatch = "mismatch", GivenUp = "given-up", Unsettled = "unsettled");

impl BundleState {
    /// Whether the contest may be closed with a bundle in this state.
    pub fn lets_close(self) -> bool {
        matches!(self, Self::Counted | Self::GivenUp)
    }
}

/// Something people should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// An equal count beyond those the contest asks for.
    Duplicate,
    /// It differs from another live batch of its bundle.
    Conflict,
    /// The same figures stand under another bundle of the contest.
    Lookalike,
    /// A printed number of its papers stands in another bundle as well.
    Serials,
}
words!(Flag: "a flag"; Duplicate = "F-DUPLICATE", Conflict = "F-CONFLICT", Lookalike = "F-LOOKALIKE",
    Serials = "F-SERIALS");

/// Where a contest is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Counting, before the first close.
    Counting,
    /// Closed.
    Closed,
    /// Certified.
    Certified,
    /// Announced.
    Announced,
    /// Counting again.
    Reopened,
    /// Void.
    Annulled,
}
words!(Phase: "a phase"; Counting = "counting", Closed = "closed", Certified = "certified", Announced = "announced",
    Reopened = "reopened", Annulled = "annulled");

impl Phase {
    /// Whether batches count.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Counting | Self::Reopened)
    }
}

impl Ruling {
    /// The outcome in one word.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Refused(_) => Verdict::Refused,
            Self::Repeated { .. } => Verdict::Repeated,
            Self::Draft { .. } => Verdict::Draft,
            Self::SetAside(_) => Verdict::SetAside,
            Self::Live { .. } => Verdict::Live,
            Self::Recorded => Verdict::Recorded,
        }
    }

    /// Whether the statement becomes an entry.
    pub fn is_logged(&self) -> bool {
        matches!(self, Self::SetAside(_) | Self::Live { .. } | Self::Recorded)
    }

    /// A stable code; of several faults the first.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Repeated { .. } => "R-REPEATED",
            Self::Draft { .. } => "R-SIGNATURES",
            Self::SetAside(faults) => faults.first().map_or("S-FAULT", |f| f.code()),
            Self::Live { state, .. } => match state {
                BundleState::Missing => "B-MISSING",
                BundleState::Waiting => "B-WAITING",
                BundleState::Counted => "B-COUNTED",
                BundleState::Conflict => "B-CONFLICT",
                BundleState::Mismatch => "B-MISMATCH",
                BundleState::GivenUp => "B-GIVEN-UP",
                BundleState::Unsettled => "B-UNSETTLED",
            },
            Self::Recorded => "OK",
        }
    }

    /// Who must do something now.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Recorded => Actor::Nobody,
            Self::Draft { .. } => Actor::Board,
            Self::SetAside(faults) | Self::Repeated { set_aside: faults, .. } => match faults.first() {
                None => Actor::Nobody,
                Some(Fault::UnknownContest | Fault::NotOpen(_) | Fault::NoPapers | Fault::Settled) => Actor::Board,
                _ => Actor::Table,
            },
            Self::Live { state, .. } => match state {
                BundleState::Counted | BundleState::Waiting | BundleState::Missing => Actor::Nobody,
                BundleState::Conflict | BundleState::Mismatch | BundleState::GivenUp | BundleState::Unsettled => {
                    Actor::Board
                }
            },
            Self::Refused(refusal) => refusal.actor(),
        }
    }

    /// Whether sending the same bytes again later can end otherwise.
    pub fn retry_helps(&self) -> bool {
        matches!(
            self,
            Self::Refused(
                Refusal::UnknownKey { .. }
                    | Refusal::UnknownContest(_)
                    | Refusal::NoPapers
                    | Refusal::OpenBundles { .. }
                    | Refusal::Checks(_)
                    | Refusal::DraftRoom { .. }
            )
        )
    }
}
