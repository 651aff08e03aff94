//! The door of whoever looks: bulletins, progress, cases, drafts, outcome. It shows what the log adds up to and nothing
//! else; every figure comes from a bulletin or from the count behind it.

mod drafts;
mod positions;

use crate::{
    caller::{Caller, Reader},
    desk::Desk,
    event::{Event, Events},
    guard::Standing,
    log::PAGE_BYTES_MAX,
    metrics::Metrics,
    noticeboard::sid_of,
    outlet::{Answers, Outlet},
};
use bytes::Bytes;
use positions::{Makers, Positions};
use proto::{
    entry::{event_from_wire, hash_to_wire},
    v1::{self, results_service_server::ResultsService},
    wire_bytes,
};
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use tally::{
    ContestId, Statement, Twice,
    count::ContestCount,
    ruling::{BundleState, Phase},
    statement::Bulletin,
};
use tlog::Note;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// Bulletins waiting for one screen; a later one says all that it needs.
const WATCHER_BULLETINS_MAX: usize = 8;

/// The door.
pub(crate) struct Results {
    /// Whose results.
    pub(crate) events: Events,
    /// What the operator watches.
    pub(crate) metrics: Arc<Metrics>,
    makers: Makers,
}

impl Results {
    /// The door to these events.
    pub(crate) fn new(events: Events, metrics: Arc<Metrics>) -> Self {
        Self { events, metrics, makers: Makers::default() }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ResultsService for Results {
    async fn get_bulletin(&self, request: Request<v1::GetBulletinRequest>) -> Answer<v1::GetBulletinResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let reader = Caller::of(&request, event).reader();
        let request = request.into_inner();
        let contest = contest_id(&request.contest)?;
        let (note, checkpoint) = bulletin(event, contest, request.size).await?;
        if !may_show(event, contest, &note, reader).await? {
            return Err(not_announced(contest));
        }
        let (sid, typed) = read(&note)?;
        let bulletin = Some(typed);
        Ok(Response::new(v1::GetBulletinResponse { note, sid, bulletin, checkpoint }))
    }

    type WatchBulletinsStream = Answers<v1::WatchBulletinsResponse>;

    async fn watch_bulletins(&self, request: Request<v1::WatchBulletinsRequest>) -> Answer<Self::WatchBulletinsStream> {
        let event = self.events.named(&request.get_ref().event)?.clone();
        let key = Caller::of(&request, &event).key;
        let request = request.into_inner();
        let contests = request.contests.iter().map(|c| contest_id(c)).collect::<Result<Vec<_>, _>>()?;
        let advice = "watch again: the first answer has the position of that moment";
        let (out, stream) = Outlet::new(WATCHER_BULLETINS_MAX, advice, Arc::clone(&self.metrics));
        let sid = event_from_wire(&request.event).map_err(|e| Status::invalid_argument(e.to_string()))?;
        let positions = self.makers.of(sid, &event);
        let watcher = Watcher { event, key, only: contests, last: BTreeMap::new(), out };
        tokio::spawn(watcher.watch(positions));
        Ok(Response::new(stream))
    }

    async fn get_progress(&self, request: Request<v1::GetProgressRequest>) -> Answer<v1::GetProgressResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let is_accredited = Caller::of(&request, event).reader() == Reader::Accredited;
        let progress = event
            .look(move |desk| {
                let count = &desk.replay.count;
                let progress = |contest| v1::ContestProgress {
                    // Whether it is decided is a figure: tables and the public learn it with all others.
                    decided: if is_accredited { decided_of(contest) } else { None },
                    ..progress_of(contest)
                };
                v1::GetProgressResponse { size: count.size(), contests: count.contests().map(progress).collect() }
            })
            .await?;
        Ok(Response::new(progress))
    }

    async fn list_cases(&self, request: Request<v1::ListCasesRequest>) -> Answer<v1::ListCasesResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        Caller::of(&request, event).accredited()?;
        let request = request.into_inner();
        let only = request.contest.as_deref().map(contest_id).transpose()?;
        let every = request.every;
        Ok(Response::new(event.look(move |desk| cases(desk, only, every)).await?))
    }

    async fn list_drafts(&self, request: Request<v1::ListDraftsRequest>) -> Answer<v1::ListDraftsResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        Caller::of(&request, event).accredited()?;
        Ok(Response::new(event.look(|desk| drafts::list(&mut desk.drafts, Instant::now())).await?))
    }

    async fn get_outcome(&self, request: Request<v1::GetOutcomeRequest>) -> Answer<v1::GetOutcomeResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let reader = Caller::of(&request, event).reader();
        let contest = contest_id(&request.get_ref().contest)?;
        if reader != Reader::Accredited && !has_announced(event, contest).await? {
            return Err(not_announced(contest));
        }
        let outcome = event.look(move |desk| desk.replay.count.contest(contest).map(|c| outcome_of(desk, c))).await?;
        outcome.map(Response::new).ok_or_else(|| no_contest(contest))
    }
}

fn contest_id(id: &str) -> Result<ContestId, Status> {
    id.parse().map_err(|e| Status::invalid_argument(format!("contest {id}: {e}")))
}

fn not_announced(id: ContestId) -> Status {
    Status::permission_denied(format!("figures of {id} become public when the head has announced them"))
}

/// Whether everybody may know the figures of a contest: they were read out, or the event shows live totals.
pub(crate) async fn has_announced(event: &Event, id: ContestId) -> Result<bool, Status> {
    let known = move |desk: &mut Desk| {
        let count = &desk.replay.count;
        let is_live = count.manifest().is_some_and(|m| m.live_totals);
        is_live || count.contest(id).is_some_and(|c| c.phase() == Phase::Announced)
    };
    event.look(known).await
}

/// Whether this reader may see a bulletin. What counts is what it carries: after a reopen the bulletin of the former
/// close has figures still.
pub(crate) async fn may_show(event: &Event, id: ContestId, note: &[u8], reader: Reader) -> Result<bool, Status> {
    let has_figures = shown(note).is_none_or(|(_, b)| b.figures.is_some());
    Ok(reader == Reader::Accredited || !has_figures || has_announced(event, id).await?)
}

fn no_contest(id: ContestId) -> Status {
    Status::not_found(format!("there is no contest {id}"))
}

/// The bulletin of a contest: the entry of its latest close, or the position now; or one made before at that size.
pub(crate) async fn bulletin(event: &Event, id: ContestId, size: Option<u64>) -> Result<(Bytes, Bytes), Status> {
    let posted = event.look(move |desk| posted(desk, id, size)).await?;
    note_of(event, id, posted).await
}

/// The bytes of what is posted, with the newest checkpoint.
async fn note_of(event: &Event, id: ContestId, posted: Option<Posted>) -> Result<(Bytes, Bytes), Status> {
    let checkpoint = event.published().checkpoint.clone();
    match posted.ok_or_else(|| no_contest(id))? {
        Posted::Note(note) => Ok((note, checkpoint)),
        Posted::Entry(index) => {
            let notes = crate::log::notes(event, index..index.saturating_add(1), PAGE_BYTES_MAX).await?;
            let note =
                notes.into_iter().next().ok_or_else(|| Status::data_loss("the bulletin is not in the journal"))?;
            Ok((note, checkpoint))
        }
        Posted::Never => Err(Status::not_found(format!("no bulletin of {id} was made at that size"))),
    }
}

enum Posted {
    Note(Bytes),
    Entry(u64),
    Never,
}

fn posted(desk: &mut Desk, id: ContestId, size: Option<u64>) -> Option<Posted> {
    let count = &desk.replay.count;
    let now = count.size();
    if let Some(closed) = count.contest(id)?.bulletin()
        && size.is_none()
        && let Some(index) = count.desk_entry(closed)
    {
        return Some(Posted::Entry(index));
    }
    if let Some(note) = desk.board.bulletin(id, size.unwrap_or(now)) {
        return Some(Posted::Note(note));
    }
    if size.is_some_and(|size| size != now) || desk.guard.standing() != Standing::Signing {
        return Some(Posted::Never);
    }
    let bulletin = count.bulletin(id, desk.replay.tree.root())?;
    let note = desk.tally.sign_text(&Statement::Bulletin(Box::new(bulletin)).text());
    let note = Bytes::copy_from_slice(note.as_bytes());
    desk.board.keep_bulletin(id, now, note.clone());
    Some(Posted::Note(note))
}

fn read(note: &[u8]) -> Result<(Bytes, v1::Bulletin), Status> {
    let broken = || Status::internal("a bulletin of this server cannot be read");
    let sid = sid_of(note).ok_or_else(broken)?;
    let parsed = Note::parse(note).ok().and_then(|n| Statement::parse(n.text()).ok()).ok_or_else(broken)?;
    let Statement::Bulletin(bulletin) = parsed else { return Err(broken()) };
    Ok((hash_to_wire(&sid), v1::Bulletin::from(&*bulletin)))
}

/// The size a bulletin speaks of, and what a screen would show: size and root change with every entry of other contests
/// as well.
fn shown(note: &[u8]) -> Option<(u64, Bulletin)> {
    let note = Note::parse(note).ok()?;
    match Statement::parse(note.text()).ok()? {
        Statement::Bulletin(bulletin) => {
            Some((bulletin.size, Bulletin { size: 0, root: tlog::Hash::ZERO, ..*bulletin }))
        }
        _ => None,
    }
}

/// A screen or an observer that is told how contests stand.
struct Watcher {
    event: Event,
    /// Judged anew every time: a key may come in, or be revoked, meanwhile.
    key: Option<[u8; 32]>,
    /// These contests, or all.
    only: Vec<ContestId>,
    /// What it was told last of each.
    last: BTreeMap<ContestId, (u64, Bulletin)>,
    out: Outlet<v1::WatchBulletinsResponse>,
}

impl Watcher {
    /// First the position of this moment, then every change.
    async fn watch(mut self, mut positions: watch::Receiver<Positions>) {
        if !self.begin().await {
            return;
        }
        loop {
            let now = Arc::clone(&positions.borrow_and_update());
            for (id, position) in &*now {
                let is_asked_for = self.only.is_empty() || self.only.contains(id);
                let is_told = self.last.get(id).is_some_and(|(size, _)| *size >= position.size);
                if !is_asked_for || is_told || !position.may_show(Caller::with_key(self.key, &self.event).reader()) {
                    continue;
                }
                if !self.tell(*id, position.size, &position.shown, position.answer.clone()).await {
                    return;
                }
            }
            tokio::select! {
                () = self.out.closed() => return,
                () = self.event.closing() => return,
                changed = positions.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn begin(&mut self) -> bool {
        let ids = if self.only.is_empty() {
            let all = self.event.look(|d| d.replay.count.contests().map(|c| c.statement().contest).collect()).await;
            all.unwrap_or_default()
        } else {
            self.only.clone()
        };
        for id in ids {
            let Ok((note, checkpoint)) = bulletin(&self.event, id, None).await else { continue };
            let (Some((size, now)), Ok((sid, typed))) = (shown(&note), read(&note)) else { continue };
            let reader = Caller::with_key(self.key, &self.event).reader();
            if !may_show(&self.event, id, &note, reader).await.unwrap_or(false) {
                continue;
            }
            let message = v1::WatchBulletinsResponse { note, sid, bulletin: Some(typed), checkpoint };
            if !self.tell(id, size, &now, message).await {
                return false;
            }
        }
        true
    }

    /// Tells of a contest if that changes what a screen shows; `false` when nobody listens any more.
    async fn tell(&mut self, id: ContestId, size: u64, now: &Bulletin, message: v1::WatchBulletinsResponse) -> bool {
        let before = self.last.insert(id, (size, now.clone()));
        if before.is_some_and(|(_, shown)| shown == *now) {
            return true;
        }
        let bytes = wire_bytes(&message);
        self.out.send(message, bytes).await.is_ok()
    }
}

fn progress_of(contest: &ContestCount) -> v1::ContestProgress {
    let mut p = v1::ContestProgress {
        contest: contest.statement().contest.to_string(),
        title: contest.statement().title.to_string(),
        phase: v1::Phase::from(contest.phase()).into(),
        bundles_expected: contest.bundles_expected() as u64,
        papers_expected: contest.papers().map_or(0, |p| p.collected),
        ..v1::ContestProgress::default()
    };
    for (bundle, state) in contest.bundle_states() {
        let counter = match state {
            BundleState::Missing => &mut p.missing,
            BundleState::Waiting => &mut p.waiting,
            BundleState::Counted => &mut p.counted,
            BundleState::Conflict => &mut p.conflict,
            BundleState::Mismatch => &mut p.mismatch,
            BundleState::GivenUp => &mut p.given_up,
            BundleState::Unsettled => &mut p.unsettled,
        };
        *counter += 1;
        if state == BundleState::Counted {
            let papers = contest.papers().and_then(|p| p.bundle(bundle)).map_or(0, |b| u64::from(b.papers.0));
            p.papers_counted += papers;
        }
    }
    p
}

fn decided_of(contest: &ContestCount) -> Option<v1::Decided> {
    tally::Decided::at_a_glance(contest).map(|(decided, open_papers)| v1::Decided { decided, open_papers })
}

fn cases(desk: &Desk, only: Option<ContestId>, every: bool) -> v1::ListCasesResponse {
    let count = &desk.replay.count;
    let contests = count.contests().filter(|c| only.is_none_or(|id| c.statement().contest == id));
    let cases = contests.flat_map(|contest| {
        let cases = contest.every_case().filter(|case| every || case.needs_board());
        cases.map(|case| case_of(desk, contest, &case)).collect::<Vec<_>>()
    });
    let flags = count.flags();
    v1::ListCasesResponse {
        cases: cases.collect(),
        flags: Some(v1::FlagCounts {
            duplicate: flags.duplicate,
            conflict: flags.conflict,
            lookalike: flags.lookalike,
            set_aside: flags.set_aside,
        }),
        keys_in_use_twice: desk.twice.found().map(twice_of).collect(),
    }
}

fn twice_of((twice, note): &(Twice, Bytes)) -> v1::KeyTwice {
    v1::KeyTwice { station: twice.station.to_string(), seq: twice.seq, index: twice.entry, note: note.clone() }
}

fn case_of(desk: &Desk, contest: &ContestCount, case: &tally::count::Case<'_>) -> v1::Case {
    let papers = contest.papers().and_then(|p| p.bundle(case.bundle)).map_or(0, |b| b.papers.0);
    let batch = |b: &tally::count::LiveBatch| {
        let sid = desk.replay.count.station_entry(b.station, b.seq).map(|(sid, _)| hash_to_wire(&sid));
        v1::CaseBatch {
            sid: sid.unwrap_or_default(),
            station: b.station.to_string(),
            index: b.index,
            figures: Some(v1::Figures::from(&b.figures)),
        }
    };
    v1::Case {
        contest: contest.statement().contest.to_string(),
        bundle: case.bundle.to_string(),
        state: case.state.map_or(v1::BundleState::Unspecified, v1::BundleState::from).into(),
        papers,
        batches: case.batches.iter().map(batch).collect(),
        history: case.history.clone(),
        flags: case.flags.iter().map(|f| v1::Flag::from(*f).into()).collect(),
        alike: case.alike.iter().map(ToString::to_string).collect(),
    }
}

fn outcome_of(desk: &Desk, contest: &ContestCount) -> v1::GetOutcomeResponse {
    let outcome = contest.outcome();
    let (derivation_vi, derivation_en) = contest.derivation().into_iter().map(|line| (line.vi, line.en)).unzip();
    let number = |n: &tally::CandidateNo| n.to_string();
    v1::GetOutcomeResponse {
        phase: v1::Phase::from(contest.phase()).into(),
        size: desk.replay.count.size(),
        elected: outcome.elected.iter().map(number).collect(),
        tie: outcome.tie.as_ref().map(|tie| v1::Tie {
            candidates: tie.candidates.iter().map(number).collect(),
            seats: u32::from(tie.seats),
        }),
        short: u32::from(outcome.short),
        blocked: outcome.blocked.is_some(),
        base: contest.base(),
        threshold: contest.threshold(),
        derivation_vi,
        derivation_en,
        certify: contest.certify().map(|(sid, _)| hash_to_wire(&sid)),
        bulletin: contest.bulletin().map(|sid| hash_to_wire(&sid)),
        alternates: outcome.alternates.iter().map(number).collect(),
    }
}
