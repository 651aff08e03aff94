//! The numbered checks before a close (counting-rules §4): `E-…` blocks, `W-…` needs a reason the board accepts.
//! It refuses to know bundles; those are their own condition of the close.

use crate::{
    id::WarningCode,
    ruling::Sentence,
    statement::{Contest, PapersStatement},
};
use std::collections::BTreeSet;

/// A check that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its stable code.
    pub code: &'static str,
    /// The figures that do not fit.
    pub why: Sentence,
}

impl Check {
    /// Whether the board has accepted it; nobody can accept an `E-`.
    pub fn accepted_by(&self, accepted: &BTreeSet<WarningCode>) -> bool {
        self.code.starts_with("W-") && accepted.iter().any(|code| code.as_str() == self.code)
    }
}

/// Every check of the papers that fails. More collected than issued is none of these: it blocks the certificate.
pub fn checks(contest: &Contest, papers: &PapersStatement) -> Vec<Check> {
    let mut failed = Vec::new();
    let used = papers.issued.saturating_add(papers.unused).saturating_add(papers.spoiled);
    if papers.received != used {
        failed.push(Check {
            code: "E-RECEIVED",
            why: Sentence {
                vi: format!(
                    "nhận {} khác phát ra {} + còn lại {} + gạch hỏng {} = {used}",
                    papers.received, papers.issued, papers.unused, papers.spoiled
                ),
                en: format!(
                    "received {} is not issued {} + unused {} + spoiled {} = {used}",
                    papers.received, papers.issued, papers.unused, papers.spoiled
                ),
            },
        });
    }
    if let Some(eligible) = contest.base.first()
        && papers.issued > eligible.people
    {
        failed.push(Check {
            code: "E-ISSUED",
            why: Sentence {
                vi: format!("phát ra {}, nhiều hơn số người được triệu tập {}", papers.issued, eligible.people),
                en: format!("issued {} is more than {} {}", papers.issued, eligible.part, eligible.people),
            },
        });
    }
    failed
}
