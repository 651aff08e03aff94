//! What is wrong with an `event.toml`, where, and in two languages. It refuses to know what the keys mean.

use std::{fmt, io, ops::Range, path::PathBuf};
use tally::{
    form::UnknownWord,
    id::IdError,
    text::{TEXT_CHARS_MAX, TextError},
};

/// Why there is no event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The file is not there or the disk does not give it.
    #[error("{}: không đọc được tệp, kiểm tra đường dẫn và quyền đọc — cannot read the file, check its path and \
             permissions: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file says something that cannot be.
    #[error(transparent)]
    Faults(#[from] EventFaults),
}

/// Every fault of one `event.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFaults {
    /// The file.
    pub path: PathBuf,
    /// Ascending by line and column; never empty.
    pub faults: Vec<EventFault>,
}

/// One fault and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFault {
    /// The line, from 1.
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
    /// The key, as in `contest[1].candidates[3].name`: lists are counted from 1. Empty when no key is to blame.
    pub key_path: String,
    /// What is wrong and what to do, in Vietnamese.
    pub why_vi: String,
    /// The same in English.
    pub why_en: String,
}

impl fmt::Display for EventFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, key_path, why_vi, why_en } = self;
        let colon = if key_path.is_empty() { "" } else { ": " };
        write!(f, "{line}:{column}: {key_path}{colon}{why_vi} — {why_en}")
    }
}

impl fmt::Display for EventFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, n) = (self.path.display(), self.faults.len());
        let s = if n == 1 { "" } else { "s" };
        write!(f, "{path}: {n} lỗi, chưa có gì bắt đầu — {n} fault{s}, nothing has started")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n{path}:{fault}"))
    }
}

impl std::error::Error for EventFaults {}

/// A sentence in both languages.
pub(super) struct Why {
    vi: String,
    en: String,
}

pub(super) fn why(vi: impl Into<String>, en: impl Into<String>) -> Why {
    Why { vi: vi.into(), en: en.into() }
}

/// What the words of the rules say about a value they cannot be read from.
pub(super) trait Explain {
    fn explain(&self) -> Why;
}

impl Explain for TextError {
    fn explain(&self) -> Why {
        let vi = match self {
            Self::NotNfc => "chữ chưa ở dạng Unicode dựng sẵn (NFC); hãy gõ lại bằng bảng mã Unicode dựng sẵn".into(),
            Self::Character(c) => {
                format!("ký tự U+{:04X} không nhìn thấy được hoặc không được phép; hãy xóa và gõ lại", u32::from(*c))
            }
            Self::Space => "giữa các từ chỉ có một dấu cách, đầu và cuối không có".into(),
            Self::Empty => "cần ghi chữ ở đây (dấu `-` nghĩa là không có)".into(),
            Self::TooLong => format!("dài quá {TEXT_CHARS_MAX} ký tự"),
            Self::Word => "cần một từ ngắn, nhiều nhất 32 chữ cái A–Z a–z, chữ số hoặc dấu gạch ngang".into(),
            Self::Date => "ngày ghi dạng NĂM-THÁNG-NGÀY, ví dụ `1970-05-02`".into(),
        };
        why(vi, self.to_string())
    }
}

impl Explain for IdError {
    fn explain(&self) -> Why {
        why("mã có 1–16 chữ cái A–Z a–z, chữ số hoặc dấu gạch ngang", self.to_string())
    }
}

impl Explain for UnknownWord {
    fn explain(&self) -> Why {
        why(format!("cần một trong: {}", self.0), self.to_string())
    }
}

/// The file as text, without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<&str, EventFault> {
    let fault =
        |line, column, why: Why| EventFault { line, column, key_path: String::new(), why_vi: why.vi, why_en: why.en };
    if bytes.len() as u64 > super::FILE_BYTES_MAX {
        return Err(fault(
            1,
            1,
            why("tệp lớn hơn 4 MiB, không phải event.toml", "the file is larger than 4 MiB and no event.toml"),
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let (line, column) = line_and_column(&good, good.len());
        let wrong = why(
            "có byte không phải UTF-8; lưu lại tệp với mã hóa UTF-8",
            "a byte that is not UTF-8; save the file again as UTF-8",
        );
        fault(line, column, wrong)
    })
}

/// Where a byte of a text stands: line and character, both from 1.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count().saturating_add(1);
    let begin = before.rfind('\n').map_or(0, |lf| lf.saturating_add(1));
    (line, before[begin..].chars().count().saturating_add(1))
}

/// The faults found so far.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: Vec<EventFault>,
}

impl<'t> Faults<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(super) fn add(&mut self, place: &Range<usize>, key_path: String, why: Why) {
        let (line, column) = line_and_column(self.text, place.start);
        self.found.push(EventFault { line, column, key_path, why_vi: why.vi, why_en: why.en });
    }

    /// A fault of the TOML itself; whether the rest of the file can be read all the same.
    pub(super) fn syntax(&mut self, error: &toml::de::Error) -> bool {
        let place = error.span().unwrap_or(0..0);
        if error.message() == "duplicate key" {
            let key = self.text.get(place.clone()).unwrap_or_default().to_owned();
            self.add(
                &place,
                key,
                why(
                    "ghi hai lần; chỉ giữ lại một (nhiều mục ghi bằng `[[…]]`)",
                    "stands twice; keep one (several of a kind are written `[[…]]`)",
                ),
            );
            return true;
        }
        let message = error.message();
        self.add(&place, String::new(), why(format!("sai cú pháp TOML: {message}"), format!("not TOML: {message}")));
        false
    }

    pub(super) fn line_of(&self, place: &Range<usize>) -> usize {
        line_and_column(self.text, place.start).0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn sorted(mut self) -> Vec<EventFault> {
        self.found.sort_by(|a, b| (a.line, a.column, &a.key_path).cmp(&(b.line, b.column, &b.key_path)));
        self.found
    }
}
