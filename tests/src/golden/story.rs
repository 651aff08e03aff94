//! A log that an honest server would have, as it grows: every entry is one that the rules allow, with the ruling that the
//! story expects, and beside it whatever was offered and came to nothing. It refuses to know what the story is.

use super::hall::{key, sign};
use serde_json::{Value, json};
use tally::{Replay, Ruling, Sid, SignedStatement, Statement, profile::Rulebook};
use tlog::Note;

/// A log so far.
pub struct Story {
    /// The notes.
    pub entries: Vec<Vec<u8>>,
    /// What they add up to.
    pub replay: Replay,
    /// What became of each entry.
    pub rulings: Vec<Value>,
    /// What was offered at some size and what became of it; none of it is logged.
    pub offers: Vec<Value>,
    /// Offers that came to something else than the story expects.
    pub surprises: Vec<String>,
    /// Bulletin files: path and bytes.
    pub bulletins: Vec<(String, Vec<u8>)>,
}

impl Story {
    /// An empty log, counted by these rules.
    #[must_use]
    pub fn new(rules: std::sync::Arc<Rulebook>) -> Self {
        let (entries, rulings, offers, surprises, bulletins) = Default::default();
        Self { entries, replay: Replay::with_rules(rules), rulings, offers, surprises, bulletins }
    }

    /// Entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.replay.tree.size()
    }

    /// The sid of entry 0; zeros before it.
    #[must_use]
    pub fn event(&self) -> Sid {
        self.replay.count.event().unwrap_or(Sid::ZERO)
    }

    fn open(&self, note: &[u8]) -> Result<SignedStatement, Ruling> {
        let opened = match self.replay.count.event() {
            None => SignedStatement::open_manifest(note),
            Some(_) => SignedStatement::open(note, self.replay.count.keys()),
        };
        opened.map_err(Ruling::Refused)
    }

    /// Logs a text with these signatures; `code` is what the answer must be.
    ///
    /// # Panics
    /// It is not.
    pub fn say(&mut self, text: &str, signers: &[&str], code: &str) -> Sid {
        let note = sign(text, signers);
        let s = self.open(note.as_bytes()).unwrap_or_else(|refused| panic!("{refused:?}: {text}"));
        let ruling = self.replay.rule(&s);
        assert!(ruling.is_logged() && ruling.code() == code, "expected {code}, {ruling:?}: {text}");
        self.rulings.push(told(&ruling, json!({ "entry": self.size(), "kind": s.statement.kind().word() })));
        self.replay.take(&s);
        self.entries.push(note.as_bytes().to_vec());
        s.sid
    }

    /// The text of a desk statement that follows the head of its chain.
    ///
    /// # Panics
    /// The contest's id is none.
    #[must_use]
    pub fn desk_text(&self, kind: &str, contest: &str, body: &str) -> String {
        let (event, count) = (self.event(), &self.replay.count);
        match contest {
            "" => format!("kiemphieu/v1/{kind}\nelection {event}\nprev {}\n{body}", count.election_head()),
            _ => {
                let prev = count.contest_head(contest.parse().expect("an id"));
                format!("kiemphieu/v1/{kind}\nelection {event}\nprev {prev}\ncontest {contest}\n{body}")
            }
        }
    }

    /// Logs a desk statement.
    pub fn desk(&mut self, kind: &str, contest: &str, body: &str, signers: &[&str]) -> Sid {
        self.say(&self.desk_text(kind, contest, body), signers, "OK")
    }

    /// The text of a table's next statement; `body` begins after `prev`.
    ///
    /// # Panics
    /// The table's id is none.
    #[must_use]
    pub fn table_text(&self, kind: &str, station: &str, body: &str) -> String {
        let head = self.replay.count.station_head(station.parse().expect("an id"));
        let ((seq, prev), event) = (head.unwrap_or((0, Sid::ZERO)), self.event());
        let seq = seq.saturating_add(1);
        format!("kiemphieu/v1/{kind}\nelection {event}\nstation {station}\nseq {seq}\nprev {prev}\n{body}")
    }

    /// Logs a table's next statement.
    pub fn table(&mut self, kind: &str, station: &str, body: &str, code: &str) -> Sid {
        self.say(&self.table_text(kind, station, body), &[station], code)
    }

    /// The bulletin of a contest at the present size.
    ///
    /// # Panics
    /// There is no such contest.
    #[must_use]
    pub fn bulletin_text(&self, contest: &str) -> String {
        let id = contest.parse().expect("an id");
        let bulletin = self.replay.count.bulletin(id, self.replay.tree.root()).expect("the contest stands");
        Statement::Bulletin(Box::new(bulletin)).text()
    }

    /// Puts the present bulletin of a contest into the folder.
    pub fn post(&mut self, contest: &str) -> Note {
        let note = sign(&self.bulletin_text(contest), &["tally"]);
        self.bulletins.push((format!("bulletin/{contest}/{}", self.size()), note.as_bytes().to_vec()));
        note
    }

    /// Closes a contest, posts and logs the bulletin that is owed, and returns the bulletin's sid.
    pub fn close(&mut self, contest: &str, signers: &[&str]) -> Sid {
        self.desk("close", contest, "", signers);
        let owed = self.post(contest);
        self.say(owed.text(), &["tally"], "OK")
    }

    /// Offers a note that is not logged; `code` is what the answer must be.
    pub fn offer(&mut self, rule: &str, name: &str, note: &[u8], code: &str) {
        let ruling = match self.open(note) {
            Ok(s) => self.replay.rule(&s),
            Err(refused) => refused,
        };
        if ruling.code() != code {
            self.surprises.push(format!("{name}: expected {code}, {ruling:?}"));
        }
        let bytes = match std::str::from_utf8(note) {
            Ok(text) => json!({ "note": text }),
            Err(_) => json!({ "note_hex": note.iter().map(|b| format!("{b:02x}")).collect::<String>() }),
        };
        let mut offer = json!({ "name": name, "rule": rule, "at": self.size() });
        merge(&mut offer, bytes);
        self.offers.push(told(&ruling, offer));
    }

    /// Offers a text with these signatures.
    pub fn offer_text(&mut self, rule: &str, name: &str, text: &str, signers: &[&str], code: &str) {
        self.offer(rule, name, sign(text, signers).as_bytes(), code);
    }

    /// Offers a desk statement.
    pub fn offer_desk(&mut self, name: &str, [kind, contest]: [&str; 2], body: &str, signers: &[&str], code: &str) {
        self.offer_text("§6", name, &self.desk_text(kind, contest, body), signers, code);
    }

    /// The checkpoint of a size, signed by the log and cosigned by these witnesses.
    ///
    /// # Panics
    /// The log is smaller.
    #[must_use]
    pub fn checkpoint(&self, size: u64, witnesses: &[&str]) -> Note {
        let root = self.replay.tree.root_at(size).expect("the log is as large");
        let stated = tlog::Checkpoint { origin: super::hall::ORIGIN.to_owned(), size, root }.sign(&key("log"));
        let cosigned =
            |note: Note, w: &&str| note.with_line(tlog::cosignature::cosign(note.text(), &key(w), 1_593_000_000));
        witnesses.iter().fold(stated, cosigned)
    }
}

/// A ruling in words, added to what is said of its statement.
fn told(ruling: &Ruling, mut about: Value) -> Value {
    let words = |codes: Vec<&'static str>| json!(codes);
    let more = match ruling {
        Ruling::Refused(refusal) => json!({ "field": refusal.field() }),
        Ruling::Draft { .. } => json!({ "field": "signatures" }),
        Ruling::Repeated { .. } => json!({ "field": "sid" }),
        Ruling::SetAside(faults) => json!({ "faults": words(faults.iter().map(|f| f.code()).collect()) }),
        Ruling::Live { flags, .. } => json!({ "flags": words(flags.iter().map(|f| f.word()).collect()) }),
        Ruling::Recorded => json!({}),
    };
    merge(&mut about, json!({ "verdict": ruling.verdict().word(), "code": ruling.code() }));
    merge(&mut about, more);
    about
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
