//! `kiemphieu station`: one counting table from the command line.

mod delivery;
mod show;

use crate::exit::{Exit, Failure, Outcome};
use clap::{Args, Subcommand};
use delivery::{Counting, Line};
use station::{Class, Home, Ledger, StationError, home, outbox, sheet, status::Status};
use std::path::PathBuf;
use tally::{BundleId, ContestId, Sid, StationId, text::Text};

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
    },
    /// Count a ballots file: sign every bundle into the table's journal, then deliver
    #[command(before_long_help = "Examples:
  kiemphieu station count --home s01 --event SID --server http://127.0.0.1:7440 --contest c01 --ballots c01/s01.csv
  kiemphieu station count --home s01 --contest c01 --ballots c01/s01.csv --offline

Run again after any interruption: bundles that are in the journal are not counted twice.")]
    Count(Counting),
    /// Deliver what has no receipt yet
    #[command(before_long_help = "Example:\n  kiemphieu station send --home s01 --server http://127.0.0.1:7440")]
    Send {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The way to the server
        #[command(flatten)]
        line: Line,
    },
    /// Take back a batch of this table, with the reason; delivered when a server is named
    #[command(before_long_help = "Examples:
  kiemphieu station withdraw --home s01 --contest c01 --bundle b007 --reason 'đếm nhầm tập' --server http://127.0.0.1:7440
  kiemphieu station withdraw --home s01 --sid SID --reason 'đếm nhầm tập'")]
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
        /// Deliver it there now
        #[arg(long)]
        server: Option<station::link::Address>,
        /// Stop trying after so many seconds
        #[arg(long, default_value_t = 300)]
        give_up_after: u64,
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
    #[command(before_long_help = "Example:\n  kiemphieu station heads --home s01 --server http://127.0.0.1:7440")]
    Heads {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The way to the server
        #[command(flatten)]
        line: Line,
    },
    /// Write every receipt as files: the signed note and its proof
    #[command(before_long_help = "Example:\n  kiemphieu station receipts --home s01 --out receipts/s01")]
    Receipts {
        /// The table
        #[command(flatten)]
        table: Table,
        /// The folder
        #[arg(long)]
        out: PathBuf,
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
    },
    /// Deliver notes of any table from a folder and write the answers beside them
    #[command(
        before_long_help = "Example:\n  kiemphieu station import /media/stick --home bureau --event SID --server http://127.0.0.1:7440"
    )]
    Import {
        /// The folder with the notes
        folder: PathBuf,
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
    },
}

/// Which table, of which event.
#[derive(Args, Debug, Clone)]
pub struct Table {
    /// Folder of this table
    #[arg(long, default_value = "station")]
    home: PathBuf,
    /// Sid of the event's manifest, from the event ticket; needed at the first use
    #[arg(long)]
    event: Option<Sid>,
}

impl Table {
    fn open(&self) -> Result<Ledger, StationError> {
        Ledger::open(Home::open(&self.home)?, self.event)
    }
}

/// Runs one of them.
///
/// # Errors
/// As the table says, with its exit code.
pub async fn run(command: StationCommand) -> Outcome {
    match command {
        StationCommand::Key { home, origin, id } => show::key(&Home::make(&home, &origin, id)?),
        StationCommand::Count(counting) => delivery::count(&counting).await?,
        StationCommand::Send { table, line } => delivery::deliver(&mut table.open()?, &line).await?,
        StationCommand::Withdraw { table, contest, bundle, sid, reason, server, give_up_after } => {
            let mut ledger = table.open()?;
            let target = match (sid, contest.zip(bundle)) {
                (Some(sid), _) => sid,
                (None, Some((contest, bundle))) => sheet::newest(&ledger, contest, bundle)?,
                (None, None) => return Err(Failure::new(Exit::Trouble, "--sid | --contest --bundle")),
            };
            let sid = sheet::withdraw(&mut ledger, target, &reason)?;
            show::withdrawn(sid);
            if let Some(server) = server {
                delivery::deliver(&mut ledger, &Line { server, give_up_after, json: false }).await?;
            }
        }
        StationCommand::Status { table, json } => show::status(&Status::of(&table.open()?), json),
        StationCommand::Heads { table, line } => delivery::heads(&table.open()?, &line).await?,
        StationCommand::Receipts { table, out } => show::written(outbox::write_receipts(&table.open()?, &out)?, &out),
        StationCommand::Export { table, out } => show::written(outbox::export(&table.open()?, &out)?, &out),
        StationCommand::Import { folder, table, line } => {
            let event = home::event_of(&table.home, table.event)?;
            delivery::import(&folder, &table.home, event, &line).await?;
        }
        StationCommand::Collect { folder, table } => {
            let taken = outbox::collect(&mut table.open()?, &folder)?;
            show::written(taken.len(), &table.home);
            delivery::no_set_aside(taken.into_iter().filter(|r| r.is_set_aside()).collect())?;
        }
    }
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
