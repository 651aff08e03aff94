//! A server that holds the log and tally keys can say two things. Observers who remember, and tell each other what they
//! have seen, find it out every time; and they never cry at an honest server, whatever befalls it.
//!
//! Every run follows from one number. A run that failed is had again with `EQUIVOCATION_RUN=number`.

mod creed;
mod day;
mod hall;
mod honest;
mod lie;
mod lies;
mod line;
mod oracle;
mod party;

use std::{env, ops::Range, path::Path, time::Duration};
use tempfile::TempDir;

/// The runs of a suite; or the one that is asked for.
fn runs(many: u64) -> Range<u64> {
    let one = env::var("EQUIVOCATION_RUN").ok().and_then(|run| run.parse::<u64>().ok());
    one.map_or(0..many, |run| run..run + 1)
}

/// Nothing takes longer, however busy the machine: whoever hangs is told of.
const SUITE_MAX: Duration = Duration::from_secs(1_800);

/// Waits for it, and no longer than that.
async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(SUITE_MAX, work).await.expect("the suite ends in time")
}

/// A folder that vanishes; in memory where there is such a place, because what a disk keeps is another test's business.
fn place() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.or_else(|_| tempfile::tempdir()).expect("a folder")
}
