//! A sender inside the test: it signs chains as tables do, hands them in over gRPC, never signs a note twice, and keeps
//! every acknowledgement whose proof it has verified. It refuses to know what the server keeps.

use crate::{
    door::{Door, Trouble},
    hall::Hall,
};
use bytes::Bytes;
use proto::{
    Answer,
    v1::{self, SubmitRequest, SubmitStreamRequest, intake_service_client::IntakeServiceClient},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tally::{
    BundleId, ContestId, Figures, Marks, Papers, Sid, Statement, StationId, Votes, ruling::Verdict, statement::Batch,
};
use tlog::{Hash, Note, SigningKey};
use tokio_stream::wrappers::ReceiverStream;

/// Messages a sender has on their way over a stream.
const IN_FLIGHT: usize = 2;
/// Papers in every bundle of a [`Chain`].
pub const PAPERS: u32 = 5;

/// A signed batch of a chain.
pub struct Signed {
    /// The exact bytes.
    pub bytes: Bytes,
    /// The identity of what it says.
    pub sid: Sid,
    /// The leaf it becomes.
    pub leaf: Hash,
    /// What was counted.
    pub contest: ContestId,
    /// And which bundle of it.
    pub bundle: BundleId,
    /// To what end.
    pub figures: Figures,
}

/// An acknowledgement whose proof was verified.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged {
    /// The entry.
    pub index: u64,
    /// The size of the log whose root was signed.
    pub size: u64,
}

/// What one table has signed, in order, and what it was told.
pub struct Chain {
    key: Arc<SigningKey>,
    /// Its notes.
    pub notes: Vec<Signed>,
    /// The answers to the first of them.
    pub acknowledged: Vec<Acknowledged>,
    /// Notes the server had already when they came.
    pub repeated: usize,
}

/// How notes travel.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// One call for each message.
    Calls,
    /// One stream, two messages on their way.
    Stream,
}

/// What bundle number `n` adds up to: in the sum candidates 01, 02 and 03 have more than half, in this order.
#[must_use]
pub fn figures(n: usize) -> Figures {
    let votes = [[5, 4, 3, 2], [5, 5, 2, 2], [4, 4, 4, 2]][n % 3].map(Votes).into();
    let left = vec![(2, Papers(1)), (3, Papers(PAPERS - 1))];
    Figures { ballots: Papers(PAPERS), valid: Papers(PAPERS), invalid: Vec::new(), marks: Marks::Names { left, votes } }
}

/// The id of bundle number `n`.
#[must_use]
pub fn bundle(n: usize) -> String {
    format!("b{n:04}")
}

/// So many bundles for [`Hall::prepare`], which any table may count.
#[must_use]
pub fn bundles(count: usize) -> Vec<(String, u32, String)> {
    (0..count).map(|n| (bundle(n), PAPERS, String::new())).collect()
}

impl Chain {
    /// Signs the whole chain of a table of the hall: one batch for each (contest, number of the bundle).
    ///
    /// # Panics
    /// The hall has no such table.
    #[must_use]
    pub fn sign(hall: &Hall, station: &str, work: &[(&str, usize)]) -> Self {
        let key = keyfile::open(&hall.at(station).join("station.key")).expect("the table has its key");
        let (event, station): (Sid, StationId) = (hall.event.parse().expect("a sid"), station.parse().expect("an id"));
        let mut notes: Vec<Signed> = Vec::with_capacity(work.len());
        for (seq, (contest, number)) in (1..).zip(work) {
            let prev = notes.last().map_or(Sid::ZERO, |last| last.sid);
            let contest: ContestId = contest.parse().expect("an id");
            notes.push(sign(&key, event, station, seq, prev, contest, *number));
        }
        Self { key: Arc::new(key), notes, acknowledged: Vec::new(), repeated: 0 }
    }

    /// Whether every note is acknowledged.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.acknowledged.len() == self.notes.len()
    }

    /// Sends what is not acknowledged over a new connection of the table, so many notes a message and a message every `pace`, until
    /// all is acknowledged or trouble comes.
    ///
    /// # Errors
    /// The first trouble.
    pub async fn send(&mut self, door: &Door, way: Way, per_message: usize, pace: Duration) -> Result<(), Trouble> {
        let mut intake = IntakeServiceClient::new(door.with_key(Some(Arc::clone(&self.key))).connect().await?);
        let mut clock = tokio::time::interval(pace.max(Duration::from_micros(1)));
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let event = door.event.to_string();
        match way {
            Way::Calls => {
                while !self.is_done() {
                    clock.tick().await;
                    let (from, notes) = self.message(self.acknowledged.len(), per_message);
                    let request = SubmitRequest { event: event.clone(), notes, ..SubmitRequest::default() };
                    let answer = intake.submit(request).await?.into_inner();
                    self.take(door, from, answer.rulings, &answer.checkpoint)?;
                }
            }
            Way::Stream => {
                let (out, messages) = tokio::sync::mpsc::channel(IN_FLIGHT);
                let mut next = self.acknowledged.len();
                let mut away = std::collections::VecDeque::new();
                let mut answers = intake.submit_stream(ReceiverStream::new(messages)).await?.into_inner();
                while !self.is_done() {
                    while away.len() < IN_FLIGHT && next < self.notes.len() {
                        clock.tick().await;
                        let (from, notes) = self.message(next, per_message);
                        next += notes.len();
                        away.push_back(from);
                        let message =
                            SubmitStreamRequest { event: event.clone(), notes, ..SubmitStreamRequest::default() };
                        if out.send(message).await.is_err() {
                            break;
                        }
                    }
                    let ended = || tonic::Status::unavailable("the server ended the stream");
                    let answer = answers.message().await?.ok_or_else(ended)?;
                    let from = away.pop_front().ok_or_else(|| Trouble::Unproved("an answer to nothing".into()))?;
                    self.take(door, from, answer.rulings, &answer.checkpoint)?;
                }
            }
        }
        Ok(())
    }

    fn message(&self, from: usize, per_message: usize) -> (usize, Vec<Bytes>) {
        (from, self.notes[from..].iter().take(per_message).map(|n| n.bytes.clone()).collect())
    }

    /// Believes an answer only as far as it is proved.
    fn take(&mut self, door: &Door, from: usize, rulings: Vec<v1::Ruling>, checkpoint: &[u8]) -> Result<(), Trouble> {
        let head = door.open(checkpoint)?;
        for (place, ruling) in (from..).zip(rulings) {
            let answer = Answer::try_from(ruling).map_err(|e| Trouble::Unproved(e.to_string()))?;
            let (Verdict::Live | Verdict::Repeated, Some(index)) = (answer.verdict, answer.index) else {
                return Err(Trouble::Refused(format!("{} {}", answer.code, answer.en)));
            };
            let proved = tlog::verify_inclusion(&self.notes[place].leaf, index, head.size, &answer.proof, &head.root);
            proved.map_err(|e| Trouble::Unproved(e.to_string()))?;
            self.repeated += usize::from(answer.verdict == Verdict::Repeated);
            assert_eq!(place, self.acknowledged.len(), "answers come in order");
            self.acknowledged.push(Acknowledged { index, size: head.size });
        }
        Ok(())
    }
}

fn sign(
    key: &SigningKey,
    election: Sid,
    station: StationId,
    seq: u64,
    prev: Sid,
    contest: ContestId,
    number: usize,
) -> Signed {
    let (bundle, figures): (BundleId, _) = (bundle(number).parse().expect("an id"), figures(number));
    let batch = Batch {
        election,
        station,
        seq,
        prev,
        contest,
        bundle,
        counters: Vec::new(),
        passes: 1,
        figures: figures.clone(),
        serials: None,
        time: 1_593_000_000 + seq,
    };
    let note = key.sign_text(&Statement::Batch(Box::new(batch)).text());
    Signed {
        bytes: Bytes::copy_from_slice(note.as_bytes()),
        sid: note.sid(),
        leaf: note.leaf(),
        contest,
        bundle,
        figures,
    }
}

/// Acknowledged batches that do not stand where their proof says; and batches that stand twice.
#[must_use]
pub fn lost_and_doubled<'c>(chains: impl IntoIterator<Item = &'c Chain>, entries: &[Bytes]) -> (usize, usize) {
    let lost = chains.into_iter().flat_map(|c| c.acknowledged.iter().zip(&c.notes)).filter(|(told, note)| {
        let there = usize::try_from(told.index).ok().and_then(|at| entries.get(at));
        there != Some(&note.bytes)
    });
    let distinct: BTreeSet<Sid> = entries.iter().filter_map(|e| Note::parse(e).ok()).map(|n| n.sid()).collect();
    (lost.count(), entries.len() - distinct.len())
}
