//! A table's key in use on two machines: a cloned or a restored laptop. Two authentic texts of one number in a table's chain
//! are a finding of their own, never an equivocation: only the log and the tally key speak for the whole event, and a table
//! whose disk came back is no liar. It refuses to say which of the two is right; the papers do.

use serde::Serialize;
use std::collections::BTreeMap;
use tally::{Count, SignedStatement, StationId, statement::Link};

/// A table whose key signed two different texts of one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Twice {
    /// The table.
    pub station: String,
    /// The name of its key.
    pub key: String,
    /// The first number of which there are two.
    pub seq: u64,
    /// The entry that stands in the log.
    pub entry: u64,
    /// Its sid.
    pub logged: String,
    /// The file with the other text.
    pub file: String,
    /// Its sid.
    pub other: String,
    /// What to do, in Vietnamese.
    pub vi: String,
    /// What to do, in English.
    pub en: String,
}

/// Notes brought on a stick against the log, each by file and bytes. The same text again, however late, is no second one; a
/// text the log has not met is none either.
#[must_use]
pub fn find(count: &Count, notes: &[(String, Vec<u8>)]) -> Vec<Twice> {
    let mut first: BTreeMap<StationId, Twice> = BTreeMap::new();
    for (file, bytes) in notes {
        let Ok(signed) = SignedStatement::open(bytes, count.keys()) else { continue };
        let Link::Station { station, seq, .. } = signed.statement.link() else { continue };
        // Only that table's own key, under a statement of this event.
        let role = tally::count::Role::Station(station);
        let is_own = |name: &str| count.keys().holder(name).is_some_and(|holder| holder.role == role);
        if signed.statement.election() != count.event() || !signed.signers.iter().all(|name| is_own(name)) {
            continue;
        }
        let Some((logged, entry)) = count.station_entry(station, seq).filter(|(sid, _)| *sid != signed.sid) else {
            continue;
        };
        if first.get(&station).is_some_and(|known| known.seq <= seq) {
            continue;
        }
        let last = seq.saturating_sub(1);
        first.insert(
            station,
            Twice {
                station: station.to_string(),
                key: signed.signers.iter().map(ToString::to_string).collect(),
                seq,
                entry,
                logged: logged.to_string(),
                file: file.clone(),
                other: signed.sid.to_string(),
                vi: format!(
                    "khóa của bàn {station} đã ký hai văn bản số {seq}: có hai máy dùng một khóa, hoặc máy được khôi phục. Thu máy lại, thu \
                     hồi khóa với --last-seq {last}, kiểm lại các tập từ số {seq}"
                ),
                en: format!(
                    "the key of table {station} signed two texts of number {seq}: two machines use one key, or one was restored. Take the \
                     laptop away, revoke the key with --last-seq {last}, recount its bundles from number {seq} on"
                ),
            },
        );
    }
    first.into_values().collect()
}
