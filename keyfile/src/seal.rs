//! A key line under a PIN: an age file with one passphrase recipient (scrypt, ChaCha20-Poly1305; C2SP age), in ASCII
//! armor. It refuses to know files.

use crate::{FILE_BYTES_MAX, Pin};
use age::{DecryptError, Decryptor, Identity, armor::ArmoredReader, scrypt};
use std::{io::Read, iter};
use zeroize::Zeroizing;

/// scrypt with N = 2^18: about a second and 256 MiB on a laptop, what the `age` program takes as well.
pub(crate) const WORK: u8 = 18;

/// What is accepted: four times that. A file that asks for more is nobody's key; its maker wants this program to stand
/// still, or to take all the memory.
const WORK_MAX: u8 = 20;

const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const BINARY: &[u8] = b"age-encryption.org/";

/// Why a sealed line stays closed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    WrongPin,
    Heavy,
    Damaged,
}

/// Whether these bytes are under a PIN, or want to be taken for it.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(ARMOR) || bytes.starts_with(BINARY)
}

/// Puts a line under a PIN.
pub(crate) fn seal(line: &str, pin: &Pin, work: u8) -> String {
    let mut recipient = scrypt::Recipient::new(pin.passphrase());
    recipient.set_work_factor(work);
    age::encrypt_and_armor(&recipient, line.as_bytes()).expect("a passphrase recipient writes to memory")
}

/// The line under this PIN.
pub(crate) fn unseal(bytes: &[u8], pin: &Pin) -> Result<Zeroizing<String>, Closed> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(bytes)).map_err(|_| Closed::Damaged)?;
    let mut identity = scrypt::Identity::new(pin.passphrase());
    identity.set_max_work_factor(WORK_MAX);
    let mut reader = decryptor.decrypt(iter::once(&identity as &dyn Identity)).map_err(|error| match error {
        DecryptError::DecryptionFailed => Closed::WrongPin,
        DecryptError::ExcessiveWork { .. } => Closed::Heavy,
        _ => Closed::Damaged,
    })?;
    // As large from the beginning as a file can fill it: a string that grows leaves copies of the seed in freed memory.
    let mut line = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX));
    reader.read_to_string(&mut line).map_err(|_| Closed::Damaged)?;
    Ok(line)
}
