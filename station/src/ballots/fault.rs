//! What is wrong with a ballots file, where, and what to do about it. It refuses to know how a file is read.

use super::HEADER;
use std::{fmt, io, path::PathBuf};
use tally::{form::Form, id::StationId};

/// Why a ballots file gives no papers or no bundles.
#[derive(Debug, thiserror::Error)]
pub enum BallotsError {
    /// The file is not there or the disk does not give it.
    #[error("{}: không đọc được tệp phiếu, kiểm tra đường dẫn và quyền đọc — cannot read the ballots file, check its \
             path and permissions: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is larger than any ballots file.
    #[error("{}: tệp lớn hơn 256 MiB, không phải tệp phiếu của một bàn — the file is larger than 256 MiB and no \
             ballots file of one table", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Some lines do not parse; at most [`super::FAULTS_MAX`] of them are named.
    #[error("{}", listed(path, faults))]
    Faults {
        /// The file.
        path: PathBuf,
        /// Every fault found, ascending by line and column.
        faults: Vec<BallotFault>,
    },
    /// The table's id is too long to be followed by a bundle's number.
    #[error(
        "bàn {station}: mã tập phiếu `{id}` dài quá 16 ký tự, hãy đặt mã bàn ngắn hơn hoặc ghi mã tập vào tệp — \
             table {station}: the bundle id `{id}` has more than 16 characters, give the table a shorter id or write \
             bundle ids into the file"
    )]
    BundleId {
        /// The table.
        station: StationId,
        /// The id that does not fit.
        id: String,
    },
}

fn listed(path: &std::path::Path, faults: &[BallotFault]) -> String {
    let lines: Vec<String> = faults.iter().map(|f| format!("{}:{f}", path.display())).collect();
    let more = if faults.len() < super::FAULTS_MAX {
        ""
    } else {
        "\nCòn có thể có lỗi khác: sửa xong hãy đọc lại tệp — there may be more: mend these, then read the file again"
    };
    lines.join("\n") + more
}

/// One fault and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotFault {
    /// The line, from 1 (the header).
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
    /// What is wrong and what to do, in Vietnamese.
    pub why_vi: String,
    /// The same in English.
    pub why_en: String,
}

impl fmt::Display for BallotFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} — {}", self.line, self.column, self.why_vi, self.why_en)
    }
}

/// What can be wrong in one place of a line.
pub(super) enum Wrong<'a> {
    NotUtf8,
    Header(&'a str),
    BlankLine,
    Fields(usize),
    BundleId(&'a str),
    MixedIds,
    Space,
    Number(&'a str, usize),
    OffList(&'a str, usize),
    Twice(&'a str),
    Descending(&'a str),
    Letter(&'a str),
    Unspaced(&'a str),
    Boxes { found: usize, names: usize },
    Ground(&'a str),
    GroundOfTheProgram(&'a str),
    GroundNotOfTheRules(&'a str),
}

impl Wrong<'_> {
    pub(super) fn at(&self, line: usize, column: usize, form: Form) -> BallotFault {
        let (why_vi, why_en) = self.say(form);
        BallotFault { line, column, why_vi, why_en }
    }

    fn say(&self, form: Form) -> (String, String) {
        match self {
            Self::NotUtf8 => (
                "có byte không phải UTF-8; lưu lại tệp với mã hóa UTF-8".into(),
                "a byte that is not UTF-8; save the file again as UTF-8".into(),
            ),
            Self::Header(found) => (
                format!(
                    "dòng đầu phải đúng là `{HEADER}`, ở đây là `{}`; dùng dấu phẩy, không dùng ngoặc kép",
                    cut(found)
                ),
                format!("the first line must be exactly `{HEADER}`, found `{}`; use commas and no quotes", cut(found)),
            ),
            Self::BlankLine => (
                "dòng trống; mỗi dòng là một phiếu (phiếu không chọn ai ghi `,,`), hãy xóa dòng này".into(),
                "a blank line; every line is one paper (one that chooses nobody is `,,`), delete this line".into(),
            ),
            Self::Fields(found) => (
                format!("dòng này có {found} ô; cần đúng ba ô `{HEADER}` cách nhau bằng dấu phẩy"),
                format!("this line has {found} fields; exactly three, `{HEADER}`, separated by commas, are needed"),
            ),
            Self::BundleId(found) => (
                format!(
                    "`{}` không phải mã tập phiếu; mã có 1–16 chữ cái A–Z a–z, chữ số hoặc dấu gạch ngang",
                    cut(found)
                ),
                format!("`{}` is no bundle id; an id has 1 to 16 letters A–Z a–z, digits or hyphens", cut(found)),
            ),
            Self::MixedIds => (
                "có phiếu ghi mã tập và có phiếu không ghi; ghi mã cho mọi phiếu hoặc bỏ trống tất cả".into(),
                "some papers name their bundle and some do not; name it on every line or on none".into(),
            ),
            Self::Space => (
                "thừa dấu cách; giữa hai mục chỉ có một dấu cách, đầu và cuối ô không có".into(),
                "a space too many; one space stands between two marks and none at either end".into(),
            ),
            _ => self.say_marks(form),
        }
    }

    fn say_marks(&self, form: Form) -> (String, String) {
        match self {
            Self::Number(found, names) => {
                let (digits, first) = if *names < 100 { (2, "01") } else { (3, "001") };
                (
                    format!(
                        "`{}` không phải số thứ tự ứng cử viên; ghi {digits} chữ số như `{first}`, cách nhau một dấu cách",
                        cut(found)
                    ),
                    format!(
                        "`{}` is no candidate's number; write {digits} digits, as in `{first}`, separated by spaces",
                        cut(found)
                    ),
                )
            }
            Self::OffList(found, names) => (
                format!("không có ứng cử viên số {found}; danh sách có {names} người"),
                format!("there is no candidate {found}; the list has {names} names"),
            ),
            Self::Twice(found) => (
                format!("số {found} ghi hai lần trên một phiếu; chỉ ghi một lần"),
                format!("{found} stands twice on one paper; write it once"),
            ),
            Self::Descending(found) => (
                format!("số {found} đứng sau một số lớn hơn; ghi theo thứ tự tăng dần như trên phiếu"),
                format!("{found} stands after a higher number; write the numbers ascending, as on the ballot"),
            ),
            Self::Letter(found) => (
                format!(
                    "`{}` không phải dấu của phiếu {form}; dùng A đồng ý, D không đồng ý, B cả hai ô, - không đánh",
                    cut(found)
                ),
                format!(
                    "`{}` is no mark of the form {form}; use A agree, D disagree, B both boxes, - no mark",
                    cut(found)
                ),
            ),
            Self::Unspaced(found) => (
                format!("thiếu dấu cách giữa các dấu `{}`; viết cách nhau, như `A D -`", cut(found)),
                format!("no spaces between the marks `{}`; write them apart, as in `A D -`", cut(found)),
            ),
            Self::Boxes { found, names } => (
                format!("phiếu có {found} chữ cho {names} người; mỗi người đúng một chữ A, D, B hoặc -"),
                format!("{found} letters for {names} names; every name has exactly one of A, D, B, -"),
            ),
            Self::Ground(found) => (
                format!(
                    "`{}` không phải lý do; bỏ trống hoặc ghi not-issued, added-name, identifying-mark",
                    cut(found)
                ),
                format!(
                    "`{}` is no ground; leave it empty or write not-issued, added-name, identifying-mark",
                    cut(found)
                ),
            ),
            Self::GroundOfTheProgram(found) => (
                format!("`{found}` do chương trình tự xét từ các dấu trên phiếu; hãy bỏ trống ô này"),
                format!("`{found}` is found by the program from the marks themselves; leave this field empty"),
            ),
            Self::GroundNotOfTheRules(found) => (
                format!("theo quy tắc của cuộc bầu này, `{found}` không làm phiếu {form} mất hiệu lực; hãy bỏ trống"),
                format!("by the rules of this contest `{found}` voids no paper of the form {form}; leave it empty"),
            ),
            _ => unreachable!("the other faults are said above"),
        }
    }
}

/// What a stranger's file says is shown, but not all of it.
fn cut(found: &str) -> String {
    const SHOWN_MAX: usize = 40;
    let shown: String = found.chars().take(SHOWN_MAX).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if found.chars().count() > SHOWN_MAX { shown + "…" } else { shown }
}
