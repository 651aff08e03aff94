//! `kiemphieu committee …`: arguments in, words out, exit codes. What happens is in the crate `committee`.

mod cases;
pub mod command;
mod cosign;
mod enrol;
mod paper;
mod rounds;
mod rules;
mod show;
mod status;

pub use command::CommitteeCommand;

use crate::exit::{Exit, Failure, Outcome};
use crate::pin::Pins;
use crate::{data, data_raw, words};
use ::committee::{
    CommitteeError,
    desk::Desk,
    draft::{self, Ready},
    founding::{self, Making},
    home::Home,
    meaning::Meaning,
    record::{Record, Sent},
    standing::Standing,
};
use command::{Hall, Hands, InitArgs, ReadArgs, What};
use indicatif::ProgressBar;
use std::sync::Arc;
use tally::{Code, ContestId, Statement};
use tlog::SigningKey;

/// A log of so many entries takes long enough to show that something happens.
const BAR_FROM_ENTRIES: u64 = 5_000;

/// Runs one command of the committee.
///
/// # Errors
/// The failure with its exit code and sentence; nothing is half done.
pub async fn run(command: CommitteeCommand, pins: &mut Pins) -> Outcome {
    let done = match command {
        CommitteeCommand::Init(args) => init(&args, pins),
        CommitteeCommand::Status(args) => status(&args, pins).await,
        CommitteeCommand::Cases(args) => cases::list(&args, pins).await,
        CommitteeCommand::Rules(args) => rules::tell(&args),
        CommitteeCommand::MakeKey(args) => cosign::own_key(&args, pins),
        CommitteeCommand::Cosign(args) => cosign::cosign(&args, pins),
        CommitteeCommand::Drafts(args) => cosign::drafts(&args, pins).await,
        CommitteeCommand::Next(args) => rounds::next(&args, pins).await,
        CommitteeCommand::Plan(args) => rounds::plan(*args, pins).await,
        CommitteeCommand::Kit(args) => return paper::kit(&args, pins).await,
        CommitteeCommand::Record(args) => return paper::record(&args, pins).await,
        CommitteeCommand::Enrol(args) => return enrol::enrol(&args, pins).await,
        CommitteeCommand::Invite(args) => enrol::invite(&args, pins).await,
        CommitteeCommand::Deposits(args) => enrol::deposits(&args, pins).await,
        CommitteeCommand::Admit(args) => enrol::admit(&args, pins).await,
        CommitteeCommand::Sign(args) => cosign::sign(&args, pins).await,
        CommitteeCommand::Refuse(args) => cosign::refuse(&args, pins).await,
        CommitteeCommand::Desk(desk) => match desk.into_parts() {
            Ok((hall, hands, what)) => make(&hall, &hands, what, pins).await,
            Err(error) => Err(error),
        },
    };
    done.map_err(failure)
}

fn failure(error: CommitteeError) -> Failure {
    use CommitteeError as E;
    let exit = match &error {
        E::Event(_) | E::Rules(_) | E::Input(_) => Exit::Input,
        E::Key(_) | E::Keys(_) | E::NotEnrolled(_) => Exit::Key,
        E::Network(_) | E::Dial(_) | E::NoBulletin { .. } => Exit::Network,
        E::Disk { .. } => Exit::Disk,
        E::Refused { .. }
        | E::TooFewSigners { .. }
        | E::Ended(_)
        | E::Log(_)
        | E::Differs { .. }
        | E::Behind { .. } => Exit::Differs,
        E::Equivocation { .. } => Exit::Equivocation,
        E::Hidden { .. } | E::Choice(_) => Exit::Trouble,
    };
    Failure::new(exit, error)
}

fn init(args: &InitArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let home = Home::at(&args.home);
    let making = if args.own_keys { Making::Organisers } else { Making::Everybodys };
    let holder = pins.for_new_keys(args.pin);
    let founded = founding::found_with(&args.folder, &home, &args.vkeys, &args.signers, making, holder)?;
    let made: Vec<String> = founded.keys_made.iter().map(|id| home.key(*id).display().to_string()).collect();
    for path in &made {
        words!("khóa mới — new key: {path}");
    }
    for said in &founded.warnings {
        words!("{said}");
    }
    let (have, needed, others) = (founded.have, founded.needed, &founded.others);
    words!("{}", show::manifest(&home.manifest(), have, needed, others));
    if args.json {
        show::json(&serde_json::json!({
            "event": founded.sid.to_string(), "manifest": home.manifest(), "keys-made": made,
            "have": have, "needed": needed, "others": others, "warnings": founded.warnings,
        }));
    } else {
        data!("{}", founded.sid);
    }
    Ok(())
}

/// Fetches and verifies the log of the event.
async fn open(hall: &Hall, key: Option<&Arc<SigningKey>>) -> Result<Record, CommitteeError> {
    let home = Home::at(&hall.home);
    let ticket = home.ticket(hall.way.ticket.clone())?;
    let doors = ::committee::doors::Doors::open(&hall.way.of(&ticket), key).await?;
    let mut bar: Option<ProgressBar> = None;
    let mut progress = |done: u64, total: u64| {
        if total >= BAR_FROM_ENTRIES {
            bar.get_or_insert_with(|| ProgressBar::new(total)).set_position(done);
        }
    };
    let record = Record::open(doors, home.clone(), &mut progress).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let record = record?;
    if hall.way.ticket.is_some() {
        home.keep_ticket(&ticket)?;
    }
    Ok(record)
}

/// Makes a desk statement: verify the log, build, rule, show, sign, send, verify the answer.
async fn make(hall: &Hall, hands: &Hands, what: What, pins: &mut Pins) -> Result<(), CommitteeError> {
    let home = Home::at(&hall.home);
    let keys = home.signers_with(&hands.signers, &hands.keys, pins)?;
    let mut record = open(hall, keys.first()).await?;
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

async fn send(record: &mut Record, ready: &Ready, statement: &Statement, json: bool) -> Result<(), CommitteeError> {
    let sent = record.submit(ready).await?;
    words!("{}", show::sent(&sent));
    let ballot_code = matches!(statement, Statement::Contest(_)).then(|| Code::of(ready.sid));
    if let Some(code) = ballot_code {
        words!("mã phiếu bầu — ballot code: {code}");
    }
    if matches!(sent, Sent::Draft { .. }) {
        words!("{}", show::for_the_others(ready.sid));
    }
    if json {
        let (verdict, index, signatures) = match sent {
            Sent::Recorded { index } => ("recorded", Some(index), None),
            Sent::Repeated { index } => ("repeated", Some(index), None),
            Sent::Draft { have, needed } => {
                ("draft", None, Some(serde_json::json!({ "have": have, "needed": needed })))
            }
        };
        let kind = statement.kind().word();
        let (sid, contest) = (ready.sid.to_string(), statement.contest().map(|c| c.to_string()));
        show::json(&serde_json::json!({
            "sid": sid, "kind": kind, "contest": contest, "verdict": verdict, "index": index,
            "signatures": signatures, "ballot-code": ballot_code.map(Code::digits),
        }));
    } else {
        data!("{}", ready.sid);
    }
    Ok(())
}

/// The log as the person named reads it, or whoever of the home can be asked nothing.
async fn read(args: &ReadArgs, pins: &mut Pins) -> Result<Record, CommitteeError> {
    let home = Home::at(&args.hall.home);
    let key = match (args.reader, &args.key) {
        (None, None) => home.reader()?,
        (reader, file) => home.signers_with(reader.as_slice(), file.as_slice(), pins)?.pop(),
    };
    open(&args.hall, key.as_ref()).await
}

async fn status(args: &ReadArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let mut record = read(args, pins).await?;
    let keys_in_use_twice = record.keys_in_use_twice().await?;
    let standing = Standing { keys_in_use_twice, ..Standing::of(record.replay()) };
    if args.json {
        show::json(&standing);
    } else {
        data_raw!("{}", status::standing(&standing));
    }
    Ok(())
}
