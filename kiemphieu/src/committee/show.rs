//! The committee's words on a terminal. It refuses to know where they come from.

use crate::data;
use ::committee::{
    draft::View,
    enrol::{Deposit, State},
    record::Sent,
};
use serde::Serialize;
use std::{fmt::Write, path::Path};
use tally::Sid;

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

/// What the others type to see and complete what was proposed here.
pub(super) fn for_the_others(sid: Sid) -> String {
    format!(
        "người khác xem bằng — the others read it with: kiemphieu committee drafts\n\
         và ký bằng — and sign with: kiemphieu committee sign {} --as …",
        begun(sid)
    )
}

/// How far a manifest has come, and what to do next.
pub(super) fn manifest(path: &Path, have: usize, needed: usize, others: &[String]) -> String {
    let (path, missing, others) = (path.display(), needed.saturating_sub(have), others.join(" "));
    if missing == 0 {
        return format!(
            "đã lập sự kiện, {have}/{needed} chữ ký — founded, {have} of {needed} signatures: {path}\n\
             tiếp theo — next: kiemphieu server found {path}"
        );
    }
    format!(
        "{path}: {have}/{needed} chữ ký, còn thiếu {missing} — {have} of {needed} signatures, {missing} missing\n\
         đưa tệp này cho người tổ chức khác ({others}) ký ở máy của họ, rồi nhận lại — \
         give the file to another organiser ({others}) to sign at their machine, and take it back:\n  \
         kiemphieu committee cosign {path} --key KEYFILE"
    )
}

/// What a member reads of a draft, with the commands that sign or refuse it.
pub(super) fn draft(view: &View, home: &Path, is_here: impl Fn(&str) -> bool) -> String {
    let id = |name: &String| name.rsplit('/').next().unwrap_or(name).to_owned();
    let ids = |names: &[String]| names.iter().map(id).collect::<Vec<_>>();
    let (signers, can_sign) = (ids(&view.signers), ids(&view.can_sign));
    let mut text = format!("{}\n", view.sid);
    for (place, said) in view.meaning.iter().enumerate() {
        writeln!(text, "  {}{said}", if place == 0 { "" } else { "  " }).expect("a String takes everything");
    }
    let (have, threshold, needed) = (signers.len(), view.threshold, view.needed);
    let (hours, minutes) = (view.left_seconds / 3600, view.left_seconds / 60 % 60);
    let (signed, others) = (signers.join(" "), can_sign.join(" "));
    let mut line = |words: String| writeln!(text, "  {words}").expect("a String takes everything");
    line(format!("đã ký — signed: {signed} ({have}/{threshold})"));
    for no in &view.refusals {
        line(format!("từ chối — refused: {}: {}", id(&no.name), no.reason));
    }
    line(format!("còn cần {needed} người trong — still needed: {needed} of {others}"));
    line(format!("còn hạn {hours} giờ {minutes} phút — valid for {hours} h {minutes} min"));
    if let Some(who) = can_sign.iter().find(|id| is_here(id)).or(can_sign.first()) {
        let home = if home == Path::new("committee") { String::new() } else { format!(" --home {}", home.display()) };
        let sid = begun(view.sid);
        line(format!("để ký — to sign: kiemphieu committee sign {sid} --as {who}{home}"));
        line(format!("để từ chối — to refuse: kiemphieu committee refuse {sid} --reason '…' --as {who}{home}"));
    }
    text
}

/// As much of a sid as people copy: too much for somebody else's statement to begin alike.
fn begun(sid: Sid) -> String {
    sid.to_string().chars().take(16).collect()
}

/// One name that was invited; the server's words are shown without what could move a cursor.
pub(super) fn deposit(deposit: &Deposit) -> String {
    let name: String = deposit.name.chars().filter(|c| !c.is_control()).collect();
    let minutes = deposit.left.as_secs().div_ceil(60);
    let state = match deposit.state {
        State::Open => format!(
            "mã còn {minutes} phút, {tries} lần thử — the code waits: {minutes} min and {tries} tries left",
            tries = deposit.tries_left
        ),
        State::Deposited => format!(
            "khóa đã gửi, so vân tay rồi ghi nhận trong {minutes} phút — a key came in, compare and admit within {minutes} min"
        ),
        State::Expired => "mã đã hết hạn, mời lại — the code expired, invite again".to_owned(),
        State::TriesSpent => {
            "mã bị thử sai 5 lần, có thể có người đoán; mời lại — 5 wrong codes, somebody may be guessing; invite again"
                .to_owned()
        }
    };
    match deposit.fingerprint() {
        Some(fingerprint) => format!("{name}\n  {fingerprint}\n  {state}\n"),
        None => format!("{name}\n  {state}\n"),
    }
}
