//! Promises to the hall, kept by real processes over loopback: the program as it is shipped, started as a person would
//! start it. This room refuses to know internals; it reads what the program prints and leaves on the disk.

pub mod chance;
pub mod client;
#[cfg(unix)]
pub mod cosigner;
#[cfg(unix)]
pub mod disk;
pub mod door;
pub mod foe;
pub mod forge;
pub mod golden;
pub mod hall;
pub mod history;
pub mod liar;
pub mod page;
pub mod program;
#[cfg(unix)]
pub mod python;
pub mod relay;
pub mod shift;
pub mod shim;
