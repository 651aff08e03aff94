//! Who you are, on a disk: one private key in one file that nobody else may read (protocol §2).
//!
//! A key is made on the device that uses it and never leaves it. The file holds one line,
//! `PRIVATE+KEY+<name>+<id>+<base64(kind ‖ seed)>`; beside it stands `<file>.vkey`, which may be given to anybody.
//! This room refuses to know what a key may sign.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tlog::{KeyError, KeyKind, SigningKey, VerifierKey};
use zeroize::Zeroizing;

const PREFIX: &str = "PRIVATE+KEY+";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("không mở được tệp khóa {path}: {source} — the key file {path} cannot be opened: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a key already; keys are never overwritten.
    #[error("đã có khóa ở {0}; không ghi đè — there is a key at {0} already; keys are never overwritten")]
    Exists(PathBuf),
    /// Others on this machine may read it.
    #[error("người khác đọc được {0}; chạy chmod 600 {0} — others can read {0}; run: chmod 600 {0}")]
    Open(PathBuf),
    /// The file is no key file.
    #[error("{0} không phải tệp khóa hoặc đã hỏng — {0} is no key file, or damaged; restore it from its copy")]
    NotAKey(PathBuf),
    /// The key is another one than the one needed here.
    #[error("{path} là khóa của {found}, cần {needed} — {path} is the key of {found}; {needed} is needed here")]
    Other {
        /// The file.
        path: PathBuf,
        /// Whose key it is.
        found: String,
        /// Whose is needed.
        needed: String,
    },
    /// The name is no name of a key.
    #[error(transparent)]
    Name(#[from] KeyError),
    /// The operating system gives no random numbers.
    #[error("hệ điều hành không cho số ngẫu nhiên — the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Makes a new key in a new file, with its public half beside it; both are on the disk when this returns.
///
/// # Errors
/// There is a file already, the disk fails, or the name is no name of a key.
pub fn create(path: &Path, name: &str, kind: KeyKind) -> Result<SigningKey, KeyFileError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut seed[..]).map_err(KeyFileError::Random)?;
    let key = SigningKey::from_seed(name, kind, &seed)?;
    let mut secret = Zeroizing::new(Vec::with_capacity(33));
    secret.push(kind.byte());
    secret.extend_from_slice(&seed[..]);
    let encoded = Zeroizing::new(STANDARD.encode(&secret[..]));
    let line = Zeroizing::new(format!("{PREFIX}{name}+{:08x}+{}\n", key.verifier().id(), *encoded));
    write(path, line.as_bytes(), true)?;
    write(&public_path(path), format!("{}\n", key.verifier()).as_bytes(), false)?;
    Ok(key)
}

/// Reads a key file that only its owner can read.
///
/// # Errors
/// It is not there, others can read it, or it is damaged.
pub fn open(path: &Path) -> Result<SigningKey, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let file = OpenOptions::new().read(true).open(path).map_err(io)?;
    if !is_private(&file.metadata().map_err(io)?) {
        return Err(KeyFileError::Open(path.to_owned()));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(io)?);
    parse(&text).ok_or_else(|| KeyFileError::NotAKey(path.to_owned()))
}

/// Reads the key file of this name and no other.
///
/// # Errors
/// As [`open`], or it is somebody else's key.
pub fn open_named(path: &Path, name: &str) -> Result<SigningKey, KeyFileError> {
    let key = open(path)?;
    if key.verifier().name() == name {
        return Ok(key);
    }
    let found = key.verifier().name().to_owned();
    Err(KeyFileError::Other { path: path.to_owned(), found, needed: name.to_owned() })
}

/// The file with the public half of the key at `path`.
pub fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".vkey");
    PathBuf::from(name)
}

/// Reads a public key from its file.
///
/// # Errors
/// It is not there or holds no verifier key.
pub fn read_public(path: &Path) -> Result<VerifierKey, KeyFileError> {
    let text = fs::read_to_string(path).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
    VerifierKey::parse(text.trim_end()).map_err(|_| KeyFileError::NotAKey(path.to_owned()))
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

fn write(path: &Path, bytes: &[u8], private: bool) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(io)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if private {
        owner_only(&mut options);
    }
    let mut file = match options.open(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(KeyFileError::Exists(path.to_owned())),
        other => other.map_err(io)?,
    };
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 == 0
}

/// Windows keeps a profile's files from other users by its own rules.
#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "kiemphieu.example/hall/station/s01";

    #[test]
    fn a_key_made_here_signs_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/s01.key");
        let made = create(&path, NAME, KeyKind::Ed25519).unwrap();
        let opened = open_named(&path, NAME).unwrap();
        assert_eq!(made.sign(b"x"), opened.sign(b"x"));
        assert_eq!(&read_public(&public_path(&path)).unwrap(), made.verifier());
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s01.key");
        create(&path, NAME, KeyKind::Ed25519).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(matches!(create(&path, NAME, KeyKind::Ed25519), Err(KeyFileError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_wrong_altered_or_open_key_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s01.key");
        create(&path, NAME, KeyKind::CosignatureV1).unwrap();
        assert!(matches!(open_named(&path, "somebody/else"), Err(KeyFileError::Other { .. })));
        assert!(matches!(open(&folder.path().join("none.key")), Err(KeyFileError::Io { .. })));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("s01+", "s02+")).unwrap();
        assert!(matches!(open(&path), Err(KeyFileError::NotAKey(_))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(open(&path), Err(KeyFileError::Open(_))));
        }
    }
}
