//! What is still open can change who is elected, or it cannot: held against every way in which small contests can end.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod forge;

use forge::{AGREE, Hall, STRIKE, boxes, names};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};
use tally::{
    Decided, Figures, Marks, Papers, Statement, Votes,
    decided::{Fate, Race},
    outcome::elect,
    profile::{Profile, Rulebook},
    ruling::BundleState,
    statement::Contest,
};

/// How one name comes out of one count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Elected,
    Alternate,
    Tied,
    Left,
}

/// Votes, papers and valid papers of one way in which a contest can end.
type Totals = (Vec<u64>, u64, u64);

/// A small contest as far as it is counted, under rules of a file.
#[derive(Clone, Debug)]
struct Small {
    rules: &'static str,
    people: u64,
    alternates: u64,
    seats: usize,
    votes: Vec<u64>,
    ballots: u64,
    valid: u64,
    /// Names a paper may carry; none on an agree list.
    most: Option<usize>,
    /// Days of birth in January 1970; 0 is not known.
    born: Vec<u8>,
}

fn profile(rules: &str) -> Arc<Profile> {
    Rulebook::embedded().named(&rules.parse().unwrap()).unwrap().clone()
}

impl Small {
    fn profile(&self) -> Arc<Profile> {
        profile(self.rules)
    }

    fn contest(&self) -> Contest {
        let profile = self.profile();
        let (form, choices) = match self.most {
            Some(most) => ("approve", most.to_string()),
            None => ("agree-list", "-".to_owned()),
        };
        let zeros = forge::ZEROS;
        let mut text = format!(
            "kiemphieu/v1/contest\nelection {zeros}\nprev {zeros}\ncontest c01\nboard b1\nkind first\nfollows -\n\
             title Bầu thử\nform {form}\nprofile {}\nseats {}\nchoices {choices}\ncounts 1\n",
            self.rules, self.seats
        );
        for (place, part) in profile.base.rule.parts.iter().enumerate() {
            let people = match () {
                () if place == 0 => self.people,
                () if profile.alternates.as_ref().is_some_and(|a| a.rule.part == part.part) => self.alternates,
                () if profile.turnout.as_ref().is_some_and(|t| t.rule.part == part.part) => self.people,
                () => 0,
            };
            text += &format!("base {} {people}\n", part.part);
        }
        let names = self.votes.len();
        (1..=names).for_each(|n| text += &format!("candidate {n:02} Người số {n}\n"));
        let born = self.born.iter().zip(1..).filter(|(day, _)| **day > 0);
        born.for_each(|(day, n)| text += &format!("born {n:02} 1970-01-{day:02}\n"));
        match Statement::parse(&text).unwrap() {
            Statement::Contest(contest) => *contest,
            other => panic!("{other}"),
        }
    }

    /// What the program says of so many open papers.
    fn decided(&self, open: u64) -> Decided {
        self.race().with_alternates(self.alternates, open)
    }

    fn race(&self) -> Race {
        let race = Race::of(&self.contest(), &self.profile(), self.votes.clone());
        Race { ballots: self.ballots, valid: self.valid, ..race }
    }

    /// How every name comes out of these totals, by the rules themselves.
    fn ends(&self, contest: &Contest, profile: &Profile, (votes, ballots, valid): &Totals) -> Vec<End> {
        let papers = |n: &u64| Papers(u32::try_from(*n).unwrap());
        let votes: Vec<_> = votes.iter().map(|v| Votes(u32::try_from(*v).unwrap())).collect();
        let names = votes.len();
        let marks = Marks::Names { left: vec![], votes };
        let outcome = elect(
            contest,
            profile,
            &Figures { ballots: papers(ballots), valid: papers(valid), invalid: vec![], marks },
        );
        let mut ends = vec![End::Left; names];
        outcome.elected.iter().for_each(|n| ends[n.place()] = End::Elected);
        outcome.alternates.iter().for_each(|n| ends[n.place()] = End::Alternate);
        outcome.tie.iter().flat_map(|tie| &tie.candidates).for_each(|n| ends[n.place()] = End::Tied);
        ends
    }
}

/// Every way in which the open bundles can come in, each given up or counted with every paper there can be.
fn every_total(small: &Small, bundles: &[u64]) -> BTreeSet<Totals> {
    let names = small.votes.len();
    let mut papers: Vec<(Vec<u64>, u64)> = vec![(vec![0; names], 0)];
    for marks in 0..(1_u64 << names) {
        let carries = marks.count_ones() as usize;
        if small.most.is_none_or(|most| carries > 0 && carries <= most) {
            papers.push(((0..names).map(|n| marks >> n & 1).collect(), 1));
        }
    }
    let mut all = BTreeSet::from([(small.votes.clone(), small.ballots, small.valid)]);
    for size in bundles {
        let mut counted = all.clone();
        for _ in 0..*size {
            counted = counted
                .iter()
                .flat_map(|(votes, ballots, valid)| {
                    papers.iter().map(move |(marks, is_valid)| {
                        (votes.iter().zip(marks).map(|(a, b)| a + b).collect(), ballots + 1, valid + is_valid)
                    })
                })
                .collect();
        }
        all.extend(counted); // or given up
    }
    all
}

/// What all those ways make of each name.
fn fates(small: &Small, bundles: &[u64]) -> Vec<Fate> {
    let (contest, profile) = (small.contest(), small.profile());
    let totals = every_total(small, bundles);
    let all: Vec<Vec<End>> = totals.iter().map(|totals| small.ends(&contest, &profile, totals)).collect();
    let of = |n: usize| match all.iter().map(|ends| ends[n]).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()[..]
    {
        [End::Elected] => Fate::Safe,
        [End::Alternate] => Fate::Alternate,
        [End::Left] => Fate::Out,
        [End::Tied] => Fate::Tied,
        _ => Fate::Open,
    };
    (0..small.votes.len()).map(of).collect()
}

/// Most votes, people, papers, valid papers, valid papers and age, and a delegation with alternates.
const RULES: [&str; 6] = ["plurality", "party-190", "union", "majority-valid", "state-85-2015", "party-190-delegation"];

fn small() -> impl Strategy<Value = Small> {
    let born = proptest::collection::vec(prop_oneof![1 => Just(0_u8), 5 => 1..4_u8], 4);
    let counted = (1..=4_usize, proptest::collection::vec(0..6_u64, 4), 0..4_u64, 0..3_u64);
    (0..7_usize, 1..14_u64, 0..=2_u64, 1..=3_usize, counted, proptest::option::weighted(0.75, 1..=4_usize), born)
        .prop_map(|(rules, people, alternates, seats, (names, votes, blank, more), most, born)| {
            // Age is the subtlest of them: twice as often.
            let rules = RULES[if rules == 6 { 4 } else { rules }];
            let votes = votes[..names].to_vec();
            let valid = votes.iter().max().unwrap() + more;
            let most = most.map(|most| most.min(names));
            let alternates = if rules == "party-190-delegation" { alternates } else { 0 };
            let (seats, born) = (seats.min(names), born[..names].to_vec());
            Small { rules, people, alternates, seats, votes, ballots: valid + blank, valid, most, born }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn decided_is_never_wrong_and_never_needlessly_open(small in small(), cut in 0..=2_u64, open in 0..=3_u64) {
        let bundles = [cut.min(open), open - cut.min(open)];
        let expected = fates(&small, &bundles);
        let decided = small.decided(open);
        let fates: Vec<Fate> = decided.chances.iter().map(|c| c.fate).collect();
        prop_assert_eq!(decided.is_decided(), !expected.contains(&Fate::Open), "{:?} {:?}", fates, expected);
        prop_assert_eq!(small.race().is_decided(small.alternates, open), decided.is_decided());
        if decided.is_decided() || small.alternates == 0 {
            prop_assert_eq!(&fates, &expected, "{:?}", bundles);
        }
    }

    #[test]
    fn the_bound_is_the_fewest_open_papers_that_could_change_anything(small in small()) {
        let bound = small.decided(0).bound().map(|chance| chance.papers.unwrap());
        for open in 0..=3 {
            let changes = fates(&small, &[open]).contains(&Fate::Open);
            prop_assert_eq!(changes, bound.is_some_and(|fewest| fewest <= open), "{} papers", open);
        }
    }
}

#[test]
fn a_name_that_age_would_leave_is_still_in_while_one_of_unknown_age_can_join_the_tie() {
    // One paper lifts 01 level with 02, who is older; if it carries 03 as well, whose age nobody knows, all three are tied.
    for (most, expected) in [(1, Fate::Out), (2, Fate::Open)] {
        let (rules, votes, born) = ("state-85-2015", vec![2, 3, 2], vec![3, 1, 0]);
        let small =
            Small { rules, people: 9, alternates: 0, seats: 1, votes, ballots: 4, valid: 4, most: Some(most), born };
        assert_eq!(small.decided(1).chances[0].fate, expected, "{most} names on a paper");
        assert_eq!(fates(&small, &[1])[0], expected);
    }
}

#[test]
fn where_too_few_voted_nothing_is_open() {
    let rules = "state-85-2015";
    let small = Small {
        rules,
        people: 9,
        alternates: 0,
        seats: 1,
        votes: vec![3, 2],
        ballots: 4,
        valid: 4,
        most: Some(1),
        born: vec![0, 0],
    };
    let mut contest = small.contest();
    contest.base[1].people = 4;
    let decided = Race::of(&contest, &small.profile(), vec![3, 2]).decided(100);
    assert!(decided.is_decided() && decided.bound().is_none(), "4 of 9 is not more than half");
}

/// c01 of [`STRIKE`]: two seats, 100 summoned, more than half from 51.
fn decided(hall: &Hall) -> Decided {
    let contest = hall.replay.count.contest("c01".parse().unwrap()).unwrap();
    let decided = Decided::of(contest).unwrap();
    assert_eq!(Decided::at_a_glance(contest), Some((decided.is_decided(), decided.open_papers)));
    decided
}

fn fates_of(hall: &Hall) -> Vec<Fate> {
    decided(hall).chances.iter().map(|c| c.fate).collect()
}

#[test]
fn papers_that_are_not_stated_leave_everything_unsaid() {
    let mut hall = Hall::new();
    hall.desk("contest", "c01", STRIKE);
    assert!(Decided::of(hall.replay.count.contest("c01".parse().unwrap()).unwrap()).is_none());
}

#[test]
fn a_lead_is_decided_by_one_paper() {
    // 60 counted: 55 for 01, 52 for 02, 12 for 03; the other bundle can lift 03 past 02 with 41 papers, tie it with 40.
    for (papers, expected) in [(39, Fate::Safe), (40, Fate::Open), (41, Fate::Open)] {
        let mut hall = Hall::counting(STRIKE, &["b001 60 -", &format!("b002 {papers} -")]);
        hall.batch("s01", "c01", "b001", &names(0, 60, [55, 52, 12]));
        let decided = decided(&hall);
        assert_eq!(decided.open_papers, papers);
        assert_eq!(decided.chances[1].fate, expected, "{papers} papers");
        assert_eq!(decided.is_decided(), expected == Fate::Safe);
        let tightest = decided.bound().unwrap();
        assert_eq!((tightest.papers, tightest.votes), (Some(40), 40), "{tightest:?}");
    }
}

#[test]
fn a_name_that_passes_the_line_by_nothing_is_told_its_lead_and_papers_move_no_line_of_people() {
    let mut hall = Hall::counting(STRIKE, &["b001 60 -", "b002 10 -"]);
    hall.batch("s01", "c01", "b001", &names(0, 60, [55, 51, 12]));
    let chances = decided(&hall).chances;
    assert_eq!(chances.iter().map(|c| c.votes).collect::<Vec<_>>(), [43, 39, 39], "51 is the line itself");
}

#[test]
fn papers_counted_already_stand_in_the_line_of_papers_and_of_valid_ones() {
    let base = "base summoned 100\nbase absent-throughout 0\nbase convener-absent 0\n";
    // 30 of 60 papers are half of them and not more; of 50 valid ones they are, and 25 are not.
    for (rules, votes) in [("union", [40, 30, 12]), ("majority-valid", [40, 25, 12])] {
        let parts = &profile(rules).base.rule.parts;
        let first: String =
            parts.iter().zip([100, 0, 0]).map(|(part, people)| format!("base {} {people}\n", part.part)).collect();
        let body = STRIKE.replace("party-244", rules).replace(base, &first);
        let mut hall = Hall::counting(&body, &["b001 60 -"]);
        assert!(hall.batch("s01", "c01", "b001", &names(10, 50, votes)).is_logged());
        assert_eq!(fates_of(&hall), [Fate::Safe, Fate::Out, Fate::Out], "{rules}");
        assert_eq!(decided(&hall).chances[1].votes, 1, "{rules}");
    }
}

#[test]
fn nobody_below_a_tie_of_the_officials_is_an_alternate_yet() {
    let (rules, votes) = ("party-190-delegation", vec![60, 60, 55, 53]);
    let small = Small {
        rules,
        people: 100,
        alternates: 3,
        seats: 1,
        votes,
        ballots: 80,
        valid: 80,
        most: Some(1),
        born: vec![0; 4],
    };
    let fates_of = |small: &Small| small.decided(0).chances.iter().map(|c| c.fate).collect::<Vec<_>>();
    assert_eq!(fates_of(&small), [Fate::Tied, Fate::Tied, Fate::Out, Fate::Out]);
    assert_eq!(fates_of(&small), fates(&small, &[]));
    let apart = Small { votes: vec![61, 60, 55, 53], ..small };
    assert_eq!(fates_of(&apart), [Fate::Safe, Fate::Alternate, Fate::Alternate, Fate::Alternate]);
    // One paper can tie the first two, and then nobody is an alternate for certain.
    assert_eq!(apart.decided(1).chances[2].fate, Fate::Open);
    assert!(!apart.decided(1).is_decided() && apart.decided(0).is_decided());
}

#[test]
fn where_as_few_papers_change_either_cut_the_nearer_one_is_told() {
    // Two papers lift 02 level with 01, and two lift 03 and 04 level with 02: its two votes short of the seat are told.
    let (rules, votes) = ("party-190-delegation", vec![61, 59, 58, 58]);
    let (people, alternates, born) = (100, 2, vec![0; 4]);
    let small = Small { rules, people, alternates, seats: 1, votes, ballots: 80, valid: 80, most: Some(1), born };
    let second = &small.decided(0).chances[1];
    assert_eq!((second.papers, second.votes), (Some(2), 2), "{second:?}");
}

#[test]
fn every_bundle_that_is_not_counted_is_open_whatever_keeps_it() {
    let bundles = ["b001 60 -", "b002 3 -", "b003 4 -", "b004 5 -", "b005 7 -"];
    let mut hall = Hall::counting(STRIKE, &bundles);
    hall.batch("s01", "c01", "b001", &names(0, 60, [60, 55, 0]));
    assert_eq!(decided(&hall).open_papers, 19, "missing");
    hall.batch("s01", "c01", "b002", &names(0, 3, [3, 1, 0]));
    assert_eq!(decided(&hall).open_papers, 16, "counted");
    hall.batch("s02", "c01", "b002", &names(0, 3, [3, 0, 1]));
    assert_eq!((hall.state("b002"), decided(&hall).open_papers), (BundleState::Conflict, 19));
    hall.batch("s01", "c01", "b003", &names(0, 9, [9, 3, 0]));
    assert_eq!((hall.state("b003"), decided(&hall).open_papers), (BundleState::Mismatch, 24), "9 or 4: 9 are open");
    hall.settle("c01", "b005", "-");
    assert_eq!((hall.state("b005"), decided(&hall).open_papers), (BundleState::GivenUp, 17), "given up is not open");
    assert_eq!(fates_of(&hall), [Fate::Safe, Fate::Safe, Fate::Out]);
}

#[test]
fn a_waiting_count_is_open_although_its_figures_are_there() {
    let mut hall = Hall::counting(&STRIKE.replace("counts 1", "counts 2"), &["b001 60 -"]);
    hall.batch("s01", "c01", "b001", &names(0, 60, [60, 55, 0]));
    assert_eq!(decided(&hall).open_papers, 60);
    assert_eq!(fates_of(&hall), [Fate::Open; 3]);
}

#[test]
fn on_an_agree_list_every_name_stands_alone() {
    let mut hall = Hall::counting(AGREE, &["b001 60 -", "b002 10 -"]);
    hall.batch("s01", "c01", "b001", &boxes(60, [51, 41]));
    assert_eq!(fates_of(&hall), [Fate::Safe, Fate::Open]);
    let mut hall = Hall::counting(AGREE, &["b001 60 -", "b002 10 -"]);
    hall.batch("s01", "c01", "b001", &boxes(60, [51, 40]));
    assert_eq!(fates_of(&hall), [Fate::Safe, Fate::Out], "50 of 100 is no more than half");
    let bound = *decided(&hall).bound().unwrap();
    assert_eq!((bound.candidate.to_string(), bound.papers, bound.votes), ("02".into(), Some(11), 11));
}

#[test]
fn when_everything_is_counted_a_tie_stands_and_nothing_is_open() {
    let mut hall = Hall::counting(STRIKE, &["b001 60 -"]);
    hall.batch("s01", "c01", "b001", &names(0, 60, [55, 30, 30]));
    assert_eq!(fates_of(&hall), [Fate::Safe, Fate::Out, Fate::Out], "none of the equal ones is over the line");
    let body = STRIKE.replace("base summoned 100", "base summoned 40");
    let mut hall = Hall::counting(&body, &["b001 40 -"]);
    hall.batch("s01", "c01", "b001", &names(0, 40, [36, 22, 22]));
    assert_eq!(fates_of(&hall), [Fate::Safe, Fate::Tied, Fate::Tied]);
    assert!(decided(&hall).is_decided());
}
