//! What a rehearsal shows at its end: totals, who is elected, the observer's verdict, timings, differences.

use super::{RehearseArguments, plan::Plan};
use crate::data;
use crate::exit::{Exit, Failure};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use observer::{
    expected::Difference,
    results::{ContestResults, Results},
};
use std::path::Path;
use tally::statement::Language;

/// Tables for people, or results.json for programs.
pub(super) fn say(
    arguments: &RehearseArguments,
    plan: &Plan,
    results: &Results,
    differences: &[Difference],
    out: &Path,
) -> Result<(), Failure> {
    if arguments.json {
        data!("{}", serde_json::to_string_pretty(results).map_err(|e| Failure::new(Exit::Trouble, e))?);
        return Ok(());
    }
    let say = Words(plan.event.language);
    data!("{}\n", plan.event.title);
    // The log lists contests by id, the file in the order of the hall.
    let results_of = |id: &str| results.contests.iter().find(|c| c.id == id);
    for planned in &plan.contests {
        let Some(contest) = results_of(planned.contest.id.as_str()) else { continue };
        let names: Vec<&str> = planned.contest.candidates.iter().map(|c| c.name.as_str()).collect();
        data!("{} {} — {}", contest.id, planned.contest.title, contest.state);
        data!("{}", totals(say, contest));
        data!("{}", votes(say, contest, &names));
        data!("{}\n", outcome(say, contest));
    }
    data!("{:<18}{}", say.word("người quan sát", "observer"), results.observer);
    data!("{:<18}{} / {}", say.word("nhật ký", "log, root"), results.log.size, results.log.root);
    data!("{:<18}{}", say.word("sự kiện", "event"), results.event);
    let timings = results.timings_s;
    data!("{:<18}{} / {:.2} s", say.word("lần đếm", "batches counted"), results.batches, timings.count);
    data!("{:<18}{:.2} s", say.word("kiểm tra chéo", "verified"), timings.verify);
    data!("{:<18}{}", "expected.json", compared(say, plan, differences));
    data!("{:<18}{}", say.word("để lại ở", "left in"), out.display());
    let log = out.join("log");
    data!(
        "{:<18}kiemphieu observer verify {} --event {}",
        say.word("tự kiểm tra", "check it"),
        log.display(),
        results.event
    );
    Ok(())
}

/// Words in the language of the event.
#[derive(Clone, Copy)]
struct Words(Language);

impl Words {
    fn word<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self.0 {
            Language::Vi => vi,
            Language::En => en,
        }
    }
}

fn compared(say: Words, plan: &Plan, differences: &[Difference]) -> String {
    match (&plan.expected, differences.len()) {
        (None, _) => say.word("không có", "none given").to_owned(),
        (Some(_), 0) => say.word("mọi số liệu đều khớp", "all figures agree").to_owned(),
        (Some(_), n) => format!("{n} {}", say.word("số liệu khác", "figures differ")),
    }
}

fn totals(say: Words, contest: &ContestResults) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let invalid: Vec<String> = contest.invalid.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
    let invalid = if invalid.is_empty() { "0".to_owned() } else { invalid.join(", ") };
    let or_dash = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
    table.set_header([
        say.word("tập phiếu", "bundles"),
        say.word("phiếu", "ballots"),
        say.word("hợp lệ", "valid"),
        say.word("không hợp lệ", "invalid"),
        say.word("số để tính", "base D"),
        say.word("quá một nửa", "more than half"),
    ]);
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

fn votes(say: Words, contest: &ContestResults, names: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(["", say.word("họ và tên", "name"), say.word("số phiếu", "votes"), ""]);
    for ((number, votes), name) in contest.votes.iter().zip(names) {
        let elected = contest.outcome.elected.contains(number);
        table.add_row([
            number.as_str(),
            name,
            &votes.to_string(),
            if elected {
                say.word("trúng cử", "elected")
            } else if contest.outcome.alternates.contains(number) {
                say.word("dự khuyết", "alternate")
            } else {
                ""
            },
        ]);
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn outcome(say: Words, contest: &ContestResults) -> String {
    let o = &contest.outcome;
    let elected = if o.elected.is_empty() { say.word("không ai", "nobody").to_owned() } else { o.elected.join(" ") };
    let mut words = vec![format!("{}: {elected}", say.word("trúng cử", "elected"))];
    if !o.alternates.is_empty() {
        words.push(format!("{}: {}", say.word("dự khuyết", "alternates"), o.alternates.join(" ")));
    }
    if !o.tie.candidates.is_empty() {
        let (tie, seats) = (o.tie.candidates.join(" "), o.tie.seats);
        words.push(format!("{} {tie} → {seats}", say.word("số phiếu bằng nhau", "tie")));
    }
    if o.short > 0 {
        words.push(format!("{} {}", say.word("bầu thiếu", "short of"), o.short));
    }
    if let Some(blocked) = &o.blocked {
        words.push(format!("{}: {blocked}", say.word("không thể công bố", "blocked")));
    }
    words.join("; ")
}

/// Every figure that differs, for the error.
pub(super) fn differences(differences: &[Difference]) -> String {
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    format!("figures differ from expected.json:\n{}", lines.join("\n"))
}
