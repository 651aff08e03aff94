//! Phiếu bầu: the names in the order of the contest, a place for the stamp, one line on how to mark. All papers of a contest
//! are alike; the code on them is the code of the contest. It refuses to carry anything by which a paper could be known.

use crate::{
    heading,
    paper::{Block, Cell, Frame, Paper, Row, Table, line},
    vote::Vote,
    words,
};
use tally::{Form, form::Choices, statement::Language};

/// More names than this stand in two columns; with boxes beside them names need the width longer.
const ONE_COLUMN_MAX: usize = 20;
const ONE_COLUMN_WITH_BOXES_MAX: usize = 25;
/// Room for names between heading and foot, in millimetres.
const ROOM_MM: usize = 150;

/// One ballot; the office prints as many as are received.
#[must_use]
pub fn ballot(vote: &Vote, language: Language) -> Paper {
    let mut blocks = heading::heading_of_ballot(vote, language);
    let mut title = heading::title(vote, words::BALLOT, language);
    let seats = words::SEATS.with(language, &[&vote.contest.seats.to_string()]);
    let names = words::LISTED.with(language, &[&vote.names().to_string()]);
    title.push(line(format!("{names} · {seats}")).size(12).centre().into());
    let stamp = vec![Block::Gap(8), line(words::STAMP.say(language)).size(10).italic().centre().into()];
    let beside = vec![Cell::of(stamp).frame(Frame::Dashed), Cell::of(title)];
    blocks.push(Table { rows: vec![Row::of(beside).height(26)], ..Table::beside(vec![38, 132], Vec::new()) }.into());
    blocks.push(Block::Gap(3));
    blocks.push(line(how_to_mark(vote, language)).size(12).bold().into());
    blocks.push(line(words::MARK_NOTHING_ELSE.say(language)).size(12).into());
    blocks.push(Block::Gap(2));
    blocks.push(list(vote, language).into());
    let title = format!("{} – {}", words::BALLOT.say(language), vote.contest.title);
    let footer = heading::ballot_code(vote, language);
    Paper { stem: heading::stem(vote, words::STEM_BALLOT, language), title, language, sideways: false, footer, blocks }
}

/// How this very ballot is marked, in one line.
pub(crate) fn how_to_mark(vote: &Vote, language: Language) -> String {
    let most = vote.most().to_string();
    match (vote.contest.form, vote.contest.choices) {
        (Form::StrikeList, _) => words::MARK_STRIKE.with(language, &[&most]),
        (Form::AgreeList, _) => words::MARK_AGREE_LIST.say(language).to_owned(),
        (Form::AgreeSingle, _) => words::MARK_AGREE_SINGLE.say(language).to_owned(),
        (Form::Approve, Choices::Unlimited) => words::MARK_APPROVE_ALL.say(language).to_owned(),
        (Form::Approve, _) => words::MARK_APPROVE.with(language, &[&most]),
    }
}

/// Columns of one name: number, name, boxes. Half as wide where two stand beside each other.
fn columns(form: Form, halves: bool) -> Vec<u16> {
    match (form, halves) {
        (Form::StrikeList, false) => vec![16, 154],
        (Form::StrikeList, true) => vec![12, 73],
        (Form::Approve, false) => vec![16, 126, 28],
        (Form::Approve, true) => vec![12, 57, 16],
        (_, false) => vec![16, 94, 28, 32],
        (_, true) => vec![9, 46, 13, 17],
    }
}

fn boxes(form: Form) -> &'static [words::Word] {
    match form {
        Form::StrikeList => &[],
        Form::Approve => &[words::CHOOSE],
        Form::AgreeList | Form::AgreeSingle => &[words::AGREE, words::DISAGREE],
    }
}

fn list(vote: &Vote, language: Language) -> Table {
    let names = vote.contest.candidates.len();
    let boxes = boxes(vote.contest.form);
    let halves = names > if boxes.is_empty() { ONE_COLUMN_MAX } else { ONE_COLUMN_WITH_BOXES_MAX };
    let rows = if halves { names.div_ceil(2) } else { names };
    let height = u16::try_from(ROOM_MM.checked_div(rows).unwrap_or(9).clamp(6, 10)).expect("at most 10");
    let size = if halves && !boxes.is_empty() {
        11
    } else if halves {
        12
    } else {
        14
    };
    let head = || {
        [words::NO, words::NAME]
            .iter()
            .chain(boxes)
            .map(|word| Cell::from(line(word.say(language)).size(if halves { 9 } else { 12 }).bold().centre()))
            .collect::<Vec<_>>()
    };
    let name = |place: usize| -> Vec<Cell> {
        let Some(name) = vote.contest.candidates.get(place) else { return vec![Cell::empty(); boxes.len() + 2] };
        let number = line(vote.contest.number(place).to_string()).size(size).centre();
        let mut cells: Vec<Cell> = vec![number.into(), line(name.to_string()).size(size).into()];
        cells.resize(boxes.len() + 2, Cell::empty());
        cells
    };
    let beside = |at: usize| if halves { [name(at), name(at + rows)].concat() } else { name(at) };
    let top = if halves { [head(), head()].concat() } else { head() };
    let widths = columns(vote.contest.form, halves);
    let widths = if halves { widths.repeat(2) } else { widths };
    let body = (0..rows).map(|at| Row::of(beside(at)).height(height));
    Table::ruled(widths, [Row::of(top)].into_iter().chain(body).collect())
}
