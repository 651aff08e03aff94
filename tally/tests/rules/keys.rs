//! Keys in and out: a name is never used again, a key has one name, a revoked one never returns.

use crate::forge::{BOARD, Hall, STRIKE, board, live, name, names, refusal, vkey};
use tally::{
    Ruling, Statement,
    count::Role,
    ruling::{BundleState, Refusal},
};

fn enters(hall: &mut Hall, key: &str) -> Ruling {
    hall.organisers("key", &format!("key {}\ntitle -\n", vkey(key)))
}

fn taken(key: &str) -> Refusal {
    Refusal::KeyTaken { name: name(key) }
}

fn one() -> String {
    names(0, 30, [30, 16, 4])
}

#[test]
fn tables_observers_organisers_and_witnesses_come_in_later_and_nobody_else() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    for key in ["station/s09", "observer/p2", "organiser/o4", "witness.example/w2"] {
        assert_eq!(enters(&mut hall, key), Ruling::Recorded, "{key}");
    }
    assert_eq!(hall.replay.count.keys().witnesses().len(), 2);
    assert_eq!(hall.replay.count.keys().in_force(Role::Organiser).count(), 4);
    assert_eq!(live(hall.batch("s09", "c01", "b001", &one())).0, BundleState::Counted, "the spare table counts");
    let text = hall.desk_text("key", "", &format!("key {}\ntitle Bàn phụ\n", vkey("station/s10")));
    assert_eq!(hall.say(&text, &["organiser/o3", "organiser/o4"]), Ruling::Recorded, "a new organiser signs");
    for (key, code) in [
        ("board/k9", "R-FIELD"),
        ("", "R-KEY-TAKEN"),
        ("tally", "R-KEY-TAKEN"),
        ("gast/x", "R-FIELD"),
        ("station/", "R-FIELD"),
    ] {
        assert_eq!(enters(&mut hall, key).code(), code, "{key}");
    }
    let foreign = vkey("station/s11").replace("/hall/", "/hell/");
    let text = format!("key {foreign}\ntitle -\n");
    assert_eq!(hall.organisers("key", &text).code(), "R-MALFORMED", "the id of a key is bound to its name");
}

#[test]
fn a_name_is_never_used_again_and_a_key_has_one_name() {
    let mut hall = Hall::new();
    for key in [
        "station/s01=another seed",
        "station/s09=station/s01",
        "observer/p2=board/k1",
        "station/s09=",
        "station/s09=tally",
    ] {
        let short = key.split('=').next().unwrap();
        assert_eq!(refusal(enters(&mut hall, key)), taken(short), "{key}");
    }
    assert_eq!(hall.revoke("station/s01", "0"), Ruling::Recorded);
    assert_eq!(refusal(enters(&mut hall, "station/s01=another seed")), taken("station/s01"), "a replacement is s01b");
    assert_eq!(
        refusal(enters(&mut hall, "station/s01b=station/s01")),
        taken("station/s01b"),
        "the key is gone for good"
    );
    assert_eq!(enters(&mut hall, "station/s01b"), Ruling::Recorded);
    assert_eq!(hall.replay.count.station_head("s01b".parse().unwrap()), Some((0, tally::Sid::ZERO)));
}

#[test]
fn a_revoked_member_never_returns_and_a_key_stays_with_its_name() {
    let mut hall = Hall::new();
    assert_eq!(hall.revoke("board/k3", "-"), Ruling::Recorded);
    for members in [&["k1", "k2", "k3"][..], &["k3"]] {
        assert_eq!(refusal(hall.organisers("board", &board("b1", 1, members))), taken("board/k3"));
    }
    let stolen = board("b1", 1, &["k1", "k2"]).replace(&vkey("board/k2"), &vkey("board/k2=board/k1"));
    assert_eq!(refusal(hall.organisers("board", &stolen)), taken("board/k2"));
    let fresh = board("b1", 1, &["k1", "k2"]).replace(&vkey("board/k2"), &vkey("board/k2=fresh"));
    assert_eq!(refusal(hall.organisers("board", &fresh)), taken("board/k2"), "k2 has another key already");
    let twice = board("b1", 1, &["k7", "k8"])
        .replace(&vkey("board/k7"), &vkey("board/k7=fresh"))
        .replace(&vkey("board/k8"), &vkey("board/k8=fresh"));
    assert_eq!(refusal(hall.organisers("board", &twice)).code(), "R-KEY-TAKEN", "one key for two members");
    assert_eq!(hall.organisers("board", &board("b1", 2, &["k1", "k2", "k4"])), Ruling::Recorded);
}

#[test]
fn a_key_goes_out_once() {
    let mut hall = Hall::new();
    assert_eq!(hall.revoke("station/s01", "4"), Ruling::Recorded);
    assert_eq!(
        refusal(hall.revoke("station/s01", "3")),
        Refusal::Revoked { name: name("station/s01"), last_seq: Some(4) }
    );
    assert_eq!(hall.revoke("observer/p1", "-"), Ruling::Recorded);
    assert_eq!(
        refusal(hall.revoke("observer/p1", "-")),
        Refusal::Revoked { name: name("observer/p1"), last_seq: None }
    );
    assert_eq!(hall.revoke("witness.example/w1", "-"), Ruling::Recorded);
    assert!(hall.replay.count.keys().witnesses().is_empty());
}

#[test]
fn a_table_that_went_out_says_what_is_still_accepted_and_no_more() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    assert_eq!(hall.revoke("station/s01", "2"), Ruling::Recorded);
    assert!(hall.batch("s01", "c01", "b001", &one()).is_logged());
    let batch = hall.last("s01");
    assert_eq!(hall.withdraw("s01", "c01", batch), Ruling::Recorded);
    let gone = Refusal::Revoked { name: name("station/s01"), last_seq: Some(2) };
    assert_eq!(refusal(hall.batch("s01", "c01", "b001", &one())), gone);
    assert_eq!(refusal(hall.withdraw("s01", "c01", batch)), gone);
}

#[test]
fn a_withdrawal_that_the_revocation_overtakes_has_taken_effect_all_the_same() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &one());
    let batch = hall.last("s01");
    hall.withdraw("s01", "c01", batch);
    assert_eq!(hall.revoke("station/s01", "1"), Ruling::Recorded);
    assert_eq!(hall.state("b001"), BundleState::Missing, "only batches are set aside, from this entry on");
}

#[test]
fn organisers_go_out_until_just_enough_are_left() {
    let mut hall = Hall::new();
    let text = hall.desk_text("revoke", "", &format!("key {}\nlast-seq -\nreason vì\n", name("organiser/o1")));
    assert_eq!(hall.say(&text, &["organiser/o1", "organiser/o2"]), Ruling::Recorded, "also by themselves");
    let text = hall.desk_text("revoke", "", &format!("key {}\nlast-seq -\nreason vì\n", name("organiser/o2")));
    let few = Refusal::TooFewOrganisers { left: 1, threshold: 2 };
    assert_eq!(refusal(hall.say(&text, &["organiser/o2", "organiser/o3"])), few);
    let text = hall.desk_text("key", "", &format!("key {}\ntitle -\n", vkey("organiser/o5")));
    assert_eq!(refusal(hall.say(&text, &["organiser/o1", "organiser/o2"])).code(), "R-REVOKED");
    assert_eq!(hall.say(&text, &["organiser/o2", "organiser/o3"]), Ruling::Recorded);
    assert_eq!(hall.say(&hall.desk_text("annul", "c01", "reason vì\n"), BOARD).code(), "R-UNKNOWN-CONTEST");
}

#[test]
fn a_witness_key_signs_no_text_and_no_board_has_one() {
    let mut hall = Hall::new();
    let witness = tlog::SigningKey::from_seed(&name("board/k9"), tlog::KeyKind::CosignatureV1, &[7; 32]).unwrap();
    let text = board("b2", 1, &["k9"]).replace(&vkey("board/k9"), &witness.verifier().to_string());
    assert_eq!(hall.organisers("board", &text).code(), "R-FIELD");
    let text = hall.desk_text("annul", "c01", "reason vì\n");
    let line = tlog::cosignature::cosign(&text, &crate::forge::key("witness.example/w1"), 1_593_000_000);
    assert_eq!(hall.hand_in(format!("{text}\n{line}\n").as_bytes()).code(), "R-SIGNATURE-LINES");
}

#[test]
fn a_revoked_key_has_no_say_and_is_no_spare() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let annul = Statement::parse(&hall.desk_text("annul", "c01", "reason vì\n")).unwrap();
    let members = |hall: &Hall| hall.replay.count.authority(&annul).map(|a| (a.keys.len(), a.threshold, a.spare()));
    let (keys, threshold, spare) = members(&hall).unwrap();
    assert_eq!(spare, Some(keys as u64 - threshold));
    assert_eq!(hall.revoke("board/k1", "-"), Ruling::Recorded);
    let after = members(&hall).unwrap();
    assert_eq!((after.0, after.2), (keys - 1, (keys as u64 - 1).checked_sub(threshold)));
    assert!(!hall.replay.count.authority(&annul).unwrap().has(&name("board/k1")));
    let organisers = hall.replay.count.organisers().unwrap();
    assert_eq!((organisers.keys.len(), organisers.threshold, organisers.spare()), (3, 2, Some(1)));
    let name = organisers.keys[0].name().to_owned();
    assert!(organisers.has(&name) && !organisers.has(&format!("{name}x")));
    let unknown = Statement::parse(&hall.desk_text("annul", "c99", "reason vì\n")).unwrap();
    assert_eq!(hall.replay.count.authority(&unknown), None, "nobody has a say about what is not there");
}
