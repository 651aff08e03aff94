//! Who is elected: integers only, never a rounded percentage (counting-rules §5). It refuses to know how the figures
//! came about.

mod derivation;

pub use derivation::derivation;

use crate::{
    figures::Figures,
    id::CandidateNo,
    profile::Profile,
    statement::{Contest, Next},
    text::Date,
};

/// What the rules say of a closed contest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By votes, highest first, then by number.
    pub elected: Vec<CandidateNo>,
    /// Dự khuyết: the next after the elected, where the profile takes alternates from the same list; in the same order.
    pub alternates: Vec<CandidateNo>,
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

/// Elects by the contest's profile.
pub fn elect(contest: &Contest, profile: &Profile, totals: &Figures) -> Outcome {
    let short = |left: u16| if profile.poll.is_some() { 0 } else { left };
    if !profile.enough_voted(&contest.base) {
        return Outcome { short: short(contest.seats), ..Outcome::default() };
    }
    let over = over_the_line(contest, profile, totals);
    let Places { filled, tied, left } = fill(contest, profile, &over, contest.seats);
    // While it is open who among the tied is elected, nobody knows who is left for the alternates.
    let mut alternates = Places::default();
    if tied.is_empty() {
        let seats = u16::try_from(profile.alternate_seats(&contest.base)).unwrap_or(u16::MAX);
        let rest: Vec<_> = over.iter().filter(|(_, number)| !filled.contains(number)).copied().collect();
        alternates = fill(contest, profile, &rest, seats);
    }
    let tie = (!tied.is_empty()).then_some(Tie { candidates: tied, seats: left });
    let left = if tie.is_some() { 0 } else { short(left) };
    Outcome { elected: filled, alternates: alternates.filled, tie, short: left, blocked: None }
}

/// Everybody whose votes may elect, most votes first, then by number.
fn over_the_line(contest: &Contest, profile: &Profile, totals: &Figures) -> Vec<(u32, CandidateNo)> {
    // Without a line most votes win; nobody is elected without any.
    let least = profile.threshold(contest.kind, &contest.base, totals).unwrap_or(1);
    let mut over: Vec<(u32, CandidateNo)> = totals
        .votes()
        .iter()
        .enumerate()
        .filter(|(_, votes)| u64::from(votes.0) >= least)
        .map(|(place, votes)| (votes.0, contest.number(place)))
        .collect();
    over.sort_unstable_by_key(|(votes, number)| (std::cmp::Reverse(*votes), *number));
    over
}

/// Who takes which of the places, and how many places that leaves.
#[derive(Default)]
struct Places {
    filled: Vec<CandidateNo>,
    tied: Vec<CandidateNo>,
    left: u16,
}

/// Fills the places from the highest down; equals across the last one are a tie, unless age tells them apart.
fn fill(contest: &Contest, profile: &Profile, over: &[(u32, CandidateNo)], places: u16) -> Places {
    let wanted = usize::from(places);
    let left = |filled: usize| places.saturating_sub(u16::try_from(filled).unwrap_or(u16::MAX));
    let numbers = |range: &[(u32, CandidateNo)]| range.iter().map(|(_, n)| *n).collect::<Vec<_>>();
    let last_and_next = wanted.checked_sub(1).and_then(|at| over.get(at)).zip(over.get(wanted));
    let Some(((last, _), _)) = last_and_next.filter(|((last, _), (next, _))| last == next) else {
        let filled = &over[..wanted.min(over.len())];
        return Places { filled: numbers(filled), tied: Vec::new(), left: left(filled.len()) };
    };
    let above = over.partition_point(|(votes, _)| votes > last);
    let upto = over.partition_point(|(votes, _)| votes >= last);
    let (mut filled, mut tied) = (numbers(&over[..above]), numbers(&over[above..upto]));
    if profile.tie.rule.older_wins {
        let older = older_first(contest, &mut tied, usize::from(left(above)));
        // Among equals the order of the ballot stays.
        filled.extend(older);
    }
    let left = left(filled.len());
    if left == 0 {
        tied.clear();
    }
    Places { filled, tied, left }
}

/// Takes those out of the tied whom age elects to the places; whoever has the same day of birth as the last stays tied.
/// Age decides nothing where a day is not known.
fn older_first(contest: &Contest, tied: &mut Vec<CandidateNo>, places: usize) -> Vec<CandidateNo> {
    let born = |number: &CandidateNo| contest.born.iter().find(|(n, _)| n == number).map(|(_, day)| *day);
    let days: Option<Vec<(Date, CandidateNo)>> = tied.iter().map(|n| born(n).map(|day| (day, *n))).collect();
    let Some(mut days) = days else { return Vec::new() };
    days.sort_unstable();
    let Some(((last, _), (next, _))) = places.checked_sub(1).and_then(|at| days.get(at)).zip(days.get(places)) else {
        return Vec::new();
    };
    // Whoever is older than the day on which the places run out; all up to it when the next one is younger.
    let in_front = days.partition_point(|(day, _)| if last == next { day < last } else { day <= last });
    let still = if last == next { days.partition_point(|(day, _)| day <= last) } else { in_front };
    let mut elected: Vec<CandidateNo> = days[..in_front].iter().map(|(_, n)| *n).collect();
    elected.sort_unstable();
    *tied = days[in_front..still].iter().map(|(_, n)| *n).collect();
    tied.sort_unstable();
    elected
}
