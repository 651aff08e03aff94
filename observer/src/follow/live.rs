//! The state of an observer that follows: the audit, the checkpoint it remembers, and those it has still to attend to.
//! It refuses to know how long it runs.

use super::{Around, Follow, News, Now, Seen};
use crate::{
    audit::{Audit, Posted},
    client::{Server, Stop, as_posted, check_gapless, garbled, network},
    error::ObserverError,
    gossip,
    remote::{charge_refused, stated_size},
    verdict::{Finding, Report, Verdict, all_of},
};
use bytes::Bytes;
use proto::v1;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tally::{Replay, SignedStatement};
use tlog::{Checkpoint, Note, SignatureLine, SigningKey};
use tokio::time::Instant;
use tonic::Status;

/// On a busy night checkpoints come faster than disks sync: the newest is attended to at least so often.
const ATTEND_PAUSE: Duration = Duration::from_millis(500);
/// Bulletins that came late cost a second replay each time; they are gathered for so long.
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
    /// On the disk; nothing smaller is ever cosigned.
    remembered: Option<Note>,
    /// Verified last.
    verified: Option<(Checkpoint, Note)>,
    /// Came in, not verified yet.
    newest: Option<Note>,
    manifest: Vec<u8>,
    /// What others have seen and is not covered by what is remembered.
    heard: Vec<Note>,
    /// Why that keeps the verdict from being OK.
    behind: Option<Finding>,
    /// The entry that was read last, and those a finding rests on.
    last: Bytes,
    record: Vec<Vec<u8>>,
    late: Vec<Posted>,
    late_since: Option<Instant>,
    /// The ticket was replaced by one with other addresses.
    has_moved: bool,
}

impl<'a> Live<'a> {
    pub(super) fn new(follow: &'a Follow) -> Result<Self, ObserverError> {
        let remembered = follow.home.remembered(follow.ticket.event)?;
        let audit = Audit::new(follow.ticket.event, follow.home.rules()?);
        let (manifest, heard, behind, last, record, late) = Default::default();
        let (verified, newest, late_since, has_moved) = (None, None, None, false);
        Ok(Self {
            follow,
            audit,
            remembered,
            verified,
            newest,
            manifest,
            heard,
            behind,
            last,
            record,
            late,
            late_since,
            has_moved,
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
        server.remember(self.remembered.as_ref());
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
        let (mut attended, mut answered) = (Instant::now(), Instant::now());
        loop {
            if self.newest.is_some() && attended.elapsed() >= ATTEND_PAUSE {
                attended = Instant::now();
                if self.attend(server, tell).await? {
                    return Ok(());
                }
            }
            let (newest_waits, late_waits) = (self.newest_is_reached(), self.late_since);
            tokio::select! {
                biased;
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
                // Nothing more has come: the newest checkpoint is attended to at once.
                () = std::future::ready(()), if newest_waits => {
                    attended = Instant::now();
                    if self.attend(server, tell).await? {
                        return Ok(());
                    }
                }
                () = until(late_waits), if late_waits.is_some() => self.check_late(server).await?,
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
                    self.newest = Some(server.heads().await?.newest);
                    if !self.newest_is_reached() && self.audit.public_view_may_stop() {
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
            self.audit.entry(&entry.note)?;
            if entry.index == 0 {
                self.manifest = entry.note.to_vec();
                // From now on it is known whose checkpoints others may have seen.
                self.follow.home.meet(self.follow.ticket.event, &self.manifest)?;
            }
        }
        if !message.checkpoint.is_empty() {
            let note = Note::parse(&message.checkpoint).map_err(|_| garbled("checkpoint"))?;
            stated_size(&note)?;
            self.newest = Some(note);
        }
        Ok(())
    }

    fn hear(&mut self, message: &v1::WatchBulletinsResponse) -> Result<(), Stop> {
        self.audit.post(as_posted(&message.note)?)?;
        self.late.extend(self.audit.take_late());
        if !self.late.is_empty() && self.late_since.is_none() {
            self.late_since = Some(Instant::now());
        }
        Ok(())
    }

    fn newest_is_reached(&self) -> bool {
        let size = self.newest.as_ref().and_then(|note| Checkpoint::parse(note.text()).ok()).map(|c| c.size);
        self.size() > 0 && size.is_some_and(|size| size <= self.size())
    }

    /// Asks a quiet server for its newest checkpoint, and takes in what it says that others have seen.
    async fn look_around(&mut self, server: &mut Server, tell: &mut impl FnMut(News<'_>)) -> Result<(), Stop> {
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
            stated_size(&heads.newest)?;
            self.newest = Some(heads.newest);
        }
        if !self.manifest.is_empty() {
            for note in heads.others {
                self.follow.home.hear(self.follow.ticket.event, &note)?;
            }
        }
        self.compare(tell)
    }

    /// Holds what others have seen, and what has come of it since, against the log as it was shown last.
    pub(super) fn compare(&mut self, tell: &mut impl FnMut(News<'_>)) -> Result<(), Stop> {
        let shown = self.verified.as_ref().map(|(_, note)| note).or(self.newest.as_ref()).cloned();
        if let Some(note) = shown.filter(|_| !self.manifest.is_empty()) {
            self.check_heard(&note)?;
            self.settle_heard()?;
        }
        tell(News::Stands(self.now()));
        Ok(())
    }

    /// Verifies the newest checkpoint, remembers it, cosigns it. True when the aim is reached.
    async fn attend(&mut self, server: &mut Server, tell: &mut impl FnMut(News<'_>)) -> Result<bool, Stop> {
        let Some(note) = self.newest.take_if(|note| stated_size(note).is_ok_and(|size| size <= self.audit.size()))
        else {
            return Ok(false);
        };
        let checkpoint = self.audit.open_checkpoint(&note)?;
        self.verify(&checkpoint, &note)?;
        self.check_heard(&note)?;
        let mut seen = self.cosign(&checkpoint, &note, server).await?;
        self.settle_heard()?;
        seen.ahead = self.ahead_of(checkpoint.size);
        tell(News::Seen(&seen));
        self.verified = Some((checkpoint, note));
        tell(News::Stands(self.now()));
        let is_enough = self.follow.until_size.is_some_and(|size| seen.size >= size);
        if is_enough || self.follow.once {
            self.check_late(server).await?;
            return Ok(true);
        }
        Ok(false)
    }

    fn verify(&mut self, checkpoint: &Checkpoint, note: &Note) -> Result<(), Stop> {
        if let Some(before) = &self.remembered {
            self.audit.check_same_size(before, note)?;
        }
        self.audit.check_root(checkpoint)?;
        if let Some(before) = &self.remembered {
            match self.audit.check_remembered(before, note) {
                // A server that is behind proves nothing yet; what it lacks is never cosigned again.
                Err(finding) if finding.verdict == Verdict::Provisional => tracing::warn!(%finding, "not cosigned"),
                other => other?,
            }
        }
        Ok(self.audit.settle()?)
    }

    /// What others have seen, also while this observer followed, against the log as it now stands.
    fn check_heard(&mut self, note: &Note) -> Result<(), Stop> {
        self.heard = self.follow.home.heard(self.follow.ticket.event)?;
        let behind = self.audit.check_heard(&self.heard, note, &self.audit.replay().tree)?;
        if let (Some(finding), None) = (&behind, &self.behind) {
            tracing::warn!(%finding, "others have seen more");
        }
        self.behind = behind;
        Ok(())
    }

    /// Lets go of what could be held against entries that were read; the rest waits until the server shows as much.
    fn settle_heard(&self) -> Result<(), ObserverError> {
        let is_held = |note: &&Note| stated_size(note).is_ok_and(|size| size <= self.size());
        let held: Vec<Note> = self.heard.iter().filter(is_held).cloned().collect();
        self.follow.home.settle_heard(self.follow.ticket.event, &held)
    }

    fn ahead_of(&self, size: u64) -> Option<u64> {
        self.heard.iter().filter_map(|note| stated_size(note).ok()).max().filter(|seen| *seen > size)
    }

    /// Remembers, then cosigns: after a power cut between the two the memory is at most ahead of what was signed.
    async fn cosign(&mut self, checkpoint: &Checkpoint, note: &Note, server: &mut Server) -> Result<Seen, Stop> {
        let (size, root, code) = (checkpoint.size, checkpoint.root, gossip::code(note).to_string());
        let mut seen = Seen { size, root, cosigned: false, witnesses: None, code, ahead: None };
        let before = self.remembered.as_ref().map(stated_size).transpose()?.unwrap_or(0);
        if checkpoint.size < before {
            return Ok(seen);
        }
        if checkpoint.size > before {
            self.follow.home.remember(self.follow.ticket.event, note)?;
            self.remembered = Some(note.clone());
        }
        let Some(key) = &self.follow.witness else { return Ok(seen) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let Some(line) = self.promise(checkpoint, note, key, now)? else { return Ok(seen) };
        match server.add_cosignature(checkpoint.size, &line).await {
            Ok(gathered) if gathered.text() == note.text() => {
                seen.cosigned = gathered.signatures().contains(&line);
                seen.witnesses = Some(self.audit.quorum(&gathered)?);
            }
            Ok(_) => return Err(garbled("checkpoint").into()),
            Err(Stop::Failed(error)) => tracing::warn!(%error, size = checkpoint.size, "the cosignature was not taken"),
            Err(found) => return Err(found),
        }
        Ok(seen)
    }

    /// The cosignature, once it is kept; none when this home has promised a later checkpoint over HTTP.
    fn promise(
        &self,
        checkpoint: &Checkpoint,
        note: &Note,
        key: &SigningKey,
        now: u64,
    ) -> Result<Option<SignatureLine>, Stop> {
        let log = self.audit.replay().count.manifest().map(|m| &m.log).ok_or_else(|| garbled("manifest"))?;
        let mut promise = self.follow.home.promise(log)?;
        if let Some((promised, before)) = promise.latest() {
            if promised.size > checkpoint.size {
                return Ok(None);
            }
            self.audit.check_remembered(before, note)?;
        }
        Ok(Some(promise.cosign(note, key, now)?))
    }

    /// Bulletins whose size was passed before they came: the log is read once more up to each of them, every entry
    /// held against the leaf that was verified.
    async fn check_late(&mut self, server: &mut Server) -> Result<(), Stop> {
        self.late_since = None;
        let mut late: BTreeMap<u64, Vec<Posted>> = BTreeMap::new();
        for posted in self.late.drain(..).chain(self.audit.take_late()) {
            late.entry(posted.size).or_default().push(posted);
        }
        let Some(last) = late.keys().next_back().copied() else { return Ok(()) };
        let mut then = Replay::with_rules(self.audit.replay().count.rules().clone());
        while then.tree.size() < last {
            let page = server.page(then.tree.size()).await?;
            if page.is_empty() {
                let (vi, en) = ("máy chủ không đưa lại các mục cũ", "the server does not show earlier entries again");
                return Err(Finding::new(Verdict::Trouble, "V-MISSING", "", vi, en).at_entry(then.tree.size()).into());
            }
            for entry in page.into_iter().take_while(|entry| entry.index < last) {
                then.take(&self.reread(&entry)?);
                for posted in late.remove(&then.tree.size()).unwrap_or_default() {
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

    /// The report, with what a finding convicts a key of.
    pub(super) fn end(self, stopped: Option<Finding>) -> Report {
        let (rules, manifest) = (self.audit.replay().count.rules().clone(), self.manifest.clone());
        let entries = if self.record.is_empty() { vec![manifest.clone()] } else { self.record.clone() };
        let report = self.report(stopped);
        let known = (!manifest.is_empty()).then_some(manifest);
        let report = if known.is_some() { report.convicting(&entries, &rules) } else { report };
        Report { manifest: known, ..report }
    }

    /// How the event stands, as far as it is verified and this observer may read.
    fn now(&self) -> Now<'_> {
        let verified = self.verified.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size);
        // Of a public view every entry is verified, and none of them covered by a checkpoint that could be held against all.
        let size = if self.public_view_of().is_some() { self.size() } else { verified };
        let count = &self.audit.replay().count;
        Now { size, count: (size > 0 && size == self.size()).then_some(count), reason: all_of(self.reasons()) }
    }

    /// The size that is stated where the public sees less of the log.
    fn public_view_of(&self) -> Option<u64> {
        let stated = self.newest.as_ref().and_then(|note| stated_size(note).ok())?;
        (stated > self.size() && self.audit.public_view_may_stop()).then_some(stated)
    }

    /// What keeps the verdict from being OK for now.
    fn reasons(&self) -> Vec<Finding> {
        let mut reasons = Vec::new();
        let size = self.verified.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size);
        let remembered = self.remembered.as_ref().and_then(|note| stated_size(note).ok()).unwrap_or(0);
        let public_view = self.public_view_of();
        reasons.extend(public_view.map(|stated| self.audit.public_view(stated)));
        // Entries that the public may not read yet are no entries that are gone.
        let shown = public_view.unwrap_or(size);
        if shown > 0 && shown < remembered {
            let vi = format!("máy chủ mới đưa {shown} mục, trước đây đã kiểm {remembered} mục");
            let en = format!("the server shows {shown} entries, {remembered} were verified before");
            reasons.push(Finding::new(Verdict::Provisional, "V-OLDER", "size", vi, en).in_file("checkpoint"));
        }
        reasons.extend(self.behind.clone());
        reasons
    }

    /// Entries that came without a checkpoint after them are not reported.
    fn report(self, stopped: Option<Finding>) -> Report {
        if self.verified.is_none() && self.public_view_of().is_none() {
            let (vi, en) = ("chưa kiểm được điểm kiểm nào", "no checkpoint could be verified yet");
            let none = Finding::new(Verdict::Trouble, "V-MISSING", "", vi, en).in_file("checkpoint");
            return Report::of(&self.audit, None, Some(stopped.unwrap_or(none)), Vec::new());
        }
        let checkpoint = self.verified.as_ref().map(|(checkpoint, _)| checkpoint);
        Report::of(&self.audit, checkpoint, stopped, self.reasons())
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
