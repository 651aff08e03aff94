//! Who is elected, by every profile: the worked cases that a counting board checks by hand, as data for other programs.
//! It refuses to know logs.

use serde_json::{Value, json};
use tally::{
    CandidateNo, Figures, Form, Marks, Papers, Sid, Votes,
    form::{Choices, Reason},
    outcome::elect,
    profile::Rulebook,
    statement::{BasePart, Contest},
};

const CASES: &str = include_str!("../../../tally/tests/worked/elections.txt");

/// Every case of the table, each with what the rules make of it.
///
/// # Panics
/// A case comes out otherwise than the table says.
#[must_use]
pub fn cases() -> Vec<Value> {
    let lines = CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| case(&line.split('|').map(str::trim).collect::<Vec<_>>())).collect()
}

fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(words: &str) -> Vec<T> {
    words.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

fn case(columns: &[&str]) -> Value {
    let [what, rules, base, papers, seats, votes, expected] = columns else { panic!("seven columns: {columns:?}") };
    let (name, kind) = rules.split_once(", ").unwrap_or((rules, "first"));
    let profile = Rulebook::embedded().named(&name.parse().expect("a word")).expect("its rules").clone();
    let each: Vec<(u32, Option<&str>)> = votes
        .split_whitespace()
        .map(|one| one.split_once('@').map_or((one, None), |(n, day)| (n, Some(day))))
        .map(|(n, day)| (n.parse().expect("votes"), day))
        .collect();
    let votes: Vec<u32> = each.iter().map(|(n, _)| *n).collect();
    let most = votes.iter().copied().max().unwrap_or_default();
    let [ballots, valid] = numbers::<u32>(papers)[..].try_into().unwrap_or([most, most]);
    let (seats, people): (u16, Vec<u64>) = (seats.parse().expect("seats"), numbers(base));
    let parts = profile.base.rule.parts.iter().enumerate();
    let base: Vec<BasePart> =
        parts.map(|(at, p)| BasePart { part: p.part.clone(), people: people.get(at).copied().unwrap_or(0) }).collect();
    let number = |place| CandidateNo::at(place, votes.len());
    let born = each.iter().enumerate().filter_map(|(at, (_, day))| Some((number(at), (*day)?.parse().expect("a day"))));
    let contest = Contest {
        election: Sid::ZERO,
        prev: Sid::ZERO,
        contest: "c01".parse().expect("an id"),
        board: "b1".parse().expect("an id"),
        kind: kind.parse().expect("a round"),
        follows: None,
        title: "Bầu".parse().expect("a text"),
        form: Form::StrikeList,
        profile: profile.word.clone(),
        seats,
        choices: Choices::UpTo(seats),
        counts: 1,
        candidates: (1..=votes.len()).map(|n| format!("Người số {n}").parse().expect("a text")).collect(),
        born: born.collect(),
        base,
        traits: Vec::new(),
    };
    let invalid = if ballots > valid { vec![(Reason::Blank, Papers(ballots - valid))] } else { Vec::new() };
    let totals = Figures {
        ballots: Papers(ballots),
        valid: Papers(valid),
        invalid,
        marks: Marks::Names { left: Vec::new(), votes: votes.iter().copied().map(Votes).collect() },
    };
    let outcome = elect(&contest, &profile, &totals);
    let words = |numbers: &[CandidateNo]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let alternates = if outcome.alternates.is_empty() {
        String::new()
    } else {
        format!(" / {}", words(&outcome.alternates).join(" "))
    };
    assert_eq!(format!("{} / {}{alternates}", outcome.elected_in_words(), outcome.next()), *expected, "{what}");
    let by_number = |values: Vec<Value>| -> Value {
        values
            .into_iter()
            .enumerate()
            .map(|(at, value)| (number(at).to_string(), value))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    json!({
        "name": what, "profile": name, "kind": kind, "seats": seats, "ballots": ballots, "valid": valid,
        "base": contest.base.iter().map(|b| json!([b.part.as_str(), b.people])).collect::<Vec<_>>(),
        "votes": by_number(votes.iter().map(|n| json!(n)).collect()),
        "born": contest.born.iter().map(|(n, day)| json!([n.to_string(), day.to_string()])).collect::<Vec<_>>(),
        "elected": words(&outcome.elected), "alternates": words(&outcome.alternates), "next": outcome.next().to_string(),
    })
}
