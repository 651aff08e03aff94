//! Eight digits that stand for a sid where people read, type or say one (protocol §6). It refuses to know what the sid
//! names: of a closed bulletin it is the reading code, of a contest the ballot code.

use crate::id::Sid;
use std::fmt;

/// Eight digits: typed in a second, and two papers of one hall do not share them.
const CODES: u64 = 100_000_000;

/// The first 64 bits of SHA-256 of the 32 bytes of a sid, modulo 10^8. It proves nothing; the sid does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u32);

impl Code {
    /// The code of a sid.
    #[must_use]
    pub fn of(sid: Sid) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = tlog::sha256(sid.as_bytes()).0;
        let first = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let digits = first.checked_rem(CODES).expect("there are more codes than none");
        Self(u32::try_from(digits).expect("eight digits fit 32 bits"))
    }

    /// The eight digits, as they are typed.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:08}", self.0)
    }
}

impl fmt::Display for Code {
    /// Two groups of four, as they are printed and read aloud.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let (first, last) = digits.split_at(4);
        write!(f, "{first} {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::Hash;

    /// Made by another program: `int.from_bytes(sha256(bytes(32)).digest()[:8], "big") % 10**8`, and with 32 bytes of 0xff.
    #[test]
    fn the_code_of_a_sid_is_what_another_program_makes_of_it() {
        assert_eq!(Code::of(Hash::ZERO).digits(), "61709175");
        assert_eq!(Code::of(Hash([0xff; 32])).to_string(), "3021 0655");
    }
}
