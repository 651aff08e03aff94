//! Bundles that somebody has or had to look at, each with everything that was ever said of it, read again in the verified
//! log. It refuses to trust the server for any of it: an entry is taken only if it is the leaf that was verified.

use crate::{
    error::CommitteeError,
    meaning::{Meaning, Said},
    record::Record,
};
use serde::Serialize;
use std::collections::BTreeMap;
use tally::{
    BundleId, ContestId, Count, SignedStatement, Statement,
    count::{Case, ContestCount},
    ruling::Refusal,
};

/// One bundle with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseFile {
    /// The contest.
    pub contest: String,
    /// The bundle.
    pub bundle: String,
    /// How it stands; none when the papers do not have it.
    pub state: Option<&'static str>,
    /// Papers it should hold.
    pub papers: Option<u32>,
    /// Whether it keeps the contest open until the board acts.
    pub needs_board: bool,
    /// Whether there is anything to look at now.
    pub open: bool,
    /// What to look at: `F-DUPLICATE`, `F-LOOKALIKE` and the like.
    pub flags: Vec<&'static str>,
    /// Bundles with the same figures or printed numbers.
    pub alike: Vec<String>,
    /// Everything that was said of it, in order.
    pub history: Vec<HistoryEntry>,
}

/// One entry of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// Its index in the log.
    pub index: u64,
    /// What kind of statement it is.
    pub kind: &'static str,
    /// Its sid, which a settle names.
    pub sid: String,
    /// Who signed it, without the origin.
    pub signers: Vec<String>,
    /// What it says.
    pub said: Vec<Said>,
    /// What became of it.
    pub effect: Effect,
    /// Why it does not count, if it was set aside.
    pub faults: Vec<&'static str>,
    /// Of a batch: what it adds up to.
    pub figures: Option<CaseFigures>,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A batch that stands for its bundle in the totals.
    Counted,
    /// A batch that is live and not in the totals.
    Live,
    /// A batch that was live until it was withdrawn or its key revoked.
    Out,
    /// Logged, and it never counted.
    SetAside,
    /// It took effect.
    Recorded,
}

/// What a batch adds up to, to be compared side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the words of the statement `batch`")]
pub struct CaseFigures {
    pub station: String,
    pub ballots: u32,
    pub valid: u32,
    pub invalid: BTreeMap<&'static str, u32>,
    /// Votes of each name, in ballot order.
    pub votes: Vec<u32>,
}

/// Which cases are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// One contest alone.
    pub contest: Option<ContestId>,
    /// One bundle alone, case or not.
    pub bundle: Option<BundleId>,
}

/// The cases that are asked for, of those that need the board first, with every entry of their histories.
///
/// # Errors
/// There is no such contest or bundle; or an entry cannot be read again as it was verified.
pub async fn read(record: &mut Record, wanted: Wanted) -> Result<Vec<CaseFile>, CommitteeError> {
    let mut entries = BTreeMap::new();
    for index in indices(&record.replay().count, wanted)? {
        entries.insert(index, record.entry(index).await?);
    }
    Ok(files(&record.replay().count, wanted, &entries))
}

/// The same from entries that are at hand.
pub fn files(count: &Count, wanted: Wanted, entries: &BTreeMap<u64, SignedStatement>) -> Vec<CaseFile> {
    let mut files: Vec<_> = Vec::new();
    for (contest, case) in select(count, wanted) {
        files.push(file(count, contest, &case, entries));
    }
    files.sort_by_key(|file| (!file.needs_board, !file.open));
    files
}

fn select(count: &Count, wanted: Wanted) -> Vec<(&ContestCount, Case<'_>)> {
    let contests = count.contests().filter(move |c| wanted.contest.is_none_or(|id| c.statement().contest == id));
    let cases = contests.flat_map(move |c| match wanted.bundle {
        Some(bundle) => Some((c, c.case(bundle))).into_iter().collect::<Vec<_>>(),
        None => c.every_case().map(|case| (c, case)).collect(),
    });
    cases.collect()
}

fn indices(count: &Count, wanted: Wanted) -> Result<Vec<u64>, CommitteeError> {
    if let Some(id) = wanted.contest {
        let contest = count.contest(id).ok_or(Refusal::UnknownContest(id))?;
        if let Some(bundle) = wanted.bundle
            && contest.bundle_state(bundle).is_none()
            && !contest.every_case().any(|case| case.bundle == bundle)
        {
            return Err(Refusal::UnknownBundle(bundle).into());
        }
    }
    let mut all: Vec<u64> = select(count, wanted).into_iter().flat_map(|(_, case)| case.history).collect();
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn file(count: &Count, c: &ContestCount, case: &Case<'_>, entries: &BTreeMap<u64, SignedStatement>) -> CaseFile {
    let history = case.history.iter().filter_map(|index| Some(entry(count, c, case, *index, entries.get(index)?)));
    CaseFile {
        contest: c.statement().contest.to_string(),
        bundle: case.bundle.to_string(),
        state: case.state.map(tally::ruling::BundleState::word),
        papers: c.papers().and_then(|p| p.bundle(case.bundle)).map(|b| b.papers.0),
        needs_board: case.needs_board(),
        open: case.is_open(),
        flags: case.flags.iter().map(|flag| flag.word()).collect(),
        alike: case.alike.iter().map(ToString::to_string).collect(),
        history: history.collect(),
    }
}

fn entry(count: &Count, c: &ContestCount, case: &Case<'_>, index: u64, signed: &SignedStatement) -> HistoryEntry {
    let Meaning { title, lines } = Meaning::of(&signed.statement, count);
    let origin = count.manifest().map_or("", |m| &m.origin);
    let short = |name: &str| name.strip_prefix(origin).map_or(name, |rest| rest.trim_start_matches('/')).to_owned();
    HistoryEntry {
        index,
        kind: signed.statement.kind().word(),
        sid: signed.sid.to_string(),
        signers: signed.signers.iter().map(|name| short(name)).collect(),
        said: std::iter::once(title).chain(lines).map(Said::from).collect(),
        effect: effect(count, c, case, index, &signed.statement),
        faults: count.set_aside(index).iter().map(|fault| fault.code()).collect(),
        figures: figures(&signed.statement),
    }
}

fn effect(count: &Count, c: &ContestCount, case: &Case<'_>, index: u64, statement: &Statement) -> Effect {
    let counted = || c.standing().any(|(bundle, batch)| bundle == case.bundle && batch.index == index);
    match statement {
        _ if !count.set_aside(index).is_empty() => Effect::SetAside,
        Statement::Batch(_) if counted() => Effect::Counted,
        Statement::Batch(_) if case.batches.iter().any(|b| b.index == index) => Effect::Live,
        Statement::Batch(_) => Effect::Out,
        _ => Effect::Recorded,
    }
}

fn figures(statement: &Statement) -> Option<CaseFigures> {
    let Statement::Batch(batch) = statement else { return None };
    let f = &batch.figures;
    Some(CaseFigures {
        station: batch.station.to_string(),
        ballots: f.ballots.0,
        valid: f.valid.0,
        invalid: f.invalid.iter().map(|(reason, papers)| (reason.word(), papers.0)).collect(),
        votes: f.votes().iter().map(|v| v.0).collect(),
    })
}
