//! Reads papers and tables back as a stranger would: from the bytes of the files alone.

#![allow(clippy::unwrap_used, dead_code, reason = "a test; each file of tests uses a part")]

use calamine::{Data, Reader, Xlsx};
use pages::{Frozen, Language, Paper, Tables};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read},
    path::PathBuf,
};
use tally::{ContestId, Replay};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1").join(name)
}

/// The count after the entries of the golden log before the one whose name begins so; all of them for `""`.
pub(crate) fn log_before(end: &str) -> Replay {
    let mut notes: Vec<PathBuf> = fs::read_dir(golden("statements")).unwrap().map(|f| f.unwrap().path()).collect();
    notes.sort();
    let mut replay = Replay::new();
    for note in notes {
        let is_end = !end.is_empty() && note.file_name().unwrap().to_string_lossy().starts_with(end);
        if is_end {
            break;
        }
        replay.verify(&fs::read(note).unwrap()).unwrap();
    }
    replay
}

pub(crate) fn frozen(contest: &str) -> Frozen {
    let id: ContestId = contest.parse().unwrap();
    Frozen::of(&log_before("").count, id).unwrap()
}

/// What results.json of another program says of a contest, as figures.
pub(crate) fn results(contest: &str, f: &Frozen) -> Figures {
    let all: Value = serde_json::from_slice(&fs::read(golden("results.json")).unwrap()).unwrap();
    let c = all["contests"].as_array().unwrap().iter().find(|c| c["id"] == contest).unwrap().clone();
    let map = |key: &str| -> BTreeMap<String, u64> {
        c[key].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.as_u64().unwrap())).collect()
    };
    let number = |key: &str| c[key].as_u64().unwrap();
    let (agree, disagree, unusable) = (map("agree"), map("disagree"), map("unusable"));
    let base = number("base");
    let names = f.vote.contest.candidates.iter().map(ToString::to_string);
    let rows = map("votes").into_iter().zip(names).map(|((no, votes), name)| {
        let mut figures = vec![votes];
        if agree.contains_key(&no) {
            figures.extend([disagree[&no], unusable[&no]]);
        }
        // Half up, in the way of this test: the papers have their own.
        figures.push((votes * 100_000 / base + 5) / 10);
        (no, name, figures)
    });
    let elected = c["outcome"]["elected"].as_array().unwrap().iter().map(|no| no.as_str().unwrap().to_owned());
    let votes = map("votes");
    Figures {
        rows: rows.collect(),
        elected: (1..).zip(elected).map(|(place, no)| (place, no.clone(), votes[&no])).collect(),
        base,
        threshold: number("threshold"),
        collected: number("ballots"),
        valid: number("valid"),
        invalid: map("invalid").values().sum(),
        grounds: map("invalid").values().copied().collect(),
        left: map("left").into_iter().map(|(k, n)| (k.parse().unwrap(), n)).collect(),
    }
}

/// Every figure of a bulletin, whoever tells it. Shares are hundredths of a percent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Number, name, votes or the three boxes, share.
    pub(crate) rows: Vec<(String, String, Vec<u64>)>,
    /// Place, number, votes.
    pub(crate) elected: Vec<(u64, String, u64)>,
    pub(crate) base: u64,
    pub(crate) threshold: u64,
    pub(crate) collected: u64,
    pub(crate) valid: u64,
    pub(crate) invalid: u64,
    /// Ascending by the order of the grounds in results.json is not kept: sorted.
    pub(crate) grounds: Vec<u64>,
    pub(crate) left: BTreeMap<u64, u64>,
}

impl Figures {
    pub(crate) fn sorted(mut self) -> Self {
        self.grounds.sort_unstable();
        self
    }
}

/// The first number of a text, without what stands between its thousands.
fn first_number(text: &str) -> Option<u64> {
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let digits: String = text[from..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    digits.replace(['.', ','], "").parse().ok()
}

/// A page as a reader sees it: lines outside tables, rows of cells.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) lines: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Page {
    /// Every word on it, in order.
    pub(crate) fn words(&self) -> String {
        self.lines.join("\n") + "\n" + &self.rows.iter().map(|row| row.join(" | ")).collect::<Vec<_>>().join("\n")
    }

    fn point(&self, no: u32) -> &str {
        let begins = format!("{no}. ");
        // Members of the board are numbered too; points carry a colon.
        let found = self.lines.iter().find(|line| line.starts_with(&begins) && line.contains(':'));
        found.unwrap_or_else(|| panic!("no point {no} in {:#?}", self.lines))
    }

    fn figure(&self, no: u32) -> u64 {
        first_number(self.point(no).split_once(':').unwrap().1).unwrap()
    }

    /// The figures of minutes, read back.
    pub(crate) fn figures(&self, f: &Frozen) -> Figures {
        let wide = if f.vote.contest.form.is_agree() { 6 } else { 4 };
        let of_list = |row: &&Vec<String>| row.len() == wide && row[0].len() == 2 && row[0].starts_with('0');
        let number = |cell: &String| first_number(cell).unwrap();
        let rows = self
            .rows
            .iter()
            .filter(of_list)
            .map(|row| (row[0].clone(), row[1].clone(), row[2..].iter().map(number).collect::<Vec<_>>()));
        let of_elected = |row: &&Vec<String>| row.len() == 4 && row[0].len() == 1 && row[0] != "–";
        let elected = self.rows.iter().filter(of_elected).map(|row| {
            let place = f.vote.contest.candidates.iter().position(|name| name.as_str() == row[1]);
            (
                number(&row[0]),
                place.map_or_else(String::new, |place| f.vote.contest.number(place).to_string()),
                number(&row[2]),
            )
        });
        let left = self
            .rows
            .iter()
            .filter(|row| row.len() == 2)
            .filter_map(|row| Some((row[0].parse().ok()?, number(&row[1]))));
        let majority = self.point(3).split_once(':').unwrap().1;
        Figures {
            rows: rows.collect(),
            elected: elected.collect(),
            base: first_number(majority).unwrap(),
            threshold: first_number(majority.split_once(';').unwrap().1).unwrap(),
            collected: self.figure(7),
            valid: self.figure(8),
            invalid: self.figure(9),
            grounds: self.lines.iter().filter(|l| l.starts_with("– ")).map(|l| first_number(l).unwrap()).collect(),
            left: left.collect(),
        }
    }
}

/// A page from HTML or WordprocessingML, by the names of row, cell, paragraph and what ends the head.
fn page(marked_up: &str, [row, cell, paragraph]: [&[&str]; 3]) -> Page {
    let mut page = Page::default();
    let (mut rows, mut cells): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut line: Option<String> = None;
    for piece in marked_up.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        let (is_end, is_alone) = (tag.starts_with('/'), tag.ends_with('/'));
        let is = |names: &[&str]| names.contains(&name) && !is_alone;
        if is(row) && !is_end {
            rows.push(Vec::new());
        } else if is(row) {
            page.rows.push(rows.pop().unwrap());
        } else if is(cell) && !is_end {
            cells.push(String::new());
        } else if is(cell) {
            let text = cells.pop().unwrap();
            rows.last_mut().unwrap().push(text.trim().to_owned());
        } else if is(paragraph) && !is_end {
            line = Some(String::new());
        } else if is(paragraph) {
            let text = line.take().unwrap_or_default();
            match cells.last_mut() {
                Some(cell) => *cell = format!("{cell} {text}"),
                None => page.lines.push(text),
            }
        }
        // Words stand in paragraphs; in Word documents in `w:t` alone.
        let is_word = !marked_up.contains("<w:document") || (name == "w:t" && !is_end);
        if let Some(line) = line.as_mut().filter(|_| is_word) {
            line.push_str(&unescape(text));
        }
    }
    page
}

fn unescape(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    named.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

pub(crate) fn html_page(html: &str) -> Page {
    let body = &html[html.find("<body>").unwrap()..];
    page(body, [&["tr"], &["td", "th"], &["p"]])
}

pub(crate) fn docx_xml(docx: &[u8]) -> String {
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(docx)).unwrap();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    text
}

pub(crate) fn docx_page(xml: &str) -> Page {
    page(xml, [&["w:tr"], &["w:tc"], &["w:p"]])
}

/// A workbook as tables of texts; numbers as their shortest decimal.
pub(crate) fn xlsx_tables(bytes: &[u8]) -> Vec<Vec<Vec<String>>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = book.sheet_names().clone();
    let cell = |data: &Data| match data {
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    names
        .iter()
        .map(|name| book.worksheet_range(name).unwrap().rows().map(|row| row.iter().map(cell).collect()).collect())
        .collect()
}

pub(crate) fn csv_tables(files: &[(String, Vec<u8>)]) -> Vec<Vec<Vec<String>>> {
    files
        .iter()
        .map(|(name, bytes)| {
            assert_eq!(&bytes[..3], b"\xef\xbb\xbf", "{name}");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[3..]);
            reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
        })
        .collect()
}

/// The figures of the tables, read back: from a workbook or from CSVs.
pub(crate) fn table_figures(tables: &[Vec<Vec<String>>], f: &Frozen, language: Language) -> Figures {
    let vi = language == Language::Vi;
    let agree = f.vote.contest.form.is_agree();
    let votes = if agree { 3 } else { 1 };
    let hundredths = |cell: &String| {
        let (whole, rest) = cell.split_once('.').unwrap_or((cell, "0"));
        whole.parse::<u64>().unwrap() * 100 + format!("{rest:0<2}").parse::<u64>().unwrap()
    };
    let result = &tables[0][1..];
    let rows = result.iter().map(|row| {
        let mut figures: Vec<u64> = row[2..2 + votes].iter().map(|cell| cell.parse().unwrap()).collect();
        figures.push(hundredths(&row[2 + votes]));
        (row[0].clone(), row[1].clone(), figures)
    });
    let mut order: Vec<(u64, String, u64)> = result
        .iter()
        .filter_map(|row| Some((row.last()?.parse().ok()?, row[0].clone(), row[2].parse().ok()?)))
        .collect();
    order.sort();
    let balance: BTreeMap<&str, &str> = tables[1][1..].iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let said = |v: &str, e: &str| balance[if vi { v } else { e }].parse::<u64>().unwrap();
    let ground = if vi { "Không hợp lệ: " } else { "Invalid: " };
    Figures {
        rows: rows.collect(),
        elected: order,
        base: said("Số để tính quá một nửa", "Number of which more than half is needed"),
        threshold: said("Quá một nửa, từ", "More than half, from"),
        collected: said("Số phiếu thu về", "Ballots collected"),
        valid: said("Số phiếu hợp lệ", "Valid ballots"),
        invalid: said("Số phiếu không hợp lệ", "Invalid ballots"),
        grounds: balance.iter().filter(|(k, _)| k.starts_with(ground)).map(|(_, v)| v.parse().unwrap()).collect(),
        left: if agree {
            BTreeMap::new()
        } else {
            tables[2][1..].iter().map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap())).collect()
        },
    }
}

/// One bulletin in every file that leaves the house, still as bytes.
pub(crate) struct Told {
    pub(crate) html: String,
    pub(crate) docx: String,
    pub(crate) csv: Vec<(String, Vec<u8>)>,
    pub(crate) xlsx: Vec<Vec<Vec<String>>>,
    pub(crate) script: Paper,
}

pub(crate) fn told(f: &Frozen, language: Language) -> Told {
    let minutes = pages::minutes::minutes(f, language);
    let tables = Tables::of(f, language);
    Told {
        html: pages::html::html(&minutes),
        docx: docx_xml(&pages::docx::docx(&minutes).unwrap()),
        csv: tables.csv().unwrap(),
        xlsx: xlsx_tables(&tables.xlsx().unwrap()),
        script: pages::script::script(f, language),
    }
}
