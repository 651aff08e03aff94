//! A file that a person wrote: an event, a rule. It is TOML, read key by key with the place of everything, so that all
//! that is missing, wrong or unknown is found in one reading, each with its line. It refuses to know what the keys mean
//! and where the file came from.

mod fault;
mod section;

pub use fault::{Explain, Faults, FileFault, FileFaults, why};
pub use section::{Found, Once, Section};

use std::path::Path;
use toml::de::DeTable;

/// Reads the bytes of a file of at most `bytes_max` bytes; `path` is only what the faults call it.
///
/// # Errors
/// Every fault of the file, ascending by line.
pub fn read<T>(
    path: &Path,
    bytes: &[u8],
    bytes_max: usize,
    read: impl FnOnce(&Section<'_>, &mut Faults<'_>) -> Option<T>,
) -> Result<T, FileFaults> {
    let text = fault::text(bytes, bytes_max).map_err(|fault| FileFaults { path: path.into(), faults: vec![fault] })?;
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut faults = Faults::new(text);
    // A key given twice leaves the rest readable; after any other slip of the pen every further fault is a guess.
    let mut readable = true;
    for error in &errors {
        readable &= faults.syntax(error);
    }
    let value = if readable { read(&Section::root(root.get_ref()), &mut faults) } else { None };
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(FileFaults { path: path.into(), faults: faults.sorted() }),
    }
}
