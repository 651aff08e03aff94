//! How everybody behaves: an honest party never sends a bad signature and seldom a request that can never be answered.
//! Whoever goes on is asked to wait, so that refusing costs nothing. It refuses to know what was sent; time is an argument.

use crate::{
    gate::{GRPC, places::Origin},
    metrics::{Cut, Metrics},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use tonic::Status;

/// Faults are counted over this time, and whoever has too many waits as long.
const MINUTE: Duration = Duration::from_secs(60);
/// A mistyped command, a damaged stick; and still fewer than one message of 64 can hold.
const BAD_SIGNATURES_MAX: u32 = 32;
/// A program that is tried out against the hall.
const BAD_REQUESTS_MAX: u32 = 120;
/// A person who loses patience, a line that breaks with sixteen calls on it, and again.
const DROPPED_MAX: u32 = 600;
/// Parties remembered at a time; those without a fault in the last minute are forgotten first.
const PARTIES_MAX: usize = 4_096;

/// One party, as far as it can be told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Whoever holds an enrolled key.
    Key([u8; 32]),
    /// Whoever is there without one.
    Address(Origin),
}

/// What is counted against a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A note whose signature does not verify. Whoever handed it in answers for it, not the key it claims: otherwise
    /// anybody could have a table suspended.
    Signature,
    /// A request that can never be answered.
    Request,
    /// A call that was dropped before its answer.
    Dropped,
}

/// Everybody's conduct.
pub(crate) struct Conduct {
    parties: Mutex<BTreeMap<Who, Record>>,
    metrics: Arc<Metrics>,
}

#[derive(Clone, Copy)]
struct Record {
    since: Instant,
    signatures: u32,
    requests: u32,
    dropped: u32,
    suspended: Option<(Instant, Fault)>,
}

impl Record {
    fn clean(now: Instant) -> Self {
        Self { since: now, signatures: 0, requests: 0, dropped: 0, suspended: None }
    }
}

impl Conduct {
    /// Nobody has done anything yet.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { parties: Mutex::default(), metrics }
    }

    /// Counts one fault; the one too many suspends the party.
    pub(crate) fn count(&self, who: Who, fault: Fault, now: Instant) {
        let mut parties = self.parties();
        make_room(&mut parties, now);
        let record = parties.entry(who).or_insert_with(|| Record::clean(now));
        if now.saturating_duration_since(record.since) >= MINUTE {
            *record = Record { suspended: record.suspended, ..Record::clean(now) };
        }
        let (counter, max) = match fault {
            Fault::Signature => (&mut record.signatures, BAD_SIGNATURES_MAX),
            Fault::Request => (&mut record.requests, BAD_REQUESTS_MAX),
            Fault::Dropped => (&mut record.dropped, DROPPED_MAX),
        };
        *counter = counter.saturating_add(1);
        if *counter > max && record.suspended.is_none_or(|(until, _)| until <= now) {
            *record = Record { suspended: Some((now + MINUTE, fault)), ..Record::clean(now) };
            drop(parties);
            self.metrics.cut(GRPC, fault.reason());
            tracing::warn!(reason = fault.sentence(), "a party is suspended for a minute");
        }
    }

    /// # Errors
    /// The party is suspended; how long still.
    pub(crate) fn check(&self, who: Who, now: Instant) -> Result<(), Status> {
        match self.parties().get(&who).and_then(|record| record.suspended) {
            Some((until, fault)) if until > now => Err(Status::resource_exhausted(format!(
                "{}; nothing more is taken for {} s",
                fault.sentence(),
                until.duration_since(now).as_secs() + 1
            ))),
            _ => Ok(()),
        }
    }

    fn parties(&self) -> MutexGuard<'_, BTreeMap<Who, Record>> {
        self.parties.lock().expect("no holder of this lock panics")
    }
}

impl Fault {
    fn reason(self) -> Cut {
        match self {
            Self::Signature => Cut::BadSignatures,
            Self::Request => Cut::BadRequests,
            Self::Dropped => Cut::Dropped,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Signature => "too many notes with bad signatures came from here within a minute",
            Self::Request => "too many requests that can never be answered came from here within a minute",
            Self::Dropped => "too many calls were begun and dropped from here within a minute",
        }
    }
}

fn make_room(parties: &mut BTreeMap<Who, Record>, now: Instant) {
    if parties.len() < PARTIES_MAX {
        return;
    }
    parties.retain(|_, record| {
        now.saturating_duration_since(record.since) < MINUTE || record.suspended.is_some_and(|(until, _)| until > now)
    });
    while parties.len() >= PARTIES_MAX {
        let oldest = parties.iter().min_by_key(|(_, record)| record.since).map(|(who, _)| *who);
        let Some(oldest) = oldest else { return };
        parties.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    const KEY: Who = Who::Key([1; 32]);

    fn conduct() -> Conduct {
        Conduct::new(Arc::new(Metrics::default()))
    }

    fn count(conduct: &Conduct, who: Who, fault: Fault, times: u32, now: Instant) {
        (0..times).for_each(|_| conduct.count(who, fault, now));
    }

    #[test]
    fn thirty_two_bad_signatures_are_borne_and_one_more_suspends_for_a_minute() {
        let (conduct, now) = (conduct(), Instant::now());
        count(&conduct, KEY, Fault::Signature, 32, now);
        assert!(conduct.check(KEY, now).is_ok());
        count(&conduct, KEY, Fault::Signature, 1, now);
        let status = conduct.check(KEY, now).expect_err("suspended");
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert!(status.message().contains("bad signatures"), "{}", status.message());
        assert!(conduct.check(KEY, now + Duration::from_secs(59)).is_err());
        assert!(conduct.check(KEY, now + Duration::from_secs(61)).is_ok());
        assert!(conduct.metrics.page().contains("reason=\"bad-signatures\"} 1"));
    }

    #[test]
    fn bad_signatures_over_a_long_day_suspend_nobody() {
        let (conduct, mut now) = (conduct(), Instant::now());
        for _ in 0..100 {
            count(&conduct, KEY, Fault::Signature, 30, now);
            now += MINUTE;
            assert!(conduct.check(KEY, now).is_ok());
        }
    }

    #[test]
    fn one_partys_faults_are_nobody_elses_and_each_kind_has_its_own_measure() {
        let (conduct, now) = (conduct(), Instant::now());
        let hall = Who::Address(Origin::from(std::net::IpAddr::from([10, 0, 0, 1])));
        count(&conduct, hall, Fault::Request, BAD_REQUESTS_MAX + 1, now);
        assert!(conduct.check(hall, now).is_err());
        assert!(conduct.check(KEY, now).is_ok(), "a table behind the same address goes on");
        count(&conduct, KEY, Fault::Signature, 20, now);
        count(&conduct, KEY, Fault::Request, 20, now);
        assert!(conduct.check(KEY, now).is_ok(), "different faults are not added up");
    }

    #[test]
    fn whoever_goes_on_while_suspended_is_not_suspended_for_longer() {
        let (conduct, now) = (conduct(), Instant::now());
        count(&conduct, KEY, Fault::Signature, 33, now);
        count(&conduct, KEY, Fault::Signature, 33, now + Duration::from_secs(30));
        assert!(conduct.check(KEY, now + Duration::from_secs(61)).is_ok());
    }

    #[test]
    fn a_crowd_of_offenders_takes_no_memory_without_end() {
        let (conduct, now) = (conduct(), Instant::now());
        count(&conduct, KEY, Fault::Signature, 33, now);
        for n in 0..20_000_u32 {
            let address = Origin::from(std::net::IpAddr::from(n.to_be_bytes()));
            conduct.count(Who::Address(address), Fault::Request, now + Duration::from_millis(u64::from(n)));
        }
        assert!(conduct.parties().len() <= PARTIES_MAX);
    }
}
