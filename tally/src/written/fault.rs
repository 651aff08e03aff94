//! What is wrong with a file that a person wrote, where, and in two languages. It refuses to know what the keys mean.

use crate::{
    form::UnknownWord,
    id::IdError,
    ruling::Sentence,
    text::{TEXT_CHARS_MAX, TextError},
};
use std::{fmt, ops::Range, path::PathBuf};

/// Every fault of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFaults {
    /// The file.
    pub path: PathBuf,
    /// Ascending by line and column; never empty.
    pub faults: Vec<FileFault>,
}

/// One fault and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
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

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, key_path, why_vi, why_en } = self;
        let colon = if key_path.is_empty() { "" } else { ": " };
        write!(f, "{line}:{column}: {key_path}{colon}{why_vi} — {why_en}")
    }
}

impl fmt::Display for FileFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, n) = (self.path.display(), self.faults.len());
        let s = if n == 1 { "" } else { "s" };
        write!(f, "{path}: {n} lỗi, chưa có gì bắt đầu — {n} fault{s}, nothing has started")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n{path}:{fault}"))
    }
}

impl std::error::Error for FileFaults {}

/// A sentence in both languages.
pub fn why(vi: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { vi: vi.into(), en: en.into() }
}

/// What the words of the rules say about a value they cannot be read from.
pub trait Explain {
    /// What is wrong and what to do.
    fn explain(&self) -> Sentence;
}

impl Explain for TextError {
    fn explain(&self) -> Sentence {
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
    fn explain(&self) -> Sentence {
        why("mã có 1–16 chữ cái A–Z a–z, chữ số hoặc dấu gạch ngang", self.to_string())
    }
}

impl Explain for UnknownWord {
    fn explain(&self) -> Sentence {
        why(format!("cần một trong: {}", self.0), self.to_string())
    }
}

/// The file as text, without a byte order mark.
pub(super) fn text(bytes: &[u8], bytes_max: usize) -> Result<&str, FileFault> {
    let fault = |line, column, why: Sentence| FileFault {
        line,
        column,
        key_path: String::new(),
        why_vi: why.vi,
        why_en: why.en,
    };
    if bytes.len() > bytes_max {
        let kib = bytes_max >> 10;
        return Err(fault(
            1,
            1,
            why(
                format!("tệp lớn hơn {kib} KiB, chắc là nhầm tệp"),
                format!("the file is larger than {kib} KiB and surely another one"),
            ),
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
pub struct Faults<'t> {
    text: &'t str,
    found: Vec<FileFault>,
}

impl<'t> Faults<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// A fault at that place of the text.
    pub fn add(&mut self, place: &Range<usize>, key_path: String, why: Sentence) {
        let (line, column) = line_and_column(self.text, place.start);
        self.found.push(FileFault { line, column, key_path, why_vi: why.vi, why_en: why.en });
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

    /// The line on which that place stands, from 1.
    pub fn line_of(&self, place: &Range<usize>) -> usize {
        line_and_column(self.text, place.start).0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn sorted(mut self) -> Vec<FileFault> {
        self.found.sort_by(|a, b| (a.line, a.column, &a.key_path).cmp(&(b.line, b.column, &b.key_path)));
        self.found
    }
}
