//! A public page as whoever has no key reads it.

use crate::hall::{Hall, bare};
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// The body of a page of the server.
///
/// # Panics
/// It is not served.
#[must_use]
pub fn read(hall: &Hall, path: &str) -> String {
    let address = bare(&hall.http);
    let mut socket = TcpStream::connect(address).expect("the pages are served");
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut page = String::new();
    socket.read_to_string(&mut page).expect("an answer");
    page.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("a page")
}
