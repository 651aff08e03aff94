//! Who is elected: integers only, never a rounded percentage (counting-rules §5). It refuses to know how the figures
//! came about.

use crate::{
    figures::Figures,
    id::CandidateNo,
    profile::Profile,
    statement::{Contest, Next},
};

/// What the rules say of a closed contest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By votes, highest first, then by number.
    pub elected: Vec<CandidateNo>,
    /// Equal votes across the last seat.
    pub tie: Option<Tie>,
    /// Seats that nobody won.
    pub short: u16,
    /// Why nothing can be said at all.
    pub blocked: Option<Blocked>,
}

/// Names with equal votes and too few seats for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// In ballot order.
    pub candidates: Vec<CandidateNo>,
    /// Seats among them.
    pub seats: u16,
}

/// Why a contest cannot be certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// More papers came back than were issued: the congress annuls and votes again.
    CollectedMoreThanIssued,
}

impl Blocked {
    /// The word in results and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::CollectedMoreThanIssued => "collected-more-than-issued",
        }
    }
}

/// The fewest votes that are more than half of `base`: exactly half loses.
pub fn more_than_half(base: u64) -> u64 {
    (base / 2).saturating_add(1)
}

impl Outcome {
    pub(crate) fn blocked() -> Self {
        Self { blocked: Some(Blocked::CollectedMoreThanIssued), ..Self::default() }
    }

    /// What a certificate says comes next.
    pub fn next(&self) -> Next {
        match &self.tie {
            Some(tie) => Next::Tie { candidates: tie.candidates.clone(), seats: tie.seats },
            None if self.short > 0 => Next::Short(self.short),
            None => Next::None,
        }
    }

    /// The elected as they stand in a certificate, for a sentence.
    pub fn elected_in_words(&self) -> String {
        let numbers: Vec<String> = self.elected.iter().map(ToString::to_string).collect();
        if numbers.is_empty() { "-".to_owned() } else { numbers.join(" ") }
    }
}

/// Elects by the contest's profile. A contest whose profile is unknown elects nobody: it was never accepted.
pub fn elect(contest: &Contest, totals: &Figures) -> Outcome {
    let Some(profile) = Profile::find(contest.profile.as_str()) else { return Outcome::default() };
    // Without a denominator most votes win; nobody is elected without any.
    let least = profile.denominator(&contest.base, totals).map_or(1, more_than_half);
    let mut over: Vec<(u32, CandidateNo)> = totals
        .votes()
        .iter()
        .enumerate()
        .filter(|(_, votes)| u64::from(votes.0) >= least)
        .map(|(place, votes)| (votes.0, contest.number(place)))
        .collect();
    over.sort_unstable_by_key(|(votes, number)| (std::cmp::Reverse(*votes), *number));
    fill(&over, contest.seats)
}

/// Fills the seats from the highest down; equals across the last seat are a tie.
fn fill(over: &[(u32, CandidateNo)], seats: u16) -> Outcome {
    let number = |range: &[(u32, CandidateNo)]| range.iter().map(|(_, n)| *n).collect::<Vec<_>>();
    let left = |elected: usize| seats.saturating_sub(u16::try_from(elected).unwrap_or(u16::MAX));
    let Some(((last, _), (next, _))) =
        usize::from(seats).checked_sub(1).and_then(|at| over.get(at)).zip(over.get(usize::from(seats)))
    else {
        return Outcome { elected: number(over), short: left(over.len()), ..Outcome::default() };
    };
    if last != next {
        return Outcome { elected: number(&over[..usize::from(seats)]), ..Outcome::default() };
    }
    let above = over.partition_point(|(votes, _)| votes > last);
    let upto = over.partition_point(|(votes, _)| votes >= last);
    let tie = Tie { candidates: number(&over[above..upto]), seats: left(above) };
    Outcome { elected: number(&over[..above]), tie: Some(tie), ..Outcome::default() }
}
