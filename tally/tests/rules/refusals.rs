//! Every reason to log nothing, each with the statement that meets it. A new variant must be shown here.

use crate::forge::{
    AGREE, BOARD, Hall, ORGANISERS, STRIKE, ZEROS, board, manifest, name, names, papers, refusal, sign, vkey,
};
use std::collections::BTreeSet;
use tally::{
    Kind, Papers, Ruling, Sid,
    ruling::{BundleState, Phase, Refusal},
    statement::{NOTE_BYTES_MAX, STATION_NOTE_BYTES_MAX},
};

/// Names every variant, and does not compile when one is missing.
macro_rules! variants {
    ($($variant:ident)*) => {
        const ALL: &[&str] = &[$(stringify!($variant)),*];

        fn variant(refusal: &Refusal) -> &'static str {
            match refusal {
                $(Refusal::$variant { .. } => stringify!($variant)),*
            }
        }
    };
}

variants! {
    Malformed Oversized BadSignature UnknownKey SignatureLines NotEntitled Revoked OtherEvent WrongHead ManifestPlace
    Field KeyTaken NoSuchKey KeyFixed TooFewOrganisers UnknownBoard UnknownContest UnknownStation UnknownProfile Phase
    CandidateOnBoard ContestFixed NoPapers BundlesCollected BundleTooSmall TableNamed UnknownBundle NotLive NotThePapers
    OpenBundles Check NotTheServer BulletinStands BulletinDiffers NotTheBulletin NotTheCertificate NotTheMinutes
    NotTheOutcome Blocked RevokedAfterClose
}

/// What is wrong, how it comes about in a hall that counts one bundle of 30, and the refusal with its facts.
type Case = (&'static str, fn(&mut Hall) -> Ruling, Refusal);

fn one() -> String {
    names(0, 30, [30, 16, 4])
}

/// The contest is counted and closed, with its bulletin.
fn closed(hall: &mut Hall) {
    hall.batch("s01", "c01", "b001", &one());
    hall.close("c01");
}

fn certified(hall: &mut Hall) {
    closed(hall);
    assert_eq!(hall.certify("c01"), Ruling::Recorded);
}

fn field(field: &'static str, why: &str) -> Refusal {
    Refusal::Field { field, why: why.to_owned() }
}

/// A batch of a long list whose note has so many bytes: the figures have as many digits as it takes.
fn sized(hall: &Hall, bytes: usize) -> tlog::Note {
    let mut room = 0;
    loop {
        let left: String = (1..=500).map(|k| format!("left {k} 1\n")).collect();
        let digits = |nth: usize| "0".repeat((room + 998 - nth) / 999);
        let votes: String = (0..999).map(|nth| format!("votes {:03} 1{}\n", nth + 1, digits(nth))).collect();
        let text = hall.batch_text("s01", "c01", "b001", &format!("ballots 1\nvalid 1\n{left}{votes}"));
        let note = sign(&text, &["station/s01"]);
        match bytes.checked_sub(note.as_bytes().len()) {
            Some(0) => return note,
            more => room = more.expect("the smallest note is smaller"),
        }
    }
}

#[test]
fn a_tables_note_may_be_as_large_as_the_protocol_says() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    let note = sized(&hall, STATION_NOTE_BYTES_MAX);
    assert_eq!(hall.hand_in(note.as_bytes()).code(), "S-OTHER-LIST");
}

fn at_the_door() -> Vec<Case> {
    vec![
        (
            "bytes that are no note",
            |h| h.hand_in(b"kiemphieu/v1/close\n"),
            Refusal::Malformed(
                "line 2 of the note: a note is a text, an empty line and at least one signature line".into(),
            ),
        ),
        (
            "a signed text that is no statement",
            |h| h.say("kiemphieu/v1/vote\n", BOARD),
            Refusal::Malformed("line 1: `kiemphieu/v1/vote` is no kind of statement of version 1".into()),
        ),
        (
            "a note of more than 65,535 bytes",
            |h| h.hand_in(&[b'a'; NOTE_BYTES_MAX + 1]),
            Refusal::Oversized { bytes: NOTE_BYTES_MAX + 1, max: NOTE_BYTES_MAX },
        ),
        (
            "a table's note of more than 20,000 bytes",
            |h| {
                let note = sized(h, STATION_NOTE_BYTES_MAX + 1);
                h.hand_in(note.as_bytes())
            },
            Refusal::Oversized { bytes: STATION_NOTE_BYTES_MAX + 1, max: STATION_NOTE_BYTES_MAX },
        ),
        (
            "a signature of another text",
            |h| {
                let note = sign(&h.desk_text("annul", "c01", "reason vì\n"), BOARD);
                h.hand_in(note.as_str().replace("reason vì", "reason bởi vì").as_bytes())
            },
            Refusal::BadSignature { name: name("board/k1") },
        ),
        (
            "a key that came in later than this",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &["board/k1", "board/k8"]),
            Refusal::UnknownKey { name: name("board/k8") },
        ),
        (
            "signature lines in another order than by name",
            |h| {
                let note = sign(&h.desk_text("annul", "c01", "reason vì\n"), BOARD);
                let mut lines: Vec<&str> = note.as_str().lines().collect();
                let n = lines.len();
                lines.swap(n - 1, n - 2);
                h.hand_in((lines.join("\n") + "\n").as_bytes())
            },
            Refusal::SignatureLines("the signature lines do not stand ascending by name".into()),
        ),
        (
            "one key on two lines",
            |h| {
                let note = sign(&h.desk_text("annul", "c01", "reason vì\n"), &BOARD[..1]);
                let line = note.as_str().lines().last().unwrap().to_owned();
                h.hand_in(format!("{}{line}\n", note.as_str()).as_bytes())
            },
            Refusal::SignatureLines(format!("{} stands on two signature lines", name("board/k1"))),
        ),
    ]
}

fn about_authority() -> Vec<Case> {
    vec![
        (
            "an organiser who speaks for the counting board",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &["board/k1", "organiser/o1"]),
            Refusal::NotEntitled { name: name("organiser/o1"), kind: Kind::Annul },
        ),
        (
            "a table that sends the batch of another",
            |h| h.say(&h.batch_text("s01", "c01", "b001", &one()), &["station/s02"]),
            Refusal::NotEntitled { name: name("station/s02"), kind: Kind::Batch },
        ),
        (
            "a member of the board who signs beside the table",
            |h| h.say(&h.batch_text("s01", "c01", "b001", &one()), &["board/k1", "station/s01"]),
            Refusal::NotEntitled { name: name("board/k1"), kind: Kind::Batch },
        ),
        (
            "a board that makes the bulletin itself",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01"), BOARD)
            },
            Refusal::NotEntitled { name: name("board/k1"), kind: Kind::Bulletin },
        ),
        (
            "a board that brings a key in",
            |h| h.say(&h.desk_text("key", "", &format!("key {}\ntitle -\n", vkey("station/s09"))), BOARD),
            Refusal::NotEntitled { name: name("board/k1"), kind: Kind::Key },
        ),
        (
            "the log key under a statement",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &[""]),
            Refusal::NotEntitled { name: name(""), kind: Kind::Annul },
        ),
        (
            "an observer under a statement",
            |h| h.say(&h.desk_text("annul", "c01", "reason vì\n"), &["observer/p1"]),
            Refusal::NotEntitled { name: name("observer/p1"), kind: Kind::Annul },
        ),
        (
            "a member whose key went out",
            |h| {
                h.revoke("board/k2", "-");
                h.desk("annul", "c01", "reason vì\n")
            },
            Refusal::Revoked { name: name("board/k2"), last_seq: None },
        ),
        (
            "a table beyond the last statement accepted of it",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.revoke("station/s01", "1");
                h.batch("s01", "c01", "b001", &one())
            },
            Refusal::Revoked { name: name("station/s01"), last_seq: Some(1) },
        ),
        (
            "a statement of another event",
            |h| {
                let event = h.event().to_string();
                h.say(&h.desk_text("annul", "c01", "reason vì\n").replace(&event, ZEROS), BOARD)
            },
            Refusal::OtherEvent { named: Some(Sid::ZERO) },
        ),
        (
            "a desk statement that was overtaken",
            |h| {
                let head = h.replay.count.contest_head("c01".parse().unwrap()).to_string();
                h.say(&h.desk_text("annul", "c01", "reason vì\n").replace(&head, ZEROS), BOARD)
            },
            Refusal::WrongHead {
                head: Hall::counting(STRIKE, &["b001 30 -"]).replay.count.contest_head("c01".parse().unwrap()),
                seq: 0,
            },
        ),
        (
            "a second manifest",
            |h| h.say(&manifest().replace("place -", "place Ví Dụ"), ORGANISERS),
            Refusal::ManifestPlace,
        ),
        (
            "an event that begins with something else",
            |h| {
                let text = h.desk_text("annul", "c01", "reason vì\n");
                Hall::default().say(&text, BOARD)
            },
            Refusal::ManifestPlace,
        ),
    ]
}

fn about_keys() -> Vec<Case> {
    vec![
        (
            "a key whose name is used already",
            |h| h.organisers("key", &format!("key {}\ntitle -\n", vkey("station/s01"))),
            Refusal::KeyTaken { name: name("station/s01") },
        ),
        (
            "a key nobody knows goes out",
            |h| h.revoke("station/s09", "0"),
            Refusal::NoSuchKey { name: name("station/s09") },
        ),
        ("the log key goes out", |h| h.revoke("", "-"), Refusal::KeyFixed { name: name("") }),
        ("the tally key goes out", |h| h.revoke("tally", "-"), Refusal::KeyFixed { name: name("tally") }),
        (
            "fewer organisers than must sign",
            |h| {
                assert_eq!(h.revoke("organiser/o3", "-"), Ruling::Recorded);
                h.revoke("organiser/o2", "-")
            },
            Refusal::TooFewOrganisers { left: 1, threshold: 2 },
        ),
        (
            "a table goes out without its last statement",
            |h| h.revoke("station/s01", "-"),
            field("last-seq", "of a station the last accepted statement is named"),
        ),
        (
            "an observer with a last statement",
            |h| h.revoke("observer/p1", "3"),
            field("last-seq", "only stations have one"),
        ),
    ]
}

fn about_contests() -> Vec<Case> {
    vec![
        (
            "a board nobody elected",
            |h| h.desk("contest", "c02", &STRIKE.replace("b1", "b7")),
            Refusal::UnknownBoard("b7".parse().unwrap()),
        ),
        (
            "papers of a contest that is not there",
            |h| h.desk("papers", "c07", &papers(&["b001 30 -"])),
            Refusal::UnknownContest("c07".parse().unwrap()),
        ),
        (
            "a round that follows a contest that is not there",
            |h| h.desk("contest", "c02", &STRIKE.replace("first\nfollows -", "tie\nfollows c07")),
            Refusal::UnknownContest("c07".parse().unwrap()),
        ),
        (
            "a round that follows itself",
            |h| h.desk("contest", "c02", &STRIKE.replace("first\nfollows -", "tie\nfollows c02")),
            Refusal::UnknownContest("c02".parse().unwrap()),
        ),
        (
            "a first contest that follows one",
            |h| h.desk("contest", "c02", &STRIKE.replace("follows -", "follows c01")),
            field("follows", "a first contest follows none, every other one names the one before"),
        ),
        (
            "a further round that follows none",
            |h| h.desk("contest", "c02", &STRIKE.replace("first", "repeat")),
            field("follows", "a first contest follows none, every other one names the one before"),
        ),
        (
            "rules nobody wrote",
            |h| h.desk("contest", "c02", &STRIKE.replace("party-244", "party-245")),
            Refusal::UnknownProfile("party-245".into()),
        ),
        (
            "a member of the counting board on the list",
            |h| h.desk("contest", "c02", &STRIKE.replace("Trần Thị Bình", "Ủy viên k3")),
            Refusal::CandidateOnBoard { name: "Ủy viên k3".into() },
        ),
        (
            "another list after the first batch",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("contest", "c01", &STRIKE.replace("Cường", "Cương"))
            },
            Refusal::ContestFixed { field: "candidate" },
        ),
        (
            "a contest that is closed before its papers are stated",
            |h| {
                h.desk("contest", "c02", STRIKE);
                h.desk("close", "c02", "")
            },
            Refusal::NoPapers,
        ),
        (
            "bundles that are not all the papers collected",
            |h| h.desk("papers", "c01", &papers(&["b001 30 -"]).replace("collected 30", "collected 31")),
            Refusal::BundlesCollected { bundles: 30, collected: 31 },
        ),
        (
            "a bundle of no papers",
            |h| h.desk("papers", "c01", &papers(&["b001 30 -", "b002 0 -"])),
            Refusal::BundleTooSmall { bundle: "b002".parse().unwrap(), papers: Papers(0), min: 1 },
        ),
        (
            "a table named where several count every bundle",
            |h| {
                h.desk("contest", "c02", &STRIKE.replace("counts 1", "counts 2"));
                h.desk("papers", "c02", &papers(&["b001 30 s01"]))
            },
            Refusal::TableNamed { bundle: "b001".parse().unwrap() },
        ),
        (
            "a table nobody registered",
            |h| h.desk("papers", "c01", &papers(&["b001 30 s09"])),
            Refusal::UnknownStation("s09".parse().unwrap()),
        ),
    ]
}

fn about_settling_and_closing() -> Vec<Case> {
    vec![
        (
            "a bundle that is not in the papers",
            |h| h.settle("c01", "b009", "-"),
            Refusal::UnknownBundle("b009".parse().unwrap()),
        ),
        ("a batch that is not there", |h| h.settle("c01", "b001", ZEROS), Refusal::NotLive { batch: Sid::ZERO }),
        (
            "a batch with another number of papers",
            |h| {
                h.batch("s01", "c01", "b001", &names(0, 29, [29, 16, 4]));
                let batch = h.last("s01").to_string();
                h.settle("c01", "b001", &batch)
            },
            Refusal::NotThePapers { batch: Papers(29), papers: Papers(30) },
        ),
        (
            "bundles that are open",
            |h| h.desk("close", "c01", ""),
            Refusal::OpenBundles { count: 1, first: "b001".parse().unwrap(), state: BundleState::Missing },
        ),
        (
            "papers received that are not accounted for",
            |h| {
                h.desk("papers", "c01", &papers(&["b001 30 -"]).replace("received 100", "received 101"));
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "")
            },
            Refusal::Check {
                code: "E-RECEIVED",
                why: "received 101 is not issued 30 + unused 70 + spoiled 0 = 100".into(),
            },
        ),
        (
            "more papers issued than people summoned",
            |h| {
                let more = "received 101\nissued 101\nunused 0";
                h.desk("papers", "c01", &papers(&["b001 30 -"]).replace("received 100\nissued 30\nunused 70", more));
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "")
            },
            Refusal::Check { code: "E-ISSUED", why: "issued 101 is more than summoned 100".into() },
        ),
        (
            "a contest that is not closed yet",
            |h| h.desk("certify", "c01", &format!("bulletin {ZEROS}\nnext none\ndeviation -\n")),
            Refusal::Phase { phase: Phase::Counting, must_be: "closed or certified" },
        ),
    ]
}

fn about_results() -> Vec<Case> {
    vec![
        (
            "a second bulletin of one close",
            |h| {
                closed(h);
                h.bulletin("c01")
            },
            Refusal::BulletinStands,
        ),
        (
            "a bulletin with other figures",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("votes 02 16", "votes 02 17"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "votes" },
        ),
        (
            "a bulletin of a size before the close",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("size 6", "size 5"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "size" },
        ),
        (
            "a bulletin of a size that the log has not reached",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("size 6", "size 7"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "size" },
        ),
        (
            "a bulletin of another root",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                let root = h.replay.tree.root().to_string();
                h.say(&h.bulletin_text("c01").replace(&root, ZEROS), &["tally"])
            },
            Refusal::BulletinDiffers { field: "root" },
        ),
        (
            "a bulletin still counting of a closed contest",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("state closed", "state counting"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "state" },
        ),
        (
            "a certificate of another bulletin",
            |h| {
                closed(h);
                let latest = h.replay.count.contest("c01".parse().unwrap()).unwrap().bulletin().unwrap();
                let body = h.certificate("c01").replace(&latest.to_string(), ZEROS);
                match h.desk("certify", "c01", &body) {
                    Ruling::Refused(Refusal::NotTheBulletin { latest: Some(named) }) if named == latest => {
                        Ruling::Refused(Refusal::NotTheBulletin { latest: None })
                    }
                    other => other,
                }
            },
            Refusal::NotTheBulletin { latest: None },
        ),
        (
            "somebody elected whom the rules do not elect",
            |h| {
                closed(h);
                h.desk("certify", "c01", &h.certificate("c01").replace("next", "elected 01\nnext"))
            },
            Refusal::NotTheOutcome { field: "elected", rules: "-".into() },
        ),
        (
            "a shortage that is not stated",
            |h| {
                closed(h);
                h.desk("certify", "c01", &h.certificate("c01").replace("next short 2", "next none"))
            },
            Refusal::NotTheOutcome { field: "next", rules: "short 2".into() },
        ),
        (
            "somebody elected who is not on the list",
            |h| {
                closed(h);
                let body = h.certificate("c01").replace("next", "elected 04\nnext");
                h.desk("certify", "c01", &body.replace("deviation -", "deviation vì"))
            },
            field("elected", "04 is no candidate of this list"),
        ),
        (
            "a tie with somebody who is not on the list",
            |h| {
                closed(h);
                let body = h.certificate("c01").replace("short 2", "tie 01 04 for 1");
                h.desk("certify", "c01", &body.replace("deviation -", "deviation vì"))
            },
            field("elected", "04 is no candidate of this list"),
        ),
        (
            "somebody elected twice, whatever the reason",
            |h| {
                closed(h);
                let body = h.certificate("c01").replace("next", "elected 02\nelected 01\nelected 02\nnext");
                h.desk("certify", "c01", &body.replace("deviation -", "deviation vì"))
            },
            field("elected", "02 stands twice"),
        ),
        (
            "more papers collected than issued",
            |h| {
                h.desk(
                    "papers",
                    "c01",
                    &papers(&["b001 30 -"]).replace("issued 30\nunused 70", "issued 20\nunused 80"),
                );
                closed(h);
                h.certify("c01")
            },
            Refusal::Blocked,
        ),
        (
            "a table that went out below its head since the close",
            |h| {
                closed(h);
                h.revoke("station/s01", "0");
                h.certify("c01")
            },
            Refusal::RevokedAfterClose,
        ),
        (
            "minutes that correct none, as if there were some",
            |h| {
                certified(h);
                let certify = h.certified("c01");
                let body =
                    format!("certify {certify}\npresent 30\nabsent 0\ncopies 3\ncomplaint -\nreplaces {ZEROS}\n");
                h.desk("minutes", "c01", &body)
            },
            Refusal::NotTheMinutes { latest: None },
        ),
    ]
}

fn cases() -> Vec<Case> {
    [at_the_door(), about_authority(), about_keys(), about_contests(), about_settling_and_closing(), about_results()]
        .concat()
}

#[test]
fn every_refusal_is_met_by_a_statement_and_names_its_facts() {
    for (what, given, expected) in cases() {
        let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
        let refused = refusal(given(&mut hall));
        assert_eq!(refused, expected, "{what}");
    }
}

#[test]
fn no_refusal_is_without_its_statement() {
    let mut shown: BTreeSet<&str> = cases().iter().map(|(_, _, refusal)| variant(refusal)).collect();
    // Two more stand in tests of their own: one names a certificate made on the way, one the program never says.
    shown.extend(["NotTheCertificate", "NotTheServer"]);
    assert_eq!(shown, ALL.iter().copied().collect());
}

#[test]
fn an_announcement_names_the_latest_certificate() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    certified(&mut hall);
    let latest = hall.certified("c01");
    let wrong = Refusal::NotTheCertificate { latest };
    assert_eq!(refusal(hall.desk("announce", "c01", &format!("certify {ZEROS}\n"))), wrong);
    let minutes = format!("certify {ZEROS}\npresent 30\nabsent 0\ncopies 3\ncomplaint -\nreplaces -\n");
    assert_eq!(refusal(hall.desk("minutes", "c01", &minutes)), wrong);
}

#[test]
fn every_refusal_has_a_code_a_field_and_a_sentence_in_two_languages_of_its_own() {
    let mut codes = BTreeSet::new();
    for (what, _, refused) in cases() {
        let ruling = Ruling::Refused(refused.clone());
        let sentence = ruling.say();
        assert!(ruling.code().starts_with("R-") || ruling.code().starts_with("E-"), "{what}: {}", ruling.code());
        assert!(
            !refused.field().is_empty() && sentence.vi.ends_with('.') && sentence.en.ends_with('.'),
            "{what}: {sentence}"
        );
        assert_ne!(sentence.vi, sentence.en, "{what}");
        assert!(!ruling.is_logged(), "{what}");
        codes.insert((ruling.code(), variant(&refused)));
    }
    let distinct: BTreeSet<_> = codes.iter().map(|(code, _)| code).collect();
    assert_eq!(distinct.len(), codes.len(), "one code, one refusal");
}

#[test]
fn a_board_may_depart_from_the_rules_with_a_reason() {
    let mut hall = Hall::counting(STRIKE, &["b001 30 -"]);
    closed(&mut hall);
    let body = hall.certificate("c01").replace("next short 2", "elected 01\nnext short 1");
    assert_eq!(hall.desk("certify", "c01", &body).code(), "R-NOT-THE-OUTCOME");
    let body = body.replace("deviation -", "deviation đại hội quyết định");
    assert_eq!(hall.desk("certify", "c01", &body), Ruling::Recorded);
    assert_eq!(hall.announce("c01"), Ruling::Recorded);
}

#[test]
fn a_contest_whose_list_seats_and_choices_do_not_fit_its_form_is_refused() {
    let single = "board b1\nkind first\nfollows -\ntitle Bí thư\nform agree-single\nprofile party-244\nseats 1\n\
        choices -\ncounts 1\nbase summoned 100\nbase absent-throughout 0\nbase convener-absent 0\ncandidate 01 Phạm Thị Dung\n";
    let approve = STRIKE.replace("strike-list", "approve");
    for (fits, body, from, to) in [
        (true, single, "x", "x"),
        (true, &approve, "x", "x"),
        (true, &*approve, "choices 2", "choices unlimited"),
        (true, &*approve, "choices 2", "choices 1"),
        (true, &*approve, "choices 2", "choices 9"),
        (true, &*approve, "seats 2", "seats 3"),
        (false, &*approve, "seats 2", "seats 4"),
        (false, &*approve, "choices 2", "choices 0"),
        (false, &*approve, "choices 2", "choices -"),
        (false, STRIKE, "seats 2\nchoices 2", "seats 0\nchoices 0"),
        (false, STRIKE, "seats 2\nchoices 2", "seats 3\nchoices 3"),
        (true, STRIKE, "seats 2\nchoices 2", "seats 1\nchoices 1"),
        (false, STRIKE, "choices 2", "choices 1"),
        (false, STRIKE, "choices 2", "choices unlimited"),
        (false, STRIKE, "choices 2", "choices -"),
        (false, STRIKE, "counts 1", "counts 0"),
        (true, AGREE, "x", "x"),
        (false, AGREE, "seats 2", "seats 1"),
        (false, AGREE, "choices -", "choices 2"),
        (false, AGREE, "choices -", "choices unlimited"),
        (false, single, "agree-single", "agree-list"),
        (false, single, "seats 1", "seats 2"),
        (false, AGREE, "agree-list", "agree-single"),
        (false, STRIKE, "base summoned 100\n", ""),
        (false, STRIKE, "absent-throughout 0\nbase convener-absent 0", "convener-absent 0\nbase absent-throughout 0"),
        (false, STRIKE, "absent-throughout 0", "absent-throughout 100"),
        (false, STRIKE, "absent-throughout 0", "absent-throughout 101"),
        (true, STRIKE, "absent-throughout 0", "absent-throughout 99"),
        (false, STRIKE, "party-244", "plurality"),
    ] {
        let ruling = Hall::new().desk("contest", "c01", &body.replace(from, to));
        let expected = if fits { "OK" } else { "R-FIELD" };
        assert_eq!(ruling.code(), expected, "{from} → {to}: {}", ruling.say());
    }
}

#[test]
fn a_manifest_that_could_not_work_founds_no_event() {
    for (code, from, to) in [
        ("OK", "x", "x"),
        ("R-FIELD", "threshold 2", "threshold 0"),
        ("R-FIELD", "threshold 2", "threshold 4"),
        ("R-SIGNATURES", "threshold 2", "threshold 3"),
        ("R-FIELD", "witness-quorum 0", "witness-quorum 2"),
        ("OK", "witness-quorum 0", "witness-quorum 1"),
        ("R-FIELD", "table s03 Bàn số 3\n", ""),
        ("R-FIELD", "table s03 Bàn số 3\n", "table s04 Bàn số 4\n"),
        ("R-FIELD", "table s03 Bàn số 3\n", "table s03 Bàn số 3\ntable s04 Bàn số 4\n"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin kiemphieu/v2"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin kiemphieu.example/khac"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin hai từ"),
        ("R-FIELD", &format!("origin {}", crate::forge::ORIGIN), "origin a+b"),
        ("R-FIELD", &format!("observer {}", vkey("observer/p1")), &format!("observer {}", vkey("station/s09"))),
        ("R-FIELD", &format!("observer {}", vkey("observer/p1")), &format!("observer {}", vkey("gast/p1"))),
        ("R-FIELD", &format!("observer {}", vkey("observer/p1")), &format!("observer {}", vkey("observer/a/b"))),
        ("R-FIELD", &format!("log {}", vkey("")), &format!("log {}", vkey("tally"))),
        ("R-FIELD", &format!("tally {}", vkey("tally")), &format!("tally {}", vkey("zaehler"))),
        (
            "R-KEY-TAKEN",
            &format!("observer {}", vkey("observer/p1")),
            &format!("observer {}", vkey("observer/p1=station/s01")),
        ),
        ("R-KEY-TAKEN", &format!("log {}", vkey("")), &format!("log {}", vkey("=tally"))),
        ("R-FIELD", &format!("witness {}", vkey("witness.example/w1")), &format!("witness {}", vkey("observer/p2"))),
    ] {
        let ruling = Hall::default().say(&manifest().replace(from, to), ORGANISERS);
        assert_eq!(ruling.code(), code, "{from} → {to}: {}", ruling.say());
    }
}

#[test]
fn a_board_that_could_not_work_is_not_recorded() {
    let good = board("b2", 2, &["k5", "k6"]);
    let with_technician = good.replacen("key ", "member t1 technician Cao Văn Kỹ\nkey ", 1);
    for (code, text) in [
        ("OK", good.clone()),
        ("OK", with_technician.clone()),
        ("R-FIELD", with_technician.clone() + &format!("key {}\n", vkey("board/t1"))),
        ("R-FIELD", good.replace("threshold 2", "threshold 0")),
        ("R-FIELD", good.replace("threshold 2", "threshold 3")),
        ("R-FIELD", good.replace("member k6 member Ủy viên k6\n", "")),
        ("R-FIELD", good.replace(&format!("key {}\n", vkey("board/k6")), "")),
        ("R-FIELD", good.replace("member k6 member Ủy viên k6\n", "member k5 member Ủy viên k5\n")),
        ("R-FIELD", with_technician.replace("member t1", "member k5")),
        ("R-FIELD", good.replace(&vkey("board/k6"), &vkey("station/s09"))),
        ("R-KEY-TAKEN", good.replace(&vkey("board/k6"), &vkey("board/k6=board/k5"))),
        ("R-KEY-TAKEN", good.replace(&vkey("board/k6"), &vkey("board/k6=station/s01"))),
    ] {
        let ruling = Hall::new().organisers("board", &text);
        assert_eq!(ruling.code(), code, "{text}: {}", ruling.say());
    }
}
