//! The arguments with which every client finds its server: the event ticket, and where the server is at the moment; and
//! where others show what they have seen.

use clap::Args;
use door::{Address, Ticket, WebUrl, hearsay, web::Web};
use std::{path::PathBuf, str::FromStr};

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

/// Where somebody else's checkpoints are.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file or folder.
    Path(PathBuf),
    /// Whoever shows them over HTTP.
    Web(WebUrl),
}

impl FromStr for Source {
    type Err = door::web::BadWebUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_web = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        if is_web { text.parse().map(Self::Web) } else { Ok(Self::Path(text.into())) }
    }
}

/// Asks over HTTP as all who hear do: not for long, and not for much.
#[must_use]
pub fn asking() -> Web {
    Web::new(hearsay::ANSWER_MAX, hearsay::ANSWER_BYTES_MAX)
}
