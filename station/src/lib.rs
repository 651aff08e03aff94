//! The counting table (bàn kiểm phiếu): reads papers, adds bundles up, signs what it counted into its own journal, and
//! sends it until a verified receipt has come back.
//!
//! Reading order: [`ballots`] → [`sheet`] → [`ledger`] → [`outbox`] → [`uplink`] → [`receipt`] → [`rising`]; [`table`] joins them.
//! "Saved" is said only after the journal has it on the disk, "received" only after the proof was verified. This room
//! refuses to know the figures of other tables, and trusts nothing of the server but what its ticket proves.

pub mod ballots;
pub mod contest;
pub mod error;
pub mod event;
pub mod gossip;
pub mod home;
pub mod ledger;
pub mod link;
pub mod outbox;
pub mod patience;
pub mod receipt;
mod record;
pub mod rising;
pub mod sheet;
pub mod status;
pub mod table;
pub mod uplink;

pub use error::{Class, MismatchedBundle, StationError};
pub use home::Home;
pub use ledger::Ledger;
