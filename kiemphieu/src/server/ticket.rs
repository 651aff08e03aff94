//! `kiemphieu server ticket`: the one line that tables, members and observers are handed, on paper as a QR code.

use crate::exit::{Exit, Failure, Outcome};
use crate::{data, words};
use clap::Args;
use door::Address;
use server::{EventHome, Home};
use std::path::PathBuf;
use tally::Sid;

/// Which event, and where its server will be.
#[derive(Args, Debug)]
pub struct TicketArguments {
    /// Folder of this server
    #[arg(long, default_value = "server")]
    home: PathBuf,
    /// The event, where the server has several
    #[arg(long, value_name = "SID")]
    event: Option<Sid>,
    /// An address of the server, then the spare's; without any it is found on the local network
    #[arg(long = "address", value_name = "HOST:PORT")]
    addresses: Vec<Address>,
    /// Draw the QR code in the terminal as well
    #[arg(long)]
    qr: bool,
    /// Write the QR code as an SVG image, to be printed
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Answer in JSON on stdout
    #[arg(long)]
    json: bool,
}

/// Prints the ticket.
///
/// # Errors
/// There is no such event, or the image cannot be written.
pub(super) fn run(arguments: TicketArguments) -> Outcome {
    let event = chosen(&arguments)?;
    let ticket = event.ticket(arguments.addresses)?;
    if arguments.json {
        let addresses: Vec<String> = ticket.addresses.iter().map(ToString::to_string).collect();
        data!(
            "{}",
            serde_json::json!({
                "ticket": ticket.to_string(), "event": ticket.event.to_string(), "addresses": addresses,
                "svg": arguments.svg,
            })
        );
    } else {
        data!("{ticket}");
    }
    if arguments.qr {
        words!("{}", ticket.qr_terminal());
    }
    if let Some(file) = arguments.svg {
        std::fs::write(&file, ticket.qr_svg()).map_err(|e| {
            let file = file.display();
            Failure::new(Exit::Disk, format!("không ghi được {file} — {file} cannot be written: {e}"))
        })?;
    }
    Ok(())
}

fn chosen(arguments: &TicketArguments) -> Result<EventHome, Failure> {
    let here = Home::new(&arguments.home).events()?;
    let sids: Vec<String> = here.iter().map(|event| event.event.to_string()).collect();
    let place = arguments.home.display();
    let mut fitting = here.into_iter().filter(|event| arguments.event.is_none_or(|wanted| wanted == event.event));
    match (fitting.next(), fitting.next()) {
        (Some(event), None) => Ok(event),
        (Some(_), Some(_)) => {
            let sids = sids.join(", ");
            let sentence = format!(
                "{place} có nhiều sự kiện, hãy chọn bằng --event: {sids} — {place} has several events, choose with --event: {sids}"
            );
            Err(Failure::new(Exit::Trouble, sentence))
        }
        (None, _) => {
            let sentence = match arguments.event {
                Some(event) => format!("{place} không có sự kiện {event} — {place} has no event {event}"),
                None => format!("{place} chưa có sự kiện nào — there is no event in {place}: `kiemphieu server found`"),
            };
            Err(Failure::new(Exit::Trouble, sentence))
        }
    }
}
