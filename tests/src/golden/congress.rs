//! The congress of the golden log, contest by contest: every kind of statement, every form, every way a bundle can stand,
//! and at each step what would have been refused there. It refuses to know files.

mod rounds;

use super::{
    hall::{
        BOARD, BOARD_2, Ballot, ORGANISERS, batch, board, boxes, certificate, manifest, minutes, names, papers, revoke,
        vkey,
    },
    refused,
    story::Story,
};
use tally::{Sid, profile::Rulebook};

/// The rules of the Party with two thirds instead of one half, laid in `profiles/`.
#[must_use]
pub fn two_thirds() -> String {
    let party = include_str!("../../../tally/profiles/party-190.toml");
    let named = party.replacen("name = \"party-190\"", "name = \"two-thirds\"", 1);
    named.replacen("more-than = [1, 2]", "more-than = [2, 3]", 1)
}

/// The whole log.
///
/// # Panics
/// The rules do not say what the story expects.
#[must_use]
pub fn held() -> Story {
    let own = tally::profile::RuleFile { path: "two-thirds.toml".into(), bytes: two_thirds().into_bytes() };
    let mut s = Story::new(Rulebook::with([own]).expect("a rule file"));
    founded(&mut s);
    delegates(&mut s);
    recounted_after_a_revocation(&mut s);
    counted_twice(&mut s);
    rounds::equal_votes(&mut s);
    rounds::older_first(&mut s);
    rounds::papers_counted(&mut s);
    rounds::with_alternates(&mut s);
    rounds::own_rules(&mut s);
    rounds::void_and_repeated(&mut s);
    rounds::blocked(&mut s);
    rounds::too_many_names(&mut s);
    rounds::many_bundles(&mut s);
    assert!(s.surprises.is_empty(), "{}", s.surprises.join("\n"));
    s
}

fn founded(s: &mut Story) {
    refused::before_the_manifest(s);
    s.say(&manifest(), ORGANISERS, "OK");
    let members = [("k1", "head", "Đỗ Thị Hạnh"), ("k2", "deputy", "Ngô Văn Sơn"), ("k3", "member", "Lý Thị Mai")];
    s.desk("board", "", &board("b1", &members), ORGANISERS);
    for (short, title) in [("s05", "Bàn số 5, máy thay"), ("w4", "-"), ("o4", "-"), ("p2", "Tỉnh")] {
        s.desk("key", "", &format!("key {}\ntitle {title}\n", vkey(short)), ORGANISERS);
    }
    s.desk("revoke", "", &revoke("w3", "-"), ORGANISERS);
    s.desk("revoke", "", &revoke("p1", "-"), &["o1", "o4"]);
    refused::keys(s);
}

/// States a contest and its papers.
fn open(s: &mut Story, id: &str, ballot: &Ballot, bundles: &[(&str, u32, &str)]) {
    let signers = if ballot.board == "b1" { BOARD } else { BOARD_2 };
    s.desk("contest", id, &ballot.body(ballot.profile), signers);
    s.desk("papers", id, &papers(bundles), signers);
}

/// Certifies what the rules give, which must be this.
fn certify(s: &mut Story, id: &str, bulletin: Sid, elected: &[&str], next: &str) -> Sid {
    s.desk("certify", id, &certificate(bulletin, elected, next, "-"), BOARD)
}

fn announce(s: &mut Story, id: &str, certify: Sid) {
    announce_by(s, id, certify, BOARD);
}

fn announce_by(s: &mut Story, id: &str, certify: Sid, signers: &[&str]) {
    s.desk("announce", id, &format!("certify {certify}\n"), signers);
}

fn delegates(s: &mut Story) {
    s.table("batch", "s04", &batch("c01", "b001", &names(40, &[], &[40, 30, 25, 25])), "S-UNKNOWN-CONTEST");
    let first = Ballot {
        names: &["Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Dung"], ..Ballot::PARTY
    };
    s.desk("contest", "c01", &first.body("party-244"), BOARD);
    s.table("batch", "s01", &batch("c01", "b001", &names(40, &[], &[40, 30, 25, 25])), "S-NO-PAPERS");
    refused::without_papers(s);
    s.desk("contest", "c01", &Ballot::PARTY.body("party-244"), &["k1", "k3"]);
    refused::texts(s);
    s.desk("papers", "c01", &papers(&[("b001", 41, "s01"), ("b002", 35, "s02"), ("b003", 28, "-")]), BOARD);
    s.desk("papers", "c01", &papers(&[("b001", 40, "s01"), ("b002", 35, "s02"), ("b003", 29, "-")]), BOARD);
    s.post("c01");
    set_aside(s);

    s.table("batch", "s01", &batch("c01", "b001", &names(40, &[], &[40, 30, 25, 25])), "B-COUNTED");
    let wrong = s.table("batch", "s02", &batch("c01", "b002", &names(34, &[], &[34, 30, 20, 18])), "B-MISMATCH");
    s.post("c01");
    refused::contest_with_batches(s, wrong);
    s.table("withdraw", "s02", &format!("contest c01\ntarget {wrong}\nreason đếm nhầm cỡ tập\n"), "OK");
    s.table("withdraw", "s02", &format!("contest c01\ntarget {wrong}\nreason lần nữa\n"), "S-NOT-LIVE");
    refused::withdrawn(s, wrong);
    let good = names(34, &[("blank", 1)], &[34, 30, 20, 18]);
    s.table("batch", "s02", &batch("c01", "b002", &good), "B-COUNTED");
    s.table("batch", "s02", &batch("c01", "b002", &good).replace("p01 p02", "p03"), "B-COUNTED");
    let settled = s.table("batch", "s03", &batch("c01", "b003", &names(29, &[], &[29, 20, 19, 19])), "B-COUNTED");
    s.table("batch", "s04", &batch("c01", "b003", &names(29, &[], &[28, 21, 19, 19])), "B-CONFLICT");
    s.post("c01");
    refused::open_bundles(s);
    s.desk("decide", "c01", "about papers b003 1\nruling valid\nreason nét gạch rõ\n", BOARD);
    s.desk("decide", "c01", "about papers b002 1\nruling invalid blank\nreason gạch hết\n", BOARD);
    s.desk("settle", "c01", &format!("bundle b003\nstands {settled}\nreason đếm lại: bàn 3 đúng\n"), BOARD);
    s.table("withdraw", "s03", &format!("contest c01\ntarget {settled}\nreason nhầm\n"), "S-SETTLED");
}

/// What a table may say, and what of it never counts.
fn set_aside(s: &mut Story) {
    let good = names(29, &[], &[29, 20, 19, 19]);
    let figures =
        |change: &[(&str, &str)]| change.iter().fold(good.clone(), |text, (from, to)| text.replacen(from, to, 1));
    for (station, bundle, figures, code) in [
        ("s04", "b009", good.clone(), "S-UNKNOWN-BUNDLE"),
        ("s04", "b001", good.clone(), "S-OTHER-TABLE"),
        ("s04", "b003", boxes(29, &[], &[20; 4], &[9; 4]), "S-OTHER-FORM"),
        ("s04", "b003", names(29, &[], &[29, 20, 19]), "S-OTHER-LIST"),
        ("s04", "b003", names(28, &[("both-boxes", 1)], &[28, 20, 18, 18]), "S-VOID-REASON"),
        ("s04", "b003", figures(&[("ballots 29", "ballots 30")]), "S-IDENTITY-1"),
        ("s04", "b003", figures(&[("left 3 29", "left 3 27\nleft 6 1")]), "S-IDENTITY-2"),
        ("s04", "b003", figures(&[("votes 04 19", "votes 04 18")]), "S-IDENTITY-3"),
        ("s04", "b003", figures(&[("votes 01 29", "votes 01 30"), ("votes 04 19", "votes 04 18")]), "S-IDENTITY-4"),
        // Several faults are named in their order: another bundle, then every identity that is broken.
        ("s04", "b009", figures(&[("ballots 29", "ballots 28"), ("votes 01 29", "votes 01 31")]), "S-UNKNOWN-BUNDLE"),
    ] {
        s.table("batch", station, &batch("c01", bundle, &figures), code);
    }
}

fn recounted_after_a_revocation(s: &mut Story) {
    let first = s.close("c01", BOARD);
    s.table(
        "batch",
        "s01",
        &batch("c01", "b001", &names(40, &[], &[40, 30, 25, 25])).replace("p01", "p09"),
        "S-NOT-OPEN",
    );
    refused::closed(s, first);
    let certified = certify(s, "c01", first, &["01", "02", "03"], "none");
    let seals = "seal NP-0012\nseal NP-0013\naccepted W-NAMES\ncomplaint -\n";
    let written = s.desk("minutes", "c01", &minutes(certified, seals, "-"), BOARD);
    refused::certified(s, certified, written);
    let corrected = minutes(certified, "complaint Bàn 3 đếm chậm.\ncomplaint Thiếu bút.\n", &written.to_string());
    let written = s.desk("minutes", "c01", &corrected, BOARD);
    s.desk("revoke", "", &revoke("s03", "0"), ORGANISERS);
    refused::revoked_after_close(s, first, certified);
    s.desk("reopen", "c01", "reason khóa của bàn 3 bị lộ\n", BOARD);
    s.post("c01");
    let again = names(29, &[], &[29, 20, 19, 18]);
    let stands = s.table("batch", "s05", &batch("c01", "b003", &again), "B-UNSETTLED");
    s.desk("settle", "c01", &format!("bundle b003\nstands {stands}\nreason bàn 5 đếm lại\n"), BOARD);
    let second = s.close("c01", BOARD);
    refused::closed_again(s, first);
    let certified = certify(s, "c01", second, &["01", "02", "03"], "none");
    s.desk("minutes", "c01", &minutes(certified, "complaint -\n", &written.to_string()), BOARD);
    announce(s, "c01", certified);
    refused::announced(s, certified);
}

fn counted_twice(s: &mut Story) {
    let members: &[(&str, u64)] =
        &[("summoned", 60), ("transferred", 2), ("excused", 1), ("suspended", 0), ("absent-approved", 1)];
    let list = Ballot {
        form: "agree-list",
        profile: "party-190-members",
        seats: 2,
        choices: "-",
        counts: 2,
        base: members,
        names: &["Vũ Văn Đạt", "Mai Thị Hoa"],
        ..Ballot::PARTY
    };
    open(s, "c02", &list, &[("b001", 56, "-")]);
    refused::two_counts(s);
    let figures = boxes(55, &[("blank", 1)], &[50, 20], &[4, 35]);
    s.table("batch", "s01", &batch("c02", "b001", &figures), "B-WAITING");
    s.post("c02");
    s.table("batch", "s01", &batch("c02", "b001", &figures).replace("p01", "p05"), "B-WAITING");
    s.table("batch", "s02", &batch("c02", "b001", &figures), "B-COUNTED");
    s.table("batch", "s04", &batch("c02", "b001", &figures), "B-COUNTED");
    s.table("batch", "s04", &batch("c02", "b001", &boxes(56, &[], &[50, 20], &[10, 36])), "S-IDENTITY-5");
    let bulletin = s.close("c02", BOARD);
    let certified = certify(s, "c02", bulletin, &["01"], "short 1");
    announce(s, "c02", certified);

    let single = Ballot {
        round: ("continued", "c02"),
        form: "agree-single",
        seats: 1,
        counts: 1,
        names: &["Mai Thị Hoa"],
        ..list
    };
    open(s, "c03", &single, &[("b001", 28, "s01"), ("b002", 27, "s02")]);
    let (one, other) = (boxes(27, &[("no-mark", 1)], &[20], &[7]), boxes(26, &[("both-boxes", 1)], &[15], &[11]));
    s.table("batch", "s01", &batch("c03", "b001", &one), "B-COUNTED");
    s.table("batch", "s02", &batch("c03", "b002", &other), "B-COUNTED");
    let bulletin = s.close("c03", BOARD);
    certify(s, "c03", bulletin, &["01"], "none");
}
