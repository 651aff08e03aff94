//! What people sign at the golden event: its keys, which follow from their names, and the bodies of its statements. It
//! refuses to know whether the rules allow any of it.

use tlog::{KeyKind, Note, SigningKey, sha256};

/// The name of the golden log.
pub const ORIGIN: &str = "kiemphieu.example/golden";
/// Members of the board `b1` who sign together.
pub const BOARD: &[&str] = &["k1", "k2"];
/// Members of the board `b2` who sign together, once it was replaced.
pub const BOARD_2: &[&str] = &["m1", "m3"];
/// Organisers who sign together.
pub const ORGANISERS: &[&str] = &["o1", "o2"];
/// Witnesses of the manifest, and one that comes in later.
pub const WITNESSES: [&str; 4] = ["w1", "w2", "w3", "w4"];

/// The key of a short name: `o1` organiser, `k1` or `m1` member, `s01` table, `p1` observer, `w1` witness, `log`, `tally`.
/// Its seed is SHA-256 of its name: a test key, and plainly so.
///
/// # Panics
/// The name is none.
#[must_use]
pub fn key(short: &str) -> SigningKey {
    let role = match &short[..1] {
        "o" => "organiser",
        "k" | "m" => "board",
        "s" => "station",
        _ => "observer",
    };
    let (name, kind) = match short {
        "log" => (ORIGIN.to_owned(), KeyKind::Ed25519),
        "tally" => (format!("{ORIGIN}/tally"), KeyKind::Ed25519),
        _ if short.starts_with('w') => (format!("witness.example/{short}"), KeyKind::CosignatureV1),
        _ => (format!("{ORIGIN}/{role}/{short}"), KeyKind::Ed25519),
    };
    SigningKey::from_seed(&name, kind, &sha256(name.as_bytes()).0).expect("a name of a key")
}

/// The printed public key of a short name.
#[must_use]
pub fn vkey(short: &str) -> String {
    key(short).verifier().to_string()
}

/// A text signed by these keys, lines ascending by name as they must be.
///
/// # Panics
/// Nobody signs.
#[must_use]
pub fn sign(text: &str, signers: &[&str]) -> Note {
    let (first, rest) = signers.split_first().expect("somebody signs");
    rest.iter().fold(key(first).sign_text(text), |note, k| note.add_signature(&key(k)).expect("a line more"))
}

/// Entry 0.
#[must_use]
pub fn manifest() -> String {
    let lines =
        |word: &str, keys: &[&str]| -> String { keys.iter().map(|k| format!("{word} {}\n", vkey(k))).collect() };
    let tables: String = ["s01", "s02", "s03", "s04"].map(|id| format!("table {id} Bàn {id}\n")).concat();
    format!(
        "kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle Đại hội mẫu\norganisation -\nplace Hàm Tân\nlanguage vi\n\
         threshold 2\n{}log {}\ntally {}\n{}{tables}{}witness-quorum 2\n{}disclosure public\nlive-totals yes\n\
         min-bundle 20\n",
        lines("organiser", &["o1", "o2", "o3"]),
        vkey("log"),
        vkey("tally"),
        lines("station", &["s01", "s02", "s03", "s04"]),
        lines("observer", &["p1"]),
        lines("witness", &WITNESSES[..3]),
    )
}

/// A counting board of these members, two of whom sign, and a technician, who does not.
#[must_use]
pub fn board(id: &str, members: &[(&str, &str, &str)]) -> String {
    let people: String = members.iter().map(|(k, role, name)| format!("member {k} {role} {name}\n")).collect();
    let keys: String = members.iter().map(|(k, ..)| format!("key {}\n", vkey(k))).collect();
    format!("board {id}\ntitle Ban kiểm phiếu\nthreshold 2\n{people}member t1 technician Cao Văn Kỹ\n{keys}")
}

/// A contest before it is written down.
#[derive(Clone, Copy)]
pub struct Ballot {
    /// Its board.
    pub board: &'static str,
    /// `first`, `tie`, `continued`, `repeat`, and the contest before.
    pub round: (&'static str, &'static str),
    /// The form of its paper.
    pub form: &'static str,
    /// Its rules.
    pub profile: &'static str,
    /// Places to fill.
    pub seats: u16,
    /// Names a paper may carry.
    pub choices: &'static str,
    /// Independent counts of every bundle.
    pub counts: u8,
    /// The parts of its base.
    pub base: &'static [(&'static str, u64)],
    /// The names.
    pub names: &'static [&'static str],
    /// Lines `born` and `trait`.
    pub more: &'static str,
}

/// Rules of the Party as delegates of a congress know them.
pub const DELEGATES: &[(&str, u64)] = &[("summoned", 110), ("absent-throughout", 4), ("convener-absent", 2)];

impl Ballot {
    /// A first strike list of four names for three seats by the rules of the Party.
    pub const PARTY: Self = Self {
        board: "b1",
        round: ("first", "-"),
        form: "strike-list",
        profile: "party-244",
        seats: 3,
        choices: "3",
        counts: 1,
        base: DELEGATES,
        names: &["Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thị Dung"],
        more: "",
    };

    /// The body of its statement.
    #[must_use]
    pub fn body(&self, profile: &str) -> String {
        let Self { board, round: (kind, follows), form, seats, choices, counts, base, names, more, .. } = self;
        let base: String = base.iter().map(|(part, people)| format!("base {part} {people}\n")).collect();
        let names: String = (1..).zip(*names).map(|(n, name)| format!("candidate {n:02} {name}\n")).collect();
        format!(
            "board {board}\nkind {kind}\nfollows {follows}\ntitle Bầu cử mẫu\nform {form}\nprofile {profile}\nseats {seats}\n\
             choices {choices}\ncounts {counts}\n{base}{names}{more}"
        )
    }
}

/// Papers whose every number fits: so many more than the bundles hold stayed unused.
#[must_use]
pub fn papers(bundles: &[(&str, u32, &str)]) -> String {
    let collected: u32 = bundles.iter().map(|(_, papers, _)| papers).sum();
    let listed: String = bundles.iter().map(|(id, papers, table)| format!("bundle {id} {papers} {table}\n")).collect();
    format!(
        "received {}\nissued {collected}\nunused 4\nspoiled 1\ncollected {collected}\n{listed}",
        collected.saturating_add(5)
    )
}

fn invalid(grounds: &[(&str, u32)]) -> String {
    grounds.iter().map(|(ground, papers)| format!("invalid {ground} {papers}\n")).collect()
}

fn block(word: &str, votes: &[u32]) -> String {
    (1..).zip(votes).map(|(n, votes)| format!("{word} {n:02} {votes}\n")).collect()
}

/// Figures of a paper with names: how many names were left on how many papers follows from the votes, as evenly as can be.
///
/// # Panics
/// There are votes and no valid paper.
#[must_use]
pub fn names(valid: u32, grounds: &[(&str, u32)], votes: &[u32]) -> String {
    let marks: u32 = votes.iter().sum();
    let (each, more) = (marks / valid, marks % valid);
    let left = |k: u32, papers: u32| if papers > 0 { format!("left {k} {papers}\n") } else { String::new() };
    let ballots = valid + grounds.iter().map(|(_, papers)| papers).sum::<u32>();
    let (few, many) = (left(each, valid - more), left(each + 1, more));
    format!("ballots {ballots}\nvalid {valid}\n{}{few}{many}{}", invalid(grounds), block("votes", votes))
}

/// Figures of a paper with two boxes behind every name; what neither says is unusable.
#[must_use]
pub fn boxes(valid: u32, grounds: &[(&str, u32)], agree: &[u32], disagree: &[u32]) -> String {
    let ballots = valid + grounds.iter().map(|(_, papers)| papers).sum::<u32>();
    let unusable: Vec<u32> = agree.iter().zip(disagree).map(|(a, d)| valid.saturating_sub(a + d)).collect();
    let marks = block("agree", agree) + &block("disagree", disagree) + &block("unusable", &unusable);
    format!("ballots {ballots}\nvalid {valid}\n{}{marks}", invalid(grounds))
}

/// What a table says of a bundle, from the contest on.
#[must_use]
pub fn batch(contest: &str, bundle: &str, figures: &str) -> String {
    serial(contest, bundle, figures, "-")
}

/// The same with the printed numbers of its papers.
#[must_use]
pub fn serial(contest: &str, bundle: &str, figures: &str, serials: &str) -> String {
    format!(
        "contest {contest}\nbundle {bundle}\ncounters p01 p02\npasses 2\n{figures}serials {serials}\ntime 1593000000\n"
    )
}

/// A certificate.
#[must_use]
pub fn certificate(bulletin: tlog::Hash, elected: &[&str], next: &str, deviation: &str) -> String {
    let elected: String = elected.iter().map(|n| format!("elected {n}\n")).collect();
    format!("bulletin {bulletin}\n{elected}next {next}\ndeviation {deviation}\n")
}

/// Minutes of a certificate.
#[must_use]
pub fn minutes(certify: tlog::Hash, more: &str, replaces: &str) -> String {
    format!("certify {certify}\npresent 104\nabsent 6\ncopies 3\n{more}replaces {replaces}\n")
}

/// A key that goes out.
#[must_use]
pub fn revoke(short: &str, last_seq: &str) -> String {
    format!("key {}\nlast-seq {last_seq}\nreason máy mất\n", key(short).verifier().name())
}
