//! A whole congress, by the commands a board types: the shipped example of nine contests, in which only the first is written
//! by hand and every further one is prefilled by `committee next` and `committee plan adopt`; and the same event through
//! `rehearse`. What is counted must be what the example expects.

use promises::{
    hall::{Hall, words},
    program::{self, Ended},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tally::{Statement, statement::Round};

fn example() -> PathBuf {
    program::repository().join("deploy/examples/song-may-2020")
}

fn expected() -> Value {
    serde_json::from_slice(&fs::read(example().join("expected.json")).unwrap()).unwrap()
}

/// The names on the list of a contest of the example, in ballot order.
fn names_of(contest: &str) -> Vec<String> {
    let toml = fs::read_to_string(example().join("event.toml")).unwrap();
    let section = toml.split("[[contest]]").find(|s| s.contains(&format!("id = \"{contest}\"\n"))).unwrap();
    let names = section.lines().filter_map(|line| line.trim().strip_prefix("{ name = \""));
    names.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The hall of the example, with nothing adopted yet but the file of its first contest, written by hand.
struct Congress {
    hall: Hall,
    first: PathBuf,
}

impl Congress {
    fn open() -> Self {
        let toml = fs::read_to_string(example().join("event.toml")).unwrap();
        let toml = toml.replace("kiemphieu.example/song-may-2020", "kiemphieu.example/hall");
        let mut sections = toml.split("[[contest]]");
        let (head, first) = (sections.next().unwrap(), sections.next().unwrap());
        let hall = Hall::open(head, 4);
        let path = hall.at("c01.toml");
        fs::write(&path, format!("{head}[[contest]]{first}")).unwrap();
        Self { hall, first: path }
    }

    fn board_of(contest: &str) -> [&'static str; 2] {
        match &contest[..3] {
            "c01" | "c06" => ["k1", "k2"],
            "c05" => ["k7", "k8"],
            _ => ["k4", "k5"],
        }
    }

    fn desk(&self, contest: &str, what: &[&str]) -> Ended {
        self.hall.desk(what, &Self::board_of(contest))
    }

    fn desk_well(&self, contest: &str, what: &[&str]) -> Ended {
        let ended = self.desk(contest, what);
        assert_eq!(ended.code, 0, "{what:?}: {}", ended.stderr);
        ended
    }

    /// What somebody asks who signs nothing.
    fn ask(&self, what: &[&str]) -> Ended {
        self.hall.desk(what, &[])
    }

    fn ask_well(&self, what: &[&str]) -> Value {
        let ended = self.ask(&[what, &["--json"]].concat());
        assert_eq!(ended.code, 0, "{what:?}: {}", ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// Where the file of a prefilled contest goes.
    fn file(&self, contest: &str) -> String {
        self.hall.at(&format!("{contest}.toml")).to_string_lossy().into_owned()
    }

    /// Prefills a contest; the answer as JSON, the file in its place.
    fn prefill(&self, contest: &str, what: &[&str]) -> Value {
        self.ask_well(&[what, &["--out", &self.file(contest)]].concat())
    }

    /// Opens the contest of its file, as it is.
    fn adopt(&self, contest: &str) -> Ended {
        self.desk_well(contest, &["contest", contest, "--event-toml", &self.file(contest)])
    }

    /// The papers, the tables, the close.
    fn vote(&self, contest: &str, issued: Option<u64>) {
        let folder = example().join("ballots").join(contest);
        let mut tables = Vec::new();
        for table in ["s01", "s02", "s03", "s04"] {
            let ballots = folder.join(format!("{table}.csv"));
            let Ok(text) = fs::read_to_string(&ballots) else { continue };
            tables.push((table, ballots, text.lines().count() as u64 - 1));
        }
        let collected: u64 = tables.iter().map(|(_, _, papers)| papers).sum();
        let issued = issued.unwrap_or(collected).to_string();
        let bundles: Vec<String> = tables.iter().map(|(t, _, papers)| format!("{t}-b001={papers}:{t}")).collect();
        let mut papers = vec!["papers", contest, "--received", &issued, "--issued", &issued, "--unused", "0"];
        papers.extend(["--spoiled", "0", "--bundle"]);
        papers.extend(bundles.iter().map(String::as_str));
        self.desk_well(contest, &papers);
        if contest == "c01" {
            self.a_file_with_a_paper_missing_is_named();
        }
        for (table, ballots, _) in tables {
            let ended = self.count(contest, table, ballots);
            assert_eq!(ended.code, 0, "{contest} {table}: {}", ended.stderr);
        }
        self.desk_well(contest, &["close", contest]);
    }

    /// A table counts a file without bundle ids: its bundles are those the board handed to it.
    fn count(&self, contest: &str, table: &str, ballots: PathBuf) -> Ended {
        let paths = [("--home", self.hall.at(table)), ("--ballots", ballots)];
        let count = words(&["station", "count", "--contest", contest], &paths);
        program::run([count, self.hall.way()].concat())
    }

    fn a_file_with_a_paper_missing_is_named(&self) {
        let text = fs::read_to_string(example().join("ballots/c01/s01.csv")).unwrap();
        let short = self.hall.at("short.csv");
        fs::write(&short, text.trim_end().rsplit_once('\n').unwrap().0).unwrap();
        let ended = self.count("c01", "s01", short);
        assert_eq!(ended.code, 10, "{}", ended.stderr);
        let said = "32 papers in the file, 33 handed to s01 (s01-b001 33)";
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }

    fn announce(&self, contest: &str) {
        self.desk_well(contest, &["certify", contest]);
        self.desk_well(contest, &["announce", contest]);
    }

    /// Every step of the plan and its state.
    fn plan(&self) -> BTreeMap<String, Value> {
        let steps = self.ask_well(&["plan"]);
        let steps = steps.as_array().unwrap().iter();
        steps.map(|s| (s["step"].as_str().unwrap().to_owned(), s.clone())).collect()
    }

    fn states(&self) -> Vec<(String, String)> {
        let steps = self.ask_well(&["plan"]);
        let word = |s: &Value, key: &str| s[key].as_str().unwrap().to_owned();
        steps.as_array().unwrap().iter().map(|s| (word(s, "step"), word(s, "state"))).collect()
    }
}

fn names(proposal: &Value) -> Vec<String> {
    let candidates = proposal["candidates"].as_array().unwrap().iter();
    candidates.map(|c| c["name"].as_str().unwrap().to_owned()).collect()
}

fn with_names<'a>(what: &[&'a str], names: &'a [String]) -> Vec<&'a str> {
    let mut all = what.to_vec();
    names.iter().for_each(|name| all.extend(["--name", name]));
    all
}

#[test]
fn a_whole_congress_is_held_by_the_commands_a_board_types() {
    let c = Congress::open();
    let witness = c.hall.follow();
    assert_eq!(c.plan()["executive"]["state"], "next");
    c.hall.desk_well(&["board", "b1"], &["o1", "o2"]);
    executive(&c);
    first_meetings(&c);
    delegation(&c);
    let states = c.states();
    let states: Vec<_> = states.iter().map(|(step, state)| (step.as_str(), state.as_str())).collect();
    let done = ["executive", "standing", "secretary", "inspection", "vice-chairs", "delegation"];
    for (step, state) in states {
        assert_eq!(state, if done.contains(&step) { "done" } else { "left-out" }, "{step}");
    }
    let log = c.hall.export("out");
    let found = c.hall.verify(&log);
    assert_eq!(found["verdict"], "OK", "{found}");
    as_expected(&found);
    rounds_follow_in_time(&c.hall.at("out"));
    what_is_only_written_down_is_told_in_json_as_well(&c);
    drop(witness);
}

/// The small room counted five bundles: one for each of its votes.
fn what_is_only_written_down_is_told_in_json_as_well(c: &Congress) {
    let json = |what: &[&str], paths: &[(&str, PathBuf)]| -> Value {
        let ended = program::run_well(words(&[what, &["--json"]].concat(), paths));
        serde_json::from_str(&ended).unwrap()
    };
    let table =
        |what: &str, out: &str| json(&["station", what], &[("--home", c.hall.at("s04")), ("--out", c.hall.at(out))]);
    assert_eq!(table("receipts", "receipts-s04")["receipts"], 5);
    assert_eq!(table("export", "stick")["exported"], 0);
    let stick = c.hall.at("stick").to_string_lossy().into_owned();
    assert_eq!(json(&["station", "collect", &stick], &[("--home", c.hall.at("s04"))])["collected"], 0);
    let ticket = json(&["server", "ticket"], &[("--home", c.hall.at("server"))]);
    assert_eq!(ticket["event"], Value::from(c.hall.event.as_str()));
    assert!(ticket["ticket"].as_str().unwrap().contains(&c.hall.event), "{ticket}");
}

/// Two seats stay open; a further round fills one, and a round among two tied the other.
fn executive(c: &Congress) {
    c.desk_well("c01", &["contest", "c01", "--event-toml", &c.first.to_string_lossy()]);
    c.vote("c01", None);
    let early = c.ask(&["next", "c01"]);
    assert!(early.code != 0 && early.stderr.contains("not certified"), "{}", early.stderr);
    c.desk_well("c01", &["certify", "c01"]);
    // Opened too early, it is told so before anybody signs; one signature alone sends nothing.
    let early = c.hall.at("early.toml").to_string_lossy().into_owned();
    c.ask_well(&["next", "c01", "--out", &early]);
    let alone = c.hall.desk(&["contest", "c01-2", "--event-toml", &early], &["k1"]);
    assert!(alone.code == 1 && alone.stderr.contains("MIND: c01 is not announced"), "{}", alone.stderr);
    c.desk_well("c01", &["announce", "c01"]);
    assert_eq!(c.plan()["executive"]["open"], "short 2");

    let second = c.prefill("c01-2", &["next", "c01", "--names", "4"]);
    assert_eq!((&second["kind"], &second["seats"]), (&"continued".into(), &2.into()));
    assert_eq!(names(&second), names_of("c01-2"), "the four highest of those not elected");
    let again = c.ask(&["next", "c01", "--out", &c.file("c01-2")]);
    assert_eq!(again.code, 13, "what somebody may have changed by hand is not overwritten: {}", again.stderr);
    let adopted = c.adopt("c01-2");
    assert!(!adopted.stderr.contains("MIND"), "{}", adopted.stderr);
    let twice = c.ask(&["next", "c01"]);
    assert!(twice.code != 0 && twice.stderr.contains("c01-2 follows c01 already"), "{}", twice.stderr);
    c.vote("c01-2", None);
    c.announce("c01-2");

    let third = c.prefill("c01-3", &["next", "c01-2"]);
    assert_eq!((&third["kind"], &third["seats"], &third["form"]), (&"tie".into(), &1.into(), &"strike-list".into()));
    assert_eq!(names(&third), names_of("c01-3"), "exactly the tied");
    c.adopt("c01-3");
    c.vote("c01-3", None);
    c.announce("c01-3");
    let full = c.ask(&["next", "c01-3"]);
    assert!(full.code != 0 && full.stderr.contains("every seat of c01-3 is filled"), "{}", full.stderr);
    let plan = c.plan();
    assert_eq!(plan["executive"]["state"], "done");
    assert_eq!(plan["executive"]["elected"].as_array().unwrap().len(), 25);
    assert_eq!(plan["standing"]["state"], "next");
}

/// The first meetings of the new committee and of the new Inspection Committee, each with a counting board of its own.
fn first_meetings(c: &Congress) {
    c.hall.desk_well(&["board", "b2"], &["o1", "o2"]);
    let listed = names_of("c02");
    let missing = c.ask(&["plan", "adopt", "standing", "--id", "c02"]);
    assert!(missing.code != 0 && missing.stderr.contains("--seats"), "{}", missing.stderr);
    let adopt = ["plan", "adopt", "standing", "--id", "c02", "--seats", "7"];
    let standing = c.prefill("c02", &with_names(&adopt, &listed));
    assert_eq!(
        (&standing["board"], &standing["form"]),
        (&"b2".into(), &"strike-list".into()),
        "the board of the meeting"
    );
    assert_eq!((&standing["profile"], names(&standing)), (&"party-244-committee".into(), listed));
    assert_eq!(standing["base"], serde_json::json!([["in-office", 25], ["absent-excused", 0]]));
    c.adopt("c02");
    // One paper more in the box than was issued: nothing can be certified.
    c.vote("c02", Some(25));
    let refused = c.desk("c02", &["certify", "c02"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let again = c.ask_well(&["next", "c02"]);
    assert_eq!(again["kind"], "repeat");
    assert!(again["notes"].to_string().contains("FIRST annul it"), "{again}");
    c.desk_well("c02", &["annul", "c02", "--reason", "Thu về 26 phiếu, phát ra 25: đại hội hủy và bầu lại"]);
    let again = c.prefill("c02-2", &["next", "c02"]);
    assert_eq!(names(&again), names_of("c02-2"), "the same list");
    assert!(!c.adopt("c02-2").stderr.contains("MIND"));
    c.vote("c02-2", None);
    c.announce("c02-2");

    let secretary = names_of("c03");
    let adopt = ["plan", "adopt", "secretary", "--id", "c03"];
    let proposal = c.prefill("c03", &with_names(&adopt, &secretary));
    assert_eq!((&proposal["form"], &proposal["seats"]), (&"agree-single".into(), &1.into()));
    assert!(!proposal["notes"].to_string().contains("CHÚ Ý"), "{proposal}");
    let stranger = ["Người Chưa Ai Bầu".to_owned()];
    let stranger = c.ask_well(&with_names(&adopt, &stranger));
    assert!(stranger["notes"].to_string().contains("not elected in the step standing"), "{stranger}");
    // One member is absent with permission: the meeting corrects the base by hand.
    change(&c.file("c03"), "absent-excused = 0", "absent-excused = 1");
    c.adopt("c03");
    c.vote("c03", None);
    c.announce("c03");

    let inspectors = names_of("c04");
    let adopt = ["plan", "adopt", "inspection", "--id", "c04", "--seats", "5"];
    let proposal = c.prefill("c04", &with_names(&adopt, &inspectors));
    assert_eq!(proposal["form"], "agree-list");
    assert!(!proposal["notes"].to_string().contains("CHÚ Ý"), "people from outside may stand: {proposal}");
    c.adopt("c04");
    c.vote("c04", None);
    c.announce("c04");

    c.hall.desk_well(&["board", "b3"], &["o1", "o2"]);
    let chair = names_of("c05");
    let suggested = c.plan()["vice-chairs"]["suggested"].clone();
    assert_eq!(suggested.as_array().unwrap().len(), 3, "of five elected, two count the papers: {suggested}");
    let adopt = ["plan", "adopt", "vice-chairs", "--id", "c05", "--seats", "1"];
    let proposal = c.prefill("c05", &with_names(&adopt, &chair));
    assert_eq!((&proposal["board"], &proposal["base"][0][1]), (&"b3".into(), &5.into()));
    c.adopt("c05");
    c.vote("c05", None);
    c.announce("c05");
}

fn delegation(c: &Congress) {
    let listed = names_of("c06");
    let adopt = ["plan", "adopt", "delegation", "--id", "c06", "--seats", "12", "--alternates", "2"];
    let title = ["--title", "Bầu Đoàn đại biểu dự Đại hội đại biểu Đảng bộ tỉnh"];
    let proposal = c.prefill("c06", &with_names(&[&adopt[..], &title[..]].concat(), &listed));
    assert_eq!((&proposal["board"], &proposal["profile"]), (&"b1".into(), &"party-244-delegation".into()));
    c.adopt("c06");
    c.vote("c06", None);
    c.announce("c06");
}

fn change(file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Every figure that the example expects; a zero may be missing.
fn as_expected(results: &Value) {
    let expected = expected();
    for contest in expected["contests"].as_array().unwrap() {
        let found = results["contests"].as_array().unwrap().iter().find(|c| c["id"] == contest["id"]).unwrap();
        agrees(contest["id"].as_str().unwrap(), contest, found);
    }
    assert_eq!(results["contests"].as_array().unwrap().len(), 9);
}

fn agrees(path: &str, expected: &Value, found: &Value) {
    match expected {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}.{key}");
                match found.get(key) {
                    Some(found) => agrees(&path, value, found),
                    None => assert_eq!(*value, 0, "{path}"),
                }
            }
        }
        _ => assert_eq!(expected, found, "{path}"),
    }
}

/// In the log a further round stands after the announcement of the contest it follows, a repeat after its annulment.
fn rounds_follow_in_time(out: &Path) {
    let (mut over, mut rounds) = (BTreeMap::new(), 0);
    for statement in statements(out) {
        match statement {
            Statement::Announce(s) => drop(over.insert(s.contest, "announced")),
            Statement::Annul(s) => drop(over.insert(s.contest, "annulled")),
            Statement::Contest(s) => {
                let Some(before) = s.follows else { continue };
                let needed = if s.kind == Round::Repeat { "annulled" } else { "announced" };
                assert_eq!(over.get(&before), Some(&needed), "{} was opened too early", s.contest);
                rounds += 1;
            }
            _ => {}
        }
    }
    assert_eq!(rounds, 3);
}

/// What the entries of a copied log say, in order. That they are signed is for the observer to check.
fn statements(out: &Path) -> Vec<Statement> {
    let mut tiles = walk(&out.join("log/tile/entries"));
    // A full tile stands in a file, a partial one in a folder beside it.
    tiles.sort_by_key(|path| path.to_string_lossy().replace(".p/", "/"));
    let mut statements = Vec::new();
    for tile in tiles {
        let bytes = fs::read(tile).unwrap();
        let mut rest = &bytes[..];
        while let [high, low, after @ ..] = rest {
            let (note, after) = after.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            let text = String::from_utf8_lossy(note).into_owned();
            let (text, _) = text.rsplit_once("\n\n").unwrap();
            statements.push(Statement::parse(&format!("{text}\n")).unwrap());
            rest = after;
        }
    }
    statements
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// Rehearses an event folder; how it ended, and what it left.
fn rehearse(event: &Path) -> (Ended, tempfile::TempDir) {
    let out = tempfile::tempdir().unwrap();
    let (event, folder) = (event.to_string_lossy(), out.path().to_string_lossy());
    (program::run(["rehearse", "--json", "--event", &event, "--out", &folder]), out)
}

#[test]
fn the_example_comes_out_as_recounted_and_every_round_opens_in_its_time() {
    let (ended, out) = rehearse(&example());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let results: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(results["observer"], "OK");
    as_expected(&results);
    rounds_follow_in_time(out.path());
}

/// The example with one line of its event.toml changed.
fn changed(from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&example(), folder.path());
    change(&folder.path().join("event.toml").to_string_lossy(), from, to);
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_round_that_could_never_open_is_refused_before_a_rehearsal_begins() {
    let blocked = changed("kind = \"repeat\"", "kind = \"continued\"");
    let (ended, out) = rehearse(blocked.path());
    assert_eq!(ended.code, 10);
    assert!(ended.stderr.contains("a repeat comes first"), "{}", ended.stderr);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0, "nothing was started");
    let void = changed("kind = \"continued\"\nfollows = \"c01\"", "kind = \"repeat\"\nfollows = \"c01\"");
    change(&void.path().join("event.toml").to_string_lossy(), "follows = \"c01-2\"", "follows = \"c01\"");
    let (ended, _) = rehearse(void.path());
    assert_eq!(ended.code, 10);
    assert!(ended.stderr.contains("which is annulled"), "{}", ended.stderr);
}
