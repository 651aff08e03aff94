//! A C2SP tlog-witness over HTTP: logs push their checkpoints here, and get a cosignature for each that continues the one
//! before. Any log of any program may; it asks nobody else anything. What it must never forget is in [`crate::promise`].
//!
//! ```text
//! POST /add-checkpoint          200 with the cosignature; 400, 403, 404, 409, 422 as C2SP tlog-witness says
//! GET  /<hex>/checkpoint        what was cosigned last of the log whose origin has this SHA-256, with the cosignature
//! ```
//!
//! Trust: it trusts the keys of its logs to be whose they are, and them for nothing else. Who asks is not known and does
//! not matter: everything that is asked and answered is signed, and nothing of it is private.

mod door;
mod learning;

pub use door::serve;
pub use learning::learn_log;

use crate::{
    error::ObserverError,
    evidence::{Charge, Evidence},
    home::Home,
};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tlog::{AddCheckpoint, Checkpoint, Note, Refusal, SigningKey, VerifierKey, cosignature, witness::monitoring_path};

/// A witness: its home and its key.
pub struct Witness {
    home: Home,
    key: Arc<SigningKey>,
}

/// What a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The lines of the cosignature.
    Cosigned(String),
    /// No, and why.
    Refused(Refusal),
    /// The body is no request; the sentence.
    NoRequest(String),
}

impl Witness {
    /// A witness with this key. Its logs are those that its home keeps: see [`Home::keep_log`].
    #[must_use]
    pub fn new(home: Home, key: Arc<SigningKey>) -> Self {
        Self { home, key }
    }

    /// Judges the body of an `add-checkpoint`, and keeps the checkpoint before it answers with a cosignature. What a log
    /// signed and cannot be true is kept as evidence.
    ///
    /// # Errors
    /// The disk fails: then nothing is answered but that.
    pub fn add_checkpoint(&self, body: &[u8]) -> Result<Answer, ObserverError> {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(why) => return Ok(Answer::NoRequest(why.to_string())),
        };
        let Some(log) = self.home.log(request.origin())?.map(|log| [log]) else {
            return Ok(Answer::Refused(Refusal::UnknownLog));
        };
        // Asked once without the memory: nobody waits for a stranger who holds no key.
        if let Err(refusal @ (Refusal::UnknownLog | Refusal::NotSigned(_) | Refusal::NotACheckpoint(_))) =
            request.judge(&log, None)
        {
            return Ok(Answer::Refused(refusal));
        }
        let mut promise = self.home.promise(&log[0])?;
        let latest = promise.latest().cloned();
        match request.judge(&log, latest.as_ref().map(|(checkpoint, _)| checkpoint)) {
            Ok(_) => {
                let line = promise.cosign(&request.checkpoint, &self.key, now())?;
                Ok(Answer::Cosigned(format!("{line}\n")))
            }
            Err(refusal) => {
                match (&refusal, latest) {
                    (Refusal::OtherRoot { .. }, Some((_, before))) => {
                        let found = Checkpoint::parse(request.checkpoint.text());
                        let notes = [&before, &request.checkpoint];
                        if let Ok(found) = found
                            && promise.keep_fork(&found, notes)?
                        {
                            self.convict(&log[0], &before, &request.checkpoint)?;
                        }
                    }
                    (Refusal::Inconsistent(_), _) => promise.keep_suspect(&request.to_string())?,
                    _ => {}
                }
                Ok(Answer::Refused(refusal))
            }
        }
    }

    /// Two checkpoints of one size: whoever reads them sees that the log's key signed both. Of an event that is known here
    /// they become an evidence folder; of any other log the two notes are what there is.
    fn convict(&self, log: &VerifierKey, before: &Note, now: &Note) -> Result<(), ObserverError> {
        let folder = match self.home.event_of(log)? {
            None => None,
            Some((event, manifest)) => {
                let charge = Charge::TwoCheckpoints(Box::new([before.clone(), now.clone()]));
                self.home.keep_evidence(event, &Evidence::new(manifest, charge))?
            }
        };
        let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
        tracing::error!(
            log = log.name(),
            folder,
            "the log key has signed two different checkpoints of one size; both are kept"
        );
        Ok(())
    }

    /// What was cosigned last, with the cosignature, of the log that is shown under this path.
    ///
    /// # Errors
    /// The disk fails.
    pub fn shown(&self, path: &str) -> Result<Option<String>, ObserverError> {
        let logs = self.home.logs()?;
        let Some(log) = logs.iter().find(|log| monitoring_path(log.name()) == path) else { return Ok(None) };
        let promise = self.home.promise(log)?;
        let Some((_, note)) = promise.latest() else { return Ok(None) };
        let is_ours = |note: &Note| note.signatures().iter().any(|line| line.names(self.key.verifier()));
        if is_ours(note) {
            return Ok(Some(note.to_string()));
        }
        // It was verified live: what stands in that memory has no cosignature of its own.
        Ok(Some(note.with_line(cosignature::cosign(note.text(), &self.key, now())).to_string()))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
