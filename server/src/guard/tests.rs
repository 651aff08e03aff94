//! Nobody but the log key halts a server, and what it halted stays halted.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use super::*;
use crate::{mirror::SecondJournal, sequencer::Halted, trial::Trial};
use tlog::{KeyKind, SigningKey};

/// Why it has stopped for good.
fn halt_of(server: &crate::trial::Server) -> Arc<Halt> {
    match server.hands.guard.standing() {
        Standing::Halted(halt) => halt,
        standing => panic!("it signs: {standing:?}"),
    }
}

#[test]
fn a_word_without_a_signature_stops_this_run_and_no_other() {
    let mut trial = Trial::new();
    let server = trial.open("server", SecondJournal::NotGiven).unwrap();
    server.take(&trial.table.next()).unwrap();
    let before = server.head();
    server.hands.guard.doubt(Doubt { own: 2, seen: 9 });
    let note = trial.table.next();
    match server.hand_in(&note) {
        Some(Err(Halted::NotReleased(said))) => assert!(said.contains("ROLLBACK") && said.contains("--from"), "{said}"),
        _ => panic!("it signed"),
    }
    assert_eq!(server.head(), before);
    server.end().unwrap();
    let again = trial.open("server", SecondJournal::NotGiven).unwrap();
    again.take(&note).unwrap();
    again.end().unwrap();
}

#[test]
fn a_checkpoint_that_this_log_holds_halts_nobody() {
    let mut trial = Trial::new();
    let server = trial.open("server", SecondJournal::NotGiven).unwrap();
    let mut seen = vec![server.head()];
    for _ in 0..5 {
        server.take(&trial.table.next()).unwrap();
        seen.push(server.head());
    }
    for head in seen {
        server.show(head).unwrap();
    }
    server.take(&trial.table.next()).unwrap();
    server.end().unwrap();
}

#[test]
fn a_checkpoint_that_the_log_key_did_not_sign_is_not_read() {
    let mut trial = Trial::new();
    let server = trial.open("server", SecondJournal::NotGiven).unwrap();
    let other = SigningKey::from_seed("kiemphieu.example/trial", KeyKind::Ed25519, &[9; 32]).unwrap();
    let ahead = Checkpoint { origin: "kiemphieu.example/trial".into(), size: 1_000, root: tlog::sha256(b"elsewhere") };
    let forged = ahead.sign(&other);
    assert!(server.hands.guard.read(forged.as_bytes()).is_err());
    let (_, own) = server.head();
    let altered = own.as_str().replacen("\n1\n", "\n2\n", 1);
    assert_ne!(altered, own.as_str());
    assert!(server.hands.guard.read(altered.as_bytes()).is_err());
    assert!(server.hands.guard.read(b"").is_err());
    server.take(&trial.table.next()).unwrap();
    server.end().unwrap();
}

#[test]
fn what_was_shown_is_handed_on_once_and_never_grows() {
    let trial = Trial::new();
    let server = trial.open("server", SecondJournal::NotGiven).unwrap();
    let guard = &server.hands.guard;
    let notes: Vec<Note> = (0..40_u8)
        .map(|n| {
            Checkpoint { origin: "o".into(), size: n.into(), root: tlog::sha256(&[n]) }
                .sign(server.hands.tally.as_ref())
        })
        .collect();
    for note in notes.iter().chain(&notes[35..]) {
        guard.hand_on(note);
    }
    assert_eq!(guard.shown(), notes[40 - SHOWN_MAX..]);
    server.end().unwrap();
}

#[test]
fn one_checkpoint_ahead_halts_for_good_through_every_later_start() {
    let mut trial = Trial::new();
    trial.copy("server", "old");
    trial.count("stick", 9);
    let ahead = trial.with_stick("stick").head();
    let note = ahead.1.clone();
    let old = trial.open("old", SecondJournal::NotGiven).unwrap();
    let before = old.head();
    old.show(ahead).unwrap_err();
    assert!(matches!(old.hand_in(&trial.table.next()), Some(Err(Halted::ForGood(_)))));
    assert_eq!(old.head(), before, "it signed something");
    old.end().unwrap();
    for _ in 0..2 {
        let old = trial.open("old", SecondJournal::NotGiven).unwrap();
        let halt = halt_of(&old);
        assert_eq!((halt.own, halt.seen, halt.cause), (1, 10, Cause::Shown));
        assert_eq!(halt.checkpoint.as_ref(), Some(&note), "the proof is kept");
        assert!(matches!(old.hand_in(&trial.table.next()), Some(Err(Halted::ForGood(_)))));
        assert_eq!(old.head(), before, "what is there is shown, and nothing more is signed");
        old.end().unwrap();
    }
    // A marker that cannot be read is still a marker.
    std::fs::write(trial.home("old").halted(), "").unwrap();
    assert!(trial.open("old", SecondJournal::NotGiven).is_err());
}

#[test]
fn a_checkpoint_of_other_entries_halts_even_if_it_is_no_longer() {
    let mut trial = Trial::new();
    trial.copy("server", "twin");
    let mut table = trial.table.clone();
    let server = trial.open("server", SecondJournal::NotGiven).unwrap();
    server.take(&trial.table.next()).unwrap();
    let twin = trial.open("twin", SecondJournal::NotGiven).unwrap();
    table.next();
    // The same place of the log, another statement: only the log key can be guilty of that.
    let refused = twin.hand_in(&table.next());
    assert!(matches!(&refused, Some(Ok(s)) if s.rulings[0].entry.is_none()), "its chain has a gap");
    drop(refused);
    let log = keyfile::open(&trial.home("twin").folder.join("log.key")).unwrap();
    let other = Checkpoint { origin: log.verifier().name().into(), size: 2, root: tlog::sha256(b"other") };
    let halt = server.show((other.clone(), other.sign(&log))).unwrap_err();
    assert_eq!((halt.own, halt.seen, halt.missing()), (2, 2, 0));
    assert!(halt.to_string().contains("others than those that were signed"), "{halt}");
    server.end().unwrap();
    twin.end().unwrap();
    let again = trial.open("server", SecondJournal::NotGiven).unwrap();
    assert_eq!(*halt_of(&again), halt);
    again.end().unwrap();
}

#[test]
fn files_with_checkpoints_are_read_at_the_start_and_those_of_others_say_nothing() {
    let mut trial = Trial::new();
    trial.copy("server", "old");
    trial.count("stick", 3);
    let server = trial.with_stick("stick");
    let note = trial.table.next();
    let submitted = server.hand_in(&note).unwrap().unwrap_or_else(|_| panic!("it is taken"));
    let (index, proof) = submitted.rulings[0].entry.clone().unwrap();
    let receipt = Receipt { index, proof, checkpoint: Note::parse(&submitted.checkpoint).unwrap() };
    let (receipt_file, memory, other) = (trial.at("r.tlog-proof"), trial.at("checkpoint"), trial.at("other"));
    std::fs::write(&receipt_file, receipt.to_string()).unwrap();
    std::fs::write(&memory, server.head().1.as_bytes()).unwrap();
    server.end().unwrap();
    let elsewhere = Trial::new();
    let head = elsewhere.with_stick("stick").head();
    std::fs::write(&other, head.1.as_bytes()).unwrap();
    let seen = |files: &[&std::path::PathBuf]| files.iter().map(|f| (*f).clone()).collect();
    let open = |name, files: &[&std::path::PathBuf]| {
        let second = if name == "server" { SecondJournal::At(trial.at("stick")) } else { SecondJournal::NotGiven };
        trial.open_having_seen(name, second, seen(files))
    };
    open("server", &[&receipt_file, &memory, &other]).unwrap().end().unwrap();
    open("old", &[&other]).unwrap().end().unwrap();
    trial.copy("old", "old-too");
    for (home, file) in [("old", &receipt_file), ("old-too", &memory)] {
        for files in [&[file][..], &[]] {
            let old = open(home, files).unwrap();
            let halt = halt_of(&old);
            assert_eq!((halt.own, halt.seen), (1, 5), "it forgot");
            old.end().unwrap();
        }
    }
    std::fs::write(&other, "nothing of the kind").unwrap();
    let Err(ServerError::NoCheckpoint(_)) = open("server", &[&other]) else { panic!("it started") };
}
