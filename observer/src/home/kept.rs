//! Evidence in an observer's own folder: `H/evidence/<event>-<kind>-<digits>/`, written whole or not at all, and checked as
//! strangers will check it before anybody is accused. It refuses to keep what does not convict.

use super::{Home, sync_folder, write_synced};
use crate::{
    error::ObserverError,
    evidence::{self, Evidence},
    verdict::Report,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tally::Sid;

impl Home {
    /// Writes evidence into a folder of its own and returns it; the same evidence has the same folder. `None` when it does
    /// not convict, whatever was thought of it.
    ///
    /// # Errors
    /// The disk fails.
    pub fn keep_evidence(&self, event: Sid, evidence: &Evidence) -> Result<Option<PathBuf>, ObserverError> {
        let root = self.folder.join("evidence");
        fs::create_dir_all(&root).map_err(ObserverError::disk(&root))?;
        let files = evidence.files();
        let short: String = event.to_string().chars().take(16).collect();
        let all: Vec<u8> = files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes].concat()).collect();
        let digits: String = tlog::sha256(&all).to_string().chars().take(8).collect();
        let name = format!("{short}-{}-{digits}", evidence.charge.kind().word());
        let (folder, temp) = (root.join(&name), root.join(format!(".{name}-{}", std::process::id())));
        if evidence::verify(&folder).is_ok() {
            return Ok(Some(folder));
        }
        clear(&temp)?;
        clear(&folder)?;
        for (name, bytes) in &files {
            let path = temp.join(name);
            let parent = path.parent().unwrap_or(&temp);
            fs::create_dir_all(parent).map_err(ObserverError::disk(parent))?;
            write_synced(&path, bytes)?;
        }
        if let Err(doubt) = evidence::verify(&temp) {
            tracing::error!(%doubt, "what was found does not convict; it is not kept");
            clear(&temp)?;
            return Ok(None);
        }
        sync_folder(&temp)?;
        // Power gone now: a hidden folder is left, which nobody takes for evidence.
        fs::rename(&temp, &folder).map_err(ObserverError::disk(&folder))?;
        sync_folder(&root)?;
        Ok(Some(folder))
    }

    /// Keeps what a report convicts a key of, and says in the report where.
    ///
    /// # Errors
    /// The disk fails.
    pub fn keep(&self, event: Sid, report: &mut Report) -> Result<(), ObserverError> {
        if let Some(evidence) = &report.convicts {
            report.evidence = self.keep_evidence(event, evidence)?;
        }
        Ok(())
    }
}

fn clear(folder: &Path) -> Result<(), ObserverError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(ObserverError::disk(folder)(e)),
        _ => Ok(()),
    }
}
