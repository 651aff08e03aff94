//! The public port: read-only pages of the log as C2SP `tlog-tiles` has them, and what an operator watches. It shows to
//! everybody only what protocol §6 lets everybody see, and knows no way to change anything.

use crate::{
    caller::Reader,
    event::{Event, Events},
    log::{PAGE_BYTES_MAX, notes},
    metrics::Metrics,
    results::{bulletin, may_show},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use std::sync::Arc;
use tally::{ContestId, Sid};
use tlog::{
    Note,
    tile::{TilePath, encode_bundle, parse_path, tile},
};

/// What the pages read.
#[derive(Clone)]
pub(crate) struct Public {
    /// Whose logs.
    pub(crate) events: Events,
    /// What the operator watches.
    pub(crate) metrics: Arc<Metrics>,
}

/// The pages.
pub(crate) fn pages(public: Public) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/{event}/checkpoint", get(checkpoint))
        .route("/{event}/tile/{*path}", get(tile_of))
        .route("/{event}/bulletin/{contest}/{size}", get(bulletin_of))
        .with_state(public)
}

type Page = Result<Response, (StatusCode, String)>;

fn missing(what: &str) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, format!("{what}\n"))
}

fn broken(status: &tonic::Status) -> (StatusCode, String) {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", status.message()))
}

fn named<'a>(public: &'a Public, event: &str) -> Result<&'a Event, (StatusCode, String)> {
    let sid = event.parse::<Sid>().map_err(|_| missing("an event is named by 64 hex digits"))?;
    public.events.get(sid).ok_or_else(|| missing("this event is not on this server"))
}

/// Notes can be taken for every event.
async fn ready(State(public): State<Public>) -> Page {
    match public.events.not_working() {
        None => Ok("ok\n".into_response()),
        Some(why) => Err((StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n"))),
    }
}

async fn metrics(State(public): State<Public>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    public.metrics.missing().set(i64::try_from(public.events.missing()).unwrap_or(i64::MAX));
    ([(header::CONTENT_TYPE, kind)], public.metrics.page()).into_response()
}

/// The newest checkpoint with its quorum of witnesses.
async fn checkpoint(State(public): State<Public>, Path(event): Path<String>) -> Page {
    let event = named(&public, &event)?;
    let note = event.look(|desk| desk.board.witnessed().map(Note::as_str).map(str::to_owned)).await;
    let note = note.map_err(|s| broken(&s))?.ok_or_else(|| missing("no checkpoint has its quorum of witnesses yet"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], note)
        .into_response())
}

async fn tile_of(State(public): State<Public>, Path((event, path)): Path<(String, String)>) -> Page {
    let event = named(&public, &event)?;
    let path = parse_path(&format!("tile/{path}")).map_err(|e| missing(&e.to_string()))?;
    let bytes = match path {
        TilePath::Tile { level, index, width } => {
            let bytes = event.look(move |desk| tile(level, index, width, &desk.replay.tree)).await;
            bytes.map_err(|s| broken(&s))?.ok_or_else(|| missing("the log has no such tile yet"))?
        }
        TilePath::Entries { index, width } => entries(event, index, width).await?,
    };
    let kept = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "public, immutable, max-age=604800"),
    ];
    Ok((kept, bytes).into_response())
}

/// Entries stop, for the public, before the first batch of a contest that is neither announced nor annulled.
async fn entries(event: &Event, index: u64, width: u16) -> Result<Vec<u8>, (StatusCode, String)> {
    let published = event.published();
    let first = index.saturating_mul(256);
    let end = first.saturating_add(u64::from(width));
    if end > published.size {
        return Err(missing("the log has no such entries yet"));
    }
    if end > published.public_size {
        return Err((StatusCode::FORBIDDEN, "these entries are not public, or not before they are announced\n".into()));
    }
    let mut all: Vec<Bytes> = Vec::new();
    while first.saturating_add(all.len() as u64) < end {
        let more =
            notes(event, first.saturating_add(all.len() as u64)..end, PAGE_BYTES_MAX).await.map_err(|s| broken(&s))?;
        if more.is_empty() {
            return Err(missing("the log has no such entries yet"));
        }
        all.extend(more);
    }
    encode_bundle(all.iter()).map_err(|e| (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()))
}

async fn bulletin_of(State(public): State<Public>, Path((event, contest, size)): Path<(String, String, u64)>) -> Page {
    let event = named(&public, &event)?;
    let id: ContestId = contest.parse().map_err(|_| missing("there is no such contest"))?;
    let (note, _) = bulletin(event, id, Some(size)).await.map_err(|s| missing(s.message()))?;
    if !may_show(event, id, &note, Reader::Public).await.map_err(|s| broken(&s))? {
        return Err((StatusCode::FORBIDDEN, "figures become public when the head has announced them\n".into()));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}
