//! Bìa tập phiếu: what lies on a bundle from the box to the seal. Two on a sheet. It refuses to know what the bundle adds
//! up to: that is written by hand and signed.

use crate::{
    heading,
    number::number,
    paper::{Block, Cell, Frame, Paper, Row, Table, line},
    qr::Qr,
    vote::Vote,
    words::{self, DOTS},
};
use tally::statement::{Bundle, Language};

/// Blank covers when the bundles are not stated yet.
const BLANK: usize = 6;

/// A cover for every bundle, or blank ones.
#[must_use]
pub fn covers(vote: &Vote, language: Language) -> Paper {
    let bundles: Vec<Option<&Bundle>> =
        if vote.bundles.is_empty() { vec![None; BLANK] } else { vote.bundles.iter().map(Some).collect() };
    let mut blocks = Vec::new();
    for (place, bundle) in bundles.into_iter().enumerate() {
        match place {
            0 => {}
            odd if odd % 2 == 1 => blocks.push(Block::Gap(8)),
            _ => blocks.push(Block::Break),
        }
        blocks.push(cover(vote, bundle, language).into());
    }
    let title = format!("{} – {}", words::COVER.say(language), vote.contest.title);
    let footer = words::CODE_OF_BALLOT.with(language, &[&vote.code.to_string()]);
    Paper { stem: heading::stem(vote, words::STEM_COVERS, language), title, language, sideways: false, footer, blocks }
}

fn cover(vote: &Vote, bundle: Option<&Bundle>, language: Language) -> Table {
    let id = bundle.map_or_else(|| DOTS.to_owned(), |b| b.bundle.to_string());
    let papers = bundle.map_or_else(|| DOTS.to_owned(), |b| number(b.papers.0.into(), language));
    let table = match bundle {
        None => DOTS.to_owned(),
        Some(b) => b.table.map_or_else(|| words::COVER_ANY.say(language).to_owned(), |t| vote.table(t)),
    };
    let code = words::CODE_OF_BALLOT.with(language, &[&vote.code.to_string()]);
    let name = vec![
        line(vote.manifest.title.to_string()).size(11).into(),
        line(vote.contest.title.to_string()).size(13).bold().into(),
        line(format!("{} {id}", words::COVER.say(language))).size(26).bold().into(),
        line(code).size(14).bold().into(),
        heading::entry(words::COVER_PAPERS.say(language), &papers).size(14).into(),
        heading::entry(words::COVER_TABLE.say(language), &table).size(14).into(),
    ];
    let top = vec![Cell::of(name), Cell::of(vec![Block::Qr(Qr::of(vote.sid), 34)])];
    let by_hand = |word: words::Word| Row::of(vec![line(word.say(language)).size(11).into(), Cell::empty()]).height(12);
    let rows = [words::COVER_FIRST, words::COVER_SECOND, words::COVER_RECEIPT, words::COVER_SIGNED].map(by_hand);
    let inside = vec![
        Table::beside(vec![124, 37], top).into(),
        Table { widths: vec![70, 91], head: 0, ruled: true, tight: false, rows: rows.into() }.into(),
    ];
    let frame = Cell::of(inside).frame(Frame::Solid);
    Table { widths: vec![170], head: 0, ruled: false, tight: false, rows: vec![Row::of(vec![frame]).height(105)] }
}
