//! How a run of the program ends: one exit code for each kind of end, and the sentence before it.

use std::fmt;

/// The exit codes that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is well.
    Fine = 0,
    /// Figures differ, or something was refused.
    Differs = 1,
    /// Wrong use, or trouble of no other kind.
    Trouble = 2,
    /// Verified as far as it goes.
    Provisional = 3,
    /// The log or tally key said two things.
    Equivocation = 4,
    /// An input file is wrong.
    Input = 10,
    /// A key or passphrase is wrong.
    Key = 11,
    /// The network or a port.
    Network = 12,
    /// The disk.
    Disk = 13,
    /// The journal is damaged.
    Journal = 14,
}

/// An end that is not fine, with the sentence for whoever started the program.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What, where and what to do.
    pub message: String,
}

impl Failure {
    /// An end of that kind.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<keyfile::KeyFileError> for Failure {
    fn from(error: keyfile::KeyFileError) -> Self {
        Self::new(Exit::Key, error)
    }
}

/// What a command leaves behind: fine, or a failure.
pub type Outcome = Result<(), Failure>;
