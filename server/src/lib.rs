//! The central table: it takes notes in, makes them durable, says what they add up to and shows the log to whoever
//! verifies it. It is trusted for nothing: every answer carries what proves it.
//!
//! Read in this order: `intake` (notes come in), `sequencer` (one writer an event), `store` (what is durable),
//! `noticeboard` (what is posted), `log` and `results` (what is read), `http` (the public port).
//! This room refuses to know anybody's private key but the event's log and tally keys.

mod draft;
mod enrol;
mod error;
mod event;
mod home;
mod http;
mod index;
mod intake;
mod log;
mod metrics;
mod noticeboard;
mod restart;
mod results;
mod sequencer;
mod store;

pub use error::ServerError;
pub use home::{EventHome, Home};

use event::{Events, Working};
use metrics::Metrics;
use proto::v1::{
    FILE_DESCRIPTOR_SET, enrol_service_server::EnrolServiceServer, intake_service_server::IntakeServiceServer,
    log_service_server::LogServiceServer, results_service_server::ResultsServiceServer,
};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Server, server::TcpIncoming};

/// Unary calls and pages are answered within this, or not at all.
const REQUEST_SECONDS_MAX: Duration = Duration::from_secs(10);
/// Streams of one connection: a table needs one or two, a console a few more.
const STREAMS_MAX: u32 = 16;
/// Peers that open and reset streams faster than this are cut (CVE-2023-44487 and its like).
const RESETS_MAX: usize = 20;
/// Resets that a peer provokes by breaking the protocol.
const LOCAL_RESETS_MAX: usize = 64;
/// A bulk intake keeps a few messages of 64 notes on their way.
const STREAM_WINDOW: u32 = 512 << 10;
const CONNECTION_WINDOW: u32 = 2 << 20;
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
}

/// Opens every event and every door; the answer comes when notes are taken.
///
/// # Errors
/// An event cannot be opened, an address is not a loopback one, or a port is taken. Nothing is left running.
pub async fn start(config: &Config) -> Result<Running, ServerError> {
    for address in [config.grpc, config.http] {
        if !address.ip().is_loopback() {
            return Err(ServerError::NotLoopback(address));
        }
    }
    let homes = Home::new(&config.home).events()?;
    if homes.is_empty() {
        return Err(ServerError::NoEvent(config.home.clone()));
    }
    let (grpc, http) = (listen(config.grpc).await?, listen(config.http).await?);
    let addresses = (address_of(&grpc)?, address_of(&http)?);
    let stop = CancellationToken::new();
    let metrics = Arc::new(Metrics::default());
    let (events, working) = Events::open(homes, &metrics, &stop)?;

    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<IntakeServiceServer<intake::Intake>>().await;
    let network = |e: &dyn std::error::Error| ServerError::Network(e.to_string());
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|e| network(&e))?;
    let (inbound, outbound) = (proto::MESSAGE_IN_BYTES_MAX, proto::MESSAGE_OUT_BYTES_MAX);
    let intake = intake::Intake { events: events.clone(), metrics: Arc::clone(&metrics) };
    let router = Server::builder()
        .timeout(REQUEST_SECONDS_MAX)
        .max_concurrent_streams(STREAMS_MAX)
        .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
        .http2_max_local_error_reset_streams(Some(LOCAL_RESETS_MAX))
        .http2_max_header_list_size(Some(8 << 10))
        .initial_stream_window_size(Some(STREAM_WINDOW))
        .initial_connection_window_size(Some(CONNECTION_WINDOW))
        .http2_keepalive_interval(Some(Duration::from_secs(15)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .add_service(health)
        .add_service(reflection)
        .add_service(
            IntakeServiceServer::new(intake).max_decoding_message_size(inbound).max_encoding_message_size(outbound),
        )
        .add_service(
            LogServiceServer::new(log::Log { events: events.clone() })
                .max_decoding_message_size(inbound)
                .max_encoding_message_size(outbound),
        )
        .add_service(
            ResultsServiceServer::new(results::Results { events: events.clone() })
                .max_decoding_message_size(inbound)
                .max_encoding_message_size(outbound),
        )
        .add_service(EnrolServiceServer::new(enrol::Enrol));
    let incoming = TcpIncoming::from(grpc).with_nodelay(Some(true));
    let until = stop.clone().cancelled_owned();
    let grpc_door = tokio::spawn(async move {
        let served = router.serve_with_incoming_shutdown(incoming, until).await;
        served.map_err(|e| ServerError::Network(e.to_string()))
    });
    let pages = http::pages(http::Public { events: events.clone(), metrics });
    let until = stop.clone().cancelled_owned();
    let http_door = tokio::spawn(async move {
        let served = axum::serve(http, pages).with_graceful_shutdown(until).await;
        served.map_err(|e| ServerError::Network(e.to_string()))
    });
    tracing::info!(grpc = %addresses.0, http = %addresses.1, "doors open");
    let doors = vec![grpc_door, http_door];
    Ok(Running { grpc: addresses.0, http: addresses.1, stop, doors, events, working })
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

async fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|source| ServerError::Port { address, source })
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, ServerError> {
    listener.local_addr().map_err(|e| ServerError::Network(e.to_string()))
}
