//! What observers carry to each other by hand: evidence folders, and checkpoints that others have seen.

use crate::exit::{Exit, Failure, Outcome};
use crate::way::{Source, asking};
use crate::{data, data_raw};
use ::observer::{Hearing, Home, ObserverError, evidence, gossip};
use door::{
    WebUrl,
    hearsay::{self, Unheard},
};
use std::path::Path;
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

/// What became of what was brought.
#[derive(Default)]
struct Heard {
    new: u64,
    known: u64,
    foreign: u64,
    full: u64,
    silent: u64,
}

/// Takes in what others have seen; it is compared by the next `verify` and by a `follow` that runs.
pub(super) async fn hear(home: &Home, event: Sid, from: &[Source], json: bool) -> Outcome {
    let (mut heard, mut brought) = (Heard::default(), Vec::new());
    for source in from {
        if let Source::Path(path) = source {
            let one = gossip::gather(path)?;
            for manifest in &one.manifests {
                home.meet(event, manifest)?;
            }
            brought.push((path.display().to_string(), one.checkpoints));
        }
    }
    // Those who are asked come last: whose checkpoints they must be is known by now, if it can be.
    for source in from {
        if let Source::Web(url) = source {
            match ask(home, event, url).await? {
                Ok(notes) => brought.push((url.to_string(), notes)),
                Err(unheard) => {
                    heard.silent += 1;
                    crate::words!("{url}: {unheard}");
                }
            }
        }
    }
    for (place, notes) in brought {
        for note in &notes {
            heard.take(home.hear(event, note)?, &place, note, json);
        }
    }
    heard.end(json)
}

async fn ask(home: &Home, event: Sid, url: &WebUrl) -> Result<Result<Vec<Note>, Unheard>, ObserverError> {
    let log = home.manifest(event)?.and_then(|manifest| ::observer::home::log_key(event, &manifest));
    let log = log.ok_or_else(|| ::observer::home::never_met(event))?;
    Ok(hearsay::ask(&asking(), url, log.name(), event).await)
}

impl Heard {
    fn take(&mut self, hearing: Hearing, place: &str, note: &Note, json: bool) {
        match hearing {
            Hearing::New => {
                self.new += 1;
                if !json {
                    data!("{}", gossip::aloud(note));
                }
            }
            Hearing::Known => self.known += 1,
            Hearing::Foreign(why) => {
                self.foreign += 1;
                tracing::warn!(place, %why, "bỏ qua: khóa nhật ký của sự kiện không ký — passed over");
            }
            Hearing::Full => self.full += 1,
        }
    }

    fn end(&self, json: bool) -> Outcome {
        let Self { new, known, foreign, full, silent } = self;
        if json {
            let said =
                serde_json::json!({ "new": new, "known": known, "foreign": foreign, "full": full, "silent": silent });
            data!("{said}");
        }
        if *full > 0 {
            let why = format!(
                "còn {full} điểm kiểm chưa nghe được vì quá nhiều đang chờ; hãy chạy verify trước — {full} were not taken in, too many wait; verify first"
            );
            return Err(Failure::new(Exit::Trouble, why));
        }
        if *silent > 0 {
            let why = format!(
                "không nghe được {silent} địa chỉ; phần còn lại đã nghe — {silent} addresses could not be heard; the rest was"
            );
            return Err(Failure::new(Exit::Network, why));
        }
        if new + known == 0 {
            let why = "không có điểm kiểm nào của sự kiện này — there is no checkpoint of this event in it";
            return Err(Failure::new(Exit::Differs, why));
        }
        Ok(())
    }
}
