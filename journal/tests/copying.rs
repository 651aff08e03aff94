//! A journal that is read and copied while its writer goes on, and a file that was put in its place.
#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict, in what it calls too")]

use std::fs::File;
use std::path::{Path, PathBuf};

use journal::{Group, Journal, JournalError, Limits, Trim, copy, durable_len, is_locked, read, verify};

const PURPOSE: &[u8] = b"kiemphieu server 1";

fn shelf() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    (folder, path)
}

fn groups(path: &Path) -> Vec<Group> {
    let mut groups = Vec::new();
    read(path, PURPOSE, Limits::default(), |group| {
        groups.push(group.clone());
        Ok(())
    })
    .unwrap();
    groups
}

#[test]
fn a_copy_made_while_the_writer_goes_on_is_a_whole_beginning() {
    let (folder, path) = shelf();
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    for n in 0..20_u8 {
        journal.append(&[&[n; 300], b"checkpoint"]).unwrap();
        let bytes = durable_len(&path).unwrap();
        assert_eq!(bytes, journal.len_bytes());
        journal.append(&[b"one more", b"checkpoint"]).unwrap();
        let to = folder.path().join(format!("copy-{n}"));
        copy(File::open(&path).unwrap(), bytes, &to).unwrap();
        let summary = verify(&to, PURPOSE, Limits::default()).unwrap();
        assert_eq!((summary.groups, summary.trim), (2 * u64::from(n) + 1, Trim::Nothing));
        assert_eq!(groups(&to)[..], groups(&path)[..groups(&to).len()]);
    }
}

#[test]
fn a_copy_never_covers_a_file_and_never_promises_bytes_that_are_not_there() {
    let (folder, path) = shelf();
    let to = folder.path().join("copy");
    assert!(matches!(durable_len(&path), Err(JournalError::NotFound)));
    let journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    let short = copy(journal.bytes(), journal.len_bytes() + 1, &to);
    assert!(matches!(short, Err(JournalError::Io { doing: "copy a whole journal to", .. })), "{short:?}");
    assert!(matches!(copy(journal.bytes(), journal.len_bytes(), &to), Err(JournalError::Exists)));
    std::fs::remove_file(&to).unwrap();
    copy(journal.bytes(), journal.len_bytes(), &to).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), std::fs::read(&path).unwrap());
}

#[test]
fn a_journal_with_a_writer_is_told_from_one_without() {
    let (_folder, path) = shelf();
    assert!(matches!(is_locked(&path), Err(JournalError::NotFound)));
    let journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    assert!(is_locked(&path).unwrap());
    drop(journal);
    assert!(!is_locked(&path).unwrap());
    assert!(Journal::open(&path, PURPOSE, Limits::default(), |_| Ok(())).is_ok(), "asking leaves no lock behind");
}

#[test]
fn a_reader_that_refuses_a_group_is_heard_and_nothing_is_changed() {
    let (_folder, path) = shelf();
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    journal.append(&[b"note", b"checkpoint"]).unwrap();
    let refused = read(&path, PURPOSE, Limits::default(), |_| Err("not this one".into()));
    assert!(matches!(refused, Err(JournalError::Consumer(why)) if why == "not this one"));
    assert!(matches!(read(&path, b"other", Limits::default(), |_| Ok(())), Err(JournalError::Foreign { .. })));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), journal.len_bytes());
}

#[cfg(unix)]
#[test]
fn a_journal_knows_when_another_file_stands_in_its_place() {
    let (folder, path) = shelf();
    let journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    assert!(journal.is_in_place().unwrap());
    let aside = folder.path().join("aside");
    std::fs::rename(&path, &aside).unwrap();
    assert!(matches!(journal.is_in_place(), Err(JournalError::Io { .. })));
    std::fs::copy(&aside, &path).unwrap();
    assert!(!journal.is_in_place().unwrap());
    std::fs::rename(&aside, &path).unwrap();
    assert!(journal.is_in_place().unwrap());
}

#[test]
fn what_would_not_be_taken_is_said_before_a_byte_is_written() {
    let (folder, path) = shelf();
    let small = Limits { record_bytes_max: 10, group_bytes_max: 100, ..Limits::default() };
    let journal = Journal::create(&path, PURPOSE, small).unwrap();
    assert!(journal.would_take(&[b"ten bytes."]).is_ok());
    let long = journal.would_take(&[b"ten bytes.."]);
    assert!(matches!(long, Err(JournalError::TooLarge { what: "record", .. })), "{long:?}");
    let many = journal.would_take(&[b"ten bytes.".as_slice(); 6]);
    assert!(matches!(many, Err(JournalError::TooLarge { what: "group", .. })), "{many:?}");
    drop(journal);
    let full = Limits { free_space_floor: u64::MAX - 1000, ..small };
    let (journal, _) = Journal::open(&path, PURPOSE, full, |_| Ok(())).unwrap();
    if cfg!(unix) {
        assert!(matches!(journal.would_take(&[b"x"]), Err(JournalError::NoSpace { .. })));
    }
    assert_eq!(std::fs::metadata(folder.path().join("journal")).unwrap().len(), journal.len_bytes());
}
