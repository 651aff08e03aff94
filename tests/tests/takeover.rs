//! The laptop of the server dies in the middle of a count. A spare one goes on with the stick and the keys: nothing that
//! was acknowledged is lost, nothing is there twice, and the old server can never sign again.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles, lost_and_doubled},
    door::{Door, Trouble},
    hall::{Hall, bare, event_toml, strike_list, words},
    program::{self, Ended, Running},
};
use proto::v1::{GetCheckpointRequest, SubmitRequest, intake_service_client::IntakeServiceClient};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};
use tokio::runtime::Runtime;

const RUNS: u32 = 50;
const TABLES: usize = 4;
const BUNDLES: usize = 3_000;

/// A hall with a stick in its server and the keys in an envelope.
fn hall(tables: usize, bundles_in_all: usize) -> Hall {
    let papers = u32::try_from(bundles_in_all).expect("small") * promises::client::PAPERS;
    let mut hall = Hall::found(&event_toml(tables, &strike_list("c01", papers)), tables);
    hall.arguments = words(&[], &[("--second-journal", hall.at("stick"))]);
    hall.start_server();
    hall.prepare("c01", &bundles(bundles_in_all));
    fs::create_dir(hall.at("envelope")).expect("a folder");
    for name in ["log.key", "tally.key"] {
        fs::copy(hall.event_folder().join(name), hall.at("envelope").join(name)).expect("a key");
    }
    hall
}

fn chains(hall: &Hall, tables: usize, bundles_in_all: usize) -> Vec<Chain> {
    let sign = |table: usize| {
        let work: Vec<_> = (table..bundles_in_all).step_by(tables).map(|n| ("c01", n)).collect();
        Chain::sign(hall, &format!("s{:02}", table + 1), &work)
    };
    (0..tables).map(sign).collect()
}

/// All tables send for a while; then the server is killed.
fn send_until_killed(hall: &mut Hall, runtime: &Runtime, chains: Vec<Chain>, life: Duration) -> Vec<Chain> {
    let door = Door::of(hall);
    let ways = [Way::Stream, Way::Calls].into_iter().cycle();
    let sending: Vec<_> = chains
        .into_iter()
        .zip(ways)
        .map(|(mut chain, way)| {
            let door = door.clone();
            runtime.spawn(async move {
                let ended = chain.send(&door, way, 1, Duration::from_millis(8)).await;
                (chain, ended)
            })
        })
        .collect();
    std::thread::sleep(life);
    hall.kill_server();
    let ended: Vec<_> = sending.into_iter().map(|s| runtime.block_on(s).expect("a table does not panic")).collect();
    for (_, ended) in &ended {
        assert!(matches!(ended, Ok(()) | Err(Trouble::Line(_))), "{ended:?}");
    }
    ended.into_iter().map(|(chain, _)| chain).collect()
}

fn acknowledged(chains: &[Chain]) -> usize {
    chains.iter().map(|c| c.acknowledged.len()).sum()
}

/// An old server that must not open its doors.
fn start_old(home: &Path, more: &[&str], stick: Option<&Path>) -> Ended {
    let mut command = words(&["server", "run", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"], &[]);
    command.extend(words(more, &[("--home", home.to_owned())]));
    command.extend(stick.map(|stick| words(&[], &[("--second-journal", stick.to_owned())])).unwrap_or_default());
    let child = Command::new(program::path())
        .args(command)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut server = Running(child.expect("the program starts"));
    let code = server.wait(Duration::from_secs(10));
    let mut stderr = String::new();
    server.0.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    Ended { code, stdout: String::new(), stderr }
}

fn refuses(ended: &Ended, code: i32, sentence: &str) {
    assert_eq!(ended.code, code, "{ended:?}");
    assert!(ended.stderr.contains(sentence), "`{sentence}` is not said: {}", ended.stderr);
}

/// An old server that opens its doors because the operator said so.
fn open_old(home: &Path, more: &[&str]) -> (Running, String, String) {
    let mut command = words(&["server", "run", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"], &[]);
    command.extend(words(more, &[("--home", home.to_owned())]));
    let child = Command::new(program::path())
        .args(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Running(child.expect("the program starts"));
    let mut line = String::new();
    let _ = BufReader::new(server.0.stdout.take().expect("a pipe")).read_line(&mut line);
    let addresses: serde_json::Value = serde_json::from_str(&line).expect("it opens its doors");
    let of = |name: &str| addresses[name].as_str().map(bare).expect("an address").to_owned();
    (server, of("grpc"), of("http"))
}

/// The first line and the body of a public page.
fn page(http: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(http).expect("the pages are open");
    write!(socket, "GET {path} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n").expect("a socket");
    let mut page = String::new();
    socket.read_to_string(&mut page).expect("a page");
    page
}

/// Who shows the old server what it has seen.
#[derive(Clone, Copy, Debug)]
enum Shower {
    Table,
    Observer,
    Committee,
}

/// The old home, started without its stick, is shown one checkpoint of the new server and stops for good.
fn one_checkpoint_stops(hall: &Hall, runtime: &Runtime, home: &Path, by: Shower, next: &[u8]) {
    let door = Door::of(hall);
    let (_, ahead) = runtime.block_on(door.entries()).expect("the new server shows its log");
    let seen = runtime.block_on(async {
        let request = GetCheckpointRequest { event: hall.event.clone(), ..Default::default() };
        door.log().await.expect("it listens").get_checkpoint(request).await.expect("it answers").into_inner().newest
    });
    assert_eq!(door.open(&seen).expect("signed").size, ahead.size);
    let (mut server, grpc, http) = open_old(home, &["--without-second-journal"]);
    let mut old = door.as_station(hall, "s01");
    old.ticket = old.ticket.at(vec![grpc.parse().expect("an address")]);
    let (_, before) = runtime.block_on(old.with_key(door.key.clone()).entries()).expect("it shows its log");
    assert!(page(&http, "/readyz").starts_with("HTTP/1.1 503"), "its stick is given up, and nobody has released it");
    let note = |last_seen_checkpoint: &[u8]| {
        let (event, notes) = (hall.event.clone(), vec![next.to_vec().into()]);
        let last_seen_checkpoint = last_seen_checkpoint.to_vec().into();
        let request = SubmitRequest { event, notes, last_seen_checkpoint, echo: false };
        let old = old.clone();
        runtime.block_on(async move {
            IntakeServiceClient::new(old.connect().await.expect("it listens")).submit(request).await
        })
    };
    let early = note(&[]).expect_err("nobody has released it");
    assert_eq!(early.code(), tonic::Code::Unavailable, "{early}");
    let way = words(&["--server", &grpc], &[("--ticket", hall.ticket())]);
    match by {
        Shower::Table => drop(note(&seen).expect_err("it took a note")),
        Shower::Observer => {
            let follow = words(&["observer", "follow", "--once"], &[("--home", hall.at("observer"))]);
            program::run([follow, way].concat());
        }
        Shower::Committee => {
            let status = words(&["committee", "status"], &[("--home", hall.at("committee"))]);
            program::run([status, way].concat());
        }
    }
    let status = note(&[]).expect_err("it took a note");
    assert_eq!(status.code(), tonic::Code::FailedPrecondition, "{by:?}: {status}");
    let missing = format!("{} are missing here", ahead.size - before.size);
    assert!(status.message().contains(&missing), "{by:?}: `{missing}`: {}", status.message());
    let ready = page(&http, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains(&missing), "{ready}");
    let (_, after) = runtime.block_on(old.with_key(door.key.clone()).entries()).expect("reading goes on");
    assert_eq!(after, before, "{by:?}: it has signed");
    server.kill();
    // It starts again for reading only, and says why.
    let (mut again, _, http) = open_old(home, &["--without-second-journal"]);
    let ready = page(&http, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains(&missing), "{ready}");
    again.kill();
}

#[test]
fn fifty_laptops_die_in_the_middle_of_a_count_and_a_spare_goes_on_each_time() {
    let mut hall = hall(TABLES, BUNDLES);
    let runtime = Runtime::new().expect("a runtime");
    let mut chains = chains(&hall, TABLES, BUNDLES);
    let observer = program::run(
        [words(&["observer", "follow", "--once"], &[("--home", hall.at("observer"))]), hall.way()].concat(),
    );
    assert_eq!(observer.code, 0, "{}", observer.stderr);
    let nanos = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").subsec_nanos();
    let (mut took, mut refused, mut loaded) = (Vec::new(), 0, 0);
    let stick = hall.at("stick");
    for run in 0..RUNS {
        let life = Duration::from_micros(50_000 + u64::from(nanos.wrapping_mul(2 * run + 1) % 100_000));
        let before = acknowledged(&chains);
        chains = send_until_killed(&mut hall, &runtime, chains, life);
        loaded += usize::from(acknowledged(&chains) > before && chains.iter().any(|chain| !chain.is_done()));
        let aside = hall.at("old");
        fs::rename(hall.at("server"), &aside).expect("a folder");
        let began = Instant::now();
        hall.take_over(&stick, &hall.at("envelope")).unwrap_or_else(|said| panic!("run {run}: {said:?}"));
        took.push(began.elapsed());
        let (entries, _) = runtime.block_on(Door::of(&hall).entries()).expect("the entries are shown");
        assert_eq!(lost_and_doubled(&chains, &entries), (0, 0), "run {run}");
        if let Some(by) =
            [Shower::Table, Shower::Observer, Shower::Committee].get((run / 16) as usize).filter(|_| run % 16 == 3)
        {
            // The new server goes on a little, and observer and committee have seen it.
            let next = chains[0].notes[chains[0].acknowledged.len()].bytes.clone();
            hall.desk_well(&["status"], &[]);
            chains = send_until_killed(&mut hall, &runtime, chains, Duration::from_millis(120));
            hall.arguments = words(&[], &[("--second-journal", stick.clone())]);
            hall.start_server();
            let follow = words(&["observer", "follow", "--once"], &[("--home", hall.at("observer"))]);
            program::run_well([follow, hall.way()].concat());
            hall.desk_well(&["status"], &[]);
            let copy = |name: &str| {
                let copied = Command::new("cp").arg("-a").arg(&aside).arg(hall.at(name)).status();
                assert!(copied.expect("cp").success());
                hall.at(name)
            };
            refuses(&start_old(&copy("with"), &[], Some(&stick)), 14, "another server took this event over");
            refuses(&start_old(&copy("bare"), &[], None), 13, "the second was not given");
            one_checkpoint_stops(&hall, &runtime, &copy("given-up"), *by, &next);
            for name in ["with", "bare", "given-up"] {
                fs::remove_dir_all(hall.at(name)).expect("a folder");
            }
            refused += 3;
        }
        fs::remove_dir_all(&aside).expect("a folder");
    }
    let door = Door::of(&hall);
    for chain in &mut chains {
        runtime.block_on(chain.send(&door, Way::Stream, 64, Duration::ZERO)).expect("the rest is taken");
    }
    let (entries, replay) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled(&chains, &entries), (0, 0));
    assert_eq!(replay.count.contest("c01".parse().expect("an id")).map(|c| c.bundles_counted()), Some(BUNDLES));
    hall.kill_server();
    let journal = fs::read(hall.event_folder().join("journal")).expect("a journal");
    assert!(journal == fs::read(stick.join(&hall.event).join("journal")).expect("a journal"), "two journals differ");
    assert!(loaded >= RUNS as usize * 3 / 5, "only {loaded} servers died under load");
    took.sort_unstable();
    let repeated: usize = chains.iter().map(|c| c.repeated).sum();
    println!(
        "{RUNS} takeovers, {loaded} of them mid-count, {} acknowledged, {repeated} repeated, 0 lost, 0 twice; {refused} starts of old servers refused; \
         takeover {:.2?} at the median, {:.2?} at most, with up to {} entries",
        acknowledged(&chains),
        took[took.len() / 2],
        took[took.len() - 1],
        entries.len()
    );
    assert!(took[took.len() - 1] < Duration::from_secs(10), "a takeover took {:?}", took[took.len() - 1]);
}

#[test]
fn a_takeover_from_a_server_that_still_runs_is_refused_and_the_old_one_goes_on() {
    let mut hall = hall(1, 50);
    let (stick, runtime, door) = (hall.at("stick"), Runtime::new().expect("a runtime"), Door::of(&hall));
    let command = words(
        &["server", "takeover"],
        &[("--home", hall.at("spare")), ("--second-journal", stick.clone()), ("--keys", hall.at("envelope"))],
    );
    let ended = program::run(&command);
    refuses(&ended, 2, "another server still writes");
    assert!(!hall.at("spare/events").join(&hall.event).exists());
    let mut chain = chains(&hall, 1, 50).remove(0);
    runtime.block_on(chain.send(&door, Way::Calls, 1, Duration::ZERO)).expect("the old server goes on");
    hall.kill_server();
    // Without --run it says what it did, and `server run` goes on.
    let said = program::run_well(&command);
    let said: serde_json::Value = serde_json::from_str(said.trim()).expect("JSON");
    assert_eq!((&said["event"], &said["epoch"]), (&hall.event.clone().into(), &2.into()));
    fs::rename(hall.at("server"), hall.at("old")).expect("a folder");
    fs::rename(hall.at("spare"), hall.at("server")).expect("a folder");
    hall.start_server();
    let (entries, _) = runtime.block_on(Door::of(&hall).replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled([&chain], &entries), (0, 0));
    assert_eq!(said["entries"].as_u64(), Some(entries.len() as u64));
}
