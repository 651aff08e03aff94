//! What a log asks of a witness over HTTP, and what the witness must say (C2SP tlog-witness): the body of
//! `add-checkpoint` read and written, and the judgement on it. Refuses to know sockets, disks and the time: whoever holds
//! the memory says what was cosigned last, and keeps what is to be cosigned next before anybody hears of it.
//!
//! ```text
//! old 20852014
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=        0 to 63 hashes of a consistency proof
//!
//! example.com/behind-the-sofa                         the checkpoint, a signed note
//! …
//! ```

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::hash::{Hash, sha256};
use crate::key::VerifierKey;
use crate::note::{Note, NoteError, SignatureLine};
use crate::proof::{ProofError, verify_consistency};

/// The type of an answer that holds nothing but the size cosigned last.
pub const SIZE_TYPE: &str = "text/x.tlog.size";
/// No consistency proof of trees below 2^63 leaves is longer.
const PROOF_LEN_MAX: usize = 63;

/// A checkpoint that a witness is asked to cosign, with the proof that it continues the one of `old` entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddCheckpoint {
    /// Entries of the checkpoint that the witness cosigned last, as the log believes.
    pub old: u64,
    /// Hashes that prove the log of `old` entries to be the beginning of this one (RFC 6962 §2.1.2).
    pub proof: Vec<Hash>,
    /// The checkpoint, signed by its log.
    pub checkpoint: Note,
}

/// Why a body is no request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddCheckpointError {
    /// A line before the checkpoint is not as it must be.
    #[error("line {line} of the request: {why}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// The rule it breaks.
        why: &'static str,
    },
    /// What follows the empty line is no signed note.
    #[error("checkpoint: {0}")]
    Note(#[from] NoteError),
}

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`AddCheckpointError`]: a witness answers 400.
    pub fn parse(body: &[u8]) -> Result<AddCheckpoint, AddCheckpointError> {
        let malformed = |line: usize, why| AddCheckpointError::Malformed { line, why };
        let body = std::str::from_utf8(body).map_err(|_| malformed(1, "a request is UTF-8"))?;
        let (head, note) =
            body.split_once("\n\n").ok_or_else(|| malformed(1, "an empty line stands before the checkpoint"))?;
        let mut lines = (1..).zip(head.split('\n'));
        let old = lines.next().and_then(|(_, line)| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or_else(|| malformed(1, "a request begins with old, a space and a decimal number"))?;
        let mut proof = Vec::new();
        for (line, hash) in lines {
            if proof.len() == PROOF_LEN_MAX {
                return Err(malformed(line, "no consistency proof is longer than 63 hashes"));
            }
            proof.push(Hash::from_base64(hash).map_err(|_| malformed(line, "a proof line is a hash in base64"))?);
        }
        Ok(AddCheckpoint { old, proof, checkpoint: Note::parse(note.as_bytes())? })
    }

    /// The origin that the checkpoint states: by it a witness finds the keys it trusts. Nothing of it is believed yet.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.checkpoint.text().split('\n').next().unwrap_or_default()
    }

    /// Whether a witness that trusts these keys for the origin, and cosigned `last` last, may cosign this checkpoint.
    /// Returns what it states. It must be on the disk before the cosignature leaves the house.
    ///
    /// # Errors
    /// A [`Refusal`], in the order in which C2SP tlog-witness asks.
    pub fn judge(&self, log: &[VerifierKey], last: Option<&Checkpoint>) -> Result<Checkpoint, Refusal> {
        let known = log.iter().filter(|key| key.name() == self.origin());
        let known: Vec<&VerifierKey> = known.collect();
        if known.is_empty() {
            return Err(Refusal::UnknownLog);
        }
        let find = |_: &str, id: u32| known.iter().find(|key| key.id() == id).copied();
        self.checkpoint.verify_known(find).map_err(Refusal::NotSigned)?;
        let asked = Checkpoint::parse(self.checkpoint.text()).map_err(Refusal::NotACheckpoint)?;
        if self.old > asked.size {
            return Err(Refusal::OldBeyondNew);
        }
        let (size, root) = last.map_or((0, sha256(b"")), |last| (last.size, last.root));
        if asked.size == size && asked.root != root {
            return Err(Refusal::OtherRoot { size });
        }
        if self.old != size {
            return Err(Refusal::OtherSize { size });
        }
        verify_consistency(size, asked.size, &self.proof, &root, &asked.root).map_err(Refusal::Inconsistent)?;
        Ok(asked)
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Why a witness does not cosign. Each is an HTTP status that the log's operator sees.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// It knows no log of this origin.
    #[error("no log of this origin is known here")]
    UnknownLog,
    /// No key that it trusts for this origin has signed, or one has signed badly.
    #[error("not signed by the log: {0}")]
    NotSigned(NoteError),
    /// The log's key has signed something that is no checkpoint without extension lines.
    #[error("{0}")]
    NotACheckpoint(CheckpointError),
    /// The former size is the larger one.
    #[error("the old size is larger than that of the checkpoint")]
    OldBeyondNew,
    /// It cosigned another size last: the log asks again from there.
    #[error("the size cosigned last is {size}")]
    OtherSize {
        /// That size.
        size: u64,
    },
    /// It cosigned this very size with another root: the log's key has signed two histories, and both notes prove it.
    #[error("another root of size {size} was cosigned before")]
    OtherRoot {
        /// The size of both.
        size: u64,
    },
    /// The proof does not lead from what it cosigned last to this.
    #[error("the proof is not good: {0}")]
    Inconsistent(ProofError),
}

impl Refusal {
    /// The HTTP status that C2SP tlog-witness gives it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NotACheckpoint(_) | Self::OldBeyondNew => 400,
            Self::NotSigned(_) => 403,
            Self::UnknownLog => 404,
            Self::OtherSize { .. } | Self::OtherRoot { .. } => 409,
            Self::Inconsistent(_) => 422,
        }
    }

    /// The size cosigned last, where the answer is nothing but that (409).
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::OtherSize { size } | Self::OtherRoot { size } => Some(*size),
            _ => None,
        }
    }
}

/// The body of a 409: the size, and a newline.
#[must_use]
pub fn size_body(size: u64) -> String {
    format!("{size}\n")
}

/// Reads the body of a 409.
#[must_use]
pub fn parse_size(body: &[u8]) -> Option<u64> {
    std::str::from_utf8(body).ok()?.strip_suffix('\n').and_then(decimal)
}

/// Reads the body of a 200: one or more signature lines, each with its newline. Whose they are is not looked at.
///
/// # Errors
/// A sentence about the first line that is none.
pub fn parse_lines(body: &[u8]) -> Result<Vec<SignatureLine>, String> {
    let text = std::str::from_utf8(body).map_err(|e| e.to_string())?;
    let lines = text.strip_suffix('\n').ok_or("a signature line ends with a newline")?;
    lines.split('\n').map(|line| line.parse().map_err(|e: NoteError| e.to_string())).collect()
}

/// Where a witness shows the checkpoint of this origin that it cosigned last, below its prefix:
/// `<lower-case hex of SHA-256 of the origin>/checkpoint`.
#[must_use]
pub fn monitoring_path(origin: &str) -> String {
    format!("{}/checkpoint", sha256(origin.as_bytes()))
}
