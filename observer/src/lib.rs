//! A remote witness: somebody far away who trusts the sid of an event and nothing else (protocol §7).
//!
//! Read in this order: [`verdict`] (what can be said), [`audit`] (the checks), [`folder`] (a copied folder),
//! [`results`] and [`expected`] (what it adds up to), [`home`] (what is remembered), [`client`] and [`remote`] (the same
//! over the wire), [`follow`] (live, cosigning), [`province`] (many events, each a row), [`promise`] and [`witness`] (cosigning over HTTP), [`export`] (a folder for
//! somebody else), [`mirror`] (a folder that grows with the log), [`relay`] (a switchboard for halls that nobody can reach),
//! [`gossip`] (what others have seen), [`evidence`] (what convicts a key of the server before strangers).
//!
//! This room refuses to know any private thing: it reads what is published and repeats every ruling itself.

#![allow(clippy::result_large_err, reason = "a finding ends an audit: it is made once")]

pub mod audit;
pub mod client;
pub mod error;
pub mod evidence;
pub mod expected;
pub mod export;
pub mod folder;
pub mod follow;
pub mod gossip;
pub mod home;
pub mod mirror;
pub mod promise;
pub mod province;
pub mod relay;
pub mod remote;
pub mod results;
pub mod tickets;
pub mod twice;
pub mod verdict;
pub mod witness;

pub use audit::Audit;
pub use client::Server;
pub use error::{ObserverError, Trouble};
pub use evidence::{Charge, Evidence};
pub use expected::{Difference, compare};
pub use follow::{Around, Follow, News, Seen};
pub use gossip::Hearing;
pub use home::Home;
pub use province::Province;
pub use results::Results;
pub use twice::Twice;
pub use verdict::{Finding, Report, Verdict};
pub use witness::Witness;
