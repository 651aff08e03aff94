//! All figures as tables: a workbook, and one CSV each with the byte order mark that office programs need to see Vietnamese.
//! Numbers are numbers, never texts with dots. It refuses to compute anything that the papers do not print.

use crate::{
    number::hundredths,
    people,
    record::Frozen,
    rules,
    words::{self, Word},
};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use tally::{CandidateNo, Form, Marks, Reason, statement::Language};

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A count.
    Number(u64),
    /// Hundredths of a percent.
    Percent(u64),
    /// Nothing.
    None,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its name in the workbook.
    pub name: &'static str,
    /// The end of the name of its CSV.
    pub stem: &'static str,
    /// Heads of its columns.
    pub head: Vec<String>,
    /// A value for every column.
    pub rows: Vec<Vec<Value>>,
}

/// All tables of a certified contest.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The name of the workbook, and the beginning of those of the CSVs.
    pub stem: String,
    /// The tables.
    pub sheets: Vec<Sheet>,
}

/// A table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// As a workbook.
    #[error("không lập được bảng tính — the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
    /// As a CSV.
    #[error("không lập được tệp CSV — the CSV cannot be written: {0}")]
    Csv(#[from] csv::Error),
}

fn text(words: impl Into<String>) -> Value {
    Value::Text(words.into())
}

impl Tables {
    /// The tables of a certified contest.
    #[must_use]
    pub fn of(frozen: &Frozen, language: Language) -> Self {
        let stem = format!("{}-{}", frozen.vote.contest.contest, words::STEM_TABLES.say(language));
        let sheets = [
            result(frozen, language),
            balance(frozen, language),
            left(frozen, language),
            bundles(frozen, language),
            sex_and_age(frozen, language),
        ];
        // Agree forms leave no names; their table would be empty.
        Self { stem, sheets: sheets.into_iter().filter(|sheet| !sheet.rows.is_empty()).collect() }
    }

    /// The workbook.
    ///
    /// # Errors
    /// The library cannot write it.
    pub fn xlsx(&self) -> Result<Vec<u8>, TableError> {
        let mut book = Workbook::new();
        // A workbook says when it was made; papers know no clock, so all say the same.
        let properties = DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
        book.set_properties(&properties);
        let (bold, percent) = (Format::new().set_bold(), Format::new().set_num_format("0.00\"%\""));
        for sheet in &self.sheets {
            let page = book.add_worksheet().set_name(sheet.name)?;
            for (column, head) in (0..).zip(&sheet.head) {
                page.write_string_with_format(0, column, head, &bold)?;
            }
            for (row, values) in (1..).zip(&sheet.rows) {
                for (column, value) in (0..).zip(values) {
                    match value {
                        Value::Text(words) => page.write_string(row, column, words)?,
                        Value::Number(n) => page.write_number(row, column, as_float(*n))?,
                        Value::Percent(h) => {
                            page.write_number_with_format(row, column, as_float(*h) / 100.0, &percent)?
                        }
                        Value::None => page,
                    };
                }
            }
            page.autofit();
            page.set_freeze_panes(1, 0)?;
        }
        Ok(book.save_to_buffer()?)
    }

    /// The CSVs with their names.
    ///
    /// # Errors
    /// The library cannot write one.
    pub fn csv(&self) -> Result<Vec<(String, Vec<u8>)>, TableError> {
        self.sheets.iter().map(|sheet| Ok((format!("{}-{}.csv", self.stem, sheet.stem), sheet.csv()?))).collect()
    }
}

/// Figures have at most ten digits, a float holds fifteen.
fn as_float(value: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "figures are below 2^53, the longest log included")]
    let float = value as f64;
    float
}

impl Sheet {
    fn csv(&self) -> Result<Vec<u8>, TableError> {
        let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
        writer.write_record(&self.head)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|value| match value {
                Value::Text(words) => never_a_formula(words),
                Value::Number(n) => n.to_string(),
                Value::Percent(h) => format!("{}.{:02}", h / 100, h % 100),
                Value::None => String::new(),
            }))?;
        }
        writer.into_inner().map_err(|e| TableError::Csv(csv::Error::from(e.into_error())))
    }
}

/// A name that a spreadsheet would run as a formula is read as words, as its own apostrophe does it. The XLSX says of every
/// cell what it is and needs none.
fn never_a_formula(words: &str) -> String {
    let runs = words.starts_with(['=', '+', '-', '@', '\t', '\r']) && words != "-";
    if runs { format!("'{words}") } else { words.to_owned() }
}

fn sheet(name: Word, stem: Word, head: Vec<String>, rows: Vec<Vec<Value>>, language: Language) -> Sheet {
    Sheet { name: name.say(language), stem: stem.say(language), head, rows }
}

fn heads(words: &[Word], language: Language) -> Vec<String> {
    words.iter().map(|word| word.say(language).to_owned()).collect()
}

/// Every name with votes, boxes, share, and its place among the elected.
fn result(frozen: &Frozen, language: Language) -> Sheet {
    let contest = &frozen.vote.contest;
    let mut columns = vec![words::NO, words::NAME, words::VOTES];
    if contest.form.is_agree() {
        columns.splice(2..3, [words::AGREE, words::DISAGREE, words::UNUSABLE]);
    }
    columns.extend([words::PERCENT, words::BASE, words::ELECTED, words::ORDER]);
    let row = |place: usize| {
        let no = contest.number(place);
        let votes = u64::from(frozen.figures.votes()[place].0);
        let mut row = vec![text(no.to_string()), text(contest.candidates[place].to_string()), Value::Number(votes)];
        if let Marks::Agree { disagree, unusable, .. } = &frozen.figures.marks {
            row.extend([Value::Number(disagree[place].0.into()), Value::Number(unusable[place].0.into())]);
        }
        let order = frozen.certify.elected.iter().position(|e| *e == no);
        row.push(hundredths(votes, frozen.share_base()).map_or(Value::None, Value::Percent));
        row.push(Value::Number(frozen.share_base()));
        row.push(order.map_or(Value::None, |_| text(words::YES.say(language))));
        row.push(order.map_or(Value::None, |at| Value::Number(at as u64 + 1)));
        row
    };
    let rows = (0..contest.candidates.len()).map(row).collect();
    sheet(words::T_RESULT, words::FILE_RESULT, heads(&columns, language), rows, language)
}

/// Every other figure of the minutes, one a line.
fn balance(frozen: &Frozen, language: Language) -> Sheet {
    let (figures, papers) = (&frozen.figures, &frozen.papers);
    let (contest, profile) = (&frozen.vote.contest, &frozen.vote.profile);
    let said = |word: Word, value: u64| vec![text(word.say(language)), Value::Number(value)];
    let mut rows: Vec<Vec<Value>> = contest
        .base
        .iter()
        .map(|part| vec![text(rules::part(profile, part, language).0), Value::Number(part.people)])
        .collect();
    let minutes = frozen.minutes.as_ref().map(|(_, m)| m);
    rows.extend(minutes.map(|m| said(words::PRESENT, m.present)));
    rows.extend(minutes.map(|m| said(words::ABSENT, m.absent)));
    rows.extend(frozen.base.map(|base| said(words::POINT_BASE, base)));
    rows.extend(frozen.threshold.map(|least| said(words::THRESHOLD, least)));
    rows.push(said(words::POINT_SEATS, contest.seats.into()));
    rows.push(said(words::POINT_LIST, frozen.vote.names()));
    rows.push(said(words::RECEIVED, papers.received));
    rows.push(said(words::POINT_ISSUED, papers.issued));
    rows.push(said(words::UNUSED, papers.unused));
    rows.push(said(words::SPOILED, papers.spoiled));
    rows.push(said(words::POINT_COLLECTED, papers.collected));
    rows.push(said(words::POINT_VALID, figures.valid.0.into()));
    rows.push(said(words::POINT_INVALID, figures.invalid.iter().map(|(_, p)| u64::from(p.0)).sum()));
    rows.extend(
        figures
            .invalid
            .iter()
            .map(|(reason, p)| vec![text(ground(*reason, contest.form, language)), Value::Number(p.0.into())]),
    );
    rows.push(vec![text(words::SID.say(language)), text(frozen.bulletin.to_string())]);
    sheet(words::T_BALANCE, words::FILE_BALANCE, heads(&[words::FIGURE, words::VALUE], language), rows, language)
}

fn ground(reason: Reason, form: Form, language: Language) -> String {
    format!("{}: {}", words::INVALID.say(language), words::reason(reason, form).say(language))
}

fn left(frozen: &Frozen, language: Language) -> Sheet {
    let rows = match &frozen.figures.marks {
        Marks::Names { left, .. } => {
            left.iter().map(|(k, papers)| vec![Value::Number((*k).into()), Value::Number(papers.0.into())]).collect()
        }
        Marks::Agree { .. } => Vec::new(),
    };
    sheet(words::T_LEFT, words::FILE_LEFT, heads(&[words::NAMES_LEFT, words::PAPERS], language), rows, language)
}

/// Every bundle with its table and all its figures.
fn bundles(frozen: &Frozen, language: Language) -> Sheet {
    let contest = &frozen.vote.contest;
    let fixed = [words::BUNDLE, words::TABLE, words::PAPERS, words::VALID, words::INVALID, words::ENTRY];
    let numbers: Vec<CandidateNo> = (0..contest.candidates.len()).map(|place| contest.number(place)).collect();
    let mut head = heads(&fixed, language);
    head.extend(numbers.iter().map(ToString::to_string));
    let rows = frozen.bundles.iter().map(|b| {
        let mut row = vec![text(b.bundle.to_string())];
        let Some(count) = &b.count else {
            row.extend([text(words::GIVEN_UP.say(language)), Value::Number(b.papers.0.into())]);
            row.resize(head.len(), Value::None);
            return row;
        };
        let (ballots, valid) = (u64::from(count.figures.ballots.0), u64::from(count.figures.valid.0));
        row.push(text(frozen.vote.table(count.station)));
        row.extend([b.papers.0.into(), valid, ballots.saturating_sub(valid), count.entry].map(Value::Number));
        row.extend(count.figures.votes().iter().map(|votes| Value::Number(votes.0.into())));
        row
    });
    let rows = rows.collect();
    sheet(words::T_BUNDLES, words::FILE_BUNDLES, head, rows, language)
}

fn sex_and_age(frozen: &Frozen, language: Language) -> Sheet {
    let head = heads(&[words::GROUP, words::CANDIDATES, words::ELECTED], language);
    let groups = people::groups(frozen, language);
    let rows =
        groups.into_iter().map(|g| vec![text(g.name), Value::Number(g.listed), Value::Number(g.elected)]).collect();
    sheet(words::T_PEOPLE, words::FILE_PEOPLE, head, rows, language)
}
