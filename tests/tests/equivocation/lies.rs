//! Every lie that somebody could see is found out.

use crate::{
    lie::{ALONE, LIES, Lie, Plan},
    oracle::{Expected, Knowledge, Sighting, expected, judge},
    party::{Party, Way},
    runs,
};
use observer::Verdict;
use promises::{
    chance::Chance,
    history::{History, key},
    liar::Liar,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Runs of the suite; those that are no lie at all, or one that nobody could see, are not counted.
const RUNS: u64 = 120;
/// What has to be left of them.
const COUNTED_MIN: usize = 75;
const WORKERS: usize = 6;

/// How a run ended.
struct Ended {
    lie: Lie,
    /// The worst that had to be said, and was.
    worst: Expected,
    looks: usize,
    evidence: usize,
}

/// One run: whoever looks says exactly what has to be said.
async fn run(seed: u64, ready: &[History], liar: &Liar) -> Result<Option<Ended>, String> {
    let mut chance = Chance::new(seed);
    let lie = LIES[(seed % LIES.len() as u64) as usize];
    let Some(plan) = Plan::draw(lie, ready, &mut chance) else { return Ok(None) };
    liar.begin_again();
    let (ticket, event) = (liar.ticket(), ready[0].event());
    let parties: Vec<Party> = (0..plan.observers).map(|n| Party::new(n, chance.percent(40))).collect();
    let mut knows = vec![Knowledge::default(); plan.observers];
    let mut told: Vec<(Sighting, tlog::Note)> = Vec::new();
    if let Some((book, station)) = &plan.book {
        let receipt = crate::party::hand_in(liar, book, station, &mut chance).await;
        told.push(receipt);
    }
    let mut ended = Ended { lie: plan.lie, worst: Expected::Fine, looks: 0, evidence: 0 };
    for (round, shown) in plan.rounds.iter().enumerate() {
        if round >= ALONE {
            exchange(&parties, &mut knows, &mut told, &ready[0]);
        }
        for (who, shown) in shown.iter().enumerate() {
            let Some(shown) = shown else { continue };
            let is_whole = round >= ALONE || shown.view.readable < shown.view.size || shown.view.newest.is_some();
            let way = if is_whole && plan.lie != Lie::Fork || chance.percent(40) { Way::Verify } else { Way::Follow };
            let must = expected(&shown.view, shown.bulletin, &knows[who]);
            liar.show(&parties[who].key, shown.view.clone());
            let report = parties[who].look(&ticket, way).await;
            ended.looks += 1;
            ended.worst = ended.worst.max(must);
            let at = format!("run {seed} {:?}, round {round}, observer {who}", plan.lie);
            judge(must, way, &report).map_err(|wrong| format!("{at}: {wrong}"))?;
            if report.verdict() == Verdict::Equivocation || report.evidence.is_some() {
                crate::party::check_evidence(&report, event).map_err(|wrong| format!("{at}: {wrong}"))?;
                ended.evidence += 1;
            }
            let now = Sighting { branch: Arc::clone(&shown.view.branch), size: shown.view.size };
            remember(&parties[who], &mut knows[who], now, must).map_err(|wrong| format!("{at}: {wrong}"))?;
        }
    }
    // Whatever was expected of each look: two who hold what cannot both be true do not end in peace.
    let held: Vec<&Sighting> = knows.iter().flat_map(Knowledge::all).chain(told.iter().map(|(seen, _)| seen)).collect();
    let is_contradictory = held.iter().any(|one| held.iter().any(|other| !one.agrees(other)));
    if is_contradictory && ended.worst == Expected::Fine {
        return Err(format!("run {seed} {lie:?}: two histories were shown, and nobody says so"));
    }
    Ok(Some(ended))
}

/// The memory of an observer is what it knew, or what it has just verified; it never goes back.
fn remember(party: &Party, knows: &mut Knowledge, now: Sighting, must: Expected) -> Result<(), String> {
    let kept = party.home.remembered(now.branch.history.event()).map_err(|e| e.to_string())?;
    let before = knows.newest.as_ref().map_or(0, |newest| newest.size);
    let is = |s: &Sighting| kept.as_ref().is_some_and(|note| note.text() == s.branch.checkpoint(s.size).text());
    if now.size > before && is(&now) {
        knows.newest = Some(now);
        return Ok(());
    }
    match &knows.newest {
        _ if must == Expected::Fine && now.size > before => Err("what was verified is not remembered".into()),
        Some(newest) if !is(newest) => Err("the memory has become another".into()),
        None if kept.is_some() => Err("something is remembered that nobody has verified".into()),
        _ => Ok(()),
    }
}

/// Everybody tells everybody.
fn exchange(parties: &[Party], knows: &mut [Knowledge], told: &mut Vec<(Sighting, tlog::Note)>, ready: &History) {
    let (event, manifest) = (ready.event(), &ready.entries[0]);
    for (party, knows) in parties.iter().zip(knows.iter()) {
        for note in party.seen(event) {
            let known = knows.all().find(|s| s.branch.checkpoint(s.size).text() == note.text());
            if let Some(known) = known
                && !told.iter().any(|(other, _)| other.same(known))
            {
                told.push((known.clone(), note));
            }
        }
    }
    for (party, knows) in parties.iter().zip(knows.iter_mut()) {
        for (sighting, note) in told.iter() {
            party.hear(event, manifest, note);
            knows.hear(sighting);
        }
    }
}

/// Events of several numbers of bundles, all of one manifest.
fn ready() -> Vec<History> {
    let (log, tally) = (key("").verifier().clone(), Arc::new(key("tally")));
    [3, 6, 12, 24, 40].iter().map(|bundles| History::ready(&log, Arc::clone(&tally), 0, *bundles)).collect()
}

#[test]
fn lies_to_several_observers_are_all_found_out() {
    let began = Instant::now();
    let suite = runs(RUNS);
    let (ready, turn) = (Arc::new(ready()), Arc::new(AtomicU64::new(suite.start)));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let work = || {
        let (ready, turn, end) = (Arc::clone(&ready), Arc::clone(&turn), suite.end);
        async move {
            let liar = Liar::open(ready[0].event()).await;
            let (mut ended, mut wrong) = (Vec::new(), Vec::new());
            loop {
                let seed = turn.fetch_add(1, Ordering::Relaxed);
                if seed >= end {
                    return (ended, wrong);
                }
                match run(seed, &ready, &liar).await {
                    Ok(run) => ended.push(run),
                    Err(why) => wrong.push(why),
                }
            }
        }
    };
    let working: Vec<_> = (0..WORKERS).map(|_| runtime.spawn(work())).collect();
    let (mut ended, mut wrong) = (Vec::new(), Vec::new());
    for worker in working {
        let (runs, failed) = runtime.block_on(worker).expect("a run does not panic");
        ended.extend(runs);
        wrong.extend(failed);
    }
    assert!(wrong.is_empty(), "{} runs are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    let none = ended.iter().filter(|run| run.is_none()).count();
    let seen: Vec<_> = ended.iter().flatten().filter(|run| run.worst != Expected::Fine).collect();
    let mut kinds: BTreeMap<(Lie, String), usize> = BTreeMap::new();
    for run in &seen {
        let worst = format!("{:?}", run.worst);
        *kinds.entry((run.lie, worst.split('(').next().unwrap_or_default().to_owned())).or_default() += 1;
    }
    let unseen = ended.len() - none - seen.len();
    let looks: usize = ended.iter().flatten().map(|run| run.looks).sum();
    let evidence: usize = ended.iter().flatten().map(|run| run.evidence).sum();
    println!(
        "{} runs in {:.1?}: {} lies found out, {unseen} that nobody was shown, {none} that are none; {looks} looks, {evidence} evidence folders; {kinds:?}",
        ended.len(),
        began.elapsed(),
        seen.len()
    );
    assert!(suite.end - suite.start == 1 || seen.len() >= COUNTED_MIN, "only {} lies were told", seen.len());
}
