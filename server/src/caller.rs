//! Who calls: the key of the connection, as the event's log knows it at this moment, and which doors it opens
//! (protocol §2 and §6). It refuses to know what is asked.
//!
//! | caller | hands in, asks heads | reads | cosigns | cases, drafts | refuses drafts | invites |
//! |---|---|---|---|---|---|---|
//! | no key, unknown, revoked | – | what is public | – | – | – | – |
//! | station | yes, heads of its own | what concerns all tables, and its own | – | – | – | – |
//! | observer | – | everything | yes | yes | – | – |
//! | board member | yes | everything | yes | yes | yes | – |
//! | organiser | yes | everything | yes | yes | yes | yes |

use crate::event::Event;
use tally::{Statement, StationId, count::Role, statement::Link};
use tonic::{Request, Status};

/// Who calls, by the key that the TLS handshake proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The public key, if one was shown.
    pub(crate) key: Option<[u8; 32]>,
    /// The name and role under which the event's log knows that key, if it does and it is not revoked.
    pub(crate) holder: Option<(Box<str>, Role)>,
    /// The log knows the key, and it was revoked.
    pub(crate) is_revoked: bool,
}

/// Somebody who signs statements and may hand in anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// A counting table.
    Table(StationId),
    /// A board member or an organiser.
    Desk,
}

/// What a caller may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// What is public.
    Public,
    /// What concerns all tables, and what is its own.
    Table(StationId),
    /// Everything: organisers, board, observers.
    Accredited,
}

impl Caller {
    /// Whoever sent this request, judged by the log of that event at this moment.
    pub(crate) fn of<T>(request: &Request<T>, event: &Event) -> Self {
        let key = request.extensions().get::<door::Peer>().and_then(|peer| peer.key);
        Self::with_key(key, event)
    }

    /// Whoever holds this key.
    pub(crate) fn with_key(key: Option<[u8; 32]>, event: &Event) -> Self {
        let published = event.published();
        let known = key.and_then(|key| published.keys.holder_of(&key));
        Self {
            key,
            holder: known.filter(|h| h.revoked.is_none()).map(|h| (h.key.name().into(), h.role)),
            is_revoked: known.is_some_and(|h| h.revoked.is_some()),
        }
    }

    /// The role in force, if the caller has one.
    pub(crate) fn role(&self) -> Option<Role> {
        self.holder.as_ref().map(|(_, role)| *role)
    }

    /// What the caller may read.
    pub(crate) fn reader(&self) -> Reader {
        match self.role() {
            Some(Role::Organiser | Role::Board | Role::Observer) => Reader::Accredited,
            Some(Role::Station(station)) => Reader::Table(station),
            Some(Role::Log | Role::Tally | Role::Witness) | None => Reader::Public,
        }
    }

    /// Somebody who signs: a table, a board member, an organiser.
    pub(crate) fn signer(&self) -> Result<Signer, Status> {
        match self.role() {
            Some(Role::Station(station)) => Ok(Signer::Table(station)),
            Some(Role::Board | Role::Organiser) => Ok(Signer::Desk),
            _ => Err(self.refused("tables, board members and organisers")),
        }
    }

    /// A board member or an organiser.
    pub(crate) fn desk(&self) -> Result<&str, Status> {
        match &self.holder {
            Some((name, Role::Board | Role::Organiser)) => Ok(name),
            _ => Err(self.refused("board members and organisers")),
        }
    }

    /// An organiser.
    pub(crate) fn organiser(&self) -> Result<&str, Status> {
        match &self.holder {
            Some((name, Role::Organiser)) => Ok(name),
            _ => Err(self.refused("organisers")),
        }
    }

    /// Somebody who may read everything.
    pub(crate) fn accredited(&self) -> Result<(), Status> {
        match self.reader() {
            Reader::Accredited => Ok(()),
            Reader::Public | Reader::Table(_) => Err(self.refused("board members, organisers and observers")),
        }
    }

    /// What whoever is not among these is told.
    pub(crate) fn refused(&self, whom: &str) -> Status {
        match &self.holder {
            Some((name, _)) => Status::permission_denied(format!("this door is for {whom}; you called as {name}")),
            None if self.is_revoked => {
                Status::unauthenticated(format!("this key was revoked; this door is for {whom}: ask an organiser"))
            }
            None if self.key.is_some() => Status::unauthenticated(format!(
                "this key is not in the event's log; this door is for {whom}: enrol it with a code from an organiser"
            )),
            None => Status::unauthenticated(format!("no key was shown; this door is for {whom}")),
        }
    }
}

impl Reader {
    /// Whether this reader may see an entry whoever signed it, before it is public.
    pub(crate) fn may_see(self, statement: &Statement) -> bool {
        let Self::Table(station) = self else { return self == Self::Accredited };
        match (statement.link(), statement) {
            (Link::Station { station: of, .. }, _) => of == station,
            (_, Statement::Manifest(_) | Statement::Board(_) | Statement::Key(_) | Statement::Revoke(_)) => true,
            (_, Statement::Contest(_) | Statement::Papers(_)) => true,
            _ => false,
        }
    }
}
