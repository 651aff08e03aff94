//! How bundles stand: several counts, settling, papers and contests that are stated again, revoked tables.

use crate::forge::{AGREE, Hall, STRIKE, boxes, faults, live, manifest, names, papers, refusal};
use tally::{
    Ruling,
    ruling::{BundleState, Fault, Flag, Phase, Refusal},
};

fn one() -> String {
    names(0, 30, [30, 16, 4])
}

fn other() -> String {
    names(0, 30, [30, 15, 5])
}

fn of_29() -> String {
    names(0, 29, [29, 16, 4])
}

fn counting(counts: u8) -> Hall {
    Hall::counting(&STRIKE.replace("counts 1", &format!("counts {counts}")), &["b001 30 -", "b002 29 -"])
}

#[test]
fn a_bundle_is_counted_when_as_many_different_tables_agree_as_the_contest_asks_for() {
    for counts in 1..=3 {
        let mut hall = counting(counts);
        assert_eq!(hall.state("b001"), BundleState::Missing);
        for nth in 1..=counts {
            let expected = if nth == counts { BundleState::Counted } else { BundleState::Waiting };
            assert_eq!(live(hall.batch(&format!("s0{nth}"), "c01", "b001", &one())), (expected, vec![]));
            assert_eq!(hall.state("b001"), expected);
        }
        let counted = hall.replay.count.contest("c01".parse().unwrap()).unwrap();
        assert_eq!((counted.bundles_counted(), counted.bundles_expected()), (1, 2));
        assert_eq!(counted.totals().ballots.0, 30, "an agreed bundle is added once");
    }
}

#[test]
fn the_same_table_twice_is_one_count() {
    let mut hall = counting(2);
    assert_eq!(live(hall.batch("s01", "c01", "b001", &one())), (BundleState::Waiting, vec![]));
    assert_eq!(live(hall.batch("s01", "c01", "b001", &one())), (BundleState::Waiting, vec![Flag::Duplicate]));
    // The second table's count is one of those asked for, whatever the first repeated.
    assert_eq!(live(hall.batch("s02", "c01", "b001", &one())), (BundleState::Counted, vec![]));
    assert_eq!(live(hall.batch("s03", "c01", "b001", &one())), (BundleState::Counted, vec![Flag::Duplicate]));
}

#[test]
fn two_counts_that_differ_are_a_conflict_however_many_are_asked_for() {
    for counts in 1..=3 {
        let mut hall = counting(counts);
        hall.batch("s01", "c01", "b001", &one());
        assert_eq!(live(hall.batch("s02", "c01", "b001", &other())), (BundleState::Conflict, vec![Flag::Conflict]));
        let second = hall.last("s02");
        assert_eq!(hall.withdraw("s02", "c01", second), Ruling::Recorded);
        assert_eq!(hall.state("b001"), if counts == 1 { BundleState::Counted } else { BundleState::Waiting });
    }
}

#[test]
fn counts_that_agree_with_each_other_but_not_with_the_papers_are_a_mismatch() {
    let mut hall = counting(2);
    assert_eq!(live(hall.batch("s01", "c01", "b001", &of_29())).0, BundleState::Waiting);
    assert_eq!(live(hall.batch("s02", "c01", "b001", &of_29())).0, BundleState::Mismatch);
    assert_eq!(hall.desk("papers", "c01", &papers(&["b001 29 -", "b002 29 -"])), Ruling::Recorded);
    assert_eq!(hall.state("b001"), BundleState::Counted, "the board corrected its papers");
}

#[test]
fn a_settled_bundle_counts_whatever_counts_says_and_changes_only_by_a_new_settle() {
    let mut hall = counting(3);
    hall.batch("s01", "c01", "b001", &one());
    let first = hall.last("s01");
    assert_eq!(hall.settle("c01", "b001", &first.to_string()), Ruling::Recorded);
    assert_eq!(hall.state("b001"), BundleState::Counted);
    assert_eq!(live(hall.batch("s02", "c01", "b001", &other())), (BundleState::Counted, vec![Flag::Conflict]));
    assert_eq!(faults(hall.withdraw("s01", "c01", first)), vec![Fault::Settled]);
    let second = hall.last("s02");
    assert_eq!(hall.settle("c01", "b001", &second.to_string()), Ruling::Recorded);
    let totals = hall.replay.count.contest("c01".parse().unwrap()).unwrap().totals();
    assert_eq!(totals.votes()[1].0, 15, "the second count stands");
    assert_eq!(hall.withdraw("s01", "c01", first), Ruling::Recorded, "the first may now be taken back");
}

#[test]
fn a_bundle_given_up_stays_expected_is_not_counted_and_lets_the_contest_close() {
    let mut hall = counting(1);
    hall.batch("s01", "c01", "b001", &one());
    assert_eq!(hall.settle("c01", "b002", "-"), Ruling::Recorded);
    assert_eq!(live(hall.batch("s02", "c01", "b002", &of_29())).0, BundleState::GivenUp);
    hall.close("c01");
    let bulletin = hall.replay.count.bulletin("c01".parse().unwrap(), hall.replay.tree.root()).unwrap();
    assert_eq!((bulletin.bundles_expected, bulletin.bundles), (2, 1));
    assert_eq!(bulletin.figures.unwrap().ballots.0, 30);
}

#[test]
fn papers_that_change_under_a_settled_bundle_make_it_a_mismatch() {
    let mut hall = counting(1);
    hall.batch("s01", "c01", "b001", &one());
    let first = hall.last("s01").to_string();
    hall.settle("c01", "b001", &first);
    assert_eq!(hall.desk("papers", "c01", &papers(&["b001 31 -", "b002 29 -"])), Ruling::Recorded);
    assert_eq!(hall.state("b001"), BundleState::Mismatch);
    assert_eq!(
        refusal(hall.settle("c01", "b001", &first)),
        Refusal::NotThePapers { batch: tally::Papers(30), papers: tally::Papers(31) }
    );
}

#[test]
fn a_bundle_that_leaves_the_papers_leaves_the_totals_and_returns_with_its_counts() {
    let mut hall = counting(1);
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s01", "c01", "b002", &of_29());
    let c01 = "c01".parse().unwrap();
    assert_eq!(hall.replay.count.contest(c01).unwrap().totals().ballots.0, 59);
    assert_eq!(hall.desk("papers", "c01", &papers(&["b001 30 -"])), Ruling::Recorded);
    assert_eq!(hall.replay.count.contest(c01).unwrap().totals().ballots.0, 30);
    assert_eq!(hall.replay.count.bundle_state(c01, "b002".parse().unwrap()), None);
    assert_eq!(hall.desk("papers", "c01", &papers(&["b001 30 s02", "b002 29 -"])), Ruling::Recorded);
    let contest = hall.replay.count.contest(c01).unwrap();
    assert_eq!(contest.totals().ballots.0, 59, "whether a batch counts was decided when it came");
    assert_eq!(faults(hall.batch("s03", "c01", "b001", &one())), vec![Fault::OtherTable("s02".parse().unwrap())]);
}

#[test]
fn a_batch_set_aside_never_counts_even_when_its_reason_is_gone() {
    let mut hall = counting(1);
    assert_eq!(faults(hall.batch("s01", "c01", "b003", &one())), vec![Fault::UnknownBundle]);
    let batch = hall.last("s01");
    assert_eq!(hall.desk("papers", "c01", &papers(&["b001 30 -", "b002 29 -", "b003 30 -"])), Ruling::Recorded);
    assert_eq!(hall.state("b003"), BundleState::Missing);
    assert_eq!(refusal(hall.settle("c01", "b003", &batch.to_string())), Refusal::NotLive { batch });
    assert_eq!(faults(hall.withdraw("s01", "c01", batch)), vec![Fault::NotLive]);
    assert_eq!(hall.replay.count.flags().set_aside, 2);
}

#[test]
fn a_contest_may_be_stated_again_before_the_first_batch_and_then_only_its_base() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let again = STRIKE.replace("Lê Hoàng Cường", "Lê Hoàng Cương").replace("Bầu Ban", "Bầu lại Ban");
    assert_eq!(hall.desk("contest", "c01", &again), Ruling::Recorded);
    assert_eq!(hall.desk("contest", "c01", AGREE), Ruling::Recorded, "even another ballot");
    assert_eq!(hall.desk("contest", "c01", STRIKE), Ruling::Recorded);
    assert_eq!(faults(hall.batch("s01", "c01", "b009", &one())), vec![Fault::UnknownBundle]);
    assert_eq!(hall.desk("contest", "c01", &again), Ruling::Recorded, "a batch set aside fixes nothing");
    assert_eq!(hall.desk("contest", "c01", STRIKE), Ruling::Recorded);
    hall.batch("s01", "c01", "b001", &one());
    let batch = hall.last("s01");
    assert_eq!(hall.withdraw("s01", "c01", batch), Ruling::Recorded, "taking it back does not open the list again");
    let base = STRIKE.replace("absent-throughout 0", "absent-throughout 2");
    assert_eq!(hall.desk("contest", "c01", &base), Ruling::Recorded);
    assert_eq!(hall.replay.count.contest("c01".parse().unwrap()).unwrap().base(), Some(98));
    for (field, from, to) in [
        ("title", "Bầu Ban", "Bầu lại Ban"),
        ("profile", "party-244", "party-190"),
        ("counts", "counts 1", "counts 2"),
        ("candidate", "Nguyễn Văn An", "Nguyễn Văn Ân"),
        ("seats", "seats 2\nchoices 2", "seats 1\nchoices 1"),
        ("form", "strike-list", "approve"),
        ("born", "Cường\n", "Cường\nborn 01 1970-05-02\n"),
        ("trait", "Cường\n", "Cường\ntrait 02 female\n"),
    ] {
        let text = STRIKE.replace(from, to);
        assert_eq!(refusal(hall.desk("contest", "c01", &text)), Refusal::ContestFixed { field }, "{field}");
    }
    let approve = STRIKE.replace("strike-list", "approve");
    let mut hall = Hall::counting(&approve, &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &one());
    let choices = approve.replace("choices 2", "choices unlimited");
    assert_eq!(refusal(hall.desk("contest", "c01", &choices)), Refusal::ContestFixed { field: "choices" });
}

#[test]
fn board_kind_and_follows_of_a_contest_never_change() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.organisers("board", &crate::forge::board("b2", 2, &["k1", "k2"]));
    assert_eq!(hall.desk("contest", "c02", STRIKE), Ruling::Recorded);
    let follows = |kind: &str, id: &str| STRIKE.replace("kind first\nfollows -", &format!("kind {kind}\nfollows {id}"));
    assert_eq!(hall.desk("contest", "c03", &follows("continued", "c01")), Ruling::Recorded);
    for (contest, field, body) in [
        ("c01", "board", STRIKE.replace("board b1", "board b2")),
        ("c01", "kind", follows("repeat", "c02")),
        ("c03", "kind", follows("tie", "c01")),
        ("c03", "follows", follows("continued", "c02")),
    ] {
        assert_eq!(refusal(hall.desk("contest", contest, &body)), Refusal::ContestFixed { field }, "{contest} {field}");
    }
}

#[test]
fn a_small_contest_is_one_bundle_and_no_bundle_of_a_large_one_is_small() {
    let mut hall = Hall::of(&manifest().replace("min-bundle 1", "min-bundle 20"));
    hall.organisers("board", &crate::forge::board("b1", 2, &["k1", "k2", "k3"]));
    hall.desk("contest", "c01", STRIKE);
    for (bundles, small) in [
        (&["b001 19 -"][..], None),
        (&["b001 10 -", "b002 9 -"], None),
        (&["b001 20 -"], None),
        (&["b001 20 -", "b002 19 -"], Some(("b002", 19))),
        (&["b001 10 -", "b002 10 -"], Some(("b001", 10))),
        (&["b001 19 -", "b002 0 -"], Some(("b002", 0))),
        (&[], None),
    ] {
        let ruling = hall.desk("papers", "c01", &papers(bundles));
        let expected = small.map_or(Ruling::Recorded, |(bundle, n)| {
            Ruling::Refused(Refusal::BundleTooSmall {
                bundle: bundle.parse().unwrap(),
                papers: tally::Papers(n),
                min: 20,
            })
        });
        assert_eq!(ruling, expected, "{bundles:?}");
    }
}

#[test]
fn more_papers_collected_than_issued_are_stated_and_closed_but_nothing_is_certified() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let more = papers(&["b001 30 -"]).replace("issued 30\nunused 70", "issued 29\nunused 71");
    assert_eq!(hall.desk("papers", "c01", &more), Ruling::Recorded);
    hall.batch("s01", "c01", "b001", &one());
    hall.close("c01");
    let contest = hall.replay.count.contest("c01".parse().unwrap()).unwrap();
    assert!(contest.is_blocked());
    assert_eq!(contest.outcome().blocked.map(|b| b.word()), Some("collected-more-than-issued"));
    assert_eq!(refusal(hall.certify("c01")), Refusal::Blocked);
    let body = hall.certificate("c01").replace("deviation -", "deviation vẫn công nhận");
    assert_eq!(refusal(hall.desk("certify", "c01", &body)), Refusal::Blocked, "not even as a deviation");
    assert_eq!(hall.reopen("c01"), Ruling::Recorded, "a recount may show that the papers were counted wrong");
    assert_eq!(hall.desk("papers", "c01", &papers(&["b001 30 -"])), Ruling::Recorded);
    hall.close("c01");
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
}

#[test]
fn a_table_revoked_below_its_head_while_counting_opens_its_bundles() {
    let mut hall = counting(1);
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s01", "c01", "b002", &of_29());
    hall.batch("s02", "c01", "b002", &of_29());
    assert_eq!(hall.revoke("station/s01", "1"), Ruling::Recorded);
    assert_eq!(hall.state("b001"), BundleState::Counted, "sent before the key was lost");
    assert_eq!(hall.state("b002"), BundleState::Counted, "the other table's count is left");
    assert_eq!(hall.replay.count.contest("c01".parse().unwrap()).unwrap().live().count(), 2);
    let mut hall = counting(1);
    hall.batch("s01", "c01", "b001", &one());
    assert_eq!(hall.revoke("station/s01", "0"), Ruling::Recorded);
    assert_eq!(hall.state("b001"), BundleState::Missing);
    assert!(!hall.replay.count.contest("c01".parse().unwrap()).unwrap().is_revoked_after_close());
}

#[test]
fn a_settled_batch_that_dies_with_its_table_leaves_the_bundle_open_until_a_new_settle() {
    let mut hall = counting(1);
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s02", "c01", "b001", &other());
    let (first, second) = (hall.last("s01").to_string(), hall.last("s02").to_string());
    hall.settle("c01", "b001", &first);
    hall.settle("c01", "b002", "-");
    hall.revoke("station/s01", "0");
    assert_eq!(hall.state("b001"), BundleState::Unsettled);
    assert_eq!(
        live(hall.batch("s03", "c01", "b001", &other())).0,
        BundleState::Unsettled,
        "counting alone does not do"
    );
    assert_eq!(
        refusal(hall.desk("close", "c01", "")),
        Refusal::OpenBundles { count: 1, first: "b001".parse().unwrap(), state: BundleState::Unsettled }
    );
    let cases: Vec<_> =
        hall.replay.count.contests().flat_map(|c| c.cases().map(|case| case.state).collect::<Vec<_>>()).collect();
    assert_eq!(cases, [Some(BundleState::Unsettled)], "it is a case for the board");
    assert_eq!(refusal(hall.settle("c01", "b001", &first)).code(), "R-NOT-LIVE");
    assert_eq!(hall.settle("c01", "b001", &second), Ruling::Recorded);
    assert_eq!(hall.state("b001"), BundleState::Counted);
    hall.close("c01");
}

#[test]
fn a_table_revoked_below_its_head_after_the_close_forbids_the_result_until_a_reopen() {
    for announced in [false, true] {
        let mut hall = counting(1);
        hall.batch("s01", "c01", "b001", &one());
        hall.batch("s02", "c01", "b002", &of_29());
        hall.close("c01");
        assert_eq!(hall.certify("c01"), Ruling::Recorded);
        if announced {
            assert_eq!(hall.announce("c01"), Ruling::Recorded);
        }
        assert_eq!(hall.revoke("station/s01", "0"), Ruling::Recorded);
        assert_eq!(hall.state("b001"), BundleState::Counted, "nothing changes behind a closed door");
        assert!(hall.replay.count.contest("c01".parse().unwrap()).unwrap().is_revoked_after_close());
        if !announced {
            assert_eq!(refusal(hall.certify("c01")), Refusal::RevokedAfterClose);
            assert_eq!(refusal(hall.announce("c01")), Refusal::RevokedAfterClose);
        }
        assert_eq!(hall.reopen("c01"), Ruling::Recorded);
        assert_eq!(hall.state("b001"), BundleState::Missing, "now it takes effect");
        assert_eq!(live(hall.batch("s03", "c01", "b001", &one())).0, BundleState::Counted);
        hall.close("c01");
        assert_eq!(hall.certify("c01"), Ruling::Recorded);
        assert_eq!(hall.announce("c01"), Ruling::Recorded);
    }
}

#[test]
fn a_table_revoked_at_its_head_or_without_a_batch_here_forbids_nothing() {
    let mut hall = counting(1);
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s02", "c01", "b002", &of_29());
    hall.batch("s03", "c02", "b001", &one());
    hall.close("c01");
    assert_eq!(hall.revoke("station/s01", "1"), Ruling::Recorded);
    assert_eq!(hall.revoke("station/s03", "0"), Ruling::Recorded, "its batch never counted in this contest");
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
}

#[test]
fn a_contest_where_nobody_agreed_on_a_table_counts_boxes_as_well() {
    let mut hall = Hall::counting(AGREE, &["b001 30 s01"]);
    assert_eq!(live(hall.batch("s01", "c01", "b001", &boxes(30, [30, 16]))), (BundleState::Counted, vec![]));
    hall.close("c01");
    let contest = hall.replay.count.contest("c01".parse().unwrap()).unwrap();
    assert_eq!(contest.phase(), Phase::Closed);
    assert_eq!(contest.totals().votes().iter().map(|v| v.0).collect::<Vec<_>>(), [30, 16]);
}
