//! The contests of an `event.toml`: what is voted on, held against the forms of ballot, the profiles and the people of
//! the event. It refuses to know how anybody voted.

use super::{
    EventContest, EventPapers,
    list::{check_form, read_candidates, read_choices},
    people::BoardRead,
};
use tally::{
    form::Form,
    id::{BoardId, CANDIDATES_MAX, ContestId},
    profile::{Profile, Rulebook},
    ruling::Sentence,
    statement::{BasePart, Round},
    text::Word,
    written::{Faults, Once, Section, why},
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
    pub(super) rules: &'a Rulebook,
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
    let base = read_base(section, profile, faults);
    let papers =
        section.optional(faults, "papers", Section::subsection).and_then(|papers| read_papers(&papers, faults));
    let delegates = hall.boards.iter().find(|b| b.id.is_some() && b.id == board).map_or(&[][..], |b| &b.delegates);
    let candidates = read_candidates(section, delegates, faults);
    let choices = form.zip(seats).and_then(|(form, seats)| {
        check_form(section, form, seats, candidates.len(), faults);
        check_known(section, form, profile, faults);
        read_choices(section, form, seats, faults)
    });
    Some(EventContest {
        id: id?,
        board: board?,
        title: title?,
        form: form?,
        profile: profile?.word.clone(),
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

/// A profile judges the papers of some forms; of the others it says nothing.
fn check_known(section: &Section<'_>, form: Form, profile: Option<&Profile>, faults: &mut Faults<'_>) {
    if let Some(profile) = profile.filter(|p| p.grounds(form).is_none()) {
        let name = &profile.name;
        let wrong = why(
            format!("quy tắc `{name}` không nói gì về phiếu `{form}`"),
            format!("the rules `{name}` say nothing about ballots of the form `{form}`"),
        );
        section.fault(faults, "form", wrong);
    }
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

fn read_profile<'h>(section: &Section<'_>, hall: &Hall<'h>, faults: &mut Faults<'_>) -> Option<&'h Profile> {
    let name: Word = section.required(faults, "profile", Section::word)?;
    if let Some(profile) = hall.rules.named(&name) {
        return Some(profile);
    }
    let known = hall.rules.profiles().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
    section.fault(
        faults,
        "profile",
        why(
            format!("không có quy tắc `{name}`, cả trong thư mục profiles/; có: {known}"),
            format!("there are no rules `{name}`, nor in the folder profiles/; known: {known}"),
        ),
    );
    None
}

/// Every part the profile names, in its order; a part left out is 0. Without a known profile only the numbers are read.
fn read_base(section: &Section<'_>, profile: Option<&Profile>, faults: &mut Faults<'_>) -> Option<Vec<BasePart>> {
    let base = section.required(faults, "base", Section::subsection)?;
    let profile = profile?;
    let parts: Vec<&str> = profile.base.rule.parts.iter().map(|p| p.part.as_str()).collect();
    base.only(faults, &parts);
    let mut people = Vec::new();
    for part in &profile.base.rule.parts {
        let (part, name) = (part.part.clone(), part.part.as_str());
        let number = if base.has(name) { base.optional(faults, name, Section::number(0, NUMBER_MAX))? } else { 0 };
        people.push(BasePart { part, people: number });
    }
    if let Err(Sentence { vi, en }) = profile.check_base(&people) {
        section.fault(faults, "base", why(vi, en));
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
