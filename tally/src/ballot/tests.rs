//! What the hall is promised about a single paper, and about the sheet it is added to.

use super::*;
use proptest::prelude::*;

const GROUNDS: [Ground; 3] = [Ground::NotIssued, Ground::AddedName, Ground::IdentifyingMark];
const FORMS: [Form; 4] = [Form::StrikeList, Form::AgreeList, Form::AgreeSingle, Form::Approve];

/// Five seats out of eight names, three agreed in a list, one alone.
fn ballot(form: Form) -> (Choices, usize) {
    match form {
        Form::StrikeList | Form::Approve => (Choices::UpTo(5), 8),
        Form::AgreeList => (Choices::None, 3),
        Form::AgreeSingle => (Choices::None, 1),
    }
}

/// With the grounds of the Party's regulation.
fn usual(form: Form, choices: Choices, names: usize) -> BallotForm {
    BallotForm { form, choices, names, grounds: Grounds::usual(form) }
}

fn names(left: usize) -> Paper {
    Paper::Names((0..left).collect())
}

fn boxes(letters: &str) -> Paper {
    Paper::Boxes(letters.split(' ').map(|l| l.parse().unwrap()).collect())
}

/// A paper of that form that nothing is wrong with.
fn good(form: Form) -> Paper {
    match form {
        Form::StrikeList | Form::Approve => names(5),
        Form::AgreeList => boxes("A D A"),
        Form::AgreeSingle => boxes("D"),
    }
}

#[track_caller]
fn check(form: Form, paper: &Paper, ground: Option<Ground>, expected: Verdict) {
    let (choices, names) = ballot(form);
    assert_eq!(usual(form, choices, names).judge(paper, ground), expected, "{form} {paper:?} {ground:?}");
}

#[track_caller]
fn invalid(form: Form, paper: &Paper, reason: Reason) {
    check(form, paper, None, Verdict::Invalid(reason));
}

#[track_caller]
fn valid(form: Form, paper: &Paper) {
    check(form, paper, None, Verdict::Valid);
}

#[test]
fn a_list_with_exactly_as_many_names_left_as_seats_is_valid() {
    valid(Form::StrikeList, &names(5));
    valid(Form::Approve, &names(5));
}

#[test]
fn a_list_with_fewer_names_left_than_seats_is_valid() {
    for left in 1..5 {
        valid(Form::StrikeList, &names(left));
        valid(Form::Approve, &names(left));
    }
}

#[test]
fn a_list_with_one_name_too_many_is_an_overvote() {
    invalid(Form::StrikeList, &names(6), Reason::Overvote);
    invalid(Form::Approve, &names(6), Reason::Overvote);
}

#[test]
fn an_untouched_list_is_an_overvote_and_never_a_blank() {
    invalid(Form::StrikeList, &names(8), Reason::Overvote);
}

#[test]
fn a_list_with_every_name_struck_is_blank() {
    invalid(Form::StrikeList, &names(0), Reason::Blank);
    invalid(Form::Approve, &names(0), Reason::Blank);
}

#[test]
fn approving_everybody_is_valid_when_choices_are_unlimited() {
    assert_eq!(usual(Form::Approve, Choices::Unlimited, 8).judge(&names(8), None), Verdict::Valid);
    assert_eq!(usual(Form::Approve, Choices::Unlimited, 8).judge(&names(0), None), Verdict::Invalid(Reason::Blank));
}

#[test]
fn an_agree_list_without_one_single_box_is_blank() {
    for letters in ["- - -", "B B B", "- B -"] {
        invalid(Form::AgreeList, &boxes(letters), Reason::Blank);
    }
}

#[test]
fn an_agree_list_that_disagrees_with_everybody_is_valid() {
    valid(Form::AgreeList, &boxes("D D D"));
}

#[test]
fn both_boxes_or_none_spoil_one_name_of_an_agree_list_and_not_the_paper() {
    valid(Form::AgreeList, &boxes("A B -"));
    valid(Form::AgreeList, &boxes("- - D"));
}

#[test]
fn a_single_name_with_both_boxes_or_none_is_invalid() {
    invalid(Form::AgreeSingle, &boxes("B"), Reason::BothBoxes);
    invalid(Form::AgreeSingle, &boxes("-"), Reason::NoMark);
    valid(Form::AgreeSingle, &boxes("A"));
    valid(Form::AgreeSingle, &boxes("D"));
}

#[test]
fn what_the_board_decided_makes_a_good_paper_of_any_form_invalid() {
    for form in FORMS {
        for ground in GROUNDS {
            check(form, &good(form), Some(ground), Verdict::Invalid(ground.into()));
        }
    }
}

#[test]
fn a_paper_never_issued_is_that_before_anything_else() {
    for (form, paper) in [
        (Form::StrikeList, names(8)),
        (Form::StrikeList, names(0)),
        (Form::AgreeList, boxes("- - -")),
        (Form::AgreeSingle, boxes("B")),
        (Form::AgreeSingle, boxes("-")),
        (Form::Approve, names(6)),
    ] {
        check(form, &paper, Some(Ground::NotIssued), Verdict::Invalid(Reason::NotIssued));
    }
}

#[test]
fn what_the_marks_say_comes_before_an_added_name_or_an_identifying_mark() {
    for ground in [Ground::AddedName, Ground::IdentifyingMark] {
        for (form, paper, reason) in [
            (Form::StrikeList, names(8), Reason::Overvote),
            (Form::StrikeList, names(0), Reason::Blank),
            (Form::AgreeList, boxes("B - B"), Reason::Blank),
            (Form::AgreeSingle, boxes("B"), Reason::BothBoxes),
            (Form::AgreeSingle, boxes("-"), Reason::NoMark),
            (Form::Approve, names(6), Reason::Overvote),
            (Form::Approve, names(0), Reason::Blank),
        ] {
            check(form, &paper, Some(ground), Verdict::Invalid(reason));
        }
    }
}

#[test]
#[should_panic(expected = "another form")]
fn a_paper_of_another_form_is_a_fault_of_the_reader() {
    check(Form::AgreeList, &names(1), None, Verdict::Valid);
}

#[test]
#[should_panic(expected = "two boxes")]
fn a_paper_with_boxes_missing_is_a_fault_of_the_reader() {
    check(Form::AgreeList, &boxes("A A"), None, Verdict::Valid);
}

#[test]
fn an_invalid_paper_adds_to_its_ground_and_to_no_name() {
    let mut sheet = Sheet::new(usual(Form::StrikeList, Choices::UpTo(2), 3));
    sheet.add(&names(3), None);
    sheet.add(&names(1), Some(Ground::AddedName));
    sheet.add(&names(3), Some(Ground::NotIssued));
    sheet.add(&Paper::Names(vec![0, 2]), None);
    let one = Papers(1);
    let expected = Figures {
        ballots: Papers(4),
        valid: one,
        invalid: vec![(Reason::NotIssued, one), (Reason::Overvote, one), (Reason::AddedName, one)],
        marks: Marks::Names { left: vec![(2, one)], votes: vec![Votes(1), Votes(0), Votes(1)] },
    };
    assert_eq!(sheet.figures(), &expected);
}

#[test]
fn boxes_are_added_name_by_name() {
    let mut sheet = Sheet::new(usual(Form::AgreeList, Choices::None, 3));
    for letters in ["A D B", "A - D", "- B -"] {
        sheet.add(&boxes(letters), None);
    }
    let votes = |v: [u32; 3]| v.map(Votes).to_vec();
    let marks = Marks::Agree { agree: votes([2, 0, 0]), disagree: votes([0, 1, 1]), unusable: votes([0, 1, 1]) };
    assert_eq!(sheet.figures().marks, marks);
    assert_eq!(sheet.figures().invalid, vec![(Reason::Blank, Papers(1))]);
}

/// A form, its list, and a heap of papers with what the board decided about each.
fn heap() -> impl Strategy<Value = (Form, Choices, usize, Vec<(Paper, Option<Ground>)>)> {
    (0..FORMS.len(), 2..12_usize, 1..14_u16).prop_flat_map(|(form, names, most)| {
        let form = FORMS[form];
        let names = if form == Form::AgreeSingle { 1 } else { names };
        let choices = match form {
            Form::AgreeList | Form::AgreeSingle => Choices::None,
            Form::Approve if most > 11 => Choices::Unlimited,
            _ => Choices::UpTo(most),
        };
        let paper = prop::collection::vec(0..4_usize, names).prop_map(move |marks| {
            if form.is_agree() {
                Paper::Boxes(marks.into_iter().map(|m| BoxMark::ALL[m]).collect())
            } else {
                Paper::Names(marks.into_iter().enumerate().filter(|(_, m)| *m == 0).map(|(place, _)| place).collect())
            }
        });
        let ground = (0..8_usize).prop_map(|g| GROUNDS.get(g).copied());
        let papers = prop::collection::vec((paper, ground), 0..60);
        (Just(form), Just(choices), Just(names), papers)
    })
}

proptest! {
    #[test]
    fn whatever_the_papers_the_sheet_adds_up((form, choices, names, papers) in heap()) {
        let mut sheet = Sheet::new(usual(form, choices, names));
        for (paper, ground) in &papers {
            let verdict = sheet.add(paper, *ground);
            if let Verdict::Invalid(reason) = verdict {
                prop_assert!(Grounds::usual(form).knows(reason), "{form} knows no {reason}");
            }
        }
        prop_assert_eq!(sheet.figures().broken(form, names, choices), Vec::new());
        prop_assert_eq!(usize::try_from(sheet.figures().ballots.0).unwrap(), papers.len());
    }

    #[test]
    fn two_sheets_put_together_are_the_sheet_of_all_their_papers(
        (form, choices, names, papers) in heap(),
        cut in 0..60_usize,
    ) {
        let sheet = |papers: &[(Paper, Option<Ground>)]| {
            let mut sheet = Sheet::new(usual(form, choices, names));
            for (paper, ground) in papers {
                sheet.add(paper, *ground);
            }
            sheet.figures().clone()
        };
        let (here, there) = papers.split_at(cut.min(papers.len()));
        let mut sum = sheet(here);
        sum.add(&sheet(there));
        prop_assert_eq!(sum, sheet(&papers));
    }
}

#[test]
#[should_panic(expected = "a paper of another form was read")]
fn boxes_are_not_read_on_a_list_of_names_to_strike() {
    let _ = usual(Form::StrikeList, Choices::UpTo(1), 1).judge(&boxes("A"), None);
}
