//! A board prints: the kit from the signed contest, the record from the certified bulletin, and nothing in between.

use promises::hall::{self, Hall};
use serde_json::Value;
use std::{fs, path::Path, time::Duration};

fn hall() -> Hall {
    let hall = Hall::open(&hall::event_toml(1, &hall::strike_list("c01", 20)), 1);
    let ballots: String = (0..20).map(|n| if n < 15 { ",01 02 03,\n" } else { ",01,\n" }).collect();
    fs::write(hall.at("s01.csv"), format!("bundle,marks,ground\n{ballots}")).unwrap();
    let bundles = [("s01-b001".to_owned(), 10, "s01".to_owned()), ("s01-b002".to_owned(), 10, "s01".to_owned())];
    hall.prepare("c01", &bundles);
    hall
}

fn answer(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Every file that the answer names is there and is what its name says.
fn files(answer: &Value) -> Vec<String> {
    let files: Vec<String> =
        answer["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().to_owned()).collect();
    for file in &files {
        let bytes = fs::read(file).unwrap();
        let begins: &[u8] = match Path::new(file).extension().unwrap().to_str().unwrap() {
            "html" => b"<!DOCTYPE html>",
            "docx" | "xlsx" => b"PK\x03\x04",
            "csv" => b"\xef\xbb\xbf",
            other => panic!("a file of an unknown kind, {other}"),
        };
        assert!(bytes.starts_with(begins), "{file}");
    }
    files
}

#[test]
fn a_board_prints_its_kit_before_the_vote_and_its_record_after_the_certificate() {
    let hall = hall();
    let out = hall.at("paper").to_string_lossy().into_owned();

    let kit = answer(&hall.desk_well(&["kit", "c01", "--out", &out, "--json"], &[]));
    assert_eq!(files(&kit).len(), 10, "five papers, each twice");
    let code = kit["ballot-code"].as_str().unwrap();
    let said = format!("{} {}", &code[..4], &code[4..]);
    let covers = fs::read_to_string(hall.at("paper/c01-bia-tap-phieu.html")).unwrap();
    assert!(covers.contains("s01-b002") && covers.contains(&said));

    let table = hall.start_table("s01", "c01", &hall.at("s01.csv"), &[]).wait(Duration::from_secs(30));
    assert_eq!(table, 0);
    let log = fs::read_to_string(hall.at("s01.log")).unwrap();
    assert!(log.contains(&format!("ballot code: {said}")), "the table says the code of the papers it counts: {log}");

    hall.desk_well(&["close", "c01"], &["k1", "k2"]);
    let early = hall.desk(&["record", "c01", "--out", &out], &[]);
    assert_eq!(early.code, 1);
    assert!(early.stderr.contains("chưa được chứng nhận") && early.stderr.contains("is not certified"));
    assert!(!hall.at("paper/c01-bien-ban-kiem-phieu.html").exists());

    hall.desk_well(&["certify", "c01"], &["k1", "k2"]);
    let unsigned = hall.desk(&["record", "c01", "--out", &out], &[]);
    assert_eq!(unsigned.code, 0, "{}", unsigned.stderr);
    assert!(unsigned.stderr.contains("no signed minutes yet"));

    let minutes = ["minutes", "c01", "--present", "20", "--absent", "0", "--copies", "3", "--seal", "NP-01"];
    hall.desk_well(&minutes, &["k1", "k2"]);
    let day = ["record", "c01", "--out", &out, "--day", "2026-06-24", "--lang", "vi", "--lang", "en", "--json"];
    let record = answer(&hall.desk_well(&day, &[]));
    assert_eq!(files(&record).len(), 24, "three papers twice, a workbook and five tables, in two languages");
    let page = fs::read_to_string(hall.at("paper/c01-bien-ban-kiem-phieu.html")).unwrap();
    let code = record["reading-code"].as_str().unwrap();
    for words in ["ngày 24 tháng 06 năm 2026", "NP-01", &format!("{} {}", &code[..4], &code[4..])] {
        assert!(page.contains(words), "{words}");
    }
    // 20 votes of 20, 15 of 20.
    let table = fs::read_to_string(hall.at("paper/c01-figures-result.csv")).unwrap();
    assert!(table.contains("01,Nguyễn Văn An,20,100.00,20,yes,1"), "{table}");
    assert!(table.contains("02,Trần Thị Bình,15,75.00,20,yes,2"), "{table}");
}

#[test]
fn whoever_asks_for_paper_that_cannot_be_made_is_told_why() {
    let hall = hall();
    let out = hall.at("paper").to_string_lossy().into_owned();
    for what in ["kit", "record"] {
        let nowhere = hall.desk(&[what, "c99", "--out", &out], &[]);
        assert_eq!(nowhere.code, 2, "{}", nowhere.stderr);
        assert!(nowhere.stderr.contains("the log has no contest c99"), "{}", nowhere.stderr);
    }
    fs::write(hall.at("file"), "").unwrap();
    let no_folder = hall.desk(&["kit", "c01", "--out", &hall.at("file").to_string_lossy()], &[]);
    assert_eq!(no_folder.code, 13, "{}", no_folder.stderr);
    for wrong in [["--lang", "fr"], ["--day", "24-06-2026"]] {
        let said = hall.desk(&["record", "c01", "--out", &out, wrong[0], wrong[1]], &[]);
        assert_eq!(said.code, 2, "{}", said.stderr);
    }
    let without = hall.desk(&["kit", "c01", "--out", &out, "--pdf"], &[]);
    assert!(
        without.code == 0 || (without.code == 2 && without.stderr.contains("built without PDF")),
        "{}",
        without.stderr
    );
}
