//! A switchboard for halls that nobody can reach: halls call here and wait, whoever has a ticket comes here as to the
//! hall, and is put through. What is said goes through whole: both ends prove themselves to each other, not to the relay.
//! It holds no key and refuses to know what is said; all it could do is to put nobody through.

mod bounds;
mod bridge;
pub mod pages;
mod switchboard;

use crate::error::ObserverError;
use bounds::{Bounds, Visit};
use door::{
    Ticket,
    call::{self, Asked, HELLO_BYTES_MAX, Refused},
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use switchboard::Switchboard;
use tally::Sid;
use tlog::Hash;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout, timeout_at},
};

/// From the first byte of a client to the last of its first flight; also how long anybody may be silent at first.
const HELLO_MAX: Duration = Duration::from_secs(5);
/// From the first line of a caller to its proof, over a bad line.
const PROOF_MAX: Duration = Duration::from_secs(10);
/// A client gives a server five seconds; it is told a little before that nobody is there.
const PUT_THROUGH_MAX: Duration = Duration::from_millis(4_500);
/// A hall that says nothing on a call in this time is gone: the next call is tried, with the same first flight.
const ANSWER_MAX: Duration = Duration::from_millis(2_000);
/// Without files no connection can be taken; trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// What a TLS connection and a call begin with.
const TLS_HANDSHAKE: u8 = 22;
const CALL: u8 = b'k';

/// A relay.
#[derive(Clone)]
pub struct Relay {
    switchboard: Arc<Switchboard>,
    bounds: Arc<Bounds>,
}

impl Relay {
    /// A relay for the events of these tickets and no others.
    ///
    /// # Errors
    /// There is no ticket, or two of one event name different keys.
    pub fn new(tickets: &[Ticket]) -> Result<Self, ObserverError> {
        Ok(Self { switchboard: Arc::new(Switchboard::of(tickets)?), bounds: Arc::default() })
    }

    /// Puts through until `shutdown` is done. Halls and clients come to the same port: it is one hole in one wall, and one
    /// address to say on the telephone; the first byte tells them apart.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let come = tokio::select! {
                () = shutdown.as_mut() => return,
                come = listener.accept() => come,
            };
            match come {
                Ok((socket, from)) => {
                    let visit = self.bounds.enter(from.ip());
                    tokio::spawn(self.clone().attend(socket, from, visit));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection can be taken for now");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn attend(self, socket: TcpStream, from: SocketAddr, visit: Visit) {
        let cut = visit.cut().clone();
        let attended = async {
            call::keep_alive(&socket)?;
            let mut first = [0];
            timeout(HELLO_MAX, socket.peek(&mut first)).await.map_err(|_| silent())??;
            match first[0] {
                CALL => self.take_call(socket).await.map(|()| None),
                TLS_HANDSHAKE => self.hear(socket).await.map(Some),
                _ => Ok(None),
            }
        };
        let attended = tokio::select! {
            () = cut.cancelled() => return,
            attended = attended => attended,
        };
        match attended {
            Ok(None) => {}
            Ok(Some((client, hello, event))) => {
                // It has said who it wants; from now on it counts as one who is put through.
                if let Some(_bridge) = self.bounds.bridge(visit) {
                    self.put_through(client, &hello, event).await;
                }
            }
            Err(error) => tracing::debug!(%from, %error, "hung up"),
        }
    }

    /// A hall calls. Only whoever proves to hold the key of the ticket is ever offered to anybody.
    async fn take_call(&self, mut socket: TcpStream) -> io::Result<()> {
        let proving = async {
            let event = call::named(&mut socket).await?;
            let Some(tally) = self.switchboard.tally(event) else {
                tracing::warn!(%event, "somebody calls for an event whose ticket this relay does not have");
                return call::refuse(&mut socket, Refused::UnknownEvent).await.map(|()| None);
            };
            let mut nonce = [0; 32];
            getrandom::fill(&mut nonce).map_err(io::Error::other)?;
            if !call::is_proved(&mut socket, event, tally, Hash(nonce)).await? {
                tracing::warn!(%event, "a caller does not hold the key of its event; its call is not taken");
                return call::refuse(&mut socket, Refused::NotTheKey).await.map(|()| None);
            }
            call::waits(&mut socket).await.map(|()| Some(event))
        };
        if let Some(event) = timeout(PROOF_MAX, proving).await.map_err(|_| silent())?? {
            self.switchboard.park(event, socket);
        }
        Ok(())
    }

    /// The whole first flight of a client, and the event that it asks for.
    async fn hear(&self, mut client: TcpStream) -> io::Result<(TcpStream, Vec<u8>, Sid)> {
        let hearing = async {
            let mut hello = Vec::new();
            loop {
                let mut more = [0; 2048];
                let read = client.read(&mut more).await?;
                hello.extend_from_slice(more.get(..read).unwrap_or_default());
                match call::asked_for(&hello) {
                    Asked::For(name) => {
                        let event = self.switchboard.named(&name);
                        return Ok((event.ok_or_else(|| odd("an event that is not switched here"))?, hello));
                    }
                    Asked::More if read > 0 && hello.len() < HELLO_BYTES_MAX => {}
                    Asked::More | Asked::Nobody => return Err(odd("no handshake")),
                }
            }
        };
        let (event, hello) = timeout(HELLO_MAX, hearing).await.map_err(|_| silent())??;
        Ok((client, hello, event))
    }

    /// Puts a client through to the newest call of its event that answers.
    async fn put_through(&self, mut client: TcpStream, hello: &[u8], event: Sid) {
        let until = Instant::now() + PUT_THROUGH_MAX;
        loop {
            let Ok(mut hall) = timeout_at(until, self.switchboard.take(event)).await else {
                tracing::info!(%event, "nobody of this event waits here");
                return;
            };
            let answering = async {
                hall.write_all(hello).await?;
                let mut answer = vec![0; HELLO_BYTES_MAX];
                let read = hall.read(&mut answer).await?;
                answer.truncate(read);
                Ok::<_, io::Error>(answer)
            };
            match timeout_at(until.min(Instant::now() + ANSWER_MAX), answering).await {
                Ok(Ok(answer)) if !answer.is_empty() => {
                    if client.write_all(&answer).await.is_ok() {
                        bridge::carry(client, hall).await;
                    }
                    return;
                }
                _ => tracing::info!(%event, "a call that waited was dead; the next is tried"),
            }
        }
    }
}

fn silent() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "said nothing in time")
}

fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
