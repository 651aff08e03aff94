//! How a server keeps its events, from the command line: two journals, takeover, backup and restore, and a look at
//! everything it keeps.

use super::RelayArguments;
use crate::exit::{Exit, Failure, Outcome};
use crate::{data, words};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use server::{Area, Copied, EventCheck, Keeping, SecondJournal, Weight};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use tally::Sid;

/// The second journal, and what others have seen.
#[derive(Args, Debug, Default)]
pub struct KeepingArguments {
    /// Keep every event a second time in this folder, on another disk or a stick; required from then on
    #[arg(long, value_name = "DIR")]
    second_journal: Option<PathBuf>,
    /// The second journal named takes the place of the one used so far, which is lost
    #[arg(long, requires = "second_journal")]
    replace_second_journal: bool,
    /// Go on without the second journal used so far: from then on one disk alone keeps the event
    #[arg(long, conflicts_with = "second_journal")]
    without_second_journal: bool,
    /// A file with a checkpoint that somebody has seen: an observer's, or a table's receipt; the server must hold it
    #[arg(long, value_name = "FILE")]
    seen: Vec<PathBuf>,
}

impl From<KeepingArguments> for Keeping {
    fn from(said: KeepingArguments) -> Self {
        let second = match said.second_journal {
            Some(folder) if said.replace_second_journal => SecondJournal::InPlaceOf(folder),
            Some(folder) => SecondJournal::At(folder),
            None if said.without_second_journal => SecondJournal::GivenUp,
            None => SecondJournal::NotGiven,
        };
        Self { second, seen: said.seen }
    }
}

/// A spare laptop takes over.
#[derive(Args, Debug)]
pub struct TakeoverArguments {
    /// Folder of the new server; the event must not be in it yet
    #[arg(long, default_value = "server")]
    pub(super) home: PathBuf,
    /// The stick or disk with the second journal
    #[arg(long, value_name = "DIR")]
    pub(super) second_journal: PathBuf,
    /// Folder with log.key and tally.key of the event, or with a folder of them for each event
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// Only this event, where the stick has several
    #[arg(long, value_name = "SID")]
    event: Option<Sid>,
    /// Serve at once, as `server run` does
    #[arg(long)]
    pub(super) run: bool,
    /// With --run: where tables, board and observers connect (gRPC)
    #[arg(long, default_value = "127.0.0.1:7440", requires = "run")]
    pub(super) listen: SocketAddr,
    /// With --run: where the public pages are (HTTP)
    #[arg(long, default_value = "127.0.0.1:7441", requires = "run")]
    pub(super) http: SocketAddr,
    /// With --run: a witness to ask before anything is signed, and to push to; may be repeated
    #[arg(long = "witness", value_name = "URL", requires = "run")]
    pub(super) witnesses: Vec<door::WebUrl>,
    /// With --run: relays to call
    #[command(flatten)]
    pub(super) call: RelayArguments,
}

impl TakeoverArguments {
    /// With which the new server goes on.
    pub(super) fn keeping(&self) -> Keeping {
        Keeping { second: SecondJournal::At(self.second_journal.clone()), seen: Vec::new() }
    }
}

/// Takes over what is on the stick.
///
/// # Errors
/// As the server says; nothing is made then.
pub(super) fn take_over(said: &TakeoverArguments) -> Outcome {
    let taken = reading(|told| server::takeover(&said.home, &said.second_journal, &said.keys, said.event, told))?;
    for event in taken {
        let folder = event.folder.display();
        words!(
            "đã tiếp quản {0}: {1} mục, kỳ {2} — took over {0}: {1} entries, epoch {2}, in {folder}",
            event.event,
            event.entries,
            event.epoch
        );
        if !said.run {
            data!("{}", json!({ "event": event.event.to_string(), "entries": event.entries, "epoch": event.epoch }));
        }
    }
    Ok(())
}

/// A copy of what a server keeps.
#[derive(Args, Debug)]
pub struct BackupArguments {
    /// Folder of this server, which may run
    #[arg(long, default_value = "server")]
    home: PathBuf,
    /// Where the copy goes: a folder for each event is made in it
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only this event
    #[arg(long, value_name = "SID")]
    event: Option<Sid>,
    /// Copy the two private keys of the event as well: whoever has them and a journal can be its server
    #[arg(long)]
    with_keys: bool,
}

/// Copies and verifies.
///
/// # Errors
/// As the server says; nothing is made then.
pub(super) fn back_up(said: &BackupArguments) -> Outcome {
    show(&reading(|told| server::backup(&said.home, &said.out, said.event, said.with_keys, told))?);
    Ok(())
}

/// A home from a copy.
#[derive(Args, Debug)]
pub struct RestoreArguments {
    /// The backup: the folder of an event, or a folder of them
    backup: PathBuf,
    /// Folder of the new server; the event must not be in it yet
    #[arg(long, default_value = "server")]
    home: PathBuf,
    /// Folder with log.key and tally.key of the event, where the backup has none
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// A file with a checkpoint that somebody has seen: an observer's, or a table's receipt
    #[arg(long, value_name = "FILE")]
    seen: Vec<PathBuf>,
}

/// Restores; the server then shows what is there and signs nothing.
///
/// # Errors
/// As the server says; nothing is made then.
pub(super) fn restore(said: &RestoreArguments) -> Outcome {
    let restored = reading(|told| server::restore(&said.backup, &said.home, said.keys.as_deref(), &said.seen, told))?;
    show(&restored);
    let home = said.home.display();
    for Copied { event, entries, .. } in restored {
        words!(
            "chưa được ký: hãy so số mục với các bàn và nhân chứng — it signs nothing yet. Start it, compare the number of \
             entries ({entries}) with tables and witnesses, and if nothing is missing type:\n  kiemphieu server release \
             --home {home} --event {event} --size N"
        );
    }
    Ok(())
}

/// The operator's word that nothing is missing.
#[derive(Args, Debug)]
pub struct ReleaseArguments {
    /// Folder of the restored server, which may run
    #[arg(long, default_value = "server")]
    home: PathBuf,
    /// The event
    #[arg(long, value_name = "SID")]
    event: Sid,
    /// How many entries there are, as compared with tables and witnesses
    #[arg(long, value_name = "N")]
    size: u64,
    /// A file with a checkpoint that somebody has seen: an observer's, or a table's receipt
    #[arg(long, value_name = "FILE")]
    seen: Vec<PathBuf>,
    /// A folder with tables' receipts or an observer's copy, from which missing entries are put back; may be repeated
    #[arg(long, value_name = "DIR")]
    from: Vec<PathBuf>,
}

/// Releases a restored server.
///
/// # Errors
/// As the server says.
pub(super) fn release(said: &ReleaseArguments) -> Outcome {
    if !said.from.is_empty() {
        let count = server::mend(&said.home, said.event, said.size, &said.from, &said.seen)?;
        words!("đã đưa lại {count} mục bị thiếu — {count} missing entries were put back");
    }
    reading(|told| server::release(&said.home, said.event, said.size, &said.seen, told))?;
    words!("máy chủ lại được ký — this server signs again, from entry {} on", said.size);
    Ok(())
}

/// A look at everything a server keeps.
#[derive(Args, Debug)]
pub struct CheckArguments {
    /// Folder of this server, which may run
    #[arg(long, default_value = "server")]
    home: PathBuf,
    /// Where the second journal is; where it was last, if not given
    #[arg(long, value_name = "DIR")]
    second_journal: Option<PathBuf>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// Checks without changing anything.
///
/// # Errors
/// Something is wrong: exit code 14 for journals and markers, 11 for keys, 13 for the disk.
pub(super) fn check(said: &CheckArguments) -> Outcome {
    let events = reading(|told| server::check(&said.home, said.second_journal.as_deref(), told))?;
    if said.json {
        data!("{:#}", serde_json::Value::Array(events.iter().map(as_json).collect()));
    } else {
        events.iter().for_each(tell);
    }
    let wrong = |areas: &[Area]| {
        let mut all = events.iter().flat_map(|event| &event.findings);
        all.any(|finding| finding.weight == Weight::Wrong && areas.contains(&finding.area))
    };
    let exits = [
        (Exit::Journal, &[Area::Journal, Area::SecondJournal, Area::Markers][..]),
        (Exit::Key, &[Area::Keys]),
        (Exit::Disk, &[Area::Disk, Area::Index]),
    ];
    match exits.into_iter().find(|(_, areas)| wrong(areas)) {
        None => Ok(()),
        Some((exit, _)) => Err(Failure::new(exit, "có điều không ổn, xem ở trên — something is wrong, see above")),
    }
}

fn as_json(event: &EventCheck) -> serde_json::Value {
    let finding = |f: &server::Finding| json!({ "area": f.area.word(), "weight": word(f.weight), "says": f.says });
    json!({
        "event": event.event.to_string(),
        "running": event.is_running,
        "entries": event.entries,
        "root": event.root.to_string(),
        "findings": event.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn word(weight: Weight) -> &'static str {
    match weight {
        Weight::Fine => "fine",
        Weight::Harmless => "harmless",
        Weight::Wrong => "wrong",
    }
}

fn tell(event: &EventCheck) {
    let runs = if event.is_running {
        "đang chạy — a server runs on it"
    } else {
        "không chạy — no server runs on it"
    };
    data!("{} ({runs})", event.event);
    for finding in &event.findings {
        let sign = match finding.weight {
            Weight::Fine => "✓",
            Weight::Harmless => "·",
            Weight::Wrong => "✗",
        };
        data!("  {sign} {:14} {}", finding.area.word(), finding.says);
    }
}

fn show(copied: &[Copied]) {
    for copy in copied {
        let (event, folder, root) = (copy.event.to_string(), copy.folder.display().to_string(), copy.root.to_string());
        data!("{}", json!({ "event": event, "entries": copy.entries, "root": root, "folder": folder }));
    }
}

/// Long readings show how far they are, to a person at a terminal.
fn reading<T>(work: impl FnOnce(server::Progress<'_>) -> Result<T, server::ServerError>) -> Result<T, Failure> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(120));
    let done = work(&mut |entries| {
        bar.set_message(format!("{entries} mục — entries"));
        bar.inc(1);
    });
    bar.finish_and_clear();
    Ok(done?)
}
