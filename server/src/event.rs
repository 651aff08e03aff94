//! The events of a server as its doors see them: one sequencer each, found by the sid that every request names.

use crate::{
    caller::Caller,
    desk::{Command, Desk, Hands, Published, Submitted},
    error::ServerError,
    guard::Standing,
    home::EventHome,
    metrics::Metrics,
    sequencer::{Keeping, Sequencer},
    witness::{self, Head, Witness},
};
use proto::entry::event_from_wire;
use std::{collections::BTreeMap, sync::Arc, thread::JoinHandle};
use tally::{Sid, ruling::Refusal, signed::SignedStatement};
use tlog::SigningKey;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// All events of a server.
#[derive(Clone)]
pub(crate) struct Events {
    events: Arc<BTreeMap<Sid, Event>>,
    stop: CancellationToken,
}

/// One event, at the doors.
#[derive(Clone)]
pub(crate) struct Event {
    hands: Hands,
    stop: CancellationToken,
}

/// The thread of a sequencer; it ends when every door has let go of its event.
pub(crate) type Working = JoinHandle<Result<(), ServerError>>;

impl Events {
    /// Opens every event, asks the witnesses, and starts its sequencer: nothing is signed before they were asked. `stop` is cancelled when a sequencer ends, however it ends.
    ///
    /// # Errors
    /// One of them cannot be opened; none is served then.
    pub(crate) async fn open(
        homes: Vec<EventHome>,
        metrics: &Arc<Metrics>,
        keeping: &Keeping,
        witnesses: &[Witness],
        stop: &CancellationToken,
    ) -> Result<(Self, Vec<Working>), ServerError> {
        let mut opened = Vec::new();
        for home in homes {
            let event = home.event;
            opened.push((event, Sequencer::open(home, Arc::clone(metrics), keeping)?));
        }
        consult(witnesses, &opened).await;
        let (mut events, mut working) = (BTreeMap::new(), Vec::new());
        for (sid, (sequencer, hands, inbox)) in opened {
            let stopped = stop.clone().drop_guard();
            let work = move || {
                let _stopped = stopped;
                sequencer.run(inbox)
            };
            let name = format!("sequencer {:.8}", sid.to_string());
            let thread = std::thread::Builder::new().name(name).spawn(work);
            working.push(thread.map_err(|e| ServerError::Network(e.to_string()))?);
            events.insert(sid, Event { hands, stop: stop.clone() });
        }
        Ok((Self { events: Arc::new(events), stop: stop.clone() }, working))
    }

    /// The event that a request names.
    pub(crate) fn named(&self, event: &str) -> Result<&Event, Status> {
        let sid = event_from_wire(event).map_err(|e| Status::invalid_argument(e.to_string()))?;
        self.get(sid).ok_or_else(|| Status::not_found(format!("the event {sid} is not on this server")))
    }

    /// Done when the server is asked to end: streams end then by themselves, between two messages.
    pub(crate) async fn closing(&self) {
        self.stop.cancelled().await;
    }

    /// Asks every sequencer to end once what it has taken is durable.
    pub(crate) async fn close(&self) {
        for event in self.events.values() {
            let _ = event.hands.commands.send(Command::Stop).await;
        }
    }

    /// The key with which the server proves itself, for every event.
    pub(crate) fn tally_keys(&self) -> Vec<(Sid, Arc<SigningKey>)> {
        self.events.iter().map(|(sid, event)| (*sid, Arc::clone(&event.hands.tally))).collect()
    }

    /// Entries known to be missing here, of all events.
    pub(crate) fn missing(&self) -> u64 {
        let missing = self.events.values().map(|event| match event.hands.guard.standing() {
            Standing::Halted(halt) => halt.missing(),
            Standing::Signing | Standing::Restored(_) | Standing::Doubted(_) => 0,
        });
        missing.sum()
    }

    /// From now on every witness gets the newest checkpoint of every event.
    pub(crate) fn feed(&self, witnesses: &[Witness]) {
        for event in self.events.values() {
            for witness in witnesses {
                let log = event.hands.guard.log().clone();
                tokio::spawn(witness::feed(event.clone(), log, witness.clone()));
            }
        }
    }

    /// Why some event takes no notes now, if one does not; each with its sentence.
    pub(crate) fn not_working(&self) -> Option<String> {
        self.events.iter().find_map(|(sid, event)| {
            let why = match event.hands.guard.standing() {
                _ if event.hands.commands.is_closed() => "a sequencer has stopped".to_owned(),
                Standing::Signing => return None,
                Standing::Restored(size) => format!("restored with {size} entries and not released"),
                Standing::Doubted(doubt) => doubt.to_string(),
                Standing::Halted(halt) => halt.to_string(),
            };
            Some(format!("{sid}: {why}"))
        })
    }

    /// Whoever holds this key, as the first event knows it in whose log it is in force; or as one that revoked it.
    pub(crate) fn caller_with(&self, key: Option<[u8; 32]>) -> Caller {
        let known = || self.events.values().map(|event| Caller::with_key(key, event));
        let in_force = known().find(|caller| caller.holder.is_some());
        let revoked = || known().find(|caller| caller.is_revoked);
        in_force.or_else(revoked).unwrap_or(Caller { key, holder: None, is_revoked: false })
    }

    pub(crate) fn get(&self, sid: Sid) -> Option<&Event> {
        self.events.get(&sid)
    }
}

/// An event that is open, and its writer does not work yet.
type Opened = (Sid, (Sequencer, Hands, mpsc::Receiver<Command>));

/// Asks every witness what it has seen of every log. A checkpoint of the log's key that this log does not hold stops it
/// for good; a witness's bare word, for this run.
async fn consult(witnesses: &[Witness], opened: &[Opened]) {
    if witnesses.is_empty() {
        return;
    }
    let until = witness::deadline();
    let heads: Vec<Head> = opened.iter().filter_map(|(sid, (sequencer, ..))| sequencer.head_of(*sid)).collect();
    let mut behind = Vec::new();
    for (nth, event, word) in witness::ask_all(witnesses, &heads, until).await {
        let (Some(head), Some((_, (sequencer, ..)))) =
            (heads.iter().find(|h| h.event == event), opened.iter().find(|(sid, _)| *sid == event))
        else {
            continue;
        };
        if let Some(old) = sequencer.weigh(head, word) {
            let proof = sequencer.proof_from(old, head.size);
            behind.push((nth, head.clone(), old, proof));
        }
    }
    for (_, event, word) in witness::ask_from(witnesses, behind, until).await {
        let (Some(head), Some((_, (sequencer, ..)))) =
            (heads.iter().find(|h| h.event == event), opened.iter().find(|(sid, _)| *sid == event))
        else {
            continue;
        };
        sequencer.weigh(head, word);
    }
}

impl Event {
    /// What everybody may know now.
    pub(crate) fn published(&self) -> Arc<Published> {
        Arc::clone(&self.hands.published.borrow())
    }

    /// As [`Events::closing`].
    pub(crate) async fn closing(&self) {
        self.stop.cancelled().await;
    }

    pub(crate) fn hands(&self) -> &Hands {
        &self.hands
    }

    /// Hands notes to the sequencer; the receiver has the answer when they are durable.
    pub(crate) async fn submit(
        &self,
        notes: Vec<Result<SignedStatement, Refusal>>,
    ) -> Result<oneshot::Receiver<Result<Submitted, crate::sequencer::Halted>>, Status> {
        let (answer, receiver) = oneshot::channel();
        self.hands.commands.send(Command::Submit { notes, answer }).await.map_err(|_| stopping())?;
        Ok(receiver)
    }

    /// Looks at the committed state.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Desk) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let (answer, receiver) = oneshot::channel();
        let look = Box::new(move |desk: &mut Desk| {
            let _ = answer.send(look(desk));
        });
        self.hands.commands.send(Command::Look(look)).await.map_err(|_| stopping())?;
        receiver.await.map_err(|_| stopping())
    }
}

pub(crate) fn stopping() -> Status {
    Status::unavailable("the server is stopping; try again")
}
