//! Disks that refuse, played by devices that do: what a caller may believe after each refusal.

use super::*;

const PURPOSE: &[u8] = b"kiemphieu server 5f3a";

/// Puts a device in the place of the journal's file: the disk has changed its mind.
#[cfg(target_os = "linux")]
fn journal_on(device: &str) -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { free_space_floor: 0, ..Limits::default() };
    let mut journal = Journal::create(&folder.path().join("journal"), PURPOSE, limits).unwrap();
    journal.append(&[b"acknowledged"]).unwrap();
    // The free space of a device's file system is not the matter here.
    journal.file = OpenOptions::new().read(true).write(true).open(device).unwrap();
    (folder, journal)
}

#[cfg(target_os = "linux")]
#[test]
fn after_a_failed_sync_nothing_more_is_taken() {
    // /dev/null takes every write and refuses every sync.
    let (folder, mut journal) = journal_on("/dev/null");
    let len = journal.len_bytes();
    assert!(matches!(journal.append(&[b"batch"]), Err(JournalError::Io { doing: "sync", .. })));
    for _ in 0..3 {
        assert!(matches!(journal.append(&[b"batch"]), Err(JournalError::Poisoned)));
    }
    assert_eq!(journal.len_bytes(), len, "nothing counts as kept");
    drop(journal);
    let summary = verify(&folder.path().join("journal"), PURPOSE, Limits::default()).unwrap();
    assert_eq!((summary.groups, summary.bytes), (1, len));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_that_takes_nothing_back_poisons() {
    // /dev/full answers "no space" to every write and cannot be truncated.
    let (_folder, mut journal) = journal_on("/dev/full");
    let refused = journal.append(&[b"batch"]);
    assert!(matches!(refused, Err(JournalError::Io { doing: "take back a part of a group from", .. })), "{refused:?}");
    assert!(matches!(journal.append(&[b"batch"]), Err(JournalError::Poisoned)));
}

#[test]
fn after_a_failed_write_nothing_more_is_taken_and_all_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    let first = journal.append(&[b"acknowledged"]).unwrap();
    // Open for reading only: the system refuses the write itself.
    journal.file = File::open(&path).unwrap();
    assert!(matches!(journal.append(&[b"batch"]), Err(JournalError::Io { doing: "write to", .. })));
    assert!(matches!(journal.append(&[b"batch"]), Err(JournalError::Poisoned)));
    assert_eq!(journal.read(first).unwrap().records, [b"acknowledged"]);
}
