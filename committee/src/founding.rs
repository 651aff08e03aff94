//! Founding an event: from an event folder and the public keys of tables, server, observers and witnesses to the signed
//! manifest that is entry 0 of its log. Everything is checked before the first key is made, and the manifest is written
//! last: whoever sees it sees a whole home. It refuses to know the server.

mod register;

pub use register::Register;

use crate::{
    desk::Desk,
    error::{CommitteeError, Faults, say},
    event::Event,
    home::{Home, read_event, sync_folder, write_whole},
};
use keyfile::{KeyFileError, public_path};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tally::{
    BoardId, Replay, Sid, SignedStatement, Statement,
    id::Id,
    ruling::Ruling,
    statement::{Member, MemberRole},
};
use tlog::{KeyKind, Note, SigningKey, VerifierKey};

/// A founded event.
#[derive(Clone, Debug)]
pub struct Founded {
    /// The sid of the manifest, which names the event.
    pub sid: Sid,
    /// The signed manifest.
    pub manifest: Note,
    /// Ids whose key files were made now; none when the keys were there.
    pub keys_made: Vec<Id>,
}

/// Founds the event of a folder in a home; `signers` are organisers, all of them when nobody is named.
///
/// Doing it again with the same folder and keys gives the same bytes.
///
/// # Errors
/// Every fault of the event file and of the public keys; or the rules would refuse the manifest, a board or a contest;
/// or the home holds other keys, or another event. Then no key was made and nothing was written.
pub fn found(folder: &Path, home: &Home, public_keys: &[PathBuf], signers: &[Id]) -> Result<Founded, CommitteeError> {
    let event = read_event(folder)?;
    let mut faults = Faults::default();
    let people = people(&event, &mut faults);
    let register = Register::collect(&event, public_keys, &mut faults);
    let signers = named_organisers(&event, signers, &mut faults);
    faults.none()?;
    let register = register.ok_or_else(|| CommitteeError::input("thiếu khóa", "keys are missing"))?;
    rehearse(&event, &people, &register)?;
    let made = if home.keys().exists() {
        check_keys(home, &people)?;
        Vec::new()
    } else if home.manifest().exists() {
        return Err(other_event(home));
    } else {
        make_keys(home, &people)?;
        people.keys().copied().collect()
    };
    let keys =
        signers.iter().map(|id| keyfile::open_named(&home.key(*id), &people[id])).collect::<Result<Vec<_>, _>>()?;
    let organisers = home.public_keys(organisers(&event, &people))?;
    let note = sign(&Statement::Manifest(Box::new(register.manifest(&event, organisers))), &keys)?;
    let sid = Replay::new().verify(note.as_bytes())?.sid;
    write(folder, home, &note)?;
    Ok(Founded { sid, manifest: note, keys_made: made })
}

/// Everybody who holds a key made here, with its name: organisers and the members of counting boards.
fn people(event: &Event, faults: &mut Faults) -> BTreeMap<Id, String> {
    let origin = &event.origin;
    let mut people = BTreeMap::new();
    for (id, _) in &event.organisers.members {
        people.insert(*id, format!("{origin}/organiser/{id}"));
    }
    for member in event.boards.iter().flat_map(|b| &b.members).filter(|m| m.role != MemberRole::Technician) {
        let (id, name) = (member.id.0, format!("{origin}/board/{}", member.id));
        let former = people.insert(id, name.clone());
        if former.is_some_and(|former| former != name) {
            faults.say(
                format!("`{id}` vừa là người tổ chức vừa ở ban kiểm phiếu; mỗi người một mã riêng"),
                format!("`{id}` is an organiser and a member of a counting board; give each an id of their own"),
            );
        }
    }
    people
}

fn organisers<'a>(event: &'a Event, people: &'a BTreeMap<Id, String>) -> impl Iterator<Item = (Id, &'a str)> {
    event.organisers.members.iter().map(|(id, _)| (*id, people[id].as_str()))
}

/// Who signs: all organisers, or those named, and enough of them.
fn named_organisers(event: &Event, named: &[Id], faults: &mut Faults) -> Vec<Id> {
    let all: Vec<Id> = event.organisers.members.iter().map(|(id, _)| *id).collect();
    for id in named.iter().filter(|id| !all.contains(id)) {
        faults.say(format!("`{id}` không phải người tổ chức"), format!("`{id}` is no organiser of this event"));
    }
    let mut signers = if named.is_empty() { all } else { named.to_vec() };
    signers.sort_unstable();
    signers.dedup();
    let (have, needed) = (signers.len(), event.organisers.threshold);
    if (have as u64) < needed {
        faults.say(
            format!("{have} người ký, cần {needed} người tổ chức"),
            format!("{have} sign, {needed} organisers must sign together"),
        );
    }
    signers
}

/// Plays the beginning of the event with stand-ins for the keys that are not made yet, so that what the rules would
/// refuse is known before there is anything to throw away.
fn rehearse(event: &Event, people: &BTreeMap<Id, String>, register: &Register) -> Result<(), CommitteeError> {
    let mut stand_ins = BTreeMap::new();
    for (id, name) in people {
        let seed = tlog::sha256(name.as_bytes()).0;
        let key = SigningKey::from_seed(name, KeyKind::Ed25519, &seed).map_err(KeyFileError::Name)?;
        stand_ins.insert(*id, key);
    }
    let keys = |ids: &mut dyn Iterator<Item = Id>| -> Vec<&SigningKey> { ids.map(|id| &stand_ins[&id]).collect() };
    let organisers = keys(&mut event.organisers.members.iter().map(|(id, _)| *id));
    let mut replay = Replay::new();
    let manifest = Statement::Manifest(Box::new(register.manifest(event, public(&organisers))));
    let note = sign(&manifest, &organisers)?;
    replay.verify(note.as_bytes()).map_err(|m| CommitteeError::Refused { code: m.code.to_owned(), words: m.why })?;
    for board in &event.boards {
        let members = keys(&mut signing(event, board.id).map(|m| m.id.0));
        let statement = Desk::at(&replay.count)?.board(board, public(&members));
        take(&mut replay, &statement, &organisers)?;
    }
    for contest in &event.contests {
        let members = keys(&mut signing(event, contest.board).map(|m| m.id.0));
        let statement = Desk::at(&replay.count)?.contest(contest);
        take(&mut replay, &statement, &members)?;
    }
    Ok(())
}

/// The members of a board who hold keys.
fn signing(event: &Event, board: BoardId) -> impl Iterator<Item = &Member> {
    let members = event.boards.iter().filter(move |b| b.id == board).flat_map(|b| &b.members);
    members.filter(|m| m.role != MemberRole::Technician)
}

fn take(replay: &mut Replay, statement: &Statement, keys: &[&SigningKey]) -> Result<(), CommitteeError> {
    let signed = SignedStatement::open(sign(statement, keys)?.as_bytes(), replay.count.keys())?;
    match replay.rule(&signed) {
        Ruling::Recorded => {
            replay.take(&signed);
            Ok(())
        }
        refused => Err(CommitteeError::from(&refused)),
    }
}

fn public(keys: &[&SigningKey]) -> Vec<VerifierKey> {
    let mut keys: Vec<VerifierKey> = keys.iter().map(|k| k.verifier().clone()).collect();
    keys.sort_by(|a, b| a.name().cmp(b.name()));
    keys
}

fn sign<K: std::borrow::Borrow<SigningKey>>(statement: &Statement, keys: &[K]) -> Result<Note, CommitteeError> {
    crate::draft::sign(&statement.text(), keys)
}

/// The keys of the home are those of this event, every one of them, with their public halves.
fn check_keys(home: &Home, people: &BTreeMap<Id, String>) -> Result<(), CommitteeError> {
    for (id, name) in people {
        let path = home.key(*id);
        if !path.exists() {
            let keys = home.keys();
            let keys = keys.display();
            return Err(CommitteeError::Keys(say(
                format!("{keys} thiếu khóa của {id}; bổ sung hoặc dùng thư mục khác cho --home"),
                format!("{keys} has no key of {id}; complete it, or use another --home"),
            )));
        }
        let key = keyfile::open_named(&path, name)?;
        if keyfile::read_public(&public_path(&path))? != *key.verifier() {
            return Err(KeyFileError::NotAKey(public_path(&path)).into());
        }
    }
    Ok(())
}

/// Makes all keys in a folder of their own, which gets its name when they are complete. If power goes before that, the
/// next founding throws the folder away: no manifest has named those keys.
fn make_keys(home: &Home, people: &BTreeMap<Id, String>) -> Result<(), CommitteeError> {
    let (keys, fresh) = (home.keys(), home.keys().with_extension("new"));
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(CommitteeError::disk(&fresh))?;
    }
    let made = people.iter().try_for_each(|(id, name)| {
        keyfile::create(&fresh.join(format!("{id}.key")), name, KeyKind::Ed25519).map(|_| ())
    });
    if let Err(error) = made {
        // The first error is the one to tell; what is left is thrown away next time.
        let _ = fs::remove_dir_all(&fresh);
        return Err(error.into());
    }
    sync_folder(&fresh)?;
    fs::rename(&fresh, &keys).map_err(CommitteeError::disk(&keys))?;
    sync_folder(keys.parent().unwrap_or(Path::new(".")))
}

/// First the event file, then the manifest: a home with a manifest is whole.
fn write(folder: &Path, home: &Home, note: &Note) -> Result<(), CommitteeError> {
    let path = home.manifest();
    if path.exists() {
        let there = fs::read(&path).map_err(CommitteeError::disk(&path))?;
        if there != note.as_bytes() {
            return Err(other_event(home));
        }
    }
    let event = if folder.is_dir() { folder.join("event.toml") } else { folder.to_owned() };
    let bytes = fs::read(&event).map_err(CommitteeError::disk(&event))?;
    write_whole(&home.event_toml(), &bytes)?;
    write_whole(&path, note.as_bytes())
}

fn other_event(home: &Home) -> CommitteeError {
    let path = home.manifest();
    let path = path.display();
    CommitteeError::Keys(say(
        format!("{path} là của một sự kiện khác hoặc các khóa khác; dùng thư mục khác cho --home"),
        format!("{path} is of another event or of other keys; use another --home"),
    ))
}
