//! Clocks: what `ring` alone verifies, what a process has used, percentiles.

use super::{forge, precise};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Long enough to even out a second core that is waking up.
const RING_SECONDS: Duration = Duration::from_millis(1500);

/// Cores that this process may use.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Verifications per second of the very notes of the load, on every core at once, by `ring` and nothing else.
pub(super) fn ring_verify_per_s(event: &forge::Event, sample: &[forge::Signed]) -> f64 {
    let done = AtomicU64::new(0);
    let key = event.station_key(0);
    let parsed: Vec<_> = sample.iter().filter_map(|n| tlog::Note::parse(&n.bytes).ok()).take(2_000).collect();
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(|| {
                let mut mine = 0;
                'measuring: loop {
                    for note in &parsed {
                        if let Some(Ok(signature)) = note.signatures().first().map(|s| s.signature().try_into()) {
                            std::hint::black_box(key.verify(note.text().as_bytes(), &signature));
                        }
                        mine += 1;
                        if began.elapsed() > RING_SECONDS {
                            break 'measuring;
                        }
                    }
                    if parsed.is_empty() {
                        break;
                    }
                }
                done.fetch_add(mine, Ordering::Relaxed);
            });
        }
    });
    precise(done.load(Ordering::Relaxed)) / began.elapsed().as_secs_f64()
}

/// What a process has used so far; known on Linux only, from `/proc`.
pub(super) struct Usage {
    cpu_seconds: Option<f64>,
    /// The most memory it has had.
    pub(super) rss_mb: Option<f64>,
}

impl Usage {
    pub(super) fn of(process: Option<u32>) -> Self {
        let read = |file: &str| process.and_then(|id| std::fs::read_to_string(format!("/proc/{id}/{file}")).ok());
        let rss_kb = read("status").and_then(|status| {
            let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.to_owned();
            line.split_whitespace().next()?.parse::<f64>().ok()
        });
        Self { cpu_seconds: read("stat").and_then(|stat| cpu_seconds(&stat)), rss_mb: rss_kb.map(|kb| kb / 1024.0) }
    }

    pub(super) fn cpu_seconds_since(&self, before: &Self) -> Option<f64> {
        Some(self.cpu_seconds? - before.cpu_seconds?)
    }
}

/// User and system time, fields 14 and 15 of `/proc/<id>/stat`, in hundredths of a second.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// Half of the answers came within `p50`, ninety-nine of a hundred within `p99`, all within `max`; milliseconds.
#[derive(Debug, serde::Serialize)]
pub(super) struct Percentiles {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Percentiles {
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |hundredth: usize| values.get((values.len() * hundredth / 100).min(values.len().saturating_sub(1)));
        let [p50, p99, max] = [at(50), at(99), values.last()].map(|value| value.copied().unwrap_or(0.0));
        Self { p50, p99, max }
    }
}
