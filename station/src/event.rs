//! What a table trusts: the event ticket. From its sid follow the manifest and from that the key of the log. It refuses
//! to know where the manifest came from: the line, a stick or the table's own copy.

use crate::{
    error::StationError,
    home::{read_if_any, write_whole},
};
use door::Ticket;
use std::path::Path;
use tally::{Sid, SignedStatement, Statement, statement::Manifest};
use tlog::VerifierKey;

/// The event, verified against the ticket.
#[derive(Clone)]
pub struct Event {
    /// The sid of the manifest, as the ticket prints it.
    pub sid: Sid,
    /// The manifest.
    pub manifest: Box<Manifest>,
    note: Vec<u8>,
}

impl Event {
    /// Opens a manifest that must be the one of the ticket.
    ///
    /// # Errors
    /// [`StationError::NotTheEvent`].
    pub fn open(note: &[u8], asked: Sid) -> Result<Self, StationError> {
        let not_the_event = |found: String| StationError::NotTheEvent { asked, found };
        let signed = SignedStatement::open_manifest(note).map_err(|e| not_the_event(format!("? ({})", e.code())))?;
        match signed.statement {
            Statement::Manifest(manifest) if signed.sid == asked => {
                Ok(Self { sid: asked, manifest, note: note.to_vec() })
            }
            _ => Err(not_the_event(signed.sid.to_string())),
        }
    }

    /// The copy in a folder, if there is one.
    ///
    /// # Errors
    /// The copy is of another event, or the disk fails.
    pub fn remembered(folder: &Path, asked: Sid) -> Result<Option<Self>, StationError> {
        read_if_any(&folder.join("manifest.note"))?.map(|note| Self::open(&note, asked)).transpose()
    }

    /// Leaves a copy in a folder.
    ///
    /// # Errors
    /// The disk fails.
    pub fn remember(&self, folder: &Path) -> Result<(), StationError> {
        write_whole(&folder.join("manifest.note"), &self.note)
    }

    /// Whether the ticket names the server that the manifest names.
    ///
    /// # Errors
    /// [`StationError::FalseTicket`].
    pub fn check_ticket(&self, ticket: &Ticket) -> Result<(), StationError> {
        let (ticket, event) = (&ticket.tally, &self.manifest.tally);
        if ticket == event {
            return Ok(());
        }
        Err(StationError::FalseTicket { ticket: ticket.to_string(), event: event.to_string() })
    }

    /// The key that signs checkpoints.
    pub fn log(&self) -> &VerifierKey {
        &self.manifest.log
    }
}
