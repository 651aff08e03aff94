//! How a key file stands on the disk: whole, synced, for its owner's eyes. It refuses to know what is in it.

use crate::{FILE_BYTES_MAX, KeyFileError};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

fn io_at(path: &Path) -> impl Fn(io::Error) -> KeyFileError {
    move |source| KeyFileError::Io { path: path.to_owned(), source }
}

/// The bytes of a file that only its owner can read.
pub(crate) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let file = File::open(path).map_err(io_at(path))?;
    if !is_private(&file.metadata().map_err(io_at(path))?) {
        return Err(KeyFileError::Open(path.to_owned()));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX.saturating_add(1)));
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(io_at(path))?;
    if bytes.len() > FILE_BYTES_MAX { Err(KeyFileError::NotAKey(path.to_owned())) } else { Ok(bytes) }
}

/// Writes a file that was not there, and its name, to the disk.
pub(crate) fn write(path: &Path, bytes: &[u8], private: bool) -> Result<(), KeyFileError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(io_at(path))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if private {
        owner_only(&mut options);
    }
    let mut file = match options.open(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(KeyFileError::Exists(path.to_owned())),
        other => other.map_err(io_at(path))?,
    };
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io_at(path))?;
    sync_folder(folder).map_err(io_at(path))
}

/// Puts a key file in the place of the former one; at every moment one of the two is there, whole.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    // Behind a link, perhaps to a stick, stands the file itself: that one must lose its former PIN, not the link.
    let path = fs::canonicalize(path).map_err(io_at(path))?;
    let fresh = with_suffix(&path, ".new");
    match fs::remove_file(&fresh) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io_at(&fresh)(e)),
        _ => {}
    }
    if let Err(error) = write(&fresh, bytes, true) {
        // The first error is the one to tell; what is left is thrown away next time.
        let _ = fs::remove_file(&fresh);
        return Err(error);
    }
    // Power goes now: the former file stands with its former PIN, and the next change throws `.new` away.
    fs::rename(&fresh, &path).map_err(io_at(&path))?;
    // Power goes now: after the restart one of the two stands, each whole.
    sync_folder(folder_of(&path)).map_err(io_at(&path))
}

/// The path with more at its end.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows cannot sync a folder; NTFS journals names.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 == 0
}

/// Windows keeps a profile's files from other users by its own rules.
#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}
