//! The golden vectors: the command writes what is checked in, byte for byte, and everything in it is believed or refused as
//! it says by this program, by a verifier in Python written from docs/protocol.md, and by Node's own crypto.

use observer::{Verdict, evidence, folder};
use promises::{golden, program::repository, python};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tlog::{Checkpoint, Hash, Note, Receipt, VerifierKey, cosignature, leaf_hash, verify_consistency};

fn fixture() -> PathBuf {
    repository().join("tests/fixtures/golden")
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn list(path: &Path) -> Vec<Value> {
    json(path).as_array().unwrap_or_else(|| panic!("{} is a list", path.display())).clone()
}

fn word<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                open.push(entry);
            } else {
                let path = entry.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                all.insert(path, fs::read(entry).unwrap());
            }
        }
    }
    all
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        fs::create_dir_all(to.join(&path).parent().unwrap()).unwrap();
        fs::write(to.join(path), bytes).unwrap();
    }
}

#[test]
fn the_command_writes_what_is_checked_in_byte_for_byte() {
    let place = tempfile::tempdir().unwrap();
    golden::write(place.path()).unwrap();
    let (now, then) = (files(place.path()), files(&fixture()));
    let differs = now.keys().chain(then.keys()).filter(|path| now.get(*path) != then.get(*path)).min();
    if let Some(path) = differs {
        let what = match (now.get(path), then.get(path)) {
            (Some(_), None) => "is not checked in",
            (None, Some(_)) => "is not written any more",
            _ => "is written otherwise",
        };
        panic!("{path} {what}. If that is meant: {}", golden::COMMAND);
    }
    let bytes: usize = now.values().map(Vec::len).sum();
    assert!(bytes < 3 << 20, "{bytes} bytes");
}

/// The keys of the golden log that its manifest and entries name.
fn log_and_witnesses() -> (VerifierKey, Vec<VerifierKey>) {
    let entries = fs::read(fixture().join("log/tile/entries/000")).unwrap();
    let text = String::from_utf8_lossy(&entries);
    let keys =
        |word: &str| text.lines().filter_map(|l| VerifierKey::parse(l.strip_prefix(word)?).ok()).collect::<Vec<_>>();
    let came_later = keys("key ").into_iter().filter(|key| key.name() == "witness.example/w4");
    let revoked = "witness.example/w3";
    let witnesses = keys("witness ").into_iter().filter(|key| key.name() != revoked).chain(came_later).collect();
    (keys("log ").remove(0), witnesses)
}

#[test]
fn our_observer_believes_the_log_and_its_results() {
    let results = json(&fixture().join("results.json"));
    let event = word(&results, "event").parse().unwrap();
    let report = folder::verify(&fixture().join("log"), event, None);
    assert_eq!((report.verdict(), &*report.files_foreign), (Verdict::Ok, &[][..]), "{report}");
    assert!(serde_json::to_value(report.results.unwrap()).unwrap() == results, "results.json says something else");
    let rulings = list(&fixture().join("rulings.json"));
    assert_eq!(rulings.len() as u64, results["log"]["size"].as_u64().unwrap());

    // Everything that docs/protocol.md names is there.
    let protocol = fs::read_to_string(repository().join("docs/protocol.md")).unwrap();
    let written = files(&fixture());
    let said: String = ["rulings.json", "notes.json", "false/expected.json"]
        .map(|path| String::from_utf8_lossy(&written[path]).into_owned())
        .concat();
    // Not from a log: what only a server that is asked can answer, and a state that is never an answer.
    let never = ["R-NOT-THE-SERVER", "R-DRAFT-ROOM", "B-MISSING"];
    let codes: Vec<&str> = protocol
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split([' ', '|']).next())
        .filter(|code| ["R-", "E-", "W-", "S-", "B-", "F-"].iter().any(|start| code.starts_with(start)))
        .filter(|code| !never.contains(code))
        .collect();
    assert!(codes.len() > 60, "{codes:?}");
    let missing: Vec<_> = codes.iter().filter(|code| !said.contains(&format!("\"{code}\""))).collect();
    assert!(missing.is_empty(), "no golden case for {missing:?}");
    for profile in tally::profile::Rulebook::embedded().profiles() {
        let outcomes = String::from_utf8_lossy(&written["outcomes.json"]).into_owned();
        assert!(outcomes.contains(&format!("\"profile\":\"{}\"", profile.name)), "no election by {}", profile.name);
    }
}

#[test]
fn our_observer_says_of_every_false_log_what_is_expected() {
    for case in list(&fixture().join("false/expected.json")) {
        let name = word(&case, "folder");
        let report = folder::verify(&fixture().join("false").join(name), word(&case, "event").parse().unwrap(), None);
        let finding = report.finding.clone().unwrap_or_else(|| panic!("{name}: taken for good"));
        assert_eq!(
            (report.verdict().word(), finding.code, finding.entry, &*finding.field),
            (word(&case, "verdict"), word(&case, "code"), case["entry"].as_u64(), word(&case, "field")),
            "{name}: {finding}"
        );
        if case["file"].is_string() {
            assert_eq!(finding.file.as_deref(), case["file"].as_str(), "{name}");
        }
    }
}

#[test]
fn our_judge_convicts_whom_the_evidence_convicts_and_nobody_else() {
    let expected = json(&fixture().join("evidence/expected.json"));
    for case in expected["folders"].as_array().unwrap() {
        let name = word(case, "folder");
        match (evidence::verify(&fixture().join("evidence").join(name)), case["convicts"].as_str()) {
            (Ok(proof), Some(key)) => {
                assert_eq!(proof.guilty.to_string(), key, "{name}");
                assert_eq!(proof.event.to_string(), word(&expected, "event"), "{name}");
            }
            (Err(doubt), None) => {
                assert_eq!((&*doubt.exhibit, doubt.exit()), (word(case, "exhibit"), 1), "{name}: {doubt}");
            }
            (judged, _) => panic!("{name}: {judged:?}"),
        }
    }
}

#[test]
fn our_receipts_checkpoints_and_proofs_hold_where_they_should() {
    let (log, witnesses) = log_and_witnesses();
    let event = word(&json(&fixture().join("results.json")), "event").parse().unwrap();
    for case in list(&fixture().join("receipts/expected.json")) {
        let (name, at) = (word(&case, "receipt"), |key| fixture().join("receipts").join(word(&case, key)));
        let text = fs::read_to_string(at("receipt")).unwrap();
        let leaf = leaf_hash(&fs::read(at("note")).unwrap());
        let proves = Receipt::parse(&text).is_ok_and(|receipt| receipt.verify(&leaf, &log, &witnesses, 0).is_ok());
        assert_eq!(proves, case["proves"].as_bool().unwrap(), "{name}");
        // Beside the log: honoured, damaged, or the log key has said two things.
        let place = tempfile::tempdir().unwrap();
        copy(&fixture().join("log"), place.path());
        fs::write(place.path().join("one.tlog-proof"), text).unwrap();
        let verdict = folder::verify(place.path(), event, None).verdict();
        let honoured = name.starts_with("good/") || name == "bad/another-note.tlog-proof";
        let expected = match (honoured, proves) {
            (true, _) => Verdict::Ok,
            (false, true) => Verdict::Equivocation,
            (false, false) => Verdict::Mismatch,
        };
        assert_eq!(verdict, expected, "{name}");
    }
    for case in list(&fixture().join("checkpoints/expected.json")) {
        let note = Note::parse(&fs::read(fixture().join("checkpoints").join(word(&case, "file"))).unwrap()).unwrap();
        assert_eq!(Checkpoint::open(&note, &log).is_ok(), case["signed"].as_bool().unwrap(), "{case}");
        if case["signed"] == true {
            let cosigned = cosignature::quorum(&note, &witnesses).ok().map(|found| found.len() as u64);
            assert_eq!(cosigned, case["witnesses"].as_u64(), "{case}");
        }
    }
    for case in list(&fixture().join("consistency.json")) {
        let hash = |value: &Value| Hash::from_base64(value.as_str().unwrap()).unwrap();
        let proof: Vec<Hash> = case["proof"].as_array().unwrap().iter().map(hash).collect();
        let (old, new) = (case["old"].as_u64().unwrap(), case["new"].as_u64().unwrap());
        let holds = verify_consistency(old, new, &proof, &hash(&case["old_root"]), &hash(&case["new_root"])).is_ok();
        assert_eq!(holds, case["holds"].as_bool().unwrap(), "{case}");
    }
}

fn stranger(program: &Path, script: &str, folder: &Path) -> Output {
    let script = repository().join("tests/verifier").join(script);
    let mut command = Command::new(program);
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(folder);
    command.output().unwrap_or_else(|e| panic!("{} does not run: {e}", program.display()))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn python_and_node_say_the_same_of_all_of_it() {
    for (program, script) in [(python::path(), "golden.py"), (PathBuf::from("node"), "golden.mjs")] {
        let says = stranger(&program, script, &fixture());
        assert!(says.status.success(), "{script}: {}", said(&says));
        println!("{script}: {}", said(&says).trim());
    }
}

/// A stranger's program that agrees with whatever it is told would agree with these too.
#[test]
fn python_and_node_contradict_every_expectation_that_was_changed() {
    let place = tempfile::tempdir().unwrap();
    copy(&fixture(), place.path());
    // The file, the expectation, another one, and whether Node, which knows no rules of the count, can tell.
    let changes = [
        ("consistency.json", "\"holds\":true", "\"holds\":false", true),
        ("receipts/expected.json", "\"proves\":true", "\"proves\":false", true),
        ("checkpoints/expected.json", "\"witnesses\":1", "\"witnesses\":2", true),
        ("notes.json", "\"R-BAD-SIGNATURE\"", "\"R-UNKNOWN-KEY\"", true),
        ("rulings.json", "\"F-SERIALS\"", "\"F-LOOKALIKE\"", false),
        ("false/expected.json", "\"entry\":6", "\"entry\":5", false),
        ("evidence/expected.json", "/tally+", "/tally2+", false),
        ("outcomes.json", "\"next\":\"none\"", "\"next\":\"short 1\"", false),
        ("results.json", "\"ballots\": 104", "\"ballots\": 103", false),
    ];
    for (file, from, to, _) in changes {
        let path = place.path().join(file);
        let good = fs::read_to_string(&path).unwrap();
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{file} has no {from}");
        fs::write(&path, changed).unwrap();
    }
    for (program, script) in [(python::path(), "golden.py"), (PathBuf::from("node"), "golden.mjs")] {
        let says = stranger(&program, script, place.path());
        assert!(!says.status.success(), "{script}: {}", said(&says));
        for (file, _, _, node_can_tell) in changes {
            let is_contradicted =
                said(&says).lines().any(|line| line.starts_with(file.trim_end_matches("/expected.json")));
            assert_eq!(is_contradicted, node_can_tell || script == "golden.py", "{script}, {file}: {}", said(&says));
        }
    }
}
