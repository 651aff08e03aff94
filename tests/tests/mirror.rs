//! A mirror is a whole log at every moment, shows the public nothing that the hall does not, and stops at another log.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles},
    door::Door,
    hall::{Hall, bare, event_toml, strike_list, words},
    program::{self, Ended, Running},
    relay::{Relay, until},
};
use std::{
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tokio::runtime::Runtime;

const KILLS: u32 = 50;
const BUNDLES: usize = 600;

fn mirror(hall: &Hall, home: &str, out: &Path, more: &[&str]) -> Vec<OsString> {
    let paths = [("--home", hall.at(home)), ("--out", out.to_owned())];
    let command = [words(&["observer", "mirror"], &paths), hall.way(), words(more, &[])];
    command.concat()
}

fn once(hall: &Hall, home: &str, out: &Path, more: &[&str]) -> Ended {
    program::run(mirror(hall, home, out, &[more, &["--once"]].concat()))
}

fn verify(hall: &Hall, folder: &Path) -> Ended {
    program::run(
        [words(&["observer", "verify"], &[]), vec![folder.into()], words(&["--event", &hall.event], &[])].concat(),
    )
}

fn import(hall: &Hall, stick: &Path, home: &str, more: &[OsString]) -> Ended {
    let paths = [("--home", hall.at(home))];
    let all = [words(&["observer", "import"], &paths), vec![stick.into()], words(&["--event", &hall.event], &[])];
    program::run([all.concat(), more.to_vec()].concat())
}

fn start(command: Vec<OsString>, log: PathBuf) -> Running {
    let log = fs::OpenOptions::new().create(true).append(true).open(log).expect("a log");
    let child =
        Command::new(program::path()).args(command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
    Running(child.expect("the program starts"))
}

/// Every file of a folder with its bytes.
fn all_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(all_of(&path));
        } else {
            all.push((path.clone(), fs::read(path).expect("a file")));
        }
    }
    all.sort();
    all
}

/// Whether a batch, or a bulletin with figures, stands in any file of a folder.
fn tells(folder: &Path) -> bool {
    let has = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    all_of(folder).iter().any(|(_, bytes)| has(bytes, b"kiemphieu/v1/batch") || has(bytes, b"\nvotes 01 "))
}

fn witness(hall: &Hall) {
    let follow = words(&["observer", "follow", "--once"], &[("--home", hall.at("observer"))]);
    program::run_well([follow, hall.way()].concat());
}

#[test]
fn a_mirror_that_is_killed_fifty_times_is_a_whole_log_each_time_and_in_the_end_the_very_export() {
    let papers = u32::try_from(BUNDLES).unwrap() * promises::client::PAPERS;
    let hall = Hall::open(&event_toml(1, &strike_list("c01", papers)), 1);
    hall.prepare("c01", &bundles(BUNDLES));
    let _observer = hall.follow();
    let work: Vec<_> = (0..BUNDLES).map(|n| ("c01", n)).collect();
    let (mut chain, door, runtime) = (Chain::sign(&hall, "s01", &work), Door::of(&hall), Runtime::new().unwrap());
    let sending = runtime.spawn(async move {
        let sent = chain.send(&door, Way::Calls, 1, Duration::from_millis(25)).await;
        sent.map(|()| chain.notes.len()).map_err(|e| e.to_string())
    });
    let (out, mut sizes) = (hall.at("mirror"), Vec::new());
    for run in 0..KILLS {
        let mut mirroring = start(mirror(&hall, "mirror-home", &out, &[]), hall.at("mirror.log"));
        std::thread::sleep(Duration::from_millis(40 + u64::from(run * 37 % 400)));
        mirroring.kill();
        if out.join("checkpoint").exists() {
            let ended = verify(&hall, &out);
            assert_eq!(ended.code, 0, "kill {run}: {}{}", ended.stdout, ended.stderr);
            sizes.push(ended.stdout.lines().find_map(|l| l.strip_prefix("size ")?.parse::<u64>().ok()).unwrap());
        }
    }
    assert!(sizes.is_sorted(), "{sizes:?}");
    assert_eq!(runtime.block_on(sending).unwrap().expect("all was sent"), BUNDLES);
    sizes.dedup();
    println!("{KILLS} kills, {} different states verified, the last of {:?} entries", sizes.len(), sizes.last());
    assert!(sizes.len() > 10, "{sizes:?}");
    // With everything sent, mirror and export are the same files.
    let newest = runtime.block_on(Door::of(&hall).entries()).unwrap().1.size;
    until("the mirror reaches the end", || {
        once(&hall, "mirror-home", &out, &[]);
        verify(&hall, &out).stdout.contains(&format!("size {newest}\n"))
    });
    let export = hall.export("exported");
    for (path, bytes) in all_of(&export).iter().filter(|(path, _)| !path.starts_with(export.join("bulletin"))) {
        let name = path.strip_prefix(&export).unwrap();
        assert!(fs::read(out.join(name)).is_ok_and(|ours| ours == *bytes) || name.ends_with("checkpoint"), "{name:?}");
    }
    assert!(!out.join("tile/entries/000.p").exists(), "partial bundles of a full one are gone");
}

/// A hall that shows no figures while it counts, with everything counted and nothing closed.
fn counted(disclosure: &str, live: bool) -> Hall {
    let toml = event_toml(1, &strike_list("c01", 20)).replace("\"public\"", &format!("{disclosure:?}"));
    let hall = Hall::open(&toml.replace("live-totals = true", &format!("live-totals = {live}")), 1);
    let ballots: String = (0..20).map(|_| ",01 02 03,\n").collect();
    fs::write(hall.at("s01.csv"), format!("bundle,marks,ground\n{ballots}")).unwrap();
    hall.prepare("c01", &[("s01-b001".to_owned(), 10, "s01".into()), ("s01-b002".to_owned(), 10, "s01".into())]);
    assert_eq!(hall.start_table("s01", "c01", &hall.at("s01.csv"), &[]).wait(Duration::from_secs(30)), 0);
    hall
}

fn page(http: &str, path: &str) -> (String, Vec<u8>) {
    let mut socket = TcpStream::connect(bare(http)).expect("it is served");
    write!(socket, "GET {path} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n").expect("a request");
    let mut page = Vec::new();
    socket.read_to_end(&mut page).expect("an answer");
    let end = page.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
    (String::from_utf8_lossy(&page[..end]).to_lowercase(), page[end..].to_vec())
}

/// What stands in every place where a log can be read: hall, relay, mirrors of both kinds, imports of them.
fn every_place(hall: &Hall, stage: &str, public_tells: bool, public_verifies: i32) {
    witness(hall);
    let at = |name: &str| hall.at(&format!("{name}-{stage}"));
    let mut relay = Relay::prepare();
    relay.switch(hall);
    relay.arguments = words(&["--http", "127.0.0.1:0"], &[("--out", relay.at("mirrors"))]);
    relay.start();
    // The hall of this test calls no relay: what the relay mirrors it is brought by hand. Nobody waits there.
    let public = once(hall, "observer", &at("public"), &[]);
    assert_eq!(public.code, public_verifies, "{stage}: {}", public.stderr);
    let accredited = once(hall, "observer", &at("accredited"), &["--accredited"]);
    assert_eq!(accredited.code, 0, "{stage}: {}", accredited.stderr);
    let out = |folder: PathBuf| words(&[], &[("--out", folder)]);
    for (stick, into, more, code) in [
        (at("accredited"), at("imported-all"), &["--accredited"][..], 0),
        (at("accredited"), at("imported-public"), &[], 0),
        (at("public"), at("imported-public-again"), &[], public_verifies),
    ] {
        let imported = import(hall, &stick, "importer", &[out(into.clone()), words(more, &[])].concat());
        assert_eq!(imported.code, code, "{stage}, {into:?}: {}", imported.stderr);
    }
    for name in ["accredited", "imported-all"] {
        assert!(tells(&at(name)), "{stage}: {name} has everything");
        assert_eq!(verify(hall, &at(name)).code, 0, "{stage}: {name}");
        assert_eq!(fs::metadata(at(name)).unwrap().permissions().mode() & 0o777, 0o700, "{stage}: {name}");
        assert!(at(name).join("DO-NOT-PUBLISH.txt").exists());
    }
    for name in ["public", "imported-public", "imported-public-again"] {
        assert_eq!(tells(&at(name)), public_tells && at(name).exists(), "{stage}: {name}");
        if at(name).join("checkpoint").exists() {
            assert_eq!(verify(hall, &at(name)).code, public_verifies, "{stage}: {name}");
        }
    }
    // The relay serves what is public, with its kind, and an accredited folder not at all.
    let place = relay.at("mirrors").join(&hall.event);
    let served = |of: &Path| {
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(relay.at("mirrors")).unwrap();
        assert!(Command::new("cp").arg("-a").arg(of).arg(&place).status().unwrap().success());
        page(&relay.http, &format!("/{}/checkpoint", hall.event))
    };
    assert!(served(&at("accredited")).0.starts_with("http/1.1 404"), "{stage}: an accredited folder is served");
    let (head, body) = served(&at("public"));
    assert!(head.starts_with("http/1.1 200") && head.contains("no-cache") && head.contains("text/plain"), "{head}");
    assert_eq!(body, fs::read(at("public").join("checkpoint")).unwrap());
    assert!(page(&relay.http, &format!("/{}/../tickets/{}", hall.event, hall.event)).0.starts_with("http/1.1 404"));
}

#[test]
fn no_place_shows_a_figure_before_the_announcement_and_every_place_shows_all_after_it() {
    let hall = counted("public", false);
    every_place(&hall, "counting", false, 3);
    for what in ["close", "certify"] {
        hall.desk_well(&[what, "c01"], &["k1", "k2"]);
    }
    every_place(&hall, "certified", false, 3);
    hall.desk_well(&["announce", "c01"], &["k1", "k2"]);
    every_place(&hall, "announced", true, 0);
    hall.desk_well(&["reopen", "c01", "--reason", "recount"], &["k1", "k2"]);
    every_place(&hall, "reopened", true, 3 * i32::from(hidden_again(&hall)));
}

/// Whether the hall itself shows a stranger less than everything now.
fn hidden_again(hall: &Hall) -> bool {
    program::run([words(&["observer", "verify"], &[]), hall.way()].concat()).code == 3
}

#[test]
fn where_only_the_accredited_read_no_public_place_ever_has_an_entry() {
    let hall = counted("accredited", true);
    every_place(&hall, "counting", false, 3);
    for what in ["close", "certify", "announce"] {
        hall.desk_well(&[what, "c01"], &["k1", "k2"]);
    }
    every_place(&hall, "announced", false, 3);
}

#[test]
fn where_totals_are_live_every_place_shows_everything_at_once() {
    every_place(&counted("public", true), "counting", true, 0);
}

#[test]
fn a_folder_stays_of_its_kind_and_belongs_to_one_mirror_at_a_time() {
    let hall = counted("public", false);
    witness(&hall);
    assert_eq!(once(&hall, "observer", &hall.at("public"), &[]).code, 3);
    assert_eq!(once(&hall, "observer", &hall.at("all"), &["--accredited"]).code, 0);
    for (out, more) in [("public", &["--accredited"][..]), ("all", &[])] {
        let before = all_of(&hall.at(out));
        let refused = once(&hall, "observer", &hall.at(out), more);
        assert_eq!(refused.code, 2, "{out}: {}", refused.stderr);
        assert_eq!(all_of(&hall.at(out)), before, "{out} is untouched");
    }
    fs::create_dir(hall.at("papers")).unwrap();
    fs::write(hall.at("papers/thesis.txt"), "mine").unwrap();
    assert_eq!(once(&hall, "observer", &hall.at("papers"), &[]).code, 2, "no mirror begins among other files");
    // Whoever comes first holds the folder, and asking whether it is held holds it for a moment: who was refused comes again.
    let first = || start(mirror(&hall, "observer", &hall.at("public"), &[]), hall.at("mirror.log"));
    let mut running = first();
    until("it is held", || {
        if running.0.try_wait().expect("it is ours").is_some() {
            running = first();
        }
        once(&hall, "another", &hall.at("public"), &[]).code == 2
    });
    assert!(running.0.try_wait().expect("it is ours").is_none(), "it goes on");
    drop(running);
    assert_eq!(once(&hall, "stranger", &hall.at("other"), &["--accredited"]).code, 11, "without a key");
}

#[test]
fn a_log_that_does_not_continue_the_mirror_leaves_it_untouched_and_convicts_its_key() {
    for (lie, is_witnessed) in [(&["close"][..], true), (&["close", "certify"], true), (&["close", "certify"], false)] {
        let mut hall = counted("public", true);
        if is_witnessed {
            witness(&hall);
        }
        // Everything as it is now, from which a liar will go on otherwise.
        hall.kill_server();
        let folders = ["server", "committee"];
        let copy = |from: PathBuf, to: PathBuf| {
            assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
        };
        for name in folders {
            copy(hall.at(name), hall.at(&format!("{name}-before")));
        }
        hall.start_server();
        hall.desk_well(&["annul", "c01", "--reason", "one story"], &["k1", "k2"]);
        if is_witnessed {
            witness(&hall);
        }
        let out = hall.at("mirror");
        let first = once(&hall, "watcher", &out, &[]);
        assert_eq!(first.code, if is_witnessed { 0 } else { 3 }, "{}", first.stderr);
        let mirrored = all_of(&out);
        hall.kill_server();
        for name in folders {
            fs::rename(hall.at(name), hall.at(&format!("{name}-true"))).unwrap();
            fs::rename(hall.at(&format!("{name}-before")), hall.at(name)).unwrap();
        }
        hall.start_server();
        for what in lie {
            hall.desk_well(&[what, "c01"], &["k1", "k2"]);
        }
        let ended = once(&hall, "watcher", &out, &[]);
        assert_eq!(ended.code, 4, "{lie:?}: {}{}", ended.stdout, ended.stderr);
        assert_eq!(all_of(&out), mirrored, "{lie:?}: the mirror is untouched");
        let evidence = fs::read_dir(hall.at("watcher/evidence")).expect("evidence is kept").count();
        assert_eq!(evidence, 1, "{lie:?}");
        // The same fork, on a stick: without witnesses a liar's log is mirrored like any other by who knows no better.
        if !is_witnessed {
            let stick = hall.at("stick");
            assert_eq!(once(&hall, "newcomer", &stick, &[]).code, 3);
            let refused = import(&hall, &stick, "another", &words(&[], &[("--out", out.clone())]));
            assert_eq!(refused.code, 4, "{}{}", refused.stdout, refused.stderr);
            assert!(hall.at("another/evidence").exists());
            assert_eq!(all_of(&out), mirrored);
        }
    }
}

#[test]
fn a_stick_brings_a_mirror_forward_an_older_one_changes_nothing_and_a_damaged_one_is_refused() {
    let hall = counted("public", true);
    witness(&hall);
    let (old, out) = (hall.export("old"), hall.at("mirror"));
    let into = words(&[], &[("--out", out.clone())]);
    assert_eq!(import(&hall, &old, "w", &into).code, 0);
    for what in ["close", "certify", "announce"] {
        hall.desk_well(&[what, "c01"], &["k1", "k2"]);
    }
    witness(&hall);
    let new = hall.export("new");
    assert_eq!(import(&hall, &new, "w", &into).code, 0);
    assert_eq!(verify(&hall, &out).code, 0);
    let mirrored = all_of(&out);
    let older = import(&hall, &old, "w", &into);
    assert!(older.code == 3 && older.stderr.contains("V-OLDER"), "{}: {}", older.code, older.stderr);
    let older = import(&hall, &old, "a-new-home", &into);
    assert!(older.code == 3 && older.stderr.contains("nothing was changed"), "{}: {}", older.code, older.stderr);
    let bundle = all_of(&new.join("tile/entries")).remove(0).0;
    let mut bytes = fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    assert_eq!(import(&hall, &new, "w", &into).code, 1);
    assert_eq!(import(&hall, &hall.at("event"), "w", &into).code, 2, "no log at all");
    assert_eq!(all_of(&out), mirrored, "the mirror is untouched");
    // The mirror goes on from the network, from where the stick has left it.
    assert_eq!(once(&hall, "w", &out, &[]).code, 0);
}

#[test]
fn a_relay_mirrors_the_halls_that_call_it_and_serves_what_it_has() {
    let mut relay = Relay::prepare();
    let mut hall = Hall::found(&event_toml(1, &strike_list("c01", 20)), 1);
    relay.switch(&hall);
    relay.arguments = words(&["--http", "127.0.0.1:0"], &[("--out", relay.at("mirrors"))]);
    relay.start();
    hall.arguments = words(&["--call", &relay.address], &[]);
    hall.start_server();
    hall.prepare("c01", &[("b001".to_owned(), 20, String::new())]);
    witness(&hall);
    let folder = relay.at("mirrors").join(&hall.event);
    until("the mirror is there", || folder.join("checkpoint").exists() && verify(&hall, &folder).code == 0);
    let (head, body) = page(&relay.http, &format!("/{}/tile/entries/000.p/4", hall.event));
    assert!(head.contains("200 ok") && head.contains("immutable") && head.contains("octet-stream"), "{head}");
    assert_eq!(body, fs::read(folder.join("tile/entries/000.p/4")).unwrap());
    relay.kill();
    relay.start();
    hall.desk_well(&["annul", "c01", "--reason", "wrong title"], &["k1", "k2"]);
    witness(&hall);
    until("it goes on after a restart", || verify(&hall, &folder).stdout.contains("size 5\n"));
}
