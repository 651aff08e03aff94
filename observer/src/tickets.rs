//! A folder of event tickets, a file each: what a relay switches and what a province follows. It refuses to know whether a
//! ticket that cannot be read matters; whoever asked decides that.

use crate::error::ObserverError;
use door::{Ticket, TicketError};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Beside the tickets may lie how the halls are called and telephoned.
pub const HALLS: &str = "halls.toml";

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketFile {
    /// The file.
    pub path: PathBuf,
    /// Its name without the ending: what people call the hall by.
    pub place: String,
    /// The ticket in it.
    pub ticket: Result<Ticket, TicketError>,
}

/// Every file of the folder, by name; hidden ones are not looked at.
///
/// # Errors
/// There is no such folder, or it cannot be read. A file that cannot be is one without a ticket.
pub fn read(folder: &Path) -> Result<Vec<TicketFile>, ObserverError> {
    if !folder.is_dir() {
        let vi = format!("không có thư mục phiếu sự kiện {}; xem lại đường dẫn", folder.display());
        let en = format!("there is no folder of event tickets {}; look at the path again", folder.display());
        return Err(ObserverError::Tickets { vi, en });
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths = Vec::new();
    for entry in entries.map_err(ObserverError::disk(folder))? {
        let name = entry.file_name();
        let is_other = name.to_string_lossy().starts_with('.') || name == HALLS;
        // What a link leads to counts: tickets may lie elsewhere.
        if !is_other && !entry.path().is_dir() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths.into_iter().map(TicketFile::read).collect())
}

impl TicketFile {
    fn read(path: PathBuf) -> Self {
        let place = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Self { ticket: Ticket::read_file(&path), place, path }
    }
}
