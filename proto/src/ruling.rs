//! Rulings on their way out: code, sentences and the facts a program can use.
//!
//! The server adds what only it knows, the place in the log ([`v1::Ruling::logged`]) and the echo that was asked for
//! ([`v1::Ruling::echoing`]). It refuses to know why the rules ruled so.

use crate::{
    field::hash_out,
    v1::{self, ruling::Facts},
};
use tally::{
    Ruling, Sid, Statement,
    ruling::{Fault, Refusal},
};
use tlog::Hash;

/// The answer to a note. `sid` is `None` when the bytes were no note, so that nothing has an identity.
pub fn ruling_to_wire(ruling: &Ruling, sid: Option<Sid>) -> v1::Ruling {
    let sentence = ruling.say();
    let (field, index) = match ruling {
        Ruling::Refused(refusal) => (refusal.field(), None),
        Ruling::Repeated { index, .. } => ("", Some(*index)),
        _ => ("", None),
    };
    v1::Ruling {
        sid: sid.as_ref().map(hash_out).unwrap_or_default(),
        verdict: v1::Verdict::from(ruling.verdict()).into(),
        code: ruling.code().into(),
        actor: v1::Actor::from(ruling.actor()).into(),
        retry_helps: ruling.retry_helps(),
        sentence_vi: sentence.vi,
        sentence_en: sentence.en,
        index,
        proof: Vec::new(),
        echo: None,
        field: field.into(),
        facts: facts(ruling),
    }
}

impl v1::Ruling {
    /// Adds the entry it stands in, and the inclusion proof in the checkpoint of the same answer, leaf to root.
    #[must_use]
    pub fn logged(mut self, index: u64, proof: &[Hash]) -> Self {
        self.index = Some(index);
        self.proof = proof.iter().map(hash_out).collect();
        self
    }

    /// Adds the statement as it was understood.
    #[must_use]
    pub fn echoing(mut self, statement: &Statement) -> Self {
        self.echo = Some(statement.into());
        self
    }
}

fn facts(ruling: &Ruling) -> Option<Facts> {
    Some(match ruling {
        Ruling::Refused(refusal) => return refusal_facts(refusal),
        Ruling::Repeated { set_aside, .. } if set_aside.is_empty() => return None,
        Ruling::Recorded => return None,
        Ruling::Draft { signatures, threshold } => {
            Facts::Signatures(v1::Signatures { have: wide(*signatures), threshold: wide(*threshold) })
        }
        Ruling::SetAside(faults) | Ruling::Repeated { set_aside: faults, .. } => {
            Facts::SetAside(v1::SetAside { faults: faults.iter().map(|f| fault(*f)).collect() })
        }
        Ruling::Live { state, flags } => Facts::Bundle(v1::BundleFacts {
            state: v1::BundleState::from(*state).into(),
            flags: flags.iter().map(|f| v1::Flag::from(*f).into()).collect(),
        }),
    })
}

fn fault(fault: Fault) -> v1::Fault {
    let sentence = fault.say();
    v1::Fault { code: fault.code().into(), sentence_vi: sentence.vi, sentence_en: sentence.en }
}

/// One arm for each kind of fact; a new refusal must choose one.
fn refusal_facts(refusal: &Refusal) -> Option<Facts> {
    Some(match refusal {
        Refusal::WrongHead { head, seq } => Facts::WrongHead(v1::WrongHead { seq: *seq, head: hash_out(head) }),
        Refusal::Oversized { bytes, max } => Facts::Oversized(v1::Oversized { bytes: wide(*bytes), max: wide(*max) }),

        Refusal::BadSignature { name }
        | Refusal::UnknownKey { name }
        | Refusal::KeyTaken { name }
        | Refusal::NoSuchKey { name }
        | Refusal::KeyFixed { name } => key(name, None, None),
        Refusal::NotEntitled { name, kind } => key(name, Some(v1::StatementKind::from(*kind)), None),
        Refusal::Revoked { name, last_seq } => key(name, None, *last_seq),
        Refusal::DraftRoom { name, .. } => key(name.as_ref()?, None, None),

        Refusal::Phase { phase, must_be } => {
            Facts::Phase(v1::PhaseFacts { phase: v1::Phase::from(*phase).into(), must_be: (*must_be).into() })
        }
        Refusal::OpenBundles { count, first, state } => Facts::OpenBundles(v1::OpenBundles {
            count: wide(*count),
            first: first.to_string(),
            state: v1::BundleState::from(*state).into(),
        }),

        Refusal::NotTheBulletin { latest } | Refusal::NotTheMinutes { latest } => newest(latest.as_ref()),
        Refusal::NotTheCertificate { latest } => newest(Some(latest)),

        Refusal::TooFewOrganisers { left, threshold } => amount(wide(*left), *threshold),
        Refusal::BundlesCollected { bundles, collected } => amount(*bundles, *collected),
        Refusal::BundleTooSmall { papers, min, .. } => amount(u64::from(papers.0), *min),
        Refusal::NotThePapers { batch, papers } => amount(u64::from(batch.0), u64::from(papers.0)),

        Refusal::OtherEvent { named: event } => named(event.as_ref()?),
        Refusal::UnknownBoard(id) => named(id),
        Refusal::UnknownContest(id) => named(id),
        Refusal::UnknownStation(id) => named(id),
        Refusal::UnknownBundle(id) => named(id),
        Refusal::TableNamed { bundle } => named(bundle),
        Refusal::NotLive { batch } => named(batch),
        Refusal::UnknownProfile(name) | Refusal::CandidateOnBoard { name } => named(name),

        Refusal::Malformed(words)
        | Refusal::SignatureLines(words)
        | Refusal::Field { why: words, .. }
        | Refusal::NotTheOutcome { rules: words, .. } => Facts::Why(v1::Why { why: words.clone() }),

        Refusal::Checks(failed) => {
            let why: Vec<_> = failed.iter().map(|c| format!("{}: {}", c.code, c.committee.en)).collect();
            Facts::Why(v1::Why { why: why.join("; ") })
        }
        Refusal::ManifestPlace
        | Refusal::ContestFixed { .. }
        | Refusal::NoPapers
        | Refusal::NotTheServer
        | Refusal::BulletinStands
        | Refusal::BulletinDiffers { .. }
        | Refusal::Blocked
        | Refusal::RevokedAfterClose => return None,
    })
}

fn key(name: &str, kind: Option<v1::StatementKind>, last_seq: Option<u64>) -> Facts {
    Facts::Key(v1::KeyFacts { name: name.into(), kind: kind.map(Into::into), last_seq })
}

fn newest(sid: Option<&Sid>) -> Facts {
    Facts::Latest(v1::Latest { sid: sid.map(hash_out) })
}

fn amount(found: u64, must_be: u64) -> Facts {
    Facts::Amount(v1::Amount { found, must_be })
}

fn named(name: &impl ToString) -> Facts {
    Facts::Named(v1::Named { name: name.to_string() })
}

fn wide(number: usize) -> u64 {
    number as u64
}
