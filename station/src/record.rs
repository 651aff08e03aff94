//! What the table's journal holds. The first line of a record says its kind:
//!
//! ```text
//! note                         receipt
//! <the signed note>            seq 12
//!                              verdict live
//!                              code B-COUNTED
//!                              vi …
//!                              en …
//!
//!                              <the C2SP tlog-proof>
//! ```
//!
//! A group holds one note, durable before anybody hears of it, or the receipts of one answer. It refuses to know
//! whether notes follow each other.

use crate::receipt::Received;
use tlog::Note;

/// One record of the table's journal.
pub(crate) enum Record {
    /// A statement of this table, signed.
    Note(Note),
    /// A verified answer to one of them.
    Receipt(Box<Received>),
}

const NOTE: &str = "note\n";
const RECEIPT: &str = "receipt\n";

impl Record {
    /// Reads a record.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "a record is not UTF-8".to_owned())?;
        if let Some(note) = text.strip_prefix(NOTE) {
            return Note::parse(note.as_bytes()).map(Self::Note).map_err(|e| e.to_string());
        }
        let receipt = text.strip_prefix(RECEIPT).and_then(|rest| {
            let (ruling, proof) = rest.split_once("\n\n")?;
            Received::parse(&format!("{ruling}\n"), proof)
        });
        receipt.map(|r| Self::Receipt(Box::new(r))).ok_or_else(|| "a record is neither note nor receipt".to_owned())
    }
}

/// The record of a note.
pub(crate) fn of_note(note: &Note) -> Vec<u8> {
    [NOTE, note.as_str()].concat().into_bytes()
}

/// The record of a receipt.
pub(crate) fn of_receipt(received: &Received) -> Vec<u8> {
    format!("{RECEIPT}{}\n{}", received.ruling_text(), received.receipt).into_bytes()
}
