//! The same audit over the wire: checkpoint, every entry, the bulletins of the moment. It refuses to know files.

use crate::{
    audit::{Audit, Posted},
    client::{Server, Stop},
    error::ObserverError,
    home::Home,
    verdict::{Finding, Report, Verdict},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tally::profile::Rulebook;
use tlog::{Checkpoint, Note, verify_consistency};

/// How often the server is asked whether the witnesses have come.
const QUORUM_PAUSE: Duration = Duration::from_millis(100);

/// Audits what a server shows. With a home the result is compared with what was remembered, and remembered.
///
/// `wait_quorum` is how long to wait until the newest checkpoint has its witnesses.
///
/// # Errors
/// No answer, or the observer's own disk fails. Whatever the server shows is a verdict, never an error.
pub async fn verify(server: &mut Server, home: Option<&Home>, wait_quorum: Duration) -> Result<Report, ObserverError> {
    let (look, finding) = Look::at(server, home, wait_quorum).await?;
    look.end(finding, home)
}

/// One look at a server: what was read and verified.
pub(crate) struct Look {
    pub(crate) audit: Audit,
    /// The checkpoint that is verified: the newest with its quorum, else the newest.
    pub(crate) note: Option<Note>,
    pub(crate) checkpoint: Option<Checkpoint>,
    /// The entries, byte for byte.
    pub(crate) entries: Vec<Vec<u8>>,
    /// The bulletins that were verified.
    pub(crate) bulletins: Vec<Posted>,
    /// Bulletins newer than the checkpoint: not judged.
    beyond: Vec<String>,
    reasons: Vec<Finding>,
}

impl Look {
    /// Looks at everything a server shows, against what the home remembers.
    pub(crate) async fn at(
        server: &mut Server,
        home: Option<&Home>,
        wait: Duration,
    ) -> Result<(Self, Option<Finding>), ObserverError> {
        let remembered = home.map(|home| home.remembered(server.event())).transpose()?.flatten();
        server.remember(remembered.as_ref());
        let rules = home.map_or_else(|| Ok(Rulebook::embedded()), Home::rules)?;
        let mut look = Self::new(server, rules);
        match look.run(server, remembered.as_ref(), wait).await {
            Ok(()) => Ok((look, None)),
            Err(Stop::Found(finding)) => Ok((look, Some(*finding))),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn new(server: &Server, rules: Arc<Rulebook>) -> Self {
        let (entries, bulletins, beyond, reasons) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let audit = Audit::new(server.event(), rules);
        Self { audit, note: None, checkpoint: None, entries, bulletins, beyond, reasons }
    }

    async fn run(&mut self, server: &mut Server, remembered: Option<&Note>, wait: Duration) -> Result<(), Stop> {
        // Bulletins first: a checkpoint asked for afterwards covers them.
        let bulletins = server.bulletins().await?;
        let (newest, note) = await_quorum(server, wait).await?;
        let size = stated_size(&note)?;
        for posted in bulletins {
            if posted.size > size {
                self.beyond.push(format!("{} (newer than the checkpoint)", posted.place));
            } else {
                self.bulletins.push(posted.clone());
                self.audit.post(posted)?;
            }
        }
        self.read_entries(server, &note, size).await?;
        let checkpoint = self.audit.open_checkpoint(&note)?;
        if self.audit.size() == size {
            self.audit.check_root(&checkpoint)?;
        } else if self.audit.public_view_may_stop() {
            self.reasons.push(self.audit.public_view(size));
        } else {
            return Err(withheld(self.audit.size(), size).into());
        }
        self.checkpoint = Some(checkpoint);
        for posted in self.audit.take_waiting() {
            self.audit.check_beyond(&posted, None)?;
        }
        self.check_newest(server, &note, &newest).await?;
        self.audit.conclude(&note, self.audit.size() == size, remembered, &mut self.reasons)?;
        self.note = Some(note);
        Ok(())
    }

    /// Every entry of the checkpoint that may be read. The log's key is known after the first.
    async fn read_entries(&mut self, server: &mut Server, note: &Note, size: u64) -> Result<(), Stop> {
        while self.audit.size() < size {
            let page = server.page(self.audit.size()).await?;
            if page.is_empty() {
                break;
            }
            for entry in page.into_iter().take_while(|e| e.index < size) {
                self.audit.entry(&entry.note)?;
                self.entries.push(entry.note.to_vec());
                if entry.index == 0 {
                    self.audit.open_checkpoint(note)?;
                }
            }
        }
        if self.audit.size() == 0 { Err(withheld(0, size).into()) } else { Ok(()) }
    }

    /// The newest checkpoint continues the witnessed one.
    async fn check_newest(&mut self, server: &mut Server, note: &Note, newest: &Note) -> Result<(), Stop> {
        let (ours, theirs) = (self.audit.open_checkpoint(note)?, self.audit.open_checkpoint(newest)?);
        self.audit.check_same_size(note, newest)?;
        if theirs.size < ours.size {
            self.audit.check_root(&theirs)?;
        }
        if theirs.size > ours.size {
            let proof = server.consistency(ours.size, theirs.size).await?;
            verify_consistency(ours.size, theirs.size, &proof, &ours.root, &theirs.root).map_err(|e| {
                let vi = format!("điểm kiểm mới nhất không nối tiếp điểm kiểm trước: {e}");
                Finding::new(Verdict::Mismatch, "V-CONSISTENCY", "root", vi, e.to_string()).in_file("checkpoint")
            })?;
        }
        Ok(())
    }

    /// The report. With a home, a log that is right is remembered, and evidence is kept there.
    pub(crate) fn end(self, finding: Option<Finding>, home: Option<&Home>) -> Result<Report, ObserverError> {
        let report = Report::of(&self.audit, self.checkpoint.as_ref(), finding, self.reasons);
        let mut report = Report { files_foreign: self.beyond, ..report };
        let (Some(home), event) = (home, self.audit.event()) else { return Ok(report) };
        if let (Verdict::Ok, Some(note)) = (report.verdict(), &self.note) {
            home.remember(event, note)?;
        }
        if let Some(finding) = report.finding.as_ref().filter(|f| f.verdict == Verdict::Equivocation) {
            let manifest = self.entries.first().map_or(&[][..], |bytes| bytes);
            report.evidence = Some(home.keep_evidence(event, manifest, finding)?);
        }
        Ok(report)
    }
}

/// The newest checkpoint, and the one to verify: with its quorum if there is one.
async fn await_quorum(server: &mut Server, wait: Duration) -> Result<(Note, Note), Stop> {
    let since = Instant::now();
    loop {
        let heads = server.heads().await?;
        let newest = stated_size(&heads.newest)?;
        let is_whole = match &heads.witnessed {
            Some(note) => stated_size(note)? >= newest,
            None => false,
        };
        if is_whole || since.elapsed() >= wait {
            let note = heads.witnessed.unwrap_or_else(|| heads.newest.clone());
            return Ok((heads.newest, note));
        }
        tokio::time::sleep(QUORUM_PAUSE).await;
    }
}

/// The size a checkpoint claims, before anybody has verified it.
pub(crate) fn stated_size(note: &Note) -> Result<u64, Finding> {
    let stated = Checkpoint::parse(note.text()).map_err(|_| crate::client::garbled("checkpoint"))?;
    Ok(stated.size)
}

pub(crate) fn withheld(from: u64, size: u64) -> Finding {
    let vi = format!("máy chủ không cho xem các mục từ {from} đến {size}");
    let en = format!("the server does not show the entries from {from} to {size}");
    Finding::new(Verdict::Trouble, "V-MISSING", "", vi, en).at_entry(from)
}
