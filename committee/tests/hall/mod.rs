//! A small congress in a temporary folder: an event file, the public keys of its devices, and a replay to play on.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "a room shared by test files, each using its part")]

use committee::{CommitteeError, desk::Desk, draft, founding, home::Home};
use std::{fs, path::PathBuf, sync::Arc};
use tally::{
    Figures, Id, Marks, Papers, Replay, Ruling, SignedStatement, Statement, Votes,
    statement::{Batch, Board},
};
use tempfile::TempDir;
use tlog::{KeyKind, Note, SigningKey};

pub const ORIGIN: &str = "kiemphieu.example/test/small";

pub const EVENT: &str = r#"
origin = "kiemphieu.example/test/small"
title = "Đại hội thử"
language = "vi"
disclosure = "public"
live-totals = false
min-bundle = 5

[organisers]
threshold = 2
members = [{ id = "o1", name = "Người Một" }, { id = "o2", name = "Người Hai" }, { id = "o3", name = "Người Ba" }]

[[board]]
id = "b1"
title = "Ban kiểm phiếu"
threshold = 2
members = [
    { id = "k1", name = "Đỗ Thị Hạnh", role = "head" },
    { id = "k2", name = "Ngô Văn Sơn", role = "member" },
    { id = "t1", name = "Cao Văn Kỹ", role = "technician" },
]

[[station]]
id = "s01"
title = "Bàn số 1"

[[station]]
id = "s02"
title = "Bàn số 2"

[witness]
quorum = 1

[[contest]]
id = "c01"
board = "b1"
title = "Bầu Ban Chấp hành"
form = "strike-list"
profile = "party-244"
seats = 2
base = { summoned = 20 }
papers = { received = 20, issued = 20, unused = 0, spoiled = 0 }
candidates = [{ name = "An", born = "1970-05-02" }, { name = "Bình", traits = ["young", "female"] }, { name = "Cường" }]

[[contest]]
id = "c02"
board = "b1"
title = "Bầu Bí thư"
form = "agree-single"
profile = "party-244"
seats = 1
kind = "continued"
follows = "c01"
base = { summoned = 20 }
candidates = [{ name = "An" }]

[[contest]]
id = "c03"
board = "b1"
title = "Thăm dò"
form = "approve"
profile = "plurality"
seats = 1
choices = "unlimited"
counts = 2
base = { summoned = 20 }
candidates = [{ name = "An" }, { name = "Bình" }]
"#;

/// The folder of the event, the keys of the devices, and the committee's home (not there yet).
pub struct Folder {
    pub temp: TempDir,
    pub devices: Vec<SigningKey>,
}

impl Folder {
    pub fn with(event: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("event")).unwrap();
        fs::write(temp.path().join("event/event.toml"), event).unwrap();
        let devices = ["", "/tally", "/station/s01", "/station/s02", "/observer/province"];
        let mut folder = Self { temp, devices: Vec::new() };
        for (n, role) in devices.iter().enumerate() {
            folder.device(n, &format!("{ORIGIN}{role}"), KeyKind::Ed25519);
        }
        folder.device(devices.len(), "witness.example/w1", KeyKind::CosignatureV1);
        folder
    }

    pub fn device(&mut self, n: usize, name: &str, kind: KeyKind) -> PathBuf {
        let path = self.temp.path().join(format!("device-{n}"));
        self.devices.push(keyfile::create(&path, name, kind).unwrap());
        keyfile::public_path(&path)
    }

    pub fn vkeys(&self) -> Vec<PathBuf> {
        (0..self.devices.len()).map(|n| keyfile::public_path(&self.temp.path().join(format!("device-{n}")))).collect()
    }

    pub fn event(&self) -> PathBuf {
        self.temp.path().join("event")
    }

    pub fn home_path(&self) -> PathBuf {
        self.temp.path().join("home")
    }

    pub fn home(&self) -> Home {
        Home::at(self.home_path())
    }

    pub fn found(&self, signers: &[&str]) -> Result<founding::Founded, CommitteeError> {
        founding::found(&self.event(), &self.home(), &self.vkeys(), &ids(signers))
    }
}

pub fn ids(ids: &[&str]) -> Vec<Id> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

/// The folder, founded, with the log as far as it was played.
pub struct Hall {
    pub folder: Folder,
    pub replay: Replay,
    /// Every entry, in order.
    pub notes: Vec<Note>,
}

impl Hall {
    /// A founded event whose log has its manifest.
    pub fn founded() -> Self {
        let folder = Folder::with(EVENT);
        let founded = folder.found(&[]).unwrap();
        let mut replay = Replay::new();
        replay.verify(founded.manifest.as_bytes()).unwrap();
        Self { folder, replay, notes: vec![founded.manifest] }
    }

    /// A founded event with its counting board and its first contest.
    pub fn open() -> Self {
        let mut hall = Self::founded();
        let event = committee::home::read_event(&hall.folder.event()).unwrap();
        let board = hall.board();
        hall.say(&board, &["o1", "o2"]).unwrap();
        let contest = hall.desk().contest(&event.contests[0]);
        hall.say(&contest, &["k1", "k2"]).unwrap();
        hall
    }

    pub fn desk(&self) -> Desk<'_> {
        Desk::at(&self.replay.count).unwrap()
    }

    pub fn keys(&self, signers: &[&str]) -> Vec<Arc<SigningKey>> {
        self.folder.home().signers(&ids(signers), &[]).unwrap()
    }

    pub fn board(&self) -> Statement {
        let event = committee::home::read_event(&self.folder.event()).unwrap();
        let names = [("k1", format!("{ORIGIN}/board/k1")), ("k2", format!("{ORIGIN}/board/k2"))];
        let names = names.iter().map(|(id, name)| (id.parse().unwrap(), name.as_str()));
        self.desk().board(&event.boards[0], self.folder.home().public_keys(names).unwrap())
    }

    /// Signs, rules and records a statement, as the server would.
    pub fn say(&mut self, statement: &Statement, signers: &[&str]) -> Result<(), CommitteeError> {
        let ready = draft::propose(&self.replay, statement, &self.keys(signers), false)?;
        self.record(ready.note.as_bytes());
        Ok(())
    }

    pub fn record(&mut self, note: &[u8]) {
        let signed = SignedStatement::open(note, self.replay.count.keys()).unwrap();
        let ruling = self.replay.rule(&signed);
        assert!(ruling.is_logged(), "{ruling:?}");
        self.replay.take(&signed);
        self.notes.push(signed.note);
    }

    /// Forgets everything from that entry on, as if it had never been said.
    pub fn rewind(&mut self, size: usize) {
        self.notes.truncate(size);
        self.replay = Replay::new();
        self.notes.iter().for_each(|note| drop(self.replay.verify(note.as_bytes()).unwrap()));
    }

    /// A table counts a bundle of c01: `papers` valid papers with An and Bình left, all alike.
    pub fn count(&mut self, table: &str, bundle: &str, papers: u32) {
        self.count_votes(table, bundle, papers, &[papers, papers, 0]);
    }

    /// The sid of what a table said last.
    pub fn last(&self, table: &str) -> tally::Sid {
        self.replay.count.station_head(table.parse().unwrap()).unwrap().1
    }

    /// A table counts a bundle of c01: `papers` valid papers with one name or two left, and these votes.
    pub fn count_votes(&mut self, table: &str, bundle: &str, papers: u32, votes: &[u32]) {
        let station = table.parse().unwrap();
        let (seq, prev) = self.replay.count.station_head(station).unwrap();
        let marks: u32 = votes.iter().sum();
        let left = [(1, 2 * papers - marks), (2, marks - papers)];
        let left = left.into_iter().filter(|(_, n)| *n > 0).map(|(k, n)| (k, Papers(n))).collect();
        let votes = votes.iter().copied().map(Votes).collect();
        let batch = Statement::Batch(Box::new(Batch {
            election: self.replay.count.event().unwrap(),
            station,
            seq: seq + 1,
            prev,
            contest: "c01".parse().unwrap(),
            bundle: bundle.parse().unwrap(),
            counters: Vec::new(),
            passes: 1,
            figures: Figures {
                ballots: Papers(papers),
                valid: Papers(papers),
                invalid: Vec::new(),
                marks: Marks::Names { left, votes },
            },
            serials: None,
            time: 1_593_000_000,
        }));
        self.device_says(&format!("{ORIGIN}/station/{table}"), &batch);
    }

    /// The bulletin that the server owes for a close.
    pub fn bulletin(&mut self) {
        let contest = "c01".parse().unwrap();
        let bulletin = self.replay.count.bulletin(contest, self.replay.tree.root()).unwrap();
        self.device_says(&format!("{ORIGIN}/tally"), &Statement::Bulletin(Box::new(bulletin)));
    }

    fn device_says(&mut self, name: &str, statement: &Statement) {
        let key = self.folder.devices.iter().find(|k| k.verifier().name() == name).unwrap();
        let note = key.sign_text(&statement.text());
        self.record(note.as_bytes());
    }

    pub fn rule(&self, statement: &Statement, signers: &[&str]) -> Ruling {
        let note = draft::sign(&statement.text(), &self.keys(signers)).unwrap();
        self.replay.rule(&SignedStatement::open(note.as_bytes(), self.replay.count.keys()).unwrap())
    }
}

pub fn as_board(statement: &Statement) -> &Board {
    let Statement::Board(board) = statement else { panic!("{statement}") };
    board
}
