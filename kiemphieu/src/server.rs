//! `kiemphieu server`: the central table from the command line.

use crate::data;
use crate::exit::{Exit, Failure, Outcome};
use clap::Subcommand;
use serde_json::json;
use server::{Config, Home, ServerError};
use std::{net::SocketAddr, path::PathBuf};

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
    /// Serve every event of the folder until Ctrl-C
    #[command(
        before_long_help = "Example:\n  kiemphieu server run --home server --listen 127.0.0.1:7440 --http 127.0.0.1:7441"
    )]
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
    },
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
        ServerCommand::Run { home, listen, http } => serve(&Config { home, grpc: listen, http }).await,
    }
}

async fn serve(config: &Config) -> Outcome {
    let running = server::start(config).await?;
    let addresses = json!({
        "grpc": format!("http://{}", running.grpc),
        "http": format!("http://{}", running.http),
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
            ServerError::Manifest(_) => Exit::Input,
            ServerError::EventExists(_) | ServerError::NoEvent(_) => Exit::Trouble,
            ServerError::NotLoopback(_) | ServerError::Port { .. } | ServerError::Network(_) => Exit::Network,
            ServerError::Key(_) => Exit::Key,
            ServerError::Journal { source, .. } => journal_exit(source),
            ServerError::Inconsistent { .. } => Exit::Journal,
            ServerError::Disk { .. } => Exit::Disk,
        };
        Self::new(exit, error)
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
