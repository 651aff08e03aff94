//! `kiemphieu observer`: a remote witness from the command line.

use crate::exit::{Exit, Failure, Outcome};
use crate::{data, data_raw};
use ::observer::{Follow, Home, ObserverError, Report, Seen, Server, Trouble, Verdict, export, folder, remote};
use clap::{Args, Subcommand};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tally::Sid;

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
    },
    /// Check a copied log folder, or everything a server shows
    #[command(before_long_help = "Examples:
  kiemphieu observer verify out/log --event SID
  kiemphieu observer verify out --event SID --json
  kiemphieu observer verify --server http://127.0.0.1:7440 --event SID --home w

Exit codes: 0 OK, 1 MISMATCH, 2 trouble, 3 PROVISIONAL, 4 EQUIVOCATION.")]
    Verify {
        /// The folder: `log/`, or a folder that contains it
        #[arg(required_unless_present = "server", conflicts_with = "server")]
        folder: Option<PathBuf>,
        /// The server to check in place of a folder
        #[arg(long)]
        server: Option<String>,
        /// Sid of the event's manifest, from the event ticket: all that is trusted
        #[arg(long)]
        event: Sid,
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
    #[command(
        before_long_help = "Example:\n  kiemphieu observer follow --home w --server http://127.0.0.1:7440 --event SID"
    )]
    Follow(Following),
    /// The same, and refuse to begin without a witness key
    #[command(before_long_help = "Examples:
  kiemphieu observer witness --home w --server http://127.0.0.1:7440 --event SID
  kiemphieu observer witness --home w --server http://127.0.0.1:7440 --event SID --once --json")]
    Witness(Following),
    /// Verify what a server shows and write it as a folder for somebody else
    #[command(before_long_help = "Example:
  kiemphieu observer export --server http://127.0.0.1:7440 --event SID --out out --wait-quorum 30")]
    Export {
        /// The server
        #[arg(long)]
        server: String,
        /// Sid of the event's manifest, from the event ticket
        #[arg(long)]
        event: Sid,
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
    #[arg(long)]
    server: String,
    /// Sid of the event's manifest, from the event ticket
    #[arg(long)]
    event: Sid,
    /// End when a checkpoint of at least this size is verified
    #[arg(long)]
    until_size: Option<u64>,
    /// End after so many seconds
    #[arg(long)]
    seconds: Option<u64>,
    /// End at the first checkpoint that is verified
    #[arg(long)]
    once: bool,
    /// One JSON line a checkpoint on standard output
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
///
/// # Errors
/// Every verdict but OK, with its exit code; or the trouble that kept the observer from one.
pub async fn run(command: ObserverCommand) -> Outcome {
    match command {
        ObserverCommand::Key { home, origin, id, witness } => {
            for file in Home::new(home).make_keys(&origin, &id, &witness)? {
                data!("{}", keyfile::read_public(&keyfile::public_path(&file))?);
            }
            Ok(())
        }
        ObserverCommand::Verify { folder, server, event, home, wait_quorum, json } => {
            let home = home.map(Home::new);
            let report = match (folder, server) {
                (Some(folder), _) => verify_folder(&folder, event, home.as_ref())?,
                (None, Some(url)) => {
                    let mut server = Server::connect(&url, event).await?;
                    remote::verify(&mut server, home.as_ref(), Duration::from_secs(wait_quorum)).await?
                }
                (None, None) => return Err(Failure::new(Exit::Trouble, "DIR | --server URL")),
            };
            end(&report, json)
        }
        ObserverCommand::Follow(following) => follow(following, false).await,
        ObserverCommand::Witness(following) => follow(following, true).await,
        ObserverCommand::Export { server, event, home, out, wait_quorum, json } => {
            let mut server = Server::connect(&server, event).await?;
            let (home, wait) = (home.map(Home::new), Duration::from_secs(wait_quorum));
            end(&export::export(&mut server, home.as_ref(), &out, wait).await?, json)
        }
    }
}

fn verify_folder(path: &Path, event: Sid, home: Option<&Home>) -> Result<Report, ObserverError> {
    let remembered = home.map(|home| home.remembered(event)).transpose()?.flatten();
    let mut report = folder::verify(path, event, remembered.as_ref());
    if let (Some(home), Some(finding)) = (home, report.finding.as_ref().filter(|f| !f.evidence.is_empty())) {
        report.evidence = Some(home.keep_evidence(event, &[], finding)?);
    }
    Ok(report)
}

async fn follow(following: Following, must_cosign: bool) -> Outcome {
    let home = Home::new(&following.home);
    let witness = if must_cosign { Some(home.witness_key()?) } else { home.witness_key_if_any()? };
    let json = following.json;
    let follow = Follow {
        url: following.server,
        event: following.event,
        home,
        witness,
        until_size: following.until_size,
        until: following.seconds.map(Duration::from_secs),
        once: following.once,
    };
    end(&follow.run(crate::server::stop_signal(), |seen| show(seen, json)).await?, json)
}

/// One line a checkpoint; a screen that has gone away does not stop a witness.
fn show(seen: &Seen, json: bool) {
    let line = match seen.witnesses {
        _ if json => serde_json::to_string(seen).expect("a checkpoint seen is JSON"),
        Some((have, need)) => format!("{} {} {have}/{need}", seen.size, seen.root),
        None => format!("{} {}", seen.size, seen.root),
    };
    data!("{line}");
}

/// The report as data, and the exit code of its verdict.
fn end(report: &Report, json: bool) -> Outcome {
    let shown = if json { format!("{}\n", report.to_json()) } else { in_words(report) };
    data_raw!("{shown}");
    let exit = match report.verdict() {
        Verdict::Ok => return Ok(()),
        Verdict::Mismatch => Exit::Differs,
        Verdict::Trouble => Exit::Trouble,
        Verdict::Provisional => Exit::Provisional,
        Verdict::Equivocation => Exit::Equivocation,
    };
    Err(Failure::new(exit, report))
}

fn in_words(report: &Report) -> String {
    let mut text = format!("{}\n", report.verdict().word());
    if let Some(root) = report.root {
        text.push_str(&format!("size {}\nroot {root}\n", report.size));
    }
    for contest in report.results.iter().flat_map(|r| &r.contests) {
        let elected =
            if contest.outcome.elected.is_empty() { "-".to_owned() } else { contest.outcome.elected.join(" ") };
        text.push_str(&format!(
            "{} {}: ballots {}, valid {}, elected {elected}\n",
            contest.id, contest.state, contest.ballots, contest.valid
        ));
    }
    for file in &report.files_foreign {
        text.push_str(&format!("foreign {file}\n"));
    }
    if let Some(evidence) = &report.evidence {
        text.push_str(&format!("evidence {}\n", evidence.display()));
    }
    text
}

impl From<ObserverError> for Failure {
    fn from(error: ObserverError) -> Self {
        let exit = match error.trouble() {
            Trouble::Input => Exit::Trouble, // what was typed, not a file
            Trouble::Key => Exit::Key,
            Trouble::Network => Exit::Network,
            Trouble::Disk => Exit::Disk,
        };
        Self::new(exit, error)
    }
}
