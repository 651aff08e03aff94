//! The register of public keys that others made: server, tables, observers, witnesses, and people whose keys are on
//! their own machines. Their names say whose they are.
//! It refuses to know secrets.

use super::Making;
use crate::{error::Faults, event::Event};
use std::{collections::BTreeMap, path::PathBuf};
use tally::{StationId, id::Id, statement::Manifest};
use tlog::{KeyKind, VerifierKey};

/// The keys of the event that were made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    log: VerifierKey,
    tally: VerifierKey,
    stations: Vec<VerifierKey>,
    observers: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    people: BTreeMap<Id, VerifierKey>,
}

impl Register {
    /// Reads the public keys and holds them against the event: one log key, one tally key, exactly the tables of the
    /// file (or some of them, when tables bring theirs by enrolment), witnesses enough for the quorum, and of organisers and board members those who are in the file (`people`:
    /// the name that each key must have). `None` when a fault was found.
    pub fn collect(
        event: &Event,
        people: &BTreeMap<Id, String>,
        files: &[PathBuf],
        making: Making,
        faults: &mut Faults,
    ) -> Option<Self> {
        let before = faults.0.len();
        let keys = read(files, faults);
        let origin = &*event.origin;
        let (mut log, mut tally) = (None, None);
        let mut lists: [Vec<VerifierKey>; 3] = Default::default();
        let mut given = BTreeMap::new();
        for (name, key) in keys {
            let role = name.strip_prefix(origin).map(|rest| rest.split('/').collect::<Vec<_>>());
            match (key.kind(), role.as_deref()) {
                (KeyKind::CosignatureV1, _) => lists[2].push(key),
                (KeyKind::Ed25519, Some([""])) => log = Some(key),
                (KeyKind::Ed25519, Some(["", "tally"])) => tally = Some(key),
                (KeyKind::Ed25519, Some(["", "station", _])) => lists[0].push(key),
                (KeyKind::Ed25519, Some(["", "observer", _])) => lists[1].push(key),
                _ => match people.iter().find(|(_, needed)| **needed == name) {
                    Some((id, _)) if key.kind() == KeyKind::Ed25519 => drop(given.insert(*id, key)),
                    _ => faults.say(
                        format!(
                            "{name} không phải khóa máy chủ, bàn, người, quan sát viên hay nhân chứng của {origin}"
                        ),
                        format!("{name} is no key of a server, table, person, observer or witness of {origin}"),
                    ),
                },
            }
        }
        let [stations, observers, witnesses] = lists;
        check_tables(event, &stations, making, faults);
        for (key, needed) in [(&log, origin.to_owned()), (&tally, format!("{origin}/tally"))] {
            if key.is_none() {
                faults.say(format!("thiếu khóa {needed} (--vkey)"), format!("the key {needed} is missing (--vkey)"));
            }
        }
        let (have, quorum) = (witnesses.len(), event.witness_quorum);
        if (have as u64) < quorum {
            faults.say(
                format!("{have} nhân chứng, cần {quorum} (--vkey)"),
                format!("{have} witnesses, the quorum is {quorum} (--vkey)"),
            );
        }
        (faults.0.len() == before).then_some(())?;
        Some(Self { log: log?, tally: tally?, stations, observers, witnesses, people: given })
    }

    /// The organisers and board members whose public keys were given.
    pub fn people(&self) -> &BTreeMap<Id, VerifierKey> {
        &self.people
    }

    /// The manifest of the event with these keys; `organisers` ascending by name.
    pub fn manifest(&self, event: &Event, organisers: Vec<VerifierKey>) -> Manifest {
        let name = |id: StationId| format!("{}/station/{id}", event.origin);
        let is_known = |id| self.stations.iter().any(|key| key.name() == name(id));
        // Whoever is enrolled later gets the title then.
        let known = event.stations.iter().filter(|s| is_known(s.id));
        let mut tables: Vec<_> = known.map(|s| (s.id, s.title.clone())).collect();
        tables.sort_by_key(|(id, _)| *id);
        Manifest {
            origin: event.origin.clone(),
            title: event.title.clone(),
            organisation: event.organisation.clone(),
            place: event.place.clone(),
            language: event.language,
            threshold: event.organisers.threshold,
            organisers,
            log: self.log.clone(),
            tally: self.tally.clone(),
            stations: self.stations.clone(),
            tables,
            observers: self.observers.clone(),
            witness_quorum: event.witness_quorum,
            witnesses: self.witnesses.clone(),
            disclosure: event.disclosure,
            live_totals: event.live_totals,
            min_bundle: event.min_bundle,
        }
    }
}

/// Every key by its name, ascending; a file given twice counts once.
fn read(files: &[PathBuf], faults: &mut Faults) -> BTreeMap<String, VerifierKey> {
    let mut keys = BTreeMap::new();
    for path in files {
        match keyfile::read_public(path) {
            Ok(key) => {
                let name = key.name().to_owned();
                if keys.insert(name.clone(), key.clone()).is_some_and(|former| former != key) {
                    faults.say(format!("hai khóa khác nhau mang tên {name}"), format!("two keys have the name {name}"));
                }
            }
            Err(error) => {
                let text = error.to_string();
                let (vi, en) = text.split_once(" — ").unwrap_or((&text, &text));
                faults.say(vi, en);
            }
        }
    }
    keys
}

/// The tables of the file and the keys of tables are the same, none beyond, and none missing unless they are enrolled
/// later.
fn check_tables(event: &Event, keys: &[VerifierKey], making: Making, faults: &mut Faults) {
    let name = |id: StationId| format!("{}/station/{id}", event.origin);
    let named: Vec<String> = event.stations.iter().map(|s| name(s.id)).collect();
    let is_missing = |needed: &&String| making == Making::Everybodys && keys.iter().all(|k| k.name() != **needed);
    for needed in named.iter().filter(is_missing) {
        faults.say(format!("thiếu khóa {needed} (--vkey)"), format!("the key {needed} is missing (--vkey)"));
    }
    for key in keys.iter().filter(|k| named.iter().all(|n| n != k.name())) {
        let key = key.name();
        faults.say(format!("{key} không có trong event.toml"), format!("event.toml has no table for {key}"));
    }
}
