//! What a table and the server rely on while nothing goes wrong, and what is refused before a byte is written.
#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict, in what it calls too")]

use std::path::{Path, PathBuf};

use journal::{Group, Journal, JournalError, Limits, PURPOSE_BYTES_MAX, Trim, verify};
use proptest::prelude::*;

const PURPOSE: &[u8] = b"kiemphieu station 07";

fn shelf() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    (folder, path)
}

fn open(path: &Path, limits: Limits) -> Result<(Journal, Trim, Vec<Group>), JournalError> {
    let mut groups = Vec::new();
    let (journal, trim) = Journal::open(path, PURPOSE, limits, |group| {
        groups.push(group.clone());
        Ok(())
    })?;
    Ok((journal, trim, groups))
}

fn slices(records: &[Vec<u8>]) -> Vec<&[u8]> {
    records.iter().map(Vec::as_slice).collect()
}

#[test]
fn what_was_acknowledged_is_there_at_the_next_start_in_order() {
    let (_folder, path) = shelf();
    let groups: [&[&[u8]]; 4] = [&[b"note 1", b"checkpoint 1"], &[b""], &[], &[&[0xff; 3000], b"\xffgroup", b"last"]];
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    let offsets: Vec<u64> = groups.iter().map(|records| journal.append(records).unwrap()).collect();
    for (offset, records) in offsets.iter().zip(groups) {
        assert_eq!(journal.read(*offset).unwrap(), Group { offset: *offset, records: to_vecs(records) });
    }
    let len = journal.len_bytes();
    assert_eq!(journal.path(), path);
    drop(journal);

    let summary = verify(&path, PURPOSE, Limits::default()).unwrap();
    assert_eq!((summary.groups, summary.records, summary.bytes, summary.trim), (4, 6, len, Trim::Nothing));
    let (mut journal, trim, found) = open(&path, Limits::default()).unwrap();
    assert_eq!((trim, journal.len_bytes()), (Trim::Nothing, len));
    assert_eq!(found.iter().map(|group| group.offset).collect::<Vec<_>>(), offsets);
    assert_eq!(found.iter().map(|group| group.records.clone()).collect::<Vec<_>>(), groups.map(to_vecs));

    let fifth = journal.append(&[b"after the pause"]).unwrap();
    assert_eq!(fifth, len);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), journal.len_bytes());
    drop(journal);
    assert_eq!(open(&path, Limits::default()).unwrap().2.len(), 5);
}

fn to_vecs(records: &[&[u8]]) -> Vec<Vec<u8>> {
    records.iter().map(|record| record.to_vec()).collect()
}

#[test]
fn a_second_writer_is_refused_until_the_first_has_left() {
    let (_folder, path) = shelf();
    let journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    assert!(matches!(open(&path, Limits::default()), Err(JournalError::Locked)));
    assert!(matches!(Journal::create(&path, PURPOSE, Limits::default()), Err(JournalError::Exists)));
    drop(journal);
    let (journal, ..) = open(&path, Limits::default()).unwrap();
    assert!(matches!(open(&path, Limits::default()), Err(JournalError::Locked)));
    drop(journal);
}

#[test]
fn another_tables_journal_is_refused_by_name() {
    let (_folder, path) = shelf();
    drop(Journal::create(&path, PURPOSE, Limits::default()).unwrap());
    let before = std::fs::read(&path).unwrap();
    for purpose in [&b"kiemphieu station 08"[..], b"kiemphieu station 0", b"kiemphieu station 07\0", b""] {
        let named = |error| matches!(error, JournalError::Foreign { found } if found == "kiemphieu station 07");
        assert!(named(Journal::open(&path, purpose, Limits::default(), |_| Ok(())).unwrap_err()), "{purpose:?}");
        assert!(named(verify(&path, purpose, Limits::default()).unwrap_err()), "{purpose:?}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_left_alone() {
    let (_folder, path) = shelf();
    assert!(matches!(open(&path, Limits::default()), Err(JournalError::NotFound)));
    assert!(matches!(verify(&path, PURPOSE, Limits::default()), Err(JournalError::NotFound)));
    assert!(!path.exists(), "a mistyped name makes no file");
    for content in [&b"so phieu phat ra: 35"[..], b"kiemphieu-journal-2\n", &[b'x'; 5000], &[0; 5000]] {
        std::fs::write(&path, content).unwrap();
        assert!(matches!(open(&path, Limits::default()), Err(JournalError::Foreign { .. })), "{content:?}");
        assert!(matches!(Journal::create(&path, PURPOSE, Limits::default()), Err(JournalError::Exists)));
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
}

#[test]
fn too_much_is_refused_and_the_journal_goes_on() {
    let (_folder, path) = shelf();
    let limits = Limits { record_bytes_max: 100, group_bytes_max: 256, free_space_floor: 0 };
    let mut journal = Journal::create(&path, PURPOSE, limits).unwrap();
    let len = journal.len_bytes();
    let refused = journal.append(&[&[1; 101]]);
    assert!(matches!(refused, Err(JournalError::TooLarge { what: "record", bytes: 101, bytes_max: 100 })));
    // 32 bytes for the group, 8 for each record.
    let refused = journal.append(&[&[1; 100], &[2; 100], &[3; 1]]);
    assert!(matches!(refused, Err(JournalError::TooLarge { what: "group", bytes: 257, bytes_max: 256 })));
    assert_eq!((journal.len_bytes(), std::fs::metadata(&path).unwrap().len()), (len, len));
    journal.append(&[&[1; 100], &[2; 100], b""]).unwrap();

    let long = vec![b'p'; PURPOSE_BYTES_MAX as usize + 1];
    let other = path.with_extension("other");
    assert!(matches!(Journal::create(&other, &long, limits), Err(JournalError::TooLarge { what: "purpose", .. })));
    assert!(!other.exists());
    Journal::create(&other, &long[1..], limits).unwrap();
    drop(journal);
    // Narrower limits bind what is written from now on, not what was.
    let narrow = Limits { record_bytes_max: 1, group_bytes_max: 64, free_space_floor: 0 };
    assert_eq!(open(&path, narrow).unwrap().2.len(), 1);
}

#[cfg(unix)]
#[test]
fn below_the_floor_nothing_is_written_and_reading_goes_on() {
    let (_folder, path) = shelf();
    let full = Limits { free_space_floor: u64::MAX, ..Limits::default() };
    assert!(matches!(Journal::create(&path, PURPOSE, full), Err(JournalError::NoSpace { floor: u64::MAX, .. })));
    assert!(!path.exists());
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    let first = journal.append(&[b"before"]).unwrap();
    drop(journal);

    let (mut journal, ..) = open(&path, full).unwrap();
    let len = journal.len_bytes();
    for _ in 0..3 {
        let refused = journal.append(&[b"batch"]);
        assert!(matches!(refused, Err(JournalError::NoSpace { free, floor: u64::MAX }) if free > 0), "{refused:?}");
    }
    assert_eq!(std::fs::metadata(&path).unwrap().len(), len);
    assert_eq!(journal.read(first).unwrap().records, [b"before"]);
    drop(journal);
    let (mut journal, ..) = open(&path, Limits::default()).unwrap();
    assert_eq!(journal.append(&[b"batch"]).unwrap(), len);
}

#[test]
fn the_readers_refusal_stops_the_opening_in_its_own_words() {
    let (_folder, path) = shelf();
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    journal.append(&[b"1"]).unwrap();
    journal.append(&[b"2"]).unwrap();
    drop(journal);
    let mut shown = 0;
    let refused = Journal::open(&path, PURPOSE, Limits::default(), |_| {
        shown += 1;
        Err("entry 0 has no checkpoint".to_owned())
    });
    assert!(matches!(refused, Err(JournalError::Consumer(words)) if words == "entry 0 has no checkpoint"));
    assert_eq!(shown, 1);
    assert_eq!(open(&path, Limits::default()).unwrap().2.len(), 2, "nothing was lost and no lock is left");
}

#[test]
fn an_offset_nobody_gave_delivers_nothing() {
    let (_folder, path) = shelf();
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    let given = [journal.append(&[b"one", b"two"]).unwrap(), journal.append(&[b"three"]).unwrap()];
    for offset in (0..journal.len_bytes() + 100).chain([u64::MAX]) {
        match journal.read(offset) {
            Ok(group) => assert!(given.contains(&offset) && group.offset == offset),
            Err(error) => assert!(matches!(error, JournalError::Damaged { .. }) && !given.contains(&offset)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_groups_come_back_as_they_were_given(
        groups in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..6), 0..6),
    ) {
        let (_folder, path) = shelf();
        let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
        for records in &groups {
            journal.append(&slices(records)).unwrap();
        }
        drop(journal);
        let found: Vec<_> = open(&path, Limits::default()).unwrap().2.into_iter().map(|group| group.records).collect();
        prop_assert_eq!(found, groups);
    }
}
