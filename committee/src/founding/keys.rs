//! Whose key is where: in the home, given as a public key because the private one is on its holder's own machine, or
//! still to be made. It refuses to know what is signed.

use super::Making;
use crate::{
    error::{CommitteeError, say},
    home::{Home, sync_folder, write_whole},
};
use keyfile::{Holder, KeyFileError, public_path};
use std::{collections::BTreeMap, fmt, fs, path::Path, str::FromStr};
use tally::id::Id;
use tlog::{KeyKind, SigningKey, VerifierKey};

/// Somebody who signs, as the last two parts of their key's name: `organiser/o2`, `board/k1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Of those who prepare the event.
    Organiser(Id),
    /// Of a counting board.
    Board(Id),
}

impl FromStr for Person {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{typed}`: ghi organiser/MÃ hoặc board/MÃ, ví dụ organiser/o2 — \
                 write organiser/ID or board/ID, as organiser/o2"
            )
        };
        let (role, id) = typed.split_once('/').ok_or_else(wrong)?;
        let id = id.parse().map_err(|_| wrong())?;
        match role {
            "organiser" => Ok(Self::Organiser(id)),
            "board" => Ok(Self::Board(id)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organiser(id) => write!(f, "organiser/{id}"),
            Self::Board(id) => write!(f, "board/{id}"),
        }
    }
}

impl Person {
    /// What the person is called in the hall.
    pub fn id(self) -> Id {
        match self {
            Self::Organiser(id) | Self::Board(id) => id,
        }
    }
}

/// Makes the key of one person in the home on their own machine; its public half goes to whoever founds the event.
///
/// # Errors
/// There is a key of that id already, the origin is no name, or the holder gives no PIN.
pub fn make_key(
    home: &Home,
    origin: &str,
    person: Person,
    holder: &mut dyn Holder,
) -> Result<VerifierKey, CommitteeError> {
    let (path, name) = (home.key(person.id()), format!("{origin}/{person}"));
    if path.exists() {
        return Err(KeyFileError::Exists(path).into());
    }
    let pin = holder.new_pin(&path, &name)?;
    Ok(keyfile::create_with(&path, &name, KeyKind::Ed25519, pin.as_ref())?.verifier().clone())
}

/// Where the key of a person is.
enum Place<'f> {
    /// Its file is in the home.
    Here,
    /// It is made now.
    ToMake,
    /// Its public half was given; the private one is on its holder's machine.
    Given(&'f VerifierKey),
    /// The home has only the public half.
    Elsewhere,
    /// It comes later, by enrolment.
    Later,
}

/// The keys of everybody who signs.
pub(super) struct KeyRing<'f> {
    home: &'f Home,
    people: BTreeMap<Id, (&'f str, Place<'f>)>,
}

impl<'f> KeyRing<'f> {
    /// Looks where each key is; nothing is made yet.
    pub(super) fn of(
        home: &'f Home,
        people: &'f BTreeMap<Id, String>,
        given: Option<&'f BTreeMap<Id, VerifierKey>>,
        making: Making,
    ) -> Self {
        let place = |id: &Id, name: &str| {
            let path = home.key(*id);
            match given.and_then(|given| given.get(id)) {
                _ if path.exists() => Place::Here,
                Some(key) => Place::Given(key),
                None if public_path(&path).exists() => Place::Elsewhere,
                None if making == Making::Organisers && name.ends_with(&format!("/board/{id}")) => Place::Later,
                None => Place::ToMake,
            }
        };
        Self { home, people: people.iter().map(|(id, name)| (*id, (name.as_str(), place(id, name)))).collect() }
    }

    /// Whether that person's key signs here.
    pub(super) fn is_here(&self, id: Id) -> bool {
        matches!(self.people.get(&id), Some((_, Place::Here | Place::ToMake)))
    }

    /// Checks what is here, makes what is missing, keeps the public keys that were given; the keys of the signers are
    /// opened. Whoever does not sign now is not asked for a PIN: of their key the public half must do.
    ///
    /// # Errors
    /// A key is another's than it should be; or the event is founded and a key of it is gone.
    pub(super) fn open(
        &self,
        signers: &[Id],
        holder: &mut dyn Holder,
    ) -> Result<(Vec<Id>, BTreeMap<Id, SigningKey>), CommitteeError> {
        let mut opened = BTreeMap::new();
        for (id, (name, place)) in &self.people {
            match place {
                Place::ToMake if self.home.manifest().exists() => return Err(self.lost(*id)),
                Place::Here => {
                    let key = self.check(*id, name, signers.contains(id), holder)?;
                    opened.extend(key.map(|key| (*id, key)));
                }
                Place::Given(key) => self.check_public(*id, name, Some(key))?,
                Place::Elsewhere => self.check_public(*id, name, None)?,
                Place::ToMake | Place::Later => {}
            }
        }
        let made = self.make(holder)?;
        let ids = made.keys().copied().collect();
        opened.extend(made);
        Ok((ids, opened))
    }

    fn lost(&self, id: Id) -> CommitteeError {
        let keys = self.home.keys();
        let keys = keys.display();
        CommitteeError::Keys(say(
            format!("{keys} thiếu khóa của {id}; bổ sung hoặc dùng thư mục khác cho --home"),
            format!("{keys} has no key of {id}; complete it, or use another --home"),
        ))
    }

    fn check(
        &self,
        id: Id,
        name: &str,
        signs: bool,
        holder: &mut dyn Holder,
    ) -> Result<Option<SigningKey>, CommitteeError> {
        let path = self.home.key(id);
        let has_public = public_path(&path).exists();
        if has_public && !signs && keyfile::is_protected(&path)? {
            return self.check_public(id, name, None).map(|()| None);
        }
        let key = keyfile::needed(&path, name, holder.open(&path)?)?;
        if !has_public {
            // Power went between the two files.
            write_whole(&public_path(&path), format!("{}\n", key.verifier()).as_bytes())?;
        } else if keyfile::read_public(&public_path(&path))? != *key.verifier() {
            return Err(KeyFileError::NotAKey(public_path(&path)).into());
        }
        Ok(Some(key))
    }

    /// The public half in the home, if it is there, is of that name, and the one given.
    fn check_public(&self, id: Id, name: &str, given: Option<&VerifierKey>) -> Result<(), CommitteeError> {
        let path = public_path(&self.home.key(id));
        if !path.exists() {
            return Ok(());
        }
        let public = keyfile::read_public(&path)?;
        if public.name() != name || given.is_some_and(|given| *given != public) {
            let needed = given.map_or_else(|| name.to_owned(), ToString::to_string);
            return Err(KeyFileError::Other { path, found: public.to_string(), needed }.into());
        }
        Ok(())
    }

    /// Makes keys in a folder of their own, which gets its name, or gives its files away, when they are complete. If
    /// power goes before that, the next founding throws the folder away: no manifest has named those keys.
    fn make(&self, holder: &mut dyn Holder) -> Result<BTreeMap<Id, SigningKey>, CommitteeError> {
        let (keys, fresh) = (self.home.keys(), self.home.keys().with_extension("new"));
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(CommitteeError::disk(&fresh))?;
        }
        let made = self.make_in(&fresh, holder);
        if made.is_err() {
            // The first error is the one to tell; what is left is thrown away next time.
            let _ = fs::remove_dir_all(&fresh);
        }
        let made = made?;
        if fresh.exists() {
            sync_folder(&fresh)?;
            if !keys.exists() {
                fs::rename(&fresh, &keys).map_err(CommitteeError::disk(&keys))?;
            } else {
                give(&fresh, &keys)?;
            }
            sync_folder(keys.parent().unwrap_or(Path::new(".")))?;
        }
        Ok(made)
    }

    fn make_in(&self, fresh: &Path, holder: &mut dyn Holder) -> Result<BTreeMap<Id, SigningKey>, CommitteeError> {
        let mut made = BTreeMap::new();
        for (id, (name, place)) in &self.people {
            let file = fresh.join(format!("{id}.key"));
            match place {
                Place::ToMake => {
                    let pin = holder.new_pin(&self.home.key(*id), name)?;
                    made.insert(*id, keyfile::create_with(&file, name, KeyKind::Ed25519, pin.as_ref())?);
                }
                Place::Given(key) if !public_path(&self.home.key(*id)).exists() => {
                    write_whole(&public_path(&file), format!("{key}\n").as_bytes())?;
                }
                Place::Here | Place::Given(_) | Place::Elsewhere | Place::Later => {}
            }
        }
        Ok(made)
    }
}

/// Moves every file of a folder into another: private keys first, for a public one alone says that its key is elsewhere.
fn give(fresh: &Path, keys: &Path) -> Result<(), CommitteeError> {
    let entries = fs::read_dir(fresh).map_err(CommitteeError::disk(fresh))?;
    let mut files =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(CommitteeError::disk(fresh))?;
    files.sort_by_key(|path| (path.extension().is_some_and(|e| e == "vkey"), path.clone()));
    for path in &files {
        let to = keys.join(path.file_name().unwrap_or_default());
        fs::rename(path, &to).map_err(CommitteeError::disk(&to))?;
    }
    sync_folder(keys)?;
    fs::remove_dir_all(fresh).map_err(CommitteeError::disk(fresh))
}
