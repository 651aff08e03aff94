//! Figures bound to a size and a root of the log: the only thing that screens, minutes and exports show.

use super::{
    Lines, Parsed, Text,
    lines::NUMBER_MAX,
    read_election,
    table::{read_figures, write_figures},
};
use crate::{
    figures::{Figures, Papers},
    form::words,
    id::{BundleId, ContestId, Sid},
};
use tlog::Hash;

/// "At size n, root h: these figures, these open bundles" (protocol §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// The event.
    pub election: Sid,
    /// The contest.
    pub contest: ContestId,
    /// The number of entries it speaks of.
    pub size: u64,
    /// The root of the log at that size.
    pub root: Hash,
    /// Counting or closed.
    pub state: BulletinState,
    /// Bundles there are.
    pub bundles_expected: u64,
    /// Bundles counted.
    pub bundles: u64,
    /// The figures, unless they are withheld while counting goes on.
    pub figures: Option<Figures>,
    /// Bundles that block the close, only while counting, ascending.
    pub open: Vec<OpenBundle>,
}

/// Whether counting may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulletinState {
    /// It may.
    Counting,
    /// Nothing counts any more.
    Closed,
}
words!(BulletinState: "counting, closed"; Counting = "counting", Closed = "closed");

/// A bundle that blocks the close and is not merely missing or waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenBundle {
    /// The bundle.
    pub bundle: BundleId,
    /// Why.
    pub reason: OpenReason,
}

/// Why a bundle needs the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpenReason {
    /// Two counts differ (hai kết quả khác nhau).
    Conflict,
    /// The counts agree with each other but not with `papers`.
    Mismatch,
}
words!(OpenReason: "conflict, mismatch"; Conflict = "conflict", Mismatch = "mismatch");

impl Bulletin {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(Self {
            election: read_election(lines)?,
            contest: lines.read("contest")?,
            size: lines.number("size", NUMBER_MAX)?,
            root: lines.read("root")?,
            state: lines.read("state")?,
            bundles_expected: lines.number("bundles-expected", NUMBER_MAX)?,
            bundles: lines.number("bundles", NUMBER_MAX)?,
            figures: if lines.next_is("ballots") {
                let value = lines.value("ballots")?;
                let ballots = Papers(lines.figure_in("ballots", value, u32::MAX)?);
                Some(read_figures(lines, ballots, u32::MAX)?)
            } else {
                None
            },
            open: lines.ascending("open", read_open, |o| o.bundle)?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("contest", self.contest);
        text.line("size", self.size);
        text.line("root", self.root);
        text.line("state", self.state);
        text.line("bundles-expected", self.bundles_expected);
        text.line("bundles", self.bundles);
        if let Some(figures) = &self.figures {
            text.line("ballots", figures.ballots);
            write_figures(text, figures);
        }
        for open in &self.open {
            text.line("open", format_args!("{} {}", open.reason, open.bundle));
        }
    }
}

fn read_open(lines: &mut Lines<'_>) -> Parsed<OpenBundle> {
    let (reason, bundle) = lines.pair("open")?;
    Ok(OpenBundle { bundle: lines.convert("open", bundle)?, reason: lines.convert("open", reason)? })
}
