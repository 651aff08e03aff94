//! The index may be anything: deleted, empty, foreign, stale, garbled, no folder at all. The server starts and answers as
//! before, because the journal is the truth.

use promises::{
    client::{Chain, Way, bundle, bundles},
    door::Door,
    hall::{Hall, event_toml, strike_list},
};
use proto::v1::{EntryView, GetInclusionProofRequest, ListEntriesRequest, get_inclusion_proof_request::Entry};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tlog::{Checkpoint, Hash, Note};
use tokio::runtime::Runtime;

/// Two full chunks of 256 sids, and some more.
const ENTRIES: usize = 640;
/// Batches that come after each fault: the index goes on, over the end of the third chunk.
const MORE: usize = 6;
const BUNDLES: usize = 900;

fn hall() -> Hall {
    let papers = u32::try_from(BUNDLES).expect("small") * promises::client::PAPERS;
    let hall = Hall::open(&event_toml(1, &strike_list("c01", papers)), 1);
    hall.prepare("c01", &bundles(BUNDLES));
    hall
}

/// Everything that answers from the index depends on: the proof of every entry by its sid, verified, and the checkpoint.
async fn proofs(door: &Door) -> (Vec<(u64, Vec<bytes::Bytes>)>, Checkpoint) {
    let mut log = door.log().await.expect("the server listens");
    let (entries, head) = door.entries().await.expect("the entries are shown");
    let mut proofs = Vec::new();
    for (index, entry) in (0..).zip(&entries) {
        let note = Note::parse(entry).expect("a note");
        let sid = Entry::Sid(bytes::Bytes::copy_from_slice(note.sid().as_bytes()));
        let request = GetInclusionProofRequest { event: door.event.to_string(), entry: Some(sid), size: head.size };
        let answer = log.get_inclusion_proof(request).await;
        let answer = answer.unwrap_or_else(|e| panic!("entry {index}: {}", e.message())).into_inner();
        let proof: Vec<Hash> = answer.proof.iter().map(|h| Hash(h[..].try_into().expect("32 bytes"))).collect();
        assert_eq!(answer.index, index, "the sid of entry {index} is said to be another entry");
        tlog::verify_inclusion(&note.leaf(), index, head.size, &proof, &head.root).expect("the proof verifies");
        proofs.push((answer.index, answer.proof));
    }
    (proofs, head)
}

/// A hall with so many entries and a table that has more to send.
struct Theatre {
    hall: Hall,
    door: Door,
    chain: Chain,
    runtime: Runtime,
}

impl Theatre {
    fn open() -> Self {
        let hall = hall();
        let work: Vec<_> = (0..BUNDLES).map(|n| ("c01", n)).collect();
        let (door, chain) = (Door::of(&hall), Chain::sign(&hall, "s01", &work));
        Self { hall, door, chain, runtime: Runtime::new().expect("a runtime") }
    }

    fn send(&mut self, count: usize) {
        let rest = self.chain.notes.split_off(self.chain.acknowledged.len() + count);
        let sent = self.runtime.block_on(self.chain.send(&self.door, Way::Stream, 64, Duration::ZERO));
        sent.expect("the notes are taken");
        self.chain.notes.extend(rest);
    }

    fn index(&self) -> PathBuf {
        self.hall.event_folder().join("index")
    }

    fn proofs(&self) -> (Vec<(u64, Vec<bytes::Bytes>)>, Checkpoint) {
        self.runtime.block_on(proofs(&self.door))
    }

    /// An orderly end, after which the whole index is on the disk; then the index is `damage`d and the server starts:
    /// every answer is as before, and it goes on.
    fn survives(&mut self, what: &str, damage: impl FnOnce(&Path)) {
        let before = self.proofs();
        assert_eq!(self.hall.end_server(), 0, "{what}");
        damage(&self.index());
        if let Err(ended) = self.hall.try_start_server() {
            panic!("{what}: the server does not start: {ended:?}");
        }
        assert_eq!(self.proofs(), before, "{what}");
        self.send(MORE);
        let grown = self.proofs();
        assert_eq!(grown.1.size, before.1.size + MORE as u64, "{what}");
        self.hall.kill_server();
        self.hall.start_server();
        assert_eq!(self.proofs(), grown, "{what}, started once more");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let there = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &there);
        } else {
            fs::copy(&path, &there).expect("a copy");
        }
    }
}

fn replace(index: &Path, with: &Path) {
    fs::remove_dir_all(index).expect("the index is a folder");
    copy(with, index);
}

/// Every file of a folder, deeply.
fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Spoils bytes of every file: `nth` chooses where and how.
fn spoil(index: &Path, nth: usize) {
    for path in files(index) {
        let mut bytes = fs::read(&path).expect("a file");
        let length = bytes.len();
        let written = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
        match nth {
            0 => bytes.fill(0xa5),
            1 => bytes.fill(0),
            2 => bytes.truncate(length / 2),
            3 => bytes.truncate(written.saturating_sub(written / 7 + 3)),
            4 => bytes.clear(),
            5 => bytes.iter_mut().step_by(97).for_each(|b| *b ^= 0x40),
            // One byte, at another place each time, from the first to the last that was written.
            _ => {
                if let Some(byte) = bytes.get_mut((nth - 6) * written / 12) {
                    *byte ^= 0xff;
                }
            }
        }
        fs::write(&path, bytes).expect("a file");
    }
}

#[test]
fn an_index_that_is_gone_stale_or_foreign_changes_no_answer() {
    let mut theatre = Theatre::open();
    theatre.send(280);
    assert_eq!(theatre.hall.end_server(), 0);
    copy(&theatre.index(), &theatre.hall.at("stale"));
    theatre.hall.start_server();
    theatre.send(ENTRIES - 280);
    let stale = theatre.hall.at("stale");
    let foreign = {
        let mut other = Theatre::open();
        other.send(ENTRIES);
        assert_eq!(other.hall.end_server(), 0);
        copy(&other.index(), &theatre.hall.at("foreign"));
        theatre.hall.at("foreign")
    };
    // What is damaged below is an index that had been of use.
    theatre.survives("sound", |_| ());
    let log = fs::read_to_string(theatre.hall.at("server.log")).expect("a log");
    assert!(log.contains("Fits(512)"), "no start found the index it left behind");
    theatre.survives("deleted", |index| fs::remove_dir_all(index).expect("a folder"));
    theatre.survives("emptied", |index| {
        fs::remove_dir_all(index).expect("a folder");
        fs::create_dir(index).expect("a folder");
    });
    theatre.survives("of another event", |index| replace(index, &foreign));
    theatre.survives("stale", |index| replace(index, &stale));
    theatre.survives("a snapshot half made", |index| {
        fs::write(index.join("snap.0000000000000400.generating"), b"half").expect("a file");
    });
    theatre.survives("a file in its place", |index| {
        fs::remove_dir_all(index).expect("a folder");
        fs::write(index, b"no folder").expect("a file");
    });
    theatre.survives("its database is a folder", |index| {
        fs::remove_dir_all(index).expect("a folder");
        fs::create_dir_all(index.join("db/db")).expect("a folder");
    });
    theatre.survives("a link to nowhere", |index| {
        fs::remove_dir_all(index).expect("a folder");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/nowhere/at/all", index).expect("a link");
    });
    #[cfg(unix)]
    theatre.survives("unreadable", |index| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(index, fs::Permissions::from_mode(0o000)).expect("a folder");
    });
}

#[test]
fn garbage_in_the_index_changes_no_answer() {
    let mut theatre = Theatre::open();
    theatre.send(ENTRIES);
    for nth in 0..18 {
        theatre.survives(&format!("spoiled in way {nth}"), |index| spoil(index, nth));
    }
}

#[test]
fn entries_are_found_by_sid_and_only_those_that_are_there() {
    let mut theatre = Theatre::open();
    theatre.send(ENTRIES);
    theatre.runtime.block_on(async {
        let mut log = theatre.door.log().await.expect("the server listens");
        let event = theatre.door.event.to_string();
        let sid = Entry::Sid(bytes::Bytes::copy_from_slice(theatre.chain.notes[ENTRIES].sid.as_bytes()));
        let request = GetInclusionProofRequest { event: event.clone(), entry: Some(sid), size: 0 };
        let status = log.get_inclusion_proof(request).await.expect_err("a batch that was never sent");
        assert_eq!(status.code(), tonic::Code::NotFound);
        let told = theatre.chain.acknowledged[ENTRIES - 1];
        let view = EntryView::Full.into();
        let request = ListEntriesRequest { event, start: told.index, limit: 1, view };
        let page = log.list_entries(request).await.expect("it is shown").into_inner();
        let text = format!("{:?}", page.entries[0].statement);
        assert!(text.contains(&bundle(ENTRIES - 1)), "{text}");
    });
}
