//! A disk that loses what was not synced, or has no room when it is told so: `fixtures/power/shim.c`, preloaded into a part
//! of the hall.

use crate::program::repository;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The shim, compiled into that folder.
///
/// # Panics
/// There is no C compiler.
#[must_use]
pub fn compiled(folder: &Path) -> PathBuf {
    let library = folder.join("shim.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library);
    let compiled = compiler.arg(repository().join("tests/fixtures/power/shim.c")).args(["-ldl", "-lpthread"]).output();
    let compiled = compiled.expect("a C compiler named `cc` is needed; install gcc");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    library
}
