//! The contest a table counts, as the log states it now: found by walking its desk chain back from the head. A copy is
//! kept for halls whose line is down. It refuses to know ballots.

use crate::{
    error::StationError,
    home::{read_if_any, write_whole},
    link::Link,
};
use proto::v1::get_head_request::Subject;
use std::path::{Path, PathBuf};
use tally::{
    ContestId, Sid, SignedStatement, Statement,
    statement::{Contest, Link as Chain},
};

/// Statements on one contest after its own, at most: decisions about every bundle, and then some.
const WALK_MAX: usize = 20_000;

/// Learns the contest as it stands now and leaves a copy in the table's folder.
///
/// # Errors
/// There is no such contest, or the server does not prove it.
pub async fn learn(link: &mut Link, folder: &Path, id: ContestId) -> Result<Box<Contest>, StationError> {
    let mut sid = link.head(Subject::Contest(id.to_string())).await?.sid;
    for _ in 0..WALK_MAX {
        if sid == Sid::ZERO {
            return Err(StationError::NoContest(id));
        }
        let signed = link.entry(sid).await?;
        match (signed.statement.link(), signed.statement) {
            (_, Statement::Contest(contest)) if contest.contest == id => {
                write_whole(&copy_of(folder, id), signed.note.as_bytes())?;
                return Ok(contest);
            }
            (Chain::Desk { contest: Some(of), prev }, _) if of == id => sid = prev,
            _ => break,
        }
    }
    Err(StationError::BadAnswer(format!("the chain of {id} does not lead to the contest")))
}

/// The copy, to count with while the line is down: the contest as it was when this table last asked.
///
/// # Errors
/// There is no copy, or it is not one of this event.
pub fn remembered(folder: &Path, event: Sid, id: ContestId) -> Result<Box<Contest>, StationError> {
    let path = copy_of(folder, id);
    let note = read_if_any(&path)?.ok_or(StationError::NoContest(id))?;
    match SignedStatement::reread(&note).map(|signed| signed.statement) {
        Ok(Statement::Contest(contest)) if contest.contest == id && contest.election == event => Ok(contest),
        _ => Err(StationError::File {
            path,
            vi: "không phải bản sao của cuộc bầu này".into(),
            en: "this is no copy of the contest; delete it".into(),
        }),
    }
}

fn copy_of(folder: &Path, id: ContestId) -> PathBuf {
    folder.join("contests").join(format!("{id}.note"))
}
