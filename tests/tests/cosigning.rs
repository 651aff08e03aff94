//! Signing together from several machines: each member has a home of their own with nothing in it but their own key.

use promises::{
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Ended},
};
use std::{fs, path::PathBuf};

const ORIGIN: &str = "kiemphieu.example/hall";

/// A hall with a contest whose only bundle is given up, so that it may be closed; and one machine for each member.
struct Desks {
    hall: Hall,
}

impl Desks {
    fn open() -> Self {
        let hall = Hall::open(&event_toml(1, &strike_list("c01", 10)), 1);
        hall.prepare("c01", &[("b001".to_owned(), 10, String::new())]);
        let desks = Self { hall };
        for id in ["k1", "k2", "k3", "o1"] {
            let keys = desks.home(id).join("keys");
            fs::create_dir_all(&keys).expect("a folder");
            for name in [format!("{id}.key"), format!("{id}.key.vkey")] {
                fs::copy(desks.hall.at("committee/keys").join(&name), keys.join(&name)).expect("a key");
            }
        }
        desks.well("k1", &["settle", "c01", "b001", "--give-up", "--reason", "mất", "--propose", "--as", "k1"]);
        let sid = desks.first("k3");
        desks.well("k3", &["sign", &sid, "--as", "k3"]);
        desks
    }

    fn home(&self, id: &str) -> PathBuf {
        self.hall.at(&format!("machine-{id}"))
    }

    /// What that person types at their own machine.
    fn at(&self, id: &str, what: &[&str]) -> Ended {
        let mut all = words(&[&["committee"], what].concat(), &[("--home", self.home(id))]);
        all.extend(self.hall.way());
        program::run(all)
    }

    fn well(&self, id: &str, what: &[&str]) -> Ended {
        let ended = self.at(id, what);
        assert_eq!(ended.code, 0, "{id} types {what:?}: {}", ended.stderr);
        ended
    }

    /// It ends with code 1 and says this.
    fn refused(&self, id: &str, what: &[&str], said: &[&str]) {
        let ended = self.at(id, what);
        assert_eq!(ended.code, 1, "{id} types {what:?}: {ended:?}");
        for words in said {
            assert!(ended.stderr.contains(words), "`{words}` is not said to {id} by {what:?}: {}", ended.stderr);
        }
    }

    /// `drafts --json` as that person sees it.
    fn drafts(&self, id: &str) -> serde_json::Value {
        serde_json::from_str(&self.well(id, &["drafts", "--json"]).stdout).expect("JSON")
    }

    fn first(&self, id: &str) -> String {
        let drafts = self.drafts(id);
        let sid = drafts["drafts"][0]["sid"].as_str();
        sid.unwrap_or_else(|| panic!("nothing waits: {drafts}")).to_owned()
    }

    fn waiting(&self, id: &str) -> usize {
        self.drafts(id)["drafts"].as_array().expect("a list").len()
    }

    /// How the latest draft ended.
    fn latest_end(&self, id: &str) -> String {
        self.drafts(id)["ended"][0]["end"].as_str().unwrap_or_default().to_owned()
    }

    /// k1 proposes to close; the sid.
    fn propose_close(&self) -> String {
        self.well("k1", &["close", "c01", "--propose", "--as", "k1"]).stdout.trim().to_owned()
    }
}

#[test]
fn another_member_completes_what_one_proposed_and_nobody_counts_twice() {
    let desks = Desks::open();
    desks.refused("k1", &["close", "c01", "--as", "k1"], &["--propose", "k2 k3 could sign", "còn k2 k3 ký được"]);
    assert_eq!(desks.waiting("k2"), 0, "without --propose nothing was left");
    let sid = desks.propose_close();
    for _ in 0..2 {
        let again = desks.well("k1", &["sign", &sid[..8], "--as", "k1", "--json"]);
        assert!(again.stderr.contains("counts once"), "{}", again.stderr);
        let answer: serde_json::Value = serde_json::from_str(&again.stdout).expect("JSON");
        assert_eq!((&answer["verdict"], &answer["signatures"]["have"]), (&"draft".into(), &1.into()), "{answer}");
    }

    let drafts = desks.drafts("k2");
    let draft = &drafts["drafts"][0];
    assert_eq!((draft["sid"].as_str(), draft["needed"].as_u64()), (Some(&*sid), Some(1)), "{drafts}");
    assert!(draft["meaning"][0]["vi"].as_str().is_some_and(|said| said.contains("Kết thúc kiểm c01")), "{drafts}");
    assert!(draft["meaning"][0]["en"].as_str().is_some_and(|said| said.contains("Close c01")), "{drafts}");
    assert!(draft["left_seconds"].as_u64().is_some_and(|left| (14_000..=14_400).contains(&left)), "{drafts}");
    let text = desks.well("k2", &["drafts"]).stdout;
    let home = desks.home("k2");
    let next = format!("kiemphieu committee sign {} --as k2 --home {}", &sid[..16], home.display());
    for said in ["Close c01", "signed: k1 (1/2)", "still needed: 1 of k2 k3", "valid for 3 h 59 min", &next] {
        assert!(text.contains(said), "`{said}` is not said in {text}");
    }

    // An organiser has no say about a contest, neither yes nor no.
    desks.refused("o1", &["sign", &sid, "--as", "o1"], &["R-NOT-ENTITLED"]);
    let refused = desks.at("o1", &["refuse", &sid, "--reason", "không", "--as", "o1"]);
    assert!(refused.code == 11 && refused.stderr.contains("no say"), "{refused:?}");
    assert_eq!(desks.waiting("k2"), 1);

    // The machine of k1 may be off by now: all that counts is at the server.
    fs::remove_dir_all(desks.home("k1")).expect("a folder");
    let signed = desks.well("k2", &["sign", &sid[..8], "--as", "k2"]);
    assert!(signed.stderr.contains("Close c01") && signed.stderr.contains("recorded as entry"), "{}", signed.stderr);
    assert_eq!((desks.waiting("k3"), desks.latest_end("k3").as_str()), (0, "recorded"));
    let late = desks.well("k3", &["sign", &sid, "--as", "k3"]);
    assert!(late.stderr.contains("it stood there before"), "{}", late.stderr);
}

#[test]
fn members_who_refuse_say_why_and_the_draft_dies_when_too_few_are_left() {
    let desks = Desks::open();
    let sid = desks.propose_close();
    let no = |id: &str, reason: &str| ["refuse", &sid, "--reason", reason, "--as", id].map(str::to_owned);
    let refuse = |id: &str, reason: &str| desks.at(id, &no(id, reason).each_ref().map(String::as_str));
    let own = refuse("k1", "nghĩ lại");
    assert!(own.code == 1 && own.stderr.contains("who has signed it cannot refuse it"), "{own:?}");
    let long = refuse("k2", &"x".repeat(201));
    assert!(long.code == 2 && long.stderr.contains("200 characters"), "{long:?}");
    let first = refuse("k2", "tập b001 chưa xem");
    assert!(first.code == 0 && first.stderr.contains("enough others could still sign"), "{first:?}");
    let twice = refuse("k2", "lý do khác");
    assert!(twice.code == 1 && twice.stderr.contains("you have refused it before"), "{twice:?}");
    let text = desks.well("k1", &["drafts"]).stdout;
    assert!(text.contains("refused: k2: tập b001 chưa xem"), "{text}");
    let last = refuse("k3", "đồng ý với k2");
    assert!(last.code == 0 && last.stderr.contains("the draft is dead"), "{last:?}");
    let why = ["refused", "k2: tập b001 chưa xem", "k3: đồng ý với k2"];
    desks.refused("k2", &["sign", &sid, "--as", "k2"], &why);
    desks.refused("k1", &["refuse", &sid, "--reason", "x", "--as", "k1"], &why);
    assert_eq!((desks.waiting("k1"), desks.latest_end("k1").as_str()), (0, "refused"));

    // They have talked: the same close is proposed again, and everybody is asked anew.
    assert_eq!(desks.propose_close(), sid);
    desks.well("k3", &["sign", &sid, "--as", "k3"]);
}

#[test]
fn a_draft_that_was_overtaken_is_told_so_and_cannot_be_completed() {
    let desks = Desks::open();
    let sid = desks.propose_close();
    let annul = ["annul", "c01", "--reason", "in sai", "--propose", "--as", "k2"];
    let annul = desks.well("k2", &annul).stdout.trim().to_owned();
    assert_eq!(desks.waiting("k3"), 2);
    desks.well("k3", &["sign", &annul, "--as", "k3"]);
    assert_eq!(desks.waiting("k3"), 0);
    desks.refused("k3", &["sign", &sid, "--as", "k3"], &["overtaken", "close c01", "đã có văn bản khác"]);
    desks.refused("k3", &["refuse", &sid, "--reason", "x", "--as", "k3"], &["overtaken"]);
    let ended = desks.drafts("k1");
    assert_eq!(ended["ended"].as_array().map(Vec::len), Some(3), "settle, annul and the close: {ended}");
}

#[test]
fn a_restarted_server_has_forgotten_its_drafts_and_they_are_proposed_again() {
    let mut desks = Desks::open();
    let sid = desks.propose_close();
    desks.hall.kill_server();
    desks.hall.start_server();
    assert_eq!(desks.waiting("k2"), 0);
    let gone = desks.at("k2", &["sign", &sid, "--as", "k2"]);
    assert!(gone.code == 2 && gone.stderr.contains("gone when the server is restarted"), "{gone:?}");
    assert_eq!(desks.propose_close(), sid);
    desks.well("k2", &["sign", &sid, "--as", "k2"]);
}

#[test]
fn a_lost_key_warns_of_the_next_one_and_takes_its_signature_along() {
    let desks = Desks::open();
    let sid = desks.propose_close();
    let status = desks.well("k2", &["status"]).stdout;
    assert!(!status.contains("MIND"), "{status}");
    let revoke = ["revoke", "board/k1", "--reason", "mất máy"];
    let revoked = desks.hall.desk(&revoke, &["o1", "o2"]);
    assert_eq!(revoked.code, 0, "{}", revoked.stderr);
    assert!(revoked.stderr.contains("if one more key is lost, board b1 can sign nothing"), "{}", revoked.stderr);
    let status = desks.well("k2", &["status"]).stdout;
    assert!(status.contains("nếu mất thêm một khóa, ban kiểm phiếu b1 không ký được gì nữa"), "{status}");
    let json: serde_json::Value = serde_json::from_str(&desks.well("k2", &["status", "--json"]).stdout).expect("JSON");
    assert_eq!(json["reserves"][1]["spare"], 0, "{json}");
    // The signature of k1 is worth nothing now, and must not stop k2 and k3.
    desks.refused("k2", &["sign", &sid, "--as", "k2"], &["nobody who signed it has a say"]);
    desks.well("k2", &["close", "c01", "--propose", "--as", "k2"]);
    desks.well("k3", &["sign", &sid, "--as", "k3"]);
}

/// The devices of an event that is not founded yet, and their public keys.
fn devices(at: &dyn Fn(&str) -> PathBuf) -> Vec<PathBuf> {
    fs::create_dir(at("event")).expect("a folder");
    fs::write(at("event/event.toml"), event_toml(1, &strike_list("c01", 10))).expect("a file");
    let origin = ["--origin", ORIGIN];
    program::run_well(words(&[&["server", "key"], &origin[..]].concat(), &[("--home", at("server"))]));
    program::run_well(words(&[&["station", "key", "--id", "s01"], &origin[..]].concat(), &[("--home", at("s01"))]));
    let observer = ["observer", "key", "--id", "province", "--witness", "witness.example/w1"];
    program::run_well(words(&[&observer[..], &origin].concat(), &[("--home", at("observer"))]));
    let new = at("server/new/kiemphieu.example_hall");
    let own = ["s01/station.key.vkey", "observer/observer.key.vkey", "observer/witness.key.vkey"].map(at);
    own.into_iter().chain(["log.key.vkey", "tally.key.vkey"].map(|name| new.join(name))).collect()
}

#[test]
fn organisers_on_three_machines_found_one_event() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let mut keys = devices(&at);
    for id in ["o2", "o3"] {
        let person = format!("organiser/{id}");
        let make = ["committee", "make-key", &person, "--origin", ORIGIN];
        let key = program::run_well(words(&make, &[("--home", at(id))]));
        assert!(key.starts_with(&format!("{ORIGIN}/{person}+")), "{key}");
        keys.push(at(id).join("keys").join(format!("{id}.key.vkey")));
    }
    let mut init = words(&["committee", "init", "--json"], &[("--home", at("committee"))]);
    init.push(at("event").into());
    for key in keys {
        init.extend(["--vkey".into(), key.into_os_string()]);
    }
    let founded = program::run(init);
    assert_eq!(founded.code, 0, "{founded:?}");
    assert!(founded.stderr.contains("1 of 2 signatures, 1 missing"), "{founded:?}");
    let answer: serde_json::Value = serde_json::from_str(&founded.stdout).expect("JSON");
    let event = answer["event"].as_str().expect("a sid");
    assert_eq!((&answer["have"], &answer["others"]), (&1.into(), &serde_json::json!(["o2", "o3"])), "{answer}");
    assert!(!at("committee/keys/o2.key").exists(), "o2 has their own key");

    let manifest = at("committee/manifest.note");
    let found = || {
        let mut all = words(&["server", "found"], &[("--home", at("server"))]);
        all.push(manifest.clone().into());
        program::run(all)
    };
    let early = found();
    assert!(early.code == 10 && early.stderr.contains("1 of 2 organisers have signed, 1 missing"), "{early:?}");

    let copy = at("copy-of-o3.note");
    fs::copy(&manifest, &copy).expect("a file");
    let cosign = |file: &PathBuf, more: &[&str], paths: &[(&str, PathBuf)]| {
        let mut all = words(&["committee", "cosign"], &[]);
        all.push(file.into());
        all.extend(words(more, paths));
        program::run(all)
    };
    let signed = cosign(&copy, &["--as", "o3"], &[("--home", at("o3"))]);
    assert_eq!(signed.code, 0, "{signed:?}");
    for said in ["Found the event", "o1 o2 o3", "2 of 2 signatures", event] {
        assert!(signed.stderr.contains(said), "`{said}` is not said: {}", signed.stderr);
    }
    let stranger = cosign(&manifest, &[], &[("--key", at("committee/keys/k1.key"))]);
    assert!(stranger.code == 11 && stranger.stderr.contains("no organiser in this manifest"), "{stranger:?}");
    assert_eq!(cosign(&manifest, &[], &[("--from", copy)]).code, 0);
    let ended = found();
    assert_eq!((ended.code, ended.stdout.trim()), (0, event), "{ended:?}");
}
