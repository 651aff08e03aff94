//! `kiemphieu observer`: a remote witness from the command line.

use crate::enrol::Arrival;
mod evidence;
mod mirror;
mod province;
mod relay;
mod show;
mod witness;

use crate::data;
use crate::exit::{Exit, Failure, Outcome};
use crate::pin::Pins;
use crate::way::{Source, Way};
use ::observer::{
    Around, Follow, Home, News, ObserverError, Report, Seen, Server, Trouble, Verdict, export, folder, remote,
};
use clap::{Args, Subcommand};
use door::{Code, Ticket, WebUrl};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tally::{Sid, id::Id};
use tlog::SigningKey;

/// What an observer can be told to do.
#[derive(Subcommand, Debug)]
pub enum ObserverCommand {
    /// Make the keys of a new observer, on the device that will use them
    #[command(before_long_help = "Example:
  kiemphieu observer key --home w --origin kiemphieu.example/ham-tan-2020 --id province --witness tinh-uy.example/w1")]
    Key {
        /// Folder of this observer
        #[arg(long, default_value = "observer")]
        home: PathBuf,
        /// Origin of the event, as in event.toml
        #[arg(long)]
        origin: String,
        /// Id of the observer, as in event.toml
        #[arg(long)]
        id: String,
        /// Name of the witness: any name that stays the same from event to event
        #[arg(long)]
        witness: String,
        /// Ask for a PIN for each key, first observer.key, then witness.key
        #[arg(long)]
        pin: bool,
    },
    /// Enrol a new observer with a code from an organiser, and its witness with another
    #[command(before_long_help = "Examples:
  kiemphieu observer enrol ticket.txt 12345678 --id tinh --home w
  kiemphieu observer enrol ticket.txt 12345678 --id tinh --home w --witness tinh-uy.example/w1 --witness-code 87654321

Makes the keys that are not there yet and prints their fingerprints, the observer's first: read them aloud to the
organiser, who lets them in one by one. The witness comes over the observer's connection: its name stays the same from
event to event, and has a dot.")]
    Enrol {
        /// The ticket
        #[command(flatten)]
        arrival: Arrival,
        /// The one-time code an organiser gave you for `observer/ID`, 8 digits; not needed once that is admitted
        #[arg(required_unless_present = "witness_code")]
        code: Option<Code>,
        /// Folder of this observer
        #[arg(long, default_value = "observer")]
        home: PathBuf,
        /// Id of the observer, as the organiser named it
        #[arg(long)]
        id: Id,
        /// Name of the witness, if this observer cosigns
        #[arg(long, requires = "witness_code")]
        witness: Option<String>,
        /// The one-time code for that name
        #[arg(long, value_name = "CODE", requires = "witness")]
        witness_code: Option<Code>,
    },
    /// Check a copied log folder, or everything a server shows
    #[command(before_long_help = "Examples:
  kiemphieu observer verify out/log --event SID
  kiemphieu observer verify out --event SID --json
  kiemphieu observer verify --ticket ticket.txt --home w

Exit codes: 0 OK, 1 MISMATCH, 2 trouble, 3 PROVISIONAL, 4 EQUIVOCATION.")]
    Verify {
        /// The folder: `log/`, or a folder that contains it
        #[arg(requires = "event", conflicts_with_all = ["ticket", "servers"])]
        folder: Option<PathBuf>,
        /// Sid of the event's manifest, from the event ticket: all that is trusted of a folder
        #[arg(long, requires = "folder")]
        event: Option<Sid>,
        /// The server
        #[command(flatten)]
        way: Way,
        /// Folder of this observer: compare with what it remembers, keep evidence there
        #[arg(long)]
        home: Option<PathBuf>,
        /// Wait so many seconds until the newest checkpoint has its witnesses
        #[arg(long, default_value_t = 0, conflicts_with = "folder")]
        wait_quorum: u64,
        /// The report as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Verify live and remember; cosign what was verified if there is a witness key
    #[command(before_long_help = "Examples:
  kiemphieu observer follow --home w --ticket ticket.txt
  kiemphieu observer follow --home w --ticket ticket.txt --hear http://tinh-uy.example:7450
  kiemphieu observer follow --home w --tickets tickets

With --tickets every ticket of the folder is followed and has a row: phase, last sign of life, verdict, telephone of the hall
(from halls.toml there). The exit code is that of the worst verdict: EQUIVOCATION 4, MISMATCH 1, TROUBLE 2, PROVISIONAL 3.")]
    Follow(province::Watching),
    /// The same, and refuse to begin without a witness key; with --listen also over HTTP, for any log
    #[command(before_long_help = "Examples:
  kiemphieu observer witness --home w --ticket ticket.txt
  kiemphieu observer witness --home w --once --json
  kiemphieu observer witness --home w --listen 127.0.0.1:7450 --log server/events/SID/log.key.vkey
  kiemphieu observer witness --home w --listen 127.0.0.1:7450 --ticket ticket.txt

With --listen it is a C2SP tlog-witness: logs push to POST /add-checkpoint (`kiemphieu server run --witness URL`).")]
    Witness(witness::Witnessing),
    /// Check an evidence folder by itself: no network, no trust but in the event's sid
    #[command(before_long_help = "Examples:
  kiemphieu observer verify-evidence evidence/1234…-two-checkpoints-89abcdef --event SID
  kiemphieu observer verify-evidence DIR --json

Exit codes: 0 it convicts the key that is printed, 1 it does not (which exhibit, and why), 2 it cannot be read.")]
    VerifyEvidence {
        /// The evidence folder
        folder: PathBuf,
        /// Sid of the event's manifest, from the event ticket; without it compare what is printed yourself
        #[arg(long)]
        event: Option<Sid>,
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Write the checkpoints this observer has seen, for others to compare
    #[command(before_long_help = "Examples:
  kiemphieu observer seen --home w --out seen.txt
  kiemphieu observer seen --home w --json

The file is C2SP notes one after another. On the telephone read size and code to each other, as in `812 4821 0937`: the same size
with another code is a split view; then send each other the file.")]
    Seen {
        /// Folder of this observer
        #[arg(long, default_value = "observer")]
        home: PathBuf,
        /// The event; default: that of the ticket in the folder
        #[arg(long)]
        event: Option<Sid>,
        /// The file to write
        #[arg(long)]
        out: Option<PathBuf>,
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Take in checkpoints that others have seen; verify and follow hold the log against them
    #[command(before_long_help = "Examples:
  kiemphieu observer hear seen.txt --home w
  kiemphieu observer hear receipts/s01 out/log /media/stick/evidence --home w
  kiemphieu observer hear http://tinh-uy.example:7450 https://mirror.example/ham-tan --home w

Files of notes as `seen` writes them, a table's receipts, exported logs, evidence folders; the address of another observer's
witness port, of a mirror, of such a file. Only what the event's log key signed is taken.")]
    Hear {
        /// Files, folders, or addresses that begin with http:// or https://
        #[arg(required = true)]
        from: Vec<Source>,
        /// Folder of this observer
        #[arg(long, default_value = "observer")]
        home: PathBuf,
        /// The event; default: that of the ticket in the folder
        #[arg(long)]
        event: Option<Sid>,
        /// How many as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Keep a static copy of what everybody may read, for any web server; with --accredited of everything
    #[command(before_long_help = "Examples:
  kiemphieu observer mirror --ticket ticket.txt --home w --out /srv/www/ham-tan
  kiemphieu observer mirror --ticket ticket.txt --home w --out copy --accredited

The folder is a whole log at every moment, also after a power cut: `kiemphieu observer verify DIR --event SID`.
A line for each state: entries of the log, root, entries that can be read.")]
    Mirror(mirror::Mirroring),
    /// Take in a log brought on a stick: verify, remember, bring a mirror forward
    #[command(before_long_help = "Examples:
  kiemphieu observer import /media/stick/log --home w
  kiemphieu observer import /media/stick/log --home w --event SID --out /srv/www/ham-tan

Exit codes: 0 OK, 1 MISMATCH, 2 trouble, 3 PROVISIONAL or older than what is known, 4 EQUIVOCATION.")]
    Import(mirror::Importing),
    /// A switchboard for halls that nobody can reach; keeps and serves mirrors of their logs
    #[command(before_long_help = "Examples:
  kiemphieu observer relay --home relay --tickets tickets --listen 0.0.0.0:7450
  kiemphieu observer relay --home relay --tickets tickets --out mirrors --http 0.0.0.0:7451

The hall: kiemphieu server run --home server --call RELAY:7450
Observers: kiemphieu observer follow --ticket ticket.txt --server RELAY:7450")]
    Relay(relay::Relaying),
    /// Verify what a server shows and write it as a folder for somebody else
    #[command(before_long_help = "Example:
  kiemphieu observer export --home w --out out --wait-quorum 30")]
    Export {
        /// The server
        #[command(flatten)]
        way: Way,
        /// Folder of this observer: the log must continue what it remembers
        #[arg(long)]
        home: Option<PathBuf>,
        /// Where `log/` is written
        #[arg(long)]
        out: PathBuf,
        /// Wait so many seconds until the newest checkpoint has its witnesses
        #[arg(long, default_value_t = 0)]
        wait_quorum: u64,
        /// The report as JSON on standard output
        #[arg(long)]
        json: bool,
    },
}

/// Whom to follow, and until when; without an end until Ctrl-C.
#[derive(Args, Debug, Clone)]
pub struct Following {
    /// Folder of this observer
    #[arg(long, default_value = "observer")]
    home: PathBuf,
    /// The server
    #[command(flatten)]
    way: Way,
    /// End when a checkpoint of at least this size is verified
    #[arg(long)]
    until_size: Option<u64>,
    /// End after so many seconds
    #[arg(long)]
    seconds: Option<u64>,
    /// End at the first checkpoint that is verified
    #[arg(long)]
    once: bool,
    /// Another observer's witness port, or a mirror: asked every few seconds what it has seen; may be repeated
    #[arg(long, value_name = "URL")]
    hear: Vec<WebUrl>,
    /// One JSON line a checkpoint on standard output; with --tickets one for each row that changes, all rows at the end
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
///
/// # Errors
/// Every verdict but OK, with its exit code; or the trouble that kept the observer from one.
pub async fn run(command: ObserverCommand, pins: &mut Pins) -> Outcome {
    match command {
        ObserverCommand::Key { home, origin, id, witness, pin } => {
            for file in Home::new(home).make_keys_with(&origin, &id, &witness, pins.for_new_keys(pin))? {
                data!("{}", keyfile::read_public(&keyfile::public_path(&file))?);
            }
            Ok(())
        }
        ObserverCommand::Enrol { arrival, code, home, id, witness, witness_code } => {
            enrol(&arrival, &Home::new(home), id, code, witness.zip(witness_code), pins).await
        }
        ObserverCommand::Verify { folder, event, way, home, wait_quorum, json } => {
            let home = home.map(Home::new);
            if let Some((folder, event)) = folder.zip(event) {
                return show::end(&verify_folder(&folder, event, home.as_ref())?, json);
            }
            let (ticket, mut server) = connect(&way, home.as_ref(), pins).await?;
            let report = remote::verify(&mut server, home.as_ref(), Duration::from_secs(wait_quorum)).await?;
            keep(home.as_ref(), &ticket, &report)?;
            show::end(&report, json)
        }
        ObserverCommand::VerifyEvidence { folder, event, json } => evidence::verify(&folder, event, json),
        ObserverCommand::Seen { home, event, out, json } => {
            let home = Home::new(home);
            evidence::seen(&home, event_of(&home, event)?, out.as_deref(), json)
        }
        ObserverCommand::Hear { from, home, event, json } => {
            let home = Home::new(home);
            evidence::hear(&home, event_of(&home, event)?, &from, json).await
        }
        ObserverCommand::Follow(said) => province::run(said, pins).await,
        ObserverCommand::Witness(said) => witness::run(said, pins).await,
        ObserverCommand::Mirror(said) => mirror::run(said, pins).await,
        ObserverCommand::Import(said) => mirror::import(&said),
        ObserverCommand::Relay(said) => relay::run(said).await,
        ObserverCommand::Export { way, home, out, wait_quorum, json } => {
            let (home, wait) = (home.map(Home::new), Duration::from_secs(wait_quorum));
            let (ticket, mut server) = connect(&way, home.as_ref(), pins).await?;
            let report = export::export(&mut server, home.as_ref(), &out, wait).await?;
            keep(home.as_ref(), &ticket, &report)?;
            show::end(&report, json)
        }
    }
}

/// Connects with the ticket given or remembered, and with the observer's key where the home has one.
async fn connect(way: &Way, home: Option<&Home>, pins: &mut Pins) -> Result<(Ticket, Server), ObserverError> {
    let ticket = match (home, &way.ticket) {
        (Some(home), given) => home.ticket(given.clone())?,
        (None, Some(given)) => given.clone(),
        (None, None) => return Err(::observer::home::no_ticket()),
    };
    let key = home.map(|home| home.observer_key_if_any(pins)).transpose()?.flatten();
    let server = Server::connect(&way.of(&ticket), key.map(Arc::new)).await?;
    Ok((ticket, server))
}

/// The event given, or that of the ticket the home remembers.
fn event_of(home: &Home, given: Option<Sid>) -> Result<Sid, ObserverError> {
    given.map_or_else(|| Ok(home.ticket(None)?.event), Ok)
}

/// A ticket that led to a log that is right is remembered.
fn keep(home: Option<&Home>, ticket: &Ticket, report: &Report) -> Result<(), ObserverError> {
    match home {
        Some(home) if matches!(report.verdict(), Verdict::Ok | Verdict::Provisional) => home.keep_ticket(ticket),
        _ => Ok(()),
    }
}

/// A new observer shows its key, and over the same connection that of its witness.
async fn enrol(
    arrival: &Arrival,
    home: &Home,
    id: Id,
    code: Option<Code>,
    witness: Option<(String, Code)>,
    pins: &mut Pins,
) -> Outcome {
    arrival.find().await?;
    let holder = pins.for_new_keys(arrival.pin);
    let own = Arc::new(home.enrolling(arrival.ticket().origin(), id, holder)?);
    let mut keys: Vec<_> = code.map(|code| (own.verifier().clone(), code)).into_iter().collect();
    if let Some((name, code)) = witness {
        keys.push((home.enrolling_witness(&name, holder)?.verifier().clone(), code));
    }
    arrival.show(&own, &keys).await?;
    Ok(home.keep_ticket(arrival.ticket())?)
}

fn verify_folder(path: &Path, event: Sid, home: Option<&Home>) -> Result<Report, ObserverError> {
    match home {
        Some(home) => folder::verify_at_home(path, event, home),
        None => Ok(folder::verify(path, event, None)),
    }
}

/// The observer's key, if it has one, and the witness's.
type Keys = (Option<Arc<SigningKey>>, Arc<SigningKey>);

async fn follow(following: Following, must_cosign: bool, keys: Option<Keys>, pins: &mut Pins) -> Outcome {
    let home = Home::new(&following.home);
    let (key, witness) = match keys {
        Some((key, witness)) => (key, Some(witness)),
        None => {
            // Asked in this order, as when they were made.
            let key = home.observer_key_if_any(pins)?.map(Arc::new);
            let witness = if must_cosign { Some(home.witness_key(pins)?) } else { home.witness_key_if_any(pins)? };
            (key, witness.map(Arc::new))
        }
    };
    let (ticket, json) = (home.ticket(following.way.ticket.clone())?, following.json);
    let follow = Follow {
        ticket: following.way.of(&ticket),
        key,
        home: home.clone(),
        witness,
        until_size: following.until_size,
        until: following.seconds.map(Duration::from_secs),
        once: following.once,
    };
    let mut is_kept = false;
    let mut tell = |seen: &Seen| {
        if !is_kept {
            is_kept = true;
            if let Err(error) = home.keep_ticket(&ticket) {
                tracing::warn!(%error, "the ticket is not remembered");
            }
        }
        show::seen(seen, json);
    };
    let tell_all = |news: News<'_>| {
        if let News::Seen(seen) = news {
            tell(seen);
        }
    };
    let around = Around::new(following.hear, None);
    show::end(&follow.watch(crate::server::stop_signal(), around, tell_all).await?, json)
}

impl From<ObserverError> for Failure {
    fn from(error: ObserverError) -> Self {
        let exit = match error.trouble() {
            Trouble::Input => Exit::Trouble, // what was typed, not a file
            Trouble::File => Exit::Input,
            Trouble::Key => Exit::Key,
            Trouble::Network => Exit::Network,
            Trouble::Disk => Exit::Disk,
        };
        Self::new(exit, error)
    }
}
