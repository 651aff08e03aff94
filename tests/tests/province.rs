//! A province of fourteen events watched by one process: a hall that goes away, one that moves and one that lies are said in
//! their rows, and the others go on as if nothing were.
#![cfg(target_os = "linux")]

use promises::{
    chance::Chance,
    hall::{Hall, bare, event_toml, strike_list, words},
    history::{History, key, lay_key},
    liar::{Branch, Liar, View},
    program::{self, Running},
    relay::until,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Events on the one server of the province; three more have a server of their own.
const TOGETHER: usize = 11;

/// The folder of whoever watches: tickets, and a home for each hall.
struct Office(TempDir);

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("tickets")).expect("a folder");
        Self(folder)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ticket(&self, place: &str, ticket: &str) {
        fs::write(self.at("new"), ticket).expect("a file");
        fs::rename(self.at("new"), self.at("tickets").join(place)).expect("a file");
    }

    /// The ticket of a hall's one event, at the address where its server is.
    fn ticket_of(&self, place: &str, hall: &Hall) {
        let ticket = words(&["server", "ticket", "--address", hall.address()], &[("--home", hall.at("server"))]);
        self.ticket(place, &program::run_well(ticket));
    }

    fn keys_of(&self, place: &str, hall: &Hall) {
        fs::create_dir_all(self.at("w").join(place)).expect("a folder");
        for name in ["observer.key", "witness.key"] {
            fs::copy(hall.at("observer").join(name), self.at("w").join(place).join(name)).expect("a key");
        }
    }

    fn arguments(&self, more: &[&str]) -> Vec<OsString> {
        let paths = [("--home", self.at("w")), ("--tickets", self.at("tickets"))];
        [words(&["observer", "follow"], &paths), words(more, &[])].concat()
    }
}

/// What a watching process says: the newest line of each row, and the last one, with all.
struct Watching {
    process: Running,
    rows: Arc<Mutex<BTreeMap<String, Value>>>,
    all: Arc<Mutex<Option<Value>>>,
}

impl Watching {
    fn start(office: &Office, more: &[&str]) -> Self {
        let log = fs::OpenOptions::new().create(true).append(true).open(office.at("log")).expect("a log");
        let mut child = Command::new(program::path())
            .args(office.arguments(&[&["--json"], more].concat()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let rows = Arc::new(Mutex::new(BTreeMap::<String, Value>::new()));
        let all = Arc::new(Mutex::new(None::<Value>));
        let (into, end) = (Arc::clone(&rows), Arc::clone(&all));
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let said: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
                match said["place"].as_str() {
                    Some(place) => drop(into.lock().expect("a lock").insert(place.to_owned(), said)),
                    None => *end.lock().expect("a lock") = Some(said),
                }
            }
        });
        Self { process: Running(child), rows, all }
    }

    fn row(&self, place: &str) -> Value {
        self.rows.lock().expect("a lock").get(place).cloned().unwrap_or_default()
    }

    fn until(&self, what: &str, place: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{what}: {place} {}", self.row(place)), || is_so(&self.row(place)));
        self.row(place)
    }

    /// Ends it; its exit code, and what it said of all rows at last.
    fn end(mut self) -> (i32, Value) {
        let code = self.process.end(Duration::from_secs(10));
        until("the summary", || self.all.lock().expect("a lock").is_some());
        (code, self.all.lock().expect("a lock").take().expect("a summary"))
    }
}

/// A server with many events, each founded by its own people.
struct Together {
    hall: Hall,
    events: Vec<String>,
}

impl Together {
    fn found(office: &Office) -> Self {
        let mut hall = Hall::found(&event_toml(1, &strike_list("c01", 10)), 1);
        let mut events = vec![hall.event.clone()];
        office.keys_of("h01", &hall);
        events.extend((2..=TOGETHER).map(|n| found_beside(&hall, office, n)));
        hall.start_server();
        let together = Self { hall, events };
        for (n, event) in (1..).zip(&together.events) {
            let address = ["server", "ticket", "--event", event, "--address", together.hall.address()];
            let ticket = program::run_well(words(&address, &[("--home", together.hall.at("server"))]));
            office.ticket(&place(n), &ticket);
        }
        together
    }
}

fn place(n: usize) -> String {
    format!("h{n:02}")
}

/// One more event on that server, with its own organisers, table and observer.
fn found_beside(hall: &Hall, office: &Office, n: usize) -> String {
    let (place, origin) = (place(n), format!("kiemphieu.example/{}", place(n)));
    let at = |name: &str| hall.at(&format!("{place}-{name}"));
    let toml = event_toml(1, &strike_list("c01", 10)).replace("kiemphieu.example/hall", &origin);
    fs::create_dir(at("event")).expect("a folder");
    fs::write(at("event").join("event.toml"), toml.replace("huyện Ví Dụ", &format!("huyện số {n}"))).expect("a file");
    program::run_well(words(&["server", "key", "--origin", &origin], &[("--home", hall.at("server"))]));
    let new = hall.at("server/new").join(format!("kiemphieu.example_{place}"));
    program::run_well(words(&["station", "key", "--origin", &origin, "--id", "s01"], &[("--home", at("s01"))]));
    let own = office.at("w").join(&place);
    let observer = ["observer", "key", "--origin", &origin, "--id", "province", "--witness", "witness.example/w1"];
    program::run_well(words(&observer, &[("--home", own.clone())]));
    let mut init = words(&["committee", "init"], &[("--home", at("committee"))]);
    init.push(at("event").into());
    let keys = [new.join("log.key.vkey"), new.join("tally.key.vkey"), at("s01").join("station.key.vkey")];
    for key in keys.into_iter().chain(["observer.key.vkey", "witness.key.vkey"].map(|name| own.join(name))) {
        init.extend(["--vkey".into(), key.into_os_string()]);
    }
    let event = program::run_well(init).trim().to_owned();
    let mut found = words(&["server", "found"], &[("--home", hall.at("server"))]);
    found.push(at("committee").join("manifest.note").into());
    program::run_well(found);
    event
}

/// A hall with a server of its own, in the office under that name.
fn alone(office: &Office, place: &str) -> Hall {
    let hall = Hall::open(&event_toml(1, &strike_list("c01", 10)), 1);
    office.keys_of(place, &hall);
    office.ticket_of(place, &hall);
    hall
}

/// A server that can show an observer one history and then another.
struct TwoTongued {
    runtime: Runtime,
    liar: Liar,
    views: [View; 2],
}

impl TwoTongued {
    fn open(office: &Office, place: &str) -> Self {
        let truth = |seed| {
            let mut history = History::ready(key("").verifier(), Arc::new(key("tally")), 1, 6);
            history.grow(&mut Chance::new(seed), 7);
            history
        };
        let one = Branch::of(&truth(1));
        let other =
            (2..50).map(|seed| Branch::of(&truth(seed))).find(|other| !one.agrees(7, other, 7)).expect("another");
        let event = one.history.event();
        let views = [one, other].map(|branch| View::of(&Arc::new(branch), 7));
        let runtime = Runtime::new().expect("a runtime");
        let liar = runtime.block_on(Liar::open(event));
        lay_key(&office.at("w").join(place).join("observer.key"), "observer/p1");
        office.ticket(place, &liar.ticket().to_string());
        let liar = Self { runtime, liar, views };
        liar.say(0);
        liar
    }

    fn say(&self, which: usize) {
        let _in = self.runtime.enter();
        self.liar.show(&key("observer/p1"), self.views[which].clone());
    }
}

fn is_ok(row: &Value) -> bool {
    row["verdict"] == "OK" && row["life"] == "here"
}

#[test]
fn fourteen_events_are_watched_at_once_and_what_befalls_one_is_said_in_its_row_alone() {
    let office = Office::new();
    let together = Together::found(&office);
    let (mut lost, mut moved) = (alone(&office, "lost"), alone(&office, "moved"));
    let liar = TwoTongued::open(&office, "liar");
    let halls = "[lost]\nname = \"La Gi\"\ntelephone = \"0252 3876 543\"\n\n[h01]\nname = \"Hàm Tân\"\n";
    fs::write(office.at("tickets/halls.toml"), halls).unwrap();
    let watching = Watching::start(&office, &[]);
    let all: Vec<String> = (1..=TOGETHER).map(place).chain(["lost", "moved", "liar"].map(str::to_owned)).collect();
    assert_eq!(all.len(), 14);
    for place in &all {
        let row = watching.until("followed", place, is_ok);
        assert!(row["entries"].as_u64().is_some_and(|entries| entries > 0), "{row}");
        assert!(row["heard_at"].as_u64().is_some() && row["title"].is_string(), "{row}");
    }
    assert_eq!(watching.row("lost")["telephone"], "0252 3876 543");
    assert_eq!(watching.row("h01")["name"], "Hàm Tân");
    assert_eq!(watching.row("h02")["title"], "Đại hội đại biểu Đảng bộ huyện số 2");

    // One goes without a word, one is taken to another place, one tells another history.
    lost.kill_server();
    let row = watching.until("lost", "lost", |row| row["life"] == "lost");
    assert!(row["verdict"] == "OK" && row["lost"]["vi"].is_string(), "what was verified stays verified: {row}");
    moved.kill_server();
    let before = std::mem::take(&mut moved.grpc);
    moved.start_server();
    assert_ne!(bare(&before), moved.address(), "another port");
    office.ticket_of("moved", &moved);
    liar.say(1);
    let row = watching.until("convicted", "liar", |row| row["verdict"] == "EQUIVOCATION");
    assert_eq!((row["code"].as_str(), row["life"].as_str()), (Some("V-INCONSISTENT"), Some("stopped")), "{row}");
    let folder = row["evidence"].as_str().expect("a folder").to_owned();
    assert!(Path::new(&folder).starts_with(office.at("w/liar")));
    assert_eq!(program::run(["observer", "verify-evidence", &folder]).code, 0);

    // The others go on, and so does the one that moved.
    together.hall.prepare("c01", &[("b001".to_owned(), 10, String::new())]);
    let row = watching.until("goes on", "h01", |row| row["contests"]["counting"] == 1 && is_ok(row));
    assert_eq!(row["bundles"]["expected"], 1, "{row}");
    moved.prepare("c01", &[("b001".to_owned(), 10, String::new())]);
    watching.until("followed to its new place", "moved", |row| row["bundles"]["expected"] == 1 && is_ok(row));
    for place in all.iter().filter(|place| place.starts_with('h')) {
        assert!(is_ok(&watching.row(place)), "{}", watching.row(place));
    }
    let (code, summary) = watching.end();
    assert_eq!((code, summary["verdict"].as_str(), summary["exit"].as_u64()), (4, Some("EQUIVOCATION"), Some(4)));
    assert_eq!(summary["rows"].as_array().map(Vec::len), Some(14));

    // Whoever watches again remembers: the liar shows its second history from the beginning, and is found out at once.
    lost.start_server();
    let again = Watching::start(&office, &["--once"]);
    let row = again.until("convicted again", "liar", |row| row["verdict"] == "EQUIVOCATION");
    assert_eq!(row["evidence"].as_str(), Some(&*folder), "the same folder");
    let mut again = again;
    assert_eq!(again.process.wait(Duration::from_secs(30)), 4);
    until("the summary", || again.all.lock().unwrap().is_some());
    for place in all.iter().filter(|place| *place != "liar") {
        assert_eq!(again.row(place)["verdict"], "OK", "{}", again.row(place));
    }
    assert_eq!(again.row("h01")["entries"], summary["rows"][0]["entries"]);
}

#[test]
fn a_quiet_hall_is_here_and_a_ticket_that_is_broken_or_comes_late_is_a_row() {
    let office = Office::new();
    let hall = alone(&office, "quiet");
    office.ticket("torn", "kiemphieu://127.0.0.1:1/12");
    let watching = Watching::start(&office, &[]);
    watching.until("followed", "quiet", is_ok);
    let torn = watching.until("a row", "torn", |row| row["verdict"] == "TROUBLE");
    assert!(torn["life"] == "stopped" && torn["why"]["en"].is_string(), "{torn}");
    // The torn ticket is copied again, of another hall; one more comes.
    let (mended, late) = (alone(&office, "torn"), alone(&office, "late"));
    watching.until("mended", "torn", is_ok);
    watching.until("late", "late", is_ok);
    let (code, summary) = watching.end();
    assert_eq!(code, 0, "{summary}");
    // Nothing happens in the quiet hall; and yet it is heard.
    let mut beside = Watching::start(&office, &["--seconds", "8"]);
    let first = beside.until("followed again", "quiet", is_ok)["heard_at"].as_u64().expect("a time");
    assert_eq!(beside.process.wait(Duration::from_secs(20)), 0);
    until("the summary", || beside.all.lock().unwrap().is_some());
    let summary = beside.all.lock().unwrap().take().expect("a summary");
    let rows = summary["rows"].as_array().expect("rows");
    let quiet = rows.iter().find(|row| row["place"] == "quiet").expect("a row");
    assert!(quiet["heard_at"].as_u64() >= Some(first + 4), "asked when it is quiet: {quiet}");
    drop((hall, mended, late));
}

#[test]
fn a_folder_that_is_none_begins_nothing_and_says_everything_at_once() {
    let office = Office::new();
    let run = || program::run(office.arguments(&["--once"]));
    let empty = run();
    assert_eq!(empty.code, 10, "{}", empty.stderr);
    assert!(empty.stderr.contains("there is no event ticket in it yet"), "{}", empty.stderr);
    let nowhere = program::run(words(&["observer", "follow"], &[("--tickets", office.at("none"))]));
    assert_eq!(nowhere.code, 10, "{}", nowhere.stderr);
    assert!(nowhere.stderr.contains("there is no folder of event tickets"), "{}", nowhere.stderr);

    let hall = alone(&office, "ham-tan");
    office.ticket_of("twin", &hall);
    let twins = run();
    assert_eq!(twins.code, 10, "{}", twins.stderr);
    assert!(twins.stderr.contains("ham-tan") && twins.stderr.contains("twin"), "{}", twins.stderr);
    fs::remove_file(office.at("tickets/twin")).unwrap();

    let broken = "[ham-tan]\nname = 7\nphone = \"1\"\n\n[la-gi]\nname = \"La Gi\"\n";
    fs::write(office.at("tickets/halls.toml"), broken).unwrap();
    let faulty = run();
    assert_eq!(faulty.code, 10, "{}", faulty.stderr);
    for fault in ["halls.toml:2:", "halls.toml:3:", "halls.toml:5:"] {
        assert!(faulty.stderr.contains(fault), "{fault} {}", faulty.stderr);
    }
    assert!(!office.at("w/ham-tan/events").exists(), "nothing was begun");
    let text = "[ham-tan]\nname = \"Hàm Tân\"\ntelephone = \"0252 3876 543\"\n";
    fs::write(office.at("tickets/halls.toml"), text).unwrap();
    let fine = run();
    assert_eq!(fine.code, 0, "{}", fine.stderr);
    for said in ["Hàm Tân", "0252 3876 543", "OK", "verdict"] {
        assert!(fine.stdout.contains(said), "{said}: {}", fine.stdout);
    }
    assert_eq!(program::run(office.arguments(&["--once", "--until-size", "3"])).code, 2, "what cannot go together");
}
