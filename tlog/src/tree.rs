//! The Merkle tree over all entries (RFC 6962 §2.1), growing at its right end only. Refuses to know entries: it is given
//! leaf hashes.

use crate::hash::{Hash, node_hash, sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Levels of the tree beneath the root of one full tile of 256 leaves.
const TILE_HEIGHT: u8 = 8;

/// The whole tree in memory: every complete subtree of every size, about 64 bytes a leaf. Roots and proofs of every
/// earlier size can be asked for. A [lean](Tree::lean) one keeps a 256th of that and answers for the tiles it was asked to keep.
#[derive(Clone, Default, Debug)]
pub struct Tree {
    size: u64,
    /// `levels[l][i]` is the hash over leaves `i·2^l .. (i+1)·2^l`; only complete subtrees stand here. In a lean tree the
    /// levels beneath a tile's root are those of the tile being filled.
    levels: Vec<Vec<Hash>>,
    lean: Option<Lean>,
}

/// What a lean tree keeps beneath the roots of full tiles.
#[derive(Clone, Default, Debug)]
struct Lean {
    /// Tiles to be kept when they are full.
    asked: BTreeSet<u64>,
    /// Whether every tile that becomes full is kept for the time being.
    keeps_all: bool,
    kept: BTreeMap<u64, Vec<Vec<Hash>>>,
}

impl Tree {
    /// The tree of an empty log.
    #[must_use]
    pub fn new() -> Tree {
        Tree::default()
    }

    /// The tree of an empty log, for a reader to whom the tiles stay at hand: what is beneath a full tile is forgotten
    /// (a quarter of a byte a leaf remains), except where it will be asked for: the roots at `sizes`, and the leaves before them.
    #[must_use]
    pub fn lean(sizes: impl IntoIterator<Item = u64>) -> Tree {
        let asked = sizes.into_iter().map(|size| size.saturating_sub(1) >> TILE_HEIGHT).collect();
        Tree { lean: Some(Lean { asked, ..Lean::default() }), ..Tree::default() }
    }

    /// Whether a lean tree keeps whole every tile that becomes full from now on; `false` lets go of those kept so far that
    /// nobody had asked for. Another tree keeps everything anyway.
    pub fn keep_all(&mut self, keeps_all: bool) {
        if let Some(lean) = &mut self.lean
            && lean.keeps_all != keeps_all
        {
            lean.keeps_all = keeps_all;
            lean.kept.retain(|tile, _| lean.asked.contains(tile));
        }
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.rise(leaf);
        self.size = self.size.checked_add(1).expect("no log has 2^64 entries");
        let Some(lean) = self.lean.as_mut().filter(|_| self.size.trailing_zeros() >= u32::from(TILE_HEIGHT)) else {
            return;
        };
        let tile = (self.size >> TILE_HEIGHT).saturating_sub(1);
        let full = self.levels.iter_mut().take(TILE_HEIGHT.into());
        if lean.keeps_all || lean.asked.contains(&tile) {
            lean.kept.insert(tile, full.map(std::mem::take).collect());
        } else {
            full.for_each(Vec::clear);
        }
    }

    /// Completes every subtree that ends with this leaf.
    fn rise(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in &mut self.levels {
            level.push(hash);
            if !level.len().is_multiple_of(2) {
                return;
            }
            if let [.., left, right] = level.as_slice() {
                hash = node_hash(left, right);
            }
        }
        self.levels.push(vec![hash]);
    }

    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves; of the empty tree SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root_at(self.size()).expect("a tree knows the root of its own size")
    }

    /// The root the tree had at this size; `None` if it was never so large, or a lean tree was not asked to keep it.
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        if size == 0 { Some(sha256(b"")) } else { self.span(0, size) }
    }

    /// The leaf hash at this index.
    #[must_use]
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.node(0, index)
    }

    /// The hash over the 2^level leaves from `index · 2^level`, if all of them are there.
    #[must_use]
    pub fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let mut levels = &self.levels;
        let mut index = index;
        if let (Some(lean), Some(beneath)) = (&self.lean, TILE_HEIGHT.checked_sub(level).filter(|&beneath| beneath > 0))
        {
            let tile = index >> beneath;
            index = index.checked_sub(tile << beneath)?;
            if tile != self.size >> TILE_HEIGHT {
                levels = lean.kept.get(&tile)?;
            }
        }
        levels.get(usize::from(level))?.get(usize::try_from(index).ok()?).copied()
    }

    /// The proof that the leaf at `index` is in the tree of `size` leaves (RFC 6962 §2.1.1), from its sibling upwards.
    /// `None` when there is no such leaf or no such size.
    #[must_use]
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() { None } else { self.path(0, index, size) }
    }

    /// The proof that the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962 §2.1.2). Empty for
    /// `old` = 0 and `old` = `new`; `None` when `old` > `new` or the tree is not that large.
    #[must_use]
    pub fn consistency_proof(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        if old > new || new > self.size() {
            return None;
        }
        if old == 0 || old == new {
            return Some(Vec::new());
        }
        // The last complete subtree of the old tree is complete in the new one too: its path proves both. When it is
        // the whole old tree, its hash is the old root, which the verifier has.
        let level = u8::try_from(old.trailing_zeros()).ok()?;
        let index = above(old, level).checked_sub(1)?;
        let mut proof: Vec<Hash> = if index == 0 { Vec::new() } else { vec![self.node(level, index)?] };
        proof.extend(self.path(level, index, new)?);
        Some(proof)
    }

    /// Siblings from the complete subtree (level, index) up to the root of `size` leaves, lowest first.
    fn path(&self, level: u8, index: u64, size: u64) -> Option<Vec<Hash>> {
        let last_leaf = size.checked_sub(1)?;
        let mut index = index;
        let mut siblings = Vec::new();
        for level in level..64 {
            let last = above(last_leaf, level);
            if last == 0 {
                break;
            }
            let sibling = index ^ 1;
            if sibling < last {
                siblings.push(self.node(level, sibling)?);
            } else if sibling == last {
                siblings.push(self.span(sibling.checked_shl(level.into())?, size)?);
            }
            // Beyond `last` there is no sibling: the subtree is handed up as it is.
            index >>= 1;
        }
        Some(siblings)
    }

    /// The root over the leaves `first .. size`. `first` is a multiple of a power of two not below their number, so
    /// every bit of that number is one complete subtree, the smallest at the right end.
    fn span(&self, first: u64, size: u64) -> Option<Hash> {
        let mut end = size;
        let mut root = None;
        while end > first {
            let level = u8::try_from(end.checked_sub(first)?.trailing_zeros()).ok()?;
            let index = above(end, level).checked_sub(1)?;
            let left = self.node(level, index)?;
            root = Some(root.map_or(left, |right| node_hash(&left, &right)));
            end = index.checked_shl(level.into())?;
        }
        root
    }
}

/// Which subtree of this level a leaf stands in.
fn above(leaf: u64, level: u8) -> u64 {
    leaf.checked_shr(level.into()).unwrap_or(0)
}

/// The right edge of a tree: enough to append and to say the root, in memory of a few hundred bytes.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Frontier {
    size: u64,
    /// The complete subtrees, largest first; one for each bit of `size`.
    edge: Vec<Hash>,
}

impl Frontier {
    /// The edge of an empty log.
    #[must_use]
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Every trailing one of the size is a subtree as large as what has just been completed to its right.
        for _ in 0..self.size.trailing_ones() {
            let left = self.edge.pop().expect("each bit of the size has its subtree");
            hash = node_hash(&left, &hash);
        }
        self.edge.push(hash);
        self.size = self.size.checked_add(1).expect("no log has 2^64 entries");
    }

    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let from_the_right = self.edge.iter().rev().copied();
        from_the_right.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| sha256(b""))
    }
}
