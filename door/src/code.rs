//! The one-time code that an organiser hands to whoever brings a new device. It refuses to know whom it is for.

use std::{fmt, str::FromStr};

/// Eight digits: few enough to be said aloud, too many to be guessed in five tries.
const CODES: u32 = 100_000_000;

/// A one-time code. It is shown once and never stands in a log: `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(u32);

/// What was typed is no code. The sentence does not repeat it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("mã gồm 8 chữ số, ví dụ 1234 5678 — a code is eight digits, such as 1234 5678")]
pub struct CodeError;

impl Code {
    /// A code from random bits, or none when these bits would favour some codes over others; then new bits are needed.
    #[must_use]
    pub fn from_random(bits: u32) -> Option<Self> {
        let even = u32::MAX - u32::MAX % CODES;
        (bits < even).then_some(Self(bits % CODES))
    }

    /// The eight digits, as they travel.
    #[must_use]
    pub fn digits(&self) -> String {
        format!("{:08}", self.0)
    }
}

impl fmt::Display for Code {
    /// Two groups of four, as it is read aloud.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04} {:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl FromStr for Code {
    type Err = CodeError;

    /// Forgives how people write eight digits: spaces, dots and hyphens anywhere.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let typed = || text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '\u{a0}'));
        if typed().count() != 8 {
            return Err(CodeError);
        }
        let digit = |number: u32, c: char| Some(number * 10 + c.to_digit(10)?);
        typed().try_fold(0, digit).map(Self).ok_or(CodeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_however_people_write_it() {
        let code: Code = "00427719".parse().unwrap();
        assert_eq!((code.to_string().as_str(), code.digits().as_str()), ("0042 7719", "00427719"));
        for typed in ["0042 7719", "0042-7719", " 00 42 77 19 ", "0042.7719"] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        for bad in ["", "0042771", "004277190", "0042771x", "０0427719", "-4277190", "0x427719"] {
            assert_eq!(bad.parse::<Code>(), Err(CodeError), "{bad}");
        }
    }

    #[test]
    fn a_code_never_stands_in_a_log() {
        let code: Code = "12345678".parse().unwrap();
        assert!(!format!("{code:?} {:?}", "1234567".parse::<Code>()).contains("1234567"));
    }

    #[test]
    fn no_code_is_likelier_than_another() {
        assert_eq!(Code::from_random(0).map(|c| c.digits()).as_deref(), Some("00000000"));
        assert_eq!(Code::from_random(4_199_999_999).map(|c| c.digits()).as_deref(), Some("99999999"));
        // 2³² is no multiple of 10⁸: what is left over would favour the low codes.
        assert!((4_200_000_000..=u32::MAX).step_by(999_983).all(|bits| Code::from_random(bits).is_none()));
    }
}
