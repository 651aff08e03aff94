//! The chain of contests of a Party congress (from the Executive Committee to the delegation) as a plan that is adopted
//! step by step: how far the log has come, and each next contest prefilled from whom it certifies as elected. Nothing is
//! forced: steps may be left out, taken in another order, and every proposal may be changed by hand.

mod adopt;
mod step;

pub use adopt::{Adoption, adopt};
pub use step::{Electorate, STEPS, Step};

use crate::{
    meaning::Said,
    proposal::{form_for, sits_on},
    round::{Person, all_rounds, elected},
};
use serde::Serialize;
use std::collections::BTreeMap;
use tally::{
    BoardId, ContestId, Count,
    count::ContestCount,
    ruling::Phase,
    statement::{Next, Round},
};

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its last round is announced and leaves nothing open, or a later step has begun since.
    Done,
    /// A contest of it is being counted, or the congress decides about a further round.
    Open,
    /// The first step that has not begun.
    Next,
    /// After that one.
    Later,
    /// A later step has begun and this one has not.
    LeftOut,
}

/// The plan at a size of the log.
pub struct Plan<'a> {
    count: &'a Count,
    /// The first vote of each step that has begun, beside [`STEPS`].
    begun: Vec<Option<&'a ContestCount>>,
}

/// One step for whoever looks at the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepStanding {
    /// Its word in `plan adopt`.
    pub step: &'static str,
    /// What is elected.
    pub title: Said,
    /// Which meeting elects.
    pub electorate: &'static str,
    /// The same in words.
    pub meeting: Said,
    /// How far it has come.
    pub state: State,
    /// Its contests, the first vote first.
    pub rounds: Vec<String>,
    /// Everybody elected in them.
    pub elected: Vec<String>,
    /// What its last announced round leaves open, as `short 2`.
    pub open: Option<String>,
    /// Those the log suggests as candidates.
    pub suggested: Vec<String>,
    /// Whether people from outside may stand.
    pub outside: bool,
    /// How many are elected, where the rules say it.
    pub seats: Option<u16>,
    /// The form of ballot for those suggested, where the number of seats is known.
    pub form: Option<&'static str>,
    /// The rules it is counted by.
    pub profile: String,
    /// The counting board of that meeting, once it is recorded.
    pub board: Option<String>,
    /// Where the rule is written.
    pub source: &'static str,
    /// Whether that was recalled and not read.
    pub unverified: bool,
}

impl<'a> Plan<'a> {
    /// The plan as the log has come. A contest belongs to the step whose word its id is or begins with (`standing`,
    /// `standing-2`) or whose title its title begins with; `named` says it where neither does.
    #[must_use]
    pub fn of(count: &'a Count, named: &BTreeMap<String, ContestId>) -> Self {
        let begun = STEPS.iter().map(|step| match named.get(step.word) {
            Some(id) => count.contest(*id),
            None => {
                let is_first = |c: &&ContestCount| c.statement().kind == Round::First && step.is(c.statement());
                let first: Vec<_> = count.contests().filter(is_first).collect();
                // An annulled vote may have been set up anew instead of repeated.
                first.iter().find(|c| c.phase() != Phase::Annulled).or(first.first()).copied()
            }
        });
        let begun = begun.collect();
        Self { count, begun }
    }

    /// Every step, in order.
    #[must_use]
    pub fn standing(&self) -> Vec<StepStanding> {
        STEPS.iter().enumerate().map(|(place, step)| self.step(place, step)).collect()
    }

    fn step(&self, place: usize, step: &'static Step) -> StepStanding {
        let board = self.board(step);
        let suggested = self.suggested(step, board);
        StepStanding {
            step: step.word,
            title: step.title(),
            electorate: step.electorate.word(),
            meeting: step.electorate.said(),
            state: self.state(place),
            rounds: self.rounds(step).iter().map(|c| c.statement().contest.to_string()).collect(),
            elected: self.elected(step).iter().map(|p| p.candidate.name.to_string()).collect(),
            open: self.open(step).map(ToString::to_string),
            form: step
                .seats
                .filter(|_| !suggested.is_empty() && self.first(step).is_none())
                .map(|n| form_for(suggested.len(), n, None).0.word()),
            suggested: suggested.iter().map(|p| p.candidate.name.to_string()).collect(),
            outside: step.outside,
            seats: step.seats,
            profile: self.profile(step),
            board: board.map(|id| id.to_string()),
            source: step.source,
            unverified: step.unverified,
        }
    }

    fn state(&self, place: usize) -> State {
        let later = self.begun.iter().skip(place + 1).any(Option::is_some);
        let Some(step) = self.begun.get(place).copied().flatten().map(|_| &STEPS[place]) else {
            let first_of_the_rest = self.begun.iter().take(place).rposition(Option::is_some).map_or(0, |at| at + 1);
            return match (later, place == first_of_the_rest) {
                (true, _) => State::LeftOut,
                (false, true) => State::Next,
                (false, false) => State::Later,
            };
        };
        let is_over = self.rounds(step).last().is_some_and(|c| c.phase() == Phase::Announced);
        if is_over && (later || self.open(step).is_none()) { State::Done } else { State::Open }
    }

    /// What the last round of a step leaves open, by its certificate.
    fn open(&self, step: &Step) -> Option<&'a Next> {
        let rounds = self.rounds(step);
        let (_, certify) = rounds.last().filter(|c| c.phase() == Phase::Announced)?.certify()?;
        Some(&certify.next).filter(|next| **next != Next::None)
    }

    fn rounds(&self, step: &Step) -> Vec<&'a ContestCount> {
        self.first(step).map(|c| all_rounds(self.count, c.statement().contest)).unwrap_or_default()
    }

    /// The first vote of a step, if it has begun.
    fn first(&self, step: &Step) -> Option<&'a ContestCount> {
        STEPS.iter().position(|s| s.word == step.word).and_then(|at| self.begun.get(at).copied().flatten())
    }

    /// Everybody elected in a step, by certificate.
    fn elected(&self, step: &Step) -> Vec<Person> {
        self.first(step).map(|c| elected(self.count, c.statement().contest)).unwrap_or_default()
    }

    /// Those whom the log suggests: elected in the step it is chosen from, less those elected to what they cannot be as
    /// well, less whoever counts the papers.
    fn suggested(&self, step: &Step, board: Option<BoardId>) -> Vec<Person> {
        let Some(from) = step.from.and_then(Step::find) else { return Vec::new() };
        let mut people = self.elected(from);
        for other in step.without.iter().filter_map(|word| Step::find(word)) {
            let elected = self.elected(other);
            people.retain(|p| !elected.iter().any(|e| e.is(&p.candidate)));
        }
        if let Some(board) = board {
            people.retain(|p| !sits_on(self.count, board, &p.candidate.name));
        }
        people
    }

    /// The counting board that a step of the same meeting had; of another meeting none: it elects its own.
    fn board(&self, step: &Step) -> Option<BoardId> {
        let same_meeting = STEPS.iter().filter(|s| s.electorate == step.electorate);
        let had = same_meeting.filter_map(|s| self.first(s)).next_back().map(|c| c.statement().board);
        let of_others = |board: BoardId| {
            let others = STEPS.iter().filter(|s| s.electorate != step.electorate).filter_map(|s| self.first(s));
            others.into_iter().any(|c| c.statement().board == board)
        };
        had.or_else(|| {
            let mut free = self.count.boards().map(|b| b.board).filter(|id| !of_others(*id));
            // Of several the meeting says which; the first board recorded is the congress's.
            free.next().filter(|_| free.next().is_none())
        })
    }

    /// `party-190-committee` where the Executive Committee was elected by `party-190`, whose members' congress counts by
    /// `party-190-members`.
    fn profile(&self, step: &Step) -> String {
        let executive = self.first(&STEPS[0]).map_or("", |c| c.statement().profile.as_str());
        let family = if executive.starts_with("party-244") { "party-244" } else { "party-190" };
        format!("{family}{}", step.profile)
    }
}
