//! What counting tables say, on the wire; and figures, which bulletins carry too.

use crate::{
    field::{Read, WireError, hash, hash_out, narrow, needed, on_a_ballot, printed, value, values, word},
    v1::{self, figures::Marks as Said},
};
use tally::{
    figures::{Figures, Marks, Papers, Votes},
    id::CANDIDATES_MAX,
    statement::{Batch, Serials, Withdraw},
};

impl From<&Batch> for v1::Batch {
    fn from(s: &Batch) -> Self {
        Self {
            election: hash_out(&s.election),
            station: s.station.to_string(),
            seq: s.seq,
            prev: hash_out(&s.prev),
            contest: s.contest.to_string(),
            bundle: s.bundle.to_string(),
            counters: printed(&s.counters),
            passes: s.passes,
            figures: Some((&s.figures).into()),
            serials: s.serials.map(serials_out),
            time: s.time,
        }
    }
}

impl TryFrom<v1::Batch> for Batch {
    type Error = WireError;

    fn try_from(w: v1::Batch) -> Result<Self, WireError> {
        Ok(Self {
            election: hash("election", &w.election)?,
            station: value("station", &w.station)?,
            seq: w.seq,
            prev: hash("prev", &w.prev)?,
            contest: value("contest", &w.contest)?,
            bundle: value("bundle", &w.bundle)?,
            counters: values("counters", &w.counters)?,
            passes: w.passes,
            figures: needed("figures", w.figures)?.try_into()?,
            serials: w.serials.map(|s| value("serials", &format!("{}-{}", s.from, s.to))).transpose()?,
            time: w.time,
        })
    }
}

fn serials_out(serials: Serials) -> v1::Serials {
    let text = serials.to_string();
    let (from, to) = text.split_once('-').expect("serials are written from-to");
    v1::Serials { from: from.into(), to: to.into() }
}

impl From<&Figures> for v1::Figures {
    fn from(f: &Figures) -> Self {
        let marks = match &f.marks {
            Marks::Names { left, votes } => Said::Names(v1::NameMarks {
                left: left.iter().map(|(k, p)| v1::NamesLeft { names: u32::from(*k), papers: p.0 }).collect(),
                votes: votes_out(votes),
            }),
            Marks::Agree { agree, disagree, unusable } => Said::Agree(v1::AgreeMarks {
                agree: votes_out(agree),
                disagree: votes_out(disagree),
                unusable: votes_out(unusable),
            }),
        };
        Self {
            ballots: f.ballots.0,
            valid: f.valid.0,
            invalid: f
                .invalid
                .iter()
                .map(|(reason, p)| v1::Invalid { reason: v1::Reason::from(*reason).into(), papers: p.0 })
                .collect(),
            marks: Some(marks),
        }
    }
}

impl TryFrom<v1::Figures> for Figures {
    type Error = WireError;

    fn try_from(w: v1::Figures) -> Result<Self, WireError> {
        let invalid =
            |i: &v1::Invalid| Ok((word::<v1::Reason, _>("figures.invalid.reason", i.reason)?, Papers(i.papers)));
        let left =
            |l: &v1::NamesLeft| Ok((narrow("figures.left.names", l.names, CANDIDATES_MAX as u64)?, Papers(l.papers)));
        Ok(Self {
            ballots: Papers(w.ballots),
            valid: Papers(w.valid),
            invalid: w.invalid.iter().map(invalid).collect::<Read<_>>()?,
            marks: match needed("figures.marks", w.marks)? {
                Said::Names(marks) => Marks::Names {
                    left: marks.left.iter().map(left).collect::<Read<_>>()?,
                    votes: votes_in("figures.votes", &marks.votes)?,
                },
                Said::Agree(marks) => Marks::Agree {
                    agree: votes_in("figures.agree", &marks.agree)?,
                    disagree: votes_in("figures.disagree", &marks.disagree)?,
                    unusable: votes_in("figures.unusable", &marks.unusable)?,
                },
            },
        })
    }
}

fn votes_out(votes: &[Votes]) -> Vec<u32> {
    votes.iter().map(|v| v.0).collect()
}

fn votes_in(field: &'static str, votes: &[u32]) -> Read<Vec<Votes>> {
    on_a_ballot(field, votes)?;
    Ok(votes.iter().copied().map(Votes).collect())
}

impl From<&Withdraw> for v1::Withdraw {
    fn from(s: &Withdraw) -> Self {
        Self {
            election: hash_out(&s.election),
            station: s.station.to_string(),
            seq: s.seq,
            prev: hash_out(&s.prev),
            contest: s.contest.to_string(),
            target: hash_out(&s.target),
            reason: s.reason.to_string(),
        }
    }
}

impl TryFrom<v1::Withdraw> for Withdraw {
    type Error = WireError;

    fn try_from(w: v1::Withdraw) -> Result<Self, WireError> {
        Ok(Self {
            election: hash("election", &w.election)?,
            station: value("station", &w.station)?,
            seq: w.seq,
            prev: hash("prev", &w.prev)?,
            contest: value("contest", &w.contest)?,
            target: hash("target", &w.target)?,
            reason: value("reason", &w.reason)?,
        })
    }
}
