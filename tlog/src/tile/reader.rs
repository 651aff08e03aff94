//! Reads a whole log from its tiles and bundles and checks one against the other. Refuses to know whether they come from
//! a folder or a server; that is the caller's closure.

use std::collections::VecDeque;

use super::{TileError, TilePath, decode_bundle, hash_tiles, tile, widths};
use crate::hash::leaf_hash;
use crate::tree::Tree;

/// The entries of a log in order, each given out only after its bundle has agreed with its tile of leaf hashes; after
/// the last entry every higher tile is checked. What the entries are worth is decided by comparing [`Entries::tree`]
/// with a checkpoint. Stops at the first error.
pub struct Entries<F> {
    fetch: F,
    /// Bundles still to be read: index and width.
    bundles: Box<dyn Iterator<Item = (u64, u16)> + Send>,
    size: u64,
    tree: Tree,
    ready: VecDeque<Vec<u8>>,
    finished: bool,
}

impl<F: FnMut(&TilePath) -> Option<Vec<u8>>> Entries<F> {
    /// A log of this size; `fetch` gives the bytes kept at a path, or nothing.
    pub fn new(size: u64, fetch: F) -> Entries<F> {
        let bundles = Box::new(widths(size));
        Entries { fetch, bundles, size, tree: Tree::new(), ready: VecDeque::new(), finished: false }
    }

    /// The tree over all entries read so far.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The tree, once all is read.
    pub fn into_tree(self) -> Tree {
        self.tree
    }

    fn fetch(&mut self, path: TilePath) -> Result<Vec<u8>, TileError> {
        (self.fetch)(&path).ok_or(TileError::Missing { path })
    }

    /// Reads one bundle and its tile.
    fn read_bundle(&mut self, index: u64, width: u16) -> Result<(), TileError> {
        let path = TilePath::Entries { index, width };
        let bytes = self.fetch(path)?;
        let entries = decode_bundle(&bytes, width).map_err(|_| TileError::Damaged { path })?;
        for entry in &entries {
            self.tree.push(leaf_hash(entry));
        }
        self.check_tile(TilePath::Tile { level: 0, index, width })?;
        self.ready.extend(entries.into_iter().map(<[u8]>::to_vec));
        Ok(())
    }

    fn check_tile(&mut self, path: TilePath) -> Result<(), TileError> {
        let TilePath::Tile { level, index, width } = path else { return Ok(()) };
        let found = self.fetch(path)?;
        if tile(level, index, width, &self.tree) == Some(found) { Ok(()) } else { Err(TileError::Disagrees { path }) }
    }

    fn advance(&mut self) -> Result<(), TileError> {
        match self.bundles.next() {
            Some((index, width)) => self.read_bundle(index, width),
            None => {
                self.finished = true;
                hash_tiles(self.size, 1).try_for_each(|path| self.check_tile(path))
            }
        }
    }
}

impl<F: FnMut(&TilePath) -> Option<Vec<u8>>> Iterator for Entries<F> {
    type Item = Result<Vec<u8>, TileError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.finished {
            if let Err(fault) = self.advance() {
                self.finished = true;
                return Some(Err(fault));
            }
        }
        self.ready.pop_front().map(Ok)
    }
}
