//! How much a server takes in, durably and verified, through its public door: a ratio against what `ring` alone
//! verifies on the same cores in the same run, before and after. The server is a process of its own; every receipt is
//! verified by the table it belongs to; planted bad notes must come back refused or set aside.

mod forge;
mod intake;
mod live;
mod measure;

use crate::{data, words};
use crate::{
    exit::{Exit, Failure, Outcome},
    process::{self, ServerProcess},
};
use clap::Args;
use door::Ticket;
use measure::{Percentiles, Usage};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// A national night has many contests at a time.
const CONTESTS_MIN: u32 = 40;

/// What to load a server with.
#[derive(Args, Debug)]
#[command(
    before_long_help = "Examples:\n  kiemphieu load\n  kiemphieu load --stations 16 --batches 100000 --notes-per-message 1 --json\n  kiemphieu load --observers 100 --rate 20 --seconds 30"
)]
pub struct LoadArguments {
    /// Counting tables, each with its own connection
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=500))]
    stations: u16,
    /// Distinct signed batches of all tables together
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=4_600_000))]
    batches: u32,
    /// Notes in one message
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=64))]
    notes_per_message: u16,
    /// Figures as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Keep the server's folder here instead of a temporary one
    #[arg(long)]
    home: Option<PathBuf>,
    /// Write the log here as well, as an observer exports it: for `cargo bench -p observer --bench audit`
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Measure how far so many live observers are behind the acknowledgement, instead of how much is taken in
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=250))]
    observers: u16,
    /// Batches a second that come while they follow, whether answered or not
    #[arg(long, default_value_t = 20, requires = "observers", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// For so long with observers, and before for as long without
    #[arg(long, default_value_t = 30, requires = "observers", value_parser = clap::value_parser!(u32).range(1..=200))]
    seconds: u32,
    /// The homes of the observers; in memory they stand for as many disks
    #[arg(long, value_name = "DIR", requires = "observers")]
    observer_homes: Option<PathBuf>,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    stations: u16,
    batches: u32,
    notes_per_message: u16,
    contests: usize,
    note_bytes: usize,
    accepted: u64,
    planted: usize,
    planted_caught: usize,
    seconds: f64,
    accepted_per_s: f64,
    ring_verify_per_s: f64,
    ring_verify_per_s_before: f64,
    ring_verify_per_s_after: f64,
    cores: usize,
    ratio: f64,
    server_cpu_us: Option<f64>,
    server_cpu_ratio: Option<f64>,
    client_cpu_us: Option<f64>,
    p50_ms: f64,
    p99_ms: f64,
    server_rss_mb: Option<f64>,
    log_size: u64,
    root: String,
}

/// Measures.
///
/// # Errors
/// A receipt does not verify, a planted note gets through, or a part fails.
pub async fn run(arguments: LoadArguments) -> Outcome {
    let temporary = tempfile::tempdir().map_err(|e| Failure::new(Exit::Disk, e))?;
    let home = arguments.home.clone().unwrap_or_else(|| temporary.path().join("server"));
    if arguments.observers > 0 {
        return live::run(&arguments, &home).await;
    }
    let report = crate::server::unless_ended(measure(&arguments, &home)).await?;
    if arguments.json {
        data!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::new(Exit::Trouble, e))?);
    } else {
        say(&report);
    }
    if report.planted_caught == report.planted && report.accepted == u64::from(report.batches) {
        return Ok(());
    }
    let sentence = format!(
        "{} of {} planted notes were caught, {} of {} batches accepted",
        report.planted_caught, report.planted, report.accepted, report.batches
    );
    Err(Failure::new(Exit::Differs, sentence))
}

async fn measure(arguments: &LoadArguments, home: &Path) -> Result<Report, Failure> {
    let words = |text: &str| progress(arguments.json, text);
    words("keys, manifest, server");
    let plan = forge::Plan {
        stations: arguments.stations,
        batches: arguments.batches,
        contests_min: CONTESTS_MIN,
        observers: 0,
        planted: forge::PLANTED,
    };
    let forge = forge::Event::new(home, plan)?;
    let manifest = home.with_extension("manifest.note");
    std::fs::write(&manifest, forge.manifest()).map_err(|e| Failure::new(Exit::Disk, e))?;
    process::run_well(["server", "found", "--home", &home.to_string_lossy(), &manifest.to_string_lossy()]).await?;
    let server = ServerProcess::start(home, &home.with_extension("log")).await?;
    let ticket = forge.ticket(&server.grpc)?;
    words("board, contests, papers");
    forge.prepare(&ticket).await?;
    words("signing batches");
    let tables = forge.sign_batches();
    let sample = tables.first().map(|t| t.notes.clone()).unwrap_or_default();
    let note_bytes = sample.first().map_or(0, |n| n.bytes.len());
    words("ring alone, before");
    let before = measure::ring_verify_per_s(&forge, &sample);
    words("intake");
    let (server_before, client_before) = (Usage::of(server.id()), Usage::of(Some(std::process::id())));
    let began = Instant::now();
    let taken = intake::all(&forge, tables, &ticket, usize::from(arguments.notes_per_message)).await?;
    let seconds = began.elapsed().as_secs_f64();
    let (server_after, client_after) = (Usage::of(server.id()), Usage::of(Some(std::process::id())));
    words("ring alone, after");
    let after = measure::ring_verify_per_s(&forge, &sample);
    let (log_size, root) = forge.head(&ticket).await?;
    if let Some(out) = &arguments.export {
        words("an observer exports the log");
        export(out, &home.with_extension("observer"), &ticket).await?;
    }
    server.end().await?;

    let ring = (before + after) / 2.0;
    let accepted_per_s = precise(taken.accepted) / seconds;
    let per_batch = |spent: Option<f64>| spent.map(|s| s * 1e6 / precise(taken.accepted.max(1)));
    let cores = measure::cores();
    let one_verification_us = precise(cores as u64) * 1e6 / ring;
    let server_cpu_us = per_batch(server_after.cpu_seconds_since(&server_before));
    let Percentiles { p50, p99, .. } = Percentiles::of(taken.milliseconds);
    Ok(Report {
        stations: arguments.stations,
        batches: arguments.batches,
        notes_per_message: arguments.notes_per_message,
        contests: forge.contests(),
        note_bytes,
        accepted: taken.accepted,
        planted: forge::PLANTED,
        planted_caught: taken.caught,
        seconds,
        accepted_per_s,
        ring_verify_per_s: ring,
        ring_verify_per_s_before: before,
        ring_verify_per_s_after: after,
        cores,
        ratio: accepted_per_s / ring,
        server_cpu_us,
        server_cpu_ratio: server_cpu_us.map(|us| us / one_verification_us),
        client_cpu_us: per_batch(client_after.cpu_seconds_since(&client_before)),
        p50_ms: p50,
        p99_ms: p99,
        server_rss_mb: server_after.rss_mb,
        log_size,
        root,
    })
}

/// An observer verifies the log and writes it out.
async fn export(out: &Path, home: &Path, ticket: &Ticket) -> Outcome {
    let file = home.with_extension("ticket");
    std::fs::write(&file, ticket.to_string()).map_err(|e| Failure::new(Exit::Disk, e))?;
    let paths = [("--home", home), ("--out", out), ("--ticket", &file)];
    let paths = paths.into_iter().flat_map(|(name, path)| [name.into(), path.as_os_str().to_owned()]);
    process::run_well(["observer", "export"].map(Into::into).into_iter().chain(paths)).await?;
    Ok(())
}

/// Counts stay far below 2^53.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn precise(count: u64) -> f64 {
    count as f64
}

fn progress(quiet: bool, text: &str) {
    if !quiet {
        words!("… {text}");
    }
}

fn say(r: &Report) {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_FULL_CONDENSED);
    let or_dash = |value: Option<f64>, digits: usize| value.map_or("-".to_owned(), |v| format!("{v:.digits$}"));
    let rows = [
        ("accepted, durable, receipt verified", format!("{} of {} in {:.2} s", r.accepted, r.batches, r.seconds)),
        ("accepted per second", format!("{:.0}", r.accepted_per_s)),
        ("ring alone verifies per second", format!("{:.0} on {} cores", r.ring_verify_per_s, r.cores)),
        ("ratio", format!("{:.3}", r.ratio)),
        ("server CPU a batch", format!("{} µs", or_dash(r.server_cpu_us, 1))),
        ("… in verifications of ring", or_dash(r.server_cpu_ratio, 2)),
        ("client CPU a batch", format!("{} µs", or_dash(r.client_cpu_us, 1))),
        ("acknowledgement p50, p99", format!("{:.1} ms, {:.1} ms", r.p50_ms, r.p99_ms)),
        ("server memory", format!("{} MB", or_dash(r.server_rss_mb, 0))),
        ("planted bad notes caught", format!("{} of {}", r.planted_caught, r.planted)),
        ("log", format!("{} entries, root {}", r.log_size, r.root)),
    ];
    for (what, figure) in rows {
        table.add_row([what.to_owned(), figure]);
    }
    data!("{table}");
}
