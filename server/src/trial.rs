//! A small event for the tests of this room: founded as a person founds it, with one table whose batches go through the
//! sequencer. Its contest was never opened, so that every batch is logged and set aside; what is kept is all that counts
//! here.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use crate::{
    desk::{Command, Hands, Submitted},
    error::ServerError,
    home::{EventHome, Home},
    mirror::SecondJournal,
    sequencer::{Halted, Keeping, Sequencer},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};
use tally::{Sid, signed::SignedStatement};
use tempfile::TempDir;
use tlog::{Checkpoint, KeyKind, Note, SigningKey};
use tokio::sync::oneshot;

const ORIGIN: &str = "kiemphieu.example/trial";

fn key(short: &str) -> SigningKey {
    let name = format!("{ORIGIN}/{short}");
    SigningKey::from_seed(&name, KeyKind::Ed25519, &tlog::sha256(name.as_bytes()).0).unwrap()
}

/// An event in folders of its own, and what its table has signed.
pub(crate) struct Trial {
    folder: TempDir,
    pub(crate) event: Sid,
    pub(crate) table: Table,
}

/// A table: which batch is next.
#[derive(Clone)]
pub(crate) struct Table {
    event: Sid,
    seq: u64,
    prev: Sid,
    /// What it says of the time: two clones of one table with two clocks sign two pasts.
    pub(crate) clock: u64,
}

impl Table {
    /// Its next batch, signed.
    pub(crate) fn next(&mut self) -> Note {
        let (event, prev) = (self.event, self.prev);
        self.seq += 1;
        let (seq, time) = (self.seq, self.clock + self.seq);
        let text = format!(
            "kiemphieu/v1/batch\nelection {event}\nstation s01\nseq {seq}\nprev {prev}\ncontest c01\nbundle b{seq:05}\n\
             counters -\npasses 1\nballots 5\nvalid 5\nleft 2 5\nvotes 01 5\nvotes 02 5\nserials -\ntime {time}\n"
        );
        let note = key("station/s01").sign_text(&text);
        self.prev = note.sid();
        note
    }
}

impl Trial {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path().join("server"));
        let [log, tally] = home.make_keys(ORIGIN).unwrap();
        let text = format!(
            "kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle Thử\norganisation -\nplace -\nlanguage vi\nthreshold 1\n\
             organiser {}\nlog {log}\ntally {tally}\nstation {}\ntable s01 Bàn 1\nwitness-quorum 0\n\
             disclosure public\nlive-totals no\nmin-bundle 1\n",
            key("organiser/o1").verifier(),
            key("station/s01").verifier(),
        );
        let manifest = key("organiser/o1").sign_text(&text);
        let event = home.found(manifest.as_bytes()).unwrap().event;
        Self { folder, event, table: Table { event, seq: 0, prev: Sid::ZERO, clock: 0 } }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The event in a server's folder.
    pub(crate) fn home(&self, name: &str) -> EventHome {
        Home::new(self.at(name)).event(self.event)
    }

    /// The folder of the event on a stick.
    pub(crate) fn stick(&self, name: &str) -> PathBuf {
        self.at(name).join(self.event.to_string())
    }

    /// Opens the event as a server does.
    pub(crate) fn open(&self, name: &str, second: SecondJournal) -> Result<Server, ServerError> {
        self.open_having_seen(name, second, Vec::new())
    }

    pub(crate) fn open_having_seen(
        &self,
        name: &str,
        second: SecondJournal,
        seen: Vec<PathBuf>,
    ) -> Result<Server, ServerError> {
        let keeping = Keeping { second, seen };
        let (sequencer, hands, inbox) = Sequencer::open(self.home(name), Arc::default(), &keeping)?;
        Ok(Server { hands, thread: std::thread::spawn(move || sequencer.run(inbox)) })
    }

    /// As [`Trial::open`], in the usual folder with that stick.
    pub(crate) fn with_stick(&self, stick: &str) -> Server {
        self.open("server", SecondJournal::At(self.at(stick))).unwrap()
    }

    /// Takes so many batches in a server with that stick, then ends it.
    pub(crate) fn count(&mut self, stick: &str, batches: usize) {
        let server = self.with_stick(stick);
        for _ in 0..batches {
            server.take(&self.table.next()).unwrap();
        }
        server.end().unwrap();
    }

    /// Copies a folder with everything in it.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        copy_folder(&self.at(from), &self.at(to));
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// An open event.
pub(crate) struct Server {
    pub(crate) hands: Hands,
    thread: JoinHandle<Result<(), ServerError>>,
}

impl Server {
    /// Hands a note in and waits; nothing comes back when the server ends over it.
    pub(crate) fn hand_in(&self, note: &Note) -> Option<Result<Submitted, Halted>> {
        let opened = SignedStatement::open(note.as_bytes(), &self.hands.published.borrow().keys);
        let (answer, receiver) = oneshot::channel();
        self.hands.commands.blocking_send(Command::Submit { notes: vec![opened], answer }).ok()?;
        receiver.blocking_recv().ok()
    }

    /// Hands a note in that must be taken, or must be there already; the answer is its entry.
    pub(crate) fn take(&self, note: &Note) -> Option<u64> {
        let submitted = self.hand_in(note)?.ok()?;
        let Some((index, proof)) = submitted.rulings[0].entry.clone() else {
            panic!("{:?}", submitted.rulings[0].ruling);
        };
        let manifest_log = self.hands.guard.read(&submitted.checkpoint).unwrap().0;
        tlog::verify_inclusion(&note.leaf(), index, manifest_log.size, &proof, &manifest_log.root).unwrap();
        Some(index)
    }

    /// The newest checkpoint it has signed and published.
    pub(crate) fn head(&self) -> (Checkpoint, Note) {
        self.hands.guard.read(&self.hands.published.borrow().checkpoint).unwrap()
    }

    /// Shows it a checkpoint, as every door does.
    pub(crate) fn show(&self, seen: (Checkpoint, Note)) -> Result<(), crate::guard::Halt> {
        let (answer, receiver) = oneshot::channel();
        let look = Box::new(move |desk: &mut crate::desk::Desk| {
            let _ = answer.send(desk.guard.judge(&desk.replay.tree, &seen.0, seen.1));
        });
        assert!(self.hands.commands.blocking_send(Command::Look(look)).is_ok(), "the server has ended");
        receiver.blocking_recv().unwrap()
    }

    /// Ends it in order.
    pub(crate) fn end(self) -> Result<(), ServerError> {
        let _ = self.hands.commands.blocking_send(Command::Stop);
        self.thread.join().unwrap()
    }

    /// How it ended by itself.
    pub(crate) fn ended(self) -> Result<(), ServerError> {
        self.thread.join().unwrap()
    }
}
