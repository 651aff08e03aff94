//! What a check of an evidence folder ends with: a proof that names the guilty key, or a doubt that names the exhibit.

use super::Kind;
use door::Fingerprint;
use std::fmt;
use tally::{Sid, ruling::Sentence};
use tlog::VerifierKey;

/// One of the two things that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The file in which it stands.
    pub exhibit: String,
    /// What it says, in a line.
    pub what: String,
    /// Eight digits to compare it by over the telephone, where the key signed it.
    pub code: Option<String>,
}

/// The folder convicts a key. That the key is the event's is vouched for by the manifest, whose sid is the event: whoever
/// reads this compares that sid with the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The sid of the manifest.
    pub event: Sid,
    /// Its title.
    pub title: String,
    /// The organisers who signed the manifest that names the key.
    pub vouched_by: Vec<String>,
    /// What the key did.
    pub kind: Kind,
    /// The guilty key.
    pub guilty: VerifierKey,
    /// What it said, and what contradicts it.
    pub said: [Said; 2],
    /// The whole of it in a sentence.
    pub why: Sentence,
    /// Files that were not looked at and prove nothing.
    pub files_irrelevant: Vec<String>,
}

impl Proof {
    /// The same, if it is about the event whose sid stands on the paper.
    ///
    /// # Errors
    /// It is about another event.
    pub fn of_event(self, event: Sid) -> Result<Self, Doubt> {
        if self.event == event {
            return Ok(self);
        }
        let found = self.event;
        let vi = format!("bằng chứng này nói về sự kiện {found}, không phải {event}");
        Err(Doubt::disproved("manifest.note", vi, format!("this is evidence of the event {found}, not of {event}")))
    }

    /// The six groups that two people read to each other.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Fingerprint::of(&self.guilty).to_string()
    }

    /// The proof for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let said = |s: &Said| serde_json::json!({ "exhibit": s.exhibit, "what": s.what, "code": s.code });
        serde_json::json!({
            "convicts": true,
            "event": self.event.to_string(),
            "title": self.title,
            "kind": self.kind.word(),
            "guilty": { "key": self.guilty.to_string(), "fingerprint": self.fingerprint() },
            "said": self.said.iter().map(said).collect::<Vec<_>>(),
            "vouched_by": { "exhibit": "manifest.note", "sid": self.event.to_string(), "signers": self.vouched_by },
            "why": { "vi": self.why.vi, "en": self.why.en },
            "files_irrelevant": self.files_irrelevant,
        })
    }
}

impl fmt::Display for Proof {
    /// Lines for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "CONVICTS {}", self.kind.word())?;
        writeln!(f, "event {}", self.event)?;
        writeln!(f, "title {}", self.title)?;
        writeln!(f, "guilty {}", self.guilty)?;
        writeln!(f, "fingerprint {}", self.fingerprint())?;
        writeln!(f, "manifest manifest.note, signed by {}", self.vouched_by.join(", "))?;
        for said in &self.said {
            let code = said.code.as_ref().map(|code| format!(", {code}")).unwrap_or_default();
            writeln!(f, "said {}: {}{code}", said.exhibit, said.what)?;
        }
        for file in &self.files_irrelevant {
            writeln!(f, "irrelevant {file}")?;
        }
        Ok(())
    }
}

/// The folder convicts nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Something is missing or cannot be read, so that nothing can be said; otherwise it was read, and proves nothing.
    pub is_unreadable: bool,
    /// The file with which the proof fails.
    pub exhibit: String,
    /// Why.
    pub why: Sentence,
}

impl Doubt {
    /// This exhibit was read and proves nothing.
    pub(super) fn disproved(exhibit: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        let why = Sentence { vi: vi.into(), en: en.into() };
        Self { is_unreadable: false, exhibit: exhibit.to_owned(), why }
    }

    /// This exhibit is missing, too large or cannot be read.
    pub(super) fn unreadable(exhibit: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { is_unreadable: true, ..Self::disproved(exhibit, vi, en) }
    }

    /// The exit code: 1 it convicts nobody, 2 it cannot be read.
    #[must_use]
    pub fn exit(&self) -> u8 {
        if self.is_unreadable { 2 } else { 1 }
    }

    /// The doubt for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "convicts": false,
            "unreadable": self.is_unreadable,
            "exhibit": self.exhibit,
            "why": { "vi": self.why.vi, "en": self.why.en },
        })
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.exhibit, self.why)
    }
}

impl std::error::Error for Doubt {}
