//! The PDF says what the paper says: every line of it, in both languages, read back by a program that shares nothing
//! with the one that set it.

#![allow(clippy::unwrap_used, reason = "a test")]

use pages::{Frozen, Language, Paper, Vote};
use std::{fs, path::PathBuf, process::Command};
use tally::Replay;

fn log() -> Replay {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1/statements");
    let mut notes: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    notes.sort();
    let mut replay = Replay::new();
    for note in notes {
        replay.verify(&fs::read(note).unwrap()).unwrap();
    }
    replay
}

fn papers(language: Language) -> Vec<Paper> {
    let replay = log();
    let mut papers = Vec::new();
    for contest in ["c01", "c02"] {
        let id = contest.parse().unwrap();
        let mut frozen = Frozen::of(&replay.count, id).unwrap();
        let tones =
            ["Nguyễn Đặng Ằng Ẳng", "Ỷ Ỹ Ỵ Ý Ỳ Hoà Hòa", "Ưởng Ữu Ự Ợt Ỡ Ớn <&\"#\\$*_>", "đỗ ặc ẫu ệch ỉ ị ọp"];
        for (name, tones) in frozen.vote.contest.candidates.iter_mut().zip(tones) {
            *name = tones.parse().unwrap();
        }
        papers.extend(pages::kit(&Vote::of(&replay.count, id).unwrap(), language));
        papers.extend(pages::after(&frozen, language));
    }
    papers
}

/// The letters of a PDF without the spaces between them.
fn letters(pdf: &[u8], name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{name}.pdf"));
    fs::write(&path, pdf).unwrap();
    let read = Command::new("pdftotext").arg("-raw").arg(&path).arg("-").output().expect("poppler-utils are installed");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    squeezed(&String::from_utf8(read.stdout).unwrap())
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{c}').collect()
}

/// The first line of the paper that the PDF does not say.
fn missing(paper: &Paper, letters: &str) -> Option<String> {
    paper.lines().into_iter().map(|line| line.text()).find(|text| {
        // A page may end inside a long line; its words are then looked for one by one.
        !letters.contains(&squeezed(text)) && !text.split_whitespace().all(|word| letters.contains(&squeezed(word)))
    })
}

#[test]
fn the_pdf_says_every_line_of_every_paper_in_both_languages() {
    for language in [Language::Vi, Language::En] {
        for paper in papers(language) {
            let pdf = press::pdf(&paper).unwrap_or_else(|e| panic!("{}: {e}", paper.stem));
            assert!(pdf.starts_with(b"%PDF-"));
            let letters = letters(&pdf, &paper.stem);
            assert_eq!(missing(&paper, &letters), None, "{}", paper.stem);
        }
    }
}

#[test]
fn a_figure_changed_on_the_paper_is_missed_in_the_pdf() {
    let replay = log();
    let frozen = Frozen::of(&replay.count, "c01".parse().unwrap()).unwrap();
    let letters = letters(&press::pdf(&pages::minutes::minutes(&frozen, Language::Vi)).unwrap(), "minutes");
    let mut other = frozen.clone();
    other.figures.valid.0 += 1000;
    assert!(missing(&pages::minutes::minutes(&other, Language::Vi), &letters).is_some());
}

#[test]
fn a_paper_is_the_same_pdf_whenever_it_is_made() {
    let replay = log();
    let vote = Vote::of(&replay.count, "c01".parse().unwrap()).unwrap();
    let ballot = pages::ballot::ballot(&vote, Language::Vi);
    assert_eq!(press::pdf(&ballot).unwrap(), press::pdf(&ballot).unwrap());
}
