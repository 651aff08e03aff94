//! The door of the tables and the board: notes come in, rulings go out. Signatures are verified here, on every core;
//! the rules are the sequencer's.

use crate::{
    event::{Event, Events, stopping},
    metrics::Metrics,
    sequencer::{Halted, Ruled, Submitted},
};
use bytes::Bytes;
use proto::{
    NOTES_PER_MESSAGE_MAX,
    entry::hash_to_wire,
    ruling::ruling_to_wire,
    v1::{
        self, CheckStatementRequest, CheckStatementResponse, GetHeadRequest, GetHeadResponse, SubmitRequest,
        SubmitResponse, SubmitStreamRequest, SubmitStreamResponse, get_head_request::Subject,
        intake_service_server::IntakeService,
    },
};
use std::sync::Arc;
use tally::{Ruling, Sid, Statement, ruling::Refusal, signed::SignedStatement, statement::Link};
use tlog::{Checkpoint, Note};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

/// Messages of one stream on their way at a time: enough to keep a table busy while a group commits.
const MESSAGES_IN_FLIGHT_MAX: usize = 8;

/// The door.
pub(crate) struct Intake {
    /// Where the notes go.
    pub(crate) events: Events,
    /// What the operator watches.
    pub(crate) metrics: Arc<Metrics>,
}

type Receipts = oneshot::Receiver<Result<Submitted, Halted>>;

#[tonic::async_trait]
impl IntakeService for Intake {
    async fn submit(&self, request: Request<SubmitRequest>) -> Result<Response<SubmitResponse>, Status> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        check_last_seen(event, &request.last_seen_checkpoint).await?;
        let (receipts, echo) = hand_in(event, &request.notes, request.echo).await?;
        let (rulings, checkpoint) = answer(receipts, echo).await?;
        Ok(Response::new(SubmitResponse { rulings, checkpoint }))
    }

    type SubmitStreamStream = ReceiverStream<Result<SubmitStreamResponse, Status>>;

    async fn submit_stream(
        &self,
        request: Request<Streaming<SubmitStreamRequest>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        let mut messages = request.into_inner();
        let (pending, mut answers) =
            mpsc::channel::<Result<(Receipts, Option<Vec<Statement>>), Status>>(MESSAGES_IN_FLIGHT_MAX);
        let (out, stream) = mpsc::channel(MESSAGES_IN_FLIGHT_MAX);
        let events = self.events.clone();
        let metrics = Arc::clone(&self.metrics);
        tokio::spawn(async move {
            metrics.streams().inc();
            let mut first = true;
            // What was sent and not read yet when the server ends is not acknowledged: the table sends it again.
            while let Some(message) = tokio::select! {
                message = messages.next() => message,
                () = events.closing() => None,
            } {
                let handed = match message {
                    Ok(message) => take(&events, &message, std::mem::take(&mut first)).await,
                    Err(status) => Err(status),
                };
                let failed = handed.is_err();
                if pending.send(handed).await.is_err() || failed {
                    break;
                }
            }
            metrics.streams().dec();
        });
        tokio::spawn(async move {
            while let Some(handed) = answers.recv().await {
                let answered = match handed {
                    Ok((receipts, echo)) => answer(receipts, echo).await,
                    Err(status) => Err(status),
                };
                let message = answered.map(|(rulings, checkpoint)| SubmitStreamResponse { rulings, checkpoint });
                let failed = message.is_err();
                if out.send(message).await.is_err() || failed {
                    break;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn check_statement(
        &self,
        request: Request<CheckStatementRequest>,
    ) -> Result<Response<CheckStatementResponse>, Status> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let typed = request.statement.ok_or_else(|| Status::invalid_argument("statement: missing"))?;
        let statement = Statement::try_from(typed).map_err(|e| Status::invalid_argument(e.to_string()))?;
        let text = statement.text();
        let sid = statement.sid();
        let ruling = event.look(move |desk| would_rule(desk, statement)).await?;
        let ruling = ruling_to_wire(&ruling, Some(sid));
        Ok(Response::new(CheckStatementResponse { text, sid: hash_to_wire(&sid), ruling: Some(ruling) }))
    }

    async fn get_head(&self, request: Request<GetHeadRequest>) -> Result<Response<GetHeadResponse>, Status> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let subject = request.subject.ok_or_else(|| Status::invalid_argument("subject: missing"))?;
        let (seq, head) = head(event, subject).await?;
        let published = event.published();
        Ok(Response::new(GetHeadResponse {
            seq,
            head: hash_to_wire(&head),
            size: published.size,
            checkpoint: published.checkpoint.clone(),
        }))
    }
}

async fn head(event: &Event, subject: Subject) -> Result<(u64, Sid), Status> {
    let bad = |e: tally::id::IdError| Status::invalid_argument(e.to_string());
    match subject {
        Subject::Election(_) => Ok((0, event.look(|desk| desk.replay.count.election_head()).await?)),
        Subject::Contest(id) => {
            let id = id.parse().map_err(bad)?;
            Ok((0, event.look(move |desk| desk.replay.count.contest_head(id)).await?))
        }
        Subject::Station(id) => {
            let station = id.parse().map_err(bad)?;
            let head = event.look(move |desk| desk.replay.count.station_head(station)).await?;
            // Not "not found": that is said of an event which this server does not have.
            head.ok_or_else(|| Status::failed_precondition(format!("there is no table {id} in this event")))
        }
    }
}

/// One message of a stream: checked, opened and handed to the sequencer.
async fn take(
    events: &Events,
    message: &SubmitStreamRequest,
    first: bool,
) -> Result<(Receipts, Option<Vec<Statement>>), Status> {
    let event = events.named(&message.event)?;
    if first {
        check_last_seen(event, &message.last_seen_checkpoint).await?;
    }
    hand_in(event, &message.notes, message.echo).await
}

/// A sender that has seen more of this log than the server has is right to stop: the server was restored or is another.
async fn check_last_seen(event: &Event, checkpoint: &Bytes) -> Result<(), Status> {
    if checkpoint.is_empty() {
        return Ok(());
    }
    let note = Note::parse(checkpoint).map_err(|e| Status::invalid_argument(e.to_string()))?;
    let seen = event
        .look(move |desk| {
            let log = &desk.replay.count.manifest()?.log;
            let seen = Checkpoint::open(&note, log).ok()?;
            Some((desk.replay.tree.root_at(seen.size) == Some(seen.root), seen.size, desk.replay.tree.size()))
        })
        .await?;
    match seen {
        None => Err(Status::invalid_argument("last_seen_checkpoint is no checkpoint of this event's log")),
        Some((true, ..)) => Ok(()),
        Some((false, seen, size)) => Err(Status::failed_precondition(format!(
            "this server has {size} entries and does not hold the log that you saw with {seen}: \
             it was restored from an old copy, or is not the server of this event"
        ))),
    }
}

/// Opens the notes with the keys known now and hands them to the sequencer.
async fn hand_in(event: &Event, notes: &[Bytes], echo: bool) -> Result<(Receipts, Option<Vec<Statement>>), Status> {
    if notes.len() > NOTES_PER_MESSAGE_MAX {
        let sentence = format!("{} notes in a message; at most {NOTES_PER_MESSAGE_MAX} are taken", notes.len());
        return Err(Status::invalid_argument(sentence));
    }
    let keys = event.published().keys.clone();
    let opened: Vec<Result<SignedStatement, Refusal>> =
        notes.iter().map(|note| SignedStatement::open(note, &keys)).collect();
    let echo = echo.then(|| opened.iter().filter_map(|o| o.as_ref().ok()).map(|s| s.statement.clone()).collect());
    Ok((event.submit(opened).await?, echo))
}

async fn answer(receipts: Receipts, echo: Option<Vec<Statement>>) -> Result<(Vec<v1::Ruling>, Bytes), Status> {
    let submitted = receipts.await.map_err(|_| stopping())?;
    let submitted = submitted.map_err(|Halted(why)| Status::resource_exhausted(why))?;
    let mut said = echo.into_iter().flatten();
    let rulings = submitted.rulings.iter().map(|ruled| ruling(ruled, &mut said)).collect();
    Ok((rulings, submitted.checkpoint))
}

fn ruling(ruled: &Ruled, said: &mut impl Iterator<Item = Statement>) -> v1::Ruling {
    let mut wire = ruling_to_wire(&ruled.ruling, ruled.sid);
    if let Some((index, proof)) = &ruled.entry {
        wire = wire.logged(*index, proof);
    }
    // A note that could not be opened said nothing; the others were echoed in order.
    if ruled.sid.is_some()
        && let Some(statement) = said.next()
    {
        wire = wire.echoing(&statement);
    }
    wire
}

/// The ruling on a statement as if everybody entitled had signed it.
fn would_rule(desk: &mut crate::sequencer::Desk, statement: Statement) -> Ruling {
    let count = &desk.replay.count;
    let signers: Vec<Box<str>> = match statement.link() {
        Link::Station { station, .. } => {
            let role = tally::count::Role::Station(station);
            count.keys().holders().filter(|h| h.role == role).map(|h| h.key.name().into()).collect()
        }
        Link::Desk { contest: None, .. } => {
            count.keys().in_force(tally::count::Role::Organiser).map(|k| k.name().into()).collect()
        }
        Link::Desk { contest: Some(id), .. } => {
            let board = match &statement {
                Statement::Contest(c) => Some(c.board),
                _ => count.contest(id).map(|c| c.statement().board),
            };
            let keys = board.and_then(|b| count.board(b)).map(|b| b.keys.clone()).unwrap_or_default();
            keys.iter().map(|k| k.name().into()).collect()
        }
        Link::None => Vec::new(),
    };
    // Nothing is signed here: the note only carries the text, and nobody keeps it.
    let note = desk.tally.sign_text(&statement.text());
    let s = SignedStatement { sid: note.sid(), leaf: note.leaf(), note, statement, signers };
    desk.replay.rule(&s)
}
