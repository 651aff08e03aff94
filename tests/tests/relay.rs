//! A hall that nobody can reach calls a relay, and observers come through it as if they came to the hall.
#![cfg(target_os = "linux")]

use promises::{
    door::Door,
    foe::Foe,
    hall::{Hall, bare, event_toml, strike_list, words},
    program::{self, Ended, Running},
    relay::{Relay, until},
};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Runtime;

/// A hall that shows everything, with nothing counted yet, which calls that address.
fn hall_calling(relay: &str) -> Hall {
    let mut hall = Hall::found(&event_toml(1, &strike_list("c01", 20)), 1);
    hall.arguments = words(&["--call", relay], &[]);
    hall.start_server();
    hall
}

/// What an observer of the hall says who knows the relay's address alone.
fn through(hall: &Hall, relay: &Relay, what: &[&str], home: &str) -> Ended {
    let mut all = words(what, &[("--home", hall.at(home)), ("--ticket", hall.ticket())]);
    all.extend(words(&["--server", &relay.address], &[]));
    program::run(all)
}

fn follow_through(hall: &Hall, relay: &str, until_size: u64) -> Running {
    let size = until_size.to_string();
    let follow = ["observer", "follow", "--until-size", &size, "--server", relay];
    let mut command = std::process::Command::new(program::path());
    command.args(words(&follow, &[("--home", hall.at("observer")), ("--ticket", hall.ticket())]));
    let log = fs::OpenOptions::new().create(true).append(true).open(hall.at("follow.log")).expect("a log");
    Running(command.stdout(std::process::Stdio::null()).stderr(log).spawn().expect("the program starts"))
}

fn size(hall: &Hall) -> u64 {
    let (_, head) = Runtime::new().expect("a runtime").block_on(Door::of(hall).entries()).expect("entries");
    head.size
}

#[test]
fn an_observer_comes_through_the_relay_as_it_comes_to_the_hall_and_a_stranger_sees_no_more_there() {
    let mut relay = Relay::prepare();
    let toml = event_toml(1, &strike_list("c01", 20)).replace("live-totals = true", "live-totals = false");
    let mut hall = Hall::found(&toml, 1);
    relay.switch(&hall);
    relay.start();
    hall.arguments = words(&["--call", &relay.address], &[]);
    hall.start_server();
    hall.prepare("c01", &[("b001".to_owned(), 20, String::new())]);
    let follow = &["observer", "follow", "--once", "--json"];
    let followed = through(&hall, &relay, follow, "observer");
    assert_eq!(followed.code, 0, "{}", followed.stderr);
    assert!(followed.stdout.contains("\"cosigned\":true"), "it may do everything there: {}", followed.stdout);
    assert_eq!(through(&hall, &relay, &["observer", "verify"], "observer").code, 0);

    let ballots: String = (0..20).map(|_| ",01 02 03,\n").collect();
    fs::write(hall.at("s01.csv"), format!("bundle,marks,ground\n{ballots}")).unwrap();
    hall.papers("c01", &[("s01-b001".to_owned(), 10, "s01".into()), ("s01-b002".to_owned(), 10, "s01".into())]);
    assert_eq!(hall.start_table("s01", "c01", &hall.at("s01.csv"), &[]).wait(Duration::from_secs(30)), 0);
    assert_eq!(through(&hall, &relay, follow, "observer").code, 0);
    assert_eq!(through(&hall, &relay, &["observer", "verify"], "observer").code, 0);
    let stranger = through(&hall, &relay, &["observer", "verify"], "stranger");
    assert_eq!(stranger.code, 3, "{}", stranger.stderr);
    assert!(stranger.stderr.contains("V-PUBLIC-VIEW"), "{}", stranger.stderr);
}

#[test]
fn an_observer_follows_on_over_a_killed_relay_a_killed_server_and_a_cut_line() {
    let mut relay = Relay::prepare();
    // Between the hall and the relay is a line that can be cut.
    let cable = Cable::to(&relay.address);
    let mut hall = hall_calling(&cable.address);
    relay.switch(&hall);
    relay.start();
    let base = size(&hall);
    let mut follow = follow_through(&hall, &relay.address, base + 5);
    hall.prepare("c01", &[("b001".to_owned(), 20, String::new())]); // three entries
    relay.kill();
    relay.start();
    hall.papers("c01", &[("b001".to_owned(), 10, String::new()), ("b002".to_owned(), 10, String::new())]);
    hall.kill_server();
    hall.start_server();
    cable.cut();
    hall.papers("c01", &[("b001".to_owned(), 20, String::new())]);
    assert_eq!(size(&hall), base + 5);
    let said = || fs::read_to_string(hall.at("follow.log")).unwrap_or_default();
    let code = follow.wait(Duration::from_secs(60));
    assert_eq!(code, 0, "{}", said());
    assert_eq!(through(&hall, &relay, &["observer", "verify"], "observer").code, 0);
}

#[test]
fn a_spare_laptop_takes_over_and_the_observer_follows_on_through_the_same_relay() {
    let mut relay = Relay::prepare();
    let mut hall = Hall::found(&event_toml(1, &strike_list("c01", 20)), 1);
    relay.switch(&hall);
    relay.start();
    let stick = hall.at("stick");
    hall.arguments = words(&["--call", &relay.address], &[("--second-journal", stick.clone())]);
    hall.start_server();
    fs::create_dir(hall.at("envelope")).unwrap();
    for name in ["log.key", "tally.key"] {
        fs::copy(hall.event_folder().join(name), hall.at("envelope").join(name)).unwrap();
    }
    let base = size(&hall);
    let mut follow = follow_through(&hall, &relay.address, base + 4);
    hall.prepare("c01", &[("b001".to_owned(), 20, String::new())]);
    hall.kill_server();
    fs::rename(hall.at("server"), hall.at("old")).unwrap();
    let keys = hall.at("envelope");
    let takeover =
        words(&["server", "takeover"], &[("--home", hall.at("server")), ("--second-journal", stick), ("--keys", keys)]);
    program::run_well(takeover);
    hall.start_server();
    hall.papers("c01", &[("b001".to_owned(), 10, String::new()), ("b002".to_owned(), 10, String::new())]);
    let code = follow.wait(Duration::from_secs(60));
    assert_eq!(code, 0, "{}", fs::read_to_string(hall.at("follow.log")).unwrap_or_default());
}

#[test]
fn two_halls_on_one_relay_are_never_mixed_up_and_a_liar_is_offered_to_nobody() {
    let mut relay = Relay::prepare();
    let (first, second) = (hall_calling(&relay.address), hall_calling(&relay.address));
    relay.switch(&first);
    relay.switch(&second);
    relay.start();
    // Whoever knows the sid of an event, from a ticket, calls for it; the proof is rubbish, or there is none.
    let mut liars = Vec::new();
    for proof in ["— kiemphieu.example/hall/tally AAAA\n", "rubbish\n", ""] {
        let mut liar = TcpStream::connect(&relay.address).unwrap();
        writeln!(liar, "kiemphieu/v1/call {}", first.event).unwrap();
        let mut answers = BufReader::new(liar.try_clone().unwrap());
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        assert!(line.starts_with("kiemphieu/v1/prove "), "{line}");
        liar.write_all(proof.as_bytes()).unwrap();
        if !proof.is_empty() {
            line.clear();
            answers.read_line(&mut line).unwrap();
            assert_eq!(line, "kiemphieu/v1/refused not-the-key\n");
        }
        liars.push(liar);
    }
    let mut stranger = TcpStream::connect(&relay.address).unwrap();
    writeln!(stranger, "kiemphieu/v1/call {}", "0".repeat(64)).unwrap();
    let mut said = String::new();
    stranger.read_to_string(&mut said).unwrap();
    assert_eq!(said, "kiemphieu/v1/refused unknown-event\n");
    for hall in [&first, &second] {
        let verified = through(hall, &relay, &["observer", "verify", "--json"], "observer");
        assert!(verified.code == 3 && verified.stderr.contains("V-QUORUM"), "{}", verified.stderr);
        let followed = through(hall, &relay, &["observer", "follow", "--once"], "observer");
        assert_eq!(followed.code, 0, "{}", followed.stderr);
    }
    drop(liars);
}

#[test]
fn a_thousand_silent_connections_and_half_a_handshake_keep_no_observer_out() {
    let mut relay = Relay::prepare();
    let hall = hall_calling(&relay.address);
    relay.switch(&hall);
    relay.start();
    let mut door = Door::of(&hall);
    door.ticket = door.ticket.at(vec![relay.address.parse().unwrap()]);
    let hello = Foe::at(&door).hello();
    let mut kept = Vec::new();
    for n in 0..1_000 {
        let Ok(mut socket) = TcpStream::connect(&relay.address) else { continue };
        let said: &[u8] = match n % 4 {
            0 => &hello[..hello.len() / 2],
            1 => b"kiemphieu/v1/ca",
            2 => b"GET / HTTP/1.1\r\n\r\n",
            _ => b"",
        };
        let _ = socket.write_all(said);
        kept.push(socket);
    }
    assert!(kept.len() > 900, "{}", kept.len());
    let followed = through(&hall, &relay, &["observer", "follow", "--once"], "observer");
    assert_eq!(followed.code, 0, "{}", followed.stderr);
    // All of them are cut within the time of a handshake.
    until("every silent connection is cut", || {
        kept.retain(|socket| {
            let _ = socket.set_nonblocking(true);
            let mut socket = socket;
            matches!(socket.read(&mut [0; 64]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock)
        });
        kept.is_empty()
    });
}

#[test]
fn observers_without_a_key_are_not_throttled_because_they_come_through_one_relay() {
    let mut relay = Relay::prepare();
    let hall = hall_calling(&relay.address);
    relay.switch(&hall);
    relay.start();
    let mut door = Door::of(&hall).with_key(None);
    door.ticket = door.ticket.at(vec![relay.address.parse().unwrap()]);
    let runtime = Runtime::new().unwrap();
    // The hall takes eight strangers of one address at its port, and eight calls of them.
    let inside = runtime.block_on(async {
        let mut inside = Vec::new();
        for n in 0..24 {
            let log = door.log().await.unwrap_or_else(|e| panic!("stranger {n}: {e}"));
            inside.push(log);
        }
        for (n, log) in inside.iter_mut().enumerate() {
            let (event, view) = (hall.event.clone(), proto::v1::EntryView::Raw.into());
            let request = proto::v1::ListEntriesRequest { event, start: 0, limit: 0, view };
            let page = log.list_entries(request).await.unwrap_or_else(|e| panic!("stranger {n}: {e}"));
            assert!(!page.into_inner().entries.is_empty());
        }
        inside
    });
    let page = promises::page::read(&hall, "/metrics");
    assert!(page.contains("kiemphieu_connections{door=\"relayed\",standing=\"stranger\"} 24\n"), "{page}");
    drop(inside);
    assert!(bare(&hall.http).starts_with("127.0.0.1"));
}

/// A line that can be cut: whatever is connected through it is, and can be again.
struct Cable {
    address: String,
    cut: Arc<AtomicBool>,
}

impl Cable {
    fn to(far: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (cut, far) = (Arc::new(AtomicBool::new(false)), far.to_owned());
        let is_cut = Arc::clone(&cut);
        std::thread::spawn(move || {
            let mut ends: Vec<TcpStream> = Vec::new();
            for near in listener.incoming().flatten() {
                if is_cut.swap(false, Ordering::Relaxed) {
                    ends.drain(..).for_each(|end| drop(end.shutdown(std::net::Shutdown::Both)));
                }
                let Ok(far) = TcpStream::connect(&far) else { continue };
                for (mut from, mut to) in [(&near, &far), (&far, &near)]
                    .map(|(a, b)| (a.try_clone(), b.try_clone()))
                    .into_iter()
                    .filter_map(|(a, b)| Some((a.ok()?, b.ok()?)))
                {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                        let _ = from.shutdown(std::net::Shutdown::Both);
                    });
                }
                ends.extend([near, far]);
            }
        });
        Self { address, cut }
    }

    /// Cuts everything that is connected now.
    fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}
