//! The contests of an `event.toml`: what is voted on, held against the forms of ballot, the profiles and the people of
//! the event. It refuses to know how anybody voted.

use super::{
    EventContest, EventPapers, KnownProfiles,
    fault::{Faults, why},
    list::{check_form, read_candidates, read_choices},
    people::BoardRead,
    section::{Once, Section},
};
use tally::{
    id::{BoardId, CANDIDATES_MAX, ContestId},
    statement::{BasePart, Round},
    text::Word,
};

/// A figure of a batch is at most 1,000,000 (protocol §3).
pub(super) const BUNDLE_MAX: u64 = 1_000_000;
/// Papers of a bundle when the file does not say.
const BUNDLE_SIZE: u64 = 50;
/// Everything else stays below 2^53 (protocol §3).
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// What contests are held against.
pub(super) struct Hall<'a> {
    pub(super) boards: &'a [BoardRead],
    pub(super) stations: usize,
    pub(super) min_bundle: u64,
    pub(super) profiles: KnownProfiles<'a>,
}

const KEYS: &[&str] = &[
    "id",
    "board",
    "title",
    "form",
    "profile",
    "seats",
    "choices",
    "kind",
    "follows",
    "counts",
    "bundle-size",
    "base",
    "papers",
    "candidates",
];

pub(super) fn read_all(root: &Section<'_>, hall: &Hall<'_>, faults: &mut Faults<'_>) -> Vec<EventContest> {
    let mut ids = Once::default();
    let mut before = Vec::new();
    let mut contests = Vec::new();
    for section in root.optional(faults, "contest", Section::subsections).unwrap_or_default().into_iter().flatten() {
        let id = section.required(faults, "id", Section::word);
        ids.check(&section, "id", id, faults);
        contests.extend(read(&section, id, &before, hall, faults));
        before.extend(id);
    }
    contests
}

fn read(
    section: &Section<'_>,
    id: Option<ContestId>,
    before: &[ContestId],
    hall: &Hall<'_>,
    faults: &mut Faults<'_>,
) -> Option<EventContest> {
    section.only(faults, KEYS);
    let board = read_board(section, hall, faults);
    let title = section.required(faults, "title", Section::word);
    let form = section.required(faults, "form", Section::word);
    let seats = section.required(faults, "seats", Section::number(1, CANDIDATES_MAX as u64));
    let seats = seats.and_then(|n| u16::try_from(n).ok());
    let (kind, follows) = read_round(section, before, faults);
    let counts = read_counts(section, hall, faults);
    let bundle_size = read_bundle_size(section, hall, faults);
    let profile = read_profile(section, hall, faults);
    let base = read_base(section, profile.as_ref().map(|(_, parts)| *parts), faults);
    let papers =
        section.optional(faults, "papers", Section::subsection).and_then(|papers| read_papers(&papers, faults));
    let delegates = hall.boards.iter().find(|b| b.id.is_some() && b.id == board).map_or(&[][..], |b| &b.delegates);
    let candidates = read_candidates(section, delegates, faults);
    let choices = form.zip(seats).and_then(|(form, seats)| {
        check_form(section, form, seats, candidates.len(), faults);
        read_choices(section, form, seats, faults)
    });
    Some(EventContest {
        id: id?,
        board: board?,
        title: title?,
        form: form?,
        profile: profile?.0,
        seats: seats?,
        choices: choices?,
        kind: kind?,
        follows,
        counts: counts?,
        bundle_size: bundle_size?,
        base: base?,
        papers,
        candidates: candidates.into_iter().collect::<Option<_>>()?,
    })
}

fn read_board(section: &Section<'_>, hall: &Hall<'_>, faults: &mut Faults<'_>) -> Option<BoardId> {
    let board: BoardId = section.required(faults, "board", Section::word)?;
    // Only when every board could at least be named is it certain that this one is missing.
    if hall.boards.iter().all(|b| b.id.is_some_and(|id| id != board)) && !hall.boards.is_empty() {
        section.fault(
            faults,
            "board",
            why(
                format!("không có ban kiểm phiếu `{board}` trong tệp này"),
                format!("there is no board `{board}` in this file"),
            ),
        );
    }
    Some(board)
}

/// A further round names what it follows, the first vote nothing (protocol: contest).
fn read_round(
    section: &Section<'_>,
    before: &[ContestId],
    faults: &mut Faults<'_>,
) -> (Option<Round>, Option<ContestId>) {
    let kind = if section.has("kind") { section.optional(faults, "kind", Section::word) } else { Some(Round::First) };
    let follows: Option<ContestId> = section.optional(faults, "follows", Section::word);
    match kind {
        Some(Round::First) if section.has("follows") => section.fault(
            faults,
            "follows",
            why(
                "lần bầu đầu không theo sau cuộc bầu nào; bỏ `follows` hoặc ghi `kind` là continued, tie, repeat",
                "a first vote follows nothing; leave `follows` out or make `kind` continued, tie or repeat",
            ),
        ),
        Some(further) if further != Round::First && !section.has("follows") => section.fault(
            faults,
            "follows",
            why(
                format!("`kind = \"{further}\"` phải ghi theo sau cuộc bầu nào, ví dụ `follows = \"c01\"`"),
                format!("`kind = \"{further}\"` says which contest it follows, as `follows = \"c01\"`"),
            ),
        ),
        _ => {}
    }
    if let Some(contest) = follows.filter(|c| !before.contains(c)) {
        section.fault(
            faults,
            "follows",
            why(
                format!("không có cuộc bầu `{contest}` nào đứng trước trong tệp này"),
                format!("no contest `{contest}` stands before this one in the file"),
            ),
        );
    }
    (kind, follows)
}

fn read_counts(section: &Section<'_>, hall: &Hall<'_>, faults: &mut Faults<'_>) -> Option<u8> {
    if !section.has("counts") {
        return Some(1);
    }
    let counts = section.optional(faults, "counts", Section::number(1, 3))?;
    if hall.stations > 0 && counts > hall.stations as u64 {
        section.fault(
            faults,
            "counts",
            why(
                format!("mỗi tập phiếu cần {counts} bàn khác nhau đếm nhưng chỉ có {} bàn", hall.stations),
                format!("{counts} different tables are to count every bundle and there are only {}", hall.stations),
            ),
        );
    }
    u8::try_from(counts).ok()
}

fn read_bundle_size(section: &Section<'_>, hall: &Hall<'_>, faults: &mut Faults<'_>) -> Option<u64> {
    if !section.has("bundle-size") {
        return Some(BUNDLE_SIZE.max(hall.min_bundle));
    }
    let size = section.optional(faults, "bundle-size", Section::number(1, BUNDLE_MAX))?;
    if size < hall.min_bundle {
        section.fault(
            faults,
            "bundle-size",
            why(
                format!("tập {size} phiếu nhỏ hơn `min-bundle` = {}", hall.min_bundle),
                format!("a bundle of {size} is smaller than `min-bundle` = {}", hall.min_bundle),
            ),
        );
    }
    Some(size)
}

fn read_profile<'h>(section: &Section<'_>, hall: &Hall<'h>, faults: &mut Faults<'_>) -> Option<(Word, &'h [&'h str])> {
    let profile: Word = section.required(faults, "profile", Section::word)?;
    if let Some((_, parts)) = hall.profiles.iter().find(|(name, _)| *name == profile.as_str()) {
        return Some((profile, parts));
    }
    let known = hall.profiles.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    section.fault(
        faults,
        "profile",
        why(
            format!("phiên bản này không biết quy tắc `{profile}`; có: {known}"),
            format!("this version does not know the profile `{profile}`; known: {known}"),
        ),
    );
    None
}

/// Every part the profile names, in its order; a part left out is 0. Without a known profile only the numbers are read.
fn read_base(section: &Section<'_>, parts: Option<&[&str]>, faults: &mut Faults<'_>) -> Option<Vec<BasePart>> {
    let base = section.required(faults, "base", Section::subsection)?;
    let parts = parts?;
    base.only(faults, parts);
    let mut people = Vec::new();
    for part in parts {
        let number = if base.has(part) { base.optional(faults, part, Section::number(0, NUMBER_MAX))? } else { 0 };
        people.push(BasePart { part: part.parse().expect("a profile names its parts with words"), people: number });
    }
    if let [first, others @ ..] = &people[..] {
        let off = others.iter().fold(0_u64, |sum, b| sum.saturating_add(b.people));
        if first.people <= off {
            section.fault(
                faults,
                "base",
                why(
                    format!("`{}` = {} trừ đi {off} thì không còn ai để tính quá nửa", first.part, first.people),
                    format!(
                        "`{}` = {} less {off} leaves nobody of whom more than half could vote",
                        first.part, first.people
                    ),
                ),
            );
        }
    }
    Some(people)
}

fn read_papers(papers: &Section<'_>, faults: &mut Faults<'_>) -> Option<EventPapers> {
    papers.only(faults, &["received", "issued", "unused", "spoiled"]);
    let mut number = |key| papers.required(faults, key, Section::number(0, NUMBER_MAX));
    let (received, issued) = (number("received"), number("issued"));
    let (unused, spoiled) = (number("unused"), number("spoiled"));
    Some(EventPapers { received: received?, issued: issued?, unused: unused?, spoiled: spoiled? })
}
