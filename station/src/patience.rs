//! Waiting for a line that is down: how long, how often, and what is said meanwhile. It refuses to know what is tried.

use crate::error::StationError;
use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;
use tokio::time::Instant;

/// The first wait, and the longest; every wait is jittered so that tables do not come back at once.
const RETRY_MS_MIN: u64 = 100;
const RETRY_MS_MAX: u64 = 5_000;
/// Somebody who gives no time at all still wants one try.
const TRY_MIN: Duration = Duration::from_secs(1);

/// How far a piece of work is, for whoever draws bars.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "progress")]
pub enum Progress {
    /// Bundles signed into the journal.
    Signed {
        /// So many.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// Notes with a verified receipt.
    Delivered {
        /// So many.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// The line is down; trying again soon.
    Waiting {
        /// Milliseconds until then.
        wait_ms: u64,
        /// What happened.
        why: String,
    },
}

/// How long to keep trying.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    give_up_at: Instant,
}

impl Patience {
    /// From now on, for so long.
    pub fn of(give_up_after: Duration) -> Self {
        Self { give_up_at: Instant::now() + give_up_after }
    }

    /// One try, cut off when time is up; a try gets a second in any case.
    pub(crate) async fn at_most<T>(
        self,
        attempt: impl Future<Output = Result<T, StationError>>,
    ) -> Result<T, StationError> {
        let until = self.give_up_at.max(Instant::now() + TRY_MIN);
        let silent = || StationError::Unreachable("no answer in the time given".into());
        tokio::time::timeout_at(until, attempt).await.unwrap_or_else(|_| Err(silent()))
    }

    /// Waits before the next try; `Err` gives the trouble back when it does not pass or time is up.
    pub(crate) async fn wait(
        self,
        waits: &mut impl Iterator<Item = Duration>,
        trouble: StationError,
        left: usize,
        progress: &dyn Fn(Progress),
    ) -> Result<(), StationError> {
        if !trouble.is_passing() {
            return Err(trouble);
        }
        let wait = waits.next().unwrap_or(Duration::from_millis(RETRY_MS_MAX));
        if Instant::now() + wait > self.give_up_at {
            return Err(StationError::GaveUp { left, last: Box::new(trouble) });
        }
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        progress(Progress::Waiting { wait_ms, why: trouble.to_string() });
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// The waits between tries, growing and jittered.
pub(crate) fn waits() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(RETRY_MS_MIN))
        .with_max_delay(Duration::from_millis(RETRY_MS_MAX))
        .without_max_times()
        .with_jitter()
        .build()
}

/// Tries a question until it is answered, refused for good, or time is up.
///
/// # Errors
/// What the last try ended with.
pub async fn persist<T>(
    patience: Patience,
    progress: &dyn Fn(Progress),
    mut attempt: impl AsyncFnMut() -> Result<T, StationError>,
) -> Result<T, StationError> {
    let mut waits = waits();
    loop {
        match patience.at_most(attempt()).await {
            Ok(answer) => return Ok(answer),
            Err(trouble) => patience.wait(&mut waits, trouble, 0, progress).await?,
        }
    }
}
