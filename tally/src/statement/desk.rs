//! What a counting board says about its contests.

use super::{
    Lines, Parsed, Text,
    lines::{FIGURE_MAX, NUMBER_MAX},
    read_election,
};
use crate::{
    figures::Papers,
    form::Reason,
    id::{BundleId, CandidateNo, ContestId, Sid, WarningCode},
    text,
};
use std::{fmt, str::FromStr};

/// What the board decided about doubtful papers of a bundle, or a warning it accepts. A record: it changes no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decide {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// What was decided about, and how.
    pub about: About,
    /// Why.
    pub reason: text::Text,
}

/// What a decision is about, with the ruling that fits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// So many papers of a bundle; never which ones.
    Papers {
        /// The bundle.
        bundle: BundleId,
        /// How many papers.
        papers: Papers,
        /// What they are.
        ruling: DecideRuling,
    },
    /// A warning of the program, accepted.
    Warning(WarningCode),
}

/// What the board holds doubtful papers to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecideRuling {
    /// Hợp lệ.
    Valid,
    /// Không hợp lệ, on that ground.
    Invalid(Reason),
}

impl Decide {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let (election, prev, contest) = read_desk(lines)?;
        Ok(Self { election, prev, contest, about: read_about(lines)?, reason: lines.read("reason")? })
    }

    pub(super) fn write(&self, text: &mut Text) {
        write_desk(text, self.election, self.prev, self.contest);
        match &self.about {
            About::Papers { bundle, papers, ruling } => {
                text.line("about", format_args!("papers {bundle} {papers}"));
                match ruling {
                    DecideRuling::Valid => text.line("ruling", "valid"),
                    DecideRuling::Invalid(reason) => text.line("ruling", format_args!("invalid {reason}")),
                }
            }
            About::Warning(code) => {
                text.line("about", format_args!("warning {code}"));
                text.line("ruling", "accepted");
            }
        }
        text.line("reason", &self.reason);
    }
}

fn read_about(lines: &mut Lines<'_>) -> Parsed<About> {
    let about: Vec<&str> = lines.value("about")?.split(' ').collect();
    match about[..] {
        ["papers", bundle, papers] => {
            let bundle = lines.convert("about", bundle)?;
            let papers = Papers(lines.figure_in("about", papers, FIGURE_MAX)?);
            let ruling = match lines.value("ruling")?.split_once(' ') {
                Some(("invalid", reason)) => DecideRuling::Invalid(lines.convert("ruling", reason)?),
                // Anything but `valid` fails the round trip.
                _ => DecideRuling::Valid,
            };
            Ok(About::Papers { bundle, papers, ruling })
        }
        ["warning", code] if code.starts_with("W-") => {
            let code = lines.convert("about", code)?;
            lines.value("ruling")?;
            Ok(About::Warning(code))
        }
        _ => Err(lines.fault_before("about: expected `papers <bundle> <number>` or `warning W-…`")),
    }
}

/// What every statement of a board begins with: the event, its place in the contest's chain, the contest.
fn read_desk(lines: &mut Lines<'_>) -> Parsed<(Sid, Sid, ContestId)> {
    Ok((read_election(lines)?, lines.read("prev")?, lines.read("contest")?))
}

fn write_desk(text: &mut Text, election: Sid, prev: Sid, contest: ContestId) {
    text.line("election", election);
    text.line("prev", prev);
    text.line("contest", contest);
}

/// Which live batch stands for a bundle, whatever `counts` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settle {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The bundle.
    pub bundle: BundleId,
    /// The batch that stands; `None` gives the bundle up.
    pub stands: Option<Sid>,
    /// Why.
    pub reason: text::Text,
}

impl Settle {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let (election, prev, contest) = read_desk(lines)?;
        Ok(Self {
            election,
            prev,
            contest,
            bundle: lines.read("bundle")?,
            stands: lines.read_or_dash("stands")?,
            reason: lines.read("reason")?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        write_desk(text, self.election, self.prev, self.contest);
        text.line("bundle", self.bundle);
        text.line_or_dash("stands", self.stands);
        text.line("reason", &self.reason);
    }
}

/// Nothing counts after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
}

impl Close {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let (election, prev, contest) = read_desk(lines)?;
        Ok(Self { election, prev, contest })
    }

    pub(super) fn write(&self, text: &mut Text) {
        write_desk(text, self.election, self.prev, self.contest);
    }
}

macro_rules! with_reason {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// The event.
            pub election: Sid,
            /// The desk statement on this contest before this one.
            pub prev: Sid,
            /// The contest.
            pub contest: ContestId,
            /// Why.
            pub reason: text::Text,
        }

        impl $name {
            pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
                let (election, prev, contest) = read_desk(lines)?;
                Ok(Self { election, prev, contest, reason: lines.read("reason")? })
            }

            pub(super) fn write(&self, text: &mut Text) {
                write_desk(text, self.election, self.prev, self.contest);
                text.line("reason", &self.reason);
            }
        }
    )*};
}

with_reason! {
    /// Counting goes on again; a certificate given before falls.
    Reopen;
    /// The contest is void (hủy cuộc bầu); the new vote is a contest that follows it.
    Annul;
}

/// Binds the elected to a closed bulletin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certify {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The closed bulletin.
    pub bulletin: Sid,
    /// The elected by votes, highest first, then by number.
    pub elected: Vec<CandidateNo>,
    /// What is still to be voted on.
    pub next: Next,
    /// Why the board departs from what the rules say, if it does.
    pub deviation: Option<text::Text>,
}

/// What a certified contest leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    None,
    /// These have equal votes for so many seats.
    Tie {
        /// In ballot order.
        candidates: Vec<CandidateNo>,
        /// Seats among them.
        seats: u16,
    },
    /// So many seats have nobody.
    Short(u16),
}

/// Why a word says nothing about what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `none`, `tie <numbers> for <seats>` or `short <seats>`")]
pub struct NextError;

impl FromStr for Next {
    type Err = NextError;

    fn from_str(text: &str) -> Result<Self, NextError> {
        let words: Vec<&str> = text.split(' ').collect();
        match words[..] {
            ["none"] => Ok(Self::None),
            ["short", seats] => seats.parse().map(Self::Short).map_err(|_| NextError),
            ["tie", ref names @ .., "for", seats] => Ok(Self::Tie {
                candidates: names.iter().map(|n| n.parse().map_err(|_| NextError)).collect::<Result<_, _>>()?,
                seats: seats.parse().map_err(|_| NextError)?,
            }),
            _ => Err(NextError),
        }
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Short(seats) => write!(f, "short {seats}"),
            Self::Tie { candidates, seats } => {
                f.write_str("tie")?;
                candidates.iter().try_for_each(|c| write!(f, " {c}"))?;
                write!(f, " for {seats}")
            }
        }
    }
}

impl Certify {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let (election, prev, contest) = read_desk(lines)?;
        Ok(Self {
            election,
            prev,
            contest,
            bulletin: lines.read("bulletin")?,
            elected: lines.list("elected", |l| l.read("elected"))?,
            next: lines.read("next")?,
            deviation: lines.read_or_dash("deviation")?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        write_desk(text, self.election, self.prev, self.contest);
        text.line("bulletin", self.bulletin);
        for number in &self.elected {
            text.line("elected", number);
        }
        text.line("next", &self.next);
        text.line_or_dash("deviation", self.deviation.as_ref());
    }
}

/// What the paper minutes add to the certified figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minutes {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The certificate they belong to.
    pub certify: Sid,
    /// Có mặt.
    pub present: u64,
    /// Vắng mặt.
    pub absent: u64,
    /// Copies made.
    pub copies: u64,
    /// Numbers of the seals, as they came.
    pub seals: Vec<text::Text>,
    /// Warnings the board accepted, as they came.
    pub accepted: Vec<WarningCode>,
    /// Complaints and unusual events; none is one line `-`.
    pub complaints: Vec<text::Text>,
    /// The minutes these correct.
    pub replaces: Option<Sid>,
}

impl Minutes {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let (election, prev, contest) = read_desk(lines)?;
        Ok(Self {
            election,
            prev,
            contest,
            certify: lines.read("certify")?,
            present: lines.number("present", NUMBER_MAX)?,
            absent: lines.number("absent", NUMBER_MAX)?,
            copies: lines.number("copies", NUMBER_MAX)?,
            seals: lines.list("seal", |l| l.read("seal"))?,
            accepted: lines.list("accepted", |l| match l.value("accepted")? {
                code if code.starts_with("W-") => l.convert("accepted", code),
                code => Err(l.fault_before(format!("accepted {code}: expected a warning `W-…`"))),
            })?,
            complaints: match lines.read_or_dash("complaint")? {
                None => Vec::new(),
                Some(first) => {
                    let mut complaints = vec![first];
                    complaints.extend(lines.list("complaint", |l| l.read("complaint"))?);
                    complaints
                }
            },
            replaces: lines.read_or_dash("replaces")?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        write_desk(text, self.election, self.prev, self.contest);
        text.line("certify", self.certify);
        text.line("present", self.present);
        text.line("absent", self.absent);
        text.line("copies", self.copies);
        for seal in &self.seals {
            text.line("seal", seal);
        }
        for code in &self.accepted {
            text.line("accepted", code);
        }
        if self.complaints.is_empty() {
            text.line("complaint", "-");
        }
        for complaint in &self.complaints {
            text.line("complaint", complaint);
        }
        text.line_or_dash("replaces", self.replaces);
    }
}

/// The head has read the result out: its figures become public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// The event.
    pub election: Sid,
    /// The desk statement on this contest before this one.
    pub prev: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The certificate that was read out.
    pub certify: Sid,
}

impl Announce {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        let (election, prev, contest) = read_desk(lines)?;
        Ok(Self { election, prev, contest, certify: lines.read("certify")? })
    }

    pub(super) fn write(&self, text: &mut Text) {
        write_desk(text, self.election, self.prev, self.contest);
        text.line("certify", self.certify);
    }
}
