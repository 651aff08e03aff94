//! How the halls of a province are called and telephoned: `halls.toml` beside the tickets, a section for each, named as the
//! ticket's file is. It refuses to know the events; the file is read whole, and every fault of it is told at once.
//!
//! ```toml
//! [ham-tan]
//! name = "Hàm Tân"
//! telephone = "0252 3876 543"
//! ```

use crate::{error::ObserverError, tickets::HALLS};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::Path,
};
use tally::{
    text::Text,
    written::{self, Explain, Faults, Section, why},
};

/// A thousand halls fit.
const FILE_BYTES_MAX: usize = 256 << 10;
/// A number with its area code has nine; an extension makes it longer.
const TELEPHONE_CHARS_MAX: usize = 40;

/// What is known of a hall besides its ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hall {
    /// A short name.
    pub name: Option<String>,
    /// The telephone of the hall.
    pub telephone: Option<String>,
}

/// The halls of the folder, by the names of their tickets; none where there is no such file.
///
/// # Errors
/// The disk fails, or [`ObserverError::Halls`] with every fault of the file: a name that no ticket has is one.
pub fn read(folder: &Path, places: &[&str]) -> Result<BTreeMap<String, Hall>, ObserverError> {
    let path = folder.join(HALLS);
    let limit = (FILE_BYTES_MAX as u64).saturating_add(1);
    let mut bytes = Vec::new();
    match File::open(&path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        other => other.map_err(ObserverError::disk(&path))?,
    };
    Ok(written::read(&path, &bytes, FILE_BYTES_MAX, |root, faults| {
        root.only(faults, places);
        let hall = |place: &&str| {
            let section = root.optional(faults, place, Section::subsection)?;
            Some(((*place).to_owned(), Hall::read(&section, faults)))
        };
        Some(places.iter().filter_map(hall).collect())
    })?)
}

impl Hall {
    fn read(section: &Section<'_>, faults: &mut Faults<'_>) -> Self {
        section.only(faults, &["name", "telephone"]);
        let name = section.optional(faults, "name", Section::word::<Text>);
        let telephone = section.optional(faults, "telephone", Section::word::<Telephone>);
        Self { name: name.map(|name| name.as_str().to_owned()), telephone: telephone.map(|number| number.0) }
    }
}

/// What can be dialled: digits, and what people write between them.
struct Telephone(String);

struct NoTelephone;

impl std::str::FromStr for Telephone {
    type Err = NoTelephone;

    fn from_str(text: &str) -> Result<Self, NoTelephone> {
        let may_stand = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '.' | '/' | '(' | ')');
        let has_digits = text.chars().filter(char::is_ascii_digit).count() >= 3;
        let is_one = has_digits && text.chars().count() <= TELEPHONE_CHARS_MAX && text.chars().all(may_stand);
        if is_one { Ok(Self(text.to_owned())) } else { Err(NoTelephone) }
    }
}

impl Explain for NoTelephone {
    fn explain(&self) -> tally::ruling::Sentence {
        why(
            "số điện thoại chỉ có chữ số, dấu cách và + - . / ( ), ví dụ \"0252 3876 543\"",
            "a telephone number has digits, spaces and + - . / ( ), as in \"0252 3876 543\"",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_file_is_told_at_once_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[ham-tan]\nname = \"Hàm Tân\"\ntelephone = \"hỏi anh Ba\"\n\n[la-gi]\nphone = \"1\"\n\n[nowhere]\n";
        std::fs::write(folder.path().join(HALLS), text).unwrap();
        let said = read(folder.path(), &["ham-tan", "la-gi"]).unwrap_err().to_string();
        for fault in ["halls.toml:3:13: ham-tan.telephone", "halls.toml:6:1: la-gi.phone", "halls.toml:8:2: nowhere"] {
            assert!(said.contains(fault), "{fault}: {said}");
        }
        std::fs::write(folder.path().join(HALLS), text.replace("hỏi anh Ba", "0252 3876 543")).unwrap();
        assert!(read(folder.path(), &["ham-tan", "la-gi"]).is_err());
        std::fs::write(folder.path().join(HALLS), "[ham-tan]\ntelephone = \"+84 (252) 3876-543\"\n").unwrap();
        let halls = read(folder.path(), &["ham-tan", "la-gi"]).unwrap();
        assert_eq!(halls["ham-tan"].telephone.as_deref(), Some("+84 (252) 3876-543"));
        assert_eq!(read(&folder.path().join("none"), &[]).unwrap(), BTreeMap::new());
    }
}
