//! The folder: which files a charge has, how large each may be, and reading them back. It refuses to judge what they say.

use super::{Beginning, Charge, Doubt, Evidence, Kind, bare, page};
use crate::folder::{BUNDLE_BYTES_MAX, list};
use std::{collections::BTreeSet, fs::File, io::Read, path::Path, sync::Arc};
use tally::profile::{FILE_BYTES_MAX, RuleFile, Rulebook, content_word, is_content_word};
use tlog::{
    Hash, Note, Receipt,
    tile::{TilePath, decode_bundle, encode_bundle, tile_paths},
};

pub(super) const KIND: &str = "evidence";
pub(super) const MANIFEST: &str = "manifest.note";
pub(super) const CHECKPOINTS: [&str; 2] = ["checkpoint-1.note", "checkpoint-2.note"];
pub(super) const CHECKPOINT: &str = "checkpoint.note";
pub(super) const BULLETINS: [&str; 2] = ["bulletin-1.note", "bulletin-2.note"];
pub(super) const BULLETIN: &str = "bulletin.note";
pub(super) const STATEMENT: &str = "statement.note";
pub(super) const RECEIPT: &str = "receipt.tlog-proof";
pub(super) const BEGINNING: &str = "beginning";
pub(super) const PAGE: &str = "README.txt";
/// The first words of the file that says what the folder is.
const MAGIC: &str = "kiemphieu/evidence/v1 ";

/// A statement's note has at most 65,535 bytes, and a checkpoint with one line is far below.
const EXHIBIT_BYTES_MAX: usize = 65_535;
/// A root and at most 64 hashes, each of 44 characters.
const BEGINNING_BYTES_MAX: usize = 65 * 45;
/// A checkpoint with one line and at most 63 hashes.
const RECEIPT_BYTES_MAX: usize = 1 << 14;

/// The files of a folder, by path.
pub(super) fn files(evidence: &Evidence) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| files.push((name.to_owned(), bytes.to_vec()));
    put(PAGE, page::page(evidence).as_bytes());
    put(KIND, format!("{MAGIC}{}\n", evidence.charge.kind().word()).as_bytes());
    put(MANIFEST, &evidence.manifest);
    match &evidence.charge {
        Charge::TwoCheckpoints(two) => {
            CHECKPOINTS.iter().zip(two.iter()).for_each(|(name, note)| put(name, &of_the_log(note)));
        }
        Charge::NoConsistency { earlier, later, beginning } => {
            put(CHECKPOINTS[0], &of_the_log(earlier));
            put(CHECKPOINTS[1], &of_the_log(later));
            put(BEGINNING, beginning_text(beginning).as_bytes());
        }
        Charge::ReceiptDishonoured { statement, receipt, later, beginning } => {
            put(STATEMENT, statement.as_bytes());
            let checkpoint = bare(&receipt.checkpoint, origin(&receipt.checkpoint));
            let checkpoint = checkpoint.unwrap_or_else(|| receipt.checkpoint.clone());
            put(RECEIPT, Receipt { checkpoint, ..(**receipt).clone() }.to_string().as_bytes());
            put(CHECKPOINT, &of_the_log(later));
            put(BEGINNING, beginning_text(beginning).as_bytes());
        }
        Charge::TwoBulletins(two) => {
            BULLETINS.iter().zip(two.iter()).for_each(|(name, note)| put(name, note.as_bytes()));
        }
        Charge::WrongBulletin { bulletin } => put(BULLETIN, bulletin.as_bytes()),
        Charge::RefusedEntry { checkpoint, beginning, .. } => {
            put(CHECKPOINT, &of_the_log(checkpoint));
            put(BEGINNING, beginning_text(beginning).as_bytes());
        }
    }
    for path in tile_paths(evidence.entries.len() as u64) {
        let TilePath::Entries { index, width } = path else { break };
        let bundle = evidence.entries.iter().skip(place(index)).take(width.into());
        put(&path.to_string(), &encode_bundle(bundle).unwrap_or_default());
    }
    if !evidence.entries.is_empty() {
        evidence.rules.own().for_each(|rule| put(&format!("profiles/{}.toml", rule.word), rule.text.as_bytes()));
    }
    files
}

fn place(bundle: u64) -> usize {
    usize::try_from(bundle).unwrap_or(usize::MAX).saturating_mul(256)
}

fn origin(note: &Note) -> &str {
    note.text().split('\n').next().unwrap_or_default()
}

/// A checkpoint with the line of its log alone.
fn of_the_log(note: &Note) -> Vec<u8> {
    bare(note, origin(note)).map_or_else(|| note.as_bytes().to_vec(), |note| note.as_bytes().to_vec())
}

fn beginning_text(beginning: &Beginning) -> String {
    let hashes = std::iter::once(&beginning.root).chain(&beginning.proof);
    hashes.map(|hash| format!("{}\n", hash.to_base64())).collect()
}

/// A folder that is being read: which of its files were looked at.
pub(super) struct Exhibits<'a> {
    folder: &'a Path,
    looked_at: BTreeSet<String>,
}

impl<'a> Exhibits<'a> {
    pub(super) fn of(folder: &'a Path) -> Self {
        Self { folder, looked_at: BTreeSet::new() }
    }

    /// What the folder says it is.
    pub(super) fn kind(&mut self) -> Result<Kind, Doubt> {
        let bytes = self.read(KIND, 256)?;
        let word = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_prefix(MAGIC)?.strip_suffix('\n'));
        word.and_then(Kind::of_word).ok_or_else(|| {
            let en = "this folder does not say which kind of evidence it is, or a kind this program does not know";
            Doubt::unreadable(KIND, "thư mục không nói đây là loại bằng chứng nào mà chương trình này biết", en)
        })
    }

    /// A file of at most so many bytes. Links are not followed.
    pub(super) fn read(&mut self, name: &str, max: usize) -> Result<Vec<u8>, Doubt> {
        let path = self.folder.join(name);
        let cannot = |e: &dyn std::fmt::Display| {
            Doubt::unreadable(name, format!("không đọc được: {e}"), format!("it cannot be read: {e}"))
        };
        let kind = path.symlink_metadata().map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Doubt::unreadable(name, "thiếu tệp này", "this file is missing"),
            _ => cannot(&e),
        })?;
        if !kind.is_file() {
            return Err(cannot(&"no plain file"));
        }
        let mut bytes = Vec::new();
        let limit = (max as u64).saturating_add(1);
        File::open(&path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(|e| cannot(&e))?;
        if bytes.len() > max {
            let (vi, en) = (format!("tệp lớn hơn {max} byte"), format!("the file has more than {max} bytes"));
            return Err(Doubt::unreadable(name, vi, en));
        }
        self.looked_at.insert(name.to_owned());
        Ok(bytes)
    }

    /// A signed note.
    pub(super) fn note(&mut self, name: &str) -> Result<Note, Doubt> {
        let bytes = self.read(name, EXHIBIT_BYTES_MAX)?;
        Note::parse(&bytes).map_err(|e| Doubt::disproved(name, format!("không phải văn bản ký: {e}"), e.to_string()))
    }

    /// A receipt.
    pub(super) fn receipt(&mut self) -> Result<Receipt, Doubt> {
        let bytes = self.read(RECEIPT, RECEIPT_BYTES_MAX)?;
        let damaged = |e: &dyn std::fmt::Display| {
            Doubt::disproved(RECEIPT, format!("biên nhận hỏng: {e}"), format!("the receipt is damaged: {e}"))
        };
        let text = std::str::from_utf8(&bytes).map_err(|e| damaged(&e))?;
        let receipt = Receipt::parse(text).map_err(|e| damaged(&e))?;
        // A line beside the proof would be believed by nobody and could be altered unseen.
        if receipt.to_string() == text { Ok(receipt) } else { Err(damaged(&"it is not written as receipts are")) }
    }

    /// What the later checkpoint began with.
    pub(super) fn beginning(&mut self) -> Result<Beginning, Doubt> {
        let bytes = self.read(BEGINNING, BEGINNING_BYTES_MAX)?;
        let lines = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
        let hashes = lines.and_then(|lines| lines.split('\n').map(|line| Hash::from_base64(line).ok()).collect());
        let hashes: Option<Vec<Hash>> = hashes;
        match hashes.as_deref().and_then(<[Hash]>::split_first) {
            Some((root, proof)) => Ok(Beginning { root: *root, proof: proof.to_vec() }),
            None => {
                let vi = "mỗi dòng phải là một mã băm base64";
                Err(Doubt::disproved(BEGINNING, vi, "every line must be a hash in base64"))
            }
        }
    }

    /// Every entry up to a size, bundle by bundle: nothing is held but one bundle.
    pub(super) fn each_entry(
        &mut self,
        size: u64,
        mut take: impl FnMut(&str, &[u8]) -> Result<(), Doubt>,
    ) -> Result<(), Doubt> {
        for path in tile_paths(size) {
            let TilePath::Entries { width, .. } = path else { break };
            let name = path.to_string();
            let bytes = self.read(&name, BUNDLE_BYTES_MAX)?;
            let entries = decode_bundle(&bytes, width)
                .map_err(|e| Doubt::disproved(&name, format!("tệp mục nhật ký hỏng: {e}"), e.to_string()))?;
            entries.into_iter().try_for_each(|entry| take(&name, entry))?;
        }
        Ok(())
    }

    /// How many entries lie here, from the first on without a gap.
    pub(super) fn entries_there(&self) -> u64 {
        let there = |index, width| self.folder.join(TilePath::Entries { index, width }.to_string()).is_file();
        let full = (0_u64..).take_while(|index| there(*index, 256)).count() as u64;
        let rest = (1..=255_u16).rev().find(|width| there(full, *width)).unwrap_or(0);
        full.saturating_mul(256).saturating_add(rest.into())
    }

    /// The embedded rules and those of the folder, each named by its content.
    pub(super) fn rules(&mut self) -> Result<Arc<Rulebook>, Doubt> {
        let mut own = Vec::new();
        for path in self.all()? {
            let word = path.strip_prefix("profiles/").and_then(|name| name.strip_suffix(".toml"));
            let Some(word) = word.filter(|word| is_content_word(word)) else { continue };
            let bytes = self.read(&path, FILE_BYTES_MAX)?;
            if content_word(&bytes).as_str() != word {
                let en = "the rule file is not what its name says";
                return Err(Doubt::disproved(&path, "tệp quy tắc không đúng với tên của nó", en));
            }
            own.push(RuleFile { path: path.into(), bytes });
        }
        Rulebook::with(own).map_err(|faults| {
            Doubt::disproved(
                "profiles",
                format!("tệp quy tắc hỏng: {faults}"),
                format!("a rule file is broken: {faults}"),
            )
        })
    }

    /// Files that no step of the proof has looked at.
    pub(super) fn irrelevant(&self) -> Result<Vec<String>, Doubt> {
        Ok(self.all()?.into_iter().filter(|path| !self.looked_at.contains(path)).collect())
    }

    fn all(&self) -> Result<Vec<String>, Doubt> {
        let found = list(self.folder).map_err(|f| Doubt::unreadable(".", f.why.vi, f.why.en))?;
        let mut all: Vec<String> = found.into_iter().map(|(path, _)| path).collect();
        all.sort();
        Ok(all)
    }
}
