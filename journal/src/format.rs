//! The bytes of a journal, as the crate's front page draws them: written and read without a disk. It refuses to
//! know files; a slice in, a slice or a verdict out.

use crc32c::{crc32c, crc32c_append};

/// Longest purpose a journal's header holds, in bytes: the program's name, the role, and the 64 digits of an event's
/// sid, and the header comes to 128 bytes, well inside one sector.
pub const PURPOSE_BYTES_MAX: u32 = 100;

const MAGIC: &[u8; 20] = b"kiemphieu-journal-1\n";
/// 0xff and 0xfe occur in no UTF-8 text.
pub(crate) const MARK: &[u8; 8] = b"\xffgroup\xfe\n";

pub(crate) const HEADER_BYTES: usize = 20 + 4 + 4 + PURPOSE_BYTES_MAX as usize;
pub(crate) const GROUP_HEADER_BYTES: usize = 8 + 4 + 4 + 8 + 4 + 4;
const RECORD_HEADER_BYTES: usize = 4 + 4;

/// What the first bytes of a file say about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FirstBytes {
    /// A whole header of the purpose asked for; with the checksum the first group is chained to.
    Ours { chain: u32 },
    /// The beginning of such a header and nothing else: the journal was being made when the power went.
    CutShort,
    /// Another purpose, another version, or no journal.
    Foreign { found: String },
    /// A journal's header whose checksum does not hold.
    Damaged,
}

/// The header of a new journal; the purpose has at most [`PURPOSE_BYTES_MAX`] bytes.
pub(crate) fn encode_header(purpose: &[u8]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..20].copy_from_slice(MAGIC);
    header[24..28].copy_from_slice(&length(purpose).to_le_bytes());
    header[28..28 + purpose.len()].copy_from_slice(purpose);
    let crc = crc32c(&header[24..]);
    header[20..24].copy_from_slice(&crc.to_le_bytes());
    header
}

/// Judges the first [`HEADER_BYTES`] of a file, or all of it if it is shorter. `alone`: nothing stands behind them.
pub(crate) fn decode_header(first: &[u8], alone: bool, purpose: &[u8]) -> FirstBytes {
    let wanted = encode_header(purpose);
    if first == wanted {
        return FirstBytes::Ours { chain: crc32c(first) };
    }
    let alike = first.iter().zip(&wanted).take_while(|(is, want)| is == want).count();
    if alone && first[alike..].iter().all(|byte| *byte == 0) {
        return FirstBytes::CutShort;
    }
    if first.len() < HEADER_BYTES || first[..20] != *MAGIC {
        return FirstBytes::Foreign { found: first[..first.len().min(20)].escape_ascii().to_string() };
    }
    let purpose_bytes = u32_at(first, 24);
    if crc32c(&first[24..]) != u32_at(first, 20) || purpose_bytes > PURPOSE_BYTES_MAX {
        return FirstBytes::Damaged;
    }
    let found = &first[28..][..purpose_bytes as usize];
    FirstBytes::Foreign { found: String::from_utf8_lossy(found).into_owned() }
}

/// What stands in front of a group's records, behind its mark and its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    /// Checksum of every byte of the file before this group.
    pub(crate) chain: u32,
    /// Where in the file the group was written.
    pub(crate) offset: u64,
    /// Bytes of all its records with their lengths and checksums.
    pub(crate) body_bytes: u32,
    pub(crate) records: u32,
}

/// Bytes a group of these records takes in the file.
pub(crate) fn group_bytes(records: &[&[u8]]) -> u64 {
    let bodies: u64 = records.iter().map(|record| (RECORD_HEADER_BYTES + record.len()) as u64).sum();
    GROUP_HEADER_BYTES as u64 + bodies
}

/// Fills `buffer` with one group; the limits have been looked at before, so every length fits its 32 bits.
pub(crate) fn encode_group(buffer: &mut Vec<u8>, offset: u64, chain: u32, records: &[&[u8]]) {
    buffer.clear();
    buffer.extend_from_slice(MARK);
    buffer.extend_from_slice(&[0; GROUP_HEADER_BYTES - 8]);
    for record in records {
        buffer.extend_from_slice(&length(record).to_le_bytes());
        buffer.extend_from_slice(&crc32c(record).to_le_bytes());
        buffer.extend_from_slice(record);
    }
    let body_bytes = length(&buffer[GROUP_HEADER_BYTES..]);
    buffer[12..16].copy_from_slice(&chain.to_le_bytes());
    buffer[16..24].copy_from_slice(&offset.to_le_bytes());
    buffer[24..28].copy_from_slice(&body_bytes.to_le_bytes());
    buffer[28..32].copy_from_slice(&length(records).to_le_bytes());
    let crc = crc32c(&buffer[12..GROUP_HEADER_BYTES]);
    buffer[8..12].copy_from_slice(&crc.to_le_bytes());
}

/// A group's header if mark and checksum hold; whether it belongs where it was found is for the reader to say.
pub(crate) fn decode_group_header(bytes: &[u8; GROUP_HEADER_BYTES]) -> Option<GroupHeader> {
    let whole = bytes[..8] == *MARK && u32_at(bytes, 8) == crc32c(&bytes[12..]);
    whole.then(|| GroupHeader {
        chain: u32_at(bytes, 12),
        offset: u64::from(u32_at(bytes, 16)) | u64::from(u32_at(bytes, 20)) << 32,
        body_bytes: u32_at(bytes, 24),
        records: u32_at(bytes, 28),
    })
}

/// The records of a group, if every length and checksum holds and they fill the body exactly.
pub(crate) fn decode_records(mut body: &[u8], records: u32) -> Option<Vec<Vec<u8>>> {
    let mut decoded = Vec::new();
    for _ in 0..records {
        let (header, rest) = body.split_at_checked(RECORD_HEADER_BYTES)?;
        let (record, rest) = rest.split_at_checked(u32_at(header, 0) as usize)?;
        if crc32c(record) != u32_at(header, 4) {
            return None;
        }
        decoded.push(record.to_vec());
        body = rest;
    }
    body.is_empty().then_some(decoded)
}

/// The chain value behind more bytes.
pub(crate) fn chain_on(chain: u32, bytes: &[u8]) -> u32 {
    crc32c_append(chain, bytes)
}

/// Where in the bytes, behind the first one, a group's mark stands: whoever wrote it had been told that everything
/// before it was durable.
pub(crate) fn mark_behind_start(bytes: &[u8]) -> Option<usize> {
    bytes.windows(MARK.len()).skip(1).position(|window| window == MARK).map(|position| position + 1)
}

fn length<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).expect("limits are 32-bit numbers and were checked before encoding")
}

/// Four bytes as a number; the place lies inside a header of fixed length.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_feels_every_byte_of_headers_and_records() {
        let mut file = encode_header(b"hall").to_vec();
        let mut group = Vec::new();
        encode_group(&mut group, file.len() as u64, crc32c(&file), &[b"one", b"", b"three"]);
        file.extend_from_slice(&group);
        let chain = crc32c(&file);
        for at in 0..file.len() {
            let mut other = file.clone();
            other[at] ^= 0x20;
            assert_ne!(crc32c(&other), chain, "byte {at}");
        }
        // Two headers, each whole in itself: the chain must tell them apart, although each carries its checksum.
        assert_ne!(crc32c(&encode_header(b"hall")), crc32c(&encode_header(b"hell")));
    }

    #[test]
    fn a_header_is_told_from_its_beginning_and_from_other_files() {
        let header = encode_header(b"station 07");
        assert!(matches!(decode_header(&header, false, b"station 07"), FirstBytes::Ours { .. }));
        for cut in 0..HEADER_BYTES {
            // A short purpose ends in zeros, which a cut may take: then a whole header was cut nevertheless.
            assert_eq!(decode_header(&header[..cut], true, b"station 07"), FirstBytes::CutShort, "cut at {cut}");
        }
        assert_eq!(decode_header(&[0; HEADER_BYTES], true, b"station 07"), FirstBytes::CutShort);
        assert!(matches!(decode_header(&[0; HEADER_BYTES], false, b"station 07"), FirstBytes::Foreign { .. }));
        assert!(matches!(decode_header(b"PK\x03\x04", true, b"station 07"), FirstBytes::Foreign { .. }));
        let other = FirstBytes::Foreign { found: "station 07".to_owned() };
        assert_eq!(decode_header(&header, false, b"station 08"), other);
    }

    #[test]
    fn lengths_that_lie_deliver_no_record() {
        let mut group = Vec::new();
        encode_group(&mut group, 92, 7, &[b"figures of bundle 3", b"figures of bundle 4"]);
        let body = &group[GROUP_HEADER_BYTES..];
        assert!(decode_records(body, 2).is_some());
        assert_eq!(decode_records(body, 1), None, "bytes left over");
        assert_eq!(decode_records(body, 3), None, "one record too few");
        assert_eq!(decode_records(body, u32::MAX), None, "no memory is set aside for a number alone");
        assert_eq!(decode_records(&[0xff; 8], 1), None, "a length beyond the body");
    }
}
