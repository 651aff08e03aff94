//! Parts of the hall as processes of their own: this very program, started with another role. Whoever started one ends
//! it, by its id, when done with it.

use crate::exit::{Exit, Failure};
use serde_json::Value;
use std::{
    ffi::OsStr,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A part has this long to open its doors: a full journal of a national night is replayed in less.
const READY_SECONDS_MAX: Duration = Duration::from_secs(60);
/// And this long to end in order before it is killed.
const END_SECONDS_MAX: Duration = Duration::from_secs(10);

/// A command of this program.
pub fn command<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(|e| Failure::new(Exit::Trouble, e))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// What a part that has ended left behind.
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs a part to its end.
///
/// # Errors
/// It cannot be started.
pub async fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Ended, Failure> {
    let output = command(arguments)?.output().await.map_err(|e| Failure::new(Exit::Trouble, e))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ended { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) })
}

/// Runs a part to its end, which must be a good one; the answer is its standard output.
///
/// # Errors
/// It ended otherwise: its exit code and what it said.
pub async fn run_well<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<String, Failure> {
    let arguments: Vec<_> = arguments.into_iter().map(|a| a.as_ref().to_owned()).collect();
    let ended = run(&arguments).await?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let words: Vec<_> = arguments.iter().map(|a| a.to_string_lossy()).collect();
    let exit = exit_of(ended.status);
    Err(Failure::new(
        exit,
        format!("`kiemphieu {}` ended with {}:\n{}", words.join(" "), ended.status, ended.stderr.trim_end()),
    ))
}

/// The exit code of this program that stands behind a status.
pub fn exit_of(status: ExitStatus) -> Exit {
    let all = [
        Exit::Fine,
        Exit::Differs,
        Exit::Trouble,
        Exit::Provisional,
        Exit::Equivocation,
        Exit::Input,
        Exit::Key,
        Exit::Network,
        Exit::Disk,
        Exit::Journal,
    ];
    all.into_iter().find(|e| status.code() == Some(*e as i32)).unwrap_or(Exit::Trouble)
}

/// A server of its own.
pub struct ServerProcess {
    child: Child,
    /// Where gRPC listens.
    pub grpc: String,
    /// Where the public pages listen.
    pub http: String,
}

impl ServerProcess {
    /// Starts a server on free ports and waits until its doors are open. Its log goes to `log`.
    ///
    /// # Errors
    /// It ends instead, with what it said, or does not open in time.
    pub async fn start(home: &Path, log: &Path) -> Result<Self, Failure> {
        Self::start_at(home, log, "127.0.0.1:0", "127.0.0.1:0").await
    }

    /// Starts a server where another has been, so that everybody finds it again.
    ///
    /// # Errors
    /// As [`ServerProcess::start`].
    pub async fn start_at(home: &Path, log: &Path, grpc: &str, http: &str) -> Result<Self, Failure> {
        let bare = |url: &str| url.trim_start_matches("https://").trim_start_matches("http://").to_owned();
        let (grpc, http) = (bare(grpc), bare(http));
        let words = std::fs::OpenOptions::new().create(true).append(true).open(log);
        let words = words.map_err(|e| Failure::new(Exit::Disk, format!("{}: {e}", log.display())))?;
        let arguments = ["server", "run", "--listen", &grpc, "--http", &http, "--home"];
        let mut arguments: Vec<&OsStr> = arguments.map(OsStr::new).into();
        arguments.push(home.as_os_str());
        let mut command = command(arguments)?;
        let child = command.stdout(Stdio::piped()).stderr(words).spawn();
        let mut child = child.map_err(|e| Failure::new(Exit::Trouble, e))?;
        let stdout = child.stdout.take().ok_or_else(|| Failure::new(Exit::Trouble, "the server has no output"))?;
        let mut line = String::new();
        let mut lines = BufReader::new(stdout);
        let ready = tokio::time::timeout(READY_SECONDS_MAX, lines.read_line(&mut line)).await;
        let addresses: Option<Value> = serde_json::from_str(&line).ok();
        match (ready, addresses) {
            (Ok(Ok(_)), Some(addresses)) => {
                let address = |key: &str| addresses[key].as_str().unwrap_or_default().to_owned();
                Ok(Self { grpc: address("grpc"), http: address("http"), child })
            }
            _ => {
                let _ = child.start_kill();
                let exit = child.wait().await.map_or(Exit::Trouble, exit_of);
                let said = std::fs::read_to_string(log).unwrap_or_default();
                Err(Failure::new(exit, format!("the server did not open its doors:\n{}", said.trim_end())))
            }
        }
    }

    /// Its process id.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it at once, as a power cut would end the process (`kill -9`).
    ///
    /// # Errors
    /// The system does not let go of it.
    pub async fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().await.map_err(|e| Failure::new(Exit::Trouble, e))
    }

    /// Asks it to end, and waits.
    ///
    /// # Errors
    /// It ended badly, or did not end in time and was killed.
    pub async fn end(mut self) -> Result<(), Failure> {
        ask_to_end(&self.child);
        match tokio::time::timeout(END_SECONDS_MAX, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(Failure::new(exit_of(status), format!("the server ended with {status}"))),
            Ok(Err(error)) => Err(Failure::new(Exit::Trouble, error)),
            Err(_) => {
                let _ = self.child.kill().await;
                Err(Failure::new(Exit::Trouble, "the server did not end in time and was killed"))
            }
        }
    }
}

/// The polite signal.
pub fn ask_to_end(child: &Child) {
    #[cfg(unix)]
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    #[cfg(not(unix))]
    let _ = child;
}
