//! A province: many events followed at once, a row each, as tasks of one process. Every event has its own follower and its
//! own memory; what befalls one of them is said in its row and never stops the others. It refuses to judge, and to draw.
//!
//! The tickets lie in a folder, a file each. A file that is replaced by the same event's ticket with other addresses moves its
//! follower there, one that is new gets a row, one that was broken and is mended is followed from then on.

mod follower;
pub mod halls;
pub mod row;

pub use row::{Change, Life, Row, worst};

use crate::{
    error::ObserverError,
    home::Home,
    tickets::{self, TicketFile},
};
use door::{Ticket, WebUrl};
use follower::{Follower, Keys, Published};
use halls::Hall;
use keyfile::{Holder, Nobody};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tally::Sid;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// How often whoever shows the rows is told that time has passed.
const TICK: Duration = Duration::from_secs(1);
/// How often the folder of tickets is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Followers that are told to end have their memory on the disk; none of them is waited for longer.
const END_MAX: Duration = Duration::from_secs(5);
/// Events of one province; a folder with more tickets is another folder.
pub const EVENTS_MAX: usize = 1_000;

/// What is watched, and with whose help.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Folder of the tickets, and of `halls.toml` if there is one.
    pub tickets: PathBuf,
    /// Folder of this observer. An event whose keys lie in a folder of its ticket's name in it has its home there.
    pub home: PathBuf,
    /// Others who watch: each is asked about every event.
    pub peers: Vec<WebUrl>,
    /// End each event at the first checkpoint that is verified.
    pub once: bool,
}

/// A province that is ready to be watched.
pub struct Province {
    watched: Watched,
    halls: BTreeMap<String, Hall>,
    events: BTreeMap<String, Event>,
    changed: Arc<Notify>,
    stop: CancellationToken,
    followers: JoinSet<()>,
}

/// One event of it.
struct Event {
    /// The file as it was read last.
    file: TicketFile,
    /// What its follower looks at; none while there was no good ticket.
    ticket: Option<watch::Sender<Ticket>>,
    row: Published,
    told: watch::Receiver<Row>,
}

/// What is told of a province.
pub enum Told<'a> {
    /// This row has changed.
    Changed(&'a Row),
    /// Time has passed; these are the rows, by the names of their tickets.
    Time(&'a [Row]),
}

impl Province {
    /// Reads the folder, opens the keys with which its events are read, and begins to follow.
    ///
    /// # Errors
    /// There is no ticket, two are of one event, `halls.toml` has faults, or a key cannot be had: nothing was begun. A
    /// ticket that cannot be read is a row that says so.
    pub fn open(watched: Watched, holder: &mut dyn Holder) -> Result<Self, ObserverError> {
        let files = tickets::read(&watched.tickets)?;
        check(&watched.tickets, &files)?;
        let places: Vec<&str> = files.iter().map(|file| file.place.as_str()).collect();
        let halls = halls::read(&watched.tickets, &places)?;
        let mut keys: BTreeMap<PathBuf, Keys> = BTreeMap::new();
        for file in &files {
            let home = home_of(&watched.home, &file.place);
            if !keys.contains_key(home.folder()) {
                keys.insert(home.folder().to_owned(), Keys::open(&home, holder)?);
            }
        }
        let (events, changed, stop, followers) = Default::default();
        let mut province = Self { watched, halls, events, changed, stop, followers };
        for file in files {
            let home = home_of(&province.watched.home, &file.place);
            let keys = keys.get(home.folder()).cloned().unwrap_or_default();
            province.add(file, home, Ok(keys));
        }
        Ok(province)
    }

    /// Watches until told to end, or, looking once, until every event was looked at; the rows as they are then.
    pub async fn watch(
        mut self,
        shutdown: impl Future<Output = ()>,
        until: Option<Duration>,
        mut tell: impl FnMut(Told<'_>),
    ) -> Vec<Row> {
        let end = until.map(|after| Instant::now() + after);
        let deadline = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let (mut shutdown, mut deadline) = (std::pin::pin!(shutdown), std::pin::pin!(deadline));
        let (mut tick, mut look) = (tokio::time::interval(TICK), tokio::time::interval(LOOK_EVERY));
        while !(self.watched.once && self.followers.is_empty()) {
            tokio::select! {
                () = &mut shutdown => break,
                () = &mut deadline => break,
                () = self.changed.notified() => self.tell_changed(&mut tell),
                _ = tick.tick() => tell(Told::Time(&self.rows())),
                _ = look.tick(), if !self.watched.once => self.look(),
                _ = self.followers.join_next(), if !self.followers.is_empty() => {}
            }
        }
        self.stop.cancel();
        let ended = async { while self.followers.join_next().await.is_some() {} };
        if tokio::time::timeout(END_MAX, ended).await.is_err() {
            tracing::warn!("not every follower has ended in time; its row is as it was told last");
        }
        self.tell_changed(&mut tell);
        self.rows()
    }

    fn rows(&self) -> Vec<Row> {
        self.events.values().map(|event| event.row.now()).collect()
    }

    fn tell_changed(&mut self, tell: &mut impl FnMut(Told<'_>)) {
        for event in self.events.values_mut() {
            if event.told.has_changed().unwrap_or(false) {
                let row = event.told.borrow_and_update().clone();
                tell(Told::Changed(&row));
            }
        }
    }

    /// What has become of the tickets since they were read last. A folder that is away for a moment changes nothing.
    fn look(&mut self) {
        let files = match tickets::read(&self.watched.tickets) {
            Ok(files) => files,
            Err(error) => return tracing::debug!(%error, "the tickets are not there for now"),
        };
        for file in files {
            let has_room = self.events.len() < EVENTS_MAX || self.events.contains_key(&file.place);
            match self.events.get_mut(&file.place) {
                Some(event) if event.file == file => {}
                Some(Event { ticket: Some(ticket), file: kept, .. }) => {
                    replace(ticket, &file);
                    *kept = file;
                }
                _ if has_room => self.come(file),
                _ => {}
            }
        }
    }

    /// A ticket that came, or that was broken and is mended.
    fn come(&mut self, file: TicketFile) {
        let twin = file.ticket.as_ref().ok().and_then(|ticket| self.place_of(ticket.event));
        if let Some(twin) = twin {
            let (place, twin) = (&file.place, twin.to_owned());
            return tracing::debug!(place, twin, "another ticket of an event that is followed already");
        }
        let home = home_of(&self.watched.home, &file.place);
        let keys = Keys::open(&home, &mut Nobody);
        self.add(file, home, keys);
        self.changed.notify_one();
    }

    fn place_of(&self, event: Sid) -> Option<&str> {
        let is_of = |of: &&Event| of.file.ticket.as_ref().is_ok_and(|ticket| ticket.event == event);
        self.events.values().find(is_of).map(|of| of.file.place.as_str())
    }

    fn add(&mut self, file: TicketFile, home: Home, keys: Result<Keys, ObserverError>) {
        let event = file.ticket.as_ref().ok().map(|ticket| ticket.event);
        let row = Published::new(Row::new(&file.place, self.halls.get(&file.place), event), &self.changed);
        let told = row.subscribe();
        let ready = file.ticket.clone().map_err(ObserverError::from).and_then(|ticket| Ok((ticket, keys?)));
        let ticket = match ready {
            Err(error) => {
                row.apply(&Change::Failed(&error));
                None
            }
            Ok((ticket, keys)) => {
                let (sender, ticket) = watch::channel(ticket);
                let (peers, once) = (self.watched.peers.clone(), self.watched.once);
                let follower = Follower { home, keys, ticket, peers, once, row: row.clone(), stop: self.stop.clone() };
                self.followers.spawn(follower.run());
                Some(sender)
            }
        };
        self.events.insert(file.place.clone(), Event { file, ticket, row, told });
    }
}

/// Another ticket in the place of one that is followed: new addresses are taken up, another event or key is not.
fn replace(ticket: &watch::Sender<Ticket>, file: &TicketFile) {
    let place = &file.place;
    match &file.ticket {
        Ok(new) if new.event == ticket.borrow().event && new.tally == ticket.borrow().tally => {
            let is_other = ticket.send_if_modified(|now| {
                *now != *new && {
                    now.clone_from(new);
                    true
                }
            });
            if is_other {
                tracing::info!(place, "the ticket names other addresses");
            }
        }
        Ok(_) => tracing::warn!(
            place,
            "phiếu giờ ghi sự kiện hoặc khóa khác, vẫn theo phiếu cũ; hãy chạy lại — the ticket names another event or key \
             now; the former one is followed on, start again"
        ),
        Err(error) => tracing::warn!(place, %error, "the former ticket is followed on"),
    }
}

/// A hall's own keys lie in a folder of its name; else there is one home for all.
fn home_of(home: &Path, place: &str) -> Home {
    let own = home.join(place);
    let has_own = ["observer.key", "witness.key"].iter().any(|key| own.join(key).symlink_metadata().is_ok());
    Home::new(if has_own { own } else { home.to_owned() })
}

/// Everything that is wrong with the folder as a whole.
fn check(folder: &Path, files: &[TicketFile]) -> Result<(), ObserverError> {
    let folder = folder.display();
    let (mut vi, mut en) = (Vec::new(), Vec::new());
    if files.is_empty() {
        vi.push(format!("{folder}: chưa có phiếu sự kiện nào; đặt mỗi phiếu một tệp vào đó"));
        en.push("there is no event ticket in it yet; put each into a file of its own".to_owned());
    }
    if files.len() > EVENTS_MAX {
        vi.push(format!("{folder}: hơn {EVENTS_MAX} tệp, chắc là nhầm thư mục"));
        en.push(format!("more than {EVENTS_MAX} files, surely another folder"));
    }
    let (mut places, mut events): (BTreeMap<&str, &TicketFile>, BTreeMap<Sid, &TicketFile>) = Default::default();
    for file in files {
        if let Some(twin) = places.insert(&file.place, file) {
            let (one, two) = (twin.path.display(), file.path.display());
            vi.push(format!("{one} và {two} cùng một tên nơi; hãy đổi tên một tệp"));
            en.push(format!("{one} and {two} have one name; rename one"));
        }
        let Ok(ticket) = &file.ticket else { continue };
        if let Some(twin) = events.insert(ticket.event, file) {
            let (one, two) = (twin.path.display(), file.path.display());
            vi.push(format!("{one} và {two} là phiếu của cùng một sự kiện; chỉ giữ lại một"));
            en.push(format!("{one} and {two} are tickets of one event; keep one"));
        }
    }
    if vi.is_empty() { Ok(()) } else { Err(ObserverError::Tickets { vi: vi.join("; "), en: en.join("; ") }) }
}
