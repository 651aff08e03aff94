//! A small hall, made by the commands that a person would type: keys on their devices, the event founded, the server
//! open. Tables, board and observer are started by the test.

use crate::program::{self, Ended, Running};
use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A hall in a folder of its own.
pub struct Hall {
    folder: TempDir,
    /// The sid of the event.
    pub event: String,
    /// Where gRPC listens, once the server runs.
    pub grpc: String,
    /// Where the public pages are, once the server runs.
    pub http: String,
    server: Option<Running>,
    /// More for the environment of the server.
    pub environment: Vec<(OsString, OsString)>,
    /// More for its command line.
    pub arguments: Vec<OsString>,
}

/// `event.toml` of a hall: two organisers, a board of three, so many tables, and the contests given.
#[must_use]
pub fn event_toml(tables: usize, contests: &str) -> String {
    let stations: String =
        (1..=tables).map(|n| format!("[[station]]\nid = \"s{n:02}\"\ntitle = \"Bàn số {n}\"\n\n")).collect();
    format!(
        r#"origin = "kiemphieu.example/hall"
title = "Đại hội đại biểu Đảng bộ huyện Ví Dụ"
language = "vi"
disclosure = "public"
live-totals = true
min-bundle = 5

[organisers]
threshold = 2
members = [{{ id = "o1", name = "Người Một" }}, {{ id = "o2", name = "Người Hai" }}, {{ id = "o3", name = "Người Ba" }}]

[[board]]
id = "b1"
title = "Ban kiểm phiếu"
threshold = 2
members = [{{ id = "k1", name = "Đỗ Thị Hạnh", role = "head" }}, {{ id = "k2", name = "Ngô Văn Sơn", role = "member" }}, {{ id = "k3", name = "Lý Thị Mai", role = "member" }}]

{stations}[witness]
quorum = 1

{contests}"#
    )
}

/// A contest of four names for three seats, for [`event_toml`].
#[must_use]
pub fn strike_list(id: &str, papers: u32) -> String {
    format!(
        r#"[[contest]]
id = "{id}"
board = "b1"
title = "Bầu Ban Chấp hành"
form = "strike-list"
profile = "party-244"
seats = 3
counts = 1
bundle-size = 10
base = {{ summoned = {papers} }}
papers = {{ received = {papers}, issued = {papers}, unused = 0, spoiled = 0 }}
candidates = [{{ name = "Nguyễn Văn An" }}, {{ name = "Trần Thị Bình" }}, {{ name = "Lê Hoàng Cường" }}, {{ name = "Phạm Thị Dung" }}]

"#
    )
}

impl Hall {
    /// Makes keys, founds the event of that `event.toml` and opens the server.
    #[must_use]
    pub fn open(event_toml: &str, tables: usize) -> Self {
        let mut hall = Self::found(event_toml, tables);
        hall.start_server();
        hall
    }

    /// Makes keys and founds the event; no server runs.
    #[must_use]
    pub fn found(event_toml: &str, tables: usize) -> Self {
        Self::found_with(event_toml, tables, &[])
    }

    /// The same, with the keys of more people in the manifest, of which nothing but these files is here.
    ///
    /// # Panics
    /// A command does not end well.
    #[must_use]
    pub fn found_with(event_toml: &str, tables: usize, more: &[PathBuf]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("event")).expect("a folder");
        fs::write(at("event/event.toml"), event_toml).expect("a file");
        let origin = "kiemphieu.example/hall";
        program::run_well(words(&["server", "key", "--origin", origin], &[("--home", at("server"))]));
        let new = at("server/new/kiemphieu.example_hall");
        let mut keys = vec![new.join("log.key.vkey"), new.join("tally.key.vkey")];
        for n in 1..=tables {
            let id = format!("s{n:02}");
            program::run_well(words(&["station", "key", "--origin", origin, "--id", &id], &[("--home", at(&id))]));
            keys.push(at(&id).join("station.key.vkey"));
        }
        let key = ["observer", "key", "--origin", origin, "--id", "province", "--witness", "witness.example/w1"];
        program::run_well(words(&key, &[("--home", at("observer"))]));
        keys.extend(["observer.key.vkey", "witness.key.vkey"].map(|name| at("observer").join(name)));
        keys.extend_from_slice(more);
        let mut init = words(&["committee", "init"], &[("--home", at("committee"))]);
        init.push(at("event").into());
        for key in keys {
            init.extend(["--vkey".into(), key.into_os_string()]);
        }
        let event = program::run_well(init).trim().to_owned();
        let mut found = words(&["server", "found"], &[("--home", at("server"))]);
        found.push(at("committee/manifest.note").into());
        program::run_well(found);
        let ticket = program::run_well(words(&["server", "ticket"], &[("--home", at("server"))]));
        fs::write(at("ticket"), ticket).expect("a file");
        let none = String::new;
        Self { event, grpc: none(), http: none(), server: None, environment: Vec::new(), arguments: Vec::new(), folder }
    }

    /// The file with the event ticket, which names no address.
    #[must_use]
    pub fn ticket(&self) -> PathBuf {
        self.at("ticket")
    }

    /// Where gRPC listens, as clients are told with `--server`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.grpc.trim_start_matches("https://")
    }

    /// How every command finds the server.
    #[must_use]
    pub fn way(&self) -> Vec<OsString> {
        words(&["--server", self.address()], &[("--ticket", self.ticket())])
    }

    /// A place in the hall's folder.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the event on the server.
    #[must_use]
    pub fn event_folder(&self) -> PathBuf {
        self.at("server/events").join(&self.event)
    }

    /// Opens the server: on free ports the first time, on the same ones afterwards.
    ///
    /// # Panics
    /// It does not open its doors; what it said.
    pub fn start_server(&mut self) {
        if let Err(said) = self.try_start_server() {
            panic!("the server did not open its doors: {said:?}");
        }
    }

    /// As [`Hall::start_server`].
    ///
    /// # Errors
    /// How it ended instead.
    pub fn try_start_server(&mut self) -> Result<(), Ended> {
        let command = [words(&["server", "run"], &[]), self.arguments.clone()].concat();
        self.open_doors(command)
    }

    /// A spare laptop takes over in the place of the server: from that stick, with those keys, at the same ports.
    ///
    /// # Errors
    /// How it ended instead.
    pub fn take_over(&mut self, stick: &Path, keys: &Path) -> Result<(), Ended> {
        let paths = [("--second-journal", stick.to_owned()), ("--keys", keys.to_owned())];
        self.open_doors(words(&["server", "takeover", "--run"], &paths))
    }

    /// Starts a command of the server that serves, and waits until it does.
    fn open_doors(&mut self, command: Vec<OsString>) -> Result<(), Ended> {
        let address = |url: &str| if url.is_empty() { "127.0.0.1:0" } else { bare(url) }.to_owned();
        let log = fs::OpenOptions::new().create(true).append(true).open(self.at("server.log")).expect("a log");
        let mut child = Command::new(program::path())
            .args(command)
            .args(["--listen", &address(&self.grpc), "--http", &address(&self.http), "--home"])
            .arg(self.at("server"))
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        let _ = BufReader::new(stdout).read_line(&mut line);
        let Ok(addresses) = serde_json::from_str::<serde_json::Value>(&line) else {
            let code = child.wait().expect("it ended").code().unwrap_or(-1);
            let stderr = fs::read_to_string(self.at("server.log")).unwrap_or_default();
            return Err(Ended { code, stdout: line, stderr });
        };
        self.grpc = addresses["grpc"].as_str().unwrap_or_default().to_owned();
        self.http = addresses["http"].as_str().unwrap_or_default().to_owned();
        self.server = Some(Running(child));
        Ok(())
    }

    /// Ends the server at once (`kill -9`).
    pub fn kill_server(&mut self) {
        self.server = None;
    }

    /// The process of the server.
    ///
    /// # Panics
    /// No server runs.
    #[must_use]
    pub fn server_id(&self) -> u32 {
        self.server.as_ref().expect("a server runs").0.id()
    }

    /// Asks the server to end, as a service manager does, and waits; the answer is its exit code.
    ///
    /// # Panics
    /// No server runs, or it does not end within ten seconds.
    #[cfg(unix)]
    pub fn end_server(&mut self) -> i32 {
        self.server.take().expect("a server runs").end(std::time::Duration::from_secs(10))
    }

    /// Waits until the server has ended by itself; the answer is its exit code.
    ///
    /// # Panics
    /// No server runs, or it does not end in time.
    pub fn wait_for_end(&mut self, at_most: std::time::Duration) -> i32 {
        self.server.take().expect("a server runs").wait(at_most)
    }

    /// A command of the committee, signed by these members.
    pub fn desk(&self, what: &[&str], signers: &[&str]) -> Ended {
        let mut all = words(&[&["committee"], what].concat(), &[("--home", self.at("committee"))]);
        all.extend(self.way());
        for signer in signers {
            all.extend(words(&["--as", signer], &[]));
        }
        program::run(all)
    }

    /// A command of the committee that must end well; its standard output.
    ///
    /// # Panics
    /// It does not; what it said.
    pub fn desk_well(&self, what: &[&str], signers: &[&str]) -> String {
        let ended = self.desk(what, signers);
        assert_eq!(ended.code, 0, "committee {what:?}: {}", ended.stderr);
        ended.stdout
    }

    /// The board as elected, a contest of `event.toml`, and its bundles (`id`, papers, table or "").
    pub fn prepare(&self, contest: &str, bundles: &[(String, u32, String)]) {
        let toml = self.at("event/event.toml").to_string_lossy().into_owned();
        if !self.at("board-elected").exists() {
            self.desk_well(&["board", "b1", "--event-toml", &toml], &["o1", "o2"]);
            fs::write(self.at("board-elected"), "").expect("a file");
        }
        self.desk_well(&["contest", contest, "--event-toml", &toml], &["k1", "k2"]);
        self.papers(contest, bundles);
    }

    /// The papers of a contest.
    pub fn papers(&self, contest: &str, bundles: &[(String, u32, String)]) {
        let collected: u32 = bundles.iter().map(|(_, papers, _)| papers).sum();
        let mut file = format!("received = {collected}\nissued = {collected}\nunused = 0\nspoiled = 0\n");
        for (id, papers, table) in bundles {
            file.push_str(&format!("[[bundles]]\nid = \"{id}\"\npapers = {papers}\n"));
            if !table.is_empty() {
                file.push_str(&format!("table = \"{table}\"\n"));
            }
        }
        let path = self.at(&format!("papers-{contest}.toml"));
        fs::write(&path, file).expect("a file");
        self.desk_well(&["papers", contest, "--file", &path.to_string_lossy()], &["k1", "k2"]);
    }

    /// Starts a table that counts a ballots file.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start_table(&self, station: &str, contest: &str, ballots: &Path, more: &[&str]) -> Running {
        let mut all = words(&["station", "count"], &[("--home", self.at(station)), ("--ballots", ballots.to_owned())]);
        all.extend(self.way());
        all.extend(words(&["--contest", contest, "--bundle-size", "10", "--min-bundle", "5"], &[]));
        all.extend(words(more, &[]));
        let log = fs::OpenOptions::new().create(true).append(true).open(self.at(&format!("{station}.log")));
        let log = log.expect("a log");
        let child =
            Command::new(program::path()).args(all).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        Running(child.expect("the program starts"))
    }

    /// The observer follows, cosigns and remembers until the test lets go of it.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn follow(&self) -> Running {
        let mut all = words(&["observer", "follow"], &[("--home", self.at("observer"))]);
        all.extend(self.way());
        let log = fs::OpenOptions::new().create(true).append(true).open(self.at("observer.log")).expect("a log");
        let child =
            Command::new(program::path()).args(all).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        Running(child.expect("the program starts"))
    }

    /// The observer's verified copy, in `out/log`.
    ///
    /// # Panics
    /// The log does not verify, or the quorum is not met in time.
    pub fn export(&self, out: &str) -> PathBuf {
        let mut all = words(&["observer", "export"], &[("--home", self.at("observer")), ("--out", self.at(out))]);
        all.extend(self.way());
        all.extend(words(&["--wait-quorum", "30"], &[]));
        program::run_well(all);
        self.at(out).join("log")
    }

    /// What the observer says of a copy, as JSON.
    ///
    /// # Panics
    /// It says nothing that can be read.
    #[must_use]
    pub fn verify(&self, copy: &Path) -> serde_json::Value {
        let mut all = words(&["observer", "verify"], &[]);
        all.push(copy.into());
        all.extend(words(&["--event", &self.event, "--json"], &[]));
        let ended = program::run(all);
        serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {}", ended.stderr))
    }
}

/// A printed address without its scheme, as `server run --listen` and `--http` take it.
#[must_use]
pub fn bare(url: &str) -> &str {
    url.trim_start_matches("https://").trim_start_matches("http://")
}

/// Words and named paths as one command line.
#[must_use]
pub fn words(words: &[&str], paths: &[(&str, PathBuf)]) -> Vec<OsString> {
    let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
    for (name, path) in paths {
        all.extend([OsString::from(name), path.clone().into_os_string()]);
    }
    all
}
