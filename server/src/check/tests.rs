//! A look finds what would stop a server, changes nothing, and may be taken while it runs.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use super::*;
use crate::{mirror::SecondJournal, trial::Trial};
use std::{collections::BTreeMap, path::PathBuf};

fn look(trial: &Trial, stick: Option<&str>) -> EventCheck {
    let stick = stick.map(|stick| trial.at(stick));
    check(&trial.at("server"), stick.as_deref(), &mut |_| ()).unwrap().remove(0)
}

fn weight(found: &EventCheck, area: Area) -> Weight {
    let of_area = found.findings.iter().filter(|f| f.area == area).map(|f| f.weight);
    let worst = |a, b| match (a, b) {
        (Weight::Wrong, _) | (_, Weight::Wrong) => Weight::Wrong,
        (Weight::Harmless, _) | (_, Weight::Harmless) => Weight::Harmless,
        _ => Weight::Fine,
    };
    of_area.fold(Weight::Fine, worst)
}

fn contents(folder: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents(&path, all);
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

fn everything(trial: &Trial) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    contents(&trial.at(""), &mut all);
    all
}

#[test]
fn a_sound_server_is_fine_running_or_not_and_nothing_is_changed() {
    let mut trial = Trial::new();
    trial.count("stick", 300);
    let before = everything(&trial);
    for stick in [None, Some("stick")] {
        let found = look(&trial, stick);
        assert!(found.findings.iter().all(|f| f.weight == Weight::Fine), "{:?}", found.findings);
        assert_eq!((found.entries, found.is_running), (301, false));
    }
    assert!(everything(&trial) == before, "something was changed");
    let server = trial.with_stick("stick");
    let found = look(&trial, None);
    assert!(found.is_running);
    assert!(found.findings.iter().all(|f| f.weight != Weight::Wrong), "{:?}", found.findings);
    server.take(&trial.table.next()).unwrap();
    server.end().unwrap();
}

#[test]
fn every_kind_of_damage_is_found_in_its_place() {
    let mut trial = Trial::new();
    trial.count("stick", 300);
    let home = trial.home("server");
    let spoil = |path: &Path, change: &dyn Fn(&mut Vec<u8>)| {
        let whole = fs::read(path).unwrap();
        let mut bytes = whole.clone();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
        let found = look(&trial, None);
        fs::write(path, whole).unwrap();
        found
    };
    let flip = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    assert_eq!(weight(&spoil(&home.journal(), &flip), Area::Journal), Weight::Wrong);
    let shorter = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 5);
    let found = spoil(&home.journal(), &shorter);
    assert_eq!(weight(&found, Area::Journal), Weight::Harmless);
    assert_eq!(weight(&found, Area::SecondJournal), Weight::Wrong, "the stick has an entry more");
    let stick = trial.stick("stick").join("journal");
    assert_eq!(weight(&spoil(&stick, &shorter), Area::SecondJournal), Weight::Harmless);
    assert_eq!(weight(&spoil(&stick, &flip), Area::SecondJournal), Weight::Wrong);
    let key = home.folder.join("log.key");
    assert_eq!(weight(&spoil(&key, &shorter), Area::Keys), Weight::Wrong);
    assert_eq!(weight(&spoil(&home.manifest(), &flip), Area::Keys), Weight::Wrong);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(weight(&look(&trial, None), Area::Keys), Weight::Wrong);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut other = Trial::new();
    other.count("stick", 300);
    fs::rename(home.index(), trial.at("index")).unwrap();
    fs::rename(other.home("server").index(), home.index()).unwrap();
    assert_eq!(weight(&look(&trial, None), Area::Index), Weight::Harmless, "the index of another event");
    fs::remove_dir_all(home.index()).unwrap();
    assert_eq!(weight(&look(&trial, None), Area::Index), Weight::Fine, "no index");
    fs::rename(trial.at("index"), home.index()).unwrap();
    assert!(look(&trial, None).findings.iter().all(|f| f.weight == Weight::Fine));
    let nowhere = look(&trial, Some("nowhere"));
    assert_eq!(weight(&nowhere, Area::SecondJournal), Weight::Wrong);
}

#[test]
fn what_must_not_be_started_is_said_before_it_is_started() {
    let mut trial = Trial::new();
    trial.count("stick", 3);
    crate::epoch::raise(&trial.stick("stick"), 2).unwrap();
    assert_eq!(weight(&look(&trial, None), Area::SecondJournal), Weight::Wrong);
    assert_eq!(weight(&look(&trial, None), Area::Markers), Weight::Fine);
    assert!(trial.open("server", SecondJournal::At(trial.at("stick"))).is_err());
    assert_eq!(weight(&look(&trial, None), Area::Markers), Weight::Wrong);
    fs::rename(trial.at("stick"), trial.at("away")).unwrap();
    assert_eq!(weight(&look(&trial, None), Area::SecondJournal), Weight::Harmless);
}
