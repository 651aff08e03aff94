//! Count sheets that are signed as they must be and cannot count: logged, set aside with every fault named, told alike
//! before and after. The table corrects itself and the contest ends well.

use crate::{
    forge::{Forger, boxes, good, names},
    hall::{OF_S01, OF_S02, count_well, ends_well, hall, papers, size},
};
use promises::hall::{Hall, event_toml, strike_list};
use tally::{
    Figures, Statement,
    form::Reason,
    ruling::{Actor, Verdict},
};

struct Sheet {
    what: &'static str,
    contest: &'static str,
    bundle: &'static str,
    figures: Figures,
    faults: &'static [&'static str],
    says: &'static str,
}

fn sheet(
    what: &'static str,
    (contest, bundle): (&'static str, &'static str),
    figures: Figures,
    faults: &'static [&'static str],
    says: &'static str,
) -> Sheet {
    Sheet { what, contest, bundle, figures, faults, says }
}

/// The forms of ballot: c01 strikes names, c02 has boxes for each of four names.
fn hall_of_two_forms() -> Hall {
    let boxes = strike_list("c02", 40).replace("strike-list", "agree-list").replace("seats = 3", "seats = 4");
    let hall = Hall::open(&event_toml(2, &(strike_list("c01", 40) + &boxes + &strike_list("c03", 40))), 2);
    hall.prepare("c01", &papers());
    hall.prepare("c02", &papers());
    let toml = hall.at("event/event.toml").to_string_lossy().into_owned();
    hall.desk_well(&["contest", "c03", "--event-toml", &toml], &["k1", "k2"]);
    hall
}

fn sheets() -> Vec<Sheet> {
    let (all, fair) = ([(1, 1), (2, 3), (3, 6)], [9, 9, 6, 1]);
    let own = ("c01", "b3");
    let (six, four) = ([6_u32; 4], [4_u32; 4]);
    vec![
        sheet("identity 1", own, names(11, 10, &[], &all, &fair), &["S-IDENTITY-1"], "valid plus invalid"),
        sheet("identity 2", own, names(10, 10, &[], &[(1, 4), (3, 7)], &fair), &["S-IDENTITY-2"], "names left"),
        sheet(
            "identity 2, too many names",
            own,
            names(10, 10, &[], &[(2, 9), (4, 1)], &[9, 9, 3, 1]),
            &["S-IDENTITY-2"],
            "too many names",
        ),
        sheet("identity 3", own, names(10, 10, &[], &all, &[9, 9, 6, 2]), &["S-IDENTITY-3"], "votes together"),
        sheet("identity 4", own, names(10, 10, &[], &all, &[11, 7, 6, 1]), &["S-IDENTITY-4"], "more votes than"),
        sheet(
            "four identities at once",
            own,
            names(12, 10, &[], &[(3, 9)], &[11, 9, 6, 2]),
            &["S-IDENTITY-1", "S-IDENTITY-2", "S-IDENTITY-3", "S-IDENTITY-4"],
            "valid plus invalid",
        ),
        sheet(
            "identity 5",
            ("c02", "b3"),
            boxes(10, 10, &[], [&six, &four, &[0, 0, 1, 0]]),
            &["S-IDENTITY-5"],
            "for every name",
        ),
        sheet(
            "a ground of another form",
            own,
            names(10, 9, &[(Reason::BothBoxes, 1)], &[(2, 3), (3, 6)], &[9, 9, 6, 0]),
            &["S-VOID-REASON"],
            "both-boxes",
        ),
        sheet(
            "too many names on boxes",
            ("c02", "b3"),
            boxes(10, 9, &[(Reason::Overvote, 1)], [&[6; 4], &[3; 4], &[0; 4]]),
            &["S-VOID-REASON"],
            "overvote",
        ),
        sheet(
            "marks of another form",
            own,
            boxes(10, 10, &[], [&six, &four, &[0; 4]]),
            &["S-OTHER-FORM"],
            "another form",
        ),
        sheet("a name too many", own, names(10, 10, &[], &all, &[9, 9, 6, 1, 0]), &["S-OTHER-LIST"], "4 names, not 5"),
        sheet("an unknown bundle", ("c01", "b77"), good(), &["S-UNKNOWN-BUNDLE"], "check its number"),
        sheet("another table's bundle", ("c01", "b1"), good(), &["S-OTHER-TABLE"], "belongs to table s01"),
        sheet("an unknown contest", ("c77", "b3"), good(), &["S-UNKNOWN-CONTEST"], "no such contest"),
        sheet("a contest without papers", ("c03", "b3"), good(), &["S-NO-PAPERS"], "No papers were stated"),
        sheet(
            "all at once",
            ("c01", "b77"),
            names(11, 10, &[], &all, &[9, 9, 6, 2]),
            &["S-UNKNOWN-BUNDLE", "S-IDENTITY-1", "S-IDENTITY-3"],
            "check its number",
        ),
    ]
}

#[test]
fn sheets_that_cannot_be_true_are_set_aside_with_every_fault_and_the_table_goes_on() {
    let hall = hall_of_two_forms();
    let mut forger = Forger::of(&hall, "s02");
    for Sheet { what, contest, bundle, figures, faults, says } in sheets() {
        let before = size(&hall);
        let statement = Statement::Batch(Box::new(forger.batch(contest, bundle, figures)));
        let beforehand = forger.check(&statement).expect("an answer");
        assert_eq!(size(&hall), before, "{what}: asking stores nothing");
        let note = forger.sign(&statement);
        let answer = forger.ask(note.as_bytes());
        println!("  -  {what}\n       {:?}: {} — {}", answer.faults, answer.vi, answer.en);
        assert_eq!(
            (answer.verdict, &answer.faults),
            (Verdict::SetAside, &faults.iter().map(|f| (*f).to_owned()).collect()),
            "{what}"
        );
        assert!(answer.en.contains(says), "{what}: `{says}` is not in: {}", answer.en);
        assert!(answer.vi != answer.en && !answer.retry_helps && answer.actor != Actor::Nobody, "{what}");
        let told = |a: &proto::Answer| (a.verdict, a.code.clone(), a.faults.clone(), a.vi.clone(), a.en.clone(), a.sid);
        assert_eq!(told(&beforehand), told(&answer), "{what}: asked before it was told another thing");
        assert_eq!(size(&hall), before + 1, "{what}: it is logged once");
        forger.head = (forger.head.0 + 1, note.sid());
    }
    for bundle in OF_S02 {
        let note = forger.signed(forger.batch("c01", bundle, good()));
        let answer = forger.ask(note.as_bytes());
        assert_eq!(answer.verdict, Verdict::Live, "{}", answer.en);
        forger.head = (forger.head.0 + 1, note.sid());
    }
    count_well(&hall, "s01", "c01", &OF_S01);
    ends_well(&hall);
    closed_contests_take_nothing(&hall, &forger);
}

fn closed_contests_take_nothing(hall: &Hall, forger: &Forger) {
    let before = size(hall);
    let statement = Statement::Batch(Box::new(forger.batch("c01", "b3", good())));
    assert_eq!(forger.check(&statement).expect("an answer").code, "S-NOT-OPEN");
    assert_eq!(size(hall), before);
    let answer = forger.ask(forger.sign(&statement).as_bytes());
    assert_eq!((answer.verdict, answer.code.as_str()), (Verdict::SetAside, "S-NOT-OPEN"));
    assert!(answer.en.contains("announced, not open"), "{}", answer.en);
    assert_eq!(size(hall), before + 1);
}

#[test]
fn asking_first_says_the_same_as_handing_in_and_stores_nothing() {
    let hall = hall(&["c01"]);
    hall.prepare("c01", &papers());
    let forger = Forger::of(&hall, "s02");
    let before = (size(&hall), forger.entries());
    let mut cases = vec![forger.batch("c01", "b3", good())];
    for change in 0..3 {
        let mut batch = forger.batch("c01", "b3", good());
        match change {
            0 => batch.election = "11".repeat(32).parse().expect("a sid"),
            1 => batch.seq = 7,
            _ => batch.prev = "11".repeat(32).parse().expect("a sid"),
        }
        cases.push(batch);
    }
    for batch in cases.into_iter().rev() {
        let statement = Statement::Batch(Box::new(batch));
        let asked = forger.check(&statement).expect("an answer");
        assert_eq!((size(&hall), forger.entries()), before, "asking stores nothing");
        let told = forger.ask(forger.sign(&statement).as_bytes());
        println!("  -  {} = {}: {}", asked.code, told.code, told.en);
        let said = |a: &proto::Answer| (a.verdict, a.code.clone(), a.en.clone(), a.vi.clone(), a.head);
        assert_eq!(said(&asked), said(&told));
    }
}
