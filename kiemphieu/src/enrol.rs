//! A new device shows its key to the organisers: what the `enrol` commands of tables, members and observers share. It
//! refuses to know where a role keeps its key.

use crate::{
    data,
    exit::{Exit, Failure},
    words,
};
use clap::Args;
use door::{
    Address, Code, DialError, Fingerprint, Ticket,
    enrol::{EnrolError, deposit},
};
use std::sync::Arc;
use tlog::{SigningKey, VerifierKey};

/// What a new device is given, and how it answers.
#[derive(Args, Clone, Debug)]
pub struct Arrival {
    /// The event ticket: its line, or a file with it
    #[arg(value_name = "TICKET", value_parser = Ticket::read)]
    ticket: Ticket,
    /// Where the server is now, in place of the ticket's addresses; may be repeated
    #[arg(long = "server", value_name = "HOST:PORT")]
    servers: Vec<Address>,
    /// Ask for a PIN for a key that is made now; then every command with it asks for it
    #[arg(long)]
    pub pin: bool,
    /// Answer in JSON on standard output, a line for each key
    #[arg(long)]
    json: bool,
}

impl Arrival {
    /// The ticket as it was given.
    #[must_use]
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Whether the server of the ticket is there: before that no key is made, and nothing is said of a code.
    ///
    /// # Errors
    /// Nobody is there, or somebody else.
    pub async fn find(&self) -> Result<(), DialError> {
        door::dial(&self.here(), None).await.map(|_| ())
    }

    /// Deposits keys, each with its code, over a connection that proves `own`; then says what is read aloud.
    ///
    /// # Errors
    /// As [`deposit`].
    pub async fn show(&self, own: &Arc<SigningKey>, keys: &[(VerifierKey, Code)]) -> Result<(), EnrolError> {
        for ((key, _), fingerprint) in keys.iter().zip(deposit(&self.here(), own, keys).await?) {
            let short = key.name().strip_prefix(self.ticket.origin()).and_then(|rest| rest.strip_prefix('/'));
            self.say(short.unwrap_or(key.name()), key, fingerprint);
        }
        Ok(())
    }

    fn here(&self) -> Ticket {
        self.ticket.clone().at(self.servers.clone())
    }

    fn say(&self, name: &str, key: &VerifierKey, fingerprint: Fingerprint) {
        words!(
            "đã gửi khóa của {name}; đọc to dãy số này cho người của ban tổ chức, họ so rồi mới ghi nhận — the key of {name} is \
             in; read these digits aloud to the organiser, who compares them before letting it in:"
        );
        if self.json {
            let (vkey, fingerprint) = (key.to_string(), fingerprint.to_string());
            data!("{}", serde_json::json!({ "name": name, "fingerprint": fingerprint, "vkey": vkey }));
        } else {
            data!("{fingerprint}");
        }
    }
}

impl From<EnrolError> for Failure {
    fn from(error: EnrolError) -> Self {
        let exit = match &error {
            EnrolError::Dial(_) | EnrolError::Unanswered(_) => Exit::Network,
            EnrolError::NotHere(_) => Exit::Input,
            EnrolError::Refused(_) => Exit::Key,
        };
        Self::new(exit, error)
    }
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        Self::new(Exit::Network, error)
    }
}
