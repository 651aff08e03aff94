//! Servers that must not start, servers that must, and an orderly end: each with its sentence and its exit code.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles, lost_and_doubled},
    disk::Disk,
    door::{Door, Trouble},
    hall::{Hall, event_toml, strike_list},
    program::{self, Ended, Running},
};
use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

const BUNDLES: usize = 2_000;

fn hall() -> Hall {
    let papers = u32::try_from(BUNDLES).expect("small") * promises::client::PAPERS;
    let hall = Hall::open(&event_toml(2, &strike_list("c01", papers)), 2);
    hall.prepare("c01", &bundles(BUNDLES));
    hall
}

/// A hall whose server has taken so many batches one by one and was killed.
fn killed_after(batches: usize) -> (Hall, Chain) {
    let mut hall = hall();
    let work: Vec<_> = (0..batches).map(|n| ("c01", n)).collect();
    let mut chain = Chain::sign(&hall, "s01", &work);
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(chain.send(&Door::of(&hall), Way::Calls, 1, Duration::ZERO)).expect("the notes are taken");
    hall.kill_server();
    (hall, chain)
}

/// A server that is expected not to open its doors.
fn start(home: &Path, listen: &str, http: &str) -> Ended {
    let mut server = Command::new(program::path());
    server.args(["server", "run", "--listen", listen, "--http", http, "--home"]).arg(home);
    let child = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut server = Running(child.expect("the program starts"));
    let code = server.wait(Duration::from_secs(10));
    let mut stderr = String::new();
    server.0.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    Ended { code, stdout: String::new(), stderr }
}

fn refused(home: &Path, code: i32, words: &[&str]) {
    let ended = start(home, "127.0.0.1:0", "127.0.0.1:0");
    assert_eq!(ended.code, code, "{ended:?}");
    for word in words {
        assert!(ended.stderr.contains(word), "`{word}` is not said: {}", ended.stderr);
    }
}

/// Every file of a folder, with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    all
}

#[test]
fn a_damaged_journal_is_named_with_its_offset_and_left_as_it_is() {
    let (hall, _) = killed_after(40);
    let journal = hall.event_folder().join("journal");
    let whole = fs::read(&journal).expect("a journal");
    let (purpose, mut groups) = (format!("kiemphieu server {}", hall.event), Vec::new());
    let opened = journal::Journal::open(&journal, purpose.as_bytes(), journal::Limits::default(), |group| {
        groups.push(group.offset);
        Ok(())
    });
    drop(opened.expect("a sound journal"));
    for tenth in 1..10 {
        let at = whole.len() * tenth / 10;
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&journal, bytes).expect("a file");
        let before = contents(&hall.at("server"));
        let ended = start(&hall.at("server"), "127.0.0.1:0", "127.0.0.1:0");
        assert_eq!(ended.code, 14, "byte {at}: {ended:?}");
        let named = ended.stderr.split("damaged at byte ").nth(1).and_then(|rest| rest.split(':').next());
        let offset: u64 = named.and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no offset: {}", ended.stderr));
        let group = groups.iter().rfind(|offset| **offset <= at as u64).copied();
        assert_eq!(Some(offset), group, "byte {at} is damaged");
        assert!(ended.stderr.contains("restore it from another copy"), "{}", ended.stderr);
        assert!(contents(&hall.at("server")) == before, "byte {at}: something was changed");
    }
}

#[test]
fn a_tail_cut_off_is_trimmed_and_the_server_starts() {
    let (mut hall, chain) = killed_after(40);
    let journal = hall.event_folder().join("journal");
    let whole = fs::read(&journal).expect("a journal");
    let (runtime, door) = (Runtime::new().expect("a runtime"), Door::of(&hall));
    let mut shorter = 0;
    for cut in [1, 7, 200, 1_500] {
        fs::write(&journal, &whole[..whole.len() - cut]).expect("a file");
        hall.start_server();
        let (entries, _) = runtime.block_on(door.replay()).expect("what is left replays to its own root");
        let (lost, _) = lost_and_doubled([&chain], &entries);
        assert!((1..=3).contains(&lost), "{cut} bytes cut off, {lost} batches gone");
        shorter += usize::from(lost > 1);
        hall.kill_server();
        assert!(fs::metadata(&journal).expect("a file").len() < (whole.len() - cut) as u64, "nothing was trimmed");
    }
    assert_eq!(shorter, 1, "only the longest cut reaches the group before the last");
}

#[test]
fn two_servers_on_one_home_are_refused_and_the_first_goes_on() {
    let hall = hall();
    refused(&hall.at("server"), 2, &["another program has this journal open"]);
    let (runtime, door) = (Runtime::new().expect("a runtime"), Door::of(&hall));
    let mut chain = Chain::sign(&hall, "s01", &[("c01", 0), ("c01", 1)]);
    runtime.block_on(chain.send(&door, Way::Calls, 1, Duration::ZERO)).expect("the first server goes on");
    runtime.block_on(door.replay()).expect("the log replays to its own root");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (hall, _) = killed_after(1);
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = other.local_addr().expect("an address").to_string();
    for (listen, http) in [(taken.as_str(), "127.0.0.1:0"), ("127.0.0.1:0", taken.as_str())] {
        let ended = start(&hall.at("server"), listen, http);
        assert_eq!(ended.code, 12, "{ended:?}");
        assert!(ended.stderr.contains(&taken), "{}", ended.stderr);
    }
    let ended = start(&hall.at("server"), "127.0.0.1:0", "0.0.0.0:0");
    assert_eq!(ended.code, 12, "{ended:?}");
    assert!(ended.stderr.contains("loopback"), "{}", ended.stderr);
}

#[test]
fn a_key_that_is_missing_open_or_another_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let (mut hall, _) = killed_after(1);
    for (name, other) in [("log.key", "tally.key"), ("tally.key", "log.key")] {
        let path = hall.event_folder().join(name);
        let key = fs::read(&path).expect("a key");
        fs::remove_file(&path).expect("a file");
        refused(&hall.at("server"), 11, &[name, "cannot be opened"]);
        fs::copy(hall.event_folder().join(other), &path).expect("a file");
        refused(&hall.at("server"), 11, &[name, "is needed here"]);
        fs::write(&path, &key[..key.len() - 9]).expect("a file");
        refused(&hall.at("server"), 11, &[name, "damaged"]);
        fs::write(&path, &key).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a file");
        refused(&hall.at("server"), 11, &[name, "chmod 600"]);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a file");
    }
    hall.start_server();
}

#[test]
fn the_journal_of_another_event_and_no_journal_are_refused() {
    let (hall, _) = killed_after(1);
    let (other, _) = killed_after(1);
    let journal = hall.event_folder().join("journal");
    fs::copy(other.event_folder().join("journal"), &journal).expect("a copy");
    refused(&hall.at("server"), 14, &["this is not the journal asked for", &other.event]);
    fs::write(&journal, b"PK\x03\x04 another file altogether, long enough to be a header of something")
        .expect("a file");
    let ended = start(&hall.at("server"), "127.0.0.1:0", "127.0.0.1:0");
    assert_eq!(ended.code, 14, "{ended:?}");
    fs::remove_file(&journal).expect("a file");
    refused(&hall.at("server"), 13, &["there is no journal"]);
    assert!(!journal.exists(), "an empty log was begun in place of the one that is gone");
    refused(&hall.at("nowhere"), 2, &["server found"]);
}

#[test]
fn a_home_that_cannot_be_written_is_the_disks_fault() {
    let (hall, _) = killed_after(1);
    let disk = Disk::over(&hall.at("server"), 64);
    disk.make_read_only();
    refused(&hall.at("server"), 13, &["journal", "Read-only"]);
}

/// Two senders under way, a stream that never ends, a half-sent request for a page: the end is orderly all the same.
#[test]
fn a_server_asked_to_end_ends_within_ten_seconds_and_loses_nothing_acknowledged() {
    let mut hall = hall();
    let (runtime, door) = (Runtime::new().expect("a runtime"), Door::of(&hall));
    let follow = async {
        let mut log = door.log().await.expect("the server listens");
        let request =
            proto::v1::FollowEntriesRequest { event: door.event.to_string(), start: 0, view: 0, ..Default::default() };
        let stream = log.follow_entries(request).await.expect("it streams").into_inner();
        (log, stream)
    };
    let (_log, mut entries) = runtime.block_on(follow);
    let mut page = std::net::TcpStream::connect(hall.http.trim_start_matches("http://")).expect("the pages are open");
    std::io::Write::write_all(&mut page, b"GET /livez HTTP/1.1\r\nHost: half a req").expect("a socket");
    let sending: Vec<_> = [("s01", 0, Way::Stream), ("s02", 1, Way::Calls)]
        .map(|(station, from, way)| {
            let work: Vec<_> = (from..BUNDLES).step_by(2).map(|n| ("c01", n)).collect();
            let (mut chain, door) = (Chain::sign(&hall, station, &work), door.clone());
            runtime.spawn(async move {
                let ended = chain.send(&door, way, 2, Duration::from_millis(2)).await;
                (chain, ended)
            })
        })
        .into();
    runtime.block_on(async {
        while !matches!(entries.message().await, Ok(Some(m)) if m.entries.iter().any(|e| e.index > 100)) {}
    });
    let began = Instant::now();
    let code = hall.end_server();
    let took = began.elapsed();
    let ended: Vec<_> = sending.into_iter().map(|s| runtime.block_on(s).expect("a table does not panic")).collect();
    assert_eq!(code, 0, "{}", fs::read_to_string(hall.at("server.log")).unwrap_or_default());
    for (_, ended) in &ended {
        assert!(matches!(ended, Err(Trouble::Line(_))), "the load ended before the server: {ended:?}");
    }
    hall.start_server();
    let chains: Vec<_> = ended.into_iter().map(|(chain, _)| chain).collect();
    let (entries, _) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    let told: usize = chains.iter().map(|c| c.acknowledged.len()).sum();
    assert_eq!(lost_and_doubled(&chains, &entries), (0, 0));
    println!("ended in {took:.1?} with {told} acknowledged and {} entries", entries.len());
}
