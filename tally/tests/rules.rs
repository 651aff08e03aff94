//! The rules of protocol §4, row by row: who may say what and when, and what becomes of everything else.

#[path = "rules/bundles.rs"]
mod bundles;
#[path = "rules/chains.rs"]
mod chains;
mod forge;
#[path = "rules/keys.rs"]
mod keys;
#[path = "rules/phases.rs"]
mod phases;
#[path = "rules/refusals.rs"]
mod refusals;
#[path = "rules/set_aside.rs"]
mod set_aside;
