//! Somebody whom the log certifies as elected.

use super::all_rounds;
use crate::{event::EventCandidate, proposal::candidate};
use tally::{CandidateNo, ContestId, Count};

/// Somebody elected, with the votes that did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name and what is signed beside it.
    pub candidate: EventCandidate,
    /// The round that elected.
    pub contest: ContestId,
    /// The number on that list.
    pub number: CandidateNo,
    /// Votes in that round.
    pub votes: u32,
}

impl Person {
    /// Whether a name on another list is this person: the same name, and no other day of birth.
    #[must_use]
    pub fn is(&self, other: &EventCandidate) -> bool {
        let born = self.candidate.born.zip(other.born);
        self.candidate.name == other.name && born.is_none_or(|(one, two)| one == two)
    }
}

/// Everybody elected in a first vote and all rounds after it, by certificate, in the order of the rounds.
#[must_use]
pub fn elected(count: &Count, first: ContestId) -> Vec<Person> {
    let mut people = Vec::new();
    for round in all_rounds(count, first) {
        let Some((_, certify)) = round.certify() else { continue };
        let (s, totals) = (round.statement(), round.totals());
        people.extend(certify.elected.iter().map(|number| Person {
            candidate: candidate(s, *number),
            contest: s.contest,
            number: *number,
            votes: totals.votes().get(number.place()).map_or(0, |v| v.0),
        }));
    }
    people
}
