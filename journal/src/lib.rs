//! What must survive: an append-only file of record groups.
//!
//! The server keeps one (a group is the notes it took and the checkpoint it signed over them), every station keeps
//! one (a group is a note of its own, or a receipt). This room knows how bytes reach a disk and how to tell, after
//! the power came back, which of them may be believed. It refuses to know what a record means, what time it is,
//! and who may read it; it makes no decision about a ballot.
//!
//! # The file
//!
//! All numbers are little endian; every checksum is CRC-32C (RFC 3720 §12.1).
//!
//! ```text
//! header   magic "kiemphieu-journal-1\n" | crc u32 | length of purpose u32 | purpose, zeros up to 100 bytes
//! group    mark 8 bytes | crc u32 | chain u32 | offset u64 | bytes of all records u32 | number of records u32
//!            record   length u32 | crc u32 | bytes
//!            record   …
//! group    …
//! ```
//!
//! The crc of a header covers what follows it in that header and stands *before* it: a checksum at the end of its
//! own bytes would cancel them out of every checksum that runs over both. The `chain` of a group is the checksum of
//! **every byte of the file before that group**, so a group cannot be changed, moved, dropped, repeated or borrowed
//! from another journal without the next one saying so; `offset` is the place the group was written for. The mark
//! contains bytes that no UTF-8 text contains, so nobody can put one into a file by sending a note.
//!
//! # The promise
//!
//! [`Journal::append`] writes one group with one write, then `fdatasync`, then answers. So a group stands behind
//! another only if that other one was durable; **at most the last group of a file can be incomplete**. From this
//! follows everything [`Journal::open`] decides about a group that is not whole:
//!
//! | what is found | it is |
//! |---|---|
//! | the file ends inside a group's header or inside its records, and no other mark is seen | incomplete: trimmed |
//! | the header is whole, the records are not, and the file ends exactly where the group ends | incomplete: trimmed |
//! | the header is not whole (zeros after a power cut, or torn), and no mark stands behind it | incomplete: trimmed |
//! | the same, but longer than one append may write | damage |
//! | anything not whole with a mark behind it, or records not whole with any byte behind them | damage |
//! | a whole header that names another place or another past | damage |
//!
//! Damage is never repaired here: it is [`JournalError::Damaged`] with the offset, and the way back is a second
//! journal, or the other copies of the record.
//!
//! A group whose `append` did not answer `Ok` (a killed process, a poisoned journal) may be found whole by the next
//! open and is then delivered, durable from there on: whoever sends again must be recognised by what was sent. Only
//! after [`JournalError::NoSpace`] and [`JournalError::TooLarge`] is it certain that nothing was kept.
//!
//! # What this cannot see
//!
//! * A disk that rots a byte of the **last** acknowledged group, or loses that group after it said "synced", looks
//!   exactly like a power cut during an append. The group is trimmed and [`Trim`] says so. The same holds for a
//!   file cut off at any place, and for a rotten group header with nothing but a torn group behind it. To know,
//!   compare with what others hold: the server asks its witnesses and stations, a station asks for its receipts.
//! * CRC-32C finds accidents, not forgers. Against people there are signatures and the log.
//! * The lock is advisory: it stops a second journal, not a person with an editor or a deleted folder.
//! * Windows tells no free space here and cannot sync a folder; there the floor is not watched.

mod copy;
mod disk;
mod error;
mod file;
mod format;
mod scan;

pub use copy::{copy, durable_len, free_space, is_locked};
pub use error::JournalError;
pub use file::{Journal, Limits, Reader, read, verify};
pub use format::PURPOSE_BYTES_MAX;
pub use scan::{Group, Summary, Trim};
