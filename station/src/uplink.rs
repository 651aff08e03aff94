//! Notes on their way to the server: in order, a few messages in flight, again and again until each has its verified
//! answer or time is up. Sending twice is safe, so every doubt is answered by sending again. It refuses to know whose
//! notes they are and where answers are kept.

use crate::{
    error::StationError,
    link::{Head, Link, Way, ask, bad},
    outbox::Parcel,
    patience::{self, Patience, Progress},
    receipt::Received,
};
use proto::{
    Answer, NOTES_PER_MESSAGE_MAX,
    v1::{self, get_head_request::Subject},
};
use std::{collections::VecDeque, ops::Range, time::Duration};
use tally::{
    Sid, StationId,
    ruling::{BundleState, Verdict},
};
use tlog::{Note, Receipt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Messages on their way at once: the server fills its next group while this table verifies the last answer.
const IN_FLIGHT_MAX: usize = 4;
/// One message of 64 notes is on the server's disk long before; a line that is silent for so long is down.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// What this table knows of its own chain, to compare with the server.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// The sid of every statement, in order.
    pub sids: Vec<Sid>,
    /// The last number with a receipt, 0 if there is none.
    pub receipted: u64,
}

/// Notes of one table to be sent, and what is known before.
pub struct Sending<'a> {
    /// The table.
    pub station: StationId,
    /// Its whole chain, when it is known here; `None` for notes that came on a stick.
    pub chain: Option<Chain>,
    /// The notes in order.
    pub parcels: Vec<Parcel>,
    /// The newest checkpoint seen.
    pub seen: Option<Note>,
    /// Keeps the verified answers of one message, durably.
    pub keep: &'a mut dyn FnMut(&[Received]) -> Result<(), StationError>,
}

/// What became of the notes of one sending.
#[derive(Debug, Default)]
pub struct Delivered {
    /// Notes with a receipt.
    pub receipts: usize,
    /// Of those, the ones the server had already.
    pub repeated: usize,
    /// Those that stand in the log and never count.
    pub set_aside: Vec<Received>,
    /// Those whose bundle somebody has to look at.
    pub conflicts: Vec<Received>,
}

/// Sends notes until each is answered.
///
/// # Errors
/// Everything that stops a table: see [`StationError`]; [`StationError::GaveUp`] with what is left when time is up.
pub async fn send(
    way: &Way,
    sending: &mut Sending<'_>,
    patience: Patience,
    progress: &dyn Fn(Progress),
) -> Result<Delivered, StationError> {
    let mut delivered = Delivered::default();
    let mut waits = patience::waits();
    loop {
        let before = delivered.receipts;
        // Cut off anywhere, it leaves only answers that were kept and counted: both happen without a pause between.
        match patience.at_most(attempt(way, sending, &mut delivered, progress)).await {
            Ok(()) => return Ok(delivered),
            Err(trouble) => {
                if delivered.receipts > before {
                    waits = patience::waits();
                }
                let left = sending.parcels.len().saturating_sub(delivered.receipts);
                patience.wait(&mut waits, trouble, left, progress).await?;
            }
        }
    }
}

/// Compares the two ends of a table's chain without sending anything.
///
/// # Errors
/// The server is ahead, behind or forked; the line is down.
pub async fn heads(link: &mut Link, station: StationId, chain: &Chain) -> Result<Head, StationError> {
    let head = link.head(Subject::Station(station.to_string())).await?;
    check_chain(&head, chain)?;
    Ok(head)
}

/// Whether the server's end of the chain is a beginning of ours, and not behind our receipts.
pub(crate) fn check_chain(head: &Head, chain: &Chain) -> Result<(), StationError> {
    let place = usize::try_from(head.seq).ok();
    let ours = match place.and_then(|place| place.checked_sub(1)) {
        None => Some(Sid::ZERO),
        Some(last) => chain.sids.get(last).copied(),
    };
    if ours != Some(head.sid) {
        return Err(StationError::ServerAhead { server: head.seq, own: chain.sids.len() as u64 });
    }
    if head.seq < chain.receipted {
        return Err(StationError::ServerBehind { server: head.seq, seen: chain.receipted });
    }
    Ok(())
}

/// One connection, from greeting to the last answer or the first trouble.
async fn attempt(
    way: &Way,
    sending: &mut Sending<'_>,
    delivered: &mut Delivered,
    progress: &dyn Fn(Progress),
) -> Result<(), StationError> {
    let mut link = Link::open(way, sending.seen.as_ref()).await?;
    match &sending.chain {
        Some(chain) => {
            let found = heads(&mut link, sending.station, chain).await;
            if let Err(StationError::ServerAhead { server, .. }) = &found {
                show_other(way, &link, &sending.parcels, *server).await;
            }
            found?;
        }
        // Whoever carries notes of others knows nothing of their chain, and may not ask; the log must go on all the same.
        None => drop(link.head(Subject::Election(true)).await?),
    }
    sending.seen = link.seen().cloned();
    let of = sending.parcels.len();
    if delivered.receipts == of {
        return Ok(());
    }
    let (outgoing, requests) = mpsc::channel(IN_FLIGHT_MAX);
    let mut flight = Flight { next: delivered.receipts, of, away: VecDeque::new(), outgoing };
    flight.fill(way, &link, &sending.parcels)?;
    let mut answers = ask(link.intake().submit_stream(ReceiverStream::new(requests))).await?;
    while let Some(message) = flight.away.pop_front() {
        let answer = tokio::time::timeout(SILENCE_MAX, answers.message()).await;
        let answer = answer.map_err(|_| StationError::Unreachable("the server is silent".into()))??;
        let answer = answer.ok_or_else(|| StationError::Unreachable("the server ended the stream".into()))?;
        settle(&mut link, sending, message, answer, delivered).await?;
        progress(Progress::Delivered { done: delivered.receipts, of });
        flight.fill(way, &link, &sending.parcels)?;
    }
    Ok(())
}

/// A laptop that stops because its key is in use on another shows what it has signed under numbers that the server has: the
/// server keeps the first such text, and the committee reads of it. None of them can come in, since no text of ours follows
/// what is not ours; so whatever is answered changes nothing here, nor does a line that is down.
async fn show_other(way: &Way, link: &Link, parcels: &[Parcel], server: u64) {
    let taken = parcels.iter().filter(|parcel| parcel.seq <= server).take(NOTES_PER_MESSAGE_MAX);
    let request = v1::SubmitRequest {
        event: way.ticket.event.to_string(),
        notes: taken.map(|parcel| parcel.note.as_bytes().to_vec().into()).collect(),
        last_seen_checkpoint: link.seen().map(|note| note.as_bytes().to_vec().into()).unwrap_or_default(),
        echo: false,
    };
    if request.notes.is_empty() {
        return;
    }
    let mut intake = link.intake();
    let told = tokio::time::timeout(SILENCE_MAX, ask(intake.submit(request))).await;
    if !matches!(told, Ok(Ok(_))) {
        tracing::debug!("the server was not shown what this table has signed");
    }
}

/// Messages that are away and not answered.
struct Flight {
    /// The first note of the next message.
    next: usize,
    of: usize,
    /// Which notes are away, message by message.
    away: VecDeque<Range<usize>>,
    outgoing: mpsc::Sender<v1::SubmitStreamRequest>,
}

impl Flight {
    fn fill(&mut self, way: &Way, link: &Link, parcels: &[Parcel]) -> Result<(), StationError> {
        while self.away.len() < IN_FLIGHT_MAX && self.next < self.of {
            let message = self.next..self.next.saturating_add(NOTES_PER_MESSAGE_MAX).min(self.of);
            let notes = &parcels[message.clone()];
            let request = v1::SubmitStreamRequest {
                event: way.ticket.event.to_string(),
                notes: notes.iter().map(|parcel| parcel.note.as_bytes().to_vec().into()).collect(),
                last_seen_checkpoint: link.seen().map(|note| note.as_bytes().to_vec().into()).unwrap_or_default(),
                echo: false,
            };
            self.outgoing.try_send(request).map_err(|_| StationError::Unreachable("the stream ended".into()))?;
            self.next = message.end;
            self.away.push_back(message);
        }
        Ok(())
    }
}

/// One answer: everything in it is verified, then kept, then counted as delivered.
async fn settle(
    link: &mut Link,
    sending: &mut Sending<'_>,
    message: Range<usize>,
    answer: v1::SubmitStreamResponse,
    delivered: &mut Delivered,
) -> Result<(), StationError> {
    let parcels = &sending.parcels[message];
    if answer.rulings.len() != parcels.len() {
        return Err(bad(format!("{} rulings for {} notes", answer.rulings.len(), parcels.len())));
    }
    let answers = answer.rulings.into_iter().map(|ruling| Answer::try_from(ruling).map_err(bad));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    let mut received = Vec::with_capacity(parcels.len());
    let mut refused = None;
    if answers.iter().any(Answer::is_logged) {
        // Answers rest on one checkpoint; it must continue what was seen before any of them is believed.
        let (_, checkpoint) = link.agree(&answer.checkpoint).await?;
        sending.seen = link.seen().cloned();
        for (parcel, answer) in parcels.iter().zip(&answers).take_while(|(_, answer)| answer.is_logged()) {
            received.push(receive(parcel, answer, checkpoint.clone(), link)?);
        }
    }
    if let Some((parcel, answer)) = parcels.iter().zip(&answers).nth(received.len()) {
        refused = Some(refusal(parcel, answer)?);
    }
    (sending.keep)(&received)?;
    delivered.add(received);
    refused.map_or(Ok(()), Err)
}

fn receive(parcel: &Parcel, answer: &Answer, checkpoint: Note, link: &Link) -> Result<Received, StationError> {
    let index = answer.index.ok_or_else(|| bad("an entry without an index"))?;
    // The first answer of a note set aside may have been lost; whoever repeats it still has to hear of it.
    let is_set_aside = answer.verdict == Verdict::SetAside || !answer.faults.is_empty();
    let received = Received {
        seq: parcel.seq,
        verdict: if is_set_aside { Verdict::SetAside } else { answer.verdict },
        code: code(answer, is_set_aside),
        vi: answer.vi.clone(),
        en: answer.en.clone(),
        receipt: Receipt { index, proof: answer.proof.clone(), checkpoint },
    };
    received.verify(&parcel.note.leaf(), link.event().log())?;
    Ok(received)
}

/// What a person is told first: the fault, or the flag of a batch that counts all the same.
fn code(answer: &Answer, is_set_aside: bool) -> String {
    let flagged = answer.flags.first().filter(|_| answer.state.is_some_and(BundleState::lets_close));
    match (answer.faults.first(), flagged) {
        (Some(fault), _) if is_set_aside => fault.clone(),
        (_, Some(flag)) => flag.word().to_owned(),
        _ => answer.code.clone(),
    }
}

fn refusal(parcel: &Parcel, answer: &Answer) -> Result<StationError, StationError> {
    if answer.verdict != Verdict::Refused {
        return Err(bad(format!("{} is no answer to a table's statement", answer.verdict)));
    }
    let (code, vi, en) = (answer.code.clone(), answer.vi.clone(), answer.en.clone());
    Ok(StationError::Refused { seq: parcel.seq, code, vi, en, retry_helps: answer.retry_helps })
}

impl Delivered {
    fn add(&mut self, received: Vec<Received>) {
        self.receipts = self.receipts.saturating_add(received.len());
        for received in received {
            if received.verdict == Verdict::Repeated {
                self.repeated = self.repeated.saturating_add(1);
            }
            if received.is_set_aside() {
                self.set_aside.push(received);
            } else if received.is_conflict() {
                self.conflicts.push(received);
            }
        }
    }
}
