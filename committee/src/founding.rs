//! Founding an event: from an event folder and the public keys of tables, server, observers and witnesses to the signed
//! manifest that is entry 0 of its log. Everything is checked before the first key is made, and the manifest is written
//! last: whoever sees it sees a whole home. Organisers whose keys are elsewhere sign it there before it goes to a server.
//! It refuses to know the server.

mod cosign;
mod keys;
mod register;

pub use cosign::Cosigning;
pub use keys::{Person, make_key};
pub use register::Register;

use crate::{
    desk::Desk,
    error::{CommitteeError, Faults, say},
    event::{Event, EventBoard},
    home::{Home, read_event, rules_beside, write_whole},
    meaning::Said,
    standing::Reserve,
};
use keyfile::{Holder, KeyFileError, Nobody};
use keys::KeyRing;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tally::{
    BoardId, Replay, Sid, SignedStatement, Statement,
    id::Id,
    profile::Rulebook,
    ruling::Ruling,
    statement::{Manifest, Member, MemberRole},
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
    /// Signatures of organisers that the manifest has.
    pub have: usize,
    /// How many it needs before a server takes it.
    pub needed: usize,
    /// Ids of the organisers who have not signed.
    pub others: Vec<String>,
    /// What the loss of one key would stop.
    pub warnings: Vec<Said>,
}

/// Whose keys are made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// Everybody's of whom no public key is given.
    Everybodys,
    /// Organisers' of whom no public key is given: members of counting boards, and tables that have none yet, bring
    /// their own by enrolment.
    Organisers,
}

/// Founds the event of a folder in a home, with keys that have no PINs; `signers` are organisers, all of them whose
/// keys are here when nobody is named.
///
/// Doing it again with the same folder and keys gives the same bytes, with the signatures that were added since.
///
/// # Errors
/// Every fault of the event file and of the public keys; or the rules would refuse the manifest, a board or a contest;
/// or the home holds other keys, or another event. Then no key was made and nothing was written.
pub fn found(folder: &Path, home: &Home, public_keys: &[PathBuf], signers: &[Id]) -> Result<Founded, CommitteeError> {
    found_with(folder, home, public_keys, signers, Making::Everybodys, &mut Nobody)
}

/// Founds an event as [`found`] does; every key made is put under the PIN that its holder gives, if any.
///
/// # Errors
/// As [`found`], or as a holder says.
pub fn found_with(
    folder: &Path,
    home: &Home,
    public_keys: &[PathBuf],
    signers: &[Id],
    making: Making,
    holder: &mut dyn Holder,
) -> Result<Founded, CommitteeError> {
    let event = read_event(folder)?;
    let mut faults = Faults::default();
    let people = people(&event, &mut faults);
    let register = Register::collect(&event, &people, public_keys, making, &mut faults);
    let given = register.as_ref().map(Register::people);
    let ring = KeyRing::of(home, &people, given, making);
    let signers = named_organisers(&event, signers, &ring, &mut faults);
    faults.none()?;
    let register = register.as_ref().ok_or_else(|| CommitteeError::input("thiếu khóa", "keys are missing"))?;
    let book = rules_beside(folder)?;
    rehearse(&event, &book, &people, register)?;
    let (keys_made, keys) = ring.open(&signers, holder)?;
    let keys: Vec<&SigningKey> = signers.iter().map(|id| &keys[id]).collect();
    let organisers = home.public_keys(organisers(&event, &people))?;
    let note = sign(&Statement::Manifest(Box::new(register.manifest(&event, organisers))), &keys)?;
    let cosigning = write(folder, home, &note)?;
    home.lay_rules(&book, &event)?;
    let (sid, have, needed) = (cosigning.sid(), cosigning.have(), cosigning.needed());
    let warnings = warnings(&event, cosigning.manifest());
    let manifest = cosigning.note().clone();
    Ok(Founded { sid, manifest, keys_made, have, needed, others: cosigning.others(), warnings })
}

/// What the loss of one key would stop, as far as the event file says.
fn warnings(event: &Event, manifest: &Manifest) -> Vec<Said> {
    let board = |board: &EventBoard| {
        let members = signing(event, board.id).map(|m| m.id.to_string());
        Reserve::of_people(Some(board.id.to_string()), members.collect(), board.threshold)
    };
    let all = std::iter::once(Reserve::of_manifest(manifest)).chain(event.boards.iter().map(board));
    all.filter_map(|reserve| reserve.warning).collect()
}

/// Everybody who signs, with the name of their key: organisers and the members of counting boards.
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

/// Who signs here: all organisers whose keys are here, or those named.
fn named_organisers(event: &Event, named: &[Id], ring: &KeyRing<'_>, faults: &mut Faults) -> Vec<Id> {
    let all: Vec<Id> = event.organisers.members.iter().map(|(id, _)| *id).collect();
    for id in named.iter().filter(|id| !all.contains(id)) {
        faults.say(format!("`{id}` không phải người tổ chức"), format!("`{id}` is no organiser of this event"));
    }
    for id in named.iter().filter(|id| all.contains(id) && !ring.is_here(**id)) {
        faults.say(
            format!("khóa của `{id}` không ở đây; `{id}` ký ở máy của mình bằng `committee cosign`"),
            format!("the key of `{id}` is not here; they sign at their own machine with `committee cosign`"),
        );
    }
    let here = all.into_iter().filter(|id| ring.is_here(*id)).collect();
    let mut signers = if named.is_empty() { here } else { named.to_vec() };
    signers.sort_unstable();
    signers.dedup();
    if signers.is_empty() {
        faults.say(
            "không có khóa của người tổ chức nào ở đây; lập sự kiện ở máy của một người tổ chức",
            "no organiser's key is here; found the event at the machine of one of them",
        );
    }
    signers
}

/// Plays the beginning of the event with stand-ins for the keys that are not made yet, so that what the rules would
/// refuse is known before there is anything to throw away.
fn rehearse(
    event: &Event,
    book: &Arc<Rulebook>,
    people: &BTreeMap<Id, String>,
    register: &Register,
) -> Result<(), CommitteeError> {
    let mut stand_ins = BTreeMap::new();
    for (id, name) in people {
        let seed = tlog::sha256(name.as_bytes()).0;
        let key = SigningKey::from_seed(name, KeyKind::Ed25519, &seed).map_err(KeyFileError::Name)?;
        stand_ins.insert(*id, key);
    }
    let keys = |ids: &mut dyn Iterator<Item = Id>| -> Vec<&SigningKey> { ids.map(|id| &stand_ins[&id]).collect() };
    let organisers = keys(&mut event.organisers.members.iter().map(|(id, _)| *id));
    let mut replay = Replay::with_rules(book.clone());
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

/// First the event file, then the manifest: a home with a manifest is whole. Signatures that the manifest has got
/// elsewhere stay.
fn write(folder: &Path, home: &Home, note: &Note) -> Result<Cosigning, CommitteeError> {
    let path = home.manifest();
    let note = match path.exists() {
        false => note.clone(),
        true => Cosigning::read(&path)?.note().merge(note).map_err(|_| other_event(home))?,
    };
    let cosigning = Cosigning::of(&path, note.as_bytes())?;
    let event = if folder.is_dir() { folder.join("event.toml") } else { folder.to_owned() };
    let bytes = fs::read(&event).map_err(CommitteeError::disk(&event))?;
    write_whole(&home.event_toml(), &bytes)?;
    cosigning.write()?;
    Ok(cosigning)
}

fn other_event(home: &Home) -> CommitteeError {
    let path = home.manifest();
    let path = path.display();
    CommitteeError::Keys(say(
        format!("{path} là của một sự kiện khác hoặc các khóa khác; dùng thư mục khác cho --home"),
        format!("{path} is of another event or of other keys; use another --home"),
    ))
}
