//! What a rehearsal will do, read from the event folder before anything starts: the event, the ballots of every table,
//! and the bundles they make.

use crate::exit::{Exit, Failure};
use committee::event::{Event, EventContest};
use serde_json::Value;
use station::ballots::{BallotForm, Ballots, BundleSheet};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::{BundleId, StationId, profile::Rulebook};

/// An event folder, read and checked.
pub(super) struct Plan {
    pub(super) folder: PathBuf,
    pub(super) event: Event,
    /// The rules its contests name, those of the folder among them.
    pub(super) rules: Arc<Rulebook>,
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
        let book = rules::of(folder).map_err(|e| Failure::new(Exit::Input, e))?;
        let event = Event::read(&folder.join("event.toml"), &book).map_err(|e| Failure::new(Exit::Input, e))?;
        if event.contests.is_empty() {
            let sentence = "chưa có cuộc bầu nào để diễn tập — event.toml has no [[contest]] to rehearse";
            return Err(Failure::new(Exit::Input, sentence));
        }
        no_strangers(&folder.join("ballots"), &event)?;
        let contests =
            event.contests.iter().map(|c| ContestPlan::read(folder, &event, c, &book)).collect::<Result<_, _>>()?;
        let expected = read_expected(&folder.join("expected.json"))?;
        Ok(Self { folder: folder.to_owned(), event, rules: book, contests, expected })
    }

    /// Bundles that will be counted, every count of each.
    pub(super) fn batches(&self) -> u64 {
        self.contests.iter().map(|c| c.bundles.len() as u64 * u64::from(c.contest.counts)).sum()
    }
}

impl ContestPlan {
    fn read(folder: &Path, event: &Event, contest: &EventContest, book: &Rulebook) -> Result<Self, Failure> {
        let grounds = book.find(&contest.profile).and_then(|profile| profile.grounds(contest.form));
        let grounds = grounds.expect("an event is read only with the rules of all its contests and their forms");
        let names = contest.candidates.len();
        let form = BallotForm { form: contest.form, choices: contest.choices, names, grounds };
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
        let bundles: Vec<_> =
            found.into_iter().map(|(id, counts)| bundle(contest, id, &counts)).collect::<Result<_, _>>()?;
        large_enough(event, contest, &bundles)?;
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
    let read = Ballots::read(path, form)
        .and_then(|ballots| ballots.bundles(station, size(contest.bundle_size), size(event.min_bundle)));
    read.map_err(|e| Failure::new(Exit::Input, e))
}

/// What the board will state of a bundle: its papers as the first table found them, and the table if only one counts it.
fn bundle(
    contest: &EventContest,
    id: BundleId,
    counts: &[(StationId, u32)],
) -> Result<(BundleId, u32, Option<StationId>), Failure> {
    if counts.len() != usize::from(contest.counts) {
        let (have, needed) = (counts.len(), contest.counts);
        return Err(wrong(
            format!("{}: tập {id} có {have} bàn kiểm, cần {needed}", contest.id),
            format!("{}: bundle {id} is counted by {have} tables, {needed} are needed", contest.id),
        ));
    }
    let table = (contest.counts == 1).then_some(counts[0].0);
    Ok((id, counts[0].1, table))
}

/// The board may state no bundle small enough to show how somebody voted, unless the whole contest is that small
/// (protocol §4); a rehearsal says so before it starts.
fn large_enough(
    event: &Event,
    contest: &EventContest,
    bundles: &[(BundleId, u32, Option<StationId>)],
) -> Result<(), Failure> {
    let (id, min) = (contest.id, event.min_bundle);
    let whole: u64 = bundles.iter().map(|(_, papers, _)| u64::from(*papers)).sum();
    match bundles.iter().find(|(_, papers, _)| u64::from(*papers) < min && whole >= min) {
        None => Ok(()),
        Some((bundle, papers, _)) => Err(wrong(
            format!("{id}: tập {bundle} có {papers} phiếu, ít nhất {min} để giữ bí mật (min-bundle); gộp vào tập khác"),
            format!(
                "{id}: bundle {bundle} has {papers} papers; the secrecy of the vote asks for {min} (min-bundle); join it to another"
            ),
        )),
    }
}

/// Ballots of a table or a contest that the event does not have would silently not be counted.
fn no_strangers(ballots: &Path, event: &Event) -> Result<(), Failure> {
    let contests: Vec<String> = event.contests.iter().map(|c| c.id.to_string()).collect();
    let tables: Vec<String> = event.stations.iter().map(|s| format!("{}.csv", s.id)).collect();
    for contest in names_in(ballots)? {
        if !contests.contains(&contest) {
            return Err(stranger(&ballots.join(contest)));
        }
        let folder = ballots.join(contest);
        if let Some(file) = names_in(&folder)?.into_iter().find(|file| !tables.contains(file)) {
            return Err(stranger(&folder.join(file)));
        }
    }
    Ok(())
}

/// What lies in a folder, ascending; nothing in one that is not there. Hidden files are somebody's editor's.
fn names_in(folder: &Path) -> Result<Vec<String>, Failure> {
    let unreadable = |e: std::io::Error| {
        Failure::new(Exit::Input, format!("không đọc được {0} — {0} cannot be read: {e}", folder.display()))
    };
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?,
    };
    let mut names: Vec<String> = entries.iter().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}

fn stranger(path: &Path) -> Failure {
    let path = path.display();
    wrong(
        format!("{path}: event.toml không có bàn hoặc cuộc bầu này; sửa tên hoặc bỏ ra"),
        format!("{path}: event.toml has no such table or contest; mend the name or take it away"),
    )
}

fn wrong(vi: impl std::fmt::Display, en: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Input, format!("{vi} — {en}"))
}

fn read_expected(path: &Path) -> Result<Option<Value>, Failure> {
    let name = path.display();
    let broken = |e: &dyn std::fmt::Display| {
        wrong(
            format!("{name}: không đọc được; sửa hoặc xóa tệp này"),
            format!("{name} cannot be read; mend it or delete it: {e}"),
        )
    };
    let text = match std::fs::read_to_string(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|e| broken(&e))?,
    };
    serde_json::from_str(&text).map(Some).map_err(|e| broken(&e))
}
