//! What others have seen of the log that is followed: taken in from a quiet server, held against what was verified, let go
//! of once that covers it. It refuses to know how it came here.

use super::Live;
use crate::{
    client::{Server, Stop},
    error::ObserverError,
    follow::News,
    remote::stated_size,
};
use tlog::Note;

impl Live<'_> {
    /// Asks a quiet server for its newest checkpoint, and takes in what it says that others have seen.
    pub(super) async fn look_around(
        &mut self,
        server: &mut Server,
        tell: &mut impl FnMut(News<'_>),
    ) -> Result<(), Stop> {
        let heads = match server.heads().await {
            // Too many calls of one key at a time: whoever says so is there.
            Err(Stop::Failed(ObserverError::Busy(_))) => {
                tell(News::Alive);
                return Ok(());
            }
            other => other?,
        };
        tell(News::Alive);
        let is_known = self.verified.as_ref().is_some_and(|(_, note)| note.text() == heads.newest.text());
        if !is_known {
            self.state(heads.newest)?;
        }
        if !self.manifest.is_empty() {
            for note in heads.others {
                self.follow.home.hear(self.follow.ticket.event, &note)?;
            }
        }
        self.compare(tell)
    }

    /// Holds what others have seen, and what has come of it since, against the log as it was shown last.
    pub(in crate::follow) fn compare(&mut self, tell: &mut impl FnMut(News<'_>)) -> Result<(), Stop> {
        let shown =
            self.verified.as_ref().map(|(_, note)| note).or(self.newest.as_ref().map(|(_, note)| note)).cloned();
        if let Some(note) = shown.filter(|_| !self.manifest.is_empty()) {
            self.check_heard(&note)?;
            self.settle_heard()?;
        }
        tell(News::Stands(self.now()));
        Ok(())
    }

    /// What others have seen, also while this observer followed, against the log as it now stands.
    pub(super) fn check_heard(&mut self, note: &Note) -> Result<(), Stop> {
        self.heard = self.follow.home.heard(self.follow.ticket.event)?;
        let behind = self.audit.check_heard(&self.heard, note, &self.audit.replay().tree)?;
        if let (Some(finding), None) = (&behind, &self.behind) {
            tracing::warn!(%finding, "others have seen more");
        }
        self.behind = behind;
        Ok(())
    }

    /// What others have seen and could be held against entries that were read; the rest waits until the server shows as much.
    pub(super) fn held(&self) -> Vec<Note> {
        let is_held = |note: &&Note| stated_size(note).is_ok_and(|size| size <= self.size());
        self.heard.iter().filter(is_held).cloned().collect()
    }

    pub(super) fn settle_heard(&self) -> Result<(), ObserverError> {
        self.follow.home.settle_heard(self.follow.ticket.event, &self.held())
    }

    pub(super) fn ahead_of(&self, size: u64) -> Option<u64> {
        self.heard.iter().filter_map(|note| stated_size(note).ok()).max().filter(|seen| *seen > size)
    }
}
