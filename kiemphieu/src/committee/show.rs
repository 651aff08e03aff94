//! The committee's words on a terminal. It refuses to know where they come from.

use crate::data;
use ::committee::{
    draft::Draft,
    record::Sent,
    standing::{ContestStanding, Standing},
};
use serde::Serialize;
use std::fmt::Write;

/// One JSON document on stdout.
pub(super) fn json<T: Serialize>(value: &T) {
    data!("{}", serde_json::to_string_pretty(value).expect("what is shown has text keys only"));
}

pub(super) fn sent(sent: &Sent) -> String {
    match sent {
        Sent::Recorded { index } => format!("đã ghi, mục {index} — recorded as entry {index}"),
        Sent::Repeated { index } => format!("đã có từ trước, mục {index} — it stood there before, entry {index}"),
        Sent::Draft { have, needed } => {
            format!("bản nháp, {have}/{needed} chữ ký — a draft, {have} of {needed} signatures")
        }
    }
}

pub(super) fn draft(draft: &Draft, meaning: &str) -> String {
    let signers: Vec<&str> = draft.signers.iter().map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
    let (have, needed, age) = (signers.len(), draft.threshold, draft.age_seconds);
    let sid = &draft.sid;
    let signed = signers.join(" ");
    format!("{sid}\n  {have}/{needed} ({signed}), {age} s\n  {}\n", meaning.replace('\n', "\n  "))
}

pub(super) fn standing(s: &Standing) -> String {
    let mut text =
        format!("{}\n{}\n{} mục, đã kiểm tra hết — {} entries, all verified\n", s.title, s.event, s.size, s.size);
    if s.boards.is_empty() {
        text.push_str("chưa có ban kiểm phiếu — no counting board yet\n");
    }
    let flags: Vec<String> = s.flags.iter().filter(|(_, n)| **n > 0).map(|(flag, n)| format!("{n} {flag}")).collect();
    if !flags.is_empty() {
        text.push_str(&format!("cần xem — to be looked at: {}\n", flags.join(", ")));
    }
    for c in &s.contests {
        contest(&mut text, c).expect("a String takes everything");
    }
    text
}

fn contest(text: &mut String, c: &ContestStanding) -> std::fmt::Result {
    writeln!(text, "\n{} {}: {}", c.id, c.title, c.phase)?;
    if let Some(p) = &c.papers {
        writeln!(
            text,
            "  nhận {} phát ra {} không dùng {} gạch hỏng {} thu về {} đã tính {} — \
             received, issued, unused, spoiled, collected, counted",
            p.received, p.issued, p.unused, p.spoiled, p.collected, p.counted
        )?;
    }
    for check in &c.checks {
        let accepted = if check.accepted { " (đã chấp nhận — accepted)" } else { "" };
        writeln!(text, "  {}: {}{accepted}", check.code, check.why)?;
    }
    let bundles: Vec<String> = c.bundles.iter().map(|(state, n)| format!("{n} {state}")).collect();
    writeln!(text, "  tập phiếu — bundles: {}", bundles.join(", "))?;
    for case in &c.cases {
        writeln!(text, "  {} {}", case.bundle, case.state)?;
        for b in &case.batches {
            writeln!(
                text,
                "    {} {} mục {}: {} phiếu, {} hợp lệ {:?}",
                b.sid, b.station, b.index, b.ballots, b.valid, b.votes
            )?;
        }
    }
    if let Some(outcome) = &c.outcome {
        if let (Some(base), Some(threshold)) = (outcome.base, outcome.threshold) {
            writeln!(text, "  D = {base}, quá nửa từ — more than half from {threshold}")?;
        }
        let elected: Vec<String> =
            outcome.elected.iter().map(|n| format!("{n} ({})", outcome.votes.get(n).copied().unwrap_or(0))).collect();
        writeln!(
            text,
            "  trúng cử — elected: {}",
            if elected.is_empty() { "-".to_owned() } else { elected.join(", ") }
        )?;
        writeln!(text, "  còn lại — next: {}", outcome.blocked.unwrap_or(&outcome.next))?;
    }
    writeln!(text, "  → {} — {}", c.next.vi, c.next.en)
}
