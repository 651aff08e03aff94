//! The Python of the strangers: one that runs the verifier and the C2SP tools of other people, with exactly the packages that
//! `tests/verifier/requirements.txt` names, made once under `target/`. It refuses to know what they are asked.

use crate::program::repository;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// The packages say 3.12; they are known to run on this one too, which is what Debian 12 has.
const OLDEST: (u32, u32) = (3, 11);
/// What the packages themselves ask for.
const ASKED_FOR: (u32, u32) = (3, 12);

/// The interpreter, with the packages beside it. The first test process that asks makes it, the others wait.
///
/// # Panics
/// There is no Python to make it with, or the packages cannot be had; the sentence says which and what to do.
#[must_use]
pub fn path() -> PathBuf {
    tool("python3")
}

/// A program that one of the packages brings, such as `aics-witness`.
///
/// # Panics
/// As [`path`].
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| made(&repository().join("target/verifier"))).join("bin").join(name)
}

/// Makes the environment unless it stands there whole, for these very requirements.
fn made(home: &Path) -> PathBuf {
    let list = repository().join("tests/verifier/requirements.txt");
    let wanted = fs::read_to_string(&list).expect("the list of packages stands in the repository");
    // Written last: an environment without it was never finished.
    let stamp = home.join("made-from.txt");
    let is_made = || fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted);
    fs::create_dir_all(home.parent().expect("target/")).expect("target/ can be written");
    let lock = fs::File::create(home.with_extension("lock")).expect("target/ can be written");
    lock.lock().expect("a lock of one machine");
    if is_made() {
        return home.to_owned();
    }
    let (python, version) = find();
    well(Command::new(python).args(["-m", "venv", "--clear"]).arg(home), "makes no environment");
    let mut pip = Command::new(home.join("bin/python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).arg("-r").arg(&list);
    if version < ASKED_FOR {
        pip.arg("--ignore-requires-python");
    }
    well(&mut pip, "cannot install tests/verifier/requirements.txt (a network is needed once, or PIP_FIND_LINKS)");
    fs::write(&stamp, &wanted).expect("target/ can be written");
    home.to_owned()
}

/// The newest Python there is: by name, then where pyenv keeps them, then whatever `python3` is.
fn find() -> (PathBuf, (u32, u32)) {
    let mut candidates: Vec<PathBuf> = ["python3.14", "python3.13", "python3.12"].map(PathBuf::from).to_vec();
    let pyenv = env::home_dir().unwrap_or_default().join(".pyenv/versions");
    let mut kept: Vec<PathBuf> = fs::read_dir(pyenv).into_iter().flatten().flatten().map(|e| e.path()).collect();
    kept.sort();
    candidates.extend(kept.into_iter().rev().map(|version| version.join("bin/python3")));
    let system = PathBuf::from("python3");
    let good = |python: &PathBuf| version(python).filter(|v| *v >= ASKED_FOR).map(|v| (python.clone(), v));
    let found = candidates.iter().find_map(good).or_else(|| {
        let version = version(&system).filter(|v| *v >= OLDEST)?;
        Some((system, version))
    });
    found.expect("a Python of at least 3.11 that can make a venv is needed: install python3 and python3-venv")
}

/// Its version, if it runs at all and can make an environment (Debian keeps that part in a package of its own).
fn version(python: &Path) -> Option<(u32, u32)> {
    let ask = "import sys, venv, ensurepip; print(sys.version_info[0], sys.version_info[1])";
    let output = Command::new(python).args(["-c", ask]).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let (major, minor) = said.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn well(command: &mut Command, what_failed: &str) {
    let output = command.output().unwrap_or_else(|e| panic!("{}: {e}", command.get_program().display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {what_failed}: {said}", command.get_program().display());
}
