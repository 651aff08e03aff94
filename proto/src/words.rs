//! The enums of the wire beside those of the hall, value by value. Zero on the wire was never said.

use crate::v1;
use tally::{form, ruling, statement};

/// What an unspecified value of an enum becomes: nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unspecified;

/// Pairs the values of two enums whose variants have the same names.
macro_rules! pairs {
    ($($hall:ty, $wire:ty: $($variant:ident),+;)*) => {$(
        impl From<$hall> for $wire {
            fn from(word: $hall) -> Self {
                match word {
                    $(<$hall>::$variant => Self::$variant),+
                }
            }
        }

        impl TryFrom<$wire> for $hall {
            type Error = Unspecified;

            fn try_from(word: $wire) -> Result<Self, Unspecified> {
                match word {
                    <$wire>::Unspecified => Err(Unspecified),
                    $(<$wire>::$variant => Ok(Self::$variant)),+
                }
            }
        }
    )*};
}

pairs! {
    statement::Language, v1::Language: Vi, En;
    statement::Disclosure, v1::Disclosure: Public, Accredited;
    statement::MemberRole, v1::MemberRole: Head, Deputy, Member, Technician;
    statement::Round, v1::Round: First, Continued, Tie, Repeat;
    statement::BulletinState, v1::BulletinState: Counting, Closed;
    statement::OpenReason, v1::OpenReason: Conflict, Mismatch;
    statement::Kind, v1::StatementKind: Manifest, Board, Key, Revoke, Contest, Papers, Batch, Withdraw, Decide, Settle,
        Close, Reopen, Bulletin, Certify, Minutes, Announce, Annul;
    form::Form, v1::Form: StrikeList, AgreeList, AgreeSingle, Approve;
    form::Reason, v1::Reason: NotIssued, Overvote, Blank, BothBoxes, NoMark, AddedName, IdentifyingMark;
    ruling::Verdict, v1::Verdict: Refused, Repeated, Draft, SetAside, Live, Recorded;
    ruling::Actor, v1::Actor: Nobody, Table, Board, Organisers;
    ruling::BundleState, v1::BundleState: Missing, Waiting, Counted, Conflict, Mismatch, GivenUp, Unsettled;
    ruling::Flag, v1::Flag: Duplicate, Conflict, Lookalike, Serials;
    ruling::Phase, v1::Phase: Counting, Closed, Certified, Announced, Reopened, Annulled;
}
