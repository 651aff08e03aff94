//! The server's doors as a test sees them: a connection, and every answer believed only as far as the log's key proves it.

use crate::hall::Hall;
use bytes::Bytes;
use door::Ticket;
use proto::v1::{self, log_service_client::LogServiceClient};
use std::{fmt, sync::Arc};
use tally::{Replay, Sid};
use tlog::{Checkpoint, Note, SigningKey, VerifierKey};
use tonic::transport::Channel;

/// Whom to talk to, and by which key to believe the answers.
#[derive(Clone)]
pub struct Door {
    /// The event.
    pub event: Sid,
    /// The key of its log.
    pub log: VerifierKey,
    /// The ticket, with the place where the server listens.
    pub ticket: Ticket,
    /// The key that is shown to the server.
    pub key: Option<Arc<SigningKey>>,
}

/// Why an answer is none.
#[derive(Debug)]
pub enum Trouble {
    /// The line is down, or the server says what is wrong with it.
    Line(tonic::Status),
    /// The server does not take a note.
    Refused(String),
    /// The server says something that it cannot prove.
    Unproved(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(status) => write!(f, "{:?}: {}", status.code(), status.message()),
            Self::Refused(why) | Self::Unproved(why) => f.write_str(why),
        }
    }
}

impl From<tonic::Status> for Trouble {
    fn from(status: tonic::Status) -> Self {
        Self::Line(status)
    }
}

impl Door {
    /// The door of a hall whose server runs or has run, as its observer goes through it.
    ///
    /// # Panics
    /// The hall has no event.
    #[must_use]
    pub fn of(hall: &Hall) -> Self {
        let key = keyfile::open(&hall.at("observer/observer.key")).expect("the observer has a key");
        let log = keyfile::read_public(&hall.event_folder().join("log.key.vkey")).expect("the event has a log key");
        let ticket = Ticket::read_file(&hall.ticket()).expect("the hall has a ticket");
        let ticket = ticket.at(vec![hall.grpc.parse().expect("an address")]);
        Self { event: ticket.event, log, ticket, key: Some(Arc::new(key)) }
    }

    /// The same door, as whoever holds this key goes through it, or nobody in particular.
    #[must_use]
    pub fn with_key(&self, key: Option<Arc<SigningKey>>) -> Self {
        Self { key, ..self.clone() }
    }

    /// The same door, as a table of the hall goes through it.
    ///
    /// # Panics
    /// The hall has no such table.
    #[must_use]
    pub fn as_station(&self, hall: &Hall, station: &str) -> Self {
        let key = keyfile::open(&hall.at(station).join("station.key")).expect("the table has its key");
        self.with_key(Some(Arc::new(key)))
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn connect(&self) -> Result<Channel, Trouble> {
        let connected = door::dial(&self.ticket, self.key.as_ref()).await;
        connected.map_err(|e| Trouble::Line(tonic::Status::unavailable(e.to_string())))
    }

    /// The log door.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn log(&self) -> Result<LogServiceClient<Channel>, Trouble> {
        Ok(LogServiceClient::new(self.connect().await?).max_decoding_message_size(proto::MESSAGE_OUT_BYTES_MAX))
    }

    /// A checkpoint that the log signed.
    ///
    /// # Errors
    /// It did not.
    pub fn open(&self, checkpoint: &[u8]) -> Result<Checkpoint, Trouble> {
        let note = Note::parse(checkpoint).map_err(|e| Trouble::Unproved(e.to_string()))?;
        Checkpoint::open(&note, &self.log).map_err(|e| Trouble::Unproved(e.to_string()))
    }

    /// Every entry, and the newest checkpoint.
    ///
    /// # Errors
    /// The server does not show them.
    pub async fn entries(&self) -> Result<(Vec<Bytes>, Checkpoint), Trouble> {
        let mut log = self.log().await?;
        let mut entries: Vec<Bytes> = Vec::new();
        loop {
            let (event, view, start) = (self.event.to_string(), v1::EntryView::Raw.into(), entries.len() as u64);
            let page = log.list_entries(v1::ListEntriesRequest { event, start, limit: 0, view }).await?.into_inner();
            entries.extend(page.entries.into_iter().map(|e| e.note));
            if entries.len() as u64 >= page.readable {
                return Ok((entries, self.open(&page.checkpoint)?));
            }
        }
    }

    /// Replays the whole log, every signature verified; its root must be the one that was signed.
    ///
    /// # Errors
    /// An entry or the root is wrong.
    pub async fn replay(&self) -> Result<(Vec<Bytes>, Replay), Trouble> {
        let (entries, head) = self.entries().await?;
        let mut replay = Replay::new();
        for entry in &entries {
            replay.verify(entry).map_err(|e| Trouble::Unproved(e.to_string()))?;
        }
        if (replay.tree.size(), replay.tree.root()) == (head.size, head.root) {
            return Ok((entries, replay));
        }
        Err(Trouble::Unproved(format!("the root of size {} is another one", head.size)))
    }
}
