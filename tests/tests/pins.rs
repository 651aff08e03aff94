//! Key files under PINs, as members use them: made, opened in turn on one machine, changed; and nothing leaks.

use promises::{
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Ended},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

const ORIGIN: &str = "kiemphieu.example/hall";
const KEY: i32 = 11;

/// Runs a command that reads PINs from standard input; none of them may be in anything it says.
fn typing(mut arguments: Vec<std::ffi::OsString>, pins: &[&str]) -> Ended {
    arguments.push("--pin-stdin".into());
    let ended = program::run_typing(arguments, &pins.iter().map(|pin| format!("{pin}\n")).collect::<String>());
    for pin in pins.iter().filter(|pin| pin.len() > 3) {
        assert!(!ended.stdout.contains(pin) && !ended.stderr.contains(pin), "a PIN was said: {ended:?}");
    }
    ended
}

fn typing_well(arguments: Vec<std::ffi::OsString>, pins: &[&str]) -> String {
    let ended = typing(arguments, pins);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout
}

/// Every file below, whatever it is.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

fn is_written_nowhere(pins: &[&str], folder: &Path) {
    for file in files(folder) {
        let bytes = fs::read(&file).expect("a file");
        for pin in pins {
            assert!(!bytes.windows(pin.len()).any(|w| w == pin.as_bytes()), "a PIN is in {}", file.display());
        }
    }
}

fn is_protected(file: &Path) -> bool {
    keyfile::is_protected(file).expect("a key file")
}

#[test]
fn a_table_key_under_a_pin_opens_with_it_and_with_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("s01");
    let make = words(&["station", "key", "--origin", ORIGIN, "--id", "s01", "--pin"], &[("--home", home.clone())]);
    let short = typing(make.clone(), &["12345"]);
    assert_eq!((short.code, home.exists()), (KEY, false), "{}", short.stderr);
    let vkey = typing_well(make, &["pin-of-s01"]);
    let file = home.join("station.key");
    assert!(is_protected(&file));

    let show = || [words(&["key", "show"], &[]), vec![file.clone().into()]].concat();
    let status = || words(&["station", "status"], &[("--home", home.clone())]);
    assert!(typing_well(show(), &["pin-of-s01"]).starts_with(&vkey));
    for pins in [&["wrong-pin", "pin-of-s01"][..], &["s01"], &[]] {
        let ended = typing(show(), pins);
        assert_eq!((ended.code, ended.stdout.as_str()), (KEY, ""), "{pins:?}: {}", ended.stderr);
    }
    assert_eq!(typing(status(), &[]).code, KEY);
    // With its PIN the table gets further: it only lacks its ticket.
    assert_eq!(typing(status(), &["pin-of-s01"]).code, 2);
    is_written_nowhere(&["pin-of-s01"], folder.path());
}

#[test]
fn a_pin_in_the_command_line_is_not_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("s01");
    for flag in ["--pin=481516", "--pin-stdin=481516"] {
        let make = words(&["station", "key", "--origin", ORIGIN, "--id", "s01", flag], &[("--home", home.clone())]);
        assert_eq!(program::run(make).code, 2, "{flag}");
    }
    assert!(!home.exists());
}

#[test]
fn a_changed_pin_keeps_the_key_and_an_empty_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("w");
    let make = words(
        &["observer", "key", "--origin", ORIGIN, "--id", "province", "--witness", "witness.example/w1", "--pin"],
        &[("--home", home.clone())],
    );
    // The second PIN is too short: then there is no first key either.
    assert_eq!(typing(make.clone(), &["observer-pin", "w1"]).code, KEY);
    assert!(!home.exists());
    typing_well(make, &["observer-pin", "witness-pin"]);
    let file = home.join("witness.key");
    let key = |what: &[&str]| [words(&[&["key"], what].concat(), &[]), vec![file.clone().into()]].concat();
    let public = [words(&["key", "show"], &[]), vec![home.join("witness.key.vkey").into()]].concat();
    let before = program::run_well(public);
    for pins in [&["observer-pin", "new-pin-1"][..], &["witness-pin", ""]] {
        assert_eq!(typing(key(&["pin"]), pins).code, KEY, "{pins:?}");
    }
    typing_well(key(&["pin"]), &["witness-pin", "new-pin-1"]);
    assert_eq!(typing(key(&["show"]), &["witness-pin"]).code, KEY);
    assert_eq!(typing_well(key(&["show"]), &["new-pin-1"]), before);
    typing_well(key(&["pin", "--remove"]), &["new-pin-1"]);
    assert!(!is_protected(&file));
    assert_eq!(typing_well(key(&["show"]), &[]), before);
    is_written_nowhere(&["observer-pin", "witness-pin", "new-pin-1"], folder.path());
}

#[test]
fn every_member_chooses_their_own_pin_when_an_event_is_founded() {
    let hall = Hall::found(&event_toml(1, &strike_list("c01", 10)), 1);
    let new = files(&hall.at("server")).into_iter().chain(files(&hall.at("s01"))).chain(files(&hall.at("observer")));
    let mut init = words(&["committee", "init"], &[("--home", hall.at("fresh"))]);
    init.push(hall.at("event").into());
    for key in new.filter(|file| file.extension().is_some_and(|e| e == "vkey")) {
        init.extend(["--vkey".into(), key.into_os_string()]);
    }
    let pins = ["pin-of-k1", "pin-of-k2", "pin-of-k3", "pin-of-o1", "pin-of-o2", "pin-of-o3"];
    let founding = [init.clone(), words(&["--pin", "--as", "o1", "--as", "o2"], &[])].concat();
    assert_eq!(typing(founding.clone(), &pins[..1]).code, KEY, "k2 did not choose");
    assert!(!hall.at("fresh/keys").exists(), "nobody has a key before everybody has one");
    let event = typing_well(founding.clone(), &pins);
    for id in ["k1", "k2", "k3", "o1", "o2", "o3"] {
        assert!(is_protected(&hall.at(&format!("fresh/keys/{id}.key"))), "{id}");
    }
    // Again: only who signs is asked, and the event is the same.
    assert_eq!(typing_well(founding, &["pin-of-o1", "pin-of-o2"]), event);
    is_written_nowhere(&pins, &hall.at("fresh"));
}

#[test]
fn members_sign_in_turn_on_one_machine_each_from_their_own_stick() {
    let hall = Hall::open(&event_toml(1, &strike_list("c01", 10)), 1);
    let stick = tempfile::tempdir().expect("a stick");
    let (o1, o2) = (hall.at("committee/keys/o1.key"), stick.path().join("o2.key"));
    fs::rename(hall.at("committee/keys/o2.key"), &o2).expect("moved to the stick");
    for (file, pin) in [(&o1, "pin-of-o1"), (&o2, "pin-of-o2")] {
        typing_well([words(&["key", "pin"], &[]), vec![file.clone().into()]].concat(), &[pin]);
    }
    let server = hall.grpc.rsplit("//").next().expect("an address").to_owned();
    let sign = || {
        let paths =
            [("--home", hall.at("committee")), ("--event-toml", hall.at("event/event.toml")), ("--key", o2.clone())];
        words(&["committee", "board", "b1", "--server", &server, "--as", "o1", "--json"], &paths)
    };
    for wrong in [&["pin-of-o2", "pin-of-o1"][..], &["pin-of-o1"], &[]] {
        let ended = typing(sign(), wrong);
        assert_eq!((ended.code, ended.stdout.as_str()), (KEY, ""), "{wrong:?}: {}", ended.stderr);
    }
    let answer = typing_well(sign(), &["pin-of-o1", "pin-of-o2"]);
    assert!(answer.contains("\"recorded\""), "{answer}");
    is_written_nowhere(&["pin-of-o1", "pin-of-o2"], &hall.at("."));
    is_written_nowhere(&["pin-of-o1", "pin-of-o2"], stick.path());
}
