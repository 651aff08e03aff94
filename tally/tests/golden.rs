//! A whole log of every statement kind, made by a program that shares no code with this one, is read to the letter:
//! every note round-trips, every entry is one the rules allow, and the figures are the ones published with it.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may read fixtures, and a panic is its verdict"
)]

use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};
use tally::{
    ContestId, Count, Replay, Statement,
    ruling::{Fault, Ruling},
    signed::SignedStatement,
};

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1")
}

fn notes() -> Vec<Vec<u8>> {
    let mut paths: Vec<_> =
        fs::read_dir(golden().join("statements")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

fn replayed() -> Replay {
    let mut replay = Replay::new();
    for note in notes() {
        replay.verify(&note).unwrap();
    }
    replay
}

#[test]
fn every_note_of_the_golden_log_is_written_again_to_the_letter() {
    let mut kinds = BTreeSet::new();
    for bytes in notes() {
        let note = tlog::Note::parse(&bytes).unwrap();
        let statement = Statement::parse(note.text()).unwrap();
        assert_eq!(statement.text(), note.text());
        kinds.insert(statement.kind());
    }
    assert_eq!(kinds.len(), tally::Kind::ALL.len(), "the golden log has every kind of statement");
}

#[test]
fn the_golden_log_replays_to_the_published_root_and_results() {
    let replay = replayed();
    let expected: Value = serde_json::from_slice(&fs::read(golden().join("results.json")).unwrap()).unwrap();
    assert_eq!(replay.count.size(), expected["log"]["size"].as_u64().unwrap());
    assert_eq!(replay.tree.root().to_string(), expected["log"]["root"].as_str().unwrap());
    for wanted in expected["contests"].as_array().unwrap() {
        let id: ContestId = wanted["id"].as_str().unwrap().parse().unwrap();
        let contest = replay.count.contest(id).unwrap();
        let totals = contest.totals();
        assert_eq!(contest.phase().to_string(), wanted["state"].as_str().unwrap());
        assert_eq!(u64::from(totals.ballots.0), wanted["ballots"].as_u64().unwrap());
        assert_eq!(u64::from(totals.valid.0), wanted["valid"].as_u64().unwrap());
        assert_eq!(contest.base(), wanted["base"].as_u64());
        assert_eq!(contest.threshold(), wanted["threshold"].as_u64());
        assert_eq!(contest.certify().map(|(sid, _)| sid.to_string()).as_deref(), wanted["certify"].as_str());
        assert_eq!(u64::from(contest.outcome().short), wanted["outcome"]["short"].as_u64().unwrap());
        for (place, votes) in totals.votes().iter().enumerate() {
            let number = contest.statement().number(place).to_string();
            assert_eq!(u64::from(votes.0), wanted["votes"][&number].as_u64().unwrap_or(0), "{id} {number}");
        }
    }
    let flags = replay.count.flags();
    assert_eq!((flags.set_aside, flags.conflict), (1, 2), "b009 was set aside; b002 and b003 were in conflict");
}

#[test]
fn the_bulletins_of_the_golden_log_are_the_positions_of_the_count_at_their_sizes() {
    // Whoever has verified the entries before adds them up again without asking the rules.
    let (mut replay, mut again, mut count) = (Replay::new(), Replay::new(), Count::default());
    let mut checked = 0;
    for note in notes() {
        let s = replay.verify(&note).unwrap();
        again.take(&s);
        count.apply(&s);
        assert_eq!(again.tree.root(), replay.tree.root());
        let size = replay.count.size();
        for contest in ["c01", "c02"] {
            let path = golden().join(format!("log/bulletin/{contest}/{size}"));
            let Ok(bytes) = fs::read(path) else { continue };
            let s = SignedStatement::open(&bytes, replay.count.keys()).unwrap();
            let ours = replay.count.bulletin(contest.parse().unwrap(), replay.tree.root()).unwrap();
            for count in [&count, &again.count] {
                assert_eq!(count.bulletin(contest.parse().unwrap(), replay.tree.root()).as_ref(), Some(&ours));
            }
            assert_eq!(s.statement, Statement::Bulletin(Box::new(ours)));
            checked += 1;
        }
    }
    assert_eq!(checked, 4);
    let cases = |count: &Count| -> Vec<_> {
        count.contests().flat_map(|contest| contest.every_case().map(|case| case.bundle).collect::<Vec<_>>()).collect()
    };
    assert!(!cases(&replay.count).is_empty());
    assert_eq!((cases(&count), cases(&again.count)), (cases(&replay.count), cases(&replay.count)));
}

#[test]
fn every_entry_sent_again_is_repeated_and_names_its_index() {
    let replay = replayed();
    for (index, note) in (0..).zip(notes()) {
        let s = SignedStatement::open(&note, replay.count.keys()).unwrap();
        let set_aside = if index == 7 { vec![Fault::UnknownBundle] } else { Vec::new() };
        assert_eq!(replay.rule(&s), Ruling::Repeated { index, set_aside });
    }
}
