//! What a counting board may not say of its contests, and the server of its bulletins.

use super::refusals::{Case, certified, closed, field, one};
use crate::forge::{STRIKE, ZEROS, names, papers};
use tally::{
    Papers, Ruling, Sid,
    reconcile::{Blocks, Check},
    ruling::{BundleState, Phase, Refusal, Sentence},
};

pub(super) fn about_contests() -> Vec<Case> {
    vec![
        (
            "a board nobody elected",
            |h| h.desk("contest", "c02", &STRIKE.replace("b1", "b7")),
            Refusal::UnknownBoard("b7".parse().unwrap()),
        ),
        (
            "papers of a contest that is not there",
            |h| h.desk("papers", "c07", &papers(&["b001 30 -"])),
            Refusal::UnknownContest("c07".parse().unwrap()),
        ),
        (
            "a round that follows a contest that is not there",
            |h| h.desk("contest", "c02", &STRIKE.replace("first\nfollows -", "tie\nfollows c07")),
            Refusal::UnknownContest("c07".parse().unwrap()),
        ),
        (
            "a round that follows itself",
            |h| h.desk("contest", "c02", &STRIKE.replace("first\nfollows -", "tie\nfollows c02")),
            Refusal::UnknownContest("c02".parse().unwrap()),
        ),
        (
            "a first contest that follows one",
            |h| h.desk("contest", "c02", &STRIKE.replace("follows -", "follows c01")),
            field("follows", "a first contest follows none, every other one names the one before"),
        ),
        (
            "a further round that follows none",
            |h| h.desk("contest", "c02", &STRIKE.replace("first", "repeat")),
            field("follows", "a first contest follows none, every other one names the one before"),
        ),
        (
            "rules nobody wrote",
            |h| h.desk("contest", "c02", &STRIKE.replace("party-244", "party-245")),
            Refusal::UnknownProfile("party-245".into()),
        ),
        (
            "a member of the counting board on the list",
            |h| h.desk("contest", "c02", &STRIKE.replace("Trần Thị Bình", "Ủy viên k3")),
            Refusal::CandidateOnBoard { name: "Ủy viên k3".into() },
        ),
        (
            "another list after the first batch",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("contest", "c01", &STRIKE.replace("Cường", "Cương"))
            },
            Refusal::ContestFixed { field: "candidate" },
        ),
        (
            "a contest that is closed before its papers are stated",
            |h| {
                h.desk("contest", "c02", STRIKE);
                h.desk("close", "c02", "")
            },
            Refusal::NoPapers,
        ),
        (
            "bundles that are not all the papers collected",
            |h| h.desk("papers", "c01", &papers(&["b001 30 -"]).replace("collected 30", "collected 31")),
            Refusal::BundlesCollected { bundles: 30, collected: 31 },
        ),
        (
            "a bundle of no papers",
            |h| h.desk("papers", "c01", &papers(&["b001 30 -", "b002 0 -"])),
            Refusal::BundleTooSmall { bundle: "b002".parse().unwrap(), papers: Papers(0), min: 1 },
        ),
        (
            "a table named where several count every bundle",
            |h| {
                h.desk("contest", "c02", &STRIKE.replace("counts 1", "counts 2"));
                h.desk("papers", "c02", &papers(&["b001 30 s01"]))
            },
            Refusal::TableNamed { bundle: "b001".parse().unwrap() },
        ),
        (
            "a table nobody registered",
            |h| h.desk("papers", "c01", &papers(&["b001 30 s09"])),
            Refusal::UnknownStation("s09".parse().unwrap()),
        ),
    ]
}

/// Checks that fail, by their English sentences for the committee; the others are [`without_vi`].
fn checks(failed: &[(&'static str, &str)]) -> Refusal {
    let said = |en: &str| Sentence { vi: String::new(), en: en.to_owned() };
    let blocks = |code: &str| if code.starts_with("E-") { Blocks::Close } else { Blocks::CloseUntilAccepted };
    let check =
        |(code, en): &(&'static str, &str)| Check { code, blocks: blocks(code), committee: said(en), table: said("") };
    Refusal::Checks(failed.iter().map(check).collect())
}

/// The refusal of checks with their English sentences for the committee alone.
pub(super) fn without_vi(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Checks(failed) => {
            assert!(
                failed.iter().all(|c| !c.committee.vi.is_empty() && !c.table.vi.is_empty() && !c.table.en.is_empty())
            );
            checks(&failed.iter().map(|c| (c.code, c.committee.en.as_str())).collect::<Vec<_>>())
        }
        other => other,
    }
}

pub(super) fn about_settling_and_closing() -> Vec<Case> {
    vec![
        (
            "a bundle that is not in the papers",
            |h| h.settle("c01", "b009", "-"),
            Refusal::UnknownBundle("b009".parse().unwrap()),
        ),
        ("a batch that is not there", |h| h.settle("c01", "b001", ZEROS), Refusal::NotLive { batch: Sid::ZERO }),
        (
            "a batch with another number of papers",
            |h| {
                h.batch("s01", "c01", "b001", &names(0, 29, [29, 16, 4]));
                let batch = h.last("s01").to_string();
                h.settle("c01", "b001", &batch)
            },
            Refusal::NotThePapers { batch: Papers(29), papers: Papers(30) },
        ),
        (
            "bundles that are open",
            |h| h.desk("close", "c01", ""),
            Refusal::OpenBundles { count: 1, first: "b001".parse().unwrap(), state: BundleState::Missing },
        ),
        (
            "papers received that are not accounted for",
            |h| {
                h.desk("papers", "c01", &papers(&["b001 30 -"]).replace("received 100", "received 101"));
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "")
            },
            checks(&[("E-RECEIVED", "received 101 is not issued 30 + unused 70 + spoiled 0 = 100")]),
        ),
        (
            "more papers issued than people summoned",
            |h| {
                let more = "received 101\nissued 101\nunused 0";
                h.desk("papers", "c01", &papers(&["b001 30 -"]).replace("received 100\nissued 30\nunused 70", more));
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "")
            },
            checks(&[("E-ISSUED", "issued 101 is more than summoned 100")]),
        ),
        (
            "papers and a list with everything wrong at once",
            |h| {
                let long =
                    "candidate 04 Lê Hoàng Cương\ncandidate 05 trần thị bính\ncandidate 06 Hòa\ncandidate 07 Hoà\n";
                h.desk("contest", "c01", &(STRIKE.to_owned() + long));
                let more = "received 101\nissued 102\nunused 70";
                h.desk("papers", "c01", &papers(&["b001 30 -"]).replace("received 100\nissued 30\nunused 70", more));
                let more = "votes 04 0\nvotes 05 0\nvotes 06 0\nvotes 07 0\n";
                h.batch("s01", "c01", "b001", &(one() + more));
                h.desk("close", "c01", "")
            },
            checks(&[
                ("E-RECEIVED", "received 101 is not issued 102 + unused 70 + spoiled 0 = 172"),
                ("E-ISSUED", "issued 102 is more than summoned 100"),
                ("W-SURPLUS", "7 names for 2 seats: a surplus of 5, the rules allow 1"),
            ]),
        ),
        (
            "a contest that is not closed yet",
            |h| h.desk("certify", "c01", &format!("bulletin {ZEROS}\nnext none\ndeviation -\n")),
            Refusal::Phase { phase: Phase::Counting, must_be: "closed or certified" },
        ),
    ]
}

pub(super) fn about_results() -> Vec<Case> {
    vec![
        (
            "a second bulletin of one close",
            |h| {
                closed(h);
                h.bulletin("c01")
            },
            Refusal::BulletinStands,
        ),
        (
            "a bulletin with other figures",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("votes 02 16", "votes 02 17"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "votes" },
        ),
        (
            "a bulletin of a size before the close",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("size 6", "size 5"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "size" },
        ),
        (
            "a bulletin of a size that the log has not reached",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("size 6", "size 7"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "size" },
        ),
        (
            "a bulletin of another root",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                let root = h.replay.tree.root().to_string();
                h.say(&h.bulletin_text("c01").replace(&root, ZEROS), &["tally"])
            },
            Refusal::BulletinDiffers { field: "root" },
        ),
        (
            "a bulletin still counting of a closed contest",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                h.desk("close", "c01", "");
                h.say(&h.bulletin_text("c01").replace("state closed", "state counting"), &["tally"])
            },
            Refusal::BulletinDiffers { field: "state" },
        ),
        (
            "a certificate of another bulletin",
            |h| {
                closed(h);
                let latest = h.replay.count.contest("c01".parse().unwrap()).unwrap().bulletin().unwrap();
                let body = h.certificate("c01").replace(&latest.to_string(), ZEROS);
                match h.desk("certify", "c01", &body) {
                    Ruling::Refused(Refusal::NotTheBulletin { latest: Some(named) }) if named == latest => {
                        Ruling::Refused(Refusal::NotTheBulletin { latest: None })
                    }
                    other => other,
                }
            },
            Refusal::NotTheBulletin { latest: None },
        ),
        (
            "somebody elected whom the rules do not elect",
            |h| {
                closed(h);
                h.desk("certify", "c01", &h.certificate("c01").replace("next", "elected 01\nnext"))
            },
            Refusal::NotTheOutcome { field: "elected", rules: "-".into() },
        ),
        (
            "a shortage that is not stated",
            |h| {
                closed(h);
                h.desk("certify", "c01", &h.certificate("c01").replace("next short 2", "next none"))
            },
            Refusal::NotTheOutcome { field: "next", rules: "short 2".into() },
        ),
        (
            "somebody elected who is not on the list",
            |h| {
                closed(h);
                let body = h.certificate("c01").replace("next", "elected 04\nnext");
                h.desk("certify", "c01", &body.replace("deviation -", "deviation vì"))
            },
            field("elected", "04 is no candidate of this list"),
        ),
        (
            "a tie with somebody who is not on the list",
            |h| {
                closed(h);
                let body = h.certificate("c01").replace("short 2", "tie 01 04 for 1");
                h.desk("certify", "c01", &body.replace("deviation -", "deviation vì"))
            },
            field("elected", "04 is no candidate of this list"),
        ),
        (
            "somebody elected twice, whatever the reason",
            |h| {
                closed(h);
                let body = h.certificate("c01").replace("next", "elected 02\nelected 01\nelected 02\nnext");
                h.desk("certify", "c01", &body.replace("deviation -", "deviation vì"))
            },
            field("elected", "02 stands twice"),
        ),
        (
            "more papers collected than issued",
            |h| {
                h.desk(
                    "papers",
                    "c01",
                    &papers(&["b001 30 -"]).replace("issued 30\nunused 70", "issued 20\nunused 80"),
                );
                closed(h);
                h.certify("c01")
            },
            Refusal::Blocked,
        ),
        (
            "a table that went out below its head since the close",
            |h| {
                closed(h);
                h.revoke("station/s01", "0");
                h.certify("c01")
            },
            Refusal::RevokedAfterClose,
        ),
        (
            "minutes that correct none, as if there were some",
            |h| {
                certified(h);
                let certify = h.certified("c01");
                let body =
                    format!("certify {certify}\npresent 30\nabsent 0\ncopies 3\ncomplaint -\nreplaces {ZEROS}\n");
                h.desk("minutes", "c01", &body)
            },
            Refusal::NotTheMinutes { latest: None },
        ),
    ]
}

#[test]
fn a_bulletin_that_differs_names_the_first_field_that_does() {
    let mut hall = crate::forge::Hall::counting(STRIKE, &["b001 31 -"]);
    hall.batch("s01", "c01", "b001", &names(1, 30, [30, 16, 4]));
    assert_eq!(hall.desk("close", "c01", ""), Ruling::Recorded);
    let text = hall.bulletin_text("c01");
    for (field, from, to) in [
        ("size", "size 6", "size 5"),
        ("root", "root ", "root 0"),
        ("state", "state closed", "state counting"),
        ("bundles-expected", "bundles-expected 1", "bundles-expected 2"),
        ("bundles", "bundles 1", "bundles 0"),
        ("ballots", "ballots 31", "ballots 30"),
        ("valid", "valid 30", "valid 31"),
        ("invalid", "blank 1", "blank 2"),
        ("invalid", "invalid blank 1\n", ""),
        ("left", "left 1 10", "left 1 11"),
        ("votes", "votes 03 4", "votes 03 5"),
        ("votes", "left 1 10\nleft 2 20\nvotes 01 30", "left 1 9\nleft 2 20\nvotes 01 29"),
        ("open", "votes 03 4\n", "votes 03 4\nopen conflict b001\n"),
        ("figures", text.split_once("ballots").unwrap().1, ""),
    ] {
        let mut other = text.replacen(from, to, 1);
        if field == "root" {
            let root = hall.replay.tree.root().to_string();
            other = text.replace(&root, ZEROS);
        }
        if field == "figures" {
            other = text.split_once("ballots").unwrap().0.to_owned();
        }
        assert_ne!(other, text, "{field}");
        assert_eq!(hall.say(&other, &["tally"]), Ruling::Refused(Refusal::BulletinDiffers { field }), "{other}");
    }
    assert_eq!(hall.say(&text, &["tally"]), Ruling::Recorded);
}

#[test]
fn a_bulletin_made_late_speaks_of_any_size_since_the_close() {
    for size in [6, 7] {
        let mut hall = crate::forge::Hall::counting(STRIKE, &["b001 30 -"]);
        hall.batch("s01", "c01", "b001", &one());
        assert_eq!(hall.desk("close", "c01", ""), Ruling::Recorded);
        let early = hall.bulletin_text("c01");
        assert!(hall.batch("s02", "c01", "b001", &one()).is_logged(), "too late, and set aside");
        let text = if size == 6 { early } else { hall.bulletin_text("c01") };
        assert!(text.contains(&format!("\nsize {size}\n")));
        assert_eq!(hall.say(&text, &["tally"]), Ruling::Recorded);
        assert_eq!(hall.certify("c01"), Ruling::Recorded);
    }
}

#[test]
fn two_bulletins_differ_first_in_what_they_speak_of() {
    use tally::{bulletin::first_difference, statement::Bulletin};
    let mut hall = crate::forge::Hall::counting(STRIKE, &["b001 30 -"]);
    hall.batch("s01", "c01", "b001", &one());
    let ours = hall.replay.count.bulletin("c01".parse().unwrap(), hall.replay.tree.root()).unwrap();
    assert_eq!(first_difference(&ours, &ours), None);
    let elsewhere =
        Bulletin { election: Sid::ZERO, contest: "c02".parse().unwrap(), size: 1, root: Sid::ZERO, ..ours.clone() };
    let later = |theirs: Bulletin| first_difference(&ours, &theirs);
    assert_eq!(later(elsewhere.clone()), Some("election"));
    let elsewhere = Bulletin { election: ours.election, ..elsewhere };
    assert_eq!(later(elsewhere.clone()), Some("contest"));
    let elsewhere = Bulletin { contest: ours.contest, ..elsewhere };
    assert_eq!(later(elsewhere.clone()), Some("size"));
    assert_eq!(later(Bulletin { size: ours.size, ..elsewhere }), Some("root"));
}
