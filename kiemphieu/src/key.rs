//! `kiemphieu key`: what a member does with their own key file. It refuses to know whose key it is.

use crate::{data, exit::Outcome, pin::Pins, words};
use clap::Subcommand;
use door::Fingerprint;
use std::path::{Path, PathBuf};
use tlog::VerifierKey;

/// What can be done with a key file.
#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Set or change the PIN of a key file; the key stays the same
    #[command(before_long_help = "Examples:
  kiemphieu key pin /media/usb/k2.key
  kiemphieu key pin --remove station/station.key

Asks for the PIN the file has, if any, then twice for the new one.
A PIN that is forgotten cannot be found again: the key is then lost.
Copies of the file made before keep the PIN they had.")]
    Pin {
        /// The key file
        file: PathBuf,
        /// Take the PIN away: whoever can read the file can then sign
        #[arg(long)]
        remove: bool,
    },
    /// Print the public half of a key and its fingerprint, which people compare aloud
    #[command(before_long_help = "Examples:
  kiemphieu key show committee/keys/k1.key
  kiemphieu key show committee/keys/k1.key.vkey --json

Of a key file under a PIN it asks for the PIN; of a .vkey file it asks for nothing.")]
    Show {
        /// The key file, or its .vkey
        file: PathBuf,
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
///
/// # Errors
/// As the key file says, exit code 11; the file is then as it was.
pub fn run(command: &KeyCommand, pins: &mut Pins) -> Outcome {
    match command {
        KeyCommand::Pin { file, remove: false } => {
            let unlocked = pins.unlock(file)?;
            unlocked.protect(&pins.choose(file, unlocked.key().verifier().name())?)?;
            words!("{0} đã có PIN mới — {0} is under its new PIN", file.display());
        }
        KeyCommand::Pin { file, remove: true } => {
            pins.unlock(file)?.unprotect()?;
            words!("{0} không còn PIN — {0} has no PIN any more", file.display());
        }
        KeyCommand::Show { file, json } => show(&public(file, pins)?, *json),
    }
    Ok(())
}

/// The public half as the key itself gives it, unless only the public half was named.
fn public(file: &Path, pins: &mut Pins) -> Result<VerifierKey, keyfile::KeyFileError> {
    if file.extension().is_some_and(|e| e == "vkey") {
        return keyfile::read_public(file);
    }
    Ok(pins.unlock(file)?.key().verifier().clone())
}

fn show(key: &VerifierKey, json: bool) {
    let fingerprint = Fingerprint::of(key);
    if json {
        data!("{}", serde_json::json!({ "vkey": key.to_string(), "fingerprint": fingerprint.to_string() }));
    } else {
        data!("{key}\n{fingerprint}");
    }
}
