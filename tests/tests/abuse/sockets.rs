//! Sockets that say nothing, and handshakes that stop half-way.

use promises::foe::Foe;
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// How long the last of them is kept.
const KEPT: Duration = Duration::from_secs(2);

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
    tokio::time::sleep(KEPT).await;
    let open = kept.iter().filter(|socket| is_open(socket)).count();
    assert!(refused < many / 10, "{refused} could not even be opened: the flood was none");
    assert!(open < 2_048, "the server holds {open} silent sockets");
    format!("{} opened, {open} not yet cut {} s after the last", kept.len(), KEPT.as_secs())
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
    tokio::time::sleep(KEPT).await;
    format!("{} begun and left", kept.len())
}

/// Every other one from behind the address of the tables.
fn address(n: usize) -> IpAddr {
    let last = if n.is_multiple_of(2) { 1 } else { 2 + n / 2 % 200 };
    Ipv4Addr::new(127, 0, 0, u8::try_from(last).expect("small")).into()
}

/// The server has not hung up: there is nothing to read, and nothing is wrong.
fn is_open(socket: &TcpStream) -> bool {
    let nothing_yet = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
    socket.try_read(&mut [0]).as_ref().is_err_and(nothing_yet)
}
