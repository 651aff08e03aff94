//! The doors of the hall's server: the real rules of `tally`, an honest tree, and the misbehaviour that was planted.

use super::{Plant, State};
use door::Handshake;
use proto::{
    entry::hash_to_wire,
    ruling::ruling_to_wire,
    v1::{
        self,
        get_head_request::Subject,
        get_inclusion_proof_request::Entry,
        intake_service_server::{IntakeService, IntakeServiceServer},
        log_service_server::{LogService, LogServiceServer},
    },
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tally::{Ruling, SignedStatement};
use tlog::SigningKey;
use tokio::{
    io::{DuplexStream, copy_bidirectional, duplex},
    net::TcpListener,
    sync::mpsc,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming, transport::Server};

#[derive(Clone)]
struct Doors(Arc<Mutex<State>>);

type Answer<T> = Result<Response<T>, Status>;

/// Opens the doors on a free port, behind the TLS of this event and key.
pub(super) async fn serve(state: Arc<Mutex<State>>, event: tally::Sid, tally: SigningKey) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let doors = Doors(state);
    let server = Server::builder()
        .add_service(IntakeServiceServer::new(doors.clone()))
        .add_service(LogServiceServer::new(doors));
    tokio::spawn(server.serve_with_incoming(shaken_hands(listener, event, tally)));
    address
}

/// Connections after their handshake; the doors themselves see plain streams.
fn shaken_hands(
    listener: TcpListener,
    event: tally::Sid,
    tally: SigningKey,
) -> ReceiverStream<std::io::Result<DuplexStream>> {
    let handshake = Handshake::new(&[(event, Arc::new(tally))]);
    let (out, streams) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (handshake, out) = (handshake.clone(), out.clone());
            tokio::spawn(async move {
                let Ok((mut tls, _)) = handshake.accept(socket).await else { return };
                let (mut near, far) = duplex(64 << 10);
                if out.send(Ok(far)).await.is_ok() {
                    let _ = copy_bidirectional(&mut tls, &mut near).await;
                }
            });
        }
    });
    ReceiverStream::new(streams)
}

impl Doors {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn take(&self, notes: &[impl AsRef<[u8]>]) -> v1::SubmitStreamResponse {
        let mut state = self.state();
        let ruled: Vec<_> = notes.iter().map(|note| rule(&mut state, note.as_ref())).collect();
        let size = state.replay.tree.size();
        let rulings = ruled.into_iter().map(|(ruling, sid, index)| {
            let wire = ruling_to_wire(&ruling, sid);
            let Some(index) = index else { return wire };
            let proved = if state.plant == Plant::WrongProof { 0 } else { index };
            wire.logged(index, &state.replay.tree.inclusion_proof(proved, size).unwrap())
        });
        v1::SubmitStreamResponse { rulings: rulings.collect(), checkpoint: state.checkpoint().into() }
    }
}

fn rule(state: &mut State, note: &[u8]) -> (Ruling, Option<tally::Sid>, Option<u64>) {
    let s = match SignedStatement::open(note, state.replay.count.keys()) {
        Ok(s) => s,
        Err(refusal) => return (Ruling::Refused(refusal), None, None),
    };
    let ruling = state.replay.rule(&s);
    let index = match &ruling {
        Ruling::Repeated { index, .. } => Some(*index),
        ruling if ruling.is_logged() => {
            let index = state.replay.tree.size();
            state.enter(note);
            Some(index)
        }
        _ => None,
    };
    (ruling, Some(s.sid), index)
}

#[tonic::async_trait]
impl IntakeService for Doors {
    async fn refuse_draft(&self, _: Request<v1::RefuseDraftRequest>) -> Answer<v1::RefuseDraftResponse> {
        Err(Status::unimplemented("no table refuses drafts"))
    }

    async fn submit(&self, request: Request<v1::SubmitRequest>) -> Answer<v1::SubmitResponse> {
        let v1::SubmitStreamResponse { rulings, checkpoint } = self.take(&request.into_inner().notes);
        Ok(Response::new(v1::SubmitResponse { rulings, checkpoint }))
    }

    type SubmitStreamStream = ReceiverStream<Result<v1::SubmitStreamResponse, Status>>;

    async fn submit_stream(
        &self,
        request: Request<Streaming<v1::SubmitStreamRequest>>,
    ) -> Answer<Self::SubmitStreamStream> {
        let (doors, mut messages) = (self.clone(), request.into_inner());
        let (out, answers) = tokio::sync::mpsc::channel(8);
        tokio::spawn(async move {
            while let Ok(Some(message)) = messages.message().await {
                doors.state().messages += 1;
                let answer = doors.take(&message.notes);
                let plant = doors.state().plant;
                if let Plant::LosesAnswers(more) = plant {
                    doors.state().plant = if more > 1 { Plant::LosesAnswers(more - 1) } else { Plant::Honest };
                    return;
                }
                if out.send(Ok(answer)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(answers)))
    }

    async fn check_statement(&self, _: Request<v1::CheckStatementRequest>) -> Answer<v1::CheckStatementResponse> {
        Err(Status::unimplemented("no table asks this here"))
    }

    async fn get_head(&self, request: Request<v1::GetHeadRequest>) -> Answer<v1::GetHeadResponse> {
        let mut state = self.state();
        if let Plant::Busy(more) = state.plant {
            state.plant = if more > 1 { Plant::Busy(more - 1) } else { Plant::Honest };
            return Err(Status::resource_exhausted("busy"));
        }
        if state.plant == Plant::Revoked {
            return Err(Status::unauthenticated("this key was revoked"));
        }
        let count = &state.replay.count;
        let subject = request.into_inner().subject;
        let stated_at = match &subject {
            Some(Subject::Contest(id)) => count.contest(id.parse().unwrap()).map(tally::count::ContestCount::stated_at),
            _ => None,
        };
        let (seq, head) = match subject {
            Some(Subject::Contest(id)) => (0, count.contest_head(id.parse().unwrap())),
            Some(Subject::Station(id)) => {
                count.station_head(id.parse().unwrap()).ok_or_else(|| Status::not_found("no such table"))?
            }
            _ => (0, count.election_head()),
        };
        let (size, checkpoint) = (state.replay.tree.size(), state.checkpoint().into());
        Ok(Response::new(v1::GetHeadResponse {
            seq,
            head: hash_to_wire(&head),
            size,
            checkpoint,
            stated_at,
            papers_at: None,
        }))
    }
}

#[tonic::async_trait]
impl LogService for Doors {
    async fn get_checkpoint(&self, _: Request<v1::GetCheckpointRequest>) -> Answer<v1::GetCheckpointResponse> {
        let state = self.state();
        let (newest, witnessed) = (state.checkpoint().into(), state.witnessed.clone().into());
        Ok(Response::new(v1::GetCheckpointResponse { newest, witnessed, ..Default::default() }))
    }

    async fn list_entries(&self, request: Request<v1::ListEntriesRequest>) -> Answer<v1::ListEntriesResponse> {
        let (request, state) = (request.into_inner(), self.state());
        let index = request.start;
        let note = state.notes.get(usize::try_from(index).unwrap()).filter(|note| state.shows(note)).cloned();
        let entry = |note: Vec<u8>| v1::Entry { index, note: note.into(), statement: None };
        let (readable, checkpoint) = (state.replay.tree.size(), state.checkpoint().into());
        Ok(Response::new(v1::ListEntriesResponse {
            entries: note.map(entry).into_iter().collect(),
            readable,
            checkpoint,
            next: index + 1,
        }))
    }

    type FollowEntriesStream = ReceiverStream<Result<v1::FollowEntriesResponse, Status>>;

    async fn follow_entries(&self, _: Request<v1::FollowEntriesRequest>) -> Answer<Self::FollowEntriesStream> {
        Err(Status::unimplemented("no table follows"))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Answer<v1::GetInclusionProofResponse> {
        let (request, state) = (request.into_inner(), self.state());
        let sid_of = |note: &Vec<u8>| tlog::Note::parse(note).unwrap().sid();
        let index = match request.entry {
            Some(Entry::Index(index)) => Some(index),
            Some(Entry::Sid(sid)) => {
                (0..).zip(&state.notes).find(|(_, n)| sid_of(n).as_bytes()[..] == sid[..]).map(|(index, _)| index)
            }
            None => None,
        };
        let shown = |index: &u64| state.shows(&state.notes[usize::try_from(*index).unwrap()]);
        let index = index.filter(shown).ok_or_else(|| Status::not_found("no such entry"))?;
        let size = state.replay.tree.size();
        let proof = state.replay.tree.inclusion_proof(index, size).unwrap().iter().map(hash_to_wire).collect();
        Ok(Response::new(v1::GetInclusionProofResponse { index, size, proof, checkpoint: state.checkpoint().into() }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Answer<v1::GetConsistencyProofResponse> {
        let (request, state) = (request.into_inner(), self.state());
        let proof = state.replay.tree.consistency_proof(request.old_size, request.new_size);
        let proof = proof.ok_or_else(|| Status::out_of_range("no such sizes"))?.iter().map(hash_to_wire).collect();
        let checkpoint = state.checkpoint().into();
        Ok(Response::new(v1::GetConsistencyProofResponse { new_size: request.new_size, proof, checkpoint }))
    }

    async fn add_cosignature(&self, _: Request<v1::AddCosignatureRequest>) -> Answer<v1::AddCosignatureResponse> {
        Err(Status::unimplemented("no witnesses here"))
    }
}
