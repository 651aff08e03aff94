//! The arguments of `kiemphieu committee …`. It refuses to know what becomes of them.

pub mod desk;
mod what;

pub(super) use what::What;

use clap::{ArgGroup, Args, Subcommand};
use desk::DeskCommand;
use std::path::PathBuf;
use tally::{Id, Sid};

/// What the committee does.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "the help text of each command is its documentation")]
pub enum CommitteeCommand {
    /// Found an event: check its folder, make the keys, write the signed manifest, print its sid
    #[command(
        before_help = "Example:\n  kiemphieu committee init deploy/examples/ham-tan-2020 --home committee --vkey log.key.vkey tally.key.vkey s01.key.vkey"
    )]
    Init(InitArgs),
    /// What is signed at the desk
    #[command(flatten)]
    Desk(DeskCommand),
    /// List the drafts that wait for signatures
    #[command(before_help = "Example:\n  kiemphieu committee drafts")]
    Drafts(ReadArgs),
    /// Read a draft, rule it here, and add your signature
    #[command(before_help = "Example:\n  kiemphieu committee sign 62cd9cb1 --as k2")]
    Sign(SignArgs),
    /// Verify the log and show how each contest stands and what comes next
    #[command(before_help = "Example:\n  kiemphieu committee status --json")]
    Status(ReadArgs),
}

/// Where the committee sits and which server it asks.
#[derive(Clone, Debug, Args)]
pub struct Hall {
    /// The committee's folder
    #[arg(long, value_name = "DIR", default_value = "committee")]
    pub(super) home: PathBuf,
    /// The server, http://127.0.0.1:PORT
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7440")]
    pub(super) server: String,
    /// The event (sid of its manifest); default: that of the home's manifest
    #[arg(long, value_name = "SID")]
    pub(super) event: Option<Sid>,
}

/// Who signs, and how the answer is given.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("signer").args(["signers", "keys"]).required(true).multiple(true)))]
pub struct Hands {
    /// Sign as this person, with the home's key file; once for each
    #[arg(long = "as", value_name = "ID")]
    pub(super) signers: Vec<Id>,
    /// Sign with this key file; once for each
    #[arg(long = "key", value_name = "FILE")]
    pub(super) keys: Vec<PathBuf>,
    /// Leave a draft for the others when too few sign here
    #[arg(long)]
    pub(super) propose: bool,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The event folder, or its event.toml
    #[arg(value_name = "EVENTDIR")]
    pub(super) folder: PathBuf,
    /// The committee's folder
    #[arg(long, value_name = "DIR", default_value = "committee")]
    pub(super) home: PathBuf,
    /// Public keys of the server (log, tally), of every table, of observers and witnesses
    #[arg(long = "vkey", value_name = "FILE", num_args = 1.., required = true)]
    pub(super) vkeys: Vec<PathBuf>,
    /// Organisers who sign the manifest; default: all
    #[arg(long = "as", value_name = "ID")]
    pub(super) signers: Vec<Id>,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of what only reads.
#[derive(Debug, Args)]
pub struct ReadArgs {
    #[command(flatten)]
    pub(super) hall: Hall,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The draft: its sid, or at least the first 8 digits
    pub(super) sid: String,
    #[command(flatten)]
    pub(super) hall: Hall,
    #[command(flatten)]
    pub(super) hands: Hands,
}
