use super::*;
use tlog::{KeyKind, SigningKey};

const ORIGIN: &str = "kiemphieu.example/hall";
const MINUTE: Duration = Duration::from_secs(60);

fn name(typed: &str) -> Name {
    Name::typed(typed, ORIGIN).unwrap()
}

fn key(name: &str, seed: u8) -> VerifierKey {
    let name = format!("{ORIGIN}/{name}");
    SigningKey::from_seed(&name, KeyKind::Ed25519, &[seed; 32]).unwrap().verifier().clone()
}

fn code(digits: &str) -> Code {
    digits.parse().unwrap()
}

fn unknown(_: &Name) -> bool {
    false
}

/// A hall that has invited table s04 with 1111 1111.
fn invited(now: Instant) -> Invitations {
    let mut invitations = Invitations::default();
    invitations.invite(&name("station/s04"), code("11111111"), now, unknown).unwrap();
    invitations
}

const WRONG: Outcome = Outcome::Wrong { ends: false };

#[test]
fn a_code_brings_one_key_in_once_and_the_same_key_may_ask_again() {
    let now = Instant::now();
    let (mut hall, s04) = (invited(now), name("station/s04"));
    let (mine, other) = (key("station/s04", 1), key("station/s04", 2));
    assert_eq!(hall.deposit(&s04, code("11111111"), &mine, now), Outcome::Taken);
    assert_eq!(hall.deposit(&s04, code("11111111"), &mine, now + MINUTE), Outcome::Repeated);
    assert_eq!(hall.deposit(&s04, code("11111111"), &other, now + MINUTE), Outcome::Used);
    // An answer lost is asked for again, even when the ten minutes are over; a replay is told the same as before.
    assert_eq!(hall.deposit(&s04, code("11111111"), &mine, now + 11 * MINUTE), Outcome::Repeated);
    assert_eq!(hall.deposit(&s04, code("11111111"), &other, now + 11 * MINUTE), Outcome::Used);
    let standing = hall.standings(now + MINUTE, unknown).remove(0);
    assert_eq!((standing.key, standing.tries_left), (Some(mine), 0));
}

#[test]
fn five_wrong_tries_end_a_code_even_for_whoever_has_the_right_one() {
    let now = Instant::now();
    let (mut hall, s04, mine) = (invited(now), name("station/s04"), key("station/s04", 1));
    for left in (0..5).rev() {
        let ends = left == 0;
        assert_eq!(hall.deposit(&s04, code("11111112"), &mine, now), Outcome::Wrong { ends });
        assert_eq!(hall.standings(now, unknown)[0].tries_left, left);
    }
    assert_eq!(hall.deposit(&s04, code("11111111"), &mine, now), Outcome::TriesSpent);
    assert_eq!(hall.deposit(&s04, code("22222222"), &mine, now), WRONG);
    assert_eq!(hall.standings(now, unknown)[0].left, Duration::ZERO);
    hall.invite(&s04, code("22222222"), now, unknown).unwrap();
    assert_eq!(hall.deposit(&s04, code("11111111"), &mine, now), WRONG, "the former code ended");
    assert_eq!(hall.deposit(&s04, code("22222222"), &mine, now), Outcome::Taken);
}

#[test]
fn a_code_expires_after_ten_minutes() {
    let now = Instant::now();
    let (mut hall, s04, mine) = (invited(now), name("station/s04"), key("station/s04", 1));
    let last = now + CODE_VALID - Duration::from_millis(1);
    assert_eq!(hall.standings(last, unknown)[0].left, Duration::from_millis(1));
    assert_eq!(hall.deposit(&s04, code("11111111"), &mine, now + CODE_VALID), Outcome::Expired);
    assert_eq!(hall.standings(now + CODE_VALID, unknown)[0].left, Duration::ZERO);
    assert_eq!(hall.deposit(&s04, code("11111111"), &mine, last), Outcome::Taken);
}

#[test]
fn a_guess_for_a_name_nobody_invited_looks_like_a_wrong_code_and_costs_no_other_name_a_try() {
    let now = Instant::now();
    let (mut hall, mine) = (invited(now), key("station/s05", 1));
    for _ in 0..20 {
        assert_eq!(hall.deposit(&name("station/s05"), code("11111111"), &mine, now), WRONG);
    }
    assert_eq!(hall.standings(now, unknown)[0].tries_left, TRIES_MAX);
    assert_eq!(hall.standings(now, unknown).len(), 1);
}

#[test]
fn one_key_does_not_come_in_under_two_names() {
    let now = Instant::now();
    let (mut hall, s04, s05) = (invited(now), name("station/s04"), name("station/s05"));
    hall.invite(&s05, code("55555555"), now, unknown).unwrap();
    assert_eq!(hall.deposit(&s04, code("11111111"), &key("station/s04", 1), now), Outcome::Taken);
    assert_eq!(hall.deposit(&s05, code("55555555"), &key("station/s05", 1), now), Outcome::Elsewhere(s04));
    assert_eq!(hall.deposit(&s05, code("55555555"), &key("station/s05", 2), now), Outcome::Taken, "no try was lost");
}

#[test]
fn a_key_waits_four_hours_for_the_organisers_and_leaves_the_list_when_they_let_it_in() {
    let now = Instant::now();
    let (mut hall, s04) = (invited(now), name("station/s04"));
    hall.deposit(&s04, code("11111111"), &key("station/s04", 1), now + 9 * MINUTE);
    let almost = now + 9 * MINUTE + KEPT - MINUTE;
    assert_eq!(hall.standings(almost, unknown)[0].left, MINUTE);
    assert!(hall.standings(almost, |_| true).is_empty());
    assert_eq!(hall.deposit(&s04, code("11111111"), &key("station/s04", 2), almost), Outcome::Used, "admitted or not");
    assert!(hall.standings(almost + MINUTE, unknown).is_empty());
    assert_eq!(hall.deposit(&s04, code("11111111"), &key("station/s04", 2), almost + MINUTE), WRONG);
}

#[test]
fn there_are_never_more_than_64_and_what_is_over_makes_room() {
    let now = Instant::now();
    let mut hall = Invitations::default();
    let station = |n: usize| name(&format!("station/s{n:02}"));
    for n in 0..INVITATIONS_MAX {
        hall.invite(&station(n), code("11111111"), now, unknown).unwrap();
    }
    assert_eq!(hall.invite(&station(64), code("11111111"), now, unknown), Err(Full));
    hall.invite(&station(0), code("22222222"), now, unknown).unwrap();
    hall.deposit(&station(1), code("11111111"), &key("station/s01", 1), now);
    hall.deposit(&station(2), code("11111111"), &key("station/s02", 2), now);
    // Table 1 is in the log by now: its place is free, and no other.
    assert_eq!(hall.invite(&station(64), code("11111111"), now, |n| *n == station(1)), Ok(()));
    assert_eq!(hall.invite(&station(65), code("11111111"), now, |n| *n == station(1)), Err(Full));
    // Codes that nobody used in time make room; a key that waits does not.
    assert_eq!(hall.invite(&station(66), code("11111111"), now + CODE_VALID, unknown), Ok(()));
    let left: Vec<_> = hall.standings(now + CODE_VALID, unknown).into_iter().map(|s| s.name).collect();
    assert_eq!(left, [station(2), station(66)]);
}
