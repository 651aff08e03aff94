//! The door of the tables and the board: notes come in, rulings go out. Signatures are verified here, on every core;
//! the rules are the sequencer's.

use crate::{
    caller::{Caller, Signer},
    conduct::{Conduct, Fault, Who},
    desk::{Desk, Ruled, Submitted},
    draft::{CannotRefuse, NoToADraft},
    event::{Event, Events, stopping},
    guard,
    metrics::Metrics,
    outlet::{Answers, Outlet},
    sequencer::Halted,
};
use bytes::Bytes;
use proto::{
    NOTES_PER_MESSAGE_MAX,
    entry::{hash_from_wire, hash_to_wire},
    ruling::ruling_to_wire,
    v1::{
        self, CheckStatementRequest, CheckStatementResponse, GetHeadRequest, GetHeadResponse, RefuseDraftRequest,
        RefuseDraftResponse, SubmitRequest, SubmitResponse, SubmitStreamRequest, SubmitStreamResponse,
        get_head_request::Subject, intake_service_server::IntakeService,
    },
    wire_bytes,
};
use std::{sync::Arc, time::Instant};
use tally::{Ruling, Sid, Statement, ruling::Refusal, signed::SignedStatement, statement::Link, text::TextError};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt;
use tonic::{Code, Request, Response, Status, Streaming};

/// Messages of one stream on their way at a time: enough to keep a table busy while a group commits.
const MESSAGES_IN_FLIGHT_MAX: usize = 8;

/// The door.
pub(crate) struct Intake {
    /// Where the notes go.
    pub(crate) events: Events,
    /// What the operator watches.
    pub(crate) metrics: Arc<Metrics>,
    /// Whose notes are looked at.
    pub(crate) conduct: Arc<Conduct>,
}

type Receipts = oneshot::Receiver<Result<Submitted, Halted>>;

#[tonic::async_trait]
impl IntakeService for Intake {
    async fn submit(&self, request: Request<SubmitRequest>) -> Result<Response<SubmitResponse>, Status> {
        let event = self.events.named(&request.get_ref().event)?;
        Caller::of(&request, event).signer()?;
        let who = who(&request)?;
        let request = request.into_inner();
        guard::show(event, &request.last_seen_checkpoint).await?;
        let (receipts, echo) = hand_in(event, &self.conduct, who, &request.notes, request.echo).await?;
        let (rulings, checkpoint) = answer(receipts, echo).await?;
        Ok(Response::new(SubmitResponse { rulings, checkpoint }))
    }

    type SubmitStreamStream = Answers<SubmitStreamResponse>;

    async fn submit_stream(
        &self,
        request: Request<Streaming<SubmitStreamRequest>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        let (key, who) = (request.extensions().get::<door::Peer>().and_then(|peer| peer.key), who(&request)?);
        let mut messages = request.into_inner();
        let (pending, mut answers) =
            mpsc::channel::<Result<(Receipts, Option<Vec<Statement>>), Status>>(MESSAGES_IN_FLIGHT_MAX);
        let advice = "what was not acknowledged is to be sent again";
        let (out, stream) = Outlet::new(MESSAGES_IN_FLIGHT_MAX, advice, Arc::clone(&self.metrics));
        let (events, conduct) = (self.events.clone(), Arc::clone(&self.conduct));
        let metrics = Arc::clone(&self.metrics);
        tokio::spawn(async move {
            metrics.streams().inc();
            let mut first = true;
            // What was sent and not read yet when the server ends is not acknowledged: the table sends it again.
            while let Some(message) = tokio::select! {
                message = messages.next() => message,
                () = events.closing() => None,
                () = pending.closed() => None,
            } {
                let handed = match message {
                    Ok(message) => take(&events, &conduct, (key, who), &message, std::mem::take(&mut first)).await,
                    Err(status) => Err(status),
                };
                if handed.as_ref().is_err_and(|status| status.code() == Code::InvalidArgument) {
                    conduct.count(who, Fault::Request, Instant::now());
                }
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
                let message = match answered {
                    Ok((rulings, checkpoint)) => SubmitStreamResponse { rulings, checkpoint },
                    Err(status) => return out.end(status),
                };
                let bytes = wire_bytes(&message);
                if out.send(message, bytes).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(stream))
    }

    async fn check_statement(
        &self,
        request: Request<CheckStatementRequest>,
    ) -> Result<Response<CheckStatementResponse>, Status> {
        let event = self.events.named(&request.get_ref().event)?;
        let signer = Caller::of(&request, event).signer()?;
        let typed = request.into_inner().statement.ok_or_else(|| Status::invalid_argument("statement: missing"))?;
        let statement = Statement::try_from(typed).map_err(|e| Status::invalid_argument(e.to_string()))?;
        if let Signer::Table(own) = signer
            && !matches!(statement.link(), Link::Station { station, .. } if station == own)
        {
            return Err(Status::permission_denied(format!("table {own} may ask about its own statements only")));
        }
        let text = statement.text();
        let sid = statement.sid();
        let ruling = event.look(move |desk| would_rule(desk, statement)).await?;
        let ruling = ruling_to_wire(&ruling, Some(sid));
        Ok(Response::new(CheckStatementResponse { text, sid: hash_to_wire(&sid), ruling: Some(ruling) }))
    }

    async fn get_head(&self, request: Request<GetHeadRequest>) -> Result<Response<GetHeadResponse>, Status> {
        let event = self.events.named(&request.get_ref().event)?;
        let signer = Caller::of(&request, event).signer()?;
        let subject = request.into_inner().subject.ok_or_else(|| Status::invalid_argument("subject: missing"))?;
        // The sid of another table's batch could be guessed back into its figures.
        if let (Signer::Table(own), Subject::Station(asked)) = (signer, &subject)
            && own.to_string() != *asked
        {
            return Err(Status::permission_denied(format!("table {own} may ask about its own chain only")));
        }
        let Head { seq, head, stated_at, papers_at } = head(event, subject).await?;
        let published = event.published();
        Ok(Response::new(GetHeadResponse {
            seq,
            head: hash_to_wire(&head),
            size: published.size,
            checkpoint: published.checkpoint.clone(),
            stated_at,
            papers_at,
        }))
    }

    async fn refuse_draft(
        &self,
        request: Request<RefuseDraftRequest>,
    ) -> Result<Response<RefuseDraftResponse>, Status> {
        let event = self.events.named(&request.get_ref().event)?;
        let name = Caller::of(&request, event).desk()?.into();
        let request = request.get_ref();
        let bad = |field: &str, why: &dyn std::fmt::Display| Status::invalid_argument(format!("{field}: {why}"));
        let sid = hash_from_wire("sid", &request.sid).map_err(|e| bad("sid", &e))?;
        let reason = request.reason.parse().map_err(|e: TextError| bad("reason", &e))?;
        let no = NoToADraft { name, reason };
        let refuse = move |desk: &mut Desk| desk.drafts.refuse(sid, no, &desk.replay.count, Instant::now());
        let waits = event.look(refuse).await?.map_err(|why| match why {
            CannotRefuse::NotEntitled => Status::permission_denied(why.to_string()),
            _ => Status::failed_precondition(why.to_string()),
        })?;
        Ok(Response::new(RefuseDraftResponse { waits }))
    }
}

/// Where a chain stands.
struct Head {
    seq: u64,
    head: Sid,
    /// The entry that states the contest.
    stated_at: Option<u64>,
    /// The entry that states its papers.
    papers_at: Option<u64>,
}

async fn head(event: &Event, subject: Subject) -> Result<Head, Status> {
    let bad = |e: tally::id::IdError| Status::invalid_argument(e.to_string());
    match subject {
        Subject::Election(_) => {
            let head = event.look(|desk| desk.replay.count.election_head()).await?;
            Ok(Head { seq: 0, head, stated_at: None, papers_at: None })
        }
        Subject::Contest(id) => {
            let id = id.parse().map_err(bad)?;
            let contest = move |desk: &mut Desk| {
                let count = &desk.replay.count;
                let contest = count.contest(id);
                let (stated_at, papers_at) = (contest.map(|c| c.stated_at()), contest.and_then(|c| c.papers_at()));
                Head { seq: 0, head: count.contest_head(id), stated_at, papers_at }
            };
            event.look(contest).await
        }
        Subject::Station(id) => {
            let station = id.parse().map_err(bad)?;
            let head = event.look(move |desk| desk.replay.count.station_head(station)).await?;
            // Not "not found": that is said of an event which this server does not have.
            let none = || Status::failed_precondition(format!("there is no table {id} in this event"));
            let (seq, head) = head.ok_or_else(none)?;
            Ok(Head { seq, head, stated_at: None, papers_at: None })
        }
    }
}

/// One message of a stream: checked, opened and handed to the sequencer.
async fn take(
    events: &Events,
    conduct: &Conduct,
    (key, who): (Option<[u8; 32]>, Who),
    message: &SubmitStreamRequest,
    first: bool,
) -> Result<(Receipts, Option<Vec<Statement>>), Status> {
    let event = events.named(&message.event)?;
    // Judged with every message: the key may have been revoked since the stream began.
    Caller::with_key(key, event).signer()?;
    if first {
        guard::show(event, &message.last_seen_checkpoint).await?;
    }
    hand_in(event, conduct, who, &message.notes, message.echo).await
}

/// Whoever hands in, as the turnstile knows them.
fn who<T>(request: &Request<T>) -> Result<Who, Status> {
    request.extensions().get().copied().ok_or_else(|| Status::internal("a call that came through no turnstile"))
}

/// Opens the notes with the keys known now and hands them to the sequencer. Bad signatures have their rulings like every
/// other note; a party that goes on sending them is not listened to any more, and then nothing of the message is kept.
async fn hand_in(
    event: &Event,
    conduct: &Conduct,
    who: Who,
    notes: &[Bytes],
    echo: bool,
) -> Result<(Receipts, Option<Vec<Statement>>), Status> {
    if notes.len() > NOTES_PER_MESSAGE_MAX {
        let sentence = format!("{} notes in a message; at most {NOTES_PER_MESSAGE_MAX} are taken", notes.len());
        return Err(Status::invalid_argument(sentence));
    }
    let keys = event.published().keys.clone();
    conduct.check(who, Instant::now())?;
    let mut opened = Vec::with_capacity(notes.len());
    for note in notes {
        let note = SignedStatement::open(note, &keys);
        if let Err(Refusal::BadSignature { .. }) = &note {
            conduct.count(who, Fault::Signature, Instant::now());
            conduct.check(who, Instant::now())?;
        }
        opened.push(note);
    }
    let echo = echo.then(|| opened.iter().filter_map(|o| o.as_ref().ok()).map(|s| s.statement.clone()).collect());
    Ok((event.submit(opened).await?, echo))
}

async fn answer(receipts: Receipts, echo: Option<Vec<Statement>>) -> Result<(Vec<v1::Ruling>, Bytes), Status> {
    let submitted = receipts.await.map_err(|_| stopping())?;
    let submitted = submitted.map_err(halted)?;
    let mut said = echo.into_iter().flatten();
    let rulings = submitted.rulings.iter().map(|ruled| ruling(ruled, &mut said)).collect();
    Ok((rulings, submitted.checkpoint))
}

/// A table keeps its notes in every case; it tries again unless this server is the wrong one.
fn halted(why: Halted) -> Status {
    match why {
        Halted::NoRoom(why) => Status::resource_exhausted(why),
        Halted::NotReleased(why) => Status::unavailable(why),
        Halted::ForGood(why) => Status::failed_precondition(why),
    }
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
fn would_rule(desk: &mut Desk, statement: Statement) -> Ruling {
    let count = &desk.replay.count;
    let signers: Vec<Box<str>> = match statement.link() {
        Link::Station { station, .. } => {
            let role = tally::count::Role::Station(station);
            count.keys().holders().filter(|h| h.role == role).map(|h| h.key.name().into()).collect()
        }
        Link::Desk { .. } | Link::None => {
            count.authority(&statement).map_or_else(Vec::new, |a| a.keys.iter().map(|k| k.name().into()).collect())
        }
    };
    // Nothing is signed here: the note only carries the text, and nobody keeps it.
    let note = desk.tally.sign_text(&statement.text());
    let s = SignedStatement { sid: note.sid(), leaf: note.leaf(), note, statement, signers };
    desk.replay.rule(&s)
}
