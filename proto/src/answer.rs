//! Answers on their way in: what a table, a member or an observer's program does with a ruling from the wire.
//!
//! Only what a program acts on is typed; the rest of the facts is in the sentences, for people. It refuses to know
//! whether the answer is true: a proof is verified against a checkpoint, by whoever holds the log key.

use crate::{
    field::{Read, WireError, hash, word},
    v1::{self, ruling::Facts},
};
use tally::{
    Sid, Statement,
    ruling::{Actor, BundleState, Flag, Verdict},
};
use tlog::Hash;

/// A ruling as it came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The identity of the statement; `None` when the bytes were no note.
    pub sid: Option<Sid>,
    /// The outcome in one word.
    pub verdict: Verdict,
    /// The stable code; of several faults the first.
    pub code: String,
    /// The field a refusal is about; empty otherwise.
    pub field: String,
    /// Who must do something now.
    pub actor: Actor,
    /// Whether sending the same bytes again later can end otherwise.
    pub retry_helps: bool,
    /// The sentence in Vietnamese.
    pub vi: String,
    /// The sentence in English.
    pub en: String,
    /// The entry, when the statement stands in the log.
    pub index: Option<u64>,
    /// The inclusion proof in the checkpoint of the answer, leaf to root.
    pub proof: Vec<Hash>,
    /// Where the chain stands instead: statements so far, and the sid to name in `prev`.
    pub head: Option<(u64, Sid)>,
    /// Members who have signed a draft, and members needed.
    pub signatures: Option<(u64, u64)>,
    /// How the bundle stands with this batch.
    pub state: Option<BundleState>,
    /// What people should look at.
    pub flags: Vec<Flag>,
    /// Codes of every fault of a statement that was set aside.
    pub faults: Vec<String>,
    /// The statement as the server understood it, if an echo was asked for.
    pub echo: Option<Statement>,
}

impl Answer {
    /// Whether the statement stands in the log, now or since earlier.
    pub fn is_logged(&self) -> bool {
        self.index.is_some()
    }
}

impl TryFrom<v1::Ruling> for Answer {
    type Error = WireError;

    /// Reads a ruling.
    ///
    /// # Errors
    /// The first field that its type does not take; a server that sends such a thing is broken or is none.
    fn try_from(w: v1::Ruling) -> Result<Self, WireError> {
        let mut answer = Self {
            sid: if w.sid.is_empty() { None } else { Some(hash("sid", &w.sid)?) },
            verdict: word::<v1::Verdict, _>("verdict", w.verdict)?,
            code: w.code,
            field: w.field,
            actor: word::<v1::Actor, _>("actor", w.actor)?,
            retry_helps: w.retry_helps,
            vi: w.sentence_vi,
            en: w.sentence_en,
            index: w.index,
            proof: hashes("proof", &w.proof)?,
            head: None,
            signatures: None,
            state: None,
            flags: Vec::new(),
            faults: Vec::new(),
            echo: w.echo.map(TryInto::try_into).transpose()?,
        };
        match w.facts {
            Some(Facts::WrongHead(f)) => answer.head = Some((f.seq, hash("wrong_head.head", &f.head)?)),
            Some(Facts::Signatures(f)) => answer.signatures = Some((f.have, f.threshold)),
            Some(Facts::SetAside(f)) => answer.faults = f.faults.into_iter().map(|f| f.code).collect(),
            Some(Facts::Bundle(f)) => {
                answer.state = Some(word::<v1::BundleState, _>("bundle.state", f.state)?);
                answer.flags = f.flags.iter().map(|n| word::<v1::Flag, _>("bundle.flags", *n)).collect::<Read<_>>()?;
            }
            // For people: the sentences say it.
            _ => {}
        }
        Ok(answer)
    }
}

/// A proof from the wire, hash by hash.
///
/// # Errors
/// A hash that has not 32 bytes.
pub fn hashes(field: &'static str, proof: &[bytes::Bytes]) -> Result<Vec<Hash>, WireError> {
    proof.iter().map(|h| hash(field, h)).collect()
}
