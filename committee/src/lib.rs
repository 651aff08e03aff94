//! The committee: who prepares an election event, elects its counting boards, decides, certifies and announces.
//!
//! Read in this order: [`event`] (what organisers write down), [`founding`] (from there to the manifest), [`record`] (the
//! log, fetched and verified), [`desk`] and [`papers`] (what is said), [`meaning`] (what it means, in words), [`draft`]
//! (signing it, ruled by our own replay first), [`standing`] (how each contest stands and what comes next), [`cases`]
//! (bundles to look at, with their histories), [`round`] and [`plan`] (the contests that follow, prefilled as a
//! [`proposal`]), [`enrol`] (new devices).
//!
//! This room refuses to know the server's keys, and trusts nothing the server says that the log does not show.

pub mod cases;
pub mod desk;
pub mod doors;
pub mod draft;
pub mod enrol;
pub mod error;
pub mod event;
pub mod founding;
pub mod home;
pub mod meaning;
pub mod papers;
pub mod plan;
pub mod proposal;
pub mod record;
pub mod round;
pub mod standing;

pub use error::CommitteeError;
