//! What a table has signed and has no receipt for: handed to the uplink, or to a person with a stick. On the stick:
//!
//! ```text
//! <station>-<seq, six digits>.note         the signed note, as it is; export writes it
//! <station>-<seq, six digits>.ruling       the answer in words; import writes it, then
//! <station>-<seq, six digits>.tlog-proof   the receipt
//! manifest.note                            what the receipts are verified by
//! ```
//!
//! It refuses to know the way to the server.

use crate::{
    error::StationError,
    event::Event,
    home::{read_if_any, write_whole},
    ledger::Ledger,
    receipt::{Received, numbered},
    uplink::Chain,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tally::{Sid, SignedStatement, StationId, statement::Link};
use tlog::{Checkpoint, Note};

/// One note to be sent.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Its number in the table's chain.
    pub seq: u64,
    /// The signed note.
    pub note: Note,
}

/// Everything without a receipt, in order.
pub fn parcels(ledger: &Ledger) -> Vec<Parcel> {
    ledger.outbox().map(|(seq, line)| Parcel { seq, note: line.note.clone() }).collect()
}

/// The table's chain, to compare with the server's.
pub fn chain(ledger: &Ledger) -> Chain {
    let receipted = (1..).zip(ledger.lines()).filter(|(_, line)| line.received.is_some()).map(|(seq, _)| seq).max();
    Chain { sids: ledger.lines().iter().map(|line| line.sid).collect(), receipted: receipted.unwrap_or(0) }
}

/// Writes every note without a receipt into a folder, to be carried to a machine that has a line. Returns how many.
///
/// # Errors
/// The disk or the stick fails.
pub fn export(ledger: &Ledger, folder: &Path) -> Result<usize, StationError> {
    if let Some(event) = Event::remembered(ledger.home().folder(), ledger.event())? {
        event.remember(folder)?;
    }
    let prefix = format!("{}-", ledger.home().station());
    let mut written = 0_usize;
    for (seq, line) in ledger.outbox() {
        write_whole(&numbered(folder, &prefix, seq, "note"), line.note.as_bytes())?;
        written = written.saturating_add(1);
    }
    Ok(written)
}

/// Reads the notes that others left in a folder and that have no receipt beside them, table by table and in order.
/// Their signatures are the server's business: a note may come by anybody's hand.
///
/// # Errors
/// A file named as a note is not one of this event, or not the one its name says.
pub fn carried(folder: &Path, event: Sid) -> Result<BTreeMap<StationId, Vec<Parcel>>, StationError> {
    let mut tables: BTreeMap<StationId, Vec<Parcel>> = BTreeMap::new();
    for path in notes_in(folder)? {
        if path.with_extension("tlog-proof").exists() {
            continue;
        }
        let bytes = fs::read(&path).map_err(StationError::disk(&path))?;
        let fault = |vi: &str, en: String| StationError::File { path: path.clone(), vi: vi.into(), en };
        let signed = SignedStatement::reread(&bytes).map_err(|e| fault("không phải bản kê", e.say().en))?;
        let Link::Station { station, seq, .. } = signed.statement.link() else {
            return Err(fault("không phải bản kê của một bàn", "this is no statement of a counting table".into()));
        };
        if signed.statement.election() != Some(event) {
            return Err(fault("thuộc sự kiện khác", "this statement is of another event".into()));
        }
        if path != numbered(folder, &format!("{station}-"), seq, "note") {
            return Err(fault("tên tệp không khớp nội dung", format!("this is number {seq} of {station}")));
        }
        tables.entry(station).or_default().push(Parcel { seq, note: signed.note });
    }
    tables.values_mut().for_each(|parcels| parcels.sort_by_key(|parcel| parcel.seq));
    Ok(tables)
}

fn notes_in(folder: &Path) -> Result<Vec<PathBuf>, StationError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths: Vec<PathBuf> = entries.map_err(StationError::disk(folder))?.iter().map(fs::DirEntry::path).collect();
    let is_note = |path: &Path| path.extension().is_some_and(|e| e == "note") && !path.ends_with("manifest.note");
    paths.retain(|path| is_note(path));
    paths.sort();
    Ok(paths)
}

/// Writes the answers to a table's carried notes beside them. The proof comes last: where it stands, all is there.
///
/// # Errors
/// The disk or the stick fails.
pub fn answer(folder: &Path, station: StationId, received: &[Received]) -> Result<(), StationError> {
    let prefix = format!("{station}-");
    for received in received {
        write_whole(&numbered(folder, &prefix, received.seq, "ruling"), received.ruling_text().as_bytes())?;
        write_whole(&numbered(folder, &prefix, received.seq, "tlog-proof"), received.receipt.to_string().as_bytes())?;
    }
    Ok(())
}

/// Takes the answers that came back on a stick into the journal. Each is verified with the log's key; a stick carries
/// no proof that its checkpoints continue those seen before, so one that is older than the newest seen is refused.
/// Returns what was taken.
///
/// # Errors
/// A receipt does not prove its note, or the manifest is missing.
pub fn collect(ledger: &mut Ledger, folder: &Path) -> Result<Vec<Received>, StationError> {
    let event = match Event::remembered(ledger.home().folder(), ledger.event())? {
        Some(event) => event,
        None => Event::remembered(folder, ledger.event())?.ok_or_else(|| no_manifest(folder))?,
    };
    event.remember(ledger.home().folder())?;
    let size = |note: &Note| Checkpoint::parse(note.text()).map_or(0, |checkpoint| checkpoint.size);
    let seen = ledger.last_seen().map_or(0, size);
    let prefix = format!("{}-", ledger.home().station());
    let mut taken = Vec::new();
    for (seq, line) in ledger.outbox() {
        let path = numbered(folder, &prefix, seq, "tlog-proof");
        let (Some(proof), Some(ruling)) = (read_if_any(&path)?, read_if_any(&path.with_extension("ruling"))?) else {
            continue;
        };
        let received = str::from_utf8(&ruling).ok().zip(str::from_utf8(&proof).ok());
        let received = received.and_then(|(ruling, proof)| Received::parse(ruling, proof)).filter(|r| r.seq == seq);
        let (vi, en) = ("không phải biên nhận".into(), "this is no receipt with its ruling".into());
        let received = received.ok_or(StationError::File { path, vi, en })?;
        received.verify(&line.note.leaf(), event.log())?;
        let shown = size(&received.receipt.checkpoint);
        if shown < seen {
            return Err(StationError::ServerBehind { server: shown, seen });
        }
        taken.push(received);
    }
    ledger.keep(&taken)?;
    Ok(taken)
}

/// Writes every receipt of the table, `<seq, six digits>.note` and `.tlog-proof`, for whoever wants to verify them
/// against a copied log. Returns how many.
///
/// # Errors
/// The disk fails.
pub fn write_receipts(ledger: &Ledger, folder: &Path) -> Result<usize, StationError> {
    fs::create_dir_all(folder).map_err(StationError::disk(folder))?;
    let mut written = 0_usize;
    for (seq, line) in (1..).zip(ledger.lines()) {
        let Some(received) = &line.received else { continue };
        write_whole(&numbered(folder, "", seq, "note"), line.note.as_bytes())?;
        write_whole(&numbered(folder, "", seq, "tlog-proof"), received.receipt.to_string().as_bytes())?;
        written = written.saturating_add(1);
    }
    Ok(written)
}

/// Answers are believed by the keys of the manifest, which whoever carried the notes leaves beside them.
fn no_manifest(folder: &Path) -> StationError {
    StationError::File {
        path: folder.join("manifest.note"),
        vi: "không có tệp này; cần bản sao bản công bố sự kiện để kiểm biên nhận".into(),
        en: "it is not there; receipts are verified by the keys of the event's manifest".into(),
    }
}
