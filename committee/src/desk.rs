//! What the desk writes: every statement of organisers and counting boards, built from the log as it stands and from
//! what people say. Each follows the head of its chain, so that members sign what follows a state they saw. It refuses
//! to know keys' secrets, files and the network.

use crate::{
    error::{CommitteeError, say},
    event::{EventBoard, EventContest},
    papers::PaperSheet,
};
use tally::{
    BundleId, CandidateNo, ContestId, Count, Sid, Statement,
    count::ContestCount,
    outcome::Outcome,
    ruling::{Phase, Refusal},
    statement::{
        About, Announce, Annul, Board, Certify, Close, Contest, Decide, KeyStatement, Minutes, Next, PapersStatement,
        Reopen, Revoke, Settle,
    },
    text::Text,
};
use tlog::VerifierKey;

/// A sid is typed with at least so many digits: fewer could be told apart by chance.
pub const SID_DIGITS_MIN: usize = 8;

/// The desk at a size of the log.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    count: &'a Count,
    election: Sid,
}

/// Why the board departs from what the rules say, and what it says instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Why, as it will stand in the minutes.
    pub reason: Text,
    /// The elected, in the order of the certificate.
    pub elected: Vec<CandidateNo>,
    /// What comes next.
    pub next: Next,
}

/// What the paper minutes add to the certified figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinutesSheet {
    /// Có mặt.
    pub present: u64,
    /// Vắng mặt.
    pub absent: u64,
    /// Copies made.
    pub copies: u64,
    /// Numbers of the seals.
    pub seals: Vec<Text>,
    /// Complaints and unusual events; possibly none.
    pub complaints: Vec<Text>,
}

impl<'a> Desk<'a> {
    /// The desk at this size of the log.
    ///
    /// # Errors
    /// The log is empty: there is no event yet.
    pub fn at(count: &'a Count) -> Result<Self, Refusal> {
        count.event().map(|election| Self { count, election }).ok_or(Refusal::ManifestPlace)
    }

    /// The contest, if the log has it.
    ///
    /// # Errors
    /// There is none of that id.
    pub fn contest_count(&self, id: ContestId) -> Result<&'a ContestCount, Refusal> {
        self.count.contest(id).ok_or(Refusal::UnknownContest(id))
    }

    /// A counting board as the congress elected it; `keys` are its members', ascending by name.
    pub fn board(&self, board: &EventBoard, keys: Vec<VerifierKey>) -> Statement {
        Statement::Board(Board {
            election: self.election,
            prev: self.count.election_head(),
            board: board.id,
            title: board.title.clone(),
            threshold: board.threshold,
            members: board.members.clone(),
            keys,
        })
    }

    /// A key comes in.
    pub fn key(&self, key: VerifierKey, title: Option<Text>) -> Statement {
        Statement::Key(KeyStatement { election: self.election, prev: self.count.election_head(), key, title })
    }

    /// A key goes out. The name may be given without the origin, as in `station/s04`.
    pub fn revoke(&self, name: &str, last_seq: Option<u64>, reason: Text) -> Statement {
        let origin = self.count.manifest().map_or("", |m| &m.origin);
        let short = self.count.keys().holder(name).is_none();
        let key = if short { format!("{origin}/{name}").into() } else { name.into() };
        Statement::Revoke(Revoke { election: self.election, prev: self.count.election_head(), key, last_seq, reason })
    }

    /// What is voted on.
    pub fn contest(&self, contest: &EventContest) -> Statement {
        let names = contest.candidates.len();
        let numbered = || contest.candidates.iter().enumerate().map(|(place, c)| (CandidateNo::at(place, names), c));
        Statement::Contest(Box::new(Contest {
            election: self.election,
            prev: self.count.contest_head(contest.id),
            contest: contest.id,
            board: contest.board,
            kind: contest.kind,
            follows: contest.follows,
            title: contest.title.clone(),
            form: contest.form,
            profile: contest.profile.clone(),
            seats: contest.seats,
            choices: contest.choices,
            counts: contest.counts,
            base: contest.base.clone(),
            candidates: contest.candidates.iter().map(|c| c.name.clone()).collect(),
            born: numbered().filter_map(|(number, c)| c.born.map(|day| (number, day))).collect(),
            traits: numbered().flat_map(|(number, c)| c.traits.iter().map(move |t| (number, t.clone()))).collect(),
        }))
    }

    /// The papers of a contest and their bundles.
    pub fn papers(&self, contest: ContestId, sheet: &PaperSheet) -> Statement {
        Statement::Papers(PapersStatement {
            election: self.election,
            prev: self.count.contest_head(contest),
            contest,
            received: sheet.received,
            issued: sheet.issued,
            unused: sheet.unused,
            spoiled: sheet.spoiled,
            collected: sheet.collected,
            bundles: sheet.bundles.clone(),
        })
    }

    /// What the board decided about doubtful papers, or a warning it accepts.
    pub fn decide(&self, contest: ContestId, about: About, reason: Text) -> Statement {
        Statement::Decide(Decide {
            election: self.election,
            prev: self.count.contest_head(contest),
            contest,
            about,
            reason,
        })
    }

    /// Which batch stands for a bundle; `None` gives the bundle up.
    pub fn settle(&self, contest: ContestId, bundle: BundleId, stands: Option<Sid>, reason: Text) -> Statement {
        let prev = self.count.contest_head(contest);
        Statement::Settle(Settle { election: self.election, prev, contest, bundle, stands, reason })
    }

    /// The live batch of a contest whose sid begins with these hex digits.
    ///
    /// # Errors
    /// The contest is unknown; no live batch, or more than one, begins so.
    pub fn live_batch(&self, contest: ContestId, typed: &str) -> Result<Sid, CommitteeError> {
        let live = self.contest_count(contest)?.live();
        choose(typed, live.filter_map(|b| self.count.station_entry(b.station, b.seq)).map(|(sid, _)| sid))
    }

    /// Nothing counts after.
    pub fn close(&self, contest: ContestId) -> Statement {
        Statement::Close(Close { election: self.election, prev: self.count.contest_head(contest), contest })
    }

    /// Counting goes on again.
    pub fn reopen(&self, contest: ContestId, reason: Text) -> Statement {
        Statement::Reopen(Reopen { election: self.election, prev: self.count.contest_head(contest), contest, reason })
    }

    /// The contest is void.
    pub fn annul(&self, contest: ContestId, reason: Text) -> Statement {
        Statement::Annul(Annul { election: self.election, prev: self.count.contest_head(contest), contest, reason })
    }

    /// Who is elected, as the rules say of the figures in this log, or as the board says with its reason.
    ///
    /// # Errors
    /// There is no such contest, or no closed bulletin to bind the elected to.
    pub fn certify(&self, contest: ContestId, deviation: Option<Deviation>) -> Result<Statement, Refusal> {
        let count = self.contest_count(contest)?;
        let bulletin = count.bulletin().ok_or(match count.phase() {
            Phase::Closed | Phase::Certified => Refusal::NotTheBulletin { latest: None },
            phase => Refusal::Phase { phase, must_be: "closed or certified" },
        })?;
        if count.is_blocked() {
            return Err(Refusal::Blocked);
        }
        let rules: Outcome = count.outcome();
        let (elected, next, deviation) = match deviation {
            None => (rules.elected.clone(), rules.next(), None),
            Some(d) => (d.elected, d.next, Some(d.reason)),
        };
        let prev = self.count.contest_head(contest);
        Ok(Statement::Certify(Certify { election: self.election, prev, contest, bulletin, elected, next, deviation }))
    }

    /// What the paper minutes add; accepted warnings and the minutes they replace come from the log.
    ///
    /// # Errors
    /// There is no such contest, or it is not certified.
    pub fn minutes(&self, contest: ContestId, sheet: MinutesSheet) -> Result<Statement, Refusal> {
        let count = self.contest_count(contest)?;
        Ok(Statement::Minutes(Box::new(Minutes {
            election: self.election,
            prev: self.count.contest_head(contest),
            contest,
            certify: certificate(count, "certified or announced")?,
            present: sheet.present,
            absent: sheet.absent,
            copies: sheet.copies,
            seals: sheet.seals,
            accepted: count.accepted().copied().collect(),
            complaints: sheet.complaints,
            replaces: count.minutes().map(|(sid, _)| sid),
        })))
    }

    /// The head has read the result out.
    ///
    /// # Errors
    /// There is no such contest, or it is not certified.
    pub fn announce(&self, contest: ContestId) -> Result<Statement, Refusal> {
        let certify = certificate(self.contest_count(contest)?, "certified")?;
        let prev = self.count.contest_head(contest);
        Ok(Statement::Announce(Announce { election: self.election, prev, contest, certify }))
    }
}

fn certificate(count: &ContestCount, must_be: &'static str) -> Result<Sid, Refusal> {
    count.certify().map(|(sid, _)| sid).ok_or(Refusal::Phase { phase: count.phase(), must_be })
}

/// The one sid that begins with what was typed.
///
/// # Errors
/// What was typed is no beginning of a sid, or of none of these, or of several.
pub fn choose(typed: &str, sids: impl Iterator<Item = Sid>) -> Result<Sid, CommitteeError> {
    let typed = typed.to_ascii_lowercase();
    if typed.len() < SID_DIGITS_MIN || !typed.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(CommitteeError::Choice(say(
            format!("`{typed}`: ghi ít nhất {SID_DIGITS_MIN} chữ số thập lục phân đầu của mã"),
            format!("`{typed}`: type at least the first {SID_DIGITS_MIN} hex digits of the sid"),
        )));
    }
    let mut fitting: Vec<Sid> = sids.filter(|sid| sid.to_string().starts_with(&typed)).collect();
    fitting.sort_unstable();
    fitting.dedup();
    match fitting[..] {
        [one] => Ok(one),
        [] => Err(CommitteeError::Choice(say(
            format!("không có mã nào bắt đầu bằng {typed}"),
            format!("nothing here has a sid that begins with {typed}"),
        ))),
        _ => Err(CommitteeError::Choice(say(
            format!("{} mã bắt đầu bằng {typed}; ghi thêm chữ số", fitting.len()),
            format!("{} sids begin with {typed}; type more digits", fitting.len()),
        ))),
    }
}
