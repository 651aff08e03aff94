//! The arguments with which every client finds its server: the event ticket, and where the server is at the moment.

use clap::Args;
use door::{Address, Ticket};

/// How to find the server of an event.
#[derive(Args, Clone, Debug)]
pub struct Way {
    /// The event ticket, its line or a file with it; needed at the first use, then the folder remembers it
    #[arg(long, value_name = "TICKET", value_parser = Ticket::read)]
    pub ticket: Option<Ticket>,
    /// Where the server is now, in place of the ticket's addresses; may be repeated
    #[arg(long = "server", value_name = "HOST:PORT")]
    pub servers: Vec<Address>,
}

impl Way {
    /// The ticket, for this moment's addresses.
    #[must_use]
    pub fn of(&self, ticket: &Ticket) -> Ticket {
        ticket.clone().at(self.servers.clone())
    }
}
