//! Where a table stands, for its screen and for programs: from its own journal alone. It refuses to know figures.

use crate::{
    error::StationError,
    ledger::{Ledger, Line},
    rising::{Standing, standing},
};
use serde::Serialize;
use tally::{Statement, ruling::Verdict};
use tlog::Checkpoint;

/// One look at a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// The table.
    pub station: String,
    /// The event.
    pub event: String,
    /// The last number of its chain, 0 before the first.
    pub seq: u64,
    /// The sid of that statement, zeros before the first.
    pub head: String,
    /// Statements without a receipt.
    pub outbox: usize,
    /// Statements with one.
    pub receipts: usize,
    /// Of those, the ones that the log alone has signed.
    pub integrated: usize,
    /// Of those, the ones that a quorum of the event's witnesses has seen too.
    pub witnessed: usize,
    /// Of those, the ones whose first answer was lost: they stand in the log, how they were ruled is not known here.
    pub repeated: usize,
    /// The newest checkpoint seen; absent before the first receipt.
    pub last_seen: Option<LastSeen>,
    /// Statements that stand in the log and never count.
    pub set_aside: Vec<Notice>,
    /// Batches whose bundle needed the board when they came.
    pub conflicts: Vec<Notice>,
}

/// The newest checkpoint a receipt rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastSeen {
    /// Entries of the log.
    pub size: u64,
    /// The root, in hex.
    pub root: String,
}

/// Something people at the table should read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Its number in the table's chain.
    pub seq: u64,
    /// The contest.
    pub contest: Option<String>,
    /// The bundle, where it is a batch.
    pub bundle: Option<String>,
    /// The stable code.
    pub code: String,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl Status {
    /// Looks at a table.
    ///
    /// # Errors
    /// The table's copy of the manifest is of another event, or the disk fails.
    pub fn of(ledger: &Ledger) -> Result<Self, StationError> {
        let Standing { integrated, witnessed } = standing(ledger)?;
        let (seq, head) = ledger.head();
        let outbox = ledger.outbox().count();
        let last_seen = ledger.last_seen().and_then(|note| Checkpoint::parse(note.text()).ok());
        let notices = |wanted: fn(&Line) -> bool| {
            (1..)
                .zip(ledger.lines())
                .filter(|(_, line)| wanted(line))
                .filter_map(|(seq, line)| notice(seq, line))
                .collect()
        };
        Ok(Self {
            station: ledger.home().station().to_string(),
            event: ledger.event().to_string(),
            seq,
            head: head.to_string(),
            outbox,
            receipts: ledger.lines().len().saturating_sub(outbox),
            integrated,
            witnessed,
            repeated: ledger.lines().iter().filter(|line| is_repeated(line)).count(),
            last_seen: last_seen.map(|c| LastSeen { size: c.size, root: c.root.to_string() }),
            set_aside: notices(Line::is_set_aside),
            conflicts: notices(|line| line.received.as_ref().is_some_and(|r| r.is_conflict())),
        })
    }
}

fn is_repeated(line: &Line) -> bool {
    line.received.as_ref().is_some_and(|received| received.verdict == Verdict::Repeated)
}

fn notice(seq: u64, line: &Line) -> Option<Notice> {
    let received = line.received.as_ref()?;
    let bundle = match &line.statement {
        Statement::Batch(batch) => Some(batch.bundle.to_string()),
        _ => None,
    };
    let contest = line.statement.contest().map(|id| id.to_string());
    let (code, vi, en) = (received.code.clone(), received.vi.clone(), received.en.clone());
    Some(Notice { seq, contest, bundle, code, vi, en })
}
