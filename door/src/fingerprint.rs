//! What two people compare aloud before a key is let in. It refuses to know whose key it is.

use std::{fmt, str::FromStr};
use tlog::VerifierKey;

/// Groups that are read aloud, of five digits each: 99 bits, so that no second key with the same digits can be found.
const GROUPS: usize = 6;

/// The first digits of SHA-256 of a printed verifier key, as one person reads them to another over the noise of a hall.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint([u32; GROUPS]);

/// What was typed is no fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("vân tay khóa là 6 nhóm, mỗi nhóm 5 chữ số — a fingerprint is six groups of five digits")]
pub struct FingerprintError;

impl Fingerprint {
    /// The fingerprint of a key with its name: the same key under another name has another one.
    #[must_use]
    pub fn of(key: &VerifierKey) -> Self {
        let hash = tlog::sha256(key.to_string().as_bytes());
        let mut groups = [0; GROUPS];
        // Five bytes a group as `safety numbers` have it: the bias of the remainder is below one in ten million.
        for (group, bytes) in groups.iter_mut().zip(hash.as_bytes().chunks_exact(5)) {
            let number = bytes.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
            *group = u32::try_from(number % 100_000).expect("a remainder below 100,000 fits");
        }
        Self(groups)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, group) in self.0.iter().enumerate() {
            write!(f, "{}{group:05}", if place == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Forgives how people write groups: spaces, dots and hyphens anywhere.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Vec<u32> = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '\u{a0}'))
            .map(|c| c.to_digit(10).ok_or(FingerprintError))
            .collect::<Result<_, _>>()?;
        let groups: Vec<u32> = digits.chunks(5).map(|five| five.iter().fold(0, |n, digit| n * 10 + digit)).collect();
        if digits.len() != GROUPS * 5 {
            return Err(FingerprintError);
        }
        Ok(Self(groups.try_into().map_err(|_| FingerprintError)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::{KeyKind, SigningKey};

    fn key(name: &str, seed: u8) -> VerifierKey {
        SigningKey::from_seed(name, KeyKind::Ed25519, &[seed; 32]).unwrap().verifier().clone()
    }

    #[test]
    fn a_fingerprint_is_read_back_however_its_groups_are_written() {
        let one = Fingerprint::of(&key("hall/station/s01", 1));
        let text = one.to_string();
        assert_eq!(text.len(), 35, "{text}");
        for typed in [text.clone(), text.replace(' ', ""), text.replace(' ', "-"), format!(" {text} ")] {
            assert_eq!(typed.parse(), Ok(one), "{typed}");
        }
        for bad in ["", "1", &text[1..], &format!("{text}0"), "12345 67890 12345 67890 12345 6789x"] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(FingerprintError), "{bad}");
        }
    }

    #[test]
    fn another_key_or_another_name_has_another_fingerprint() {
        let one = Fingerprint::of(&key("hall/station/s01", 1));
        assert_ne!(one, Fingerprint::of(&key("hall/station/s01", 2)));
        assert_ne!(one, Fingerprint::of(&key("hall/station/s02", 1)));
    }
}
