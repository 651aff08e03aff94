//! What waits at the server for more members to sign, and what waited until lately: as it came, and as a member is
//! shown it. What a draft says is read from its text, who can still sign it from the verified log; who has signed or
//! refused is the server's word until it is recorded.

use crate::{
    desk::{SID_DIGITS_MIN, choose},
    error::{CommitteeError, say},
    meaning::{Meaning, Said},
};
use proto::v1;
use serde::Serialize;
use tally::{Count, Sid, Statement, ruling::Sentence, statement::Kind};

/// The drafts of the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    /// What waits, the oldest first.
    pub waiting: Vec<Draft>,
    /// What waited until lately, the latest first.
    pub ended: Vec<Ended>,
}

/// A desk statement that waits at the server for more members to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its identity.
    pub sid: Sid,
    /// Names of the keys that have signed.
    pub signers: Vec<String>,
    /// Members who have said no.
    pub refusals: Vec<Refusal>,
    /// How long it has waited.
    pub age_seconds: u64,
    /// How long it will still wait.
    pub left_seconds: u64,
    /// What will be signed.
    pub text: String,
}

/// A member's no to a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The name of the member's key.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A draft that waits no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Its identity.
    #[serde(serialize_with = "as_text")]
    pub sid: Sid,
    /// Its kind in one word.
    pub kind: String,
    /// The contest it was about; none for statements on the election.
    pub contest: Option<String>,
    /// How it ended, in one word.
    pub end: End,
    /// Names of the keys that had signed.
    pub signers: Vec<String>,
    /// Members who had said no.
    pub refusals: Vec<Refusal>,
    /// How long ago.
    pub ago_seconds: u64,
}

/// How a draft ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Enough members signed: it is an entry.
    Recorded,
    /// Another statement on its subject was recorded.
    Overtaken,
    /// Nobody completed it in time.
    Expired,
    /// Too few members were left who had not refused.
    Refused,
    /// Nobody who had signed it has a say in it any more.
    Unsigned,
    /// The server says something that this program does not know.
    Unknown,
}

/// What was typed.
#[derive(Clone, Copy, Debug)]
pub enum Found<'d> {
    /// It waits.
    Waiting(&'d Draft),
    /// It waited.
    Ended(&'d Ended),
}

/// A draft as a member is shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its identity.
    #[serde(serialize_with = "as_text")]
    pub sid: Sid,
    /// Its kind in one word; `?` when its text is no statement.
    pub kind: String,
    /// The contest it is about; none for statements on the election.
    pub contest: Option<String>,
    /// What it means, the title first.
    pub meaning: Vec<Said>,
    /// Names of the keys that have signed.
    pub signers: Vec<String>,
    /// Members who have said no.
    pub refusals: Vec<Refusal>,
    /// Members needed.
    pub threshold: u64,
    /// How many are still needed.
    pub needed: u64,
    /// Names of the keys that could still sign; those who refused may think again.
    pub can_sign: Vec<String>,
    /// How long it has waited.
    pub age_seconds: u64,
    /// How long it will still wait.
    pub left_seconds: u64,
    /// What will be signed.
    pub text: String,
}

impl Drafts {
    /// As it came: a draft is its text, whatever stands beside it.
    pub(crate) fn of(answer: v1::ListDraftsResponse) -> Self {
        Self {
            waiting: answer.drafts.into_iter().map(Draft::of).collect(),
            ended: answer.ended.iter().filter_map(Ended::of).collect(),
        }
    }

    /// The draft whose sid begins with what was typed.
    ///
    /// # Errors
    /// None does, or several do.
    pub fn find(&self, typed: &str) -> Result<Found<'_>, CommitteeError> {
        let found = self.waiting.iter().map(|d| (d.sid, Found::Waiting(d)));
        let found: Vec<_> = found.chain(self.ended.iter().map(|e| (e.sid, Found::Ended(e)))).collect();
        let begun = typed.to_ascii_lowercase();
        let is_here = found.iter().any(|(sid, _)| sid.to_string().starts_with(&begun));
        let sid = match choose(typed, found.iter().map(|(sid, _)| *sid)) {
            Err(_) if !is_here && typed.len() >= SID_DIGITS_MIN => return Err(gone(typed)),
            chosen => chosen?,
        };
        found.into_iter().find(|(of, _)| *of == sid).map(|(_, found)| found).ok_or_else(|| gone(typed))
    }
}

fn gone(typed: &str) -> CommitteeError {
    CommitteeError::Choice(say(
        format!(
            "không có bản nháp nào bắt đầu bằng {typed}; bản nháp chờ tối đa 4 giờ và mất khi máy chủ khởi động lại: \
             xem `committee drafts`, hoặc đề nghị lại bằng --propose"
        ),
        format!(
            "no draft begins with {typed}; a draft waits four hours at most and is gone when the server is restarted: \
             see `committee drafts`, or propose it again with --propose"
        ),
    ))
}

impl Draft {
    fn of(wire: v1::Draft) -> Self {
        Self {
            sid: tlog::sha256(wire.text.as_bytes()),
            signers: wire.signers,
            refusals: wire.refusals.into_iter().map(Refusal::of).collect(),
            age_seconds: wire.age_seconds,
            left_seconds: wire.left_seconds,
            text: wire.text,
        }
    }

    /// Whether the key of that name has signed, as the server says.
    pub fn has_signed(&self, name: &str) -> bool {
        self.signers.iter().any(|signer| signer == name)
    }

    /// What a member is shown, given the log.
    pub fn view(&self, count: &Count) -> View {
        let statement = Statement::parse(&self.text).ok();
        let meaning = statement.as_ref().map_or_else(unreadable, |s| Meaning::of(s, count));
        let authority = statement.as_ref().and_then(|s| count.authority(s));
        let mut signers = self.signers.clone();
        signers.retain(|name| authority.as_ref().is_some_and(|a| a.has(name)));
        signers.sort();
        signers.dedup();
        let threshold = authority.as_ref().map_or(0, |a| a.threshold);
        let keys = authority.iter().flat_map(|a| &a.keys).map(|key| key.name());
        View {
            sid: self.sid,
            kind: statement.as_ref().map_or_else(|| "?".to_owned(), |s| s.kind().to_string()),
            contest: statement.as_ref().and_then(Statement::contest).map(|c| c.to_string()),
            meaning: std::iter::once(meaning.title).chain(meaning.lines).map(Said::from).collect(),
            refusals: self.refusals.clone(),
            threshold,
            needed: threshold.saturating_sub(signers.len() as u64),
            can_sign: keys.filter(|name| signers.iter().all(|s| s != name)).map(str::to_owned).collect(),
            signers,
            age_seconds: self.age_seconds,
            left_seconds: self.left_seconds,
            text: self.text.clone(),
        }
    }
}

fn unreadable() -> Meaning {
    Meaning { title: say("KHÔNG ĐỌC ĐƯỢC: không ký", "UNREADABLE: do not sign it"), lines: Vec::new() }
}

impl Refusal {
    fn of(wire: v1::Refusal) -> Self {
        Self { name: wire.name, reason: wire.reason }
    }
}

impl Ended {
    fn of(wire: &v1::EndedDraft) -> Option<Self> {
        let end = match wire.end() {
            v1::DraftEnd::Recorded => End::Recorded,
            v1::DraftEnd::Overtaken => End::Overtaken,
            v1::DraftEnd::Expired => End::Expired,
            v1::DraftEnd::Refused => End::Refused,
            v1::DraftEnd::Unsigned => End::Unsigned,
            v1::DraftEnd::Unspecified => End::Unknown,
        };
        let kind = Kind::try_from(wire.kind()).map_or_else(|_| "?".to_owned(), |kind| kind.to_string());
        Some(Self {
            sid: proto::entry::hash_from_wire("sid", &wire.sid).ok()?,
            kind,
            contest: wire.contest.clone(),
            end,
            signers: wire.signers.clone(),
            refusals: wire.refusals.iter().cloned().map(Refusal::of).collect(),
            ago_seconds: wire.ago_seconds,
        })
    }

    /// Whether the server says that it became an entry.
    pub fn is_recorded(&self) -> bool {
        self.end == End::Recorded
    }

    /// What happened, and what to do.
    pub fn say(&self) -> Sentence {
        let about = self.contest.as_ref().map_or_else(|| self.kind.clone(), |c| format!("{} {c}", self.kind));
        let (vi, en) = match self.end {
            End::Recorded => ("đã đủ chữ ký và đã ghi".to_owned(), "enough members signed it; it is recorded".to_owned()),
            End::Overtaken => (
                "đã có văn bản khác ghi trước; xem `committee status` rồi đề nghị lại nếu vẫn cần".to_owned(),
                "overtaken by another statement; look at `committee status`, and propose it again if it is still needed"
                    .to_owned(),
            ),
            End::Expired => (
                "đã hết hạn vì không đủ chữ ký; đề nghị lại bằng --propose".to_owned(),
                "expired before enough members signed; propose it again with --propose".to_owned(),
            ),
            End::Refused => (
                format!("đã bị từ chối ({})", self.reasons()),
                format!("refused: too few members are left who could sign ({})", self.reasons()),
            ),
            End::Unsigned => (
                "không còn chữ ký có giá trị: khóa bị thu hồi hoặc ban đã thay; đề nghị lại".to_owned(),
                "nobody who signed it has a say any more: a key was revoked, or the board replaced; propose it again"
                    .to_owned(),
            ),
            End::Unknown => ("đã kết thúc".to_owned(), "ended".to_owned()),
        };
        let begun = format!("{:.8} ({about})", self.sid.to_string());
        say(format!("{begun}: {vi}"), format!("{begun}: {en}"))
    }

    fn reasons(&self) -> String {
        let no = |no: &Refusal| format!("{}: {}", no.name.rsplit('/').next().unwrap_or(&no.name), no.reason);
        self.refusals.iter().map(no).collect::<Vec<_>>().join("; ")
    }
}

fn as_text<S: serde::Serializer>(sid: &Sid, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(sid)
}
