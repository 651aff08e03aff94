//! The arguments of enrolment: of a member's own machine, and of the organisers who let new devices in.

use super::{Hall, Hands, ReadArgs};
use crate::enrol::Arrival;
use ::committee::founding::Person;
use clap::Args;
use door::{Code, Fingerprint};
use std::path::PathBuf;
use tally::text::Text;

/// Arguments of `enrol`.
#[derive(Debug, Args)]
pub struct EnrolArgs {
    #[command(flatten)]
    pub(in crate::committee) arrival: Arrival,
    /// The one-time code an organiser gave you, 8 digits
    pub(in crate::committee) code: Code,
    /// Who you are: k1 for a board member, organiser/o4 for an organiser
    #[arg(long, value_name = "ID", value_parser = person)]
    pub(in crate::committee) id: Person,
    /// Your folder on this machine
    #[arg(long, value_name = "DIR", default_value = "committee")]
    pub(in crate::committee) home: PathBuf,
}

/// Arguments of `invite`.
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// station/s04, board/k1, observer/tinh, organiser/o4, or the whole name of a witness
    pub(in crate::committee) name: String,
    #[command(flatten)]
    pub(in crate::committee) read: ReadArgs,
    /// Draw the event ticket as a QR code as well
    #[arg(long)]
    pub(in crate::committee) qr: bool,
}

/// Arguments of `admit`.
#[derive(Debug, Args)]
pub struct AdmitArgs {
    /// The name it was invited under
    pub(in crate::committee) name: String,
    /// What is read aloud at the device, six groups of five digits; without it you are asked
    #[arg(long, value_name = "DIGITS")]
    pub(in crate::committee) fingerprint: Option<Fingerprint>,
    /// What the table or the person is called; default: as the home's event.toml calls the table
    #[arg(long)]
    pub(in crate::committee) title: Option<Text>,
    #[command(flatten)]
    pub(in crate::committee) hall: Hall,
    #[command(flatten)]
    pub(in crate::committee) hands: Hands,
}

/// Mostly a board member, who has no need to say so.
fn person(typed: &str) -> Result<Person, String> {
    match typed.parse() {
        Ok(id) => Ok(Person::Board(id)),
        Err(_) => typed.parse(),
    }
}
