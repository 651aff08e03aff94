use super::*;

fn row() -> Row {
    Row::new("ham-tan", None, None)
}

fn stands(size: u64, reason: Option<Finding>) -> Change<'static> {
    Change::News(News::Stands(Now { size, count: None, reason }))
}

fn network() -> ObserverError {
    ObserverError::Network { url: "10.0.0.1:7440".into(), why: "refused".into() }
}

fn provisional() -> Finding {
    Finding::new(Verdict::Provisional, "V-SHOWS-LESS", "size", "ít hơn", "less")
}

#[test]
fn a_hall_that_says_nothing_new_is_heard_and_its_row_is_not_told_again() {
    let mut row = row();
    assert!(row.apply(&Change::News(News::Alive), 10), "it is here now");
    assert!(!row.apply(&Change::News(News::Alive), 25));
    assert_eq!((row.life, row.heard_at), (Life::Here, Some(25)));
    assert!(row.apply(&stands(4, None), 26));
    assert!(!row.apply(&stands(4, None), 27), "as it stood before");
    assert_eq!((row.verdict, row.entries), (Some(Verdict::Ok), 4));
}

#[test]
fn a_lost_hall_keeps_what_was_verified_and_the_time_it_was_heard() {
    let (mut row, error) = (row(), network());
    row.apply(&Change::News(News::Alive), 10);
    row.apply(&stands(4, None), 10);
    assert!(row.apply(&Change::News(News::Lost(&error)), 90));
    assert_eq!((row.life, row.heard_at, row.verdict), (Life::Lost, Some(10), Some(Verdict::Ok)));
    let why = row.lost.clone().expect("why");
    assert!(why.vi.starts_with("không liên lạc được") && why.en.starts_with("the server"), "{why:?}");
    row.apply(&Change::News(News::Alive), 95);
    assert_eq!((row.life, row.lost), (Life::Here, None));
}

#[test]
fn what_is_open_comes_and_goes_and_a_finding_stays() {
    let mut row = row();
    row.apply(&stands(4, Some(provisional())), 1);
    assert_eq!((row.verdict, row.code.as_deref()), (Some(Verdict::Provisional), Some("V-SHOWS-LESS")));
    row.apply(&stands(5, None), 2);
    assert_eq!((row.verdict, row.code.clone(), row.why.clone()), (Some(Verdict::Ok), None, None));
    let finding = Finding::new(Verdict::Mismatch, "R-CHAIN", "prev", "sai", "wrong").at_entry(5);
    let report = Report { evidence: Some("w/evidence/1".into()), ..Report::stopped(finding) };
    assert!(row.apply(&Change::Ended(&report), 3));
    assert_eq!((row.verdict, row.entry, row.field.as_deref()), (Some(Verdict::Mismatch), Some(5), Some("prev")));
    assert_eq!((row.life, row.entries, row.evidence.as_deref()), (Life::Stopped, 5, Some("w/evidence/1")));
}

#[test]
fn a_trouble_of_our_own_is_forgotten_once_the_hall_is_followed_again() {
    let (mut row, error) = (row(), ObserverError::NotEnrolled("no".into()));
    assert!(row.apply(&Change::Failed(&error), 1));
    assert_eq!((row.verdict, row.life), (Some(Verdict::Trouble), Life::Stopped));
    row.apply(&Change::News(News::Alive), 2);
    row.apply(&stands(3, None), 2);
    assert_eq!((row.verdict, row.life, row.why), (Some(Verdict::Ok), Life::Here, None));
}

#[test]
fn the_worst_verdict_is_the_provinces_and_a_row_without_one_is_trouble() {
    let of = |verdict| Row { verdict, ..row() };
    let order = [Verdict::Ok, Verdict::Provisional, Verdict::Trouble, Verdict::Mismatch, Verdict::Equivocation];
    for pair in order.windows(2) {
        assert_eq!(worst(&[of(Some(pair[1])), of(Some(pair[0]))]), pair[1]);
    }
    assert_eq!(worst(&[of(Some(Verdict::Ok)), of(None)]), Verdict::Trouble);
}
