//! Rounds (lần bầu): the further round that the certificate of a contest calls for, prefilled, and what does not fit when
//! somebody writes a round by hand. It refuses to decide: a shortage may stay, a tie that is equal again is the congress's.

mod advice;
mod person;

pub use advice::advice;
pub use person::{Person, elected};

use crate::{
    error::{CommitteeError, say},
    event::{EventCandidate, EventContest},
    proposal::{Proposal, candidate, form_for},
};
use tally::{
    CandidateNo, ContestId, Count,
    count::ContestCount,
    ruling::{Phase, Refusal, Sentence},
    statement::{Language, Next, Round},
    text::Text,
};

/// The rounds up to this one, the first vote first.
pub(crate) fn rounds_to(count: &Count, id: ContestId) -> Vec<&ContestCount> {
    let mut rounds: Vec<&ContestCount> = count.contest(id).into_iter().collect();
    // A contest follows an earlier one, never itself: the way back ends.
    while let Some(before) = rounds.last().and_then(|c| count.contest(c.statement().follows?)) {
        if rounds.iter().any(|c| c.statement().contest == before.statement().contest) {
            break;
        }
        rounds.push(before);
    }
    rounds.reverse();
    rounds
}

/// A first vote and every round after it, in the order of the hall.
pub(crate) fn all_rounds(count: &Count, first: ContestId) -> Vec<&ContestCount> {
    let mut rounds: Vec<&ContestCount> = count.contest(first).into_iter().collect();
    let mut at = 0;
    while let Some(before) = rounds.get(at).map(|c| c.statement().contest) {
        let after = count.contests().filter(|c| c.statement().follows == Some(before));
        let new: Vec<_> = after.filter(|c| !rounds.iter().any(|r| same(r, c))).collect();
        rounds.extend(new);
        at += 1;
    }
    rounds
}

fn same(one: &ContestCount, other: &ContestCount) -> bool {
    one.statement().contest == other.statement().contest
}

/// The round that a contest calls for: of the tied only, for the seats left open by those not elected (of whom `names`
/// limits how many: the congress decides), or the annulled vote again.
///
/// # Errors
/// There is no such contest, it is not certified, nothing is left to vote on, or another round follows it already.
pub fn next(count: &Count, id: ContestId, names: Option<usize>) -> Result<Proposal, CommitteeError> {
    let contest = count.contest(id).ok_or(Refusal::UnknownContest(id))?;
    if let Some(after) = count.contests().find(|c| c.statement().follows == Some(id)) {
        let after = after.statement().contest;
        return Err(choice(
            format!("{after} đã theo sau {id}: hỏi lần bầu tiếp của {after}"),
            format!("{after} follows {id} already: ask for the round after {after}"),
        ));
    }
    let proposal = match (contest.phase(), contest.certify()) {
        (Phase::Annulled, _) => again(count, contest),
        (Phase::Closed, _) if contest.is_blocked() => again(count, contest),
        (Phase::Certified | Phase::Announced, Some((_, certify))) => match &certify.next {
            Next::Tie { candidates, seats } => tie(count, contest, candidates, *seats),
            Next::Short(seats) => continued(count, contest, *seats, names)?,
            Next::None => {
                return Err(choice(
                    format!("{id} đã bầu đủ: không có lần bầu tiếp"),
                    format!("every seat of {id} is filled: there is no further round"),
                ));
            }
        },
        (phase, _) => {
            return Err(choice(
                format!("{id} chưa chứng nhận ({phase}); kết thúc kiểm, chứng nhận và công bố trước"),
                format!("{id} is not certified ({phase}); close, certify and announce it first"),
            ));
        }
    };
    Ok(proposal)
}

fn choice(vi: String, en: String) -> CommitteeError {
    CommitteeError::Choice(say(vi, en))
}

/// Of the tied only, higher wins without one half, under the same rules.
fn tie(count: &Count, c: &ContestCount, tied: &[CandidateNo], seats: u16) -> Proposal {
    let s = c.statement();
    let mut notes = vec![say(
        format!("Bầu lại giữa {} người bằng phiếu ở {}, lấy {seats}: cao hơn thì trúng cử", tied.len(), s.contest),
        format!("Among the {} with equal votes in {}, for {seats}: more votes win", tied.len(), s.contest),
    )];
    if s.kind == Round::Tie {
        notes.push(say(
            format!(
                "Lại bằng phiếu: đại hội quyết định. Nếu không bầu nữa: reopen, close {0}, rồi certify {0} --deviation",
                s.contest
            ),
            format!(
                "Equal again: the congress decides. If it votes no more: reopen and close {0}, then certify {0} --deviation",
                s.contest
            ),
        ));
    }
    let names: Vec<_> = tied.iter().map(|number| on_list(c, *number)).collect();
    proposal(count, c, Round::Tie, seats, names, notes)
}

/// For the seats left open, by those whom no round has elected, most votes first.
fn continued(count: &Count, c: &ContestCount, seats: u16, limit: Option<usize>) -> Result<Proposal, CommitteeError> {
    let s = c.statement();
    let elected = elected(count, rounds_to(count, s.contest)[0].statement().contest);
    let totals = c.totals();
    let mut left: Vec<(u32, CandidateNo)> = totals
        .votes()
        .iter()
        .enumerate()
        .map(|(place, votes)| (votes.0, s.number(place)))
        .filter(|(_, number)| !elected.iter().any(|p| p.is(&candidate(s, *number))))
        .collect();
    left.sort_unstable_by_key(|(votes, number)| (std::cmp::Reverse(*votes), *number));
    // Whoever has as many votes as the last one taken is taken as well.
    if let Some((last, _)) = limit.and_then(|n| left.get(n.checked_sub(1)?)).copied() {
        left.retain(|(votes, _)| *votes >= last);
    }
    if left.len() < usize::from(seats) || limit == Some(0) {
        let (id, have) = (s.contest, left.len());
        return Err(choice(
            format!(
                "{id} còn {seats} ghế mà danh sách chỉ còn {have} người: đại hội giới thiệu thêm, ghi vào event.toml"
            ),
            format!("{id} leaves {seats} seats and only {have} names: the congress nominates more, in an event.toml"),
        ));
    }
    let notes = vec![
        say(
            format!(
                "Còn thiếu {seats} ở {}. Bầu tiếp hay để khuyết, danh sách bao nhiêu người: đại hội quyết định",
                s.contest
            ),
            format!(
                "{seats} still to be elected after {}. Whether, and with how many names: the congress decides",
                s.contest
            ),
        ),
        say(
            "Xếp theo số phiếu, cao trước; bỏ bớt từ dưới lên, hoặc thêm người mới",
            "Most votes first; take names off from the bottom, or add new ones",
        ),
    ];
    let names: Vec<_> = left.iter().map(|(_, number)| on_list(c, *number)).collect();
    Ok(proposal(count, c, Round::Continued, seats, names, notes))
}

/// The same list again after an annulled vote.
fn again(count: &Count, c: &ContestCount) -> Proposal {
    let s = c.statement();
    let id = s.contest;
    let mut notes = vec![say(
        format!("Bầu lại {id} với danh sách cũ, phiếu mới; phiếu cũ hủy hết"),
        format!("{id} again with the same list and new papers; the old papers are all void"),
    )];
    if c.phase() != Phase::Annulled {
        notes.push(say(
            format!("TRƯỚC ĐÓ phải hủy: kiemphieu committee annul {id} --reason …"),
            format!("FIRST annul it: kiemphieu committee annul {id} --reason …"),
        ));
    }
    let names = (0..s.candidates.len()).map(|place| (candidate(s, s.number(place)), String::new())).collect();
    proposal(count, c, Round::Repeat, s.seats, names, notes)
}

/// A candidate with the votes of the round before.
fn on_list(c: &ContestCount, number: CandidateNo) -> (EventCandidate, String) {
    let votes = c.totals().votes().get(number.place()).map_or(0, |v| v.0);
    let why = format!("{votes} phiếu ở {0} (số {number}) — {votes} votes in {0}", c.statement().contest);
    (candidate(c.statement(), number), why)
}

fn proposal(
    count: &Count,
    before: &ContestCount,
    kind: Round,
    seats: u16,
    names: Vec<(EventCandidate, String)>,
    mut notes: Vec<Sentence>,
) -> Proposal {
    let s = before.statement();
    let rounds = rounds_to(count, s.contest);
    if before.phase() == Phase::Certified {
        notes.push(say(
            format!("Công bố {} trước khi mở", s.contest),
            format!("Announce {} before it is opened", s.contest),
        ));
    }
    notes.push(say(
        "Số để tính như lần trước; sửa nếu đã đổi",
        "The base is that of the round before; correct it if it changed",
    ));
    let (candidates, beside): (Vec<_>, Vec<_>) = names.into_iter().unzip();
    // The same list is voted on with the same ballot.
    let (form, choices) =
        if kind == Round::Repeat { (s.form, s.choices) } else { form_for(candidates.len(), seats, Some(s.form)) };
    let contest = EventContest {
        id: free_id(count, rounds[0].statement().contest, rounds.len() + 1),
        title: round_title(count, &rounds[0].statement().title, rounds.len() + 1),
        kind,
        follows: Some(s.contest),
        seats,
        form,
        choices,
        candidates,
        ..EventContest::of(s, count)
    };
    Proposal { contest, notes, beside }
}

/// `c01-2` for the second round of `c01`: beside it in every list.
pub(crate) fn free_id(count: &Count, first: ContestId, round: usize) -> ContestId {
    let ids = (round..).map(|n| {
        let ending = format!("-{n}");
        let begin: String = first.as_str().chars().take(ID_CHARS_MAX - ending.len()).collect();
        format!("{begin}{ending}").parse::<ContestId>().expect("letters, digits and hyphens, at most 16")
    });
    ids.into_iter().find(|id| count.contest(*id).is_none()).expect("a log has fewer contests than there are numbers")
}

/// An id has at most so many characters (protocol §3).
const ID_CHARS_MAX: usize = 16;

/// The title of the first vote with the number of the round, as minutes write it (lần bầu thứ …).
fn round_title(count: &Count, first: &Text, round: usize) -> Text {
    let is_english = count.manifest().is_some_and(|m| m.language == Language::En);
    let title = if is_english { format!("{first} (round {round})") } else { format!("{first} (lần {round})") };
    // A title that fills its 200 characters stays as it is.
    title.parse().unwrap_or_else(|_| first.clone())
}
