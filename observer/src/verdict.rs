//! What an observer says after checking: one of five verdicts, each with a sentence in Vietnamese and English.
//! It refuses to know how the checking was done.

use crate::{
    audit::Audit,
    evidence::{Charge, Evidence},
    results::Results,
    twice::Twice,
};
use serde::Serialize;
use std::{fmt, path::PathBuf, sync::Arc};
use tally::{Mismatch, profile::Rulebook, ruling::Sentence};
use tlog::{Checkpoint, Hash};

/// The five ends of an audit (protocol §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The log is consistent, whatever state the contests are in.
    Ok,
    /// An entry or a file is not what an honest log would hold.
    Mismatch,
    /// It could not be checked: something is missing or cannot be read.
    Trouble,
    /// Right as far as it goes; the reason says what is still open.
    Provisional,
    /// The log or tally key has said two things.
    Equivocation,
}

impl Verdict {
    /// The word in results and on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Mismatch => "MISMATCH",
            Self::Trouble => "TROUBLE",
            Self::Provisional => "PROVISIONAL",
            Self::Equivocation => "EQUIVOCATION",
        }
    }

    /// The exit code that scripts rely on.
    #[must_use]
    pub fn exit(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Mismatch => 1,
            Self::Trouble => 2,
            Self::Provisional => 3,
            Self::Equivocation => 4,
        }
    }
}

/// Why a verdict is not OK, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Never [`Verdict::Ok`].
    pub verdict: Verdict,
    /// The first wrong entry.
    pub entry: Option<u64>,
    /// The file, or the part of a stream, that is wrong or missing.
    pub file: Option<String>,
    /// The field of the statement or checkpoint.
    pub field: String,
    /// A stable code: `R-…` of the rule that is broken, `V-…` of the check that failed.
    pub code: &'static str,
    /// What is wrong.
    pub why: Sentence,
    /// What a key of the server can be convicted of before strangers.
    pub charge: Option<Box<Charge>>,
}

impl Finding {
    /// A finding without a place.
    pub fn new(
        verdict: Verdict,
        code: &'static str,
        field: &str,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        let why = Sentence { vi: vi.into(), en: en.into() };
        Self { verdict, entry: None, file: None, field: field.to_owned(), code, why, charge: None }
    }

    /// The same, about an entry.
    #[must_use]
    pub fn at_entry(mut self, index: u64) -> Self {
        self.entry = Some(index);
        self
    }

    /// The same, about a file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same, with what a key can be convicted of.
    #[must_use]
    pub fn charged(mut self, charge: Option<Charge>) -> Self {
        self.charge = charge.map(Box::new);
        self
    }

    /// Whether an entry is one that the rules refuse, whoever put it there; rules that are not here refuse nothing.
    #[must_use]
    pub(crate) fn is_refused_entry(&self) -> bool {
        let is_of_the_rules = !self.code.starts_with("V-") && self.code != "R-UNKNOWN-PROFILE";
        self.verdict == Verdict::Mismatch && is_of_the_rules && self.file.is_none() && self.entry.is_some_and(|e| e > 0)
    }
}

impl From<Mismatch> for Finding {
    fn from(m: Mismatch) -> Self {
        Self::new(Verdict::Mismatch, m.code, &m.field, m.why.vi, m.why.en).at_entry(m.index)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verdict.word())?;
        if let Some(entry) = self.entry {
            write!(f, " entry {entry}")?;
        }
        if let Some(file) = &self.file {
            write!(f, " {file}")?;
        }
        if !self.field.is_empty() {
            write!(f, " {}", self.field)?;
        }
        write!(f, " [{}]: {}", self.code, self.why)
    }
}

/// Everything an audit has to say.
#[derive(Clone, Debug)]
pub struct Report {
    /// Why it is not OK; `None` is OK.
    pub finding: Option<Finding>,
    /// Entries of the log as the checkpoint says; 0 before one could be read.
    pub size: u64,
    /// Root of the log as the checkpoint says.
    pub root: Option<Hash>,
    /// Files that belong to no log and were not checked.
    pub files_foreign: Vec<String>,
    /// What the log adds up to; only of a log without a fault.
    pub results: Option<Results>,
    /// Tables whose key signed two texts of one number: a finding beside the verdict, which is about the log.
    pub keys_twice: Vec<Twice>,
    /// Entry 0, byte for byte, where it was read.
    pub manifest: Option<Vec<u8>>,
    /// What convicts a key of the server, where the audit brought enough to light.
    pub convicts: Option<Box<Evidence>>,
    /// The folder with it, once it was written.
    pub evidence: Option<PathBuf>,
}

/// All reasons in one finding: the place of the first, the sentences of all.
pub(crate) fn all_of(reasons: Vec<Finding>) -> Option<Finding> {
    reasons.into_iter().reduce(|mut first, next| {
        first.why.vi = format!("{}; {}", first.why.vi, next.why.vi);
        first.why.en = format!("{}; {}", first.why.en, next.why.en);
        first
    })
}

impl Report {
    /// The audit stopped at this finding.
    #[must_use]
    pub fn stopped(finding: Finding) -> Self {
        let (files_foreign, manifest, convicts, evidence) = (Vec::new(), None, None, None);
        let keys_twice = Vec::new();
        Self {
            finding: Some(finding),
            size: 0,
            root: None,
            files_foreign,
            results: None,
            keys_twice,
            manifest,
            convicts,
            evidence,
        }
    }

    /// What an audit found: a reason to stop, or else every reason why the verdict stays provisional.
    #[must_use]
    pub fn of(audit: &Audit, checkpoint: Option<&Checkpoint>, stopped: Option<Finding>, reasons: Vec<Finding>) -> Self {
        let finding = stopped.or_else(|| all_of(reasons));
        let verdict = finding.as_ref().map_or(Verdict::Ok, |f| f.verdict);
        let is_right = matches!(verdict, Verdict::Ok | Verdict::Provisional);
        let results = is_right.then(|| Results::of(audit.replay(), verdict.word())).flatten();
        Self {
            finding,
            size: checkpoint.map_or(0, |c| c.size),
            root: checkpoint.map(|c| c.root),
            files_foreign: Vec::new(),
            results: results.map(|r| Results { batches: audit.batches(), ..r }),
            keys_twice: Vec::new(),
            manifest: None,
            convicts: None,
            evidence: None,
        }
    }

    /// The same with the evidence that its charge comes to, given entry 0 and as many entries as the charge asks for.
    #[must_use]
    pub(crate) fn convicting(mut self, entries: &[Vec<u8>], rules: &Arc<Rulebook>) -> Self {
        let charge = self.finding.as_ref().and_then(|finding| finding.charge.as_deref());
        let (Some(charge), Some(manifest)) = (charge, entries.first()) else { return self };
        let needed = usize::try_from(charge.entries()).ok().and_then(|needed| entries.get(..needed));
        let evidence = Evidence::new(manifest.clone(), charge.clone());
        self.convicts = needed.map(|needed| Box::new(evidence.with_entries(needed.to_vec(), Arc::clone(rules))));
        self
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.finding.as_ref().map_or(Verdict::Ok, |f| f.verdict)
    }

    /// The report for programs:
    /// `{"verdict","exit","entry","file","field","code","why":{"vi","en"},"size","root","files_foreign":[],"keys_in_use_twice":[],"evidence","contests":[]}`;
    /// what does not apply is null. `contests` are those of results.json, empty unless the verdict is OK or PROVISIONAL.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let why = self.say();
        let finding = self.finding.as_ref();
        serde_json::json!({
            "verdict": self.verdict().word(),
            "exit": self.verdict().exit(),
            "entry": finding.and_then(|f| f.entry),
            "file": finding.and_then(|f| f.file.as_deref()),
            "field": finding.map(|f| f.field.as_str()).filter(|field| !field.is_empty()),
            "code": finding.map(|f| f.code),
            "why": { "vi": why.vi, "en": why.en },
            "size": self.size,
            "root": self.root.map(|root| root.to_string()),
            "files_foreign": self.files_foreign,
            "keys_in_use_twice": self.keys_twice,
            "evidence": self.evidence.as_ref().map(|path| path.display().to_string()),
            "contests": self.results.as_ref().map_or(&[][..], |r| &r.contests),
        })
    }

    /// The verdict in a sentence of each language.
    #[must_use]
    pub fn say(&self) -> Sentence {
        match &self.finding {
            Some(finding) => finding.why.clone(),
            None => Sentence {
                vi: format!("nhật ký nhất quán đến mục {}", self.size),
                en: format!("the log is consistent up to size {}", self.size),
            },
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.finding {
            Some(finding) => finding.fmt(f),
            None => write!(f, "OK: {}", self.say()),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
