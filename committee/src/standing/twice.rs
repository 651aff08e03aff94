//! Tables' keys in use on two machines, as `status` shows them: what the server has kept, verified against the log that was
//! read here. It refuses to accuse a table, and to believe the server's word for any of it.

use crate::meaning::Said;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use tally::{Count, SignedStatement, StationId, Twice};

/// A table whose key signed two texts of one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeyTwice {
    /// The table.
    pub station: String,
    /// The name of its key.
    pub key: String,
    /// The number of which there are two.
    pub seq: u64,
    /// The entry that stands in the log.
    pub entry: u64,
    /// Its sid.
    pub logged: String,
    /// The sid of the text that is no entry.
    pub other: String,
    /// The organisers have revoked the key since.
    pub revoked: bool,
    /// What it means, and what to do.
    pub said: Said,
}

impl KeyTwice {
    /// What these texts come to beside the log, by table. A text that is not its table's own, or that no entry contradicts,
    /// comes to nothing, whoever showed it.
    #[must_use]
    pub fn of(count: &Count, texts: &[Bytes]) -> Vec<Self> {
        let mut found: BTreeMap<StationId, Twice> = BTreeMap::new();
        for text in texts {
            let Ok(s) = SignedStatement::open(text, count.keys()) else { continue };
            let Some(twice) = Twice::of(count, &s) else { continue };
            if found.get(&twice.station).is_none_or(|known| twice.seq < known.seq) {
                found.insert(twice.station, twice);
            }
        }
        found.values().map(|twice| Self::new(twice, count)).collect()
    }

    fn new(twice: &Twice, count: &Count) -> Self {
        Self {
            station: twice.station.to_string(),
            key: twice.key.to_string(),
            seq: twice.seq,
            entry: twice.entry,
            logged: twice.logged.to_string(),
            other: twice.other.to_string(),
            revoked: twice.is_revoked(count),
            said: Said::from(twice.say()),
        }
    }
}
