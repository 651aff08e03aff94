//! A server that holds the log and tally keys can say two things. Observers who remember, and tell each other what they
//! have seen, find it out every time; and they never cry at an honest server, whatever befalls it.
//!
//! Every run follows from one number. A run that failed is had again with `EQUIVOCATION_RUN=number`.

mod lie;
mod lies;
mod oracle;
mod party;

use std::{env, ops::Range, path::Path};
use tempfile::TempDir;

/// The runs of a suite; or the one that is asked for.
fn runs(many: u64) -> Range<u64> {
    let one = env::var("EQUIVOCATION_RUN").ok().and_then(|run| run.parse::<u64>().ok());
    one.map_or(0..many, |run| run..run + 1)
}

/// A folder that vanishes; in memory where there is such a place, because what a disk keeps is another test's business.
fn place() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.or_else(|_| tempfile::tempdir()).expect("a folder")
}
