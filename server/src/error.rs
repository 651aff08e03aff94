//! Why a server does not start, or stops. Rulings are no errors; they are in `tally`.

use journal::JournalError;
use keyfile::KeyFileError;
use std::{io, net::SocketAddr, path::PathBuf};
use tally::Sid;

/// Why a server does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A manifest cannot be used.
    #[error("bản khai sự kiện không dùng được — the manifest cannot be used: {0}")]
    Manifest(String),
    /// The event is here already.
    #[error("sự kiện {0} đã có ở máy này — the event {0} is here already; start it with `kiemphieu server run`")]
    EventExists(Sid),
    /// There is nothing to serve.
    #[error("chưa có sự kiện nào ở {0} — there is no event in {0}; take one in with `kiemphieu server found`")]
    NoEvent(PathBuf),
    /// Listening beyond this machine needs TLS and enrolled keys.
    #[error(
        "{0} không phải địa chỉ nội bộ — {0} is not a loopback address; without TLS the server listens on 127.0.0.1 only"
    )]
    NotLoopback(SocketAddr),
    /// The port cannot be had.
    #[error(
        "không mở được cổng {address} — the port {address} cannot be opened, perhaps another server runs: {source}"
    )]
    Port {
        /// Where it should listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The journal cannot be used.
    #[error("nhật ký {path} — the journal {path}: {source}")]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What is wrong.
        source: JournalError,
    },
    /// The journal is whole but does not add up to its own checkpoint.
    #[error(
        "nhật ký {path} không khớp — the journal {path} does not hold together: {why}; restore it from the second copy"
    )]
    Inconsistent {
        /// The journal.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// The disk fails.
    #[error("ổ đĩa: {path} — the disk fails at {path}: {source}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The gRPC or HTTP machinery fails.
    #[error("mạng — the network fails: {0}")]
    Network(String),
}
