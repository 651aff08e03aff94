//! Manifests, boards and contests that could not work, beside those that can.

use crate::forge::{AGREE, Hall, ORGANISERS, STRIKE, board, manifest, vkey};

#[test]
fn a_contest_whose_list_seats_and_choices_do_not_fit_its_form_is_refused() {
    let single = "board b1\nkind first\nfollows -\ntitle Bí thư\nform agree-single\nprofile party-244\nseats 1\n\
        choices -\ncounts 1\nbase summoned 100\nbase absent-throughout 0\nbase convener-absent 0\ncandidate 01 Phạm Thị Dung\n";
    let approve = STRIKE.replace("strike-list", "approve");
    for (fits, body, from, to) in [
        (true, single, "x", "x"),
        (true, &approve, "x", "x"),
        (true, &*approve, "choices 2", "choices unlimited"),
        (true, &*approve, "choices 2", "choices 1"),
        (true, &*approve, "choices 2", "choices 9"),
        (true, &*approve, "seats 2", "seats 3"),
        (false, &*approve, "seats 2", "seats 4"),
        (false, &*approve, "choices 2", "choices 0"),
        (false, &*approve, "choices 2", "choices -"),
        (false, STRIKE, "seats 2\nchoices 2", "seats 0\nchoices 0"),
        (false, STRIKE, "seats 2\nchoices 2", "seats 3\nchoices 3"),
        (true, STRIKE, "seats 2\nchoices 2", "seats 1\nchoices 1"),
        (false, STRIKE, "choices 2", "choices 1"),
        (false, STRIKE, "choices 2", "choices unlimited"),
        (false, STRIKE, "choices 2", "choices -"),
        (false, STRIKE, "counts 1", "counts 0"),
        (true, AGREE, "x", "x"),
        (false, AGREE, "seats 2", "seats 1"),
        (false, AGREE, "choices -", "choices 2"),
        (false, AGREE, "choices -", "choices unlimited"),
        (false, single, "agree-single", "agree-list"),
        (false, single, "seats 1", "seats 2"),
        (false, AGREE, "agree-list", "agree-single"),
        (false, STRIKE, "base summoned 100\n", ""),
        (false, STRIKE, "absent-throughout 0\nbase convener-absent 0", "convener-absent 0\nbase absent-throughout 0"),
        (false, STRIKE, "absent-throughout 0", "absent-throughout 100"),
        (false, STRIKE, "absent-throughout 0", "absent-throughout 101"),
        (true, STRIKE, "absent-throughout 0", "absent-throughout 99"),
        (false, STRIKE, "party-244", "plurality"),
    ] {
        let ruling = Hall::new().desk("contest", "c01", &body.replace(from, to));
        let expected = if fits { "OK" } else { "R-FIELD" };
        assert_eq!(ruling.code(), expected, "{from} → {to}: {}", ruling.say());
    }
}

#[test]
fn a_manifest_that_could_not_work_founds_no_event() {
    for (code, from, to) in [
        ("OK", "x", "x"),
        ("R-FIELD", "threshold 2", "threshold 0"),
        ("R-FIELD", "threshold 2", "threshold 4"),
        ("R-SIGNATURES", "threshold 2", "threshold 3"),
        ("R-FIELD", "witness-quorum 0", "witness-quorum 2"),
        ("OK", "witness-quorum 0", "witness-quorum 1"),
        ("R-FIELD", "table s03 Bàn số 3\n", ""),
        ("R-FIELD", "table s03 Bàn số 3\n", "table s04 Bàn số 4\n"),
        ("R-FIELD", "table s03 Bàn số 3\n", "table s03 Bàn số 3\ntable s04 Bàn số 4\n"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin kiemphieu/v2"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin kiemphieu.example/khac"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin hai từ"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin a+b"),
        ("R-FIELD", &format!("observer {}", vkey("observer/p1")), &format!("observer {}", vkey("station/s09"))),
        ("R-FIELD", &format!("observer {}", vkey("observer/p1")), &format!("observer {}", vkey("gast/p1"))),
        ("R-FIELD", &format!("observer {}", vkey("observer/p1")), &format!("observer {}", vkey("observer/a/b"))),
        ("R-FIELD", &format!("log {}", vkey("")), &format!("log {}", vkey("tally"))),
        ("R-FIELD", &format!("tally {}", vkey("tally")), &format!("tally {}", vkey("zaehler"))),
        (
            "R-KEY-TAKEN",
            &format!("observer {}", vkey("observer/p1")),
            &format!("observer {}", vkey("observer/p1=station/s01")),
        ),
        ("R-KEY-TAKEN", &format!("log {}", vkey("")), &format!("log {}", vkey("=tally"))),
        ("R-FIELD", &format!("witness {}", vkey("witness.example/w1")), &format!("witness {}", vkey("observer/p2"))),
    ] {
        let ruling = Hall::default().say(&manifest().replace(from, to), ORGANISERS);
        assert_eq!(ruling.code(), code, "{from} → {to}: {}", ruling.say());
    }
}

#[test]
fn an_origin_that_is_none_is_named_as_the_fault_before_any_key_is() {
    for bad in ["kiemphieu/v2", "hai từ", "a+b"] {
        let text = manifest().replace(&format!("origin {}", crate::forge::ORIGIN), &format!("origin {bad}"));
        let ruling = Hall::default().say(&text, ORGANISERS);
        assert!(ruling.say().en.contains("is no origin"), "{bad}: {}", ruling.say());
    }
}

#[test]
fn a_board_that_could_not_work_is_not_recorded() {
    let good = board("b2", 2, &["k5", "k6"]);
    let with_technician = good.replacen("key ", "member t1 technician Cao Văn Kỹ\nkey ", 1);
    for (code, text) in [
        ("OK", good.clone()),
        ("OK", with_technician.clone()),
        ("R-FIELD", with_technician.clone() + &format!("key {}\n", vkey("board/t1"))),
        ("R-FIELD", good.replace("threshold 2", "threshold 0")),
        ("R-FIELD", good.replace("threshold 2", "threshold 3")),
        ("R-FIELD", good.replace("member k6 member Ủy viên k6\n", "")),
        ("R-FIELD", good.replace(&format!("key {}\n", vkey("board/k6")), "")),
        ("R-FIELD", good.replace("member k6 member Ủy viên k6\n", "member k5 member Ủy viên k5\n")),
        ("R-FIELD", with_technician.replace("member t1", "member k5")),
        ("R-FIELD", good.replace(&vkey("board/k6"), &vkey("station/s09"))),
        ("R-KEY-TAKEN", good.replace(&vkey("board/k6"), &vkey("board/k6=board/k5"))),
        ("R-KEY-TAKEN", good.replace(&vkey("board/k6"), &vkey("board/k6=station/s01"))),
    ] {
        let ruling = Hall::new().organisers("board", &text);
        assert_eq!(ruling.code(), code, "{text}: {}", ruling.say());
    }
}

#[test]
fn no_more_members_must_sign_than_a_note_has_room_for() {
    let ids: Vec<String> = (10..27).map(|n| format!("k{n}")).collect();
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (threshold, code) in [(16, "OK"), (17, "R-FIELD")] {
        assert_eq!(
            Hall::new().organisers("board", &board("b2", threshold, &members)).code(),
            code,
            "{threshold} of 17"
        );
    }
}
