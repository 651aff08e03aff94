//! The one program: `kiemphieu <role>`.

use clap::{Parser, Subcommand};
use kiemphieu::words;
use kiemphieu::{committee, exit::Outcome, key, load, observer, pin::Pins, rehearse, server, station};
use std::{io::IsTerminal, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// Kiểm phiếu — counting ballots: a count that nobody has to trust.
#[derive(Parser, Debug)]
#[command(name = "kiemphieu", version, arg_required_else_help = true, before_long_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
    /// Read PINs from standard input and not from the terminal: a line for each protected key file, in their order
    #[arg(long, global = true)]
    pin_stdin: bool,
}

const EXAMPLES: &str = "Examples:
  kiemphieu rehearse                       count the shipped event of real ballots, every part its own process
  kiemphieu rehearse --event DIR --out OUT count any event folder
  kiemphieu observer verify OUT/log --event SID
  kiemphieu server run --home server";

#[derive(Subcommand, Debug)]
enum Role {
    /// The central table: takes notes in, makes them durable, shows the log
    #[command(
        subcommand,
        before_long_help = "Examples:\n  kiemphieu server key --home server --origin kiemphieu.example/ham-tan-2020\n  kiemphieu server found --home server committee/manifest.note\n  kiemphieu server ticket --home server --qr\n  kiemphieu server run --home server"
    )]
    Server(server::ServerCommand),
    /// A counting table: signs bundles, delivers them, keeps verified receipts
    #[command(
        subcommand,
        before_long_help = "Examples:\n  kiemphieu station key --home s01 --origin kiemphieu.example/ham-tan-2020 --id s01\n  kiemphieu station count --home s01 --ticket ticket.txt --contest c01 --ballots s01.csv\n  kiemphieu station status --home s01"
    )]
    Station(station::StationCommand),
    /// Organisers and counting board: draft, co-sign, close, certify, announce
    #[command(
        subcommand,
        before_long_help = "Examples:\n  kiemphieu committee init EVENTDIR --home committee --vkey server/new/*/*.vkey s0*/*.vkey observer/*.vkey\n  kiemphieu committee contest c01 --as k1 --as k2\n  kiemphieu committee close c01 --as k1 --as k2\n  kiemphieu committee status"
    )]
    Committee(Box<committee::CommitteeCommand>),
    /// A remote witness: verifies, follows, cosigns, exports
    #[command(
        subcommand,
        before_long_help = "Examples:\n  kiemphieu observer verify OUT/log --event SID\n  kiemphieu observer follow --home observer --ticket ticket.txt\n  kiemphieu observer export --home observer --out OUT"
    )]
    Observer(observer::ObserverCommand),
    /// A member's own key file: its PIN, its public half, its fingerprint
    #[command(
        subcommand,
        before_long_help = "Examples:\n  kiemphieu key pin /media/usb/k2.key\n  kiemphieu key show committee/keys/k1.key"
    )]
    Key(key::KeyCommand),
    /// Count an event folder with every part as its own process
    Rehearse(rehearse::RehearseArguments),
    /// Measure durable, verified intake against what `ring` alone verifies
    Load(load::LoadArguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return wrong_use(&error),
    };
    log_to_stderr();
    keep_to_ourselves(&arguments.role);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(kiemphieu::exit::Failure::new(kiemphieu::exit::Exit::Trouble, error))),
    };
    end(runtime.block_on(run(arguments.role, &mut Pins::new(arguments.pin_stdin))))
}

/// Journals hold figures before they are announced: what a server or a table writes, other users cannot read.
fn keep_to_ourselves(role: &Role) {
    #[cfg(unix)]
    if matches!(role, Role::Server(_) | Role::Station(_)) {
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    }
    #[cfg(not(unix))]
    let _ = role;
}

/// Help and version are answers; anything else is wrong use, exit code 2.
fn wrong_use(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() {
        words!(
            "kiemphieu: lệnh viết chưa đúng, chưa làm gì; thêm --help để xem cách dùng — nothing was done; add --help to see how it is used"
        );
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

async fn run(role: Role, pins: &mut Pins) -> Outcome {
    match role {
        Role::Server(command) => server::run(command).await,
        Role::Station(command) => station::run(command, pins).await,
        Role::Committee(command) => committee::run(*command, pins).await,
        Role::Observer(command) => observer::run(command, pins).await,
        Role::Key(command) => key::run(&command, pins),
        Role::Rehearse(arguments) => rehearse::run(arguments).await,
        Role::Load(arguments) => load::run(arguments).await,
    }
}

fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) if kiemphieu::say::has_failed() => {
            words!("kiemphieu: không ghi được kết quả — the answer could not be written to standard output");
            ExitCode::from(kiemphieu::exit::Exit::Disk as u8)
        }
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                words!("kiemphieu: {failure}");
            }
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Events with fields: for people in a terminal, as JSON for a service manager. `RUST_LOG` says how much.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,server=info,observer=info"));
    // A reader of the log that has gone away must not end a server.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    if std::io::stderr().is_terminal() { log.init() } else { log.json().init() }
}
