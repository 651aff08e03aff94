//! How one party of the hall gets to another, and knows whom it has reached: the event ticket, TLS 1.3 by the parties'
//! own keys, the hall's server found on the local network (protocol §2).
//!
//! Read in this order: [`Ticket`] (what is trusted), [`certificate`] (a key as TLS wants it), [`client`] and [`server`]
//! (the two ends of a connection), [`call`] (a hall that calls out), [`finder`] (no address typed), [`enrol`] (a new device
//! shows its key), with [`Code`] (what lets it ask) and [`Fingerprint`] (what people compare aloud), [`web`] and
//! [`hearsay`] (what others show over HTTP).
//!
//! No certificate authority, no expiry, no session: who you are is the key you hold. This room refuses to know what a
//! key may do; the event's log says that at each call.

pub mod call;
pub mod certificate;
pub mod client;
mod code;
pub mod enrol;
pub mod finder;
mod fingerprint;
pub mod hearsay;
pub mod server;
mod ticket;
pub mod web;

pub use client::{DialError, dial};
pub use code::{Code, CodeError};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use server::{Handshake, Peer};
pub use ticket::{Address, Ticket, TicketError};
pub use web::WebUrl;
