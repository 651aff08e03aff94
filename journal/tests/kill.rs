//! Processes that die or run out of room while they append. The writer is this test program itself, started again
//! with a variable that names the journal; without it the writers' tests have nothing to do.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is a test's verdict, in what it calls too")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use journal::{Journal, JournalError, Limits, Trim, verify};

const PURPOSE: &[u8] = b"kiemphieu station 07";
const JOURNAL: &str = "KIEMPHIEU_TEST_JOURNAL";
const KILLS: u32 = 50;

fn limits() -> Limits {
    Limits { free_space_floor: 0, ..Limits::default() }
}

/// The records of group `number`: lengths from nothing to some pages, so that kills fall into writes of every size.
fn records(number: u64) -> [Vec<u8>; 2] {
    let length = usize::try_from(number * 7919 % 20_000).unwrap();
    [number.to_le_bytes().to_vec(), vec![number.to_le_bytes()[0]; length]]
}

fn open_numbered(path: &Path) -> Result<(Journal, Trim, u64), JournalError> {
    let mut next = 0;
    let (journal, trim) = Journal::open(path, PURPOSE, limits(), |group| {
        if group.records != records(next) {
            return Err(format!("group {next} is not what was written"));
        }
        next += 1;
        Ok(())
    })?;
    Ok((journal, trim, next))
}

/// Appends numbered groups for ever and says each acknowledged number on stderr.
#[test]
fn writer() {
    let Some(path) = std::env::var_os(JOURNAL).map(PathBuf::from) else { return };
    let (mut journal, _, mut next) = open_numbered(&path).unwrap();
    loop {
        let [number, filling] = records(next);
        journal.append(&[&number, &filling]).unwrap();
        writeln!(std::io::stderr(), "kept {next}").unwrap();
        next += 1;
    }
}

fn start_writer(path: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "writer", "--nocapture"]).env(JOURNAL, path);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn kept(line: &str) -> u64 {
    line.trim_end().strip_prefix("kept ").and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

#[test]
fn every_acknowledged_group_survives_fifty_kills() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    drop(Journal::create(&path, PURPOSE, limits()).unwrap());
    let mut acknowledged = None;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for kill in 0..KILLS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = start_writer(&path);
        let mut says = BufReader::new(child.stderr.take().unwrap());
        // Killed after some answers and then anywhere within the next few hundred microseconds.
        for _ in 0..random >> 60 {
            let mut line = String::new();
            says.read_line(&mut line).unwrap();
            acknowledged = Some(kept(&line));
        }
        let moment = std::time::Instant::now() + std::time::Duration::from_micros((random >> 40) % 2_000);
        while std::time::Instant::now() < moment {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        says.read_to_string(&mut rest).unwrap();
        // The kill may fall into the last line; a number cut short was still acknowledged, but cannot be read.
        if let Some(line) = rest.split_inclusive('\n').rfind(|line| line.ends_with('\n')) {
            acknowledged = Some(kept(line));
        }
        let (journal, _, groups) = open_numbered(&path).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        assert!(acknowledged.is_none_or(|last| last < groups), "kill {kill}: {acknowledged:?} of {groups} groups");
        drop(journal);
    }
    assert!(acknowledged.is_some_and(|last| last > u64::from(KILLS)), "the writers hardly wrote: {acknowledged:?}");
}

/// Appends until a group finds no room, then a small one; run with a limit on the length of files.
#[test]
fn writer_without_room() {
    let Some(path) = std::env::var_os(JOURNAL).map(PathBuf::from) else { return };
    let (mut journal, ..) = Journal::open(&path, PURPOSE, limits(), |_| Ok(())).unwrap();
    let refused = loop {
        if let Err(error) = journal.append(&[&[b'x'; 3000]]) {
            break error;
        }
    };
    assert!(matches!(refused, JournalError::NoSpace { .. }), "{refused}");
    let len = journal.len_bytes();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), len, "the part that was written is taken back");
    assert_eq!(journal.append(&[b"a small one still fits"]).unwrap(), len, "not poisoned");
    writeln!(std::io::stderr(), "kept {len}").unwrap();
}

#[test]
fn a_group_that_finds_no_room_is_taken_back_and_the_journal_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    drop(Journal::create(&path, PURPOSE, limits()).unwrap());
    // The shell sets the limit and has the signal ignored that would come with it; `ulimit -f` counts 512 bytes.
    let script = r#"trap "" XFSZ; ulimit -f 20; exec "$0" --exact writer_without_room --nocapture"#;
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(std::env::current_exe().unwrap()).env(JOURNAL, &path);
    let output = command.stdout(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let small = kept(&said);
    // Some shells count 1024 bytes; in both cases the limit falls into a group of 3000 bytes.
    assert!(small > 3000 && small < 20 * 1024);
    let summary = verify(&path, PURPOSE, Limits::default()).unwrap();
    assert_eq!(summary.trim, Trim::Nothing);
    assert!(summary.bytes > small && summary.groups >= 3);
}
