//! What is to be said, once the arguments are read, and the statement it becomes.

use super::{
    Hall, Hands,
    desk::{DecideArgs, DeskCommand, PapersArgs},
};
use ::committee::{
    CommitteeError,
    desk::{Desk, Deviation, MinutesSheet},
    home::{Home, read_event},
    papers::PaperSheet,
};
use std::path::PathBuf;
use tally::{
    BoardId, BundleId, ContestId, Papers, Statement,
    ruling::Refusal,
    statement::{About, DecideRuling, MemberRole, Next},
    text::Text,
};

/// What is to be said, once the arguments are read.
#[derive(Debug)]
pub(in crate::committee) enum What {
    Board { id: BoardId, file: Option<PathBuf> },
    Contest { id: ContestId, file: Option<PathBuf> },
    Papers { contest: ContestId, sheet: PaperSheet },
    Decide { contest: ContestId, about: About, reason: Text },
    Settle { contest: ContestId, bundle: BundleId, stands: Option<String>, reason: Text },
    Close(ContestId),
    Certify { contest: ContestId, deviation: Option<Deviation> },
    Minutes { contest: ContestId, sheet: MinutesSheet },
    Announce(ContestId),
    Reopen { contest: ContestId, reason: Text },
    Annul { contest: ContestId, reason: Text },
    Key { file: PathBuf, title: Option<Text> },
    Revoke { name: String, last_seq: Option<u64>, reason: Text },
}

impl DeskCommand {
    /// The parts of a command that makes a desk statement.
    pub(in crate::committee) fn into_parts(self) -> Result<(Hall, Hands, What), CommitteeError> {
        Ok(match self {
            Self::Board(a) => (a.hall, a.hands, What::Board { id: a.id, file: a.event_toml }),
            Self::Contest(a) => (a.hall, a.hands, What::Contest { id: a.id, file: a.event_toml }),
            Self::Papers(a) => {
                let sheet = a.sheet()?;
                (a.hall, a.hands, What::Papers { contest: a.contest, sheet })
            }
            Self::Decide(a) => {
                let about = a.about()?;
                (a.hall, a.hands, What::Decide { contest: a.contest, about, reason: a.reason })
            }
            Self::Settle(a) => {
                let (contest, bundle, stands, reason) = (a.contest, a.bundle, a.stands, a.reason);
                (a.hall, a.hands, What::Settle { contest, bundle, stands, reason })
            }
            Self::Close(a) => (a.hall, a.hands, What::Close(a.contest)),
            Self::Certify(a) => {
                let (elected, next) = (a.elected, a.next.unwrap_or(Next::None));
                let deviation = a.deviation.map(|reason| Deviation { reason, elected, next });
                (a.hall, a.hands, What::Certify { contest: a.contest, deviation })
            }
            Self::Minutes(a) => {
                let (seals, complaints) = (a.seals, a.complaints);
                let sheet = MinutesSheet { present: a.present, absent: a.absent, copies: a.copies, seals, complaints };
                (a.hall, a.hands, What::Minutes { contest: a.contest, sheet })
            }
            Self::Announce(a) => (a.hall, a.hands, What::Announce(a.contest)),
            Self::Reopen(a) => (a.hall, a.hands, What::Reopen { contest: a.contest, reason: a.reason }),
            Self::Annul(a) => (a.hall, a.hands, What::Annul { contest: a.contest, reason: a.reason }),
            Self::Key(a) => (a.hall, a.hands, What::Key { file: a.file, title: a.title }),
            Self::Revoke(a) => (a.hall, a.hands, What::Revoke { name: a.name, last_seq: a.last_seq, reason: a.reason }),
        })
    }
}

impl PapersArgs {
    fn sheet(&self) -> Result<PaperSheet, CommitteeError> {
        match &self.file {
            Some(file) => PaperSheet::read(file),
            None => {
                let figures = [self.received, self.issued, self.unused, self.spoiled].map(Option::unwrap_or_default);
                PaperSheet::new(figures, self.collected, self.bundles.iter().map(|b| b.0).collect())
            }
        }
    }
}

impl DecideArgs {
    fn about(&self) -> Result<About, CommitteeError> {
        let wrong =
            |what: &str| CommitteeError::input(format!("`{what}`: không đọc được"), format!("`{what}` cannot be read"));
        match (&self.papers, self.warning) {
            (Some(words), _) => {
                let [bundle, papers] = &words[..] else { return Err(wrong("--papers")) };
                let ruling = self.invalid.map_or(DecideRuling::Valid, DecideRuling::Invalid);
                Ok(About::Papers {
                    bundle: bundle.parse().map_err(|_| wrong(bundle))?,
                    papers: Papers(papers.parse().map_err(|_| wrong(papers))?),
                    ruling,
                })
            }
            (None, Some(code)) if code.as_str().starts_with("W-") => Ok(About::Warning(code)),
            (None, code) => Err(wrong(code.as_ref().map_or("--warning", |c| c.as_str()))),
        }
    }
}

impl What {
    /// The statement, following the log as it stands.
    pub(in crate::committee) fn statement(self, desk: &Desk<'_>, home: &Home) -> Result<Statement, CommitteeError> {
        let event = |file: Option<PathBuf>| read_event(&file.unwrap_or_else(|| home.event_toml()));
        Ok(match self {
            Self::Board { id, file } => {
                let event = event(file)?;
                let board = event.boards.iter().find(|b| b.id == id).ok_or(Refusal::UnknownBoard(id))?;
                let signing = board.members.iter().filter(|m| m.role != MemberRole::Technician);
                let names: Vec<_> = signing.map(|m| (m.id.0, format!("{}/board/{}", event.origin, m.id))).collect();
                let keys = home.public_keys(names.iter().map(|(id, name)| (*id, name.as_str())))?;
                desk.board(board, keys)
            }
            Self::Contest { id, file } => {
                let event = event(file)?;
                let contest = event.contests.iter().find(|c| c.id == id).ok_or(Refusal::UnknownContest(id))?;
                desk.contest(contest)
            }
            Self::Papers { contest, sheet } => desk.papers(contest, &sheet),
            Self::Decide { contest, about, reason } => desk.decide(contest, about, reason),
            Self::Settle { contest, bundle, stands, reason } => {
                let stands = stands.map(|typed| desk.live_batch(contest, &typed)).transpose()?;
                desk.settle(contest, bundle, stands, reason)
            }
            Self::Close(contest) => desk.close(contest),
            Self::Certify { contest, deviation } => desk.certify(contest, deviation)?,
            Self::Minutes { contest, sheet } => desk.minutes(contest, sheet)?,
            Self::Announce(contest) => desk.announce(contest)?,
            Self::Reopen { contest, reason } => desk.reopen(contest, reason),
            Self::Annul { contest, reason } => desk.annul(contest, reason),
            Self::Key { file, title } => desk.key(keyfile::read_public(&file)?, title),
            Self::Revoke { name, last_seq, reason } => desk.revoke(&name, last_seq, reason),
        })
    }
}
