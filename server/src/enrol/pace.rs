//! How fast one address may try codes: few at a time, and each wrong one is answered late. It refuses to know codes.

use crate::gate::places::Origin;
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// Every wrong code is answered so late.
pub(super) const WRONG_TRY_PAUSE: Duration = Duration::from_secs(1);
/// Two devices may be enrolled at one address at a time; whoever comes then waits a moment.
const UNDER_WAY_MAX: u32 = 2;

/// Deposits under way, by where they come from; nobody else is remembered.
#[derive(Clone, Default)]
pub(super) struct Pace(Arc<Mutex<BTreeMap<Origin, u32>>>);

/// One deposit under way; its place is free again when this is dropped.
pub(super) struct Turn {
    pace: Pace,
    origin: Origin,
}

impl Pace {
    /// A turn for somebody at this address, if two are not under way there. It is asked for before a code is looked at:
    /// otherwise no answer would be an answer.
    pub(super) fn turn(&self, address: IpAddr) -> Option<Turn> {
        let origin = Origin::from(address);
        let mut under_way = self.under_way();
        let here = under_way.entry(origin).or_default();
        if *here >= UNDER_WAY_MAX {
            return None;
        }
        *here += 1;
        Some(Turn { pace: self.clone(), origin })
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeMap<Origin, u32>> {
        self.0.lock().expect("nobody panics while counting turns")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut under_way = self.pace.under_way();
        let here = under_way.entry(self.origin).or_default();
        *here = here.saturating_sub(1);
        if *here == 0 {
            under_way.remove(&self.origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_deposits_are_under_way_at_an_address_and_nothing_is_kept_of_those_that_left() {
        let pace = Pace::default();
        let (here, there): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let (first, _second) = (pace.turn(here).unwrap(), pace.turn("::ffff:192.0.2.1".parse().unwrap()).unwrap());
        assert!(pace.turn(here).is_none());
        drop(pace.turn(there).unwrap());
        drop(first);
        assert!(pace.turn(here).is_some());
        assert_eq!(pace.under_way().len(), 1);
    }
}
