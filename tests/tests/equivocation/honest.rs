//! Nobody is ever accused where nobody lies. What is real: the server (the crate as it is shipped, with its sequencer, its
//! journal, its second journal and its takeover), TLS over loopback, the observers and their folders, the network between as
//! lines that are cut. What is not: processes (a server ends in good order; `kills.rs`, `takeover.rs` and `power.rs` kill), and
//! disks, where the machine has a folder in memory.

use crate::{
    day::{self, Diary, TROUBLES, Trouble},
    hall::Founded,
    runs, within,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Days of the suite.
const RUNS: u64 = 1_000;
const WORKERS: usize = 12;

/// Events of several kinds; each day begins with one of them.
fn founded() -> Vec<Founded> {
    let kinds = [(false, 0, 3), (true, 0, 5), (false, 1, 6), (true, 1, 12), (false, 2, 24), (true, 0, 3)];
    kinds.map(|(is_public, quorum, bundles)| Founded::new(is_public, quorum, bundles)).into()
}

#[test]
fn a_thousand_honest_days_accuse_nobody() {
    let began = Instant::now();
    let suite = runs(RUNS);
    let (founded, turn) = (Arc::new(founded()), Arc::new(AtomicU64::new(suite.start)));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let work = || {
        let (founded, turn, end) = (Arc::clone(&founded), Arc::clone(&turn), suite.end);
        async move {
            let (mut diaries, mut wrong) = (Vec::new(), Vec::new());
            loop {
                let seed = turn.fetch_add(1, Ordering::Relaxed);
                if seed >= end {
                    return (diaries, wrong);
                }
                let kind = usize::try_from(seed / TROUBLES.len() as u64).expect("small") % founded.len();
                match day::run(seed, &founded[kind]).await {
                    Ok(diary) => diaries.push(diary),
                    Err(why) => wrong.push(format!("day {seed}: {why}")),
                }
            }
        }
    };
    let working: Vec<_> = (0..WORKERS).map(|_| runtime.spawn(work())).collect();
    let (mut diaries, mut wrong) = (Vec::new(), Vec::new());
    for worker in working {
        let (days, failed) = runtime.block_on(within(worker)).expect("a day does not panic");
        diaries.extend(days);
        wrong.extend(failed);
    }
    assert!(wrong.is_empty(), "{} days are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    let took = began.elapsed();
    let sum = |of: fn(&Diary) -> usize| diaries.iter().map(of).sum::<usize>();
    let (looks, cuts, begun_again) = (sum(|day| day.looks), sum(|day| day.cuts), sum(|day| day.looks_cut));
    let entries: u64 = diaries.iter().map(|day| day.entries).sum();
    println!(
        "{} days in {took:.1?}, nobody accused: {looks} looks, {cuts} connections cut, {begun_again} looks begun again, \
         {entries} entries",
        diaries.len()
    );
    let befell = total(diaries.iter().map(|day| &day.befell));
    let said = total(diaries.iter().map(|day| &day.said));
    println!("  befell: {befell:?}\n  said: {said:?}");
    if suite.end - suite.start > 1 {
        assert_eq!(diaries.len() as u64, RUNS);
        is_no_idle_green(&befell, &said, cuts, begun_again);
    }
}

#[test]
fn a_spare_that_lost_an_acknowledged_entry_is_convicted_by_everybody_who_saw_it() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let founded = Founded::new(false, 0, 24);
    for seed in 0..8 {
        let lost = async { tokio::time::timeout(Duration::from_secs(60), day::lose_an_entry(seed, &founded)).await };
        let convicting = runtime.block_on(lost).expect("in time");
        assert!(convicting.as_ref().is_ok_and(|many| *many >= 2), "day {seed}: {convicting:?}");
    }
}

/// Every trouble came, and often; every reason that the creed allows was needed.
fn is_no_idle_green(befell: &BTreeMap<Trouble, usize>, said: &BTreeMap<String, usize>, cuts: usize, again: usize) {
    for trouble in TROUBLES {
        let least = RUNS as usize / TROUBLES.len() / 2;
        let often = befell.get(trouble).copied().unwrap_or_default();
        assert!(often >= least, "{trouble:?} befell the halls {often} times, and {least} are needed");
    }
    for reason in ["OK", "V-PUBLIC-VIEW", "V-QUORUM", "V-OLDER", "V-SHOWS-LESS"] {
        let often: usize = said.iter().filter(|(said, _)| said.contains(reason)).map(|(_, often)| often).sum();
        assert!(often >= 50, "{reason} was said {often} times");
    }
    assert!(cuts >= 300 && again >= 20, "{cuts} connections were cut, {again} looks begun again");
}

fn total<'d, K: Ord + Clone + 'd>(of: impl Iterator<Item = &'d BTreeMap<K, usize>>) -> BTreeMap<K, usize> {
    let mut all = BTreeMap::new();
    for (kind, often) in of.flatten() {
        *all.entry(kind.clone()).or_default() += often;
    }
    all
}
