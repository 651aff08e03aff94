//! Who may have signed: Ed25519 keys with a name, printed as C2SP verifier keys. Behind the constructors only strict
//! keys exist, so every verdict equals that of a strict verifier. Refuses to know whose key it is and what it may do.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::hash::{lower_hex, of_parts};
use crate::note::{Note, SignatureLine};

/// What a key signs (C2SP signed-note, signature types).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum KeyKind {
    /// Texts, by everybody in the hall: type 0x01.
    Ed25519,
    /// Checkpoints with a time, by witnesses: type 0x04.
    CosignatureV1,
}

impl KeyKind {
    /// The type byte in key ids and verifier keys.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            KeyKind::Ed25519 => 0x01,
            KeyKind::CosignatureV1 => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Option<KeyKind> {
        [KeyKind::Ed25519, KeyKind::CosignatureV1].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// Why a text or 32 bytes are no key of this hall.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not `name+id+base64`.
    #[error("a verifier key is name+8 lower-case hex digits+canonical base64 of 33 bytes")]
    Malformed,
    /// The name is empty or holds a space, a plus or a control character.
    #[error("a key name is not empty and holds no space, plus or control character")]
    BadName,
    /// The id is not the beginning of SHA-256(name ‖ newline ‖ type ‖ key).
    #[error("the key id does not belong to this name and key")]
    WrongId,
    /// A signature type that is neither 0x01 nor 0x04.
    #[error("signature type {0:#04x} is not used here")]
    UnknownKind(u8),
    /// A second spelling of some point: two keys that look different would be one.
    #[error("the public key is not canonically encoded")]
    NonCanonical,
    /// A point of small order: signatures under it prove nothing.
    #[error("the public key has small order")]
    SmallOrder,
}

/// A public key with its name. Nothing weak or ambiguous exists of this type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifierKey {
    name: Arc<str>,
    id: u32,
    kind: KeyKind,
    public: [u8; 32],
}

impl VerifierKey {
    /// Takes in a public key under a name; the id follows from both (C2SP signed-note).
    ///
    /// # Errors
    /// [`KeyError::BadName`], [`KeyError::NonCanonical`] or [`KeyError::SmallOrder`]. That the bytes are a point of the
    /// curve is not checked here: no signature verifies under a key that is none.
    pub fn new(name: &str, kind: KeyKind, public: [u8; 32]) -> Result<VerifierKey, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::BadName);
        }
        if !is_canonical(&public) {
            return Err(KeyError::NonCanonical);
        }
        if has_small_order(&public) {
            return Err(KeyError::SmallOrder);
        }
        let [a, b, c, d, ..] = of_parts(&[name.as_bytes(), b"\n", &[kind.byte()], &public]).0;
        Ok(VerifierKey { name: name.into(), id: u32::from_be_bytes([a, b, c, d]), kind, public })
    }

    /// Reads a printed verifier key, `name+id+base64(type ‖ key)`.
    ///
    /// # Errors
    /// A [`KeyError`] naming what is wrong with it.
    pub fn parse(vkey: &str) -> Result<VerifierKey, KeyError> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(hex), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Malformed);
        };
        let mut id = [0; 4];
        lower_hex(hex, &mut id).ok_or(KeyError::Malformed)?;
        let bytes = STANDARD.decode(base64).map_err(|_| KeyError::Malformed)?;
        let (&kind, public) = bytes.split_first().ok_or(KeyError::Malformed)?;
        let kind = KeyKind::from_byte(kind).ok_or(KeyError::UnknownKind(kind))?;
        let key = VerifierKey::new(name, kind, public.try_into().map_err(|_| KeyError::Malformed)?)?;
        if key.id != u32::from_be_bytes(id) {
            return Err(KeyError::WrongId);
        }
        Ok(key)
    }

    /// The name on signature lines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short id that stands in front of a signature. It tells keys apart, it proves nothing.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What this key signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The 32 bytes of the public key (RFC 8032 §5.1.2).
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Whether this is an Ed25519 signature of exactly these bytes (RFC 8032 §5.1.7, cofactorless), of which nobody
    /// could have prepared a second message: an R of small order is refused before `ring` looks at it.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let (r, _) = signature.split_first_chunk::<32>().expect("64 bytes begin with 32");
        !has_small_order(r) && UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [self.kind.byte(); 33];
        bytes[1..].copy_from_slice(&self.public);
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(bytes))
    }
}

/// A key somebody holds. It signs; it never shows its seed.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SigningKey {
    /// Makes the key of this seed (RFC 8032 §5.1.5). Seeds come from outside: this room knows no randomness.
    ///
    /// # Errors
    /// [`KeyError::BadName`].
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<SigningKey, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("32 bytes are an Ed25519 seed");
        let public = pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes");
        Ok(SigningKey { verifier: VerifierKey::new(name, kind, public)?, pair })
    }

    /// The public half, for registers and tickets.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs raw bytes (RFC 8032 §5.1.6). Two signatures of one message are equal.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    /// Signs a text as a note with this one signature.
    ///
    /// # Panics
    /// When the text is none a note can carry (no final newline, control characters, over 1 MiB), or the key is a
    /// witness's: whoever writes texts has to know that before.
    #[must_use]
    pub fn sign_text(&self, text: &str) -> Note {
        assert!(self.verifier.kind == KeyKind::Ed25519, "a witness key signs checkpoints only");
        Note::signed_by(text, [self.line(text)]).expect("a text to be signed ends with a newline and fits a note")
    }

    /// This key's signature line under a text.
    pub(crate) fn line(&self, text: &str) -> SignatureLine {
        SignatureLine::new(&self.verifier, &self.sign(text.as_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

/// C2SP signed-note: names are not empty and hold no Unicode space and no plus. A control character could not stand in
/// a note, so no key carries one.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c == '+' || c.is_whitespace() || c.is_control())
}

/// Little-endian y of every encoding of the eight points of small order, sign bit cleared: 0, 1, the two of order 8,
/// −1, and 0 and 1 once more as p and p + 1. Each occurs with the sign bit set and cleared: fourteen encodings.
const SMALL_ORDER_Y: [[u8; 32]; 7] = [
    low_byte(0, 0),
    low_byte(1, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    low_byte(0xec, 0xff),
    low_byte(0xed, 0xff),
    low_byte(0xee, 0xff),
];

/// A y whose middle bytes are all alike; above 0xff..ff the highest bit belongs to the sign and is cleared.
const fn low_byte(low: u8, others: u8) -> [u8; 32] {
    let mut y = [others; 32];
    y[0] = low;
    y[31] = others & 0x7f;
    y
}

fn without_sign(point: &[u8; 32]) -> [u8; 32] {
    let mut y = *point;
    y[31] &= 0x7f;
    y
}

fn has_small_order(point: &[u8; 32]) -> bool {
    SMALL_ORDER_Y.contains(&without_sign(point))
}

/// RFC 8032 §5.1.3: y below p = 2^255 − 19, and no sign on x = 0 (that is y = 1 or y = −1).
fn is_canonical(point: &[u8; 32]) -> bool {
    let y = without_sign(point);
    let below_p = y[31] != 0x7f || y[1..31].iter().any(|&byte| byte != 0xff) || y[0] < 0xed;
    let signed_zero = y != *point && (y == low_byte(1, 0) || y == low_byte(0xec, 0xff));
    below_p && !signed_zero
}
