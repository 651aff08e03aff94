//! Checkpoints, the witnesses under them, and the receipts that lead to them.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod fixture;

use fixture::{bytes, key, signer, text, witness};
use tlog::cosignature::{cosign, quorum, verify_cosignature};
use tlog::{
    Checkpoint, CheckpointError, CosignatureError, KeyKind, Note, NoteError, Receipt, ReceiptError, SignatureLine,
    SigningKey, VerifierKey, sha256,
};

fn golden() -> Note {
    Note::parse(&bytes("golden-v1/log/checkpoint")).unwrap()
}

fn golden_receipt() -> (Receipt, tlog::Hash) {
    let batch = Note::parse(&bytes("golden-v1/statements/005-batch.note")).unwrap();
    (Receipt::parse(&text("golden-v1/receipt-first-batch.tlog-proof")).unwrap(), batch.leaf())
}

/// A checkpoint of a made-up log, and who may have signed it.
fn made_up() -> (Note, SigningKey) {
    let log = signer("kiemphieu.example/e", 1);
    let checkpoint = Checkpoint { origin: "kiemphieu.example/e".into(), size: 7, root: sha256(b"root") };
    (checkpoint.sign(&log), log)
}

fn verifiers(witnesses: &[&SigningKey]) -> Vec<VerifierKey> {
    witnesses.iter().map(|witness| witness.verifier().clone()).collect()
}

fn names(note: &Note, witnesses: &[VerifierKey]) -> Result<Vec<(String, u64)>, CosignatureError> {
    quorum(note, witnesses).map(|seen| seen.iter().map(|(key, time)| (key.name().to_owned(), *time)).collect())
}

#[test]
fn the_golden_checkpoint_is_of_its_log_and_seen_by_its_witness() {
    let note = golden();
    let checkpoint = Checkpoint::open(&note, &key(fixture::GOLDEN_LOG)).unwrap();
    assert_eq!((checkpoint.size, checkpoint.text().as_str()), (37, note.text()));
    let witnesses = [key(fixture::GOLDEN_WITNESS)];
    assert_eq!(names(&note, &witnesses).unwrap(), [("witness.example/w1".to_owned(), 1_593_000_300)]);
}

#[test]
fn no_bit_of_a_cosigned_checkpoint_can_be_flipped() {
    let whole = bytes("golden-v1/log/checkpoint");
    let (log, witnesses) = (key(fixture::GOLDEN_LOG), [key(fixture::GOLDEN_WITNESS)]);
    let taken = |bytes: &[u8]| {
        Note::parse(bytes).is_ok_and(|note| {
            Checkpoint::open(&note, &log).is_ok() && quorum(&note, &witnesses).is_ok_and(|seen| seen.len() == 1)
        })
    };
    assert!(taken(&whole));
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!taken(&changed), "bit {bit}");
    }
}

#[test]
fn a_checkpoint_has_exactly_three_lines_in_one_spelling() {
    let root = sha256(b"r").to_base64();
    let good = format!("example.com/log\n7\n{root}\n");
    assert_eq!(Checkpoint::parse(&good).unwrap().text(), good);
    let with_size = |size: &str| format!("example.com/log\n{size}\n{root}\n");
    for (bad, fault) in [
        (String::new(), CheckpointError::NotThreeLines),
        (format!("example.com/log\n7\n{root}"), CheckpointError::NotThreeLines),
        (format!("{good}extension\n"), CheckpointError::NotThreeLines),
        (format!("{good}\n"), CheckpointError::NotThreeLines),
        (format!("\n7\n{root}\n"), CheckpointError::BadOrigin),
        (format!("example.com log\n7\n{root}\n"), CheckpointError::BadOrigin),
        (with_size(""), CheckpointError::BadSize),
        (with_size("07"), CheckpointError::BadSize),
        (with_size("00"), CheckpointError::BadSize),
        (with_size("+7"), CheckpointError::BadSize),
        (with_size("-7"), CheckpointError::BadSize),
        (with_size(" 7"), CheckpointError::BadSize),
        (with_size("７"), CheckpointError::BadSize),
        (with_size("18446744073709551616"), CheckpointError::BadSize),
        (good.replace(&root, &sha256(b"r").to_string()), CheckpointError::BadRoot),
        (good.replace('=', ""), CheckpointError::BadRoot),
        (with_size("0"), CheckpointError::BadRoot),
    ] {
        assert_eq!(Checkpoint::parse(&bad), Err(fault), "{bad:?}");
    }
    assert!(Checkpoint::parse(&with_size("18446744073709551615")).is_ok());
    assert!(Checkpoint::parse(&format!("example.com/log\n0\n{}\n", sha256(b"").to_base64())).is_ok());
}

#[test]
fn only_the_log_itself_signs_its_checkpoints() {
    let (note, log) = made_up();
    assert_eq!(Checkpoint::open(&note, log.verifier()).unwrap().size, 7);
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    let elsewhere = signer("kiemphieu.example/other", 1);
    let fault = Checkpoint::open(&checkpoint.sign(&elsewhere), log.verifier());
    assert_eq!(fault, Err(CheckpointError::Note(NoteError::NoKnownSignature)));
    // The key of another log signed text about this one.
    let fault = Checkpoint::open(&checkpoint.sign(&elsewhere), elsewhere.verifier());
    assert!(matches!(fault, Err(CheckpointError::OtherOrigin { .. })), "{fault:?}");
    // The log's key signed something else.
    let fault = Checkpoint::open(&log.sign_text("bulletin\n"), log.verifier());
    assert_eq!(fault, Err(CheckpointError::NotThreeLines));
}

#[test]
fn strangers_under_a_checkpoint_change_nothing() {
    let (note, log) = made_up();
    let stranger: SignatureLine = "— stranger.example AAAAAAAAAAAA".parse().unwrap();
    let note = note.with_line(stranger);
    assert!(Checkpoint::open(&note, log.verifier()).is_ok());
    assert_eq!(quorum(&note, &[]), Ok(vec![]));
}

#[test]
fn a_cosignature_binds_checkpoint_time_and_witness() {
    let (note, _) = made_up();
    let (w1, w2) = (witness("w1", 11), witness("w2", 12));
    let line = cosign(note.text(), &w1, 1_700_000_000);
    assert_eq!(verify_cosignature(note.text(), &line, w1.verifier()), Ok(1_700_000_000));
    let bad = |w: &str| CosignatureError::BadSignature { witness: w.to_owned() };
    assert_eq!(verify_cosignature("another\n", &line, w1.verifier()), Err(bad("w1")));
    assert!(matches!(verify_cosignature(note.text(), &line, w2.verifier()), Err(CosignatureError::OtherKey { .. })));
    let as_text_key = VerifierKey::new("w1", KeyKind::Ed25519, *w1.verifier().public()).unwrap();
    assert!(matches!(verify_cosignature(note.text(), &line, &as_text_key), Err(CosignatureError::NotAWitness { .. })));
    // The time is signed: the same signature under another time is bad.
    let later = cosign(note.text(), &w1, 1_700_000_001);
    let mut forged = later.signature()[..8].to_vec();
    forged.extend(&line.signature()[8..]);
    assert_eq!(verify_cosignature(note.text(), &relined(&line, &forged), w1.verifier()), Err(bad("w1")));
}

/// The same name and id over other signature bytes.
fn relined(line: &SignatureLine, signature: &[u8]) -> SignatureLine {
    use base64::Engine;
    let sealed = [&line.key_id().to_be_bytes(), signature].concat();
    let base64 = base64::engine::general_purpose::STANDARD.encode(sealed);
    format!("— {} {base64}", line.name()).parse().unwrap()
}

#[test]
fn a_cosignature_of_the_wrong_length_or_beyond_all_time_is_refused() {
    let (note, _) = made_up();
    let w = witness("w1", 11);
    let line = cosign(note.text(), &w, 5);
    let malformed = Err(CosignatureError::Malformed { witness: "w1".to_owned() });
    for signature in [&line.signature()[..71], &line.signature()[8..], &[line.signature(), &[0]].concat(), &[0; 7]] {
        assert_eq!(verify_cosignature(note.text(), &relined(&line, signature), w.verifier()), malformed);
    }
    // Signed in earnest, but with a time the format forbids.
    let time = 1_u64 << 63;
    let signature = w.sign(format!("cosignature/v1\ntime {time}\n{}", note.text()).as_bytes());
    let line = relined(&line, &[&time.to_be_bytes(), signature.as_slice()].concat());
    assert_eq!(verify_cosignature(note.text(), &line, w.verifier()), malformed);
}

#[test]
fn a_witness_counts_once_however_often_and_under_whatever_name_it_signs() {
    let (note, _) = made_up();
    let (w1, w2, again) = (witness("w1", 11), witness("w2", 12), witness("w1-again", 11));
    let keys = verifiers(&[&w1, &w2, &again]);
    let note = note.with_line(cosign(note.text(), &w1, 5)).with_line(cosign(note.text(), &again, 6));
    assert_eq!(names(&note, &keys).unwrap(), [("w1".to_owned(), 5)]);
    let note = note.with_line(cosign(note.text(), &w2, 7));
    assert_eq!(names(&note, &keys).unwrap(), [("w1".to_owned(), 5), ("w2".to_owned(), 7)]);
    assert_eq!(names(&note, &[keys[1].clone(), keys[1].clone()]).unwrap(), [("w2".to_owned(), 7)]);
    // Two lines of one witness: the newest time, one witness.
    let older = cosign(note.text(), &w2, 3).to_string();
    let twice = Note::parse(format!("{note}{older}\n").as_bytes()).unwrap();
    assert_eq!(names(&twice, &keys).unwrap()[1], ("w2".to_owned(), 7));
}

#[test]
fn a_bad_cosignature_of_a_known_witness_refuses_the_checkpoint() {
    let (note, _) = made_up();
    let (w1, w2) = (witness("w1", 11), witness("w2", 12));
    let note = note.with_line(cosign(note.text(), &w1, 5)).with_line(cosign("another\n", &w2, 6));
    assert_eq!(names(&note, &verifiers(&[&w1, &w2])), Err(CosignatureError::BadSignature { witness: "w2".to_owned() }));
    assert_eq!(names(&note, &verifiers(&[&w1])).unwrap().len(), 1);
}

#[test]
fn neither_the_log_nor_a_text_key_is_a_witness() {
    let (note, log) = made_up();
    assert_eq!(quorum(&note, &verifiers(&[&log])), Ok(vec![]));
}

#[test]
fn cosignatures_are_appended_behind_the_log_and_the_newest_replaces() {
    let (note, log) = made_up();
    let w = witness("a-witness-before-k", 11);
    let first = note.with_line(cosign(note.text(), &w, 5));
    let second = first.with_line(cosign(note.text(), &w, 6));
    for (note, time) in [(&first, 5), (&second, 6)] {
        assert_eq!(note.signatures().len(), 2);
        assert!(note.signatures()[0].names(log.verifier()));
        assert_eq!(quorum(note, &verifiers(&[&w])).unwrap()[0].1, time);
        assert_eq!(&Note::parse(note.as_bytes()).unwrap(), note);
    }
}

#[test]
fn the_golden_receipt_proves_the_first_batch() {
    let (receipt, leaf) = golden_receipt();
    let (log, witnesses) = (key(fixture::GOLDEN_LOG), [key(fixture::GOLDEN_WITNESS)]);
    assert_eq!(receipt.index, 5);
    assert_eq!(receipt.verify(&leaf, &log, &witnesses, 1).unwrap().size, 37);
    assert_eq!(receipt.to_string(), text("golden-v1/receipt-first-batch.tlog-proof"));
    assert_eq!(receipt.verify(&leaf, &log, &witnesses, 2), Err(ReceiptError::TooFewWitnesses { have: 1, need: 2 }));
    assert!(receipt.verify(&leaf, &log, &[], 0).is_ok());
    let other = Note::parse(&bytes("golden-v1/statements/006-batch.note")).unwrap().leaf();
    assert!(matches!(receipt.verify(&other, &log, &witnesses, 1), Err(ReceiptError::Proof(_))));
    assert!(matches!(
        receipt.verify(&leaf, signer("kiemphieu.example/golden/v1", 1).verifier(), &witnesses, 1),
        Err(ReceiptError::Checkpoint(_))
    ));
}

#[test]
fn no_bit_of_a_receipt_can_be_flipped() {
    let whole = bytes("golden-v1/receipt-first-batch.tlog-proof");
    let (_, leaf) = golden_receipt();
    let (log, witnesses) = (key(fixture::GOLDEN_LOG), [key(fixture::GOLDEN_WITNESS)]);
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let receipt = String::from_utf8(changed).ok().and_then(|text| Receipt::parse(&text).ok());
        let verdict = receipt.map(|receipt| receipt.verify(&leaf, &log, &witnesses, 1));
        assert!(!matches!(verdict, Some(Ok(_))), "bit {bit}");
    }
}

#[test]
fn a_receipt_with_any_other_shape_is_refused() {
    let good = text("golden-v1/receipt-first-batch.tlog-proof");
    let hash = good.lines().nth(2).unwrap();
    let (_, leaf) = golden_receipt();
    let (log, witnesses) = (key(fixture::GOLDEN_LOG), [key(fixture::GOLDEN_WITNESS)]);
    for bad in [
        good.replace("@v1", "@v2"),
        good.replace("index 5", "index 05"),
        good.replace("index 5", "index  5"),
        good.replace("index 5", "Index 5"),
        good.replace("index 5\n", ""),
        good.replace("index 5\n", "index 5\n\n"),
        good.replace("index 5\n", "index 5\nindex 5\n"),
        good.replace("index 5\n", "extra \nindex 5\n"),
        good.replace("index 5\n", "extra AAAB=\nindex 5\n"),
        good.replace("index 5\n", "index 5\nextra AAAA\n"),
        good.replace("index 5\n", "extra AAAA\nextra AAAA\nindex 5\n"),
        good.replace(hash, &hash[..43]),
        good.replace(hash, &[hash; 64].join("\n")),
        good.replacen("\n\n", "\n", 1),
        format!("\n{good}"),
        format!("{good}\n"),
    ] {
        assert_ne!(bad, good);
        let verdict = Receipt::parse(&bad).and_then(|receipt| receipt.verify(&leaf, &log, &witnesses, 1));
        assert!(verdict.is_err(), "{bad}");
    }
    assert!(Receipt::parse(&good.replace(hash, &[hash; 58].join("\n"))).is_ok(), "63 hashes");
    assert!(Receipt::parse(&good.replace(hash, &[hash; 59].join("\n"))).is_err(), "64 hashes");
    let with_extra = good.replace("index 5\n", "extra AAAA\nindex 5\n");
    assert_eq!(Receipt::parse(&with_extra).unwrap(), golden_receipt().0);
}

#[test]
fn two_witnesses_of_one_name_have_a_line_each() {
    let (note, _) = made_up();
    let seeds = [[1; 32], [2; 32]];
    let keys = seeds.map(|seed| SigningKey::from_seed("w.example/1", KeyKind::CosignatureV1, &seed).unwrap());
    let before = note.signatures().len();
    let both = keys.iter().fold(note, |note, key| {
        let line = cosign(note.text(), key, 7);
        note.with_line(line)
    });
    assert_eq!(both.signatures().len(), before + 2);
}
