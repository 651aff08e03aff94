//! The public pages, while somebody holds every connection it can get.

use promises::{
    hall::{Hall, bare, event_toml, strike_list},
    page,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// More than the pages have places.
const VISITORS: usize = 600;

fn hall() -> Hall {
    super::field::raise_open_files();
    Hall::open(&event_toml(1, &strike_list("c01", 50)), 1)
}

#[test]
fn the_pages_are_served_while_six_hundred_visitors_say_nothing() {
    let hall = hall();
    let visit = |said: &[u8]| {
        let mut socket = TcpStream::connect(bare(&hall.http)).expect("the port is open");
        let _ = socket.write_all(said);
        socket
    };
    let silent: Vec<_> = (0..VISITORS / 2).map(|_| visit(b"")).collect();
    let half: Vec<_> = (0..VISITORS / 2).map(|_| visit(b"GET /livez HTTP/1.1\r\nHost: ha")).collect();
    let began = Instant::now();
    for path in ["/livez", "/metrics", "/livez"] {
        assert!(!page::read(&hall, path).is_empty());
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let metrics = page::read(&hall, "/metrics");
    let held =
        metrics.lines().find_map(|l| l.strip_prefix("kiemphieu_connections{door=\"http\",standing=\"pending\"} "));
    let held: usize = held.expect("a gauge").parse().expect("a number");
    assert!(held <= 64, "{held} connections of one address");
    // The last of them is cut within its five seconds.
    for mut socket in silent.into_iter().chain(half) {
        socket.set_read_timeout(Some(Duration::from_secs(8))).expect("a socket");
        let ended = socket.read_to_end(&mut Vec::new());
        let is_late =
            ended.is_err_and(|e| matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
        assert!(!is_late && began.elapsed() < Duration::from_secs(8), "a visitor is still there");
    }
}

#[test]
fn a_request_with_a_header_without_end_is_refused() {
    let hall = hall();
    let mut socket = TcpStream::connect(bare(&hall.http)).expect("the port is open");
    socket.write_all(b"GET /livez HTTP/1.1\r\nHost: hall\r\n").expect("a socket");
    let mut sent = 0;
    while sent < 1 << 20 && socket.write_all(format!("x-{sent}: {}\r\n", "y".repeat(1_000)).as_bytes()).is_ok() {
        sent += 1_000;
    }
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.contains(" 431 "), "{answer}");
    assert!(sent < 1 << 20, "a header of {sent} bytes was taken");
}
