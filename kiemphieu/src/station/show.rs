//! What a table says: words to standard error, data to standard output.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is where a table speaks")]

use comfy_table::Table;
use serde_json::{Value, json};
use station::{
    StationError,
    status::{Notice, Status},
    uplink::{Delivered, Progress},
};
use std::{io::Write, path::Path};
use tally::{Sid, StationId, statement::Contest};
use tlog::VerifierKey;

/// The public half of a new key, for the organisers.
pub(super) fn key(key: &VerifierKey) {
    println!("{key}");
}

/// Draws nothing in a terminal but trouble; as JSON, one line each for whoever draws.
pub(super) fn progress(json: bool) -> impl Fn(Progress) {
    move |progress| {
        if json {
            line(&json!(progress));
        } else if let Progress::Waiting { wait_ms, why } = progress {
            eprintln!("{why}; thử lại sau {wait_ms} ms — trying again in {wait_ms} ms");
        }
    }
}

/// One JSON line. Whoever reads may have gone away; the table goes on.
fn line(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

/// Bundles in the journal after signing.
pub(super) fn signed(contest: &Contest, signed: usize, of: usize) {
    let (id, title) = (contest.contest, contest.title.as_str());
    eprintln!("{id} {title}: đã ký {signed}/{of} tập — {signed} of {of} bundles signed now");
}

/// A withdrawal in the journal.
pub(super) fn withdrawn(sid: Sid) {
    println!("{sid}");
}

/// What came back.
pub(super) fn delivered(delivered: &Delivered, json: bool) {
    let Delivered { receipts, repeated, set_aside, conflicts } = delivered;
    for received in conflicts {
        let (seq, code, vi, en) = (received.seq, &received.code, &received.vi, &received.en);
        eprintln!("bản số {seq} — number {seq}: {code}: {vi} — {en}");
    }
    eprintln!("đã có {receipts} biên nhận — {receipts} receipts verified and kept");
    if json {
        let seqs = |list: &[station::receipt::Received]| list.iter().map(|r| r.seq).collect::<Vec<_>>();
        line(&json!({ "receipts": receipts, "repeated": repeated, "set-aside": seqs(set_aside),
            "conflicts": seqs(conflicts) }));
    }
}

/// Notes of another table.
pub(super) fn carried(station: StationId, receipts: usize) {
    eprintln!("{station}: {receipts}");
}

/// What stopped another table.
pub(super) fn trouble(station: StationId, trouble: &StationError) {
    eprintln!("{station}: {trouble}");
}

/// Both ends of a chain that agree.
pub(super) fn heads(heads: &Value) {
    line(heads);
}

/// Files written, or answers taken.
pub(super) fn written(count: usize, folder: &Path) {
    eprintln!("{count} → {}", folder.display());
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
        ("điểm kiểm tra — last checkpoint", last_seen),
    ] {
        table.add_row([name.to_owned(), value]);
    }
    println!("{table}");
    for Notice { seq, bundle, code, vi, en, .. } in status.set_aside.iter().chain(&status.conflicts) {
        println!("bản số {seq} — number {seq} ({}): {code}: {vi} — {en}", bundle.as_deref().unwrap_or("-"));
    }
}
