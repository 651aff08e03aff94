//! A share as the rules write it, one half or three tenths: integers only, never a rounded percentage.

use std::fmt;

/// Largest number in a share: with it no product leaves 128 bits.
pub(super) const TERM_MAX: u64 = 1_000;

/// A share of something, as `1/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    above: u64,
    below: u64,
}

impl Fraction {
    /// Exactly half.
    pub const HALF: Self = Self { above: 1, below: 2 };

    /// `above/below`; `None` unless it is more than nothing, at most all, and its numbers are at most 1,000.
    pub fn new(above: u64, below: u64) -> Option<Self> {
        (1 <= above && above <= below && below <= TERM_MAX).then_some(Self { above, below })
    }

    /// The smallest number that is more than this share of `whole`: exactly the share is not enough.
    pub fn least_over(self, whole: u64) -> u64 {
        let share = u128::from(whole).saturating_mul(u128::from(self.above)).checked_div(u128::from(self.below));
        u64::try_from(share.expect("nothing is divided by zero: `new` asks for at least one"))
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }

    /// Whether `some` is less than this share of `whole`: exactly the share is not less.
    pub fn is_over(self, some: u64, whole: u64) -> bool {
        let part = u128::from(some).saturating_mul(u128::from(self.below));
        part < u128::from(whole).saturating_mul(u128::from(self.above))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.above, self.below)
    }
}
