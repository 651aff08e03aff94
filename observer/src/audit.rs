//! The whole of protocol §7 over a stream of entries: event, signatures, grammar, authority at that index, chains, rules,
//! roots, and equality with every bulletin. The same for a copied folder, a server and a live stream.
//! It refuses to know where entries, checkpoints and bulletins come from.

use crate::verdict::{Finding, Verdict};
use std::collections::BTreeMap;
use tally::{
    ContestId, Replay, Sid, SignedStatement, Statement,
    bulletin::first_difference,
    count::Role,
    statement::{Bulletin, Disclosure, NOTE_BYTES_MAX},
};
use tlog::{Checkpoint, CheckpointError, Hash, Note, cosignature};

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

/// An audit on its way from the first entry to the last.
pub struct Audit {
    event: Sid,
    replay: Replay,
    /// Bulletins that speak of a size not reached yet.
    waiting: BTreeMap<u64, Vec<Posted>>,
    /// Bulletins that came after their size was passed.
    late: Vec<Posted>,
    /// Every bulletin the tally key has signed, by what it speaks of.
    said: BTreeMap<(ContestId, u64), (Sid, Vec<u8>)>,
    /// The first bulletin that says something else than the log. It waits: a second one of the tally key about the same
    /// contest and size would make it an equivocation.
    wrong: Option<Finding>,
    batches: u64,
}

impl Audit {
    /// Nothing is trusted but the sid of the manifest, from the event ticket.
    #[must_use]
    pub fn new(event: Sid) -> Self {
        Self {
            event,
            replay: Replay::new(),
            waiting: BTreeMap::new(),
            late: Vec::new(),
            said: BTreeMap::new(),
            wrong: None,
            batches: 0,
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
        let wrong = |code, field, vi: String, en: String| {
            Err(Finding::new(Verdict::Mismatch, code, field, vi, en).at_entry(0))
        };
        match Note::parse(bytes) {
            Err(e) => wrong("V-NOTE", "text", format!("mục 0 không phải văn bản ký: {e}"), format!("entry 0 is no note: {e}")),
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

    /// Remembers what the tally key said of this contest at this size.
    fn hear(&mut self, bulletin: &Bulletin, s: &SignedStatement, place: &str) -> Result<(), Finding> {
        let key = (bulletin.contest, bulletin.size);
        let (before, bytes) = self.said.entry(key).or_insert_with(|| (s.sid, s.note.as_bytes().to_vec()));
        if *before == s.sid {
            return Ok(());
        }
        let (contest, size) = key;
        Err(Finding::new(
            Verdict::Equivocation,
            "V-TWO-BULLETINS",
            "bulletin",
            format!("khóa tổng hợp đã ký hai bản tin khác nhau của {contest} ở cỡ {size}"),
            format!("the tally key has signed two different bulletins of {contest} at size {size}"),
        )
        .in_file(place)
        .with("bulletin-1.note", bytes)
        .with("bulletin-2.note", s.note.as_bytes()))
    }

    fn is_of_the_tally(&self, s: &SignedStatement) -> bool {
        let tally = |name: &str| self.replay.count.keys().holder(name).is_some_and(|h| h.role == Role::Tally);
        !s.signers.is_empty() && s.signers.iter().all(|name| tally(name))
    }

    /// Takes in a published bulletin; it is compared when the entries reach its size.
    ///
    /// # Errors
    /// It is compared at once when its size is the present one.
    pub fn post(&mut self, posted: Posted) -> Result<(), Finding> {
        match posted.size.cmp(&self.size()) {
            std::cmp::Ordering::Greater => self.waiting.entry(posted.size).or_default().push(posted),
            std::cmp::Ordering::Equal => self.check_posted(&posted, None)?,
            std::cmp::Ordering::Less => self.late.push(posted),
        }
        Ok(())
    }

    /// Bulletins whose size was passed before they came; each is to be compared by [`Audit::check_late`].
    pub fn take_late(&mut self) -> Vec<Posted> {
        std::mem::take(&mut self.late)
    }

    /// Bulletins that speak of a size that was never reached.
    pub fn take_waiting(&mut self) -> Vec<Posted> {
        std::mem::take(&mut self.waiting).into_values().flatten().collect()
    }

    /// Compares a bulletin with a replay of exactly its size, made from entries whose leaves stand in this log.
    ///
    /// # Errors
    /// It is not signed as it must be, or contradicts another.
    pub fn check_late(&mut self, posted: &Posted, then: &Replay) -> Result<(), Finding> {
        self.check_posted(posted, Some(then))
    }

    fn check_posted(&mut self, posted: &Posted, then: Option<&Replay>) -> Result<(), Finding> {
        let s = self.open_posted(posted)?;
        let Statement::Bulletin(bulletin) = &s.statement else { return Err(misplaced(posted, "kind")) };
        self.hear(bulletin, &s, &posted.place)?;
        let then = then.unwrap_or(&self.replay);
        let ours = then.tree.root_at(bulletin.size).and_then(|root| then.count.bulletin(bulletin.contest, root));
        let field = match &ours {
            None => Some("contest"),
            Some(ours) => first_difference(ours, bulletin),
        };
        if let (Some(field), None) = (field, &self.wrong) {
            let (contest, size) = (bulletin.contest, bulletin.size);
            self.wrong = Some(
                Finding::new(
                    Verdict::Mismatch,
                    "V-BULLETIN",
                    field,
                    format!("bản tin của {contest} ở cỡ {size} không khớp nhật ký"),
                    format!("the bulletin of {contest} at size {size} is not what the log says"),
                )
                .in_file(&posted.place),
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

    /// Reads a checkpoint strictly with the log's key, which the manifest names.
    ///
    /// # Errors
    /// It is none of this log.
    pub fn open_checkpoint(&self, note: &Note) -> Result<Checkpoint, Finding> {
        let wrong = |code, field, vi: String, en: String| {
            Finding::new(Verdict::Mismatch, code, field, vi, en).in_file("checkpoint")
        };
        let Some(manifest) = self.replay.count.manifest() else {
            return Err(wrong("V-NO-MANIFEST", "origin", "chưa có bản khai".into(), "there is no manifest yet".into()));
        };
        let stated = Checkpoint::parse(note.text()).map(|c| c.origin).unwrap_or_default();
        Checkpoint::open(note, &manifest.log).map_err(|e| match e {
            _ if stated != *manifest.origin => wrong(
                "V-ORIGIN",
                "origin",
                format!("điểm kiểm của `{stated}`, không phải của `{}`", manifest.origin),
                format!("the checkpoint is of `{stated}`, not of `{}`", manifest.origin),
            ),
            CheckpointError::Note(e) => {
                wrong("V-CHECKPOINT", "signatures", format!("chữ ký điểm kiểm sai: {e}"), format!("checkpoint: {e}"))
            }
            e => wrong("V-CHECKPOINT", "text", format!("điểm kiểm sai: {e}"), e.to_string()),
        })
    }

    /// The entries read so far have the root the checkpoint states; its size has been reached.
    ///
    /// # Errors
    /// They have another.
    pub fn check_root(&self, checkpoint: &Checkpoint) -> Result<(), Finding> {
        if self.replay.tree.root_at(checkpoint.size) == Some(checkpoint.root) {
            return Ok(());
        }
        let size = checkpoint.size;
        let vi = format!("gốc của {size} mục không phải gốc mà điểm kiểm ghi");
        let en = format!("the root of the {size} entries is not the root the checkpoint states");
        Err(Finding::new(Verdict::Mismatch, "V-ROOT", "root", vi, en).in_file("checkpoint"))
    }

    /// How many witnesses cosigned, and how many must; `Err` when a listed witness's line is bad.
    ///
    /// # Errors
    /// A cosignature of a witness of this event does not verify.
    pub fn quorum(&self, checkpoint: &Note) -> Result<(u64, u64), Finding> {
        let need = self.replay.count.manifest().map_or(u64::MAX, |m| m.witness_quorum);
        let witnesses = self.replay.count.keys().witnesses();
        match cosignature::quorum(checkpoint, &witnesses) {
            Ok(have) => Ok((have.len() as u64, need)),
            Err(e) => {
                let vi = format!("dòng nhân chứng sai: {e}");
                Err(Finding::new(Verdict::Mismatch, "V-COSIGNATURE", "signatures", vi, e.to_string())
                    .in_file("checkpoint"))
            }
        }
    }

    /// Whether entries may end early because the public does not see them yet (protocol §6).
    #[must_use]
    pub fn public_view_may_stop(&self) -> bool {
        use tally::ruling::Phase::{Announced, Annulled};
        let hides = |m: &tally::statement::Manifest| m.disclosure == Disclosure::Public && !m.live_totals;
        let open = |c: &tally::count::ContestCount| !matches!(c.phase(), Announced | Annulled);
        self.replay.count.manifest().is_some_and(hides) && self.replay.count.contests().any(open)
    }

    /// The newest checkpoint verified before, against what stands now: a log that lost or changed an entry has
    /// equivocated. `found` is signed and has the root of these entries.
    ///
    /// # Errors
    /// They contradict each other, or the log has become shorter, which proves nothing yet.
    pub fn check_remembered(&self, remembered: &Note, found: &Note) -> Result<(), Finding> {
        let (before, now) = (self.open_checkpoint(remembered)?, self.open_checkpoint(found)?);
        if before.size > now.size {
            let (size, seen) = (now.size, before.size);
            return Err(Finding::new(
                Verdict::Provisional,
                "V-OLDER",
                "size",
                format!("bản này có {size} mục, trước đây đã kiểm {seen} mục; hãy lấy bản mới hơn"),
                format!("this copy has {size} entries, {seen} were verified before; take a newer copy"),
            )
            .in_file("checkpoint"));
        }
        if self.replay.tree.root_at(before.size) == Some(before.root) {
            return Ok(());
        }
        let leaves: Vec<u8> = (0..now.size).filter_map(|i| self.replay.tree.leaf(i)).flat_map(|leaf| leaf.0).collect();
        Err(Finding::new(
            Verdict::Equivocation,
            "V-INCONSISTENT",
            "root",
            format!("khóa nhật ký đã ký hai lịch sử: cỡ {} trước đây và cỡ {} bây giờ", before.size, now.size),
            format!("the log key has signed two histories: size {} before and size {} now", before.size, now.size),
        )
        .in_file("checkpoint")
        .with("checkpoint-before.note", remembered.as_bytes())
        .with("checkpoint-now.note", found.as_bytes())
        .with("leaves-now.sha256", &leaves))
    }
}

fn misplaced(posted: &Posted, field: &str) -> Finding {
    let (contest, size) = (posted.contest, posted.size);
    let vi = format!("ở đây phải là bản tin của {contest} ở cỡ {size}, do khóa tổng hợp ký");
    let en = format!("here belongs the bulletin of {contest} at size {size}, signed by the tally key");
    Finding::new(Verdict::Mismatch, "V-BULLETIN-PLACE", field, vi, en).in_file(&posted.place)
}

/// The most a published bulletin may have.
pub const BULLETIN_BYTES_MAX: usize = NOTE_BYTES_MAX;
