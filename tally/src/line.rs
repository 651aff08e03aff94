//! The line a name must pass, and what it moves with: papers that are still to come can move some lines and not others.
//! It refuses to know votes.

use crate::{
    profile::{Denominator, Fraction, Profile},
    statement::Contest,
};

/// The line that the rules draw for a contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// None: most votes win, and nobody is elected without any.
    None,
    /// Nobody passes, whatever the votes: too few people voted.
    Closed,
    /// So many votes; no paper moves it.
    Votes(u64),
    /// More than this share of the papers that were counted, valid or not.
    Ballots(Fraction),
    /// More than this share of the valid papers.
    Valid(Fraction),
}

impl Line {
    /// The line of a contest under its rules.
    pub fn of(contest: &Contest, rules: &Profile) -> Self {
        let none = crate::Figures::none(contest.form, contest.candidates.len());
        let share = rules.majority.as_ref().map(|majority| majority.rule);
        match (rules.threshold(contest.kind, &contest.base, &none), share, rules.base.rule.of) {
            _ if !rules.enough_voted(&contest.base) => Self::Closed,
            (Some(_), Some(share), Denominator::Ballots) => Self::Ballots(share),
            (Some(_), Some(share), Denominator::Valid) => Self::Valid(share),
            (Some(least), ..) => Self::Votes(least),
            (None, ..) => Self::None,
        }
    }

    /// The fewest votes that pass it with so many papers counted, and so many of them valid; none when nobody passes.
    pub fn least(self, ballots: u64, valid: u64) -> Option<u64> {
        match self {
            Self::None => Some(1),
            Self::Closed => None,
            Self::Votes(least) => Some(least),
            Self::Ballots(share) => Some(share.least_over(ballots)),
            Self::Valid(share) => Some(share.least_over(valid)),
        }
    }
}
