//! What a rehearsal will do, read from the event folder before anything starts: the event, the ballots of every table,
//! and the bundles they make.

use crate::exit::{Exit, Failure};
use committee::event::{Event, EventContest};
use serde_json::Value;
use station::ballots::{BallotForm, Ballots, BundleSheet};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tally::{BundleId, StationId, profile::PROFILES};

/// An event folder, read and checked.
pub(super) struct Plan {
    pub(super) folder: PathBuf,
    pub(super) event: Event,
    pub(super) contests: Vec<ContestPlan>,
    pub(super) expected: Option<Value>,
}

/// One contest: who counts what.
pub(super) struct ContestPlan {
    pub(super) contest: EventContest,
    pub(super) tables: Vec<TablePlan>,
    /// (bundle, papers, its table unless several count it), ascending.
    pub(super) bundles: Vec<(BundleId, u32, Option<StationId>)>,
}

/// The ballots of one table.
pub(super) struct TablePlan {
    pub(super) station: StationId,
    pub(super) ballots: PathBuf,
}

impl Plan {
    /// Reads everything; nothing has started when this fails.
    ///
    /// # Errors
    /// Every fault of `event.toml`, or of a ballots file, with its line.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let profiles: Vec<_> = PROFILES.iter().map(|p| (p.name, p.base)).collect();
        let event = Event::read(&folder.join("event.toml"), &profiles).map_err(|e| Failure::new(Exit::Input, e))?;
        if event.contests.is_empty() {
            let sentence = "chưa có cuộc bầu nào để diễn tập — event.toml has no [[contest]] to rehearse";
            return Err(Failure::new(Exit::Input, sentence));
        }
        let contests = event.contests.iter().map(|c| ContestPlan::read(folder, &event, c)).collect::<Result<_, _>>()?;
        let expected = read_expected(&folder.join("expected.json"))?;
        Ok(Self { folder: folder.to_owned(), event, contests, expected })
    }

    /// Bundles that will be counted, every count of each.
    pub(super) fn batches(&self) -> u64 {
        self.contests.iter().map(|c| c.bundles.len() as u64 * u64::from(c.contest.counts)).sum()
    }
}

impl ContestPlan {
    fn read(folder: &Path, event: &Event, contest: &EventContest) -> Result<Self, Failure> {
        let form = BallotForm { form: contest.form, choices: contest.choices, names: contest.candidates.len() };
        let mut tables = Vec::new();
        let mut found: BTreeMap<BundleId, Vec<(StationId, u32)>> = BTreeMap::new();
        for station in event.stations.iter().map(|s| s.id) {
            let ballots = folder.join(format!("ballots/{}/{station}.csv", contest.id));
            if !ballots.exists() {
                continue;
            }
            for sheet in sheets(event, contest, station, &ballots, form)? {
                found.entry(sheet.bundle).or_default().push((station, sheet.figures.ballots.0));
            }
            tables.push(TablePlan { station, ballots });
        }
        if tables.is_empty() {
            let place = folder.join(format!("ballots/{}", contest.id));
            let sentence = format!("không có phiếu nào ở {0} — there are no ballots in {0}", place.display());
            return Err(Failure::new(Exit::Input, sentence));
        }
        let bundles = found.into_iter().map(|(id, counts)| bundle(contest, id, &counts)).collect::<Result<_, _>>()?;
        Ok(Self { contest: contest.clone(), tables, bundles })
    }

    /// Papers that came back.
    pub(super) fn collected(&self) -> u64 {
        self.bundles.iter().map(|(_, papers, _)| u64::from(*papers)).sum()
    }
}

fn sheets(
    event: &Event,
    contest: &EventContest,
    station: StationId,
    path: &Path,
    form: BallotForm,
) -> Result<Vec<BundleSheet>, Failure> {
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let read = Ballots::read(path, form).and_then(|ballots| {
        ballots.bundles(station, size(contest.bundle_size), size(event.min_bundle))
    });
    read.map_err(|e| Failure::new(Exit::Input, e))
}

/// What the board will state of a bundle: its papers as the first table found them, and the table if only one counts it.
fn bundle(
    contest: &EventContest,
    id: BundleId,
    counts: &[(StationId, u32)],
) -> Result<(BundleId, u32, Option<StationId>), Failure> {
    let wrong = |vi: String, en: String| Err(Failure::new(Exit::Input, format!("{vi} — {en}")));
    if counts.len() != usize::from(contest.counts) {
        let (have, needed) = (counts.len(), contest.counts);
        return wrong(
            format!("{}: tập {id} có {have} bàn kiểm, cần {needed}", contest.id),
            format!("{}: bundle {id} is counted by {have} tables, {needed} are needed", contest.id),
        );
    }
    let table = (contest.counts == 1).then_some(counts[0].0);
    Ok((id, counts[0].1, table))
}

fn read_expected(path: &Path) -> Result<Option<Value>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|e| Failure::new(Exit::Input, format!("{}: {e}", path.display())))?,
    };
    let expected = serde_json::from_str(&text);
    expected.map(Some).map_err(|e| Failure::new(Exit::Input, format!("{}: {e}", path.display())))
}
