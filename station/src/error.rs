//! What can stop a counting table, in the words its operator reads, and of which class each of them is. It refuses to
//! know exit codes: only the program makes those.

use crate::{ballots::BallotsError, receipt::Received};
use door::DialError;
use journal::JournalError;
use keyfile::KeyFileError;
use std::{io, path::PathBuf};
use tally::{ContestId, Sid, StationId, id::BundleId};

/// Who has to look where: each class is one exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A wrong argument, or another program at the same files.
    Use,
    /// An input file.
    Input,
    /// A key.
    Key,
    /// The network, or the server does not let us in.
    Network,
    /// The disk.
    Disk,
    /// The table's journal.
    Journal,
    /// The count differs or was refused.
    Differs,
    /// The log's key signed two histories.
    Equivocation,
}

/// Why the table stops.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    /// The ballots file.
    #[error(transparent)]
    Ballots(#[from] BallotsError),
    /// The rule files beside the ballots.
    #[error(transparent)]
    Rules(#[from] rules::RulesError),
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The key is nobody's at a counting table.
    #[error("khóa `{0}` không phải khóa của bàn kiểm phiếu — the key `{0}` is not that of a counting table")]
    NotAStation(String),
    /// The event has another origin than the key.
    #[error(
        "khóa của bàn thuộc `{key}`, sự kiện thuộc `{event}`; hãy tạo khóa cho sự kiện này — \
         the key of this table belongs to `{key}`, the event to `{event}`; make a key for this event"
    )]
    OtherOrigin {
        /// The key's name.
        key: String,
        /// The event's origin.
        event: String,
    },
    /// A file that cannot be read or written.
    #[error("không đọc hoặc ghi được {}: {source} — cannot read or write {}: {source}", path.display(), path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The table's journal.
    #[error("{}", journal_in_words(.0))]
    Journal(#[from] JournalError),
    /// The journal in the folder is another table's, or of another event.
    #[error(
        "sổ {} là của bàn hoặc sự kiện khác ({found}), khóa ở đây là của {station}; mỗi bàn một thư mục riêng — \
         the journal {} is that of another table or event ({found}), the key here is that of {station}; every table \
         has a folder of its own", path.display(), path.display()
    )]
    OtherTable {
        /// The journal.
        path: PathBuf,
        /// What it says of itself.
        found: String,
        /// Whose key there is.
        station: StationId,
    },
    /// The event's log does not know the key that was shown yet, knows that it was revoked, or keeps this door for others.
    #[error(
        "khóa này không vào được: chưa được ghi nhận (ban tổ chức chưa ký), đã bị thu hồi, hoặc không dùng cho việc này; hỏi ban \
         tổ chức — this key is not let in: it is not enrolled yet, was revoked, or is not meant for this; ask an organiser ({0})"
    )]
    NotEnrolled(String),
    /// Whoever answers does not hold the key of the ticket.
    #[error(transparent)]
    Impostor(DialError),
    /// The ticket names another server than the event itself does.
    #[error(
        "khóa máy chủ trên phiếu ({ticket}) khác khóa trong bản công bố của sự kiện ({event}): phiếu sai hoặc giả; xin ban \
         tổ chức phiếu khác — the ticket names another server's key ({ticket}) than the event's manifest ({event}): it is \
         wrong or forged; ask the organisers for another"
    )]
    FalseTicket {
        /// The key on the ticket.
        ticket: String,
        /// The key in the manifest.
        event: String,
    },
    /// A file in a folder of notes that is not what its name says.
    #[error("{}: {vi} — {en}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, in Vietnamese.
        vi: String,
        /// The same in English.
        en: String,
    },
    /// First use, and nobody gave a ticket.
    #[error("bàn này chưa có phiếu sự kiện; hãy thêm --ticket — this table has no event ticket yet; add --ticket")]
    NoTicket,
    /// The table belongs to another event.
    #[error(
        "bàn này thuộc sự kiện {home}, không phải {asked}; mỗi sự kiện cần một thư mục riêng — \
         this table belongs to the event {home}, not {asked}; every event has a folder of its own"
    )]
    OtherEvent {
        /// The event of this folder.
        home: Sid,
        /// The event asked for.
        asked: Sid,
    },
    /// The line is down, the server is busy or does not answer; it may pass.
    #[error("chưa liên lạc được với máy chủ — cannot reach the server for the moment: {0}")]
    Unreachable(String),
    /// The server answers, and says no to the request itself.
    #[error(
        "máy chủ không nhận yêu cầu — the server does not take the request: \
         {code}: {message}"
    )]
    Door {
        /// The gRPC code.
        code: String,
        /// Its words.
        message: String,
    },
    /// Time is up.
    #[error("{}", gave_up(*left, last))]
    GaveUp {
        /// Notes still in the outbox.
        left: usize,
        /// What the last try ended with.
        last: Box<StationError>,
    },
    /// What the server showed as entry 0 is not the event asked for.
    #[error("máy chủ đưa ra sự kiện {found}, không phải {asked} — the server shows the event {found}, not {asked}")]
    NotTheEvent {
        /// The event on the ticket.
        asked: Sid,
        /// What the server has, or what is wrong with it.
        found: String,
    },
    /// The server has more of this table's statements than the table itself.
    #[error(
        "máy chủ có {server} bản của bàn này, sổ của bàn chỉ có {own} hoặc khác: máy này là bản sao hoặc ổ đĩa đã bị khôi \
         phục; dừng lại và báo ban tổ chức — the server has {server} statements of this table and the journal here has \
         {own}, or other ones: this laptop is a clone or its disk was restored; stop and tell the organisers"
    )]
    ServerAhead {
        /// The server's last number.
        server: u64,
        /// Our last number.
        own: u64,
    },
    /// The server lacks what it gave a receipt for.
    #[error(
        "máy chủ chỉ có {server} bản ghi, biên nhận mới nhất của bàn chứng minh đã có {seen}: máy chủ đã bị khôi phục từ \
         bản cũ; dừng lại và báo ban tổ chức — the server has {server} entries, the newest receipt here proves {seen}: \
         the server was restored from an old copy; stop and tell the organisers"
    )]
    ServerBehind {
        /// Entries the server shows.
        server: u64,
        /// Entries proved before.
        seen: u64,
    },
    /// Two signed checkpoints that cannot be of one log.
    #[error(
        "nhật ký của máy chủ không nối tiếp điểm kiểm tra đã thấy ({seen} → {shown}): {why}; dừng lại, giữ thư mục \
         evidence và báo ban tổ chức — the server's log does not continue the checkpoint seen before ({seen} → {shown}): \
         {why}; stop, keep the folder `evidence` and tell the organisers"
    )]
    Forked {
        /// Size of the checkpoint kept.
        seen: u64,
        /// Size of the one shown now.
        shown: u64,
        /// What does not fit.
        why: String,
        /// Both notes.
        notes: Box<[String; 2]>,
    },
    /// An answer no honest server gives.
    #[error(
        "câu trả lời của máy chủ không chứng minh được; không ghi biên nhận — \
         the server's answer does not prove what it says; no receipt was kept: {0}"
    )]
    BadAnswer(String),
    /// The server refused a note.
    #[error("bản số {seq} bị từ chối — number {seq} was refused: {code}: {vi} — {en}")]
    Refused {
        /// Its number in the table's chain.
        seq: u64,
        /// The stable code.
        code: String,
        /// The ruling in Vietnamese.
        vi: String,
        /// The ruling in English.
        en: String,
        /// Whether the same bytes can be taken later.
        retry_helps: bool,
    },
    /// Some notes stand in the log and never count.
    #[error("{}", set_aside_in_words(.0))]
    SetAside(Vec<Received>),
    /// The bundle was counted here before, with other figures.
    #[error(
        "tập {bundle} của {contest} đã được bàn này đếm (bản số {seq}) với số liệu khác; hãy rút bản đó hoặc thêm --again — \
         bundle {bundle} of {contest} was counted at this table before (number {seq}) with other figures; withdraw that \
         batch, or add --again"
    )]
    CountedBefore {
        /// The contest.
        contest: ContestId,
        /// The bundle.
        bundle: BundleId,
        /// The number of the batch that stands.
        seq: u64,
    },
    /// There is no such contest in the log.
    #[error("không có cuộc bầu {0} — there is no contest {0}")]
    NoContest(ContestId),
    /// Nothing that could be withdrawn.
    #[error("sổ của bàn không có bản còn hiệu lực: {0} — the journal here has no batch in force: {0}")]
    NothingToWithdraw(String),
    /// More candidates than a table's note can carry.
    #[error("bản kê {bytes} byte, tối đa {max} — the statement has {bytes} bytes, at most {max} are taken")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
        /// The most there may be.
        max: usize,
    },
}

impl StationError {
    /// Where to look.
    pub fn class(&self) -> Class {
        match self {
            Self::Ballots(_)
            | Self::Rules(_)
            | Self::File { .. }
            | Self::TooLarge { .. }
            | Self::FalseTicket { .. } => Class::Input,
            Self::Key(_)
            | Self::NotAStation(_)
            | Self::OtherOrigin { .. }
            | Self::OtherTable { .. }
            | Self::NotEnrolled(_) => Class::Key,
            Self::Disk { .. } => Class::Disk,
            Self::Journal(error) => match error {
                JournalError::Locked | JournalError::NotFound | JournalError::Exists => Class::Use,
                JournalError::Foreign { .. } | JournalError::Damaged { .. } | JournalError::Consumer(_) => {
                    Class::Journal
                }
                JournalError::TooLarge { .. }
                | JournalError::NoSpace { .. }
                | JournalError::Io { .. }
                | JournalError::Poisoned => Class::Disk,
            },
            Self::NoTicket | Self::OtherEvent { .. } | Self::NothingToWithdraw(_) | Self::NoContest(_) => Class::Use,
            Self::Unreachable(_) | Self::Impostor(_) | Self::Door { .. } => Class::Network,
            Self::GaveUp { last, .. } => last.class(),
            Self::Forked { .. } => Class::Equivocation,
            Self::NotTheEvent { .. }
            | Self::ServerAhead { .. }
            | Self::ServerBehind { .. }
            | Self::BadAnswer(_)
            | Self::Refused { .. }
            | Self::SetAside(_)
            | Self::CountedBefore { .. } => Class::Differs,
        }
    }

    /// Whether waiting and trying again can help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Refused { retry_helps: true, .. })
    }

    /// A file or folder that the disk does not give or take.
    pub(crate) fn disk(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Disk { path: path.to_owned(), source }
    }
}

/// Rulings shown at once: a person reads a screenful, then asks for the status.
const SHOWN_MAX: usize = 20;

/// A question that was never answered leaves nothing unsent behind.
fn gave_up(left: usize, last: &StationError) -> String {
    match left {
        0 => {
            format!("đã hết thời gian thử lại; chưa ký và chưa gửi gì — time is up; nothing was signed or sent: {last}")
        }
        left => format!(
            "đã hết thời gian thử lại, còn {left} bản chưa gửi; chúng vẫn ở trong sổ của bàn — \
             time is up with {left} notes unsent; they stay in the table's journal: {last}"
        ),
    }
}

/// The journal speaks of files and bytes; the operator is told what to do.
fn journal_in_words(error: &JournalError) -> String {
    let (vi, en) = match error {
        JournalError::Locked => {
            ("sổ của bàn đang được chương trình khác dùng; hãy đóng chương trình đó", "close the other program")
        }
        JournalError::Damaged { .. } | JournalError::Foreign { .. } | JournalError::Consumer(_) => (
            "sổ của bàn (tệp journal) bị hỏng; giữ nguyên tệp, khôi phục từ bản sao hoặc báo ban tổ chức",
            "keep the file as it is, restore it from its copy or tell the organisers",
        ),
        JournalError::NoSpace { .. } => {
            ("ổ đĩa đầy, chưa ghi gì vào sổ của bàn; hãy dọn bớt", "nothing was written; make room")
        }
        _ => ("không dùng được sổ của bàn; chạy lại lệnh này", "run the command again"),
    };
    format!("{vi} — the table's journal: {error}; {en}")
}

fn set_aside_in_words(received: &[Received]) -> String {
    let line = |r: &Received| format!("bản số {} — number {}: {}: {} — {}", r.seq, r.seq, r.code, r.vi, r.en);
    let mut lines: Vec<String> = received.iter().take(SHOWN_MAX).map(line).collect();
    if let Some(more) = received.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        lines.push(format!("và {more} bản nữa — and {more} more"));
    }
    lines.join("\n")
}

/// A server that is not there may come back; one that is another is never waited for.
impl From<DialError> for StationError {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Impostor { .. } => Self::Impostor(error),
            DialError::Unreachable { tried } if !tried.is_empty() => {
                let tried: Vec<String> = tried.iter().map(|(address, why)| format!("{address} ({why})")).collect();
                Self::Unreachable(tried.join(", "))
            }
            error @ DialError::Unreachable { .. } => Self::Unreachable(error.to_string()),
        }
    }
}

/// A gRPC status is broken plumbing, never a ruling: some of it mends itself.
impl From<tonic::Status> for StationError {
    fn from(status: tonic::Status) -> Self {
        use tonic::Code;
        match status.code() {
            Code::PermissionDenied | Code::Unauthenticated => Self::NotEnrolled(status.message().to_owned()),
            Code::InvalidArgument
            | Code::NotFound
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::AlreadyExists
            | Code::DataLoss => {
                Self::Door { code: format!("{:?}", status.code()), message: status.message().to_owned() }
            }
            code => Self::Unreachable(format!("{code:?}: {}", status.message())),
        }
    }
}
