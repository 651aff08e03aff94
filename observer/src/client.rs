//! The doors of a server, as an observer uses them: bytes come in, and nothing said about them is believed.
//! It refuses to judge; see [`crate::audit`].

use crate::{
    audit::Posted,
    error::ObserverError,
    verdict::{Finding, Verdict},
};
use bytes::Bytes;
use door::Ticket;
use proto::{
    answer::hashes,
    v1::{self, log_service_client::LogServiceClient, results_service_client::ResultsServiceClient},
};
use std::{sync::Arc, time::Duration};
use tally::{ContestId, Sid};
use tlog::{Hash, Note, SignatureLine, SigningKey};
use tonic::{Code, Status, Streaming, transport::Channel};

/// Answers come within this, or the server is taken for gone; it gives itself 10 s.
const ANSWER_SECONDS_MAX: Duration = Duration::from_secs(15);

/// Why a look at a server ended: for what it showed, or for want of an answer.
#[derive(Debug)]
pub(crate) enum Stop {
    Found(Box<Finding>),
    Failed(ObserverError),
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Found(Box::new(finding))
    }
}

impl From<ObserverError> for Stop {
    fn from(error: ObserverError) -> Self {
        Self::Failed(error)
    }
}

/// A server and the event it is asked about.
#[derive(Clone)]
pub struct Server {
    url: String,
    event: Sid,
    /// The newest checkpoint known here, to be shown to the server.
    remembered: Bytes,
    log: LogServiceClient<Channel>,
    results: ResultsServiceClient<Channel>,
}

/// The checkpoints a server shows.
pub(crate) struct Heads {
    pub(crate) newest: Note,
    /// The newest with its quorum, if there is one.
    pub(crate) witnessed: Option<Note>,
    /// What the server says others have shown it: the log key's word counts, not the server's.
    pub(crate) others: Vec<Note>,
}

/// More than an honest server hands on.
const OTHERS_MAX: usize = 64;

impl Server {
    /// Connects to the server of a ticket. Who shows an observer's key may read everything, others what is public.
    ///
    /// # Errors
    /// Nobody answers there, or somebody else does.
    pub async fn connect(ticket: &Ticket, key: Option<Arc<SigningKey>>) -> Result<Self, ObserverError> {
        let channel = door::dial(ticket, key.as_ref()).await?;
        let log = LogServiceClient::new(channel.clone()).max_decoding_message_size(proto::MESSAGE_OUT_BYTES_MAX);
        let results = ResultsServiceClient::new(channel).max_decoding_message_size(proto::MESSAGE_OUT_BYTES_MAX);
        let url = if ticket.addresses.is_empty() {
            ticket.event.to_string()
        } else {
            ticket.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        Ok(Self { url, event: ticket.event, remembered: Bytes::new(), log, results })
    }

    /// The event it is asked about.
    #[must_use]
    pub fn event(&self) -> Sid {
        self.event
    }

    /// From now on the server is shown this checkpoint: one that lacks what it says must stop signing.
    pub(crate) fn remember(&mut self, checkpoint: Option<&Note>) {
        self.remembered = checkpoint.map(|note| Bytes::copy_from_slice(note.as_bytes())).unwrap_or_default();
    }

    fn named(&self) -> String {
        self.event.to_string()
    }

    pub(crate) fn failed(&self, status: &Status) -> ObserverError {
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied => ObserverError::NotEnrolled(status.message().to_owned()),
            Code::ResourceExhausted => ObserverError::Busy(status.message().to_owned()),
            code => network(&self.url, format!("{code:?}: {}", status.message())),
        }
    }

    async fn within<T>(&self, answer: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        let late = || Status::deadline_exceeded("no answer");
        tokio::time::timeout(ANSWER_SECONDS_MAX, answer).await.unwrap_or_else(|_| Err(late()))
    }

    pub(crate) async fn heads(&mut self) -> Result<Heads, Stop> {
        let request = v1::GetCheckpointRequest { event: self.named(), last_seen_checkpoint: self.remembered.clone() };
        let answer = self.within(self.log.clone().get_checkpoint(request)).await.map_err(|s| self.failed(&s))?;
        let heads = answer.into_inner();
        let witnessed = (!heads.witnessed.is_empty()).then(|| note(&heads.witnessed)).transpose()?;
        let others = heads.seen_by_others.iter().take(OTHERS_MAX).filter_map(|bytes| Note::parse(bytes).ok()).collect();
        Ok(Heads { newest: note(&heads.newest)?, witnessed, others })
    }

    /// A page of entries from `start`; empty when no more may be read. Their indices are as asked for.
    pub(crate) async fn page(&mut self, start: u64) -> Result<Vec<v1::Entry>, Stop> {
        let view = v1::EntryView::Raw.into();
        let request = v1::ListEntriesRequest { event: self.named(), start, limit: 0, view };
        let answer = self.within(self.log.clone().list_entries(request)).await.map_err(|s| self.failed(&s))?;
        let entries = answer.into_inner().entries;
        check_gapless(start, &entries)?;
        Ok(entries)
    }

    pub(crate) async fn follow(&mut self, start: u64) -> Result<Streaming<v1::FollowEntriesResponse>, ObserverError> {
        let view = v1::EntryView::Raw.into();
        let (event, last_seen_checkpoint) = (self.named(), self.remembered.clone());
        let request = v1::FollowEntriesRequest { event, start, view, last_seen_checkpoint };
        let answer = self.within(self.log.clone().follow_entries(request)).await.map_err(|s| self.failed(&s))?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn watch(&mut self) -> Result<Streaming<v1::WatchBulletinsResponse>, ObserverError> {
        let request = v1::WatchBulletinsRequest { event: self.named(), contests: Vec::new() };
        let answer = self.within(self.results.clone().watch_bulletins(request)).await.map_err(|s| self.failed(&s))?;
        Ok(answer.into_inner())
    }

    /// Hashes that should prove the log of `old` entries to be the beginning of that of `new`.
    pub(crate) async fn consistency(&mut self, old: u64, new: u64) -> Result<Vec<Hash>, Stop> {
        let request = v1::GetConsistencyProofRequest { event: self.named(), old_size: old, new_size: new };
        let answer = self.within(self.log.clone().get_consistency_proof(request)).await.map_err(|s| self.failed(&s))?;
        Ok(hashes("proof", &answer.into_inner().proof).map_err(|e| network(&self.url, e.to_string()))?)
    }

    /// The newest bulletin of every contest. What the server leaves out it can still be asked for by others.
    pub(crate) async fn bulletins(&mut self) -> Result<Vec<Posted>, Stop> {
        let request = v1::GetProgressRequest { event: self.named() };
        let progress = self.within(self.results.clone().get_progress(request)).await.map_err(|s| self.failed(&s))?;
        let mut posted = Vec::new();
        for contest in progress.into_inner().contests {
            let contest: ContestId = contest.contest.parse().map_err(|_| garbled("contest"))?;
            let request = v1::GetBulletinRequest { event: self.named(), contest: contest.to_string(), size: None };
            match self.within(self.results.clone().get_bulletin(request)).await {
                Ok(answer) => posted.push(as_posted(&answer.into_inner().note)?),
                // There is none yet, or it is not for everybody before the head has announced it.
                Err(status)
                    if matches!(status.code(), Code::NotFound | Code::PermissionDenied | Code::Unauthenticated) => {}
                Err(status) => return Err(self.failed(&status).into()),
            }
        }
        Ok(posted)
    }

    /// Hands a cosignature in; the answer is the checkpoint as it now stands.
    pub(crate) async fn add_cosignature(&mut self, size: u64, line: &SignatureLine) -> Result<Note, Stop> {
        let request = v1::AddCosignatureRequest { event: self.named(), size, line: line.to_string() };
        let answer = self.within(self.log.clone().add_cosignature(request)).await.map_err(|s| self.failed(&s))?;
        Ok(note(&answer.into_inner().checkpoint)?)
    }
}

/// Entries follow each other from `start` on.
pub(crate) fn check_gapless(start: u64, entries: &[v1::Entry]) -> Result<(), Finding> {
    match (start..).zip(entries).find(|(index, entry)| *index != entry.index) {
        None => Ok(()),
        Some((index, entry)) => {
            let vi = format!("máy chủ đưa mục {} thay cho mục {index}", entry.index);
            let en = format!("the server shows entry {} in place of entry {index}", entry.index);
            Err(Finding::new(Verdict::Mismatch, "V-GAP", "index", vi, en).at_entry(index))
        }
    }
}

/// A bulletin by what it says of itself; whether that is true is checked when the entries are there.
pub(crate) fn as_posted(bytes: &[u8]) -> Result<Posted, Finding> {
    let parsed = Note::parse(bytes).ok().and_then(|note| tally::Statement::parse(note.text()).ok());
    let Some(tally::Statement::Bulletin(bulletin)) = parsed else { return Err(garbled("bulletin")) };
    let (contest, size) = (bulletin.contest, bulletin.size);
    Ok(Posted { place: format!("bulletin/{contest}/{size}"), contest, size, bytes: bytes.to_vec() })
}

fn note(bytes: &[u8]) -> Result<Note, Finding> {
    Note::parse(bytes).map_err(|_| garbled("checkpoint"))
}

pub(crate) fn garbled(what: &str) -> Finding {
    let (vi, en) = (format!("máy chủ đưa {what} không đọc được"), format!("the server shows a {what} that is none"));
    Finding::new(Verdict::Mismatch, "V-GARBLED", "text", vi, en).in_file(what)
}

pub(crate) fn network(url: &str, why: String) -> ObserverError {
    ObserverError::Network { url: url.to_owned(), why }
}
