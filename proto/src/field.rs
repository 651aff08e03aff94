//! One field of a message on its way in: what it is called, what is wrong with it, and how it becomes a value.
//! It refuses to know which message it stands in.

use bytes::Bytes;
use std::{fmt::Display, str::FromStr};
use tally::{id::CANDIDATES_MAX, statement::GrammarError};
use tlog::{Hash, VerifierKey};

/// Why a message says nothing: the field and the fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A field or a oneof that must be said is absent.
    #[error("{field}: is needed")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A hash of another length.
    #[error("{field}: a hash has 32 bytes, here are {bytes}")]
    Length {
        /// The field.
        field: &'static str,
        /// The bytes there are.
        bytes: usize,
    },
    /// An enum without a value, or with one that version 1 does not have.
    #[error("{field}: {number} is no value of version 1")]
    Unknown {
        /// The field.
        field: &'static str,
        /// The number on the wire.
        number: i32,
    },
    /// A number that is too large.
    #[error("{field}: {number} is more than {max}")]
    TooLarge {
        /// The field.
        field: &'static str,
        /// The number.
        number: u64,
        /// The most there may be.
        max: u64,
    },
    /// A value that its type does not take.
    #[error("{field}: {why}")]
    Value {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Every field is right, but the text they make is no statement.
    #[error("the text of the statement, {0}")]
    Grammar(#[from] GrammarError),
    /// The text these fields make reads as another statement.
    #[error("the text of the statement reads as another statement than was sent")]
    Differs,
}

impl WireError {
    /// The field at fault; `text` where it is not one field alone.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Missing { field }
            | Self::Length { field, .. }
            | Self::Unknown { field, .. }
            | Self::TooLarge { field, .. }
            | Self::Value { field, .. } => field,
            Self::Grammar(_) | Self::Differs => "text",
        }
    }
}

pub(crate) type Read<T> = Result<T, WireError>;

/// A hash of 32 bytes.
pub(crate) fn hash(field: &'static str, bytes: &[u8]) -> Read<Hash> {
    bytes.try_into().map(Hash).map_err(|_| WireError::Length { field, bytes: bytes.len() })
}

/// A hash that may be absent.
pub(crate) fn hash_if_any(field: &'static str, bytes: Option<&Bytes>) -> Read<Option<Hash>> {
    bytes.map(|b| hash(field, b)).transpose()
}

/// A hash on its way out.
pub(crate) fn hash_out(hash: &Hash) -> Bytes {
    Bytes::copy_from_slice(hash.as_bytes())
}

/// A value that is written as a word or a text.
pub(crate) fn value<T: FromStr<Err: Display>>(field: &'static str, text: &str) -> Read<T> {
    text.parse().map_err(|e: T::Err| WireError::Value { field, why: e.to_string() })
}

/// The same where it may be absent.
pub(crate) fn value_if_any<T: FromStr<Err: Display>>(field: &'static str, text: Option<&String>) -> Read<Option<T>> {
    text.map(|t| value(field, t)).transpose()
}

/// A list of such values.
pub(crate) fn values<T: FromStr<Err: Display>>(field: &'static str, texts: &[String]) -> Read<Vec<T>> {
    texts.iter().map(|t| value(field, t)).collect()
}

/// A verifier key as printed.
pub(crate) fn key(field: &'static str, printed: &str) -> Read<VerifierKey> {
    VerifierKey::parse(printed).map_err(|e| WireError::Value { field, why: e.to_string() })
}

/// A list of keys.
pub(crate) fn keys(field: &'static str, printed: &[String]) -> Read<Vec<VerifierKey>> {
    printed.iter().map(|k| key(field, k)).collect()
}

/// Anything as the texts print it, on its way out.
pub(crate) fn printed<T: Display>(list: &[T]) -> Vec<String> {
    list.iter().map(T::to_string).collect()
}

/// A value of an enum `W` of the wire, as `T` of the hall.
pub(crate) fn word<W: TryFrom<i32>, T: TryFrom<W>>(field: &'static str, number: i32) -> Read<T> {
    let word = W::try_from(number).ok().and_then(|w| T::try_from(w).ok());
    word.ok_or(WireError::Unknown { field, number })
}

/// A number of a narrower type.
pub(crate) fn narrow<T: TryFrom<u32>>(field: &'static str, number: u32, max: u64) -> Read<T> {
    T::try_from(number).map_err(|_| WireError::TooLarge { field, number: u64::from(number), max })
}

/// A list with one place for each candidate: longer than any ballot and it cannot even be written.
pub(crate) fn on_a_ballot<T>(field: &'static str, list: &[T]) -> Read<()> {
    if list.len() <= CANDIDATES_MAX {
        Ok(())
    } else {
        Err(WireError::TooLarge { field, number: list.len() as u64, max: CANDIDATES_MAX as u64 })
    }
}

/// A part that must be said.
pub(crate) fn needed<T>(field: &'static str, part: Option<T>) -> Read<T> {
    part.ok_or(WireError::Missing { field })
}
