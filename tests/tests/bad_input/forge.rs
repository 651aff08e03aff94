//! Notes that no command would make, signed with the hall's real keys; and the doors they are handed in at.

use promises::{door::Door, hall::Hall};
use proto::{
    Answer,
    v1::{CheckStatementRequest, SubmitRequest, SubmitStreamRequest, intake_service_client::IntakeServiceClient},
};
use std::sync::Arc;
use tally::{Figures, Marks, Papers, Sid, Statement, StationId, Votes, form::Reason, statement::Batch};
use tlog::{Note, SigningKey};
use tokio::runtime::Runtime;
use tonic::{Status, transport::Channel};

/// A table whose key is in other hands.
pub struct Forger {
    pub door: Door,
    pub key: Arc<SigningKey>,
    /// Whose key is shown to the server: the table's own, until another carries its notes.
    pub caller: Arc<SigningKey>,
    station: StationId,
    runtime: Runtime,
    /// Where its chain stands, as far as the server took it.
    pub head: (u64, Sid),
}

impl Forger {
    pub fn of(hall: &Hall, station: &str) -> Self {
        let key = keyfile::open(&hall.at(station).join("station.key")).expect("the table has its key");
        let (runtime, key) = (Runtime::new().expect("a runtime"), Arc::new(key));
        let caller = Arc::clone(&key);
        Self {
            door: Door::of(hall),
            key,
            caller,
            station: station.parse().expect("an id"),
            runtime,
            head: (0, Sid::ZERO),
        }
    }

    /// The next batch of the chain.
    pub fn batch(&self, contest: &str, bundle: &str, figures: Figures) -> Batch {
        Batch {
            election: self.door.event,
            station: self.station,
            seq: self.head.0 + 1,
            prev: self.head.1,
            contest: contest.parse().expect("an id"),
            bundle: bundle.parse().expect("an id"),
            counters: Vec::new(),
            passes: 1,
            figures,
            serials: None,
            time: 1_593_000_000,
        }
    }

    pub fn sign(&self, statement: &Statement) -> Note {
        self.key.sign_text(&statement.text())
    }

    pub fn signed(&self, batch: Batch) -> Note {
        self.sign(&Statement::Batch(Box::new(batch)))
    }

    async fn intake(&self) -> IntakeServiceClient<Channel> {
        let door = self.door.with_key(Some(Arc::clone(&self.caller)));
        IntakeServiceClient::new(door.connect().await.expect("the server listens"))
    }

    /// Hands notes in, at the call and at the stream alike.
    pub fn hand_in(&self, event: &str, notes: &[Vec<u8>], stream: bool) -> Result<Vec<Answer>, Status> {
        let notes: Vec<bytes::Bytes> = notes.iter().map(|n| bytes::Bytes::copy_from_slice(n)).collect();
        let event = event.to_owned();
        self.runtime.block_on(async {
            let mut intake = self.intake().await;
            let rulings = if stream {
                let message = SubmitStreamRequest { event, notes, ..SubmitStreamRequest::default() };
                let mut answers = intake.submit_stream(tokio_stream::once(message)).await?.into_inner();
                answers.message().await?.ok_or_else(|| Status::unavailable("no answer"))?.rulings
            } else {
                intake.submit(SubmitRequest { event, notes, ..SubmitRequest::default() }).await?.into_inner().rulings
            };
            Ok(rulings.into_iter().map(|r| Answer::try_from(r).expect("a ruling")).collect())
        })
    }

    /// The one answer to one note.
    pub fn ask(&self, note: &[u8]) -> Answer {
        let event = self.door.event.to_string();
        let mut answers = self.hand_in(&event, &[note.to_vec()], false).expect("the server answers");
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    /// What the server would say of a statement.
    pub fn check(&self, statement: &Statement) -> Result<Answer, Status> {
        let (event, statement) = (self.door.event.to_string(), Some(statement.into()));
        let answer = self
            .runtime
            .block_on(async { self.intake().await.check_statement(CheckStatementRequest { event, statement }).await });
        Ok(Answer::try_from(answer?.into_inner().ruling.expect("a ruling")).expect("a ruling"))
    }

    /// The entries of the log, as exact bytes.
    pub fn entries(&self) -> Vec<bytes::Bytes> {
        let (entries, _) = self.runtime.block_on(self.door.entries()).expect("the log is shown");
        entries
    }

    /// The log replays to the root its checkpoint signs: nothing in it is half there.
    pub fn size(&self) -> usize {
        let (entries, _) = self.runtime.block_on(self.door.replay()).expect("the log replays to its own root");
        entries.len()
    }
}

/// Figures of ten papers and four names that add up.
pub fn good() -> Figures {
    names(10, 10, &[], &[(1, 1), (2, 3), (3, 6)], &[9, 9, 6, 1])
}

/// Figures of a form with names, true or not.
pub fn names(ballots: u32, valid: u32, invalid: &[(Reason, u32)], left: &[(u16, u32)], votes: &[u32]) -> Figures {
    Figures {
        ballots: Papers(ballots),
        valid: Papers(valid),
        invalid: invalid.iter().map(|(reason, n)| (*reason, Papers(*n))).collect(),
        marks: Marks::Names {
            left: left.iter().map(|(k, n)| (*k, Papers(*n))).collect(),
            votes: votes.iter().copied().map(Votes).collect(),
        },
    }
}

/// Figures of a form with boxes, true or not.
pub fn boxes(ballots: u32, valid: u32, invalid: &[(Reason, u32)], marks: [&[u32]; 3]) -> Figures {
    let [agree, disagree, unusable] = marks.map(|list| list.iter().copied().map(Votes).collect());
    let named = names(ballots, valid, invalid, &[], &[]);
    Figures { marks: Marks::Agree { agree, disagree, unusable }, ..named }
}
