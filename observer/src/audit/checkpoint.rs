//! Checkpoints: of this log, with the root of its entries, cosigned as the manifest asks, and continuing what was seen
//! before.

use super::Audit;
use crate::{
    evidence::{Beginning, Charge},
    verdict::{Finding, Verdict},
};
use std::time::{SystemTime, UNIX_EPOCH};
use tally::statement::Disclosure;
use tlog::{Checkpoint, CheckpointError, Note, VerifierKey, cosignature};

/// A witness's clock may run ahead of this computer's by so many seconds.
const CLOCK_AHEAD_MAX: u64 = 600;

impl Audit {
    /// Reads a checkpoint strictly with the log's key, which the manifest names.
    ///
    /// # Errors
    /// It is none of this log.
    pub fn open_checkpoint(&self, note: &Note) -> Result<Checkpoint, Finding> {
        match self.replay.count.manifest() {
            Some(manifest) => open(note, &manifest.log),
            None => Err(wrong("V-NO-MANIFEST", "origin", "chưa có bản khai".into(), "there is no manifest yet".into())),
        }
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
        self.cosigners(checkpoint).map(|(have, need, _)| (have, need))
    }

    /// The same, and a reason if the time of a cosignature is still to come: it does not count, whoever's clock is wrong.
    fn cosigners(&self, checkpoint: &Note) -> Result<(u64, u64, Option<Finding>), Finding> {
        let need = self.replay.count.manifest().map_or(u64::MAX, |m| m.witness_quorum);
        let witnesses = self.replay.count.keys().witnesses();
        let have = cosignature::quorum(checkpoint, &witnesses).map_err(|e| {
            let vi = format!("dòng nhân chứng sai: {e}");
            wrong("V-COSIGNATURE", "signatures", vi, e.to_string())
        })?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let is_ahead = |(_, time): &&(&VerifierKey, u64)| *time > now.saturating_add(CLOCK_AHEAD_MAX);
        let ahead = have.iter().filter(is_ahead).count();
        let reason = have.iter().find(is_ahead).map(|(witness, time)| ahead_of_us(witness, time.saturating_sub(now)));
        Ok((have.len().saturating_sub(ahead) as u64, need, reason))
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
        self.check_same_size(remembered, found)?;
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
        let beginning = Beginning::of(&self.replay.tree, before.size, now.size);
        Err(two_histories([remembered, found], [before.size, now.size], beginning))
    }

    /// Two signed checkpoints of one size have one root, whatever the entries are.
    ///
    /// # Errors
    /// They have two: these two notes alone convict the log key.
    pub fn check_same_size(&self, remembered: &Note, found: &Note) -> Result<(), Finding> {
        let (before, now) = (self.open_checkpoint(remembered)?, self.open_checkpoint(found)?);
        if before.size != now.size || before.root == now.root {
            return Ok(());
        }
        Err(two_histories([remembered, found], [before.size, now.size], None))
    }

    /// The last steps of every audit: no wrong bulletin is left, enough witnesses cosigned, and the log continues what
    /// was remembered. `is_whole` says that every entry of the checkpoint was read. What keeps the verdict provisional
    /// is added to `reasons`.
    ///
    /// # Errors
    /// Whatever is worse than provisional.
    pub(crate) fn conclude(
        &mut self,
        note: &Note,
        is_whole: bool,
        remembered: Option<&Note>,
        reasons: &mut Vec<Finding>,
    ) -> Result<(), Finding> {
        self.settle()?;
        let (have, need, ahead) = self.cosigners(note)?;
        if have < need {
            reasons.extend(ahead);
            reasons.push(Self::too_few_witnesses(have, need));
        }
        match remembered.filter(|_| is_whole).map_or(Ok(()), |before| self.check_remembered(before, note)) {
            Err(finding) if finding.verdict == Verdict::Provisional => reasons.push(finding),
            other => other?,
        }
        Ok(())
    }

    /// The reason why a checkpoint without its quorum is not the last word.
    pub(crate) fn too_few_witnesses(have: u64, need: u64) -> Finding {
        let vi = format!("mới có {have}/{need} nhân chứng ký điểm kiểm");
        let en = format!("{have} of {need} witnesses have cosigned the checkpoint");
        Finding::new(Verdict::Provisional, "V-QUORUM", "signatures", vi, en).in_file("checkpoint")
    }

    /// The reason why a public reader sees fewer entries than there are.
    pub(crate) fn public_view(&self, size: u64) -> Finding {
        let readable = self.size();
        let vi = format!("công chúng mới được xem {readable}/{size} mục, trước khi công bố");
        let en = format!("the public sees {readable} of {size} entries until the announcement");
        Finding::new(Verdict::Provisional, "V-PUBLIC-VIEW", "size", vi, en)
    }
}

/// A cosignature whose time is still to come.
fn ahead_of_us(witness: &VerifierKey, seconds: u64) -> Finding {
    let name = witness.name();
    let vi = format!(
        "đồng hồ của nhân chứng {name} đi trước máy này {seconds} giây nên chữ ký không được tính; hãy xem lại giờ của máy này \
         trước, rồi giờ của nhân chứng"
    );
    let en = format!(
        "the clock of the witness {name} is {seconds} s ahead of this computer's, so its line does not count; look at the clock \
         of this computer first, then at the witness's"
    );
    Finding::new(Verdict::Provisional, "V-CLOCK", "signatures", vi, en).in_file("checkpoint")
}

/// Reads a checkpoint strictly with that key.
///
/// # Errors
/// It is none of this log.
pub(crate) fn open(note: &Note, log: &VerifierKey) -> Result<Checkpoint, Finding> {
    let stated = Checkpoint::parse(note.text()).map(|c| c.origin).unwrap_or_default();
    Checkpoint::open(note, log).map_err(|e| match e {
        _ if stated != log.name() => wrong(
            "V-ORIGIN",
            "origin",
            format!("điểm kiểm của `{stated}`, không phải của `{}`", log.name()),
            format!("the checkpoint is of `{stated}`, not of `{}`", log.name()),
        ),
        CheckpointError::Note(e) => {
            wrong("V-CHECKPOINT", "signatures", format!("chữ ký điểm kiểm sai: {e}"), format!("checkpoint: {e}"))
        }
        e => wrong("V-CHECKPOINT", "text", format!("điểm kiểm sai: {e}"), e.to_string()),
    })
}

fn wrong(code: &'static str, field: &'static str, vi: String, en: String) -> Finding {
    Finding::new(Verdict::Mismatch, code, field, vi, en).in_file("checkpoint")
}

/// The log key has signed both notes, and they cannot be of one log. `beginning` is what the second began with, where the
/// sizes differ and its tree is known.
pub(crate) fn two_histories(notes: [&Note; 2], sizes: [u64; 2], beginning: Option<Beginning>) -> Finding {
    let ([before, now], [size_before, size_now]) = (notes, sizes);
    let charge = match beginning {
        _ if size_before == size_now => Some(Charge::TwoCheckpoints(Box::new([before.clone(), now.clone()]))),
        Some(beginning) => {
            let (earlier, later) = (Box::new(before.clone()), Box::new(now.clone()));
            Some(Charge::NoConsistency { earlier, later, beginning })
        }
        None => None,
    };
    Finding::new(
        Verdict::Equivocation,
        "V-INCONSISTENT",
        "root",
        format!("khóa nhật ký đã ký hai lịch sử: cỡ {size_before} trước đây và cỡ {size_now} bây giờ"),
        format!("the log key has signed two histories: size {size_before} before and size {size_now} now"),
    )
    .in_file("checkpoint")
    .charged(charge)
}
