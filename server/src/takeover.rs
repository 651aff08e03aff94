//! A spare laptop takes an event over, from the second journal and the two keys of the event. The new home is whole or
//! not there. It refuses to know what became of the old server: from the moment the epoch on the stick is raised, that
//! one can sign nothing any more that anybody is told of.
//!
//! The order is the proof: first everything is read and verified under the lock of the stick, then its epoch is raised,
//! then it is made sure that nothing was written meanwhile, then the copy is made. The old server looks at the epoch after
//! every group and before every answer: what it answered for is in the copy.

use crate::{
    epoch,
    error::ServerError,
    home::{EventHome, Home, disk},
    mirror::{SecondTrouble, folder_of, id_of, new_id, remember},
    scrutiny::{Progress, Scrutiny},
    transfer::{put_keys, put_manifest, put_rules},
};
use journal::{Journal, JournalError, Limits};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tally::Sid;

/// An event that has a new server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenOver {
    /// The event.
    pub event: Sid,
    /// Entries that came with it.
    pub entries: u64,
    /// Its epoch now.
    pub epoch: u64,
    /// Where it is.
    pub folder: PathBuf,
}

/// One event, read and verified; its stick is locked.
struct Ready {
    stick: EventHome,
    journal: Journal,
    manifest: Vec<u8>,
    entries: u64,
}

/// Takes over every event of a stick, or the one named, into a home that has none of them. `keys` is a folder with
/// `log.key` and `tally.key`, or with a folder of them for each event.
///
/// # Errors
/// The journal on the stick is not whole in every record, another server holds it, the keys are not those of the event,
/// or it is in that home already. Then nothing is changed, but perhaps the epoch on the stick.
pub fn takeover(
    home: &Path,
    stick: &Path,
    keys: &Path,
    only: Option<Sid>,
    progress: Progress<'_>,
) -> Result<Vec<TakenOver>, ServerError> {
    let home = Home::new(home);
    let mut ready = Vec::new();
    for event in events_on(stick, only)? {
        if home.event(event).folder.exists() {
            return Err(ServerError::EventExists(event));
        }
        ready.push(read(event, stick, progress)?);
    }
    let mut made = Vec::new();
    for event in &ready {
        let place = home.making(event.stick.event)?;
        if let Err(error) = put_manifest(&place, &event.manifest).and_then(|m| put_keys(&place, &m, keys)) {
            let _ = fs::remove_dir_all(&place.folder);
            return Err(error);
        }
        made.push(place);
    }
    let handed = ready.iter().zip(&made).map(|(event, place)| {
        // A folder with keys is not left behind half made.
        event.hand_over(stick, place, &home).inspect_err(|_| drop(fs::remove_dir_all(&place.folder)))
    });
    handed.collect()
}

/// The events that a stick keeps.
fn events_on(stick: &Path, only: Option<Sid>) -> Result<Vec<Sid>, ServerError> {
    let none = || ServerError::NoSecondJournal(stick.to_owned());
    let entries = match fs::read_dir(stick) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(none()),
        other => other.map_err(disk(stick))?,
    };
    let mut events = Vec::new();
    for entry in entries {
        let name = entry.map_err(disk(stick))?.file_name();
        let event = name.to_str().and_then(|name| name.parse::<Sid>().ok());
        events.extend(event.filter(|event| stick.join(event.to_string()).join("journal").exists()));
    }
    events.retain(|event| only.is_none_or(|only| only == *event));
    events.sort_unstable();
    if events.is_empty() { Err(none()) } else { Ok(events) }
}

/// Reads the journal on the stick, every signature and ruling, under its lock.
fn read(event: Sid, stick: &Path, progress: Progress<'_>) -> Result<Ready, ServerError> {
    let folder = folder_of(stick, event);
    let home = EventHome { event, folder };
    let path = home.journal();
    let (mut scrutiny, mut manifest) = (Scrutiny::new(event, home.rules()?, progress), Vec::new());
    let opened = Journal::open(&path, &home.purpose(), Limits::default(), |group| {
        if let (true, Some(first)) = (manifest.is_empty(), group.records.first()) {
            manifest.clone_from(first);
        }
        scrutiny.group(group)
    });
    let (journal, _) = opened.map_err(|source| match source {
        JournalError::Locked => SecondTrouble::Held(path.clone()).into(),
        source => ServerError::Journal { path: path.clone(), source },
    })?;
    let entries = scrutiny.size();
    if entries == 0 {
        return Err(ServerError::Inconsistent { path, why: "it has no entry".to_owned() });
    }
    Ok(Ready { stick: home, journal, manifest, entries })
}

impl Ready {
    fn hand_over(&self, stick: &Path, place: &EventHome, home: &Home) -> Result<TakenOver, ServerError> {
        let (folder, path) = (&self.stick.folder, self.stick.journal());
        put_rules(&self.stick, home.folder())?;
        let epoch = epoch::read(folder)?.saturating_add(1);
        epoch::raise(folder, epoch)?;
        // Power goes now: the old server is fenced, and this command can be typed again.
        let bytes = self.journal.len_bytes();
        if fs::metadata(&path).map_err(disk(&path))?.len() != bytes {
            return Err(SecondTrouble::Held(path).into());
        }
        let failed = |source| ServerError::Journal { path: place.journal(), source };
        journal::copy(self.journal.bytes(), bytes, &place.journal()).map_err(failed)?;
        let copied = journal::verify(&place.journal(), &place.purpose(), Limits::default()).map_err(failed)?;
        if copied.bytes != bytes {
            let why = format!("the copy has {} bytes of {bytes}", copied.bytes);
            return Err(ServerError::Inconsistent { path: place.journal(), why });
        }
        epoch::raise(&place.folder, epoch)?;
        let id = id_of(folder)?.map_or_else(|| new_id(folder), Ok)?;
        remember(place, &id, stick)?;
        let folder = home.put_in_place(place)?.folder;
        tracing::warn!(event = %place.event, entries = self.entries, epoch, "this server has taken the event over");
        Ok(TakenOver { event: place.event, entries: self.entries, epoch, folder })
    }
}

#[cfg(test)]
mod tests;
