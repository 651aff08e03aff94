//! What counting boards say, on the wire.

use crate::{
    field::{Read, WireError, hash, hash_if_any, hash_out, narrow, needed, printed, value, value_if_any, values, word},
    v1::{self, decide::About as SaidAbout, next::Next as SaidNext},
};
use tally::{
    figures::Papers,
    statement::{About, Announce, Annul, Certify, Close, Decide, DecideRuling, Minutes, Next, Reopen, Settle},
};

/// Writes both ways for a desk statement: event, chain and contest are the same in each, the rest is given.
macro_rules! desk {
    ($hall:ident, $wire:ident; $s:ident => { $($out:tt)* } $w:ident => { $($in:tt)* }) => {
        impl From<&$hall> for v1::$wire {
            fn from($s: &$hall) -> Self {
                Self {
                    election: hash_out(&$s.election),
                    prev: hash_out(&$s.prev),
                    contest: $s.contest.to_string(),
                    $($out)*
                }
            }
        }

        impl TryFrom<v1::$wire> for $hall {
            type Error = WireError;

            fn try_from($w: v1::$wire) -> Result<Self, WireError> {
                Ok(Self {
                    election: hash("election", &$w.election)?,
                    prev: hash("prev", &$w.prev)?,
                    contest: value("contest", &$w.contest)?,
                    $($in)*
                })
            }
        }
    };
}

desk!(Decide, Decide;
    s => { about: Some(about_out(&s.about)), reason: s.reason.to_string(), }
    w => { about: about_in(needed("about", w.about)?)?, reason: value("reason", &w.reason)?, });

fn about_out(about: &About) -> SaidAbout {
    match about {
        About::Papers { bundle, papers, ruling } => {
            let (ruling, ground) = match ruling {
                DecideRuling::Valid => (v1::Validity::Valid, None),
                DecideRuling::Invalid(reason) => (v1::Validity::Invalid, Some(v1::Reason::from(*reason).into())),
            };
            SaidAbout::Papers(v1::DoubtfulPapers {
                bundle: bundle.to_string(),
                papers: papers.0,
                ruling: ruling.into(),
                ground,
            })
        }
        About::Warning(code) => SaidAbout::Warning(code.to_string()),
    }
}

fn about_in(about: SaidAbout) -> Read<About> {
    match about {
        SaidAbout::Papers(said) => Ok(About::Papers {
            bundle: value("about.papers.bundle", &said.bundle)?,
            papers: Papers(said.papers),
            ruling: ruling_in(&said)?,
        }),
        SaidAbout::Warning(code) => value("about.warning", &code).map(About::Warning),
    }
}

fn ruling_in(said: &v1::DoubtfulPapers) -> Read<DecideRuling> {
    match (v1::Validity::try_from(said.ruling), said.ground) {
        (Ok(v1::Validity::Valid), None) => Ok(DecideRuling::Valid),
        (Ok(v1::Validity::Valid), Some(_)) => {
            Err(WireError::Value { field: "about.papers.ground", why: "valid papers have no ground".into() })
        }
        (Ok(v1::Validity::Invalid), ground) => {
            let ground = needed("about.papers.ground", ground)?;
            word::<v1::Reason, _>("about.papers.ground", ground).map(DecideRuling::Invalid)
        }
        _ => Err(WireError::Unknown { field: "about.papers.ruling", number: said.ruling }),
    }
}

desk!(Settle, Settle;
s => {
    bundle: s.bundle.to_string(),
    stands: s.stands.as_ref().map(hash_out),
    reason: s.reason.to_string(),
}
w => {
    bundle: value("bundle", &w.bundle)?,
    stands: hash_if_any("stands", w.stands.as_ref())?,
    reason: value("reason", &w.reason)?,
});

desk!(Close, Close; s => {} w => {});
desk!(Reopen, Reopen; s => { reason: s.reason.to_string(), } w => { reason: value("reason", &w.reason)?, });
desk!(Annul, Annul; s => { reason: s.reason.to_string(), } w => { reason: value("reason", &w.reason)?, });
desk!(Announce, Announce; s => { certify: hash_out(&s.certify), } w => { certify: hash("certify", &w.certify)?, });

desk!(Certify, Certify;
s => {
    bulletin: hash_out(&s.bulletin),
    elected: printed(&s.elected),
    next: Some(v1::Next { next: Some(next_out(&s.next)) }),
    deviation: s.deviation.as_ref().map(ToString::to_string),
}
w => {
    bulletin: hash("bulletin", &w.bulletin)?,
    elected: values("elected", &w.elected)?,
    next: next_in(needed("next", w.next)?)?,
    deviation: value_if_any("deviation", w.deviation.as_ref())?,
});

fn next_out(next: &Next) -> SaidNext {
    match next {
        Next::None => SaidNext::None(true),
        Next::Tie { candidates, seats } => {
            SaidNext::Tie(v1::Tie { candidates: printed(candidates), seats: u32::from(*seats) })
        }
        Next::Short(seats) => SaidNext::Short(u32::from(*seats)),
    }
}

fn next_in(next: v1::Next) -> Read<Next> {
    let most = u64::from(u16::MAX);
    match next.next {
        Some(SaidNext::None(true)) => Ok(Next::None),
        Some(SaidNext::Tie(tie)) => Ok(Next::Tie {
            candidates: values("next.tie.candidates", &tie.candidates)?,
            seats: narrow("next.tie.seats", tie.seats, most)?,
        }),
        Some(SaidNext::Short(seats)) => narrow("next.short", seats, most).map(Next::Short),
        Some(SaidNext::None(false)) | None => Err(WireError::Missing { field: "next" }),
    }
}

desk!(Minutes, Minutes;
s => {
    certify: hash_out(&s.certify),
    present: s.present,
    absent: s.absent,
    copies: s.copies,
    seals: printed(&s.seals),
    accepted: printed(&s.accepted),
    complaints: printed(&s.complaints),
    replaces: s.replaces.as_ref().map(hash_out),
}
w => {
    certify: hash("certify", &w.certify)?,
    present: w.present,
    absent: w.absent,
    copies: w.copies,
    seals: values("seals", &w.seals)?,
    accepted: values("accepted", &w.accepted)?,
    complaints: values("complaints", &w.complaints)?,
    replaces: hash_if_any("replaces", w.replaces.as_ref())?,
});
