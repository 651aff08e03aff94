//! What the rules of a contest are called on paper: whose heading, what D is made of, how an outcome came about. All that
//! pages know of a profile stands here, until a profile says it itself. It refuses to compute anything but words.

use crate::words::Word;
use tally::{
    count::ContestCount,
    ruling::Sentence,
    statement::{BasePart, Contest},
};

/// Whose heading stands at the right of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    /// Đảng.
    Party,
    /// Nhà nước.
    State,
    /// Nobody's: place and day only.
    None,
}

pub(crate) fn heading(contest: &Contest) -> Heading {
    match contest.profile.as_str() {
        name if name.starts_with("party-") || name == "opinion-poll" => Heading::Party,
        name if name.starts_with("state-") => Heading::State,
        _ => Heading::None,
    }
}

/// D before the vote: only where it is made of people and not of papers.
pub(crate) fn base_before(state: &ContestCount) -> Option<u64> {
    state.base().filter(|_| base_name(state.statement()).is_some_and(|(_, known)| known))
}

/// What D is, and whether it is known before the vote; `None` where a profile has no D.
fn base_name(contest: &Contest) -> Option<(Word, bool)> {
    let people = |vi, en| Some((Word { vi, en }, true));
    let papers = |vi, en| Some((Word { vi, en }, false));
    match contest.profile.as_str() {
        "plurality" | "opinion-poll" => None,
        "union" | "youth" => papers("số phiếu thu về", "ballots collected"),
        name if name.starts_with("state-") || name == "majority-valid" => papers("số phiếu hợp lệ", "valid ballots"),
        name if name.ends_with("-members") => {
            people("số đảng viên được triệu tập, đã trừ", "party members summoned, less those subtracted")
        }
        name if name.ends_with("-committee") => {
            people("số cấp ủy viên đương nhiệm, đã trừ", "members in office, less those subtracted")
        }
        _ => people("số đại biểu được triệu tập, đã trừ", "delegates summoned, less those subtracted"),
    }
}

/// What percentages are of, named.
pub(crate) fn share_name(contest: &Contest, base: Option<u64>) -> Word {
    let valid = Word { vi: "số phiếu hợp lệ", en: "valid ballots" };
    base.and_then(|_| base_name(contest)).map_or(valid, |(word, _)| word)
}

/// A part of the base as the minutes say it.
pub(crate) fn part(part: &BasePart) -> Word {
    let says = |vi, en| Word { vi, en };
    match part.part.as_str() {
        "summoned" => says("Tổng số đại biểu chính thức được triệu tập", "Official delegates summoned"),
        "absent-throughout" => {
            says("vắng mặt suốt đại hội, không có dự khuyết thay", "absent throughout with no alternate")
        }
        "convener-absent" => {
            says("cấp ủy viên triệu tập vắng mặt suốt đại hội", "convening committee, absent throughout")
        }
        "transferred" => says("chuyển sinh hoạt đảng tạm thời", "on temporary transfer"),
        "excused" => says("được miễn sinh hoạt, không đến dự", "excused from activity and not present"),
        "suspended" => says("bị đình chỉ, khởi tố, tạm giam", "suspended, prosecuted or detained"),
        "absent-approved" => {
            says("vắng mặt suốt đại hội, có lý do chính đáng", "absent throughout with an approved reason")
        }
        "in-office" => says("Tổng số ủy viên đương nhiệm", "Members in office"),
        "absent-excused" => says("vắng mặt có lý do", "absent with permission"),
        "listed-voters" => says("Tổng số cử tri trong danh sách", "Voters listed"),
        "voted" => says("cử tri đã tham gia bỏ phiếu", "Voters who voted"),
        "re-election" => says("bầu cử lại", "re-election"),
        _ => says("số khác", "others"),
    }
}

/// How the outcome is computed, for a layman.
pub(crate) fn derivation(state: &ContestCount) -> Vec<Sentence> {
    let (Some(base), Some(least)) = (state.base(), state.threshold()) else {
        return Vec::new();
    };
    let parts: Vec<String> = state
        .statement()
        .base
        .iter()
        .enumerate()
        .filter(|(place, b)| *place == 0 || b.people > 0)
        .map(|(_, b)| b.people.to_string())
        .collect();
    let known = base_name(state.statement()).is_some_and(|(_, known)| known);
    let sum = if known { format!("{} = {base}", parts.join(" − ")) } else { base.to_string() };
    vec![Sentence {
        vi: format!("D = {sum}; quá một nửa: từ {least} phiếu."),
        en: format!("D = {sum}; more than half: from {least} votes."),
    }]
}

/// Whether both boxes or none beside one name of a list void the whole paper, as youth rules have it.
pub(crate) fn voids_whole_paper(contest: &Contest) -> bool {
    contest.profile.as_str() == "youth"
}
