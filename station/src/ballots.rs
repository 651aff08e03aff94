//! The ballots file of one table: papers one a line, as a rehearsal plays them or a scanner exports them, and the
//! bundles (tập phiếu) they are counted in. It refuses to know keys, chains and the wire; only sums of bundles go on
//! from here, never a single paper.

mod fault;
mod line;

pub use fault::{BallotFault, BallotsError};
pub use tally::ballot::BallotForm;

use line::LineReader;
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};
use tally::{
    Figures,
    ballot::{Ground, Paper, Sheet},
    id::{BundleId, StationId},
};

/// The first line of every ballots file.
pub const HEADER: &str = "bundle,marks,ground";
/// Faults reported at once: a person mends a screenful, then looks again.
pub const FAULTS_MAX: usize = 20;
/// A ballots file has at most 256 MiB, some ten million papers; anything larger is another file picked by mistake.
pub const FILE_BYTES_MAX: u64 = 256 << 20;

/// One paper of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotLine {
    /// The bundle it lies in, where the file says so.
    pub bundle: Option<BundleId>,
    /// Its marks.
    pub paper: Paper,
    /// What the board decided about it, if anything.
    pub ground: Option<Ground>,
    /// The line of the file it stands on, from 1.
    pub line: usize,
}

/// The papers of one contest at one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballots {
    form: BallotForm,
    lines: Vec<BallotLine>,
}

/// What one bundle adds up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleSheet {
    /// The bundle.
    pub bundle: BundleId,
    /// Its figures; they satisfy identities 1–5 of counting-rules §4.
    pub figures: Figures,
}

impl Ballots {
    /// Reads a ballots file from disk.
    ///
    /// # Errors
    /// [`BallotsError::Unreadable`], [`BallotsError::TooLarge`], or [`BallotsError::Faults`] with every fault's place.
    pub fn read(path: &Path, form: BallotForm) -> Result<Self, BallotsError> {
        let unreadable = |source| BallotsError::Unreadable { path: path.into(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(BallotsError::TooLarge { path: path.into() });
        }
        Self::parse(path, &bytes, form)
    }

    /// Reads the bytes of a ballots file; `path` is only what the faults call it.
    ///
    /// # Errors
    /// [`BallotsError::Faults`]: up to [`FAULTS_MAX`] faults, each with line and column.
    pub fn parse(path: &Path, bytes: &[u8], form: BallotForm) -> Result<Self, BallotsError> {
        let mut reader = LineReader::new(form);
        let mut lines = Vec::new();
        for (number, line) in numbered(bytes) {
            if number == 1 {
                reader.header(line);
            } else {
                lines.extend(reader.paper(number, line));
            }
            // With another header the columns mean something else: more faults would only hide that one.
            if reader.faults().len() >= FAULTS_MAX || (number == 1 && !reader.faults().is_empty()) {
                break;
            }
        }
        let faults = reader.into_faults();
        if faults.is_empty() {
            Ok(Self { form, lines })
        } else {
            Err(BallotsError::Faults { path: path.into(), faults })
        }
    }

    /// The papers in the order of the file.
    pub fn lines(&self) -> &[BallotLine] {
        &self.lines
    }

    /// What all papers add up to.
    pub fn figures(&self) -> Figures {
        self.sheet(&self.lines)
    }

    /// The bundles, ascending by id. Papers with ids lie in the bundle they name. Papers without are made into bundles
    /// `<station>-b001` … of `bundle_size`; a remainder below `min_bundle` joins the last one, so that no bundle is
    /// small enough to show how somebody voted.
    ///
    /// # Errors
    /// [`BallotsError::BundleId`] when the name of the table leaves no room for a bundle's number.
    ///
    /// # Panics
    /// When `bundle_size` is 0.
    pub fn bundles(
        &self,
        station: StationId,
        bundle_size: usize,
        min_bundle: usize,
    ) -> Result<Vec<BundleSheet>, BallotsError> {
        let mut bundles = if self.lines.iter().any(|l| l.bundle.is_some()) {
            self.named()
        } else {
            self.cut(station, bundle_size, min_bundle)?
        };
        bundles.sort_by_key(|b| b.bundle);
        Ok(bundles)
    }

    fn named(&self) -> Vec<BundleSheet> {
        let mut sheets: BTreeMap<BundleId, Sheet> = BTreeMap::new();
        for line in &self.lines {
            let bundle = line.bundle.expect("a file names the bundle of every paper or of none");
            sheets.entry(bundle).or_insert_with(|| self.empty()).add(&line.paper, line.ground);
        }
        sheets.into_iter().map(|(bundle, sheet)| BundleSheet { bundle, figures: sheet.figures().clone() }).collect()
    }

    fn cut(&self, station: StationId, size: usize, min_bundle: usize) -> Result<Vec<BundleSheet>, BallotsError> {
        let papers = self.lines.len();
        let joins = papers > size && papers % size < min_bundle;
        let bundles = if joins { papers / size } else { papers.div_ceil(size) };
        (1..=bundles)
            .map(|number| {
                let from = (number - 1).saturating_mul(size);
                let to = if number == bundles { papers } else { from.saturating_add(size) };
                let id = format!("{station}-b{number:03}");
                let bundle = id.parse().map_err(|_| BallotsError::BundleId { station, id })?;
                Ok(BundleSheet { bundle, figures: self.sheet(&self.lines[from..to]) })
            })
            .collect()
    }

    fn empty(&self) -> Sheet {
        Sheet::new(self.form)
    }

    fn sheet(&self, lines: &[BallotLine]) -> Figures {
        let mut sheet = self.empty();
        for line in lines {
            sheet.add(&line.paper, line.ground);
        }
        sheet.figures().clone()
    }
}

/// Lines with their numbers from 1, without a byte order mark and without LF or CRLF. The last line may lack its end;
/// a file of no bytes has one empty line, so that somebody misses its header.
fn numbered(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.enumerate().map(|(at, line)| (at.saturating_add(1), line))
}

#[cfg(test)]
mod tests;
