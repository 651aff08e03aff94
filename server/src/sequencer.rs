//! One writer for one event: it alone owns the state, on a thread of its own. Notes come in verified, through a bounded
//! channel; groups go to the store; answers, checkpoints and entries go out. No lock, no `.await`.
//!
//! The order of a group, and what is true if power goes between two steps:
//! 1. rule and apply each note in memory — nothing is kept, nobody has been told;
//! 2. sign the checkpoint — the same, and the signature is on no disk;
//! 3. commit entries and checkpoint — all of it or none is there at the next start, and nobody has been told;
//! 4. publish and answer — from here on it is acknowledged, and durable.

pub(crate) use crate::keeping::{Halted, Keeping};
use crate::{
    desk::{Command, Committed, Desk, Hands, Published, Ruled, Submitted},
    draft::Drafts,
    error::ServerError,
    guard::{Cause, Doubt, Guard, Halt, Standing},
    home::EventHome,
    index::Index,
    keeping::{no_room, not_in_both, not_released, secure},
    metrics::Metrics,
    noticeboard::Noticeboard,
    restart::{Restarted, checkpoint_of, restart, restart_state},
    store::{CommitError, Group, Store},
    twice::KeysTwice,
    witness::{Head, Word},
};
use bytes::Bytes;
use proto::NOTES_PER_MESSAGE_MAX;
use std::{sync::Arc, time::Instant};
use tally::{
    Replay, Ruling, Sid, Statement,
    ruling::Refusal,
    signed::SignedStatement,
    statement::{Kind, Link, NOTE_BYTES_MAX},
};
use tlog::{Checkpoint, Hash, Note, SigningKey};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// A group has at most so many entries (protocol §5): a bound for memory and for the wait of the last note in it.
const GROUP_ENTRIES_MAX: usize = 512;

/// The writer of one event.
pub(crate) struct Sequencer {
    desk: Desk,
    store: Store,
    index: Arc<Index>,
    log: SigningKey,
    head: Bytes,
    home: EventHome,
    published: watch::Sender<Arc<Published>>,
    committed: broadcast::Sender<Arc<Committed>>,
    metrics: Arc<Metrics>,
    /// Drafts as they were last counted in the metrics, which are of all events.
    drafts_shown: i64,
    /// The last group found no room: none is begun until there is some, and reads go on.
    full: bool,
    /// The last group is in the first journal and not in the second: nobody was told, and nothing else is kept before.
    owed: Option<Owed>,
}

/// A group that waits for room in the second journal, as it will be published.
struct Owed {
    applied: Vec<SignedStatement>,
    head: Checkpoint,
    note: Note,
    began: Instant,
}

impl Sequencer {
    /// Opens an event: replays its journal up to its own last checkpoint and makes the index fit.
    ///
    /// # Errors
    /// Keys, manifest or a journal cannot be used, or this server must not sign for the event.
    pub(crate) fn open(
        home: EventHome,
        metrics: Arc<Metrics>,
        keeping: &Keeping,
    ) -> Result<(Self, Hands, mpsc::Receiver<Command>), ServerError> {
        let (_, log, tally) = home.open()?;
        let tally = Arc::new(tally);
        let guard = Arc::new(Guard::open(home.clone(), log.verifier().clone())?);
        let Restarted { replay, mut store, head, sids, bulletins } = restart(&home, &log)?;
        secure(&home, &mut store, &replay, &guard, keeping)?;
        let (index, found) = Index::open(&home.index(), home.event, |size| replay.tree.root_at(size));
        let known = usize::try_from(index.size()).unwrap_or(usize::MAX);
        index.push(sids.into_iter().skip(known), |size| replay.tree.root_at(size));
        tracing::info!(event = %home.event, size = replay.count.size(), index = ?found, "event opened");

        let fits = |note: &Note| {
            Checkpoint::open(note, log.verifier()).is_ok_and(|c| replay.tree.root_at(c.size) == Some(c.root))
        };
        let quorum = replay.count.manifest().map_or(0, |m| m.witness_quorum);
        let mut board = Noticeboard::new(home.witnessed(), quorum, fits);
        for (contest, size, note) in bulletins {
            board.post_bulletin(contest, size, note);
        }
        board.post(&checkpoint_of(&log, &replay), head.clone());
        let checkpoint = Bytes::copy_from_slice(head.as_bytes());
        let published = published(&replay, checkpoint.clone());
        let (published_tx, published_rx) = watch::channel(Arc::new(published));
        // A follower that is more groups behind than this reads them from the journal instead.
        let (committed, _) = broadcast::channel(64);
        let index = Arc::new(index);
        // Messages waiting at the sequencer: 64 notes each at most, so a few tens of MiB at worst.
        let (commands, inbox) = mpsc::channel(256);
        let hands = Hands {
            commands,
            published: published_rx,
            committed: committed.clone(),
            entries: store.entries(),
            index: Arc::clone(&index),
            tally: Arc::clone(&tally),
            guard: Arc::clone(&guard),
        };
        let twice = KeysTwice::open(&home, &replay.count, &metrics)?;
        let desk = Desk { replay, drafts: Drafts::of(home.event), board, twice, tally, guard };
        let sequencer = Self {
            desk,
            store,
            index,
            log,
            head: checkpoint,
            home,
            published: published_tx,
            committed,
            metrics,
            drafts_shown: 0,
            full: false,
            owed: None,
        };
        Ok((sequencer, hands, inbox))
    }

    /// The log as it lies here, to be compared with what witnesses have seen.
    pub(crate) fn head_of(&self, event: Sid) -> Option<Head> {
        let (log, size) = (self.log.verifier().clone(), self.desk.replay.tree.size());
        Note::parse(&self.head).ok().map(|note| Head { event, log, size, note })
    }

    /// The proof that the log of `old` entries is the beginning of this one; none is needed from nothing.
    pub(crate) fn proof_from(&self, old: u64, size: u64) -> Vec<Hash> {
        if old == 0 { Vec::new() } else { self.desk.replay.tree.consistency_proof(old, size).unwrap_or_default() }
    }

    /// Weighs what a witness says before anything is signed. The answer is a size that it has and this log holds, from
    /// which it can be asked again.
    pub(crate) fn weigh(&self, head: &Head, word: Word) -> Option<u64> {
        let (guard, tree, own) = (&self.desk.guard, &self.desk.replay.tree, head.size);
        match word {
            Word::Agrees => None,
            Word::Silent(why) => {
                let event = head.event;
                tracing::warn!(%event, %why, "không hỏi được nhân chứng, máy chủ vẫn ký — a witness says nothing; it signs");
                None
            }
            Word::Shows(seen, note) => guard.judge(tree, &seen, note).ok().map(|()| seen.size),
            Word::Says(size) if size < own => Some(size),
            Word::Says(seen) => {
                guard.doubt(Doubt { own, seen });
                None
            }
            Word::Denies => {
                guard.doubt(Doubt { own, seen: own });
                None
            }
        }
    }

    /// Works until every door is closed. Runs on a thread of its own.
    ///
    /// # Errors
    /// The disk failed in a way that only a restart can judge, or somebody else writes this log.
    pub(crate) fn run(mut self, mut inbox: mpsc::Receiver<Command>) -> Result<(), ServerError> {
        self.owed_bulletins()?;
        while let Some(first) = inbox.blocking_recv() {
            let mut group = Vec::new();
            let mut entries = 0;
            let mut next = Some(first);
            while let Some(command) = next.take() {
                match command {
                    Command::Look(look) => {
                        // A look sees committed state only: what was applied so far is committed first.
                        self.commit(std::mem::take(&mut group))?;
                        entries = 0;
                        look(&mut self.desk);
                    }
                    Command::Stop => return self.commit(group),
                    Command::Submit { notes, answer } => {
                        entries += notes.len();
                        group.push((notes, answer));
                    }
                }
                if entries + NOTES_PER_MESSAGE_MAX <= GROUP_ENTRIES_MAX {
                    next = inbox.try_recv().ok();
                }
            }
            self.commit(group)?;
            self.show_drafts();
        }
        Ok(())
    }

    fn show_drafts(&mut self) {
        let waiting = i64::try_from(self.desk.drafts.len()).unwrap_or(i64::MAX);
        self.metrics.drafts().inc_by(waiting.saturating_sub(self.drafts_shown));
        self.drafts_shown = waiting;
    }

    /// Rules on everything, makes it durable as one group, and answers.
    fn commit(&mut self, submissions: Vec<Submission>) -> Result<(), ServerError> {
        if submissions.is_empty() {
            return Ok(());
        }
        if let Some(why) = self.takes_nothing()? {
            halt(submissions, &why);
            return Ok(());
        }
        let drafts = self.desk.drafts.clone();
        let (mut applied, mut kept) = (Vec::new(), Ok(()));
        let mut answers = Vec::with_capacity(submissions.len());
        for (notes, answer) in submissions {
            let mut rulings = Vec::with_capacity(notes.len());
            for note in notes {
                if kept.is_ok() && self.owes_bulletin_before(&note) {
                    kept = self.flush(&mut applied)?;
                }
                if kept.is_ok() {
                    rulings.push(self.rule(note, &mut applied));
                }
            }
            answers.push((rulings, answer));
        }
        match kept.and(self.keep(&applied)?) {
            Ok(()) => {
                self.keep_twice();
                for (rulings, answer) in answers {
                    self.answer(rulings, answer);
                }
                self.owed_bulletins()
            }
            Err(why) => {
                // What was not kept has overtaken nothing: the members' signatures wait on.
                self.desk.drafts = drafts;
                self.desk.twice.forget_met();
                halt(answers, &why);
                Ok(())
            }
        }
    }

    /// What shows a key in use on two machines is durable before anybody is told that the second text is refused.
    fn keep_twice(&mut self) {
        let entries = self.store.entries();
        let entry = |index: u64| entries.read(index..index.saturating_add(1), NOTE_BYTES_MAX).ok()?.pop();
        self.desk.twice.keep_met(&self.metrics, entry);
    }

    /// Why no note is taken at this moment, if none is.
    fn takes_nothing(&mut self) -> Result<Option<Halted>, ServerError> {
        match self.desk.guard.standing() {
            Standing::Signing => {}
            Standing::Restored(size) => return Ok(Some(Halted::NotReleased(not_released(self.home.event, size)))),
            Standing::Doubted(doubt) => return Ok(Some(Halted::NotReleased(doubt.to_string()))),
            Standing::Halted(halt) => return Ok(Some(Halted::ForGood(halt.to_string()))),
        }
        if let Err(why) = self.settle()? {
            return Ok(Some(why));
        }
        if self.full && !self.store.has_room() {
            return Ok(Some(no_room("no room yet")));
        }
        self.full = false;
        Ok(None)
    }

    /// Brings the group that the second journal lacks to it, and publishes it; the inner error: there is no room yet.
    fn settle(&mut self) -> Result<Result<(), Halted>, ServerError> {
        let Some(owed) = self.owed.take() else { return Ok(Ok(())) };
        match self.store.settle() {
            Ok(()) => {
                let now = Instant::now();
                for s in &owed.applied {
                    self.desk.replay.take(s);
                    self.desk.drafts.recorded(s, &self.desk.replay.count, now);
                }
                self.post(&owed.applied, &owed.head, owed.note);
                self.metrics.group(owed.applied.len(), owed.began.elapsed());
                self.owed_bulletins().map(Ok)
            }
            Err(CommitError::Owed(error)) => {
                self.owed = Some(owed);
                Ok(Err(not_in_both(&error)))
            }
            Err(other) => Err(self.ended(other)),
        }
    }

    /// A close and what follows it on its contest may come in one group; the bulletin stands between them.
    fn owes_bulletin_before(&self, note: &Result<SignedStatement, Refusal>) -> bool {
        let Ok(s) = note else { return false };
        match s.statement.link() {
            Link::Desk { contest: Some(id), .. } => self.desk.replay.count.awaiting_bulletin().contains(&id),
            _ => false,
        }
    }

    fn flush(&mut self, applied: &mut Vec<SignedStatement>) -> Result<Result<(), Halted>, ServerError> {
        let kept = self.keep(applied)?;
        applied.clear();
        if kept.is_ok() {
            self.owed_bulletins()?;
        }
        Ok(kept)
    }

    fn rule(&mut self, note: Result<SignedStatement, Refusal>, applied: &mut Vec<SignedStatement>) -> Ruled {
        let s = match note {
            Ok(s) => s,
            Err(refusal) => return self.ruled(Ruling::Refused(refusal), None, None),
        };
        let (sid, now) = (Some(s.sid), Instant::now());
        let s = match self.desk.drafts.complete(s, now) {
            Ok(s) => s,
            Err(refusal) => return self.ruled(Ruling::Refused(refusal), sid, None),
        };
        let ruling = match self.desk.replay.rule(&s) {
            // The server makes its bulletins itself; nobody hands them in, not even with its key.
            ruling if s.statement.kind() == Kind::Bulletin && ruling.is_logged() => {
                Ruling::Refused(Refusal::NotTheServer)
            }
            ruling => ruling,
        };
        match &ruling {
            Ruling::Repeated { index, .. } => {
                let index = *index;
                self.ruled(ruling, sid, Some(index))
            }
            Ruling::Draft { threshold, .. } => {
                let threshold = *threshold;
                let kept = self.desk.drafts.keep(s, threshold, now);
                self.ruled(kept.map_or_else(Ruling::Refused, |()| ruling), sid, None)
            }
            _ if ruling.is_logged() => {
                let index = self.desk.replay.count.size();
                self.desk.replay.take_ruled(&s, &ruling);
                self.desk.drafts.recorded(&s, &self.desk.replay.count, now);
                applied.push(s);
                self.ruled(ruling, sid, Some(index))
            }
            _ => {
                self.desk.twice.look_at(&self.desk.replay.count, &s);
                self.ruled(ruling, sid, None)
            }
        }
    }

    fn ruled(&self, ruling: Ruling, sid: Option<Sid>, index: Option<u64>) -> Ruled {
        self.metrics.ruled(&ruling);
        Ruled { ruling, sid, entry: index.map(|index| (index, Vec::new())) }
    }

    /// Makes what was applied durable and publishes it. The inner error: nothing was kept, and the state is again what
    /// the journal says.
    fn keep(&mut self, applied: &[SignedStatement]) -> Result<Result<(), Halted>, ServerError> {
        if applied.is_empty() {
            return Ok(Ok(()));
        }
        let began = Instant::now();
        let head = checkpoint_of(&self.log, &self.desk.replay);
        if self.owed.is_some() {
            self.take_back(head.size - applied.len() as u64)?;
            return Ok(Err(not_in_both("the group before it waits")));
        }
        let note = head.sign(&self.log);
        let notes: Vec<&[u8]> = applied.iter().map(|s| s.note.as_bytes()).collect();
        let prev_size = head.size - applied.len() as u64;
        let prev_root = self.desk.replay.tree.root_at(prev_size).unwrap_or(Hash::ZERO);
        let group = Group { prev_size, prev_root, notes: &notes, checkpoint: note.as_bytes(), head: &head };
        match self.store.commit(&group) {
            Ok(()) => {}
            Err(CommitError::NoSpace(error)) => {
                tracing::error!(%error, "a disk is full: nothing is taken until there is room");
                self.take_back(prev_size)?;
                self.full = true;
                return Ok(Err(no_room(&error)));
            }
            Err(CommitError::Owed(error)) => {
                tracing::error!(%error, "the second disk is full: the last group is acknowledged when it has it too");
                self.take_back(prev_size)?;
                self.owed = Some(Owed { applied: applied.to_vec(), head, note, began });
                return Ok(Err(not_in_both(&error)));
            }
            Err(other) => return Err(self.ended(other)),
        }
        self.post(applied, &head, note);
        self.metrics.group(applied.len(), began.elapsed());
        Ok(Ok(()))
    }

    /// The state is again what was acknowledged.
    fn take_back(&mut self, size: u64) -> Result<(), ServerError> {
        let (replay, ..) = restart_state(&self.store, self.desk.replay.count.rules().clone(), &self.log, size)?;
        self.desk.replay = replay;
        self.metrics.no_space();
        Ok(())
    }

    /// What cannot be mended while the server runs.
    fn ended(&self, error: CommitError) -> ServerError {
        let path = self.store.path().to_owned();
        match error {
            CommitError::Fenced(epoch) => {
                let size = self.desk.board.size();
                let halt = Halt { own: size, seen: size, cause: Cause::Epoch(epoch), checkpoint: None };
                self.desk.guard.halt(halt.clone());
                ServerError::Halted(halt)
            }
            CommitError::Second(error) => *error,
            CommitError::Overtaken => {
                ServerError::Inconsistent { path, why: "another writer has written, or put another file there".into() }
            }
            CommitError::Unknown(source) | CommitError::NoSpace(source) | CommitError::Owed(source) => {
                ServerError::Journal { path, source }
            }
        }
    }

    /// Posts and publishes a group that is wherever it must be.
    fn post(&mut self, applied: &[SignedStatement], head: &Checkpoint, note: Note) {
        self.head = Bytes::copy_from_slice(note.as_bytes());
        self.desk.board.post(head, note);
        for s in applied {
            if let Statement::Bulletin(b) = &s.statement {
                self.desk.board.post_bulletin(b.contest, b.size, Bytes::copy_from_slice(s.note.as_bytes()));
            }
        }
        self.publish(applied, head.size - applied.len() as u64);
    }

    fn publish(&self, applied: &[SignedStatement], first: u64) {
        let replay = &self.desk.replay;
        self.index.push(applied.iter().map(|s| s.sid), |size| replay.tree.root_at(size));
        self.published.send_replace(Arc::new(published(replay, self.head.clone())));
        if self.committed.receiver_count() > 0 {
            let notes = applied.iter().map(|s| Bytes::copy_from_slice(s.note.as_bytes())).collect();
            let _ = self.committed.send(Arc::new(Committed { first, notes, checkpoint: self.head.clone() }));
        }
    }

    fn answer(&self, mut rulings: Vec<Ruled>, answer: oneshot::Sender<Result<Submitted, Halted>>) {
        let tree = &self.desk.replay.tree;
        for ruled in &mut rulings {
            if let Some((index, proof)) = &mut ruled.entry {
                *proof = tree.inclusion_proof(*index, tree.size()).unwrap_or_default();
            }
        }
        // Nobody waiting any more is no error: the table asks again and is told "repeated".
        let _ = answer.send(Ok(Submitted { rulings, checkpoint: self.head.clone() }));
    }

    /// Exactly one bulletin for each close, made by the server; a restarted server appends a missing one.
    fn owed_bulletins(&mut self) -> Result<(), ServerError> {
        if self.owed.is_some() || self.desk.guard.standing() != Standing::Signing {
            return Ok(());
        }
        let mut applied = Vec::new();
        let (size, root) = (self.desk.replay.count.size(), self.desk.replay.tree.root());
        for contest in self.desk.replay.count.awaiting_bulletin() {
            let Some(mut bulletin) = self.desk.replay.count.bulletin(contest, root) else { continue };
            (bulletin.size, bulletin.root) = (size, root);
            let note = self.desk.tally.sign_text(&Statement::Bulletin(Box::new(bulletin)).text());
            let opened = SignedStatement::open(note.as_bytes(), self.desk.replay.count.keys());
            match opened.map(|s| (self.desk.replay.rule(&s), s)) {
                Ok((ruling, s)) if ruling.is_logged() => {
                    self.desk.replay.take_ruled(&s, &ruling);
                    applied.push(s);
                }
                other => {
                    let why = other.map_or_else(|r| r.say().en, |(ruling, _)| ruling.say().en);
                    tracing::error!(%contest, why, "the server's own bulletin is refused");
                }
            }
        }
        // Without room the bulletin stays owed and is made with the next group; nobody has seen it.
        self.keep(&applied).map(|_| ())
    }
}

/// None of these is acknowledged; their senders are told and keep them.
fn halt<T>(submissions: Vec<(T, oneshot::Sender<Result<Submitted, Halted>>)>, why: &Halted) {
    for (_, answer) in submissions {
        let _ = answer.send(Err(why.clone()));
    }
}

type Submission = (Vec<Result<SignedStatement, Refusal>>, oneshot::Sender<Result<Submitted, Halted>>);

fn published(replay: &Replay, checkpoint: Bytes) -> Published {
    Published {
        size: replay.count.size(),
        checkpoint,
        keys: replay.count.keys().clone(),
        public_size: replay.count.public_size(),
    }
}
