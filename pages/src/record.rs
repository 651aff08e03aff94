//! Everything a paper may say of a certified contest, taken at once from one replay: figures, certificate, minutes, annex.
//! Nothing else is ever printed. It refuses to know who asks, what time it is, and what the server says.

use crate::vote::Vote;
use std::collections::BTreeMap;
use tally::{
    BundleId, CandidateNo, Code, ContestId, Count, Figures, Papers, Sid, StationId,
    count::ContestCount,
    ruling::{Phase, Sentence},
    statement::{Certify, Decide, Minutes, PapersStatement},
    text::Date,
};

/// A certified contest, frozen.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// What was voted on.
    pub vote: Vote,
    /// The closed bulletin that all figures are of.
    pub bulletin: Sid,
    /// Its entry in the log.
    pub entry: u64,
    /// The reading code of the bulletin.
    pub code: Code,
    /// The papers, as stated last.
    pub papers: PapersStatement,
    /// All counted bundles together.
    pub figures: Figures,
    /// D, where the rules have one.
    pub base: Option<u64>,
    /// The fewest votes that are more than half of D.
    pub threshold: Option<u64>,
    /// Dự khuyết by the rules, in order; nobody where the board certified otherwise.
    pub alternates: Vec<CandidateNo>,
    /// The certificate in force.
    pub certify: Certify,
    /// The signed minutes of this certificate, once there are some; before that their places are left to the pen.
    pub minutes: Option<(Sid, Minutes)>,
    /// What the board decided, in order.
    pub decisions: Vec<Decide>,
    /// How the outcome is computed, line by line.
    pub derivation: Vec<Sentence>,
    /// Every bundle, by id.
    pub bundles: Vec<CountedBundle>,
    /// The day of the minutes, as the committee gives it; the pen writes it otherwise.
    pub day: Option<Date>,
}

/// A bundle of the annex.
#[derive(Clone, Debug)]
pub struct CountedBundle {
    /// Its number on the cover.
    pub bundle: BundleId,
    /// Papers in it, as `papers` says.
    pub papers: Papers,
    /// The count that stands for it; none when the board gave it up.
    pub count: Option<StandingCount>,
}

/// The count that stands for a bundle.
#[derive(Clone, Debug)]
pub struct StandingCount {
    /// The table.
    pub station: StationId,
    /// Its entry in the log.
    pub entry: u64,
    /// What it adds up to.
    pub figures: Figures,
}

/// Why there is no record to print yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// The log has no such contest.
    #[error("không có cuộc bầu {0} trong nhật ký — the log has no contest {0}")]
    NoContest(ContestId),
    /// Nobody has certified it, or not since it was opened again.
    #[error(
        "cuộc bầu {contest} chưa được chứng nhận ({phase}); chỉ in biên bản sau khi chứng nhận — contest {contest} is not \
         certified ({phase}); minutes are printed after the certificate"
    )]
    NotCertified {
        /// The contest.
        contest: ContestId,
        /// Where it is on its way.
        phase: Phase,
    },
}

impl Frozen {
    /// Freezes a certified contest.
    ///
    /// # Errors
    /// There is no such contest, or it is not certified: open, closed only, reopened, annulled, blocked.
    pub fn of(count: &Count, id: ContestId) -> Result<Self, Unready> {
        let state = count.contest(id).ok_or(Unready::NoContest(id))?;
        let unready = Unready::NotCertified { contest: id, phase: state.phase() };
        if !matches!(state.phase(), Phase::Certified | Phase::Announced) {
            return Err(unready);
        }
        let vote = Vote::of(count, id).ok_or(Unready::NoContest(id))?;
        let (certified, certify) = state.certify().ok_or(unready)?;
        let bulletin = certify.bulletin;
        Ok(Self {
            bulletin,
            entry: count.desk_entry(bulletin).ok_or(unready)?,
            code: Code::of(bulletin),
            papers: state.papers().ok_or(unready)?.clone(),
            figures: state.totals(),
            base: state.base(),
            threshold: state.threshold(),
            // Minutes of a certificate that fell with a reopen are not these.
            minutes: state.minutes().filter(|(_, m)| m.certify == certified).map(|(sid, m)| (sid, m.clone())),
            decisions: state.decisions().to_vec(),
            derivation: state.derivation(),
            bundles: bundles(state),
            alternates: if certify.deviation.is_none() { state.outcome().alternates } else { Vec::new() },
            certify: certify.clone(),
            day: None,
            vote,
        })
    }

    /// The same, with the day of the minutes, which ages are counted to.
    #[must_use]
    pub fn on(self, day: Option<Date>) -> Self {
        Self { day, ..self }
    }

    /// What percentages are of: D where there is one, the valid ballots otherwise.
    #[must_use]
    pub fn share_base(&self) -> u64 {
        self.base.unwrap_or(self.figures.valid.0.into())
    }
}

fn bundles(state: &ContestCount) -> Vec<CountedBundle> {
    let stated = state.papers().map_or(&[][..], |papers| &papers.bundles);
    let standing: BTreeMap<_, _> = state.standing().collect();
    let counted = |b: &tally::statement::Bundle| CountedBundle {
        bundle: b.bundle,
        papers: b.papers,
        count: standing.get(&b.bundle).map(|batch| StandingCount {
            station: batch.station,
            entry: batch.index,
            figures: batch.figures.clone(),
        }),
    };
    stated.iter().map(counted).collect()
}
