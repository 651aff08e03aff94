//! Who takes part: manifest, boards, keys in and out.

use super::{Lines, Parsed, Text, lines::NUMBER_MAX, read_election};
use crate::{
    form::words,
    id::{BoardId, MemberId, Sid, StationId},
    text,
};
use tlog::VerifierKey;

/// Entry 0 of every log: the event and everybody known when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The C2SP origin; all key names of the event derive from it.
    pub origin: Box<str>,
    /// What the event is called.
    pub title: text::Text,
    /// Whose event it is, for the minutes.
    pub organisation: Option<text::Text>,
    /// Where, for the minutes.
    pub place: Option<text::Text>,
    /// The first language of screens and paper.
    pub language: Language,
    /// How many organisers sign together.
    pub threshold: u64,
    /// Who prepares the event, ascending by name.
    pub organisers: Vec<VerifierKey>,
    /// Signs checkpoints and nothing else.
    pub log: VerifierKey,
    /// Signs bulletins; the server's identity.
    pub tally: VerifierKey,
    /// The counting tables' keys, ascending by name.
    pub stations: Vec<VerifierKey>,
    /// What each table is called, ascending by id.
    pub tables: Vec<(StationId, text::Text)>,
    /// Who may see what the public does not, ascending by name.
    pub observers: Vec<VerifierKey>,
    /// How many witnesses must have cosigned the published checkpoint.
    pub witness_quorum: u64,
    /// Who cosigns, ascending by name.
    pub witnesses: Vec<VerifierKey>,
    /// Who may read entries.
    pub disclosure: Disclosure,
    /// Whether figures may be shown while counting goes on.
    pub live_totals: bool,
    /// The smallest bundle, for the secrecy of the vote.
    pub min_bundle: u64,
}

/// The first language of screens and paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}
words!(Language: "vi, en"; Vi = "vi", En = "en");

/// Who may read entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Everybody, once announced.
    Public,
    /// Organisers, boards, observers and witnesses only, for good.
    Accredited,
}
words!(Disclosure: "public, accredited"; Public = "public", Accredited = "accredited");

impl Manifest {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(Self {
            origin: lines.value("origin")?.into(),
            title: lines.read("title")?,
            organisation: lines.read_or_dash("organisation")?,
            place: lines.read_or_dash("place")?,
            language: lines.read("language")?,
            threshold: lines.number("threshold", NUMBER_MAX)?,
            organisers: read_keys(lines, "organiser")?,
            log: read_key(lines, "log")?,
            tally: read_key(lines, "tally")?,
            stations: read_keys(lines, "station")?,
            tables: lines.ascending("table", read_table, |(id, _)| *id)?,
            observers: read_keys(lines, "observer")?,
            witness_quorum: lines.number("witness-quorum", NUMBER_MAX)?,
            witnesses: read_keys(lines, "witness")?,
            disclosure: lines.read("disclosure")?,
            live_totals: match lines.value("live-totals")? {
                "yes" => true,
                "no" => false,
                other => return Err(lines.fault_before(format!("live-totals {other}: expected one of: yes, no"))),
            },
            min_bundle: lines.number("min-bundle", NUMBER_MAX)?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("origin", &self.origin);
        text.line("title", &self.title);
        text.line_or_dash("organisation", self.organisation.as_ref());
        text.line_or_dash("place", self.place.as_ref());
        text.line("language", self.language);
        text.line("threshold", self.threshold);
        write_keys(text, "organiser", &self.organisers);
        text.line("log", &self.log);
        text.line("tally", &self.tally);
        write_keys(text, "station", &self.stations);
        for (id, title) in &self.tables {
            text.line("table", format_args!("{id} {title}"));
        }
        write_keys(text, "observer", &self.observers);
        text.line("witness-quorum", self.witness_quorum);
        write_keys(text, "witness", &self.witnesses);
        text.line("disclosure", self.disclosure);
        text.line("live-totals", if self.live_totals { "yes" } else { "no" });
        text.line("min-bundle", self.min_bundle);
    }
}

fn read_table(lines: &mut Lines<'_>) -> Parsed<(StationId, text::Text)> {
    let (id, title) = lines.pair("table")?;
    Ok((lines.convert("table", id)?, lines.convert("table", title)?))
}

fn read_key(lines: &mut Lines<'_>, key: &str) -> Parsed<VerifierKey> {
    let value = lines.value(key)?;
    VerifierKey::parse(value).map_err(|e| lines.fault_before(format!("{key} {value}: {e}")))
}

fn read_keys(lines: &mut Lines<'_>, key: &str) -> Parsed<Vec<VerifierKey>> {
    lines.ascending(key, |l| read_key(l, key), |k| k.name().to_owned())
}

fn write_keys(text: &mut Text, key: &str, keys: &[VerifierKey]) {
    for k in keys {
        text.line(key, k);
    }
}

/// A counting board as the congress elected it; a later one with the same id replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// The event.
    pub election: Sid,
    /// The desk statement on the election before this one.
    pub prev: Sid,
    /// The board.
    pub board: BoardId,
    /// What it is called.
    pub title: text::Text,
    /// How many members sign together.
    pub threshold: u64,
    /// Its people in the order elected.
    pub members: Vec<Member>,
    /// The keys of all but the technicians, ascending by name.
    pub keys: Vec<VerifierKey>,
}

/// A person of a counting board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Short id, the last part of the key's name.
    pub id: MemberId,
    /// What the congress elected them to.
    pub role: MemberRole,
    /// The name as in the minutes.
    pub name: text::Text,
}

/// What a person of a counting board does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberRole {
    /// Trưởng ban.
    Head,
    /// Phó trưởng ban.
    Deputy,
    /// Ủy viên.
    Member,
    /// Operates the machines; holds no key.
    Technician,
}
words!(MemberRole: "head, deputy, member, technician";
    Head = "head", Deputy = "deputy", Member = "member", Technician = "technician");

impl Board {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(Self {
            election: read_election(lines)?,
            prev: lines.read("prev")?,
            board: lines.read("board")?,
            title: lines.read("title")?,
            threshold: lines.number("threshold", NUMBER_MAX)?,
            members: lines.list("member", |l| {
                let (id, rest) = l.pair("member")?;
                let (role, name) =
                    rest.split_once(' ').ok_or_else(|| l.fault_before("member: expected an id, a role and a name"))?;
                Ok(Member {
                    id: l.convert("member", id)?,
                    role: l.convert("member", role)?,
                    name: l.convert("member", name)?,
                })
            })?,
            keys: read_keys(lines, "key")?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("prev", self.prev);
        text.line("board", self.board);
        text.line("title", &self.title);
        text.line("threshold", self.threshold);
        for m in &self.members {
            text.line("member", format_args!("{} {} {}", m.id, m.role, m.name));
        }
        write_keys(text, "key", &self.keys);
    }
}

/// A key comes in after the manifest: a spare table, an observer, an organiser, a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatement {
    /// The event.
    pub election: Sid,
    /// The desk statement on the election before this one.
    pub prev: Sid,
    /// The key; its name says whose it is.
    pub key: VerifierKey,
    /// What the table or the person is called.
    pub title: Option<text::Text>,
}

impl KeyStatement {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(Self {
            election: read_election(lines)?,
            prev: lines.read("prev")?,
            key: read_key(lines, "key")?,
            title: lines.read_or_dash("title")?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("prev", self.prev);
        text.line("key", &self.key);
        text.line_or_dash("title", self.title.as_ref());
    }
}

/// A key goes out, and never comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoke {
    /// The event.
    pub election: Sid,
    /// The desk statement on the election before this one.
    pub prev: Sid,
    /// The name of the key.
    pub key: Box<str>,
    /// The last statement of a station that is accepted; `None` for everybody else.
    pub last_seq: Option<u64>,
    /// Why, in words for the minutes.
    pub reason: text::Text,
}

impl Revoke {
    pub(super) fn read(lines: &mut Lines<'_>) -> Parsed<Self> {
        Ok(Self {
            election: read_election(lines)?,
            prev: lines.read("prev")?,
            key: lines.value("key")?.into(),
            last_seq: match lines.value("last-seq")? {
                "-" => None,
                value => Some(lines.number_in("last-seq", value, NUMBER_MAX)?),
            },
            reason: lines.read("reason")?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.line("election", self.election);
        text.line("prev", self.prev);
        text.line("key", &self.key);
        text.line_or_dash("last-seq", self.last_seq);
        text.line("reason", &self.reason);
    }
}
