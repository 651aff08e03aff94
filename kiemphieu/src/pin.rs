//! Asks for the PINs of key files: on the terminal, where they are not shown, or one line each of standard input. Never
//! from the value of a flag, the environment or a file. It refuses to know what is signed.

mod terminal;

use crate::words;
use keyfile::{Holder, KeyFileError, Pin, Unlocked};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};
use tlog::SigningKey;
use zeroize::Zeroizing;

/// A person mistypes; whoever fails three times should look at which stick is in the machine.
const TRIES_MAX: u32 = 3;

/// The longest line taken for a PIN, in bytes.
const LINE_BYTES_MAX: usize = 1024;

/// Whoever sits at this machine and knows the PINs of their own key files, one member after the other.
#[derive(Debug)]
pub struct Pins {
    stdin: bool,
    for_new_keys: bool,
}

impl Pins {
    /// Asks on the terminal; when there is none, or `stdin` is said, one line of standard input is one PIN.
    #[must_use]
    pub fn new(stdin: bool) -> Self {
        Self { stdin, for_new_keys: false }
    }

    /// Whether keys that are made now get PINs.
    pub fn for_new_keys(&mut self, wanted: bool) -> &mut Self {
        self.for_new_keys = wanted;
        self
    }

    /// Opens a key file to change its PIN: three tries on a terminal, one from standard input.
    ///
    /// # Errors
    /// As [`keyfile::unlock`], or nobody answers.
    pub fn unlock(&mut self, path: &Path) -> Result<Unlocked, KeyFileError> {
        self.tries(|pins| keyfile::unlock(path, &mut |path| pins.ask(path)))
    }

    /// A new PIN, typed twice on a terminal.
    ///
    /// # Errors
    /// It is too short, the two differ, or nobody answers.
    pub fn choose(&mut self, path: &Path, name: &str) -> Result<Pin, KeyFileError> {
        let path = path.display();
        self.tries(|pins| {
            if pins.is_at_terminal() {
                let first = prompt(&format!("PIN mới cho {path} ({name}) — new PIN: "))?;
                let pin = Pin::new(&first)?;
                let again = prompt("gõ lại — again: ")?;
                return if first == again { Ok(pin) } else { Err(KeyFileError::PinsDiffer) };
            }
            Pin::new(&line()?)
        })
    }

    /// The PIN of a file that has one; what could be no PIN at all is a wrong one.
    fn ask(&self, path: &Path) -> Result<Pin, KeyFileError> {
        let typed = if self.is_at_terminal() {
            prompt(&format!("PIN — {}: ", path.display()))
        } else {
            line().map_err(|error| match error {
                KeyFileError::Asking(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                    KeyFileError::Protected(path.to_owned())
                }
                other => other,
            })
        }?;
        Pin::new(&typed).map_err(|_| KeyFileError::WrongPin(path.to_owned()))
    }

    /// Does it again when the person at the terminal can do better.
    fn tries<T>(&mut self, act: impl Fn(&Self) -> Result<T, KeyFileError>) -> Result<T, KeyFileError> {
        use KeyFileError::{PinsDiffer, ShortPin, WrongPin};
        let mut left = if self.is_at_terminal() { TRIES_MAX } else { 1 };
        loop {
            left -= 1;
            match act(self) {
                Err(error @ (WrongPin(_) | ShortPin | PinsDiffer)) if left > 0 => words!("{error}"),
                done => return done,
            }
        }
    }

    fn is_at_terminal(&self) -> bool {
        !self.stdin && terminal::is_there()
    }
}

impl Holder for Pins {
    fn open(&mut self, path: &Path) -> Result<SigningKey, KeyFileError> {
        self.unlock(path).map(Unlocked::into_key)
    }

    fn new_pin(&mut self, path: &Path, name: &str) -> Result<Option<Pin>, KeyFileError> {
        if self.for_new_keys { self.choose(path, name).map(Some) } else { Ok(None) }
    }
}

fn prompt(words: &str) -> Result<Zeroizing<String>, KeyFileError> {
    terminal::prompt(words).map_err(KeyFileError::Asking)
}

/// One line of standard input, read byte by byte: the next PIN stays where it is, and no buffer keeps this one.
fn line() -> Result<Zeroizing<String>, KeyFileError> {
    standard_input().and_then(|mut input| read_line(&mut input)).map_err(KeyFileError::Asking)
}

fn read_line(input: &mut impl Read) -> io::Result<Zeroizing<String>> {
    let bad = |kind, vi: &str, en: &str| Err(io::Error::new(kind, format!("{vi} — {en}")));
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
    let mut byte = Zeroizing::new([0_u8]);
    loop {
        let ended = input.read(&mut byte[..])? == 0;
        if ended && line.is_empty() {
            return bad(io::ErrorKind::UnexpectedEof, "đầu vào chuẩn đã hết dòng", "standard input has no more lines");
        }
        if ended || byte[0] == b'\n' {
            break;
        }
        if line.len() == LINE_BYTES_MAX {
            return bad(io::ErrorKind::InvalidData, "dòng quá dài", "the line is too long");
        }
        line.push(byte[0]);
    }
    let text = line.strip_suffix(b"\r").unwrap_or(&line);
    match std::str::from_utf8(text) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => bad(io::ErrorKind::InvalidData, "dòng không phải UTF-8", "the line is not UTF-8"),
    }
}

#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<io::Result<String>> {
        let mut input = bytes;
        (0..3).map(|_| read_line(&mut input).map(|line| line.to_string())).collect()
    }

    #[test]
    fn each_line_is_one_pin_and_the_next_stays_for_the_next_key() {
        let lines = read("481516\r\nđếm phiếu\n\n".as_bytes());
        assert_eq!(lines.into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["481516", "đếm phiếu", ""]);
        let lines = read(b"481516");
        assert_eq!(lines[0].as_ref().unwrap(), "481516");
        assert_eq!(lines[1].as_ref().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_line_without_end_or_of_no_letters_is_refused_and_not_repeated() {
        for wrong in [&[b'7'; LINE_BYTES_MAX + 1][..], b"4815\xff16\n"] {
            let error = read(wrong).remove(0).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(!error.to_string().contains("777") && !error.to_string().contains("4815"), "{error}");
        }
        assert!(read(&[b'7'; LINE_BYTES_MAX]).remove(0).is_ok());
    }
}
