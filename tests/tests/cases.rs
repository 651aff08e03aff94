//! A bundle that two tables counted differently, through the real doors: one case with both its sides and everything that
//! was ever said of it, read by the committee in the log it verified.

use promises::hall::{Hall, event_toml, strike_list};
use serde_json::Value;
use std::{fs, time::Duration};

const COUNT_MAX: Duration = Duration::from_secs(60);

/// A table counts ten papers of b001, so many of them with the first name alone.
fn count(hall: &Hall, table: &str, alone: usize) {
    let papers = |marks: &str, n: usize| format!("b001,{marks},\n").repeat(n);
    let ballots = format!("bundle,marks,ground\n{}{}", papers("01", alone), papers("01 02 03", 10 - alone));
    let path = hall.at(&format!("{table}-ballots.csv"));
    fs::write(&path, ballots).unwrap();
    assert_eq!(hall.start_table(table, "c01", &path, &[]).wait(COUNT_MAX), 0, "{table}");
}

fn read(hall: &Hall, what: &[&str]) -> Value {
    serde_json::from_str(&hall.desk_well(what, &[])).unwrap()
}

#[test]
fn a_conflict_is_one_case_with_both_sides_and_stays_one_after_it_is_settled() {
    let hall = Hall::open(&event_toml(2, &strike_list("c01", 20)), 2);
    hall.prepare("c01", &[("b001".into(), 10, String::new()), ("b002".into(), 10, String::new())]);
    assert_eq!(read(&hall, &["cases", "--json"]), Value::Array(vec![]));
    count(&hall, "s01", 4);
    count(&hall, "s02", 5);
    let cases = read(&hall, &["cases", "c01", "--json"]);
    let case = &cases[0];
    assert_eq!(
        (&case["bundle"], &case["state"], &case["needs-board"]),
        (&"b001".into(), &"conflict".into(), &true.into())
    );
    let effects = |case: &Value| {
        let history = case["history"].as_array().unwrap().clone();
        history
            .iter()
            .map(|e| (e["kind"].as_str().unwrap().to_owned(), e["effect"].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    let told = |list: &[(&str, &str)]| list.iter().map(|(k, e)| ((*k).to_owned(), (*e).to_owned())).collect::<Vec<_>>();
    assert_eq!(effects(case), told(&[("papers", "recorded"), ("batch", "live"), ("batch", "live")]));
    let votes: Vec<_> = case["history"].as_array().unwrap().iter().map(|e| e["figures"]["votes"][1].clone()).collect();
    assert_eq!(votes[1..], [Value::from(6), Value::from(5)], "both sides, side by side");
    let status = read(&hall, &["status", "--json"]);
    let contest = &status["contests"][0];
    assert_eq!(contest["watch"]["decided"]["open-papers"], 20);
    assert!(contest["next"]["en"].as_str().unwrap().contains("committee cases c01 b001"));
    let sid = case["history"][1]["sid"].as_str().unwrap();
    hall.desk_well(&["settle", "c01", "b001", "--stands", &sid[..12], "--reason", "đếm lại"], &["k1", "k2"]);
    let cases = read(&hall, &["cases", "c01", "b001", "--json"]);
    let settled = [("papers", "recorded"), ("batch", "counted"), ("batch", "live"), ("settle", "recorded")];
    assert_eq!(effects(&cases[0]), told(&settled));
    assert_eq!((&cases[0]["open"], &cases[0]["needs-board"]), (&false.into(), &false.into()));
    let words = hall.desk_well(&["cases"], &[]);
    assert!(words.contains("đã xong — over") && words.contains("đếm lại"), "{words}");
    let words = hall.desk_well(&["status"], &[]);
    for told in
        ["names left on valid papers, at most 3:", "████", "open: what is not counted can change who is elected"]
    {
        assert!(words.contains(told), "{told}: {words}");
    }
    let none = hall.desk(&["cases", "c01", "b009"], &[]);
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.stderr.contains("b009"), "{}", none.stderr);
}
