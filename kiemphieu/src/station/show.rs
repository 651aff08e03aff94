//! What a table says: words to standard error, data to standard output.

use crate::{data, words};
use comfy_table::Table;
use serde_json::{Value, json};
use station::{
    StationError,
    patience::Progress,
    rising::Standing,
    status::{Notice, Status},
    table::Signed,
    uplink::Delivered,
};
use std::path::Path;
use tally::{Code, Sid, Statement, StationId, statement::Contest};
use tlog::VerifierKey;

/// Notices shown in a terminal: a screenful.
const NOTICES_MAX: usize = 20;

/// The public half of a new key, for the organisers.
pub(super) fn key(key: &VerifierKey) {
    data!("{key}");
}

/// Draws nothing in a terminal but trouble; as JSON, one line each for whoever draws.
pub(super) fn progress(json: bool) -> impl Fn(Progress) {
    move |progress| {
        if json {
            line(&json!(progress));
        } else if let Progress::Waiting { wait_ms, why } = progress {
            words!("{why}; thử lại sau {wait_ms} ms — trying again in {wait_ms} ms");
        }
    }
}

/// One JSON line. Whoever reads may have gone away; the table goes on.
fn line(value: &Value) {
    data!("{value}");
}

/// Bundles in the journal after signing.
pub(super) fn signed(contest: &Contest, signed: &Signed, of: usize) {
    let (id, title) = (contest.contest, contest.title.as_str());
    let (now, aside) = (signed.signed, signed.set_aside.len());
    let code = Code::of(Statement::Contest(Box::new(contest.clone())).sid());
    words!("mã phiếu bầu — ballot code: {code}");
    words!("{id} {title}: đã ký {now}/{of} tập — {now} of {of} bundles signed now");
    if aside > 0 {
        words!(
            "{aside} tập đã được đếm đúng như vậy nhưng không tính; khi đã xử lý xong nguyên nhân, thêm --again — \
             {aside} bundles were set aside before with these very figures; add --again once the reason is gone"
        );
    }
}

/// A withdrawal in the journal.
pub(super) fn withdrawn(sid: Sid) {
    data!("{sid}");
}

/// What came back.
pub(super) fn delivered(delivered: &Delivered, json: bool) {
    let Delivered { receipts, repeated, set_aside, conflicts } = delivered;
    for received in conflicts {
        let (seq, code, vi, en) = (received.seq, &received.code, &received.vi, &received.en);
        words!("bản số {seq} — number {seq}: {code}: {vi} — {en}");
    }
    words!("đã có {receipts} biên nhận — {receipts} receipts verified and kept");
    if json {
        let seqs = |list: &[station::receipt::Received]| list.iter().map(|r| r.seq).collect::<Vec<_>>();
        line(&json!({ "receipts": receipts, "repeated": repeated, "set-aside": seqs(set_aside),
            "conflicts": seqs(conflicts) }));
    }
}

/// The newest checkpoint seen, and how it is read aloud.
pub(super) fn seen(note: Option<&tlog::Note>, json: bool) {
    let checkpoint = note.and_then(|note| Some((note, tlog::Checkpoint::parse(note.text()).ok()?)));
    match checkpoint {
        Some((note, seen)) if json => {
            let code = station::gossip::code(note).to_string();
            line(&json!({ "size": seen.size, "root": seen.root.to_string(), "code": code, "note": note.as_str() }));
        }
        Some((note, seen)) => {
            words!("đọc qua điện thoại — read aloud: {} {}", seen.size, station::gossip::code(note));
            data!("{}", note.as_str().trim_end());
        }
        None if json => line(&Value::Null),
        None => words!("bàn này chưa có biên nhận nào — this table has no receipt yet"),
    }
}

/// What others have seen, compared.
pub(super) fn heard(compared: &station::gossip::Compared, json: bool) {
    let (agreed, foreign) = (compared.agreed, compared.foreign);
    words!(
        "{agreed} điểm kiểm khớp, {foreign} không thuộc sự kiện này — {agreed} agree, {foreign} are not of this event"
    );
    if json {
        line(&json!(compared));
    }
}

/// Notes of another table.
pub(super) fn carried(station: StationId, receipts: usize) {
    words!("{station}: {receipts}");
}

/// What stopped another table.
pub(super) fn trouble(station: StationId, trouble: &StationError) {
    words!("{station}: {trouble}");
}

/// Both ends of a chain that agree.
pub(super) fn heads(heads: &Value) {
    line(heads);
}

/// Files written, or answers taken; as JSON under that name.
pub(super) fn written(what: &str, count: usize, folder: &Path, json: bool) {
    words!("{count} → {}", folder.display());
    if json {
        line(&json!({ what: count, "folder": folder }));
    }
}

/// Receipts written, and how they stand.
pub(super) fn receipts(count: usize, standing: Standing, folder: &Path, json: bool) {
    let Standing { integrated, witnessed } = standing;
    words!(
        "{count} biên nhận, {witnessed} có đủ nhân chứng — {count} receipts: {witnessed} WITNESSED, {integrated} INTEGRATED → {}",
        folder.display()
    );
    if json {
        line(&json!({ "receipts": count, "integrated": integrated, "witnessed": witnessed, "folder": folder }));
    }
}

/// Where the table stands.
pub(super) fn status(status: &Status, json: bool) {
    if json {
        return line(&json!(status));
    }
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    let last_seen = status.last_seen.as_ref().map_or("-".into(), |seen| format!("{} {}", seen.size, seen.root));
    for (name, value) in [
        ("bàn — table", status.station.clone()),
        ("sự kiện — event", status.event.clone()),
        ("bản cuối — last statement", format!("{} {}", status.seq, status.head)),
        ("chưa gửi — unsent", status.outbox.to_string()),
        ("biên nhận — receipts", status.receipts.to_string()),
        ("có đủ nhân chứng — WITNESSED", status.witnessed.to_string()),
        ("chưa đủ nhân chứng — INTEGRATED", status.integrated.to_string()),
        ("không rõ phán quyết — ruling lost", status.repeated.to_string()),
        ("điểm kiểm tra — last checkpoint", last_seen),
    ] {
        table.add_row([name.to_owned(), value]);
    }
    data!("{table}");
    let notices = || status.set_aside.iter().chain(&status.conflicts);
    for Notice { seq, bundle, code, vi, en, .. } in notices().take(NOTICES_MAX) {
        data!("bản số {seq} — number {seq} ({}): {code}: {vi} — {en}", bundle.as_deref().unwrap_or("-"));
    }
    if let Some(more) = notices().count().checked_sub(NOTICES_MAX).filter(|more| *more > 0) {
        data!("và {more} bản nữa, xem --json — and {more} more, see --json");
    }
}
