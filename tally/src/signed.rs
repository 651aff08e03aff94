//! The one way in for every note: first verify, then parse (protocol §4). Nothing unsigned is ever parsed.
//! It refuses to know whether the rules allow the statement.

use crate::{
    count::KeyBook,
    id::Sid,
    ruling::Refusal,
    statement::{Kind, NOTE_BYTES_MAX, STATION_NOTE_BYTES_MAX, Statement},
};
use tlog::{Hash, Note, NoteError, VerifierKey};

/// A statement whose every signature verified with a key of the event.
#[derive(Clone)]
pub struct SignedStatement {
    /// The exact bytes: what people signed and what the log hashes.
    pub note: Note,
    /// What it says.
    pub statement: Statement,
    /// The identity of what it says.
    pub sid: Sid,
    /// The leaf of the log that it becomes.
    pub leaf: Hash,
    /// Names of the keys that signed, ascending.
    pub signers: Vec<Box<str>>,
}

impl SignedStatement {
    /// Opens a note with the keys known so far, revoked ones included.
    ///
    /// # Errors
    /// The refusal to answer with when the note is too large, not signed as it must be, or no statement.
    pub fn open(bytes: &[u8], keys: &KeyBook) -> Result<Self, Refusal> {
        let note = parse_note(bytes)?;
        let signers = verify(&note, |name, id| keys.find(name, id))?;
        Self::read(note, signers)
    }

    /// Opens entry 0, whose keys are those it names itself; who trusts it trusts its sid, from the event ticket.
    ///
    /// # Errors
    /// As [`SignedStatement::open`], or when it is no manifest.
    pub fn open_manifest(bytes: &[u8]) -> Result<Self, Refusal> {
        let note = parse_note(bytes)?;
        let statement = Statement::parse(note.text()).map_err(|e| Refusal::Malformed(e.to_string()))?;
        let Statement::Manifest(manifest) = &statement else { return Err(Refusal::ManifestPlace) };
        let organisers: Vec<VerifierKey> = manifest.organisers.clone();
        let signers = verify(&note, |name, id| organisers.iter().find(|k| k.name() == name && k.id() == id))?;
        Self::read(note, signers)
    }

    fn read(note: Note, signers: Vec<Box<str>>) -> Result<Self, Refusal> {
        let statement = Statement::parse(note.text()).map_err(|e| Refusal::Malformed(e.to_string()))?;
        if matches!(statement.kind(), Kind::Batch | Kind::Withdraw) {
            check_size(note.as_bytes(), STATION_NOTE_BYTES_MAX)?;
        }
        let (sid, leaf) = (note.sid(), note.leaf());
        Ok(Self { note, statement, sid, leaf, signers })
    }

    /// Reads a note of a log whose signatures were verified before, such as the server's own journal up to its own
    /// last signed checkpoint.
    ///
    /// # Errors
    /// The bytes are no statement.
    pub fn reread(bytes: &[u8]) -> Result<Self, Refusal> {
        let note = parse_note(bytes)?;
        let signers = note.signatures().iter().map(|line| line.name().into()).collect();
        Self::read(note, signers)
    }
}

fn check_size(bytes: &[u8], max: usize) -> Result<(), Refusal> {
    if bytes.len() > max { Err(Refusal::Oversized { bytes: bytes.len(), max }) } else { Ok(()) }
}

fn parse_note(bytes: &[u8]) -> Result<Note, Refusal> {
    check_size(bytes, NOTE_BYTES_MAX)?;
    Note::parse(bytes).map_err(|e| Refusal::Malformed(e.to_string()))
}

fn verify<'k>(note: &Note, find: impl Fn(&str, u32) -> Option<&'k VerifierKey>) -> Result<Vec<Box<str>>, Refusal> {
    match note.verify_strict(find) {
        Ok(keys) => Ok(keys.into_iter().map(|k| k.name().into()).collect()),
        Err(NoteError::UnknownKey { name }) => Err(Refusal::UnknownKey { name }),
        Err(NoteError::BadSignature { name }) => Err(Refusal::BadSignature { name }),
        Err(other) => Err(Refusal::SignatureLines(other.to_string())),
    }
}
