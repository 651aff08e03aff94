//! Typed views of statements, there and back without loss: text → statement → wire → statement → text is the same text.
//!
//! What comes in from the wire goes through the constructors of [`tally`], is written as text and parsed from it once
//! more, so that nothing gets through that the grammar would refuse. It refuses to know who signed.

mod bulletin;
mod contest;
mod desk;
mod event;
mod table;

use crate::{
    field::{WireError, needed},
    v1::{self, statement::Kind},
};
use tally::Statement;

impl From<&Statement> for v1::Statement {
    fn from(statement: &Statement) -> Self {
        let kind = match statement {
            Statement::Manifest(s) => Kind::Manifest(s.as_ref().into()),
            Statement::Board(s) => Kind::Board(s.into()),
            Statement::Key(s) => Kind::Key(s.into()),
            Statement::Revoke(s) => Kind::Revoke(s.into()),
            Statement::Contest(s) => Kind::Contest(s.as_ref().into()),
            Statement::Papers(s) => Kind::Papers(s.into()),
            Statement::Batch(s) => Kind::Batch(s.as_ref().into()),
            Statement::Withdraw(s) => Kind::Withdraw(s.into()),
            Statement::Decide(s) => Kind::Decide(s.into()),
            Statement::Settle(s) => Kind::Settle(s.into()),
            Statement::Close(s) => Kind::Close(s.into()),
            Statement::Reopen(s) => Kind::Reopen(s.into()),
            Statement::Bulletin(s) => Kind::Bulletin(s.as_ref().into()),
            Statement::Certify(s) => Kind::Certify(s.into()),
            Statement::Minutes(s) => Kind::Minutes(s.as_ref().into()),
            Statement::Announce(s) => Kind::Announce(s.into()),
            Statement::Annul(s) => Kind::Annul(s.into()),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<v1::Statement> for Statement {
    type Error = WireError;

    /// Reads a typed statement.
    ///
    /// # Errors
    /// The first field that its type does not take; or, when all fields are right, the line of the text they make.
    fn try_from(wire: v1::Statement) -> Result<Self, WireError> {
        let statement = match needed("kind", wire.kind)? {
            Kind::Manifest(s) => Self::Manifest(Box::new(s.try_into()?)),
            Kind::Board(s) => Self::Board(s.try_into()?),
            Kind::Key(s) => Self::Key(s.try_into()?),
            Kind::Revoke(s) => Self::Revoke(s.try_into()?),
            Kind::Contest(s) => Self::Contest(Box::new(s.try_into()?)),
            Kind::Papers(s) => Self::Papers(s.try_into()?),
            Kind::Batch(s) => Self::Batch(Box::new(s.try_into()?)),
            Kind::Withdraw(s) => Self::Withdraw(s.try_into()?),
            Kind::Decide(s) => Self::Decide(s.try_into()?),
            Kind::Settle(s) => Self::Settle(s.try_into()?),
            Kind::Close(s) => Self::Close(s.try_into()?),
            Kind::Reopen(s) => Self::Reopen(s.try_into()?),
            Kind::Bulletin(s) => Self::Bulletin(Box::new(s.try_into()?)),
            Kind::Certify(s) => Self::Certify(s.try_into()?),
            Kind::Minutes(s) => Self::Minutes(Box::new(s.try_into()?)),
            Kind::Announce(s) => Self::Announce(s.try_into()?),
            Kind::Annul(s) => Self::Annul(s.try_into()?),
        };
        // A free string of a field must not smuggle in another line: what is signed is what was sent.
        if Self::parse(&statement.text())? == statement { Ok(statement) } else { Err(WireError::Differs) }
    }
}
