//! The open invitations of one event: one-time codes, and the keys that came in with them. A pure machine: the moment is
//! an argument, and it refuses to know connections, the log and who asks.
//!
//! All of it is in memory alone. When the server ends, codes end with it: the organiser makes new ones.

use super::name::Name;
use door::Code;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tlog::{Hash, VerifierKey};

/// Long enough to walk to a table and type eight digits.
pub(super) const CODE_VALID: Duration = Duration::from_secs(10 * 60);
/// With five tries a code is guessed once in twenty million invitations.
pub(super) const TRIES_MAX: u32 = 5;
/// A hall and its spares, and a province's observers; each is some 300 bytes.
pub(super) const INVITATIONS_MAX: usize = 64;
/// Organisers sit together several times a day; a key that nobody admits by then was a mistake.
pub(super) const KEPT: Duration = Duration::from_secs(4 * 60 * 60);

/// Names with a code each, ended ones included until they are forgotten.
#[derive(Default)]
pub(super) struct Invitations {
    names: BTreeMap<Name, Invitation>,
}

struct Invitation {
    /// SHA-256 of the digits; the code itself is in no memory of ours.
    code: Hash,
    made: Instant,
    tries_left: u32,
    /// The key that came in with the code; then it is spent.
    key: Option<VerifierKey>,
}

/// What a deposit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The key is in.
    Taken,
    /// It was in already.
    Repeated,
    /// Not the code of that name, or there is no invitation for it: nobody learns which. When it was the last try of one,
    /// this says so to us.
    Wrong { ends: bool },
    /// The right code, with which another key came in before.
    Used,
    /// The right code, too late.
    Expired,
    /// The right code, after five wrong ones.
    TriesSpent,
    /// The same key is in under another name.
    Elsewhere(Name),
}

/// How it stands with one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Who was invited.
    pub(super) name: Name,
    /// The key that came in.
    pub(super) key: Option<VerifierKey>,
    /// None once a key is in.
    pub(super) tries_left: u32,
    /// How long the code is valid; once a key is in, how long that is kept.
    pub(super) left: Duration,
}

/// There are too many invitations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Invitations {
    /// A new code for a name; a former one ends, and a key that came in with it is forgotten. `is_known` says whether the
    /// event's log knows a name by now.
    pub(super) fn invite(
        &mut self,
        name: &Name,
        code: Code,
        now: Instant,
        is_known: impl Fn(&Name) -> bool,
    ) -> Result<(), Full> {
        self.forget(now);
        if !self.names.contains_key(name) && self.names.len() >= INVITATIONS_MAX {
            // Only then: whoever comes with a spent code shall hear that it is spent.
            self.names.retain(|name, i| !is_known(name) && (i.key.is_some() || i.is_open(now)));
            if self.names.len() >= INVITATIONS_MAX {
                return Err(Full);
            }
        }
        let invitation = Invitation { code: hash(code), made: now, tries_left: TRIES_MAX, key: None };
        self.names.insert(name.clone(), invitation);
        Ok(())
    }

    /// A key comes with a code; `name` is the key's.
    pub(super) fn deposit(&mut self, name: &Name, code: Code, key: &VerifierKey, now: Instant) -> Outcome {
        self.forget(now);
        let elsewhere = self.name_of(key.public()).filter(|other| *other != name).cloned();
        let invitation = self.names.get_mut(name);
        // Whether there is an invitation or not, one hash is made and one is compared.
        let is_right = equal(&hash(code), invitation.as_ref().map_or(&Hash::ZERO, |i| &i.code));
        let Some(invitation) = invitation else { return Outcome::Wrong { ends: false } };
        if !is_right {
            return Outcome::Wrong { ends: invitation.miss(now) };
        }
        match &invitation.key {
            Some(there) if there == key => Outcome::Repeated,
            Some(_) => Outcome::Used,
            None if invitation.tries_left == 0 => Outcome::TriesSpent,
            None if !invitation.is_open(now) => Outcome::Expired,
            None => match elsewhere {
                Some(other) => Outcome::Elsewhere(other),
                None => {
                    // Kept from now on, and for the same time whenever in its ten minutes the code was used.
                    (invitation.key, invitation.made) = (Some(key.clone()), now);
                    Outcome::Taken
                }
            },
        }
    }

    /// Nobody shall come in under this name any more.
    pub(super) fn forget_unused(&mut self, name: &Name) {
        self.names.retain(|other, i| other != name || i.key.is_some());
    }

    /// The name under which a public key came in.
    pub(super) fn name_of(&self, public: &[u8; 32]) -> Option<&Name> {
        self.names.iter().find(|(_, i)| i.key.as_ref().is_some_and(|k| k.public() == public)).map(|(name, _)| name)
    }

    /// Every name that was invited and is not in the log, ascending.
    pub(super) fn standings(&mut self, now: Instant, is_known: impl Fn(&Name) -> bool) -> Vec<Standing> {
        self.forget(now);
        let waiting = self.names.iter().filter(|(name, _)| !is_known(name));
        waiting
            .map(|(name, i)| {
                let until = i.made + if i.key.is_some() { KEPT } else { CODE_VALID };
                let tries_left = if i.key.is_some() { 0 } else { i.tries_left };
                let left = if i.key.is_some() || i.is_open(now) { until.duration_since(now) } else { Duration::ZERO };
                Standing { name: name.clone(), key: i.key.clone(), tries_left, left }
            })
            .collect()
    }

    fn forget(&mut self, now: Instant) {
        self.names.retain(|_, i| now.duration_since(i.made) < KEPT);
    }
}

impl Invitation {
    /// One try less; whether that was the last one.
    fn miss(&mut self, now: Instant) -> bool {
        let before = self.is_open(now);
        self.tries_left = self.tries_left.saturating_sub(1);
        before && !self.is_open(now)
    }

    /// The code may still bring a key in.
    fn is_open(&self, now: Instant) -> bool {
        self.key.is_none() && self.tries_left > 0 && now.duration_since(self.made) < CODE_VALID
    }
}

fn hash(code: Code) -> Hash {
    tlog::sha256(code.digits().as_bytes())
}

/// Takes as long whether the first byte differs or the last one.
fn equal(one: &Hash, other: &Hash) -> bool {
    let differing = one.as_bytes().iter().zip(other.as_bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests;
