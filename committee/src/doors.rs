//! The doors of the server that the committee knocks at. On one machine there is no TLS: only loopback addresses are
//! dialled. It refuses to know what the notes say and to believe anything the server says of them.

use crate::{draft::Draft, error::CommitteeError};
use proto::{
    Answer,
    v1::{
        self, intake_service_client::IntakeServiceClient, log_service_client::LogServiceClient,
        results_service_client::ResultsServiceClient,
    },
};
use std::{net::IpAddr, time::Duration};
use tally::{Sid, Statement};
use tlog::{Note, NoteError};
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};

/// A server on this machine answers a connection at once, or is not there.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A page of 1,000 entries, or a note that waits for its disk, takes far less.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Entries asked for at once; the server sends fewer when they would not fit its message.
pub(crate) const PAGE_ENTRIES_MAX: u64 = 1_000;

/// The open doors of one event.
#[derive(Clone, Debug)]
pub struct Doors {
    event: String,
    intake: IntakeServiceClient<Channel>,
    log: LogServiceClient<Channel>,
    results: ResultsServiceClient<Channel>,
}

/// A page of the log as it came.
pub(crate) struct Page {
    /// Index and note of each entry.
    pub(crate) entries: Vec<(u64, bytes::Bytes)>,
    /// Entries that may be read.
    pub(crate) readable: u64,
}

impl Doors {
    /// Connects to a server on this machine.
    ///
    /// # Errors
    /// The address is none, is not on this machine, or nobody answers there.
    pub async fn open(server: &str, event: Sid) -> Result<Self, CommitteeError> {
        let endpoint = loopback(server)?.connect_timeout(CONNECT_MAX).timeout(ANSWER_MAX);
        let unreachable = |e: tonic::transport::Error| CommitteeError::Network(format!("{server}: {}", innermost(&e)));
        let channel = endpoint.connect().await.map_err(unreachable)?;
        let event = event.to_string();
        let (intake, log) = (IntakeServiceClient::new(channel.clone()), LogServiceClient::new(channel.clone()));
        Ok(Self { event, intake, log, results: ResultsServiceClient::new(channel) })
    }

    /// The newest signed checkpoint.
    pub(crate) async fn checkpoint(&mut self) -> Result<Note, CommitteeError> {
        let request = v1::GetCheckpointRequest { event: self.event.clone() };
        let answer = self.log.get_checkpoint(request).await.map_err(|status| broken(&status))?.into_inner();
        note("checkpoint", &answer.newest)
    }

    /// A page of entries from `start`.
    pub(crate) async fn page(&mut self, start: u64, limit: u64) -> Result<Page, CommitteeError> {
        let limit = u32::try_from(limit.min(PAGE_ENTRIES_MAX)).unwrap_or(1);
        let view = v1::EntryView::Raw.into();
        let request = v1::ListEntriesRequest { event: self.event.clone(), start, limit, view };
        let answer = self.log.list_entries(request).await.map_err(|status| broken(&status))?.into_inner();
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
        let answer = self.intake.submit(request).await.map_err(|status| broken(&status))?.into_inner();
        let mut rulings = answer.rulings.into_iter();
        match (rulings.next(), rulings.next()) {
            (Some(ruling), None) => Answer::try_from(ruling).map_err(|e| CommitteeError::Network(e.to_string())),
            _ => Err(CommitteeError::Network("one note was sent, and not one ruling came back".to_owned())),
        }
    }

    /// The drafts of the moment, the oldest first.
    ///
    /// # Errors
    /// No answer, or one that cannot be read.
    pub async fn drafts(&mut self) -> Result<Vec<Draft>, CommitteeError> {
        let request = v1::ListDraftsRequest { event: self.event.clone() };
        let answer = self.results.list_drafts(request).await.map_err(|status| broken(&status))?.into_inner();
        Ok(answer.drafts.into_iter().map(draft).collect())
    }
}

/// A draft by its text alone: what the server says beside it is not believed.
fn draft(wire: v1::Draft) -> Draft {
    let statement = Statement::parse(&wire.text).ok();
    Draft {
        sid: tlog::sha256(wire.text.as_bytes()).to_string(),
        kind: statement.as_ref().map_or_else(|| "?".to_owned(), |s| s.kind().to_string()),
        contest: statement.as_ref().and_then(Statement::contest).map(|c| c.to_string()),
        signers: wire.signers,
        threshold: wire.threshold,
        age_seconds: wire.age_seconds,
        text: wire.text,
    }
}

fn note(field: &'static str, bytes: &[u8]) -> Result<Note, CommitteeError> {
    Note::parse(bytes).map_err(|e: NoteError| CommitteeError::Differs { field, why: e.to_string() })
}

/// Only `http` on loopback: nothing between two programs of one machine can listen in.
fn loopback(server: &str) -> Result<Endpoint, CommitteeError> {
    let wrong = || {
        CommitteeError::Choice(crate::error::say(
            format!("`{server}` không dùng được: khi chưa có TLS chỉ nối tới http://127.0.0.1:CỔNG"),
            format!("`{server}` cannot be used: without TLS the desk connects to http://127.0.0.1:PORT only"),
        ))
    };
    let endpoint = Endpoint::from_shared(server.to_owned()).map_err(|_| wrong())?;
    let uri = endpoint.uri();
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if uri.scheme_str() == Some("http") && is_loopback { Ok(endpoint) } else { Err(wrong()) }
}

fn broken(status: &Status) -> CommitteeError {
    CommitteeError::Network(format!("{}: {}", status.code(), status.message()))
}

/// The last cause says what happened; those above it only that something did.
fn innermost(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |e| e.source()).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_dialled() {
        for good in ["http://127.0.0.1:50051", "http://localhost:1", "http://[::1]:50051"] {
            assert!(loopback(good).is_ok(), "{good}");
        }
        for bad in
            ["https://127.0.0.1:1", "http://192.168.1.5:50051", "http://example.org:80", "127.0.0.1:1", "", "x y"]
        {
            assert!(matches!(loopback(bad), Err(CommitteeError::Choice(_))), "{bad}");
        }
    }
}
