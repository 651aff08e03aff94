//! One contest after some statements, worked out from the first to the last by the sentences of protocol §4. Nothing here
//! looks at how the program counts.

use std::collections::{BTreeMap, BTreeSet};
use tally::{
    BundleId, ContestId, Sid, Statement,
    ruling::{BundleState, Flag, Phase, Verdict},
    statement::{Batch, Bundle, Contest, PapersStatement, Withdraw},
};

/// The smallest bundle of the event.
pub(crate) const MIN_BUNDLE: u64 = 5;

/// What protocol §4 says of one contest after some statements.
pub(crate) struct Position {
    pub(crate) phase: Phase,
    contest: Option<Contest>,
    pub(crate) papers: Option<PapersStatement>,
    pub(crate) live: Vec<(Sid, Batch)>,
    settled: BTreeMap<BundleId, Option<Sid>>,
    pub(crate) aside: Vec<Sid>,
    revoked: BTreeMap<String, u64>,
    pub(crate) revoked_after_close: bool,
}

impl Position {
    pub(crate) fn of(log: &[(Sid, Statement)], id: ContestId) -> Self {
        let mut p = Self {
            phase: Phase::Counting,
            contest: None,
            papers: None,
            live: Vec::new(),
            settled: BTreeMap::new(),
            aside: Vec::new(),
            revoked: BTreeMap::new(),
            revoked_after_close: false,
        };
        for (sid, s) in log {
            match s {
                Statement::Revoke(r) => p.revoke(r.key.rsplit('/').next().unwrap(), r.last_seq.unwrap()),
                _ if s.contest() != Some(id) => {}
                Statement::Contest(c) => p.contest = Some((**c).clone()),
                Statement::Papers(papers) => p.papers = Some(papers.clone()),
                Statement::Batch(b) if p.counts(b) => p.live.push((*sid, (**b).clone())),
                Statement::Withdraw(w) if p.takes_back(w) => p.live.retain(|(sid, _)| *sid != w.target),
                Statement::Batch(_) | Statement::Withdraw(_) => p.aside.push(*sid),
                Statement::Settle(s) => drop(p.settled.insert(s.bundle, s.stands)),
                Statement::Close(_) => p.phase = Phase::Closed,
                Statement::Certify(_) => p.phase = Phase::Certified,
                Statement::Announce(_) => p.phase = Phase::Announced,
                Statement::Annul(_) => p.phase = Phase::Annulled,
                Statement::Reopen(_) => {
                    (p.phase, p.revoked_after_close) = (Phase::Reopened, false);
                    p.strike_revoked();
                }
                _ => {}
            }
        }
        p
    }

    fn is_beyond(&self, b: &Batch) -> bool {
        self.revoked.get(b.station.as_str()).is_some_and(|last| b.seq > *last)
    }

    fn strike_revoked(&mut self) {
        let revoked = self.revoked.clone();
        self.live.retain(|(_, b)| revoked.get(b.station.as_str()).is_none_or(|last| b.seq <= *last));
    }

    fn revoke(&mut self, station: &str, last_seq: u64) {
        self.revoked.insert(station.to_owned(), last_seq);
        match self.phase {
            Phase::Counting | Phase::Reopened => self.strike_revoked(),
            Phase::Annulled => {} // final: nothing is left to forbid
            _ => self.revoked_after_close |= self.live.iter().any(|(_, b)| self.is_beyond(b)),
        }
    }

    pub(crate) fn bundle(&self, id: BundleId) -> Option<&Bundle> {
        self.papers.iter().flat_map(|p| &p.bundles).find(|b| b.bundle == id)
    }

    fn counts(&self, b: &Batch) -> bool {
        let (Some(c), Some(bundle)) = (&self.contest, self.bundle(b.bundle)) else { return false };
        self.phase.is_open()
            && bundle.table.is_none_or(|table| table == b.station)
            && b.figures.votes().len() == c.candidates.len()
            && b.figures.invalid.iter().all(|(reason, _)| tally::grounds::Grounds::usual(c.form).knows(*reason))
            && b.figures.broken(c.form, c.candidates.len(), c.choices).is_empty()
    }

    fn takes_back(&self, w: &Withdraw) -> bool {
        let own = |(sid, b): &(Sid, Batch)| *sid == w.target && b.station == w.station;
        self.phase.is_open() && self.live.iter().any(own) && !self.settled.values().any(|s| *s == Some(w.target))
    }

    pub(crate) fn state(&self, bundle: &Bundle) -> BundleState {
        let live: Vec<&(Sid, Batch)> = self.live.iter().filter(|(_, b)| b.bundle == bundle.bundle).collect();
        let tables: BTreeSet<_> = live.iter().map(|(_, b)| b.station).collect();
        match self.settled.get(&bundle.bundle) {
            Some(None) => BundleState::GivenUp,
            Some(Some(stands)) => match live.iter().find(|(sid, _)| sid == stands) {
                None => BundleState::Unsettled,
                // Identity 6 of the counting rules holds for a settled bundle too, when `papers` changes after it.
                Some((_, b)) if b.figures.ballots != bundle.papers => BundleState::Mismatch,
                Some(_) => BundleState::Counted,
            },
            None if live.is_empty() => BundleState::Missing,
            None if live.iter().any(|(_, b)| b.figures != live[0].1.figures) => BundleState::Conflict,
            None if tables.len() < usize::from(self.contest.as_ref().unwrap().counts) => BundleState::Waiting,
            None if live[0].1.figures.ballots != bundle.papers => BundleState::Mismatch,
            None => BundleState::Counted,
        }
    }

    pub(crate) fn counted(&self) -> Vec<&Batch> {
        let bundles = self.papers.iter().flat_map(|p| &p.bundles).filter(|b| self.state(b) == BundleState::Counted);
        let stands = |b: &Bundle| match self.settled.get(&b.bundle) {
            Some(stands) => self.live.iter().find(|(sid, _)| Some(*sid) == *stands),
            None => self.live.iter().find(|(_, live)| live.bundle == b.bundle),
        };
        bundles.map(|b| &stands(b).unwrap().1).collect()
    }

    pub(crate) fn flags(&self, batch: &Batch) -> BTreeSet<Flag> {
        let own = || self.live.iter().map(|(_, b)| b).filter(|b| b.bundle == batch.bundle);
        let others = || self.live.iter().map(|(_, b)| b).filter(|b| b.bundle != batch.bundle);
        let tables: BTreeSet<_> = own().map(|b| b.station).collect();
        let differs = own().any(|b| b.figures != batch.figures);
        let overlaps = |b: &Batch| b.serials.zip(batch.serials).is_some_and(|(a, b)| a.overlap(b));
        let counts = usize::from(self.contest.as_ref().unwrap().counts);
        [
            (Flag::Duplicate, !differs && (tables.len() >= counts || tables.contains(&batch.station))),
            (Flag::Conflict, differs),
            (Flag::Lookalike, others().any(|b| b.figures == batch.figures)),
            (Flag::Serials, others().any(overlaps)),
        ]
        .into_iter()
        .filter_map(|(flag, holds)| holds.then_some(flag))
        .collect()
    }

    fn lets_close(&self) -> bool {
        let (Some(c), Some(p)) = (&self.contest, &self.papers) else { return false };
        self.phase.is_open()
            && p.bundles.iter().all(|b| matches!(self.state(b), BundleState::Counted | BundleState::GivenUp))
            && p.received == p.issued + p.unused + p.spoiled
            && p.issued <= c.base[0].people
    }

    pub(crate) fn verdict(&self, s: &Statement) -> Verdict {
        let recorded = |allowed| if allowed { Verdict::Recorded } else { Verdict::Refused };
        let after_close = matches!(self.phase, Phase::Closed | Phase::Certified | Phase::Announced);
        match s {
            Statement::Batch(b) if self.is_beyond(b) => Verdict::Refused,
            Statement::Batch(b) => [Verdict::SetAside, Verdict::Live][usize::from(self.counts(b))],
            Statement::Withdraw(w) if self.revoked.get(w.station.as_str()).is_some_and(|last| w.seq > *last) => {
                Verdict::Refused
            }
            Statement::Withdraw(w) => [Verdict::SetAside, Verdict::Recorded][usize::from(self.takes_back(w))],
            Statement::Papers(p) => recorded(
                self.phase.is_open()
                    && p.bundles.iter().map(|b| u64::from(b.papers.0)).sum::<u64>() == p.collected
                    && (p.collected < MIN_BUNDLE || p.bundles.iter().all(|b| u64::from(b.papers.0) >= MIN_BUNDLE))
                    && (self.contest.as_ref().unwrap().counts == 1 || p.bundles.iter().all(|b| b.table.is_none())),
            ),
            Statement::Settle(s) => recorded(
                self.phase.is_open()
                    && self.bundle(s.bundle).is_some_and(|bundle| {
                        let stands = |(sid, b): &(Sid, Batch)| {
                            Some(*sid) == s.stands && b.bundle == s.bundle && b.figures.ballots == bundle.papers
                        };
                        s.stands.is_none() || self.live.iter().any(stands)
                    }),
            ),
            Statement::Close(_) => recorded(self.lets_close()),
            Statement::Certify(_) => recorded(
                matches!(self.phase, Phase::Closed | Phase::Certified)
                    && !self.revoked_after_close
                    && self.papers.as_ref().is_some_and(|p| p.collected <= p.issued),
            ),
            Statement::Announce(_) => recorded(self.phase == Phase::Certified && !self.revoked_after_close),
            Statement::Reopen(_) => recorded(after_close),
            Statement::Annul(_) => recorded(self.phase != Phase::Annulled),
            _ => Verdict::Recorded,
        }
    }
}
