//! A relay as its operator starts it, on loopback and on the same port again after it was killed.

use crate::{
    hall::{Hall, words},
    program::{self, Running},
};
use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A relay in a folder of its own.
pub struct Relay {
    folder: TempDir,
    /// Where halls call and observers come.
    pub address: String,
    /// Where its mirrors are, if it serves them.
    pub http: String,
    /// More for its command line.
    pub arguments: Vec<OsString>,
    running: Option<Running>,
}

impl Relay {
    /// A relay with a port and without a ticket, which does not run yet.
    ///
    /// # Panics
    /// This machine has no port or no folder left.
    #[must_use]
    pub fn prepare() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("tickets")).expect("a folder");
        // Halls are told the address before the relay runs: a port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        Self { folder, address: port.to_string(), http: String::new(), arguments: Vec::new(), running: None }
    }

    /// A place in the relay's folder.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives it the ticket of a hall.
    ///
    /// # Panics
    /// The disk fails.
    pub fn switch(&self, hall: &Hall) {
        fs::copy(hall.ticket(), self.at("tickets").join(&hall.event)).expect("a ticket");
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// It does not.
    pub fn start(&mut self) {
        let mut all = words(&["observer", "relay", "--listen", &self.address], &[("--home", self.at("."))]);
        all.extend(self.arguments.clone());
        let log = fs::OpenOptions::new().create(true).append(true).open(self.at("relay.log")).expect("a log");
        let child =
            Command::new(program::path()).args(all).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn();
        let mut child = child.expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        let _ = BufReader::new(stdout).read_line(&mut line);
        let said = serde_json::from_str::<serde_json::Value>(&line);
        let said = said.unwrap_or_else(|_| panic!("the relay does not listen: {}", self.log()));
        self.http = said["http"].as_str().unwrap_or_default().to_owned();
        self.running = Some(Running(child));
    }

    /// Ends it at once (`kill -9`).
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.at("relay.log")).unwrap_or_default()
    }
}

/// Waits until something is so, and no longer than twenty seconds.
///
/// # Panics
/// It is not so in time.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}
