//! The PIN of a key file, and whoever can be asked for it. It refuses to know terminals.

use crate::KeyFileError;
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;
use tlog::SigningKey;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Six digits are a million tries of about a second each: eleven days of one processor, and a stick is missed sooner.
/// All numbers of five digits fall within a day.
pub const PIN_CHARACTERS_MIN: usize = 6;

/// What a member types to open their own key file: a number or any words. It leaves memory when it is dropped and is
/// never shown.
#[derive(Clone, Debug)]
pub struct Pin(SecretString);

impl Pin {
    /// What was typed, in NFC: Vietnamese keyboards spell one letter in two ways, and both must open the file.
    ///
    /// # Errors
    /// [`KeyFileError::ShortPin`].
    pub fn new(typed: &str) -> Result<Self, KeyFileError> {
        // NFC takes at most three times the bytes (UAX #15), so this string never moves and leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(typed.len().saturating_mul(3)));
        text.extend(typed.nfc());
        if text.chars().count() < PIN_CHARACTERS_MIN {
            return Err(KeyFileError::ShortPin);
        }
        Ok(Self(SecretString::from(Box::<str>::from(text.as_str()))))
    }

    /// A copy for the one who does the work.
    pub(crate) fn passphrase(&self) -> SecretString {
        SecretString::from(Box::<str>::from(self.0.expose_secret()))
    }
}

/// Whoever knows the PINs: a member at a terminal, a line of standard input, or nobody.
pub trait Holder {
    /// Opens a key file, asking for its PIN only when it has one.
    ///
    /// # Errors
    /// As [`crate::open_with`], or nobody answers.
    fn open(&mut self, path: &Path) -> Result<SigningKey, KeyFileError>;

    /// The PIN for a key that is about to be made; none for a file that is protected by its owner alone.
    ///
    /// # Errors
    /// Nobody answers, or the PIN is too short.
    fn new_pin(&mut self, path: &Path, name: &str) -> Result<Option<Pin>, KeyFileError>;
}

/// Nobody to ask: keys are made without a PIN, and only such keys can be opened.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Holder for Nobody {
    fn open(&mut self, path: &Path) -> Result<SigningKey, KeyFileError> {
        crate::open(path)
    }

    fn new_pin(&mut self, _: &Path, _: &str) -> Result<Option<Pin>, KeyFileError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_of_five_is_refused_and_the_reason_said() {
        for short in ["", "12345", "đếm12", "     "] {
            assert!(matches!(Pin::new(short), Err(KeyFileError::ShortPin)), "{short:?}");
        }
        assert!(KeyFileError::ShortPin.to_string().contains("at least 6 characters"));
        assert!(Pin::new("123456").is_ok());
    }

    #[test]
    fn a_letter_typed_in_two_ways_is_one_pin() {
        let (composed, decomposed) =
            (Pin::new("đếm phiếu").unwrap(), Pin::new("đe\u{302}\u{301}m phie\u{302}\u{301}u"));
        assert_eq!(composed.passphrase().expose_secret(), decomposed.unwrap().passphrase().expose_secret());
    }

    #[test]
    fn a_pin_is_never_shown() {
        assert!(!format!("{:?}", Pin::new("48151623").unwrap()).contains("48151623"));
    }
}
