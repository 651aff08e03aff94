//! The rules of protocol §4, row by row: who may say what and when, and what becomes of everything else.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod forge;

#[path = "rules/asked.rs"]
mod asked;
#[path = "rules/bundles.rs"]
mod bundles;
#[path = "rules/chains.rs"]
mod chains;
#[path = "rules/desk.rs"]
mod desk;
#[path = "rules/fitness.rs"]
mod fitness;
#[path = "rules/history.rs"]
mod history;
#[path = "rules/keys.rs"]
mod keys;
#[path = "rules/phases.rs"]
mod phases;
#[path = "rules/refusals.rs"]
mod refusals;
#[path = "rules/set_aside.rs"]
mod set_aside;
#[path = "rules/twice.rs"]
mod twice;
