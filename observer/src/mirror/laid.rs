//! How far a folder holds a log: arithmetic of tiles and bundles. It refuses to know disks.

use tlog::tile::{FULL_WIDTH, TilePath, tile_paths};

/// How far entries and tiles of hashes lie in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Laid {
    /// Entries, from the first on.
    pub(super) entries: u64,
    /// Leaves whose hashes stand in tiles: where the public reads less than there is, these may be more.
    pub(super) tiles: u64,
}

impl Laid {
    /// What must be written so that the folder holds `after`.
    pub(super) fn missing(self, after: Laid) -> impl Iterator<Item = TilePath> {
        let entries = tile_paths(after.entries).filter(|path| matches!(path, TilePath::Entries { .. }));
        // A folder with fewer entries than leaves is read by the tiles of the entries where the others do not reach.
        let of_entries = tile_paths(after.entries).filter(move |_| after.entries != after.tiles);
        let tiles = tile_paths(after.tiles).chain(of_entries).filter(|path| matches!(path, TilePath::Tile { .. }));
        entries.chain(tiles).filter(move |path| !self.has(*path))
    }

    /// Whether a file was needed, and so written, for what lies there.
    fn has(self, path: TilePath) -> bool {
        let (nodes, index, width) = match path {
            TilePath::Tile { level, index, width } => {
                (self.tiles.checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0), index, width)
            }
            TilePath::Entries { index, width } => (self.entries, index, width),
        };
        let end = index.saturating_mul(FULL_WIDTH.into()).saturating_add(width.into());
        if is_full(&path) { end <= nodes } else { end == nodes }
    }
}

/// A tile or bundle that never changes again.
pub(super) fn is_full(path: &TilePath) -> bool {
    match path {
        TilePath::Tile { width, .. } | TilePath::Entries { width, .. } => *width == FULL_WIDTH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_folder_that_grows_by_steps_ends_with_every_file_of_the_log_and_writes_none_of_the_full_ones_twice() {
        let (mut laid, mut written) = (Laid::default(), Vec::new());
        for size in [1, 2, 255, 256, 257, 600, 65_536, 65_537, 70_000] {
            let after = Laid { entries: size, tiles: size };
            written.extend(laid.missing(after).map(|path| path.to_string()));
            laid = after;
            let there: BTreeSet<&String> = written.iter().collect();
            assert!(tile_paths(size).all(|path| there.contains(&path.to_string())), "{size}");
        }
        let distinct: BTreeSet<&String> = written.iter().collect();
        assert_eq!(distinct.len(), written.len());
    }

    #[test]
    fn where_the_public_reads_less_the_tiles_of_what_it_reads_are_there_too() {
        let after = Laid { entries: 300, tiles: 1_000 };
        let paths: BTreeSet<String> = Laid::default().missing(after).map(|path| path.to_string()).collect();
        for needed in ["tile/entries/000", "tile/entries/001.p/44", "tile/0/001.p/44", "tile/0/001", "tile/0/003.p/232"]
        {
            assert!(paths.contains(needed), "{needed}: {paths:?}");
        }
        assert!(!paths.contains("tile/entries/001"));
    }
}
