//! The doors of the server that the committee knocks at, behind the TLS of its ticket. It refuses to know what the notes
//! say and to believe anything the server says of them.

use crate::{
    draft::Drafts,
    enrol::{Deposit, Invited, State},
    error::{CommitteeError, say},
};
use door::Ticket;
use proto::{
    Answer,
    v1::{
        self, enrol_service_client::EnrolServiceClient, intake_service_client::IntakeServiceClient,
        log_service_client::LogServiceClient, results_service_client::ResultsServiceClient,
    },
};
use std::{sync::Arc, time::Duration};
use tally::{Sid, text::Text};
use tlog::{Note, NoteError, SigningKey, VerifierKey};
use tonic::{Code, Response, Status, transport::Channel};

/// A page of 1,000 entries, or a note that waits for its disk, takes far less.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Entries asked for at once; the server sends fewer when they would not fit its message.
pub(crate) const PAGE_ENTRIES_MAX: u64 = 1_000;

/// The open doors of one event.
#[derive(Clone, Debug)]
pub struct Doors {
    ticket: Ticket,
    event: String,
    intake: IntakeServiceClient<Channel>,
    log: LogServiceClient<Channel>,
    results: ResultsServiceClient<Channel>,
    enrol: EnrolServiceClient<Channel>,
}

/// A page of the log as it came.
pub(crate) struct Page {
    /// Index and note of each entry.
    pub(crate) entries: Vec<(u64, bytes::Bytes)>,
    /// Entries that may be read.
    pub(crate) readable: u64,
}

impl Doors {
    /// Connects to the server of a ticket and shows it this key.
    ///
    /// # Errors
    /// Nobody answers there, or somebody else does.
    pub async fn open(ticket: &Ticket, key: Option<&Arc<SigningKey>>) -> Result<Self, CommitteeError> {
        let channel = door::dial(ticket, key).await?;
        let (event, ticket) = (ticket.event.to_string(), ticket.clone());
        let (intake, log) = (IntakeServiceClient::new(channel.clone()), LogServiceClient::new(channel.clone()));
        let (results, enrol) = (ResultsServiceClient::new(channel.clone()), EnrolServiceClient::new(channel));
        Ok(Self { ticket, event, intake, log, results, enrol })
    }

    /// The ticket whose server this is.
    #[must_use]
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The newest signed checkpoint. The server is shown what this home remembers: one that lacks it must stop.
    pub(crate) async fn checkpoint(&mut self, seen: Option<&Note>) -> Result<Note, CommitteeError> {
        let last_seen_checkpoint = seen.map(|seen| bytes::Bytes::copy_from_slice(seen.as_bytes())).unwrap_or_default();
        let request = v1::GetCheckpointRequest { event: self.event.clone(), last_seen_checkpoint };
        let answer = answered(self.log.get_checkpoint(request)).await?;
        note("checkpoint", &answer.newest)
    }

    /// A page of entries from `start`.
    pub(crate) async fn page(&mut self, start: u64, limit: u64) -> Result<Page, CommitteeError> {
        let limit = u32::try_from(limit.min(PAGE_ENTRIES_MAX)).unwrap_or(1);
        let view = v1::EntryView::Raw.into();
        let request = v1::ListEntriesRequest { event: self.event.clone(), start, limit, view };
        let answer = answered(self.log.list_entries(request)).await?;
        let entries = answer.entries.into_iter().map(|e| (e.index, e.note)).collect();
        Ok(Page { entries, readable: answer.readable })
    }

    /// Hands in one note; the answer is the server's word, to be verified by whoever asked.
    pub(crate) async fn submit(&mut self, signed: &Note, seen: &Note) -> Result<Answer, CommitteeError> {
        let request = v1::SubmitRequest {
            event: self.event.clone(),
            notes: vec![bytes::Bytes::copy_from_slice(signed.as_bytes())],
            last_seen_checkpoint: bytes::Bytes::copy_from_slice(seen.as_bytes()),
            echo: false,
        };
        let answer = answered(self.intake.submit(request)).await?;
        let mut rulings = answer.rulings.into_iter();
        match (rulings.next(), rulings.next()) {
            (Some(ruling), None) => Answer::try_from(ruling).map_err(|e| CommitteeError::Network(e.to_string())),
            _ => Err(CommitteeError::Network("one note was sent, and not one ruling came back".to_owned())),
        }
    }

    /// The drafts of the moment, and those that ended lately.
    ///
    /// # Errors
    /// No answer.
    pub async fn drafts(&mut self) -> Result<Drafts, CommitteeError> {
        let request = v1::ListDraftsRequest { event: self.event.clone() };
        Ok(Drafts::of(answered(self.results.list_drafts(request)).await?))
    }

    /// What shows a table's key in use on two machines, by the server's word: the entry that it names, and the text that is
    /// none. Nothing where the key of this connection may not ask.
    pub(crate) async fn keys_twice(&mut self) -> Result<Option<Vec<(u64, bytes::Bytes)>>, CommitteeError> {
        let request = v1::ListCasesRequest { event: self.event.clone(), contest: None, every: false };
        match answered(self.results.list_cases(request)).await {
            Ok(answer) => Ok(Some(answer.keys_in_use_twice.into_iter().map(|k| (k.index, k.note)).collect())),
            Err(CommitteeError::NotEnrolled(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Says no to a draft in the name of the key of this connection; the answer is whether it still waits.
    ///
    /// # Errors
    /// No answer; or the no is not taken, with the server's sentence.
    pub async fn refuse(&mut self, draft: Sid, reason: &Text) -> Result<bool, CommitteeError> {
        let sid = proto::entry::hash_to_wire(&draft);
        let request = v1::RefuseDraftRequest { event: self.event.clone(), sid, reason: reason.to_string() };
        let call = async {
            match self.intake.refuse_draft(request).await {
                Err(status) if status.code() == Code::FailedPrecondition => Ok(Response::new(Err(status))),
                answer => answer.map(|answer| answer.map(|answer| Ok(answer.waits))),
            }
        };
        answered(call).await?.map_err(|status| {
            let (vi, en) = status.message().split_once(" — ").unwrap_or((status.message(), status.message()));
            CommitteeError::Ended(say(vi, en))
        })
    }

    /// Makes a one-time code for a name; a former code for it ends, and a key that came in with that is forgotten.
    ///
    /// # Errors
    /// No answer; the caller is no organiser; or the name is taken or none, with the server's sentence.
    pub async fn invite(&mut self, name: &str) -> Result<Invited, CommitteeError> {
        let request = v1::InviteRequest { event: self.event.clone(), name: name.to_owned() };
        let call = async {
            match self.enrol.invite(request).await {
                Err(status) if is_about_what_was_typed(&status) => Ok(Response::new(Err(status))),
                answer => answer.map(|answer| answer.map(Ok)),
            }
        };
        let answer = answered(call).await?.map_err(|status| {
            let (vi, en) = status.message().split_once(" — ").unwrap_or((status.message(), status.message()));
            CommitteeError::Choice(say(vi, en))
        })?;
        let code = answer.code.parse().map_err(|_| CommitteeError::Differs { field: "code", why: "no code".into() })?;
        Ok(Invited { code, valid: Duration::from_secs(answer.valid_seconds) })
    }

    /// The names that were invited, and the keys that came in.
    ///
    /// # Errors
    /// No answer, the caller is no organiser, or a key is none.
    pub async fn deposits(&mut self) -> Result<Vec<Deposit>, CommitteeError> {
        let request = v1::ListDepositsRequest { event: self.event.clone() };
        let answer = answered(self.enrol.list_deposits(request)).await?;
        answer.deposits.into_iter().map(deposit).collect()
    }
}

fn is_about_what_was_typed(status: &Status) -> bool {
    matches!(status.code(), Code::InvalidArgument | Code::AlreadyExists | Code::ResourceExhausted)
}

fn deposit(wire: v1::Deposit) -> Result<Deposit, CommitteeError> {
    let key = wire.key.as_deref().map(VerifierKey::parse).transpose();
    let key = key.map_err(|e| CommitteeError::Differs { field: "deposit", why: e.to_string() })?;
    let state = match (&key, wire.tries_left, wire.left_seconds) {
        (Some(_), _, _) => State::Deposited,
        (None, 0, _) => State::TriesSpent,
        (None, _, 0) => State::Expired,
        (None, _, _) => State::Open,
    };
    let left = Duration::from_secs(wire.left_seconds);
    Ok(Deposit { name: wire.name, key, state, tries_left: wire.tries_left, left })
}

fn note(field: &'static str, bytes: &[u8]) -> Result<Note, CommitteeError> {
    Note::parse(bytes).map_err(|e: NoteError| CommitteeError::Differs { field, why: e.to_string() })
}

/// An answer in time; a key that the event does not know is another matter than a line that is down.
async fn answered<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, CommitteeError> {
    let late = |_| CommitteeError::Network(format!("no answer in {} s", ANSWER_MAX.as_secs()));
    match tokio::time::timeout(ANSWER_MAX, call).await.map_err(late)? {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied) => {
            Err(CommitteeError::NotEnrolled(status.message().to_owned()))
        }
        Err(status) => Err(CommitteeError::Network(format!("{}: {}", status.code(), status.message()))),
    }
}
