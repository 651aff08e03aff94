//! One bulletin, told in every file: what a stranger reads back from each is what another program computed.

#![allow(clippy::unwrap_used, reason = "a test")]

mod reading;

use pages::{Frozen, Language, Unready, Vote};
use reading::{csv_tables, docx_page, frozen, html_page, log_before, results, table_figures, told};
use tally::Code;

const LANGUAGES: [Language; 2] = [Language::Vi, Language::En];

/// Six tones, both cases, every letter of its own.
const TONES: [&str; 4] =
    ["Nguyễn Đặng Ằng Ẳng", "Ỷ Ỹ Ỵ Ý Ỳ Hoà Hòa", "Ưởng Ữu Ự Ợt Ỡ Ớn <&\"'>", "đỗ ặc ẫu ệch ỉ ị ọp ồ ổ"];

fn with_all_tones(mut f: Frozen) -> Frozen {
    for (name, tones) in f.vote.contest.candidates.iter_mut().zip(TONES) {
        *name = tones.parse().unwrap();
    }
    f
}

#[test]
fn every_file_says_what_another_program_computed() {
    for contest in ["c01", "c02"] {
        for f in [frozen(contest), with_all_tones(frozen(contest))] {
            for language in LANGUAGES {
                let (told, expected) = (told(&f, language), results(contest, &f).sorted());
                assert_eq!(html_page(&told.html).figures(&f).sorted(), expected, "HTML, {contest}, {language}");
                assert_eq!(docx_page(&told.docx).figures(&f).sorted(), expected, "DOCX, {contest}, {language}");
                let csv = csv_tables(&told.csv);
                assert_eq!(table_figures(&csv, &f, language).sorted(), expected, "CSV, {contest}, {language}");
                assert_eq!(table_figures(&told.xlsx, &f, language).sorted(), expected, "XLSX, {contest}, {language}");
                assert_eq!(
                    told.xlsx[0],
                    csv[0].iter().map(|row| shortest(row)).collect::<Vec<_>>(),
                    "{contest}, {language}"
                );
            }
        }
    }
}

#[test]
fn a_name_that_a_spreadsheet_would_run_is_read_as_words() {
    let mut f = frozen("c01");
    let hostile = ["=HYPERLINK(\"http://x\")", "+1-2", "@SUM(A1)", "-2+3"];
    for (name, formula) in f.vote.contest.candidates.iter_mut().zip(hostile) {
        *name = formula.parse().unwrap();
    }
    let told = told(&f, Language::Vi);
    let (csv, html) = (csv_tables(&told.csv), html_page(&told.html).words());
    for formula in hostile {
        let cells = |tables: &[Vec<Vec<String>>], cell: &str| tables.iter().flatten().flatten().any(|c| c == cell);
        assert!(cells(&csv, &format!("'{formula}")) && !cells(&csv, formula), "CSV: {formula}");
        assert!(cells(&told.xlsx, formula), "a workbook knows what is text: {formula}");
        assert!(html.contains(formula), "HTML: {formula}");
    }
}

/// A workbook drops the zeros at the end of 96.60.
fn shortest(row: &[String]) -> Vec<String> {
    row.iter()
        .map(|cell| match cell.parse::<f64>() {
            Ok(_) if cell.contains('.') => cell.trim_end_matches('0').trim_end_matches('.').to_owned(),
            _ => cell.clone(),
        })
        .collect()
}

#[test]
fn a_figure_changed_in_any_one_file_is_seen() {
    let (f, language) = (frozen("c01"), Language::Vi);
    let (told, expected) = (told(&f, language), results("c01", &f).sorted());
    for (right, wrong) in [("145", "146"), ("Lê Hoàng Cường", "Lê Hoàng Cương"), ("68,67", "68,66"), ("147", "148")]
    {
        assert_ne!(html_page(&told.html.replace(right, wrong)).figures(&f).sorted(), expected, "HTML {right}");
        assert_ne!(docx_page(&told.docx.replace(right, wrong)).figures(&f).sorted(), expected, "DOCX {right}");
    }
    for (right, wrong) in [("137", "138"), ("68.67", "68.66"), ("147", "148"), ("135", "134")] {
        let mut csv = csv_tables(&told.csv);
        let mut xlsx = told.xlsx.clone();
        for tables in [&mut csv, &mut xlsx] {
            tables
                .iter_mut()
                .flatten()
                .flatten()
                .filter(|cell| *cell == right)
                .for_each(|cell| *cell = wrong.to_owned());
            assert_ne!(table_figures(tables, &f, language).sorted(), expected, "{right}");
        }
    }
}

#[test]
fn the_head_reads_the_figures_of_the_minutes_in_their_order() {
    for contest in ["c01", "c02"] {
        let f = frozen(contest);
        for language in LANGUAGES {
            let said = pages::script::lines(&f, language);
            let points = pages::points::points(&f, language);
            let mut lines = said.iter();
            for point in &points {
                let rows = point.rows.iter().flat_map(|rows| &rows.rows);
                for figure in [&point.value].into_iter().chain(&point.more).filter(|text| !text.is_empty()) {
                    assert!(lines.any(|line| line.contains(figure.as_str())), "{figure} is not read out in its place");
                }
                for row in rows {
                    let has_all = |line: &&String| row.iter().all(|cell| line.contains(cell.as_str()));
                    assert!(lines.any(|line| has_all(&line)), "{row:?} is not read out in its place");
                }
            }
        }
    }
}

#[test]
fn every_paper_of_a_certified_contest_carries_its_bulletin_and_its_reading_code() {
    let f = frozen("c01");
    let code = Code::of(f.bulletin).to_string();
    let sid = f.bulletin.to_string();
    for language in LANGUAGES {
        for paper in pages::after(&f, language) {
            let page = html_page(&pages::html::html(&paper));
            assert!(page.words().contains(&code), "{}", paper.stem);
            assert!(page.words().replace([' ', '\n', '|'], "").contains(&sid), "{}", paper.stem);
        }
    }
    assert_ne!(code, f.vote.code.to_string());
}

#[test]
fn corrected_minutes_name_those_they_replace_and_every_accepted_warning() {
    let f = frozen("c01");
    let replaced = f.minutes.as_ref().unwrap().1.replaces.unwrap().to_string();
    for language in LANGUAGES {
        let page = html_page(&pages::html::html(&pages::minutes::minutes(&f, language)));
        let words = page.words();
        assert!(words.replace([' ', '\n'], "").contains(&replaced));
        for said in ["W-OUTLIER", "NP-0012, NP-0014", "bundle b001 recounted at the request of a delegate"] {
            assert!(words.contains(said), "{said}");
        }
    }
}

#[test]
fn minutes_of_a_certificate_that_fell_are_not_printed_again() {
    // Entry 25 certifies anew after the reopen of entry 22; the minutes of entry 20 belong to the former certificate.
    let replay = log_before("026");
    let f = Frozen::of(&replay.count, "c01".parse().unwrap()).unwrap();
    assert!(f.minutes.is_none());
    let page = html_page(&pages::html::html(&pages::minutes::minutes(&f, Language::Vi)));
    assert!(page.lines.iter().any(|line| line.starts_with("2. Có mặt: ………")));
}

#[test]
fn nothing_is_printed_before_the_certificate_nor_after_a_reopen_or_an_annulment() {
    for (end, contest) in [("004", "c01"), ("018", "c01"), ("019", "c01"), ("023", "c01"), ("025", "c01"), ("", "c03")]
    {
        let refused = Frozen::of(&log_before(end).count, contest.parse().unwrap());
        assert!(matches!(refused, Err(Unready::NotCertified { .. })), "before {end}");
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("chưa được chứng nhận") && said.contains("is not certified"), "{said}");
    }
    let nowhere = Frozen::of(&log_before("").count, "c99".parse().unwrap());
    assert_eq!(nowhere.unwrap_err(), Unready::NoContest("c99".parse().unwrap()));
}

#[test]
fn the_kit_needs_the_signed_contest_alone_and_carries_its_ballot_code() {
    let replay = log_before("004");
    let vote = Vote::of(&replay.count, "c01".parse().unwrap()).unwrap();
    assert!(vote.bundles.is_empty());
    for language in LANGUAGES {
        for paper in pages::kit(&vote, language) {
            let page = html_page(&pages::html::html(&paper));
            let carried =
                page.words().contains(&vote.code.to_string()) || paper.footer.contains(&vote.code.to_string());
            assert!(carried, "{}", paper.stem);
        }
    }
}

#[test]
fn another_list_has_another_ballot_code() {
    // Entry 3 replaces the contest of entry 2: one more delegate summoned.
    let (first, second) = (log_before("003"), log_before("004"));
    let code = |replay: &tally::Replay| Vote::of(&replay.count, "c01".parse().unwrap()).unwrap().code;
    assert_ne!(code(&first), code(&second));
}

#[test]
fn the_guide_never_shows_a_name_of_the_list() {
    let replay = log_before("");
    let mut vote = Vote::of(&replay.count, "c01".parse().unwrap()).unwrap();
    // Somebody is really called as one of the invented.
    vote.contest.candidates[0] = "Cao Văn Mẫu".parse().unwrap();
    for language in LANGUAGES {
        let page = html_page(&pages::html::html(&pages::guide::guide(&vote, language)));
        for name in &vote.contest.candidates {
            assert!(!page.words().contains(name.as_str()), "{name}");
        }
    }
}

#[test]
fn every_bundle_has_a_cover_with_its_number_and_table() {
    let replay = log_before("");
    let vote = Vote::of(&replay.count, "c01".parse().unwrap()).unwrap();
    let words = html_page(&pages::html::html(&pages::cover::covers(&vote, Language::Vi))).words();
    for bundle in ["b001", "b002", "b003", "Bàn số 1", "bàn bất kỳ"] {
        assert!(words.contains(bundle), "{bundle}");
    }
}

#[test]
fn a_paper_is_the_same_bytes_whenever_it_is_made() {
    let f = frozen("c01");
    let minutes = || pages::minutes::minutes(&f, Language::Vi);
    assert_eq!(pages::html::html(&minutes()), pages::html::html(&minutes()));
    let tables = pages::Tables::of(&f, Language::Vi);
    assert_eq!(tables.xlsx().unwrap(), tables.xlsx().unwrap());
}

#[test]
fn sex_and_age_are_counted_to_the_day_of_the_minutes() {
    let f = frozen("c01").on("2020-06-24".parse().ok());
    let groups = pages::people::groups(&f, Language::En);
    let said: Vec<(&str, u64, u64)> = groups.iter().map(|g| (g.name.as_str(), g.listed, g.elected)).collect();
    assert_eq!(
        said,
        [
            ("All", 4, 3),
            ("Female", 2, 1),
            ("Not marked female", 2, 2),
            ("Up to 30", 0, 0),
            ("31–40", 1, 1),
            ("41–50", 1, 1),
            ("51–60", 0, 0),
            ("Over 60", 0, 0),
            ("Day of birth not known", 2, 1),
        ]
    );
    let years = pages::people::groups(&frozen("c01"), Language::Vi);
    assert!(years.iter().any(|g| g.name == "Năm sinh 1970" && g.elected == 1));
}

#[test]
fn a_paper_fetches_nothing_and_runs_nothing() {
    for paper in pages::after(&frozen("c01"), Language::Vi) {
        let html = pages::html::html(&paper);
        assert!(!html.contains("<script") && !html.contains("http-equiv") && !html.contains("<link"));
        let outside = html.matches("src:url(").count() - html.matches("src:url(data:font/ttf;base64,").count();
        assert_eq!(outside, 0);
    }
}
