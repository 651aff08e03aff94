//! The drafts of an event as they go out: what waits, and what ended lately. It refuses to know who may see them.

use crate::draft::{AGE_MAX, Draft, Drafts, End, Ended, NoToADraft};
use bytes::Bytes;
use proto::{entry::hash_to_wire, v1, wire_bytes};
use std::time::Instant;

/// Kept free in a list of drafts, for what surrounds it.
const LIST_BYTES_SPARE: usize = 64 << 10;

/// What waits and what ended, as far as it fits one message: first the texts, which are what members read.
pub(super) fn list(drafts: &mut Drafts, now: Instant) -> v1::ListDraftsResponse {
    let mut answer = v1::ListDraftsResponse::default();
    let mut room = proto::MESSAGE_OUT_BYTES_MAX - LIST_BYTES_SPARE;
    // A field of a message costs its tag and its length besides.
    let mut fits = |bytes: usize| {
        let left = room.checked_sub(bytes.saturating_add(8));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let waiting = drafts.waiting(now);
    answer.drafts = waiting.iter().map(|d| draft_of(d, now)).take_while(|d| fits(wire_bytes(d))).collect();
    answer.ended = drafts.ended().map(|e| ended_of(e, now)).take_while(|e| fits(wire_bytes(e))).collect();
    for (draft, wire) in waiting.iter().zip(&mut answer.drafts) {
        let typed = v1::Statement::from(&draft.signed.statement);
        wire.statement = fits(wire_bytes(&typed)).then_some(typed);
    }
    answer
}

fn draft_of(draft: &Draft, now: Instant) -> v1::Draft {
    let age = now.saturating_duration_since(draft.since);
    v1::Draft {
        text: draft.signed.note.text().to_owned(),
        sid: hash_to_wire(&draft.signed.sid),
        statement: None,
        signers: draft.signed.signers.iter().map(ToString::to_string).collect(),
        threshold: draft.threshold as u64,
        age_seconds: age.as_secs(),
        left_seconds: AGE_MAX.saturating_sub(age).as_secs(),
        refusals: draft.refusals.iter().map(refusal_of).collect(),
    }
}

fn refusal_of(no: &NoToADraft) -> v1::Refusal {
    v1::Refusal { name: no.name.to_string(), reason: no.reason.to_string() }
}

fn ended_of(ended: &Ended, now: Instant) -> v1::EndedDraft {
    let end = match ended.end {
        End::Recorded => v1::DraftEnd::Recorded,
        End::Overtaken { .. } => v1::DraftEnd::Overtaken,
        End::Expired => v1::DraftEnd::Expired,
        End::Refused => v1::DraftEnd::Refused,
        End::Unsigned => v1::DraftEnd::Unsigned,
    };
    let by = if let End::Overtaken { by } = &ended.end { hash_to_wire(by) } else { Bytes::new() };
    v1::EndedDraft {
        sid: hash_to_wire(&ended.sid),
        kind: v1::StatementKind::from(ended.kind).into(),
        contest: ended.contest.map(|id| id.to_string()),
        end: end.into(),
        by,
        signers: ended.signers.iter().map(ToString::to_string).collect(),
        refusals: ended.refusals.iter().map(refusal_of).collect(),
        ago_seconds: now.saturating_duration_since(ended.at).as_secs(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

    use super::*;
    use std::time::Duration;
    use tally::{Sid, SignedStatement};

    /// The largest statement there is, told from others by its number.
    fn large(number: usize) -> SignedStatement {
        let bundles: String = (0..2_300).map(|n| format!("bundle b{n:015} 5 -\n")).collect();
        let (zeros, collected) = (Sid::ZERO, 2_300 * 5);
        let text = format!(
            "kiemphieu/v1/papers\nelection {zeros}\nprev {zeros}\ncontest c01\nreceived {number}\nissued 0\nunused 0\n\
             spoiled 0\ncollected {collected}\n{bundles}\n— hall.example/board/k{:02} AAAAAAA=\n",
            number / 16
        );
        SignedStatement::reread(text.as_bytes()).unwrap()
    }

    #[test]
    fn every_draft_that_waits_is_listed_in_one_message() {
        let now = Instant::now();
        let mut drafts = Drafts::of(Sid::ZERO);
        let kept =
            (0..).take_while(|n| drafts.keep(large(*n), 2, now + Duration::from_secs(*n as u64)).is_ok()).count();
        assert_eq!(kept, 32, "as many of the largest as there is room for");
        let answer = list(&mut drafts, now + Duration::from_secs(60));
        assert!(wire_bytes(&answer) <= proto::MESSAGE_OUT_BYTES_MAX, "{} bytes", wire_bytes(&answer));
        assert_eq!(answer.drafts.len(), kept);
        assert!(answer.drafts.is_sorted_by_key(|d| std::cmp::Reverse(d.age_seconds)), "the oldest first");
        let first = &answer.drafts[0];
        assert!(first.statement.is_some(), "typed as well, as long as there is room");
        assert_eq!(first.age_seconds + first.left_seconds, AGE_MAX.as_secs());
        let answer = list(&mut drafts, now + AGE_MAX + Duration::from_secs(60));
        assert_eq!((answer.drafts.len(), answer.ended.len()), (0, 32));
        assert_eq!(answer.ended[0].end(), v1::DraftEnd::Expired);
    }
}
