//! A member's no to a draft. It refuses to know how the member was recognised.

use super::{Drafts, End};
use std::{fmt, sync::Arc, time::Instant};
use tally::{Count, Sid, text::Text};

/// A member's no to a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoToADraft {
    /// The name of the member's key.
    pub(crate) name: Box<str>,
    /// Why, for the other members.
    pub(crate) reason: Text,
}

/// Why somebody's no is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CannotRefuse {
    /// Nothing of that sid waits, as far as the server remembers.
    Unknown,
    /// It waits no more.
    Ended(End),
    /// They have no say in it.
    NotEntitled,
    /// They have signed it.
    HasSigned,
    /// They have said no before, with another reason.
    HasRefused,
}

impl fmt::Display for CannotRefuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "không có bản nháp này — there is no such draft",
            Self::Ended(End::Recorded) => "đã đủ chữ ký và đã ghi — enough members signed; it is recorded",
            Self::Ended(End::Overtaken { .. }) => {
                "đã có văn bản khác ghi trước — another statement overtook it; it can no longer be recorded"
            }
            Self::Ended(End::Expired) => "đã hết hạn — it has expired",
            Self::Ended(End::Refused) => "đã bị từ chối — it is refused already",
            Self::Ended(End::Unsigned) => {
                "không còn chữ ký nào có giá trị — nobody who signed it has a say in it any more"
            }
            Self::NotEntitled => "chỉ người được ký bản nháp mới từ chối được — only who may sign it may refuse it",
            Self::HasSigned => {
                "đã ký rồi thì không từ chối được; để nó hết hạn hoặc ký một văn bản khác — \
                 who has signed it cannot refuse it; let it expire, or sign another statement"
            }
            Self::HasRefused => "đã từ chối trước đó — you have refused it before",
        })
    }
}

impl Drafts {
    /// Takes a member's no; the answer is whether enough others are left who could sign. Said again with the same
    /// reason it changes nothing: the first answer may have been lost.
    ///
    /// # Errors
    /// The draft does not wait, or the no is not theirs to say.
    pub(crate) fn refuse(
        &mut self,
        sid: Sid,
        no: NoToADraft,
        count: &Count,
        now: Instant,
    ) -> Result<bool, CannotRefuse> {
        self.let_expire(now);
        let Some(draft) = self.waiting.get_mut(&sid) else {
            let ended = self.ended.iter().find(|ended| ended.sid == sid);
            return Err(ended.map_or(CannotRefuse::Unknown, |ended| CannotRefuse::Ended(ended.end)));
        };
        let draft = Arc::make_mut(draft);
        let authority = count.authority(&draft.signed.statement).filter(|a| a.has(&no.name));
        let Some(authority) = authority else { return Err(CannotRefuse::NotEntitled) };
        if draft.has_signed(&no.name) {
            return Err(CannotRefuse::HasSigned);
        }
        if let Some(former) = draft.refusals.iter().find(|former| former.name == no.name) {
            return if former.reason == no.reason { Ok(true) } else { Err(CannotRefuse::HasRefused) };
        }
        tracing::info!(event = %self.event, kind = %draft.signed.statement.kind(), by = %no.name, "draft refused");
        draft.refusals.push(no);
        if draft.is_refused(&authority) {
            self.end(sid, End::Refused, now);
            return Ok(false);
        }
        Ok(true)
    }
}
