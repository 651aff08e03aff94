//! What a key of the server can be convicted of. Each charge holds all that the key signed to bring it about, and nothing
//! that anybody else would have to be believed for.

use tlog::{Hash, Note, Receipt, Tree, verify_consistency};

/// The root a log had when it was smaller, proved from a later checkpoint of it (RFC 6962 §2.1.2). That root follows from
/// the later checkpoint alone: nobody can find another one with a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The root of the first so many entries.
    pub root: Hash,
    /// The consistency proof from them to the later checkpoint; empty where the sizes are equal.
    pub proof: Vec<Hash>,
}

impl Beginning {
    /// What the tree says of its first `size` entries, seen from its first `of`.
    #[must_use]
    pub fn of(tree: &Tree, size: u64, of: u64) -> Option<Self> {
        Some(Self { root: tree.root_at(size)?, proof: tree.consistency_proof(size, of)? })
    }

    /// Whether this is what the log of `of` entries and that root began with.
    #[must_use]
    pub fn leads(&self, size: u64, of: u64, root: &Hash) -> bool {
        verify_consistency(size, of, &self.proof, &self.root, root).is_ok()
    }
}

/// What one key did. Checkpoints are as they came; bystanders' lines are left out when they are laid in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charge {
    /// The log key signed two roots of one size.
    TwoCheckpoints(Box<[Note; 2]>),
    /// The log key signed a smaller checkpoint that the larger one does not continue.
    NoConsistency {
        /// The smaller one.
        earlier: Box<Note>,
        /// The larger one.
        later: Box<Note>,
        /// What the larger one began with instead.
        beginning: Beginning,
    },
    /// The log key signed a receipt whose checkpoint its log does not continue.
    ReceiptDishonoured {
        /// The entry that was acknowledged, byte for byte.
        statement: Box<Note>,
        /// The acknowledgement.
        receipt: Box<Receipt>,
        /// The checkpoint that does not honour it, at least as large.
        later: Box<Note>,
        /// What that one began with instead.
        beginning: Beginning,
    },
    /// The tally key signed two bulletins of one contest and size.
    TwoBulletins(Box<[Note; 2]>),
    /// The tally key signed a bulletin that says something else than the entries it speaks of, whose root it states.
    WrongBulletin {
        /// The bulletin; the entries up to its size go with it.
        bulletin: Box<Note>,
    },
    /// The log key signed a log with an entry that the rules refuse.
    RefusedEntry {
        /// The first such entry; it and those before it go with the charge.
        index: u64,
        /// The checkpoint that covers it.
        checkpoint: Box<Note>,
        /// The root over the entries that go with it, proved from that checkpoint.
        beginning: Beginning,
    },
}

/// The charges by their names in an evidence folder (docs/protocol.md §12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Charge::TwoCheckpoints`].
    TwoCheckpoints,
    /// [`Charge::NoConsistency`].
    NoConsistency,
    /// [`Charge::ReceiptDishonoured`].
    ReceiptDishonoured,
    /// [`Charge::TwoBulletins`].
    TwoBulletins,
    /// [`Charge::WrongBulletin`].
    WrongBulletin,
    /// [`Charge::RefusedEntry`].
    RefusedEntry,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::TwoCheckpoints,
        Self::NoConsistency,
        Self::ReceiptDishonoured,
        Self::TwoBulletins,
        Self::WrongBulletin,
        Self::RefusedEntry,
    ];

    /// The word in the folder and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::TwoCheckpoints => "two-checkpoints",
            Self::NoConsistency => "no-consistency",
            Self::ReceiptDishonoured => "receipt-dishonoured",
            Self::TwoBulletins => "two-bulletins",
            Self::WrongBulletin => "wrong-bulletin",
            Self::RefusedEntry => "refused-entry",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether the folder holds entries, or one entry, of the log: they may not be for everybody before the announcement.
    #[must_use]
    pub fn holds_entries(self) -> bool {
        matches!(self, Self::ReceiptDishonoured | Self::WrongBulletin | Self::RefusedEntry)
    }
}

impl Charge {
    /// Which of the charges it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::TwoCheckpoints(_) => Kind::TwoCheckpoints,
            Self::NoConsistency { .. } => Kind::NoConsistency,
            Self::ReceiptDishonoured { .. } => Kind::ReceiptDishonoured,
            Self::TwoBulletins(_) => Kind::TwoBulletins,
            Self::WrongBulletin { .. } => Kind::WrongBulletin,
            Self::RefusedEntry { .. } => Kind::RefusedEntry,
        }
    }

    /// How many entries of the log must go with it, from the first on.
    #[must_use]
    pub fn entries(&self) -> u64 {
        match self {
            Self::WrongBulletin { bulletin } => match tally::Statement::parse(bulletin.text()) {
                Ok(tally::Statement::Bulletin(bulletin)) => bulletin.size,
                _ => 0,
            },
            Self::RefusedEntry { index, .. } => index.saturating_add(1),
            _ => 0,
        }
    }
}
