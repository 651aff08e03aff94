//! What a table gets back for a note: the ruling in words, and a receipt that proves the entry without the server. It
//! refuses to know how it came: over the line, or on a stick.

use crate::error::StationError;
use std::path::{Path, PathBuf};
use tally::ruling::Verdict;
use tlog::{Hash, Receipt, VerifierKey};

/// The server's answer to one note that stands in the log, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The note's number in the table's chain, from 1.
    pub seq: u64,
    /// The outcome in one word; `Repeated` when the first answer was lost on its way.
    pub verdict: Verdict,
    /// The stable code, as in `B-COUNTED`.
    pub code: String,
    /// The ruling in Vietnamese.
    pub vi: String,
    /// The ruling in English.
    pub en: String,
    /// Index, inclusion proof and signed checkpoint.
    pub receipt: Receipt,
}

impl Received {
    /// Whether the note stands in the log and never counts.
    pub fn is_set_aside(&self) -> bool {
        self.verdict == Verdict::SetAside
    }

    /// Whether somebody has to look at the bundle: its counts differ from each other or from the papers, or it is
    /// flagged, as when another bundle has the very same figures.
    pub fn is_conflict(&self) -> bool {
        matches!(self.code.as_str(), "B-CONFLICT" | "B-MISMATCH" | "B-UNSETTLED") || self.code.starts_with("F-")
    }

    /// Verifies that the log's key signed the checkpoint and that the note of this `leaf` is in it.
    ///
    /// # Errors
    /// [`StationError::BadAnswer`].
    pub fn verify(&self, leaf: &Hash, log: &VerifierKey) -> Result<(), StationError> {
        self.receipt.verify(leaf, log, &[], 0).map(|_| ()).map_err(|e| StationError::BadAnswer(e.to_string()))
    }

    /// The ruling in lines, `seq`, `verdict`, `code`, `vi`, `en`; the sentences have no line ends of their own.
    pub fn ruling_text(&self) -> String {
        let one_line = |words: &str| words.replace(['\n', '\r'], " ");
        format!(
            "seq {}\nverdict {}\ncode {}\nvi {}\nen {}\n",
            self.seq,
            self.verdict,
            one_line(&self.code),
            one_line(&self.vi),
            one_line(&self.en)
        )
    }

    /// Reads a ruling in lines and a C2SP tlog-proof; `None` when either is not what it must be.
    pub fn parse(ruling: &str, proof: &str) -> Option<Self> {
        let mut lines = ruling.strip_suffix('\n')?.split('\n');
        let mut value = |key: &str| lines.next()?.strip_prefix(key)?.strip_prefix(' ');
        let received = Self {
            seq: value("seq")?.parse().ok()?,
            verdict: value("verdict")?.parse().ok()?,
            code: value("code")?.to_owned(),
            vi: value("vi")?.to_owned(),
            en: value("en")?.to_owned(),
            receipt: Receipt::parse(proof).ok()?,
        };
        lines.next().is_none().then_some(received)
    }
}

/// Where the files about number `seq` of a table stand: `<folder>/<prefix><seq, six digits>.<ending>`.
pub(crate) fn numbered(folder: &Path, prefix: &str, seq: u64, ending: &str) -> PathBuf {
    folder.join(format!("{prefix}{seq:06}.{ending}"))
}
