//! The golden texts, spoiled in every way that comes to mind: whatever is still accepted is written again to the letter.

use crate::golden;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tally::Statement;

/// Values that stand in the place of others.
const VALUES: &[&str] = &[
    "-",
    "0",
    "00",
    "01",
    "1",
    "2",
    "+1",
    "1000000",
    "1000001",
    "9007199254740991",
    "9007199254740992",
    "none",
    "yes",
    "valid",
    "unlimited",
    "b003",
    "s01",
    "01 1",
    "02 1",
    "001 1",
    "blank 1",
    "papers b003 1",
    "W-OUTLIER",
    "short 1",
    "tie 01 02 for 1",
    "tie for 0",
    "Nguyễn Văn An",
    "1970-05-02",
    "001-010",
    "short 0",
    "warning W-X",
    "invalid blank",
];
/// Characters that stand where others do, or between them.
const CHARACTERS: &[char] = &[
    ' ', '\n', '\r', '\t', '-', '0', '1', '9', '+', 'A', 'f', '\u{a0}', '\u{200b}', '\u{301}', '\u{323}', '\u{ad}',
    '\u{2028}', '\u{feff}', '\u{3000}', 'ệ', 'đ', 'Đ', '\u{d0}', '\u{0}', '\u{85}', '.', '/', '_', '😀',
];

/// One way to spoil a text; `at` and `what` pick a place and a thing.
fn spoil(text: &str, way: usize, at: usize, what: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = at % lines.len();
    let key = lines[line].split(' ').next().unwrap_or_default().to_owned();
    let place = text.char_indices().map(|(i, _)| i).nth(at % text.chars().count()).unwrap_or(0);
    let c = CHARACTERS[what % CHARACTERS.len()];
    let end = place + text[place..].chars().next().map_or(0, char::len_utf8);
    match way % 14 {
        0 => drop(lines.remove(line)),
        1 => lines.insert(line, lines[line].clone()),
        2 => lines.swap(line, (line + 1 + what % 3) % text.lines().count()),
        3 => lines[line] = format!("{key} {}", VALUES[what % VALUES.len()]),
        4 => lines[line] += [" ", "\r", "\t", "0", "-", "\u{200b}"][what % 6],
        5 => lines[line] = lines[line].replacen(' ', "  ", 1),
        6 => lines[line] = lines[line].to_uppercase(),
        7 => lines.insert(line, String::new()),
        8 => lines.insert(line, format!("{key} {}", VALUES[what % VALUES.len()])),
        9 => lines[line] = lines[line].chars().rev().collect(),
        10 => return format!("{}{c}{}", &text[..place], &text[place..]),
        11 => return format!("{}{c}{}", &text[..place], &text[end..]),
        12 => return format!("{}{}", &text[..place], &text[end..]),
        _ => return text[..place].to_owned(),
    }
    lines.join("\n") + "\n"
}

/// Accepted texts by what they say: a second text that says the same ends the test.
#[derive(Default)]
struct Accepted(BTreeMap<String, String>);

impl Accepted {
    fn take(&mut self, text: &str) {
        let Ok(statement) = Statement::parse(text) else { return };
        assert_eq!(statement.text(), text, "accepted texts are written again to the letter");
        let before = self.0.insert(format!("{statement:?}"), text.to_owned());
        assert!(before.is_none_or(|before| before == text), "two texts say the same");
    }
}

#[test]
fn every_line_of_every_golden_text_is_spoiled_in_every_way() {
    let mut accepted = Accepted::default();
    let mut texts = 0_usize;
    for text in golden() {
        accepted.take(&text);
        for line in 0..text.lines().count() {
            for way in 0..10 {
                for what in 0..if matches!(way, 3 | 8) { VALUES.len() } else { 6 } {
                    accepted.take(&spoil(&text, way, line, what));
                    texts += 1;
                }
            }
        }
    }
    assert!(texts > 50_000 && accepted.0.len() > 500, "{texts} texts, {} accepted", accepted.0.len());
}

#[test]
fn no_character_can_be_put_anywhere_without_being_seen() {
    let mut accepted = Accepted::default();
    for text in [13, 16, 17, 19].map(|index| golden().swap_remove(index)) {
        accepted.take(&text);
        for at in 0..text.chars().count() {
            for what in 0..CHARACTERS.len() {
                (10..13).for_each(|way| accepted.take(&spoil(&text, way, at, what)));
            }
        }
    }
    assert!(accepted.0.values().all(|text| !text.contains(['\u{200b}', '\u{a0}', '\u{ad}', '\r', '\t', '\u{feff}'])));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_spoiled_several_times_is_refused_or_written_again(
        index in 0..37_usize,
        spoilt in proptest::collection::vec((0..14_usize, 0..4_000_usize, 0..100_usize), 1..5),
    ) {
        thread_local!(static GOLDEN: Vec<String> = golden());
        let mut accepted = Accepted::default();
        let mut text = GOLDEN.with(|golden| golden[index].clone());
        for (way, at, what) in spoilt {
            if text.is_empty() || text.lines().next().is_none() {
                break;
            }
            text = spoil(&text, way, at, what);
            accepted.take(&text);
        }
    }

    #[test]
    fn any_text_is_read_without_harm(text in "(kiemphieu/v1/(close|batch|papers|certify)\n)?(\\PC|\n){0,200}") {
        Accepted::default().take(&text);
    }
}
