//! The calls that wait, by event. The newest is taken first: of a hall that lost its line and called again, or whose spare
//! laptop took over, it is the one that lives. It refuses to know who is put through.

use crate::error::ObserverError;
use door::{Ticket, server::event_name};
use std::{
    collections::BTreeMap,
    io,
    sync::{Mutex, MutexGuard},
};
use tally::Sid;
use tlog::VerifierKey;
use tokio::{net::TcpStream, sync::Notify};

/// A hall keeps four calls waiting, its spare another four; older ones than these are dead or forgotten.
const CALLS_OF_EVENT_MAX: usize = 16;

/// The lines of a relay.
pub(super) struct Switchboard {
    lines: BTreeMap<Sid, Line>,
    names: BTreeMap<String, Sid>,
}

/// One event.
struct Line {
    tally: VerifierKey,
    /// The newest last.
    waiting: Mutex<Vec<TcpStream>>,
    parked: Notify,
}

impl Switchboard {
    /// For the events of these tickets.
    pub(super) fn of(tickets: &[Ticket]) -> Result<Self, ObserverError> {
        if tickets.is_empty() {
            let vi = "trạm chuyển tiếp chưa có phiếu sự kiện nào; đặt phiếu vào thư mục --tickets";
            return Err(ObserverError::input(
                vi,
                "the relay has no event ticket yet; put tickets into the folder --tickets",
            ));
        }
        let (mut lines, mut names) = (BTreeMap::new(), BTreeMap::new());
        for ticket in tickets {
            let line = Line { tally: ticket.tally.clone(), waiting: Mutex::default(), parked: Notify::new() };
            let before = lines.insert(ticket.event, line).map(|line: Line| line.tally);
            if before.is_some_and(|tally| tally != ticket.tally) {
                let event = ticket.event;
                return Err(ObserverError::input(
                    format!("hai phiếu của sự kiện {event} ghi hai khóa khác nhau; so lại với bản in"),
                    format!("two tickets of event {event} name different keys; compare them with the printed sheet"),
                ));
            }
            names.insert(event_name(ticket.event), ticket.event);
        }
        Ok(Self { lines, names })
    }

    /// The key that proves a call of this event, if it is switched here.
    pub(super) fn tally(&self, event: Sid) -> Option<&VerifierKey> {
        self.lines.get(&event).map(|line| &line.tally)
    }

    /// The event that a client asks for by this name.
    pub(super) fn named(&self, name: &str) -> Option<Sid> {
        self.names.get(name).copied()
    }

    /// A call that was proved waits.
    pub(super) fn park(&self, event: Sid, call: TcpStream) {
        let Some(line) = self.lines.get(&event) else { return };
        let mut waiting = line.waiting();
        waiting.retain(is_silent);
        if waiting.is_empty() {
            tracing::info!(%event, "the hall waits here");
        }
        if waiting.len() >= CALLS_OF_EVENT_MAX {
            waiting.remove(0);
        }
        waiting.push(call);
        drop(waiting);
        line.parked.notify_one();
    }

    /// The newest call of an event that still stands; waits until there is one.
    pub(super) async fn take(&self, event: Sid) -> TcpStream {
        let Some(line) = self.lines.get(&event) else { return std::future::pending().await };
        loop {
            let parked = line.parked.notified();
            if let Some(call) = line.newest() {
                return call;
            }
            parked.await;
        }
    }
}

impl Line {
    fn newest(&self) -> Option<TcpStream> {
        let mut waiting = self.waiting();
        loop {
            let call = waiting.pop()?;
            if is_silent(&call) {
                return Some(call);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.waiting.lock().expect("no holder of this lock panics")
    }
}

/// A call that waits says nothing: whatever can be read is its end.
fn is_silent(call: &TcpStream) -> bool {
    matches!(call.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
