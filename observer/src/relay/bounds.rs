//! How much a relay takes: those who have yet to say what they want, and those who are put through, in all and of one
//! address. It refuses to know sockets; whoever must leave finds its token cancelled.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio_util::sync::CancellationToken;

/// Connections that have not said yet what they want: a real one does in the time of a round trip, so the oldest is the
/// one to give up when another comes.
const PENDING_MAX: usize = 512;
/// Of them, of one address: a whole province may sit behind one and dial at once after a break.
const PENDING_OF_ADDRESS_MAX: usize = 64;
/// Clients that are put through: the observers of a province, and its public.
const BRIDGES_MAX: usize = 512;
/// Of them, of one address.
const BRIDGES_OF_ADDRESS_MAX: usize = 64;

/// Who is there.
#[derive(Default)]
pub(super) struct Bounds(Mutex<Book>);

#[derive(Default)]
struct Book {
    next: u64,
    /// By order of arrival.
    pending: BTreeMap<u64, (IpAddr, CancellationToken)>,
    pending_of: BTreeMap<IpAddr, BTreeSet<u64>>,
    bridges_of: BTreeMap<IpAddr, usize>,
}

/// Somebody who has yet to say what is wanted.
pub(super) struct Visit {
    bounds: Arc<Bounds>,
    number: u64,
    address: IpAddr,
    cut: CancellationToken,
}

/// Somebody who is put through.
pub(super) struct Bridge {
    bounds: Arc<Bounds>,
    address: IpAddr,
}

impl Bounds {
    /// Somebody has come; if that is one too many, whoever has been silent for the longest leaves.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Visit {
        let (address, cut) = (party(address), CancellationToken::new());
        let mut book = self.book();
        let here = book.pending_of.get(&address).filter(|here| here.len() >= PENDING_OF_ADDRESS_MAX);
        let oldest = here.and_then(|here| here.first().copied());
        let full = (book.pending.len() >= PENDING_MAX).then(|| book.pending.keys().next().copied()).flatten();
        if let Some((_, cut)) = oldest.or(full).and_then(|number| book.forget(number)) {
            cut.cancel();
        }
        let number = book.next;
        book.next = book.next.wrapping_add(1);
        book.pending.insert(number, (address, cut.clone()));
        book.pending_of.entry(address).or_default().insert(number);
        drop(book);
        Visit { bounds: Arc::clone(self), number, address, cut }
    }

    /// Whoever was there for a visit is put through, unless there are too many already.
    pub(super) fn bridge(self: &Arc<Self>, visit: Visit) -> Option<Bridge> {
        let address = visit.address;
        drop(visit);
        let mut book = self.book();
        let (all, here) = (book.bridges_of.values().sum::<usize>(), book.bridges_of.get(&address).copied());
        if all >= BRIDGES_MAX || here.unwrap_or(0) >= BRIDGES_OF_ADDRESS_MAX {
            tracing::warn!(all, "too many are put through already; one more is not");
            return None;
        }
        *book.bridges_of.entry(address).or_default() += 1;
        drop(book);
        Some(Bridge { bounds: Arc::clone(self), address })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl Book {
    fn forget(&mut self, number: u64) -> Option<(IpAddr, CancellationToken)> {
        let pending = self.pending.remove(&number)?;
        if let Some(here) = self.pending_of.get_mut(&pending.0) {
            here.remove(&number);
            if here.is_empty() {
                self.pending_of.remove(&pending.0);
            }
        }
        Some(pending)
    }
}

impl Visit {
    /// Cancelled when this visit must end for somebody else's.
    pub(super) fn cut(&self) -> &CancellationToken {
        &self.cut
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.bounds.book().forget(self.number);
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let mut book = self.bounds.book();
        if let Some(here) = book.bridges_of.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                book.bridges_of.remove(&self.address);
            }
        }
    }
}

/// A network of IPv6 has as many addresses as it likes, so its first half counts.
fn party(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_been_silent_for_the_longest_leaves_and_who_comes_is_heard() {
        let bounds = Arc::new(Bounds::default());
        let flood: Vec<_> = (0..1_000).map(|_| bounds.enter([10, 0, 0, 1].into())).collect();
        let (left, stay): (Vec<_>, Vec<_>) = flood.iter().partition(|visit| visit.cut().is_cancelled());
        assert_eq!((left.len(), stay.len()), (1_000 - PENDING_OF_ADDRESS_MAX, PENDING_OF_ADDRESS_MAX));
        let honest = bounds.enter([10, 0, 0, 1].into());
        assert!(!honest.cut().is_cancelled());
        assert!(bounds.bridge(honest).is_some());
        drop(flood);
        assert!(bounds.book().pending.is_empty() && bounds.book().pending_of.is_empty());
    }

    #[test]
    fn one_address_takes_its_share_of_bridges_and_all_take_theirs() {
        let bounds = Arc::new(Bounds::default());
        let from = |last: u8| bounds.bridge(bounds.enter([10, 0, 0, last].into()));
        let first: Vec<_> = (0..BRIDGES_OF_ADDRESS_MAX).map(|_| from(1).expect("a bridge")).collect();
        assert!(from(1).is_none());
        let others: Vec<_> = (0..BRIDGES_MAX).filter_map(|n| from(u8::try_from(2 + n / 60).expect("small"))).collect();
        assert_eq!(first.len() + others.len(), BRIDGES_MAX);
        assert!(from(200).is_none());
        drop((first, others));
        assert!(from(1).is_some());
    }
}
