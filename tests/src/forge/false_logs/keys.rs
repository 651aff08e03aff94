//! Keys that may not come in or back, and texts that are no statements.

use super::{Case, and, organised, raw, revoke};
use crate::forge::{hall::*, key, sign};
use tlog::Note;

pub(super) const CASES: &[Case] = &[
    (
        "the manifest twice",
        || {
            let f = counted();
            let again = f.entries[0].clone();
            raw(f, &again)
        },
        6,
        "sid",
        "R-REPEATED",
    ),
    (
        "a second manifest",
        || raw(counted(), sign(&manifest_text("Đại hội khác", "accredited"), ORGANISERS).as_bytes()),
        6,
        "kind",
        "R-MANIFEST-PLACE",
    ),
    (
        "a key under another name",
        || {
            let reused = key("s01");
            let renamed = tlog::VerifierKey::new(
                &format!("{}/station/s04", crate::forge::ORIGIN),
                reused.verifier().kind(),
                *reused.verifier().public(),
            );
            organised(counted(), "key", &format!("key {}\ntitle -\n", renamed.unwrap()))
        },
        6,
        "key",
        "R-KEY-TAKEN",
    ),
    (
        "a name used again",
        || {
            let other =
                tlog::SigningKey::from_seed(key("s01").verifier().name(), tlog::KeyKind::Ed25519, &[7; 32]).unwrap();
            organised(counted(), "key", &format!("key {}\ntitle -\n", other.verifier()))
        },
        6,
        "key",
        "R-KEY-TAKEN",
    ),
    (
        "a revoked member on a new board",
        || {
            let f = organised(opened(), "revoke", &revoke("board/k3", "-"));
            organised(f, "board", &board("b1", MEMBERS))
        },
        4,
        "key",
        "R-KEY-TAKEN",
    ),
    (
        "a revoked member signs",
        || {
            let f = organised(opened(), "revoke", &revoke("board/k2", "-"));
            and(f, "papers", PAPERS, BOARD)
        },
        4,
        "signatures",
        "R-REVOKED",
    ),
    (
        "fewer organisers than must sign",
        || {
            let f = organised(opened(), "revoke", &revoke("organiser/o3", "-"));
            organised(f, "revoke", &revoke("organiser/o2", "-"))
        },
        4,
        "key",
        "R-TOO-FEW-ORGANISERS",
    ),
    ("the tally key revoked", || organised(opened(), "revoke", &revoke("tally", "-")), 3, "key", "R-KEY-FIXED"),
    (
        "a kind of statement nobody knows",
        || {
            let f = counted();
            let text = f.desk_text("close", "c01", "").replace("/close", "/shut");
            raw(f, sign(&text, BOARD).as_bytes())
        },
        6,
        "text",
        "R-MALFORMED",
    ),
    (
        "a text that is not NFC",
        || and(counted(), "reopen", "reason khie\u{302}\u{301}u na\u{323}i\n", BOARD),
        6,
        "text",
        "R-MALFORMED",
    ),
    (
        "a number with a leading zero",
        || and(opened(), "papers", &PAPERS.replace("issued 100", "issued 0100"), BOARD),
        3,
        "text",
        "R-MALFORMED",
    ),
    ("a line that does not belong", || and(counted(), "close", "time 1593000000\n", BOARD), 6, "text", "R-MALFORMED"),
    (
        "a statement of another event",
        || {
            let mut f = counted();
            f.event = tlog::sha256(b"another");
            let mut f = and(f, "close", "", BOARD);
            f.event = founded("accredited").event;
            f
        },
        6,
        "election",
        "R-OTHER-EVENT",
    ),
    (
        "signature lines that do not ascend",
        || {
            let f = counted();
            let text = f.desk_text("close", "c01", "");
            let note = sign(&text, BOARD).to_string();
            let (mut lines, body): (Vec<&str>, Vec<&str>) = note.lines().partition(|l| l.starts_with('—'));
            lines.reverse();
            raw(f, format!("{}\n{}\n", body.join("\n"), lines.join("\n")).as_bytes())
        },
        6,
        "signatures",
        "R-SIGNATURE-LINES",
    ),
    (
        "a stranger's signature beside the board's",
        || {
            let f = counted();
            let text = f.desk_text("close", "c01", "");
            raw(f, sign(&text, &["k1", "k2", "k7"]).as_bytes())
        },
        6,
        "signatures",
        "R-UNKNOWN-KEY",
    ),
    (
        "a signature of another text",
        || {
            let f = counted();
            let text = f.desk_text("close", "c01", "");
            let other = sign("other\n", &["k2"]);
            let lines = sign(&text, &["k1"]).signatures().iter().chain(other.signatures()).cloned().collect::<Vec<_>>();
            raw(f, Note::signed_by(&text, lines).unwrap().as_bytes())
        },
        6,
        "signatures",
        "R-BAD-SIGNATURE",
    ),
    ("bytes that are no note", || raw(counted(), b"no note"), 6, "text", "R-MALFORMED"),
];
