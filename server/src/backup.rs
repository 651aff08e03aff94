//! Copies of an event that was not lost: `backup` writes one while the server runs, `restore` makes a home from one.
//! A restored server signs nothing until its operator has compared with tables and witnesses and said how many entries
//! there are (`release`): nobody can see in a copy what came after it. It refuses to know the second journal's business.
//!
//! A backup of an event is a folder `<sid>/` with `manifest.note`, `journal`, `checkpoint` (size and root, signed),
//! `epoch`, perhaps `witnessed` and `twice/`, and the private keys only when that was asked for.

use crate::{
    epoch,
    error::ServerError,
    guard::{Cause, Halt, Standing, from_file, mark_halted, mark_restored, standing},
    holding::Holding,
    home::{EventHome, Home, disk, remove_durably, replace_durably, sync_folder},
    mirror::{folder_of, last_place},
    scrutiny::{Progress, Scrutiny},
    transfer::{put_keys, put_manifest, put_rules},
    twice,
};
use journal::{Journal, Limits, Trim};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tally::{Replay, Sid, signed::SignedStatement};
use tlog::{Checkpoint, Hash, Note};

/// A copy of an event, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The event.
    pub event: Sid,
    /// Entries in it.
    pub entries: u64,
    /// The root over them.
    pub root: Hash,
    /// Where it is.
    pub folder: PathBuf,
}

/// Writes a backup of every event of a home, or of the one named, into a folder. The server may run.
///
/// # Errors
/// There is such a backup already, an event cannot be verified, or a disk fails. A backup is whole or not there.
pub fn backup(
    home: &Path,
    out: &Path,
    only: Option<Sid>,
    with_keys: bool,
    progress: Progress<'_>,
) -> Result<Vec<Copied>, ServerError> {
    let mut events = Home::new(home).events()?;
    events.retain(|event| only.is_none_or(|only| only == event.event));
    if events.is_empty() {
        return Err(ServerError::NoEvent(home.to_owned()));
    }
    events.iter().map(|event| back_up(event, out, with_keys, progress)).collect()
}

fn back_up(from: &EventHome, out: &Path, with_keys: bool, progress: Progress<'_>) -> Result<Copied, ServerError> {
    let folder = out.join(from.event.to_string());
    if folder.exists() {
        return Err(ServerError::Taken(folder));
    }
    let place = EventHome { event: from.event, folder: folder.with_extension("making") };
    make_empty(&place.folder)?;
    let copied = copy(from, &place, with_keys, progress);
    let copied = copied.inspect_err(|_| drop(fs::remove_dir_all(&place.folder)))?;
    fs::rename(&place.folder, &folder).map_err(disk(&folder))?;
    sync_folder(out)?;
    let tree = &copied.tree;
    Ok(Copied { event: from.event, entries: tree.size(), root: tree.root(), folder })
}

fn copy(from: &EventHome, place: &EventHome, with_keys: bool, progress: Progress<'_>) -> Result<Replay, ServerError> {
    // Before the journal: what it says of the log is then in the copy.
    let witnessed = crate::noticeboard::read(&from.witnessed());
    let path = from.journal();
    let failed = |source| ServerError::Journal { path: path.clone(), source };
    let bytes = acknowledged(from)?;
    let journal = fs::File::open(&path).map_err(disk(&path))?;
    journal::copy(journal, bytes, &place.journal()).map_err(failed)?;
    put_rules(from, &place.folder)?;
    let (replay, head, _) = verified(place, progress)?;
    let manifest = fs::read(from.manifest()).map_err(disk(&from.manifest()))?;
    let manifest = put_manifest(place, &manifest)?;
    if with_keys {
        put_keys(place, &manifest, &from.folder)?;
    }
    replace_durably(&place.folder.join("checkpoint"), head.as_bytes())?;
    epoch::raise(&place.folder, epoch::read(&from.folder)?)?;
    twice::take_along(from, place)?;
    if let Some(note) = witnessed.filter(|note| holds(&replay, note)) {
        replace_durably(&place.witnessed(), note.as_bytes())?;
    }
    Ok(replay)
}

/// Bytes of the journal that a server may have answered for. The newest group may be in the first journal and not yet in
/// the second: were the second taken over, that group would never have been.
fn acknowledged(from: &EventHome) -> Result<u64, ServerError> {
    let path = from.journal();
    let first = journal::durable_len(&path).map_err(|source| ServerError::Journal { path, source })?;
    let Some(stick) = last_place(from)? else { return Ok(first) };
    let second = EventHome { event: from.event, folder: folder_of(&stick, from.event) };
    let reached = journal::durable_len(&second.journal()).and_then(|_| Holding::of(&second, &second.journal()));
    match reached {
        Ok(holding) => Ok(first.min(holding.bytes)),
        Err(error) => {
            tracing::warn!(second = %second.journal().display(), %error, "the second journal is not here to compare with");
            Ok(first)
        }
    }
}

/// Reads a copy from end to end, cuts off an incomplete last group, and gives what it adds up to.
fn verified(place: &EventHome, progress: Progress<'_>) -> Result<(Replay, Note, Trim), ServerError> {
    let path = place.journal();
    let mut scrutiny = Scrutiny::new(place.event, place.rules()?, progress);
    let opened = Journal::open(&path, &place.purpose(), Limits::default(), |group| scrutiny.group(group));
    let (_, trim) = opened.map_err(|source| ServerError::Journal { path: path.clone(), source })?;
    let nothing = || ServerError::Inconsistent { path, why: "it has no entry".to_owned() };
    let head = scrutiny.head.ok_or_else(nothing)?;
    Ok((scrutiny.replay, head, trim))
}

fn holds(replay: &Replay, note: &Note) -> bool {
    let log = replay.count.manifest().map(|m| &m.log);
    let seen = log.and_then(|log| Checkpoint::open(note, log).ok());
    seen.is_some_and(|seen| replay.tree.root_at(seen.size) == Some(seen.root))
}

fn make_empty(folder: &Path) -> Result<(), ServerError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        other => other.map_err(disk(folder))?,
    }
    fs::create_dir_all(folder).map_err(disk(folder))
}

/// Makes events of a home from a backup: one event's folder, or a folder of them. `keys` where the backup has none.
/// `seen` are files with checkpoints that somebody remembers: if one is ahead, nothing is restored.
///
/// # Errors
/// The backup is not whole in every record, is known to be behind ([`ServerError::Halted`]), the keys are not those of
/// the event, or it is in that home already.
pub fn restore(
    from: &Path,
    home: &Path,
    keys: Option<&Path>,
    seen: &[PathBuf],
    progress: Progress<'_>,
) -> Result<Vec<Copied>, ServerError> {
    let home = Home::new(home);
    let mut copied = Vec::new();
    for backup in backups_in(from)? {
        let note = fs::read(backup.join("manifest.note")).map_err(disk(&backup))?;
        let s = SignedStatement::open_manifest(&note).map_err(|r| ServerError::Manifest(r.say().to_string()))?;
        if home.event(s.sid).folder.exists() {
            return Err(ServerError::EventExists(s.sid));
        }
        put_rules(&EventHome { event: s.sid, folder: backup.clone() }, home.folder())?;
        let place = home.making(s.sid)?;
        match fill(&place, &backup, &note, keys.unwrap_or(&backup), seen, progress) {
            Err(error) => {
                let _ = fs::remove_dir_all(&place.folder);
                return Err(error);
            }
            Ok(replay) => {
                let folder = home.put_in_place(&place)?.folder;
                let (entries, root) = (replay.tree.size(), replay.tree.root());
                tracing::warn!(event = %s.sid, entries, "restored; it signs nothing until it is released");
                copied.push(Copied { event: s.sid, entries, root, folder });
            }
        }
    }
    Ok(copied)
}

fn backups_in(from: &Path) -> Result<Vec<PathBuf>, ServerError> {
    if from.join("journal").exists() {
        return Ok(vec![from.to_owned()]);
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(from).map_err(disk(from))? {
        let path = entry.map_err(disk(from))?.path();
        let is_event = path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.parse::<Sid>().is_ok());
        all.extend((is_event && path.join("journal").exists()).then_some(path));
    }
    all.sort_unstable();
    if all.is_empty() { Err(ServerError::NoBackup(from.to_owned())) } else { Ok(all) }
}

fn fill(
    place: &EventHome,
    backup: &Path,
    manifest: &[u8],
    keys: &Path,
    seen: &[PathBuf],
    progress: Progress<'_>,
) -> Result<Replay, ServerError> {
    let source = EventHome { event: place.event, folder: backup.to_owned() };
    let path = source.journal();
    let bytes = fs::metadata(&path).map_err(disk(&path))?.len();
    let journal = fs::File::open(&path).map_err(disk(&path))?;
    let failed = |source| ServerError::Journal { path: path.clone(), source };
    journal::copy(journal, bytes, &place.journal()).map_err(failed)?;
    let (replay, head, trim) = verified(place, progress)?;
    let stated = crate::noticeboard::read(&backup.join("checkpoint"));
    if trim != Trim::Nothing || stated.as_ref().map(Note::text) != Some(head.text()) {
        let stated = stated.as_ref().and_then(crate::noticeboard::size_of).unwrap_or(0);
        let why = format!("the backup was made with {stated} entries and has {}", replay.tree.size());
        return Err(ServerError::Inconsistent { path, why });
    }
    for path in seen {
        check_seen(&replay, &from_file(path)?)?;
    }
    let manifest = put_manifest(place, manifest)?;
    put_keys(place, &manifest, keys)?;
    // A server of its own: whoever else serves the event from the same second journal is found out by the epoch.
    epoch::raise(&place.folder, epoch::read(backup)?.saturating_add(1))?;
    if let Some(note) = crate::noticeboard::read(&source.witnessed()).filter(|note| holds(&replay, note)) {
        replace_durably(&place.witnessed(), note.as_bytes())?;
    }
    twice::take_along(&source, place)?;
    mark_restored(place, replay.tree.size())?;
    Ok(replay)
}

/// Whether a log holds what somebody has seen of it; a checkpoint that its key did not sign says nothing.
fn check_seen(replay: &Replay, checkpoint: &[u8]) -> Result<(), ServerError> {
    let Ok(note) = Note::parse(checkpoint) else { return Ok(()) };
    let log = replay.count.manifest().map(|m| &m.log);
    let Some(seen) = log.and_then(|log| Checkpoint::open(&note, log).ok()) else { return Ok(()) };
    if holds(replay, &note) {
        return Ok(());
    }
    let own = replay.tree.size();
    Err(ServerError::Halted(Halt { own, seen: seen.size, cause: Cause::Shown, checkpoint: Some(note) }))
}

/// Lets a restored server sign: its operator has compared the number of entries with tables and witnesses and types it.
/// The server may run; it takes notes from the next one on.
///
/// # Errors
/// The event is not waiting for a release, the number is not that of its log, or somebody has seen more
/// ([`ServerError::Halted`], which is written down: it can never be released).
pub fn release(
    home: &Path,
    event: Sid,
    size: u64,
    seen: &[PathBuf],
    progress: Progress<'_>,
) -> Result<(), ServerError> {
    let home = Home::new(home).event(event);
    if !home.folder.exists() {
        return Err(ServerError::NoEvent(home.folder));
    }
    match standing(&home)? {
        Standing::Halted(halt) => return Err(ServerError::Halted(halt.as_ref().clone())),
        Standing::Signing => return Err(ServerError::NotRestored(event)),
        Standing::Restored(_) | Standing::Doubted(_) => {}
    }
    let path = home.journal();
    let mut scrutiny = Scrutiny::new(event, home.rules()?, progress);
    let read = journal::read(&path, &home.purpose(), Limits::default(), |group| scrutiny.group(group));
    read.map_err(|source| ServerError::Journal { path, source })?;
    let own = scrutiny.size();
    let witnessed = crate::noticeboard::read(&home.witnessed()).map(|note| note.as_bytes().to_vec());
    let shown = seen.iter().map(|path| from_file(path)).collect::<Result<Vec<_>, _>>()?;
    for checkpoint in witnessed.into_iter().chain(shown) {
        if let Err(error) = check_seen(&scrutiny.replay, &checkpoint) {
            if let ServerError::Halted(halt) = &error {
                mark_halted(&home, halt)?;
            }
            return Err(error);
        }
    }
    if own != size {
        return Err(ServerError::SizeDiffers { own, typed: size });
    }
    remove_durably(&home.restored())?;
    tracing::warn!(%event, entries = own, "released: this server signs again");
    Ok(())
}

#[cfg(test)]
mod tests;
