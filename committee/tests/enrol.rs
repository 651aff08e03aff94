//! The organisers compare what was read aloud with the key that came in, and trust nothing the server says of it.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{
    CommitteeError,
    enrol::{Deposit, State, board_member, compared, deposited, keep_public, own_key, table_title},
    founding::Person,
    home::Home,
};
use door::Fingerprint;
use keyfile::{KeyFileError, Nobody};
use std::time::Duration;
use tlog::{KeyKind, SigningKey, VerifierKey};

const ORIGIN: &str = "kiemphieu.example/hall";

fn key(name: &str, kind: KeyKind, seed: u8) -> VerifierKey {
    SigningKey::from_seed(name, kind, &[seed; 32]).unwrap().verifier().clone()
}

fn table(seed: u8) -> VerifierKey {
    key(&format!("{ORIGIN}/station/s04"), KeyKind::Ed25519, seed)
}

fn came(name: &str, key: Option<VerifierKey>) -> Deposit {
    let state = if key.is_some() { State::Deposited } else { State::Open };
    Deposit { name: name.to_owned(), key, state, tries_left: 0, left: Duration::ZERO }
}

#[test]
fn the_key_that_was_read_aloud_is_let_in_and_no_other() {
    let deposits = [came("station/s03", None), came("station/s04", Some(table(1)))];
    let aloud = Fingerprint::of(&table(1));
    assert_eq!(compared(&deposits, "station/s04", ORIGIN, &aloud).unwrap(), &table(1));
    assert_eq!(compared(&deposits, &format!("{ORIGIN}/station/s04"), ORIGIN, &aloud).unwrap(), &table(1));
    let differs = compared(&deposits, "station/s04", ORIGIN, &Fingerprint::of(&table(2))).unwrap_err();
    let said = differs.to_string();
    assert!(matches!(differs, CommitteeError::Keys(_)) && said.contains(&aloud.to_string()), "{said}");
    for (name, reason) in [("station/s03", "no key has come in"), ("station/s05", "invite again")] {
        assert!(compared(&deposits, name, ORIGIN, &aloud).unwrap_err().to_string().contains(reason));
    }
}

#[test]
fn a_table_is_called_as_the_event_file_calls_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let origin = "kiemphieu.example/test/small";
    assert_eq!(table_title(&home, "station/s02", origin), None, "there is no event file");
    std::fs::write(home.event_toml(), hall::EVENT).unwrap();
    let title = |name: &str| table_title(&home, name, origin).map(|t| t.to_string());
    assert_eq!(title("station/s02").as_deref(), Some("Bàn số 2"));
    assert_eq!(title(&format!("{origin}/station/s01")).as_deref(), Some("Bàn số 1"));
    assert_eq!((title("station/s09"), title("board/s02")), (None, None));
    assert_eq!(table_title(&home, "station/s02", ORIGIN), None, "it is the file of another event");
}

#[test]
fn a_server_that_shows_another_kind_of_key_under_the_name_is_not_followed() {
    let organiser = key(&format!("{ORIGIN}/organiser/o9"), KeyKind::Ed25519, 1);
    let witness = key(&format!("{ORIGIN}/station/s04"), KeyKind::CosignatureV1, 1);
    let elsewhere = key("kiemphieu.example/other/station/s04", KeyKind::Ed25519, 1);
    for wrong in [organiser, witness, elsewhere] {
        let aloud = Fingerprint::of(&wrong);
        let deposits = [came("station/s04", Some(wrong.clone()))];
        let refused = compared(&deposits, "station/s04", ORIGIN, &aloud);
        assert!(matches!(refused, Err(CommitteeError::Differs { .. })), "{wrong}");
    }
    let w1 = key("tinh-uy.example/w1", KeyKind::CosignatureV1, 1);
    let signs_notes = key("tinh-uy.example/w1", KeyKind::Ed25519, 1);
    assert!(deposited(&[came("tinh-uy.example/w1", Some(w1))], "tinh-uy.example/w1", ORIGIN).is_ok());
    assert!(deposited(&[came("tinh-uy.example/w1", Some(signs_notes))], "tinh-uy.example/w1", ORIGIN).is_err());
}

#[test]
fn a_board_members_key_is_kept_once_and_never_replaced() {
    assert_eq!(board_member("board/k1", ORIGIN), Some("k1".parse().unwrap()));
    assert_eq!(board_member("station/k1", ORIGIN), None);
    let folder = tempfile::tempdir().unwrap();
    let (home, id) = (Home::at(folder.path()), "k1".parse().unwrap());
    let member = |seed| key(&format!("{ORIGIN}/board/k1"), KeyKind::Ed25519, seed);
    keep_public(&home, id, &member(1)).unwrap();
    let path = keep_public(&home, id, &member(1)).unwrap();
    let other = keep_public(&home, id, &member(2));
    assert!(matches!(other, Err(CommitteeError::Key(KeyFileError::Other { .. }))));
    assert_eq!(keyfile::read_public(&path).unwrap(), member(1));
    let name = format!("{ORIGIN}/board/k1");
    assert_eq!(home.public_keys([(id, name.as_str())].into_iter()).unwrap(), [member(1)]);
}

#[test]
fn a_members_own_key_is_made_once_on_their_own_machine() {
    let folder = tempfile::tempdir().unwrap();
    let (home, person) = (Home::at(folder.path()), Person::Board("k1".parse().unwrap()));
    let made = own_key(&home, ORIGIN, person, &mut Nobody).unwrap();
    assert_eq!(made.verifier().name(), format!("{ORIGIN}/board/k1"));
    assert_eq!(own_key(&home, ORIGIN, person, &mut Nobody).unwrap().verifier(), made.verifier());
    assert!(own_key(&home, "kiemphieu.example/other", person, &mut Nobody).is_err());
}
