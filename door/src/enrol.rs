//! A new device shows its key to the organisers: over a connection made with that very key, with a one-time code. Nothing
//! follows from it until people have compared the fingerprint aloud. It refuses to know roles; the server and the event's
//! log know them.

use crate::{Code, DialError, Fingerprint, Ticket, dial};
use proto::v1::{DepositRequest, enrol_service_client::EnrolServiceClient};
use std::{sync::Arc, time::Duration};
use tally::Sid;
use tlog::{SigningKey, VerifierKey};
use tonic::{Code as Answer, Status, transport::Channel};

/// The server answers wrong codes slowly, and gives itself ten seconds for anything.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// While wrong codes are tried at our address every code has to wait, ours too.
const BUSY_PAUSE: Duration = Duration::from_secs(1);
const BUSY_TRIES_MAX: u32 = 10;

/// Why a key was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// The server of the ticket is not there, or another one is.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The server of the ticket does not keep the event of the ticket.
    #[error(
        "máy chủ này không có sự kiện {0} ghi trên phiếu: phiếu sai hoặc đã cũ; xin ban tổ chức phiếu mới — this server has \
         no event {0}, which the ticket names: the ticket is wrong or out of date; ask the organisers for a new one"
    )]
    NotHere(Sid),
    /// The server says no to the code or the key, and what to do.
    #[error("{0}")]
    Refused(String),
    /// No answer, or one that cannot be read; nothing is known of what became of the key.
    #[error(
        "máy chủ không trả lời ({0}); chạy lại lệnh này, cùng mã — the server gives no answer ({0}); run the same command \
         again, with the same code"
    )]
    Unanswered(String),
}

/// Deposits keys of this device over a connection that proves `own`: mostly its public half, for observers the key of
/// their witness as well. What people then compare aloud is computed here, from our own key.
///
/// # Errors
/// The server of the ticket is not reached, or does not take one of the keys; the keys before it are in.
pub async fn deposit(
    ticket: &Ticket,
    own: &Arc<SigningKey>,
    keys: &[(VerifierKey, Code)],
) -> Result<Vec<Fingerprint>, EnrolError> {
    let mut door = EnrolServiceClient::new(dial(ticket, Some(own)).await?);
    let mut fingerprints = Vec::with_capacity(keys.len());
    for (key, code) in keys {
        hand_in(&mut door, ticket.event, key, *code).await?;
        fingerprints.push(Fingerprint::of(key));
    }
    Ok(fingerprints)
}

async fn hand_in(
    door: &mut EnrolServiceClient<Channel>,
    event: Sid,
    key: &VerifierKey,
    code: Code,
) -> Result<(), EnrolError> {
    let mut tries = 1;
    loop {
        let request = DepositRequest { event: event.to_string(), code: code.digits(), key: key.to_string() };
        let answer = tokio::time::timeout(ANSWER_MAX, door.deposit(request)).await;
        let status = match answer {
            Ok(Ok(answer)) => return check(key, &answer.into_inner().fingerprint),
            Ok(Err(status)) => status,
            Err(_) => return Err(EnrolError::Unanswered(format!("{} s", ANSWER_MAX.as_secs()))),
        };
        if status.code() != Answer::ResourceExhausted || tries == BUSY_TRIES_MAX {
            return Err(refused(event, &status));
        }
        tries += 1;
        tokio::time::sleep(BUSY_PAUSE).await;
    }
}

/// The server says which key it has; another one than ours would be read aloud in vain.
fn check(key: &VerifierKey, taken: &[u8]) -> Result<(), EnrolError> {
    if taken == tlog::sha256(key.to_string().as_bytes()).as_bytes() {
        return Ok(());
    }
    Err(EnrolError::Refused(
        "máy chủ nói đã nhận một khóa khác; dừng lại và báo ban tổ chức — the server says that it took another key; stop and \
         tell the organisers"
            .to_owned(),
    ))
}

fn refused(event: Sid, status: &Status) -> EnrolError {
    let words = status.message().to_owned();
    match status.code() {
        Answer::NotFound => EnrolError::NotHere(event),
        Answer::PermissionDenied | Answer::Unauthenticated | Answer::InvalidArgument | Answer::ResourceExhausted => {
            EnrolError::Refused(words)
        }
        code => EnrolError::Unanswered(format!("{code:?}: {words}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::KeyKind;

    fn key(seed: u8) -> VerifierKey {
        SigningKey::from_seed("hall/station/s04", KeyKind::Ed25519, &[seed; 32]).unwrap().verifier().clone()
    }

    #[test]
    fn a_server_that_names_another_key_than_ours_is_not_believed() {
        let fingerprint = |key: &VerifierKey| tlog::sha256(key.to_string().as_bytes()).as_bytes().to_vec();
        assert_eq!(check(&key(1), &fingerprint(&key(1))), Ok(()));
        for taken in [fingerprint(&key(2)), Vec::new(), fingerprint(&key(1))[..31].to_vec()] {
            assert!(matches!(check(&key(1), &taken), Err(EnrolError::Refused(said)) if said.contains("another key")));
        }
    }

    #[test]
    fn a_no_is_told_from_a_wrong_ticket_and_from_a_line_that_is_down() {
        let event = tlog::sha256(b"manifest");
        assert_eq!(refused(event, &Status::not_found("")), EnrolError::NotHere(event));
        for status in [Status::permission_denied("không — no"), Status::resource_exhausted("không — no")] {
            assert_eq!(refused(event, &status), EnrolError::Refused("không — no".to_owned()));
        }
        for status in [Status::unavailable("x"), Status::unimplemented("x"), Status::internal("x")] {
            assert!(matches!(refused(event, &status), EnrolError::Unanswered(_)));
        }
    }
}
