//! How the rules lead from the figures to who is elected, in lines that a delegate can follow and check by hand. It
//! refuses to decide anything: it says what [`super::elect`] found.

use super::{Blocked, Outcome, elect, over_the_line};
use crate::{
    figures::Figures,
    id::CandidateNo,
    profile::{Counts, Denominator, Fraction, Profile},
    ruling::Sentence,
    statement::{Contest, Round},
};

/// The derivation of the outcome of a contest with these totals, from the denominator to what comes next.
pub fn derivation(contest: &Contest, profile: &Profile, totals: &Figures, blocked: Option<Blocked>) -> Vec<Sentence> {
    let (vi, en) = (&profile.title.vi, &profile.title.en);
    let mut lines = vec![say(format!("Quy tắc: {vi} ({})", profile.name), format!("Rules: {en} ({})", profile.name))];
    if blocked.is_some() {
        lines.push(say(
            "Số phiếu thu về nhiều hơn số phiếu phát ra: không ai trúng cử; phải hủy và bầu lại.",
            "More papers came back than were issued: nobody is elected; the vote is to be annulled and repeated.",
        ));
        return lines;
    }
    let outcome = elect(contest, profile, totals);
    lines.extend(base(contest, profile, totals));
    lines.extend(line(contest, profile, totals));
    if !profile.enough_voted(&contest.base) {
        lines.push(too_few_voted(contest, profile));
    } else {
        lines.extend(elected(contest, profile, totals, &outcome));
        lines.extend(alternates(contest, profile, totals, &outcome));
    }
    lines.extend(next(contest, profile, &outcome));
    lines
}

/// `D = 151 − 2 = 149 (…)`.
fn base(contest: &Contest, profile: &Profile, totals: &Figures) -> Option<Sentence> {
    let d = profile.denominator(&contest.base, totals)?;
    let (invalid, valid) = (totals.ballots.0.saturating_sub(totals.valid.0), totals.valid.0);
    Some(match profile.base.rule.of {
        Denominator::Ballots => {
            say(format!("D = {d} phiếu thu về, hợp lệ hay không"), format!("D = {d} papers, valid or not"))
        }
        Denominator::Valid => say(
            format!("D = {} phiếu − {invalid} không hợp lệ = {valid} phiếu hợp lệ", totals.ballots),
            format!("D = {} papers − {invalid} invalid = {valid} valid", totals.ballots),
        ),
        Denominator::People | Denominator::None => of_people(contest, profile, d),
    })
}

/// The parts that were taken off and are not zero, each with its name in the hall.
fn of_people(contest: &Contest, profile: &Profile, d: u64) -> Sentence {
    let (mut sum, mut vi, mut en) = (String::new(), Vec::new(), Vec::new());
    for (part, signed) in profile.base.rule.parts.iter().zip(&contest.base) {
        let people = signed.people;
        match part.counts {
            Counts::Whole => sum = people.to_string(),
            Counts::Less if people > 0 => sum = format!("{sum} − {people}"),
            Counts::Less | Counts::Beside => continue,
        }
        vi.push(format!("{people} {}", part.title.vi));
        en.push(format!("{people} {}", part.title.en));
    }
    let sum = if vi.len() > 1 { format!("{sum} = {d}") } else { d.to_string() };
    say(format!("D = {sum} ({})", vi.join(" − ")), format!("D = {sum} ({})", en.join(" − ")))
}

fn line(contest: &Contest, profile: &Profile, totals: &Figures) -> Option<Sentence> {
    let Some(majority) = profile.majority.as_ref() else {
        return Some(say("Nhiều phiếu hơn thì trúng cử, ít nhất một phiếu.", "Most votes win, one at least."));
    };
    let Some(least) = profile.threshold(contest.kind, &contest.base, totals) else {
        return (contest.kind == Round::Tie).then(|| {
            say(
                "Bầu lại giữa những người bằng phiếu: nhiều phiếu hơn thì trúng cử, không cần quá mức nào.",
                "A ballot of the tied only: most votes win, over no line.",
            )
        });
    };
    let share = majority.rule;
    let (vi, en, exact) = if share == Fraction::HALF {
        ("quá một nửa".to_owned(), "more than half".to_owned(), ("một nửa".to_owned(), "half".to_owned()))
    } else {
        (format!("hơn {share}"), format!("more than {share}"), (share.to_string(), share.to_string()))
    };
    let d = profile.denominator(&contest.base, totals).unwrap_or_default();
    Some(say(
        format!("Cần {vi} của {d}: từ {least} phiếu (đúng {} là chưa đủ).", exact.0),
        format!("Needed, {en} of {d}: from {least} votes (exactly {} is not enough).", exact.1),
    ))
}

fn too_few_voted(contest: &Contest, profile: &Profile) -> Sentence {
    let whole = contest.base.first().map_or(0, |whole| whole.people);
    let turnout = profile.turnout.as_ref().map(|t| &t.rule);
    let least = turnout.map_or(0, |t| t.more_than.least_over(whole));
    let voted = turnout.and_then(|t| contest.base.iter().find(|b| b.part == t.part)).map_or(0, |voted| voted.people);
    say(
        format!("Chỉ có {voted} trong {whole} cử tri đi bầu, cần ít nhất {least}: không ai trúng cử, phải bầu cử lại."),
        format!("Only {voted} of {whole} voters voted, {least} are needed: nobody is elected, the vote is held again."),
    )
}

fn elected(contest: &Contest, profile: &Profile, totals: &Figures, outcome: &Outcome) -> Vec<Sentence> {
    let over = over_the_line(contest, profile, totals);
    let (n, seats, elected) = (over.len(), contest.seats, outcome.elected.len());
    let mut lines = vec![say(format!("{n} người đạt mức, {seats} ghế."), format!("Over the line: {n}, for {seats}."))];
    let verb = if profile.poll.is_some() { ("Vào danh sách", "Listed") } else { ("Trúng cử", "Elected") };
    if elected > 0 {
        let (of_vi, of_en) = (
            with_votes(contest, totals, &outcome.elected, "phiếu"),
            with_votes(contest, totals, &outcome.elected, "votes"),
        );
        lines.push(say(format!("{}: {of_vi}.", verb.0), format!("{}: {of_en}.", verb.1)));
    }
    lines.extend(decided_by_age(contest, totals, outcome, &over));
    lines
}

/// Somebody with as many votes as an elected one is not elected: age told them apart.
fn decided_by_age(
    contest: &Contest,
    totals: &Figures,
    outcome: &Outcome,
    over: &[(u32, CandidateNo)],
) -> Option<Sentence> {
    let last = totals.votes().get(outcome.elected.last()?.place())?.0;
    over.iter().find(|(votes, number)| *votes == last && !outcome.elected.contains(number))?;
    let day = |n: CandidateNo| contest.born.iter().find(|(of, _)| *of == n).map(|(_, day)| *day);
    let equal = over.iter().filter(|(votes, _)| *votes == last);
    let days: Vec<String> = equal.filter_map(|(_, n)| Some(format!("{n} {}", day(*n)?))).collect();
    let days = days.join(", ");
    Some(say(
        format!("Bằng nhau ở {last} phiếu, người nhiều tuổi hơn trúng cử; ngày sinh: {days}."),
        format!("Equal at {last} votes, the older is elected; born: {days}."),
    ))
}

fn alternates(contest: &Contest, profile: &Profile, totals: &Figures, outcome: &Outcome) -> Option<Sentence> {
    let wanted = profile.alternate_seats(&contest.base);
    if wanted == 0 {
        return None;
    }
    if outcome.tie.is_some() {
        return Some(say(
            "Chưa xác định được dự khuyết khi còn bằng phiếu ở ghế chính thức cuối cùng.",
            "The alternates are not known while the last seat of the officials is tied.",
        ));
    }
    let got = outcome.alternates.len();
    let names = |votes| match got {
        0 => "-".to_owned(),
        _ => with_votes(contest, totals, &outcome.alternates, votes),
    };
    Some(say(
        format!("Dự khuyết {got}/{wanted}, theo số phiếu: {}.", names("phiếu")),
        format!("Alternates, {got} of {wanted}, by votes: {}.", names("votes")),
    ))
}

fn next(contest: &Contest, profile: &Profile, outcome: &Outcome) -> Vec<Sentence> {
    let mut lines = Vec::new();
    if let Some(tie) = &outcome.tie {
        let (names, seats, then) = (numbers(&tie.candidates), tie.seats, &profile.tie.rule.then);
        lines.push(say(
            format!("Bằng phiếu: {names} cho {seats} ghế; {}.", then.vi),
            format!("Tie of {names} for {seats}; {}.", then.en),
        ));
    }
    if outcome.short == 0 {
        return lines;
    }
    let (short, rule) = (outcome.short, &profile.shortage.rule);
    lines.push(say(format!("Còn thiếu {short}; {}.", rule.then.vi), format!("Short of {short}; {}.", rule.then.en)));
    let (elected, seats) = (outcome.elected.len() as u64, u64::from(contest.seats));
    for body in &rule.again {
        let (vi, en) = if body.fewer_than.is_over(elected, seats) {
            ("bầu thêm", "an extra election")
        } else {
            ("không bầu thêm", "no extra election")
        };
        let (of, name) = (body.fewer_than, &body.body);
        lines.push(say(
            format!("{}: {vi} (bầu thêm khi được ít hơn {of} của {seats}; đã được {elected}).", name.vi),
            format!("{}: {en} (held for fewer than {of} of {seats}; {elected} are elected).", name.en),
        ));
    }
    lines
}

fn with_votes(contest: &Contest, totals: &Figures, numbers: &[CandidateNo], word: &str) -> String {
    let one = |number: &CandidateNo| {
        let votes = totals.votes().get(number.place()).map_or(0, |v| v.0);
        let name = contest.candidates.get(number.place()).map(ToString::to_string).unwrap_or_default();
        format!("{number} {name} ({votes} {word})")
    };
    numbers.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn numbers(numbers: &[CandidateNo]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn say(vi: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { vi: vi.into(), en: en.into() }
}
