//! Where the public pages are served: connections bounded in number, silence and age, pages bounded in number and time.
//! It refuses to know what the pages show.

use crate::{
    gate::{
        self,
        places::{Place, Places, Rules},
    },
    limits::{PAGE_CONNECTIONS_MAX, PAGE_CONNECTIONS_OF_ADDRESS_MAX, PAGE_HEADER_MAX, PAGE_MAX, PAGES_AT_ONCE_MAX},
    metrics::{Cut, Metrics},
};
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The name of this door in the metrics.
const HTTP: &str = "http";
/// A connection is asked to end at this age, so that nobody keeps a place by reading a page without end.
const AGE_MAX: Duration = Duration::from_secs(60);
/// What is still being read then, or when the server ends, is cut after this.
const LAST_PAGE_MAX: Duration = Duration::from_secs(3);
/// A request for a page has a line and a few headers.
const HEADER_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;

/// The porch before the pages.
#[derive(Clone)]
pub(crate) struct Porch {
    pages: Router,
    acceptor: Option<TlsAcceptor>,
    places: Arc<Places>,
    stop: CancellationToken,
}

impl Porch {
    /// A porch before these pages. Behind a proxy everybody has the proxy's address, which is then counted by the proxy.
    pub(crate) fn new(
        pages: Router,
        acceptor: Option<TlsAcceptor>,
        is_behind_proxy: bool,
        stop: CancellationToken,
        metrics: Arc<Metrics>,
    ) -> Self {
        let of_address = if is_behind_proxy { PAGE_CONNECTIONS_MAX } else { PAGE_CONNECTIONS_OF_ADDRESS_MAX };
        let rules = Rules {
            all: PAGE_CONNECTIONS_MAX,
            strangers: PAGE_CONNECTIONS_MAX,
            pending_of_origin: of_address,
            lasting_of_origin: of_address,
            strangers_of_origin: of_address,
            of_key: 0,
        };
        let turns = Arc::new(Semaphore::new(PAGES_AT_ONCE_MAX));
        let pages = pages.layer(from_fn_with_state(turns, in_turn));
        Self { pages, acceptor, places: Places::new(rules, HTTP, metrics), stop }
    }

    /// Serves pages until the server ends.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let (visits, mut complaint) = (TaskTracker::new(), None);
        loop {
            let (socket, address) = tokio::select! {
                () = self.stop.cancelled() => break,
                come = gate::next(|| listener.accept(), &mut complaint) => come,
            };
            if let Ok(place) = self.places.enter(address.ip()) {
                visits.spawn(self.clone().visit(socket, place));
            }
        }
        drop(listener);
        visits.close();
        visits.wait().await;
    }

    async fn visit(self, socket: TcpStream, place: Place) {
        let first_byte = async {
            let spoken = tokio::time::timeout(PAGE_HEADER_MAX, socket.peek(&mut [0])).await;
            spoken.is_ok_and(|read| read.is_ok_and(|bytes| bytes > 0))
        };
        tokio::select! {
            () = place.cut().cancelled() => return,
            () = self.stop.cancelled() => return,
            has_spoken = first_byte => if !has_spoken { return place.left_for(Cut::HandshakeTime) },
        }
        let Some(acceptor) = self.acceptor.clone() else { return self.show(socket, place).await };
        match tokio::time::timeout(PAGE_HEADER_MAX, acceptor.accept(socket)).await {
            Ok(Ok(stream)) => self.show(stream, place).await,
            Ok(Err(_)) => place.left_for(Cut::Handshake),
            Err(_) => place.left_for(Cut::HandshakeTime),
        }
    }

    async fn show(self, socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, place: Place) {
        place.speaks();
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        let http1 = &mut builder.http1();
        http1.timer(TokioTimer::new()).header_read_timeout(PAGE_HEADER_MAX);
        http1.max_buf_size(HEADER_BYTES_MAX).max_headers(HEADERS_MAX);
        let mut visit = pin!(builder.serve_connection(TokioIo::new(socket), TowerToHyperService::new(self.pages)));
        tokio::select! {
            () = place.cut().cancelled() => return,
            _ = visit.as_mut() => return,
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(AGE_MAX) => {}
        }
        visit.as_mut().graceful_shutdown();
        if tokio::time::timeout(LAST_PAGE_MAX, visit).await.is_err() {
            place.left_for(Cut::SlowReader);
        }
    }
}

/// So many pages are made at a time, each within its time. That the server lives is said to everybody.
async fn in_turn(State(turns): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let busy = |why| (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], why).into_response();
    if request.uri().path() == "/livez" {
        return next.run(request).await;
    }
    let Ok(_turn) = turns.try_acquire() else { return busy("too many pages are asked for; try again\n") };
    let page = tokio::time::timeout(PAGE_MAX, next.run(request)).await;
    page.unwrap_or_else(|_| busy("this page took too long; try again\n"))
}
