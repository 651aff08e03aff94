//! Signed notes: a text and the signatures under it, kept as the exact bytes that were signed, sent, stored and hashed
//! (C2SP signed-note). Refuses to know what the text says: nothing here reads it.

mod line;

use std::fmt;

pub use line::SignatureLine;

use crate::cosignature::verify_cosignature;
use crate::hash::{Hash, leaf_hash, sha256};
use crate::key::{KeyKind, SigningKey, VerifierKey};

/// A note is at most 1 MiB: far above every statement, far below what could hurt a laptop.
pub const NOTE_BYTES_MAX: usize = 1 << 20;
/// A note of strangers has at most 100 signature lines; C2SP asks verifiers to set a limit of at least 16.
pub const LINES_MAX: usize = 100;
/// A statement or bulletin has at most 16 signature lines (protocol §2): a counting board is smaller.
pub const STRICT_LINES_MAX: usize = 16;

/// What is wrong with a note. Names only: neither text nor signature bytes reach a log through an error.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoteError {
    /// The bytes are no note.
    #[error("line {line} of the note: {why}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// The rule it breaks.
        why: &'static str,
    },
    /// Over [`NOTE_BYTES_MAX`].
    #[error("a note has at most {NOTE_BYTES_MAX} bytes")]
    TooLarge,
    /// Over [`LINES_MAX`], or over [`STRICT_LINES_MAX`] where statements are verified.
    #[error("the note has too many signatures")]
    TooManySignatures,
    /// A statement is signed by a key nobody registered.
    #[error("nobody here knows the key {name}")]
    UnknownKey {
        /// As it stands on the line.
        name: String,
    },
    /// A known key did not sign this text.
    #[error("the signature of {name} is not good")]
    BadSignature {
        /// The known key.
        name: String,
    },
    /// Signature lines stand ascending by name, bytewise.
    #[error("the signature lines do not stand ascending by name")]
    NotAscending,
    /// One name on two lines.
    #[error("{name} stands on two signature lines")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A witness key under a text: it signs checkpoints only.
    #[error("{name} is not a key that signs texts")]
    NotEntitled {
        /// The key.
        name: String,
    },
    /// Not one signature of a known key.
    #[error("no known key has signed the note")]
    NoKnownSignature,
    /// Only signatures of one text can be put together.
    #[error("the two notes have different texts")]
    TextsDiffer,
}

/// A well-formed note. That it is well formed says nothing about its signatures: see [`Note::verify_strict`].
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    whole: String,
    text_len: usize,
    lines: Vec<SignatureLine>,
}

impl Note {
    /// Reads a note: UTF-8 without control characters but newline, a text that ends with a newline, an empty line, one
    /// or more signature lines. The last empty line is the one that separates.
    ///
    /// # Errors
    /// [`NoteError::TooLarge`], [`NoteError::TooManySignatures`] or [`NoteError::Malformed`] with the line.
    pub fn parse(bytes: &[u8]) -> Result<Note, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        let line_at = |at: usize| bytes.iter().take(at).filter(|&&b| b == b'\n').count().saturating_add(1);
        let malformed = |at: usize, why| NoteError::Malformed { line: line_at(at), why };
        let whole = std::str::from_utf8(bytes).map_err(|e| malformed(e.valid_up_to(), "a note is UTF-8"))?;
        let is_control = |b: &u8| *b < 0x20 && *b != b'\n';
        // Every byte is looked at, many at a time; where the first bad one stands is asked of a bad note alone.
        if bytes.iter().fold(false, |found, b| found | is_control(b)) {
            let at = bytes.iter().position(is_control).unwrap_or(0);
            return Err(malformed(at, "a note holds no control character but newline"));
        }
        let missing = "a note is a text, an empty line and at least one signature line";
        let empty_line = bytes.windows(2).rposition(|pair| pair == b"\n\n");
        let text_len = empty_line.ok_or_else(|| malformed(bytes.len(), missing))?.saturating_add(1);
        let first_line_at = text_len.saturating_add(1);
        let signed = whole.get(first_line_at..).unwrap_or_default();
        if signed.is_empty() {
            return Err(malformed(bytes.len(), missing));
        }
        let ended = signed.strip_suffix('\n').ok_or_else(|| malformed(bytes.len(), "a note ends with a newline"))?;
        if ended.split('\n').take(LINES_MAX.saturating_add(1)).count() > LINES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        let mut lines = Vec::with_capacity(ended.split('\n').count());
        for (nth, line) in ended.split('\n').enumerate() {
            lines.push(
                SignatureLine::read(line)
                    .map_err(|why| NoteError::Malformed { line: line_at(first_line_at).saturating_add(nth), why })?,
            );
        }
        Ok(Note { whole: whole.to_owned(), text_len, lines })
    }

    /// The notes of a text, one after another: each is a text, an empty line and signature lines. Empty lines between two
    /// belong to neither; what is no note is passed over.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Note> {
        let (mut notes, mut start, mut at, mut in_lines) = (Vec::new(), 0_usize, 0_usize, false);
        for line in text.split_inclusive('\n') {
            let is_signature = line.starts_with("— ");
            if in_lines && !is_signature {
                notes.extend(text.get(start..at).and_then(|note| Note::parse(note.as_bytes()).ok()));
                (start, in_lines) = (at, false);
            }
            in_lines = is_signature || in_lines;
            at = at.saturating_add(line.len());
            if line == "\n" && start.saturating_add(1) == at {
                start = at;
            }
        }
        notes.extend(text.get(start..at).and_then(|note| Note::parse(note.as_bytes()).ok()));
        notes
    }

    /// Puts signature lines under a text, ascending by name; equal lines count once.
    ///
    /// # Errors
    /// [`NoteError::Duplicate`] when one name stands on two different lines, and what [`Note::parse`] would say.
    pub fn signed_by(text: &str, lines: impl IntoIterator<Item = SignatureLine>) -> Result<Note, NoteError> {
        let mut lines: Vec<SignatureLine> = lines.into_iter().collect();
        lines.sort_by(|a, b| a.name().cmp(b.name()));
        lines.dedup();
        if let Some(twice) = lines.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            return Err(NoteError::Duplicate { name: twice[0].name().to_owned() });
        }
        Note::assemble(text, &lines)
    }

    /// Text and lines in this order, read again: what is written is exactly what can be read.
    fn assemble(text: &str, lines: &[SignatureLine]) -> Result<Note, NoteError> {
        if !text.ends_with('\n') {
            let line = text.split('\n').count();
            return Err(NoteError::Malformed { line, why: "a text ends with a newline" });
        }
        let signed: String = lines.iter().map(|line| format!("{line}\n")).collect();
        Note::parse([text, "\n", &signed].concat().as_bytes())
    }

    /// The exact bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.whole.as_bytes()
    }

    /// The exact bytes, as the text they are.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole
    }

    /// What was signed: everything before the empty line, with its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        self.whole.get(..self.text_len).unwrap_or_default()
    }

    /// The signature lines in the order they stand.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// The statement's identity, SHA-256 of its text: the same whoever signed it and in whatever order.
    #[must_use]
    pub fn sid(&self) -> Hash {
        sha256(self.text().as_bytes())
    }

    /// The leaf this note is in the log: over the whole note, signatures included.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(self.as_bytes())
    }

    /// Verifies as C2SP says: lines of unknown (name, id) are skipped, a known key with a bad signature refuses the
    /// note, each key counts once. Returns the keys in the order they stand.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`], or [`NoteError::NoKnownSignature`] when nothing was known.
    pub fn verify_known<'k>(
        &self,
        find: impl Fn(&str, u32) -> Option<&'k VerifierKey>,
    ) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut keys: Vec<&'k VerifierKey> = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let Some(key) = find(line.name(), line.key_id()).filter(|key| line.names(key)) else { continue };
            if !is_good(self.text(), line, key) {
                return Err(NoteError::BadSignature { name: line.name().to_owned() });
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.is_empty() { Err(NoteError::NoKnownSignature) } else { Ok(keys) }
    }

    /// Verifies as the door of the hall does (protocol §2): at most 16 lines, strictly ascending by name, every line of
    /// a known Ed25519 key and good. So the leaf cannot depend on strangers. Returns the keys.
    ///
    /// # Errors
    /// In this order: too many, not ascending or twice, unknown, not entitled, bad.
    pub fn verify_strict<'k>(
        &self,
        find: impl Fn(&str, u32) -> Option<&'k VerifierKey>,
    ) -> Result<Vec<&'k VerifierKey>, NoteError> {
        if self.lines.len() > STRICT_LINES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        for pair in self.lines.windows(2) {
            match pair[0].name().cmp(pair[1].name()) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Err(NoteError::Duplicate { name: pair[0].name().to_owned() }),
                std::cmp::Ordering::Greater => return Err(NoteError::NotAscending),
            }
        }
        let known = |line: &SignatureLine| match find(line.name(), line.key_id()).filter(|key| line.names(key)) {
            None => Err(NoteError::UnknownKey { name: line.name().to_owned() }),
            Some(key) if key.kind() != KeyKind::Ed25519 => Err(NoteError::NotEntitled { name: line.name().to_owned() }),
            Some(key) => Ok(key),
        };
        // All names before any signature: a stranger's note costs no arithmetic on the curve.
        let keys = self.lines.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        match self.lines.iter().zip(&keys).find(|(line, key)| !is_good(self.text(), line, key)) {
            Some((line, _)) => Err(NoteError::BadSignature { name: line.name().to_owned() }),
            None => Ok(keys),
        }
    }

    /// The signatures of both notes under their one text, ascending by name. Verifies nothing.
    ///
    /// # Errors
    /// [`NoteError::TextsDiffer`], or [`NoteError::Duplicate`] when a name signed differently in the two.
    pub fn merge(&self, other: &Note) -> Result<Note, NoteError> {
        if self.text() != other.text() {
            return Err(NoteError::TextsDiffer);
        }
        Note::signed_by(self.text(), self.lines.iter().chain(&other.lines).cloned())
    }

    /// Adds this key's signature, ascending by name.
    ///
    /// # Errors
    /// [`NoteError::NotEntitled`] for a witness key, [`NoteError::Duplicate`] when the name stands there already.
    pub fn add_signature(&self, key: &SigningKey) -> Result<Note, NoteError> {
        let name = key.verifier().name();
        if key.verifier().kind() != KeyKind::Ed25519 {
            return Err(NoteError::NotEntitled { name: name.to_owned() });
        }
        if self.lines.iter().any(|line| line.name() == name) {
            return Err(NoteError::Duplicate { name: name.to_owned() });
        }
        Note::signed_by(self.text(), self.lines.iter().cloned().chain([key.line(self.text())]))
    }

    /// Adds a line behind the others, as witnesses do under a checkpoint. A line of the same name and id is replaced
    /// where it stands: a witness has one cosignature, the newest.
    ///
    /// # Panics
    /// At the 101st line: an event names its witnesses, and nowhere near that many.
    #[must_use]
    pub fn with_line(&self, line: SignatureLine) -> Note {
        let mut lines = self.lines.clone();
        match lines.iter_mut().find(|old| old.name() == line.name() && old.key_id() == line.key_id()) {
            Some(old) => *old = line,
            None => lines.push(line),
        }
        Note::assemble(self.text(), &lines).expect("an event has fewer than 100 witnesses")
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whole)
    }
}

/// Size and signers, never the text: figures do not belong in a log file.
impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signers: Vec<&str> = self.lines.iter().map(SignatureLine::name).collect();
        write!(f, "Note({} bytes, signed by {})", self.whole.len(), signers.join(", "))
    }
}

/// Whether this line is this key's good signature of the text, in the manner of the key's kind.
fn is_good(text: &str, line: &SignatureLine, key: &VerifierKey) -> bool {
    match key.kind() {
        KeyKind::Ed25519 => line.signature().try_into().is_ok_and(|signature| key.verify(text.as_bytes(), signature)),
        KeyKind::CosignatureV1 => verify_cosignature(text, line, key).is_ok(),
    }
}
