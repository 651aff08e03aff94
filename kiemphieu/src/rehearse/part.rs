//! Small things with which the parts of a rehearsal are called: command lines, and the page with the server's counters.

use std::{ffi::OsString, path::PathBuf};

/// The first so many, in the order elected.
pub(super) fn first(ids: impl Iterator<Item = String>, threshold: u64) -> Vec<String> {
    ids.take(usize::try_from(threshold).unwrap_or(usize::MAX)).collect()
}

/// Words and named paths as one command line.
pub(super) fn words(words: &[&str], paths: &[(&str, PathBuf)]) -> Vec<OsString> {
    let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
    for (name, path) in paths {
        all.extend([OsString::from(name), path.clone().into_os_string()]);
    }
    all
}

/// The counters of a server, from its public port.
pub(super) async fn metrics_page(address: &str) -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(address).await?;
    socket
        .write_all(format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
        .await?;
    let mut page = String::new();
    socket.read_to_string(&mut page).await?;
    Ok(page)
}
