//! A key in use on two machines is kept before anybody hears of it; a table that only says the same again is in no file.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use super::*;
use crate::{
    desk::{Command, Desk},
    mirror::SecondJournal,
    trial::{Server, Trial},
};
use tlog::Note;
use tokio::sync::oneshot;

/// Hands notes in as one message; the codes of the answers.
fn say(server: &Server, notes: &[&Note]) -> Vec<String> {
    let keys = server.hands.published.borrow().keys.clone();
    let notes = notes.iter().map(|note| SignedStatement::open(note.as_bytes(), &keys)).collect();
    let (answer, receiver) = oneshot::channel();
    assert!(server.hands.commands.blocking_send(Command::Submit { notes, answer }).is_ok(), "the server has ended");
    let submitted = receiver.blocking_recv().unwrap().ok().unwrap();
    submitted.rulings.iter().map(|ruled| ruled.ruling.code().to_owned()).collect()
}

/// Table, number, entry and the other sid of everything found, as it would be shown; each text is the one it says.
fn found(server: &Server) -> Vec<(String, u64, u64, Sid)> {
    let (answer, receiver) = oneshot::channel();
    let look = Box::new(move |desk: &mut Desk| {
        let _ = answer.send(desk.twice.found().cloned().collect::<Vec<_>>());
    });
    assert!(server.hands.commands.blocking_send(Command::Look(look)).is_ok(), "the server has ended");
    let all = receiver.blocking_recv().unwrap();
    for (twice, bytes) in &all {
        assert_eq!(Note::parse(bytes).unwrap().sid(), twice.other);
    }
    all.into_iter().map(|(twice, _)| (twice.station.to_string(), twice.seq, twice.entry, twice.other)).collect()
}

/// The files of an event's folder, by name and bytes.
fn files(trial: &Trial) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(trial.home("server").twice()) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&p).unwrap())).collect();
    files.sort();
    files
}

fn open(trial: &Trial) -> Server {
    trial.open("server", SecondJournal::NotGiven).unwrap()
}

/// A server with so many batches of the table, and a clone of it whose clock is another.
fn cloned(after: usize) -> (Trial, Server, crate::trial::Table) {
    let mut trial = Trial::new();
    let server = open(&trial);
    for _ in 0..after {
        server.take(&trial.table.next()).unwrap();
    }
    let mut clone = trial.table.clone();
    clone.clock = 7_000;
    (trial, server, clone)
}

#[test]
fn a_cloned_laptop_is_on_the_disk_with_both_texts_when_it_hears_that_it_is_refused() {
    let (mut trial, server, mut clone) = cloned(2);
    let (own, other) = (trial.table.next(), clone.next());
    let entry = server.take(&own).unwrap();
    assert_eq!(found(&server), []);
    assert_eq!(say(&server, &[&other]), ["R-WRONG-HEAD"]);
    let names = [("s01-logged.note", &own), ("s01-other.note", &other)];
    let kept: Vec<_> = names.iter().map(|(name, note)| ((*name).to_owned(), note.as_bytes().to_vec())).collect();
    assert_eq!(files(&trial), kept);
    let is = vec![("s01".to_owned(), 3, entry, other.sid())];
    assert_eq!(found(&server), is);
    server.take(&trial.table.next()).unwrap();
    server.end().unwrap();
    let again = open(&trial);
    assert_eq!(found(&again), is, "a restart forgets nothing");
    again.end().unwrap();
}

#[test]
fn two_texts_in_one_message_are_found_when_the_first_has_become_an_entry() {
    let (mut trial, server, mut clone) = cloned(0);
    let (own, other) = (trial.table.next(), clone.next());
    let codes = say(&server, &[&own, &other]);
    assert_eq!(codes[1], "R-WRONG-HEAD");
    assert_eq!(found(&server), [("s01".to_owned(), 1, 1, other.sid())]);
    assert_eq!(files(&trial)[0].1, own.as_bytes());
    server.end().unwrap();
}

#[test]
fn a_table_that_says_the_same_again_or_too_early_is_no_finding() {
    let (mut trial, server, _) = cloned(0);
    let own: Vec<Note> = (0..5).map(|_| trial.table.next()).collect();
    assert_eq!(say(&server, &[&own[1]]), ["R-WRONG-HEAD"], "a gap");
    for note in &own {
        server.take(note).unwrap();
    }
    for late in [&own[0], &own[4], &own[2]] {
        server.take(late).unwrap();
    }
    assert_eq!(say(&server, &own.iter().collect::<Vec<_>>()).len(), 5);
    server.end().unwrap();
    let again = open(&trial);
    again.take(&own[3]).unwrap();
    assert_eq!((found(&again), files(&trial)), (Vec::new(), Vec::new()));
    again.end().unwrap();
}

#[test]
fn of_every_table_the_lowest_number_is_kept_and_no_third_text() {
    let (mut trial, server, clone) = cloned(0);
    for _ in 0..4 {
        server.take(&trial.table.next()).unwrap();
    }
    let mut past = clone.clone();
    let others: Vec<Note> = (0..4).map(|_| past.next()).collect();
    let mut third = clone;
    third.clock = 9_000;
    say(&server, &[&others[2]]);
    assert_eq!(found(&server)[0].1, 3);
    say(&server, &[&others[3], &third.next(), &others[1]]);
    let lowest = found(&server);
    assert_eq!((lowest.len(), lowest[0].1), (1, 1), "the third clone's first text is the lowest");
    say(&server, &[&others[0], &others[1], &others[2], &third.next()]);
    assert_eq!((found(&server), files(&trial).len()), (lowest, 2), "there is one pair already");
    server.end().unwrap();
}

#[test]
fn a_group_that_came_to_nothing_leaves_no_finding() {
    let (mut trial, server, mut clone) = cloned(0);
    server.take(&trial.table.next()).unwrap();
    let (other, metrics) = (clone.next(), Metrics::default());
    let home = trial.home("server");
    let (answer, receiver) = oneshot::channel();
    let look = Box::new(move |desk: &mut Desk| {
        let count = &desk.replay.count;
        let signed = SignedStatement::open(other.as_bytes(), count.keys()).unwrap();
        let mut keys = KeysTwice::open(&home, count, &metrics).unwrap();
        keys.look_at(count, &signed);
        keys.forget_met();
        keys.keep_met(&metrics, |_| panic!("nothing is to be kept"));
        let _ = answer.send(keys.found().count());
    });
    assert!(server.hands.commands.blocking_send(Command::Look(look)).is_ok());
    assert_eq!((receiver.blocking_recv().unwrap(), files(&trial).len()), (0, 0));
    server.end().unwrap();
}

#[test]
fn what_lies_in_the_folder_and_shows_nothing_is_left_alone_and_stops_nobody() {
    let (mut trial, server, mut clone) = cloned(0);
    let own = trial.table.next();
    server.take(&own).unwrap();
    let other = clone.next();
    let (ahead, later) = (clone.next(), trial.table.next());
    server.end().unwrap();
    let folder = trial.home("server").twice();
    fs::create_dir(&folder).unwrap();
    let altered = other.as_str().replacen("ballots 5", "ballots 6", 1);
    let wrong: [(&str, &[u8]); 7] = [
        ("s01-other.note", own.as_bytes()),
        ("s02-other.note", altered.as_bytes()),
        ("s03-other.note", ahead.as_bytes()),
        ("s04-other.note", b""),
        ("s05-other.note", &[0xff; 70_000]),
        ("s06-other.note", later.as_bytes()),
        ("notes.txt", b"by hand"),
    ];
    for (name, bytes) in wrong {
        fs::write(folder.join(name), bytes).unwrap();
    }
    fs::create_dir(folder.join("s07-other.note")).unwrap();
    let again = open(&trial);
    assert_eq!(found(&again), []);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 8, "people may look at them");
    assert_eq!(say(&again, &[&other]), ["R-WRONG-HEAD"]);
    assert_eq!(found(&again).len(), 1, "a finding takes the place of what was none");
    again.end().unwrap();
}

#[test]
fn a_disk_that_does_not_take_the_finding_costs_no_table_its_answer() {
    let (mut trial, server, mut clone) = cloned(0);
    server.take(&trial.table.next()).unwrap();
    let other = clone.next();
    let folder = trial.home("server").twice();
    fs::write(&folder, "in the way").unwrap();
    assert_eq!(say(&server, &[&other]), ["R-WRONG-HEAD"]);
    assert_eq!(found(&server), [], "what is not durable is not shown");
    server.take(&trial.table.next()).unwrap();
    fs::remove_file(&folder).unwrap();
    say(&server, &[&other]);
    assert_eq!(found(&server).len(), 1);
    server.end().unwrap();
}

#[test]
fn a_log_that_lost_the_entry_shows_no_finding_until_it_has_it_again() {
    let (mut trial, server, mut clone) = cloned(1);
    server.end().unwrap();
    trial.copy("server", "old");
    let server = open(&trial);
    let (own, other) = (trial.table.next(), clone.next());
    server.take(&own).unwrap();
    say(&server, &[&other]);
    server.end().unwrap();
    let kept = files(&trial);
    fs::create_dir(trial.home("old").twice()).unwrap();
    for (name, bytes) in kept {
        fs::write(trial.home("old").twice().join(name), bytes).unwrap();
    }
    let old = trial.open("old", SecondJournal::NotGiven).unwrap();
    assert_eq!(found(&old), []);
    old.take(&own).unwrap();
    old.end().unwrap();
    let old = trial.open("old", SecondJournal::NotGiven).unwrap();
    assert_eq!(found(&old).len(), 1);
    old.end().unwrap();
}

#[test]
fn nothing_but_a_wrong_place_in_its_own_chain_is_looked_at() {
    let (mut trial, server, _) = cloned(0);
    let own = trial.table.next();
    server.take(&own).unwrap();
    let stranger = tlog::SigningKey::from_seed("kiemphieu.example/trial/station/s01", tlog::KeyKind::Ed25519, &[9; 32]);
    let text = own.text().replace("time 1\n", "time 2\n");
    let organiser = tlog::sha256(b"kiemphieu.example/trial/organiser/o1").0;
    let organiser =
        tlog::SigningKey::from_seed("kiemphieu.example/trial/organiser/o1", tlog::KeyKind::Ed25519, &organiser);
    let (strange, official) = (stranger.unwrap().sign_text(&text), organiser.unwrap().sign_text(&text));
    assert_eq!(say(&server, &[&strange, &official]), ["R-UNKNOWN-KEY", "R-NOT-ENTITLED"]);
    assert_eq!((found(&server), files(&trial)), (Vec::new(), Vec::new()));
    server.end().unwrap();
}

#[test]
fn a_backup_takes_the_finding_along() {
    let (mut trial, server, mut clone) = cloned(0);
    server.take(&trial.table.next()).unwrap();
    say(&server, &[&clone.next()]);
    let is = found(&server);
    fs::create_dir(trial.home("server").twice().join("s07-other.note")).unwrap();
    crate::backup(&trial.at("server"), &trial.at("copy"), None, true, &mut |_| ()).unwrap();
    server.end().unwrap();
    crate::restore(&trial.at("copy"), &trial.at("again"), None, &[], &mut |_| ()).unwrap();
    let again = trial.open("again", SecondJournal::NotGiven).unwrap();
    assert_eq!(found(&again), is);
    again.end().unwrap();
}
