//! The numbered checks of a contest (counting-rules §4), all at once: `E-…` nobody can accept, `W-…` the board looks at.
//! Every check has one sentence for the counting table and one for the committee.
//!
//! | code | what does not fit | what it blocks | what helps |
//! |---|---|---|---|
//! | E-RECEIVED | received ≠ issued + unused + spoiled | the close | the board corrects `papers` |
//! | E-ISSUED | issued > people of the first part of the base | the close | the board corrects `papers` or the base |
//! | E-COLLECTED | collected > issued | the certificate, never the close | a recount of the papers, or annul and vote again |
//! | W-SURPLUS | more names over the seats than the rules of a first vote allow | the close, until accepted | `decide warning` |
//! | W-NAMES | names that differ only in how their letters are written, on the list or with the board | nothing (protocol §8) | a year of birth in the name |
//! | W-OVERSTRIKE | so many names are struck that seats would stay empty | nothing | nothing; the congress is told early |
//! | W-OUTLIER | a bundle or a table votes otherwise than all others | nothing | a second look, a second count |
//! | W-SWAPPED | a bundle reads as if two names had changed places | nothing | a second look, a second count |
//!
//! What blocks a close is a fact of papers and lists. What is only likely never blocks: two voting areas may honestly
//! differ, so the last three are advice (see [`crate::watch`]). Integers only: every observer computes the same.
//! A warning is accepted for the list as it stands; another list falls under it again.
//!
//! It refuses to know bundles that are open; those are their own condition of the close.

mod balance;
mod list;

pub use balance::Balance;
pub use list::same_when_heard;

use crate::{
    count::ContestCount,
    form::words,
    id::WarningCode,
    profile::Profile,
    ruling::{Sentence, say},
    statement::{Board, Contest, PapersStatement},
    watch,
};
use std::collections::BTreeSet;

/// A check that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its stable code.
    pub code: &'static str,
    /// What cannot be done while it fails.
    pub blocks: Blocks,
    /// The figures that do not fit, for those who can mend them.
    pub committee: Sentence,
    /// What a counting table makes of it.
    pub table: Sentence,
}

/// What cannot be done while a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    /// The close, until the figures fit.
    Close,
    /// The close, until the board accepts it with a reason.
    CloseUntilAccepted,
    /// The certificate, until the papers are counted anew; else the congress annuls.
    Certificate,
    /// Nothing: it is there to be looked at.
    Nothing,
}
words!(Blocks: "close, close-until-accepted, certificate, nothing"; Close = "close",
    CloseUntilAccepted = "close-until-accepted", Certificate = "certificate", Nothing = "nothing");

impl Check {
    /// Whether the board has accepted it; nobody can accept an `E-`.
    pub fn accepted_by(&self, accepted: &BTreeSet<WarningCode>) -> bool {
        self.code.starts_with("W-") && accepted.iter().any(|code| code.as_str() == self.code)
    }

    /// Whether a contest with these accepted warnings cannot be closed for it.
    pub fn keeps_open(&self, accepted: &BTreeSet<WarningCode>) -> bool {
        match self.blocks {
            Blocks::Close => true,
            Blocks::CloseUntilAccepted => !self.accepted_by(accepted),
            Blocks::Certificate | Blocks::Nothing => false,
        }
    }
}

/// Every check of a contest that fails, in the order of the table above; `board` is the one that counts it.
pub fn checks(contest: &ContestCount, board: Option<&Board>) -> Vec<Check> {
    let papers = contest.papers().map(|papers| of_papers(contest.statement(), papers));
    let list = of_list(contest.statement(), contest.profile(), board);
    papers.into_iter().flatten().chain(list).chain(watch::advice(contest)).collect()
}

/// The checks of a list of names against the rules and the counting board.
pub fn of_list(contest: &Contest, rules: &Profile, board: Option<&Board>) -> Vec<Check> {
    list::surplus(contest, rules).into_iter().chain(list::names(contest, board)).collect()
}

/// The checks of the papers, before or after they are stated.
pub fn of_papers(contest: &Contest, papers: &PapersStatement) -> Vec<Check> {
    let used = papers.issued.saturating_add(papers.unused).saturating_add(papers.spoiled);
    let (issued, collected) = (papers.issued, papers.collected);
    let mut failed = Vec::new();
    if papers.received != used {
        failed.push(Check {
            code: "E-RECEIVED",
            blocks: Blocks::Close,
            committee: say(
                format!(
                    "nhận {} khác phát ra {issued} + còn lại {} + gạch hỏng {} = {used}",
                    papers.received, papers.unused, papers.spoiled
                ),
                format!(
                    "received {} is not issued {issued} + unused {} + spoiled {} = {used}",
                    papers.received, papers.unused, papers.spoiled
                ),
            ),
            table: say(
                "Số phiếu nhận và phát ra của ban chưa khớp; các bàn cứ kiểm, ban sửa số phiếu.",
                "The board's papers received and issued do not add up; go on counting, the board corrects them.",
            ),
        });
    }
    if let Some(eligible) = contest.base.first()
        && issued > eligible.people
    {
        failed.push(Check {
            code: "E-ISSUED",
            blocks: Blocks::Close,
            committee: say(
                format!("phát ra {issued}, nhiều hơn số người được triệu tập {}", eligible.people),
                format!("issued {issued} is more than {} {}", eligible.part, eligible.people),
            ),
            table: say(
                "Ban ghi số phát ra nhiều hơn số người; các bàn cứ kiểm, ban sửa số phiếu.",
                "The board states more papers issued than people; go on counting, the board corrects them.",
            ),
        });
    }
    if collected > issued {
        failed.push(Check {
            code: "E-COLLECTED",
            blocks: Blocks::Certificate,
            committee: say(
                format!(
                    "thu về {collected}, nhiều hơn phát ra {issued}: đếm lại số phiếu, nếu vẫn thừa thì hủy và bầu lại"
                ),
                format!(
                    "collected {collected} is more than issued {issued}: recount the papers; if it stays so, annul and \
                     vote again"
                ),
            ),
            table: say(
                "Thu về nhiều hơn phát ra: đếm lại số phiếu của từng tập, không được rút phiếu nào ra.",
                "More papers came back than were issued: count the papers of every bundle again, and draw none out.",
            ),
        });
    }
    failed
}
