//! The built program, and what a run of it leaves behind.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The program built in the same profile as this test.
///
/// # Panics
/// It is not built: `cargo build --release` first, as `./tests/run` does.
#[must_use]
pub fn path() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("tests run from target/<profile>/deps");
    let program = profile.join(format!("kiemphieu{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is not built; run ./tests/run", program.display());
    program
}

/// The repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the repository").to_owned()
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs the program to its end.
///
/// # Panics
/// It cannot be started, or it was killed by a signal.
pub fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ended {
    let output = Command::new(path()).args(arguments).stdin(Stdio::null()).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    Ended { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// Runs the program to its end with something typed into its standard input, and with everything logged that can be.
///
/// # Panics
/// It cannot be started, or it was killed by a signal.
pub fn run_typing<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>, typed: &str) -> Ended {
    let mut child = Command::new(path())
        .args(arguments)
        .env("RUST_LOG", "trace")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may end before it has read everything.
    let _ = child.stdin.take().expect("a pipe").write_all(typed.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// Runs the program to a good end and gives its standard output.
///
/// # Panics
/// It ended otherwise.
pub fn run_well<S: AsRef<OsStr> + std::fmt::Debug>(arguments: impl IntoIterator<Item = S>) -> String {
    let arguments: Vec<S> = arguments.into_iter().collect();
    let ended = run(&arguments);
    assert_eq!(ended.code, 0, "kiemphieu {arguments:?}: {}", ended.stderr);
    ended.stdout
}

/// A process that is ended, by its id, when the test lets go of it.
pub struct Running(pub Child);

impl Running {
    /// Ends it at once (`kill -9`).
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Asks it to end, as a service manager does, and waits.
    ///
    /// # Panics
    /// It takes too long.
    #[cfg(unix)]
    pub fn end(&mut self, at_most: Duration) -> i32 {
        let id = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal can be sent");
        self.wait(at_most)
    }

    /// Waits for its own end.
    ///
    /// # Panics
    /// It takes too long.
    pub fn wait(&mut self, at_most: Duration) -> i32 {
        let until = Instant::now() + at_most;
        loop {
            if let Some(status) = self.0.try_wait().expect("a child can be waited for") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "a process did not end within {at_most:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
