//! The few things a journal asks of the operating system beyond `std`, each with its Windows twin. It knows files
//! and folders; it refuses to know what is in them.

use std::fs::File;
use std::io;
use std::path::Path;

/// Writes all bytes at an offset, without a cursor that a failed write could leave anywhere.
#[cfg(unix)]
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Fills the slice from an offset; several threads may do so at once.
#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Writes all bytes at an offset, without a cursor that a failed write could leave anywhere.
#[cfg(windows)]
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fills the slice from an offset; several threads may do so at once.
#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                bytes = &mut bytes[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes the name of a new file durable: on Unix a file can be synced and yet have no name after a power cut.
/// Windows offers no such call; NTFS logs names by itself.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

/// The folder that holds the name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether the open file is the one that stands under this name now.
#[cfg(unix)]
pub(crate) fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (open, named) = (file.metadata()?, std::fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// Windows renames nothing over a file that somebody has open for writing: what stands there is that file.
#[cfg(windows)]
pub(crate) fn is_same_file(_file: &File, path: &Path) -> io::Result<bool> {
    std::fs::metadata(path).map(|_| true)
}

/// Bytes free for this user on the disk of the open file or folder; `None` where the system does not tell.
#[cfg(unix)]
pub(crate) fn free_space(place: &File) -> io::Result<Option<u64>> {
    let disk = rustix::fs::fstatvfs(place)?;
    Ok(Some(disk.f_bavail.saturating_mul(disk.f_frsize)))
}

/// Bytes free for this user on the disk of the open file or folder; `None` where the system does not tell.
#[cfg(windows)]
pub(crate) fn free_space(_place: &File) -> io::Result<Option<u64>> {
    Ok(None)
}

/// Lets the system forget what it remembers of the file from `offset` on, so that the next read shows the disk.
/// After a failed sync Linux keeps the unwritten bytes in memory and calls them clean: read from there, they would
/// be believed and then vanish with the power. It is advice: a file system that keeps nothing else may ignore it.
#[cfg(target_os = "linux")]
pub(crate) fn forget_from(file: &File, offset: u64) -> io::Result<()> {
    Ok(rustix::fs::fadvise(file, offset, None, rustix::fs::Advice::DontNeed)?)
}

/// Elsewhere there is no such advice to give.
#[cfg(not(target_os = "linux"))]
pub(crate) fn forget_from(_file: &File, _offset: u64) -> io::Result<()> {
    Ok(())
}

/// Whether the system says that the bytes found no room: a full disk, a used-up quota, or a file as long as the
/// file system allows (4 GiB on a FAT stick).
pub(crate) fn found_no_room(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
