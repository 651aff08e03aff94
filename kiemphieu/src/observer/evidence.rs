//! What observers carry to each other by hand: evidence folders, and checkpoints that others have seen.

use crate::exit::{Exit, Failure, Outcome};
use crate::{data, data_raw};
use ::observer::{Hearing, Home, ObserverError, evidence, gossip};
use std::path::{Path, PathBuf};
use tally::Sid;
use tlog::{Checkpoint, Note};

/// Whether a folder convicts a key: 0 it does, 1 it does not, 2 it cannot be read.
pub(super) fn verify(folder: &Path, event: Option<Sid>, json: bool) -> Outcome {
    let judged = evidence::verify(folder).and_then(|proof| match event {
        Some(event) => proof.of_event(event),
        None => Ok(proof),
    });
    if json {
        let value = judged.as_ref().map_or_else(evidence::Doubt::to_json, evidence::Proof::to_json);
        data!("{value}");
    }
    match judged {
        Err(doubt) if doubt.is_unreadable => Err(Failure::new(Exit::Trouble, doubt)),
        Err(doubt) => Err(Failure::new(Exit::Differs, doubt)),
        Ok(proof) => {
            if !json {
                data_raw!("{proof}");
            }
            let compare = "hãy so mã sự kiện với phiếu bằng giấy — compare the event with the paper ticket";
            crate::words!("{}{}", proof.why, if event.is_none() { format!("; {compare}") } else { String::new() });
            Ok(())
        }
    }
}

/// Writes everything this observer has seen of an event, for another one to hear.
pub(super) fn seen(home: &Home, event: Sid, out: Option<&Path>, json: bool) -> Outcome {
    let mut notes: Vec<Note> = home.remembered(event)?.into_iter().collect();
    notes.extend(home.heard(event)?);
    let text: String = notes.iter().map(|note| format!("{note}\n")).collect();
    if let Some(out) = out {
        std::fs::write(out, &text).map_err(|source| ObserverError::Disk { path: out.to_owned(), source })?;
    }
    match (json, out) {
        (true, _) => {
            let lines: Vec<_> = notes.iter().map(line).collect();
            data!("{}", serde_json::json!({ "event": event.to_string(), "seen": lines }));
        }
        (false, Some(_)) => notes.iter().for_each(|note| data!("{}", gossip::aloud(note))),
        (false, None) => data_raw!("{text}"),
    }
    Ok(())
}

fn line(note: &Note) -> serde_json::Value {
    let checkpoint = Checkpoint::parse(note.text()).ok();
    serde_json::json!({
        "size": checkpoint.as_ref().map(|c| c.size),
        "root": checkpoint.as_ref().map(|c| c.root.to_string()),
        "code": gossip::code(note).to_string(),
        "note": note.as_str(),
    })
}

/// Takes in what others have seen; it is compared by the next `verify` and by a `follow` that runs.
pub(super) fn hear(home: &Home, event: Sid, paths: &[PathBuf], json: bool) -> Outcome {
    let (mut new, mut known, mut foreign, mut full) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut brought = Vec::new();
    for path in paths {
        let one = gossip::gather(path)?;
        for manifest in &one.manifests {
            home.meet(event, manifest)?;
        }
        brought.push((path, one));
    }
    for (path, brought) in brought {
        for note in &brought.checkpoints {
            match home.hear(event, note)? {
                Hearing::New => {
                    new += 1;
                    if !json {
                        data!("{}", gossip::aloud(note));
                    }
                }
                Hearing::Known => known += 1,
                Hearing::Foreign(why) => {
                    foreign += 1;
                    tracing::warn!(path = %path.display(), %why, "bỏ qua: khóa nhật ký của sự kiện không ký — passed over");
                }
                Hearing::Full => full += 1,
            }
        }
    }
    if json {
        data!("{}", serde_json::json!({ "new": new, "known": known, "foreign": foreign, "full": full }));
    }
    if full > 0 {
        let why = format!(
            "còn {full} điểm kiểm chưa nghe được vì quá nhiều đang chờ; hãy chạy verify trước — {full} were not taken in, too many wait; verify first"
        );
        return Err(Failure::new(Exit::Trouble, why));
    }
    if new + known == 0 {
        let why = "không có điểm kiểm nào của sự kiện này — there is no checkpoint of this event in it";
        return Err(Failure::new(Exit::Differs, why));
    }
    Ok(())
}
