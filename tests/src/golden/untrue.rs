//! False logs and false records, each a folder with the verdict that a reader must come to; and evidence, with such as
//! convicts nobody. It refuses to know how anybody comes to it.

use super::{Files, lay_log, lines, pretty};
use crate::forge::{
    self, Forge,
    evidence::{every_kind, false_bulletin},
    false_logs::CASES,
    hall::{TOTALS, announced, counted, shut},
};
use serde_json::{Value, json};
use tlog::{Checkpoint, Hash, Note, cosignature, sha256};

/// What a reader must say of a folder.
struct Expected {
    verdict: &'static str,
    code: &'static str,
    entry: Option<u64>,
    file: Option<&'static str>,
    field: &'static str,
}

fn slug(name: &str) -> String {
    name.split([' ', ',']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// Every false log, and what is false about it.
pub fn logs(files: &mut Files) {
    let mut listed = Vec::new();
    for (group, cases) in CASES {
        for (name, log, entry, field, code) in cases {
            let expected = Expected { verdict: "MISMATCH", code, entry: Some(*entry), file: None, field };
            let forge = log();
            put(&format!("{group}/{}", slug(name)), name, &forge, &forge.checkpoint(), &expected, files, &mut listed);
        }
    }
    records(files, &mut listed);
    files.insert("false/expected.json".into(), lines(&listed));
}

fn put(
    folder: &str,
    name: &str,
    log: &Forge,
    checkpoint: &Note,
    expected: &Expected,
    files: &mut Files,
    listed: &mut Vec<Value>,
) {
    lay_log(&format!("false/{folder}"), &log.entries, &log.tree, checkpoint, files);
    files.extend(log.files.iter().map(|(path, bytes)| (format!("false/{folder}/{path}"), bytes.clone())));
    let Expected { verdict, code, entry, file, field } = expected;
    listed.push(json!({
        "folder": folder, "false": name, "event": log.event.to_string(), "verdict": verdict, "code": code, "entry": entry,
        "file": file, "field": field,
    }));
}

/// True entries in a false record.
fn records(files: &mut Files, listed: &mut Vec<Value>) {
    let f = announced();
    let (root, size) = (f.tree.root(), f.size());
    let stated = |origin: &str, size: u64, root: Hash, signer: &str| {
        Checkpoint { origin: origin.to_owned(), size, root }.sign(&forge::key(signer))
    };
    let at = |file, code, field| Expected { verdict: "MISMATCH", code, entry: None, file: Some(file), field };
    let mut record = |name: &str, log: &Forge, checkpoint: &Note, expected: &Expected| {
        put(&format!("records/{}", slug(name)), name, log, checkpoint, expected, files, listed);
    };
    let own = stated(forge::ORIGIN, size, root, "log");
    let other_root = forge::cosigned(&stated(forge::ORIGIN, size, sha256(b"x"), "log"));
    record("another root", &f, &other_root, &at("checkpoint", "V-ROOT", "root"));
    let elsewhere = forge::cosigned(&stated("kiemphieu.example/other", size, root, "log"));
    record("another log's name", &f, &elsewhere, &at("checkpoint", "V-ORIGIN", "origin"));
    let by_tally = forge::cosigned(&stated(forge::ORIGIN, size, root, "tally"));
    record("another key", &f, &by_tally, &at("checkpoint", "V-CHECKPOINT", "signatures"));
    let longer = forge::key("log").sign_text(&format!("{}more\n", own.text()));
    record("an extension line", &f, &forge::cosigned(&longer), &at("checkpoint", "V-CHECKPOINT", "text"));
    let earlier = stated(forge::ORIGIN, 9, f.tree.root_at(9).expect("nine entries"), "log");
    let line = cosignature::cosign(earlier.text(), &forge::key("w1"), 1_593_000_000);
    record(
        "a witness's line under another checkpoint",
        &f,
        &own.with_line(line),
        &at("checkpoint", "V-COSIGNATURE", "signatures"),
    );
    let elsewhere = Forge { event: sha256(b"another"), ..announced() };
    let of_another = Expected { verdict: "MISMATCH", code: "V-EVENT", entry: Some(0), file: None, field: "sid" };
    record("asked for another event", &elsewhere, &f.checkpoint(), &of_another);
    let unseen = Expected { verdict: "PROVISIONAL", ..at("checkpoint", "V-QUORUM", "signatures") };
    record("no witness", &f, &own, &unseen);

    let counting = "state counting\nbundles-expected 2\nbundles 2\n";
    let mut bulletin = |name: &str, size: u64, text: &dyn Fn(&Forge) -> String, signer: &str, expected: &Expected| {
        let mut f = announced();
        let note = forge::sign(&text(&f), &[signer]);
        f.publish("c01", size, &note);
        record(name, &f, &f.checkpoint(), expected);
    };
    let five = "bulletin/c01/5";
    let six = "bulletin/c01/6";
    bulletin(
        "a posted bulletin of more bundles than were counted",
        5,
        &|f| f.bulletin_text("c01", 5, counting),
        "tally",
        &at(five, "V-BULLETIN", "bundles"),
    );
    let early = TOTALS.replace("closed", "counting");
    bulletin(
        "a posted bulletin with figures that are withheld",
        6,
        &|f| f.bulletin_text("c01", 6, &early),
        "tally",
        &at(six, "V-BULLETIN", "figures"),
    );
    bulletin(
        "a posted bulletin closed before the close",
        6,
        &|f| f.bulletin_text("c01", 6, TOTALS),
        "tally",
        &at(six, "V-BULLETIN", "state"),
    );
    bulletin(
        "a posted bulletin signed by a member",
        6,
        &|f| f.bulletin_text("c01", 6, counting),
        "k1",
        &at(six, "V-BULLETIN-PLACE", "signatures"),
    );
    let beyond = |f: &Forge| f.bulletin_text("c01", 6, counting).replace("size 6", "size 60");
    bulletin(
        "a posted bulletin beyond the checkpoint",
        60,
        &beyond,
        "tally",
        &at("bulletin/c01/60", "V-BULLETIN-SIZE", "size"),
    );
    let misplaced = |f: &Forge| f.bulletin_text("c01", 6, counting);
    bulletin(
        "a posted bulletin under another size",
        7,
        &misplaced,
        "tally",
        &at("bulletin/c01/7", "V-BULLETIN-PLACE", "size"),
    );
    let two = Expected { verdict: "EQUIVOCATION", file: None, ..at("", "V-TWO-BULLETINS", "bulletin") };
    bulletin("two bulletins of one contest and size", 7, &|f| false_bulletin(f).text().to_owned(), "tally", &two);
}

/// One folder of each kind of evidence, and some that convict nobody.
pub fn evidence(files: &mut Files) {
    let mut listed = Vec::new();
    for (kind, evidence) in every_kind() {
        for (name, bytes) in evidence.files() {
            files.insert(format!("evidence/{}/{name}", kind.word()), bytes);
        }
        let culprit =
            if kind.word().ends_with("bulletins") || kind.word() == "wrong-bulletin" { "tally" } else { "log" };
        listed.push(json!({ "folder": kind.word(), "convicts": forge::vkey(culprit), "exhibit": null }));
    }
    let event = counted().event.to_string();
    innocent(files, &mut listed);
    let page = json!({ "event": event, "folders": listed });
    files.insert("evidence/expected.json".into(), pretty(&page));
}

/// Folders that look like evidence: the same files with one of them exchanged.
fn innocent(files: &mut Files, listed: &mut Vec<Value>) {
    let one_line = |note: &Note| {
        let line = note.signatures().iter().find(|line| line.name() == forge::ORIGIN).expect("the log's line").clone();
        Note::signed_by(note.text(), [line]).expect("a note").as_bytes().to_vec()
    };
    let f = shut();
    let honest = forge::sign(&f.bulletin_text("c01", 7, TOTALS), &["tally"]);
    let stranger = tlog::SigningKey::from_seed(forge::ORIGIN, tlog::KeyKind::Ed25519, &[9; 32]).expect("a key");
    let by_stranger = Checkpoint { origin: forge::ORIGIN.to_owned(), size: 6, root: sha256(b"x") }.sign(&stranger);
    let hashes = [f.tree.root_at(6).into_iter().collect(), f.tree.consistency_proof(6, 7).unwrap_or_default()].concat();
    let beginning: String = hashes.iter().map(|hash: &Hash| hash.to_base64() + "\n").collect();
    for (folder, from, exhibit, name, bytes) in [
        (
            "innocent-one-checkpoint-twice",
            "two-checkpoints",
            "checkpoint-2.note",
            "checkpoint-2.note",
            one_line(&counted().checkpoint()),
        ),
        (
            "innocent-signed-by-a-stranger",
            "two-checkpoints",
            "checkpoint-2.note",
            "checkpoint-2.note",
            by_stranger.as_bytes().to_vec(),
        ),
        ("innocent-log-that-grew", "no-consistency", "beginning", "checkpoint-2.note", one_line(&shut().checkpoint())),
        (
            "innocent-bulletin-twice",
            "two-bulletins",
            "bulletin-2.note",
            "bulletin-2.note",
            files["evidence/two-bulletins/bulletin-1.note"].clone(),
        ),
        ("innocent-true-bulletin", "wrong-bulletin", "bulletin.note", "bulletin.note", honest.as_bytes().to_vec()),
    ] {
        let prefix = format!("evidence/{from}/");
        let there: Vec<(String, Vec<u8>)> = files
            .iter()
            .filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?.to_owned(), bytes.clone())))
            .filter(|(path, _)| path != "README.txt")
            .collect();
        for (path, old) in there {
            let new = if path == name { bytes.clone() } else { old };
            files.insert(format!("evidence/{folder}/{path}"), new);
        }
        if folder == "innocent-log-that-grew" {
            files.insert(format!("evidence/{folder}/beginning"), beginning.clone().into_bytes());
        }
        listed.push(json!({ "folder": folder, "convicts": null, "exhibit": exhibit }));
    }
}
