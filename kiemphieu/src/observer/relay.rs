//! `kiemphieu observer relay`: a switchboard for halls that nobody can reach, and mirrors of their logs.

use crate::data;
use crate::exit::{Exit, Failure, Outcome};
use crate::server::stop_signal;
use clap::Args;
use door::{Address, Ticket};
use observer::{
    Home, ObserverError, Verdict,
    mirror::{Mirror, Mirrored},
    relay::{Relay, pages},
    tickets,
};
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use tokio::{net::TcpListener, task::JoinSet};

/// What a relay switches, and what it publishes.
#[derive(Args, Debug, Clone)]
pub struct Relaying {
    /// Folder of this relay: what its mirrors remember, and evidence
    #[arg(long, default_value = "relay")]
    home: PathBuf,
    /// Where halls call, and where everybody with a ticket comes; port 0 takes a free one
    #[arg(long, default_value = "0.0.0.0:7450")]
    listen: SocketAddr,
    /// Folder of event tickets, a file each: these events are switched and no others; default: `tickets` in --home
    #[arg(long, value_name = "DIR")]
    tickets: Option<PathBuf>,
    /// Keep a public mirror of every event here, as `DIR/<sid>/`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Serve these mirrors as pages (HTTP); port 0 takes a free one
    #[arg(long, requires = "out")]
    http: Option<SocketAddr>,
}

/// Relays until Ctrl-C.
///
/// # Errors
/// No ticket, a port that is taken, or a mirror that found something; then the relay still went on to the end.
pub(super) async fn run(said: Relaying) -> Outcome {
    raise_open_files();
    let tickets = tickets(&said.tickets.unwrap_or_else(|| said.home.join("tickets")))?;
    let relay = Relay::new(&tickets)?;
    let (listener, own) = listen(said.listen).await?;
    let pages = match said.http {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    data!("{}", json!({ "listen": own.to_string(), "http": pages.as_ref().map(|(_, at)| format!("http://{at}")) }));
    let serving = tokio::spawn(relay.serve(listener, std::future::pending()));
    let mut tasks = JoinSet::new();
    if let Some(out) = said.out {
        for ticket in tickets {
            tasks.spawn(mirror(ticket, Home::new(&said.home), out.clone(), own));
        }
        if let Some((listener, _)) = pages {
            tasks.spawn(async move {
                pages::serve(out, listener, std::future::pending()).await;
                Ok(())
            });
        }
    }
    let mut end = Ok(());
    let mut stopped = std::pin::pin!(stop_signal());
    loop {
        tokio::select! {
            () = stopped.as_mut() => break,
            Some(done) = tasks.join_next() => {
                // What a mirror found is said at once; the others and the switchboard go on.
                if let Ok(Err(failure)) = done {
                    crate::words!("kiemphieu: {failure}");
                    end = Err(failure);
                }
            }
        }
    }
    serving.abort();
    end
}

/// The public mirror of one event, through our own switchboard, as anybody would.
async fn mirror(ticket: Ticket, home: Home, out: PathBuf, own: SocketAddr) -> Outcome {
    let own = if own.ip().is_unspecified() { SocketAddr::new(Ipv4Addr::LOCALHOST.into(), own.port()) } else { own };
    let event = ticket.event;
    let out = out.join(event.to_string());
    let ticket = ticket.at(vec![Address::from(own)]);
    let mirror = Mirror { ticket, accredited: None, home, out, once: false };
    let tell = |seen: &Mirrored| tracing::info!(%event, size = seen.size, entries = seen.entries, "mirrored");
    let report = mirror.run(std::future::pending(), tell).await?;
    match report.verdict() {
        Verdict::Ok | Verdict::Provisional => Ok(()),
        Verdict::Equivocation => Err(Failure::new(Exit::Equivocation, report)),
        Verdict::Mismatch => Err(Failure::new(Exit::Differs, report)),
        Verdict::Trouble => Err(Failure::new(Exit::Trouble, report)),
    }
}

/// Every ticket of the folder; a relay begins with all of them or not at all.
fn tickets(folder: &Path) -> Result<Vec<Ticket>, ObserverError> {
    tickets::read(folder)?.into_iter().map(|file| Ok(file.ticket?)).collect()
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let cannot = |e: std::io::Error| {
        Failure::new(Exit::Network, format!("không mở được cổng {address} — port {address} cannot be opened: {e}"))
    };
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let own = listener.local_addr().map_err(cannot)?;
    Ok((listener, own))
}

/// Whoever is put through takes two sockets; the usual thousand is soon used up.
fn raise_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let now = getrlimit(Resource::Nofile);
        let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
    }
}
