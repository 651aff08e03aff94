//! Witnesses over HTTP, by real processes: ours answers as C2SP tlog-witness says and never cosigns two histories; a server
//! gets its quorum from it or from other people's, and no witness, however slow or wrong, keeps a table waiting.
#![cfg(unix)]

mod guard;
mod kills;
mod pushing;
mod statuses;
mod strangers;
mod trouble;
