//! The mirrors of a relay as pages that anybody may read: files by name, each with its kind and how long it may be kept.
//! It refuses to show a folder that is for the accredited, and any name that is none of a log.

use crate::mirror::is_for_the_accredited;
use axum::{
    Router,
    extract::{Path as Named, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tally::{ContestId, Sid, profile::is_content_word};
use tlog::tile::parse_path;
use tokio::{net::TcpListener, sync::Semaphore};

/// Connections at a time; a mirror that many read belongs behind a web server or a cache.
const CONNECTIONS_MAX: usize = 256;
/// From the first byte of a request to the end of its header; also the silence between two.
const HEADER_MAX: Duration = Duration::from_secs(5);
/// A connection ends at this age, whatever it does.
const AGE_MAX: Duration = Duration::from_secs(60);
/// The same complaint about the system is not made more often.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// A name that never says anything else again may be kept by every cache (C2SP tlog-tiles).
const FOR_GOOD: &str = "public, immutable, max-age=604800";
/// One that changes is asked for again.
const FOR_NOW: &str = "no-cache";

/// Serves the mirrors `<out>/<sid>/…` until `shutdown` is done.
pub async fn serve(out: PathBuf, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let pages = Router::new().route("/{event}/{*path}", get(page)).with_state(Arc::new(out));
    let (places, mut shutdown) = (Arc::new(Semaphore::new(CONNECTIONS_MAX)), std::pin::pin!(shutdown));
    loop {
        let come = tokio::select! {
            () = shutdown.as_mut() => return,
            come = listener.accept() => come,
        };
        let Ok((socket, _)) = come else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let pages = TowerToHyperService::new(pages.clone());
        tokio::spawn(async move {
            let mut builder = Builder::new(TokioExecutor::new()).http1_only();
            builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_MAX);
            let _ = tokio::time::timeout(AGE_MAX, builder.serve_connection(TokioIo::new(socket), pages)).await;
            drop(place);
        });
    }
}

/// The kind of a file of a log and how long it may be kept, if this is the name of one.
fn kind(path: &str) -> Option<(&'static str, &'static str)> {
    let text = "text/plain; charset=utf-8";
    if path == "checkpoint" {
        return Some((text, FOR_NOW));
    }
    if parse_path(path).is_ok() {
        return Some(("application/octet-stream", FOR_GOOD));
    }
    if let Some((contest, size)) = path.strip_prefix("bulletin/").and_then(|rest| rest.split_once('/')) {
        let is_named = contest.parse::<ContestId>().is_ok() && size.parse::<u64>().is_ok_and(|n| n.to_string() == size);
        return is_named.then_some((text, FOR_GOOD));
    }
    let word = path.strip_prefix("profiles/")?.strip_suffix(".toml")?;
    is_content_word(word).then_some(("application/toml", FOR_GOOD))
}

async fn page(State(out): State<Arc<PathBuf>>, Named((event, path)): Named<(String, String)>) -> Response {
    let missing = || (StatusCode::NOT_FOUND, "không có — not here\n").into_response();
    let (Ok(event), Some((kind, kept))) = (event.parse::<Sid>(), kind(&path)) else { return missing() };
    let folder = out.join(event.to_string());
    if is_for_the_accredited(&folder) {
        return missing();
    }
    match tokio::fs::read(folder.join(&path)).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], bytes).into_response(),
        Err(_) => missing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_log_have_a_kind() {
        for good in ["checkpoint", "tile/0/000", "tile/entries/000.p/7", "bulletin/c01/12"] {
            assert!(kind(good).is_some(), "{good}");
        }
        for bad in
            ["", "../x", "tile/../x", "DO-NOT-PUBLISH.txt", "bulletin/c01/../x", "bulletin/c01/07", "profiles/x.toml"]
        {
            assert!(kind(bad).is_none(), "{bad}");
        }
    }
}
