//! Every byte of every tile and bundle, before any signature is looked at: a damaged copy is told from the first file that
//! is wrong, and in seconds. What is in memory does not grow with the log but for the tiles that will be asked for. It
//! refuses to know what entries say.

use super::{
    BUNDLE_BYTES_MAX, Check, Checked,
    files::{RECEIPT_BYTES_MAX, TILE_BYTES_MAX},
    missing, other_root, wrong,
};
use std::collections::BTreeSet;
use tlog::{
    Checkpoint, Hash, Note, Receipt, Tree, leaf_hash,
    tile::{TilePath, decode_bundle, parse_path, tile, tile_paths},
};

/// Leaf hashes of a full tile.
const FULL: u64 = 256;

impl Check {
    /// The tree over the leaf hashes, with the root that the checkpoint states; none where only the entries that may be
    /// read are there, and not the hashes of all.
    pub(super) fn check_hashes(&mut self, readable: u64, stated: &Checkpoint, asked: &BTreeSet<u64>) -> Checked {
        let is_whole = level_0(stated.size).all(|(index, width)| self.files.has(&tile_file(index, width)));
        if !is_whole && readable < stated.size {
            return Ok(());
        }
        if let Some(lost) =
            tile_paths(stated.size).filter(is_tile).map(|path| path.to_string()).find(|p| !self.files.has(p))
        {
            return Err(missing(&lost));
        }
        let mut tree = Tree::lean(asked.iter().copied().chain([readable]));
        for (index, width) in level_0(stated.size) {
            let file = tile_file(index, width);
            let hashes = self.hashes_in(&file, width)?;
            let first = index.saturating_mul(FULL);
            let there = readable.saturating_sub(first).min(width.into());
            if let Some(nth) = self.first_other_leaf(index, there, &hashes)? {
                return Err(self.which_is_wrong(index, there, nth, &hashes, stated));
            }
            hashes.iter().for_each(|hash| tree.push(*hash));
            self.checked.insert(file);
        }
        if tree.root() != stated.root {
            return Err(other_root());
        }
        self.whole = Some(tree);
        self.check_tiles()
    }

    /// Sizes whose roots, and leaves before which, are asked for later: of receipts, and of checkpoints seen before.
    pub(super) fn asked(&self, seen: &[&Note]) -> BTreeSet<u64> {
        let mut asked: BTreeSet<u64> = self.files.bulletins().iter().map(|posted| posted.size).collect();
        asked.extend(seen.iter().filter_map(|note| Some(Checkpoint::parse(note.text()).ok()?.size)));
        for file in self.files.receipts() {
            // What cannot be read is said when its turn comes.
            let Ok(bytes) = self.files.read(&file, RECEIPT_BYTES_MAX) else { continue };
            let receipt = std::str::from_utf8(&bytes).ok().and_then(|text| Receipt::parse(text).ok());
            let Some(receipt) = receipt else { continue };
            asked.insert(receipt.index.saturating_add(1));
            asked.extend(Checkpoint::parse(receipt.checkpoint.text()).ok().map(|stated| stated.size));
        }
        asked
    }

    fn hashes_in(&self, file: &str, width: u16) -> Checked<Vec<Hash>> {
        let bytes = self.files.read(file, TILE_BYTES_MAX)?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() != usize::from(width) || !rest.is_empty() {
            return Err(wrong(file, "V-TILE", "", "tệp mã băm sai độ dài", "the tile has another length"));
        }
        Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
    }

    /// Which of the entries that are there, if any, has not the hash of the tile.
    fn first_other_leaf(&mut self, index: u64, there: u64, hashes: &[Hash]) -> Checked<Option<usize>> {
        let Some(width) = u16::try_from(there).ok().filter(|width| *width > 0) else { return Ok(None) };
        let file = TilePath::Entries { index, width }.to_string();
        let bytes = self.read(&file, BUNDLE_BYTES_MAX)?;
        let entries = decode_bundle(&bytes, width)
            .map_err(|e| wrong(&file, "V-BUNDLE", "", format!("tệp mục nhật ký hỏng: {e}"), e.to_string()))?;
        Ok(entries.iter().zip(hashes).position(|(entry, hash)| leaf_hash(entry) != *hash))
    }

    /// A bundle and its tile contradict each other: where the tile makes what the level above says, or all tiles the root
    /// that was signed, the bundle is damaged.
    fn which_is_wrong(
        &self,
        index: u64,
        there: u64,
        nth: usize,
        hashes: &[Hash],
        stated: &Checkpoint,
    ) -> super::Finding {
        let at = index.saturating_mul(FULL).saturating_add(nth as u64);
        let width = u16::try_from(stated.size.saturating_sub(index.saturating_mul(FULL)).min(FULL)).unwrap_or(256);
        let tile_is_good = || match self.tree_of_tiles(stated.size) {
            Ok(Some(tree)) => tree.root() == stated.root,
            _ => true,
        };
        if !self.is_above(index, hashes, stated.size) && !tile_is_good() {
            let vi = "mã băm trong tệp lá không phải của mục này";
            let en = "the leaf hash in the tile is not that of the entry, and the tiles do not make the signed root";
            return wrong(&tile_file(index, width), "V-TILE", "leaf", vi, en).at_entry(at);
        }
        let vi = "mục không khớp mã băm của nó trong tệp lá";
        let en = "the entry has not the leaf hash that stands in the tile";
        let file = TilePath::Entries { index, width: u16::try_from(there).unwrap_or(width) };
        wrong(&file.to_string(), "V-LEAF", "leaf", vi, en).at_entry(at)
    }

    /// Whether the level above holds the root of this full tile.
    fn is_above(&self, index: u64, hashes: &[Hash], size: u64) -> bool {
        let (above, nth) = (index / FULL, index % FULL);
        let width = u16::try_from((size / FULL).saturating_sub(above.saturating_mul(FULL)).min(FULL)).unwrap_or(256);
        let file = TilePath::Tile { level: 1, index: above, width }.to_string();
        let mut tree = Tree::new();
        hashes.iter().for_each(|hash| tree.push(*hash));
        let stands = self.hashes_in(&file, width).ok().and_then(|roots| roots.get(usize::try_from(nth).ok()?).copied());
        hashes.len() as u64 == FULL && stands == Some(tree.root())
    }

    /// All leaf hashes of the tiles as they lie there; none if a tile is missing.
    pub(super) fn tree_of_tiles(&self, size: u64) -> Checked<Option<Tree>> {
        let mut tree = Tree::new();
        for (index, width) in level_0(size) {
            let file = tile_file(index, width);
            if !self.files.has(&file) {
                return Ok(None);
            }
            self.hashes_in(&file, width)?.into_iter().for_each(|hash| tree.push(hash));
        }
        Ok(Some(tree))
    }

    /// Every tile and bundle there is, of other widths too, as far as this log can vouch for it.
    pub(super) fn check_tiles(&mut self) -> Checked {
        for file in self.files.tiles() {
            if self.checked.contains(&file) {
                continue;
            }
            let Ok(path) = parse_path(&file) else { continue };
            self.check_tile(&file, path)?;
        }
        Ok(())
    }

    /// One tile or bundle against the tree; one that the tree does not reach is left as foreign.
    fn check_tile(&mut self, file: &str, path: TilePath) -> Checked {
        let tree = self.tree();
        let equal = match path {
            TilePath::Tile { level: 0, index, width } => {
                let Some(ours) = self.leaves_of(index, width, tree.size()) else { return Ok(()) };
                self.hashes_in(file, width).is_ok_and(|theirs| theirs == ours)
            }
            TilePath::Tile { level, index, width } => {
                let Some(ours) = tile(level, index, width, tree) else { return Ok(()) };
                self.files.read(file, TILE_BYTES_MAX)? == ours
            }
            TilePath::Entries { index, width } => {
                let Some(ours) = self.leaves_of(index, width, tree.size()) else { return Ok(()) };
                let bytes = self.files.read(file, BUNDLE_BYTES_MAX)?;
                let leaves = |entries: Vec<&[u8]>| entries.into_iter().map(leaf_hash).eq(ours);
                decode_bundle(&bytes, width).is_ok_and(leaves)
            }
        };
        if !equal {
            let (vi, en) = ("tệp không khớp các mục nhật ký", "the file does not agree with the entries");
            return Err(wrong(file, "V-TILE", "", vi, en));
        }
        self.checked.insert(file.to_owned());
        Ok(())
    }

    /// The first leaf hashes of a tile, from the tile or the bundle that was checked; none beyond the end of the log.
    fn leaves_of(&self, index: u64, width: u16, size: u64) -> Option<Vec<Hash>> {
        let first = index.checked_mul(FULL)?;
        if first.checked_add(width.into())? > size {
            return None;
        }
        let whole = u16::try_from(size.saturating_sub(first).min(FULL)).ok()?;
        let tile = tile_file(index, whole);
        let mut leaves = if self.checked.contains(&tile) {
            self.hashes_in(&tile, whole).ok()?
        } else {
            let bytes =
                self.files.read(&TilePath::Entries { index, width: whole }.to_string(), BUNDLE_BYTES_MAX).ok()?;
            decode_bundle(&bytes, whole).ok()?.into_iter().map(leaf_hash).collect()
        };
        leaves.truncate(width.into());
        Some(leaves)
    }
}

fn is_tile(path: &TilePath) -> bool {
    matches!(path, TilePath::Tile { .. })
}

fn tile_file(index: u64, width: u16) -> String {
    TilePath::Tile { level: 0, index, width }.to_string()
}

/// Index and width of every tile of leaf hashes.
fn level_0(size: u64) -> impl Iterator<Item = (u64, u16)> {
    tile_paths(size).filter_map(|path| match path {
        TilePath::Tile { level: 0, index, width } => Some((index, width)),
        _ => None,
    })
}
