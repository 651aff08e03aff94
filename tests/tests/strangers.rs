//! What the program writes is believed by programs that share no code with it: a verifier in Python, written from
//! docs/protocol.md alone, recomputes every figure; Node's own crypto checks every note, the tree and every receipt.

use promises::{
    program::{self, repository},
    python,
};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tlog::{Tree, leaf_hash, tile::decode_bundle};

const GOLDEN: &str = "c90081261e4b0a18c6f90bfa39d88e5dbffc09d3270a99b507792d9e7046ffda";

fn stranger<S: AsRef<OsStr>>(program: &Path, script: &str, arguments: impl IntoIterator<Item = S>) -> Output {
    let script = repository().join("tests/verifier").join(script);
    let mut command = Command::new(program);
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args(arguments);
    command.output().unwrap_or_else(|e| panic!("{} does not run: {e}", program.display()))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// A rehearsal's folder and the sid of its event.
fn rehearsed(event: &str) -> (tempfile::TempDir, String) {
    let out = tempfile::tempdir().unwrap();
    let folder = repository().join(event);
    program::run_well(["rehearse", "--event", &folder.to_string_lossy(), "--out", &out.path().to_string_lossy()]);
    let results: serde_json::Value =
        serde_json::from_slice(&fs::read(out.path().join("results.json")).unwrap()).unwrap();
    let event = results["event"].as_str().unwrap().to_owned();
    (out, event)
}

#[test]
fn a_verifier_in_python_recomputes_every_figure_of_two_congresses_and_node_every_receipt() {
    for congress in ["deploy/examples/ham-tan-2020", "deploy/examples/song-may-2020"] {
        believed(congress);
    }
}

fn believed(congress: &str) {
    let (out, event) = rehearsed(congress);
    let at = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    let (log, receipts, results) = (at("log"), at("receipts"), at("results.json"));
    let python_says =
        stranger(&python::path(), "verify.py", [&log, &event, "--receipts", &receipts, "--compare", &results]);
    assert!(python_says.status.success(), "{}", said(&python_says));
    assert!(said(&python_says).contains("quorum reached, 0 foreign files"), "{}", said(&python_says));
    let proofs = consistency_proofs(Path::new(&log), &out.path().join("proofs.txt"));
    let all = [&log, &event, &receipts, &proofs];
    let node_says = stranger(Path::new("node"), "notes.mjs", all);
    assert!(node_says.status.success(), "{}", said(&node_says));
    let tools_say = stranger(&python::path(), "record.py", all);
    assert!(tools_say.status.success(), "{}", said(&tools_say));
    assert!(said(&tools_say).contains(" 1 witnesses, "), "{}", said(&tools_say));

    // None of them believes what is damaged in any one place.
    let receipt = files(Path::new(&receipts)).into_iter().find(|path| path.ends_with(".tlog-proof")).unwrap();
    let entries = files(&Path::new(&log).join("tile/entries")).remove(0);
    let tile = files(&Path::new(&log).join("tile/0")).remove(0);
    for (file, places) in [(&proofs, 8), (&receipt, 8), (&entries, 6), (&tile, 4), (&format!("{log}/checkpoint"), 8)] {
        let good = fs::read(file).unwrap();
        // A receipt's line of a witness may be anybody's; what counts is as long as the log's own line.
        let ends = String::from_utf8_lossy(&good).match_indices("\n\u{2014} ").map(|(at, _)| at).nth(1);
        let length = ends.filter(|_| file == &receipt).unwrap_or(good.len());
        for place in 0..places {
            let mut bad = good.clone();
            let at = length * (2 * place + 1) / (2 * places);
            bad[at] ^= 1;
            fs::write(file, &bad).unwrap();
            let tools = stranger(&python::path(), "record.py", all);
            assert!(!tools.status.success(), "record.py: byte {at} of {file}: {}", said(&tools));
            // Node makes the tree of the entries themselves and reads no tile, and no line of a witness.
            if file != &tile && !file.ends_with("checkpoint") {
                let node = stranger(Path::new("node"), "notes.mjs", all);
                assert!(!node.status.success(), "notes.mjs: byte {at} of {file}: {}", said(&node));
            }
        }
        fs::write(file, &good).unwrap();
    }
}

/// Every file below a folder, by name.
fn files(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { all.extend(files(&entry)) } else { all.push(entry.to_string_lossy().into_owned()) }
    }
    all.sort();
    all
}

/// The program's own consistency proofs over the leaves of that log, from many sizes to many.
fn consistency_proofs(log: &Path, to: &Path) -> String {
    let mut tree = Tree::new();
    for bundle in files(&log.join("tile/entries")) {
        let width = bundle.rsplit_once(".p/").map_or(256, |(_, width)| width.parse().unwrap());
        let bytes = fs::read(&bundle).unwrap();
        decode_bundle(&bytes, width).unwrap().into_iter().for_each(|entry| tree.push(leaf_hash(entry)));
    }
    let size = tree.size();
    let mut lines = String::new();
    for old in (1..=size).step_by(3) {
        for new in [old, (old + 1).min(size), (old * 2).min(size), size] {
            let hashes = [tree.root_at(old), tree.root_at(new)].map(Option::unwrap).into_iter();
            let proof = tree.consistency_proof(old, new).unwrap();
            let words: Vec<String> = hashes.chain(proof).map(|hash| hash.to_base64()).collect();
            lines += &format!("{old} {new} {}\n", words.join(" "));
        }
    }
    fs::write(to, lines).unwrap();
    to.to_string_lossy().into_owned()
}

#[test]
fn both_accept_the_golden_log_and_python_its_results() {
    let golden = repository().join("tests/fixtures/golden-v1");
    let log = golden.join("log").to_string_lossy().into_owned();
    let results = golden.join("results.json").to_string_lossy().into_owned();
    let python_says = stranger(&python::path(), "verify.py", [&log, GOLDEN, "--compare", &results]);
    assert!(python_says.status.success(), "{}", said(&python_says));
    let node_says = stranger(Path::new("node"), "notes.mjs", [&log, GOLDEN]);
    assert!(node_says.status.success(), "{}", said(&node_says));
    let tools_say = stranger(&python::path(), "record.py", [&log, GOLDEN]);
    assert!(tools_say.status.success(), "{}", said(&tools_say));
}

#[test]
fn neither_accepts_an_entry_with_one_letter_changed() {
    let copy = tempfile::tempdir().unwrap();
    let log = copy.path().join("log");
    let golden = repository().join("tests/fixtures/golden-v1/log");
    let copied = Command::new("cp").arg("-r").arg(golden).arg(&log).status().unwrap();
    assert!(copied.success());
    let entries = log.join("tile/entries/000.p/37");
    let honest = fs::read(&entries).unwrap();
    let at = honest.windows(9).position(|w| w == b"votes 01 ").unwrap() + 9;
    let mut altered = honest;
    altered[at] = if altered[at] == b'9' { b'8' } else { altered[at] + 1 };
    fs::write(&entries, altered).unwrap();
    let log = log.to_string_lossy().into_owned();
    for (program, script) in [(python::path(), "verify.py"), (PathBuf::from("node"), "notes.mjs")] {
        let output = stranger(&program, script, [&log, GOLDEN]);
        assert!(!output.status.success(), "{script} accepted it: {}", said(&output));
        assert!(said(&output).contains("bad signature"), "{script}: {}", said(&output));
    }
}

#[test]
fn many_who_ask_for_the_python_of_the_strangers_at_once_get_one_that_is_whole() {
    let asked = [(); 4].map(|()| std::thread::spawn(|| python::tool("aics-witness")));
    for tool in asked.map(|thread| thread.join().unwrap()) {
        let output = Command::new(tool).arg("--version").output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
}

/// Evidence of every kind: Python convicts the same key from the same folder, and nobody once a
/// character of an exhibit is another (every exhibit, twelve places each).
#[test]
fn a_judge_in_python_convicts_from_the_same_folders_and_from_no_altered_one() {
    let fixtures = repository().join("tests/fixtures/golden/evidence");
    for (kind, culprit) in [
        ("two-checkpoints", "kiemphieu.example/forge+"),
        ("no-consistency", "kiemphieu.example/forge+"),
        ("receipt-dishonoured", "kiemphieu.example/forge+"),
        ("two-bulletins", "kiemphieu.example/forge/tally+"),
        ("wrong-bulletin", "kiemphieu.example/forge/tally+"),
        ("refused-entry", "kiemphieu.example/forge+"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        let folder = copy.path().to_string_lossy().into_owned();
        let ours = program::run(["observer", "verify-evidence", &fixtures.join(kind).to_string_lossy(), "--json"]);
        let ours: serde_json::Value = serde_json::from_str(&ours.stdout).unwrap();
        let event = ours["event"].as_str().unwrap().to_owned();
        assert!(ours["guilty"]["key"].as_str().unwrap().starts_with(culprit), "{ours}");
        let mut exhibits = Vec::new();
        for file in files(&fixtures.join(kind)) {
            let to = copy.path().join(Path::new(&file).strip_prefix(fixtures.join(kind)).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, &to).unwrap();
            if !file.ends_with("README.txt") {
                exhibits.push(to);
            }
        }
        let says = stranger(&python::path(), "evidence.py", [&folder, &event]);
        assert!(says.status.success() && said(&says).contains(culprit), "{kind}: {}", said(&says));
        assert!(
            !stranger(&python::path(), "evidence.py", [&folder, &"0".repeat(64)]).status.success(),
            "another event"
        );
        for exhibit in exhibits {
            let good = fs::read(&exhibit).unwrap();
            for at in (0..good.len()).step_by((good.len() / 12).max(1)) {
                let mut bad = good.clone();
                bad[at] ^= 1;
                fs::write(&exhibit, &bad).unwrap();
                let says = stranger(&python::path(), "evidence.py", [&folder]);
                assert!(!says.status.success(), "{kind}: byte {at} of {}: {}", exhibit.display(), said(&says));
            }
            fs::write(&exhibit, &good).unwrap();
        }
    }
}
