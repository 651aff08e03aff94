//! One connection to the server, distrusted: every checkpoint must be signed by the event's log and continue the one
//! seen before. It refuses to know what is sent and what figures are.

use crate::{error::StationError, event::Event, home::write_whole};
use door::Ticket;
use proto::{
    entry::hash_from_wire,
    v1::{
        self, get_head_request::Subject, get_inclusion_proof_request::Entry,
        intake_service_client::IntakeServiceClient, log_service_client::LogServiceClient,
    },
};
use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};
use tally::{Sid, SignedStatement};
use tlog::{Checkpoint, Hash, Note, SigningKey, verify_consistency, verify_inclusion};
use tonic::{Response, Status, transport::Channel};

/// The server answers a question in 10 s or ends it itself; a little more for the way.
const ANSWER: Duration = Duration::from_secs(12);

/// Whom to call, who calls, and where copies are kept.
#[derive(Clone)]
pub struct Way {
    /// The event, its server's key and where to look for it.
    pub ticket: Ticket,
    /// The key that is shown to the server.
    pub key: Option<Arc<SigningKey>>,
    /// Where copies and evidence are kept.
    pub folder: PathBuf,
}

/// What the server says about a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Statements that the server has, in a table's chain.
    pub seq: u64,
    /// The sid of the last one, zeros if there is none.
    pub sid: Sid,
    /// The entry that states the contest as it is now, where it is a contest's chain and there is one.
    pub stated_at: Option<u64>,
    /// The entry that states its papers, once they are stated.
    pub papers_at: Option<u64>,
}

/// An open connection.
pub struct Link {
    way: Way,
    channel: Channel,
    event: Event,
    seen: Option<(Checkpoint, Note)>,
}

impl Link {
    /// Connects, and learns the manifest if this table has no copy of it. `seen` is the newest checkpoint known here.
    ///
    /// # Errors
    /// The server is not there, or it is not the event's.
    pub async fn open(way: &Way, seen: Option<&Note>) -> Result<Self, StationError> {
        let channel = door::dial(&way.ticket, way.key.as_ref()).await?;
        let sid = way.ticket.event;
        let event = match Event::remembered(&way.folder, sid)? {
            Some(event) => event,
            None => Event::open(&first_entry(&channel, sid).await?, sid)?,
        };
        event.check_ticket(&way.ticket)?;
        event.remember(&way.folder)?;
        let mut link = Self { way: way.clone(), channel, event, seen: None };
        link.seen = seen.map(|note| link.signed(note.as_bytes())).transpose()?;
        Ok(link)
    }

    /// The event.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The newest checkpoint seen.
    pub fn seen(&self) -> Option<&Note> {
        self.seen.as_ref().map(|(_, note)| note)
    }

    /// The intake door.
    pub(crate) fn intake(&self) -> IntakeServiceClient<Channel> {
        IntakeServiceClient::new(self.channel.clone()).max_decoding_message_size(proto::MESSAGE_OUT_BYTES_MAX)
    }

    fn log(&self) -> LogServiceClient<Channel> {
        LogServiceClient::new(self.channel.clone()).max_decoding_message_size(proto::MESSAGE_OUT_BYTES_MAX)
    }

    /// Asks where a chain stands, and compares the server's log with what was seen before.
    ///
    /// # Errors
    /// [`StationError::ServerBehind`] when the log is shorter than what was seen; as [`Link::agree`].
    pub(crate) async fn head(&mut self, subject: Subject) -> Result<Head, StationError> {
        let request = v1::GetHeadRequest { event: self.way.ticket.event.to_string(), subject: Some(subject) };
        let answer = ask(self.intake().get_head(request)).await?;
        let (shown, _) = self.signed(&answer.checkpoint)?;
        if let Some((seen, _)) = self.seen.as_ref().filter(|(seen, _)| seen.size > shown.size) {
            let behind = StationError::ServerBehind { server: shown.size, seen: seen.size };
            self.show_seen().await;
            return Err(behind);
        }
        self.agree(&answer.checkpoint).await?;
        let (stated_at, papers_at) = (answer.stated_at, answer.papers_at);
        Ok(Head { seq: answer.seq, sid: hash("head", &answer.head)?, stated_at, papers_at })
    }

    /// Opens a checkpoint of an answer and verifies that it and the newest one seen are of one log.
    ///
    /// # Errors
    /// [`StationError::BadAnswer`] when the log did not sign it, [`StationError::Forked`] when they cannot be of one log;
    /// the two notes are then left in the folder `evidence`.
    pub(crate) async fn agree(&mut self, note: &[u8]) -> Result<(Checkpoint, Note), StationError> {
        let shown = self.signed(note)?;
        let Some(seen) = self.seen.clone() else {
            self.seen = Some(shown.clone());
            return Ok(shown);
        };
        // An answer may rest on a checkpoint a moment older than one seen through another door.
        let (old, new) = if seen.0.size <= shown.0.size { (&seen.0, &shown.0) } else { (&shown.0, &seen.0) };
        let proof = match old.size {
            0 => Vec::new(),
            size if size == new.size => Vec::new(),
            size => self.consistency(size, new.size).await?,
        };
        if let Err(why) = verify_consistency(old.size, new.size, &proof, &old.root, &new.root) {
            self.show_seen().await;
            return Err(self.evidence(&seen, &shown, &why));
        }
        if seen.0.size <= shown.0.size {
            self.seen = Some(shown.clone());
        }
        Ok(shown)
    }

    /// The newest checkpoint with the quorum that the server counts, if there is one; it continues what was seen.
    ///
    /// # Errors
    /// As [`Link::agree`].
    pub(crate) async fn witnessed(&mut self) -> Result<Option<(Checkpoint, Note)>, StationError> {
        let last_seen_checkpoint = self.seen().map(|note| note.as_bytes().to_vec().into()).unwrap_or_default();
        let request = v1::GetCheckpointRequest { event: self.way.ticket.event.to_string(), last_seen_checkpoint };
        let answer = ask(self.log().get_checkpoint(request)).await?;
        if answer.witnessed.is_empty() {
            return Ok(None);
        }
        self.agree(&answer.witnessed).await.map(Some)
    }

    /// Asks for the hashes that lead from an entry to the root of that size; nothing is verified yet.
    pub(crate) fn proof(
        &self,
        index: u64,
        size: u64,
    ) -> impl Future<Output = Result<Vec<Hash>, StationError>> + Send + use<> {
        let (mut log, event) = (self.log(), self.way.ticket.event.to_string());
        async move {
            let request = v1::GetInclusionProofRequest { event, entry: Some(Entry::Index(index)), size };
            let answer = ask(log.get_inclusion_proof(request)).await?;
            proto::answer::hashes("proof", &answer.proof).map_err(bad)
        }
    }

    /// Shows a server that lacks it what this table has seen: it stops taking notes from everybody.
    async fn show_seen(&self) {
        let last_seen_checkpoint = self.seen().map(|note| note.as_bytes().to_vec().into()).unwrap_or_default();
        let request = v1::GetCheckpointRequest { event: self.way.ticket.event.to_string(), last_seen_checkpoint };
        // Whatever it answers, this table has stopped already.
        let _ = ask(self.log().get_checkpoint(request)).await;
    }

    async fn consistency(&self, old_size: u64, new_size: u64) -> Result<Vec<Hash>, StationError> {
        let event = self.way.ticket.event.to_string();
        let request = v1::GetConsistencyProofRequest { event, old_size, new_size };
        let answer = ask(self.log().get_consistency_proof(request)).await?;
        proto::answer::hashes("proof", &answer.proof).map_err(bad)
    }

    fn evidence(&self, seen: &(Checkpoint, Note), shown: &(Checkpoint, Note), why: &impl ToString) -> StationError {
        for (name, (_, note)) in [("seen", seen), ("shown", shown)] {
            let path = self.way.folder.join("evidence").join(format!("{name}.checkpoint"));
            if let Err(error) = write_whole(&path, note.as_bytes()) {
                tracing::error!(path = %path.display(), %error, "evidence was not kept");
            }
        }
        StationError::Forked {
            seen: seen.0.size,
            shown: shown.0.size,
            why: why.to_string(),
            notes: Box::new([seen.1.to_string(), shown.1.to_string()]),
        }
    }

    fn signed(&self, bytes: &[u8]) -> Result<(Checkpoint, Note), StationError> {
        let note = Note::parse(bytes).map_err(bad)?;
        Ok((Checkpoint::open(&note, self.event.log()).map_err(bad)?, note))
    }

    /// An entry, proved to stand in the log. Who may have said it is for observers to verify; a table needs to know that it
    /// is the log that says so.
    ///
    /// # Errors
    /// The entry is not there, may not be read, or is not proved.
    pub async fn entry(&mut self, index: u64) -> Result<SignedStatement, StationError> {
        let event = self.way.ticket.event.to_string();
        let request = v1::GetInclusionProofRequest { event: event.clone(), entry: Some(Entry::Index(index)), size: 0 };
        let proved = ask(self.log().get_inclusion_proof(request)).await?;
        let view = v1::EntryView::Raw.into();
        let request = v1::ListEntriesRequest { event, start: index, limit: 1, view };
        let page = ask(self.log().list_entries(request)).await?;
        let entry = page.entries.first().filter(|entry| entry.index == index);
        let entry = entry.ok_or_else(|| bad("the entry is not shown"))?;
        let signed = SignedStatement::reread(&entry.note).map_err(|e| bad(e.say().en))?;
        let (checkpoint, _) = self.agree(&proved.checkpoint).await?;
        let proof = proto::answer::hashes("proof", &proved.proof).map_err(bad)?;
        verify_inclusion(&signed.leaf, index, checkpoint.size, &proof, &checkpoint.root).map_err(bad)?;
        Ok(signed)
    }
}

async fn first_entry(channel: &Channel, event: Sid) -> Result<Vec<u8>, StationError> {
    let view = v1::EntryView::Raw.into();
    let request = v1::ListEntriesRequest { event: event.to_string(), start: 0, limit: 1, view };
    let page = ask(LogServiceClient::new(channel.clone()).list_entries(request)).await?;
    // A key that is let in sees entry 0 always; one that is not, in an event for the accredited, sees nothing.
    let hidden = || StationError::NotEnrolled("the server shows this key no entry of the event".to_owned());
    let entry = page.entries.first().filter(|entry| entry.index == 0).ok_or_else(hidden)?;
    Ok(entry.note.to_vec())
}

/// A question with its answer, or trouble when none comes.
pub(crate) async fn ask<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, StationError> {
    match tokio::time::timeout(ANSWER, call).await {
        Ok(answer) => Ok(answer?.into_inner()),
        Err(_) => Err(StationError::Unreachable(format!("no answer in {} s", ANSWER.as_secs()))),
    }
}

pub(crate) fn bad(why: impl Into<Box<dyn std::error::Error>>) -> StationError {
    StationError::BadAnswer(why.into().to_string())
}

fn hash(field: &'static str, bytes: &[u8]) -> Result<Hash, StationError> {
    hash_from_wire(field, bytes).map_err(bad)
}
