//! What the hall is promised about ballots files, good and bad.

use super::*;
use std::{path::PathBuf, sync::LazyLock};
use tally::{
    Form, Marks, Papers, Reason, Votes,
    ballot::BoxMark::{Agree, Both, Disagree, None as NoMark},
    form::Choices,
    grounds::Grounds,
};

static STRIKE: LazyLock<BallotForm> = LazyLock::new(|| usual(Form::StrikeList, Choices::UpTo(2), 3));
static LIST: LazyLock<BallotForm> = LazyLock::new(|| usual(Form::AgreeList, Choices::None, 3));
static SINGLE: LazyLock<BallotForm> = LazyLock::new(|| usual(Form::AgreeSingle, Choices::None, 1));
static LONG: LazyLock<BallotForm> = LazyLock::new(|| usual(Form::Approve, Choices::Unlimited, 120));

/// A ballot with the grounds of the Party's regulation.
fn usual(form: Form, choices: Choices, names: usize) -> BallotForm {
    BallotForm { form, choices, names, grounds: Grounds::usual(form) }
}

fn read(form: BallotForm, text: impl AsRef<[u8]>) -> Result<Ballots, BallotsError> {
    Ballots::parse(Path::new("ballots/c01/s01.csv"), text.as_ref(), form)
}

fn good(form: BallotForm, text: impl AsRef<[u8]>) -> Ballots {
    read(form, text).unwrap_or_else(|error| panic!("{error}"))
}

/// The papers under a right header.
fn lines(form: BallotForm, papers: &str) -> Result<Ballots, BallotsError> {
    read(form, format!("{HEADER}\n{papers}"))
}

fn faults(result: Result<Ballots, BallotsError>) -> Vec<BallotFault> {
    match result {
        Err(BallotsError::Faults { faults, .. }) => faults,
        other => panic!("expected faults, got {other:?}"),
    }
}

/// One fault, at that line and column, whose two sentences contain that word.
#[track_caller]
fn refused(form: BallotForm, papers: &str, line: usize, column: usize, word: &str) {
    let faults = faults(lines(form, papers));
    let [fault] = &faults[..] else { panic!("expected one fault, got {faults:?}") };
    assert_eq!((fault.line, fault.column), (line, column), "{fault}");
    assert!(fault.why_en.contains(word), "{fault}");
    assert!(!fault.why_vi.is_empty() && fault.why_vi != fault.why_en, "{fault}");
}

#[test]
fn papers_are_read_as_they_were_marked() {
    let ballots = good(*STRIKE, "bundle,marks,ground\n,01 03,\n,,\n,02,added-name\n");
    let paper = |places: &[usize], ground, line| BallotLine {
        bundle: None,
        paper: Paper::Names(places.to_vec()),
        ground,
        line,
    };
    assert_eq!(
        ballots.lines(),
        [paper(&[0, 2], None, 2), paper(&[], None, 3), paper(&[1], Some(Ground::AddedName), 4)]
    );
}

#[test]
fn boxes_are_read_one_letter_a_name() {
    let ballots = good(*LIST, "bundle,marks,ground\n,A D B,\n,- - -,not-issued\n");
    assert_eq!(ballots.lines()[0].paper, Paper::Boxes(vec![Agree, Disagree, Both]));
    assert_eq!(ballots.lines()[1].paper, Paper::Boxes(vec![NoMark; 3]));
    assert_eq!(good(*SINGLE, "bundle,marks,ground\n,D,").lines()[0].paper, Paper::Boxes(vec![Disagree]));
}

#[test]
fn a_byte_order_mark_crlf_and_a_missing_last_line_end_change_nothing() {
    let plain = good(*STRIKE, "bundle,marks,ground\n,01,\n,02,\n");
    assert_eq!(good(*STRIKE, "\u{feff}bundle,marks,ground\r\n,01,\r\n,02,\r\n"), plain);
    assert_eq!(good(*STRIKE, "bundle,marks,ground\n,01,\n,02,"), plain);
}

#[test]
fn a_table_that_got_no_papers_has_no_bundles() {
    let ballots = good(*STRIKE, "bundle,marks,ground\n");
    assert_eq!(ballots.bundles("s01".parse().unwrap(), 50, 20).unwrap(), Vec::new());
}

#[test]
fn numbers_of_a_long_list_have_three_digits() {
    let ballots = lines(*LONG, ",005 120,\n").unwrap();
    assert_eq!(ballots.lines()[0].paper, Paper::Names(vec![4, 119]));
    refused(*LONG, ",05,\n", 2, 2, "3 digits");
    refused(*LONG, ",121,\n", 2, 2, "no candidate 121");
}

#[test]
fn marks_that_no_paper_can_have_are_refused_at_their_place() {
    refused(*STRIKE, ",1,\n", 2, 2, "2 digits");
    refused(*STRIKE, ",01 00,\n", 2, 5, "no candidate's number");
    refused(*STRIKE, ",01 002,\n", 2, 5, "no candidate's number");
    refused(*STRIKE, ",01 04,\n", 2, 5, "no candidate 04");
    refused(*STRIKE, ",01 02 02,\n", 2, 8, "twice");
    refused(*STRIKE, ",02 03 01,\n", 2, 8, "ascending");
    refused(*STRIKE, ",01  02,\n", 2, 5, "space");
    refused(*STRIKE, ", 01,\n", 2, 2, "space");
    refused(*STRIKE, ",01 ,\n", 2, 5, "space");
    refused(*STRIKE, ",01;02,\n", 2, 2, "no candidate's number");
    refused(*STRIKE, ",A,\n", 2, 2, "no candidate's number");
    refused(*STRIKE, ",\"01\",\n", 2, 2, "no candidate's number");
}

#[test]
fn letters_that_no_box_can_have_are_refused_at_their_place() {
    refused(*LIST, ",A X A,\n", 2, 4, "`X`");
    refused(*LIST, ",A a A,\n", 2, 4, "`a`");
    refused(*LIST, ",DAB,\n", 2, 2, "no spaces between the marks `DAB`");
    refused(*LIST, ",DAX,\n", 2, 2, "`DAX` is no mark");
    refused(*LIST, ",A A,\n", 2, 2, "2 letters for 3");
    refused(*LIST, ",A A A A,\n", 2, 2, "4 letters for 3");
    refused(*LIST, ",,\n", 2, 2, "0 letters for 3");
    refused(*LIST, ",01 02,\n", 2, 2, "`01`");
    refused(*SINGLE, ",A D,\n", 2, 2, "2 letters for 1");
}

#[test]
fn columns_count_characters_and_not_bytes() {
    refused(*STRIKE, ",đồng 01,\n", 2, 2, "`đồng`");
    refused(*LIST, ",A A A,lý do\n", 2, 8, "`lý do`");
    refused(*STRIKE, "tập,01,\n", 2, 1, "bundle id");
}

#[test]
fn a_ground_the_board_cannot_decide_is_refused() {
    refused(*STRIKE, ",01,torn\n", 2, 5, "`torn`");
    refused(*STRIKE, ",01 02 03,overvote\n", 2, 11, "found by the program");
    refused(*LIST, ",- - -,blank\n", 2, 8, "found by the program");
    refused(*STRIKE, ",01,Not-Issued\n", 2, 5, "no ground");
}

#[test]
fn a_line_has_three_fields_and_is_never_blank() {
    refused(*STRIKE, ",01\n", 2, 1, "2 fields");
    refused(*STRIKE, ",01,,\n", 2, 1, "4 fields");
    refused(*STRIKE, ",01,\n\n,02,\n", 3, 1, "blank line");
    refused(*STRIKE, ",01,\n   \n", 3, 1, "blank line");
    refused(*STRIKE, ",01,\n\n", 3, 1, "blank line");
}

#[test]
fn a_bundle_id_is_an_id() {
    refused(*STRIKE, "b 1,01,\n", 2, 1, "bundle id");
    refused(*STRIKE, "b0000000000000001,01,\n", 2, 1, "bundle id");
}

#[test]
fn papers_with_and_without_a_bundle_do_not_mix() {
    refused(*STRIKE, "b001,01,\n,02,\nb001,01,\n,03,\n", 3, 1, "some papers name their bundle");
    refused(*STRIKE, ",01,\nb001,02,\nb001,02,\n", 3, 1, "some papers name their bundle");
}

#[test]
fn another_header_is_refused_before_anything_else() {
    for (header, column) in
        [("", 1), ("Bundle,marks,ground", 1), ("bundle;marks;ground", 7), ("bundle,marks", 13), (",01,", 1)]
    {
        let faults = faults(read(*STRIKE, format!("{header}\n,99,\n")));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!((faults[0].line, faults[0].column), (1, column), "{header}");
        assert!(faults[0].why_en.contains(HEADER));
    }
    assert_eq!(faults(read(*STRIKE, "")).len(), 1);
}

#[test]
fn bytes_that_are_not_utf_8_are_named_with_their_line() {
    let found = faults(read(*STRIKE, b"bundle,marks,ground\n,01,\n,01,l\xfd do\n"));
    assert_eq!((found[0].line, found[0].column), (3, 6));
    assert!(found[0].why_en.contains("UTF-8"));
    let utf16: Vec<u8> = "\u{feff}bundle,marks,ground\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(faults(read(*STRIKE, utf16)).len(), 1);
}

#[test]
fn every_fault_of_a_line_and_of_the_file_is_named_at_once() {
    let found = faults(lines(*STRIKE, "b 1,01 1 9,torn\nb1,02,\nb1,05,\n"));
    let places: Vec<_> = found.iter().map(|f| (f.line, f.column)).collect();
    assert_eq!(places, [(2, 1), (2, 8), (2, 10), (2, 12), (4, 4)]);
}

#[test]
fn a_file_full_of_faults_is_cut_at_a_screenful_and_says_so() {
    let error = lines(*STRIKE, &",9,\n".repeat(5_000)).unwrap_err();
    assert!(error.to_string().contains("there may be more"), "{error}");
    assert_eq!(faults(Err(error)).len(), FAULTS_MAX);
}

#[test]
fn the_sentence_names_file_line_and_column_in_both_languages() {
    let said = lines(*STRIKE, ",01 04,\n").unwrap_err().to_string();
    assert_eq!(
        said,
        "ballots/c01/s01.csv:2:5: không có ứng cử viên số 04; danh sách có 3 người — \
         there is no candidate 04; the list has 3 names"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s01.csv");
    let error = Ballots::read(&path, *STRIKE).unwrap_err();
    assert!(matches!(error, BallotsError::Unreadable { .. }) && error.to_string().contains("s01.csv"), "{error}");
}

/// (id, ballots) of the bundles of so many papers at that table.
fn cut(station: &str, papers: usize, size: usize, min_bundle: usize) -> Vec<(String, u32)> {
    let ballots = lines(*STRIKE, &",01,\n".repeat(papers)).unwrap();
    let bundles = ballots.bundles(station.parse().unwrap(), size, min_bundle).unwrap();
    bundles.iter().map(|b| (b.bundle.to_string(), b.figures.ballots.0)).collect()
}

#[test]
fn papers_without_ids_are_cut_into_bundles_of_the_table() {
    let is = |found: Vec<(String, u32)>, expected: &[(&str, u32)]| {
        let found: Vec<_> = found.iter().map(|(id, n)| (id.as_str(), *n)).collect();
        assert_eq!(found, expected);
    };
    is(cut("s01", 100, 50, 20), &[("s01-b001", 50), ("s01-b002", 50)]);
    is(cut("s01", 120, 50, 20), &[("s01-b001", 50), ("s01-b002", 50), ("s01-b003", 20)]);
    is(cut("s01", 119, 50, 20), &[("s01-b001", 50), ("s01-b002", 69)]);
    is(cut("s01", 69, 50, 20), &[("s01-b001", 69)]);
    is(cut("s01", 35, 50, 20), &[("s01-b001", 35)]);
    is(cut("s01", 7, 50, 20), &[("s01-b001", 7)]);
    is(cut("s01", 50, 50, 20), &[("s01-b001", 50)]);
}

#[test]
fn a_thousand_bundles_of_one_table_stand_ascending_by_id() {
    let bundles = cut("s01", 1_002, 1, 1);
    assert!(bundles.is_sorted() && bundles.len() == 1_002);
    assert!(bundles.contains(&("s01-b1002".to_owned(), 1)));
}

#[test]
fn a_table_with_too_long_a_name_is_told_so() {
    let ballots = lines(*STRIKE, ",01,\n").unwrap();
    assert!(ballots.bundles("ban-so-mot1".parse().unwrap(), 50, 20).is_ok());
    let error = ballots.bundles("ban-so-mot-1".parse().unwrap(), 50, 20).unwrap_err();
    assert!(error.to_string().contains("ban-so-mot-1-b001"), "{error}");
}

#[test]
fn papers_with_ids_lie_in_the_bundle_they_name() {
    let ballots = lines(*STRIKE, "b002,01,\nb001,01 02,\nb002,02,\nb002,01 02 03,\n").unwrap();
    let bundles = ballots.bundles("s01".parse().unwrap(), 1, 1).unwrap();
    assert_eq!(bundles.iter().map(|b| b.bundle.as_str()).collect::<Vec<_>>(), ["b001", "b002"]);
    let expected = Figures {
        ballots: Papers(3),
        valid: Papers(2),
        invalid: vec![(Reason::Overvote, Papers(1))],
        marks: Marks::Names { left: vec![(1, Papers(2))], votes: vec![Votes(1), Votes(1), Votes(0)] },
    };
    assert_eq!(bundles[1].figures, expected);
}

/// Counts an event folder of this repository and compares with its `expected.json`, computed by other programs.
#[track_caller]
fn agrees(folder: &str, contest: &str, form: BallotForm) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let expected: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let expected = expected["contests"].as_array().unwrap().iter().find(|c| c["id"] == contest).unwrap();
    let mut sum = Figures::none(form.form, form.names);
    for file in std::fs::read_dir(folder.join("ballots").join(contest)).unwrap() {
        let path = file.unwrap().path();
        let ballots = Ballots::read(&path, form).unwrap_or_else(|error| panic!("{error}"));
        let station = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        let mut bundles = Figures::none(form.form, form.names);
        for bundle in ballots.bundles(station, 25, 20).unwrap() {
            assert_eq!(bundle.figures.broken(form.form, form.names, form.choices), Vec::new());
            bundles.add(&bundle.figures);
        }
        assert_eq!(bundles, ballots.figures(), "bundles lose no paper");
        sum.add(&bundles);
    }
    let map = |key: &str| expected.get(key).and_then(|m| m.as_object()).cloned();
    let numbers = |values: &mut dyn Iterator<Item = (String, u32)>| {
        values.map(|(key, n)| (key, serde_json::Value::from(n))).collect::<serde_json::Map<_, _>>()
    };
    let by_name = |votes: &[Votes]| {
        let number = |place| tally::CandidateNo::at(place, form.names).to_string();
        numbers(&mut votes.iter().enumerate().map(|(place, v)| (number(place), v.0)))
    };
    assert_eq!(expected["ballots"], sum.ballots.0);
    assert_eq!(expected["valid"], sum.valid.0);
    assert_eq!(map("invalid").unwrap(), numbers(&mut sum.invalid.iter().map(|(r, p)| (r.to_string(), p.0))));
    if let Some(votes) = map("votes") {
        assert_eq!(votes, by_name(sum.votes()));
    }
    match &sum.marks {
        Marks::Names { left, .. } => {
            if let Some(expected) = map("left") {
                assert_eq!(expected, numbers(&mut left.iter().map(|(k, p)| (k.to_string(), p.0))));
            }
        }
        Marks::Agree { agree, disagree, unusable } => {
            for (key, votes) in [("agree", agree), ("disagree", disagree), ("unusable", unusable)] {
                if let Some(expected) = map(key) {
                    assert_eq!(expected, by_name(votes), "{key}");
                }
            }
        }
    }
}

fn strike(seats: u16, names: usize) -> BallotForm {
    usual(Form::StrikeList, Choices::UpTo(seats), names)
}

#[test]
fn every_worked_example_adds_up_as_expected() {
    agrees("tests/fixtures/events/worked-e1", "c01", strike(5, 6));
    agrees("tests/fixtures/events/worked-e4a", "c01", strike(5, 6));
    agrees("tests/fixtures/events/worked-e6", "c01", strike(2, 3));
    agrees("tests/fixtures/events/worked-e7", "c01", *LIST);
}

#[test]
fn the_real_approval_ballots_of_2002_add_up_as_recounted() {
    agrees("deploy/examples/french-2002", "c01", usual(Form::Approve, Choices::Unlimited, 16));
}

#[test]
fn the_invented_congress_of_ham_tan_adds_up_as_recounted() {
    agrees("deploy/examples/ham-tan-2020", "c01", strike(15, 18));
    agrees("deploy/examples/ham-tan-2020", "c02", strike(12, 14));
}

#[test]
fn papers_are_cut_into_the_bundles_the_board_handed_out_or_not_at_all() {
    let bundle = |id: &str, papers| Bundle { bundle: id.parse().unwrap(), papers: Papers(papers), table: None };
    let ballots = good(*STRIKE, format!("{HEADER}\n,01,\n,01,\n,02,\n"));
    let handed = [bundle("s01-b001", 2), bundle("s01-b002", 1)];
    let sheets = ballots.cut_as(&handed).expect("three papers for three");
    let papers: Vec<_> = sheets.iter().map(|s| (s.bundle, s.figures.ballots, s.figures.votes()[0])).collect();
    assert_eq!(papers, [(handed[0].bundle, Papers(2), Votes(2)), (handed[1].bundle, Papers(1), Votes(0))]);
    assert_eq!(ballots.cut_as(&handed[..1]), None, "a paper is left over");
    assert_eq!(ballots.cut_as(&[bundle("s01-b001", 4)]), None, "a paper is missing");
}
