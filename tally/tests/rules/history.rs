//! A bundle that somebody had to look at keeps everything that was ever said of it, in order.

use crate::forge::{Hall, STRIKE, faults, names, papers};
use tally::{
    Kind, Ruling,
    ruling::{BundleState, Fault, Flag, Phase},
};

fn one() -> String {
    names(0, 30, [30, 16, 4])
}

fn other() -> String {
    names(0, 30, [30, 15, 5])
}

/// The history of a bundle of c01, by the indices of its entries.
fn history(hall: &Hall, bundle: &str) -> Vec<u64> {
    hall.replay.count.contest("c01".parse().unwrap()).unwrap().history(bundle.parse().unwrap())
}

/// Bundles that are cases, with whether there is something to look at now.
fn every_case(hall: &Hall) -> Vec<(String, bool)> {
    let contest = hall.replay.count.contest("c01".parse().unwrap()).unwrap();
    contest.every_case().map(|case| (case.bundle.to_string(), case.is_open())).collect()
}

fn flags(hall: &Hall, bundle: &str) -> (Vec<Flag>, Vec<String>) {
    let case = hall.replay.count.contest("c01".parse().unwrap()).unwrap().case(bundle.parse().unwrap());
    (case.flags, case.alike.iter().map(ToString::to_string).collect())
}

/// Says things of several bundles and remembers what was said of b001, or of every bundle.
struct Told {
    hall: Hall,
    of_b001: Vec<(u64, Kind)>,
}

impl Told {
    fn is_of_b001(&mut self, kind: Kind, say: impl FnOnce(&mut Hall) -> Ruling) {
        let index = self.hall.replay.count.size();
        let ruling = say(&mut self.hall);
        assert!(ruling.is_logged(), "{kind:?}: {ruling:?}");
        self.of_b001.push((index, kind));
    }

    fn is_of_others(&mut self, say: impl FnOnce(&mut Hall) -> Ruling) {
        assert!(say(&mut self.hall).is_logged());
    }
}

#[test]
fn nothing_that_was_ever_said_of_a_bundle_is_dropped_from_its_history() {
    let mut hall = Hall::new();
    hall.desk("contest", "c01", STRIKE);
    let mut told = Told { hall, of_b001: Vec::new() };
    let stated = papers(&["b001 30 -", "b002 29 -"]);
    // Before anything was stated a batch is set aside, and stays in the history for good.
    told.is_of_b001(Kind::Batch, |h| h.batch("s03", "c01", "b001", &one()));
    told.is_of_b001(Kind::Papers, |h| h.desk("papers", "c01", &stated));
    told.is_of_b001(Kind::Batch, |h| h.batch("s01", "c01", "b001", &one()));
    told.is_of_others(|h| h.batch("s02", "c01", "b002", &names(0, 29, [29, 16, 4])));
    told.is_of_b001(Kind::Batch, |h| h.batch("s02", "c01", "b001", &other()));
    let second = told.hall.last("s02");
    told.is_of_b001(Kind::Withdraw, |h| h.withdraw("s02", "c01", second));
    told.is_of_b001(Kind::Withdraw, |h| h.withdraw("s02", "c01", second));
    told.is_of_b001(Kind::Batch, |h| h.batch("s02", "c01", "b001", &other()));
    let off = one().replace("votes 03 4", "votes 03 5");
    told.is_of_b001(Kind::Batch, |h| h.batch("s03", "c01", "b001", &off));
    told.is_of_b001(Kind::Decide, |h| {
        h.desk("decide", "c01", "about papers b001 2\nruling valid\nreason nét gạch ngắn\n")
    });
    told.is_of_others(|h| h.desk("decide", "c01", "about papers b002 1\nruling valid\nreason nét gạch ngắn\n"));
    told.is_of_others(|h| h.desk("decide", "c01", "about warning W-OUTLIER\nruling accepted\nreason đã xem\n"));
    let stands = told.hall.last("s02").to_string();
    told.is_of_b001(Kind::Settle, |h| h.settle("c01", "b001", &stands));
    told.is_of_b001(Kind::Close, |h| h.desk("close", "c01", ""));
    told.is_of_others(|h| h.bulletin("c01"));
    told.is_of_b001(Kind::Revoke, |h| h.revoke("station/s02", "1"));
    told.is_of_b001(Kind::Batch, |h| h.batch("s03", "c01", "b001", &one()));
    told.is_of_b001(Kind::Reopen, |h| h.reopen("c01"));
    assert_eq!(told.hall.state("b001"), BundleState::Unsettled, "the settled batch died with its table");
    told.is_of_b001(Kind::Settle, |h| h.settle("c01", "b001", "-"));
    told.is_of_b001(Kind::Papers, |h| h.desk("papers", "c01", &papers(&["b002 29 -", "b003 20 -"])));
    told.is_of_b001(Kind::Batch, |h| h.batch("s03", "c01", "b001", &one()));
    told.is_of_b001(Kind::Annul, |h| h.desk("annul", "c01", "reason vì\n"));
    told.is_of_b001(Kind::Batch, |h| h.batch("s01", "c01", "b001", &one()));
    let expected: Vec<u64> = told.of_b001.iter().map(|(index, _)| *index).collect();
    assert_eq!(history(&told.hall, "b001"), expected, "{:?}", told.of_b001);
    let case = told.hall.replay.count.contest("c01".parse().unwrap()).unwrap().case("b001".parse().unwrap());
    assert_eq!(case.state, None, "the last papers do not have it, and it is a case all the same");
    assert!(every_case(&told.hall).iter().any(|(bundle, _)| bundle == "b001"));
    assert_eq!(told.hall.replay.count.set_aside(expected[0]), [Fault::NoPapers]);
    assert_eq!(told.hall.replay.count.set_aside(*expected.last().unwrap())[0], Fault::NotOpen(Phase::Annulled));
    assert_eq!(told.hall.replay.count.set_aside(expected[1]), []);
}

#[test]
fn a_bundle_that_was_simply_counted_is_no_case_and_has_its_history_all_the_same() {
    let mut hall = Hall::counting(&STRIKE.replace("counts 1", "counts 2"), &["b001 30 -", "b002 29 -"]);
    let stated = hall.replay.count.size() - 1;
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s02", "c01", "b001", &one());
    assert_eq!(every_case(&hall), []);
    assert_eq!(history(&hall, "b001"), [stated, stated + 1, stated + 2]);
    assert_eq!(history(&hall, "b002"), [stated]);
}

#[test]
fn duplicate_and_lookalike_are_cases_to_look_at_and_block_nothing() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -", "b002 30 -", "b003 29 -"]);
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s02", "c01", "b002", &one());
    hall.batch("s01", "c01", "b003", &names(0, 29, [29, 16, 4]));
    hall.batch("s03", "c01", "b003", &names(0, 29, [29, 16, 4]));
    assert_eq!(every_case(&hall), [("b001".into(), true), ("b002".into(), true), ("b003".into(), true)]);
    assert_eq!(flags(&hall, "b001"), (vec![Flag::Lookalike], vec!["b002".to_owned()]));
    assert_eq!(flags(&hall, "b003"), (vec![Flag::Duplicate], vec![]));
    let contest = hall.replay.count.contests().next().unwrap();
    assert_eq!(contest.cases().count(), 0, "nothing needs the board");
    hall.close("c01");
}

#[test]
fn a_withdrawn_side_of_a_conflict_leaves_a_case_that_is_over() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s02", "c01", "b001", &other());
    assert_eq!(flags(&hall, "b001").0, [Flag::Conflict]);
    let second = hall.last("s02");
    assert_eq!(hall.withdraw("s02", "c01", second), Ruling::Recorded);
    assert_eq!(every_case(&hall), [("b001".into(), false)]);
    assert_eq!(history(&hall, "b001").len(), 4);
}

#[test]
fn a_withdrawal_under_the_wrong_contest_stands_where_its_batch_does() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.desk("contest", "c02", STRIKE);
    hall.batch("s01", "c01", "b001", &one());
    let batch = hall.last("s01");
    assert_eq!(faults(hall.withdraw("s01", "c02", batch)), [Fault::NotLive]);
    assert_eq!(history(&hall, "b001").last(), Some(&(hall.replay.count.size() - 1)));
    assert_eq!(every_case(&hall), [("b001".into(), false)]);
}

#[test]
fn a_mismatch_that_the_papers_made_and_mended_is_a_case_still() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &one());
    hall.desk("papers", "c01", &papers(&["b001 29 -"]));
    assert_eq!(hall.state("b001"), BundleState::Mismatch);
    assert_eq!(every_case(&hall), [("b001".into(), true)], "it needs the board, without any flag");
    hall.desk("papers", "c01", &papers(&["b001 30 -"]));
    assert_eq!(every_case(&hall), [("b001".into(), false)]);
    assert_eq!(history(&hall, "b001").len(), 4, "three statements of papers and the batch");
}

#[test]
fn a_mismatch_that_a_table_made_and_papers_mended_is_a_case_still() {
    let mut hall = Hall::counting(STRIKE, &["b001 29 -"]);
    hall.batch("s01", "c01", "b001", &one());
    assert_eq!((hall.state("b001"), every_case(&hall)), (BundleState::Mismatch, vec![("b001".into(), true)]));
    hall.desk("papers", "c01", &papers(&["b001 30 -"]));
    assert_eq!(every_case(&hall), [("b001".into(), false)]);
}

#[test]
fn counts_taken_back_one_after_the_other_all_stay_in_the_history() {
    let mut hall = Hall::counting(&STRIKE.replace("counts 1", "counts 2"), &["b001 30 -"]);
    let stated = hall.replay.count.size() - 1;
    for table in ["s01", "s02"] {
        hall.batch(table, "c01", "b001", &one());
        let batch = hall.last(table);
        hall.withdraw(table, "c01", batch);
    }
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s02", "c01", "b001", &one());
    let last = hall.last("s02");
    hall.withdraw("s02", "c01", last);
    assert_eq!(history(&hall, "b001"), (stated..stated + 8).collect::<Vec<_>>());
}

#[test]
fn printed_numbers_that_two_bundles_share_are_something_to_look_at_in_both() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -", "b002 29 -", "b003 30 -"]);
    let numbered = |hall: &mut Hall, table: &str, bundle: &str, figures: &str, serials: &str| {
        let text = hall.batch_text(table, "c01", bundle, figures).replace("serials -", &format!("serials {serials}"));
        assert!(hall.say(&text, &[&format!("station/{table}")]).is_logged());
    };
    numbered(&mut hall, "s01", "b001", &one(), "001-030");
    assert_eq!(every_case(&hall), [], "a bundle shares its numbers with itself only");
    numbered(&mut hall, "s02", "b002", &names(0, 29, [29, 16, 4]), "030-058");
    numbered(&mut hall, "s03", "b003", &names(0, 30, [29, 16, 4]), "-");
    assert_eq!(flags(&hall, "b001"), (vec![Flag::Serials], vec!["b002".to_owned()]));
    assert_eq!(flags(&hall, "b002"), (vec![Flag::Serials], vec!["b001".to_owned()]));
    assert_eq!(flags(&hall, "b003"), (vec![], vec![]), "no numbers were noted");
}
