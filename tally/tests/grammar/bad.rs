//! Texts that are no statements, and the line where each goes wrong.

use crate::golden;
use tally::Statement;

const MANIFEST: usize = 0;
const BOARD: usize = 1;
const CONTEST: usize = 2;
const PAPERS: usize = 4;
const BATCH: usize = 5;
const WITHDRAW: usize = 9;
const DECIDE: usize = 13;
const WARNING: usize = 14;
const SETTLE: usize = 15;
const REVOKE: usize = 16;
const CLOSE: usize = 17;
const BULLETIN: usize = 18;
const CERTIFY: usize = 19;
const MINUTES: usize = 20;
const AGREE: usize = 30;

/// A golden text, what of it is replaced by what, and the line of the fault.
type Bad = (usize, &'static str, &'static str, usize);

const CHARACTERS: &[Bad] = &[
    (MANIFEST, "Ví Dụ\nlanguage", "Ví Dụ\r\nlanguage", 5),
    (MANIFEST, "title Đại", "title\tĐại", 3),
    (MANIFEST, "title Đại", "title  Đại", 3),
    (MANIFEST, "title Đại", "title\u{a0}Đại", 3),
    (MANIFEST, "title Đại", "title \u{a0}Đại", 3),
    (MANIFEST, "title Đại", "title Đa\u{323}i", 3),
    (MANIFEST, "title Đại", "title Đ\u{200b}ại", 3),
    (MANIFEST, "title Đại", "title Đ\u{200d}ại", 3),
    (MANIFEST, "title Đại", "title Đ\u{ad}ại", 3),
    (MANIFEST, "title Đại", "title \u{202e}Đại", 3),
    (MANIFEST, "title Đại", "title \u{2028}Đại", 3),
    (MANIFEST, "title Đại", "title Đại\u{2029}", 3),
    (MANIFEST, "title Đại", "title Đại\u{85}", 3),
    (MANIFEST, "title Đại", "title Đại\u{3000}", 3),
    (MANIFEST, "title Đại", "title Đại\u{2009}", 3),
    (MANIFEST, "title Đại", "title Đại\u{b}", 3),
    (MANIFEST, "title Đại", "title Đại\u{7f}", 3),
    (MANIFEST, "title Đại", "title Đại\u{0}", 3),
    (MANIFEST, "title Đại", "title \u{212b}Đại", 3),
    (MANIFEST, "kiemphieu/v1/manifest", "\u{feff}kiemphieu/v1/manifest", 1),
    (MANIFEST, "thứ XI\n", "thứ XI \n", 3),
    (MANIFEST, "thứ XI\n", "thứ XI\n\n", 4),
    (MANIFEST, "title Đại", " title Đại", 3),
    (REVOKE, "borrowed laptop", "borrowed\t\tlaptop", 6),
    (CLOSE, "contest c01\n", "contest c01", 4),
    (CLOSE, "contest c01\n", "contest c01\r", 4),
    (CLOSE, "contest c01\n", "contest c01\n\n", 5),
];

const SHAPE: &[Bad] = &[
    (MANIFEST, "kiemphieu/v1/manifest", "kiemphieu/v2/manifest", 1),
    (MANIFEST, "kiemphieu/v1/manifest", "Kiemphieu/v1/manifest", 1),
    (MANIFEST, "kiemphieu/v1/manifest", "kiemphieu/v1/Manifest", 1),
    (MANIFEST, "kiemphieu/v1/manifest", "kiemphieu/v1/manifest 1", 1),
    (MANIFEST, "kiemphieu/v1/manifest\n", "", 1),
    (CLOSE, "kiemphieu/v1/close", "kiemphieu/v1/vote", 1),
    (CLOSE, "kiemphieu/v1/close", "kiemphieu/v1/annul", 5),
    (CLOSE, "election", "Election", 2),
    (CLOSE, "contest c01\n", "", 4),
    (CLOSE, "contest c01\n", "contest c01\ncontest c01\n", 5),
    (CLOSE, "contest c01\n", "contest c01\nreason vì\n", 5),
    (CLOSE, "contest c01\n", "contest\n", 4),
    (CLOSE, "contest c01\n", "contest \n", 4),
    (CLOSE, "contest c01\n", "contestc01\n", 4),
    (MANIFEST, "place Ví Dụ\n", "", 5),
    (MANIFEST, "place Ví Dụ\n", "place Ví Dụ\nplace Ví Dụ\n", 6),
    (MANIFEST, "language vi\nthreshold 2\n", "threshold 2\nlanguage vi\n", 6),
    (MANIFEST, "min-bundle 20\n", "min-bundle 20\nnote thêm\n", 25),
    (MANIFEST, "min-bundle 20\n", "", 24),
    (CERTIFY, "deviation -\n", "", 10),
    (MINUTES, "complaint -\n", "", 12),
    (MINUTES, "complaint -\n", "complaint -\ncomplaint nóng\n", 13),
    (MINUTES, "complaint -\n", "complaint nóng\ncomplaint -\n", 13),
];

const WORDS: &[Bad] = &[
    (MANIFEST, "title Đại hội đại biểu Đảng bộ huyện Ví Dụ lần thứ XI", "title -", 3),
    (MANIFEST, "language vi", "language fr", 6),
    (MANIFEST, "language vi", "language VI", 6),
    (MANIFEST, "+0c178364+", "+0C178364+", 8),
    (MANIFEST, "+0c178364+", "+0c178365+", 8),
    (MANIFEST, "/organiser/o2+", "/organiser/o9+", 9),
    (MANIFEST, "table s01 Bàn số 1", "table s01", 16),
    (MANIFEST, "table s02", "table s01", 17),
    (MANIFEST, "table s01 Bàn số 1", "table s01 -", 16),
    (MANIFEST, "disclosure accredited", "disclosure secret", 22),
    (MANIFEST, "live-totals no", "live-totals -", 23),
    (BOARD, "board b1", "board b_1", 4),
    (BOARD, "board b1", "board abcdefghijklmnopq", 4),
    (BOARD, "board b1", "board -", 4),
    (BOARD, "board b1", "board b1 b2", 4),
    (BOARD, "member k1 head Đỗ Thị Hạnh", "member k1 boss Đỗ Thị Hạnh", 7),
    (BOARD, "member k1 head Đỗ Thị Hạnh", "member k1 head", 7),
    (BOARD, "member k1 head Đỗ Thị Hạnh", "member k1", 7),
    (CLOSE, "contest c01", "contest c\u{1ea1}", 4),
    (CONTEST, "election c", "election C", 2),
    (CONTEST, "election c9", "election 9", 2),
    (CONTEST, "prev 0", "prev ", 3),
    (CONTEST, "prev 0000", "prev 00000", 3),
    (CONTEST, "kind first", "kind second", 6),
    (CONTEST, "kind first", "kind -", 6),
    (CONTEST, "follows -", "follows c 1", 7),
    (CONTEST, "form strike-list", "form strike", 9),
    (CONTEST, "profile party-244", "profile party_244", 10),
    (CONTEST, "profile party-244", "profile -", 10),
    (CONTEST, "profile party-244", "profile abcdefghijklmnopqrstuvwxyz1234567", 10),
    (CONTEST, "base summoned 151", "base summoned", 14),
    (CONTEST, "born 01 1970-05-02", "born 01 1970-5-2", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 1970-02-29", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 1900-02-29", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 1970-04-31", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 0000-01-01", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 1970-13-01", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 1970-00-01", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 1970-01-00", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 +970-01-01", 21),
    (CONTEST, "born 01 1970-05-02", "born 01 1970-05-02-", 21),
    (CONTEST, "born 02", "born 01", 22),
    (CONTEST, "born 02", "born 09", 22),
    (CONTEST, "born 01", "born 00", 21),
    (CONTEST, "trait 02 young", "trait 02 female", 24),
    (CONTEST, "trait 02 young", "trait 01 young", 24),
    (CONTEST, "trait 02 female", "trait 2 female", 23),
    (CONTEST, "trait 02 female", "trait 02 fe/male", 23),
    (CONTEST, "trait 04 female", "trait 004 female", 25),
    (DECIDE, "about papers b003 1", "about papers b003", 5),
    (DECIDE, "about papers b003 1", "about papers b003 1 2", 5),
    (DECIDE, "ruling invalid blank", "ruling maybe", 6),
    (DECIDE, "ruling invalid blank", "ruling invalid", 6),
    (DECIDE, "ruling invalid blank", "ruling invalid torn", 6),
    (DECIDE, "ruling invalid blank", "ruling accepted", 6),
    (WARNING, "warning W-OUTLIER", "warning E-ISSUED", 5),
    (WARNING, "ruling accepted", "ruling valid", 6),
    (WARNING, "ruling accepted", "ruling -", 6),
    (SETTLE, "stands d", "stands D", 6),
    (SETTLE, "reason recounted before the board: the sheet of table 3 is right", "reason -", 7),
    (WITHDRAW, "target 66", "target 6", 7),
    (WITHDRAW, "reason wrong bundle number on the sheet", "reason -", 8),
    (BULLETIN, "state closed", "state open", 6),
    (BULLETIN, "votes 04 43\n", "votes 04 43\nopen waiting b003\n", 20),
    (BULLETIN, "votes 04 43\n", "votes 04 43\nopen b003 conflict\n", 20),
    (BULLETIN, "votes 04 43\n", "votes 04 43\nopen conflict b003\nopen mismatch b003\n", 21),
    (BULLETIN, "votes 04 43\n", "votes 04 43\nopen conflict b003\nopen mismatch b002\n", 21),
    (CERTIFY, "elected 01", "elected 1", 6),
    (CERTIFY, "elected 01", "elected -", 6),
    (CERTIFY, "elected 01", "elected 0001", 6),
    (CERTIFY, "next none", "next -", 9),
    (CERTIFY, "next none", "next short", 9),
    (CERTIFY, "next none", "next short 01", 9),
    (CERTIFY, "next none", "next short +1", 9),
    (CERTIFY, "next none", "next tie 01 02", 9),
    (CERTIFY, "next none", "next tie 01 2 for 1", 9),
    (MINUTES, "seal NP-0012", "seal -", 9),
    (MINUTES, "accepted W-OUTLIER", "accepted E-ISSUED", 11),
    (MINUTES, "replaces -", "replaces 0", 13),
];

const NUMBERS: &[Bad] = &[
    (MANIFEST, "threshold 2", "threshold 02", 7),
    (MANIFEST, "threshold 2", "threshold +2", 7),
    (MANIFEST, "threshold 2", "threshold -2", 7),
    (MANIFEST, "threshold 2", "threshold 2.0", 7),
    (MANIFEST, "threshold 2", "threshold 2e0", 7),
    (MANIFEST, "threshold 2", "threshold 0x2", 7),
    (MANIFEST, "threshold 2", "threshold 1,000", 7),
    (MANIFEST, "threshold 2", "threshold 1_000", 7),
    (MANIFEST, "threshold 2", "threshold \u{ff12}", 7),
    (MANIFEST, "threshold 2", "threshold \u{662}", 7),
    (MANIFEST, "threshold 2", "threshold 9007199254740992", 7),
    (MANIFEST, "threshold 2", "threshold 18446744073709551618", 7),
    (MANIFEST, "threshold 2", "threshold -", 7),
    (CONTEST, "seats 3", "seats 65536", 11),
    (CONTEST, "seats 3", "seats -", 11),
    (CONTEST, "choices 3", "choices 03", 12),
    (CONTEST, "choices 3", "choices +3", 12),
    (CONTEST, "choices 3", "choices all", 12),
    (CONTEST, "counts 1", "counts 4", 13),
    (CONTEST, "base summoned 151", "base summoned 0151", 14),
    (CONTEST, "base summoned 151", "base summoned 9007199254740992", 14),
    (CONTEST, "candidate 02 Trần", "candidate 03 Trần", 18),
    (CONTEST, "candidate 01 Nguyễn", "candidate 1 Nguyễn", 17),
    (CONTEST, "candidate 01 Nguyễn", "candidate 001 Nguyễn", 17),
    (CONTEST, "candidate 01 Nguyễn Văn An", "candidate 01", 17),
    (CONTEST, "candidate 01 Nguyễn Văn An", "candidate 01 -", 17),
    (PAPERS, "collected 149\n", "", 9),
    (PAPERS, "bundle b001 50 s01", "bundle b001 50", 10),
    (PAPERS, "bundle b002 50 -", "bundle b001 50 -", 11),
    (PAPERS, "bundle b002 50 -", "bundle b000 50 -", 11),
    (PAPERS, "bundle b002 50 -", "bundle b002 1000001 -", 11),
    (PAPERS, "bundle b002 50 -", "bundle b002 050 -", 11),
    (PAPERS, "bundle b002 50 -", "bundle - 50 -", 11),
    (PAPERS, "bundle b002 50 -", "bundle b002 50 - -", 11),
    (BATCH, "seq 1", "seq 01", 4),
    (BATCH, "seq 1", "seq -", 4),
    (BATCH, "counters p01 p02", "counters p01 -", 8),
    (BATCH, "counters p01 p02", "counters p01  p02", 8),
    (BATCH, "counters p01 p02", "counters 1 2 3 4 5 6 7 8 9", 8),
    (BATCH, "ballots 50", "ballots 1000001", 10),
    (BATCH, "ballots 50", "ballots -", 10),
    (BATCH, "invalid overvote 1", "invalid overvote 0", 12),
    (BATCH, "invalid overvote 1", "invalid torn 1", 12),
    (BATCH, "invalid overvote 1", "invalid overvote 1\ninvalid overvote 1", 13),
    (BATCH, "invalid overvote 1", "invalid blank 1\ninvalid overvote 1", 13),
    (BATCH, "left 1 1", "left 1 0", 13),
    (BATCH, "left 1 1", "left 1000 1", 13),
    (BATCH, "left 2 8", "left 1 8", 14),
    (BATCH, "votes 02 45\n", "", 17),
    (BATCH, "votes 01 48\nvotes 02 45", "votes 02 45\nvotes 01 48", 16),
    (BATCH, "votes 04 14", "votes 04 14\nvotes 05", 20),
    (BATCH, "votes 04 14", "votes 04 1000001", 19),
    (BATCH, "votes 04 14", "votes 004 14", 19),
    (BATCH, "votes 01 48\nvotes 02 45\nvotes 03 30\nvotes 04 14\n", "", 16),
    (BATCH, "serials -", "serials 001-10", 20),
    (BATCH, "serials -", "serials 10-01", 20),
    (BATCH, "serials -", "serials 5", 20),
    (BATCH, "serials -", "serials +1-+2", 20),
    (BATCH, "serials -", "serials 1000000000000000-1000000000000001", 20),
    (BATCH, "time 1593000001\n", "time 1593000001\ntime 1593000001\n", 22),
    (AGREE, "disagree 02 2\n", "", 17),
    (AGREE, "unusable 01 0\nunusable 02 2\n", "", 17),
    (AGREE, "agree 01 28\nagree 02 25\n", "", 13),
    (AGREE, "unusable 02 2\n", "unusable 02 2\nvotes 01 3\n", 19),
    (DECIDE, "about papers b003 1", "about papers b003 1000001", 5),
    (DECIDE, "about papers b003 1", "about papers b003 01", 5),
    (REVOKE, "last-seq 1", "last-seq 01", 5),
    (REVOKE, "last-seq 1", "last-seq 9007199254740992", 5),
    (BULLETIN, "size 18", "size -", 4),
    (BULLETIN, "ballots 149", "ballots 4294967296", 9),
    (BULLETIN, "left 1 1", "left 1 01", 13),
];

#[test]
fn a_bad_text_names_the_line_where_it_goes_wrong() {
    let golden = golden();
    let mut texts = 0;
    for (index, from, to, line) in [CHARACTERS, SHAPE, WORDS, NUMBERS].concat() {
        let text = golden[index].replacen(from, to, 1);
        assert_ne!(text, golden[index], "{from:?} is no part of entry {index}");
        let fault = Statement::parse(&text).expect_err(&format!("{from:?} → {to:?}"));
        assert_eq!(fault.line, line, "{from:?} → {to:?}: {fault}");
        texts += 1;
    }
    assert!(texts >= 60);
}

#[test]
fn a_space_too_many_is_called_so() {
    let golden = golden();
    for (from, to) in [("title Đại", "title  Đại"), ("thứ XI\n", "thứ XI \n"), ("thứ XI\n", "thứ  XI\n")]
    {
        let fault = Statement::parse(&golden[MANIFEST].replacen(from, to, 1)).unwrap_err();
        assert_eq!((fault.line, &*fault.fault), (3, "a space too many"), "{to:?}");
    }
}

#[test]
fn titles_ids_and_words_are_as_long_as_the_protocol_says_and_no_longer() {
    let golden = golden();
    let title = |n: usize| golden[MANIFEST].replacen("place Ví Dụ", &format!("place {}", "ệ".repeat(n)), 1);
    assert!(Statement::parse(&title(200)).is_ok());
    assert_eq!(Statement::parse(&title(201)).unwrap_err().line, 5);
    let reason = |n: usize| golden[REVOKE].replacen("borrowed", &"x".repeat(n - " laptop returned".len()), 1);
    assert!(Statement::parse(&reason(200)).is_ok());
    assert_eq!(Statement::parse(&reason(201)).unwrap_err().line, 6);
    let id = |n: usize| golden[CLOSE].replacen("c01", &"c".repeat(n), 1);
    assert!(Statement::parse(&id(16)).is_ok());
    assert_eq!(Statement::parse(&id(17)).unwrap_err().line, 4);
    let word = |n: usize| golden[CONTEST].replacen("party-244", &"p".repeat(n), 1);
    assert!(Statement::parse(&word(32)).is_ok());
    assert_eq!(Statement::parse(&word(33)).unwrap_err().line, 10);
}

#[test]
fn numbers_reach_their_bounds() {
    let golden = golden();
    for (index, from, to) in [
        (MANIFEST, "threshold 2", "threshold 9007199254740991"),
        (MANIFEST, "threshold 2", "threshold 0"),
        (BATCH, "ballots 50", "ballots 1000000"),
        (BATCH, "votes 04 14", "votes 04 0"),
        (BATCH, "left 3 40", "left 999 40"),
        (BATCH, "serials -", "serials 000000000000000-999999999999999"),
        (BATCH, "serials -", "serials 7-7"),
        (BATCH, "counters p01 p02", "counters 1 2 3 4 5 6 7 8"),
        (BATCH, "counters p01 p02", "counters -"),
        (BULLETIN, "ballots 149", "ballots 4294967295"),
        (CONTEST, "seats 3", "seats 65535"),
        (CONTEST, "born 01 1970-05-02", "born 01 2000-02-29"),
        (CONTEST, "born 01 1970-05-02", "born 01 1972-02-29"),
        (CONTEST, "born 01 1970-05-02", "born 01 1970-12-31"),
        (CONTEST, "choices 3", "choices unlimited"),
        (REVOKE, "last-seq 1", "last-seq -"),
        (SETTLE, "bundle b003", "bundle --"),
        (CERTIFY, "next none", "next tie 01 02 04 for 2"),
    ] {
        let text = golden[index].replacen(from, to, 1);
        assert_ne!(text, golden[index]);
        assert_eq!(Statement::parse(&text).map(|s| s.text()), Ok(text), "{to}");
    }
}

#[test]
fn lists_and_bundles_have_their_most() {
    let golden = golden();
    let (head, tail) = golden[CONTEST].split_once("candidate 01").unwrap();
    assert!(tail.contains("born"));
    for (names, fits) in [(0, false), (1, true), (99, true), (100, true), (999, true), (1000, false)] {
        let width = if names < 100 { 2 } else { 3 };
        let list: String = (1..=names).map(|n| format!("candidate {n:0width$} Tên\n")).collect();
        assert_eq!(Statement::parse(&format!("{head}{list}")).is_ok(), fits, "{names} names");
        let other: String = (1..=names).map(|n| format!("candidate {n:0w$} Tên\n", w = 5 - width)).collect();
        assert!(Statement::parse(&format!("{head}{other}")).is_err(), "{names} names in the other width");
    }
    let (head, _) = golden[PAPERS].split_once("bundle b001").unwrap();
    for (bundles, fits) in [(0, true), (3000, true), (3001, false)] {
        let list: String = (0..bundles).map(|n| format!("bundle b{n:04} 1 -\n")).collect();
        assert_eq!(Statement::parse(&format!("{head}{list}")).is_ok(), fits, "{bundles} bundles");
    }
}

#[test]
fn nothing_at_all_is_no_statement() {
    for text in ["", "\n", "kiemphieu/v1/close", "kiemphieu/v1/close\n", "kiemphieu/v1/\n", "\n\n", " \n"] {
        assert!(Statement::parse(text).is_err(), "{text:?}");
    }
}
