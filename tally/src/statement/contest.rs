//! What is voted on, and the papers it was voted with.

use super::{
    BUNDLES_MAX, Lines, Parsed, Text,
    lines::{FIGURE_MAX, GrammarError, NUMBER_MAX},
    read_election,
};
use crate::{
    figures::Papers,
    form::{Choices, Form, words},
    id::{BoardId, BundleId, CANDIDATES_MAX, CandidateNo, ContestId, Sid, StationId},
    text::{self, Date, Word},
};
use std::str::FromStr;

/// A contest (cuộc bầu): one ballot, one list, so many seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The counting board that counts it.
    pub board: BoardId,
    /// First vote or which further round.
    pub kind: Round,
    /// The contest a further round follows.
    pub follows: Option<ContestId>,
    /// What is elected, as the ballot says it.
    pub title: text::Text,
    /// How the ballot is laid out.
    pub form: Form,
    /// The rules by which somebody is elected.
    pub profile: Word,
    /// How many are to be elected.
    pub seats: u16,
    /// How many names one paper may carry.
    pub choices: Choices,
    /// Independent counts of every bundle by different tables: 1 to 3.
    pub counts: u8,
    /// The parts of the denominator, as the profile orders them.
    pub base: Vec<BasePart>,
    /// Names in ballot order.
    pub candidates: Vec<text::Text>,
    /// Days of birth where known, ascending by candidate.
    pub born: Vec<(CandidateNo, Date)>,
    /// Traits where known, ascending by candidate, then trait.
    pub traits: Vec<(CandidateNo, Word)>,
}

/// A part of the denominator, such as `summoned 150`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasePart {
    /// Its name in the profile.
    pub part: Word,
    /// How many people.
    pub people: u64,
}

/// Which round a contest is (lần bầu).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// The first vote.
    First,
    /// For seats left open (bầu tiếp).
    Continued,
    /// Among the tied only (bầu lại giữa những người bằng phiếu).
    Tie,
    /// After an annulled one (bầu lại).
    Repeat,
}
words!(Round: "first, continued, tie, repeat"; First = "first", Continued = "continued", Tie = "tie", Repeat = "repeat");

impl Contest {
    /// The number of the candidate at `place` in ballot order, from 0.
    pub fn number(&self, place: usize) -> CandidateNo {
        CandidateNo::at(place, self.candidates.len())
    }

    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let contest = Self {
            election: read_election(lines)?,
            prev: lines.read("prev")?,
            contest: lines.read("contest")?,
            board: lines.read("board")?,
            kind: lines.read("kind")?,
            follows: lines.read_or_dash("follows")?,
            title: lines.read("title")?,
            form: lines.read("form")?,
            profile: lines.read("profile")?,
            seats: u16::try_from(lines.number("seats", u64::from(u16::MAX))?).map_err(|e| lines.fault_before(e))?,
            choices: lines.read("choices")?,
            counts: u8::try_from(lines.number("counts", 3)?).map_err(|e| lines.fault_before(e))?,
            base: lines.list("base", |l| {
                let (part, people) = l.pair("base")?;
                Ok(BasePart { part: l.convert("base", part)?, people: l.number_in("base", people, NUMBER_MAX)? })
            })?,
            candidates: read_candidates(lines)?,
            born: lines.ascending("born", read_of_candidate("born"), |(n, _)| *n)?,
            traits: lines.ascending("trait", read_of_candidate("trait"), Clone::clone)?,
        };
        contest.check_lists(lines)?;
        Ok(contest)
    }

    fn check_lists(&self, lines: &Lines<'_>) -> Parsed<()> {
        let names = self.candidates.len();
        let numbers = self.born.iter().map(|(n, _)| n).chain(self.traits.iter().map(|(n, _)| n));
        // These lines are the last ones of the text.
        match numbers.rev().zip(0_usize..).filter(|(n, _)| !n.is_on(names)).last() {
            None => Ok(()),
            Some((number, back)) => {
                let fault = lines.fault_before(format!("{number} is no candidate of this list"));
                Err(GrammarError { line: fault.line.saturating_sub(back), ..fault })
            }
        }
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("prev", self.prev);
        text.line("contest", self.contest);
        text.line("board", self.board);
        text.line("kind", self.kind);
        text.line_or_dash("follows", self.follows);
        text.line("title", &self.title);
        text.line("form", self.form);
        text.line("profile", &self.profile);
        text.line("seats", self.seats);
        text.line("choices", self.choices);
        text.line("counts", self.counts);
        for b in &self.base {
            text.line("base", format_args!("{} {}", b.part, b.people));
        }
        for (place, name) in self.candidates.iter().enumerate() {
            text.line("candidate", format_args!("{} {name}", self.number(place)));
        }
        for (number, date) in &self.born {
            text.line("born", format_args!("{number} {date}"));
        }
        for (number, word) in &self.traits {
            text.line("trait", format_args!("{number} {word}"));
        }
    }
}

/// Reads a line that says something about a candidate.
fn read_of_candidate<T: FromStr<Err: ToString>>(
    key: &'static str,
) -> impl Fn(&mut Lines<'_>) -> Parsed<(CandidateNo, T)> {
    move |lines| {
        let (number, value) = lines.pair(key)?;
        Ok((lines.convert(key, number)?, lines.convert(key, value)?))
    }
}

/// The numbers are checked by the round trip: they are written from the place alone.
fn read_candidates(lines: &mut Lines<'_>) -> Parsed<Vec<text::Text>> {
    let candidates = lines.list("candidate", |l| {
        let (_, name) = l.pair("candidate")?;
        l.convert("candidate", name)
    })?;
    if (1..=CANDIDATES_MAX).contains(&candidates.len()) {
        Ok(candidates)
    } else {
        Err(lines.fault(format!("a contest has 1 to {CANDIDATES_MAX} candidates")))
    }
}

/// The papers of a contest and their bundles; a later one replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PapersStatement {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// Papers the board received.
    pub received: u64,
    /// Phát ra.
    pub issued: u64,
    /// Never issued.
    pub unused: u64,
    /// Gạch hỏng: handed back for a new one.
    pub spoiled: u64,
    /// Thu về.
    pub collected: u64,
    /// Every bundle, ascending.
    pub bundles: Vec<Bundle>,
}

/// One bundle of papers (tập phiếu).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Its number on the cover.
    pub bundle: BundleId,
    /// How many papers it holds.
    pub papers: Papers,
    /// The table that counts it, or any.
    pub table: Option<StationId>,
}

impl PapersStatement {
    /// The bundle of that id, if it is one of these.
    pub fn bundle(&self, id: BundleId) -> Option<&Bundle> {
        self.bundles.binary_search_by_key(&id, |b| b.bundle).ok().map(|at| &self.bundles[at])
    }

    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let papers = Self {
            election: read_election(lines)?,
            prev: lines.read("prev")?,
            contest: lines.read("contest")?,
            received: lines.number("received", NUMBER_MAX)?,
            issued: lines.number("issued", NUMBER_MAX)?,
            unused: lines.number("unused", NUMBER_MAX)?,
            spoiled: lines.number("spoiled", NUMBER_MAX)?,
            collected: lines.number("collected", NUMBER_MAX)?,
            bundles: lines.ascending("bundle", read_bundle, |b| b.bundle)?,
        };
        if papers.bundles.len() > BUNDLES_MAX {
            return Err(lines.fault_before(format!("a contest has at most {BUNDLES_MAX} bundles")));
        }
        Ok(papers)
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("prev", self.prev);
        text.line("contest", self.contest);
        text.line("received", self.received);
        text.line("issued", self.issued);
        text.line("unused", self.unused);
        text.line("spoiled", self.spoiled);
        text.line("collected", self.collected);
        for b in &self.bundles {
            match b.table {
                Some(table) => text.line("bundle", format_args!("{} {} {table}", b.bundle, b.papers)),
                None => text.line("bundle", format_args!("{} {} -", b.bundle, b.papers)),
            }
        }
    }
}

fn read_bundle(lines: &mut Lines<'_>) -> Parsed<Bundle> {
    let (bundle, rest) = lines.pair("bundle")?;
    let (papers, table) =
        rest.split_once(' ').ok_or_else(|| lines.fault_before("bundle: expected an id, papers and a table"))?;
    Ok(Bundle {
        bundle: lines.convert("bundle", bundle)?,
        papers: Papers(lines.figure_in("bundle", papers, FIGURE_MAX)?),
        table: if table == "-" { None } else { Some(lines.convert("bundle", table)?) },
    })
}
