//! A contest before anybody signed it, prefilled from the log: the section of an `event.toml` with the reasons beside it,
//! and the whole file that `committee contest` takes as it is. It refuses to know what the congress will decide: every
//! line may be changed by hand.

use crate::{
    event::{EventCandidate, EventContest},
    meaning::Said,
    round::rounds_to,
};
use serde::Serialize;
use std::fmt::{Display, Write};
use tally::{
    CandidateNo, Count,
    form::{Choices, Form},
    ruling::Sentence,
    statement::{Contest, MemberRole, Round},
};

/// Papers of a bundle that a rehearsal makes where nothing else is said.
pub(crate) const BUNDLE_SIZE: u64 = 50;

/// A contest as the program would put it before the meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The contest.
    pub contest: EventContest,
    /// What the meeting decides about it, and what is to be done before.
    pub notes: Vec<Sentence>,
    /// Why each name stands there, one for each candidate; possibly empty.
    pub beside: Vec<String>,
}

/// A proposal for whoever reads JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the keys of a contest in event.toml")]
pub struct ProposalView {
    pub id: String,
    pub board: String,
    pub kind: &'static str,
    pub follows: Option<String>,
    pub title: String,
    pub form: &'static str,
    pub profile: String,
    pub seats: u16,
    pub base: Vec<(String, u64)>,
    pub candidates: Vec<CandidateView>,
    /// What the meeting decides about it.
    pub notes: Vec<Said>,
    /// The section of an `event.toml`.
    pub section: String,
}

/// A name of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the keys of a candidate in event.toml")]
pub struct CandidateView {
    pub name: String,
    pub born: Option<String>,
    pub traits: Vec<String>,
    /// Why it stands there.
    pub why: String,
}

impl Proposal {
    /// The proposal for whoever reads JSON.
    #[must_use]
    pub fn view(&self) -> ProposalView {
        let c = &self.contest;
        let candidate = |(place, candidate): (usize, &EventCandidate)| CandidateView {
            name: candidate.name.to_string(),
            born: candidate.born.map(|day| day.to_string()),
            traits: candidate.traits.iter().map(ToString::to_string).collect(),
            why: self.beside.get(place).cloned().unwrap_or_default(),
        };
        ProposalView {
            id: c.id.to_string(),
            board: c.board.to_string(),
            kind: c.kind.word(),
            follows: c.follows.map(|id| id.to_string()),
            title: c.title.to_string(),
            form: c.form.word(),
            profile: c.profile.to_string(),
            seats: c.seats,
            base: c.base.iter().map(|b| (b.part.to_string(), b.people)).collect(),
            candidates: c.candidates.iter().enumerate().map(candidate).collect(),
            notes: self.notes.iter().cloned().map(Said::from).collect(),
            section: self.section(),
        }
    }

    /// The section of an `event.toml`, with what the meeting decides in comments.
    #[must_use]
    pub fn section(&self) -> String {
        let mut toml = Toml::default();
        for note in &self.notes {
            toml.comment(&note.vi);
            toml.comment(&note.en);
        }
        toml.contest(&self.contest, &self.beside);
        toml.0
    }

    /// A whole event file of what the log knows, which `committee contest` takes as it is: nothing in it is needed from
    /// anybody's home.
    #[must_use]
    pub fn file(&self, count: &Count) -> String {
        let mut toml = Toml::default();
        toml.comment(&format!(
            "Làm từ nhật ký đến mục {0} — made from the log, {0} entries. Sửa danh sách theo quyết định của đại hội — \
             change the list as the congress decides.",
            count.size()
        ));
        toml.event(count);
        for before in self.contest.follows.map(|id| rounds_to(count, id)).unwrap_or_default() {
            toml.contest(&EventContest::of(before.statement(), count), &[]);
        }
        toml.0.push_str(&self.section());
        toml.0
    }
}

impl EventContest {
    /// A contest as it was stated, written down again as organisers write it.
    #[must_use]
    pub fn of(s: &Contest, count: &Count) -> Self {
        let min_bundle = count.manifest().map_or(1, |m| m.min_bundle);
        Self {
            id: s.contest,
            board: s.board,
            title: s.title.clone(),
            form: s.form,
            profile: s.profile.clone(),
            seats: s.seats,
            choices: s.choices,
            kind: s.kind,
            follows: s.follows,
            counts: s.counts,
            bundle_size: BUNDLE_SIZE.max(min_bundle),
            base: s.base.clone(),
            papers: None,
            candidates: (0..s.candidates.len()).map(|place| candidate(s, s.number(place))).collect(),
        }
    }
}

/// A name on a stated list, with what is signed of the person.
pub(crate) fn candidate(s: &Contest, number: CandidateNo) -> EventCandidate {
    EventCandidate {
        name: s.candidates[number.place()].clone(),
        born: s.born.iter().find(|(n, _)| *n == number).map(|(_, day)| *day),
        traits: s.traits.iter().filter(|(n, _)| *n == number).map(|(_, word)| word.clone()).collect(),
    }
}

/// The ballot that goes with so many names for so many seats (counting-rules §2). A ballot on which names are approved
/// stays one.
#[must_use]
pub fn form_for(names: usize, seats: u16, was: Option<Form>) -> (Form, Choices) {
    match was {
        Some(Form::Approve) => (Form::Approve, Choices::UpTo(seats)),
        _ if names > usize::from(seats) => (Form::StrikeList, Choices::UpTo(seats)),
        _ if names == 1 => (Form::AgreeSingle, Choices::None),
        _ => (Form::AgreeList, Choices::None),
    }
}

/// TOML as a person would type it.
#[derive(Default)]
struct Toml(String);

impl Toml {
    fn put(&mut self, words: std::fmt::Arguments<'_>) {
        self.0.write_fmt(words).expect("a String takes everything");
        self.0.push('\n');
    }

    fn comment(&mut self, words: &str) {
        self.put(format_args!("# {words}"));
    }

    fn word(&mut self, key: &str, value: impl Display) {
        self.put(format_args!("{key} = {}", quoted(value)));
    }

    fn number(&mut self, key: &str, value: impl Display) {
        self.put(format_args!("{key} = {value}"));
    }

    fn event(&mut self, count: &Count) {
        let Some(m) = count.manifest() else { return };
        self.word("origin", &m.origin);
        self.word("title", &m.title);
        for (key, text) in [("organisation", &m.organisation), ("place", &m.place)] {
            text.iter().for_each(|text| self.word(key, text));
        }
        self.word("language", m.language);
        self.word("disclosure", m.disclosure);
        self.number("live-totals", m.live_totals);
        self.number("min-bundle", m.min_bundle);
        self.put(format_args!("\n[organisers]"));
        self.comment("tên không có trong nhật ký — names are not in the log");
        self.number("threshold", m.threshold);
        let id = |name: &str| quoted(name.rsplit('/').next().unwrap_or(name));
        let organisers = m.organisers.iter().map(|key| id(key.name()));
        let organisers: Vec<String> = organisers.map(|id| format!("{{ id = {id}, name = {id} }}")).collect();
        self.list("members", &organisers, &[]);
        for board in count.boards() {
            self.put(format_args!("\n[[board]]"));
            self.word("id", board.board);
            self.word("title", &board.title);
            self.number("threshold", board.threshold);
            let members = board
                .members
                .iter()
                .map(|m| format!("{{ id = {}, name = {}, role = {} }}", quoted(m.id), quoted(&m.name), quoted(m.role)));
            self.list("members", &members.collect::<Vec<_>>(), &[]);
        }
        for station in count.stations() {
            let title = m.tables.iter().find(|(id, _)| *id == station).map(|(_, title)| title.to_string());
            self.put(format_args!("\n[[station]]"));
            self.word("id", station);
            self.word("title", title.unwrap_or_else(|| station.to_string()));
        }
        self.put(format_args!("\n[witness]"));
        self.number("quorum", m.witness_quorum);
        self.0.push('\n');
    }

    fn contest(&mut self, c: &EventContest, beside: &[String]) {
        self.put(format_args!("[[contest]]"));
        self.word("id", c.id);
        self.word("board", c.board);
        self.word("title", &c.title);
        if c.kind != Round::First {
            self.word("kind", c.kind);
        }
        c.follows.iter().for_each(|before| self.word("follows", before));
        self.word("form", c.form);
        self.word("profile", &c.profile);
        self.number("seats", c.seats);
        match (c.form, c.choices) {
            (Form::Approve, Choices::UpTo(n)) => self.number("choices", n),
            (Form::Approve, Choices::Unlimited) => self.word("choices", "unlimited"),
            _ => {}
        }
        if c.counts > 1 {
            self.number("counts", c.counts);
        }
        let base: Vec<String> = c.base.iter().map(|b| format!("{} = {}", b.part, b.people)).collect();
        self.put(format_args!("base = {{ {} }}", base.join(", ")));
        let candidates: Vec<String> = c.candidates.iter().map(in_braces).collect();
        self.list("candidates", &candidates, beside);
        self.0.push('\n');
    }

    fn list(&mut self, key: &str, items: &[String], beside: &[String]) {
        self.put(format_args!("{key} = ["));
        for (place, item) in items.iter().enumerate() {
            match beside.get(place).filter(|why| !why.is_empty()) {
                Some(why) => self.put(format_args!("    {item}, # {why}")),
                None => self.put(format_args!("    {item},")),
            }
        }
        self.put(format_args!("]"));
    }
}

fn in_braces(c: &EventCandidate) -> String {
    let mut text = format!("{{ name = {}", quoted(&c.name));
    if let Some(day) = c.born {
        let _ = write!(text, ", born = {}", quoted(day));
    }
    if !c.traits.is_empty() {
        let traits: Vec<String> = c.traits.iter().map(quoted).collect();
        let _ = write!(text, ", traits = [{}]", traits.join(", "));
    }
    text + " }"
}

/// A TOML string: the texts of the log hold no control characters.
fn quoted(value: impl Display) -> String {
    format!("\"{}\"", value.to_string().replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether somebody counts papers on this board and may therefore not stand for election.
pub(crate) fn sits_on(count: &Count, board: tally::BoardId, name: &tally::text::Text) -> bool {
    let members = count.board(board).into_iter().flat_map(|b| &b.members);
    members.filter(|m| m.role != MemberRole::Technician).any(|m| m.name == *name)
}
