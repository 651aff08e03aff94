//! The rules by which somebody is elected, one profile each (counting-rules §5). A profile that is not here is refused
//! by its name; the program never guesses.

use crate::{figures::Figures, statement::BasePart};

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name in a contest.
    pub name: &'static str,
    /// Parts of the base, in the order of the statement; the first is the number of eligible voters.
    pub base: &'static [&'static str],
    /// Of what more than half is needed.
    pub majority: Majority,
    /// Where the rule is written.
    pub source: &'static str,
    /// What of it was recalled and not read.
    pub unverified: &'static [&'static str],
}

/// Of what a candidate needs more than half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Majority {
    /// Of nothing: most votes win.
    None,
    /// Of the first part of the base less all others: invalid ballots and absentees never lower it.
    Eligible,
}

/// D = summoned − absent throughout with no alternate − members of the convening committee absent throughout.
const DELEGATES: &[&str] = &["summoned", "absent-throughout", "convener-absent"];

/// Every profile of this version, by name.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "party-190",
        base: DELEGATES,
        majority: Majority::Eligible,
        source: "Decision 190-QĐ/TW, 10 Oct 2024; guidance 04-HD/TW",
        unverified: &["tie: new ballot of the tied only; equal again, the congress decides"],
    },
    Profile {
        name: "party-244",
        base: DELEGATES,
        majority: Majority::Eligible,
        source: "Decision 244-QĐ/TW, 9 Jun 2014; guidance 03-HD/TW, 20 Mar 2020",
        unverified: &["tie: new ballot of the tied only; equal again, the congress decides"],
    },
    Profile {
        name: "plurality",
        base: &["summoned"],
        majority: Majority::None,
        source: "most votes; a tie is an output",
        unverified: &[],
    },
];

impl Profile {
    /// The profile of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|p| p.name == name)
    }

    /// The denominator D, where more than half of something is needed.
    ///
    /// `None` also when the parts do not leave a number: [`Profile::check_base`] has excluded that.
    pub fn denominator(&self, base: &[BasePart], _totals: &Figures) -> Option<u64> {
        match self.majority {
            Majority::None => None,
            Majority::Eligible => subtract(base),
        }
    }

    /// Whether the base names the parts of this profile, all of them, in order, and leaves a denominator.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn check_base(&self, base: &[BasePart]) -> Result<(), String> {
        if !base.iter().map(|b| b.part.as_str()).eq(self.base.iter().copied()) {
            return Err(format!("profile {} has the parts {}, in this order", self.name, self.base.join(", ")));
        }
        match subtract(base) {
            Some(d) if d > 0 => Ok(()),
            _ => Err("nobody is left to vote".to_owned()),
        }
    }
}

fn subtract(base: &[BasePart]) -> Option<u64> {
    let (first, rest) = base.split_first()?;
    rest.iter().try_fold(first.people, |left, part| left.checked_sub(part.people))
}
