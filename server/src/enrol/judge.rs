//! Whether a key is taken in, by the log as it stands and the invitations there are; and what its bearer is told. It
//! refuses to know connections, clocks and metrics.

use super::{
    invitation::{Invitations, Outcome},
    name::Name,
};
use door::Code;
use std::time::Instant;
use tally::count::{Holder, KeyBook, Role};
use tlog::{KeyError, VerifierKey};
use tonic::Status;

/// What a deposit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Taken in, now or before.
    In { again: bool },
    /// The event knows the key under this very name: its bearer is enrolled.
    Enrolled,
    /// Not the code of that name; the same for a name nobody was invited under.
    Wrong { ends: bool },
    /// Another key came in with this code.
    Used,
    /// Too late.
    Expired,
    /// After five wrong tries.
    TriesSpent,
    /// Two deposits are under way at this address.
    Busy,
    /// The connection was made without a key.
    NoKey,
    /// The key of the connection is another one.
    NotOwnKey,
    /// A witness key came over a connection that is no observer's.
    NoObserver,
    /// What was deposited is no key of a hall.
    BadKey(KeyError),
    /// A key with a name that nobody could be invited under here.
    BadName,
    /// A revoked key never returns.
    Revoked,
    /// The key is somebody else's, or the same device came in under another name.
    Elsewhere(Box<str>),
}

/// Judges a deposit: the key `own` of the connection, the printed key that is deposited, and the code.
pub(super) fn judge(
    invitations: &mut Invitations,
    keys: &KeyBook,
    origin: &str,
    own: Option<[u8; 32]>,
    (printed, code): (&str, Option<Code>),
    now: Instant,
) -> Answer {
    let Some(own) = own else { return Answer::NoKey };
    let key = match VerifierKey::parse(printed) {
        Ok(key) => key,
        Err(error) => return Answer::BadKey(error),
    };
    let Some(name) = Name::of(&key, origin) else { return Answer::BadName };
    let known = |public: &[u8; 32]| keys.holder_of(public);
    if known(&own).or(known(key.public())).is_some_and(|holder| holder.revoked.is_some()) {
        return Answer::Revoked;
    }
    // Whose key it is comes before the code: nobody spends another's code by holding its public key.
    if *key.public() != own {
        if !name.is_witness() {
            return Answer::NotOwnKey;
        }
        if !is_observer(known(&own)) && !invitations.name_of(&own).is_some_and(Name::is_observer) {
            return Answer::NoObserver;
        }
    } else if name.is_witness() {
        return Answer::NotOwnKey;
    }
    match known(key.public()) {
        Some(holder) if holder.key == key => return Answer::Enrolled,
        Some(holder) => return Answer::Elsewhere(holder.key.name().into()),
        None => {}
    }
    if keys.holder(&name.whole(origin)).is_some() {
        // Somebody came in under this name by another way: its code is for nothing.
        invitations.forget_unused(&name);
    }
    code.map_or(Answer::Wrong { ends: false }, |code| invitations.deposit(&name, code, &key, now).into())
}

fn is_observer(holder: Option<&Holder>) -> bool {
    holder.is_some_and(|holder| holder.role == Role::Observer)
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Taken => Self::In { again: false },
            Outcome::Repeated => Self::In { again: true },
            Outcome::Wrong { ends } => Self::Wrong { ends },
            Outcome::Used => Self::Used,
            Outcome::Expired => Self::Expired,
            Outcome::TriesSpent => Self::TriesSpent,
            Outcome::Elsewhere(name) => Self::Elsewhere(name.as_str().into()),
        }
    }
}

impl Answer {
    /// The label of the metrics: there are no others, ever.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::In { again: false } => "taken",
            Self::In { again: true } | Self::Enrolled => "repeated",
            Self::Wrong { .. } => "wrong-code",
            Self::Used => "used-code",
            Self::Expired => "expired-code",
            Self::TriesSpent => "tries-spent",
            Self::Busy => "busy",
            Self::NoKey => "no-key",
            Self::NotOwnKey | Self::NoObserver => "not-own-key",
            Self::BadKey(_) | Self::BadName => "bad-key",
            Self::Revoked => "revoked-key",
            Self::Elsewhere(_) => "known-key",
        }
    }

    /// What the bearer is told: nothing more when the key is in, else what to do.
    pub(super) fn told(&self) -> Result<(), Status> {
        Err(match self {
            Self::In { .. } | Self::Enrolled => return Ok(()),
            Self::Wrong { .. } => Status::permission_denied(
                "đây không phải mã của tên này, hoặc mã không còn dùng được: xem lại mã và --id; nếu đúng cả thì xin ban tổ \
                 chức mã mới — this is not the code of that name, or it has ended: check the code and --id; if both are \
                 right, ask the organiser for a new code",
            ),
            Self::Used => Status::permission_denied(
                "mã này đã được dùng rồi: nếu không phải chính bạn dùng thì báo ngay cho ban tổ chức — this code was used: \
                 if it was not you, tell the organiser at once",
            ),
            Self::Expired => Status::permission_denied(
                "mã đã hết hạn sau 10 phút: xin ban tổ chức mã mới — this code has expired after 10 minutes: ask the \
                 organiser for a new code",
            ),
            Self::TriesSpent => Status::permission_denied(
                "mã này đã bị thử sai 5 lần nên không còn dùng được, có thể có người đoán mã: xin ban tổ chức mã mới — this \
                 code was tried wrongly 5 times and has ended, somebody may be guessing: ask the organiser for a new code",
            ),
            Self::Busy => Status::resource_exhausted(
                "đang có mã khác được thử từ địa chỉ này: đợi vài giây rồi thử lại — other codes are being tried from this \
                 address: wait a few seconds and try again",
            ),
            Self::NoKey => Status::unauthenticated(
                "kết nối này không có khóa; máy mới phải kết nối bằng chính khóa của mình — this connection showed no key; \
                 a new device connects with its own key",
            ),
            Self::NotOwnKey => Status::permission_denied(
                "khóa gửi vào không phải khóa của kết nối này: mỗi máy chỉ gửi khóa của chính mình; mã chưa bị dùng — \
                 the key deposited is not the key of this connection: a device deposits its own key; the code is not spent",
            ),
            Self::NoObserver => Status::permission_denied(
                "khóa nhân chứng phải được gửi qua kết nối của quan sát viên đã có mã hoặc đã được ghi nhận: gửi khóa quan \
                 sát viên trước — a witness key comes over the connection of an observer who is enrolled or has used a \
                 code: deposit the observer's key first",
            ),
            Self::BadKey(error) => Status::invalid_argument(format!(
                "khóa gửi vào không dùng được ({error}); tạo khóa khác bằng chương trình này — the key deposited cannot be \
                 used ({error}); make another with this program"
            )),
            Self::BadName => Status::permission_denied(
                "khóa có tên không thuộc sự kiện này: tạo khóa bằng phiếu của sự kiện này — the name of this key is none of \
                 this event: make a key with this event's ticket",
            ),
            Self::Revoked => Status::permission_denied(
                "khóa này đã bị thu hồi và không bao giờ trở lại: tạo khóa mới với tên mới, ví dụ s04b, trong thư mục mới — \
                 this key was revoked and never returns: make a new key under a new name, such as s04b, in a new folder",
            ),
            Self::Elsewhere(name) => Status::permission_denied(format!(
                "khóa này đã có trong sự kiện với tên {name}: mỗi tên một khóa riêng, tạo khóa mới trong thư mục mới — this \
                 key is in this event as {name}: every name has a key of its own, make a new one in a new folder"
            )),
        })
    }
}

#[cfg(test)]
mod tests;
