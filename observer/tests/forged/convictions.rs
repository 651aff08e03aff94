//! Evidence before strangers: every kind convicts its key from its folder alone, and nothing that was touched, swapped or
//! left out convicts anybody.

use observer::{
    Charge, Evidence, Home,
    evidence::{self, Beginning, Kind, Proof},
    folder,
};
use promises::forge::{
    evidence::{every_kind, false_bulletin, forked, two_checkpoints},
    hall::*,
    key, sign,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tlog::{Checkpoint, Note};

fn kept(evidence: &Evidence, home: &Path) -> PathBuf {
    let event = Note::parse(&evidence.manifest).unwrap().sid();
    Home::new(home).keep_evidence(event, evidence).unwrap().expect("it convicts")
}

fn lay(evidence: &Evidence, folder: &Path) {
    for (name, bytes) in evidence.files() {
        fs::create_dir_all(folder.join(&name).parent().unwrap()).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn guilty(proof: &Proof) -> String {
    proof.guilty.to_string()
}

#[test]
fn every_kind_of_evidence_convicts_its_key_from_its_folder_alone() {
    for (kind, evidence) in every_kind() {
        let home = tempfile::tempdir().unwrap();
        let folder = kept(&evidence, home.path());
        let proof = evidence::verify(&folder).unwrap_or_else(|doubt| panic!("{kind:?}: {doubt}"));
        assert_eq!(proof.kind, kind);
        let culprit = if matches!(kind, Kind::TwoBulletins | Kind::WrongBulletin) { "tally" } else { "log" };
        assert_eq!(guilty(&proof), key(culprit).verifier().to_string(), "{kind:?}");
        assert_eq!(proof.event, counted().event);
        assert_eq!(proof.vouched_by.len(), 2, "two organisers signed the manifest");
        assert_eq!(proof.files_irrelevant, ["README.txt"], "{kind:?}");
        assert_eq!(kept(&evidence, home.path()), folder, "the same evidence has the same folder");
        assert_eq!(fs::read_dir(home.path().join("evidence")).unwrap().count(), 1, "nothing half-made is left");
        let page = fs::read_to_string(folder.join("README.txt")).unwrap();
        assert!(page.contains(&proof.event.to_string()) && page.contains("verify-evidence"), "{page}");
        assert_eq!(page.contains("CHÚ Ý"), kind.holds_entries(), "{kind:?}");
    }
}

/// Runs over every byte of every exhibit, both the lowest and the highest bit: about 2 × 40,000 checks.
#[test]
fn no_altered_byte_of_an_exhibit_convicts_anybody() {
    for (kind, evidence) in every_kind() {
        let place = tempfile::tempdir().unwrap();
        lay(&evidence, place.path());
        let before = evidence::verify(place.path()).unwrap();
        for (name, good) in evidence.files().into_iter().filter(|(name, _)| name != "README.txt") {
            // Large files are tried at every seventh byte.
            let step = if good.len() > 3_000 { 7 } else { 1 };
            for at in (0..good.len()).step_by(step) {
                let mut bad = good.clone();
                bad[at] ^= if at % 2 == 0 { 1 } else { 0x80 };
                fs::write(place.path().join(&name), &bad).unwrap();
                let judged = evidence::verify(place.path());
                assert!(judged.is_err(), "{kind:?}: byte {at} of {name}: {judged:?}");
            }
            fs::write(place.path().join(&name), &good).unwrap();
        }
        assert_eq!(evidence::verify(place.path()).unwrap(), before);
    }
}

#[test]
fn what_is_missing_cut_short_or_huge_cannot_be_read_and_strangers_are_named() {
    for (kind, evidence) in every_kind() {
        let place = tempfile::tempdir().unwrap();
        lay(&evidence, place.path());
        fs::write(place.path().join("ghi-chu.txt"), b"x").unwrap();
        let proof = evidence::verify(place.path()).unwrap();
        assert_eq!(proof.files_irrelevant, ["README.txt", "ghi-chu.txt"]);
        for (name, good) in evidence.files().into_iter().filter(|(name, _)| name != "README.txt") {
            let path = place.path().join(&name);
            fs::remove_file(&path).unwrap();
            let doubt = evidence::verify(place.path()).unwrap_err();
            // Without its last bundle a folder of entries is one that stops before the entry that is refused.
            let is_shorter = kind == Kind::RefusedEntry && name.starts_with("tile/");
            assert!(doubt.exit() == 2 || is_shorter, "{kind:?} without {name}: {doubt}");
            for bytes in [&good[..good.len() / 2], b"", b"\n\n\xff"] {
                fs::write(&path, bytes).unwrap();
                assert!(evidence::verify(place.path()).is_err(), "{kind:?}: {name}");
            }
            fs::write(&path, vec![b'x'; (16 << 20) + 1_000]).unwrap();
            assert_eq!(evidence::verify(place.path()).unwrap_err().exit(), 2, "{kind:?}: {name} is huge");
            fs::write(&path, &good).unwrap();
        }
    }
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(evidence::verify(empty.path()).unwrap_err().exit(), 2);
    assert_eq!(evidence::verify(&empty.path().join("none")).unwrap_err().exit(), 2);
}

fn refuses(evidence: &Evidence, exhibit: &str) {
    let place = tempfile::tempdir().unwrap();
    lay(evidence, place.path());
    let doubt = evidence::verify(place.path()).unwrap_err();
    assert_eq!((&*doubt.exhibit, doubt.exit()), (exhibit, 1), "{doubt}");
    let home = tempfile::tempdir().unwrap();
    let event = Note::parse(&evidence.manifest).unwrap().sid();
    assert_eq!(
        Home::new(home.path()).keep_evidence(event, evidence).unwrap(),
        None,
        "what does not convict is not kept"
    );
    assert_eq!(fs::read_dir(home.path().join("evidence")).unwrap().count(), 0);
}

#[test]
fn an_honest_log_cannot_be_framed() {
    let (small, large) = (counted(), announced());
    let manifest = small.entries[0].clone();
    let accuse = |charge: Charge| Evidence::new(manifest.clone(), charge);
    let (earlier, later) = (Box::new(small.checkpoint()), Box::new(large.checkpoint()));
    let beginning = Beginning::of(&large.tree, 6, 10).unwrap();
    let accused =
        Charge::NoConsistency { earlier: earlier.clone(), later: later.clone(), beginning: beginning.clone() };
    refuses(&accuse(accused), "beginning");
    // Somebody makes the beginning up, or takes the proof of another size or log.
    let other = forked();
    for false_one in [
        Beginning { root: tlog::sha256(b"x"), ..beginning.clone() },
        Beginning { root: other.tree.root_at(6).unwrap(), ..beginning.clone() },
        Beginning::of(&other.tree, 6, 7).unwrap(),
        Beginning::of(&large.tree, 5, 10).unwrap(),
        Beginning { proof: Vec::new(), ..beginning.clone() },
    ] {
        let accused = Charge::NoConsistency { earlier: earlier.clone(), later: later.clone(), beginning: false_one };
        refuses(&accuse(accused), "beginning");
    }
    // Sizes that are powers of two have proofs that do not repeat the root: it must lead to the later one all the same.
    let four = Box::new(ready().checkpoint());
    let made_up = Beginning { root: tlog::sha256(b"x"), ..Beginning::of(&large.tree, 4, 10).unwrap() };
    refuses(&accuse(Charge::NoConsistency { earlier: four, later: later.clone(), beginning: made_up }), "beginning");
    refuses(&accuse(Charge::TwoCheckpoints(Box::new([*earlier.clone(), *later.clone()]))), "checkpoint-2.note");
    refuses(&accuse(Charge::TwoCheckpoints(Box::new([*later.clone(), *later.clone()]))), "checkpoint-2.note");
    let backwards = Charge::NoConsistency { earlier: later, later: earlier, beginning };
    refuses(&accuse(backwards), "checkpoint-1.note");
}

#[test]
fn another_key_another_event_and_equal_bulletins_convict_nobody() {
    let f = announced();
    let manifest = f.entries[0].clone();
    let accuse = |charge: Charge| Evidence::new(manifest.clone(), charge);
    let honest = f.checkpoint();
    let stated = Checkpoint { origin: promises::forge::ORIGIN.to_owned(), size: 10, root: tlog::sha256(b"x") };
    // Signed by the tally key, by a stranger who calls himself as the log does, and of another origin.
    let stranger = tlog::SigningKey::from_seed(promises::forge::ORIGIN, tlog::KeyKind::Ed25519, &[9; 32]).unwrap();
    for false_one in [stated.sign(&key("tally")), stated.sign(&stranger)] {
        refuses(&accuse(Charge::TwoCheckpoints(Box::new([honest.clone(), false_one]))), "checkpoint-2.note");
    }
    let elsewhere = Checkpoint { origin: "other.example/log".to_owned(), ..stated.clone() }.sign(&key("log"));
    refuses(&accuse(Charge::TwoCheckpoints(Box::new([honest.clone(), elsewhere]))), "checkpoint-2.note");

    let one = sign(&f.bulletin_text("c01", 7, TOTALS), &["tally"]);
    let two = |other: Note| accuse(Charge::TwoBulletins(Box::new([one.clone(), other])));
    refuses(&two(one.clone()), "bulletin-2.note");
    refuses(&two(sign(&f.bulletin_text("c01", 8, TOTALS), &["tally"])), "bulletin-2.note");
    refuses(&two(sign(false_bulletin(&f).text(), &["k1"])), "bulletin-2.note");
    let foreign = false_bulletin(&f).text().replace(&f.event.to_string(), &"0".repeat(64));
    refuses(&two(sign(&foreign, &["tally"])), "bulletin-2.note");
    // A statement of a table is no second word of the tally key.
    refuses(&two(Note::parse(&f.entries[4]).unwrap()), "bulletin-2.note");

    let true_one = Charge::WrongBulletin { bulletin: Box::new(one.clone()) };
    let rules = tally::profile::Rulebook::embedded();
    refuses(&accuse(true_one).with_entries(f.entries[..7].to_vec(), rules.clone()), "bulletin.note");
    // Entries that nobody said it speaks of.
    let mut other = forked();
    other.entries.truncate(7);
    let wrong = Charge::WrongBulletin { bulletin: Box::new(false_bulletin(&f)) };
    refuses(&accuse(wrong).with_entries(other.entries, rules.clone()), "bulletin.note");
    // Entries that are all allowed, and a refused one that no checkpoint covers.
    let covered = |beginning| Charge::RefusedEntry { index: 6, checkpoint: Box::new(honest.clone()), beginning };
    let allowed =
        accuse(covered(Beginning::of(&f.tree, 7, 10).unwrap())).with_entries(f.entries[..7].to_vec(), rules.clone());
    refuses(&allowed, "tile/entries");
    let mut alone = counted();
    alone.desk("close", "c01", "", &["k1"]);
    let invented = accuse(covered(Beginning::of(&f.tree, 7, 10).unwrap())).with_entries(alone.entries, rules);
    refuses(&invented, "beginning");
}

#[test]
fn whoever_lacks_the_rules_of_a_contest_accuses_nobody() {
    let mut f = founded("accredited");
    f.desk("contest", "c01", &contest(3, "party-999", "Nguyễn Văn An"), BOARD);
    let charge = Charge::RefusedEntry {
        index: 2,
        checkpoint: Box::new(f.checkpoint()),
        beginning: Beginning::of(&f.tree, 3, 3).unwrap(),
    };
    let place = tempfile::tempdir().unwrap();
    lay(
        &Evidence::new(f.entries[0].clone(), charge)
            .with_entries(f.entries.clone(), tally::profile::Rulebook::embedded()),
        place.path(),
    );
    assert_eq!(evidence::verify(place.path()).unwrap_err().exit(), 2);
    let log = tempfile::tempdir().unwrap();
    assert!(folder::verify(&f.write(log.path()), f.event, None).convicts.is_none());
}

#[test]
fn a_bystanders_line_under_a_checkpoint_is_refused_since_nobody_would_see_it_altered() {
    let place = tempfile::tempdir().unwrap();
    lay(&two_checkpoints(), place.path());
    fs::write(place.path().join("checkpoint-1.note"), counted().checkpoint().as_bytes()).unwrap();
    let doubt = evidence::verify(place.path()).unwrap_err();
    assert_eq!((&*doubt.exhibit, doubt.exit()), ("checkpoint-1.note", 1), "{doubt}");
}
