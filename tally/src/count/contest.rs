//! One contest: its papers, its bundles, where it is on its way. It refuses to know who signed.

use super::{
    bundle::{BundleCount, LiveBatch},
    case::Story,
};
use crate::{
    figures::Figures,
    id::{BundleId, Sid, StationId, WarningCode},
    outcome::{self, Outcome},
    profile::Profile,
    ruling::{BundleState, Phase, Sentence},
    statement::{Certify, Contest, Decide, Minutes, PapersStatement},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The count of one contest.
#[derive(Clone)]
pub struct ContestCount {
    statement: Contest,
    profile: Arc<Profile>,
    /// The entry that states it.
    stated_at: u64,
    pub(super) head: Sid,
    pub(super) phase: Phase,
    pub(super) papers: Option<PapersStatement>,
    /// The entry that states them.
    pub(super) papers_at: Option<u64>,
    pub(super) bundles: BTreeMap<BundleId, BundleCount>,
    /// (digest of figures, bundle) of every live batch, to notice figures that stand under two bundles.
    pub(super) looks: BTreeSet<([u8; 8], BundleId)>,
    pub(super) had_live: bool,
    /// What was said of bundles beyond a first plain count.
    pub(super) stories: BTreeMap<BundleId, Story>,
    /// Entries about every bundle: papers, closes, reopens, the annulment.
    pub(super) turns: Vec<u64>,
    pub(super) accepted: BTreeSet<WarningCode>,
    pub(super) decisions: Vec<Decide>,
    pub(super) closed_at: Option<u64>,
    /// The first batch since the contest began or was reopened, until it is announced or annulled.
    pub(super) withheld_from: Option<u64>,
    pub(super) bulletin: Option<Sid>,
    pub(super) certify: Option<(Sid, Certify)>,
    pub(super) minutes: Option<(Sid, Minutes)>,
    /// Tables revoked below their head while this contest was not open: it takes effect with a reopen.
    pub(super) revoked_after_close: Vec<(StationId, u64)>,
}

impl ContestCount {
    pub(super) fn new(statement: Contest, profile: Arc<Profile>, head: Sid, index: u64) -> Self {
        Self {
            statement,
            profile,
            stated_at: index,
            head,
            phase: Phase::Counting,
            papers: None,
            papers_at: None,
            bundles: BTreeMap::new(),
            looks: BTreeSet::new(),
            had_live: false,
            stories: BTreeMap::new(),
            turns: Vec::new(),
            accepted: BTreeSet::new(),
            decisions: Vec::new(),
            closed_at: None,
            withheld_from: None,
            bulletin: None,
            certify: None,
            minutes: None,
            revoked_after_close: Vec::new(),
        }
    }

    /// Another list or number of seats: what was accepted was accepted of the former one.
    pub(super) fn replace(&mut self, statement: Contest, profile: Arc<Profile>, index: u64) {
        let former = &self.statement;
        if former.candidates != statement.candidates || former.seats != statement.seats || self.profile != profile {
            self.accepted.clear();
        }
        (self.statement, self.profile, self.stated_at) = (statement, profile, index);
    }

    /// The entry that states what is voted on: a table fetches this one alone.
    pub fn stated_at(&self) -> u64 {
        self.stated_at
    }

    /// What is voted on, as stated last.
    pub fn statement(&self) -> &Contest {
        &self.statement
    }

    /// Where it is on its way.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The papers, as stated last.
    pub fn papers(&self) -> Option<&PapersStatement> {
        self.papers.as_ref()
    }

    /// The entry that states the papers: a table fetches this one alone to cut its bundles.
    pub fn papers_at(&self) -> Option<u64> {
        self.papers_at
    }

    /// The rules by which somebody is elected.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// The denominator D of the majority, where the rules of this round have one: among the tied most votes win.
    pub fn base(&self) -> Option<u64> {
        self.threshold()?;
        self.profile.denominator(&self.statement.base, &self.totals())
    }

    /// The fewest votes that elect in this round, where the profile draws a line.
    pub fn threshold(&self) -> Option<u64> {
        self.profile.threshold(self.statement.kind, &self.statement.base, &self.totals())
    }

    /// Warnings the board accepted, by code.
    pub fn accepted(&self) -> impl Iterator<Item = &WarningCode> {
        self.accepted.iter()
    }

    /// What the board decided, in order.
    pub fn decisions(&self) -> &[Decide] {
        &self.decisions
    }

    /// The certificate in force.
    pub fn certify(&self) -> Option<(Sid, &Certify)> {
        self.certify.as_ref().map(|(sid, c)| (*sid, c))
    }

    /// The bulletin of the latest close, once it is an entry.
    pub fn bulletin(&self) -> Option<Sid> {
        self.bulletin
    }

    /// The latest minutes.
    pub fn minutes(&self) -> Option<(Sid, &Minutes)> {
        self.minutes.as_ref().map(|(sid, m)| (*sid, m))
    }

    /// Whether a key was revoked below its head after the close, so that nothing may be certified before a reopen.
    pub fn is_revoked_after_close(&self) -> bool {
        !self.revoked_after_close.is_empty()
    }

    pub(super) fn awaits_bulletin(&self) -> bool {
        self.phase == Phase::Closed && self.bulletin.is_none()
    }

    /// How a bundle of `papers` stands.
    pub fn bundle_state(&self, id: BundleId) -> Option<BundleState> {
        let expected = self.papers.as_ref()?.bundle(id)?;
        Some(self.bundles.get(&id).map_or(BundleState::Missing, |b| b.state(expected, self.statement.counts)))
    }

    /// Every bundle of `papers` and how it stands, by id.
    pub fn bundle_states(&self) -> impl Iterator<Item = (BundleId, BundleState)> + '_ {
        self.states().map(|(id, _, state)| (id, state))
    }

    /// The same with its live counts.
    fn states(&self) -> impl Iterator<Item = (BundleId, Option<&BundleCount>, BundleState)> {
        self.papers.iter().flat_map(|p| &p.bundles).map(|expected| {
            let bundle = self.bundles.get(&expected.bundle);
            let state = bundle.map_or(BundleState::Missing, |b| b.state(expected, self.statement.counts));
            (expected.bundle, bundle, state)
        })
    }

    /// Bundles in the totals.
    pub fn bundles_counted(&self) -> usize {
        self.bundle_states().filter(|(_, state)| *state == BundleState::Counted).count()
    }

    /// Bundles there are.
    pub fn bundles_expected(&self) -> usize {
        self.papers.as_ref().map_or(0, |p| p.bundles.len())
    }

    /// The sum of the counted bundles.
    pub fn totals(&self) -> Figures {
        let mut totals = Figures::none(self.statement.form, self.statement.candidates.len());
        self.standing().for_each(|(_, batch)| totals.add(&batch.figures));
        totals
    }

    /// The batch that stands for each counted bundle, by bundle: what the totals are the sum of.
    pub fn standing(&self) -> impl Iterator<Item = (BundleId, &LiveBatch)> {
        let counted = self.states().filter(|(.., state)| *state == BundleState::Counted);
        counted.filter_map(|(id, bundle, _)| Some((id, bundle?.standing()?)))
    }

    /// Every live batch, by bundle.
    pub fn live(&self) -> impl Iterator<Item = &LiveBatch> {
        self.bundles.values().flat_map(|b| &b.live)
    }

    /// The live counts of a bundle, in the order they came.
    pub fn live_of(&self, id: BundleId) -> &[LiveBatch] {
        self.bundles.get(&id).map_or(&[][..], |b| &b.live)
    }

    /// More papers came back than were issued: nothing can be certified (counting-rules §4).
    pub fn is_blocked(&self) -> bool {
        self.papers.as_ref().is_some_and(|p| p.collected > p.issued)
    }

    /// Who is elected by the rules; nobody while the contest is open or void.
    pub fn outcome(&self) -> Outcome {
        match self.phase {
            Phase::Counting | Phase::Reopened | Phase::Annulled => Outcome::default(),
            Phase::Closed | Phase::Certified | Phase::Announced if self.is_blocked() => Outcome::blocked(),
            Phase::Closed | Phase::Certified | Phase::Announced => {
                outcome::elect(&self.statement, &self.profile, &self.totals())
            }
        }
    }

    /// How the rules lead to the outcome, line by line; nothing while the contest is open or void.
    pub fn derivation(&self) -> Vec<Sentence> {
        match self.phase {
            Phase::Counting | Phase::Reopened | Phase::Annulled => Vec::new(),
            Phase::Closed | Phase::Certified | Phase::Announced => {
                let blocked = self.outcome().blocked;
                outcome::derivation(&self.statement, &self.profile, &self.totals(), blocked)
            }
        }
    }

    /// A table's key went out with the last statement that is accepted.
    pub(super) fn set_later_batches_aside(&mut self, station: StationId, last_seq: u64, index: u64) {
        let later = |b: &LiveBatch| b.station == station && b.seq > last_seq;
        let dead: Vec<_> = self.bundles.iter().filter(|(_, b)| b.live.iter().any(later)).map(|(id, _)| *id).collect();
        if self.phase == Phase::Annulled || dead.is_empty() {
            return;
        }
        dead.into_iter().for_each(|bundle| self.note(bundle, index, true));
        if self.phase.is_open() {
            self.remove(later);
        } else {
            self.revoked_after_close.push((station, last_seq));
        }
    }

    /// The bundles with live batches of that look.
    pub(super) fn of_look(&self, digest: [u8; 8]) -> impl Iterator<Item = BundleId> + '_ {
        let first = (digest, BundleId("--".parse().expect("the first of all ids")));
        self.looks.range(first..).take_while(move |(d, _)| *d == digest).map(|(_, id)| *id)
    }

    /// Takes batches out of the live ones.
    pub(super) fn remove(&mut self, dead: impl Fn(&LiveBatch) -> bool) {
        for (id, bundle) in &mut self.bundles {
            for batch in bundle.live.extract_if(.., |b| dead(b)).collect::<Vec<_>>() {
                if !bundle.live.iter().any(|b| b.figures == batch.figures) {
                    self.looks.remove(&(look(&batch.figures), *id));
                }
            }
        }
    }
}

/// Eight bytes that are equal for equal figures.
pub(super) fn look(figures: &Figures) -> [u8; 8] {
    let mut bytes = Vec::with_capacity(256);
    let mut put = |n: u32| bytes.extend_from_slice(&n.to_be_bytes());
    put(figures.ballots.0);
    put(figures.valid.0);
    for (reason, papers) in &figures.invalid {
        put(*reason as u32);
        put(papers.0);
    }
    match &figures.marks {
        crate::Marks::Names { left, votes } => {
            left.iter().for_each(|(k, papers)| {
                put(u32::from(*k));
                put(papers.0);
            });
            votes.iter().for_each(|v| put(v.0));
        }
        crate::Marks::Agree { agree, disagree, unusable } => {
            agree.iter().chain(disagree).chain(unusable).for_each(|v| put(v.0));
        }
    }
    let hash = tlog::sha256(&bytes);
    let mut short = [0; 8];
    short.copy_from_slice(&hash.0[..8]);
    short
}
