//! Contests by many rules: ties, shortages, age, alternates, a void one and its repetition, one of many bundles. It refuses to
//! know how a congress begins.

use super::{announce_by, certify, open, two_thirds};
use crate::golden::{
    hall::{BOARD, BOARD_2, Ballot, ORGANISERS, batch, board, boxes, certificate, names, papers, serial},
    refused,
    story::Story,
};

/// Equal votes for one seat, and the round between the two.
pub fn equal_votes(s: &mut Story) {
    let list = Ballot {
        form: "approve",
        profile: "plurality",
        seats: 1,
        choices: "unlimited",
        base: &[("summoned", 60)],
        names: &["Vũ Văn Đạt", "Mai Thị Hoa", "Hồ Văn Lâm"],
        ..Ballot::PARTY
    };
    open(s, "c04", &list, &[("b001", 42, "-")]);
    s.table("batch", "s02", &batch("c04", "b001", &names(41, &[("overvote", 1)], &[30, 30, 10])), "S-VOID-REASON");
    s.table("batch", "s02", &batch("c04", "b001", &names(40, &[("not-issued", 2)], &[30, 30, 10])), "B-COUNTED");
    let bulletin = s.close("c04", BOARD);
    certify(s, "c04", bulletin, &[], "tie 01 02 for 1");
    let tied = Ballot { round: ("tie", "c04"), choices: "1", names: &["Vũ Văn Đạt", "Mai Thị Hoa"], ..list };
    open(s, "c05", &tied, &[("b001", 42, "-")]);
    let figures = names(40, &[("overvote", 1), ("identifying-mark", 1)], &[25, 15]);
    s.table("batch", "s02", &batch("c05", "b001", &figures), "B-COUNTED");
    let bulletin = s.close("c05", BOARD);
    certify(s, "c05", bulletin, &["01"], "none");
}

/// Equal votes, and the older is elected.
pub fn older_first(s: &mut Story) {
    let list = Ballot {
        profile: "state-85-2015",
        seats: 2,
        choices: "2",
        base: &[("listed-voters", 120), ("voted", 68), ("re-election", 0)],
        more: "born 01 1970-01-31\nborn 02 1961-02-28\nborn 03 1960-02-29\nborn 04 1980-12-01\ntrait 02 female\n\
               trait 02 under-40\ntrait 04 female\n",
        ..Ballot::PARTY
    };
    open(s, "c06", &list, &[("b001", 34, "s01"), ("b002", 34, "s02")]);
    s.table("batch", "s01", &batch("c06", "b001", &names(33, &[("added-name", 1)], &[26, 17, 18, 5])), "B-COUNTED");
    s.table("batch", "s02", &batch("c06", "b002", &names(32, &[("overvote", 2)], &[24, 18, 17, 5])), "B-COUNTED");
    let bulletin = s.close("c06", BOARD);
    certify(s, "c06", bulletin, &["01", "03"], "none");
}

/// Rules that take their share of the papers counted.
pub fn papers_counted(s: &mut Story) {
    let list = Ballot {
        profile: "union",
        seats: 2,
        choices: "2",
        base: &[("summoned", 100)],
        names: &["Vũ Văn Đạt", "Mai Thị Hoa", "Hồ Văn Lâm"],
        ..Ballot::PARTY
    };
    open(s, "c07", &list, &[("b001", 60, "-")]);
    s.table("batch", "s01", &batch("c07", "b001", &names(55, &[("blank", 5)], &[40, 30, 20])), "B-COUNTED");
    let bulletin = s.close("c07", BOARD);
    refused::short_of_one(s, bulletin);
    certify(s, "c07", bulletin, &["01"], "short 1");

    let boxed =
        Ballot {
            form: "agree-list", profile: "youth", choices: "-", names: &["Vũ Văn Đạt", "Mai Thị Hoa"], ..list
        };
    open(s, "c08", &boxed, &[("b001", 30, "-")]);
    s.table("batch", "s01", &batch("c08", "b001", &boxes(30, &[], &[20, 20], &[9, 10])), "S-IDENTITY-5");
    let figures = boxes(27, &[("both-boxes", 2), ("no-mark", 1)], &[20, 16], &[7, 11]);
    s.table("batch", "s01", &batch("c08", "b001", &figures), "B-COUNTED");
    let bulletin = s.close("c08", BOARD);
    certify(s, "c08", bulletin, &["01", "02"], "none");
}

/// A delegation with alternates, and a poll.
pub fn with_alternates(s: &mut Story) {
    let list = Ballot {
        profile: "party-244-delegation",
        seats: 2,
        choices: "2",
        base: &[("summoned", 110), ("absent-throughout", 4), ("convener-absent", 2), ("alternate-seats", 2)],
        names: &["Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thị Dung", "Hồ Văn Lâm"],
        ..Ballot::PARTY
    };
    open(s, "c09", &list, &[("b001", 52, "s01"), ("b002", 52, "s02")]);
    s.table("batch", "s01", &batch("c09", "b001", &names(52, &[], &[30, 29, 27, 10, 8])), "B-COUNTED");
    s.table("batch", "s02", &batch("c09", "b002", &names(52, &[], &[30, 29, 27, 10, 8])), "B-COUNTED");
    let bulletin = s.close("c09", BOARD);
    certify(s, "c09", bulletin, &["01", "02"], "none");

    let poll = Ballot {
        form: "approve",
        profile: "opinion-poll",
        seats: 3,
        choices: "2",
        base: &[("summoned", 100)],
        ..Ballot::PARTY
    };
    open(s, "c11", &poll, &[("b001", 60, "-")]);
    s.table("batch", "s04", &batch("c11", "b001", &names(60, &[], &[40, 31, 30, 5])), "B-COUNTED");
    let bulletin = s.close("c11", BOARD);
    certify(s, "c11", bulletin, &["01", "02"], "none");
}

/// A contest by rules of the event's own.
pub fn own_rules(s: &mut Story) {
    let word = tally::profile::content_word(two_thirds().as_bytes()).to_string();
    s.desk("contest", "c10", &Ballot::PARTY.body(&word), BOARD);
    s.desk("papers", "c10", &papers(&[("b001", 104, "-")]), BOARD);
    s.table("batch", "s01", &batch("c10", "b001", &names(104, &[], &[100, 70, 69, 60])), "B-COUNTED");
    let bulletin = s.close("c10", BOARD);
    certify(s, "c10", bulletin, &["01", "02"], "short 1");
}

/// A contest that is void, its board replaced, and the vote repeated.
pub fn void_and_repeated(s: &mut Story) {
    let void = Ballot {
        profile: "party-190",
        names: &["Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Lê Na"],
        ..Ballot::PARTY
    };
    open(s, "c12", &void, &[("b001", 50, "-")]);
    s.table("batch", "s01", &batch("c12", "b001", &names(50, &[], &[50, 40, 30, 30])), "B-COUNTED");
    s.desk("annul", "c12", "reason in sai tên\n", BOARD);
    refused::annulled(s);

    let members = [("m1", "head", "Tạ Văn Ba"), ("m2", "member", "Tạ Thị Bốn")];
    s.desk("board", "", &board("b2", &members), ORGANISERS);
    let replaced = [("m1", "head", "Tạ Văn Ba"), ("m3", "member", "Tạ Văn Sáu")];
    s.desk("board", "", &board("b2", &replaced), ORGANISERS);
    refused::board_replaced(s);
    let repeat = Ballot { board: "b2", round: ("repeat", "c12"), ..void };
    open(s, "c13", &repeat, &[("b001", 50, "s01"), ("b002", 25, "-")]);
    s.table("batch", "s01", &batch("c13", "b001", &names(50, &[], &[50, 40, 30, 30])), "B-COUNTED");
    s.desk("settle", "c13", "bundle b002\nstands -\nreason tập b002 bị ướt\n", BOARD_2);
    s.table("batch", "s02", &batch("c13", "b002", &names(25, &[], &[25, 20, 15, 15])), "B-GIVEN-UP");
    let bulletin = s.close("c13", BOARD_2);
    refused::deviating(s, bulletin);
    let body = certificate(bulletin, &["01", "02"], "none", "đại hội quyết định bầu 2");
    let certified = s.desk("certify", "c13", &body, BOARD_2);
    announce_by(s, "c13", certified, BOARD_2);
}

/// More papers came back than were issued.
pub fn blocked(s: &mut Story) {
    let list =
        Ballot { form: "approve", profile: "majority-valid", choices: "2", base: &[("summoned", 62)], ..Ballot::PARTY };
    s.desk("contest", "c14", &list.body(list.profile), BOARD);
    let papers = |received: u32, issued: u32| {
        format!("received {received}\nissued {issued}\nunused 4\nspoiled 1\ncollected 60\nbundle b001 60 -\n")
    };
    s.desk("papers", "c14", &papers(66, 60), BOARD);
    s.table("batch", "s01", &batch("c14", "b001", &names(60, &[], &[40, 31, 30, 5])), "B-COUNTED");
    s.offer_desk("a close while the papers received do not add up", ["close", "c14"], "", BOARD, "E-RECEIVED");
    s.desk("papers", "c14", &papers(68, 63), BOARD);
    s.offer_desk("a close with more papers issued than people", ["close", "c14"], "", BOARD, "E-ISSUED");
    s.desk("papers", "c14", &papers(64, 59), BOARD);
    let bulletin = s.close("c14", BOARD);
    refused::blocked(s, bulletin);
}

/// A list that is longer than its rules allow.
pub fn too_many_names(s: &mut Story) {
    let list = Ballot {
        profile: "party-190-committee",
        seats: 1,
        choices: "1",
        base: &[("in-office", 30), ("absent-excused", 2)],
        ..Ballot::PARTY
    };
    open(s, "c15", &list, &[("b001", 28, "-")]);
    s.table("batch", "s01", &batch("c15", "b001", &names(28, &[], &[15, 8, 3, 2])), "B-COUNTED");
    s.desk("decide", "c15", "about warning W-NAMES\nruling accepted\nreason không trùng\n", BOARD);
    refused::surplus(s);
    s.desk("decide", "c15", "about warning W-SURPLUS\nruling accepted\nreason hội nghị biểu quyết\n", BOARD);
    let bulletin = s.close("c15", BOARD);
    certify(s, "c15", bulletin, &["01"], "none");
}

/// So many bundles that the log has a full tile and a higher one; its last bundle is still out.
pub fn many_bundles(s: &mut Story) {
    let list = Ballot {
        board: "b2",
        profile: "party-244",
        base: &[("summoned", 4_000), ("absent-throughout", 4), ("convener-absent", 2)],
        ..Ballot::PARTY
    };
    s.desk("contest", "c16", &list.body(list.profile), BOARD_2);
    let ids: Vec<String> = (1..=170).map(|n| format!("b{n:03}")).collect();
    let bundles: Vec<(&str, u32, &str)> = ids.iter().map(|id| (&**id, 20, "-")).collect();
    s.desk("papers", "c16", &papers(&bundles), BOARD_2);
    for (n, id) in (0_u32..).zip(&ids[..ids.len() - 1]) {
        let (some, few) = (n % 13, n / 13);
        let figures = names(20, &[], &[20 - few.min(6), 7 + some, 14 - few, 19 - some]);
        let serials = match n {
            0 => "001-020",
            1 => "0020-0039", // the width of the printed numbers does not matter
            2 => "00040-00059",
            _ => "-",
        };
        let station = ["s01", "s02", "s04", "s05"][(n % 4) as usize];
        s.table("batch", station, &serial("c16", id, &figures, serials), "B-COUNTED");
    }
    refused::bulletin(s);
    refused::repeated(s);
    s.post("c16");
}
