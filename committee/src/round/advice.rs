//! What does not fit between a round and the contest it follows, said before anybody signs. The rules of the log refuse
//! none of it: a congress may decide otherwise, and logs of others go on verifying.

use super::{elected, rounds_to};
use crate::{error::say, event::EventContest};
use tally::{
    ContestId, Count,
    count::ContestCount,
    ruling::{Phase, Sentence},
    statement::{Contest, Next, Round},
    text::Text,
};

/// Everything about a further round that the one before it does not bear out; nothing for a first vote.
#[must_use]
pub fn advice(s: &Contest, count: &Count) -> Vec<Sentence> {
    let Some(before) = s.follows.and_then(|id| count.contest(id)) else { return Vec::new() };
    let mut said = Vec::new();
    said.extend(too_early(s, before));
    said.extend(already_followed(s, before, count));
    match s.kind {
        Round::First => {}
        Round::Repeat => said.extend(not_the_same_list(s, before)),
        Round::Tie => said.extend(not_the_tied(s, before)),
        Round::Continued => said.extend(not_what_is_open(s, before)),
    }
    if s.kind != Round::Repeat {
        said.extend(elected_already(s, before, count));
    }
    said
}

/// A repeat opens when the one before is annulled, every other round when it is announced.
fn too_early(s: &Contest, before: &ContestCount) -> Option<Sentence> {
    let (id, phase) = (before.statement().contest, before.phase());
    match (s.kind, phase) {
        (Round::First, _) | (Round::Repeat, Phase::Annulled) | (Round::Continued | Round::Tie, Phase::Announced) => {
            None
        }
        (Round::Repeat, _) => Some(say(
            format!("{id} chưa hủy ({phase}): chỉ bầu lại cuộc đã hủy; hủy trước bằng annul {id}"),
            format!("{id} is not annulled ({phase}): only an annulled vote is repeated; annul {id} first"),
        )),
        (_, Phase::Annulled) => Some(say(
            format!("{id} đã hủy, không ai trúng cử: bầu lại (repeat), không phải {}", s.kind),
            format!("{id} is annulled and elected nobody: it is repeated (repeat), not followed by {}", s.kind),
        )),
        _ => Some(say(
            format!("{id} chưa công bố ({phase}): công bố kết quả trước khi mở lần bầu này"),
            format!("{id} is not announced ({phase}): announce its result before this round is opened"),
        )),
    }
}

fn already_followed(s: &Contest, before: &ContestCount, count: &Count) -> Option<Sentence> {
    let id = before.statement().contest;
    let follows = |c: &&ContestCount| c.statement().follows == Some(id) && c.statement().contest != s.contest;
    let other = count.contests().find(follows)?.statement().contest;
    Some(say(
        format!("{other} đã theo sau {id}: lần bầu này phải theo sau {other}?"),
        format!("{other} follows {id} already: should this round follow {other}?"),
    ))
}

/// Exactly the tied, for exactly the seats among them, by the same rules.
fn not_the_tied(s: &Contest, before: &ContestCount) -> Vec<Sentence> {
    let (b, mut said) = (before.statement(), Vec::new());
    let Some((_, certify)) = before.certify() else { return said };
    let Next::Tie { candidates, seats } = &certify.next else {
        let (id, next) = (b.contest, &certify.next);
        return vec![say(
            format!("{id} không có số phiếu bằng nhau (còn lại: {next})"),
            format!("{id} has no tie (next: {next})"),
        )];
    };
    let tied: Vec<&Text> = candidates.iter().map(|number| &b.candidates[number.place()]).collect();
    if let Some(name) = s.candidates.iter().find(|name| !tied.contains(name)) {
        said.push(say(
            format!("{name} không ở trong số những người bằng phiếu ở {}", b.contest),
            format!("{name} is none of those with equal votes in {}", b.contest),
        ));
    }
    if let Some(name) = tied.iter().find(|name| !s.candidates.contains(name)) {
        said.push(say(
            format!("thiếu {name}, bằng phiếu ở {}", b.contest),
            format!("{name} had equal votes in {} and is missing", b.contest),
        ));
    }
    if s.seats != *seats {
        said.push(say(
            format!("bầu {} mà những người bằng phiếu ở {} chỉ còn {seats} ghế", s.seats, b.contest),
            format!("{} to be elected, and {} left {seats} among the tied", s.seats, b.contest),
        ));
    }
    if s.profile != b.profile {
        said.push(say(
            format!("quy tắc {} khác với {} của {}", s.profile, b.profile, b.contest),
            format!("rules {} and not {} as in {}", s.profile, b.profile, b.contest),
        ));
    }
    said
}

/// At most the seats left open.
fn not_what_is_open(s: &Contest, before: &ContestCount) -> Option<Sentence> {
    let id = before.statement().contest;
    let (_, certify) = before.certify()?;
    match &certify.next {
        Next::Short(open) if s.seats <= *open => None,
        Next::Short(open) => Some(say(
            format!("bầu {} mà {id} chỉ còn thiếu {open}", s.seats),
            format!("{} to be elected, and {id} left {open} open", s.seats),
        )),
        Next::Tie { .. } => Some(say(
            format!("{id} có số phiếu bằng nhau: bầu lại giữa họ (tie) trước"),
            format!("{id} has a tie: a round among the tied comes first"),
        )),
        Next::None => Some(say(format!("{id} đã bầu đủ"), format!("every seat of {id} is filled"))),
    }
}

fn elected_already(s: &Contest, before: &ContestCount, count: &Count) -> Option<Sentence> {
    let first = rounds_to(count, before.statement().contest)[0].statement().contest;
    let elected = elected(count, first);
    let list = EventContest::of(s, count).candidates;
    let on_both: Vec<(&Text, ContestId)> = list
        .iter()
        .filter_map(|c| elected.iter().find(|p| p.is(c) && p.contest != s.contest).map(|p| (&c.name, p.contest)))
        .collect();
    let (_, contest) = on_both.first()?;
    let names: Vec<&str> = on_both.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(", ");
    Some(say(format!("đã trúng cử ở {contest}: {names}"), format!("elected already in {contest}: {names}")))
}

fn not_the_same_list(s: &Contest, before: &ContestCount) -> Option<Sentence> {
    let b = before.statement();
    let same = s.candidates == b.candidates && s.seats == b.seats;
    (!same).then(|| {
        say(
            format!("danh sách hoặc số lượng khác với {}", b.contest),
            format!("the list or the seats differ from {}", b.contest),
        )
    })
}
