//! What an operator watches: rulings, groups, entries, room on the disk. Never a vote, never a key.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::time::Duration;
use tally::Ruling;

/// The counters of a server.
pub(crate) struct Metrics {
    registry: Registry,
    rulings: Family<VerdictLabel, Counter>,
    entries: Counter,
    group_seconds: Histogram,
    full: Counter,
    streams: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabel {
    verdict: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("kiemphieu");
        let rulings = Family::default();
        let entries = Counter::default();
        // From a fast disk to one that is failing.
        let group_seconds = Histogram::new([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0]);
        let (full, streams) = (Counter::default(), Gauge::default());
        registry.register("rulings", "Notes ruled on, by verdict", rulings.clone());
        registry.register("entries", "Entries made durable", entries.clone());
        registry.register(
            "group_seconds",
            "From signing the checkpoint of a group until it is durable and published",
            group_seconds.clone(),
        );
        registry.register("disk_full", "Groups not kept for want of room on the disk", full.clone());
        registry.register("intake_streams", "Open intake streams", streams.clone());
        Self { registry, rulings, entries, group_seconds, full, streams }
    }
}

impl Metrics {
    pub(crate) fn ruled(&self, ruling: &Ruling) {
        self.rulings.get_or_create(&VerdictLabel { verdict: ruling.verdict().word().to_owned() }).inc();
    }

    pub(crate) fn group(&self, entries: usize, took: Duration) {
        self.entries.inc_by(entries as u64);
        self.group_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn no_space(&self) {
        self.full.inc();
    }

    pub(crate) fn streams(&self) -> &Gauge {
        &self.streams
    }

    /// The page for Prometheus.
    pub(crate) fn page(&self) -> String {
        let mut page = String::new();
        encode(&mut page, &self.registry).expect("a String takes any text");
        page
    }
}
