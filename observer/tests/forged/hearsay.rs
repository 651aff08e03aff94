//! What others have seen: a server that shows each its own log is caught when two compare, and nobody honest is accused.

use crate::false_servers::table::open;
use observer::{Follow, Hearing, Home, Server, Verdict, evidence, folder, gossip, remote};
use promises::forge::{Forge, hall::*, key, sign};
use std::time::Duration;
use tlog::{Checkpoint, Note};

fn met(f: &Forge) -> (tempfile::TempDir, Home) {
    let place = tempfile::tempdir().unwrap();
    let home = Home::new(place.path());
    assert!(home.meet(f.event, &f.entries[0]).unwrap());
    (place, home)
}

/// Another log of the same beginning: its tables came in another order.
fn other(size: u64) -> Forge {
    let mut f = ready();
    f.batch("s02", "b002", FIGURES);
    f.batch("s01", "b001", FIGURES);
    while f.size() < size {
        f.desk("board", "", &board(&format!("b{}", f.size()), MEMBERS), ORGANISERS);
    }
    f
}

#[test]
fn only_what_the_log_key_signed_is_heard_once_and_durably() {
    let f = announced();
    let (place, home) = met(&f);
    assert_eq!(home.hear(f.event, &f.checkpoint()).unwrap(), Hearing::New);
    let heard = Home::new(place.path()).heard(f.event).unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].text(), f.checkpoint().text());
    assert_eq!(heard[0].signatures().len(), 1, "bystanders' lines are left out");
    assert_eq!(home.hear(f.event, &f.checkpoint()).unwrap(), Hearing::Known);
    let stated = Checkpoint { origin: promises::forge::ORIGIN.into(), size: 99, root: tlog::sha256(b"x") };
    assert!(matches!(home.hear(f.event, &stated.sign(&key("tally"))).unwrap(), Hearing::Foreign(_)));
    assert!(matches!(home.hear(f.event, &sign("kiemphieu/v1/x\n", &["log"])).unwrap(), Hearing::Foreign(_)));
    assert_eq!(home.heard(f.event).unwrap().len(), 1);
    let nobody = tempfile::tempdir().unwrap();
    assert!(Home::new(nobody.path()).hear(f.event, &f.checkpoint()).is_err(), "whose checkpoint is it?");
    assert!(!home.meet(f.event, &f.entries[1]).unwrap(), "a board is no manifest");
}

#[test]
fn what_is_heard_is_bounded_and_none_is_dropped_for_another() {
    let f = announced();
    let (_place, home) = met(&f);
    let signed = |size: u64| {
        Checkpoint { origin: promises::forge::ORIGIN.into(), size, root: tlog::sha256(&size.to_be_bytes()) }
            .sign(&key("log"))
    };
    let many: String = (1..=1_024).map(|size| signed(size).to_string()).collect();
    std::fs::write(_place.path().join(format!("events/{}/heard", f.event)), &many).unwrap();
    assert_eq!(home.heard(f.event).unwrap().len(), gossip::HEARD_MAX);
    assert_eq!(home.hear(f.event, &signed(5_000)).unwrap(), Hearing::Full);
    assert_eq!(home.hear(f.event, &signed(7)).unwrap(), Hearing::Known);
}

#[test]
fn a_copied_log_is_held_against_what_others_have_seen() {
    let f = announced();
    let check = |heard: &[Note]| {
        let log = tempfile::tempdir().unwrap();
        folder::verify_against(&f.write(log.path()), f.event, None, heard)
    };
    // Honest: any earlier or equal state, whoever cosigned it.
    for same in [ready(), counted(), shut(), announced()] {
        assert_eq!(check(&[same.checkpoint()]).verdict(), Verdict::Ok);
    }
    let mut more = announced();
    more.desk("board", "", &board("b2", MEMBERS), ORGANISERS);
    let report = check(&[counted().checkpoint(), more.checkpoint()]);
    assert_eq!((report.verdict(), report.finding.unwrap().code), (Verdict::Provisional, "V-SHOWS-LESS"));
    for size in [6, 7, 10] {
        let report = check(&[counted().checkpoint(), other(size).checkpoint()]);
        assert_eq!(report.verdict(), Verdict::Equivocation, "{report}");
        let place = tempfile::tempdir().unwrap();
        let folder = Home::new(place.path()).keep_evidence(f.event, &report.convicts.unwrap()).unwrap().unwrap();
        assert_eq!(evidence::verify(&folder).unwrap().guilty, *key("log").verifier());
    }
    // Two that nobody has shown here contradict each other already.
    let report = check(&[other(12).checkpoint(), {
        let mut f = announced();
        f.desk("board", "", &board("b2", MEMBERS), ORGANISERS);
        f.desk("board", "", &board("b3", MEMBERS), ORGANISERS);
        f.checkpoint()
    }]);
    assert_eq!(report.verdict(), Verdict::Equivocation, "{report}");
    // Whatever strangers made up is no word of the log key.
    let stated = Checkpoint { origin: promises::forge::ORIGIN.into(), size: 9, root: tlog::sha256(b"x") };
    assert_eq!(check(&[stated.sign(&key("tally"))]).verdict(), Verdict::Ok);
}

#[test]
fn a_receipt_of_a_larger_log_keeps_a_copy_from_being_ok() {
    let mut f = counted();
    let larger = announced();
    let receipt =
        tlog::Receipt { index: 4, proof: larger.tree.inclusion_proof(4, 10).unwrap(), checkpoint: larger.checkpoint() };
    f.files.push(("receipts/000001.tlog-proof".into(), receipt.to_string().into_bytes()));
    let log = tempfile::tempdir().unwrap();
    let report = folder::verify(&f.write(log.path()), f.event, None);
    assert_eq!((report.verdict(), report.finding.unwrap().code), (Verdict::Provisional, "V-SHOWS-LESS"));
}

#[tokio::test]
async fn a_split_view_is_caught_by_two_who_compare_and_a_server_that_lags_is_asked_again() {
    let f = announced();
    let (_place, home) = met(&f);
    let mut more = announced();
    more.desk("board", "", &board("b2", MEMBERS), ORGANISERS);
    home.hear(f.event, &more.checkpoint()).unwrap();
    let table = open(announced()).await;
    let mut server = Server::connect(&table.ticket(), None).await.unwrap();
    let report = remote::verify(&mut server, Some(&home), Duration::ZERO).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Provisional, "{report}");
    assert!(report.say().en.contains("others have seen 11"), "{report}");
    // It caught up: all is well, and what was compared is let go once it is remembered.
    let table = open(more.clone()).await;
    let follow = |ticket, home: &Home, size| Follow {
        ticket,
        key: None,
        home: home.clone(),
        witness: Some(std::sync::Arc::new(key("w1"))),
        until_size: Some(size),
        until: Some(Duration::from_secs(20)),
        once: false,
    };
    let report = follow(table.ticket(), &home, 11).run(std::future::pending(), |_| ()).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
    assert!(home.heard(f.event).unwrap().is_empty());
    // Another observer was shown another log.
    let (_place, home) = met(&f);
    home.hear(f.event, &other(8).checkpoint()).unwrap();
    let report = follow(table.ticket(), &home, 11).run(std::future::pending(), |_| ()).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Equivocation, "{report}");
    let proof = evidence::verify(&report.evidence.expect("it is kept")).unwrap();
    assert_eq!(proof.guilty, *key("log").verifier());
    let mut server = Server::connect(&table.ticket(), None).await.unwrap();
    let report = remote::verify(&mut server, Some(&home), Duration::ZERO).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Equivocation, "{report}");
}

#[tokio::test]
async fn a_follower_keeps_the_entries_that_convict_and_an_observer_from_a_backup_accuses_nobody() {
    let place = tempfile::tempdir().unwrap();
    let mut wrong = counted();
    wrong.desk("close", "c01", "", &["k1"]);
    let table = open(wrong).await;
    let home = Home::new(place.path());
    let follow = |ticket| Follow {
        ticket,
        key: None,
        home: home.clone(),
        witness: None,
        until_size: Some(7),
        until: Some(Duration::from_secs(20)),
        once: false,
    };
    let report = follow(table.ticket()).run(std::future::pending(), |_| ()).await.unwrap();
    assert_eq!(report.finding.as_ref().map(|f| f.code), Some("R-SIGNATURES"));
    let proof = evidence::verify(&report.evidence.expect("the entries are kept")).unwrap();
    assert_eq!((proof.kind, proof.guilty), (evidence::Kind::RefusedEntry, key("log").verifier().clone()));

    let mut false_one = shut();
    let text = false_one.bulletin_text("c01", 7, &TOTALS.replace("01 100", "01 99").replace("04 40", "04 41"));
    false_one.publish("c01", 7, &sign(&text, &["tally"]));
    let report = follow(open(false_one).await.ticket()).run(std::future::pending(), |_| ()).await.unwrap();
    let proof = evidence::verify(&report.evidence.expect("the entries are kept")).unwrap();
    assert_eq!((proof.kind, proof.guilty), (evidence::Kind::WrongBulletin, key("tally").verifier().clone()));

    // An observer restored from an old backup remembers less, a lagging witness cosigned less: nobody is accused.
    let (_place, home) = met(&announced());
    home.remember(announced().event, &ready().checkpoint()).unwrap();
    home.hear(announced().event, &counted().checkpoint()).unwrap();
    let follow = Follow { home, ..follow(open(announced()).await.ticket()) };
    let report = follow.run(std::future::pending(), |_| ()).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
}

#[test]
fn the_code_read_aloud_is_of_the_text_alone() {
    let f = announced();
    let bare = gossip::notes_in(&f.checkpoint().to_string())[0].clone();
    assert_eq!(gossip::code(&bare), gossip::code(&promises::forge::cosigned(&bare)));
    assert_ne!(gossip::code(&bare), gossip::code(&other(10).checkpoint()));
    assert!(gossip::aloud(&bare).starts_with("10 "), "{}", gossip::aloud(&bare));
}

#[test]
fn a_key_in_use_twice_is_a_finding_of_its_own_and_a_late_retry_none() {
    let mut f = announced();
    let check = |f: &Forge| {
        let log = tempfile::tempdir().unwrap();
        folder::verify(&f.write(log.path()), f.event, None)
    };
    // An export file from long ago, brought again; a later text of the spare that has not come in; another table's chain.
    f.files.push(("stick/s01-000001.note".into(), f.entries[4].clone()));
    let mut later = counted();
    later.batch("s01", "b001", FIGURES);
    f.files.push(("stick/s01-000002.note".into(), later.entries[6].clone()));
    let report = check(&f);
    assert_eq!((report.verdict(), &*report.keys_twice), (Verdict::Ok, &[][..]));
    // A cloned laptop: the same key, the same number, another text.
    let mut clone = ready();
    clone.batch("s01", "b001", &FIGURES.replace("03 30", "03 29").replace("04 20", "04 21"));
    f.files.push(("stick/clone.note".into(), clone.entries[4].clone()));
    // Somebody else signed for that table, and another event's table: no word of this key.
    let text = Note::parse(&clone.entries[4]).unwrap().text().to_owned();
    f.files.push(("stick/false.note".into(), sign(&text, &["s02"]).as_bytes().to_vec()));
    f.files.push(("stick/junk.note".into(), b"x".to_vec()));
    let report = check(&f);
    assert_eq!(report.verdict(), Verdict::Ok, "the log is right, and nobody has equivocated: {report}");
    assert!(report.convicts.is_none());
    let [twice] = &*report.keys_twice else { panic!("{:?}", report.keys_twice) };
    assert_eq!((&*twice.station, twice.seq, twice.entry, &*twice.file), ("s01", 1, 4, "stick/clone.note"));
    assert!(twice.en.contains("--last-seq 0") && report.to_json()["keys_in_use_twice"][0]["seq"] == 1);
}
