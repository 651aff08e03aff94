//! A line of the network between the observers and a server: a port that stays the same while servers come and go behind
//! it. It can be cut in the middle of a byte stream, closed, and slow. It refuses to know what goes through it.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// A bad line takes so long for each [`MOUTHFUL`].
const SLOWNESS: Duration = Duration::from_millis(1);
const MOUTHFUL: usize = 1 << 10;

/// One line.
pub(crate) struct Line {
    port: u16,
    wire: Arc<Wire>,
    carrying: JoinHandle<()>,
}

struct Wire {
    /// The server behind it; nobody while it is closed.
    to: Mutex<Option<SocketAddr>>,
    /// Raised whenever everything that goes through is cut.
    cut: watch::Sender<u64>,
    /// Bytes until that happens next.
    left: AtomicI64,
    is_slow: AtomicBool,
    /// Connections that were cut.
    cuts: AtomicUsize,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.carrying.abort();
        self.wire.cut();
    }
}

impl Line {
    /// A line to nobody.
    pub(crate) async fn lay() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let wire = Arc::new(Wire {
            to: Mutex::new(None),
            cut: watch::Sender::new(0),
            left: AtomicI64::new(i64::MAX),
            is_slow: AtomicBool::new(false),
            cuts: AtomicUsize::new(0),
        });
        let carrying = tokio::spawn(carry_all(listener, Arc::clone(&wire)));
        Self { port, wire, carrying }
    }

    pub(crate) fn address(&self) -> door::Address {
        format!("127.0.0.1:{}", self.port).parse().expect("an address")
    }

    /// From now on it leads to that server, or to nobody; whatever went through it is cut.
    pub(crate) fn lead(&self, to: Option<SocketAddr>) {
        *self.wire.to.lock().expect("no holder of this lock panics") = to;
        self.wire.cut();
    }

    /// Everything is cut once so many bytes more have gone through.
    pub(crate) fn cut_after(&self, bytes: u64) {
        self.wire.left.store(i64::try_from(bytes).expect("small"), Ordering::Relaxed);
    }

    /// Nothing more is cut by itself.
    pub(crate) fn mend(&self) {
        self.wire.left.store(i64::MAX, Ordering::Relaxed);
    }

    pub(crate) fn be_slow(&self, is_slow: bool) {
        self.wire.is_slow.store(is_slow, Ordering::Relaxed);
    }

    /// How often everything was cut: raised before anybody can notice.
    pub(crate) fn turns(&self) -> u64 {
        *self.wire.cut.borrow()
    }

    /// Connections that were cut so far.
    pub(crate) fn cuts(&self) -> usize {
        self.wire.cuts.load(Ordering::Relaxed)
    }
}

impl Wire {
    fn cut(&self) {
        self.cut.send_modify(|turn| *turn += 1);
    }
}

async fn carry_all(listener: TcpListener, wire: Arc<Wire>) {
    while let Ok((client, _)) = listener.accept().await {
        let to = *wire.to.lock().expect("no holder of this lock panics");
        // Nobody is there: the caller sees its connection end.
        let Some(to) = to else { continue };
        tokio::spawn(carry(client, to, Arc::clone(&wire)));
    }
}

async fn carry(client: TcpStream, to: SocketAddr, wire: Arc<Wire>) {
    let mut cut = wire.cut.subscribe();
    let Ok(server) = TcpStream::connect(to).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        _ = cut.changed() => { wire.cuts.fetch_add(1, Ordering::Relaxed); }
        _ = async { tokio::join!(pass(from_client, to_server, &wire), pass(from_server, to_client, &wire)) } => {}
    }
}

/// One direction, until its sender ends. The byte that is one too many is the last.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, wire: &Wire) -> io::Result<()> {
    let mut bytes = [0; 16 * MOUTHFUL];
    loop {
        let is_slow = wire.is_slow.load(Ordering::Relaxed);
        let most = if is_slow { MOUTHFUL } else { bytes.len() };
        let read = from.read(&mut bytes[..most]).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        if is_slow {
            tokio::time::sleep(SLOWNESS).await;
        }
        let many = i64::try_from(read).expect("small");
        let left = wire.left.fetch_sub(many, Ordering::Relaxed) - many;
        if left <= 0 {
            let part = usize::try_from(left + many).unwrap_or(0).min(read);
            wire.left.store(i64::MAX, Ordering::Relaxed);
            let _ = to.write_all(&bytes[..part]).await;
            wire.cut();
            return Ok(());
        }
        to.write_all(&bytes[..read]).await?;
    }
}
