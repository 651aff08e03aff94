//! `kiemphieu observer witness`: cosigning, live over the event's own door, and over HTTP for any log.

use super::{Following, follow};
use crate::data;
use crate::exit::{Exit, Failure, Outcome};
use crate::pin::Pins;
use crate::server::stop_signal;
use ::observer::{Home, ObserverError, witness};
use clap::Args;
use serde_json::json;
use std::{net::SocketAddr, path::Path, sync::Arc};
use tlog::VerifierKey;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Whom to witness, and how.
#[derive(Args, Debug, Clone)]
pub struct Witnessing {
    #[command(flatten)]
    following: Following,
    /// Be a C2SP witness over HTTP at this address; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// A log to cosign over HTTP, its verifier key or a file with it; may be repeated, and is remembered
    #[arg(long = "log", value_name = "VKEY", requires = "listen", value_parser = read_vkey)]
    logs: Vec<VerifierKey>,
}

fn read_vkey(text: &str) -> Result<VerifierKey, String> {
    if Path::new(text).is_file() {
        return keyfile::read_public(Path::new(text)).map_err(|e| e.to_string());
    }
    VerifierKey::parse(text).map_err(|e| e.to_string())
}

/// Witnesses until it is told to end, or until there is a finding.
///
/// # Errors
/// There is no witness key, the port is taken, or as following says.
pub(super) async fn run(said: Witnessing, pins: &mut Pins) -> Outcome {
    let Some(listen) = said.listen else { return follow(said.following, true, None, pins).await };
    let home = Home::new(&said.following.home);
    let observer = home.observer_key_if_any(pins)?.map(Arc::new);
    let key = Arc::new(home.witness_key(pins)?);
    for log in &said.logs {
        home.keep_log(log)?;
    }
    let ticket = home.ticket(said.following.way.ticket.clone()).ok().map(|ticket| said.following.way.of(&ticket));
    if ticket.is_none() && home.logs()?.is_empty() {
        return Err(Failure::new(
            Exit::Trouble,
            "không có nhật ký nào để ký; hãy thêm --log hoặc --ticket — there is no log to cosign; add --log or --ticket",
        ));
    }
    let port = |e: std::io::Error| {
        Failure::new(Exit::Network, format!("không mở được cổng {listen} — the port {listen} cannot be opened: {e}"))
    };
    let listener = TcpListener::bind(listen).await.map_err(port)?;
    let address = listener.local_addr().map_err(port)?;
    let origins: Vec<String> = home.logs()?.iter().map(|log| log.name().to_owned()).collect();
    data!("{}", json!({ "witness": format!("http://{address}"), "vkey": key.verifier().to_string(), "logs": origins }));
    let (stop, witness) = (CancellationToken::new(), Arc::new(witness::Witness::new(home.clone(), Arc::clone(&key))));
    let serving = tokio::spawn(witness::serve(witness, listener, stop.clone().cancelled_owned()));
    let ended = match ticket {
        None => {
            stop_signal().await;
            Ok(())
        }
        Some(ticket) => {
            let learning = async {
                match witness::learn_log(&home, &ticket, observer.clone()).await {
                    Ok(log) => tracing::info!(log = log.name(), "cosigning over HTTP"),
                    Err(error) => tracing::error!(%error, "this log is not cosigned over HTTP"),
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = learning => Ok(()),
                ended = follow(said.following, true, Some((observer.clone(), key)), pins) => ended,
            }
        }
    };
    stop.cancel();
    serving.await.map_err(|e| ObserverError::input(e.to_string(), e.to_string()))?;
    ended
}
