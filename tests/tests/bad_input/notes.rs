//! Notes altered, forged, misplaced or far too large: refused with a stable code, and the log is as long as before.

use crate::{
    forge::{Forger, boxes, good},
    hall::{OF_S01, OF_S02, count_well, counting_hall, ends_well, size},
    said::told,
};
use promises::hall::Hall;
use proto::Answer;
use std::sync::Arc;
use tally::{
    Sid, Statement,
    ruling::Verdict,
    statement::{Close, STATION_NOTE_BYTES_MAX},
};
use tlog::{KeyKind, SigningKey};

/// The code, in both languages, and nothing logged.
fn is_refused(what: &str, answer: &Answer, code: &str, says: &str) {
    println!("  -  {what}\n       {}: {} — {}", answer.code, answer.vi, answer.en);
    assert_eq!((answer.verdict, answer.code.as_str(), answer.index), (Verdict::Refused, code, None), "{what}");
    assert!(answer.en.contains(says), "{what}: `{says}` is not in: {}", answer.en);
    assert!(!answer.vi.is_empty() && answer.vi != answer.en, "{what}: {}", answer.vi);
}

/// A note with one byte of its text or of its signature changed.
fn altered(note: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(note.to_vec()).expect("a note is text");
    assert!(text.contains(from), "`{from}` is not in the note");
    text.replacen(from, to, 1).into_bytes()
}

/// The signature with another first byte.
fn other_signature(note: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(note.to_vec()).expect("a note is text");
    let (before, signature) = text.trim_end().rsplit_once(' ').expect("a signature line");
    let at = signature.len() / 2;
    let other = if signature.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{before} {}{other}{}\n", &signature[..at], &signature[at + 1..]).into_bytes()
}

#[test]
fn what_is_altered_forged_or_out_of_its_chain_is_refused_and_the_honest_count_goes_on() {
    let hall = counting_hall();
    let mut forger = Forger::of(&hall, "s02");
    let first = forger.signed(forger.batch("c01", OF_S02[0], good()));
    let first_answer = forger.ask(first.as_bytes());
    assert_eq!(first_answer.verdict, Verdict::Live, "{}", first_answer.en);
    forger.head = (1, first.sid());
    let before = (size(&hall), forger.entries());

    refuse_all(&hall, &forger, &first);
    let again = forger.ask(first.as_bytes());
    assert_eq!((again.verdict, again.index), (Verdict::Repeated, first_answer.index), "a repetition is no entry");
    assert_eq!((size(&hall), forger.entries()), before, "the log is as it was");
    assert_eq!(forger.size() as u64, before.0);

    let second = forger.signed(forger.batch("c01", OF_S02[1], good()));
    assert_eq!(forger.ask(second.as_bytes()).verdict, Verdict::Live);
    count_well(&hall, "s01", "c01", &OF_S01);
    ends_well(&hall);
}

fn refuse_all(hall: &Hall, forger: &Forger, first: &tlog::Note) {
    let next = || forger.batch("c01", OF_S02[1], good());
    let honest = forger.signed(next());
    let stranger =
        SigningKey::from_seed("kiemphieu.example/hall/station/s09", KeyKind::Ed25519, &[7; 32]).expect("a key");
    let impostor = SigningKey::from_seed(forger.key.verifier().name(), KeyKind::Ed25519, &[7; 32]).expect("a key");
    let other = keyfile::open(&hall.at("s01/station.key")).expect("a key");
    let member = keyfile::open(&hall.at("committee/keys/k1.key")).expect("a key");
    let text = Statement::Batch(Box::new(next())).text();
    let contest = "c01".parse().expect("an id");
    let close = Close { election: forger.door.event, prev: Sid::ZERO, contest };
    let mut reused = next();
    (reused.seq, reused.prev) = (1, Sid::ZERO);
    let mut ahead = next();
    ahead.seq = 3;
    let mut elsewhere = next();
    elsewhere.prev = Sid::ZERO;
    let mut foreign = next();
    foreign.election = "11".repeat(32).parse().expect("a sid");
    let twice = format!("{}{}", honest.as_str(), honest.as_str().lines().last().expect("a line")) + "\n";
    let first_sid = first.sid().to_string();
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        (
            "an altered figure",
            altered(honest.as_bytes(), "votes 04 1", "votes 04 9"),
            "R-BAD-SIGNATURE",
            "altered on its way",
        ),
        ("an altered signature", other_signature(honest.as_bytes()), "R-BAD-SIGNATURE", "station/s02"),
        (
            "the end cut off",
            honest.as_bytes()[..honest.as_bytes().len() - 20].to_vec(),
            "R-MALFORMED",
            "export it again",
        ),
        ("a key nobody registered", stranger.sign_text(&text).as_bytes().to_vec(), "R-UNKNOWN-KEY", "ask an organiser"),
        (
            "a registered name with another key",
            impostor.sign_text(&text).as_bytes().to_vec(),
            "R-UNKNOWN-KEY",
            "station/s02",
        ),
        (
            "another table's signature",
            other.sign_text(&text).as_bytes().to_vec(),
            "R-NOT-ENTITLED",
            "no say in a batch",
        ),
        (
            "a member signs a table's batch",
            member.sign_text(&text).as_bytes().to_vec(),
            "R-NOT-ENTITLED",
            "no say in a batch",
        ),
        (
            "two tables sign one batch",
            honest.add_signature(&other).expect("signed").as_bytes().to_vec(),
            "R-NOT-ENTITLED",
            "no say in a batch",
        ),
        ("one signature twice", twice.into_bytes(), "R-SIGNATURE-LINES", "signature lines"),
        (
            "a table closes the contest",
            forger.sign(&Statement::Close(close)).as_bytes().to_vec(),
            "R-NOT-ENTITLED",
            "no say in a close",
        ),
        ("a number used before", forger.signed(reused).as_bytes().to_vec(), "R-WRONG-HEAD", "number 1"),
        ("a number left out", forger.signed(ahead).as_bytes().to_vec(), "R-WRONG-HEAD", "number 1"),
        ("another statement before", forger.signed(elsewhere).as_bytes().to_vec(), "R-WRONG-HEAD", &first_sid),
        ("another event", forger.signed(foreign).as_bytes().to_vec(), "R-OTHER-EVENT", "another election event"),
        ("no UTF-8", vec![0xff; 100], "R-MALFORMED", "no statement"),
        ("no bytes", Vec::new(), "R-MALFORMED", "no statement"),
        (
            "a signed text that is none",
            forger.key.sign_text("kiemphieu/v1/batch\nelection x\n").as_bytes().to_vec(),
            "R-MALFORMED",
            "line 2",
        ),
        (
            "a version nobody knows",
            forger.key.sign_text(&text.replace("kiemphieu/v1/", "kiemphieu/v9/")).as_bytes().to_vec(),
            "R-MALFORMED",
            "kiemphieu/v9/batch",
        ),
        (
            "a leading zero",
            forger.key.sign_text(&text.replace("ballots 10\n", "ballots 010\n")).as_bytes().to_vec(),
            "R-MALFORMED",
            "line",
        ),
        (
            "a line too many",
            forger.key.sign_text(&format!("{text}votes 05 0\n")).as_bytes().to_vec(),
            "R-MALFORMED",
            "line",
        ),
        ("65,536 bytes", vec![b'x'; 65_536], "R-OVERSIZED", "65536 bytes; at most 65535"),
        ("65,535 bytes of nothing", vec![b'x'; 65_535], "R-MALFORMED", "no statement"),
        (
            "20,001 bytes of a table",
            padded(forger, STATION_NOTE_BYTES_MAX + 1),
            "R-OVERSIZED",
            "20001 bytes; at most 20000",
        ),
    ];
    for (what, note, code, says) in cases {
        let answer = forger.ask(&note);
        is_refused(what, &answer, code, says);
        if code == "R-WRONG-HEAD" {
            assert_eq!(answer.head, Some((1, first.sid())), "{what}: the answer says where the chain stands");
        }
        let event = forger.door.event.to_string();
        let streamed = forger.hand_in(&event, &[note], true).expect("an answer").remove(0);
        assert_eq!(streamed, answer, "{what}: the stream says another thing than the call");
    }
}

/// A signed batch of exactly so many bytes: a long list with boxes, and figures with as many digits as it takes.
fn padded(forger: &Forger, bytes: usize) -> Vec<u8> {
    let mut marks = vec![1; 430];
    let note = |agree: &[u32]| {
        let figures = boxes(10, 10, &[], [agree, &[1; 430], &[1; 430]]);
        forger.signed(forger.batch("c01", OF_S02[1], figures)).as_bytes().to_vec()
    };
    for at in 0..marks.len() {
        let missing = bytes.checked_sub(note(&marks).len()).expect("the shortest list is short enough");
        marks[at] = 10_u32.pow(u32::try_from(missing.min(6)).expect("small"));
        if missing == 0 {
            break;
        }
    }
    let note = note(&marks);
    assert_eq!(note.len(), bytes);
    note
}

#[test]
fn a_tables_note_of_20_000_bytes_is_taken_to_be_judged() {
    let hall = counting_hall();
    let forger = Forger::of(&hall, "s02");
    let before = size(&hall);
    let answer = forger.ask(&padded(&forger, STATION_NOTE_BYTES_MAX));
    assert_eq!((answer.verdict, answer.code.as_str()), (Verdict::SetAside, "S-OTHER-FORM"), "{}", answer.en);
    assert_eq!(size(&hall), before + 1);
}

#[test]
fn a_message_that_is_too_full_empty_or_for_nobody_is_answered_and_changes_nothing() {
    let hall = counting_hall();
    let forger = Forger::of(&hall, "s02");
    let (event, before) = (hall.event.clone(), size(&hall));
    let note = forger.signed(forger.batch("c01", OF_S02[0], good())).as_bytes().to_vec();
    let (full, nobody) = (vec![note.clone(); 65], "11".repeat(32));
    let large = vec![vec![b'x'; 65_535]; 33];
    for stream in [false, true] {
        let refused = |event: &str, notes: &[Vec<u8>]| {
            let status = forger.hand_in(event, notes, stream).expect_err("no ruling");
            println!("  -  stream {stream}: {:?}: {}", status.code(), status.message());
            status
        };
        let status = refused(&event, &full);
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        assert!(status.message().contains("65 notes in a message; at most 64"), "{status}");
        let status = refused(&nobody, std::slice::from_ref(&note));
        assert_eq!(status.code(), tonic::Code::NotFound);
        assert!(status.message().contains(&nobody), "{status}");
        let status = refused("no sid", std::slice::from_ref(&note));
        assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status}");
        let status = refused(&event, &large);
        assert!(matches!(status.code(), tonic::Code::OutOfRange | tonic::Code::ResourceExhausted), "{status}");
        assert!(forger.hand_in(&event, &[], stream).expect("an answer").is_empty(), "no notes, no rulings");
    }
    assert_eq!(size(&hall), before);
    // One good note among bad ones is taken, and each has its own answer.
    let mixed = [b"garbage".to_vec(), note.clone(), note];
    let answers = forger.hand_in(&event, &mixed, false).expect("answers");
    let verdicts: Vec<Verdict> = answers.iter().map(|a| a.verdict).collect();
    assert_eq!(verdicts, [Verdict::Refused, Verdict::Live, Verdict::Repeated]);
    assert_eq!(size(&hall), before + 1);
}

#[test]
fn a_revoked_table_is_refused_and_told_whom_to_ask() {
    let hall = counting_hall();
    let mut forger = Forger::of(&hall, "s02");
    let first = forger.signed(forger.batch("c01", OF_S02[0], good()));
    assert_eq!(forger.ask(first.as_bytes()).verdict, Verdict::Live);
    forger.head = (1, first.sid());
    let revoke = ["revoke", "station/s02", "--last-seq", "1", "--reason", "máy bị mất"];
    hall.desk_well(&revoke, &["o1", "o2"]);
    let before = size(&hall);
    let next = Statement::Batch(Box::new(forger.batch("c01", OF_S02[1], good())));
    let shut = forger.hand_in(&hall.event, &[first.as_bytes().to_vec()], false).expect_err("no door opens for it");
    assert_eq!(shut.code(), tonic::Code::Unauthenticated);
    assert!(shut.message().contains("revoked") && shut.message().contains("ask an organiser"), "{shut}");
    told("a revoked table", &crate::hall::count(&hall, "s02", "c01", &OF_S02), 11, &["not enrolled", "was revoked"]);
    // Somebody else may carry its notes; they do not count either.
    forger.caller = Arc::new(keyfile::open(&hall.at("committee/keys/k1.key")).expect("a key"));
    let answer = forger.ask(forger.sign(&next).as_bytes());
    is_refused("a revoked table", &answer, "R-REVOKED", "revoked (≤ 1)");
    assert_eq!(answer.actor, tally::ruling::Actor::Organisers);
    assert_eq!(forger.check(&next).expect("an answer").code, "R-REVOKED");
    assert_eq!(forger.ask(first.as_bytes()).verdict, Verdict::Repeated, "what it said before stands");
    assert_eq!(size(&hall), before);
}

#[test]
fn a_bulletin_is_the_servers_own_even_for_whoever_holds_its_key() {
    let hall = counting_hall();
    count_well(&hall, "s01", "c01", &OF_S01);
    count_well(&hall, "s02", "c01", &OF_S02);
    let forger = Forger::of(&hall, "s01");
    let key = keyfile::open(&hall.event_folder().join("tally.key")).expect("the key of the bulletins");
    let forged = |forger: &Forger| {
        let entries = forger.entries();
        let mut replay = tally::Replay::new();
        for entry in &entries {
            replay.verify(entry).expect("an honest log");
        }
        let bulletin = replay.count.bulletin("c01".parse().expect("an id"), replay.tree.root()).expect("a bulletin");
        key.sign_text(&Statement::Bulletin(Box::new(bulletin)).text())
    };
    let before = size(&hall);
    let open = forger.ask(forged(&forger).as_bytes());
    println!("  -  a bulletin while counting: {} {}", open.code, open.en);
    assert_eq!((open.verdict, open.index), (Verdict::Refused, None), "{}", open.en);
    assert_eq!(size(&hall), before);
    hall.desk_well(&["close", "c01"], &["k1", "k2"]);
    let before = size(&hall);
    let closed = forger.ask(forged(&forger).as_bytes());
    println!("  -  a bulletin after the close: {} {}", closed.code, closed.en);
    assert_eq!((closed.verdict, closed.index), (Verdict::Refused, None), "{}", closed.en);
    assert_eq!(size(&hall), before);
    let follower = hall.follow();
    for act in ["certify", "announce"] {
        hall.desk_well(&[act, "c01"], &["k1", "k2"]);
    }
    let copy = hall.export("copy");
    drop(follower);
    assert_eq!(hall.verify(&copy)["verdict"], "OK");
}
