//! What the counting board says about its contests, and the server's bulletins (the table of protocol §4).
//! What the rules reject is refused: members correct it and sign again.

use super::{
    Count, Role,
    bundle::{BundleCount, Settlement},
    contest::ContestCount,
    event::with_threshold,
};
use crate::{
    figures::Papers,
    form::Form,
    id::{BoardId, ContestId, StationId},
    outcome::Outcome,
    reconcile,
    ruling::{Phase, Refusal, Ruling},
    signed::SignedStatement,
    statement::{
        About, Announce, Bulletin, Certify, Contest, Link, MemberRole, Minutes, PapersStatement, Round, Settle,
        Statement,
    },
};

const OPEN: &str = "open (counting or reopened)";

impl Count {
    pub(super) fn rule_board(&self, s: &SignedStatement) -> Result<Ruling, Refusal> {
        let Link::Desk { contest: Some(id), prev } = s.statement.link() else { return Err(Refusal::ManifestPlace) };
        let contest = self.contests.get(&id);
        let board = match (&s.statement, contest) {
            (_, Some(contest)) => contest.statement().board,
            (Statement::Contest(new), None) => new.board,
            _ => return Err(Refusal::UnknownContest(id)),
        };
        let threshold = self.check_members(board, s)?;
        let head = self.contest_head(id);
        if prev != head {
            return Err(Refusal::WrongHead { head, seq: 0 });
        }
        match (&s.statement, contest) {
            (Statement::Contest(new), None) => self.check_contest(new)?,
            (Statement::Contest(new), Some(old)) => {
                self.check_contest(new)?;
                check_replaced(old, new)?;
            }
            (statement, Some(contest)) => self.check_desk(statement, contest)?,
            (_, None) => return Err(Refusal::UnknownContest(id)),
        }
        Ok(with_threshold(s.signers.len(), threshold))
    }

    /// Every signer is a member of the board; the answer is how many must sign together.
    fn check_members(&self, board: BoardId, s: &SignedStatement) -> Result<u64, Refusal> {
        let board = self.boards.get(&board).ok_or(Refusal::UnknownBoard(board))?;
        self.entitled(s, |name| board.keys.iter().any(|k| k.name() == name))?;
        Ok(board.threshold)
    }

    fn check_desk(&self, statement: &Statement, contest: &ContestCount) -> Result<(), Refusal> {
        match statement {
            Statement::Papers(papers) => self.check_papers(papers, contest),
            Statement::Decide(_) => must_be_open(contest),
            Statement::Settle(settle) => self.check_settle(settle, contest),
            Statement::Close(_) => check_close(contest),
            Statement::Certify(certify) => check_certify(certify, contest),
            Statement::Minutes(minutes) => check_minutes(minutes, contest),
            Statement::Announce(announce) => check_announce(announce, contest),
            Statement::Reopen(_) => {
                let closed = matches!(contest.phase, Phase::Closed | Phase::Certified | Phase::Announced);
                must_be(contest, closed, "closed, certified or announced")
            }
            Statement::Annul(_) => must_be(contest, contest.phase != Phase::Annulled, "any but annulled"),
            _ => Err(Refusal::ManifestPlace),
        }
    }

    fn check_contest(&self, c: &Contest) -> Result<(), Refusal> {
        let profile =
            self.rules.find(&c.profile).ok_or_else(|| Refusal::UnknownProfile(c.profile.as_str().to_owned()))?;
        check_form(c)?;
        profile.check_base(&c.base).map_err(|why| wrong("base", why.en))?;
        if profile.grounds(c.form).is_none() {
            return Err(wrong(
                "form",
                format!("profile {} says nothing about ballots of the form {}", profile.name, c.form),
            ));
        }
        match (c.kind, c.follows) {
            (Round::First, None) => {}
            (Round::First, Some(_)) | (_, None) => {
                return Err(wrong("follows", "a first contest follows none, every other one names the one before"));
            }
            (_, Some(before)) if before == c.contest || !self.contests.contains_key(&before) => {
                return Err(Refusal::UnknownContest(before));
            }
            (_, Some(_)) => {}
        }
        let board = self.boards.get(&c.board).ok_or(Refusal::UnknownBoard(c.board))?;
        let elected = board.members.iter().filter(|m| m.role != MemberRole::Technician);
        match elected.into_iter().find(|m| c.candidates.contains(&m.name)) {
            Some(member) => Err(Refusal::CandidateOnBoard { name: member.name.to_string() }),
            None => Ok(()),
        }
    }

    fn check_papers(&self, papers: &PapersStatement, contest: &ContestCount) -> Result<(), Refusal> {
        must_be_open(contest)?;
        let bundles: u64 = papers.bundles.iter().map(|b| u64::from(b.papers.0)).sum();
        if bundles != papers.collected {
            return Err(Refusal::BundlesCollected { bundles, collected: papers.collected });
        }
        let min = self.manifest().map_or(0, |m| m.min_bundle);
        let small = |papers: Papers| papers.0 == 0 || u64::from(papers.0) < min;
        let whole_is_small = papers.collected < min;
        for b in &papers.bundles {
            if small(b.papers) && (b.papers.0 == 0 || !whole_is_small) {
                return Err(Refusal::BundleTooSmall { bundle: b.bundle, papers: b.papers, min: min.max(1) });
            }
            match b.table {
                Some(_) if contest.statement().counts > 1 => return Err(Refusal::TableNamed { bundle: b.bundle }),
                Some(table) if !self.stations.contains_key(&table) => return Err(Refusal::UnknownStation(table)),
                _ => {}
            }
        }
        Ok(())
    }

    fn check_settle(&self, settle: &Settle, contest: &ContestCount) -> Result<(), Refusal> {
        must_be_open(contest)?;
        let papers = contest.papers.as_ref().ok_or(Refusal::NoPapers)?;
        let expected = papers.bundle(settle.bundle).ok_or(Refusal::UnknownBundle(settle.bundle))?;
        let Some(sid) = settle.stands else { return Ok(()) };
        let live = contest.bundles.get(&settle.bundle).and_then(|b| self.find_live(b, sid));
        let (station, seq) = live.ok_or(Refusal::NotLive { batch: sid })?;
        let batch = contest.live().find(|b| b.is(station, seq)).ok_or(Refusal::NotLive { batch: sid })?;
        if batch.figures.ballots != expected.papers {
            return Err(Refusal::NotThePapers { batch: batch.figures.ballots, papers: expected.papers });
        }
        Ok(())
    }

    fn find_live(&self, bundle: &BundleCount, sid: crate::Sid) -> Option<(StationId, u64)> {
        let said = |station, seq| self.station_entry(station, seq).is_some_and(|(s, _)| s == sid);
        bundle.live.iter().find(|b| said(b.station, b.seq)).map(|b| (b.station, b.seq))
    }

    pub(super) fn rule_bulletin(&self, bulletin: &Bulletin, s: &SignedStatement) -> Result<Ruling, Refusal> {
        self.entitled(s, |name| matches!(self.keys.holder(name), Some(h) if h.role == Role::Tally))?;
        let contest = self.contests.get(&bulletin.contest).ok_or(Refusal::UnknownContest(bulletin.contest))?;
        if contest.bulletin.is_some() {
            return Err(Refusal::BulletinStands);
        }
        must_be(contest, contest.phase == Phase::Closed, "closed")?;
        if contest.closed_at.is_none_or(|at| bulletin.size <= at) || bulletin.size > self.size {
            return Err(Refusal::BulletinDiffers { field: "size" });
        }
        let (Some(election), Some(manifest)) = (self.event(), self.manifest()) else {
            return Err(Refusal::ManifestPlace);
        };
        let ours = crate::bulletin::state(contest, election, manifest.live_totals, bulletin.size, bulletin.root);
        match crate::bulletin::first_difference(&ours, bulletin) {
            Some(field) => Err(Refusal::BulletinDiffers { field }),
            None => Ok(Ruling::Recorded),
        }
    }

    pub(super) fn apply_board(&mut self, s: &SignedStatement, index: u64) {
        let Some(id) = s.statement.contest() else { return };
        if let Statement::Contest(new) = &s.statement {
            let rules = self.rules.find(&new.profile).expect("a logged contest names known rules").clone();
            self.contests
                .entry(id)
                .or_insert_with(|| ContestCount::new((**new).clone(), rules.clone(), s.sid, index))
                .replace((**new).clone(), rules, index);
        }
        let stands = self.stands(&s.statement, id);
        let contest = self.contests.get_mut(&id).expect("a logged desk statement is of a known contest");
        if !matches!(s.statement, Statement::Bulletin(_)) {
            contest.head = s.sid;
        }
        match &s.statement {
            Statement::Papers(papers) => contest.papers = Some(papers.clone()),
            Statement::Decide(decide) => {
                if let About::Warning(code) = decide.about {
                    contest.accepted.insert(code);
                }
                contest.decisions.push(decide.clone());
            }
            Statement::Settle(settle) => {
                let settled = stands.map_or(Settlement::GivenUp, |(station, seq)| Settlement::Stands(station, seq));
                contest.bundles.entry(settle.bundle).or_default().settled = Some(settled);
            }
            Statement::Close(_) => {
                contest.phase = Phase::Closed;
                contest.closed_at = Some(index);
                contest.bulletin = None;
            }
            Statement::Bulletin(_) => contest.bulletin = Some(s.sid),
            Statement::Certify(certify) => {
                contest.phase = Phase::Certified;
                contest.certify = Some((s.sid, certify.clone()));
            }
            Statement::Minutes(minutes) => contest.minutes = Some((s.sid, (**minutes).clone())),
            Statement::Announce(_) => {
                contest.phase = Phase::Announced;
                contest.withheld_from = None;
            }
            Statement::Reopen(_) => contest.reopen(),
            Statement::Annul(_) => {
                contest.phase = Phase::Annulled;
                contest.certify = None;
                contest.withheld_from = None;
            }
            _ => {}
        }
    }

    /// The batch that a settle names, by table and place.
    fn stands(&self, statement: &Statement, id: ContestId) -> Option<(StationId, u64)> {
        let Statement::Settle(settle) = statement else { return None };
        self.find_live(self.contests.get(&id)?.bundles.get(&settle.bundle)?, settle.stands?)
    }
}

impl ContestCount {
    /// The former certificate falls; revocations that waited take effect.
    fn reopen(&mut self) {
        self.phase = Phase::Reopened;
        self.certify = None;
        self.bulletin = None;
        self.closed_at = None;
        for (station, last_seq) in std::mem::take(&mut self.revoked_after_close) {
            self.set_later_batches_aside(station, last_seq);
        }
    }
}

fn wrong(field: &'static str, why: impl Into<String>) -> Refusal {
    Refusal::Field { field, why: why.into() }
}

fn must_be(contest: &ContestCount, holds: bool, must_be: &'static str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Phase { phase: contest.phase, must_be }) }
}

fn must_be_open(contest: &ContestCount) -> Result<(), Refusal> {
    must_be(contest, contest.phase.is_open(), OPEN)
}

/// The list, the seats and the choices fit the form of the ballot (counting-rules §2).
fn check_form(c: &Contest) -> Result<(), Refusal> {
    use crate::form::Choices;
    let (names, seats) = (c.candidates.len(), usize::from(c.seats));
    if seats == 0 {
        return Err(wrong("seats", "at least one is to be elected"));
    }
    if c.counts == 0 {
        return Err(wrong("counts", "every bundle is counted 1, 2 or 3 times"));
    }
    let (fits, rule) = match c.form {
        Form::StrikeList => (names > seats, "a strike-list has more names than seats"),
        Form::AgreeList => (names == seats && seats >= 2, "an agree-list has as many names as seats, two or more"),
        Form::AgreeSingle => (names == 1 && seats == 1, "an agree-single has one name and one seat"),
        Form::Approve => (names >= seats, "there are no more seats than names"),
    };
    if !fits {
        return Err(wrong("seats", rule));
    }
    let fits = match (c.form, c.choices) {
        (Form::StrikeList, Choices::UpTo(n)) => n == c.seats,
        (Form::Approve, Choices::UpTo(n)) => n >= 1,
        (Form::Approve, Choices::Unlimited) | (Form::AgreeList | Form::AgreeSingle, Choices::None) => true,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(wrong("choices", "the seats for a strike-list, a number or `unlimited` for approve, `-` for agree forms"))
    }
}

/// A contest may be replaced while open; after the first live batch only its base.
fn check_replaced(old: &ContestCount, new: &Contest) -> Result<(), Refusal> {
    must_be_open(old)?;
    let o = old.statement();
    let fixed = |field| Err(Refusal::ContestFixed { field });
    match () {
        () if o.board != new.board => return fixed("board"),
        () if o.kind != new.kind => return fixed("kind"),
        () if o.follows != new.follows => return fixed("follows"),
        () if !old.had_live => return Ok(()),
        () => {}
    }
    match () {
        () if o.title != new.title => fixed("title"),
        () if o.form != new.form => fixed("form"),
        () if o.profile != new.profile => fixed("profile"),
        () if o.seats != new.seats => fixed("seats"),
        () if o.choices != new.choices => fixed("choices"),
        () if o.counts != new.counts => fixed("counts"),
        () if o.candidates != new.candidates => fixed("candidate"),
        () if o.born != new.born => fixed("born"),
        () if o.traits != new.traits => fixed("trait"),
        () => Ok(()),
    }
}

fn check_close(contest: &ContestCount) -> Result<(), Refusal> {
    must_be_open(contest)?;
    let papers = contest.papers.as_ref().ok_or(Refusal::NoPapers)?;
    let open: Vec<_> = contest.bundle_states().filter(|(_, state)| !state.lets_close()).collect();
    if let Some((first, state)) = open.first() {
        return Err(Refusal::OpenBundles { count: open.len(), first: *first, state: *state });
    }
    match reconcile::checks(contest.statement(), papers).into_iter().find(|c| !c.accepted_by(&contest.accepted)) {
        Some(check) => Err(Refusal::Check { code: check.code, why: check.why }),
        None => Ok(()),
    }
}

fn check_certify(certify: &Certify, contest: &ContestCount) -> Result<(), Refusal> {
    must_be(contest, matches!(contest.phase, Phase::Closed | Phase::Certified), "closed or certified")?;
    if contest.bulletin != Some(certify.bulletin) {
        return Err(Refusal::NotTheBulletin { latest: contest.bulletin });
    }
    if contest.is_blocked() {
        return Err(Refusal::Blocked);
    }
    if contest.is_revoked_after_close() {
        return Err(Refusal::RevokedAfterClose);
    }
    let names = contest.statement().candidates.len();
    let tied = match &certify.next {
        crate::statement::Next::Tie { candidates, .. } => &candidates[..],
        _ => &[],
    };
    if let Some(number) = certify.elected.iter().chain(tied).find(|n| !n.is_on(names)) {
        return Err(wrong("elected", format!("{number} is no candidate of this list")));
    }
    if certify.deviation.is_some() {
        return check_deviation(certify);
    }
    let rules: Outcome = contest.outcome();
    let differs = |field, rules: String| Err(Refusal::NotTheOutcome { field, rules });
    if certify.elected != rules.elected {
        return differs("elected", rules.elected_in_words());
    }
    if certify.next != rules.next() {
        return differs("next", rules.next().to_string());
    }
    Ok(())
}

/// A board may depart from the rules with a reason, but nobody is elected twice.
fn check_deviation(certify: &Certify) -> Result<(), Refusal> {
    let mut elected = certify.elected.clone();
    elected.sort_unstable();
    match elected.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(wrong("elected", format!("{} stands twice", pair[0]))),
        None => Ok(()),
    }
}

fn check_minutes(minutes: &Minutes, contest: &ContestCount) -> Result<(), Refusal> {
    let certified = matches!(contest.phase, Phase::Certified | Phase::Announced);
    must_be(contest, certified, "certified or announced")?;
    check_certificate(minutes.certify, contest)?;
    let latest = contest.minutes().map(|(sid, _)| sid);
    if minutes.replaces == latest { Ok(()) } else { Err(Refusal::NotTheMinutes { latest }) }
}

fn check_announce(announce: &Announce, contest: &ContestCount) -> Result<(), Refusal> {
    must_be(contest, contest.phase == Phase::Certified, "certified")?;
    if contest.is_revoked_after_close() {
        return Err(Refusal::RevokedAfterClose);
    }
    check_certificate(announce.certify, contest)
}

fn check_certificate(named: crate::Sid, contest: &ContestCount) -> Result<(), Refusal> {
    match contest.certify() {
        Some((latest, _)) if latest == named => Ok(()),
        Some((latest, _)) => Err(Refusal::NotTheCertificate { latest }),
        None => Err(Refusal::Phase { phase: contest.phase, must_be: "certified" }),
    }
}
