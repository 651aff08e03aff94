//! The line a name must pass, and what it moves with: papers that are still to come can move some lines and not others.
//! It refuses to know votes.

use crate::{outcome::more_than_half, profile::Profile, statement::Contest};

/// The line of a contest's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// None: most votes win, and nobody is elected without any.
    None,
    /// More than half of so many people; no paper moves it.
    People(u64),
    /// More than half of the papers that were counted, valid or not.
    Ballots,
    /// More than half of the valid papers.
    Valid,
}

impl Line {
    /// The line of a contest. One whose rules are unknown has none: it was never accepted.
    pub fn of(contest: &Contest) -> Self {
        let none = crate::Figures::none(contest.form, contest.candidates.len());
        let profile = Profile::find(contest.profile.as_str());
        profile.and_then(|p| p.denominator(&contest.base, &none)).map_or(Self::None, Self::People)
    }

    /// The fewest votes that pass it with so many papers counted, and so many of them valid.
    pub fn least(self, ballots: u64, valid: u64) -> u64 {
        match self {
            Self::None => 1,
            Self::People(people) => more_than_half(people),
            Self::Ballots => more_than_half(ballots),
            Self::Valid => more_than_half(valid),
        }
    }
}
