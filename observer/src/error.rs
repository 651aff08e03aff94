//! Why an observer could not work at all; a verdict on a log is never one of these. Each is a sentence for whoever
//! started the program.

use std::{io, path::PathBuf};

/// What went wrong on this side or on the way.
#[derive(Debug, thiserror::Error)]
pub enum ObserverError {
    /// An address, a name or a file given on the command line is wrong.
    #[error("{vi} — {en}")]
    Input {
        /// Vietnamese.
        vi: String,
        /// English.
        en: String,
    },
    /// A rule file of the home is broken, or cannot be read or written.
    #[error(transparent)]
    Rules(#[from] rules::RulesError),
    /// What should be a ticket is none.
    #[error(transparent)]
    Ticket(#[from] door::TicketError),
    /// A folder of tickets is none that can be followed.
    #[error("{vi} — {en}")]
    Tickets {
        /// Vietnamese.
        vi: String,
        /// English.
        en: String,
    },
    /// The file that says how halls are called has faults.
    #[error(transparent)]
    Halls(#[from] tally::written::FileFaults),
    /// No key to sign with.
    #[error(transparent)]
    Key(#[from] keyfile::KeyFileError),
    /// The server cannot be reached, or answers what no server of this program answers.
    #[error("không liên lạc được với máy chủ {url}: {why} — the server {url} cannot be reached: {why}")]
    Network {
        /// Its address.
        url: String,
        /// What the connection says.
        why: String,
    },
    /// The server is there, and has no room for another call of ours for now.
    #[error("máy chủ đang bận: {0} — the server is busy: {0}")]
    Busy(String),
    /// The server of the ticket is not there, or another one is.
    #[error(transparent)]
    Dial(#[from] door::DialError),
    /// The event's log does not know the key that was shown, or knows that it was revoked.
    #[error(
        "khóa này không vào được: chưa được ghi nhận (ban tổ chức chưa ký), đã bị thu hồi, hoặc không dùng cho việc này; hỏi ban \
         tổ chức — this key is not let in: it is not enrolled yet, was revoked, or is not meant for this; ask an organiser ({0})"
    )]
    NotEnrolled(String),
    /// A file cannot be read or written.
    #[error("lỗi đĩa ở {path}: {source} — the disk fails at {path}: {source}")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What kind of trouble it is; the program makes exit codes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Exit code 2: wrong use.
    Input,
    /// Exit code 10: a file that a person wrote.
    File,
    /// Exit code 11.
    Key,
    /// Exit code 12.
    Network,
    /// Exit code 13.
    Disk,
}

impl ObserverError {
    /// A wrong input.
    pub fn input(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Input { vi: vi.into(), en: en.into() }
    }

    pub(crate) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { path, source }
    }

    /// Whether it may pass by itself: a line that is down does, another server in the place of ours does not.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Network { .. } | Self::Busy(_) | Self::Dial(door::DialError::Unreachable { .. }))
    }

    /// What kind of trouble it is.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Input { .. } | Self::Ticket(_) => Trouble::Input,
            Self::Rules(rules::RulesError::Faults(_)) | Self::Tickets { .. } | Self::Halls(_) => Trouble::File,
            Self::Rules(rules::RulesError::Disk { .. }) => Trouble::Disk,
            Self::Key(_) | Self::NotEnrolled(_) => Trouble::Key,
            Self::Network { .. } | Self::Busy(_) | Self::Dial(_) => Trouble::Network,
            Self::Disk { .. } => Trouble::Disk,
        }
    }
}
