//! The whole of protocol §7 over a stream of entries: event, signatures, grammar, authority at that index, chains, rules,
//! roots, and equality with every bulletin. The same for a copied folder, a server and a live stream.
//! It refuses to know where entries, checkpoints and bulletins come from.

pub(crate) mod checkpoint;
mod heard;
mod posted;

pub use posted::{BULLETIN_BYTES_MAX, Posted};

use crate::{
    evidence::Charge,
    verdict::{Finding, Verdict},
};
use std::{collections::BTreeMap, sync::Arc};
use tally::{
    ContestId, Replay, Sid, SignedStatement, Statement,
    count::Role,
    profile::{Rulebook, is_content_word},
    statement::Bulletin,
};
use tlog::{Note, Tree};

/// An audit on its way from the first entry to the last.
pub struct Audit {
    event: Sid,
    replay: Replay,
    /// Bulletins that speak of a size not reached yet.
    waiting: BTreeMap<u64, Vec<Posted>>,
    /// Bulletins that came after their size was passed.
    late: Vec<Posted>,
    /// Every bulletin the tally key has signed, by what it speaks of.
    said: BTreeMap<(ContestId, u64), (Sid, Note)>,
    /// The first bulletin that says something else than the log. It waits: a second one of the tally key about the same
    /// contest and size would make it an equivocation.
    wrong: Option<Finding>,
    batches: u64,
}

impl Audit {
    /// Nothing is trusted but the sid of the manifest, from the event ticket. Contests may name these rules: a file is
    /// named by its content, so it matters not who brought it.
    #[must_use]
    pub fn new(event: Sid, rules: Arc<Rulebook>) -> Self {
        Self {
            event,
            replay: Replay::with_rules(rules),
            waiting: BTreeMap::new(),
            late: Vec::new(),
            said: BTreeMap::new(),
            wrong: None,
            batches: 0,
        }
    }

    /// From the first entry on, keeps of the tree only what will be asked for: the roots of these sizes and the leaves
    /// before them. What is in memory then grows with the count alone. Nothing was read yet.
    pub(crate) fn forget_but(&mut self, sizes: impl IntoIterator<Item = u64>) {
        if self.size() == 0 {
            self.replay.tree = Tree::lean(sizes);
        }
    }

    /// The event audited.
    #[must_use]
    pub fn event(&self) -> Sid {
        self.event
    }

    /// What has been verified so far.
    #[must_use]
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Entries verified.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.replay.tree.size()
    }

    /// Batches among them.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// Verifies the next entry and every bulletin that speaks of the size it makes.
    ///
    /// # Errors
    /// The first thing an honest log would not hold.
    pub fn entry(&mut self, bytes: &[u8]) -> Result<SignedStatement, Finding> {
        let index = self.size();
        if index == 0 {
            self.check_manifest(bytes)?;
        }
        let statement = self.replay.verify(bytes).map_err(|mismatch| self.judge(bytes, mismatch.into()))?;
        match &statement.statement {
            Statement::Batch(_) => self.batches = self.batches.saturating_add(1),
            Statement::Bulletin(bulletin) => {
                self.hear(bulletin, &statement, &format!("entry {index}"))?;
            }
            _ => {}
        }
        for posted in self.waiting.remove(&self.size()).unwrap_or_default() {
            self.check_posted(&posted, None)?;
        }
        Ok(statement)
    }

    fn check_manifest(&self, bytes: &[u8]) -> Result<(), Finding> {
        let wrong =
            |code, field, vi: String, en: String| Err(Finding::new(Verdict::Mismatch, code, field, vi, en).at_entry(0));
        match Note::parse(bytes) {
            Err(e) => {
                wrong("V-NOTE", "text", format!("mục 0 không phải văn bản ký: {e}"), format!("entry 0 is no note: {e}"))
            }
            Ok(note) if note.sid() != self.event => wrong(
                "V-EVENT",
                "sid",
                format!("đây là nhật ký của sự kiện {}, không phải {}", note.sid(), self.event),
                format!("this is the log of event {}, not of {}", note.sid(), self.event),
            ),
            Ok(_) => Ok(()),
        }
    }

    /// A refused entry is a mismatch; a refused bulletin that contradicts another of the tally key is more.
    fn judge(&mut self, bytes: &[u8], finding: Finding) -> Finding {
        if let Some(missing) = self.missing_rules(bytes) {
            return missing;
        }
        let opened = SignedStatement::open(bytes, self.replay.count.keys());
        if let Ok(statement) = opened
            && let Statement::Bulletin(bulletin) = &statement.statement
            && self.is_of_the_tally(&statement)
            && let Err(equivocation) = self.hear(bulletin, &statement, &format!("entry {}", self.size()))
        {
            return equivocation;
        }
        self.wrong.take().unwrap_or(finding)
    }

    /// Rules named by their content that are not here: nothing is wrong with the log, it cannot be judged without them.
    fn missing_rules(&self, bytes: &[u8]) -> Option<Finding> {
        let statement = SignedStatement::open(bytes, self.replay.count.keys()).ok()?.statement;
        let Statement::Contest(contest) = statement else { return None };
        let (word, id) = (contest.profile, contest.contest);
        let missing = is_content_word(word.as_str()) && self.replay.count.rules().find(&word).is_none();
        missing.then(|| {
            let vi = format!("thiếu quy tắc {word} của cuộc bầu {id}: đặt tệp profiles/{word}.toml vào rồi kiểm lại");
            let en =
                format!("the rules {word} of contest {id} are missing: put profiles/{word}.toml here and check again");
            Finding::new(Verdict::Trouble, "V-RULES", "profile", vi, en).at_entry(self.size())
        })
    }

    /// Remembers what the tally key said of this contest at this size.
    fn hear(&mut self, bulletin: &Bulletin, s: &SignedStatement, place: &str) -> Result<(), Finding> {
        let key = (bulletin.contest, bulletin.size);
        let (before, first) = self.said.entry(key).or_insert_with(|| (s.sid, s.note.clone()));
        if *before == s.sid {
            return Ok(());
        }
        let (contest, size) = key;
        let two = Charge::TwoBulletins(Box::new([first.clone(), s.note.clone()]));
        Err(Finding::new(
            Verdict::Equivocation,
            "V-TWO-BULLETINS",
            "bulletin",
            format!("khóa tổng hợp đã ký hai bản tin khác nhau của {contest} ở cỡ {size}"),
            format!("the tally key has signed two different bulletins of {contest} at size {size}"),
        )
        .in_file(place)
        .charged(Some(two)))
    }

    fn is_of_the_tally(&self, s: &SignedStatement) -> bool {
        let tally = |name: &str| self.replay.count.keys().holder(name).is_some_and(|h| h.role == Role::Tally);
        !s.signers.is_empty() && s.signers.iter().all(|name| tally(name))
    }
}
