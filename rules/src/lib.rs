//! The rule files of a home or of an event folder: `profiles/*.toml` beside the embedded profiles. It refuses to know
//! what a rule says, and who elects by it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::{
    profile::{FILE_BYTES_MAX, RuleFile, Rulebook, RulebookFaults},
    text::Word,
};

/// The folder of rule files in every home and event folder.
pub const FOLDER: &str = "profiles";

/// Why there are no rules to count by.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The disk does not give a file.
    #[error("{0}: không đọc hoặc ghi được — cannot be read or written: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file says something that cannot be.
    #[error(transparent)]
    Faults(#[from] RulebookFaults),
}

/// The embedded profiles and those of a home; only the embedded ones where it has no folder `profiles`.
///
/// # Errors
/// The disk fails, or [`RulesError::Faults`] with every fault of every file.
pub fn of(home: &Path) -> Result<Arc<Rulebook>, RulesError> {
    let files = files(home)?;
    if files.is_empty() { Ok(Rulebook::embedded()) } else { Ok(Rulebook::with(files)?) }
}

/// The rule files of a folder, by name.
fn files(home: &Path) -> Result<Vec<RuleFile>, RulesError> {
    let folder = home.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(disk(&folder))?,
    };
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths.into_iter().map(read).collect()
}

/// A file longer than a rule file may be is read so far that its fault can be told.
fn read(path: PathBuf) -> Result<RuleFile, RulesError> {
    use io::Read;
    let mut bytes = Vec::new();
    let file = fs::File::open(&path).map_err(disk(&path))?;
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(disk(&path))?;
    Ok(RuleFile { path, bytes })
}

/// Lays the own rules that these contests name into a home, each under its word.
///
/// # Errors
/// The disk fails.
pub fn lay<'a>(book: &Rulebook, named: impl IntoIterator<Item = &'a Word>, home: &Path) -> Result<(), RulesError> {
    let folder = home.join(FOLDER);
    for profile in named.into_iter().filter_map(|word| book.find(word)).filter(|profile| profile.is_own()) {
        let path = folder.join(format!("{}.toml", profile.word));
        fs::create_dir_all(&folder).map_err(disk(&folder))?;
        let written = fs::File::create(&path).and_then(|mut file| {
            io::Write::write_all(&mut file, profile.text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(disk(&path))?;
    }
    Ok(())
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> RulesError {
    move |source| RulesError::Disk { path: path.to_owned(), source }
}
