//! The verifiable record: signed notes, strict keys, the Merkle tree over every entry, checkpoints, cosignatures,
//! receipts and tiles. It proves what was written and by whom.
//!
//! It refuses to know what a statement means, what a ballot is, what time it is, and where anything is kept: no clock,
//! disk, network, randomness or thread. The only room that touches `ring`.
//!
//! Reading order: [`hash`] → [`key`] → [`note`] → [`tree`] → [`proof`] → [`checkpoint`] → [`cosignature`] →
//! [`receipt`] → [`witness`] → [`tile`].

#![warn(clippy::arithmetic_side_effects)]

pub mod checkpoint;
pub mod cosignature;
pub mod hash;
pub mod key;
pub mod note;
pub mod proof;
pub mod receipt;
pub mod tile;
pub mod tree;
pub mod witness;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::CosignatureError;
pub use hash::{Hash, HashError, leaf_hash, node_hash, sha256};
pub use key::{KeyError, KeyKind, SigningKey, VerifierKey};
pub use note::{Note, NoteError, SignatureLine};
pub use proof::{ProofError, verify_consistency, verify_inclusion};
pub use receipt::{Receipt, ReceiptError};
pub use tree::{Frontier, Tree};
pub use witness::{AddCheckpoint, AddCheckpointError, Refusal};
