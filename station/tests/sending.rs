//! What a table promises about sending, against a server in the same process that can be told to misbehave.
#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use hall::{Hall, Plant, count, open, papers_of, patience, quiet, sitting, witness};
use station::{
    Class, StationError, gossip, outbox,
    patience::Patience,
    rising,
    sheet::{self, Sitting},
    status::Status,
    table,
};
use std::{fs, time::Duration};
use tlog::Note;

/// Copies a table's folder, as when its laptop is cloned or its disk backed up.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// Whoever carries sticks to a machine with a line.
fn carrier(hall: &Hall, server: &door::Ticket) -> station::link::Way {
    station::link::Way { ticket: server.clone(), key: None, folder: hall.folder("bureau") }
}

#[tokio::test]
async fn every_bundle_comes_back_with_a_receipt_that_verifies() {
    let hall = Hall::new(300);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    assert_eq!(count(&mut ledger, &papers_of(1..=300, 15)), 300);
    let delivered = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();
    assert_eq!((delivered.receipts, delivered.repeated, delivered.set_aside.len()), (300, 0, 0));
    // 300 notes in messages of at most 64.
    assert_eq!((hall.batches(), hall.state().messages), (300, 5));
    drop(ledger);
    let ledger = hall.ledger();
    let manifest = station::event::Event::remembered(&hall.home(), hall.event).unwrap().unwrap();
    for line in ledger.lines() {
        line.received.as_ref().unwrap().verify(&line.note.leaf(), manifest.log()).unwrap();
    }
    let out = hall.folder("receipts");
    assert_eq!(outbox::write_receipts(&ledger, &out).unwrap(), 300);
    assert!(out.join("000300.tlog-proof").exists() && out.join("000001.note").exists());
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_and_nothing_is_counted_twice() {
    let hall = Hall::new(200);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of(1..=200, 15));
    hall.plant(Plant::LosesAnswers(3));
    let delivered = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();
    assert_eq!((delivered.receipts, hall.batches()), (200, 200));
    assert!(delivered.repeated >= 64, "{delivered:?}");
}

#[tokio::test]
async fn a_busy_server_is_waited_for_and_a_silent_one_is_given_up() {
    let hall = Hall::new(1);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1], 15));
    hall.plant(Plant::Busy(2));
    assert_eq!(table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap().receipts, 1);

    count(&mut ledger, &papers_of([2], 15));
    let nobody = hall.ticket().at(vec!["127.0.0.1:1".parse().unwrap()]);
    let gone = table::deliver(&mut ledger, &nobody, Patience::of(Duration::from_millis(300)), &quiet).await;
    let gone = gone.unwrap_err();
    assert!(matches!(&gone, StationError::GaveUp { left: 1, .. }), "{gone}");
    assert_eq!(gone.class(), Class::Network);
    assert_eq!(ledger.outbox().count(), 1);
}

#[tokio::test]
async fn a_set_aside_batch_is_shown_and_the_chain_goes_on() {
    let hall = Hall::new(1);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    // b002 is on no list of papers.
    count(&mut ledger, &papers_of([2, 1], 15));
    let delivered = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();
    assert_eq!(delivered.receipts, 2);
    assert_eq!(delivered.set_aside.iter().map(|r| r.seq).collect::<Vec<_>>(), [2]);
    let status = Status::of(&ledger).unwrap();
    assert_eq!((status.receipts, status.outbox, status.set_aside.len()), (2, 0, 1));
    assert_eq!(status.set_aside[0].bundle.as_deref(), Some("b002"));
    // Set aside once means for good: the same again is not said by itself, a corrected count is.
    let same = table::sign_all(&mut ledger, &sitting(), &papers_of([1, 2], 15), &quiet).unwrap();
    assert_eq!((same.signed, same.set_aside), (0, vec![2]));
    assert_eq!(count(&mut ledger, &papers_of([2], 14)), 1);
    let again = Sitting { again: true, ..sitting() };
    assert_eq!(table::sign_all(&mut ledger, &again, &papers_of([1, 2], 16), &quiet).unwrap().signed, 2);
}

#[tokio::test]
async fn a_batch_is_withdrawn_once_and_its_bundle_counted_again() {
    let hall = Hall::new(1);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1], 15));
    let target = sheet::newest(&ledger, "c01".parse().unwrap(), "b001".parse().unwrap()).unwrap();
    let reason = "đếm nhầm".parse().unwrap();
    sheet::withdraw(&mut ledger, target, &reason).unwrap();
    assert!(matches!(sheet::withdraw(&mut ledger, target, &reason), Err(StationError::NothingToWithdraw(_))));
    count(&mut ledger, &papers_of([1], 14));
    let delivered = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();
    assert_eq!((delivered.receipts, delivered.set_aside.len(), delivered.conflicts.len()), (3, 0, 0));
    assert_eq!(hall.state().replay.count.contest("c01".parse().unwrap()).unwrap().bundles_counted(), 1);
}

#[tokio::test]
async fn a_cloned_laptop_stops_before_it_sends() {
    let hall = Hall::new(2);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    copy(&hall.home(), &hall.folder("clone"));
    count(&mut ledger, &papers_of([1], 15));
    table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();

    let mut clone = open(&hall.folder("clone"), None);
    let behind = table::deliver(&mut clone, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(behind, StationError::ServerAhead { server: 1, own: 0 }), "{behind}");
    // With another statement under the same number it stops as well, and the server keeps the first.
    count(&mut clone, &papers_of([2], 15));
    let forked = table::deliver(&mut clone, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(forked, StationError::ServerAhead { server: 1, own: 1 }), "{forked}");
    assert_eq!(forked.class(), Class::Differs);
    assert_eq!(hall.batches(), 1);
}

#[tokio::test]
async fn a_server_restored_from_an_old_copy_is_noticed_before_anything_is_sent() {
    let hall = Hall::new(3);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1, 2], 15));
    table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();
    hall.restore();
    count(&mut ledger, &papers_of([3], 15));
    let behind = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(behind, StationError::ServerBehind { server: 4, seen: 6 }), "{behind}");
    assert_eq!((hall.batches(), ledger.outbox().count()), (0, 1));
}

#[tokio::test]
async fn a_log_that_was_rewritten_is_evidence() {
    let hall = Hall::new(3);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    copy(&hall.home(), &hall.folder("clone"));
    count(&mut ledger, &papers_of([1], 15));
    table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();

    // The server forgets, and takes other statements of the same table instead: its log grows past what was seen.
    hall.restore();
    let mut clone = open(&hall.folder("clone"), None);
    count(&mut clone, &papers_of([1, 2, 3], 3));
    table::deliver(&mut clone, &server, patience(), &quiet).await.unwrap();

    let forked = table::heads(&ledger, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(forked, StationError::Forked { seen: 5, shown: 7, .. }), "{forked}");
    assert_eq!(forked.class(), Class::Equivocation);
    assert!(hall.home().join("evidence/seen.checkpoint").exists());
    assert!(hall.home().join("evidence/shown.checkpoint").exists());
}

#[tokio::test]
async fn what_another_table_has_seen_finds_out_a_log_that_was_rewritten_and_one_that_shows_less() {
    let hall = Hall::new(3);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    copy(&hall.home(), &hall.folder("clone"));
    copy(&hall.home(), &hall.folder("other"));
    count(&mut ledger, &papers_of([1], 15));
    table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();
    let others = vec![ledger.last_seen().unwrap().clone()];
    let mut clone = open(&hall.folder("clone"), None);
    let folder = hall.folder("clone");
    let way =
        station::link::Way { ticket: server.clone(), key: Some(clone.home().key().clone()), folder: folder.clone() };
    let agreed = gossip::hear(&way, None, &others).await.unwrap();
    assert_eq!((agreed.agreed, agreed.foreign), (1, 0), "an honest server proves that it continues it");
    let stranger = tlog::SigningKey::from_seed("kiemphieu.example/other", tlog::KeyKind::Ed25519, &[9; 32]).unwrap();
    let foreign = vec![tlog::Checkpoint::parse(others[0].text()).unwrap().sign(&stranger)];
    assert_eq!(
        gossip::hear(&way, None, &foreign).await.unwrap().foreign,
        1,
        "what the log key has not signed says nothing"
    );
    assert!(!folder.join("evidence").exists(), "nobody honest is accused");

    hall.restore();
    let behind = gossip::hear(&way, None, &others).await.unwrap_err();
    assert!(matches!(behind, StationError::ServerBehind { server: 4, seen: 5 }), "{behind}");
    count(&mut clone, &papers_of([1], 3));
    let stopped = table::deliver(&mut clone, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(stopped, StationError::ServerBehind { .. }), "what it heard of stops it: {stopped}");
    // Somebody who has heard nothing goes on, and the log grows past what was seen.
    let mut other = open(&hall.folder("other"), None);
    count(&mut other, &papers_of([1, 2, 3], 3));
    table::deliver(&mut other, &server, patience(), &quiet).await.unwrap();
    let forked = gossip::hear(&way, other.last_seen(), &others).await.unwrap_err();
    assert_eq!(forked.class(), Class::Equivocation, "{forked}");
    let kept = fs::read(folder.join("evidence/heard.checkpoint")).unwrap();
    assert_eq!(kept, others[0].as_bytes(), "what was heard is kept for an observer");
}

#[tokio::test]
async fn receipts_rise_to_the_quorum_of_the_events_own_witnesses_and_to_no_servers_word() {
    let hall = Hall::with_witness(2);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1, 2], 15));
    table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap();
    let way = carrier(&hall, &server);
    let bare = Note::parse(&hall.state().checkpoint()).unwrap();
    let seen_by = |seed| {
        let line = tlog::cosignature::cosign(bare.text(), &witness(seed), 1_600_000_000);
        bare.with_line(line)
    };
    for (said, risen) in [(bare.clone(), 0), (seen_by(6), 0), (seen_by(5), 2)] {
        hall.state().witnessed = said.as_bytes().to_vec();
        assert_eq!(rising::raise(&mut ledger, &way).await.unwrap(), risen, "{said}");
        let standing = rising::standing(&ledger).unwrap();
        assert_eq!((standing.witnessed, standing.integrated), (risen, 2 - risen), "{said}");
    }
}

#[tokio::test]
async fn an_answer_that_proves_nothing_leaves_no_receipt() {
    for plant in [Plant::WrongProof, Plant::OtherKey] {
        let hall = Hall::new(2);
        let server = hall.serve().await;
        let mut ledger = hall.ledger();
        count(&mut ledger, &papers_of([1, 2], 15));
        hall.plant(plant);
        let bad = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap_err();
        assert!(matches!(bad, StationError::BadAnswer(_)), "{plant:?}: {bad}");
        assert_eq!(ledger.outbox().count(), 2, "{plant:?}");
        // When the server has come to its senses the same notes get their receipts.
        hall.plant(Plant::Honest);
        assert_eq!(table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap().receipts, 2);
    }
}

#[tokio::test]
async fn a_server_of_another_event_gets_nothing() {
    let (hall, other) = (Hall::new(1), Hall::new(1));
    let server = hall.ticket().at(other.serve().await.addresses);
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1], 15));
    let stranger = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(stranger, StationError::NotTheEvent { .. }), "{stranger}");
    assert_eq!(other.batches(), 0);
}

#[tokio::test]
async fn a_refusal_that_waiting_cannot_mend_stops_the_table_with_its_code() {
    let hall = Hall::new(1);
    let server = hall.serve().await;
    let carried = hall.folder("stick");
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1, 2], 15));
    outbox::export(&ledger, &carried).unwrap();
    // Number 1 was lost on the way: number 2 does not follow.
    fs::remove_file(carried.join("s01-000001.note")).unwrap();
    let answers = table::send_carried(&carrier(&hall, &server), &carried, patience(), &quiet).await.unwrap();
    let refused = answers[&"s01".parse().unwrap()].as_ref().unwrap_err();
    assert!(matches!(refused, StationError::Refused { seq: 2, code, .. } if code == "R-WRONG-HEAD"), "{refused}");
}

#[tokio::test]
async fn notes_carried_on_a_stick_come_back_with_receipts() {
    let hall = Hall::new(3);
    let server = hall.serve().await;
    let stick = hall.folder("stick");
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1, 2, 9], 15));
    assert_eq!(outbox::export(&ledger, &stick).unwrap(), 3);

    let answers = table::send_carried(&carrier(&hall, &server), &stick, patience(), &quiet).await.unwrap();
    assert_eq!(answers[&"s01".parse().unwrap()].as_ref().unwrap().receipts, 3);
    // Carrying them again sends nothing: their receipts are there.
    assert!(table::send_carried(&carrier(&hall, &server), &stick, patience(), &quiet).await.unwrap().is_empty());

    assert_eq!(outbox::collect(&mut ledger, &stick).unwrap().len(), 3);
    let status = Status::of(&ledger).unwrap();
    assert_eq!((status.outbox, status.receipts, status.set_aside.len()), (0, 3, 1));
    table::heads(&ledger, &server, patience(), &quiet).await.unwrap();
}

#[tokio::test]
async fn a_forged_receipt_on_a_stick_is_not_believed() {
    let hall = Hall::new(2);
    let server = hall.serve().await;
    let stick = hall.folder("stick");
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1, 2], 15));
    outbox::export(&ledger, &stick).unwrap();
    table::send_carried(&carrier(&hall, &server), &stick, patience(), &quiet).await.unwrap();
    let other = fs::read(stick.join("s01-000002.tlog-proof")).unwrap();
    fs::write(stick.join("s01-000001.tlog-proof"), other).unwrap();
    assert!(matches!(outbox::collect(&mut ledger, &stick), Err(StationError::BadAnswer(_))));
    assert_eq!(ledger.outbox().count(), 2);
}

#[tokio::test]
async fn the_contest_is_learnt_from_the_log_and_remembered_for_a_hall_without_a_line() {
    let hall = Hall::new(1);
    let server = hall.serve().await;
    let ledger = hall.ledger();
    let contest = table::learn(&ledger, &server, sitting().contest, patience(), &quiet).await.unwrap();
    assert_eq!(contest.candidates.len(), 3);
    let copy = station::contest::remembered(&hall.home(), hall.event, sitting().contest).unwrap();
    assert_eq!(copy, contest);
    let unknown = table::learn(&ledger, &server, "c99".parse().unwrap(), patience(), &quiet).await;
    assert!(matches!(unknown, Err(StationError::NoContest(_))));
}

#[tokio::test]
async fn a_decision_of_the_board_that_a_table_may_not_read_does_not_hide_the_contest() {
    let hall = Hall::new(1);
    let server = hall.serve().await;
    let ledger = hall.ledger();
    let contest = table::learn(&ledger, &server, sitting().contest, patience(), &quiet).await.unwrap();
    hall.decide();
    hall.plant(Plant::TableOnly);
    assert_eq!(table::learn(&ledger, &server, sitting().contest, patience(), &quiet).await.unwrap(), contest);
}

#[tokio::test]
async fn whoever_answers_with_another_key_gets_nothing_and_is_not_waited_for() {
    let hall = Hall::new(1);
    let server = hall.serve_with(5).await;
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1], 15));
    let began = std::time::Instant::now();
    let impostor = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(impostor, StationError::Impostor(_)), "{impostor}");
    assert_eq!(impostor.class(), Class::Network);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(hall.state().messages, 0);
}

#[tokio::test]
async fn a_key_the_event_does_not_know_is_told_so_once() {
    let hall = Hall::new(1);
    let server = hall.serve().await;
    let mut ledger = hall.ledger();
    count(&mut ledger, &papers_of([1], 15));
    hall.plant(Plant::Revoked);
    let refused = table::deliver(&mut ledger, &server, patience(), &quiet).await.unwrap_err();
    assert!(matches!(refused, StationError::NotEnrolled(_)), "{refused}");
    assert_eq!((refused.class(), ledger.outbox().count()), (Class::Key, 1));
}

#[tokio::test]
async fn a_ticket_that_names_another_server_than_the_event_is_not_used() {
    let hall = Hall::new(1);
    // Somebody shows the true log behind a key of their own, and hands out tickets for it.
    let server = hall.serve_with(5).await;
    let forged = hall.forged_ticket(5).at(server.addresses);
    let home = station::Home::open(&hall.home()).unwrap();
    let refused = table::meet(&home, &forged, patience(), &quiet).await.unwrap_err();
    assert!(matches!(refused, StationError::FalseTicket { .. }), "{refused}");
    assert!(!hall.home().join("ticket").exists() && !hall.home().join("manifest.note").exists());
}
