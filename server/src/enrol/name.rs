//! The name under which somebody is invited. It refuses to know whether the name is still free.

use tally::id::Id;
use tlog::{KeyKind, VerifierKey};

/// The roles of an event that a key can be enrolled for; the server's own keys come in by the manifest alone.
const ROLES: [&str; 4] = ["station/", "board/", "observer/", "organiser/"];
/// A longer name would not fit a line of a manifest that people can read.
const BYTES_MAX: usize = 200;

/// A name as people say it: `station/s04`, `board/k1`, `observer/tinh`, `organiser/o4` without the origin of the event, or
/// the whole name of a witness. The two cannot be mixed up: a witness has a dot in its name, a role never has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(Box<str>);

impl Name {
    /// The name that somebody typed, with or without the origin of the event.
    pub(super) fn typed(text: &str, origin: &str) -> Option<Self> {
        let text = short(text, origin);
        (is_role(text) || is_witness(text, origin)).then(|| Self(text.into()))
    }

    /// The name of a key, if it is one of this event or of a witness.
    pub(super) fn of(key: &VerifierKey, origin: &str) -> Option<Self> {
        let fits = match key.kind() {
            KeyKind::Ed25519 => key.name() != short(key.name(), origin) && is_role(short(key.name(), origin)),
            KeyKind::CosignatureV1 => is_witness(key.name(), origin),
        };
        fits.then(|| Self(short(key.name(), origin).into()))
    }

    /// As people say it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands on signature lines.
    pub(super) fn whole(&self, origin: &str) -> String {
        if self.is_witness() { self.0.to_string() } else { format!("{origin}/{}", self.0) }
    }

    /// A witness signs checkpoints, and shows its key over the connection of its observer.
    pub(super) fn is_witness(&self) -> bool {
        !is_role(&self.0)
    }

    /// An observer of the event.
    pub(super) fn is_observer(&self) -> bool {
        self.0.starts_with("observer/")
    }
}

fn short<'n>(name: &'n str, origin: &str) -> &'n str {
    name.strip_prefix(origin).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)
}

fn is_role(name: &str) -> bool {
    ROLES.iter().any(|role| name.strip_prefix(role).is_some_and(|id| id.parse::<Id>().is_ok()))
}

/// `staton/s04` shall not become a witness by a slip of the pen.
fn is_witness(name: &str, origin: &str) -> bool {
    let is_of_event = name == origin || short(name, origin) != name;
    let is_key_name = VerifierKey::new(name, KeyKind::CosignatureV1, [2; 32]).is_ok();
    let says_role = ROLES.iter().any(|role| name.starts_with(role));
    is_key_name && !is_of_event && !says_role && name.contains('.') && name.len() <= BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::SigningKey;

    const ORIGIN: &str = "kiemphieu.example/hall";

    fn key(name: &str, kind: KeyKind) -> VerifierKey {
        SigningKey::from_seed(name, kind, &[7; 32]).unwrap().verifier().clone()
    }

    #[test]
    fn an_organiser_may_say_a_name_with_or_without_the_origin() {
        for (typed, said) in [
            ("station/s04", "station/s04"),
            ("kiemphieu.example/hall/board/k1", "board/k1"),
            ("tinh-uy.example/w1", "tinh-uy.example/w1"),
        ] {
            assert_eq!(Name::typed(typed, ORIGIN).unwrap().as_str(), said);
        }
        for bad in [
            "",
            "station",
            "station/",
            "station/-",
            "staton/s04",
            "station/s 4",
            "station/s04/x",
            "tally",
            "log",
            "w1",
            "kiemphieu.example/hall",
            "kiemphieu.example/hall/tally",
            "a.example/w 1",
            "a.example/w+1",
            "station/12345678901234567",
        ] {
            assert_eq!(Name::typed(bad, ORIGIN), None, "{bad}");
        }
        assert_eq!(Name::typed(&format!("a.example/{}", "w".repeat(200)), ORIGIN), None);
    }

    #[test]
    fn a_key_has_the_name_it_was_invited_under_or_none() {
        use KeyKind::{CosignatureV1, Ed25519};
        for (name, kind, said) in [
            ("kiemphieu.example/hall/station/s04", Ed25519, Some("station/s04")),
            ("tinh-uy.example/w1", CosignatureV1, Some("tinh-uy.example/w1")),
            // A role without the origin, another event's key, the server's keys, a witness in the dress of a table.
            ("station/s04", Ed25519, None),
            ("kiemphieu.example/other/station/s04", Ed25519, None),
            ("kiemphieu.example/hall/tally", Ed25519, None),
            ("kiemphieu.example/hall", Ed25519, None),
            ("kiemphieu.example/hall/station/s04", CosignatureV1, None),
            ("tinh-uy.example/w1", Ed25519, None),
        ] {
            assert_eq!(Name::of(&key(name, kind), ORIGIN).as_ref().map(Name::as_str), said, "{name}");
        }
        let witness = Name::typed("tinh-uy.example/w1", ORIGIN).unwrap();
        assert!(witness.is_witness() && witness.whole(ORIGIN) == "tinh-uy.example/w1");
        let table = Name::typed("station/s04", ORIGIN).unwrap();
        assert!(!table.is_witness() && table.whole(ORIGIN) == "kiemphieu.example/hall/station/s04");
    }
}
