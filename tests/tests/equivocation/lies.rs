//! Every lie that somebody could see is found out.

use crate::{
    lie::{ALONE, Book, LIES, Lie, Plan},
    oracle::{Expected, Knowledge, Sighting, expected, judge},
    party::{Party, Way},
    runs, within,
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

/// Lies of the suite, each of which somebody was shown.
const RUNS: u64 = 1_000;
/// A number that makes no lie which somebody could see is drawn again so many times at most.
const DRAWS_MAX: u64 = 100;
const WORKERS: usize = 8;

/// How a run ended.
struct Ended {
    lie: Lie,
    /// The worst that had to be said, and was.
    worst: Expected,
    looks: usize,
    evidence: usize,
    /// Draws that were no lie, or one that nobody was shown.
    redrawn: usize,
}

/// The lie of that number: drawn until it is one that somebody is shown.
async fn run(seed: u64, ready: &[History], liar: &Liar) -> Result<Ended, String> {
    let lie = LIES[(seed % LIES.len() as u64) as usize];
    for (redrawn, draw) in (0..DRAWS_MAX).enumerate() {
        let mut chance = Chance::new(seed + draw * 1_000_003);
        if let Some(plan) = Plan::draw(lie, ready, &mut chance).filter(is_ever_shown) {
            let told = tell(seed, &plan, &mut chance, ready, liar).await?;
            if told.worst != Expected::Fine {
                return Ok(Ended { redrawn, ..told });
            }
        }
    }
    Err(format!("run {seed} {lie:?}: no lie that somebody is shown was drawn in {DRAWS_MAX} times"))
}

/// Whether anybody who looks and remembers has anything to say; only the telling itself settles it.
fn is_ever_shown(plan: &Plan) -> bool {
    let mut knows = vec![Knowledge::default(); plan.observers];
    let mut told: Vec<Sighting> = plan.book.iter().map(Book::sighting).collect();
    plan.rounds.iter().enumerate().any(|(round, shown)| {
        if round >= ALONE {
            told.extend(knows.iter().flat_map(Knowledge::all).cloned());
            knows.iter_mut().for_each(|knows| told.iter().for_each(|sighting| knows.hear(sighting)));
        }
        knows.iter_mut().zip(shown).any(|(knows, shown)| {
            let Some(shown) = shown else { return false };
            let must = expected(&shown.view, shown.bulletin, knows);
            knows.newest = Some(Sighting { branch: Arc::clone(&shown.view.branch), size: shown.view.size });
            must != Expected::Fine
        })
    })
}

/// One run: whoever looks says exactly what has to be said.
async fn tell(seed: u64, plan: &Plan, chance: &mut Chance, ready: &[History], liar: &Liar) -> Result<Ended, String> {
    liar.begin_again();
    let (ticket, event) = (liar.ticket(), ready[0].event());
    let parties: Vec<Party> = (0..plan.observers).map(|n| Party::new(n, chance.percent(40))).collect();
    let mut knows = vec![Knowledge::default(); plan.observers];
    let mut told: Vec<(Sighting, tlog::Note)> = Vec::new();
    if let Some(book) = &plan.book {
        told.push(crate::party::hand_in(liar, book).await);
    }
    let mut is_found = false;
    let mut ended = Ended { lie: plan.lie, worst: Expected::Fine, looks: 0, evidence: 0, redrawn: 0 };
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
            is_found |= report.verdict() != Verdict::Ok;
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
    if ended.worst != Expected::Fine && !is_found {
        return Err(format!("run {seed} {:?}: a lie was told, and nobody says so", plan.lie));
    }
    // Whatever was expected of each look: two who hold what cannot both be true do not end in peace.
    let held: Vec<&Sighting> = knows.iter().flat_map(Knowledge::all).chain(told.iter().map(|(seen, _)| seen)).collect();
    let is_contradictory = held.iter().any(|one| held.iter().any(|other| !one.agrees(other)));
    if is_contradictory && ended.worst == Expected::Fine {
        return Err(format!("run {seed} {:?}: two histories were shown, and nobody says so", plan.lie));
    }
    Ok(ended)
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
fn a_thousand_lies_to_several_observers_are_all_found_out() {
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
        let (runs, failed) = runtime.block_on(within(worker)).expect("a run does not panic");
        ended.extend(runs);
        wrong.extend(failed);
    }
    assert!(wrong.is_empty(), "{} runs are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    let mut kinds: BTreeMap<Lie, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for run in &ended {
        let (told, said) = kinds.entry(run.lie).or_default();
        *told += 1;
        let worst = format!("{:?}", run.worst);
        *said.entry(worst.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let sum = |of: fn(&Ended) -> usize| ended.iter().map(of).sum::<usize>();
    let convicted = ended.iter().filter(|run| run.evidence > 0).count();
    println!(
        "{} lies in {:.1?}, all found out ({} draws were none, or none that anybody was shown): {} looks, {} evidence \
         folders that convict offline, of {convicted} lies",
        ended.len(),
        began.elapsed(),
        sum(|run| run.redrawn),
        sum(|run| run.looks),
        sum(|run| run.evidence)
    );
    kinds.iter().for_each(|(lie, (told, said))| println!("  {lie:?}: {told} {said:?}"));
    if suite.end - suite.start > 1 {
        assert_eq!(ended.len() as u64, RUNS);
        for lie in LIES {
            let share = LIES.iter().filter(|other| *other == lie).count() * (RUNS as usize / LIES.len());
            assert!(kinds.get(lie).is_some_and(|(told, _)| *told >= share), "{lie:?} was told too seldom");
        }
    }
}
