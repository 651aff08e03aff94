//! A witness of other people (PyPI `aics-witness`, which shares no code with ours) cosigns the running server's log, its
//! line is the event's quorum, and it refuses a fork of that log.

use crate::pushing::server_said;
use promises::{
    cosigner::{MadeLog, ask},
    door::Door,
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Running},
    python,
    relay::until,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};
use tlog::{Checkpoint, Note, cosignature::quorum, witness::monitoring_path};
use tokio::runtime::Runtime;

fn aics(config: &Path, command: &str, more: &[&str]) -> String {
    let output = Command::new(python::tool("aics-witness")).arg(command).arg("-c").arg(config).args(more).output();
    let output = output.expect("aics-witness runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(output.status.success(), "{command}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Serves on a free port; the process and where it listens.
fn serve(config: &Path) -> (Running, String) {
    let mut command = Command::new(python::tool("aics-witness"));
    command.arg("serve").arg("-c").arg(config).stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("aics-witness starts");
    let mut said = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let listening = said.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("listening on ")?;
        Some(rest.split(' ').next()?.to_owned())
    });
    std::thread::spawn(move || said.for_each(drop));
    (Running(child), listening.expect("it says where it listens"))
}

#[test]
fn a_third_partys_witness_cosigns_the_running_log_counts_as_its_quorum_and_refuses_its_fork() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("witness.json");
    let vkey = aics(&config, "init", &["--name", "third.example/w1", "--listen", "127.0.0.1:0"]);
    let file = folder.path().join("third.vkey");
    fs::write(&file, format!("{vkey}\n")).unwrap();
    let mut hall = Hall::found_with(&event_toml(1, &strike_list("c01", 20)), 1, &[file]);
    let log = fs::read_to_string(hall.event_folder().join("log.key.vkey")).unwrap();
    aics(&config, "add-log", &["--origin", "kiemphieu.example/hall", "--vkey", log.trim()]);
    let (_third, url) = serve(&config);
    hall.arguments = words(&["--witness", &url], &[]);
    hall.start_server();
    hall.prepare("c01", &[("b001".to_owned(), 20, String::new())]);

    // The quorum is one of two witnesses, and ours is not running: only the third party's line can meet it.
    let third = keyfile::read_public(&folder.path().join("third.vkey")).unwrap();
    let verify = [words(&["observer", "verify", "--json"], &[("--home", hall.at("stranger"))]), hall.way()].concat();
    until("the quorum is met", || program::run(&verify).code == 0);
    let (runtime, door) = (Runtime::new().unwrap(), Door::of(&hall));
    let (entries, newest) = runtime.block_on(door.entries()).unwrap();
    let shown = format!("/{}", monitoring_path("kiemphieu.example/hall"));
    until("it has cosigned the newest", || {
        let note = Note::parse(ask(&url, "GET", &shown, b"").unwrap().body.as_bytes()).unwrap();
        Checkpoint::parse(note.text()).unwrap() == newest
    });
    let page = promises::page::read(&hall, &format!("/{}/checkpoint", hall.event));
    let published = Note::parse(page.as_bytes()).unwrap();
    assert_eq!(quorum(&published, std::slice::from_ref(&third)).unwrap().len(), 1, "{page}");
    assert!(!server_said(&hall).contains("no witness of this event"), "{}", server_said(&hall));

    // What the log's key would sign in another history: of the same size, and longer ones from the true beginning.
    let key = || keyfile::open(&hall.event_folder().join("log.key")).unwrap();
    let leaves: Vec<_> = entries.iter().map(|entry| Note::parse(entry).unwrap().leaf()).collect();
    let truth = MadeLog::of(key(), leaves.clone());
    assert_eq!(truth.checkpoint().root, newest.root);
    let add = |request: &tlog::AddCheckpoint| {
        ask(&url, "POST", "/add-checkpoint", request.to_string().as_bytes()).unwrap().status
    };
    assert_eq!(add(&truth.asks(truth.size())), 200, "the true one once more");
    let fork = MadeLog::of(key(), leaves[..leaves.len() - 1].to_vec()).with("another entry");
    assert!([409, 422].contains(&add(&fork.asks(fork.size()))), "one size, two roots");
    assert_eq!(add(&fork.with("and one more").asks(fork.size())), 422, "the fork does not go on");
    assert_eq!(add(&MadeLog::of(key(), leaves[..2].to_vec()).asks(1)), 409, "nor does the log go back");

    let kept = aics(&config, "evidence", &[]);
    assert!(kept.contains(&fork.checkpoint().root.to_base64()), "it keeps what convicts the log's key: {kept}");

    // The server it was made from goes on unharmed, and its next entries are cosigned.
    hall.desk_well(&["annul", "c01", "--reason", "wrong title"], &["k1", "k2"]);
    until("the next entries are cosigned", || program::run(&verify).code == 0);
    assert!(runtime.block_on(door.entries()).unwrap().1.size > newest.size);
}
