//! The log's statement about itself: so many entries, this root (C2SP tlog-checkpoint, without extension lines). Refuses
//! to know the entries.

use crate::hash::{Hash, sha256};
use crate::key::{SigningKey, VerifierKey, is_key_name};
use crate::note::{Note, NoteError};

/// Size and root of one log at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Which log: also the name of the log's key.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The Merkle root over them (RFC 6962 §2.1).
    pub root: Hash,
}

/// Why a text or note is no checkpoint of this log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Not exactly three lines. Extension lines could say something no verifier looks at.
    #[error("a checkpoint is exactly three lines: origin, size, root")]
    NotThreeLines,
    /// The first line could not be a key's name.
    #[error("the origin of a checkpoint is a key name")]
    BadOrigin,
    /// The second line is no canonical decimal number.
    #[error("the size of a checkpoint is a decimal number without leading zeros")]
    BadSize,
    /// The third line is no hash, or not the root of an empty log where the size is 0.
    #[error("the root of a checkpoint is a hash in base64, for size 0 that of nothing")]
    BadRoot,
    /// Signed by the log's key but about another log.
    #[error("the checkpoint is of {found}, not of {expected}")]
    OtherOrigin {
        /// The origin it states.
        found: String,
        /// The name of the log's key.
        expected: String,
    },
    /// The log's signature is missing or bad.
    #[error("checkpoint: {0}")]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// Reads the text of a checkpoint (everything before the signatures).
    ///
    /// # Errors
    /// A [`CheckpointError`] naming the line.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let mut parts = text.split('\n');
        let (Some(origin), Some(size), Some(root), Some(""), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CheckpointError::NotThreeLines);
        };
        if !is_key_name(origin) {
            return Err(CheckpointError::BadOrigin);
        }
        let size = decimal(size).ok_or(CheckpointError::BadSize)?;
        let root = Hash::from_base64(root).map_err(|_| CheckpointError::BadRoot)?;
        if size == 0 && root != sha256(b"") {
            return Err(CheckpointError::BadRoot);
        }
        Ok(Checkpoint { origin: origin.to_owned(), size, root })
    }

    /// The text: origin, size, root, each ended by a newline.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Signs the checkpoint. Only with the log's own key will anybody open it.
    ///
    /// # Panics
    /// When the origin holds a control character, or the key is a witness's: see [`SigningKey::sign_text`].
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Note {
        key.sign_text(&self.text())
    }

    /// Opens a checkpoint: the log's key has signed it and it is about that log. Lines of others, such as witnesses, are
    /// passed over here; [`crate::cosignature::quorum`] counts them.
    ///
    /// # Errors
    /// A [`CheckpointError`]; nothing is read before the signature is good.
    pub fn open(note: &Note, log: &VerifierKey) -> Result<Checkpoint, CheckpointError> {
        note.verify_known(|name, id| (name == log.name() && id == log.id()).then_some(log))?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin != log.name() {
            return Err(CheckpointError::OtherOrigin { found: checkpoint.origin, expected: log.name().to_owned() });
        }
        Ok(checkpoint)
    }
}

/// A decimal number in its one spelling: digits only, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || (text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0'));
    text.parse().ok().filter(|_| canonical)
}
