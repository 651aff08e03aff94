//! Checkpoints carried from one to another, with the commands that people type: an honest hall accuses nobody, however old
//! what is brought, and whatever strangers make up is passed over.
#![cfg(unix)]

use promises::{
    cosigner::MadeLog,
    door::Door,
    hall::{Hall, event_toml, strike_list, words},
    program::{self, run, run_well},
};
use std::{fs, path::PathBuf};
use tokio::runtime::Runtime;

fn observe(hall: &Hall, home: &str, more: &[&str]) -> program::Ended {
    let mut all = words(&[&["observer"], more].concat(), &[("--home", hall.at(home))]);
    if more[0] == "verify" {
        all.extend(hall.way());
    }
    run(all)
}

fn copy(from: &PathBuf, to: &PathBuf) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn observers_compare_by_file_and_an_honest_hall_accuses_nobody() {
    let hall = Hall::open(&event_toml(1, &strike_list("c01", 10)), 1);
    let first = observe(&hall, "observer", &["verify", "--json"]);
    assert!(matches!(first.code, 0 | 3), "{}", first.stderr);
    copy(&hall.at("observer"), &hall.at("backup"));
    let bundles = [("b001".to_owned(), 10, String::new())];
    hall.prepare("c01", &bundles);
    let follow = ["follow", "--until-size", "4", "--seconds", "30", "--json"];
    let followed =
        run([words(&[&["observer"], &follow[..]].concat(), &[("--home", hall.at("observer"))]), hall.way()].concat());
    assert_eq!(followed.code, 0, "{}", followed.stderr);
    assert!(followed.stdout.contains("\"code\":\""), "every checkpoint has its reading code: {}", followed.stdout);
    let file = hall.at("seen.txt").to_string_lossy().into_owned();
    let said = observe(&hall, "observer", &["seen", "--out", &file]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.starts_with("4 "), "size and code are read aloud: {}", said.stdout);

    // The observer from a backup hears of more, and is content once it has read as far.
    let heard = observe(&hall, "backup", &["hear", &file, "--json"]);
    assert_eq!(heard.code, 0, "{}", heard.stderr);
    assert!(heard.stdout.contains("\"new\":1"), "{}", heard.stdout);
    let again = observe(&hall, "backup", &["hear", &file, "--json"]);
    assert!(again.stdout.contains("\"new\":0"), "{}", again.stdout);
    let verified = observe(&hall, "backup", &["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);

    // Made up by a stranger: passed over, and nothing is kept.
    let forged = fs::read_to_string(&file).unwrap().replacen("\n4\n", "\n5\n", 1);
    fs::write(hall.at("forged.txt"), forged).unwrap();
    let forged = observe(&hall, "backup", &["hear", &hall.at("forged.txt").to_string_lossy()]);
    assert_eq!(forged.code, 1, "{}", forged.stderr);
    assert!(!hall.at("backup/evidence").exists());

    // A table asks the server to prove that it continues what others have seen.
    let table = words(&["station", "hear", &file], &[("--home", hall.at("s01"))]);
    let compared = run([table.clone(), hall.way(), words(&["--json"], &[])].concat());
    assert_eq!(compared.code, 0, "{}", compared.stderr);
    assert!(compared.stdout.contains("\"agreed\":1"), "{}", compared.stdout);
    let none = run_well(words(&["station", "seen", "--json"], &[("--home", hall.at("s01"))]));
    assert_eq!(none.trim(), "null", "a table without a receipt has seen nothing");
}

#[test]
fn a_table_that_heard_of_another_history_sends_nothing_until_the_server_proves_its_own() {
    let hall = Hall::open(&event_toml(1, &strike_list("c01", 10)), 1);
    hall.prepare("c01", &[("s01-b001".to_owned(), 10, "s01".to_owned())]);
    let ballots: String = (0..10).map(|_| "s01-b001,01 02 03,\n").collect();
    fs::write(hall.at("s01.csv"), format!("bundle,marks,ground\n{ballots}")).unwrap();
    let (runtime, door) = (Runtime::new().unwrap(), Door::of(&hall));
    let (entries, newest) = runtime.block_on(door.entries()).unwrap();
    // The log's key has signed another history of that size: its fourth entry is not this one.
    let mut leaves: Vec<_> = entries.iter().map(|entry| tlog::Note::parse(entry).unwrap().leaf()).collect();
    *leaves.last_mut().unwrap() = tlog::sha256(b"another entry");
    let log = keyfile::open(&hall.event_folder().join("log.key")).unwrap();
    let fork = MadeLog::of(log, leaves).asks(0).checkpoint;
    fs::write(hall.at("fork.txt"), fork.as_bytes()).unwrap();
    let heard = words(&["station", "hear"], &[("--home", hall.at("s01"))]);
    let heard = run([heard, vec![hall.at("fork.txt").into()], hall.way()].concat());
    assert_eq!(heard.code, 4, "{}{}", heard.stdout, heard.stderr);
    for attempt in 0..2 {
        let code = hall.start_table("s01", "c01", &hall.at("s01.csv"), &[]).wait(std::time::Duration::from_secs(30));
        let said = fs::read_to_string(hall.at("s01.log")).unwrap();
        assert_eq!(code, 4, "attempt {attempt}: {said}");
    }
    assert_eq!(runtime.block_on(door.entries()).unwrap().1.size, newest.size, "nothing was sent");
    // What it heard was signed for the true log after all: the server proves that, and the table goes on.
    let kept = hall.at("s01/evidence/heard.checkpoint");
    assert_eq!(fs::read(&kept).unwrap(), fork.as_bytes());
    let own = MadeLog::of(
        keyfile::open(&hall.event_folder().join("log.key")).unwrap(),
        entries.iter().map(|entry| tlog::Note::parse(entry).unwrap().leaf()).collect(),
    );
    fs::write(&kept, own.asks(0).checkpoint.as_bytes()).unwrap();
    let code = hall.start_table("s01", "c01", &hall.at("s01.csv"), &[]).wait(std::time::Duration::from_secs(30));
    assert_eq!(code, 0, "{}", fs::read_to_string(hall.at("s01.log")).unwrap());
    assert!(!kept.exists() && runtime.block_on(door.entries()).unwrap().1.size > newest.size);
}
