//! `kiemphieu committee invite`, `deposits`, `admit` and `enrol`: new devices come in, and people compare before they do.

use super::{
    command::ReadArgs,
    command::enrol::{AdmitArgs, EnrolArgs, InviteArgs},
    failure, open, read, send, show,
};
use crate::{
    data, data_raw,
    exit::{Failure, Outcome},
    pin::Pins,
    words,
};
use ::committee::{
    CommitteeError,
    desk::Desk,
    draft,
    enrol::{self, Deposit},
    home::Home,
    meaning::Meaning,
};
use door::Fingerprint;
use std::io::{IsTerminal, Write};

/// A member's own machine shows its key.
pub(super) async fn enrol(args: &EnrolArgs, pins: &mut Pins) -> Outcome {
    let home = Home::at(&args.home);
    let ticket = home.ticket(Some(args.arrival.ticket().clone())).map_err(failure)?;
    args.arrival.find().await?;
    let holder = pins.for_new_keys(args.arrival.pin);
    let key = enrol::own_key(&home, ticket.origin(), args.id, holder).map_err(failure)?;
    args.arrival.show(&key, &[(key.verifier().clone(), args.code)]).await?;
    home.keep_ticket(&ticket).map_err(failure)
}

/// An organiser makes a code, and says what to hand over with it.
pub(super) async fn invite(args: &InviteArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let mut record = read(&args.read, pins).await?;
    let invited = record.doors().invite(&args.name).await?;
    let home = Home::at(&args.read.hall.home);
    let ticket = args.read.hall.way.of(&home.ticket(args.read.hall.way.ticket.clone())?);
    let (name, minutes) = (&args.name, invited.valid.as_secs() / 60);
    if args.read.json {
        let (code, seconds) = (invited.code.to_string(), invited.valid.as_secs());
        let ticket = ticket.to_string();
        show::json(&serde_json::json!({ "name": name, "code": code, "valid-seconds": seconds, "ticket": ticket }));
        return Ok(());
    }
    words!(
        "mã cho {name}, dùng một lần trong {minutes} phút, chỉ hiện lần này; mã cũ của tên này không còn dùng được — the code \
         of {name}, for one use within {minutes} minutes, shown this once; a former code of that name has ended:"
    );
    data!("{}", invited.code);
    words!(
        "đưa cho người giữ máy mới: phiếu sự kiện dưới đây, và mã bằng một đường khác (phiếu in, mã đọc) — hand over to whoever \
         has the new device: this event ticket, and the code by another way (the ticket on paper, the code aloud):"
    );
    data!("{ticket}");
    if args.qr {
        words!("{}", ticket.qr_terminal());
    }
    Ok(())
}

/// The names that were invited, and what came in.
pub(super) async fn deposits(args: &ReadArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let mut record = read(args, pins).await?;
    let deposits = record.doors().deposits().await?;
    if args.json {
        show::json(&deposits.iter().map(as_json).collect::<Vec<_>>());
        return Ok(());
    }
    if deposits.is_empty() {
        words!("không có mã hay khóa nào đang chờ — no code and no key waits");
    }
    for deposit in &deposits {
        data_raw!("{}", show::deposit(deposit));
    }
    Ok(())
}

fn as_json(deposit: &Deposit) -> serde_json::Value {
    serde_json::json!({
        "name": deposit.name,
        "state": deposit.state,
        "key": deposit.key.as_ref().map(ToString::to_string),
        "fingerprint": deposit.fingerprint().map(|f| f.to_string()),
        "tries-left": deposit.tries_left,
        "left-seconds": deposit.left.as_secs(),
    })
}

/// Organisers let a key in whose fingerprint was read aloud to them.
pub(super) async fn admit(args: &AdmitArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let home = Home::at(&args.hall.home);
    let keys = home.signers_with(&args.hands.signers, &args.hands.keys, pins)?;
    let mut record = open(&args.hall, keys.first()).await?;
    let origin = record.doors().ticket().origin().to_owned();
    let deposits = record.doors().deposits().await?;
    enrol::deposited(&deposits, &args.name, &origin)?;
    let read_aloud = args.fingerprint.map_or_else(|| ask(&args.name), Ok)?;
    let key = enrol::compared(&deposits, &args.name, &origin, &read_aloud)?.clone();
    if let Some(member) = enrol::board_member(&args.name, &origin) {
        let path = enrol::keep_public(&home, member, &key)?.display().to_string();
        words!(
            "khóa của {member} đã lưu; khi đủ người: kiemphieu committee board BAN --as o1 --as o2 — the key of {member} is kept; \
             when all members are in: kiemphieu committee board BOARD --as o1 --as o2"
        );
        match args.hands.json {
            true => show::json(&serde_json::json!({ "name": args.name, "kept": path })),
            false => data!("{path}"),
        }
        return Ok(());
    }
    let title = args.title.clone().or_else(|| enrol::table_title(&home, &args.name, &origin));
    let statement = Desk::at(&record.replay().count)?.key(key, title);
    words!("{}", Meaning::of(&statement, &record.replay().count));
    let ready = draft::propose(record.replay(), &statement, &keys, args.hands.propose)?;
    send(&mut record, &ready, &statement, args.hands.json).await
}

/// Asks for what is read aloud. What came in is not shown beside it: it would only be nodded at.
fn ask(name: &str) -> Result<Fingerprint, CommitteeError> {
    if !std::io::stdin().is_terminal() {
        return Err(CommitteeError::input(
            format!("cần --fingerprint: dãy số đọc to ở máy của {name}; không ghi nhận khóa nào mà chưa so"),
            format!(
                "--fingerprint is needed: the digits read aloud at the device of {name}; no key comes in uncompared"
            ),
        ));
    }
    let mut typed = String::new();
    let _ = write!(std::io::stderr(), "vân tay đọc to ở máy của {name} — the fingerprint read aloud at the device: ");
    std::io::stdin().read_line(&mut typed).map_err(|e| CommitteeError::input(e.to_string(), e.to_string()))?;
    typed.trim().parse().map_err(|e: door::FingerprintError| {
        let words = e.to_string();
        let (vi, en) = words.split_once(" — ").unwrap_or((&words, &words));
        CommitteeError::input(vi, en)
    })
}

impl From<CommitteeError> for Failure {
    fn from(error: CommitteeError) -> Self {
        failure(error)
    }
}
