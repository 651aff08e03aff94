//! Who reaches whom, over real sockets: the ticket's key decides, and the client's key is proved or absent.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use door::{DialError, Handshake, Ticket, dial, finder};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tally::Sid;
use tlog::{KeyKind, SigningKey};
use tokio::net::TcpListener;

fn key(name: &str, seed: u8) -> Arc<SigningKey> {
    Arc::new(SigningKey::from_seed(name, KeyKind::Ed25519, &[seed; 32]).unwrap())
}

fn event() -> Sid {
    tlog::sha256(b"manifest")
}

/// The keys that clients of a small server proved to hold.
type Shown = Arc<Mutex<Vec<Option<[u8; 32]>>>>;

/// A server that shakes hands and notes who came.
async fn serve(tally: Arc<SigningKey>) -> (SocketAddr, Shown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, shown) = (listener.local_addr().unwrap(), Shown::default());
    let (handshake, noted) = (Handshake::new(&[(event(), tally)]), Arc::clone(&shown));
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            if let Ok((stream, key)) = handshake.accept(socket).await {
                noted.lock().unwrap().push(key);
                tokio::spawn(async move {
                    let _open = stream;
                    tokio::time::sleep(Duration::from_secs(5)).await;
                });
            }
        }
    });
    (address, shown)
}

/// A client is done with its handshake a moment before the server is.
async fn came(shown: &Shown, how_many: usize) -> Vec<Option<[u8; 32]>> {
    for _ in 0..500 {
        if shown.lock().unwrap().len() >= how_many {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shown.lock().unwrap().clone()
}

fn ticket(tally: &SigningKey, addresses: &[SocketAddr]) -> Ticket {
    let ticket = Ticket::new(event(), tally.verifier().clone(), Vec::new()).unwrap();
    ticket.at(addresses.iter().map(|a| (*a).into()).collect())
}

#[tokio::test]
async fn the_server_of_the_ticket_is_reached_and_learns_whose_key_calls() {
    let (tally, station) = (key("hall/tally", 1), key("hall/station/s01", 2));
    let (address, shown) = serve(Arc::clone(&tally)).await;
    dial(&ticket(&tally, &[address]), Some(&station)).await.unwrap();
    came(&shown, 1).await;
    dial(&ticket(&tally, &[address]), None).await.unwrap();
    assert_eq!(came(&shown, 2).await, [Some(*station.verifier().public()), None]);
}

#[tokio::test]
async fn somebody_in_between_with_another_key_is_called_an_impostor_and_learns_nothing() {
    let (tally, other) = (key("hall/tally", 1), key("hall/tally", 9));
    let (address, shown) = serve(other).await;
    let refused = dial(&ticket(&tally, &[address]), Some(&key("hall/station/s01", 2))).await.unwrap_err();
    assert_eq!(refused, DialError::Impostor { address: address.to_string() });
    assert!(shown.lock().unwrap().is_empty(), "a client that sees the wrong key never shows its own");
}

#[tokio::test]
async fn an_impostor_at_one_address_does_not_keep_a_table_from_the_spare() {
    let (tally, other) = (key("hall/tally", 1), key("hall/tally", 9));
    let ((wrong, _), (right, shown)) = (serve(other).await, serve(Arc::clone(&tally)).await);
    dial(&ticket(&tally, &[wrong, right]), None).await.unwrap();
    assert_eq!(came(&shown, 1).await, [None]);
}

#[tokio::test]
async fn where_nobody_listens_every_place_tried_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = dial(&ticket(&key("hall/tally", 1), &[closed]), None).await.unwrap_err();
    assert!(matches!(&refused, DialError::Unreachable { tried } if tried.len() == 1), "{refused}");
    assert!(refused.to_string().contains(&closed.to_string()));
}

#[tokio::test]
async fn an_older_tls_and_plain_text_are_not_spoken() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (address, shown) = serve(key("hall/tally", 1)).await;
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await.unwrap();
    assert!(shown.lock().unwrap().is_empty());
    assert!(answer.first().is_none_or(|byte| *byte == 21), "a TLS alert or nothing: {answer:?}");
}

/// Where the machine lets nobody announce anything the ticket's addresses are needed; then there is nothing to find.
#[tokio::test]
async fn the_hall_is_found_on_the_network_by_the_event_of_the_ticket_alone() {
    let listening: SocketAddr = "0.0.0.0:7440".parse().unwrap();
    let announced = finder::announce(&[event()], listening).unwrap();
    let found = finder::find(event(), Duration::from_secs(8)).await;
    assert!(!found.is_empty() && found.iter().all(|address| address.port() == 7440), "{found:?}");
    assert!(finder::find(tlog::sha256(b"another"), Duration::from_secs(1)).await.is_empty());
    drop(announced);
}
