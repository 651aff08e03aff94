//! What the organisers are promised about their `event.toml`: every fault at once, each at its line and key.

use super::*;
use std::path::PathBuf;
use tally::statement::MemberRole;

/// A small event in which nothing is wrong.
const GOOD: &str = r#"origin = "kiemphieu.example/ham-tan"
title = "Đại hội"
disclosure = "accredited"
live-totals = false
min-bundle = 20

[organisers]
threshold = 2
members = [{ id = "o1", name = "Đinh Văn Hậu" }, { id = "o2", name = "Lưu Thị Phương" }]

[[board]]
id = "b1"
title = "Ban kiểm phiếu"
threshold = 2
members = [
    { id = "k1", name = "Đỗ Thị Hạnh", role = "head" },
    { id = "k2", name = "Ngô Văn Sơn", role = "member" },
    { id = "t1", name = "Cao Văn Kỹ", role = "technician" },
]

[[station]]
id = "s01"
title = "Bàn số 1"
[[station]]
id = "s02"
title = "Bàn số 2"

[witness]
quorum = 1

[[contest]]
id = "c01"
board = "b1"
title = "Bầu Ban Chấp hành"
form = "strike-list"
profile = "party-244"
seats = 2
base = { summoned = 150, absent-throughout = 2 }
papers = { received = 150, issued = 147, unused = 3, spoiled = 0 }
candidates = [
    { name = "Nguyễn Văn An", born = "1970-05-02" },
    { name = "Trần Thị Bình", traits = ["young", "female"] },
    { name = "Lê Hoàng Cường" },
]
"#;

fn parse(text: impl AsRef<[u8]>) -> Result<Event, FileFaults> {
    Event::parse(Path::new("event.toml"), text.as_ref(), &Rulebook::embedded())
}

fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(GOOD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the good file has no `{from}`");
        text.replacen(from, to, 1)
    })
}

/// After that change there is one fault, at that line and key, and its English sentence contains that word.
#[track_caller]
fn refused(from: &str, to: &str, line: usize, key: &str, word: &str) {
    let faults = parse(changed(&[(from, to)])).expect_err(to).faults;
    let [fault] = &faults[..] else { panic!("{to}: expected one fault, got {faults:#?}") };
    assert_eq!((fault.line, fault.key_path.as_str()), (line, key), "{fault}");
    assert!(fault.why_en.contains(word), "{fault}");
    assert!(!fault.why_vi.is_empty() && fault.why_vi != fault.why_en && fault.column > 0, "{fault}");
}

#[track_caller]
fn accepted(changes: &[(&str, &str)]) -> Event {
    parse(changed(changes)).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn a_good_file_says_what_was_written() {
    let event = accepted(&[]);
    assert_eq!(&*event.origin, "kiemphieu.example/ham-tan");
    assert_eq!((event.language, event.disclosure, event.live_totals), (Language::Vi, Disclosure::Accredited, false));
    assert_eq!((event.min_bundle, event.witness_quorum, event.organisers.threshold), (20, 1, 2));
    assert_eq!(event.organisers.members[1].1.as_str(), "Lưu Thị Phương");
    assert_eq!(event.boards[0].members[2].role, MemberRole::Technician);
    assert_eq!(event.stations[1].title.as_str(), "Bàn số 2");
    let contest = &event.contests[0];
    assert_eq!(contest.candidates[0].born.map(|d| d.to_string()).as_deref(), Some("1970-05-02"));
    assert_eq!(contest.candidates[1].traits.iter().map(Word::as_str).collect::<Vec<_>>(), ["female", "young"]);
    assert_eq!(contest.papers, Some(EventPapers { received: 150, issued: 147, unused: 3, spoiled: 0 }));
}

#[test]
fn what_is_left_out_has_its_default() {
    let event = accepted(&[("papers = { received = 150, issued = 147, unused = 3, spoiled = 0 }\n", "")]);
    let contest = &event.contests[0];
    assert_eq!((contest.kind, contest.follows, contest.counts, contest.bundle_size), (Round::First, None, 1, 50));
    assert_eq!((contest.choices, contest.papers), (Choices::UpTo(2), None));
    let base: Vec<_> = contest.base.iter().map(|b| (b.part.as_str(), b.people)).collect();
    assert_eq!(base, [("summoned", 150), ("absent-throughout", 2), ("convener-absent", 0)]);
    assert_eq!((event.organisation, event.place), (None, None));
    assert_eq!(accepted(&[("min-bundle = 20", "min-bundle = 60")]).contests[0].bundle_size, 60);
}

#[test]
fn every_form_says_how_many_names_a_paper_may_carry() {
    let choices = |form: &str, more: &str| {
        accepted(&[(r#"form = "strike-list""#, form), ("seats = 2", more)]).contests[0].choices
    };
    assert_eq!(choices(r#"form = "approve""#, "seats = 2"), Choices::UpTo(2));
    assert_eq!(choices(r#"form = "approve""#, "seats = 2\nchoices = 3"), Choices::UpTo(3));
    assert_eq!(choices(r#"form = "approve""#, "seats = 2\nchoices = \"unlimited\""), Choices::Unlimited);
    assert_eq!(choices(r#"form = "agree-list""#, "seats = 3"), Choices::None);
}

#[test]
fn a_further_round_follows_a_contest_before_it() {
    let second = GOOD.split_once("[[contest]]").map(|(_, c)| c.replace("c01", "c02")).unwrap();
    let second = format!("[[contest]]\nkind = \"continued\"\nfollows = \"c01\"{second}");
    let event = parse(format!("{GOOD}{second}")).unwrap();
    assert_eq!((event.contests[1].kind, event.contests[1].follows), (Round::Continued, "c01".parse().ok()));
}

#[test]
fn a_file_without_contests_is_an_event_whose_congress_has_not_begun() {
    let (before, _) = GOOD.split_once("[[contest]]").unwrap();
    assert_eq!(parse(before).unwrap().contests, Vec::new());
}

#[test]
fn a_technician_may_stand_for_election_and_a_member_may_not() {
    accepted(&[("Lê Hoàng Cường", "Cao Văn Kỹ")]);
    refused("Lê Hoàng Cường", "Ngô Văn Sơn", 43, "contest[1].candidates[3].name", "member of the counting board");
    accepted(&[("Lê Hoàng Cường", "Ngô Văn Sơn 1970")]);
}

#[test]
fn a_byte_order_mark_and_crlf_change_nothing() {
    assert_eq!(parse(format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))), parse(GOOD));
}

#[test]
fn a_key_that_is_missing_is_named_with_its_section() {
    let c = "contest[1].";
    refused("title = \"Đại hội\"\n", "", 1, "title", "missing");
    refused("disclosure = \"accredited\"\n", "", 1, "disclosure", "missing");
    refused("min-bundle = 20\n", "", 1, "min-bundle", "missing");
    refused("[witness]\nquorum = 1\n", "", 1, "witness", "missing");
    refused("quorum = 1\n", "", 28, "witness.quorum", "missing");
    refused("id = \"s01\"\n", "", 21, "station[1].id", "missing");
    refused(", role = \"member\"", "", 17, "board[1].members[2].role", "missing");
    refused("profile = \"party-244\"\n", "", 31, &format!("{c}profile"), "missing");
    refused("base = { summoned = 150, absent-throughout = 2 }\n", "", 31, &format!("{c}base"), "missing");
    refused("name = \"Lê Hoàng Cường\"", "", 43, &format!("{c}candidates[3].name"), "missing");
    refused(", unused = 3", "", 39, &format!("{c}papers.unused"), "missing");
}

#[test]
fn a_key_nobody_knows_is_named() {
    refused("live-totals = false", "live-totals = false\nlive_totals = false", 5, "live_totals", "unknown key");
    refused("quorum = 1", "quorum = 1\nwitnesses = 2", 30, "witness.witnesses", "unknown key");
    refused("seats = 2", "seats = 2\nseat = 2", 38, "contest[1].seat", "unknown key");
    refused("absent-throughout = 2", "excused = 2", 38, "contest[1].base.excused", "absent-throughout");
    refused("spoiled = 0", "spoiled = 0, collected = 140", 39, "contest[1].papers.collected", "unknown key");
    refused(r#"born = "1970"#, r#"sex = "f", born = "1970"#, 41, "contest[1].candidates[1].sex", "unknown key");
}

#[test]
fn a_value_of_the_wrong_type_is_named() {
    refused("live-totals = false", "live-totals = \"no\"", 4, "live-totals", "expected true or false");
    refused("min-bundle = 20", "min-bundle = \"20\"", 5, "min-bundle", "expected a whole number");
    refused("min-bundle = 20", "min-bundle = 2.5", 5, "min-bundle", "decimal");
    refused("title = \"Đại hội\"", "title = 11", 2, "title", "expected text in quotes");
    refused("quorum = 1", "quorum = [1]", 29, "witness.quorum", "found a list");
    refused("\"1970-05-02\"", "1970-05-02", 41, "contest[1].candidates[1].born", "date without quotes");
    refused("{ name = \"Lê Hoàng Cường\" }", "\"Lê Hoàng Cường\"", 43, "contest[1].candidates[3]", "expected a table");
    refused("traits = [\"young\", \"female\"]", "traits = \"young\"", 42, "contest[1].candidates[2].traits", "a list");
    refused("traits = [\"young\"", "traits = [1", 42, "contest[1].candidates[2].traits[1]", "expected text");
    refused("[[station]]\nid = \"s01\"\ntitle = \"Bàn số 1\"\n[[station]]", "[station]", 21, "station", "[[…]]");
}

#[test]
fn a_word_of_the_rules_is_one_of_theirs() {
    refused("\"accredited\"", "\"secret\"", 3, "disclosure", "public, accredited");
    refused("min-bundle = 20", "min-bundle = 20\nlanguage = \"fr\"", 6, "language", "vi, en");
    refused("\"strike-list\"", "\"strike\"", 35, "contest[1].form", "agree-list");
    refused(
        "\"party-244\"",
        "\"party-2020\"",
        36,
        "contest[1].profile",
        "known: majority-valid, opinion-poll, party-190,",
    );
    refused("role = \"member\"", "role = \"chair\"", 17, "board[1].members[2].role", "head, deputy");
    refused("seats = 2", "seats = 2\nkind = \"second\"", 38, "contest[1].kind", "continued");
    refused("id = \"c01\"", "id = \"Ban Chấp hành\"", 32, "contest[1].id", "1 to 16");
    refused("\"1970-05-02\"", "\"1970-02-30\"", 41, "contest[1].candidates[1].born", "YYYY-MM-DD");
    refused("\"young\"", "\"rất trẻ\"", 42, "contest[1].candidates[2].traits[1]", "word");
}

#[test]
fn numbers_have_their_bounds() {
    refused("seats = 2", "seats = 0", 37, "contest[1].seats", "from 1 to 999");
    refused("seats = 2", "seats = -2", 37, "contest[1].seats", "-2");
    refused("min-bundle = 20", "min-bundle = 0", 5, "min-bundle", "from 1");
    refused("seats = 2", "seats = 2\ncounts = 4", 38, "contest[1].counts", "from 1 to 3");
    refused("seats = 2", "seats = 2\ncounts = 3", 38, "contest[1].counts", "there are only 2");
    refused("seats = 2", "seats = 2\nbundle-size = 10", 38, "contest[1].bundle-size", "min-bundle");
    refused("threshold = 2", "threshold = 3", 8, "organisers.threshold", "only 2 people");
}

#[test]
fn technicians_do_not_make_a_threshold() {
    refused("phiếu\"\nthreshold = 2", "phiếu\"\nthreshold = 3", 14, "board[1].threshold", "only 2 people can sign");
}

#[test]
fn a_board_has_one_head() {
    refused("role = \"head\"", "role = \"deputy\"", 15, "board[1].members", "0 heads");
    refused("role = \"member\"", "role = \"head\"", 15, "board[1].members", "2 heads");
}

#[test]
fn nothing_has_the_id_of_another() {
    refused("id = \"o2\"", "id = \"o1\"", 9, "organisers.members[2].id", "already on line 9");
    refused("id = \"k2\"", "id = \"k1\"", 17, "board[1].members[2].id", "already on line 16");
    refused("id = \"s02\"", "id = \"s01\"", 25, "station[2].id", "already on line 22");
    refused("Lê Hoàng Cường", "Nguyễn Văn An", 43, "contest[1].candidates[3].name", "already on line 41");
    let contest = &GOOD[GOOD.find("[[contest]]").unwrap()..];
    let faults = parse(format!("{GOOD}{contest}")).unwrap_err().faults;
    assert_eq!((faults.len(), faults[0].line, faults[0].key_path.as_str()), (1, 46, "contest[2].id"));
    let board = &GOOD[GOOD.find("[[board]]").unwrap()..GOOD.find("[[station]]").unwrap()];
    let faults = parse(format!("{GOOD}{board}")).unwrap_err().faults;
    assert_eq!((faults.len(), faults[0].line, faults[0].key_path.as_str()), (1, 46, "board[2].id"));
    let other = board.replace("\"b1\"", "\"b2\"");
    assert!(parse(format!("{GOOD}{other}")).is_ok(), "one person may sit on two boards");
    let faults = parse(format!("{GOOD}{}", other.replace("Ngô Văn Sơn", "Ngô Văn Hải"))).unwrap_err().faults;
    assert_eq!((faults.len(), faults[0].line, faults[0].key_path.as_str()), (1, 51, "board[2].members[2].id"));
}

#[test]
fn a_form_has_its_numbers_of_names_and_seats() {
    let form = "contest[1].form";
    refused("seats = 2", "seats = 3", 35, form, "more names than seats");
    refused("\"strike-list\"", "\"agree-list\"", 35, form, "as many names as seats");
    refused("\"strike-list\"", "\"agree-single\"", 35, form, "one name and one seat");
    refused("seats = 2", "seats = 2\nchoices = 2", 38, "contest[1].choices", "only an `approve`");
    let approve = |choices: &str| {
        let text =
            changed(&[("\"strike-list\"", "\"approve\""), ("seats = 2", &format!("seats = 2\nchoices = {choices}"))]);
        parse(text).unwrap_err().faults
    };
    for choices in ["0", "\"all\"", "\"2\"", "true"] {
        let faults = approve(choices);
        assert_eq!(
            (faults.len(), faults[0].line, faults[0].key_path.as_str()),
            (1, 38, "contest[1].choices"),
            "{choices}"
        );
    }
}

#[test]
fn a_round_and_what_it_follows_belong_together() {
    refused("seats = 2", "seats = 2\nfollows = \"c00\"\nkind = \"tie\"", 38, "contest[1].follows", "stands before");
    refused("seats = 2", "seats = 2\nkind = \"repeat\"", 31, "contest[1].follows", "which contest it follows");
    refused("seats = 2", "seats = 2\nfollows = \"c01\"\nkind = \"tie\"", 38, "contest[1].follows", "stands before");
    let faults = parse(changed(&[("seats = 2", "seats = 2\nfollows = \"c01\"")])).unwrap_err().faults;
    assert!(faults.iter().all(|f| f.line == 38 && f.key_path == "contest[1].follows"), "{faults:?}");
}

#[test]
fn a_contest_has_a_board_of_this_event() {
    refused("board = \"b1\"", "board = \"b2\"", 33, "contest[1].board", "no board `b2`");
}

#[test]
fn a_base_leaves_somebody_to_vote() {
    refused("absent-throughout = 2", "absent-throughout = 150", 38, "contest[1].base", "leaves nobody");
    refused("summoned = 150, ", "", 38, "contest[1].base", "leaves nobody");
}

#[test]
fn an_origin_can_stand_in_a_key_name() {
    for (origin, word) in [
        ("", "needed"),
        ("ham tan", "no space"),
        ("a+b", "no `+`"),
        ("kiemphieu/v1/x", "never begins"),
        ("kiemphieu/v2", "never begins"),
        ("a\\u0007b", "U+0007"),
        ("a\\u200bb", "U+200B"),
        ("ha\\u0300m-tan", "NFC"),
    ] {
        refused("kiemphieu.example/ham-tan", origin, 1, "origin", word);
    }
    refused("kiemphieu.example/ham-tan", &"x".repeat(201), 1, "origin", "200 characters");
    assert_eq!(&*accepted(&[("kiemphieu.example/ham-tan", "kiemphieu/x")]).origin, "kiemphieu/x");
}

#[test]
fn texts_can_be_seen_and_read_aloud() {
    refused("Đại hội", "Đa\u{323}i hội", 2, "title", "NFC");
    refused("Đại hội", "Đại\\thội", 2, "title", "U+0009");
    refused("Đại hội", "Đại\u{a0}hội", 2, "title", "U+00A0");
    refused("Đại hội", "Đại  hội", 2, "title", "one at a time");
    refused("Đại hội", " Đại hội", 2, "title", "one at a time");
    refused("Đại hội", "", 2, "title", "needed");
    refused("Đại hội", "-", 2, "title", "needed");
    refused("Đại hội", &"ộ".repeat(201), 2, "title", "200");
    accepted(&[("Đại hội", &"ộ".repeat(200))]);
    refused("Nguyễn Văn An", "Nguyễn\u{200b} Văn An", 41, "contest[1].candidates[1].name", "U+200B");
}

#[test]
fn lists_of_people_tables_and_names_are_never_empty() {
    refused(
        "[{ id = \"o1\", name = \"Đinh Văn Hậu\" }, { id = \"o2\", name = \"Lưu Thị Phương\" }]",
        "[]",
        9,
        "organisers.members",
        "at least one",
    );
    let text =
        changed(&[]).split_once("candidates = [").map(|(before, _)| format!("{before}candidates = []\n")).unwrap();
    let faults = parse(text).unwrap_err().faults;
    assert_eq!((faults.len(), faults[0].line, faults[0].key_path.as_str()), (1, 40, "contest[1].candidates"));
}

#[test]
fn a_slip_of_the_pen_is_named_with_its_line() {
    for (from, to, line) in [
        ("min-bundle = 20", "min-bundle 20", 5),
        ("title = \"Đại hội\"", "title = \"Đại hội", 2),
        ("title = \"Đại hội\"", "title = Đại hội", 2),
        ("[witness]", "[witness", 28),
    ] {
        let faults = parse(changed(&[(from, to)])).unwrap_err().faults;
        assert_eq!(faults[0].line, line, "{faults:?}");
        assert!(faults.iter().all(|f| f.why_en.contains("not TOML")), "{faults:?}");
    }
}

#[test]
fn a_key_given_twice_hides_no_other_fault() {
    let text = changed(&[("min-bundle = 20", "min-bundle = 20\nmin-bundle = 30"), ("seats = 2", "seats = 0")]);
    let places: Vec<_> = parse(text).unwrap_err().faults.into_iter().map(|f| (f.line, f.key_path)).collect();
    assert_eq!(places, [(6, "min-bundle".to_owned()), (38, "contest[1].seats".to_owned())]);
}

#[test]
fn bytes_that_are_not_utf_8_are_named_with_their_line() {
    let mut bytes = GOOD.as_bytes().to_vec();
    let at = GOOD.find("Ban kiểm").unwrap();
    bytes[at] = 0xff;
    let faults = parse(bytes).unwrap_err().faults;
    assert_eq!((faults.len(), faults[0].line, faults[0].column), (1, 13, 10));
}

#[test]
fn twelve_faults_are_reported_at_once_each_with_its_line() {
    let text = changed(&[
        ("kiemphieu.example/ham-tan", "ham tan"),
        ("\"accredited\"", "\"secret\""),
        ("live-totals = false", "live-totals = 0"),
        ("min-bundle = 20", "min_bundle = 20"),
        ("threshold = 2", "threshold = 9"),
        ("id = \"k2\"", "id = \"k1\""),
        ("id = \"s02\"", "id = \"s01\""),
        ("board = \"b1\"", "board = \"b7\""),
        ("\"party-244\"", "\"party\""),
        ("seats = 2", "seats = 5"),
        ("1970-05-02", "02/05/1970"),
    ]);
    let error = parse(text).unwrap_err();
    let places: Vec<_> = error.faults.iter().map(|f| (f.line, f.key_path.as_str())).collect();
    assert_eq!(
        places,
        [
            (1, "min-bundle"),
            (1, "origin"),
            (3, "disclosure"),
            (4, "live-totals"),
            (5, "min_bundle"),
            (8, "organisers.threshold"),
            (17, "board[1].members[2].id"),
            (25, "station[2].id"),
            (33, "contest[1].board"),
            (35, "contest[1].form"),
            (36, "contest[1].profile"),
            (41, "contest[1].candidates[1].born"),
        ]
    );
    let said = error.to_string();
    assert_eq!(said.lines().count(), 13, "{said}");
    assert!(
        said.starts_with("event.toml: 12 lỗi, chưa có gì bắt đầu — 12 faults, nothing has started\nevent.toml:1:1: ")
    );
}

#[test]
fn every_event_of_this_repository_is_good() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["tests/fixtures/events", "deploy/examples"] {
        let folders = std::fs::read_dir(root.join(folder)).unwrap().map(|f| f.unwrap().path().join("event.toml"));
        let files: Vec<PathBuf> = folders.filter(|path| path.exists()).collect();
        assert!(!files.is_empty(), "{folder}");
        for path in files {
            let event = Event::read(&path, &Rulebook::embedded()).unwrap_or_else(|error| panic!("{error}"));
            assert!(!event.contests.is_empty(), "{}", path.display());
        }
    }
}

#[test]
fn the_ballots_of_2002_are_approved_without_a_limit() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy/examples/french-2002/event.toml");
    let event = Event::read(&path, &Rulebook::embedded()).unwrap();
    let contest = &event.contests[0];
    assert_eq!((event.language, event.stations.len(), event.live_totals), (Language::En, 6, true));
    assert_eq!((contest.form, contest.choices, contest.candidates.len()), (Form::Approve, Choices::Unlimited, 16));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Event::read(&folder.path().join("event.toml"), &Rulebook::embedded()).unwrap_err();
    assert!(matches!(error, EventError::Unreadable { .. }) && error.to_string().contains("event.toml"), "{error}");
}
