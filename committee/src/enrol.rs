//! New devices, from both sides: a member's own key on their own machine, and the organisers who see whose keys came in
//! and let one in when its fingerprint, read aloud, is the same. What the server says of a key counts for nothing: the
//! fingerprint is computed here. It refuses to know the network.

use crate::{
    error::{CommitteeError, say},
    founding::Person,
    home::{Home, read_event, write_whole},
};
use door::{Code, Fingerprint};
use keyfile::{Holder, KeyFileError, public_path};
use serde::Serialize;
use std::{fs, io::ErrorKind, path::PathBuf, sync::Arc, time::Duration};
use tally::{id::Id, text::Text};
use tlog::{KeyKind, SigningKey, VerifierKey};

/// A code made for a name; it is shown once.
#[derive(Clone, Copy, Debug)]
pub struct Invited {
    /// The code.
    pub code: Code,
    /// How long it lets a key in.
    pub valid: Duration,
}

/// How it stands with a name that was invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The code waits for its device.
    Open,
    /// A key came in and waits for the organisers.
    Deposited,
    /// Ten minutes passed without a key.
    Expired,
    /// Five wrong codes were tried: somebody may be guessing.
    TriesSpent,
}

/// A name that was invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// The name without the origin; a witness: its whole name.
    pub name: String,
    /// The key that came in, if one did.
    pub key: Option<VerifierKey>,
    /// How it stands.
    pub state: State,
    /// Tries left.
    pub tries_left: u32,
    /// How long the code is valid, or the key kept.
    pub left: Duration,
}

impl Deposit {
    /// What its bearer reads aloud.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.key.as_ref().map(Fingerprint::of)
    }
}

/// The key that came in under this name, if people have read the same fingerprint aloud.
///
/// # Errors
/// Nobody was invited under the name, no key came in, it is not a key of that name, or it is another key than the one on
/// the device: then nothing may be signed.
pub fn compared<'d>(
    deposits: &'d [Deposit],
    name: &str,
    origin: &str,
    read_aloud: &Fingerprint,
) -> Result<&'d VerifierKey, CommitteeError> {
    let key = deposited(deposits, name, origin)?;
    let (here, there) = (Fingerprint::of(key), read_aloud);
    if here == *there {
        return Ok(key);
    }
    Err(CommitteeError::Keys(say(
        format!(
            "vân tay đọc to ({there}) KHÁC vân tay của khóa đã gửi ({here}): khóa này không phải của máy đang đọc. Không ghi \
             nhận gì. Đọc lại từng nhóm; nếu vẫn khác thì có người khác đã dùng mã: mời lại bằng mã mới và báo ban tổ chức"
        ),
        format!(
            "the fingerprint read aloud ({there}) is NOT that of the key that came in ({here}): it is not the key of the \
             device in front of you. Nothing was signed. Read it again group by group; if it still differs, somebody else \
             used the code: invite again with a new code and tell the other organisers"
        ),
    )))
}

/// The key that came in under this name; nothing is said of whose it is.
///
/// # Errors
/// As [`compared`], but for the fingerprint.
pub fn deposited<'d>(deposits: &'d [Deposit], name: &str, origin: &str) -> Result<&'d VerifierKey, CommitteeError> {
    let short = name.strip_prefix(origin).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    let Some(deposit) = deposits.iter().find(|d| d.name == short) else {
        return Err(CommitteeError::Choice(say(
            format!("không có mã nào cho {short}: chưa mời, đã ghi nhận rồi, hoặc máy chủ đã khởi động lại; mời lại"),
            format!(
                "nothing waits for {short}: not invited, admitted already, or the server was restarted; invite again"
            ),
        )));
    };
    let Some(key) = &deposit.key else {
        return Err(CommitteeError::Choice(say(
            format!("chưa có khóa nào gửi cho {short}: chạy lệnh enrol trên máy đó trước"),
            format!("no key has come in for {short}: run its enrol command on that device first"),
        )));
    };
    let is_witness = key.kind() == KeyKind::CosignatureV1 && key.name() == short && short.contains('.');
    if is_witness || (key.kind() == KeyKind::Ed25519 && key.name() == format!("{origin}/{short}")) {
        return Ok(key);
    }
    Err(CommitteeError::Differs {
        field: "deposit",
        why: format!("{short} was asked for, the key is that of {}", key.name()),
    })
}

/// The member of a counting board that a name means; their key goes into the board statement, not into a `key` statement.
#[must_use]
pub fn board_member(name: &str, origin: &str) -> Option<Id> {
    let short = name.strip_prefix(origin).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    short.strip_prefix("board/").and_then(|id| id.parse().ok())
}

/// What the home's event file calls a table, so that nobody types a title that already stands there. A home without an event
/// file knows none, and a broken one is no reason to keep a table out.
#[must_use]
pub fn table_title(home: &Home, name: &str, origin: &str) -> Option<Text> {
    let short = name.strip_prefix(origin).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    let id = short.strip_prefix("station/")?;
    let event = read_event(&home.event_toml()).ok().filter(|event| *event.origin == *origin)?;
    event.stations.into_iter().find(|s| s.id.as_str() == id).map(|s| s.title)
}

/// Opens the key of a person who is to be enrolled in an event of this origin; it is made now if there is none.
///
/// # Errors
/// There is the key of another person or event, or as the holder says.
pub fn own_key(
    home: &Home,
    origin: &str,
    person: Person,
    holder: &mut dyn Holder,
) -> Result<Arc<SigningKey>, CommitteeError> {
    let name = format!("{origin}/{person}");
    Ok(Arc::new(keyfile::open_or_create(&home.key(person.id()), &name, KeyKind::Ed25519, holder)?))
}

/// Keeps the public key of a board member where `committee board` finds it.
///
/// # Errors
/// There is another key of that id, or the disk fails.
pub fn keep_public(home: &Home, id: Id, key: &VerifierKey) -> Result<PathBuf, CommitteeError> {
    let path = public_path(&home.key(id));
    match fs::read(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        _ => {
            let there = keyfile::read_public(&path)?;
            if there == *key {
                return Ok(path);
            }
            return Err(KeyFileError::Other { path, found: there.to_string(), needed: key.to_string() }.into());
        }
    }
    write_whole(&path, format!("{key}\n").as_bytes())?;
    Ok(path)
}
