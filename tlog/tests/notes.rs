//! A note is taken whole or not at all.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod fixture;

use fixture::{bytes, json, key, signer, text, witness};
use proptest::prelude::*;
use tlog::note::{LINES_MAX, NOTE_BYTES_MAX};
use tlog::{Hash, Note, NoteError, SignatureLine, SigningKey, VerifierKey, leaf_hash, sha256};

const BATCH: &str = "golden-v1/statements/005-batch.note";

fn find<'k>(keys: &'k [VerifierKey]) -> impl Fn(&str, u32) -> Option<&'k VerifierKey> {
    |name, id| keys.iter().find(|key| key.name() == name && key.id() == id)
}

/// What the door says about a note when exactly these keys are known.
fn strictly(note: &Note, known: &[&SigningKey]) -> Result<Vec<String>, NoteError> {
    let keys: Vec<VerifierKey> = known.iter().map(|key| key.verifier().clone()).collect();
    note.verify_strict(find(&keys)).map(|keys| keys.iter().map(|key| key.name().to_owned()).collect())
}

/// Lines as they stand, in whatever order: what a careless or hostile sender writes.
fn unordered(text: &str, lines: &[String]) -> Note {
    Note::parse(format!("{text}\n{}\n", lines.join("\n")).as_bytes()).unwrap()
}

fn line(text: &str, key: &SigningKey) -> String {
    key.sign_text(text).signatures()[0].to_string()
}

#[test]
fn every_published_signed_note_has_its_verdict() {
    let vectors = json("note/signed_note_vectors.json");
    let cases = vectors["tests"].as_array().unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let keys: Vec<VerifierKey> =
            case["vkeys"].as_array().unwrap().iter().map(|k| key(k.as_str().unwrap())).collect();
        let note = case["note"].as_str().unwrap();
        let verdict = Note::parse(note.as_bytes()).and_then(|note| {
            let names = note.verify_known(find(&keys))?.iter().map(|key| key.name().to_owned()).collect::<Vec<_>>();
            assert_eq!(note.as_str(), case["note"].as_str().unwrap());
            Ok(names)
        });
        let name = case["name"].as_str().unwrap();
        match case["result"].as_str().unwrap() {
            "ok" | "ok-or-reject" => {
                let expected: Vec<&str> =
                    case["verified"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
                assert_eq!(verdict.unwrap(), expected, "{name}");
            }
            "unverified" => assert_eq!(verdict, Err(NoteError::NoKnownSignature), "{name}"),
            "invalid-signature" => assert!(matches!(verdict, Err(NoteError::BadSignature { .. })), "{name}"),
            "malformed" => assert!(
                matches!(verdict, Err(NoteError::Malformed { .. } | NoteError::TooManySignatures)),
                "{name}: {verdict:?}"
            ),
            other => panic!("unknown verdict {other}"),
        }
    }
}

#[test]
fn no_bit_of_a_signed_statement_can_be_flipped() {
    let whole = bytes(BATCH);
    let keys = [key(fixture::GOLDEN_STATION)];
    let good = Note::parse(&whole).unwrap();
    assert!(good.verify_strict(find(&keys)).is_ok() && good.verify_known(find(&keys)).is_ok());
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(note) = Note::parse(&changed) {
            assert!(note.verify_strict(find(&keys)).is_err(), "bit {bit}");
            assert!(note.verify_known(find(&keys)).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn no_shortened_and_no_lengthened_statement_is_taken() {
    let whole = bytes(BATCH);
    let keys = [key(fixture::GOLDEN_STATION)];
    let taken = |bytes: &[u8]| Note::parse(bytes).is_ok_and(|note| note.verify_strict(find(&keys)).is_ok());
    assert!(taken(&whole));
    assert!((0..whole.len()).all(|len| !taken(&whole[..len])));
    for tail in ["\n", " ", "x", "\r\n", "\u{feff}", "— "] {
        assert!(!taken(&[&whole, tail.as_bytes()].concat()), "{tail:?} behind");
        assert!(!taken(&[tail.as_bytes(), &whole].concat()), "{tail:?} in front");
    }
    assert!(!taken(text(BATCH).replace('\n', "\r\n").as_bytes()));
}

#[test]
fn every_golden_statement_is_signed_by_the_keys_its_manifest_and_boards_name() {
    let mut keys: Vec<VerifierKey> = Vec::new();
    let names = fixture::files_under("golden-v1/statements");
    assert_eq!(names.len(), 37);
    for name in names {
        let note = Note::parse(&bytes(&format!("golden-v1/statements/{name}"))).unwrap();
        // Manifest, board and key statements print verifier keys as the last word of a line.
        let printed = note.text().lines().filter_map(|line| VerifierKey::parse(line.split(' ').next_back()?).ok());
        keys.extend(printed);
        let signers = note.verify_strict(find(&keys)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(!signers.is_empty());
        assert_eq!(note.sid(), sha256(note.text().as_bytes()));
        assert_eq!(note.leaf(), leaf_hash(note.as_bytes()));
    }
}

#[test]
fn the_door_takes_only_known_keys_in_order_each_once() {
    let (a, b, stranger) = (signer("e/a", 1), signer("e/b", 2), signer("e/c", 3));
    let text = "vote\n";
    let (by_a, by_b, by_c) = (line(text, &a), line(text, &b), line(text, &stranger));
    let judge = |lines: &[&String]| {
        let lines: Vec<String> = lines.iter().map(|&line| line.clone()).collect();
        strictly(&unordered(text, &lines), &[&a, &b])
    };
    assert_eq!(judge(&[&by_a]).unwrap(), ["e/a"]);
    assert_eq!(judge(&[&by_a, &by_b]).unwrap(), ["e/a", "e/b"]);
    assert_eq!(judge(&[&by_b, &by_a]), Err(NoteError::NotAscending));
    assert_eq!(judge(&[&by_a, &by_a]), Err(NoteError::Duplicate { name: "e/a".into() }));
    assert_eq!(judge(&[&by_a, &by_c]), Err(NoteError::UnknownKey { name: "e/c".into() }));
    let of_another_text = line("another vote\n", &b);
    assert_eq!(judge(&[&by_a, &of_another_text]), Err(NoteError::BadSignature { name: "e/b".into() }));
}

#[test]
fn names_are_ordered_by_their_bytes() {
    let (upper, lower, accent) = (signer("e/B", 1), signer("e/a", 2), signer("e/á", 3));
    let note = accent.sign_text("x\n").add_signature(&lower).unwrap().add_signature(&upper).unwrap();
    assert_eq!(strictly(&note, &[&upper, &lower, &accent]).unwrap(), ["e/B", "e/a", "e/á"]);
}

#[test]
fn the_same_name_with_another_key_is_a_stranger() {
    let (registered, impostor) = (signer("e/a", 1), signer("e/a", 2));
    let note = impostor.sign_text("vote\n");
    assert_eq!(strictly(&note, &[&registered]), Err(NoteError::UnknownKey { name: "e/a".into() }));
    // Even a register that confuses the two does not help the impostor.
    let verdict = note.verify_strict(|_, _| Some(registered.verifier()));
    assert_eq!(verdict, Err(NoteError::UnknownKey { name: "e/a".into() }));
    assert_eq!(note.verify_known(|_, _| Some(registered.verifier())), Err(NoteError::NoKnownSignature));
}

#[test]
fn a_witness_key_signs_no_statement() {
    let w = witness("w", 9);
    let note = signer("a", 1).sign_text("vote\n");
    assert_eq!(note.add_signature(&w), Err(NoteError::NotEntitled { name: "w".into() }));
    let cosigned = note.with_line(tlog::cosignature::cosign("vote\n", &w, 5));
    assert_eq!(strictly(&cosigned, &[&signer("a", 1), &w]), Err(NoteError::NotEntitled { name: "w".into() }));
}

#[test]
fn seventeen_signatures_are_too_many_for_the_door_and_sixteen_are_not() {
    let keys: Vec<SigningKey> = (10..27).map(|i| signer(&format!("e/{i}"), i)).collect();
    let signed_by =
        |n: usize| keys[1..n].iter().fold(keys[0].sign_text("x\n"), |note, key| note.add_signature(key).unwrap());
    let known: Vec<&SigningKey> = keys.iter().collect();
    assert_eq!(strictly(&signed_by(16), &known).unwrap().len(), 16);
    assert_eq!(strictly(&signed_by(17), &known), Err(NoteError::TooManySignatures));
}

#[test]
fn a_bad_second_line_of_a_known_key_refuses_the_note() {
    let a = signer("e/a", 1);
    let note = unordered("x\n", &[line("x\n", &a), line("y\n", &a)]);
    assert_eq!(note.verify_known(|_, _| Some(a.verifier())), Err(NoteError::BadSignature { name: "e/a".into() }));
}

#[test]
fn malformed_notes_are_refused_with_the_line() {
    let good = text(BATCH);
    let (body, signature) = good.rsplit_once("\n\n").unwrap();
    let refused_at = |note: &[u8], line: usize| match Note::parse(note) {
        Err(NoteError::Malformed { line: found, .. }) => assert_eq!(found, line, "{:?}", String::from_utf8_lossy(note)),
        other => panic!("{other:?} for {:?}", String::from_utf8_lossy(note)),
    };
    refused_at(b"", 1);
    refused_at(b"\n", 2);
    refused_at(b"\n\n", 3);
    refused_at(body.as_bytes(), 21);
    refused_at(format!("\n{signature}").as_bytes(), 3);
    refused_at(b"a\n\xff\n\n", 2);
    refused_at(good.replacen("passes 2", "passes\t2", 1).as_bytes(), 9);
    refused_at(good.replacen('\n', "\0\n", 1).as_bytes(), 1);
    refused_at(good.replacen("passes 2", "passes\t2\t", 1).as_bytes(), 9);
    for bad in [
        signature.replace("— ", "- "),
        signature.replace("— ", "—  "),
        signature.replace("— ", "—"),
        signature.replace("/s01 ", "/s01  "),
        signature.replace("/s01 ", "/s+1 "),
        signature.replace("/s01 ", "/s\u{2003}1 "),
        signature.replace("egE=", "egE"),
        signature.replace("egE=", "egF="),
        signature.replace("egE=", "egE= "),
        signature.replace("lOxS", "lO_S"),
        "— name AAAAAA==\n".to_owned(),
        "— name \n".to_owned(),
        "— name\n".to_owned(),
    ] {
        assert_ne!(bad, signature);
        refused_at(format!("{body}\n\n{bad}").as_bytes(), 23);
    }
}

#[test]
fn limits_are_exact() {
    let a = signer("e/a", 1);
    let one = line("x\n", &a);
    assert!(Note::parse(format!("x\n\n{}", format!("{one}\n").repeat(LINES_MAX)).as_bytes()).is_ok());
    let over = format!("x\n\n{}", format!("{one}\n").repeat(LINES_MAX + 1));
    assert_eq!(Note::parse(over.as_bytes()), Err(NoteError::TooManySignatures));
    let frame = format!("\n\n{one}\n");
    let of_size = |bytes: usize| format!("{}{frame}", "x".repeat(bytes - frame.len()));
    assert!(Note::parse(of_size(NOTE_BYTES_MAX).as_bytes()).is_ok());
    assert_eq!(Note::parse(of_size(NOTE_BYTES_MAX + 1).as_bytes()), Err(NoteError::TooLarge));
}

#[test]
fn a_text_may_hold_empty_lines_and_even_look_signed() {
    let a = signer("e/a", 1);
    for text in ["\n", "a\n\nb\n", "a\n\n", "x\n\n— e/b AAAAAAAA\n"] {
        let note = a.sign_text(text);
        assert_eq!(note.text(), text);
        assert_eq!(Note::parse(note.as_bytes()).unwrap(), note);
        assert!(strictly(&note, &[&a]).is_ok());
    }
}

#[test]
fn members_sign_one_text_and_their_signatures_come_together() {
    let (a, b, c) = (signer("e/a", 1), signer("e/b", 2), signer("e/c", 3));
    let text = "certify\n";
    let of_a_and_c = c.sign_text(text).add_signature(&a).unwrap();
    let of_b_and_c = b.sign_text(text).add_signature(&c).unwrap();
    let all = of_a_and_c.merge(&of_b_and_c).unwrap();
    assert_eq!(strictly(&all, &[&a, &b, &c]).unwrap(), ["e/a", "e/b", "e/c"]);
    assert_eq!(all, of_b_and_c.merge(&of_a_and_c).unwrap());
    assert_eq!(all, all.merge(&of_a_and_c).unwrap());
    assert_eq!((all.sid(), all.text()), (of_a_and_c.sid(), text));
    assert_ne!(all.leaf(), of_a_and_c.leaf());
    assert_eq!(all.add_signature(&b), Err(NoteError::Duplicate { name: "e/b".into() }));
    assert_eq!(all.merge(&a.sign_text("reopen\n")), Err(NoteError::TextsDiffer));
    // Two different lines of one name are not a union but a quarrel.
    let impostor = signer("e/a", 9).sign_text(text);
    assert_eq!(of_a_and_c.merge(&impostor), Err(NoteError::Duplicate { name: "e/a".into() }));
}

#[test]
fn nothing_is_put_together_that_could_not_be_read() {
    let lines = || signer("e/a", 1).sign_text("x\n").signatures().to_vec();
    assert!(Note::signed_by("x\n", lines()).is_ok());
    assert!(Note::signed_by("x", lines()).is_err());
    assert!(Note::signed_by("", lines()).is_err());
    assert!(Note::signed_by("x\ty\n", lines()).is_err());
    assert!(Note::signed_by("x\n", []).is_err());
}

#[test]
fn a_signature_line_is_read_back_as_itself() {
    let line = signer("e/a", 1).sign_text("x\n").signatures()[0].clone();
    assert_eq!(line.to_string().parse::<SignatureLine>().unwrap(), line);
    assert_eq!((line.name(), line.signature().len()), ("e/a", 64));
    assert!(format!("{line}\n").parse::<SignatureLine>().is_err());
}

#[test]
fn no_figures_reach_a_log_file_through_a_debug_print() {
    let shown = format!("{:?}", Note::parse(&bytes(BATCH)).unwrap());
    assert!(shown.contains("station/s01") && !shown.contains("votes"), "{shown}");
}

#[test]
fn a_hash_has_one_spelling_in_hex_and_one_in_base64() {
    let hash = sha256(b"");
    let (hex, base64) = (hash.to_string(), hash.to_base64());
    assert_eq!(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!((hex.parse(), Hash::from_base64(&base64)), (Ok(hash), Ok(hash)));
    for bad in
        [hex.to_uppercase(), format!("{hex}0"), hex[1..].to_owned(), hex.replace('e', "g"), format!("+{}", &hex[1..])]
    {
        assert!(bad.parse::<Hash>().is_err(), "{bad}");
    }
    for bad in [base64.replace("U=", "V="), base64.replace('=', ""), format!("{base64}\n"), base64.replace('/', "_")] {
        assert!(Hash::from_base64(&bad).is_err(), "{bad}");
    }
    assert!(Hash::from_base64(&format!("{}A", &base64[..43])).is_err(), "33 bytes are no hash");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read_back_exactly(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.as_bytes(), bytes.as_slice());
        }
    }

    #[test]
    fn what_is_read_is_written_the_same(pieces in prop::collection::vec(
        prop::sample::select(vec!["\n", "\n\n", "— ", "a", "a b", "é", " ", "AAAAAAA=", "AAAAAAB=", "+", "\t"]), 0..20)
    ) {
        let whole = pieces.concat();
        if let Ok(note) = Note::parse(whole.as_bytes()) {
            let lines: String = note.signatures().iter().map(|line| format!("{line}\n")).collect();
            prop_assert_eq!(format!("{}\n{lines}", note.text()), whole);
        }
    }
}
