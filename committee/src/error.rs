//! Why an act of the committee did not happen, each with its sentence. It refuses to know exit codes: `main` makes them.

use crate::event::EventError;
use door::DialError;
use keyfile::KeyFileError;
use std::{fmt, io, path::PathBuf};
use tally::{
    Mismatch, Ruling,
    ruling::{Refusal, Sentence},
};

/// Why nothing was signed, sent or recorded.
#[derive(Debug, thiserror::Error)]
pub enum CommitteeError {
    /// The event file is wrong; every fault of it.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The rule files have faults, or the disk fails.
    #[error(transparent)]
    Rules(#[from] rules::RulesError),
    /// What was given does not fit together; every fault at once.
    #[error("chưa có gì bắt đầu — nothing has started:{0}")]
    Input(Faults),
    /// A key file is missing, open to others, or somebody else's.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The keys in the home do not fit the event.
    #[error("{0}")]
    Keys(Sentence),
    /// No connection, or the server gives no answer that can be read.
    #[error("không liên lạc được với máy chủ — the server cannot be reached: {0}")]
    Network(String),
    /// The server of the ticket is not there, or another one is.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The event's log does not know the key that was shown yet, knows that it was revoked, or keeps this door for others.
    #[error(
        "khóa này không vào được: chưa được ghi nhận (ban tổ chức chưa ký), đã bị thu hồi, hoặc không dùng cho việc này; hỏi ban \
         tổ chức — this key is not let in: it is not enrolled yet, was revoked, or is not meant for this; ask an organiser ({0})"
    )]
    NotEnrolled(String),
    /// The disk does not give or take a file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The rules do not allow it, here or at the server.
    #[error("{code}: {words}")]
    Refused {
        /// The stable code.
        code: String,
        /// The sentence.
        words: Sentence,
    },
    /// More people must sign; nothing was sent.
    #[error(
        "cần {needed} chữ ký, mới có {have}; còn {0} ký được: ký thêm bằng --as, hoặc thêm --propose để lại bản nháp \
         cho họ ký ở máy của họ — {needed} must sign together, here are {have}; {0} could sign as well: add --as, or \
         leave a draft with --propose for them to sign at their own machines",
        named(others)
    )]
    TooFewSigners {
        /// Signatures there are.
        have: usize,
        /// Signatures needed.
        needed: usize,
        /// Ids of those who could sign as well.
        others: Vec<String>,
    },
    /// The draft that was meant waits no more.
    #[error("{0}")]
    Ended(Sentence),
    /// The log holds an entry that an honest log would not have.
    #[error("nhật ký không đúng — the log does not verify: {0}")]
    Log(#[from] Mismatch),
    /// Checkpoint, answer or proof do not fit the entries.
    #[error("nhật ký không khớp ở {field} — the log does not agree with itself in {field}: {why}")]
    Differs {
        /// The field.
        field: &'static str,
        /// What does not fit.
        why: String,
    },
    /// The log is shorter than it was: a restored server, which must not go on.
    #[error(
        "máy chủ chỉ có {shown} mục, trước đây đã thấy {seen}: máy chủ vừa khôi phục? dừng lại — \
         the server shows {shown} entries, {seen} were seen before: a restored server? stop and look"
    )]
    Behind {
        /// Entries seen before.
        seen: u64,
        /// Entries shown now.
        shown: u64,
    },
    /// The log's key signed two histories.
    #[error(
        "khóa nhật ký đã ký hai lịch sử khác nhau; bằng chứng ở {} — \
         the log's key signed two histories; the evidence is in {}",
        evidence.display(), evidence.display()
    )]
    Equivocation {
        /// The folder with both checkpoints.
        evidence: PathBuf,
    },
    /// The server does not show us the whole log.
    #[error(
        "máy chủ chỉ cho đọc {readable}/{size} mục; ban kiểm phiếu cần cả nhật ký — \
         the server shows {readable} of {size} entries; the committee needs the whole log"
    )]
    Hidden {
        /// Entries that may be read.
        readable: u64,
        /// Entries there are.
        size: u64,
    },
    /// The server owes the bulletin of the close.
    #[error(
        "máy chủ chưa ghi bản tin kết thúc của {contest}; thử lại sau — \
         the server has not recorded the closing bulletin of {contest} yet; try again"
    )]
    NoBulletin {
        /// The contest.
        contest: tally::ContestId,
    },
    /// What was typed cannot be used: no draft, or several, begin so; or it is the ticket of another event.
    #[error("{0}")]
    Choice(Sentence),
}

/// What is wrong with what was given, one sentence each; never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Sentence>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
    }
}

impl Faults {
    /// One more fault.
    pub fn say(&mut self, vi: impl Into<String>, en: impl Into<String>) {
        self.0.push(say(vi, en));
    }

    /// Nothing, or all faults as one error.
    ///
    /// # Errors
    /// [`CommitteeError::Input`] when there is any fault.
    pub fn none(self) -> Result<(), CommitteeError> {
        if self.0.is_empty() { Ok(()) } else { Err(CommitteeError::Input(self)) }
    }
}

impl From<tally::written::FileFaults> for CommitteeError {
    fn from(faults: tally::written::FileFaults) -> Self {
        Self::Event(faults.into())
    }
}

impl From<Refusal> for CommitteeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { code: refusal.code().to_owned(), words: refusal.say() }
    }
}

impl From<&Ruling> for CommitteeError {
    fn from(ruling: &Ruling) -> Self {
        Self::Refused { code: ruling.code().to_owned(), words: ruling.say() }
    }
}

impl CommitteeError {
    /// Something given that cannot be, with its sentence.
    pub fn input(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Input(Faults(vec![say(vi, en)]))
    }

    pub(crate) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { path, source }
    }
}

/// A sentence in both languages.
pub(crate) fn say(vi: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { vi: vi.into(), en: en.into() }
}

fn named(ids: &[String]) -> String {
    if ids.is_empty() { "-".to_owned() } else { ids.join(" ") }
}
