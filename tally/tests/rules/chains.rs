//! The chains of the tables and of the desk: what is said follows what was said before.

use crate::forge::{AGREE, BOARD, Hall, ORGANISERS, STRIKE, ZEROS, board, names, papers, refusal, sign, vkey};
use tally::{
    Ruling, Sid,
    ruling::{Fault, Refusal},
};

fn one() -> String {
    names(0, 30, [30, 16, 4])
}

#[test]
fn a_tables_chain_has_no_gap_no_second_text_and_no_other_past() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let station: &[&str] = &["station/s01"];
    let first = hall.batch_text("s01", "c01", "b001", &one());
    assert_eq!(hall.say(&first.replace("seq 1\n", "seq 2\n"), station).code(), "R-WRONG-HEAD", "a gap at the start");
    assert_eq!(hall.say(&first.replace("seq 1\n", "seq 0\n"), station).code(), "R-WRONG-HEAD", "places begin at 1");
    assert_eq!(
        hall.say(&first.replace(&format!("prev {ZEROS}"), &format!("prev {}", hall.event())), station).code(),
        "R-WRONG-HEAD"
    );
    assert!(hall.say(&first, station).is_logged());
    let head = hall.last("s01");
    let wrong = Refusal::WrongHead { head, seq: 1 };
    let other = first.replace("time 1593000000", "time 1593000001");
    assert_eq!(refusal(hall.say(&other, station)), wrong, "another text of the same place");
    let second = hall.batch_text("s01", "c01", "b001", &one());
    assert_eq!(refusal(hall.say(&second.replace("seq 2\n", "seq 3\n"), station)), wrong, "a gap");
    assert_eq!(refusal(hall.say(&second.replace(&head.to_string(), ZEROS), station)), wrong, "another past");
    assert!(hall.say(&second, station).is_logged());
    assert_eq!(
        hall.say(&first, station),
        Ruling::Repeated { index: 4, set_aside: Vec::new() },
        "a retry is always safe"
    );
    assert_eq!(hall.say(&second, station), Ruling::Repeated { index: 5, set_aside: Vec::new() });
    assert_eq!(hall.replay.count.station_entry("s01".parse().unwrap(), 1), Some((head, 4)));
    assert_eq!(hall.replay.count.station_entry("s01".parse().unwrap(), 0), None);
    assert_eq!(hall.replay.count.station_entry("s01".parse().unwrap(), 3), None);
}

#[test]
fn what_is_set_aside_takes_its_place_in_the_chain() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let text = hall.batch_text("s01", "c01", "b009", &one());
    assert_eq!(hall.say(&text, &["station/s01"]).code(), "S-UNKNOWN-BUNDLE");
    let again = Ruling::Repeated { index: 4, set_aside: vec![Fault::UnknownBundle] };
    assert_eq!(hall.say(&text, &["station/s01"]), again, "the table learns it even when the first answer was lost");
    assert_eq!(hall.withdraw("s01", "c01", Sid::ZERO).code(), "S-NOT-LIVE");
    assert_eq!(hall.replay.count.station_head("s01".parse().unwrap()).map(|(seq, _)| seq), Some(2));
    assert!(hall.batch("s01", "c01", "b001", &one()).is_logged());
}

#[test]
fn two_tables_do_not_disturb_each_others_chains() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -", "b002 30 -"]);
    let texts = [hall.batch_text("s01", "c01", "b001", &one()), hall.batch_text("s02", "c01", "b002", &one())];
    assert!(hall.say(&texts[1], &["station/s02"]).is_logged());
    assert!(hall.say(&texts[0], &["station/s01"]).is_logged());
}

#[test]
fn of_two_desk_statements_that_follow_the_same_one_only_the_first_is_recorded() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let settle = hall.desk_text("settle", "c01", "bundle b001\nstands -\nreason mất\n");
    let annul = hall.desk_text("annul", "c01", "reason phiếu in sai\n");
    let elsewhere = hall.desk_text("contest", "c02", STRIKE);
    let (key, revoke) = (
        hall.desk_text("key", "", &format!("key {}\ntitle -\n", vkey("station/s09"))),
        hall.desk_text("revoke", "", &format!("key {}\nlast-seq -\nreason vì\n", crate::forge::name("observer/p1"))),
    );
    assert_eq!(hall.say(&settle, BOARD), Ruling::Recorded);
    let head = hall.replay.count.contest_head("c01".parse().unwrap());
    assert_eq!(refusal(hall.say(&annul, BOARD)), Refusal::WrongHead { head, seq: 0 });
    assert_eq!(hall.say(&elsewhere, BOARD), Ruling::Recorded, "every contest has a chain of its own");
    assert_eq!(hall.say(&key, ORGANISERS), Ruling::Recorded, "and so has the election");
    let head = hall.replay.count.election_head();
    assert_eq!(refusal(hall.say(&revoke, ORGANISERS)), Refusal::WrongHead { head, seq: 0 });
}

#[test]
fn a_draft_waits_for_the_last_signature_and_dies_when_it_is_overtaken() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let text = hall.desk_text("annul", "c01", "reason phiếu in sai\n");
    let draft = Ruling::Draft { signatures: 1, threshold: 2 };
    assert_eq!(hall.say(&text, &BOARD[..1]), draft);
    assert_eq!(hall.say(&text, &BOARD[..1]), draft, "nothing was logged");
    let other = hall.desk_text("decide", "c01", "about warning W-OUTLIER\nruling accepted\nreason đã xem\n");
    assert_eq!(hall.say(&other, &["board/k1", "board/k3"]), Ruling::Recorded, "any two of the board");
    assert_eq!(hall.say(&text, BOARD).code(), "R-WRONG-HEAD");
    let text = hall.desk_text("annul", "c01", "reason phiếu in sai\n");
    assert_eq!(hall.say(&text, &["board/k1", "board/k2", "board/k3"]), Ruling::Recorded, "more than enough");
    let text = hall.desk_text("key", "", &format!("key {}\ntitle -\n", vkey("station/s09")));
    assert_eq!(hall.say(&text, &["organiser/o3"]), draft);
    let mut empty = Hall::default();
    assert_eq!(empty.say(&crate::forge::manifest(), &["organiser/o2"]), draft);
    assert_eq!(empty.replay.count.size(), 0);
}

#[test]
fn the_same_statement_with_other_signatures_is_the_same_statement() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let text = hall.desk_text("annul", "c01", "reason phiếu in sai\n");
    assert_eq!(hall.say(&text, BOARD), Ruling::Recorded);
    for signers in [&["board/k3"][..], &["board/k1", "board/k3"], &["organiser/o1"]] {
        assert_eq!(hall.say(&text, signers), Ruling::Repeated { index: 4, set_aside: Vec::new() });
    }
}

#[test]
fn a_replaced_board_speaks_for_its_contests_and_the_former_member_no_longer() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    assert_eq!(hall.organisers("board", &board("b1", 2, &["k2", "k3", "k4"])), Ruling::Recorded);
    let text = hall.desk_text("annul", "c01", "reason vì\n");
    let kind = tally::Kind::Annul;
    assert_eq!(refusal(hall.say(&text, BOARD)), Refusal::NotEntitled { name: crate::forge::name("board/k1"), kind });
    assert_eq!(hall.say(&text, &["board/k2", "board/k4"]), Ruling::Recorded);
}

#[test]
fn a_board_has_no_say_in_the_contests_of_another() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    assert_eq!(hall.organisers("board", &board("b2", 1, &["k1", "k9"])), Ruling::Recorded);
    let second = AGREE.replace("board b1", "board b2");
    let text = hall.desk_text("contest", "c02", &second);
    assert_eq!(hall.say(&text, BOARD).code(), "R-NOT-ENTITLED", "k2 is no member of b2");
    assert_eq!(hall.say(&text, &["board/k9"]), Ruling::Recorded);
    let text = hall.desk_text("papers", "c01", &papers(&["b001 30 -"]));
    assert_eq!(hall.say(&text, &["board/k2", "board/k9"]).code(), "R-NOT-ENTITLED");
}

#[test]
fn a_log_without_its_first_entry_or_with_a_foreign_one_is_read_no_further() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let batch = sign(&hall.batch_text("s01", "c01", "b001", &one()), &["station/s01"]);
    let lost = tally::Replay::new().verify(batch.as_bytes()).err().unwrap();
    assert_eq!((lost.index, lost.field.as_str(), lost.code), (0, "kind", "R-MANIFEST-PLACE"));
    hall.replay.verify(batch.as_bytes()).unwrap();
    let twice = hall.replay.verify(batch.as_bytes()).err().unwrap();
    assert_eq!((twice.index, twice.code), (5, "R-REPEATED"));
    let draft = sign(&hall.desk_text("close", "c01", ""), &BOARD[..1]);
    let alone = hall.replay.verify(draft.as_bytes()).err().unwrap();
    assert_eq!((alone.index, alone.field.as_str(), alone.code), (5, "signatures", "R-SIGNATURES"));
    assert_eq!(hall.replay.count.size(), 5);
}
