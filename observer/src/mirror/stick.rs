//! A log brought on a stick: verified whole, held against what is remembered, remembered, and taken into a mirror. It
//! refuses to know who carried it.

use super::{Copy, copy::bundles, with_evidence};
use crate::{
    client::Stop,
    error::ObserverError,
    folder,
    home::Home,
    remote::stated_size,
    verdict::{Finding, Report, Verdict},
};
use std::{fs, path::Path};
use tally::Sid;
use tlog::Note;

/// The code of what is said of an older log, as of a copied folder.
const OLDER: &str = "V-OLDER";

/// Takes in a folder as `export` or a mirror makes it. What it shows that is older than what is known is said and changes
/// nothing; what contradicts it is evidence.
///
/// # Errors
/// This observer's own disk, or a mirror that cannot be gone on with.
pub fn import(
    stick: &Path,
    event: Sid,
    home: &Home,
    out: Option<&Path>,
    is_accredited: bool,
) -> Result<Report, ObserverError> {
    let remembered = home.remembered(event)?;
    let heard = home.heard(event)?;
    let report = folder::verify_against(stick, event, remembered.as_ref(), &heard);
    let report = held_against(report, remembered.as_ref())?;
    if !matches!(report.verdict(), Verdict::Ok | Verdict::Provisional) || is_older(&report) {
        return with_evidence(report, event, home);
    }
    let log = if stick.join("checkpoint").is_file() { stick.to_owned() } else { stick.join("log") };
    let path = log.join("checkpoint");
    let bytes = fs::read(&path).map_err(ObserverError::disk(&path))?;
    let note = Note::parse(&bytes).map_err(|e| ObserverError::disk(path)(std::io::Error::other(e)))?;
    if let Some(out) = out {
        let into = match forward(&log, &note, event, out, is_accredited) {
            Ok(into) => into,
            Err(Stop::Found(finding)) => Some(Report::stopped(*finding)),
            Err(Stop::Failed(error)) => return Err(error),
        };
        if let Some(refused) = into {
            return with_evidence(refused, event, home);
        }
    }
    // The signature and the root of every entry were verified; where the public reads less there is nothing to remember.
    if report.results.as_ref().is_some_and(|results| results.log.size == report.size) {
        home.remember(event, &note)?;
        if let Some(manifest) = &report.manifest {
            home.meet(event, manifest)?;
        }
    }
    Ok(report)
}

/// An older log than one that is known proves nothing, and changes nothing.
fn held_against(report: Report, known: Option<&Note>) -> Result<Report, ObserverError> {
    let seen = known.and_then(|note| stated_size(note).ok()).unwrap_or(0);
    let is_right = matches!(report.verdict(), Verdict::Ok | Verdict::Provisional);
    if !is_right || report.size >= seen {
        return Ok(report);
    }
    let size = report.size;
    let vi = format!("bản này có {size} mục, đã biết {seen} mục: không đổi gì; hãy lấy bản mới hơn");
    let en = format!("this copy has {size} entries, {seen} are known: nothing was changed; take a newer copy");
    let finding = Finding::new(Verdict::Provisional, OLDER, "size", vi, en).in_file("checkpoint");
    Ok(Report { finding: Some(finding), ..report })
}

fn is_older(report: &Report) -> bool {
    report.finding.as_ref().is_some_and(|finding| finding.code == OLDER)
}

/// Brings the mirror forward; a report when the stick does not continue it.
fn forward(log: &Path, note: &Note, event: Sid, out: &Path, is_accredited: bool) -> Result<Option<Report>, Stop> {
    let mut copy = Copy::open(out, event, rules::of(log).map_err(ObserverError::from)?, is_accredited)?;
    let before = copy.published.clone();
    if let Some((before, _)) = &before {
        let report = held_against(folder::verify(log, event, Some(before)), Some(before))?;
        if !matches!(report.verdict(), Verdict::Ok | Verdict::Provisional) || is_older(&report) {
            return Ok(Some(report));
        }
    }
    let (known, size) = (copy.audit.size(), stated_size(note)?);
    bundles(log, known, size, |entry| copy.take(entry).map_err(Stop::from))?;
    if copy.audit.size() == 0 {
        return Err(crate::mirror::without_entries().into());
    }
    let checkpoint = copy.audit.open_checkpoint(note)?;
    if copy.audit.size() == size {
        copy.audit.check_root(&checkpoint)?;
    }
    if let Some((before, stated)) = &before {
        copy.audit.check_same_size(before, note)?;
        let is_continued = copy.audit.replay().tree.root_at(stated.size) == Some(stated.root);
        if !is_continued && stated.size != size {
            return Err(not_shown(stated.size, size).into());
        }
    }
    copy.audit.settle()?;
    copy.publish(note, &checkpoint)?;
    Ok(None)
}

/// A stick with what the public reads alone cannot show that its larger checkpoint continues the mirror's.
fn not_shown(before: u64, now: u64) -> Finding {
    let vi = format!(
        "thẻ nhớ chỉ có phần công khai, không chứng tỏ được {now} mục nối tiếp {before} mục của bản sao; không đổi gì"
    );
    let en = format!(
        "the stick has only what is public and cannot show that its {now} entries continue the {before} of the mirror; nothing \
         was changed"
    );
    Finding::new(Verdict::Provisional, "V-NOT-SHOWN", "size", vi, en).in_file("checkpoint")
}
