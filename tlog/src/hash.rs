//! SHA-256 hashes as the record uses them: over whole texts, over leaves, over pairs. Refuses to know what was hashed.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Context, SHA256};

/// 32 bytes of SHA-256. Printed as 64 lower-case hex digits, in checkpoints and proofs as base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// Why a text is no hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HashError {
    /// Not exactly 64 lower-case hex digits.
    #[error("a hash is 64 lower-case hex digits")]
    NotHex,
    /// Not the one canonical base64 text of 32 bytes.
    #[error("a hash is 44 characters of canonical base64")]
    NotBase64,
}

impl Hash {
    /// "Nothing before me": the `prev` of the first statement of a chain.
    pub const ZERO: Hash = Hash([0; 32]);

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text used in checkpoints and proofs (RFC 4648 §4, with padding).
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads what [`Hash::to_base64`] writes and nothing else.
    ///
    /// # Errors
    /// [`HashError::NotBase64`] for any other length, alphabet, padding or unused bits that are not zero.
    pub fn from_base64(text: &str) -> Result<Hash, HashError> {
        // 44 characters may hold 33 bytes; the thirty-third is room for what is then refused.
        let mut bytes = [0; 33];
        if text.len() != 44 || STANDARD.decode_slice(text, &mut bytes) != Ok(32) {
            return Err(HashError::NotBase64);
        }
        let [hash @ .., _] = bytes;
        Ok(Hash(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.pad(std::str::from_utf8(&text).expect("hex digits are ASCII"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Hash, HashError> {
        let mut bytes = [0; 32];
        lower_hex(text, &mut bytes).ok_or(HashError::NotHex)?;
        Ok(Hash(bytes))
    }
}

/// Fills `bytes` from exactly twice as many lower-case hex digits.
pub(crate) fn lower_hex(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c & 15),
        b'a'..=b'f' => Some((c & 15).wrapping_add(9)),
        _ => None,
    };
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() || pairs.len() != bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(())
}

/// SHA-256 of these bytes; of no bytes it is the root of the empty log (RFC 6962 §2.1).
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    of_parts(&[bytes])
}

/// The hash of one entry of the log, `SHA-256(0x00 ‖ entry)` (RFC 6962 §2.1). The entry is not copied.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    of_parts(&[&[0], entry])
}

/// The hash of two neighbours, `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    of_parts(&[&[1], &left.0, &right.0])
}

/// SHA-256 over parts that stand one behind the other.
pub(crate) fn of_parts(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    Hash(context.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes"))
}
