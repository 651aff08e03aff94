//! A server that shows whatever log a forge has made, over the real doors.

use bytes::Bytes;
use door::{Handshake, Ticket};
use promises::forge::{Forge, key};
use proto::v1::{
    self,
    log_service_server::{LogService, LogServiceServer},
    results_service_server::{ResultsService, ResultsServiceServer},
};
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use tlog::{Checkpoint, Hash, Note, SignatureLine};
use tokio::{
    io::{DuplexStream, copy_bidirectional, duplex},
    net::TcpListener,
    sync::mpsc,
};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, transport::Server};

#[derive(Clone)]
pub(crate) struct Table {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    forge: Forge,
    checkpoint: Note,
    witnessed: Option<Note>,
    lines: Vec<SignatureLine>,
    /// Entries from here on are not shown.
    hidden_from: u64,
}

fn bare(forge: &Forge, size: u64) -> Note {
    let root = forge.tree.root_at(size).unwrap();
    let stated = Checkpoint { origin: promises::forge::ORIGIN.to_owned(), size, root };
    stated.sign(&key("log"))
}

/// Opens the doors on any free port.
pub(crate) async fn open(forge: Forge) -> Table {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let state = State {
        checkpoint: bare(&forge, forge.size()),
        forge,
        witnessed: None,
        lines: Vec::new(),
        hidden_from: u64::MAX,
    };
    let table = Table { port, state: Arc::new(Mutex::new(state)) };
    let doors = Server::builder()
        .add_service(LogServiceServer::new(table.clone()))
        .add_service(ResultsServiceServer::new(table.clone()));
    tokio::spawn(doors.serve_with_incoming(shaken_hands(listener, table.event())));
    table
}

/// Connections after their handshake with this key; the doors themselves see plain streams.
fn shaken_hands(listener: TcpListener, event: Hash) -> ReceiverStream<std::io::Result<DuplexStream>> {
    let handshake = Handshake::new(&[(event, Arc::new(key("tally")))]);
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

impl Table {
    pub(crate) fn ticket(&self) -> Ticket {
        let ticket = Ticket::new(self.event(), key("tally").verifier().clone(), Vec::new()).unwrap();
        ticket.at(vec![format!("127.0.0.1:{}", self.port).parse().unwrap()])
    }

    pub(crate) fn event(&self) -> Hash {
        self.state.lock().unwrap().forge.event
    }

    pub(crate) fn show(&self, forge: Forge) {
        let mut state = self.state.lock().unwrap();
        state.checkpoint = bare(&forge, forge.size());
        state.forge = forge;
    }

    pub(crate) fn sign(&self, checkpoint: &Note) {
        self.state.lock().unwrap().checkpoint = checkpoint.clone();
    }

    pub(crate) fn hide_from(&self, index: u64) {
        self.state.lock().unwrap().hidden_from = index;
    }

    pub(crate) fn cosignatures(&self) -> Vec<SignatureLine> {
        self.state.lock().unwrap().lines.clone()
    }
}

impl State {
    fn entries(&self, start: u64, most: usize) -> Vec<v1::Entry> {
        let all = (0..).zip(&self.forge.entries).skip(usize::try_from(start).unwrap());
        let shown = all.take_while(|(index, _)| *index < self.hidden_from).take(most);
        shown.map(|(index, note)| v1::Entry { index, note: note.clone().into(), statement: None }).collect()
    }

    fn bulletin(&self) -> Option<Vec<u8>> {
        self.forge.files.first().map(|(_, bytes)| bytes.clone())
    }
}

fn bytes(note: &Note) -> Bytes {
    note.as_bytes().to_vec().into()
}

type Answer<T> = Result<Response<T>, Status>;
type Flow<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl LogService for Table {
    async fn get_checkpoint(&self, _: Request<v1::GetCheckpointRequest>) -> Answer<v1::GetCheckpointResponse> {
        let state = self.state.lock().unwrap();
        let witnessed = state.witnessed.as_ref().map(bytes).unwrap_or_default();
        Ok(Response::new(v1::GetCheckpointResponse {
            newest: bytes(&state.checkpoint),
            witnessed,
            ..Default::default()
        }))
    }

    async fn list_entries(&self, request: Request<v1::ListEntriesRequest>) -> Answer<v1::ListEntriesResponse> {
        let state = self.state.lock().unwrap();
        let entries = state.entries(request.into_inner().start, 3);
        let readable = state.forge.size().min(state.hidden_from);
        Ok(Response::new(v1::ListEntriesResponse { entries, readable, checkpoint: bytes(&state.checkpoint), next: 0 }))
    }

    type FollowEntriesStream = Flow<v1::FollowEntriesResponse>;

    async fn follow_entries(&self, request: Request<v1::FollowEntriesRequest>) -> Answer<Self::FollowEntriesStream> {
        let (out, stream) = tokio::sync::mpsc::channel(1);
        let (table, mut next) = (self.clone(), request.into_inner().start);
        tokio::spawn(async move {
            let mut last = None;
            loop {
                let message = {
                    let state = table.state.lock().unwrap();
                    let entries = state.entries(next, 4);
                    next += entries.len() as u64;
                    let whole = next >= state.forge.size();
                    let checkpoint = if whole { bytes(&state.checkpoint) } else { Bytes::new() };
                    v1::FollowEntriesResponse { entries, checkpoint }
                };
                let is_new = !message.entries.is_empty() || last.as_ref() != Some(&message.checkpoint);
                last = Some(message.checkpoint.clone());
                if is_new && out.send(Ok(message)).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn get_inclusion_proof(
        &self,
        _: Request<v1::GetInclusionProofRequest>,
    ) -> Answer<v1::GetInclusionProofResponse> {
        Err(Status::unimplemented("not shown here"))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Answer<v1::GetConsistencyProofResponse> {
        let (request, state) = (request.into_inner(), self.state.lock().unwrap());
        let proof = state.forge.tree.consistency_proof(request.old_size, request.new_size).unwrap_or_default();
        let proof = proof.iter().map(|hash| hash.0.to_vec().into()).collect();
        let checkpoint = bytes(&state.checkpoint);
        Ok(Response::new(v1::GetConsistencyProofResponse { new_size: request.new_size, proof, checkpoint }))
    }

    async fn add_cosignature(&self, request: Request<v1::AddCosignatureRequest>) -> Answer<v1::AddCosignatureResponse> {
        let request = request.into_inner();
        let line: SignatureLine = request.line.parse().unwrap();
        let mut state = self.state.lock().unwrap();
        state.lines.push(line.clone());
        let note = bare(&state.forge, request.size).with_line(line);
        state.witnessed = Some(note.clone());
        Ok(Response::new(v1::AddCosignatureResponse { checkpoint: bytes(&note), witnesses: 1, quorum: 1 }))
    }
}

#[tonic::async_trait]
impl ResultsService for Table {
    async fn get_bulletin(&self, _: Request<v1::GetBulletinRequest>) -> Answer<v1::GetBulletinResponse> {
        let note = self.state.lock().unwrap().bulletin().ok_or_else(|| Status::not_found("none"))?;
        Ok(Response::new(v1::GetBulletinResponse { note: note.into(), ..v1::GetBulletinResponse::default() }))
    }

    type WatchBulletinsStream = Flow<v1::WatchBulletinsResponse>;

    async fn watch_bulletins(&self, _: Request<v1::WatchBulletinsRequest>) -> Answer<Self::WatchBulletinsStream> {
        let (out, stream) = tokio::sync::mpsc::channel(1);
        let note = self.state.lock().unwrap().bulletin();
        tokio::spawn(async move {
            if let Some(note) = note {
                let note = note.into();
                let _ =
                    out.send(Ok(v1::WatchBulletinsResponse { note, ..v1::WatchBulletinsResponse::default() })).await;
            }
            out.closed().await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn get_progress(&self, _: Request<v1::GetProgressRequest>) -> Answer<v1::GetProgressResponse> {
        let contests = vec![v1::ContestProgress { contest: "c01".into(), ..v1::ContestProgress::default() }];
        Ok(Response::new(v1::GetProgressResponse { size: 0, contests }))
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
