//! Every reason to log a table's statement and set it aside, and every flag. A new one must be shown here.

use crate::forge::{AGREE, Hall, STRIKE, boxes, faults, live, names, refusal};
use std::collections::BTreeSet;
use tally::{
    Reason, Ruling, Sid,
    figures::Identity,
    ruling::{Actor, BundleState, Fault, Flag, Phase, Refusal},
};

macro_rules! variants {
    ($all:ident $variant:ident $type:ident: $($name:ident)*) => {
        const $all: &[&str] = &[$(stringify!($name)),*];

        fn $variant(value: &$type) -> &'static str {
            match value {
                $($type::$name { .. } => stringify!($name)),*
            }
        }
    };
}

variants! { FAULTS fault Fault:
UnknownContest NotOpen NoPapers UnknownBundle OtherTable OtherForm OtherList VoidReason Broken NotLive Settled }
variants! { FLAGS flag Flag: Duplicate Conflict Lookalike Serials }

fn one() -> String {
    names(0, 30, [30, 16, 4])
}

/// A hall with a contest of names and bundles b001 of 30 and b002 of 30 for table 2.
fn hall() -> Hall {
    Hall::counting(STRIKE, &["b001 30 -", "b002 30 s02"])
}

type Case = (&'static str, fn(&mut Hall) -> Ruling, Vec<Fault>);

fn cases() -> Vec<Case> {
    use Identity::{AgreeDisagreeUnusable, BallotsValidInvalid, NamesLeftValid, VotesNamesLeft, VotesValid};
    let table = "s02".parse().unwrap();
    vec![
        ("a contest that is not there", |h| h.batch("s01", "c07", "b001", &one()), vec![Fault::UnknownContest]),
        (
            "taken back from a contest that is not there",
            |h| h.withdraw("s01", "c07", Sid::ZERO),
            vec![Fault::UnknownContest],
        ),
        (
            "a contest that was annulled",
            |h| {
                h.desk("annul", "c01", "reason vì\n");
                h.batch("s01", "c01", "b001", &one())
            },
            vec![Fault::NotOpen(Phase::Annulled)],
        ),
        (
            "papers not stated yet",
            |h| {
                h.desk("contest", "c02", STRIKE);
                h.batch("s01", "c02", "b001", &one())
            },
            vec![Fault::NoPapers],
        ),
        ("a bundle nobody knows", |h| h.batch("s01", "c01", "b003", &one()), vec![Fault::UnknownBundle]),
        ("a bundle of another table", |h| h.batch("s01", "c01", "b002", &one()), vec![Fault::OtherTable(table)]),
        ("boxes on a list of names", |h| h.batch("s01", "c01", "b001", &boxes(30, [1, 2])), vec![Fault::OtherForm]),
        (
            "a list of four names",
            |h| h.batch("s01", "c01", "b001", &(one() + "votes 04 0\n")),
            vec![Fault::OtherList { batch: 4, names: 3 }],
        ),
        (
            "grounds that a list of names does not know, all named",
            |h| {
                h.batch(
                    "s01",
                    "c01",
                    "b001",
                    &one()
                        .replace("valid 30", "valid 30\ninvalid both-boxes 1\ninvalid no-mark 1")
                        .replace("ballots 30", "ballots 32"),
                )
            },
            vec![Fault::VoidReason(Reason::BothBoxes), Fault::VoidReason(Reason::NoMark)],
        ),
        (
            "papers that are neither valid nor invalid",
            |h| h.batch("s01", "c01", "b001", &one().replace("ballots 30", "ballots 31")),
            vec![Fault::Broken(BallotsValidInvalid)],
        ),
        (
            "names left that are not those of the valid papers",
            |h| {
                h.batch(
                    "s01",
                    "c01",
                    "b001",
                    &one().replace("left 1 10", "left 1 9").replace("votes 01 30", "votes 01 29"),
                )
            },
            vec![Fault::Broken(NamesLeftValid)],
        ),
        (
            "a paper with more names than seats",
            |h| {
                h.batch(
                    "s01",
                    "c01",
                    "b001",
                    &one().replace("left 2 20", "left 2 19\nleft 3 1").replace("votes 03 4", "votes 03 5"),
                )
            },
            vec![Fault::Broken(NamesLeftValid)],
        ),
        (
            "a paper with no name that is called valid",
            |h| {
                h.batch(
                    "s01",
                    "c01",
                    "b001",
                    &one().replace("left 1 10", "left 0 1\nleft 1 9").replace("votes 01 30", "votes 01 29"),
                )
            },
            vec![Fault::Broken(NamesLeftValid)],
        ),
        (
            "votes that are not the names left",
            |h| h.batch("s01", "c01", "b001", &one().replace("votes 03 4", "votes 03 5")),
            vec![Fault::Broken(VotesNamesLeft)],
        ),
        (
            "more votes than valid papers",
            |h| {
                h.batch(
                    "s01",
                    "c01",
                    "b001",
                    &one().replace("votes 01 30", "votes 01 31").replace("votes 03 4", "votes 03 3"),
                )
            },
            vec![Fault::Broken(VotesValid)],
        ),
        (
            "boxes that do not add up, for one name only",
            |h| {
                h.desk("contest", "c02", AGREE);
                h.desk("papers", "c02", &crate::forge::papers(&["b001 30 -"]));
                h.batch("s01", "c02", "b001", &boxes(30, [30, 16]).replace("disagree 02 0", "disagree 02 1"))
            },
            vec![Fault::Broken(AgreeDisagreeUnusable)],
        ),
        (
            "everything that is wrong, at once",
            |h| {
                h.desk("annul", "c01", "reason vì\n");
                let figures = one().replace("ballots 30", "ballots 31").replace("votes 01 30", "votes 01 31");
                h.batch("s01", "c01", "b002", &figures)
            },
            vec![
                Fault::NotOpen(Phase::Annulled),
                Fault::OtherTable(table),
                Fault::Broken(BallotsValidInvalid),
                Fault::Broken(VotesNamesLeft),
                Fault::Broken(VotesValid),
            ],
        ),
        (
            "taken back twice",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                let batch = h.last("s01");
                assert_eq!(h.withdraw("s01", "c01", batch), Ruling::Recorded);
                h.withdraw("s01", "c01", batch)
            },
            vec![Fault::NotLive],
        ),
        (
            "the batch of another table",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                let batch = h.last("s01");
                h.withdraw("s02", "c01", batch)
            },
            vec![Fault::NotLive],
        ),
        (
            "a batch of another contest",
            |h| {
                h.desk("contest", "c02", STRIKE);
                h.batch("s01", "c01", "b001", &one());
                let batch = h.last("s01");
                h.withdraw("s01", "c02", batch)
            },
            vec![Fault::NotLive],
        ),
        (
            "a withdrawal",
            |h| {
                let nothing = h.last("s01");
                h.withdraw("s01", "c01", nothing);
                let withdrawal = h.last("s01");
                h.withdraw("s01", "c01", withdrawal)
            },
            vec![Fault::NotLive],
        ),
        (
            "a batch the board has settled on",
            |h| {
                h.batch("s01", "c01", "b001", &one());
                let batch = h.last("s01");
                h.settle("c01", "b001", &batch.to_string());
                h.withdraw("s01", "c01", batch)
            },
            vec![Fault::Settled],
        ),
    ]
}

#[test]
fn every_fault_is_met_by_a_statement_that_is_logged_and_never_counts() {
    for (what, given, expected) in cases() {
        let mut hall = hall();
        let ruling = given(&mut hall);
        let sentence = ruling.say();
        assert!(ruling.code().starts_with("S-") && matches!(ruling.actor(), Actor::Table | Actor::Board), "{what}");
        assert!(
            !ruling.retry_helps() && sentence.vi != sentence.en && sentence.en.ends_with('.'),
            "{what}: {sentence}"
        );
        assert_eq!(faults(ruling), expected, "{what}");
        assert!(hall.replay.count.flags().set_aside > 0, "{what}");
        let votes: u32 = hall.replay.count.contests().flat_map(|c| c.totals().votes().to_vec()).map(|v| v.0).sum();
        assert!(votes == 0 || votes == 50, "{what}: nothing of it is in the totals");
    }
}

#[test]
fn no_fault_is_without_its_statement_and_no_two_share_a_code() {
    let every: Vec<Fault> = cases().into_iter().flat_map(|(_, _, faults)| faults).collect();
    let shown: BTreeSet<&str> = every.iter().map(fault).collect();
    assert_eq!(shown, FAULTS.iter().copied().collect());
    let identities: BTreeSet<&str> =
        every.iter().map(|f| f.code()).filter(|code| code.starts_with("S-IDENTITY")).collect();
    assert_eq!(identities.len(), 5);
    let codes: BTreeSet<&str> = every.iter().map(|f| f.code()).collect();
    assert_eq!(codes.len(), FAULTS.len() + 4, "one code each, five for the identities");
}

#[test]
fn agree_forms_know_other_grounds_than_lists_of_names() {
    let single = "board b1\nkind first\nfollows -\ntitle Bí thư\nform agree-single\nprofile party-244\nseats 1\n\
        choices -\ncounts 1\nbase summoned 100\nbase absent-throughout 0\nbase convener-absent 0\ncandidate 01 Phạm Thị Dung\n";
    let one_box = "ballots 31\nvalid 30\ninvalid GROUND 1\nagree 01 30\ndisagree 01 0\nunusable 01 0\n";
    let approve = STRIKE.replace("strike-list", "approve");
    let unlimited = approve.replace("choices 2", "choices unlimited");
    let marked = one().replace("ballots 30\nvalid 30", "ballots 31\nvalid 30\ninvalid GROUND 1");
    let both = boxes(30, [30, 16]).replace("ballots 30\nvalid 30", "ballots 31\nvalid 30\ninvalid GROUND 1");
    let youth = AGREE.replace("party-244", "youth").replace("base absent-throughout 0\nbase convener-absent 0\n", "");
    let always = ["not-issued", "added-name", "identifying-mark"];
    let sure = both.replace("disagree 02 0", "disagree 02 14").replace("unusable 02 14", "unusable 02 0");
    for (body, figures, known) in [
        (STRIKE, &*marked, &["overvote", "blank"][..]),
        (&approve, &*marked, &["overvote", "blank"]),
        (&unlimited, &*marked, &["blank"]),
        (AGREE, &*both, &["blank"]),
        (&youth, &*sure, &["blank", "both-boxes", "no-mark"]),
        (single, one_box, &["both-boxes", "no-mark"]),
    ] {
        for reason in Reason::ALL {
            let mut hall = Hall::counting(body, &["b001 31 -"]);
            let ruling = hall.batch("s01", "c01", "b001", &figures.replace("GROUND", reason.word()));
            if always.contains(&reason.word()) || known.contains(&reason.word()) {
                assert_eq!(live(ruling), (BundleState::Counted, vec![]), "{reason}");
            } else {
                assert_eq!(faults(ruling), vec![Fault::VoidReason(*reason)], "{reason}");
            }
        }
    }
}

#[test]
fn where_a_box_voids_the_paper_no_valid_paper_has_one_to_spare() {
    let youth = AGREE.replace("party-244", "youth").replace("base absent-throughout 0\nbase convener-absent 0\n", "");
    let spare =
        "ballots 30\nvalid 30\nagree 01 30\nagree 02 16\ndisagree 01 0\ndisagree 02 13\nunusable 01 0\nunusable 02 1\n";
    let ruling = Hall::counting(&youth, &["b001 30 -"]).batch("s01", "c01", "b001", spare);
    assert_eq!(faults(ruling), vec![Fault::Broken(Identity::AgreeDisagreeUnusable)]);
    let ruling = Hall::counting(AGREE, &["b001 30 -"]).batch("s01", "c01", "b001", spare);
    assert_eq!(live(ruling), (BundleState::Counted, vec![]), "the Party lets the paper stand");
}

#[test]
fn every_flag_is_raised_once_and_blocks_nothing() {
    let mut shown = BTreeSet::new();
    let mut raised = |ruling: Ruling, expected: &[Flag]| {
        let (_, flags) = live(ruling);
        assert_eq!(flags, expected);
        shown.extend(flags.iter().map(flag));
    };
    let mut hall = hall();
    raised(hall.batch("s01", "c01", "b001", &one()), &[]);
    raised(hall.batch("s02", "c01", "b001", &one()), &[Flag::Duplicate]);
    raised(hall.batch("s02", "c01", "b002", &one()), &[Flag::Lookalike]);
    raised(hall.batch("s03", "c01", "b001", &names(0, 30, [30, 15, 5])), &[Flag::Conflict]);
    let numbered = |hall: &Hall, station: &str, bundle: &str, serials: &str| {
        let text = hall.batch_text(station, "c01", bundle, &names(0, 30, [30, 14, 6]));
        text.replace("serials -", &format!("serials {serials}"))
    };
    let text = numbered(&hall, "s01", "b001", "001-030");
    raised(hall.say(&text, &["station/s01"]), &[Flag::Conflict]);
    for (serials, flags) in [
        ("031-060", &[Flag::Conflict, Flag::Lookalike][..]),
        ("030-059", &[Flag::Conflict, Flag::Lookalike, Flag::Serials]),
        ("000-001", &[Flag::Conflict, Flag::Lookalike, Flag::Serials]),
        ("005-006", &[Flag::Conflict, Flag::Lookalike, Flag::Serials]),
    ] {
        let text = numbered(&hall, "s02", "b002", serials);
        raised(hall.say(&text, &["station/s02"]), flags);
    }
    assert_eq!(shown, FLAGS.iter().copied().collect());
    let flags = hall.replay.count.flags();
    assert_eq!((flags.duplicate, flags.conflict, flags.lookalike, flags.set_aside), (1, 6, 8, 0));
}

#[test]
fn figures_that_were_taken_back_are_no_lookalikes() {
    let mut hall = hall();
    hall.batch("s01", "c01", "b001", &one());
    hall.batch("s03", "c01", "b001", &one());
    let (first, second) = (hall.last("s01"), hall.last("s03"));
    hall.withdraw("s01", "c01", first);
    assert_eq!(live(hall.batch("s02", "c01", "b002", &one())).1, [Flag::Lookalike], "table 3 still says the same");
    let own = hall.last("s02");
    hall.withdraw("s02", "c01", own);
    hall.withdraw("s03", "c01", second);
    assert_eq!(live(hall.batch("s02", "c01", "b002", &one())).1, []);
}

#[test]
fn a_table_nobody_registered_is_refused_not_set_aside() {
    let mut hall = hall();
    let text = hall.batch_text("s01", "c01", "b001", &one()).replace("station s01", "station s09");
    assert!(matches!(refusal(hall.say(&text, &["station/s01"])), Refusal::NotEntitled { .. }));
    assert_eq!(refusal(hall.say(&text, &["station/s09"])).code(), "R-UNKNOWN-KEY");
}

#[test]
fn the_identities_of_marks_are_those_of_their_form_alone() {
    use tally::{Figures, Form, Marks, Papers, Votes, form::Choices};
    let figures = |marks| Figures { ballots: Papers(30), valid: Papers(30), invalid: vec![], marks };
    let names = figures(Marks::Names { left: vec![], votes: vec![Votes(31)] });
    let boxes = figures(Marks::Agree { agree: vec![Votes(31)], disagree: vec![Votes(0)], unusable: vec![Votes(0)] });
    let choices = Choices::UpTo(1);
    use Identity::{AgreeDisagreeUnusable, NamesLeftValid, VotesNamesLeft, VotesValid};
    for form in [Form::StrikeList, Form::Approve] {
        assert_eq!(names.broken(form, 1, choices), [NamesLeftValid, VotesNamesLeft, VotesValid]);
        assert_eq!(boxes.broken(form, 1, choices), [], "marks of another form are another fault");
    }
    for form in [Form::AgreeList, Form::AgreeSingle] {
        assert_eq!(boxes.broken(form, 1, Choices::None), [AgreeDisagreeUnusable]);
        assert_eq!(names.broken(form, 1, Choices::None), []);
    }
}
