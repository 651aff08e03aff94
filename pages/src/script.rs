//! Lời đọc: what the head of the board reads out, a numbered line at a time, the same figures in the same order as the
//! minutes. The projector moves with these lines. It refuses to say anything that the minutes do not.

use crate::{
    heading,
    paper::{Block, Cell, Paper, Row, Table, line},
    points,
    record::Frozen,
    words,
};
use tally::statement::Language;

/// The lines in the order in which they are read, without their numbers.
#[must_use]
pub fn lines(frozen: &Frozen, language: Language) -> Vec<String> {
    let vote = &frozen.vote;
    let board = vote.board.as_ref().map_or_else(|| words::BOARD.say(language).to_owned(), |b| b.title.to_string());
    let title = [Some(vote.contest.title.to_string()), heading::round(vote, language)];
    let title = title.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let mut lines = vec![words::SCRIPT_OPEN.with(language, &[&board, &title])];
    for point in points::points(frozen, language) {
        if point.value.is_empty() {
            lines.push(format!("{}:", point.title));
        } else {
            lines.push(format!("{}: {}.", point.title, point.value));
        }
        lines.extend(point.more);
        lines.extend(point.rows.into_iter().flat_map(|rows| rows.spoken));
    }
    lines.push(words::SCRIPT_END.say(language).to_owned());
    lines
}

/// The script in large letters.
#[must_use]
pub fn script(frozen: &Frozen, language: Language) -> Paper {
    let vote = &frozen.vote;
    let mut blocks = heading::title(vote, words::SCRIPT, language);
    blocks.push(line(words::SCRIPT_HOW.say(language)).italic().centre().into());
    blocks.extend(heading::identity(frozen, language));
    blocks.push(Block::Gap(3));
    let rows = lines(frozen, language).into_iter().zip(1_u32..).map(|(text, no)| {
        Row::of(vec![line(no.to_string()).size(11).italic().right().into(), line(text).size(16).into()]).height(9)
    });
    blocks.push(Table { widths: vec![15, 155], head: 0, ruled: false, tight: false, rows: rows.collect() }.into());
    blocks.push(Block::Gap(2));
    let code = words::READING_CODE.with(language, &[&frozen.code.to_string()]);
    blocks.push(Table::beside(vec![170], vec![Cell::from(line(code).size(16).bold().centre())]).into());
    let title = format!("{} – {}", words::SCRIPT.say(language), vote.contest.title);
    let footer =
        format!("{} · {}", vote.contest.contest, words::READING_CODE.with(language, &[&frozen.code.to_string()]));
    Paper { stem: heading::stem(vote, words::STEM_SCRIPT, language), title, language, sideways: false, footer, blocks }
}
