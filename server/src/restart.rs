//! An event read back from its journal: at the start of a server, and when a group found no room. Signatures are not
//! verified again up to the server's own last checkpoint; everything else is. It refuses to know doors.

use crate::{error::ServerError, home::EventHome, store::Store};
use bytes::Bytes;
use std::sync::Arc;
use tally::{ContestId, Replay, Sid, Statement, profile::Rulebook, signed::SignedStatement};
use tlog::{Checkpoint, Note, SigningKey};

/// An event as its journal has it.
pub(crate) struct Restarted {
    pub(crate) replay: Replay,
    pub(crate) store: Store,
    pub(crate) head: Note,
    /// Of every entry, in order.
    pub(crate) sids: Vec<Sid>,
    /// Those that are entries: contest, size they speak of, note.
    pub(crate) bulletins: Vec<(ContestId, u64, Bytes)>,
}

/// Replays the journal without verifying signatures again: they were verified before the checkpoint was signed, and the
/// root must be the one that was signed.
pub(crate) fn restart(home: &EventHome, log: &SigningKey) -> Result<Restarted, ServerError> {
    let mut replay = Replay::with_rules(home.rules()?);
    let (mut sids, mut bulletins) = (Vec::new(), Vec::new());
    let (store, head) = Store::open(home, |note| {
        let s = reread(&mut replay, note)?;
        sids.push(s.sid);
        if let Statement::Bulletin(b) = &s.statement {
            bulletins.push((b.contest, b.size, Bytes::copy_from_slice(note)));
        }
        Ok(())
    })?;
    let inconsistent = |why: String| ServerError::Inconsistent { path: home.journal(), why };
    let signed = Checkpoint::open(&head.checkpoint, log.verifier()).map_err(|e| inconsistent(e.to_string()))?;
    if signed != checkpoint_of(log, &replay) {
        return Err(inconsistent(format!("the entries are not those of its own checkpoint of size {}", signed.size)));
    }
    if head.trimmed > 0 {
        tracing::warn!(
            bytes = head.trimmed,
            "an incomplete last group was cut off; had it been acknowledged, its tables will say so"
        );
    }
    Ok(Restarted { replay, store, head: head.checkpoint, sids, bulletins })
}

/// The state at the first `size` entries, read back from the store.
pub(crate) fn restart_state(
    store: &Store,
    rules: Arc<Rulebook>,
    log: &SigningKey,
    size: u64,
) -> Result<(Replay, Checkpoint), ServerError> {
    let failed = |why: String| ServerError::Inconsistent { path: store.path().to_owned(), why };
    let mut replay = Replay::with_rules(rules);
    let entries = store.entries();
    while replay.count.size() < size {
        let notes = entries.read(replay.count.size()..size, 8 << 20).map_err(|e| failed(e.to_string()))?;
        if notes.is_empty() {
            return Err(failed("entries are missing".to_owned()));
        }
        for note in notes {
            reread(&mut replay, &note).map_err(failed)?;
        }
    }
    let head = checkpoint_of(log, &replay);
    Ok((replay, head))
}

fn reread(replay: &mut Replay, note: &[u8]) -> Result<SignedStatement, String> {
    let s = SignedStatement::reread(note).map_err(|r| r.say().en)?;
    let ruling = replay.rule(&s);
    if !ruling.is_logged() {
        return Err(format!("entry {} would not be recorded: {}", replay.count.size(), ruling.say().en));
    }
    replay.take_ruled(&s, &ruling);
    Ok(s)
}

/// What the log key states of a replay.
pub(crate) fn checkpoint_of(log: &SigningKey, replay: &Replay) -> Checkpoint {
    Checkpoint { origin: log.verifier().name().to_owned(), size: replay.tree.size(), root: replay.tree.root() }
}
