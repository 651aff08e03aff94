//! The door of whoever verifies: checkpoints, entries, proofs, cosignatures. What is read here is exactly what was
//! signed; it knows no figures.

use crate::{
    caller::{Caller, Reader},
    desk::{Committed, Published},
    event::{Event, Events},
    guard,
    metrics::Metrics,
    outlet::{Answers, Outlet},
};
use bytes::Bytes;
use proto::{
    entry::{entry_to_wire, hash_from_wire, hash_to_wire},
    v1::{self, get_inclusion_proof_request::Entry, log_service_server::LogService},
    wire_bytes,
};
use std::{ops::Range, sync::Arc};
use tally::Statement;
use tlog::Note;
use tokio::sync::broadcast;
use tonic::{Request, Response, Status};

/// A page has at most so many entries.
const PAGE_ENTRIES_MAX: u64 = 1_024;
/// A page ends before the largest message that every gRPC client takes.
pub(crate) const PAGE_BYTES_MAX: usize = 2 << 20;
/// A page of a stream is smaller: a few of them wait for every slow reader.
const STREAM_PAGE_BYTES_MAX: usize = 128 << 10;
/// Groups waiting for one follower; a slower one is read to from the journal.
const FOLLOWER_GROUPS_MAX: usize = 64;

/// The door.
pub(crate) struct Log {
    /// Whose logs.
    pub(crate) events: Events,
    /// What the operator watches.
    pub(crate) metrics: Arc<Metrics>,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl LogService for Log {
    async fn get_checkpoint(&self, request: Request<v1::GetCheckpointRequest>) -> Answer<v1::GetCheckpointResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let is_accredited = Caller::of(&request, event).reader() == Reader::Accredited;
        guard::hear(event, &request.get_ref().last_seen_checkpoint).await?;
        let shown = if is_accredited { event.hands().guard.shown() } else { Vec::new() };
        let (newest, witnessed) = event
            .look(|desk| {
                let bytes = |note: Option<&Note>| note.map(|n| Bytes::copy_from_slice(n.as_bytes()));
                (bytes(desk.board.newest()), bytes(desk.board.witnessed()))
            })
            .await?;
        Ok(Response::new(v1::GetCheckpointResponse {
            newest: newest.unwrap_or_default(),
            witnessed: witnessed.unwrap_or_default(),
            seen_by_others: shown.iter().map(|note| Bytes::copy_from_slice(note.as_bytes())).collect(),
        }))
    }

    async fn list_entries(&self, request: Request<v1::ListEntriesRequest>) -> Answer<v1::ListEntriesResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let reader = Caller::of(&request, event).reader();
        let request = request.into_inner();
        let published = event.published();
        let readable = readable(reader, &published);
        let limit = if request.limit == 0 { PAGE_ENTRIES_MAX } else { u64::from(request.limit).min(PAGE_ENTRIES_MAX) };
        let end = request.start.saturating_add(limit).min(readable);
        let page = read(event, request.start..end, reader, is_raw(request.view), PAGE_BYTES_MAX).await?;
        let checkpoint = published.checkpoint.clone();
        Ok(Response::new(v1::ListEntriesResponse { entries: page.entries, readable, checkpoint, next: page.next }))
    }

    type FollowEntriesStream = Answers<v1::FollowEntriesResponse>;

    async fn follow_entries(&self, request: Request<v1::FollowEntriesRequest>) -> Answer<Self::FollowEntriesStream> {
        let event = self.events.named(&request.get_ref().event)?.clone();
        let key = Caller::of(&request, &event).key;
        let request = request.into_inner();
        guard::hear(&event, &request.last_seen_checkpoint).await?;
        let advice = "follow again from the entry after your last checkpoint";
        let (out, stream) = Outlet::new(FOLLOWER_GROUPS_MAX, advice, Arc::clone(&self.metrics));
        let follower = Follower { event, key, next: request.start, raw: is_raw(request.view), out };
        tokio::spawn(follower.run());
        Ok(Response::new(stream))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Answer<v1::GetInclusionProofResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let reader = Caller::of(&request, event).reader();
        let request = request.into_inner();
        let index = match request.entry.ok_or_else(|| Status::invalid_argument("entry: missing"))? {
            Entry::Index(index) => index,
            Entry::Sid(sid) => {
                let sid = hash_from_wire("sid", &sid).map_err(|e| Status::invalid_argument(e.to_string()))?;
                let known = Arc::clone(&event.hands().index);
                let found = tokio::task::spawn_blocking(move || known.find(sid)).await;
                let no_entry = || Status::not_found(format!("no entry says {sid}"));
                let index = found.ok().flatten().ok_or_else(no_entry)?;
                // A sid can be guessed from a small bundle: whoever may not read the entry must not learn that it is there.
                let page = read(event, index..index.saturating_add(1), reader, true, PAGE_BYTES_MAX).await?;
                page.entries.first().map(|entry| entry.index).ok_or_else(no_entry)?
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
        let event = self.events.named(&request.get_ref().event)?;
        Caller::of(&request, event).accredited()?;
        let request = request.into_inner();
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

/// Entries that this reader may be shown now, counted from the first of the log.
fn readable(reader: Reader, published: &Published) -> u64 {
    match reader {
        Reader::Public => published.public_size,
        Reader::Table(_) | Reader::Accredited => published.size,
    }
}

/// A page as it goes out, and where the next one starts.
struct Page {
    entries: Vec<v1::Entry>,
    next: u64,
}

/// Entries of a range, as many as fit a page, without those that this reader may not see.
async fn read(event: &Event, range: Range<u64>, reader: Reader, raw: bool, bytes_max: usize) -> Result<Page, Status> {
    let (first, public_size) = (range.start, event.published().public_size);
    let notes = notes(event, range.start..range.end.max(range.start), bytes_max).await?;
    let next = first.saturating_add(notes.len() as u64);
    let entries = (first..).zip(notes).filter_map(|(index, note)| entry(index, note, reader, public_size, raw));
    Ok(Page { entries: entries.collect(), next })
}

/// Notes of a range, as many as have so many bytes together.
pub(crate) async fn notes(event: &Event, range: Range<u64>, bytes_max: usize) -> Result<Vec<Bytes>, Status> {
    let entries = event.hands().entries.clone();
    let read = tokio::task::spawn_blocking(move || entries.read(range, bytes_max)).await;
    read.map_err(|e| Status::internal(e.to_string()))?.map_err(|error| {
        tracing::error!(%error, "an entry cannot be read back");
        Status::data_loss("the journal of this server cannot be read; ask its operator to run `kiemphieu server check`")
    })
}

/// An entry as it goes out to whoever may see it.
fn entry(index: u64, note: Bytes, reader: Reader, public_size: u64, raw: bool) -> Option<v1::Entry> {
    let is_open = index < public_size || reader == Reader::Accredited;
    let statement = (!raw || !is_open).then(|| Statement::parse(Note::parse(&note).ok()?.text()).ok()).flatten();
    if !is_open && !statement.as_ref().is_some_and(|s| reader.may_see(s)) {
        return None;
    }
    Some(entry_to_wire(index, note, statement.as_ref().filter(|_| !raw)))
}

/// One observer that follows: from the journal until it has caught up, then group by group.
struct Follower {
    event: Event,
    /// Judged anew with every message: a key may come in, or be revoked, while it follows.
    key: Option<[u8; 32]>,
    next: u64,
    raw: bool,
    out: Outlet<v1::FollowEntriesResponse>,
}

impl Follower {
    async fn run(mut self) {
        let mut committed = self.event.hands().committed.subscribe();
        loop {
            match self.catch_up().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(status) => return self.out.end(status),
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
    async fn catch_up(&mut self) -> Result<bool, Status> {
        loop {
            let published: Arc<Published> = self.event.published();
            let reader = Caller::with_key(self.key, &self.event).reader();
            let readable = readable(reader, &published);
            if self.next >= readable {
                return Ok(true);
            }
            let range = self.next..readable.min(self.next.saturating_add(PAGE_ENTRIES_MAX));
            let page = read(&self.event, range, reader, self.raw, STREAM_PAGE_BYTES_MAX).await?;
            if page.next == self.next {
                return Ok(true); // the journal has no more yet
            }
            self.next = page.next;
            let whole = self.next == published.size;
            let checkpoint = if whole { published.checkpoint.clone() } else { Bytes::new() };
            if !self.send(v1::FollowEntriesResponse { entries: page.entries, checkpoint }).await {
                return Ok(false);
            }
        }
    }

    async fn pass_on(&mut self, group: &Committed) -> bool {
        if group.first != self.next {
            return true; // sent while catching up, or to be read from the journal
        }
        if group.notes.iter().map(Bytes::len).sum::<usize>() > STREAM_PAGE_BYTES_MAX {
            return true; // read from the journal, page by page
        }
        let reader = Caller::with_key(self.key, &self.event).reader();
        if reader == Reader::Public {
            return true; // how far the public may read is asked at every turn
        }
        let public_size = self.event.published().public_size;
        let notes = (group.first..).zip(&group.notes);
        let entries = notes.filter_map(|(i, note)| entry(i, note.clone(), reader, public_size, self.raw)).collect();
        self.next += group.notes.len() as u64;
        self.send(v1::FollowEntriesResponse { entries, checkpoint: group.checkpoint.clone() }).await
    }

    async fn send(&self, message: v1::FollowEntriesResponse) -> bool {
        let bytes = wire_bytes(&message);
        self.out.send(message, bytes).await.is_ok()
    }
}
