//! A hall with somebody of every kind in it, and their connections.

use promises::{
    client::{Chain, Way, bundles},
    door::Door,
    hall::{self, Hall, words},
    program,
};
use std::{sync::Arc, time::Duration};
use tlog::{KeyKind, SigningKey};
use tonic::transport::Channel;

/// Whose key calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// No key is shown.
    Nobody,
    /// A table of another event on the same server.
    Foreign,
    /// A key that no log knows.
    Unlisted,
    /// Table s01.
    Station,
    /// Board member k1.
    Board,
    /// Organiser o1.
    Organiser,
    /// The observer.
    Observer,
    /// Table s03, whose key was revoked.
    Revoked,
}

impl Who {
    pub const ALL: [Self; 8] = [
        Self::Nobody,
        Self::Foreign,
        Self::Unlisted,
        Self::Station,
        Self::Board,
        Self::Organiser,
        Self::Observer,
        Self::Revoked,
    ];

    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Station) || self.is_accredited()
    }

    pub fn is_accredited(self) -> bool {
        matches!(self, Self::Board | Self::Organiser | Self::Observer)
    }
}

/// The hall, with a contest that s01 and s02 have counted and whose figures nobody has announced.
pub struct Callers {
    pub hall: Hall,
    door: Door,
    unlisted: Arc<SigningKey>,
    chains: Vec<Chain>,
}

impl Callers {
    pub fn of_a_hall(disclosure: &str) -> Self {
        let toml =
            hall::event_toml(3, &hall::strike_list("c01", 10)).replace("live-totals = true", "live-totals = false");
        let toml = toml.replace("disclosure = \"public\"", &format!("disclosure = \"{disclosure}\""));
        let mut hall = Hall::found(&toml, 3);
        found_another(&hall);
        hall.start_server();
        hall.prepare("c01", &bundles(2));
        let revoke = ["revoke", "station/s03", "--last-seq", "0", "--reason", "stolen"];
        hall.desk_well(&revoke, &["o1", "o2"]);
        let unlisted = SigningKey::from_seed("kiemphieu.example/hall/station/s09", KeyKind::Ed25519, &[9; 32]);
        let door = Door::of(&hall);
        let mut callers = Self { hall, door, unlisted: Arc::new(unlisted.unwrap()), chains: Vec::new() };
        callers.count();
        callers
    }

    fn count(&mut self) {
        for (station, bundle) in [("s01", 0), ("s02", 1)] {
            let mut chain = Chain::sign(&self.hall, station, &[("c01", bundle)]);
            let door = self.door.as_station(&self.hall, station);
            let sent = async { chain.send(&door, Way::Calls, 1, Duration::ZERO).await };
            std::thread::scope(|s| {
                let sending = s.spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(sent));
                sending.join().unwrap().unwrap();
            });
            self.chains.push(chain);
        }
        self.hall.desk_well(&["close", "c01"], &["k1", "k2"]);
    }

    /// The result is certified and read out.
    pub fn announce(&self) {
        self.hall.desk_well(&["certify", "c01"], &["k1", "k2"]);
        self.hall.desk_well(&["announce", "c01"], &["k1", "k2"]);
    }

    pub fn event(&self) -> String {
        self.hall.event.clone()
    }

    /// The sid of the only batch of that table.
    pub fn batch_of(&self, station: &str) -> bytes::Bytes {
        let place = usize::from(station == "s02");
        bytes::Bytes::copy_from_slice(self.chains[place].notes[0].sid.as_bytes())
    }

    /// Entries of the log.
    pub async fn size(&self) -> u64 {
        let request = proto::v1::GetProgressRequest { event: self.event() };
        let mut results = proto::v1::results_service_client::ResultsServiceClient::new(self.connect(Who::Nobody).await);
        results.get_progress(request).await.unwrap().into_inner().size
    }

    pub fn key(&self, who: Who) -> Option<Arc<SigningKey>> {
        let file = match who {
            Who::Nobody => return None,
            Who::Unlisted => return Some(Arc::clone(&self.unlisted)),
            Who::Foreign => "foreign/station.key",
            Who::Station => "s01/station.key",
            Who::Board => "committee/keys/k1.key",
            Who::Organiser => "committee/keys/o1.key",
            Who::Observer => "observer/observer.key",
            Who::Revoked => "s03/station.key",
        };
        Some(Arc::new(keyfile::open(&self.hall.at(file)).unwrap()))
    }

    pub async fn connect(&self, who: Who) -> Channel {
        self.door.with_key(self.key(who)).connect().await.unwrap()
    }
}

/// A second event on the same server, with a table of its own.
fn found_another(hall: &Hall) {
    let origin = "kiemphieu.example/other";
    program::run_well(words(&["server", "key", "--origin", origin], &[("--home", hall.at("server"))]));
    program::run_well(words(&["station", "key", "--origin", origin, "--id", "s01"], &[("--home", hall.at("foreign"))]));
    let witness = ["observer", "key", "--origin", origin, "--id", "province", "--witness", "witness.example/w2"];
    program::run_well(words(&witness, &[("--home", hall.at("observer-2"))]));
    let toml = hall::event_toml(1, "").replace("kiemphieu.example/hall", origin);
    std::fs::create_dir(hall.at("event-2")).unwrap();
    std::fs::write(hall.at("event-2/event.toml"), toml).unwrap();
    let mut init = words(&["committee", "init"], &[("--home", hall.at("committee-2"))]);
    init.push(hall.at("event-2").into());
    let new = hall.at("server/new/kiemphieu.example_other");
    let keys = [
        new.join("log.key.vkey"),
        new.join("tally.key.vkey"),
        hall.at("foreign/station.key.vkey"),
        hall.at("observer-2/observer.key.vkey"),
        hall.at("observer-2/witness.key.vkey"),
    ];
    for key in keys {
        init.extend(["--vkey".into(), key.into_os_string()]);
    }
    program::run_well(init);
    let mut found = words(&["server", "found"], &[("--home", hall.at("server"))]);
    found.push(hall.at("committee-2/manifest.note").into());
    program::run_well(found);
}
