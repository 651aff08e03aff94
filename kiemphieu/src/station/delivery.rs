//! The commands of a table that talk to the server: count, send, heads, import.

use super::{Table, show};
use crate::pin::Pins;
use clap::Args;
use door::{Address, Ticket};
use serde_json::json;
use station::{
    Home, Ledger, MismatchedBundle, StationError,
    ballots::{Ballots, BundleSheet},
    contest,
    link::Way,
    patience::{Patience, Progress},
    receipt::Received,
    sheet::Sitting,
    table,
    uplink::Delivered,
};
use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tally::{
    ContestId, Statement, StationId,
    id::CounterId,
    statement::{Bundle, PapersStatement},
};

/// Papers of a bundle where neither file nor board nor table says it.
const BUNDLE_SIZE: u32 = 50;

/// How to reach the server, and for how long to try.
#[derive(Args, Debug, Clone)]
pub struct Line {
    /// Where the server is now, in place of the ticket's addresses; may be repeated
    #[arg(long = "server", value_name = "HOST:PORT")]
    pub(super) servers: Vec<Address>,
    /// Stop trying after so many seconds
    #[arg(long, default_value_t = 300)]
    pub(super) give_up_after: u64,
    /// Progress and result as JSON lines on standard output
    #[arg(long)]
    pub(super) json: bool,
}

impl Line {
    /// The ticket, for this moment's addresses.
    pub(super) fn at(&self, ticket: &Ticket) -> Ticket {
        ticket.clone().at(self.servers.clone())
    }

    fn patience(&self) -> Patience {
        Patience::of(Duration::from_secs(self.give_up_after))
    }
}

/// What is counted.
#[derive(Args, Debug)]
pub struct Counting {
    #[command(flatten)]
    table: Table,
    /// The contest
    #[arg(long)]
    contest: ContestId,
    /// The ballots file
    #[arg(long)]
    ballots: PathBuf,
    /// Papers in a bundle, where the file names no bundles; default: the bundles the board handed to this table, else 50
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    bundle_size: Option<u32>,
    /// A last bundle smaller than this joins the one before
    #[arg(long, default_value_t = 20)]
    min_bundle: u32,
    /// Id of a person who counted; may be repeated. Never a name
    #[arg(long = "counter")]
    counters: Vec<CounterId>,
    /// Independent passes over each bundle
    #[arg(long, default_value_t = 1)]
    passes: u64,
    /// Count bundles anew that were counted here before with other figures
    #[arg(long)]
    again: bool,
    /// Use the contest as last seen and deliver nothing now
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    line: Line,
}

/// Signs every bundle that is not in the journal yet, then delivers.
pub(super) async fn count(counting: &Counting, pins: &mut Pins) -> Result<(), StationError> {
    let (progress, line) = (show::progress(counting.line.json), &counting.line);
    let home = Home::open_with(&counting.table.home, pins)?;
    if let (Some(ticket), false) = (&counting.table.ticket, counting.offline)
        && !counting.table.home.join("ticket").exists()
    {
        table::meet(&home, &line.at(ticket), line.patience(), &progress).await?;
    }
    let mut ledger = Ledger::open(home, counting.table.ticket.clone())?;
    let contest = if counting.offline {
        contest::remembered(ledger.home().folder(), ledger.event(), counting.contest)?
    } else {
        let ticket = line.at(ledger.ticket());
        let contest = table::learn(&ledger, &ticket, counting.contest, line.patience(), &progress).await?;
        // A restored or cloned table must not sign a second statement under a number that the server has.
        let compared = table::heads(&ledger, &ticket, line.patience(), &progress).await;
        if matches!(compared, Err(StationError::ServerAhead { .. })) && ledger.outbox().next().is_some() {
            // What it has signed already goes to the server, for the committee to read; it ends with the same sentence.
            deliver(&mut ledger, line).await?;
        }
        compared?;
        contest
    };
    let ballots = Ballots::read(&counting.ballots, contest::ballot(ledger.home().folder(), &contest)?)?;
    let papers = contest::papers(ledger.home().folder(), ledger.event(), counting.contest)?;
    let sheets = bundles(counting, &ballots, ledger.home().station(), papers.as_ref())?;
    let sitting = Sitting {
        contest: counting.contest,
        counters: counting.counters.clone(),
        passes: counting.passes,
        time: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
        again: counting.again,
    };
    let signed = table::sign_all(&mut ledger, &sitting, &sheets, &progress)?;
    show::signed(&contest, &signed, sheets.len());
    if !counting.offline {
        deliver(&mut ledger, line).await?;
    }
    let received = |seq: &u64| ledger.line(*seq)?.received.clone();
    no_set_aside(signed.set_aside.iter().filter_map(received).collect())
}

/// The bundles of a file: as the file names them, as the board handed them to this table, or of one size.
fn bundles(
    counting: &Counting,
    ballots: &Ballots,
    station: StationId,
    papers: Option<&PapersStatement>,
) -> Result<Vec<BundleSheet>, StationError> {
    let own: Vec<Bundle> =
        papers.iter().flat_map(|p| &p.bundles).filter(|b| b.table == Some(station)).copied().collect();
    if counting.bundle_size.is_some() || ballots.names_bundles() || own.is_empty() {
        let size = counting.bundle_size.unwrap_or(BUNDLE_SIZE) as usize;
        return Ok(ballots.bundles(station, size, counting.min_bundle as usize)?);
    }
    ballots.cut_as(&own).ok_or_else(|| {
        let (have, handed) = (ballots.lines().len(), own.iter().map(|b| u64::from(b.papers.0)).sum::<u64>());
        let named: Vec<String> = own.iter().map(|b| format!("{} {}", b.bundle, b.papers)).collect();
        let named = named.join(", ");
        StationError::File {
            path: counting.ballots.clone(),
            vi: format!("tệp có {have} phiếu, ban giao cho {station} {handed} phiếu ({named}); đếm lại, hoặc báo ban sửa số phiếu"),
            en: format!(
                "{have} papers in the file, {handed} handed to {station} ({named}); count them again, or have the board correct \
                 the papers"
            ),
        }
    })
}

/// Delivers what has no receipt; set-aside batches end with their sentences.
pub(super) async fn deliver(ledger: &mut Ledger, line: &Line) -> Result<(), StationError> {
    let progress = show::progress(line.json);
    let ticket = line.at(ledger.ticket());
    let delivered = table::deliver(ledger, &ticket, line.patience(), &progress).await?;
    show::delivered(&delivered, line.json);
    // While the line is there: earlier receipts may have their witnesses by now.
    table::raise(ledger, &ticket, Duration::ZERO).await?;
    no_set_aside(delivered.set_aside)?;
    no_mismatch(ledger, &delivered.conflicts)
}

/// Fine when nothing was set aside.
pub(super) fn no_set_aside(set_aside: Vec<Received>) -> Result<(), StationError> {
    if set_aside.is_empty() { Ok(()) } else { Err(StationError::SetAside(set_aside)) }
}

/// Fine when every bundle has the papers that the board handed out.
fn no_mismatch(ledger: &Ledger, conflicts: &[Received]) -> Result<(), StationError> {
    let mut mismatched = Vec::new();
    for received in conflicts.iter().filter(|r| r.code == "B-MISMATCH") {
        let Some(Statement::Batch(batch)) = ledger.line(received.seq).map(|line| &line.statement) else { continue };
        let papers = contest::papers(ledger.home().folder(), ledger.event(), batch.contest)?;
        let stated = papers.and_then(|p| p.bundle(batch.bundle).map(|b| b.papers.0));
        let (contest, bundle, counted) = (batch.contest, batch.bundle, batch.figures.ballots.0);
        mismatched.push(MismatchedBundle { contest, bundle, counted, stated });
    }
    if mismatched.is_empty() { Ok(()) } else { Err(StationError::Mismatch(mismatched)) }
}

/// Compares both ends of the chain.
pub(super) async fn heads(ledger: &Ledger, line: &Line) -> Result<(), StationError> {
    let progress: &dyn Fn(Progress) = &show::progress(false);
    let head = table::heads(ledger, &line.at(ledger.ticket()), line.patience(), progress).await?;
    let (seq, sid) = ledger.head();
    show::heads(&json!({
        "table": { "seq": seq, "head": sid.to_string() },
        "server": { "seq": head.seq, "head": head.sid.to_string() },
    }));
    Ok(())
}

/// Delivers the notes of others; every table is tried, then the first trouble is the end of it.
pub(super) async fn import(folder: &Path, way: &Way, line: &Line) -> Result<(), StationError> {
    let progress = show::progress(line.json);
    let carried = table::send_carried(way, folder, line.patience(), &progress).await?;
    let mut troubles = Vec::new();
    let mut set_aside = Vec::new();
    for (station, outcome) in carried {
        match outcome {
            Ok(Delivered { set_aside: aside, receipts, repeated, conflicts }) => {
                show::carried(station, receipts);
                show::delivered(&Delivered { receipts, repeated, conflicts, set_aside: Vec::new() }, line.json);
                set_aside.extend(aside);
            }
            Err(trouble) => {
                show::trouble(station, &trouble);
                troubles.push(trouble);
            }
        }
    }
    match troubles.into_iter().next() {
        Some(trouble) => Err(trouble),
        None => no_set_aside(set_aside),
    }
}
