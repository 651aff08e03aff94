//! A small event without any disk or network: what its people sign, in the order of a log, and what it adds up to. Every
//! key follows from its name. An honest server would have this log; a false one branches from it. It refuses to know who
//! is shown what.

use crate::{
    chance::Chance,
    client::{PAPERS, bundle, figures},
};
use bytes::Bytes;
use std::sync::Arc;
use tally::{
    ContestId, Replay, Ruling, Sid, SignedStatement, Statement,
    ruling::{BundleState, Phase},
    statement::Batch,
};
use tlog::{KeyKind, Note, SigningKey, VerifierKey};

/// The name of the event's log.
pub const ORIGIN: &str = "kiemphieu.example/equivocation";
/// The tables of the event.
pub const STATIONS: &[&str] = &["s01", "s02", "s03"];
/// Its observers; each has a witness key of the same number, `witness.example/1` and so on.
pub const OBSERVERS: [&str; 5] = ["p1", "p2", "p3", "p4", "p5"];
const ORGANISERS: &[&str] = &["organiser/o1"];
const BOARD: &[&str] = &["board/k1", "board/k2"];
/// Entries that stand before the first batch: manifest, board, contest, papers.
pub const PREPARED: u64 = 4;

/// The one contest.
#[must_use]
pub fn contest() -> ContestId {
    "c01".parse().expect("an id")
}

/// The key of a short name: `` for the log, `tally`, `station/s01`; a name with a dot is a witness's.
///
/// # Panics
/// The name is none.
#[must_use]
pub fn key(short: &str) -> SigningKey {
    let (name, kind) = match short {
        "" => (ORIGIN.to_owned(), KeyKind::Ed25519),
        _ if short.contains('.') => (short.to_owned(), KeyKind::CosignatureV1),
        _ => (format!("{ORIGIN}/{short}"), KeyKind::Ed25519),
    };
    SigningKey::from_seed(&name, kind, &tlog::sha256(name.as_bytes()).0).expect("a name of a key")
}

fn sign(text: &str, signers: &[&str]) -> Note {
    let (first, rest) = signers.split_first().expect("somebody signs");
    let add = |note: Note, signer: &&str| note.add_signature(&key(signer)).expect("a signature more");
    rest.iter().fold(key(first).sign_text(text), add)
}

/// The log of an event so far. The two keys of its server make the manifest; the tally key signs what the server owes.
#[derive(Clone)]
pub struct History {
    /// The notes.
    pub entries: Vec<Bytes>,
    /// What they add up to.
    pub replay: Replay,
    tally: Arc<SigningKey>,
}

impl History {
    /// An event with its board, its contest and the papers of so many bundles, ready to be counted.
    ///
    /// # Panics
    /// The rules refuse it.
    #[must_use]
    pub fn ready(log: &VerifierKey, tally: Arc<SigningKey>, quorum: usize, bundles: usize) -> Self {
        Self::ready_for("accredited", log, tally, quorum, bundles)
    }

    /// The same, with another disclosure than `accredited`; figures are not shown before they are announced.
    ///
    /// # Panics
    /// The rules refuse it.
    #[must_use]
    pub fn ready_for(
        disclosure: &str,
        log: &VerifierKey,
        tally: Arc<SigningKey>,
        quorum: usize,
        bundles: usize,
    ) -> Self {
        let mut history = Self { entries: Vec::new(), replay: Replay::new(), tally };
        history.say(&manifest(disclosure, log, history.tally.verifier(), quorum), ORGANISERS);
        let members = ["k1 head", "k2 member", "k3 member"];
        let people: String =
            members.iter().zip(["Hạnh", "Sơn", "Mai"]).map(|(m, n)| format!("member {m} Lý {n}\n")).collect();
        let keys: String =
            ["k1", "k2", "k3"].map(|k| format!("key {}\n", key(&format!("board/{k}")).verifier())).concat();
        let board =
            history.desk_text("board", "", &format!("board b1\ntitle Ban kiểm phiếu\nthreshold 2\n{people}{keys}"));
        history.say(&board, ORGANISERS);
        let papers = PAPERS as usize * bundles;
        let names: String = (1..)
            .zip(["Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thị Dung"])
            .map(|(n, name)| format!("candidate 0{n} {name}\n"))
            .collect();
        let stated = history.desk_text(
            "contest",
            "c01",
            &format!(
                "board b1\nkind first\nfollows -\ntitle Bầu Ban Chấp hành\nform strike-list\nprofile party-244\nseats 3\n\
                 choices 3\ncounts 1\nbase summoned {papers}\nbase absent-throughout 0\nbase convener-absent 0\n{names}"
            ),
        );
        history.say(&stated, BOARD);
        let listed: String = (0..bundles).map(|n| format!("bundle {} {PAPERS} -\n", bundle(n))).collect();
        let counts = format!("received {papers}\nissued {papers}\nunused 0\nspoiled 0\ncollected {papers}\n{listed}");
        history.say(&history.desk_text("papers", "c01", &counts), BOARD);
        assert_eq!(history.size(), PREPARED);
        history
    }

    /// Entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.replay.tree.size()
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> Sid {
        self.replay.count.event().unwrap_or(Sid::ZERO)
    }

    fn say(&mut self, text: &str, signers: &[&str]) {
        let note = sign(text, signers);
        let ruling = self.hand_in(note.as_bytes());
        assert!(ruling.is_logged(), "{ruling:?}: {text}");
    }

    /// What an honest server does with a note; a bulletin that it owes afterwards is an entry as well.
    pub fn hand_in(&mut self, note: &[u8]) -> Ruling {
        let opened = match self.replay.count.event() {
            None => SignedStatement::open_manifest(note),
            Some(_) => SignedStatement::open(note, self.replay.count.keys()),
        };
        let s = match opened {
            Ok(s) => s,
            Err(refusal) => return Ruling::Refused(refusal),
        };
        let ruling = self.replay.rule(&s);
        if ruling.is_logged() {
            self.take(&s);
            for id in self.replay.count.awaiting_bulletin() {
                let owed = self.bulletin_of(id).expect("the contest is there");
                self.take(&SignedStatement::reread(&owed).expect("a bulletin is a statement"));
            }
        }
        ruling
    }

    fn take(&mut self, s: &SignedStatement) {
        self.replay.take(s);
        self.entries.push(Bytes::copy_from_slice(s.note.as_bytes()));
    }

    fn bulletin_of(&self, id: ContestId) -> Option<Bytes> {
        let bulletin = self.replay.count.bulletin(id, self.replay.tree.root())?;
        let note = self.tally.sign_text(&Statement::Bulletin(Box::new(bulletin)).text());
        Some(Bytes::copy_from_slice(note.as_bytes()))
    }

    /// The bulletin that an honest server shows now: that of the latest close, or of the position.
    #[must_use]
    pub fn bulletin(&self) -> Option<Bytes> {
        let closed = self.replay.count.contest(contest())?.bulletin();
        let entry = closed.and_then(|sid| self.replay.count.desk_entry(sid)).and_then(|at| usize::try_from(at).ok());
        entry.and_then(|at| self.entries.get(at)).cloned().or_else(|| self.bulletin_of(contest()))
    }

    /// The log as it was with so many entries.
    ///
    /// # Panics
    /// It is not one that the rules allow.
    #[must_use]
    pub fn at(&self, size: u64) -> Self {
        let mut then = Self { entries: Vec::new(), replay: Replay::new(), tally: Arc::clone(&self.tally) };
        for note in self.entries.iter().take(usize::try_from(size).expect("a size")) {
            then.take(&SignedStatement::reread(note).expect("it was taken before"));
        }
        then
    }

    /// What somebody in the hall signs next; nothing while a bulletin is owed, or once the
    /// result is announced. It is not handed in.
    ///
    /// # Panics
    /// The hall is in a state that it never reaches.
    pub fn next(&self, chance: &mut Chance) -> Option<Note> {
        let count = self.replay.count.contest(contest()).expect("the contest stands");
        let desk = |kind: &str, body: &str| Some(sign(&self.desk_text(kind, "c01", body), BOARD));
        match count.phase() {
            Phase::Counting if chance.percent(6) => Some(self.batch(chance.one::<&str>(STATIONS), 9_000)),
            Phase::Counting => match self.open_bundles().first() {
                None => desk("close", ""),
                Some(_) => {
                    let open = self.open_bundles();
                    Some(self.batch(chance.one::<&str>(STATIONS), *chance.one(&open)))
                }
            },
            Phase::Closed => {
                let outcome = count.outcome();
                let elected: String = outcome.elected.iter().map(|number| format!("elected {number}\n")).collect();
                // Between a close and its bulletin nobody in the hall signs anything.
                let bulletin = count.bulletin()?;
                desk("certify", &format!("bulletin {bulletin}\n{elected}next {}\ndeviation -\n", outcome.next()))
            }
            Phase::Certified => desk("announce", &format!("certify {}\n", count.certify().expect("it is certified").0)),
            _ => None,
        }
    }

    fn open_bundles(&self) -> Vec<usize> {
        let is_missing = |n: &usize| {
            let bundle = bundle(*n).parse().expect("an id");
            self.replay.count.bundle_state(contest(), bundle) == Some(BundleState::Missing)
        };
        (0..9_000)
            .take_while(|n| {
                let bundle = bundle(*n).parse().expect("an id");
                self.replay.count.bundle_state(contest(), bundle).is_some()
            })
            .filter(is_missing)
            .collect()
    }

    /// A table's count of a bundle, following what the log has of that table.
    ///
    /// # Panics
    /// There is no such table.
    #[must_use]
    pub fn batch(&self, station: &str, number: usize) -> Note {
        key(&format!("station/{station}")).sign_text(&self.batch_text(station, number))
    }

    /// The text of it.
    ///
    /// # Panics
    /// There is no such table.
    #[must_use]
    pub fn batch_text(&self, station: &str, number: usize) -> String {
        let id = station.parse().expect("an id");
        let (seq, prev) = self.replay.count.station_head(id).unwrap_or((0, Sid::ZERO));
        let batch = Batch {
            election: self.event(),
            station: id,
            seq: seq + 1,
            prev,
            contest: contest(),
            bundle: bundle(number).parse().expect("an id"),
            counters: Vec::new(),
            passes: 1,
            figures: figures(number),
            serials: None,
            time: 1_593_000_000 + seq,
        };
        Statement::Batch(Box::new(batch)).text()
    }

    fn desk_text(&self, kind: &str, contest: &str, body: &str) -> String {
        let (event, count) = (self.event(), &self.replay.count);
        match contest {
            "" => format!("kiemphieu/v1/{kind}\nelection {event}\nprev {}\n{body}", count.election_head()),
            _ => {
                let prev = count.contest_head(contest.parse().expect("an id"));
                format!("kiemphieu/v1/{kind}\nelection {event}\nprev {prev}\ncontest {contest}\n{body}")
            }
        }
    }

    /// Grows as an honest hall does until it has so many entries, or has announced.
    pub fn grow(&mut self, chance: &mut Chance, size: u64) {
        while self.size() < size
            && let Some(note) = self.next(chance)
        {
            self.hand_in(note.as_bytes());
        }
    }
}

fn manifest(disclosure: &str, log: &VerifierKey, tally: &VerifierKey, quorum: usize) -> String {
    let keys = |role: &str, ids: &[&str]| -> String {
        let line = |id: &&str| format!("{role} {}\n", key(&format!("{role}/{id}")).verifier());
        ids.iter().map(line).collect()
    };
    let tables: String = STATIONS.iter().map(|id| format!("table {id} Bàn {id}\n")).collect();
    let witnesses: String = (1..=OBSERVERS.len())
        .map(|n| format!("witness {}\n", key(&format!("witness.example/{n}")).verifier()))
        .collect();
    format!(
        "kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle Đại hội\norganisation -\nplace -\nlanguage vi\nthreshold 1\n{}\
         log {log}\ntally {tally}\n{}{tables}{}witness-quorum {quorum}\n{witnesses}disclosure {disclosure}\nlive-totals no\n\
         min-bundle 1\n",
        keys("organiser", &["o1"]),
        keys("station", STATIONS),
        keys("observer", &OBSERVERS),
    )
}

/// Lays the key of a short name into a file, as `observer key` would have left it.
///
/// # Panics
/// The disk fails.
#[cfg(unix)]
pub fn lay_key(path: &std::path::Path, short: &str) {
    use std::{fs, os::unix::fs::PermissionsExt};
    let (key, kind) = (key(short), if short.contains('.') { 4 } else { 1 });
    let name = key.verifier().name().to_owned();
    let seed = tlog::sha256(name.as_bytes()).0;
    let id = format!("{:08x}", key.verifier().id());
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let line = format!("PRIVATE+KEY+{name}+{id}+{}\n", base64(&[&[kind], &seed[..]].concat()));
    fs::write(path, line).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}

/// RFC 4648 §4 of a length that is a multiple of three, which a kind and a seed have.
#[cfg(unix)]
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |three: &[u8]| {
        let all = three.iter().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[all >> shift & 63]))
    };
    assert_eq!(bytes.len() % 3, 0);
    bytes.chunks(3).flat_map(four).collect()
}
