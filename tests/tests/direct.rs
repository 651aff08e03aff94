//! Whoever watches asks others who watch what they have seen, without the server in between: a split view is found while
//! following, and whatever else others answer stops nobody.
#![cfg(target_os = "linux")]

use promises::{
    chance::Chance,
    cosigner::{MadeLog, Pretender, Witness},
    door::Door,
    hall::{Hall, event_toml, strike_list, words},
    history::{History, key, lay_key},
    liar::{Branch, Liar, View},
    program::{self, Running},
    relay::until,
};
use std::{
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Runtime;

fn start(command: Vec<OsString>, out: &Path) -> Running {
    let open = |ending: &str| fs::File::create(out.with_extension(ending)).expect("a log");
    let child = Command::new(program::path())
        .args(command)
        .stdin(Stdio::null())
        .stdout(open("out"))
        .stderr(open("err"))
        .spawn()
        .expect("the program starts");
    Running(child)
}

fn said(out: &Path, ending: &str) -> String {
    fs::read_to_string(out.with_extension(ending)).unwrap_or_default()
}

/// An honest answer of a web server, with that body.
fn page(body: String) -> impl Fn(&mut TcpStream, &str) + Clone + Send + 'static {
    move |socket, _| {
        let length = body.len();
        let _ = write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    }
}

#[test]
fn two_observers_of_a_lying_server_who_ask_each_other_find_the_split_while_they_follow() {
    let place = tempfile::tempdir().unwrap();
    let truth = |seed| {
        let mut history = History::ready(key("").verifier(), Arc::new(key("tally")), 1, 6);
        history.grow(&mut Chance::new(seed), 7);
        Branch::of(&history)
    };
    let one = truth(1);
    let other = (2..50).map(truth).find(|other| !one.agrees(7, other, 7)).expect("another history");
    let runtime = Runtime::new().unwrap();
    let event = one.history.event();
    let liar = runtime.block_on(Liar::open(event));
    let log = key("").verifier().to_string();
    // Each has a home, and its witness's port as a process of its own.
    let ports: Vec<(&str, Witness)> = ["1", "2"]
        .map(|n| {
            let home = place.path().join(n);
            lay_key(&home.join("observer.key"), &format!("observer/p{n}"));
            lay_key(&home.join("witness.key"), &format!("witness.example/{n}"));
            (n, Witness::start(&home, words(&["--log", &log], &[])))
        })
        .into();
    for ((n, _), branch) in ports.iter().zip([one, other]) {
        liar.show(&key(&format!("observer/p{n}")), View::of(&Arc::new(branch), 7));
    }
    let ticket = liar.ticket().to_string();
    let follow = |at: usize| {
        let (n, heard) = (ports[at].0, &ports[1 - at].1.url);
        let all = ["observer", "follow", "--json", "--seconds", "60", "--ticket", &ticket, "--hear", heard];
        start(words(&all, &[("--home", place.path().join(n))]), &place.path().join(format!("follow-{n}")))
    };
    for (mut following, (n, _)) in [follow(0), follow(1)].into_iter().zip(&ports) {
        let out = place.path().join(format!("follow-{n}"));
        assert_eq!(following.wait(Duration::from_secs(30)), 4, "{}{}", said(&out, "out"), said(&out, "err"));
        let report = said(&out, "out").lines().last().map(serde_json::from_str::<serde_json::Value>);
        let report = report.expect("a report").expect("JSON");
        assert_eq!(report["verdict"], "EQUIVOCATION", "{report}");
        let folder = report["evidence"].as_str().expect("a folder");
        assert_eq!(program::run(["observer", "verify-evidence", folder, "--event", &event.to_string()]).code, 0);
    }
}

#[test]
fn whoever_is_slow_silent_huge_foreign_or_absent_is_said_once_and_stops_nobody() {
    let hall = Hall::open(&event_toml(1, &strike_list("c01", 10)), 1);
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let hold = |socket: &mut TcpStream| drop(socket.read(&mut [0; 16]));
    let stranger = MadeLog::new("kiemphieu.example/hall").with("entry").asks(0).checkpoint;
    let peers = [
        Pretender::answering(move |socket, _| hold(socket)),
        Pretender::answering(|socket, _| {
            let _ = write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n");
            while socket.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        }),
        Pretender::answering(move |socket, _| {
            let _ = write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            while socket.write_all(&[b'x'; 4096]).is_ok() {
                counted.fetch_add(4096, Ordering::Relaxed);
            }
        }),
        Pretender::answering(page("không phải điểm kiểm\n".into())),
        Pretender::answering(page(stranger.to_string())),
    ];
    let absent = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let mut all = words(&["observer", "follow", "--until-size", "4"], &[("--home", hall.at("observer"))]);
    all.extend(hall.way());
    let urls: Vec<String> = peers.iter().map(|peer| peer.url.clone()).chain([format!("http://{absent}")]).collect();
    urls.iter().for_each(|url| all.extend(words(&["--hear", url], &[])));
    let out = hall.at("follow");
    let mut following = start(all, &out);
    // The one that talks rubbish is asked at four places each time.
    until("all were asked, some of them twice", || {
        let asked: Vec<usize> = peers.iter().map(Pretender::asked).collect();
        asked.iter().all(|n| *n > 0) && asked[2] > 1 && asked[3] > 4 && asked[4] > 1
    });
    until("all were said", || urls.iter().all(|url| said(&out, "err").contains(url.as_str())));
    hall.prepare("c01", &[("b001".to_owned(), 10, String::new())]);
    assert_eq!(following.wait(Duration::from_secs(30)), 0, "{}", said(&out, "err"));
    let log = said(&out, "err");
    for url in &urls {
        let times = log.lines().filter(|line| line.contains(url.as_str())).count();
        assert_eq!(times, 1, "{url} is said once: {log}");
    }
    assert!(sent.load(Ordering::Relaxed) < 64 << 20, "nobody listens to that much: {}", sent.load(Ordering::Relaxed));
    assert!(!hall.at("observer/evidence").exists());
}

#[test]
fn observers_and_tables_hear_an_address_as_they_hear_a_file() {
    let hall = Hall::open(&event_toml(1, &strike_list("c01", 10)), 1);
    let once = [words(&["observer", "follow", "--once"], &[("--home", hall.at("observer"))]), hall.way()].concat();
    program::run_well(once);
    let log = hall.event_folder().join("log.key.vkey").to_string_lossy().into_owned();
    let witness = Witness::start(&hall.at("observer"), words(&["--log", &log], &[]));
    let observer = |urls: &[&str]| {
        program::run(words(&[&["observer", "hear", "--json"], urls].concat(), &[("--home", hall.at("observer"))]))
    };
    let table = |url: &str| {
        program::run([words(&["station", "hear", url, "--json"], &[("--home", hall.at("s01"))]), hall.way()].concat())
    };
    // A witness's port, and the public pages of the server.
    let heard = observer(&[&witness.url, &hall.http]);
    assert_eq!(heard.code, 0, "{}", heard.stderr);
    assert!(heard.stdout.contains("\"known\":2") && heard.stdout.contains("\"silent\":0"), "{}", heard.stdout);
    let compared = table(&witness.url);
    assert_eq!(compared.code, 0, "{}", compared.stderr);
    assert!(compared.stdout.contains("\"agreed\":1"), "{}", compared.stdout);
    // Nobody there, and nothing of this log.
    let absent = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let rubbish = Pretender::answering(page("rubbish\n".into()));
    for url in [&format!("http://{absent}"), &rubbish.url] {
        assert_eq!(observer(&[url]).code, 12, "{}", observer(&[url]).stderr);
        assert_eq!(table(url).code, 12);
    }
    assert_eq!(observer(&["http://"]).code, 2);

    // What the log key has signed of another history, wherever it is shown.
    let (entries, _) = Runtime::new().unwrap().block_on(Door::of(&hall).entries()).unwrap();
    let mut leaves: Vec<_> = entries.iter().map(|entry| tlog::Note::parse(entry).unwrap().leaf()).collect();
    *leaves.last_mut().unwrap() = tlog::sha256(b"another entry");
    let key = keyfile::open(&hall.event_folder().join("log.key")).unwrap();
    let fork = Pretender::answering(page(MadeLog::of(key, leaves).asks(0).checkpoint.to_string()));
    let compared = table(&fork.url);
    assert_eq!(compared.code, 4, "{}", compared.stderr);
    let follow =
        words(&["observer", "follow", "--seconds", "60", "--hear", &fork.url], &[("--home", hall.at("observer"))]);
    let out = hall.at("follow");
    let mut following = start([follow, hall.way()].concat(), &out);
    assert_eq!(following.wait(Duration::from_secs(30)), 4, "{}", said(&out, "err"));
    assert!(said(&out, "out").contains("evidence "), "{}", said(&out, "out"));
}
