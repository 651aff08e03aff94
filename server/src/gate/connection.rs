//! One connection that has shaken hands, as gRPC reads and writes it: the clock beside it cuts whoever says nothing,
//! asks nothing or does not read. It refuses to know requests; the calls tell it when they wait for their peer.

use super::places::Place;
use crate::{
    limits::{FIRST_FRAME_MAX, IDLE_MAX, LAST_WORD_PATIENCE, PROGRESS_BYTES, READ_PATIENCE},
    metrics::Cut,
};
use door::Peer;
use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::transport::server::Connected;

/// How often the clock is looked at; a peer is cut at most so much later than its limit says.
const TICK: Duration = Duration::from_secs(5);
/// The preface of HTTP/2 and the header of the first frame (RFC 9113 §3.4, §4.1).
const FIRST_FRAME_BYTES: u64 = 24 + 9;

/// A connection of somebody who has a place.
pub(crate) struct Connection<S> {
    stream: S,
    arrival: Arrival,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    tick: Pin<Box<Sleep>>,
    opened: Instant,
    heard: u64,
    written: u64,
    /// The system takes no more bytes for this peer since then.
    stuck: Option<Instant>,
    /// Since then fewer bytes were written than show progress.
    progress: (Instant, u64),
}

/// Whoever holds a connection: every request carries it.
#[derive(Clone)]
pub(crate) struct Arrival {
    /// Its address, and the key it proved.
    pub(crate) peer: Peer,
    /// Its place, given back when the connection and the last call of it end.
    pub(crate) place: Arc<Place>,
    calls: Arc<Mutex<Calls>>,
}

/// The calls of one connection.
struct Calls {
    next: u64,
    /// Each with the moment since which it waits for the peer to read, if it does.
    under_way: BTreeMap<u64, Option<Instant>>,
    /// None were under way since then.
    quiet_since: Instant,
}

/// One call under way on a connection; it ends when this is dropped.
pub(crate) struct CallOfConnection {
    calls: Arc<Mutex<Calls>>,
    number: u64,
}

impl<S> Connection<S> {
    /// A stream whose handshake was done just now.
    pub(crate) fn new(stream: S, peer: Peer, place: Place) -> Self {
        let now = Instant::now();
        let calls = Calls { next: 0, under_way: BTreeMap::new(), quiet_since: now };
        Self {
            stream,
            cut: Box::pin(place.cut().clone().cancelled_owned()),
            tick: Box::pin(tokio::time::sleep(FIRST_FRAME_MAX)),
            arrival: Arrival { peer, place: Arc::new(place), calls: Arc::new(Mutex::new(calls)) },
            opened: now,
            heard: 0,
            written: 0,
            stuck: None,
            progress: (now, 0),
        }
    }

    /// Why the peer is to be cut now, if it is.
    fn judge(&mut self, now: Instant) -> Option<Cut> {
        if self.heard < FIRST_FRAME_BYTES && now >= self.opened + FIRST_FRAME_MAX {
            return Some(Cut::FirstFrame);
        }
        if self.stuck.is_some_and(|since| now >= since + READ_PATIENCE) {
            return Some(Cut::SlowReader);
        }
        if self.written - self.progress.1 >= PROGRESS_BYTES {
            self.progress = (now, self.written);
        }
        let calls = lock(&self.arrival.calls);
        if !self.arrival.place.is_enrolled() && calls.under_way.is_empty() && now >= calls.quiet_since + IDLE_MAX {
            return Some(Cut::Idle);
        }
        let patience = READ_PATIENCE + LAST_WORD_PATIENCE;
        let unread = calls.under_way.values().flatten().min();
        unread
            .is_some_and(|since| now >= *since + patience && now >= self.progress.0 + patience)
            .then_some(Cut::SlowReader)
    }

    /// An error when the peer is cut, and otherwise word when to look again.
    fn poll_clock(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.tick.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if let Some(why) = self.judge(now) {
                self.arrival.place.cut_for(why);
            }
            self.tick.as_mut().reset(now + TICK);
        }
        ready!(self.cut.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a limit of this server")))
    }

    /// What a write came to, with the clock beside it.
    fn wrote(&mut self, cx: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match wrote {
            Poll::Pending => {
                self.stuck.get_or_insert_with(Instant::now);
                self.poll_clock(cx).map(|cut| cut.map(|()| 0))
            }
            Poll::Ready(wrote) => {
                self.stuck = None;
                self.written += wrote.as_ref().map_or(0, |n| *n as u64);
                Poll::Ready(wrote)
            }
        }
    }
}

impl<S> Connected for Connection<S> {
    type ConnectInfo = Arrival;

    fn connect_info(&self) -> Arrival {
        self.arrival.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Whoever always has something to say is cut as well.
        if self.arrival.place.cut().is_cancelled() {
            return self.poll_clock(cx);
        }
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Pending => self.poll_clock(cx),
            Poll::Ready(read) => {
                self.heard += (buf.filled().len() - before) as u64;
                Poll::Ready(read)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx).map_ok(|()| 0);
        self.wrote(cx, flushed).map_ok(|_| ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx).map_ok(|()| 0);
        self.wrote(cx, shut).map_ok(|_| ())
    }
}

impl Arrival {
    /// A call begins.
    pub(crate) fn call(&self) -> CallOfConnection {
        let mut calls = lock(&self.calls);
        let number = calls.next;
        calls.next += 1;
        calls.under_way.insert(number, None);
        CallOfConnection { calls: Arc::clone(&self.calls), number }
    }
}

impl CallOfConnection {
    /// Part of the answer was handed over: from now on it is the peer that is waited for.
    pub(crate) fn handed_over(&self) {
        self.set(Some(Instant::now()));
    }

    /// The peer has taken all of it: from now on it is the server that is waited for.
    pub(crate) fn taken(&self) {
        self.set(None);
    }

    fn set(&self, waiting: Option<Instant>) {
        if let Some(since) = lock(&self.calls).under_way.get_mut(&self.number) {
            *since = waiting;
        }
    }
}

impl Drop for CallOfConnection {
    fn drop(&mut self) {
        let mut calls = lock(&self.calls);
        calls.under_way.remove(&self.number);
        if calls.under_way.is_empty() {
            calls.quiet_since = Instant::now();
        }
    }
}

fn lock(calls: &Mutex<Calls>) -> MutexGuard<'_, Calls> {
    calls.lock().expect("no holder of this lock panics")
}

#[cfg(test)]
mod tests;
