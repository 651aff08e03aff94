//! An observer that stays: verifies every entry and bulletin as they come, remembers every checkpoint before it cosigns
//! it, and never cosigns a size below one it remembers. One task owns it all. It refuses to judge by itself; see
//! [`crate::audit`].

mod around;
mod keep;
mod late;
mod live;

pub use around::Around;

use crate::{
    client::Stop,
    error::ObserverError,
    home::Home,
    verdict::{Finding, Report},
};
use backon::{BackoffBuilder, ExponentialBuilder};
use door::Ticket;
use live::Live;
use std::{sync::Arc, time::Duration};
use tally::Count;
use tlog::{Hash, SigningKey};
use tokio::time::Instant;

/// The longest wait between two tries to reach a server.
const RETRY_SECONDS_MAX: Duration = Duration::from_secs(10);
/// The first one.
const RETRY_FIRST: Duration = Duration::from_millis(100);

/// What to follow, and until when.
pub struct Follow {
    /// The event, its server's key and where to look for it.
    pub ticket: Ticket,
    /// The key that opens the accredited doors; without it only what is public is seen.
    pub key: Option<Arc<SigningKey>>,
    /// Where the memory is.
    pub home: Home,
    /// The witness's key; without it nothing is cosigned.
    pub witness: Option<Arc<SigningKey>>,
    /// End when a checkpoint of at least this size is verified.
    pub until_size: Option<u64>,
    /// End after so long.
    pub until: Option<Duration>,
    /// End at the first checkpoint that is verified.
    pub once: bool,
}

/// A checkpoint that was verified, for a line on the screen: told of at once, and by a witness once more when it is
/// cosigned. On the disk it is before anything is cosigned, and a moment after it was told of.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Seen {
    /// Entries.
    pub size: u64,
    /// 64 hex digits.
    #[serde(serialize_with = "as_text")]
    pub root: Hash,
    /// Whether this observer cosigned it and the server took the line.
    pub cosigned: bool,
    /// Witnesses that have cosigned it, of so many needed; unknown when nothing was handed in.
    pub witnesses: Option<(u64, u64)>,
    /// Eight digits to compare it by over the telephone.
    pub code: String,
    /// The size that others have seen, where it is larger.
    pub ahead: Option<u64>,
}

/// What a follower tells while it follows.
pub enum News<'a> {
    /// The server has said something: whatever else is wrong, the hall is there.
    Alive,
    /// A checkpoint was verified.
    Seen(&'a Seen),
    /// How the event stands now; mostly as it stood before.
    Stands(Now<'a>),
    /// There is no connection: why. It is tried again.
    Lost(&'a ObserverError),
}

/// How an event stands, as far as it is verified.
#[derive(Clone)]
pub struct Now<'a> {
    /// Entries verified; 0 before a checkpoint was.
    pub size: u64,
    /// What exactly these entries add up to; nothing while the count runs ahead of the checkpoint.
    pub count: Option<&'a Count>,
    /// Why the verdict is not OK.
    pub reason: Option<Finding>,
}

fn as_text<S: serde::Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

impl Follow {
    /// Follows until told to end or until there is a finding; `tell` hears of every checkpoint verified.
    ///
    /// # Errors
    /// This observer's disk, a server with another key than the ticket's, or with `once` a server that does not answer. A lost connection is tried
    /// again and again.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()>,
        mut tell: impl FnMut(&Seen),
    ) -> Result<Report, ObserverError> {
        let seen = |news: News<'_>| {
            if let News::Seen(seen) = news {
                tell(seen);
            }
        };
        self.watch(shutdown, Around::default(), seen).await
    }

    /// The same, hearing what reaches it from around as well, and telling everything that is new.
    ///
    /// # Errors
    /// As [`Follow::run`].
    pub async fn watch(
        &self,
        shutdown: impl Future<Output = ()>,
        mut around: Around,
        mut tell: impl FnMut(News<'_>),
    ) -> Result<Report, ObserverError> {
        let mut live = Live::new(self)?;
        around.listen(&self.home, &self.ticket);
        let end = self.until.map(|after| Instant::now() + after);
        let deadline = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let stopped = tokio::select! {
            () = shutdown => None,
            () = deadline => None,
            stop = self.keep_following(&mut live, &mut around, &mut tell) => stop?,
        };
        live.remember_last()?;
        self.report(live, stopped)
    }

    /// Follows over as many connections as it takes; ends with a finding, or when the aim is reached.
    async fn keep_following(
        &self,
        live: &mut Live<'_>,
        around: &mut Around,
        tell: &mut impl FnMut(News<'_>),
    ) -> Result<Option<Finding>, ObserverError> {
        let waits = || {
            let waits = ExponentialBuilder::default().with_min_delay(RETRY_FIRST).with_max_delay(RETRY_SECONDS_MAX);
            waits.without_max_times().with_jitter().build()
        };
        let mut wait = waits();
        loop {
            let before = live.size();
            let error = match live.follow(around, tell).await {
                Ok(()) => return Ok(None),
                Err(Stop::Found(finding)) => return Ok(Some(*finding)),
                Err(Stop::Failed(_)) if live.take_move() => continue,
                Err(Stop::Failed(error)) => error,
            };
            if self.once || !error.is_passing() {
                return Err(error);
            }
            if live.size() > before {
                wait = waits();
            }
            tell(News::Lost(&error));
            tracing::warn!(%error, "the connection is gone; trying again");
            let pause = Instant::now() + wait.next().unwrap_or(RETRY_SECONDS_MAX);
            if let Some(finding) = Self::pause(live, around, tell, pause).await? {
                return Ok(Some(finding));
            }
        }
    }

    /// Waits for the next try. What others say meanwhile is held against what was shown last.
    async fn pause(
        live: &mut Live<'_>,
        around: &mut Around,
        tell: &mut impl FnMut(News<'_>),
        until: Instant,
    ) -> Result<Option<Finding>, ObserverError> {
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return Ok(None),
                () = around.moved() => return Ok(None),
                () = around.heard() => {}
            }
            match live.compare(tell) {
                Ok(()) => {}
                Err(Stop::Found(finding)) => return Ok(Some(*finding)),
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
    }

    fn report(&self, live: Live<'_>, stopped: Option<Finding>) -> Result<Report, ObserverError> {
        let mut report = live.end(stopped);
        self.home.keep(self.ticket.event, &mut report)?;
        Ok(report)
    }
}
