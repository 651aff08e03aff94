//! The table's own chain: every statement it signed, in order, with the receipts that came back. All of it is read from
//! the journal and nothing from the server, so a table knows its head in a hall without a line. It refuses to know the
//! network and what figures mean.

use crate::{
    error::StationError,
    event::Event,
    home::{Home, ticket_of},
    receipt::Received,
    record::{self, Record},
    rising::can_rise,
};
use door::Ticket;
use journal::{Journal, JournalError, Limits, Trim};
use std::collections::{BTreeMap, BTreeSet};
use tally::{
    BundleId, ContestId, Sid, SignedStatement, Statement,
    statement::{Batch, Link, STATION_NOTE_BYTES_MAX, Withdraw},
};
use tlog::{Checkpoint, Note};

/// One statement of the table.
pub struct Line {
    /// The exact bytes, signed.
    pub note: Note,
    /// What it says.
    pub statement: Statement,
    /// Its identity.
    pub sid: Sid,
    /// The verified answer, once there is one.
    pub received: Option<Received>,
}

/// The open journal of a table: whoever holds it is the one who may sign for the table.
pub struct Ledger {
    home: Home,
    ticket: Ticket,
    journal: Journal,
    /// Number `seq` stands at `seq - 1`.
    lines: Vec<Line>,
    trim: Trim,
}

impl Ledger {
    /// Opens the table's journal, or makes it at the first use, when a `ticket` must be given.
    ///
    /// # Errors
    /// No ticket or that of another event; another program has the journal; it is damaged; the disk fails.
    pub fn open(home: Home, ticket: Option<Ticket>) -> Result<Self, StationError> {
        let ticket = ticket_of(home.folder(), ticket)?;
        let event = ticket.event;
        let path = home.folder().join("journal");
        let purpose = format!("station {event} {}", home.station());
        let mut lines = Vec::new();
        let opened = Journal::open(&path, purpose.as_bytes(), Limits::default(), |group| {
            group.records.iter().try_for_each(|bytes| match Record::parse(bytes)? {
                Record::Note(note) => follow(&mut lines, &home, event, &note),
                Record::Receipt(received) => attach(&mut lines, *received),
            })
        });
        let (journal, trim) = match opened {
            // A folder whose journal is gone starts anew; the server's head then says that something was lost.
            Err(JournalError::NotFound) => {
                (Journal::create(&path, purpose.as_bytes(), Limits::default())?, Trim::Nothing)
            }
            // Another table's key was put here, or its journal: neither may go on with the other.
            Err(JournalError::Foreign { found }) if found.starts_with("station ") => {
                return Err(StationError::OtherTable { path, found, station: home.station() });
            }
            other => other?,
        };
        Ok(Self { home, ticket, journal, lines, trim })
    }

    /// The table's folder and key.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The event.
    pub fn event(&self) -> Sid {
        self.ticket.event
    }

    /// The ticket of the event, as this folder keeps it.
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Every statement of the table, from number 1.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Whether a half-written statement was cut off when the journal was opened.
    pub fn trim(&self) -> Trim {
        self.trim
    }

    /// How many statements there are, and the sid of the last one (zeros when there is none).
    pub fn head(&self) -> (u64, Sid) {
        (self.lines.len() as u64, self.lines.last().map_or(Sid::ZERO, |line| line.sid))
    }

    /// Signs the next statement of the chain and keeps it; durable when this returns, and not before sent to anybody.
    /// `say` gets its number and the sid of the one before.
    ///
    /// # Errors
    /// The note is too large, or the disk fails; then the statement was never made.
    pub fn sign(&mut self, say: impl FnOnce(u64, Sid) -> Statement) -> Result<&Line, StationError> {
        let (seq, prev) = self.head();
        let statement = say(seq.saturating_add(1), prev);
        let note = self.home.key().sign_text(&statement.text());
        if note.as_bytes().len() > STATION_NOTE_BYTES_MAX {
            return Err(StationError::TooLarge { bytes: note.as_bytes().len(), max: STATION_NOTE_BYTES_MAX });
        }
        let sid = note.sid();
        // Power goes now: nothing was signed as far as anybody knows; the bundle is counted again.
        self.journal.append(&[&record::of_note(&note)])?;
        // Power goes now: the note is in the journal and the next run sends it.
        self.lines.push(Line { note, statement, sid, received: None });
        Ok(self.lines.last().expect("a line was just added"))
    }

    /// Keeps verified answers, all of one message in one group.
    ///
    /// # Errors
    /// The disk fails; the notes are then sent again, which is safe.
    pub fn keep(&mut self, received: &[Received]) -> Result<(), StationError> {
        let fresh: Vec<&Received> =
            received.iter().filter(|r| self.line(r.seq).is_some_and(|line| line.received.is_none())).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let records: Vec<Vec<u8>> = fresh.iter().map(|r| record::of_receipt(r)).collect();
        self.journal.append(&records.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        for received in fresh.into_iter().cloned() {
            attach(&mut self.lines, received).expect("only receipts of known lines are kept");
        }
        Ok(())
    }

    /// Keeps better receipts in the place of those there are: of the same entry, at least as large a log, with the quorum of
    /// the event's witnesses. Others are passed over. Returns how many were kept.
    ///
    /// # Errors
    /// One of them does not prove its statement, or the disk fails; the receipts there were stand.
    pub fn raise(&mut self, event: &Event, better: &[Received]) -> Result<usize, StationError> {
        let mut risen = Vec::new();
        for new in better {
            let Some((line, old)) = self.line(new.seq).and_then(|line| Some((line, line.received.as_ref()?))) else {
                continue;
            };
            new.verify(&line.note.leaf(), event.log())?;
            let reaches = Checkpoint::parse(new.receipt.checkpoint.text()).ok();
            let may = reaches.is_some_and(|to| can_rise(event, old, &to)) && old.receipt.index == new.receipt.index;
            if may && event.is_witnessed(&new.receipt.checkpoint) {
                risen.push(new.clone());
            }
        }
        if risen.is_empty() {
            return Ok(0);
        }
        let records: Vec<Vec<u8>> = risen.iter().map(record::of_receipt).collect();
        // Power goes now: the receipts there were stand. At the next opening the later record of a number is the one.
        self.journal.append(&records.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        let count = risen.len();
        for received in risen {
            attach(&mut self.lines, received).expect("only receipts of known lines are kept");
        }
        Ok(count)
    }

    /// The statement of this number.
    pub fn line(&self, seq: u64) -> Option<&Line> {
        self.lines.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// Statements without a receipt, in order, with their numbers.
    pub fn outbox(&self) -> impl Iterator<Item = (u64, &Line)> {
        (1..).zip(&self.lines).filter(|(_, line)| line.received.is_none())
    }

    /// The newest checkpoint a receipt of this table rests on. What a server shows must continue it.
    pub fn last_seen(&self) -> Option<&Note> {
        let checkpoints = self.lines.iter().filter_map(|line| Some(&line.received.as_ref()?.receipt.checkpoint));
        checkpoints.max_by_key(|note| Checkpoint::parse(note.text()).map_or(0, |c| c.size))
    }

    /// What this table has said about the bundles of a contest and not withdrawn, in order.
    pub fn said(&self, contest: ContestId) -> BTreeMap<BundleId, Vec<Said<'_>>> {
        let withdrawn = self.withdrawn();
        let mut said: BTreeMap<BundleId, Vec<Said<'_>>> = BTreeMap::new();
        for (seq, line) in (1..).zip(&self.lines) {
            let Statement::Batch(batch) = &line.statement else { continue };
            if batch.contest == contest && !withdrawn.contains(&line.sid) {
                said.entry(batch.bundle).or_default().push(Said { seq, line, batch });
            }
        }
        said
    }

    fn withdrawn(&self) -> BTreeSet<Sid> {
        let target = |line: &Line| match &line.statement {
            Statement::Withdraw(Withdraw { target, .. }) if !line.is_set_aside() => Some(*target),
            _ => None,
        };
        self.lines.iter().filter_map(target).collect()
    }
}

/// A batch that was not withdrawn.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// Its number in the table's chain.
    pub seq: u64,
    /// The statement.
    pub line: &'a Line,
    /// The same, typed.
    pub batch: &'a Batch,
}

impl Said<'_> {
    /// Whether it is in force as far as this table knows.
    pub fn is_live(&self) -> bool {
        !self.line.is_set_aside()
    }
}

impl Line {
    /// Whether the server said that it never counts.
    pub fn is_set_aside(&self) -> bool {
        self.received.as_ref().is_some_and(Received::is_set_aside)
    }
}

/// A note of the journal must be the next of this table's chain in this event, under this table's key.
fn follow(lines: &mut Vec<Line>, home: &Home, event: Sid, note: &Note) -> Result<(), String> {
    let signed = SignedStatement::reread(note.as_bytes()).map_err(|e| e.say().en)?;
    let next = Link::Station {
        station: home.station(),
        seq: (lines.len() as u64).saturating_add(1),
        prev: lines.last().map_or(Sid::ZERO, |line| line.sid),
    };
    if signed.statement.link() != next || signed.statement.election() != Some(event) {
        return Err(format!(
            "statement {} of the journal does not follow the one before",
            lines.len().saturating_add(1)
        ));
    }
    if !matches!(note.signatures(), [line] if line.names(home.key().verifier())) {
        return Err(format!("statement {} is signed by another key", lines.len().saturating_add(1)));
    }
    lines.push(Line { note: signed.note, statement: signed.statement, sid: signed.sid, received: None });
    Ok(())
}

fn attach(lines: &mut [Line], received: Received) -> Result<(), String> {
    let place = received.seq.checked_sub(1).and_then(|place| usize::try_from(place).ok());
    let line = place.and_then(|place| lines.get_mut(place));
    let line = line.ok_or_else(|| format!("a receipt for number {}, which was never signed", received.seq))?;
    line.received = Some(received);
    Ok(())
}
