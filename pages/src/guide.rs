//! Hướng dẫn cách bầu: one page for this very form and number of seats, with papers drawn as voters mark them, valid ones
//! and invalid ones. All names on them are invented. It refuses to show a name of the list.

use crate::{
    ballot, heading,
    paper::{Block, Cell, Frame, Paper, Row, Table, line},
    rules,
    vote::Vote,
    words::{self, Word},
};
use tally::{Form, Reason, form::Choices, statement::Language};

/// A longer list is drawn on a small scale.
const TRUE_SIZE_MAX: usize = 18;
const SMALL: usize = 7;

/// Invented. A name that stands on the list is left out.
const INVENTED: [&str; 24] = [
    "Bùi Thị Ví Dụ",
    "Cao Văn Mẫu",
    "Đặng Thị Thử",
    "Đinh Văn Thí",
    "Đoàn Thị Giả",
    "Hà Văn Sử",
    "Hồ Thị Tưởng",
    "Huỳnh Văn Tượng",
    "Kiều Thị Nháp",
    "La Văn Tập",
    "Lâm Thị Vẽ",
    "Lương Văn Đặt",
    "Lưu Thị Bày",
    "Mạc Văn Nghĩ",
    "Mai Thị Hỏi",
    "Nghiêm Văn Thí",
    "Ông Thị Bịa",
    "Phan Văn Diễn",
    "Phùng Thị Kể",
    "Quách Văn Tả",
    "Tạ Thị Minh Họa",
    "Thái Văn Dụ",
    "Tô Thị Mẫu",
    "Vương Văn Tập",
];

/// What stands beside an invented name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Nothing.
    Left,
    /// The name struck.
    Struck,
    /// X in the first box.
    First,
    /// X in the second box.
    Second,
    /// X in both.
    Both,
}

/// What else is on the paper.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extra {
    None,
    Name,
    Signature,
}

struct Example {
    caption: String,
    marks: Vec<Mark>,
    extra: Extra,
}

/// The guide.
#[must_use]
pub fn guide(vote: &Vote, language: Language) -> Paper {
    let mut blocks = heading::title(vote, words::GUIDE, language);
    let seats = words::SEATS.with(language, &[&vote.contest.seats.to_string()]);
    let names = words::LISTED.with(language, &[&vote.names().to_string()]);
    blocks.push(line(format!("{names} · {seats}")).centre().into());
    blocks.push(Block::Gap(2));
    blocks.push(line(ballot::how_to_mark(vote, language)).bold().into());
    blocks.push(line(words::MARK_NOTHING_ELSE.say(language)).into());
    blocks.push(line(words::GUIDE_RULE_1.say(language)).size(12).into());
    blocks.push(line(words::GUIDE_RULE_2.say(language)).size(12).into());
    if vote.contest.form == Form::StrikeList {
        let seats = vote.contest.seats.to_string();
        blocks.push(line(words::GUIDE_RULE_3.with(language, &[&seats])).size(12).into());
    }
    blocks.push(Block::Gap(2));
    let (shown, most) = scale(vote);
    blocks.push(line(scale_said(vote, shown, most, language)).size(11).italic().into());
    blocks.push(line(words::GUIDE_INVENTED.say(language)).size(11).italic().into());
    let (valid, invalid) = examples(vote, shown, most, language);
    blocks.extend(group(vote, words::GUIDE_VALID, &valid, language));
    blocks.extend(group(vote, words::GUIDE_INVALID, &invalid, language));
    let title = format!("{} – {}", words::GUIDE.say(language), vote.contest.title);
    let footer = words::CODE_OF_BALLOT.with(language, &[&vote.code.to_string()]);
    Paper { stem: heading::stem(vote, words::STEM_GUIDE, language), title, language, sideways: false, footer, blocks }
}

/// Names drawn, and how many of them a paper may carry: the true ones where they fit.
fn scale(vote: &Vote) -> (usize, usize) {
    let (names, most) = (vote.contest.candidates.len(), vote.most());
    if names <= TRUE_SIZE_MAX {
        return (names, most);
    }
    let small = (SMALL * most).div_ceil(names).clamp(1, if most < names { SMALL - 1 } else { SMALL });
    (SMALL, small)
}

fn scale_said(vote: &Vote, shown: usize, most: usize, language: Language) -> String {
    let (names, true_most) = (vote.names().to_string(), vote.most().to_string());
    if shown == vote.contest.candidates.len() {
        words::GUIDE_TRUE_SIZE.with(language, &[&names, &true_most])
    } else {
        words::GUIDE_SMALL.with(language, &[&shown.to_string(), &most.to_string(), &names, &true_most])
    }
}

/// Papers that are valid and papers that are not, by the form and by the rules of the contest.
fn examples(vote: &Vote, shown: usize, most: usize, language: Language) -> (Vec<Example>, Vec<Example>) {
    let ex = |caption: Word, marks: Vec<Mark>, extra: Extra| Example {
        caption: caption.with(language, &[&most.to_string()]),
        marks,
        extra,
    };
    let some = |yes: usize, chosen: Mark, other: Mark| -> Vec<Mark> {
        (0..shown).map(|place| if place * yes / shown < (place + 1) * yes / shown { chosen } else { other }).collect()
    };
    let but_last = |all: Mark, last: Mark| {
        let mut marks = vec![all; shown];
        marks.last_mut().into_iter().for_each(|m| *m = last);
        marks
    };
    let fewer = most.saturating_sub(2).max(1);
    let common = |marks: &Vec<Mark>| {
        [ex(words::EX_WRITTEN, marks.clone(), Extra::Name), ex(words::EX_SIGNED, marks.clone(), Extra::Signature)]
    };
    match vote.contest.form {
        Form::StrikeList => {
            let exact = some(most, Mark::Left, Mark::Struck);
            let mut valid = vec![ex(words::EX_EXACT, exact.clone(), Extra::None)];
            if fewer < most {
                valid.push(ex(words::EX_FEWER, some(fewer, Mark::Left, Mark::Struck), Extra::None));
            }
            let mut invalid = vec![
                ex(words::EX_UNTOUCHED, vec![Mark::Left; shown], Extra::None),
                ex(words::EX_ALL_STRUCK, vec![Mark::Struck; shown], Extra::None),
            ];
            // One of the two is drawn; both are named.
            let [written, signed] = common(&exact);
            let caption = format!("{}; {}", written.caption, signed.caption);
            invalid.push(Example { caption, ..written });
            (valid, invalid)
        }
        Form::Approve => {
            let exact = some(most, Mark::First, Mark::Left);
            let unlimited = vote.contest.choices == Choices::Unlimited;
            let mut valid = Vec::new();
            if !unlimited {
                valid.push(ex(words::EX_CHOSEN, exact.clone(), Extra::None));
            }
            if fewer < most {
                valid.push(ex(words::EX_CHOSEN_FEWER, some(fewer, Mark::First, Mark::Left), Extra::None));
            }
            let mut invalid = vec![ex(words::EX_CHOSEN_NONE, vec![Mark::Left; shown], Extra::None)];
            if most < shown {
                let more = some(most + 1, Mark::First, Mark::Left);
                invalid.insert(0, ex(words::EX_CHOSEN_MORE, more, Extra::None));
            }
            let [written, signed] = common(&exact);
            let caption = format!("{}; {}", written.caption, signed.caption);
            invalid.push(Example { caption, ..written });
            (valid, invalid)
        }
        Form::AgreeList => {
            let mixed = but_last(Mark::First, Mark::Second);
            let mut valid = vec![ex(words::EX_ALL_MARKED, mixed.clone(), Extra::None)];
            let mut invalid = vec![ex(words::EX_NOTHING, vec![Mark::Left; shown], Extra::None)];
            let against = vec![Mark::Second; shown];
            if rules::may_disagree_with_all(&vote.profile) {
                valid.push(ex(words::EX_ALL_DISAGREE, against, Extra::None));
            } else {
                invalid.push(ex(words::EX_ALL_DISAGREE_VOID, against, Extra::None));
            }
            let (none, both) = (but_last(Mark::First, Mark::Left), but_last(Mark::First, Mark::Both));
            if rules::grounds(&vote.profile, Form::AgreeList).contains(&Reason::BothBoxes) {
                invalid.push(ex(words::EX_NEITHER, none, Extra::None));
                invalid.push(ex(words::EX_BOTH, both, Extra::None));
            } else {
                // One name of each kind, where the list is long enough for both.
                let mut unusable = both.clone();
                if shown > 2 {
                    unusable[shown - 2] = Mark::Left;
                }
                valid.push(ex(words::EX_ONE_UNUSABLE, unusable, Extra::None));
                invalid.extend(common(&mixed));
            }
            (valid, invalid)
        }
        Form::AgreeSingle => (
            vec![
                ex(words::EX_SAY_YES, vec![Mark::First], Extra::None),
                ex(words::EX_SAY_NO, vec![Mark::Second], Extra::None),
            ],
            vec![
                ex(words::EX_BOTH, vec![Mark::Both], Extra::None),
                ex(words::EX_NEITHER, vec![Mark::Left], Extra::None),
                ex(words::EX_SIGNED, vec![Mark::First], Extra::Signature),
            ],
        ),
    }
}

fn group(vote: &Vote, name: Word, examples: &[Example], language: Language) -> Vec<Block> {
    let mut blocks = vec![Block::Gap(2), line(name.say(language)).size(13).bold().keep().into()];
    for three in examples.chunks(3) {
        let mut cells: Vec<Cell> =
            three.iter().map(|e| Cell::of(drawn(vote, e, language)).frame(Frame::Solid)).collect();
        cells.resize_with(3, Cell::empty);
        blocks.push(Table::beside(vec![56, 57, 57], cells).into());
    }
    blocks
}

fn drawn(vote: &Vote, example: &Example, language: Language) -> Vec<Block> {
    let mut blocks = vec![line(example.caption.clone()).size(10).bold().into()];
    let on_list = |name: &str| vote.contest.candidates.iter().any(|c| c.as_str() == name);
    let invented: Vec<&str> = INVENTED.into_iter().filter(|name| !on_list(name)).collect();
    let widths = match vote.contest.form {
        Form::StrikeList => vec![8, 43],
        Form::Approve => vec![8, 33, 10],
        Form::AgreeList | Form::AgreeSingle => vec![7, 24, 10, 10],
    };
    let boxes = widths.len() - 2;
    let is_boxed = boxes > 0;
    let size = if example.marks.len() > 12 { 8 } else { 9 };
    let mut rows: Vec<Row> = Vec::new();
    if boxes == 2 {
        let short = if language == Language::Vi { ["Đồng ý", "Không"] } else { ["Agree", "Disagree"] };
        let head = ["", ""].into_iter().chain(short);
        rows.push(Row::of(head.map(|text| line(text).size(6).bold().centre().into()).collect()));
    }
    for (place, (mark, name)) in example.marks.iter().zip(invented.iter().cycle()).enumerate() {
        let name = line(*name).size(size);
        let name = if *mark == Mark::Struck { name.strike() } else { name };
        let cross = |on: bool| if on { Cell::from(line("X").size(size).bold().centre()) } else { Cell::empty() };
        let mut cells = vec![line(format!("{:02}", place + 1)).size(size).centre().into(), Cell::from(name)];
        cells.extend([
            cross(matches!(mark, Mark::First | Mark::Both)),
            cross(matches!(mark, Mark::Second | Mark::Both)),
        ]);
        cells.truncate(boxes + 2);
        rows.push(Row::of(cells));
    }
    blocks.push(Table { widths, head: usize::from(boxes == 2), ruled: is_boxed, tight: true, rows }.into());
    match example.extra {
        Extra::None => {}
        Extra::Name => blocks.push(line("Trịnh Văn Thêm").size(12).italic().indent(9).into()),
        Extra::Signature => blocks.push(line("Thêm Thắt").size(13).italic().right().into()),
    }
    blocks
}
