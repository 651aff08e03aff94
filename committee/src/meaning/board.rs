//! What a counting board decides, in words.

use super::{Hall, Meaning, many};
use tally::{
    CandidateNo, ContestId, Reason, Sid,
    count::ContestCount,
    statement::{About, Announce, Annul, Bundle, Certify, Close, Decide, DecideRuling, Minutes, Next, Reopen, Settle},
};

/// Open bundles named before a close.
const OPEN_SHOWN_MAX: usize = 20;

fn ground(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::NotIssued => ("không do ban phát ra", "not issued by the board"),
        Reason::Overvote => ("thừa số lượng", "too many names"),
        Reason::Blank => ("không bầu ai", "nobody chosen"),
        Reason::BothBoxes => ("đánh cả hai ô", "both boxes marked"),
        Reason::NoMark => ("không đánh ô nào", "neither box marked"),
        Reason::AddedName => ("viết thêm tên", "a name was added"),
        Reason::IdentifyingMark => ("có dấu riêng", "an identifying mark"),
    }
}

pub(super) fn decide(s: &Decide, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let meaning = match &s.about {
        About::Warning(code) => Meaning::new(
            format!("Chấp nhận cảnh báo {code} của {contest}"),
            format!("Accept the warning {code} of {contest}"),
        ),
        About::Papers { bundle, papers, ruling } => {
            let (vi, en) = match ruling {
                DecideRuling::Valid => ("hợp lệ".to_owned(), "valid".to_owned()),
                DecideRuling::Invalid(reason) => {
                    let (vi, en) = ground(*reason);
                    (format!("không hợp lệ: {vi}"), format!("invalid: {en}"))
                }
            };
            Meaning::new(
                format!("{papers} phiếu của tập {bundle}, {contest}: {vi}"),
                format!("{} of bundle {bundle}, {contest}: {en}", many(papers.0, "paper")),
            )
        }
    };
    meaning.reason(&s.reason)
}

pub(super) fn settle(s: &Settle, hall: &Hall<'_>) -> Meaning {
    let (bundle, contest) = (s.bundle, hall.contest(s.contest));
    let meaning = match s.stands {
        None => Meaning::new(
            format!("Bỏ tập {bundle} của {contest}: không tính vào kết quả"),
            format!("Give up bundle {bundle} of {contest}: it is not counted"),
        ),
        Some(sid) => {
            let meaning = Meaning::new(
                format!("Chốt kết quả của tập {bundle}, {contest}"),
                format!("Settle which count stands for bundle {bundle} of {contest}"),
            )
            .fact(sid.to_string());
            match hall.count.live_batch(s.contest, sid) {
                Some(b) => meaning.line(
                    format!("Bàn {}, {} phiếu, {} hợp lệ", b.station, b.figures.ballots, b.figures.valid),
                    format!("Table {}, {}, {} valid", b.station, many(b.figures.ballots.0, "paper"), b.figures.valid),
                ),
                None => meaning,
            }
        }
    };
    meaning.reason(&s.reason)
}

pub(super) fn close(s: &Close, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let meaning = Meaning::new(
        format!("Kết thúc kiểm {contest}: sau đây không tính thêm gì"),
        format!("Close {contest}: nothing counts after"),
    );
    match hall.count.contest(s.contest) {
        Some(count) => {
            let (counted, expected) = (count.bundles_counted(), count.bundles_expected());
            let meaning = meaning.line(
                format!("Đã tính {counted}/{expected} tập"),
                format!("{counted} of {} counted", many(expected as u64, "bundle")),
            );
            open_bundles(count, meaning).checked(hall.count.checks(s.contest))
        }
        None => meaning,
    }
}

/// Every bundle that keeps a contest open, so that somebody goes to its table; a hall of a thousand names a screenful.
fn open_bundles(count: &ContestCount, meaning: Meaning) -> Meaning {
    let papers = count.papers().map_or(&[][..], |p| &p.bundles);
    let state = |b: &Bundle| count.bundle_state(b.bundle).filter(|state| !state.lets_close());
    let open: Vec<_> = papers.iter().filter_map(|b| Some((b, state(b)?))).collect();
    let table = |b: &Bundle| b.table.map_or(String::new(), |table| format!(", {table}"));
    let mut named: Vec<String> =
        open.iter().take(OPEN_SHOWN_MAX).map(|(b, state)| format!("{} ({state}{})", b.bundle, table(b))).collect();
    if open.len() > named.len() {
        named.push("…".to_owned());
    }
    match open.len() {
        0 => meaning,
        n => {
            let named = named.join(" ");
            meaning.line(
                format!("Còn {n} tập chưa xong: {named}"),
                format!("{} still open: {named}", many(n as u64, "bundle")),
            )
        }
    }
}

pub(super) fn reopen(s: &Reopen, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let meaning = Meaning::new(format!("Mở lại {contest}, kiểm tiếp"), format!("Reopen {contest}: counting goes on"));
    let certified = hall.count.contest(s.contest).and_then(ContestCount::certify).is_some();
    let meaning = if certified {
        meaning.line("Chứng nhận trước đây không còn giá trị", "The former certificate falls")
    } else {
        meaning
    };
    meaning.reason(&s.reason)
}

pub(super) fn certify(s: &Certify, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let mut meaning = Meaning::new(format!("Chứng nhận kết quả {contest}"), format!("Certify the result of {contest}"))
        .line(format!("{} người trúng cử", s.elected.len()), format!("{} elected", s.elected.len()));
    for number in &s.elected {
        meaning = meaning.fact(with_votes(s.contest, *number, hall));
    }
    meaning = match &s.next {
        Next::None => meaning,
        Next::Short(seats) => {
            meaning.line(format!("Còn thiếu {seats} người"), format!("Nobody for {}", many(*seats, "seat")))
        }
        Next::Tie { candidates, seats } => {
            let names: Vec<String> = candidates.iter().map(|n| with_votes(s.contest, *n, hall)).collect();
            let names = names.join("; ");
            meaning.line(
                format!("Bằng phiếu, còn {seats} người được bầu: {names}"),
                format!("Equal votes for {}: {names}", many(*seats, "seat")),
            )
        }
    };
    match &s.deviation {
        Some(why) => meaning.line(
            format!("KHÁC VỚI QUY TẮC CỦA CHƯƠNG TRÌNH, lý do: {why}"),
            format!("DEPARTS FROM THE PROGRAM'S RULES, because: {why}"),
        ),
        None => meaning,
    }
}

fn with_votes(contest: ContestId, number: CandidateNo, hall: &Hall<'_>) -> String {
    let name = hall.candidate(contest, number);
    match hall.count.contest(contest).and_then(|c| c.totals().votes().get(number.place()).copied()) {
        Some(votes) => format!("{name}: {votes}"),
        None => name,
    }
}

pub(super) fn minutes(s: &Minutes, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let mut meaning = Meaning::new(format!("Biên bản kiểm phiếu {contest}"), format!("The minutes of {contest}")).line(
        format!("Có mặt {}, vắng {}, {} bản", s.present, s.absent, s.copies),
        format!("Present {}, absent {}, copies {}", s.present, s.absent, s.copies),
    );
    for seal in &s.seals {
        meaning = meaning.line(format!("Niêm phong {seal}"), format!("Seal {seal}"));
    }
    for code in &s.accepted {
        meaning = meaning.line(format!("Cảnh báo đã chấp nhận {code}"), format!("Accepted warning {code}"));
    }
    if s.complaints.is_empty() {
        meaning = meaning.line("Khiếu nại: không có", "Complaints: none");
    }
    for complaint in &s.complaints {
        meaning = meaning.line(format!("Khiếu nại: {complaint}"), format!("Complaint: {complaint}"));
    }
    match s.replaces {
        Some(sid) => meaning.line(format!("Thay biên bản {sid}"), format!("Replaces the minutes {sid}")),
        None => meaning,
    }
}

pub(super) fn announce(s: &Announce, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    let mut meaning = Meaning::new(
        format!("Công bố kết quả {contest}: Trưởng ban đã đọc, số liệu thành công khai"),
        format!("Announce {contest}: the head has read it out, its figures become public"),
    );
    let certificate: Option<(Sid, &Certify)> = hall.count.contest(s.contest).and_then(ContestCount::certify);
    for number in certificate.filter(|(sid, _)| *sid == s.certify).iter().flat_map(|(_, c)| &c.elected) {
        meaning = meaning.fact(with_votes(s.contest, *number, hall));
    }
    meaning
}

pub(super) fn annul(s: &Annul, hall: &Hall<'_>) -> Meaning {
    let contest = hall.contest(s.contest);
    Meaning::new(
        format!("HỦY CUỘC BẦU {contest}, không thể khôi phục"),
        format!("ANNUL {contest}: the contest is void, for good"),
    )
    .reason(&s.reason)
}
