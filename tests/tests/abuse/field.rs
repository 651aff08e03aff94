//! The hall with its tables at work, and what is measured in it before, during and after each attack.

use bytes::Bytes;
use promises::{
    client::{Chain, PAPERS, bundles},
    door::Door,
    hall::{Hall, event_toml, strike_list},
    page,
    shift::{Acknowledgements, Shift},
};
use proto::v1::{GetHeadRequest, get_head_request::Subject, intake_service_client::IntakeServiceClient};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// Tables that work; one more comes in during every attack, and one attacks.
const TABLES: usize = 16;
/// Each sends twenty a second.
const PACE: Duration = Duration::from_millis(50);
/// Enough for two minutes of every table.
const BATCHES: usize = 2_500;
/// What may not be exceeded, whatever happens.
const P99_MAX: Duration = Duration::from_secs(1);
const RSS_KIB_MAX: u64 = 384 << 10;
const RECOVERY_MAX: Duration = Duration::from_secs(5);
const NEWCOMER_MAX: Duration = Duration::from_secs(5);
/// On a quiet machine an acknowledgement takes a few milliseconds; three times that is noise.
const NOISE: Duration = Duration::from_millis(100);

/// The hall under attack.
pub struct Field {
    /// The hall.
    pub hall: Hall,
    /// As its observer goes through it.
    pub door: Door,
    shift: Shift,
    began: Instant,
}

impl Field {
    /// Sixteen tables at work.
    pub async fn open() -> Self {
        let papers = u32::try_from(BATCHES).expect("small") * PAPERS;
        let hall = Hall::open(&event_toml(TABLES + 2, &strike_list("c01", papers)), TABLES + 2);
        hall.prepare("c01", &bundles(BATCHES));
        let door = Door::of(&hall);
        let work: Vec<_> = (0..BATCHES).map(|n| ("c01", n)).collect();
        let tables = (1..=TABLES).map(|n| {
            let id = format!("s{n:02}");
            (door.as_station(&hall, &id), Chain::sign(&hall, &id, &work))
        });
        let shift = Shift::begin(tables.collect(), PACE);
        tokio::time::sleep(Duration::from_secs(2)).await;
        Self { hall, door, shift, began: Instant::now() }
    }

    /// The door as a table goes through it.
    pub fn table(&self, id: &str) -> Door {
        self.door.as_station(&self.hall, id)
    }

    /// A good note of a table.
    pub fn note(&self, id: &str) -> Bytes {
        Chain::sign(&self.hall, id, &[("c01", 0)]).notes.remove(0).bytes
    }

    /// A message full of notes of a table, none of whose signatures verifies.
    pub fn spoiled(&self, id: &str) -> Vec<Bytes> {
        let work: Vec<_> = (0..64).map(|n| ("c01", n)).collect();
        let spoil = |bytes: &Bytes| {
            let mut text = bytes.to_vec();
            // In the middle of the last line, where the signature is.
            let at = text.len() - 40;
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            Bytes::from(text)
        };
        Chain::sign(&self.hall, id, &work).notes.iter().map(|n| spoil(&n.bytes)).collect()
    }

    /// Measures while an attack lasts; what the attack says of itself goes into the figures.
    pub async fn under(&self, name: &str, attack: JoinHandle<String>) {
        let connections = self.connections();
        let quiet = Instant::now().checked_sub(Duration::from_secs(1)).expect("a second ago");
        let before = self.shift.since(quiet);
        let start = Instant::now();
        let newcomer = tokio::spawn(newcomers(self.table("s17"), attack.abort_handle()));
        let facts = attack.await.expect("a foe does not panic");
        let newcomer = newcomer.await.expect("a table does not panic");
        let during = self.shift.since(start);
        let back = self.recover(before, connections).await;
        self.note_down(name, before, during, Some((newcomer, back)), &facts);
        assert!(during.p99 <= P99_MAX, "{name}: {during:?}");
        assert!(newcomer <= NEWCOMER_MAX, "{name}: a new table waited {newcomer:?}");
        assert!(back <= RECOVERY_MAX, "{name}: after {back:?} it is not as before: {}", self.page());
        assert!(self.rss_kib() <= RSS_KIB_MAX, "{name}: {} KiB", self.rss_kib());
    }

    /// Measures what has been going on beside everything else.
    pub async fn wait_for(&self, name: &str, attack: JoinHandle<String>) {
        let facts = attack.await.expect("a foe does not panic");
        let during = self.shift.since(self.began);
        self.note_down(name, during, during, None, &facts);
        assert!(during.p99 <= P99_MAX, "{name}: {during:?}");
        assert!(self.rss_kib() <= RSS_KIB_MAX, "{name}: {} KiB", self.rss_kib());
    }

    /// How long it takes until the connections are those of before and a second is as it was.
    async fn recover(&self, before: Acknowledgements, connections: u64) -> Duration {
        let (over, limit) = (Instant::now(), (before.p99 * 3).max(NOISE));
        loop {
            let from = Instant::now();
            tokio::time::sleep(Duration::from_secs(1)).await;
            let is_calm = self.shift.since(from).p99 <= limit && self.connections() <= connections;
            if is_calm || over.elapsed() > 2 * RECOVERY_MAX {
                return from - over;
            }
        }
    }

    fn note_down(
        &self,
        name: &str,
        before: Acknowledgements,
        during: Acknowledgements,
        after: Option<(Duration, Duration)>,
        facts: &str,
    ) {
        let ms = |d: Duration| d.as_millis();
        let after =
            after.map(|(newcomer, back)| format!("new table {} ms, back after {} ms, ", ms(newcomer), ms(back)));
        println!(
            "{name}: p50 {} ms, p99 {} → {} ms, longest {} ms of {} acknowledgements; {}peak {} MiB; {facts}",
            ms(during.p50),
            ms(before.p99),
            ms(during.p99),
            ms(during.longest),
            during.count,
            after.unwrap_or_default(),
            self.rss_kib() >> 10,
        );
    }

    /// What the server says of it all.
    pub fn say(&self, took: Duration) {
        println!("{} s in all\n{}", took.as_secs(), self.page());
    }

    /// The log still adds up, and the server ends as it should.
    pub async fn close(mut self) {
        let page = self.page();
        for reason in ["address", "slow-reader", "bad-signatures"] {
            assert!(page.contains(&format!("reason=\"{reason}\"")), "nobody was cut for {reason}: {page}");
        }
        for word in ["127.0.0", "s18", "+Ed"] {
            assert!(!page.contains(word), "the metrics name somebody: {page}");
        }
        self.shift.end();
        let (_, replay) = self.door.replay().await.expect("the log adds up");
        println!("{} entries verified", replay.tree.size());
        assert_eq!(tokio::task::block_in_place(|| self.hall.end_server()), 0);
    }

    fn page(&self) -> String {
        let metrics = tokio::task::block_in_place(|| page::read(&self.hall, "/metrics"));
        let ours = |line: &&str| ["connections{", "cut_total{", "calls{"].iter().any(|name| line.contains(name));
        metrics.lines().filter(ours).collect::<Vec<_>>().join("\n")
    }

    /// Connections of the gRPC door, of everybody.
    fn connections(&self) -> u64 {
        let page = self.page();
        let lines = page.lines().filter(|line| line.starts_with("kiemphieu_connections{door=\"grpc\""));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// The most memory that the server ever had.
    fn rss_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.hall.server_id())).expect("the server runs");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        peak.split_whitespace().next().expect("a number").parse().expect("a number")
    }
}

/// New tables come in, one after the other, until the attack is over; the longest wait of one.
async fn newcomers(door: Door, attack: tokio::task::AbortHandle) -> Duration {
    let mut longest = Duration::ZERO;
    tokio::time::sleep(Duration::from_millis(300)).await;
    loop {
        let began = Instant::now();
        // A table tries again by itself.
        while came_in(&door).await.is_none() && began.elapsed() < 2 * NEWCOMER_MAX {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        longest = longest.max(began.elapsed());
        if attack.is_finished() {
            return longest;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn came_in(door: &Door) -> Option<()> {
    let channel = door.connect().await.ok()?;
    let subject = Some(Subject::Station("s17".into()));
    let request = GetHeadRequest { event: door.event.to_string(), subject };
    let asked = tokio::time::timeout(NEWCOMER_MAX, async { IntakeServiceClient::new(channel).get_head(request).await });
    asked.await.ok()?.ok().map(|_| ())
}

/// As many files as the machine allows: ten thousand sockets are files.
pub fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
}
