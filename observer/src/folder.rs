//! A copied folder, checked by somebody far away (protocol §5 layout, §7 steps): the checkpoint, every tile byte for byte,
//! every entry, every bulletin, every receipt. It refuses to know the network, and trusts only the sid of the event.

mod files;
mod hashes;

pub(crate) use files::list;
pub use files::{BUNDLE_BYTES_MAX, Files};

use crate::{
    audit::{Audit, BULLETIN_BYTES_MAX, Posted, checkpoint},
    error::ObserverError,
    evidence::{Beginning, Charge},
    home::{Home, log_key},
    twice,
    verdict::{Finding, Report, Verdict},
};
use files::{BulletinPath, CHECKPOINT_BYTES_MAX, RECEIPT_BYTES_MAX};
use std::{collections::BTreeSet, path::Path, sync::Arc};
use tally::{
    Sid,
    profile::{FILE_BYTES_MAX, RuleFile, Rulebook, content_word},
    statement::NOTE_BYTES_MAX,
};
use tlog::{
    Checkpoint, Hash, Note, Receipt, Tree, VerifierKey, leaf_hash,
    tile::{TilePath, decode_bundle, parse_path, tile_paths},
};

/// So often a folder is read again that changed while it was read, as a mirror does.
const AGAIN_MAX: u32 = 4;

/// Checks a folder against the sid of its event and, if there is one, the last checkpoint this observer verified.
#[must_use]
pub fn verify(folder: &Path, event: Sid, remembered: Option<&Note>) -> Report {
    verify_against(folder, event, remembered, &[])
}

/// The same for an observer with a home: against what it remembers and what it has heard; it meets the event, and keeps
/// what convicts a key.
///
/// # Errors
/// The observer's own disk fails.
pub fn verify_at_home(folder: &Path, event: Sid, home: &Home) -> Result<Report, ObserverError> {
    let (remembered, heard) = (home.remembered(event)?, home.heard(event)?);
    let mut report = verify_against(folder, event, remembered.as_ref(), &heard);
    home.keep(event, &mut report)?;
    if let (Some(manifest), true) = (&report.manifest, matches!(report.verdict(), Verdict::Ok | Verdict::Provisional)) {
        home.meet(event, manifest)?;
    }
    Ok(report)
}

/// Checks a folder against what was verified and heard before.
#[must_use]
pub fn verify_against(folder: &Path, event: Sid, remembered: Option<&Note>, heard: &[Note]) -> Report {
    let mut before = state(folder);
    for _ in 0..AGAIN_MAX {
        let report = verify_once(folder, event, remembered, heard);
        let after = state(folder);
        if matches!(report.verdict(), Verdict::Ok | Verdict::Provisional) || after == before {
            return report;
        }
        before = after;
    }
    verify_once(folder, event, remembered, heard)
}

/// What lies in a folder, by the hash of its names, and its checkpoint: a mirror may go on while its folder is read.
fn state(folder: &Path) -> Option<(Hash, Vec<u8>)> {
    let files = Files::find(folder).ok()?;
    let checkpoint = files.read("checkpoint", CHECKPOINT_BYTES_MAX).ok()?;
    Some((leaf_hash(files.tiles().join("\n").as_bytes()), checkpoint))
}

fn verify_once(folder: &Path, event: Sid, remembered: Option<&Note>, heard: &[Note]) -> Report {
    let files = match Files::find(folder) {
        Ok(files) => files,
        Err(finding) => return Report::stopped(finding),
    };
    let mut checked = BTreeSet::new();
    let rules = match own_rules(&files, &mut checked) {
        Ok(rules) => rules,
        Err(finding) => return Report::stopped(finding),
    };
    let mut check = Check::new(files, event, rules, checked);
    let finding = check.run(remembered, heard).err();
    let finding = finding.map(|finding| check.charge_refused(finding));
    check.report(finding)
}

/// One check on its way.
struct Check {
    files: Files,
    audit: Audit,
    /// Files that were checked; the others are foreign.
    checked: BTreeSet<String>,
    note: Option<Note>,
    checkpoint: Option<Checkpoint>,
    /// Checkpoints of receipts that reach beyond this log.
    larger: Vec<Note>,
    /// The tree over the leaf hashes of the whole log, with the root of the checkpoint; see `hashes`.
    whole: Option<Tree>,
    reasons: Vec<Finding>,
}

type Checked<T = ()> = Result<T, Finding>;

fn wrong(file: &str, code: &'static str, field: &str, vi: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding::new(Verdict::Mismatch, code, field, vi, en).in_file(file)
}

fn missing(file: &str) -> Finding {
    let (vi, en) = (format!("thiếu tệp {file}"), format!("the file {file} is missing"));
    Finding::new(Verdict::Trouble, "V-MISSING", "", vi, en).in_file(file)
}

fn entries_path(index: u64, width: u16) -> String {
    TilePath::Entries { index, width }.to_string()
}

/// The rule files of the folder: each is what its name says, by its hash, and can be read.
fn own_rules(files: &Files, checked: &mut BTreeSet<String>) -> Checked<Arc<Rulebook>> {
    let mut own = Vec::new();
    for (path, word) in files.rules() {
        let bytes = files.read(&path, FILE_BYTES_MAX)?;
        let found = content_word(&bytes);
        if found != word {
            let vi = format!("tệp quy tắc mang tên {word} nhưng nội dung là {found}");
            let en = format!("the rule file is called {word}, and its content is {found}");
            return Err(wrong(&path, "V-RULES", "sha256", vi, en));
        }
        checked.insert(path.clone());
        own.push(RuleFile { path: path.into(), bytes });
    }
    Rulebook::with(own).map_err(|faults| {
        let (vi, en) = (format!("tệp quy tắc hỏng: {faults}"), format!("a rule file is broken: {faults}"));
        Finding::new(Verdict::Trouble, "V-RULES", "", vi, en).in_file(rules::FOLDER)
    })
}

impl Check {
    fn new(files: Files, event: Sid, rules: Arc<Rulebook>, checked: BTreeSet<String>) -> Self {
        let audit = Audit::new(event, rules);
        let (larger, reasons) = (Vec::new(), Vec::new());
        Self { files, audit, checked, note: None, checkpoint: None, larger, whole: None, reasons }
    }

    /// The steps of protocol §7, in order.
    fn run(&mut self, remembered: Option<&Note>, heard: &[Note]) -> Checked {
        let note = self.read_checkpoint()?;
        self.note = Some(note.clone());
        let stated = Checkpoint::parse(note.text())
            .map_err(|e| wrong("checkpoint", "V-CHECKPOINT", "text", format!("điểm kiểm sai: {e}"), e.to_string()))?;
        // A damaged checkpoint is told before anything is looked for that it speaks of.
        if let Some(log) = self.log_key() {
            checkpoint::open(&note, &log)?;
        }
        let readable = self.readable(stated.size);
        if readable == 0 {
            return self.check_without_entries(&stated);
        }
        let seen: Vec<&Note> = remembered.into_iter().chain(heard).collect();
        let asked = self.asked(&seen);
        self.check_hashes(readable, &stated, &asked)?;
        // Where every entry is there, the tree over them will say the same.
        self.whole = self.whole.take().filter(|_| readable < stated.size);
        self.audit.forget_but(asked);
        self.post_bulletins(stated.size)?;
        self.read_entries(readable, &note)?;
        self.check_whole(readable, &stated)?;
        self.check_receipts()?;
        for posted in self.audit.take_waiting() {
            let root = self.tree().root_at(posted.size);
            self.audit.check_beyond(&posted, root)?;
        }
        self.audit.conclude(&note, readable == stated.size, remembered, &mut self.reasons)?;
        let larger: Vec<Note> = heard.iter().chain(&self.larger).cloned().collect();
        self.reasons.extend(self.audit.check_heard(&larger, &note, self.tree())?);
        Ok(())
    }

    /// The tree over all leaf hashes there are: of the tiles, or of the entries.
    fn tree(&self) -> &Tree {
        self.whole.as_ref().unwrap_or(&self.audit.replay().tree)
    }

    /// A mirror of an event whose entries are for the accredited alone: the leaf hashes, if they are there, make the root.
    /// Entries that begin later than the first are no such thing, nor are bulletins that nobody could verify without them.
    fn check_without_entries(&mut self, stated: &Checkpoint) -> Checked {
        let speaks_of_entries = !self.files.bulletins().is_empty();
        if self.files.tiles().iter().any(|path| path.starts_with("tile/entries/"))
            || speaks_of_entries
            || stated.size == 0
        {
            return Err(missing(&first_bundle(stated.size)));
        }
        let asked = self.asked(&[]);
        self.check_hashes(0, stated, &asked)?;
        self.checkpoint = Some(stated.clone());
        self.reasons.push(crate::mirror::without_entries());
        Ok(())
    }

    /// The log's key, from the manifest in whatever bundle begins the folder: the sid of the event vouches for it.
    fn log_key(&self) -> Option<VerifierKey> {
        let begins = |file: &String| matches!(parse_path(file), Ok(TilePath::Entries { index: 0, .. }));
        let manifest = |file: String| log_key(self.audit.event(), &self.files.first_entry(&file)?);
        self.files.tiles().into_iter().filter(begins).find_map(manifest)
    }

    fn read_checkpoint(&mut self) -> Checked<Note> {
        let bytes = self.read("checkpoint", CHECKPOINT_BYTES_MAX)?;
        Note::parse(&bytes).map_err(|e| {
            wrong("checkpoint", "V-CHECKPOINT", "text", format!("điểm kiểm không phải văn bản ký: {e}"), e.to_string())
        })
    }

    fn read(&mut self, file: &str, max: usize) -> Checked<Vec<u8>> {
        let bytes = self.files.read(file, max)?;
        self.checked.insert(file.to_owned());
        Ok(bytes)
    }

    /// How many entries the folder holds, from the first on without a gap.
    fn readable(&self, size: u64) -> u64 {
        let mut readable = 0_u64;
        for path in tile_paths(size) {
            let TilePath::Entries { index, width } = path else { break };
            if self.files.has(&path.to_string()) {
                readable = readable.saturating_add(width.into());
                continue;
            }
            let there = |w: &u16| self.files.has(&entries_path(index, *w));
            return readable.saturating_add((1..width).rev().find(there).unwrap_or(0).into());
        }
        readable
    }

    fn post_bulletins(&mut self, size: u64) -> Checked {
        for BulletinPath { path, contest, size: at } in self.files.bulletins() {
            let bytes = self.read(&path, BULLETIN_BYTES_MAX)?;
            if at > size || at == 0 {
                let vi = format!("bản tin nói về cỡ {at}, điểm kiểm chỉ có {size}");
                let en = format!("the bulletin speaks of size {at}, the checkpoint of {size}");
                return Err(wrong(&path, "V-BULLETIN-SIZE", "size", vi, en));
            }
            self.audit.post(Posted { place: path, contest, size: at, bytes })?;
        }
        Ok(())
    }

    /// Every entry. The checkpoint is opened as soon as the manifest has said whose key signs it.
    fn read_entries(&mut self, readable: u64, note: &Note) -> Checked {
        for path in tile_paths(readable) {
            let TilePath::Entries { index: _, width } = path else { break };
            let file = path.to_string();
            let bytes = self.read(&file, BUNDLE_BYTES_MAX)?;
            let entries = decode_bundle(&bytes, width)
                .map_err(|e| wrong(&file, "V-BUNDLE", "", format!("tệp mục nhật ký hỏng: {e}"), e.to_string()))?;
            for entry in &entries {
                self.audit.entry(entry)?;
                if self.audit.size() == 1 {
                    self.checkpoint = Some(self.audit.open_checkpoint(note)?);
                }
            }
        }
        Ok(())
    }

    /// The root over all entries is the checkpoint's; where the public sees only some, they begin what its tiles hold.
    fn check_whole(&mut self, readable: u64, stated: &Checkpoint) -> Checked {
        if readable == stated.size {
            return self.audit.check_root(stated);
        }
        if !self.audit.public_view_may_stop() {
            let lost = tile_paths(stated.size).map(|p| p.to_string()).find(|p| !self.files.has(p));
            return Err(missing(&lost.unwrap_or_else(|| "tile".to_owned())));
        }
        self.reasons.push(self.audit.public_view(stated.size));
        match &self.whole {
            None => {
                let hashes = tile_paths(readable).filter(|path| matches!(path, TilePath::Tile { .. }));
                let lost = hashes.map(|path| path.to_string()).find(|path| !self.files.has(path));
                lost.map_or(Ok(()), |path| Err(missing(&path)))?;
                self.check_tiles()
            }
            Some(whole) if whole.root_at(readable) == Some(self.audit.replay().tree.root()) => Ok(()),
            Some(_) => Err(other_root()),
        }
    }

    /// A receipt the log does not honour convicts the log key.
    fn check_receipts(&mut self) -> Checked {
        for file in self.files.receipts() {
            let bytes = self.files.read(&file, RECEIPT_BYTES_MAX)?;
            let damaged = |e: &dyn std::fmt::Display| {
                wrong(&file, "V-RECEIPT", "", format!("biên nhận hỏng: {e}"), format!("the receipt is damaged: {e}"))
            };
            let text = std::str::from_utf8(&bytes).map_err(|e| damaged(&e))?;
            let receipt = Receipt::parse(text).map_err(|e| damaged(&e))?;
            let Some(log) = self.audit.replay().count.manifest().map(|m| m.log.clone()) else { continue };
            let stated = Checkpoint::open(&receipt.checkpoint, &log).map_err(|e| damaged(&e))?;
            if receipt.index >= stated.size {
                return Err(damaged(&format!("index {} is not below size {}", receipt.index, stated.size)));
            }
            let tree = self.tree();
            if stated.size > tree.size() {
                self.larger.push(receipt.checkpoint);
                continue;
            }
            // Both were asked for before the first entry was read, unless the file has changed since.
            let (Some(root), Some(leaf)) = (tree.root_at(stated.size), tree.leaf(receipt.index)) else {
                return Err(damaged(&"it has changed while it was read"));
            };
            if root != stated.root {
                let vi = "nhật ký không thừa nhận biên nhận mà chính khóa nhật ký đã ký";
                let en = "the log does not honour a receipt that its own key has signed";
                let finding = Finding::new(Verdict::Equivocation, "V-RECEIPT-DISHONOURED", "root", vi, en);
                let charge = self.dishonour(&file, &receipt, stated.size);
                return Err(finding.in_file(&file).charged(charge));
            }
            receipt.verify(&leaf, &log, &[], 0).map_err(|e| damaged(&e))?;
            self.checked.insert(file);
        }
        Ok(())
    }

    /// What a receipt that is not honoured comes to: with the note beside it the whole charge, else its checkpoint's.
    fn dishonour(&self, file: &str, receipt: &Receipt, size: u64) -> Option<Charge> {
        let tree = self.tree();
        let (later, of) = (Box::new(self.note.clone()?), self.checkpoint.as_ref()?.size);
        let beginning = Beginning::of(tree, size, of)?;
        let beside = format!("{}.note", file.strip_suffix(".tlog-proof")?);
        let statement = self.files.read(&beside, NOTE_BYTES_MAX).ok().and_then(|bytes| Note::parse(&bytes).ok());
        let log = &self.audit.replay().count.manifest()?.log;
        let receipt = Box::new(receipt.clone());
        match statement.filter(|note| receipt.verify(&note.leaf(), log, &[], 0).is_ok()) {
            Some(note) => Some(Charge::ReceiptDishonoured { statement: Box::new(note), receipt, later, beginning }),
            None if size == of => Some(Charge::TwoCheckpoints(Box::new([receipt.checkpoint, *later]))),
            None => Some(Charge::NoConsistency { earlier: Box::new(receipt.checkpoint), later, beginning }),
        }
    }

    /// An entry that the rules refuse, under a checkpoint of the log key: it must not have signed that.
    fn charge_refused(&mut self, finding: Finding) -> Finding {
        let (Some(index), Some(note)) = (finding.entry.filter(|_| finding.is_refused_entry()), self.note.clone())
        else {
            return finding;
        };
        let Some(Checkpoint { size, root, .. }) = self.checkpoint.clone() else { return finding };
        let tree = self.tree_of_tiles(size).ok().flatten().filter(|tree| tree.root() == root);
        let beginning = tree.and_then(|tree| Beginning::of(&tree, index.saturating_add(1), size));
        let charge = |beginning| Charge::RefusedEntry { index, checkpoint: Box::new(note), beginning };
        finding.charged(beginning.map(charge))
    }

    fn report(self, stopped: Option<Finding>) -> Report {
        let files_foreign = self.files.others(&self.checked);
        let charge = stopped.as_ref().and_then(|finding| finding.charge.as_ref());
        let entries = self.entries(charge.map_or(1, |charge| charge.entries().max(1)));
        let report = Report::of(&self.audit, self.checkpoint.as_ref(), stopped, self.reasons);
        let report = report.convicting(&entries, self.audit.replay().count.rules());
        let notes = self.files.notes().into_iter().filter_map(|file| {
            let bytes = self.files.read(&file, NOTE_BYTES_MAX).ok()?;
            Some((file, bytes))
        });
        let keys_twice = twice::find(&self.audit.replay().count, &notes.collect::<Vec<_>>());
        Report { files_foreign, keys_twice, manifest: entries.into_iter().next(), ..report }
    }

    /// The first so many entries, once more from the files.
    fn entries(&self, needed: u64) -> Vec<Vec<u8>> {
        let stated = self.note.as_ref().and_then(|note| Checkpoint::parse(note.text()).ok());
        let size = stated.map_or(0, |stated| self.readable(stated.size));
        let mut entries = Vec::new();
        for path in tile_paths(size) {
            let TilePath::Entries { index, width } = path else { break };
            if index.saturating_mul(256) >= needed {
                break;
            }
            // Now that the count is all there, no more is read than is needed.
            if needed == 1 {
                return self.files.first_entry(&path.to_string()).into_iter().collect();
            }
            let Ok(bytes) = self.files.read(&path.to_string(), BUNDLE_BYTES_MAX) else { break };
            let Ok(bundle) = decode_bundle(&bytes, width) else { break };
            entries.extend(bundle.into_iter().map(<[u8]>::to_vec));
        }
        entries.truncate(usize::try_from(needed).unwrap_or(usize::MAX));
        entries
    }
}

fn other_root() -> Finding {
    let vi = "gốc của các mã băm lá không phải gốc mà điểm kiểm ghi";
    wrong("checkpoint", "V-ROOT", "root", vi, "the root of the leaf hashes is not the checkpoint's")
}

fn first_bundle(size: u64) -> String {
    tile_paths(size).next().map_or_else(|| entries_path(0, 1), |path| path.to_string())
}
