//! An event that brings its own rules: they are counted by, travel with the log, and are missed when they are not there.

use promises::program;
use serde_json::Value;
use std::{fs, path::Path};

const PARTY: &str = include_str!("../../tally/profiles/party-190.toml");

/// The rules of the Party with two thirds instead of one half, under a name of their own.
fn two_thirds() -> String {
    let named = PARTY.replacen("name = \"party-190\"", "name = \"two-thirds\"", 1);
    named.replacen("more-than = [1, 2]", "more-than = [2, 3]", 1)
}

/// The event of a fixture, with that rule file and contests that name it.
fn event_with(rules: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = program::repository().join("tests/fixtures/events/worked-e1");
    let event = fs::read_to_string(from.join("event.toml")).unwrap();
    let event = event.replacen("profile = \"party-190\"", "profile = \"two-thirds\"", 1);
    fs::write(folder.path().join("event.toml"), event).unwrap();
    for name in ["profiles", "ballots/c01"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("profiles/hai-phan-ba.toml"), rules).unwrap();
    for file in fs::read_dir(from.join("ballots/c01")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join("ballots/c01").join(file.file_name())).unwrap();
    }
    folder
}

fn rehearse(event: &Path, out: &Path) -> program::Ended {
    program::run(["rehearse", "--json", "--event", &event.to_string_lossy(), "--out", &out.to_string_lossy()])
}

fn verify(log: &Path, event: &str) -> (i32, String) {
    let ended = program::run(["observer", "verify", &log.to_string_lossy(), "--event", event, "--json"]);
    (ended.code, ended.stdout + &ended.stderr)
}

#[test]
fn an_event_is_counted_by_its_own_rules_and_verified_wherever_they_are() {
    let (event, out) = (event_with(&two_thirds()), tempfile::tempdir().unwrap());
    let ended = rehearse(event.path(), out.path());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let results: Value = serde_json::from_str(&ended.stdout).unwrap();
    let (sid, contest) = (results["event"].as_str().unwrap(), &results["contests"][0]);
    assert_eq!((contest["base"].as_u64(), contest["threshold"].as_u64()), (Some(148), Some(99)));
    let told = contest["derivation"]["en"].to_string();
    assert!(told.contains("more than 2/3 of 148: from 99 votes"), "{told}");
    assert_eq!(contest["certified"]["elected"], contest["outcome"]["elected"]);

    let word = tally::profile::content_word(two_thirds().as_bytes());
    let log = out.path().join("log");
    let file = log.join(format!("profiles/{word}.toml"));
    assert_eq!(fs::read_to_string(&file).unwrap(), two_thirds(), "the rules travel with the log, byte for byte");
    assert_eq!(verify(&log, sid).0, 0);

    fs::write(&file, two_thirds().replace("[2, 3]", "[1, 2]")).unwrap();
    let (code, said) = verify(&log, sid);
    assert!(code == 1 && said.contains("V-RULES") && said.contains(word.as_str()), "{code}: {said}");

    fs::remove_file(&file).unwrap();
    let (code, said) = verify(&log, sid);
    assert!(code == 2 && said.contains("V-RULES"), "nothing is wrong with the log, {code}: {said}");
    assert!(said.contains(&format!("put profiles/{word}.toml here")), "{said}");
}

#[test]
fn a_broken_rule_file_is_told_with_its_line_before_anything_starts() {
    let broken =
        two_thirds().replacen("more-than = [2, 3]", "more-than = 0.66", 1).replacen("percent = 30", "per-cent = 30", 1);
    let (event, out) = (event_with(&broken), tempfile::tempdir().unwrap());
    for said in [
        rehearse(event.path(), out.path()),
        program::run([
            "committee",
            "init",
            &event.path().to_string_lossy(),
            "--home",
            &out.path().to_string_lossy(),
            "--vkey",
            "none.vkey",
        ]),
        program::run(["committee", "rules", "--event", &event.path().to_string_lossy()]),
    ] {
        assert_eq!(said.code, 10, "{}", said.stderr);
        let line = |what: &str| broken[..broken.find(what).unwrap()].matches('\n').count() + 1;
        for (what, key) in [("more-than = 0.66", "majority.more-than"), ("per-cent", "surplus.per-cent")] {
            let place = format!("hai-phan-ba.toml:{}:", line(what));
            let told = said.stderr.lines().any(|said| said.contains(&place) && said.contains(key));
            assert!(told, "{place} {key} in {}", said.stderr);
        }
    }
}

#[test]
fn rules_that_no_file_says_are_asked_for() {
    let (event, out) = (event_with(&two_thirds()), tempfile::tempdir().unwrap());
    fs::remove_dir_all(event.path().join("profiles")).unwrap();
    let ended = rehearse(event.path(), out.path());
    assert!(ended.code == 10 && ended.stderr.contains("no rules `two-thirds`"), "{}", ended.stderr);
}

#[test]
fn the_program_reports_its_rules_and_what_nobody_has_verified() {
    let told: Value = serde_json::from_str(&program::run_well(["committee", "rules", "--json"])).unwrap();
    let profiles = told["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 14);
    let named = |name: &str| profiles.iter().find(|p| p["name"] == name).unwrap();
    let rule = |name: &str, rule: &str| {
        named(name)["rules"].as_array().unwrap().iter().find(|r| r["rule"] == rule).unwrap().clone()
    };
    assert_eq!(named("party-244")["in_force"]["until"], "2024-10-09");
    assert_eq!(rule("party-190", "tie")["unverified"], true);
    assert_eq!(rule("state-85-2015", "turnout")["unverified"], false);
    assert_eq!(rule("party-190", "surplus")["state"], "excerpt");
    for profile in profiles {
        for rule in profile["rules"].as_array().unwrap() {
            assert!(["vi", "en", "source"].iter().all(|key| !rule[key].as_str().unwrap().is_empty()), "{rule}");
        }
    }
    let one = program::run_well(["committee", "rules", "party-190-delegation"]);
    assert!(one.contains("alternates") && one.contains("UNVERIFIED") && !one.contains("state-85"), "{one}");
    let event = event_with(&two_thirds());
    let own =
        program::run_well(["committee", "rules", "two-thirds", "--event", &event.path().to_string_lossy(), "--json"]);
    let own: Value = serde_json::from_str(&own).unwrap();
    assert_eq!(own["profiles"][0]["own"], true);
    assert_eq!(program::run(["committee", "rules", "party-2020"]).code, 10);
}
