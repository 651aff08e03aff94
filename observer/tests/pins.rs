//! An observer's keys under PINs.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use keyfile::{Holder, KeyFileError, Nobody, Pin};
use observer::Home;
use std::path::Path;
use tlog::SigningKey;

const ORIGIN: &str = "kiemphieu.example/hall";

/// Gives a PIN for one kind of key and walks away at the other.
struct Protects(&'static str);

impl Holder for Protects {
    fn open(&mut self, path: &Path) -> Result<SigningKey, KeyFileError> {
        keyfile::open_with(path, &mut |_| Pin::new("481516"))
    }

    fn new_pin(&mut self, path: &Path, _: &str) -> Result<Option<Pin>, KeyFileError> {
        match path.file_name().is_some_and(|name| name == self.0) {
            true => Pin::new("481516").map(Some),
            false if self.0 == "observer.key" => Err(KeyFileError::PinsDiffer),
            false => Ok(None),
        }
    }
}

#[test]
fn whoever_gives_up_between_two_pins_has_no_key_and_can_begin_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(folder.path());
    home.make_keys_with(ORIGIN, "province", "witness.example/w1", &mut Protects("observer.key")).unwrap_err();
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    home.make_keys(ORIGIN, "province", "witness.example/w1").unwrap();
}

#[test]
fn a_witness_key_under_a_pin_needs_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(folder.path());
    let mut holder = Protects("witness.key");
    assert!(home.observer_key_if_any(&mut Nobody).unwrap().is_none());
    home.make_keys_with(ORIGIN, "province", "witness.example/w1", &mut holder).unwrap();
    assert!(home.observer_key_if_any(&mut Nobody).unwrap().is_some());
    assert_eq!(home.witness_key(&mut holder).unwrap().verifier().name(), "witness.example/w1");
    assert!(
        home.witness_key_if_any(&mut Nobody).is_err(),
        "a key that cannot be opened is not a key that is not there"
    );
}
