//! Who you are, on a disk: one private key in one file that nobody else may read (protocol §2).
//!
//! A key is made on the device that uses it and never leaves it. The file holds one line,
//! `PRIVATE+KEY+<name>+<id>+<base64(kind ‖ seed)>`, or that line under a PIN: then it is an age passphrase file in ASCII
//! armor, which the `age` program opens as well (`age --decrypt k1.key`). Both are mode 0600. Beside it stands
//! `<file>.vkey`, which may be given to anybody. PINs come through a [`Holder`] or a function, never by flags, environment
//! or files; seeds and PINs are wiped from memory when they are dropped.
//! This room refuses to know what a key may sign.

mod disk;
mod error;
mod pin;
mod seal;

pub use error::KeyFileError;
pub use pin::{Holder, Nobody, PIN_CHARACTERS_MIN, Pin};

use base64::{Engine, engine::general_purpose::STANDARD};
use seal::Closed;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tlog::{KeyKind, SigningKey, VerifierKey};
use zeroize::Zeroizing;

const PREFIX: &str = "PRIVATE+KEY+";

/// A key file is a line of about 150 characters, under a PIN about 600; more is something else.
const FILE_BYTES_MAX: usize = 16 * 1024;

/// Makes a new key in a new file, with its public half beside it; both are on the disk when this returns.
///
/// # Errors
/// There is a file already, the disk fails, or the name is no name of a key.
pub fn create(path: &Path, name: &str, kind: KeyKind) -> Result<SigningKey, KeyFileError> {
    create_with(path, name, kind, None)
}

/// Makes a new key as [`create`] does, under a PIN if there is one. The work to open it is fixed, not measured: a busy
/// machine would otherwise make a weaker file.
///
/// # Errors
/// As [`create`].
pub fn create_with(path: &Path, name: &str, kind: KeyKind, pin: Option<&Pin>) -> Result<SigningKey, KeyFileError> {
    create_at(path, name, kind, pin, seal::WORK)
}

fn create_at(path: &Path, name: &str, kind: KeyKind, pin: Option<&Pin>, work: u8) -> Result<SigningKey, KeyFileError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut seed[..]).map_err(KeyFileError::Random)?;
    let key = SigningKey::from_seed(name, kind, &seed)?;
    let line = line(&key, &seed);
    match pin {
        None => disk::write(path, line.as_bytes(), true)?,
        Some(pin) => disk::write(path, seal::seal(&line, pin, work).as_bytes(), true)?,
    }
    disk::write(&public_path(path), format!("{}\n", key.verifier()).as_bytes(), false)?;
    Ok(key)
}

/// Reads a key file without a PIN that only its owner can read.
///
/// # Errors
/// It is not there, others can read it, it is damaged, or it is under a PIN.
pub fn open(path: &Path) -> Result<SigningKey, KeyFileError> {
    open_with(path, &mut |path| Err(KeyFileError::Protected(path.to_owned())))
}

/// Reads the key file of this name and no other.
///
/// # Errors
/// As [`open`], or it is somebody else's key.
pub fn open_named(path: &Path, name: &str) -> Result<SigningKey, KeyFileError> {
    needed(path, name, open(path)?)
}

/// The key, if it has the name needed.
///
/// # Errors
/// [`KeyFileError::Other`].
pub fn needed(path: &Path, name: &str, key: SigningKey) -> Result<SigningKey, KeyFileError> {
    if key.verifier().name() == name {
        return Ok(key);
    }
    let found = key.verifier().name().to_owned();
    Err(KeyFileError::Other { path: path.to_owned(), found, needed: name.to_owned() })
}

/// Opens the key file of this name, asking its holder; where there is none, the key is made now, under the PIN that the
/// holder gives, if any.
///
/// # Errors
/// As [`create_with`] and [`open_with`], it is somebody else's key or of another kind, or as the holder says.
pub fn open_or_create(
    path: &Path,
    name: &str,
    kind: KeyKind,
    holder: &mut dyn Holder,
) -> Result<SigningKey, KeyFileError> {
    // A link that leads nowhere, as to a stick that is not in, is a key that is elsewhere: none is made in its place.
    if path.symlink_metadata().is_err() {
        let pin = holder.new_pin(path, name)?;
        return create_with(path, name, kind, pin.as_ref());
    }
    let key = needed(path, name, holder.open(path)?)?;
    if key.verifier().kind() == kind { Ok(key) } else { Err(KeyFileError::NotAKey(path.to_owned())) }
}

/// Whether a key file is under a PIN, by its first bytes.
///
/// # Errors
/// It cannot be read, or others can read it.
pub fn is_protected(path: &Path) -> Result<bool, KeyFileError> {
    disk::read_private(path).map(|bytes| seal::is_sealed(&bytes))
}

/// Reads a key file that only its owner can read. `ask` is asked for the PIN once, and only if the file has one; opening
/// it then takes about a second.
///
/// # Errors
/// As [`open`]; or [`KeyFileError::WrongPin`], [`KeyFileError::Heavy`], or what `ask` says.
pub fn open_with(
    path: &Path,
    ask: &mut dyn FnMut(&Path) -> Result<Pin, KeyFileError>,
) -> Result<SigningKey, KeyFileError> {
    unlock(path, ask).map(|unlocked| unlocked.key)
}

/// Opens a key file as [`open_with`] does, to give it another PIN or none.
///
/// # Errors
/// As [`open_with`].
pub fn unlock(path: &Path, ask: &mut dyn FnMut(&Path) -> Result<Pin, KeyFileError>) -> Result<Unlocked, KeyFileError> {
    let damaged = || KeyFileError::NotAKey(path.to_owned());
    let bytes = disk::read_private(path)?;
    let line = if seal::is_sealed(&bytes) {
        seal::unseal(&bytes, &ask(path)?).map_err(|closed| match closed {
            Closed::WrongPin => KeyFileError::WrongPin(path.to_owned()),
            Closed::Heavy => KeyFileError::Heavy(path.to_owned()),
            Closed::Damaged => damaged(),
        })?
    } else {
        Zeroizing::new(std::str::from_utf8(&bytes).map_err(|_| damaged())?.to_owned())
    };
    let key = parse(&line).ok_or_else(damaged)?;
    Ok(Unlocked { path: path.to_owned(), line, key })
}

/// An open key file whose PIN may be changed. The key stays the same, and so does everything it signed.
pub struct Unlocked {
    path: PathBuf,
    line: Zeroizing<String>,
    key: SigningKey,
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unlocked({}, {:?})", self.path.display(), self.key)
    }
}

impl Unlocked {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The key alone.
    #[must_use]
    pub fn into_key(self) -> SigningKey {
        self.key
    }

    /// Sets the PIN of the file, or changes it: the former one opens nothing any more. Copies of the file made before
    /// keep the former one.
    ///
    /// # Errors
    /// The disk fails; then the file is as it was.
    pub fn protect(&self, pin: &Pin) -> Result<(), KeyFileError> {
        self.protect_at(pin, seal::WORK)
    }

    fn protect_at(&self, pin: &Pin, work: u8) -> Result<(), KeyFileError> {
        disk::replace(&self.path, seal::seal(&self.line, pin, work).as_bytes())
    }

    /// Takes the PIN away: whoever can read the file can sign.
    ///
    /// # Errors
    /// The disk fails; then the file is as it was.
    pub fn unprotect(&self) -> Result<(), KeyFileError> {
        disk::replace(&self.path, self.line.as_bytes())
    }
}

/// The file with the public half of the key at `path`.
pub fn public_path(path: &Path) -> PathBuf {
    disk::with_suffix(path, ".vkey")
}

/// Reads a public key from its file.
///
/// # Errors
/// It is not there or holds no verifier key.
pub fn read_public(path: &Path) -> Result<VerifierKey, KeyFileError> {
    let text = fs::read_to_string(path).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
    VerifierKey::parse(text.trim_end()).map_err(|_| KeyFileError::NotAKey(path.to_owned()))
}

/// The line of a key file, in strings that are as large as needed from the beginning and so leave no copy behind.
fn line(key: &SigningKey, seed: &[u8; 32]) -> Zeroizing<String> {
    let mut secret = Zeroizing::new(Vec::with_capacity(33));
    secret.push(key.verifier().kind().byte());
    secret.extend_from_slice(seed);
    let encoded = Zeroizing::new(STANDARD.encode(&secret[..]));
    let public = format!("{PREFIX}{}+{:08x}+", key.verifier().name(), key.verifier().id());
    let mut line = Zeroizing::new(String::with_capacity(public.len() + encoded.len() + 1));
    line.push_str(&public);
    line.push_str(&encoded);
    line.push('\n');
    line
}

fn parse(text: &str) -> Option<SigningKey> {
    let rest = text.strip_suffix('\n').unwrap_or(text).strip_prefix(PREFIX)?;
    // The base64 part may contain `+`; a name and an id never do.
    let mut parts = rest.splitn(3, '+');
    let (name, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
    let secret = Zeroizing::new(STANDARD.decode(secret).ok()?);
    let (kind, seed) = secret.split_first()?;
    let kind = [KeyKind::Ed25519, KeyKind::CosignatureV1].into_iter().find(|k| k.byte() == *kind)?;
    let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).ok()?);
    let key = SigningKey::from_seed(name, kind, &seed).ok()?;
    (format!("{:08x}", key.verifier().id()) == id).then_some(key)
}

#[cfg(test)]
mod tests;
