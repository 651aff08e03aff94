//! What the golden log looks like from outside: its folder, receipts, checkpoints and proofs that it only grew, and beside
//! the good ones those that prove nothing. It refuses to know what any entry says.

use super::{
    Files,
    congress::two_thirds,
    hall::{ORIGIN, WITNESSES, key},
    lay_log, pretty,
    story::Story,
};
use serde_json::{Value, json};
use tlog::{Checkpoint, Hash, Note, Receipt, sha256};

/// The whole log folder, what it adds up to, and what became of every entry.
///
/// # Panics
/// The log is empty.
pub fn log(story: &Story, files: &mut Files) {
    let newest = story.checkpoint(story.size(), &["w1", "w4"]);
    lay_log("log", &story.entries, &story.replay.tree, &newest, files);
    files.extend(story.bulletins.iter().map(|(path, bytes)| (format!("log/{path}"), bytes.clone())));
    let word = tally::profile::content_word(two_thirds().as_bytes());
    files.insert(format!("log/profiles/{word}.toml"), two_thirds().into_bytes());
    let batches = story.rulings.iter().filter(|ruling| ruling["kind"] == "batch").count() as u64;
    let results = observer::Results::of(&story.replay, "OK").expect("the event is founded");
    let results = observer::Results { batches, ..results };
    files.insert("results.json".into(), pretty(&serde_json::to_value(&results).expect("results are JSON")));
    files.insert("rulings.json".into(), super::lines(&story.rulings));
    files.insert("notes.json".into(), super::lines(&story.offers));
}

/// Checkpoints of many sizes, and what to make of each.
pub fn checkpoints(story: &Story, files: &mut Files) {
    let (size, mut listed) = (story.size(), Vec::new());
    let mut put = |name: &str, note: &Note, signed: bool, witnesses: Option<usize>, why: &str| {
        files.insert(format!("checkpoints/{name}.note"), note.as_bytes().to_vec());
        let stated = json!({ "file": format!("{name}.note"), "signed": signed, "witnesses": witnesses, "why": why });
        listed.push(stated);
    };
    for size in [1, 2, 3, 4, 5, 8, 16, 37, 100, 255, 256, 257, size] {
        put(&format!("{size:03}"), &story.checkpoint(size, &[]), true, Some(0), "signed by the log");
        put(&format!("{size:03}-witnessed"), &story.checkpoint(size, &["w1", "w2"]), true, Some(2), "the quorum");
    }
    let bare = story.checkpoint(size, &[]);
    let line = |w: &str, time| tlog::cosignature::cosign(bare.text(), &key(w), time);
    put("one-witness", &story.checkpoint(size, &["w1"]), true, Some(1), "one fewer than the quorum");
    put("all", &story.checkpoint(size, &WITNESSES), true, Some(3), "w3 was revoked and does not count");
    let again = story.checkpoint(size, &["w1"]).with_line(line("w1", 1_593_000_100));
    put("twice-the-same-witness", &again, true, Some(1), "two lines of one key are one witness");
    put("stranger", &bare.with_line(line("w9", 1_593_000_000)), true, Some(0), "an unknown line is passed over");
    let other = story.checkpoint(size - 1, &["w1"]).signatures()[1].clone();
    put("bad-witness", &bare.with_line(other), true, None, "a listed witness's line under another text refuses it all");
    let root = story.replay.tree.root();
    let stated = |origin: &str, signer: &str| Checkpoint { origin: origin.to_owned(), size, root }.sign(&key(signer));
    put("signed-by-tally", &stated(ORIGIN, "tally"), false, None, "not signed by the log key");
    put("another-origin", &stated("kiemphieu.example/other", "log"), false, None, "another log's name");
    let more = key("log").sign_text(&format!("{}more\n", bare.text()));
    put("extension-line", &more, false, None, "a checkpoint has three lines");
    let padded = key("log").sign_text(&bare.text().replacen(&format!("\n{size}\n"), &format!("\n0{size}\n"), 1));
    put("size-with-a-zero", &padded, false, None, "the size is a number without leading zeros");
    let bad = bare.as_str().replacen(&root.to_base64(), &sha256(b"x").to_base64(), 1);
    let bad = Note::parse(bad.as_bytes()).expect("a note");
    put("another-root", &bad, false, None, "the signature is of another text");
    files.insert("checkpoints/expected.json".into(), super::lines(&listed));
}

/// Receipts of entries at many sizes, and such as prove nothing.
pub fn receipts(story: &Story, files: &mut Files) {
    let size = story.size();
    let of = |index: u64, size: u64| Receipt {
        index,
        proof: story.replay.tree.inclusion_proof(index, size).expect("it is in the log"),
        checkpoint: story.checkpoint(size, &["w1", "w2"]),
    };
    let note = |index: u64| story.entries[usize::try_from(index).expect("an index")].clone();
    let mut listed: Vec<Value> = Vec::new();
    let mut put = |name: &str, receipt: String, note: Vec<u8>, proves: bool, why: &str| {
        files.insert(format!("receipts/{name}.tlog-proof"), receipt.into_bytes());
        files.insert(format!("receipts/{name}.note"), note);
        listed.push(json!({ "receipt": format!("{name}.tlog-proof"), "note": format!("{name}.note"), "proves": proves, "why": why }));
    };
    for (index, size) in [
        (0, 1),
        (1, 2),
        (2, 3),
        (10, 11),
        (20, 37),
        (36, 37),
        (100, 256),
        (255, 256),
        (256, 257),
        (256, size),
        (0, size),
        (size - 1, size),
    ] {
        put(&format!("good/{index:03}-of-{size:03}"), of(index, size).to_string(), note(index), true, "in the log");
    }
    let honest = of(20, 37);
    let changed = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = honest.clone();
        change(&mut receipt);
        receipt.to_string()
    };
    put("bad/another-note", honest.to_string(), note(21), false, "the note is not the one that is proved");
    put("bad/another-index", changed(&|r| r.index = 21), note(20), false, "the note is not at that index");
    put("bad/index-beyond-the-size", changed(&|r| r.index = 37), note(20), false, "there is no such entry");
    put(
        "bad/a-hash-too-few",
        changed(&|r| r.proof.truncate(r.proof.len() - 1)),
        note(20),
        false,
        "the proof is too short",
    );
    put("bad/a-hash-too-many", changed(&|r| r.proof.push(Hash::ZERO)), note(20), false, "the proof is too long");
    put("bad/another-hash", changed(&|r| r.proof[2] = sha256(b"x")), note(20), false, "it leads to another root");
    let of_tally = Checkpoint::parse(honest.checkpoint.text()).expect("a checkpoint").sign(&key("tally"));
    put(
        "bad/signed-by-tally",
        changed(&|r| r.checkpoint = of_tally.clone()),
        note(20),
        false,
        "the log has not signed",
    );
    let text = honest.to_string();
    put(
        "bad/index-with-a-zero",
        text.replacen("index 20", "index 020", 1),
        note(20),
        false,
        "numbers have no leading zeros",
    );
    put("bad/another-format", text.replacen("@v1", "@v2", 1), note(20), false, "not this format");
    put("bad/no-empty-line", text.replacen("\n\n", "\n", 1), note(20), false, "proof and checkpoint run together");
    dishonoured(story, &mut put);
    files.insert("receipts/expected.json".into(), super::lines(&listed));
}

/// A receipt that proves its note, of another log that the same key signed: true in itself, and not honoured by `log/`.
fn dishonoured(story: &Story, put: &mut impl FnMut(&str, String, Vec<u8>, bool, &str)) {
    let mut other = tlog::Tree::new();
    let entries = story.entries[..36].iter().chain([&story.entries[37]]);
    entries.for_each(|note| other.push(tlog::leaf_hash(note)));
    let stated = Checkpoint { origin: ORIGIN.to_owned(), size: other.size(), root: other.root() };
    let receipt = Receipt {
        index: 36,
        proof: other.inclusion_proof(36, 37).expect("it is there"),
        checkpoint: stated.sign(&key("log")),
    };
    put(
        "dishonoured/036-of-037",
        receipt.to_string(),
        story.entries[37].clone(),
        true,
        "true in itself, of another log than log/: the log key said two things",
    );
}

/// Proofs that a log only grew, and what is none.
pub fn consistency(story: &Story, files: &mut Files) {
    let (tree, size) = (&story.replay.tree, story.size());
    let root = |size: u64| tree.root_at(size).expect("the log is as large");
    let proof = |old, new| tree.consistency_proof(old, new).expect("the log is as large");
    let mut listed: Vec<Value> = Vec::new();
    let mut put = |[old, new]: [u64; 2], roots: [Hash; 2], proof: &[Hash], holds: bool, why: &str| {
        let proof: Vec<String> = proof.iter().map(Hash::to_base64).collect();
        listed.push(json!({
            "old": old, "new": new, "old_root": roots[0].to_base64(), "new_root": roots[1].to_base64(), "proof": proof,
            "holds": holds, "why": why,
        }));
    };
    let olds = [1, 2, 3, 4, 6, 7, 8, 37, 64, 100, 128, 255, 256, 257];
    for old in olds {
        for new in [old, old + 1, 2 * old, 256, 257, size] {
            if (old..=size).contains(&new) {
                put([old, new], [root(old), root(new)], &proof(old, new), true, "the log only grew");
            }
        }
    }
    for [old, new] in [[4, 37], [37, 100], [256, size]] {
        let (roots, good) = ([root(old), root(new)], proof(old, new));
        put([old, new], [roots[1], roots[0]], &good, false, "the roots changed places");
        put([old, new], [root(old + 1), roots[1]], &good, false, "the root of another size");
        put([old, new], [roots[0], sha256(b"x")], &good, false, "a root that no log has");
        put([old, new], roots, &good[1..], false, "a hash too few at the beginning");
        put([old, new], roots, &good[..good.len() - 1], false, "a hash too few at the end");
        put([old, new], roots, &[&good[..], &[Hash::ZERO]].concat(), false, "a hash too many");
        put([old, new], roots, &[], false, "no proof at all");
        put([old + 1, new], roots, &good, false, "the proof of another old size");
    }
    put([37, 37], [root(37), root(36)], &[], false, "one size, two roots");
    put([37, 37], [root(37), root(37)], &[Hash::ZERO], false, "equal sizes need no proof");
    put([100, 37], [root(100), root(37)], &proof(37, 100), false, "the old log is the larger one");
    files.insert("consistency.json".into(), super::lines(&listed));
}
