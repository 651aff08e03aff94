//! How far behind the acknowledgement live observers are: batches come at a stated rate, first alone, then while so many
//! observers follow. Each has a home and a connection of its own and verifies everything. They are in this process, on
//! threads of their own; the server is another process. The clock of an entry begins when its table has verified the
//! receipt, and stops at an observer that has verified the entry and a checkpoint over it.

use super::{
    LoadArguments, export, forge,
    intake::{Heads, Sender, Taken},
    measure::{self, Percentiles, Usage},
    precise, progress,
};
use crate::data;
use crate::{
    exit::{Exit, Failure, Outcome},
    process::{self, ServerProcess},
};
use ::observer::{Follow, Home, Seen, Verdict};
use door::Ticket;
use forge::Signed;
use proto::v1::{SubmitStreamRequest, intake_service_client::IntakeServiceClient};
use serde::Serialize;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// A hall votes on a few things at a time.
const CONTESTS: u32 = 4;
/// Observers that connect at a time: a server takes few handshakes of one address at once.
const AT_ONCE: usize = 8;
/// An observer that has not verified what there is after this never will.
const CATCH_UP_MAX: Duration = Duration::from_secs(60);

/// What was measured; milliseconds.
#[derive(Debug, Serialize)]
struct Report {
    observers: usize,
    rate_per_s: u32,
    seconds: u32,
    stations: u16,
    contests: usize,
    /// Batches while observers followed; each was verified by every one of them.
    entries: usize,
    verified: usize,
    /// From when a batch was due to its verified receipt: nobody follows, everybody does.
    acknowledged_alone_ms: Percentiles,
    acknowledged_ms: Percentiles,
    /// From the verified receipt until an observer has verified the entry under a checkpoint.
    behind_ms: Percentiles,
    cores: usize,
    /// Cores in use while observers followed: by the server, by tables and observers together.
    server_cores: Option<f64>,
    client_cores: Option<f64>,
    /// CPU time for one entry that one observer has verified, checkpoints, bulletins and memory included; microseconds.
    server_us: Option<f64>,
    client_us: Option<f64>,
    ring_verify_per_s: f64,
    observer_homes: String,
}

/// Measures and says it.
///
/// # Errors
/// A receipt does not verify, an observer finds something, or a part fails.
pub(super) async fn run(arguments: &LoadArguments, home: &Path) -> Outcome {
    let report = crate::server::unless_ended(follow(arguments, home)).await?;
    if arguments.json {
        data!("{}", serde_json::to_string_pretty(&report).map_err(|e| Failure::new(Exit::Trouble, e))?);
    } else {
        say(&report);
    }
    Ok(())
}

async fn follow(arguments: &LoadArguments, home: &Path) -> Result<Report, Failure> {
    let words = |text: &str| progress(arguments.json, text);
    let half = arguments.rate.saturating_mul(arguments.seconds);
    let plan = forge::Plan {
        stations: arguments.stations,
        batches: half.saturating_mul(2),
        contests_min: CONTESTS,
        observers: arguments.observers,
        planted: 0,
    };
    words("keys, manifest, server");
    let event = forge::Event::new(home, plan)?;
    let manifest = home.with_extension("manifest.note");
    std::fs::write(&manifest, event.manifest()).map_err(|e| Failure::new(Exit::Disk, e))?;
    process::run_well(["server", "found", "--home", &home.to_string_lossy(), &manifest.to_string_lossy()]).await?;
    let server = ServerProcess::start(home, &home.with_extension("log")).await?;
    let ticket = event.ticket(&server.grpc)?;
    words("board, contests, papers");
    event.prepare(&ticket).await?;
    words("signing batches");
    let tables: Vec<Vec<Signed>> = event.sign_batches().into_iter().map(|table| table.notes).collect();
    let ring = measure::ring_verify_per_s(&event, tables.first().map_or(&[], |notes| notes));
    let (before, after) = halves(tables, half);
    words("batches while nobody follows");
    let alone = Hall::open(&event, &ticket, arguments.rate).await?.count(before).await?;
    words("observers catch up");
    let homes = arguments.observer_homes.clone().unwrap_or_else(|| home.with_extension("observers"));
    let mut observers = Observers::start(&event, &ticket, &homes, event.head(&ticket).await?.0).await?;
    words("batches while they follow");
    let hall = Hall::open(&event, &ticket, arguments.rate).await?;
    let usage = || (Usage::of(server.id()), Usage::of(Some(std::process::id())));
    let (began, (server_before, client_before)) = (Instant::now(), usage());
    let counted = hall.count(after).await?;
    observers.all_have(event.head(&ticket).await?.0).await?;
    let (seconds, (server_after, client_after)) = (began.elapsed().as_secs_f64(), usage());
    let seen = observers.end().await?;
    if let Some(out) = &arguments.export {
        words("an observer exports the log");
        export(out, &home.with_extension("observer"), &ticket).await?;
    }
    server.end().await?;

    let behind = behind(&counted, &seen);
    let [server_s, client_s] = [(server_after, server_before), (client_after, client_before)]
        .map(|(after, before)| after.cpu_seconds_since(&before));
    let cores_of = |spent: Option<f64>| spent.map(|s| s / seconds);
    let each_us = |spent: Option<f64>| spent.map(|s| s * 1e6 / precise(behind.len().max(1) as u64));
    let (server_us, client_us) = (each_us(server_s), each_us(client_s));
    Ok(Report {
        observers: seen.len(),
        rate_per_s: arguments.rate,
        seconds: arguments.seconds,
        stations: arguments.stations,
        contests: event.contests(),
        entries: counted.len(),
        verified: behind.len(),
        acknowledged_alone_ms: Percentiles::of(alone.iter().map(Counted::milliseconds).collect()),
        acknowledged_ms: Percentiles::of(counted.iter().map(Counted::milliseconds).collect()),
        behind_ms: Percentiles::of(behind),
        cores: measure::cores(),
        server_cores: cores_of(server_s),
        client_cores: cores_of(client_s),
        server_us,
        client_us,
        ring_verify_per_s: ring,
        observer_homes: homes.display().to_string(),
    })
}

/// The first so many batches of all tables together, and the others.
fn halves(tables: Vec<Vec<Signed>>, half: u32) -> (Vec<Vec<Signed>>, Vec<Vec<Signed>>) {
    let (stations, half) = (tables.len().max(1), half as usize);
    let split = |(nth, mut notes): (usize, Vec<Signed>)| {
        let first = half.saturating_sub(nth).div_ceil(stations).min(notes.len());
        let rest = notes.split_off(first);
        (notes, rest)
    };
    tables.into_iter().enumerate().map(split).unzip()
}

/// A batch that was counted: its entry, when it was due to be sent, and when its receipt was verified.
struct Counted {
    index: u64,
    due: Instant,
    acknowledged: Instant,
}

impl Counted {
    fn milliseconds(&self) -> f64 {
        self.acknowledged.saturating_duration_since(self.due).as_secs_f64() * 1e3
    }
}

/// The tables, each with a connection of its own.
struct Hall {
    tables: Vec<(Sender, Channel)>,
    rate: u32,
}

impl Hall {
    async fn open(event: &forge::Event, ticket: &Ticket, rate: u32) -> Result<Self, Failure> {
        let mut tables = Vec::new();
        for nth in 0..event.stations() {
            let channel = door::dial(ticket, Some(event.station(nth))).await;
            tables.push((Sender::new(event, 1), channel.map_err(|e| Failure::new(Exit::Network, e))?));
        }
        Ok(Self { tables, rate })
    }

    /// Sends the notes of all tables in turn, one every so often whether they are answered or not.
    async fn count(self, notes: Vec<Vec<Signed>>) -> Result<Vec<Counted>, Failure> {
        let (stations, rate) = (self.tables.len(), self.rate);
        let mut counting = tokio::task::JoinSet::new();
        let begin = Instant::now() + Duration::from_millis(100);
        for (nth, ((sender, channel), notes)) in self.tables.into_iter().zip(notes).enumerate() {
            let due =
                move |n: usize| begin + Duration::from_secs_f64(precise((n * stations + nth) as u64) / f64::from(rate));
            counting.spawn(async move { count_at(&sender, channel, notes, due).await });
        }
        let mut all = Vec::new();
        while let Some(counted) = counting.join_next().await {
            all.extend(counted.map_err(|e| Failure::new(Exit::Trouble, e))??);
        }
        Ok(all)
    }
}

/// One table: every note when it is due.
async fn count_at(
    sender: &Sender,
    channel: Channel,
    notes: Vec<Signed>,
    due: impl Fn(usize) -> Instant + Copy + Send + 'static,
) -> Result<Vec<Counted>, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::new(Exit::Network, e);
    let (out, messages) = mpsc::channel(notes.len().max(1));
    let (event, all) = (sender.event.clone(), notes.clone());
    let sending = tokio::spawn(async move {
        for (n, note) in all.into_iter().enumerate() {
            tokio::time::sleep_until(due(n).into()).await;
            let notes = vec![note.bytes];
            let message = SubmitStreamRequest { event: event.clone(), notes, ..SubmitStreamRequest::default() };
            if out.send(message).await.is_err() {
                return;
            }
        }
    });
    let answers = IntakeServiceClient::new(channel).submit_stream(ReceiverStream::new(messages)).await;
    let mut answers = answers.map_err(|s| failed(&s.message()))?.into_inner();
    let (mut taken, mut heads, mut counted) = (Taken::default(), Heads::default(), Vec::new());
    for (n, note) in notes.iter().enumerate() {
        let answer = answers.next().await.ok_or_else(|| failed(&"the server closed the stream"))?;
        let answer = answer.map_err(|s| failed(&s.message()))?;
        sender.check(std::slice::from_ref(note), &answer, &mut heads, &mut taken)?;
        let index = answer.rulings.first().and_then(|ruling| ruling.index).unwrap_or_default();
        counted.push(Counted { index, due: due(n), acknowledged: Instant::now() });
    }
    sending.await.map_err(|e| Failure::new(Exit::Trouble, e))?;
    Ok(counted)
}

/// Sizes as an observer has verified them, and when.
type Sizes = Vec<(u64, Instant)>;

/// Observers that follow, on threads of their own.
struct Observers {
    threads: Option<tokio::runtime::Runtime>,
    following: Vec<tokio::task::JoinHandle<Result<Sizes, Failure>>>,
    /// Every size that any of them has verified, by its number.
    seen: mpsc::UnboundedReceiver<(usize, u64)>,
    sizes: Vec<u64>,
    stop: CancellationToken,
}

impl Observers {
    /// Starts them, a few at a time; done when each has verified this size.
    async fn start(event: &forge::Event, ticket: &Ticket, homes: &Path, size: u64) -> Result<Self, Failure> {
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(measure::cores()).enable_all().build();
        let threads = threads.map_err(|e| Failure::new(Exit::Trouble, e))?;
        let (tell, seen) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let handle = threads.handle().clone();
        let mut all = Self { threads: Some(threads), following: Vec::new(), seen, sizes: Vec::new(), stop };
        for (nth, key) in event.observers().iter().enumerate() {
            let follow = Follow {
                ticket: ticket.clone(),
                key: Some(key.clone()),
                home: Home::new(homes.join(nth.to_string())),
                witness: None,
                until_size: None,
                until: None,
                once: false,
            };
            let (tell, stop) = (tell.clone(), all.stop.clone());
            all.following.push(handle.spawn(async move {
                let mut sizes = Sizes::new();
                let hear = |seen: &Seen| {
                    sizes.push((seen.size, Instant::now()));
                    let _ = tell.send((nth, seen.size));
                };
                let report = follow.run(stop.cancelled_owned(), hear).await.map_err(Failure::from)?;
                match report.verdict() {
                    Verdict::Ok | Verdict::Provisional => Ok(sizes),
                    _ => Err(Failure::new(Exit::Differs, format!("observer {nth}: {report}"))),
                }
            }));
            all.sizes.push(0);
            if all.sizes.len().is_multiple_of(AT_ONCE) {
                all.all_have(size).await?;
            }
        }
        all.all_have(size).await?;
        Ok(all)
    }

    /// Done when each has verified so many entries.
    async fn all_have(&mut self, size: u64) -> Result<(), Failure> {
        let until = tokio::time::Instant::now() + CATCH_UP_MAX;
        while self.sizes.iter().any(|seen| *seen < size) {
            match tokio::time::timeout_at(until, self.seen.recv()).await {
                Ok(Some((nth, seen))) => self.sizes[nth] = seen,
                _ => return Err(Failure::new(Exit::Trouble, format!("an observer has not verified {size} entries"))),
            }
        }
        Ok(())
    }

    async fn end(mut self) -> Result<Vec<Sizes>, Failure> {
        self.stop.cancel();
        let mut all = Vec::new();
        for following in std::mem::take(&mut self.following) {
            all.push(following.await.map_err(|e| Failure::new(Exit::Trouble, e))??);
        }
        Ok(all)
    }
}

impl Drop for Observers {
    /// Threads are not waited for where others are being served.
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// How long after the receipt each observer had verified each entry; nothing for one that was faster than the table.
fn behind(counted: &[Counted], observers: &[Sizes]) -> Vec<f64> {
    let mut all = Vec::with_capacity(counted.len().saturating_mul(observers.len()));
    for sizes in observers {
        for entry in counted {
            let at = sizes.partition_point(|(size, _)| *size <= entry.index);
            if let Some((_, verified)) = sizes.get(at) {
                all.push(verified.saturating_duration_since(entry.acknowledged).as_secs_f64() * 1e3);
            }
        }
    }
    all
}

fn say(r: &Report) {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_FULL_CONDENSED);
    let ms = |p: &Percentiles| format!("{:.1} ms, {:.1} ms, {:.1} ms", p.p50, p.p99, p.max);
    let or_dash = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
    let rows = [
        ("observers, each verifying everything", r.observers.to_string()),
        ("batches", format!("{} at {} a second, {} contests", r.entries, r.rate_per_s, r.contests)),
        ("acknowledged, nobody follows: p50, p99, max", ms(&r.acknowledged_alone_ms)),
        ("acknowledged, everybody follows", ms(&r.acknowledged_ms)),
        ("verified behind the acknowledgement", ms(&r.behind_ms)),
        ("cores in use: server", format!("{} of {}", or_dash(r.server_cores), r.cores)),
        ("… tables and observers", or_dash(r.client_cores)),
        (
            "CPU an entry and observer: server, observer",
            format!("{} µs, {} µs", or_dash(r.server_us), or_dash(r.client_us)),
        ),
        ("ring alone verifies per second", format!("{:.0}", r.ring_verify_per_s)),
    ];
    for (what, figure) in rows {
        table.add_row([what.to_owned(), figure]);
    }
    data!("{table}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observer_is_behind_until_a_checkpoint_over_the_entry_is_verified() {
        let then = Instant::now();
        let at = |ms| then + Duration::from_millis(ms);
        let counted = [5, 6].map(|index| Counted { index, due: then, acknowledged: at(10) });
        let sizes = vec![(5, at(11)), (6, at(9)), (9, at(40))];
        assert_eq!(behind(&counted, &[sizes]), [0.0, 30.0], "one before the receipt, one thirty milliseconds behind");
    }
}
