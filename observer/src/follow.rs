//! An observer that stays: verifies every entry and bulletin as they come, remembers every checkpoint before it cosigns
//! it, and never cosigns a size below one it remembers. One task owns it all. It refuses to judge by itself; see
//! [`crate::audit`].

mod keep;
mod late;
mod live;

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
        let mut live = Live::new(self)?;
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
            stop = self.keep_following(&mut live, &mut tell) => stop?,
        };
        live.remember_last()?;
        self.report(live, stopped)
    }

    /// Follows over as many connections as it takes; ends with a finding, or when the aim is reached.
    async fn keep_following(
        &self,
        live: &mut Live<'_>,
        tell: &mut impl FnMut(&Seen),
    ) -> Result<Option<Finding>, ObserverError> {
        let waits = || {
            let waits = ExponentialBuilder::default().with_min_delay(RETRY_FIRST).with_max_delay(RETRY_SECONDS_MAX);
            waits.without_max_times().with_jitter().build()
        };
        let mut wait = waits();
        loop {
            let before = live.size();
            let error = match live.follow(tell).await {
                Ok(()) => return Ok(None),
                Err(Stop::Found(finding)) => return Ok(Some(*finding)),
                Err(Stop::Failed(error)) => error,
            };
            if self.once || !error.is_passing() {
                return Err(error);
            }
            if live.size() > before {
                wait = waits();
            }
            tracing::warn!(%error, "the connection is gone; trying again");
            tokio::time::sleep(wait.next().unwrap_or(RETRY_SECONDS_MAX)).await;
        }
    }

    fn report(&self, live: Live<'_>, stopped: Option<Finding>) -> Result<Report, ObserverError> {
        let mut report = live.end(stopped);
        self.home.keep(self.ticket.event, &mut report)?;
        Ok(report)
    }
}
