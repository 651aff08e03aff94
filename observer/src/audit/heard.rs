//! Checkpoints that others have seen, against this log: a server that shows each its own log cannot keep the two apart for
//! longer than two of its readers do. It refuses to know who they are; the log key has signed every one of them.

use super::{Audit, checkpoint::two_histories};
use crate::{
    evidence::Beginning,
    verdict::{Finding, Verdict},
};
use tlog::{Checkpoint, Note, Tree};

impl Audit {
    /// Holds what others have seen against the log of `found`, whose leaves are `tree`. The answer is the reason why the
    /// verdict is not OK, if others have seen more than that.
    ///
    /// # Errors
    /// The log key has signed two things.
    pub fn check_heard(&self, heard: &[Note], found: &Note, tree: &Tree) -> Result<Option<Finding>, Finding> {
        let now = self.open_checkpoint(found)?;
        let mut opened: Vec<(Checkpoint, &Note)> = Vec::with_capacity(heard.len());
        for note in heard {
            // What the log key has not signed says nothing about it.
            opened.extend(self.open_checkpoint(note).ok().map(|checkpoint| (checkpoint, note)));
        }
        opened.sort_by_key(|(checkpoint, _)| checkpoint.size);
        for pair in opened.windows(2) {
            let [(one, first), (other, second)] = pair else { continue };
            if one.size == other.size && one.root != other.root {
                return Err(two_histories([first, second], [one.size, other.size], None));
            }
        }
        for (seen, note) in opened.iter().filter(|(seen, _)| seen.size <= now.size) {
            self.check_same_size(note, found)?;
            if tree.root_at(seen.size).is_some_and(|root| root != seen.root) {
                let beginning = Beginning::of(tree, seen.size, now.size);
                return Err(two_histories([note, found], [seen.size, now.size], beginning));
            }
        }
        Ok(opened.last().filter(|(seen, _)| seen.size > now.size).map(|(seen, _)| shows_less(now.size, seen.size)))
    }
}

/// The server shows less than others have seen: it is behind, was restored from an old copy, or hides something.
pub(crate) fn shows_less(shown: u64, seen: u64) -> Finding {
    let vi =
        format!("máy chủ cho xem {shown} mục, người khác đã thấy {seen} mục do chính nó ký; kiểm lại khi nó đưa đủ");
    let en = format!(
        "the server shows {shown} entries, others have seen {seen} that it signed; check again when it shows them"
    );
    Finding::new(Verdict::Provisional, "V-SHOWS-LESS", "size", vi, en).in_file("checkpoint")
}
