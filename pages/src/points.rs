//! The numbered points of the minutes (counting-rules §7), once: minutes, script and blank form all say these, in this
//! order, with these figures. It refuses to know how they are set.

use crate::{
    number::{number, percent},
    record::Frozen,
    rules,
    vote::Vote,
    words::{self, DOTS},
};
use tally::{
    CandidateNo, Marks,
    profile::Counts,
    statement::{About, Decide, DecideRuling, Language, Next},
};

/// One numbered point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its number in the minutes.
    pub no: usize,
    /// What it is about.
    pub title: String,
    /// Its figure, or nothing where rows follow.
    pub value: String,
    /// What is said beside it, a line each.
    pub more: Vec<String>,
    /// Names with their votes.
    pub rows: Option<Rows>,
}

/// Names with their votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Heads of the columns; the second is the name.
    pub head: Vec<String>,
    /// A row for each name.
    pub rows: Vec<Vec<String>>,
    /// The same rows as they are read out.
    pub spoken: Vec<String>,
}

/// Where the figures come from: a frozen record, or nowhere, for a form that a pen fills.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) vote: &'a Vote,
    pub(crate) frozen: Option<&'a Frozen>,
    pub(crate) language: Language,
}

/// The points of a certified contest.
#[must_use]
pub fn points(frozen: &Frozen, language: Language) -> Vec<Point> {
    Source { vote: &frozen.vote, frozen: Some(frozen), language }.points()
}

impl Source<'_> {
    pub(crate) fn points(self) -> Vec<Point> {
        let mut points = vec![
            self.eligible(),
            self.present(),
            self.majority(),
            self.one(words::POINT_SEATS, number(self.vote.contest.seats.into(), self.language)),
            self.list(),
            self.issued(),
            self.one(words::POINT_COLLECTED, self.figure(|f| f.papers.collected)),
            self.valid(),
            self.invalid(),
            self.result(),
            self.elected(),
            self.unusual(),
        ];
        for (place, point) in points.iter_mut().enumerate() {
            point.no = place + 1;
        }
        points
    }

    fn n(self, value: u64) -> String {
        number(value, self.language)
    }

    /// A figure, or the dots where a pen writes it.
    fn figure(self, of: impl Fn(&Frozen) -> u64) -> String {
        self.frozen.map_or_else(|| DOTS.to_owned(), |f| self.n(of(f)))
    }

    fn one(self, title: words::Word, value: String) -> Point {
        Point { no: 0, title: title.say(self.language).to_owned(), value, more: Vec::new(), rows: None }
    }

    fn eligible(self) -> Point {
        let said = |part| rules::part(&self.vote.profile, part, self.language);
        let Some((first, rest)) = self.vote.contest.base.split_first() else {
            return self.one(words::POINT_LIST, String::new());
        };
        let more = rest.iter().filter_map(|part| {
            let (name, people) = (said(part), self.n(part.people));
            match name {
                (_, Counts::Less) if part.people == 0 => None,
                (name, Counts::Less) => Some(words::SUBTRACTED.with(self.language, &[&name, &people])),
                (name, _) => Some(words::BESIDE.with(self.language, &[&name, &people])),
            }
        });
        let title = words::POINT_TOTAL.with(self.language, &[&said(first).0]);
        Point { no: 0, title, value: self.n(first.people), more: more.collect(), rows: None }
    }

    fn present(self) -> Point {
        let minutes = self.frozen.and_then(|f| f.minutes.as_ref()).map(|(_, m)| m);
        let said = |value: Option<u64>| value.map_or_else(|| DOTS.to_owned(), |v| self.n(v));
        let absent = words::POINT_ABSENT.say(self.language);
        let value = format!("{}; {absent}: {}", said(minutes.map(|m| m.present)), said(minutes.map(|m| m.absent)));
        self.one(words::POINT_PRESENT, value)
    }

    fn majority(self) -> Point {
        let known = self.frozen.map_or(self.vote.base, |f| f.base.map(|base| (base, f.threshold)));
        let name = rules::share_name(&self.vote.profile, known.map(|(base, _)| base), self.language);
        let value = match (known, self.frozen) {
            (Some((base, Some(least))), _) => {
                let enough = rules::enough(&self.vote.profile, &self.n(least), self.language);
                format!("{} ({name}); {enough}", self.n(base))
            }
            (Some((base, None)), _) => words::POINT_NO_LINE.with(self.language, &[&self.n(base), &name]),
            (None, Some(_)) => words::POINT_NO_BASE.say(self.language).to_owned(),
            (None, None) => DOTS.to_owned(),
        };
        self.one(words::POINT_BASE, value)
    }

    fn list(self) -> Point {
        let (names, seats) = (self.vote.names(), self.vote.contest.seats.into());
        let surplus = self.vote.surplus();
        let more = (surplus > 0).then(|| {
            let share = percent(surplus, seats, self.language);
            words::POINT_SURPLUS.with(self.language, &[&self.n(surplus), &share])
        });
        let said = [self.n(names)].into_iter().chain(more).collect::<Vec<_>>().join("; ");
        self.one(words::POINT_LIST, said)
    }

    fn issued(self) -> Point {
        let balance = words::POINT_PAPERS.with(
            self.language,
            &[
                &self.figure(|f| f.papers.received),
                &self.figure(|f| f.papers.issued),
                &self.figure(|f| f.papers.unused),
                &self.figure(|f| f.papers.spoiled),
            ],
        );
        Point { more: vec![balance], ..self.one(words::POINT_ISSUED, self.figure(|f| f.papers.issued)) }
    }

    /// A number of papers and what share of the collected ones it is.
    fn of_collected(self, papers: impl Fn(&Frozen) -> u64) -> String {
        let Some(f) = self.frozen else { return format!("{DOTS} ({DOTS} %)") };
        let (part, collected) = (papers(f), f.papers.collected);
        let share = percent(part, collected, self.language);
        let of = words::OF_COLLECTED.with(self.language, &[&share, &self.n(collected)]);
        format!("{} ({of})", self.n(part))
    }

    fn valid(self) -> Point {
        self.one(words::POINT_VALID, self.of_collected(|f| f.figures.valid.0.into()))
    }

    fn invalid(self) -> Point {
        let value = self.of_collected(|f| f.figures.invalid.iter().map(|(_, papers)| u64::from(papers.0)).sum());
        let form = self.vote.contest.form;
        let more = self.frozen.map_or_else(
            || vec![words::LONG_DOTS.to_owned()],
            |f| {
                let ground = |(reason, papers): &(tally::Reason, tally::Papers)| {
                    format!("– {}: {}", words::reason(*reason, form).say(self.language), self.n(papers.0.into()))
                };
                f.figures.invalid.iter().map(ground).collect()
            },
        );
        Point { more, ..self.one(words::POINT_INVALID, value) }
    }

    /// Heads of a table of names: votes and their share, agree forms with all three boxes.
    fn head(self, boxes: bool) -> Vec<String> {
        let base = self.frozen.map_or(self.vote.base.map(|(d, _)| d), |f| Some(f.share_base()));
        let base = base.map_or_else(|| DOTS.to_owned(), |b| self.n(b));
        let columns: &[words::Word] = if boxes {
            &[words::NO, words::NAME, words::AGREE, words::DISAGREE, words::UNUSABLE]
        } else {
            &[words::NO, words::NAME, words::VOTES]
        };
        let head = columns.iter().map(|word| word.say(self.language).to_owned());
        head.chain([words::SHARE.with(self.language, &[&base])]).collect()
    }

    fn row(self, number: CandidateNo, place: usize, boxes: bool) -> (Vec<String>, String) {
        let name = self.vote.contest.candidates[number.place()].to_string();
        let first = if boxes || self.frozen.is_none() { number.to_string() } else { (place + 1).to_string() };
        let Some(f) = self.frozen else {
            let empty = if boxes && self.vote.contest.form.is_agree() { 4 } else { 2 };
            return ([first, name].into_iter().chain(vec![String::new(); empty]).collect(), String::new());
        };
        let at = number.place();
        let votes = u64::from(f.figures.votes()[at].0);
        let share = percent(votes, f.share_base(), self.language);
        match &f.figures.marks {
            Marks::Agree { disagree, unusable, .. } if boxes => {
                let (no, none) = (self.n(disagree[at].0.into()), self.n(unusable[at].0.into()));
                let cells = vec![first.clone(), name.clone(), self.n(votes), no.clone(), none.clone(), share.clone()];
                let said =
                    words::SPOKEN_AGREE_ROW.with(self.language, &[&first, &name, &self.n(votes), &no, &none, &share]);
                (cells, said)
            }
            _ => {
                let said = words::SPOKEN_ROW.with(self.language, &[&first, &name, &self.n(votes), &share]);
                (vec![first, name, self.n(votes), share], said)
            }
        }
    }

    fn result(self) -> Point {
        let boxes = self.vote.contest.form.is_agree();
        let numbers = (0..self.vote.contest.candidates.len()).map(|place| self.vote.contest.number(place));
        let (rows, spoken) = numbers.enumerate().map(|(place, no)| self.result_row(no, place)).unzip();
        let base = self.frozen.map(|f| {
            let name = rules::share_name(&self.vote.profile, f.base, self.language);
            words::BASE_IS.with(self.language, &[&format!("{name} ({})", self.n(f.share_base()))])
        });
        let rows = Some(Rows { head: self.head(boxes), rows, spoken });
        Point { more: base.into_iter().collect(), rows, ..self.one(words::POINT_RESULT, String::new()) }
    }

    /// Rows of the result carry the number of the ballot, whatever the form.
    fn result_row(self, number: CandidateNo, place: usize) -> (Vec<String>, String) {
        if self.vote.contest.form.is_agree() {
            return self.row(number, place, true);
        }
        let (mut cells, _) = self.row(number, place, false);
        cells[0] = number.to_string();
        let spoken = match &cells[..] {
            [no, name, votes, share] => words::SPOKEN_ROW.with(self.language, &[no, name, votes, share]),
            _ => String::new(),
        };
        (cells, spoken)
    }

    fn elected(self) -> Point {
        let Some(f) = self.frozen else {
            let lines = vec![words::LONG_DOTS.to_owned(); usize::from(self.vote.contest.seats).min(20)];
            let title = words::POINT_ELECTED.with(self.language, &[DOTS]);
            return Point { no: 0, title, value: String::new(), more: lines, rows: None };
        };
        let elected = &f.certify.elected;
        let count = self.n(elected.len() as u64);
        let title = match elected.is_empty() {
            true => words::POINT_ELECTED_NONE.say(self.language).to_owned(),
            false => words::POINT_ELECTED.with(self.language, &[&count]),
        };
        let (rows, spoken) = elected.iter().enumerate().map(|(place, no)| self.row(*no, place, false)).unzip();
        let rows = (!elected.is_empty()).then(|| Rows { head: self.head(false), rows, spoken });
        let deviation = f.certify.deviation.iter().map(|why| words::DEVIATION.with(self.language, &[why.as_str()]));
        Point {
            no: 0,
            title,
            value: String::new(),
            more: deviation.chain(self.next(f)).chain(self.alternates(f)).collect(),
            rows,
        }
    }

    /// Who may take the place of an official delegate, where the same list elects them.
    fn alternates(self, f: &Frozen) -> Vec<String> {
        if f.alternates.is_empty() {
            return Vec::new();
        }
        let head = format!("{}: {}", words::ALTERNATES.say(self.language), self.n(f.alternates.len() as u64));
        let said = f.alternates.iter().enumerate().map(|(place, no)| self.row(*no, place, false).1);
        [head].into_iter().chain(said).collect()
    }

    fn next(self, f: &Frozen) -> Option<String> {
        match &f.certify.next {
            Next::None => None,
            Next::Short(seats) => Some(words::NEXT_SHORT.with(self.language, &[&self.n((*seats).into())])),
            Next::Tie { candidates, seats } => {
                let names: Vec<String> =
                    candidates.iter().map(|no| format!("{no} {}", self.vote.contest.candidates[no.place()])).collect();
                Some(words::NEXT_TIE.with(self.language, &[&self.n((*seats).into()), &names.join(", ")]))
            }
        }
    }

    fn unusual(self) -> Point {
        let Some(f) = self.frozen else {
            let lines = vec![words::LONG_DOTS.to_owned(); 3];
            return Point { more: lines, ..self.one(words::POINT_UNUSUAL, String::new()) };
        };
        let Some((_, minutes)) = &f.minutes else {
            let more = self.accepted(f).into_iter().chain([words::LONG_DOTS.to_owned()]).collect();
            return Point { more, ..self.one(words::POINT_UNUSUAL, String::new()) };
        };
        let complaints = minutes.complaints.iter().map(ToString::to_string);
        let more: Vec<String> = complaints.chain(self.accepted(f)).collect();
        let value = if more.is_empty() { words::NONE.say(self.language).to_owned() } else { String::new() };
        Point { more, ..self.one(words::POINT_UNUSUAL, value) }
    }

    /// Every warning that was accepted, with its reason; codes that the minutes name without a decision come last.
    fn accepted(self, f: &Frozen) -> Vec<String> {
        let with_reason = f.decisions.iter().filter_map(|d| match &d.about {
            About::Warning(code) => Some((*code, &d.reason)),
            About::Papers { .. } => None,
        });
        let mut said: Vec<String> = with_reason
            .clone()
            .map(|(code, why)| words::ACCEPTED.with(self.language, &[code.as_str(), why.as_str()]))
            .collect();
        let named = f.minutes.iter().flat_map(|(_, m)| &m.accepted);
        for code in named.filter(|code| !with_reason.clone().any(|(c, _)| c == **code)) {
            said.push(words::ACCEPTED_ONLY.with(self.language, &[code.as_str()]));
        }
        said
    }
}

/// A decision of the board on doubtful papers, for the annex.
pub(crate) fn decision(d: &Decide, form: tally::Form, language: Language) -> Option<String> {
    let About::Papers { bundle, papers, ruling } = &d.about else { return None };
    let (bundle, papers) = (bundle.to_string(), number(papers.0.into(), language));
    Some(match ruling {
        DecideRuling::Valid => words::DECIDED_VALID.with(language, &[&bundle, &papers, d.reason.as_str()]),
        DecideRuling::Invalid(reason) => {
            let ground = words::reason(*reason, form).say(language);
            words::DECIDED_INVALID.with(language, &[&bundle, &papers, ground, d.reason.as_str()])
        }
    })
}
