//! What a counting table says: one count of one bundle, and taking it back.

use super::{
    Lines, Parsed, Text,
    lines::{FIGURE_MAX, NUMBER_MAX},
    read_election,
};
use crate::{
    figures::{Figures, Marks, Papers, Votes},
    form::Reason,
    id::{BundleId, CANDIDATES_MAX, CandidateNo, ContestId, CounterId, Sid, StationId},
    text,
};
use std::{fmt, str::FromStr};

/// One count of one bundle (kết quả một lần đếm).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The event.
    pub election: Sid,
    /// The table.
    pub station: StationId,
    /// Its place in the table's chain, from 1.
    pub seq: u64,
    /// The table's statement before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The bundle.
    pub bundle: BundleId,
    /// Ids used at the table, never names; none is `-`.
    pub counters: Vec<CounterId>,
    /// Independent passes over the bundle at that table.
    pub passes: u64,
    /// What it adds up to.
    pub figures: Figures,
    /// The printed numbers of the papers, where papers are numbered.
    pub serials: Option<Serials>,
    /// Unix seconds; the table's claim, never used for order.
    pub time: u64,
}

/// More people than this do not fit a table.
const COUNTERS_MAX: usize = 8;

impl Batch {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(Self {
            election: read_election(lines)?,
            station: lines.read("station")?,
            seq: lines.number("seq", NUMBER_MAX)?,
            prev: lines.read("prev")?,
            contest: lines.read("contest")?,
            bundle: lines.read("bundle")?,
            counters: read_counters(lines)?,
            passes: lines.number("passes", NUMBER_MAX)?,
            figures: {
                let ballots = Papers(lines.figure("ballots")?);
                read_figures(lines, ballots, FIGURE_MAX)?
            },
            serials: lines.read_or_dash("serials")?,
            time: lines.number("time", NUMBER_MAX)?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("station", self.station);
        text.figure("seq", self.seq);
        text.line("prev", self.prev);
        text.line("contest", self.contest);
        text.line("bundle", self.bundle);
        if self.counters.is_empty() {
            text.line("counters", "-");
        } else {
            let counters: Vec<&str> = self.counters.iter().map(CounterId::as_str).collect();
            text.line("counters", counters.join(" "));
        }
        text.figure("passes", self.passes);
        text.figure("ballots", self.figures.ballots.0);
        write_figures(text, &self.figures);
        text.line_or_dash("serials", self.serials);
        text.figure("time", self.time);
    }
}

fn read_counters(lines: &mut Lines<'_>) -> Parsed<Vec<CounterId>> {
    let value = lines.value("counters")?;
    if value == "-" {
        return Ok(Vec::new());
    }
    let counters = value.split(' ').map(|id| lines.convert("counters", id)).collect::<Parsed<Vec<CounterId>>>()?;
    if counters.len() > COUNTERS_MAX {
        return Err(lines.fault_before(format!("counters: at most {COUNTERS_MAX} ids, or `-`")));
    }
    Ok(counters)
}

/// `valid` and what follows, up to the last figure; `max` bounds one figure.
pub(super) fn read_figures(lines: &mut Lines<'_>, ballots: Papers, max: u32) -> Parsed<Figures> {
    let figure = |l: &mut Lines<'_>, key: &str| {
        let value = l.value(key)?;
        l.figure_in(key, value, max)
    };
    let valid = Papers(figure(lines, "valid")?);
    let ground = |l: &mut Lines<'_>| {
        let (reason, papers) = l.pair("invalid")?;
        Ok((l.convert::<Reason>("invalid", reason)?, occurred(l, "invalid", papers, max)?))
    };
    let invalid = lines.ascending("invalid", ground, |(reason, _)| *reason)?;
    let marks = if lines.next_is("agree") {
        let agree = read_votes(lines, "agree", max)?;
        let disagree = read_votes(lines, "disagree", max)?;
        let unusable = read_votes(lines, "unusable", max)?;
        if disagree.len() != agree.len() || unusable.len() != agree.len() {
            return Err(lines.fault_before("agree, disagree and unusable name every candidate"));
        }
        Marks::Agree { agree, disagree, unusable }
    } else {
        let names_left = |l: &mut Lines<'_>| {
            let (k, papers) = l.pair("left")?;
            let k = u16::try_from(l.number_in("left", k, CANDIDATES_MAX as u64)?).map_err(|e| l.fault_before(e))?;
            Ok((k, occurred(l, "left", papers, max)?))
        };
        let left = lines.ascending("left", names_left, |(k, _)| *k)?;
        Marks::Names { left, votes: read_votes(lines, "votes", max)? }
    };
    Ok(Figures { ballots, valid, invalid, marks })
}

/// A figure that is written only when it is not zero.
fn occurred(lines: &Lines<'_>, key: &str, value: &str, max: u32) -> Parsed<Papers> {
    match lines.figure_in(key, value, max)? {
        0 => Err(lines.fault_before(format!("{key}: only what occurred is written"))),
        papers => Ok(Papers(papers)),
    }
}

/// One line for each candidate; the numbers are checked by the round trip.
fn read_votes(lines: &mut Lines<'_>, key: &str, max: u32) -> Parsed<Vec<Votes>> {
    let votes = lines.list(key, |l| {
        let (_, votes) = l.pair(key)?;
        Ok(Votes(l.figure_in(key, votes, max)?))
    })?;
    if (1..=CANDIDATES_MAX).contains(&votes.len()) {
        Ok(votes)
    } else {
        Err(lines.fault(format!("expected `{key}`: one line for each of 1 to {CANDIDATES_MAX} candidates")))
    }
}

pub(super) fn write_figures(text: &mut Text, figures: &Figures) {
    text.figure("valid", figures.valid.0);
    for (reason, papers) in &figures.invalid {
        text.figure_of("invalid", |text| text.word(reason.word()), papers.0);
    }
    match &figures.marks {
        Marks::Names { left, votes } => {
            for (k, papers) in left {
                text.figure_of("left", |text| text.number(*k, 1), papers.0);
            }
            write_votes(text, "votes", votes);
        }
        Marks::Agree { agree, disagree, unusable } => {
            write_votes(text, "agree", agree);
            write_votes(text, "disagree", disagree);
            write_votes(text, "unusable", unusable);
        }
    }
}

fn write_votes(text: &mut Text, key: &str, votes: &[Votes]) {
    for (place, v) in votes.iter().enumerate() {
        let candidate = CandidateNo::at(place, votes.len());
        text.figure_of(key, |text| text.number(candidate.number(), candidate.width()), v.0);
    }
}

/// The printed numbers of the papers of a bundle, from and to, of equal width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Serials {
    from: u64,
    to: u64,
    width: u8,
}

impl Serials {
    /// Whether a paper of the one could be a paper of the other.
    pub fn overlap(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// Why a word is no range of serials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("serials are written from-to, ascending, in 1 to 15 digits of equal width")]
pub struct SerialsError;

impl FromStr for Serials {
    type Err = SerialsError;

    fn from_str(text: &str) -> Result<Self, SerialsError> {
        let (from, to) = text.split_once('-').ok_or(SerialsError)?;
        let plain = |s: &str| (1..=15).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(from) || !plain(to) || from.len() != to.len() || from > to {
            return Err(SerialsError);
        }
        Ok(Self {
            from: from.parse().map_err(|_| SerialsError)?,
            to: to.parse().map_err(|_| SerialsError)?,
            width: u8::try_from(from.len()).map_err(|_| SerialsError)?,
        })
    }
}

impl fmt::Display for Serials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = usize::from(self.width);
        write!(f, "{:0width$}-{:0width$}", self.from, self.to)
    }
}

/// A table takes its own batch back, until close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdraw {
    /// The event.
    pub election: Sid,
    /// The table.
    pub station: StationId,
    /// Its place in the table's chain, from 1.
    pub seq: u64,
    /// The table's statement before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The batch that is taken back.
    pub target: Sid,
    /// Why.
    pub reason: text::Text,
}

impl Withdraw {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(Self {
            election: read_election(lines)?,
            station: lines.read("station")?,
            seq: lines.number("seq", NUMBER_MAX)?,
            prev: lines.read("prev")?,
            contest: lines.read("contest")?,
            target: lines.read("target")?,
            reason: lines.read("reason")?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("station", self.station);
        text.line("seq", self.seq);
        text.line("prev", self.prev);
        text.line("contest", self.contest);
        text.line("target", self.target);
        text.line("reason", &self.reason);
    }
}
