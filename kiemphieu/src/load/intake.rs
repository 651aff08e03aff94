//! The tables of the load: each has its own connection, keeps a few messages on their way, and verifies every receipt.

use super::forge::{Event, Expected, Signed, Table};
use crate::exit::{Exit, Failure};
use bytes::Bytes;
use door::Ticket;
use proto::v1::{
    Ruling, SubmitStreamRequest, SubmitStreamResponse, Verdict, intake_service_client::IntakeServiceClient,
};
use std::{collections::VecDeque, sync::Arc, time::Instant};
use tlog::{Checkpoint, Hash, Note, VerifierKey};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::transport::Channel;

/// Notes a table has on their way: two groups of the server, so that one fills while the other commits.
const NOTES_IN_FLIGHT_MAX: usize = 128;

/// What all tables together have seen.
#[derive(Default)]
pub(super) struct Taken {
    /// Good batches with a verified receipt.
    pub(super) accepted: u64,
    /// Bad notes that came back as they should.
    pub(super) caught: usize,
    /// From sending a message to its answer, each.
    pub(super) milliseconds: Vec<f64>,
}

/// Sends everything and verifies everything.
pub(super) async fn all(
    event: &Event,
    tables: Vec<Table>,
    ticket: &Ticket,
    per_message: usize,
) -> Result<Taken, Failure> {
    let mut sending = tokio::task::JoinSet::new();
    for (nth, table) in tables.into_iter().enumerate() {
        // One after the other, as tables come: a server takes few handshakes at a time from one address.
        let channel = door::dial(ticket, Some(event.station(nth))).await;
        let channel = channel.map_err(|e| Failure::new(Exit::Network, e))?;
        let sender = Sender::new(event, per_message);
        sending.spawn(async move { sender.send(table, channel).await });
    }
    let mut all = Taken::default();
    while let Some(done) = sending.join_next().await {
        let taken = done.map_err(|e| Failure::new(Exit::Trouble, e))??;
        all.accepted += taken.accepted;
        all.caught += taken.caught;
        all.milliseconds.extend(taken.milliseconds);
    }
    Ok(all)
}

/// What a table needs to know to send and to verify.
pub(super) struct Sender {
    pub(super) event: String,
    log: VerifierKey,
    per_message: usize,
}

impl Sender {
    pub(super) fn new(event: &Event, per_message: usize) -> Self {
        Self { event: event.sid().to_string(), log: event.log_key().clone(), per_message }
    }

    async fn send(&self, table: Table, channel: Channel) -> Result<Taken, Failure> {
        let failed = |e: &dyn std::fmt::Display| Failure::new(Exit::Network, e);
        let mut intake = IntakeServiceClient::new(channel);
        let (out, messages) = mpsc::channel(NOTES_IN_FLIGHT_MAX);
        let (sent, mut waiting) = mpsc::channel::<(Vec<Signed>, Instant)>(NOTES_IN_FLIGHT_MAX);
        let window = Arc::new(Semaphore::new((NOTES_IN_FLIGHT_MAX / self.per_message).max(2)));
        let (event, per_message, open) = (self.event.clone(), self.per_message, Arc::clone(&window));
        tokio::spawn(async move {
            for notes in table.notes.chunks(per_message) {
                let Ok(place) = open.acquire().await else { return };
                place.forget();
                let bytes: Vec<Bytes> = notes.iter().map(|n| n.bytes.clone()).collect();
                let message =
                    SubmitStreamRequest { event: event.clone(), notes: bytes, ..SubmitStreamRequest::default() };
                if sent.send((notes.to_vec(), Instant::now())).await.is_err() || out.send(message).await.is_err() {
                    return;
                }
            }
        });
        let answers = intake.submit_stream(ReceiverStream::new(messages)).await;
        let mut answers = answers.map_err(|s| failed(&s.message()))?.into_inner();
        let mut taken = Taken::default();
        let mut heads = Heads::default();
        while let Some((notes, since)) = waiting.recv().await {
            let answer = answers.next().await.ok_or_else(|| failed(&"the server closed the stream"))?;
            let answer = answer.map_err(|s| failed(&s.message()))?;
            taken.milliseconds.push(since.elapsed().as_secs_f64() * 1e3);
            window.add_permits(1);
            self.check(&notes, &answer, &mut heads, &mut taken)?;
        }
        Ok(taken)
    }

    pub(super) fn check(
        &self,
        notes: &[Signed],
        answer: &SubmitStreamResponse,
        heads: &mut Heads,
        taken: &mut Taken,
    ) -> Result<(), Failure> {
        if answer.rulings.len() != notes.len() {
            return Err(Failure::new(Exit::Differs, "not every note was answered"));
        }
        let head = heads.open(&answer.checkpoint, &self.log)?;
        for (note, ruling) in notes.iter().zip(&answer.rulings) {
            let verdict = ruling.verdict();
            if matches!(verdict, Verdict::Live | Verdict::SetAside | Verdict::Repeated) {
                verify(note, ruling, &head)?;
            }
            match (note.expected, verdict) {
                (Expected::Counted, Verdict::Live) => taken.accepted += 1,
                (Expected::SetAside, Verdict::SetAside) | (Expected::Refused, Verdict::Refused) => taken.caught += 1,
                (expected, _) => {
                    let sentence = format!("expected {expected:?}, got {} {}", ruling.code, ruling.sentence_en);
                    return Err(Failure::new(Exit::Differs, sentence));
                }
            }
        }
        Ok(())
    }
}

/// The receipt: this very note stands in the log that the checkpoint signs.
fn verify(note: &Signed, ruling: &Ruling, head: &Checkpoint) -> Result<(), Failure> {
    let broken = |why: &str| Failure::new(Exit::Differs, format!("a receipt does not verify: {why}"));
    let index = ruling.index.ok_or_else(|| broken("no entry named"))?;
    let proof: Option<Vec<Hash>> = ruling.proof.iter().map(|h| <[u8; 32]>::try_from(&h[..]).ok().map(Hash)).collect();
    let proof = proof.ok_or_else(|| broken("a hash has not 32 bytes"))?;
    let leaf = tlog::leaf_hash(&note.bytes);
    tlog::verify_inclusion(&leaf, index, head.size, &proof, &head.root).map_err(|e| broken(&e.to_string()))
}

/// Checkpoints whose signature was verified; the answers of one group carry the same one.
#[derive(Default)]
pub(super) struct Heads {
    known: VecDeque<(Bytes, Checkpoint)>,
}

impl Heads {
    fn open(&mut self, bytes: &Bytes, log: &VerifierKey) -> Result<Checkpoint, Failure> {
        if let Some((_, head)) = self.known.iter().find(|(b, _)| b == bytes) {
            return Ok(head.clone());
        }
        let differs =
            |e: &dyn std::fmt::Display| Failure::new(Exit::Differs, format!("a checkpoint does not verify: {e}"));
        let note = Note::parse(bytes).map_err(|e| differs(&e))?;
        let head = Checkpoint::open(&note, log).map_err(|e| differs(&e))?;
        self.known.push_front((bytes.clone(), head.clone()));
        self.known.truncate(4);
        Ok(head)
    }
}
