//! Power cuts of a disk that forgets whatever was not synced (`fixtures/power/shim.c`): nothing acknowledged is lost; and
//! with syncs stubbed out the same test must see the loss.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles, lost_and_doubled},
    door::{Door, Trouble},
    hall::{Hall, event_toml, strike_list, words},
    program, shim,
};
use std::{
    ffi::OsString,
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

const CUTS: u64 = 30;
const TABLES: usize = 2;
const BUNDLES: usize = 3_000;

/// Whether the disk keeps what a sync said it kept.
#[derive(Clone, Copy, PartialEq)]
enum Sync {
    Kept,
    Stubbed,
}

fn environment(hall: &Hall, sync: Sync) -> Vec<(OsString, OsString)> {
    let mut all = vec![("LD_PRELOAD".into(), shim::compiled(&hall.at("")).into_os_string())];
    if sync == Sync::Stubbed {
        all.push(("POWER_SHIM_STUB".into(), "1".into()));
    }
    all
}

fn hall() -> Hall {
    let papers = u32::try_from(BUNDLES).expect("small") * promises::client::PAPERS;
    let hall = Hall::open(&event_toml(TABLES, &strike_list("c01", papers)), TABLES);
    hall.prepare("c01", &bundles(BUNDLES));
    hall
}

/// What became of acknowledged batches.
#[derive(Debug, Default)]
struct Seen {
    cuts: u64,
    acknowledged: usize,
    repeated: usize,
    lost: usize,
}

/// Cuts the power of the server again and again while two tables send; stops at the first loss.
fn cut_the_server(sync: Sync) -> Seen {
    let mut hall = hall();
    hall.kill_server();
    hall.environment = environment(&hall, sync);
    hall.start_server();
    let door = Door::of(&hall);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut chains: Vec<Chain> = (0..TABLES)
        .map(|table| {
            let work: Vec<_> = (table..BUNDLES).step_by(TABLES).map(|n| ("c01", n)).collect();
            Chain::sign(&hall, &format!("s{:02}", table + 1), &work)
        })
        .collect();
    let mut seen = Seen::default();
    let nanos = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").subsec_nanos();
    for cut in 0..CUTS {
        let life = Duration::from_micros(30_000 + u64::from(nanos).wrapping_mul(2 * cut + 1) % 100_000);
        let sending: Vec<_> = chains
            .into_iter()
            .zip([Way::Stream, Way::Calls])
            .map(|(mut chain, way)| {
                let door = door.clone();
                runtime.spawn(async move {
                    let ended = chain.send(&door, way, 2, Duration::from_millis(4)).await;
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
        chains = ended.into_iter().map(|(chain, _)| chain).collect();
        hall.start_server();
        let (entries, _) = runtime.block_on(door.entries()).expect("the entries are shown");
        let (lost, doubled) = lost_and_doubled(&chains, &entries);
        assert_eq!(doubled, 0);
        let sum = |of: fn(&Chain) -> usize| chains.iter().map(of).sum();
        seen = Seen { cuts: cut + 1, acknowledged: sum(|c| c.acknowledged.len()), repeated: sum(|c| c.repeated), lost };
        if lost > 0 {
            return seen;
        }
    }
    runtime.block_on(door.replay()).expect("the log replays to its own root");
    seen
}

#[test]
fn a_server_whose_power_is_cut_loses_nothing_acknowledged() {
    let seen = cut_the_server(Sync::Kept);
    let Seen { cuts, acknowledged, repeated, lost } = seen;
    println!("{cuts} cuts, {acknowledged} acknowledged, {repeated} repeated, {lost} lost");
    assert_eq!((seen.cuts, seen.lost), (CUTS, 0), "{seen:?}");
    assert!(seen.acknowledged > 100, "there was hardly any load: {seen:?}");
}

#[test]
fn without_syncs_a_power_cut_of_the_server_is_seen_to_lose_acknowledged_batches() {
    let seen = cut_the_server(Sync::Stubbed);
    println!("{seen:?}");
    assert!(seen.lost > 0, "syncs were stubbed out and nobody noticed: {seen:?}");
}

/// Cuts the power of a table again and again; the answer is how its last run ended, and what it said.
fn cut_a_table(sync: Sync) -> (Hall, i32, String) {
    let hall = hall();
    let environment = environment(&hall, sync);
    let mut file = String::from("bundle,marks,ground\n");
    for n in 0..BUNDLES / 10 {
        for marks in ["01 02 03", "01 02 03", "01 02", "02 03", "01 03"] {
            file.push_str(&format!("{},{marks},\n", promises::client::bundle(n)));
        }
    }
    fs::write(hall.at("ballots.csv"), file).expect("a file");
    let began = Instant::now();
    let mut cuts = 0;
    let code = loop {
        let mut count =
            words(&["station", "count"], &[("--home", hall.at("s01")), ("--ballots", hall.at("ballots.csv"))]);
        count.extend(hall.way());
        count.extend(words(&["--contest", "c01"], &[]));
        let log = fs::OpenOptions::new().create(true).append(true).open(hall.at("s01.log")).expect("a log");
        let mut command = Command::new(program::path());
        command.args(count).envs(environment.clone()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut run = program::Running(command.spawn().expect("the program starts"));
        if cuts == CUTS {
            break run.wait(Duration::from_secs(60));
        }
        // A little longer from cut to cut, from before the first signature to among the last receipts.
        let until = Instant::now() + Duration::from_millis(4 + 3 * cuts);
        let mut ended = None;
        while ended.is_none() && Instant::now() < until {
            ended = run.0.try_wait().expect("a child can be waited for");
            std::thread::yield_now();
        }
        match ended.and_then(|status| status.code()) {
            Some(code) if code != 0 => break code,
            _ => run.kill(),
        }
        cuts += 1;
    };
    println!("{cuts} cuts in {:.1?}, then {code}", began.elapsed());
    let said = fs::read_to_string(hall.at("s01.log")).expect("a log");
    (hall, code, said)
}

#[test]
fn a_table_whose_power_is_cut_loses_nothing_saved() {
    let (hall, code, said) = cut_a_table(Sync::Kept);
    assert_eq!(code, 0, "{said}");
    let status = program::run_well(words(&["station", "status", "--json"], &[("--home", hall.at("s01"))]));
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!((&status["outbox"], &status["receipts"]), (&0.into(), &(BUNDLES / 10).into()), "{status}");
}

#[test]
fn without_syncs_a_power_cut_of_a_table_is_seen_as_a_server_ahead_of_it() {
    let (_hall, code, said) = cut_a_table(Sync::Stubbed);
    assert_eq!(code, 1, "syncs were stubbed out and nobody noticed");
    assert!(said.contains("the server has") && said.contains("its disk was restored"), "{said}");
}
