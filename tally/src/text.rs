//! Words that people write: titles, names, reasons, and the short words of the rules. It knows which characters a
//! signed text may contain (protocol §3) and refuses to know what the words mean.

use std::{fmt, str::FromStr};
use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Why a text may not stand in a signed statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is not in Unicode normal form C, so that it could look like another text.
    #[error("the text is not in Unicode normal form C (NFC); type it again with a Unicode keyboard")]
    NotNfc,
    /// A control, format or line character, or a space other than U+0020.
    #[error("the character U+{:04X} may not stand in a signed text", *.0 as u32)]
    Character(char),
    /// Two spaces in a row, or one at either end.
    #[error("spaces stand one at a time, between words")]
    Space,
    /// Nothing, or `-`, which means absent.
    #[error("a text is needed here")]
    Empty,
    /// More than 200 characters.
    #[error("at most {TEXT_CHARS_MAX} characters fit here")]
    TooLong,
    /// Not one of the short words `[A-Za-z0-9-]{{1,32}}`.
    #[error("a word of at most 32 letters A–Z a–z, digits or hyphens is needed here")]
    Word,
    /// Not a date `YYYY-MM-DD`.
    #[error("a date is written YYYY-MM-DD")]
    Date,
}

/// Titles, names and reasons have at most 200 characters (protocol §3), so that they fit a line of the minutes.
pub const TEXT_CHARS_MAX: usize = 200;

/// Checks the characters of a line or a whole text (line feeds allowed): NFC, printable, single plain spaces.
///
/// # Errors
/// The first thing that does not belong.
pub fn check_characters(text: &str) -> Result<(), TextError> {
    if text.is_ascii() {
        let is_foreign = |b: &u8| !(0x20..0x7f).contains(b) && *b != b'\n';
        // Every byte is looked at, many at a time; which one is bad is asked of a bad text alone.
        if !text.bytes().fold(false, |found, b| found | is_foreign(&b)) {
            return Ok(());
        }
        let first = text.bytes().find(is_foreign).unwrap_or_default();
        return Err(TextError::Character(char::from(first)));
    }
    for c in text.chars().filter(|c| *c != '\n' && *c != ' ') {
        use GeneralCategory as G;
        if matches!(
            c.general_category(),
            G::Control | G::Format | G::LineSeparator | G::ParagraphSeparator | G::SpaceSeparator
        ) {
            return Err(TextError::Character(c));
        }
    }
    if is_nfc(text) { Ok(()) } else { Err(TextError::NotNfc) }
}

/// A title, a name or a reason: 1 to 200 characters that a person can see and read aloud.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<str>);

impl Text {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.is_empty() || text == "-" {
            return Err(TextError::Empty);
        }
        if text.contains('\n') {
            return Err(TextError::Character('\n'));
        }
        check_characters(text)?;
        if text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") {
            return Err(TextError::Space);
        }
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(TextError::TooLong);
        }
        Ok(Self(text.into()))
    }
}

/// A short word of the rules: a profile, a part of its base, a trait of a candidate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Box<str>);

impl Word {
    /// The word itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Word {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fits && text != "-" { Ok(Self(text.into())) } else { Err(TextError::Word) }
    }
}

/// A day, `YYYY-MM-DD`; of a candidate's birth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl FromStr for Date {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else { return Err(TextError::Date) };
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
            return Err(TextError::Date);
        }
        let date = Self {
            year: year.parse().map_err(|_| TextError::Date)?,
            month: month.parse().map_err(|_| TextError::Date)?,
            day: day.parse().map_err(|_| TextError::Date)?,
        };
        if date.year > 0 && (1..=12).contains(&date.month) && (1..=date.days_of_month()).contains(&date.day) {
            Ok(date)
        } else {
            Err(TextError::Date)
        }
    }
}

impl Date {
    fn days_of_month(self) -> u8 {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! shown_as_itself {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )*};
}

shown_as_itself!(Text, Word);
