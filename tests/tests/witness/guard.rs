//! Before it signs anything a server asks its witnesses: one that was restored from an old copy shows what it has, signs
//! nothing, says ROLLBACK and how to go on; and goes on with one history once everything is back.

use crate::pushing::{server_said, witness};
use promises::{
    cosigner::{Pretender, ask},
    door::Door,
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Ended},
    relay::until,
};
use std::{fs, io::Write, path::Path, process::Command, time::Duration};
use tlog::Note;
use tokio::runtime::Runtime;

/// Two tables with two bundles of ten papers each.
fn counted_by_two() -> Hall {
    let toml = event_toml(2, &strike_list("c01", 40));
    let hall = Hall::found(&toml, 2);
    for table in ["s01", "s02"] {
        let papers: String = [1, 2].iter().flat_map(|n| vec![format!("{table}-b00{n},01 02 03,\n"); 10]).collect();
        fs::write(hall.at(&format!("{table}.csv")), format!("bundle,marks,ground\n{papers}")).unwrap();
    }
    hall
}

fn prepare(hall: &Hall) {
    let stated = ["s01-b001", "s01-b002", "s02-b001", "s02-b002"];
    hall.prepare("c01", &stated.map(|id| (id.to_owned(), 10, id[..3].to_owned())));
}

fn count(hall: &Hall, table: &str) -> i32 {
    hall.start_table(table, "c01", &hall.at(&format!("{table}.csv")), &[]).wait(Duration::from_secs(30))
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

fn release(hall: &Hall, size: u64, from: &[&str]) -> Ended {
    let (typed, from): (_, Vec<_>) = (size.to_string(), from.iter().map(|dir| ("--from", hall.at(dir))).collect());
    let all = words(&["server", "release", "--event", &hall.event, "--size", &typed], &[("--home", hall.at("server"))]);
    program::run([all, words(&[], &from)].concat())
}

fn is_ready(hall: &Hall) -> (u16, String) {
    let page = ask(&hall.http, "GET", "/readyz", b"").expect("the pages are served");
    (page.status, page.body)
}

#[test]
fn an_old_copy_signs_nothing_and_goes_on_with_one_history_once_everything_is_back() {
    let mut hall = counted_by_two();
    let witness = witness(&hall);
    hall.arguments = words(&["--witness", &witness.url], &[]);
    hall.start_server();
    prepare(&hall);
    assert_eq!(count(&hall, "s01"), 0);
    hall.kill_server();
    copy(&hall.at("server"), &hall.at("old"));
    hall.start_server();
    assert_eq!(count(&hall, "s02"), 0);
    let (runtime, door) = (Runtime::new().unwrap(), Door::of(&hall));
    let (before, newest) = runtime.block_on(door.entries()).unwrap();
    let cosigned = || witness.shown("kiemphieu.example/hall").map(|note| tlog::Checkpoint::parse(note.text()).unwrap());
    until("the newest checkpoint is cosigned", || cosigned().is_some_and(|seen| seen.size == newest.size));
    hall.kill_server();
    fs::rename(hall.at("server"), hall.at("lost")).unwrap();
    fs::rename(hall.at("old"), hall.at("server")).unwrap();
    hall.start_server();

    let (status, said) = is_ready(&hall);
    assert_eq!(status, 503, "{said}");
    assert!(said.contains("ROLLBACK") && said.contains("server release"), "{said}");
    assert!(said.contains(&format!("{} are missing here", newest.size - 6)), "6 of {}: {said}", newest.size);
    let (shown, old) = runtime.block_on(door.entries()).expect("what is there can be read");
    assert_eq!((old.size, &shown[..]), (6, &before[..6]));
    let refused = hall.desk(&["annul", "c01", "--reason", "tried"], &["k1", "k2"]);
    assert!(refused.code != 0 && refused.stderr.contains("ROLLBACK"), "{}", refused.stderr);
    assert_eq!(runtime.block_on(door.entries()).unwrap().1.size, 6, "nothing was signed");
    assert_eq!(cosigned().unwrap(), newest, "nor cosigned");

    // It stays so in the next run, with or without the witness.
    hall.kill_server();
    hall.arguments.clear();
    hall.start_server();
    assert_eq!(is_ready(&hall).0, 503);
    hall.end_server();
    let receipts = [("--home", hall.at("s02")), ("--out", hall.at("receipts"))];
    program::run_well(words(&["station", "receipts"], &receipts));
    fs::create_dir(hall.at("nothing")).unwrap();
    for (size, from, says) in [
        (newest.size, "nothing", "missing"),
        (6, "receipts", &format!("{}", newest.size)),
        (newest.size + 1, "receipts", &format!("{}", newest.size)),
    ] {
        let refused = release(&hall, size, &[from]);
        assert!(refused.code != 0 && refused.stderr.contains(says), "{size} {from}: {}", refused.stderr);
    }
    // Validly signed by its table, and not what was signed for: only the true entry leads to the root.
    let last = Note::parse(before.last().unwrap()).unwrap();
    let table = keyfile::open(&hall.at("s02/station.key")).unwrap();
    let time = last.text().lines().find(|line| line.starts_with("time ")).unwrap();
    let other = table.sign_text(&last.text().replace(time, "time 1593000001"));
    let entries: Vec<&[u8]> = before[..before.len() - 1].iter().map(AsRef::as_ref).chain([other.as_bytes()]).collect();
    let bundles = hall.at("forged/tile/entries/000.p");
    fs::create_dir_all(&bundles).unwrap();
    fs::write(bundles.join(entries.len().to_string()), tlog::tile::encode_bundle(&entries).unwrap()).unwrap();
    let refused = release(&hall, newest.size, &["forged"]);
    assert!(refused.code != 0 && refused.stderr.contains("other entries"), "{}", refused.stderr);
    let released = release(&hall, newest.size, &["receipts"]);
    assert_eq!(released.code, 0, "{}", released.stderr);
    assert!(released.stderr.contains("2 missing entries were put back"), "{}", released.stderr);

    hall.arguments = words(&["--witness", &witness.url], &[]);
    hall.start_server();
    assert_eq!(is_ready(&hall).0, 200, "{}", is_ready(&hall).1);
    assert_eq!(runtime.block_on(door.entries()).unwrap().0, before, "entry by entry the log that was lost");
    for what in ["close", "certify", "announce"] {
        hall.desk_well(&[what, "c01"], &["k1", "k2"]);
    }
    let (entries, _) = runtime.block_on(door.entries()).unwrap();
    assert_eq!(entries[..before.len()], before);
    let verify = [words(&["observer", "verify", "--json"], &[("--home", hall.at("observer"))]), hall.way()].concat();
    until("the witness goes on with it", || cosigned().is_some_and(|seen| seen.size > newest.size));
    until("the observer is content", || program::run(&verify).code == 0);
    assert!(!hall.at("observer/evidence").exists());
}

#[test]
fn a_witness_that_only_says_it_has_seen_more_stops_one_run_and_nobody_for_good() {
    let mut hall = counted_by_two();
    hall.start_server();
    prepare(&hall);
    hall.end_server();
    let says_more = Pretender::answering(|socket, request| {
        let body = if request.starts_with("POST") { "999\n" } else { "" };
        let (status, length) = if body.is_empty() { ("404 Not Found", 0) } else { ("409 Conflict", body.len()) };
        let kind = "Content-Type: text/x.tlog.size";
        let _ = write!(
            socket,
            "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
    });
    hall.arguments = words(&["--witness", &says_more.url], &[]);
    hall.start_server();
    let (status, said) = is_ready(&hall);
    assert_eq!(status, 503, "{said}");
    assert!(said.contains("ROLLBACK") && said.contains("has cosigned 999"), "{said}");
    let refused = hall.desk(&["annul", "c01", "--reason", "tried"], &["k1", "k2"]);
    assert!(refused.code != 0 && refused.stderr.contains("ROLLBACK"), "{}", refused.stderr);
    assert!(server_said(&hall).contains("this server signs nothing"), "{}", server_said(&hall));
    hall.end_server();
    hall.arguments.clear();
    hall.start_server();
    assert_eq!(is_ready(&hall).0, 200);
    assert_eq!(count(&hall, "s01"), 0, "nobody's word alone stops a hall for good");
}
