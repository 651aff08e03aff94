//! The folder of a mirror: what of the log is in it, and how it gets from one state to the next so that whoever looks,
//! at any moment and after any kill, finds the old log or the new one whole (C2SP tlog-tiles). It refuses to write what
//! was not verified, and to know where entries come from.

use super::laid::{self, Laid};
use crate::{
    audit::Audit,
    client::Stop,
    error::ObserverError,
    folder::BUNDLE_BYTES_MAX,
    home::{sync_folder, write_synced},
    verdict::{Finding, Verdict},
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::{Sid, Statement, profile::Rulebook};
use tlog::{
    Checkpoint, Note,
    tile::{FULL_WIDTH, TilePath, decode_bundle, encode_bundle, tile, tile_paths},
};

/// The file that says of a folder that it is not for publication.
const MARK: &str = "DO-NOT-PUBLISH.txt";
const WARNING: &str = "Bản sao này có những mục chưa công bố. KHÔNG đưa lên mạng, không chép cho người ngoài.\n\
This copy has entries that are not public. Do NOT publish it, do not hand it on.\n";
/// Files on their way; whatever lies here after a kill is worth nothing.
const NEW: &str = ".new";
/// What may lie in the folder of a mirror that has no checkpoint yet.
const OWN: [&str; 5] = [MARK, NEW, "tile", "profiles", "bulletin"];

/// Whether the folder says of itself that it is for the accredited alone.
#[must_use]
pub fn is_for_the_accredited(folder: &Path) -> bool {
    folder.join(MARK).symlink_metadata().is_ok()
}

/// A mirror's folder, held by one process at a time.
pub(super) struct Copy {
    folder: PathBuf,
    /// Every entry known, verified.
    pub(super) audit: Audit,
    /// The checkpoint in the folder.
    pub(super) published: Option<(Note, Checkpoint)>,
    is_accredited: bool,
    laid: Laid,
    /// Entries from the first of the last bundle on.
    tail: Vec<Vec<u8>>,
    tail_first: u64,
    /// Bulletins that are entries and not laid yet, with the entry.
    bulletins: Vec<(u64, String, Vec<u8>)>,
    /// Held while this lives.
    _held: File,
}

impl Copy {
    /// The mirror in that folder, every entry of it verified once more; or an empty one.
    ///
    /// # Errors
    /// Another process holds it, it is of the other kind or no mirror at all, it is damaged, or the disk fails.
    pub(super) fn open(folder: &Path, event: Sid, rules: Arc<Rulebook>, is_accredited: bool) -> Result<Self, Stop> {
        let held = hold(folder)?;
        check_kind(folder, is_accredited)?;
        let new = folder.join(NEW);
        if new.symlink_metadata().is_ok() {
            fs::remove_dir_all(&new).map_err(ObserverError::disk(&new))?;
        }
        make_folder(&new)?;
        if is_accredited {
            close_to_others(folder)?;
            write_synced(&folder.join(MARK), WARNING.as_bytes())?;
        }
        let (audit, laid) = (Audit::new(event, rules), Laid::default());
        let (tail, bulletins) = (Vec::new(), Vec::new());
        let mut copy = Self {
            folder: folder.to_owned(),
            audit,
            published: None,
            is_accredited,
            laid,
            tail,
            tail_first: 0,
            bulletins,
            _held: held,
        };
        copy.load()?;
        Ok(copy)
    }

    /// Entries of the checkpoint in the folder; 0 before there is one.
    pub(super) fn size(&self) -> u64 {
        self.published.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size)
    }

    /// Entries that can be read in the folder.
    pub(super) fn shown(&self) -> u64 {
        self.laid.entries
    }

    fn load(&mut self) -> Result<(), Stop> {
        let path = self.folder.join("checkpoint");
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(ObserverError::disk(&path))?,
        };
        let note = Note::parse(&bytes).map_err(|_| damaged("checkpoint"))?;
        let stated = Checkpoint::parse(note.text()).map_err(|_| damaged("checkpoint"))?;
        let folder = self.folder.clone();
        bundles(&folder, 0, stated.size, |entry| self.take(entry).map_err(Stop::from))?;
        if self.audit.size() > 0 {
            self.audit.open_checkpoint(&note)?;
        }
        if self.audit.size() == stated.size {
            self.audit.check_root(&stated)?;
        }
        self.laid = Laid { entries: self.audit.size(), tiles: self.audit.size() };
        self.heal()?;
        self.lay_bulletins()?;
        self.trim();
        self.published = Some((note, stated));
        Ok(())
    }

    /// Tiles follow from the entries: one that is gone or was damaged is made anew.
    fn heal(&mut self) -> Result<(), ObserverError> {
        for path in tile_paths(self.laid.tiles).filter(|path| matches!(path, TilePath::Tile { .. })) {
            let ours = self.tile(path)?;
            if !fs::read(self.folder.join(path.to_string())).is_ok_and(|there| there == ours) {
                self.put(&path.to_string(), &ours)?;
            }
        }
        let full = tile_paths(self.laid.tiles).filter(laid::is_full);
        full.chain(tile_paths(self.laid.entries).filter(laid::is_full)).try_for_each(|path| self.prune(path))
    }

    /// Verifies the next entry; it is written with the next checkpoint that covers it.
    ///
    /// # Errors
    /// It is none that an honest log would hold.
    pub(super) fn take(&mut self, entry: &[u8]) -> Result<(), Finding> {
        let index = self.audit.size();
        let statement = self.audit.entry(entry)?;
        if let Statement::Bulletin(bulletin) = &statement.statement {
            let place = format!("bulletin/{}/{}", bulletin.contest, bulletin.size);
            self.bulletins.push((index, place, entry.to_vec()));
        }
        self.tail.push(entry.to_vec());
        Ok(())
    }

    /// How many of the entries known may stand in this folder: all of them, or what everybody may read (protocol §6),
    /// by our own count as well as by what was given out. What stood there once stays.
    fn may_show(&self) -> u64 {
        let count = &self.audit.replay().count;
        let public = if self.is_accredited { self.audit.size() } else { count.public_size().min(self.audit.size()) };
        public.max(self.laid.entries)
    }

    /// Brings the folder to this checkpoint, which was verified and covers every entry known. True when something
    /// changed.
    ///
    /// # Errors
    /// The disk fails: then the folder is still the log that it was.
    pub(super) fn publish(&mut self, note: &Note, checkpoint: &Checkpoint) -> Result<bool, ObserverError> {
        let is_whole = self.audit.size() == checkpoint.size;
        let shown = self.may_show();
        let after = Laid { entries: shown, tiles: if is_whole { checkpoint.size } else { shown.max(self.laid.tiles) } };
        let is_same = self.published.as_ref().is_some_and(|(before, _)| before.as_bytes() == note.as_bytes());
        if is_same && after == self.laid {
            return Ok(false);
        }
        let mut touched = BTreeSet::new();
        self.lay_rules(&mut touched)?;
        // Tiles from the top downwards and bundles from the end: until the last of them is there, a reader of the
        // checkpoint that stands sees no more than before. Nothing that checkpoint needs is taken away.
        let missing: Vec<TilePath> = self.laid.missing(after).collect();
        for path in missing.iter().rev().filter(|path| matches!(path, TilePath::Tile { .. })) {
            touched.insert(self.put(&path.to_string(), &self.tile(*path)?)?);
        }
        for path in missing.iter().rev() {
            if let TilePath::Entries { index, width } = *path {
                touched.insert(self.put(&path.to_string(), &self.bundle(index, width)?)?);
            }
        }
        touched.iter().try_for_each(|folder| sync_folder(folder))?;
        // Power gone before this line: the old log, and files it does not know. After it: the new log.
        self.put("checkpoint", note.as_bytes())?;
        sync_folder(&self.folder)?;
        self.laid = after;
        self.published = Some((note.clone(), checkpoint.clone()));
        self.lay_bulletins()?;
        missing.into_iter().filter(laid::is_full).try_for_each(|path| self.prune(path))?;
        self.trim();
        Ok(true)
    }

    fn tile(&self, path: TilePath) -> Result<Vec<u8>, ObserverError> {
        let TilePath::Tile { level, index, width } = path else { return Ok(Vec::new()) };
        tile(level, index, width, &self.audit.replay().tree).ok_or_else(|| self.lost("a tile of a verified tree"))
    }

    fn bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, ObserverError> {
        let first = index.saturating_mul(FULL_WIDTH.into()).checked_sub(self.tail_first);
        let first = first.and_then(|first| usize::try_from(first).ok());
        let entries = first.and_then(|first| self.tail.get(first..first.checked_add(width.into())?));
        entries.and_then(|entries| encode_bundle(entries).ok()).ok_or_else(|| self.lost("an entry that was verified"))
    }

    fn lost(&self, what: &str) -> ObserverError {
        ObserverError::disk(&self.folder)(io::Error::other(format!("{what} is not at hand")))
    }

    /// Own rules stand in the folder before the contests that name them.
    fn lay_rules(&self, touched: &mut BTreeSet<PathBuf>) -> Result<(), ObserverError> {
        let count = &self.audit.replay().count;
        let named = count.contests().filter_map(|contest| count.rules().find(&contest.statement().profile));
        for profile in named.filter(|profile| profile.is_own()) {
            let path = format!("{}/{}.toml", rules::FOLDER, profile.word);
            if !self.folder.join(&path).exists() {
                touched.insert(self.put(&path, profile.text.as_bytes())?);
            }
        }
        Ok(())
    }

    /// Bulletins that are entries, as soon as the entries are there to vouch for them.
    fn lay_bulletins(&mut self) -> Result<(), ObserverError> {
        let shown = self.laid.entries;
        let (ready, later) = std::mem::take(&mut self.bulletins).into_iter().partition(|(index, ..)| *index < shown);
        self.bulletins = later;
        let ready: Vec<(u64, String, Vec<u8>)> = ready;
        for (_, path, bytes) in ready {
            if !self.folder.join(&path).exists() {
                self.put(&path, &bytes)?;
            }
        }
        Ok(())
    }

    /// The partial tiles of a full one (C2SP tlog-tiles: a log may delete them, a reader takes the full one).
    fn prune(&self, full: TilePath) -> Result<(), ObserverError> {
        let partial = self.folder.join(format!("{full}.p"));
        match fs::remove_dir_all(&partial) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(ObserverError::disk(partial)(e)),
            _ => Ok(()),
        }
    }

    /// Entries of bundles that are full and written are on the disk, and need not be held.
    fn trim(&mut self) {
        let first = self.laid.entries / u64::from(FULL_WIDTH) * u64::from(FULL_WIDTH);
        let done = usize::try_from(first.saturating_sub(self.tail_first)).unwrap_or(0).min(self.tail.len());
        self.tail.drain(..done);
        self.tail_first = first.max(self.tail_first);
    }

    /// Puts a file in its place, whole or not at all; the folder it stands in now.
    fn put(&self, path: &str, bytes: &[u8]) -> Result<PathBuf, ObserverError> {
        let (temp, path) = (self.folder.join(NEW).join("file"), self.folder.join(path));
        let parent = path.parent().unwrap_or(&self.folder).to_owned();
        make_folder(&parent)?;
        write_synced(&temp, bytes)?;
        fs::rename(&temp, &path).map_err(ObserverError::disk(&path))?;
        Ok(parent)
    }
}

/// The entries that lie in a folder, in their order, from the bundle of `from` on and below `size`; those before `from`
/// are left out.
pub(super) fn bundles(
    folder: &Path,
    from: u64,
    size: u64,
    mut take: impl FnMut(&[u8]) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut index = from / u64::from(FULL_WIDTH);
    loop {
        let first = index.saturating_mul(FULL_WIDTH.into());
        let whole = u16::try_from(size.saturating_sub(first).min(FULL_WIDTH.into())).unwrap_or(FULL_WIDTH);
        let path = |width| folder.join(TilePath::Entries { index, width }.to_string());
        let Some(width) = (1..=whole).rev().find(|width| path(*width).is_file()) else { return Ok(()) };
        let mut bytes = Vec::new();
        let opened =
            File::open(path(width)).and_then(|file| file.take(BUNDLE_BYTES_MAX as u64).read_to_end(&mut bytes));
        opened.map_err(ObserverError::disk(path(width)))?;
        let name = TilePath::Entries { index, width }.to_string();
        let entries = decode_bundle(&bytes, width).map_err(|_| damaged(&name))?;
        for (at, entry) in (first..).zip(entries) {
            if at >= from {
                take(entry)?;
            }
        }
        if width < FULL_WIDTH {
            return Ok(());
        }
        index = index.saturating_add(1);
    }
}

fn damaged(file: &str) -> Finding {
    let vi = format!("tệp {file} hỏng; hãy sao lại vào thư mục khác");
    let en = format!("the file {file} is damaged; mirror again into another folder");
    Finding::new(Verdict::Mismatch, "V-MIRROR", "", vi, en).in_file(file)
}

fn make_folder(folder: &Path) -> Result<(), ObserverError> {
    fs::create_dir_all(folder).map_err(ObserverError::disk(folder))
}

/// One process at a time; whoever is killed lets go.
fn hold(folder: &Path) -> Result<File, ObserverError> {
    make_folder(folder)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let path = folder.with_file_name(format!(".{name}.lock"));
    let file = File::options().create(true).append(true).open(&path).map_err(ObserverError::disk(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let folder = folder.display();
            let vi = format!("một tiến trình khác đang sao vào {folder}; hãy dừng nó trước");
            Err(ObserverError::input(vi, format!("another process mirrors into {folder}; end it first")))
        }
        Err(fs::TryLockError::Error(e)) => Err(ObserverError::disk(path)(e)),
    }
}

/// A public mirror never goes on where an accredited one was, nor the other way round; and no mirror begins in a folder
/// of somebody else's files.
fn check_kind(folder: &Path, is_accredited: bool) -> Result<(), ObserverError> {
    let shown = folder.display();
    if folder.join("checkpoint").symlink_metadata().is_ok() {
        return match (is_for_the_accredited(folder), is_accredited) {
            (true, false) => Err(ObserverError::input(
                format!("{shown} là bản sao cho người được ủy quyền; chọn thư mục khác, hoặc thêm --accredited"),
                format!("{shown} is a mirror for the accredited; choose another folder, or add --accredited"),
            )),
            (false, true) => Err(ObserverError::input(
                format!("{shown} là bản sao công khai; chọn thư mục khác cho --accredited"),
                format!("{shown} is a public mirror; choose another folder for --accredited"),
            )),
            _ => Ok(()),
        };
    }
    if !is_accredited && is_for_the_accredited(folder) {
        // It was begun and has no checkpoint yet: entries may lie there all the same.
        return Err(ObserverError::input(
            format!("{shown} là bản sao cho người được ủy quyền; chọn thư mục khác"),
            format!("{shown} is a mirror for the accredited; choose another folder"),
        ));
    }
    for entry in fs::read_dir(folder).map_err(ObserverError::disk(folder))? {
        let name = entry.map_err(ObserverError::disk(folder))?.file_name();
        if !OWN.iter().any(|own| name == *own) {
            let name = name.to_string_lossy();
            return Err(ObserverError::input(
                format!("{shown} có {name} và không phải bản sao; chọn thư mục trống"),
                format!("{shown} holds {name} and is no mirror; choose an empty folder"),
            ));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn close_to_others(folder: &Path) -> Result<(), ObserverError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(ObserverError::disk(folder))
}

/// A folder there is closed or open by where it lies.
#[cfg(not(unix))]
fn close_to_others(_: &Path) -> Result<(), ObserverError> {
    Ok(())
}
