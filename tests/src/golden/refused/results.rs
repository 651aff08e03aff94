//! What a board may not say once its count is closed: bulletins, certificates, minutes, announcements. It refuses to know
//! tables.

use super::ELSEWHERE;
use crate::golden::{
    hall::{BOARD, BOARD_2, Ballot, ORGANISERS, batch, certificate, minutes, names, papers},
    story::Story,
};
use tally::Sid;

/// After the first close.
pub fn closed(s: &mut Story, bulletin: Sid) {
    let elected = ["01", "02", "03"];
    let mut offer = |name: &str, body: &str, signers: &[&str], code: &str| {
        s.offer_desk(name, ["certify", "c01"], body, signers, code);
    };
    offer(
        "a certificate of somebody not elected",
        &certificate(bulletin, &["01", "02", "04"], "none", "-"),
        BOARD,
        "R-NOT-THE-OUTCOME",
    );
    offer(
        "a certificate in another order",
        &certificate(bulletin, &["02", "01", "03"], "none", "-"),
        BOARD,
        "R-NOT-THE-OUTCOME",
    );
    offer(
        "a certificate that leaves a seat open",
        &certificate(bulletin, &elected, "short 1", "-"),
        BOARD,
        "R-NOT-THE-OUTCOME",
    );
    offer(
        "a certificate of a number that is not on the list",
        &certificate(bulletin, &["01", "02", "05"], "none", "-"),
        BOARD,
        "R-FIELD",
    );
    offer(
        "a tie of a number that is not on the list",
        &certificate(bulletin, &["01"], "tie 02 05 for 1", "-"),
        BOARD,
        "R-FIELD",
    );
    offer(
        "a certificate of another bulletin",
        &certificate(tlog::sha256(b"x"), &elected, "none", "-"),
        BOARD,
        "R-NOT-THE-BULLETIN",
    );
    offer("a certificate with one signature", &certificate(bulletin, &elected, "none", "-"), &["k3"], "R-SIGNATURES");
    offer(
        "a certificate of another board",
        &certificate(bulletin, &elected, "none", "-"),
        ORGANISERS,
        "R-NOT-ENTITLED",
    );
    s.offer_desk(
        "minutes before the certificate",
        ["minutes", "c01"],
        &minutes(bulletin, "complaint -\n", "-"),
        BOARD,
        "R-PHASE",
    );
    s.offer_desk(
        "an announcement before the certificate",
        ["announce", "c01"],
        &format!("certify {bulletin}\n"),
        BOARD,
        "R-PHASE",
    );
    s.offer_desk("papers after the close", ["papers", "c01"], &papers(&[("b001", 40, "-")]), BOARD, "R-PHASE");
    s.offer_desk("a second close", ["close", "c01"], "", BOARD, "R-PHASE");
    let second = s.bulletin_text("c01");
    s.offer_text("§6", "a second bulletin of one close", &second, &["tally"], "R-BULLETIN-STANDS");
}

/// After the certificate and the first minutes.
pub fn certified(s: &mut Story, certify: Sid, written: Sid) {
    let mut offer = |name: &str, body: &str, code: &str| s.offer_desk(name, ["minutes", "c01"], body, BOARD, code);
    offer(
        "second minutes that do not say what they correct",
        &minutes(certify, "complaint -\n", "-"),
        "R-NOT-THE-MINUTES",
    );
    offer("minutes that correct what is not there", &minutes(certify, "complaint -\n", ELSEWHERE), "R-NOT-THE-MINUTES");
    offer(
        "minutes of another certificate",
        &minutes(written, "complaint -\n", &written.to_string()),
        "R-NOT-THE-CERTIFICATE",
    );
    s.offer_desk(
        "an announcement of another certificate",
        ["announce", "c01"],
        &format!("certify {written}\n"),
        BOARD,
        "R-NOT-THE-CERTIFICATE",
    );
}

/// A table was revoked below its head after the close.
pub fn revoked_after_close(s: &mut Story, bulletin: Sid, certify: Sid) {
    let body = certificate(bulletin, &["01", "02", "03"], "none", "-");
    s.offer_desk("a certificate while a revocation waits", ["certify", "c01"], &body, BOARD, "R-REVOKED-AFTER-CLOSE");
    s.offer_desk(
        "an announcement while a revocation waits",
        ["announce", "c01"],
        &format!("certify {certify}\n"),
        BOARD,
        "R-REVOKED-AFTER-CLOSE",
    );
    let beyond = s.table_text("batch", "s03", &batch("c01", "b003", &names(29, &[], &[29, 20, 19, 19])));
    s.offer_text("§5", "a batch beyond the last of a revoked table", &beyond, &["s03"], "R-REVOKED");
}

/// After the second close.
pub fn closed_again(s: &mut Story, first: Sid) {
    let body = certificate(first, &["01", "02", "03"], "none", "-");
    s.offer_desk("a certificate of the former close", ["certify", "c01"], &body, BOARD, "R-NOT-THE-BULLETIN");
}

/// After the announcement.
pub fn announced(s: &mut Story, certify: Sid) {
    s.offer_desk("a second announcement", ["announce", "c01"], &format!("certify {certify}\n"), BOARD, "R-PHASE");
    s.offer_desk(
        "a certificate after the announcement",
        ["certify", "c01"],
        &certificate(certify, &["01"], "none", "-"),
        BOARD,
        "R-PHASE",
    );
}

/// Fewer over one half than seats.
pub fn short_of_one(s: &mut Story, bulletin: Sid) {
    let body = certificate(bulletin, &["01", "02"], "none", "-");
    s.offer_desk("a certificate of exactly one half", ["certify", "c07"], &body, BOARD, "R-NOT-THE-OUTCOME");
}

/// A contest that is void.
pub fn annulled(s: &mut Story) {
    s.offer_desk("a close of a contest that is void", ["close", "c12"], "", BOARD, "R-PHASE");
    s.offer_desk(
        "a contest that was void stated again",
        ["contest", "c12"],
        &Ballot::PARTY.body("party-190"),
        BOARD,
        "R-PHASE",
    );
    s.offer_desk("a second annulment", ["annul", "c12"], "reason x\n", BOARD, "R-PHASE");
}

/// A board whose members changed.
pub fn board_replaced(s: &mut Story) {
    let body = Ballot { board: "b2", ..Ballot::PARTY }.body("party-244");
    s.offer_desk("a member of the former board", ["contest", "c90"], &body, &["m1", "m2"], "R-NOT-ENTITLED");
    s.offer_desk("members of the present board", ["contest", "c90"], &body, BOARD_2, "OK");
}

/// A result that departs from the rules.
pub fn deviating(s: &mut Story, bulletin: Sid) {
    let body = certificate(bulletin, &["01", "01"], "none", "đại hội quyết định");
    s.offer_desk("a deviation that elects one person twice", ["certify", "c13"], &body, BOARD_2, "R-FIELD");
}

/// More papers than were issued.
pub fn blocked(s: &mut Story, bulletin: Sid) {
    let body = certificate(bulletin, &["01", "02"], "short 1", "-");
    s.offer_desk("a certificate of more papers than were issued", ["certify", "c14"], &body, BOARD, "R-BLOCKED");
    let body = certificate(bulletin, &["01"], "none", "đại hội quyết định");
    s.offer_desk("the same with a deviation", ["certify", "c14"], &body, BOARD, "R-BLOCKED");
}

/// A list that is longer than its rules allow.
pub fn surplus(s: &mut Story) {
    s.offer_desk("a close of a list that is too long", ["close", "c15"], "", BOARD, "W-SURPLUS");
}

/// Bulletins that say something else than the log; of an open contest there is none.
pub fn bulletin(s: &mut Story) {
    let open = s.bulletin_text("c16");
    s.offer_text("§6", "a bulletin of a contest that is open", &open, &["tally"], "R-PHASE");
    s.offer_text(
        "§6",
        "a bulletin of a contest nobody knows",
        &open.replace("contest c16", "contest c90"),
        &["tally"],
        "R-UNKNOWN-CONTEST",
    );
    s.offer_text("§5", "a bulletin signed by a member", &open, &["k1"], "R-NOT-ENTITLED");
    s.offer_desk("a close with a bundle missing", ["close", "c16"], "", BOARD_2, "R-OPEN-BUNDLES");
}
