//! Biên bản kiểm phiếu, filled or blank (counting-rules §7). It refuses to know where its figures come from: they are the
//! points, in their order.

use crate::{
    heading,
    number::number,
    paper::{Block, Paper, line},
    points::{self, Point, Source},
    record::Frozen,
    vote::Vote,
    words,
};
use tally::{Marks, statement::Language};

/// The minutes of a certified contest.
#[must_use]
pub fn minutes(frozen: &Frozen, language: Language) -> Paper {
    let vote = &frozen.vote;
    let mut blocks = opening(vote, frozen, language);
    blocks.extend(body(&points::points(frozen, language)));
    blocks.extend(closing(frozen, language));
    blocks.extend(heading::signatures(vote, language));
    blocks.extend(annex(frozen, language));
    let footer =
        format!("{} · {}", vote.contest.contest, words::READING_CODE.with(language, &[&frozen.code.to_string()]));
    paper(vote, words::STEM_MINUTES, words::MINUTES, footer, blocks, language)
}

/// The same form to be filled by hand when machines fail.
#[must_use]
pub fn blank(vote: &Vote, language: Language) -> Paper {
    let mut blocks: Vec<Block> = vec![line(words::BLANK_FORM.say(language)).size(10).italic().centre().into()];
    blocks.extend(heading::heading(vote, None, language));
    blocks.extend(heading::title(vote, words::MINUTES, language));
    blocks.push(Block::Gap(2));
    blocks.extend(heading::members(vote, language));
    blocks.extend(body(&Source { vote, frozen: None, language }.points()));
    blocks.push(line(words::COPIES.with(language, &[words::DOTS, words::LONG_DOTS])).into());
    blocks.push(line(words::NO_ERASURE.say(language)).size(11).italic().into());
    blocks.extend(heading::signatures(vote, language));
    blocks.push(line(words::BLANK_NO_SID.say(language)).size(10).italic().into());
    let footer = heading::ballot_code(vote, language);
    paper(vote, words::STEM_BLANK, words::MINUTES, footer, blocks, language)
}

fn paper(
    vote: &Vote,
    stem: words::Word,
    title: words::Word,
    footer: String,
    blocks: Vec<Block>,
    language: Language,
) -> Paper {
    let title = format!("{} – {}", title.say(language), vote.contest.title);
    Paper { stem: heading::stem(vote, stem, language), title, language, sideways: false, footer, blocks }
}

fn opening(vote: &Vote, frozen: &Frozen, language: Language) -> Vec<Block> {
    let mut blocks = heading::heading(vote, frozen.day, language);
    blocks.extend(heading::title(vote, words::MINUTES, language));
    if let Some(old) = frozen.minutes.as_ref().and_then(|(_, m)| m.replaces) {
        let [first, last] = crate::qr::groups(old);
        let replaces = words::REPLACES.with(language, &[&format!("{first} {last}")]);
        blocks.push(line(replaces).size(11).bold().centre().into());
    }
    blocks.push(Block::Gap(2));
    blocks.extend(heading::members(vote, language));
    blocks
}

fn body(points: &[Point]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for point in points {
        let entry = heading::entry(&format!("{}. {}", point.no, point.title), &point.value);
        let follows = point.rows.is_some() || !point.more.is_empty();
        blocks.push(if follows { entry.keep() } else { entry }.into());
        blocks.extend(point.more.iter().map(|more| line(more.clone()).indent(8).into()));
        if let Some(rows) = &point.rows {
            let widths = if rows.head.len() == 6 { vec![14, 66, 22, 22, 22, 24] } else { vec![14, 96, 28, 32] };
            blocks.push(heading::texts(widths, &rows.head, &rows.rows, 12, 6).into());
            blocks.push(Block::Gap(2));
        }
    }
    blocks
}

fn closing(frozen: &Frozen, language: Language) -> Vec<Block> {
    let (copies, seals) = match &frozen.minutes {
        None => (words::DOTS.to_owned(), words::LONG_DOTS.to_owned()),
        Some((_, m)) => {
            let seals: Vec<&str> = m.seals.iter().map(tally::text::Text::as_str).collect();
            let seals = if seals.is_empty() { "–".to_owned() } else { seals.join(", ") };
            (number(m.copies, language), seals)
        }
    };
    vec![
        Block::Gap(2),
        line(words::COPIES.with(language, &[&copies, &seals])).into(),
        line(words::NO_ERASURE.say(language)).size(11).italic().into(),
    ]
}

fn annex(frozen: &Frozen, language: Language) -> Vec<Block> {
    let say = |word: words::Word| word.say(language).to_owned();
    let sub = |word: words::Word| Block::from(line(say(word)).bold().keep());
    let mut blocks = vec![Block::Break, line(say(words::ANNEX)).size(14).bold().centre().into(), Block::Gap(2)];
    blocks.extend(heading::identity(frozen, language));
    blocks.push(Block::Gap(3));
    if !frozen.derivation.is_empty() {
        blocks.push(sub(words::DERIVATION));
        blocks.extend(frozen.derivation.iter().map(|said| {
            let text = if language == Language::Vi { &said.vi } else { &said.en };
            line(text.clone()).size(12).into()
        }));
        blocks.push(Block::Gap(3));
    }
    blocks.push(sub(words::ANNEX_BUNDLES));
    blocks.push(bundles(frozen, language));
    if let Marks::Names { left, .. } = &frozen.figures.marks {
        let head = [say(words::NAMES_LEFT), say(words::PAPERS)];
        let rows: Vec<Vec<String>> =
            left.iter().map(|(k, papers)| vec![k.to_string(), number(papers.0.into(), language)]).collect();
        blocks.push(Block::Gap(3));
        blocks.push(sub(words::ANNEX_LEFT));
        blocks.push(heading::texts(vec![40, 40], &head, &rows, 11, 5).into());
    }
    let form = frozen.vote.contest.form;
    let decided: Vec<String> = frozen.decisions.iter().filter_map(|d| points::decision(d, form, language)).collect();
    if !decided.is_empty() {
        blocks.push(Block::Gap(3));
        blocks.push(sub(words::ANNEX_DECISIONS));
        blocks.extend(decided.into_iter().map(|said| line(said).size(12).into()));
    }
    blocks
}

fn bundles(frozen: &Frozen, language: Language) -> Block {
    let columns = [words::BUNDLE, words::TABLE, words::PAPERS, words::VALID, words::INVALID, words::ENTRY];
    let head = columns.map(|word| word.say(language).to_owned());
    let rows: Vec<Vec<String>> = frozen
        .bundles
        .iter()
        .map(|b| {
            let papers = number(b.papers.0.into(), language);
            let Some(count) = &b.count else {
                let given_up = words::GIVEN_UP.say(language).to_owned();
                return vec![b.bundle.to_string(), given_up, papers, "–".to_owned(), "–".to_owned(), "–".to_owned()];
            };
            let valid = u64::from(count.figures.valid.0);
            let invalid = u64::from(count.figures.ballots.0).saturating_sub(valid);
            vec![
                b.bundle.to_string(),
                frozen.vote.table(count.station),
                papers,
                number(valid, language),
                number(invalid, language),
                count.entry.to_string(),
            ]
        })
        .collect();
    heading::texts(vec![34, 46, 22, 22, 24, 22], &head, &rows, 11, 5).into()
}
