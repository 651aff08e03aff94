//! A table's key in use on two machines: a cloned laptop, a restored one. The server keeps both texts, the committee reads
//! what to do, and whoever copies the folder away finds a finding and no culprit. Whoever only says the same again, late, by
//! another's hand or to another server, is in no finding.
#![cfg(target_os = "linux")]

use promises::{
    client::{Chain, Way, bundles},
    cosigner::Witness,
    disk::Disk,
    door::{Door, Trouble},
    hall::{Hall, event_toml, strike_list, words},
    page,
    program::{self, Ended},
};
use proto::v1::{SubmitRequest, intake_service_client::IntakeServiceClient};
use serde_json::Value;
use std::{ffi::OsString, fs, path::Path, process::Command, time::Duration};
use tokio::runtime::Runtime;

/// Servers that are killed at the very moment of their answer.
const KILLS: usize = 20;

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp").success());
}

/// Two tables with two bundles of ten papers each, and a server that has these arguments besides.
fn four_bundles(arguments: &[OsString]) -> Hall {
    let mut hall = Hall::found(&event_toml(2, &strike_list("c01", 40)), 2);
    hall.arguments = arguments.to_vec();
    hall.start_server();
    let stated = ["s01-b001", "s01-b002", "s02-b001", "s02-b002"];
    hall.prepare("c01", &stated.map(|id| (id.to_owned(), 10, id[..3].to_owned())));
    hall
}

/// A hall with so many tables and bundles, whose server has these arguments besides.
fn hall(tables: usize, many: usize, arguments: impl FnOnce(&Hall) -> Vec<OsString>) -> Hall {
    let papers = u32::try_from(many).expect("small") * promises::client::PAPERS;
    let mut hall = Hall::found(&event_toml(tables, &strike_list("c01", papers)), tables);
    hall.arguments = arguments(&hall);
    hall.start_server();
    hall.prepare("c01", &bundles(many));
    hall
}

fn chain(hall: &Hall, station: &str, work: &[usize]) -> Chain {
    Chain::sign(hall, station, &work.iter().map(|n| ("c01", *n)).collect::<Vec<_>>())
}

fn send(hall: &Hall, chain: &mut Chain) -> Result<(), Trouble> {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(chain.send(&Door::of(hall), Way::Calls, 1, Duration::ZERO))
}

/// The clone is refused, in these words.
fn is_refused(sent: Result<(), Trouble>) {
    let Err(Trouble::Refused(said)) = sent else { panic!("a clone was heard: {sent:?}") };
    assert!(said.starts_with("R-WRONG-HEAD"), "{said}");
}

/// What the committee reads of keys in use on two machines.
fn shown(hall: &Hall) -> Vec<Value> {
    let status: Value = serde_json::from_str(&hall.desk_well(&["status", "--json"], &[])).expect("JSON");
    status["keys-in-use-twice"].as_array().cloned().unwrap_or_else(|| panic!("not shown to the committee: {status}"))
}

fn counted(hall: &Hall) -> String {
    let page = page::read(hall, "/metrics");
    let line = page.lines().find(|line| line.starts_with("kiemphieu_keys_in_use_twice "));
    line.and_then(|line| line.split(' ').nth(1)).expect("the operator watches it").to_owned()
}

/// The verdict on a copy of the log with these notes beside it.
fn verdict(hall: &Hall, out: &str, notes: &[&Path]) -> Value {
    let all = words(&["observer", "export"], &[("--home", hall.at("observer")), ("--out", hall.at(out))]);
    let exported = program::run([all, hall.way()].concat());
    assert!(
        [0, 3].contains(&exported.code),
        "without its quorum it is provisional, and written all the same: {exported:?}"
    );
    for folder in notes {
        copy(folder, &hall.at(out).join(folder.file_name().expect("a name")));
    }
    hall.verify(&hall.at(out))
}

/// Nobody is in any finding, and the log is right.
fn accuses_nobody(hall: &Hall, out: &str) {
    assert_eq!((shown(hall), counted(hall).as_str()), (Vec::new(), "0"));
    assert!(!hall.event_folder().join("twice").exists());
    let found = verdict(hall, out, &[]);
    assert!(found["exit"] == 0 || found["verdict"] == "PROVISIONAL", "{found}");
    assert_eq!((&found["keys_in_use_twice"], &found["evidence"]), (&Value::Array(Vec::new()), &Value::Null));
}

/// Bundles of ten papers of table s01, each paper with these names left.
fn ballots(hall: &Hall, file: &str, bundles: &[&str], left: &str) -> std::path::PathBuf {
    let papers: String = bundles.iter().flat_map(|id| vec![format!("{id},{left},\n"); 10]).collect();
    let path = hall.at(file);
    fs::write(&path, format!("bundle,marks,ground\n{papers}")).expect("a file");
    path
}

fn count(hall: &Hall, home: &str, ballots: &Path) -> i32 {
    hall.start_table(home, "c01", ballots, &[]).wait(Duration::from_secs(30))
}

/// The command that the committee reads, as it would be typed.
fn what_to_type(status: &str) -> Vec<String> {
    let line = status.lines().find_map(|line| line.trim().strip_prefix("→ kiemphieu committee "));
    let line = line.unwrap_or_else(|| panic!("nothing to type in: {status}"));
    line.split(' ').map(|word| if word == "…" { "hai máy dùng một khóa" } else { word }.to_owned()).collect()
}

/// A table that has seen its contest and signs without a line from now on.
fn knows_its_contest(hall: &Hall) {
    let nothing = hall.at("no-such-file.csv");
    assert_ne!(count(hall, "s01", &nothing), 0, "there is nothing to count yet");
}

fn count_offline(hall: &Hall, home: &str, ballots: &Path) {
    let mut table = hall.start_table(home, "c01", ballots, &["--offline"]);
    assert_eq!(table.wait(Duration::from_secs(30)), 0, "{home}");
}

/// A command of a table's folder at this server.
fn table(hall: &Hall, what: &str, home: &str, more: &[OsString]) -> Ended {
    program::run([words(&["station", what], &[("--home", hall.at(home))]), more.to_vec(), hall.way()].concat())
}

#[test]
fn a_laptop_that_was_cloned_and_one_that_was_restored_are_found_and_the_committee_types_what_it_reads() {
    let one = ["s01-b001"].as_slice();
    for (case, first, last_seq) in [("sends", [].as_slice(), "0"), ("counts on", one, "1"), ("carries", one, "1")] {
        let mut hall = four_bundles(&[]);
        knows_its_contest(&hall);
        if !first.is_empty() {
            assert_eq!(count(&hall, "s01", &ballots(&hall, "before.csv", first, "01 02 03")), 0);
        }
        copy(&hall.at("s01"), &hall.at("other"));
        let rest = &["s01-b001", "s01-b002"][first.len()..];
        count_offline(&hall, "other", &ballots(&hall, "other.csv", rest, "02 03 04"));
        assert_eq!(count(&hall, "s01", &ballots(&hall, "s01.csv", rest, "01 02 03")), 0, "{case}");
        assert_eq!(shown(&hall), Vec::<Value>::new(), "{case}: one of two has spoken");
        if case == "sends" {
            let sent = table(&hall, "send", "other", &[]);
            assert!(sent.code != 0 && sent.stderr.contains("this laptop is a clone"), "{case}: {sent:?}");
        } else if case == "counts on" {
            assert_ne!(count(&hall, "other", &hall.at("other.csv")), 0, "{case}");
            let said = fs::read_to_string(hall.at("other.log")).expect("a log");
            assert!(said.contains("this laptop is a clone"), "{case}: {said}");
        } else {
            // By another's hand, on a stick: nobody who carries it is stopped by name.
            let export = words(&["station", "export"], &[("--home", hall.at("other")), ("--out", hall.at("stick"))]);
            program::run_well(export);
            let sent = table(&hall, "import", "s02", &[hall.at("stick").into()]);
            assert!(sent.code != 0 && sent.stderr.contains("R-WRONG-HEAD"), "{case}: {sent:?}");
        }
        is_shown_and_mended(&mut hall, case, last_seq);
    }
}

#[test]
fn a_restored_laptop_that_has_signed_nothing_since_is_stopped_and_is_in_no_finding() {
    let hall = four_bundles(&[]);
    knows_its_contest(&hall);
    copy(&hall.at("s01"), &hall.at("other"));
    let own = ballots(&hall, "s01.csv", &["s01-b001", "s01-b002"], "01 02 03");
    assert_eq!(count(&hall, "s01", &own), 0);
    assert_ne!(count(&hall, "other", &own), 0);
    let said = fs::read_to_string(hall.at("other.log")).expect("a log");
    assert!(said.contains("this laptop is a clone or its disk was restored"), "{said}");
    accuses_nobody(&hall, "copy");
}

fn is_shown_and_mended(hall: &mut Hall, case: &str, last_seq: &str) {
    let found = shown(hall);
    assert_eq!(found.len(), 1, "{case}: {found:?}");
    let seq = last_seq.parse::<u64>().expect("a number") + 1;
    assert_eq!((&found[0]["station"], &found[0]["seq"]), (&"s01".into(), &seq.into()), "{case}");
    assert_eq!(found[0]["revoked"], false);
    assert_ne!(found[0]["logged"], found[0]["other"]);
    assert_eq!(counted(hall), "1");
    let log = fs::read_to_string(hall.at("server.log")).expect("a log");
    for said in ["khóa của bàn s01 đã ký hai văn bản", "signed two texts of number"] {
        assert_eq!(log.matches(said).count(), 1, "{case}: said once: {log}");
    }
    // The other table counts, and a server that was killed still knows.
    assert_eq!(count(hall, "s02", &ballots(hall, "s02.csv", &["s02-b001", "s02-b002"], "01 02 03")), 0);
    hall.kill_server();
    hall.start_server();
    assert_eq!((shown(hall), counted(hall).as_str()), (found.clone(), "1"), "{case}");

    let twice = hall.event_folder().join("twice");
    let read = verdict(hall, "copy", &[&twice]);
    assert_ne!(read["verdict"], "EQUIVOCATION", "{case}: {read}");
    assert!(read["exit"] == 0 || read["verdict"] == "PROVISIONAL", "{case}: {read}");
    assert_eq!(read["evidence"], Value::Null, "{case}: nothing convicts anybody");
    let offline = &read["keys_in_use_twice"];
    assert_eq!(offline.as_array().map(Vec::len), Some(1), "{case}: {read}");
    for field in ["station", "key", "seq", "entry", "logged", "other"] {
        assert_eq!(offline[0][field], found[0][field], "{case}: {field}");
    }
    assert_eq!(offline[0]["en"], found[0]["said"]["en"], "{case}: one sentence, wherever it is read");

    let typed = what_to_type(&hall.desk_well(&["status"], &[]));
    assert!(typed.windows(2).any(|pair| pair == ["--last-seq", last_seq]), "{case}: {typed:?}");
    let reason = typed.iter().position(|word| word == "--reason").expect("a reason");
    let (head, tail) = typed.split_at(reason + 1);
    let command: Vec<&str> = head.iter().map(String::as_str).chain([tail[0].as_str()]).collect();
    hall.desk_well(&command, &["o1", "o2"]);
    assert_eq!(shown(hall)[0]["revoked"], true, "{case}");
    let status = hall.desk_well(&["status"], &[]);
    assert!(status.contains("đã thu hồi") && status.contains("recount its bundles"), "{case}: {status}");
    assert!(!status.contains("→ kiemphieu committee revoke"), "{case}: {status}");
}

#[test]
fn a_server_killed_at_its_answer_has_kept_what_the_clone_was_refused_for() {
    let mut hall = hall(KILLS, 2 * KILLS, |_| Vec::new());
    for n in 0..KILLS {
        let station = format!("s{:02}", n + 1);
        let (mut own, mut clone) = (chain(&hall, &station, &[2 * n]), chain(&hall, &station, &[2 * n + 1]));
        send(&hall, &mut own).expect("a table is heard");
        is_refused(send(&hall, &mut clone));
        hall.kill_server();
        let folder = hall.event_folder().join("twice");
        let is = |end: &str| fs::read(folder.join(format!("{station}{end}"))).expect("it was kept");
        assert_eq!(
            (is("-logged.note"), is("-other.note")),
            (own.notes[0].bytes.to_vec(), clone.notes[0].bytes.to_vec())
        );
        hall.start_server();
    }
    assert_eq!((shown(&hall).len(), counted(&hall)), (KILLS, KILLS.to_string()));
}

#[test]
fn a_late_retry_an_old_export_and_a_witness_that_lags_are_in_no_finding() {
    let mut hall = four_bundles(&[]);
    let log = hall.event_folder().join("log.key.vkey");
    let witness = Witness::start(&hall.at("observer"), words(&[], &[("--log", log.clone())]));
    hall.arguments = words(&["--witness", &witness.url], &[]);
    hall.kill_server();
    hall.start_server();
    copy(&hall.at("observer"), &hall.at("observer-old"));

    // The table counts without a line: its notes go onto a stick, and then it has one.
    knows_its_contest(&hall);
    let own = ballots(&hall, "s01.csv", &["s01-b001", "s01-b002"], "01 02 03");
    count_offline(&hall, "s01", &own);
    let sticks = [hall.at("stick"), hall.at("stick-again")];
    for stick in &sticks {
        program::run_well(words(&["station", "export"], &[("--home", hall.at("s01")), ("--out", stick.clone())]));
    }
    assert_eq!(table(&hall, "send", "s01", &[]).code, 0);
    assert_eq!(count(&hall, "s01", &own), 0, "the same again");
    // The same stick comes by another's hand, and once more after a restart.
    for stick in &sticks {
        let sent = table(&hall, "import", "s02", &[stick.into()]);
        assert_eq!(sent.code, 0, "{sent:?}");
        hall.kill_server();
        hall.start_server();
    }
    accuses_nobody(&hall, "copy-1");

    // A witness whose memory came back from a copy lags, and asks nothing of anybody.
    drop(witness);
    let lagging = Witness::start(&hall.at("observer-old"), words(&[], &[("--log", log)]));
    hall.kill_server();
    hall.arguments = words(&["--witness", &lagging.url], &[]);
    hall.start_server();
    assert_eq!(count(&hall, "s02", &ballots(&hall, "s02.csv", &["s02-b001", "s02-b002"], "01 02 03")), 0);
    accuses_nobody(&hall, "copy-2");
}

#[test]
fn tables_that_say_everything_again_to_the_spare_server_are_in_no_finding() {
    let mut hall = hall(2, 200, |hall| words(&[], &[("--second-journal", hall.at("stick"))]));
    fs::create_dir(hall.at("envelope")).expect("a folder");
    for name in ["log.key", "tally.key"] {
        fs::copy(hall.event_folder().join(name), hall.at("envelope").join(name)).expect("a key");
    }
    let work = |table: usize| (table..200).step_by(2).collect::<Vec<_>>();
    let mut chains = [chain(&hall, "s01", &work(0)), chain(&hall, "s02", &work(1))];
    let runtime = Runtime::new().expect("a runtime");
    for takeover in 1..=3 {
        for chain in &mut chains {
            let rest = chain.notes.split_off(20 * takeover);
            send(&hall, chain).expect("a table is heard");
            chain.notes.extend(rest);
        }
        // The server dies while both go on.
        let sending = chains.map(|mut chain| {
            let door = Door::of(&hall);
            runtime.spawn(async move {
                let ended = chain.send(&door, Way::Stream, 1, Duration::from_millis(3)).await;
                (chain, ended)
            })
        });
        hall.kill_server();
        chains = sending.map(|s| runtime.block_on(s).expect("a table does not panic").0);
        fs::rename(hall.at("server"), hall.at(&format!("old-{takeover}"))).expect("a folder");
        hall.take_over(&hall.at("stick"), &hall.at("envelope")).unwrap_or_else(|said| panic!("{said:?}"));
        // Everything that a table ever sent, from the first number on.
        chains.iter_mut().for_each(|chain| chain.acknowledged.clear());
    }
    for chain in &mut chains {
        send(&hall, chain).expect("a table is heard");
    }
    assert!(chains.iter().all(|chain| chain.repeated >= 60), "nothing was said again");
    assert!(chains.iter().all(Chain::is_done));
    accuses_nobody(&hall, "copy");
}

#[test]
fn a_text_that_no_disk_has_taken_accuses_nobody_and_the_one_that_comes_first_stands() {
    let mut hall = hall(2, 4, |_| Vec::new());
    hall.kill_server();
    let disk = Disk::over(&hall.event_folder(), 160);
    hall.start_server();
    let (own, mut clone) = (chain(&hall, "s01", &[0]), chain(&hall, "s01", &[1]));
    let mut neighbour = chain(&hall, "s02", &[2, 3]);
    disk.fill();
    let (event, notes) = (hall.event.clone(), vec![own.notes[0].bytes.clone(), clone.notes[0].bytes.clone()]);
    let both = SubmitRequest { event, notes, ..SubmitRequest::default() };
    let told = Runtime::new().expect("a runtime").block_on(async {
        let door = Door::of(&hall).as_station(&hall, "s01");
        IntakeServiceClient::new(door.connect().await.expect("it listens")).submit(both).await
    });
    assert_eq!(told.map(drop).map_err(|status| status.code()), Err(tonic::Code::ResourceExhausted));
    disk.make_room();
    send(&hall, &mut neighbour).expect("there is room again");
    // The first laptop never comes back; what the other signed is the only text there is.
    send(&hall, &mut clone).expect("nobody has spoken before it");
    accuses_nobody(&hall, "copy");
    hall.kill_server();
}
