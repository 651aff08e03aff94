//! Entry bundles: up to 256 entries, each behind its length in two bytes, big-endian (C2SP tlog-tiles, log entries).

use super::{FULL_WIDTH, TileError};

/// Writes a bundle.
///
/// # Errors
/// [`TileError::EntryTooLarge`] for an entry over 65,535 bytes.
pub fn encode_bundle<E: AsRef<[u8]>>(entries: impl IntoIterator<Item = E>) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let len = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLarge { len: entry.len() })?;
        bytes.extend(len.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(bytes)
}

/// Reads a bundle of exactly `width` entries (1 to 256).
///
/// # Errors
/// [`TileError::BadBundle`] when it ends within an entry, holds fewer or more, or the width is none.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    if !(1..=FULL_WIDTH).contains(&width) {
        return Err(TileError::BadBundle);
    }
    let mut rest = bytes;
    let mut entries = Vec::with_capacity(width.into());
    for _ in 0..width {
        let (len, after) = rest.split_first_chunk::<2>().ok_or(TileError::BadBundle)?;
        let (entry, after) = after.split_at_checked(u16::from_be_bytes(*len).into()).ok_or(TileError::BadBundle)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(TileError::BadBundle) }
}
