//! What reaches a follower besides its server: the word of others who watch the same log, and a ticket with newer
//! addresses. It refuses to judge: what was heard lies in the home, and the follower is told that there is something.

use crate::{gossip::peer, home::Home};
use door::{Ticket, WebUrl};
use std::sync::Arc;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

/// What a follower listens to besides its server. What was begun for it ends with it.
#[derive(Debug, Default)]
pub struct Around {
    peers: Vec<WebUrl>,
    ticket: Option<watch::Receiver<Ticket>>,
    heard: Arc<Notify>,
    listening: JoinSet<()>,
}

impl Around {
    /// Others who watch are each asked every few seconds what they have seen. A ticket of the same event that comes while
    /// following says where else the server is.
    #[must_use]
    pub fn new(peers: Vec<WebUrl>, ticket: Option<watch::Receiver<Ticket>>) -> Self {
        Self { peers, ticket, ..Self::default() }
    }

    /// From now on the others are asked.
    pub(super) fn listen(&mut self, home: &Home, ticket: &Ticket) {
        let heard = &self.heard;
        for listener in peer::listeners(&self.peers, home, ticket) {
            self.listening.spawn(listener.run(Arc::clone(heard)));
        }
    }

    /// Where the server is to be looked for.
    pub(super) fn ticket(&mut self, first: &Ticket) -> Ticket {
        self.ticket.as_mut().map_or_else(|| first.clone(), |ticket| ticket.borrow_and_update().clone())
    }

    /// Done when others have said something new.
    pub(super) async fn heard(&self) {
        self.heard.notified().await;
    }

    /// Done when the ticket names other addresses than those last looked at.
    pub(super) async fn moved(&self) {
        if let Some(mut ticket) = self.ticket.clone()
            && ticket.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
