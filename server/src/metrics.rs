//! What an operator watches: rulings, groups, entries, room on the disk, who is at the doors and whom they turned away.
//! Never a vote, never a key, never an address.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{ops::Deref, time::Duration};
use tally::Ruling;

/// The counters of a server.
pub(crate) struct Metrics {
    registry: Registry,
    rulings: Family<VerdictLabel, Counter>,
    entries: Counter,
    group_seconds: Histogram,
    full: Counter,
    streams: Gauge,
    drafts: Gauge,
    connections: Family<StandingLabel, Gauge>,
    cut: Family<CutLabel, Counter>,
    calls: Family<RoleLabel, Gauge>,
    enrolments: Family<OutcomeLabel, Counter>,
    missing: Gauge,
    witness: Family<OutcomeLabel, Counter>,
    keys_twice: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabel {
    verdict: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StandingLabel {
    door: &'static str,
    standing: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CutLabel {
    door: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RoleLabel {
    role: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

/// What is known of whoever holds a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its handshake is under way.
    Pending,
    /// It showed no key, or none that the log knows.
    Stranger,
    /// The log knows its key.
    Enrolled,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Stranger => "stranger",
            Self::Enrolled => "enrolled",
        }
    }
}

/// Why a connection, a stream or a call was refused or cut. The words are labels: there are no others, ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Every place is taken.
    Places,
    /// Too many of one address.
    Address,
    /// Too many of one key.
    Key,
    /// The handshake took too long, or never began.
    HandshakeTime,
    /// It was none.
    Handshake,
    /// Nothing was said after it.
    FirstFrame,
    /// Nothing was asked for a long time.
    Idle,
    /// Answers were not read.
    SlowReader,
    /// Too many calls and streams at a time.
    Calls,
    /// Too many calls were begun and dropped.
    Dropped,
    /// Too many bad signatures.
    BadSignatures,
    /// Too many requests that can never be answered.
    BadRequests,
}

impl Cut {
    fn word(self) -> &'static str {
        match self {
            Self::Places => "places",
            Self::Address => "address",
            Self::Key => "key",
            Self::HandshakeTime => "handshake-time",
            Self::Handshake => "handshake",
            Self::FirstFrame => "first-frame",
            Self::Idle => "idle",
            Self::SlowReader => "slow-reader",
            Self::Calls => "calls",
            Self::Dropped => "dropped-calls",
            Self::BadSignatures => "bad-signatures",
            Self::BadRequests => "bad-requests",
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("kiemphieu");
        let rulings = Family::default();
        let entries = Counter::default();
        // From a fast disk to one that is failing.
        let group_seconds = Histogram::new([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0]);
        let (full, streams, drafts) = (Counter::default(), Gauge::default(), Gauge::default());
        registry.register("rulings", "Notes ruled on, by verdict", rulings.clone());
        registry.register("entries", "Entries made durable", entries.clone());
        registry.register(
            "group_seconds",
            "From signing the checkpoint of a group until it is durable and published",
            group_seconds.clone(),
        );
        registry.register("disk_full", "Groups not kept for want of room on the disk", full.clone());
        registry.register("intake_streams", "Open intake streams", streams.clone());
        registry.register("drafts", "Statements that wait for more members to sign, of all events", drafts.clone());
        let (connections, cut, calls) = (Family::default(), Family::default(), Family::default());
        registry.register("connections", "Connections, by what is known of the peer", connections.clone());
        registry.register("cut", "Connections, streams and calls refused or cut, by reason", cut.clone());
        registry.register("calls", "Calls and streams under way, by role", calls.clone());
        let enrolments = Family::default();
        registry.register("enrolments", "Codes made and keys deposited, by outcome", enrolments.clone());
        let missing = Gauge::default();
        let help = "Entries signed elsewhere and missing here; above 0 this server has stopped signing for good";
        registry.register("missing_entries", help, missing.clone());
        let witness = Family::default();
        registry.register(
            "witness_answers",
            "Answers of the witnesses that are pushed to, by outcome",
            witness.clone(),
        );
        let keys_twice = Gauge::default();
        let help = "Keys of tables found in use on two machines, of all events: `committee status` says what to do";
        registry.register("keys_in_use_twice", help, keys_twice.clone());
        Self {
            missing,
            witness,
            keys_twice,
            registry,
            rulings,
            entries,
            group_seconds,
            full,
            streams,
            drafts,
            connections,
            cut,
            calls,
            enrolments,
        }
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

    pub(crate) fn drafts(&self) -> &Gauge {
        &self.drafts
    }

    /// Connections of a door, by what is known of the peer.
    pub(crate) fn connections(&self, door: &'static str, standing: Standing) -> impl Deref<Target = Gauge> + '_ {
        self.connections.get_or_create(&StandingLabel { door, standing: standing.word() })
    }

    /// Somebody was turned away at a door.
    pub(crate) fn cut(&self, door: &'static str, why: Cut) {
        self.cut.get_or_create(&CutLabel { door, reason: why.word() }).inc();
    }

    /// Calls under way of a role.
    pub(crate) fn calls(&self, role: &'static str) -> impl Deref<Target = Gauge> + '_ {
        self.calls.get_or_create(&RoleLabel { role })
    }

    /// A code was made, or a key came with one.
    pub(crate) fn enrolment(&self, outcome: &'static str) {
        self.enrolments.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// A witness answered, or did not.
    pub(crate) fn witness(&self, outcome: &'static str) {
        self.witness.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// Keys of tables found in use on two machines.
    pub(crate) fn keys_twice(&self) -> &Gauge {
        &self.keys_twice
    }

    pub(crate) fn missing(&self) -> &Gauge {
        &self.missing
    }

    /// The page for Prometheus.
    pub(crate) fn page(&self) -> String {
        let mut page = String::new();
        encode(&mut page, &self.registry).expect("a String takes any text");
        page
    }
}
