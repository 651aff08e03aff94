//! Why a table's statement is logged and does not count, each fault with a stable code.

use super::Phase;
use crate::{figures::Identity, form::Reason, id::StationId};

/// Why a table's statement is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No such contest.
    UnknownContest,
    /// The contest is not open.
    NotOpen(Phase),
    /// No papers were stated for the contest.
    NoPapers,
    /// No such bundle.
    UnknownBundle,
    /// The bundle belongs to another table.
    OtherTable(StationId),
    /// The marks are of another form of ballot.
    OtherForm,
    /// The list has another number of names.
    OtherList {
        /// Names in the batch.
        batch: usize,
        /// Names of the contest.
        names: usize,
    },
    /// A ground on which no paper of this form is invalid.
    VoidReason(Reason),
    /// The figures do not add up.
    Broken(Identity),
    /// What it takes back is not a live batch of this table in this contest.
    NotLive,
    /// The board has settled on the batch it takes back.
    Settled,
}

impl Fault {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownContest => "S-UNKNOWN-CONTEST",
            Self::NotOpen(_) => "S-NOT-OPEN",
            Self::NoPapers => "S-NO-PAPERS",
            Self::UnknownBundle => "S-UNKNOWN-BUNDLE",
            Self::OtherTable(_) => "S-OTHER-TABLE",
            Self::OtherForm => "S-OTHER-FORM",
            Self::OtherList { .. } => "S-OTHER-LIST",
            Self::VoidReason(_) => "S-VOID-REASON",
            Self::Broken(Identity::BallotsValidInvalid) => "S-IDENTITY-1",
            Self::Broken(Identity::NamesLeftValid) => "S-IDENTITY-2",
            Self::Broken(Identity::VotesNamesLeft) => "S-IDENTITY-3",
            Self::Broken(Identity::VotesValid) => "S-IDENTITY-4",
            Self::Broken(Identity::AgreeDisagreeUnusable) => "S-IDENTITY-5",
            Self::NotLive => "S-NOT-LIVE",
            Self::Settled => "S-SETTLED",
        }
    }
}
