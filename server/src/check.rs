//! Looks at everything a server keeps, without changing or locking anything: it may be typed while the server runs. Each
//! finding says whether the server can go on with it. It refuses to mend.

use crate::{
    epoch,
    error::ServerError,
    guard::{Standing, standing},
    holding::{Compared, Holding, compare},
    home::{EventHome, Home},
    index::{Found, Index},
    mirror::{folder_of, last_place},
    scrutiny::{Progress, Scrutiny},
    store::GROUP_BYTES_MAX,
};
use journal::{JournalError, Limits, Trim};
use std::{fs, path::Path};
use tally::{Replay, Sid};
use tlog::Hash;

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Every record, its checksums and the chain, every signature, ruling and checkpoint.
    Journal,
    /// The second journal against the first.
    SecondJournal,
    /// The index, which can be made again at any time.
    Index,
    /// The log and tally keys.
    Keys,
    /// Room for more.
    Disk,
    /// Epoch, restored, halted.
    Markers,
}

impl Area {
    /// One word for scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::SecondJournal => "second-journal",
            Self::Index => "index",
            Self::Keys => "keys",
            Self::Disk => "disk",
            Self::Markers => "markers",
        }
    }
}

/// What a finding means for the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As it should be.
    Fine,
    /// To be known; the server goes on.
    Harmless,
    /// The server cannot go on with it.
    Wrong,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What.
    pub area: Area,
    /// What it means.
    pub weight: Weight,
    /// A sentence for the operator.
    pub says: String,
}

/// What was found of one event.
#[derive(Clone, Debug)]
pub struct EventCheck {
    /// The event.
    pub event: Sid,
    /// A server has it open now.
    pub is_running: bool,
    /// Entries of the journal, as far as it is good.
    pub entries: u64,
    /// The root over them.
    pub root: Hash,
    /// In the order of [`Area`].
    pub findings: Vec<Finding>,
}

/// Looks at every event of a home. `stick` is where the second journal is; where it was last, if none is given.
///
/// # Errors
/// There is no event in that home, or it cannot be listed.
pub fn check(home: &Path, stick: Option<&Path>, progress: Progress<'_>) -> Result<Vec<EventCheck>, ServerError> {
    let events = Home::new(home).events()?;
    if events.is_empty() {
        return Err(ServerError::NoEvent(home.to_owned()));
    }
    Ok(events.iter().map(|event| check_event(event, stick, progress)).collect())
}

fn check_event(home: &EventHome, stick: Option<&Path>, progress: Progress<'_>) -> EventCheck {
    let is_running = journal::is_locked(&home.journal()).unwrap_or(false);
    let mut findings = Findings(Vec::new());
    // The second first: a server that writes meanwhile has then put more into the first, never less.
    let second = second_of(home, stick);
    let read = findings.journal(home, is_running, progress);
    if let Some((replay, holding)) = &read {
        findings.second(home, second, holding, is_running);
        findings.index(home, replay);
    }
    findings.keys(home);
    findings.disk(home, stick);
    findings.markers(home);
    let (entries, root) = read.map_or((0, Hash::ZERO), |(replay, _)| (replay.tree.size(), replay.tree.root()));
    EventCheck { event: home.event, is_running, entries, root, findings: findings.0 }
}

/// The second journal as it was before the first was read.
enum Second {
    None,
    /// Required, and not where it was last.
    Away(String),
    There(EventHome, Result<Holding, JournalError>),
}

fn second_of(home: &EventHome, stick: Option<&Path>) -> Second {
    let last = last_place(home).unwrap_or(None);
    let Some(place) = stick.map(Path::to_owned).or_else(|| last.clone()) else { return Second::None };
    let second = EventHome { event: home.event, folder: folder_of(&place, home.event) };
    if stick.is_none() && !second.folder.exists() {
        return Second::Away(place.display().to_string());
    }
    let holding = Holding::of(&second, &second.journal());
    Second::There(second, holding)
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, area: Area, weight: Weight, says: impl Into<String>) {
        self.0.push(Finding { area, weight, says: says.into() });
    }

    fn journal(&mut self, home: &EventHome, runs: bool, progress: Progress<'_>) -> Option<(Replay, Holding)> {
        let rules = match home.rules() {
            Ok(rules) => rules,
            Err(error) => {
                self.add(Area::Journal, Weight::Wrong, error.to_string());
                return None;
            }
        };
        let mut scrutiny = Scrutiny::new(home.event, rules, progress);
        let (path, limits) = (home.journal(), Limits::default());
        let summary = match journal::read(&path, &home.purpose(), limits, |group| scrutiny.group(group)) {
            Ok(summary) => summary,
            Err(error) => {
                self.add(Area::Journal, Weight::Wrong, format!("nhật ký hỏng — {}: {error}", path.display()));
                return None;
            }
        };
        let entries = scrutiny.size();
        match summary.trim {
            _ if entries == 0 => {
                self.add(Area::Journal, Weight::Wrong, "nhật ký không có mục nào — the journal has no entry");
            }
            Trim::IncompleteTail { bytes, .. } if !runs => self.add(
                Area::Journal,
                Weight::Harmless,
                format!(
                    "{entries} mục, nhóm cuối dở dang — {entries} entries are good; {bytes} bytes of an incomplete last \
                     group are cut off at the next start"
                ),
            ),
            _ => self.add(
                Area::Journal,
                Weight::Fine,
                format!("{entries} mục đúng — {entries} entries, every signature, ruling and checkpoint is good"),
            ),
        }
        let holding = Holding { bytes: summary.bytes, entries, head: scrutiny.head };
        Some((scrutiny.replay, holding))
    }

    fn second(&mut self, home: &EventHome, second: Second, first: &Holding, runs: bool) {
        let (place, holding) = match second {
            Second::None => return,
            Second::Away(place) => {
                let says =
                    format!("không có nhật ký thứ hai ở {place} — the second journal is required and not at {place}");
                return self.add(Area::SecondJournal, Weight::Harmless, says);
            }
            Second::There(place, holding) => (place, holding),
        };
        let path = place.journal();
        let wrong = |why: &dyn std::fmt::Display| format!("nhật ký thứ hai hỏng — {}: {why}", path.display());
        let holding = match holding {
            Ok(holding) => holding,
            Err(error) => return self.add(Area::SecondJournal, Weight::Wrong, wrong(&error)),
        };
        let (own, theirs) = (first.entries, holding.entries);
        let compared = fs::File::open(home.journal()).and_then(|file| compare(file, first.bytes, &path, holding.bytes));
        let (weight, says) = match compared {
            Err(error) => (Weight::Wrong, wrong(&error)),
            Ok(Compared::Differ(at)) => (Weight::Wrong, wrong(&format!("it differs from the first from byte {at} on"))),
            Ok(Compared::Ahead) => (
                Weight::Wrong,
                format!(
                    "ở đây thiếu {0} mục — this disk has {own} entries, the second journal has {theirs}: {0} are missing \
                     here; use `kiemphieu server takeover`",
                    theirs.saturating_sub(own)
                ),
            ),
            Ok(Compared::Behind) if runs => {
                (Weight::Fine, format!("{theirs} mục giống hệt — {theirs} entries, equal; the server is writing"))
            }
            Ok(Compared::Behind) => (
                Weight::Harmless,
                format!(
                    "thiếu {0} mục, sẽ được chép bù — {theirs} entries, equal; {0} are caught up at the next start",
                    own.saturating_sub(theirs)
                ),
            ),
            Ok(Compared::Equal) => (Weight::Fine, format!("{theirs} mục giống hệt — {theirs} entries, equal")),
        };
        self.add(Area::SecondJournal, weight, says);
        if let (Ok(own), Ok(theirs)) = (epoch::read(&home.folder), epoch::read(&place.folder))
            && theirs > own
        {
            let says = format!(
                "máy khác đã tiếp quản — another server took this event over (epoch {theirs}, here {own}); do not start \
                 this one"
            );
            self.add(Area::SecondJournal, Weight::Wrong, says);
        }
    }

    fn index(&mut self, home: &EventHome, replay: &Replay) {
        let (weight, says) = match Index::look(&home.index(), home.event, |size| replay.tree.root_at(size)) {
            Some(Found::Fits(size)) => (Weight::Fine, format!("chỉ mục khớp — the index fits ({size} entries)")),
            Some(Found::Nothing) => {
                (Weight::Fine, "chưa có chỉ mục — no index yet; it is made by the server".to_owned())
            }
            Some(Found::Foreign) | None => {
                (Weight::Harmless, "chỉ mục cũ, sẽ làm lại — the index is stale and is made again".to_owned())
            }
        };
        self.add(Area::Index, weight, says);
    }

    fn keys(&mut self, home: &EventHome) {
        match home.open() {
            Ok(_) => self.add(Area::Keys, Weight::Fine, "hai khóa đúng — log and tally key are those of the manifest"),
            Err(error) => self.add(Area::Keys, Weight::Wrong, error.to_string()),
        }
    }

    fn disk(&mut self, home: &EventHome, stick: Option<&Path>) {
        let needed = Limits::default().free_space_floor + GROUP_BYTES_MAX;
        let last = last_place(home).unwrap_or(None);
        let second = stick.map(Path::to_owned).or(last).filter(|place| place.exists());
        for place in [Some(home.folder.clone()), second].into_iter().flatten() {
            let shown = place.display();
            let (weight, says) = match journal::free_space(&place) {
                Ok(Some(free)) if free < needed => (
                    Weight::Wrong,
                    format!("đĩa gần đầy: {shown} — {shown} has {} MiB free, {} are needed", free >> 20, needed >> 20),
                ),
                Ok(Some(free)) => (Weight::Fine, format!("còn {0} MiB — {shown} has {0} MiB free", free >> 20)),
                Ok(None) => continue,
                Err(error) => (Weight::Wrong, error.to_string()),
            };
            self.add(Area::Disk, weight, says);
        }
    }

    fn markers(&mut self, home: &EventHome) {
        let (weight, says) = match standing(home) {
            Ok(Standing::Signing) => match epoch::read(&home.folder) {
                Ok(epoch) => (Weight::Fine, format!("được ký, kỳ {epoch} — may sign, epoch {epoch}")),
                Err(error) => (Weight::Wrong, error.to_string()),
            },
            Ok(Standing::Restored(size)) => (
                Weight::Harmless,
                format!("chờ xác nhận — restored with {size} entries; signs nothing until `kiemphieu server release`"),
            ),
            Ok(Standing::Doubted(doubt)) => (Weight::Wrong, doubt.to_string()),
            Ok(Standing::Halted(halt)) => (Weight::Wrong, halt.to_string()),
            Err(error) => (Weight::Wrong, error.to_string()),
        };
        self.add(Area::Markers, weight, says);
    }
}

#[cfg(test)]
mod tests;
