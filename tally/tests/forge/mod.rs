//! A hall with keys made from their names: an event, a counting board, contests and papers, written as the texts that
//! people sign. Whatever is said here goes through the one door: opened, ruled, and taken in when it is logged.

#![allow(dead_code, reason = "every test file needs its own part of the hall")]

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};
use tally::{
    Ruling, Sid, SignedStatement, Statement,
    ruling::{BundleState, Fault, Flag, Refusal},
};
use tlog::{KeyKind, Note, SigningKey};

pub(crate) const ORIGIN: &str = "kiemphieu.example/hall";
pub(crate) const ORGANISERS: &[&str] = &["organiser/o1", "organiser/o2"];
pub(crate) const BOARD: &[&str] = &["board/k1", "board/k2"];
pub(crate) const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The whole name of a key: `` for the log, `board/k1` and the like; a witness stands outside the hall.
pub(crate) fn name(short: &str) -> String {
    match short {
        "" => ORIGIN.to_owned(),
        _ if short.contains('.') => short.to_owned(),
        _ => format!("{ORIGIN}/{short}"),
    }
}

/// The key of that name; the seed follows from what stands before `=`, so that `s09=s01` is the key of s01 as s09.
pub(crate) fn key(short: &str) -> Rc<SigningKey> {
    thread_local!(static KEYS: RefCell<BTreeMap<String, Rc<SigningKey>>> = RefCell::default());
    KEYS.with_borrow_mut(|keys| {
        let made = keys.entry(short.to_owned()).or_insert_with(|| {
            let (called, seed) = short.split_once('=').unwrap_or((short, short));
            let kind = if called.contains('.') { KeyKind::CosignatureV1 } else { KeyKind::Ed25519 };
            let seed = tlog::sha256(format!("seed of {seed}").as_bytes()).0;
            Rc::new(SigningKey::from_seed(&name(called), kind, &seed).unwrap())
        });
        Rc::clone(made)
    })
}

/// A key as it is printed.
pub(crate) fn vkey(short: &str) -> String {
    key(short).verifier().to_string()
}

/// A text with the signatures of these keys.
pub(crate) fn sign(text: &str, signers: &[&str]) -> Note {
    let (first, rest) = signers.split_first().unwrap();
    rest.iter().fold(key(first).sign_text(text), |note, signer| note.add_signature(&key(signer)).unwrap())
}

/// A text as if these keys had signed it, for the rules alone: the signatures are nothing.
pub(crate) fn unsigned(text: &str, signers: &[&str]) -> SignedStatement {
    let lines: String = signers.iter().map(|s| format!("— {} AAAAAAA=\n", name(s))).collect();
    SignedStatement::reread(format!("{text}\n{lines}").as_bytes()).unwrap()
}

/// The manifest of the hall: three organisers of whom two sign, three tables, one observer, one witness.
pub(crate) fn manifest() -> String {
    let mut text = format!(
        "kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle Đại hội thử\norganisation -\nplace -\nlanguage vi\nthreshold 2\n"
    );
    for id in ["o1", "o2", "o3"] {
        text += &format!("organiser {}\n", vkey(&format!("organiser/{id}")));
    }
    text += &format!("log {}\ntally {}\n", vkey(""), vkey("tally"));
    for id in ["s01", "s02", "s03"] {
        text += &format!("station {}\n", vkey(&format!("station/{id}")));
    }
    text += "table s01 Bàn số 1\ntable s02 Bàn số 2\ntable s03 Bàn số 3\n";
    text += &format!("observer {}\nwitness-quorum 0\nwitness {}\n", vkey("observer/p1"), vkey("witness.example/w1"));
    text + "disclosure public\nlive-totals no\nmin-bundle 1\n"
}

/// The body of a board with these voting members, the first its head; names are their ids in words nobody is called.
pub(crate) fn board(id: &str, threshold: usize, members: &[&str]) -> String {
    let mut text = format!("board {id}\ntitle Ban kiểm phiếu\nthreshold {threshold}\n");
    for (place, member) in members.iter().enumerate() {
        let role = if place == 0 { "head" } else { "member" };
        text += &format!("member {member} {role} Ủy viên {member}\n");
    }
    members.iter().for_each(|member| text += &format!("key {}\n", vkey(&format!("board/{member}"))));
    text
}

/// The body of a contest: two seats, three names, 100 summoned.
pub(crate) const STRIKE: &str = "board b1\nkind first\nfollows -\ntitle Bầu Ban Chấp hành\nform strike-list\n\
    profile party-244\nseats 2\nchoices 2\ncounts 1\nbase summoned 100\nbase absent-throughout 0\n\
    base convener-absent 0\ncandidate 01 Nguyễn Văn An\ncandidate 02 Trần Thị Bình\ncandidate 03 Lê Hoàng Cường\n";

/// The body of a contest of two names for two seats.
pub(crate) const AGREE: &str = "board b1\nkind first\nfollows -\ntitle Bầu đại biểu\nform agree-list\n\
    profile party-244\nseats 2\nchoices -\ncounts 1\nbase summoned 100\nbase absent-throughout 0\n\
    base convener-absent 0\ncandidate 01 Phạm Thị Dung\ncandidate 02 Vũ Văn Em\n";

/// The body of papers that add up; a bundle is `b001 30 -`.
pub(crate) fn papers(bundles: &[&str]) -> String {
    let sum: u64 = bundles.iter().map(|b| b.split(' ').nth(1).unwrap().parse::<u64>().unwrap()).sum();
    let mut text =
        format!("received 100\nissued {}\nunused {}\nspoiled 0\ncollected {sum}\n", sum.min(100), 100 - sum.min(100));
    bundles.iter().for_each(|bundle| text += &format!("bundle {bundle}\n"));
    text
}

/// Figures of [`STRIKE`]: every valid paper carries one name or two, blank ones are invalid.
pub(crate) fn names(blank: u32, valid: u32, votes: [u32; 3]) -> String {
    let marks: u32 = votes.iter().sum();
    let mut text = format!("ballots {}\nvalid {valid}\n", valid + blank);
    let list = [("invalid blank", blank), ("left 1", 2 * valid - marks), ("left 2", marks - valid)];
    list.iter().filter(|(_, papers)| *papers > 0).for_each(|(key, papers)| text += &format!("{key} {papers}\n"));
    (1..).zip(votes).for_each(|(number, votes)| text += &format!("votes {number:02} {votes}\n"));
    text
}

/// Figures of [`AGREE`]: nobody disagrees, the boxes not marked are unusable.
pub(crate) fn boxes(valid: u32, agree: [u32; 2]) -> String {
    let [a, b] = agree;
    format!(
        "ballots {valid}\nvalid {valid}\nagree 01 {a}\nagree 02 {b}\ndisagree 01 0\ndisagree 02 0\n\
         unusable 01 {}\nunusable 02 {}\n",
        valid - a,
        valid - b
    )
}

/// An election event so far.
#[derive(Clone, Default)]
pub(crate) struct Hall {
    pub(crate) replay: tally::Replay,
}

impl Hall {
    /// An event of this manifest.
    pub(crate) fn of(manifest: &str) -> Self {
        let mut hall = Self::default();
        assert_eq!(hall.say(manifest, ORGANISERS), Ruling::Recorded);
        hall
    }

    /// The event of [`manifest`], with a board of three members of whom two sign.
    pub(crate) fn new() -> Self {
        let mut hall = Self::of(&manifest());
        assert_eq!(hall.organisers("board", &board("b1", 2, &["k1", "k2", "k3"])), Ruling::Recorded);
        hall
    }

    /// A contest of that body and papers of these bundles, ready to be counted.
    pub(crate) fn counting(body: &str, bundles: &[&str]) -> Self {
        let mut hall = Self::new();
        assert_eq!(hall.desk("contest", "c01", body), Ruling::Recorded);
        assert_eq!(hall.desk("papers", "c01", &papers(bundles)), Ruling::Recorded);
        hall
    }

    /// The sid of the event.
    pub(crate) fn event(&self) -> Sid {
        self.replay.count.event().unwrap_or(Sid::ZERO)
    }

    /// What the door and the rules say of a note, which is taken in when it is logged.
    pub(crate) fn hand_in(&mut self, bytes: &[u8]) -> Ruling {
        let opened = match self.replay.count.event() {
            None => SignedStatement::open_manifest(bytes),
            Some(_) => SignedStatement::open(bytes, self.replay.count.keys()),
        };
        match opened {
            Ok(s) => self.take(&s),
            Err(refusal) => Ruling::Refused(refusal),
        }
    }

    /// What the rules say of a statement, which is taken in when it is logged.
    pub(crate) fn take(&mut self, s: &SignedStatement) -> Ruling {
        let ruling = self.replay.rule(s);
        if ruling.is_logged() {
            self.replay.take_ruled(s, &ruling);
        }
        ruling
    }

    /// Hands in a text with the signatures of these keys.
    pub(crate) fn say(&mut self, text: &str, signers: &[&str]) -> Ruling {
        self.hand_in(sign(text, signers).as_bytes())
    }

    /// The text of a desk statement on the election (`contest` is empty) or on a contest, following the head.
    pub(crate) fn desk_text(&self, kind: &str, contest: &str, body: &str) -> String {
        let (event, count) = (self.event(), &self.replay.count);
        match contest {
            "" => format!("kiemphieu/v1/{kind}\nelection {event}\nprev {}\n{body}", count.election_head()),
            _ => {
                let prev = count.contest_head(contest.parse().unwrap());
                format!("kiemphieu/v1/{kind}\nelection {event}\nprev {prev}\ncontest {contest}\n{body}")
            }
        }
    }

    /// Two organisers say something about the election.
    pub(crate) fn organisers(&mut self, kind: &str, body: &str) -> Ruling {
        self.say(&self.desk_text(kind, "", body), ORGANISERS)
    }

    /// Two members of the board say something about a contest.
    pub(crate) fn desk(&mut self, kind: &str, contest: &str, body: &str) -> Ruling {
        self.say(&self.desk_text(kind, contest, body), BOARD)
    }

    /// The text of a table's statement, following its head.
    pub(crate) fn table_text(&self, kind: &str, station: &str, contest: &str, body: &str) -> String {
        let (seq, prev) = self.replay.count.station_head(station.parse().unwrap()).unwrap_or((0, Sid::ZERO));
        let event = self.event();
        format!(
            "kiemphieu/v1/{kind}\nelection {event}\nstation {station}\nseq {}\nprev {prev}\ncontest {contest}\n{body}",
            seq + 1
        )
    }

    /// The text of a batch with these figures.
    pub(crate) fn batch_text(&self, station: &str, contest: &str, bundle: &str, figures: &str) -> String {
        let body = format!("bundle {bundle}\ncounters -\npasses 1\n{figures}serials -\ntime 1593000000\n");
        self.table_text("batch", station, contest, &body)
    }

    /// A table sends its count of a bundle.
    pub(crate) fn batch(&mut self, station: &str, contest: &str, bundle: &str, figures: &str) -> Ruling {
        let text = self.batch_text(station, contest, bundle, figures);
        self.say(&text, &[&format!("station/{station}")])
    }

    /// A table takes a statement back.
    pub(crate) fn withdraw(&mut self, station: &str, contest: &str, target: Sid) -> Ruling {
        let text = self.table_text("withdraw", station, contest, &format!("target {target}\nreason sai tập phiếu\n"));
        self.say(&text, &[&format!("station/{station}")])
    }

    /// The sid of what a table said last.
    pub(crate) fn last(&self, station: &str) -> Sid {
        self.replay.count.station_head(station.parse().unwrap()).unwrap().1
    }

    /// Organisers take a key out.
    pub(crate) fn revoke(&mut self, key: &str, last_seq: &str) -> Ruling {
        self.organisers("revoke", &format!("key {}\nlast-seq {last_seq}\nreason máy mượn đã trả\n", name(key)))
    }

    /// The board settles a bundle.
    pub(crate) fn settle(&mut self, contest: &str, bundle: &str, stands: &str) -> Ruling {
        self.desk("settle", contest, &format!("bundle {bundle}\nstands {stands}\nreason đếm lại trước ban\n"))
    }

    /// The text of the server's bulletin of a contest at this moment.
    pub(crate) fn bulletin_text(&self, contest: &str) -> String {
        let ours = self.replay.count.bulletin(contest.parse().unwrap(), self.replay.tree.root()).unwrap();
        Statement::Bulletin(Box::new(ours)).text()
    }

    /// The server appends its bulletin.
    pub(crate) fn bulletin(&mut self, contest: &str) -> Ruling {
        self.say(&self.bulletin_text(contest), &["tally"])
    }

    /// The body of the certificate that the rules call for.
    pub(crate) fn certificate(&self, contest: &str) -> String {
        let c = self.replay.count.contest(contest.parse().unwrap()).unwrap();
        let outcome = c.outcome();
        let elected: String = outcome.elected.iter().map(|number| format!("elected {number}\n")).collect();
        let bulletin = c.bulletin().unwrap_or(Sid::ZERO);
        format!("bulletin {bulletin}\n{elected}next {}\ndeviation -\n", outcome.next())
    }

    /// The board certifies what the rules say.
    pub(crate) fn certify(&mut self, contest: &str) -> Ruling {
        self.desk("certify", contest, &self.certificate(contest))
    }

    /// The sid of the latest certificate.
    pub(crate) fn certified(&self, contest: &str) -> Sid {
        let c = self.replay.count.contest(contest.parse().unwrap()).unwrap();
        c.certify().map(|(sid, _)| sid).unwrap_or(Sid::ZERO)
    }

    /// The head has read the result out.
    pub(crate) fn announce(&mut self, contest: &str) -> Ruling {
        self.desk("announce", contest, &format!("certify {}\n", self.certified(contest)))
    }

    /// Counting goes on again.
    pub(crate) fn reopen(&mut self, contest: &str) -> Ruling {
        self.desk("reopen", contest, "reason khiếu nại\n")
    }

    /// Closes a contest, with the server's bulletin.
    pub(crate) fn close(&mut self, contest: &str) {
        assert_eq!(self.desk("close", contest, ""), Ruling::Recorded);
        assert_eq!(self.bulletin(contest), Ruling::Recorded);
    }

    /// How a bundle of c01 stands.
    pub(crate) fn state(&self, bundle: &str) -> BundleState {
        self.replay.count.bundle_state("c01".parse().unwrap(), bundle.parse().unwrap()).unwrap()
    }
}

/// The refusal of a ruling that must be one.
pub(crate) fn refusal(ruling: Ruling) -> Refusal {
    match ruling {
        Ruling::Refused(refusal) => refusal,
        other => panic!("{other:?} is no refusal"),
    }
}

/// The faults of a ruling that must set a statement aside.
pub(crate) fn faults(ruling: Ruling) -> Vec<Fault> {
    match ruling {
        Ruling::SetAside(faults) => faults,
        other => panic!("{other:?} sets nothing aside"),
    }
}

/// How the bundle stands and the flags, of a batch that must be live.
pub(crate) fn live(ruling: Ruling) -> (BundleState, Vec<Flag>) {
    match ruling {
        Ruling::Live { state, flags } => (state, flags),
        other => panic!("{other:?} is not live"),
    }
}
