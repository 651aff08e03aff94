//! What a log adds up to: the state of the count as a pure function of its entries (protocol §1.3, §4).
//!
//! [`Count::rule`] says what becomes of a statement and changes nothing; [`Count::apply`] takes the next entry in.
//! `apply` has three callers: recording, restart, and every observer. This room refuses to know roots and signatures:
//! whoever keeps the tree checks that a bulletin's root is the root at its size.

mod authority;
mod board;
mod bundle;
mod case;
mod chain;
mod contest;
mod event;
mod keys;
mod table;

pub use authority::Authority;
pub use bundle::LiveBatch;
pub use case::Case;
pub use contest::ContestCount;
pub use keys::{Holder, KeyBook, Role};

use crate::{
    id::{BoardId, ContestId, Sid, StationId},
    profile::Rulebook,
    ruling::{BundleState, Fault, Phase, Refusal, Ruling},
    signed::SignedStatement,
    statement::{Board, Bulletin, Disclosure, Link, Manifest, Statement},
};
use chain::StationChain;
use std::{collections::BTreeMap, sync::Arc};
use tlog::Hash;

/// The state of one election event at a size of its log.
#[derive(Clone)]
pub struct Count {
    /// The rules that contests may name.
    rules: Arc<Rulebook>,
    size: u64,
    event: Option<(Sid, Box<Manifest>)>,
    keys: KeyBook,
    boards: BTreeMap<BoardId, Board>,
    election_head: Sid,
    /// Index of every entry that stands in no table's chain.
    desk: BTreeMap<Sid, u64>,
    stations: BTreeMap<StationId, StationChain>,
    contests: BTreeMap<ContestId, ContestCount>,
    /// Why the entry of that index does not count, for a table whose first answer was lost.
    set_aside: BTreeMap<u64, Vec<Fault>>,
    /// The first batch for a contest that was not there: a mistyped id may stand over real figures.
    stray_from: Option<u64>,
    flags: Flags,
}

/// How often something happened that people should look at; all from the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Equal counts beyond those a contest asks for.
    pub duplicate: u64,
    /// Batches that differed from a live one of their bundle when they came.
    pub conflict: u64,
    /// Batches with the figures or the serials of another bundle when they came.
    pub lookalike: u64,
    /// Batches and withdrawals set aside when they came.
    pub set_aside: u64,
}

impl Default for Count {
    fn default() -> Self {
        Self::new()
    }
}

impl Count {
    /// An empty log, counted by the rules of this version.
    pub fn new() -> Self {
        Self::with_rules(Rulebook::embedded())
    }

    /// An empty log, counted by these rules.
    pub fn with_rules(rules: Arc<Rulebook>) -> Self {
        Self {
            rules,
            size: 0,
            event: None,
            keys: KeyBook::default(),
            boards: BTreeMap::new(),
            election_head: Sid::ZERO,
            desk: BTreeMap::new(),
            stations: BTreeMap::new(),
            contests: BTreeMap::new(),
            set_aside: BTreeMap::new(),
            stray_from: None,
            flags: Flags::default(),
        }
    }

    /// The rules that contests may name.
    pub fn rules(&self) -> &Arc<Rulebook> {
        &self.rules
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The sid of the manifest, which names the event.
    pub fn event(&self) -> Option<Sid> {
        self.event.as_ref().map(|(sid, _)| *sid)
    }

    /// Entry 0.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.event.as_ref().map(|(_, manifest)| &**manifest)
    }

    /// The keys known so far, revoked ones included.
    pub fn keys(&self) -> &KeyBook {
        &self.keys
    }

    /// A counting board as it is now.
    pub fn board(&self, id: BoardId) -> Option<&Board> {
        self.boards.get(&id)
    }

    /// All counting boards, by id.
    pub fn boards(&self) -> impl Iterator<Item = &Board> {
        self.boards.values()
    }

    /// Number and sid of a table's last statement; 0 and zeros when it has made none, `None` for an unknown table.
    pub fn station_head(&self, id: StationId) -> Option<(u64, Sid)> {
        self.stations.get(&id).map(StationChain::head)
    }

    /// The tables known so far, by id.
    pub fn stations(&self) -> impl Iterator<Item = StationId> + '_ {
        self.stations.keys().copied()
    }

    /// The entry of a table's statement.
    pub fn station_entry(&self, id: StationId, seq: u64) -> Option<(Sid, u64)> {
        self.stations.get(&id)?.at(seq)
    }

    /// The entry of a statement that stands in no table's chain: a desk statement, a bulletin, the manifest.
    pub fn desk_entry(&self, sid: Sid) -> Option<u64> {
        self.desk.get(&sid).copied()
    }

    /// The head of the election's own desk chain.
    pub fn election_head(&self) -> Sid {
        self.election_head
    }

    /// The head of a contest's desk chain; zeros for a contest that is not there yet.
    pub fn contest_head(&self, id: ContestId) -> Sid {
        self.contests.get(&id).map_or(Sid::ZERO, |c| c.head)
    }

    /// A contest.
    pub fn contest(&self, id: ContestId) -> Option<&ContestCount> {
        self.contests.get(&id)
    }

    /// All contests, by id.
    pub fn contests(&self) -> impl Iterator<Item = &ContestCount> {
        self.contests.values()
    }

    /// Every check of a contest that fails, all at once; none for a contest that is not there.
    pub fn checks(&self, id: ContestId) -> Vec<crate::reconcile::Check> {
        let contest = self.contests.get(&id);
        contest.map_or_else(Vec::new, |c| crate::reconcile::checks(c, self.board(c.statement().board)))
    }

    /// What people should look at, counted.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// How many entries the public may read: they stop before the first batch of a contest that is neither announced
    /// nor annulled, unless the event shows live totals; none at all where only the accredited read (protocol §6).
    pub fn public_size(&self) -> u64 {
        match self.manifest() {
            None => 0,
            Some(m) if m.disclosure == Disclosure::Accredited => 0,
            Some(m) if m.live_totals => self.size,
            Some(_) => {
                let is_over = |c: &ContestCount| matches!(c.phase(), Phase::Announced | Phase::Annulled);
                let all_over = !self.contests.is_empty() && self.contests.values().all(is_over);
                let stray = self.stray_from.filter(|_| !all_over);
                self.contests.values().filter_map(|c| c.withheld_from).chain(stray).min().unwrap_or(self.size)
            }
        }
    }

    /// Closed contests whose bulletin is not an entry yet: the server owes it (protocol §4).
    pub fn awaiting_bulletin(&self) -> Vec<ContestId> {
        self.contests.values().filter(|c| c.awaits_bulletin()).map(|c| c.statement().contest).collect()
    }

    /// The position of a contest at this size; `root` is the root of the log at this size.
    pub fn bulletin(&self, id: ContestId, root: Hash) -> Option<Bulletin> {
        let (election, manifest) = self.event.as_ref()?;
        let contest = self.contests.get(&id)?;
        Some(crate::bulletin::state(contest, *election, manifest.live_totals, self.size, root))
    }

    /// Why the entry of that index does not count; nothing for every other entry.
    pub fn set_aside(&self, index: u64) -> &[Fault] {
        self.set_aside.get(&index).map_or(&[], |faults| faults)
    }

    /// The live batch of a sid, with its contest.
    pub fn live_batch(&self, contest: ContestId, sid: Sid) -> Option<&LiveBatch> {
        let contest = self.contests.get(&contest)?;
        contest.live().find(|b| self.station_entry(b.station, b.seq).is_some_and(|(s, _)| s == sid))
    }

    /// What becomes of a statement; changes nothing.
    pub fn rule(&self, s: &SignedStatement) -> Ruling {
        if let Some(index) = self.index_of(s) {
            return Ruling::Repeated { index, set_aside: self.set_aside.get(&index).cloned().unwrap_or_default() };
        }
        self.rule_new(s).unwrap_or_else(Ruling::Refused)
    }

    /// The entry that already says this, if there is one: the sid is the idempotency key.
    fn index_of(&self, s: &SignedStatement) -> Option<u64> {
        match s.statement.link() {
            Link::Station { station, seq, .. } => {
                self.station_entry(station, seq).filter(|(sid, _)| *sid == s.sid).map(|(_, index)| index)
            }
            _ => self.desk.get(&s.sid).copied(),
        }
    }

    fn rule_new(&self, s: &SignedStatement) -> Result<Ruling, Refusal> {
        let Some(event) = self.event() else {
            let Statement::Manifest(manifest) = &s.statement else { return Err(Refusal::ManifestPlace) };
            return event::rule_manifest(manifest, &s.signers);
        };
        match s.statement.election() {
            None => return Err(Refusal::ManifestPlace),
            Some(named) if named != event => return Err(Refusal::OtherEvent { named: Some(named) }),
            Some(_) => {}
        }
        match &s.statement {
            Statement::Manifest(_) => Err(Refusal::ManifestPlace),
            Statement::Batch(batch) => self.rule_batch(batch, s),
            Statement::Withdraw(withdraw) => self.rule_withdraw(withdraw, s),
            Statement::Bulletin(bulletin) => self.rule_bulletin(bulletin, s),
            Statement::Board(_) | Statement::Key(_) | Statement::Revoke(_) => self.rule_organisers(s),
            _ => self.rule_board(s),
        }
    }

    /// Takes the next entry in: the entry of index [`Count::size`].
    ///
    /// # Panics
    /// When it is a statement that [`Count::rule`] would not have logged: the caller asks first.
    pub fn apply(&mut self, s: &SignedStatement) {
        self.apply_ruled(s, None);
    }

    /// The same for whoever has asked just now, with the answer.
    pub(crate) fn apply_ruled(&mut self, s: &SignedStatement, ruled: Option<&Ruling>) {
        let index = self.size;
        match s.statement.link() {
            Link::Station { station, .. } => {
                let chain = self.stations.get_mut(&station).expect("a logged batch is of a known table");
                chain.push(s.sid, index);
            }
            Link::Desk { contest: None, .. } => self.election_head = s.sid,
            Link::Desk { .. } | Link::None => {}
        }
        if !matches!(s.statement.link(), Link::Station { .. }) {
            self.desk.insert(s.sid, index);
        }
        match &s.statement {
            Statement::Manifest(manifest) => self.apply_manifest(s.sid, manifest),
            Statement::Board(board) => self.apply_elected_board(board),
            Statement::Key(key) => self.apply_key(key),
            Statement::Revoke(revoke) => self.apply_revoke(revoke, index),
            Statement::Batch(batch) => self.apply_batch(batch, index, ruled),
            Statement::Withdraw(withdraw) => self.apply_withdraw(withdraw, index),
            _ => self.apply_board(s, index),
        }
        self.size = self.size.checked_add(1).expect("a log has fewer than 2^53 entries");
    }

    /// How a bundle stands.
    pub fn bundle_state(&self, contest: ContestId, bundle: crate::id::BundleId) -> Option<BundleState> {
        self.contests.get(&contest)?.bundle_state(bundle)
    }
}
