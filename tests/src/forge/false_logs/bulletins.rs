//! Bulletins in the log that say something else than the log.

use super::{Case, any_hash};
use crate::forge::hall::*;

pub(super) const CASES: &[Case] = &[
    (
        "a bulletin with other figures",
        || {
            let mut f = shut();
            f.bulletin("c01", &TOTALS.replace("01 100", "01 99").replace("04 40", "04 41"));
            f
        },
        7,
        "votes",
        "R-BULLETIN-DIFFERS",
    ),
    (
        "a bulletin that loses an invalid paper",
        || {
            let mut f = shut();
            f.bulletin("c01", &TOTALS.replace("ballots 100", "ballots 101").replace("left", "invalid blank 1\nleft"));
            f
        },
        7,
        "ballots",
        "R-BULLETIN-DIFFERS",
    ),
    (
        "a bulletin with another root",
        || {
            let mut f = shut();
            let text = f.bulletin_text("c01", 7, TOTALS).replace(&f.tree.root().to_string(), &any_hash("x"));
            f.say(&text, &["tally"]);
            f
        },
        7,
        "root",
        "R-BULLETIN-DIFFERS",
    ),
    (
        "a bulletin of a size before its close",
        || {
            let mut f = shut();
            let text = f.bulletin_text("c01", 6, TOTALS);
            f.say(&text, &["tally"]);
            f
        },
        7,
        "size",
        "R-BULLETIN-DIFFERS",
    ),
    (
        "a bulletin of a size still to come",
        || {
            let mut f = shut();
            let text = f.bulletin_text("c01", 9, TOTALS);
            f.say(&text, &["tally"]);
            f
        },
        7,
        "size",
        "R-BULLETIN-DIFFERS",
    ),
    (
        "two bulletins of one close",
        || {
            let (mut f, _) = closed();
            f.bulletin("c01", TOTALS);
            f
        },
        8,
        "contest",
        "R-BULLETIN-STANDS",
    ),
    (
        "a bulletin of a contest that is open",
        || {
            let mut f = counted();
            f.bulletin("c01", TOTALS);
            f
        },
        6,
        "contest",
        "R-PHASE",
    ),
    (
        "a bulletin signed by a member",
        || {
            let mut f = shut();
            let text = f.bulletin_text("c01", 7, TOTALS);
            f.say(&text, &["k1"]);
            f
        },
        7,
        "signatures",
        "R-NOT-ENTITLED",
    ),
];
