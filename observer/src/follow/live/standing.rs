//! How an event stands for an observer on its way, and what is reported at the end: only what was verified.

use super::Live;
use crate::{
    follow::Now,
    verdict::{Finding, Report, Verdict, all_of},
};

impl Live<'_> {
    /// The report, with what a finding convicts a key of.
    pub(in crate::follow) fn end(self, stopped: Option<Finding>) -> Report {
        let (rules, manifest) = (self.audit.replay().count.rules().clone(), self.manifest.clone());
        let entries = if self.record.is_empty() { vec![manifest.clone()] } else { self.record.clone() };
        let report = self.report(stopped);
        let known = (!manifest.is_empty()).then_some(manifest);
        let report = if known.is_some() { report.convicting(&entries, &rules) } else { report };
        Report { manifest: known, ..report }
    }

    /// How the event stands, as far as it is verified and this observer may read.
    pub(super) fn now(&self) -> Now<'_> {
        let verified = self.verified.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size);
        // Of a public view every entry is verified, and none of them covered by a checkpoint that could be held against all.
        let size = if self.public_view_of().is_some() { self.size() } else { verified };
        let count = &self.audit.replay().count;
        Now { size, count: (size > 0 && size == self.size()).then_some(count), reason: all_of(self.reasons()) }
    }

    /// The size that is stated where the public sees less of the log.
    fn public_view_of(&self) -> Option<u64> {
        let stated = self.newest.as_ref().map(|(size, _)| *size)?;
        (stated > self.size() && self.audit.public_view_may_stop()).then_some(stated)
    }

    /// What keeps the verdict from being OK for now.
    fn reasons(&self) -> Vec<Finding> {
        let mut reasons = Vec::new();
        let size = self.verified.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size);
        let remembered = self.remembered.as_ref().map_or(0, |(size, _)| *size);
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
