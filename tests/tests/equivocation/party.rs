//! The honest side: observers with homes of their own, who look at the server now and then and pass on what they have seen.

use crate::{lie::Book, oracle::Sighting, place};
use door::Ticket;
use observer::{Follow, Hearing, Home, ObserverError, Report, Server, evidence, remote};
use promises::{
    history::{OBSERVERS, key},
    liar::Liar,
};
use proto::{
    Answer,
    v1::{SubmitRequest, intake_service_client::IntakeServiceClient},
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tally::Sid;
use tempfile::TempDir;
use tlog::{Note, Receipt, SigningKey};

/// How somebody looks at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Follows its log to the newest checkpoint.
    Follow,
    /// Asks for all of it.
    Verify,
}

/// No look takes so long; a liar that says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// One observer.
pub(crate) struct Party {
    pub(crate) key: Arc<SigningKey>,
    witness: bool,
    /// It shows no key, and sees what the public sees.
    pub(crate) is_public: bool,
    number: usize,
    pub(crate) home: Home,
    place: TempDir,
}

impl Party {
    /// The observer of that number, from 0, with an empty home.
    pub(crate) fn new(number: usize, witness: bool) -> Self {
        let place = place();
        let home = Home::new(place.path().join("home"));
        let key = Arc::new(key(&format!("observer/{}", OBSERVERS[number])));
        Self { key, witness, is_public: false, number, home, place }
    }

    /// Somebody of the public, who is enrolled nowhere.
    pub(crate) fn public(number: usize) -> Self {
        Self { is_public: true, ..Self::new(number, false) }
    }

    /// A place of its own.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Connects as itself.
    pub(crate) async fn connect(&self, ticket: &Ticket) -> Result<Server, ObserverError> {
        Server::connect(ticket, (!self.is_public).then(|| Arc::clone(&self.key))).await
    }

    /// Looks once. Nothing but its home is kept from one look to the next: each is a restart.
    pub(crate) async fn look(&self, ticket: &Ticket, way: Way) -> Report {
        self.try_look(ticket, way).await.expect("it answers")
    }

    /// The same, over a line that may be cut.
    pub(crate) async fn try_look(&self, ticket: &Ticket, way: Way) -> Result<Report, ObserverError> {
        match way {
            Way::Verify => {
                let mut server = self.connect(ticket).await?;
                remote::verify(&mut server, Some(&self.home), Duration::ZERO).await
            }
            Way::Follow => {
                let follow = Follow { once: true, ..self.following(ticket, None) };
                follow.run(std::future::pending(), |_| ()).await
            }
        }
    }

    /// How it follows, until that size if one is given.
    pub(crate) fn following(&self, ticket: &Ticket, until_size: Option<u64>) -> Follow {
        Follow {
            ticket: ticket.clone(),
            key: (!self.is_public).then(|| Arc::clone(&self.key)),
            home: self.home.clone(),
            witness: self.witness.then(|| Arc::new(key(&format!("witness.example/{}", self.number + 1)))),
            until_size,
            until: Some(PATIENCE),
            once: false,
        }
    }

    /// What it tells others: the newest checkpoint that it verified, and those that it heard of.
    pub(crate) fn seen(&self, event: Sid) -> Vec<Note> {
        self.home.remembered(event).expect("its memory is whole").into_iter().collect()
    }

    /// What others tell it; with it comes the manifest, because some have never looked at this event.
    pub(crate) fn hear(&self, event: Sid, manifest: &[u8], note: &Note) {
        assert!(self.home.meet(event, manifest).expect("a disk"), "the manifest is this event's");
        let hearing = self.home.hear(event, note).expect("it knows the event");
        assert!(matches!(hearing, Hearing::New | Hearing::Known), "{hearing:?}");
    }
}

/// A table hands a note in and keeps the receipt: what it saw, and the checkpoint that it can show.
pub(crate) async fn hand_in(liar: &Liar, book: &Book) -> (Sighting, Note) {
    let table = Arc::new(key(&format!("station/{}", book.station)));
    liar.take_from(&table, book.history.clone());
    let channel = door::dial(&liar.ticket(), Some(&table)).await.expect("the server listens");
    let request = SubmitRequest {
        event: book.history.event().to_string(),
        notes: vec![book.note.as_bytes().to_vec().into()],
        ..SubmitRequest::default()
    };
    let answer = IntakeServiceClient::new(channel).submit(request).await.expect("it answers").into_inner();
    let ruling = Answer::try_from(answer.rulings.into_iter().next().expect("a ruling")).expect("a ruling");
    let checkpoint = Note::parse(&answer.checkpoint).expect("a note");
    let receipt = Receipt { index: ruling.index.expect("an entry"), proof: ruling.proof, checkpoint };
    receipt.verify(&book.note.leaf(), key("").verifier(), &[], 0).expect("the receipt is good");
    (book.sighting(), receipt.checkpoint)
}

/// Evidence that anybody can check without a network, and that names a key of the server and nobody else.
pub(crate) fn check_evidence(report: &Report, event: Sid) -> Result<(), String> {
    let folder = report.evidence.as_ref().ok_or("there is no evidence")?;
    let proof = evidence::verify(folder).and_then(|proof| proof.of_event(event)).map_err(|doubt| doubt.to_string())?;
    let is_of_server = [key(""), key("tally")].iter().any(|key| *key.verifier() == proof.guilty);
    if is_of_server { Ok(()) } else { Err(format!("{} is accused", proof.guilty)) }
}
