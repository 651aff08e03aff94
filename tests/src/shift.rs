//! Tables at work while something else happens: each sends a batch at a steady pace over its own stream and measures how
//! long every acknowledgement takes. It refuses to know what else happens.

use crate::{
    client::{Chain, Signed},
    door::{Door, Trouble},
};
use proto::{
    Answer,
    v1::{SubmitStreamRequest, intake_service_client::IntakeServiceClient},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tally::ruling::Verdict;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;

/// Messages that a table has on their way at most; while there are so many it falls behind, and that is measured.
const IN_FLIGHT: usize = 64;

/// Tables that work until they are told to stop.
pub struct Shift {
    told: Arc<Mutex<Told>>,
    tables: Vec<JoinHandle<()>>,
}

/// What the tables were told, in the order of their batches.
#[derive(Default)]
struct Told {
    /// When a batch was due, and how long after that it was acknowledged.
    acknowledged: Vec<(Instant, Duration)>,
    /// Due and not acknowledged yet, of each table.
    waiting: Vec<VecDeque<Instant>>,
    trouble: Vec<String>,
}

/// Acknowledgements of a time.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledgements {
    /// How many.
    pub count: usize,
    /// The median.
    pub p50: Duration,
    /// All but one in a hundred took no longer.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Shift {
    /// Each of these doors is a table's, which sends its chain, a batch every `pace`.
    #[must_use]
    pub fn begin(tables: Vec<(Door, Chain)>, pace: Duration) -> Self {
        let told = Arc::new(Mutex::new(Told { waiting: vec![VecDeque::new(); tables.len()], ..Told::default() }));
        let work = |(number, (door, chain))| {
            let told = Arc::clone(&told);
            tokio::spawn(async move {
                if let Err(trouble) = work(number, &door, chain, pace, &told).await {
                    told.lock().expect("no panic").trouble.push(format!("table {number}: {trouble}"));
                }
            })
        };
        let tables = tables.into_iter().enumerate().map(work).collect();
        Self { told, tables }
    }

    /// Acknowledgements of what was due since then; what is not acknowledged yet counts as if it were now.
    ///
    /// # Panics
    /// A table had trouble: an honest one is never cut.
    #[must_use]
    pub fn since(&self, since: Instant) -> Acknowledgements {
        let told = self.told.lock().expect("no panic");
        assert!(told.trouble.is_empty(), "{:?}", told.trouble);
        let done = told.acknowledged.iter().filter(|(due, _)| *due >= since).map(|(_, took)| *took);
        let waiting = told.waiting.iter().flatten().filter(|due| **due >= since).map(Instant::elapsed);
        let mut took: Vec<Duration> = done.chain(waiting).collect();
        took.sort_unstable();
        let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or_default();
        Acknowledgements {
            count: took.len(),
            p50: at(50),
            p99: at(99),
            longest: at(100).max(took.last().copied().unwrap_or_default()),
        }
    }

    /// The tables go home.
    pub fn end(self) {
        self.tables.iter().for_each(JoinHandle::abort);
    }
}

async fn work(number: usize, door: &Door, chain: Chain, pace: Duration, told: &Mutex<Told>) -> Result<(), Trouble> {
    let mut intake = IntakeServiceClient::new(door.connect().await?);
    let (out, messages) = tokio::sync::mpsc::channel(IN_FLIGHT);
    let mut answers = intake.submit_stream(ReceiverStream::new(messages)).await?.into_inner();
    let event = door.event.to_string();
    let notes = Arc::new(chain.notes);
    let sending = async {
        let mut clock = tokio::time::interval(pace);
        // Tables do not wait for each other.
        clock.reset_after(pace * u32::try_from(number % 16).expect("small") / 16);
        for note in notes.iter() {
            let due = clock.tick().await.into_std();
            told.lock().expect("no panic").waiting[number].push_back(due);
            let message =
                SubmitStreamRequest { event: event.clone(), notes: vec![note.bytes.clone()], ..Default::default() };
            if out.send(message).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    let reading = async {
        for note in notes.iter() {
            let ended = || tonic::Status::unavailable("the server ended the stream");
            let answer = answers.message().await?.ok_or_else(ended)?;
            check(door, note, answer)?;
            let mut told = told.lock().expect("no panic");
            let due = told.waiting[number].pop_front().expect("an answer to a batch");
            told.acknowledged.push((due, due.elapsed()));
        }
        Ok(())
    };
    tokio::select! {
        () = sending => Ok(()),
        done = reading => done,
    }
}

/// Believes an acknowledgement as far as it is proved.
fn check(door: &Door, note: &Signed, answer: proto::v1::SubmitStreamResponse) -> Result<(), Trouble> {
    let head = door.open(&answer.checkpoint)?;
    let [ruling] =
        <[_; 1]>::try_from(answer.rulings).map_err(|all| Trouble::Unproved(format!("{} rulings", all.len())))?;
    let answer = Answer::try_from(ruling).map_err(|e| Trouble::Unproved(e.to_string()))?;
    let (Verdict::Live, Some(index)) = (answer.verdict, answer.index) else {
        return Err(Trouble::Refused(format!("{} {}", answer.code, answer.en)));
    };
    let proved = tlog::verify_inclusion(&note.leaf, index, head.size, &answer.proof, &head.root);
    proved.map_err(|e| Trouble::Unproved(e.to_string()))
}
