//! What a board is warned of while it counts: facts of a list block the close until they are accepted, what is only likely
//! blocks nothing.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod forge;

use forge::{Hall, STRIKE, names, refusal};
use tally::{
    Ruling,
    reconcile::{Balance, Blocks, same_when_heard},
    ruling::Refusal,
    watch::{Where, names_left, outliers, rate, swaps},
};

/// Votes of the three names of [`STRIKE`] in bundles of 50 valid papers, by table.
fn counted(bundles: &[(&str, [u32; 3])]) -> Hall {
    let ids: Vec<String> = (1..=bundles.len()).map(|n| format!("b{n:03}")).collect();
    let covers: Vec<String> = ids.iter().map(|id| format!("{id} 50 -")).collect();
    let body = STRIKE.replace("base summoned 100", "base summoned 1000");
    let mut hall = Hall::new();
    hall.desk("contest", "c01", &body);
    let sum = 50 * covers.len();
    let mut papers = format!("received {sum}\nissued {sum}\nunused 0\nspoiled 0\ncollected {sum}\n");
    covers.iter().for_each(|cover| papers += &format!("bundle {cover}\n"));
    assert_eq!(hall.desk("papers", "c01", &papers), Ruling::Recorded);
    for (id, (table, votes)) in ids.iter().zip(bundles) {
        assert!(hall.batch(table, "c01", id, &names(0, 50, *votes)).is_logged());
    }
    hall
}

fn codes(hall: &Hall) -> Vec<(&'static str, Blocks)> {
    hall.replay.count.checks("c01".parse().unwrap()).iter().map(|check| (check.code, check.blocks)).collect()
}

const USUAL: [u32; 3] = [45, 30, 8];

#[test]
fn bundles_that_differ_as_bundles_do_are_not_mentioned() {
    let hall = counted(&[("s01", USUAL), ("s02", [41, 35, 12]), ("s03", [47, 26, 4]), ("s01", [44, 33, 9])]);
    assert_eq!(codes(&hall), []);
}

#[test]
fn two_names_exchanged_in_one_bundle_are_suspected_there_and_the_close_goes_through() {
    let mut hall = counted(&[("s01", USUAL), ("s02", [46, 31, 6]), ("s03", [8, 30, 45]), ("s01", [44, 29, 7])]);
    let found = swaps(hall.replay.count.contests().next().unwrap());
    let [swap] = &found[..] else { panic!("{found:?}") };
    assert_eq!((swap.bundle.to_string(), swap.table.to_string()), ("b003".into(), "s03".into()));
    assert_eq!((swap.places, swap.votes, swap.valid), ((0, 2), (8, 45), 50));
    let said = hall.replay.count.checks("c01".parse().unwrap()).remove(0).committee;
    assert!(said.vi.contains("tập b003 (s03): 01 có 8 trong 50 phiếu"), "{said}");
    assert!(said.en.contains("bundle b003 (s03): 01 has 8 of 50") && !said.en.contains("more"), "{said}");
    assert_eq!(codes(&hall), [("W-OUTLIER", Blocks::Nothing), ("W-SWAPPED", Blocks::Nothing)]);
    hall.close("c01");
}

#[test]
fn one_name_far_off_in_one_bundle_is_an_outlier_and_no_exchange() {
    let hall = counted(&[("s01", USUAL), ("s02", [46, 31, 6]), ("s03", [42, 18, 40]), ("s01", [44, 29, 7])]);
    let contest = hall.replay.count.contests().next().unwrap();
    let found: Vec<_> = outliers(contest).iter().map(|o| (o.at, o.place, o.votes, o.valid)).collect();
    assert_eq!(found, [(Where::Bundle("b003".parse().unwrap(), "s03".parse().unwrap()), 2, 40, 50)]);
    assert_eq!((outliers(contest)[0].rest_votes, outliers(contest)[0].rest_valid), (21, 150));
    assert_eq!(swaps(contest), []);
}

#[test]
fn a_table_that_reads_otherwise_in_all_its_bundles_is_named() {
    let off = [40, 16, 30];
    let hall = counted(&[
        ("s01", USUAL),
        ("s02", USUAL),
        ("s01", USUAL),
        ("s03", off),
        ("s03", off),
        ("s02", USUAL),
        ("s01", USUAL),
    ]);
    let contest = hall.replay.count.contests().next().unwrap();
    let tables: Vec<_> =
        outliers(contest).iter().filter(|o| matches!(o.at, Where::Table(_))).map(|o| (o.at, o.place)).collect();
    assert_eq!(tables, [(Where::Table("s03".parse().unwrap()), 2)]);
    let said = hall.replay.count.checks("c01".parse().unwrap()).remove(0).committee;
    assert!(said.vi.contains("bàn s03: 03 có 60 trong 100") && said.en.contains("table s03: 03 has 60"), "{said}");
}

#[test]
fn five_findings_are_spelt_out_and_the_rest_is_a_number() {
    let said = |off: &[[u32; 3]]| {
        let usual = ["s01", "s02", "s03"].into_iter().cycle().map(|table| (table, USUAL)).take(15);
        let off = off.iter().zip(["s01", "s02", "s03"]).map(|(votes, table)| (table, *votes));
        let hall = counted(&usual.chain(off).collect::<Vec<_>>());
        let found = outliers(hall.replay.count.contests().next().unwrap()).len();
        (found, hall.replay.count.checks("c01".parse().unwrap()).remove(0).committee)
    };
    let (two_off, one_off) = ([8, 30, 45], [42, 18, 40]);
    let (five, words) = said(&[two_off, two_off, one_off]);
    assert!(five == 5 && !words.en.contains("more") && !words.vi.contains("chỗ nữa"), "{five}: {words}");
    let (six, words) = said(&[two_off, two_off, two_off]);
    assert!(six == 6 && words.en.contains("and 1 more") && words.vi.contains("và 1 chỗ nữa"), "{six}: {words}");
}

#[test]
fn two_bundles_of_one_size_that_differ_are_both_named_and_a_larger_one_never() {
    let hall = counted(&[("s01", USUAL), ("s02", [8, 30, 45])]);
    let found = outliers(hall.replay.count.contests().next().unwrap());
    assert_eq!(found.iter().map(|o| (o.at, o.place)).collect::<Vec<_>>().len(), 4, "01 and 03 in both: {found:?}");
    let mut hall = Hall::counting(STRIKE, &["b001 50 -", "b002 30 -"]);
    hall.batch("s01", "c01", "b001", &names(0, 50, USUAL));
    hall.batch("s02", "c01", "b002", &names(0, 30, [2, 20, 28]));
    let found = outliers(hall.replay.count.contests().next().unwrap());
    assert!(!found.is_empty() && found.iter().all(|o| o.valid == 30), "{found:?}");
}

#[test]
fn bundles_without_a_valid_paper_differ_in_nothing() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -", "b002 20 -"]);
    hall.batch("s01", "c01", "b001", "ballots 30\nvalid 0\ninvalid blank 30\nvotes 01 0\nvotes 02 0\nvotes 03 0\n");
    assert_eq!(outliers(hall.replay.count.contests().next().unwrap()), []);
}

#[test]
fn votes_that_fit_one_of_two_names_only_were_not_exchanged() {
    // 03 would have its usual votes with those of 01, and 01 far too few with those of 03.
    let usual = ["s01", "s02"].into_iter().cycle().map(|table| (table, USUAL)).take(6);
    let hall = counted(&usual.chain([("s03", [10, 30, 32])]).collect::<Vec<_>>());
    let contest = hall.replay.count.contests().next().unwrap();
    assert_eq!(outliers(contest).len(), 2);
    assert_eq!(swaps(contest), []);
}

#[test]
fn a_bundle_off_in_more_than_twenty_names_is_no_matter_of_pairs() {
    let pairs = |exchanged: usize| {
        let (head, _) = STRIKE.split_once("candidate 01").unwrap();
        let list: String = (1..=42).map(|n| format!("candidate {n:02} Người số {n}\n")).collect();
        let head = head.replace("seats 2\nchoices 2", "seats 41\nchoices 41").replace("summoned 100", "summoned 900");
        let mut hall = Hall::new();
        assert_eq!(hall.desk("contest", "c01", &(head + &list)), Ruling::Recorded);
        let bundles: String = (1..=6).map(|n| format!("bundle b{n:03} 50 -\n")).collect();
        let papers = format!("received 300\nissued 300\nunused 0\nspoiled 0\ncollected 300\n{bundles}");
        assert_eq!(hall.desk("papers", "c01", &papers), Ruling::Recorded);
        for n in 1..=6 {
            // The first 21 names have 45 votes of 50, the others 5: 1,050 in all, 21 on each paper.
            let is_off = |place: usize| n == 6 && place % 21 < exchanged;
            let votes = |place: usize| if (place < 21) == is_off(place) { 5 } else { 45 };
            let votes: String = (0..42).map(|place| format!("votes {:02} {}\n", place + 1, votes(place))).collect();
            let figures = format!("ballots 50\nvalid 50\nleft 21 50\n{votes}");
            assert!(hall.batch("s01", "c01", &format!("b{n:03}"), &figures).is_logged());
        }
        swaps(hall.replay.count.contests().next().unwrap()).len()
    };
    assert_eq!((pairs(10), pairs(11)), (100, 0));
}

#[test]
fn a_rate_needs_a_tenth_of_the_papers_a_line_and_a_contest_that_is_counted() {
    let rate_of = |hall: &Hall| rate(hall.replay.count.contests().next().unwrap()).map(|rate| rate.counted);
    for (papers, expected) in [(10, Some(10)), (9, None)] {
        let mut hall = Hall::counting(STRIKE, &[&format!("b001 {papers} -"), &format!("b002 {} -", 100 - papers)]);
        hall.batch("s01", "c01", "b001", &names(0, papers, [papers, 1, 1]));
        assert_eq!(rate_of(&hall), expected, "{papers} of 100");
        hall.desk("annul", "c01", "reason vì\n");
        assert_eq!(rate_of(&hall), None, "void");
    }
    let base = "base absent-throughout 0\nbase convener-absent 0\n";
    let most_votes_win = STRIKE.replace("party-244", "plurality").replace(base, "");
    let mut hall = Hall::counting(&most_votes_win, &["b001 40 -", "b002 40 -"]);
    assert!(hall.batch("s01", "c01", "b001", &names(0, 40, [30, 20, 1])).is_logged());
    assert_eq!(rate_of(&hall), None, "no line");
}

#[test]
fn figures_as_large_as_a_log_can_hold_are_compared_without_overflow() {
    let body = STRIKE.replace("base summoned 100", "base summoned 9000000");
    let mut hall = Hall::new();
    hall.desk("contest", "c01", &body);
    let bundles: String = (1..=9).map(|n| format!("bundle b{n:03} 1000000 -\n")).collect();
    let papers = format!("received 9000000\nissued 9000000\nunused 0\nspoiled 0\ncollected 9000000\n{bundles}");
    assert_eq!(hall.desk("papers", "c01", &papers), Ruling::Recorded);
    for n in 1..=9 {
        let votes = if n == 9 { [100_000, 500_000, 900_000] } else { [900_000, 500_000, 100_000] };
        assert!(hall.batch("s01", "c01", &format!("b{n:03}"), &names(0, 1_000_000, votes)).is_logged());
    }
    assert_eq!(swaps(hall.replay.count.contests().next().unwrap()).len(), 1);
}

#[test]
fn so_many_struck_names_that_seats_stay_empty_are_told_while_papers_are_to_come() {
    let mut hall = Hall::counting(STRIKE, &["b001 40 -", "b002 40 -"]);
    // More than half of 100 from 51; 40 of 80 papers: 26 votes would be 52, 25 only 50.
    for (votes, empty) in [([30, 26, 1], 0), ([30, 25, 1], 1), ([25, 25, 1], 2)] {
        hall.batch("s01", "c01", "b001", &names(0, 40, votes));
        let contest = hall.replay.count.contests().next().unwrap();
        assert_eq!(rate(contest).map(|rate| rate.empty), Some(empty), "{votes:?}");
        assert_eq!(codes(&hall).contains(&("W-OVERSTRIKE", Blocks::Nothing)), empty > 0);
        let batch = hall.last("s01");
        hall.withdraw("s01", "c01", batch);
    }
    assert_eq!(rate(hall.replay.count.contests().next().unwrap()), None, "nothing is counted");
    hall.batch("s01", "c01", "b001", &names(0, 40, [25, 25, 1]));
    hall.batch("s02", "c01", "b002", &names(0, 40, [25, 24, 1]));
    let contest = hall.replay.count.contests().next().unwrap();
    assert_eq!(rate(contest), None, "nothing is to come");
    let left = names_left(contest).unwrap();
    assert_eq!(
        (left.most, left.papers.iter().map(|(k, p)| (*k, p.0)).collect::<Vec<_>>()),
        (2, vec![(1, 59), (2, 21)])
    );
}

#[test]
fn names_that_sound_alike_are_heard_alike_and_no_others() {
    for (a, b) in [
        ("Đặng Thị Hòa", "Đặng Thị Hoà"),
        ("Đặng Thị Hòa", "Ðặng Thị Hòa"),
        ("Đặng Thị Hòa", "Ɖặng Thị Hòa"),
        ("NGUYỄN THÚY", "Nguyễn Thuý"),
        ("Lê Thuỷ", "Lê Thủy"),
    ] {
        assert_eq!(same_when_heard(a), same_when_heard(b), "{a} {b}");
    }
    for (a, b) in
        [("Hòa", "Hóa"), ("Hoa", "Hòa"), ("Đào", "Dào"), ("An", "Ân"), ("Hương", "Hường"), ("Lê An", "Lê Anh")]
    {
        assert_ne!(same_when_heard(a), same_when_heard(b), "{a} {b}");
    }
}

#[test]
fn a_candidate_called_like_a_member_of_the_board_is_told_apart_and_refused_nowhere() {
    let mut hall = Hall::counting(&STRIKE.replace("Trần Thị Bình", "ỦY viên K2"), &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &names(0, 30, [30, 16, 4]));
    let failed = hall.replay.count.checks("c01".parse().unwrap());
    assert_eq!(failed.iter().map(|c| c.code).collect::<Vec<_>>(), ["W-NAMES"]);
    assert!(failed[0].committee.en.contains("02 ỦY viên K2 = k2 Ủy viên k2"), "{}", failed[0].committee.en);
    assert_eq!(hall.desk("close", "c01", ""), Ruling::Recorded);
}

#[test]
fn what_was_accepted_of_a_list_is_not_accepted_of_the_next_one() {
    let longer = format!("{STRIKE}candidate 04 Bùi Văn Giang\n");
    let longest = format!("{longer}candidate 05 Đỗ Thị Hồng\n");
    let mut hall = Hall::counting(&longer, &["b001 30 -"]);
    let surplus = |hall: &Hall| {
        let contest = hall.replay.count.contests().next().unwrap();
        let accepted = contest.accepted().copied().collect();
        hall.replay.count.checks("c01".parse().unwrap()).iter().map(|c| c.accepted_by(&accepted)).collect::<Vec<_>>()
    };
    assert_eq!(surplus(&hall), [false]);
    hall.desk("decide", "c01", "about warning W-SURPLUS\nruling accepted\nreason đại hội biểu quyết\n");
    assert_eq!(surplus(&hall), [true]);
    hall.desk("contest", "c01", &longer.replace("absent-throughout 0", "absent-throughout 1"));
    assert_eq!(surplus(&hall), [true], "the base has nothing to do with it");
    hall.desk("contest", "c01", &longest);
    assert_eq!(surplus(&hall), [false]);
}

#[test]
fn a_surplus_of_one_is_always_allowed_and_of_thirty_percent() {
    let list = |seats: usize, names: usize| {
        let (head, _) = STRIKE.split_once("candidate 01").unwrap();
        let head = head.replace("seats 2\nchoices 2", &format!("seats {seats}\nchoices {seats}"));
        let names: String = (1..=names).map(|n| format!("candidate {n:02} Người số {n}\n")).collect();
        let mut hall = Hall::new();
        assert_eq!(hall.desk("contest", "c01", &(head + &names)), Ruling::Recorded);
        codes(&hall).iter().any(|(code, _)| *code == "W-SURPLUS")
    };
    for (seats, names, warned) in [
        (1, 2, false),
        (1, 3, true),
        (3, 4, false),
        (3, 5, true),
        (9, 11, false),
        (9, 12, true),
        (10, 13, false),
        (10, 14, true),
    ] {
        assert_eq!(list(seats, names), warned, "{names} names for {seats} seats");
    }
}

#[test]
fn every_paper_is_somewhere_in_the_balance() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -", "b002 20 -", "b003 10 -"]);
    hall.batch("s01", "c01", "b001", &names(4, 26, [26, 10, 3]));
    hall.settle("c01", "b003", "-");
    let balance = Balance::of(hall.replay.count.contests().next().unwrap()).unwrap();
    assert_eq!((balance.counted, balance.valid, balance.invalid), (30, 26, 4));
    assert_eq!((balance.open, balance.given_up, balance.collected, balance.kept()), (20, 10, 60, 0));
    assert_eq!(balance.counted + balance.open + balance.given_up, balance.collected);
    assert_eq!(balance.received, balance.issued + balance.unused + balance.spoiled);
    let fewer =
        forge::papers(&["b001 30 -", "b002 20 -", "b003 10 -"]).replace("issued 60\nunused 40", "issued 63\nunused 37");
    assert_eq!(hall.desk("papers", "c01", &fewer), Ruling::Recorded);
    assert_eq!(Balance::of(hall.replay.count.contests().next().unwrap()).unwrap().kept(), 3, "taken home");
}

#[test]
fn more_collected_than_issued_is_a_check_that_blocks_no_close() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let fewer = forge::papers(&["b001 30 -"]).replace("issued 30\nunused 70", "issued 29\nunused 71");
    hall.desk("papers", "c01", &fewer);
    hall.batch("s01", "c01", "b001", &names(0, 30, [30, 16, 4]));
    assert_eq!(codes(&hall), [("E-COLLECTED", Blocks::Certificate)]);
    hall.close("c01");
    assert_eq!(refusal(hall.certify("c01")), Refusal::Blocked);
}
