//! A mirror: a complete static copy of what of a log everybody may read, or, for the accredited, of all of it, that any
//! web server can publish and `observer verify` accepts (C2SP tlog-tiles). It grows with the log, fetches nothing twice,
//! and stops at a log that does not continue it. It refuses to judge by itself; see [`crate::audit`].

mod copy;
mod laid;
mod stick;

pub use copy::is_for_the_accredited;
pub use stick::import;

use crate::{
    audit::Audit,
    client::{Heads, Server, Stop},
    error::ObserverError,
    evidence::Charge,
    home::Home,
    remote::{self, stated_size},
    verdict::{Finding, Report, Verdict},
};
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use copy::Copy;
use door::Ticket;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tally::Sid;
use tlog::{Checkpoint, Hash, Note, SigningKey, verify_consistency};

/// How often a server is asked for its newest checkpoint: whoever reads only what is public is not told of it, and a
/// kilobyte a second is little even for 4G.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// Waits between two tries to reach a server.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// What to mirror, and where.
pub struct Mirror {
    /// The event, its server's key and where to look for it.
    pub ticket: Ticket,
    /// The key that opens the accredited doors: then all of the log is mirrored, into a folder that warns. Without it the
    /// mirror comes as a stranger does and has what a stranger is shown.
    pub accredited: Option<Arc<SigningKey>>,
    /// Where the memory and evidence are.
    pub home: Home,
    /// The folder of the mirror.
    pub out: PathBuf,
    /// End at the first checkpoint that is published.
    pub once: bool,
}

/// A state of the mirror that was published, for a line on the screen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mirrored {
    /// Entries of the log, as the checkpoint says.
    pub size: u64,
    /// 64 hex digits.
    #[serde(serialize_with = "as_text")]
    pub root: Hash,
    /// Entries that can be read in the folder.
    pub entries: u64,
}

fn as_text<S: serde::Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

impl Mirror {
    /// Mirrors until told to end or until there is a finding; `tell` hears of every state that is published.
    ///
    /// # Errors
    /// The disk, a folder that is no mirror or of the other kind, a server with another key than the ticket's, or with
    /// `once` one that does not answer. A lost connection is tried again and again.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()>,
        mut tell: impl FnMut(&Mirrored),
    ) -> Result<Report, ObserverError> {
        let event = self.ticket.event;
        let mut copy = match Copy::open(&self.out, event, self.home.rules()?, self.accredited.is_some()) {
            Ok(copy) => copy,
            Err(Stop::Found(finding)) => return Ok(Report::stopped(*finding)),
            Err(Stop::Failed(error)) => return Err(error),
        };
        let stopped = tokio::select! {
            () = shutdown => None,
            stopped = self.keep_mirroring(&mut copy, &mut tell) => stopped?,
        };
        self.report(&copy, stopped).await
    }

    async fn keep_mirroring(
        &self,
        copy: &mut Copy,
        tell: &mut impl FnMut(&Mirrored),
    ) -> Result<Option<Finding>, ObserverError> {
        let mut waits = waits();
        loop {
            let before = copy.size();
            let error = match self.mirror(copy, tell).await {
                Ok(()) => return Ok(None),
                Err(Stop::Found(finding)) => return Ok(Some(*finding)),
                Err(Stop::Failed(error)) => error,
            };
            if self.once || !error.is_passing() {
                return Err(error);
            }
            if copy.size() > before {
                waits = self::waits();
            }
            tracing::warn!(%error, "the connection is gone; trying again");
            tokio::time::sleep(waits.next().unwrap_or(RETRY_MAX)).await;
        }
    }

    /// Mirrors over one connection. `Ok` when the aim is reached.
    async fn mirror(&self, copy: &mut Copy, tell: &mut impl FnMut(&Mirrored)) -> Result<(), Stop> {
        let mut server = Server::connect(&self.ticket, self.accredited.clone()).await?;
        server.remember(copy.published.as_ref().map(|(note, _)| note));
        loop {
            if let Some(mirrored) = self.step(copy, &mut server).await? {
                server.remember(copy.published.as_ref().map(|(note, _)| note));
                tell(&mirrored);
            }
            if self.once {
                return Ok(());
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Brings the mirror to the server's checkpoint of the moment, if it is another.
    async fn step(&self, copy: &mut Copy, server: &mut Server) -> Result<Option<Mirrored>, Stop> {
        let Some(note) = chosen(server.heads().await?, copy.size())? else { return Ok(None) };
        let size = stated_size(&note)?;
        while copy.audit.size() < size {
            let page = server.page(copy.audit.size()).await?;
            if page.is_empty() {
                break;
            }
            for entry in page.into_iter().take_while(|entry| entry.index < size) {
                copy.take(&entry.note)?;
                if entry.index == 0 {
                    copy.audit.open_checkpoint(&note)?;
                }
            }
        }
        let checkpoint = self.verify(copy, server, &note).await.map_err(|stop| with_both(stop, copy, &note))?;
        // Remembered first: after a power cut between the two the memory is at most ahead of the mirror.
        if copy.audit.size() == size {
            self.home.remember(self.ticket.event, &note)?;
        }
        let is_new = tokio::task::block_in_place(|| copy.publish(&note, &checkpoint))?;
        let (size, root, entries) = (checkpoint.size, checkpoint.root, copy.shown());
        Ok(is_new.then_some(Mirrored { size, root, entries }))
    }

    /// The checkpoint is signed, continues the one in the folder, and holds the entries that were read.
    async fn verify(&self, copy: &mut Copy, server: &mut Server, note: &Note) -> Result<Checkpoint, Stop> {
        let known = copy.audit.size();
        let checkpoint = if known == 0 { unsigned(note)? } else { copy.audit.open_checkpoint(note)? };
        let is_whole = known == checkpoint.size;
        if let Some((before, stated)) = &copy.published {
            if stated.size == checkpoint.size && stated.root != checkpoint.root {
                // With the manifest at hand both signatures are known to be the log's.
                if known > 0 {
                    copy.audit.check_same_size(before, note)?;
                }
                return Err(not_continued(stated.size, checkpoint.size).into());
            }
            if !is_whole {
                prove(server, stated, &checkpoint).await?;
            }
        }
        if is_whole {
            copy.audit.check_root(&checkpoint)?;
            let remembered = self.home.remembered(self.ticket.event)?;
            for before in copy.published.iter().map(|(before, _)| before).chain(&remembered) {
                match copy.audit.check_remembered(before, note) {
                    // A server that is behind proves nothing yet.
                    Err(finding) if finding.verdict == Verdict::Provisional => tracing::warn!(%finding, "behind"),
                    other => other?,
                }
            }
        } else if known > 0 {
            let root = copy.audit.replay().tree.root();
            prove(server, &Checkpoint { size: known, root, ..checkpoint.clone() }, &checkpoint).await?;
            if self.accredited.is_some() || !copy.audit.public_view_may_stop() {
                return Err(remote::withheld(known, checkpoint.size).into());
            }
        } else if self.accredited.is_some() {
            return Err(remote::withheld(0, checkpoint.size).into());
        }
        copy.audit.settle()?;
        Ok(checkpoint)
    }

    /// What is said at the end. A log that does not continue the mirror is read once more from its first entry: if it
    /// contradicts what was signed before, that convicts its key.
    async fn report(&self, copy: &Copy, stopped: Option<Finding>) -> Result<Report, ObserverError> {
        let Some(finding) = stopped else {
            let checkpoint = copy.published.as_ref().map(|(_, checkpoint)| checkpoint);
            return Ok(Report::of(&copy.audit, checkpoint, None, reasons(copy)?));
        };
        if finding.verdict == Verdict::Mismatch
            && let Ok(mut server) = Server::connect(&self.ticket, self.accredited.clone()).await
            && let Ok(report) = remote::verify(&mut server, Some(&self.home), Duration::ZERO).await
            && report.verdict() == Verdict::Equivocation
        {
            return Ok(report);
        }
        with_evidence(Report::stopped(finding), self.ticket.event, &self.home)
    }
}

/// Keeps what a report convicts a key of, where this observer has met the event.
fn with_evidence(report: Report, event: Sid, home: &Home) -> Result<Report, ObserverError> {
    let mut report = match home.manifest(event)? {
        Some(manifest) if report.convicts.is_none() => report.convicting(&[manifest], &home.rules()?),
        _ => report,
    };
    home.keep(event, &mut report)?;
    Ok(report)
}

/// Why a mirror is not OK as it stands.
fn reasons(copy: &Copy) -> Result<Vec<Finding>, ObserverError> {
    let Some((note, checkpoint)) = &copy.published else {
        let (vi, en) = ("chưa có gì để sao", "there is nothing to mirror yet");
        return Ok(vec![Finding::new(Verdict::Trouble, "V-MISSING", "", vi, en).in_file("checkpoint")]);
    };
    let mut reasons = Vec::new();
    if copy.audit.size() == 0 {
        reasons.push(without_entries());
    } else if copy.audit.size() < checkpoint.size {
        reasons.push(copy.audit.public_view(checkpoint.size));
    }
    if copy.audit.size() > 0 {
        match copy.audit.quorum(note) {
            Ok((have, need)) if have < need => reasons.push(Audit::too_few_witnesses(have, need)),
            Ok(_) => {}
            Err(finding) => reasons.push(finding),
        }
    }
    Ok(reasons)
}

/// Nobody but the accredited may read any entry: without the manifest not even the key of the log is known.
pub(crate) fn without_entries() -> Finding {
    let vi = "sự kiện này không công khai mục nào; chỉ kiểm được rằng điểm kiểm nối tiếp nhau, chữ ký của nó do người được ủy quyền kiểm";
    let en = "no entry of this event is public; the checkpoint's signature can be verified by the accredited alone";
    Finding::new(Verdict::Provisional, "V-NO-ENTRIES", "size", vi, en).in_file("checkpoint")
}

/// Which of a server's checkpoints to publish: the newest with its quorum, as its own pages do; until there is one, the
/// newest. A mirror that is ahead of it waits.
fn chosen(heads: Heads, before: u64) -> Result<Option<Note>, Finding> {
    let newest = stated_size(&heads.newest)?;
    if newest < before {
        tracing::warn!(
            size = newest,
            before,
            "the server shows fewer entries than the mirror has; the mirror stays as it is"
        );
    }
    let note = heads.witnessed.unwrap_or(heads.newest);
    Ok((stated_size(&note)? >= before).then_some(note))
}

fn unsigned(note: &Note) -> Result<Checkpoint, Finding> {
    Checkpoint::parse(note.text()).map_err(|_| crate::client::garbled("checkpoint"))
}

/// The server shows that the log of `before` is the beginning of that of `now`.
async fn prove(server: &mut Server, before: &Checkpoint, now: &Checkpoint) -> Result<(), Stop> {
    if before.size == now.size || before.size == 0 {
        let is_same = before.size == 0 || before.root == now.root;
        return if is_same { Ok(()) } else { Err(not_continued(before.size, now.size).into()) };
    }
    let proof = server.consistency(before.size, now.size).await?;
    let proved = verify_consistency(before.size, now.size, &proof, &before.root, &now.root);
    proved.map_err(|_| not_continued(before.size, now.size).into())
}

fn not_continued(before: u64, now: u64) -> Finding {
    let vi = format!("nhật ký {now} mục của máy chủ không nối tiếp {before} mục của bản sao; bản sao giữ nguyên");
    let en =
        format!("the server's log of {now} entries does not continue the {before} of the mirror, which stays as it is");
    Finding::new(Verdict::Mismatch, "V-CONSISTENCY", "root", vi, en).in_file("checkpoint")
}

/// Two roots of one size convict the log key by themselves.
fn with_both(stop: Stop, copy: &Copy, now: &Note) -> Stop {
    let (Stop::Found(finding), Some((before, stated))) = (&stop, &copy.published) else { return stop };
    let is_fork = unsigned(now).is_ok_and(|now| now.size == stated.size && now.root != stated.root);
    if finding.charge.is_some() || finding.verdict != Verdict::Mismatch || !is_fork {
        return stop;
    }
    let charge = Charge::TwoCheckpoints(Box::new([before.clone(), now.clone()]));
    Stop::Found(Box::new(finding.as_ref().clone().charged(Some(charge))))
}

fn waits() -> ExponentialBackoff {
    let waits = ExponentialBuilder::default().with_min_delay(RETRY_FIRST).with_max_delay(RETRY_MAX);
    waits.without_max_times().with_jitter().build()
}
