//! Whose key is whose: names, roles and revocations up to this point of the log (protocol §2).
//! It refuses to know contests.

use crate::{id::StationId, ruling::Refusal};
use std::{collections::BTreeMap, sync::Arc};
use tlog::{KeyKind, VerifierKey};

/// What a key may speak about, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Checkpoints only.
    Log,
    /// Bulletins; the server's identity.
    Tally,
    /// Manifest, boards, keys, revocations.
    Organiser,
    /// Everything about the contests of a counting board.
    Board,
    /// Its own batches and withdrawals.
    Station(StationId),
    /// Signs nothing; opens the accredited doors.
    Observer,
    /// Cosignatures only.
    Witness,
}

/// A key, its role and whether it went out.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The key.
    pub key: VerifierKey,
    /// What it may speak about.
    pub role: Role,
    /// Revoked; of a station with the last statement that is accepted.
    pub revoked: Option<Option<u64>>,
}

/// Every key ever known to the event. Cloning is cheap: doors keep one while the count goes on.
#[derive(Clone, Default)]
pub struct KeyBook {
    holders: Arc<BTreeMap<Box<str>, Holder>>,
    /// Whose a public key is: every call at a door asks it.
    names: Arc<BTreeMap<[u8; 32], Box<str>>>,
}

impl KeyBook {
    /// The key of that name and id, revoked ones included.
    pub fn find(&self, name: &str, id: u32) -> Option<&VerifierKey> {
        self.holders.get(name).map(|h| &h.key).filter(|k| k.id() == id)
    }

    /// Everything known about the key of that name.
    pub fn holder(&self, name: &str) -> Option<&Holder> {
        self.holders.get(name)
    }

    /// Every key ever known, by name.
    pub fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.holders.values()
    }

    /// Everything known about whoever holds this public key: no key stands under two names.
    pub fn holder_of(&self, public: &[u8; 32]) -> Option<&Holder> {
        let name = self.names.get(public)?;
        self.holders.get(name)
    }

    /// The keys of a role that are not revoked, by name.
    pub fn in_force(&self, role: Role) -> impl Iterator<Item = &VerifierKey> {
        self.holders.values().filter(move |h| h.role == role && h.revoked.is_none()).map(|h| &h.key)
    }

    /// The witnesses that are not revoked, by name.
    pub fn witnesses(&self) -> Vec<VerifierKey> {
        self.in_force(Role::Witness).cloned().collect()
    }

    /// Whether the key may come in: a name is never used again, a key never stands under two names, and a revoked one
    /// never returns.
    pub(super) fn may_enter(&self, key: &VerifierKey) -> Result<(), Refusal> {
        let is_taken = self.holders.contains_key(key.name()) || self.names.contains_key(key.public());
        if is_taken { Err(Refusal::KeyTaken { name: key.name().to_owned() }) } else { Ok(()) }
    }

    pub(super) fn enter(&mut self, key: &VerifierKey, role: Role) {
        let holder = Holder { key: key.clone(), role, revoked: None };
        Arc::make_mut(&mut self.holders).entry(key.name().into()).or_insert(holder);
        Arc::make_mut(&mut self.names).entry(*key.public()).or_insert_with(|| key.name().into());
    }

    pub(super) fn revoke(&mut self, name: &str, last_seq: Option<u64>) {
        if let Some(holder) = Arc::make_mut(&mut self.holders).get_mut(name) {
            holder.revoked = Some(last_seq);
        }
    }
}

/// The role that the name of a key gives it in an event of that origin.
pub(super) fn role_of(key: &VerifierKey, origin: &str) -> Result<Role, Refusal> {
    let name = key.name();
    if key.kind() == KeyKind::CosignatureV1 {
        return Ok(Role::Witness);
    }
    let wrong = || Refusal::Field { field: "key", why: format!("{name} is no name of a key of {origin}") };
    if name == origin {
        return Ok(Role::Log);
    }
    let rest = name.strip_prefix(origin).and_then(|rest| rest.strip_prefix('/')).ok_or_else(wrong)?;
    match rest.split_once('/') {
        None if rest == "tally" => Ok(Role::Tally),
        Some((role, id)) => {
            let id = id.parse().map_err(|_| wrong())?;
            match role {
                "organiser" => Ok(Role::Organiser),
                "board" => Ok(Role::Board),
                "station" => Ok(Role::Station(StationId(id))),
                "observer" => Ok(Role::Observer),
                _ => Err(wrong()),
            }
        }
        None => Err(wrong()),
    }
}
