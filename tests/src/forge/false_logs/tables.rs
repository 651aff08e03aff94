//! Breaks in the tables' chains, and batches signed by somebody else.

use super::{Case, organised, raw, revoke};
use crate::forge::hall::*;
use tlog::Hash;

pub(super) const CASES: &[Case] = &[
    (
        "a table's chain with a gap",
        || {
            let mut f = ready();
            f.table_at("batch", "s01", 2, Hash::ZERO, &batch("b001", FIGURES), "s01");
            f
        },
        4,
        "prev",
        "R-WRONG-HEAD",
    ),
    (
        "a table's place used twice",
        || {
            let mut f = ready();
            f.batch("s02", "b002", FIGURES);
            f.table_at("batch", "s02", 1, Hash::ZERO, &batch("b002", FIGURES).replace("p01", "p03"), "s02");
            f
        },
        5,
        "prev",
        "R-WRONG-HEAD",
    ),
    (
        "a table that follows another's statement",
        || {
            let mut f = ready();
            f.batch("s02", "b002", FIGURES);
            let prev = f.batch("s01", "b001", FIGURES);
            f.table_at("batch", "s02", 2, prev, &batch("b002", FIGURES), "s02");
            f
        },
        6,
        "prev",
        "R-WRONG-HEAD",
    ),
    (
        "a batch signed by another table",
        || {
            let mut f = ready();
            f.table_at("batch", "s01", 1, Hash::ZERO, &batch("b001", FIGURES), "s02");
            f
        },
        4,
        "signatures",
        "R-NOT-ENTITLED",
    ),
    (
        "a batch signed by a member",
        || {
            let mut f = ready();
            f.table_at("batch", "s01", 1, Hash::ZERO, &batch("b001", FIGURES), "k1");
            f
        },
        4,
        "signatures",
        "R-NOT-ENTITLED",
    ),
    (
        "a batch beyond the last of a revoked table",
        || {
            let mut f = organised(counted(), "revoke", &revoke("station/s02", "1"));
            f.batch("s02", "b002", FIGURES);
            f
        },
        7,
        "seq",
        "R-REVOKED",
    ),
    (
        "the same batch twice",
        || {
            let f = counted();
            let again = f.entries[5].clone();
            raw(f, &again)
        },
        6,
        "sid",
        "R-REPEATED",
    ),
];
