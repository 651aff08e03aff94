//! How fast one core audits a whole log, against what `ring` alone verifies on that core meanwhile; and how much memory
//! the audit takes beyond the count itself. Each is measured in a process of its own, in CPU time: what else the machine
//! does takes seconds from the clock and not from the core. A core that is lent out by somebody else is not equally fast
//! from one minute to the next, so `ring` has its turns while the audit goes on; bind both to one core (`taskset`), for
//! two threads on the two halves of a core slow each other down.
//!
//! ```text
//! kiemphieu load --batches 100000 --export /tmp/log-100k
//! taskset -c 0 cargo bench -p observer --bench audit -- /tmp/log-100k
//! ```
#![allow(clippy::print_stdout, reason = "a figure is what a benchmark is for")]
#![allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]

use observer::{Report, Verdict, folder};
use std::{
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};
use tally::{Count, Replay, Sid, SignedStatement};
use tlog::{
    Checkpoint, Note, VerifierKey,
    tile::{TilePath, decode_bundle, tile_paths},
};

/// Between two turns of `ring`.
const PAUSE: Duration = Duration::from_millis(500);
/// Verifications of one turn, some 50 ms: after a shorter one most of what was measured would be a cold cache.
const SAMPLE: usize = 800;

fn main() {
    let mut said = env::args().skip(1).filter(|argument| argument != "--bench");
    let log = PathBuf::from(said.next().expect("the folder that `kiemphieu load --export DIR` has written"));
    let log = if log.join("log").is_dir() { log.join("log") } else { log };
    match said.next().as_deref() {
        Some("race") => race(&log),
        Some("audit") => audit(&log),
        Some("count") => count(&log),
        _ => compare(&log),
    }
}

fn compare(log: &Path) {
    let [audited, verified, entries] = measured(log, "race");
    let ([audit_mb, _, _], [count_mb, _, _]) = (measured(log, "audit"), measured(log, "count"));
    println!("entries                        {entries:.0}");
    println!("audited per second of one core {audited:.0}");
    println!("ring alone, on one core        {verified:.0}");
    println!("ratio                          {:.3}", audited / verified);
    println!("memory of the audit            {audit_mb:.1} MB");
    println!("memory of the count alone      {count_mb:.1} MB");
    println!("beyond the count               {:.1} MB", audit_mb - count_mb);
}

/// What this program says of one part.
fn measured(log: &Path, part: &str) -> [f64; 3] {
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new(program).arg(log).arg(part).output().expect("this program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let figures: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    figures.try_into().expect("three figures")
}

/// The whole audit in one thread, and `ring` by turns in another: entries and verifications per second of a core.
fn race(log: &Path) {
    let (sample, is_over) = (sample(log), AtomicBool::new(false));
    let (audited, verified, size) = thread::scope(|scope| {
        let ring = scope.spawn(|| ring_per_second(&sample, &is_over));
        let began = cpu_time();
        let report = verify(log);
        let audited = report.size as f64 / (cpu_time() - began).as_secs_f64();
        is_over.store(true, Ordering::Relaxed);
        (audited, ring.join().expect("ring verifies"), report.size)
    });
    println!("{audited} {verified} {size}");
}

fn audit(log: &Path) {
    tell(verify(log).size);
}

fn verify(log: &Path) -> Report {
    let report = folder::verify(log, event(log), None);
    assert!(matches!(report.verdict(), Verdict::Ok | Verdict::Provisional), "{report}");
    report
}

/// The entries taken in without a look at any signature or hash: what the count alone keeps in memory.
fn count(log: &Path) {
    let mut count = Count::default();
    each_entry(log, |entry| {
        count.apply(&SignedStatement::reread(entry).expect("an entry that was audited"));
        true
    });
    tell(black_box(&count).size());
}

fn tell(entries: u64) {
    let status = fs::read_to_string("/proc/self/status").expect("measured on Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: f64 = peak.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
    println!("{} {} {entries}", kib / 1024.0, cpu_time().as_secs_f64());
}

fn entries(log: &Path) -> u64 {
    let checkpoint = Note::parse(&fs::read(log.join("checkpoint")).expect("a checkpoint")).expect("a note");
    Checkpoint::parse(checkpoint.text()).expect("a checkpoint").size
}

fn each_entry(log: &Path, mut take: impl FnMut(&[u8]) -> bool) {
    for path in tile_paths(entries(log)) {
        let TilePath::Entries { width, .. } = path else { return };
        let bytes = fs::read(log.join(path.to_string())).expect("a bundle");
        if !decode_bundle(&bytes, width).expect("a bundle").into_iter().all(&mut take) {
            return;
        }
    }
}

fn event(log: &Path) -> Sid {
    let mut sid = None;
    each_entry(log, |entry| {
        sid = Note::parse(entry).ok().map(|note| note.sid());
        false
    });
    sid.expect("the manifest is the first entry")
}

/// Entries of one signer each, with the key that signed them.
fn sample(log: &Path) -> Vec<(VerifierKey, Note)> {
    let (mut replay, mut sample) = (Replay::new(), Vec::new());
    each_entry(log, |entry| {
        let signed = replay.verify(entry).expect("an honest log");
        if let [name] = &signed.signers[..]
            && let Some(holder) = replay.count.keys().holder(name)
        {
            sample.push((holder.key.clone(), signed.note.clone()));
        }
        sample.len() < SAMPLE
    });
    sample
}

fn ring_per_second(sample: &[(VerifierKey, Note)], is_over: &AtomicBool) -> f64 {
    let (mut done, mut spent) = (0_u32, Duration::ZERO);
    while !is_over.load(Ordering::Relaxed) {
        let began = cpu_time();
        for (key, note) in sample {
            let signature = note.signatures()[0].signature().try_into().expect("64 bytes");
            assert!(black_box(key.verify(note.text().as_bytes(), &signature)));
            done += 1;
        }
        spent += cpu_time() - began;
        thread::sleep(PAUSE);
    }
    f64::from(done) / spent.as_secs_f64()
}

/// What this thread has had of a core.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("measured on Linux");
    let nanoseconds = stat.split_whitespace().next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(nanoseconds.expect("nanoseconds on a core"))
}
