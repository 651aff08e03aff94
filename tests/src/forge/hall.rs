//! One small congress, step by step: two bundles of 50 papers, four names, three seats. Forgers start from any step.

use super::{Forge, ORIGIN, sign, vkey};
use tlog::Hash;

/// Members who sign together.
pub const BOARD: &[&str] = &["k1", "k2"];
/// Organisers who sign together.
pub const ORGANISERS: &[&str] = &["o1", "o2"];
/// What one bundle adds up to.
pub const FIGURES: &str = "ballots 50\nvalid 50\nleft 3 50\nvotes 01 50\nvotes 02 50\nvotes 03 30\nvotes 04 20\n";
/// What both add up to, as their closed bulletin says it.
pub const TOTALS: &str = "state closed\nbundles-expected 2\nbundles 2\nballots 100\nvalid 100\nleft 3 100\nvotes 01 100\n\
                          votes 02 100\nvotes 03 60\nvotes 04 40\n";
/// The papers of the contest.
pub const PAPERS: &str =
    "received 105\nissued 100\nunused 5\nspoiled 0\ncollected 100\nbundle b001 50 s01\nbundle b002 50 -\n";

/// The manifest of an event.
#[must_use]
pub fn manifest_text(title: &str, disclosure: &str) -> String {
    let organisers: String = ["o1", "o2", "o3"].map(|k| format!("organiser {}\n", vkey(k))).concat();
    let stations: String = ["s01", "s02", "s03"].map(|k| format!("station {}\n", vkey(k))).concat();
    let tables: String = ["s01", "s02", "s03"].map(|k| format!("table {k} Bàn {k}\n")).concat();
    format!(
        "kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle {title}\norganisation -\nplace -\nlanguage vi\nthreshold 2\n\
         {organisers}log {}\ntally {}\n{stations}{tables}witness-quorum 1\nwitness {}\ndisclosure {disclosure}\n\
         live-totals no\nmin-bundle 20\n",
        vkey("log"),
        vkey("tally"),
        vkey("w1"),
    )
}

/// A counting board of these members, two of whom sign.
#[must_use]
pub fn board(id: &str, members: &[(&str, &str)]) -> String {
    let people: String = members.iter().map(|(k, name)| format!("member {k} member {name}\n")).collect();
    let keys: String = members.iter().map(|(k, _)| format!("key {}\n", vkey(k))).collect();
    format!("board {id}\ntitle Ban kiểm phiếu\nthreshold 2\n{people}{keys}")
}

/// The members of the board `b1`.
pub const MEMBERS: &[(&str, &str)] = &[("k1", "Đỗ Thị Hạnh"), ("k2", "Ngô Văn Sơn"), ("k3", "Lý Thị Mai")];

/// A contest with these seats, profile and first name.
#[must_use]
pub fn contest(seats: u16, profile: &str, first: &str) -> String {
    format!(
        "board b1\nkind first\nfollows -\ntitle Bầu Ban Chấp hành\nform strike-list\nprofile {profile}\nseats {seats}\n\
         choices {seats}\ncounts 1\nbase summoned 110\nbase absent-throughout 0\nbase convener-absent 0\n\
         candidate 01 {first}\ncandidate 02 Trần Thị Bình\ncandidate 03 Lê Hoàng Cường\ncandidate 04 Phạm Thị Dung\n"
    )
}

/// The contest of the honest hall.
#[must_use]
pub fn true_contest() -> String {
    contest(3, "party-244", "Nguyễn Văn An")
}

/// A certificate without a deviation.
#[must_use]
pub fn certificate(bulletin: Hash, elected: &[&str], next: &str) -> String {
    let elected: String = elected.iter().map(|n| format!("elected {n}\n")).collect();
    format!("bulletin {bulletin}\n{elected}next {next}\ndeviation -\n")
}

/// Minutes of a certificate.
#[must_use]
pub fn minutes(certify: Hash, replaces: &str) -> String {
    format!("certify {certify}\npresent 100\nabsent 10\ncopies 3\ncomplaint -\nreplaces {replaces}\n")
}

/// Entry 0 and the counting board: two entries.
#[must_use]
pub fn founded(disclosure: &str) -> Forge {
    let mut f = Forge::new();
    f.event = f.append(sign(&manifest_text("Đại hội", disclosure), ORGANISERS).as_bytes());
    f.desk("board", "", &board("b1", MEMBERS), ORGANISERS);
    f
}

/// The contest stands: three entries.
#[must_use]
pub fn opened() -> Forge {
    let mut f = founded("accredited");
    f.desk("contest", "c01", &true_contest(), BOARD);
    f
}

/// Its papers too: four entries.
#[must_use]
pub fn ready() -> Forge {
    let mut f = opened();
    f.desk("papers", "c01", PAPERS, BOARD);
    f
}

impl Forge {
    /// The next batch of a table.
    pub fn batch(&mut self, station: &str, bundle: &str, figures: &str) -> Hash {
        self.table("batch", station, &batch(bundle, figures))
    }
}

/// What a table says of a bundle, from the contest on.
#[must_use]
pub fn batch(bundle: &str, figures: &str) -> String {
    format!("contest c01\nbundle {bundle}\ncounters p01 p02\npasses 2\n{figures}serials -\ntime 1593000000\n")
}

/// Both bundles counted: six entries.
#[must_use]
pub fn counted() -> Forge {
    let mut f = ready();
    f.batch("s01", "b001", FIGURES);
    f.batch("s02", "b002", FIGURES);
    f
}

/// Closed, the bulletin still owed: seven entries.
#[must_use]
pub fn shut() -> Forge {
    let mut f = counted();
    f.desk("close", "c01", "", BOARD);
    f
}

/// Closed with its bulletin: eight entries, and the bulletin's sid.
#[must_use]
pub fn closed() -> (Forge, Hash) {
    let mut f = shut();
    let bulletin = f.bulletin("c01", TOTALS);
    (f, bulletin)
}

/// Certified: nine entries, and the certificate's sid.
#[must_use]
pub fn certified() -> (Forge, Hash) {
    let (mut f, bulletin) = closed();
    let certify = f.desk("certify", "c01", &certificate(bulletin, &["01", "02", "03"], "none"), BOARD);
    (f, certify)
}

/// Announced: ten entries.
#[must_use]
pub fn announced() -> Forge {
    let (mut f, certify) = certified();
    f.desk("announce", "c01", &format!("certify {certify}\n"), BOARD);
    f
}
