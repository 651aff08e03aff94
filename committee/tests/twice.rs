//! What the committee believes of keys in use on two machines: the texts, and nothing of what is said about them.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use bytes::Bytes;
use committee::standing::{KeyTwice, Standing};
use hall::{Hall, ORIGIN};
use tlog::{KeyKind, Note, SigningKey};

/// Two tables have said something, s01 twice.
fn counted() -> Hall {
    let mut hall = Hall::open();
    hall.count("s01", "b001", 10);
    hall.count("s01", "b002", 10);
    hall.count("s02", "b003", 10);
    hall
}

/// Another text of what the table said last but so many, signed by this device.
fn other(hall: &Hall, entry: usize, name: &str, time: &str) -> Note {
    let key = hall.folder.devices.iter().find(|k| k.verifier().name() == format!("{ORIGIN}/{name}")).unwrap();
    key.sign_text(&hall.notes[entry].text().replace("time 1593000000\n", &format!("time {time}\n")))
}

fn of(hall: &Hall, texts: &[&Note]) -> Vec<KeyTwice> {
    let texts: Vec<Bytes> = texts.iter().map(|note| Bytes::copy_from_slice(note.as_bytes())).collect();
    KeyTwice::of(&hall.replay.count, &texts)
}

#[test]
fn the_first_number_of_every_table_is_shown_with_what_to_type_until_its_key_is_revoked() {
    let mut hall = counted();
    let (first, second) = (other(&hall, 3, "station/s01", "7"), other(&hall, 4, "station/s01", "8"));
    let third = other(&hall, 5, "station/s02", "9");
    let found = of(&hall, &[&third, &second, &first]);
    let told: Vec<_> = found.iter().map(|k| (k.station.as_str(), k.seq, k.entry, k.revoked)).collect();
    assert_eq!(told, [("s01", 1, 3, false), ("s02", 1, 5, false)]);
    assert_eq!((&found[0].logged, &found[0].other), (&hall.notes[3].sid().to_string(), &first.sid().to_string()));
    assert!(found[0].said.vi.contains("--last-seq 0") && found[0].said.en.contains("--last-seq 0"), "{found:?}");
    assert!(of(&hall, &[&second])[0].said.en.contains("--last-seq 1"));
    let revoke = hall.desk().revoke("station/s01", Some(0), "hai máy".parse().unwrap());
    hall.say(&revoke, &["o1", "o2"]).unwrap();
    assert!(of(&hall, &[&first])[0].revoked);
    let json = serde_json::to_value(Standing::of(&hall.replay)).unwrap();
    assert!(json["keys-in-use-twice"].is_null(), "the log does not tell: {json}");
}

#[test]
fn a_server_that_accuses_a_table_without_its_signature_is_not_believed() {
    let hall = counted();
    let honest = hall.notes[3].clone();
    let impostor = SigningKey::from_seed(&format!("{ORIGIN}/station/s01"), KeyKind::Ed25519, &[7; 32]).unwrap();
    let forged = impostor.sign_text(&honest.text().replace("time 1593000000\n", "time 7\n"));
    let of_others = [other(&hall, 3, "station/s02", "7"), other(&hall, 3, "tally", "7")];
    let ahead = {
        let key = hall.folder.devices.iter().find(|k| k.verifier().name().ends_with("/s02")).unwrap();
        key.sign_text(&hall.notes[5].text().replace("seq 1\n", "seq 2\n"))
    };
    let elsewhere = {
        let key = hall.folder.devices.iter().find(|k| k.verifier().name().ends_with("/s01")).unwrap();
        key.sign_text(&honest.text().replace(&hall.replay.count.event().unwrap().to_string(), &"11".repeat(32)))
    };
    let told = [&honest, &forged, &of_others[0], &of_others[1], &ahead, &elsewhere, &hall.notes[0], &hall.notes[2]];
    assert_eq!(of(&hall, &told), []);
    let garbage = [Bytes::new(), Bytes::from_static(&[0xff; 70_000]), Bytes::from_static(b"kiemphieu/v1/batch\n")];
    assert_eq!(KeyTwice::of(&hall.replay.count, &garbage), []);
}
