//! The whole hall on one machine: every part a process of its own, nothing stubbed, real ballots, and an observer that
//! believes nobody. It answers one question: would this event, counted by this program, come out right?

mod hall;
mod part;
mod plan;
mod report;

use crate::words;
use crate::{
    exit::{Exit, Failure, Outcome},
    server::unless_ended,
};
use clap::Args;
use hall::Hall;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use observer::results::Results;
use plan::Plan;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// What to rehearse.
#[derive(Args, Debug)]
#[command(
    before_long_help = "Examples:\n  kiemphieu rehearse\n  kiemphieu rehearse --event deploy/examples/ham-tan-2020 --out /tmp/ham-tan\n  kiemphieu rehearse --event DIR --faults --json"
)]
pub struct RehearseArguments {
    /// Event folder: event.toml, ballots/, perhaps expected.json [default: the shipped French event of 2002]
    #[arg(long)]
    event: Option<PathBuf>,
    /// Where log/, receipts/ and results.json go [default: a fresh folder, printed]
    #[arg(long)]
    out: Option<PathBuf>,
    /// results.json on standard output as well
    #[arg(long)]
    json: bool,
    /// Leave the server and its public pages open until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// Kill the server and a table in the middle of every count
    #[arg(long)]
    faults: bool,
}

/// The shipped event, seen from the repository or from beside the program.
const SHIPPED: &str = "deploy/examples/french-2002";

/// Rehearses.
///
/// # Errors
/// A part fails, the observer finds fault, or figures differ from `expected.json`.
pub async fn run(arguments: RehearseArguments) -> Outcome {
    let plan = Plan::read(&event_folder(&arguments)?)?;
    let out = out_folder(&arguments)?;
    let homes =
        tempfile::Builder::new().prefix("kiemphieu-hall-").tempdir().map_err(|e| Failure::new(Exit::Disk, e))?;
    let (results, hall) = unless_ended(rehearse(&arguments, &plan, homes.path(), &out)).await?;
    if arguments.serve {
        serve(&hall).await;
    }
    hall.close().await?;
    let differences = match &plan.expected {
        Some(expected) => observer::expected::compare(&results, expected),
        None => Vec::new(),
    };
    report::say(&arguments, &plan, &results, &differences, &out)?;
    if !differences.is_empty() {
        return Err(Failure::new(Exit::Differs, report::differences(&differences)));
    }
    match results.observer.as_str() {
        "OK" => Ok(()),
        verdict => Err(Failure::new(Exit::Differs, format!("the observer says {verdict}"))),
    }
}

async fn rehearse(
    arguments: &RehearseArguments,
    plan: &Plan,
    homes: &Path,
    out: &Path,
) -> Result<(Results, Hall), Failure> {
    let bar = bar(plan, arguments.json);
    bar.set_message("keys, manifest, server, observer");
    let mut hall = Hall::open(plan, homes).await?;
    hall.elect_boards(plan).await?;
    let mut count = Duration::ZERO;
    for contest in &plan.contests {
        let id = contest.contest.id.to_string();
        bar.set_message(format!("{id}: contest and papers"));
        hall.prepare(plan, contest).await?;
        bar.set_message(format!("{id}: {} tables count {} papers", contest.tables.len(), contest.collected()));
        let began = Instant::now();
        hall.count(plan, contest, &bar, arguments.faults).await?;
        count += began.elapsed();
        bar.set_message(format!("{id}: close, certify, announce"));
        hall.finish(plan, contest).await?;
        if let Some(again) = plan.repeated_by(contest) {
            hall.annul(plan, contest, again).await?;
        }
    }
    bar.set_message("the observer's copy, receipts");
    hall.hand_over(plan, out).await?;
    let repeated = hall.repeated().await;
    bar.set_message("verifying the copy");
    let began = Instant::now();
    let mut results = verify(out, &hall.event)?;
    results.timings_s.verify = began.elapsed().as_secs_f64();
    results.timings_s.count = count.as_secs_f64();
    results.flags.repeated = repeated;
    results.batches = plan.batches();
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    {
        results.batches_per_s = results.batches as f64 / count.as_secs_f64().max(f64::MIN_POSITIVE);
    }
    write_results(out, &results)?;
    bar.finish_and_clear();
    Ok((results, hall))
}

/// The copy alone is believed: read from the disk, with nothing but the sid of the event.
fn verify(out: &Path, event: &str) -> Result<Results, Failure> {
    let event = event.parse().map_err(|e| Failure::new(Exit::Trouble, format!("{event}: {e}")))?;
    let report = observer::folder::verify(&out.join("log"), event, None);
    let said = report.say().to_string();
    let verdict = report.verdict().word().to_owned();
    match report.results {
        Some(results) => Ok(Results { observer: verdict, ..results }),
        None => Err(Failure::new(Exit::Differs, format!("{verdict}: {said}"))),
    }
}

fn write_results(out: &Path, results: &Results) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(results).map_err(|e| Failure::new(Exit::Trouble, e))?;
    let path = out.join("results.json");
    std::fs::write(&path, text + "\n").map_err(|e| Failure::new(Exit::Disk, format!("{}: {e}", path.display())))
}

fn event_folder(arguments: &RehearseArguments) -> Result<PathBuf, Failure> {
    if let Some(folder) = &arguments.event {
        return Ok(folder.clone());
    }
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("examples/french-2002")));
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|root| root.join(SHIPPED));
    let places = [Some(PathBuf::from(SHIPPED)), built_from, beside];
    let found = places.into_iter().flatten().find(|folder| folder.join("event.toml").exists());
    found.ok_or_else(|| {
        let sentence =
            format!("không thấy {SHIPPED}; dùng --event — {SHIPPED} is not here; name a folder with --event");
        Failure::new(Exit::Input, sentence)
    })
}

/// A folder that holds nothing yet, so that what is found in it afterwards is of this run.
fn out_folder(arguments: &RehearseArguments) -> Result<PathBuf, Failure> {
    let disk = |e: std::io::Error| Failure::new(Exit::Disk, e);
    let Some(out) = &arguments.out else {
        return Ok(tempfile::Builder::new().prefix("kiemphieu-").tempdir().map_err(disk)?.keep());
    };
    std::fs::create_dir_all(out).map_err(|e| Failure::new(Exit::Disk, format!("{}: {e}", out.display())))?;
    for name in ["log", "receipts", "results.json"] {
        if out.join(name).exists() {
            let sentence = format!(
                "{0} đã có {name}; chọn thư mục khác — {0} holds {name} already; name another folder",
                out.display()
            );
            return Err(Failure::new(Exit::Trouble, sentence));
        }
    }
    Ok(out.clone())
}

fn bar(plan: &Plan, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::new(plan.batches());
    let style = ProgressStyle::with_template("{spinner} {bar:30} {pos}/{len} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(120));
    if quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

async fn serve(hall: &Hall) {
    if let Some(http) = hall.http() {
        words!("{http}/{}/checkpoint — Ctrl-C", hall.event);
    }
    crate::server::stop_signal().await;
}
