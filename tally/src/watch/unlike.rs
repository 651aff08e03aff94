//! Bundles and tables that vote otherwise than all others: six deviations off for one name, or seven for two names that
//! fit when they are exchanged. It refuses to know why.

use crate::{
    count::{ContestCount, LiveBatch},
    id::{BundleId, StationId},
};
use std::{collections::BTreeMap, fmt};

/// Squared deviations beyond which one name's votes are worth a second look: six, which chance does not reach in a hall.
/// Of 2,597 real papers of six voting areas in bundles of 50 none is beyond 28.
const OUTLIER_MIN: u128 = 36;
/// Squared deviations of both names of a pair that may have been exchanged: seven.
const SWAP_MIN: u128 = 49;
/// Squared deviations within which both fit once they are exchanged: three.
const FITS_MAX: u128 = 9;
/// Fewer votes off than this are nobody's mistake to look for.
const VOTES_OFF_MIN: u64 = 10;
/// A bundle with more names off than this is an outlier; pairs in it say nothing.
const PAIRS_OF_MAX: usize = 20;

/// Where votes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// In a bundle, as that table counted it.
    Bundle(BundleId, StationId),
    /// In all bundles of a table together.
    Table(StationId),
}

impl Where {
    pub(super) fn vi(self) -> String {
        match self {
            Self::Bundle(bundle, table) => format!("tập {bundle} ({table})"),
            Self::Table(table) => format!("bàn {table}"),
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundle(bundle, table) => write!(f, "bundle {bundle} ({table})"),
            Self::Table(table) => write!(f, "table {table}"),
        }
    }
}

/// A name whose share is unlike that everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlier {
    /// Where.
    pub at: Where,
    /// The name, in ballot order from 0.
    pub place: usize,
    /// Its votes there.
    pub votes: u64,
    /// Valid papers there.
    pub valid: u64,
    /// Its votes everywhere else.
    pub rest_votes: u64,
    /// Valid papers everywhere else.
    pub rest_valid: u64,
}

/// Two names whose votes fit everywhere else once they are exchanged in this bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap {
    /// The bundle.
    pub bundle: BundleId,
    /// The table that counted it.
    pub table: StationId,
    /// The names, in ballot order from 0.
    pub places: (usize, usize),
    /// Their votes there.
    pub votes: (u64, u64),
    /// Valid papers there.
    pub valid: u64,
}

/// Every name that a bundle or a table gives another share than all others do. Only the smaller part is named.
pub fn outliers(contest: &ContestCount) -> Vec<Outlier> {
    let whole = Whole::of(contest);
    let mut tables: BTreeMap<StationId, (usize, Part)> = BTreeMap::new();
    for (_, batch) in contest.standing() {
        let (bundles, part) = tables.entry(batch.station).or_insert_with(|| (0, Part::none(whole.0.votes.len())));
        *bundles = bundles.saturating_add(1);
        part.add(batch);
    }
    let several = tables.into_iter().filter(|(_, (bundles, _))| *bundles > 1);
    let tables = several.map(|(table, (_, part))| (Where::Table(table), part));
    let bundles = contest.standing().map(|(id, batch)| (Where::Bundle(id, batch.station), Part::of(batch)));
    let off = |(at, part): (Where, Part)| {
        let found = whole.unlike(&part, OUTLIER_MIN).into_iter();
        let (valid, rest_valid) = (part.valid, whole.0.valid.saturating_sub(part.valid));
        let outlier = |place: usize| {
            let (votes, all) = (part.votes[place], whole.0.votes[place]);
            Outlier { at, place, votes, valid, rest_votes: all.saturating_sub(votes), rest_valid }
        };
        found.map(outlier).collect::<Vec<_>>()
    };
    tables.chain(bundles).flat_map(off).collect()
}

/// Every pair of names that looks exchanged in a bundle.
pub fn swaps(contest: &ContestCount) -> Vec<Swap> {
    let whole = Whole::of(contest);
    let mut found = Vec::new();
    for (bundle, batch) in contest.standing() {
        let part = Part::of(batch);
        let unlike = whole.unlike(&part, SWAP_MIN);
        if unlike.len() > PAIRS_OF_MAX {
            continue;
        }
        for (nth, a) in unlike.iter().enumerate() {
            for b in unlike.iter().skip(nth.saturating_add(1)).filter(|b| whole.fit_exchanged(&part, *a, **b)) {
                let votes = (part.votes[*a], part.votes[*b]);
                found.push(Swap { bundle, table: batch.station, places: (*a, *b), votes, valid: part.valid });
            }
        }
    }
    found
}

/// Valid papers and votes of a bundle, of a table, or of everything.
struct Part {
    valid: u64,
    votes: Vec<u64>,
}

impl Part {
    fn none(names: usize) -> Self {
        Self { valid: 0, votes: vec![0; names] }
    }

    fn of(batch: &LiveBatch) -> Self {
        let mut part = Self::none(batch.figures.votes().len());
        part.add(batch);
        part
    }

    fn add(&mut self, batch: &LiveBatch) {
        self.valid = self.valid.saturating_add(u64::from(batch.figures.valid.0));
        for (sum, votes) in self.votes.iter_mut().zip(batch.figures.votes()) {
            *sum = sum.saturating_add(u64::from(votes.0));
        }
    }
}

/// Everything that is counted.
struct Whole(Part);

impl Whole {
    fn of(contest: &ContestCount) -> Self {
        let mut whole = Part::none(contest.statement().candidates.len());
        contest.standing().for_each(|(_, batch)| whole.add(batch));
        Self(whole)
    }

    /// The names whose votes in this part are so many squared deviations off; none when the part is the larger one.
    fn unlike(&self, part: &Part, min: u128) -> Vec<usize> {
        if part.valid > self.0.valid.saturating_sub(part.valid) {
            return Vec::new();
        }
        let off = |place: &usize| self.is_off(part.valid, part.votes[*place], self.0.votes[*place], min);
        (0..part.votes.len()).filter(off).collect()
    }

    /// Whether `x` votes on `n` papers are at least `min` squared deviations from `s` votes on all papers. With p = s/T:
    /// (x/n − (s−x)/N)² ≥ min · p(1−p) · (1/n + 1/N), multiplied out. All factors fit: papers are below 2^32.
    fn is_off(&self, n: u64, x: u64, s: u64, min: u128) -> bool {
        let all = u128::from(self.0.valid);
        let (n, x, s) = (u128::from(n), u128::from(x), u128::from(s));
        let d = x.saturating_mul(all).abs_diff(s.saturating_mul(n));
        let rest = all.saturating_sub(n);
        let spread = n.saturating_mul(rest).saturating_mul(s).saturating_mul(all.saturating_sub(s));
        spread > 0
            && d >= u128::from(VOTES_OFF_MIN).saturating_mul(all)
            && d.saturating_mul(d).saturating_mul(all) >= min.saturating_mul(spread)
    }

    /// Whether both names fit the rest once their votes in this part are exchanged.
    fn fit_exchanged(&self, part: &Part, a: usize, b: usize) -> bool {
        let (xa, xb) = (part.votes[a], part.votes[b]);
        let exchanged = |all: u64, mine: u64, theirs: u64| all.saturating_sub(mine).saturating_add(theirs);
        let off = |x: u64, s: u64| self.is_off(part.valid, x, s, FITS_MAX.saturating_add(1));
        xa.abs_diff(xb) >= VOTES_OFF_MIN
            && !off(xb, exchanged(self.0.votes[a], xa, xb))
            && !off(xa, exchanged(self.0.votes[b], xb, xa))
    }
}
