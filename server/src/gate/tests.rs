//! Peers of every kind on real sockets.

use super::*;
use crate::metrics::Standing;
use door::{DialError, Ticket, dial};
use std::sync::atomic::{AtomicUsize, Ordering};
use tlog::{Hash, KeyKind, SigningKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A gate on a port of its own, which knows one key.
struct Hall {
    ticket: Ticket,
    address: SocketAddr,
    metrics: Arc<Metrics>,
    known: Arc<SigningKey>,
    /// Ends with the gate's last connection.
    inside: tokio::task::JoinHandle<usize>,
}

fn key(name: &str, seed: u8) -> Arc<SigningKey> {
    Arc::new(SigningKey::from_seed(name, KeyKind::Ed25519, &[seed; 32]).expect("a key"))
}

impl Hall {
    async fn open() -> Self {
        let (event, tally, known) = (Hash([7; 32]), key("hall/tally", 1), key("hall/station/s01", 2));
        let public = *known.verifier().public();
        let metrics = Arc::new(Metrics::default());
        let handshake = Handshake::new(&[(event, Arc::clone(&tally))]);
        let gate = Gate::new(handshake, move |key| key == public, 64, Arc::clone(&metrics));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut arrivals = gate.open(listener, Calls { relays: Vec::new(), events: Vec::new() });
        let inside = tokio::spawn(async move {
            let mut inside = Vec::new();
            while let Some(Ok(connection)) = tokio_stream::StreamExt::next(&mut arrivals).await {
                inside.push(connection);
            }
            inside.len()
        });
        let line = format!("kiemphieu://{address}/{event}#{}", tally.verifier());
        let ticket: Ticket = line.parse().expect("a ticket");
        Self { ticket, address, metrics, known, inside }
    }

    async fn call(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the port is open")
    }

    fn cut(&self, reason: &str) -> u64 {
        let line = format!("kiemphieu_cut_total{{door=\"grpc\",reason=\"{reason}\"}} ");
        let page = self.metrics.page();
        page.lines().find_map(|l| l.strip_prefix(&line)).map_or(0, |n| n.parse().expect("a number"))
    }

    fn connections(&self, standing: Standing) -> i64 {
        self.metrics.connections(GRPC, standing).get()
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..2_000 {
            if is_so(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("{what}: {}", self.metrics.page());
    }
}

#[tokio::test]
async fn a_table_finishes_its_handshake_through_a_flood_from_its_own_address() {
    let hall = Hall::open().await;
    let mut flood = Vec::new();
    for _ in 0..200 {
        flood.push(hall.call().await);
    }
    let dialled: Result<_, DialError> = dial(&hall.ticket, Some(&hall.known)).await;
    let channel = dialled.expect("the table is through");
    hall.until("the table is in", |hall| hall.connections(Standing::Enrolled) == 1).await;
    assert!(hall.cut("address") >= 200 - 64, "{}", hall.metrics.page());
    hall.until("few take long", |hall| hall.connections(Standing::Pending) <= 8).await;
    // The first ones were cut, not left to hang.
    let mut first = flood.swap_remove(0);
    assert!(matches!(first.read(&mut [0]).await, Ok(0) | Err(_)));
    drop((channel, flood));
    hall.until("all are gone", |hall| hall.connections(Standing::Pending) == 0).await;
}

#[tokio::test]
async fn all_tables_of_a_hall_come_in_at_once() {
    let hall = Hall::open().await;
    let dialling =
        (0..40).map(|_| hall.ticket.clone()).map(|ticket| tokio::spawn(async move { dial(&ticket, None).await }));
    for channel in dialling.collect::<Vec<_>>() {
        assert!(channel.await.expect("no panic").is_ok(), "a handshake was cut: {}", hall.metrics.page());
    }
    // Nobody of them is enrolled, so that eight stay.
    let eight_stay = |hall: &Hall| (hall.connections(Standing::Stranger), hall.cut("address")) == (8, 32);
    hall.until("eight stay", eight_stay).await;
}

#[tokio::test]
async fn whoever_shows_no_key_or_an_unknown_one_is_a_stranger() {
    let hall = Hall::open().await;
    let unknown = key("hall/station/s99", 9);
    let one = dial(&hall.ticket, None).await.expect("in");
    let two = dial(&hall.ticket, Some(&unknown)).await.expect("in");
    let three = dial(&hall.ticket, Some(&hall.known)).await.expect("in");
    let counted = |hall: &Hall| (hall.connections(Standing::Stranger), hall.connections(Standing::Enrolled)) == (2, 1);
    hall.until("two strangers and a table", counted).await;
    drop((one, two, three));
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_is_cut_at_once() {
    let hall = Hall::open().await;
    let mut browser = hall.call().await;
    browser.write_all(b"GET / HTTP/1.1\r\nHost: hall\r\n\r\n").await.expect("sent");
    hall.until("no handshake", |hall| hall.cut("handshake") == 1).await;
    drop(hall.call().await);
    hall.until("nor this", |hall| hall.cut("handshake") == 2).await;
    assert_eq!(hall.connections(Standing::Pending), 0);
}

#[tokio::test(start_paused = true)]
async fn a_silent_socket_and_a_half_handshake_have_five_seconds() {
    let hall = Hall::open().await;
    let mut silent = hall.call().await;
    let mut half = hall.call().await;
    // The header of a TLS record and no more of it.
    half.write_all(&[22, 3, 1, 2, 0, 1]).await.expect("sent");
    let began = tokio::time::Instant::now();
    assert!(matches!(silent.read(&mut [0]).await, Ok(0) | Err(_)));
    assert!(matches!(half.read_to_end(&mut Vec::new()).await, Ok(_) | Err(_)));
    assert!(began.elapsed() <= HANDSHAKE_MAX + Duration::from_millis(500), "{:?}", began.elapsed());
    hall.until("both", |hall| hall.cut("handshake-time") == 2).await;
}

#[tokio::test]
async fn the_port_is_closed_when_nobody_asks_for_connections_any_more() {
    let hall = Hall::open().await;
    hall.inside.abort();
    for _ in 0..200 {
        if TcpStream::connect(hall.address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the port is still open");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_files_waits_for_one_and_does_not_spin() {
    let tries = AtomicUsize::new(0);
    let accept = || async {
        match tries.fetch_add(1, Ordering::Relaxed) {
            0..100 => Err(io::Error::from_raw_os_error(24)),
            _ => Ok("a connection"),
        }
    };
    let (began, mut complaint) = (tokio::time::Instant::now(), None);
    assert_eq!(next(accept, &mut complaint).await, "a connection");
    assert_eq!(began.elapsed().as_millis() / 100, 100 * ACCEPT_PAUSE.as_millis() / 100);
    assert!(complaint.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_hung_up_in_the_queue_holds_nobody_up() {
    let tries = AtomicUsize::new(0);
    let accept = || async {
        match tries.fetch_add(1, Ordering::Relaxed) {
            0..100 => Err(io::ErrorKind::ConnectionAborted.into()),
            _ => Ok("a connection"),
        }
    };
    let (began, mut complaint) = (tokio::time::Instant::now(), None);
    assert_eq!(next(accept, &mut complaint).await, "a connection");
    assert_eq!(began.elapsed(), Duration::ZERO);
}
