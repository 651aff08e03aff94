//! Logs that are signed as they must be and say what no honest log would, each with the entry and the field at which a
//! reader must stop. It refuses to know any reader.

mod bulletins;
mod desk;
mod keys;
mod results;
mod tables;

use super::{Forge, ORIGIN, hall::ORGANISERS};

/// What is false about the log, the log, its first wrong entry, the field, the code of the rule.
pub type Case = (&'static str, fn() -> Forge, u64, &'static str, &'static str);

/// Every false log, by what it is false about.
pub const CASES: [(&str, &[Case]); 5] = [
    ("bulletins", bulletins::CASES),
    ("results", results::CASES),
    ("desk", desk::CASES),
    ("tables", tables::CASES),
    ("keys", keys::CASES),
];

/// Takes a log one desk statement on c01 further.
fn and(mut f: Forge, kind: &str, body: &str, signers: &[&str]) -> Forge {
    f.desk(kind, "c01", body, signers);
    f
}

/// Takes a log one statement of the organisers further.
fn organised(mut f: Forge, kind: &str, body: &str) -> Forge {
    f.desk(kind, "", body, ORGANISERS);
    f
}

fn raw(mut f: Forge, bytes: &[u8]) -> Forge {
    f.append(bytes);
    f
}

fn revoke(name: &str, last_seq: &str) -> String {
    format!("key {ORIGIN}/{name}\nlast-seq {last_seq}\nreason máy mất\n")
}

fn any_hash(text: &str) -> String {
    tlog::sha256(text.as_bytes()).to_string()
}
