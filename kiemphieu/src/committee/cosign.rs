//! Signing together from several machines: drafts at the server, and the manifest before there is one. It refuses to
//! know what may be signed.

use super::{
    command::{CosignArgs, MakeKeyArgs, ReadArgs, RefuseArgs, SignArgs},
    open, read, send, show,
};
use crate::{data, data_raw, pin::Pins, words};
use ::committee::{
    CommitteeError,
    draft::{self, Ended, Found, View},
    founding::{Cosigning, make_key},
    home::Home,
    meaning::Meaning,
    record::Record,
};
use serde_json::json;
use tally::{Sid, ruling::Sentence};

pub(super) async fn drafts(args: &ReadArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let mut record = read(args, pins).await?;
    let drafts = record.doors().drafts().await?;
    let views: Vec<View> = drafts.waiting.iter().map(|d| d.view(&record.replay().count)).collect();
    if args.json {
        show::json(&json!({ "drafts": views, "ended": drafts.ended }));
        return Ok(());
    }
    if views.is_empty() {
        words!("không có bản nháp — no drafts");
    }
    let home = Home::at(&args.hall.home);
    let is_here = |id: &str| id.parse().is_ok_and(|id| home.key(id).exists());
    for view in &views {
        data_raw!("{}", show::draft(view, &args.hall.home, is_here));
    }
    for ended in &drafts.ended {
        words!("{}", ended.say());
    }
    Ok(())
}

/// Reads a draft, rules it by our own replay, and adds signatures.
pub(super) async fn sign(args: &SignArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let (hall, hands) = (&args.hall, &args.hands);
    let keys = Home::at(&hall.home).signers_with(&hands.signers, &hands.keys, pins)?;
    let mut record = open(hall, keys.first()).await?;
    let drafts = record.doors().drafts().await?;
    let waiting = match drafts.find(&args.sid)? {
        Found::Waiting(waiting) => waiting,
        Found::Ended(ended) => return too_late(&mut record, ended, hands.json).await,
    };
    words!("{}", Meaning::of(&draft::read(waiting)?, &record.replay().count));
    for name in keys.iter().map(|key| key.verifier().name()).filter(|name| waiting.has_signed(name)) {
        words!("{name} đã ký trước đó, không tính hai lần — {name} has signed it before and counts once");
    }
    let (statement, ready) = draft::complete(record.replay(), waiting, &keys)?;
    send(&mut record, &ready, &statement, hands.json).await
}

/// Whatever the server says of it: what is in the log is recorded, and what is not in it is not.
async fn too_late(record: &mut Record, ended: &Ended, json: bool) -> Result<(), CommitteeError> {
    record.catch_up(&mut |_, _| ()).await?;
    let index = record.replay().count.desk_entry(ended.sid);
    let Some(index) = index.filter(|_| ended.is_recorded()) else {
        return Err(CommitteeError::Ended(ended.say()));
    };
    words!("đã có từ trước, mục {index} — it stood there before, entry {index}");
    if json {
        let (sid, kind, contest) = (ended.sid.to_string(), &ended.kind, &ended.contest);
        show::json(&json!({ "sid": sid, "kind": kind, "contest": contest, "verdict": "repeated", "index": index }));
    } else {
        data!("{}", ended.sid);
    }
    Ok(())
}

/// Says no to a draft, in the name of one person.
pub(super) async fn refuse(args: &RefuseArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let home = Home::at(&args.hall.home);
    let key = home.signers_with(args.member.as_slice(), args.key.as_slice(), pins)?.pop();
    let mut record = open(&args.hall, key.as_ref()).await?;
    let drafts = record.doors().drafts().await?;
    let waiting = match drafts.find(&args.sid)? {
        Found::Waiting(waiting) => waiting,
        Found::Ended(ended) => return Err(CommitteeError::Ended(ended.say())),
    };
    let statement = draft::read(waiting)?;
    words!("{}", Meaning::of(&statement, &record.replay().count));
    let name = key.as_ref().map_or("", |key| key.verifier().name());
    if !record.replay().count.authority(&statement).is_some_and(|a| a.has(name)) {
        return Err(CommitteeError::Keys(Sentence {
            vi: format!("{name} không được ký bản nháp này nên không từ chối được"),
            en: format!("{name} has no say in this draft and cannot refuse it"),
        }));
    }
    let sid: Sid = waiting.sid;
    let waits = record.doors().refuse(sid, &args.reason).await?;
    if waits {
        words!("đã từ chối; người khác vẫn ký được — refused; enough others could still sign it");
    } else {
        words!("đã từ chối; không còn đủ người ký, bản nháp kết thúc — refused; too few are left, the draft is dead");
    }
    if args.json {
        show::json(&json!({ "sid": sid.to_string(), "waits": waits }));
    } else {
        data!("{sid}");
    }
    Ok(())
}

/// Signs a manifest that is not founded yet, and takes over the signatures of its copies.
pub(super) fn cosign(args: &CosignArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let mut cosigning = Cosigning::read(&args.file)?;
    let sid = cosigning.sid();
    words!("{}\n  {sid}", cosigning.meaning());
    let keys = Home::at(&args.home).signers_with(&args.signers, &args.keys, pins)?;
    for copy in &args.copies {
        let (new, copy) = (cosigning.take(copy)?, copy.display());
        words!("{copy}: thêm {new} chữ ký — {new} more signatures");
    }
    for key in &keys {
        let name = key.verifier().name();
        if !cosigning.sign(key)? {
            words!("{name} đã ký trước đó — {name} has signed it before");
        }
    }
    cosigning.write()?;
    let (have, needed, others) = (cosigning.have(), cosigning.needed(), cosigning.others());
    words!("{}", show::manifest(&args.file, have, needed, &others));
    if args.json {
        show::json(&json!({ "event": sid.to_string(), "have": have, "needed": needed, "others": others }));
    } else {
        data!("{sid}");
    }
    Ok(())
}

/// Makes a person's key on their own machine.
pub(super) fn own_key(args: &MakeKeyArgs, pins: &mut Pins) -> Result<(), CommitteeError> {
    let home = Home::at(&args.home);
    let key = make_key(&home, &args.origin, args.person, pins.for_new_keys(args.pin))?;
    let public = keyfile::public_path(&home.key(args.person.id()));
    let public = public.display();
    words!("đưa {public} cho người lập sự kiện — give {public} to whoever founds the event");
    data!("{key}");
    Ok(())
}
