//! Every kind of statement, its fields and its one text (protocol §3, statements.md).
//!
//! A statement is accepted only if writing what was read gives the same bytes again; so no two texts mean the same and
//! no parser can differ about one. This room refuses to know who signed a text and whether the rules allow it.

mod bulletin;
mod contest;
mod desk;
mod event;
mod lines;
mod table;

pub use bulletin::{Bulletin, BulletinState, OpenBundle, OpenReason};
pub use contest::{BasePart, Bundle, Contest, PapersStatement, Round};
pub use desk::{About, Announce, Annul, Certify, Close, Decide, DecideRuling, Minutes, Next, Reopen, Settle};
pub use event::{Board, Disclosure, KeyStatement, Language, Manifest, Member, MemberRole, Revoke};
pub use lines::GrammarError;
pub use table::{Batch, Serials, Withdraw};

use crate::{
    form::words,
    id::{ContestId, Sid, StationId},
};
use lines::{Lines, Parsed, Text};
use std::fmt;

/// Every first line begins so; no origin may (protocol §2), so that a checkpoint is never mistaken for a statement.
pub const PREFIX: &str = "kiemphieu/v1/";

/// A whole note has at most so many bytes (protocol §3).
pub const NOTE_BYTES_MAX: usize = 65_535;
/// A station's note has at most so many bytes.
pub const STATION_NOTE_BYTES_MAX: usize = 20_000;
/// A contest has at most so many bundles; a larger election is several contests.
pub const BUNDLES_MAX: usize = 3_000;

/// The kinds of statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Entry 0: who takes part.
    Manifest,
    /// A counting board as the congress elected it.
    Board,
    /// A key comes in.
    Key,
    /// A key goes out.
    Revoke,
    /// What is voted on.
    Contest,
    /// The papers and their bundles.
    Papers,
    /// One count of one bundle.
    Batch,
    /// A table takes its own batch back.
    Withdraw,
    /// What the board decided about doubtful papers, or a warning it accepts.
    Decide,
    /// Which batch stands for a bundle.
    Settle,
    /// Nothing counts after.
    Close,
    /// Counting goes on again.
    Reopen,
    /// Figures bound to a size and root of the log.
    Bulletin,
    /// Who is elected.
    Certify,
    /// What the minutes add to the figures.
    Minutes,
    /// The head has read the result out.
    Announce,
    /// The contest is void.
    Annul,
}

words!(Kind: "a kind of statement";
    Manifest = "manifest", Board = "board", Key = "key", Revoke = "revoke", Contest = "contest", Papers = "papers",
    Batch = "batch", Withdraw = "withdraw", Decide = "decide", Settle = "settle", Close = "close", Reopen = "reopen",
    Bulletin = "bulletin", Certify = "certify", Minutes = "minutes", Announce = "announce", Annul = "annul");

/// One statement of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the kind of its name")]
pub enum Statement {
    Manifest(Box<Manifest>),
    Board(Board),
    Key(KeyStatement),
    Revoke(Revoke),
    Contest(Box<Contest>),
    Papers(PapersStatement),
    Batch(Box<Batch>),
    Withdraw(Withdraw),
    Decide(Decide),
    Settle(Settle),
    Close(Close),
    Reopen(Reopen),
    Bulletin(Box<Bulletin>),
    Certify(Certify),
    Minutes(Box<Minutes>),
    Announce(Announce),
    Annul(Annul),
}

/// Does the same with every kind: the inner statement is bound to a name.
macro_rules! each {
    ($statement:expr, $inner:ident => $do:expr) => {
        match $statement {
            Statement::Manifest($inner) => $do,
            Statement::Board($inner) => $do,
            Statement::Key($inner) => $do,
            Statement::Revoke($inner) => $do,
            Statement::Contest($inner) => $do,
            Statement::Papers($inner) => $do,
            Statement::Batch($inner) => $do,
            Statement::Withdraw($inner) => $do,
            Statement::Decide($inner) => $do,
            Statement::Settle($inner) => $do,
            Statement::Close($inner) => $do,
            Statement::Reopen($inner) => $do,
            Statement::Bulletin($inner) => $do,
            Statement::Certify($inner) => $do,
            Statement::Minutes($inner) => $do,
            Statement::Announce($inner) => $do,
            Statement::Annul($inner) => $do,
        }
    };
}

impl Statement {
    /// Reads a statement from the text of a note (with its last line feed, without signatures).
    ///
    /// # Errors
    /// The first line that is not as `statements.md` has it, or a text that would be written otherwise.
    pub fn parse(text: &str) -> Result<Self, GrammarError> {
        let mut lines = Lines::new(text)?;
        let first = lines.line()?;
        let kind = first
            .strip_prefix(PREFIX)
            .and_then(|kind| kind.parse().ok())
            .ok_or_else(|| lines.fault_before(format!("`{first}` is no kind of statement of version 1")))?;
        let statement = Self::read(kind, &mut lines)?;
        lines.end()?;
        let written = statement.text();
        if written == text {
            return Ok(statement);
        }
        let differs = text.split('\n').zip(written.split('\n')).position(|(theirs, ours)| theirs != ours);
        let line = differs.unwrap_or(0).saturating_add(1);
        Err(GrammarError { line, fault: "the line is not written the one way it can be".into() })
    }

    fn read(kind: Kind, lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(match kind {
            Kind::Manifest => Self::Manifest(Box::new(Manifest::read(lines)?)),
            Kind::Board => Self::Board(Board::read(lines)?),
            Kind::Key => Self::Key(KeyStatement::read(lines)?),
            Kind::Revoke => Self::Revoke(Revoke::read(lines)?),
            Kind::Contest => Self::Contest(Box::new(Contest::read(lines)?)),
            Kind::Papers => Self::Papers(PapersStatement::read(lines)?),
            Kind::Batch => Self::Batch(Box::new(Batch::read(lines)?)),
            Kind::Withdraw => Self::Withdraw(Withdraw::read(lines)?),
            Kind::Decide => Self::Decide(Decide::read(lines)?),
            Kind::Settle => Self::Settle(Settle::read(lines)?),
            Kind::Close => Self::Close(Close::read(lines)?),
            Kind::Reopen => Self::Reopen(Reopen::read(lines)?),
            Kind::Bulletin => Self::Bulletin(Box::new(Bulletin::read(lines)?)),
            Kind::Certify => Self::Certify(Certify::read(lines)?),
            Kind::Minutes => Self::Minutes(Box::new(Minutes::read(lines)?)),
            Kind::Announce => Self::Announce(Announce::read(lines)?),
            Kind::Annul => Self::Annul(Annul::read(lines)?),
        })
    }

    /// The text that people sign, with its last line feed.
    pub fn text(&self) -> String {
        let mut text = Text::new(self.kind().word());
        each!(self, inner => inner.write(&mut text));
        text.finish()
    }

    /// The identity of the statement: SHA-256 of its text.
    pub fn sid(&self) -> Sid {
        tlog::sha256(self.text().as_bytes())
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Manifest(_) => Kind::Manifest,
            Self::Board(_) => Kind::Board,
            Self::Key(_) => Kind::Key,
            Self::Revoke(_) => Kind::Revoke,
            Self::Contest(_) => Kind::Contest,
            Self::Papers(_) => Kind::Papers,
            Self::Batch(_) => Kind::Batch,
            Self::Withdraw(_) => Kind::Withdraw,
            Self::Decide(_) => Kind::Decide,
            Self::Settle(_) => Kind::Settle,
            Self::Close(_) => Kind::Close,
            Self::Reopen(_) => Kind::Reopen,
            Self::Bulletin(_) => Kind::Bulletin,
            Self::Certify(_) => Kind::Certify,
            Self::Minutes(_) => Kind::Minutes,
            Self::Announce(_) => Kind::Announce,
            Self::Annul(_) => Kind::Annul,
        }
    }

    /// The election event it belongs to; a manifest founds one and names none.
    pub fn election(&self) -> Option<Sid> {
        match self {
            Self::Manifest(_) => None,
            Self::Board(s) => Some(s.election),
            Self::Key(s) => Some(s.election),
            Self::Revoke(s) => Some(s.election),
            Self::Contest(s) => Some(s.election),
            Self::Papers(s) => Some(s.election),
            Self::Batch(s) => Some(s.election),
            Self::Withdraw(s) => Some(s.election),
            Self::Decide(s) => Some(s.election),
            Self::Settle(s) => Some(s.election),
            Self::Close(s) => Some(s.election),
            Self::Reopen(s) => Some(s.election),
            Self::Bulletin(s) => Some(s.election),
            Self::Certify(s) => Some(s.election),
            Self::Minutes(s) => Some(s.election),
            Self::Announce(s) => Some(s.election),
            Self::Annul(s) => Some(s.election),
        }
    }

    /// Where it stands: which chain, and what it follows there.
    pub fn link(&self) -> Link {
        let election = |prev: &Sid| Link::Desk { contest: None, prev: *prev };
        let contest = |contest: &ContestId, prev: &Sid| Link::Desk { contest: Some(*contest), prev: *prev };
        match self {
            Self::Manifest(_) | Self::Bulletin(_) => Link::None,
            Self::Batch(s) => Link::Station { station: s.station, seq: s.seq, prev: s.prev },
            Self::Withdraw(s) => Link::Station { station: s.station, seq: s.seq, prev: s.prev },
            Self::Board(s) => election(&s.prev),
            Self::Key(s) => election(&s.prev),
            Self::Revoke(s) => election(&s.prev),
            Self::Contest(s) => contest(&s.contest, &s.prev),
            Self::Papers(s) => contest(&s.contest, &s.prev),
            Self::Decide(s) => contest(&s.contest, &s.prev),
            Self::Settle(s) => contest(&s.contest, &s.prev),
            Self::Close(s) => contest(&s.contest, &s.prev),
            Self::Reopen(s) => contest(&s.contest, &s.prev),
            Self::Certify(s) => contest(&s.contest, &s.prev),
            Self::Minutes(s) => contest(&s.contest, &s.prev),
            Self::Announce(s) => contest(&s.contest, &s.prev),
            Self::Annul(s) => contest(&s.contest, &s.prev),
        }
    }

    /// The contest it is about, if it is about one.
    pub fn contest(&self) -> Option<ContestId> {
        match self {
            Self::Batch(s) => Some(s.contest),
            Self::Withdraw(s) => Some(s.contest),
            Self::Bulletin(s) => Some(s.contest),
            _ => match self.link() {
                Link::Desk { contest, .. } => contest,
                Link::None | Link::Station { .. } => None,
            },
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// The place of a statement in its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Manifests and bulletins stand in no chain.
    None,
    /// The chain of one table.
    Station {
        /// The table.
        station: StationId,
        /// 1 for its first statement, then one more each time.
        seq: u64,
        /// The sid of its statement before, zeros first.
        prev: Sid,
    },
    /// The chain of desk statements on the election (`contest` is `None`) or on a contest.
    Desk {
        /// The contest, or the election itself.
        contest: Option<ContestId>,
        /// The sid of the desk statement before on that subject, zeros first.
        prev: Sid,
    },
}

/// `election` and `prev`, the second and third line of most kinds.
fn read_election(lines: &mut Lines<'_>) -> Parsed<Sid> {
    lines.read("election")
}
