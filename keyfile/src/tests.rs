use super::*;
use secrecy::ExposeSecret;

const NAME: &str = "kiemphieu.example/hall/station/s01";

/// Hardly any work: these tests ask whether a file opens, not how long a thief needs.
const LITTLE: u8 = 2;

fn pin(text: &str) -> Pin {
    Pin::new(text).unwrap()
}

/// Somebody who knows this PIN.
fn knows(text: &str) -> impl FnMut(&Path) -> Result<Pin, KeyFileError> {
    let pin = pin(text);
    move |_| Ok(pin.clone())
}

/// A key under the PIN 481516.
fn protected(folder: &tempfile::TempDir) -> (PathBuf, SigningKey) {
    let path = folder.path().join("k1.key");
    let key = create_at(&path, NAME, KeyKind::Ed25519, Some(&pin("481516")), LITTLE).unwrap();
    (path, key)
}

#[test]
fn a_key_made_here_signs_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/s01.key");
    let made = create(&path, NAME, KeyKind::Ed25519).unwrap();
    let opened = open_named(&path, NAME).unwrap();
    assert_eq!(made.sign(b"x"), opened.sign(b"x"));
    assert_eq!(&read_public(&public_path(&path)).unwrap(), made.verifier());
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s01.key");
    create(&path, NAME, KeyKind::Ed25519).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(create(&path, NAME, KeyKind::Ed25519), Err(KeyFileError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_wrong_altered_or_open_key_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s01.key");
    create(&path, NAME, KeyKind::CosignatureV1).unwrap();
    assert!(matches!(open_named(&path, "somebody/else"), Err(KeyFileError::Other { .. })));
    assert!(matches!(open(&folder.path().join("none.key")), Err(KeyFileError::Io { .. })));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("s01+", "s02+")).unwrap();
    assert!(matches!(open(&path), Err(KeyFileError::NotAKey(_))));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(open(&path), Err(KeyFileError::Open(_))));
    }
}

#[test]
fn a_key_made_with_a_pin_opens_with_it_and_signs_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (path, made) = protected(&folder);
    assert!(is_protected(&path).unwrap());
    let opened = open_with(&path, &mut knows("481516")).unwrap();
    assert_eq!(made.sign(b"x"), opened.sign(b"x"));
    assert_eq!(&read_public(&public_path(&path)).unwrap(), made.verifier());
    assert!(!fs::read_to_string(&path).unwrap().contains(PREFIX), "the line itself is not on the disk");
}

#[test]
fn only_a_file_under_a_pin_is_asked_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s01.key");
    create(&path, NAME, KeyKind::Ed25519).unwrap();
    assert!(!is_protected(&path).unwrap());
    open_with(&path, &mut |_| panic!("asked for the PIN of a file that has none")).unwrap();
    let (path, _) = protected(&folder);
    let mut asked = 0;
    open_with(&path, &mut |file| {
        assert_eq!(file, path);
        asked += 1;
        Ok(pin("481516"))
    })
    .unwrap();
    assert_eq!(asked, 1);
}

#[test]
fn a_wrong_pin_and_nobody_to_ask_are_errors_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = protected(&folder);
    for wrong in ["481517", "4815160", "048151", "      "] {
        assert!(matches!(open_with(&path, &mut knows(wrong)), Err(KeyFileError::WrongPin(_))), "{wrong}");
    }
    let error = open(&path).unwrap_err();
    assert!(matches!(error, KeyFileError::Protected(_)));
    assert!(error.to_string().contains("--pin-stdin"), "{error}");
    assert!(matches!(Nobody.open(&path), Err(KeyFileError::Protected(_))));
    assert!(matches!(open_with(&path, &mut |_| Err(KeyFileError::PinsDiffer)), Err(KeyFileError::PinsDiffer)));
}

#[test]
fn a_protected_file_altered_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, made) = protected(&folder);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(&path, &altered).unwrap();
        match open_with(&path, &mut knows("481516")) {
            Err(KeyFileError::NotAKey(_) | KeyFileError::WrongPin(_) | KeyFileError::Heavy(_)) => {}
            // White space around the armor is nobody's secret; what is inside must be the same key.
            Ok(key) if altered[at].is_ascii_whitespace() => assert_eq!(key.verifier(), made.verifier()),
            other => panic!("byte {at}: {other:?}"),
        }
    }
    for length in [0, 10, 60, whole.len() / 2, whole.len() - 40] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(open_with(&path, &mut knows("481516")), Err(KeyFileError::NotAKey(_))), "{length} bytes");
    }
}

/// An error as people and as logs see it.
fn sentences(error: &KeyFileError) -> String {
    format!("{error} {error:?}")
}

/// As `age --passphrase` writes it: binary, and here asking for this much work.
fn binary(line: &str, work: &str) -> Vec<u8> {
    let mut recipient = age::scrypt::Recipient::new(pin("481516").passphrase());
    recipient.set_work_factor(LITTLE);
    let bytes = age::encrypt(&recipient, line.as_bytes()).unwrap();
    let end = bytes.windows(4).position(|w| w == b"\n---").unwrap();
    let header = std::str::from_utf8(&bytes[..end]).unwrap().replacen(" 2\n", &format!(" {work}\n"), 1);
    [header.as_bytes(), &bytes[end..]].concat()
}

#[test]
fn a_file_of_the_age_program_opens_and_one_that_asks_for_endless_work_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (path, made) = protected(&folder);
    let line = unlock(&path, &mut knows("481516")).unwrap().line;
    fs::write(&path, binary(&line, "2")).unwrap();
    assert_eq!(open_with(&path, &mut knows("481516")).unwrap().verifier(), made.verifier());
    for endless in ["21", "40", "63"] {
        fs::write(&path, binary(&line, endless)).unwrap();
        assert!(matches!(open_with(&path, &mut knows("481516")), Err(KeyFileError::Heavy(_))), "{endless}");
    }
    for nonsense in ["", "no key\n", &"x".repeat(FILE_BYTES_MAX * 2)] {
        fs::write(&path, binary(nonsense, "2")).unwrap();
        assert!(matches!(open_with(&path, &mut knows("481516")), Err(KeyFileError::NotAKey(_))));
    }
}

#[test]
fn what_is_made_here_opens_as_a_plain_age_file_with_the_key_line_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, made) = protected(&folder);
    let identity = age::scrypt::Identity::new(secrecy::SecretString::from("481516".to_owned()));
    let line = age::decrypt(&identity, &fs::read(&path).unwrap()).unwrap();
    assert_eq!(parse(std::str::from_utf8(&line).unwrap()).unwrap().verifier(), made.verifier());
}

#[cfg(unix)]
#[test]
fn a_protected_file_that_others_can_read_is_refused_before_anybody_is_asked() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = protected(&folder);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let opened = open_with(&path, &mut |_| panic!("asked for the PIN of an open file"));
        assert!(matches!(opened, Err(KeyFileError::Open(_))), "{mode:o}");
        assert!(matches!(is_protected(&path), Err(KeyFileError::Open(_))));
    }
}

#[test]
fn a_changed_pin_keeps_the_key_and_the_former_one_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, made) = protected(&folder);
    unlock(&path, &mut knows("481516")).unwrap().protect_at(&pin("một hai ba"), LITTLE).unwrap();
    assert!(matches!(open_with(&path, &mut knows("481516")), Err(KeyFileError::WrongPin(_))));
    assert_eq!(open_with(&path, &mut knows("một hai ba")).unwrap().sign(b"x"), made.sign(b"x"));
    unlock(&path, &mut knows("một hai ba")).unwrap().unprotect().unwrap();
    assert_eq!(open(&path).unwrap().sign(b"x"), made.sign(b"x"));
    unlock(&path, &mut |_| unreachable!()).unwrap().protect_at(&pin("815162"), LITTLE).unwrap();
    assert_eq!(open_with(&path, &mut knows("815162")).unwrap().sign(b"x"), made.sign(b"x"));
    assert!(!disk::with_suffix(&path, ".new").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_kill_in_the_middle_of_a_change_leaves_a_whole_key() {
    let folder = tempfile::tempdir().unwrap();
    let (path, made) = protected(&folder);
    let half = disk::with_suffix(&path, ".new");
    let whole = seal::seal(&line(&made, &[7; 32]), &pin("999999"), LITTLE);
    // Killed before the rename: half a file, an empty one, or a whole one that has no name yet.
    for left in ["", &whole[..100], &whole] {
        fs::write(&half, left).unwrap();
        assert_eq!(open_with(&path, &mut knows("481516")).unwrap().sign(b"x"), made.sign(b"x"));
        unlock(&path, &mut knows("481516")).unwrap().protect_at(&pin("481516"), LITTLE).unwrap();
        assert_eq!(open_with(&path, &mut knows("481516")).unwrap().sign(b"x"), made.sign(b"x"));
        assert!(!half.exists());
    }
    // The disk gives no room for the new file: a folder stands in its place.
    fs::create_dir(&half).unwrap();
    let unlocked = unlock(&path, &mut knows("481516")).unwrap();
    assert!(matches!(unlocked.protect_at(&pin("815162"), LITTLE), Err(KeyFileError::Io { .. })));
    assert_eq!(open_with(&path, &mut knows("481516")).unwrap().sign(b"x"), made.sign(b"x"));
}

#[cfg(unix)]
#[test]
fn a_pin_set_through_a_link_protects_the_file_on_the_stick() {
    let (home, stick) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (there, here) = (stick.path().join("k2.key"), home.path().join("k2.key"));
    create(&there, NAME, KeyKind::Ed25519).unwrap();
    std::os::unix::fs::symlink(&there, &here).unwrap();
    unlock(&here, &mut |_| unreachable!()).unwrap().protect_at(&pin("481516"), LITTLE).unwrap();
    assert!(is_protected(&there).unwrap());
    assert!(here.symlink_metadata().unwrap().is_symlink());
}

#[test]
fn nothing_secret_is_in_what_can_be_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = protected(&folder);
    let unlocked = unlock(&path, &mut knows("481516")).unwrap();
    let secret = unlocked.line.trim_end().splitn(5, '+').last().unwrap().to_owned();
    assert_eq!(secret.len(), 44);
    let errors = [
        sentences(&open_with(&path, &mut knows("481517")).unwrap_err()),
        sentences(&open(&path).unwrap_err()),
        format!("{unlocked:?} {:?}", pin("481516")),
    ];
    for text in errors {
        assert!(!text.contains("481516") && !text.contains("481517") && !text.contains(&secret), "{text}");
    }
    assert_eq!(pin("481516").passphrase().expose_secret(), "481516");
}

#[test]
fn a_key_is_made_where_there_is_none_and_never_in_the_place_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.key");
    let made = open_or_create(&path, NAME, KeyKind::Ed25519, &mut Nobody).unwrap();
    let before = fs::read(&path).unwrap();
    let again = open_or_create(&path, NAME, KeyKind::Ed25519, &mut Nobody).unwrap();
    assert_eq!(made.verifier(), again.verifier());
    let other = open_or_create(&path, "another/name", KeyKind::Ed25519, &mut Nobody);
    assert!(matches!(other, Err(KeyFileError::Other { .. })));
    let other = open_or_create(&path, NAME, KeyKind::CosignatureV1, &mut Nobody);
    assert!(matches!(other, Err(KeyFileError::NotAKey(_))));
    assert_eq!(fs::read(&path).unwrap(), before);
    #[cfg(unix)]
    {
        let away = folder.path().join("on-a-stick.key");
        std::os::unix::fs::symlink(folder.path().join("not-in"), &away).unwrap();
        assert!(matches!(open_or_create(&away, NAME, KeyKind::Ed25519, &mut Nobody), Err(KeyFileError::Io { .. })));
    }
}
