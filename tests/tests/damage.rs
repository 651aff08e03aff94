//! A large log with one bit turned, anywhere: it is never taken for good, and the file that is wrong is named.
#![cfg(target_os = "linux")]

use observer::{Verdict, folder};
use promises::{chance::Chance, hall::words, program};
use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
};
use tally::Sid;

const BATCHES: &str = "10000";
const BITS: u64 = 20_000;
const THREADS: u64 = 2;

/// A log of many batches as `kiemphieu load` makes it, exported by an observer; with the sid of its event.
fn large_log(at: &Path) -> (PathBuf, Sid) {
    let (home, out) = (at.join("server"), at.join("out"));
    let load = words(&["load", "--stations", "4", "--batches", BATCHES, "--json"], &[]);
    program::run_well([load, words(&[], &[("--home", home.clone()), ("--export", out)])].concat());
    let event = fs::read_dir(home.join("events")).unwrap().next().unwrap().unwrap().file_name();
    (at.join("out/log"), event.to_str().unwrap().parse().unwrap())
}

/// Every file below a folder, with its length.
fn files(folder: &Path, below: &str, into: &mut Vec<(String, u64)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => files(&entry.path(), &format!("{name}/"), into),
            false => into.push((name, entry.metadata().unwrap().len())),
        }
    }
}

/// Turns bits one after the other, each in the file and at the place that chance says, and back again.
fn turn_bits(log: &Path, event: Sid, seed: u64, many: u64) -> usize {
    let mut all = Vec::new();
    files(log, "", &mut all);
    all.sort();
    let (total, mut chance) = (all.iter().map(|(_, length)| length).sum::<u64>(), Chance::new(seed));
    let mut hit = std::collections::BTreeSet::new();
    for nth in 0..many {
        let mut at = chance.between(0, total - 1);
        let (name, _) = all
            .iter()
            .find(|(_, length)| {
                at < *length || {
                    at -= length;
                    false
                }
            })
            .unwrap();
        let file = OpenOptions::new().read(true).write(true).open(log.join(name)).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        let turned = byte[0] ^ (1 << chance.between(0, 7));
        file.write_all_at(&[turned], at).unwrap();
        let report = folder::verify(log, event, None);
        file.write_all_at(&byte, at).unwrap();
        let what = format!("run {nth} of seed {seed}: byte {at} of {name} from {} to {turned}", byte[0]);
        assert_ne!(report.verdict(), Verdict::Ok, "{what}");
        let finding = report.finding.unwrap_or_else(|| panic!("{what}: nothing is named"));
        assert_eq!(finding.file.as_deref(), Some(name.as_str()), "{what}: {finding}");
        assert!(
            !name.contains("entries") || finding.code == "V-BUNDLE" || finding.entry.is_some(),
            "{what}: {finding}"
        );
        hit.insert(name.clone());
    }
    hit.len()
}

#[test]
fn no_bit_of_a_large_log_is_turned_unseen_and_the_file_that_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (log, event) = large_log(folder.path());
    let sound = folder::verify(&log, event, None);
    assert_eq!(sound.verdict(), Verdict::Ok, "{sound}");
    let threads: Vec<_> = (0..THREADS)
        .map(|nth| {
            let own = folder.path().join(format!("copy-{nth}"));
            assert!(Command::new("cp").arg("-r").arg(&log).arg(&own).status().unwrap().success());
            thread::spawn(move || turn_bits(&own, event, nth, BITS / THREADS))
        })
        .collect();
    let hit: usize = threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap();
    println!("{BITS} bits of a log of {} entries, in {hit} different files: each seen, each file named", sound.size);
    assert!(hit > 50);
}
