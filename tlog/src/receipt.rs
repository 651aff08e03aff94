//! What a counting table gets back: a proof, not a promise, that its statement stands in the log (C2SP tlog-proof@v1).
//! Refuses to know the statement: it is given the leaf.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::cosignature::{CosignatureError, quorum};
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::note::{Note, NoteError};
use crate::proof::{ProofError, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// No tree of 2^63 leaves is higher.
const PROOF_LEN_MAX: usize = 63;

/// Index, inclusion proof and checkpoint, to be verified without the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The entry's index in the log, from 0.
    pub index: u64,
    /// Sibling hashes from the leaf upwards (RFC 6962 §2.1.1).
    pub proof: Vec<Hash>,
    /// The signed checkpoint the proof leads to, with its cosignatures.
    pub checkpoint: Note,
}

/// Why a receipt is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The text is no tlog-proof.
    #[error("line {line} of the receipt: {why}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// The rule it breaks.
        why: &'static str,
    },
    /// The checkpoint is no note.
    #[error("receipt: {0}")]
    Note(#[from] NoteError),
    /// The log did not sign the checkpoint.
    #[error("receipt: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A witness's cosignature is bad.
    #[error("receipt: {0}")]
    Cosignature(#[from] CosignatureError),
    /// The statement is not in the log at this index.
    #[error("receipt: {0}")]
    Proof(#[from] ProofError),
    /// Integrated, not yet witnessed.
    #[error("{have} of {need} witnesses have cosigned")]
    TooFewWitnesses {
        /// Distinct witnesses whose cosignature is good.
        have: usize,
        /// The quorum asked for.
        need: usize,
    },
}

impl Receipt {
    /// Reads a `.tlog-proof` file. An `extra` line, which is not authenticated, is checked for its form and dropped.
    ///
    /// # Errors
    /// [`ReceiptError::Malformed`] with the line, or [`ReceiptError::Note`].
    pub fn parse(text: &str) -> Result<Receipt, ReceiptError> {
        let malformed = |line: usize, why| ReceiptError::Malformed { line, why };
        let (head, note) =
            text.split_once("\n\n").ok_or_else(|| malformed(1, "an empty line stands before the checkpoint"))?;
        let mut lines = (1..).zip(head.split('\n')).peekable();
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(malformed(1, "a receipt begins with c2sp.org/tlog-proof@v1"));
        }
        if let Some((line, extra)) = lines.next_if(|(_, line)| line.starts_with("extra ")) {
            let bytes = extra.strip_prefix("extra ").and_then(|base64| STANDARD.decode(base64).ok());
            bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| malformed(line, "extra data is canonical base64"))?;
        }
        let why = "then comes index, a space and a decimal number without leading zeros";
        let (line, index) = lines.next().ok_or_else(|| malformed(1, why))?;
        let index = index.strip_prefix("index ").and_then(decimal).ok_or_else(|| malformed(line, why))?;
        let mut proof = Vec::new();
        for (line, hash) in lines {
            if proof.len() == PROOF_LEN_MAX {
                return Err(malformed(line, "no inclusion proof is longer than 63 hashes"));
            }
            proof.push(Hash::from_base64(hash).map_err(|_| malformed(line, "a proof line is a hash in base64"))?);
        }
        Ok(Receipt { index, proof, checkpoint: Note::parse(note.as_bytes())? })
    }

    /// Verifies without the server: the log signed the checkpoint, at least `need` of these witnesses cosigned it, and
    /// `leaf` is in it at `index`. Returns the checkpoint.
    ///
    /// # Errors
    /// A [`ReceiptError`] saying which of these does not hold. A server that cannot honour a receipt with a good
    /// checkpoint has equivocated: the receipt is the evidence.
    pub fn verify(
        &self,
        leaf: &Hash,
        log: &VerifierKey,
        witnesses: &[VerifierKey],
        need: usize,
    ) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, log)?;
        let have = quorum(&self.checkpoint, witnesses)?.len();
        if have < need {
            return Err(ReceiptError::TooFewWitnesses { have, need });
        }
        verify_inclusion(leaf, self.index, checkpoint.size, &self.proof, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nindex {}", self.index)?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(text: &str) -> Result<Receipt, ReceiptError> {
        Receipt::parse(text)
    }
}
