//! One paper (lá phiếu): valid, or invalid on exactly one ground (counting-rules §3); and the sheet on which a table
//! adds papers up. It refuses to know who voted, where in the bundle a paper lay, and what a partial strike means: that is
//! for the counting board to decide, never for a program.

use crate::{
    figures::{Figures, Marks, Papers, Votes},
    form::{Choices, Form, Reason, words},
    grounds::{AllDisagree, Grounds},
    profile::Profile,
    statement::Contest,
};

/// What one paper says, as the table reads it aloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paper {
    /// `strike-list`: the names left; `approve`: those marked. Places in ballot order from 0, ascending, none twice.
    Names(Vec<usize>),
    /// Agree forms: the boxes beside each name, in ballot order.
    Boxes(Vec<BoxMark>),
}

/// The two boxes beside a name, Đồng ý and Không đồng ý; the words are the letters of the ballots file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxMark {
    /// X under Đồng ý only.
    Agree,
    /// X under Không đồng ý only.
    Disagree,
    /// X under both.
    Both,
    /// No X at all.
    None,
}

words!(BoxMark: "A, D, B, -"; Agree = "A", Disagree = "D", Both = "B", None = "-");

/// What only the counting board can see on a paper, and has decided. Every form knows these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Not a paper that the board issued.
    NotIssued,
    /// A name was written in that is not on the list.
    AddedName,
    /// A signature, a private mark, extra writing.
    IdentifyingMark,
}

words!(Ground: "not-issued, added-name, identifying-mark";
    NotIssued = "not-issued", AddedName = "added-name", IdentifyingMark = "identifying-mark");

impl From<Ground> for Reason {
    fn from(ground: Ground) -> Self {
        match ground {
            Ground::NotIssued => Self::NotIssued,
            Ground::AddedName => Self::AddedName,
            Ground::IdentifyingMark => Self::IdentifyingMark,
        }
    }
}

/// What a paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Hợp lệ: its marks count.
    Valid,
    /// Không hợp lệ, on this ground and no other.
    Invalid(Reason),
}

/// What a paper is judged by: how the ballot is laid out, and on which grounds the profile voids it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BallotForm {
    /// How it is laid out.
    pub form: Form,
    /// How many names one paper may carry.
    pub choices: Choices,
    /// How many names are on the list.
    pub names: usize,
    /// On which grounds a paper is invalid.
    pub grounds: Grounds,
}

impl BallotForm {
    /// The ballot of a contest under the grounds of its rules; `None` where these know no such form.
    pub fn of(contest: &Contest, profile: &Profile) -> Option<Self> {
        let Contest { form, choices, candidates, .. } = contest;
        let grounds = profile.grounds(*form)?;
        Some(Self { form: *form, choices: *choices, names: candidates.len(), grounds })
    }

    /// Judges one paper; the first ground in the order of precedence is the one that stands (counting-rules §3).
    ///
    /// # Panics
    /// When the paper is not one of that form and list: whoever reads papers in has excluded that.
    pub fn judge(&self, paper: &Paper, ground: Option<Ground>) -> Verdict {
        let seen: &[Option<Reason>] = match paper {
            Paper::Names(places) if !self.form.is_agree() => {
                let names = self.names;
                assert!(places.last().is_none_or(|last| *last < names), "a name is not on this list of {names}");
                &[by_names(places.len(), self.choices.most(names))]
            }
            Paper::Boxes(boxes) if self.form.is_agree() => {
                assert_eq!(boxes.len(), self.names, "every name has its two boxes");
                &self.by_boxes(boxes)
            }
            _ => panic!("a paper of another form was read"),
        };
        let found = ground.map(Reason::from).into_iter().chain(seen.iter().copied().flatten());
        // `Reason` is ordered by precedence.
        match found.filter(|reason| self.grounds.knows(*reason)).min() {
            Some(reason) => Verdict::Invalid(reason),
            None => Verdict::Valid,
        }
    }

    /// Everything that may be wrong with the boxes; the profile says which of it is a ground.
    fn by_boxes(&self, boxes: &[BoxMark]) -> [Option<Reason>; 3] {
        let no_choice = |b: &BoxMark| match b {
            BoxMark::Agree => false,
            BoxMark::Disagree => self.grounds.all_disagree() == AllDisagree::Invalid,
            BoxMark::Both | BoxMark::None => true,
        };
        let when = |holds: bool, reason| holds.then_some(reason);
        [
            when(self.form == Form::AgreeList && boxes.iter().all(no_choice), Reason::Blank),
            when(boxes.contains(&BoxMark::Both), Reason::BothBoxes),
            when(boxes.contains(&BoxMark::None), Reason::NoMark),
        ]
    }
}

/// Fewer names than seats is valid, and so is exactly as many: phiếu bầu đủ hoặc thiếu số lượng.
fn by_names(left: usize, most: usize) -> Option<Reason> {
    match left {
        0 => Some(Reason::Blank),
        n if n > most => Some(Reason::Overvote),
        _ => None,
    }
}

/// The tally sheet of one bundle: papers are judged and added one by one, and only their sums are kept.
#[derive(Clone, Debug)]
pub struct Sheet {
    ballot: BallotForm,
    figures: Figures,
}

impl Sheet {
    /// An empty sheet for such ballots.
    pub fn new(ballot: BallotForm) -> Self {
        Self { ballot, figures: Figures::none(ballot.form, ballot.names) }
    }

    /// Judges a paper and adds it.
    ///
    /// # Panics
    /// As [`BallotForm::judge`] does.
    pub fn add(&mut self, paper: &Paper, ground: Option<Ground>) -> Verdict {
        let verdict = self.ballot.judge(paper, ground);
        let none = Figures::none(self.ballot.form, self.ballot.names);
        let one = match verdict {
            Verdict::Valid => Figures { valid: Papers(1), marks: self.marks(paper), ..none },
            Verdict::Invalid(reason) => Figures { invalid: vec![(reason, Papers(1))], ..none },
        };
        self.figures.add(&Figures { ballots: Papers(1), ..one });
        verdict
    }

    /// What the papers so far add up to.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    fn marks(&self, paper: &Paper) -> Marks {
        match paper {
            Paper::Names(places) => {
                let k = u16::try_from(places.len()).expect("a list has at most 999 names");
                let mut votes = vec![Votes(0); self.ballot.names];
                for place in places {
                    votes[*place] = Votes(1);
                }
                Marks::Names { left: vec![(k, Papers(1))], votes }
            }
            Paper::Boxes(boxes) => {
                let marked = |which: &[BoxMark]| boxes.iter().map(|b| Votes(u32::from(which.contains(b)))).collect();
                Marks::Agree {
                    agree: marked(&[BoxMark::Agree]),
                    disagree: marked(&[BoxMark::Disagree]),
                    unusable: marked(&[BoxMark::Both, BoxMark::None]),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
