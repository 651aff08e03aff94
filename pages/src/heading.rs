//! What papers of a hall have in common: heading, title, signatures, identity. It refuses to know any figure.

use crate::{
    number,
    paper::{Block, Cell, Line, Row, Table, line},
    qr::{self, Qr},
    record::Frozen,
    rules::{self, Heading},
    vote::Vote,
    words,
};
use tally::{
    statement::{Language, MemberRole, Round},
    text::Date,
};

/// Names of files: the contest, then what it is.
pub(crate) fn stem(vote: &Vote, what: words::Word, language: Language) -> String {
    format!("{}-{}", vote.contest.contest, what.say(language))
}

/// The two sides of a Vietnamese heading: whose paper it is, and under which name of State or Party, where and when.
pub(crate) fn heading(vote: &Vote, day: Option<Date>, language: Language) -> Vec<Block> {
    let board = line(words::BOARD.say(language)).size(12).bold().under().centre();
    let when = line(place_and_day(vote, day, language)).size(12).italic().centre();
    sides(vote, Some(board), Some(when), language)
}

/// The heading of a ballot: nobody's board, no day to be written on every paper.
pub(crate) fn heading_of_ballot(vote: &Vote, language: Language) -> Vec<Block> {
    sides(vote, None, None, language)
}

fn sides(vote: &Vote, board: Option<Line>, when: Option<Line>, language: Language) -> Vec<Block> {
    let organisation =
        vote.manifest.organisation.as_ref().map(|o| line(o.to_string().to_uppercase()).size(12).centre());
    let left = [organisation, Some(line(vote.manifest.title.to_string()).size(12).centre()), board];
    let name = match rules::heading(&vote.profile) {
        Heading::Party => vec![line(words::PARTY.say(language)).size(12).bold().under().centre()],
        Heading::State => vec![
            line(words::STATE.say(language)).size(12).bold().centre(),
            line(words::MOTTO.say(language)).size(12).bold().under().centre(),
        ],
        Heading::None => Vec::new(),
    };
    let right = name.into_iter().chain(when);
    let cell = |lines: Vec<Line>| Cell::of(lines.into_iter().map(Block::from).collect());
    let cells = vec![cell(left.into_iter().flatten().collect()), cell(right.collect())];
    vec![Table::beside(vec![80, 90], cells).into(), Block::Gap(4)]
}

fn place_and_day(vote: &Vote, day: Option<Date>, language: Language) -> String {
    let place = vote.manifest.place.as_ref().map_or_else(|| words::DOTS.to_owned(), ToString::to_string);
    match day.map(number::parts) {
        None => words::PLACE_DAY_BLANK.with(language, &[&place]),
        Some((year, month, day)) => {
            let filled = [place, format!("{day:02}"), format!("{month:02}"), year.to_string()];
            words::PLACE_DAY.with(language, &filled.each_ref().map(String::as_str))
        }
    }
}

/// What is elected, and which round of it.
pub(crate) fn title(vote: &Vote, name: words::Word, language: Language) -> Vec<Block> {
    let mut blocks = vec![
        line(name.say(language)).size(16).bold().centre().keep().into(),
        line(vote.contest.title.to_string()).size(14).bold().centre().keep().into(),
    ];
    blocks.extend(round(vote, language).map(|text| line(text).centre().italic().keep().into()));
    blocks
}

pub(crate) fn round(vote: &Vote, language: Language) -> Option<String> {
    let word = match vote.contest.kind {
        Round::First => return None,
        Round::Continued => words::ROUND_CONTINUED,
        Round::Tie => words::ROUND_TIE,
        Round::Repeat => words::ROUND_REPEAT,
    };
    let follows = vote.contest.follows.map_or_else(|| words::DOTS.to_owned(), |id| id.to_string());
    Some(word.with(language, &[&follows]))
}

/// A line that begins with what it is about, in bold.
pub(crate) fn entry(title: &str, value: &str) -> Line {
    if value.is_empty() { line(title).bold() } else { line(format!("{title}: ")).and(line(value).bold()) }
}

/// The ballot code, said to be one for all: nobody shall think that a paper is known by it.
pub(crate) fn ballot_code(vote: &Vote, language: Language) -> String {
    let code = words::CODE_OF_BALLOT.with(language, &[&vote.code.to_string()]);
    format!("{code} ({})", words::CODE_FOR_ALL.say(language))
}

/// People of the board with their roles.
pub(crate) fn members(vote: &Vote, language: Language) -> Vec<Block> {
    let Some(board) = &vote.board else {
        return vec![line(words::LONG_DOTS).into(), line(words::LONG_DOTS).into()];
    };
    let opens = words::BOARD_OPENS.with(language, &[board.title.as_str()]);
    let people = board.members.iter().zip(1..).map(|(member, no)| {
        let role = words::role(member.role).say(language);
        line(format!("{no}. {} – {role}", member.name)).indent(8).into()
    });
    [line(opens).into()].into_iter().chain(people).collect()
}

fn signature(title: &str, role: &str, name: &str, language: Language) -> Cell {
    let mut blocks = vec![line(title).size(12).bold().centre().keep().into()];
    if !role.is_empty() {
        blocks.push(line(role).size(12).bold().centre().keep().into());
    }
    blocks.push(line(words::SIGN_HERE.say(language)).size(11).italic().centre().keep().into());
    blocks.push(Block::Gap(20));
    blocks.push(line(name).size(12).bold().centre().into());
    Cell::of(blocks)
}

/// Signatures: the presidium at the left, the head of the board at the right, then the members.
pub(crate) fn signatures(vote: &Vote, language: Language) -> Vec<Block> {
    let of = |role: MemberRole| vote.board.iter().flat_map(|b| &b.members).filter(move |m| m.role == role);
    let head = of(MemberRole::Head).next().map(|m| m.name.to_string()).unwrap_or_default();
    let (presidium, board) = (words::PRESIDIUM.say(language), words::FOR_BOARD.say(language));
    let role = words::HEAD.say(language).to_uppercase();
    let cells = vec![signature(presidium, "", "", language), signature(board, &role, &head, language)];
    let mut blocks: Vec<Block> = vec![Block::Gap(3), Table::beside(vec![85, 85], cells).into()];
    let others: Vec<_> = of(MemberRole::Deputy).chain(of(MemberRole::Member)).collect();
    if !others.is_empty() {
        blocks.push(line(words::MEMBERS.say(language)).size(12).bold().centre().keep().into());
        for three in others.chunks(3) {
            let mut cells: Vec<Cell> = three
                .iter()
                .map(|m| {
                    let role = words::role(m.role).say(language);
                    Cell::of(vec![
                        line(role).size(11).italic().centre().keep().into(),
                        Block::Gap(16),
                        line(m.name.to_string()).size(12).centre().into(),
                    ])
                })
                .collect();
            cells.resize_with(3, Cell::empty);
            blocks.push(Table::beside(vec![56, 57, 57], cells).into());
        }
    }
    blocks
}

/// Two sides that sign, without names.
pub(crate) fn two_sides(left: words::Word, right: words::Word, language: Language) -> Block {
    let cells = vec![signature(left.say(language), "", "", language), signature(right.say(language), "", "", language)];
    Table::beside(vec![85, 85], cells).into()
}

/// The closed bulletin by which a paper is known: sixteen groups, QR, reading code.
pub(crate) fn identity(frozen: &Frozen, language: Language) -> Vec<Block> {
    let [first, last] = qr::groups(frozen.bulletin);
    let code = words::READING_CODE.with(language, &[&frozen.code.to_string()]);
    let entry = words::ANNEX_ENTRY.with(language, &[&frozen.entry.to_string()]);
    let said = Cell::of(vec![
        line(words::ANNEX_SID.say(language)).size(11).into(),
        line(first).size(12).bold().into(),
        line(last).size(12).bold().into(),
        line(entry).size(11).into(),
        line(code).size(14).bold().into(),
        line(words::READING_CODE_USE.say(language)).size(11).italic().into(),
    ]);
    let drawn = Cell::of(vec![Block::Qr(Qr::of(frozen.bulletin), 30)]);
    vec![Table::beside(vec![36, 134], vec![drawn, said]).into()]
}

/// A table of texts in the middle of their cells, the second column at the left: it says who or what.
pub(crate) fn texts(widths: Vec<u16>, head: &[String], rows: &[Vec<String>], size: u8, height: u16) -> Table {
    let top = head.iter().map(|text| line(text.clone()).size(size).bold().centre().into()).collect();
    let body = rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(column, text)| {
            let set = line(text.clone()).size(size);
            if column == 1 && row.len() > 2 { set.into() } else { set.centre().into() }
        });
        Row::of(cells.collect()).height(height)
    });
    Table::ruled(widths, [Row::of(top)].into_iter().chain(body).collect())
}
