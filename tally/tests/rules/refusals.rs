//! Every reason to log nothing, each with the statement that meets it. A new variant must be shown here.

use super::desk::{about_contests, about_results, about_settling_and_closing, without_vi};
use crate::forge::{BOARD, Hall, ORGANISERS, STRIKE, ZEROS, manifest, name, names, refusal, sign, vkey};
use std::collections::BTreeSet;
use tally::{
    Kind, Ruling, Sid,
    ruling::Refusal,
    statement::{NOTE_BYTES_MAX, STATION_NOTE_BYTES_MAX},
};

/// Names every variant, and does not compile when one is missing.
macro_rules! variants {
    ($($variant:ident)*) => {
        const ALL: &[&str] = &[$(stringify!($variant)),*];

        fn variant(refusal: &Refusal) -> &'static str {
            match refusal {
                $(Refusal::$variant { .. } => stringify!($variant)),*
            }
        }
    };
}

variants! {
    Malformed Oversized BadSignature UnknownKey SignatureLines NotEntitled Revoked OtherEvent WrongHead ManifestPlace
    Field KeyTaken NoSuchKey KeyFixed TooFewOrganisers UnknownBoard UnknownContest UnknownStation UnknownProfile Phase
    CandidateOnBoard ContestFixed NoPapers BundlesCollected BundleTooSmall TableNamed UnknownBundle NotLive NotThePapers
    OpenBundles Checks NotTheServer BulletinStands BulletinDiffers NotTheBulletin NotTheCertificate NotTheMinutes
    NotTheOutcome Blocked RevokedAfterClose DraftRoom
}

/// What is wrong, how it comes about in a hall that counts one bundle of 30, and the refusal with its facts.
pub(super) type Case = (&'static str, fn(&mut Hall) -> Ruling, Refusal);

pub(super) fn one() -> String {
    names(0, 30, [30, 16, 4])
}

/// The contest is counted and closed, with its bulletin.
pub(super) fn closed(hall: &mut Hall) {
    hall.batch("s01", "c01", "b001", &one());
    hall.close("c01");
}

pub(super) fn certified(hall: &mut Hall) {
    closed(hall);
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
}

pub(super) fn field(field: &'static str, why: &str) -> Refusal {
    Refusal::Field { field, why: why.to_owned() }
}

/// A batch of a long list whose note has so many bytes: the figures have as many digits as it takes.
fn sized(hall: &Hall, bytes: usize) -> tlog::Note {
    let mut room = 0;
    loop {
        let left: String = (1..=500).map(|k| format!("left {k} 1\n")).collect();
        let digits = |nth: usize| "0".repeat((room + 998 - nth) / 999);
        let votes: String = (0..999).map(|nth| format!("votes {:03} 1{}\n", nth + 1, digits(nth))).collect();
        let text = hall.batch_text("s01", "c01", "b001", &format!("ballots 1\nvalid 1\n{left}{votes}"));
        let note = sign(&text, &["station/s01"]);
        match bytes.checked_sub(note.as_bytes().len()) {
            Some(0) => return note,
            more => room = more.expect("the smallest note is smaller"),
        }
    }
}

#[test]
fn a_tables_note_may_be_as_large_as_the_protocol_says() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let note = sized(&hall, STATION_NOTE_BYTES_MAX);
    assert_eq!(hall.hand_in(note.as_bytes()).code(), "S-OTHER-LIST");
}

fn at_the_door() -> Vec<Case> {
    vec![
        (
            "bytes that are no note",
            |h| h.hand_in(b"kiemphieu/v1/close\n"),
            Refusal::Malformed(
                "line 2 of the note: a note is a text, an empty line and at least one signature line".into(),
            ),
        ),
        (
            "a signed text that is no statement",
            |h| h.say("kiemphieu/v1/vote\n", BOARD),
            Refusal::Malformed("line 1: `kiemphieu/v1/vote` is no kind of statement of version 1".into()),
        ),
        (
            "a note of more than 65,535 bytes",
            |h| h.hand_in(&[b'a'; NOTE_BYTES_MAX + 1]),
            Refusal::Oversized { bytes: NOTE_BYTES_MAX + 1, max: NOTE_BYTES_MAX },
        ),
        (
            "a table's note of more than 20,000 bytes",
            |h| {
                let note = sized(h, STATION_NOTE_BYTES_MAX + 1);
                h.hand_in(note.as_bytes())
            },
            Refusal::Oversized { bytes: STATION_NOTE_BYTES_MAX + 1, max: STATION_NOTE_BYTES_MAX },
        ),
        (
            "a signature of another text",
            |h| {
                let note = sign(&h.desk_text("annul", "c01", "reason vì\n"), BOARD);
                h.hand_in(note.as_str().replace("reason vì", "reason bởi vì").as_bytes())
            },
            Refusal::BadSignature { name: name("board/k1") },
        ),
        (
            "a key that came in later than this",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &["board/k1", "board/k8"]),
            Refusal::UnknownKey { name: name("board/k8") },
        ),
        (
            "signature lines in another order than by name",
            |h| {
                let note = sign(&h.desk_text("annul", "c01", "reason vì\n"), BOARD);
                let mut lines: Vec<&str> = note.as_str().lines().collect();
                let n = lines.len();
                lines.swap(n - 1, n - 2);
                h.hand_in((lines.join("\n") + "\n").as_bytes())
            },
            Refusal::SignatureLines("the signature lines do not stand ascending by name".into()),
        ),
        (
            "one key on two lines",
            |h| {
                let note = sign(&h.desk_text("annul", "c01", "reason vì\n"), &BOARD[..1]);
                let line = note.as_str().lines().last().unwrap().to_owned();
                h.hand_in(format!("{}{line}\n", note.as_str()).as_bytes())
            },
            Refusal::SignatureLines(format!("{} stands on two signature lines", name("board/k1"))),
        ),
    ]
}

fn about_authority() -> Vec<Case> {
    vec![
        (
            "an organiser who speaks for the counting board",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &["board/k1", "organiser/o1"]),
            Refusal::NotEntitled { name: name("organiser/o1"), kind: Kind::Annul },
        ),
        (
            "a table that sends the batch of another",
            |h| h.say(&h.batch_text("s01", "c01", "b001", &one()), &["station/s02"]),
            Refusal::NotEntitled { name: name("station/s02"), kind: Kind::Batch },
        ),
        (
            "a member of the board who signs beside the table",
            |h| h.say(&h.batch_text("s01", "c01", "b001", &one()), &["board/k1", "station/s01"]),
            Refusal::NotEntitled { name: name("board/k1"), kind: Kind::Batch },
        ),
        (
            "a board that makes the bulletin itself",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01"), BOARD)
            },
            Refusal::NotEntitled { name: name("board/k1"), kind: Kind::Bulletin },
        ),
        (
            "a board that brings a key in",
            |h| h.say(&h.desk_text("key", "", &format!("key {}\ntitle -\n", vkey("station/s09"))), BOARD),
            Refusal::NotEntitled { name: name("board/k1"), kind: Kind::Key },
        ),
        (
            "the log key under a statement",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &[""]),
            Refusal::NotEntitled { name: name(""), kind: Kind::Annul },
        ),
        (
            "an observer under a statement",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &["observer/p1"]),
            Refusal::NotEntitled { name: name("observer/p1"), kind: Kind::Annul },
        ),
        (
            "a member whose key went out",
            |h| {
                h.revoke("board/k2", "-");
                h.desk("annul", "c01", "reason vì\n")
            },
            Refusal::Revoked { name: name("board/k2"), last_seq: None },
        ),
        (
            "a table beyond the last statement accepted of it",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.revoke("station/s01", "1");
                h.batch("s01", "c01", "b001", &one())
            },
            Refusal::Revoked { name: name("station/s01"), last_seq: Some(1) },
        ),
        (
            "a statement of another event",
            |h| {
                let event = h.event().to_string();
                h.say(&h.desk_text("annul", "c01", "reason vì\n").replace(&event, ZEROS), BOARD)
            },
            Refusal::OtherEvent { named: Some(Sid::ZERO) },
        ),
        (
            "a desk statement that was overtaken",
            |h| {
                let head = h.replay.count.contest_head("c01".parse().unwrap()).to_string();
                h.say(&h.desk_text("annul", "c01", "reason vì\n").replace(&head, ZEROS), BOARD)
            },
            Refusal::WrongHead {
                head: Hall::counting(STRIKE, &["b001 30 -"]).replay.count.contest_head("c01".parse().unwrap()),
                seq: 0,
            },
        ),
        (
            "a second manifest",
            |h| h.say(&manifest().replace("place -", "place Ví Dụ"), ORGANISERS),
            Refusal::ManifestPlace,
        ),
        (
            "an event that begins with something else",
            |h| {
                let text = h.desk_text("annul", "c01", "reason vì\n");
                Hall::default().say(&text, BOARD)
            },
            Refusal::ManifestPlace,
        ),
    ]
}

fn about_keys() -> Vec<Case> {
    vec![
        (
            "a key whose name is used already",
            |h| h.organisers("key", &format!("key {}\ntitle -\n", vkey("station/s01"))),
            Refusal::KeyTaken { name: name("station/s01") },
        ),
        (
            "a key nobody knows goes out",
            |h| h.revoke("station/s09", "0"),
            Refusal::NoSuchKey { name: name("station/s09") },
        ),
        ("the log key goes out", |h| h.revoke("", "-"), Refusal::KeyFixed { name: name("") }),
        ("the tally key goes out", |h| h.revoke("tally", "-"), Refusal::KeyFixed { name: name("tally") }),
        (
            "fewer organisers than must sign",
            |h| {
                assert_eq!(h.revoke("organiser/o3", "-"), Ruling::Recorded);
                h.revoke("organiser/o2", "-")
            },
            Refusal::TooFewOrganisers { left: 1, threshold: 2 },
        ),
        (
            "a table goes out without its last statement",
            |h| h.revoke("station/s01", "-"),
            field("last-seq", "of a station the last accepted statement is named"),
        ),
        (
            "an observer with a last statement",
            |h| h.revoke("observer/p1", "3"),
            field("last-seq", "only stations have one"),
        ),
    ]
}

fn cases() -> Vec<Case> {
    [at_the_door(), about_authority(), about_keys(), about_contests(), about_settling_and_closing(), about_results()]
        .concat()
}

#[test]
fn every_refusal_is_met_by_a_statement_and_names_its_facts() {
    for (what, given, expected) in cases() {
        let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
        let refused = refusal(given(&mut hall));
        assert_eq!(without_vi(refused), expected, "{what}");
    }
}

#[test]
fn no_refusal_is_without_its_statement() {
    let mut shown: BTreeSet<&str> = cases().iter().map(|(_, _, refusal)| variant(refusal)).collect();
    // Three more stand in tests of their own: one names a certificate made on the way, two are the server's to say.
    shown.extend(["NotTheCertificate", "NotTheServer", "DraftRoom"]);
    assert_eq!(shown, ALL.iter().copied().collect());
}

#[test]
fn an_announcement_names_the_latest_certificate() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    certified(&mut hall);
    let latest = hall.certified("c01");
    let wrong = Refusal::NotTheCertificate { latest };
    assert_eq!(refusal(hall.desk("announce", "c01", &format!("certify {ZEROS}\n"))), wrong);
    let minutes = format!("certify {ZEROS}\npresent 30\nabsent 0\ncopies 3\ncomplaint -\nreplaces -\n");
    assert_eq!(refusal(hall.desk("minutes", "c01", &minutes)), wrong);
}

#[test]
fn every_refusal_has_a_code_a_field_and_a_sentence_in_two_languages_of_its_own() {
    let mut codes = BTreeSet::new();
    for (what, given, _) in cases() {
        let refused = refusal(given(&mut Hall::counting(STRIKE, &["b001 30 -"])));
        let ruling = Ruling::Refused(refused.clone());
        let sentence = ruling.say();
        assert!(ruling.code().starts_with("R-") || ruling.code().starts_with("E-"), "{what}: {}", ruling.code());
        assert!(
            !refused.field().is_empty() && sentence.vi.ends_with('.') && sentence.en.ends_with('.'),
            "{what}: {sentence}"
        );
        assert_ne!(sentence.vi, sentence.en, "{what}");
        assert!(!ruling.is_logged(), "{what}");
        codes.insert((ruling.code(), variant(&refused)));
    }
    let distinct: BTreeSet<_> = codes.iter().map(|(code, _)| code).collect();
    assert_eq!(distinct.len(), codes.len(), "one code, one refusal");
}

#[test]
fn a_board_may_depart_from_the_rules_with_a_reason() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    closed(&mut hall);
    let body = hall.certificate("c01").replace("next short 2", "elected 01\nnext short 1");
    assert_eq!(hall.desk("certify", "c01", &body).code(), "R-NOT-THE-OUTCOME");
    let body = body.replace("deviation -", "deviation đại hội quyết định");
    assert_eq!(hall.desk("certify", "c01", &body), Ruling::Recorded);
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
}
