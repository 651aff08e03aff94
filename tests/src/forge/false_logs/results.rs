//! Certificates, minutes and announcements that the figures do not bear out.

use super::{Case, and, any_hash, organised, revoke};
use crate::forge::hall::*;

pub(super) const CASES: &[Case] = &[
    (
        "a certificate of an older bulletin",
        || {
            let (f, old) = closed();
            let mut f = and(and(f, "reopen", "reason khiếu nại\n", BOARD), "close", "", BOARD);
            f.bulletin("c01", TOTALS);
            and(f, "certify", &certificate(old, &["01", "02", "03"], "none"), BOARD)
        },
        11,
        "bulletin",
        "R-NOT-THE-BULLETIN",
    ),
    (
        "a certificate of somebody not elected",
        || {
            let (f, bulletin) = closed();
            and(f, "certify", &certificate(bulletin, &["01", "02", "04"], "none"), BOARD)
        },
        8,
        "elected",
        "R-NOT-THE-OUTCOME",
    ),
    (
        "a certificate in another order",
        || {
            let (f, bulletin) = closed();
            and(f, "certify", &certificate(bulletin, &["02", "01", "03"], "none"), BOARD)
        },
        8,
        "elected",
        "R-NOT-THE-OUTCOME",
    ),
    (
        "a certificate that leaves a seat open",
        || {
            let (f, bulletin) = closed();
            and(f, "certify", &certificate(bulletin, &["01", "02", "03"], "short 1"), BOARD)
        },
        8,
        "next",
        "R-NOT-THE-OUTCOME",
    ),
    (
        "a deviation that elects one person twice",
        || {
            let (f, bulletin) = closed();
            let body = certificate(bulletin, &["01", "01"], "none").replace("deviation -", "deviation theo đại hội");
            and(f, "certify", &body, BOARD)
        },
        8,
        "elected",
        "R-FIELD",
    ),
    (
        "a certificate with one signature",
        || {
            let (f, bulletin) = closed();
            and(f, "certify", &certificate(bulletin, &["01", "02", "03"], "none"), &["k1"])
        },
        8,
        "signatures",
        "R-SIGNATURES",
    ),
    (
        "a certificate of more papers than were issued",
        || {
            let mut f = opened();
            f.desk("papers", "c01", &PAPERS.replace("105", "104").replace("issued 100", "issued 99"), BOARD);
            f.batch("s01", "b001", FIGURES);
            f.batch("s02", "b002", FIGURES);
            f.desk("close", "c01", "", BOARD);
            let bulletin = f.bulletin("c01", TOTALS);
            and(f, "certify", &certificate(bulletin, &["01", "02", "03"], "none"), BOARD)
        },
        8,
        "contest",
        "R-BLOCKED",
    ),
    (
        "a certificate after a table was revoked below its head",
        || {
            let (f, bulletin) = closed();
            let f = organised(f, "revoke", &revoke("station/s01", "0"));
            and(f, "certify", &certificate(bulletin, &["01", "02", "03"], "none"), BOARD)
        },
        9,
        "contest",
        "R-REVOKED-AFTER-CLOSE",
    ),
    (
        "an announcement before the certificate",
        || {
            let (f, bulletin) = closed();
            and(f, "announce", &format!("certify {bulletin}\n"), BOARD)
        },
        8,
        "contest",
        "R-PHASE",
    ),
    (
        "an announcement of another certificate",
        || {
            let (f, _) = certified();
            and(f, "announce", &format!("certify {}\n", any_hash("x")), BOARD)
        },
        9,
        "certify",
        "R-NOT-THE-CERTIFICATE",
    ),
    (
        "minutes that replace what is not there",
        || {
            let (f, certify) = certified();
            and(f, "minutes", &minutes(certify, &any_hash("x")), BOARD)
        },
        9,
        "replaces",
        "R-NOT-THE-MINUTES",
    ),
    (
        "second minutes that do not say what they correct",
        || {
            let (f, certify) = certified();
            let f = and(f, "minutes", &minutes(certify, "-"), BOARD);
            and(f, "minutes", &minutes(certify, "-").replace("copies 3", "copies 4"), BOARD)
        },
        10,
        "replaces",
        "R-NOT-THE-MINUTES",
    ),
    (
        "a statement on a contest that is void",
        || {
            let f = and(counted(), "annul", "reason in sai\n", BOARD);
            and(f, "close", "", BOARD)
        },
        7,
        "contest",
        "R-PHASE",
    ),
];
