//! A witness's word that it has seen this checkpoint and that it continues all it saw before (C2SP tlog-cosignature,
//! `cosignature/v1`). Refuses to know the time: it is told when signing, and hands on what was claimed.

use crate::key::{KeyKind, SigningKey, VerifierKey};
use crate::note::{Note, SignatureLine};

/// Why a line is no cosignature of this witness.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CosignatureError {
    /// The line is of somebody else.
    #[error("the line is not of the witness {witness}")]
    OtherKey {
        /// The witness asked for.
        witness: String,
    },
    /// A key that is not of type 0x04 cannot be a witness.
    #[error("{witness} is not a witness key")]
    NotAWitness {
        /// The key asked for.
        witness: String,
    },
    /// Not a time and an Ed25519 signature, or a time beyond 2^63 − 1.
    #[error("the cosignature of {witness} is not eight bytes of time and 64 of signature")]
    Malformed {
        /// The witness.
        witness: String,
    },
    /// The witness did not sign this checkpoint at this time.
    #[error("the cosignature of {witness} is not good")]
    BadSignature {
        /// The witness.
        witness: String,
    },
}

/// Cosigns the text of a checkpoint (without its signatures) at this Unix time in seconds. The witness must have checked
/// consistency with everything it cosigned before.
///
/// # Panics
/// When the key is none of type 0x04, or the time is beyond 2^63 − 1.
#[must_use]
pub fn cosign(note_text: &str, witness: &SigningKey, time: u64) -> SignatureLine {
    assert!(witness.verifier().kind() == KeyKind::CosignatureV1, "only a witness key cosigns");
    assert!(i64::try_from(time).is_ok(), "a cosignature's time is at most 2^63 - 1");
    let signature = witness.sign(&message(note_text, time));
    SignatureLine::new(witness.verifier(), &[&time.to_be_bytes(), signature.as_slice()].concat())
}

/// Verifies a cosignature and returns its time, Unix seconds as the witness claims them.
///
/// # Errors
/// A [`CosignatureError`] naming the witness.
pub fn verify_cosignature(
    note_text: &str,
    line: &SignatureLine,
    witness: &VerifierKey,
) -> Result<u64, CosignatureError> {
    let name = || witness.name().to_owned();
    if witness.kind() != KeyKind::CosignatureV1 {
        return Err(CosignatureError::NotAWitness { witness: name() });
    }
    if !line.names(witness) {
        return Err(CosignatureError::OtherKey { witness: name() });
    }
    let parts = line.signature().split_first_chunk::<8>().map(|(time, rest)| (u64::from_be_bytes(*time), rest));
    let Some((time, Ok(signature))) = parts.map(|(time, rest)| (time, <&[u8; 64]>::try_from(rest))) else {
        return Err(CosignatureError::Malformed { witness: name() });
    };
    if i64::try_from(time).is_err() {
        return Err(CosignatureError::Malformed { witness: name() });
    }
    if witness.verify(&message(note_text, time), signature) {
        Ok(time)
    } else {
        Err(CosignatureError::BadSignature { witness: name() })
    }
}

/// The witnesses that cosigned this checkpoint, each with its newest time, in the order of the list. A public key counts
/// once, under whatever names it is listed; keys that are no witness keys do not count.
///
/// # Errors
/// A cosignature of a listed witness that does not verify refuses the whole checkpoint.
pub fn quorum<'k>(note: &Note, witnesses: &'k [VerifierKey]) -> Result<Vec<(&'k VerifierKey, u64)>, CosignatureError> {
    let mut seen: Vec<(&'k VerifierKey, u64)> = Vec::new();
    for witness in witnesses.iter().filter(|key| key.kind() == KeyKind::CosignatureV1) {
        let mut newest = None;
        for line in note.signatures().iter().filter(|line| line.names(witness)) {
            newest = newest.max(Some(verify_cosignature(note.text(), line, witness)?));
        }
        let counted = seen.iter().any(|(key, _)| key.public() == witness.public());
        seen.extend(newest.filter(|_| !counted).map(|time| (witness, time)));
    }
    Ok(seen)
}

/// What the witness signs: its purpose, the time, and the whole text of the checkpoint.
fn message(note_text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{note_text}").into_bytes()
}
