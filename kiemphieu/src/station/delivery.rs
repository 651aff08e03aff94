//! The commands of a table that talk to the server: count, send, heads, import.

use super::{Table, show};
use crate::pin::Pins;
use clap::Args;
use door::{Address, Ticket};
use serde_json::json;
use station::{
    Home, Ledger, StationError,
    ballots::Ballots,
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
use tally::{ContestId, id::CounterId};

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
    /// Papers in a bundle, where the file names no bundles
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    bundle_size: u32,
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
        table::heads(&ledger, &ticket, line.patience(), &progress).await?;
        contest
    };
    let ballots = Ballots::read(&counting.ballots, contest::ballot(ledger.home().folder(), &contest)?)?;
    let (size, min) = (counting.bundle_size as usize, counting.min_bundle as usize);
    let sheets = ballots.bundles(ledger.home().station(), size, min)?;
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

/// Delivers what has no receipt; set-aside batches end with their sentences.
pub(super) async fn deliver(ledger: &mut Ledger, line: &Line) -> Result<(), StationError> {
    let progress = show::progress(line.json);
    let ticket = line.at(ledger.ticket());
    let delivered = table::deliver(ledger, &ticket, line.patience(), &progress).await?;
    show::delivered(&delivered, line.json);
    no_set_aside(delivered.set_aside)
}

/// Fine when nothing was set aside.
pub(super) fn no_set_aside(set_aside: Vec<Received>) -> Result<(), StationError> {
    if set_aside.is_empty() { Ok(()) } else { Err(StationError::SetAside(set_aside)) }
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
