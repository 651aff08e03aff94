//! One signature line of a note: `— name base64(id ‖ signature)`. Refuses to know whether the signature is good.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::NoteError;
use crate::key::{VerifierKey, is_key_name};

/// What a signature line begins with: an em dash and a space.
const DASH: &str = "— ";

/// A signature under a text, as it stands in the note (C2SP signed-note).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureLine {
    name: Box<str>,
    key_id: u32,
    /// Id and signature, as they are encoded.
    sealed: Box<[u8]>,
}

impl SignatureLine {
    /// The line of this key with these signature bytes (64, or 72 of a witness).
    pub(crate) fn new(key: &VerifierKey, signature: &[u8]) -> SignatureLine {
        let sealed = [&key.id().to_be_bytes(), signature].concat().into();
        SignatureLine { name: key.name().into(), key_id: key.id(), sealed }
    }

    /// Reads a line without its newline; the reason if it is none.
    pub(super) fn read(line: &str) -> Result<SignatureLine, &'static str> {
        let rest = line.strip_prefix(DASH).ok_or("a signature line begins with an em dash and a space")?;
        let (name, base64) = rest.split_once(' ').ok_or("a signature line is a name, a space and base64")?;
        if !is_key_name(name) {
            return Err("a key name is not empty and holds no space, plus or control character");
        }
        let sealed = STANDARD.decode(base64).map_err(|_| "a signature is canonical base64")?;
        match sealed.split_first_chunk::<4>() {
            Some((id, signature)) if !signature.is_empty() => {
                Ok(SignatureLine { name: name.into(), key_id: u32::from_be_bytes(*id), sealed: sealed.into() })
            }
            _ => Err("a signature is a key id of four bytes and at least one more byte"),
        }
    }

    /// The name of the key, as claimed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key, as claimed.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The bytes after the id: 64 of an Ed25519 key, 72 of a witness, any number of a stranger.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.sealed.get(4..).unwrap_or_default()
    }

    /// Whether the line claims to be of this key.
    #[must_use]
    pub fn names(&self, key: &VerifierKey) -> bool {
        self.key_id == key.id() && *self.name == *key.name()
    }
}

impl fmt::Display for SignatureLine {
    /// The line without its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{DASH}{} {}", self.name, STANDARD.encode(&self.sealed))
    }
}

impl FromStr for SignatureLine {
    type Err = NoteError;

    /// Reads a line without its newline.
    fn from_str(line: &str) -> Result<SignatureLine, NoteError> {
        SignatureLine::read(line).map_err(|why| NoteError::Malformed { line: 1, why })
    }
}
