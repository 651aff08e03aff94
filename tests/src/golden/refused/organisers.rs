//! What organisers may not say, and contests that cannot be held. It refuses to know figures.

use super::ELSEWHERE;
use crate::golden::{
    hall::{BOARD, Ballot, ORGANISERS, board, key, manifest, papers, revoke, vkey},
    story::Story,
};
use tlog::{KeyKind, SigningKey, VerifierKey};

/// Manifests that found no event.
pub fn before_the_manifest(s: &mut Story) {
    let good = manifest();
    let mut offer = |name: &str, from: &str, to: &str, code: &str| {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{name}");
        s.offer_text("§6", name, &text, ORGANISERS, code);
    };
    offer("a threshold of nobody", "threshold 2", "threshold 0", "R-FIELD");
    offer("a threshold of more organisers than there are", "threshold 2", "threshold 4", "R-FIELD");
    offer("a quorum of more witnesses than there are", "witness-quorum 2", "witness-quorum 4", "R-FIELD");
    offer("a table without a station", "table s04 ", "table s05 ", "R-FIELD");
    offer("a station in the list of observers", "station kiemphieu", "observer kiemphieu", "R-MALFORMED");
    offer(
        "an observer's key in the list of stations",
        &format!("station {}", vkey("s01")),
        &format!("station {}", vkey("p9")),
        "R-FIELD",
    );
    offer("an origin with a plus", "origin kiemphieu.example/golden\n", "origin kiemphieu.example+golden\n", "R-FIELD");
    offer(
        "an origin that looks like a statement",
        "origin kiemphieu.example/golden\n",
        "origin kiemphieu/v1/golden\n",
        "R-FIELD",
    );
    let two_names = VerifierKey::new(
        &format!("{}/p2", key("p1").verifier().name()),
        KeyKind::Ed25519,
        *key("s01").verifier().public(),
    );
    let twice = two_names.expect("a key").to_string();
    offer("an observer whose name has two ids", &vkey("p1"), &twice, "R-FIELD");
    let again = VerifierKey::new(key("p1").verifier().name(), KeyKind::Ed25519, *key("s01").verifier().public())
        .expect("a key");
    offer("one public key of a table and an observer", &vkey("p1"), &again.to_string(), "R-KEY-TAKEN");
    let swapped = |word: &str, [one, other]: [&str; 2]| {
        let (one, other) = (format!("{word} {one}\n"), format!("{word} {other}\n"));
        good.replacen(&format!("{one}{other}"), &format!("{other}{one}"), 1)
    };
    let lists = [
        ("organisers that do not ascend", swapped("organiser", [&vkey("o1"), &vkey("o2")])),
        ("witnesses that do not ascend", swapped("witness", [&vkey("w1"), &vkey("w2")])),
        ("tables that do not ascend", swapped("table", ["s01 Bàn s01", "s02 Bàn s02"])),
    ];
    for (name, text) in lists {
        assert_ne!(text, good, "{name}");
        s.offer_text("§3", name, &text, ORGANISERS, "R-MALFORMED");
    }
    s.offer_text("§5", "a manifest with one signature", &good, &["o1"], "R-SIGNATURES");
    s.offer_text(
        "§6",
        "a board before the manifest",
        &s.desk_text("board", "", &board("b1", &[("k1", "head", "A")])),
        ORGANISERS,
        "R-MANIFEST-PLACE",
    );
}

/// Keys that may not come in or go out.
pub fn keys(s: &mut Story) {
    let stated = |key: &str| format!("key {key}\ntitle -\n");
    let mut offer =
        |name: &str, kind: &str, body: &str, code: &str| s.offer_desk(name, [kind, ""], body, ORGANISERS, code);
    let other = SigningKey::from_seed(key("s01").verifier().name(), KeyKind::Ed25519, &[7; 32]).expect("a key");
    offer("a name used again", "key", &stated(&other.verifier().to_string()), "R-KEY-TAKEN");
    let renamed = key("s06").verifier().name().to_owned();
    let renamed = VerifierKey::new(&renamed, KeyKind::Ed25519, *key("s01").verifier().public()).expect("a key");
    offer("a public key under another name", "key", &stated(&renamed.to_string()), "R-KEY-TAKEN");
    offer("a revoked key once more", "key", &stated(&vkey("p1")), "R-KEY-TAKEN");
    offer("the log key once more", "key", &stated(&vkey("log")), "R-KEY-TAKEN");
    offer("a member without a board", "key", &stated(&vkey("k9")), "R-FIELD");
    let foreign =
        SigningKey::from_seed("kiemphieu.example/other/station/s09", KeyKind::Ed25519, &[8; 32]).expect("a key");
    offer("a station of another log", "key", &stated(&foreign.verifier().to_string()), "R-FIELD");
    offer("a key that nobody has", "revoke", &revoke("s09", "0"), "R-NO-SUCH-KEY");
    offer("the tally key", "revoke", &revoke("tally", "-"), "R-KEY-FIXED");
    offer("a key that was revoked", "revoke", &revoke("p1", "-"), "R-REVOKED");
    offer("a station without its last number", "revoke", &revoke("s01", "-"), "R-FIELD");
    offer("an observer with a last number", "revoke", &revoke("p2", "3"), "R-FIELD");
    offer(
        "a board of the same member twice",
        "board",
        &board("b9", &[("m1", "head", "A"), ("m1", "member", "B")]).replacen(&format!("key {}\n", vkey("m1")), "", 1),
        "R-FIELD",
    );
    offer(
        "a board with a key too few",
        "board",
        &board("b9", &[("m1", "head", "A"), ("m2", "member", "B")]).replace(&format!("key {}\n", vkey("m2")), ""),
        "R-FIELD",
    );
    offer("a board of which more must sign than there are", "board", &board("b9", &[("m1", "head", "A")]), "R-FIELD");
    let good = board("b9", &[("m1", "head", "A"), ("m2", "member", "B")]);
    let member = key("m2").verifier().name().to_owned();
    let of = |kind, public| VerifierKey::new(&member, kind, public).expect("a key").to_string();
    let twice = good.replace(&vkey("m2"), &of(KeyKind::Ed25519, *key("m1").verifier().public()));
    offer("a board with one public key twice", "board", &twice, "R-KEY-TAKEN");
    let witness = good.replace(&vkey("m2"), &of(KeyKind::CosignatureV1, *key("m2").verifier().public()));
    offer("a board with a witness key", "board", &witness, "R-FIELD");
    let head = s.desk_text("key", "", &stated(&vkey("s06")));
    s.offer_text("§5", "a key signed by one organiser", &head, &["o2"], "R-SIGNATURES");
    s.offer_text("§5", "a key signed by a member", &head, BOARD, "R-NOT-ENTITLED");
    s.offer_text("§5", "a key signed by a revoked observer", &head, &["p1"], "R-NOT-ENTITLED");
    let prev = s.replay.count.election_head().to_string();
    s.offer_text("§4", "a key that follows nothing", &head.replace(&prev, ELSEWHERE), ORGANISERS, "R-WRONG-HEAD");
    let event = s.event().to_string();
    s.offer_text("§5", "a key of another event", &head.replace(&event, ELSEWHERE), ORGANISERS, "R-OTHER-EVENT");
    s.offer_text(
        "§5",
        "a second manifest",
        &manifest().replace("title Đại", "title đại"),
        ORGANISERS,
        "R-MANIFEST-PLACE",
    );
    contests(s);
}

/// Contests that cannot be held.
fn contests(s: &mut Story) {
    let good = Ballot::PARTY.body("party-244");
    let mut offer = |name: &str, from: &str, to: &str, code: &str| {
        let body = good.replacen(from, to, 1);
        assert_ne!(body, good, "{name}");
        s.offer_desk(name, ["contest", "c90"], &body, BOARD, code);
    };
    offer("a board nobody elected", "board b1", "board b9", "R-UNKNOWN-BOARD");
    offer("rules nobody knows", "party-244", "party-300", "R-UNKNOWN-PROFILE");
    offer("no seats", "seats 3\nchoices 3", "seats 0\nchoices 0", "R-FIELD");
    offer("as many seats as names on a list to strike", "seats 3\nchoices 3", "seats 4\nchoices 4", "R-FIELD");
    offer("a list to strike with other choices than seats", "choices 3", "choices 2", "R-FIELD");
    offer("a list to strike without choices", "choices 3", "choices -", "R-FIELD");
    offer("no count at all", "counts 1", "counts 0", "R-FIELD");
    offer("a base without a part", "base convener-absent 2\n", "", "R-FIELD");
    offer(
        "a base in another order",
        "base absent-throughout 4\nbase convener-absent 2\n",
        "base convener-absent 2\nbase absent-throughout 4\n",
        "R-FIELD",
    );
    offer("a base that leaves nobody", "summoned 110", "summoned 6", "R-FIELD");
    offer(
        "a form the rules do not list",
        "profile party-244\nseats 3\nchoices 3",
        "profile state-85-2015\nseats 3\nchoices 3",
        "R-FIELD",
    );
    offer("a first contest that follows one", "follows -", "follows c01", "R-FIELD");
    offer("a further contest that follows none", "kind first", "kind tie", "R-FIELD");
    offer(
        "a further contest that follows what is not there",
        "kind first\nfollows -",
        "kind tie\nfollows c01",
        "R-UNKNOWN-CONTEST",
    );
    offer("a candidate of the board", "Trần Thị Bình", "Ngô Văn Sơn", "R-CANDIDATE-ON-BOARD");
    let no_form = good.replace("form strike-list\nprofile party-244", "form approve\nprofile state-85-2015").replace(
        "base summoned 110\nbase absent-throughout 4\nbase convener-absent 2\n",
        "base listed-voters 110\nbase voted 100\nbase re-election 0\n",
    );
    s.offer_desk("a form that its rules do not list", ["contest", "c90"], &no_form, BOARD, "R-FIELD");
    for (name, voted, again, code) in [
        ("as many voters as are listed, once more", 110, 1, "OK"),
        ("more voters than are listed", 111, 0, "R-FIELD"),
        ("a re-election that is neither 0 nor 1", 100, 2, "R-FIELD"),
    ] {
        let base = format!("base listed-voters 110\nbase voted {voted}\nbase re-election {again}\n");
        let state = good
            .replace("profile party-244", "profile state-85-2015")
            .replace("base summoned 110\nbase absent-throughout 4\nbase convener-absent 2\n", &base);
        s.offer_desk(name, ["contest", "c90"], &state, BOARD, code);
    }
    s.offer_desk(
        "papers of a contest that is not there",
        ["papers", "c90"],
        &papers(&[("b001", 20, "-")]),
        BOARD,
        "R-UNKNOWN-CONTEST",
    );
    s.offer_desk("a contest signed by organisers", ["contest", "c90"], &good, ORGANISERS, "R-NOT-ENTITLED");
    s.offer_desk("a contest signed by one member", ["contest", "c90"], &good, &["k3"], "R-SIGNATURES");
}
