//! Whether papers that are not in the totals yet can still change who is elected, exactly; and by how much they miss it.
//! It refuses to know how they will be counted: missing, waiting, conflicting, mismatched and unsettled bundles may hold
//! anything that papers of this form can say.
//!
//! An open bundle of p papers may be given up, or add p ballots of which 0..=p are valid. Valid papers carry 1 to `most`
//! names each, no name twice; on agree forms every name stands alone. So P open papers add any votes of at most P a name
//! and most · P together. A name fares best when all P papers carry it alone, and worst when none does and all help
//! those who can overtake it, or stand for others above a line that grows with papers. Every other completion lies
//! between, so these two are looked at and nothing is guessed. A bundle whose count and cover differ may turn out to hold
//! either number; the larger one is taken. A counted bundle is taken as it is.

use crate::{
    count::ContestCount,
    form::Form,
    grounds::{AllDisagree, Grounds},
    id::CandidateNo,
    line::Line,
    profile::Profile,
    ruling::BundleState,
    statement::Contest,
    text::Date,
};

/// What open papers can still change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Papers that are not in the totals and may still come in.
    pub open_papers: u64,
    /// Every name, in ballot order.
    pub chances: Vec<Chance>,
}

/// What open papers can do to one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    /// The name.
    pub candidate: CandidateNo,
    /// How it stands with all open papers in mind.
    pub fate: Fate,
    /// The fewest open papers that could change how it stands now; none when no number of them could.
    pub papers: Option<u64>,
    /// Of a name that is not elected: votes it needs to be, or to tie; of an elected one: votes before the first
    /// name that is not elected, or before a line that moves, whichever is nearer.
    pub votes: u64,
}

/// How a name stands whatever the open papers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Elected in every case.
    Safe,
    /// Elected in no case.
    Out,
    /// Elected as an alternate in every case.
    Alternate,
    /// Tied across the last seat, and nothing is open that could break it.
    Tied,
    /// Elected in some cases and not in others.
    Open,
}

impl Decided {
    /// The position of a contest, once its papers are stated.
    pub fn of(contest: &ContestCount) -> Option<Self> {
        let (race, alternates, open) = race(contest)?;
        Some(race.with_alternates(alternates, open))
    }

    /// The same as one answer with the number of open papers, without the bounds: quick on the longest list.
    pub fn at_a_glance(contest: &ContestCount) -> Option<(bool, u64)> {
        let (race, alternates, open) = race(contest)?;
        Some((race.is_decided(alternates, open), open))
    }

    /// Whether nothing that is open can change who is elected.
    pub fn is_decided(&self) -> bool {
        self.chances.iter().all(|chance| chance.fate != Fate::Open)
    }

    /// The tightest name: the one that the fewest open papers could change, open ones included.
    pub fn bound(&self) -> Option<&Chance> {
        self.chances.iter().filter(|c| c.papers.is_some()).min_by_key(|c| (c.papers, c.votes, c.candidate))
    }
}

/// A contest as far as it is counted, how many become alternates, and the papers that are open.
fn race(contest: &ContestCount) -> Option<(Race, u64, u64)> {
    let (totals, statement) = (contest.totals(), contest.statement());
    let votes = totals.votes().iter().map(|v| u64::from(v.0)).collect();
    let race = Race {
        ballots: u64::from(totals.ballots.0),
        valid: u64::from(totals.valid.0),
        ..Race::of(statement, contest.profile(), votes)
    };
    Some((race, contest.profile().alternate_seats(&statement.base), open_papers(contest)?))
}

/// The papers of every bundle that is neither counted nor given up.
fn open_papers(contest: &ContestCount) -> Option<u64> {
    let papers = contest.papers()?;
    let open = contest.bundle_states().filter(|(_, s)| !matches!(s, BundleState::Counted | BundleState::GivenUp));
    let of = |(id, _): (crate::BundleId, BundleState)| {
        let stated = papers.bundle(id).map_or(0, |b| b.papers.0);
        let counted = contest.batches(id).iter().map(|b| b.figures.ballots.0).max().unwrap_or_default();
        u64::from(stated.max(counted))
    };
    Some(open.map(of).fold(0, u64::saturating_add))
}

/// A contest as far as it is counted, for whoever asks what could still come.
#[derive(Clone, Debug)]
pub struct Race {
    /// The line to pass.
    pub line: Line,
    /// To be elected.
    pub seats: u64,
    /// Papers counted.
    pub ballots: u64,
    /// Valid ones.
    pub valid: u64,
    /// Votes by name, in ballot order.
    pub votes: Vec<u64>,
    /// The most names a valid paper carries.
    pub most: u64,
    /// Whether a paper can be valid and carry no vote for any name: agree forms.
    pub silent: bool,
    /// Days of birth where a tie is decided by age; else nobody has one.
    pub born: Vec<Option<Date>>,
}

/// More papers than any contest has: 3,000 bundles of 1,000,000.
const PAPERS_MAX: u64 = 4_000_000_000;

impl Race {
    /// A contest of these votes, with nothing said of papers.
    pub fn of(c: &Contest, rules: &Profile, votes: Vec<u64>) -> Self {
        let names = c.candidates.len();
        let by_age = |number: CandidateNo| c.born.iter().find(|(n, _)| rules.tie.rule.older_wins && *n == number);
        let all_disagree = rules.grounds(c.form).map(Grounds::all_disagree);
        Self {
            line: Line::of(c, rules),
            seats: u64::from(c.seats),
            ballots: 0,
            valid: 0,
            votes,
            most: c.choices.most(names) as u64,
            silent: match c.form {
                Form::AgreeSingle => true,
                Form::AgreeList => all_disagree != Some(AllDisagree::Invalid),
                Form::StrikeList | Form::Approve => false,
            },
            born: (0..names).map(|place| by_age(c.number(place)).map(|(_, day)| *day)).collect(),
        }
    }

    /// What so many open papers can change, where the next names after the elected become alternates: they stand above a
    /// second cut. While the first is open, nobody is an alternate for certain.
    pub fn with_alternates(&self, alternates: u64, open_papers: u64) -> Decided {
        let mut first = self.decided(open_papers);
        if alternates == 0 || first.chances.iter().any(|chance| chance.fate == Fate::Tied) {
            return first;
        }
        let both = Self { seats: self.seats.saturating_add(alternates), ..self.clone() };
        let is_open = !first.is_decided();
        for (chance, second) in first.chances.iter_mut().zip(both.decided(open_papers).chances) {
            chance.fate = match (chance.fate, second.fate) {
                (Fate::Out, Fate::Safe) if is_open => Fate::Open,
                (Fate::Out, Fate::Safe) => Fate::Alternate,
                // Equal votes across the last alternate make none of them one.
                (Fate::Out, Fate::Open) => Fate::Open,
                (Fate::Out, _) => Fate::Out,
                (fate, _) => fate,
            };
            let first = chance.papers;
            if let Some(papers) = second.papers.filter(|papers| first.is_none_or(|first| *papers < first)) {
                (chance.papers, chance.votes) = (Some(papers), second.votes);
            }
        }
        first
    }

    /// Whether so many open papers can change nothing, alternates included.
    pub fn is_decided(&self, alternates: u64, open_papers: u64) -> bool {
        let fates = |race: &Self| (0..race.votes.len()).map(|n| race.fate(n, open_papers)).collect::<Vec<_>>();
        let first = fates(self);
        let both = || Self { seats: self.seats.saturating_add(alternates), ..self.clone() };
        let second = || alternates == 0 || !fates(&both()).contains(&Fate::Open);
        !first.contains(&Fate::Open) && second()
    }

    /// What so many open papers can change.
    pub fn decided(&self, open_papers: u64) -> Decided {
        let names = self.votes.len();
        let chance = |place: usize| Chance {
            candidate: CandidateNo::at(place, names),
            fate: self.fate(place, open_papers),
            papers: self.fewest(place),
            votes: self.distance(place),
        };
        Decided { open_papers, chances: (0..names).map(chance).collect() }
    }

    fn fate(&self, place: usize, open: u64) -> Fate {
        match (self.can_be_in(place, open), self.can_be_left(place, open)) {
            (true, false) => Fate::Safe,
            (false, _) => Fate::Out,
            (true, true) if open == 0 => Fate::Tied,
            (true, true) => Fate::Open,
        }
    }

    /// The fewest open papers with which a name is neither safe nor out: each can only add to what fewer could do.
    fn fewest(&self, place: usize) -> Option<u64> {
        let moves = |papers: u64| self.fate(place, papers) == Fate::Open;
        if !moves(PAPERS_MAX) {
            return None;
        }
        let (mut few, mut many) = (0_u64, PAPERS_MAX);
        while few.saturating_add(1) < many {
            let half = few.midpoint(many);
            if moves(half) { many = half } else { few = half }
        }
        Some(many)
    }

    /// Whether it can be elected or tied: every open paper carries it alone.
    fn can_be_in(&self, place: usize, open: u64) -> bool {
        let votes = self.votes[place].saturating_add(open);
        let all = |counted: u64| counted.saturating_add(open);
        let Some(line) = self.line.least(all(self.ballots), all(self.valid)) else { return false };
        let others = || self.others(place);
        let above = others().filter(|(v, _)| *v > votes).count() as u64;
        if votes < line || above >= self.seats {
            return false;
        }
        let equal: Vec<_> = others().filter(|(v, _)| *v == votes).map(|(_, born)| born).collect();
        let left = self.seats.saturating_sub(above);
        let Some(mine) = self.born[place] else { return true };
        if equal.iter().any(Option::is_none) {
            return true;
        }
        let older = equal.iter().flatten().filter(|day| **day < mine).count() as u64;
        older < left || self.can_be_tied_by_the_undated(place, votes, open)
    }

    /// Somebody whose day of birth is not known can be lifted into the tie, so that age decides nothing there.
    fn can_be_tied_by_the_undated(&self, place: usize, votes: u64, open: u64) -> bool {
        let room = self.most.saturating_sub(1).saturating_mul(open).min(open);
        let joins = |v: u64| votes.checked_sub(v).is_some_and(|need| need <= room);
        self.others(place).any(|(v, born)| born.is_none() && joins(v))
    }

    /// Whether it can be left without a seat, tied or not: no open paper carries it.
    fn can_be_left(&self, place: usize, open: u64) -> bool {
        let votes = self.votes[place];
        // Valid papers that do not carry it carry somebody else, or nobody on agree forms.
        let without = if self.silent || self.votes.len() > 1 { open } else { 0 };
        let line = self.line.least(self.ballots.saturating_add(open), self.valid.saturating_add(without));
        if line.is_none_or(|least| votes < least) {
            return true;
        }
        let reach = |(v, _): (u64, Option<Date>)| votes.saturating_sub(v);
        let pass = |(v, _): (u64, Option<Date>)| votes.saturating_add(1).saturating_sub(v);
        let Some(mine) = self.born[place] else { return self.affordable(self.others(place).map(reach), open) };
        // The older and those born on the same day need only reach it, the younger must pass it.
        let by_age = |other: (u64, Option<Date>)| match other.1 {
            Some(day) if day <= mine => reach(other),
            _ => pass(other),
        };
        if self.affordable(self.others(place).map(by_age), open) {
            return true;
        }
        // Somebody without a day of birth ends level with it: then age decides nothing, and all need only reach it.
        let undated = self.others(place).enumerate().filter(|(_, (v, born))| born.is_none() && *v <= votes);
        let Some((level, _)) = undated.min_by_key(|(_, other)| reach(*other)) else { return false };
        let rest = self.others(place).enumerate().filter(|(nth, _)| *nth != level).map(|(_, other)| reach(other));
        let first = self.others(place).nth(level).map_or(0, reach);
        self.affordable_with(Some(first), rest, open)
    }

    fn others(&self, place: usize) -> impl Iterator<Item = (u64, Option<Date>)> + '_ {
        let all = self.votes.iter().copied().zip(self.born.iter().copied()).enumerate();
        all.filter(move |(other, _)| *other != place).map(|(_, other)| other)
    }

    /// Whether so many open papers are enough votes for as many others as there are seats.
    fn affordable(&self, needs: impl Iterator<Item = u64>, open: u64) -> bool {
        self.affordable_with(None, needs, open)
    }

    fn affordable_with(&self, first: Option<u64>, needs: impl Iterator<Item = u64>, open: u64) -> bool {
        let seats = usize::try_from(self.seats).unwrap_or(usize::MAX);
        let wanted = seats.saturating_sub(first.iter().count());
        let mut needs: Vec<u64> = needs.collect();
        if wanted > needs.len() {
            return false;
        }
        if let Some(last) = wanted.checked_sub(1) {
            needs.select_nth_unstable(last);
        }
        needs.truncate(wanted);
        needs.extend(first);
        let sum = needs.iter().copied().fold(0, u64::saturating_add);
        needs.iter().all(|need| *need <= open) && sum <= self.most.saturating_mul(open)
    }

    /// How far a name is from standing otherwise, in votes, as the totals are now.
    fn distance(&self, place: usize) -> u64 {
        let votes = self.votes[place];
        let mut others: Vec<u64> = self.others(place).map(|(v, _)| v).collect();
        others.sort_unstable_by_key(|v| std::cmp::Reverse(*v));
        let last = usize::try_from(self.seats.saturating_sub(1)).ok().and_then(|at| others.get(at)).copied();
        let least = self.line.least(self.ballots, self.valid).unwrap_or(u64::MAX);
        let needed = least.max(last.unwrap_or_default());
        if votes < needed {
            return needed.saturating_sub(votes);
        }
        let lead = votes.saturating_sub(last.unwrap_or_default());
        let over = votes.saturating_add(1).saturating_sub(least);
        match (last, self.line) {
            // No open paper takes a vote away, and this line stays where it is.
            (Some(_), Line::None | Line::Closed | Line::Votes(_)) => lead,
            (Some(_), Line::Ballots(_) | Line::Valid(_)) => lead.min(over),
            (None, _) => over,
        }
    }
}
