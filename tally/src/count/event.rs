//! What the organisers say: manifest, boards, keys in and out. It refuses to know figures.

use super::{
    Count, Role,
    chain::StationChain,
    keys::{KeyBook, role_of},
};
use crate::{
    id::Sid,
    ruling::{Refusal, Ruling},
    signed::SignedStatement,
    statement::{Board, KeyStatement, Kind, Link, Manifest, MemberRole, PREFIX, Revoke, Statement},
};
use tlog::{KeyKind, VerifierKey, note::STRICT_LINES_MAX};

fn field(field: &'static str, why: impl Into<String>) -> Refusal {
    Refusal::Field { field, why: why.into() }
}

/// Enough of those entitled have signed, or it waits as a draft.
pub(super) fn with_threshold(signers: usize, threshold: u64) -> Ruling {
    let needed = usize::try_from(threshold).unwrap_or(usize::MAX);
    if signers >= needed { Ruling::Recorded } else { Ruling::Draft { signatures: signers, threshold: needed } }
}

pub(super) fn rule_manifest(manifest: &Manifest, signers: &[Box<str>]) -> Result<Ruling, Refusal> {
    let origin = &*manifest.origin;
    if origin.is_empty() || origin.contains([' ', '+']) || origin.starts_with(PREFIX.trim_end_matches("1/")) {
        return Err(field(
            "origin",
            format!("`{origin}` is no origin: no space, no +, not beginning with kiemphieu/v"),
        ));
    }
    let mut keys = KeyBook::default();
    for (key, role) in keys_of(manifest)? {
        keys.may_enter(key)?;
        keys.enter(key, role);
    }
    let organisers = manifest.organisers.len();
    if !may_sign_together(manifest.threshold, organisers) {
        return Err(field("threshold", format!("{} of {organisers} organisers cannot sign", manifest.threshold)));
    }
    if manifest.witness_quorum > manifest.witnesses.len() as u64 {
        return Err(field("witness-quorum", format!("there are {} witnesses only", manifest.witnesses.len())));
    }
    let tables: Vec<_> = manifest.tables.iter().map(|(id, _)| Role::Station(*id)).collect();
    let stations: Vec<_> = manifest.stations.iter().map(|k| role_of(k, origin)).collect::<Result<_, _>>()?;
    if tables.len() != stations.len() || !tables.iter().all(|t| stations.contains(t)) {
        return Err(field("table", "every station has one table line, and every table a station"));
    }
    Ok(with_threshold(signers.len(), manifest.threshold))
}

/// Every key of a manifest with its role, which its name gives it and its list confirms.
fn keys_of(manifest: &Manifest) -> Result<Vec<(&VerifierKey, Role)>, Refusal> {
    let mut keys = Vec::new();
    type Belongs = fn(Role) -> bool;
    let lists: [(&[VerifierKey], Belongs); 6] = [
        (std::slice::from_ref(&manifest.log), |r| r == Role::Log),
        (std::slice::from_ref(&manifest.tally), |r| r == Role::Tally),
        (&manifest.organisers, |r| r == Role::Organiser),
        (&manifest.stations, |r| matches!(r, Role::Station(_))),
        (&manifest.observers, |r| r == Role::Observer),
        (&manifest.witnesses, |r| r == Role::Witness),
    ];
    for (list, belongs) in lists {
        for key in list {
            let role = role_of(key, &manifest.origin)?;
            if !belongs(role) {
                return Err(field("key", format!("{} stands in the wrong list", key.name())));
            }
            keys.push((key, role));
        }
    }
    Ok(keys)
}

impl Count {
    pub(super) fn apply_manifest(&mut self, sid: Sid, manifest: &Manifest) {
        for (key, role) in keys_of(manifest).expect("a logged manifest has its keys in the right lists") {
            self.enter(key, role);
        }
        self.event = Some((sid, Box::new(manifest.clone())));
    }

    fn enter(&mut self, key: &VerifierKey, role: Role) {
        self.keys.enter(key, role);
        if let Role::Station(id) = role {
            self.stations.insert(id, StationChain::default());
        }
    }

    fn origin(&self) -> &str {
        self.manifest().map_or("", |m| &m.origin)
    }

    pub(super) fn rule_organisers(&self, s: &SignedStatement) -> Result<Ruling, Refusal> {
        let threshold = self.manifest().map_or(u64::MAX, |m| m.threshold);
        self.entitled(s, |name| matches!(self.keys.holder(name), Some(h) if h.role == Role::Organiser))?;
        if let Link::Desk { prev, .. } = s.statement.link()
            && prev != self.election_head
        {
            return Err(Refusal::WrongHead { head: self.election_head, seq: 0 });
        }
        match &s.statement {
            Statement::Board(board) => self.check_board(board)?,
            Statement::Key(key) => self.check_key(key)?,
            Statement::Revoke(revoke) => self.check_revoke(revoke)?,
            _ => {}
        }
        Ok(with_threshold(s.signers.len(), threshold))
    }

    /// Every signer has a say in this kind, and none is revoked.
    pub(super) fn entitled(&self, s: &SignedStatement, has_a_say: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        for name in &s.signers {
            if !has_a_say(name) {
                return Err(Refusal::NotEntitled { name: name.to_string(), kind: s.statement.kind() });
            }
            if let Some(last_seq) = self.keys.holder(name).and_then(|h| h.revoked)
                && !matches!(s.statement.kind(), Kind::Batch | Kind::Withdraw)
            {
                return Err(Refusal::Revoked { name: name.to_string(), last_seq });
            }
        }
        Ok(())
    }

    fn check_board(&self, board: &Board) -> Result<(), Refusal> {
        let origin = self.origin();
        let signing = board.members.iter().filter(|m| m.role != MemberRole::Technician);
        let mut names: Vec<String> = signing.map(|m| format!("{origin}/board/{}", m.id)).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) || has_two_of_an_id(board) {
            return Err(field("member", "an id stands twice"));
        }
        if !board.keys.iter().map(VerifierKey::name).eq(names.iter().map(String::as_str)) {
            return Err(field("key", "every member has one key by that name, a technician none"));
        }
        for key in &board.keys {
            match self.keys.holder(key.name()) {
                None => self.keys.may_enter(key)?,
                Some(holder) if holder.key == *key && holder.revoked.is_none() => {}
                Some(_) => return Err(Refusal::KeyTaken { name: key.name().to_owned() }),
            }
            if key.kind() != KeyKind::Ed25519 {
                return Err(field("key", format!("{} is a witness key", key.name())));
            }
        }
        let twice = |k: &VerifierKey| board.keys.iter().filter(|other| other.public() == k.public()).count() > 1;
        if let Some(key) = board.keys.iter().find(|k| twice(k)) {
            return Err(Refusal::KeyTaken { name: key.name().to_owned() });
        }
        if !may_sign_together(board.threshold, board.keys.len()) {
            return Err(field("threshold", format!("{} of {} members cannot sign", board.threshold, board.keys.len())));
        }
        Ok(())
    }

    pub(super) fn apply_elected_board(&mut self, board: &Board) {
        for key in &board.keys {
            self.keys.enter(key, Role::Board);
        }
        self.boards.insert(board.board, board.clone());
    }

    fn check_key(&self, statement: &KeyStatement) -> Result<(), Refusal> {
        match role_of(&statement.key, self.origin())? {
            Role::Station(_) | Role::Observer | Role::Organiser | Role::Witness => self.keys.may_enter(&statement.key),
            Role::Log | Role::Tally => Err(Refusal::KeyTaken { name: statement.key.name().to_owned() }),
            Role::Board => Err(field("key", "members of a counting board come in with their board")),
        }
    }

    pub(super) fn apply_key(&mut self, statement: &KeyStatement) {
        if let Ok(role) = role_of(&statement.key, self.origin()) {
            self.enter(&statement.key, role);
        }
    }

    fn check_revoke(&self, revoke: &Revoke) -> Result<(), Refusal> {
        let name = revoke.key.to_string();
        let Some(holder) = self.keys.holder(&name) else { return Err(Refusal::NoSuchKey { name }) };
        if let Some(last_seq) = holder.revoked {
            return Err(Refusal::Revoked { name, last_seq });
        }
        match holder.role {
            Role::Log | Role::Tally => return Err(Refusal::KeyFixed { name }),
            Role::Station(_) if revoke.last_seq.is_none() => {
                return Err(field("last-seq", "of a station the last accepted statement is named"));
            }
            Role::Station(_) => return Ok(()),
            _ if revoke.last_seq.is_some() => return Err(field("last-seq", "only stations have one")),
            _ => {}
        }
        let threshold = self.manifest().map_or(0, |m| m.threshold);
        let left = self.keys.in_force(Role::Organiser).filter(|k| k.name() != name).count();
        if holder.role == Role::Organiser && (left as u64) < threshold {
            return Err(Refusal::TooFewOrganisers { left, threshold });
        }
        Ok(())
    }

    pub(super) fn apply_revoke(&mut self, revoke: &Revoke, index: u64) {
        self.keys.revoke(&revoke.key, revoke.last_seq);
        if let Some(Role::Station(station)) = self.keys.holder(&revoke.key).map(|h| h.role)
            && let Some(last_seq) = revoke.last_seq
        {
            for contest in self.contests.values_mut() {
                contest.set_later_batches_aside(station, last_seq, index);
            }
        }
    }
}

/// So many signatures of so many people fit one note.
fn may_sign_together(threshold: u64, people: usize) -> bool {
    (1..=people.min(STRICT_LINES_MAX) as u64).contains(&threshold)
}

fn has_two_of_an_id(board: &Board) -> bool {
    let mut ids: Vec<_> = board.members.iter().map(|m| m.id).collect();
    ids.sort_unstable();
    ids.windows(2).any(|pair| pair[0] == pair[1])
}
