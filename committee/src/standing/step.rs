//! What the board of a contest does next. One step at a time, in the order of the hall.

use super::checks;
use serde::Serialize;
use tally::{
    count::ContestCount,
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
    pub(super) fn of(c: &ContestCount) -> Self {
        let next = |step, vi: &str, en: &str| Self { step, vi: vi.to_owned(), en: en.to_owned() };
        match c.phase() {
            Phase::Counting | Phase::Reopened => while_open(c),
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

fn while_open(c: &ContestCount) -> Next {
    let next = |step, vi: String, en: String| Next { step, vi, en };
    if c.papers().is_none() {
        return next(Step::Papers, "khai số phiếu và các tập".into(), "state the papers and their bundles".into());
    }
    let failed = checks(c);
    if let Some(check) = failed.iter().find(|f| f.code.starts_with("E-")) {
        let why = &check.why;
        return next(Step::Papers, format!("sửa số phiếu: {why}"), format!("correct the papers: {why}"));
    }
    if let Some(case) = c.cases().next() {
        let (bundle, state) = (case.bundle, case.state);
        return next(
            Step::Settle,
            format!("xem lại tập {bundle} ({state}): chốt, đếm lại hoặc sửa số phiếu"),
            format!("look at bundle {bundle} ({state}): settle, recount, or correct the papers"),
        );
    }
    let open = c.bundle_states().filter(|(_, s)| matches!(s, BundleState::Missing | BundleState::Waiting)).count();
    if open > 0 {
        return next(
            Step::Count,
            format!("còn {open} tập chờ kiểm"),
            format!("{open} bundles are still to be counted"),
        );
    }
    if let Some(check) = failed.iter().find(|f| !f.accepted) {
        let code = check.code;
        return next(Step::Decide, format!("xem cảnh báo {code}"), format!("accept the warning {code}, or correct it"));
    }
    next(Step::Close, "kết thúc kiểm".into(), "close the contest".into())
}
