//! The manifest on its way from organiser to organiser, before there is a server: each reads what it means, signs it on
//! their own machine and hands it on, one after the other or each a copy. It refuses to know who founds the event.

use crate::{
    error::{CommitteeError, say},
    home::write_whole,
    meaning::Meaning,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tally::{Count, Ruling, Sid, SignedStatement, Statement, ruling::Refusal, statement::Manifest};
use tlog::{Note, SigningKey};

/// A manifest with the signatures it has so far.
#[derive(Clone, Debug)]
pub struct Cosigning {
    path: PathBuf,
    note: Note,
    manifest: Manifest,
}

impl Cosigning {
    /// Reads a manifest note and verifies the signatures it has.
    ///
    /// # Errors
    /// The file cannot be read, is no manifest, a signature is wrong, or the rules refuse it.
    pub fn read(path: &Path) -> Result<Self, CommitteeError> {
        Self::of(path, &fs::read(path).map_err(CommitteeError::disk(path))?)
    }

    pub(super) fn of(path: &Path, bytes: &[u8]) -> Result<Self, CommitteeError> {
        let signed = SignedStatement::open_manifest(bytes).map_err(|refusal| match refusal {
            Refusal::ManifestPlace => CommitteeError::input(
                format!("{} không phải bản khai sự kiện; văn bản khác ký bằng `committee sign`", path.display()),
                format!("{} is no manifest; other statements are signed with `committee sign`", path.display()),
            ),
            refusal => refusal.into(),
        })?;
        match Count::new().rule(&signed) {
            Ruling::Recorded | Ruling::Draft { .. } => {}
            refused => return Err((&refused).into()),
        }
        let Statement::Manifest(manifest) = signed.statement else { return Err(Refusal::ManifestPlace.into()) };
        Ok(Self { path: path.to_owned(), note: signed.note, manifest: *manifest })
    }

    /// What is signed, which organisers compare aloud: the same for everybody whoever has signed.
    pub fn sid(&self) -> Sid {
        self.note.sid()
    }

    /// What it means.
    pub fn meaning(&self) -> Meaning {
        Meaning::of(&Statement::Manifest(Box::new(self.manifest.clone())), &Count::new())
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The note as it is now.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Signatures it has.
    pub fn have(&self) -> usize {
        self.note.signatures().len()
    }

    /// Signatures it needs before a server takes it.
    pub fn needed(&self) -> usize {
        usize::try_from(self.manifest.threshold).unwrap_or(usize::MAX)
    }

    /// Ids of the organisers who have not signed.
    pub fn others(&self) -> Vec<String> {
        let names = self.manifest.organisers.iter().map(|key| key.name()).filter(|name| !self.has_signed(name));
        names.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect()
    }

    fn has_signed(&self, name: &str) -> bool {
        self.note.signatures().iter().any(|line| line.name() == name)
    }

    /// Takes the signatures of another copy over; the answer is how many were new.
    ///
    /// # Errors
    /// It is no copy of this manifest, or a signature in it is wrong.
    pub fn take(&mut self, copy: &Path) -> Result<usize, CommitteeError> {
        let other = Self::read(copy)?;
        let before = self.have();
        let together = self.note.merge(&other.note).map_err(|_| {
            let (ours, theirs) = (self.path.display(), copy.display());
            CommitteeError::Choice(say(
                format!("{theirs} không phải bản sao của {ours}: mã {} và {}", other.sid(), self.sid()),
                format!("{theirs} is no copy of {ours}: their sids are {} and {}", other.sid(), self.sid()),
            ))
        })?;
        *self = Self::of(&self.path, together.as_bytes())?;
        Ok(self.have().saturating_sub(before))
    }

    /// Adds an organiser's signature; false when it is there already.
    ///
    /// # Errors
    /// The manifest does not list this key as an organiser's.
    pub fn sign(&mut self, key: &SigningKey) -> Result<bool, CommitteeError> {
        let (key_name, listed) = (key.verifier().name(), &self.manifest.organisers);
        match listed.iter().find(|organiser| organiser.name() == key_name) {
            Some(organiser) if organiser == key.verifier() => {}
            Some(organiser) => {
                return Err(CommitteeError::Keys(say(
                    format!("bản khai ghi khóa khác cho {key_name}: {organiser}; không ký, báo người lập sự kiện"),
                    format!(
                        "the manifest lists another key for {key_name}: {organiser}; do not sign, tell its founder"
                    ),
                )));
            }
            None => {
                return Err(CommitteeError::Keys(say(
                    format!("{key_name} không phải người tổ chức trong bản khai này"),
                    format!("{key_name} is no organiser in this manifest"),
                )));
            }
        }
        if self.has_signed(key_name) {
            return Ok(false);
        }
        let signed = self.note.add_signature(key);
        let signed = signed.map_err(|e| CommitteeError::Keys(say(format!("không ký được: {e}"), e.to_string())))?;
        // Read as a server will read it: a note carries no more than 16 signatures.
        *self = Self::of(&self.path, signed.as_bytes())?;
        Ok(true)
    }

    /// Writes it back: if power goes, the former file is there or this one.
    ///
    /// # Errors
    /// The disk fails.
    pub fn write(&self) -> Result<(), CommitteeError> {
        write_whole(&self.path, self.note.as_bytes())
    }
}
