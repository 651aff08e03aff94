//! The honest server: the real one as a library, behind its real doors, with its journal and the second one on a stick. It
//! is stopped and started, and a spare laptop takes it over, as `kiemphieu server` does it. It refuses to know observers.

use crate::{line::Line, place};
use base64::{Engine, engine::general_purpose::STANDARD};
use door::Ticket;
use promises::history::{History, ORIGIN, key};
use server::{Config, Keeping, Limits, Pages, SecondJournal, ServerError};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tally::Sid;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

/// A server that was ended has let go of everything by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// An event that is founded and has been opened by nobody; every run begins with a copy of it.
pub(crate) struct Founded {
    folder: TempDir,
    /// The log of such an event, ready to be counted.
    pub(crate) ready: History,
    pub(crate) quorum: u64,
    pub(crate) is_public: bool,
}

impl Founded {
    /// An event of so many bundles, whose checkpoints need so many witnesses.
    pub(crate) fn new(is_public: bool, quorum: usize, bundles: usize) -> Self {
        let disclosure = if is_public { "public" } else { "accredited" };
        let ready = History::ready_for(disclosure, key("").verifier(), Arc::new(key("tally")), quorum, bundles);
        let folder = place();
        let new = folder.path().join("server/new").join(ORIGIN.replace('/', "_"));
        for folder in [&new, &folder.path().join("envelope")] {
            fs::create_dir_all(folder).expect("a folder");
            write_key(&folder.join("log.key"), "");
            write_key(&folder.join("tally.key"), "tally");
        }
        let founded = server::Home::new(folder.path().join("server")).found(&ready.entries[0]);
        assert_eq!(founded.expect("it is founded").event, ready.event());
        Self { folder, ready, quorum: quorum as u64, is_public }
    }
}

/// The file of a key that follows from its name.
fn write_key(path: &Path, short: &str) {
    let key = key(short);
    let name = key.verifier().name();
    let seed = tlog::sha256(name.as_bytes()).0;
    let secret = STANDARD.encode([&[key.verifier().kind().byte()][..], &seed].concat());
    fs::write(path, format!("PRIVATE+KEY+{name}+{:08x}+{secret}\n", key.verifier().id())).expect("a file");
    fs::write(path.with_extension("key.vkey"), format!("{}\n", key.verifier())).expect("a file");
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a file of one's own");
}

/// A server whose doors are open.
pub(crate) struct Serving {
    pub(crate) grpc: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ServerError>>,
    journals: Vec<PathBuf>,
}

impl Serving {
    async fn open(event: Sid, home: &Path, second: SecondJournal) -> Result<Self, ServerError> {
        let mut journals = vec![home.join("events").join(event.to_string()).join("journal")];
        if let SecondJournal::At(stick) = &second {
            journals.push(stick.join(event.to_string()).join("journal"));
        }
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = Config {
            home: home.to_owned(),
            grpc: anywhere,
            http: anywhere,
            pages: Pages::default(),
            keeping: Keeping { second, seen: Vec::new() },
            limits: Limits::default(),
            witnesses: Vec::new(),
            relays: Vec::new(),
        };
        let running = server::start(&config).await?;
        let (stop, stopped) = oneshot::channel();
        let grpc = running.grpc;
        let ended = tokio::spawn(running.until(async {
            let _ = stopped.await;
        }));
        Ok(Self { grpc, stop, ended, journals })
    }

    /// The server ends in good order. What its last readers still hold of its journals is let go of before this returns:
    /// the end of a process does that at once.
    pub(crate) async fn close(self) -> Result<(), String> {
        let _ = self.stop.send(());
        self.ended.await.expect("a server does not panic").map_err(|error| error.to_string())?;
        let end = Instant::now() + PATIENCE;
        for journal in self.journals {
            while journal::is_locked(&journal).map_err(|error| error.to_string())? {
                if Instant::now() > end {
                    return Err("a server that has ended still holds its journal".into());
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        Ok(())
    }
}

/// The places of a server and of those that took it over, and the lines that lead there.
pub(crate) struct Hall {
    pub(crate) event: Sid,
    place: TempDir,
    /// Servers that were the event's before this one.
    pub(crate) former: usize,
    serving: Option<Serving>,
    lines: [Line; 2],
}

impl Hall {
    /// The server of a founded event opens its doors.
    pub(crate) async fn open(founded: &Founded) -> Result<Self, String> {
        let place = place();
        copy(founded.folder.path(), place.path());
        let lines = [Line::lay().await, Line::lay().await];
        let mut hall = Self { event: founded.ready.event(), place, former: 0, serving: None, lines };
        hall.start().await?;
        Ok(hall)
    }

    fn home(&self, number: usize) -> PathBuf {
        self.place.path().join(if number == 0 { "server".to_owned() } else { format!("spare-{number}") })
    }

    fn stick(&self) -> PathBuf {
        self.place.path().join("stick")
    }

    /// The line that leads to the server of now: it moved with every takeover.
    pub(crate) fn line(&self) -> &Line {
        &self.lines[self.former % 2]
    }

    /// How often a line was cut: raised before anybody can notice.
    pub(crate) fn turns(&self) -> u64 {
        self.lines.iter().map(Line::turns).sum()
    }

    /// Connections that were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.lines.iter().map(Line::cuts).sum()
    }

    /// How the server is found, now and after it has moved.
    pub(crate) fn ticket(&self) -> Ticket {
        self.ticket_at(self.lines.iter().map(Line::address).collect())
    }

    /// How one server is found, without any line between.
    pub(crate) fn ticket_of(&self, serving: Option<&Serving>) -> Ticket {
        let grpc = serving.or(self.serving.as_ref()).expect("a server runs").grpc;
        self.ticket_at(vec![grpc.to_string().parse().expect("an address")])
    }

    fn ticket_at(&self, addresses: Vec<door::Address>) -> Ticket {
        let ticket = Ticket::new(self.event, key("tally").verifier().clone(), Vec::new()).expect("a key of a server");
        ticket.at(addresses)
    }

    async fn start(&mut self) -> Result<(), String> {
        let second = SecondJournal::At(self.stick());
        let serving = Serving::open(self.event, &self.home(self.former), second).await.map_err(|e| e.to_string())?;
        self.line().lead(Some(serving.grpc));
        self.serving = Some(serving);
        Ok(())
    }

    async fn stop(&mut self) -> Result<(), String> {
        self.line().lead(None);
        self.serving.take().expect("a server runs").close().await
    }

    /// The server is ended and started again on what its journal has.
    pub(crate) async fn restart(&mut self) -> Result<(), String> {
        self.stop().await?;
        self.start().await
    }

    /// The doors are closed and opened: nobody gets in meanwhile, and everybody inside is put out.
    pub(crate) async fn close_and_open(&mut self) {
        let grpc = self.serving.as_ref().expect("a server runs").grpc;
        self.line().lead(None);
        assert!(door::dial(&self.ticket(), None).await.is_err(), "the doors are closed");
        self.line().lead(Some(grpc));
    }

    /// The server is gone, and a spare laptop goes on with the stick and the keys, at another port; or, as no honest one
    /// does, without the last group that the former one acknowledged. The answer is how many entries it says it has.
    pub(crate) async fn take_over(&mut self, loses_the_last: bool) -> Result<u64, String> {
        self.stop().await?;
        self.former += 1;
        let (home, stick) = (self.home(self.former), self.stick());
        let keys = self.place.path().join("envelope");
        let taken = tokio::task::spawn_blocking(move || server::takeover(&home, &stick, &keys, None, &mut |_| ()));
        let taken = taken.await.expect("it does not panic").map_err(|error| error.to_string())?;
        for folder in [self.home(self.former).join("events"), self.stick()].iter().filter(|_| loses_the_last) {
            let journal = fs::File::options().write(true).open(folder.join(self.event.to_string()).join("journal"));
            // A group that is not whole is taken for one that nobody was told of.
            let cut = journal.and_then(|file| file.set_len(file.metadata()?.len() - 1));
            cut.map_err(|error| error.to_string())?;
        }
        self.start().await?;
        Ok(taken.iter().map(|event| event.entries).sum())
    }

    /// Somebody opens a former server once more, without its stick: it shows what it had, and signs nothing.
    pub(crate) async fn open_former(&self, number: usize) -> Result<Serving, String> {
        Serving::open(self.event, &self.home(number), SecondJournal::GivenUp).await.map_err(|error| error.to_string())
    }

    /// The last of it: nothing was open that could not be closed.
    pub(crate) async fn end(mut self) -> Result<(), String> {
        self.stop().await
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}
