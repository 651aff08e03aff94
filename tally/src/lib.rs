//! The regulation in code: what may be said about an election, what of it counts, and who is elected.
//!
//! Read in this order: [`statement`] (what people sign), [`ballot`] (one paper), [`figures`] (one bundle),
//! [`count`] (what the log adds up to), [`profile`] and [`outcome`] (who is elected), [`bulletin`] (what may be shown).
//!
//! Everything here is a pure function of what it is given. This room refuses to know bytes on a wire, files and time;
//! the same code runs at the tables, at the server, with the committee and with every observer.

#![warn(clippy::arithmetic_side_effects)]

pub mod ballot;
pub mod bulletin;
pub mod code;
pub mod count;
pub mod decided;
pub mod figures;
pub mod form;
pub mod grounds;
pub mod id;
pub mod line;
pub mod outcome;
pub mod profile;
pub mod reconcile;
pub mod replay;
pub mod ruling;
pub mod signed;
pub mod statement;
pub mod text;
pub mod twice;
pub mod watch;
pub mod written;

pub use code::Code;
pub use count::Count;
pub use decided::Decided;
pub use figures::{Figures, Marks, Papers, Votes};
pub use form::{Form, Reason};
pub use id::{BoardId, BundleId, CandidateNo, ContestId, Id, MemberId, Sid, StationId};
pub use replay::{Mismatch, Replay};
pub use ruling::Ruling;
pub use signed::SignedStatement;
pub use statement::{Kind, Statement};
pub use twice::Twice;
