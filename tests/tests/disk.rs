//! Disks that are full, and files that may not grow: the sender is told, nothing acknowledged is lost, reading goes on,
//! and what was not kept is taken when there is room.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles, lost_and_doubled},
    disk::{Disk, system},
    door::{Door, Trouble},
    hall::{Hall, event_toml, strike_list},
    program::{self, Running},
};
use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

const BUNDLES: usize = 600;

fn hall() -> Hall {
    let papers = u32::try_from(BUNDLES).expect("small") * promises::client::PAPERS;
    let hall = Hall::open(&event_toml(1, &strike_list("c01", papers)), 1);
    hall.prepare("c01", &bundles(BUNDLES));
    hall
}

fn chain(hall: &Hall) -> Chain {
    Chain::sign(hall, "s01", &(0..BUNDLES).map(|n| ("c01", n)).collect::<Vec<_>>())
}

fn exhausted(trouble: Result<(), Trouble>) {
    let Err(Trouble::Line(status)) = trouble else { panic!("a full disk took notes, or said: {trouble:?}") };
    assert_eq!(status.code(), tonic::Code::ResourceExhausted, "{}", status.message());
    assert!(status.message().contains("nothing was kept"), "{}", status.message());
}

/// Sends the next so many notes of the chain.
fn send(runtime: &Runtime, chain: &mut Chain, door: &Door, count: usize, way: Way) -> Result<(), Trouble> {
    let rest = chain.notes.split_off(chain.acknowledged.len() + count);
    let sent = runtime.block_on(chain.send(door, way, 16, Duration::ZERO));
    chain.notes.extend(rest);
    sent
}

#[test]
fn a_full_disk_takes_nothing_loses_nothing_and_shows_everything_until_there_is_room() {
    let mut hall = hall();
    hall.kill_server();
    // The floor of free space is 16 MiB, and a full group must fit above it.
    let disk = Disk::over(&hall.event_folder(), 160);
    hall.start_server();
    let (runtime, door, mut chain) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall));
    send(&runtime, &mut chain, &door, 300, Way::Stream).expect("there is room");
    disk.fill();
    for way in [Way::Calls, Way::Stream, Way::Calls] {
        exhausted(send(&runtime, &mut chain, &door, 20, way));
    }
    let (entries, replay) = runtime.block_on(door.replay()).expect("reading goes on");
    assert_eq!(lost_and_doubled([&chain], &entries), (0, 0));
    assert_eq!(replay.count.station_head("s01".parse().expect("an id")).map(|h| h.0), Some(300));
    disk.make_room();
    send(&runtime, &mut chain, &door, 100, Way::Stream).expect("there is room again for the same notes");
    disk.fill();
    exhausted(send(&runtime, &mut chain, &door, 20, Way::Calls));
    hall.kill_server();
    hall.start_server();
    exhausted(send(&runtime, &mut chain, &door, 20, Way::Calls));
    disk.make_room();
    send(&runtime, &mut chain, &door, 200, Way::Calls).expect("there is room again for the same notes");
    let (entries, replay) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled([&chain], &entries), (0, 0));
    assert_eq!(replay.count.contest("c01".parse().expect("an id")).map(|c| c.bundles_counted()), Some(BUNDLES));
    println!("{} acknowledged, none lost; five times full", chain.acknowledged.len());
}

#[test]
fn a_signature_that_waits_still_waits_after_the_disk_was_full() {
    let mut hall = hall();
    hall.kill_server();
    let disk = Disk::over(&hall.event_folder(), 160);
    hall.start_server();
    let annul = ["annul", "c01", "--reason", "the ballot was printed with a wrong title"];
    let proposed = hall.desk(&[&annul[..], &["--propose"]].concat(), &["k1"]);
    let drafts = || hall.desk_well(&["drafts", "--json"], &[]);
    let sid = first_sid(&drafts()).unwrap_or_else(|| panic!("no draft waits: {proposed:?}"));
    disk.fill();
    let refused = hall.desk(&["sign", &sid], &["k2"]);
    assert_ne!(refused.code, 0, "a full disk took a statement: {refused:?}");
    assert!(refused.stderr.contains("disk"), "{refused:?}");
    assert_eq!(first_sid(&drafts()), Some(sid.clone()), "the signature of k1 is lost");
    disk.make_room();
    hall.desk_well(&["sign", &sid], &["k2"]);
    assert_eq!(first_sid(&drafts()), None);
}

fn first_sid(json: &str) -> Option<String> {
    let drafts: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let first = drafts.get(0).or_else(|| drafts["drafts"].get(0))?;
    first["sid"].as_str().map(str::to_owned)
}

/// A file that may not grow, as on a FAT stick or with a quota: part of a group is written, then taken back.
#[test]
fn a_journal_that_may_not_grow_takes_back_what_was_half_written() {
    let mut hall = hall();
    hall.kill_server();
    let journal = hall.event_folder().join("journal");
    let blocks = (fs::metadata(&journal).expect("a file").len() + 60_000) / 512;
    let limited = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$@\"");
    let mut server = Command::new("sh");
    server.args(["-c", &limited, "sh"]).arg(program::path()).args(["server", "run", "--home"]).arg(hall.at("server"));
    server.args(["--listen", hall.address(), "--http", promises::hall::bare(&hall.http)]);
    // The index may not grow either, which costs nothing.
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = Running(server.spawn().expect("a shell starts"));
    let (runtime, door, mut chain) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall));
    let until = Instant::now() + Duration::from_secs(10);
    while runtime.block_on(door.connect()).is_err() {
        assert!(Instant::now() < until, "the server did not open its doors");
    }
    exhausted(send(&runtime, &mut chain, &door, 300, Way::Calls));
    let taken = chain.acknowledged.len();
    assert!((1..300).contains(&taken), "{taken} were acknowledged");
    system("prlimit", &["--pid", &server.0.id().to_string(), "--fsize=unlimited"]);
    send(&runtime, &mut chain, &door, 300 - taken, Way::Stream).expect("there is room for the same notes");
    drop(server);
    hall.start_server();
    let (entries, _) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled([&chain], &entries), (0, 0));
    assert!(!fs::read_to_string(hall.at("server.log")).expect("a log").contains("cut off"), "half a group stayed");
    println!("{taken} acknowledged before the limit, {} after it", chain.acknowledged.len());
}
