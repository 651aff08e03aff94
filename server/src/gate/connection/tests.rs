//! Peers that say nothing, ask nothing or do not read, and those that are only slow.

use super::*;
use crate::{
    gate::places::{Places, Rules},
    metrics::Metrics,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

const SECOND: Duration = Duration::from_secs(1);

/// Both ends, and the metrics of the door.
fn connected(enrolled: Option<[u8; 32]>) -> (Connection<DuplexStream>, DuplexStream, Arc<Metrics>) {
    let rules =
        Rules { all: 8, strangers: 8, pending_of_origin: 8, lasting_of_origin: 8, strangers_of_origin: 8, of_key: 8 };
    let metrics = Arc::new(Metrics::default());
    let address = "10.0.0.1:7440".parse().expect("an address");
    let mut place =
        Places::new(rules, "grpc", Arc::clone(&metrics)).enter(std::net::IpAddr::from([10, 0, 0, 1])).expect("a place");
    place.sit(enrolled).expect("a place");
    let (server, peer) = tokio::io::duplex(16 << 10);
    (Connection::new(server, Peer { address, key: enrolled }, place), peer, metrics)
}

/// Reads until the connection ends; how long it lasted, and whether the peer was cut.
async fn read_to_end(connection: &mut Connection<DuplexStream>) -> (u64, bool) {
    let began = Instant::now();
    let mut buffer = [0; 1024];
    loop {
        match connection.read(&mut buffer).await {
            Ok(0) => return (began.elapsed().as_secs(), false),
            Ok(_) => {}
            Err(error) => return (began.elapsed().as_secs(), error.kind() == io::ErrorKind::ConnectionAborted),
        }
    }
}

fn was_cut_for(metrics: &Metrics, reason: &str) -> bool {
    metrics.page().contains(&format!("reason=\"{reason}\"}} 1"))
}

#[tokio::test(start_paused = true)]
async fn a_peer_without_a_first_frame_is_cut_after_five_seconds() {
    for said in [0, 1, 32] {
        let (mut connection, mut peer, metrics) = connected(Some([1; 32]));
        peer.write_all(&vec![0; said]).await.expect("written");
        assert_eq!(read_to_end(&mut connection).await, (5, true), "{said} bytes");
        assert!(was_cut_for(&metrics, "first-frame"), "{}", metrics.page());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_that_asks_nothing_is_cut_after_a_minute_and_an_enrolled_peer_is_not() {
    for (enrolled, cut) in [(None, true), (Some([1; 32]), false)] {
        let (mut connection, mut peer, metrics) = connected(enrolled);
        tokio::spawn(async move {
            // It answers every ping of the server.
            for _ in 0..20 {
                peer.write_all(&[0; 33]).await.expect("written");
                tokio::time::sleep(5 * SECOND).await;
            }
        });
        let (lasted, was_cut) = read_to_end(&mut connection).await;
        assert_eq!((lasted, was_cut), if cut { (60, true) } else { (100, false) });
        assert_eq!(was_cut_for(&metrics, "idle"), cut);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_that_follows_is_not_idle() {
    let (mut connection, mut peer, _) = connected(None);
    let call = connection.arrival.call();
    tokio::spawn(async move {
        peer.write_all(&[0; 33]).await.expect("written");
        tokio::time::sleep(300 * SECOND).await;
        drop(call);
        tokio::time::sleep(300 * SECOND).await;
        drop(peer);
    });
    assert_eq!(read_to_end(&mut connection).await, (360, true), "a minute after its last call");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_no_bytes_is_cut_after_thirty_seconds() {
    let (mut connection, mut peer, metrics) = connected(Some([1; 32]));
    peer.write_all(&[0; 33]).await.expect("written");
    connection.read_exact(&mut [0; 33]).await.expect("read");
    let began = Instant::now();
    let error = connection.write_all(&[0; 64 << 10]).await.expect_err("cut");
    assert_eq!((began.elapsed().as_secs(), error.kind()), (30, io::ErrorKind::ConnectionAborted));
    assert!(was_cut_for(&metrics, "slow-reader"));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_few_bytes_at_a_time_is_only_slow() {
    let (mut connection, mut peer, _) = connected(Some([1; 32]));
    peer.write_all(&[0; 33]).await.expect("written");
    connection.read_exact(&mut [0; 33]).await.expect("read");
    let reader = tokio::spawn(async move {
        for _ in 0..32 {
            tokio::time::sleep(20 * SECOND).await;
            peer.read_exact(&mut [0; 4 << 10]).await.expect("read");
        }
    });
    connection.write_all(&[0; 128 << 10]).await.expect("written, at last");
    reader.await.expect("everything was read");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_taken_cuts_the_connection_after_forty_seconds() {
    let (mut connection, mut peer, metrics) = connected(Some([1; 32]));
    let call = connection.arrival.call();
    tokio::spawn(async move {
        peer.write_all(&[0; 33]).await.expect("written");
        call.handed_over();
        tokio::time::sleep(20 * SECOND).await;
        call.taken();
        tokio::time::sleep(100 * SECOND).await;
        call.handed_over();
        tokio::time::sleep(600 * SECOND).await;
        drop(peer);
    });
    assert_eq!(read_to_end(&mut connection).await, (160, true));
    assert!(was_cut_for(&metrics, "slow-reader"));
}

#[tokio::test(start_paused = true)]
async fn whoever_always_has_something_to_say_can_be_cut_as_well() {
    let (mut connection, mut peer, _) = connected(Some([1; 32]));
    tokio::spawn(async move { while peer.write_all(&[0; 1 << 10]).await.is_ok() {} });
    connection.read_exact(&mut [0; 64 << 10]).await.expect("read");
    connection.arrival.place.cut_for(Cut::Dropped);
    assert_eq!(read_to_end(&mut connection).await, (0, true));
}
