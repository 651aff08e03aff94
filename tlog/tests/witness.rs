//! What a witness reads and says, by the words of C2SP tlog-witness.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod fixture;

use fixture::signer;
use tlog::witness::{monitoring_path, parse_lines, parse_size, size_body};
use tlog::{AddCheckpoint, AddCheckpointError, Checkpoint, Note, Refusal, SigningKey, Tree, VerifierKey, leaf_hash};

/// The example request of the specification, to the byte.
const EXAMPLE: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

/// The example answer of the specification.
const ANSWER: &str = "— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
";

#[test]
fn the_example_of_the_specification_is_read_and_written_back_to_the_byte() {
    let request = AddCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((request.old, request.proof.len(), request.origin()), (20_852_014, 4, "example.com/behind-the-sofa"));
    assert_eq!(request.checkpoint.signatures().len(), 2);
    assert_eq!(request.to_string(), EXAMPLE);
    assert_eq!(
        parse_lines(ANSWER.as_bytes()).unwrap().iter().map(|line| format!("{line}\n")).collect::<String>(),
        ANSWER
    );
}

#[test]
fn every_body_that_is_no_request_is_told_its_line() {
    let line = |body: &str| match AddCheckpoint::parse(body.as_bytes()) {
        Err(AddCheckpointError::Malformed { line, .. }) => line,
        other => panic!("{body:?}: {other:?}"),
    };
    let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=";
    let with = |from: &str, to: &str| {
        let body = EXAMPLE.replacen(from, to, 1);
        assert_ne!(body, EXAMPLE);
        body
    };
    for first in
        ["old 020852014", "old -1", "old +1", "old ", "old  1", "old 1 ", "OLD 1", "", "1", "old 18446744073709551616"]
    {
        assert_eq!(line(&with("old 20852014", first)), 1, "{first:?}");
    }
    for second in [&hash[..43], &format!("{hash} "), "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax=", "AAAA", "old 1"] {
        assert_eq!(line(&with(hash, second)), 2, "{second:?}");
    }
    assert_eq!(line(&with("old 20852014\n", &format!("old 0\n{}", format!("{hash}\n").repeat(60)))), 65);
    assert!(
        AddCheckpoint::parse(with("old 20852014\n", &format!("old 0\n{}", format!("{hash}\n").repeat(59))).as_bytes())
            .is_ok()
    );
    assert_eq!(line("old 1\n"), 1);
    assert!(matches!(AddCheckpoint::parse(b"old 1\n\n"), Err(AddCheckpointError::Note(_))));
    assert!(AddCheckpoint::parse(EXAMPLE.trim_end().as_bytes()).is_err(), "the last newline is missing");
    assert!(AddCheckpoint::parse(EXAMPLE.replace('\n', "\r\n").as_bytes()).is_err());
    assert!(AddCheckpoint::parse(b"old 1\n\xff\n\nx\n").is_err());
    let many = format!("{EXAMPLE}{}", ANSWER.repeat(40));
    assert!(matches!(AddCheckpoint::parse(many.as_bytes()), Err(AddCheckpointError::Note(_))), "122 signature lines");
}

#[test]
fn no_byte_of_a_request_can_be_changed_unseen() {
    let good = AddCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    for at in 0..EXAMPLE.len() {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        bytes[at] ^= 1;
        if let Ok(other) = AddCheckpoint::parse(&bytes) {
            assert_ne!(other, good, "byte {at}");
            assert_eq!(other.to_string().as_bytes(), bytes, "byte {at} has two spellings");
        }
    }
}

struct Log {
    key: SigningKey,
    tree: Tree,
}

impl Log {
    fn of(size: u8) -> Self {
        let mut tree = Tree::new();
        (0..size).for_each(|n| tree.push(leaf_hash(&[n])));
        Self { key: signer("kiemphieu.example/e", 1), tree }
    }

    fn keys(&self) -> Vec<VerifierKey> {
        vec![self.key.verifier().clone()]
    }

    fn at(&self, size: u64) -> Checkpoint {
        let root = self.tree.root_at(size).unwrap();
        Checkpoint { origin: "kiemphieu.example/e".into(), size, root }
    }

    fn asks(&self, old: u64, new: u64) -> AddCheckpoint {
        let proof = if old == 0 { Vec::new() } else { self.tree.consistency_proof(old, new).unwrap_or_default() };
        AddCheckpoint { old, proof, checkpoint: self.at(new).sign(&self.key) }
    }
}

#[test]
fn a_log_that_grows_is_cosigned_step_by_step_and_never_backwards() {
    let log = Log::of(40);
    for old in 0..=40 {
        for new in old..=40 {
            let last = (old > 0).then(|| log.at(old));
            assert_eq!(log.asks(old, new).judge(&log.keys(), last.as_ref()), Ok(log.at(new)), "{old} to {new}");
            for other in (0..=40).filter(|other| *other != old) {
                let last = (other > 0).then(|| log.at(other));
                let refusal = log.asks(old, new).judge(&log.keys(), last.as_ref()).unwrap_err();
                assert_eq!((refusal.status(), refusal.size()), (409, Some(other)), "{old} to {new} after {other}");
            }
        }
    }
}

#[test]
fn each_wrong_request_has_its_status() {
    let (log, mut other) = (Log::of(20), Log::of(5));
    other.tree.push(leaf_hash(b"another history"));
    (7..20).for_each(|n: u8| other.tree.push(leaf_hash(&[n])));
    let status = |request: &AddCheckpoint, keys: &[VerifierKey], last: u64| {
        request
            .judge(keys, Some(&log.at(last)))
            .map_or_else(|refusal| (refusal.status(), refusal.size()), |_| (200, None))
    };
    let keys = log.keys();
    assert_eq!(status(&log.asks(8, 12), &keys, 8), (200, None));
    assert_eq!(status(&log.asks(8, 12), &[], 8), (404, None));
    let stranger = signer("kiemphieu.example/other", 2);
    assert_eq!(status(&log.asks(8, 12), &[stranger.verifier().clone()], 8), (404, None));
    let same_name = signer("kiemphieu.example/e", 2);
    assert_eq!(status(&log.asks(8, 12), &[same_name.verifier().clone()], 8), (403, None));
    let mut asked = log.asks(8, 12);
    asked.checkpoint = Note::parse(asked.checkpoint.as_str().replacen("\n12\n", "\n13\n", 1).as_bytes()).unwrap();
    assert_eq!(status(&asked, &keys, 8), (403, None));
    let mut asked = log.asks(8, 12);
    asked.checkpoint = log.key.sign_text(&format!("{}extension\n", log.at(12).text()));
    assert_eq!(status(&asked, &keys, 8), (400, None));
    let mut asked = log.asks(8, 12);
    asked.old = 13;
    assert_eq!(status(&asked, &keys, 8), (400, None));
    assert_eq!(status(&log.asks(7, 12), &keys, 8), (409, Some(8)));
    assert_eq!(status(&other.asks(12, 12), &keys, 12), (409, Some(12)), "one size, two roots");
    assert_eq!(status(&other.asks(8, 12), &keys, 12), (409, Some(12)), "whatever it believes was before");
    assert_eq!(status(&other.asks(8, 12), &keys, 8), (422, None), "another history");
    let mut asked = log.asks(8, 12);
    asked.proof.clear();
    assert_eq!(status(&asked, &keys, 8), (422, None));
    let mut asked = log.asks(0, 12);
    asked.proof = log.tree.consistency_proof(8, 12).unwrap();
    let refusal = asked.judge(&keys, None).unwrap_err();
    assert!(matches!(refusal, Refusal::Inconsistent(_)), "a proof from nothing is empty");
}

#[test]
fn another_key_under_the_name_of_the_log_is_passed_over() {
    let log = Log::of(3);
    let mut asked = log.asks(0, 3);
    let other = SigningKey::from_seed(&log.at(3).origin, tlog::KeyKind::Ed25519, &[77; 32]).unwrap();
    let line = log.at(3).sign(&other).signatures()[0].clone();
    asked.checkpoint = asked.checkpoint.with_line(line);
    assert_eq!(asked.judge(&log.keys(), None), Ok(log.at(3)));
}

#[test]
fn a_size_stands_alone_on_its_line() {
    assert_eq!(size_body(20_852_014), "20852014\n");
    assert_eq!(parse_size(b"20852014\n"), Some(20_852_014));
    for body in ["", "\n", "7", "07\n", "-7\n", "7\n\n", " 7\n", "7 \n", "18446744073709551616\n"] {
        assert_eq!(parse_size(body.as_bytes()), None, "{body:?}");
    }
    for body in ["", "\n", "— w AAAA\n", ANSWER.trim_end(), &format!("{ANSWER}\n")] {
        assert!(parse_lines(body.as_bytes()).is_err(), "{body:?}");
    }
    let shown = "5fd2dc0beb4ce54da5050cf6d5c75248b023abad441c3cecde3976fbe9da4fe4/checkpoint";
    assert_eq!(monitoring_path("example.com/behind-the-sofa"), shown);
}
