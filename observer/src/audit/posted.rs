//! Published bulletins against the count: signed by the tally key, of the size and root they state, with the figures the
//! log adds up to at that size.

use super::Audit;
use crate::{
    evidence::Charge,
    verdict::{Finding, Verdict},
};
use tally::{ContestId, Count, SignedStatement, Statement, bulletin::first_difference, statement::NOTE_BYTES_MAX};
use tlog::Hash;

/// The most a published bulletin may have.
pub const BULLETIN_BYTES_MAX: usize = NOTE_BYTES_MAX;

/// A bulletin as it was published somewhere.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Where: a path of the folder, or the name of a stream.
    pub place: String,
    /// The contest it should be of.
    pub contest: ContestId,
    /// The size it should speak of.
    pub size: u64,
    /// The note.
    pub bytes: Vec<u8>,
}

impl Audit {
    /// Takes in a published bulletin; it is compared when the entries reach its size.
    ///
    /// # Errors
    /// It is compared at once when its size is the present one.
    pub fn post(&mut self, posted: Posted) -> Result<(), Finding> {
        match posted.size.cmp(&self.size()) {
            std::cmp::Ordering::Greater => self.waiting.entry(posted.size).or_default().push(posted),
            std::cmp::Ordering::Equal => self.check_posted(&posted, None)?,
            std::cmp::Ordering::Less if self.has_judged(&posted) => {}
            std::cmp::Ordering::Less => self.late.push(posted),
        }
        Ok(())
    }

    /// Whether these very bytes were compared before: a server says them again to whoever connects again.
    fn has_judged(&self, posted: &Posted) -> bool {
        let said = self.said.get(&(posted.contest, posted.size));
        said.is_some_and(|(_, note)| note.as_bytes() == posted.bytes)
    }

    /// Bulletins whose size was passed before they came; each is to be compared by [`Audit::check_late`].
    pub fn take_late(&mut self) -> Vec<Posted> {
        std::mem::take(&mut self.late)
    }

    /// Bulletins that speak of a size that was never reached.
    pub fn take_waiting(&mut self) -> Vec<Posted> {
        std::mem::take(&mut self.waiting).into_values().flatten().collect()
    }

    /// Compares a bulletin with the count of exactly its size, made from entries whose leaves stand in this log, which
    /// still knows the root it had then.
    ///
    /// # Errors
    /// It is not signed as it must be, or contradicts another.
    pub fn check_late(&mut self, posted: &Posted, then: &Count) -> Result<(), Finding> {
        self.check_posted(posted, Some(then))
    }

    pub(super) fn check_posted(&mut self, posted: &Posted, then: Option<&Count>) -> Result<(), Finding> {
        let s = self.open_posted(posted)?;
        let Statement::Bulletin(bulletin) = &s.statement else { return Err(misplaced(posted, "kind")) };
        self.hear(bulletin, &s, &posted.place)?;
        let (then, root) = (then.unwrap_or(&self.replay.count), self.replay.tree.root_at(bulletin.size));
        let ours = root.and_then(|root| then.bulletin(bulletin.contest, root));
        let field = match &ours {
            None => Some("contest"),
            Some(ours) => first_difference(ours, bulletin),
        };
        if let (Some(field), None) = (field, &self.wrong) {
            let (contest, size) = (bulletin.contest, bulletin.size);
            // A bulletin of other entries is the log's word against the tally's: it needs no replay, and convicts neither.
            let is_of_these = root == Some(bulletin.root);
            let wrong = is_of_these.then(|| Charge::WrongBulletin { bulletin: Box::new(s.note.clone()) });
            self.wrong = Some(
                Finding::new(
                    Verdict::Mismatch,
                    "V-BULLETIN",
                    field,
                    format!("bản tin của {contest} ở cỡ {size} không khớp nhật ký"),
                    format!("the bulletin of {contest} at size {size} is not what the log says"),
                )
                .in_file(&posted.place)
                .charged(wrong),
            );
        }
        Ok(())
    }

    /// Opens a posted bulletin: signed by the tally key alone, about what its place says.
    fn open_posted(&self, posted: &Posted) -> Result<SignedStatement, Finding> {
        let open = SignedStatement::open(&posted.bytes, self.replay.count.keys()).map_err(|refusal| {
            let why = tally::Ruling::Refused(refusal.clone()).say();
            let finding = Finding::new(Verdict::Mismatch, refusal.code(), refusal.field(), why.vi, why.en);
            finding.in_file(&posted.place)
        })?;
        let Statement::Bulletin(bulletin) = &open.statement else { return Err(misplaced(posted, "kind")) };
        let field = match () {
            () if !self.is_of_the_tally(&open) => "signatures",
            () if bulletin.contest != posted.contest => "contest",
            () if bulletin.size != posted.size => "size",
            () => return Ok(open),
        };
        Err(misplaced(posted, field))
    }

    /// A bulletin that speaks of entries nobody may read yet: only its signature, and the root if it is known.
    ///
    /// # Errors
    /// What of it is wrong.
    pub fn check_beyond(&mut self, posted: &Posted, root: Option<Hash>) -> Result<(), Finding> {
        let s = self.open_posted(posted)?;
        let Statement::Bulletin(bulletin) = &s.statement else { return Err(misplaced(posted, "kind")) };
        self.hear(bulletin, &s, &posted.place)?;
        match root {
            Some(root) if root != bulletin.root => Err(misplaced(posted, "root")),
            _ => Ok(()),
        }
    }

    /// The first published bulletin that is wrong, now that nothing more can make it an equivocation.
    ///
    /// # Errors
    /// That bulletin.
    pub fn settle(&mut self) -> Result<(), Finding> {
        self.wrong.take().map_or(Ok(()), Err)
    }
}

fn misplaced(posted: &Posted, field: &str) -> Finding {
    let (contest, size) = (posted.contest, posted.size);
    let vi = format!("ở đây phải là bản tin của {contest} ở cỡ {size}, do khóa tổng hợp ký");
    let en = format!("here belongs the bulletin of {contest} at size {size}, signed by the tally key");
    Finding::new(Verdict::Mismatch, "V-BULLETIN-PLACE", field, vi, en).in_file(&posted.place)
}
