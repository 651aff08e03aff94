//! `committee status` on a terminal: papers, checks, cases, what the board watches, what comes next. It refuses to know
//! where the figures come from.

use ::committee::standing::{ContestStanding, DecidedStanding, KeyTwice, NamesLeft, Standing, Watch};
use std::fmt::Write;

/// The longest bar, in characters.
const BAR_CHARS: u64 = 40;

pub(super) fn standing(s: &Standing) -> String {
    let mut text =
        format!("{}\n{}\n{} mục, đã kiểm tra hết — {} entries, all verified\n", s.title, s.event, s.size, s.size);
    if s.boards.is_empty() {
        text.push_str("chưa có ban kiểm phiếu — no counting board yet\n");
    }
    for said in s.reserves.iter().filter_map(|reserve| reserve.warning.as_ref()) {
        text.push_str(&format!("CHÚ Ý — MIND: {said}\n"));
    }
    for twice in s.keys_in_use_twice.iter().flatten() {
        text.push_str(&key_twice(twice));
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

/// What to do comes with the whole of the command; once the key is revoked, only the recount is left.
fn key_twice(k: &KeyTwice) -> String {
    let (station, seq, last) = (&k.station, k.seq, k.seq.saturating_sub(1));
    if k.revoked {
        return format!(
            "khóa bàn {station} từng ký hai văn bản số {seq}, đã thu hồi: kiểm lại các tập từ số {seq} — the key of table \
             {station} had signed two texts of number {seq} and is revoked: recount its bundles from number {seq} on\n"
        );
    }
    format!(
        "CHÚ Ý — MIND: {}\n  mục {} {} ≠ {}\n  → kiemphieu committee revoke station/{station} --last-seq {last} --reason …\n",
        k.said, k.entry, k.logged, k.other
    )
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
    if let Some(p) = c.papers.filter(|p| p.valid + p.invalid + p.given_up + p.kept > 0) {
        writeln!(
            text,
            "  hợp lệ {} không hợp lệ {} bỏ {} chưa tính {} không nộp lại {} — valid, invalid, given up, open, kept",
            p.valid, p.invalid, p.given_up, p.open, p.kept
        )?;
    }
    for check in &c.checks {
        let accepted = if check.accepted { " (đã chấp nhận — accepted)" } else { "" };
        writeln!(text, "  {}: {}{accepted}", check.code, check.committee)?;
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
    if !c.to_look_at.is_empty() {
        let bundles = c.to_look_at.len();
        writeln!(text, "  nên xem {bundles} tập — {bundles} bundles to look at: kiemphieu committee cases {}", c.id)?;
    }
    watch(text, &c.watch)?;
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

/// Histogram, rate, and whether it is decided.
fn watch(text: &mut String, w: &Watch) -> std::fmt::Result {
    if let Some(left) = &w.names_left {
        names_left(text, left)?;
    }
    if let Some(rate) = w.rate.filter(|rate| rate.empty == 0) {
        let (over, seats) = (rate.over, rate.seats);
        writeln!(text, "  cứ đà này đủ {seats} người — at this rate {over} names pass for {seats} seats")?;
    }
    w.decided.as_ref().map_or(Ok(()), |d| decided(text, d))
}

/// How many names the valid papers carry, one bar for each number that occurred.
fn names_left(text: &mut String, left: &NamesLeft) -> std::fmt::Result {
    let most = left.papers.values().copied().max().unwrap_or(1).max(1);
    writeln!(text, "  số tên để lại trên phiếu (tối đa {}) — names left on valid papers, at most {0}:", left.most)?;
    for (names, papers) in left.papers.iter().rev() {
        let chars = (u64::from(*papers) * BAR_CHARS).div_ceil(u64::from(most));
        let bar: String = (0..chars).map(|_| '█').collect();
        writeln!(text, "  {names:>5} {bar} {papers}")?;
    }
    Ok(())
}

fn decided(text: &mut String, d: &DecidedStanding) -> std::fmt::Result {
    let open = d.open_papers;
    let (vi, en) = if d.decided {
        ("đã ngã ngũ: phiếu chưa tính không đổi được ai trúng cử", "decided: what is open cannot change who is elected")
    } else {
        (
            "chưa ngã ngũ: phiếu chưa tính còn đổi được ai trúng cử",
            "open: what is not counted can change who is elected",
        )
    };
    writeln!(text, "  {vi} ({open} phiếu) — {en} ({open} papers)")?;
    if let Some(fewest) = d.fewest_papers {
        let who = d.tightest.as_ref().map_or(String::new(), |n| format!(" ({}: {})", n.candidate, n.votes));
        writeln!(
            text,
            "  cần ít nhất {fewest} phiếu mới đổi được{who} — it takes {fewest} papers to change anything{who}"
        )?;
    }
    Ok(())
}
