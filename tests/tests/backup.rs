//! A copy of a server that counts, and what a server made from that copy may do: show everything, sign nothing, until
//! somebody has said that nothing is missing; and what a look at a server finds.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles, lost_and_doubled},
    door::{Door, Trouble},
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Ended},
};
use std::{fs, path::Path, time::Duration};
use tokio::runtime::Runtime;

const BUNDLES: usize = 2_000;

fn hall() -> Hall {
    let papers = u32::try_from(BUNDLES).expect("small") * promises::client::PAPERS;
    let hall = Hall::open(&event_toml(2, &strike_list("c01", papers)), 2);
    hall.prepare("c01", &bundles(BUNDLES));
    hall
}

fn chain(hall: &Hall, station: &str, from: usize) -> Chain {
    Chain::sign(hall, station, &(from..BUNDLES).step_by(2).map(|n| ("c01", n)).collect::<Vec<_>>())
}

/// Sends the next so many notes of the chain.
fn send(runtime: &Runtime, chain: &mut Chain, door: &Door, count: usize) -> Result<(), Trouble> {
    let rest = chain.notes.split_off(chain.acknowledged.len() + count);
    let sent = runtime.block_on(chain.send(door, Way::Calls, 4, Duration::ZERO));
    chain.notes.extend(rest);
    sent
}

fn command(what: &[&str], paths: &[(&str, &Path)]) -> Ended {
    let paths: Vec<_> = paths.iter().map(|(name, path)| (*name, path.to_path_buf())).collect();
    program::run(words(&[&["server"], what].concat(), &paths))
}

fn entries_of(ended: &Ended) -> u64 {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let said: serde_json::Value = serde_json::from_str(ended.stdout.trim()).expect("JSON");
    said["entries"].as_u64().expect("a number")
}

fn refuses(ended: &Ended, code: i32, sentence: &str) {
    assert_eq!(ended.code, code, "{ended:?}");
    assert!(ended.stderr.contains(sentence), "`{sentence}` is not said: {}", ended.stderr);
}

/// The server of the hall is gone; another home takes its place.
fn replace_home(hall: &mut Hall, home: &str) {
    hall.kill_server();
    fs::rename(hall.at("server"), hall.at(&format!("before-{home}"))).expect("a folder");
    fs::rename(hall.at(home), hall.at("server")).expect("a folder");
}

#[test]
fn twenty_backups_of_a_server_under_load_are_each_a_whole_past() {
    let mut hall = hall();
    let (runtime, door, home) = (Runtime::new().expect("a runtime"), Door::of(&hall), hall.at("server"));
    let sending: Vec<_> = [("s01", 0, Way::Stream), ("s02", 1, Way::Calls)]
        .map(|(station, from, way)| {
            let (mut chain, door) = (chain(&hall, station, from), door.clone());
            runtime.spawn(async move {
                let ended = chain.send(&door, way, 1, Duration::from_millis(3)).await;
                (chain, ended)
            })
        })
        .into();
    let mut sizes = Vec::new();
    for n in 0..20 {
        let out = hall.at(&format!("backup-{n}"));
        sizes.push(entries_of(&command(&["backup"], &[("--home", &home), ("--out", &out)])));
        let folder = out.join(&hall.event);
        for private in ["log.key", "tally.key"] {
            assert!(!folder.join(private).exists(), "a private key is in the backup");
        }
    }
    // `server check` while it writes.
    let looked = command(&["check", "--json"], &[("--home", &home)]);
    assert_eq!(looked.code, 0, "{looked:?}");
    let looked: serde_json::Value = serde_json::from_str(&looked.stdout).expect("JSON");
    assert_eq!(looked[0]["running"], true, "{looked}");
    hall.kill_server();
    let chains: Vec<Chain> = sending.into_iter().map(|s| runtime.block_on(s).expect("no panic").0).collect();
    hall.start_server();
    let (entries, _) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled(&chains, &entries), (0, 0));
    assert!(sizes.is_sorted() && sizes.first() < sizes.last(), "there was no load: {sizes:?}");
    for n in 0..20 {
        let folder = hall.at(&format!("backup-{n}")).join(&hall.event);
        let (copy, whole) = (fs::read(folder.join("journal")), fs::read(hall.event_folder().join("journal")));
        assert!(whole.expect("a journal").starts_with(&copy.expect("a journal")), "backup {n} is no past of this log");
    }
    println!("20 backups of {} to {} entries under load", sizes[0], sizes[19]);
}

#[test]
fn a_restored_server_shows_everything_and_signs_nothing_until_it_is_released() {
    let mut hall = hall();
    let (runtime, door, mut table) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall, "s01", 0));
    send(&runtime, &mut table, &door, 50).expect("they are taken");
    let (server, backup, new) = (hall.at("server"), hall.at("backup"), hall.at("new"));
    let size = entries_of(&command(&["backup", "--with-keys"], &[("--home", &server), ("--out", &backup)]));
    let restored = command(&["restore", &backup.to_string_lossy()], &[("--home", &new)]);
    assert_eq!(entries_of(&restored), size);
    assert!(restored.stderr.contains("it signs nothing yet"), "{}", restored.stderr);
    let again = command(&["restore", &backup.to_string_lossy()], &[("--home", &new)]);
    refuses(&again, 2, "is here already");
    replace_home(&mut hall, "new");
    hall.start_server();
    let before = runtime.block_on(door.replay()).expect("everything is shown").0;
    let Err(Trouble::Line(status)) = send(&runtime, &mut table, &door, 10) else { panic!("it took notes") };
    assert_eq!(status.code(), tonic::Code::Unavailable, "tables try again: {status}");
    assert!(status.message().contains("server release"), "{}", status.message());
    assert!(!promises::page::read(&hall, "/readyz").starts_with("ok"));
    for wrong in [size - 1, size + 1] {
        let typed = ["release", "--event", &hall.event, "--size", &wrong.to_string()];
        refuses(&command(&typed, &[("--home", &server)]), 1, &format!("this log has {size} entries"));
    }
    assert!(runtime.block_on(door.replay()).expect("everything is shown").0 == before, "it has signed");
    let typed = ["release", "--event", &hall.event, "--size", &size.to_string()];
    assert_eq!(command(&typed, &[("--home", &server)]).code, 0);
    send(&runtime, &mut table, &door, 50).expect("from here on notes are taken, and it was not even started again");
    assert!(promises::page::read(&hall, "/readyz").starts_with("ok"));
    let (entries, _) = runtime.block_on(door.replay()).expect("the log replays to its own root");
    assert_eq!(lost_and_doubled([&table], &entries), (0, 0));
    refuses(&command(&typed, &[("--home", &server)]), 2, "does not wait for a release");
}

#[test]
fn a_restored_server_that_lacks_entries_is_stopped_by_the_first_table_that_knows_of_them() {
    let mut hall = hall();
    let (runtime, door, mut table) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall, "s02", 1));
    let ballots = hall.at("ballots.csv");
    let mut file = String::from("bundle,marks,ground\n");
    for n in (0..40).step_by(2) {
        for marks in ["01 02 03", "01 02 03", "01 02", "02 03", "01 03"] {
            file.push_str(&format!("{},{marks},\n", promises::client::bundle(n)));
        }
    }
    fs::write(&ballots, file).expect("a file");
    send(&runtime, &mut table, &door, 30).expect("they are taken");
    let (server, backup, new) = (hall.at("server"), hall.at("backup"), hall.at("new"));
    let size = entries_of(&command(&["backup"], &[("--home", &server), ("--out", &backup)]));
    // After the backup a real table counts 20 bundles.
    let mut counting = hall.start_table("s01", "c01", &ballots, &[]);
    assert_eq!(counting.wait(Duration::from_secs(60)), 0, "{:?}", fs::read_to_string(hall.at("s01.log")));
    let receipts = hall.at("receipts");
    program::run_well(words(&["station", "receipts"], &[("--home", hall.at("s01")), ("--out", receipts.clone())]));
    let missing = "20 are missing here";
    let keys = hall.event_folder();
    let restore = ["restore", &backup.to_string_lossy()];
    let newest = fs::read_dir(&receipts).expect("a folder").filter_map(Result::ok).map(|e| e.path());
    let newest = newest.filter(|p| p.extension().is_some_and(|e| e == "tlog-proof")).max().expect("a receipt");
    let seen = command(&restore, &[("--home", &new), ("--keys", &keys), ("--seen", &newest)]);
    refuses(&seen, 14, missing);
    assert!(!new.join("events").join(&hall.event).exists(), "it was restored all the same");
    let restored = command(&restore, &[("--home", &new), ("--keys", &keys)]);
    assert_eq!(entries_of(&restored), size);
    replace_home(&mut hall, "new");
    hall.start_server();
    let mut table_again = hall.start_table("s01", "c01", &ballots, &[]);
    let code = table_again.wait(Duration::from_secs(60));
    let said = fs::read_to_string(hall.at("s01.log")).expect("a log");
    assert_ne!(code, 0, "the table went on: {said}");
    let Err(Trouble::Line(status)) = send(&runtime, &mut table, &door, 10) else { panic!("it took notes") };
    assert_eq!(status.code(), tonic::Code::FailedPrecondition, "{status}");
    assert!(status.message().contains(missing), "{}", status.message());
    assert!(promises::page::read(&hall, "/readyz").contains(missing));
    runtime.block_on(door.replay()).expect("what is there can be read");
    let typed = ["release", "--event", &hall.event, "--size", &size.to_string()];
    refuses(&command(&typed, &[("--home", &server)]), 14, missing);
    hall.kill_server();
    hall.start_server();
    assert!(promises::page::read(&hall, "/readyz").contains(missing), "it is served again, for reading alone");
    runtime.block_on(door.replay()).expect("what is there can be read");
    let Err(Trouble::Line(status)) = send(&runtime, &mut table, &door, 10) else { panic!("it took notes") };
    assert_eq!(status.code(), tonic::Code::FailedPrecondition, "{status}");
    let looked = command(&["check"], &[("--home", &server)]);
    assert_eq!(looked.code, 14, "{looked:?}");
    assert!(looked.stdout.contains(missing), "{}", looked.stdout);
}

#[test]
fn a_look_names_each_kind_of_damage_by_its_exit_code_and_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let mut hall = hall();
    let (runtime, door, mut table) = (Runtime::new().expect("a runtime"), Door::of(&hall), chain(&hall, "s01", 0));
    send(&runtime, &mut table, &door, 300).expect("they are taken");
    hall.kill_server();
    let home = hall.at("server");
    let check = || command(&["check"], &[("--home", &home)]);
    let sound = check();
    assert_eq!(sound.code, 0, "{sound:?}");
    assert!(sound.stdout.contains("every signature, ruling and checkpoint is good"), "{}", sound.stdout);
    let (journal, key) = (hall.event_folder().join("journal"), hall.event_folder().join("tally.key"));
    let whole = fs::read(&journal).expect("a journal");
    for tenth in 1..10 {
        let mut bytes = whole.clone();
        bytes[whole.len() * tenth / 10] ^= 0x10;
        fs::write(&journal, &bytes).expect("a file");
        let ended = check();
        assert_eq!(ended.code, 14, "{ended:?}");
        assert!(fs::read(&journal).expect("a journal") == bytes, "it was changed");
    }
    fs::write(&journal, &whole).expect("a file");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("a file");
    let ended = check();
    assert_eq!(ended.code, 11, "{ended:?}");
    assert!(ended.stdout.contains("chmod 600"), "{}", ended.stdout);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("a file");
    fs::remove_dir_all(hall.event_folder().join("index")).expect("a folder");
    assert_eq!(check().code, 0, "an index can be made again");
    refuses(&command(&["check"], &[("--home", &hall.at("nowhere"))]), 2, "there is no event");
}
