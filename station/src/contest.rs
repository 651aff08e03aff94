//! The contest a table counts, as the log states it now: the server says where, the entry is proved. A copy is kept for
//! halls whose line is down. It refuses to know ballots.

use crate::{
    ballots::BallotForm,
    error::StationError,
    home::{read_if_any, write_whole},
    link::{Link, bad},
};
use proto::v1::get_head_request::Subject;
use std::path::{Path, PathBuf};
use tally::{ContestId, Sid, SignedStatement, Statement, statement::Contest};

/// Learns the contest as it stands now and leaves a copy in the table's folder.
///
/// # Errors
/// There is no such contest, or the server does not prove it.
pub async fn learn(link: &mut Link, folder: &Path, id: ContestId) -> Result<Box<Contest>, StationError> {
    let stated_at = link.head(Subject::Contest(id.to_string())).await?.stated_at;
    let signed = link.entry(stated_at.ok_or(StationError::NoContest(id))?).await?;
    match signed.statement {
        Statement::Contest(contest) if contest.contest == id => {
            write_whole(&copy_of(folder, id), signed.note.as_bytes())?;
            Ok(contest)
        }
        _ => Err(bad(format!("entry {stated_at:?} does not state {id}"))),
    }
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

/// The ballot of a contest, with the grounds of the rules it names; those of a file come from the table's folder.
///
/// # Errors
/// The rules it names are not here, or a rule file of the folder is broken.
pub fn ballot(folder: &Path, contest: &Contest) -> Result<BallotForm, StationError> {
    let book = rules::of(folder)?;
    let form = book.find(&contest.profile).and_then(|profile| BallotForm::of(contest, profile));
    form.ok_or_else(|| {
        let word = &contest.profile;
        StationError::File {
            path: folder.join(rules::FOLDER),
            vi: format!("không có quy tắc {word} ở đây; hãy đặt tệp của nó vào thư mục này"),
            en: format!("the rules {word} are not here; put their file into this folder"),
        }
    })
}

fn copy_of(folder: &Path, id: ContestId) -> PathBuf {
    folder.join("contests").join(format!("{id}.note"))
}
