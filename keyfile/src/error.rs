//! Why there is no key to sign with, each with its sentence. No variant ever carries a PIN or a seed.

use crate::PIN_CHARACTERS_MIN;
use std::{io, path::PathBuf};
use tlog::KeyError;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("không mở được tệp khóa {path}: {source} — the key file {path} cannot be opened: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a key already; keys are never overwritten.
    #[error("đã có khóa ở {0}; không ghi đè — there is a key at {0} already; keys are never overwritten")]
    Exists(PathBuf),
    /// Others on this machine may read it.
    #[error(
        "người khác đọc được {0}; chạy chmod 600 {0} (USB định dạng FAT: gắn với umask=077) — \
         others can read {0}; run: chmod 600 {0} (a FAT stick: mount it with umask=077)"
    )]
    Open(PathBuf),
    /// The file is no key file.
    #[error("{0} không phải tệp khóa hoặc đã hỏng — {0} is no key file, or damaged; restore it from its copy")]
    NotAKey(PathBuf),
    /// The key is another one than the one needed here.
    #[error("{path} là khóa của {found}, cần {needed} — {path} is the key of {found}; {needed} is needed here")]
    Other {
        /// The file.
        path: PathBuf,
        /// Whose key it is.
        found: String,
        /// Whose is needed.
        needed: String,
    },
    /// The PIN opens nothing. A file with a damaged lock looks the same.
    #[error(
        "PIN của {0} không đúng, hoặc tệp đã hỏng; chưa làm gì — \
         the PIN of {0} is wrong, or the file is damaged; nothing was done"
    )]
    WrongPin(PathBuf),
    /// The file is under a PIN and nobody can be asked for it.
    #[error(
        "{0} có PIN mà không hỏi được ai; chạy từ cửa sổ lệnh, hoặc đưa PIN qua đầu vào chuẩn với --pin-stdin; \
         khóa mà máy tự mở thì bỏ PIN: kiemphieu key pin --remove {0} — \
         {0} is under a PIN and nobody can be asked here; start the command in a terminal, or give the PIN on \
         standard input with --pin-stdin; for a key that a program opens by itself: kiemphieu key pin --remove {0}"
    )]
    Protected(PathBuf),
    /// A server's key under a PIN: a server starts again alone, and there is nobody to ask.
    #[error(
        "khóa máy chủ không đặt PIN được, vì máy chủ tự khởi động lại một mình; bỏ PIN: kiemphieu key pin {0} --remove — a \
         server's key cannot have a PIN, because a server starts again alone; take it away: kiemphieu key pin {0} --remove"
    )]
    Unattended(PathBuf),
    /// Opening the file would take more work than any key file made here asks for.
    #[error(
        "{0} đòi quá nhiều công tính để mở, không phải tệp của chương trình này — \
         {0} asks for more work than any key file made here; restore it from its copy"
    )]
    Heavy(PathBuf),
    /// A PIN so short can be found by trying.
    #[error(
        "PIN cần ít nhất {PIN_CHARACTERS_MIN} ký tự: ai nhặt được tệp khóa có thể thử hết các PIN ngắn hơn trong một \
         ngày — a PIN needs at least {PIN_CHARACTERS_MIN} characters: whoever finds the file could try all shorter \
         ones within a day"
    )]
    ShortPin,
    /// A new PIN was typed in two ways.
    #[error("hai lần gõ PIN không giống nhau; chưa đổi gì — the two PINs typed differ; nothing was changed")]
    PinsDiffer,
    /// The PIN could not be read from the terminal or from standard input.
    #[error("không đọc được PIN: {0} — the PIN could not be read: {0}")]
    Asking(io::Error),
    /// The name is no name of a key.
    #[error(transparent)]
    Name(#[from] KeyError),
    /// The operating system gives no random numbers.
    #[error("hệ điều hành không cho số ngẫu nhiên — the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
}
