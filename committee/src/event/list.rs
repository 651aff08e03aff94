//! The list on a ballot: its names, how many of them one paper may carry, and which form they go with
//! (counting-rules §2). It refuses to know who is elected.

use super::EventCandidate;
use tally::{
    form::{Choices, Form, UnknownWord},
    id::CANDIDATES_MAX,
    text::{Text, Word},
    written::{Faults, Once, Section, why},
};

/// `None` stands for a candidate whose section has faults, so that the list keeps its length.
pub(super) fn read_candidates(
    section: &Section<'_>,
    delegates: &[Text],
    faults: &mut Faults<'_>,
) -> Vec<Option<EventCandidate>> {
    let mut names = Once::default();
    let sections = section.required(faults, "candidates", Section::subsections).unwrap_or_default();
    if sections.len() > CANDIDATES_MAX {
        section.fault(
            faults,
            "candidates",
            why(
                format!("có {} người; danh sách nhiều nhất {CANDIDATES_MAX} người", sections.len()),
                format!("{} names; a list has at most {CANDIDATES_MAX}", sections.len()),
            ),
        );
    }
    let read = |candidate: Option<Section<'_>>| {
        let candidate = candidate?;
        candidate.only(faults, &["name", "born", "traits"]);
        let name: Option<Text> = candidate.required(faults, "name", Section::word);
        names.check(&candidate, "name", name.clone(), faults);
        if name.as_ref().is_some_and(|name| delegates.contains(name)) {
            // Counting-rules §6: a counting board is elected from delegates who are not on the ballot.
            candidate.fault(faults, "name", why(
                "ứng cử viên này là thành viên ban kiểm phiếu của cuộc bầu; chọn người khác vào ban, hoặc thêm năm \
                 sinh vào tên nếu chỉ trùng tên",
                "this candidate is a member of the counting board of the contest; elect another member, or add a birth \
                 year to the name of a mere namesake",
            ));
        }
        let born = candidate.optional(faults, "born", Section::word);
        let mut traits: Vec<Word> = candidate.optional(faults, "traits", Section::words).unwrap_or_default();
        traits.sort();
        traits.dedup();
        Some(EventCandidate { name: name?, born, traits })
    };
    sections.into_iter().map(read).collect()
}

/// How many names go with how many seats (counting-rules §2).
pub(super) fn check_form(section: &Section<'_>, form: Form, seats: u16, names: usize, faults: &mut Faults<'_>) {
    let wanted = usize::from(seats);
    let (fits, vi, en) = match form {
        // Without a list its own absence is the fault.
        _ if names == 0 => return,
        Form::StrikeList => (
            names > wanted,
            "phiếu có số dư cần nhiều người hơn số lượng bầu",
            "a strike-list has more names than seats",
        ),
        Form::AgreeList => (
            names == wanted && wanted >= 2,
            "phiếu không có số dư cần số người bằng số lượng bầu, từ hai trở lên",
            "an agree-list has as many names as seats, two or more",
        ),
        Form::AgreeSingle => (
            names == 1 && wanted == 1,
            "phiếu một người cần đúng một người, bầu một",
            "an agree-single has one name and one seat",
        ),
        Form::Approve => return,
    };
    if !fits {
        section.fault(
            faults,
            "form",
            why(
                format!("{vi}; ở đây có {names} người, bầu {seats}"),
                format!("{en}; here are {names} names for {seats} seats"),
            ),
        );
    }
}

pub(super) fn read_choices(section: &Section<'_>, form: Form, seats: u16, faults: &mut Faults<'_>) -> Option<Choices> {
    match form {
        Form::Approve if section.has("choices") => section.optional(faults, "choices", |found, faults| {
            if !found.is_text() {
                let number = Section::number(1, CANDIDATES_MAX as u64)(found, faults)?;
                return u16::try_from(number).ok().map(Choices::UpTo);
            }
            Section::word::<Unlimited>(found, faults).map(|Unlimited| Choices::Unlimited)
        }),
        _ if section.has("choices") => {
            section.fault(
                faults,
                "choices",
                why(
                    "chỉ phiếu `approve` mới ghi `choices`; hãy bỏ khóa này",
                    "only an `approve` ballot says `choices`; leave this key out",
                ),
            );
            None
        }
        Form::StrikeList | Form::Approve => Some(Choices::UpTo(seats)),
        Form::AgreeList | Form::AgreeSingle => Some(Choices::None),
    }
}

/// The one word `choices` may be; a number stands without quotes.
struct Unlimited;

impl std::str::FromStr for Unlimited {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "unlimited" { Ok(Self) } else { Err(UnknownWord("a number without quotes, \"unlimited\"")) }
    }
}
