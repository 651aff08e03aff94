//! Witnesses that are away, slow, endless, broken or not witnesses at all: every bundle is acknowledged as if they were not
//! there, each trouble is said once, nothing false becomes a quorum.

use crate::pushing::{calling, server_said, toml};
use promises::{
    client::{Chain, Way},
    cosigner::Pretender,
    door::Door,
    hall::{Hall, words},
    program,
    relay::until,
};
use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tlog::{KeyKind, Note, SigningKey, cosignature::cosign};
use tokio::runtime::Runtime;

const BUNDLES: usize = 60;

fn respond(socket: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let _ = write!(socket, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
}

/// Cosigns whatever comes, or another text, with that key and without having looked at it.
fn cosigning(key: SigningKey, other: &'static str) -> Pretender {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let key = std::sync::Arc::new(key);
    Pretender::answering(move |socket, request| {
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let note = body.split_once("\n\n").and_then(|(_, note)| Note::parse(note.as_bytes()).ok());
        match note {
            Some(note) => {
                let text = note.text().to_owned() + other;
                respond(socket, "200 OK", &format!("{}\n", cosign(&text, &key, time)));
            }
            None => respond(socket, "404 Not Found", ""),
        }
    })
}

#[test]
fn however_witnesses_fail_every_bundle_is_acknowledged_each_trouble_is_said_once_and_no_quorum_is_met() {
    let away = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let silent = Pretender::answering(|_, _| std::thread::sleep(Duration::from_secs(600)));
    let endless = Pretender::answering(|socket, _| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
        while socket.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let broken = Pretender::answering(|socket, _| respond(socket, "503 Service Unavailable", "try later"));
    let no_http = Pretender::answering(|socket, _| drop(socket.write_all(b"\0\0\0 no HTTP at all")));
    let claims_all = Pretender::answering(|socket, _| respond(socket, "200 OK", "\u{2014} nobody AAAA\n"));
    let stranger = SigningKey::from_seed("stranger.example/w", KeyKind::CosignatureV1, &[7; 32]).unwrap();
    let stranger = cosigning(stranger, "");
    let hall = Hall::found(&toml(BUNDLES), 1);
    // The name and the key of the event's witness, under a signature of something else.
    let forged = cosigning(keyfile::open(&hall.at("observer/witness.key")).unwrap(), "more\n");
    let mut urls = vec![away.as_str()];
    let pretenders = [&silent, &endless, &broken, &no_http, &claims_all, &stranger, &forged];
    urls.extend(pretenders.iter().map(|pretender| pretender.url.as_str()));
    let started = Instant::now();
    let hall = calling(hall, &urls, BUNDLES);
    let work: Vec<_> = (0..BUNDLES).map(|n| ("c01", n)).collect();
    let (mut chain, door, runtime) = (Chain::sign(&hall, "s01", &work), Door::of(&hall), Runtime::new().unwrap());
    runtime.block_on(chain.send(&door, Way::Calls, 1, Duration::ZERO)).expect("every bundle is taken");
    assert!(chain.is_done());
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}: somebody waited for a witness", started.elapsed());
    for pretender in pretenders {
        until("it was asked", || pretender.asked() > 0);
    }
    // Each says what it is, in the operator's log, once, however often it is asked again.
    for (url, says) in [
        (away.as_str(), "the witness cannot be reached"),
        (&silent.url, "the witness cannot be reached"),
        (&broken.url, "answers what no witness answers"),
        (&no_http.url, "the witness cannot be reached"),
        (&forged.url, "it cosigns with a key that is no witness of this event"),
        (&stranger.url, "it cosigns with a key that is no witness of this event"),
    ] {
        let of = |line: &&str| line.contains(url) && line.contains(says);
        until(says, || server_said(&hall).lines().any(|line| of(&line)));
        assert_eq!(server_said(&hall).lines().filter(of).count(), 1, "{says}: {}", server_said(&hall));
    }
    assert!(server_said(&hall).lines().any(|line| line.contains(&endless.url)), "{}", server_said(&hall));
    assert!(server_said(&hall).lines().any(|line| line.contains(&claims_all.url)), "{}", server_said(&hall));
    let page = promises::page::read(&hall, &format!("/{}/checkpoint", hall.event));
    assert!(
        page.contains("no checkpoint has its quorum"),
        "only what witnesses of the event have seen is published: {page}"
    );
    let verify = [words(&["observer", "verify", "--json"], &[("--home", hall.at("stranger"))]), hall.way()].concat();
    let verified = program::run(verify);
    assert_eq!(verified.code, 3, "PROVISIONAL: {}{}", verified.stdout, verified.stderr);
}
