//! One line of a ballots file: three fields, their marks and the column of every fault. It refuses to judge a paper.

use super::{
    BallotForm, BallotLine, HEADER,
    fault::{BallotFault, Wrong},
};
use tally::{
    ballot::{BoxMark, Ground, Paper},
    form::Reason,
    id::{BundleId, CandidateNo},
};

/// Reads line after line and remembers every fault.
pub(super) struct LineReader {
    form: BallotForm,
    faults: Vec<BallotFault>,
    /// Whether the first paper names its bundle; all others must do the same.
    named: Option<bool>,
    /// Said once, or a file half with ids would drown every other fault.
    mixed: bool,
}

/// A piece of a line and the character it begins at, from 1.
#[derive(Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    column: usize,
}

impl<'a> Piece<'a> {
    fn split(self, separator: char) -> impl Iterator<Item = Piece<'a>> {
        let mut column = self.column;
        self.text.split(separator).map(move |text| {
            let piece = Piece { text, column };
            column = column.saturating_add(text.chars().count()).saturating_add(1);
            piece
        })
    }
}

impl LineReader {
    pub(super) fn new(form: BallotForm) -> Self {
        Self { form, faults: Vec::new(), named: None, mixed: false }
    }

    pub(super) fn faults(&self) -> &[BallotFault] {
        &self.faults
    }

    pub(super) fn into_faults(self) -> Vec<BallotFault> {
        self.faults
    }

    pub(super) fn header(&mut self, bytes: &[u8]) {
        if let Some(text) = self.text(1, bytes)
            && text != HEADER
        {
            let column = text.chars().zip(HEADER.chars()).take_while(|(a, b)| a == b).count();
            self.fault(1, column.saturating_add(1), &Wrong::Header(text));
        }
    }

    /// The paper on a line, unless something is wrong with it.
    pub(super) fn paper(&mut self, line: usize, bytes: &[u8]) -> Option<BallotLine> {
        let text = self.text(line, bytes)?;
        if text.trim().is_empty() {
            self.fault(line, 1, &Wrong::BlankLine);
            return None;
        }
        let fields: Vec<Piece<'_>> = Piece { text, column: 1 }.split(',').collect();
        let [bundle, marks, ground] = fields[..] else {
            self.fault(line, 1, &Wrong::Fields(fields.len()));
            return None;
        };
        let before = self.faults.len();
        let bundle = self.bundle(line, bundle);
        let paper = if self.form.form.is_agree() { self.boxes(line, marks) } else { self.names(line, marks) };
        let ground = self.ground(line, ground);
        (self.faults.len() == before).then_some(BallotLine { bundle, paper, ground, line })
    }

    fn ground(&mut self, line: usize, field: Piece<'_>) -> Option<Ground> {
        let word = field.text;
        let wrong = match word.parse::<Ground>() {
            _ if word.is_empty() => return None,
            Ok(ground) if self.form.grounds.knows(ground.into()) => return Some(ground),
            Ok(_) => Wrong::GroundNotOfTheRules(word),
            Err(_) if word.parse::<Reason>().is_ok() => Wrong::GroundOfTheProgram(word),
            Err(_) => Wrong::Ground(word),
        };
        self.fault(line, field.column, &wrong);
        None
    }

    fn text<'a>(&mut self, line: usize, bytes: &'a [u8]) -> Option<&'a str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).chars().count();
                self.fault(line, good.saturating_add(1), &Wrong::NotUtf8);
                None
            }
        }
    }

    fn bundle(&mut self, line: usize, field: Piece<'_>) -> Option<BundleId> {
        let named = !field.text.is_empty();
        if *self.named.get_or_insert(named) != named && !self.mixed {
            self.mixed = true;
            self.fault(line, field.column, &Wrong::MixedIds);
        }
        if !named {
            return None;
        }
        let id = field.text.parse().ok();
        if id.is_none() {
            self.fault(line, field.column, &Wrong::BundleId(field.text));
        }
        id
    }

    fn names(&mut self, line: usize, field: Piece<'_>) -> Paper {
        let names = self.form.names;
        let mut places: Vec<usize> = Vec::new();
        for piece in field.split(' ').filter(|_| !field.text.is_empty()) {
            let wrong = match piece.text.parse::<CandidateNo>() {
                Err(_) if piece.text.is_empty() => Wrong::Space,
                Err(_) => Wrong::Number(piece.text, names),
                // The right number of digits, and yet nobody: off the list. Otherwise it is written wrongly.
                Ok(number) if !number.is_on(names) => {
                    let off = number.place() >= names && piece.text.len() == if names < 100 { 2 } else { 3 };
                    if off { Wrong::OffList(piece.text, names) } else { Wrong::Number(piece.text, names) }
                }
                Ok(number) if places.contains(&number.place()) => Wrong::Twice(piece.text),
                Ok(number) if places.last().is_some_and(|last| *last > number.place()) => Wrong::Descending(piece.text),
                Ok(number) => {
                    places.push(number.place());
                    continue;
                }
            };
            self.fault(line, piece.column, &wrong);
        }
        Paper::Names(places)
    }

    fn boxes(&mut self, line: usize, field: Piece<'_>) -> Paper {
        let mut boxes = Vec::new();
        for piece in field.split(' ').filter(|_| !field.text.is_empty()) {
            match piece.text.parse::<BoxMark>() {
                Ok(mark) => boxes.push(mark),
                Err(_) => {
                    let is_mark = |letter: char| letter.to_string().parse::<BoxMark>().is_ok();
                    let wrong = match piece.text {
                        "" => Wrong::Space,
                        letters if letters.chars().count() > 1 && letters.chars().all(is_mark) => {
                            Wrong::Unspaced(letters)
                        }
                        other => Wrong::Letter(other),
                    };
                    self.fault(line, piece.column, &wrong);
                    return Paper::Boxes(boxes);
                }
            }
        }
        if boxes.len() != self.form.names {
            self.fault(line, field.column, &Wrong::Boxes { found: boxes.len(), names: self.form.names });
        }
        Paper::Boxes(boxes)
    }

    fn fault(&mut self, line: usize, column: usize, wrong: &Wrong<'_>) {
        self.faults.push(wrong.at(line, column, self.form.form));
    }
}
