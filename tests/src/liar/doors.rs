//! The doors of the liar. Each answer follows from what the caller is to be shown; it refuses to know any rule.

use super::{Liar, View};
use bytes::Bytes;
use door::Peer;
use proto::{
    entry::{entry_to_wire, hash_to_wire},
    ruling::ruling_to_wire,
    v1::{
        self, intake_service_server::IntakeService, log_service_server::LogService,
        results_service_server::ResultsService,
    },
};
use std::pin::Pin;
use tlog::{Note, SignatureLine};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

/// Entries in one page: few, so that a small log has several.
const PAGE: usize = 7;

type Answer<T> = Result<Response<T>, Status>;
type Flow<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn bytes(note: &Note) -> Bytes {
    Bytes::copy_from_slice(note.as_bytes())
}

fn caller<T>(request: &Request<T>) -> Result<[u8; 32], Status> {
    let peer = request.extensions().get::<Peer>();
    peer.and_then(|peer| peer.key).ok_or_else(|| Status::unauthenticated("no key was shown"))
}

impl Liar {
    fn view<T>(&self, request: &Request<T>) -> Result<View, Status> {
        self.view_of(&caller(request)?).ok_or_else(|| Status::permission_denied("nothing is shown to this key"))
    }

    fn view_of(&self, key: &[u8; 32]) -> Option<View> {
        self.lock().views.get(key).cloned()
    }
}

impl View {
    fn page(&self, start: u64, most: usize) -> Vec<v1::Entry> {
        let all = (0..self.readable).zip(&self.branch.entries);
        let from = all.skip_while(|(index, _)| *index < start).take(most);
        from.map(|(index, note)| entry_to_wire(index, note.clone(), None)).collect()
    }
}

#[tonic::async_trait]
impl LogService for Liar {
    async fn get_checkpoint(&self, request: Request<v1::GetCheckpointRequest>) -> Answer<v1::GetCheckpointResponse> {
        let view = self.view(&request)?;
        let witnessed = bytes(&view.checkpoint());
        let newest = view.newest.as_ref().map_or_else(|| witnessed.clone(), bytes);
        Ok(Response::new(v1::GetCheckpointResponse { newest, witnessed, seen_by_others: Vec::new() }))
    }

    async fn list_entries(&self, request: Request<v1::ListEntriesRequest>) -> Answer<v1::ListEntriesResponse> {
        let view = self.view(&request)?;
        let start = request.get_ref().start;
        let entries = view.page(start, PAGE);
        let next = start + entries.len() as u64;
        let (readable, checkpoint) = (view.readable, bytes(&view.checkpoint()));
        Ok(Response::new(v1::ListEntriesResponse { entries, readable, checkpoint, next }))
    }

    type FollowEntriesStream = Flow<v1::FollowEntriesResponse>;

    async fn follow_entries(&self, request: Request<v1::FollowEntriesRequest>) -> Answer<Self::FollowEntriesStream> {
        let key = caller(&request)?;
        self.view(&request)?;
        let (out, stream) = mpsc::channel(4);
        let (shown, mut changed) = (self.shown.clone(), self.changed.subscribe());
        let mut next = request.get_ref().start;
        tokio::spawn(async move {
            let mut last = Bytes::new();
            loop {
                let view = shown.lock().expect("no holder of this lock panics").views.get(&key).cloned();
                let Some(view) = view else { return };
                loop {
                    let entries = view.page(next, PAGE);
                    next += entries.len() as u64;
                    let is_whole = next >= view.readable;
                    let checkpoint = if is_whole { bytes(&view.checkpoint()) } else { Bytes::new() };
                    if entries.is_empty() && checkpoint == last {
                        break;
                    }
                    last.clone_from(&checkpoint);
                    if out.send(Ok(v1::FollowEntriesResponse { entries, checkpoint })).await.is_err() {
                        return;
                    }
                    if is_whole {
                        break;
                    }
                }
                tokio::select! {
                    () = out.closed() => return,
                    changed = changed.changed() => if changed.is_err() { return },
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Answer<v1::GetInclusionProofResponse> {
        let view = self.view(&request)?;
        let Some(v1::get_inclusion_proof_request::Entry::Index(index)) = request.get_ref().entry else {
            return Err(Status::not_found("not shown here"));
        };
        let size = view.size;
        let proof = view.branch.tree.inclusion_proof(index, size).unwrap_or_default();
        let (proof, checkpoint) = (proof.iter().map(hash_to_wire).collect(), bytes(&view.checkpoint()));
        Ok(Response::new(v1::GetInclusionProofResponse { index, size, proof, checkpoint }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Answer<v1::GetConsistencyProofResponse> {
        let view = self.view(&request)?;
        let (old, new) = (request.get_ref().old_size, request.get_ref().new_size);
        let new_size = if new == 0 { view.size } else { new };
        let proof = view.branch.tree.consistency_proof(old, new_size).unwrap_or_default();
        let (proof, checkpoint) = (proof.iter().map(hash_to_wire).collect(), bytes(&view.checkpoint()));
        Ok(Response::new(v1::GetConsistencyProofResponse { new_size, proof, checkpoint }))
    }

    async fn add_cosignature(&self, request: Request<v1::AddCosignatureRequest>) -> Answer<v1::AddCosignatureResponse> {
        let view = self.view(&request)?;
        let line = request.get_ref().line.parse::<SignatureLine>();
        let line = line.map_err(|_| Status::invalid_argument("no line"))?;
        let checkpoint = bytes(&view.branch.checkpoint(request.get_ref().size).with_line(line));
        Ok(Response::new(v1::AddCosignatureResponse { checkpoint, witnesses: 1, quorum: 0 }))
    }
}

#[tonic::async_trait]
impl ResultsService for Liar {
    async fn get_bulletin(&self, request: Request<v1::GetBulletinRequest>) -> Answer<v1::GetBulletinResponse> {
        let note = self.view(&request)?.bulletin.ok_or_else(|| Status::not_found("none"))?;
        Ok(Response::new(v1::GetBulletinResponse { note, ..v1::GetBulletinResponse::default() }))
    }

    type WatchBulletinsStream = Flow<v1::WatchBulletinsResponse>;

    async fn watch_bulletins(&self, request: Request<v1::WatchBulletinsRequest>) -> Answer<Self::WatchBulletinsStream> {
        let (out, stream) = mpsc::channel(1);
        let note = self.view(&request)?.bulletin;
        tokio::spawn(async move {
            if let Some(note) = note {
                let _ = out.send(Ok(v1::WatchBulletinsResponse { note, ..Default::default() })).await;
            }
            out.closed().await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn get_progress(&self, request: Request<v1::GetProgressRequest>) -> Answer<v1::GetProgressResponse> {
        let size = self.view(&request)?.size;
        let contest = crate::history::contest().to_string();
        let contests = vec![v1::ContestProgress { contest, ..v1::ContestProgress::default() }];
        Ok(Response::new(v1::GetProgressResponse { size, contests }))
    }

    async fn list_cases(&self, _: Request<v1::ListCasesRequest>) -> Answer<v1::ListCasesResponse> {
        Err(Status::unimplemented("not shown here"))
    }

    async fn list_drafts(&self, _: Request<v1::ListDraftsRequest>) -> Answer<v1::ListDraftsResponse> {
        Err(Status::unimplemented("not shown here"))
    }

    async fn get_outcome(&self, _: Request<v1::GetOutcomeRequest>) -> Answer<v1::GetOutcomeResponse> {
        Err(Status::unimplemented("not shown here"))
    }
}

#[tonic::async_trait]
impl IntakeService for Liar {
    async fn submit(&self, request: Request<v1::SubmitRequest>) -> Answer<v1::SubmitResponse> {
        let key = caller(&request)?;
        let mut shown = self.lock();
        let book = shown.books.get_mut(&key).ok_or_else(|| Status::permission_denied("no table of this event"))?;
        let mut taken = Vec::new();
        for note in &request.get_ref().notes {
            let sid = Note::parse(note).ok().map(|note| note.sid());
            // A bulletin that is owed may follow it at once.
            let index = book.size();
            let ruling = book.hand_in(note);
            taken.push((ruling.is_logged().then_some(index), sid, ruling));
        }
        let size = book.size();
        let rulings = taken.into_iter().map(|(index, sid, ruling)| {
            let wire = ruling_to_wire(&ruling, sid);
            match index.and_then(|index| Some((index, book.replay.tree.inclusion_proof(index, size)?))) {
                Some((index, proof)) => wire.logged(index, &proof),
                None => wire,
            }
        });
        let rulings = rulings.collect();
        let checkpoint = bytes(&super::Branch::of(book).checkpoint(size));
        Ok(Response::new(v1::SubmitResponse { rulings, checkpoint }))
    }

    type SubmitStreamStream = Flow<v1::SubmitStreamResponse>;

    async fn submit_stream(&self, _: Request<Streaming<v1::SubmitStreamRequest>>) -> Answer<Self::SubmitStreamStream> {
        Err(Status::unimplemented("one call at a time here"))
    }

    async fn check_statement(&self, _: Request<v1::CheckStatementRequest>) -> Answer<v1::CheckStatementResponse> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_head(&self, _: Request<v1::GetHeadRequest>) -> Answer<v1::GetHeadResponse> {
        Err(Status::unimplemented("not here"))
    }

    async fn refuse_draft(&self, _: Request<v1::RefuseDraftRequest>) -> Answer<v1::RefuseDraftResponse> {
        Err(Status::unimplemented("not here"))
    }
}
