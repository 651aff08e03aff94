//! The chain of one table: its statements in order, each naming the one before (protocol §3).
//! It refuses to know what they say.

use crate::{id::Sid, ruling::Refusal};

/// The statements of one table.
#[derive(Clone, Default)]
pub(super) struct StationChain {
    /// Sid and index of each, the first at place 0.
    links: Vec<(Sid, u64)>,
}

impl StationChain {
    pub(super) fn head(&self) -> (u64, Sid) {
        let last = self.links.last().map_or(Sid::ZERO, |(sid, _)| *sid);
        (self.links.len() as u64, last)
    }

    pub(super) fn at(&self, seq: u64) -> Option<(Sid, u64)> {
        let place = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.links.get(place).copied()
    }

    pub(super) fn seq_of(&self, sid: Sid) -> Option<u64> {
        let place = self.links.iter().rposition(|(s, _)| *s == sid)?;
        Some((place as u64).saturating_add(1))
    }

    /// Whether a statement with this place and predecessor comes next.
    pub(super) fn follows(&self, seq: u64, prev: Sid) -> Result<(), Refusal> {
        let (last, head) = self.head();
        if last.checked_add(1) == Some(seq) && prev == head {
            Ok(())
        } else {
            Err(Refusal::WrongHead { head, seq: last })
        }
    }

    pub(super) fn push(&mut self, sid: Sid, index: u64) {
        self.links.push((sid, index));
    }
}
