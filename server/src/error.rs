//! Why a server does not start, or stops. Rulings are no errors; they are in `tally`.

use crate::{guard::Halt, mirror::SecondTrouble};
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
    /// A rule file of the home is broken, or cannot be read.
    #[error(transparent)]
    Rules(#[from] rules::RulesError),
    /// The event is here already.
    #[error(
        "sự kiện {0} đã có ở máy này — the event {0} is here already; start it with `kiemphieu server run`, or name another folder with --home"
    )]
    EventExists(Sid),
    /// There is nothing to serve.
    #[error("chưa có sự kiện nào ở {0} — there is no event in {0}; take one in with `kiemphieu server found`")]
    NoEvent(PathBuf),
    /// The public pages need TLS beyond this machine.
    #[error(
        "{0} không phải địa chỉ nội bộ — {0} is not a loopback address; give the public pages a certificate (--http-certificate, --http-key), or set a web server with one before them (--http-behind-proxy)"
    )]
    NotLoopback(SocketAddr),
    /// The operator's certificate for the public pages cannot be used.
    #[error("không dùng được chứng chỉ {path} — the certificate of the public pages cannot be used, {path}: {why}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
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
    /// The second journal cannot be used.
    #[error(transparent)]
    Second(#[from] SecondTrouble),
    /// This server has stopped signing for the event for good.
    #[error(transparent)]
    Halted(#[from] Halt),
    /// A folder holds no second journal.
    #[error("không có nhật ký thứ hai ở {0} — there is no second journal in {0}; is it the right stick, and mounted?")]
    NoSecondJournal(PathBuf),
    /// A folder holds no backup.
    #[error("không có bản sao ở {0} — there is no backup of an event in {0}")]
    NoBackup(PathBuf),
    /// Something is there already.
    #[error("{0} đã có — {0} is there already; nothing is ever overwritten, name another folder")]
    Taken(PathBuf),
    /// The event was not restored, or was released before.
    #[error("sự kiện {0} không chờ xác nhận — the event {0} does not wait for a release")]
    NotRestored(Sid),
    /// Entries that somebody has seen are here and in the folders given to be found nowhere.
    #[error(
        "còn thiếu {count} mục, đầu tiên là mục {first} (ở đây {own}, đã ký {size}) — {count} entries are still missing, the first \
         of them {first} ({own} here, {size} signed); bring the receipts of more tables, or an observer's copy of the log, with --from"
    )]
    StillMissing {
        /// The first of them.
        first: u64,
        /// How many.
        count: u64,
        /// Entries here.
        own: u64,
        /// Entries that were signed.
        size: u64,
    },
    /// The number typed is not that of the log.
    #[error(
        "số mục khác nhau: đã gõ {typed}, ở đây có {own} — the number typed is {typed}, and this log has {own} entries; \
         compare again with tables and witnesses"
    )]
    SizeDiffers {
        /// Entries here.
        own: u64,
        /// What was typed.
        typed: u64,
    },
    /// A file holds no checkpoint.
    #[error("{0} không chứa điểm kiểm — {0} holds neither a checkpoint nor a receipt")]
    NoCheckpoint(PathBuf),
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
