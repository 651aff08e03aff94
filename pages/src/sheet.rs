//! Bảng đếm tay: one bundle counted by marks on paper, with the sums that must hold. It refuses to know any figure.

use crate::{
    heading,
    paper::{Block, Cell, Paper, Row, SIDEWAYS_MM, Table, UPRIGHT_MM, line},
    rules,
    vote::Vote,
    words,
};
use tally::statement::Language;

/// The tally sheet of one bundle; the office copies it.
#[must_use]
pub fn sheets(vote: &Vote, language: Language) -> Paper {
    let say = |word: words::Word| word.say(language);
    let agree = vote.contest.form.is_agree();
    let mut blocks = heading::title(vote, words::SHEET, language);
    let code = words::CODE_OF_BALLOT.with(language, &[&vote.code.to_string()]);
    blocks.push(line(code).size(12).bold().centre().into());
    blocks.push(Block::Gap(2));
    blocks.push(line(say(words::SHEET_BUNDLE)).into());
    blocks.push(names(vote, language).into());
    blocks.push(Block::Gap(3));
    if !agree {
        blocks.push(line(say(words::SHEET_LEFT)).bold().keep().into());
        let kinds: Vec<String> = (1..=vote.most()).map(|k| k.to_string()).collect();
        blocks.push(marks(words::SHEET_LEFT_K, &kinds, UPRIGHT_MM, language).into());
        blocks.push(Block::Gap(3));
    }
    let width = if agree { SIDEWAYS_MM } else { UPRIGHT_MM };
    blocks.push(line(say(words::SHEET_INVALID)).bold().keep().into());
    let form = vote.contest.form;
    let grounds = rules::grounds(&vote.profile, form);
    let grounds: Vec<String> = grounds.iter().map(|r| words::reason(*r, form).say(language).to_owned()).collect();
    blocks.push(marks(words::INVALID, &grounds, width, language).into());
    blocks.push(Block::Gap(3));
    blocks.push(line(say(words::SHEET_CONTROL)).bold().keep().into());
    let sums: &[words::Word] = if agree {
        &[words::SHEET_CONTROL_1, words::SHEET_CONTROL_5]
    } else {
        &[words::SHEET_CONTROL_1, words::SHEET_CONTROL_2, words::SHEET_CONTROL_3, words::SHEET_CONTROL_4]
    };
    blocks.extend(sums.iter().map(|sum| line(say(*sum)).keep().into()));
    blocks.push(Block::Gap(3));
    blocks.push(line(say(words::SHEET_SIGN)).size(12).into());
    let title = format!("{} – {}", say(words::SHEET), vote.contest.title);
    let footer = words::CODE_OF_BALLOT.with(language, &[&vote.code.to_string()]);
    Paper { stem: heading::stem(vote, words::STEM_SHEETS, language), title, language, sideways: agree, footer, blocks }
}

fn head(words: &[words::Word], language: Language) -> Row {
    Row::of(words.iter().map(|w| line(w.say(language)).size(11).bold().centre().into()).collect())
}

/// A row of names with room for marks; agree forms have room for each box.
fn names(vote: &Vote, language: Language) -> Table {
    let agree = vote.contest.form.is_agree();
    let (columns, widths): (&[words::Word], _) = if agree {
        let columns = &[
            words::NO,
            words::NAME,
            words::AGREE,
            words::SHEET_SUM,
            words::DISAGREE,
            words::SHEET_SUM,
            words::UNUSABLE,
            words::SHEET_SUM,
        ];
        (columns, vec![12, 60, 70, 16, 41, 16, 26, 16])
    } else {
        (&[words::NO, words::NAME, words::SHEET_MARKS, words::SHEET_SUM], vec![12, 52, 88, 18])
    };
    let body = vote.contest.candidates.iter().enumerate().map(|(place, name)| {
        let number = line(vote.contest.number(place).to_string()).size(12).centre();
        let mut cells: Vec<Cell> = vec![number.into(), line(name.to_string()).size(12).into()];
        cells.resize(columns.len(), Cell::empty());
        Row::of(cells).height(9)
    });
    Table::ruled(widths, [head(columns, language)].into_iter().chain(body).collect())
}

/// Rows of a kind with room for marks and their sum.
fn marks(kind: words::Word, kinds: &[String], width: u16, language: Language) -> Table {
    let first = if kinds.iter().any(|k| k.len() > 3) { 64 } else { 20 };
    let widths = vec![first, width - first - 20, 20];
    let body =
        kinds.iter().map(|k| Row::of(vec![line(k.clone()).size(11).into(), Cell::empty(), Cell::empty()]).height(7));
    Table::ruled(
        widths,
        [head(&[kind, words::SHEET_MARKS, words::SHEET_SUM], language)].into_iter().chain(body).collect(),
    )
}
