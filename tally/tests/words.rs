//! What people type and read: days, titles, codes, and what a ruling asks of whom.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::collections::BTreeSet;
use tally::{
    Ruling, Statement,
    figures::Papers,
    reconcile::{Blocks, Check, of_papers},
    ruling::{Actor, BundleState, Fault, Phase, Refusal, Sentence},
    text::{Date, Text, TextError},
};

const MANIFEST: &str = include_str!("../../tests/fixtures/golden-v1/statements/000-manifest.note");

#[test]
fn a_day_is_ten_characters_in_three_groups_of_digits() {
    for good in ["1970-05-02", "2000-02-29", "0001-12-31"] {
        assert_eq!(good.parse::<Date>().unwrap().to_string(), good);
        assert_eq!(format!("{:?}", good.parse::<Date>().unwrap()), good);
    }
    for bad in [
        "970-05-02",
        "+970-05-02",
        "19700-5-02",
        "1970-5-02",
        "1970-+5-02",
        "1970-05-2",
        "1970-05-+2",
        "1970-05-002",
        "1970-005-2",
        "1970-13-01",
        "1970-00-01",
        "1970-02-30",
        "1900-02-29",
        "0000-01-01",
        "1970-05",
        "",
        "--",
    ] {
        assert_eq!(bad.parse::<Date>(), Err(TextError::Date), "{bad}");
    }
}

#[test]
fn a_title_has_single_spaces_between_words_and_none_around_them() {
    assert_eq!("Bàn số 1".parse::<Text>().unwrap().as_str(), "Bàn số 1");
    for bad in [" Bàn", "Bàn ", "Bàn  số", " ", "  "] {
        assert_eq!(bad.parse::<Text>(), Err(TextError::Space), "{bad:?}");
    }
}

#[test]
fn a_statement_is_shown_as_the_text_that_is_signed() {
    let (text, _) = MANIFEST.split_once("\n\n").unwrap();
    let text = format!("{text}\n");
    assert_eq!(Statement::parse(&text).unwrap().to_string(), text);
}

#[test]
fn a_warning_is_accepted_by_its_own_code_and_an_error_by_nothing() {
    let said = || Sentence { vi: String::new(), en: String::new() };
    let check = |code| Check { code, blocks: Blocks::CloseUntilAccepted, committee: said(), table: said() };
    let accepted = BTreeSet::from(["W-OUTLIER".parse().unwrap()]);
    assert!(check("W-OUTLIER").accepted_by(&accepted));
    assert!(!check("W-SHORT").accepted_by(&accepted), "another warning");
    assert!(!check("E-ISSUED").accepted_by(&accepted));
    assert!(!check("W-OUTLIER").accepted_by(&BTreeSet::new()));
}

#[test]
fn as_many_papers_issued_as_people_summoned_is_no_error_and_one_more_is() {
    let contest = include_str!("../../tests/fixtures/golden-v1/statements/003-contest.note");
    let Statement::Contest(contest) = parse(contest) else { panic!("a contest") };
    let people = contest.base[0].people;
    let papers = |issued| tally::statement::PapersStatement {
        election: contest.election,
        prev: tally::Sid::ZERO,
        contest: contest.contest,
        received: issued,
        issued,
        unused: 0,
        spoiled: 0,
        collected: 0,
        bundles: Vec::new(),
    };
    assert_eq!(of_papers(&contest, &papers(people)), []);
    let codes = |failed: Vec<Check>| failed.into_iter().map(|c| c.code).collect::<Vec<_>>();
    assert_eq!(codes(of_papers(&contest, &papers(people + 1))), ["E-ISSUED"]);
}

fn parse(note: &str) -> Statement {
    let (text, _) = note.split_once("\n\n").unwrap();
    Statement::parse(&format!("{text}\n")).unwrap()
}

#[test]
fn a_ruling_says_who_must_act() {
    let set_aside = |fault| Ruling::SetAside(vec![fault]);
    for at_the_board in [Fault::UnknownContest, Fault::NotOpen(Phase::Closed), Fault::NoPapers, Fault::Settled] {
        assert_eq!(set_aside(at_the_board).actor(), Actor::Board, "{at_the_board:?}");
    }
    assert_eq!(set_aside(Fault::UnknownBundle).actor(), Actor::Table);
    assert_eq!(Ruling::SetAside(Vec::new()).actor(), Actor::Nobody);
    assert_eq!(Ruling::Recorded.actor(), Actor::Nobody);
}

#[test]
fn a_refusal_says_who_must_act() {
    let actor = |refusal| Ruling::Refused(refusal).actor();
    for at_the_table in [Refusal::Malformed("?".into()), Refusal::SignatureLines("two of one".into())] {
        assert_eq!(actor(at_the_table), Actor::Table);
    }
    for at_the_organisers in [Refusal::ManifestPlace, Refusal::KeyTaken { name: "hall/station/s01".into() }] {
        assert_eq!(actor(at_the_organisers), Actor::Organisers);
    }
    assert_eq!(actor(Refusal::NoPapers), Actor::Board);
}

#[test]
fn sending_again_helps_where_somebody_else_can_mend_it_meanwhile() {
    let refused = |refusal| Ruling::Refused(refusal).retry_helps();
    assert!(refused(Refusal::NoPapers));
    assert!(refused(Refusal::UnknownContest("c01".parse().unwrap())));
    assert!(!refused(Refusal::Malformed("?".into())));
    assert!(!Ruling::Recorded.retry_helps());
}

#[test]
fn no_two_refusals_are_told_in_the_same_words_in_either_language() {
    let name = || "hall/station/s01".to_owned();
    let sid = tally::Sid::ZERO;
    let all = [
        Refusal::Malformed("?".into()),
        Refusal::Oversized { bytes: 2, max: 1 },
        Refusal::BadSignature { name: name() },
        Refusal::UnknownKey { name: name() },
        Refusal::SignatureLines("?".into()),
        Refusal::NotEntitled { name: name(), kind: tally::statement::Kind::Close },
        Refusal::Revoked { name: name(), last_seq: Some(4) },
        Refusal::OtherEvent { named: None },
        Refusal::WrongHead { head: sid, seq: 3 },
        Refusal::ManifestPlace,
        Refusal::Field { field: "origin", why: "?".into() },
        Refusal::KeyTaken { name: name() },
        Refusal::NoSuchKey { name: name() },
        Refusal::KeyFixed { name: name() },
        Refusal::DraftRoom { name: None, waiting: 16 },
        Refusal::TooFewOrganisers { left: 1, threshold: 2 },
        Refusal::UnknownBoard("b1".parse().unwrap()),
        Refusal::UnknownContest("c01".parse().unwrap()),
        Refusal::UnknownStation("s01".parse().unwrap()),
        Refusal::UnknownBundle("b001".parse().unwrap()),
        Refusal::UnknownProfile("party-300".into()),
        Refusal::UnknownProfile("r0123456789abcdef0123456789abcde".into()),
        Refusal::BundlesCollected { bundles: 9, collected: 8 },
        Refusal::BundleTooSmall { bundle: "b001".parse().unwrap(), papers: Papers(3), min: 20 },
        Refusal::TableNamed { bundle: "b001".parse().unwrap() },
        Refusal::NotThePapers { batch: Papers(3), papers: Papers(4) },
        Refusal::OpenBundles { count: 2, first: "b001".parse().unwrap(), state: BundleState::Missing },
        Refusal::CandidateOnBoard { name: name() },
        Refusal::ContestFixed { field: "seats" },
        Refusal::NoPapers,
        Refusal::NotLive { batch: sid },
        Refusal::NotTheServer,
        Refusal::BulletinStands,
        Refusal::BulletinDiffers { field: "valid" },
        Refusal::NotTheBulletin { latest: None },
        Refusal::NotTheCertificate { latest: sid },
        Refusal::NotTheMinutes { latest: None },
        Refusal::NotTheOutcome { field: "elected", rules: "01".into() },
        Refusal::Blocked,
        Refusal::RevokedAfterClose,
    ];
    let said: Vec<Sentence> = all.iter().map(Refusal::say).collect();
    let (vi, en): (BTreeSet<_>, BTreeSet<_>) = said.iter().map(|s| (s.vi.as_str(), s.en.as_str())).unzip();
    assert_eq!((vi.len(), en.len()), (all.len(), all.len()), "{said:#?}");
    assert!(said.iter().all(|s| !s.vi.is_empty() && s.to_string() == format!("{} — {}", s.vi, s.en)));
}

#[test]
fn a_phase_is_named_in_vietnamese_on_both_sides_of_a_refusal() {
    let phase = |phase, must_be| Refusal::Phase { phase, must_be }.say().vi;
    let said = phase(Phase::Closed, "open (counting or reopened)");
    assert!(said.contains("đã kết thúc kiểm") && said.contains("đang kiểm hoặc đã mở lại"), "{said}");
    for must_be in ["closed", "closed or certified", "certified", "certified or announced", "any but annulled"] {
        assert!(!phase(Phase::Counting, must_be).contains(must_be), "{must_be} is left in English");
    }
}

#[test]
fn printed_numbers_of_papers_are_digits_alone_of_one_width_and_ascending() {
    use tally::statement::Serials;
    for fine in ["0-9", "001-050", "007-007", "000000000000001-999999999999999"] {
        assert_eq!(fine.parse::<Serials>().map(|s| s.to_string()).as_deref(), Ok(fine));
    }
    for wrong in ["+1-12", "10-+2", "1-12", "2-1", "-1-2", "1-", "-", "0000000000000001-0000000000000002", "1a-12"] {
        assert!(wrong.parse::<Serials>().is_err(), "{wrong}");
    }
}

#[test]
fn a_key_that_may_be_a_number_or_a_word_says_which_it_is() {
    use tally::written::{Section, read};
    for (text, expected) in [("choices = 3", false), ("choices = \"seats\"", true)] {
        let is_text = read(std::path::Path::new("event.toml"), text.as_bytes(), 100, |root: &Section<'_>, faults| {
            root.required(faults, "choices", |found, _| Some(found.is_text()))
        });
        assert_eq!(is_text.ok(), Some(expected), "{text}");
    }
}

#[test]
fn whoever_shows_a_key_is_found_under_its_one_name() {
    let mut replay = tally::Replay::default();
    replay.verify(MANIFEST.as_bytes()).unwrap();
    let keys = replay.count.keys();
    assert!(keys.holders().count() > 5);
    for holder in keys.holders() {
        assert_eq!(keys.holder_of(holder.key.public()).map(|h| h.key.name()), Some(holder.key.name()));
    }
    assert!(keys.holder_of(&[0; 32]).is_none());
}
