//! The committee believes the log and not the server: against a server that lies, hides, forgets or forks.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use bytes::Bytes;
use committee::{CommitteeError, doors::Doors, draft, record::Record};
use door::{DialError, Handshake, Ticket};
use hall::Hall;
use proto::v1::{self, intake_service_server as intake, log_service_server as log};
use std::sync::{Arc, Mutex};
use tlog::{Checkpoint, Hash, KeyKind, Note, SigningKey};
use tokio::{
    io::{DuplexStream, copy_bidirectional, duplex},
    net::TcpListener,
    sync::mpsc,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming, transport::Server};

/// What the server shows, whatever is true.
#[derive(Clone, Default)]
struct Shown {
    entries: Vec<Bytes>,
    readable: usize,
    checkpoint: Bytes,
    /// The ruling for whatever is handed in.
    ruling: v1::Ruling,
}

#[derive(Clone)]
struct Liar(Arc<Mutex<Shown>>);

fn closed<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("this door is shut"))
}

#[tonic::async_trait]
impl log::LogService for Liar {
    type FollowEntriesStream = ReceiverStream<Result<v1::FollowEntriesResponse, Status>>;

    async fn get_checkpoint(
        &self,
        _: Request<v1::GetCheckpointRequest>,
    ) -> Result<Response<v1::GetCheckpointResponse>, Status> {
        let newest = self.0.lock().unwrap().checkpoint.clone();
        Ok(Response::new(v1::GetCheckpointResponse { newest, witnessed: Bytes::new(), ..Default::default() }))
    }

    async fn list_entries(
        &self,
        request: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        let (shown, wanted) = (self.0.lock().unwrap().clone(), request.into_inner());
        let notes =
            shown.entries.into_iter().take(shown.readable).zip(0u64..).skip_while(|(_, index)| *index < wanted.start);
        let entries = notes.take(wanted.limit as usize).map(|(note, index)| v1::Entry { index, note, statement: None });
        let (entries, readable) = (entries.collect(), shown.readable as u64);
        Ok(Response::new(v1::ListEntriesResponse { entries, readable, checkpoint: shown.checkpoint, next: 0 }))
    }

    async fn follow_entries(
        &self,
        _: Request<v1::FollowEntriesRequest>,
    ) -> Result<Response<Self::FollowEntriesStream>, Status> {
        closed()
    }

    async fn get_inclusion_proof(
        &self,
        _: Request<v1::GetInclusionProofRequest>,
    ) -> Result<Response<v1::GetInclusionProofResponse>, Status> {
        closed()
    }

    async fn get_consistency_proof(
        &self,
        _: Request<v1::GetConsistencyProofRequest>,
    ) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
        closed()
    }

    async fn add_cosignature(
        &self,
        _: Request<v1::AddCosignatureRequest>,
    ) -> Result<Response<v1::AddCosignatureResponse>, Status> {
        closed()
    }
}

#[tonic::async_trait]
impl intake::IntakeService for Liar {
    type SubmitStreamStream = ReceiverStream<Result<v1::SubmitStreamResponse, Status>>;

    async fn submit(&self, _: Request<v1::SubmitRequest>) -> Result<Response<v1::SubmitResponse>, Status> {
        let shown = self.0.lock().unwrap().clone();
        Ok(Response::new(v1::SubmitResponse { rulings: vec![shown.ruling], checkpoint: shown.checkpoint }))
    }

    async fn submit_stream(
        &self,
        _: Request<Streaming<v1::SubmitStreamRequest>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        closed()
    }

    async fn check_statement(
        &self,
        _: Request<v1::CheckStatementRequest>,
    ) -> Result<Response<v1::CheckStatementResponse>, Status> {
        closed()
    }

    async fn refuse_draft(
        &self,
        _: Request<v1::RefuseDraftRequest>,
    ) -> Result<Response<v1::RefuseDraftResponse>, Status> {
        closed()
    }

    async fn get_head(&self, _: Request<v1::GetHeadRequest>) -> Result<Response<v1::GetHeadResponse>, Status> {
        closed()
    }
}

/// Connections after their handshake with this key; the doors themselves see plain streams.
fn shaken_hands(
    listener: TcpListener,
    event: tally::Sid,
    tally: Arc<SigningKey>,
) -> ReceiverStream<std::io::Result<DuplexStream>> {
    let handshake = Handshake::new(&[(event, tally)]);
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

/// A hall whose server shows whatever a test puts there.
struct Scene {
    hall: Hall,
    shown: Arc<Mutex<Shown>>,
    ticket: Ticket,
}

impl Scene {
    /// The server shows the true log: manifest, board, contest.
    async fn honest() -> Self {
        let hall = Hall::open();
        let shown = Arc::new(Mutex::new(Shown::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let event = hall.replay.count.event().unwrap();
        let tally = Arc::new(keyfile::open(&hall.folder.temp.path().join("device-1")).unwrap());
        let ticket = Ticket::new(event, tally.verifier().clone(), Vec::new()).unwrap();
        let ticket = ticket.at(vec![listener.local_addr().unwrap().into()]);
        let (log, intake) = (Liar(shown.clone()), Liar(shown.clone()));
        let router = Server::builder()
            .add_service(log::LogServiceServer::new(log))
            .add_service(intake::IntakeServiceServer::new(intake));
        tokio::spawn(router.serve_with_incoming(shaken_hands(listener, event, tally)));
        let scene = Self { hall, shown, ticket };
        scene.show(&scene.hall.notes.clone());
        scene
    }

    fn show(&self, notes: &[Note]) {
        let mut tree = tlog::Tree::new();
        notes.iter().for_each(|note| tree.push(note.leaf()));
        let mut shown = self.shown.lock().unwrap();
        shown.entries = notes.iter().map(|n| Bytes::copy_from_slice(n.as_bytes())).collect();
        shown.readable = notes.len();
        shown.checkpoint = self.checkpoint(notes.len() as u64, tree.root());
    }

    fn checkpoint(&self, size: u64, root: Hash) -> Bytes {
        let key = &self.hall.folder.devices[0];
        let note = Checkpoint { origin: hall::ORIGIN.to_owned(), size, root }.sign(key);
        Bytes::copy_from_slice(note.as_bytes())
    }

    async fn open(&self) -> Result<Record, CommitteeError> {
        let doors = Doors::open(&self.ticket, None).await?;
        Record::open(doors, self.hall.folder.home(), &mut |_, _| ()).await
    }

    async fn refusal(&self) -> CommitteeError {
        self.open().await.err().unwrap()
    }
}

#[tokio::test]
async fn the_true_log_is_verified_to_its_last_entry() {
    let scene = Scene::honest().await;
    let record = scene.open().await.unwrap();
    assert_eq!(record.replay().tree.root(), scene.hall.replay.tree.root());
    assert!(scene.open().await.is_ok(), "and again, held against what is remembered");
}

#[tokio::test]
async fn an_entry_that_was_altered_is_named() {
    let scene = Scene::honest().await;
    let altered = scene.hall.notes[2].as_str().replace("seats 2", "seats 1");
    scene.shown.lock().unwrap().entries[2] = altered.into();
    assert!(matches!(scene.refusal().await, CommitteeError::Log(m) if (m.index, m.code) == (2, "R-BAD-SIGNATURE")));
}

#[tokio::test]
async fn a_root_that_the_entries_do_not_have_is_noticed() {
    let scene = Scene::honest().await;
    let wrong = scene.checkpoint(3, Hash([7; 32]));
    scene.shown.lock().unwrap().checkpoint = wrong;
    assert!(matches!(scene.refusal().await, CommitteeError::Differs { field: "root", .. }));
    assert!(scene.hall.folder.home().remembered(scene.hall.replay.count.event().unwrap()).unwrap().is_none());
}

#[tokio::test]
async fn a_checkpoint_of_another_key_is_worth_nothing() {
    let scene = Scene::honest().await;
    let (size, root) = (3, scene.hall.replay.tree.root());
    let forged = Checkpoint { origin: hall::ORIGIN.to_owned(), size, root }.sign(&scene.hall.folder.devices[1]);
    scene.shown.lock().unwrap().checkpoint = Bytes::copy_from_slice(forged.as_bytes());
    assert!(matches!(scene.refusal().await, CommitteeError::Differs { field: "checkpoint", .. }));
}

#[tokio::test]
async fn entries_that_are_hidden_stop_the_committee() {
    let scene = Scene::honest().await;
    scene.shown.lock().unwrap().readable = 2;
    assert!(matches!(scene.refusal().await, CommitteeError::Hidden { readable: 2, size: 3 }));
}

#[tokio::test]
async fn the_manifest_of_another_event_is_not_taken() {
    let scene = Scene::honest().await;
    scene.show(&Hall::open().notes);
    assert!(matches!(scene.refusal().await, CommitteeError::Differs { field: "manifest", .. }));
}

#[tokio::test]
async fn a_server_that_forgot_entries_is_stopped() {
    let scene = Scene::honest().await;
    scene.open().await.unwrap();
    scene.show(&scene.hall.notes[..2]);
    assert!(matches!(scene.refusal().await, CommitteeError::Behind { seen: 3, shown: 2 }));
}

#[tokio::test]
async fn two_histories_under_one_key_are_kept_as_evidence() {
    let mut scene = Scene::honest().await;
    let fork = scene.hall.notes[..2].to_vec();
    scene.open().await.unwrap();
    let event = committee::home::read_event(&scene.hall.folder.event()).unwrap();
    let mut other = event.contests[0].clone();
    other.title = "Một cuộc bầu khác".parse().unwrap();
    scene.hall.rewind(2);
    let contest = scene.hall.desk().contest(&other);
    scene.hall.say(&contest, &["k1", "k2"]).unwrap();
    scene.show(&[&fork[..], &scene.hall.notes[2..]].concat());
    let CommitteeError::Equivocation { evidence } = scene.refusal().await else {
        panic!("two histories were believed")
    };
    for name in ["checkpoint-seen", "checkpoint-shown"] {
        let note = Note::parse(&std::fs::read(evidence.join(name)).unwrap()).unwrap();
        assert_eq!(Checkpoint::open(&note, scene.hall.folder.devices[0].verifier()).unwrap().size, 3);
    }
}

#[tokio::test]
async fn a_server_that_only_says_recorded_is_not_believed() {
    let scene = Scene::honest().await;
    let mut record = scene.open().await.unwrap();
    let annul = scene.hall.desk().annul("c01".parse().unwrap(), "thử".parse().unwrap());
    let ready = draft::propose(record.replay(), &annul, &scene.hall.keys(&["k1", "k2"]), false).unwrap();
    let said = proto::ruling::ruling_to_wire(&tally::Ruling::Recorded, Some(ready.sid)).logged(3, &[]);
    scene.shown.lock().unwrap().ruling = said.clone();
    assert!(matches!(record.submit(&ready).await, Err(CommitteeError::Differs { field: "receipt", .. })));
    scene.shown.lock().unwrap().ruling = v1::Ruling { sid: Bytes::from_static(&[9; 32]), ..said };
    assert!(matches!(record.submit(&ready).await, Err(CommitteeError::Differs { field: "sid", .. })));
    let mut notes = scene.hall.notes.clone();
    notes.push(ready.note.clone());
    scene.show(&notes);
    let said = proto::ruling::ruling_to_wire(&tally::Ruling::Recorded, Some(ready.sid)).logged(3, &[]);
    scene.shown.lock().unwrap().ruling = said;
    assert_eq!(record.submit(&ready).await.unwrap(), committee::record::Sent::Recorded { index: 3 });
}

#[tokio::test]
async fn a_refusal_of_the_server_keeps_its_code_and_sentence() {
    let scene = Scene::honest().await;
    let mut record = scene.open().await.unwrap();
    let annul = scene.hall.desk().annul("c01".parse().unwrap(), "thử".parse().unwrap());
    let ready = draft::propose(record.replay(), &annul, &scene.hall.keys(&["k1", "k2"]), false).unwrap();
    let refused = tally::Ruling::Refused(tally::ruling::Refusal::WrongHead { head: Hash([1; 32]), seq: 0 });
    scene.shown.lock().unwrap().ruling = proto::ruling::ruling_to_wire(&refused, Some(ready.sid));
    let error = record.submit(&ready).await.unwrap_err();
    assert!(
        matches!(error, CommitteeError::Refused { code, words } if code == "R-WRONG-HEAD" && words == refused.say())
    );
}

#[tokio::test]
async fn nobody_at_the_address_is_a_matter_of_the_network() {
    let scene = Scene::honest().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nowhere = scene.ticket.clone().at(vec![free.into()]);
    let refused = Doors::open(&nowhere, None).await.err().unwrap();
    assert!(matches!(refused, CommitteeError::Dial(DialError::Unreachable { .. })), "{refused}");
}

#[tokio::test]
async fn whoever_answers_with_another_key_is_not_asked() {
    let scene = Scene::honest().await;
    let other = SigningKey::from_seed(&format!("{}/tally", hall::ORIGIN), KeyKind::Ed25519, &[9; 32]).unwrap();
    let forged = Ticket::new(scene.ticket.event, other.verifier().clone(), Vec::new()).unwrap();
    let refused = Doors::open(&forged.at(scene.ticket.addresses.clone()), None).await.err().unwrap();
    assert!(matches!(refused, CommitteeError::Dial(DialError::Impostor { .. })), "{refused}");
}

#[test]
fn a_home_with_a_manifest_needs_no_ticket_and_takes_none_of_another_event_or_server() {
    let folder = Hall::open().folder;
    let home = folder.home();
    let stated = home.ticket(None).unwrap();
    assert_eq!(&stated.tally, folder.devices[1].verifier());
    let placed = Ticket::new(stated.event, stated.tally.clone(), vec!["192.168.1.10:7440".parse().unwrap()]).unwrap();
    home.keep_ticket(&placed).unwrap();
    assert_eq!(home.ticket(None).unwrap(), placed, "what was used before is remembered");
    let other = Ticket::new(tlog::sha256(b"other"), stated.tally.clone(), Vec::new()).unwrap();
    assert!(matches!(home.ticket(Some(other)), Err(CommitteeError::Choice(_))));
    let key = SigningKey::from_seed(&format!("{}/tally", hall::ORIGIN), KeyKind::Ed25519, &[9; 32]).unwrap();
    let forged = Ticket::new(stated.event, key.verifier().clone(), Vec::new()).unwrap();
    assert!(matches!(home.ticket(Some(forged)), Err(CommitteeError::Choice(_))));
    std::fs::write(folder.home_path().join("ticket"), "kiemphieu://").unwrap();
    assert!(matches!(home.ticket(None), Err(CommitteeError::Choice(_))));
    let empty = committee::home::Home::at(folder.temp.path().join("empty"));
    assert!(matches!(empty.ticket(None), Err(CommitteeError::Input(_))));
}

#[test]
fn who_reads_for_a_home_is_somebody_the_log_knows_from_the_beginning() {
    let folder = Hall::founded().folder;
    let reader = folder.home().reader().unwrap().unwrap();
    assert!(reader.verifier().name().ends_with("/organiser/o1"), "{:?}", reader.verifier());
    assert!(committee::home::Home::at(folder.temp.path().join("empty")).reader().unwrap().is_none());
}
