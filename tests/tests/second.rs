//! Two journals, and disks that forget, fill up or go away: what was acknowledged is in both, and what is not in both was
//! acknowledged to nobody.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles, lost_and_doubled},
    disk::Disk,
    door::{Door, Trouble},
    hall::{Hall, event_toml, strike_list, words},
    shim,
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime},
};
use tokio::runtime::Runtime;

const BUNDLES: usize = 2_000;
const CUTS: u64 = 30;

/// A hall with a stick, whose server stands on a disk that forgets.
fn hall(more: &[(&str, &Path)]) -> Hall {
    let papers = u32::try_from(BUNDLES).expect("small") * promises::client::PAPERS;
    let mut hall = Hall::found(&event_toml(2, &strike_list("c01", papers)), 2);
    hall.arguments = words(&[], &[("--second-journal", hall.at("stick"))]);
    hall.start_server();
    hall.prepare("c01", &bundles(BUNDLES));
    hall.kill_server();
    hall.environment = vec![("LD_PRELOAD".into(), shim::compiled(&hall.at("")).into_os_string())];
    let at = |(name, path): &(&str, &Path)| ((*name).into(), hall.at("").join(path).into_os_string());
    let more: Vec<_> = more.iter().map(at).collect();
    hall.environment.extend(more);
    hall.start_server();
    hall
}

fn chain(hall: &Hall, station: &str, from: usize) -> Chain {
    Chain::sign(hall, station, &(from..BUNDLES).step_by(2).map(|n| ("c01", n)).collect::<Vec<_>>())
}

/// The entries of a journal as a start would find them.
fn entries(hall: &Hall, journal: &Path) -> Vec<bytes::Bytes> {
    let (purpose, mut entries) = (format!("kiemphieu server {}", hall.event), Vec::new());
    let read = journal::read(journal, purpose.as_bytes(), journal::Limits::default(), |group| {
        let (_, notes) = group.records.split_last().ok_or("no checkpoint")?;
        entries.extend(notes.iter().map(|note| bytes::Bytes::copy_from_slice(note)));
        Ok(())
    });
    read.expect("a sound journal");
    entries
}

fn first(hall: &Hall) -> std::path::PathBuf {
    hall.event_folder().join("journal")
}

fn second(hall: &Hall) -> std::path::PathBuf {
    hall.at("stick").join(&hall.event).join("journal")
}

/// What the disks had after power cuts of what had been acknowledged.
#[derive(Debug, Default)]
struct Seen {
    cuts: u64,
    acknowledged: usize,
    lost_in_first: usize,
    lost_in_second: usize,
}

/// Cuts the power again and again while two tables send, and looks at both disks before anything is started.
fn cut_the_power(hall: &mut Hall) -> Seen {
    let (runtime, mut seen) = (Runtime::new().expect("a runtime"), Seen::default());
    let mut chains = vec![chain(hall, "s01", 0), chain(hall, "s02", 1)];
    let nanos = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").subsec_nanos();
    while seen.cuts < CUTS && seen.lost_in_first + seen.lost_in_second == 0 {
        let door = Door::of(hall);
        let sending: Vec<_> = chains
            .into_iter()
            .zip([Way::Stream, Way::Calls])
            .map(|(mut chain, way)| {
                let door = door.clone();
                runtime.spawn(async move {
                    let ended = chain.send(&door, way, 1, Duration::from_millis(4)).await;
                    (chain, ended)
                })
            })
            .collect();
        let life = 30_000 + u64::from(nanos).wrapping_mul(2 * seen.cuts + 1) % 100_000;
        std::thread::sleep(Duration::from_micros(life));
        hall.kill_server();
        let ended: Vec<_> = sending.into_iter().map(|s| runtime.block_on(s).expect("a table does not panic")).collect();
        for (_, ended) in &ended {
            assert!(matches!(ended, Ok(()) | Err(Trouble::Line(_))), "{ended:?}");
        }
        chains = ended.into_iter().map(|(chain, _)| chain).collect();
        let lost = |journal: &Path| lost_and_doubled(&chains, &entries(hall, journal));
        let (in_first, in_second) = (lost(&first(hall)), lost(&second(hall)));
        assert_eq!((in_first.1, in_second.1), (0, 0), "something is there twice");
        let acknowledged = chains.iter().map(|c| c.acknowledged.len()).sum();
        let cuts = seen.cuts + 1;
        seen = Seen { cuts, acknowledged, lost_in_first: in_first.0, lost_in_second: in_second.0 };
        hall.start_server();
    }
    runtime.block_on(Door::of(hall).replay()).expect("the log replays to its own root");
    seen
}

#[test]
fn what_was_acknowledged_is_on_both_disks_after_every_power_cut() {
    let seen = cut_the_power(&mut hall(&[]));
    println!("{seen:?}");
    assert_eq!((seen.cuts, seen.lost_in_first, seen.lost_in_second), (CUTS, 0, 0));
    assert!(seen.acknowledged > 100, "there was hardly any load: {seen:?}");
}

#[test]
fn a_second_disk_that_is_not_synced_is_seen_to_lose_acknowledged_batches() {
    let seen = cut_the_power(&mut hall(&[("POWER_SHIM_STUB", Path::new("stick"))]));
    println!("{seen:?}");
    assert!(seen.lost_in_second > 0 && seen.lost_in_first == 0, "nobody noticed: {seen:?}");
}

/// Sends the next so many notes of the chain.
fn send(runtime: &Runtime, chain: &mut Chain, door: &Door, count: usize) -> Result<(), Trouble> {
    let rest = chain.notes.split_off(chain.acknowledged.len() + count);
    let sent = runtime.block_on(chain.send(door, Way::Calls, 4, Duration::ZERO));
    chain.notes.extend(rest);
    sent
}

fn exhausted(trouble: Result<(), Trouble>, sentence: &str) {
    let Err(Trouble::Line(status)) = trouble else { panic!("a full disk took notes, or said: {trouble:?}") };
    assert_eq!(status.code(), tonic::Code::ResourceExhausted, "{}", status.message());
    assert!(status.message().contains(sentence), "{}", status.message());
}

/// The second disk fills up behind the server's back, between the question for room and the write: the first has the group.
#[test]
fn a_group_that_only_the_first_disk_has_is_acknowledged_to_nobody_until_the_second_has_it() {
    for ends_by_kill in [false, true] {
        let mut hall = hall(&[("POWER_SHIM_FULL", Path::new("stick"))]);
        let (runtime, door, mut chain) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall, "s01", 0));
        send(&runtime, &mut chain, &door, 100).expect("there is room");
        let before = runtime.block_on(door.entries()).expect("the entries are shown");
        fs::write(hall.at("stick.full"), "").expect("a file");
        for _ in 0..3 {
            exhausted(send(&runtime, &mut chain, &door, 20), "the second disk of the server is full");
            let now = runtime.block_on(door.entries()).expect("reading goes on");
            assert!(now == before, "something was published that is not on both disks");
            // The note stands in the first journal, and none behind it.
            let [one, other] = [first(&hall), second(&hall)].map(|journal| entries(&hall, &journal).len());
            assert_eq!((one, other), (before.0.len() + 4, before.0.len()));
        }
        let (_, replay) = runtime.block_on(door.replay()).expect("the log replays to its own root");
        assert_eq!(replay.count.station_head("s01".parse().expect("an id")).map(|h| h.0), Some(100));
        fs::remove_file(hall.at("stick.full")).expect("a file");
        if ends_by_kill {
            hall.kill_server();
            hall.start_server();
        }
        send(&runtime, &mut chain, &door, 100).expect("there is room again for the same notes");
        assert_eq!(chain.repeated, 4, "the group that waited was not made again");
        let (entries, _) = runtime.block_on(door.replay()).expect("the log replays to its own root");
        assert_eq!(lost_and_doubled([&chain], &entries), (0, 0));
        assert!(fs::read(first(&hall)).expect("a journal") == fs::read(second(&hall)).expect("a journal"));
    }
}

#[test]
fn a_second_disk_that_is_full_takes_nothing_on_either_and_everything_when_there_is_room() {
    let mut hall = hall(&[]);
    hall.kill_server();
    let disk = Disk::over(&hall.at("stick"), 160);
    hall.start_server();
    let (runtime, door, mut chain) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall, "s01", 0));
    send(&runtime, &mut chain, &door, 100).expect("there is room");
    let before = fs::metadata(first(&hall)).expect("a journal").len();
    disk.fill();
    for _ in 0..3 {
        exhausted(send(&runtime, &mut chain, &door, 20), "nothing was kept");
    }
    assert_eq!(fs::metadata(first(&hall)).expect("a journal").len(), before, "the first disk has more than the second");
    runtime.block_on(door.replay()).expect("reading goes on");
    disk.make_room();
    send(&runtime, &mut chain, &door, 100).expect("there is room again for the same notes");
    assert_eq!(chain.repeated, 0);
    let (entries, _) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled([&chain], &entries), (0, 0));
}

#[test]
fn a_stick_that_is_pulled_out_ends_the_server_by_name_and_nothing_is_acknowledged_without_it() {
    let mut hall = hall(&[]);
    let (runtime, door, mut chain) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall, "s01", 0));
    send(&runtime, &mut chain, &door, 40).expect("there is room");
    fs::rename(hall.at("stick"), hall.at("pocket")).expect("a folder");
    let Err(Trouble::Line(_)) = send(&runtime, &mut chain, &door, 20) else { panic!("it was acknowledged") };
    assert_eq!(hall.wait_for_end(Duration::from_secs(10)), 13);
    let said = fs::read_to_string(hall.at("server.log")).expect("a log");
    assert!(said.contains("stick"), "{said}");
    let refused = hall.try_start_server().expect_err("the stick is in a pocket");
    assert_eq!(refused.code, 13, "{refused:?}");
    fs::rename(hall.at("pocket"), hall.at("stick")).expect("a folder");
    hall.start_server();
    let began = Instant::now();
    send(&runtime, &mut chain, &door, 60).expect("the same notes are taken");
    let (entries, _) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled([&chain], &entries), (0, 0));
    println!("{} acknowledged, {:.1?} for the last 60", chain.acknowledged.len(), began.elapsed());
}
