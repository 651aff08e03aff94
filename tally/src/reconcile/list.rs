//! What is noticed about a list of names before anybody votes: too many names for the rules of a first vote, and names
//! that cannot be told apart when they are read out. It refuses to know votes.

use super::{Blocks, Check};
use crate::{
    profile::Profile,
    ruling::say,
    statement::{Board, Contest, MemberRole},
};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// Names a warning spells out; a list of 999 namesakes is no sentence.
const PAIRS_SHOWN_MAX: usize = 5;

/// A first list longer than its rules allow (190-QĐ/TW Art. 14).
pub(super) fn surplus(contest: &Contest, rules: &Profile) -> Option<Check> {
    let most = rules.most_names(contest.kind, contest.form, contest.seats)?;
    let (names, seats) = (contest.candidates.len() as u64, u64::from(contest.seats));
    let (over, max) = (names.saturating_sub(seats), most.saturating_sub(seats));
    (names > most).then(|| Check {
        code: "W-SURPLUS",
        blocks: Blocks::CloseUntilAccepted,
        committee: say(
            format!("danh sách {names} người bầu {seats}: số dư {over}, quy định tối đa {max}"),
            format!("{names} names for {seats} seats: a surplus of {over}, the rules allow {max}"),
        ),
        table: say(
            "Danh sách có số dư nhiều hơn quy định; các bàn cứ kiểm, ban ghi lý do.",
            "The list is longer than the rules allow; go on counting, the board states the reason.",
        ),
    })
}

pub(super) fn names(contest: &Contest, board: Option<&Board>) -> Option<Check> {
    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (place, name) in contest.candidates.iter().enumerate() {
        heard.entry(same_when_heard(name.as_str())).or_default().push(format!("{} {name}", contest.number(place)));
    }
    let members = board.iter().flat_map(|b| &b.members).filter(|m| m.role != MemberRole::Technician);
    for member in members {
        if let Some(names) = heard.get_mut(&same_when_heard(member.name.as_str())) {
            names.push(format!("{} {}", member.id, member.name));
        }
    }
    let alike: Vec<String> = heard.into_values().filter(|names| names.len() > 1).map(|n| n.join(" = ")).collect();
    let shown = alike.iter().take(PAIRS_SHOWN_MAX).cloned().collect::<Vec<_>>().join("; ");
    (!alike.is_empty()).then(|| Check {
        code: "W-NAMES",
        blocks: Blocks::Nothing,
        committee: say(
            format!("tên giống nhau, nếu là hai người thì ghi thêm năm sinh: {shown}"),
            format!("names alike; if they are two people, a year of birth tells them apart: {shown}"),
        ),
        table: say(
            format!("Có tên giống nhau, đọc kèm số thứ tự: {shown}."),
            format!("Some names are alike; read their numbers aloud as well: {shown}."),
        ),
    })
}

/// What two names have in common that sound alike: case, the place of the tone in a syllable (hòa, hoà) and the three
/// letters that look like Đ make no difference.
pub fn same_when_heard(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(syllable).collect();
    words.join(" ")
}

fn syllable(word: &str) -> String {
    let is_tone = |c: char| matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
    let (mut letters, mut tones) = (String::new(), String::new());
    for c in word.to_lowercase().nfd() {
        match c {
            tone if is_tone(tone) => tones.push(tone),
            '\u{f0}' | '\u{256}' => letters.push('đ'),
            letter => letters.push(letter),
        }
    }
    letters + &tones
}
