//! `kiemphieu station`: one counting table from the command line.

mod delivery;
mod show;

use crate::enrol::Arrival;
use crate::exit::{Exit, Failure, Outcome};
use crate::pin::Pins;
use crate::way::{Source, asking};
use clap::{Args, Subcommand};
use delivery::{Counting, Line};
use door::{Address, Code, Ticket, hearsay};
use keyfile::Holder;
use station::{Class, Home, Ledger, StationError, gossip, home, link::Way, outbox, rising, sheet, status::Status};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tally::{BundleId, ContestId, Sid, StationId, text::Text};
use tlog::Note;

/// What a counting table can be told to do.
#[derive(Subcommand, Debug)]
pub enum StationCommand {
    /// Make the key of a new table, on the device that will use it
    #[command(
        before_long_help = "Example:\n  kiemphieu station key --home s01 --origin kiemphieu.example/ham-tan-2020 --id s01"
    )]
    Key {
        /// Folder of this table
        #[arg(long, default_value = "station")]
        home: PathBuf,
        /// Origin of the event, as in event.toml
        #[arg(long)]
        origin: String,
        /// Id of the table, as in event.toml
        #[arg(long)]
        id: StationId,
        /// Ask for a PIN for the key; then every command of this table asks for it
        #[arg(long)]
        pin: bool,
    },
    /// Enrol a new table with a code from an organiser: make its key, show it, read its fingerprint aloud
    #[command(before_long_help = "Examples:
  kiemphieu station enrol ticket.txt 12345678 --home s04 --id s04
  kiemphieu station enrol 'kiemphieu://192.168.1.10:7440/…#…' '1234 5678' --home s09 --id s09

Then stay at the table: an organiser lets the key in when the digits you read aloud are those they see
(`kiemphieu committee admit station/s04`). A spare table is enrolled in advance in the same way.")]
    Enrol {
        /// The ticket
        #[command(flatten)]
        arrival: Arrival,
        /// The one-time code an organiser gave you, 8 digits
        code: Code,
        /// Folder of this table
        #[arg(long, default_value = "station")]
        home: PathBuf,
        /// Id of the table, as the organiser named it
        #[arg(long)]
        id: StationId,
    },
    /// Count a ballots file: sign every bundle into the table's journal, then deliver
    #[command(before_long_help = "Examples:
  kiemphieu station count --home s01 --ticket ticket.txt --contest c01 --ballots c01/s01.csv
  kiemphieu station count --home s01 --contest c01 --ballots c01/s01.csv --offline

Run again after any interruption: bundles that are in the journal are not counted twice.")]
    Count(Counting),
    /// Deliver what has no receipt yet
    #[command(before_long_help = "Example:\n  kiemphieu station send --home s01")]
    Send {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The way to the server
        #[command(flatten)]
        line: Line,
    },
    /// Take back a batch of this table, with the reason, and deliver that
    #[command(before_long_help = "Examples:
  kiemphieu station withdraw --home s01 --contest c01 --bundle b007 --reason 'đếm nhầm tập'
  kiemphieu station withdraw --home s01 --sid SID --reason 'đếm nhầm tập' --offline")]
    Withdraw {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The contest of the bundle
        #[arg(long, requires = "bundle")]
        contest: Option<ContestId>,
        /// The bundle, whose newest batch is taken back
        #[arg(long, requires = "contest", required_unless_present = "sid")]
        bundle: Option<BundleId>,
        /// The batch itself
        #[arg(long, conflicts_with = "bundle")]
        sid: Option<Sid>,
        /// Why; read by everybody
        #[arg(long)]
        reason: Text,
        /// Sign it only; deliver nothing now
        #[arg(long)]
        offline: bool,
        /// The way to the server
        #[command(flatten)]
        line: Line,
    },
    /// Say where the table stands, from its own journal
    #[command(before_long_help = "Example:\n  kiemphieu station status --home s01 --json")]
    Status {
        /// The table
        #[command(flatten)]
        table: Table,
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Compare the two ends of the chain, this table's and the server's; sends nothing
    #[command(before_long_help = "Example:\n  kiemphieu station heads --home s01")]
    Heads {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The way to the server
        #[command(flatten)]
        line: Line,
    },
    /// Print the newest checkpoint this table has seen, for others to compare
    #[command(before_long_help = "Examples:
  kiemphieu station seen --home s01 > seen.txt
  kiemphieu station seen --home s01 --json

On the telephone read size and code to each other, as in `812 4821 0937`: the same size with another code is a split view.")]
    Seen {
        /// The table
        #[command(flatten)]
        table: Table,
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Hold checkpoints that others have seen against the log this table's server shows
    #[command(before_long_help = "Examples:
  kiemphieu station hear seen.txt --home s01
  kiemphieu station hear http://tinh-uy.example:7450 --home s01

Exit codes: 0 the server proved that it continues all of them, 1 it shows less, 4 it cannot prove it: stop, and hand the folder
`evidence` to an observer.")]
    Hear {
        /// C2SP notes one after another, as `seen` writes them; a receipt; or where others show theirs: the address
        /// (http:// or https://) of an observer's witness port or of a mirror
        #[arg(required = true)]
        from: Vec<Source>,
        /// The table
        #[command(flatten)]
        table: Table,
        /// The way to the server
        #[command(flatten)]
        line: Line,
    },
    /// Write every receipt as files: the signed note and its proof
    #[command(before_long_help = "Examples:
  kiemphieu station receipts --home s01 --out receipts/s01
  kiemphieu station receipts --home s01 --out receipts/s01 --wait-quorum 30

INTEGRATED: the log has signed it. WITNESSED: the event's witnesses have seen it too.")]
    Receipts {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The folder
        #[arg(long)]
        out: PathBuf,
        /// First ask the server for so many seconds for receipts that witnesses have seen
        #[arg(long, value_name = "SECONDS")]
        wait_quorum: Option<u64>,
        /// Where the server is now, in place of the ticket's addresses; may be repeated
        #[arg(long = "server", value_name = "HOST:PORT", requires = "wait_quorum")]
        servers: Vec<Address>,
        /// How many as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Write signed notes without a receipt into a folder, to be carried to a machine with a line
    #[command(before_long_help = "Example:\n  kiemphieu station export --home s01 --out /media/stick")]
    Export {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The folder
        #[arg(long)]
        out: PathBuf,
        /// How many as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Deliver notes of any table from a folder and write the answers beside them
    #[command(before_long_help = "Examples:
  kiemphieu station import /media/stick --home s02
  kiemphieu station import /media/stick --home bureau --ticket ticket.txt --key committee/keys/o1.key")]
    Import {
        /// The folder with the notes
        folder: PathBuf,
        /// Key file of whoever carries them; default: the key of the folder, where there is one
        #[arg(long)]
        key: Option<PathBuf>,
        /// The table
        #[command(flatten)]
        table: Table,
        /// The way to the server
        #[command(flatten)]
        line: Line,
    },
    /// Take the answers to exported notes back into the table's journal
    #[command(before_long_help = "Example:\n  kiemphieu station collect /media/stick --home s01")]
    Collect {
        /// The folder with the answers
        folder: PathBuf,
        /// The table
        #[command(flatten)]
        table: Table,
        /// How many as JSON on standard output
        #[arg(long)]
        json: bool,
    },
}

/// Which table, of which event.
#[derive(Args, Debug, Clone)]
pub struct Table {
    /// Folder of this table
    #[arg(long, default_value = "station")]
    home: PathBuf,
    /// The event ticket, its line or a file with it; needed at the first use, then the folder remembers it
    #[arg(long, value_name = "TICKET", value_parser = Ticket::read)]
    ticket: Option<Ticket>,
}

impl Table {
    fn open(&self, pins: &mut Pins) -> Result<Ledger, StationError> {
        Ledger::open(Home::open_with(&self.home, pins)?, self.ticket.clone())
    }
}

/// Runs one of them.
///
/// # Errors
/// As the table says, with its exit code.
pub async fn run(command: StationCommand, pins: &mut Pins) -> Outcome {
    match command {
        StationCommand::Key { home, origin, id, pin } => {
            show::key(&Home::make_with(&home, &origin, id, pins.for_new_keys(pin))?);
        }
        StationCommand::Enrol { arrival, code, home, id } => enrol(&arrival, code, &home, id, pins).await?,
        StationCommand::Count(counting) => delivery::count(&counting, pins).await?,
        StationCommand::Send { table, line } => delivery::deliver(&mut table.open(pins)?, &line).await?,
        StationCommand::Withdraw { table, contest, bundle, sid, reason, offline, line } => {
            let mut ledger = table.open(pins)?;
            let target = match (sid, contest.zip(bundle)) {
                (Some(sid), _) => sid,
                (None, Some((contest, bundle))) => sheet::newest(&ledger, contest, bundle)?,
                (None, None) => return Err(Failure::new(Exit::Trouble, "--sid | --contest --bundle")),
            };
            let sid = sheet::withdraw(&mut ledger, target, &reason)?;
            show::withdrawn(sid);
            if !offline {
                delivery::deliver(&mut ledger, &line).await?;
            }
        }
        StationCommand::Status { table, json } => show::status(&Status::of(&table.open(pins)?)?, json),
        StationCommand::Heads { table, line } => delivery::heads(&table.open(pins)?, &line).await?,
        StationCommand::Seen { table, json } => show::seen(table.open(pins)?.last_seen(), json),
        StationCommand::Hear { from, table, line } => {
            let ledger = table.open(pins)?;
            let heard = seen_by(&from, ledger.ticket()).await?;
            let (ticket, key) = (line.at(ledger.ticket()), Some(Arc::clone(ledger.home().key())));
            let way = Way { ticket, key, folder: ledger.home().folder().to_owned() };
            show::heard(&gossip::hear(&way, ledger.last_seen(), &heard).await?, line.json);
        }
        StationCommand::Receipts { table, out, wait_quorum, servers, json } => {
            let mut ledger = table.open(pins)?;
            if let Some(seconds) = wait_quorum {
                let ticket = ledger.ticket().clone().at(servers);
                station::table::raise(&mut ledger, &ticket, Duration::from_secs(seconds)).await?;
            }
            let written = outbox::write_receipts(&ledger, &out)?;
            show::receipts(written, rising::standing(&ledger)?, &out, json);
        }
        StationCommand::Export { table, out, json } => {
            show::written("exported", outbox::export(&table.open(pins)?, &out)?, &out, json);
        }
        StationCommand::Import { folder, key, table, line } => {
            let key = match key {
                Some(file) => Some(Arc::new(pins.open(&file)?)),
                None if table.home.join("station.key").symlink_metadata().is_ok() => {
                    Some(Arc::clone(Home::open_with(&table.home, pins)?.key()))
                }
                None => None,
            };
            let ticket = line.at(&home::ticket_of(&table.home, table.ticket)?);
            delivery::import(&folder, &Way { ticket, key, folder: table.home }, &line).await?;
        }
        StationCommand::Collect { folder, table, json } => {
            let taken = outbox::collect(&mut table.open(pins)?, &folder)?;
            show::written("collected", taken.len(), &table.home, json);
            delivery::no_set_aside(taken.into_iter().filter(|r| r.is_set_aside()).collect())?;
        }
    }
    Ok(())
}

/// What is shown in these files and at these addresses; all of them, or nothing is compared.
async fn seen_by(from: &[Source], ticket: &Ticket) -> Result<Vec<Note>, Failure> {
    let mut seen = Vec::new();
    for source in from {
        match source {
            Source::Path(file) => seen.extend(gossip::read(file)?),
            Source::Web(url) => {
                let shown = hearsay::ask(&asking(), url, ticket.origin(), ticket.event).await;
                seen.extend(shown.map_err(|unheard| Failure::new(Exit::Network, format!("{url}: {unheard}")))?);
            }
        }
    }
    Ok(seen)
}

/// A new table shows its key; the ticket is kept once the server has taken that.
async fn enrol(arrival: &Arrival, code: Code, folder: &Path, id: StationId, pins: &mut Pins) -> Outcome {
    home::check_ticket(folder, arrival.ticket())?;
    arrival.find().await?;
    let home = Home::enrolling(folder, arrival.ticket().origin(), id, pins.for_new_keys(arrival.pin))?;
    arrival.show(home.key(), &[(home.key().verifier().clone(), code)]).await?;
    home::ticket_of(folder, Some(arrival.ticket().clone()))?;
    Ok(())
}

impl From<StationError> for Failure {
    fn from(error: StationError) -> Self {
        let exit = match error.class() {
            Class::Use => Exit::Trouble,
            Class::Input => Exit::Input,
            Class::Key => Exit::Key,
            Class::Network => Exit::Network,
            Class::Disk => Exit::Disk,
            Class::Journal => Exit::Journal,
            Class::Differs => Exit::Differs,
            Class::Equivocation => Exit::Equivocation,
        };
        Self::new(exit, error)
    }
}
