//! `kiemphieu observer mirror` and `import`: static copies of a log, kept from the network or from a stick.

use super::show;
use crate::exit::{Exit, Failure, Outcome};
use crate::pin::Pins;
use crate::way::Way;
use crate::{data, server::stop_signal};
use clap::Args;
use observer::{
    Home,
    mirror::{self, Mirror, Mirrored},
};
use std::{path::PathBuf, sync::Arc};
use tally::Sid;

/// What to mirror, and where.
#[derive(Args, Debug, Clone)]
pub struct Mirroring {
    /// Folder of this observer
    #[arg(long, default_value = "observer")]
    home: PathBuf,
    /// The server, or a relay
    #[command(flatten)]
    way: Way,
    /// The folder of the mirror; any web server can publish it
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Everything the observer's key opens, also what is not public, in a folder that must NOT be published
    #[arg(long)]
    accredited: bool,
    /// End at the first checkpoint that is published
    #[arg(long)]
    once: bool,
    /// One JSON line for each state on standard output
    #[arg(long)]
    json: bool,
}

/// A log brought on a stick.
#[derive(Args, Debug, Clone)]
pub struct Importing {
    /// The folder: an export or a mirror
    folder: PathBuf,
    /// Sid of the event's manifest; without it that of the ticket this observer remembers
    #[arg(long)]
    event: Option<Sid>,
    /// Folder of this observer
    #[arg(long, default_value = "observer")]
    home: PathBuf,
    /// Bring the mirror in this folder forward, or begin one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The mirror is one for the accredited, and has everything the stick has
    #[arg(long, requires = "out")]
    accredited: bool,
    /// The report as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// Mirrors until Ctrl-C or a finding.
///
/// # Errors
/// Every verdict but OK, with its exit code; or the trouble that kept the observer from one.
pub(super) async fn run(said: Mirroring, pins: &mut Pins) -> Outcome {
    let home = Home::new(&said.home);
    let ticket = home.ticket(said.way.ticket.clone())?;
    let key = if said.accredited { home.observer_key_if_any(pins)? } else { None };
    if said.accredited && key.is_none() {
        let words = "--accredited cần khóa quan sát viên trong --home — --accredited needs an observer's key in --home";
        return Err(Failure::new(Exit::Key, words));
    }
    let ticket_used = said.way.of(&ticket);
    let mirror = Mirror {
        ticket: ticket_used,
        accredited: key.map(Arc::new),
        home: home.clone(),
        out: said.out,
        once: said.once,
    };
    let mut is_kept = false;
    let tell = |seen: &Mirrored| {
        if !std::mem::replace(&mut is_kept, true)
            && let Err(error) = home.keep_ticket(&ticket)
        {
            tracing::warn!(%error, "the ticket is not remembered");
        }
        if said.json {
            data!("{}", serde_json::to_string(seen).expect("a state of a mirror is JSON"));
        } else {
            data!("{} {} {}", seen.size, seen.root, seen.entries);
        }
    };
    show::end(&mirror.run(stop_signal(), tell).await?, said.json)
}

/// Takes in what is on a stick.
///
/// # Errors
/// Every verdict but OK, with its exit code; or the trouble that kept the observer from one.
pub(super) fn import(said: &Importing) -> Outcome {
    let home = Home::new(&said.home);
    let event = match said.event {
        Some(event) => event,
        None => home.ticket(None)?.event,
    };
    let report = mirror::import(&said.folder, event, &home, said.out.as_deref(), said.accredited)?;
    show::end(&report, said.json)
}
