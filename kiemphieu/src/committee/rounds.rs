//! `committee next` and `committee plan`: the contests that follow, prefilled from the verified log.

use super::{
    command::rounds::{AdoptArgs, Named, NextArgs, OutFile, PlanArgs, PlanCommand},
    read, show,
};
use crate::{data_raw, pin::Pins, words};
use ::committee::{
    CommitteeError,
    plan::{self, Adoption, Plan, State, StepStanding},
    proposal::Proposal,
    round,
};
use serde::Serialize;
use std::{collections::BTreeMap, io::Write, path::Path};
use tally::{ContestId, Count};

/// A proposal, and where its file was put.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    proposal: ::committee::proposal::ProposalView,
    file: Option<String>,
}

pub(super) async fn next(args: &NextArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let record = read(&args.read, pins).await?;
    let count = &record.replay().count;
    let proposal = round::next(count, args.contest, args.names)?;
    give(&proposal, count, &args.file, args.read.json)
}

pub(super) async fn plan(args: PlanArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    if let Some(PlanCommand::Adopt(args)) = args.act {
        return adopt(args, pins).await;
    }
    let record = read(&args.read, pins).await?;
    let standing = Plan::of(&record.replay().count, &named(&args.steps)).standing();
    if args.read.json {
        show::json(&standing);
    } else {
        data_raw!("{}", standing.iter().map(step).collect::<String>());
    }
    Ok(())
}

async fn adopt(args: AdoptArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let record = read(&args.read, pins).await?;
    let count = &record.replay().count;
    let AdoptArgs { seats, alternates, names, board, id, title, .. } = args;
    let said = Adoption { seats, alternates, names, board, id, title };
    let proposal = plan::adopt(&Plan::of(count, &named(&args.steps)), args.step, said)?;
    give(&proposal, count, &args.file, args.read.json)
}

fn named(steps: &Named) -> BTreeMap<String, ContestId> {
    steps.named.iter().map(|(step, id)| (step.word.to_owned(), *id)).collect()
}

/// The section on stdout, or the whole file where it is wanted, and what is typed next.
fn give(proposal: &Proposal, count: &Count, file: &OutFile, json: bool) -> Result<(), CommitteeError> {
    if let Some(path) = &file.out {
        write_new(path, &proposal.file(count))?;
    }
    if json {
        let file = file.out.as_ref().map(|path| path.display().to_string());
        show::json(&Shown { proposal: proposal.view(), file });
    } else {
        data_raw!("{}", proposal.section());
    }
    let id = proposal.contest.id;
    let path = file.out.as_ref().map_or("FILE".to_owned(), |path| path.display().to_string());
    words!(
        "sửa nếu cần, rồi — change it where needed, then: kiemphieu committee contest {id} --event-toml {path} --as …"
    );
    Ok(())
}

/// What somebody changed by hand is never overwritten.
fn write_new(path: &Path, text: &str) -> Result<(), CommitteeError> {
    let disk = |source| CommitteeError::Disk { path: path.to_owned(), source };
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(disk)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(disk)
}

fn step(s: &StepStanding) -> String {
    let state = match s.state {
        State::Done => "xong — done",
        State::Open => "đang làm — open",
        State::Next => "TIẾP THEO — NEXT",
        State::Later => "sau — later",
        State::LeftOut => "bỏ qua — left out",
    };
    let mut lines = vec![format!("{:<12} {} [{state}]", s.step, s.title), format!("  {}", s.meeting)];
    let board = s.board.as_deref().unwrap_or("?");
    let form = s.form.map_or(String::new(), |form| format!(", {form}"));
    lines.push(format!("  ban — board {board}, quy tắc — rules {}{form}", s.profile));
    if !s.rounds.is_empty() {
        lines.push(format!("  cuộc bầu — contests: {}", s.rounds.join(", ")));
    }
    if !s.elected.is_empty() {
        lines.push(format!("  trúng cử — elected {}: {}", s.elected.len(), s.elected.join(", ")));
    }
    if let (Some(open), Some(last)) = (&s.open, s.rounds.last()) {
        lines.push(format!("  còn — open: {open} → kiemphieu committee next {last}"));
    }
    if matches!(s.state, State::Next | State::LeftOut) && s.rounds.is_empty() {
        if !s.suggested.is_empty() {
            let outside = if s.outside { " (+ …)" } else { "" };
            let (n, names) = (s.suggested.len(), s.suggested.join(", "));
            lines.push(format!("  gợi ý — suggested {n}: {names}{outside}"));
        }
        let seats = if s.seats.is_some() { "" } else { " --seats N" };
        lines.push(format!("  → kiemphieu committee plan adopt {}{seats} --out {}.toml", s.step, s.step));
    }
    lines.join("\n") + "\n"
}
