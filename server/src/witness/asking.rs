//! Before anything is signed every witness is asked what it has seen of each log, all at once and not for long: a server
//! that was restored from an old copy must not sign a second history. It refuses to judge: it brings back what was said.

use super::Witness;
use door::web::Reply;
use std::time::Duration;
use tally::Sid;
use tlog::{AddCheckpoint, Checkpoint, Hash, Note, VerifierKey, witness::monitoring_path, witness::parse_size};
use tokio::{task::JoinSet, time::Instant};

/// A hall does not wait longer than this for all its witnesses together.
const ALL_MAX: Duration = Duration::from_secs(3);

/// The log of one event as it lies on this disk.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) event: Sid,
    pub(crate) log: VerifierKey,
    pub(crate) size: u64,
    /// The server's own last checkpoint.
    pub(crate) note: Note,
}

/// What a witness says of a log.
#[derive(Clone, Debug)]
pub(crate) enum Word {
    /// Nothing: it is not there, or it does not know this log.
    Silent(String),
    /// It has cosigned this very checkpoint.
    Agrees,
    /// It shows a checkpoint that the log's key has signed.
    Shows(Checkpoint, Note),
    /// It says, unsigned, that it cosigned so many entries last.
    Says(u64),
    /// It says, unsigned, that what it cosigned is not the beginning of this.
    Denies,
}

/// When the answers must be there.
pub(crate) fn deadline() -> Instant {
    Instant::now() + ALL_MAX
}

/// Asks every witness about every log, first for what it can show signed.
pub(crate) async fn ask_all(witnesses: &[Witness], heads: &[Head], until: Instant) -> Vec<(usize, Sid, Word)> {
    let mut asked = JoinSet::new();
    for (nth, witness) in witnesses.iter().enumerate() {
        for head in heads {
            let (witness, head) = (witness.clone(), head.clone());
            asked.spawn(async move {
                let word = tokio::time::timeout_at(until, ask(&witness, &head)).await;
                (nth, head.event, word.unwrap_or_else(|_| Word::Silent("no answer in 3 s".to_owned())))
            });
        }
    }
    asked.join_all().await
}

/// Shows witnesses that are behind how this log goes on from what they have, with a proof for each.
pub(crate) async fn ask_from(
    witnesses: &[Witness],
    behind: Vec<(usize, Head, u64, Vec<Hash>)>,
    until: Instant,
) -> Vec<(usize, Sid, Word)> {
    let mut asked = JoinSet::new();
    for (nth, head, old, proof) in behind {
        let Some(witness) = witnesses.get(nth).cloned() else { continue };
        asked.spawn(async move {
            let request = AddCheckpoint { old, proof, checkpoint: head.note.clone() };
            let word = tokio::time::timeout_at(until, witness.add_checkpoint(&request)).await;
            let late = || Word::Silent("no answer in 3 s".to_owned());
            (nth, head.event, word.map_or_else(|_| late(), |reply| reply.map_or_else(Word::Silent, |r| heard(&r))))
        });
    }
    asked.join_all().await
}

async fn ask(witness: &Witness, head: &Head) -> Word {
    if let Some((checkpoint, note)) = shown(witness, &head.log).await {
        return Word::Shows(checkpoint, note);
    }
    let own = AddCheckpoint { old: head.size, proof: Vec::new(), checkpoint: head.note.clone() };
    match witness.add_checkpoint(&own).await {
        Ok(reply) => heard(&reply),
        Err(why) => Word::Silent(why),
    }
}

/// The checkpoint of this log that a witness shows, where it shows one that the log has signed.
pub(super) async fn shown(witness: &Witness, log: &VerifierKey) -> Option<(Checkpoint, Note)> {
    let reply = witness.look(&monitoring_path(log.name())).await.ok().filter(|reply| reply.status == 200)?;
    let note = Note::parse(&reply.body).ok()?;
    Checkpoint::open(&note, log).ok().map(|checkpoint| (checkpoint, note))
}

fn heard(reply: &Reply) -> Word {
    match (reply.status, parse_size(&reply.body)) {
        (200, _) => Word::Agrees,
        (409, Some(size)) => Word::Says(size),
        (422, _) => Word::Denies,
        _ => Word::Silent(reply.said()),
    }
}
