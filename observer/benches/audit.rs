//! How fast one core audits a whole log, against what `ring` alone verifies on that core in the same run; and how much
//! memory the audit takes beyond the count itself. Both are measured in processes of their own, in CPU time: what else
//! the machine does meanwhile takes seconds from the clock and not from the core.
//!
//! ```text
//! kiemphieu load --batches 100000 --export /tmp/log-100k
//! cargo bench -p observer --bench audit -- /tmp/log-100k
//! ```
#![allow(clippy::print_stdout, reason = "a figure is what a benchmark is for")]
#![allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]

use observer::{Verdict, folder};
use std::{
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tally::{Count, Replay, Sid, SignedStatement};
use tlog::{
    Checkpoint, Note, VerifierKey,
    tile::{TilePath, decode_bundle, tile_paths},
};

/// Long enough to even out a core that is waking up.
const RING_SECONDS: Duration = Duration::from_millis(1_500);
const SAMPLE: usize = 2_000;

fn main() {
    let mut said = env::args().skip(1).filter(|argument| argument != "--bench");
    let log = PathBuf::from(said.next().expect("the folder that `kiemphieu load --export DIR` has written"));
    let log = if log.join("log").is_dir() { log.join("log") } else { log };
    match said.next().as_deref() {
        Some("audit") => audit(&log),
        Some("count") => count(&log),
        _ => compare(&log),
    }
}

/// Both, each in a process of its own, and `ring` before and after.
fn compare(log: &Path) {
    let sample = sample(log);
    let before = ring_per_second(&sample);
    let ([audit_s, audit_mb, entries], [_, count_mb, _]) = (measured(log, "audit"), measured(log, "count"));
    let ring = f64::midpoint(before, ring_per_second(&sample));
    let per_second = entries / audit_s;
    println!("entries                        {entries:.0}");
    println!("audited per second of one core {per_second:.0}");
    println!("ring alone, on one core        {ring:.0}");
    println!("ratio                          {:.3}", per_second / ring);
    println!("memory of the audit            {audit_mb:.1} MB");
    println!("memory of the count alone      {count_mb:.1} MB");
    println!("beyond the count               {:.1} MB", audit_mb - count_mb);
}

/// CPU seconds, megabytes and entries of this program doing one part.
fn measured(log: &Path, part: &str) -> [f64; 3] {
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new(program).arg(log).arg(part).output().expect("this program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let figures: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    figures.try_into().expect("three figures")
}

fn audit(log: &Path) {
    let report = folder::verify(log, event(log), None);
    assert!(matches!(report.verdict(), Verdict::Ok | Verdict::Provisional), "{report}");
    tell(report.size);
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
    println!("{} {} {entries}", cpu_time().as_secs_f64(), kib / 1024.0);
}

fn each_entry(log: &Path, mut take: impl FnMut(&[u8]) -> bool) {
    let checkpoint = Note::parse(&fs::read(log.join("checkpoint")).expect("a checkpoint")).expect("a note");
    let size = Checkpoint::parse(checkpoint.text()).expect("a checkpoint").size;
    for path in tile_paths(size) {
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

fn ring_per_second(sample: &[(VerifierKey, Note)]) -> f64 {
    let (mut done, began) = (0_u32, cpu_time());
    while cpu_time() < began + RING_SECONDS {
        for (key, note) in sample {
            let signature = note.signatures()[0].signature().try_into().expect("64 bytes");
            assert!(black_box(key.verify(note.text().as_bytes(), &signature)));
            done += 1;
        }
    }
    f64::from(done) / (cpu_time() - began).as_secs_f64()
}

/// What this thread, the only one, has had of a core.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/schedstat").expect("measured on Linux");
    let nanoseconds = stat.split_whitespace().next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(nanoseconds.expect("nanoseconds on a core"))
}
