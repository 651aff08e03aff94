//! A small hall for the tests of a table: an event with one contest, and a server in this process that takes notes by the
//! real rules and can be told to misbehave. It keeps nothing on a disk.
#![allow(dead_code, reason = "not every test file needs every part of the hall")]
#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod doors;

use door::Ticket;
use station::{
    Home, Ledger,
    ballots::{Ballots, BundleSheet},
    patience::{Patience, Progress},
    sheet::Sitting,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tally::{Replay, Sid};
use tlog::{Checkpoint, KeyKind, SigningKey, VerifierKey};

pub(crate) const ORIGIN: &str = "kiemphieu.example/hall";

/// How the server misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    /// Not at all.
    Honest,
    /// Takes the notes of so many messages more and ends each stream without an answer.
    LosesAnswers(u32),
    /// Gives the proof of another entry.
    WrongProof,
    /// Signs its checkpoints with another key.
    OtherKey,
    /// Says that it is busy, so many times.
    Busy(u32),
    /// Does not know the table's key any more.
    Revoked,
    /// Shows what a table may read and nothing else.
    TableOnly,
}

pub(crate) struct State {
    pub(crate) replay: Replay,
    pub(crate) notes: Vec<Vec<u8>>,
    pub(crate) plant: Plant,
    pub(crate) log: SigningKey,
    pub(crate) messages: u32,
    /// The checkpoint that the server says a quorum of witnesses has seen; empty when none has.
    pub(crate) witnessed: Vec<u8>,
}

/// The hall: its server, its event and the folder of its first table.
pub(crate) struct Hall {
    pub(crate) event: Sid,
    pub(crate) state: Arc<Mutex<State>>,
    folder: tempfile::TempDir,
    founding: Vec<Vec<u8>>,
}

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(&format!("{ORIGIN}{name}"), KeyKind::Ed25519, &[seed; 32]).unwrap()
}

/// A witness of the key with this seed.
pub(crate) fn witness(seed: u8) -> SigningKey {
    SigningKey::from_seed("witness.example/w1", KeyKind::CosignatureV1, &[seed; 32]).unwrap()
}

impl Hall {
    /// A hall whose contest c01 has `bundles` bundles of 20 papers, b001 to that number.
    pub(crate) fn new(bundles: usize) -> Self {
        Self::found(bundles, "witness-quorum 0\n")
    }

    /// The same, with a witness whose cosignature makes the quorum.
    pub(crate) fn with_witness(bundles: usize) -> Self {
        Self::found(bundles, &format!("witness-quorum 1\nwitness {}\n", witness(5).verifier()))
    }

    fn found(bundles: usize, witnesses: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let station = Home::make(&folder.path().join("s01"), ORIGIN, "s01".parse().unwrap()).unwrap();
        let (organiser, member, log) = (key("/organiser/o1", 1), key("/board/k1", 2), key("", 3));
        let manifest = organiser.sign_text(&manifest(&organiser, &log, &station, witnesses));
        let event = manifest.sid();
        let board = organiser.sign_text(&format!(
            "kiemphieu/v1/board\nelection {event}\nprev {}\nboard b1\ntitle Ban kiểm phiếu\nthreshold 1\n\
             member k1 head Đỗ Thị Hạnh\nkey {}\n",
            Sid::ZERO,
            member.verifier()
        ));
        let contest = member.sign_text(&format!(
            "kiemphieu/v1/contest\nelection {event}\nprev {}\ncontest c01\nboard b1\nkind first\nfollows -\n\
             title Bầu Ban Chấp hành\nform strike-list\nprofile party-244\nseats 2\nchoices 2\ncounts 1\n\
             base summoned 99999\nbase absent-throughout 0\nbase convener-absent 0\n\
             candidate 01 Nguyễn Văn An\ncandidate 02 Trần Thị Bình\ncandidate 03 Lê Hoàng Cường\n",
            Sid::ZERO
        ));
        let papers = member.sign_text(&papers(event, contest.sid(), bundles));
        let founding: Vec<_> = [manifest, board, contest, papers].iter().map(|n| n.as_bytes().to_vec()).collect();
        let (replay, plant, witnessed) = (Replay::new(), Plant::Honest, Vec::new());
        let state = State { replay, notes: Vec::new(), plant, log, messages: 0, witnessed };
        let hall = Self { event, state: Arc::new(Mutex::new(state)), folder, founding };
        hall.restore();
        hall
    }

    /// The server as it was before the first batch, as from an old copy.
    pub(crate) fn restore(&self) {
        let mut state = self.state();
        state.replay = Replay::new();
        state.notes.clear();
        self.founding.iter().for_each(|note| state.enter(note));
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn plant(&self, plant: Plant) {
        self.state().plant = plant;
    }

    /// The folder of the first table.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("s01")
    }

    /// Another folder of the hall.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the first table's journal, as every run of the program does.
    pub(crate) fn ledger(&self) -> Ledger {
        open(&self.home(), Some(self.ticket()))
    }

    /// Batches of the first table in the log.
    pub(crate) fn batches(&self) -> usize {
        self.state().notes.len() - self.founding.len()
    }

    /// The ticket of the event, which names no address.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket::new(self.event, key("/tally", 4).verifier().clone(), Vec::new()).unwrap()
    }

    /// The ticket with the key of another seed.
    pub(crate) fn forged_ticket(&self, seed: u8) -> Ticket {
        Ticket::new(self.event, key("/tally", seed).verifier().clone(), Vec::new()).unwrap()
    }

    /// The board decides about a paper of bundle b001, which is not for tables to read.
    pub(crate) fn decide(&self) {
        let prev = self.state().replay.count.contest_head("c01".parse().unwrap());
        let text = format!(
            "kiemphieu/v1/decide\nelection {}\nprev {prev}\ncontest c01\nabout papers b001 1\nruling valid\nreason thử\n",
            self.event
        );
        self.state().enter(key("/board/k1", 2).sign_text(&text).as_bytes());
    }

    /// Starts the server on a free port; the answer leads there.
    pub(crate) async fn serve(&self) -> Ticket {
        self.serve_with(4).await
    }

    /// The same with the tally key of another seed.
    pub(crate) async fn serve_with(&self, seed: u8) -> Ticket {
        let address = doors::serve(Arc::clone(&self.state), self.event, key("/tally", seed)).await;
        self.ticket().at(vec![address.into()])
    }
}

impl State {
    pub(crate) fn enter(&mut self, note: &[u8]) {
        self.replay.verify(note).map_err(|m| m.why.to_string()).expect("the hall's own statements are good");
        self.notes.push(note.to_vec());
    }

    /// Whether a table may read this entry.
    pub(crate) fn shows(&self, note: &[u8]) -> bool {
        let is_decision = String::from_utf8_lossy(note).starts_with("kiemphieu/v1/decide");
        self.plant != Plant::TableOnly || !is_decision
    }

    pub(crate) fn checkpoint(&self) -> Vec<u8> {
        let log = if self.plant == Plant::OtherKey { key("", 99) } else { key("", 3) };
        let (size, root) = (self.replay.tree.size(), self.replay.tree.root());
        Checkpoint { origin: ORIGIN.into(), size, root }.sign(&log).as_bytes().to_vec()
    }
}

pub(crate) fn open(home: &Path, ticket: Option<Ticket>) -> Ledger {
    Ledger::open(Home::open(home).unwrap(), ticket).unwrap()
}

fn manifest(organiser: &SigningKey, log: &SigningKey, station: &VerifierKey, witnesses: &str) -> String {
    format!(
        "kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle Đại hội\norganisation -\nplace -\nlanguage vi\nthreshold 1\norganiser {}\nlog {}\ntally {}\n\
         station {station}\ntable s01 Bàn số 1\n{witnesses}disclosure public\nlive-totals no\nmin-bundle 20\n",
        organiser.verifier(),
        log.verifier(),
        key("/tally", 4).verifier()
    )
}

fn papers(event: Sid, contest: Sid, bundles: usize) -> String {
    let n = bundles * 20;
    let bundles: String = (1..=bundles).map(|b| format!("bundle b{b:03} 20 s01\n")).collect();
    format!(
        "kiemphieu/v1/papers\nelection {event}\nprev {contest}\ncontest c01\nreceived {n}\nissued {n}\nunused 0\n\
         spoiled 0\ncollected {n}\n{bundles}"
    )
}

/// A ballots file of bundles of 20 papers; `yes` papers of each carry names 1 and 2, the others name 3.
pub(crate) fn papers_of(bundles: impl IntoIterator<Item = usize>, yes: usize) -> Vec<BundleSheet> {
    let mut file = "bundle,marks,ground\n".to_owned();
    for bundle in bundles {
        for paper in 0..20 {
            file += &format!("b{bundle:03},{},\n", if paper < yes { "01 02" } else { "03" });
        }
    }
    let form = station::ballots::BallotForm {
        form: tally::Form::StrikeList,
        choices: tally::form::Choices::UpTo(2),
        names: 3,
        grounds: tally::grounds::Grounds::usual(tally::Form::StrikeList),
    };
    let ballots = Ballots::parse(Path::new("c01.csv"), file.as_bytes(), form).unwrap();
    ballots.bundles("s01".parse().unwrap(), 20, 20).unwrap()
}

pub(crate) fn sitting() -> Sitting {
    Sitting { contest: "c01".parse().unwrap(), counters: Vec::new(), passes: 1, time: 1_600_000_000, again: false }
}

pub(crate) fn quiet(_: Progress) {}

/// Long enough for any machine, short enough for a test that fails.
pub(crate) fn patience() -> Patience {
    Patience::of(Duration::from_secs(20))
}

/// Signs bundles and answers how many were new.
pub(crate) fn count(ledger: &mut Ledger, sheets: &[BundleSheet]) -> usize {
    station::table::sign_all(ledger, &sitting(), sheets, &quiet).unwrap().signed
}
