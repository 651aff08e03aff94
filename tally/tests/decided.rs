//! What is still open can change who is elected, or it cannot: held against every way in which small contests can end.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod forge;

use forge::{AGREE, Hall, STRIKE, boxes, names};
use proptest::prelude::*;
use std::collections::BTreeSet;
use tally::{
    Decided,
    decided::{Fate, Race},
    line::Line,
    outcome::more_than_half,
    ruling::BundleState,
    text::Date,
};

/// How one name comes out of one count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Elected,
    Tied,
    Left,
}

/// Votes, papers and valid papers of one way in which a contest can end.
type Totals = (Vec<u64>, u64, u64);

/// Who is elected, by sorting and nothing else; age decides among the tied when all their days are known.
fn ends(race: &Race, (votes, ballots, valid): &Totals) -> Vec<End> {
    let least = match race.line {
        Line::None => 1,
        Line::People(people) => more_than_half(people),
        Line::Ballots => more_than_half(*ballots),
        Line::Valid => more_than_half(*valid),
    };
    let mut ends = vec![End::Left; votes.len()];
    let mut order: Vec<usize> = (0..votes.len()).filter(|n| votes[*n] >= least).collect();
    order.sort_by_key(|n| std::cmp::Reverse(votes[*n]));
    let seats = race.seats as usize;
    if order.len() <= seats {
        order.iter().for_each(|n| ends[*n] = End::Elected);
        return ends;
    }
    let last = votes[order[seats - 1]];
    if last > votes[order[seats]] {
        order[..seats].iter().for_each(|n| ends[*n] = End::Elected);
        return ends;
    }
    let above: Vec<usize> = order.iter().copied().filter(|n| votes[*n] > last).collect();
    let tied: Vec<usize> = order.iter().copied().filter(|n| votes[*n] == last).collect();
    above.iter().for_each(|n| ends[*n] = End::Elected);
    tied.iter().for_each(|n| ends[*n] = End::Tied);
    if tied.iter().any(|n| race.born[*n].is_none()) {
        return ends;
    }
    let left = seats - above.len();
    for n in &tied {
        let older = tied.iter().filter(|m| race.born[**m] < race.born[*n]).count();
        let not_younger = tied.iter().filter(|m| race.born[**m] <= race.born[*n]).count();
        ends[*n] = match () {
            () if not_younger <= left => End::Elected,
            () if older < left => End::Tied,
            () => End::Left,
        };
    }
    ends
}

/// Every way in which the open bundles can come in, each given up or counted with every paper there can be.
fn every_total(race: &Race, bundles: &[u64]) -> BTreeSet<Totals> {
    let names = race.votes.len();
    let mut papers: Vec<(Vec<u64>, u64)> = vec![(vec![0; names], 0)];
    for marks in 0..(1_u64 << names) {
        let carries = u64::from(marks.count_ones());
        if (carries > 0 && carries <= race.most) || (carries == 0 && race.silent) {
            papers.push(((0..names).map(|n| marks >> n & 1).collect(), 1));
        }
    }
    let mut all = BTreeSet::from([(race.votes.clone(), race.ballots, race.valid)]);
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
fn fates(race: &Race, bundles: &[u64]) -> Vec<Fate> {
    let all: Vec<Vec<End>> = every_total(race, bundles).iter().map(|totals| ends(race, totals)).collect();
    (0..race.votes.len())
        .map(|n| match all.iter().map(|ends| ends[n]).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()[..] {
            [End::Elected] => Fate::Safe,
            [End::Left] => Fate::Out,
            [End::Tied] => Fate::Tied,
            _ => Fate::Open,
        })
        .collect()
}

fn day(day: u8) -> Option<Date> {
    (day > 0).then(|| format!("1970-01-{day:02}").parse().unwrap())
}

fn races() -> impl Strategy<Value = Race> {
    let line =
        prop_oneof![Just(Line::None), (1..14_u64).prop_map(Line::People), Just(Line::Ballots), Just(Line::Valid)];
    let born = prop_oneof![2 => Just(vec![0; 4]), 3 => proptest::collection::vec(prop_oneof![1 => Just(0_u8), 4 => 1..4_u8], 4)];
    (
        line,
        1..=4_usize,
        proptest::collection::vec(0..6_u64, 4),
        1..=3_u64,
        0..4_u64,
        0..3_u64,
        1..=4_u64,
        any::<bool>(),
        born,
    )
        .prop_map(|(line, names, votes, seats, blank, more, most, silent, born)| {
            let votes = votes[..names].to_vec();
            let valid = votes.iter().max().unwrap() + more;
            let most = if silent { names as u64 } else { most.min(names as u64) };
            let born = born[..names].iter().map(|d| day(*d)).collect();
            Race { line, seats: seats.min(names as u64), ballots: valid + blank, valid, votes, most, silent, born }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn decided_is_never_wrong_and_never_needlessly_open(race in races(), cut in 0..=2_u64, open in 0..=3_u64) {
        let bundles = [cut.min(open), open - cut.min(open)];
        let expected = fates(&race, &bundles);
        let decided = race.decided(open);
        let fates: Vec<Fate> = decided.chances.iter().map(|c| c.fate).collect();
        prop_assert_eq!(&fates, &expected, "{:?} {:?}", race, bundles);
        prop_assert_eq!(decided.is_decided(), !expected.contains(&Fate::Open));
    }

    #[test]
    fn the_bound_is_the_fewest_open_papers_that_could_change_anything(race in races()) {
        let bound = race.decided(0).bound().map(|chance| chance.papers.unwrap());
        for open in 0..=3 {
            let changes = fates(&race, &[open]).contains(&Fate::Open);
            prop_assert_eq!(changes, bound.is_some_and(|fewest| fewest <= open), "{} papers, {:?}", open, race);
        }
    }
}

/// c01 of [`STRIKE`]: two seats, 100 summoned, more than half from 51.
fn decided(hall: &Hall) -> Decided {
    Decided::of(hall.replay.count.contest("c01".parse().unwrap()).unwrap()).unwrap()
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
