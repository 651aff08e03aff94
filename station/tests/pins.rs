//! A table's key under a PIN.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use keyfile::{Holder, KeyFileError, Pin};
use station::{Home, StationError};
use std::path::Path;
use tlog::SigningKey;

/// Whoever counts at the table; how often they were asked.
#[derive(Default)]
struct Counter(u32);

impl Holder for Counter {
    fn open(&mut self, path: &Path) -> Result<SigningKey, KeyFileError> {
        keyfile::open_with(path, &mut |_| {
            self.0 += 1;
            Pin::new("481516")
        })
    }

    fn new_pin(&mut self, _: &Path, name: &str) -> Result<Option<Pin>, KeyFileError> {
        assert_eq!(name, "kiemphieu.example/hall/station/s01");
        self.0 += 1;
        Pin::new("481516").map(Some)
    }
}

#[test]
fn a_table_under_a_pin_opens_for_whoever_knows_it() {
    let folder = tempfile::tempdir().unwrap();
    let (home, id) = (folder.path(), "s01".parse().unwrap());
    let mut counter = Counter::default();
    let made = Home::make_with(home, "kiemphieu.example/hall", id, &mut counter).unwrap();
    assert_eq!(Home::open_with(home, &mut counter).unwrap().key().verifier(), &made);
    assert!(matches!(Home::open(home), Err(StationError::Key(KeyFileError::Protected(_)))));
    let again = Home::make_with(home, "kiemphieu.example/hall", id, &mut counter);
    assert!(matches!(again, Err(StationError::Key(KeyFileError::Exists(_)))));
    assert_eq!(counter.0, 2, "nobody chooses a PIN for a key that is there already");
}
