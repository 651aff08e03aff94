//! Servers over the real doors: an honest one is followed, witnessed and copied; one that forgets, forks or hides is found
//! out.

pub(crate) mod table;

use observer::{Follow, Home, Report, Seen, Server, Verdict, export, folder, remote};
use promises::forge::{Forge, ORIGIN, hall::*, key, sign};
use std::{fs, path::Path, time::Duration};
use table::{Table, open};
use tlog::Checkpoint;

fn home(folder: &Path) -> Home {
    let home = Home::new(folder);
    let file = folder.join("witness.key");
    if !file.exists() {
        home.make_keys(ORIGIN, "province", "witness.example/w1").unwrap();
    }
    home
}

/// A follower with the forge's witness key, so that its line counts.
fn follower(table: &Table, home: &Home, until: u64) -> Follow {
    let (ticket, home) = (table.ticket(), home.clone());
    let until_time = Some(Duration::from_secs(20));
    Follow {
        ticket,
        key: None,
        home,
        witness: Some(std::sync::Arc::new(key("w1"))),
        until_size: Some(until),
        until: until_time,
        once: false,
    }
}

async fn follow(follower: &Follow) -> (Report, Vec<Seen>) {
    let mut seen = Vec::new();
    let report = follower.run(std::future::pending(), |s| seen.push(s.clone())).await.unwrap();
    (report, seen)
}

#[tokio::test]
async fn an_honest_server_is_followed_witnessed_and_copied() {
    let place = tempfile::tempdir().unwrap();
    let home = home(&place.path().join("w"));
    let table = open(announced()).await;
    let mut server = Server::connect(&table.ticket(), None).await.unwrap();
    let before = remote::verify(&mut server, None, Duration::ZERO).await.unwrap();
    assert_eq!(before.finding.as_ref().map(|f| f.code), Some("V-QUORUM"), "{before}");

    let (report, seen) = follow(&follower(&table, &home, 10)).await;
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
    assert_eq!(seen.last().map(|s| (s.size, s.cosigned, s.witnesses)), Some((10, true, Some((1, 1)))));

    let after = remote::verify(&mut server, Some(&home), Duration::from_secs(5)).await.unwrap();
    assert_eq!((after.verdict(), after.size), (Verdict::Ok, 10), "{after}");

    let out = place.path().join("out");
    let copied = export::export(&mut server, Some(&home), &out, Duration::ZERO).await.unwrap();
    assert_eq!(copied.verdict(), Verdict::Ok, "{copied}");
    assert!(copied.files_foreign.is_empty(), "{:?}", copied.files_foreign);
    let again = folder::verify(&out, table.event(), home.remembered(table.event()).unwrap().as_ref());
    assert_eq!(again.verdict(), Verdict::Ok, "{again}");
    assert!(out.join("log/bulletin/c01/7").is_file());
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "nothing half-made is left");
    assert!(
        export::export(&mut server, Some(&home), &out, Duration::ZERO).await.is_err(),
        "a log is never overwritten"
    );
}

#[tokio::test]
async fn entries_bulletins_and_checkpoints_are_verified_as_they_come() {
    let place = tempfile::tempdir().unwrap();
    let home = home(place.path());
    let table = open(ready()).await;
    let follower = follower(&table, &home, 10);
    let growing = async {
        for step in [counted(), shut(), closed().0, certified().0, announced()] {
            tokio::time::sleep(Duration::from_millis(30)).await;
            table.show(step);
        }
    };
    let ((report, seen), ()) = tokio::join!(follow(&follower), growing);
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
    // Each is told of when it is verified, and once more when it is cosigned; neither ever goes back.
    for cosigned in [false, true] {
        let sizes: Vec<u64> = seen.iter().filter(|s| s.cosigned == cosigned).map(|s| s.size).collect();
        assert!(!sizes.is_empty() && sizes.is_sorted_by(|a, b| a < b), "cosigned {cosigned}: {sizes:?}");
    }
    assert_eq!(report.results.unwrap().contests[0].state, "announced");
}

#[tokio::test]
async fn a_server_that_rolls_back_is_never_cosigned_and_one_that_forks_is_convicted() {
    let place = tempfile::tempdir().unwrap();
    let home = home(place.path());
    let table = open(announced()).await;
    assert_eq!(follow(&follower(&table, &home, 10)).await.0.verdict(), Verdict::Ok);

    let behind = open(counted()).await;
    let (report, seen) = follow(&follower(&behind, &home, 6)).await;
    assert_eq!((report.verdict(), report.finding.unwrap().code), (Verdict::Provisional, "V-OLDER"));
    assert!(seen.iter().all(|s| !s.cosigned), "nothing below what is remembered is cosigned");
    assert!(behind.cosignatures().is_empty());

    let (mut forked, bulletin) = closed();
    forked.desk("certify", "c01", &certificate(bulletin, &["01", "02", "03"], "none"), BOARD);
    forked.desk("annul", "c01", "reason làm lại\n", BOARD);
    for fork in [forked.clone(), {
        let mut f = forked;
        f.desk("board", "", &board("b2", MEMBERS), ORGANISERS);
        f
    }] {
        let size = fork.size();
        let fork = open(fork).await;
        let (report, _) = follow(&follower(&fork, &home, size)).await;
        assert_eq!(report.verdict(), Verdict::Equivocation, "{report}");
        let evidence = report.evidence.expect("evidence is kept");
        for name in ["checkpoint-1.note", "checkpoint-2.note", "manifest.note", "README.txt"] {
            assert!(evidence.join(name).is_file(), "{name}");
        }
        assert!(fork.cosignatures().is_empty(), "a fork is not cosigned");
        let mut server = Server::connect(&fork.ticket(), None).await.unwrap();
        let report = remote::verify(&mut server, Some(&home), Duration::ZERO).await.unwrap();
        assert_eq!(report.verdict(), Verdict::Equivocation, "{report}");
    }
}

#[tokio::test]
async fn a_history_that_was_shown_without_its_witnesses_convicts_whoever_shows_another_later() {
    let (mut forked, bulletin) = closed();
    forked.desk("certify", "c01", &certificate(bulletin, &["01", "02", "03"], "none"), BOARD);
    forked.desk("annul", "c01", "reason làm lại\n", BOARD);
    let mut longer = forked.clone();
    longer.desk("board", "", &board("b2", MEMBERS), ORGANISERS);
    for fork in [forked, longer] {
        let place = tempfile::tempdir().unwrap();
        let home = Home::new(place.path());
        let look = async |table: &Table| {
            let mut server = Server::connect(&table.ticket(), None).await.unwrap();
            remote::verify(&mut server, Some(&home), Duration::ZERO).await.unwrap()
        };
        let honest = open(announced()).await;
        for _ in 0..2 {
            let report = look(&honest).await;
            assert_eq!((report.verdict(), report.finding.unwrap().code), (Verdict::Provisional, "V-QUORUM"));
        }
        let size = fork.size();
        let report = look(&open(fork).await).await;
        assert_eq!(report.verdict(), Verdict::Equivocation, "{size}: {report}");
        assert!(report.evidence.is_some_and(|folder| folder.join("checkpoint-1.note").is_file()));
    }
}

#[tokio::test]
async fn a_false_entry_root_or_bulletin_of_a_server_is_named() {
    let place = tempfile::tempdir().unwrap();
    let mut wrong = counted();
    wrong.desk("close", "c01", "", &["k1"]);
    let table = open(wrong).await;
    let (report, _) = follow(&follower(&table, &home(&place.path().join("1")), 7)).await;
    let finding = report.finding.unwrap();
    assert_eq!((finding.entry, finding.code), (Some(6), "R-SIGNATURES"));
    assert!(table.cosignatures().is_empty());

    let table = open(counted()).await;
    let stated = Checkpoint { origin: ORIGIN.to_owned(), size: 6, root: tlog::sha256(b"x") };
    table.sign(&stated.sign(&key("log")));
    let (report, _) = follow(&follower(&table, &home(&place.path().join("2")), 6)).await;
    assert_eq!(report.finding.unwrap().code, "V-ROOT");

    for (late, body) in [(false, "bundles 1\n"), (true, "bundles 2\n")] {
        let mut f = announced();
        let size = if late { 4 } else { 10 };
        let text = f.bulletin_text("c01", size, &format!("state counting\nbundles-expected 2\n{body}"));
        f.publish("c01", size, &sign(&text, &["tally"]));
        let table = open(f).await;
        let (report, _) = follow(&follower(&table, &home(&place.path().join(format!("3{late}"))), 10)).await;
        assert_eq!(report.finding.unwrap().code, "V-BULLETIN", "late {late}");
    }
}

#[tokio::test]
async fn an_unreachable_server_and_one_with_another_key_are_told_apart() {
    let table = open(counted()).await;
    let nowhere = table.ticket().at(vec!["127.0.0.1:1".parse().unwrap()]);
    let error = Server::connect(&nowhere, None).await.err().unwrap();
    assert_eq!((error.trouble(), error.is_passing()), (observer::Trouble::Network, true), "{error}");
    let other = tlog::SigningKey::from_seed(&format!("{ORIGIN}/tally"), tlog::KeyKind::Ed25519, &[9; 32]).unwrap();
    let forged = door::Ticket::new(table.event(), other.verifier().clone(), Vec::new()).unwrap();
    let forged = forged.at(table.ticket().addresses);
    let error = Server::connect(&forged, None).await.err().unwrap();
    assert_eq!((error.trouble(), error.is_passing()), (observer::Trouble::Network, false), "{error}");
    let place = tempfile::tempdir().unwrap();
    let follower = Follow { ticket: forged, ..follower(&table, &home(place.path()), 6) };
    let ended = follower.run(std::future::pending(), |_| ()).await;
    assert!(matches!(ended, Err(observer::ObserverError::Dial(_))), "an impostor is not waited for");
}

#[tokio::test]
async fn what_the_public_sees_of_a_server_is_provisional() {
    let mut f = founded("public");
    f.desk("contest", "c01", &true_contest(), BOARD);
    f.desk("papers", "c01", PAPERS, BOARD);
    f.batch("s01", "b001", FIGURES);
    let table = open(f).await;
    table.hide_from(4);
    let mut server = Server::connect(&table.ticket(), None).await.unwrap();
    let report = remote::verify(&mut server, None, Duration::ZERO).await.unwrap();
    assert_eq!((report.verdict(), report.finding.unwrap().code), (Verdict::Provisional, "V-PUBLIC-VIEW"));
}

#[test]
fn a_damaged_memory_stops_the_observer() {
    let place = tempfile::tempdir().unwrap();
    let home = Home::new(place.path());
    let f: Forge = counted();
    assert!(home.remembered(f.event).unwrap().is_none());
    home.remember(f.event, &f.checkpoint()).unwrap();
    assert_eq!(home.remembered(f.event).unwrap(), Some(f.checkpoint()));
    home.remember(f.event, &ready().checkpoint()).unwrap();
    assert_eq!(home.remembered(f.event).unwrap(), Some(f.checkpoint()), "the memory never goes back");
    fs::write(place.path().join(format!("events/{}/checkpoint", f.event)), b"x").unwrap();
    assert_eq!(home.remembered(f.event).err().unwrap().trouble(), observer::Trouble::Disk);
}
