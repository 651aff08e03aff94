//! Logs made by forgers who hold every key: nothing that the rules forbid is ever taken for good.

#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod convictions;
mod false_logs;
mod false_records;
mod false_servers;
mod hearsay;
