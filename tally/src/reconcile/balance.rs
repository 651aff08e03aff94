//! Where every paper of a contest is: received, issued, collected, counted. It refuses to know names.

use crate::{count::ContestCount, ruling::BundleState};

/// The papers of a contest, from the box they came in to the totals (counting-rules §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Papers the board received.
    pub received: u64,
    /// Phát ra.
    pub issued: u64,
    /// Never issued.
    pub unused: u64,
    /// Gạch hỏng: handed back for a new one.
    pub spoiled: u64,
    /// Thu về.
    pub collected: u64,
    /// Papers in counted bundles: valid + invalid.
    pub counted: u64,
    /// Hợp lệ, of the counted.
    pub valid: u64,
    /// Không hợp lệ, of the counted.
    pub invalid: u64,
    /// Papers in bundles the board gave up: collected, never counted.
    pub given_up: u64,
    /// Papers in bundles that are not counted yet.
    pub open: u64,
}

impl Balance {
    /// The balance of a contest, once its papers are stated: collected = counted + given up + open.
    pub fn of(contest: &ContestCount) -> Option<Self> {
        let papers = contest.papers()?;
        let totals = contest.totals();
        let (mut given_up, mut open) = (0_u64, 0_u64);
        for (bundle, state) in contest.bundle_states() {
            let of = papers.bundle(bundle).map_or(0, |b| u64::from(b.papers.0));
            match state {
                BundleState::Counted => {}
                BundleState::GivenUp => given_up = given_up.saturating_add(of),
                _ => open = open.saturating_add(of),
            }
        }
        let (counted, valid) = (u64::from(totals.ballots.0), u64::from(totals.valid.0));
        Some(Self {
            received: papers.received,
            issued: papers.issued,
            unused: papers.unused,
            spoiled: papers.spoiled,
            collected: papers.collected,
            counted,
            valid,
            invalid: counted.saturating_sub(valid),
            given_up,
            open,
        })
    }

    /// Papers that were issued and did not come back: allowed, and shown.
    pub fn kept(&self) -> u64 {
        self.issued.saturating_sub(self.collected)
    }
}
