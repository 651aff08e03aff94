//! Sockets that say nothing, and handshakes that stop half-way.

use promises::foe::Foe;
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// The server gives a handshake five seconds, and of one address few that take longer than a moment.
const LASTING: Duration = Duration::from_secs(1);
const GONE: Duration = Duration::from_secs(6);
const LASTING_OF_ADDRESS_MAX: usize = 8;

/// So many silent sockets, half of them from the address of the tables, half from two hundred others; all are kept open
/// as long as the server lets them.
pub async fn silent(foe: Foe, many: usize) -> String {
    let mut kept: Vec<TcpStream> = Vec::with_capacity(many);
    let mut refused = 0;
    for n in 0..many {
        match foe.socket(address(n)).await {
            Ok(socket) => kept.push(socket),
            Err(_) => refused += 1,
        }
        if n % 8 == 7 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    assert!(refused < many / 10, "{refused} could not even be opened: the flood was none");
    format!("{} opened, {}", kept.len(), cut(&kept).await)
}

/// So many first flights of a real handshake: every other one whole, the rest cut in the middle; then silence.
pub async fn half(foe: Foe, many: usize) -> String {
    let mut kept: Vec<TcpStream> = Vec::with_capacity(many);
    for n in 0..many {
        let Ok(mut socket) = foe.socket(address(n / 2)).await else { continue };
        let hello = foe.hello();
        let said = if n % 2 == 0 { &hello[..] } else { &hello[..hello.len() / 2] };
        if socket.write_all(said).await.is_ok() {
            kept.push(socket);
        }
        if n % 2 == 1 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    format!("{} begun and left, {}", kept.len(), cut(&kept).await)
}

/// Keeps them all until the server has cut the last.
async fn cut(kept: &[TcpStream]) -> String {
    tokio::time::sleep(LASTING).await;
    let open: Vec<_> = kept.iter().filter(|socket| is_open(socket)).collect();
    let of_tables = open.iter().filter(|socket| socket.local_addr().is_ok_and(|a| a.ip() == address(0))).count();
    assert!(of_tables <= LASTING_OF_ADDRESS_MAX, "{of_tables} handshakes of one address take their time");
    tokio::time::sleep(GONE - LASTING).await;
    let last = kept.iter().filter(|socket| is_open(socket)).count();
    assert_eq!(last, 0, "handshakes that are not cut after {GONE:?}");
    format!("{} open after {LASTING:?}, none after {GONE:?}", open.len())
}

/// Every other one from behind the address of the tables.
fn address(n: usize) -> IpAddr {
    let last = if n.is_multiple_of(2) { 1 } else { 2 + n / 2 % 200 };
    Ipv4Addr::new(127, 0, 0, u8::try_from(last).expect("small")).into()
}

/// The server has not hung up: it may have said something, and may say more.
fn is_open(socket: &TcpStream) -> bool {
    loop {
        match socket.try_read(&mut [0; 4096]) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}
