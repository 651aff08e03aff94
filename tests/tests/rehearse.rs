//! A whole count, end to end: every part its own process, real ballots, an observer that believes nobody.

use promises::program::{self, Ended};
use serde_json::Value;
use std::{fs, path::Path};

struct Rehearsal {
    out: tempfile::TempDir,
    ended: Ended,
}

fn rehearse(event: &str, more: &[&str]) -> Rehearsal {
    let out = tempfile::tempdir().unwrap();
    let event = program::repository().join(event);
    let arguments = ["rehearse", "--json", "--event", &event.to_string_lossy(), "--out", &out.path().to_string_lossy()];
    let ended = program::run(arguments.iter().chain(more));
    Rehearsal { out, ended }
}

impl Rehearsal {
    fn results(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out.path().join("results.json")).unwrap()).unwrap()
    }
}

/// Rehearses, and everything agrees: the exit code, standard output, the folder that is left.
fn agrees(event: &str, more: &[&str]) -> Value {
    let rehearsal = rehearse(event, more);
    assert_eq!(rehearsal.ended.code, 0, "{event}: {}", rehearsal.ended.stderr);
    let results = rehearsal.results();
    assert_eq!(serde_json::from_str::<Value>(&rehearsal.ended.stdout).unwrap(), results);
    assert_eq!(results["observer"], "OK");
    let log = rehearsal.out.path().join("log");
    let event_sid = results["event"].as_str().unwrap();
    let verified = program::run(["observer", "verify", &log.to_string_lossy(), "--event", event_sid, "--json"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    receipts_verify(rehearsal.out.path(), &results);
    assert_eq!(accepted(rehearsal.out.path()), Vec::<String>::new(), "an honest hall closes without any warning");
    results
}

/// The codes of the warnings that the board accepted, as they stand in the log.
fn accepted(out: &Path) -> Vec<String> {
    let files = walk(&out.join("log/tile/entries"));
    let texts = files.iter().map(|file| String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned());
    let lines = texts.flat_map(|text| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>());
    let mut codes: Vec<_> = lines.filter_map(|line| Some(line.strip_prefix("about warning ")?.to_owned())).collect();
    codes.dedup();
    codes
}

/// Every receipt is a proof that this very note stands in the log, and there is one for each batch.
fn receipts_verify(out: &Path, results: &Value) {
    let manifest = entry_0(out);
    let mut receipts = 0;
    for table in fs::read_dir(out.join("receipts")).unwrap() {
        for file in fs::read_dir(table.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "tlog-proof") {
                let receipt = tlog::Receipt::parse(&fs::read_to_string(&path).unwrap()).unwrap();
                let note = fs::read(path.with_extension("note")).unwrap();
                receipt.verify(&tlog::leaf_hash(&note), &manifest.log, &manifest.witnesses, 0).unwrap();
                receipts += 1;
            }
        }
    }
    assert_eq!(receipts, results["batches"].as_u64().unwrap());
}

fn entry_0(out: &Path) -> tally::statement::Manifest {
    let folder = out.join("log/tile/entries");
    let first = walk(&folder).into_iter().min().unwrap();
    let bytes = fs::read(first).unwrap();
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let s = tally::SignedStatement::open_manifest(&bytes[2..2 + length]).unwrap();
    match s.statement {
        tally::Statement::Manifest(manifest) => *manifest,
        _ => unreachable!("entry 0 is the manifest"),
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect()
}

#[test]
fn the_real_ballots_of_six_polling_stations_give_the_published_totals() {
    let results = agrees("deploy/examples/french-2002", &[]);
    let contest = &results["contests"][0];
    assert_eq!((contest["ballots"].as_u64(), contest["valid"].as_u64()), (Some(2597), Some(2554)));
    assert_eq!(contest["invalid"]["blank"], 43);
    assert_eq!(
        (&contest["votes"]["08"], &contest["votes"]["05"], &contest["votes"]["01"]),
        (&1051.into(), &945.into(), &867.into())
    );
    assert_eq!(contest["state"], "announced");
}

#[test]
fn a_district_congress_with_two_contests_comes_out_as_recounted() {
    let results = agrees("deploy/examples/ham-tan-2020", &[]);
    assert_eq!(results["contests"].as_array().unwrap().len(), 2);
}

#[test]
fn killing_the_server_and_a_table_in_the_middle_changes_nothing() {
    agrees("deploy/examples/ham-tan-2020", &["--faults"]);
}

#[test]
fn the_worked_examples_come_out_as_the_rules_say() {
    for event in ["worked-e1", "worked-e4a", "worked-e7"] {
        agrees(&format!("tests/fixtures/events/{event}"), &[]);
    }
}

#[test]
fn more_papers_than_were_issued_stop_everything() {
    let results = agrees("tests/fixtures/events/worked-e6", &[]);
    let contest = &results["contests"][0];
    assert_eq!(contest["state"], "closed");
    assert_eq!(contest["outcome"]["blocked"], "collected-more-than-issued");
    assert_eq!(contest["certify"], Value::Null);
}

#[test]
fn a_list_longer_than_the_rules_allow_closes_once_the_board_accepts_the_warning() {
    let folder = tempfile::tempdir().unwrap();
    copy(&program::repository().join("tests/fixtures/events/worked-e6"), folder.path());
    fs::remove_file(folder.path().join("expected.json")).unwrap();
    let path = folder.path().join("event.toml");
    let text = fs::read_to_string(&path).unwrap();
    let longer = text.replace("seats = 2", "seats = 1").replace("issued = 148, unused = 2", "issued = 150, unused = 0");
    assert_ne!(text, longer);
    fs::write(&path, longer).unwrap();
    let rehearsal = rehearse(&folder.path().to_string_lossy(), &[]);
    assert_eq!(rehearsal.ended.code, 0, "{}", rehearsal.ended.stderr);
    assert_eq!(rehearsal.results()["contests"][0]["state"], "announced");
    assert_eq!(accepted(rehearsal.out.path()), ["W-SURPLUS"]);
}

#[test]
fn a_figure_that_differs_from_the_expected_one_is_named_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    copy(&program::repository().join("tests/fixtures/events/worked-e1"), folder.path());
    let path = folder.path().join("expected.json");
    let text = fs::read_to_string(&path).unwrap().replace("\"01\": 145", "\"01\": 144");
    fs::write(&path, text).unwrap();
    let rehearsal = rehearse(&folder.path().to_string_lossy(), &[]);
    assert_eq!(rehearsal.ended.code, 1);
    assert!(
        rehearsal.ended.stderr.contains("votes") && rehearsal.ended.stderr.contains("144"),
        "{}",
        rehearsal.ended.stderr
    );
}

#[test]
fn a_rehearsal_with_broken_input_names_file_and_line_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    copy(&program::repository().join("tests/fixtures/events/worked-e1"), folder.path());
    let path = folder.path().join("ballots/c01/s02.csv");
    let mut lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    lines[6] = ",01 99,".to_owned();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let rehearsal = rehearse(&folder.path().to_string_lossy(), &[]);
    assert_eq!(rehearsal.ended.code, 10);
    assert!(rehearsal.ended.stderr.contains("s02.csv:7:"), "{}", rehearsal.ended.stderr);
    assert_eq!(fs::read_dir(rehearsal.out.path()).unwrap().count(), 0, "nothing was started");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Command lines of every process on this machine that name a place.
#[cfg(target_os = "linux")]
fn processes_of(place: &str) -> Vec<String> {
    let of_process = |entry: std::io::Result<fs::DirEntry>| fs::read(entry.ok()?.path().join("cmdline")).ok();
    let lines = fs::read_dir("/proc").unwrap().filter_map(of_process);
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).filter(|line| line.contains(place)).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_rehearsal_ended_in_the_middle_leaves_no_key_and_no_process_behind() {
    use std::{
        process::{Command, Stdio},
        time::{Duration, Instant},
    };
    let temporary = tempfile::tempdir().unwrap();
    let place = temporary.path().to_string_lossy().into_owned();
    for signal in ["-TERM", "-INT", "-HUP"] {
        let mut command = Command::new(program::path());
        command.args(["rehearse", "--event"]).arg(program::repository().join("deploy/examples/ham-tan-2020"));
        command.arg("--out").arg(temporary.path().join("out")).env("TMPDIR", &place);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut rehearsal = program::Running(child);
        let until = Instant::now() + Duration::from_secs(30);
        while processes_of(&place).iter().filter(|line| line.contains("server run")).count() == 0 {
            assert!(Instant::now() < until && rehearsal.0.try_wait().unwrap().is_none(), "no server was seen");
        }
        assert!(Command::new("kill").args([signal, &rehearsal.0.id().to_string()]).status().unwrap().success());
        assert_eq!(rehearsal.wait(Duration::from_secs(10)), 2, "{signal}");
        while !processes_of(&place).is_empty() {
            assert!(Instant::now() < until, "{:?}", processes_of(&place));
        }
        let left: Vec<_> = fs::read_dir(&place).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name == "out"), "{signal}: {left:?}");
    }
}
