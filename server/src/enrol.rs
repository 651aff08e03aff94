//! The door for a device that is new to the event: an organiser makes a one-time code, the device deposits its key with
//! it over a connection made with that very key, the organisers see whose keys came in (protocol §2).
//!
//! Read in this order: `name` (who can be invited), `invitation` (codes and keys that wait), `judge` (whether a key comes
//! in, and what its bearer is told), `pace` (how fast codes can be tried). Nothing of it is durable, and nothing follows
//! from it: a key is in when organisers have compared its fingerprint and signed. No code and no key stands in a log.

mod invitation;
mod judge;
mod name;
mod pace;

use crate::{
    caller::Caller,
    event::{Event, Events},
    metrics::Metrics,
};
use door::{Code, Peer};
use invitation::{CODE_VALID, INVITATIONS_MAX, Invitations};
use judge::{Answer, judge};
use name::Name;
use pace::{Pace, WRONG_TRY_PAUSE};
use proto::{
    entry::{event_from_wire, hash_to_wire},
    v1::{
        Deposit, DepositRequest, DepositResponse, InviteRequest, InviteResponse, ListDepositsRequest,
        ListDepositsResponse, enrol_service_server::EnrolService,
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use tally::{Sid, count::KeyBook};
use tonic::{Request, Response, Status};

/// The door.
pub(crate) struct Enrol {
    events: Events,
    metrics: Arc<Metrics>,
    /// Of every event that somebody was invited to; never held across an await.
    invitations: Mutex<BTreeMap<Sid, Invitations>>,
    pace: Pace,
}

impl Enrol {
    /// The door of these events; nobody is invited yet.
    pub(crate) fn new(events: Events, metrics: Arc<Metrics>) -> Self {
        Self { events, metrics, invitations: Mutex::default(), pace: Pace::default() }
    }

    /// The event that a request names, its sid, its origin and the keys that its log knows now.
    fn hall(&self, event: &str) -> Result<Hall<'_>, Status> {
        let named = self.events.named(event)?;
        let sid = event_from_wire(event).map_err(|e| Status::invalid_argument(e.to_string()))?;
        let tally = named.hands().tally.verifier().name();
        let origin = tally.strip_suffix("/tally").unwrap_or(tally).to_owned();
        Ok(Hall { event: named, sid, origin, keys: named.published().keys.clone() })
    }

    fn with<T>(&self, event: Sid, act: impl FnOnce(&mut Invitations) -> T) -> T {
        // A panic half way leaves at worst a code that is spent.
        let mut all = self.invitations.lock().unwrap_or_else(PoisonError::into_inner);
        act(all.entry(event).or_default())
    }
}

/// An event, as this door sees it.
struct Hall<'d> {
    event: &'d Event,
    sid: Sid,
    origin: String,
    keys: KeyBook,
}

impl Hall<'_> {
    fn is_known(&self, name: &Name) -> bool {
        self.keys.holder(&name.whole(&self.origin)).is_some()
    }
}

#[tonic::async_trait]
impl EnrolService for Enrol {
    async fn invite(&self, request: Request<InviteRequest>) -> Result<Response<InviteResponse>, Status> {
        let hall = self.hall(&request.get_ref().event)?;
        let caller = Caller::of(&request, hall.event);
        let organiser = caller.organiser()?;
        let name = Name::typed(&request.get_ref().name, &hall.origin).ok_or_else(no_name)?;
        if hall.is_known(&name) {
            return Err(taken(&name));
        }
        let code = fresh_code()?;
        let made = self.with(hall.sid, |i| i.invite(&name, code, Instant::now(), |name| hall.is_known(name)));
        made.map_err(|_| full())?;
        self.metrics.enrolment("invited");
        tracing::info!(by = organiser, name = name.as_str(), "a key is expected");
        Ok(Response::new(InviteResponse { code: code.digits(), valid_seconds: CODE_VALID.as_secs() }))
    }

    async fn deposit(&self, request: Request<DepositRequest>) -> Result<Response<DepositResponse>, Status> {
        let hall = self.hall(&request.get_ref().event)?;
        let peer = request.extensions().get::<Peer>().copied();
        let DepositRequest { code, key, .. } = request.into_inner();
        let Some(peer) = peer else { return Err(Status::internal("a call without a connection")) };
        let turn = self.pace.turn(peer.address.ip());
        let answer = match &turn {
            None => Answer::Busy,
            Some(_) => self.with(hall.sid, |invitations| {
                let given = (key.as_str(), code.parse::<Code>().ok());
                judge(invitations, &hall.keys, &hall.origin, peer.key, given, Instant::now())
            }),
        };
        self.metrics.enrolment(answer.word());
        note(&answer, &key);
        if matches!(answer, Answer::Wrong { .. }) {
            // The place of this address stays taken meanwhile, whether or not anybody waits for the answer.
            let late = tokio::spawn(async move {
                tokio::time::sleep(WRONG_TRY_PAUSE).await;
                drop(turn);
            });
            let _ = late.await;
        }
        answer.told()?;
        Ok(Response::new(DepositResponse { fingerprint: hash_to_wire(&tlog::sha256(key.as_bytes())) }))
    }

    async fn list_deposits(
        &self,
        request: Request<ListDepositsRequest>,
    ) -> Result<Response<ListDepositsResponse>, Status> {
        let hall = self.hall(&request.get_ref().event)?;
        Caller::of(&request, hall.event).organiser()?;
        let standings = self.with(hall.sid, |i| i.standings(Instant::now(), |name| hall.is_known(name)));
        let deposit = |s: invitation::Standing| Deposit {
            name: s.name.as_str().to_owned(),
            key: s.key.map(|key| key.to_string()),
            tries_left: s.tries_left,
            left_seconds: s.left.as_secs(),
        };
        Ok(Response::new(ListDepositsResponse { deposits: standings.into_iter().map(deposit).collect() }))
    }
}

/// Names alone, and only of keys that belong here: strangers do not write our log.
fn note(answer: &Answer, key: &str) {
    let name = key.split('+').next().unwrap_or_default();
    match answer {
        Answer::In { again: false } => tracing::info!(name, "a key came in"),
        Answer::Wrong { ends: true } => tracing::warn!(name, "five wrong codes: somebody may be guessing"),
        Answer::Busy | Answer::BadKey(_) | Answer::BadName => {}
        _ => tracing::info!(name, outcome = answer.word(), "a deposit"),
    }
}

/// Eight digits, every code as likely as any other.
fn fresh_code() -> Result<Code, Status> {
    loop {
        let mut bits = [0; 4];
        getrandom::fill(&mut bits).map_err(|e| Status::internal(format!("no random numbers: {e}")))?;
        if let Some(code) = Code::from_random(u32::from_le_bytes(bits)) {
            return Ok(code);
        }
    }
}

fn no_name() -> Status {
    Status::invalid_argument(
        "tên phải là station/…, board/…, observer/… hoặc organiser/… với mã từ 1 đến 16 chữ cái không dấu, chữ số hoặc gạch \
         nối, hoặc tên đầy đủ của nhân chứng, có dấu chấm, ví dụ tinh-uy.example/w1 — a name is station/…, board/…, \
         observer/… or organiser/… and an id of 1 to 16 letters, digits or hyphens, or the whole name of a witness, which \
         has a dot, such as tinh-uy.example/w1",
    )
}

fn taken(name: &Name) -> Status {
    Status::already_exists(format!(
        "tên {name} đã có khóa trong sự kiện và không bao giờ dùng lại: chọn tên mới, ví dụ {name}b — {name} has a key in this \
         event, and a name is never used again: choose a new one, such as {name}b",
        name = name.as_str()
    ))
}

fn full() -> Status {
    Status::resource_exhausted(format!(
        "đang có {INVITATIONS_MAX} mã hoặc khóa đang chờ: ghi nhận các khóa đã gửi, hoặc đợi mã cũ hết hạn — \
         {INVITATIONS_MAX} codes or keys are waiting: admit the keys that came in, or wait until codes expire"
    ))
}
