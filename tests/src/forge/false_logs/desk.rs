//! What a counting board may not say about its contests.

use super::{Case, and, organised};
use crate::forge::hall::*;

pub(super) const CASES: &[Case] = &[
    ("papers with one signature", || and(opened(), "papers", PAPERS, &["k2"]), 3, "signatures", "R-SIGNATURES"),
    (
        "a contest signed by a member of another board",
        || {
            let f = organised(opened(), "board", &board("b2", &[("k8", "Vũ An"), ("k9", "Vũ Bảo")]));
            and(f, "papers", PAPERS, &["k1", "k9"])
        },
        4,
        "signatures",
        "R-NOT-ENTITLED",
    ),
    (
        "a contest signed by organisers",
        || and(founded("accredited"), "contest", &true_contest(), ORGANISERS),
        2,
        "signatures",
        "R-NOT-ENTITLED",
    ),
    (
        "a board signed by its members",
        || {
            let mut f = opened();
            f.desk("board", "", &board("b2", &[("k8", "Vũ An"), ("k9", "Vũ Bảo")]), BOARD);
            f
        },
        3,
        "signatures",
        "R-NOT-ENTITLED",
    ),
    (
        "papers that do not follow the contest",
        || {
            let mut f = opened();
            f.heads.remove("c01");
            and(f, "papers", PAPERS, BOARD)
        },
        3,
        "prev",
        "R-WRONG-HEAD",
    ),
    (
        "bundles that are not the papers collected",
        || and(opened(), "papers", &PAPERS.replace("b002 50", "b002 49"), BOARD),
        3,
        "collected",
        "R-BUNDLES-COLLECTED",
    ),
    (
        "a bundle below the smallest",
        || and(opened(), "papers", &PAPERS.replace("b001 50", "b001 81").replace("b002 50", "b002 19"), BOARD),
        3,
        "bundle",
        "R-BUNDLE-TOO-SMALL",
    ),
    (
        "a bundle for a table nobody knows",
        || and(opened(), "papers", &PAPERS.replace("s01", "s09"), BOARD),
        3,
        "bundle",
        "R-UNKNOWN-STATION",
    ),
    (
        "a candidate who is a member of the board",
        || and(founded("accredited"), "contest", &contest(3, "party-244", "Ngô Văn Sơn"), BOARD),
        2,
        "candidate",
        "R-CANDIDATE-ON-BOARD",
    ),
    (
        "rules that nobody knows",
        || and(founded("accredited"), "contest", &contest(3, "party-300", "An"), BOARD),
        2,
        "profile",
        "R-UNKNOWN-PROFILE",
    ),
    (
        "a base without its parts",
        || and(founded("accredited"), "contest", &true_contest().replace("base convener-absent 0\n", ""), BOARD),
        2,
        "base",
        "R-FIELD",
    ),
    (
        "as many seats as names on a list to strike",
        || and(founded("accredited"), "contest", &contest(4, "party-244", "An"), BOARD),
        2,
        "seats",
        "R-FIELD",
    ),
    (
        "a contest with other seats after its first batch",
        || and(counted(), "contest", &contest(2, "party-244", "Nguyễn Văn An"), BOARD),
        6,
        "seats",
        "R-CONTEST-FIXED",
    ),
    (
        "a contest with another name after its first batch",
        || and(counted(), "contest", &contest(3, "party-244", "Nguyễn Văn Ân"), BOARD),
        6,
        "candidate",
        "R-CONTEST-FIXED",
    ),
    (
        "a settle on a batch that was withdrawn",
        || {
            let mut f = ready();
            let batch = f.batch("s01", "b001", FIGURES);
            f.table("withdraw", "s01", &format!("contest c01\ntarget {batch}\nreason nhầm\n"));
            and(f, "settle", &format!("bundle b001\nstands {batch}\nreason kiểm lại\n"), BOARD)
        },
        6,
        "stands",
        "R-NOT-LIVE",
    ),
    (
        "a settle on a batch of another number of papers",
        || {
            let mut f = ready();
            let batch = f.batch(
                "s01",
                "b001",
                &FIGURES.replace("ballots 50", "ballots 51").replace("left", "invalid blank 1\nleft"),
            );
            and(f, "settle", &format!("bundle b001\nstands {batch}\nreason kiểm lại\n"), BOARD)
        },
        5,
        "stands",
        "R-NOT-THE-PAPERS",
    ),
    (
        "a close with a bundle missing",
        || {
            let mut f = ready();
            f.batch("s01", "b001", FIGURES);
            and(f, "close", "", BOARD)
        },
        5,
        "contest",
        "R-OPEN-BUNDLES",
    ),
    (
        "a close with two different counts of a bundle",
        || {
            let mut f = counted();
            f.batch("s03", "b002", &FIGURES.replace("03 30", "03 29").replace("04 20", "04 21"));
            and(f, "close", "", BOARD)
        },
        7,
        "contest",
        "R-OPEN-BUNDLES",
    ),
    (
        "a close while papers received do not add up",
        || {
            let mut f = opened();
            f.desk("papers", "c01", &PAPERS.replace("received 105", "received 106"), BOARD);
            f.batch("s01", "b001", FIGURES);
            f.batch("s02", "b002", FIGURES);
            and(f, "close", "", BOARD)
        },
        6,
        "contest",
        "E-RECEIVED",
    ),
    ("a reopen of an open contest", || and(counted(), "reopen", "reason khiếu nại\n", BOARD), 6, "contest", "R-PHASE"),
];
