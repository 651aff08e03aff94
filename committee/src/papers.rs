//! The sheet of papers (phiếu phát ra, thu về): what the board counts before any name is counted, from a file or from
//! the command line. Every fault is named at once. It refuses to know the log.

use crate::error::{CommitteeError, Faults, say};
use serde::Deserialize;
use std::{fs, path::Path, str::FromStr};
use tally::{
    BundleId, Papers, StationId,
    ruling::Sentence,
    statement::{BUNDLES_MAX, Bundle},
};

/// A bundle has at most so many papers (protocol §3).
const BUNDLE_PAPERS_MAX: u32 = 1_000_000;
/// A sheet of 3,000 bundles is a few hundred kilobytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// What the board counted, before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperSheet {
    /// Papers the board received.
    pub received: u64,
    /// Phát ra.
    pub issued: u64,
    /// Never issued.
    pub unused: u64,
    /// Gạch hỏng: handed back for a new one.
    pub spoiled: u64,
    /// Thu về.
    pub collected: u64,
    /// Every bundle, ascending.
    pub bundles: Vec<Bundle>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetFile {
    received: u64,
    issued: u64,
    unused: u64,
    spoiled: u64,
    collected: Option<u64>,
    bundles: Vec<BundleLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BundleLine {
    id: String,
    papers: u32,
    table: Option<String>,
}

impl PaperSheet {
    /// Puts a sheet together; what is collected is the sum of the bundles unless somebody says otherwise.
    ///
    /// # Errors
    /// A bundle stands twice, holds too many papers, or there are none or too many bundles.
    pub fn new(
        [received, issued, unused, spoiled]: [u64; 4],
        collected: Option<u64>,
        mut bundles: Vec<Bundle>,
    ) -> Result<Self, CommitteeError> {
        bundles.sort_unstable_by_key(|b| b.bundle);
        let mut faults = Faults::default();
        for pair in bundles.windows(2).filter(|pair| pair[0].bundle == pair[1].bundle) {
            let id = pair[0].bundle;
            faults.say(format!("tập {id} ghi hai lần"), format!("bundle {id} stands twice"));
        }
        for b in bundles.iter().filter(|b| b.papers.0 > BUNDLE_PAPERS_MAX) {
            let Bundle { bundle, papers, .. } = b;
            faults.say(
                format!("tập {bundle}: {papers} phiếu, tối đa {BUNDLE_PAPERS_MAX}"),
                format!("bundle {bundle}: {papers} papers; at most {BUNDLE_PAPERS_MAX}"),
            );
        }
        if bundles.is_empty() || bundles.len() > BUNDLES_MAX {
            let n = bundles.len();
            faults.say(
                format!("{n} tập; cần 1 đến {BUNDLES_MAX}"),
                format!("{n} bundles; 1 to {BUNDLES_MAX} are needed"),
            );
        }
        faults.none()?;
        let sum = bundles.iter().map(|b| u64::from(b.papers.0)).sum();
        Ok(Self { received, issued, unused, spoiled, collected: collected.unwrap_or(sum), bundles })
    }

    /// Reads a sheet from its file: `received`, `issued`, `unused`, `spoiled`, perhaps `collected`, and
    /// `bundles = [{ id = "b001", papers = 50, table = "s01" }, …]` with `table` left out for any table.
    ///
    /// # Errors
    /// The file cannot be read or is no sheet.
    pub fn read(path: &Path) -> Result<Self, CommitteeError> {
        let size = fs::metadata(path).map_err(|e| unreadable(path, &e))?.len();
        if size > FILE_BYTES_MAX {
            return Err(unreadable(path, &"> 4 MiB"));
        }
        let text = fs::read_to_string(path).map_err(|e| unreadable(path, &e))?;
        Self::parse(&text).map_err(|error| match error {
            CommitteeError::Input(faults) => {
                let named =
                    |s: Sentence| say(format!("{}: {}", path.display(), s.vi), format!("{}: {}", path.display(), s.en));
                CommitteeError::Input(Faults(faults.0.into_iter().map(named).collect()))
            }
            other => other,
        })
    }

    /// Reads a sheet from the text of its file.
    ///
    /// # Errors
    /// As [`PaperSheet::read`].
    pub fn parse(text: &str) -> Result<Self, CommitteeError> {
        let file: SheetFile = toml::from_str(text).map_err(|e| {
            CommitteeError::input(format!("không đọc được: {e}"), format!("not a sheet of papers: {e}"))
        })?;
        let mut faults = Faults::default();
        let mut bundles = Vec::new();
        for line in &file.bundles {
            match line.bundle() {
                Ok(bundle) => bundles.push(bundle),
                Err(fault) => faults.0.push(fault),
            }
        }
        faults.none()?;
        Self::new([file.received, file.issued, file.unused, file.spoiled], file.collected, bundles)
    }
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> CommitteeError {
    let path = path.display();
    CommitteeError::input(format!("không đọc được {path}: {why}"), format!("cannot read {path}: {why}"))
}

impl BundleLine {
    fn bundle(&self) -> Result<Bundle, Sentence> {
        let wrong = |what: &str| {
            say(
                format!("tập `{}`: `{what}` không phải mã", self.id),
                format!("bundle `{}`: `{what}` is no id", self.id),
            )
        };
        Ok(Bundle {
            bundle: self.id.parse::<BundleId>().map_err(|_| wrong(&self.id))?,
            papers: Papers(self.papers),
            table: match &self.table {
                None => None,
                Some(table) => Some(table.parse::<StationId>().map_err(|_| wrong(table))?),
            },
        })
    }
}

/// A bundle as it is typed: `b001=50` for any table, `b001=50:s01` for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypedBundle(pub Bundle);

impl FromStr for TypedBundle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}`: b001=50, b001=50:s01");
        let (id, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (papers, table) = match rest.split_once(':') {
            Some((papers, table)) => (papers, Some(table.to_owned())),
            None => (rest, None),
        };
        let plain = papers.bytes().all(|b| b.is_ascii_digit());
        let papers = papers.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        BundleLine { id: id.to_owned(), papers, table }.bundle().map(Self).map_err(|s| s.to_string())
    }
}
