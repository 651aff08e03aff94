//! What one party may ask at a time: every call passes here before any byte of its message is read, and counts until the
//! last byte of its answer is taken. It refuses to know what is asked; whether it may be is decided in the doors.

use crate::{
    caller::Caller,
    conduct::{Conduct, Fault, Who},
    event::Events,
    gate::{
        GRPC,
        connection::{Arrival, CallOfConnection},
    },
    limits::{CALLS_OF_ADDRESS_MAX, CALLS_OF_MEMBER_MAX, CALLS_OF_OBSERVER_MAX, CALLS_OF_STATION_MAX},
    metrics::{Cut, Metrics},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
    time::Instant,
};
use tally::count::Role;
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};

/// The doors that take notes of up to two mebibytes: nobody without a key in force gets that far.
const INTAKE: &str = "/kiemphieu.v1.IntakeService/";

/// Counts the calls of everybody.
#[derive(Clone)]
pub(crate) struct Turnstile {
    events: Events,
    metrics: Arc<Metrics>,
    conduct: Arc<Conduct>,
    under_way: Arc<Mutex<BTreeMap<Who, usize>>>,
}

/// A service behind the turnstile.
#[derive(Clone)]
pub(crate) struct Behind<S> {
    turnstile: Turnstile,
    service: S,
}

/// A call under way: it ends, for every limit, when this is dropped.
struct Call {
    turnstile: Turnstile,
    who: Who,
    role: &'static str,
    of_connection: CallOfConnection,
    is_answered: bool,
}

/// An answer whose call counts until it is taken.
struct Answer {
    body: Body,
    call: Call,
}

impl Turnstile {
    /// A turnstile nobody has passed.
    pub(crate) fn new(events: Events, conduct: Arc<Conduct>, metrics: Arc<Metrics>) -> Self {
        Self { events, metrics, conduct, under_way: Arc::default() }
    }

    fn pass<B>(&self, request: &mut http::Request<B>) -> Result<Call, Status> {
        let arrival = request.extensions().get::<Arrival>().cloned();
        let arrival = arrival.ok_or_else(|| Status::internal("a call that came through no gate"))?;
        request.extensions_mut().insert(arrival.peer);
        let caller = self.events.caller_with(arrival.peer.key);
        if caller.holder.is_none() && request.uri().path().starts_with(INTAKE) {
            return Err(caller.refused("tables, board members and organisers"));
        }
        let who = self.who(&caller, &arrival);
        let (role, max) = allowance(caller.role());
        request.extensions_mut().insert(who);
        self.conduct.check(who, Instant::now())?;
        let mut under_way = self.under_way();
        let calls = under_way.entry(who).or_default();
        if *calls >= max {
            drop(under_way);
            self.metrics.cut(GRPC, Cut::Calls);
            return Err(Status::resource_exhausted(format!(
                "{max} calls and streams are under way already, more are not taken at a time; end one and try again"
            )));
        }
        *calls += 1;
        drop(under_way);
        self.metrics.calls(role).inc();
        Ok(Call { turnstile: self.clone(), who, role, of_connection: arrival.call(), is_answered: false })
    }

    /// Whoever this is, for every limit: the key while it is in force, the address otherwise.
    fn who(&self, caller: &Caller, arrival: &Arrival) -> Who {
        let key = caller.key.filter(|_| caller.holder.is_some());
        key.map_or(Who::Address(arrival.place.origin()), Who::Key)
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeMap<Who, usize>> {
        self.under_way.lock().expect("no holder of this lock panics")
    }
}

/// The word for a role in the metrics, and the calls it may have under way.
fn allowance(role: Option<Role>) -> (&'static str, usize) {
    match role {
        Some(Role::Station(_)) => ("station", CALLS_OF_STATION_MAX),
        Some(Role::Board) => ("board", CALLS_OF_MEMBER_MAX),
        Some(Role::Organiser) => ("organiser", CALLS_OF_MEMBER_MAX),
        Some(Role::Observer | Role::Witness) => ("observer", CALLS_OF_OBSERVER_MAX),
        Some(Role::Log | Role::Tally) | None => ("stranger", CALLS_OF_ADDRESS_MAX),
    }
}

impl Call {
    /// The head of the answer is there.
    fn answered(&mut self, head: &http::HeaderMap) {
        self.is_answered = true;
        if Status::from_header_map(head).is_some_and(|status| status.code() == Code::InvalidArgument) {
            self.turnstile.conduct.count(self.who, Fault::Request, Instant::now());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut under_way = self.turnstile.under_way();
        if let Some(calls) = under_way.get_mut(&self.who) {
            *calls -= 1;
            if *calls == 0 {
                under_way.remove(&self.who);
            }
        }
        drop(under_way);
        self.turnstile.metrics.calls(self.role).dec();
        if !self.is_answered {
            self.turnstile.conduct.count(self.who, Fault::Dropped, Instant::now());
        }
    }
}

impl<S> Layer<S> for Turnstile {
    type Service = Behind<S>;

    fn layer(&self, service: S) -> Behind<S> {
        Behind { turnstile: self.clone(), service }
    }
}

impl<S> Service<http::Request<Body>> for Behind<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match self.turnstile.pass(&mut request) {
            Ok(mut call) => {
                let answering = self.service.call(request);
                Box::pin(async move {
                    let answer = answering.await?;
                    call.answered(answer.headers());
                    Ok(answer.map(|body| Body::new(Answer { body, call })))
                })
            }
            Err(status) => Box::pin(async move { Ok(status.into_http()) }),
        }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            // It is polled again when the peer has made room for more.
            Poll::Ready(Some(_)) => self.call.of_connection.handed_over(),
            Poll::Ready(None) | Poll::Pending => self.call.of_connection.taken(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_share_of_calls() {
        let station = Role::Station("s01".parse().expect("an id"));
        assert_eq!(allowance(Some(station)), ("station", 16));
        assert_eq!(allowance(Some(Role::Board)), ("board", 16));
        assert_eq!(allowance(Some(Role::Organiser)), ("organiser", 16));
        assert_eq!(allowance(Some(Role::Observer)), ("observer", 4));
        assert_eq!(allowance(None), ("stranger", 8));
    }
}
