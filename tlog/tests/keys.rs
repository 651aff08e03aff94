//! Keys are strict: what is accepted here is exactly what a strict verifier accepts.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod fixture;

use ed25519_dalek::{Signature, VerifyingKey};
use fixture::{bytes, json, key, signer, unhex};
use tlog::{KeyError, KeyKind, SigningKey, VerifierKey};

/// Our verdict on raw bytes, key filter included.
fn accepted(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(public), Ok(signature)) = (public.try_into(), signature.try_into()) else { return false };
    VerifierKey::new("k", KeyKind::Ed25519, public).is_ok_and(|key| key.verify(message, signature))
}

/// The second opinion.
fn strictly_accepted(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(public), Ok(signature)) = (public.try_into(), Signature::from_slice(signature)) else { return false };
    VerifyingKey::from_bytes(public).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

#[test]
fn every_wycheproof_verdict_is_the_published_one_and_that_of_a_strict_verifier() {
    let vectors = json("ed25519/wycheproof_ed25519_test.json");
    let mut cases = 0;
    for group in vectors["testGroups"].as_array().unwrap() {
        let public = unhex(group["publicKey"]["pk"].as_str().unwrap());
        for case in group["tests"].as_array().unwrap() {
            let (message, signature) = (unhex(case["msg"].as_str().unwrap()), unhex(case["sig"].as_str().unwrap()));
            let verdict = accepted(&public, &message, &signature);
            assert_eq!(verdict, case["result"] == "valid", "case {}", case["tcId"]);
            assert_eq!(verdict, strictly_accepted(&public, &message, &signature), "case {}", case["tcId"]);
            cases += 1;
        }
    }
    assert_eq!(cases, 151);
}

#[test]
fn every_edge_case_of_the_curve_has_the_verdict_of_a_strict_verifier() {
    let vectors = json("ed25519/cctv_ed25519vectors.json");
    let (mut good, mut cases) = (0, 0);
    for case in vectors.as_array().unwrap() {
        let part = |name: &str| unhex(case[name].as_str().unwrap());
        let (public, signature) = (part("key"), part("sig"));
        let message = case["msg"].as_str().unwrap().as_bytes();
        let verdict = accepted(&public, message, &signature);
        assert_eq!(verdict, strictly_accepted(&public, message, &signature), "case {}", case["number"]);
        let flags: Vec<&str> =
            case["flags"].as_array().map_or(vec![], |f| f.iter().filter_map(|f| f.as_str()).collect());
        for (flag, reason) in [("low_order_A", KeyError::SmallOrder), ("non_canonical_A", KeyError::NonCanonical)] {
            if flags.contains(&flag) {
                let refusal = VerifierKey::new("k", KeyKind::Ed25519, public.clone().try_into().unwrap()).unwrap_err();
                assert!(refusal == reason || refusal == KeyError::NonCanonical, "case {}", case["number"]);
            }
        }
        assert!(!(verdict && (flags.contains(&"low_order_R") || flags.contains(&"non_canonical_R"))));
        cases += 1;
        good += usize::from(verdict);
    }
    assert_eq!(cases, 914);
    assert!(good > 0, "the vectors hold good signatures too");
}

#[test]
fn a_key_of_small_order_or_with_two_spellings_is_refused_at_registration() {
    let p_plus = |low: u8, sign: u8| {
        let mut y = [0xff; 32];
        y[0] = low;
        y[31] = 0x7f | sign;
        y
    };
    let small = |low: u8, sign: u8| {
        let mut y = [0; 32];
        y[0] = low;
        y[31] = sign;
        y
    };
    let judge = |public| VerifierKey::new("k", KeyKind::Ed25519, public).map(|_| ());
    for sign in [0, 0x80] {
        for low in 0xed..=0xff {
            assert_eq!(judge(p_plus(low, sign)), Err(KeyError::NonCanonical), "p + {}", low - 0xed);
        }
        assert_eq!(judge(small(0, sign)), Err(KeyError::SmallOrder));
    }
    for (y, sign, fault) in [(1, 0, KeyError::SmallOrder), (1, 0x80, KeyError::NonCanonical)] {
        assert_eq!(judge(small(y, sign)), Err(fault));
    }
    assert_eq!(judge(p_plus(0xec, 0)), Err(KeyError::SmallOrder));
    assert_eq!(judge(p_plus(0xec, 0x80)), Err(KeyError::NonCanonical));
    assert_eq!(judge(p_plus(0xeb, 0)), Ok(()));
    for order_8 in [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ] {
        let public: [u8; 32] = unhex(order_8).try_into().unwrap();
        assert!(VerifyingKey::from_bytes(&public).unwrap().is_weak());
        assert_eq!(judge(public), Err(KeyError::SmallOrder));
    }
}

#[test]
fn a_printed_key_is_read_back_as_itself() {
    for vkey in [fixture::TESSERA_LOG, fixture::GOLDEN_LOG, fixture::GOLDEN_WITNESS, fixture::GOLDEN_STATION] {
        assert_eq!(key(vkey).to_string(), vkey);
    }
    assert_eq!(key(fixture::GOLDEN_WITNESS).kind(), KeyKind::CosignatureV1);
    assert_eq!(key(fixture::GOLDEN_LOG).id(), 0x9f24_a6e4);
}

#[test]
fn a_printed_key_with_any_flaw_is_refused() {
    for vkey in json("note/signed_note_vectors.json")["vkey_bad"].as_array().unwrap() {
        assert!(VerifierKey::parse(vkey.as_str().unwrap()).is_err(), "{vkey}");
    }
    let good = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert!(VerifierKey::parse(good).is_ok());
    let name = |name: &str| good.replace("PeterNeumann", name);
    for (vkey, fault) in [
        (String::new(), KeyError::Malformed),
        (good.replace("c74f20a3", "C74F20A3"), KeyError::Malformed),
        (good.replace("c74f20a3", "c74f20a"), KeyError::Malformed),
        (good.replace("c74f20a3", "c74f20a4"), KeyError::WrongId),
        (good.replace("10TW", "10TX"), KeyError::WrongId),
        (good.replace("ARpc", "ZRpc"), KeyError::UnknownKind(0x65)),
        (format!("{good}="), KeyError::Malformed),
        (format!("{good} "), KeyError::Malformed),
        (format!("{good}\n"), KeyError::Malformed),
        (name("PeterNeumanN"), KeyError::WrongId),
        (name(""), KeyError::BadName),
        (name("Peter Neumann"), KeyError::BadName),
        (name("Peter\u{a0}Neumann"), KeyError::BadName),
        (name("Peter\nNeumann"), KeyError::BadName),
        (name("Peter+Neumann"), KeyError::Malformed),
    ] {
        assert_eq!(VerifierKey::parse(&vkey), Err(fault), "{vkey:?}");
    }
}

#[test]
fn one_public_key_has_another_id_for_each_kind_and_each_name() {
    let public = *signer("a", 7).verifier().public();
    let id = |name, kind| VerifierKey::new(name, kind, public).unwrap().id();
    assert_ne!(id("a", KeyKind::Ed25519), id("a", KeyKind::CosignatureV1));
    assert_ne!(id("a", KeyKind::Ed25519), id("b", KeyKind::Ed25519));
}

#[test]
fn a_seed_gives_the_same_key_and_signature_as_elsewhere() {
    let seed = [42; 32];
    let ours = SigningKey::from_seed("k", KeyKind::Ed25519, &seed).unwrap();
    let theirs = ed25519_dalek::SigningKey::from_bytes(&seed);
    assert_eq!(ours.verifier().public(), theirs.verifying_key().as_bytes());
    let message = bytes("golden-v1/statements/005-batch.note");
    assert_eq!(ours.sign(&message), ed25519_dalek::Signer::sign(&theirs, &message).to_bytes());
    assert!(ours.verifier().verify(&message, &ours.sign(&message)));
    assert!(!ours.verifier().verify(b"another text", &ours.sign(&message)));
}

#[test]
fn a_signing_key_never_shows_its_seed() {
    let shown = format!("{:?}", signer("kiemphieu.example/e", 0xab));
    assert!(!shown.contains("abab") && !shown.contains("171, 171") && shown.contains("kiemphieu.example/e+"));
}

#[test]
fn a_large_y_below_p_is_a_key_like_any_other() {
    let mut public = [0; 32];
    (public[0], public[31]) = (0xf0, 0x7f);
    let key = VerifierKey::new("kiemphieu.example/large", KeyKind::Ed25519, public).unwrap();
    assert_eq!(key.public(), &public);
    assert_eq!(tlog::Hash(public).as_bytes(), &public);
}
