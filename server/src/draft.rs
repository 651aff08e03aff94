//! Desk statements that wait for their k-th signature, in bounded memory (protocol §4): any member completes one, any
//! member may say no. A draft dies when another statement overtakes it, when nobody completes it in time, and when too
//! few members are left who could still sign; how the last ones ended is told. It refuses to know the rules and the
//! clock: who has a say comes from the count, and the time is an argument.

mod ended;
mod refuse;

pub(crate) use ended::{End, Ended};
pub(crate) use refuse::{CannotRefuse, NoToADraft};

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};
use tally::{
    Count, Sid,
    count::Authority,
    ruling::Refusal,
    signed::SignedStatement,
    statement::{Link, NOTE_BYTES_MAX},
};
use tlog::{
    Note,
    note::{STRICT_LINES_MAX, SignatureLine},
};

/// A hall has a handful of drafts at a time; more is somebody's mistake.
const DRAFTS_MAX: usize = 256;
/// What one member may have begun: nobody fills the memory alone.
const DRAFTS_OF_ONE_MAX: usize = 16;
/// All texts together, so that a list of them fits one message; a full share of the largest notes is half of it.
const TEXT_BYTES_MAX: usize = 2 << 20;
/// Nobody waits longer for a signature than a session of the congress.
pub(crate) const AGE_MAX: Duration = Duration::from_secs(4 * 3600);

/// The drafts of one event.
#[derive(Clone)]
pub(crate) struct Drafts {
    event: Sid,
    waiting: BTreeMap<Sid, Arc<Draft>>,
    /// The last ones that ended, the latest at the back.
    ended: VecDeque<Arc<Ended>>,
}

/// One statement that waits.
#[derive(Clone)]
pub(crate) struct Draft {
    /// What was signed so far.
    pub(crate) signed: SignedStatement,
    /// Members needed.
    pub(crate) threshold: usize,
    /// When the first of them signed.
    pub(crate) since: Instant,
    /// Members who said no, in the order they did.
    pub(crate) refusals: Vec<NoToADraft>,
    /// Whose draft it is, for the share that one member may have.
    begun_by: Box<str>,
}

impl Drafts {
    /// An event of which nothing waits.
    pub(crate) fn of(event: Sid) -> Self {
        Self { event, waiting: BTreeMap::new(), ended: VecDeque::new() }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The statement with the signatures of everybody who signed it so far, this note's included; each member once, and
    /// no more than a note may carry.
    ///
    /// # Errors
    /// Together they are larger than a note: nobody could verify such an entry.
    pub(crate) fn complete(&mut self, s: SignedStatement, now: Instant) -> Result<SignedStatement, Refusal> {
        self.let_expire(now);
        let Some(draft) = self.waiting.get(&s.sid) else { return Ok(s) };
        let fresh = |line: &&SignatureLine| !draft.has_signed(line.name());
        let lines = draft.signed.note.signatures().iter().chain(s.note.signatures().iter().filter(fresh));
        // A board may have more members than a note has lines; enough for any threshold fit.
        let together = with_lines(&s, lines.take(STRICT_LINES_MAX).cloned());
        match together.note.as_bytes().len() {
            bytes if bytes > NOTE_BYTES_MAX => Err(Refusal::Oversized { bytes, max: NOTE_BYTES_MAX }),
            _ => Ok(together),
        }
    }

    /// Keeps a statement that waits. Whoever signs has thought again: their refusal falls.
    ///
    /// # Errors
    /// There is no room for one more, of this member or at all.
    pub(crate) fn keep(&mut self, signed: SignedStatement, threshold: usize, now: Instant) -> Result<(), Refusal> {
        self.let_expire(now);
        let (sid, kind, have) = (signed.sid, signed.statement.kind(), signed.signers.len());
        if let Some(draft) = self.waiting.get_mut(&sid) {
            let draft = Arc::make_mut(draft);
            for by in signed.signers.iter().filter(|name| !draft.has_signed(name)) {
                tracing::info!(event = %self.event, %kind, %by, have, threshold, "draft signed");
            }
            draft.refusals.retain(|no| !signed.signers.contains(&no.name));
            (draft.signed, draft.threshold) = (signed, threshold);
            return Ok(());
        }
        let begun_by = signed.signers.first().cloned().unwrap_or_default();
        self.check_room(&begun_by, signed.note.text().len())?;
        tracing::info!(event = %self.event, %kind, by = %begun_by, have, threshold, "draft kept");
        // Proposed again: what became of it last time no longer matters.
        self.ended.retain(|ended| ended.sid != sid);
        self.waiting.insert(sid, Arc::new(Draft { signed, threshold, since: now, refusals: Vec::new(), begun_by }));
        Ok(())
    }

    fn check_room(&self, begun_by: &str, bytes: usize) -> Result<(), Refusal> {
        let theirs = self.waiting.values().filter(|d| &*d.begun_by == begun_by).count();
        if theirs >= DRAFTS_OF_ONE_MAX {
            return Err(Refusal::DraftRoom { name: Some(begun_by.to_owned()), waiting: theirs });
        }
        let waiting = self.len();
        let texts: usize = self.waiting.values().map(|d| d.signed.note.text().len()).sum();
        if waiting >= DRAFTS_MAX || texts.saturating_add(bytes) > TEXT_BYTES_MAX {
            return Err(Refusal::DraftRoom { name: None, waiting });
        }
        Ok(())
    }

    /// A statement was recorded: it waits no more, what followed the same head is overtaken, and after a board, a key or
    /// a revocation other members have a say. `count` has the statement in it.
    pub(crate) fn recorded(&mut self, s: &SignedStatement, count: &Count, now: Instant) {
        let Link::Desk { contest, .. } = s.statement.link() else { return };
        // Whatever became of it as a draft, the log has it.
        if let Some(former) = self.ended.iter_mut().find(|ended| ended.sid == s.sid) {
            Arc::make_mut(former).end = End::Recorded;
        }
        let on_it = |d: &Draft| matches!(d.signed.statement.link(), Link::Desk { contest: of, .. } if of == contest);
        let dead: Vec<Sid> = self.waiting.iter().filter(|(_, d)| on_it(d)).map(|(sid, _)| *sid).collect();
        for sid in dead {
            self.end(sid, if sid == s.sid { End::Recorded } else { End::Overtaken { by: s.sid } }, now);
        }
        if contest.is_none() {
            self.judge_again(count, now);
        }
    }

    /// A signature of somebody who has no say any more would have everybody else's refused with it.
    fn judge_again(&mut self, count: &Count, now: Instant) {
        let mut dead = Vec::new();
        for (sid, draft) in &mut self.waiting {
            let authority = count.authority(&draft.signed.statement);
            if let Some(end) = authority.map_or(Some(End::Unsigned), |a| Arc::make_mut(draft).judge(&a)) {
                dead.push((*sid, end));
            }
        }
        for (sid, end) in dead {
            self.end(sid, end, now);
        }
    }

    /// Everything that waits, the oldest first.
    pub(crate) fn waiting(&mut self, now: Instant) -> Vec<Arc<Draft>> {
        self.let_expire(now);
        let mut drafts: Vec<Arc<Draft>> = self.waiting.values().map(Arc::clone).collect();
        drafts.sort_by_key(|d| d.since);
        drafts
    }

    /// The last ones that ended, the latest first.
    pub(crate) fn ended(&self) -> impl Iterator<Item = &Ended> {
        self.ended.iter().rev().map(|ended| &**ended)
    }

    /// Nothing waits beyond its time, whoever comes.
    fn let_expire(&mut self, now: Instant) {
        let old = |d: &Draft| now.saturating_duration_since(d.since) >= AGE_MAX;
        let dead: Vec<Sid> = self.waiting.iter().filter(|(_, d)| old(d)).map(|(sid, _)| *sid).collect();
        for sid in dead {
            self.end(sid, End::Expired, now);
        }
    }
}

impl Draft {
    /// Whether the key of that name has signed.
    pub(crate) fn has_signed(&self, name: &str) -> bool {
        self.signed.signers.iter().any(|signer| &**signer == name)
    }

    /// Holds it against who has a say now; an answer ends it.
    fn judge(&mut self, authority: &Authority<'_>) -> Option<End> {
        self.threshold = usize::try_from(authority.threshold).unwrap_or(usize::MAX);
        let lines = self.signed.note.signatures();
        let left: Vec<SignatureLine> = lines.iter().filter(|line| authority.has(line.name())).cloned().collect();
        let first = left.first().map(|line| Box::from(line.name()));
        if left.len() < lines.len() {
            match first {
                None => return Some(End::Unsigned),
                Some(first) if !authority.has(&self.begun_by) => self.begun_by = first,
                Some(_) => {}
            }
            self.signed = with_lines(&self.signed, left);
        }
        self.refusals.retain(|no| authority.has(&no.name));
        self.is_refused(authority).then_some(End::Refused)
    }

    /// Whether too few are left who have not said no.
    fn is_refused(&self, authority: &Authority<'_>) -> bool {
        let said_no = |name: &str| self.refusals.iter().any(|no| &*no.name == name);
        let left = authority.keys.iter().filter(|key| !said_no(key.name())).count() as u64;
        !self.refusals.is_empty() && left < authority.threshold
    }
}

/// The statement with these signature lines, each a line of its own.
fn with_lines(s: &SignedStatement, lines: impl IntoIterator<Item = SignatureLine>) -> SignedStatement {
    let note = Note::signed_by(s.note.text(), lines).expect("lines of verified notes, each name once, make a note");
    let signers = note.signatures().iter().map(|line| line.name().into()).collect();
    SignedStatement { leaf: note.leaf(), sid: s.sid, statement: s.statement.clone(), signers, note }
}

#[cfg(test)]
mod tests;
