//! Who may come in: the places of one door, by address until a key is proved, by key afterwards. It refuses to know
//! sockets and clocks; whoever must leave finds its token cancelled.

use crate::metrics::{Cut, Metrics, Standing};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio_util::sync::CancellationToken;

/// Where a connection comes from, as far as one party can be told from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// An address; a network of IPv6 has as many as it likes, so its first half counts.
    Address(IpAddr),
    /// A call taken at a relay, by its number: all who come through a relay have its address, and the relay bounds how
    /// many come from one.
    Relayed(u64),
}

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// How many places there are, and for whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Of everybody.
    pub(crate) all: usize,
    /// Of them, those for peers without an enrolled key whose handshake is done.
    pub(crate) strangers: usize,
    /// Handshakes under way from one origin.
    pub(crate) pending_of_origin: usize,
    /// Of them, those that take longer than usual.
    pub(crate) lasting_of_origin: usize,
    /// Strangers of one origin.
    pub(crate) strangers_of_origin: usize,
    /// Connections of one enrolled key.
    pub(crate) of_key: usize,
}

/// The places of a door.
pub(crate) struct Places {
    rules: Rules,
    book: Mutex<Book>,
    door: &'static str,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Book {
    next: u64,
    /// By order of arrival.
    pending: BTreeMap<u64, Pending>,
    crowds: BTreeMap<Origin, Crowd>,
    strangers: usize,
    enrolled: usize,
    keys: BTreeMap<[u8; 32], usize>,
}

struct Pending {
    origin: Origin,
    has_spoken: bool,
    cut: CancellationToken,
}

#[derive(Default)]
struct Crowd {
    pending: BTreeSet<u64>,
    strangers: usize,
}

/// One place, given back when it is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    number: u64,
    origin: Origin,
    taken: Taken,
    cut: CancellationToken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Pending,
    Stranger,
    Enrolled([u8; 32]),
}

impl Places {
    /// The empty places of the door of that name.
    pub(crate) fn new(rules: Rules, door: &'static str, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { rules, book: Mutex::default(), door, metrics })
    }

    /// A place for somebody who has yet to say who it is. Of the handshakes of an origin that has too many, or of all
    /// when every place is taken, one is cut instead: one that has said nothing yet, or else the oldest. A real table
    /// speaks at once and is through in milliseconds, so it passes a flood from behind its own address.
    ///
    /// # Errors
    /// Every place is taken by somebody whose handshake is done.
    pub(crate) fn enter(self: &Arc<Self>, origin: impl Into<Origin>) -> Result<Place, Cut> {
        let origin = origin.into();
        let mut book = self.book();
        let of_origin = book.crowds.get(&origin).map_or(0, |crowd| crowd.pending.len());
        if of_origin >= self.rules.pending_of_origin {
            let victim = book.crowds.get(&origin).and_then(|crowd| book.least(crowd.pending.iter().copied()));
            self.cut(&mut book, victim, Cut::Address);
        }
        if book.pending.len() + book.strangers + book.enrolled >= self.rules.all {
            let victim = book.least(book.pending.keys().copied());
            if !self.cut(&mut book, victim, Cut::Places) {
                self.metrics.cut(self.door, Cut::Places);
                return Err(Cut::Places);
            }
        }
        let number = book.next;
        book.next += 1;
        let cut = CancellationToken::new();
        book.pending.insert(number, Pending { origin, has_spoken: false, cut: cut.clone() });
        book.crowds.entry(origin).or_default().pending.insert(number);
        drop(book);
        self.metrics.connections(self.door, Standing::Pending).inc();
        Ok(Place { places: Arc::clone(self), number, origin, taken: Taken::Pending, cut })
    }

    fn cut(&self, book: &mut Book, victim: Option<u64>, why: Cut) -> bool {
        let cut = victim.and_then(|number| book.forget(number));
        if let Some(pending) = &cut {
            pending.cut.cancel();
            self.metrics.cut(self.door, why);
            self.metrics.connections(self.door, Standing::Pending).dec();
        }
        cut.is_some()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no holder of this lock panics")
    }
}

impl Book {
    /// Of these handshakes, the one to give up first.
    fn least(&self, numbers: impl Iterator<Item = u64>) -> Option<u64> {
        numbers.min_by_key(|number| (self.pending.get(number).is_some_and(|p| p.has_spoken), *number))
    }

    fn forget(&mut self, number: u64) -> Option<Pending> {
        let pending = self.pending.remove(&number)?;
        self.change(pending.origin, |crowd| {
            crowd.pending.remove(&number);
        });
        Some(pending)
    }

    fn change(&mut self, origin: Origin, change: impl FnOnce(&mut Crowd)) {
        let crowd = self.crowds.entry(origin).or_default();
        change(crowd);
        if crowd.pending.is_empty() && crowd.strangers == 0 {
            self.crowds.remove(&origin);
        }
    }
}

impl Place {
    /// Cancelled when this place is needed for somebody else, or its holder is to be cut for another reason.
    pub(crate) fn cut(&self) -> &CancellationToken {
        &self.cut
    }

    /// Cuts the holder of the place, whoever it is.
    pub(crate) fn cut_for(&self, why: Cut) {
        if !self.cut.is_cancelled() {
            self.cut.cancel();
            self.places.metrics.cut(self.places.door, why);
        }
    }

    /// It is left for this reason.
    pub(crate) fn left_for(&self, why: Cut) {
        self.places.metrics.cut(self.places.door, why);
    }

    /// The handshake takes longer than usual: whether it is given up because too many of that origin are under way. The
    /// oldest ask first.
    pub(crate) fn overstays(&self) -> bool {
        let (mut book, max) = (self.places.book(), self.places.rules.lasting_of_origin);
        let is_over = book.crowds.get(&self.origin).is_some_and(|crowd| crowd.pending.len() > max);
        is_over && self.places.cut(&mut book, Some(self.number), Cut::Address)
    }

    /// The peer has said something, whatever it was.
    pub(crate) fn speaks(&self) {
        if let Some(pending) = self.places.book().pending.get_mut(&self.number) {
            pending.has_spoken = true;
        }
    }

    /// The handshake is done; `enrolled` is the key that the log knows, if it was shown.
    ///
    /// # Errors
    /// There are too many connections of that key, of strangers at that origin, or of strangers.
    pub(crate) fn sit(&mut self, enrolled: Option<[u8; 32]>) -> Result<(), Cut> {
        let places = Arc::clone(&self.places);
        let mut book = places.book();
        if book.forget(self.number).is_none() {
            return Err(Cut::Address); // cut in this very moment, and counted then
        }
        let (metrics, door, rules) = (&places.metrics, places.door, &places.rules);
        metrics.connections(door, Standing::Pending).dec();
        let refused = match enrolled {
            Some(key) if book.keys.get(&key).is_some_and(|n| *n >= rules.of_key) => Some(Cut::Key),
            Some(key) => {
                *book.keys.entry(key).or_default() += 1;
                book.enrolled += 1;
                self.taken = Taken::Enrolled(key);
                None
            }
            None if book.strangers >= rules.strangers => Some(Cut::Places),
            None if book.crowds.get(&self.origin).is_some_and(|c| c.strangers >= rules.strangers_of_origin) => {
                Some(Cut::Address)
            }
            None => {
                book.strangers += 1;
                book.change(self.origin, |crowd| crowd.strangers += 1);
                self.taken = Taken::Stranger;
                None
            }
        };
        match refused {
            Some(why) => {
                metrics.cut(door, why);
                Err(why)
            }
            None => {
                metrics.connections(door, self.standing()).inc();
                Ok(())
            }
        }
    }

    /// Whether the log knew the key when it was shown.
    pub(crate) fn is_enrolled(&self) -> bool {
        matches!(self.taken, Taken::Enrolled(_))
    }

    /// Where it comes from.
    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    fn standing(&self) -> Standing {
        match self.taken {
            Taken::Pending => Standing::Pending,
            Taken::Stranger => Standing::Stranger,
            Taken::Enrolled(_) => Standing::Enrolled,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut book = self.places.book();
        let was_there = match self.taken {
            Taken::Pending => book.forget(self.number).is_some(),
            Taken::Stranger => {
                book.strangers -= 1;
                book.change(self.origin, |crowd| crowd.strangers -= 1);
                true
            }
            Taken::Enrolled(key) => {
                book.enrolled -= 1;
                if let Some(left) = book.keys.get_mut(&key) {
                    *left -= 1;
                    if *left == 0 {
                        book.keys.remove(&key);
                    }
                }
                true
            }
        };
        drop(book);
        if was_there {
            self.places.metrics.connections(self.places.door, self.standing()).dec();
        }
    }
}

#[cfg(test)]
mod tests;
