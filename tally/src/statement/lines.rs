//! A text line by line: `key SP value`, keys in the fixed order of their kind (protocol §3).
//! It refuses to know what any key means.

use crate::text::check_characters;
use std::{fmt::Write, str::FromStr};

/// Everything that is not a figure of a batch stays below 2^53, so that every language can hold it.
pub(crate) const NUMBER_MAX: u64 = (1 << 53) - 1;
/// A figure of a batch is at most 1,000,000.
pub(crate) const FIGURE_MAX: u32 = 1_000_000;

/// Why a text is not a statement, and on which line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct GrammarError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, with the word expected.
    pub fault: String,
}

/// Reads a text from its first line to its last.
pub(crate) struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

pub(crate) type Parsed<T> = Result<T, GrammarError>;

#[allow(clippy::needless_pass_by_value, reason = "a fault is a word or an error made on the spot")]
impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Parsed<Self> {
        let lines = Self { rest: text, number: 1 };
        if !text.ends_with('\n') {
            let line = text.split('\n').count();
            return Err(GrammarError { line, fault: "a statement ends with a line feed".into() });
        }
        if let Err(error) = check_characters(text) {
            let line = text.split('\n').position(|l| check_characters(l).is_err()).unwrap_or(0).saturating_add(1);
            return Err(GrammarError { line, fault: error.to_string() });
        }
        Ok(lines)
    }

    /// An error on the line that comes next.
    pub(crate) fn fault(&self, fault: impl ToString) -> GrammarError {
        GrammarError { line: self.number, fault: fault.to_string() }
    }

    /// An error on the line that was read last.
    pub(crate) fn fault_before(&self, fault: impl ToString) -> GrammarError {
        GrammarError { line: self.number.saturating_sub(1).max(1), fault: fault.to_string() }
    }

    /// The whole next line; whoever asks says what it must begin with.
    pub(crate) fn line(&mut self) -> Parsed<&'a str> {
        let Some((line, rest)) = self.rest.split_once('\n') else {
            return Err(self.fault("the text ends too early"));
        };
        let two_spaces = line.as_bytes().windows(2).any(|pair| pair == b"  ");
        if line.ends_with(' ') || two_spaces {
            return Err(self.fault("a space too many"));
        }
        self.rest = rest;
        self.number = self.number.saturating_add(1);
        Ok(line)
    }

    /// Whether the next line has this key.
    pub(crate) fn next_is(&self, key: &str) -> bool {
        self.rest.strip_prefix(key).is_some_and(|r| r.starts_with(' '))
    }

    /// The value of the next line, which must have this key.
    pub(crate) fn value(&mut self, key: &str) -> Parsed<&'a str> {
        if !self.next_is(key) {
            let found = self.rest.split(['\n', ' ']).next().unwrap_or_default();
            return Err(self.fault(format!("expected `{key}`, found `{found}`")));
        }
        let start = key.len().saturating_add(1);
        self.line().map(|line| &line[start..])
    }

    /// The value of the next line, as what it should be.
    pub(crate) fn read<T: FromStr>(&mut self, key: &str) -> Parsed<T>
    where
        T::Err: ToString,
    {
        let value = self.value(key)?;
        self.convert(key, value)
    }

    /// A value of the line read last, as what it should be.
    pub(crate) fn convert<T: FromStr>(&self, key: &str, value: &str) -> Parsed<T>
    where
        T::Err: ToString,
    {
        value.parse().map_err(|e: T::Err| self.fault_before(format!("{key} {value}: {}", e.to_string())))
    }

    /// A value that may be absent: `-`.
    pub(crate) fn read_or_dash<T: FromStr>(&mut self, key: &str) -> Parsed<Option<T>>
    where
        T::Err: ToString,
    {
        let value = self.value(key)?;
        if value == "-" { Ok(None) } else { self.convert(key, value).map(Some) }
    }

    /// A number of at most `max`.
    pub(crate) fn number(&mut self, key: &str, max: u64) -> Parsed<u64> {
        let value = self.value(key)?;
        self.number_in(key, value, max)
    }

    /// A number of at most `max` in a value of the line read last.
    pub(crate) fn number_in(&self, key: &str, value: &str, max: u64) -> Parsed<u64> {
        let plain = value.bytes().all(|b| b.is_ascii_digit()) && (value == "0" || !value.starts_with('0'));
        match value.parse::<u64>() {
            Ok(number) if plain && number <= max => Ok(number),
            _ => Err(self.fault_before(format!("{key} {value}: expected a number from 0 to {max}"))),
        }
    }

    /// A figure of a batch.
    pub(crate) fn figure(&mut self, key: &str) -> Parsed<u32> {
        let value = self.value(key)?;
        self.figure_in(key, value, FIGURE_MAX)
    }

    /// A number that fits 32 bits in a value of the line read last.
    pub(crate) fn figure_in(&self, key: &str, value: &str, max: u32) -> Parsed<u32> {
        let number = self.number_in(key, value, u64::from(max))?;
        u32::try_from(number).map_err(|e| self.fault_before(e))
    }

    /// Splits a value in two at its first space.
    pub(crate) fn pair(&mut self, key: &str) -> Parsed<(&'a str, &'a str)> {
        let value = self.value(key)?;
        value.split_once(' ').ok_or_else(|| self.fault_before(format!("{key}: expected two values")))
    }

    /// Every following line with this key, each read by `one`.
    pub(crate) fn list<T>(&mut self, key: &str, mut one: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut list = Vec::new();
        while self.next_is(key) {
            list.push(one(self)?);
        }
        Ok(list)
    }

    /// Such a list in strictly ascending order, so that nothing is said twice.
    pub(crate) fn ascending<T, K: Ord>(
        &mut self,
        key: &str,
        mut one: impl FnMut(&mut Self) -> Parsed<T>,
        by: impl Fn(&T) -> K,
    ) -> Parsed<Vec<T>> {
        let mut list: Vec<T> = Vec::new();
        while self.next_is(key) {
            let next = one(self)?;
            if list.last().is_some_and(|last| by(last) >= by(&next)) {
                return Err(self.fault_before(format!("{key}: these stand in ascending order, each once")));
            }
            list.push(next);
        }
        Ok(list)
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Parsed<()> {
        match self.rest.split_once('\n') {
            None => Ok(()),
            Some((line, _)) => Err(self.fault(format!("nothing belongs here, found `{line}`"))),
        }
    }
}

/// Writes a text line by line.
#[derive(Default)]
pub(crate) struct Text {
    text: String,
}

impl Text {
    pub(crate) fn new(kind: &str) -> Self {
        let mut text = String::with_capacity(1024);
        text.push_str(super::PREFIX);
        text.push_str(kind);
        text.push('\n');
        Self { text }
    }

    pub(crate) fn line(&mut self, key: &str, value: impl std::fmt::Display) {
        writeln!(self.text, "{key} {value}").expect("a String takes any text");
    }

    /// A line with a figure, as most lines are.
    pub(crate) fn figure(&mut self, key: &str, figure: impl Into<u64>) {
        self.figure_of(key, |_| {}, figure);
    }

    /// A line with a figure behind the word that says of what.
    pub(crate) fn figure_of(&mut self, key: &str, word: impl FnOnce(&mut Self), figure: impl Into<u64>) {
        self.text.push_str(key);
        self.text.push(' ');
        word(self);
        self.digits(figure.into(), 1);
        self.text.push('\n');
    }

    pub(crate) fn word(&mut self, word: &str) {
        self.text.push_str(word);
        self.text.push(' ');
    }

    /// A number in front of a figure, in at least so many digits.
    pub(crate) fn number(&mut self, number: impl Into<u64>, width: usize) {
        self.digits(number.into(), width);
        self.text.push(' ');
    }

    /// Decimal digits, as `Display` writes them, without its ceremony: a log has some twenty figures an entry.
    fn digits(&mut self, number: u64, width: usize) {
        let (mut digits, mut first, mut rest) = ([b'0'; 20], 20_usize, number);
        while rest > 0 && first > 0 {
            first = first.saturating_sub(1);
            digits[first] = b'0' | u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        let shown = digits.get(first.min(20_usize.saturating_sub(width))..).unwrap_or_default();
        self.text.push_str(std::str::from_utf8(shown).expect("digits are ASCII"));
    }

    pub(crate) fn line_or_dash(&mut self, key: &str, value: Option<impl std::fmt::Display>) {
        match value {
            Some(value) => self.line(key, value),
            None => self.line(key, "-"),
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}
