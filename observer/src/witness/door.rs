//! The HTTP door of a witness: connections bounded in number and time, bodies in length, and every judgement on a thread
//! that may wait for the disk. It refuses to know what is asked.

use super::{Answer, Witness};
use crate::error::ObserverError;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{pin::pin, sync::Arc, time::Duration};
use tlog::witness::{SIZE_TYPE, size_body};
use tokio::{net::TcpListener, net::TcpStream, sync::Semaphore, task::JoinSet};

/// Connections at a time: a province has fewer logs than this.
const CONNECTIONS_MAX: usize = 64;
/// Three numbers, 63 hashes and a checkpoint with a hundred lines.
const BODY_BYTES_MAX: usize = 64 << 10;
/// From the first byte of a header to its end; also the silence between two requests.
const HEADER_MAX: Duration = Duration::from_secs(10);
/// From a header to the end of its body.
const BODY_MAX: Duration = Duration::from_secs(10);
/// A connection is asked to end at this age; a log opens another.
const AGE_MAX: Duration = Duration::from_secs(600);
/// What is under way then, or when the witness ends, gets this long.
const LAST_ANSWER_MAX: Duration = Duration::from_secs(3);
/// A request has a line and a few headers.
const HEADER_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;
/// When no more connections can be had, wait instead of asking again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers until `shutdown`; what is under way is answered.
pub async fn serve(witness: Arc<Witness>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let pages = Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin}/checkpoint", get(checkpoint))
        .with_state(witness);
    let (places, mut visits, mut shutdown) =
        (Arc::new(Semaphore::new(CONNECTIONS_MAX)), JoinSet::new(), pin!(shutdown));
    loop {
        let place = tokio::select! {
            () = &mut shutdown => break,
            place = Arc::clone(&places).acquire_owned() => place.expect("nobody closes the semaphore"),
        };
        let come = tokio::select! {
            () = &mut shutdown => break,
            come = listener.accept() => come,
        };
        let Ok((socket, _)) = come else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let pages = pages.clone();
        visits.spawn(async move {
            visit(socket, pages).await;
            drop(place);
        });
        while visits.try_join_next().is_some() {}
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_ANSWER_MAX, async { while visits.join_next().await.is_some() {} }).await;
}

async fn visit(socket: TcpStream, pages: Router) {
    let mut builder = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new()).http1_only();
    let http1 = &mut builder.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(HEADER_MAX);
    http1.max_buf_size(HEADER_BYTES_MAX).max_headers(HEADERS_MAX);
    let mut visit = pin!(builder.serve_connection(TokioIo::new(socket), TowerToHyperService::new(pages)));
    if tokio::time::timeout(AGE_MAX, visit.as_mut()).await.is_err() {
        visit.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(LAST_ANSWER_MAX, visit).await;
    }
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Body) -> Response {
    let body = match tokio::time::timeout(BODY_MAX, to_bytes(body, BODY_BYTES_MAX)).await {
        Err(_) => return (StatusCode::REQUEST_TIMEOUT, "the body took too long\n").into_response(),
        Ok(Err(_)) => return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or broken off\n").into_response(),
        Ok(Ok(body)) => body,
    };
    let judged = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body)).await;
    let answer = match judged.map_err(|e| e.to_string()).and_then(|judged| judged.map_err(|e| said(&e))) {
        Ok(answer) => answer,
        Err(_) => return broken(),
    };
    match answer {
        Answer::Cosigned(lines) => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response()
        }
        Answer::NoRequest(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
        Answer::Refused(refusal) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            match refusal.size() {
                Some(size) => (status, [(header::CONTENT_TYPE, SIZE_TYPE)], size_body(size)).into_response(),
                None => (status, format!("{refusal}\n")).into_response(),
            }
        }
    }
}

async fn checkpoint(State(witness): State<Arc<Witness>>, Path(origin): Path<String>) -> Response {
    let shown = tokio::task::spawn_blocking(move || witness.shown(&format!("{origin}/checkpoint"))).await;
    match shown.map_err(|e| e.to_string()).and_then(|shown| shown.map_err(|e| said(&e))) {
        Ok(Some(note)) => {
            let kinds = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
            (kinds, note).into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, "no checkpoint of this log was cosigned here\n").into_response(),
        Err(_) => broken(),
    }
}

/// The operator reads what failed; whoever asked learns that it did.
fn said(error: &ObserverError) -> String {
    tracing::error!(%error, "nothing is cosigned");
    String::new()
}

fn broken() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot keep its memory\n").into_response()
}
