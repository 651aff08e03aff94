//! The log as files anybody can fetch, cache and copy: tiles of 256 hashes and bundles of 256 entries (C2SP
//! tlog-tiles). Refuses to know where they are kept.

mod bundle;
mod reader;

use std::fmt;
use std::str::FromStr;

pub use bundle::{decode_bundle, encode_bundle};
pub use reader::Entries;

use crate::checkpoint::decimal;
use crate::tree::Tree;

/// Hashes in a full tile, entries in a full bundle.
pub const FULL_WIDTH: u16 = 256;
/// The highest level a path can name (C2SP tlog-tiles).
const LEVEL_MAX: u64 = 63;

/// What is wrong with a tile, a bundle or the name of one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TileError {
    /// Not the one spelling of a tile's path.
    #[error("no tile or entry bundle has this path")]
    BadPath,
    /// The file is not there.
    #[error("{path} is missing")]
    Missing {
        /// Its path.
        path: TilePath,
    },
    /// The bundle ends too early, goes on too long, or is of another width.
    #[error("an entry bundle is exactly the entries its width says")]
    BadBundle,
    /// A bundle that was fetched cannot be read.
    #[error("{path} is damaged")]
    Damaged {
        /// Its path.
        path: TilePath,
    },
    /// Over 65,535 bytes: its length would not fit.
    #[error("an entry of {len} bytes does not fit an entry bundle")]
    EntryTooLarge {
        /// In bytes.
        len: usize,
    },
    /// The tile holds other hashes than the entries have.
    #[error("{path} does not agree with the entries")]
    Disagrees {
        /// Its path.
        path: TilePath,
    },
}

/// The name of a tile or of an entry bundle; printed as the path under the log's address, `tile/0/x001/234.p/5`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TilePath {
    /// `tile/<level>/<index>`: hashes of the subtrees of height 8 · level.
    Tile {
        /// 0 for leaf hashes.
        level: u8,
        /// Counted within the level, 256 hashes each.
        index: u64,
        /// Hashes in it: 256, or fewer at the right end.
        width: u16,
    },
    /// `tile/entries/<index>`.
    Entries {
        /// Counted in bundles of 256 entries.
        index: u64,
        /// Entries in it: 256, or fewer at the right end.
        width: u16,
    },
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, width) = match self {
            TilePath::Tile { level, index, width } => {
                write!(f, "tile/{level}/")?;
                (*index, *width)
            }
            TilePath::Entries { index, width } => {
                f.write_str("tile/entries/")?;
                (*index, *width)
            }
        };
        let (mut groups, mut rest) = (vec![index % 1000], index / 1000);
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", index % 1000)?;
        if width == FULL_WIDTH { Ok(()) } else { write!(f, ".p/{width}") }
    }
}

impl FromStr for TilePath {
    type Err = TileError;

    fn from_str(path: &str) -> Result<TilePath, TileError> {
        parse_path(path)
    }
}

/// Reads a path as [`TilePath`] prints it, `tile/…`, and nothing else: every tile has one address.
///
/// # Errors
/// [`TileError::BadPath`].
pub fn parse_path(path: &str) -> Result<TilePath, TileError> {
    // Fields are read leniently where printing the result again decides.
    let read = || {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, decimal(width).filter(|width| (1..256).contains(width))?),
            None => (rest, u64::from(FULL_WIDTH)),
        };
        let width = u16::try_from(width).ok()?;
        let mut index: u64 = 0;
        for group in groups.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        if level == "entries" {
            return Some(TilePath::Entries { index, width });
        }
        let level = u8::try_from(decimal(level).filter(|&level| level <= LEVEL_MAX)?).ok()?;
        Some(TilePath::Tile { level, index, width })
    };
    read().filter(|tile| tile.to_string() == path).ok_or(TileError::BadPath)
}

/// The bytes of a tile, 32 for each hash; `None` when the width is not 1 to 256 or the tree does not hold all of it.
#[must_use]
pub fn tile(level: u8, index: u64, width: u16, tree: &Tree) -> Option<Vec<u8>> {
    if !(1..=FULL_WIDTH).contains(&width) {
        return None;
    }
    let height = level.checked_mul(8)?;
    let first = index.checked_mul(FULL_WIDTH.into())?;
    let mut bytes = Vec::with_capacity(usize::from(width).saturating_mul(32));
    for nth in 0..u64::from(width) {
        bytes.extend(tree.node(height, first.checked_add(nth)?)?.0);
    }
    Some(bytes)
}

/// Every tile and bundle of a log of this size: bundles first, then level by level, full ones and the partial one at
/// the right end. A folder with exactly these files is the whole log.
pub fn tile_paths(size: u64) -> impl Iterator<Item = TilePath> {
    let entries = widths(size).map(|(index, width)| TilePath::Entries { index, width });
    entries.chain(hash_tiles(size, 0))
}

/// The tiles of hashes from this level upwards.
fn hash_tiles(size: u64, from_level: u8) -> impl Iterator<Item = TilePath> {
    (from_level..8).flat_map(move |level| {
        let nodes = size.checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0);
        widths(nodes).map(move |(index, width)| TilePath::Tile { level, index, width })
    })
}

/// So many things in tiles: index and width of each.
fn widths(count: u64) -> impl Iterator<Item = (u64, u16)> {
    let (full, rest) = (count / 256, count % 256);
    let partial = u16::try_from(rest).ok().filter(|&width| width > 0).map(|width| (full, width));
    (0..full).map(|index| (index, FULL_WIDTH)).chain(partial)
}
