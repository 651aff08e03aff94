//! From a statement to a signed note, and from somebody's draft to one more signature: always ruled by our own replay
//! before anything is sent. It refuses to know the network.

mod waiting;

pub use waiting::{Draft, Drafts, End, Ended, Found, Refusal, View};

use crate::error::{CommitteeError, say};
use std::borrow::Borrow;
use tally::{Replay, Ruling, Sid, SignedStatement, Statement};
use tlog::{Note, NoteError, SigningKey};

/// A note that our own replay would take, or keep as a draft.
#[derive(Clone, Debug)]
pub struct Ready {
    /// What is sent.
    pub note: Note,
    /// The identity of the statement.
    pub sid: Sid,
}

/// Puts the signatures of these keys under a text.
///
/// # Errors
/// There is no key, two keys have one name, or the text is larger than a note.
pub fn sign<K: Borrow<SigningKey>>(text: &str, keys: &[K]) -> Result<Note, CommitteeError> {
    let wrong = |error: &NoteError| CommitteeError::Keys(say(format!("không ký được: {error}"), error.to_string()));
    let Some((first, rest)) = keys.split_first() else {
        return Err(CommitteeError::Keys(say("cần ít nhất một người ký (--as)", "somebody must sign (--as)")));
    };
    let signed: Result<Note, NoteError> =
        rest.iter().try_fold(first.borrow().sign_text(text), |note, key| note.add_signature(key.borrow()));
    let signed = signed.map_err(|error| wrong(&error))?;
    let (bytes, max) = (signed.as_bytes().len(), tally::statement::NOTE_BYTES_MAX);
    if bytes > max {
        return Err(CommitteeError::input(
            format!("văn bản có {bytes} byte, tối đa {max}; chia thành nhiều cuộc bầu hoặc dùng mã tập ngắn hơn"),
            format!("the statement has {bytes} bytes, at most {max}; use shorter bundle ids or several contests"),
        ));
    }
    Ok(signed)
}

/// Signs a statement that these people make, and rules it by our own replay.
///
/// # Errors
/// The rules refuse it; or too few sign and no draft is to be left. Then nothing may be sent.
pub fn propose<K: Borrow<SigningKey>>(
    replay: &Replay,
    statement: &Statement,
    keys: &[K],
    leave_draft: bool,
) -> Result<Ready, CommitteeError> {
    let (ruling, ready) = rule(replay, sign(&statement.text(), keys)?)?;
    match ruling {
        Ruling::Draft { signatures, threshold } if !leave_draft => {
            let has_signed = |name: &str| ready.note.signatures().iter().any(|line| line.name() == name);
            let authority = replay.count.authority(statement);
            let others = authority.iter().flat_map(|a| &a.keys).map(|key| key.name()).filter(|name| !has_signed(name));
            let others = others.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect();
            Err(CommitteeError::TooFewSigners { have: signatures, needed: threshold, others })
        }
        _ => Ok(ready),
    }
}

/// Adds these signatures to a draft that somebody else made. The text is read and ruled again: the server's word for
/// what it says counts for nothing.
///
/// # Errors
/// The text is not that of the sid, is no statement, or the rules refuse it by now, as when another overtook it.
pub fn complete<K: Borrow<SigningKey>>(
    replay: &Replay,
    draft: &Draft,
    keys: &[K],
) -> Result<(Statement, Ready), CommitteeError> {
    let statement = read(draft)?;
    let (_, ready) = rule(replay, sign(&draft.text, keys)?)?;
    Ok((statement, ready))
}

/// What a draft says, if its text is that of its sid.
///
/// # Errors
/// It is the text of something else, or of nothing.
pub fn read(draft: &Draft) -> Result<Statement, CommitteeError> {
    let differs = |why: String| CommitteeError::Differs { field: "draft", why };
    let statement = Statement::parse(&draft.text).map_err(|e| differs(e.to_string()))?;
    if statement.sid() != draft.sid {
        return Err(differs(format!("the text is that of {}, not of {}", statement.sid(), draft.sid)));
    }
    Ok(statement)
}

fn rule(replay: &Replay, note: Note) -> Result<(Ruling, Ready), CommitteeError> {
    let signed = SignedStatement::open(note.as_bytes(), replay.count.keys())?;
    let ruling = replay.rule(&signed);
    match ruling {
        Ruling::Draft { .. } | Ruling::Recorded | Ruling::Repeated { .. } => {
            Ok((ruling, Ready { note, sid: signed.sid }))
        }
        refused => Err((&refused).into()),
    }
}
