//! Entries of the log on their way out, and the names of events on their way in.
//! It refuses to know who may read what.

use crate::{
    field::{WireError, hash, hash_out, value},
    v1,
};
use bytes::Bytes;
use tally::{Sid, Statement};
use tlog::Hash;

/// An entry as the log keeps it, its note shared and not copied; typed too when a statement is given (any view but `RAW`).
pub fn entry_to_wire(index: u64, note: Bytes, statement: Option<&Statement>) -> v1::Entry {
    v1::Entry { index, note, statement: statement.map(Into::into) }
}

/// Hashes of a proof, an identity, a root: 32 bytes on their way out.
pub fn hash_to_wire(hash: &Hash) -> Bytes {
    hash_out(hash)
}

/// The same on their way in.
///
/// # Errors
/// Another length than 32 bytes.
pub fn hash_from_wire(field: &'static str, bytes: &[u8]) -> Result<Hash, WireError> {
    hash(field, bytes)
}

/// The event a request names: the sid of its manifest in 64 lower-case hex digits.
///
/// # Errors
/// Anything else.
pub fn event_from_wire(event: &str) -> Result<Sid, WireError> {
    value("event", event)
}
