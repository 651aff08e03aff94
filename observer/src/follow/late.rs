//! Bulletins whose size was passed before they came. On a busy night every one of them is late by a few entries: the count
//! as it was some entries ago goes along behind, and is brought to the size of each. It refuses to know where they come from.

use crate::{
    audit::{Audit, Posted},
    verdict::Finding,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};
use tally::{Count, SignedStatement, profile::Rulebook};

/// A bulletin is behind by what comes in while it is made and on its way: entries of some seconds of a busy night.
const RECENT_MAX: usize = 1_024;

/// The count some entries ago.
pub(super) struct Late {
    then: Count,
    /// The entries since, in their order.
    since: VecDeque<SignedStatement>,
    /// Bulletins of sizes before that, by size.
    older: BTreeMap<u64, Vec<Posted>>,
}

impl Late {
    pub(super) fn new(rules: Arc<Rulebook>) -> Self {
        Self { then: Count::with_rules(rules), since: VecDeque::new(), older: BTreeMap::new() }
    }

    /// The entry that was verified last.
    pub(super) fn entry(&mut self, statement: SignedStatement) {
        self.since.push_back(statement);
        if self.since.len() > RECENT_MAX {
            self.forward();
        }
    }

    fn forward(&mut self) {
        if let Some(next) = self.since.pop_front() {
            self.then.apply(&next);
        }
    }

    /// Compares late bulletins with the count as it was; those of sizes that lie further back are gathered.
    ///
    /// # Errors
    /// One of them is not signed as it must be, or contradicts another.
    pub(super) fn check(&mut self, audit: &mut Audit, mut late: Vec<Posted>) -> Result<(), Finding> {
        late.sort_by_key(|posted| posted.size);
        for posted in late {
            if posted.size < self.then.size() {
                self.older.entry(posted.size).or_default().push(posted);
                continue;
            }
            while self.then.size() < posted.size && !self.since.is_empty() {
                self.forward();
            }
            audit.check_late(&posted, &self.then)?;
        }
        Ok(())
    }

    /// Those that were gathered, by size: for them the log has to be read once more.
    pub(super) fn take_older(&mut self) -> BTreeMap<u64, Vec<Posted>> {
        std::mem::take(&mut self.older)
    }
}
