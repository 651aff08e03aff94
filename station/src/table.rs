//! The acts of a counting table, each as one call: count, send, carry. It joins the parts; every rule is in one of them.

use crate::{
    ballots::BundleSheet,
    error::StationError,
    gossip,
    home::Home,
    ledger::Ledger,
    link::{Link, Way},
    outbox,
    patience::{self, Patience, Progress},
    rising::{self, Standing},
    sheet::{self, Plan, Sitting},
    uplink::{self, Delivered, Sending},
};
use door::Ticket;
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
use tally::{StationId, statement::Contest};
use tokio::time::Instant;

/// Better receipts are worth this much of a wait at the end of every delivery.
const RAISE_MIN: Duration = Duration::from_secs(5);
/// Witnesses cosign about once a second.
const RAISE_PAUSE: Duration = Duration::from_secs(1);

/// The way of a table to the server of a ticket.
pub fn way(home: &Home, ticket: &Ticket) -> Way {
    Way { ticket: ticket.clone(), key: Some(Arc::clone(home.key())), folder: home.folder().to_owned() }
}

/// Asks a server for an event before a table's folder is given to it for good: the wrong ticket must bind nothing.
///
/// # Errors
/// The event is not there, the key belongs to another one, or the server cannot be believed or reached.
pub async fn meet(
    home: &Home,
    ticket: &Ticket,
    patience: Patience,
    progress: &dyn Fn(Progress),
) -> Result<(), StationError> {
    let way = way(home, ticket);
    patience::persist(patience, progress, async || {
        let link = Link::open(&way, None).await?;
        home.check_origin(&link.event().manifest.origin)
    })
    .await
}

/// Learns the contest as the log states it now, trying until it is answered or time is up.
///
/// # Errors
/// There is no such contest, the key belongs to another event, or the server cannot be believed or reached.
pub async fn learn(
    ledger: &Ledger,
    ticket: &Ticket,
    contest: tally::ContestId,
    patience: Patience,
    progress: &dyn Fn(Progress),
) -> Result<Box<Contest>, StationError> {
    let way = way(ledger.home(), ticket);
    patience::persist(patience, progress, async || {
        let mut link = Link::open(&way, ledger.last_seen()).await?;
        ledger.home().check_origin(&link.event().manifest.origin)?;
        crate::contest::learn(&mut link, &way.folder, contest).await
    })
    .await
}

/// What signing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// Bundles signed now.
    pub signed: usize,
    /// Numbers of earlier batches with the same figures that were set aside, and not said again.
    pub set_aside: Vec<u64>,
}

/// Signs every bundle that is not in the journal yet, one durable group each.
///
/// # Errors
/// As [`sheet::plan`] and [`Ledger::sign`].
pub fn sign_all(
    ledger: &mut Ledger,
    sitting: &Sitting,
    sheets: &[BundleSheet],
    progress: &dyn Fn(Progress),
) -> Result<Signed, StationError> {
    let Plan { uncounted, set_aside } = sheet::plan(ledger, sitting, sheets)?;
    let before = sheets.len().saturating_sub(uncounted.len());
    for (done, sheet) in (before.saturating_add(1)..).zip(&uncounted) {
        sheet::sign(ledger, sitting, sheet)?;
        progress(Progress::Signed { done, of: sheets.len() });
    }
    Ok(Signed { signed: uncounted.len(), set_aside })
}

/// Sends what has no receipt and keeps the receipts.
///
/// # Errors
/// As [`uplink::send`].
pub async fn deliver(
    ledger: &mut Ledger,
    ticket: &Ticket,
    patience: Patience,
    progress: &dyn Fn(Progress),
) -> Result<Delivered, StationError> {
    let way = way(ledger.home(), ticket);
    patience::persist(patience, progress, async || gossip::settle(&way, ledger.last_seen()).await).await?;
    let parcels = outbox::parcels(ledger);
    let (station, chain, seen) = (ledger.home().station(), Some(outbox::chain(ledger)), ledger.last_seen().cloned());
    // The table has nothing else to do than to wait for its disk: the journal is written right here.
    let mut keep = |received: &[_]| ledger.keep(received);
    uplink::send(&way, &mut Sending { station, chain, parcels, seen, keep: &mut keep }, patience, progress).await
}

/// Compares the two ends of the table's chain without sending anything; returns the server's.
///
/// # Errors
/// As [`uplink::heads`].
pub async fn heads(
    ledger: &Ledger,
    ticket: &Ticket,
    patience: Patience,
    progress: &dyn Fn(Progress),
) -> Result<crate::link::Head, StationError> {
    let (way, chain) = (way(ledger.home(), ticket), outbox::chain(ledger));
    patience::persist(patience, progress, async || {
        let mut link = Link::open(&way, ledger.last_seen()).await?;
        uplink::heads(&mut link, ledger.home().station(), &chain).await
    })
    .await
}

/// Fetches better receipts where there are some, trying until every receipt has its witnesses or time is up. Returns how
/// the receipts stand then.
///
/// # Errors
/// The server cannot be believed, or the disk fails; a line that is down only leaves the receipts as they are.
pub async fn raise(ledger: &mut Ledger, ticket: &Ticket, wait: Duration) -> Result<Standing, StationError> {
    let (way, until) = (way(ledger.home(), ticket), Instant::now() + wait);
    loop {
        let left = until.saturating_duration_since(Instant::now()).max(RAISE_MIN);
        match tokio::time::timeout(left, rising::raise(ledger, &way)).await {
            Ok(Err(trouble)) if !trouble.is_passing() => return Err(trouble),
            Ok(Err(trouble)) => tracing::debug!(%trouble, "no better receipts now"),
            Ok(Ok(_)) | Err(_) => {}
        }
        let standing = rising::standing(ledger)?;
        if standing.integrated == 0 || Instant::now() + RAISE_PAUSE > until {
            return Ok(standing);
        }
        tokio::time::sleep(RAISE_PAUSE).await;
    }
}

/// What became of the notes of each table in a carried folder.
pub type Carried = BTreeMap<StationId, Result<Delivered, StationError>>;

/// Sends notes of any table from a folder and writes the answers beside them. A table that is refused does not keep the
/// others waiting. The folder of `way` keeps the copy of the manifest; its key is that of whoever carries.
///
/// # Errors
/// The folder holds something else than notes of this event.
pub async fn send_carried(
    way: &Way,
    folder: &Path,
    patience: Patience,
    progress: &dyn Fn(Progress),
) -> Result<Carried, StationError> {
    let event = way.ticket.event;
    let mut carried = Carried::new();
    let mut seen = None;
    for (station, parcels) in outbox::carried(folder, event)? {
        let mut keep = |received: &[_]| outbox::answer(folder, station, received);
        let mut sending = Sending { station, chain: None, parcels, seen: seen.take(), keep: &mut keep };
        let delivered = uplink::send(way, &mut sending, patience, progress).await;
        seen = sending.seen.take();
        carried.insert(station, delivered);
    }
    if let Some(event) = crate::event::Event::remembered(&way.folder, event)? {
        event.remember(folder)?;
    }
    Ok(carried)
}
