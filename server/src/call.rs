//! A hall that nobody can reach, behind 4G or the router of somebody else, calls out: a few calls wait at each relay for
//! each event, and on each of them the server is the TLS server that it always is. Every bound and every door is the
//! same as for whoever comes to the port. It refuses to know who is put through; that is the gate's.

use crate::{
    gate::{Arriving, Gate},
    limits::{CALL_MAX, IDLE_CALL_MAX, IDLE_CALLS},
};
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use door::{Address, call};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tally::Sid;
use tlog::SigningKey;
use tokio::{net::TcpStream, sync::mpsc, time::Instant};

/// Waits between two tries to call: a relay that restarts is found at once, one that is away costs nothing.
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(15);
/// A call that waited so long was a good one, however it ended.
const GOOD_CALL: Duration = Duration::from_secs(5);

/// Numbers of those who were put through, so that each is told from the others.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// Whom to call, and for which events.
pub(crate) struct Calls {
    /// The relays.
    pub(crate) relays: Vec<Address>,
    /// The events, each with the key that proves a call.
    pub(crate) events: Vec<(Sid, Arc<SigningKey>)>,
}

/// Keeps calls waiting at every relay until nobody asks for arrivals any more.
pub(crate) fn keep_calling(gate: &Arc<Gate>, calls: Calls, out: &mpsc::Sender<Arriving>) {
    for relay in calls.relays {
        for (event, tally) in &calls.events {
            for nth in 0..IDLE_CALLS {
                let line = Line { relay: relay.clone(), event: *event, tally: Arc::clone(tally), is_first: nth == 0 };
                tokio::spawn(line.keep(Arc::clone(gate), out.clone()));
            }
        }
    }
}

/// One of the calls that wait at a relay, again and again.
struct Line {
    relay: Address,
    event: Sid,
    tally: Arc<SigningKey>,
    /// One of them speaks for all in the log.
    is_first: bool,
}

/// How a call ended that was made.
enum Ended {
    /// Somebody was put through.
    Taken(TcpStream),
    /// Nobody was, or the line broke.
    Untaken,
}

impl Line {
    async fn keep(self, gate: Arc<Gate>, out: mpsc::Sender<Arriving>) {
        let (mut waits, mut is_well) = (waits(), None);
        loop {
            let began = Instant::now();
            let ended = tokio::select! {
                () = out.closed() => return,
                ended = self.call(&mut is_well) => ended,
            };
            match ended {
                Ok(Ended::Taken(socket)) => {
                    waits = self::waits();
                    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(Arc::clone(&gate).put_through(socket, number, out.clone()));
                    continue;
                }
                Ok(Ended::Untaken) if began.elapsed() >= GOOD_CALL => waits = self::waits(),
                Ok(Ended::Untaken) => {}
                Err(error) => self.tell(&mut is_well, Some(&error)),
            }
            tokio::select! {
                () = out.closed() => return,
                () = tokio::time::sleep(waits.next().unwrap_or(RETRY_MAX)) => {}
            }
        }
    }

    /// Calls, and waits until somebody is put through.
    async fn call(&self, is_well: &mut Option<bool>) -> Result<Ended, call::CallError> {
        let calling = async {
            let mut socket = TcpStream::connect((self.relay.host(), self.relay.port())).await?;
            call::keep_alive(&socket)?;
            call::call(&mut socket, self.event, &self.tally).await?;
            Ok::<_, call::CallError>(socket)
        };
        let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
        let socket = tokio::time::timeout(CALL_MAX, calling).await.map_err(late)??;
        self.tell(is_well, None);
        let first_byte = async { socket.peek(&mut [0]).await.is_ok_and(|bytes| bytes > 0) };
        let is_taken = tokio::time::timeout(IDLE_CALL_MAX, first_byte).await.unwrap_or(false);
        Ok(if is_taken { Ended::Taken(socket) } else { Ended::Untaken })
    }

    /// Says once when calls begin to wait at the relay, and once when they do no more.
    fn tell(&self, is_well: &mut Option<bool>, error: Option<&call::CallError>) {
        let was = is_well.replace(error.is_none());
        let event = self.event.to_string();
        match error {
            _ if !self.is_first || was == Some(error.is_none()) => {}
            None => tracing::info!(relay = %self.relay, event, "calls wait at the relay"),
            Some(error) => tracing::warn!(relay = %self.relay, event, %error, "the relay takes no calls; trying again"),
        }
    }
}

fn waits() -> ExponentialBackoff {
    let waits = ExponentialBuilder::default().with_min_delay(RETRY_FIRST).with_max_delay(RETRY_MAX);
    waits.without_max_times().with_jitter().build()
}
