//! The door of whoever looks: bulletins, progress, cases, drafts, outcome. It shows what the log adds up to and nothing
//! else; every figure comes from a bulletin or from the count behind it.

use crate::{
    event::{Event, Events},
    noticeboard::sid_of,
    sequencer::Desk,
};
use bytes::Bytes;
use proto::{
    entry::hash_to_wire,
    v1::{self, results_service_server::ResultsService},
};
use std::{collections::BTreeMap, time::Duration};
use tally::{ContestId, Statement, count::ContestCount, ruling::BundleState, statement::Bulletin};
use tlog::Note;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// A screen is told of a change at most so often.
const WATCH_PAUSE: Duration = Duration::from_millis(250);

/// The door.
pub(crate) struct Results {
    /// Whose results.
    pub(crate) events: Events,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ResultsService for Results {
    async fn get_bulletin(&self, request: Request<v1::GetBulletinRequest>) -> Answer<v1::GetBulletinResponse> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let contest = contest_id(&request.contest)?;
        let (note, checkpoint) = bulletin(event, contest, request.size).await?;
        let (sid, typed) = read(&note)?;
        let bulletin = Some(typed);
        Ok(Response::new(v1::GetBulletinResponse { note, sid, bulletin, checkpoint }))
    }

    type WatchBulletinsStream = ReceiverStream<Result<v1::WatchBulletinsResponse, Status>>;

    async fn watch_bulletins(&self, request: Request<v1::WatchBulletinsRequest>) -> Answer<Self::WatchBulletinsStream> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?.clone();
        let contests = request.contests.iter().map(|c| contest_id(c)).collect::<Result<Vec<_>, _>>()?;
        let (out, stream) = mpsc::channel(16);
        tokio::spawn(watch(event, contests, out));
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn get_progress(&self, request: Request<v1::GetProgressRequest>) -> Answer<v1::GetProgressResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let progress = event
            .look(|desk| {
                let count = &desk.replay.count;
                v1::GetProgressResponse { size: count.size(), contests: count.contests().map(progress_of).collect() }
            })
            .await?;
        Ok(Response::new(progress))
    }

    async fn list_cases(&self, request: Request<v1::ListCasesRequest>) -> Answer<v1::ListCasesResponse> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let only = request.contest.as_deref().map(contest_id).transpose()?;
        Ok(Response::new(event.look(move |desk| cases(desk, only)).await?))
    }

    async fn list_drafts(&self, request: Request<v1::ListDraftsRequest>) -> Answer<v1::ListDraftsResponse> {
        let event = self.events.named(&request.get_ref().event)?;
        let drafts = event.look(|desk| desk.drafts.waiting().map(draft_of).collect()).await?;
        Ok(Response::new(v1::ListDraftsResponse { drafts }))
    }

    async fn get_outcome(&self, request: Request<v1::GetOutcomeRequest>) -> Answer<v1::GetOutcomeResponse> {
        let request = request.into_inner();
        let event = self.events.named(&request.event)?;
        let contest = contest_id(&request.contest)?;
        let outcome = event.look(move |desk| desk.replay.count.contest(contest).map(|c| outcome_of(desk, c))).await?;
        outcome.map(Response::new).ok_or_else(|| no_contest(contest))
    }
}

fn contest_id(id: &str) -> Result<ContestId, Status> {
    id.parse().map_err(|e| Status::invalid_argument(format!("contest {id}: {e}")))
}

fn no_contest(id: ContestId) -> Status {
    Status::not_found(format!("there is no contest {id}"))
}

/// The bulletin of a contest: the entry of its latest close, or the position now; or one made before at that size.
pub(crate) async fn bulletin(event: &Event, id: ContestId, size: Option<u64>) -> Result<(Bytes, Bytes), Status> {
    let posted = event.look(move |desk| posted(desk, id, size)).await?;
    let checkpoint = event.published().checkpoint.clone();
    match posted.ok_or_else(|| no_contest(id))? {
        Posted::Note(note) => Ok((note, checkpoint)),
        Posted::Entry(index) => {
            let notes = crate::log::notes(event, index..index.saturating_add(1)).await?;
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
    if size.is_some_and(|size| size != now) {
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

/// What a screen would show; the size and root of a bulletin change with every entry of other contests as well.
pub(crate) fn shown(note: &[u8]) -> Option<Bulletin> {
    let note = Note::parse(note).ok()?;
    match Statement::parse(note.text()).ok()? {
        Statement::Bulletin(bulletin) => Some(Bulletin { size: 0, root: tlog::Hash::ZERO, ..*bulletin }),
        _ => None,
    }
}

async fn watch(event: Event, only: Vec<ContestId>, out: mpsc::Sender<Result<v1::WatchBulletinsResponse, Status>>) {
    let mut published = event.hands().published.clone();
    let mut last: BTreeMap<ContestId, Bulletin> = BTreeMap::new();
    loop {
        published.mark_unchanged();
        let ids = if only.is_empty() {
            let all = event.look(|d| d.replay.count.contests().map(|c| c.statement().contest).collect()).await;
            all.unwrap_or_default()
        } else {
            only.clone()
        };
        for id in ids {
            let Ok((note, checkpoint)) = bulletin(&event, id, None).await else { continue };
            let (Some(now), Ok((sid, typed))) = (shown(&note), read(&note)) else { continue };
            if last.get(&id) == Some(&now) {
                continue;
            }
            last.insert(id, now);
            let message = v1::WatchBulletinsResponse { note, sid, bulletin: Some(typed), checkpoint };
            if out.send(Ok(message)).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(WATCH_PAUSE).await;
        tokio::select! {
            () = out.closed() => return,
            () = event.closing() => return,
            changed = published.changed() => if changed.is_err() { return },
        }
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

fn cases(desk: &Desk, only: Option<ContestId>) -> v1::ListCasesResponse {
    let count = &desk.replay.count;
    let contests = count.contests().filter(|c| only.is_none_or(|id| c.statement().contest == id));
    let cases =
        contests.flat_map(|contest| contest.cases().map(|case| case_of(desk, contest, &case)).collect::<Vec<_>>());
    let flags = count.flags();
    v1::ListCasesResponse {
        cases: cases.collect(),
        flags: Some(v1::FlagCounts {
            duplicate: flags.duplicate,
            conflict: flags.conflict,
            lookalike: flags.lookalike,
            set_aside: flags.set_aside,
        }),
    }
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
        state: v1::BundleState::from(case.state).into(),
        papers,
        batches: case.batches.iter().map(batch).collect(),
    }
}

fn draft_of(draft: &crate::draft::Draft) -> v1::Draft {
    v1::Draft {
        text: draft.signed.note.text().to_owned(),
        sid: hash_to_wire(&draft.signed.sid),
        statement: Some((&draft.signed.statement).into()),
        signers: draft.signed.signers.iter().map(ToString::to_string).collect(),
        threshold: draft.threshold as u64,
        age_seconds: draft.since.elapsed().as_secs(),
    }
}

fn outcome_of(desk: &Desk, contest: &ContestCount) -> v1::GetOutcomeResponse {
    let outcome = contest.outcome();
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
        derivation_vi: Vec::new(),
        derivation_en: Vec::new(),
        certify: contest.certify().map(|(sid, _)| hash_to_wire(&sid)),
        bulletin: contest.bulletin().map(|sid| hash_to_wire(&sid)),
    }
}
