//! Which server an event belongs to: a number that every takeover raises (layout: the fencing epoch). It stands as a
//! decimal file `epoch` in the event's folder and in that of its second journal; no file means 1. Whoever finds a higher
//! one than its own is not the server of the event any more. It refuses to know why.

use crate::{
    error::ServerError,
    home::{disk, replace_durably},
};
use std::{fs, io, path::Path};

/// That of an event which was never taken over.
pub(crate) const FIRST: u64 = 1;

/// The epoch of a folder.
///
/// # Errors
/// The disk fails, or the file says no number: then nobody can tell whose the event is.
pub(crate) fn read(folder: &Path) -> Result<u64, ServerError> {
    let path = folder.join("epoch");
    let text = match fs::read_to_string(&path) {
        // The folder itself must be there: a stick that was pulled out does not say "1".
        Err(e) if e.kind() == io::ErrorKind::NotFound && folder.is_dir() => return Ok(FIRST),
        other => other.map_err(disk(&path))?,
    };
    let number = text.strip_suffix('\n').unwrap_or(&text).parse().ok().filter(|epoch| *epoch >= FIRST);
    let garbled = || disk(&path)(io::Error::new(io::ErrorKind::InvalidData, "it holds no number"));
    number.ok_or_else(garbled)
}

/// Writes the epoch of a folder; it is on the disk when this returns, whole or not at all.
///
/// # Errors
/// The disk fails.
pub(crate) fn raise(folder: &Path, epoch: u64) -> Result<(), ServerError> {
    replace_durably(&folder.join("epoch"), format!("{epoch}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]
    use super::*;

    #[test]
    fn an_epoch_is_one_until_it_is_raised_and_no_other_text_is_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), FIRST);
        for epoch in [2, 3, u64::MAX] {
            raise(folder.path(), epoch).unwrap();
            assert_eq!(read(folder.path()).unwrap(), epoch);
        }
        for text in ["", "0", "-1", "two", "1 2", "18446744073709551616"] {
            fs::write(folder.path().join("epoch"), text).unwrap();
            assert!(read(folder.path()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_folder_that_is_gone_has_no_epoch() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(&folder.path().join("pulled out")).is_err());
        assert!(raise(&folder.path().join("pulled out"), 2).is_err());
    }
}
