use super::*;
use tally::{Count, SignedStatement};
use tlog::{KeyKind, SigningKey};

const ORIGIN: &str = "kiemphieu.example/hall";

fn make(name: &str, kind: KeyKind, seed: &str) -> VerifierKey {
    SigningKey::from_seed(name, kind, &tlog::sha256(seed.as_bytes()).0).unwrap().verifier().clone()
}

/// The key of a role, made from its own name.
fn key(short: &str) -> VerifierKey {
    make(&format!("{ORIGIN}/{short}"), KeyKind::Ed25519, short)
}

fn witness(name: &str) -> VerifierKey {
    make(name, KeyKind::CosignatureV1, name)
}

fn code(digits: &str) -> Option<Code> {
    Some(digits.parse().unwrap())
}

fn apply(count: &mut Count, text: &str) {
    let lines = ["o1", "o2"].map(|id| format!("— {ORIGIN}/organiser/{id} AAAAAAA=\n")).concat();
    count.apply(&SignedStatement::reread(format!("{text}\n{lines}").as_bytes()).unwrap());
}

/// An event that knows table s01, the revoked table s02 and the observer `tinh`, and has invited whom a test names.
struct Hall {
    keys: KeyBook,
    invitations: Invitations,
    now: Instant,
}

impl Hall {
    fn inviting(names: &[&str]) -> Self {
        let mut count = Count::new();
        let log = make(ORIGIN, KeyKind::Ed25519, "log");
        let mut manifest =
            format!("kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle Đại hội thử\norganisation -\nplace -\n");
        manifest += "language vi\nthreshold 2\n";
        ["organiser/o1", "organiser/o2"].iter().for_each(|o| manifest += &format!("organiser {}\n", key(o)));
        manifest += &format!("log {log}\ntally {}\n", key("tally"));
        ["station/s01", "station/s02"].iter().for_each(|s| manifest += &format!("station {}\n", key(s)));
        manifest += "table s01 Bàn số 1\ntable s02 Bàn số 2\n";
        manifest += &format!("observer {}\nwitness-quorum 0\n", key("observer/tinh"));
        manifest += "disclosure public\nlive-totals no\nmin-bundle 1\n";
        apply(&mut count, &manifest);
        let (event, prev) = (count.event().unwrap(), count.election_head());
        let revoke = format!("kiemphieu/v1/revoke\nelection {event}\nprev {prev}\nkey {ORIGIN}/station/s02\n");
        apply(&mut count, &(revoke + "last-seq 0\nreason mất máy\n"));
        let (keys, now, mut invitations) = (count.keys().clone(), Instant::now(), Invitations::default());
        for name in names {
            let name = Name::typed(name, ORIGIN).unwrap();
            invitations.invite(&name, code("11111111").unwrap(), now, |_| false).unwrap();
        }
        Self { keys, invitations, now }
    }

    /// A deposit over the connection of `own`.
    fn comes(&mut self, own: &VerifierKey, deposited: &VerifierKey, digits: &str) -> Answer {
        let typed = (deposited.to_string(), digits.parse().ok());
        let own = Some(*own.public());
        judge(&mut self.invitations, &self.keys, ORIGIN, own, (&typed.0, typed.1), self.now)
    }
}

#[test]
fn a_device_deposits_the_key_of_its_connection_and_no_other() {
    let mut hall = Hall::inviting(&["station/s04", "board/k1"]);
    let (mine, other) = (key("station/s04"), key("board/k1"));
    assert_eq!(hall.comes(&other, &mine, "11111111"), Answer::NotOwnKey);
    assert_eq!(hall.comes(&key("observer/tinh"), &mine, "11111111"), Answer::NotOwnKey, "an enrolled key neither");
    let none = judge(&mut hall.invitations, &hall.keys, ORIGIN, None, (&mine.to_string(), code("11111111")), hall.now);
    assert_eq!(none, Answer::NoKey);
    assert_eq!(hall.comes(&mine, &mine, "11111111"), Answer::In { again: false }, "and the code was not spent");
    assert_eq!(hall.comes(&mine, &mine, "11111111"), Answer::In { again: true });
}

#[test]
fn a_key_of_another_name_event_or_kind_does_not_come_in() {
    let mut hall = Hall::inviting(&["station/s04"]);
    for name in ["kiemphieu.example/other/station/s04", "kiemphieu.example/hall/tally", "station/s04"] {
        let key = make(name, KeyKind::Ed25519, name);
        assert_eq!(hall.comes(&key, &key, "11111111"), Answer::BadName, "{name}");
    }
    let disguised = make("kiemphieu.example/hall/station/s04", KeyKind::CosignatureV1, "x");
    assert_eq!(hall.comes(&disguised, &disguised, "11111111"), Answer::BadName);
    assert_eq!(hall.comes(&key("station/s05"), &key("station/s05"), "11111111"), Answer::Wrong { ends: false });
    // A point of small order signs for everybody.
    let weak = format!("{ORIGIN}/station/s04+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let (own, now) = (Some(*key("station/s04").public()), hall.now);
    let answer = judge(&mut hall.invitations, &hall.keys, ORIGIN, own, (&weak, code("11111111")), now);
    assert_eq!(answer, Answer::BadKey(KeyError::SmallOrder));
}

#[test]
fn whoever_is_in_the_log_is_told_so_and_a_revoked_key_never_returns() {
    let mut hall = Hall::inviting(&["station/s04"]);
    assert_eq!(hall.comes(&key("station/s01"), &key("station/s01"), "99999999"), Answer::Enrolled);
    assert_eq!(hall.comes(&key("station/s02"), &key("station/s02"), "11111111"), Answer::Revoked);
    let returned = make(&format!("{ORIGIN}/station/s04"), KeyKind::Ed25519, "station/s02");
    assert_eq!(hall.comes(&returned, &returned, "11111111"), Answer::Revoked, "under no other name");
    let doubled = make(&format!("{ORIGIN}/station/s04"), KeyKind::Ed25519, "station/s01");
    let as_s01 = Answer::Elsewhere(format!("{ORIGIN}/station/s01").into());
    assert_eq!(hall.comes(&doubled, &doubled, "11111111"), as_s01);
    assert_eq!(hall.comes(&key("station/s04"), &key("station/s04"), "11111111"), Answer::In { again: false });
}

#[test]
fn a_name_that_came_in_by_another_way_takes_no_second_key() {
    let mut hall = Hall::inviting(&["station/s01"]);
    let second = make(&format!("{ORIGIN}/station/s01"), KeyKind::Ed25519, "another device");
    assert_eq!(hall.comes(&second, &second, "11111111"), Answer::Wrong { ends: false });
}

#[test]
fn a_witness_comes_over_the_connection_of_an_observer_with_a_code_of_its_own() {
    let mut hall = Hall::inviting(&["witness.example/w1", "witness.example/w2", "observer/huyen", "station/s04"]);
    let (w1, w2) = (witness("witness.example/w1"), witness("witness.example/w2"));
    let huyen = key("observer/huyen");
    assert_eq!(hall.comes(&key("station/s01"), &w1, "11111111"), Answer::NoObserver);
    assert_eq!(hall.comes(&huyen, &w1, "11111111"), Answer::NoObserver, "not before the observer's own key is in");
    assert_eq!(hall.comes(&w1, &w1, "11111111"), Answer::NotOwnKey, "a witness key signs checkpoints only");
    assert_eq!(hall.comes(&key("observer/tinh"), &w2, "11111111"), Answer::In { again: false });
    assert_eq!(hall.comes(&huyen, &huyen, "11111111"), Answer::In { again: false });
    assert_eq!(hall.comes(&huyen, &w1, "11111111"), Answer::In { again: false });
    assert_eq!(
        hall.comes(&key("observer/tinh"), &witness("witness.example/w3"), "11111111"),
        Answer::Wrong { ends: false }
    );
}

#[test]
fn every_no_is_one_sentence_in_both_languages_that_never_holds_a_code() {
    let all = [
        Answer::Wrong { ends: false },
        Answer::Used,
        Answer::Expired,
        Answer::TriesSpent,
        Answer::Busy,
        Answer::NoKey,
        Answer::NotOwnKey,
        Answer::NoObserver,
        Answer::BadKey(KeyError::SmallOrder),
        Answer::BadName,
        Answer::Revoked,
        Answer::Elsewhere("station/s01".into()),
    ];
    for answer in all {
        let status = answer.told().unwrap_err();
        let (vi, en) = status.message().split_once(" — ").unwrap_or_else(|| panic!("{answer:?}"));
        assert!(!vi.is_empty() && !en.is_empty() && !en.contains(" — "), "{answer:?}");
    }
    // Nobody learns from the answer whether a name was invited.
    let (first, last) = (Answer::Wrong { ends: false }, Answer::Wrong { ends: true });
    assert_eq!(first.told().unwrap_err().message(), last.told().unwrap_err().message());
}
