//! A table's key in use on two machines: a cloned or a restored laptop. Two authentic texts of one number in a table's chain
//! are a finding of their own, never an equivocation: only the log and the tally key speak for the whole event, and a table
//! whose disk came back is no liar. It refuses to say which of the two is right; the papers do.

use crate::{
    Count,
    count::Role,
    id::{Sid, StationId},
    ruling::Sentence,
    signed::SignedStatement,
    statement::Link,
};

/// A table whose key signed another text of a number that an entry has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// The table.
    pub station: StationId,
    /// The name of its key.
    pub key: Box<str>,
    /// The number of which there are two.
    pub seq: u64,
    /// The entry that stands in the log.
    pub entry: u64,
    /// Its sid.
    pub logged: Sid,
    /// The sid of the other text.
    pub other: Sid,
}

impl Twice {
    /// What this statement comes to beside the log. The same text again, however late, is no second one; a text of a number
    /// that the log has not met is none either, nor what another key than the table's own signed, or for another event.
    #[must_use]
    pub fn of(count: &Count, s: &SignedStatement) -> Option<Self> {
        let Link::Station { station, seq, .. } = s.statement.link() else { return None };
        let [key] = s.signers.as_slice() else { return None };
        let is_own = count.keys().holder(key).is_some_and(|holder| holder.role == Role::Station(station));
        if !is_own || s.statement.election() != count.event() {
            return None;
        }
        let (logged, entry) = count.station_entry(station, seq).filter(|(sid, _)| *sid != s.sid)?;
        Some(Self { station, key: key.clone(), seq, entry, logged, other: s.sid })
    }

    /// Whether the organisers have revoked that key since.
    #[must_use]
    pub fn is_revoked(&self, count: &Count) -> bool {
        count.keys().holder(&self.key).is_some_and(|holder| holder.revoked.is_some())
    }

    /// What it means, and what to do.
    #[must_use]
    pub fn say(&self) -> Sentence {
        let (station, seq, last) = (self.station, self.seq, self.seq.saturating_sub(1));
        Sentence {
            vi: format!(
                "khóa của bàn {station} đã ký hai văn bản số {seq}: có hai máy dùng một khóa, hoặc máy được khôi phục. Thu máy lại, thu \
                 hồi khóa với --last-seq {last}, kiểm lại các tập từ số {seq}"
            ),
            en: format!(
                "the key of table {station} signed two texts of number {seq}: two machines use one key, or one was restored. Take the \
                 laptop away, revoke the key with --last-seq {last}, recount its bundles from number {seq} on"
            ),
        }
    }
}
