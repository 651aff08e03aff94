//! Receipts rise: what the log alone has signed (INTEGRATED) becomes what a quorum of witnesses has seen too (WITNESSED).
//! A table keeps the first at once and fetches the second when it comes by. It refuses to replace a receipt by one that
//! says less: of a smaller log, of another entry, or without its quorum.
//!
//! Trust: the witnesses and the quorum are those of the manifest, which the ticket names. Witnesses let in later count for
//! observers, who read the whole log, and not here.

use crate::{
    error::StationError,
    event::Event,
    ledger::Ledger,
    link::{Link, Way},
    receipt::Received,
};
use tlog::{Checkpoint, Note, Receipt, cosignature};
use tokio::task::JoinSet;

/// Proofs asked for at a time: half of what the server lets a table have under way.
const QUESTIONS_MAX: usize = 8;

/// How the receipts of a table stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Signed by the log alone.
    pub integrated: usize,
    /// Cosigned by the quorum of the event's witnesses.
    pub witnessed: usize,
}

impl Event {
    /// Whether the quorum of the event's witnesses has cosigned this checkpoint. An event without one has none.
    pub fn is_witnessed(&self, checkpoint: &Note) -> bool {
        let have = cosignature::quorum(checkpoint, &self.manifest.witnesses).map_or(0, |seen| seen.len() as u64);
        self.manifest.witness_quorum > 0 && have >= self.manifest.witness_quorum
    }
}

/// How the receipts of a table stand, from its own folder alone. Without a copy of the manifest none counts as witnessed.
///
/// # Errors
/// The copy of the manifest is of another event, or the disk fails.
pub fn standing(ledger: &Ledger) -> Result<Standing, StationError> {
    let event = Event::remembered(ledger.home().folder(), ledger.event())?;
    let mut standing = Standing::default();
    // Receipts of one message rest on one checkpoint, and all that have risen together do.
    let mut last: Option<(&Note, bool)> = None;
    for received in ledger.lines().iter().filter_map(|line| line.received.as_ref()) {
        let checkpoint = &received.receipt.checkpoint;
        let is_witnessed = match last {
            Some((note, is_witnessed)) if note == checkpoint => is_witnessed,
            _ => event.as_ref().is_some_and(|event| event.is_witnessed(checkpoint)),
        };
        last = Some((checkpoint, is_witnessed));
        let count = if is_witnessed { &mut standing.witnessed } else { &mut standing.integrated };
        *count = count.saturating_add(1);
    }
    Ok(standing)
}

/// Asks the server for the newest checkpoint with its quorum, and for the proofs of every receipt that can rise to it;
/// verifies all of it and keeps it, durably. Returns how many have risen.
///
/// # Errors
/// The line is down, the server's log is not the one that was seen before, a proof is none, or the disk fails.
pub async fn raise(ledger: &mut Ledger, way: &Way) -> Result<usize, StationError> {
    let mut link = Link::open(way, ledger.last_seen()).await?;
    let event = link.event().clone();
    if event.manifest.witness_quorum == 0 {
        return Ok(0);
    }
    let Some((checkpoint, note)) = link.witnessed().await? else { return Ok(0) };
    if !event.is_witnessed(&note) {
        return Ok(0);
    }
    let mut rising: Vec<Received> = Vec::new();
    for received in ledger.lines().iter().filter_map(|line| line.received.as_ref()) {
        if can_rise(&event, received, &checkpoint) {
            rising.push(received.clone());
        }
    }
    let mut risen = 0_usize;
    for some in rising.chunks(QUESTIONS_MAX) {
        let mut asked = JoinSet::new();
        for received in some {
            let (proof, received, checkpoint) =
                (link.proof(received.receipt.index, checkpoint.size), received.clone(), note.clone());
            asked.spawn(async move {
                let (index, proof) = (received.receipt.index, proof.await?);
                Ok::<_, StationError>(Received { receipt: Receipt { index, proof, checkpoint }, ..received })
            });
        }
        let better = asked.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
        risen = risen.saturating_add(ledger.raise(&event, &better)?);
    }
    Ok(risen)
}

/// A receipt never goes back: its checkpoint is also what the table remembers of the log.
pub(crate) fn can_rise(event: &Event, received: &Received, to: &Checkpoint) -> bool {
    let now = Checkpoint::parse(received.receipt.checkpoint.text()).map_or(u64::MAX, |c| c.size);
    now <= to.size && received.receipt.index < to.size && !event.is_witnessed(&received.receipt.checkpoint)
}
