//! The position of a contest as the world may see it (protocol §6). It refuses to know who reads it.

use crate::{
    count::ContestCount,
    id::Sid,
    ruling::BundleState,
    statement::{Bulletin, BulletinState, OpenBundle, OpenReason},
};
use tlog::Hash;

/// What the tally key states of a contest at a size and root of the log.
///
/// While counting goes on there are no figures unless the event shows live totals.
pub fn state(contest: &ContestCount, election: Sid, live_totals: bool, size: u64, root: Hash) -> Bulletin {
    let counting = contest.phase().is_open();
    let open = |(bundle, state)| open_reason(state).map(|reason| OpenBundle { bundle, reason });
    Bulletin {
        election,
        contest: contest.statement().contest,
        size,
        root,
        state: if counting { BulletinState::Counting } else { BulletinState::Closed },
        bundles_expected: contest.bundles_expected() as u64,
        bundles: contest.bundles_counted() as u64,
        figures: (!counting || live_totals).then(|| contest.totals()),
        open: if counting { contest.bundle_states().filter_map(open).collect() } else { Vec::new() },
    }
}

/// Missing and waiting bundles are seen from the counts; these block the close and need the board.
fn open_reason(state: BundleState) -> Option<OpenReason> {
    match state {
        BundleState::Conflict => Some(OpenReason::Conflict),
        BundleState::Mismatch => Some(OpenReason::Mismatch),
        _ => None,
    }
}

/// The first field, in the order of the text, in which two bulletins differ.
pub fn first_difference(ours: &Bulletin, theirs: &Bulletin) -> Option<&'static str> {
    let figures = |b: &Bulletin| b.figures.clone();
    match () {
        () if ours.election != theirs.election => Some("election"),
        () if ours.contest != theirs.contest => Some("contest"),
        () if ours.size != theirs.size => Some("size"),
        () if ours.root != theirs.root => Some("root"),
        () if ours.state != theirs.state => Some("state"),
        () if ours.bundles_expected != theirs.bundles_expected => Some("bundles-expected"),
        () if ours.bundles != theirs.bundles => Some("bundles"),
        () if figures(ours) != figures(theirs) => Some(match (&ours.figures, &theirs.figures) {
            (Some(a), Some(b)) if a.ballots != b.ballots => "ballots",
            (Some(a), Some(b)) if a.valid != b.valid => "valid",
            (Some(a), Some(b)) if a.invalid != b.invalid => "invalid",
            (Some(a), Some(b)) if a.votes() == b.votes() => "left",
            (Some(_), Some(_)) => "votes",
            _ => "figures",
        }),
        () if ours.open != theirs.open => Some("open"),
        () => None,
    }
}
