//! Witnesses over HTTP as processes of their own: ours, and what pretends to be one. A made log beside them, whose key a
//! test holds, so that it can sign what no log may. It refuses to know what a witness should answer.

use crate::{
    hall::{bare, words},
    program::{self, Running},
};
use std::{
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use tlog::{AddCheckpoint, Checkpoint, Hash, KeyKind, Note, SigningKey, Tree, sha256};

/// Longest that a test waits for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// `Content-Type`, or nothing.
    pub kind: String,
    /// The body.
    pub body: String,
}

/// One request on a connection of its own.
///
/// # Errors
/// The connection breaks before the answer is whole.
pub fn ask(url: &str, method: &str, path: &str, body: &[u8]) -> io::Result<Reply> {
    let mut socket = TcpStream::connect(bare(url))?;
    socket.set_read_timeout(Some(ANSWER_MAX))?;
    let length = body.len();
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\nHost: witness\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )?;
    // A door may answer and close before it has read everything.
    let _ = socket.write_all(body);
    let mut answer = Vec::new();
    let read = socket.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let broken = || read.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into());
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return Err(broken()) };
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next_back()
    };
    if header("content-length").is_some_and(|length| length != body.len().to_string()) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    Ok(Reply { status, kind: header("content-type").unwrap_or_default(), body: body.to_owned() })
}

/// `kiemphieu observer witness --listen`.
pub struct Witness {
    home: PathBuf,
    more: Vec<OsString>,
    /// Where it listens.
    pub url: String,
    running: Option<Running>,
}

impl Witness {
    /// Starts a witness on a free port, with the keys of this home; `more` names its logs.
    ///
    /// # Panics
    /// It does not open its door.
    #[must_use]
    pub fn start(home: &Path, more: Vec<OsString>) -> Self {
        let mut witness = Self { home: home.to_owned(), more, url: String::new(), running: None };
        witness.again();
        witness
    }

    /// Makes an observer's and a witness's key in that home.
    pub fn keys(home: &Path, name: &str) {
        let key = ["observer", "key", "--origin", "kiemphieu.example/hall", "--id", "other", "--witness", name];
        program::run_well(words(&key, &[("--home", home.to_owned())]));
    }

    /// Starts it again, where it listened before.
    ///
    /// # Panics
    /// It does not open its door.
    pub fn again(&mut self) {
        let address = if self.url.is_empty() { "127.0.0.1:0" } else { bare(&self.url) };
        let all = words(&["observer", "witness", "--listen", address], &[("--home", self.home.clone())]);
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_path()).expect("a log");
        let mut child = Command::new(program::path())
            .args(all)
            .args(&self.more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let _ = BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line);
        self.running = Some(Running(child));
        let said = serde_json::from_str::<serde_json::Value>(&line);
        let said = said.unwrap_or_else(|_| panic!("the witness does not listen: {}", self.log()));
        self.url = said["witness"].as_str().expect("an address").to_owned();
    }

    /// Ends it at once (`kill -9`).
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Hands it a checkpoint.
    ///
    /// # Errors
    /// No whole answer came.
    pub fn add(&self, request: &AddCheckpoint) -> io::Result<Reply> {
        ask(&self.url, "POST", "/add-checkpoint", request.to_string().as_bytes())
    }

    /// What it says that it cosigned last of this log.
    #[must_use]
    pub fn shown(&self, origin: &str) -> Option<Note> {
        let path = format!("/{}", tlog::witness::monitoring_path(origin));
        let reply = ask(&self.url, "GET", &path, b"").ok().filter(|reply| reply.status == 200)?;
        Note::parse(reply.body.as_bytes()).ok()
    }

    fn log_path(&self) -> PathBuf {
        self.home.join("witness.log")
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }
}

/// A log with nothing in it but leaves, and the key that signs for it.
#[derive(Clone)]
pub struct MadeLog {
    key: Arc<SigningKey>,
    leaves: Vec<Hash>,
}

impl MadeLog {
    /// An empty log of that origin.
    ///
    /// # Panics
    /// The origin is no name of a key.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        let seed = sha256(origin.as_bytes()).0;
        let key = SigningKey::from_seed(origin, KeyKind::Ed25519, &seed).expect("a good name");
        Self { key: Arc::new(key), leaves: Vec::new() }
    }

    /// A log of these leaves, signed for with that key.
    #[must_use]
    pub fn of(key: SigningKey, leaves: Vec<Hash>) -> Self {
        Self { key: Arc::new(key), leaves }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The same log with another leaf.
    #[must_use]
    pub fn with(&self, leaf: &str) -> Self {
        let mut longer = self.clone();
        longer.leaves.push(sha256(leaf.as_bytes()));
        longer
    }

    /// Entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        self.leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree
    }

    /// Its checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let tree = self.tree();
        Checkpoint { origin: self.key.verifier().name().to_owned(), size: tree.size(), root: tree.root() }
    }

    /// What it asks of a witness that has seen so many entries.
    ///
    /// # Panics
    /// It has not so many.
    #[must_use]
    pub fn asks(&self, old: u64) -> AddCheckpoint {
        let proof = match old {
            0 => Vec::new(),
            _ => self.tree().consistency_proof(old, self.size()).expect("it has so many entries"),
        };
        AddCheckpoint { old, proof, checkpoint: self.checkpoint().sign(&self.key) }
    }
}

/// Something at an address that a server takes for a witness: one way of answering, on a thread of its own.
pub struct Pretender {
    /// Where it listens.
    pub url: String,
    /// Requests that have come.
    asked: Arc<AtomicUsize>,
    open: Arc<AtomicBool>,
}

impl Pretender {
    /// Answers every request by that function, which has the socket and the request's text.
    ///
    /// # Panics
    /// There is no free port.
    #[must_use]
    pub fn answering(answer: impl Fn(&mut TcpStream, &str) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (asked, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
        let (counted, is_open) = (Arc::clone(&asked), Arc::clone(&open));
        thread::spawn(move || {
            for socket in listener.incoming() {
                if !is_open.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(mut socket), answer, counted) = (socket, answer.clone(), Arc::clone(&counted)) else {
                    continue;
                };
                thread::spawn(move || {
                    let _ = socket.set_read_timeout(Some(ANSWER_MAX));
                    if let Some(request) = request(&mut socket) {
                        counted.fetch_add(1, Ordering::Relaxed);
                        answer(&mut socket, &request);
                    }
                });
            }
        });
        Self { url, asked, open }
    }

    /// Requests that have come so far.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Pretender {
    fn drop(&mut self) {
        self.open.store(false, Ordering::Relaxed);
        let _ = TcpStream::connect(bare(&self.url));
    }
}

/// One request, whole.
fn request(socket: &mut TcpStream) -> Option<String> {
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = socket.read(&mut piece).ok().filter(|read| *read > 0)?;
        text.extend_from_slice(&piece[..read]);
        let said = String::from_utf8_lossy(&text);
        let Some((head, body)) = said.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(said.into_owned());
        }
    }
}
