//! What convicts a key of the server before anybody who was not there: one folder, checked offline, signed by the culprit.
//! Only the log key and the tally key can be guilty of saying two things, for they alone speak for the whole event.
//!
//! Read in this order: [`Charge`] (what a key did), `folder` (how it is laid out), `judge` (how it is proved), `page` (what
//! people read). It refuses to know how anything came to light, and trusts nothing but the sid that its reader compares.

mod charge;
mod folder;
mod judge;
mod page;
mod proof;

pub use charge::{Beginning, Charge, Kind};
pub use judge::verify;
pub use proof::{Doubt, Proof, Said};

use folder::Exhibits;
use std::{fmt, sync::Arc};
use tally::profile::Rulebook;
use tlog::Note;

/// Everything a stranger needs: who vouches for the key, what it did, and the entries where they matter.
#[derive(Clone)]
pub struct Evidence {
    /// Entry 0, byte for byte: it names the key, and its sid is the event.
    pub manifest: Vec<u8>,
    /// What the key did.
    pub charge: Charge,
    /// The entries from the first on, exactly [`Charge::entries`] of them; empty where none are needed.
    pub entries: Vec<Vec<u8>>,
    /// The rules that contests among these entries may name.
    pub rules: Arc<Rulebook>,
}

impl Evidence {
    /// Evidence that needs no entry but the first.
    #[must_use]
    pub fn new(manifest: Vec<u8>, charge: Charge) -> Self {
        Self { manifest, charge, entries: Vec::new(), rules: Rulebook::embedded() }
    }

    /// The same with the entries it rests on, and the rules they were counted by.
    #[must_use]
    pub fn with_entries(self, entries: Vec<Vec<u8>>, rules: Arc<Rulebook>) -> Self {
        Self { entries, rules, ..self }
    }

    /// The files of the folder, by their path in it.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        folder::files(self)
    }
}

impl fmt::Debug for Evidence {
    /// The charge, never the entries: figures do not belong in a log file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evidence({}, {} entries)", self.charge.kind().word(), self.entries.len())
    }
}

/// The one line of a key under a text: what bystanders signed is no part of the evidence.
#[must_use]
pub(crate) fn bare(note: &Note, name: &str) -> Option<Note> {
    let line = note.signatures().iter().find(|line| line.name() == name)?;
    Note::signed_by(note.text(), [line.clone()]).ok()
}
