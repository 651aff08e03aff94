//! The log as the committee reads it: every entry fetched, every signature verified, replayed, and held against the
//! checkpoint signed by the log's key and against the last checkpoint remembered (protocol §7). The server is not
//! trusted. It refuses to know what the committee wants to say.

use crate::{
    doors::{Doors, PAGE_ENTRIES_MAX},
    draft::Ready,
    error::{CommitteeError, say},
    home::Home,
    standing::KeyTwice,
};
use proto::Answer;
use std::time::Duration;
use tally::{ContestId, Replay, Ruling, Sid, SignedStatement, ruling::Verdict};
use tlog::{Checkpoint, Note};

/// The server appends the bulletin of a close at once; this long it is waited for.
const BULLETIN_WAIT_MAX: Duration = Duration::from_secs(5);
const BULLETIN_ASK_EVERY: Duration = Duration::from_millis(100);

/// A verified log and the doors it came through.
pub struct Record {
    doors: Doors,
    home: Home,
    event: Sid,
    replay: Replay,
    checkpoint: Note,
}

/// What became of a note that was sent, verified in the log where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is an entry now.
    Recorded {
        /// The entry.
        index: u64,
    },
    /// It was an entry before.
    Repeated {
        /// The entry.
        index: u64,
    },
    /// It waits for more signatures.
    Draft {
        /// Signatures it has.
        have: u64,
        /// Signatures it needs.
        needed: u64,
    },
}

/// Told how many entries of how many are verified.
pub type Progress<'p> = &'p mut (dyn FnMut(u64, u64) + Send);

impl Record {
    /// Fetches and verifies the whole log.
    ///
    /// # Errors
    /// No connection; an entry, the checkpoint or the root does not verify; or the log is not the one seen before.
    pub async fn open(mut doors: Doors, home: Home, progress: Progress<'_>) -> Result<Self, CommitteeError> {
        let event = doors.ticket().event;
        let checkpoint = doors.checkpoint(home.remembered(event)?.as_ref()).await?;
        let replay = Replay::with_rules(home.rules()?);
        let mut record = Self { doors, home, event, replay, checkpoint };
        record.found().await?;
        record.catch_up(progress).await?;
        Ok(record)
    }

    /// The replay of everything verified.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// The doors this log came through.
    pub fn doors(&mut self) -> &mut Doors {
        &mut self.doors
    }

    /// Entry 0 is the manifest that names the event; its keys are the only ones trusted from here on.
    async fn found(&mut self) -> Result<(), CommitteeError> {
        let page = self.doors.page(0, 1).await?;
        let Some((0, note)) = page.entries.into_iter().next() else {
            let why = "the server shows this key no entry of the event".to_owned();
            return Err(CommitteeError::NotEnrolled(why));
        };
        let sid = SignedStatement::open_manifest(&note)?.sid;
        if sid != self.event {
            let why = format!("entry 0 is the manifest of {sid}, not of {}", self.event);
            return Err(CommitteeError::Differs { field: "manifest", why });
        }
        self.replay.verify(&note)?;
        let (named, ticket) = (self.replay.count.manifest().map(|m| &m.tally), &self.doors.ticket().tally);
        if named != Some(ticket) {
            let why = format!("the ticket names the server's key {ticket}, the manifest another: the ticket is forged");
            return Err(CommitteeError::Differs { field: "ticket", why });
        }
        Ok(())
    }

    /// Fetches and verifies what came since, up to the newest checkpoint.
    ///
    /// # Errors
    /// As [`Record::open`].
    pub async fn catch_up(&mut self, progress: Progress<'_>) -> Result<(), CommitteeError> {
        // Read first: another program of this home may remember a newer checkpoint while we fetch.
        let seen = self.home.remembered(self.event)?;
        let note = self.doors.checkpoint(seen.as_ref()).await?;
        let shown = self.open_checkpoint(&note)?;
        while self.replay.count.size() < shown.size {
            let next = self.replay.count.size();
            let page = self.doors.page(next, (shown.size - next).min(PAGE_ENTRIES_MAX)).await?;
            if page.entries.is_empty() {
                return Err(CommitteeError::Hidden { readable: page.readable, size: shown.size });
            }
            self.take(&page.entries)?;
            progress(self.replay.count.size(), shown.size);
        }
        if let Some(seen) = seen {
            self.hold_against(&seen, &note, &shown)?;
        }
        if self.replay.tree.root_at(shown.size) != Some(shown.root) {
            let why = format!("the entries do not have the root signed at size {}", shown.size);
            return Err(CommitteeError::Differs { field: "root", why });
        }
        self.home.remember(self.event, &note)?;
        self.checkpoint = note;
        Ok(())
    }

    fn take(&mut self, entries: &[(u64, bytes::Bytes)]) -> Result<(), CommitteeError> {
        for (index, note) in entries {
            let next = self.replay.count.size();
            if *index != next {
                let why = format!("entry {next} was asked for, entry {index} came");
                return Err(CommitteeError::Differs { field: "index", why });
            }
            self.replay.verify(note)?;
        }
        Ok(())
    }

    fn open_checkpoint(&self, note: &Note) -> Result<Checkpoint, CommitteeError> {
        let differs = |why: String| CommitteeError::Differs { field: "checkpoint", why };
        let manifest = self.replay.count.manifest().ok_or_else(|| differs("there is no manifest".to_owned()))?;
        Checkpoint::open(note, &manifest.log).map_err(|e| differs(e.to_string()))
    }

    /// The log seen before is the beginning of this one.
    fn hold_against(&self, seen_note: &Note, note: &Note, shown: &Checkpoint) -> Result<(), CommitteeError> {
        let seen = self.open_checkpoint(seen_note)?;
        let equivocates = if seen.size == shown.size {
            seen.root != shown.root
        } else if seen.size > shown.size {
            return Err(CommitteeError::Behind { seen: seen.size, shown: shown.size });
        } else {
            self.replay.tree.root_at(seen.size) != Some(seen.root)
        };
        if equivocates {
            let evidence = self.home.keep_evidence(self.event, seen_note, note)?;
            return Err(CommitteeError::Equivocation { evidence });
        }
        Ok(())
    }

    /// An entry read again: the very bytes that were verified, by their leaf in our own tree.
    ///
    /// # Errors
    /// No connection; or the server shows other bytes than before.
    pub async fn entry(&mut self, index: u64) -> Result<SignedStatement, CommitteeError> {
        let page = self.doors.page(index, 1).await?;
        let signed = match page.entries.first() {
            // The leaf is of the signatures too, and they were verified when it was first read.
            Some((at, note)) if *at == index => SignedStatement::reread(note)?,
            _ => return Err(CommitteeError::Hidden { readable: page.readable, size: self.replay.count.size() }),
        };
        if self.replay.tree.leaf(index) != Some(signed.leaf) {
            let why = format!("entry {index} is not the one that was verified");
            return Err(CommitteeError::Differs { field: "entry", why });
        }
        Ok(signed)
    }

    /// Tables' keys in use on two machines, each verified against this log; nothing where this reader may not ask.
    ///
    /// # Errors
    /// No connection, or the log does not verify.
    pub async fn keys_in_use_twice(&mut self) -> Result<Option<Vec<KeyTwice>>, CommitteeError> {
        let Some(shown) = self.doors.keys_twice().await? else { return Ok(None) };
        // What the second text contradicts may have come in since this log was read.
        if shown.iter().any(|(entry, _)| *entry >= self.replay.count.size()) {
            self.catch_up(&mut |_, _| ()).await?;
        }
        let texts: Vec<_> = shown.into_iter().map(|(_, text)| text).collect();
        Ok(Some(KeyTwice::of(&self.replay.count, &texts)))
    }

    /// Waits a few seconds until the bulletin of a closed contest is an entry.
    ///
    /// # Errors
    /// It does not come, or the log does not verify.
    pub async fn await_bulletin(&mut self, contest: ContestId) -> Result<(), CommitteeError> {
        let mut asked = Duration::ZERO;
        while self.replay.count.awaiting_bulletin().contains(&contest) {
            if asked >= BULLETIN_WAIT_MAX {
                return Err(CommitteeError::NoBulletin { contest });
            }
            tokio::time::sleep(BULLETIN_ASK_EVERY).await;
            asked += BULLETIN_ASK_EVERY;
            self.catch_up(&mut |_, _| ()).await?;
        }
        Ok(())
    }

    /// Hands a note in and verifies the answer: what is said to be recorded is looked up in the log itself.
    ///
    /// # Errors
    /// The server refuses it; or its answer does not hold.
    pub async fn submit(&mut self, ready: &Ready) -> Result<Sent, CommitteeError> {
        let answer = self.doors.submit(&ready.note, &self.checkpoint).await?;
        if answer.sid != Some(ready.sid) {
            return Err(CommitteeError::Differs {
                field: "sid",
                why: "the answer is about another statement".to_owned(),
            });
        }
        match answer.verdict {
            Verdict::Recorded => Ok(Sent::Recorded { index: self.look_up(ready, &answer).await? }),
            Verdict::Repeated => Ok(Sent::Repeated { index: self.look_up(ready, &answer).await? }),
            Verdict::Draft => {
                let (have, needed) = answer.signatures.unwrap_or_default();
                Ok(Sent::Draft { have, needed })
            }
            Verdict::Refused | Verdict::SetAside | Verdict::Live => {
                Err(CommitteeError::Refused { code: answer.code, words: say(answer.vi, answer.en) })
            }
        }
    }

    /// The entry of the statement, found by our own replay of the log after it.
    async fn look_up(&mut self, ready: &Ready, answer: &Answer) -> Result<u64, CommitteeError> {
        self.catch_up(&mut |_, _| ()).await?;
        let signed = SignedStatement::open(ready.note.as_bytes(), self.replay.count.keys())?;
        match self.replay.rule(&signed) {
            Ruling::Repeated { index, .. } if answer.index.is_none_or(|said| said == index) => Ok(index),
            _ => {
                let why = "the server says it is recorded, and it is not in the log where it should be".to_owned();
                Err(CommitteeError::Differs { field: "receipt", why })
            }
        }
    }
}
