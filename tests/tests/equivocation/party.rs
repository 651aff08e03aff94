//! The honest side: observers with homes of their own, who look at the server now and then and pass on what they have seen.

use crate::{oracle::Sighting, place};
use door::Ticket;
use observer::{Follow, Hearing, Home, Report, Server, evidence, remote};
use promises::{
    chance::Chance,
    history::{History, OBSERVERS, key},
    liar::{Branch, Liar},
};
use proto::{
    Answer,
    v1::{SubmitRequest, intake_service_client::IntakeServiceClient},
};
use std::{sync::Arc, time::Duration};
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
const PATIENCE: Duration = Duration::from_secs(20);

/// One observer.
pub(crate) struct Party {
    pub(crate) key: Arc<SigningKey>,
    witness: bool,
    number: usize,
    pub(crate) home: Home,
    _place: TempDir,
}

impl Party {
    /// The observer of that number, from 0, with an empty home.
    pub(crate) fn new(number: usize, witness: bool) -> Self {
        let place = place();
        let home = Home::new(place.path().join("home"));
        Self { key: Arc::new(key(&format!("observer/{}", OBSERVERS[number]))), witness, number, home, _place: place }
    }

    /// Looks once. Nothing but its home is kept from one look to the next: each is a restart.
    pub(crate) async fn look(&self, ticket: &Ticket, way: Way) -> Report {
        let shown = Some(Arc::clone(&self.key));
        match way {
            Way::Verify => {
                let mut server = Server::connect(ticket, shown).await.expect("the server listens");
                remote::verify(&mut server, Some(&self.home), Duration::ZERO).await.expect("it answers")
            }
            Way::Follow => {
                let witness = self.witness.then(|| Arc::new(key(&format!("witness.example/{}", self.number + 1))));
                let follow = Follow {
                    ticket: ticket.clone(),
                    key: shown,
                    home: self.home.clone(),
                    witness,
                    until_size: None,
                    until: Some(PATIENCE),
                    once: true,
                };
                follow.run(std::future::pending(), |_| ()).await.expect("it answers")
            }
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

/// A table hands its next note in and keeps the receipt: what it saw, and the checkpoint that it can show.
pub(crate) async fn hand_in(liar: &Liar, book: &History, station: &str, chance: &mut Chance) -> (Sighting, Note) {
    let table = Arc::new(key(&format!("station/{station}")));
    liar.take_from(&table, book.clone());
    let note = match book.next(chance) {
        Some(note) if note.text().contains("/batch\n") => book.batch(station, 5_000),
        _ => book.batch(station, 5_001),
    };
    let channel = door::dial(&liar.ticket(), Some(&table)).await.expect("the server listens");
    let request = SubmitRequest {
        event: book.event().to_string(),
        notes: vec![note.as_bytes().to_vec().into()],
        ..SubmitRequest::default()
    };
    let answer = IntakeServiceClient::new(channel).submit(request).await.expect("it answers").into_inner();
    let ruling = Answer::try_from(answer.rulings.into_iter().next().expect("a ruling")).expect("a ruling");
    let checkpoint = Note::parse(&answer.checkpoint).expect("a note");
    let receipt = Receipt { index: ruling.index.expect("an entry"), proof: ruling.proof, checkpoint };
    receipt.verify(&note.leaf(), key("").verifier(), &[], 0).expect("the receipt is good");
    let mut taken = book.clone();
    taken.hand_in(note.as_bytes());
    let (branch, size) = (Arc::new(Branch::of(&taken)), taken.size());
    (Sighting { branch, size }, receipt.checkpoint)
}

/// Evidence that anybody can check without a network, and that names a key of the server and nobody else.
pub(crate) fn check_evidence(report: &Report, event: Sid) -> Result<(), String> {
    let folder = report.evidence.as_ref().ok_or("there is no evidence")?;
    let proof = evidence::verify(folder).and_then(|proof| proof.of_event(event)).map_err(|doubt| doubt.to_string())?;
    let is_of_server = [key(""), key("tally")].iter().any(|key| *key.verifier() == proof.guilty);
    if is_of_server { Ok(()) } else { Err(format!("{} is accused", proof.guilty)) }
}
