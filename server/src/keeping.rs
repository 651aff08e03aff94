//! What an operator says about keeping the events, what is made sure of before one is served, and the sentences of a server
//! that takes nothing. It refuses to know groups.

use crate::{
    error::ServerError,
    guard::{self, Guard, Standing},
    home::EventHome,
    mirror::SecondJournal,
    store::Store,
};
use std::{fmt, path::PathBuf};
use tally::{Replay, Sid};

/// What an operator says at the start about keeping the events.
#[derive(Clone, Debug, Default)]
pub struct Keeping {
    /// The second journal.
    pub second: SecondJournal,
    /// Files with checkpoints that somebody has seen: remembered by an observer, or in a table's receipt.
    pub seen: Vec<PathBuf>,
}

/// The server takes nothing; serving goes on.
#[derive(Clone, Debug)]
pub(crate) enum Halted {
    /// For now: there is no room on a disk.
    NoRoom(String),
    /// For now: it was restored, and nobody has said yet that nothing is missing.
    NotReleased(String),
    /// For good.
    ForGood(String),
}

/// Makes sure, before anything is served, that this server is the one of the event: its second journal is in place and at
/// the same end, and nobody has seen more than it has.
pub(crate) fn secure(
    home: &EventHome,
    store: &mut Store,
    replay: &Replay,
    guard: &Guard,
    keeping: &Keeping,
) -> Result<(), ServerError> {
    let manifest = replay.count.manifest();
    let log = manifest.map(|m| &m.log).expect("a journal that was replayed begins with its manifest");
    let attached = store.keep_twice(home, &keeping.second, log);
    if let Err(ServerError::Halted(halt)) = &attached {
        guard.halt(halt.clone());
    }
    attached?;
    guard.reread()?;
    if let Some(witnessed) = crate::noticeboard::read(&home.witnessed())
        && let Ok((seen, _)) = guard.read(witnessed.as_bytes())
        && replay.tree.root_at(seen.size) != Some(seen.root)
    {
        let (path, own) = (home.journal(), replay.tree.size());
        let why = format!("witnesses have cosigned {} entries, and the journal has {own} or others", seen.size);
        return Err(ServerError::Inconsistent { path, why });
    }
    for path in &keeping.seen {
        // The checkpoint of another event says nothing about this one.
        let Ok((seen, note)) = guard.read(&guard::from_file(path)?) else { continue };
        // A log that lacks it is served for reading and signs nothing: everybody can see how far it goes.
        let _ = guard.judge(&replay.tree, &seen, note);
    }
    if let Standing::Restored(size) = guard.standing() {
        tracing::warn!(event = %home.event, size, "not released: no note is taken until `kiemphieu server release`");
    }
    Ok(())
}

/// The senders keep their notes.
pub(crate) fn no_room(why: impl fmt::Display) -> Halted {
    Halted::NoRoom(format!(
        "ổ đĩa máy chủ đầy, chưa ghi gì — the disk of the server is full and nothing was kept: {why}"
    ))
}

/// The same, but the first journal has the group: it is acknowledged when the second has it.
pub(crate) fn not_in_both(why: impl fmt::Display) -> Halted {
    Halted::NoRoom(format!(
        "đĩa thứ hai của máy chủ đầy, chưa xác nhận gì — the second disk of the server is full and nothing is \
         acknowledged; send it again: {why}"
    ))
}

/// What a restored server says.
pub(crate) fn not_released(event: Sid, size: u64) -> String {
    format!(
        "máy chủ này mở lại với {size} mục từ bản sao hoặc không có nhật ký thứ hai, chưa nhận gì — this server goes on from a \
         backup, or without its second journal, with {size} entries and takes nothing yet; its operator compares with tables and witnesses and types: kiemphieu \
         server release --event {event} --size N"
    )
}
