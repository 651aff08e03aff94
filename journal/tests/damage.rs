//! Power cuts, torn writes and rotten disks, tried at every byte: what is believed afterwards, and what is not.
#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict, in what it calls too")]

use std::path::{Path, PathBuf};

use journal::{Group, Journal, JournalError, Limits, Trim, verify};

const PURPOSE: &[u8] = b"kiemphieu server 5f3a";
const HEADER_BYTES: usize = 128;

/// A journal of four groups of two records as bytes, and where each group ends (first: the header).
struct Whole {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    groups: Vec<Group>,
}

/// `seed` makes records of the same lengths differ.
fn whole(seed: u8) -> Whole {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::create(&path, PURPOSE, Limits::default()).unwrap();
    let mut ends = vec![HEADER_BYTES];
    assert_eq!(journal.len_bytes(), HEADER_BYTES as u64);
    let mut groups = Vec::new();
    for number in 0..4_u8 {
        let records = vec![vec![b'a' + number + seed; 5 + usize::from(number)], vec![b'0' + number; 9]];
        let offset = journal.append(&[&records[0], &records[1]]).unwrap();
        groups.push(Group { offset, records });
        ends.push(usize::try_from(journal.len_bytes()).unwrap());
    }
    drop(journal);
    Whole { bytes: std::fs::read(&path).unwrap(), ends, groups }
}

struct Shelf {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn shelf() -> Shelf {
    let folder = tempfile::tempdir().unwrap();
    Shelf { path: folder.path().join("journal"), _folder: folder }
}

fn open(path: &Path) -> (Result<(Journal, Trim), JournalError>, Vec<Group>) {
    let mut groups = Vec::new();
    let opened = Journal::open(path, PURPOSE, Limits::default(), |group| {
        groups.push(group.clone());
        Ok(())
    });
    (opened, groups)
}

/// Given these bytes, exactly the first `kept` groups are there, the rest is trimmed, and the journal goes on.
fn check_trimmed(given: &[u8], whole: &Whole, kept: usize, why: &str) {
    let Shelf { path, _folder } = shelf();
    std::fs::write(&path, given).unwrap();
    let summary = verify(&path, PURPOSE, Limits::default()).unwrap_or_else(|error| panic!("{why}: {error}"));
    assert_eq!(std::fs::read(&path).unwrap(), given, "{why}: looking changes nothing");
    let (opened, groups) = open(&path);
    let (mut journal, trim) = opened.unwrap_or_else(|error| panic!("{why}: {error}"));
    assert_eq!(groups, whole.groups[..kept], "{why}");
    assert_eq!((summary.groups, summary.trim), (kept as u64, trim), "{why}: check and open agree");
    let begun = if given.len() < HEADER_BYTES { 0 } else { whole.ends[kept] };
    let tail = Trim::IncompleteTail { offset: begun as u64, bytes: (given.len() - begun) as u64 };
    assert_eq!(trim, if given.len() == begun && begun > 0 { Trim::Nothing } else { tail }, "{why}");
    let offset = journal.append(&[b"the hall goes on"]).unwrap();
    drop(journal);
    let (opened, groups) = open(&path);
    assert_eq!(opened.unwrap().1, Trim::Nothing, "{why}");
    assert_eq!(groups[..kept], whole.groups[..kept], "{why}");
    assert_eq!(groups[kept..], [Group { offset, records: vec![b"the hall goes on".to_vec()] }], "{why}");
}

/// Given these bytes, the journal does not open, changes nothing, and has shown only what is true.
fn check_damaged(given: &[u8], whole: &Whole, why: &str) -> (u64, String) {
    let Shelf { path, _folder } = shelf();
    std::fs::write(&path, given).unwrap();
    let (opened, groups) = open(&path);
    let Err(JournalError::Damaged { offset, why: found }) = opened else { panic!("{why}: {opened:?}") };
    assert_eq!(groups, whole.groups[..groups.len()], "{why}");
    assert_eq!(std::fs::read(&path).unwrap(), given, "{why}");
    assert!(matches!(verify(&path, PURPOSE, Limits::default()), Err(JournalError::Damaged { .. })), "{why}");
    (offset, found)
}

#[test]
fn a_file_cut_anywhere_keeps_exactly_its_whole_groups() {
    let whole = whole(0);
    for cut in 0..=whole.bytes.len() {
        let kept = whole.ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
        check_trimmed(&whole.bytes[..cut], &whole, kept, &format!("cut at {cut}"));
    }
}

#[test]
fn a_last_group_partly_zeros_is_cut_off() {
    let whole = whole(0);
    let (begin, end) = (whole.ends[3], whole.ends[4]);
    for cut in begin..end {
        let mut torn = whole.bytes.clone();
        torn[cut..].fill(0);
        check_trimmed(&torn, &whole, 3, &format!("zeros from {cut}"));
        let mut torn = whole.bytes.clone();
        torn[begin..=cut].fill(0);
        check_trimmed(&torn, &whole, 3, &format!("zeros up to {cut}"));
    }
}

#[test]
fn zeros_behind_the_last_whole_group_are_cut_off() {
    let whole = whole(0);
    for zeros in [1, 7, 31, 32, 33, 512, 4096, 1_000_000] {
        for kept in 0..=4 {
            let mut given = whole.bytes[..whole.ends[kept]].to_vec();
            given.resize(given.len() + zeros, 0);
            check_trimmed(&given, &whole, kept, &format!("{zeros} zeros behind {kept} groups"));
        }
    }
}

#[test]
fn a_journal_whose_making_was_cut_off_is_made_again() {
    let whole = whole(0);
    for cut in 0..HEADER_BYTES {
        let mut given = whole.bytes[..cut].to_vec();
        given.resize(HEADER_BYTES, 0);
        let Shelf { path, _folder } = shelf();
        std::fs::write(&path, &given).unwrap();
        drop(open(&path).0.unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), whole.bytes[..HEADER_BYTES], "zeros from {cut}");
    }
}

#[test]
fn one_flipped_bit_before_the_last_group_is_named() {
    let whole = whole(0);
    let Shelf { path, _folder } = shelf();
    for at in 0..whole.ends[3] {
        for bit in 0..8 {
            let mut given = whole.bytes.clone();
            given[at] ^= 1 << bit;
            std::fs::write(&path, &given).unwrap();
            match verify(&path, PURPOSE, Limits::default()) {
                Err(JournalError::Foreign { .. }) => assert!(at < HEADER_BYTES, "byte {at} bit {bit}"),
                Err(JournalError::Damaged { offset, .. }) => {
                    let group = whole.ends.iter().rev().find(|end| **end <= at).copied().unwrap_or(0);
                    assert_eq!(offset, group as u64, "byte {at} bit {bit}: the group is named");
                }
                other => panic!("byte {at} bit {bit}: {other:?}"),
            }
        }
        if at >= HEADER_BYTES {
            let mut given = whole.bytes.clone();
            given[at] ^= 0xff;
            check_damaged(&given, &whole, &format!("byte {at}"));
        }
    }
}

#[test]
fn one_flipped_bit_in_the_last_group_never_delivers_it() {
    let whole = whole(0);
    for at in whole.ends[3]..whole.ends[4] {
        for bit in 0..8 {
            let Shelf { path, _folder } = shelf();
            let mut given = whole.bytes.clone();
            given[at] ^= 1 << bit;
            std::fs::write(&path, &given).unwrap();
            let (opened, groups) = open(&path);
            assert_eq!(groups, whole.groups[..3], "byte {at} bit {bit}");
            match opened {
                Ok((_, trim)) => assert!(matches!(trim, Trim::IncompleteTail { .. }), "byte {at} bit {bit}"),
                Err(error) => assert!(matches!(error, JournalError::Damaged { .. }), "byte {at} bit {bit}"),
            }
        }
    }
}

#[test]
fn an_acknowledged_group_is_not_taken_for_a_tail_when_the_next_one_is_torn() {
    let whole = whole(0);
    for at in whole.ends[2]..whole.ends[3] {
        // The next group got its mark onto the disk, or any byte behind a group whose length is known.
        let mut given = whole.bytes[..whole.ends[3] + 8].to_vec();
        given[at] ^= 0x10;
        let (offset, _) = check_damaged(&given, &whole, &format!("byte {at}"));
        assert_eq!(offset, whole.ends[2] as u64);
    }
    let mut given = whole.bytes[..whole.ends[3] + 1].to_vec();
    given[whole.ends[3] - 1] ^= 0x10;
    check_damaged(&given, &whole, "one byte behind a whole header's group");
}

#[test]
fn groups_dropped_repeated_moved_or_borrowed_are_named() {
    let (ours, theirs) = (whole(0), whole(7));
    let part = |whole: &Whole, group: usize| whole.bytes[whole.ends[group]..whole.ends[group + 1]].to_vec();
    let head = || ours.bytes[..HEADER_BYTES].to_vec();
    let order = |groups: &[usize]| groups.iter().fold(head(), |file, group| [file, part(&ours, *group)].concat());
    for groups in [&[1][..], &[1, 2, 3], &[0, 2, 3], &[0, 1, 3], &[0, 0, 1, 2, 3], &[0, 1, 2, 3, 3], &[1, 0, 2, 3]] {
        let (_, found) = check_damaged(&order(groups), &ours, &format!("order {groups:?}"));
        assert!(found.contains("was written for byte"), "order {groups:?}: {found}");
    }
    for group in 0..4 {
        let mut given = ours.bytes.clone();
        given[ours.ends[group]..ours.ends[group + 1]].copy_from_slice(&part(&theirs, group));
        if group == 0 {
            // Group 0 of another journal of the same purpose follows the same bytes; the one behind it knows better.
            let Shelf { path, _folder } = shelf();
            std::fs::write(&path, &given).unwrap();
            let refused = verify(&path, PURPOSE, Limits::default());
            assert!(matches!(refused, Err(JournalError::Damaged { offset, .. }) if offset == ours.ends[1] as u64));
        } else {
            let (_, found) = check_damaged(&given, &ours, &format!("group {group} from another journal"));
            assert!(found.contains("was written behind other bytes"), "group {group}: {found}");
        }
    }
}

#[test]
fn bytes_cut_out_of_the_middle_are_named() {
    let whole = whole(0);
    for at in HEADER_BYTES..whole.ends[3] {
        for count in [1, 8, 30] {
            if at + count <= whole.ends[3] {
                let given = [&whole.bytes[..at], &whole.bytes[at + count..]].concat();
                check_damaged(&given, &whole, &format!("{count} bytes out at {at}"));
            }
        }
    }
}

#[test]
fn a_tail_longer_than_any_append_is_damage() {
    let whole = whole(0);
    let Shelf { path, _folder } = shelf();
    let limits = Limits { group_bytes_max: 4096, ..Limits::default() };
    for (tail, damaged) in [(4096, false), (4097, true)] {
        for byte in [0, b'x'] {
            let mut given = whole.bytes.clone();
            given.resize(given.len() + tail, byte);
            std::fs::write(&path, &given).unwrap();
            let found = verify(&path, PURPOSE, limits);
            assert_eq!(matches!(found, Err(JournalError::Damaged { .. })), damaged, "{tail} of {byte}: {found:?}");
        }
    }
}
