//! The four forms of ballot and the grounds on which a paper is invalid (counting-rules: forms, validity).
//! It refuses to know how many papers there are.

use std::{fmt, str::FromStr};

/// A word that names no form, ground or the like; carries what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of: {0}")]
pub struct UnknownWord(pub &'static str);

/// Gives an enum its words, in one place, for text, wire and screens alike.
macro_rules! words {
    ($name:ident: $all:literal; $($variant:ident = $word:literal),* $(,)?) => {
        impl $name {
            /// Every value, in the order in which texts list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that stands in signed texts.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::form::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::form::UnknownWord($all)),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

/// How a ballot is laid out and marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Phiếu có số dư: more names than seats; whoever is not chosen is struck through.
    StrikeList,
    /// Phiếu không có số dư: as many names as seats; Đồng ý or Không đồng ý beside each.
    AgreeList,
    /// One name, one box: Đồng ý or Không đồng ý.
    AgreeSingle,
    /// Mark the names that are approved.
    Approve,
}

words!(Form: "strike-list, agree-list, agree-single, approve";
    StrikeList = "strike-list", AgreeList = "agree-list", AgreeSingle = "agree-single", Approve = "approve");

impl Form {
    /// Whether each name has two boxes, Đồng ý and Không đồng ý.
    pub fn is_agree(self) -> bool {
        matches!(self, Self::AgreeList | Self::AgreeSingle)
    }

    /// Whether a paper of this form can be invalid on that ground at all; which of them are grounds, a profile says
    /// ([`crate::grounds::Grounds`]).
    pub fn may_have(self, reason: Reason) -> bool {
        match reason {
            Reason::NotIssued | Reason::AddedName | Reason::IdentifyingMark => true,
            Reason::Overvote => !self.is_agree(),
            Reason::Blank => self != Self::AgreeSingle,
            Reason::BothBoxes | Reason::NoMark => self.is_agree(),
        }
    }

    /// The grounds without which papers of this form cannot be added up: a valid paper carries a name and no more than
    /// it may (counting-rules §4), and a paper that the board did not issue is none.
    pub fn must_have(self) -> &'static [Reason] {
        match self {
            Self::StrikeList | Self::Approve => &[Reason::NotIssued, Reason::Overvote, Reason::Blank],
            Self::AgreeList | Self::AgreeSingle => &[Reason::NotIssued],
        }
    }
}

/// Why a paper is invalid. The order is the order of precedence: the first ground that applies is the one recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Not issued by the board.
    NotIssued,
    /// More names left or marked than the paper may carry; an untouched list is this.
    Overvote,
    /// Nobody chosen on a list of several (gạch hết, không bầu ai).
    Blank,
    /// A name with both boxes marked.
    BothBoxes,
    /// A name with neither box marked.
    NoMark,
    /// A name was written in that is not on the list.
    AddedName,
    /// A signature, a private mark, extra writing.
    IdentifyingMark,
}

words!(Reason: "not-issued, overvote, blank, both-boxes, no-mark, added-name, identifying-mark";
    NotIssued = "not-issued", Overvote = "overvote", Blank = "blank", BothBoxes = "both-boxes",
    NoMark = "no-mark", AddedName = "added-name", IdentifyingMark = "identifying-mark");

/// How many names one paper may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// `-`: agree forms have no such number.
    None,
    /// At most so many.
    UpTo(u16),
    /// As many as there are names.
    Unlimited,
}

impl Choices {
    /// The most names a valid paper can carry on a list of `names` names.
    pub fn most(self, names: usize) -> usize {
        match self {
            Self::UpTo(n) => usize::from(n).min(names),
            Self::None | Self::Unlimited => names,
        }
    }
}

impl FromStr for Choices {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "-" => Ok(Self::None),
            "unlimited" => Ok(Self::Unlimited),
            _ => text.parse().map(Self::UpTo).map_err(|_| UnknownWord("a number, unlimited, -")),
        }
    }
}

impl fmt::Display for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("-"),
            Self::UpTo(n) => n.fmt(f),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}
