//! `kiemphieu committee …`: arguments in, words out, exit codes. What happens is in the crate `committee`.

pub mod command;
mod show;

pub use command::CommitteeCommand;

use crate::exit::{Exit, Failure, Outcome};
use crate::{data, data_raw, words};
use ::committee::{
    CommitteeError,
    desk::Desk,
    draft::{self, Ready},
    founding,
    home::Home,
    meaning::Meaning,
    record::{Record, Sent},
    standing::Standing,
};
use command::{Hall, Hands, InitArgs, What};
use indicatif::ProgressBar;
use tally::{ContestId, Statement};

/// A log of so many entries takes long enough to show that something happens.
const BAR_FROM_ENTRIES: u64 = 5_000;

/// Runs one command of the committee.
///
/// # Errors
/// The failure with its exit code and sentence; nothing is half done.
pub async fn run(command: CommitteeCommand) -> Outcome {
    let done = match command {
        CommitteeCommand::Init(args) => init(&args),
        CommitteeCommand::Status(args) => status(&args.hall, args.json).await,
        CommitteeCommand::Drafts(args) => drafts(&args.hall, args.json).await,
        CommitteeCommand::Sign(args) => sign(&args.hall, &args.hands, &args.sid).await,
        CommitteeCommand::Desk(desk) => match desk.into_parts() {
            Ok((hall, hands, what)) => make(&hall, &hands, what).await,
            Err(error) => Err(error),
        },
    };
    done.map_err(failure)
}

fn failure(error: CommitteeError) -> Failure {
    use CommitteeError as E;
    let exit = match &error {
        E::Event(_) | E::Input(_) => Exit::Input,
        E::Key(_) | E::Keys(_) => Exit::Key,
        E::Network(_) | E::NoBulletin { .. } => Exit::Network,
        E::Disk { .. } => Exit::Disk,
        E::Refused { .. } | E::TooFewSigners { .. } | E::Log(_) | E::Differs { .. } | E::Behind { .. } => Exit::Differs,
        E::Equivocation { .. } => Exit::Equivocation,
        E::Hidden { .. } | E::Choice(_) => Exit::Trouble,
    };
    Failure::new(exit, error)
}

fn init(args: &InitArgs) -> Result<(), CommitteeError> {
    let home = Home::at(&args.home);
    let founded = founding::found(&args.folder, &home, &args.vkeys, &args.signers)?;
    let made: Vec<String> = founded.keys_made.iter().map(|id| home.key(*id).display().to_string()).collect();
    for path in &made {
        words!("khóa mới — new key: {path}");
    }
    let manifest = home.manifest().display().to_string();
    words!("đã lập sự kiện — founded: {manifest}");
    if args.json {
        show::json(&serde_json::json!({ "event": founded.sid.to_string(), "manifest": manifest, "keys-made": made }));
    } else {
        data!("{}", founded.sid);
    }
    Ok(())
}

/// Fetches and verifies the log of the event.
async fn open(hall: &Hall) -> Result<Record, CommitteeError> {
    let home = Home::at(&hall.home);
    let event = match hall.event {
        Some(event) => event,
        None => home.event()?,
    };
    let doors = ::committee::doors::Doors::open(&hall.server, event).await?;
    let mut bar: Option<ProgressBar> = None;
    let mut progress = |done: u64, total: u64| {
        if total >= BAR_FROM_ENTRIES {
            bar.get_or_insert_with(|| ProgressBar::new(total)).set_position(done);
        }
    };
    let record = Record::open(doors, home, event, &mut progress).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    record
}

/// Makes a desk statement: verify the log, build, rule, show, sign, send, verify the answer.
async fn make(hall: &Hall, hands: &Hands, what: What) -> Result<(), CommitteeError> {
    let home = Home::at(&hall.home);
    let keys = home.signers(&hands.signers, &hands.keys)?;
    let mut record = open(hall).await?;
    if let Some(contest) = awaited(&what) {
        record.await_bulletin(contest).await?;
    }
    let statement = what.statement(&Desk::at(&record.replay().count)?, &home)?;
    words!("{}", Meaning::of(&statement, &record.replay().count));
    let ready = draft::propose(record.replay(), &statement, &keys, hands.propose)?;
    send(&mut record, &ready, &statement, hands.json).await
}

/// A certificate binds the bulletin of the close, which the server appends by itself.
fn awaited(what: &What) -> Option<ContestId> {
    match what {
        What::Certify { contest, .. } => Some(*contest),
        _ => None,
    }
}

async fn sign(hall: &Hall, hands: &Hands, typed: &str) -> Result<(), CommitteeError> {
    let keys = Home::at(&hall.home).signers(&hands.signers, &hands.keys)?;
    let mut record = open(hall).await?;
    let drafts = record.doors().drafts().await?;
    let waiting = draft::find(&drafts, typed)?;
    words!("{}", Meaning::of(&draft::read(waiting)?, &record.replay().count));
    let (statement, ready) = draft::complete(record.replay(), waiting, &keys)?;
    send(&mut record, &ready, &statement, hands.json).await
}

async fn send(record: &mut Record, ready: &Ready, statement: &Statement, json: bool) -> Result<(), CommitteeError> {
    let sent = record.submit(ready).await?;
    words!("{}", show::sent(&sent));
    if json {
        let (verdict, index) = match sent {
            Sent::Recorded { index } => ("recorded", Some(index)),
            Sent::Repeated { index } => ("repeated", Some(index)),
            Sent::Draft { .. } => ("draft", None),
        };
        let kind = statement.kind().word();
        let (sid, contest) = (ready.sid.to_string(), statement.contest().map(|c| c.to_string()));
        show::json(&serde_json::json!({
            "sid": sid, "kind": kind, "contest": contest, "verdict": verdict, "index": index,
        }));
    } else {
        data!("{}", ready.sid);
    }
    Ok(())
}

async fn status(hall: &Hall, json: bool) -> Result<(), CommitteeError> {
    let record = open(hall).await?;
    let standing = Standing::of(record.replay());
    if json {
        show::json(&standing);
    } else {
        data_raw!("{}", show::standing(&standing));
    }
    Ok(())
}

async fn drafts(hall: &Hall, json: bool) -> Result<(), CommitteeError> {
    let mut record = open(hall).await?;
    let drafts = record.doors().drafts().await?;
    if json {
        show::json(&drafts);
        return Ok(());
    }
    if drafts.is_empty() {
        words!("không có bản nháp — no drafts");
    }
    for waiting in &drafts {
        let meaning = draft::read(waiting).map(|s| Meaning::of(&s, &record.replay().count).to_string());
        data_raw!("{}", show::draft(waiting, &meaning.unwrap_or_else(|e| e.to_string())));
    }
    Ok(())
}
