//! Why there is no event. It refuses to know what the keys mean.

use std::{io, path::PathBuf};
use tally::written::FileFaults;

/// Why there is no event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The file is not there or the disk does not give it.
    #[error("{}: không đọc được tệp, kiểm tra đường dẫn và quyền đọc — cannot read the file, check its path and \
             permissions: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file says something that cannot be.
    #[error(transparent)]
    Faults(#[from] FileFaults),
}
