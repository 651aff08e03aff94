//! The door of whoever verifies: checkpoints, entries, proofs, cosignatures. What is read here is exactly what was
//! signed; it knows no figures.

use crate::{
    event::{Event, Events},
    sequencer::{Committed, Published},
};
use bytes::Bytes;
use proto::{
    entry::{entry_to_wire, hash_from_wire, hash_to_wire},
    v1::{self, get_inclusion_proof_request::Entry, log_service_server::LogService},
};
use std::{ops::Range, sync::Arc};
use tally::Statement;
use tlog::Note;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// A page has at most so many entries.
const PAGE_ENTRIES_MAX: u64 = 1_024;
/// A page ends before the largest message that every gRPC client takes.
const PAGE_BYTES_MAX: usize = 2 << 20;
/// Groups waiting for one follower; a slower one is read to from the journal.
const FOLLOWER_GROUPS_MAX: usize = 64;

/// The door.
pub(crate) struct Log {
    /// Whose logs.
    pub(crate) events: Events,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl LogService for Log {
    async fn get_checkpoint(&self, request: Request<v1::GetCheckpointRequest>) -> Answer<v1::GetCheckpointResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let (newest, witnessed) = event
            .look(|desk| {
                let bytes = |note: Option<&Note>| note.map(|n| Bytes::copy_from_slice(n.as_bytes()));
                (bytes(desk.board.newest()), bytes(desk.board.witnessed()))
            })
            .await?;
        Ok(Response::new(v1::GetCheckpointResponse {
            newest: newest.unwrap_or_default(),
            witnessed: witnessed.unwrap_or_default(),
        }))
    }

    async fn list_entries(&self, request: Request<v1::ListEntriesRequest>) -> Answer<v1::ListEntriesResponse> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let published = event.published();
        let limit = if request.limit == 0 { PAGE_ENTRIES_MAX } else { u64::from(request.limit).min(PAGE_ENTRIES_MAX) };
        let end = request.start.saturating_add(limit).min(published.size);
        let entries = read(event, request.start..end, is_raw(request.view)).await?;
        let (readable, checkpoint) = (published.size, published.checkpoint.clone());
        Ok(Response::new(v1::ListEntriesResponse { entries, readable, checkpoint }))
    }

    type FollowEntriesStream = ReceiverStream<Result<v1::FollowEntriesResponse, Status>>;

    async fn follow_entries(&self, request: Request<v1::FollowEntriesRequest>) -> Answer<Self::FollowEntriesStream> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?.clone();
        let (out, stream) = mpsc::channel(FOLLOWER_GROUPS_MAX);
        let follower = Follower { event, next: request.start, raw: is_raw(request.view), out };
        tokio::spawn(follower.run());
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Answer<v1::GetInclusionProofResponse> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let index = match request.entry.ok_or_else(|| Status::invalid_argument("entry: missing"))? {
            Entry::Index(index) => index,
            Entry::Sid(sid) => {
                let sid = hash_from_wire("sid", &sid).map_err(|e| Status::invalid_argument(e.to_string()))?;
                let known = Arc::clone(&event.hands().index);
                let found = tokio::task::spawn_blocking(move || known.find(sid)).await;
                found.ok().flatten().ok_or_else(|| Status::not_found(format!("no entry says {sid}")))?
            }
        };
        let at = request.size;
        let proof = event
            .look(move |desk| {
                let tree = &desk.replay.tree;
                let size = if at == 0 { tree.size() } else { at };
                let checkpoint = desk.board.newest().map(|n| Bytes::copy_from_slice(n.as_bytes()));
                tree.inclusion_proof(index, size).map(|proof| (size, proof, checkpoint.unwrap_or_default()))
            })
            .await?;
        let (size, proof, checkpoint) =
            proof.ok_or_else(|| Status::out_of_range(format!("there is no entry {index} at that size")))?;
        let proof = proof.iter().map(hash_to_wire).collect();
        Ok(Response::new(v1::GetInclusionProofResponse { index, size, proof, checkpoint }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Answer<v1::GetConsistencyProofResponse> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let (old, new) = (request.old_size, request.new_size);
        let proof = event
            .look(move |desk| {
                let tree = &desk.replay.tree;
                let new = if new == 0 { tree.size() } else { new };
                let checkpoint = desk.board.newest().map(|n| Bytes::copy_from_slice(n.as_bytes()));
                tree.consistency_proof(old, new).map(|proof| (new, proof, checkpoint.unwrap_or_default()))
            })
            .await?;
        let (new_size, proof, checkpoint) =
            proof.ok_or_else(|| Status::out_of_range(format!("there is no log of {old} entries inside this one")))?;
        let proof = proof.iter().map(hash_to_wire).collect();
        Ok(Response::new(v1::GetConsistencyProofResponse { new_size, proof, checkpoint }))
    }

    async fn add_cosignature(&self, request: Request<v1::AddCosignatureRequest>) -> Answer<v1::AddCosignatureResponse> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let line = request.line.trim_end_matches('\n').parse();
        let line = line.map_err(|_| Status::invalid_argument("line: this is no signature line of a note"))?;
        let size = request.size;
        let (checkpoint, witnesses, quorum) = event
            .look(move |desk| {
                let count = &desk.replay.count;
                let quorum = count.manifest().map_or(0, |m| m.witness_quorum);
                let added = desk.board.cosign(size, line, &count.keys().witnesses());
                added.map(|(note, have)| (Bytes::copy_from_slice(note.as_bytes()), have, quorum))
            })
            .await?
            .map_err(|refused| Status::failed_precondition(refused.to_string()))?;
        Ok(Response::new(v1::AddCosignatureResponse { checkpoint, witnesses, quorum }))
    }
}

fn is_raw(view: i32) -> bool {
    view == i32::from(v1::EntryView::Raw)
}

/// Entries of a range as they go out, as many as fit a page.
async fn read(event: &Event, range: Range<u64>, raw: bool) -> Result<Vec<v1::Entry>, Status> {
    let first = range.start;
    let notes = notes(event, range).await?;
    Ok((first..).zip(notes).map(|(index, note)| entry(index, note, raw)).collect())
}

pub(crate) async fn notes(event: &Event, range: Range<u64>) -> Result<Vec<Bytes>, Status> {
    let entries = event.hands().entries.clone();
    let read = tokio::task::spawn_blocking(move || entries.read(range, PAGE_BYTES_MAX)).await;
    read.map_err(|e| Status::internal(e.to_string()))?.map_err(|error| {
        tracing::error!(%error, "an entry cannot be read back");
        Status::data_loss("the journal of this server cannot be read; ask its operator to run `kiemphieu server check`")
    })
}

fn entry(index: u64, note: Bytes, raw: bool) -> v1::Entry {
    let statement = (!raw).then(|| Note::parse(&note).ok().and_then(|n| Statement::parse(n.text()).ok())).flatten();
    entry_to_wire(index, note, statement.as_ref())
}

/// One observer that follows: from the journal until it has caught up, then group by group.
struct Follower {
    event: Event,
    next: u64,
    raw: bool,
    out: mpsc::Sender<Result<v1::FollowEntriesResponse, Status>>,
}

impl Follower {
    async fn run(mut self) {
        let mut committed = self.event.hands().committed.subscribe();
        loop {
            if !self.catch_up().await {
                return;
            }
            let group = tokio::select! {
                () = self.out.closed() => return,
                () = self.event.closing() => return,
                group = committed.recv() => group,
            };
            let sent = match group {
                Ok(group) => self.pass_on(&group).await,
                Err(broadcast::error::RecvError::Lagged(_)) => true, // read from the journal instead
                Err(broadcast::error::RecvError::Closed) => return,
            };
            if !sent {
                return;
            }
        }
    }

    /// Sends everything published that was not sent yet.
    async fn catch_up(&mut self) -> bool {
        loop {
            let published: Arc<Published> = self.event.published();
            if self.next >= published.size {
                return true;
            }
            let range = self.next..published.size.min(self.next.saturating_add(PAGE_ENTRIES_MAX));
            let page = match read(&self.event, range, self.raw).await {
                Ok(entries) => entries,
                Err(status) => {
                    let _ = self.out.send(Err(status)).await;
                    return false;
                }
            };
            self.next += page.len() as u64;
            let whole = self.next == published.size;
            let checkpoint = if whole { published.checkpoint.clone() } else { Bytes::new() };
            if self.out.send(Ok(v1::FollowEntriesResponse { entries: page, checkpoint })).await.is_err() {
                return false;
            }
        }
    }

    async fn pass_on(&mut self, group: &Committed) -> bool {
        if group.first != self.next {
            return true; // sent while catching up, or to be read from the journal
        }
        let entries = (group.first..).zip(&group.notes).map(|(i, note)| entry(i, note.clone(), self.raw)).collect();
        self.next += group.notes.len() as u64;
        let message = v1::FollowEntriesResponse { entries, checkpoint: group.checkpoint.clone() };
        self.out.send(Ok(message)).await.is_ok()
    }
}
