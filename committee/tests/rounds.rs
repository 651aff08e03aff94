//! Further rounds, prefilled from the log: what a board gets when it asks what comes next, and what it is told before it
//! signs a round that does not fit.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{event::EventContest, home::read_event, papers::PaperSheet, plan, proposal::Proposal, round};
use hall::{Hall, ORIGIN};
use std::{collections::BTreeMap, fs};
use tally::{
    ContestId, Figures, Form, Marks, Papers, Statement, Votes,
    statement::{Batch, Bundle, Round},
};

const BOARD: [&str; 2] = ["k1", "k2"];

fn id(id: &str) -> ContestId {
    id.parse().unwrap()
}

/// The board states the papers of a contest, table s01 counts one bundle of them, and the board closes it. Each paper is
/// the places of the names left on it.
fn vote(hall: &mut Hall, contest: &str, papers: &[(u32, &[usize])], issued: u64) {
    let ballots: u32 = papers.iter().map(|(n, _)| n).sum();
    let bundle = Bundle { bundle: "b001".parse().unwrap(), papers: Papers(ballots), table: None };
    let sheet = PaperSheet::new([issued, issued, 0, 0], Some(ballots.into()), vec![bundle]).unwrap();
    let statement = hall.desk().papers(id(contest), &sheet);
    hall.say(&statement, &BOARD).unwrap();
    let names = hall.replay.count.contest(id(contest)).unwrap().statement().candidates.len();
    let (mut left, mut votes) = (BTreeMap::new(), vec![Votes(0); names]);
    for (n, places) in papers {
        left.entry(u16::try_from(places.len()).unwrap()).or_insert(Papers(0)).0 += n;
        places.iter().for_each(|place| votes[*place].0 += n);
    }
    let station = "s01".parse().unwrap();
    let (seq, prev) = hall.replay.count.station_head(station).unwrap();
    let figures = Figures {
        ballots: Papers(ballots),
        valid: Papers(ballots),
        invalid: Vec::new(),
        marks: Marks::Names { left: left.into_iter().collect(), votes },
    };
    device_says(
        hall,
        "/station/s01",
        &Statement::Batch(Box::new(Batch {
            election: hall.replay.count.event().unwrap(),
            station,
            seq: seq + 1,
            prev,
            contest: id(contest),
            bundle: "b001".parse().unwrap(),
            counters: Vec::new(),
            passes: 1,
            figures,
            serials: None,
            time: 1_593_000_000,
        })),
    );
    let close = hall.desk().close(id(contest));
    hall.say(&close, &BOARD).unwrap();
    let bulletin = hall.replay.count.bulletin(id(contest), hall.replay.tree.root()).unwrap();
    device_says(hall, "/tally", &Statement::Bulletin(Box::new(bulletin)));
}

fn device_says(hall: &mut Hall, role: &str, statement: &Statement) {
    let key = hall.folder.devices.iter().find(|k| k.verifier().name() == format!("{ORIGIN}{role}")).unwrap();
    let note = key.sign_text(&statement.text());
    hall.record(note.as_bytes());
}

fn certify(hall: &mut Hall, contest: &str) {
    let certify = hall.desk().certify(id(contest), None).unwrap();
    hall.say(&certify, &BOARD).unwrap();
}

fn announce(hall: &mut Hall, contest: &str) {
    certify(hall, contest);
    let announce = hall.desk().announce(id(contest)).unwrap();
    hall.say(&announce, &BOARD).unwrap();
}

fn open(hall: &mut Hall, contest: &EventContest) {
    let statement = hall.desk().contest(contest);
    hall.say(&statement, &BOARD).unwrap();
}

fn next(hall: &Hall, contest: &str) -> Proposal {
    round::next(&hall.replay.count, id(contest), None).unwrap()
}

fn refused(hall: &Hall, contest: &str) -> String {
    round::next(&hall.replay.count, id(contest), None).unwrap_err().to_string()
}

fn names(proposal: &Proposal) -> Vec<String> {
    proposal.contest.candidates.iter().map(|c| c.name.to_string()).collect()
}

/// What is said before this contest is signed.
fn advice(hall: &Hall, contest: &EventContest) -> String {
    let Statement::Contest(statement) = hall.desk().contest(contest) else { unreachable!() };
    let said = round::advice(&statement, &hall.replay.count);
    said.iter().map(|s| format!("{}\n", s.en)).collect()
}

/// An 12, Bình 8, Cường 5 of 20 issued: one of two seats stays open.
fn short() -> Hall {
    let mut hall = Hall::open();
    vote(&mut hall, "c01", &[(8, &[0, 1]), (4, &[0]), (5, &[2])], 20);
    hall
}

/// An 15, Bình and Cường 12 each.
fn tied() -> Hall {
    let mut hall = Hall::open();
    vote(&mut hall, "c01", &[(8, &[0, 1]), (7, &[0, 2]), (4, &[1, 2]), (1, &[2])], 20);
    hall
}

#[test]
fn no_round_comes_before_the_certificate_and_none_after_every_seat_is_filled() {
    let mut hall = short();
    assert!(refused(&hall, "c01").contains("certify"));
    assert!(refused(&hall, "c09").contains("c09"));
    certify(&mut hall, "c01");
    let before = next(&hall, "c01");
    assert!(before.notes.iter().any(|n| n.en.starts_with("Announce c01")), "{:?}", before.notes);
    let mut full = Hall::open();
    vote(&mut full, "c01", &[(20, &[0, 1])], 20);
    announce(&mut full, "c01");
    assert!(refused(&full, "c01").contains("every seat"));
}

#[test]
fn for_a_seat_left_open_those_not_elected_stand_again_most_votes_first() {
    let mut hall = short();
    announce(&mut hall, "c01");
    let again = next(&hall, "c01");
    assert_eq!(names(&again), ["Bình", "Cường"]);
    let c = &again.contest;
    assert_eq!((c.id, c.kind, c.follows, c.seats), (id("c01-2"), Round::Continued, Some(id("c01")), 1));
    assert_eq!((c.title.as_str(), c.form), ("Bầu Ban Chấp hành (lần 2)", Form::StrikeList));
    let one = round::next(&hall.replay.count, id("c01"), Some(1)).unwrap();
    assert_eq!((names(&one), one.contest.form), (vec!["Bình".to_owned()], Form::AgreeSingle));
    assert!(round::next(&hall.replay.count, id("c01"), Some(0)).is_err());
}

#[test]
fn names_with_as_many_votes_as_the_last_one_taken_are_taken_as_well() {
    let mut hall = Hall::open();
    vote(&mut hall, "c01", &[(7, &[0, 1]), (7, &[0, 2]), (6, &[0])], 20);
    announce(&mut hall, "c01");
    let one = round::next(&hall.replay.count, id("c01"), Some(1)).unwrap();
    assert_eq!(names(&one), ["Bình", "Cường"]);
}

#[test]
fn after_a_tie_exactly_the_tied_stand_for_exactly_the_seats_among_them() {
    let mut hall = tied();
    announce(&mut hall, "c01");
    let again = next(&hall, "c01");
    assert_eq!(names(&again), ["Bình", "Cường"]);
    assert_eq!((again.contest.kind, again.contest.seats), (Round::Tie, 1));
    assert_eq!(again.contest.profile.as_str(), "party-244");
    assert_eq!(advice(&hall, &again.contest), "");
}

#[test]
fn an_annulled_vote_is_taken_again_with_the_same_list() {
    let mut hall = Hall::open();
    vote(&mut hall, "c01", &[(20, &[0, 1])], 19);
    assert!(next(&hall, "c01").notes.iter().any(|n| n.en.starts_with("FIRST annul")));
    let annul = hall.desk().annul(id("c01"), "more collected than issued".parse().unwrap());
    hall.say(&annul, &BOARD).unwrap();
    let again = next(&hall, "c01");
    assert_eq!(names(&again), ["An", "Bình", "Cường"]);
    assert_eq!((again.contest.kind, again.contest.seats), (Round::Repeat, 2));
    assert!(!again.notes.iter().any(|n| n.en.starts_with("FIRST")));
    assert_eq!(advice(&hall, &again.contest), "");
}

#[test]
fn nobody_elected_in_any_round_is_offered_again() {
    let mut hall = short();
    announce(&mut hall, "c01");
    // Somebody wrote the second round by hand, and An, elected already, stands on it.
    let mut second = next(&hall, "c01").contest;
    let first = read_event(&hall.folder.event()).unwrap().contests[0].clone();
    second.candidates.insert(0, first.candidates[0].clone());
    assert!(advice(&hall, &second).contains("elected already in c01: An"), "{}", advice(&hall, &second));
    open(&mut hall, &second);
    vote(&mut hall, "c01-2", &[(9, &[1]), (9, &[2]), (2, &[0])], 20);
    announce(&mut hall, "c01-2");
    let third = next(&hall, "c01-2");
    assert_eq!(names(&third), ["Bình", "Cường"]);
    assert_eq!((third.contest.id, third.contest.title.as_str()), (id("c01-3"), "Bầu Ban Chấp hành (lần 3)"));
    assert!(refused(&hall, "c01").contains("ask for the round after c01-2"), "{}", refused(&hall, "c01"));
}

#[test]
fn whoever_any_round_elected_is_elected_in_the_order_of_the_rounds() {
    let mut hall = tied();
    announce(&mut hall, "c01");
    let again = next(&hall, "c01").contest;
    open(&mut hall, &again);
    vote(&mut hall, "c01-2", &[(11, &[0]), (9, &[1])], 20);
    announce(&mut hall, "c01-2");
    let first = round::elected(&hall.replay.count, id("c01"));
    let elected: Vec<_> = first.iter().map(|p| (p.candidate.name.as_str(), p.votes)).collect();
    assert_eq!(elected, [("An", 15), ("Bình", 11)]);
}

#[test]
fn a_tie_that_is_equal_again_is_put_before_the_congress() {
    let mut hall = tied();
    announce(&mut hall, "c01");
    let again = next(&hall, "c01").contest;
    open(&mut hall, &again);
    // Nobody needs one half among the tied.
    vote(&mut hall, "c01-2", &[(9, &[0]), (9, &[1])], 20);
    announce(&mut hall, "c01-2");
    let third = next(&hall, "c01-2");
    assert_eq!((third.contest.kind, names(&third)), (Round::Tie, vec!["Bình".to_owned(), "Cường".to_owned()]));
    assert!(third.notes.iter().any(|n| n.en.starts_with("Equal again: the congress decides")), "{:?}", third.notes);
}

#[test]
fn the_file_of_a_round_is_read_as_it_is() {
    let mut hall = short();
    announce(&mut hall, "c01");
    let again = next(&hall, "c01");
    let path = hall.folder.temp.path().join("c01-2.toml");
    fs::write(&path, again.file(&hall.replay.count)).unwrap();
    let event = read_event(&path).unwrap();
    let ids: Vec<_> = event.contests.iter().map(|c| c.id.to_string()).collect();
    assert_eq!(ids, ["c01", "c01-2"]);
    assert_eq!(event.contests[1], again.contest);
    // What is signed of a person stays with the name: Bình is young and a woman.
    assert_eq!(event.contests[1].candidates[0].traits.len(), 2);
    open(&mut hall, &event.contests[1]);
}

#[test]
fn a_round_opened_too_early_is_told_so_and_may_still_be_signed() {
    let mut hall = short();
    let continued = read_event(&hall.folder.event()).unwrap().contests[1].clone();
    let repeat = EventContest { kind: Round::Repeat, ..continued.clone() };
    assert!(advice(&hall, &continued).contains("c01 is not announced (closed)"));
    assert!(advice(&hall, &repeat).contains("c01 is not annulled (closed)"));
    certify(&mut hall, "c01");
    assert!(advice(&hall, &continued).contains("c01 is not announced (certified)"));
    // The rules of the log refuse none of it: logs of others go on verifying.
    open(&mut hall, &continued);
}

#[test]
fn a_round_that_does_not_fit_the_one_before_is_told_why() {
    let mut hall = tied();
    announce(&mut hall, "c01");
    let tie = next(&hall, "c01").contest;
    let first = read_event(&hall.folder.event()).unwrap().contests[0].clone();
    let [an, binh] = [first.candidates[0].clone(), first.candidates[1].clone()];
    let said = |c: &EventContest| advice(&hall, c);
    let other = EventContest { candidates: vec![an, binh], ..tie.clone() };
    assert!(said(&other).contains("An is none of those with equal votes"), "{}", said(&other));
    assert!(said(&other).contains("Cường had equal votes"), "{}", said(&other));
    assert!(said(&EventContest { seats: 2, ..tie.clone() }).contains("left 1 among the tied"));
    let rules = EventContest { profile: "plurality".parse().unwrap(), ..tie.clone() };
    assert!(said(&rules).contains("rules plurality and not party-244"));
    let continued = EventContest { kind: Round::Continued, ..tie.clone() };
    assert!(said(&continued).contains("among the tied comes first"));
    open(&mut hall, &tie);
    let twice = EventContest { id: id("c01-9"), ..tie };
    assert!(advice(&hall, &twice).contains("c01-2 follows c01 already"));
}

#[test]
fn no_more_seats_are_voted_on_than_were_left_open() {
    let mut hall = short();
    announce(&mut hall, "c01");
    let again = next(&hall, "c01").contest;
    assert_eq!(advice(&hall, &again), "");
    let two = EventContest { seats: 2, form: Form::AgreeList, ..again };
    assert!(advice(&hall, &two).contains("c01 left 1 open"), "{}", advice(&hall, &two));
}

#[test]
fn the_plan_begins_with_the_executive_committee_and_goes_on_with_whom_it_elected() {
    let mut hall = Hall::founded();
    let states = |hall: &Hall| -> Vec<plan::State> {
        plan::Plan::of(&hall.replay.count, &BTreeMap::new()).standing().iter().map(|s| s.state).collect()
    };
    assert_eq!(states(&hall)[..2], [plan::State::Next, plan::State::Later]);
    hall = short();
    assert_eq!(states(&hall)[..2], [plan::State::Open, plan::State::Next]);
    announce(&mut hall, "c01");
    assert_eq!(states(&hall)[0], plan::State::Open, "a seat is open: the congress decides");
    let again = next(&hall, "c01").contest;
    open(&mut hall, &again);
    vote(&mut hall, "c01-2", &[(13, &[0]), (7, &[1])], 20);
    announce(&mut hall, "c01-2");
    let standing = plan::Plan::of(&hall.replay.count, &BTreeMap::new()).standing();
    assert_eq!((standing[0].state, standing[1].state), (plan::State::Done, plan::State::Next));
    assert_eq!(standing[0].rounds, ["c01", "c01-2"]);
    assert_eq!(standing[1].suggested, ["An", "Bình"]);
    assert_eq!(standing[1].profile, "party-244-committee");
    assert_eq!(standing[1].board, None, "the meeting elects its own board");
}

#[test]
fn a_step_of_the_plan_asks_for_what_only_the_meeting_can_say() {
    let mut hall = tied();
    announce(&mut hall, "c01");
    let plan = plan::Plan::of(&hall.replay.count, &BTreeMap::new());
    let step = |word| plan::Step::find(word).unwrap();
    let adopt = |word, said| plan::adopt(&plan, step(word), said);
    let none = plan::Adoption::default();
    let said = adopt("standing", none.clone()).unwrap_err().to_string();
    assert!(said.contains("--seats"), "{said}");
    let said = adopt("standing", plan::Adoption { seats: Some(1), ..none.clone() }).unwrap_err().to_string();
    assert!(said.contains("--board"), "{said}");
    let board = Some("b1".parse().unwrap());
    let two = plan::Adoption { seats: Some(2), board, ..none.clone() };
    let said = adopt("standing", two).unwrap_err().to_string();
    assert!(said.contains("1 on the list"), "{said}");
    let said = adopt("secretary", plan::Adoption { board, ..none.clone() }).unwrap_err().to_string();
    assert!(said.contains("0 on the list"), "nobody is elected to the Standing Committee yet: {said}");
    let one = adopt("standing", plan::Adoption { seats: Some(1), board, ..none }).unwrap();
    assert_eq!((names(&one), one.contest.form), (vec!["An".to_owned()], Form::AgreeSingle));
    assert_eq!(one.contest.base[0].people, 1);
}
