//! Checkpoints that others have seen: how they are written down, found in files and folders, and read aloud. A server that
//! shows each of its readers another log is caught when two of them compare. It refuses to judge; see [`crate::audit`].

pub mod file;
pub(crate) mod peer;

pub use file::{Brought, gather, notes_in};

use tally::Code;
use tlog::{Checkpoint, Note};

/// Checkpoints heard of and not compared yet: many observers over a long night, and no flood. Whatever is among them keeps
/// the verdict from being OK, so that none is ever dropped for another.
pub const HEARD_MAX: usize = 1_024;

/// What became of a checkpoint that was brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// It is kept until a log was held against it.
    New,
    /// It was heard before.
    Known,
    /// The log key of this event has not signed it: why.
    Foreign(String),
    /// [`HEARD_MAX`] wait already: verify first.
    Full,
}

/// Eight digits of a checkpoint, for two people on the telephone: of its text, so that bystanders' signatures do not matter.
#[must_use]
pub fn code(checkpoint: &Note) -> Code {
    Code::of(checkpoint.sid())
}

/// What a person reads aloud: `812 4821 0937`.
#[must_use]
pub fn aloud(checkpoint: &Note) -> String {
    let size = Checkpoint::parse(checkpoint.text()).map_or(0, |c| c.size);
    format!("{size} {}", code(checkpoint))
}
