//! What a statement means, in words a member reads before signing it, in Vietnamese and English. It says what stands in
//! the statement and what the log has to do with it, and refuses to judge whether the rules allow it.

mod board;
mod contest;
mod event;

use crate::{error::say, standing::Reserve};
use serde::Serialize;
use std::fmt;
use tally::{
    CandidateNo, ContestId, Count, Statement,
    reconcile::{Blocks, Check},
    ruling::Sentence,
    text::Text,
};

/// One thing said in both languages, for whoever reads JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl From<Sentence> for Said {
    fn from(sentence: Sentence) -> Self {
        Self { vi: sentence.vi, en: sentence.en }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.vi == self.en { f.write_str(&self.vi) } else { write!(f, "{} — {}", self.vi, self.en) }
    }
}

/// A statement in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What it does.
    pub title: Sentence,
    /// What it says, line by line.
    pub lines: Vec<Sentence>,
}

impl Meaning {
    /// What a statement means, given the log before it.
    pub fn of(statement: &Statement, count: &Count) -> Self {
        let hall = Hall { count };
        match statement {
            Statement::Manifest(s) => event::manifest(s),
            Statement::Board(s) => event::board(s, &hall),
            Statement::Key(s) => event::key(s),
            Statement::Revoke(s) => event::revoke(s, &hall),
            Statement::Contest(s) => contest::contest(s, &hall),
            Statement::Papers(s) => contest::papers(s, &hall),
            Statement::Batch(s) => contest::batch(s, &hall),
            Statement::Withdraw(s) => contest::withdraw(s, &hall),
            Statement::Bulletin(s) => contest::bulletin(s, &hall),
            Statement::Decide(s) => board::decide(s, &hall),
            Statement::Settle(s) => board::settle(s, &hall),
            Statement::Close(s) => board::close(s, &hall),
            Statement::Reopen(s) => board::reopen(s, &hall),
            Statement::Certify(s) => board::certify(s, &hall),
            Statement::Minutes(s) => board::minutes(s, &hall),
            Statement::Announce(s) => board::announce(s, &hall),
            Statement::Annul(s) => board::annul(s, &hall),
        }
    }

    fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { title: say(vi, en), lines: Vec::new() }
    }

    fn line(mut self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        self.lines.push(say(vi, en));
        self
    }

    /// A line that is the same in both languages: names and numbers.
    fn fact(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.line(text.clone(), text)
    }

    /// What the loss of a key would stop, before it is signed that so few keys there are.
    fn warned(self, reserves: impl IntoIterator<Item = Reserve>) -> Self {
        let said = reserves.into_iter().filter_map(|reserve| reserve.warning);
        self.mind(said.map(|said| say(said.vi, said.en)))
    }

    /// What the rules allow and people should know before they sign.
    fn mind(mut self, said: impl IntoIterator<Item = Sentence>) -> Self {
        self.lines.extend(said.into_iter().map(|s| say(format!("CHÚ Ý: {}", s.vi), format!("MIND: {}", s.en))));
        self
    }

    /// Every check that fails, before it is signed: what is wrong is mended now, not at the close.
    fn checked(mut self, failed: Vec<Check>) -> Self {
        for check in failed {
            let (code, said) = (check.code, check.committee);
            let (vi, en) = match check.blocks {
                Blocks::Close => {
                    ("KHÔNG KHỚP, không kết thúc kiểm được", "DOES NOT ADD UP, the contest cannot be closed")
                }
                Blocks::Certificate => {
                    ("KHÔNG KHỚP, không chứng nhận được", "DOES NOT ADD UP, nothing can be certified")
                }
                Blocks::CloseUntilAccepted => {
                    ("CHÚ Ý, phải ghi lý do trước khi kết thúc kiểm", "MIND, a reason is asked before the close")
                }
                Blocks::Nothing => ("nên xem", "worth a look"),
            };
            self.lines.push(say(format!("{code} {vi}: {}", said.vi), format!("{code} {en}: {}", said.en)));
        }
        self
    }

    fn reason(self, reason: &Text) -> Self {
        self.line(format!("Lý do: {reason}"), format!("Reason: {reason}"))
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title)?;
        for line in &self.lines {
            if line.vi == line.en { write!(f, "\n  {}", line.vi)? } else { write!(f, "\n  {line}")? }
        }
        Ok(())
    }
}

/// What the log knows that a statement only names.
struct Hall<'a> {
    count: &'a Count,
}

impl Hall<'_> {
    /// `c01 (Bầu Ban Chấp hành)`.
    fn contest(&self, id: ContestId) -> String {
        match self.count.contest(id) {
            Some(contest) => format!("{id} ({})", contest.statement().title),
            None => id.to_string(),
        }
    }

    /// `03 Lê Hoàng Cường`.
    fn candidate(&self, contest: ContestId, number: CandidateNo) -> String {
        let names = self.count.contest(contest).map(|c| &c.statement().candidates[..]).unwrap_or_default();
        match names.get(number.place()).filter(|_| number.is_on(names.len())) {
            Some(name) => format!("{number} {name}"),
            None => number.to_string(),
        }
    }
}

/// `1 paper`, `2 papers`: English tells one from many, Vietnamese does not.
fn many(n: impl Into<u64>, one: &str) -> String {
    let n = n.into();
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// The last part of a key's name, with its role: `station/s04`.
fn short(name: &str) -> &str {
    let mut slashes = name.rmatch_indices('/').map(|(at, _)| at);
    slashes.next();
    slashes.next().map_or(name, |at| &name[at.saturating_add(1)..])
}
