//! The same audit over the wire: checkpoint, every entry, the bulletins of the moment. It refuses to know files.

use crate::{
    audit::{Audit, Posted},
    client::{Server, Stop},
    error::ObserverError,
    evidence::{Beginning, Charge},
    home::Home,
    verdict::{Finding, Report, Verdict},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tally::profile::Rulebook;
use tlog::{Checkpoint, Note, leaf_hash, verify_consistency};

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
    /// The same before it was verified.
    stated: Option<Note>,
    /// What others have seen.
    heard: Vec<Note>,
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
        look.heard = home.map(|home| home.heard(server.event())).transpose()?.unwrap_or_default();
        match look.run(server, remembered.as_ref(), wait).await {
            Ok(()) => Ok((look, None)),
            Err(Stop::Found(finding)) => {
                let finding = match &look.stated {
                    Some(note) => charge_refused(server, &look.audit, look.entries.last(), note, *finding).await,
                    None => *finding,
                };
                Ok((look, Some(finding)))
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn new(server: &Server, rules: Arc<Rulebook>) -> Self {
        let (entries, bulletins, beyond, reasons) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let audit = Audit::new(server.event(), rules);
        let (note, stated, checkpoint, heard) = (None, None, None, Vec::new());
        Self { audit, note, stated, checkpoint, heard, entries, bulletins, beyond, reasons }
    }

    async fn run(&mut self, server: &mut Server, remembered: Option<&Note>, wait: Duration) -> Result<(), Stop> {
        // Bulletins first: a checkpoint asked for afterwards covers them.
        let bulletins = server.bulletins().await?;
        let (newest, note, others) = await_quorum(server, wait).await?;
        self.heard.extend(others);
        let size = stated_size(&note)?;
        self.stated = Some(note.clone());
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
        // Held against the newest: others have seen what it shows, and not the older one that has its witnesses.
        self.check_heard(server, &newest).await?;
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
                self.entries.push(entry.note.to_vec());
                self.audit.entry(&entry.note)?;
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

    /// What others have seen is of this log. Where the entries end early for the public, the server has to prove it.
    async fn check_heard(&mut self, server: &mut Server, newest: &Note) -> Result<(), Stop> {
        let now = self.audit.open_checkpoint(newest)?;
        let tree = &self.audit.replay().tree;
        self.reasons.extend(self.audit.check_heard(&self.heard, newest, tree)?);
        for note in &self.heard {
            let Ok(seen) = self.audit.open_checkpoint(note) else { continue };
            if seen.size == 0 || seen.size >= now.size || tree.root_at(seen.size).is_some() {
                continue;
            }
            let proof = server.consistency(seen.size, now.size).await?;
            verify_consistency(seen.size, now.size, &proof, &seen.root, &now.root).map_err(|e| {
                let vi = format!(
                    "máy chủ không chứng minh được rằng nó nối tiếp điểm kiểm {} mà người khác đã thấy: {e}",
                    seen.size
                );
                let en = format!(
                    "the server does not prove that it continues the checkpoint of size {} that others have seen: {e}",
                    seen.size
                );
                Finding::new(Verdict::Mismatch, "V-CONSISTENCY", "root", vi, en).in_file("checkpoint")
            })?;
        }
        Ok(())
    }

    /// The report. With a home, a log that is right is remembered, one that is right as far as it goes is heard of, and
    /// evidence is kept there.
    pub(crate) fn end(self, finding: Option<Finding>, home: Option<&Home>) -> Result<Report, ObserverError> {
        let report = Report::of(&self.audit, self.checkpoint.as_ref(), finding, self.reasons);
        let report = report.convicting(&self.entries, self.audit.replay().count.rules());
        let manifest = self.entries.first().cloned();
        let mut report = Report { files_foreign: self.beyond, manifest, ..report };
        let (Some(home), event) = (home, self.audit.event()) else { return Ok(report) };
        home.keep(event, &mut report)?;
        let is_right = matches!(report.verdict(), Verdict::Ok | Verdict::Provisional);
        if let (Some(manifest), true) = (&report.manifest, is_right) {
            home.meet(event, manifest)?;
        }
        if let (Verdict::Ok, Some(note)) = (report.verdict(), &self.note) {
            home.remember(event, note)?;
            home.settle_heard(event, &self.heard)?;
        } else if let (Some(note), true) = (&self.note, is_right) {
            // Not the last word, and signed all the same: whatever is shown next must go on from it.
            home.hear(event, note)?;
        }
        Ok(report)
    }
}

/// An entry that the rules refuse, under a checkpoint of the log key. The server itself must prove that it stands there; one
/// that does not leaves its finding without evidence.
pub(crate) async fn charge_refused(
    server: &mut Server,
    audit: &Audit,
    entry: Option<&Vec<u8>>,
    note: &Note,
    finding: Finding,
) -> Finding {
    let (Some(index), Some(entry)) = (finding.entry.filter(|_| finding.is_refused_entry()), entry) else {
        return finding;
    };
    let Ok(stated) = audit.open_checkpoint(note) else { return finding };
    let (size, mut tree) = (index.saturating_add(1), audit.replay().tree.clone());
    if tree.size() != index || stated.size < size {
        return finding;
    }
    tree.push(leaf_hash(entry));
    let Ok(proof) = server.consistency(size, stated.size).await else { return finding };
    let beginning = Beginning { root: tree.root(), proof };
    let checkpoint = Box::new(note.clone());
    let is_there = beginning.leads(size, stated.size, &stated.root);
    finding.charged(is_there.then_some(Charge::RefusedEntry { index, checkpoint, beginning }))
}

/// The newest checkpoint, the one to verify: with its quorum if there is one, and what others have shown the server.
async fn await_quorum(server: &mut Server, wait: Duration) -> Result<(Note, Note, Vec<Note>), Stop> {
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
            return Ok((heads.newest, note, heads.others));
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
