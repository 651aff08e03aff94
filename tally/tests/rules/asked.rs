//! What a log adds up to, as screens, minutes and desks ask for it.

use crate::forge::{Hall, STRIKE, ZEROS, board, name, names};
use tally::{
    Ruling, Sid,
    count::Role,
    ruling::BundleState,
    statement::{About, DecideRuling},
};

fn one() -> String {
    names(0, 30, [30, 16, 4])
}

#[test]
fn what_was_said_can_be_found_again() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.organisers("board", &board("b2", 1, &["k9"]));
    assert!(hall.batch("s01", "c01", "b001", &one()).is_logged());
    let count = &hall.replay.count;
    assert_eq!(count.boards().map(|b| b.board.to_string()).collect::<Vec<_>>(), ["b1", "b2"]);
    assert_eq!(count.board("b2".parse().unwrap()).map(|b| b.keys.len()), Some(1));
    assert_eq!(count.board("b3".parse().unwrap()), None);
    assert_eq!(count.stations().map(|s| s.to_string()).collect::<Vec<_>>(), ["s01", "s02", "s03"]);
    assert_eq!(count.station_head("s04".parse().unwrap()), None);
    assert_eq!(count.desk_entry(hall.event()), Some(0));
    assert_eq!(count.desk_entry(count.contest_head("c01".parse().unwrap())), Some(3));
    assert_eq!(count.desk_entry(count.election_head()), Some(4));
    assert_eq!((count.desk_entry(Sid::ZERO), count.desk_entry(hall.last("s01"))), (None, None));
    let c01 = "c01".parse().unwrap();
    assert_eq!(count.live_batch(c01, hall.last("s01")).map(|b| (b.index, b.seq)), Some((5, 1)));
    assert!(
        count.live_batch(c01, Sid::ZERO).is_none() && count.live_batch("c02".parse().unwrap(), Sid::ZERO).is_none()
    );
    assert_eq!(count.contest(c01).map(|c| c.profile().name.as_str()), Some("party-244"));
    assert_eq!(count.contest(c01).and_then(|c| c.papers()).map(|p| p.collected), Some(30));
    assert_eq!(count.contest(c01).map(tally::count::ContestCount::stated_at), Some(2));
    assert!(count.contest("c02".parse().unwrap()).is_none());
    assert!(count.bulletin("c02".parse().unwrap(), Sid::ZERO).is_none());
    assert_eq!(count.bundle_state("c02".parse().unwrap(), "b001".parse().unwrap()), None);
    assert_eq!(count.contest_head("c02".parse().unwrap()), Sid::ZERO);
    let empty = tally::Count::new();
    assert_eq!((empty.size(), empty.event(), empty.public_size(), empty.manifest()), (0, None, 0, None));
}

#[test]
fn keys_are_known_by_name_and_id_and_stay_known() {
    let mut hall = Hall::new();
    let key = crate::forge::key("station/s01");
    let (short, id) = (name("station/s01"), key.verifier().id());
    assert_eq!(hall.revoke("station/s01", "0"), Ruling::Recorded);
    let keys = hall.replay.count.keys();
    assert_eq!(keys.find(&short, id), Some(key.verifier()), "what it signed before is still verified");
    assert_eq!(keys.find(&short, id.wrapping_add(1)), None);
    assert_eq!(keys.find("nobody", id), None);
    assert_eq!(keys.holder(&short).map(|h| h.revoked), Some(Some(Some(0))));
    assert_eq!(keys.in_force(Role::Station("s01".parse().unwrap())).count(), 0);
    assert_eq!(keys.in_force(Role::Station("s02".parse().unwrap())).count(), 1);
    assert_eq!(keys.in_force(Role::Board).count(), 3);
    assert_eq!(keys.holders().count(), 3 + 2 + 3 + 1 + 1 + 3);
    assert_eq!(keys.witnesses().iter().map(|k| k.name().to_owned()).collect::<Vec<_>>(), ["witness.example/w1"]);
}

#[test]
fn decisions_and_accepted_warnings_are_kept_in_order() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.desk("decide", "c01", "about papers b001 2\nruling valid\nreason nét gạch ngắn\n");
    hall.desk("decide", "c01", "about warning W-OUTLIER\nruling accepted\nreason đã xem\n");
    let contest = hall.replay.count.contests().next().unwrap();
    assert_eq!(contest.accepted().map(ToString::to_string).collect::<Vec<_>>(), ["W-OUTLIER"]);
    let [first, second] = contest.decisions() else { panic!("two decisions") };
    assert!(matches!(first.about, About::Papers { ruling: DecideRuling::Valid, .. }));
    assert!(matches!(second.about, About::Warning(_)));
}

#[test]
fn the_cases_of_the_board_are_conflict_and_mismatch_with_their_counts() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -", "b002 29 -", "b003 30 -", "b004 5 -"]);
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s02", "c01", "b001", &names(0, 30, [30, 15, 5]));
    hall.batch("s01", "c01", "b002", &one());
    hall.batch("s01", "c01", "b003", &one());
    let contest = hall.replay.count.contests().next().unwrap();
    let cases: Vec<_> = contest.cases().map(|c| (c.bundle.to_string(), c.state, c.batches.len())).collect();
    assert_eq!(cases, [("b001".into(), BundleState::Conflict, 2), ("b002".into(), BundleState::Mismatch, 1)]);
    let text = hall.bulletin_text("c01");
    assert!(text.ends_with("state counting\nbundles-expected 4\nbundles 1\nopen conflict b001\nopen mismatch b002\n"));
}

#[test]
fn minutes_and_certificate_in_force_can_be_read() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &one());
    hall.close("c01");
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
    let minutes =
        format!("certify {}\npresent 30\nabsent 1\ncopies 3\ncomplaint -\nreplaces -\n", hall.certified("c01"));
    assert_eq!(hall.desk("minutes", "c01", &minutes), Ruling::Recorded);
    let contest = hall.replay.count.contests().next().unwrap();
    let head = hall.replay.count.contest_head("c01".parse().unwrap());
    assert_eq!(contest.minutes().map(|(sid, m)| (sid, m.absent)), Some((head, 1)));
    assert_eq!(contest.certify().map(|(_, c)| c.elected.len()), Some(0));
    assert_ne!(contest.bulletin().map(|sid| sid.to_string()), Some(ZEROS.to_owned()));
    hall.desk("annul", "c01", "reason vì\n");
    let contest = hall.replay.count.contests().next().unwrap();
    assert!(contest.certify().is_none(), "nothing is certified of a void contest");
}
