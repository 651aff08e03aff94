//! Names of things in a count: stations, boards, contests, bundles, candidates' numbers and statement identities.
//! It refuses to know what they stand for.

use std::{fmt, str::FromStr};

/// The identity of a statement: SHA-256 of its text (protocol §3). Sixteen groups of four on paper.
pub type Sid = tlog::Hash;

/// Why a word is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 16 letters A–Z a–z, digits or hyphens, and is not `-`, which means absent")]
pub struct IdError;

/// `[A-Za-z0-9-]{1,16}`, ordered bytewise; never `-` alone, which means absent (protocol §3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    // Padded with zeros, which no id contains: the derived order is the bytewise order.
    bytes: [u8; 16],
    length: u8,
}

impl Id {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("an id is ASCII")
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let length = u8::try_from(text.len()).map_err(|_| IdError)?;
        if !(1..=16).contains(&length) || text == "-" || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(IdError);
        }
        let mut bytes = [0; 16];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes, length })
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Id);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A counting table (bàn kiểm phiếu), as in `s01`. Never used again for another device.
    StationId;
    /// A counting board (ban kiểm phiếu), as in `b1`.
    BoardId;
    /// A contest (cuộc bầu), as in `c01`.
    ContestId;
    /// A bundle of ballots (tập phiếu), as in `b001`.
    BundleId;
    /// A person of a counting board, as in `k1`.
    MemberId;
    /// The id a counter used at the table; never a name.
    CounterId;
    /// The code of a warning that a board may accept, as in `W-OUTLIER`.
    WarningCode;
}

/// A candidate's number in ballot order, from 1; printed `01`, or `001` when the list has 100 names or more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateNo {
    number: u16,
    width: u8,
}

impl CandidateNo {
    /// The number of the candidate at `place` (from 0) of a list of `names` names.
    ///
    /// # Panics
    /// When the place is not on a list of at most 999 names: contests are checked for that when they are parsed.
    pub fn at(place: usize, names: usize) -> Self {
        assert!(place < names && names <= CANDIDATES_MAX, "place {place} is not on a list of {names}");
        let number = u16::try_from(place).expect("at most 999 names").saturating_add(1);
        Self { number, width: if names < 100 { 2 } else { 3 } }
    }

    /// Place in ballot order, from 0.
    pub fn place(self) -> usize {
        usize::from(self.number).saturating_sub(1)
    }

    /// The number itself, from 1.
    pub(crate) fn number(self) -> u16 {
        self.number
    }

    /// How many digits it is printed in.
    pub(crate) fn width(self) -> usize {
        usize::from(self.width)
    }

    /// Whether this is how the candidate's number is written on a list of `names` names.
    pub fn is_on(self, names: usize) -> bool {
        self.place() < names && Self::at(self.place(), names) == self
    }
}

/// A ballot has at most 999 names: numbers have two or three digits.
pub const CANDIDATES_MAX: usize = 999;

impl FromStr for CandidateNo {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let width = u8::try_from(text.len()).map_err(|_| IdError)?;
        if !(2..=3).contains(&width) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdError);
        }
        let number = text.parse().map_err(|_| IdError)?;
        if number == 0 { Err(IdError) } else { Ok(Self { number, width }) }
    }
}

impl fmt::Display for CandidateNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.number, width = usize::from(self.width))
    }
}

impl fmt::Debug for CandidateNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
