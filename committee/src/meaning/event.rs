//! What the organisers say, in words.

use super::{Hall, Meaning, many, short};
use crate::standing::Reserve;
use door::Fingerprint;
use tally::statement::{Board, Disclosure, KeyStatement, Manifest, MemberRole, Revoke};
use tlog::VerifierKey;

pub(super) fn manifest(s: &Manifest) -> Meaning {
    let reserve = Reserve::of_manifest(s);
    let organisers = reserve.keys.join(" ");
    let mut meaning = Meaning::new(format!("Lập sự kiện: {}", s.title), format!("Found the event: {}", s.title))
        .fact(&*s.origin)
        .line(
            format!("Người tổ chức {organisers}, mỗi lần {} người cùng ký", s.threshold),
            format!("Organisers {organisers}, {} sign together", s.threshold),
        );
    for key in &s.organisers {
        meaning = fingerprint(meaning, key);
    }
    for (id, title) in &s.tables {
        meaning = meaning.line(format!("Bàn {id}: {title}"), format!("Table {id}: {title}"));
    }
    let (witnesses, quorum) = (s.witnesses.len(), s.witness_quorum);
    let (who_vi, who_en) = match s.disclosure {
        Disclosure::Public => ("mọi người, sau khi công bố", "everybody, once announced"),
        Disclosure::Accredited => ("chỉ người được cấp quyền", "the accredited only"),
    };
    let (totals_vi, totals_en) = if s.live_totals {
        ("Cho xem số phiếu bầu khi đang kiểm", "Figures are shown while counting goes on")
    } else {
        ("Không cho xem số phiếu bầu khi đang kiểm", "No figures are shown while counting goes on")
    };
    meaning
        .line(
            format!("{} quan sát viên, {witnesses} nhân chứng (cần {quorum})", s.observers.len()),
            format!("{}, witnesses {witnesses} ({quorum} needed)", many(s.observers.len() as u64, "observer")),
        )
        .line(format!("Ai đọc nhật ký: {who_vi}"), format!("Who reads the log: {who_en}"))
        .line(totals_vi, totals_en)
        .line(
            format!("Tập phiếu ít nhất {} phiếu", s.min_bundle),
            format!("A bundle has at least {}", many(s.min_bundle, "paper")),
        )
        .warned([reserve])
}

/// What the holder of the key reads aloud: whoever signs this for them compares.
fn fingerprint(meaning: Meaning, key: &VerifierKey) -> Meaning {
    let (name, fingerprint) = (short(key.name()), Fingerprint::of(key));
    meaning.line(format!("Vân tay khóa {name}: {fingerprint}"), format!("Fingerprint of {name}: {fingerprint}"))
}

fn role(role: MemberRole) -> (&'static str, &'static str) {
    match role {
        MemberRole::Head => ("Trưởng ban", "head"),
        MemberRole::Deputy => ("Phó trưởng ban", "deputy"),
        MemberRole::Member => ("Ủy viên", "member"),
        MemberRole::Technician => ("Kỹ thuật viên, không ký", "technician, does not sign"),
    }
}

pub(super) fn board(s: &Board, hall: &Hall<'_>) -> Meaning {
    let (id, title) = (s.board, &s.title);
    let mut meaning = if hall.count.board(id).is_some() {
        Meaning::new(format!("Thay ban kiểm phiếu {id}: {title}"), format!("Replace the counting board {id}: {title}"))
    } else {
        Meaning::new(format!("Lập ban kiểm phiếu {id}: {title}"), format!("Record the counting board {id}: {title}"))
    };
    for m in &s.members {
        let (vi, en) = role(m.role);
        meaning = meaning.line(format!("{} {}, {vi}", m.id, m.name), format!("{} {}, {en}", m.id, m.name));
    }
    for key in &s.keys {
        meaning = fingerprint(meaning, key);
    }
    meaning
        .line(format!("Mỗi lần {} người cùng ký", s.threshold), format!("{} sign together", s.threshold))
        .warned([Reserve::of_board(s)])
}

pub(super) fn key(s: &KeyStatement) -> Meaning {
    let name = short(s.key.name());
    let meaning =
        Meaning::new(format!("Đăng ký khóa {name}"), format!("Let the key {name} in")).fact(s.key.to_string());
    let meaning = fingerprint(meaning, &s.key);
    match &s.title {
        Some(title) => meaning.line(format!("Tên gọi: {title}"), format!("Called: {title}")),
        None => meaning,
    }
}

pub(super) fn revoke(s: &Revoke, hall: &Hall<'_>) -> Meaning {
    let name = short(&s.key);
    let mut meaning = Meaning::new(
        format!("Thu hồi khóa {name}, không bao giờ dùng lại"),
        format!("Revoke the key {name}, for good"),
    );
    if let Some(last) = s.last_seq {
        meaning = meaning.line(
            format!("Chỉ nhận đến văn bản số {last} của bàn này"),
            format!("Accepted up to statement {last} of this table"),
        );
        let station = name.rsplit('/').next().and_then(|id| id.parse().ok());
        if let Some((head, _)) = station.and_then(|id| hall.count.station_head(id))
            && head > last
        {
            let later = head.saturating_sub(last);
            meaning = meaning.line(
                format!("{later} văn bản sau đó bị loại, các tập phiếu của chúng mở lại"),
                format!("Set aside, their bundles open again: {}", many(later, "statement")),
            );
        }
    }
    meaning.reason(&s.reason).warned(Reserve::without(&s.key, hall.count))
}
