//! The papers of a contest and the checks it fails, as `status` shows them. It refuses to know names.

use crate::meaning::Said;
use serde::Serialize;
use tally::{Count, count::ContestCount, reconcile};

/// The papers of a contest, from the box they came in to the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of the statement `papers`")]
pub struct Balance {
    pub received: u64,
    pub issued: u64,
    pub unused: u64,
    pub spoiled: u64,
    pub collected: u64,
    /// Papers in bundles that are counted.
    pub counted: u64,
    /// Valid ones of the counted.
    pub valid: u64,
    /// Invalid ones of the counted.
    pub invalid: u64,
    /// Papers in bundles that were given up.
    pub given_up: u64,
    /// Papers in bundles that are not counted yet.
    pub open: u64,
    /// Papers issued that did not come back.
    pub kept: u64,
}

impl Balance {
    pub(super) fn of(c: &ContestCount) -> Option<Self> {
        let b = reconcile::Balance::of(c)?;
        Some(Self {
            received: b.received,
            issued: b.issued,
            unused: b.unused,
            spoiled: b.spoiled,
            collected: b.collected,
            counted: b.counted,
            valid: b.valid,
            invalid: b.invalid,
            given_up: b.given_up,
            open: b.open,
            kept: b.kept(),
        })
    }
}

/// A check that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedCheck {
    /// Its code, `E-…` or `W-…`.
    pub code: &'static str,
    /// What cannot be done while it fails: `close`, `close-until-accepted`, `certificate` or `nothing`.
    pub blocks: &'static str,
    /// Whether the board accepted it.
    pub accepted: bool,
    /// The figures that do not fit.
    pub committee: Said,
    /// What the tables make of it.
    pub table: Said,
}

impl FailedCheck {
    /// Every check of a contest that fails, all at once.
    pub(super) fn all(c: &ContestCount, count: &Count) -> Vec<Self> {
        let accepted = c.accepted().copied().collect();
        let failed = count.checks(c.statement().contest).into_iter();
        failed
            .map(|check| Self {
                code: check.code,
                blocks: check.blocks.word(),
                accepted: check.accepted_by(&accepted),
                committee: check.committee.into(),
                table: check.table.into(),
            })
            .collect()
    }
}
