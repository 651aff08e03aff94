//! Two lines joined: bytes go both ways as they come, until either ends or both are silent. It refuses to read them.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

/// The hall asks every fifteen seconds whether its peer is there; a bridge that carries nothing for so long is none.
const SILENCE_MAX: Duration = Duration::from_secs(90);
/// One direction holds so much at most.
const BUFFER_BYTES: usize = 16 << 10;

/// When something was carried last, whichever way.
struct Heard {
    began: Instant,
    last_ms: AtomicU64,
}

impl Heard {
    fn now(&self) {
        let since = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(since, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.began + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }
}

/// Carries until one of them hangs up.
pub(super) async fn carry(mut client: TcpStream, mut hall: TcpStream) {
    let heard = Heard { began: Instant::now(), last_ms: AtomicU64::new(0) };
    let (mut from_client, mut to_client) = client.split();
    let (mut from_hall, mut to_hall) = hall.split();
    let both = async {
        tokio::try_join!(
            one_way(&mut from_client, &mut to_hall, &heard),
            one_way(&mut from_hall, &mut to_client, &heard)
        )
    };
    let silence = async {
        while heard.last().elapsed() < SILENCE_MAX {
            tokio::time::sleep_until(heard.last() + SILENCE_MAX).await;
        }
    };
    tokio::select! {
        _ = both => {}
        () = silence => {}
    }
}

async fn one_way(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    heard: &Heard,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match from.read(&mut buffer).await? {
            0 => return to.shutdown().await,
            read => to.write_all(buffer.get(..read).unwrap_or_default()).await?,
        }
        heard.now();
    }
}
