//! What a verifier does with a proof: recompute the root and compare (RFC 9162 §2.1.3.2, §2.1.4.2). Refuses to know a
//! tree: a proof has to stand alone.
//!
//! A proof binds leaf, index and root, never the size: the size is only as good as the checkpoint it comes from.

use crate::hash::{Hash, node_hash, sha256};

/// Why a proof proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofError {
    /// No tree of this size has a leaf with this index.
    #[error("index {index} is not below size {size}")]
    IndexBeyondSize {
        /// The index asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("size {old} cannot come before size {new}")]
    SizeShrinks {
        /// The size remembered.
        old: u64,
        /// The size offered.
        new: u64,
    },
    /// More or fewer hashes than these sizes need.
    #[error("the proof has not the length these sizes need")]
    WrongLength,
    /// The proof does not lead to the (newer) root.
    #[error("the proof does not lead to the root")]
    WrongRoot,
    /// The proof does not lead to the older root: history was changed.
    #[error("the proof does not lead to the older root")]
    WrongOldRoot,
}

/// Verifies that `leaf` is entry `index` of the tree with this `size` and `root`.
///
/// # Errors
/// A [`ProofError`] saying what does not fit.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    let Some(last) = size.checked_sub(1).filter(|&last| index <= last) else {
        return Err(ProofError::IndexBeyondSize { index, size });
    };
    let mut climb = Climb { node: index, last };
    let mut hash = *leaf;
    for sibling in proof {
        hash = if climb.step()? { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
    }
    climb.arrive()?;
    if hash == *root { Ok(()) } else { Err(ProofError::WrongRoot) }
}

/// Verifies that the tree of `old` leaves with `old_root` is a prefix of the tree of `new` leaves with `new_root`. The
/// empty tree is a prefix of every tree, and every tree of itself; both need no proof and accept none.
///
/// # Errors
/// A [`ProofError`] saying what does not fit.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::SizeShrinks { old, new });
    }
    let (Some(old_last), Some(new_last)) = (old.checked_sub(1), new.checked_sub(1).filter(|_| old != new)) else {
        return verify_without_path(old, new, proof, old_root, new_root);
    };
    // The path starts at the last complete subtree of the old tree; if that is the whole old tree, its root is known
    // and not repeated in the proof.
    let (start, siblings) = match proof.split_first() {
        _ if old.is_power_of_two() => (old_root, proof),
        Some((start, siblings)) => (start, siblings),
        None => return Err(ProofError::WrongLength),
    };
    let level = old.trailing_zeros();
    let up = |leaf: u64| leaf.checked_shr(level).unwrap_or(0);
    let mut climb = Climb { node: up(old_last), last: up(new_last) };
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in siblings {
        if climb.step()? {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
    }
    climb.arrive()?;
    if old_hash != *old_root {
        return Err(ProofError::WrongOldRoot);
    }
    if new_hash == *new_root { Ok(()) } else { Err(ProofError::WrongRoot) }
}

/// The two cases that need no hash at all: from nothing, and nothing new.
fn verify_without_path(old: u64, new: u64, proof: &[Hash], old_root: &Hash, new_root: &Hash) -> Result<(), ProofError> {
    let empty = sha256(b"");
    if !proof.is_empty() {
        Err(ProofError::WrongLength)
    } else if old == 0 && *old_root != empty {
        Err(ProofError::WrongOldRoot)
    } else if (old == new && old_root != new_root) || (new == 0 && *new_root != empty) {
        Err(ProofError::WrongRoot)
    } else {
        Ok(())
    }
}

/// Where a proof stands on its way from a subtree to the root.
struct Climb {
    /// The subtree the proof has reached, counted within its level.
    node: u64,
    /// The last subtree of that level.
    last: u64,
}

impl Climb {
    /// One sibling further up. True if the sibling stands at the left.
    fn step(&mut self) -> Result<bool, ProofError> {
        if self.last == 0 {
            return Err(ProofError::WrongLength);
        }
        let sibling_is_left = self.node & 1 == 1 || self.node == self.last;
        if sibling_is_left {
            // A last subtree without a sibling is handed up until it is a right child.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
        }
        self.up();
        Ok(sibling_is_left)
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    /// At the root there is nothing to the right any more.
    fn arrive(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::WrongLength) }
    }
}
