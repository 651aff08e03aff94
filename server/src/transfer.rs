//! What goes with a journal when an event moves to another folder: its manifest and its keys. It refuses to know why it
//! moves.

use crate::{
    error::ServerError,
    home::{EventHome, disk, own_key, sync, sync_folder, unattended},
};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};
use tally::{Statement, signed::SignedStatement, statement::Manifest};

/// The two private keys of an event.
const KEYS: [&str; 2] = ["log.key", "tally.key"];

/// Writes the manifest of an event into its new folder.
///
/// # Errors
/// It is not the manifest of that event, or the disk fails.
pub(crate) fn put_manifest(place: &EventHome, note: &[u8]) -> Result<Manifest, ServerError> {
    let s = SignedStatement::open_manifest(note).map_err(|r| ServerError::Manifest(r.say().to_string()))?;
    let Statement::Manifest(manifest) = s.statement else {
        return Err(ServerError::Manifest(format!("{} is no manifest", s.sid)));
    };
    if s.sid != place.event {
        return Err(ServerError::Manifest(format!("it is that of the event {}", s.sid)));
    }
    let path = place.manifest();
    fs::write(&path, note).map_err(disk(&path))?;
    sync(&path)?;
    Ok(*manifest)
}

/// Lays the own rules that an event is counted by into another folder: without them nobody can read its journal.
///
/// # Errors
/// A rule file is broken, or the disk fails.
pub(crate) fn put_rules(from: &EventHome, to: &Path) -> Result<(), ServerError> {
    let book = from.rules()?;
    Ok(rules::lay(&book, book.own().map(|profile| &profile.word), to)?)
}

/// Copies the log and tally keys into the new folder of an event and makes sure that they are those of its manifest. They
/// lie in `keys` itself or in a folder of the event's name there, as a backup and a server's home have them. A stick that
/// knows no owners lets everybody read its files; the copies are private.
///
/// # Errors
/// They are not there, not those of the event, or the disk fails.
pub(crate) fn put_keys(place: &EventHome, manifest: &Manifest, keys: &Path) -> Result<(), ServerError> {
    let event = place.event.to_string();
    let folders = [keys.to_owned(), keys.join(&event), keys.join("events").join(&event)];
    let folder = folders.iter().find(|f| f.join(KEYS[0]).exists()).unwrap_or(&folders[0]);
    for (name, needed) in KEYS.into_iter().zip([&manifest.log, &manifest.tally]) {
        let (from, to) = (folder.join(name), place.folder.join(name));
        unattended(&from)?;
        let secret = fs::read(&from).map_err(|source| keyfile::KeyFileError::Io { path: from, source })?;
        write_private(&to, &secret).map_err(disk(&to))?;
        own_key(&to, needed)?;
        let public = keyfile::public_path(&to);
        fs::write(&public, format!("{needed}\n")).map_err(disk(&public))?;
        sync(&public)?;
    }
    sync_folder(&place.folder)
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
