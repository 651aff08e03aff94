//! Count sheets on their way into the chain: which bundles are new, and the batch each of them becomes. It refuses to
//! judge papers and to know the server.

use crate::{
    ballots::BundleSheet,
    error::StationError,
    ledger::{Ledger, Said},
};
use tally::{
    BundleId, ContestId, Sid, Statement,
    id::CounterId,
    statement::{Batch, Withdraw},
    text::Text,
};

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

/// What is to be done with the sheets of a sitting.
#[derive(Debug, Default)]
pub struct Plan<'s> {
    /// Sheets to be signed.
    pub uncounted: Vec<&'s BundleSheet>,
    /// Numbers of batches with these very figures that were set aside: saying the same again helps only when the reason
    /// is gone, so that has to be asked for.
    pub set_aside: Vec<u64>,
}

/// Which sheets are not in the journal yet. A bundle that stands there with equal figures is done: so a run that was cut
/// off goes on where it was, and never says a thing twice by itself.
///
/// # Errors
/// [`StationError::CountedBefore`] for the first bundle that stands there with other figures, unless counting again was
/// asked for. Nothing is signed then, not even the good ones.
pub fn plan<'s>(ledger: &Ledger, sitting: &Sitting, sheets: &'s [BundleSheet]) -> Result<Plan<'s>, StationError> {
    let said = ledger.said(sitting.contest);
    let mut plan = Plan::default();
    for sheet in sheets {
        let said = said.get(&sheet.bundle).map(Vec::as_slice).unwrap_or_default();
        let is_equal = |s: &&Said<'_>| s.batch.figures == sheet.figures;
        let live = || said.iter().filter(|s| s.is_live());
        if live().any(|s| is_equal(&s)) {
            continue;
        }
        if let Some(s) = live().next_back().filter(|_| !sitting.again) {
            return Err(StationError::CountedBefore { contest: sitting.contest, bundle: sheet.bundle, seq: s.seq });
        }
        match said.iter().rfind(is_equal).filter(|_| !sitting.again) {
            Some(set_aside) => plan.set_aside.push(set_aside.seq),
            None => plan.uncounted.push(sheet),
        }
    }
    Ok(plan)
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
    let newest =
        ledger.said(contest).get(&bundle).and_then(|said| said.iter().rfind(|s| s.is_live())).map(|s| s.line.sid);
    newest.ok_or_else(|| StationError::NothingToWithdraw(format!("{contest} {bundle}")))
}

/// Signs that the table takes one of its batches back. Taking it back twice is refused here already.
///
/// # Errors
/// [`StationError::NothingToWithdraw`], or as [`Ledger::sign`].
pub fn withdraw(ledger: &mut Ledger, target: Sid, reason: &Text) -> Result<Sid, StationError> {
    let nothing = || StationError::NothingToWithdraw(target.to_string());
    let contest = ledger.lines().iter().find(|line| line.sid == target).and_then(|line| line.statement.contest());
    let contest = contest.ok_or_else(nothing)?;
    if !ledger.said(contest).values().flatten().any(|s| s.line.sid == target && s.is_live()) {
        return Err(nothing());
    }
    let (election, station, reason) = (ledger.event(), ledger.home().station(), reason.clone());
    let say = |seq, prev| Statement::Withdraw(Withdraw { election, station, seq, prev, contest, target, reason });
    ledger.sign(say).map(|line| line.sid)
}
