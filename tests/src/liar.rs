//! A server that lies: over the real doors, proved by the event's tally key, everything signed by the event's log key, and
//! yet it shows each caller what a test says. It tells its callers apart by the keys of their connections, as the real one
//! does. It refuses to know whether it is found out.

mod branch;
mod doors;

pub use branch::{Branch, FALSEHOODS, Falsehood};

use crate::history::{History, key};
use bytes::Bytes;
use door::{Handshake, Peer, Ticket};
use proto::v1::{
    intake_service_server::IntakeServiceServer, log_service_server::LogServiceServer,
    results_service_server::ResultsServiceServer,
};
use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
};
use tally::Sid;
use tlog::{Note, SigningKey};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Server, server::Connected};

/// What one caller is shown.
#[derive(Clone)]
pub struct View {
    /// Which log.
    pub branch: Arc<Branch>,
    /// How much of it the newest checkpoint covers.
    pub size: u64,
    /// How many entries are shown; fewer than `size` is a checkpoint without its entries.
    pub readable: u64,
    /// The bulletin that is posted.
    pub bulletin: Option<Bytes>,
    /// The newest checkpoint, where it is said to be another one than that of the entries.
    pub newest: Option<Note>,
}

impl View {
    /// The whole of a log, up to a size, with the bulletin that belongs to it.
    #[must_use]
    pub fn of(branch: &Arc<Branch>, size: u64) -> Self {
        let bulletin = branch.bulletin(size);
        Self { branch: Arc::clone(branch), size, readable: size, bulletin, newest: None }
    }

    /// The checkpoint of the entries.
    #[must_use]
    pub fn checkpoint(&self) -> Note {
        self.branch.checkpoint(self.size)
    }
}

/// The server.
#[derive(Clone)]
pub struct Liar {
    port: u16,
    event: Sid,
    shown: Arc<Mutex<Shown>>,
    /// Raised whenever somebody is to be shown something else.
    changed: watch::Sender<u64>,
    _doors: Arc<Doors>,
}

#[derive(Default)]
struct Shown {
    views: BTreeMap<[u8; 32], View>,
    /// What the tables are told that the log is.
    books: BTreeMap<[u8; 32], History>,
}

/// Closed when nobody holds the server any more.
struct Doors(Vec<JoinHandle<()>>);

impl Drop for Doors {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl Liar {
    /// Opens the doors on a free port of this machine.
    ///
    /// # Panics
    /// There is none.
    pub async fn open(event: Sid) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let handshake = Handshake::new(&[(event, Arc::new(key("tally")))]);
        let (out, lines) = mpsc::channel(8);
        let accepting = tokio::spawn(accept(listener, handshake, out));
        let liar = Self {
            port,
            event,
            shown: Arc::default(),
            changed: watch::Sender::new(0),
            _doors: Arc::new(Doors(Vec::new())),
        };
        // The doors hold no handle of their own task: they end when the last outer one is dropped.
        let inner = liar.clone();
        let router = Server::builder()
            .add_service(LogServiceServer::new(inner.clone()))
            .add_service(ResultsServiceServer::new(inner.clone()))
            .add_service(IntakeServiceServer::new(inner));
        let serving = tokio::spawn(async move {
            let _ = router.serve_with_incoming(ReceiverStream::new(lines)).await;
        });
        Self { _doors: Arc::new(Doors(vec![accepting, serving])), ..liar }
    }

    /// How it is found.
    ///
    /// # Panics
    /// Never: its address is one.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        let ticket = Ticket::new(self.event, key("tally").verifier().clone(), Vec::new()).expect("a key of a server");
        ticket.at(vec![format!("127.0.0.1:{}", self.port).parse().expect("an address")])
    }

    /// Forgets whom it showed what.
    pub fn begin_again(&self) {
        *self.lock() = Shown::default();
    }

    /// From now on whoever holds this key is shown this.
    pub fn show(&self, to: &SigningKey, view: View) {
        self.lock().views.insert(to.verifier().public().to_owned(), view);
        self.changed.send_modify(|turn| *turn += 1);
    }

    /// From now on the table of this key hands its notes into this log.
    pub fn take_from(&self, table: &SigningKey, book: History) {
        self.lock().books.insert(table.verifier().public().to_owned(), book);
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().expect("no holder of this lock panics")
    }
}

async fn accept(listener: TcpListener, handshake: Handshake, out: mpsc::Sender<io::Result<Line>>) {
    while let Ok((socket, address)) = listener.accept().await {
        let (handshake, out) = (handshake.clone(), out.clone());
        tokio::spawn(async move {
            let _ = socket.set_nodelay(true);
            if let Ok((stream, key)) = handshake.accept(socket).await {
                let _ = out.send(Ok(Line { stream, peer: Peer { address, key } })).await;
            }
        });
    }
}

/// A connection after its handshake.
struct Line {
    stream: TlsStream<TcpStream>,
    peer: Peer,
}

impl Connected for Line {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
