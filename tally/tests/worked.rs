//! Worked cases that a counting board can read and check by hand: `worked/elections.txt` says who is elected,
//! `worked/papers.txt` what a single paper is. Each line is one case.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use proptest::prelude::*;
use std::collections::BTreeSet;
use tally::{
    CandidateNo, Figures, Form, Marks, Papers, Sid, Votes,
    ballot::{BallotForm, Paper, Verdict},
    form::{Choices, Reason},
    outcome::{Outcome, derivation, elect},
    profile::{Profile, Rulebook},
    statement::{BasePart, Contest, Round},
};

/// The cases of a table, each as its columns.
fn cases(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('|').map(str::trim).collect())
}

fn profile(name: &str) -> std::sync::Arc<Profile> {
    Rulebook::embedded().named(&name.parse().unwrap()).unwrap_or_else(|| panic!("no rules {name}")).clone()
}

fn contest(profile: &Profile, kind: Round, form: Form, base: &[u64], seats: u16, names: usize) -> Contest {
    let parts = profile.base.rule.parts.iter().enumerate();
    let base: Vec<BasePart> =
        parts.map(|(at, p)| BasePart { part: p.part.clone(), people: base.get(at).copied().unwrap_or(0) }).collect();
    profile.check_base(&base).unwrap_or_else(|why| panic!("{}: {why}", profile.name));
    Contest {
        election: Sid::ZERO,
        prev: Sid::ZERO,
        contest: "c01".parse().unwrap(),
        board: "b1".parse().unwrap(),
        kind,
        follows: None,
        title: "Bầu".parse().unwrap(),
        form,
        profile: profile.word.clone(),
        seats,
        choices: if form.is_agree() { Choices::None } else { Choices::UpTo(seats) },
        counts: 1,
        base,
        candidates: (1..=names).map(|n| format!("Người số {n}").parse().unwrap()).collect(),
        born: Vec::new(),
        traits: Vec::new(),
    }
}

fn figures(votes: &[u32], ballots: u32, valid: u32) -> Figures {
    let invalid = if ballots > valid { vec![(Reason::Blank, Papers(ballots - valid))] } else { Vec::new() };
    let votes = votes.iter().copied().map(Votes).collect();
    Figures { ballots: Papers(ballots), valid: Papers(valid), invalid, marks: Marks::Names { left: vec![], votes } }
}

fn words(outcome: &Outcome) -> String {
    let alternates: Vec<String> = outcome.alternates.iter().map(ToString::to_string).collect();
    let first = format!("{} / {}", outcome.elected_in_words(), outcome.next());
    if alternates.is_empty() { first } else { format!("{first} / {}", alternates.join(" ")) }
}

fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(words: &str) -> Vec<T> {
    words.split_whitespace().map(|n| n.parse().unwrap()).collect()
}

/// One line of `elections.txt`: contest, rules, totals and what is expected.
fn election(columns: &[&str]) -> (Contest, std::sync::Arc<Profile>, Figures, String) {
    let [what, rules, base, papers, seats, votes, expected] = columns[..] else { panic!("seven columns: {columns:?}") };
    let (name, kind) = rules.split_once(", ").unwrap_or((rules, "first"));
    let profile = profile(name);
    let each: Vec<(u32, Option<&str>)> = votes
        .split_whitespace()
        .map(|one| one.split_once('@').map_or((one, None), |(n, day)| (n, Some(day))))
        .map(|(n, day)| (n.parse().unwrap(), day))
        .collect();
    let votes: Vec<u32> = each.iter().map(|(n, _)| *n).collect();
    let most = votes.iter().copied().max().unwrap();
    let (ballots, valid) = match numbers::<u32>(papers)[..] {
        [] => (most, most),
        [ballots, valid] => (ballots, valid),
        _ => panic!("{what}: papers and valid, or neither"),
    };
    assert!(valid >= most && ballots >= valid, "{what}: nobody has more votes than there are valid papers");
    let kind = kind.parse().unwrap();
    let mut contest = contest(&profile, kind, Form::StrikeList, &numbers(base), seats.parse().unwrap(), votes.len());
    let days = each.iter().enumerate().filter_map(|(place, (_, day))| Some((place, (*day)?)));
    contest.born = days.map(|(place, day)| (CandidateNo::at(place, votes.len()), day.parse().unwrap())).collect();
    (contest, profile, figures(&votes, ballots, valid), expected.to_owned())
}

const ELECTIONS: &str = include_str!("worked/elections.txt");

#[test]
fn every_worked_election_comes_out_as_a_board_would_say() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for columns in cases(ELECTIONS) {
        let (contest, profile, totals, expected) = election(&columns);
        let found = words(&elect(&contest, &profile, &totals));
        if found != expected {
            wrong.push(format!("{}: expected {expected}, found {found}", columns[0]));
        }
        seen.insert(profile.name.to_string());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rules = Rulebook::embedded();
    let unseen: Vec<_> = rules.profiles().filter(|p| !seen.contains(p.name.as_str())).map(|p| &p.name).collect();
    assert!(unseen.is_empty(), "no worked case for {unseen:?}");
    assert!(cases(ELECTIONS).count() >= 50);
}

#[test]
fn every_worked_paper_is_what_a_board_would_say() {
    let mut wrong = Vec::new();
    for columns in cases(include_str!("worked/papers.txt")) {
        let [what, rules, form, list, marks, decided, expected] = columns[..] else { panic!("{columns:?}") };
        let (form, list): (Form, Vec<usize>) = (form.parse().unwrap(), numbers(list));
        let profile = profile(rules);
        let base = [100, 60];
        let seats = u16::try_from(list[1]).unwrap();
        let ballot = BallotForm::of(&contest(&profile, Round::First, form, &base, seats, list[0]), &profile).unwrap();
        let paper = if form.is_agree() {
            Paper::Boxes(numbers(marks))
        } else {
            Paper::Names(numbers::<CandidateNo>(marks).iter().map(|n| n.place()).collect())
        };
        let found = match ballot.judge(&paper, (!decided.is_empty()).then(|| decided.parse().unwrap())) {
            Verdict::Valid => "valid".to_owned(),
            Verdict::Invalid(reason) => reason.to_string(),
        };
        if found != expected {
            wrong.push(format!("{what}: expected {expected}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The derivation of the worked election that begins so, in both languages.
fn told(what: &str) -> (String, String) {
    let columns = cases(ELECTIONS).find(|columns| columns[0].starts_with(what)).unwrap();
    let (contest, profile, totals, _) = election(&columns);
    let lines = derivation(&contest, &profile, &totals, None);
    let (vi, en): (Vec<String>, Vec<String>) = lines.into_iter().map(|line| (line.vi, line.en)).unzip();
    (vi.join("\n"), en.join("\n"))
}

#[test]
fn the_derivation_can_be_followed_and_checked_by_hand() {
    let holds = |what: &str, vi: &[&str], en: &[&str]| {
        let told = told(what);
        vi.iter().for_each(|words| assert!(told.0.contains(words), "{what}: no `{words}` in\n{}", told.0));
        en.iter().for_each(|words| assert!(told.1.contains(words), "{what}: no `{words}` in\n{}", told.1));
    };
    holds(
        "Absent throughout lowers D",
        &["D = 100 − 2 = 98", "quá một nửa của 98: từ 50 phiếu", "Trúng cử: 01 Người số 1 (50 phiếu)"],
        &["D = 100 − 2 = 98", "more than half of 98: from 50 votes", "Elected: 01 Người số 1 (50 votes)"],
    );
    holds("Exactly half loses", &["D = 100 (", "0 người", "Còn thiếu 1; đại hội quyết định"], &["Short of 1"]);
    holds(
        "... though 50 of 80",
        &["D = 100 phiếu − 20 không hợp lệ = 80"],
        &["D = 100 papers − 20 invalid = 80 valid"],
    );
    holds("Youth: invalid papers raise", &["D = 90 phiếu thu về", "từ 46 phiếu"], &["D = 90 papers, valid or not"]);
    holds(
        "Turnout of exactly half",
        &["Chỉ có 500 trong 1000 cử tri đi bầu, cần ít nhất 501", "Còn thiếu 2"],
        &["Only 500 of 1000", "nobody is elected"],
    );
    holds(
        "A shortage of exactly one third",
        &["Quốc hội: bầu thêm", "Hội đồng nhân dân: không bầu thêm"],
        &["National Assembly: an extra election", "People's Council: no extra election"],
    );
    holds(
        "A tie is decided by age",
        &["Bằng nhau ở 300 phiếu, người nhiều tuổi hơn", "01 1970-05-02, 03 1969-12-31"],
        &["Equal at 300 votes, the older is elected"],
    );
    holds("A ballot of the tied only", &["không cần quá mức nào"], &["over no line"]);
    holds("Exactly three tenths", &["hơn 3/10 của 150: từ 46 phiếu", "Vào danh sách"], &["more than 3/10 of 150"]);
    holds("The next over one half", &["Dự khuyết 2/2", "03 Người số 3 (70 phiếu)"], &["Alternates, 2 of 2"]);
    holds(
        "A tie of the officials",
        &["Chưa xác định được dự khuyết", "Bằng phiếu: 02, 03 cho 1 ghế"],
        &["Tie of 02, 03"],
    );
    holds("Nobody is left over one half", &["Dự khuyết 0/1, theo số phiếu: -."], &["Alternates, 0 of 1, by votes: -."]);
    assert!(!told("Exactly half loses").1.contains("Elected"), "nobody is");
    for at_once in ["One over half wins", "Exactly half loses", "A tie of the officials", "The next over one half"] {
        assert!(!told(at_once).1.contains("the older is elected"), "{at_once}: age decided nothing");
    }
    for columns in cases(ELECTIONS) {
        let (contest, profile, totals, _) = election(&columns);
        for line in derivation(&contest, &profile, &totals, None) {
            assert!(!line.vi.is_empty() && line.vi != line.en, "{}: {line}", columns[0]);
        }
    }
}

#[test]
fn a_blocked_contest_says_that_the_congress_annuls_and_elects_nobody() {
    let columns = cases(ELECTIONS).next().unwrap();
    let (contest, profile, totals, _) = election(&columns);
    let lines = derivation(&contest, &profile, &totals, Some(tally::outcome::Blocked::CollectedMoreThanIssued));
    assert!(lines.last().unwrap().en.contains("annulled") && lines.iter().all(|l| !l.en.contains("Elected")));
}

#[test]
fn a_list_may_exceed_the_seats_by_three_tenths_rounded_down_and_by_one_always() {
    let rules = profile("party-190");
    let most = |seats| rules.most_names(Round::First, Form::StrikeList, seats);
    let found: Vec<_> = [1, 2, 3, 4, 6, 7, 10, 13, 15, 55].map(|seats| most(seats).unwrap()).into();
    assert_eq!(found, [2, 3, 4, 5, 7, 9, 13, 16, 19, 71]);
    assert_eq!(rules.most_names(Round::Continued, Form::StrikeList, 10), None, "only the first vote");
    assert_eq!(rules.most_names(Round::First, Form::Approve, 10), None, "only a list with more names than seats");
    assert_eq!(profile("plurality").most_names(Round::First, Form::StrikeList, 10), None);
}

fn any_case() -> impl Strategy<Value = (Vec<u32>, u16, usize, Vec<u8>)> {
    // Few different numbers, so that ties are common.
    let votes = prop::collection::vec(prop_oneof![40..62_u32, Just(51), 0..120_u32], 2..12);
    votes.prop_flat_map(|votes| {
        let names = votes.len();
        let seats = 1..u16::try_from(names).unwrap();
        (Just(votes), seats, 0..14_usize, prop::collection::vec(1..6_u8, names))
    })
}

fn random(case: &(Vec<u32>, u16, usize, Vec<u8>)) -> (Contest, std::sync::Arc<Profile>) {
    let (votes, seats, rules, days) = case;
    let rules = Rulebook::embedded().profiles().nth(*rules).unwrap().clone();
    let base = if rules.turnout.is_some() { vec![1000, 700] } else { vec![100, 1, 0, 2] };
    let mut contest = contest(&rules, Round::First, Form::StrikeList, &base, *seats, votes.len());
    let day = |day: &u8| format!("1960-01-0{day}").parse().unwrap();
    contest.born = days.iter().enumerate().map(|(place, d)| (CandidateNo::at(place, votes.len()), day(d))).collect();
    (contest, rules)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_with_fewer_votes_is_elected_before_one_with_more(case in any_case(), invalid in 0..60_u32) {
        let (contest, rules) = random(&case);
        let (votes, seats, ..) = &case;
        let valid = votes.iter().copied().max().unwrap();
        let outcome = elect(&contest, &rules, &figures(votes, valid + invalid, valid));
        let of = |n: &CandidateNo| votes[n.place()];
        let tied: Vec<CandidateNo> = outcome.tie.iter().flat_map(|t| t.candidates.clone()).collect();
        let chosen: Vec<CandidateNo> = outcome.elected.iter().chain(&outcome.alternates).copied().collect();
        prop_assert!(outcome.elected.windows(2).all(|p| (of(&p[1]), p[0]) < (of(&p[0]), p[1]) || of(&p[1]) < of(&p[0])));
        for (place, own) in votes.iter().enumerate() {
            let number = contest.number(place);
            if !chosen.contains(&number) && !tied.contains(&number) {
                let before = outcome.elected.iter().find(|e| of(e) < *own);
                prop_assert!(before.is_none(), "{number} stands behind {before:?}");
            }
            prop_assert!(!(outcome.elected.contains(&number) && tied.contains(&number)));
            prop_assert!(!(outcome.elected.contains(&number) && outcome.alternates.contains(&number)));
        }
        let open = outcome.tie.as_ref().map_or(0, |t| t.seats) + outcome.short;
        let filled = u16::try_from(outcome.elected.len()).unwrap();
        prop_assert!(filled + open == *seats || rules.poll.is_some());
        prop_assert!(tied.is_empty() || tied.len() > usize::from(outcome.tie.as_ref().unwrap().seats));
    }

    #[test]
    fn an_invalid_paper_changes_nobodys_election_except_through_d(case in any_case(), invalid in 1..60_u32) {
        let (contest, rules) = random(&case);
        let votes = &case.0;
        let valid = votes.iter().copied().max().unwrap();
        let (without, with) = (figures(votes, valid, valid), figures(votes, valid + invalid, valid));
        let d = |totals: &Figures| rules.denominator(&contest.base, totals);
        if d(&without) == d(&with) {
            prop_assert_eq!(elect(&contest, &rules, &without), elect(&contest, &rules, &with));
        } else {
            prop_assert_eq!(rules.base.rule.of, tally::profile::Denominator::Ballots);
            let (before, after) = (elect(&contest, &rules, &without), elect(&contest, &rules, &with));
            let gained = after.elected.iter().find(|n| !before.elected.contains(n) && before.tie.is_none());
            prop_assert!(gained.is_none(), "an invalid paper elected {:?}", gained);
        }
    }
}
