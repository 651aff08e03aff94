//! Every answer of a witness, by its status, type and body.

use promises::{
    cosigner::{MadeLog, Witness, ask},
    hall::words,
};
use std::{fs, path::Path};
use tlog::{Note, cosignature::verify_cosignature, witness::parse_lines};

const ORIGIN: &str = "log.example/made";

/// A witness that trusts the key of this log, and its home.
pub(crate) fn witness(log: &MadeLog) -> (tempfile::TempDir, Witness) {
    let home = tempfile::tempdir().unwrap();
    Witness::keys(home.path(), "witness.example/w7");
    let vkey = log.key().verifier().to_string();
    let started = Witness::start(home.path(), words(&["--log", &vkey], &[]));
    (home, started)
}

/// Every file of a home that holds this text.
fn holds(folder: &Path, text: &str) -> usize {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let of = |path: std::path::PathBuf| match path.is_dir() {
        true => holds(&path, text),
        false => usize::from(String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(text)),
    };
    entries.map(of).sum()
}

#[test]
fn each_answer_has_the_status_the_type_and_the_body_of_c2sp() {
    let first = MadeLog::new(ORIGIN).with("one").with("two").with("three");
    let (home, witness) = witness(&first);
    let key = keyfile::read_public(&home.path().join("witness.key.vkey")).unwrap();
    let add = |body: &str| ask(&witness.url, "POST", "/add-checkpoint", body.as_bytes()).unwrap();

    assert_eq!(add("").status, 400);
    assert_eq!(add("old 1\n\nno checkpoint\n").status, 400);
    assert_eq!(add(&first.asks(0).to_string().replace("old 0", "old 00")).status, 400);
    let mut beyond = first.asks(0);
    beyond.old = 4;
    assert_eq!(witness.add(&beyond).unwrap().status, 400, "the old size is beyond the new one");
    assert_eq!(witness.add(&MadeLog::new("log.example/other").with("one").asks(0)).unwrap().status, 404);
    let forged = first.asks(0).to_string().replacen("\n3\n", "\n2\n", 1);
    assert_eq!(add(&forged).status, 403, "the signature is of another text");
    let long = "x".repeat(1 << 20);
    assert_eq!(ask(&witness.url, "POST", "/add-checkpoint", long.as_bytes()).map_or(413, |r| r.status), 413);
    assert_eq!(witness.shown(ORIGIN), None, "nothing of all that was cosigned");

    let cosigned = witness.add(&first.asks(0)).unwrap();
    assert_eq!(cosigned.status, 200);
    let lines = parse_lines(cosigned.body.as_bytes()).unwrap();
    let [line] = &lines[..] else { panic!("{cosigned:?}") };
    let time = verify_cosignature(&first.checkpoint().text(), line, &key).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(time) < 60, "{time} is no time of today");
    assert_eq!(witness.shown(ORIGIN).unwrap().text(), first.checkpoint().text());
    assert_eq!(witness.add(&first.asks(3)).unwrap().status, 200, "the same once more is no matter");

    let longer = first.with("four").with("five");
    let from_nothing = witness.add(&longer.asks(0)).unwrap();
    assert_eq!((from_nothing.status, from_nothing.kind.as_str()), (409, "text/x.tlog.size"));
    assert_eq!(from_nothing.body, "3\n");
    let mut unproved = longer.asks(3);
    unproved.proof[0] = tlog::sha256(b"something else");
    assert_eq!(witness.add(&unproved).unwrap().status, 422);
    assert_eq!(holds(home.path(), "old 3\n"), 1, "what a log signed and cannot prove is kept");
    assert_eq!(witness.add(&longer.asks(3)).unwrap().status, 200);
    assert_eq!(witness.add(&first.asks(3)).unwrap().status, 409, "a log does not grow shorter");

    // The same size with another root, validly signed: the witness keeps what convicts the log's key.
    let fork = first.with("four").with("another five");
    let refused = witness.add(&fork.asks(3)).unwrap();
    assert_eq!((refused.status, refused.kind.as_str(), refused.body.as_str()), (409, "text/x.tlog.size", "5\n"));
    assert!(holds(home.path(), &fork.checkpoint().text()) > 0, "the fork is kept: {}", witness.log());
    assert!(witness.log().contains("signed two different checkpoints"), "{}", witness.log());
    let fork = fork.with("six");
    assert_eq!(witness.add(&fork.asks(5)).unwrap().status, 422, "nor does the fork go on");
    assert_eq!(witness.shown(ORIGIN).unwrap().text(), longer.checkpoint().text());
    for (method, path, status) in
        [("GET", "/add-checkpoint", 405), ("POST", "/", 404), ("GET", "/nobody/checkpoint", 404)]
    {
        assert_eq!(ask(&witness.url, method, path, b"").unwrap().status, status, "{method} {path}");
    }
}

#[test]
fn a_hundred_lines_of_strangers_beside_the_logs_own_are_passed_over_and_not_one_of_a_wrong_key() {
    let log = MadeLog::new(ORIGIN).with("one");
    let (_home, witness) = witness(&log);
    let request = log.asks(0).to_string();
    let stranger = |n: u8| {
        let key =
            tlog::SigningKey::from_seed(&format!("stranger.example/{n}"), tlog::KeyKind::Ed25519, &[n; 32]).unwrap();
        let note = log.checkpoint().sign(&key);
        note.as_str().lines().last().unwrap().to_owned() + "\n"
    };
    let with = |lines: u8| (0..lines).map(stranger).fold(request.clone(), |all, line| all + &line);
    assert!(Note::parse(with(99).split_once("\n\n").unwrap().1.as_bytes()).is_ok());
    let add = |body: &str| ask(&witness.url, "POST", "/add-checkpoint", body.as_bytes()).unwrap();
    assert_eq!(add(&with(100)).status, 400, "101 lines are more than a note has");
    assert_eq!(add(&with(99)).status, 200);
    let unsigned = log.with("two").asks(1).to_string();
    let (unsigned, _) = unsigned.split_once("\n\u{2014} ").unwrap();
    assert_eq!(add(&format!("{unsigned}\n{}", stranger(7))).status, 403, "a stranger alone signs for nobody");
}
