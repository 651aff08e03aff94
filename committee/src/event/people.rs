//! Organisers and counting boards in an `event.toml`. It refuses to know their keys.

use super::{EventBoard, Organisers};
use std::collections::BTreeMap;
use tally::{
    id::{BoardId, Id, MemberId},
    statement::{Member, MemberRole},
    text::Text,
    written::{Faults, Once, Section, why},
};

/// A threshold and a list of people have at most as many as a note has signature lines (protocol §2).
const SIGNERS_MAX: usize = 16;

pub(super) fn organisers(section: &Section<'_>, faults: &mut Faults<'_>) -> Option<Organisers> {
    section.only(faults, &["threshold", "members"]);
    let mut ids = Once::<Id>::default();
    let sections = section.required(faults, "members", Section::subsections).unwrap_or_default();
    let mut members = Vec::new();
    for member in sections.iter().flatten() {
        member.only(faults, &["id", "name"]);
        let id = member.required(faults, "id", Section::word);
        ids.check(member, "id", id, faults);
        let name = member.required(faults, "name", Section::word);
        members.extend(id.zip(name));
    }
    let signers = Some(sections.len()).filter(|n| *n > 0);
    let threshold = threshold(section, signers, faults)?;
    Some(Organisers { threshold, members })
}

/// A board as far as it could be read: contests are held against it even when some of it is wrong.
pub(super) struct BoardRead {
    pub(super) id: Option<BoardId>,
    /// Who may not stand for election: head, deputies and members, not technicians.
    pub(super) delegates: Vec<Text>,
    /// The board, unless something is wrong with it.
    pub(super) board: Option<EventBoard>,
}

pub(super) fn boards(root: &Section<'_>, faults: &mut Faults<'_>) -> Vec<BoardRead> {
    let mut ids = Once::default();
    // A member's id is the end of a key name: two people with one id would share a key.
    let mut people = BTreeMap::new();
    let mut boards = Vec::new();
    for section in root.required(faults, "board", Section::subsections).unwrap_or_default() {
        let Some(section) = section else {
            boards.push(BoardRead { id: None, delegates: Vec::new(), board: None });
            continue;
        };
        section.only(faults, &["id", "title", "threshold", "members"]);
        let id = section.required(faults, "id", Section::word);
        ids.check(&section, "id", id, faults);
        let title = section.required(faults, "title", Section::word);
        let (members, all_read) = members(&section, &mut people, faults);
        let delegates: Vec<Text> =
            members.iter().filter(|m| m.role != MemberRole::Technician).map(|m| m.name.clone()).collect();
        let threshold = threshold(&section, all_read.then_some(delegates.len()), faults);
        let board =
            id.zip(title).zip(threshold).map(|((id, title), threshold)| EventBoard { id, title, threshold, members });
        boards.push(BoardRead { id, delegates, board });
    }
    boards
}

/// The people that could be read, and whether those are all: what is said of their number must not be a guess.
fn members(board: &Section<'_>, people: &mut BTreeMap<MemberId, Text>, faults: &mut Faults<'_>) -> (Vec<Member>, bool) {
    let mut ids = Once::<MemberId>::default();
    let mut members: Vec<Member> = Vec::new();
    let sections = board.required(faults, "members", Section::subsections).unwrap_or_default();
    for section in sections.iter().flatten() {
        section.only(faults, &["id", "name", "role"]);
        let id = section.required(faults, "id", Section::word);
        ids.check(section, "id", id, faults);
        let name: Option<Text> = section.required(faults, "name", Section::word);
        let role = section.required(faults, "role", Section::word);
        let (Some(id), Some(name), Some(role)) = (id, name, role) else { continue };
        let known = people.entry(id).or_insert_with(|| name.clone());
        if *known != name && !members.iter().any(|m| m.id == id) {
            section.fault(
                faults,
                "id",
                why(
                    format!("`{id}` đã là {known} ở một ban khác; mỗi người một mã riêng"),
                    format!("`{id}` is {known} on another board; give each person an id of their own"),
                ),
            );
        }
        members.push(Member { id, role, name });
    }
    let heads = members.iter().filter(|m| m.role == MemberRole::Head).count();
    let all_read = !sections.is_empty() && members.len() == sections.len();
    if heads != 1 && all_read {
        board.fault(
            faults,
            "members",
            why(
                format!("ban có {heads} Trưởng ban (`head`); cần đúng một"),
                format!("the board has {heads} heads (role `head`); exactly one is needed"),
            ),
        );
    }
    (members, all_read)
}

/// How many sign together: at least one, and never more than there are.
fn threshold(section: &Section<'_>, signers: Option<usize>, faults: &mut Faults<'_>) -> Option<u64> {
    let threshold = section.required(faults, "threshold", Section::number(1, SIGNERS_MAX as u64))?;
    if let Some(signers) = signers.filter(|n| threshold > *n as u64) {
        section.fault(
            faults,
            "threshold",
            why(
                format!("cần {threshold} chữ ký nhưng chỉ có {signers} người ký được (kỹ thuật viên không ký)"),
                format!("{threshold} signatures are needed and only {signers} people can sign (technicians do not)"),
            ),
        );
    }
    Some(threshold)
}
