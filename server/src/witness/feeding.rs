//! One task for each event and witness pushes the newest checkpoint and brings cosignatures back to the noticeboard. It
//! stands beside the way of a batch: however slow or wrong a witness is, no table waits for it. It refuses to know whose
//! cosignatures count.

use super::{Witness, asking::shown};
use crate::event::Event;
use crate::guard::Standing;
use std::{fmt, time::Duration};
use tlog::{
    AddCheckpoint, Note, VerifierKey,
    witness::{parse_lines, parse_size},
};

/// A witness gets at most one checkpoint in this time, and always the last one in the end.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest wait after trouble; the first is [`PAUSE`].
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Why a witness has not cosigned. Each is said once, and again when it becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    Unreachable(String),
    UnknownLog,
    NotTheLog(String),
    Ahead(u64),
    Denies,
    NotAWitness,
    Odd(String),
}

impl Trouble {
    /// The same trouble, however it is worded this time.
    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(
                f,
                "không liên lạc được với nhân chứng; biên nhận tạm thời chưa có người chứng — the witness cannot be \
                 reached; receipts stay INTEGRATED until it can: {why}"
            ),
            Self::UnknownLog => f.write_str(
                "nhân chứng chưa biết nhật ký này; hãy đưa họ khóa log.key.vkey — the witness does not know this log; give \
                 its operator the file log.key.vkey (404)",
            ),
            Self::NotTheLog(why) => write!(
                f,
                "nhân chứng giữ khóa khác cho nhật ký này — the witness trusts another key for this origin ({why}); give \
                 its operator the file log.key.vkey of this event"
            ),
            Self::Ahead(size) => write!(
                f,
                "ROLLBACK? nhân chứng nói đã ký {size} mục, nhiều hơn ở đây — the witness says that it cosigned {size} \
                 entries, more than there are here; it shows nothing signed. Look for another server of this event"
            ),
            Self::Denies => f.write_str(
                "nhân chứng không thừa nhận nhật ký này là tiếp nối những gì họ đã ký — the witness does not find what it \
                 cosigned before in this log (409 or 422); compare both with `kiemphieu observer verify` at once",
            ),
            Self::NotAWitness => f.write_str(
                "chữ ký này không phải của nhân chứng nào của sự kiện — it cosigns with a key that is no witness of this \
                 event; an organiser lets it in with a `key` statement",
            ),
            Self::Odd(said) => write!(f, "nhân chứng trả lời lạ — the witness answers what no witness answers: {said}"),
        }
    }
}

/// Pushes until the server ends, or may not sign any more.
pub(crate) async fn feed(event: Event, log: VerifierKey, witness: Witness) {
    let mut published = event.hands().published.clone();
    let (mut known, mut cosigned, mut wait) = (0, None, PAUSE);
    let mut told: Option<Trouble> = None;
    loop {
        let size = published.borrow_and_update().size;
        if matches!(event.hands().guard.standing(), Standing::Halted(_) | Standing::Doubted(_)) {
            return;
        }
        if cosigned == Some(size) {
            tokio::select! {
                changed = published.changed() => if changed.is_err() { return },
                () = event.closing() => return,
            }
            continue;
        }
        let fed = tokio::select! {
            fed = push(&event, &log, &witness, &mut known) => fed,
            () = event.closing() => return,
        };
        match fed {
            Ok(size) => {
                if told.take().is_some() {
                    tracing::info!(witness = %witness.url, size, "the witness cosigns again");
                }
                (cosigned, wait) = (Some(size), PAUSE);
            }
            Err(trouble) => {
                if !told.as_ref().is_some_and(|before| before.is_like(&trouble)) {
                    tracing::warn!(witness = %witness.url, log = log.name(), "{trouble}");
                }
                told = Some(trouble);
                wait = (wait * 2).min(PAUSE_MAX);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = event.closing() => return,
        }
    }
}

/// The newest checkpoint once, and once more from where the witness says that it stands.
async fn push(event: &Event, log: &VerifierKey, witness: &Witness, known: &mut u64) -> Result<u64, Trouble> {
    let stopping = |_| Trouble::Unreachable("the server is stopping".to_owned());
    for _ in 0..2 {
        let published = event.published();
        let (old, size) = (*known, published.size);
        let proof = event.look(move |desk| desk.replay.tree.consistency_proof(old, size)).await.map_err(stopping)?;
        // From nothing there is no proof; a size that this log does not have was answered below.
        let proof = if old == 0 { Vec::new() } else { proof.unwrap_or_default() };
        let checkpoint = Note::parse(&published.checkpoint).map_err(|e| Trouble::Odd(e.to_string()))?;
        let reply = witness.add_checkpoint(&AddCheckpoint { old, proof, checkpoint }).await;
        let reply = reply.map_err(Trouble::Unreachable)?;
        match (reply.status, parse_size(&reply.body)) {
            (200, _) => {
                *known = size;
                let lines = parse_lines(&reply.body).map_err(Trouble::Odd)?;
                let is_posted = event.look(move |desk| {
                    let witnesses = desk.replay.count.keys().witnesses();
                    let post = |line| desk.board.cosign(size, line, &witnesses).is_ok();
                    lines.into_iter().map(post).filter(|posted| *posted).count() > 0
                });
                return if is_posted.await.map_err(stopping)? { Ok(size) } else { Err(Trouble::NotAWitness) };
            }
            (404, _) => return Err(Trouble::UnknownLog),
            (403, _) => return Err(Trouble::NotTheLog(reply.said())),
            (409, Some(theirs)) if theirs < size && theirs != old => *known = theirs,
            (409, Some(theirs)) if theirs > size => {
                let own = event.published().size;
                if own >= theirs {
                    // It was shown a newer one while this one was on its way.
                    *known = theirs;
                    continue;
                }
                compare(event, log, witness).await;
                return Err(Trouble::Ahead(theirs));
            }
            (409, Some(theirs)) if theirs == size && old != size => *known = theirs,
            (409 | 422, _) => {
                *known = 0;
                compare(event, log, witness).await;
                return Err(Trouble::Denies);
            }
            _ => return Err(Trouble::Odd(reply.said())),
        }
    }
    Err(Trouble::Odd("409, and 409 again from there".to_owned()))
}

/// Nobody's word stops a server, but a checkpoint of its own log key does: if the witness shows one, it is judged.
async fn compare(event: &Event, log: &VerifierKey, witness: &Witness) {
    if let Some((seen, note)) = shown(witness, log).await {
        let _ = event.look(move |desk| desk.guard.judge(&desk.replay.tree, &seen, note)).await;
    }
}
