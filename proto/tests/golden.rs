//! Promise: a typed view loses nothing. Every note of the golden log goes over the wire and comes back as the same text.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use prost::Message;
use proto::v1;
use std::{collections::BTreeSet, fs, path::Path};
use tally::Statement;
use tlog::Note;

/// Every golden note: its file name and its text.
fn golden() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden-v1/statements");
    let mut notes: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let note = Note::parse(&fs::read(&path).unwrap()).unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), note.text().to_owned())
        })
        .collect();
    notes.sort();
    notes
}

/// Text → statement → typed view → bytes on the wire → typed view → statement → text.
fn over_the_wire(text: &str) -> String {
    let statement = Statement::parse(text).unwrap();
    let bytes = v1::Statement::from(&statement).encode_to_vec();
    let arrived = Statement::try_from(v1::Statement::decode(&bytes[..]).unwrap()).unwrap();
    assert_eq!(arrived, statement);
    arrived.text()
}

#[test]
fn every_golden_note_comes_back_as_the_same_text() {
    let notes = golden();
    assert_eq!(notes.len(), 37);
    for (name, text) in notes {
        assert_eq!(over_the_wire(&text), text, "{name}");
    }
}

#[test]
fn the_golden_log_has_every_kind_of_statement() {
    let kinds: BTreeSet<_> = golden().iter().map(|(_, text)| Statement::parse(text).unwrap().kind()).collect();
    assert_eq!(kinds.len(), tally::Kind::ALL.len());
}

/// The fields of golden notes in the other shape each of them may have.
#[test]
fn a_field_said_otherwise_comes_back_as_it_was_said() {
    let notes = golden();
    let check = |kind: &str, from: &str, to: &str| {
        let find = |(_, text): &&(String, String)| text.contains(&format!("v1/{kind}\n")) && text.contains(from);
        let (_, text) = notes.iter().find(find).unwrap_or_else(|| panic!("no {kind} with `{from}`"));
        let text = text.replacen(from, to, 1);
        assert_eq!(over_the_wire(&text), text);
    };
    check("manifest", "language vi\n", "language en\n");
    check("manifest", "disclosure accredited\n", "disclosure public\n");
    check("manifest", "live-totals no\n", "live-totals yes\n");
    check("manifest", "place Ví Dụ\n", "place -\n");
    check("board", "member k2 member", "member k2 deputy");
    check("key", "title Bàn dự phòng\n", "title -\n");
    check("revoke", "last-seq 1\n", "last-seq -\n");
    check("contest", "choices 3\n", "choices unlimited\n");
    check("contest", "choices 3\n", "choices -\n");
    check("contest", "form strike-list\n", "form approve\n");
    check("contest", "kind first\n", "kind continued\n");
    check("contest", "follows -\n", "follows c00\n");
    check("batch", "counters p01 p02\n", "counters -\n");
    check("batch", "serials -\n", "serials 000101-000150\n");
    check("decide", "ruling invalid blank\n", "ruling valid\n");
    check("certify", "next none\n", "next tie 03 04 for 1\n");
    check("certify", "next none\n", "next short 2\n");
    check("certify", "deviation -\n", "deviation đại hội quyết định\n");
}

#[test]
fn a_note_is_shared_with_the_entry_and_not_copied() {
    let note = bytes::Bytes::from(vec![7; 1000]);
    let entry = proto::entry::entry_to_wire(3, note.clone(), None);
    assert_eq!(entry.note.as_ptr(), note.as_ptr());
    let arrived = v1::Entry::decode(bytes::Bytes::from(entry.encode_to_vec())).unwrap();
    assert_eq!((arrived.index, arrived.note), (3, note));
}

#[test]
fn the_descriptor_set_lists_the_four_doors() {
    let doors = ["IntakeService", "LogService", "ResultsService", "EnrolService"];
    let listed = |door: &str| v1::FILE_DESCRIPTOR_SET.windows(door.len()).any(|w| w == door.as_bytes());
    assert!(doors.iter().all(|door| listed(door)));
}

/// One word for one idea: what a text calls `given-up`, the wire calls `GIVEN_UP`.
#[test]
fn the_wire_uses_the_words_of_the_texts() {
    macro_rules! check {
        ($($hall:ty, $wire:ty, $prefix:literal;)*) => {$(
            for word in <$hall>::ALL {
                let said = word.word().trim_start_matches("F-").replace('-', "_").to_uppercase();
                assert_eq!(<$wire>::from(*word).as_str_name(), format!("{}_{said}", $prefix));
                assert_eq!(<$hall>::try_from(<$wire>::from(*word)), Ok(*word));
            }
            assert_eq!(<$hall>::try_from(<$wire>::Unspecified), Err(proto::Unspecified));
        )*};
    }
    check! {
        tally::Kind, v1::StatementKind, "STATEMENT_KIND";
        tally::Form, v1::Form, "FORM";
        tally::Reason, v1::Reason, "REASON";
        tally::statement::Round, v1::Round, "ROUND";
        tally::statement::Disclosure, v1::Disclosure, "DISCLOSURE";
        tally::statement::Language, v1::Language, "LANGUAGE";
        tally::statement::MemberRole, v1::MemberRole, "MEMBER_ROLE";
        tally::statement::BulletinState, v1::BulletinState, "BULLETIN_STATE";
        tally::statement::OpenReason, v1::OpenReason, "OPEN_REASON";
        tally::ruling::Verdict, v1::Verdict, "VERDICT";
        tally::ruling::Actor, v1::Actor, "ACTOR";
        tally::ruling::BundleState, v1::BundleState, "BUNDLE_STATE";
        tally::ruling::Flag, v1::Flag, "FLAG";
        tally::ruling::Phase, v1::Phase, "PHASE";
    }
}
