//! `kiemphieu server`: the central table from the command line.

mod keeping;
mod limits;
mod pages;
mod relays;
mod ticket;

use crate::data;
use crate::exit::{Exit, Failure, Outcome};
use clap::Subcommand;
pub use keeping::{
    BackupArguments, CheckArguments, KeepingArguments, ReleaseArguments, RestoreArguments, TakeoverArguments,
};
pub use limits::LimitsArguments;
pub use pages::PagesArguments;
pub use relays::RelayArguments;
use serde_json::json;
use server::{Config, Home, Keeping, Limits, Pages, SecondTrouble, ServerError};
use std::{net::SocketAddr, path::PathBuf};
pub use ticket::TicketArguments;

/// What a server can be told to do.
#[derive(Subcommand, Debug)]
pub enum ServerCommand {
    /// Make the log and tally keys of a new event
    #[command(
        before_long_help = "Example:\n  kiemphieu server key --home server --origin kiemphieu.example/ham-tan-2020"
    )]
    Key {
        /// Folder of this server
        #[arg(long, default_value = "server")]
        home: PathBuf,
        /// Origin of the event, as in event.toml
        #[arg(long)]
        origin: String,
    },
    /// Take an event in: its signed manifest becomes entry 0 of its log
    #[command(before_long_help = "Example:\n  kiemphieu server found --home server committee/manifest.note")]
    Found {
        /// Folder of this server
        #[arg(long, default_value = "server")]
        home: PathBuf,
        /// The manifest that the organisers signed
        manifest: PathBuf,
    },
    /// Print the event ticket: the line, or the QR code, that everybody who connects is handed
    #[command(before_long_help = "Examples:
  kiemphieu server ticket --home server --address 192.168.1.10:7440 > ticket.txt
  kiemphieu server ticket --home server --address 192.168.1.10:7440 --address 192.168.1.11:7440 --svg ticket.svg --qr")]
    Ticket(TicketArguments),
    /// Serve every event of the folder until Ctrl-C
    #[command(before_long_help = "Examples:
  kiemphieu server run --home server --listen 127.0.0.1:7440 --http 127.0.0.1:7441
  kiemphieu server run --home server --witness http://192.168.1.20:7450 --witness https://witness.example
  kiemphieu server run --home server --call relay.example:7450")]
    Run {
        /// Folder of this server
        #[arg(long, default_value = "server")]
        home: PathBuf,
        /// Where tables, board and observers connect (gRPC); port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:7440")]
        listen: SocketAddr,
        /// Where the public pages are (HTTP); port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:7441")]
        http: SocketAddr,
        /// How the public pages are reached from other machines
        #[command(flatten)]
        pages: PagesArguments,
        /// Second journal, and what others have seen
        #[command(flatten)]
        keeping: KeepingArguments,
        /// A witness to ask before anything is signed, and to push checkpoints to (C2SP tlog-witness); may be repeated
        #[arg(long = "witness", value_name = "URL")]
        witnesses: Vec<door::WebUrl>,
        /// How much it takes before it says no
        #[command(flatten)]
        limits: LimitsArguments,
        /// Relays to call
        #[command(flatten)]
        call: RelayArguments,
    },
    /// A spare laptop goes on with the events of a second journal; the old server can sign no more
    #[command(before_long_help = "Examples:
  kiemphieu server takeover --home server --second-journal /media/stick --keys /media/keys --run --listen 0.0.0.0:7440
  kiemphieu server takeover --home server --second-journal /media/stick --keys /media/keys")]
    Takeover(TakeoverArguments),
    /// Copy the events, verified, while the server runs
    #[command(before_long_help = "Example:\n  kiemphieu server backup --home server --out /media/backup/2020-06-25")]
    Backup(BackupArguments),
    /// Make a server's folder from a backup; it signs nothing until it is released
    #[command(
        before_long_help = "Example:\n  kiemphieu server restore /media/backup/2020-06-25 --home server --keys /media/keys"
    )]
    Restore(RestoreArguments),
    /// Say that nothing is missing in a restored server: it signs again
    #[command(before_long_help = "Examples:
  kiemphieu server release --home server --event SID --size 412
  kiemphieu server release --home server --event SID --size 498 --from /media/stick

With --from what is missing is first put back: from receipts of tables (`station receipts --out`) and copies of observers
(`observer export --out`), entry by entry, until the root is the one that was signed. The server must not run then.")]
    Release(ReleaseArguments),
    /// Look at everything the server keeps, without changing anything; the server may run
    #[command(before_long_help = "Example:\n  kiemphieu server check --home server")]
    Check(CheckArguments),
}

/// Runs one of them.
///
/// # Errors
/// As the server says, with its exit code.
pub async fn run(command: ServerCommand) -> Outcome {
    match command {
        ServerCommand::Key { home, origin } => {
            for key in Home::new(home).make_keys(&origin)? {
                data!("{key}");
            }
            Ok(())
        }
        ServerCommand::Found { home, manifest } => {
            let bytes = std::fs::read(&manifest).map_err(|e| {
                Failure::new(Exit::Input, format!("không đọc được {0} — {0} cannot be read: {e}", manifest.display()))
            })?;
            let founded = Home::new(home).found(&bytes)?;
            data!("{}", founded.event);
            Ok(())
        }
        ServerCommand::Ticket(arguments) => ticket::run(arguments),
        ServerCommand::Run { home, listen, http, pages, keeping, witnesses, limits, call } => {
            let told = config(home, listen, http, keeping.into(), witnesses);
            serve(&Config { limits: limits.into(), pages: pages.into(), relays: call.relays, ..told }).await
        }
        ServerCommand::Takeover(said) => {
            keeping::take_over(&said)?;
            if !said.run {
                return Ok(());
            }
            let keeping = said.keeping();
            let told = config(said.home, said.listen, said.http, keeping, said.witnesses);
            serve(&Config { relays: said.call.relays, ..told }).await
        }
        ServerCommand::Backup(said) => keeping::back_up(&said),
        ServerCommand::Restore(said) => keeping::restore(&said),
        ServerCommand::Release(said) => keeping::release(&said),
        ServerCommand::Check(said) => keeping::check(&said),
    }
}

fn config(home: PathBuf, grpc: SocketAddr, http: SocketAddr, keeping: Keeping, witnesses: Vec<door::WebUrl>) -> Config {
    let (pages, limits, relays) = (Pages::default(), Limits::default(), Vec::new());
    Config { home, grpc, http, pages, keeping, limits, witnesses, relays }
}

async fn serve(config: &Config) -> Outcome {
    let running = server::start(config).await?;
    let addresses = json!({
        "grpc": format!("https://{}", running.grpc),
        "http": format!("{}://{}", if config.pages.speaks_tls() { "https" } else { "http" }, running.http),
    });
    data!("{addresses}");
    running.until(stop_signal()).await?;
    Ok(())
}

/// Does this unless somebody ends the program first; then everything begun is let go of, children and folders too.
///
/// # Errors
/// As `work`, or that it was ended.
pub(crate) async fn unless_ended<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = stop_signal() => Err(Failure::new(Exit::Trouble, "đã dừng giữa chừng — ended before it was done")),
    }
}

/// Ctrl-C, a closed terminal, or the signal with which a service manager ends a program.
pub(crate) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        let exit = match &error {
            ServerError::Manifest(_) | ServerError::Rules(_) => Exit::Input,
            ServerError::EventExists(_) | ServerError::NoEvent(_) => Exit::Trouble,
            ServerError::NotLoopback(_) | ServerError::Port { .. } | ServerError::Network(_) => Exit::Network,
            ServerError::Key(_) | ServerError::Certificate { .. } => Exit::Key,
            ServerError::Journal { source, .. } => journal_exit(source),
            ServerError::Inconsistent { .. } | ServerError::Halted(_) => Exit::Journal,
            ServerError::Disk { .. } => Exit::Disk,
            ServerError::Second(trouble) => second_exit(trouble),
            ServerError::NoSecondJournal(_) => Exit::Disk,
            ServerError::NoBackup(_) | ServerError::NoCheckpoint(_) => Exit::Input,
            ServerError::Taken(_) | ServerError::NotRestored(_) => Exit::Trouble,
            ServerError::SizeDiffers { .. } | ServerError::StillMissing { .. } => Exit::Differs,
        };
        Self::new(exit, error)
    }
}

fn second_exit(trouble: &SecondTrouble) -> Exit {
    match trouble {
        SecondTrouble::NotGiven { .. } | SecondTrouble::Other { .. } | SecondTrouble::Replaced(_) => Exit::Disk,
        SecondTrouble::Differs { .. } => Exit::Journal,
        SecondTrouble::Held(_) => Exit::Trouble,
        SecondTrouble::Journal { source, .. } => journal_exit(source),
    }
}

fn journal_exit(error: &journal::JournalError) -> Exit {
    use journal::JournalError as E;
    match error {
        E::Damaged { .. } | E::Foreign { .. } | E::Consumer(_) => Exit::Journal,
        E::Locked | E::Exists | E::TooLarge { .. } => Exit::Trouble,
        E::NotFound | E::NoSpace { .. } | E::Io { .. } | E::Poisoned => Exit::Disk,
    }
}
