//! A folder for somebody else: the whole verified log as files (protocol §5), made in one piece or not at all.
//! It refuses to write what it has not verified.

use crate::{
    client::Server,
    error::ObserverError,
    folder,
    home::{Home, sync_folder, write_synced},
    remote::Look,
    verdict::{Report, Verdict},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tally::Statement;
use tlog::{
    Note,
    tile::{TilePath, encode_bundle, tile, tile_paths},
};

/// Verifies what a server shows and writes it as `out/log`. The report is that of the folder, checked once more as
/// written; nothing is written unless it is OK or PROVISIONAL. With a home, the log must continue what is remembered.
///
/// # Errors
/// No answer, there is an `out/log` already, or the disk fails.
pub async fn export(
    server: &mut Server,
    home: Option<&Home>,
    out: &Path,
    wait_quorum: Duration,
) -> Result<Report, ObserverError> {
    let log = out.join("log");
    if log.symlink_metadata().is_ok() {
        let (vi, en) = (
            format!("{} đã có; hãy chọn thư mục khác", log.display()),
            format!("{} is there already; choose another folder", log.display()),
        );
        return Err(ObserverError::input(vi, en));
    }
    let (look, finding) = Look::at(server, home, wait_quorum).await?;
    if finding.is_some() {
        return look.end(finding, home);
    }
    let temp = out.join(format!(".log-{}", std::process::id()));
    let written = write(&look, &temp).map(|()| folder::verify(&temp, server.event(), None));
    let report = match written {
        Ok(report) if matches!(report.verdict(), Verdict::Ok | Verdict::Provisional) => report,
        other => {
            // Nothing half-made stays; what is left after a power cut is hidden and never taken for a log.
            let _ = fs::remove_dir_all(&temp);
            return other;
        }
    };
    fs::rename(&temp, &log).map_err(ObserverError::disk(&log))?;
    sync_folder(out)?;
    look.end(None, home)?;
    Ok(report)
}

fn write(look: &Look, folder: &Path) -> Result<(), ObserverError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(ObserverError::disk(folder))?;
    }
    let tree = &look.audit.replay().tree;
    for path in tile_paths(look.audit.size()) {
        let bytes = match path {
            TilePath::Tile { level, index, width } => tile(level, index, width, tree),
            TilePath::Entries { index, width } => bundle(&look.entries, index, width),
        };
        let bytes = bytes.ok_or_else(|| io::Error::other("a tile of a verified tree is there"));
        put(folder, &path.to_string(), &bytes.map_err(ObserverError::disk(folder))?)?;
    }
    let count = &look.audit.replay().count;
    rules::lay(count.rules(), count.contests().map(|c| &c.statement().profile), folder)?;
    for posted in look.bulletins.iter().filter(|posted| posted.size <= look.audit.size()) {
        put(folder, &posted.place, &posted.bytes)?;
    }
    for entry in &look.entries {
        let parsed = Note::parse(entry).ok().and_then(|note| Statement::parse(note.text()).ok());
        if let Some(Statement::Bulletin(b)) = parsed {
            put(folder, &format!("bulletin/{}/{}", b.contest, b.size), entry)?;
        }
    }
    // The checkpoint last: without it no folder is a log.
    match &look.note {
        Some(note) => put(folder, "checkpoint", note.as_bytes()),
        None => Ok(()),
    }
}

fn bundle(entries: &[Vec<u8>], index: u64, width: u16) -> Option<Vec<u8>> {
    let first = usize::try_from(index).ok()?.checked_mul(256)?;
    encode_bundle(entries.get(first..first.checked_add(width.into())?)?).ok()
}

fn put(folder: &Path, path: &str, bytes: &[u8]) -> Result<(), ObserverError> {
    let path: PathBuf = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(ObserverError::disk(parent))?;
    }
    write_synced(&path, bytes)
}
