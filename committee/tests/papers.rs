//! The sheet of papers, from a file and from the command line.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use committee::{
    CommitteeError,
    papers::{PaperSheet, TypedBundle},
};

const SHEET: &str = r#"
received = 152
issued = 150
unused = 2
spoiled = 0
bundles = [
    { id = "b002", papers = 50 },
    { id = "b001", papers = 50, table = "s01" },
    { id = "b003", papers = 49 },
]
"#;

fn faults(result: Result<PaperSheet, CommitteeError>) -> Vec<String> {
    match result {
        Err(CommitteeError::Input(faults)) => faults.0.iter().map(|f| f.en.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sheet_adds_its_bundles_up_and_puts_them_in_order() {
    let sheet = PaperSheet::parse(SHEET).unwrap();
    assert_eq!(sheet.collected, 149);
    let ids: Vec<String> = sheet.bundles.iter().map(|b| b.bundle.to_string()).collect();
    assert_eq!(ids, ["b001", "b002", "b003"]);
    assert_eq!(sheet.bundles[0].table, Some("s01".parse().unwrap()));
    let said = PaperSheet::parse(&format!("collected = 151\n{SHEET}")).unwrap();
    assert_eq!(said.collected, 151, "what the board says it collected is not made to fit");
}

#[test]
fn flags_and_file_say_the_same() {
    let bundles = ["b001=50:s01", "b002=50", "b003=49"].map(|b| b.parse::<TypedBundle>().unwrap().0);
    let typed = PaperSheet::new([152, 150, 2, 0], None, bundles.to_vec()).unwrap();
    assert_eq!(typed, PaperSheet::parse(SHEET).unwrap());
}

#[test]
fn every_bundle_that_is_none_is_named_at_once() {
    let bad = SHEET.replace("b002", "tập 2").replace("\"s01\"", "\"bàn 1\"");
    let said = faults(PaperSheet::parse(&bad));
    assert_eq!(said.len(), 2);
    assert!(said[0].contains("tập 2") && said[1].contains("bàn 1"), "{said:?}");
    assert!(faults(PaperSheet::parse(&SHEET.replace("b002", "b001")))[0].contains("b001 stands twice"));
    assert!(faults(PaperSheet::new([0; 4], None, Vec::new()))[0].contains("0 bundles"));
}

#[test]
fn a_file_that_is_no_sheet_is_refused() {
    for bad in [
        "",
        "received = 1",
        &SHEET.replace("152", "\"152\""),
        &SHEET.replace("152", "-152"),
        &SHEET.replace("spoiled", "spoilt"),
        &SHEET.replace("papers = 49", "papers = 5000000"),
        &SHEET.replace("papers = 49", "papers = 49, color = \"red\""),
    ] {
        assert!(!faults(PaperSheet::parse(bad)).is_empty(), "{bad}");
    }
    assert!(faults(PaperSheet::read(std::path::Path::new("/nowhere/papers.toml")))[0].contains("/nowhere/papers.toml"));
}

#[test]
fn a_typed_bundle_is_an_id_a_number_and_perhaps_a_table() {
    for bad in
        ["b001", "b001=", "b001=+5", "b001=-5", "=50", "b001=50:", "b001=50:s 1", "b 1=50", "b001=99999999999", ""]
    {
        assert!(bad.parse::<TypedBundle>().is_err(), "{bad}");
    }
}
