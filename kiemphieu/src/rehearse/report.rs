//! What a rehearsal shows at its end: totals, who is elected, the observer's verdict, timings, differences.

use super::{RehearseArguments, plan::Plan};
use crate::exit::{Exit, Failure};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use observer::{
    expected::Difference,
    results::{ContestResults, Results},
};
use std::path::Path;

/// Tables for people, or results.json for programs.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "data to standard output, words to standard error")]
pub(super) fn say(
    arguments: &RehearseArguments,
    plan: &Plan,
    results: &Results,
    differences: &[Difference],
    out: &Path,
) -> Result<(), Failure> {
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(results).map_err(|e| Failure::new(Exit::Trouble, e))?);
        return Ok(());
    }
    println!("{}\n", plan.event.title);
    for (contest, planned) in results.contests.iter().zip(&plan.contests) {
        let names: Vec<&str> = planned.contest.candidates.iter().map(|c| c.name.as_str()).collect();
        println!("{} {} — {}", contest.id, planned.contest.title, contest.state);
        println!("{}", totals(contest));
        println!("{}", votes(contest, &names));
        println!("{}\n", outcome(contest));
    }
    println!("observer         {}", results.observer);
    println!("log              {} entries, root {}", results.log.size, results.log.root);
    println!("event            {}", results.event);
    println!(
        "counted          {} batches in {:.2} s, verified in {:.2} s",
        results.batches, results.timings_s.count, results.timings_s.verify
    );
    println!("expected.json    {}", compared(plan, differences));
    println!("left in          {}", out.display());
    println!("check it         kiemphieu observer verify {} --event {}", out.join("log").display(), results.event);
    Ok(())
}

fn compared(plan: &Plan, differences: &[Difference]) -> String {
    match (&plan.expected, differences.len()) {
        (None, _) => "none given".to_owned(),
        (Some(_), 0) => "all figures agree".to_owned(),
        (Some(_), n) => format!("{n} figures differ"),
    }
}

fn totals(contest: &ContestResults) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let invalid: Vec<String> = contest.invalid.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
    let invalid = if invalid.is_empty() { "0".to_owned() } else { invalid.join(", ") };
    let or_dash = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
    table.set_header(["bundles", "ballots", "valid", "invalid", "base D", "more than half"]);
    table.add_row([
        contest.bundles.to_string(),
        contest.ballots.to_string(),
        contest.valid.to_string(),
        invalid,
        or_dash(contest.base),
        or_dash(contest.threshold),
    ]);
    table
}

fn votes(contest: &ContestResults, names: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(["", "name", "votes", ""]);
    for ((number, votes), name) in contest.votes.iter().zip(names) {
        let elected = if contest.outcome.elected.contains(number) { "elected" } else { "" };
        table.add_row([number.as_str(), name, &votes.to_string(), elected]);
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn outcome(contest: &ContestResults) -> String {
    let o = &contest.outcome;
    let mut words =
        vec![format!("elected: {}", if o.elected.is_empty() { "nobody".into() } else { o.elected.join(" ") })];
    if !o.tie.candidates.is_empty() {
        words.push(format!("tie of {} for {}", o.tie.candidates.join(" "), o.tie.seats));
    }
    if o.short > 0 {
        words.push(format!("short of {}", o.short));
    }
    if let Some(blocked) = &o.blocked {
        words.push(format!("blocked: {blocked}"));
    }
    words.join("; ")
}

/// Every figure that differs, for the error.
pub(super) fn differences(differences: &[Difference]) -> String {
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    format!("figures differ from expected.json:\n{}", lines.join("\n"))
}
