//! Notes that cannot be opened and texts that are no statements: one case for each rule of §2 and §3 of
//! docs/protocol.md. It refuses to know what a statement is for.

mod opened;

use crate::golden::{
    hall::{BOARD, Ballot, ORGANISERS, batch, board, boxes, certificate, key, minutes, names, papers, revoke, vkey},
    story::Story,
};
use opened::{base64, notes};
use tlog::Hash;

/// Every case.
pub fn texts(s: &mut Story) {
    notes(s);
    characters(s);
    desk(s);
    contests(s);
    tables(s);
    keys(s);
}

/// Offers a text and what becomes of it with one place changed.
struct Page<'s> {
    story: &'s mut Story,
    good: String,
    signers: &'static [&'static str],
}

impl<'s> Page<'s> {
    fn new(story: &'s mut Story, good: String, signers: &'static [&'static str], name: &str, code: &str) -> Self {
        story.offer_text("§3", name, &good, signers, code);
        Self { story, good, signers }
    }

    /// The change makes it no statement.
    fn bad(&mut self, name: &str, from: &str, to: &str) -> &mut Self {
        self.change(name, from, to, "R-MALFORMED")
    }

    fn change(&mut self, name: &str, from: &str, to: &str, code: &str) -> &mut Self {
        let text = self.good.replacen(from, to, 1);
        assert_ne!(text, self.good, "{name}");
        self.story.offer_text("§3", name, &text, self.signers, code);
        self
    }
}

/// §3: the characters of every text, shown on a reason.
fn characters(s: &mut Story) {
    let good = s.desk_text("annul", "c01", "reason khiếu nại\n");
    let mut page = Page::new(s, good, BOARD, "an annulment as it must be", "OK");
    for (name, to) in [
        ("letters that are not NFC", "reason khie\u{302}\u{301}u na\u{323}i\n"),
        ("a space of no width", "reason khiếu\u{200b} nại\n"),
        ("a mark that turns the direction of reading", "reason khiếu \u{202e}nại\n"),
        ("a space that does not break", "reason khiếu\u{a0}nại\n"),
        ("a line separator", "reason khiếu\u{2028}nại\n"),
        ("a control character beyond ASCII", "reason khiếu\u{85}nại\n"),
        ("a delete character", "reason khiếu\u{7f}nại\n"),
        ("two spaces", "reason khiếu  nại\n"),
        ("a space at the end of a line", "reason khiếu nại \n"),
        ("an empty line", "\nreason khiếu nại\n"),
        ("a text that is a dash", "reason -\n"),
        ("no text at all", "reason \n"),
    ] {
        page.bad(name, "reason khiếu nại\n", to);
    }
    let (most, more) = ("ả".repeat(200), "ả".repeat(201));
    page.change("a text of 200 characters", "khiếu nại", &most, "OK").bad(
        "a text of 201 characters",
        "khiếu nại",
        &more,
    );
    page.bad("a kind nobody knows", "v1/annul", "v1/void")
        .bad("another version", "kiemphieu/v1/", "kiemphieu/v2/")
        .bad("a capital in the kind", "v1/annul", "v1/Annul")
        .bad("a line too many", "reason khiếu nại\n", "reason khiếu nại\ntime 1\n")
        .bad("a line too few", "contest c01\n", "")
        .bad("lines in another order", "contest c01\nreason khiếu nại\n", "reason khiếu nại\ncontest c01\n")
        .bad("a line twice", "contest c01\n", "contest c01\ncontest c01\n")
        .bad("a capital in a hash", "election ", "election A")
        .bad("an id of 17 characters", "contest c01", "contest c0123456789abcdef")
        .bad("an id with an underscore", "contest c01", "contest c_1")
        .bad("an id that is a dash", "contest c01", "contest -")
        .change("an id of 16 characters", "contest c01", "contest c0123456789abcde", "R-UNKNOWN-CONTEST");
    let event = page.story.event().to_string();
    page.bad("a hash with a capital", &event, &event.to_uppercase()).bad("a hash too short", &event, &event[1..]);
}

/// §3: values of desk statements.
fn desk(s: &mut Story) {
    let good = s.desk_text("papers", "c01", &papers(&[("b001", 40, "s01"), ("b002", 30, "-")]));
    Page::new(s, good, BOARD, "papers as they must be", "OK")
        .bad("a number with a leading zero", "issued 70", "issued 070")
        .bad("a number with a sign", "issued 70", "issued +70")
        .bad("a number with a point", "issued 70", "issued 70.0")
        .bad("a negative number", "issued 70", "issued -70")
        .bad("digits that are not ASCII", "issued 70", "issued \u{667}\u{660}")
        .bad("2^53", "issued 70", "issued 9007199254740992")
        .change("2^53 - 1", "issued 70", "issued 9007199254740991", "OK")
        .bad("a bundle of more than a million papers", "b001 40", "b001 1000001")
        .bad(
            "bundles that do not ascend",
            "bundle b001 40 s01\nbundle b002 30 -\n",
            "bundle b002 30 -\nbundle b001 40 s01\n",
        )
        .bad("a bundle twice", "b002 30", "b001 30")
        .bad("a bundle without a table", "b002 30 -", "b002 30")
        .bad(
            "bundles as bytes: a capital comes first",
            "bundle b001 40 s01\nbundle b002",
            "bundle b001 40 s01\nbundle B002",
        );
    let good = s.desk_text("decide", "c01", "about papers b001 2\nruling invalid blank\nreason gạch hết\n");
    Page::new(s, good, BOARD, "a decision as it must be", "OK")
        .bad("a ground nobody knows", "invalid blank", "invalid torn")
        .bad("papers that are accepted", "ruling invalid blank", "ruling accepted")
        .bad(
            "a warning that is valid",
            "about papers b001 2\nruling invalid blank",
            "about warning W-NAMES\nruling valid",
        )
        .bad(
            "a warning of another shape",
            "about papers b001 2\nruling invalid blank",
            "about warning S-NAMES\nruling accepted",
        );
    let good = s.desk_text("certify", "c01", &certificate(Hash::ZERO, &["01"], "tie 02 03 for 1", "-"));
    Page::new(s, good, BOARD, "a certificate that can be read", "R-PHASE")
        .change("a tie for no seat, which no rules give", "for 1", "for 0", "R-PHASE")
        .change("a shortage of nothing, which no rules give", "next tie 02 03 for 1", "next short 0", "R-PHASE")
        .bad("a tie without its seats", "tie 02 03 for 1", "tie 02 03")
        .bad("a tie of a number that is none", "tie 02 03 for 1", "tie 02 x for 1")
        .bad("what comes next is a word nobody knows", "next tie 02 03 for 1", "next later")
        .bad("a number without its zero", "elected 01", "elected 1");
    let good = s.desk_text("minutes", "c01", &minutes(Hash::ZERO, "seal 12\naccepted W-NAMES\ncomplaint -\n", "-"));
    Page::new(s, good, BOARD, "minutes that can be read", "R-PHASE")
        .bad("minutes without a line on complaints", "complaint -\n", "")
        .bad("no complaint, and one", "complaint -\n", "complaint -\ncomplaint chậm\n")
        .bad("seals after warnings", "seal 12\naccepted W-NAMES\n", "accepted W-NAMES\nseal 12\n");
}

/// §3: a contest.
fn contests(s: &mut Story) {
    let more = "born 01 1970-01-31\nborn 03 2000-02-29\ntrait 02 female\ntrait 02 under-40\n";
    let good = s.desk_text("contest", "c90", &Ballot { more, ..Ballot::PARTY }.body("party-244"));
    Page::new(s, good, BOARD, "a contest as it must be", "OK")
        .bad("a candidate left out", "candidate 03 ", "candidate 04 ")
        .bad("a candidate's number without its zero", "candidate 01 ", "candidate 1 ")
        .bad("a candidate's number of three digits on a short list", "candidate 01 ", "candidate 001 ")
        .bad("a day that does not exist", "2000-02-29", "2001-02-29")
        .bad("a day without its zeros", "1970-01-31", "1970-1-31")
        .bad("a day of another form", "1970-01-31", "31-01-1970")
        .bad("birthdays that do not ascend", "born 01 1970-01-31\nborn 03", "born 04 1970-01-31\nborn 03")
        .bad("a birthday of nobody", "born 03", "born 05")
        .bad("traits that do not ascend", "trait 02 female\ntrait 02 under-40", "trait 02 under-40\ntrait 02 female")
        .bad("a trait twice", "trait 02 under-40", "trait 02 female")
        .bad("a form nobody knows", "form strike-list", "form strike")
        .bad("a round nobody knows", "kind first", "kind second")
        .bad("counts beyond three", "counts 1", "counts 4")
        .bad("choices that are a word", "choices 3", "choices many")
        .bad("a word of 33 characters", "profile party-244", &format!("profile {}", "p".repeat(33)))
        .bad("no candidate at all", "candidate 01", "kandidat 01");
}

/// §3: what tables say.
fn tables(s: &mut Story) {
    let figures = names(38, &[("overvote", 1), ("blank", 1)], &[38, 30, 25, 20]);
    let good = s.table_text("batch", "s01", &batch("c01", "b001", &figures).replace("serials -", "serials 001-040"));
    Page::new(s, good, &["s01"], "a batch that can be read", "S-NO-PAPERS")
        .bad("a figure beyond a million", "ballots 40", "ballots 1000001")
        .bad("a ground that did not occur", "invalid blank 1", "invalid blank 0")
        .bad(
            "grounds in another order",
            "invalid overvote 1\ninvalid blank 1\n",
            "invalid blank 1\ninvalid overvote 1\n",
        )
        .bad("names left in another order", "left 2 1\nleft 3 37\n", "left 3 37\nleft 2 1\n")
        .bad("more names left than a list can have", "left 3 37\n", "left 1000 37\n")
        .bad("names left that did not occur", "left 2 1\n", "left 1 0\nleft 2 1\n")
        .bad("a candidate without a line", "votes 02 30\n", "")
        .bad("marks of two forms", "votes 01 38\n", "votes 01 38\nagree 01 2\n")
        .bad("nine people counting", "counters p01 p02", "counters p1 p2 p3 p4 p5 p6 p7 p8 p9")
        .change("eight people counting", "counters p01 p02", "counters p1 p2 p3 p4 p5 p6 p7 p8", "S-NO-PAPERS")
        .bad("printed numbers of unequal width", "001-040", "001-40")
        .bad("printed numbers that fall", "001-040", "041-040")
        .bad("printed numbers of 16 digits", "001-040", "0000000000000001-0000000000000040")
        .bad("a time with a sign", "time 1593000000", "time -1");
    let good = s.table_text("batch", "s01", &batch("c01", "b001", &boxes(40, &[], &[30, 20], &[10, 19])));
    Page::new(s, good, &["s01"], "boxes that can be read", "S-NO-PAPERS")
        .bad("a block left out", "unusable 01 0\nunusable 02 1\n", "")
        .bad("a block that is not whole", "disagree 02 19\n", "")
        .bad(
            "blocks in another order",
            "agree 01 30\nagree 02 20\ndisagree 01 10\ndisagree 02 19\n",
            "disagree 01 10\ndisagree 02 19\nagree 01 30\nagree 02 20\n",
        );
}

/// §1 and §3: keys inside texts.
fn keys(s: &mut Story) {
    let good = s.desk_text("key", "", &format!("key {}\ntitle Bàn số 6\n", vkey("s06")));
    let (whole, name) = (vkey("s06"), key("s06").verifier().name().to_owned());
    let [_, id, body] = whole.splitn(3, '+').collect::<Vec<_>>()[..] else { panic!("a printed key") };
    let printed = |name: &str, kind: u8, public: [u8; 32]| {
        let raw = [&[kind][..], &public].concat();
        let id = tlog::sha256(&[name.as_bytes(), b"\n", &raw].concat()).to_string();
        format!("{name}+{}+{}", &id[..8], base64(&raw))
    };
    let public = *key("s06").verifier().public();
    let mut neutral = [0; 32];
    neutral[0] = 1;
    // y = p + 3, which is 3 again.
    let mut second_spelling = [0xff; 32];
    (second_spelling[0], second_spelling[31]) = (0xf0, 0x7f);
    let mut page = Page::new(s, good, ORGANISERS, "a key as it must be", "OK");
    page.bad("an id that is not that of the key", id, "00000000")
        .bad("a key whose base64 is not canonical", body, &format!("{}=", body.trim_end_matches('=')))
        .bad("a key of small order", &whole, &printed(&name, 1, neutral))
        .bad("a second spelling of a point", &whole, &printed(&name, 1, second_spelling))
        .bad("a key type nobody knows", &whole, &printed(&name, 3, public))
        .bad("a name of a key with a space", &whole, &printed(&name.replace("s06", "s 6"), 1, public));
    let good = page.story.desk_text("revoke", "", &revoke("s04", "2"));
    Page::new(page.story, good, ORGANISERS, "a revocation as it must be", "OK")
        .bad("a last number that is no number", "last-seq 2", "last-seq two")
        .bad("a revocation without a reason", "reason máy mất\n", "");
    let (one, other) = (format!("key {}\n", vkey("m1")), format!("key {}\n", vkey("m2")));
    let members = [("m1", "head", "A"), ("m2", "member", "B")];
    let good = s.desk_text("board", "", &board("b9", &members));
    Page::new(s, good, ORGANISERS, "a board as it must be", "OK")
        .bad("keys of a board that do not ascend", &format!("{one}{other}"), &format!("{other}{one}"))
        .bad("a role nobody knows", "member m2 member", "member m2 scribe");
    bulletins(s);
}

/// §3: what only the server says; no contest here has a bulletin to come.
fn bulletins(s: &mut Story) {
    let root = s.replay.tree.root();
    let text = format!(
        "kiemphieu/v1/bulletin\nelection {}\ncontest c01\nsize {}\nroot {root}\nstate counting\nbundles-expected 2\n\
         bundles 0\nballots 0\nvalid 0\nvotes 01 0\nopen conflict b001\nopen mismatch b002\n",
        s.event(),
        s.size()
    );
    Page::new(s, text, &["tally"], "a bulletin that can be read", "R-PHASE")
        .change("a bulletin without figures", "ballots 0\nvalid 0\nvotes 01 0\n", "", "R-PHASE")
        .bad("figures without their beginning", "ballots 0\n", "")
        .bad("figures without the valid papers", "valid 0\n", "")
        .bad(
            "open bundles that do not ascend",
            "open conflict b001\nopen mismatch b002\n",
            "open mismatch b002\nopen conflict b001\n",
        )
        .bad("an open bundle that is only missing", "open conflict b001", "open missing b001");
}
