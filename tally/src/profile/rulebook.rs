//! Every profile this program can count by: the embedded ones, and those that an event brings along. It refuses to know
//! where the files lie.

use super::{Profile, content_word, file};
use crate::{
    text::Word,
    written::{FileFault, FileFaults},
};
use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// The embedded files, by name.
const EMBEDDED: &[(&str, &str)] = &[
    ("majority-valid", include_str!("../../profiles/majority-valid.toml")),
    ("opinion-poll", include_str!("../../profiles/opinion-poll.toml")),
    ("party-190", include_str!("../../profiles/party-190.toml")),
    ("party-190-committee", include_str!("../../profiles/party-190-committee.toml")),
    ("party-190-delegation", include_str!("../../profiles/party-190-delegation.toml")),
    ("party-190-members", include_str!("../../profiles/party-190-members.toml")),
    ("party-244", include_str!("../../profiles/party-244.toml")),
    ("party-244-committee", include_str!("../../profiles/party-244-committee.toml")),
    ("party-244-delegation", include_str!("../../profiles/party-244-delegation.toml")),
    ("party-244-members", include_str!("../../profiles/party-244-members.toml")),
    ("plurality", include_str!("../../profiles/plurality.toml")),
    ("state-85-2015", include_str!("../../profiles/state-85-2015.toml")),
    ("union", include_str!("../../profiles/union.toml")),
    ("youth", include_str!("../../profiles/youth.toml")),
];

/// A rule file that an event brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// What faults call it.
    pub path: PathBuf,
    /// As it was written: these bytes are its name in a signed contest.
    pub bytes: Vec<u8>,
}

/// Every profile at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rulebook {
    by_word: BTreeMap<Word, Arc<Profile>>,
    by_name: BTreeMap<Word, Word>,
}

/// Every fault of every rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulebookFaults(pub Vec<FileFaults>);

impl fmt::Display for RulebookFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for RulebookFaults {}

impl Rulebook {
    /// The profiles of this version.
    pub fn embedded() -> Arc<Self> {
        static EMBEDDED_RULES: OnceLock<Arc<Rulebook>> = OnceLock::new();
        EMBEDDED_RULES.get_or_init(|| Arc::new(Self::read_embedded())).clone()
    }

    fn read_embedded() -> Self {
        let mut book = Self { by_word: BTreeMap::new(), by_name: BTreeMap::new() };
        for (name, text) in EMBEDDED {
            let path = format!("{name}.toml");
            match file::read(path.as_ref(), text.as_bytes()) {
                Ok(profile) => book.enter(profile),
                Err(faults) => panic!("an embedded rule file is broken: {faults}"),
            }
        }
        book
    }

    /// The embedded profiles and those files; a file wins over an embedded profile of its name, in an event file.
    /// A signed contest that names the embedded profile still means the embedded one.
    ///
    /// # Errors
    /// Every fault of every file, two files of one name among them.
    pub fn with(files: impl IntoIterator<Item = RuleFile>) -> Result<Arc<Self>, RulebookFaults> {
        let mut book = (*Self::embedded()).clone();
        let mut first: BTreeMap<Word, PathBuf> = BTreeMap::new();
        let mut faults = Vec::new();
        for RuleFile { path, bytes } in files {
            match file::read(&path, &bytes) {
                Err(found) => faults.push(found),
                Ok(profile) => {
                    let word = content_word(&bytes);
                    match first.get(&profile.name) {
                        Some(other) if !book.by_word.contains_key(&word) => {
                            faults.push(two_of_a_name(&profile, path, other));
                        }
                        _ => {
                            first.insert(profile.name.clone(), path);
                            book.enter(Profile { word, ..profile });
                        }
                    }
                }
            }
        }
        if faults.is_empty() { Ok(Arc::new(book)) } else { Err(RulebookFaults(faults)) }
    }

    fn enter(&mut self, profile: Profile) {
        self.by_name.insert(profile.name.clone(), profile.word.clone());
        self.by_word.insert(profile.word.clone(), Arc::new(profile));
    }

    /// The profile that a signed contest names.
    pub fn find(&self, word: &Word) -> Option<&Arc<Profile>> {
        self.by_word.get(word)
    }

    /// The profile that an event file names: by its name, or as a signed contest does.
    pub fn named(&self, name: &Word) -> Option<&Arc<Profile>> {
        self.find(self.by_name.get(name).unwrap_or(name))
    }

    /// The profiles that an event file can name, by name.
    pub fn profiles(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.by_name.values().filter_map(|word| self.find(word))
    }

    /// Those that came as files.
    pub fn own(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.by_word.values().filter(|profile| profile.is_own())
    }
}

/// The line of the name, which is one of the first: `name = "…"`.
fn two_of_a_name(profile: &Profile, path: PathBuf, other: &std::path::Path) -> FileFaults {
    let line = profile.text.lines().position(|line| line.trim_start().starts_with("name")).unwrap_or(0);
    let (name, other) = (&profile.name, other.display());
    let fault = FileFault {
        line: line.saturating_add(1),
        column: 1,
        key_path: "name".to_owned(),
        why_vi: format!("`{name}` đã có trong {other}; mỗi tệp một tên riêng"),
        why_en: format!("`{name}` stands already in {other}; give each its own"),
    };
    FileFaults { path, faults: vec![fault] }
}
