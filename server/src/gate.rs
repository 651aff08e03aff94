//! Where connections come in: bounded in number and in time before anything of them is believed, a share kept for
//! enrolled keys. It refuses to know what is asked; that is the turnstile's.

pub(crate) mod connection;
pub(crate) mod places;

use crate::{
    call::{self, Calls},
    limits::{
        CONNECTIONS_OF_KEY_MAX, HANDSHAKE_MAX, HANDSHAKE_USUAL, HANDSHAKES_AT_ONCE_OF_ADDRESS_MAX,
        HANDSHAKES_OF_ADDRESS_MAX, RELAYED_CONNECTIONS_MAX, STRANGERS_OF_ADDRESS_MAX,
    },
    metrics::{Cut, Metrics},
};
use connection::Connection;
use door::{Handshake, Peer};
use places::{Origin, Place, Places, Rules};
use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    num::NonZero,
    pin::pin,
    sync::Arc,
    task::ready,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
};
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

/// The name of this door in the metrics.
pub(crate) const GRPC: &str = "grpc";
/// The name of the same door in the metrics, for those who come through a relay.
const RELAYED: &str = "relayed";
/// Connections on their way from the handshake to gRPC, which takes them at once.
const ARRIVALS_MAX: usize = 16;
/// Without files no connection can be taken; trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The same complaint is written down at most so often.
const COMPLAINT_PAUSE: Duration = Duration::from_secs(1);

/// A connection on its way to gRPC.
pub(crate) type Arriving = Result<Connection<TlsStream<TcpStream>>, Infallible>;

/// The gate of the gRPC door.
pub(crate) struct Gate {
    places: Arc<Places>,
    /// Those who come through relays have places of their own: they take none from the hall.
    relayed: Arc<Places>,
    handshake: Handshake,
    is_enrolled: Box<dyn Fn([u8; 32]) -> bool + Send + Sync>,
    /// Handshakes compute in turns on half of the processors; the rest is for those who are in.
    turns: Semaphore,
}

impl Gate {
    /// A gate with so many places; `is_enrolled` says of a key whether it is in force in some log.
    pub(crate) fn new(
        handshake: Handshake,
        is_enrolled: impl Fn([u8; 32]) -> bool + Send + Sync + 'static,
        connections: usize,
        metrics: Arc<Metrics>,
    ) -> Self {
        let rules = Rules {
            all: connections,
            strangers: connections - connections / 4,
            pending_of_origin: HANDSHAKES_AT_ONCE_OF_ADDRESS_MAX,
            lasting_of_origin: HANDSHAKES_OF_ADDRESS_MAX,
            strangers_of_origin: STRANGERS_OF_ADDRESS_MAX,
            of_key: CONNECTIONS_OF_KEY_MAX,
        };
        let relayed = Rules {
            all: RELAYED_CONNECTIONS_MAX,
            strangers: RELAYED_CONNECTIONS_MAX - RELAYED_CONNECTIONS_MAX / 4,
            // Each of them is an origin of its own.
            pending_of_origin: 1,
            lasting_of_origin: 1,
            strangers_of_origin: 1,
            of_key: CONNECTIONS_OF_KEY_MAX,
        };
        let relayed = Places::new(relayed, RELAYED, Arc::clone(&metrics));
        let turns = Semaphore::new((std::thread::available_parallelism().map_or(1, NonZero::get) / 2).max(1));
        Self {
            places: Places::new(rules, GRPC, metrics),
            relayed,
            handshake,
            is_enrolled: Box::new(is_enrolled),
            turns,
        }
    }

    /// Those who have come in, at the port or through relays, until nobody asks for them any more; then the port is
    /// closed and no relay is called.
    pub(crate) fn open(self, listener: TcpListener, calls: Calls) -> ReceiverStream<Arriving> {
        let (out, arrivals) = mpsc::channel(ARRIVALS_MAX);
        let gate = Arc::new(self);
        call::keep_calling(&gate, calls, &out);
        tokio::spawn(async move {
            let mut complaint = None;
            loop {
                let (socket, address) = tokio::select! {
                    () = out.closed() => return,
                    come = next(|| listener.accept(), &mut complaint) => come,
                };
                if let Ok(place) = gate.places.enter(address.ip()) {
                    tokio::spawn(Arc::clone(&gate).welcome(socket, address, place, out.clone()));
                }
            }
        });
        ReceiverStream::new(arrivals)
    }

    /// Somebody whom a relay has put through on a call of ours.
    pub(crate) async fn put_through(self: Arc<Self>, socket: TcpStream, number: u64, out: mpsc::Sender<Arriving>) {
        if let (Ok(address), Ok(place)) = (socket.peer_addr(), self.relayed.enter(Origin::Relayed(number))) {
            self.welcome(socket, address, place, out).await;
        }
    }

    async fn welcome(
        self: Arc<Self>,
        socket: TcpStream,
        address: SocketAddr,
        mut place: Place,
        out: mpsc::Sender<Arriving>,
    ) {
        let cut = place.cut().clone();
        let overstaying = async {
            tokio::time::sleep(HANDSHAKE_USUAL).await;
            if !place.overstays() {
                std::future::pending::<()>().await;
            }
        };
        let shaken = tokio::select! {
            () = cut.cancelled() => return,
            () = overstaying => return,
            shaken = tokio::time::timeout(HANDSHAKE_MAX, self.shake(socket, &place)) => shaken,
        };
        let (stream, key) = match shaken {
            Ok(Ok(shaken)) => shaken,
            Ok(Err(error)) => {
                tracing::debug!(%error, "no handshake");
                return place.left_for(Cut::Handshake);
            }
            Err(_) => return place.left_for(Cut::HandshakeTime),
        };
        // Judged at this moment; what the key may do is judged again at every call.
        let enrolled = key.filter(|key| (self.is_enrolled)(*key));
        if place.sit(enrolled).is_ok() {
            let _ = out.send(Ok(Connection::new(stream, Peer { address, key }, place))).await;
        }
    }

    async fn shake(&self, socket: TcpStream, place: &Place) -> io::Result<(TlsStream<TcpStream>, Option<[u8; 32]>)> {
        socket.set_nodelay(true)?;
        // Nothing is kept for a silent socket but the socket.
        if socket.peek(&mut [0]).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        place.speaks();
        let mut shaking = pin!(self.handshake.accept(socket));
        let mut turn = Box::pin(self.turns.acquire());
        std::future::poll_fn(|cx| {
            let permit = ready!(turn.as_mut().poll(cx));
            let shaken = shaking.as_mut().poll(cx);
            if shaken.is_pending() {
                turn.set(self.turns.acquire());
            }
            drop(permit);
            shaken
        })
        .await
    }
}

/// The next connection, however many cannot be taken before it; what is in the way is written down once in a while.
pub(crate) async fn next<T, A: Future<Output = io::Result<T>>>(
    accept: impl Fn() -> A,
    complaint: &mut Option<Instant>,
) -> T {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match accept().await {
            Ok(come) => return come,
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                if complaint.is_none_or(|last: Instant| last.elapsed() >= COMPLAINT_PAUSE) {
                    *complaint = Some(Instant::now());
                    tracing::warn!(%error, "no connection can be taken for now");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
