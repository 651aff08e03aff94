//! The event folder's `event.toml`: one election event as its organisers write it down before anybody signs anything.
//! Everything wrong with it is found in one reading, each with its line, and nothing starts until nothing is left. It
//! refuses to know keys, ballots and the network.

mod contest;
mod fault;
mod list;
mod people;

pub use fault::EventError;

use std::{fs::File, io::Read, path::Path};
use tally::{
    form::{Choices, Form},
    id::{BoardId, ContestId, Id, StationId},
    profile::Rulebook,
    statement::{BasePart, Disclosure, Language, Member, Round},
    text::{Date, Text, Word, check_characters},
    written::{self, Explain, Faults, FileFaults, Once, Section, why},
};

/// An `event.toml` has at most 4 MiB: three contests of 999 names fit many times over.
pub const FILE_BYTES_MAX: usize = 4 << 20;
/// Longest origin: it stands in every key name and every line of a signature.
const ORIGIN_CHARS_MAX: usize = 200;

/// One election event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The C2SP origin; all key names of the event derive from it.
    pub origin: Box<str>,
    /// What the event is called.
    pub title: Text,
    /// Whose event it is, for the minutes.
    pub organisation: Option<Text>,
    /// Where, for the minutes.
    pub place: Option<Text>,
    /// The first language of screens and paper.
    pub language: Language,
    /// Who may read entries.
    pub disclosure: Disclosure,
    /// Whether figures may be shown while counting goes on.
    pub live_totals: bool,
    /// The smallest bundle, for the secrecy of the vote.
    pub min_bundle: u64,
    /// Who prepares the event.
    pub organisers: Organisers,
    /// The counting boards, in the order of the file.
    pub boards: Vec<EventBoard>,
    /// The counting tables, in the order of the file.
    pub stations: Vec<EventStation>,
    /// How many witnesses must have cosigned the published checkpoint.
    pub witness_quorum: u64,
    /// The contests, in the order of the file; possibly none, when the congress has not adopted them yet.
    pub contests: Vec<EventContest>,
}

/// Who prepares: they sign the manifest, boards and keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisers {
    /// How many sign together.
    pub threshold: u64,
    /// Their ids and names, in the order of the file.
    pub members: Vec<(Id, Text)>,
}

/// A counting board (ban kiểm phiếu) as the congress elects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBoard {
    /// The board.
    pub id: BoardId,
    /// What it is called.
    pub title: Text,
    /// How many members sign together.
    pub threshold: u64,
    /// Its people in the order elected; technicians hold no key.
    pub members: Vec<Member>,
}

/// A counting table (bàn kiểm phiếu).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventStation {
    /// The table.
    pub id: StationId,
    /// What it is called.
    pub title: Text,
}

/// A contest (cuộc bầu) before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventContest {
    /// The contest.
    pub id: ContestId,
    /// The counting board that counts it; one of the event's.
    pub board: BoardId,
    /// What is elected, as the ballot says it.
    pub title: Text,
    /// How the ballot is laid out.
    pub form: Form,
    /// The rules by which somebody is elected, as a signed contest names them.
    pub profile: Word,
    /// How many are to be elected.
    pub seats: u16,
    /// How many names one paper may carry.
    pub choices: Choices,
    /// First vote or which further round.
    pub kind: Round,
    /// The contest a further round follows; one that stands before it in the file.
    pub follows: Option<ContestId>,
    /// Independent counts of every bundle by different tables: 1 to 3.
    pub counts: u8,
    /// Papers of a bundle that a rehearsal makes; never below the smallest bundle.
    pub bundle_size: u64,
    /// Every part of the denominator, in the order of the profile, zeros written.
    pub base: Vec<BasePart>,
    /// The papers before the vote, where they are known; collected is what comes back.
    pub papers: Option<EventPapers>,
    /// Names in ballot order.
    pub candidates: Vec<EventCandidate>,
}

/// The papers of a contest before they are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPapers {
    /// Papers the board received.
    pub received: u64,
    /// Phát ra.
    pub issued: u64,
    /// Never issued.
    pub unused: u64,
    /// Gạch hỏng: handed back for a new one.
    pub spoiled: u64,
}

/// A name on the ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCandidate {
    /// As it is printed.
    pub name: Text,
    /// Day of birth, where known.
    pub born: Option<Date>,
    /// Traits where known, ascending, each once.
    pub traits: Vec<Word>,
}

impl Event {
    /// Reads an `event.toml` from disk.
    ///
    /// # Errors
    /// [`EventError::Unreadable`], or [`EventError::Faults`] with every fault of the file.
    pub fn read(path: &Path, rules: &Rulebook) -> Result<Self, EventError> {
        let unreadable = |source| EventError::Unreadable { path: path.into(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Self::parse(path, &bytes, rules)?)
    }

    /// Reads the bytes of an `event.toml`; `path` is only what the faults call it.
    ///
    /// # Errors
    /// Every fault of the file, ascending by line.
    pub fn parse(path: &Path, bytes: &[u8], rules: &Rulebook) -> Result<Self, FileFaults> {
        written::read(path, bytes, FILE_BYTES_MAX, |root, faults| read_event(root, rules, faults))
    }
}

const KEYS: &[&str] = &[
    "origin",
    "title",
    "organisation",
    "place",
    "language",
    "disclosure",
    "live-totals",
    "min-bundle",
    "organisers",
    "board",
    "station",
    "witness",
    "contest",
];

fn read_event(root: &Section<'_>, rules: &Rulebook, faults: &mut Faults<'_>) -> Option<Event> {
    root.only(faults, KEYS);
    let origin = root.required(faults, "origin", Section::text).filter(|o| origin_is_good(root, o, faults));
    let title = root.required(faults, "title", Section::word);
    let organisation = root.optional(faults, "organisation", Section::word);
    let place = root.optional(faults, "place", Section::word);
    let language = root.optional(faults, "language", Section::word).unwrap_or(Language::Vi);
    let disclosure = root.required(faults, "disclosure", Section::word);
    let live_totals = root.required(faults, "live-totals", Section::yes_or_no);
    let min_bundle = root.required(faults, "min-bundle", Section::number(1, contest::BUNDLE_MAX));
    let organisers = root.required(faults, "organisers", Section::subsection);
    let organisers = organisers.and_then(|section| people::organisers(&section, faults));
    let boards = people::boards(root, faults);
    let stations = read_stations(root, faults);
    let witness = root.required(faults, "witness", Section::subsection);
    let witness_quorum = witness.and_then(|section| {
        section.only(faults, &["quorum"]);
        section.required(faults, "quorum", Section::number(0, 100))
    });
    let hall = contest::Hall { boards: &boards, stations: stations.len(), min_bundle: min_bundle.unwrap_or(1), rules };
    let contests = contest::read_all(root, &hall, faults);
    Some(Event {
        origin: origin?.into(),
        title: title?,
        organisation,
        place,
        language,
        disclosure: disclosure?,
        live_totals: live_totals?,
        min_bundle: min_bundle?,
        organisers: organisers?,
        boards: boards.into_iter().filter_map(|b| b.board).collect(),
        stations: stations.into_iter().flatten().collect(),
        witness_quorum: witness_quorum?,
        contests,
    })
}

/// C2SP signed-note: a name holds no space and no plus. Nothing may begin like a statement (protocol §2).
fn origin_is_good(root: &Section<'_>, origin: &str, faults: &mut Faults<'_>) -> bool {
    let wrong = if origin.is_empty() {
        why(
            "cần một tên gốc, ví dụ `kiemphieu.example/ham-tan-2020`",
            "an origin is needed, as `kiemphieu.example/ham-tan-2020`",
        )
    } else if origin.chars().any(|c| c == '+' || c.is_whitespace()) {
        why(
            "tên gốc không có dấu cách và dấu `+`; dùng dấu gạch ngang",
            "an origin holds no space and no `+`; use hyphens",
        )
    } else if origin.starts_with(tally::statement::PREFIX.trim_end_matches("1/")) {
        why(
            "tên gốc không được bắt đầu bằng `kiemphieu/v`; hãy dùng một tên miền",
            "an origin never begins with `kiemphieu/v`; begin with a domain name",
        )
    } else if let Err(error) = check_characters(origin) {
        error.explain()
    } else if origin.chars().count() > ORIGIN_CHARS_MAX {
        why("tên gốc dài quá 200 ký tự", "an origin has at most 200 characters")
    } else {
        return true;
    };
    root.fault(faults, "origin", wrong);
    false
}

/// `None` stands for a table whose section has faults.
fn read_stations(root: &Section<'_>, faults: &mut Faults<'_>) -> Vec<Option<EventStation>> {
    let mut ids = Once::default();
    let sections = root.required(faults, "station", Section::subsections).unwrap_or_default();
    let read = |section: Option<Section<'_>>| {
        let section = section?;
        section.only(faults, &["id", "title"]);
        let id = section.required(faults, "id", Section::word);
        ids.check(&section, "id", id, faults);
        let title = section.required(faults, "title", Section::word);
        Some(EventStation { id: id?, title: title? })
    };
    sections.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;
