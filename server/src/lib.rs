//! The central table: it takes notes in, makes them durable, says what they add up to and shows the log to whoever
//! verifies it. It is trusted for nothing: every answer carries what proves it.
//!
//! Read in this order: `intake` (notes come in), `sequencer` (one writer an event), `store` (what is durable),
//! `noticeboard` (what is posted), `log` and `results` (what is read), `http` (the public port), `call` (a hall that
//! nobody can reach calls out), `witness` (those that watch it from outside). How an event survives its laptop: `mirror`
//! (the second journal), `epoch` and `guard` (who may sign), `takeover`, `backup`, `mending`, `check`. What is
//! found beside the log: `twice` (a table's key on two machines).
//! This room refuses to know anybody's private key but the event's log and tally keys.

mod backup;
mod call;
mod caller;
mod certificate;
mod check;
mod conduct;
mod desk;
mod draft;
mod enrol;
mod epoch;
mod error;
mod event;
mod gate;
mod guard;
mod holding;
mod home;
mod http;
mod index;
mod intake;
mod keeping;
mod limits;
mod log;
mod mending;
mod metrics;
mod mirror;
mod noticeboard;
mod outlet;
mod porch;
mod restart;
mod results;
mod scrutiny;
mod sequencer;
mod store;
mod takeover;
mod transfer;
#[cfg(test)]
mod trial;
mod turnstile;
mod twice;
mod witness;

pub use backup::{Copied, backup, release, restore};
pub use certificate::Pages;
pub use check::{Area, EventCheck, Finding, Weight, check};
pub use error::ServerError;
pub use guard::{Cause, Halt};
pub use home::{EventHome, Home};
pub use keeping::Keeping;
pub use limits::Limits;
pub use mending::mend;
pub use mirror::{SecondJournal, SecondTrouble};
pub use scrutiny::Progress;
pub use takeover::{TakenOver, takeover};

use conduct::Conduct;
use door::Handshake;
use event::{Events, Working};
use gate::Gate;
use metrics::Metrics;
use porch::Porch;
use proto::v1::{
    FILE_DESCRIPTOR_SET, enrol_service_server::EnrolServiceServer, intake_service_server::IntakeServiceServer,
    log_service_server::LogServiceServer, results_service_server::ResultsServiceServer,
};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use turnstile::Turnstile;

/// Unary calls and pages are answered within this, or not at all.
const REQUEST_SECONDS_MAX: Duration = Duration::from_secs(10);
/// Streams of one connection: a table needs one or two, a console a few more.
const STREAMS_MAX: u32 = 16;
/// Peers that open and reset streams faster than this are cut (CVE-2023-44487 and its like).
const RESETS_MAX: usize = 20;
/// Resets that a peer provokes by breaking the protocol.
const LOCAL_RESETS_MAX: usize = 64;
/// Headers of a call: a path, a name, a deadline.
const HEADER_BYTES_MAX: u32 = 8 << 10;
/// The smallest that HTTP/2 allows (RFC 9113 §4.2).
const FRAME_BYTES_MAX: u32 = 16 << 10;
/// A silent peer is asked whether it is there, and is cut when it does not say so.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
const KEEPALIVE_WAIT: Duration = Duration::from_secs(10);
/// Whoever only asks needs no more room than a question has; notes have [`proto::MESSAGE_IN_BYTES_MAX`].
const QUESTION_BYTES_MAX: usize = 64 << 10;
/// All open doors together get this long to finish, then they are cut: a stream must not hold the journal open.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its folder.
    pub home: PathBuf,
    /// Where gRPC listens.
    pub grpc: SocketAddr,
    /// Where the public pages listen.
    pub http: SocketAddr,
    /// How they are reached.
    pub pages: Pages,
    /// How the events are kept: second journal, and what others have seen.
    pub keeping: Keeping,
    /// How many may connect, and how much may be on its way.
    pub limits: Limits,
    /// Whom it asks before it signs, and pushes its checkpoints to.
    pub witnesses: Vec<door::WebUrl>,
    /// Relays to call, for those who cannot come to where gRPC listens.
    pub relays: Vec<door::Address>,
}

/// A server whose doors are open.
pub struct Running {
    /// Where gRPC listens.
    pub grpc: SocketAddr,
    /// Where the public pages listen.
    pub http: SocketAddr,
    stop: CancellationToken,
    doors: Vec<tokio::task::JoinHandle<Result<(), ServerError>>>,
    events: Events,
    working: Vec<Working>,
    /// While it is kept the local network is told where the events are.
    _announcement: Option<door::finder::Announcement>,
}

/// Opens every event and every door; the answer comes when notes are taken.
///
/// # Errors
/// An event cannot be opened, an address is not a loopback one, or a port is taken. Nothing is left running.
pub async fn start(config: &Config) -> Result<Running, ServerError> {
    let acceptor = config.pages.acceptor()?;
    if !config.http.ip().is_loopback() && config.pages == Pages::Here {
        return Err(ServerError::NotLoopback(config.http));
    }
    let homes = Home::new(&config.home).events()?;
    if homes.is_empty() {
        return Err(ServerError::NoEvent(config.home.clone()));
    }
    let (grpc, http) = (listen(config.grpc).await?, listen(config.http).await?);
    let addresses = (address_of(&grpc)?, address_of(&http)?);
    let stop = CancellationToken::new();
    let metrics = Arc::new(Metrics::default());
    let (events, working) = {
        let witnesses = witness::witnesses(&config.witnesses, &metrics);
        let opened = Events::open(homes, &metrics, &config.keeping, &witnesses, &stop).await?;
        opened.0.feed(&witnesses);
        opened
    };

    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<IntakeServiceServer<intake::Intake>>().await;
    let network = |e: &dyn std::error::Error| ServerError::Network(e.to_string());
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|e| network(&e))?;
    let (inbound, outbound) = (proto::MESSAGE_IN_BYTES_MAX, proto::MESSAGE_OUT_BYTES_MAX);
    let limits = config.limits.fitted();
    let conduct = Arc::new(Conduct::new(Arc::clone(&metrics)));
    let turnstile = Turnstile::new(events.clone(), Arc::clone(&conduct), Arc::clone(&metrics));
    let intake = intake::Intake { events: events.clone(), metrics: Arc::clone(&metrics), conduct };
    let log = log::Log { events: events.clone(), metrics: Arc::clone(&metrics) };
    let results = results::Results::new(events.clone(), Arc::clone(&metrics));
    let enrol = enrol::Enrol::new(events.clone(), Arc::clone(&metrics));
    let router = Server::builder()
        .timeout(REQUEST_SECONDS_MAX)
        .max_concurrent_streams(STREAMS_MAX)
        .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
        .http2_max_local_error_reset_streams(Some(LOCAL_RESETS_MAX))
        .http2_max_header_list_size(Some(HEADER_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
        .initial_stream_window_size(Some(limits.stream_window_kib.saturating_mul(1024)))
        .initial_connection_window_size(Some(limits.connection_window_kib.saturating_mul(1024)))
        .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
        .http2_keepalive_timeout(Some(KEEPALIVE_WAIT))
        .layer(turnstile)
        .add_service(health)
        .add_service(reflection)
        .add_service(
            IntakeServiceServer::new(intake).max_decoding_message_size(inbound).max_encoding_message_size(outbound),
        )
        .add_service(
            LogServiceServer::new(log)
                .max_decoding_message_size(QUESTION_BYTES_MAX)
                .max_encoding_message_size(outbound),
        )
        .add_service(
            ResultsServiceServer::new(results)
                .max_decoding_message_size(QUESTION_BYTES_MAX)
                .max_encoding_message_size(outbound),
        )
        .add_service(EnrolServiceServer::new(enrol).max_decoding_message_size(QUESTION_BYTES_MAX));
    let (handshake, known) = (Handshake::new(&events.tally_keys()), events.clone());
    let is_enrolled = move |key| known.caller_with(Some(key)).holder.is_some();
    let calls = call::Calls { relays: config.relays.clone(), events: events.tally_keys() };
    let incoming = Gate::new(handshake, is_enrolled, limits.connections, Arc::clone(&metrics)).open(grpc, calls);
    let until = stop.clone().cancelled_owned();
    let grpc_door = tokio::spawn(async move {
        let served = router.serve_with_incoming_shutdown(incoming, until).await;
        served.map_err(|e| ServerError::Network(e.to_string()))
    });
    let pages = http::pages(http::Public { events: events.clone(), metrics: Arc::clone(&metrics) });
    let porch = Porch::new(pages, acceptor, config.pages == Pages::BehindProxy, stop.clone(), metrics);
    let http_door = tokio::spawn(async move {
        porch.serve(http).await;
        Ok(())
    });
    let announcement = announce(&events, addresses.0);
    tracing::info!(grpc = %addresses.0, http = %addresses.1, "doors open");
    let doors = vec![grpc_door, http_door];
    Ok(Running { grpc: addresses.0, http: addresses.1, stop, doors, events, working, _announcement: announcement })
}

impl Running {
    /// Serves until `shutdown` is done or a sequencer stops, then closes the doors in order and lets every group that
    /// was begun become durable.
    ///
    /// # Errors
    /// The disk failed, or a journal is not to be trusted.
    pub async fn until(self, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
        tokio::select! {
            () = shutdown => tracing::info!("closing the doors"),
            () = self.stop.cancelled() => tracing::error!("a sequencer stopped"),
        }
        self.stop.cancel();
        let until = tokio::time::Instant::now() + SHUTDOWN_DEADLINE;
        for door in self.doors {
            let abort = door.abort_handle();
            match tokio::time::timeout_at(until, door).await {
                Ok(Ok(served)) => served?,
                Ok(Err(_)) => {}
                Err(_) => {
                    tracing::warn!("a door did not close in time and was cut");
                    abort.abort();
                }
            }
        }
        // A stream that was cut may still hold a hand of its event; it cannot hold up the end.
        self.events.close().await;
        let mut end = Ok(());
        for thread in self.working {
            let finished = tokio::task::spawn_blocking(move || thread.join()).await;
            match finished {
                Ok(Ok(Err(error))) => end = Err(error),
                // A bug: its sentence is on standard error already, and the program must not end as if all were well.
                Ok(Err(bug)) => std::panic::resume_unwind(bug),
                Ok(Ok(Ok(()))) | Err(_) => {}
            }
        }
        tracing::info!("stopped");
        end
    }
}

/// Tells the local network where the events are. Whoever listens on this machine alone is found by nobody else, and a
/// network that lets nothing be announced leaves the addresses of the tickets.
fn announce(events: &Events, listening: SocketAddr) -> Option<door::finder::Announcement> {
    if listening.ip().is_loopback() {
        return None;
    }
    let sids: Vec<_> = events.tally_keys().into_iter().map(|(sid, _)| sid).collect();
    let announced = door::finder::announce(&sids, listening);
    announced.inspect_err(|why| tracing::warn!(%why, "not announced on the local network")).ok()
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|source| ServerError::Port { address, source })
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, ServerError> {
    listener.local_addr().map_err(|e| ServerError::Network(e.to_string()))
}
