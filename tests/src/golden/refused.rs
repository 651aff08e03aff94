//! What would have been refused at some point of the congress, and the code that says why: one case for each rule of
//! the desk, and one for each code. It refuses to know grammar.

mod organisers;
mod results;
mod texts;

pub use organisers::{before_the_manifest, keys};
pub use results::{
    announced, annulled, blocked, board_replaced, bulletin, certified, closed, closed_again, deviating,
    revoked_after_close, short_of_one, surplus,
};
pub use texts::texts;

use super::{
    hall::{BOARD, Ballot, batch, names, papers},
    story::Story,
};
use tally::Sid;

/// A hash that nothing has.
const ELSEWHERE: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

/// What needs papers.
pub fn without_papers(s: &mut Story) {
    s.offer_desk("a close without papers", ["close", "c01"], "", BOARD, "R-NO-PAPERS");
    s.offer_desk(
        "a settle without papers",
        ["settle", "c01"],
        "bundle b001\nstands -\nreason x\n",
        BOARD,
        "R-NO-PAPERS",
    );
}

/// A contest once figures have come, and papers and settlements that do not fit.
pub fn contest_with_batches(s: &mut Story, mismatched: Sid) {
    let good = Ballot::PARTY.body("party-244");
    for (field, from, to) in [
        ("title", "title Bầu cử mẫu", "title Bầu cử"),
        ("profile", "profile party-244", "profile party-190"),
        ("seats", "seats 3\nchoices 3", "seats 2\nchoices 2"),
        ("counts", "counts 1", "counts 2"),
        ("names", "Phạm Thị Dung", "Phạm Dung"),
        ("birthdays", "candidate 04 Phạm Thị Dung\n", "candidate 04 Phạm Thị Dung\nborn 01 1970-01-01\n"),
    ] {
        let body = good.replacen(from, to, 1);
        s.offer_desk(
            &format!("other {field} after the first batch"),
            ["contest", "c01"],
            &body,
            BOARD,
            "R-CONTEST-FIXED",
        );
    }
    let based = good.replace("summoned 110", "summoned 111");
    s.offer_desk("another base after the first batch", ["contest", "c01"], &based, BOARD, "OK");
    let mut offer = |name: &str, bundles: &[(&str, u32, &str)], code: &str| {
        s.offer_desk(name, ["papers", "c01"], &papers(bundles), BOARD, code);
    };
    offer("a bundle below the smallest", &[("b001", 41, "-"), ("b002", 19, "-")], "R-BUNDLE-TOO-SMALL");
    offer("an empty bundle", &[("b001", 41, "-"), ("b002", 0, "-")], "R-BUNDLE-TOO-SMALL");
    offer("a small contest in one small bundle", &[("b001", 7, "-")], "OK");
    offer("a bundle for a table nobody knows", &[("b001", 41, "s09")], "R-UNKNOWN-STATION");
    let missing = papers(&[("b001", 40, "-")]).replace("bundle b001 40", "bundle b001 39");
    s.offer_desk(
        "bundles that are not the papers collected",
        ["papers", "c01"],
        &missing,
        BOARD,
        "R-BUNDLES-COLLECTED",
    );
    let settle = |bundle: &str, stands: &str| format!("bundle {bundle}\nstands {stands}\nreason kiểm lại\n");
    let mut offer = |name: &str, body: &str, code: &str| s.offer_desk(name, ["settle", "c01"], body, BOARD, code);
    offer("a settle of a bundle nobody knows", &settle("b009", "-"), "R-UNKNOWN-BUNDLE");
    offer("a settle on what is no batch", &settle("b002", ELSEWHERE), "R-NOT-LIVE");
    offer("a settle on a batch of another bundle", &settle("b001", &mismatched.to_string()), "R-NOT-LIVE");
    offer(
        "a settle on a batch of another number of papers",
        &settle("b002", &mismatched.to_string()),
        "R-NOT-THE-PAPERS",
    );
    s.offer_desk(
        "an announcement before the close",
        ["announce", "c01"],
        &format!("certify {ELSEWHERE}\n"),
        BOARD,
        "R-PHASE",
    );
    s.offer_desk("a reopen of an open contest", ["reopen", "c01"], "reason x\n", BOARD, "R-PHASE");
}

/// After a batch was taken back.
pub fn withdrawn(s: &mut Story, batch: Sid) {
    let body = format!("bundle b002\nstands {batch}\nreason kiểm lại\n");
    s.offer_desk("a settle on a batch that was withdrawn", ["settle", "c01"], &body, BOARD, "R-NOT-LIVE");
}

/// A close too early, and table statements that break their chain.
pub fn open_bundles(s: &mut Story) {
    s.offer_desk("a close with two counts that differ", ["close", "c01"], "", BOARD, "R-OPEN-BUNDLES");
    let next = s.table_text("batch", "s01", &batch("c01", "b001", &names(40, &[], &[40, 30, 25, 25])));
    let (seq, prev) = s.replay.count.station_head("s01".parse().expect("an id")).expect("a table");
    let skipped = next.replace(&format!("seq {}\n", seq + 1), &format!("seq {}\n", seq + 2));
    s.offer_text("§4", "a table that skips a number", &skipped, &["s01"], "R-WRONG-HEAD");
    s.offer_text(
        "§4",
        "a table that follows another statement",
        &next.replace(&prev.to_string(), ELSEWHERE),
        &["s01"],
        "R-WRONG-HEAD",
    );
    s.offer_text("§5", "a batch signed by another table", &next, &["s02"], "R-NOT-ENTITLED");
    s.offer_text("§5", "a batch signed by two tables", &next, &["s01", "s02"], "R-NOT-ENTITLED");
    s.offer_text("§5", "a batch signed by a member", &next, &["k1"], "R-NOT-ENTITLED");
    s.offer_text(
        "§5",
        "a batch of a table nobody knows",
        &next.replace("station s01", "station s09"),
        &["s01"],
        "R-NOT-ENTITLED",
    );
    let long = next.replacen("counters p01 p02", "counters -", 1);
    s.offer_text("§5", "a batch that would count", &long, &["s01"], "B-COUNTED");
}

/// A contest that asks for two counts.
pub fn two_counts(s: &mut Story) {
    s.offer_desk(
        "a table named where two count",
        ["papers", "c02"],
        &papers(&[("b001", 56, "s01")]),
        BOARD,
        "R-TABLE-NAMED",
    );
}

/// Entries of this log, once more.
pub fn repeated(s: &mut Story) {
    let counted = s.rulings.iter().position(|r| r["code"] == "B-COUNTED").expect("a batch that counted");
    let aside = s.rulings.iter().position(|r| r["verdict"] == "set-aside").expect("one that was set aside");
    for (name, at) in
        [("the manifest once more", 0), ("a batch once more", counted), ("what was set aside once more", aside)]
    {
        let note = s.entries[at].clone();
        s.offer("§5", name, &note, "R-REPEATED");
    }
    // A signature more makes other bytes, and says the same: the board of entry 1, now signed by all three.
    let again = tlog::Note::parse(&s.entries[1]).expect("a note").text().to_owned();
    s.offer_text("§5", "a board once more, signed by others", &again, &["o2", "o3"], "R-REPEATED");
}
