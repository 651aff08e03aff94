//! What the board of a contest does next. One step at a time, in the order of the hall.

use super::FailedCheck;
use serde::Serialize;
use tally::{
    Count,
    count::{Case, ContestCount},
    ruling::{BundleState, Phase},
};

/// The next step, with its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The step.
    pub step: Step,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// State the papers, or correct them.
    Papers,
    /// Decide a bundle: settle, recount, or correct the papers.
    Settle,
    /// Tables count.
    Count,
    /// Accept a warning.
    Decide,
    /// Close.
    Close,
    /// Wait for the server's bulletin.
    Wait,
    /// Certify.
    Certify,
    /// Reopen: a key was revoked after the close.
    Reopen,
    /// Annul: more collected than issued.
    Annul,
    /// Announce; minutes before it if they are wanted.
    Announce,
    /// A further round.
    Contest,
    /// Nothing.
    None,
}

impl Next {
    /// The next step of a contest.
    pub(super) fn of(c: &ContestCount, count: &Count) -> Self {
        let next = |step, vi: &str, en: &str| Self { step, vi: vi.to_owned(), en: en.to_owned() };
        match c.phase() {
            Phase::Counting | Phase::Reopened => while_open(c, count),
            Phase::Closed | Phase::Certified if c.is_revoked_after_close() => next(
                Step::Reopen,
                "mở lại: có khóa bị thu hồi sau khi kết thúc kiểm",
                "reopen: a key was revoked after the close",
            ),
            Phase::Closed if c.is_blocked() => next(
                Step::Annul,
                "thu về nhiều hơn phát ra: mở lại để đếm lại số phiếu, hoặc hủy và bầu lại",
                "more collected than issued: reopen and recount the papers, or annul and vote again",
            ),
            Phase::Closed if c.bulletin().is_none() => {
                next(Step::Wait, "chờ bản tin của máy chủ", "wait for the server's bulletin")
            }
            Phase::Closed => next(Step::Certify, "chứng nhận kết quả", "certify the result"),
            Phase::Certified if c.minutes().is_none() => {
                next(Step::Announce, "lập biên bản, rồi công bố", "make the minutes, then announce")
            }
            Phase::Certified => next(Step::Announce, "công bố kết quả", "announce the result"),
            Phase::Announced => match c.certify().map(|(_, certify)| &certify.next) {
                None | Some(tally::statement::Next::None) => next(Step::None, "xong", "done"),
                Some(open) => Self {
                    step: Step::Contest,
                    vi: format!("đại hội quyết định có bầu tiếp không ({open})"),
                    en: format!("the congress decides on a further round ({open})"),
                },
            },
            Phase::Annulled => next(Step::Contest, "mở cuộc bầu lại", "open the contest that repeats it"),
        }
    }
}

fn while_open(c: &ContestCount, count: &Count) -> Next {
    let next = |step, vi: String, en: String| Next { step, vi, en };
    if c.papers().is_none() {
        return next(Step::Papers, "khai số phiếu và các tập".into(), "state the papers and their bundles".into());
    }
    let failed = FailedCheck::all(c, count);
    let wrong: Vec<_> = failed.iter().filter(|f| f.blocks == "close").collect();
    if !wrong.is_empty() {
        let all = |why: fn(&FailedCheck) -> &str| wrong.iter().map(|f| why(f)).collect::<Vec<_>>().join("; ");
        let (vi, en) = (all(|f| &f.committee.vi), all(|f| &f.committee.en));
        return next(Step::Papers, format!("sửa số phiếu: {vi}"), format!("correct the papers: {en}"));
    }
    if let Some(case) = c.cases().next() {
        return of_case(&case, c);
    }
    let open = c.bundle_states().filter(|(_, s)| matches!(s, BundleState::Missing | BundleState::Waiting)).count();
    if open > 0 {
        return next(
            Step::Count,
            format!("còn {open} tập chờ kiểm"),
            format!("{open} bundles are still to be counted"),
        );
    }
    let warning = failed.iter().find(|f| f.blocks == "close-until-accepted" && !f.accepted);
    if let Some(FailedCheck { code, committee, .. }) = warning {
        let id = c.statement().contest;
        return next(
            Step::Decide,
            format!(
                "xem cảnh báo {code} ({}); chấp nhận: `committee decide {id} --warning {code} --reason …`",
                committee.vi
            ),
            format!(
                "look at {code} ({}); to accept: `committee decide {id} --warning {code} --reason …`",
                committee.en
            ),
        );
    }
    if failed.iter().any(|f| f.code == "E-COLLECTED") {
        return next(
            Step::Close,
            "thu về nhiều hơn phát ra: đếm lại số phiếu và sửa; nếu vẫn thừa, kết thúc kiểm rồi hủy, bầu lại".into(),
            "more collected than issued: recount the papers and correct them; if it stays so, close, annul, vote again"
                .into(),
        );
    }
    next(Step::Close, "kết thúc kiểm".into(), "close the contest".into())
}

/// What helps a bundle that keeps the contest open, by what is wrong with it.
fn of_case(case: &Case<'_>, c: &ContestCount) -> Next {
    let (bundle, id) = (case.bundle, c.statement().contest);
    let cover = c.papers().and_then(|p| p.bundle(bundle)).map_or(0, |b| b.papers.0);
    let (vi, en) = match case.state {
        Some(BundleState::Mismatch) => (
            format!("bìa ghi {cover} phiếu, kiểm ra số khác: đếm lại tập, rồi sửa số phiếu hoặc bàn rút và kiểm lại"),
            format!(
                "its cover says {cover} papers and the count does not: recount it, then correct the papers or the table withdraws"
            ),
        ),
        Some(BundleState::Unsettled) => (
            "kết quả đã chốt mất theo khóa bị thu hồi: kiểm lại rồi chốt".to_owned(),
            "the count that was settled on died with a revoked key: count it again and settle".to_owned(),
        ),
        _ => (
            "hai kết quả khác nhau: kiểm lại trước ban, bàn sai rút lại hoặc ban chốt".to_owned(),
            "two counts differ: recount it before the board; the wrong table withdraws, or the board settles"
                .to_owned(),
        ),
    };
    Next {
        step: Step::Settle,
        vi: format!("tập {bundle}: {vi} (xem `committee cases {id} {bundle}`)"),
        en: format!("bundle {bundle}: {en} (see `committee cases {id} {bundle}`)"),
    }
}
