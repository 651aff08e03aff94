//! `committee cases`: arguments in, histories out. What a case is, the crate `committee` knows.

use super::{command::CasesArgs, read, show};
use crate::{data_raw, pin::Pins};
use ::committee::{
    CommitteeError,
    cases::{self, CaseFile, Effect, HistoryEntry, Wanted},
};
use std::fmt::Write;

pub(super) async fn list(args: &CasesArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let mut record = read(&args.read, pins).await?;
    let files = cases::read(&mut record, Wanted { contest: args.contest, bundle: args.bundle }).await?;
    if args.read.json {
        show::json(&files);
    } else {
        data_raw!("{}", in_words(&files).expect("a String takes everything"));
    }
    Ok(())
}

fn in_words(files: &[CaseFile]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    if files.is_empty() {
        text.push_str("không có tập nào cần xem — no bundle to look at\n");
    }
    for file in files {
        case(&mut text, file)?;
    }
    Ok(text)
}

fn case(text: &mut String, file: &CaseFile) -> std::fmt::Result {
    let state = file.state.unwrap_or("-");
    let (vi, en) = match (file.needs_board, file.open) {
        (true, _) => ("ban phải quyết định", "the board must act"),
        (false, true) => ("nên xem", "worth a look"),
        (false, false) => ("đã xong", "over"),
    };
    let papers = file.papers.map_or_else(|| "-".to_owned(), |papers| papers.to_string());
    writeln!(text, "{} {} {state}: {vi} — {en} ({papers} phiếu — papers)", file.contest, file.bundle)?;
    if !file.flags.is_empty() {
        writeln!(text, "  {} {}", file.flags.join(" "), file.alike.join(" "))?;
    }
    file.history.iter().try_for_each(|entry| history(text, entry))
}

fn history(text: &mut String, entry: &HistoryEntry) -> std::fmt::Result {
    let effect = match entry.effect {
        Effect::Counted => " [được tính — counted]",
        Effect::Live => " [chờ — live, not in the totals]",
        Effect::Out => " [không còn — withdrawn, or its key revoked]",
        Effect::SetAside => " [để riêng — set aside]",
        Effect::Recorded => "",
    };
    let (index, signers, faults) = (entry.index, entry.signers.join(" "), entry.faults.join(" "));
    let mut said = entry.said.iter();
    let title = said.next().map(ToString::to_string).unwrap_or_default();
    writeln!(text, "  mục {index} {}{effect} {faults}", entry.kind)?;
    writeln!(text, "    {title} ({signers})")?;
    match &entry.figures {
        Some(f) => {
            let invalid: u32 = f.invalid.values().sum();
            writeln!(text, "    {} {}", f.station, &entry.sid[..16.min(entry.sid.len())])?;
            writeln!(text, "    {} = {} + {invalid}: {:?}", f.ballots, f.valid, f.votes)
        }
        None => said.try_for_each(|line| writeln!(text, "    {line}")),
    }
}
