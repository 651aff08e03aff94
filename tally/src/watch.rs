//! What the board watches while it counts: how many names papers carry, whether seats would stay empty at this rate, and
//! bundles and tables that vote otherwise than all others. Integers only, from the live figures, so that every observer
//! sees the same. It refuses to judge: nothing here blocks anything, since two voting areas may honestly differ.

mod unlike;

pub use unlike::{Outlier, Swap, Where, outliers, swaps};

use crate::{
    count::ContestCount,
    figures::{Marks, Papers},
    line::Line,
    reconcile::{Blocks, Check},
    ruling::say,
};

/// Findings a warning spells out; the rest is a number.
const SHOWN_MAX: usize = 5;
/// Less than a tenth of the papers says nothing about the rest.
const SHARE_MIN: u64 = 10;

/// How many names the valid papers carry (phiếu để lại bao nhiêu tên).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamesLeft {
    /// The most a valid paper may carry.
    pub most: usize,
    /// (k, valid papers that carry k names), only k that occurred, ascending.
    pub papers: Vec<(u16, Papers)>,
}

/// The histogram of a list where papers carry names; agree forms have none.
pub fn names_left(contest: &ContestCount) -> Option<NamesLeft> {
    let c = contest.statement();
    match contest.totals().marks {
        Marks::Names { left, .. } => Some(NamesLeft { most: c.choices.most(c.candidates.len()), papers: left }),
        Marks::Agree { .. } => None,
    }
}

/// What comes of it if the papers still to be counted are like those counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Papers counted.
    pub counted: u64,
    /// Papers collected.
    pub collected: u64,
    /// Names that would pass the line.
    pub over: usize,
    /// To be elected.
    pub seats: u16,
    /// Seats that would stay empty.
    pub empty: u16,
}

/// The rate of a contest that is being counted; none before a tenth of its papers is, none without a line, and none once
/// nothing is to come.
pub fn rate(contest: &ContestCount) -> Option<Rate> {
    let (c, totals) = (contest.statement(), contest.totals());
    let (line, collected) = (Line::of(c, contest.profile()), contest.papers()?.collected);
    let (counted, valid) = (u64::from(totals.ballots.0), u64::from(totals.valid.0));
    let early = counted.saturating_mul(SHARE_MIN) < collected;
    let nothing_to_come = contest.bundle_states().all(|(_, state)| state.lets_close());
    if early || nothing_to_come || !contest.phase().is_open() || line == Line::None {
        return None;
    }
    // The line of people stays where it is, so the votes are scaled up; every other line grows with the papers.
    let (scale, of) = if matches!(line, Line::Votes(_)) { (collected, counted) } else { (1, 1) };
    let least = line.least(counted, valid)?.saturating_mul(of);
    let over = totals.votes().iter().filter(|v| u64::from(v.0).saturating_mul(scale) >= least).count();
    let empty = c.seats.saturating_sub(u16::try_from(over).unwrap_or(u16::MAX));
    Some(Rate { counted, collected, over, seats: c.seats, empty })
}

/// What is worth a second look, as checks that block nothing.
pub(crate) fn advice(contest: &ContestCount) -> Vec<Check> {
    let overstrike = rate(contest).filter(|rate| rate.empty > 0).map(|rate| overstrike(&rate));
    let outliers = of_outliers(contest, &outliers(contest));
    let swaps = of_swaps(contest, &swaps(contest));
    overstrike.into_iter().chain(outliers).chain(swaps).collect()
}

fn overstrike(rate: &Rate) -> Check {
    let Rate { counted, collected, seats, empty, .. } = rate;
    Check {
        code: "W-OVERSTRIKE",
        blocks: Blocks::Nothing,
        committee: say(
            format!("đã tính {counted}/{collected} phiếu: cứ đà này thiếu {empty}/{seats} người"),
            format!("{counted} of {collected} papers counted: at this rate {empty} of {seats} seats stay empty"),
        ),
        table: say(
            "Nhiều phiếu gạch quá nhiều tên: phiếu vẫn hợp lệ, các bàn cứ kiểm.",
            "Many papers have very many names struck: they are valid, go on counting.",
        ),
    }
}

fn of_outliers(contest: &ContestCount, found: &[Outlier]) -> Option<Check> {
    let c = contest.statement();
    let words = found.iter().map(|o| {
        let name = c.number(o.place);
        (
            format!("{}: {name} có {} trong {} phiếu, khác hẳn nơi khác", o.at.vi(), o.votes, o.valid),
            format!("{}: {name} has {} of {}, unlike anywhere else", o.at, o.votes, o.valid),
        )
    });
    second_look("W-OUTLIER", words.collect())
}

fn of_swaps(contest: &ContestCount, found: &[Swap]) -> Option<Check> {
    let c = contest.statement();
    let words = found.iter().map(|s| {
        let (a, b) = (c.number(s.places.0), c.number(s.places.1));
        let (bundle, table, of) = (s.bundle, s.table, s.valid);
        (
            format!("tập {bundle} ({table}): {a} {} và {b} {} trong {of}, như bị đổi chỗ", s.votes.0, s.votes.1),
            format!("bundle {bundle} ({table}): {a} {} and {b} {} of {of}, as if exchanged", s.votes.0, s.votes.1),
        )
    });
    second_look("W-SWAPPED", words.collect())
}

fn second_look(code: &'static str, found: Vec<(String, String)>) -> Option<Check> {
    let more = found.len().saturating_sub(SHOWN_MAX);
    if found.is_empty() {
        return None;
    }
    let (mut vi, mut en): (Vec<_>, Vec<_>) = found.into_iter().take(SHOWN_MAX).unzip();
    if more > 0 {
        vi.push(format!("và {more} chỗ nữa"));
        en.push(format!("and {more} more"));
    }
    Some(Check {
        code,
        blocks: Blocks::Nothing,
        committee: say(
            format!("nên xem lại (các khu vực có thể khác nhau thật): {}", vi.join("; ")),
            format!("worth a second look (voting areas may honestly differ): {}", en.join("; ")),
        ),
        table: say(
            "Có tập khác hẳn các tập còn lại: nếu ban yêu cầu, đếm lại tập đó.",
            "A bundle differs much from all others: count it again if the board asks.",
        ),
    })
}
