//! What is voted on and what was counted, in words.

use super::{Hall, Meaning, many};
use std::collections::BTreeMap;
use tally::{
    Count, Form, StationId,
    form::Choices,
    profile::{Denominator, Fraction},
    statement::{Batch, Bulletin, BulletinState, Contest, PapersStatement, Round, Withdraw},
};

fn form(form: Form) -> (&'static str, &'static str) {
    match form {
        Form::StrikeList => ("phiếu có số dư, gạch tên người không chọn", "strike through who is not chosen"),
        Form::AgreeList => ("phiếu không có số dư, Đồng ý / Không đồng ý", "agree or disagree beside each name"),
        Form::AgreeSingle => ("một người, Đồng ý / Không đồng ý", "one name, agree or disagree"),
        Form::Approve => ("đánh dấu người được chọn", "mark who is chosen"),
    }
}

fn round(kind: Round) -> (&'static str, &'static str) {
    match kind {
        Round::First => ("lần bầu đầu", "first vote"),
        Round::Continued => ("bầu tiếp", "for seats left open"),
        Round::Tie => ("bầu lại giữa những người bằng phiếu", "among the tied only"),
        Round::Repeat => ("bầu lại", "again, after an annulled one"),
    }
}

pub(super) fn contest(s: &Contest, hall: &Hall<'_>) -> Meaning {
    let (id, title) = (s.contest, &s.title);
    let mut meaning = if hall.count.contest(id).is_some() {
        Meaning::new(format!("Sửa cuộc bầu {id}: {title}"), format!("Replace the contest {id}: {title}"))
    } else {
        Meaning::new(format!("Mở cuộc bầu {id}: {title}"), format!("Open the contest {id}: {title}"))
    };
    let ((round_vi, round_en), (form_vi, form_en)) = (round(s.kind), form(s.form));
    let follows = s.follows.map_or(String::new(), |before| format!(" ({before})"));
    meaning = meaning
        .line(
            format!("Ban {}, {round_vi}{follows}, {form_vi}", s.board),
            format!("Board {}, {round_en}{follows}: {form_en}", s.board),
        )
        .line(
            format!("Bầu {} trong {} người, quy tắc {}", s.seats, s.candidates.len(), s.profile),
            format!("{}, {}, rules {}", many(s.seats, "seat"), many(s.candidates.len() as u64, "name"), s.profile),
        );
    if let (Form::Approve, Choices::UpTo(n)) = (s.form, s.choices) {
        meaning =
            meaning.line(format!("Mỗi phiếu nhiều nhất {n} người"), format!("At most {} on a paper", many(n, "name")));
    }
    if s.counts > 1 {
        meaning = meaning.line(
            format!("Mỗi tập phiếu do {} bàn đếm độc lập", s.counts),
            format!("Every bundle is counted by {} tables", s.counts),
        );
    }
    for (place, name) in s.candidates.iter().enumerate() {
        meaning = meaning.fact(format!("{} {name}{}", s.number(place), known_of(s, place)));
    }
    base(s, hall.count, meaning)
}

/// What is signed of a candidate beside the name: it tells namesakes apart.
fn known_of(s: &Contest, place: usize) -> String {
    let number = s.number(place);
    let born = s.born.iter().filter(|(n, _)| *n == number).map(|(_, day)| day.to_string());
    let traits = s.traits.iter().filter(|(n, _)| *n == number).map(|(_, word)| word.to_string());
    born.chain(traits).map(|known| format!(", {known}")).collect()
}

/// `D = 151 − 2 = 149; more than half: from 75`.
fn base(s: &Contest, count: &Count, meaning: Meaning) -> Meaning {
    let parts: Vec<String> = s.base.iter().map(|b| format!("{} {}", b.part, b.people)).collect();
    let meaning = meaning.fact(parts.join(", "));
    let profile = count.rules().find(&s.profile);
    // Of papers nobody knows the number yet.
    let Some(profile) = profile.filter(|p| p.base.rule.of == Denominator::People) else { return meaning };
    let none = tally::Figures::none(s.form, s.candidates.len());
    let share = profile.majority.as_ref().map(|m| m.rule);
    match (share, profile.denominator(&s.base, &none), profile.threshold(s.kind, &s.base, &none)) {
        (Some(Fraction::HALF), Some(d), Some(least)) => meaning
            .line(format!("Quá nửa của {d}: từ {least} phiếu"), format!("More than half of {d}: from {least} votes")),
        (Some(share), Some(d), Some(least)) => meaning.line(
            format!("Hơn {share} của {d}: từ {least} phiếu"),
            format!("More than {share} of {d}: from {least} votes"),
        ),
        _ => meaning,
    }
}

pub(super) fn papers(s: &PapersStatement, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let mut meaning = Meaning::new(format!("Số phiếu của {contest}"), format!("The papers of {contest}")).line(
        format!(
            "Nhận {}, phát ra {}, không dùng {}, gạch hỏng {}, thu về {}",
            s.received, s.issued, s.unused, s.spoiled, s.collected
        ),
        format!(
            "Received {}, issued {}, unused {}, spoiled {}, collected {}",
            s.received, s.issued, s.unused, s.spoiled, s.collected
        ),
    );
    // By table: a member checks a few sums, not three thousand bundles.
    let mut tables: BTreeMap<Option<StationId>, (u64, u64)> = BTreeMap::new();
    for bundle in &s.bundles {
        let (bundles, papers) = tables.entry(bundle.table).or_default();
        *bundles += 1;
        *papers += u64::from(bundle.papers.0);
    }
    for (table, (bundles, papers)) in tables {
        meaning = match table {
            Some(id) => meaning.line(
                format!("Bàn {id}: {bundles} tập, {papers} phiếu"),
                format!("Table {id}: {}, {}", many(bundles, "bundle"), many(papers, "paper")),
            ),
            None => meaning.line(
                format!("Bàn nào cũng được: {bundles} tập, {papers} phiếu"),
                format!("Any table: {}, {}", many(bundles, "bundle"), many(papers, "paper")),
            ),
        };
    }
    if s.collected > s.issued {
        meaning = meaning.line(
            "THU VỀ NHIỀU HƠN PHÁT RA: không thể chứng nhận kết quả",
            "MORE COLLECTED THAN ISSUED: no result can be certified",
        );
    }
    meaning
}

pub(super) fn batch(s: &Batch, hall: &Hall<'_>) -> Meaning {
    let (bundle, contest) = (s.bundle, hall.contest(s.contest));
    Meaning::new(
        format!("Bàn {} đếm tập {bundle} của {contest}", s.station),
        format!("Table {} counted bundle {bundle} of {contest}", s.station),
    )
    .line(
        format!("{} phiếu, {} hợp lệ", s.figures.ballots, s.figures.valid),
        format!("{}, {} valid", many(s.figures.ballots.0, "paper"), s.figures.valid),
    )
}

pub(super) fn withdraw(s: &Withdraw, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    Meaning::new(
        format!("Bàn {} rút lại kết quả của mình ở {contest}", s.station),
        format!("Table {} takes back a count of its own in {contest}", s.station),
    )
    .fact(s.target.to_string())
    .reason(&s.reason)
}

pub(super) fn bulletin(s: &Bulletin, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let (vi, en) = match s.state {
        BulletinState::Counting => ("đang kiểm", "counting"),
        BulletinState::Closed => ("đã kết thúc kiểm", "closed"),
    };
    let (bundles, expected) = (s.bundles, s.bundles_expected);
    let meaning = Meaning::new(
        format!("Bản tin kết quả của {contest} ở mục {}: {vi}", s.size),
        format!("Bulletin of {contest} at size {}: {en}", s.size),
    )
    .line(format!("Đã tính {bundles}/{expected} tập"), format!("{bundles} of {} counted", many(expected, "bundle")));
    match &s.figures {
        Some(f) => meaning.line(
            format!("{} phiếu, {} hợp lệ", f.ballots, f.valid),
            format!("{}, {} valid", many(f.ballots.0, "paper"), f.valid),
        ),
        None => meaning,
    }
}
