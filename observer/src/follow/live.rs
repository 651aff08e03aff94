//! The state of an observer that follows: the audit, the checkpoint it remembers, and those it has still to attend to.
//! It refuses to know how long it runs.

mod others;
mod standing;

use super::{
    Around, Follow, News, Seen,
    keep::{Keep, Keeping, Kept, done},
    late::Late,
};
use crate::{
    audit::Audit,
    client::{Server, Stop, as_posted, check_gapless, garbled, network},
    error::ObserverError,
    gossip,
    remote::{charge_refused, stated_size},
    verdict::{Finding, Verdict},
};
use bytes::Bytes;
use proto::v1;
use std::{sync::Arc, time::Duration};
use tally::{Count, SignedStatement, profile::Rulebook};
use tlog::{Checkpoint, Note};
use tokio::time::Instant;
use tonic::Status;

/// While entries come without a pause, the newest checkpoint that they reach is verified after this at the latest.
const VERIFY_PAUSE: Duration = Duration::from_millis(10);
/// On a busy night checkpoints come faster than disks sync: one is remembered and cosigned at most so often.
const KEEP_PAUSE: Duration = Duration::from_millis(250);
/// A late bulletin that is wrong waits so long for a second one, which would make it worse; and those from far back, which
/// cost a second replay each time, are gathered meanwhile.
const LATE_PAUSE: Duration = Duration::from_secs(2);

/// A hall that has said nothing for so long is asked for its newest checkpoint: quiet is not gone, and what others have shown
/// it comes along.
const QUIET_MAX: Duration = Duration::from_secs(5);

/// Whoever may not read everything gets no checkpoint with the entries; so long it is waited for by whoever looks once.
const SILENCE_MAX: Duration = Duration::from_secs(3);

/// An observer on its way.
pub(super) struct Live<'a> {
    follow: &'a Follow,
    audit: Audit,
    /// On the disk, with its size; nothing smaller is ever cosigned.
    remembered: Option<(u64, Note)>,
    /// Whether the entries were seen to continue it.
    is_continued: bool,
    /// Verified last.
    verified: Option<(Checkpoint, Note)>,
    /// Whether that is not on the disk yet.
    is_unkept: bool,
    /// Came in and is not verified yet, with its size; and since when its entries are here.
    newest: Option<(u64, Note)>,
    reached: Option<Instant>,
    manifest: Vec<u8>,
    /// What others have seen and is not covered by what is remembered.
    heard: Vec<Note>,
    /// Why that keeps the verdict from being OK.
    behind: Option<Finding>,
    /// The entry that was read last, and those a finding rests on.
    last: Bytes,
    record: Vec<Vec<u8>>,
    late: Late,
    late_since: Option<Instant>,
    /// The ticket was replaced by one with other addresses.
    has_moved: bool,
}

impl<'a> Live<'a> {
    pub(super) fn new(follow: &'a Follow) -> Result<Self, ObserverError> {
        let remembered = follow.home.remembered(follow.ticket.event)?;
        let remembered = remembered.map(|note| (stated_size(&note).unwrap_or(0), note));
        let rules: Arc<Rulebook> = follow.home.rules()?;
        let audit = Audit::new(follow.ticket.event, Arc::clone(&rules));
        let (manifest, heard, behind, last, record) = Default::default();
        let (verified, newest, reached, late_since) = (None, None, None, None);
        Ok(Self {
            follow,
            audit,
            remembered,
            is_continued: false,
            verified,
            is_unkept: false,
            newest,
            reached,
            manifest,
            heard,
            behind,
            last,
            record,
            late: Late::new(rules),
            late_since,
            has_moved: false,
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.audit.size()
    }

    /// Whether the connection was left for another address of the same event; said once.
    pub(super) fn take_move(&mut self) -> bool {
        std::mem::take(&mut self.has_moved)
    }

    /// Follows over one connection. `Ok` when the aim is reached.
    pub(super) async fn follow(&mut self, around: &mut Around, tell: &mut impl FnMut(News<'_>)) -> Result<(), Stop> {
        let mut server = Server::connect(&around.ticket(&self.follow.ticket), self.follow.key.clone()).await?;
        server.remember(self.remembered.as_ref().map(|(_, note)| note));
        tell(News::Alive);
        match self.follow_over(&mut server, around, tell).await {
            Err(Stop::Found(finding)) => Err(self.support(&mut server, *finding).await.into()),
            other => other,
        }
    }

    /// What a charge rests on, fetched while the server is still there. Without it the finding stands, and convicts nobody.
    async fn support(&mut self, server: &mut Server, finding: Finding) -> Finding {
        let last = self.last.to_vec();
        let finding = match server.heads().await {
            Ok(heads) if finding.is_refused_entry() => {
                charge_refused(server, &self.audit, Some(&last), &heads.newest, finding).await
            }
            _ => finding,
        };
        let needed = finding.charge.as_ref().map_or(0, |charge| charge.entries());
        self.record = self.reread_all(server, needed, last).await.unwrap_or_default();
        finding
    }

    /// The first so many entries, each held against the leaf that was verified; the last one may be the one refused.
    async fn reread_all(&self, server: &mut Server, needed: u64, last: Vec<u8>) -> Result<Vec<Vec<u8>>, Stop> {
        let (mut all, known) = (Vec::new(), needed.min(self.size()));
        while (all.len() as u64) < known {
            let page = server.page(all.len() as u64).await?;
            if page.is_empty() {
                return Err(garbled("entry").into());
            }
            for entry in page.into_iter().take_while(|entry| entry.index < known) {
                all.push(self.reread(&entry)?.note.as_bytes().to_vec());
            }
        }
        if needed == self.size().saturating_add(1) {
            all.push(last);
        }
        Ok(all)
    }

    async fn follow_over(
        &mut self,
        server: &mut Server,
        around: &mut Around,
        tell: &mut impl FnMut(News<'_>),
    ) -> Result<(), Stop> {
        let event = self.follow.ticket.event;
        if self.follow.home.manifest(event)?.is_some() {
            for note in server.heads().await?.others {
                self.follow.home.hear(event, &note)?;
            }
        }
        let mut bulletins = server.watch().await?;
        let mut entries = server.follow(self.size()).await?;
        let (mut keeping, mut keep_at): (Option<Keeping>, _) = (None, Instant::now());
        let mut answered = Instant::now();
        loop {
            if self.reached.is_some_and(|since| since.elapsed() >= VERIFY_PAUSE) && self.see(tell)? {
                return self.check_older(server).await;
            }
            if keeping.is_none() && self.is_unkept && Instant::now() >= keep_at {
                keep_at = Instant::now() + KEEP_PAUSE;
                keeping = self.keep().map(|keep| -> Keeping { Box::pin(keep.run(server.clone())) });
            }
            let (is_reached, late_waits) = (self.reached.is_some(), self.late_since);
            tokio::select! {
                biased;
                kept = done(&mut keeping), if keeping.is_some() => {
                    keeping = None;
                    if self.kept(kept?, tell)? {
                        return self.check_older(server).await;
                    }
                }
                message = entries.message() => {
                    let message = ended(server, message)?;
                    answered = Instant::now();
                    tell(News::Alive);
                    self.take(&message)?;
                }
                message = bulletins.message() => {
                    let message = ended(server, message)?;
                    answered = Instant::now();
                    tell(News::Alive);
                    self.hear(&message)?;
                }
                // Nothing more has come: the newest checkpoint is verified at once.
                () = std::future::ready(()), if is_reached => if self.see(tell)? {
                    return self.check_older(server).await;
                },
                () = tokio::time::sleep_until(keep_at), if self.is_unkept && keeping.is_none() => {}
                () = until(late_waits), if late_waits.is_some() => self.check_older(server).await?,
                () = around.heard() => self.compare(tell)?,
                () = around.moved() => {
                    self.has_moved = true;
                    return Err(network(&event.to_string(), "the ticket names another address".to_owned()).into());
                }
                () = tokio::time::sleep_until(answered + QUIET_MAX), if !self.follow.once => {
                    self.look_around(server, tell).await?;
                    answered = Instant::now();
                }
                () = tokio::time::sleep(SILENCE_MAX), if self.follow.once => {
                    let newest = server.heads().await?.newest;
                    self.state(newest)?;
                    if self.reached.is_none() && self.audit.public_view_may_stop() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn take(&mut self, message: &v1::FollowEntriesResponse) -> Result<(), Stop> {
        check_gapless(self.size(), &message.entries)?;
        for entry in &message.entries {
            self.last = entry.note.clone();
            let statement = self.audit.entry(&entry.note)?;
            self.late.entry(statement);
            if entry.index == 0 {
                self.manifest = entry.note.to_vec();
                // From now on it is known whose checkpoints others may have seen.
                self.follow.home.meet(self.follow.ticket.event, &self.manifest)?;
            }
        }
        if !message.checkpoint.is_empty() {
            let note = Note::parse(&message.checkpoint).map_err(|_| garbled("checkpoint"))?;
            self.state(note)?;
        }
        self.reach();
        Ok(())
    }

    /// The server states a newest checkpoint.
    fn state(&mut self, note: Note) -> Result<(), Finding> {
        self.newest = Some((stated_size(&note)?, note));
        self.reach();
        Ok(())
    }

    /// Notes since when the entries of the newest checkpoint are here.
    fn reach(&mut self) {
        let size = self.size();
        let is_reached = size > 0 && self.newest.as_ref().is_some_and(|(stated, _)| *stated <= size);
        self.reached = is_reached.then(|| self.reached.unwrap_or_else(Instant::now));
    }

    fn hear(&mut self, message: &v1::WatchBulletinsResponse) -> Result<(), Stop> {
        self.audit.post(as_posted(&message.note)?)?;
        let late = self.audit.take_late();
        if !late.is_empty() {
            self.late_since.get_or_insert_with(Instant::now);
        }
        Ok(self.late.check(&mut self.audit, late)?)
    }

    /// Verifies the newest checkpoint and tells of it. True when the aim is reached and nothing is to be kept.
    fn see(&mut self, tell: &mut impl FnMut(News<'_>)) -> Result<bool, Stop> {
        self.reached = None;
        let Some((size, note)) = self.newest.take() else { return Ok(false) };
        let checkpoint = self.audit.open_checkpoint(&note)?;
        self.verify(&checkpoint, &note)?;
        self.check_heard(&note)?;
        self.is_unkept = self.remembered.as_ref().is_none_or(|(before, _)| *before <= size);
        if !self.is_unkept {
            // Less than is remembered: there is nothing to keep, and what others have seen of it was compared all the same.
            self.settle_heard()?;
        }
        tell(News::Seen(&self.seen(&checkpoint, &note)));
        self.verified = Some((checkpoint, note));
        tell(News::Stands(self.now()));
        Ok(!self.is_unkept && self.is_enough(size))
    }

    fn seen(&self, checkpoint: &Checkpoint, note: &Note) -> Seen {
        let (size, root, code) = (checkpoint.size, checkpoint.root, gossip::code(note).to_string());
        Seen { size, root, cosigned: false, witnesses: None, code, ahead: self.ahead_of(size) }
    }

    fn is_enough(&self, size: u64) -> bool {
        self.follow.once || self.follow.until_size.is_some_and(|enough| size >= enough)
    }

    fn verify(&mut self, checkpoint: &Checkpoint, note: &Note) -> Result<(), Stop> {
        let remembered = self.remembered.iter().map(|(size, before)| (*size, before));
        let verified = self.verified.iter().map(|(before, note)| (before.size, note));
        for (_, before) in remembered.chain(verified).filter(|(size, _)| *size == checkpoint.size) {
            self.audit.check_same_size(before, note)?;
        }
        self.audit.check_root(checkpoint)?;
        // The entries never go back: what they have continued once they continue ever after.
        if let Some((_, before)) = self.remembered.as_ref().filter(|_| !self.is_continued) {
            match self.audit.check_remembered(before, note) {
                // A server that is behind proves nothing yet; what it lacks is never cosigned again.
                Err(finding) if finding.verdict == Verdict::Provisional => tracing::warn!(%finding, "not cosigned"),
                other => {
                    other?;
                    self.is_continued = true;
                }
            }
        }
        Ok(self.audit.settle()?)
    }

    /// The checkpoint verified last, to be kept.
    fn keep(&self) -> Option<Keep> {
        let (checkpoint, note) = self.verified.clone()?;
        Some(Keep {
            home: self.follow.home.clone(),
            event: self.follow.ticket.event,
            log: self.audit.replay().count.manifest()?.log.clone(),
            heard: self.held(),
            witness: self.follow.witness.clone(),
            checkpoint,
            note,
        })
    }

    /// A checkpoint is on the disk. True when the aim is reached.
    fn kept(&mut self, kept: (Checkpoint, Note, Kept), tell: &mut impl FnMut(News<'_>)) -> Result<bool, Stop> {
        let (checkpoint, note, kept) = kept;
        match kept {
            Kept::Remembered => {}
            Kept::Promised(promised) => self.audit.check_remembered(&promised, &note)?,
            Kept::HandedIn(line, gathered) => {
                let cosigned = gathered.signatures().contains(&line);
                let witnesses = Some(self.audit.quorum(&gathered)?);
                tell(News::Seen(&Seen { cosigned, witnesses, ..self.seen(&checkpoint, &note) }));
            }
        }
        self.is_unkept = self.verified.as_ref().is_some_and(|(verified, _)| *verified != checkpoint);
        self.remembered = Some((checkpoint.size, note));
        Ok(self.is_enough(checkpoint.size))
    }

    /// What was verified is on the disk before an observer that is told to end has ended.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) fn remember_last(&mut self) -> Result<(), ObserverError> {
        if let Some((checkpoint, note)) = self.verified.as_ref().filter(|_| self.is_unkept) {
            self.follow.home.remember(self.follow.ticket.event, note)?;
            self.remembered = Some((checkpoint.size, note.clone()));
            self.is_unkept = false;
            self.settle_heard()?;
        }
        Ok(())
    }

    /// Bulletins of sizes far back: the log is read once more up to each of them, every entry held against the leaf that
    /// was verified.
    async fn check_older(&mut self, server: &mut Server) -> Result<(), Stop> {
        self.late_since = None;
        let mut older = self.late.take_older();
        let Some(last) = older.keys().next_back().copied() else { return Ok(self.audit.settle()?) };
        let mut then = Count::with_rules(self.audit.replay().count.rules().clone());
        while then.size() < last {
            let page = server.page(then.size()).await?;
            if page.is_empty() {
                let (vi, en) = ("máy chủ không đưa lại các mục cũ", "the server does not show earlier entries again");
                return Err(Finding::new(Verdict::Trouble, "V-MISSING", "", vi, en).at_entry(then.size()).into());
            }
            for entry in page.into_iter().take_while(|entry| entry.index < last) {
                then.apply(&self.reread(&entry)?);
                for posted in older.remove(&then.size()).unwrap_or_default() {
                    self.audit.check_late(&posted, &then)?;
                }
            }
        }
        Ok(self.audit.settle()?)
    }

    fn reread(&self, entry: &v1::Entry) -> Result<SignedStatement, Finding> {
        let statement = SignedStatement::reread(&entry.note).map_err(|_| garbled("entry"))?;
        if self.audit.replay().tree.leaf(entry.index) == Some(statement.leaf) {
            return Ok(statement);
        }
        let (vi, en) = ("máy chủ đưa mục khác với lần trước", "the server shows another entry than before");
        Err(Finding::new(Verdict::Mismatch, "V-LEAF", "leaf", vi, en).at_entry(entry.index))
    }
}

async fn until(since: Option<Instant>) {
    match since {
        Some(since) => tokio::time::sleep_until(since + LATE_PAUSE).await,
        None => std::future::pending().await,
    }
}

/// A stream that ends is a lost connection.
fn ended<T>(server: &Server, message: Result<Option<T>, Status>) -> Result<T, ObserverError> {
    let lost = || Status::unavailable("the stream has ended");
    message.and_then(|message| message.ok_or_else(lost)).map_err(|status| server.failed(&status))
}
