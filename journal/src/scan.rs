//! Reading a journal from its first byte to its last sound one, and saying what the rest is. It reads from anything
//! that reads, so every cut and flip can be tried without a disk; it refuses to change anything.

use std::io::Read;
use std::path::Path;

use crate::format::{self, FirstBytes, GROUP_HEADER_BYTES, HEADER_BYTES};
use crate::{JournalError, Limits};

/// One record group as read back, whole and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where the group begins, in bytes from the start of the file; the name [`Journal::read`](crate::Journal::read)
    /// knows it by.
    pub offset: u64,
    /// The records in the order they were given, byte for byte.
    pub records: Vec<Vec<u8>>,
}

/// What open did to the end of the file, or what it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// Every byte belongs to a whole group.
    Nothing,
    /// The file ended in a group that was never acknowledged, or in a header never finished (`offset` 0): cut off.
    /// The crate's front page says when this could be a rotten last group instead.
    IncompleteTail {
        /// Where the incomplete group began: the length of the file now.
        offset: u64,
        /// How many bytes were cut off.
        bytes: u64,
    },
}

/// What a file holds, for whoever checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whole groups.
    pub groups: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of the file up to the end of the last whole group, with the file's header.
    pub bytes: u64,
    /// What an open would cut off.
    pub trim: Trim,
}

/// A walk through a journal, standing behind the last whole group.
pub(crate) struct Scan<'a, R> {
    source: R,
    /// For sentences only.
    path: &'a Path,
    /// Bytes of the file when the walk began; a live writer may have made it longer since.
    file_bytes: u64,
    limits: Limits,
    /// End of the last whole group.
    pub(crate) end: u64,
    /// Checksum of every byte up to `end`.
    pub(crate) chain: u32,
    /// Groups and records met so far.
    groups: u64,
    records: u64,
    /// The bytes of the group under the eye, kept to spare an allocation a group.
    bytes: Vec<u8>,
}

enum Step {
    Group(Group),
    Incomplete,
    End,
}

impl<'a, R: Read> Scan<'a, R> {
    pub(crate) fn new(source: R, path: &'a Path, file_bytes: u64, limits: Limits) -> Scan<'a, R> {
        Scan { source, path, file_bytes, limits, end: 0, chain: 0, groups: 0, records: 0, bytes: Vec::new() }
    }

    /// Walks to the end, showing every whole group to `each` in order.
    pub(crate) fn run(
        &mut self,
        purpose: &[u8],
        mut each: impl FnMut(&Group) -> Result<(), String>,
    ) -> Result<Summary, JournalError> {
        let mut step = self.header(purpose)?;
        while let Step::Group(_) | Step::End = step {
            step = self.group()?;
            match &step {
                Step::Group(group) => each(group).map_err(JournalError::Consumer)?,
                Step::End => return Ok(self.summary(Trim::Nothing)),
                Step::Incomplete => {}
            }
        }
        Ok(self.summary(Trim::IncompleteTail { offset: self.end, bytes: self.file_bytes - self.end }))
    }

    fn summary(&self, trim: Trim) -> Summary {
        Summary { groups: self.groups, records: self.records, bytes: self.end, trim }
    }

    /// Reads the file's header; `Step::End` says that it is whole.
    fn header(&mut self, purpose: &[u8]) -> Result<Step, JournalError> {
        self.take(self.file_bytes.min(HEADER_BYTES as u64))?;
        match format::decode_header(&self.bytes, self.file_bytes <= HEADER_BYTES as u64, purpose) {
            FirstBytes::Ours { chain } => {
                self.chain = chain;
                self.end = HEADER_BYTES as u64;
                Ok(Step::End)
            }
            FirstBytes::CutShort => Ok(Step::Incomplete),
            FirstBytes::Foreign { found } => Err(JournalError::Foreign { found }),
            FirstBytes::Damaged => Err(self.damaged("the checksum of the file's header does not hold")),
        }
    }

    fn group(&mut self) -> Result<Step, JournalError> {
        let left = self.file_bytes - self.end;
        if left == 0 {
            return Ok(Step::End);
        }
        self.bytes.clear();
        self.take(left.min(GROUP_HEADER_BYTES as u64))?;
        let header = self.bytes.first_chunk().and_then(format::decode_group_header);
        let Some(header) = header else {
            if left > u64::from(self.limits.group_bytes_max) {
                return Err(self.damaged("no group begins here, and more bytes follow than one group may have"));
            }
            return self.incomplete_unless_a_mark_follows(left);
        };
        if header.offset != self.end {
            return Err(self.damaged(&format!("the group found here was written for byte {}", header.offset)));
        }
        if header.chain != self.chain {
            return Err(self.damaged("the group found here was written behind other bytes than those before it"));
        }
        let bytes = GROUP_HEADER_BYTES as u64 + u64::from(header.body_bytes);
        if bytes > left {
            return self.incomplete_unless_a_mark_follows(left);
        }
        self.take(u64::from(header.body_bytes))?;
        match format::decode_records(&self.bytes[GROUP_HEADER_BYTES..], header.records) {
            Some(records) => {
                self.chain = format::chain_on(self.chain, &self.bytes);
                self.end += bytes;
                self.groups += 1;
                self.records += u64::from(header.records);
                Ok(Step::Group(Group { offset: header.offset, records }))
            }
            // Nothing is ever written behind a group before it is durable.
            None if bytes < left => Err(self.damaged("a record's checksum does not hold, and more follows the group")),
            None => self.incomplete_unless_a_mark_follows(left),
        }
    }

    /// Looks at all that is left: a second mark means that the first group had been acknowledged.
    fn incomplete_unless_a_mark_follows(&mut self, left: u64) -> Result<Step, JournalError> {
        self.take(left - self.bytes.len() as u64)?;
        match format::mark_behind_start(&self.bytes) {
            Some(at) => {
                let next = self.end + at as u64;
                Err(self.damaged(&format!("the group is not whole, yet another one begins at byte {next}")))
            }
            None => Ok(Step::Incomplete),
        }
    }

    /// Adds the next bytes of the file to `bytes`.
    fn take(&mut self, count: u64) -> Result<(), JournalError> {
        let had = self.bytes.len();
        let count = usize::try_from(count).map_err(|_| self.damaged("a group larger than this machine's memory"))?;
        self.bytes.resize(had + count, 0);
        self.source.read_exact(&mut self.bytes[had..]).map_err(JournalError::io("read", self.path))
    }

    fn damaged(&self, why: &str) -> JournalError {
        JournalError::Damaged { offset: self.end, why: why.to_owned() }
    }
}
