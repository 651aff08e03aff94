//! What one bundle, or a whole contest, adds up to; and the identities those sums must satisfy (counting-rules §4).
//! It refuses to know which bundle it was and who counted it.

use crate::form::{Choices, Form, Reason};
use std::fmt;

/// A number of papers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Papers(pub u32);

/// A number of votes (or of boxes marked) for one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Votes(pub u32);

/// A contest has at most 3,000 bundles of at most 1,000,000 papers: its sums fit 32 bits (protocol §3).
const FITS: &str = "3,000 bundles of 1,000,000 papers fit 32 bits";

impl fmt::Display for Papers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Votes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The figures of one count of one bundle, or of all counted bundles of a contest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figures {
    /// Papers in the bundle, valid or not.
    pub ballots: Papers,
    /// Valid papers.
    pub valid: Papers,
    /// Invalid papers by ground; only grounds that occurred, in order of precedence.
    pub invalid: Vec<(Reason, Papers)>,
    /// The marks on the valid papers.
    pub marks: Marks,
}

/// The marks on valid papers, candidates in ballot order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marks {
    /// `strike-list` and `approve`.
    Names {
        /// (k, papers that carry k names), only k that occurred, ascending.
        left: Vec<(u16, Papers)>,
        /// Votes of each candidate.
        votes: Vec<Votes>,
    },
    /// `agree-list` and `agree-single`.
    Agree {
        /// Đồng ý, for each candidate.
        agree: Vec<Votes>,
        /// Không đồng ý, for each candidate.
        disagree: Vec<Votes>,
        /// Both boxes or none, for each candidate.
        unusable: Vec<Votes>,
    },
}

impl Figures {
    /// No papers at all, for a list of `names` names.
    pub fn none(form: Form, names: usize) -> Self {
        let zeros = vec![Votes(0); names];
        let marks = if form.is_agree() {
            Marks::Agree { agree: zeros.clone(), disagree: zeros.clone(), unusable: zeros }
        } else {
            Marks::Names { left: Vec::new(), votes: zeros }
        };
        Self { ballots: Papers(0), valid: Papers(0), invalid: Vec::new(), marks }
    }

    /// The votes each candidate has, in ballot order: names left or marked, or boxes Đồng ý.
    pub fn votes(&self) -> &[Votes] {
        match &self.marks {
            Marks::Names { votes, .. } => votes,
            Marks::Agree { agree, .. } => agree,
        }
    }

    /// Adds another bundle of the same contest.
    ///
    /// # Panics
    /// When the two are of different forms or lists: the ruling of a batch has excluded that.
    pub fn add(&mut self, other: &Self) {
        self.ballots.0 = self.ballots.0.checked_add(other.ballots.0).expect(FITS);
        self.valid.0 = self.valid.0.checked_add(other.valid.0).expect(FITS);
        for (reason, papers) in &other.invalid {
            tick(&mut self.invalid, *reason, papers.0);
        }
        match (&mut self.marks, &other.marks) {
            (Marks::Names { left, votes }, Marks::Names { left: l, votes: v }) => {
                for (k, papers) in l {
                    tick(left, *k, papers.0);
                }
                add_each(votes, v);
            }
            (Marks::Agree { agree, disagree, unusable }, Marks::Agree { agree: a, disagree: d, unusable: u }) => {
                add_each(agree, a);
                add_each(disagree, d);
                add_each(unusable, u);
            }
            _ => panic!("figures of two forms were added"),
        }
    }

    /// Every identity of counting-rules §4 that these figures break, all at once; empty when they add up.
    pub fn broken(&self, form: Form, names: usize, choices: Choices) -> Vec<Identity> {
        let mut broken = Vec::new();
        let mut check = |holds: bool, identity| {
            if !holds {
                broken.push(identity);
            }
        };
        let sum = |papers: &mut dyn Iterator<Item = u64>| papers.sum::<u64>();
        let valid = u64::from(self.valid.0);
        let invalid = sum(&mut self.invalid.iter().map(|(_, p)| u64::from(p.0)));
        check(u64::from(self.ballots.0) == valid.saturating_add(invalid), Identity::BallotsValidInvalid);
        match &self.marks {
            Marks::Names { left, votes } if !form.is_agree() => {
                let most = choices.most(names);
                let within = left.iter().all(|(k, _)| *k >= 1 && usize::from(*k) <= most);
                check(within && sum(&mut left.iter().map(|(_, p)| u64::from(p.0))) == valid, Identity::NamesLeftValid);
                let marks = sum(&mut left.iter().map(|(k, p)| u64::from(*k).saturating_mul(u64::from(p.0))));
                check(sum(&mut votes.iter().map(|v| u64::from(v.0))) == marks, Identity::VotesNamesLeft);
                check(votes.iter().all(|v| v.0 <= self.valid.0), Identity::VotesValid);
            }
            Marks::Agree { agree, disagree, unusable } if form.is_agree() => {
                let boxes = agree.iter().zip(disagree).zip(unusable);
                let holds = |((a, d), u): ((&Votes, &Votes), &Votes)| {
                    u64::from(a.0).saturating_add(u64::from(d.0)).saturating_add(u64::from(u.0)) == valid
                };
                check(boxes.into_iter().all(holds), Identity::AgreeDisagreeUnusable);
            }
            _ => {} // the marks of another form: the ruling names that before it comes here
        }
        broken
    }
}

fn tick<K: Ord + Copy>(list: &mut Vec<(K, Papers)>, key: K, papers: u32) {
    match list.binary_search_by_key(&key, |(k, _)| *k) {
        Ok(at) => list[at].1.0 = list[at].1.0.checked_add(papers).expect(FITS),
        Err(at) => list.insert(at, (key, Papers(papers))),
    }
}

fn add_each(to: &mut [Votes], from: &[Votes]) {
    assert_eq!(to.len(), from.len(), "figures of two lists were added");
    for (a, b) in to.iter_mut().zip(from) {
        a.0 = a.0.checked_add(b.0).expect(FITS);
    }
}

/// The identities 1–5 of counting-rules §4, which every batch must satisfy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// 1: ballots = valid + the sum of the invalid by ground.
    BallotsValidInvalid,
    /// 2: the papers by names left add up to valid, each with 1 to `choices` names.
    NamesLeftValid,
    /// 3: all votes = the sum of k times the papers with k names.
    VotesNamesLeft,
    /// 4: nobody has more votes than there are valid papers.
    VotesValid,
    /// 5: agree + disagree + unusable = valid, for every name.
    AgreeDisagreeUnusable,
}
