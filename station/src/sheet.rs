//! Count sheets on their way into the chain: which bundles are new, and the batch each of them becomes. It refuses to
//! judge papers and to know the server.

use crate::{ballots::BallotForm, ballots::BundleSheet, error::StationError, ledger::Ledger};
use tally::{
    BundleId, ContestId, Sid, Statement,
    id::CounterId,
    statement::{Batch, Contest, Withdraw},
    text::Text,
};

/// How the papers of a contest are read.
impl From<&Contest> for BallotForm {
    fn from(contest: &Contest) -> Self {
        Self { form: contest.form, choices: contest.choices, names: contest.candidates.len() }
    }
}

/// One sitting of counting: what is the same for all its bundles.
#[derive(Clone, Debug)]
pub struct Sitting {
    /// The contest.
    pub contest: ContestId,
    /// Ids used at the table, never names.
    pub counters: Vec<CounterId>,
    /// Independent passes over each bundle.
    pub passes: u64,
    /// Unix seconds; a claim, never used for order.
    pub time: u64,
    /// Whether a bundle counted before may be counted anew.
    pub again: bool,
}

/// The sheets that are not in the journal yet. A bundle that stands there with equal figures is done: so a run that was
/// cut off goes on where it was.
///
/// # Errors
/// [`StationError::CountedBefore`] for the first bundle that stands there with other figures, unless counting again was
/// asked for. Nothing is signed then, not even the good ones.
pub fn uncounted<'s>(
    ledger: &Ledger,
    sitting: &Sitting,
    sheets: &'s [BundleSheet],
) -> Result<Vec<&'s BundleSheet>, StationError> {
    let mut uncounted = Vec::new();
    for sheet in sheets {
        let mut newest = None;
        let done = ledger.live(sitting.contest, sheet.bundle).any(|(seq, _, batch)| {
            newest = Some(seq);
            batch.figures == sheet.figures
        });
        match newest {
            _ if done => {}
            Some(seq) if !sitting.again => {
                return Err(StationError::CountedBefore { contest: sitting.contest, bundle: sheet.bundle, seq });
            }
            _ => uncounted.push(sheet),
        }
    }
    Ok(uncounted)
}

/// Signs the batch of one sheet into the table's chain.
///
/// # Errors
/// As [`Ledger::sign`].
pub fn sign(ledger: &mut Ledger, sitting: &Sitting, sheet: &BundleSheet) -> Result<Sid, StationError> {
    let (election, station) = (ledger.event(), ledger.home().station());
    let line = ledger.sign(|seq, prev| {
        Statement::Batch(Box::new(Batch {
            election,
            station,
            seq,
            prev,
            contest: sitting.contest,
            bundle: sheet.bundle,
            counters: sitting.counters.clone(),
            passes: sitting.passes,
            figures: sheet.figures.clone(),
            serials: None,
            time: sitting.time,
        }))
    })?;
    Ok(line.sid)
}

/// The newest batch in force of a bundle, to be taken back.
///
/// # Errors
/// [`StationError::NothingToWithdraw`].
pub fn newest(ledger: &Ledger, contest: ContestId, bundle: BundleId) -> Result<Sid, StationError> {
    let newest = ledger.live(contest, bundle).last();
    newest.map(|(_, sid, _)| sid).ok_or_else(|| StationError::NothingToWithdraw(format!("{contest} {bundle}")))
}

/// Signs that the table takes one of its batches back. Taking it back twice is refused here already.
///
/// # Errors
/// [`StationError::NothingToWithdraw`], or as [`Ledger::sign`].
pub fn withdraw(ledger: &mut Ledger, target: Sid, reason: &Text) -> Result<Sid, StationError> {
    let batch = ledger.lines().iter().find_map(|line| match &line.statement {
        Statement::Batch(batch) if line.sid == target => Some((batch.contest, batch.bundle)),
        _ => None,
    });
    let nothing = || StationError::NothingToWithdraw(target.to_string());
    let (contest, bundle) = batch.ok_or_else(nothing)?;
    if !ledger.live(contest, bundle).any(|(_, sid, _)| sid == target) {
        return Err(nothing());
    }
    let (election, station, reason) = (ledger.event(), ledger.home().station(), reason.clone());
    let say = |seq, prev| Statement::Withdraw(Withdraw { election, station, seq, prev, contest, target, reason });
    ledger.sign(say).map(|line| line.sid)
}
