//! Bulletins on the wire.

use crate::{
    field::{Read, WireError, hash, hash_out, value, word},
    v1,
};
use tally::statement::{Bulletin, OpenBundle};

impl From<&Bulletin> for v1::Bulletin {
    fn from(s: &Bulletin) -> Self {
        Self {
            election: hash_out(&s.election),
            contest: s.contest.to_string(),
            size: s.size,
            root: hash_out(&s.root),
            state: v1::BulletinState::from(s.state).into(),
            bundles_expected: s.bundles_expected,
            bundles: s.bundles,
            figures: s.figures.as_ref().map(Into::into),
            open: s
                .open
                .iter()
                .map(|o| v1::OpenBundle { bundle: o.bundle.to_string(), reason: v1::OpenReason::from(o.reason).into() })
                .collect(),
        }
    }
}

impl TryFrom<v1::Bulletin> for Bulletin {
    type Error = WireError;

    fn try_from(w: v1::Bulletin) -> Result<Self, WireError> {
        let open = |o: &v1::OpenBundle| {
            Ok(OpenBundle {
                bundle: value("open.bundle", &o.bundle)?,
                reason: word::<v1::OpenReason, _>("open.reason", o.reason)?,
            })
        };
        Ok(Self {
            election: hash("election", &w.election)?,
            contest: value("contest", &w.contest)?,
            size: w.size,
            root: hash("root", &w.root)?,
            state: word::<v1::BulletinState, _>("state", w.state)?,
            bundles_expected: w.bundles_expected,
            bundles: w.bundles,
            figures: w.figures.map(TryInto::try_into).transpose()?,
            open: w.open.iter().map(open).collect::<Read<_>>()?,
        })
    }
}
