//! What lies in a copied folder, by name: which files belong to the log and how large each may be.
//! It refuses to know what they say, and follows no link out of the folder.

use crate::verdict::{Finding, Verdict};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};
use tally::{ContestId, profile::is_content_word, text::Word};

/// A tile has at most 256 hashes of 32 bytes (C2SP tlog-tiles).
pub(super) const TILE_BYTES_MAX: usize = 256 * 32;
/// A bundle has at most 256 entries of 65,535 bytes, each behind its length.
pub const BUNDLE_BYTES_MAX: usize = 256 * (65_535 + 2);
/// A note has at most 1 MiB.
pub(super) const CHECKPOINT_BYTES_MAX: usize = 1 << 20;
/// A receipt is a checkpoint and at most 63 hashes.
pub(super) const RECEIPT_BYTES_MAX: usize = CHECKPOINT_BYTES_MAX + (1 << 16);
/// Notes beside a log that are read: all that the tables of a province carry.
const NOTES_MAX: usize = 100_000;
/// More files than a log of millions of entries has.
const FILES_MAX: usize = 2_000_000;
/// The deepest path of a log is `tile/0/x001/x234/x567/890.p/12`.
const DEPTH_MAX: usize = 24;

/// The files of a folder, by their path below the log with `/` between the parts.
pub struct Files {
    /// The folder that holds `checkpoint`.
    log: PathBuf,
    /// Below the log.
    inside: BTreeSet<String>,
    /// Beside the log, when the folder given contains it: path below the folder given.
    beside: BTreeSet<String>,
    /// Links, pipes and the like: named, never opened.
    unopened: BTreeSet<String>,
    folder: PathBuf,
}

/// The path of a published bulletin.
pub(super) struct BulletinPath {
    pub(super) path: String,
    pub(super) contest: ContestId,
    pub(super) size: u64,
}

/// Prefix of files beside the log, so that no name is said of two files.
const BESIDE: &str = "../";

impl Files {
    /// Lists a log folder, or a folder that contains one as `log`.
    ///
    /// # Errors
    /// There is no checkpoint in it, or it cannot be read.
    pub fn find(folder: &Path) -> Result<Self, Finding> {
        let holds = |path: &Path| path.join("checkpoint").symlink_metadata().is_ok_and(|m| m.is_file());
        let inner = folder.join("log");
        let log = if holds(folder) { folder.to_owned() } else { inner };
        if !holds(&log) {
            let vi = format!("không có tệp checkpoint trong {}", folder.display());
            let en = format!("there is no file `checkpoint` in {} or its folder `log`", folder.display());
            return Err(Finding::new(Verdict::Trouble, "V-MISSING", "", vi, en).in_file("checkpoint"));
        }
        let (inside, beside, unopened) = Default::default();
        let mut files = Self { log, inside, beside, unopened, folder: folder.to_owned() };
        let below = if files.log == files.folder { "" } else { "log/" };
        for (path, is_file) in list(folder)? {
            match path.strip_prefix(below) {
                Some(inside) if is_file => files.inside.insert(inside.to_owned()),
                Some(inside) => files.unopened.insert(inside.to_owned()),
                None if is_file => files.beside.insert(path),
                None => files.unopened.insert(format!("{BESIDE}{path}")),
            };
        }
        Ok(files)
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.inside.contains(file)
    }

    /// The bytes of a file of the log, or of one beside it.
    pub(super) fn read(&self, file: &str, max: usize) -> Result<Vec<u8>, Finding> {
        let path = match file.strip_prefix(BESIDE) {
            Some(beside) => self.folder.join(beside),
            None => self.log.join(file),
        };
        let cannot = |e: std::io::Error| {
            let (vi, en) = (format!("không đọc được {file}: {e}"), format!("{file} cannot be read: {e}"));
            Finding::new(Verdict::Trouble, "V-UNREADABLE", "", vi, en).in_file(file)
        };
        let opened = File::open(&path).map_err(cannot)?;
        let limit = (max as u64).saturating_add(1);
        // Room for all of it at once: a buffer that grows leaves holes between what the count keeps.
        let size = opened.metadata().map_err(cannot)?.len().min(limit);
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(max));
        opened.take(limit).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.len() > max {
            let (vi, en) = (format!("tệp lớn hơn {max} byte"), format!("the file has more than {max} bytes"));
            return Err(Finding::new(Verdict::Mismatch, "V-TOO-LARGE", "", vi, en).in_file(file));
        }
        Ok(bytes)
    }

    /// The entry a bundle begins with, and no more of it: a bundle may have 16 MiB.
    pub(super) fn first_entry(&self, bundle: &str) -> Option<Vec<u8>> {
        let (mut bundle, mut length) = (File::open(self.log.join(bundle)).ok()?, [0; 2]);
        bundle.read_exact(&mut length).ok()?;
        let mut entry = vec![0; u16::from_be_bytes(length).into()];
        bundle.read_exact(&mut entry).ok()?;
        Some(entry)
    }

    pub(super) fn bulletins(&self) -> Vec<BulletinPath> {
        let read = |path: &String| {
            let (contest, size) = path.strip_prefix("bulletin/")?.split_once('/')?;
            let number: u64 = size.parse().ok()?;
            let contest = contest.parse().ok()?;
            (number.to_string() == size).then(|| BulletinPath { path: path.clone(), contest, size: number })
        };
        self.inside.iter().filter_map(read).collect()
    }

    /// Rule files with the words they are called by: `profiles/<word>.toml`.
    pub(super) fn rules(&self) -> Vec<(String, Word)> {
        let word = |path: &String| {
            let name = path.strip_prefix("profiles/")?.strip_suffix(".toml")?;
            is_content_word(name).then(|| name.parse().ok()).flatten()
        };
        self.inside.iter().filter_map(|path| Some((path.clone(), word(path)?))).collect()
    }

    pub(super) fn tiles(&self) -> Vec<String> {
        self.inside.iter().filter(|path| path.starts_with("tile/")).cloned().collect()
    }

    /// Receipts, wherever they lie.
    pub(super) fn receipts(&self) -> Vec<String> {
        let is_receipt = |path: &String| path.ends_with(".tlog-proof");
        let beside = self.beside.iter().map(|path| format!("{BESIDE}{path}"));
        self.inside.iter().cloned().chain(beside).filter(is_receipt).collect()
    }

    /// Notes that are no file of the log, such as those a table left on a stick.
    pub(super) fn notes(&self) -> Vec<String> {
        let beside = self.beside.iter().map(|path| format!("{BESIDE}{path}"));
        self.inside.iter().cloned().chain(beside).filter(|path| path.ends_with(".note")).take(NOTES_MAX).collect()
    }

    /// Every file that was not checked: foreign to this log.
    pub(super) fn others(&self, checked: &BTreeSet<String>) -> Vec<String> {
        let beside = self.beside.iter().map(|path| format!("{BESIDE}{path}"));
        let all = self.inside.iter().cloned().chain(beside).chain(self.unopened.iter().cloned());
        all.filter(|path| !checked.contains(path)).collect()
    }
}

/// Everything below a folder that is no folder, and whether it is a plain file. Links are never followed.
pub(crate) fn list(folder: &Path) -> Result<Vec<(String, bool)>, Finding> {
    let cannot = |path: &Path, e: &dyn std::fmt::Display| {
        let path = path.display();
        let (vi, en) = (format!("không đọc được {path}: {e}"), format!("{path} cannot be read: {e}"));
        Finding::new(Verdict::Trouble, "V-UNREADABLE", "", vi, en)
    };
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0_usize)];
    while let Some((path, below, depth)) = folders.pop() {
        let entries = match fs::read_dir(&path) {
            // A mirror that goes on meanwhile takes away the partial tiles of a full one.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && depth > 0 => continue,
            entries => entries.map_err(|e| cannot(&path, &e))?,
        };
        for entry in entries {
            let entry = entry.map_err(|e| cannot(&path, &e))?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(|e| cannot(&entry.path(), &e))?;
            if kind.is_dir() && depth < DEPTH_MAX {
                folders.push((entry.path(), format!("{name}/"), depth.saturating_add(1)));
            } else {
                found.push((name, kind.is_file()));
            }
            if found.len() > FILES_MAX {
                return Err(cannot(folder, &"more files than any log has"));
            }
        }
    }
    Ok(found)
}
