//! Who is elected, in worked cases that a counting board can check by hand, and what holds in every case.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod forge;

use forge::{AGREE, STRIKE};
use proptest::prelude::*;
use std::collections::BTreeMap;
use tally::{
    CandidateNo, Figures, Marks, Papers, Statement, Votes,
    form::Reason,
    outcome::{self, Outcome},
    profile::{Fraction, Rulebook},
    statement::Contest,
};

/// A strike list of these rules and seats with as many names as there are votes.
fn contest(profile: &str, base: &str, seats: usize, names: usize) -> Contest {
    let parts = match profile {
        "plurality" => format!("base summoned {base}\n"),
        _ => {
            let mut people = base.split(" - ").chain(["0", "0"]);
            let mut part = |name: &str| format!("base {name} {}\n", people.next().unwrap());
            part("summoned") + &part("absent-throughout") + &part("convener-absent")
        }
    };
    let list: String = (1..=names).map(|n| format!("candidate {n:0w$} Người số {n}\n", w = 2 + names / 100)).collect();
    let head = STRIKE.split("base summoned").next().unwrap();
    let body = head.replace("seats 2\nchoices 2", &format!("seats {seats}\nchoices {seats}"));
    let body = body.replace("party-244", profile) + &parts + &list;
    let zeros = forge::ZEROS;
    let text = format!("kiemphieu/v1/contest\nelection {zeros}\nprev {zeros}\ncontest c01\n{body}");
    match Statement::parse(&text).unwrap() {
        Statement::Contest(contest) => *contest,
        other => panic!("{other}"),
    }
}

fn figures(votes: &[u32], blank: u32) -> Figures {
    let valid = votes.iter().copied().max().unwrap_or_default();
    let invalid = if blank > 0 { vec![(Reason::Blank, Papers(blank))] } else { vec![] };
    let votes = votes.iter().copied().map(Votes).collect();
    Figures {
        ballots: Papers(valid + blank),
        valid: Papers(valid),
        invalid,
        marks: Marks::Names { left: vec![], votes },
    }
}

fn elect(contest: &Contest, totals: &Figures) -> Outcome {
    outcome::elect(contest, Rulebook::embedded().find(&contest.profile).unwrap(), totals)
}

fn words(outcome: &Outcome) -> String {
    format!("{} / {}", outcome.elected_in_words(), outcome.next())
}

/// What happens; rules, D as people less absentees, seats, votes in ballot order; elected by votes then number / what comes next.
type Worked = (&'static str, &'static str, &'static str, usize, &'static [u32], &'static str);

const WORKED: &[Worked] = &[
    ("exactly half loses", "party-244", "100", 1, &[50, 49], "- / short 1"),
    ("one over half wins", "party-244", "100", 1, &[51, 49], "01 / none"),
    ("of an odd number the larger half wins", "party-244", "101", 1, &[51, 50], "01 / none"),
    ("of an odd number the smaller half loses", "party-244", "101", 1, &[50, 50], "- / short 1"),
    ("absentees lower the line", "party-244", "100 - 2", 1, &[50, 10], "01 / none"),
    ("so do absent conveners", "party-244", "100 - 1 - 1", 1, &[50, 10], "01 / none"),
    ("but not by less than it takes", "party-244", "100 - 1", 1, &[49, 10], "- / short 1"),
    ("half of 99 is passed by 50", "party-244", "100 - 1", 1, &[50, 49], "01 / none"),
    (
        "the golden contest: D = 151 − 2 = 149, at least 75",
        "party-244",
        "151 - 2",
        3,
        &[145, 137, 103, 43],
        "01 02 03 / none",
    ),
    ("most votes stand first, not the first number", "party-244", "100", 3, &[60, 90, 75, 10], "02 03 01 / none"),
    ("equal votes that all fit stand by number", "party-244", "100", 3, &[60, 90, 60, 10], "02 01 03 / none"),
    ("more over the line than seats: most votes first", "party-244", "100", 2, &[60, 90, 75, 59], "02 03 / none"),
    ("a tie across the last seat", "party-244", "100", 2, &[60, 90, 60], "02 / tie 01 03 for 1"),
    ("a tie of three for two", "party-244", "100", 2, &[60, 60, 60, 40], "- / tie 01 02 03 for 2"),
    ("a tie of three for two below one elected", "party-244", "100", 3, &[60, 60, 70, 60], "03 / tie 01 02 04 for 2"),
    ("a tie of everybody for one", "party-244", "100", 1, &[60, 60, 60], "- / tie 01 02 03 for 1"),
    ("a tie below the line ties nobody", "party-244", "100", 2, &[60, 50, 50], "01 / short 1"),
    ("a tie below the last seat changes nothing", "party-244", "100", 1, &[60, 55, 55], "01 / none"),
    ("too few pass", "party-244", "100", 3, &[60, 51, 50, 12], "01 02 / short 1"),
    ("nobody passes", "party-244", "100", 3, &[50, 50, 50, 50], "- / short 3"),
    ("nobody has a vote", "party-244", "100", 2, &[0, 0, 0], "- / short 2"),
    ("everybody has every vote", "party-244", "100", 2, &[100, 100, 100], "- / tie 01 02 03 for 2"),
    ("one voter elects", "party-244", "1", 1, &[1, 0], "01 / none"),
    ("two voters must agree", "party-244", "2", 1, &[1, 1], "- / short 1"),
    ("the newer decision has the same line", "party-190", "100", 1, &[51, 50], "01 / none"),
    ("and the same half", "party-190", "100", 1, &[50, 50], "- / short 1"),
    ("most votes win without a line", "plurality", "100", 1, &[3, 2], "01 / none"),
    ("a vote more is enough", "plurality", "100", 2, &[3, 5, 4], "02 03 / none"),
    ("a tie for the only seat", "plurality", "100", 1, &[3, 3, 2], "- / tie 01 02 for 1"),
    (
        "a tie at the last place, as at Wesoła",
        "plurality",
        "1000",
        3,
        &[120, 98, 98, 150, 12],
        "04 01 / tie 02 03 for 1",
    ),
    ("a tie of four for the last two", "plurality", "1000", 3, &[9, 7, 7, 7, 7], "01 / tie 02 03 04 05 for 2"),
    ("nobody is elected without a vote", "plurality", "100", 2, &[4, 0, 0], "01 / short 1"),
    ("and no tie is one of nobody's votes", "plurality", "100", 1, &[0, 0], "- / short 1"),
];

#[test]
fn worked_cases_come_out_as_a_board_would_say() {
    for (what, profile, base, seats, votes, expected) in WORKED {
        let contest = contest(profile, base, *seats, votes.len());
        for blank in [0, 7] {
            assert_eq!(words(&elect(&contest, &figures(votes, blank))), *expected, "{what}, {blank} blank");
        }
    }
}

#[test]
fn the_line_is_the_smallest_number_of_votes_that_is_more_than_half() {
    for base in 0..10_000_u64 {
        let line = Fraction::HALF.least_over(base);
        assert!(line * 2 > base && (line - 1) * 2 <= base, "D = {base}");
    }
}

#[test]
fn what_keeps_a_contest_from_being_certified_has_the_word_of_the_results() {
    // docs/protocol.md: `blocked` in results.json.
    assert_eq!(tally::outcome::Blocked::CollectedMoreThanIssued.word(), "collected-more-than-issued");
}

#[test]
fn long_lists_write_three_digits() {
    let mut votes = vec![60; 100];
    votes[99] = 70;
    let contest = contest("party-244", "100", 1, 100);
    assert_eq!(words(&elect(&contest, &figures(&votes, 0))), "100 / none");
    votes[99] = 60;
    votes[1..99].fill(0);
    assert_eq!(words(&elect(&contest, &figures(&votes, 0))), "- / tie 001 100 for 1");
}

#[test]
fn on_agree_lists_only_agree_elects() {
    let mut hall = forge::Hall::counting(AGREE, &["b001 60 -"]);
    let boxes =
        "ballots 60\nvalid 60\nagree 01 51\nagree 02 50\ndisagree 01 9\ndisagree 02 0\nunusable 01 0\nunusable 02 10\n";
    assert!(hall.batch("s01", "c01", "b001", boxes).is_logged());
    let c01 = "c01".parse().unwrap();
    assert_eq!(hall.replay.count.contest(c01).unwrap().outcome(), Outcome::default(), "nobody before the close");
    hall.close("c01");
    assert_eq!(words(&hall.replay.count.contest(c01).unwrap().outcome()), "01 / short 1");
    assert_eq!(hall.replay.count.contest(c01).unwrap().threshold(), Some(51));
    hall.desk("annul", "c01", "reason vì\n");
    assert_eq!(hall.replay.count.contest(c01).unwrap().outcome(), Outcome::default(), "nobody in a void contest");
}

#[test]
fn more_papers_than_were_issued_elect_nobody() {
    let mut hall = forge::Hall::counting(STRIKE, &["b001 60 -"]);
    let papers = forge::papers(&["b001 60 -"]).replace("issued 60\nunused 40", "issued 59\nunused 41");
    hall.desk("papers", "c01", &papers);
    hall.batch("s01", "c01", "b001", &forge::names(0, 60, [60, 55, 5]));
    hall.close("c01");
    let outcome = hall.replay.count.contest("c01".parse().unwrap()).unwrap().outcome();
    assert!(outcome.elected.is_empty() && outcome.tie.is_none() && outcome.blocked.is_some());
}

fn any_votes() -> impl Strategy<Value = (Vec<u32>, usize)> {
    // Few different numbers, so that ties are common.
    proptest::collection::vec(prop_oneof![40..62_u32, Just(51), 0..120_u32], 2..20)
        .prop_flat_map(|votes| (1..votes.len()).prop_map(move |seats| (votes.clone(), seats)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_elected_before_one_with_more_votes_and_every_seat_is_accounted_for(
        (votes, seats) in any_votes(),
        profile in prop_oneof![Just("party-244"), Just("plurality")],
    ) {
        let contest = contest(profile, "100", seats, votes.len());
        let outcome = elect(&contest, &figures(&votes, 0));
        let of = |number: &CandidateNo| votes[number.place()];
        let tie = outcome.tie.clone();
        let tied = tie.iter().flat_map(|t| t.candidates.clone()).collect::<Vec<_>>();
        let tie_seats = tie.as_ref().map_or(0, |t| usize::from(t.seats));
        prop_assert_eq!(outcome.elected.len() + tie_seats + usize::from(outcome.short), seats);
        prop_assert!(tie.is_none() || (outcome.short == 0 && tie_seats > 0 && tied.len() > tie_seats));
        let before = |a: &CandidateNo, b: &CandidateNo| of(a) > of(b) || (of(a) == of(b) && a < b);
        prop_assert!(outcome.elected.windows(2).all(|pair| before(&pair[0], &pair[1])));
        let line = if profile == "plurality" { 1 } else { 51 };
        let mut fate = BTreeMap::new();
        fate.extend(outcome.elected.iter().map(|number| (*number, 2)));
        for number in &tied {
            prop_assert_eq!(fate.insert(*number, 1), None, "elected and tied at once");
        }
        for place in 0..votes.len() {
            let number = contest.number(place);
            let own = fate.get(&number).copied().unwrap_or(0);
            prop_assert!(own == 0 || of(&number) >= line);
            prop_assert!(own > 0 || of(&number) < line || outcome.short == 0, "a seat is empty and {number} passed");
            for other in fate.iter().filter(|(_, f)| **f > own) {
                prop_assert!(of(other.0) > of(&number), "{} before {number}", other.0);
            }
        }
    }

    #[test]
    fn an_invalid_paper_changes_nobodys_election((votes, seats) in any_votes(), blank in 1..200_u32) {
        for profile in ["party-244", "party-190", "plurality"] {
            let contest = contest(profile, "100", seats, votes.len());
            prop_assert_eq!(elect(&contest, &figures(&votes, blank)), elect(&contest, &figures(&votes, 0)));
        }
    }
}
