//! A rule file, read strictly: a key that is not known, a share written as a decimal, a rule without its source or grounds
//! out of order make no rules at all, and all of it is said at once. It refuses to know where the file lay.

use super::{
    Alternates, Base, Counts, Denominator, Fraction, Part, Profile, Ruled, Shortage, Source, Surplus, TieRule, Turnout,
    Verification, VoteAgain, fraction::TERM_MAX, is_content_word,
};
use crate::{
    form::{Form, Reason},
    grounds::{AllDisagree, Grounds},
    text::{Date, Word},
    written::{self, Faults, FileFaults, Once, Section, why},
};
use std::path::Path;

/// A rule file has at most 64 KiB: ten times the longest embedded one.
pub const FILE_BYTES_MAX: usize = 64 << 10;

const KEYS: &[&str] = &[
    "name",
    "title",
    "source",
    "state",
    "in-force",
    "base",
    "majority",
    "turnout",
    "tie",
    "shortage",
    "surplus",
    "alternates",
    "poll",
    "grounds",
];

/// Reads a rule file; its word is its name.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Profile, FileFaults> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    written::read(path, bytes, FILE_BYTES_MAX, |root, faults| profile(root, text.into(), faults))
}

fn profile(root: &Section<'_>, text: Box<str>, faults: &mut Faults<'_>) -> Option<Profile> {
    root.only(faults, KEYS);
    let name = root.required(faults, "name", Section::word).filter(|name| name_is_good(root, name, faults));
    let title = root.required(faults, "title", Section::sentence);
    let source = source(root, faults);
    let in_force = root.optional(faults, "in-force", Section::subsection).map(|days| in_force(&days, faults));
    let base = rule(root, "base", &["of", "parts"], faults, base);
    let majority = optional(root, "majority", &["more-than"], faults, |s, f| fraction(s, "more-than", f));
    let turnout =
        optional(root, "turnout", &["part", "more-than", "unless"], faults, |s, f| turnout(s, base.as_ref(), f));
    let tie = rule(root, "tie", &["older-wins", "round-needs-majority", "then"], faults, tie);
    let shortage = rule(root, "shortage", &["then", "again", "stop-after"], faults, shortage);
    let surplus = optional(root, "surplus", &["percent", "at-least"], faults, surplus);
    let alternates = optional(root, "alternates", &["part"], faults, |s, f| {
        must_be_there(s, "part", f);
        beside(s, "part", base.as_ref(), f).map(|part| Alternates { part })
    });
    let poll = optional(root, "poll", &[], faults, |_, _| Some(()));
    let grounds = rule(root, "grounds", &GROUNDS_KEYS, faults, grounds);
    if let Some(base) = &base {
        majority_fits(root, &base.rule, faults);
    }
    let name: Word = name?;
    Some(Profile {
        word: name.clone(),
        name,
        title: title?,
        source: source?,
        in_force: in_force.unwrap_or_default(),
        base: base?,
        majority,
        turnout,
        tie: tie?,
        shortage: shortage?,
        surplus,
        alternates,
        poll: poll.map(|poll| poll.source),
        grounds: grounds?,
        text,
    })
}

/// A name that looks like the hash of another file would mislead whoever compares the two.
fn name_is_good(root: &Section<'_>, name: &Word, faults: &mut Faults<'_>) -> bool {
    let misleads = is_content_word(name.as_str());
    if misleads {
        let wrong = why(
            "tên này giống mã nội dung của một tệp quy tắc; hãy đặt tên khác",
            "this name looks like the content word of a rule file; choose another",
        );
        root.fault(faults, "name", wrong);
    }
    !misleads
}

fn source(section: &Section<'_>, faults: &mut Faults<'_>) -> Option<Source> {
    let text = section.required(faults, "source", Section::word);
    let state = section.required(faults, "state", Section::word::<Verification>);
    Some(Source { text: text?, state: state? })
}

fn in_force(days: &Section<'_>, faults: &mut Faults<'_>) -> (Option<Date>, Option<Date>) {
    days.only(faults, &["from", "until"]);
    let from: Option<Date> = days.optional(faults, "from", Section::word);
    let until: Option<Date> = days.optional(faults, "until", Section::word);
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        days.fault(faults, "until", why("kết thúc trước khi bắt đầu", "it ends before it begins"));
    }
    (from, until)
}

/// A rule that every profile has, with its source.
fn rule<T>(
    root: &Section<'_>,
    key: &str,
    keys: &[&str],
    faults: &mut Faults<'_>,
    read: impl FnOnce(&Section<'_>, &mut Faults<'_>) -> Option<T>,
) -> Option<Ruled<T>> {
    let section = root.required(faults, key, Section::subsection)?;
    section.only(faults, &[keys, &["source", "state"]].concat());
    let rule = read(&section, faults);
    let source = source(&section, faults);
    Some(Ruled { rule: rule?, source: source? })
}

/// A rule that a profile may do without.
fn optional<T>(
    root: &Section<'_>,
    key: &str,
    keys: &[&str],
    faults: &mut Faults<'_>,
    read: impl FnOnce(&Section<'_>, &mut Faults<'_>) -> Option<T>,
) -> Option<Ruled<T>> {
    if root.has(key) { rule(root, key, keys, faults, read) } else { None }
}

fn fraction(section: &Section<'_>, key: &str, faults: &mut Faults<'_>) -> Option<Fraction> {
    let [above, below] = section.required(faults, key, Section::numbers(TERM_MAX))?;
    let fraction = Fraction::new(above, below);
    if fraction.is_none() {
        let wrong = why(
            "một phần ghi `[1, 2]`, từ trên 0 đến cả số",
            "a share is written `[1, 2]`, more than nothing and at most all",
        );
        section.fault(faults, key, wrong);
    }
    fraction
}

fn base(section: &Section<'_>, faults: &mut Faults<'_>) -> Option<Base> {
    let of = section.required(faults, "of", Section::word);
    let mut names = Once::default();
    let mut parts = Vec::new();
    for (at, part) in
        section.required(faults, "parts", Section::subsections).unwrap_or_default().into_iter().flatten().enumerate()
    {
        part.only(faults, &["part", "counts", "vi", "en"]);
        let name: Option<Word> = part.required(faults, "part", Section::word);
        names.check(&part, "part", name.clone(), faults);
        let counts: Option<Counts> = part.required(faults, "counts", Section::word);
        let vi = part.required(faults, "vi", Section::text);
        let en = part.required(faults, "en", Section::text);
        if counts.is_some_and(|counts| (counts == Counts::Whole) != (at == 0)) {
            let wrong = why(
                "mục đầu, và chỉ mục đầu, là toàn bộ số người được bỏ phiếu (`whole`)",
                "the first part, and no other, is everybody who may vote (`whole`)",
            );
            part.fault(faults, "counts", wrong);
        }
        parts.push(read_part(name, counts, vi, en));
    }
    Some(Base { of: of?, parts: parts.into_iter().collect::<Option<_>>()? })
}

fn read_part(name: Option<Word>, counts: Option<Counts>, vi: Option<&str>, en: Option<&str>) -> Option<Part> {
    Some(Part { part: name?, counts: counts?, title: super::say(vi?, en?) })
}

fn turnout(section: &Section<'_>, base: Option<&Ruled<Base>>, faults: &mut Faults<'_>) -> Option<Turnout> {
    must_be_there(section, "part", faults);
    let part = beside(section, "part", base, faults);
    let more_than = fraction(section, "more-than", faults);
    let unless = beside(section, "unless", base, faults);
    Some(Turnout { part: part?, more_than: more_than?, unless })
}

fn tie(section: &Section<'_>, faults: &mut Faults<'_>) -> Option<TieRule> {
    let older_wins = section.required(faults, "older-wins", Section::yes_or_no);
    let round_needs_majority = section.required(faults, "round-needs-majority", Section::yes_or_no);
    let then = section.required(faults, "then", Section::sentence);
    Some(TieRule { older_wins: older_wins?, round_needs_majority: round_needs_majority?, then: then? })
}

fn shortage(section: &Section<'_>, faults: &mut Faults<'_>) -> Option<Shortage> {
    let then = section.required(faults, "then", Section::sentence);
    let bodies = section.optional(faults, "again", Section::subsections).unwrap_or_default();
    let mut again = Vec::new();
    for body in bodies.into_iter().flatten() {
        body.only(faults, &["body", "fewer-than"]);
        let name = body.required(faults, "body", Section::sentence);
        let fewer_than = fraction(&body, "fewer-than", faults);
        again.extend(name.zip(fewer_than).map(|(body, fewer_than)| VoteAgain { body, fewer_than }));
    }
    let stop_after = section.optional(faults, "stop-after", Section::number(1, 100));
    Some(Shortage { then: then?, again, stop_after: stop_after.and_then(|n| u16::try_from(n).ok()) })
}

fn surplus(section: &Section<'_>, faults: &mut Faults<'_>) -> Option<Surplus> {
    let percent = section.required(faults, "percent", Section::number(0, 1_000));
    let at_least = section.required(faults, "at-least", Section::number(0, 1_000));
    Some(Surplus { percent: percent?, at_least: at_least? })
}

const GROUNDS_KEYS: [&str; 5] = ["strike-list", "agree-list", "agree-single", "approve", "all-disagree"];

fn grounds(section: &Section<'_>, faults: &mut Faults<'_>) -> Option<Vec<(Form, Grounds)>> {
    let all_disagree: Option<AllDisagree> = section.optional(faults, "all-disagree", Section::word);
    if section.has(Form::AgreeList.word()) != section.has("all-disagree") {
        let wrong = why(
            "`agree-list` và `all-disagree` đi với nhau: phiếu không đồng ý tất cả là `valid` hay `invalid`",
            "`agree-list` and `all-disagree` go together: is a paper that disagrees with all `valid` or `invalid`",
        );
        section.fault(faults, "all-disagree", wrong);
    }
    let mut forms = Vec::new();
    for form in Form::ALL.iter().filter(|form| section.has(form.word())) {
        let listed = section.optional(faults, form.word(), Section::words::<Reason>);
        let listed = listed.filter(|listed| are_grounds_of(*form, listed, section, faults));
        forms.push(listed.map(|l| (*form, Grounds::new(&l, all_disagree.unwrap_or(AllDisagree::Valid)))));
    }
    if forms.is_empty() {
        let wrong =
            why("cần ghi căn cứ cho ít nhất một mẫu phiếu", "the grounds of one form of ballot at least are needed");
        section.fault(faults, Form::StrikeList.word(), wrong);
    }
    forms.into_iter().collect()
}

/// Listed in order of precedence, none twice, each one possible on that form, and those without which papers of that
/// form could not be added up.
fn are_grounds_of(form: Form, listed: &[Reason], section: &Section<'_>, faults: &mut Faults<'_>) -> bool {
    let words = |reasons: &mut dyn Iterator<Item = Reason>| reasons.map(Reason::word).collect::<Vec<_>>().join(", ");
    let order = words(&mut Reason::ALL.iter().copied().filter(|reason| form.may_have(*reason)));
    let foreign = words(&mut listed.iter().copied().filter(|reason| !form.may_have(*reason)));
    let missing = words(&mut form.must_have().iter().copied().filter(|reason| !listed.contains(reason)));
    let wrong = if !foreign.is_empty() {
        why(format!("phiếu {form} không thể có: {foreign}"), format!("a paper of the form {form} cannot be: {foreign}"))
    } else if !missing.is_empty() {
        why(format!("phiếu {form} cần cả: {missing}"), format!("a paper of the form {form} needs as well: {missing}"))
    } else if !listed.is_sorted_by(|a, b| a < b) {
        why(
            format!("ghi theo thứ tự ưu tiên, mỗi căn cứ một lần: {order}"),
            format!("in order of precedence, each once: {order}"),
        )
    } else {
        return true;
    };
    section.fault(faults, form.word(), wrong);
    false
}

/// A share is taken of something, or of nothing at all.
fn majority_fits(root: &Section<'_>, base: &Base, faults: &mut Faults<'_>) {
    let needs = base.of != Denominator::None;
    if needs != root.has("majority") {
        let wrong = why(
            "`[majority]` và mẫu số đi với nhau: `base.of` khác `none` thì ghi tỷ lệ phải vượt, `none` thì không",
            "`[majority]` and the denominator go together: a share where `base.of` is not `none`, none where it is",
        );
        root.fault(faults, "majority", wrong);
    }
}

/// The name of a part that this rule asks for: the base must have it, and not take it off D.
fn beside(section: &Section<'_>, key: &str, base: Option<&Ruled<Base>>, faults: &mut Faults<'_>) -> Option<Word> {
    let name: Word = section.optional(faults, key, Section::word)?;
    let parts = base.map(|base| &base.rule.parts)?;
    if !parts.iter().any(|p| p.part == name && p.counts == Counts::Beside) {
        let wrong = why(
            format!("`base.parts` không có mục `{name}` với counts = \"beside\""),
            format!("`base.parts` has no part `{name}` with counts = \"beside\""),
        );
        section.fault(faults, key, wrong);
    }
    Some(name)
}

/// A key that must be there; [`beside`] reads what it says.
fn must_be_there(section: &Section<'_>, key: &str, faults: &mut Faults<'_>) {
    if !section.has(key) {
        section.fault(faults, key, why("thiếu khóa này", "this key is missing"));
    }
}
