//! Biên bản niêm phong và bàn giao: what the board sealed and who took it over. It refuses to know who takes it.

use crate::{
    heading,
    number::number,
    paper::{Block, Paper, line},
    record::Frozen,
    words::{self, DOTS},
};
use tally::statement::Language;

/// The record of sealing and handing over.
#[must_use]
pub fn handover(frozen: &Frozen, language: Language) -> Paper {
    let vote = &frozen.vote;
    let board = vote.board.as_ref().map_or_else(|| words::BOARD.say(language).to_owned(), |b| b.title.to_string());
    let mut blocks = heading::heading(vote, frozen.day, language);
    blocks.extend(heading::title(vote, words::HANDOVER, language));
    blocks.push(Block::Gap(3));
    blocks.push(line(words::HANDOVER_OPENS.with(language, &[&board])).into());
    blocks.push(items(frozen, language));
    blocks.push(Block::Gap(2));
    blocks.push(line(words::HANDOVER_END.say(language)).into());
    blocks.push(Block::Gap(3));
    blocks.push(heading::two_sides(words::GIVES, words::TAKES, language));
    blocks.push(Block::Gap(4));
    blocks.extend(heading::identity(frozen, language));
    let title = format!("{} – {}", words::HANDOVER.say(language), vote.contest.title);
    let footer =
        format!("{} · {}", vote.contest.contest, words::READING_CODE.with(language, &[&frozen.code.to_string()]));
    Paper {
        stem: heading::stem(vote, words::STEM_HANDOVER, language),
        title,
        language,
        sideways: false,
        footer,
        blocks,
    }
}

fn items(frozen: &Frozen, language: Language) -> Block {
    let (figures, papers) = (&frozen.figures, &frozen.papers);
    let invalid = figures.invalid.iter().map(|(_, p)| u64::from(p.0)).sum();
    let minutes = frozen.minutes.as_ref().map(|(_, m)| m);
    let seals = minutes.map(|m| m.seals.iter().map(ToString::to_string).collect::<Vec<_>>());
    let items = [
        (words::ITEM_VALID, Some(figures.valid.0.into()), String::new()),
        (words::ITEM_INVALID, Some(invalid), String::new()),
        (words::ITEM_UNUSED, Some(papers.unused), String::new()),
        (words::ITEM_SPOILED, Some(papers.spoiled), String::new()),
        (words::ITEM_BUNDLES, Some(papers.bundles.len() as u64), String::new()),
        (words::ITEM_MINUTES, minutes.map(|m| m.copies), String::new()),
        (words::ITEM_SEALS, seals.as_ref().map(|s| s.len() as u64), seals.unwrap_or_default().join(", ")),
        (words::ITEM_LOG, None, String::new()),
    ];
    let head = [words::NO, words::ITEM, words::QUANTITY, words::NOTE].map(|word| word.say(language).to_owned());
    let rows: Vec<Vec<String>> = items
        .into_iter()
        .zip(1_u32..)
        .map(|((item, quantity, note), no)| {
            let quantity = quantity.map_or_else(|| DOTS.to_owned(), |n| number(n, language));
            vec![no.to_string(), item.say(language).to_owned(), quantity, note]
        })
        .collect();
    heading::texts(vec![14, 76, 30, 50], &head, &rows, 12, 8).into()
}
