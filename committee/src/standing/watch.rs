//! What the board watches while it counts, as `status` shows it: how many names papers carry, whether seats would stay
//! empty, what is still open, and what differs. It names nobody before the close unless the event shows live totals.

use serde::Serialize;
use std::collections::BTreeMap;
use tally::{
    Decided,
    count::ContestCount,
    decided::{Chance, Fate},
    watch,
};

/// What the board watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Watch {
    /// How many names the valid papers carry; none on agree forms.
    pub names_left: Option<NamesLeft>,
    /// What comes of it at this rate; none when nothing is to be said yet.
    pub rate: Option<Rate>,
    /// Whether what is open can still change who is elected; none before the papers are stated.
    pub decided: Option<DecidedStanding>,
    /// Bundles and tables that vote otherwise than all others; none where figures are not to be seen.
    pub outliers: Option<Vec<Unlike>>,
    /// Bundles that read as if two names had changed places; none where figures are not to be seen.
    pub swapped: Option<Vec<Unlike>>,
}

/// How many names the valid papers carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamesLeft {
    /// The most a valid paper may carry.
    pub most: usize,
    /// Valid papers by the number of names they carry.
    pub papers: BTreeMap<u16, u32>,
}

/// What comes of it if the papers still to be counted are like those counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields of `tally::watch::Rate`")]
pub struct Rate {
    pub counted: u64,
    pub collected: u64,
    pub over: usize,
    pub seats: u16,
    pub empty: u16,
}

/// Whether what is open can still change who is elected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DecidedStanding {
    /// Nothing that is open can change it.
    pub decided: bool,
    /// Papers that are not in the totals and may still come in.
    pub open_papers: u64,
    /// The fewest open papers that could change anything, were there so many; none when no number could.
    pub fewest_papers: Option<u64>,
    /// The tightest name and how many votes it is away, where figures are to be seen.
    pub tightest: Option<NameStanding>,
    /// Every name in ballot order, where figures are to be seen.
    pub names: Option<Vec<NameStanding>>,
}

/// What the open papers can do to one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameStanding {
    /// Its number.
    pub candidate: String,
    /// `safe`, `out`, `alternate`, `tied` or `open`.
    pub fate: &'static str,
    /// The fewest open papers that could change how it stands.
    pub papers: Option<u64>,
    /// Votes it is away from standing otherwise.
    pub votes: u64,
}

/// Where votes differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unlike {
    /// The bundle; none for all bundles of a table.
    pub bundle: Option<String>,
    /// The table that counted it.
    pub station: String,
    /// The names, by number: one, or the two that look exchanged.
    pub candidates: Vec<String>,
    /// Their votes there.
    pub votes: Vec<u64>,
    /// Valid papers there.
    pub valid: u64,
}

impl Watch {
    pub(super) fn of(c: &ContestCount, may_show: bool) -> Self {
        let left = watch::names_left(c).filter(|left| !left.papers.is_empty());
        let rate = watch::rate(c);
        Self {
            names_left: left
                .map(|l| NamesLeft { most: l.most, papers: l.papers.into_iter().map(|(k, p)| (k, p.0)).collect() }),
            rate: rate.map(|r| Rate {
                counted: r.counted,
                collected: r.collected,
                over: r.over,
                seats: r.seats,
                empty: r.empty,
            }),
            decided: Decided::of(c).map(|d| decided(&d, may_show)),
            outliers: may_show.then(|| watch::outliers(c).iter().map(|o| outlier(o, c)).collect()),
            swapped: may_show.then(|| watch::swaps(c).iter().map(|s| swap(s, c)).collect()),
        }
    }
}

fn decided(d: &Decided, may_show: bool) -> DecidedStanding {
    let bound = d.bound();
    DecidedStanding {
        decided: d.is_decided(),
        open_papers: d.open_papers,
        fewest_papers: bound.and_then(|chance| chance.papers),
        tightest: bound.filter(|_| may_show).map(name),
        names: may_show.then(|| d.chances.iter().map(name).collect()),
    }
}

fn name(chance: &Chance) -> NameStanding {
    let fate = match chance.fate {
        Fate::Safe => "safe",
        Fate::Out => "out",
        Fate::Tied => "tied",
        Fate::Alternate => "alternate",
        Fate::Open => "open",
    };
    NameStanding { candidate: chance.candidate.to_string(), fate, papers: chance.papers, votes: chance.votes }
}

fn outlier(o: &watch::Outlier, c: &ContestCount) -> Unlike {
    let (bundle, station) = match o.at {
        watch::Where::Bundle(bundle, station) => (Some(bundle.to_string()), station),
        watch::Where::Table(station) => (None, station),
    };
    let candidates = vec![c.statement().number(o.place).to_string()];
    Unlike { bundle, station: station.to_string(), candidates, votes: vec![o.votes], valid: o.valid }
}

fn swap(s: &watch::Swap, c: &ContestCount) -> Unlike {
    let number = |place| c.statement().number(place).to_string();
    Unlike {
        bundle: Some(s.bundle.to_string()),
        station: s.table.to_string(),
        candidates: vec![number(s.places.0), number(s.places.1)],
        votes: vec![s.votes.0, s.votes.1],
        valid: s.valid,
    }
}
