//! Tables' keys in use on two machines, found in a folder: notes (`*.note`) that lie beside its log. It refuses to know
//! what makes two texts one too many; that is [`tally::Twice`].

use serde::Serialize;
use std::collections::BTreeMap;
use tally::{Count, SignedStatement, StationId, ruling::Sentence};

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

/// Notes brought on a stick against the log, each by file and bytes; of every table the first number. What is one and what
/// is none, [`tally::Twice`] says.
#[must_use]
pub fn find(count: &Count, notes: &[(String, Vec<u8>)]) -> Vec<Twice> {
    let mut first: BTreeMap<StationId, (tally::Twice, &str)> = BTreeMap::new();
    for (file, bytes) in notes {
        let Ok(signed) = SignedStatement::open(bytes, count.keys()) else { continue };
        let Some(twice) = tally::Twice::of(count, &signed) else { continue };
        if first.get(&twice.station).is_none_or(|(known, _)| twice.seq < known.seq) {
            first.insert(twice.station, (twice, file));
        }
    }
    first.into_values().map(|(twice, file)| Twice::in_file(&twice, file)).collect()
}

impl Twice {
    fn in_file(twice: &tally::Twice, file: &str) -> Self {
        let Sentence { vi, en } = twice.say();
        Self {
            station: twice.station.to_string(),
            key: twice.key.to_string(),
            seq: twice.seq,
            entry: twice.entry,
            logged: twice.logged.to_string(),
            file: file.to_owned(),
            other: twice.other.to_string(),
            vi,
            en,
        }
    }
}
