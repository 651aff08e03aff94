//! The rules by which somebody is elected, one profile each, as data (counting-rules §5): every rule says where it is
//! written and how well that was verified. The files themselves are in `profiles/`; a counting board can read them.
//! It refuses to guess: what no file says is not a rule.

mod file;
mod fraction;
mod rulebook;
mod told;

pub use file::FILE_BYTES_MAX;
pub use fraction::Fraction;
pub use rulebook::{RuleFile, Rulebook, RulebookFaults};
pub use told::Told;

use crate::{
    figures::Figures,
    form::{Form, words},
    grounds::Grounds,
    ruling::Sentence,
    statement::{BasePart, Round},
    text::{Date, Text, Word},
};

/// A set of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name in a signed contest: the name of embedded rules, or what [`content_word`] makes of an own file.
    pub word: Word,
    /// Its name in an event file.
    pub name: Word,
    /// What it is called in the hall.
    pub title: Sentence,
    /// Where the whole is written.
    pub source: Source,
    /// The first and the last day it was in force, where known.
    pub in_force: (Option<Date>, Option<Date>),
    /// The denominator D and its signed parts.
    pub base: Ruled<Base>,
    /// What share of D must be exceeded; none where most votes win.
    pub majority: Option<Ruled<Fraction>>,
    /// How many must have voted for the vote to count at all.
    pub turnout: Option<Ruled<Turnout>>,
    /// Equal votes across the last seat.
    pub tie: Ruled<TieRule>,
    /// Fewer elected than seats.
    pub shortage: Ruled<Shortage>,
    /// How long a first list may be.
    pub surplus: Option<Ruled<Surplus>>,
    /// Alternates from those left over, out of the same list.
    pub alternates: Option<Ruled<Alternates>>,
    /// A poll only: the seats are the most that are listed, and none of them can stay empty.
    pub poll: Option<Source>,
    /// On which grounds a paper is invalid, for each form that these rules know.
    pub grounds: Ruled<Vec<(Form, Grounds)>>,
    /// The file as it was written.
    pub text: Box<str>,
}

/// Where a rule is written, and how well that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Decision, article, day.
    pub text: Text,
    /// How it was verified.
    pub state: Verification,
}

/// How well a rule was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verification {
    /// Read in the full text.
    Read,
    /// Read in an excerpt.
    Excerpt,
    /// Recalled only: somebody must look it up before relying on it.
    Recalled,
}
words!(Verification: "read, excerpt, recalled"; Read = "read", Excerpt = "excerpt", Recalled = "recalled");

/// A rule with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled<T> {
    /// What it says.
    pub rule: T,
    /// Where.
    pub source: Source,
}

/// The denominator D.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Of what a share is taken.
    pub of: Denominator,
    /// The parts a contest signs, in this order; the first is the number of people who may vote.
    pub parts: Vec<Part>,
}

/// Of what a share is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denominator {
    /// The first part of the base less those taken off it: invalid papers and absentees never lower it.
    People,
    /// The papers counted, valid or not.
    Ballots,
    /// The valid papers.
    Valid,
    /// Of nothing: most votes win.
    None,
}
words!(Denominator: "people, ballots, valid, none"; People = "people", Ballots = "ballots", Valid = "valid", None = "none");

/// A part of the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name in a signed contest.
    pub part: Word,
    /// What it does to D.
    pub counts: Counts,
    /// What it is called in the hall.
    pub title: Sentence,
}

/// What a part of the base does to D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Everybody who may vote; the first part, and no other.
    Whole,
    /// Taken off it.
    Less,
    /// Nothing: another rule of the profile asks for it.
    Beside,
}
words!(Counts: "whole, less, beside"; Whole = "whole", Less = "less", Beside = "beside");

/// How many must have voted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turnout {
    /// The part that says how many voted.
    pub part: Word,
    /// The share of the whole that must be exceeded.
    pub more_than: Fraction,
    /// The part that is 1 in a vote that needs no turnout, else 0.
    pub unless: Option<Word>,
}

/// What follows equal votes across the last seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieRule {
    /// The older is elected; equal days of birth stay equal.
    pub older_wins: bool,
    /// Whether a round among the tied needs a majority too.
    pub round_needs_majority: bool,
    /// In words.
    pub then: Sentence,
}

/// What follows when too few are elected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// In words.
    pub then: Sentence,
    /// Who votes again, and from which shortage on.
    pub again: Vec<VoteAgain>,
    /// After so many short ballots no more is held.
    pub stop_after: Option<u16>,
}

/// A body that votes again when fewer than a share of its seats are filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteAgain {
    /// Which.
    pub body: Sentence,
    /// Below this share of the seats, exactly this share not.
    pub fewer_than: Fraction,
}

/// How long a first list may be; beyond it the board is warned (`W-SURPLUS`), never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surplus {
    /// Names over the seats, in hundredths of the seats, rounded down.
    pub percent: u64,
    /// So many more names are always allowed.
    pub at_least: u64,
}

/// Alternates (dự khuyết) are the next after the elected, over the same line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternates {
    /// The part that says how many.
    pub part: Word,
}

/// The name of an own file in a signed contest: `r` and the first 31 hex digits of its SHA-256, so that two programs
/// never mean different rules by one name.
pub fn content_word(bytes: &[u8]) -> Word {
    let digits = tlog::sha256(bytes).to_string();
    format!("r{}", &digits[..31]).parse().expect("32 letters and digits are a word")
}

/// Whether a word has the shape of a [`content_word`].
pub fn is_content_word(word: &str) -> bool {
    let digits = word.strip_prefix('r').unwrap_or_default();
    digits.len() == 31 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl Surplus {
    /// The longest list for so many seats that is no surplus.
    pub fn most_names(self, seats: u16) -> u64 {
        let share = u64::from(seats).saturating_mul(self.percent) / 100;
        u64::from(seats).saturating_add(share.max(self.at_least))
    }
}

impl Profile {
    /// Whether the rules came as a file of their own and not with the program.
    pub fn is_own(&self) -> bool {
        self.word != self.name
    }

    /// The grounds of a form; `None` where these rules know no ballots of that form.
    pub fn grounds(&self, form: Form) -> Option<Grounds> {
        self.grounds.rule.iter().find(|(of, _)| *of == form).map(|(_, grounds)| *grounds)
    }

    /// The longest list that is no surplus; asked of the first vote on a list with more names than seats.
    pub fn most_names(&self, kind: Round, form: Form, seats: u16) -> Option<u64> {
        let asked = kind == Round::First && form == Form::StrikeList;
        self.surplus.as_ref().filter(|_| asked).map(|surplus| surplus.rule.most_names(seats))
    }

    /// The denominator D: where a share of something is needed, and, among people, known before any paper is counted.
    ///
    /// `None` also when the parts do not leave a number: [`Profile::check_base`] has excluded that.
    pub fn denominator(&self, base: &[BasePart], totals: &Figures) -> Option<u64> {
        match self.base.rule.of {
            Denominator::None => None,
            Denominator::People => self.people(base),
            Denominator::Ballots => Some(u64::from(totals.ballots.0)),
            Denominator::Valid => Some(u64::from(totals.valid.0)),
        }
    }

    /// The fewest votes that elect in such a round; `None` where most votes win.
    pub fn threshold(&self, kind: Round, base: &[BasePart], totals: &Figures) -> Option<u64> {
        let share = self.majority.as_ref()?.rule;
        if kind == Round::Tie && !self.tie.rule.round_needs_majority {
            return None;
        }
        self.denominator(base, totals).map(|d| share.least_over(d))
    }

    /// Whether enough have voted; always so where the rules ask for no turnout.
    pub fn enough_voted(&self, base: &[BasePart]) -> bool {
        let Some(turnout) = self.turnout.as_ref().map(|t| &t.rule) else { return true };
        let exempt = turnout.unless.as_ref().and_then(|flag| part(base, flag)).is_some_and(|flag| flag > 0);
        let voted = part(base, &turnout.part).unwrap_or(0);
        let listed = base.first().map_or(0, |whole| whole.people);
        exempt || voted >= turnout.more_than.least_over(listed)
    }

    /// How many alternates are elected with the others.
    pub fn alternate_seats(&self, base: &[BasePart]) -> u64 {
        self.alternates.as_ref().and_then(|rule| part(base, &rule.rule.part)).unwrap_or(0)
    }

    /// Whether the base names the parts of this profile, all of them, in order, and leaves somebody to vote.
    ///
    /// # Errors
    /// What is expected.
    pub fn check_base(&self, base: &[BasePart]) -> Result<(), Sentence> {
        let parts = &self.base.rule.parts;
        if !base.iter().map(|b| &b.part).eq(parts.iter().map(|p| &p.part)) {
            let names = parts.iter().map(|p| p.part.as_str()).collect::<Vec<_>>().join(", ");
            return Err(say(
                format!("quy tắc {} cần các mục {names}, đúng thứ tự này", self.name),
                format!("profile {} has the parts {names}, in this order", self.name),
            ));
        }
        if self.people(base).is_none_or(|left| left == 0) {
            let (whole, people) = base.first().map_or(("", 0), |whole| (whole.part.as_str(), whole.people));
            return Err(say(
                format!("`{whole}` = {people} trừ đi các mục kia thì không còn ai để tính quá nửa"),
                format!("`{whole}` = {people} less the others leaves nobody to vote"),
            ));
        }
        let Some(turnout) = self.turnout.as_ref().map(|t| &t.rule) else { return Ok(()) };
        let whole = base.first().map_or(0, |whole| whole.people);
        if part(base, &turnout.part).is_none_or(|voted| voted > whole) {
            return Err(say("số người đã bỏ phiếu nhiều hơn số cử tri", "more people voted than may vote"));
        }
        match &turnout.unless {
            Some(flag) if part(base, flag).is_none_or(|n| n > 1) => {
                Err(say(format!("{flag} là 1 hoặc 0"), format!("{flag} is 1 or 0")))
            }
            _ => Ok(()),
        }
    }

    /// The whole less what is taken off it.
    fn people(&self, base: &[BasePart]) -> Option<u64> {
        let (whole, rest) = base.split_first()?;
        let less =
            |named: &BasePart| self.base.rule.parts.iter().any(|p| p.part == named.part && p.counts == Counts::Less);
        rest.iter().filter(|b| less(b)).try_fold(whole.people, |left, b| left.checked_sub(b.people))
    }
}

fn part(base: &[BasePart], name: &Word) -> Option<u64> {
    base.iter().find(|b| b.part == *name).map(|b| b.people)
}

fn say(vi: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { vi: vi.into(), en: en.into() }
}
