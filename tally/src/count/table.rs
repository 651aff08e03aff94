//! What the tables say: batches and withdrawals. An authentic statement in its chain is always logged; whether it counts
//! is decided here, once, at its index (protocol §1.4). It refuses to know the desk.

use super::{
    Count, Role,
    bundle::{BundleCount, LiveBatch, Settlement},
    contest::{ContestCount, look},
};
use crate::{
    figures::Identity,
    form::{Choices, Form, Reason},
    id::{Sid, StationId},
    ruling::{BundleState, Fault, Flag, Phase, Refusal, Ruling},
    signed::SignedStatement,
    statement::{Batch, Withdraw},
};

impl Count {
    pub(super) fn rule_batch(&self, batch: &Batch, s: &SignedStatement) -> Result<Ruling, Refusal> {
        self.check_table(batch.station, batch.seq, batch.prev, s)?;
        let faults = self.faults(batch);
        if !faults.is_empty() {
            return Ok(Ruling::SetAside(faults));
        }
        let contest = &self.contests[&batch.contest];
        let flags = contest.flags_of(batch);
        Ok(Ruling::Live { state: contest.state_with(batch), flags })
    }

    pub(super) fn rule_withdraw(&self, withdraw: &Withdraw, s: &SignedStatement) -> Result<Ruling, Refusal> {
        self.check_table(withdraw.station, withdraw.seq, withdraw.prev, s)?;
        match self.withdrawable(withdraw) {
            Ok(_) => Ok(Ruling::Recorded),
            Err(fault) => Ok(Ruling::SetAside(vec![fault])),
        }
    }

    /// Signed by that table alone, not beyond a revocation, and next in its chain.
    fn check_table(&self, station: StationId, seq: u64, prev: Sid, s: &SignedStatement) -> Result<(), Refusal> {
        self.entitled(s, |name| matches!(self.keys.holder(name), Some(h) if h.role == Role::Station(station)))?;
        let chain = self.stations.get(&station).ok_or(Refusal::UnknownStation(station))?;
        let name = s.signers.first().map(|name| name.to_string()).unwrap_or_default();
        if let Some(last_seq) = self.keys.holder(&name).and_then(|h| h.revoked)
            && last_seq.is_none_or(|last| seq > last)
        {
            return Err(Refusal::Revoked { name, last_seq });
        }
        chain.follows(seq, prev)
    }

    /// Everything that keeps a batch from counting, all at once.
    fn faults(&self, batch: &Batch) -> Vec<Fault> {
        let Some(contest) = self.contests.get(&batch.contest) else { return vec![Fault::UnknownContest] };
        let mut faults = Vec::new();
        if !contest.phase.is_open() {
            faults.push(Fault::NotOpen(contest.phase));
        }
        match &contest.papers {
            None => faults.push(Fault::NoPapers),
            Some(papers) => match papers.bundle(batch.bundle) {
                None => faults.push(Fault::UnknownBundle),
                Some(bundle) => match bundle.table {
                    Some(table) if table != batch.station => faults.push(Fault::OtherTable(table)),
                    _ => {}
                },
            },
        }
        faults.extend(contest.faults_of_figures(batch));
        faults
    }

    /// The place of the batch that a withdrawal takes back.
    fn withdrawable(&self, withdraw: &Withdraw) -> Result<u64, Fault> {
        let contest = self.contests.get(&withdraw.contest).ok_or(Fault::UnknownContest)?;
        if !contest.phase.is_open() {
            return Err(Fault::NotOpen(contest.phase));
        }
        let chain = self.stations.get(&withdraw.station).ok_or(Fault::NotLive)?;
        let seq = chain.seq_of(withdraw.target).ok_or(Fault::NotLive)?;
        let bundle = contest.bundles.values().find(|b| b.live.iter().any(|l| l.is(withdraw.station, seq)));
        match bundle.ok_or(Fault::NotLive)?.settled {
            Some(Settlement::Stands(station, s)) if station == withdraw.station && s == seq => Err(Fault::Settled),
            _ => Ok(seq),
        }
    }

    /// Takes a batch in. What it was ruled just before, in this very state, need not be found out again.
    pub(super) fn apply_batch(&mut self, batch: &Batch, index: u64, ruled: Option<&Ruling>) {
        match self.contests.get_mut(&batch.contest) {
            None => self.stray_from = self.stray_from.or(Some(index)),
            Some(contest) if !matches!(contest.phase, Phase::Announced | Phase::Annulled) => {
                contest.withheld_from.get_or_insert(index);
            }
            Some(_) => {}
        }
        let faults = match ruled {
            Some(Ruling::Live { .. }) => Vec::new(),
            Some(Ruling::SetAside(faults)) => faults.clone(),
            _ => self.faults(batch),
        };
        if !faults.is_empty() {
            if let Some(contest) = self.contests.get_mut(&batch.contest) {
                contest.note(batch.bundle, index, true);
            }
            return self.note_set_aside(index, faults);
        }
        let contest = self.contests.get_mut(&batch.contest).expect("a batch without a fault is of a known contest");
        let (flags, is_off) = match ruled {
            Some(Ruling::Live { flags, state }) => (flags.clone(), *state == BundleState::Mismatch),
            _ => (contest.flags_of(batch), contest.state_with(batch) == BundleState::Mismatch),
        };
        contest.note_batch(batch.bundle, index, !flags.is_empty());
        for flag in flags {
            let counter = match flag {
                Flag::Duplicate => &mut self.flags.duplicate,
                Flag::Conflict => &mut self.flags.conflict,
                Flag::Lookalike | Flag::Serials => &mut self.flags.lookalike,
            };
            *counter = counter.saturating_add(1);
        }
        contest.had_live = true;
        contest.looks.insert((look(&batch.figures), batch.bundle));
        let counts = &mut contest.bundles.entry(batch.bundle).or_default().live;
        counts.reserve_exact(1); // nearly every bundle has one count, and a national night has millions of bundles
        counts.push(live(batch, index));
        if is_off {
            contest.note_as_case(batch.bundle);
        }
    }

    pub(super) fn apply_withdraw(&mut self, withdraw: &Withdraw, index: u64) {
        match self.withdrawable(withdraw) {
            Ok(seq) => {
                let contest = self.contests.get_mut(&withdraw.contest).expect("what can be withdrawn has a contest");
                let its = |b: &LiveBatch| b.is(withdraw.station, seq);
                let of = contest.bundles.iter().find(|(_, b)| b.live.iter().any(its)).map(|(id, _)| *id);
                of.into_iter().for_each(|bundle| contest.note(bundle, index, true));
                contest.remove(its);
            }
            Err(fault) => {
                self.note_vain_withdrawal(withdraw, index);
                self.note_set_aside(index, vec![fault]);
            }
        }
    }

    /// A withdrawal that takes nothing back stands in the history of the bundle it names by its batch, whichever contest
    /// that is of.
    fn note_vain_withdrawal(&mut self, withdraw: &Withdraw, index: u64) {
        let chain = self.stations.get(&withdraw.station);
        let target = chain.and_then(|c| c.at(c.seq_of(withdraw.target)?)).map(|(_, entry)| entry);
        let Some(target) = target else { return };
        if let Some((contest, bundle)) = self.contests.values_mut().find_map(|c| c.bundle_of(target).map(|b| (c, b))) {
            contest.note(bundle, index, true);
        }
    }

    fn note_set_aside(&mut self, index: u64, faults: Vec<Fault>) {
        self.flags.set_aside = self.flags.set_aside.saturating_add(1);
        self.set_aside.insert(index, faults);
    }
}

fn live(batch: &Batch, index: u64) -> LiveBatch {
    LiveBatch { station: batch.station, seq: batch.seq, index, figures: batch.figures.clone(), serials: batch.serials }
}

impl ContestCount {
    fn faults_of_figures(&self, batch: &Batch) -> Vec<Fault> {
        let contest = self.statement();
        let (form, names) = (contest.form, contest.candidates.len());
        let agree = matches!(batch.figures.marks, crate::Marks::Agree { .. });
        if agree != form.is_agree() {
            return vec![Fault::OtherForm];
        }
        let counted = batch.figures.votes().len();
        if counted != names {
            return vec![Fault::OtherList { batch: counted, names }];
        }
        let grounds = self.profile().grounds(form);
        let void = |reason: Reason| {
            !grounds.is_some_and(|grounds| grounds.knows(reason))
                || (reason == Reason::Overvote && contest.choices == Choices::Unlimited)
        };
        let reasons = batch.figures.invalid.iter().map(|(reason, _)| *reason).filter(|r| void(*r));
        let mut broken = batch.figures.broken(form, names, contest.choices);
        // Where both boxes and no mark void a whole list, no valid paper has a box that cannot be used.
        if let (Form::AgreeList, crate::Marks::Agree { unusable, .. }, Some(grounds)) =
            (form, &batch.figures.marks, grounds)
            && grounds.knows(Reason::BothBoxes)
            && grounds.knows(Reason::NoMark)
            && unusable.iter().any(|u| u.0 > 0)
            && !broken.contains(&Identity::AgreeDisagreeUnusable)
        {
            broken.push(Identity::AgreeDisagreeUnusable);
        }
        reasons.map(Fault::VoidReason).chain(broken.into_iter().map(Fault::Broken)).collect()
    }

    /// How the bundle of a live batch will stand with it.
    fn state_with(&self, batch: &Batch) -> BundleState {
        let mut bundle = self.bundles.get(&batch.bundle).cloned().unwrap_or_default();
        bundle.live.push(live(batch, 0));
        match self.papers.as_ref().and_then(|p| p.bundle(batch.bundle)) {
            Some(expected) => bundle.state(expected, self.statement().counts),
            None => BundleState::Missing,
        }
    }

    fn flags_of(&self, batch: &Batch) -> Vec<Flag> {
        let mut flags = Vec::new();
        let nothing = BundleCount::default();
        let bundle = self.bundles.get(&batch.bundle).unwrap_or(&nothing);
        if bundle.live.iter().any(|b| b.figures != batch.figures) {
            flags.push(Flag::Conflict);
        } else if bundle.tables() >= usize::from(self.statement().counts)
            || bundle.live.iter().any(|b| b.station == batch.station)
        {
            flags.push(Flag::Duplicate);
        }
        if self.of_look(look(&batch.figures)).any(|id| id != batch.bundle) {
            flags.push(Flag::Lookalike);
        }
        let shares = |b: &LiveBatch| matches!((b.serials, batch.serials), (Some(a), Some(c)) if a.overlap(c));
        if batch.serials.is_some()
            && self.bundles.iter().any(|(id, b)| *id != batch.bundle && b.live.iter().any(shares))
        {
            flags.push(Flag::Serials);
        }
        flags
    }
}
