//! The public port shows to everybody what everybody may see, and not a figure more, before the head has read it out.

use promises::{
    client::{Chain, PAPERS, Way, bundles},
    door::Door,
    hall::{self, Hall},
};
use proto::v1::{self, results_service_client::ResultsServiceClient};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;
use tonic::Streaming;

/// Bundles of a busy hall, forty a second.
const BUSY: usize = 200;

/// Status and body of a page.
fn get(hall: &Hall, path: &str) -> (u16, Vec<u8>) {
    let address = hall.http.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = Vec::new();
    socket.read_to_end(&mut page).unwrap();
    let status = String::from_utf8_lossy(&page[9..12]).parse().unwrap();
    let body = page.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    (status, page[body..].to_vec())
}

fn event_page(hall: &Hall, path: &str) -> (u16, Vec<u8>) {
    get(hall, &format!("/{}/{path}", hall.event))
}

/// A hall that shows no figures while it counts, with one contest counted by one table.
fn counted() -> (Hall, String) {
    let toml = hall::event_toml(1, &hall::strike_list("c01", 20)).replace("live-totals = true", "live-totals = false");
    let hall = Hall::open(&toml, 1);
    let ballots: String = (0..20).map(|_| ",01 02 03,\n").collect();
    fs::write(hall.at("s01.csv"), format!("bundle,marks,ground\n{ballots}")).unwrap();
    let bundles = [("s01-b001".to_owned(), 10, "s01".to_owned()), ("s01-b002".to_owned(), 10, "s01".to_owned())];
    hall.prepare("c01", &bundles);
    assert_eq!(hall.start_table("s01", "c01", &hall.at("s01.csv"), &[]).wait(Duration::from_secs(30)), 0);
    (hall, "c01".to_owned())
}

/// The size of the closed bulletin, found as a stranger would: by asking for every size.
fn closed_size(hall: &Hall) -> u64 {
    (1..40).find(|size| event_page(hall, &format!("bulletin/c01/{size}")).0 != 404).expect("a closed bulletin")
}

#[test]
fn no_figure_is_public_before_it_is_announced_not_even_after_a_reopen_or_a_restart() {
    let (mut hall, _) = counted();
    hall.desk_well(&["close", "c01"], &["k1", "k2"]);
    let size = closed_size(&hall);
    let page = format!("bulletin/c01/{size}");
    assert_eq!(event_page(&hall, &page).0, 403, "closed");
    hall.desk_well(&["certify", "c01"], &["k1", "k2"]);
    assert_eq!(event_page(&hall, &page).0, 403, "certified");
    hall.desk_well(&["reopen", "c01", "--reason", "recount"], &["k1", "k2"]);
    assert_eq!(event_page(&hall, &page).0, 403, "reopened: the former bulletin still has its figures");
    hall.kill_server();
    hall.start_server();
    assert_eq!(event_page(&hall, &page).0, 403, "restarted");
    assert_eq!(event_page(&hall, "tile/entries/000.p/9").0, 403, "entries stop before the first batch");
    assert_eq!(event_page(&hall, "tile/entries/000.p/4").0, 200, "what came before is public");

    hall.desk_well(&["close", "c01"], &["k1", "k2"]);
    hall.desk_well(&["certify", "c01"], &["k1", "k2"]);
    hall.desk_well(&["announce", "c01"], &["k1", "k2"]);
    let (status, note) = event_page(&hall, &page);
    assert_eq!(status, 200, "announced");
    assert!(String::from_utf8(note).unwrap().contains("votes 01 20"));
    assert_eq!(event_page(&hall, "tile/entries/000.p/9").0, 200);
}

/// How far an observer with or without a key sees, over the doors: its exit code and the size it verified.
fn seen(hall: &Hall, what: &[&str], home: Option<&str>) -> (i32, u64) {
    let mut all = hall::words(what, &home.map(|home| ("--home", hall.at(home))).into_iter().collect::<Vec<_>>());
    all.extend(hall.way());
    let ended = promises::program::run(all);
    let last = ended.stdout.lines().rev().find(|line| line.starts_with("size ")).map(|line| line[5..].to_owned());
    (ended.code, last.and_then(|size| size.parse().ok()).unwrap_or(0))
}

#[test]
fn whoever_shows_no_key_sees_what_is_public_and_is_told_that_it_is_not_all() {
    let (hall, _) = counted();
    let (verify, follow) = (&["observer", "verify"][..], &["observer", "follow", "--once"][..]);
    assert_eq!(seen(&hall, follow, Some("observer")).0, 0, "an enrolled observer reads and cosigns everything");
    assert_eq!(seen(&hall, verify, Some("observer")), (0, 6));
    assert_eq!(seen(&hall, verify, None).0, 3, "PROVISIONAL");
    assert_eq!(seen(&hall, follow, Some("stranger")).0, 3, "PROVISIONAL, and it ends");
    for what in ["close", "certify", "announce"] {
        hall.desk_well(&[what, "c01"], &["k1", "k2"]);
    }
    assert_eq!(seen(&hall, follow, Some("observer")).0, 0);
    assert_eq!(seen(&hall, verify, None), (0, 10), "announced: everybody reads everything");
}

#[test]
fn where_only_the_accredited_read_the_public_reads_no_entry_for_good() {
    let toml = hall::event_toml(1, &hall::strike_list("c01", 20)).replace("\"public\"", "\"accredited\"");
    let hall = Hall::open(&toml, 1);
    hall.prepare("c01", &[("b001".to_owned(), 20, String::new())]);
    hall.desk_well(&["annul", "c01", "--reason", "wrong title"], &["k1", "k2"]);
    assert_eq!(event_page(&hall, "tile/entries/000.p/1").0, 403);
    assert_eq!(event_page(&hall, "tile/0/000.p/1").0, 200, "the tree itself proves and tells nothing");
}

#[test]
fn the_public_checkpoint_is_the_one_with_its_quorum() {
    let hall = Hall::open(&hall::event_toml(1, &hall::strike_list("c01", 20)), 1);
    assert_eq!(event_page(&hall, "checkpoint").0, 404, "no witness has cosigned yet");
    let _observer = hall.follow();
    let until = Instant::now() + Duration::from_secs(20);
    while event_page(&hall, "checkpoint").0 != 200 {
        assert!(Instant::now() < until, "the observer cosigns what it has verified");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (_, note) = event_page(&hall, "checkpoint");
    assert!(String::from_utf8(note).unwrap().contains("— witness.example/w1 "));
}

#[test]
fn without_witnesses_the_newest_checkpoint_is_the_public_one() {
    let toml = hall::event_toml(1, &hall::strike_list("c01", 20)).replace("quorum = 1", "quorum = 0");
    let mut hall = Hall::open(&toml, 1);
    assert_eq!(event_page(&hall, "checkpoint").0, 200);
    hall.kill_server();
    hall.start_server();
    assert_eq!(event_page(&hall, "checkpoint").0, 200);
}

#[test]
fn an_operator_sees_that_the_server_lives_is_ready_and_what_it_ruled() {
    let (hall, _) = counted();
    assert_eq!(get(&hall, "/livez").0, 200);
    assert_eq!(get(&hall, "/readyz").0, 200);
    let (status, page) = get(&hall, "/metrics");
    let page = String::from_utf8(page).unwrap();
    assert_eq!(status, 200);
    assert!(page.contains("kiemphieu_rulings_total{verdict=\"live\"} 2"), "{page}");
    for path in ["/", "/nothing", "/x/checkpoint", "/livez/../metrics", &format!("/{}/tile/entries/1000", hall.event)] {
        let (status, page) = get(&hall, path);
        assert_eq!(status, 404, "{path}: {}", String::from_utf8_lossy(&page));
    }
}

/// Runs another program to its good end; its standard output.
fn tool(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = std::process::Command::new(program).args(arguments).output().expect("tests/run installs it");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn the_public_pages_speak_tls_under_the_operators_certificate_and_under_no_other_key() {
    let mut hall = Hall::found(&hall::event_toml(1, ""), 1);
    let path = |name: &str| hall.at(name).to_string_lossy().into_owned();
    let (chain, key, other) = (path("chain.pem"), path("key.pem"), path("other.pem"));
    let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let make =
        [&["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-keyout", &key, "-out", &chain], &name[..]];
    tool("openssl", &make.concat()).unwrap();
    tool("openssl", &["genpkey", "-algorithm", "ed25519", "-out", &other]).unwrap();

    hall.arguments = ["--http-certificate", &chain, "--http-key", &other].map(Into::into).to_vec();
    let refused = hall.try_start_server().unwrap_err();
    assert_eq!(refused.code, 11, "{}", refused.stderr);
    hall.arguments = ["--http-certificate", &chain, "--http-key", &key].map(Into::into).to_vec();
    hall.start_server();
    let page = format!("https://localhost:{}/livez", hall.http.rsplit_once(':').unwrap().1);
    assert!(hall.http.starts_with("https://"), "{}", hall.http);
    assert_eq!(tool("curl", &["-sS", "--cacert", &chain, &page]).unwrap(), "ok\n");
    assert!(tool("curl", &["-sS", &page]).unwrap_err().contains("certificate"), "an unknown certificate is believed");
    assert!(tool("curl", &["-sS", &page.replace("https", "http")]).is_err(), "plain text is answered");
}

#[test]
fn whoever_begins_to_watch_a_busy_hall_is_never_told_an_older_position_after_a_newer() {
    let papers = u32::try_from(BUSY).unwrap() * PAPERS;
    let hall = Hall::open(&hall::event_toml(1, &hall::strike_list("c01", papers)), 1);
    hall.prepare("c01", &bundles(BUSY));
    let work: Vec<_> = (0..BUSY).map(|n| ("c01", n)).collect();
    let (mut chain, door) = (Chain::sign(&hall, "s01", &work), Door::of(&hall));
    let told = Runtime::new().unwrap().block_on(async {
        let first = watched(&door).await;
        let sending = async {
            chain.send(&door, Way::Calls, 1, Duration::from_millis(25)).await.expect("all is taken");
        };
        let watching = async {
            let mut told = Vec::new();
            for _ in 0..10 {
                told.push(sizes(&mut watched(&door).await).await);
            }
            told
        };
        let ((), told) = tokio::join!(sending, watching);
        drop(first);
        told
    });
    assert!(told.iter().map(Vec::len).sum::<usize>() > 20, "the hall is busy: {told:?}");
    assert!(told.iter().all(|sizes| sizes.is_sorted_by(|a, b| a < b)), "{told:?}");
}

/// Begins to watch the positions of all contests.
async fn watched(door: &Door) -> Streaming<v1::WatchBulletinsResponse> {
    let mut results = ResultsServiceClient::new(door.connect().await.expect("the server listens"));
    let asked = v1::WatchBulletinsRequest { event: door.event.to_string(), contests: Vec::new() };
    results.watch_bulletins(asked).await.expect("positions are shown").into_inner()
}

/// The sizes of what comes in the first moment.
async fn sizes(positions: &mut Streaming<v1::WatchBulletinsResponse>) -> Vec<u64> {
    let (mut sizes, end) = (Vec::new(), Instant::now() + Duration::from_millis(400));
    while let Ok(Ok(Some(told))) = tokio::time::timeout_at(end.into(), positions.message()).await {
        sizes.extend(told.bulletin.map(|bulletin| bulletin.size));
    }
    sizes
}
