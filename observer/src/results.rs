//! What a verified log adds up to, as `results.json` says it. It refuses to know where the log came from: it is given a
//! replay that verified.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tally::{
    CandidateNo, Marks, Replay, Votes,
    count::{ContestCount, Flags},
    figures::Papers,
    outcome::Outcome,
    ruling::Sentence,
    statement::Certify,
};

/// One whole event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Sid of the manifest.
    pub event: String,
    /// The origin of the log.
    pub origin: String,
    /// Which state of the log.
    pub log: LogHead,
    /// The observer's verdict in one word.
    pub observer: String,
    /// Every contest, by id.
    pub contests: Vec<ContestResults>,
    /// What people should look at.
    pub flags: FlagResults,
    /// Seconds; filled in by whoever measured.
    pub timings_s: Timings,
    /// Batches in the log.
    pub batches: u64,
    /// Filled in by whoever measured.
    pub batches_per_s: f64,
}

/// Size and root of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Entries.
    pub size: u64,
    /// 64 hex digits.
    pub root: String,
}

/// Whole seconds and parts of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// From the first batch to the last ruling.
    pub count: f64,
    /// The observer's audit.
    pub verify: f64,
}

/// One contest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContestResults {
    /// Its id.
    pub id: String,
    /// Where it is on its way.
    pub state: String,
    /// Sid of the certificate in force.
    pub certify: Option<String>,
    /// Bundles counted.
    pub bundles: u64,
    /// Papers in them.
    pub ballots: u64,
    /// Valid ones.
    pub valid: u64,
    /// Invalid ones by ground; only grounds that occurred.
    pub invalid: BTreeMap<String, u64>,
    /// Papers by the number of names left on them; empty for agree forms.
    pub left: BTreeMap<u16, u64>,
    /// Votes by candidate; of agree forms those who agree.
    pub votes: BTreeMap<String, u64>,
    /// Đồng ý; empty for other forms.
    pub agree: BTreeMap<String, u64>,
    /// Không đồng ý; empty for other forms.
    pub disagree: BTreeMap<String, u64>,
    /// Both boxes or none; empty for other forms.
    pub unusable: BTreeMap<String, u64>,
    /// The denominator, where the profile has one.
    pub base: Option<u64>,
    /// The fewest votes that elect, where the profile has a denominator.
    pub threshold: Option<u64>,
    /// Who is elected.
    pub outcome: OutcomeResults,
    /// How the rules lead there, line by line; empty while the contest is open or void.
    pub derivation: DerivationResults,
    /// What the board certified, where it has; with a deviation from the rules, its reason.
    pub certified: Option<CertifiedResults>,
}

/// The derivation of an outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivationResults {
    /// In Vietnamese.
    pub vi: Vec<String>,
    /// The same lines in English.
    pub en: Vec<String>,
}

/// What the board certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedResults {
    /// In the order of the certificate.
    pub elected: Vec<String>,
    /// What comes next: `none`, a tie, a shortage.
    pub next: String,
    /// Why the board departed from the rules, if it did.
    pub deviation: Option<String>,
}

/// Who is elected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeResults {
    /// By votes, highest first, then by number.
    pub elected: Vec<String>,
    /// Alternates, the next after the elected; empty where the profile takes none from the list.
    pub alternates: Vec<String>,
    /// Equal votes across the last seat; empty and 0 when there are none.
    pub tie: TieResults,
    /// Seats that nobody won.
    pub short: u16,
    /// `collected-more-than-issued`, or null.
    pub blocked: Option<String>,
}

/// Equal votes across the last seat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieResults {
    /// In ballot order.
    pub candidates: Vec<String>,
    /// Seats among them.
    pub seats: u16,
}

/// What people should look at, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagResults {
    /// Statements sent again: the server's counter, no part of the log; filled in by whoever asked it.
    pub repeated: u64,
    /// Equal counts beyond those a contest asks for.
    pub duplicate: u64,
    /// Batches that differed from a live one of their bundle.
    pub conflict: u64,
    /// Batches with the figures or serials of another bundle.
    pub lookalike: u64,
    /// Statements of tables set aside.
    #[serde(rename = "set-aside")]
    pub set_aside: u64,
}

impl From<Flags> for FlagResults {
    fn from(f: Flags) -> Self {
        Self {
            repeated: 0,
            duplicate: f.duplicate,
            conflict: f.conflict,
            lookalike: f.lookalike,
            set_aside: f.set_aside,
        }
    }
}

impl Results {
    /// The results of a log that was replayed and verified; `None` before its manifest.
    #[must_use]
    pub fn of(replay: &Replay, observer: &str) -> Option<Self> {
        let (event, manifest) = (replay.count.event()?, replay.count.manifest()?);
        Some(Self {
            event: event.to_string(),
            origin: manifest.origin.to_string(),
            log: LogHead { size: replay.tree.size(), root: replay.tree.root().to_string() },
            observer: observer.to_owned(),
            contests: replay.count.contests().map(ContestResults::of).collect(),
            flags: replay.count.flags().into(),
            timings_s: Timings::default(),
            batches: 0,
            batches_per_s: 0.0,
        })
    }
}

impl ContestResults {
    fn of(contest: &ContestCount) -> Self {
        let totals = contest.totals();
        let mut results = Self {
            id: contest.statement().contest.to_string(),
            state: contest.phase().to_string(),
            certify: contest.certify().map(|(sid, _)| sid.to_string()),
            bundles: contest.bundles_counted() as u64,
            ballots: totals.ballots.0.into(),
            valid: totals.valid.0.into(),
            invalid: totals.invalid.iter().map(|(reason, n)| (reason.to_string(), n.0.into())).collect(),
            left: BTreeMap::new(),
            votes: by_candidate(totals.votes()),
            agree: BTreeMap::new(),
            disagree: BTreeMap::new(),
            unusable: BTreeMap::new(),
            base: contest.base(),
            threshold: contest.threshold(),
            outcome: OutcomeResults::of(&contest.outcome()),
            derivation: contest.derivation().into(),
            certified: contest.certify().map(|(_, certify)| certify.into()),
        };
        match &totals.marks {
            Marks::Names { left, .. } => results.left = left.iter().map(|(k, Papers(n))| (*k, (*n).into())).collect(),
            Marks::Agree { agree, disagree, unusable } => {
                results.agree = by_candidate(agree);
                results.disagree = by_candidate(disagree);
                results.unusable = by_candidate(unusable);
            }
        }
        results
    }
}

impl From<Vec<Sentence>> for DerivationResults {
    fn from(lines: Vec<Sentence>) -> Self {
        let (vi, en) = lines.into_iter().map(|line| (line.vi, line.en)).unzip();
        Self { vi, en }
    }
}

impl From<&Certify> for CertifiedResults {
    fn from(certify: &Certify) -> Self {
        Self {
            elected: certify.elected.iter().map(ToString::to_string).collect(),
            next: certify.next.to_string(),
            deviation: certify.deviation.as_ref().map(ToString::to_string),
        }
    }
}

impl OutcomeResults {
    fn of(outcome: &Outcome) -> Self {
        let words = |numbers: &[CandidateNo]| numbers.iter().map(ToString::to_string).collect();
        let tie = outcome.tie.as_ref();
        Self {
            elected: words(&outcome.elected),
            alternates: words(&outcome.alternates),
            tie: tie.map(|t| TieResults { candidates: words(&t.candidates), seats: t.seats }).unwrap_or_default(),
            short: outcome.short,
            blocked: outcome.blocked.map(|b| b.word().to_owned()),
        }
    }
}

/// Numbers of equal width: the order of their texts is the order of the ballot.
fn by_candidate(votes: &[Votes]) -> BTreeMap<String, u64> {
    let number = |place| CandidateNo::at(place, votes.len()).to_string();
    votes.iter().enumerate().map(|(place, v)| (number(place), v.0.into())).collect()
}
