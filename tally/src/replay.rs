//! Reading a log from its first entry to its last and believing nothing on the way: leaf, signatures, grammar, authority
//! at that index, chains, rules, and every bulletin's root (protocol §7). Recording, restart, committee and observers all
//! replay with this. It refuses to know where the entries come from.

use crate::{
    Count,
    profile::Rulebook,
    ruling::{Refusal, Ruling, Sentence},
    signed::SignedStatement,
    statement::Statement,
};
use std::sync::Arc;
use tlog::Tree;

/// A log read so far: what it adds up to and the tree over it.
#[derive(Clone, Default)]
pub struct Replay {
    /// What the entries add up to.
    pub count: Count,
    /// The tree over them.
    pub tree: Tree,
}

/// The first entry that an honest log would not have, and the field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {index}, {field}: {why}")]
pub struct Mismatch {
    /// The entry.
    pub index: u64,
    /// The field of the statement.
    pub field: String,
    /// The stable code of the rule it breaks.
    pub code: &'static str,
    /// What is wrong with it.
    pub why: Sentence,
}

impl Replay {
    /// An empty log, counted by the rules of this version.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty log, counted by these rules.
    pub fn with_rules(rules: Arc<Rulebook>) -> Self {
        Self { count: Count::with_rules(rules), tree: Tree::default() }
    }

    /// Verifies the next entry and takes it in.
    ///
    /// # Errors
    /// The entry is one that the rules would have refused; nothing of it is taken in.
    pub fn verify(&mut self, bytes: &[u8]) -> Result<SignedStatement, Mismatch> {
        let opened = match self.count.event() {
            None => SignedStatement::open_manifest(bytes),
            Some(_) => SignedStatement::open(bytes, self.count.keys()),
        };
        let s = opened.map_err(|refusal| self.mismatch(&Ruling::Refused(refusal)))?;
        let ruling = self.rule(&s);
        if !ruling.is_logged() {
            return Err(self.mismatch(&ruling));
        }
        self.take_ruled(&s, &ruling);
        Ok(s)
    }

    /// What becomes of a statement, roots included, which [`Count::rule`] alone cannot know.
    pub fn rule(&self, s: &SignedStatement) -> Ruling {
        let ruling = self.count.rule(s);
        if let (Statement::Bulletin(bulletin), true) = (&s.statement, ruling.is_logged())
            && self.tree.root_at(bulletin.size) != Some(bulletin.root)
        {
            return Ruling::Refused(Refusal::BulletinDiffers { field: "root" });
        }
        ruling
    }

    /// Takes in the next entry, which [`Replay::rule`] said is logged, or which was verified before.
    ///
    /// # Panics
    /// As [`Count::apply`].
    pub fn take(&mut self, s: &SignedStatement) {
        self.count.apply(s);
        self.grow(s);
    }

    /// The same for whoever has asked [`Replay::rule`] just now, in this very state: nothing is found out twice.
    ///
    /// # Panics
    /// As [`Count::apply`].
    pub fn take_ruled(&mut self, s: &SignedStatement, ruling: &Ruling) {
        self.count.apply_ruled(s, Some(ruling));
        self.grow(s);
    }

    fn grow(&mut self, s: &SignedStatement) {
        self.tree.push(s.leaf);
        // The bulletin that is owed may speak of any size from the close on: a lean tree keeps those roots until it has come.
        if !matches!(s.statement, Statement::Batch(_) | Statement::Withdraw(_)) {
            self.tree.keep_all(!self.count.awaiting_bulletin().is_empty());
        }
    }

    fn mismatch(&self, ruling: &Ruling) -> Mismatch {
        let field = match ruling {
            Ruling::Refused(refusal) => refusal.field().to_owned(),
            Ruling::Draft { .. } => "signatures".to_owned(),
            _ => "sid".to_owned(),
        };
        Mismatch { index: self.count.size(), field, code: ruling.code(), why: ruling.say() }
    }
}
