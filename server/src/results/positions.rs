//! The positions that screens and observers are told of: each is made and signed once for all of them, at most four times
//! a second. It refuses to know who watches.

use super::{Posted, note_of, posted, read, shown};
use crate::{caller::Reader, desk::Desk, event::Event};
use proto::v1;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tally::{ContestId, Sid, ruling::Phase, statement::Bulletin};
use tlog::Hash;
use tokio::sync::watch::{Receiver, Sender};
use tonic::Status;

/// A screen is told of a change at most so often.
const PAUSE: Duration = Duration::from_millis(250);

/// How a contest stands, as it is told.
pub(super) struct Position {
    /// The bulletin with what surrounds it.
    pub(super) answer: v1::WatchBulletinsResponse,
    /// The size it speaks of; a later one speaks of more.
    pub(super) size: u64,
    /// What a screen would show.
    pub(super) shown: Bulletin,
    /// Whether everybody may see it now.
    is_open: bool,
    /// What it was made of.
    made_of: MadeOf,
}

/// Figures, and the bulletin of a close: while both stand, so does the position.
type MadeOf = (Option<Bulletin>, Option<Sid>);

/// All contests of an event.
pub(super) type Positions = Arc<BTreeMap<ContestId, Arc<Position>>>;

impl Position {
    pub(super) fn may_show(&self, reader: Reader) -> bool {
        self.is_open || reader == Reader::Accredited || self.shown.figures.is_none()
    }
}

/// The positions of all events that somebody has watched.
#[derive(Default)]
pub(super) struct Makers(Mutex<BTreeMap<Sid, Arc<Sender<Positions>>>>);

impl Makers {
    /// The positions of an event, as they change from now on.
    pub(super) fn of(&self, sid: Sid, event: &Event) -> Receiver<Positions> {
        let mut makers = self.0.lock().expect("no holder of this lock panics");
        let maker = makers.entry(sid).or_insert_with(|| {
            let all = Arc::new(Sender::new(Positions::default()));
            tokio::spawn(make(event.clone(), Arc::clone(&all)));
            all
        });
        maker.subscribe()
    }
}

/// Makes them until the server ends. While nobody watches nothing is made: whoever comes then begins with what he is told
/// at the door.
async fn make(event: Event, all: Arc<Sender<Positions>>) {
    let mut published = event.hands().published.clone();
    loop {
        published.mark_unchanged();
        if all.receiver_count() > 0 {
            let before = Arc::clone(&all.borrow());
            let Ok(now) = positions(&event, Arc::clone(&before)).await else { return };
            let is_same = |(a, b): (&Arc<Position>, &Arc<Position>)| Arc::ptr_eq(a, b);
            if before.len() != now.len() || !before.values().zip(now.values()).all(is_same) {
                all.send_replace(now);
            }
        }
        tokio::time::sleep(PAUSE).await;
        tokio::select! {
            () = event.closing() => return,
            changed = published.changed() => if changed.is_err() { return },
        }
    }
}

/// The positions now; those that have not changed are the same ones.
async fn positions(event: &Event, before: Positions) -> Result<Positions, Status> {
    let now = event.look(move |desk| look(desk, &before)).await?;
    let mut positions = BTreeMap::new();
    for (id, now) in now {
        let position = match now {
            Now::Same(position) => position,
            Now::New(new) => {
                let (posted, is_open, made_of) = *new;
                let Ok((note, checkpoint)) = note_of(event, id, Some(posted)).await else { continue };
                let (Some((size, shown)), Ok((sid, typed))) = (shown(&note), read(&note)) else { continue };
                let answer = v1::WatchBulletinsResponse { note, sid, bulletin: Some(typed), checkpoint };
                Arc::new(Position { answer, size, shown, is_open, made_of })
            }
        };
        positions.insert(id, position);
    }
    Ok(Arc::new(positions))
}

enum Now {
    Same(Arc<Position>),
    New(Box<(Posted, bool, MadeOf)>),
}

fn look(desk: &mut Desk, before: &Positions) -> Vec<(ContestId, Now)> {
    let count = &desk.replay.count;
    let is_live = count.manifest().is_some_and(|m| m.live_totals);
    let contests = count.contests().map(|contest| {
        let id = contest.statement().contest;
        let is_open = is_live || contest.phase() == Phase::Announced;
        (id, is_open, (count.bulletin(id, Hash::ZERO).map(|b| Bulletin { size: 0, ..b }), contest.bulletin()))
    });
    let contests: Vec<_> = contests.collect();
    let now = contests.into_iter().filter_map(|(id, is_open, made_of)| {
        let same = before.get(&id).filter(|p| p.is_open == is_open && p.made_of == made_of);
        let now = match same {
            Some(position) => Now::Same(Arc::clone(position)),
            None => Now::New(Box::new((posted(desk, id, None)?, is_open, made_of))),
        };
        Some((id, now))
    });
    now.collect()
}
