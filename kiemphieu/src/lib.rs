//! The one program, `kiemphieu <role>`, and the whole hall on one machine.
//!
//! Each role's module only reads arguments, calls the role's room and turns its errors into exit codes ([`exit`]).
//! [`rehearse`] starts every part as its own process and counts real ballots; [`load`] measures intake. This room takes
//! no shortcut around the public doors.

pub mod committee;
pub mod enrol;
pub mod exit;
pub mod key;
pub mod load;
pub mod observer;
pub mod pin;
pub mod process;
pub mod rehearse;
pub mod say;
pub mod server;
pub mod station;
pub mod way;
