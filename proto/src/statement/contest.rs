//! Contests and their papers on the wire.

use crate::{
    field::{Read, WireError, hash, hash_out, narrow, on_a_ballot, printed, value, value_if_any, values, word},
    v1::{self, choices::Choices as Said},
};
use tally::{
    figures,
    form::Choices,
    statement::{BasePart, Bundle, Contest, PapersStatement},
};

impl From<&Contest> for v1::Contest {
    fn from(s: &Contest) -> Self {
        Self {
            election: hash_out(&s.election),
            prev: hash_out(&s.prev),
            contest: s.contest.to_string(),
            board: s.board.to_string(),
            kind: v1::Round::from(s.kind).into(),
            follows: s.follows.map(|c| c.to_string()),
            title: s.title.to_string(),
            form: v1::Form::from(s.form).into(),
            profile: s.profile.to_string(),
            seats: u32::from(s.seats),
            choices: choices_out(s.choices),
            counts: u32::from(s.counts),
            base: s.base.iter().map(|b| v1::BasePart { part: b.part.to_string(), people: b.people }).collect(),
            candidates: printed(&s.candidates),
            born: s
                .born
                .iter()
                .map(|(number, date)| v1::Born { candidate: number.to_string(), date: date.to_string() })
                .collect(),
            traits: s
                .traits
                .iter()
                .map(|(number, word)| v1::Trait { candidate: number.to_string(), r#trait: word.to_string() })
                .collect(),
        }
    }
}

impl TryFrom<v1::Contest> for Contest {
    type Error = WireError;

    fn try_from(w: v1::Contest) -> Result<Self, WireError> {
        on_a_ballot("candidates", &w.candidates)?;
        Ok(Self {
            election: hash("election", &w.election)?,
            prev: hash("prev", &w.prev)?,
            contest: value("contest", &w.contest)?,
            board: value("board", &w.board)?,
            kind: word::<v1::Round, _>("kind", w.kind)?,
            follows: value_if_any("follows", w.follows.as_ref())?,
            title: value("title", &w.title)?,
            form: word::<v1::Form, _>("form", w.form)?,
            profile: value("profile", &w.profile)?,
            seats: narrow("seats", w.seats, u64::from(u16::MAX))?,
            choices: choices_in(w.choices)?,
            counts: narrow("counts", w.counts, 3)?,
            base: w
                .base
                .iter()
                .map(|b| Ok(BasePart { part: value("base.part", &b.part)?, people: b.people }))
                .collect::<Read<_>>()?,
            candidates: values("candidates", &w.candidates)?,
            born: w
                .born
                .iter()
                .map(|b| Ok((value("born.candidate", &b.candidate)?, value("born.date", &b.date)?)))
                .collect::<Read<_>>()?,
            traits: w
                .traits
                .iter()
                .map(|t| Ok((value("traits.candidate", &t.candidate)?, value("traits.trait", &t.r#trait)?)))
                .collect::<Read<_>>()?,
        })
    }
}

fn choices_out(choices: Choices) -> Option<v1::Choices> {
    let said = match choices {
        Choices::None => return None,
        Choices::UpTo(names) => Said::UpTo(u32::from(names)),
        Choices::Unlimited => Said::Unlimited(true),
    };
    Some(v1::Choices { choices: Some(said) })
}

fn choices_in(choices: Option<v1::Choices>) -> Read<Choices> {
    match choices {
        None => Ok(Choices::None),
        Some(v1::Choices { choices: Some(Said::UpTo(names)) }) => {
            narrow("choices", names, u64::from(u16::MAX)).map(Choices::UpTo)
        }
        Some(v1::Choices { choices: Some(Said::Unlimited(true)) }) => Ok(Choices::Unlimited),
        Some(_) => Err(WireError::Missing { field: "choices" }),
    }
}

impl From<&PapersStatement> for v1::Papers {
    fn from(s: &PapersStatement) -> Self {
        Self {
            election: hash_out(&s.election),
            prev: hash_out(&s.prev),
            contest: s.contest.to_string(),
            received: s.received,
            issued: s.issued,
            unused: s.unused,
            spoiled: s.spoiled,
            collected: s.collected,
            bundles: s
                .bundles
                .iter()
                .map(|b| v1::Bundle {
                    bundle: b.bundle.to_string(),
                    papers: b.papers.0,
                    table: b.table.map(|t| t.to_string()),
                })
                .collect(),
        }
    }
}

impl TryFrom<v1::Papers> for PapersStatement {
    type Error = WireError;

    fn try_from(w: v1::Papers) -> Result<Self, WireError> {
        let bundle = |b: &v1::Bundle| {
            Ok(Bundle {
                bundle: value("bundles.bundle", &b.bundle)?,
                papers: figures::Papers(b.papers),
                table: value_if_any("bundles.table", b.table.as_ref())?,
            })
        };
        Ok(Self {
            election: hash("election", &w.election)?,
            prev: hash("prev", &w.prev)?,
            contest: value("contest", &w.contest)?,
            received: w.received,
            issued: w.issued,
            unused: w.unused,
            spoiled: w.spoiled,
            collected: w.collected,
            bundles: w.bundles.iter().map(bundle).collect::<Read<_>>()?,
        })
    }
}
