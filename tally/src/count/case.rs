//! Bundles that somebody should look at, each with everything that was ever said of it, by the index of its entry. Nothing
//! leaves a history: a batch that was set aside, withdrawn or died with its key stays where it came. It refuses to know
//! what the entries say; whoever shows a case reads them in the log.

use super::{
    bundle::{BundleCount, LiveBatch},
    contest::{ContestCount, look},
};
use crate::{
    id::BundleId,
    ruling::{BundleState, Flag},
};
use std::collections::BTreeSet;

/// What was said of one bundle; kept only once more than a first plain count was.
#[derive(Clone, Default)]
pub(super) struct Story {
    /// Entries on this bundle, ascending.
    entries: Vec<u64>,
    /// Somebody had or has to look at it.
    is_case: bool,
}

/// A bundle that somebody should look at, or had to: both sides of a conflict, a mismatch, a duplicate, a lookalike.
pub struct Case<'a> {
    /// The bundle.
    pub bundle: BundleId,
    /// How it stands; none when `papers` does not have it (any more).
    pub state: Option<BundleState>,
    /// What people should look at now; never blocks.
    pub flags: Vec<Flag>,
    /// The bundles that have the same figures or printed numbers now.
    pub alike: Vec<BundleId>,
    /// Its live counts, in the order they came.
    pub batches: &'a [LiveBatch],
    /// Every entry about it, ascending: batches live, set aside or withdrawn, what the board said, revocations of its
    /// tables, and papers, closes, reopens and the annulment of its contest.
    pub history: Vec<u64>,
}

impl Case<'_> {
    /// Whether it keeps the contest open until the board acts: conflict, mismatch, or unsettled by a revocation.
    pub fn needs_board(&self) -> bool {
        self.state.is_some_and(needs_board)
    }

    /// Whether there is something to look at now; otherwise it is over, and its history remains.
    pub fn is_open(&self) -> bool {
        self.needs_board() || !self.flags.is_empty()
    }
}

fn needs_board(state: BundleState) -> bool {
    matches!(state, BundleState::Conflict | BundleState::Mismatch | BundleState::Unsettled)
}

impl ContestCount {
    /// The bundles that need the board, by id: conflict, mismatch, or unsettled by a revocation.
    pub fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        let open = self.bundle_states().filter(|(_, state)| needs_board(*state));
        open.map(|(bundle, _)| self.case(bundle))
    }

    /// Every bundle that somebody should look at or ever had to, by id; settled and withdrawn ones included.
    pub fn every_case(&self) -> impl Iterator<Item = Case<'_>> {
        let stated = self.papers().into_iter().flat_map(|p| &p.bundles).map(|b| b.bundle);
        let all: BTreeSet<BundleId> = stated.chain(self.stories.keys().copied()).collect();
        let was = |id: &BundleId| self.stories.get(id).is_some_and(|story| story.is_case);
        all.into_iter().filter_map(move |id| {
            let case = self.case(id);
            (case.is_open() || was(&id)).then_some(case)
        })
    }

    /// Everything there is about one bundle, whether somebody has to look at it or not.
    pub fn case(&self, bundle: BundleId) -> Case<'_> {
        let batches = self.batches(bundle);
        let (flags, alike) = self.flags_now(bundle);
        Case { bundle, state: self.bundle_state(bundle), flags, alike, batches, history: self.history(bundle) }
    }

    /// The live counts of a bundle, in the order they came.
    pub fn batches(&self, bundle: BundleId) -> &[LiveBatch] {
        self.bundles.get(&bundle).map_or(&[], |b| &b.live)
    }

    /// Every entry about a bundle, ascending.
    pub fn history(&self, bundle: BundleId) -> Vec<u64> {
        let live = self.bundles.get(&bundle).into_iter().flat_map(|b| &b.live).map(|b| b.index);
        let said = self.stories.get(&bundle).into_iter().flat_map(|story| story.entries.iter().copied());
        let all: BTreeSet<u64> = live.chain(said).chain(self.turns.iter().copied()).collect();
        all.into_iter().collect()
    }

    /// One more entry on a bundle, before it takes effect.
    pub(super) fn note(&mut self, bundle: BundleId, index: u64, is_case: bool) {
        let story = self.story(bundle);
        story.entries.push(index);
        story.is_case |= is_case;
    }

    /// A plain count is its own history while it is live; where a history has begun it is written there as well.
    pub(super) fn note_batch(&mut self, bundle: BundleId, index: u64, is_case: bool) {
        if is_case || self.stories.contains_key(&bundle) {
            self.note(bundle, index, is_case);
        }
    }

    /// A bundle whose papers do not agree with its counts is a case, whichever came last.
    pub(super) fn note_mismatches(&mut self) {
        let off: Vec<_> = self.bundle_states().filter(|(_, s)| *s == BundleState::Mismatch).map(|(id, _)| id).collect();
        off.into_iter().for_each(|bundle| self.story(bundle).is_case = true);
    }

    /// Somebody has to look at this bundle.
    pub(super) fn note_as_case(&mut self, bundle: BundleId) {
        self.story(bundle).is_case = true;
    }

    /// The bundle that an entry was noted on.
    pub(super) fn bundle_of(&self, index: u64) -> Option<BundleId> {
        let live = self.bundles.iter().find(|(_, b)| b.live.iter().any(|l| l.index == index)).map(|(id, _)| *id);
        live.or_else(|| self.stories.iter().find(|(_, s)| s.entries.contains(&index)).map(|(id, _)| *id))
    }

    fn story(&mut self, bundle: BundleId) -> &mut Story {
        let live = self.bundles.get(&bundle).map_or(&[][..], |b| &b.live);
        self.stories
            .entry(bundle)
            .or_insert_with(|| Story { entries: live.iter().map(|b| b.index).collect(), is_case: false })
    }

    /// The flags of a bundle as it stands, and the bundles that it is like.
    fn flags_now(&self, bundle: BundleId) -> (Vec<Flag>, Vec<BundleId>) {
        let nothing = BundleCount::default();
        let count = self.bundles.get(&bundle).unwrap_or(&nothing);
        let (mut flags, mut alike) = (Vec::new(), BTreeSet::new());
        let differ = count.live.windows(2).any(|pair| pair[0].figures != pair[1].figures);
        if count.settled.is_some() {
            // The board has looked at its own counts.
        } else if differ {
            flags.push(Flag::Conflict);
        } else if count.live.len() > usize::from(self.statement().counts).min(count.tables()) {
            flags.push(Flag::Duplicate);
        }
        for batch in &count.live {
            alike.extend(self.of_look(look(&batch.figures)).filter(|id| *id != bundle));
        }
        if !alike.is_empty() {
            flags.push(Flag::Lookalike);
        }
        let serials: Vec<_> = count.live.iter().filter_map(|b| b.serials).collect();
        let shares = |other: &LiveBatch| other.serials.is_some_and(|s| serials.iter().any(|mine| mine.overlap(s)));
        if !serials.is_empty() {
            let others = self.bundles.iter().filter(|(id, other)| **id != bundle && other.live.iter().any(shares));
            let sharing: BTreeSet<_> = others.map(|(id, _)| *id).collect();
            if !sharing.is_empty() {
                flags.push(Flag::Serials);
            }
            alike.extend(sharing);
        }
        (flags, alike.into_iter().collect())
    }
}
