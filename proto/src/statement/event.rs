//! Manifest, boards and keys on the wire.

use crate::{
    field::{Read, WireError, hash, hash_out, key, keys, printed, value, value_if_any, word},
    v1,
};
use tally::statement::{Board, KeyStatement, Manifest, Member, Revoke};

impl From<&Manifest> for v1::Manifest {
    fn from(s: &Manifest) -> Self {
        Self {
            origin: s.origin.to_string(),
            title: s.title.to_string(),
            organisation: s.organisation.as_ref().map(ToString::to_string),
            place: s.place.as_ref().map(ToString::to_string),
            language: v1::Language::from(s.language).into(),
            threshold: s.threshold,
            organisers: printed(&s.organisers),
            log: s.log.to_string(),
            tally: s.tally.to_string(),
            stations: printed(&s.stations),
            tables: s
                .tables
                .iter()
                .map(|(station, title)| v1::Table { station: station.to_string(), title: title.to_string() })
                .collect(),
            observers: printed(&s.observers),
            witness_quorum: s.witness_quorum,
            witnesses: printed(&s.witnesses),
            disclosure: v1::Disclosure::from(s.disclosure).into(),
            live_totals: s.live_totals,
            min_bundle: s.min_bundle,
        }
    }
}

impl TryFrom<v1::Manifest> for Manifest {
    type Error = WireError;

    fn try_from(w: v1::Manifest) -> Result<Self, WireError> {
        Ok(Self {
            origin: w.origin.into(),
            title: value("title", &w.title)?,
            organisation: value_if_any("organisation", w.organisation.as_ref())?,
            place: value_if_any("place", w.place.as_ref())?,
            language: word::<v1::Language, _>("language", w.language)?,
            threshold: w.threshold,
            organisers: keys("organisers", &w.organisers)?,
            log: key("log", &w.log)?,
            tally: key("tally", &w.tally)?,
            stations: keys("stations", &w.stations)?,
            tables: w
                .tables
                .iter()
                .map(|t| Ok((value("tables.station", &t.station)?, value("tables.title", &t.title)?)))
                .collect::<Read<_>>()?,
            observers: keys("observers", &w.observers)?,
            witness_quorum: w.witness_quorum,
            witnesses: keys("witnesses", &w.witnesses)?,
            disclosure: word::<v1::Disclosure, _>("disclosure", w.disclosure)?,
            live_totals: w.live_totals,
            min_bundle: w.min_bundle,
        })
    }
}

impl From<&Board> for v1::Board {
    fn from(s: &Board) -> Self {
        Self {
            election: hash_out(&s.election),
            prev: hash_out(&s.prev),
            board: s.board.to_string(),
            title: s.title.to_string(),
            threshold: s.threshold,
            members: s
                .members
                .iter()
                .map(|m| v1::Member {
                    id: m.id.to_string(),
                    role: v1::MemberRole::from(m.role).into(),
                    name: m.name.to_string(),
                })
                .collect(),
            keys: printed(&s.keys),
        }
    }
}

impl TryFrom<v1::Board> for Board {
    type Error = WireError;

    fn try_from(w: v1::Board) -> Result<Self, WireError> {
        let member = |m: &v1::Member| {
            Ok(Member {
                id: value("members.id", &m.id)?,
                role: word::<v1::MemberRole, _>("members.role", m.role)?,
                name: value("members.name", &m.name)?,
            })
        };
        Ok(Self {
            election: hash("election", &w.election)?,
            prev: hash("prev", &w.prev)?,
            board: value("board", &w.board)?,
            title: value("title", &w.title)?,
            threshold: w.threshold,
            members: w.members.iter().map(member).collect::<Read<_>>()?,
            keys: keys("keys", &w.keys)?,
        })
    }
}

impl From<&KeyStatement> for v1::Key {
    fn from(s: &KeyStatement) -> Self {
        Self {
            election: hash_out(&s.election),
            prev: hash_out(&s.prev),
            key: s.key.to_string(),
            title: s.title.as_ref().map(ToString::to_string),
        }
    }
}

impl TryFrom<v1::Key> for KeyStatement {
    type Error = WireError;

    fn try_from(w: v1::Key) -> Result<Self, WireError> {
        Ok(Self {
            election: hash("election", &w.election)?,
            prev: hash("prev", &w.prev)?,
            key: key("key", &w.key)?,
            title: value_if_any("title", w.title.as_ref())?,
        })
    }
}

impl From<&Revoke> for v1::Revoke {
    fn from(s: &Revoke) -> Self {
        Self {
            election: hash_out(&s.election),
            prev: hash_out(&s.prev),
            key: s.key.to_string(),
            last_seq: s.last_seq,
            reason: s.reason.to_string(),
        }
    }
}

impl TryFrom<v1::Revoke> for Revoke {
    type Error = WireError;

    fn try_from(w: v1::Revoke) -> Result<Self, WireError> {
        Ok(Self {
            election: hash("election", &w.election)?,
            prev: hash("prev", &w.prev)?,
            key: w.key.into(),
            last_seq: w.last_seq,
            reason: value("reason", &w.reason)?,
        })
    }
}
