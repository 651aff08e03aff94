//! True entries in a false record: checkpoints, cosignatures, bulletins and receipts that contradict the log.

use observer::{Charge, Finding, Home, Report, Verdict, folder};
use promises::forge::{Forge, ORIGIN, cosigned, hall::*, key, sign};
use tlog::{Checkpoint, Hash, Note, Receipt, sha256};

fn verify(forge: &Forge, checkpoint: &Note, remembered: Option<&Note>) -> Report {
    let place = tempfile::tempdir().unwrap();
    folder::verify(&forge.write_with(place.path(), checkpoint), forge.event, remembered)
}

fn finding(forge: &Forge, checkpoint: &Note) -> Finding {
    verify(forge, checkpoint, None).finding.expect("not taken for good")
}

fn stated(origin: &str, size: u64, root: Hash, signer: &str) -> Note {
    Checkpoint { origin: origin.to_owned(), size, root }.sign(&key(signer))
}

#[test]
fn a_checkpoint_that_is_not_of_this_log_is_a_mismatch() {
    let f = announced();
    let root = f.tree.root();
    for (what, note, field) in [
        ("another root", stated(ORIGIN, 10, sha256(b"x"), "log"), "root"),
        ("another log's name", stated("kiemphieu.example/other", 10, root, "log"), "origin"),
        ("another key", stated(ORIGIN, 10, root, "tally"), "signatures"),
        ("an extension line", key("log").sign_text(&format!("{ORIGIN}\n10\n{}\nmore\n", root.to_base64())), "text"),
    ] {
        let finding = finding(&f, &cosigned(&note));
        assert_eq!((finding.verdict, finding.file.as_deref()), (Verdict::Mismatch, Some("checkpoint")), "{what}");
        assert_eq!(finding.field, field, "{what}: {finding}");
    }
}

#[test]
fn a_checkpoint_without_its_witness_is_provisional_and_a_forged_witness_is_a_mismatch() {
    let f = announced();
    let bare = stated(ORIGIN, 10, f.tree.root(), "log");
    let report = verify(&f, &bare, None);
    assert_eq!(report.verdict(), Verdict::Provisional);
    assert_eq!(report.results.unwrap().observer, "PROVISIONAL");
    let other = cosigned(&stated(ORIGIN, 9, f.tree.root_at(9).unwrap(), "log"));
    let forged = bare.with_line(other.signatures().last().unwrap().clone());
    assert_eq!(finding(&f, &forged).code, "V-COSIGNATURE");
}

#[test]
fn a_witness_whose_clock_is_ahead_is_not_counted_and_whoever_reads_is_told_to_look_at_both_clocks() {
    let f = announced();
    let bare = stated(ORIGIN, 10, f.tree.root(), "log");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let at = |time| bare.with_line(tlog::cosignature::cosign(bare.text(), &key("w1"), time));
    for time in [0, now - 1, now + 500] {
        assert_eq!(verify(&f, &at(time), None).verdict(), Verdict::Ok, "{time}");
    }
    for time in [now + 700, now + 86_400, u64::MAX >> 1] {
        let report = verify(&f, &at(time), None);
        assert_eq!(report.verdict(), Verdict::Provisional, "{time}");
        let reason = report.finding.unwrap();
        assert_eq!((reason.code, reason.file.as_deref()), ("V-CLOCK", Some("checkpoint")), "{reason}");
        let said = reason.to_string();
        assert!(said.contains("w1 is") && said.contains("giờ của máy này") && said.contains("0 of 1"), "{said}");
    }
}

#[test]
fn a_checkpoint_of_a_later_or_earlier_size_leaves_files_missing() {
    let f = announced();
    let later = cosigned(&stated(ORIGIN, 11, sha256(b"x"), "log"));
    let earlier = cosigned(&stated(ORIGIN, 9, f.tree.root_at(9).unwrap(), "log"));
    for (note, file) in [(later, "tile/entries/000.p/11"), (earlier, "tile/entries/000.p/9")] {
        let finding = finding(&f, &note);
        assert_eq!((finding.verdict, finding.file.as_deref()), (Verdict::Trouble, Some(file)), "{finding}");
    }
}

#[test]
fn a_bulletin_beside_the_log_must_say_what_the_log_says() {
    let at_size_6 = "state counting\nbundles-expected 2\nbundles 2\n";
    for (what, size, body, field) in [
        ("more bundles than were counted", 5, at_size_6, "bundles"),
        ("figures while they are withheld", 6, &*TOTALS.replace("closed", "counting"), "figures"),
        ("closed before the close", 6, TOTALS, "state"),
    ] {
        let mut f = announced();
        let text = f.bulletin_text("c01", size, body);
        f.publish("c01", size, &sign(&text, &["tally"]));
        let finding = finding(&f, &f.checkpoint());
        assert_eq!((finding.verdict, &*finding.field), (Verdict::Mismatch, field), "{what}: {finding}");
        assert_eq!(finding.file, Some(format!("bulletin/c01/{size}")));
    }
    let mut f = announced();
    let note = sign(&f.bulletin_text("c01", 6, at_size_6), &["tally"]);
    f.publish("c01", 6, &note);
    assert_eq!(verify(&f, &f.checkpoint(), None).verdict(), Verdict::Ok);
    f.files[0].1 = sign(note.text(), &["k1"]).as_bytes().to_vec();
    assert_eq!(finding(&f, &f.checkpoint()).field, "signatures");
    let beyond = sign(&f.bulletin_text("c01", 6, at_size_6).replace("size 6", "size 60"), &["tally"]);
    f.files[0] = ("bulletin/c01/60".into(), beyond.as_bytes().to_vec());
    assert_eq!(finding(&f, &f.checkpoint()).code, "V-BULLETIN-SIZE");
}

#[test]
fn two_bulletins_of_one_contest_and_size_convict_the_tally_key() {
    let mut f = announced();
    let text = f.bulletin_text("c01", 7, &TOTALS.replace("01 100", "01 99").replace("04 40", "04 41"));
    f.publish("c01", 7, &sign(&text, &["tally"]));
    let true_entry = finding(&f, &f.checkpoint());
    assert_eq!((true_entry.verdict, true_entry.charge.is_some()), (Verdict::Equivocation, true), "{true_entry}");

    let mut f = shut();
    let honest = sign(&f.bulletin_text("c01", 7, TOTALS), &["tally"]);
    f.publish("c01", 7, &honest);
    f.say(&text, &["tally"]);
    assert_eq!(finding(&f, &f.checkpoint()).verdict, Verdict::Equivocation, "the entry is the false one");
}

#[test]
fn a_log_that_changed_behind_a_remembered_checkpoint_convicts_the_log_key() {
    let before = counted().checkpoint();
    let honest = announced();
    assert_eq!(verify(&honest, &honest.checkpoint(), Some(&before)).verdict(), Verdict::Ok);

    let mut changed = ready();
    changed.batch("s02", "b002", FIGURES);
    changed.batch("s01", "b001", FIGURES);
    let same_size = verify(&changed, &changed.checkpoint(), Some(&before)).finding.unwrap();
    assert_eq!(same_size.verdict, Verdict::Equivocation);
    assert!(matches!(same_size.charge.as_deref(), Some(Charge::TwoCheckpoints(_))), "two notes are enough");
    changed.desk("close", "c01", "", BOARD);
    let report = verify(&changed, &changed.checkpoint(), Some(&before));
    let finding = report.finding.as_ref().unwrap();
    assert_eq!((finding.verdict, finding.code), (Verdict::Equivocation, "V-INCONSISTENT"));

    let home = tempfile::tempdir().unwrap();
    let convicts = report.convicts.unwrap();
    let evidence = Home::new(home.path()).keep_evidence(changed.event, &convicts).unwrap().unwrap();
    for name in ["checkpoint-1.note", "checkpoint-2.note", "beginning", "manifest.note", "README.txt"] {
        assert!(evidence.join(name).is_file(), "{name}");
    }
    let older = verify(&counted(), &counted().checkpoint(), Some(&honest.checkpoint()));
    assert_eq!((older.verdict(), older.finding.unwrap().code), (Verdict::Provisional, "V-OLDER"));
}

#[test]
fn a_receipt_the_log_does_not_honour_convicts_the_log_key() {
    let mut f = announced();
    let receipt = |from: &Forge, index: u64| {
        let proof = from.tree.inclusion_proof(index, from.size()).unwrap();
        Receipt { index, proof, checkpoint: from.checkpoint() }.to_string().into_bytes()
    };
    f.files.push(("receipts/s01.tlog-proof".into(), receipt(&counted(), 4)));
    let report = verify(&f, &f.checkpoint(), None);
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
    assert!(report.files_foreign.is_empty());

    let mut other = ready();
    other.batch("s01", "b001", &FIGURES.replace("03 30", "03 29").replace("04 20", "04 21"));
    f.files[0].1 = receipt(&other, 4);
    assert_eq!(finding(&f, &f.checkpoint()).code, "V-RECEIPT-DISHONOURED");
}

#[test]
fn what_the_public_may_read_before_the_announcement_is_provisional() {
    let mut f = founded("public");
    f.desk("contest", "c01", &true_contest(), BOARD);
    f.desk("papers", "c01", PAPERS, BOARD);
    let part = f.clone();
    f.batch("s01", "b001", FIGURES);
    let report = verify(&part, &f.checkpoint(), None);
    assert_eq!((report.verdict(), report.finding.as_ref().unwrap().code), (Verdict::Provisional, "V-PUBLIC-VIEW"));

    let mut hidden = ready();
    let part = hidden.clone();
    hidden.batch("s01", "b001", FIGURES);
    assert_eq!(verify(&part, &hidden.checkpoint(), None).verdict(), Verdict::Trouble, "accredited logs do not stop");
}

#[test]
fn a_log_of_several_tiles_is_right_and_a_hash_of_a_higher_tile_is_checked() {
    let mut f = announced();
    for nth in 0..600 {
        f.desk("key", "", &format!("key {}\ntitle -\n", promises::forge::vkey(&format!("s1{nth:03}"))), ORGANISERS);
    }
    let place = tempfile::tempdir().unwrap();
    let log = f.write(place.path());
    let report = folder::verify(&log, f.event, None);
    assert_eq!(report.verdict(), Verdict::Ok, "{report}");
    let high = log.join("tile/1/000.p/2");
    let mut bytes = std::fs::read(&high).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&high, bytes).unwrap();
    let report = folder::verify(&log, f.event, None);
    assert_eq!(report.finding.unwrap().file.as_deref(), Some("tile/1/000.p/2"));
}
