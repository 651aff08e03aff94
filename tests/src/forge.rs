//! A forger's workshop: logs that are signed as they must be and say whatever a test wants, because nobody here asks the
//! rules. Every key follows from its name, so that a log is the same in every run.

pub mod evidence;
pub mod false_logs;
pub mod hall;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tlog::{
    Checkpoint, Hash, KeyKind, Note, SigningKey, Tree, cosignature, leaf_hash, sha256,
    tile::{TilePath, encode_bundle, tile, tile_paths},
};

/// The name of every forged log.
pub const ORIGIN: &str = "kiemphieu.example/forge";

/// The key of a short name: `o1`, `k1`, `s01`, `log`, `tally`, `w1`.
///
/// # Panics
/// The name is none.
#[must_use]
pub fn key(short: &str) -> SigningKey {
    let (name, kind) = match short {
        "log" => (ORIGIN.to_owned(), KeyKind::Ed25519),
        "tally" => (format!("{ORIGIN}/tally"), KeyKind::Ed25519),
        _ if short.starts_with('w') => (format!("witness.example/{short}"), KeyKind::CosignatureV1),
        _ => {
            let role = match &short[..1] {
                "o" => "organiser",
                "k" => "board",
                "s" => "station",
                _ => "observer",
            };
            (format!("{ORIGIN}/{role}/{short}"), KeyKind::Ed25519)
        }
    };
    SigningKey::from_seed(&name, kind, &sha256(name.as_bytes()).0).unwrap()
}

/// The printed public key of a short name.
#[must_use]
pub fn vkey(short: &str) -> String {
    key(short).verifier().to_string()
}

/// A text signed by these keys, lines ascending by name as they must be.
///
/// # Panics
/// Nobody signs.
#[must_use]
pub fn sign(text: &str, signers: &[&str]) -> Note {
    let (first, others) = signers.split_first().expect("somebody signs");
    others.iter().fold(key(first).sign_text(text), |note, k| note.add_signature(&key(k)).unwrap())
}

/// A log that grows by whatever it is given.
#[derive(Clone)]
pub struct Forge {
    /// The notes.
    pub entries: Vec<Vec<u8>>,
    /// The tree over them.
    pub tree: Tree,
    /// The sid of entry 0.
    pub event: Hash,
    /// Heads of the desk chains; the election's own under the empty name.
    pub heads: BTreeMap<String, Hash>,
    /// Number and sid of each table's last statement.
    pub tables: BTreeMap<String, (u64, Hash)>,
    /// Bulletin files: path and bytes.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Default for Forge {
    fn default() -> Self {
        Self::new()
    }
}

impl Forge {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        let (entries, heads, tables, files) = Default::default();
        Self { entries, tree: Tree::new(), event: Hash::ZERO, heads, tables, files }
    }

    /// Entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Appends these bytes as the next entry.
    pub fn append(&mut self, bytes: &[u8]) -> Hash {
        self.tree.push(leaf_hash(bytes));
        self.entries.push(bytes.to_vec());
        Note::parse(bytes).map(|note| note.sid()).unwrap_or(Hash::ZERO)
    }

    /// Appends a text with these signatures.
    pub fn say(&mut self, text: &str, signers: &[&str]) -> Hash {
        self.append(sign(text, signers).as_bytes())
    }

    /// The text of a desk statement that follows the head of its chain.
    #[must_use]
    pub fn desk_text(&self, kind: &str, contest: &str, body: &str) -> String {
        let prev = self.heads.get(contest).copied().unwrap_or(Hash::ZERO);
        let contest = if contest.is_empty() { String::new() } else { format!("contest {contest}\n") };
        format!("kiemphieu/v1/{kind}\nelection {}\nprev {prev}\n{contest}{body}", self.event)
    }

    /// Appends a desk statement on a contest, or on the election when `contest` is empty.
    pub fn desk(&mut self, kind: &str, contest: &str, body: &str, signers: &[&str]) -> Hash {
        let sid = self.say(&self.desk_text(kind, contest, body), signers);
        self.heads.insert(contest.to_owned(), sid);
        sid
    }

    /// Appends a statement of a table at the next place of its chain; `body` begins after `prev`.
    pub fn table(&mut self, kind: &str, station: &str, body: &str) -> Hash {
        let (seq, prev) = self.tables.get(station).copied().unwrap_or((0, Hash::ZERO));
        self.table_at(kind, station, seq + 1, prev, body, station)
    }

    /// The same at any place, signed by any key.
    pub fn table_at(&mut self, kind: &str, station: &str, seq: u64, prev: Hash, body: &str, signer: &str) -> Hash {
        let event = self.event;
        let text = format!("kiemphieu/v1/{kind}\nelection {event}\nstation {station}\nseq {seq}\nprev {prev}\n{body}");
        let sid = self.say(&text, &[signer]);
        self.tables.insert(station.to_owned(), (seq, sid));
        sid
    }

    /// The text of a bulletin at a size, with the true root of that size.
    #[must_use]
    pub fn bulletin_text(&self, contest: &str, size: u64, body: &str) -> String {
        let root = self.tree.root_at(size).unwrap_or(Hash::ZERO);
        format!("kiemphieu/v1/bulletin\nelection {}\ncontest {contest}\nsize {size}\nroot {root}\n{body}", self.event)
    }

    /// Appends a bulletin about the present size.
    pub fn bulletin(&mut self, contest: &str, body: &str) -> Hash {
        let text = self.bulletin_text(contest, self.size(), body);
        self.say(&text, &["tally"])
    }

    /// Puts a bulletin file into the folder.
    pub fn publish(&mut self, contest: &str, size: u64, note: &Note) {
        self.files.push((format!("bulletin/{contest}/{size}"), note.as_bytes().to_vec()));
    }

    /// The signed and cosigned checkpoint of the present size.
    #[must_use]
    pub fn checkpoint(&self) -> Note {
        let stated = Checkpoint { origin: ORIGIN.to_owned(), size: self.size(), root: self.tree.root() };
        cosigned(&stated.sign(&key("log")))
    }

    /// Writes the log folder with the checkpoint of the present size.
    ///
    /// # Panics
    /// The disk fails.
    pub fn write(&self, folder: &Path) -> PathBuf {
        self.write_with(folder, &self.checkpoint())
    }

    /// Writes the log folder with any checkpoint.
    ///
    /// # Panics
    /// The disk fails.
    pub fn write_with(&self, folder: &Path, checkpoint: &Note) -> PathBuf {
        let log = folder.join("log");
        let put = |path: &str, bytes: &[u8]| {
            let path = log.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        put("checkpoint", checkpoint.as_bytes());
        for path in tile_paths(self.size()) {
            let bytes = match path {
                TilePath::Tile { level, index, width } => tile(level, index, width, &self.tree).unwrap(),
                TilePath::Entries { index, width } => {
                    let first = usize::try_from(index).unwrap() * 256;
                    encode_bundle(&self.entries[first..first + usize::from(width)]).unwrap()
                }
            };
            put(&path.to_string(), &bytes);
        }
        for (path, bytes) in &self.files {
            put(path, bytes);
        }
        log
    }
}

/// A checkpoint with the witness's line.
#[must_use]
pub fn cosigned(note: &Note) -> Note {
    note.with_line(cosignature::cosign(note.text(), &key("w1"), 1_593_000_000))
}
