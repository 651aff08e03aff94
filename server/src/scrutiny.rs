//! A journal judged as an observer would judge it: every signature, every ruling, and every checkpoint that the server
//! signed over them. Takeover, backup, restore and `server check` believe nothing less. It refuses to know why it is
//! asked, and where the journal lies.

use journal::Group;
use std::sync::Arc;
use tally::{Replay, Sid, profile::Rulebook};
use tlog::{Checkpoint, Note};

/// What a long reading tells on its way: entries read so far.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// A journal read so far.
pub(crate) struct Scrutiny<'a> {
    /// What its entries add up to.
    pub(crate) replay: Replay,
    /// Its newest checkpoint.
    pub(crate) head: Option<Note>,
    event: Sid,
    progress: Progress<'a>,
}

impl<'a> Scrutiny<'a> {
    /// Nothing read yet of the journal of that event.
    pub(crate) fn new(event: Sid, rules: Arc<Rulebook>, progress: Progress<'a>) -> Self {
        Self { replay: Replay::with_rules(rules), head: None, event, progress }
    }

    /// Entries so far.
    pub(crate) fn size(&self) -> u64 {
        self.replay.count.size()
    }

    /// Takes the next group in.
    ///
    /// # Errors
    /// What an honest server would not have written, as a clause.
    pub(crate) fn group(&mut self, group: &Group) -> Result<(), String> {
        let (checkpoint, notes) = group.records.split_last().ok_or("a group without a checkpoint")?;
        for note in notes {
            let s = self.replay.verify(note).map_err(|mismatch| mismatch.to_string())?;
            if self.size() == 1 && s.sid != self.event {
                return Err(format!("it is the journal of the event {}", s.sid));
            }
        }
        let manifest = self.replay.count.manifest().ok_or("it does not begin with a manifest")?;
        let note = Note::parse(checkpoint).map_err(|e| format!("the checkpoint behind entry {}: {e}", self.size()))?;
        let signed = Checkpoint::open(&note, &manifest.log).map_err(|e| format!("at {} entries: {e}", self.size()))?;
        if (signed.size, signed.root) != (self.replay.tree.size(), self.replay.tree.root()) {
            return Err(format!("the checkpoint behind entry {} is of other entries", self.size()));
        }
        self.head = Some(note);
        let size = self.size();
        (self.progress)(size);
        Ok(())
    }
}
