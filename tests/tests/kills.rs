//! `kill -9` of the server and of a table, two hundred times each: nothing acknowledged is lost, nothing counts twice.

use promises::{
    client::{Chain, Way, bundles, lost_and_doubled},
    door::{Door, Trouble},
    hall::{Hall, event_toml, strike_list},
    program::{self, Running},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};
use tally::{ContestId, Figures};
use tokio::sync::watch;

const KILLS: usize = 200;
const TABLES: usize = 8;
const CONTESTS: [&str; 4] = ["c01", "c02", "c03", "c04"];
/// A contest has at most so many.
const BUNDLES: usize = 3_000;
/// Tables that count each bundle.
const COUNTS: usize = 3;

/// Moments that nobody chose, and that can be chosen again: `KIEMPHIEU_SEED=… cargo test`.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let clock = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos() as u64;
        let seed = std::env::var("KIEMPHIEU_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(clock) | 1;
        println!("KIEMPHIEU_SEED={seed}");
        Self(seed)
    }

    /// Xorshift: between two durations, in microseconds.
    fn between(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_micros(from_ms * 1_000 + self.0 % ((to_ms - from_ms) * 1_000))
    }
}

fn hall(counts: usize, tables: usize, contests: &[&str]) -> Hall {
    let papers = u32::try_from(BUNDLES).expect("small") * promises::client::PAPERS;
    let contests: String = contests.iter().map(|c| strike_list(c, papers)).collect();
    let contests = contests.replace("counts = 1", &format!("counts = {counts}"));
    Hall::open(&event_toml(tables, &contests), tables)
}

/// Each table sends until it is done, whenever the server is open; what was not acknowledged goes again, byte for byte.
async fn table(
    mut chain: Chain,
    nth: usize,
    door: Door,
    mut open: watch::Receiver<bool>,
    busy: Arc<AtomicUsize>,
) -> Chain {
    let way = if nth.is_multiple_of(2) { Way::Stream } else { Way::Calls };
    while !chain.is_done() {
        if open.wait_for(|open| *open).await.is_err() {
            return chain;
        }
        match chain.send(&door, way, 5, Duration::from_millis(PACE_MS)).await {
            Ok(()) => {}
            Err(Trouble::Line(_)) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(other) => panic!("table {nth} after {} acknowledgements: {other}", chain.acknowledged.len()),
        }
    }
    busy.fetch_sub(1, Ordering::Relaxed);
    chain
}

/// Messages of five notes: with eight tables about 200 batches in 100 ms.
const PACE_MS: u64 = 20;

fn start_and_kill_at_once(hall: &Hall, chance: &mut Chance) {
    let child = Command::new(program::path())
        .args(["server", "run", "--listen", hall.address(), "--http", promises::hall::bare(&hall.http), "--home"])
        .arg(hall.at("server"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Running(child.expect("the program starts"));
    std::thread::sleep(chance.between(1, 40));
    server.kill();
}

/// Kills and starts the server; the answer is how many of the kills came while tables were sending.
fn kill_again_and_again(hall: &mut Hall, open: &watch::Sender<bool>, busy: &AtomicUsize, chance: &mut Chance) -> usize {
    let mut under_load = 0;
    for kill in 0..KILLS {
        std::thread::sleep(chance.between(50, 150));
        under_load += usize::from(busy.load(Ordering::Relaxed) > 0);
        let _ = open.send(false);
        hall.kill_server();
        if kill % 8 == 7 {
            start_and_kill_at_once(hall, chance);
        }
        hall.start_server();
        let _ = open.send(true);
    }
    under_load
}

#[test]
fn a_server_killed_two_hundred_times_loses_nothing_acknowledged_and_counts_nothing_twice() {
    let began = Instant::now();
    let mut hall = hall(COUNTS, TABLES, &CONTESTS);
    for contest in CONTESTS {
        hall.prepare(contest, &bundles(BUNDLES));
    }
    let mut work: Vec<Vec<(&str, usize)>> = vec![Vec::new(); TABLES];
    for contest in CONTESTS {
        for number in 0..BUNDLES {
            (0..COUNTS).for_each(|again| work[(number + again) % TABLES].push((contest, number)));
        }
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (open, opened) = watch::channel(true);
    let (busy, door) = (Arc::new(AtomicUsize::new(TABLES)), Door::of(&hall));
    let tables = work.iter().enumerate().map(|(nth, work)| {
        let chain = Chain::sign(&hall, &format!("s{:02}", nth + 1), work);
        runtime.spawn(table(chain, nth, door.clone(), opened.clone(), Arc::clone(&busy)))
    });
    let tables: Vec<_> = tables.collect();
    let prepared = began.elapsed();
    let under_load = kill_again_and_again(&mut hall, &open, &busy, &mut Chance::new());
    let killed = began.elapsed();
    let joined = async {
        let mut chains = Vec::new();
        for table in tables {
            chains.push(table.await.expect("a table does not panic"));
        }
        chains
    };
    let chains: Vec<Chain> = runtime.block_on(joined);
    let sent = began.elapsed();

    let (entries, replay) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    let (lost, doubled) = lost_and_doubled(&chains, &entries);
    let batches: usize = chains.iter().map(|c| c.notes.len()).sum();
    let repeated: usize = chains.iter().map(|c| c.repeated).sum();
    println!(
        "{KILLS} kills, {under_load} under load; {batches} batches, all acknowledged; {repeated} repeated; {lost} lost, {doubled} twice"
    );
    assert_eq!((lost, doubled), (0, 0));
    assert!(under_load >= KILLS * 3 / 4, "only {under_load} kills came under load");
    let mut totals: BTreeMap<ContestId, (BTreeSet<_>, Figures)> = BTreeMap::new();
    for note in chains.iter().flat_map(|c| &c.notes) {
        let none = || (BTreeSet::new(), Figures::none(tally::Form::StrikeList, 4));
        let (bundles, sum) = totals.entry(note.contest).or_insert_with(none);
        if bundles.insert(note.bundle) {
            sum.add(&note.figures);
        }
    }
    for (id, (bundles, sum)) in &totals {
        let contest = replay.count.contest(*id).expect("the contest is in the log");
        assert_eq!((contest.bundles_counted(), &contest.totals()), (bundles.len(), sum), "{id}");
    }
    let audited = began.elapsed();
    // Every member and observer verifies the whole log: one contest to its end stands for the others.
    finish(&hall, &CONTESTS[..1]);
    println!(
        "prepared {prepared:.1?}, killed {killed:.1?}, sent {sent:.1?}, audited {audited:.1?}, ended {:.1?}",
        began.elapsed()
    );
}

/// Close, certify, announce; the observer's copy verifies.
fn finish(hall: &Hall, contests: &[&str]) {
    let follower = hall.follow();
    for contest in contests {
        hall.desk_well(&["close", contest], &["k1", "k2"]);
        hall.desk_well(&["certify", contest], &["k1", "k2"]);
        hall.desk_well(&["announce", contest], &["k1", "k2"]);
    }
    let copy = hall.export("copy");
    drop(follower);
    let verdict = hall.verify(&copy);
    assert_eq!(verdict["verdict"], "OK", "{verdict}");
}

/// A ballots file of so many bundles of five papers: names 01 to 03 win.
fn ballots(count: usize) -> String {
    let mut file = String::from("bundle,marks,ground\n");
    for n in 0..count {
        let last = if n % 3 == 0 { "01 02 04" } else { "01 03" };
        for marks in ["01 02 03", "01 02 03", "01 02", "02 03", last] {
            file.push_str(&format!("{},{marks},\n", promises::client::bundle(n)));
        }
    }
    file
}

#[test]
fn a_table_killed_two_hundred_times_loses_nothing_saved_and_sends_nothing_twice() {
    const BUNDLES: usize = 2_000;
    let hall = hall(1, 1, &["c01"]);
    hall.prepare("c01", &bundles(BUNDLES));
    let file = hall.at("ballots.csv");
    fs::write(&file, ballots(BUNDLES)).expect("a file");
    let (began, mut chance, mut kills, mut early) = (Instant::now(), Chance::new(), 0, 0);
    // Every run goes on where the last one was killed; a run that ends before its kill has nothing left to do.
    while kills < KILLS {
        let mut run = hall.start_table("s01", "c01", &file, &[]);
        std::thread::sleep(chance.between(5, 60));
        match run.0.try_wait().expect("a child can be waited for") {
            Some(status) => {
                assert!(status.success(), "{}", fs::read_to_string(hall.at("s01.log")).unwrap_or_default());
                early += 1;
            }
            None => run.kill(),
        }
        kills += 1;
    }
    let mut last = hall.start_table("s01", "c01", &file, &[]);
    let code = last.wait(Duration::from_secs(60));
    assert_eq!(code, 0, "{}", fs::read_to_string(hall.at("s01.log")).unwrap_or_default());
    let killed = began.elapsed();

    let home = ("--home", hall.at("s01"));
    let status =
        program::run_well(promises::hall::words(&["station", "status", "--json"], std::slice::from_ref(&home)));
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!((&status["outbox"], &status["receipts"]), (&0.into(), &BUNDLES.into()), "{status}");
    let out = ("--out", hall.at("receipts"));
    program::run_well(promises::hall::words(&["station", "receipts"], &[home, out]));
    let door = Door::of(&hall);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (entries, replay) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    let verified = verify_receipts(&hall, &door, &entries);
    let contest = replay.count.contest("c01".parse().expect("an id")).expect("the contest is in the log");
    println!(
        "{kills} kills, {early} too late, in {killed:.1?}; {} bundles counted, {verified} receipts",
        contest.bundles_counted()
    );
    assert_eq!(
        (verified, contest.bundles_counted(), replay.count.station_head("s01".parse().expect("an id")).map(|h| h.0)),
        (BUNDLES, BUNDLES, Some(BUNDLES as u64))
    );
    assert_eq!(contest.totals().ballots.0 as usize, BUNDLES * 5);
    assert_eq!(lost_and_doubled([], &entries), (0, 0));
    finish(&hall, &["c01"]);
}

/// Every `.note` with its `.tlog-proof`: proved by the log's key alone, and the entry is those bytes.
fn verify_receipts(hall: &Hall, door: &Door, entries: &[bytes::Bytes]) -> usize {
    let mut verified = 0;
    for file in fs::read_dir(hall.at("receipts")).expect("a folder") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|e| e != "tlog-proof") {
            continue;
        }
        let note = fs::read(path.with_extension("note")).expect("the note stands beside its proof");
        let receipt: tlog::Receipt = fs::read_to_string(&path).expect("a file").parse().expect("a receipt");
        receipt.verify(&tlog::leaf_hash(&note), &door.log, &[], 0).expect("the receipt verifies");
        assert_eq!(entries[usize::try_from(receipt.index).expect("an index")], note);
        verified += 1;
    }
    verified
}
