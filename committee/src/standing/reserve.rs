//! How many keys organisers and counting boards can still lose before nothing can be signed any more. It refuses to
//! know what they sign.

use crate::{error::say, meaning::Said};
use serde::Serialize;
use tally::{
    Count,
    count::Authority,
    ruling::Sentence,
    statement::{Board, Manifest},
};
use tlog::VerifierKey;

/// Those who sign together, and what they can lose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reserve {
    /// The board; none for the organisers.
    pub board: Option<String>,
    /// Ids of the people whose keys are in force.
    pub keys: Vec<String>,
    /// How many of them sign together.
    pub threshold: u64,
    /// Keys that may be lost; none when too few are left already.
    pub spare: Option<u64>,
    /// What to do before it is too late.
    pub warning: Option<Said>,
}

impl Reserve {
    /// The organisers first, then every board, as the log has them.
    pub fn all(count: &Count) -> Vec<Self> {
        let organisers = count.organisers().map(|a| Self::of(None, &a));
        let board = |b: &Board| Some(Self::of(Some(b.board.to_string()), &count.members(b.board)?));
        organisers.into_iter().chain(count.boards().filter_map(board)).collect()
    }

    /// The organisers of an event as its manifest names them.
    pub fn of_manifest(manifest: &Manifest) -> Self {
        Self::new(None, manifest.organisers.iter(), manifest.threshold)
    }

    /// A board as it is elected.
    pub fn of_board(board: &Board) -> Self {
        Self::new(Some(board.board.to_string()), board.keys.iter(), board.threshold)
    }

    /// What is left of all in whose name this key signs, once it is revoked.
    pub fn without(name: &str, count: &Count) -> Vec<Self> {
        let left = |a: Authority<'_>, board: Option<String>| {
            a.has(name).then(|| Self::new(board, a.keys.into_iter().filter(|key| key.name() != name), a.threshold))
        };
        let organisers = count.organisers().and_then(|a| left(a, None));
        let board = |b: &Board| left(count.members(b.board)?, Some(b.board.to_string()));
        organisers.into_iter().chain(count.boards().filter_map(board)).collect()
    }

    /// People by their ids, of whom so many sign together.
    pub(crate) fn of_people(board: Option<String>, keys: Vec<String>, threshold: u64) -> Self {
        let spare = (keys.len() as u64).checked_sub(threshold);
        let warning = warning(board.as_deref(), &keys, threshold, spare).map(Said::from);
        Self { board, keys, threshold, spare, warning }
    }

    fn of(board: Option<String>, authority: &Authority<'_>) -> Self {
        Self::new(board, authority.keys.iter().copied(), authority.threshold)
    }

    fn new<'k>(board: Option<String>, keys: impl Iterator<Item = &'k VerifierKey>, threshold: u64) -> Self {
        Self::of_people(board, keys.map(|key| id(key.name()).to_owned()).collect(), threshold)
    }
}

fn warning(board: Option<&str>, keys: &[String], threshold: u64, spare: Option<u64>) -> Option<Sentence> {
    let (who_vi, who_en) = match board {
        Some(board) => (format!("ban kiểm phiếu {board}"), format!("board {board}")),
        None => ("ban tổ chức".to_owned(), "the organisers".to_owned()),
    };
    let (do_vi, do_en) = match board {
        Some(board) => (
            format!("đề nghị đại hội bầu thêm ủy viên, rồi ghi lại ban: `committee board {board}`"),
            format!("have the congress elect a spare member and record the board anew: `committee board {board}`"),
        ),
        None => (
            "đăng ký thêm một người tổ chức: `committee key o9.key.vkey`".to_owned(),
            "let one more organiser in: `committee key o9.key.vkey`".to_owned(),
        ),
    };
    let left = keys.join(" ");
    match spare {
        Some(0) => Some(say(
            format!("nếu mất thêm một khóa, {who_vi} không ký được gì nữa (cần {threshold} khóa, có {left}); {do_vi}"),
            format!("if one more key is lost, {who_en} can sign nothing ({threshold} must sign: {left}); {do_en}"),
        )),
        Some(_) => None,
        None => Some(say(
            format!("{who_vi} không ký được gì nữa: cần {threshold} khóa, chỉ còn {} ({left}); {do_vi}", keys.len()),
            format!("{who_en} can sign nothing: {threshold} must sign, {} left ({left}); {do_en}", keys.len()),
        )),
    }
}

/// The last part of a key's name: what the person is called in the hall.
fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
