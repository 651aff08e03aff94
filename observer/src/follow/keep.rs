//! What is done for a verified checkpoint beside the entries that go on coming: it is remembered, then cosigned, then the
//! line is handed in. A disk that syncs slowly and a server far away keep no entry waiting. It refuses to verify.

use crate::{
    client::{Server, Stop, garbled},
    error::ObserverError,
    home::Home,
};
use std::{
    panic,
    pin::Pin,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tally::Sid;
use tlog::{Checkpoint, Note, SignatureLine, SigningKey, VerifierKey};

/// A verified checkpoint and what is kept with it.
pub(super) struct Keep {
    pub(super) home: Home,
    pub(super) event: Sid,
    /// The log's own key.
    pub(super) log: VerifierKey,
    /// What others have seen and was held against the entries.
    pub(super) heard: Vec<Note>,
    pub(super) witness: Option<Arc<SigningKey>>,
    pub(super) checkpoint: Checkpoint,
    pub(super) note: Note,
}

/// How it ended; the checkpoint is on the disk in any case.
pub(super) enum Kept {
    /// Nothing was handed in, or the server did not take it.
    Remembered,
    /// The line, and the checkpoint as the server has gathered it.
    HandedIn(SignatureLine, Note),
    /// This home has promised something else of the log, which is to be held against the entries; nothing was cosigned.
    Promised(Note),
}

/// On its way.
pub(super) type Keeping = Pin<Box<dyn Future<Output = Result<(Checkpoint, Note, Kept), Stop>> + Send>>;

/// What the disk says.
enum OnDisk {
    Remembered,
    Cosigned(SignatureLine),
    Promised(Note),
}

impl Keep {
    /// Keeps it, and hands the cosignature in over this connection. Dropped on the way it is kept all the same, or not at
    /// all; nothing is cosigned that is not.
    pub(super) async fn run(self, mut server: Server) -> Result<(Checkpoint, Note, Kept), Stop> {
        let (checkpoint, note) = (self.checkpoint.clone(), self.note.clone());
        let on_disk = tokio::task::spawn_blocking(move || self.on_disk()).await;
        let kept = match on_disk.unwrap_or_else(|bug| panic::resume_unwind(bug.into_panic()))? {
            OnDisk::Remembered => Kept::Remembered,
            OnDisk::Promised(promised) => Kept::Promised(promised),
            OnDisk::Cosigned(line) => match server.add_cosignature(checkpoint.size, &line).await {
                Ok(gathered) if gathered.text() == note.text() => Kept::HandedIn(line, gathered),
                Ok(_) => return Err(garbled("checkpoint").into()),
                Err(Stop::Failed(error)) => {
                    tracing::warn!(%error, size = checkpoint.size, "the cosignature was not taken");
                    Kept::Remembered
                }
                Err(found) => return Err(found),
            },
        };
        Ok((checkpoint, note, kept))
    }

    /// Remembers, then cosigns: after a power cut between the two the memory is at most ahead of what was signed.
    fn on_disk(&self) -> Result<OnDisk, ObserverError> {
        self.home.remember(self.event, &self.note)?;
        self.home.settle_heard(self.event, &self.heard)?;
        let Some(key) = &self.witness else { return Ok(OnDisk::Remembered) };
        let mut promise = self.home.promise(&self.log)?;
        // What was just remembered is the latest promise, unless this home has cosigned more of the log over HTTP.
        match promise.latest() {
            Some((promised, _)) if promised.size > self.checkpoint.size => return Ok(OnDisk::Remembered),
            Some((promised, note)) if *promised != self.checkpoint => return Ok(OnDisk::Promised(note.clone())),
            _ => {}
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Ok(OnDisk::Cosigned(promise.cosign(&self.note, key, now)?))
    }
}

/// Done when what is under way is done; nothing under way is never done.
pub(super) async fn done(keeping: &mut Option<Keeping>) -> Result<(Checkpoint, Note, Kept), Stop> {
    match keeping {
        Some(under_way) => under_way.await,
        None => std::future::pending().await,
    }
}
