//! What passes between the doors of an event and its one writer: what is asked, what is answered, the groups as they become
//! durable, and the state as a look at it sees it. It refuses to decide anything.

use crate::{
    draft::Drafts, guard::Guard, index::Index, keeping::Halted, noticeboard::Noticeboard, store::Entries,
    twice::KeysTwice,
};
use bytes::Bytes;
use std::sync::Arc;
use tally::{Replay, Ruling, Sid, count::KeyBook, ruling::Refusal, signed::SignedStatement};
use tlog::{Hash, SigningKey};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// What the doors ask of the sequencer.
pub(crate) enum Command {
    /// Rule on notes in order and record what is to be recorded.
    Submit {
        /// Opened notes, or the refusal found at the door.
        notes: Vec<Result<SignedStatement, Refusal>>,
        /// Where the answer goes; nobody may be waiting any more.
        answer: oneshot::Sender<Result<Submitted, Halted>>,
    },
    /// Look at the committed state.
    Look(Box<dyn FnOnce(&mut Desk) + Send>),
    /// Make durable what was taken, then end.
    Stop,
}

/// The answer to a submission.
pub(crate) struct Submitted {
    /// One for each note, in order.
    pub(crate) rulings: Vec<Ruled>,
    /// The checkpoint the proofs lead to.
    pub(crate) checkpoint: Bytes,
}

/// The ruling on one note.
pub(crate) struct Ruled {
    /// What became of it.
    pub(crate) ruling: Ruling,
    /// What it said, when the bytes were a statement.
    pub(crate) sid: Option<Sid>,
    /// Its entry with the inclusion proof.
    pub(crate) entry: Option<(u64, Vec<Hash>)>,
}

/// What everybody may know at any moment.
#[derive(Clone)]
pub(crate) struct Published {
    /// Entries.
    pub(crate) size: u64,
    /// The newest signed checkpoint.
    pub(crate) checkpoint: Bytes,
    /// Keys known so far.
    pub(crate) keys: KeyBook,
    /// Entries that the public may read.
    pub(crate) public_size: u64,
}

/// Entries that became durable together.
pub(crate) struct Committed {
    /// The index of the first.
    pub(crate) first: u64,
    /// The notes.
    pub(crate) notes: Vec<Bytes>,
    /// The checkpoint over them.
    pub(crate) checkpoint: Bytes,
}

/// The committed state, as a look at it sees it.
pub(crate) struct Desk {
    /// Count and tree.
    pub(crate) replay: Replay,
    /// What waits for signatures.
    pub(crate) drafts: Drafts,
    /// What is posted.
    pub(crate) board: Noticeboard,
    /// Tables' keys in use on two machines.
    pub(crate) twice: KeysTwice,
    /// Signs bulletins.
    pub(crate) tally: Arc<SigningKey>,
    /// Whether anything may be signed.
    pub(crate) guard: Arc<Guard>,
}

/// Everything the doors hold of an event.
#[derive(Clone)]
pub(crate) struct Hands {
    /// To the sequencer.
    pub(crate) commands: mpsc::Sender<Command>,
    /// What everybody may know.
    pub(crate) published: watch::Receiver<Arc<Published>>,
    /// Groups as they become durable.
    pub(crate) committed: broadcast::Sender<Arc<Committed>>,
    /// Entries that are durable.
    pub(crate) entries: Entries,
    /// Which entry a sid is.
    pub(crate) index: Arc<Index>,
    /// With which the server proves itself for this event.
    pub(crate) tally: Arc<SigningKey>,
    /// Whether anything may be signed.
    pub(crate) guard: Arc<Guard>,
}
