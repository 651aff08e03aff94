//! The manifest from several machines: each organiser makes their own key, reads what they sign, and hands it on.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{
    CommitteeError,
    founding::{self, Cosigning, Making, Person, make_key},
    home::Home,
};
use hall::{EVENT, Folder, ORIGIN, ids};
use keyfile::Nobody;
use std::{fs, path::PathBuf};
use tally::{Count, Ruling, SignedStatement};

/// The home of a person on a machine of their own, with their key.
fn machine(folder: &Folder, person: &str) -> Home {
    let home = Home::at(folder.temp.path().join(person.replace('/', "-")));
    make_key(&home, ORIGIN, person.parse().unwrap(), &mut Nobody).unwrap();
    home
}

fn vkey(home: &Home, id: &str) -> PathBuf {
    keyfile::public_path(&home.key(id.parse().unwrap()))
}

fn sign(file: &std::path::Path, home: &Home, id: &str) -> Result<bool, CommitteeError> {
    let mut cosigning = Cosigning::read(file)?;
    let added = cosigning.sign(&home.signers(&ids(&[id]), &[])?[0])?;
    cosigning.write()?;
    Ok(added)
}

fn ruling(file: &std::path::Path) -> Ruling {
    Count::new().rule(&SignedStatement::open_manifest(&fs::read(file).unwrap()).unwrap())
}

#[test]
fn three_organisers_on_three_machines_sign_one_manifest() {
    let folder = Folder::with(EVENT);
    let (o2, o3) = (machine(&folder, "organiser/o2"), machine(&folder, "organiser/o3"));
    let vkeys: Vec<PathBuf> = folder.vkeys().into_iter().chain([vkey(&o2, "o2"), vkey(&o3, "o3")]).collect();
    let founded = founding::found(&folder.event(), &folder.home(), &vkeys, &[]).unwrap();
    assert_eq!((founded.have, founded.needed, founded.others.join(" ").as_str()), (1, 2, "o2 o3"));
    let made: Vec<String> = founded.keys_made.iter().map(ToString::to_string).collect();
    assert_eq!(made, ["k1", "k2", "o1"], "nobody's key is made twice");
    let manifest = folder.home().manifest();
    assert_eq!(ruling(&manifest), Ruling::Draft { signatures: 1, threshold: 2 });

    // o2 gets a copy, and so does o3; each sends it back.
    let [for_o2, for_o3] = ["for-o2", "for-o3"].map(|name| folder.temp.path().join(name));
    for copy in [&for_o2, &for_o3] {
        fs::copy(&manifest, copy).unwrap();
    }
    let meaning = Cosigning::read(&for_o2).unwrap().meaning().to_string();
    assert!(meaning.contains("Đại hội thử") && meaning.contains("o1 o2 o3"), "{meaning}");
    assert!(sign(&for_o2, &o2, "o2").unwrap());
    assert!(!sign(&for_o2, &o2, "o2").unwrap(), "nobody twice");
    assert_eq!(ruling(&for_o2), Ruling::Recorded);
    assert!(sign(&for_o3, &o3, "o3").unwrap());
    let mut all = Cosigning::read(&manifest).unwrap();
    assert_eq!((all.take(&for_o2).unwrap(), all.take(&for_o3).unwrap(), all.take(&for_o3).unwrap()), (1, 1, 0));
    all.write().unwrap();
    assert_eq!((all.have(), all.others()), (3, Vec::new()));
    assert_eq!(ruling(&manifest), Ruling::Recorded);

    // Founding again loses no signature.
    let again = founding::found(&folder.event(), &folder.home(), &vkeys, &[]).unwrap();
    assert_eq!((again.sid, again.have, again.keys_made.len()), (founded.sid, 3, 0));
    let again = founding::found(&folder.event(), &folder.home(), &folder.vkeys(), &[]).unwrap();
    assert_eq!((again.sid, again.have), (founded.sid, 3), "the home has their public keys by now");
}

#[test]
fn a_founder_may_have_made_their_own_key_before() {
    let folder = Folder::with(EVENT);
    let key = make_key(&folder.home(), ORIGIN, "organiser/o1".parse().unwrap(), &mut Nobody).unwrap();
    assert_eq!(key.name(), format!("{ORIGIN}/organiser/o1"));
    let again = make_key(&folder.home(), ORIGIN, "organiser/o1".parse().unwrap(), &mut Nobody);
    assert!(matches!(again, Err(CommitteeError::Key(_))), "a key is never overwritten");
    let founded = folder.found(&["o1"]).unwrap();
    assert_eq!((founded.have, founded.others.join(" ").as_str()), (1, "o2 o3"));
    assert_eq!(founded.keys_made.len(), 4);
    assert_eq!(folder.home().signers(&ids(&["o1"]), &[]).unwrap()[0].verifier(), &key);
}

#[test]
fn members_who_bring_their_own_keys_get_none_here() {
    let folder = Folder::with(EVENT);
    let k1 = machine(&folder, "board/k1");
    let vkeys: Vec<PathBuf> = folder.vkeys().into_iter().chain([vkey(&k1, "k1")]).collect();
    let founded =
        founding::found_with(&folder.event(), &folder.home(), &vkeys, &[], Making::Organisers, &mut Nobody).unwrap();
    let made: Vec<String> = founded.keys_made.iter().map(ToString::to_string).collect();
    assert_eq!(made, ["o1", "o2", "o3"]);
    assert!(vkey(&folder.home(), "k1").exists() && !folder.home().key("k1".parse().unwrap()).exists());
    assert!(!vkey(&folder.home(), "k2").exists(), "it comes by enrolment");
}

#[test]
fn whoever_is_elsewhere_signs_elsewhere() {
    let folder = Folder::with(EVENT);
    let o2 = machine(&folder, "organiser/o2");
    let vkeys: Vec<PathBuf> = folder.vkeys().into_iter().chain([vkey(&o2, "o2")]).collect();
    let refused = founding::found(&folder.event(), &folder.home(), &vkeys, &ids(&["o2"])).unwrap_err().to_string();
    assert!(refused.contains("committee cosign"), "{refused}");
    assert!(!folder.home_path().exists());
    let all = ["o1", "o3"].map(|id| machine(&folder, &format!("organiser/{id}")));
    let vkeys: Vec<PathBuf> = vkeys.into_iter().chain([vkey(&all[0], "o1"), vkey(&all[1], "o3")]).collect();
    let refused = founding::found(&folder.event(), &folder.home(), &vkeys, &[]).unwrap_err().to_string();
    assert!(refused.contains("no organiser's key is here"), "{refused}");
}

#[test]
fn nothing_but_a_manifest_is_signed_outside_of_a_server_and_by_organisers_only() {
    let folder = Folder::with(EVENT);
    let o2 = machine(&folder, "organiser/o2");
    let founded = folder.found(&["o1"]).unwrap();
    let manifest = folder.home().manifest();
    let refused = sign(&manifest, &o2, "o2").unwrap_err();
    assert!(refused.to_string().contains("another key"), "o2's own key is not the one listed: {refused}");
    let refused = sign(&manifest, &folder.home(), "k1").unwrap_err();
    assert!(refused.to_string().contains("no organiser"), "{refused}");
    assert_eq!(fs::read(&manifest).unwrap(), founded.manifest.as_bytes(), "nothing was written");

    let path = folder.temp.path().join("note");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden-v1/statements/001-board.note");
    fs::copy(golden, &path).unwrap();
    let refused = Cosigning::read(&path).unwrap_err().to_string();
    assert!(refused.contains("committee sign"), "{refused}");
    for (broken, what) in [("An", "a text that was altered"), ("— kiem", "a signature line that was altered")] {
        let altered = founded.manifest.as_str().replacen(broken, "Xn", 1).replacen("Đại hội", "Dại hội", 1);
        fs::write(&path, altered).unwrap();
        assert!(Cosigning::read(&path).is_err(), "{what}");
    }
    let other = Folder::with(&EVENT.replace("Đại hội thử", "Đại hội khác"));
    other.found(&[]).unwrap();
    let refused = Cosigning::read(&manifest).unwrap().take(&other.home().manifest()).unwrap_err().to_string();
    assert!(refused.contains("no copy of"), "{refused}");
}

#[test]
fn a_person_is_named_by_role_and_id() {
    assert_eq!("organiser/o2".parse::<Person>().unwrap().to_string(), "organiser/o2");
    for wrong in ["o2", "station/s01", "organiser/", "organiser/o 2", "board/k1/x", "", "/k1"] {
        let refused = wrong.parse::<Person>().unwrap_err();
        assert!(refused.contains("organiser/o2"), "{refused}");
    }
}
